#include "domain/strategy/expr.h"

#include "tests/testing.h"

static struct arena arena = { .name = "test" };

static void all_unknown(double features[FEATURE_COUNT])
{
    for (int i = 0; i < FEATURE_COUNT; i++)
        features[i] = NAN;
}

/* Features of a made-up instant: Friday 2019-06-21 15:45, 10 days held. */
static void at_an_instant(double features[FEATURE_COUNT])
{
    all_unknown(features);
    features[FEATURE_PRICE] = 2950.25;
    features[FEATURE_PREV_CLOSE] = 2954;
    features[FEATURE_VIX] = 15.5;
    features[FEATURE_IV] = 0.13;
    features[FEATURE_DATE] = 20190621;
    features[FEATURE_TIME] = 15 * 3600 + 45 * 60;
    features[FEATURE_WEEKDAY] = 5;
    features[FEATURE_DTE] = 21;
    features[FEATURE_DAYS_HELD] = 10;
    features[FEATURE_PNL] = -120;
    features[FEATURE_SHARES] = 0;
}

static const struct expr *compile(const char *text, enum expr_unit want)
{
    static const struct expr_constant constants[] = { { "limit", 25 }, { "target", 0.5 } };
    const struct expr *expr = NULL;
    enum err err = expr_compile(&expr, &arena, "test", str_from(text), EXPR_TRADE, want, constants,
                                ARRAY_COUNT(constants));
    if (err)
        fail_msg("%s: %s", text, err_detail());
    return expr;
}

static double value_of(const char *text, enum expr_unit want)
{
    double features[FEATURE_COUNT];
    at_an_instant(features);
    return expr_eval(compile(text, want), features);
}

TEST(expr, computes_as_school_taught)
{
    static const struct {
        const char *text;
        enum expr_unit unit;
        double value;
    } cases[] = {
        { "1 + 2 * 3", UNIT_NUMBER, 7 },
        { "(1 + 2) * 3", UNIT_NUMBER, 9 },
        { "10 - 4 - 3", UNIT_NUMBER, 3 },
        { "16 / 4 / 2", UNIT_NUMBER, 2 },
        { "-2 * -3", UNIT_NUMBER, 6 },
        { "2 - -3", UNIT_NUMBER, 5 },
        { "--4", UNIT_NUMBER, 4 },
        { "-(2 + 3)", UNIT_NUMBER, -5 },
        { "30%", UNIT_RATIO, 0.3 },
        { "45d", UNIT_DAYS, 45 },
        { "9:30", UNIT_TIME, 34200 },
        { "15:45:30", UNIT_TIME, 56730 },
        { "2019-06-21", UNIT_DATE, 20190621 },
        { ".5 + 1e1", UNIT_NUMBER, 10.5 },
        { "limit * target", UNIT_NUMBER, 12.5 },
        { "min(3, 2) + max(3, 2) + abs(-7)", UNIT_NUMBER, 12 },
        { "price - 0.25", UNIT_PRICE, 2950 },
        { "98% * 100 * prev_close / 98", UNIT_PRICE, 2954 },
        { "price / prev_close", UNIT_RATIO, 2950.25 / 2954 },
        { "date + 10d", UNIT_DATE, 20190701 },
        { "date - 21", UNIT_DATE, 20190531 },
        { "date - 2019-05-21", UNIT_DAYS, 31 },
        { "percent(iv)", UNIT_NUMBER, 13 },
        { "number(dte) / number(days_held)", UNIT_RATIO, 2.1 },
        { "dte / days_held", UNIT_RATIO, 2.1 },
    };
    FOR_EACH (c, cases)
        CHECK_NEAR(value_of(c->text, c->unit), c->value, 1e-12);
    arena_clear(&arena);
}

