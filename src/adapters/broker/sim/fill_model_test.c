/* Golden fills, and what the calibrated model looks at. */
#include "adapters/broker/sim/fill_model.h"

#include <string.h>

#include "base/doc.h"
#include "base/mem.h"
#include "tests/testing.h"

static double number(const struct doc_node *map, const char *key)
{
    double value = NAN;
    const struct doc_node *node;
    CHECK_OK(doc_need(&node, map, key));
    CHECK_OK(doc_double(node, -1e9, 1e9, &value));
    return value;
}

static void check_effective(const struct doc_node *input, const struct doc_node *expected,
                            double tolerance)
{
    struct fill_measure m =
        fill_measure(number(input, "bid"), number(input, "ask"),
                     str_is(doc_find(input, "side")->text, "B"), number(input, "price"));
    CHECK_NEAR(m.effective_half_spread, number(expected, "effective_half_spread"), tolerance);
    CHECK_NEAR(m.eq_ratio, number(expected, "eq_ratio"), tolerance);
    CHECK_NEAR(m.price_improvement, number(expected, "price_improvement"), tolerance);
}

static void check_package(const struct doc_node *input, const struct doc_node *expected,
                          double tolerance)
{
    struct order_terms terms;
    order_terms_init(&terms);
    const struct doc_node *legs = doc_find(input, "legs");
    for (size_t i = 0; i < legs->count; i++) {
        const struct doc_node *leg = legs->items[i];
        struct contract contract = { .strike_mills = 1000 * (int32_t)(i + 1),
                                     .multiplier = 100,
                                     .right = 'P' };
        double bid, ask;
        int64_t ratio;
        CHECK_OK(doc_double(leg->items[1], 0, 1e6, &bid));
        CHECK_OK(doc_double(leg->items[2], 0, 1e6, &ask));
        CHECK_OK(doc_int64(leg->items[3], 1, 1000, &ratio));
        struct package_leg *to = order_terms_option(
            &terms, &contract, str_is(leg->items[0]->text, "B") ? ratio : -ratio);
        to->bid = money_from_dollars(bid);
        to->ask = money_from_dollars(ask);
    }
    struct package_quote quote = package_quote(&terms);
    CHECK_NEAR(quote.net_mid, number(expected, "net_mid"), tolerance);
    CHECK_NEAR(quote.half_spreads, number(expected, "sum_half_spreads"), tolerance);
    CHECK_NEAR(quote.worst, number(expected, "worst_case"), tolerance);
    CHECK_NEAR(package_fill(&quote, number(input, "k")), number(expected, "fill"), tolerance);
}

TEST(fill_model, holds_the_golden_fills_at_their_tolerances)
{
    NEED_SHARED("golden-stats/fills.json");
    struct arena arena;
    arena_init(&arena, "golden", 0);
    struct doc *doc;
    CHECK_OK(doc_read(&doc, &arena, testing_shared("golden-stats/fills.json")));
    const struct doc_node *cases = doc_find(doc->root, "cases");
    CHECK_EQ(cases->count, 6);
    for (size_t i = 0; i < cases->count; i++) {
        const struct doc_node *c = cases->items[i], *input = doc_find(c, "input"),
                              *expected = doc_find(c, "expected");
        double tolerance = number(doc_find(c, "tolerance"), "abs");
        (doc_find(input, "legs") ? check_package : check_effective)(input, expected, tolerance);
    }
    arena_clear(&arena);
}

static struct fill_context quiet(enum fill_class class, int legs)
{
    return (struct fill_context){ .class = class,
                                  .legs = legs,
                                  .from_open_s = 7200,
                                  .to_close_s = 7200,
                                  .to_expiry_s = INT64_MAX,
                                  .stress = PRICE_NONE,
                                  .cheapest = 2000000 };
}

TEST(fill_model, calibrates_by_legs_moneyness_time_and_stress)
{
    struct fill_context c = quiet(FILL_EQUITY, 1);
    CHECK_EQ(fill_calibrated_thousandths(&c),
             770); /* 10 of 13 cents: Muravyev and Pearson (2020) */
    static const int index[] = { 500, 350, 350, 400, 500, 500 };
    for (int legs = 1; legs <= 6; legs++) {
        c = quiet(FILL_INDEX, legs);
        CHECK_EQ(fill_calibrated_thousandths(&c), index[legs - 1]);
    }
    c = quiet(FILL_INDEX, 4);
    c.in_the_money_ppm = 60000;
    CHECK_EQ(fill_calibrated_thousandths(&c), 500);
    c.from_open_s = 200;
    CHECK_EQ(fill_calibrated_thousandths(&c), 800);
    c = quiet(FILL_INDEX, 4);
    c.stress = 40000000;
    CHECK_EQ(fill_calibrated_thousandths(&c), 650);
    c.stress = 60000000;
    CHECK_EQ(fill_calibrated_thousandths(&c), 1000);
    c = quiet(FILL_INDEX, 4);
    c.to_close_s = c.to_expiry_s = 500; /* expires today, in its last ten minutes */
    CHECK_EQ(fill_calibrated_thousandths(&c), 1000);
    c = quiet(FILL_INDEX, 4);
    c.cheapest = 70000;
    CHECK_EQ(fill_calibrated_thousandths(&c), 1000);
    c = quiet(FILL_STOCK, 1);
    CHECK_EQ(fill_calibrated_thousandths(&c), 1000);
}

/* More legs in stress, later, deeper: never a better fill. */
TEST(fill_model, worse_conditions_never_fill_better)
{
    static const int64_t stress[] = { PRICE_NONE, 15000000, 25000000, 40000000, 80000000 };
    for (int kind = 0; kind < 3; kind++) {
        int before = 0;
        FOR_EACH (s, stress) {
            struct fill_context c = quiet((enum fill_class)kind, 2);
            c.stress = *s;
            int share = fill_calibrated_thousandths(&c);
            CHECK(share >= before);
            CHECK(share <= 1000);
            before = share;
        }
    }
}

TEST(fill_model, is_chosen_by_name)
{
    for (int i = 0; i < FILL_MODEL_COUNT; i++) {
        enum fill_model model = FILL_MODEL_COUNT;
        CHECK_OK(fill_model_parse(&model, str_from(fill_model_name((enum fill_model)i))));
        CHECK_EQ(model, i);
    }
    enum fill_model model;
    CHECK_EQ(fill_model_parse(&model, STR("perfect")), ERR_USAGE);
    CHECK_HAS(err_detail(), "share, mid, natural, calibrated, lean");
}

/* LEAN's habit, kept apart: a side that nobody quotes is the other one. */
TEST(fill_model, lean_fills_where_nobody_quotes)
{
    const char *why = "";
    static const struct {
        int64_t bid, ask;
        bool is_buy;
        int64_t price;
    } rows[] = {
        { 1000000, 1200000, true, 1200000 },
        { 1000000, 1200000, false, 1000000 },
        { PRICE_NONE, 58300000, false, 58300000 },
        { 0, 50000, false, 50000 },
        { 3400000, PRICE_NONE, true, 3400000 },
        { 1200000, 1000000, false, 1200000 }, /* crossed: all the same */
        { PRICE_NONE, PRICE_NONE, true, PRICE_NONE },
    };
    FOR_EACH (row, rows)
        CHECK_EQ(
            fill_price(FILL_LEAN, (struct fill_quote){ row->bid, row->ask }, row->is_buy, 0, &why),
            row->price);
    CHECK_STR(why, "it was never quoted");
}
