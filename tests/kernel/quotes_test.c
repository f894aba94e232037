/* Single quotes, as live feeds give them: who looks when, and that it comes out as with snapshots.
 */
#include <math.h>
#include <stdlib.h>

#include "kernel/preview.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

static const char PUT[] =
    "ironfly: 1\nname: put\nunderlying: SPX\n"
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
    "entry: {every: once}\nexit: {profit: 50%, loss: 100%, confirm: 2}\n";
static const char OTHER[] =
    "ironfly: 1\nname: call\nunderlying: XYZ\n"
    "legs: {c: {buy: call, expiry: {dte: 30, min: 20, max: 60}, strike: 50}}\n"
    "entry: {every: once}\nsize: {contracts: 3}\nexit: {profit: $100}\n";

/* A put sold at 2.10, and one strike that nobody holds. */
static void open_put(struct desk *d, struct contract c[2])
{
    desk_open(d, PUT, FILL_MID, FEES_NONE);
    c[0] = desk_contract("SPXW", 20240202, 95, 'P');
    c[1] = desk_contract("SPXW", 20240202, 90, 'P');
    desk_day(d, 20240102, c, 2);
    desk_quote(d, &c[0], 2.00, 2.20);
    desk_quote(d, &c[1], 1.00, 1.20);
    desk_market(d, "10:00", 100);
    CHECK_EQ(desk_trade(d)->units, 1);
}

TEST(quotes, of_a_held_contract_mark_its_trade_at_once_and_others_nothing)
{
    struct desk d;
    struct contract c[2];
    open_put(&d, c);
    desk_tick(&d, "10:00:00", &c[0], 2.40, 2.60);
    CHECK_NEAR(desk_equity(&d), 100000 - 40, 1e-9);
    CHECK_EQ(kernel_equity(d.kernel), desk_account(&d).equity);
    desk_tick(&d, "10:00:00", &c[1], 50.00, 51.00);
    CHECK_NEAR(desk_equity(&d), 100000 - 40, 1e-9);
    desk_tick(&d, "10:00:00", &c[0], NAN, 2.60); /* one side is no price: the mark stays */
    CHECK_NEAR(desk_equity(&d), 100000 - 40, 1e-9);
    desk_close(&d);
}

TEST(quotes, that_reach_the_target_close_the_trade_in_the_same_step)
{
    struct desk d;
    struct contract c[2];
    open_put(&d, c);
    desk_tick(&d, "10:00:00", &c[0], 1.05, 1.07);
    CHECK_EQ(d.closed_count, 0);
    desk_tick(&d, "10:00:00", &c[0], 1.04, 1.06); /* 1.05 of 2.10 */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_PROFIT);
    CHECK_EQ(trade_pnl(&d.closed[0]), 105 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(quotes, in_a_burst_confirm_a_stop_only_once_a_second)
{
    struct desk d;
    struct contract c[2];
    open_put(&d, c);
    for (int i = 0; i < 5; i++)
        desk_tick(&d, "10:00:02", &c[0], 4.20, 4.40);
    CHECK_EQ(d.sent_count, 1);
    desk_tick(&d, "10:00:03", &c[0], 4.20, 4.40);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_LOSS);
    desk_close(&d);
}

