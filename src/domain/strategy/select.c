#include "domain/strategy/select.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

/* What the rules read while one leg is being chosen. */
struct choice {
    const struct structure *s;
    const struct chain_view *view;
    struct chosen_leg *chosen;
    struct select_miss *miss;
    int leg;
};

static bool refuse(const struct choice *c, enum select_why why, double asked, double nearest)
{
    *c->miss = (struct select_miss){
        .why = why, .leg = c->leg, .other = -1, .asked = asked, .nearest = nearest
    };
    return false;
}

static const struct leg_spec *spec_of(const struct choice *c)
{
    return &c->s->legs[c->leg];
}

static const struct chain_expiry *expiry_of(const struct choice *c, int leg)
{
    return &c->view->expiries[c->chosen[leg].expiry_index];
}

/* ---- expiry ---- */

static bool root_fits(const struct expiry_spec *spec, const struct chain_expiry *e)
{
    return spec->root[0] == '\0' || strncmp(spec->root, e->root, sizeof e->root) == 0;
}

/*
 * Nearest to asked days among [from, to] days from today. The view ascends by date, so the first of
 * equals is the earlier one; preferred_root breaks ties on one date.
 */
static bool nearest_expiry(const struct choice *c, int32_t asked, int32_t from, int32_t to,
                           const char *preferred_root, uint32_t *out)
{
    const struct expiry_spec *spec = &spec_of(c)->expiry;
    bool found = false;
    for (uint32_t i = 0; i < c->view->expiry_count; i++) {
        const struct chain_expiry *e = &c->view->expiries[i];
        if (!root_fits(spec, e) || e->dte < from || e->dte > to)
            continue;
        if (found) {
            const struct chain_expiry *best = &c->view->expiries[*out];
            int32_t far = abs(e->dte - asked), best_far = abs(best->dte - asked);
            bool same_day = e->expiry == best->expiry;
            bool preferred =
                same_day && preferred_root && strncmp(e->root, preferred_root, sizeof e->root) == 0;
            if (far > best_far || (far == best_far && !preferred))
                continue;
        }
        *out = i;
        found = true;
    }
    return found;
}

static int32_t third_friday(int32_t yyyymmdd)
{
    int32_t first = date_make(date_year(yyyymmdd), date_month(yyyymmdd), 1);
    int32_t to_friday = (FRIDAY - (int)date_weekday(first) + 7) % 7;
    return date_add(first, to_friday + 14);
}

/* Whether e is the standard expiry of its month among the listed: see the header. */
static bool is_standard(const struct choice *c, const struct chain_expiry *e)
{
    static const int32_t shifts[] = { 0, -1, 1 };
    int32_t friday = third_friday(e->expiry);
    for (size_t k = 0; k < ARRAY_COUNT(shifts); k++) {
        int32_t day = date_add(friday, shifts[k]);
        if (e->expiry == day)
            return true;
        for (uint32_t i = 0; i < c->view->expiry_count; i++) {
            const struct chain_expiry *other = &c->view->expiries[i];
            if (other->expiry == day && root_fits(&spec_of(c)->expiry, other))
                return false; /* the month has one that stands earlier in the order */
        }
    }
    return false;
}

/* The n-th distinct date, from 1, of the expiries at least min days off that take() accepts. */
static bool nth_expiry(const struct choice *c, int32_t min_days, bool standard_only, uint32_t *out)
{
    const struct expiry_spec *spec = &spec_of(c)->expiry;
    int32_t seen = 0, last_date = 0;
    for (uint32_t i = 0; i < c->view->expiry_count; i++) {
        const struct chain_expiry *e = &c->view->expiries[i];
        if (!root_fits(spec, e) || e->dte < min_days || e->expiry == last_date)
            continue;
        if (standard_only && !is_standard(c, e))
            continue;
        last_date = e->expiry;
        if (++seen == spec->value) {
            *out = i;
            return e->dte <= spec->max;
        }
    }
    return false;
}

