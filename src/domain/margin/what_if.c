#include "domain/margin/what_if.h"

#include <string.h>

#include "domain/margin/margin_int.h"

struct question {
    struct margin_work *work;
    const struct margin_book *book;
    const struct margin_terms *terms;
    enum margin_when when;
    const struct margin_order *working;
    size_t working_count;
    bool is_minimal;
    int64_t unproven; /* of the last answer: how much less the least pairing might need */
};

static enum err check_order(const struct margin_order *order)
{
    static const int64_t most = INT64_C(1000000000000000000) / MARGIN_WORKING_MAX;
    if (order->debit > most || order->debit < -most || order->fees < 0 || order->fees > most)
        return err_set(ERR_RANGE, "margin: an order costs %lld and %lld in fees; out of range",
                       (long long)order->debit, (long long)order->fees);
    return ERR_OK;
}

static enum err add_legs(struct margin_work *work, size_t *count, const struct margin_line *lines,
                         size_t more)
{
    if (more > MARGIN_LINES_MAX - *count)
        return err_set(ERR_FULL, "margin: the book and its orders have more than %d lines",
                       MARGIN_LINES_MAX);
    if (more > 0)
        memcpy(work->lines + *count, lines, more * sizeof *lines);
    *count += more;
    return ERR_OK;
}

/* Equity must not fall below the requirement; cash is what equity has beyond the book's worth. */
static enum err portfolio_cash(struct margin_work *work, const struct margin_book *book,
                               int64_t *cash)
{
    enum err err = margin_portfolio(book, &work->portfolio);
    int128 worth = 0;
    for (size_t i = 0; i < book->line_count && !err; i++) {
        const struct margin_line *line = &book->lines[i];
        worth += line->is_stock ? (int128)book->underlyings[line->underlying].level * line->quantity
                                : (int128)line->mark * line->quantity * line->contract.multiplier;
    }
    int128 need = work->portfolio.requirement - worth;
    if (!err && (need > INT64_MAX / 4 || need < -(INT64_MAX / 4)))
        return err_set(ERR_RANGE, "margin: the book is worth more than can be counted");
    *cash = (int64_t)need;
    return err;
}

/* Cash requirement of the book (when with_book) and the orders of the set filled. */
static enum err need(struct question *q, bool with_book, uint64_t fills,
                     const struct margin_order *order, int64_t *cash, int64_t *paid)
{
    struct margin_book book = *q->book;
    size_t count = 0;
    *paid = 0;
    q->unproven = 0;
    enum err err =
        with_book ? add_legs(q->work, &count, q->book->lines, q->book->line_count) : ERR_OK;
    for (size_t i = 0; i < q->working_count && !err; i++)
        if (fills >> i & 1) {
            err = add_legs(q->work, &count, q->working[i].legs, q->working[i].leg_count);
            *paid += q->working[i].debit + q->working[i].fees;
        }
    if (order && !err) {
        err = add_legs(q->work, &count, order->legs, order->leg_count);
        *paid += order->debit + order->fees;
    }
    book.lines = q->work->lines;
    book.line_count = count;
    if (!err && q->terms->is_portfolio)
        return portfolio_cash(q->work, &book, cash);
    if (!err)
        err = margin_strategy_plan(q->work, &book, q->terms, q->when, &q->work->plan);
    if (err)
        return err;
    q->is_minimal &= q->work->plan.is_minimal;
    q->unproven = q->work->plan.requirement - q->work->plan.bound;
    *cash = q->work->plan.cash;
    return ERR_OK;
}

/* Working orders that are tried in every set with the book; bits of a set are places in at[]. */
struct chosen {
    size_t count;
    uint8_t at[MARGIN_WORKING_EXACT];
};

static uint64_t fills_of(const struct chosen *chosen, uint64_t set)
{
    uint64_t fills = 0;
    for (size_t i = 0; i < chosen->count; i++)
        fills |= (set >> i & 1) << chosen->at[i];
    return fills;
}

