/* Orders on their way: worked limits, parts, people's own orders, signatures, halts, reports that
 * surprise. */
#include <math.h>
#include <stdlib.h>

#include "base/zone.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

enum { EXPIRY = 20240202 };

#define PUT_HEAD                                                                                   \
    "ironfly: 1\nname: put\nunderlying: SPX\n"                                                     \
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
static const char PUT[] =
    PUT_HEAD "entry: {every: once}\nsize: {contracts: 10}\nexit: {profit: 50%}\n";
static const char WORKED[] = PUT_HEAD "entry: {every: once}\nsize: {contracts: 10}\n"
                                      "work: {start: 0%, step: 50%, every: 30s, give_up: 2m}\n";

static struct contract put(double strike)
{
    return desk_contract("SPXW", EXPIRY, strike, 'P');
}

/* A day with two puts, quoted 2.00 to 2.20 and 1.00 to 1.20. */
static void begin(struct desk *d, const char *yaml, enum fill_model fill, int64_t sign_above)
{
    desk_open_config(d, yaml, fill, FEES_NONE, true, sign_above);
    const struct contract c[] = { put(95), put(90) };
    desk_day(d, 20240102, c, 2);
    desk_quote(d, &c[0], 2.00, 2.20);
    desk_quote(d, &c[1], 1.00, 1.20);
}

static const struct order_state *order_of(const struct desk *d, uint64_t id)
{
    const struct order_state *order = order_set_find(kernel_orders(d->kernel), id);
    CHECK(order != NULL);
    return order;
}

/* ---- working a limit ------------------------------------------------------------------------- */

TEST(orders, that_are_worked_move_from_the_mid_to_the_far_side)
{
    struct desk d;
    begin(&d, WORKED, FILL_NATURAL, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(d.sent[0].edit.type, ORDER_LIMIT);
    CHECK_EQ(d.sent[0].edit.net_price, -2100000); /* the mid, received */
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_timer(&d, "10:00:10");
    CHECK_EQ(d.replaced, 0);
    desk_timer(&d, "10:00:30");
    CHECK_EQ(d.replaced, 1);
    CHECK_EQ(order_of(&d, d.sent[0].id)->edit.net_price, -2050000);
    desk_timer(&d, "10:01:00"); /* now at the bid of 2.00, which natural fills */
    CHECK_EQ(d.replaced, 2);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -10);
    CHECK_EQ(desk_trade(&d)->entry_cash, 2000 * MICROS_PER_DOLLAR);
    desk_tick(&d, "10:01:10", &p, 2.00, 2.20);
    CHECK_EQ(d.sent_count, 1);
    desk_close(&d);
}

