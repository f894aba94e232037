/*
 * Choosing legs from a chain made by hand: SPX at 2810, strikes 2700 to 2900, quotes and deltas
 * typed in, so that every answer can be read off the tables below.
 */
#include "domain/strategy/select.h"

#include "tests/testing.h"

enum { STRIKES = 9, EXPIRIES = 6 };
static const int32_t strikes[STRIKES] = { 2700000, 2725000, 2750000, 2775000, 2800000,
                                          2825000, 2850000, 2875000, 2900000 };
#define D(x) ((int64_t)((x)*1e6))
#define N PRICE_NONE
static const int64_t call_bid[STRIKES] = {
    D(120), D(98), D(77), D(57), D(39), D(24), D(13), D(6), N
};
static const int64_t call_ask[STRIKES] = { D(122), D(100), D(79), D(59), D(41),
                                           D(26),  D(15),  D(8),  D(3) };
static const int64_t put_bid[STRIKES] = { D(9), D(12), D(16), D(21), D(28), D(38), D(52), N, N };
static const int64_t put_ask[STRIKES] = {
    D(11), D(14), D(18), D(23), D(30), D(40), D(54), N, D(95)
};
static const double call_delta[STRIKES] = { 0.88, 0.83, 0.76, 0.67, 0.55, 0.42, 0.28, 0.16, NAN };
static const double put_delta[STRIKES] = {
    -0.12, -0.17, -0.24, -0.33, -0.45, -0.58, -0.72, NAN, NAN
};

static uint32_t call_ids[EXPIRIES][STRIKES], put_ids[EXPIRIES][STRIKES];
static struct chain_expiry expiries[EXPIRIES];
static int greeks_asked;

static bool fill_greeks(void *ctx, uint32_t i)
{
    greeks_asked++;
    expiries[i].call_delta = call_delta;
    expiries[i].put_delta = put_delta;
    return ctx == NULL;
}

/* 2019-05-21, a Tuesday: weeklies, the third Friday of June with both roots, and of July. */
static struct chain_view make_view(void)
{
    static const struct {
        int32_t expiry, dte;
        const char *root;
    } rows[EXPIRIES] = {
        { 20190522, 1, "SPXW" },  { 20190614, 24, "SPXW" }, { 20190621, 31, "SPX" },
        { 20190621, 31, "SPXW" }, { 20190705, 45, "SPXW" }, { 20190719, 59, "SPX" },
    };
    for (uint32_t e = 0; e < EXPIRIES; e++) {
        for (uint32_t i = 0; i < STRIKES; i++) {
            call_ids[e][i] = e * 100 + i;
            put_ids[e][i] = e * 100 + 50 + i;
        }
        expiries[e] = (struct chain_expiry){ .expiry = rows[e].expiry,
                                             .dte = rows[e].dte,
                                             .forward = 2810,
                                             .discount = 1,
                                             .years = 0.1,
                                             .strike_count = STRIKES,
                                             .strike_mills = strikes,
                                             .call_id = call_ids[e],
                                             .put_id = put_ids[e],
                                             .call_bid = call_bid,
                                             .call_ask = call_ask,
                                             .put_bid = put_bid,
                                             .put_ask = put_ask };
        memcpy(expiries[e].root, rows[e].root, strlen(rows[e].root));
    }
    greeks_asked = 0;
    return (struct chain_view){ .today = 20190521,
                                .underlying = D(2810),
                                .expiries = expiries,
                                .expiry_count = EXPIRIES,
                                .need_greeks = fill_greeks };
}

static struct arena arena = { .name = "test" };

/* The legs section of a file, in one structure. */
static const struct structure *structure_of(const char *legs)
{
    struct strategy *s = arena_new(&arena, struct strategy);
    char *text = arena_printf(&arena, "ironfly: 1\nname: x\nunderlying: XYZ\nlegs: {%s}\n", legs);
    CHECK_OK(strategy_parse(s, &arena, "test", str_from(text), NULL, 0));
    return &s->structures[0];
}

