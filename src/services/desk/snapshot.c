/*
 * Snapshots: everything that decides what comes next, so that recovery need not begin with the
 * first record.
 *
 * One is as of an event: the kernel, the venue, the place in the feed, the answers given, the
 * strategies that were enlisted. It stands in the journal beside the last durable record, bound to
 * it by hash. What cannot be read (of another program, damaged) is named and passed over: records
 * alone are the truth, and a replay of them gives the same state.
 */
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/image.h"
#include "base/zone.h"
#include "kernel/snapshot.h"
#include "services/desk/desk_int.h"

enum { FORMAT_VERSION = 1, PACK_LEVEL = 1, RAW_MAX = 1 << 29 };

void desk_snapshot_format(char out[JOURNAL_FORMAT_BYTES])
{
    uint32_t layout = kernel_snapshot_layout() ^ (uint32_t)sizeof(struct desk_answer) << 16 ^
                      (uint32_t)sizeof(struct exchange_config);
    snprintf(out, JOURNAL_FORMAT_BYTES, "ironfly desk %d %08x", FORMAT_VERSION, layout);
}

/* ---- what it is made of ---------------------------------------------------------------------- */

#define DESK_FIELDS(im, d)                                                                         \
    IMAGE(im, (d)->sequence), IMAGE(im, (d)->commands), IMAGE(im, (d)->now_ns),                    \
        IMAGE(im, (d)->day), IMAGE(im, (d)->open_ns), IMAGE(im, (d)->close_ns)

static void image_answer(struct image *im, struct desk_answer *a)
{
    _Static_assert(sizeof *a == 4 + 1 + 3 + 8 + 8 + 8 + 4 + 4 + 8 + DESK_TEXT_BYTES,
                   "all its fields are below");
    IMAGE(im, a->err);
    IMAGE_BOOL(im, a->is_repeat);
    IMAGE(im, a->sequence);
    IMAGE(im, a->order_id);
    IMAGE(im, a->trade_id);
    IMAGE(im, a->host);
    IMAGE(im, a->status);
    IMAGE(im, a->asked);
    IMAGE(im, a->text);
    a->text[DESK_TEXT_BYTES - 1] = '\0';
}

static void image_answers(struct image *im, struct answers *a)
{
    image_mark(im, "answers");
    image_count(im, "next", &a->next, DESK_ANSWERS_KEPT - 1);
    for (uint32_t i = 0; i < DESK_ANSWERS_KEPT; i++) {
        bool is_used = a->hash[i] != 0;
        image_bool(im, "is_used", &is_used);
        if (!is_used)
            continue;
        IMAGE(im, a->hash[i]);
        IMAGE(im, a->client[i]);
        a->client[i][DESK_CLIENT_ID_BYTES - 1] = '\0';
        image_answer(im, &a->answer[i]);
    }
}

/* Text of any length, read into the desk's memory. */
static void image_text(struct image *im, struct desk *desk, const char **text)
{
    uint32_t len = im->out ? (uint32_t)strlen(*text) : 0;
    image_bytes(im, "text", &len, sizeof len);
    if (im->out) {
        buf_append(im->out, *text, len);
        return;
    }
    if (im->fault || im->len - im->at < len) {
        image_fail(im, "text");
        *text = "";
        return;
    }
    *text = arena_strndup(&desk->arena, (const char *)im->in + im->at, len);
    im->at += len;
}

/* Those that were enlisted; the first ones are in the journal's first record. */
static enum err image_strategies(struct image *im, struct desk *desk)
{
    uint32_t count = desk->strategy_count, first = (uint32_t)desk->begin.strategy_count;
    image_mark(im, "strategies");
    image_count(im, "strategies", &count, DESK_STRATEGIES_MAX);
    for (uint32_t i = first; i < count && !im->fault; i++) {
        struct entry_strategy *t = &desk->texts[i];
        image_text(im, desk, &t->name);
        image_text(im, desk, &t->text);
        if (!image_reads(im) || im->fault)
            continue;
        const char *name = t->name;
        enum err err = desk_parse_strategy(desk, name, str_from(t->text), &desk->strategies[i], t);
        if (err)
            return err;
    }
    desk->strategy_count = count;
    return ERR_OK;
}