static bool refuse_expiry(const struct choice *c)
{
    const struct expiry_spec *spec = &spec_of(c)->expiry;
    uint32_t nearest = 0;
    refuse(c, SELECT_NO_EXPIRY, spec->value, NAN);
    int32_t asked = spec->value;
    if (spec->rule == EXPIRY_DATE)
        asked = date_diff(spec->date, c->view->today);
    else if (spec->rule == EXPIRY_AFTER)
        asked += expiry_of(c, spec->leg)->dte;
    else if (spec->rule != EXPIRY_DTE)
        asked = spec->min;
    if (nearest_expiry(c, asked, INT32_MIN, INT32_MAX, NULL, &nearest))
        c->miss->nearest_date = c->view->expiries[nearest].expiry;
    return false;
}

static bool choose_expiry(const struct choice *c, uint32_t *out)
{
    const struct expiry_spec *spec = &spec_of(c)->expiry;
    bool found = false;
    switch (spec->rule) {
    case EXPIRY_DTE:
        found = nearest_expiry(c, spec->value, spec->min, spec->max, NULL, out);
        break;
    case EXPIRY_DATE: {
        int32_t days = date_diff(spec->date, c->view->today);
        found = nearest_expiry(c, days, days, days, NULL, out);
        break;
    }
    case EXPIRY_SAME:
        *out = c->chosen[spec->leg].expiry_index;
        found = true;
        break;
    case EXPIRY_AFTER: {
        const struct chain_expiry *base = expiry_of(c, spec->leg);
        found = nearest_expiry(c, base->dte + spec->value, base->dte + spec->min,
                               base->dte + spec->max, base->root, out);
        break;
    }
    case EXPIRY_MONTHLY:
        found = nth_expiry(c, spec->min + 1, true, out);
        break;
    case EXPIRY_NTH:
        found = nth_expiry(c, spec->min, false, out);
        break;
    }
    return found || refuse_expiry(c);
}

/* ---- strike ---- */

static uint32_t id_at(const struct chain_expiry *e, enum leg_kind kind, uint32_t i)
{
    return kind == LEG_CALL ? e->call_id[i] : e->put_id[i];
}

static int64_t bid_at(const struct chain_expiry *e, enum leg_kind kind, uint32_t i)
{
    return kind == LEG_CALL ? e->call_bid[i] : e->put_bid[i];
}

static int64_t ask_at(const struct chain_expiry *e, enum leg_kind kind, uint32_t i)
{
    return kind == LEG_CALL ? e->call_ask[i] : e->put_ask[i];
}

/* Listed, and quoted on the side that the leg would hit: see the header. PRICE_NONE is below zero.
 */
static bool can_trade(const struct choice *c, const struct chain_expiry *e, uint32_t i)
{
    const struct leg_spec *leg = spec_of(c);
    if (id_at(e, leg->kind, i) == OPTION_NONE)
        return false;
    bool has_bid = bid_at(e, leg->kind, i) > 0, has_ask = ask_at(e, leg->kind, i) > 0;
    if (leg->strike.rule == STRIKE_PREMIUM)
        return has_bid && has_ask;
    return leg->side < 0 ? has_bid : has_ask;
}

static double mid_at(const struct chain_expiry *e, enum leg_kind kind, uint32_t i)
{
    return (money_to_dollars(bid_at(e, kind, i)) + money_to_dollars(ask_at(e, kind, i))) / 2.0;
}

/* What the rule measures at strike i: dollars of strike, |delta| or mid. NaN: not known there. */
static double measure(const struct choice *c, const struct chain_expiry *e, uint32_t i)
{
    const struct leg_spec *leg = spec_of(c);
    switch (leg->strike.rule) {
    case STRIKE_DELTA:
        return fabs(leg->kind == LEG_CALL ? e->call_delta[i] : e->put_delta[i]);
    case STRIKE_PREMIUM:
        return mid_at(e, leg->kind, i);
    default:
        return e->strike_mills[i] / 1000.0;
    }
}

/* Distances are compared with a hair's breadth, so that 742.5 and 747.5 are equally far from 745.
 */
