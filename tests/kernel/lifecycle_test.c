/* Trades at their edges: parts of fills, legs that go one by one, what is left over. */
#include <math.h>
#include <stdlib.h>

#include "tests/kernel/desk.h"
#include "tests/testing.h"

static const char PUT_CALENDAR[] =
    "ironfly: 1\nname: calendar\nunderlying: XYZ\n"
    "legs:\n"
    "  near: {sell: put, expiry: {dte: 3, min: 1, max: 9}, strike: 95}\n"
    "  far: {buy: put, expiry: {after: near, days: 28}, strike: same as near}\n"
    "entry: {every: once}\nsize: {contracts: 1}\nexit: {days_held: 7}\n";

TEST(lifecycle, the_far_leg_is_still_managed_after_the_near_one_is_assigned)
{
    struct desk d;
    desk_open(&d, PUT_CALENDAR, FILL_NATURAL, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240105, 95, 'P'),
                            desk_contract("XYZ", 20240202, 95, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 1.00, 1.10);
    desk_quote(&d, &c[1], 2.00, 2.10);
    desk_market(&d, "10:00", 97);
    desk_day(&d, 20240105, c, 2);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 93);
    desk_day(&d, 20240108, c + 1, 1);
    desk_quote(&d, &c[1], 3.00, 3.20);
    desk_market(&d, "10:00", 94); /* the shares are sold */
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.sent[1].purpose, PURPOSE_STOCK);
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_day(&d, 20240109, c + 1, 1);
    desk_quote(&d, &c[1], 3.00, 3.20);
    desk_market(&d, "10:00", 94); /* seven days held */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_DAYS_HELD);
    /* 1.00 - 2.10 at entry, shares from 95 to 94, 3.00 for the far put. */
    CHECK_EQ(trade_pnl(&d.closed[0]), 90 * MICROS_PER_DOLLAR);
    CHECK_NEAR(desk_equity(&d), 100090, 1e-9);
    desk_close(&d);
}

TEST(lifecycle, shares_that_a_forgotten_option_brings_are_sold)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: spread\nunderlying: XYZ\n"
              "legs:\n"
              "  sp: {sell: put, expiry: {dte: 3, min: 1, max: 9}, strike: 95}\n"
              "  lp: {buy: put, expiry: same as sp, strike: 90}\n"
              "entry: {every: once}\nsize: {contracts: 1}\nexit: {profit: 50%}\n",
              FILL_NATURAL, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240105, 95, 'P'),
                            desk_contract("XYZ", 20240105, 90, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 1.00, 1.10);
    desk_quote(&d, &c[1], 0.40, 0.50);
    desk_market(&d, "10:00", 97);
    desk_quote(&d, &c[0], 0.05, 0.10);
    desk_quote(&d, &c[1], 0, 0.05); /* nobody bids for the long put: it is left to expire */
    desk_market(&d, "11:00", 99);
    CHECK_EQ(desk_open_trades(&d), 0);
    CHECK_EQ(d.closed_count, 0);
    desk_day(&d, 20240105, c, 2);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 88); /* exercised: 100 shares short at 90 */
    desk_day(&d, 20240108, c, 0);
    desk_market(&d, "10:00", 89);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_PROFIT);
    CHECK_EQ(trade_pnl(&d.closed[0]), llround((0.50 - 0.10 + 90 - 89) * 100) * MICROS_PER_DOLLAR);
    CHECK_EQ(desk_account(&d).stock, 0);
    CHECK_NEAR(desk_equity(&d), 100140, 1e-9);
    desk_close(&d);
}

static const char SHORT_PUT[] =
    "ironfly: 1\nname: put\nunderlying: SPX\n"
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
    "entry: {every: once}\nsize: {contracts: 10}\n"
    "%s\n";

