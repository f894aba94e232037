/*
 * Liquidation: every step is tried against the margin of all that would be left, and taken only if
 * the deposit does not rise. What is tried first is what a person would do first.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/margin/portfolio.h"
#include "domain/risk/plan.h"
#include "domain/risk/risk_int.h"

enum {
    TRIES_MAX = 4000, /* for one step; then the one that raises least is taken */
};

struct plan_work {
    struct margin_line lines[MARGIN_LINES_MAX];
    struct margin_plan plan;
    struct margin_portfolio portfolio;
    uint32_t groups[MARGIN_LINES_MAX]; /* distinct ones, greatest deposit first */
    int64_t alone[MARGIN_LINES_MAX];   /* their deposits */
    size_t group_count;
};

struct planning {
    struct plan_work *work;
    struct margin_work *margin;
    const struct liquidation_terms *terms;
    struct margin_book book; /* lines: work->lines */
    int64_t deposit;
    enum err err;
    struct plan_step step, least; /* accepted, and the one that raises least so far */
    size_t tries;
};

struct plan_work *plan_work_new(struct arena *arena)
{
    return arena_new(arena, struct plan_work);
}

static int64_t deposit_now(struct planning *p)
{
    struct plan_work *w = p->work;
    if (p->err)
        return INT64_MAX;
    if (p->terms->margin->is_portfolio) {
        p->err = margin_portfolio(&p->book, &w->portfolio);
        return w->portfolio.requirement;
    }
    p->err =
        margin_strategy_plan(p->margin, &p->book, p->terms->margin, MARGIN_MAINTENANCE, &w->plan);
    return w->plan.deposit;
}

static bool is_open(const struct planning *p, size_t line)
{
    return p->work->lines[line].quantity != 0 && !(p->terms->is_kept && p->terms->is_kept[line]);
}

static bool is_short(const struct planning *p, size_t line)
{
    return is_open(p, line) && p->work->lines[line].quantity < 0;
}

static void apply(struct planning *p, const struct plan_step *step, int sign)
{
    for (uint32_t i = 0; i < step->leg_count; i++)
        p->work->lines[step->legs[i].line].quantity += sign * step->legs[i].quantity;
}

/* Take the step if the deposit does not rise. */
static bool try_step(struct planning *p, struct plan_step *step)
{
    if (step->leg_count == 0 || p->err || p->tries >= TRIES_MAX)
        return false;
    p->tries++;
    apply(p, step, 1);
    step->deposit = deposit_now(p);
    step->raises = step->deposit > p->deposit;
    if (!p->err && !step->raises) {
        p->step = *step;
        return true;
    }
    apply(p, step, -1);
    if (p->least.leg_count == 0 || step->deposit < p->least.deposit)
        p->least = *step;
    return false;
}

static bool add_leg(struct planning *p, struct plan_step *step, size_t line, int64_t most)
{
    int64_t held = p->work->lines[line].quantity;
    int64_t size = held < 0 ? -held : held;
    if (step->leg_count == p->terms->legs_max)
        return false;
    size = most < size ? most : size;
    step->legs[step->leg_count++] = (struct plan_leg){ (uint16_t)line, held < 0 ? size : -size };
    uint32_t group = p->terms->groups[line];
    if (step->leg_count > 1 && step->group != group)
        step->group = PLAN_ACROSS;
    else
        step->group = group;
    return true;
}

/* Shorts before longs in the list too: a venue that fills legs one by one fills them so. */
static bool try_group(struct planning *p, uint32_t group)
{
    struct plan_step step = { .group = group };
    for (int longs = 0; longs < 2; longs++)
        for (size_t i = 0; i < p->book.line_count; i++)
            if (is_open(p, i) && p->terms->groups[i] == group && is_short(p, i) == !longs &&
                !add_leg(p, &step, i, INT64_MAX))
                return false;
    return try_step(p, &step);
}

static int64_t size_of(const struct planning *p, size_t line)
{
    int64_t held = p->work->lines[line].quantity;
    return held < 0 ? -held : held;
}

static bool is_pair(const struct planning *p, size_t sold, size_t held, bool same_right)
{
    const struct margin_line *a = &p->work->lines[sold], *b = &p->work->lines[held];
    if (!is_open(p, held) || b->quantity < 0 || a->underlying != b->underlying)
        return false;
    return !same_right || (!a->is_stock && !b->is_stock && a->contract.right == b->contract.right);
}

