/* How strategies manage: trails, breaches, what a roll may become, sizes that scale, who may enter.
 */
#include <math.h>
#include <stdlib.h>

#include "tests/kernel/desk.h"
#include "tests/testing.h"

#define HEAD                                                                                       \
    "ironfly: 1\nname: put\nunderlying: SPX\n"                                                     \
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"

static struct contract put(double strike)
{
    return desk_contract("SPXW", 20240202, strike, 'P');
}

static void begin(struct desk *d, const char *yaml)
{
    desk_open(d, yaml, FILL_MID, FEES_NONE);
    const struct contract c[] = { put(95), put(90) };
    desk_day(d, 20240102, c, 2);
    desk_quote(d, &c[0], 2.00, 2.20);
    desk_quote(d, &c[1], 1.00, 1.20);
    desk_market(d, "10:00", 100);
}

TEST(management, a_trail_follows_the_best_profit_and_takes_what_is_left)
{
    struct desk d;
    begin(
        &d, HEAD
        "entry: {every: once}\nexit: {trail: 20%, trail_from: 40%}\n"); /* 2.10: 0.42, from 0.84 */
    const struct contract p = put(95);
    desk_tick(&d, "10:01", &p, 1.40, 1.60); /* 0.60 won: not enough to begin */
    desk_tick(&d, "10:02", &p, 1.95, 2.05);
    CHECK_EQ(d.closed_count, 0);
    desk_tick(&d, "10:03", &p, 0.95, 1.05); /* 1.10 won */
    desk_tick(&d, "10:04", &p, 1.30, 1.40); /* 0.35 given back */
    CHECK_EQ(d.closed_count, 0);
    desk_tick(&d, "10:05", &p, 1.40, 1.50); /* 0.45 */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_TRAIL);
    CHECK_EQ(trade_pnl(&d.closed[0]), 65 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(management, a_breach_of_a_short_strike_must_be_confirmed_too)
{
    struct desk d;
    begin(&d, HEAD "entry: {every: once}\nexit: {breach: -2, confirm: 2}\n");
    desk_market(&d, "10:01", 97.5);
    desk_market(&d, "10:02", 97.0); /* within two points */
    CHECK_EQ(d.closed_count, 0);
    desk_market(&d, "10:03", 96.0);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_BREACH);
    desk_close(&d);
}

TEST(management, a_roll_may_make_another_structure_of_it_and_leaves_legs_that_stay)
{
    struct desk d;
    begin(&d, "ironfly: 1\nname: convert\nunderlying: SPX\nstructures:\n"
              "  naked:\n"
              "    legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
              "    entry: {every: once}\n"
              "    roll: {when: pnl < -50, to: spread}\n"
              "  spread:\n"
              "    legs:\n"
              "      s: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}\n"
              "      l: {buy: put, expiry: same as s, strike: 90}\n"
              "    entry: {every: never}\n"
              "    exit: {profit: 10%}\n");
    const struct contract p = put(95);
    CHECK_EQ(desk_trade(&d)->structure, 0);
    desk_quote(&d, &p, 3.00, 3.20);
    desk_market(&d, "10:01", 96);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.sent[1].purpose, PURPOSE_ROLL);
    CHECK_EQ(d.sent[1].leg_count, 1); /* the long put alone: the short one stays */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_ROLLED);
    CHECK_EQ(trade_pnl(&d.closed[0]), -100 * MICROS_PER_DOLLAR); /* moved at 3.10 */
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->structure, 1);
    CHECK_EQ(t->entry_cash, 200 * MICROS_PER_DOLLAR); /* 3.10 less 1.10 */
    CHECK_EQ(t->max_loss, 300 * MICROS_PER_DOLLAR);
    CHECK_EQ(t->leg_count, 2);
    CHECK_NEAR(desk_equity(&d), 100000 - 100, 1e-9);
    CHECK_EQ(kernel_equity(d.kernel), desk_account(&d).equity);
    desk_quote(&d, &p, 2.60, 2.80);
    desk_market(&d, "10:02", 98); /* 0.40 of 2.00 */
    CHECK_EQ(d.closed_count, 2);
    CHECK_EQ(d.closed[1].reason, CLOSE_PROFIT);
    desk_close(&d);
}

TEST(management, sizes_scale_with_the_account_and_with_confidence)
{
    struct desk d;
    begin(&d, HEAD "entry: {every: daily, max_open: 9}\n"
                   "size: {contracts: 10, scale: confidence * number(equity) / 200000}\n");
    CHECK_EQ(desk_trade(&d)->units, 5);
    desk_ask(&d, "10:01",
             (struct event_command){
                 .kind = COMMAND_CONFIDENCE, .role = BY_AGENT, .host = 0, .value = 250000 });
    const struct contract c[] = { put(95), put(90) };
    desk_day(&d, 20240103, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent[1].units, 1);
    desk_ask(&d, "10:01",
             (struct event_command){
                 .kind = COMMAND_CONFIDENCE, .role = BY_AGENT, .host = 0, .value = 0 });
    desk_day(&d, 20240104, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 2);
    CHECK_HAS(d.last_note, "size.scale");
    desk_close(&d);
}

TEST(management, entries_of_all_structures_together_are_limited)
{
    struct desk d;
    begin(&d, "ironfly: 1\nname: two\nunderlying: SPX\nlimits: {max_open: 1}\nstructures:\n"
              "  a: {legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}}\n"
              "  b: {legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 90}}}\n");
    CHECK_EQ(desk_open_trades(&d), 1);
    CHECK_EQ(desk_trade(&d)->structure, 0);
    desk_close(&d);
}

TEST(management, a_disarmed_strategy_manages_and_enters_no_more)
{
    struct desk d;
    begin(&d, HEAD "entry: {every: daily, max_open: 9}\nexit: {profit: 50%}\n");
    desk_ask(&d, "10:01",
             (struct event_command){ .kind = COMMAND_DISARM, .role = BY_TRADER, .host = 0 });
    const struct contract c[] = { put(95), put(90) };
    desk_day(&d, 20240103, c, 2);
    desk_quote(&d, &c[0], 0.90, 1.10);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.sent_count, 2); /* the exit, and no entry */
    desk_ask(&d, "10:01",
             (struct event_command){ .kind = COMMAND_ARM, .role = BY_TRADER, .host = 0 });
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

TEST(management, a_partly_rolled_entry_counts_once)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: roll\nunderlying: SPX\n"
              "legs: {p: {sell: put, expiry: {dte: 30, min: 8, max: 60}, strike: 95}}\n"
              "entry: {every: daily, max_open: 1}\nsize: {contracts: 10}\nroll: {dte: 10}\n",
              FILL_SHARE, FEES_NONE);
    struct contract c[] = { put(95), desk_contract("SPXW", 20240301, 95, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_quote(&d, &c[1], 4.00, 4.20);
    desk_market(&d, "10:00", 100);
    desk_day(&d, 20240123, c, 2);
    desk_quote(&d, &c[0], 0.50, 0.60);
    desk_quote(&d, &c[1], 2.50, 2.70);
    desk_sizes(&d, &c[0], 7, 7);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 2); /* seven rolled, three to go: one entry, and no new one */
    CHECK_EQ(d.sent_count, 2);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.sent_count, 3);
    CHECK_EQ(d.sent[2].purpose, PURPOSE_ROLL);
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}