static void put_part(struct buf *out, size_t length_at)
{
    uint64_t len = out->len - length_at - sizeof len;
    memcpy(out->ptr + length_at, &len, sizeof len);
}

static size_t begin_part(struct buf *out)
{
    const uint64_t none = 0;
    buf_append(out, &none, sizeof none);
    return out->len - sizeof none;
}

void desk_snapshot_write(struct desk *desk, struct buf *out)
{
    struct image im = { .out = out };
    image_mark(&im, "desk");
    DESK_FIELDS(&im, desk);
    image_answers(&im, desk->answers);
    MUST(image_strategies(&im, desk) == ERR_OK);
    size_t at = begin_part(out);
    desk->feed.ops->save(desk->feed.self, out);
    put_part(out, at);
    at = begin_part(out);
    kernel_snapshot_write(desk->kernel, out);
    put_part(out, at);
    at = begin_part(out);
    exchange_snapshot_write(desk->exchange, out);
    put_part(out, at);
}

/* The bytes of a part; NULL when there are not so many. */
static const uint8_t *take_part(struct image *im, size_t *len)
{
    uint64_t told = 0;
    image_bytes(im, "part", &told, sizeof told);
    if (im->fault || told > im->len - im->at) {
        image_fail(im, "part");
        *len = 0;
        return NULL;
    }
    const uint8_t *part = im->in + im->at;
    im->at += told;
    *len = told;
    return part;
}

enum err desk_snapshot_read(struct desk *desk, const uint8_t *raw, size_t len)
{
    struct image im = { .in = raw, .len = len };
    image_mark(&im, "desk");
    DESK_FIELDS(&im, desk);
    image_answers(&im, desk->answers);
    enum err err = image_strategies(&im, desk);
    size_t feed_len, kernel_len, venue_len;
    const uint8_t *feed = take_part(&im, &feed_len), *kernel = take_part(&im, &kernel_len),
                  *venue = take_part(&im, &venue_len);
    if (!err && (im.fault || im.at != len))
        err = err_set(ERR_CORRUPT, "the snapshot does not fit this desk: %s",
                      im.fault ? im.fault : "bytes behind its end");
    if (!err)
        err = kernel_snapshot_read(desk->kernel, kernel, kernel_len, desk->strategies,
                                   desk->strategy_count);
    if (!err)
        err = exchange_snapshot_read(desk->exchange, venue, venue_len);
    if (!err)
        err = desk->feed.ops->load(desk->feed.self, feed, feed_len);
    desk->runner.sequence = desk->sequence;
    return err;
}

/* ---- into the journal ------------------------------------------------------------------------ */

static enum err pack(struct buf *out, const struct buf *raw)
{
    size_t most = ZSTD_compressBound(raw->len);
    out->ptr = mem_grow(out->ptr, &out->capacity, most, 1);
    out->len = ZSTD_compress(out->ptr, most, raw->ptr, raw->len, PACK_LEVEL);
    return ZSTD_isError(out->len)
               ? err_set(ERR_IO, "a snapshot cannot be packed: %s", ZSTD_getErrorName(out->len))
               : ERR_OK;
}

static enum err unpack(struct buf *out, const struct buf *packed)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed->ptr, packed->len);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > RAW_MAX)
        return err_set(ERR_CORRUPT, "the snapshot is not packed as snapshots are");
    out->ptr = mem_grow(out->ptr, &out->capacity, size + 1, 1);
    out->len = ZSTD_decompress(out->ptr, size, packed->ptr, packed->len);
    return ZSTD_isError(out->len) || out->len != size
               ? err_set(ERR_CORRUPT, "the snapshot cannot be unpacked")
               : ERR_OK;
}

enum err desk_snapshot_put(struct desk *desk)
{
    char format[JOURNAL_FORMAT_BYTES];
    struct buf raw = { 0 }, packed = { 0 };
    enum err err = desk_commit(desk);
    if (!err) {
        desk_snapshot_format(format);
        desk_snapshot_write(desk, &raw);
        err = pack(&packed, &raw);
    }
    if (!err)
        err = journal_snapshot_put(desk->journal, format, (const uint8_t *)packed.ptr, packed.len);
    buf_free(&raw);
    buf_free(&packed);
    desk->wants_snapshot = false;
    desk->snapshot_ns = desk->now_ns;
    desk->snapshot_wall_ns = clock_steady_ns();
    return err == ERR_FULL ? ERR_OK
                           : err; /* it only saves time: a full disk stops the records, not this */
}