TEST(expr, answers_conditions)
{
    static const struct {
        const char *text;
        bool yes;
    } cases[] = {
        { "vix < 25", true },
        { "vix < limit and price > 2950", true },
        { "vix > 25 or weekday == 5", true },
        { "vix > 25 or weekday == 4", false },
        { "not vix > 25", true },
        { "not (vix > 25 or weekday == 5)", false },
        { "time >= 15:45", true },
        { "time > 15:45", false },
        { "date == 2019-06-21 and dte <= 21d", true },
        { "dte <= 21", true },
        { "price < prev_close", true },
        { "iv < 30%", true },
        { "iv != 0.13", false },
        { "percent(iv) < vix", true },
        { "pnl < -100", true },
        { "shares == 0", true },
        { "1 < 2 and 2 <= 2 and 3 > 2 and 2 >= 2 and 2 == 2 and 1 != 2", true },
        /* and binds tighter than or */
        { "1 < 2 or 1 < 2 and 2 < 1", true },
        { "(1 < 2 or 1 < 2) and 2 < 1", false },
    };
    double features[FEATURE_COUNT];
    at_an_instant(features);
    FOR_EACH (c, cases)
        if (expr_eval_bool(compile(c->text, UNIT_BOOL), features) != c->yes)
            fail_msg("%s", c->text);
    arena_clear(&arena);
}

/* Kleene's tables: T is 1 < 2, F is 2 < 1, U reads a feature that is unknown. */
TEST(expr, keeps_unknown_apart_from_no_and_ends_in_no)
{
    static const char *const values[] = { "2 < 1", "iv_rank > 0", "1 < 2" }; /* F U T */
    static const char and_table[] = "FFFFUUFUT", or_table[] = "FUTUUTTTT", not_table[] = "TUF";
    double features[FEATURE_COUNT];
    char text[128];
    at_an_instant(features);
    for (int a = 0; a < 3; a++) {
        snprintf(text, sizeof text, "not %s", values[a]);
        double got = expr_eval(compile(text, UNIT_BOOL), features);
        CHECK_EQ(isnan(got) ? 'U' : got == 1 ? 'T' : 'F', not_table[a]);
        for (int b = 0; b < 3; b++) {
            snprintf(text, sizeof text, "%s and %s", values[a], values[b]);
            got = expr_eval(compile(text, UNIT_BOOL), features);
            CHECK_EQ(isnan(got) ? 'U' : got == 1 ? 'T' : 'F', and_table[a * 3 + b]);
            snprintf(text, sizeof text, "%s or %s", values[a], values[b]);
            got = expr_eval(compile(text, UNIT_BOOL), features);
            CHECK_EQ(isnan(got) ? 'U' : got == 1 ? 'T' : 'F', or_table[a * 3 + b]);
        }
    }
    static const char *const unknown[] = {
        "iv_rank < 50",
        "iv_rank >= 50",
        "not (iv_rank < 50)",
        "iv_rank == iv_rank",
        "iv_rank != 1",
        "min(iv_rank, 1) < 100",
        "vix / 0 > 1",
        "max(1, iv_rank) > 0",
        "sma20 < price",
        "-iv_rank < 1000",
        "date + 999999 > 2019-01-01",
    };
    FOR_EACH (u, unknown)
        CHECK(!expr_eval_bool(compile(*u, UNIT_BOOL), features));
    features[FEATURE_VIX] = INFINITY; /* stops at the door */
    CHECK(!expr_eval_bool(compile("vix > 10", UNIT_BOOL), features));
    arena_clear(&arena);
}

