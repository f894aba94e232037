#include "adapters/feed/dated_feed.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/zone.h"

enum { DECLARED_DAYS = 10, OVER_DAYS = 183 };

static const struct {
    enum series_kind series;
    enum dated_kind kind;
    bool is_for_all;
    int hour, minute; /* of a row without happens_s */
} sources[] = {
    { SERIES_EARNINGS, DATED_EARNINGS, false, 16, 0 },
    { SERIES_DIVIDENDS, DATED_DIVIDEND, false, 9, 30 },
    { SERIES_FOMC, DATED_FOMC, true, 14, 0 },
    { SERIES_CPI, DATED_CPI, true, 8, 30 },
};

static int by_time(const void *left, const void *right)
{
    const struct dated_word *a = left, *b = right;
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns ? -1 : 1;
    if (a->dated.happens_ns != b->dated.happens_ns)
        return a->dated.happens_ns < b->dated.happens_ns ? -1 : 1;
    int kind = (int)a->dated.kind - (int)b->dated.kind;
    return kind ? kind : (int)a->dated.is_withdrawn - (int)b->dated.is_withdrawn;
}

static void add_row(struct dated_feed *feed, const struct series_row *row, size_t source)
{
    int64_t happens = row->happens_s
                          ? row->happens_s * NANOS_PER_SECOND
                          : zone_to_ts(ZONE_NEW_YORK, row->date,
                                       TIME_OF_DAY(sources[source].hour, sources[source].minute));
    int64_t known = row->known_s ? row->known_s * NANOS_PER_SECOND
                    : sources[source].kind == DATED_DIVIDEND
                        ? happens - DECLARED_DAYS * NANOS_PER_DAY
                        : happens;
    struct event_dated dated = { .kind = sources[source].kind, .happens_ns = happens };
    feed->words[feed->count++] = (struct dated_word){ known < happens ? known : happens, dated };
    if (!row->withdrawn_s)
        return;
    dated.is_withdrawn = true;
    feed->words[feed->count++] = (struct dated_word){ row->withdrawn_s * NANOS_PER_SECOND, dated };
}

enum err dated_feed_open(struct dated_feed *out, const struct store *store, struct arena *arena,
                         const char *symbol)
{
    struct series series[ARRAY_COUNT(sources)] = { 0 };
    size_t rows = 0;
    *out = (struct dated_feed){ 0 };
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        enum err err = series_read(&series[i], store, arena, sources[i].is_for_all ? "USD" : symbol,
                                   sources[i].series);
        if (err && err != ERR_NOT_FOUND)
            return err;
        rows += series[i].count;
    }
    out->words = arena_array(arena, struct dated_word, 2 * rows);
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++)
        for (size_t k = 0; k < series[i].count; k++)
            add_row(out, &series[i].rows[k], i);
    if (out->count)
        qsort(out->words, out->count, sizeof *out->words, by_time);
    return ERR_OK;
}

/* Of the past only what still matters: not what was taken back before, nor what is long over. */
static void begin(struct dated_feed *feed, int64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < feed->count; i++) {
        const struct dated_word *w = &feed->words[i];
        bool is_past = w->ts_ns <= now_ns, is_void = is_past && w->dated.is_withdrawn;
        for (size_t k = i + 1;
             k < feed->count && is_past && feed->words[k].ts_ns <= now_ns && !is_void; k++)
            is_void = feed->words[k].dated.is_withdrawn &&
                      feed->words[k].dated.kind == w->dated.kind &&
                      feed->words[k].dated.happens_ns == w->dated.happens_ns;
        if (is_void || (is_past && w->dated.happens_ns < now_ns - OVER_DAYS * NANOS_PER_DAY))
            continue;
        feed->words[kept++] = *w;
    }
    feed->count = kept;
    feed->has_begun = true;
}

const struct dated_word *dated_feed_next(struct dated_feed *feed, int64_t now_ns)
{
    if (!feed->has_begun)
        begin(feed, now_ns);
    if (feed->next == feed->count || feed->words[feed->next].ts_ns > now_ns)
        return NULL;
    return &feed->words[feed->next++];
}