static void open_short_put(struct desk *d, const char *more, enum fill_model fill,
                           struct contract c[2])
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, SHORT_PUT, more);
    desk_open(d, yaml, fill, FEES_NONE);
    c[0] = desk_contract("SPXW", 20240202, 95, 'P');
    c[1] = desk_contract("SPXW", 20240301, 95, 'P');
    desk_day(d, 20240102, c, 2);
    desk_quote(d, &c[0], 2.00, 2.20);
    desk_quote(d, &c[1], 4.00, 4.20);
    desk_market(d, "10:00", 100);
    CHECK_EQ(desk_trade(d)->units, 10);
}

TEST(lifecycle, the_rest_of_a_partly_closed_trade_closes_in_parts_too)
{
    struct desk d;
    struct contract c[2];
    open_short_put(&d, "exit: {profit: 50%}", FILL_SHARE, c);
    desk_quote(&d, &c[0], 0.40, 0.50);
    desk_sizes(&d, &c[0], 4, 4);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -6);
    desk_market(&d, "10:02", 100);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -2);
    desk_market(&d, "10:03", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_PROFIT);
    CHECK_EQ(d.closed[0].units, 10); /* as opened */
    desk_close(&d);
}

TEST(lifecycle, the_rest_of_a_partly_rolled_trade_rolls_too)
{
    struct desk d;
    struct contract c[2];
    open_short_put(&d, "roll: {dte: 10, max: 1}", FILL_SHARE, c);
    desk_day(&d, 20240123, c, 2);
    desk_quote(&d, &c[0], 0.50, 0.60);
    desk_quote(&d, &c[1], 2.50, 2.70);
    desk_sizes(&d, &c[0], 7, 7);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 2); /* seven rolled, three to go */
    CHECK_EQ(d.closed_count, 0);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.sent[2].purpose, PURPOSE_ROLL);
    CHECK_EQ(d.sent[2].units, 3);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_ROLLED);
    CHECK_EQ(desk_open_trades(&d), 2);
    size_t slots;
    int64_t held = 0;
    const struct trade *trades = kernel_trades(d.kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        held += trades[i].state == TRADE_OPEN ? trades[i].legs[0].quantity : 0;
    CHECK_EQ(held, -10);
    desk_close(&d);
}

TEST(lifecycle, a_roll_is_gated_by_the_units_that_it_opens)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: put\nunderlying: SPX\n"
              "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: atm}}\n"
              "entry: {every: once}\nsize: {cash_secured: 10%}\n"
              "roll: {dte: 10}\nlimits: {max_loss: $12000}\n",
              FILL_MID, FEES_NONE);
    struct contract c[] = { desk_contract("SPXW", 20240202, 50, 'P'),
                            desk_contract("SPXW", 20240301, 95, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_market(&d, "10:00", 50);
    CHECK_EQ(desk_trade(&d)->units, 2); /* 5,000 each: within 10 % of the equity */
    desk_day(&d, 20240123, c, 2);
    desk_quote(&d, &c[0], 0.50, 0.60);
    desk_quote(&d, &c[1], 4.00, 4.20);
    desk_market(&d, "10:00", 95); /* by its size rule one unit of 9,500; the roll moves two */
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "max_loss");
    desk_close(&d);
}

TEST(lifecycle, a_loss_that_cannot_be_known_is_not_taken_for_none)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: call\nunderlying: SPX\n"
              "legs: {c: {buy: call, expiry: {dte: 30, min: 20, max: 60}, strike: 100}}\n"
              "entry: {every: once}\nlimits: {max_loss: $500}\n",
              FILL_NATURAL, FEES_NONE);
    struct contract c = desk_contract("SPXW", 20240202, 100, 'C');
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, NAN, 60); /* no bid, so no mid: but 6,000 could be lost */
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    desk_quote(&d, &c, NAN, 4);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.sent_count, 0);
    desk_close(&d);
}

