/* How the desk's underlyings move together: days from the store, minutes of the desk's own day. */
#include <math.h>

#include "domain/features/correlation.h"
#include "services/server/correlations.h"
#include "services/server/desk_call.h"

enum { PAIRS_MAX = SHOT_MARKETS * (SHOT_MARKETS - 1) / 2, RECENT_DAYS = 20, BEFORE_DAYS = 60 };
_Static_assert((int)PAIRS_MAX <= (int)HOLM_MAX, "all pairs are one family");

struct sheet {
    struct call *call;
    const struct desk_shot *shot;
    bool is_minutes;
    uint32_t n_recent, n_before;
    struct price_series series[SHOT_MARKETS];
    struct pair_reading pairs[PAIRS_MAX];
    double p[PAIRS_MAX], adjusted[PAIRS_MAX];
    size_t pair_count;
};

/* A series of the store, empty where there is none. */
static enum err read_series(struct series *out, const struct store *store, struct arena *arena,
                            const char *symbol, enum series_kind kind)
{
    enum err err = series_read(out, store, arena, symbol, kind);
    if (err != ERR_NOT_FOUND)
        return err;
    *out = (struct series){ .kind = kind };
    return ERR_OK;
}

/* What came later than the desk's day is not known there. */
static enum err read_days(struct sheet *s)
{
    struct store *store = NULL;
    struct arena *arena = s->call->arena;
    enum err err = store_open(&store, s->call->server->store);
    if (err == ERR_NOT_FOUND)
        return ERR_OK; /* no market data yet: nothing of anybody */
    for (uint32_t i = 0; i < s->shot->market_count && !err; i++) {
        const struct shot_market *m = &s->shot->markets[i];
        struct series bars, splits, dividends;
        err = read_series(&bars, store, arena, m->symbol, SERIES_BARS);
        if (!err)
            err = read_series(&splits, store, arena, m->symbol, SERIES_SPLITS);
        if (!err)
            err = read_series(&dividends, store, arena, m->symbol, SERIES_DIVIDENDS);
        if (!err)
            s->series[i] = price_series_of_days(arena, &bars, &splits, &dividends, s->shot->day);
    }
    store_close(store);
    return err;
}

static void read_minutes(struct sheet *s)
{
    for (uint32_t i = 0; i < s->shot->market_count; i++) {
        int64_t *ends;
        double *closes;
        size_t count = live_desk_minutes(s->call->server->live, s->call->arena,
                                         str_from(s->shot->markets[i].symbol), &ends, &closes);
        s->series[i] = (struct price_series){ count, ends, closes };
    }
}

static void read_pairs(struct sheet *s)
{
    struct arena *arena = s->call->arena;
    for (uint32_t i = 0; i < s->shot->market_count; i++)
        for (uint32_t k = i + 1; k < s->shot->market_count; k++) {
            struct pair_reading *r = &s->pairs[s->pair_count];
            *r = s->is_minutes ? pair_read_minutes(arena, &s->series[i], &s->series[k])
                               : pair_read_days(arena, &s->series[i], &s->series[k], s->n_recent,
                                                s->n_before);
            s->p[s->pair_count++] = two_sided_p(r->score);
        }
    holm_adjust(s->pair_count, s->p, s->adjusted);
}

static void write_series(struct sheet *s)
{
    struct json_writer *json = &s->call->json;
    json_key(json, "series");
    json_array_begin(json);
    for (uint32_t i = 0; i < s->shot->market_count; i++) {
        const struct price_series *series = &s->series[i];
        json_object_begin(json);
        json_key_cstr(json, "symbol", s->shot->markets[i].symbol);
        json_key_int(json, "prices", (int64_t)series->count);
        json_key_ns(json, "first_ns", series->count ? series->at_ns[0] : 0);
        json_key_ns(json, "last_ns", series->count ? series->at_ns[series->count - 1] : 0);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_pairs(struct sheet *s)
{
    struct json_writer *json = &s->call->json;
    size_t at = 0;
    json_key(json, "pairs");
    json_array_begin(json);
    for (uint32_t i = 0; i < s->shot->market_count; i++)
        for (uint32_t k = i + 1; k < s->shot->market_count; k++, at++) {
            const struct pair_reading *r = &s->pairs[at];
            json_object_begin(json);
            json_key_cstr(json, "a", s->shot->markets[i].symbol);
            json_key_cstr(json, "b", s->shot->markets[k].symbol);
            json_key_int(json, "n", (int64_t)r->n);
            json_key_double(json, "recent", r->recent);
            json_key_double(json, "before", r->before);
            json_key_double(json, "score", r->score);
            json_key_double(json, "p", s->adjusted[at]);
            json_object_end(json);
        }
    json_array_end(json);
}

static void write_sheet(struct sheet *s)
{
    struct json_writer *json = &s->call->json;
    double recent = s->is_minutes ? ewma_effective_count(PAIR_FAST) : s->n_recent;
    double before = s->is_minutes ? ewma_effective_count(PAIR_SLOW) : s->n_before;
    json_object_begin(json);
    json_key_int(json, "market_ns", s->shot->now_ns);
    json_key_cstr(json, "of", s->is_minutes ? "minutes" : "days");
    json_key_double(json, "n_recent", recent);
    json_key_double(json, "n_before", before);
    json_key_int(json, "needs", (int64_t)ceil(s->is_minutes ? before : recent + before));
    json_key_double(json, "alarm", PAIR_ALARM);
    write_series(s);
    write_pairs(s);
    json_object_end(json);
}

int api_risk_correlations(struct call *call)
{
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot || !shot->day) { /* which days are past is not known yet */
        mem_free(shot);
        return problem(call, 503, "recovering",
                       "the desk has not begun its day yet: ask again in a moment");
    }
    struct sheet *s = arena_new(call->arena, struct sheet);
    s->call = call;
    s->shot = shot;
    s->is_minutes = str_is(call_text(call->query, "of"), "minutes");
    s->n_recent = (uint32_t)call_whole(call->query, "recent", RECENT_DAYS);
    s->n_before = (uint32_t)call_whole(call->query, "before", BEFORE_DAYS);
    enum err err = ERR_OK;
    if (s->is_minutes)
        read_minutes(s);
    else
        err = read_days(s);
    if (!err) {
        read_pairs(s);
        write_sheet(s);
    }
    mem_free(shot);
    return err ? problem_of(call, err) : 200;
}