TEST(expr, says_what_is_wrong_and_where)
{
    static const struct {
        const char *text;
        enum expr_unit want;
        const char *why;
    } cases[] = {
        { "vx < 25", UNIT_BOOL, "test: character 1: unknown name 'vx': did you mean 'vix'?" },
        { "vix < limt", UNIT_BOOL, "character 7: unknown name 'limt': did you mean 'limit'?" },
        { "iv_rnak > 3", UNIT_BOOL, "did you mean 'iv_rank'?" },
        { "qqqqq > 3", UNIT_BOOL, "unknown name 'qqqqq': it is no feature and no parameter" },
        { "", UNIT_BOOL, "character 1: it ends where a value was expected" },
        { "vix <", UNIT_BOOL, "character 6: it ends where a value was expected" },
        { "vix < 25 30", UNIT_BOOL, "found '30' where an operator or the end" },
        { "(vix < 25", UNIT_BOOL, "it ends where ')' was expected" },
        { "vix < 25)", UNIT_BOOL, "found ')'" },
        { "min(1 2) < 3", UNIT_BOOL, "found '2' where ','" },
        { "and", UNIT_BOOL, "found 'and' where a value" },
        { "vix = 25", UNIT_BOOL, "character 5: '=': write == to compare" },
        { "vix < 25 && iv < 1", UNIT_BOOL, "write \"and\"" },
        { "vix < 25 || iv < 1", UNIT_BOOL, "write \"or\"" },
        { "! vix", UNIT_BOOL, "write \"not\"" },
        { "vix <> 2", UNIT_BOOL, "write != for" },
        { "vix < 25 $", UNIT_BOOL, "character 10: '$': this character means nothing" },
        { "vix < \xc3\xa9", UNIT_BOOL, "means nothing" },
        { "10 < vix < 25", UNIT_BOOL, "write a < b and b < c" },
        { "vix", UNIT_BOOL, "a condition was expected" },
        { "vix < 25", UNIT_NUMBER, "a number was expected, but this is a condition" },
        { "vix and 1 < 2", UNIT_BOOL, "\"and\" joins conditions, but this is a number" },
        { "1 < 2 or dte", UNIT_BOOL,
          "character 10: \"or\" joins conditions, but this is a number of days" },
        { "not 3", UNIT_BOOL, "\"not\" joins conditions" },
        { "price < dte", UNIT_BOOL, "cannot compare a price in dollars and a number of days" },
        { "iv_rank > 30%", UNIT_BOOL, "a count out of 100 is written 30, not 30%" },
        { "vix > iv", UNIT_BOOL, "percent(x)" },
        { "time > 1030", UNIT_BOOL, "times are written 15:45" },
        { "date > 20190621", UNIT_BOOL, "dates are written 2019-06-21" },
        { "price * price > 1", UNIT_BOOL, "cannot multiply" },
        { "price / dte > 1", UNIT_BOOL, "cannot divide" },
        { "price + dte > 1", UNIT_BOOL, "cannot add" },
        { "date + date > 1", UNIT_BOOL, "cannot add" },
        { "-time < 3", UNIT_BOOL, "cannot negate a time of day" },
        { "abs(date) > 3", UNIT_BOOL, "abs() cannot take a date" },
        { "percent(vix) > 3", UNIT_BOOL, "percent() cannot take a number" },
        { "date > 2019-02-30", UNIT_BOOL, "not a day of the calendar" },
        { "time > 25:00", UNIT_BOOL, "not a time of the day" },
        { "dte < 45days", UNIT_BOOL, "letters follow a number" },
        { "1e999 > 1", UNIT_BOOL, "this number cannot be read" },
    };
    FOR_EACH (c, cases) {
        static const struct expr_constant constants[] = { { "limit", 25 } };
        const struct expr *untouched = (const struct expr *)&arena, *expr = untouched;
        enum err err = expr_compile(&expr, &arena, "test", str_from(c->text), EXPR_TRADE, c->want,
                                    constants, ARRAY_COUNT(constants));
        CHECK_EQ(err, ERR_PARSE);
        CHECK_HAS(err_detail(), c->why);
        CHECK(expr == untouched);
    }
    arena_clear(&arena);
}

