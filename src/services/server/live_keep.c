/*
 * What show's thread has made of the day, in the store: bars of the underlyings, and where the
 * profit came from. It is written by the thread that writes rows anyway, as a commit may take
 * long, and read again by show's own when a day is found under way.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "services/server/live_int.h"

/* Lists of fields: clang-format takes them for calls. */
/* clang-format off */
/* Of a market, or of all ("*"): key, and where it lies. */
#define SUMS(X)                                                                                    \
    X(delta, greeks.delta) X(gamma, greeks.gamma) X(theta, greeks.theta) X(vega, greeks.vega)      \
    X(vanna, greeks.vanna) X(volga, greeks.volga) X(charm, greeks.charm) X(rho, greeks.rho)        \
    X(quote, greeks.quote) X(explained, greeks.explained) X(actual, greeks.actual)                 \
    X(residual, greeks.residual) X(trading, trading) X(total, total)
/* clang-format on */

static const char ALL[] = "*", EQUITY[] = "*.equity";

enum { KEPT_AT_ONCE = 4096, SUM_KEY_BYTES = 48 };

/* ---- writing: the thread of the rows --------------------------------------------------------- */

struct copied_bar {
    uint32_t market;
    int32_t day;
    struct bar bar;
};

/* A copy, so that nobody waits for the disk with the lock held. */
struct copy {
    struct copied_bar bars[KEPT_AT_ONCE];
    size_t bar_count;
    int32_t day; /* of the sums; 0: none yet */
    int64_t equity;
    struct live_attribution all, of[SHOT_MARKETS];
    bool has[SHOT_MARKETS];
};

static void copy_bars(struct copy *c, struct mirror *m, uint32_t market)
{
    uint32_t from = m->bars_kept ? m->bars_kept - 1 : 0; /* the last one has gone on */
    while (from < m->bar_count && c->bar_count < KEPT_AT_ONCE) {
        c->bars[c->bar_count++] = (struct copied_bar){ market, m->book.day, m->bars[from++] };
        m->bars_kept = from;
    }
}

static void copy_all(struct copy *c, struct live_desk *live)
{
    pthread_mutex_lock(&live->mirror_lock);
    for (uint32_t i = 0; i < SHOT_MARKETS; i++) {
        struct mirror *m = live->mirrors[i];
        if (!m || !m->has_session)
            continue;
        copy_bars(c, m, i);
        c->has[i] = m->has_attribution;
        c->of[i] = m->attribution;
    }
    if (live->has_attribution) {
        c->day = live->attribution_day;
        c->equity = live->attribution_equity;
        c->all = live->attribution;
    }
    pthread_mutex_unlock(&live->mirror_lock);
}

static enum err put_sums(struct db *db, int32_t day, const char *symbol,
                         const struct live_attribution *a)
{
    enum err err = ERR_OK;
    char key[SUM_KEY_BYTES];
#define PUT(name, member)                                                                          \
    snprintf(key, sizeof key, "%s." #name, symbol);                                                \
    if (!err)                                                                                      \
        err = db_sum_put(db, live_desk_id, day, key, a->member);
    SUMS(PUT)
#undef PUT
    return err;
}

static enum err put_all(struct db *db, const struct live_desk *live, const struct copy *c)
{
    enum err err = ERR_OK;
    for (size_t i = 0; !err && i < c->bar_count; i++) {
        const struct copied_bar *b = &c->bars[i];
        err = db_bar_put(
            db, live_desk_id, b->day, live->symbols[b->market],
            &(struct db_bar){ b->bar.ts_ns, b->bar.open, b->bar.high, b->bar.low, b->bar.close });
    }
    if (err || !c->day)
        return err;
    for (uint32_t i = 0; !err && i < SHOT_MARKETS; i++)
        if (c->has[i])
            err = put_sums(db, c->day, live->symbols[i], &c->of[i]);
    if (!err)
        err = put_sums(db, c->day, ALL, &c->all);
    if (!err) /* dollars to the cent are exact in a double far beyond any account */
        err = db_sum_put(db, live_desk_id, c->day, EQUITY, money_to_dollars(c->equity));
    return err ? err : db_day_forget(db, live_desk_id, c->day);
}

static void keep_all_again(struct live_desk *live)
{
    pthread_mutex_lock(&live->mirror_lock);
    for (uint32_t i = 0; i < SHOT_MARKETS; i++)
        if (live->mirrors[i])
            live->mirrors[i]->bars_kept = 0;
    pthread_mutex_unlock(&live->mirror_lock);
}

void live_keep(void *argument, struct db *db)
{
    struct live_desk *live = argument;
    struct copy *c = mem_alloc(sizeof *c);
    copy_all(c, live);
    if (c->bar_count || c->day) {
        enum err err = db_begin(db);
        if (!err && !(err = put_all(db, live, c)))
            err = db_commit(db);
        else if (err)
            db_rollback(db);
        if (err && !live->keeps_not)
            log_warn("desk", "bars and attribution of the day are not kept: %s", err_detail());
        if (err)
            keep_all_again(live);
        live->keeps_not = err != ERR_OK;
    }
    mem_free(c);
}

/* ---- reading: show's thread ------------------------------------------------------------------ */

void live_load_bars(struct live_desk *live, struct mirror *m, const char *symbol)
{
    struct arena step;
    struct db_bar *bars;
    size_t count = 0;
    arena_init(&step, "bars", 0);
    if (db_bar_list(live->db, &step, live_desk_id, m->book.day, symbol, BARS_MAX, &bars, &count)) {
        log_warn("desk", "the bars of %s begin anew: %s", symbol, err_detail());
        count = 0;
    }
    for (size_t i = 0; i < count; i++)
        m->bars[i] =
            (struct bar){ bars[i].ts_ns, bars[i].open, bars[i].high, bars[i].low, bars[i].close };
    m->bar_count = m->bars_kept = (uint32_t)count;
    arena_clear(&step);
}

static bool get_sums(struct live_desk *live, int32_t day, const char *symbol,
                     struct live_attribution *out)
{
    char key[SUM_KEY_BYTES];
    bool has = true;
#define GET(name, member)                                                                          \
    snprintf(key, sizeof key, "%s." #name, symbol);                                                \
    has = has && db_sum_get(live->db, live_desk_id, day, key, &out->member) == ERR_OK;
    SUMS(GET)
#undef GET
    return has;
}

bool live_load_attribution(struct live_desk *live, int32_t day, int64_t *equity)
{
    struct live_attribution a = { 0 };
    double dollars;
    if (!get_sums(live, day, ALL, &a) || db_sum_get(live->db, live_desk_id, day, EQUITY, &dollars))
        return false;
    *equity = money_from_dollars(dollars);
    live->attribution = a;
    for (int i = 0; i < SHOT_MARKETS; i++) {
        struct mirror *m = live->mirrors[i];
        if (m && (m->has_attribution = get_sums(live, day, live->symbols[i], &a)))
            m->attribution = a;
    }
    return true;
}
