#include "services/desk/tape.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/image.h"
#include "domain/strategy/select.h"

enum { PIECE_BYTES = 1 << 18, PIECE_MAX = 1 << 26, CONTRACTS_MAX = 1 << 20, PACK_LEVEL = 1 };
static const uint32_t PIECE_MAGIC = 0x32544649; /* "IFT2": 1 had no open interest */

struct piece { /* before the packed bytes */
    uint32_t magic, raw, packed, sum;
};

static uint32_t sum_of(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ at[i]) * 16777619U;
    return sum;
}

/* ---- one event ------------------------------------------------------------------------------- */

#define EVENT_QUOTE_FIELDS(N, B) N(contract) N(bid_size) N(ask_size) N(bid) N(ask) N(last) N(traded)
IMAGE_TABLE(event_quote, EVENT_QUOTE_FIELDS, 8)
#define EVENT_SETTLE_FIELDS(N, B) N(expiry) N(settle) N(price) N(source)
IMAGE_TABLE(event_settle, EVENT_SETTLE_FIELDS, 7)
#define EVENT_LEVEL_FIELDS(N, B) N(symbol) N(value)
IMAGE_TABLE(event_level, EVENT_LEVEL_FIELDS, 0)
#define EVENT_DECLARE_FIELDS(N, B) N(ex_day) N(amount)
IMAGE_TABLE(event_declare, EVENT_DECLARE_FIELDS, 4)
#define EVENT_DATED_FIELDS(N, B) N(kind) N(happens_ns) B(is_withdrawn)
IMAGE_TABLE(event_dated, EVENT_DATED_FIELDS, 11)
#define EVENT_SPLIT_FIELDS(N, B) N(to) N(from)
IMAGE_TABLE(event_split, EVENT_SPLIT_FIELDS, 0)
#define EVENT_FEED_FIELDS(N, B) B(is_doubted) N(here) N(there) N(why)
IMAGE_TABLE(event_feed, EVENT_FEED_FIELDS, 7)

static void image_session(struct image *im, struct event_session *s, struct buf *contracts)
{
    IMAGE(im, s->day);
    IMAGE(im, s->open_ns);
    IMAGE(im, s->close_ns);
    IMAGE(im, s->rate);
    MUST(!im->out || !s->previous_close); /* no line tells it: the image has no place for it */
    image_count(im, "contracts", &s->contract_count, CONTRACTS_MAX);
    bool has_interest = s->open_interest != NULL;
    image_bool(im, "open_interest", &has_interest);
    size_t bytes = s->contract_count * sizeof *s->contracts,
           more = has_interest ? s->contract_count * sizeof *s->open_interest : 0;
    if (im->out) {
        buf_append(im->out, s->contracts, bytes);
        buf_append(im->out, s->open_interest, more);
        return;
    }
    s->contracts = NULL;
    s->open_interest = NULL;
    if (im->fault || im->len - im->at < bytes + more) {
        image_fail(im, "contracts");
        s->contract_count = 0;
        return;
    }
    buf_clear(contracts);
    buf_append(contracts, im->in + im->at, bytes + more);
    im->at += bytes + more;
    s->contracts = (const struct contract *)(const void *)contracts->ptr;
    if (has_interest && s->contract_count)
        s->open_interest = (const uint32_t *)(const void *)(contracts->ptr + bytes);
}

static void image_event(struct image *im, struct event *e, struct buf *contracts)
{
    uint8_t kind = (uint8_t)e->kind;
    image_bytes(im, "kind", &kind, 1);
    IMAGE(im, e->ts_ns);
    IMAGE(im, e->sequence);
    IMAGE(im, e->underlying);
    e->kind = (enum event_kind)(kind < EVENT_KIND_COUNT ? kind : EVENT_DAY_END);
    switch ((unsigned)kind) {
    case EVENT_SESSION:
        image_session(im, &e->of.session, contracts);
        break;
    case EVENT_QUOTE:
        image_event_quote(im, &e->of.quote);
        break;
    case EVENT_SETTLE:
        image_event_settle(im, &e->of.settle);
        if ((unsigned)e->of.settle.source >= PRICE_SOURCE_COUNT)
            image_fail(im, "source");
        break;
    case EVENT_LEVEL:
        image_event_level(im, &e->of.level);
        e->of.level.symbol[sizeof e->of.level.symbol - 1] = '\0';
        break;
    case EVENT_DIVIDEND:
        IMAGE(im, e->of.dividend.amount);
        break;
    case EVENT_DECLARE:
        image_event_declare(im, &e->of.declare);
        break;
    case EVENT_DATED:
        image_event_dated(im, &e->of.dated);
        break;
    case EVENT_SPLIT:
        image_event_split(im, &e->of.split);
        break;
    case EVENT_FEED:
        image_event_feed(im, &e->of.feed);
        e->of.feed.why[sizeof e->of.feed.why - 1] = '\0';
        break;
    case EVENT_DAY_END:
        break;
    default:
        image_fail(im, "kind");
    }
}