TEST(orders, that_rest_fill_when_the_market_comes_to_them)
{
    struct desk d;
    begin(&d, WORKED, FILL_NATURAL, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    desk_tick(&d, "10:00:05", &p, 2.10, 2.30); /* somebody bids the limit */
    CHECK_EQ(desk_trade(&d)->entry_cash, 2100 * MICROS_PER_DOLLAR);
    CHECK_EQ(d.replaced, 0);
    desk_close(&d);
}

TEST(orders, that_nobody_fills_are_given_up_and_not_tried_again_in_their_slot)
{
    struct desk d;
    begin(&d,
          PUT_HEAD "entry: {every: once}\n"
                   "work: {start: 0%, step: 0%, every: 30s, give_up: 1m}\n",
          FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    desk_timer(&d, "10:01:00");
    CHECK_EQ(d.canceled, 1);
    CHECK_EQ(order_of(&d, d.sent[0].id)->phase, ORDER_CANCELED);
    desk_timer(&d, "10:01:05");
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

TEST(orders, filled_in_parts_make_one_trade_at_the_mean_price)
{
    struct desk d;
    begin(&d, WORKED, FILL_SHARE, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_sizes(&d, &p, 4, 4);
    desk_quote(&d, &p, 2.10, 2.12);
    desk_market(&d, "10:00:05", 100);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -4);
    CHECK_EQ(desk_trade(&d)->working, 1);
    desk_sizes(&d, &p, 100, 100);
    desk_quote(&d, &p, 2.20, 2.22);
    desk_market(&d, "10:00:10", 100);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->legs[0].quantity, -10);
    CHECK_EQ(t->legs[0].entry_quantity, -10);
    CHECK_EQ(t->legs[0].entry_price, 2100000); /* a resting limit fills at its limit */
    CHECK_EQ(t->units, 10);
    CHECK_EQ(t->working, 0);
    CHECK_EQ(t->entry_cash, 2100 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(orders, of_an_entry_are_called_back_when_everything_is_to_be_closed)
{
    struct desk d;
    begin(&d, WORKED, FILL_SHARE, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    desk_sizes(&d, &p, 4, 4);
    desk_quote(&d, &p, 2.10, 2.12);
    desk_market(&d, "10:00:05", 100);
    desk_command(&d, "10:00:06", COMMAND_FLATTEN);
    desk_market(&d, "10:00:10", 100);
    CHECK_EQ(d.canceled, 1);
    desk_sizes(&d, &p, 100, 100);
    desk_market(&d, "10:00:15", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_COMMAND);
    CHECK_EQ(kernel_state(d.kernel), RISK_LIQUIDATING);
    desk_close(&d);
}

/* ---- signatures ------------------------------------------------------------------------------ */

TEST(orders, above_the_limit_wait_for_a_person_and_then_go)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, 1000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK(d.waiting != 0);
    CHECK_EQ(order_of(&d, d.waiting)->phase, ORDER_AWAITING_SIGNATURE);
    desk_market(&d, "10:01", 100); /* it waits, and nothing is asked twice */
    CHECK_EQ(d.sent_count, 0);
    desk_ask(
        &d, "10:02",
        (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_AGENT, .order_id = d.waiting });
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_note, "a person's signature would pass");
    desk_ask(
        &d, "10:02",
        (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_RISK, .order_id = d.waiting });
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(desk_trade(&d)->units, 10);
    desk_close(&d);
}

TEST(orders, that_a_person_denies_are_refused_and_pass_no_gate_later)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, 1000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    uint64_t id = d.waiting;
    desk_ask(&d, "10:02",
             (struct event_command){ .kind = COMMAND_DENY, .role = BY_RISK, .order_id = id });
    CHECK_EQ(order_of(&d, id)->phase, ORDER_REFUSED);
    desk_ask(&d, "10:03",
             (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_OWNER, .order_id = id });
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_note, "it is over");
    desk_close(&d);
}

TEST(orders, signed_while_trading_is_halted_do_not_go)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, 1000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    desk_command(&d, "10:01", COMMAND_REDUCE);
    desk_ask(
        &d, "10:02",
        (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_OWNER, .order_id = d.waiting });
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "reduce_only");
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

/* ---- people's own orders --------------------------------------------------------------------- */

static void place(struct desk *d, const char *time, double strike, int64_t ratio, int64_t quantity,
                  double limit, uint64_t trade)
{
    struct order_terms terms;
    struct contract c = put(strike);
    order_terms_init(&terms);
    MUST(order_terms_option(&terms, &c, ratio));
    terms.edit = (struct order_edit){ .quantity = quantity,
                                      .type = ORDER_LIMIT,
                                      .tif = ORDER_DAY,
                                      .stop_price = PRICE_NONE,
                                      .net_price = money_from_dollars(limit) };
    desk_ask(d, time,
             (struct event_command){
                 .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = &terms, .trade_id = trade });
}

/* A market order that waited: what it leaves with, and what it can lose, are the quotes of now. */
TEST(orders, signed_later_leave_with_the_quotes_of_now)
{
    struct desk d;
    struct order_terms terms;
    struct contract c = put(95);
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, 1000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    order_terms_init(&terms);
    MUST(order_terms_option(&terms, &c, -1));
    terms.edit = (struct order_edit){ .quantity = 1,
                                      .type = ORDER_MARKET,
                                      .tif = ORDER_DAY,
                                      .stop_price = PRICE_NONE,
                                      .net_price = PRICE_NONE };
    desk_ask(&d, "10:01",
             (struct event_command){ .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = &terms });
    CHECK_EQ(order_of(&d, d.waiting)->terms.legs[0].bid, 2 * MICROS_PER_DOLLAR);
    desk_quote(&d, &c, 0.50, 0.60);
    desk_market(&d, "10:30", 104);
    desk_ask(
        &d, "10:31",
        (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_OWNER, .order_id = d.waiting });
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(d.sent[0].legs[0].bid, MICROS_PER_DOLLAR / 2);
    CHECK_EQ(desk_trade(&d)->entry_cash,
             50 * MICROS_PER_DOLLAR); /* not the 200 of half an hour before */
    desk_close(&d);
}

