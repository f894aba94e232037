/*
 * The legs section of a strategy file.
 */
#include <math.h>
#include <stdio.h>

#include "domain/strategy/strategy_int.h"

enum { DAYS_MAX = 3650, RATIO_MAX = 1000000 };

/* "same as short_put" -> short_put */
static bool is_same_as(struct str text, struct str *leg)
{
    if (!str_starts_with(text, STR("same as ")))
        return false;
    *leg = str_trim(str_slice(text, 8, text.len));
    return true;
}

static int find_leg(const struct structure *s, struct str name)
{
    for (int i = 0; i < s->leg_count; i++)
        if (str_is(name, s->legs[i].name))
            return i;
    return -1;
}

/* The index of an earlier leg that is an option; legs is the map they all stand in. */
static int leg_named(struct reader *r, const struct doc_node *node, struct str name,
                     const struct doc_node *legs, const struct structure *s)
{
    int index = find_leg(s, name);
    if (index >= 0) {
        if (s->legs[index].kind == LEG_STOCK)
            reader_fail(r, node, ERR_PARSE, "%s is stock: it has no expiry and no strike",
                        s->legs[index].name);
        return index;
    }
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)(name.len < 60 ? name.len : 60), name.ptr);
    if (doc_find(legs, text)) {
        reader_fail(
            r, node, ERR_PARSE,
            "leg %s does not stand above this one: a leg may only refer to those before it, so "
            "move %s up",
            text, text);
        return -1;
    }
    const char *known[STRATEGY_LEGS_MAX];
    for (int i = 0; i < s->leg_count; i++)
        known[i] = s->legs[i].name;
    const char *nearest = str_nearest(name, known, (size_t)s->leg_count);
    if (nearest)
        reader_fail(r, node, ERR_PARSE, "there is no leg %s: did you mean %s?", text, nearest);
    else
        reader_fail(r, node, ERR_PARSE, "there is no leg %s above this one", text);
    return -1;
}

static int read_leg_reference(struct reader *r, const struct doc_node *node,
                              const struct doc_node *legs, const struct structure *s)
{
    struct str name;
    if (r->err)
        return -1;
    r->err = doc_str(node, &name);
    return r->err ? -1 : leg_named(r, node, str_trim(name), legs, s);
}

/* Exactly one of the rules' keys must stand in map: its index, or -1. */
static int the_one_rule(struct reader *r, const struct doc_node *map, const char *const rules[],
                        size_t count, const char *what)
{
    int found = -1;
    for (size_t i = 0; i < count && !r->err; i++) {
        if (!read_find(r, map, rules[i]))
            continue;
        if (found >= 0)
            reader_fail(r, map, ERR_PARSE, "%s and %s are two rules for one %s: keep one",
                        rules[found], rules[i], what);
        found = (int)i;
    }
    if (found < 0 && !r->err) {
        char list[160] = "";
        for (size_t i = 0; i < count; i++) {
            size_t len = strlen(list);
            snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", rules[i]);
        }
        reader_fail(r, map, ERR_PARSE, "say how the %s is chosen: one of %s", what, list);
    }
    return found;
}

/* ---- expiry ---- */

/* Unless the file says otherwise, a third more or less of the asked days will do. */
static void read_window(struct reader *r, const struct doc_node *map, struct expiry_spec *e,
                        bool default_is_a_third)
{
    e->min = default_is_a_third ? e->value - e->value / 3 : 0;
    e->max = default_is_a_third ? e->value + e->value / 3 : DAYS_MAX;
    read_whole(r, map, "min", WRITTEN_DAYS, 0, DAYS_MAX, &e->min);
    read_whole(r, map, "max", WRITTEN_DAYS, 0, DAYS_MAX, &e->max);
    if (e->min > e->max)
        reader_fail(r, map, ERR_RANGE, "no expiry is both at least %d and at most %d days off",
                    e->min, e->max);
    else if (default_is_a_third && (e->value < e->min || e->value > e->max))
        reader_fail(r, map, ERR_RANGE, "%d days lie outside min %d to max %d", e->value, e->min,
                    e->max);
}