/* A short with one long: contracts against contracts, shares by the multiplier. */
static bool try_pair(struct planning *p, size_t sold, size_t held)
{
    const struct margin_line *a = &p->work->lines[sold], *b = &p->work->lines[held];
    int64_t shares_a = a->is_stock ? 1 : a->contract.multiplier;
    int64_t shares_b = b->is_stock ? 1 : b->contract.multiplier;
    int64_t a_shares = size_of(p, sold) * shares_a, b_shares = size_of(p, held) * shares_b;
    int64_t both = a_shares < b_shares ? a_shares : b_shares;
    struct plan_step step = { 0 };
    int64_t of_a = both / shares_a, of_b = both / shares_b;
    if (of_a == 0 || of_b == 0)
        return false;
    return add_leg(p, &step, sold, of_a) && add_leg(p, &step, held, of_b) && try_step(p, &step);
}

static bool try_alone(struct planning *p, size_t line)
{
    struct plan_step step = { 0 };
    return add_leg(p, &step, line, INT64_MAX) && try_step(p, &step);
}

/* A group that cannot go whole: a short with its long, else the short by itself. */
static bool try_parts(struct planning *p, uint32_t group)
{
    for (size_t i = 0; i < p->book.line_count; i++) {
        if (!is_short(p, i) || p->terms->groups[i] != group)
            continue;
        for (size_t k = 0; k < p->book.line_count; k++)
            if (p->terms->groups[k] == group && is_pair(p, i, k, true) && try_pair(p, i, k))
                return true;
        if (try_alone(p, i))
            return true;
    }
    return false;
}

static bool same_series(const struct margin_line *a, const struct margin_line *b)
{
    return a->underlying == b->underlying && a->is_stock == b->is_stock &&
           (a->is_stock || contract_compare(&a->contract, &b->contract) == 0);
}

/* The margin's own groups are spreads that cost what they cost by themselves: one closed whole
 * takes that off. Its legs are of series, to be found among the lines. */
static bool add_series(struct planning *p, struct plan_step *step, const struct margin_leg *leg)
{
    const struct margin_line *like = &p->work->lines[leg->line];
    int64_t left = leg->quantity < 0 ? -leg->quantity : leg->quantity;
    for (size_t i = 0; i < p->book.line_count && left > 0; i++) {
        if (!is_open(p, i) || (p->work->lines[i].quantity < 0) != (leg->quantity < 0) ||
            !same_series(&p->work->lines[i], like))
            continue;
        int64_t take = size_of(p, i) < left ? size_of(p, i) : left;
        if (!add_leg(p, step, i, take))
            return false;
        left -= take;
    }
    return left == 0;
}

static bool try_margin_groups(struct planning *p)
{
    struct margin_plan *plan = &p->work->plan;
    if (p->terms->margin->is_portfolio)
        return false;
    deposit_now(p); /* of what there is: trying left another plan there */
    struct plan_step steps[64];
    size_t count = 0;
    for (size_t g = 0; g < plan->group_count && count < ARRAY_COUNT(steps); g++) {
        const struct margin_group *group = &plan->groups[g];
        struct plan_step step = { 0 };
        bool fits = true, has_short = false;
        for (int longs = 0; longs < 2; longs++)
            for (size_t i = 0; i < group->leg_count && fits; i++) {
                const struct margin_leg *leg = &plan->legs[group->leg_first + i];
                has_short |= leg->quantity < 0;
                if ((leg->quantity > 0) == longs)
                    fits = add_series(p, &step, leg);
            }
        if (fits && has_short)
            steps[count++] = step;
    }
    for (size_t i = 0; i < count; i++)
        if (try_step(p, &steps[i]))
            return true;
    return false;
}

static bool try_across(struct planning *p)
{
    for (int any_right = 0; any_right < 2; any_right++)
        for (size_t i = 0; i < p->book.line_count; i++)
            for (size_t k = 0; k < p->book.line_count && is_short(p, i); k++)
                if (is_pair(p, i, k, !any_right) && try_pair(p, i, k))
                    return true;
    return false;
}

/* All calls or all puts of an underlying: where longs of several series together cover what none
 * does alone. */
static bool try_sides(struct planning *p)
{
    for (size_t i = 0; i < p->book.line_count; i++) {
        if (!is_short(p, i) || p->work->lines[i].is_stock)
            continue;
        for (int by_expiry = 0; by_expiry < 2; by_expiry++) {
            struct plan_step step = { 0 };
            bool fits = true;
            for (int longs = 0; longs < 2; longs++)
                for (size_t k = 0; k < p->book.line_count && fits; k++) {
                    const struct margin_line *a = &p->work->lines[i], *b = &p->work->lines[k];
                    bool is_same = is_open(p, k) && !b->is_stock &&
                                   a->underlying == b->underlying &&
                                   a->contract.right == b->contract.right &&
                                   (!by_expiry || a->contract.expiry == b->contract.expiry);
                    if (is_same && is_short(p, k) == !longs)
                        fits = add_leg(p, &step, k, INT64_MAX);
                }
            if (fits && try_step(p, &step))
                return true;
        }
    }
    return false;
}