static uint32_t expiry_chosen(const char *expiry)
{
    struct chain_view view = make_view();
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    const struct structure *s =
        structure_of(arena_printf(&arena,
                                  "near: {sell: put, expiry: {dte: 24, min: 20, max: 30}, "
                                  "strike: 2750}, leg: {buy: put, expiry: %s, strike: 2700}",
                                  expiry));
    if (!select_legs(s, &view, chosen, &miss)) {
        char text[SELECT_TEXT_BYTES];
        fail_msg("%s: %s", expiry, select_miss_format(text, s, &miss));
    }
    return chosen[1].expiry_index;
}

TEST(select, finds_the_expiry_that_the_rule_means)
{
    CHECK_EQ(expiry_chosen("{dte: 1}"), 0);
    CHECK_EQ(expiry_chosen("{dte: 30}"), 2); /* SPX before SPXW on one day */
    CHECK_EQ(expiry_chosen("{dte: 30, root: SPXW}"), 3);
    CHECK_EQ(expiry_chosen("{dte: 38, min: 20, max: 60}"),
             2); /* 31 and 45 are as near: the earlier */
    CHECK_EQ(expiry_chosen("{dte: 39, min: 20, max: 60}"), 4);
    CHECK_EQ(expiry_chosen("2019-07-05"), 4);
    CHECK_EQ(expiry_chosen("{date: 2019-06-21, root: SPXW}"), 3);
    CHECK_EQ(expiry_chosen("same as near"), 1);
    CHECK_EQ(expiry_chosen("{after: near, days: 7}"), 3); /* near is SPXW, so SPXW it is */
    CHECK_EQ(expiry_chosen("{after: near, days: 30, min: 10, max: 40}"), 5);
    CHECK_EQ(expiry_chosen("{monthly: 1}"), 2);
    CHECK_EQ(expiry_chosen("{monthly: 2}"), 5);
    CHECK_EQ(expiry_chosen("{monthly: 1, min: 31}"), 5); /* more than 31 days */
    CHECK_EQ(expiry_chosen("{monthly: 1, root: SPXW}"), 3);
    CHECK_EQ(expiry_chosen("{nth: 1}"), 0);
    CHECK_EQ(expiry_chosen("{nth: 3}"), 2); /* two roots of a day count once */
    CHECK_EQ(expiry_chosen("{nth: 4}"), 4);
    CHECK_EQ(expiry_chosen("{nth: 1, min: 32}"), 4);
    arena_clear(&arena);
}

/* April 2019: the third Friday, the 19th, was Good Friday, and the standard expiry the 18th. */
TEST(select, moves_the_standard_expiry_with_the_holiday)
{
    struct chain_view view = make_view();
    view.today = 20190401;
    view.expiry_count = 3;
    expiries[0].expiry = 20190412, expiries[0].dte = 11;
    expiries[1].expiry = 20190418, expiries[1].dte = 17;
    expiries[2].expiry = 20190517, expiries[2].dte = 46;
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    CHECK(select_legs(structure_of("a: {sell: put, expiry: {monthly: 1}, strike: 2750}"), &view,
                      chosen, &miss));
    CHECK_EQ(chosen[0].expiry_index, 1);
    CHECK(select_legs(structure_of("a: {sell: put, expiry: {monthly: 2}, strike: 2750}"), &view,
                      chosen, &miss));
    CHECK_EQ(chosen[0].expiry_index, 2);
    /* with the Friday listed, the Thursday is no standard expiry */
    expiries[2].expiry = 20190419, expiries[2].dte = 18;
    CHECK(select_legs(structure_of("a: {sell: put, expiry: {monthly: 1}, strike: 2750}"), &view,
                      chosen, &miss));
    CHECK_EQ(chosen[0].expiry_index, 2);
    arena_clear(&arena);
}

static int32_t strike_chosen(const char *side_and_kind, const char *strike)
{
    struct chain_view view = make_view();
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    const struct structure *s =
        structure_of(arena_printf(&arena,
                                  "base: {buy: call, expiry: 2019-06-21, strike: 2850}, "
                                  "leg: {%s, expiry: 2019-06-21, strike: %s}",
                                  side_and_kind, strike));
    if (!select_legs(s, &view, chosen, &miss)) {
        char text[SELECT_TEXT_BYTES];
        fail_msg("%s: %s", strike, select_miss_format(text, s, &miss));
    }
    return strikes[chosen[1].strike_index] / 1000;
}