static void read_root(struct reader *r, const struct doc_node *map, struct expiry_spec *e)
{
    const struct doc_node *node = read_find(r, map, "root");
    struct str root;
    if (!node)
        return;
    r->err = doc_str(node, &root);
    if (r->err)
        return;
    bool good = root.len >= 1 && root.len <= 6;
    for (size_t i = 0; i < root.len && good; i++)
        good = (root.ptr[i] >= 'A' && root.ptr[i] <= 'Z') ||
               (root.ptr[i] >= '0' && root.ptr[i] <= '9');
    if (good)
        memcpy(e->root, root.ptr, root.len);
    else
        reader_fail(r, node, ERR_PARSE, "a root is 1 to 6 of A-Z and 0-9, such as SPXW");
}

static void read_expiry_map(struct reader *r, const struct doc_node *map,
                            const struct doc_node *legs, const struct structure *s,
                            struct expiry_spec *e)
{
    static const char *const rules[] = { "dte", "date", "same", "after", "monthly", "nth" };
    READ_KEYS(r, map, "dte", "date", "same", "after", "monthly", "nth", "days", "min", "max",
              "root");
    if (r->err)
        return;
    int rule = the_one_rule(r, map, rules, ARRAY_COUNT(rules), "expiry");
    if (r->err)
        return;
    e->rule = (enum expiry_rule)rule;
    const struct doc_node *value = doc_find(map, rules[rule]);
    bool windowed = rule != EXPIRY_DATE && rule != EXPIRY_SAME;
    if (read_find(r, map, "days") && rule != EXPIRY_AFTER)
        reader_fail(r, doc_find(map, "days"), ERR_PARSE,
                    "days goes with after: %s has its own value", rules[rule]);
    if (!windowed && (read_find(r, map, "min") || read_find(r, map, "max")))
        reader_fail(r, map, ERR_PARSE, "min and max do not go with %s, which leaves no choice",
                    rules[rule]);
    if (rule == EXPIRY_SAME && read_find(r, map, "root"))
        reader_fail(r, doc_find(map, "root"), ERR_PARSE,
                    "root does not go with same: it is the root of that leg");
    switch (e->rule) {
    case EXPIRY_DTE:
        read_whole(r, map, "dte", WRITTEN_DAYS, 0, DAYS_MAX, &e->value);
        break;
    case EXPIRY_DATE:
        date_of(r, value, &e->date);
        break;
    case EXPIRY_SAME:
        e->leg = read_leg_reference(r, value, legs, s);
        break;
    case EXPIRY_AFTER:
        e->leg = read_leg_reference(r, value, legs, s);
        if (!r->err && !read_find(r, map, "days"))
            reader_fail(r, map, ERR_PARSE, "days is missing: how many days after the expiry of %s?",
                        s->legs[e->leg].name);
        read_whole(r, map, "days", WRITTEN_DAYS, 1, DAYS_MAX, &e->value);
        break;
    case EXPIRY_MONTHLY:
    case EXPIRY_NTH:
        read_whole(r, map, rules[rule], WRITTEN_WHOLE, 1, 100, &e->value);
        break;
    }
    read_root(r, map, e);
    if (windowed)
        read_window(r, map, e, rule == EXPIRY_DTE || rule == EXPIRY_AFTER);
    if (rule == EXPIRY_AFTER && !r->err && e->min < 1)
        reader_fail(r, map, ERR_RANGE,
                    "min 0 allows the expiry of %s itself: say 1 or more, or same",
                    s->legs[e->leg].name);
}

