/* The account's own limits: what is refused and why, who may override, what stops trading by
 * itself. */
#include <math.h>

#include "base/zone.h"
#include "tests/kernel/person.h"
#include "tests/testing.h"

#define PUTS(size)                                                                                 \
    "ironfly: 1\nname: puts\nunderlying: SPX\n"                                                    \
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"                    \
    "entry: {every: daily, max_open: 9}\nsize: {contracts: " #size "}\n"

static struct contract put(double strike)
{
    return desk_contract("SPXW", 20240202, strike, 'P');
}

static void day(struct desk *d, int32_t date, double bid)
{
    const struct contract c[] = { put(95), put(90) };
    desk_day(d, date, c, 2);
    desk_quote(d, &c[0], bid, bid + 0.20);
    desk_quote(d, &c[1], bid / 2, bid / 2 + 0.20);
}

TEST(guard, refuses_with_rule_number_limit_and_what_would_pass)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] = 200000; /* 20 % of 100,000 */
    desk_open_guarded(&d, PUTS(10), FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "trade_loss");
    CHECK_HAS(d.last_reason, "93,000.00 dollars; the limit is 20,000.00 dollars; 2 would pass");
    desk_close(&d);
}

TEST(guard, counts_what_is_held_toward_the_limit_of_an_underlying)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_UNDERLYING_LOSS] = 150000;
    desk_open_guarded(&d, PUTS(1), FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 1); /* 9,290 */
    day(&d, 20240103, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 1); /* twice that is more than 15,000 */
    CHECK_HAS(d.last_reason, "underlying_loss SPX");
    desk_close(&d);
}

TEST(guard, lets_a_role_override_a_limit_for_a_while)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] = 50000;
    desk_open_guarded(&d, PUTS(1), FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    int64_t now = zone_to_ts(ZONE_NEW_YORK, 20240102, TIME_OF_DAY(10, 1));
    struct event_command grant = { .kind = COMMAND_OVERRIDE,
                                   .role = BY_TRADER,
                                   .limit = RISK_TRADE_LOSS,
                                   .value = 100000,
                                   .until_ns = now + 26 * 3600 * NANOS_PER_SECOND };
    desk_ask(&d, "10:01", grant);
    CHECK_EQ(d.notes[NOTE_COMMAND], 1); /* not a trader's to grant */
    grant.role = BY_RISK;
    desk_ask(&d, "10:03", grant);
    day(&d, 20240103, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 1);
    day(&d, 20240104, 2.00);
    desk_market(&d, "10:00", 100); /* it is over */
    CHECK_EQ(d.sent_count, 1);
    desk_close(&d);
}

TEST(guard, lets_nothing_in_after_the_days_loss_until_the_next)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_DAY_LOSS] = 10000; /* 1 %: 1,000 */
    desk_open_guarded(&d, PUTS(10) "exit: {profit: 50%}\n", FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    day(&d, 20240103, 3.20);
    desk_market(&d, "10:00", 99); /* 1,200 lost */
    CHECK_EQ(kernel_state(d.kernel), RISK_REDUCING);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_note, "day_loss");
    day(&d, 20240104, 3.20);
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_market(&d, "10:00", 99);
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}

TEST(guard, closes_everything_beyond_the_loss_that_ends_it)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_LIQUIDATE_LOSS] = 20000;
    desk_open_guarded(&d, PUTS(10), FILL_MID, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 1);
    const struct contract p = put(95);
    desk_quote(&d, &p, 5.00, 5.20);
    desk_market(&d, "10:01", 97); /* 3,000 lost */
    CHECK_EQ(kernel_state(d.kernel), RISK_LIQUIDATING);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_COMMAND);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_market(&d, "10:02", 97);
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}

TEST(guard, asks_for_margin_before_an_order_leaves)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_USE] = 800000;
    desk_open_guarded(&d, PUTS(100), FILL_MID, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "margin_use");
    CHECK_HAS(d.last_reason, "would pass");
    desk_close(&d);

    desk_open_guarded(&d, PUTS(10), FILL_MID, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 1);
    static struct margin_answer answer;
    CHECK_OK(kernel_margin(d.kernel, &answer));
    /* A broad index, put 5 out of the money: premium + 15 % - 5, at least 10 % of the strike. */
    CHECK_EQ(answer.maintenance.requirement, (210 + 1000) * 10 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(guard, halts_on_stale_quotes_and_on_errors_of_the_program)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_QUOTE_AGE] = 30 * NANOS_PER_SECOND;
    limits.at[RISK_SYSTEM_ERRORS] = 0;
    desk_open_guarded(&d, PUTS(1), FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    desk_timer(&d, "10:00:20");
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_timer(&d, "10:00:31");
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    CHECK_HAS(d.last_note, "quote_age");
    desk_command(&d, "10:01", COMMAND_RESUME);
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_command(&d, "10:02", COMMAND_FAULT);
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    desk_close(&d);
}