bool tape_read_event(const uint8_t *bytes, size_t len, size_t *at, struct buf *contracts,
                     struct event *out, const char **fault)
{
    *fault = NULL;
    if (*at == len)
        return false;
    struct image im = { .in = bytes, .len = len, .at = *at };
    *out = (struct event){ 0 };
    image_event(&im, out, contracts);
    *at = im.at;
    *fault = im.fault;
    return !im.fault;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct tape_writer {
    int file;
    char path[PATH_MAX];
    struct buf raw,
        packed;    /* of the piece under way; a packed one that did not fit on the disk yet */
    bool is_dirty; /* written, not durable yet */
    int64_t end;   /* of what was written whole */
};

enum err tape_writer_open(struct tape_writer **out, const char *journal, uint64_t first)
{
    struct tape_writer *w = mem_alloc(sizeof *w);
    snprintf(w->path, sizeof w->path, "%s.tape-%020" PRIu64, journal, first);
    w->file = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w->file < 0) {
        enum err err = err_set(ERR_IO, "%s cannot be made: %s", w->path, strerror(errno));
        mem_free(w);
        return err;
    }
    *out = w;
    return ERR_OK;
}

static void pack_piece(struct tape_writer *w)
{
    size_t most = ZSTD_compressBound(w->raw.len);
    struct piece head = { .magic = PIECE_MAGIC,
                          .raw = (uint32_t)w->raw.len,
                          .sum = sum_of(w->raw.ptr, w->raw.len) };
    w->packed.ptr = mem_grow(w->packed.ptr, &w->packed.capacity, sizeof head + most, 1);
    size_t len =
        ZSTD_compress(w->packed.ptr + sizeof head, most, w->raw.ptr, w->raw.len, PACK_LEVEL);
    MUST(!ZSTD_isError(len));
    head.packed = (uint32_t)len;
    memcpy(w->packed.ptr, &head, sizeof head);
    w->packed.len = sizeof head + len;
    buf_clear(&w->raw);
}

/* A piece is there whole or not at all: one that met a full disk is written again from its
 * beginning. */
static enum err write_piece(struct tape_writer *w)
{
    if (!w->packed.len && w->raw.len)
        pack_piece(w);
    for (size_t at = 0; at < w->packed.len;) {
        ssize_t n = pwrite(w->file, w->packed.ptr + at, w->packed.len - at, w->end + (int64_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "%s: %s",
                           w->path, strerror(errno));
        at += (size_t)n;
    }
    w->is_dirty |= w->packed.len > 0;
    w->end += (int64_t)w->packed.len;
    buf_clear(&w->packed);
    return ERR_OK;
}

enum err tape_put(struct tape_writer *w, const struct event *event)
{
    struct image im = { .out = &w->raw };
    struct event copy = *event; /* only read, when writing */
    image_event(&im, &copy, NULL);
    MUST(!im.fault);
    return w->raw.len >= PIECE_BYTES ? write_piece(w) : ERR_OK;
}

enum err tape_sync(struct tape_writer *w)
{
    while (w->raw.len || w->packed.len) {
        enum err err = write_piece(w);
        if (err)
            return err;
    }
    if (w->is_dirty && fdatasync(w->file))
        return err_set(ERR_IO, "%s: %s", w->path, strerror(errno));
    w->is_dirty = false;
    return ERR_OK;
}

void tape_writer_close(struct tape_writer *w)
{
    if (!w)
        return;
    if (w->file >= 0)
        close(w->file);
    if (w->end == 0) /* nothing was ever taken */
        unlink(w->path);
    buf_free(&w->raw);
    buf_free(&w->packed);
    mem_free(w);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct tape_reader {
    char start[PATH_MAX]; /* of the segments' paths */
    uint64_t *firsts;     /* of the segments, ascending */
    size_t count, capacity, next;
    FILE *file;
    uint64_t until; /* numbers from here on are the next segment's */
    struct buf raw, packed, contracts;
    size_t at;
};

static int compare_firsts(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void list_segments(struct tape_reader *r, const char *journal)
{
    const char *slash = strrchr(journal, '/'), *name = slash ? slash + 1 : journal;
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - journal) : 1,
             slash ? journal : ".");
    DIR *dir = opendir(folder[0] ? folder : "/");
    size_t len = strlen(name);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char *end;
        if (strncmp(e->d_name, name, len) != 0 || strncmp(e->d_name + len, ".tape-", 6) != 0)
            continue;
        uint64_t first = strtoull(e->d_name + len + 6, &end, 10);
        if (*end || end == e->d_name + len + 6)
            continue;
        r->firsts = mem_grow(r->firsts, &r->capacity, r->count + 1, sizeof *r->firsts);
        r->firsts[r->count++] = first;
    }
    if (dir)
        closedir(dir);
    if (r->count)
        qsort(r->firsts, r->count, sizeof *r->firsts, compare_firsts);
}