/* A contract of each: what must not go at once may go in small parts. */
static bool try_units(struct planning *p)
{
    for (size_t i = 0; i < p->book.line_count; i++) {
        if (!is_short(p, i) || p->work->lines[i].is_stock)
            continue;
        for (size_t k = 0; k < p->book.line_count; k++) {
            struct plan_step step = { 0 };
            bool is_alone = k == i; /* the short by itself */
            if (!is_alone && (p->work->lines[k].is_stock || !is_pair(p, i, k, false)))
                continue;
            if (add_leg(p, &step, i, 1) && (is_alone || add_leg(p, &step, k, 1)) &&
                try_step(p, &step))
                return true;
        }
    }
    return false;
}

static bool try_longs(struct planning *p)
{
    for (size_t i = 0; i < p->book.line_count; i++)
        if (is_open(p, i) && !is_short(p, i) && try_alone(p, i))
            return true;
    return false;
}

/* False when nothing is left to close, or an error stands. */
static bool next_step(struct planning *p)
{
    struct plan_work *w = p->work;
    p->tries = 0;
    p->least = (struct plan_step){ 0 };
    for (size_t g = 0; g < w->group_count; g++)
        if (try_group(p, w->groups[g]))
            return true;
    for (size_t g = 0; g < w->group_count; g++)
        if (try_parts(p, w->groups[g]))
            return true;
    if (try_margin_groups(p) || try_across(p) || try_sides(p) || try_units(p) || try_longs(p))
        return true;
    if (p->err || p->least.leg_count == 0)
        return false;
    apply(p, &p->least, 1);
    p->step = p->least;
    return true;
}

/* What each group would need by itself; the greatest first, of equals the lower number. */
static void rank_groups(struct planning *p)
{
    struct plan_work *w = p->work;
    struct margin_line *all = w->lines;
    size_t count = p->book.line_count;
    w->group_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        for (size_t g = 0; g < w->group_count; g++)
            is_known |= w->groups[g] == p->terms->groups[i];
        if (is_known || !is_open(p, i))
            continue;
        uint32_t group = p->terms->groups[i];
        int64_t held[MARGIN_LINES_MAX];
        for (size_t k = 0; k < count; k++) {
            held[k] = all[k].quantity;
            if (p->terms->groups[k] != group)
                all[k].quantity = 0;
        }
        int64_t alone = deposit_now(p);
        for (size_t k = 0; k < count; k++)
            all[k].quantity = held[k];
        size_t at = w->group_count++;
        for (; at > 0 && (alone > w->alone[at - 1] ||
                          (alone == w->alone[at - 1] && group < w->groups[at - 1]));
             at--) {
            w->groups[at] = w->groups[at - 1];
            w->alone[at] = w->alone[at - 1];
        }
        w->groups[at] = group;
        w->alone[at] = alone;
    }
}

static enum err begin(struct planning *p, struct plan_work *work, struct margin_work *margin,
                      const struct margin_book *book, const struct liquidation_terms *terms,
                      struct liquidation *out)
{
    out->step_count = 0;
    out->deposit = 0;
    out->is_monotone = true;
    if (terms->legs_max < 2 || terms->legs_max > PLAN_LEGS_MAX)
        return err_set(ERR_RANGE, "liquidation: orders of up to %u legs; it takes 2 to %d",
                       terms->legs_max, PLAN_LEGS_MAX);
    enum err err = margin_book_check(book);
    if (err)
        return err;
    *p = (struct planning){ .work = work, .margin = margin, .terms = terms, .book = *book };
    memcpy(work->lines, book->lines, book->line_count * sizeof work->lines[0]);
    p->book.lines = work->lines;
    rank_groups(p);
    p->deposit = out->deposit = deposit_now(p);
    return p->err;
}

/* False when there is no room for it. */
static bool keep_step(struct planning *p, struct liquidation *out)
{
    if (out->step_count == PLAN_STEPS_MAX) {
        p->err = err_set(ERR_FULL, "liquidation: more than %d steps", PLAN_STEPS_MAX);
        return false;
    }
    out->steps[out->step_count++] = p->step;
    out->is_monotone &= !p->step.raises;
    p->deposit = p->step.deposit;
    return true;
}

static enum err finish(const struct planning *p, struct liquidation *out)
{
    if (p->err) {
        out->step_count = 0;
        out->deposit = 0;
    }
    return p->err;
}