/* An order for the day that nobody signed is none for the next. */
TEST(orders, for_a_day_that_never_left_lapse_with_it)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, 1000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 95, -1, 1, -2.00, 0);
    uint64_t day = d.waiting;
    struct order_terms terms = order_of(&d, day)->terms;
    terms.edit.tif = ORDER_GTC;
    desk_ask(&d, "10:02",
             (struct event_command){ .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = &terms });
    uint64_t gtc = d.waiting;
    const struct contract c[] = { put(95), put(90) };
    desk_day(&d, 20240103, c, 2);
    CHECK_EQ(order_of(&d, day)->phase, ORDER_CANCELED);
    CHECK_EQ(order_of(&d, gtc)->phase, ORDER_AWAITING_SIGNATURE);
    desk_close(&d);
}

/* Shares and strikes are others afterwards: what waits is dropped, what works is called back. */
TEST(orders, do_not_outlive_a_split)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, 10000 * MICROS_PER_DOLLAR);
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 95, -1, 1, -2.50, 0); /* rests */
    CHECK_EQ(d.sent_count, 1);
    uint64_t rests = d.sent[0].id;
    place(&d, "10:02", 95, -1, 9, -2.50, 0);
    uint64_t waits = d.waiting;
    struct event split = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, 20240102, TIME_OF_DAY(10, 5)),
                           .kind = EVENT_SPLIT };
    split.of.split = (struct event_split){ 2, 1 };
    desk_event(&d, &split);
    CHECK_EQ(order_of(&d, waits)->phase, ORDER_CANCELED);
    CHECK_EQ(order_of(&d, rests)->phase, ORDER_CANCELED);
    CHECK_EQ(d.canceled, 1);
    desk_close(&d);
}

TEST(orders, of_a_person_make_a_trade_of_their_own_and_close_it)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 90, 1, 3, 1.10, 0); /* bid 1.10 for it: it rests */
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(desk_open_trades(&d), 0);
    const struct contract p = put(90);
    desk_tick(&d, "10:02", &p, 1.00, 1.10);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->structure, STRUCTURE_MANUAL);
    CHECK_EQ(t->legs[0].quantity, 3);
    CHECK_NEAR(money_to_dollars(desk_account(&d).cash), 100000 - 330, 1e-9);
    uint64_t id = t->id;
    place(&d, "10:03", 90, -1, 3, -1.00, id);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].id, id);
    CHECK_EQ(trade_pnl(&d.closed[0]), -30 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(orders, of_a_person_can_be_changed_and_called_back)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 90, 1, 3, 1.05, 0);
    uint64_t id = d.sent[0].id;
    struct order_edit edit = d.sent[0].edit;
    edit.net_price = 1150000;
    edit.quantity = 2;
    desk_ask(&d, "10:02",
             (struct event_command){ .kind = COMMAND_REPLACE, .order_id = id, .edit = &edit });
    CHECK_EQ(order_of(&d, id)->edit.net_price, 1150000);
    desk_ask(&d, "10:03", (struct event_command){ .kind = COMMAND_CANCEL, .order_id = id });
    CHECK_EQ(order_of(&d, id)->phase, ORDER_CANCELED);
    size_t slots;
    const struct trade *trades = kernel_trades(d.kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        CHECK_EQ(trades[i].state, TRADE_FREE);
    desk_ask(&d, "10:04", (struct event_command){ .kind = COMMAND_CANCEL, .order_id = id });
    CHECK_HAS(d.last_note, "it is over");
    desk_close(&d);
}

/* ---- halts ----------------------------------------------------------------------------------- */

TEST(orders, of_strategies_stop_in_a_halt_and_a_person_may_still_reduce)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    uint64_t trade = desk_trade(&d)->id;
    desk_command(&d, "10:01", COMMAND_HALT);
    desk_quote(&d, &p, 0.50, 0.60); /* the target is passed */
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason,
              "state: halted; the limit is normal; a person's order that only reduces would pass");
    place(&d, "10:03", 90, 1, 1, 1.20, 0);
    CHECK_EQ(d.sent_count, 1);
    place(&d, "10:04", 95, 1, 11, 0.60, trade); /* one more than is held */
    CHECK_EQ(d.sent_count, 1);
    place(&d, "10:05", 95, 1, 10, 0.60, trade);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.closed_count, 1);
    desk_close(&d);
}