static void read_expiry(struct reader *r, const struct doc_node *node, const struct doc_node *legs,
                        const struct structure *s, struct expiry_spec *e)
{
    struct str text, leg;
    if (node->kind == DOC_MAP) {
        read_expiry_map(r, node, legs, s, e);
        return;
    }
    if (!r->err)
        r->err = doc_str(node, &text);
    if (r->err)
        return;
    if (is_same_as(text, &leg)) {
        e->rule = EXPIRY_SAME;
        e->leg = leg_named(r, node, leg, legs, s);
        return;
    }
    e->rule = EXPIRY_DATE;
    if (doc_date(node, &e->date))
        reader_fail(r, node, ERR_PARSE,
                    "write an expiry as a date (2016-01-15), as \"same as LEG\", or as {dte: 45}");
}

/* ---- strike ---- */

static const char *const strike_rules[] = { "at",      "atm",     "delta",         "offset",
                                            "percent", "premium", "expected_move", "same" };

static void read_strike_value(struct reader *r, const struct doc_node *map,
                              const struct doc_node *legs, const struct structure *s,
                              struct strike_spec *k)
{
    const char *key = strike_rules[k->rule];
    const struct doc_node *node = doc_find(map, key);
    size_t round = ROUND_NEAREST;
    switch (k->rule) {
    case STRIKE_AT:
        read_number(r, map, key, WRITTEN_DOLLARS, 0.001, 1e6, &k->value);
        break;
    case STRIKE_ATM:
        read_choice(r, map, key, round_words, ARRAY_COUNT(round_words), &round);
        k->round = (enum strike_round)round;
        break;
    case STRIKE_DELTA:
        k->tolerance = 0.1;
        read_number(r, map, key, WRITTEN_PLAIN, 0.001, 0.999, &k->value);
        break;
    case STRIKE_OFFSET:
        read_number(r, map, key, WRITTEN_PLAIN, -1e6, 1e6, &k->value);
        break;
    case STRIKE_PERCENT:
        read_number(r, map, key, WRITTEN_PERCENT_OR_PLAIN, -99, 1000, &k->value);
        break;
    case STRIKE_PREMIUM:
        read_number(r, map, key, WRITTEN_DOLLARS, 0.001, 1e6, &k->value);
        break;
    case STRIKE_EXPECTED_MOVE:
        read_number(r, map, key, WRITTEN_PLAIN, -20, 20, &k->value);
        break;
    case STRIKE_SAME:
        k->leg = read_leg_reference(r, node, legs, s);
        break;
    }
}

static void read_strike_map(struct reader *r, const struct doc_node *map,
                            const struct doc_node *legs, const struct structure *s,
                            struct strike_spec *k)
{
    READ_KEYS(r, map, "at", "atm", "delta", "offset", "percent", "premium", "expected_move", "same",
              "from", "round", "tolerance");
    if (r->err)
        return;
    int rule = the_one_rule(r, map, strike_rules, ARRAY_COUNT(strike_rules), "strike");
    if (r->err)
        return;
    k->rule = (enum strike_rule)rule;
    read_strike_value(r, map, legs, s, k);

    const struct doc_node *from = read_find(r, map, "from");
    if (from && k->rule != STRIKE_OFFSET && k->rule != STRIKE_PERCENT)
        reader_fail(r, from, ERR_PARSE, "from goes with offset and percent, not with %s",
                    strike_rules[rule]);
    if (from && !str_is(from->text, "underlying"))
        k->leg = read_leg_reference(r, from, legs, s);

    bool exact = k->rule == STRIKE_AT || k->rule == STRIKE_SAME;
    const struct doc_node *round = read_find(r, map, "round"),
                          *tolerance = read_find(r, map, "tolerance");
    if (round && (exact || k->rule == STRIKE_ATM))
        reader_fail(r, round, ERR_PARSE,
                    exact ? "round does not go with %s, which names one strike"
                          : "write the rounding behind %s itself: {atm: down}",
                    strike_rules[rule]);
    if (tolerance && exact)
        reader_fail(r, tolerance, ERR_PARSE,
                    "tolerance does not go with %s, which names one strike", strike_rules[rule]);
    size_t way = k->round;
    read_choice(r, map, "round", round_words, ARRAY_COUNT(round_words), &way);
    k->round = (enum strike_round)way;
    read_number(r, map, "tolerance", WRITTEN_DOLLARS, 0, 1e6, &k->tolerance);
}