enum err liquidation_plan(struct plan_work *work, struct margin_work *margin,
                          const struct margin_book *book, const struct liquidation_terms *terms,
                          struct liquidation *out)
{
    struct planning p;
    enum err err = begin(&p, work, margin, book, terms, out);
    if (err)
        return err;
    while (!p.err && next_step(&p) && keep_step(&p, out))
        ;
    return finish(&p, out);
}

/* ---- a margin call --------------------------------------------------------------------------- */

static int64_t divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Equal packages that make a group; *contracts of one, shares by the hundred. 0: too many legs, or
 * nothing. */
static int64_t packages_of(const struct planning *p, uint32_t group, int64_t *contracts)
{
    int64_t packages = 0, sum = 0;
    uint32_t legs = 0;
    for (size_t i = 0; i < p->book.line_count; i++) {
        if (!is_open(p, i) || p->terms->groups[i] != group)
            continue;
        packages = divisor(size_of(p, i), packages);
        sum += p->work->lines[i].is_stock ? (size_of(p, i) + 99) / 100 : size_of(p, i);
        legs++;
    }
    *contracts = packages ? (sum + packages - 1) / packages : 0;
    return legs && legs <= p->terms->legs_max ? packages : 0;
}

/* A group whole, shorts first. */
static struct plan_step whole_of(const struct planning *p, uint32_t group)
{
    struct plan_step step = { .group = group };
    for (int longs = 0; longs < 2; longs++)
        for (size_t i = 0; i < p->book.line_count; i++)
            if (is_open(p, i) && p->terms->groups[i] == group && is_short(p, i) == !longs) {
                int64_t size = size_of(p, i);
                step.legs[step.leg_count++] =
                    (struct plan_leg){ (uint16_t)i, is_short(p, i) ? size : -size };
            }
    return step;
}

/* The deposit with the step done. */
static int64_t deposit_after(struct planning *p, struct plan_step *step)
{
    apply(p, step, 1);
    step->deposit = deposit_now(p);
    apply(p, step, -1);
    return step->deposit;
}

/* The fewest of a step's equal packages that still cure; the step does. Returns how many. */
static int64_t fewest(struct planning *p, struct plan_step *step, int64_t packages, int64_t target)
{
    const struct plan_step whole = *step;
    int64_t bad = 0, good = packages;
    while (good - bad > 1 && !p->err) { /* one fewer than what stands is not enough */
        int64_t middle = bad + (good - bad) / 2;
        struct plan_step part = whole;
        for (uint32_t i = 0; i < part.leg_count; i++)
            part.legs[i].quantity = whole.legs[i].quantity / packages * middle;
        if (deposit_after(p, &part) <= target) {
            good = middle;
            *step = part;
        } else {
            bad = middle;
        }
    }
    return good;
}

/* The next step of a cure: false when there is none, or an error stands. */
static bool next_cure(struct planning *p, int64_t target)
{
    struct plan_work *w = p->work;
    struct plan_step most = { .deposit = p->deposit };
    int64_t least = INT64_MAX;
    for (size_t g = 0; g < w->group_count && !p->err; g++) {
        int64_t contracts, packages = packages_of(p, w->groups[g], &contracts);
        if (!packages)
            continue;
        struct plan_step step = whole_of(p, w->groups[g]);
        if (deposit_after(p, &step) < most.deposit)
            most = step;
        if (step.deposit > target)
            continue;
        int64_t count = fewest(p, &step, packages, target);
        if (contracts * count < least) {
            least = contracts * count;
            p->step = step;
        }
    }
    if (p->err)
        return false;
    if (least == INT64_MAX && !most.leg_count) {
        if (!next_step(p))
            return false;
        int64_t packages = 0;
        for (uint32_t i = 0; i < p->step.leg_count; i++)
            packages = divisor(llabs(p->step.legs[i].quantity), packages);
        if (p->step.deposit > target || packages < 2)
            return true;
        apply(p, &p->step, -1);
        fewest(p, &p->step, packages, target);
        apply(p, &p->step, 1);
        return !p->err;
    }
    if (least == INT64_MAX)
        p->step = most;
    p->step.raises = false;
    apply(p, &p->step, 1);
    return true;
}

enum err liquidation_cure(struct plan_work *work, struct margin_work *margin,
                          const struct margin_book *book, const struct liquidation_terms *terms,
                          int64_t target, struct liquidation *out)
{
    struct planning p;
    enum err err = begin(&p, work, margin, book, terms, out);
    if (err)
        return err;
    while (!p.err && p.deposit > target && next_cure(&p, target) && keep_step(&p, out))
        ;
    return finish(&p, out);
}