TEST(lifecycle, held_shares_cover_only_one_call_each)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: wheel\nunderlying: XYZ\naccount: {assigned: keep}\n"
              "structures:\n"
              "  puts:\n"
              "    legs: {p: {sell: put, expiry: {dte: 3, min: 1, max: 9}, strike: 95}}\n"
              "    entry: {every: once}\n"
              "    size: {contracts: 2}\n"
              "  calls:\n"
              "    legs: {c: {sell: call, expiry: {dte: 3, min: 1, max: 9}, strike: 100}}\n"
              "    entry: {every: daily, max_open: 3, when: shares >= 100}\n"
              "    size: {shares: all}\n",
              FILL_MID, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240105, 95, 'P'),
                            desk_contract("XYZ", 20240112, 100, 'C') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 1.00, 1.20);
    desk_market(&d, "10:00", 97);
    desk_day(&d, 20240105, c, 2);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 93);
    CHECK_EQ(desk_account(&d).shares, 200);
    for (int day = 0; day < 2; day++) {
        desk_day(&d, 20240108 + day, c + 1, 1);
        desk_quote(&d, &c[1], 1.00, 1.20);
        desk_market(&d, "10:00", 96);
        CHECK_EQ(desk_open_trades(&d), 1);
        CHECK_EQ(desk_trade(&d)->legs[0].quantity, -2);
    }
    desk_close(&d);
}

TEST(lifecycle, legs_that_go_one_by_one_pass_the_gates_together)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: ratio\nunderlying: SPX\n"
              "legs:\n"
              "  s: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}\n"
              "  l: {buy: put, ratio: 2, expiry: same as s, strike: 90}\n"
              "entry: {every: once, orders: separate}\nsize: {contracts: 4}\n"
              "limits: {max_contracts: 6}\n",
              FILL_NATURAL, FEES_NONE);
    struct contract c[] = { desk_contract("SPXW", 20240202, 95, 'P'),
                            desk_contract("SPXW", 20240202, 90, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_quote(&d, &c[1], 1.00, 1.20);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0); /* eight long puts are too many: then no short ones either */
    CHECK_HAS(d.last_reason, "max_contracts");
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

TEST(lifecycle, a_remnant_that_expires_does_not_begin_the_cooldown_again)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: spread\nunderlying: SPX\n"
              "legs:\n"
              "  sp: {sell: put, expiry: {dte: 3, min: 1, max: 30}, strike: 95}\n"
              "  lp: {buy: put, expiry: same as sp, strike: 90}\n"
              "entry: {every: daily, cooldown: 3}\nexit: {profit: 50%}\n",
              FILL_NATURAL, FEES_NONE);
    struct contract c[] = { desk_contract("SPXW", 20240105, 95, 'P'),
                            desk_contract("SPXW", 20240105, 90, 'P'),
                            desk_contract("SPXW", 20240119, 95, 'P'),
                            desk_contract("SPXW", 20240119, 90, 'P') };
    desk_day(&d, 20240102, c, 4);
    desk_quote(&d, &c[0], 1.00, 1.10);
    desk_quote(&d, &c[1], 0.40, 0.50);
    desk_market(&d, "10:00", 97);
    desk_quote(&d, &c[0], 0.05, 0.10);
    desk_quote(&d, &c[1], 0, 0.05);
    desk_market(&d, "11:00", 99); /* closed on the 2nd, but for the long put */
    desk_day(&d, 20240105, c, 4);
    desk_settle(&d, "15:58", 20240105, SETTLE_PM, 99);
    CHECK_EQ(d.closed_count, 1);
    desk_quote(&d, &c[2], 1.00, 1.10);
    desk_quote(&d, &c[3], 0.40, 0.50);
    desk_market(&d, "15:59", 99);
    CHECK_EQ(desk_open_trades(&d), 1); /* three days after the second */
    desk_close(&d);
}

TEST(lifecycle, flatten_closes_everything_and_lets_nothing_in)
{
    struct desk d;
    struct contract c[2];
    open_short_put(&d, "", FILL_NATURAL, c);
    desk_command(&d, "10:01", COMMAND_FLATTEN);
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_COMMAND);
    CHECK_EQ(trade_pnl(&d.closed[0]), -200 * MICROS_PER_DOLLAR);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