TEST(orders, are_all_called_back_by_a_kill_and_only_the_owner_goes_on)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 90, 1, 3, 1.05, 0);
    place(&d, "10:01", 95, 1, 3, 2.05, 0);
    desk_command(&d, "10:02", COMMAND_KILL);
    CHECK_EQ(d.canceled, 2);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);
    desk_command(&d, "10:03", COMMAND_RESUME);
    CHECK_EQ(kernel_state(d.kernel), RISK_KILLED);
    desk_ask(&d, "10:04", (struct event_command){ .kind = COMMAND_RESUME, .role = BY_OWNER });
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_close(&d);
}

/* ---- reports that surprise ------------------------------------------------------------------- */

static void say(struct desk *d, const struct order_report *report)
{
    struct event event = { .ts_ns = d->sent[d->sent_count - 1].ts_ns, .kind = EVENT_REPORT };
    event.of.report = report;
    desk_event(d, &event);
}

TEST(orders, whose_fill_is_taken_back_give_back_cash_and_position)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    const struct order_set *set = kernel_orders(d.kernel);
    const struct order_fill *fill = order_set_first_fill(set, order_of(&d, d.sent[0].id));
    struct order_report bust = { .what = ORDER_SAID_BUST,
                                 .order_id = d.sent[0].id,
                                 .ts_ns = d.sent[0].ts_ns,
                                 .fill_count = 1,
                                 .fills = { { .exec = fill->exec } } };
    say(&d, &bust);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, 0);
    CHECK_NEAR(desk_equity(&d), 100000, 1e-9);
    CHECK_EQ(kernel_equity(d.kernel), desk_account(&d).equity);
    CHECK(d.notes[NOTE_ORDER_ALARM] > 0);
    desk_close(&d);
}

TEST(orders, filled_after_their_trade_is_over_are_kept_and_told)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, INT64_MAX);
    const struct contract p = put(95);
    desk_market(&d, "10:00", 100);
    desk_quote(&d, &p, 0.50, 0.60);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.closed_count, 1);
    struct order_report late = { .what = ORDER_SAID_FILL,
                                 .order_id = d.sent[1].id,
                                 .ts_ns = d.sent[1].ts_ns,
                                 .fill_count = 1,
                                 .fills = {
                                     { .exec = { 7, 7 }, .quantity = 2, .price = 550000 } } };
    say(&d, &late);
    CHECK_EQ(d.notes[NOTE_LATE_FILL], 1);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->structure, STRUCTURE_MANUAL);
    CHECK_EQ(t->legs[0].quantity, 2);
    CHECK_EQ(kernel_equity(d.kernel), desk_account(&d).equity);
    desk_market(&d, "10:02", 100); /* no rule touches it */
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}

/* What a roll opened was closed again, and its place is free or another's, when one more fill of
 * the roll is told. */
TEST(orders, that_roll_and_fill_after_both_trades_are_over_are_kept_and_told)
{
    struct desk d;
    desk_open_config(
        &d,
        PUT_HEAD
        "entry: {every: once}\nsize: {contracts: 1}\nroll: {dte: 10, max: 1}\nexit: {profit: 50%}\n",
        FILL_NATURAL, FEES_NONE, true, INT64_MAX);
    struct contract c[] = { put(95), desk_contract("SPXW", 20240301, 95, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_quote(&d, &c[1], 4.00, 4.20);
    desk_market(&d, "10:00", 100);
    desk_day(&d, 20240123, c, 2);
    desk_quote(&d, &c[0], 1.90, 2.00);
    desk_quote(&d, &c[1], 3.50, 3.70);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent[1].purpose, PURPOSE_ROLL);
    desk_quote(&d, &c[1], 0.50, 0.60);
    desk_market(&d, "10:05", 104); /* the new one has won half */
    CHECK_EQ(d.closed_count, 2);
    CHECK_EQ(desk_open_trades(&d), 0);
    struct order_report late = {
        .what = ORDER_SAID_FILL,
        .order_id = d.sent[1].id,
        .ts_ns = d.sent[1].ts_ns,
        .fill_count = 2,
        .fills = { { .exec = { 7, 7 },
                     .quantity = 1,
                     .price = 2000000,
                     .costs = { 3000000, 0, 0 } },
                   { .exec = { 7, 8 }, .leg = 1, .quantity = 1, .price = 3500000 } }
    };
    say(&d, &late);
    CHECK_EQ(d.notes[NOTE_LATE_FILL], 1);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->structure, STRUCTURE_MANUAL);
    CHECK_EQ(t->leg_count, 2);
    CHECK_EQ(t->legs[0].quantity, 1);
    CHECK_EQ(t->legs[1].quantity, -1);
    CHECK_EQ(t->flows, 150 * MICROS_PER_DOLLAR);
    CHECK_EQ(t->costs, 3 * MICROS_PER_DOLLAR);
    int64_t closed = trade_pnl(&d.closed[0]) + trade_pnl(&d.closed[1]);
    CHECK_EQ(kernel_equity(d.kernel),
             100000 * MICROS_PER_DOLLAR + closed + trade_pnl(t)); /* nothing is lost */
    desk_close(&d);
}

