/* Stored days of several underlyings, in order of time. */
#include <stdlib.h>
#include <string.h>

#include "adapters/feed/store_feed.h"
#include "services/desk/feeds.h"

struct lane { /* one underlying */
    struct feed feed;
    struct event event; /* its next */
    bool has_event;
    uint64_t given; /* events taken so far */
};

struct feed_stored {
    struct arena arena;
    struct lane lanes[DESK_MARKETS_MAX];
    uint32_t count;
    bool is_peeked; /* lanes[chosen] has the next event */
    uint32_t chosen;
};

enum err desk_symbols_parse(char out[DESK_MARKETS_MAX][DESK_SYMBOL_BYTES], uint32_t *count,
                            const char *symbols)
{
    struct str rest = str_from(symbols), name;
    *count = 0;
    while (str_cut(&rest, ',', &name) ||
           (name = rest, rest = (struct str){ NULL, 0 }, name.len > 0)) {
        name = str_trim(name);
        if (!name.len || name.len >= DESK_SYMBOL_BYTES)
            return err_set(ERR_USAGE, "\"%.*s\" in \"%s\" is no symbol: it has 1 to %d characters",
                           STR_ARG(name), symbols, DESK_SYMBOL_BYTES - 1);
        if (*count == DESK_MARKETS_MAX)
            return err_set(ERR_USAGE, "more than %d symbols in \"%s\"", DESK_MARKETS_MAX, symbols);
        memset(out[*count], 0, DESK_SYMBOL_BYTES);
        memcpy(out[(*count)++], name.ptr, name.len);
    }
    return *count ? ERR_OK : err_set(ERR_USAGE, "no symbol is named");
}

static enum err fill(struct lane *lane)
{
    if (lane->has_event)
        return ERR_OK;
    return lane->feed.ops->next(lane->feed.self, &lane->event, &lane->has_event);
}

static bool is_before(const struct event *a, const struct event *b)
{
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns;
    return event_priority(a->kind) < event_priority(b->kind);
}

static enum err stored_next_ns(void *self, int64_t *ts_ns)
{
    struct feed_stored *f = self;
    *ts_ns = INT64_MAX;
    f->is_peeked = false;
    for (uint32_t i = 0; i < f->count; i++) {
        struct lane *lane = &f->lanes[i];
        enum err err = fill(lane);
        if (err)
            return err;
        if (!lane->has_event ||
            (f->is_peeked && !is_before(&lane->event, &f->lanes[f->chosen].event)))
            continue;
        f->chosen = i;
        f->is_peeked = true;
        *ts_ns = lane->event.ts_ns;
    }
    return ERR_OK;
}

static enum err stored_next(void *self, struct event *out, bool *found)
{
    struct feed_stored *f = self;
    int64_t ts;
    if (!f->is_peeked) {
        enum err err = stored_next_ns(self, &ts);
        if (err)
            return err;
    }
    *found = f->is_peeked;
    if (!*found)
        return ERR_OK;
    struct lane *lane = &f->lanes[f->chosen];
    *out = lane->event;
    out->underlying = f->chosen;
    lane->has_event = f->is_peeked = false;
    lane->given++;
    return ERR_OK;
}

static bool stored_can_save(UNUSED void *self)
{
    return true;
}

static void stored_save(void *self, struct buf *out)
{
    const struct feed_stored *f = self;
    uint64_t given[DESK_MARKETS_MAX] = { 0 };
    for (uint32_t i = 0; i < f->count; i++)
        given[i] = f->lanes[i].given;
    buf_append(out, given, f->count * sizeof *given);
}

/* What was given is read once more and passed by: a store reads hundreds of days a second. */
static enum err stored_load(void *self, const uint8_t *bytes, size_t len)
{
    struct feed_stored *f = self;
    uint64_t given[DESK_MARKETS_MAX];
    if (len != f->count * sizeof *given)
        return err_set(ERR_CORRUPT, "the place kept in stored days is not one of %u symbols",
                       f->count);
    memcpy(given, bytes, len);
    for (uint32_t i = 0; i < f->count; i++) {
        struct lane *lane = &f->lanes[i];
        for (; lane->given < given[i]; lane->given++) {
            enum err err = fill(lane);
            if (!err && !lane->has_event)
                err =
                    err_set(ERR_CORRUPT,
                            "the stored days end after %llu events, before the place that was kept",
                            (unsigned long long)lane->given);
            if (err)
                return err;
            lane->has_event = false;
        }
    }
    return ERR_OK;
}

static size_t stored_days_done(void *self)
{
    const struct feed_stored *f = self;
    return store_feed_days_done(&f->lanes[0].feed);
}

static void stored_close(void *self)
{
    struct feed_stored *f = self;
    for (uint32_t i = 0; i < f->count; i++)
        if (f->lanes[i].feed.ops)
            f->lanes[i].feed.ops->close(f->lanes[i].feed.self);
    arena_clear(&f->arena);
    mem_free(f);
}

enum err feed_stored_open(struct desk_source *out, const struct store *store, const char *symbols,
                          int32_t from, int32_t to)
{
    static const struct desk_feed_ops ops = { .name = "stored",
                                              .next_ns = stored_next_ns,
                                              .next = stored_next,
                                              .can_save = stored_can_save,
                                              .save = stored_save,
                                              .load = stored_load,
                                              .days_done = stored_days_done,
                                              .close = stored_close };
    char names[DESK_MARKETS_MAX][DESK_SYMBOL_BYTES];
    struct feed_stored *f = mem_alloc(sizeof *f);
    arena_init(&f->arena, "stored days", 0);
    enum err err = desk_symbols_parse(names, &f->count, symbols);
    *out = (struct desk_source){ .ops = &ops, .self = f, .contracts_max = 1 };
    for (uint32_t i = 0; !err && i < f->count; i++) {
        struct store_feed_info info;
        err = store_feed_open(&f->lanes[i].feed, &info, &f->arena, store, names[i], from, to);
        out->days = info.days > out->days ? info.days : out->days;
        out->contracts_max =
            info.contracts_max > out->contracts_max ? info.contracts_max : out->contracts_max;
    }
    if (err) {
        stored_close(f);
        *out = (struct desk_source){ 0 };
    }
    return err;
}