TEST(guard, limits_delta_in_index_shares_with_what_works_at_its_worst)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_DELTA_SHARES] = 30000000; /* thirty shares */
    desk_open_guarded(
        &d,
        "ironfly: 1\nname: puts\nunderlying: SPX\n"
        "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
        "entry: {every: daily, max_open: 9}\nwork: {start: -100%, step: 0%, give_up: 2h}\n",
        FILL_MID, &limits, NULL);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100); /* some 25 shares, resting */
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(desk_open_trades(&d), 0);
    day(&d, 20240103, 2.00);
    desk_market(&d, "10:00", 100);
    if (d.sent_count == 2) /* the first was for the day */
        desk_ask(&d, "10:01",
                 (struct event_command){ .kind = COMMAND_ARM, .role = BY_TRADER, .host = 0 });
    struct order_terms terms;
    struct contract c = put(90);
    order_terms_init(&terms);
    MUST(order_terms_option(&terms, &c, -1));
    terms.edit = (struct order_edit){ .quantity = 1,
                                      .type = ORDER_LIMIT,
                                      .tif = ORDER_DAY,
                                      .stop_price = PRICE_NONE,
                                      .net_price = -1500000 };
    size_t before = d.sent_count;
    desk_ask(&d, "10:02",
             (struct event_command){ .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = &terms });
    CHECK_EQ(d.sent_count, before); /* together with the one that rests it would be too much */
    CHECK_HAS(d.last_reason, "delta_shares");
    desk_close(&d);
}

/* ---- margin calls ---- */

#define CONDORS(size)                                                                              \
    "ironfly: 1\nname: condors\nunderlying: SPX\nlegs:\n"                                          \
    "  sp: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}\n"                         \
    "  lp: {buy: put, expiry: same as sp, strike: 90}\n"                                           \
    "  sc: {sell: call, expiry: same as sp, strike: 105}\n"                                        \
    "  lc: {buy: call, expiry: same as sp, strike: 110}\n"                                         \
    "entry: {every: once}\nsize: {contracts: " #size "}\n"

static struct contract call(double strike)
{
    return desk_contract("SPXW", 20240202, strike, 'C');
}

static void condor_day(struct desk *d, double short_put, double long_put)
{
    const struct contract c[] = { put(95), put(90), call(105), call(110) };
    desk_day(d, 20240102, c, 4);
    desk_quote(d, &c[0], short_put, short_put + 0.10);
    desk_quote(d, &c[1], long_put, long_put + 0.10);
    desk_quote(d, &c[2], 1.00, 1.10);
    desk_quote(d, &c[3], 0.50, 0.60);
}

/* Equity falls below what the condors need: as many go as it takes, whole, and the rest stays. */
TEST(guard, a_margin_call_closes_the_fewest_packages_that_cure_it)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    int64_t deposit;
    limits.at[RISK_MARGIN_USE] = limits.at[RISK_MARGIN_CALL] = 1000000;
    desk_open_guarded(&d, CONDORS(200), FILL_MID, &limits, &margin);
    condor_day(&d, 1.00, 0.50);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 1); /* 5.00 less the credit of 1.00: 80,000 of 100,000 */
    CHECK_OK(kernel_deposit(d.kernel, &deposit));
    CHECK_EQ(deposit, 80000 * MICROS_PER_DOLLAR);
    CHECK_EQ(d.notes[NOTE_MARGIN_CALL], 0);
    /* The wing's mark vanishes against the short: equity sinks below what the distance of the
     * strikes needs. */
    const struct contract p = put(95), w = put(90), own = call(105);
    (void)own;
    desk_quote(&d, &p, 4.00, 4.10);
    desk_quote(&d, &w, 3.00, 3.10);
    desk_market(&d, "10:01", 96);
    CHECK_EQ(d.notes[NOTE_MARGIN_CALL],
             0); /* equity fell by what the deposit fell by: spreads need no more */
    desk_close(&d);

    /* Naked puts do: the deposit rises as equity falls. */
    desk_open_guarded(&d, PUTS(80), FILL_MID, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 1);
    const struct contract q[] = { put(95), put(90) };
    desk_quote(&d, &q[0], 6.00, 6.10);
    desk_quote(&d, &q[1], 3.00, 3.10);
    desk_market(&d, "10:01", 93);
    CHECK(d.notes[NOTE_MARGIN_CALL] == 2); /* began and ended */
    CHECK_EQ(d.notes[NOTE_LIQUIDATES], 1);
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    CHECK_OK(kernel_deposit(d.kernel, &deposit));
    CHECK(deposit <= kernel_equity(d.kernel));
    const struct trade *left = desk_trade(&d);
    CHECK(left->legs[0].quantity > -80 && left->legs[0].quantity < 0);
    CHECK_EQ(left->units, -left->legs[0].quantity);
    CHECK_EQ(d.closed_count, 1); /* the part that was taken over */
    CHECK_EQ(d.closed[0].reason, CLOSE_MARGIN);
    CHECK_EQ(d.closed[0].structure, STRUCTURE_LIQUIDATED);
    /* One more would have been too many: with one contract more the deposit is beyond equity. */
    int64_t each = deposit / -left->legs[0].quantity;
    CHECK(deposit + 2 * each > kernel_equity(d.kernel));
    int64_t sum = trade_pnl(&d.closed[0]) + trade_pnl(left);
    CHECK_EQ(kernel_equity(d.kernel),
             100000 * MICROS_PER_DOLLAR + sum); /* results add up to the account's */
    desk_close(&d);
}