/* Every set of the chosen, with and without the order. */
static enum err try_sets(struct question *q, const struct chosen *chosen,
                         const struct margin_order *order, struct margin_what_if *out)
{
    enum err err = ERR_OK;
    for (uint64_t set = 0; set < UINT64_C(1) << chosen->count && !err; set++)
        for (int with = 0; with < (order ? 2 : 1) && !err; with++) {
            int64_t cash, paid;
            uint64_t fills = fills_of(chosen, set);
            err = need(q, true, fills, with ? order : NULL, &cash, &paid);
            if (err)
                break;
            if (!with && (set == 0 || cash + paid > out->worst_before))
                out->worst_before = cash + paid;
            if (!with && (set == 0 || cash + paid - q->unproven > out->floor_before))
                out->floor_before = cash + paid - q->unproven;
            if ((set == 0 && !with) || cash + paid > out->worst_after) {
                out->worst_after = cash + paid;
                out->worst_fills = fills;
            }
        }
    return err;
}

static int64_t at_least_0(int64_t value)
{
    return value > 0 ? value : 0;
}

/*
 * Too many sets. A part of the orders with the book and the others alone need no less than all
 * together, so those are taken into the part for which standing alone overstates most: orders that
 * close. *rest is what the others need alone, *rest_fills which of them need anything.
 */
static enum err choose(struct question *q, int64_t before, struct chosen *chosen, int64_t *rest,
                       uint64_t *rest_fills)
{
    int64_t alone[MARGIN_WORKING_MAX], gain[MARGIN_WORKING_MAX];
    bool is_chosen[MARGIN_WORKING_MAX] = { false };
    for (size_t i = 0; i < q->working_count; i++) {
        int64_t cash, paid, with, with_paid;
        enum err err = need(q, false, UINT64_C(1) << i, NULL, &cash, &paid);
        if (!err)
            err = need(q, true, UINT64_C(1) << i, NULL, &with, &with_paid);
        if (err)
            return err;
        alone[i] = at_least_0(cash + paid);
        gain[i] = alone[i] - at_least_0(with + with_paid - before);
    }
    while (chosen->count < MARGIN_WORKING_EXACT) {
        size_t best = 0;
        while (is_chosen[best])
            best++;
        for (size_t i = best + 1; i < q->working_count; i++)
            if (!is_chosen[i] && gain[i] > gain[best])
                best = i;
        is_chosen[best] = true;
        chosen->at[chosen->count++] = (uint8_t)best;
    }
    for (size_t i = 0; i < q->working_count; i++)
        if (!is_chosen[i] && alone[i] > 0) {
            *rest = money_add(*rest, alone[i]);
            *rest_fills |= UINT64_C(1) << i;
        }
    return ERR_OK;
}

enum err margin_what_if(struct margin_work *work, const struct margin_book *book,
                        const struct margin_terms *terms, enum margin_when when,
                        const struct margin_order *working, size_t working_count,
                        const struct margin_order *order, struct margin_what_if *out)
{
    memset(out, 0, sizeof *out);
    struct question q = { work, book, terms, when, working, working_count, true, 0 };
    if (working_count > MARGIN_WORKING_MAX)
        return err_set(ERR_FULL, "margin: %zu working orders; at most %d", working_count,
                       MARGIN_WORKING_MAX);
    enum err err = order ? check_order(order) : ERR_OK;
    for (size_t i = 0; i < working_count && !err; i++)
        err = check_order(&working[i]);
    struct margin_what_if answer = { 0 };
    int64_t paid = 0;
    if (!err)
        err = need(&q, true, 0, NULL, &answer.before, &paid);
    if (!err)
        err = need(&q, true, 0, order, &answer.after, &paid);
    if (err)
        return err;
    answer.effect = answer.after - answer.before + paid;
    struct chosen chosen = { .count = 0 };
    int64_t rest = 0;
    uint64_t rest_fills = 0;
    answer.is_exact = working_count <= MARGIN_WORKING_EXACT;
    if (!answer.is_exact)
        err = choose(&q, answer.before, &chosen, &rest, &rest_fills);
    for (size_t i = 0; i < working_count && answer.is_exact; i++)
        chosen.at[chosen.count++] = (uint8_t)i;
    if (!err)
        err = try_sets(&q, &chosen, order, &answer);
    answer.worst_before = money_add(answer.worst_before, rest);
    answer.worst_after = money_add(answer.worst_after, rest);
    answer.worst_fills |= rest_fills;
    if (q.is_minimal)
        answer.floor_before = answer.worst_before;
    answer.is_exact &= q.is_minimal;
    if (!err)
        *out = answer;
    return err;
}
