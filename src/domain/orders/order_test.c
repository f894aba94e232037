/* What an order may be at all, whoever trades it. */
#include "domain/orders/order.h"

#include <string.h>

#include "domain/orders/report.h"
#include "tests/testing.h"

static struct contract put_at(int32_t strike)
{
    return (struct contract){ .root = "SPY",
                              .expiry = 20240119,
                              .strike_mills = strike * 1000,
                              .multiplier = 100,
                              .right = 'P',
                              .style = 'A',
                              .settle = 'p',
                              .delivery = 's' };
}

static struct order_terms vertical(void)
{
    struct order_terms terms;
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPY", 4);
    struct contract a = put_at(450), b = put_at(460);
    order_terms_option(&terms, &a, 1);
    order_terms_option(&terms, &b, -1);
    terms.edit.quantity = 2;
    terms.edit.type = ORDER_LIMIT;
    terms.edit.net_price = -1250000;
    return terms;
}

TEST(order, says_what_is_wrong_with_it)
{
    struct order_terms terms = vertical();
    CHECK_OK(order_terms_check(&terms));
#define WRONG(change, why)                                                                         \
    do {                                                                                           \
        terms = vertical();                                                                        \
        change;                                                                                    \
        CHECK_EQ(order_terms_check(&terms), ERR_RANGE);                                            \
        CHECK_HAS(err_detail(), why);                                                              \
    } while (0)
    WRONG(terms.leg_count = 0, "legs: 0");
    WRONG(terms.legs[0].ratio = 0, "legs[0].ratio");
    WRONG((terms.legs[0].ratio = 2, terms.legs[1].ratio = -4), "common divisor 2");
    WRONG(terms.legs[1].contract.strike_mills = 450000, "same instrument");
    WRONG(terms.legs[1].contract.multiplier = 10, "multiplier 10 beside 100");
    WRONG(terms.edit.quantity = 0, "quantity: 0");
    WRONG(terms.edit.net_price = PRICE_NONE, "net_price: is missing");
    WRONG(terms.edit.type = ORDER_MARKET, "net_price: this order type has none");
    WRONG(terms.edit.type = ORDER_STOP_LIMIT, "stop_price: is missing");
    WRONG((terms.leg_count = 1, terms.edit.type = ORDER_STOP, terms.edit.net_price = PRICE_NONE,
           terms.edit.stop_price = 0),
          "stop_price");
    WRONG(terms.edit.type = ORDER_TRAIL_LIMIT, "trail: give an amount");
    WRONG(terms.trail_ppm = 5, "does not trail");
    WRONG((terms.edit.tif = ORDER_GTD, terms.edit.tif_until = 20240230), "no date");
    WRONG((terms.edit.tif = ORDER_MINUTES, terms.edit.tif_until = 0), "minutes");
    WRONG(terms.edit.tif_until = 5, "no end of its own");
    WRONG((terms.edit.tif = ORDER_IOC, terms.flags = ORDER_ALL_OR_NONE), "ask for fok");
    WRONG(terms.display_quantity = 3, "display_quantity: 3");
    WRONG(terms.links.group = 4, "go together");
    WRONG(terms.links = ((struct order_links){ 4, 9, GROUP_OCO, ROLE_MEMBER }), "names its parent");
    WRONG((terms.edit.type = ORDER_NOTIONAL, terms.edit.net_price = PRICE_NONE, terms.notional = 5),
          "one leg of stock");
    WRONG(terms.flags = 64, "there is no such");
    WRONG(terms.conditions[1].kind = CONDITION_UNDERLYING_ABOVE, "conditions[1]");
#undef WRONG
}

TEST(order, nets_per_share_with_stock_by_the_contract)
{
    struct order_terms terms;
    order_terms_init(&terms);
    struct contract call = put_at(450);
    call.right = 'C';
    order_terms_stock(&terms, 100);
    order_terms_option(&terms, &call, -1);
    CHECK_EQ(package_net(&terms, (int64_t[]){ 50010000, 2000000 }), 48010000);
    CHECK_EQ(package_net_mid(&terms), PRICE_NONE);
    order_terms_init(&terms);
    order_terms_stock(&terms, -1);
    CHECK_EQ(package_net(&terms, (int64_t[]){ 50010000 }), -50010000);
    CHECK_EQ(order_terms_multiplier(&terms), 1);
}

TEST(order, reads_as_one_line)
{
    struct order_terms terms = vertical();
    char text[ORDER_TEXT_BYTES];
    order_terms_format(text, &terms);
    CHECK_STR(text, "2x SPY +1 SPY 240119 450P -1 SPY 240119 460P limit -1.25 day");
    enum order_type type;
    enum order_tif tif;
    CHECK_OK(order_type_parse(&type, STR("trail_stop")));
    CHECK_EQ(type, ORDER_TRAIL_STOP);
    CHECK_OK(order_tif_parse(&tif, STR("minutes")));
    CHECK_EQ(order_tif_parse(&tif, STR("month")), ERR_PARSE);
    CHECK_HAS(err_detail(), "day, gtc, gtd");
}

TEST(order, names_executions_by_their_text)
{
    struct exec_id a = exec_id_from_text(STR("0000e0d5.5f8a1b2c.01.01")),
                   b = exec_id_from_text(STR("0000e0d5.5f8a1b2c.01.02"));
    CHECK(!exec_id_equal(a, b));
    CHECK(exec_id_equal(a, exec_id_from_text(STR("0000e0d5.5f8a1b2c.01.01"))));
    CHECK_EQ(exec_id_from_text(STR("00000001")).high, 0x3030303030303031);
    CHECK(!exec_id_equal(exec_id_derive(STR("77"), 1, 5), exec_id_derive(STR("77"), 5, 1)));
}