TEST(expr, keeps_each_slot_to_what_it_may_read)
{
    const struct expr *expr = NULL;
    CHECK_EQ(expr_compile(&expr, &arena, "t", STR("dte < 21"), EXPR_MARKET, UNIT_BOOL, NULL, 0),
             ERR_PARSE);
    CHECK_HAS(err_detail(), "'dte' is known of an open trade only: use it under exit or roll");
    CHECK_EQ(expr_compile(&expr, &arena, "t", STR("vix"), EXPR_PARAMETERS, UNIT_NUMBER, NULL, 0),
             ERR_PARSE);
    CHECK_HAS(err_detail(), "'vix' changes with the market");
    CHECK_OK(expr_compile(&expr, &arena, "t", STR("vix < 21 and iv > 10%"), EXPR_MARKET, UNIT_BOOL,
                          NULL, 0));
    CHECK(expr_reads(expr, FEATURE_VIX));
    CHECK(expr_reads(expr, FEATURE_IV));
    CHECK(!expr_reads(expr, FEATURE_PRICE));
    arena_clear(&arena);
}

TEST(expr, bounds_what_it_takes)
{
    const struct expr *expr = NULL;
    struct buf text = { 0 };
    for (int i = 0; i < 1000; i++)
        buf_puts(&text, "(");
    CHECK_EQ(expr_compile(&expr, &arena, "t", buf_str(&text), EXPR_MARKET, UNIT_BOOL, NULL, 0),
             ERR_PARSE);
    CHECK_HAS(err_detail(), "levels of parentheses");
    buf_clear(&text);
    for (int i = 0; i < 1000; i++)
        buf_puts(&text, "1+");
    buf_puts(&text, "1");
    CHECK_EQ(expr_compile(&expr, &arena, "t", buf_str(&text), EXPR_MARKET, UNIT_NUMBER, NULL, 0),
             ERR_PARSE);
    CHECK_HAS(err_detail(), "too long");
    buf_clear(&text);
    for (int i = 0; i < 3000; i++)
        buf_puts(&text, "1+");
    CHECK_EQ(expr_compile(&expr, &arena, "t", buf_str(&text), EXPR_MARKET, UNIT_NUMBER, NULL, 0),
             ERR_PARSE);
    CHECK_HAS(err_detail(), "6000 characters");
    buf_free(&text);
    arena_clear(&arena);
}

TEST(expr, writes_one_form_that_reads_back_the_same)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        { "((vix<limit))and(iv>30%)", "vix < 25 and iv > 30%" },
        { "not(vix<1 or vix>2)", "not (vix < 1 or vix > 2)" },
        { "vix - (1 - 2) < 3", "vix - (1 - 2) < 3" },
        { "(vix - 1) - 2 < 3", "vix - 1 - 2 < 3" },
        { "-(-5) < -vix", "5 < -vix" },
        { "date - 2019-01-02 > 4d and time<9:31", "date - 2019-01-02 > 4d and time < 09:31" },
        { "min( vix ,2*(1+vix))>0.1", "min(vix, 2 * (1 + vix)) > 0.1" },
        { "abs((pnl)) > 1e3", "abs(pnl) > 1000" },
        { "-(vix + 1) < 0 or (1 < 2 and 2 < 3)", "-(vix + 1) < 0 or 1 < 2 and 2 < 3" },
    };
    struct buf out = { 0 };
    FOR_EACH (c, cases) {
        buf_clear(&out);
        expr_format(&out, compile(c->text, UNIT_BOOL));
        CHECK_STR(out.ptr, c->canonical);
        const struct expr *again = compile(out.ptr, UNIT_BOOL);
        buf_clear(&out);
        expr_format(&out, again);
        CHECK_STR(out.ptr, c->canonical);
    }
    buf_free(&out);
    arena_clear(&arena);
}

TEST(expr, describes_every_feature)
{
    for (int i = 0; i < FEATURE_COUNT; i++) {
        CHECK(strlen(feature_name((enum feature_id)i)) > 0);
        CHECK(strlen(feature_text((enum feature_id)i)) > 5);
        CHECK(strlen(expr_unit_name(feature_unit((enum feature_id)i))) > 0);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(feature_name((enum feature_id)i), feature_name((enum feature_id)k)) != 0);
    }
}
