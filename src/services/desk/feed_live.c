/*
 * Live sources as a feed: what they say is judged, chosen and published by services/live, becomes
 * events, and is kept on a tape. Recovery takes the events of the tape again; only then does the
 * feed listen.
 */
#include <math.h>
#include <string.h>

#include "adapters/store/store.h"
#include "base/zone.h"
#include "services/desk/feeds.h"
#include "services/desk/tape.h"
#include "services/live/kernel_feed.h"

struct feed_live {
    struct live live;
    struct feed kernel;
    struct tape_reader *reader; /* NULL: the tape is over, or there is none to read */
    struct tape_writer *writer; /* NULL before the first event of ours */
    char *journal;
    struct store *calendar; /* NULL: none */
    enum err (*listened)(void *context, struct live *live);
    void *context;
    struct event event; /* the next */
    bool has_event, from_tape;
    uint64_t from, sequence; /* events up to it are not given; of the last that was taken */
    int64_t last_ns;
    struct arena arena;
};

/* The next event of the tape, behind what a snapshot has. */
static enum err peek_tape(struct feed_live *f)
{
    while (f->reader && !f->has_event) {
        enum err err = tape_next(f->reader, &f->event, &f->has_event);
        if (err)
            return err;
        f->from_tape = f->has_event;
        if (f->has_event && f->event.sequence <= f->from)
            f->has_event = false;
        else if (!f->has_event)
            return ERR_OK;
    }
    return ERR_OK;
}

/* Of a tape that plays (a file of the vendor's) the next event is known ahead; of a line it is not.
 */
static enum err peek_sources(struct feed_live *f)
{
    while (!f->has_event && !kernel_feed_is_line(&f->kernel) && !kernel_feed_is_over(&f->kernel)) {
        int64_t next_ns = live_next_ns(&f->live);
        if (next_ns == INT64_MAX)
            next_ns = f->live.now_ns + NANOS_PER_SECOND;
        enum err err =
            kernel_feed_take(&f->kernel, next_ns > f->live.now_ns ? next_ns : f->live.now_ns,
                             &f->event, &f->has_event);
        if (err)
            return err;
    }
    return ERR_OK;
}

static enum err live_feed_next_ns(void *self, int64_t *ts_ns)
{
    struct feed_live *f = self;
    enum err err = peek_tape(f);
    if (!err && !f->has_event && !f->reader)
        err = peek_sources(f);
    *ts_ns = f->has_event                                   ? f->event.ts_ns
             : f->reader || kernel_feed_is_over(&f->kernel) ? INT64_MAX
                                                            : INT64_MIN;
    return err;
}

static enum err live_feed_poll(void *self, int64_t now_ns)
{
    struct feed_live *f = self;
    if (f->has_event || f->reader || !kernel_feed_is_line(&f->kernel))
        return ERR_OK;
    /* The wall clock may be set back; what is known never becomes unknown. */
    enum err err = kernel_feed_take(&f->kernel, now_ns > f->live.now_ns ? now_ns : f->live.now_ns,
                                    &f->event, &f->has_event);
    return !err && f->listened ? f->listened(f->context, &f->live) : err;
}

static bool live_feed_is_wall(void *self)
{
    struct feed_live *f = self;
    return !f->reader && kernel_feed_is_line(&f->kernel);
}

static const struct live *live_feed_sources(const void *self)
{
    return &((const struct feed_live *)self)->live;
}

static enum err live_feed_next(void *self, struct event *out, bool *found)
{
    struct feed_live *f = self;
    *found = f->has_event;
    if (f->has_event)
        *out = f->event;
    f->has_event = false;
    return ERR_OK;
}

/* Every event is on the tape before anything follows from it. */
static enum err live_feed_took(void *self, const struct event *event)
{
    struct feed_live *f = self;
    f->sequence = event->sequence;
    f->last_ns = event->ts_ns;
    if (f->from_tape)
        return ERR_OK;
    enum err err = f->writer ? ERR_OK : tape_writer_open(&f->writer, f->journal, event->sequence);
    return err ? err : tape_put(f->writer, event);
}