static bool is_nearer(double far, double best)
{
    return far < best - 1e-9 * (1.0 + best);
}

/* The strike whose measure is nearest to target on the allowed side; false when there is none.
 * Strikes ascend and only a nearer one replaces, so the lower of two equals stays. */
static bool nearest_strike(const struct choice *c, const struct chain_expiry *e, double target,
                           uint32_t *out)
{
    enum strike_round round = spec_of(c)->strike.round;
    bool found = false;
    double best = INFINITY;
    for (uint32_t i = 0; i < e->strike_count; i++) {
        if (!can_trade(c, e, i))
            continue;
        double value = measure(c, e, i);
        double slack = 1e-9 * (1.0 + fabs(target));
        if (isnan(value) || (round == ROUND_DOWN && value > target + slack) ||
            (round == ROUND_UP && value < target - slack))
            continue;
        double far = fabs(value - target);
        if (!found || is_nearer(far, best)) {
            *out = i;
            best = far;
            found = true;
        }
    }
    return found;
}

static bool exact_strike(const struct choice *c, const struct chain_expiry *e, int32_t mills,
                         uint32_t *out)
{
    uint32_t low = 0, high = e->strike_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (e->strike_mills[middle] < mills)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return low < e->strike_count && e->strike_mills[low] == mills &&
           id_at(e, spec_of(c)->kind, low) != OPTION_NONE;
}

/* For messages: the listed strike nearest to dollars, NaN when none is. */
static double nearest_listed(const struct choice *c, const struct chain_expiry *e, double dollars)
{
    double nearest = NAN;
    for (uint32_t i = 0; i < e->strike_count; i++) {
        double strike = e->strike_mills[i] / 1000.0;
        if (id_at(e, spec_of(c)->kind, i) != OPTION_NONE &&
            (isnan(nearest) || fabs(strike - dollars) < fabs(nearest - dollars)))
            nearest = strike;
    }
    return nearest;
}

static double level_of(const struct chain_view *view)
{
    return view->underlying == PRICE_NONE ? NAN : money_to_dollars(view->underlying);
}

double select_expected_move(const struct chain_view *view, uint32_t expiry_index)
{
    MUST(expiry_index < view->expiry_count);
    const struct chain_expiry *e = &view->expiries[expiry_index];
    double level = level_of(view), best = INFINITY, move = NAN;
    if (isnan(level))
        return NAN;
    for (uint32_t i = 0; i < e->strike_count; i++) {
        if (e->call_id[i] == OPTION_NONE || e->put_id[i] == OPTION_NONE || e->call_bid[i] <= 0 ||
            e->call_ask[i] <= 0 || e->put_bid[i] <= 0 || e->put_ask[i] <= 0)
            continue;
        double far = fabs(e->strike_mills[i] / 1000.0 - level);
        if (is_nearer(far, best) || isinf(best)) {
            best = far;
            move = mid_at(e, LEG_CALL, i) + mid_at(e, LEG_PUT, i);
        }
    }
    return move;
}

/* Where the strike should be: dollars, or a delta or premium; unit turns the miss into the rule's
 * unit. */
struct aim {
    double target, unit;
};