TEST(select, finds_the_strike_that_the_rule_means)
{
    CHECK_EQ(strike_chosen("sell: put", "2775"), 2775);
    CHECK_EQ(strike_chosen("buy: put", "{at: 2875}"),
             2875); /* listed without a quote: the venue's matter */
    CHECK_EQ(strike_chosen("sell: put", "atm"), 2800);
    CHECK_EQ(strike_chosen("sell: put", "{atm: up}"), 2825);
    CHECK_EQ(strike_chosen("sell: put", "{atm: down}"), 2800);
    CHECK_EQ(strike_chosen("sell: put", "{delta: 0.16}"), 2725);
    CHECK_EQ(strike_chosen("sell: put", "{delta: 0.16, round: down}"),
             2700); /* |delta| 0.12 <= 0.16 */
    CHECK_EQ(strike_chosen("sell: put", "{delta: 0.16, round: up}"), 2725);
    CHECK_EQ(strike_chosen("sell: call", "{delta: 0.16}"), 2875);
    CHECK_EQ(strike_chosen("buy: call", "{delta: 0.22, tolerance: 0.1}"),
             2850); /* 0.28 and 0.16: the lower strike */
    CHECK_EQ(strike_chosen("sell: put", "{offset: -60}"), 2750);
    CHECK_EQ(strike_chosen("sell: put", "{offset: -50, from: base}"), 2800);
    CHECK_EQ(strike_chosen("sell: put", "{offset: -60, from: base, round: down}"), 2775);
    CHECK_EQ(strike_chosen("sell: put", "{offset: -72.5}"),
             2725); /* 2737.5 lies between: the lower */
    CHECK_EQ(strike_chosen("sell: put", "{percent: -2}"), 2750);             /* 2753.8 */
    CHECK_EQ(strike_chosen("sell: put", "{percent: -2, from: base}"), 2800); /* 2793 */
    CHECK_EQ(strike_chosen("sell: put", "{premium: 14}"), 2725);             /* mids 13 and 17 */
    CHECK_EQ(strike_chosen("sell: put", "{premium: 14, round: up}"), 2750);
    /* the straddle at 2800 is 40 + 29 = 69: 2741 */
    CHECK_EQ(strike_chosen("sell: put", "{expected_move: -1}"), 2750);
    CHECK_EQ(strike_chosen("buy: call", "{expected_move: 0.5}"), 2850); /* 2844.5 */
    CHECK_EQ(strike_chosen("sell: put", "same as base"), 2850);
    /* a buyer needs an ask, a seller a bid */
    CHECK_EQ(strike_chosen("buy: call", "{offset: 90}"), 2900);
    CHECK_EQ(strike_chosen("sell: call", "{offset: 90}"), 2875);
    arena_clear(&arena);
}

TEST(select, computes_deltas_only_where_they_are_asked_for)
{
    struct chain_view view = make_view();
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    CHECK(select_legs(structure_of("a: {sell: put, expiry: 2019-06-21, strike: atm}"), &view,
                      chosen, &miss));
    CHECK_EQ(greeks_asked, 0);
    CHECK(select_legs(structure_of("a: {sell: put, expiry: 2019-06-21, strike: {delta: 0.16}}, "
                                   "b: {buy: call, expiry: same as a, strike: {delta: 0.16}}"),
                      &view, chosen, &miss));
    CHECK_EQ(greeks_asked, 1);
    CHECK_EQ(chosen[0].id, 251);
    CHECK_EQ(chosen[1].id, 207);
    arena_clear(&arena);
}