static enum err live_feed_sync(void *self)
{
    struct feed_live *f = self;
    return f->writer ? tape_sync(f->writer) : ERR_OK;
}

/* The journal is caught up with: what the tape has beyond was followed by nothing, and is void. */
static void live_feed_caught_up(void *self)
{
    struct feed_live *f = self;
    tape_reader_close(f->reader);
    f->reader = NULL;
    f->has_event = f->from_tape = false;
    if (f->sequence)
        kernel_feed_skip(&f->kernel, f->last_ns);
}

static bool live_feed_can_save(UNUSED void *self)
{
    return true;
}

static void live_feed_save(void *self, struct buf *out)
{
    const struct feed_live *f = self;
    const int64_t place[2] = { (int64_t)f->sequence, f->last_ns };
    buf_append(out, place, sizeof place);
}

static enum err live_feed_load(void *self, const uint8_t *bytes, size_t len)
{
    struct feed_live *f = self;
    int64_t place[2];
    if (len != sizeof place)
        return err_set(ERR_CORRUPT, "the place kept of live sources does not fit");
    memcpy(place, bytes, sizeof place);
    f->from = f->sequence = (uint64_t)place[0];
    f->last_ns = place[1];
    return ERR_OK;
}

static size_t live_feed_days(void *self)
{
    struct feed_live *f = self;
    return kernel_feed_counts(&f->kernel)->sessions;
}

static void live_feed_close(void *self)
{
    struct feed_live *f = self;
    tape_reader_close(f->reader);
    tape_writer_close(f->writer);
    if (f->kernel.ops)
        f->kernel.ops->close(f->kernel.self);
    live_close(&f->live);
    store_close(f->calendar);
    arena_clear(&f->arena);
    mem_free(f);
}

/* The sources, and what is known of scheduled events: only who listens needs them. */
static enum err connect(struct feed_live *f, const struct desk_options *o)
{
    f->listened = o->listened;
    f->context = o->context;
    return o->connect ? o->connect(o->context, &f->live) : ERR_OK;
}

static enum err open_calendar(struct feed_live *f, const struct desk_options *o)
{
    enum err err = o->calendar ? store_open(&f->calendar, o->calendar) : ERR_OK;
    return !err && f->calendar ? kernel_feed_dated(&f->kernel, f->calendar) : err;
}

enum err feed_live_open(struct desk_source *out, const char *symbols,
                        const struct desk_options *options)
{
    static const struct desk_feed_ops ops = { .name = "live",
                                              .next_ns = live_feed_next_ns,
                                              .next = live_feed_next,
                                              .poll = live_feed_poll,
                                              .is_wall = live_feed_is_wall,
                                              .sources = live_feed_sources,
                                              .took = live_feed_took,
                                              .sync = live_feed_sync,
                                              .caught_up = live_feed_caught_up,
                                              .can_save = live_feed_can_save,
                                              .save = live_feed_save,
                                              .load = live_feed_load,
                                              .days_done = live_feed_days,
                                              .close = live_feed_close };
    char names[DESK_MARKETS_MAX][DESK_SYMBOL_BYTES];
    const char *underlyings[DESK_MARKETS_MAX];
    bool listens = options->use == DESK_RUN;
    uint32_t count;
    struct feed_live *f = mem_alloc(sizeof *f);
    struct live_options how = options->live ? *options->live : live_options_default;
    how.without_board = true;
    arena_init(&f->arena, "live feed", 0);
    live_init(&f->live, &how);
    enum err err = desk_symbols_parse(names, &count, symbols);
    for (uint32_t i = 0; !err && i < count; i++)
        underlyings[i] = names[i];
    f->journal = arena_strdup(&f->arena, options->journal);
    if (!err && listens)
        err = connect(f, options);
    if (!err)
        err = kernel_feed_open_all(&f->kernel, &f->live, underlyings, count, NAN);
    if (!err && listens)
        err = open_calendar(f, options);
    if (!err)
        err = tape_reader_open(&f->reader, options->journal);
    *out = (struct desk_source){ .ops = &ops, .self = f, .contracts_max = 32768 };
    if (err) {
        live_feed_close(f);
        *out = (struct desk_source){ 0 };
    }
    return err;
}
