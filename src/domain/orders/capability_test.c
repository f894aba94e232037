/* What a broker cannot express is refused with rule, number, limit and what would pass. */
#include "domain/orders/capability.h"

#include <stdio.h>
#include <string.h>

#include "tests/testing.h"

static struct order_terms spread(int legs)
{
    struct order_terms terms;
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPX", 4);
    for (int i = 0; i < legs; i++) {
        struct contract put = { .root = "SPXW",
                                .expiry = 20240119,
                                .strike_mills = 4600000 + 50000 * i,
                                .multiplier = 100,
                                .right = 'P',
                                .style = 'E',
                                .settle = 'p',
                                .delivery = 'c' };
        struct package_leg *leg = order_terms_option(&terms, &put, i % 2 ? -1 : 1);
        leg->bid = 1000000 + 500000 * i;
        leg->ask = leg->bid + 200000;
    }
    terms.edit = (struct order_edit){ .quantity = 2,
                                      .type = ORDER_LIMIT,
                                      .net_price = -300000,
                                      .stop_price = PRICE_NONE,
                                      .tif = ORDER_DAY };
    return terms;
}

static const struct capability *of(const char *name)
{
    const struct capability *capability = NULL;
    CHECK_OK(capability_get(&capability, str_from(name)));
    return capability;
}