TEST(lifecycle, an_order_too_large_to_count_is_refused_at_the_gate)
{
    char yaml[512];
    snprintf(
        yaml, sizeof yaml,
        "ironfly: 1\nname: huge\nunderlying: SPX\n"
        "legs: {p: {sell: put, ratio: 1000, expiry: {dte: 30, min: 20, max: 60}, strike: 200000}}\n"
        "entry: {every: once}\nsize: {contracts: 1000000}\n");
    struct desk d;
    desk_open(&d, yaml, FILL_NATURAL, FEES_NONE);
    struct contract c = desk_contract("SPXW", 20240202, 200000, 'P');
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 100000, 100001);
    desk_market(&d, "10:00", 100000);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "billion");
    desk_close(&d);

    char *ratio = strstr(yaml, "ratio: 1000,");
    memcpy(ratio, "ratio: 1e6, ", 12); /* one unit is too large already */
    desk_open(&d, yaml, FILL_NATURAL, FEES_NONE);
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 100000, 100001);
    desk_market(&d, "10:00", 100000);
    CHECK_EQ(d.sent_count, 0);
    CHECK_EQ(d.notes[NOTE_NO_LEGS], 1);
    desk_close(&d);
}

TEST(lifecycle, an_absurd_quote_is_no_quote)
{
    struct desk d;
    struct contract c[2];
    open_short_put(&d, "exit: {profit: 50%}\n", FILL_NATURAL, c);
    double before = desk_equity(&d);
    desk_quote(&d, &c[0], 900000000, 900000001); /* what a store may hold at most, nearly */
    desk_market(&d, "10:01", 900000000);
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_quote(&d, &c[0], 2000000, 2000001); /* a strike could be that high */
    desk_market(&d, "10:02", 100);
    CHECK_NEAR(desk_equity(&d), before - 10 * 100 * (2000000.5 - 2.1), 1e-3);
    desk_close(&d);
}

/* Everything that can end or be refused at once must fit into one step's effects. */
TEST(lifecycle, many_trades_settle_in_one_step)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: many\nunderlying: SPX\n"
              "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
              "entry: {every: time, times: [\"10:00\", \"10:01\"], until: 60s, max_open: 1000}\n",
              FILL_NATURAL, FEES_NONE);
    struct kernel *kernel;
    struct kernel_config config = {
        .strategies = d.strategies,
        .strategy_count = 1,
        .cash = 1,
        .limits = { .book = { 4, 4 }, .trades = 4096, .orders = 16, .effects = 2048 }
    };
    CHECK_EQ(kernel_open(&kernel, &d.arena, &config), ERR_RANGE);
    desk_close(&d);
}

TEST(lifecycle, a_position_that_cannot_be_settled_ends_the_run)
{
    struct desk d;
    struct contract c[2];
    open_short_put(&d, "", FILL_NATURAL, c);
    struct event event = { .ts_ns = d.sent[0].ts_ns, .kind = EVENT_SETTLE };
    event.of.settle = (struct event_settle){ 20240301, SETTLE_PM, PRICE_NONE, PRICE_STALE_LEVEL };
    CHECK_OK(kernel_step(d.kernel, &event)); /* nobody holds it */
    event.of.settle.expiry = 20240202;
    CHECK_EQ(kernel_step(d.kernel, &event), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "SPX options of 20240202");
    desk_close(&d);
}

TEST(lifecycle, expiries_beyond_the_calendar_are_listed_and_never_traded)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: leap\nunderlying: SPX\n"
              "legs: {p: {buy: put, expiry: 2033-12-16, strike: 95}}\nentry: {every: once}\n",
              FILL_NATURAL, FEES_NONE);
    struct contract c = desk_contract("SPX", 20331216, 95, 'P');
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 1.00, 1.10);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    desk_close(&d);
}