enum err desk_snapshot_due(struct desk *desk)
{
    static const int64_t WALL_LEAST =
        5 * NANOS_PER_SECOND; /* between two within a day, however fast it goes */
    int64_t every = desk->options.snapshot_ns;
    if (desk->is_catching_up || desk->options.use != DESK_RUN || every < 0)
        return ERR_OK;
    if (!desk->snapshot_ns)
        desk->snapshot_ns = desk->now_ns;
    bool is_due =
        desk->wants_snapshot || (every > 0 && desk->now_ns - desk->snapshot_ns >= every &&
                                 clock_steady_ns() - desk->snapshot_wall_ns >= WALL_LEAST);
    return is_due && desk->feed.ops->can_save(desk->feed.self) ? desk_snapshot_put(desk) : ERR_OK;
}

/* ---- out of the journal ---------------------------------------------------------------------- */

static void say_passed_over(struct desk *desk, uint64_t record, const char *why)
{
    desk->trouble = arena_printf(
        &desk->arena, "%s%sthe snapshot of record %llu is passed over: %s; recovery begins earlier",
        desk->trouble, desk->trouble[0] ? "; " : "", (unsigned long long)record, why);
}

/* One of another program is there, and none of ours: say so. */
static enum err look_for_others(struct desk *desk)
{
    char format[JOURNAL_FORMAT_BYTES], ours[JOURNAL_FORMAT_BYTES], why[160];
    uint64_t record;
    desk_snapshot_format(ours);
    enum err err = journal_snapshot_newest(desk->journal, format, &record);
    if (err || !format[0])
        return err;
    if (strcmp(format, ours) == 0)
        snprintf(why, sizeof why, "it is damaged");
    else
        snprintf(why, sizeof why, "it is of format \"%s\", and this program reads \"%s\"", format,
                 ours);
    say_passed_over(desk, record, why);
    return ERR_OK;
}

/* Everything as it was before a snapshot was half read. */
static enum err open_again(struct desk *desk)
{
    desk_close_run(desk);
    desk->feed = (struct desk_source){ 0 };
    desk->venue = (struct venue){ 0 };
    desk->store = NULL;
    memset(desk->answers, 0, sizeof *desk->answers);
    desk->sequence = desk->commands = 0;
    desk->now_ns = desk->open_ns = desk->close_ns = 0;
    desk->day = 0;
    enum err err = desk_open_run(desk);
    desk->runner =
        (struct runner){ .kernel = desk->kernel, .venue = &desk->venue, .watch = &desk->watch };
    return err;
}

static enum err load_one(struct desk *desk, const struct buf *packed)
{
    struct buf raw = { 0 };
    enum err err = unpack(&raw, packed);
    if (!err)
        err = desk_snapshot_read(desk, (const uint8_t *)raw.ptr, raw.len);
    buf_free(&raw);
    return err;
}

/* Records that a watcher wants, and that recovery does not come by. */
static enum err tell_skipped(struct desk *desk)
{
    const struct desk_watch *w = &desk->options.watch;
    if (!w->record || !desk->options.watch_from || desk->options.watch_from > desk->from_snapshot)
        return ERR_OK;
    enum err err = journal_seek(desk->journal, desk->options.watch_from);
    for (bool more = true; !err && more;) {
        struct chain_record r;
        struct chain_hash hash;
        struct entry entry;
        err = journal_next(desk->journal, &r, &hash, &more);
        if (err || !more || r.record > desk->from_snapshot)
            break;
        err = entry_read(&entry, &desk->step, r.kind, r.body, r.len);
        if (!err)
            w->record(w->context, &entry,
                      &(struct desk_moment){ r.record, r.sequence, r.ts_ns, true });
        arena_clear(&desk->step);
    }
    return err;
}