static void check_mills(struct reader *r, const struct doc_node *node, const struct strike_spec *k)
{
    double mills = k->value * 1000;
    if (!r->err && k->rule == STRIKE_AT && fabs(mills - nearbyint(mills)) > 1e-6)
        reader_fail(r, node, ERR_RANGE, "%.10g is no strike: strikes have at most three decimals",
                    k->value);
}

static void read_strike(struct reader *r, const struct doc_node *node, const struct doc_node *legs,
                        const struct structure *s, struct strike_spec *k)
{
    struct str text, leg;
    if (node->kind == DOC_MAP) {
        read_strike_map(r, node, legs, s, k);
    } else {
        if (!r->err)
            r->err = doc_str(node, &text);
        if (r->err)
            return;
        if (is_same_as(text, &leg)) {
            k->rule = STRIKE_SAME;
            k->leg = leg_named(r, node, leg, legs, s);
        } else if (str_is(text, "atm")) {
            k->rule = STRIKE_ATM;
        } else {
            k->rule = STRIKE_AT;
            number_of(r, node, WRITTEN_DOLLARS, 0.001, 1e6, &k->value);
        }
    }
    check_mills(r, node, k);
}

/* ---- legs ---- */

static void read_leg(struct reader *r, const struct doc_node *node, const struct doc_node *legs,
                     struct structure *s)
{
    struct leg_spec *leg = &s->legs[s->leg_count];
    *leg = (struct leg_spec){ .expiry.leg = -1, .strike.leg = -1 };
    READ_KEYS(r, node, "buy", "sell", "ratio", "expiry", "strike");
    read_name(r, node, leg->name);
    if (str_is(node->key, "underlying"))
        reader_fail(r, node, ERR_PARSE, "a leg cannot be called underlying: strikes use that word");
    const struct doc_node *buy = read_find(r, node, "buy"), *sell = read_find(r, node, "sell");
    if ((buy != NULL) == (sell != NULL))
        reader_fail(r, node, ERR_PARSE, "say either buy or sell, and what: call, put or stock");
    if (r->err)
        return;
    size_t kind = 0;
    leg->side = buy ? 1 : -1;
    read_choice(r, node, buy ? "buy" : "sell", leg_kind_words, ARRAY_COUNT(leg_kind_words), &kind);
    leg->kind = (enum leg_kind)kind;
    leg->ratio = leg->kind == LEG_STOCK ? 100 : 1;
    read_whole(r, node, "ratio", WRITTEN_WHOLE, 1, RATIO_MAX, &leg->ratio);

    const struct doc_node *expiry = read_find(r, node, "expiry"),
                          *strike = read_find(r, node, "strike");
    if (leg->kind == LEG_STOCK) {
        if (expiry || strike)
            reader_fail(r, expiry ? expiry : strike, ERR_PARSE,
                        "stock has no expiry and no strike");
        return;
    }
    if (!expiry || !strike) {
        reader_fail(r, node, ERR_PARSE, "%s is missing", expiry ? "strike" : "expiry");
        return;
    }
    read_expiry(r, expiry, legs, s, &leg->expiry);
    read_strike(r, strike, legs, s, &leg->strike);
}

void read_legs(struct reader *r, const struct doc_node *legs, struct structure *s)
{
    if (!r->err)
        r->err = doc_check_kind(legs, DOC_MAP);
    if (r->err)
        return;
    if (legs->count == 0 || legs->count > STRATEGY_LEGS_MAX)
        reader_fail(r, legs, ERR_RANGE, "%zu legs: a structure has 1 to %d", legs->count,
                    STRATEGY_LEGS_MAX);
    for (size_t i = 0; i < legs->count && !r->err; i++) {
        read_leg(r, legs->items[i], legs, s);
        s->leg_count++;
    }
}