/* What fills in part is followed by the next package as soon as the rest is over, not at the next
 * quote. */
TEST(guard, a_margin_call_goes_on_after_a_fill_in_part)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_CALL] = 1000000;
    desk_open_guarded(&d, PUTS(80), FILL_SHARE, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    const struct contract q = put(95);
    desk_quote(&d, &q, 6.00, 6.10);
    desk_sizes(&d, &q, 50, 2);
    desk_market(&d, "10:01", 93);
    CHECK_EQ(d.notes[NOTE_MARGIN_CALL], 1); /* it goes on */
    CHECK_EQ(d.notes[NOTE_LIQUIDATES],
             2); /* two of them filled; the next order found nobody, and waits for quotes */
    desk_close(&d);
}

TEST(guard, a_persons_reduce_outlives_the_margin_call_that_came_before)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_CALL] = 1000000;
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        desk_open_guarded(&d, PUTS(80), FILL_MID, &limits, &margin);
        day(&d, 20240102, 2.00);
        desk_market(&d, "10:00", 100);
        const struct contract q = put(95);
        desk_command(&d, "10:00:30",
                     COMMAND_HALT); /* a call under a halt closes nothing: it stays on */
        desk_quote(&d, &q, 6.00, 6.10);
        desk_market(&d, "10:01", 93);
        CHECK_EQ(d.notes[NOTE_MARGIN_CALL], 1);
        CHECK_EQ(d.notes[NOTE_LIQUIDATES], 0);
        desk_command(&d, "10:02", COMMAND_RESUME);
        if (by_hand)
            desk_command(&d, "10:02:30", COMMAND_REDUCE);
        desk_market(&d, "10:03", 93);
        CHECK_EQ(d.notes[NOTE_LIQUIDATES], 1);
        CHECK_EQ(d.notes[NOTE_MARGIN_CALL], 2); /* it is met */
        CHECK_EQ(kernel_state(d.kernel), by_hand ? RISK_REDUCING : RISK_NORMAL);
        desk_close(&d);
    }
}

/* Strategy one holds a long that keeps strategy two's short covered; what must go first goes as one
 * order across both. */
TEST(guard, a_liquidation_across_trades_takes_lots_of_both_as_one_order)
{
    static struct desk d;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_MARGIN_CALL] = 1000000;
    desk_open_guarded(
        &d,
        "ironfly: 1\nname: puts\nunderlying: SPX\n"
        "legs: {p: {buy: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\nentry: {every: never}\n",
        FILL_MID, &limits, &margin);
    day(&d, 20240102, 2.00);
    desk_market(&d, "10:00", 100);
    struct contract a = put(95), b = put(90);
    struct order_terms terms;
    for (int i = 0; i < 2;
         i++) { /* a long 90 put, and short 95 puts, as two trades of a person's */
        order_terms_init(&terms);
        MUST(order_terms_option(&terms, i ? &a : &b, i ? -1 : 1));
        terms.edit = (struct order_edit){ .quantity = 3,
                                          .type = ORDER_MARKET,
                                          .tif = ORDER_DAY,
                                          .stop_price = PRICE_NONE,
                                          .net_price = PRICE_NONE };
        desk_ask(
            &d, "10:01",
            (struct event_command){ .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = &terms });
    }
    CHECK_EQ(desk_open_trades(&d), 2);
    desk_command(&d, "10:02", COMMAND_FLATTEN);
    desk_market(&d, "10:03", 100);
    desk_market(&d, "10:04", 100);
    desk_market(&d, "10:05", 100);
    CHECK_EQ(desk_open_trades(&d), 0);
    int64_t sum = 0;
    for (size_t i = 0; i < d.closed_count; i++)
        sum += trade_pnl(&d.closed[i]);
    CHECK_EQ(kernel_equity(d.kernel), 100000 * MICROS_PER_DOLLAR + sum);
    desk_close(&d);
}