TEST(orders, that_are_not_known_are_told_and_change_nothing)
{
    struct desk d;
    begin(&d, PUT, FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100);
    double before = desk_equity(&d);
    struct order_report report = { .what = ORDER_SAID_FILL,
                                   .order_id = 4711,
                                   .ts_ns = d.sent[0].ts_ns,
                                   .fill_count = 1,
                                   .fills = {
                                       { .exec = { 7, 8 }, .quantity = 2, .price = 550000 } } };
    say(&d, &report);
    CHECK_EQ(d.notes[NOTE_UNKNOWN_ORDER], 1);
    CHECK_NEAR(desk_equity(&d), before, 1e-9);
    desk_close(&d);
}

TEST(orders, filled_at_a_net_price_alone_book_exactly_that_cash)
{
    struct desk d;
    begin(&d,
          "ironfly: 1\nname: spread\nunderlying: SPX\n"
          "legs:\n"
          "  s: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}\n"
          "  l: {buy: put, ratio: 3, expiry: same as s, strike: 90}\n"
          "entry: {every: once}\nwork: {start: -100%, step: 0%}\n",
          FILL_NATURAL, INT64_MAX);
    desk_market(&d, "10:00", 100); /* rests where nobody fills it */
    CHECK_EQ(desk_open_trades(&d), 0);
    struct order_report fill = {
        .what = ORDER_SAID_FILL,
        .order_id = d.sent[0].id,
        .ts_ns = d.sent[0].ts_ns,
        .fill_count = 1,
        .fills = { { .exec = { 7, 9 }, .leg = LEG_PACKAGE, .quantity = 1, .price = 1230001 } }
    };
    say(&d, &fill);
    CHECK_EQ(desk_account(&d).cash, 100000 * MICROS_PER_DOLLAR - 123000100);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -1);
    CHECK_EQ(desk_trade(&d)->legs[1].quantity, 3);
    desk_close(&d);
}

TEST(orders, that_open_are_refused_while_quotes_are_in_doubt_and_those_that_reduce_pass)
{
    struct desk d;
    begin(&d, PUT_HEAD "entry: {every: never}\n", FILL_NATURAL, INT64_MAX);
    struct event feed = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, 20240102, TIME_OF_DAY(10, 2)),
                          .kind = EVENT_FEED };
    desk_market(&d, "10:00", 100);
    place(&d, "10:01", 90, 1, 3, 1.20, 0);
    uint64_t id = desk_trade(&d)->id;
    feed.of.feed = (struct event_feed){
        .is_doubted = true, .here = PRICE_NONE, .there = PRICE_NONE, .why = "in doubt: link"
    };
    desk_event(&d, &feed);
    CHECK_STR(d.last_note, "SPX: in doubt: link; nothing is opened");
    place(&d, "10:03", 90, 1, 1, 1.20, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "feed: quotes in doubt; the limit is");
    place(&d, "10:04", 90, -1, 2, -1.00, id);
    CHECK_EQ(d.sent_count, 2);
    feed.ts_ns += 3 * NANOS_PER_MINUTE;
    feed.of.feed =
        (struct event_feed){ .here = PRICE_NONE, .there = PRICE_NONE, .why = "no doubt any more" };
    desk_event(&d, &feed);
    place(&d, "10:06", 90, 1, 1, 1.20, 0);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}