static void says_all_four(const struct capability_verdict *v, const char *who)
{
    char begin[64];
    snprintf(begin, sizeof begin, "%s: %s: ", who, capability_rule_name(v->rule));
    if (strncmp(v->text, begin, strlen(begin)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", v->text, begin);
    CHECK_HAS(v->text, "; the limit is ");
    CHECK_HAS(v->text, " would pass");
    CHECK(strlen(v->text) + 1 < sizeof v->text);
}

/* Every rule there is: one that is not walked here fails. */
TEST(capability, every_refusal_names_rule_number_limit_and_what_would_pass)
{
    struct order_terms five = spread(5), two = spread(2), stock = spread(2), stop = spread(2),
                       gtd = spread(2), many = spread(2), night = spread(2), whole = spread(2),
                       shown = spread(2), when = spread(2), step = spread(2);
    many.edit.quantity = 100001;
    order_terms_stock(&stock, 100);
    stop.edit.type = ORDER_STOP;
    stop.edit.net_price = PRICE_NONE;
    stop.edit.stop_price = 1000000;
    gtd.edit.tif = ORDER_GTD;
    gtd.edit.tif_until = 20240119;
    night.session = ORDER_OVERNIGHT;
    whole.flags = ORDER_ALL_OR_NONE;
    shown.display_quantity = 1;
    when.conditions[0] = (struct order_condition){ CONDITION_TIME_AFTER, 1 };
    step.edit.net_price = -310000;
    const struct {
        const char *broker;
        const struct order_terms *terms;
        enum capability_rule rule;
        int64_t number, limit;
        const char *text;
    } cases[] = {
        { "tradier", &five, CAPABILITY_LEGS, 5, 4,
          ": 5; the limit is 4; packages of at most 4 legs would pass" },
        { "alpaca", &stock, CAPABILITY_STOCK_LEG, 1, 0,
          ": stock beside options; the limit is one of the two; the stock as an order of its own" },
        { "schwab", &stop, CAPABILITY_TYPE, ORDER_STOP, 67,
          ": stop for a package; the limit is market, limit, marketable_limit; one of these" },
        { "alpaca", &gtd, CAPABILITY_TIF, ORDER_GTD, 1,
          ": gtd for options; the limit is day; one of these" },
        { "tradier", &night, CAPABILITY_SESSION, ORDER_OVERNIGHT, 1,
          ": overnight; the limit is regular; one of these" },
        { "tradier", &whole, CAPABILITY_FLAG, ORDER_ALL_OR_NONE, ORDER_REDUCES,
          ": all-or-none; the limit is reduces; the order without all-or-none" },
        { "webull", &shown, CAPABILITY_DISPLAY, 1, 0,
          ": 1 shown of 2; the limit is all of it; one that shows all (0)" },
        { "schwab", &when, CAPABILITY_CONDITION, CONDITION_TIME_AFTER, 0,
          ": an activation rule; the limit is none; the order without one" },
        { "ibkr", &step, CAPABILITY_STEP, -310000, 50000,
          ": -0.31; the limit is in steps of 0.05; -0.35 or -0.30" },
        { "tradier", &many, CAPABILITY_QUANTITY, 100001, 100000,
          ": 100001; the limit is 100000; slices of at most 100000" },
    };
    bool is_walked[CAPABILITY_RULE_COUNT] = { [CAPABILITY_PASSES] = true,
                                              [CAPABILITY_REPLACE] =
                                                  true, /* below, each a test of its own */
                                              [CAPABILITY_BEYOND_TOUCH] = true };
    FOR_EACH (c, cases) {
        struct capability_verdict verdict;
        CHECK_OK(order_terms_check(c->terms));
        CHECK(!capability_check(of(c->broker), c->terms, &verdict));
        CHECK_EQ(verdict.rule, c->rule);
        CHECK_EQ(verdict.number, c->number);
        CHECK_EQ(verdict.limit, c->limit);
        CHECK_HAS(verdict.text, c->text);
        says_all_four(&verdict, c->broker);
        is_walked[c->rule] = true;
        if (c->rule != CAPABILITY_STEP)
            CHECK(capability_check(of("sim"), c->terms, &verdict));
    }
    for (int i = 0; i < CAPABILITY_RULE_COUNT; i++)
        if (!is_walked[i])
            fail_msg("no case for the rule %s", capability_rule_name((enum capability_rule)i));
    struct capability_verdict verdict;
    size_t count;
    const struct capability *rows = capability_rows(&count);
    CHECK_EQ(count, 8);
    for (size_t i = 0; i < count; i++)
        CHECK(capability_check(&rows[i], &two, &verdict) && verdict.rule == CAPABILITY_PASSES);
    const struct capability *none;
    CHECK_EQ(capability_get(&none, str_from("etrade")), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "sim, ibkr, tastytrade");
}

TEST(capability, guards_against_a_slip_of_the_sign)
{
    struct order_terms terms = spread(2); /* buys at 1.20, sells at 1.50: -0.30 can be had */
    CHECK_EQ(package_net_far(&terms), -300000);
    CHECK_EQ(package_net_mid(&terms), -500000);
    CHECK_EQ(package_net_near(&terms), -700000);
    struct capability_verdict verdict;
    CHECK(order_touch_check(&terms, 100000, &verdict));
    terms.edit.net_price = 300000;
    CHECK(!order_touch_check(&terms, 100000, &verdict));
    CHECK_EQ(verdict.number, 600000);
    says_all_four(&verdict, "price guard");
    CHECK_HAS(
        verdict.text,
        ": 0.30; the limit is 0.10 worse than the market's -0.30; a price to -0.20 would pass");
    terms.legs[0].ask = PRICE_NONE;
    CHECK(order_touch_check(&terms, 0, &verdict));
}

TEST(capability, knows_what_can_be_changed_in_an_order_that_works)
{
    struct arena arena;
    arena_init(&arena, "orders", 0);
    struct order_set *set = order_set_open(&arena, &(struct order_limits){ 2, 20, 4 });
    struct order_terms terms = spread(2);
    const struct order_state *order;
    CHECK_OK(order_set_stage(set, 1, &terms, 1, &order));
    struct order_edit edit = terms.edit;
    struct capability_verdict verdict;
    edit.net_price = -350000;
    CHECK(capability_check_replace(of("tradier"), order, &edit, &verdict));
    edit.quantity = 3;
    CHECK(!capability_check_replace(of("tradier"), order, &edit, &verdict));
    CHECK_EQ(verdict.rule, CAPABILITY_REPLACE);
    says_all_four(&verdict, "tradier");
    CHECK_HAS(
        verdict.text,
        ": quantity; the limit is price, type, time in force; a cancel, and when it has ended the rest anew, would pass");
    CHECK(capability_check_replace(of("sim"), order, &edit, &verdict));
    arena_clear(&arena);
}

TEST(capability, moves_prices_to_a_step_in_the_orders_favour)
{
    struct order_terms one = spread(1), two = spread(2);
    CHECK_EQ(order_price_fit(&two, 1230000), 1200000);
    CHECK_EQ(order_price_fit(&two, -1230000), -1250000); /* receives more */
    CHECK_EQ(order_price_fit(&one, 1234567), 1200000);
    CHECK_EQ(order_price_fit(&one, 3150000), 3100000); /* dimes from 3.00 */
    memset(two.legs[0].contract.root, 0, 8);
    memcpy(two.legs[0].contract.root, "SPY", 3);
    memset(two.legs[1].contract.root, 0, 8);
    memcpy(two.legs[1].contract.root, "SPY", 3);
    CHECK_EQ(order_price_fit(&two, 1234567), 1230000);
}