static bool aim_at(const struct choice *c, uint32_t expiry_index, struct aim *aim)
{
    const struct strike_spec *spec = &spec_of(c)->strike;
    *aim = (struct aim){ spec->value, 1.0 };
    if (spec->rule == STRIKE_DELTA) {
        const struct chain_expiry *e = &c->view->expiries[expiry_index];
        bool known = e->call_delta && e->put_delta;
        if (!known && c->view->need_greeks)
            known =
                c->view->need_greeks(c->view->ctx, expiry_index) && e->call_delta && e->put_delta;
        return known || refuse(c, SELECT_NO_DELTA, spec->value, NAN);
    }
    if (spec->rule == STRIKE_PREMIUM)
        return true;

    double base =
        spec->leg >= 0
            ? expiry_of(c, spec->leg)->strike_mills[c->chosen[spec->leg].strike_index] / 1000.0
            : level_of(c->view);
    if (isnan(base))
        return refuse(c, SELECT_NO_UNDERLYING, spec->value, NAN);
    switch (spec->rule) {
    case STRIKE_OFFSET:
        aim->target = base + spec->value;
        break;
    case STRIKE_PERCENT:
        aim->target = base * (1.0 + spec->value / 100.0);
        aim->unit = base / 100.0;
        break;
    case STRIKE_EXPECTED_MOVE: {
        double move = select_expected_move(c->view, expiry_index);
        if (isnan(move))
            return refuse(c, SELECT_NO_MOVE, spec->value, NAN);
        aim->target = base + spec->value * move;
        aim->unit = move;
        break;
    }
    default: /* STRIKE_ATM */
        aim->target = base;
        break;
    }
    return true;
}

static bool choose_strike(const struct choice *c, uint32_t expiry_index, uint32_t *out)
{
    const struct leg_spec *leg = spec_of(c);
    const struct strike_spec *spec = &leg->strike;
    const struct chain_expiry *e = &c->view->expiries[expiry_index];
    if (spec->rule == STRIKE_AT || spec->rule == STRIKE_SAME) {
        double dollars = spec->value;
        if (spec->rule == STRIKE_SAME)
            dollars =
                expiry_of(c, spec->leg)->strike_mills[c->chosen[spec->leg].strike_index] / 1000.0;
        int32_t mills = (int32_t)lround(dollars * 1000.0);
        return exact_strike(c, e, mills, out) ||
               refuse(c, SELECT_NO_STRIKE, dollars, nearest_listed(c, e, dollars));
    }
    struct aim aim;
    if (!aim_at(c, expiry_index, &aim))
        return false;
    if (!nearest_strike(c, e, aim.target, out))
        return refuse(c, SELECT_NO_STRIKE, aim.target, NAN);
    double value = measure(c, e, *out);
    if (spec->tolerance > 0 && fabs(value - aim.target) / aim.unit > spec->tolerance + 1e-9)
        return refuse(c, SELECT_TOLERANCE, aim.target, value);
    return true;
}

/* ---- front door ---- */

static bool cancels(const struct choice *c)
{
    const struct chosen_leg *mine = &c->chosen[c->leg];
    for (int i = 0; i < c->leg; i++) {
        if (c->s->legs[i].kind == LEG_STOCK || c->chosen[i].id != mine->id ||
            c->s->legs[i].side == spec_of(c)->side)
            continue;
        refuse(c, SELECT_CANCELS, NAN, NAN);
        c->miss->other = i;
        return true;
    }
    return false;
}

bool select_legs(const struct structure *s, const struct chain_view *view,
                 struct chosen_leg chosen[STRATEGY_LEGS_MAX], struct select_miss *miss)
{
    struct choice c = { .s = s, .view = view, .chosen = chosen, .miss = miss };
    for (c.leg = 0; c.leg < s->leg_count; c.leg++) {
        struct chosen_leg *mine = &chosen[c.leg];
        *mine = (struct chosen_leg){ UINT32_MAX, UINT32_MAX, UINT32_MAX };
        const struct leg_spec *leg = spec_of(&c);
        if (leg->kind == LEG_STOCK)
            continue;
        if (!choose_expiry(&c, &mine->expiry_index) ||
            !choose_strike(&c, mine->expiry_index, &mine->strike_index))
            return false;
        mine->id = id_at(&view->expiries[mine->expiry_index], leg->kind, mine->strike_index);
        if (cancels(&c))
            return false;
    }
    *miss = (struct select_miss){ .why = SELECT_OK, .leg = -1, .other = -1 };
    return true;
}

/* ---- the sentence ---- */