enum err tape_reader_open(struct tape_reader **out, const char *journal)
{
    struct tape_reader *r = *out = mem_alloc(sizeof *r);
    snprintf(r->start, sizeof r->start, "%s.tape-", journal);
    list_segments(r, journal);
    return ERR_OK;
}

static enum err open_segment(struct tape_reader *r, bool *found)
{
    *found = r->next < r->count;
    if (!*found)
        return ERR_OK;
    char path[PATH_MAX + 24];
    snprintf(path, sizeof path, "%s%020" PRIu64, r->start, r->firsts[r->next++]);
    r->until = r->next < r->count ? r->firsts[r->next] : UINT64_MAX;
    r->file = fopen(path, "rbe");
    return r->file ? ERR_OK : err_set(ERR_IO, "%s: %s", path, strerror(errno));
}

/* The next piece that is there whole; false at the segment's end, which may be a cut. */
static bool read_piece(struct tape_reader *r)
{
    struct piece head;
    if (fread(&head, sizeof head, 1, r->file) != 1 || head.magic != PIECE_MAGIC ||
        head.raw > PIECE_MAX || head.packed > PIECE_MAX)
        return false;
    r->packed.ptr = mem_grow(r->packed.ptr, &r->packed.capacity, head.packed + 1, 1);
    r->raw.ptr = mem_grow(r->raw.ptr, &r->raw.capacity, head.raw + 1, 1);
    if (fread(r->packed.ptr, 1, head.packed, r->file) != head.packed ||
        ZSTD_decompress(r->raw.ptr, head.raw, r->packed.ptr, head.packed) != head.raw ||
        sum_of(r->raw.ptr, head.raw) != head.sum)
        return false;
    r->raw.len = head.raw;
    r->at = 0;
    return true;
}

enum err tape_next(struct tape_reader *r, struct event *out, bool *found)
{
    for (;;) {
        const char *fault = NULL;
        if (r->file && tape_read_event((const uint8_t *)r->raw.ptr, r->raw.len, &r->at,
                                       &r->contracts, out, &fault)) {
            *found = out->sequence < r->until;
            if (*found)
                return ERR_OK;
            continue;
        }
        if (fault)
            return err_set(ERR_CORRUPT, "%s%020" PRIu64 ": an event cannot be: %s", r->start,
                           r->firsts[r->next - 1], fault);
        if (r->file && read_piece(r))
            continue;
        if (r->file)
            fclose(r->file);
        r->file = NULL;
        r->raw.len = r->at = 0;
        enum err err = open_segment(r, found);
        if (err || !*found)
            return err;
    }
}

void tape_reader_close(struct tape_reader *r)
{
    if (!r)
        return;
    if (r->file)
        fclose(r->file);
    mem_free(r->firsts);
    buf_free(&r->raw);
    buf_free(&r->packed);
    buf_free(&r->contracts);
    mem_free(r);
}