enum err desk_recover(struct desk *desk)
{
    char format[JOURNAL_FORMAT_BYTES];
    struct buf packed = { 0 };
    struct journal_state at = { 0 };
    uint64_t upto = UINT64_MAX / 2;
    bool found = false;
    desk_snapshot_format(format);
    enum err err = ERR_OK;
    while (!err && desk->is_catching_up) {
        buf_clear(&packed);
        err = journal_snapshot_get(desk->journal, format, upto, &at, &packed, &found);
        if (err || !found)
            break;
        bool is_late = desk->until && at.sequence > desk->until;
        enum err unusable = is_late ? ERR_OK : load_one(desk, &packed);
        bool is_loaded = !is_late && !unusable;
        if (is_loaded && (!desk->until || desk->sequence <= desk->until))
            break;
        found = false;
        if (unusable)
            say_passed_over(desk, at.records, err_detail());
        upto = at.records - 1;
        err = is_late ? ERR_OK : open_again(desk);
    }
    buf_free(&packed);
    if (!err && !found)
        return desk->is_catching_up && upto > at.records ? look_for_others(desk) : ERR_OK;
    if (err)
        return err;
    desk->from_snapshot = at.records;
    desk->snapshot_ns = desk->now_ns;
    err = tell_skipped(desk);
    if (!err)
        err = journal_seek(desk->journal, at.records + 1);
    return err ? err : desk_load_expected(desk);
}

/* ---- do they come out again? ----------------------------------------------------------------- */

static enum err add_checked(struct desk *desk, const struct journal_state *at,
                            const struct buf *packed)
{
    struct checked *c = &desk->checked[desk->checked_count];
    enum err err = unpack(&c->raw, packed);
    if (err)
        return err_add(err, "record %llu", (unsigned long long)at->records);
    c->record = at->records;
    struct desk head = { 0 };
    struct image im = { .in = (const uint8_t *)c->raw.ptr, .len = c->raw.len };
    image_mark(&im, "desk");
    DESK_FIELDS(&im, &head);
    c->sequence = head.sequence;
    desk->checked_count++;
    return im.fault ? err_set(ERR_CORRUPT, "the snapshot of record %llu cannot be read",
                              (unsigned long long)at->records)
                    : ERR_OK;
}

enum err desk_checked_open(struct desk *desk)
{
    char format[JOURNAL_FORMAT_BYTES];
    struct buf packed = { 0 };
    uint64_t upto = UINT64_MAX / 2;
    desk_snapshot_format(format);
    for (bool found = true; desk->checked_count < ARRAY_COUNT(desk->checked);) {
        struct journal_state at;
        buf_clear(&packed);
        enum err err = journal_snapshot_get(desk->journal, format, upto, &at, &packed, &found);
        if (!err && found)
            err = add_checked(desk, &at, &packed);
        if (err || !found) {
            buf_free(&packed);
            return err;
        }
        upto = at.records - 1;
    }
    buf_free(&packed);
    return ERR_OK;
}

void desk_checked_close(struct desk *desk)
{
    for (size_t i = 0; i < ARRAY_COUNT(desk->checked); i++)
        buf_free(&desk->checked[i].raw);
}

/* The newest was read first: it is the last in time. */
enum err desk_checked_look(struct desk *desk)
{
    if (desk->checked_next == desk->checked_count)
        return ERR_OK;
    const struct checked *c = &desk->checked[desk->checked_count - 1 - desk->checked_next];
    if (desk->sequence < c->sequence)
        return ERR_OK;
    struct buf raw = { 0 };
    desk_snapshot_write(desk, &raw);
    bool same = desk->sequence == c->sequence && raw.len == c->raw.len &&
                memcmp(raw.ptr, c->raw.ptr, raw.len) == 0;
    size_t at = 0;
    while (at < raw.len && at < c->raw.len && raw.ptr[at] == c->raw.ptr[at])
        at++;
    buf_free(&raw);
    desk->checked_next++;
    return same
               ? ERR_OK
               : err_set(
                     ERR_CORRUPT,
                     "replayed to event %llu, the state is not that of the snapshot of record %llu (event %llu): they "
                     "differ from byte %zu on",
                     (unsigned long long)desk->sequence, (unsigned long long)c->record,
                     (unsigned long long)c->sequence, at);
}