TEST(lifecycle, what_conditions_read_does_not_depend_on_positions)
{
    double before[2];
    for (int holds = 0; holds < 2; holds++) {
        struct desk d;
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "ironfly: 1\nname: x\nunderlying: SPX\n"
                 "legs: {p: {sell: put, expiry: {dte: 0, max: 30}, strike: %s}}\n"
                 "entry: {every: once}\n",
                 holds ? "95" : "96");
        desk_open(&d, yaml, FILL_NATURAL, FEES_NONE);
        struct contract c = desk_contract("SPXW", 20240102, 95, 'P');
        desk_day(&d, 20240102, &c, 1);
        desk_quote(&d, &c, 2.00, 2.20);
        desk_market(&d, "10:00", 100);
        desk_settle(&d, "16:00", 20240102, SETTLE_PM, 104);
        CHECK_EQ(d.closed_count, holds);
        CHECK_EQ(kernel_book(d.kernel, 0)->underlying,
                 100 * MICROS_PER_DOLLAR); /* the last snapshot */
        desk_day_end(&d);
        c = desk_contract("SPX", 20240103, 95, 'P');
        desk_day(&d, 20240103, &c, 1);
        desk_settle(&d, "9:30", 20240103, SETTLE_AM,
                    110); /* an opening price is no level to choose by */
        CHECK_EQ(kernel_book(d.kernel, 0)->underlying, PRICE_NONE);
        before[holds] = money_to_dollars(kernel_book(d.kernel, 0)->prev_close);
        desk_close(&d);
    }
    CHECK_NEAR(before[0], 100, 0);
    CHECK_NEAR(before[1], 100, 0);
}

TEST(lifecycle, a_hedged_trade_closes_in_parts_with_its_hedge)
{
    struct desk d;
    desk_open(
        &d,
        "ironfly: 1\nname: gamma\nunderlying: XYZ\n"
        "legs:\n"
        "  p: {buy: put, expiry: {dte: 30, min: 20, max: 60}, strike: 100}\n"
        "  c: {buy: call, expiry: same as p, strike: 100}\n"
        "entry: {every: once}\nsize: {contracts: 10}\nhedge: {band: 20}\nexit: {days_held: 1}\n",
        FILL_SHARE, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240202, 100, 'C'),
                            desk_contract("XYZ", 20240202, 100, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.95, 3.05);
    desk_quote(&d, &c[1], 2.95, 3.05);
    desk_market(&d, "10:00", 100);
    desk_quote(&d, &c[0], 6.45, 6.55);
    desk_quote(&d, &c[1], 1.45, 1.55);
    desk_market(&d, "10:02", 105);
    const struct trade *t = desk_trade(&d);
    CHECK(t->legs[2].is_stock && t->legs[2].quantity < -400);
    CHECK(t->legs[2].quantity % 10 != 0); /* as hedges are */
    int64_t hedge = t->legs[2].quantity;
    desk_day(&d, 20240103, c, 2);
    desk_quote(&d, &c[0], 6.45, 6.55);
    desk_quote(&d, &c[1], 1.45, 1.55);
    desk_sizes(&d, &c[0], 4, 4);
    desk_market(&d, "10:00", 105);
    CHECK_EQ(t->legs[0].quantity, 6);
    CHECK_EQ(t->legs[1].quantity, 6);
    CHECK_EQ(t->legs[2].quantity, hedge - hedge / 10 * 4); /* four tenths of the hedge went along */
    desk_market(&d, "10:01", 105);
    CHECK_EQ(t->legs[0].quantity, 2);
    desk_market(&d, "10:02", 105);
    CHECK_EQ(t->legs[0].quantity, 0);
    if (d.closed_count == 0)
        desk_market(&d, "10:03", 105); /* what did not divide */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_DAYS_HELD);
    CHECK_EQ(desk_account(&d).stock, 0);
    desk_close(&d);
}
