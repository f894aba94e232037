/* A desk from its beginning to the end of its data, for a command and for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/zone.h"
#include "services/desk/desk_int.h"

static bool should_stop(const struct desk *desk)
{
    const struct desk_options *o = &desk->options;
    if (o->use == DESK_REPLAY)
        return !desk->is_catching_up && desk->checked_next == desk->checked_count;
    return o->keep_on &&
           !o->keep_on(o->context, desk->feed.ops->days_done(desk->feed.self), desk->feed.days);
}

/* Wait until the data's moment has come; a signal ends it early: somebody wants the desk to stop.
 */
static enum err keep_pace(struct desk *desk, int64_t *market_ns)
{
    int64_t next_ns, now = clock_steady_ns();
    enum err err = desk->feed.ops->next_ns(desk->feed.self, &next_ns);
    *market_ns = INT64_MAX;
    if (err || !(desk->speed > 0) || desk->is_catching_up || next_ns == INT64_MAX)
        return err;
    int64_t wait = desk_wait_for(desk, desk_market_now(desk, now, next_ns), next_ns);
    struct timespec pause = { wait / NANOS_PER_SECOND, wait % NANOS_PER_SECOND };
    if (wait > 0)
        nanosleep(&pause, NULL);
    return ERR_OK;
}

static enum err run(struct desk *desk)
{
    enum err err = ERR_OK;
    while (!err && !desk->is_over && !should_stop(desk)) {
        int64_t market_ns;
        bool took;
        err = keep_pace(desk, &market_ns);
        if (!err)
            err = desk_advance(desk, market_ns, &took);
        if (!err && desk->options.use == DESK_REPLAY)
            err = desk_checked_look(desk);
    }
    return err || desk->options.use == DESK_REPLAY ? err : desk_commit(desk);
}

static void add_position(struct desk_result *out, const struct trade_leg *leg,
                         const char *underlying)
{
    for (size_t i = 0; i < out->position_count; i++) {
        struct desk_position *p = &out->positions[i];
        bool same = leg->is_stock
                        ? p->is_stock && strcmp(p->underlying, underlying) == 0
                        : !p->is_stock && contract_compare(&p->contract, &leg->contract) == 0;
        if (same) {
            p->quantity += leg->quantity;
            return;
        }
    }
    struct desk_position *p = &out->positions[out->position_count++];
    *p = (struct desk_position){ .is_stock = leg->is_stock,
                                 .contract = leg->contract,
                                 .quantity = leg->quantity };
    strncpy(p->underlying, underlying, sizeof p->underlying - 1);
}

static int compare_positions(const void *left, const void *right)
{
    const struct desk_position *a = left, *b = right;
    int order = strcmp(a->underlying, b->underlying);
    if (!order)
        order = a->is_stock - b->is_stock;
    return order || a->is_stock ? order : contract_compare(&a->contract, &b->contract);
}

static void collect_positions(struct desk_result *out, struct arena *arena,
                              const struct kernel *kernel)
{
    size_t slots, legs = 0, kept = 0;
    const struct trade *trades = kernel_trades(kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        legs += trades[i].state == TRADE_FREE ? 0 : (size_t)trades[i].leg_count;
    out->positions = arena_array(arena, struct desk_position, legs);
    for (size_t i = 0; i < slots; i++)
        for (int k = 0; trades[i].state != TRADE_FREE && k < trades[i].leg_count; k++)
            if (trades[i].legs[k].quantity)
                add_position(out, &trades[i].legs[k], kernel_underlying(kernel, &trades[i]));
    for (size_t i = 0; i < out->position_count; i++)
        if (out->positions[i].quantity)
            out->positions[kept++] = out->positions[i];
    out->position_count = kept;
    if (kept)
        qsort(out->positions, kept, sizeof *out->positions, compare_positions);
}

/* What is pointed to must outlive the desk. */
static void collect(struct desk_result *out, struct arena *arena, struct desk *desk)
{
    out->strategy = arena_strdup(arena, desk->begin.strategy_count ? desk->begin.strategies[0].name
                                                                   : "no strategy");
    out->trouble = arena_strdup(arena, desk->trouble);
    out->replayed = desk->replayed;
    out->snapshot = desk->from_snapshot;
    out->snapshots_checked = desk->checked_next;
    out->is_finished = desk->is_over;
    if (desk->journal)
        out->journal = journal_durable(desk->journal);
    if (!desk->kernel)
        return;
    kernel_account(desk->kernel, &out->account);
    out->effects_hash = kernel_effects_hash(desk->kernel);
    collect_positions(out, arena, desk->kernel);
}

enum err desk_run(struct desk_result *out, struct arena *arena, const struct desk_options *options)
{
    *out = (struct desk_result){ .trouble = "" };
    struct desk *desk = desk_make(options);
    desk->gives_up = true;
    enum err err = desk_open_all(desk);
    if (!err)
        err = run(desk);
    char why[sizeof desk->why];
    snprintf(why, sizeof why, "%s", err ? err_detail() : "");
    collect(out, arena, desk);
    desk_close(desk);
    return err ? err_set(err, "%s", why) : ERR_OK;
}