TEST(quotes, alone_let_a_strategy_enter_when_its_time_to_look_comes)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: put\nunderlying: SPX\n"
              "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: {offset: -5}}}\n"
              "entry: {every: once}\n",
              FILL_MID, FEES_NONE);
    struct contract c = desk_contract("SPXW", 20240202, 95, 'P');
    desk_day(&d, 20240102, &c, 1);
    desk_level(&d, "10:00:00", 100); /* it looks, and finds no quote */
    CHECK_EQ(d.sent_count, 0);
    desk_tick(&d, "10:00:00", &c, 2.00, 2.20);
    CHECK_EQ(d.sent_count, 0);
    desk_timer(&d, "10:00:01");
    CHECK_EQ(d.sent_count, 1);
    CHECK_EQ(desk_trade(&d)->entry_cash, 210 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(quotes, of_two_underlyings_make_one_account)
{
    static struct desk d;
    const char *const yaml[] = { PUT, OTHER };
    desk_open_many(&d, yaml, 2, FILL_MID);
    CHECK_EQ(kernel_market_count(d.kernel), 2);
    CHECK_EQ(kernel_market_find(d.kernel, "XYZ"), 1);
    struct contract p = desk_contract("SPXW", 20240202, 95, 'P'),
                    c = desk_contract("XYZ", 20240202, 50, 'C');
    desk_day(&d, 20240102, &p, 1);
    d.market = 1;
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 3.00, 3.20);
    desk_market(&d, "10:00", 51);
    CHECK_EQ(desk_open_trades(&d), 1); /* only the second has seen its market */
    d.market = 0;
    desk_quote(&d, &p, 2.00, 2.20);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 2);
    CHECK_NEAR(money_to_dollars(desk_account(&d).cash), 100000 + 210 - 930, 1e-9);
    d.market = 1;
    desk_tick(&d, "10:01", &c, 3.50, 3.70);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].host, 1);
    CHECK_EQ(trade_pnl(&d.closed[0]), 150 * MICROS_PER_DOLLAR);
    CHECK_NEAR(desk_equity(&d), 100150, 1e-9);
    /* An expiry of the one says nothing of the other's. */
    desk_settle(&d, "16:00", 20240202, SETTLE_PM, 10);
    CHECK_EQ(d.closed_count, 1);
    d.market = 0;
    desk_settle(&d, "16:00", 20240202, SETTLE_PM, 94);
    CHECK_EQ(d.closed_count, 2);
    CHECK_EQ(d.closed[1].host, 0);
    CHECK_NEAR(desk_equity(&d), 100150 + 110, 1e-9);
    desk_close(&d);
}

/* With places left for strategies to come, which belong to no market yet. */
TEST(quotes, an_order_is_previewed_in_its_own_market)
{
    static struct desk d;
    static struct order_preview preview;
    const char *const yaml[] = { PUT, OTHER };
    desk_open_many(&d, yaml, 2, FILL_MID);
    struct contract p = desk_contract("SPXW", 20240202, 95, 'P'),
                    c = desk_contract("XYZ", 20240202, 55, 'C');
    desk_day(&d, 20240102, &p, 1);
    d.market = 1;
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 3.00, 3.20);
    desk_market(&d, "10:00", 51);
    struct preview_order order = { .role = BY_TRADER };
    order_terms_init(&order.terms);
    memcpy(order.terms.underlying, "XYZ", 3);
    order.terms.edit = (struct order_edit){ .type = ORDER_MARKET,
                                            .tif = ORDER_DAY,
                                            .quantity = 2,
                                            .stop_price = PRICE_NONE,
                                            .net_price = PRICE_NONE };
    MUST(order_terms_option(&order.terms, &c, 1));
    CHECK_OK(kernel_preview(d.kernel, &order, &preview));
    CHECK_STR(preview.terms.underlying, "XYZ");
    CHECK_EQ(preview.terms.underlying_index, 1);
    CHECK_EQ(preview.terms.legs[0].contract.strike_mills, c.strike_mills);
    CHECK_EQ(preview.max_loss, 640 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(quotes, two_strategies_keep_opposite_positions_in_one_contract_apart)
{
    static struct desk d;
    static const char LONG[] =
        "ironfly: 1\nname: long put\nunderlying: SPX\n"
        "legs: {p: {buy: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
        "entry: {every: once}\nexit: {profit: 50%}\n";
    const char *const yaml[] = { PUT, LONG };
    desk_open_many(&d, yaml, 2, FILL_MID);
    struct contract p = desk_contract("SPXW", 20240202, 95, 'P');
    desk_day(&d, 20240102, &p, 1);
    desk_quote(&d, &p, 2.00, 2.20);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_open_trades(&d), 2);
    desk_tick(&d, "10:01", &p, 3.15,
              3.25); /* the long one has won half, the short one has not lost all */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].host, 1);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, -1);
    desk_close(&d);
}