static void describe_expiry(char *out, size_t size, const struct leg_spec *leg,
                            const struct structure *s)
{
    const struct expiry_spec *e = &leg->expiry;
    char day[DATE_TEXT_BYTES] = "";
    const char *space = e->root[0] ? " " : "";
    switch (e->rule) {
    case EXPIRY_DATE:
        date_format(day, e->date);
        snprintf(out, size, "no%s%.8s expiry on %s", space, e->root, day);
        break;
    case EXPIRY_AFTER:
        snprintf(out, size, "no%s%.8s expiry %d to %d days after that of %s", space, e->root,
                 e->min, e->max, s->legs[e->leg].name);
        break;
    case EXPIRY_MONTHLY:
        snprintf(out, size, "no%s%.8s standard monthly expiry number %d more than %d days off",
                 space, e->root, e->value, e->min);
        break;
    case EXPIRY_NTH:
        snprintf(out, size, "no%s%.8s expiry number %d at least %d days off", space, e->root,
                 e->value, e->min);
        break;
    default:
        snprintf(out, size, "no%s%.8s expiry between %d and %d days", space, e->root, e->min,
                 e->max);
        break;
    }
}

static const char *measure_name(enum strike_rule rule)
{
    return rule == STRIKE_DELTA ? "delta" : rule == STRIKE_PREMIUM ? "premium" : "strike";
}

const char *select_miss_format(char out[SELECT_TEXT_BYTES], const struct structure *s,
                               const struct select_miss *miss)
{
    char text[128] = "", day[DATE_TEXT_BYTES];
    if (miss->why == SELECT_OK) {
        snprintf(out, SELECT_TEXT_BYTES, "every leg was found");
        return out;
    }
    const struct leg_spec *leg = &s->legs[miss->leg];
    const char *right = leg->kind == LEG_CALL ? "call" : "put";
    const char *what = measure_name(leg->strike.rule);
    switch (miss->why) {
    case SELECT_NO_EXPIRY:
        describe_expiry(text, sizeof text, leg, s);
        if (miss->nearest_date) {
            date_format(day, miss->nearest_date);
            size_t len = strlen(text);
            snprintf(text + len, sizeof text - len, " (nearest %s)", day);
        }
        break;
    case SELECT_NO_STRIKE:
        if (leg->strike.rule == STRIKE_AT || leg->strike.rule == STRIKE_SAME)
            snprintf(text, sizeof text, "no %s at strike %g is listed", right, miss->asked);
        else
            snprintf(text, sizeof text, "no %s with a quote to %s near %s %g", right,
                     leg->side < 0 ? "sell at" : "buy at", what, miss->asked);
        if (!isnan(miss->nearest)) {
            size_t len = strlen(text);
            snprintf(text + len, sizeof text - len, " (nearest %g)", miss->nearest);
        }
        break;
    case SELECT_TOLERANCE:
        if (leg->strike.rule == STRIKE_DELTA || leg->strike.rule == STRIKE_PREMIUM)
            snprintf(text, sizeof text, "no strike within %g of %s %g (nearest %.4g)",
                     leg->strike.tolerance, what, miss->asked, miss->nearest);
        else
            snprintf(text, sizeof text, "no strike within %g%s of %.2f (nearest %g)",
                     leg->strike.tolerance,
                     leg->strike.rule == STRIKE_PERCENT         ? " percent"
                     : leg->strike.rule == STRIKE_EXPECTED_MOVE ? " expected moves"
                                                                : "",
                     miss->asked, miss->nearest);
        break;
    case SELECT_NO_UNDERLYING:
        snprintf(text, sizeof text, "the price of the underlying is not known");
        break;
    case SELECT_NO_DELTA:
        snprintf(text, sizeof text, "no delta can be computed on its expiry");
        break;
    case SELECT_NO_MOVE:
        snprintf(text, sizeof text,
                 "no straddle is quoted on its expiry to take the expected move from");
        break;
    case SELECT_CANCELS:
        snprintf(text, sizeof text,
                 "it lands on the same contract as %s, which it would cancel out",
                 s->legs[miss->other].name);
        break;
    case SELECT_OK:
        break;
    }
    snprintf(out, SELECT_TEXT_BYTES, "leg %s: %s", leg->name, text);
    return out;
}