TEST(select, says_why_not)
{
    static const struct {
        const char *legs, *why;
        enum select_why code;
    } cases[] = {
        { "p: {sell: put, expiry: {dte: 10, min: 5, max: 20}, strike: atm}",
          "leg p: no expiry between 5 and 20 days (nearest 2019-05-22)", SELECT_NO_EXPIRY },
        { "p: {sell: put, expiry: {dte: 31, root: XSP}, strike: atm}",
          "leg p: no XSP expiry between", SELECT_NO_EXPIRY },
        { "p: {sell: put, expiry: 2019-06-28, strike: atm}",
          "leg p: no expiry on 2019-06-28 (nearest 2019-06-21)", SELECT_NO_EXPIRY },
        { "p: {sell: put, expiry: {monthly: 3}, strike: atm}", "standard monthly expiry number 3",
          SELECT_NO_EXPIRY },
        { "p: {sell: put, expiry: {nth: 9}, strike: atm}", "expiry number 9", SELECT_NO_EXPIRY },
        { "n: {sell: put, expiry: 2019-07-19, strike: atm}, "
          "f: {buy: put, expiry: {after: n, days: 30}, strike: 2700}",
          "leg f: no expiry 20 to 40 days after that of n", SELECT_NO_EXPIRY },
        { "p: {sell: put, expiry: 2019-06-21, strike: 2760}",
          "leg p: no put at strike 2760 is listed (nearest 2750)", SELECT_NO_STRIKE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {delta: 0.05, tolerance: 0.05}}",
          "leg p: no strike within 0.05 of delta 0.05 (nearest 0.12)", SELECT_TOLERANCE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {offset: -200, tolerance: 25}}",
          "leg p: no strike within 25 of 2610.00 (nearest 2700)", SELECT_TOLERANCE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {percent: -7, tolerance: 2}}",
          "within 2 percent of 2613.30 (nearest 2700)", SELECT_TOLERANCE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {premium: 2, tolerance: 1}}",
          "within 1 of premium 2 (nearest 10)", SELECT_TOLERANCE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {offset: 200, round: up}}",
          "leg p: no put with a quote to sell at near strike 3010", SELECT_NO_STRIKE },
        { "p: {sell: put, expiry: 2019-06-21, strike: {delta: 0.16}}, "
          "q: {buy: put, expiry: same as p, strike: {delta: 0.18}}",
          "leg q: it lands on the same contract as p", SELECT_CANCELS },
    };
    FOR_EACH (c, cases) {
        struct chain_view view = make_view();
        struct chosen_leg chosen[STRATEGY_LEGS_MAX];
        struct select_miss miss;
        char text[SELECT_TEXT_BYTES];
        const struct structure *s = structure_of(c->legs);
        CHECK(!select_legs(s, &view, chosen, &miss));
        CHECK_HAS(select_miss_format(text, s, &miss), c->why);
        CHECK_EQ(miss.why, c->code);
    }
    arena_clear(&arena);
}

TEST(select, does_not_guess_what_is_unknown)
{
    struct chain_view view = make_view();
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    char text[SELECT_TEXT_BYTES];
    view.underlying = PRICE_NONE;
    const struct structure *s = structure_of("p: {sell: put, expiry: {dte: 31}, strike: atm}");
    CHECK(!select_legs(s, &view, chosen, &miss));
    CHECK_HAS(select_miss_format(text, s, &miss), "the price of the underlying is not known");
    CHECK(isnan(select_expected_move(&view, 2)));

    view = make_view();
    view.ctx = &view; /* the callback then says no */
    s = structure_of("p: {sell: put, expiry: {dte: 31}, strike: {delta: 0.2}}");
    CHECK(!select_legs(s, &view, chosen, &miss));
    CHECK_EQ(miss.why, SELECT_NO_DELTA);
    view = make_view();
    view.need_greeks = NULL;
    CHECK(!select_legs(s, &view, chosen, &miss));
    CHECK_EQ(miss.why, SELECT_NO_DELTA);

    view = make_view();
    view.expiry_count = 0;
    CHECK(!select_legs(s, &view, chosen, &miss));
    CHECK_STR(select_miss_format(text, s, &miss), "leg p: no expiry between 21 and 41 days");
    arena_clear(&arena);
}

TEST(select, takes_the_expected_move_from_the_straddle_nearest_the_money)
{
    struct chain_view view = make_view();
    CHECK_NEAR(select_expected_move(&view, 2), 69, 1e-9);
}

TEST(select, leaves_stock_without_a_contract)
{
    struct chain_view view = make_view();
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    struct select_miss miss;
    CHECK(select_legs(
        structure_of("s: {buy: stock}, c: {sell: call, expiry: {dte: 31}, strike: {delta: 0.28}}"),
        &view, chosen, &miss));
    CHECK_EQ(chosen[0].id, UINT32_MAX);
    CHECK_EQ(chosen[1].id, 206);
    arena_clear(&arena);
}
