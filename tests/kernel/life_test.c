/* Between fills and expiry: early assignment, splits, interest and borrow fees. */
#include <math.h>

#include "tests/kernel/desk.h"
#include "tests/testing.h"

static const char CALL[] =
    "ironfly: 1\nname: call\nunderlying: XYZ\n"
    "legs: {c: {sell: call, expiry: {dte: 24, min: 1, max: 60}, strike: 90}}\n"
    "entry: {every: once}\nsize: {contracts: 2}\n";

static void open_living(struct desk *d, const char *yaml, struct kernel_life life)
{
    desk_open_life(d, yaml, FILL_MID, life);
}

static void send(struct desk *d, struct event event)
{
    event.ts_ns = kernel_book(d->kernel, 0)->now_ns;
    desk_event(d, &event);
}

/* Two calls sold at 10.05 with the shares at 100: 0.05 of it is more than exercise is worth. */
static void sell_calls(struct desk *d, struct kernel_life life, struct contract *c)
{
    open_living(d, CALL, life);
    *c = desk_contract("XYZ", 20240126, 90, 'C');
    desk_day(d, 20240102, c, 1);
    desk_quote(d, c, 10.00, 10.10);
    desk_market(d, "15:59", 100);
    CHECK_EQ(desk_trade(d)->legs[0].quantity, -2);
}

TEST(life, a_call_is_assigned_on_the_eve_of_a_dividend_above_its_extrinsic_value)
{
    struct desk d;
    struct contract c;
    sell_calls(&d, (struct kernel_life){ .assigns = true, .seed = 3 }, &c);
    struct event declare = { .kind = EVENT_DECLARE };
    declare.of.declare = (struct event_declare){ 20240103, MICROS_PER_DOLLAR };
    send(&d, declare);
    desk_day_end(&d);
    CHECK_EQ(d.notes[NOTE_ASSIGNED], 1);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->legs[0].quantity, 0);
    CHECK(t->legs[1].is_stock && t->legs[1].from_assignment);
    CHECK_EQ(t->legs[1].quantity, -200);
    CHECK_NEAR(desk_equity(&d), 100000 + 10, 1e-9); /* the extrinsic value is ours */
    desk_day(&d, 20240103, &c, 1);
    desk_dividend(&d, "9:30", 1.00); /* short on the record: we owe it */
    desk_market(&d, "9:31", 99);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(trade_pnl(&d.closed[0]),
             10 * MICROS_PER_DOLLAR); /* the shares fell by what was paid */
    desk_close(&d);
}

TEST(life, nobody_exercises_what_is_worth_more_alive)
{
    struct desk d;
    struct contract c;
    sell_calls(&d, (struct kernel_life){ .assigns = true }, &c);
    desk_day_end(&d); /* no dividend */
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -2);
    desk_close(&d);
    sell_calls(&d, (struct kernel_life){ 0 },
               &c); /* and nothing is modelled when it is not asked */
    struct event declare = { .kind = EVENT_DECLARE };
    declare.of.declare = (struct event_declare){ 20240103, MICROS_PER_DOLLAR };
    send(&d, declare);
    desk_day_end(&d);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -2);
    desk_close(&d);
}

TEST(life, a_brokers_assignment_takes_its_part_and_leaves_the_rest)
{
    struct desk d;
    struct contract c;
    sell_calls(&d, (struct kernel_life){ 0 }, &c);
    struct event assign = { .kind = EVENT_ASSIGN };
    assign.of.assign = (struct event_assign){ c, -1, PRICE_NONE };
    send(&d, assign);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->legs[0].quantity, -1);
    CHECK_EQ(t->legs[1].quantity, -100);
    CHECK_EQ(kernel_equity(d.kernel), desk_account(&d).equity);
    CHECK_NEAR(desk_equity(&d), 100000 + 5, 1e-9);
    assign.of.assign.quantity = -9; /* more than we have: told, not invented */
    send(&d, assign);
    CHECK_HAS(d.last_note, "1 contracts assigned");
    CHECK_EQ(t->legs[1].quantity, -200);
    CHECK_EQ(d.notes[NOTE_ASSIGNED], 3);
    desk_close(&d);
}

TEST(life, a_split_leaves_everybody_as_rich_and_finds_the_new_contracts)
{
    struct desk d;
    struct contract c;
    sell_calls(&d, (struct kernel_life){ 0 }, &c);
    double before = desk_equity(&d);
    struct event split = { .kind = EVENT_SPLIT };
    split.of.split = (struct event_split){ 4, 1 };
    send(&d, split);
    CHECK_NEAR(desk_equity(&d), before, 1e-9);
    const struct trade *t = desk_trade(&d);
    CHECK_EQ(t->legs[0].quantity, -8);
    CHECK_EQ(t->legs[0].contract.strike_mills, 22500);
    struct contract after = desk_contract("XYZ", 20240126, 22.5, 'C');
    desk_day(&d, 20240103, &after, 1);
    desk_quote(&d, &after, 2.60, 2.70);
    desk_market(&d, "10:00", 25.1);
    CHECK_NEAR(desk_equity(&d), 100000 + 2010 - 8 * 265, 1e-9);
    desk_settle(&d, "16:00", 20240126, SETTLE_PM, 22);
    CHECK_NEAR(desk_equity(&d), 100000 + 2010, 1e-9);
    desk_close(&d);
}

TEST(life, cash_earns_interest_over_the_nights_and_short_shares_cost_a_fee)
{
    struct desk d;
    struct contract c;
    open_living(&d, CALL,
                (struct kernel_life){ .carry = CARRY_SCHEDULE_BENCHMARK, .borrow_fee = 0.36 });
    c = desk_contract("XYZ", 20240126, 90, 'C');
    d.rate = 0.05;
    desk_day(&d, 20240105, &c, 1); /* a Friday */
    desk_day_end(&d);
    desk_day(&d, 20240108, &c, 1);
    /* exp(0.05 x 3 / 365) - 1 over three days. */
    double interest = money_to_dollars(desk_account(&d).interest);
    CHECK_NEAR(interest, 100000 * expm1(0.05 * 3 / 365), 0.01);
    CHECK_NEAR(desk_equity(&d), 100000 + interest, 1e-6);
    desk_quote(&d, &c, 10.00, 10.10);
    desk_market(&d, "15:59", 100);
    struct event assign = { .kind = EVENT_ASSIGN };
    assign.of.assign = (struct event_assign){ c, -2, PRICE_NONE };
    send(&d, assign);
    d.rate = 0;
    desk_day_end(&d);
    desk_day(&d, 20240109, &c, 1);
    CHECK_EQ(desk_trade(&d)->costs,
             (int64_t)(200 * 102 * 0.36 / 360 * 1e6)); /* a night, at 102 % */
    desk_close(&d);
}
