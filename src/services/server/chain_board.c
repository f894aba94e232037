#include "services/server/chain_board.h"

#include <endian.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json_writer.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "domain/types/occ_symbol.h"

enum { FRAMES_KEPT = 16, LAYOUTS_KEPT = 8, FRAME_INTERVAL_NS = 50000000 };
enum { SNAPSHOT = 1, DELTA = 2 };

/* Two hundred watchers of one chain mostly ask for the same bytes. */
struct kept_frame {
    uint64_t from, seq;
    uint32_t first, count, layout;
    bool is_snapshot;
    struct buf bytes;
};

/* What all who watch the same rows are told of them: for ten thousand contracts it takes longer to
 * write than a frame. */
struct kept_layout {
    uint32_t layout, first, count;
    struct buf text; /* behind the watcher's own members */
};

struct chain_board {
    char symbol[16];
    uint64_t epoch;
    pthread_mutex_t lock;
    uint32_t layout; /* 0: no rows yet */
    uint32_t count, capacity;
    int64_t base_ns, market_ns, spot;
    uint32_t flags;
    uint64_t seq;
    bool has_changed; /* since begin */
    struct contract *contracts;
    uint64_t *row_seq; /* of the row's last change */
    uint32_t *cells;   /* column by column, each of capacity */
    struct kept_frame kept[FRAMES_KEPT];
    size_t kept_next;
    struct kept_layout layouts[LAYOUTS_KEPT];
    size_t layouts_next;
};

struct chain_board *chain_board_open(const char *symbol, uint64_t epoch)
{
    struct chain_board *b = mem_alloc(sizeof *b);
    snprintf(b->symbol, sizeof b->symbol, "%s", symbol);
    b->epoch = epoch;
    b->spot = PRICE_NONE;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void chain_board_close(struct chain_board *b)
{
    if (!b)
        return;
    for (int i = 0; i < FRAMES_KEPT; i++)
        buf_free(&b->kept[i].bytes);
    for (int i = 0; i < LAYOUTS_KEPT; i++)
        buf_free(&b->layouts[i].text);
    mem_free(b->contracts);
    mem_free(b->row_seq);
    mem_free(b->cells);
    pthread_mutex_destroy(&b->lock);
    mem_free(b);
}

const char *chain_board_symbol(const struct chain_board *b)
{
    return b->symbol;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* In 1/10000 dollar; what does not fit exactly is none: a wrong price is worse. */
static uint32_t price_cell(int64_t micros)
{
    int64_t tick = micros / 100;
    if (micros == PRICE_NONE || micros % 100 || tick > INT32_MAX || tick <= INT32_MIN)
        return (uint32_t)INT32_MIN;
    return (uint32_t)(int32_t)tick;
}

static uint32_t float_cell(double value)
{
    float f = (float)value;
    uint32_t bits;
    if (isnan(value))
        return 0x7fc00000; /* one NaN, so that unknown stays unchanged */
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static uint32_t moment_cell(const struct chain_board *b, int64_t ns)
{
    int64_t ms = ns == TS_NONE ? -1 : (ns - b->base_ns) / 1000000;
    return ms < 0 || ms >= UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static void encode(const struct chain_board *b, const struct chain_row *v,
                   uint32_t cell[CHAIN_COLUMNS])
{
    cell[CHAIN_BID] = price_cell(v->bid);
    cell[CHAIN_ASK] = price_cell(v->ask);
    cell[CHAIN_LAST] = price_cell(v->last);
    cell[CHAIN_BID_SIZE] = v->bid_size;
    cell[CHAIN_ASK_SIZE] = v->ask_size;
    cell[CHAIN_VOLUME] = v->volume;
    cell[CHAIN_INTEREST] = v->interest;
    cell[CHAIN_QUOTED] = moment_cell(b, v->quoted_ns);
    cell[CHAIN_FLAGS] = v->flags;
    cell[CHAIN_VOL] = float_cell(v->vol);
    cell[CHAIN_DELTA] = float_cell(v->delta);
    cell[CHAIN_GAMMA] = float_cell(v->gamma);
    cell[CHAIN_THETA] = float_cell(v->theta);
    cell[CHAIN_VEGA] = float_cell(v->vega);
}

static const struct chain_row nothing = { .bid = PRICE_NONE,
                                          .ask = PRICE_NONE,
                                          .last = PRICE_NONE,
                                          .bid_size = SIZE_NONE,
                                          .ask_size = SIZE_NONE,
                                          .volume = SIZE_NONE,
                                          .interest = SIZE_NONE,
                                          .quoted_ns = TS_NONE,
                                          .vol = NAN,
                                          .delta = NAN,
                                          .gamma = NAN,
                                          .theta = NAN,
                                          .vega = NAN };

void chain_board_lay(struct chain_board *b, const struct contract *contracts, uint32_t count,
                     int64_t base_ns)
{
    uint32_t cell[CHAIN_COLUMNS];
    pthread_mutex_lock(&b->lock);
    if (count > b->capacity) {
        mem_free(b->contracts);
        mem_free(b->row_seq);
        mem_free(b->cells);
        b->contracts = mem_alloc(count * sizeof *b->contracts);
        b->row_seq = mem_alloc(count * sizeof *b->row_seq);
        b->cells = mem_alloc((size_t)count * CHAIN_COLUMNS * sizeof *b->cells);
        b->capacity = count;
    }
    b->layout++;
    b->count = count;
    b->base_ns = base_ns;
    b->seq++;
    if (count)
        memcpy(b->contracts, contracts, count * sizeof *contracts);
    encode(b, &nothing, cell);
    for (uint32_t row = 0; row < count; row++)
        b->row_seq[row] = b->seq;
    for (int k = 0; k < CHAIN_COLUMNS; k++)
        for (uint32_t row = 0; row < count; row++)
            b->cells[(size_t)k * b->capacity + row] = cell[k];
    pthread_mutex_unlock(&b->lock);
}

void chain_board_begin(struct chain_board *b)
{
    pthread_mutex_lock(&b->lock);
    b->has_changed = false;
}

void chain_board_set(struct chain_board *b, uint32_t row, const struct chain_row *value)
{
    uint32_t cell[CHAIN_COLUMNS], differs = 0;
    MUST(row < b->count);
    encode(b, value, cell);
    for (int k = 0; k < CHAIN_COLUMNS; k++) {
        uint32_t *at = &b->cells[(size_t)k * b->capacity + row];
        differs |= *at ^ cell[k];
        *at = cell[k];
    }
    if (differs) {
        b->row_seq[row] = b->seq + 1;
        b->has_changed = true;
    }
}

void chain_board_end(struct chain_board *b, int64_t market_ns, int64_t spot_micros, uint32_t flags)
{
    if (b->has_changed || spot_micros != b->spot || flags != b->flags)
        b->seq++;
    b->market_ns = market_ns;
    b->spot = spot_micros;
    b->flags = flags;
    pthread_mutex_unlock(&b->lock);
}

/* ---- frames ---------------------------------------------------------------------------------- */

struct range {
    uint32_t first, count;
};

/* The rows of an expiry: the contracts are sorted by it. */
static struct range range_of(const struct chain_board *b, int32_t expiry)
{
    if (!expiry)
        return (struct range){ 0, b->count };
    struct range r = { 0, 0 };
    while (r.first < b->count && b->contracts[r.first].expiry < expiry)
        r.first++;
    while (r.first + r.count < b->count && b->contracts[r.first + r.count].expiry == expiry)
        r.count++;
    return r;
}

static void put32(struct buf *out, uint32_t value)
{
    value = htole32(value);
    buf_append(out, &value, sizeof value);
}

static void put64(struct buf *out, uint64_t value)
{
    value = htole64(value);
    buf_append(out, &value, sizeof value);
}

static void write_head(const struct chain_board *b, const struct kept_frame *frame, uint32_t rows,
                       struct buf *out)
{
    put32(out, CHAIN_MAGIC);
    put32(out, CHAIN_VERSION | (uint32_t)(frame->is_snapshot ? SNAPSHOT : DELTA) << 16);
    put32(out, 0); /* number: the watcher's own */
    put32(out, frame->layout);
    put32(out, rows);
    put32(out, b->flags);
    put64(out, frame->seq);
    put64(out, frame->from);
    put64(out, 0); /* now */
    put64(out, (uint64_t)b->market_ns);
    put64(out, (uint64_t)b->spot);
    put64(out, 0);
}

static void write_frame(const struct chain_board *b, struct kept_frame *frame)
{
    struct buf *out = &frame->bytes;
    uint32_t rows = 0;
    const uint64_t *row_seq = b->row_seq + frame->first;
    for (uint32_t i = 0; i < frame->count; i++)
        rows += frame->is_snapshot || row_seq[i] > frame->from;
    buf_clear(out);
    write_head(b, frame, rows, out);
    for (uint32_t i = 0; i < frame->count; i++)
        if (frame->is_snapshot || row_seq[i] > frame->from)
            put32(out, i);
    for (int k = 0; k < CHAIN_COLUMNS; k++) {
        const uint32_t *column = b->cells + (size_t)k * b->capacity + frame->first;
        for (uint32_t i = 0; i < frame->count; i++)
            if (frame->is_snapshot || row_seq[i] > frame->from)
                put32(out, column[i]);
    }
}

static const struct kept_frame *frame_of(struct chain_board *b, struct range range, uint64_t from,
                                         bool is_snapshot)
{
    for (int i = 0; i < FRAMES_KEPT; i++) {
        const struct kept_frame *f = &b->kept[i];
        if (f->bytes.len && f->layout == b->layout && f->seq == b->seq && f->from == from &&
            f->first == range.first && f->count == range.count && f->is_snapshot == is_snapshot)
            return f;
    }
    struct kept_frame *f = &b->kept[b->kept_next++ % FRAMES_KEPT];
    struct buf bytes = f->bytes;
    *f = (struct kept_frame){ .from = from,
                              .seq = b->seq,
                              .first = range.first,
                              .count = range.count,
                              .layout = b->layout,
                              .is_snapshot = is_snapshot,
                              .bytes = bytes };
    write_frame(b, f);
    return f;
}

/* ---- announcing ------------------------------------------------------------------------------ */

static void write_letters(struct json_writer *json, const char *key, const struct contract *c,
                          uint32_t count, bool is_right)
{
    struct buf letters = { 0 };
    for (uint32_t i = 0; i < count; i++)
        buf_putc(&letters, is_right ? c[i].right : c[i].settle == SETTLE_AM ? 'A' : 'P');
    json_key_str(json, key, buf_str(&letters));
    buf_free(&letters);
}

static void topic_of(char out[48], const struct chain_board *b, int32_t expiry)
{
    char day[DATE_TEXT_BYTES] = "";
    if (expiry)
        date_format(day, expiry);
    snprintf(out, 48, "chain:%s%s%s", b->symbol, expiry ? ":" : "", day);
}

/* An object whose members follow those of the watcher. */
static void write_rows(const struct chain_board *b, struct range range, struct buf *out)
{
    const struct contract *c = b->contracts + range.first;
    struct json_writer json = { .out = out };
    char text[48];
    json_object_begin(&json);
    json_key_cstr(&json, "symbol", b->symbol);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)b->epoch);
    json_key_cstr(&json, "epoch", text);
    json_key_int(&json, "layout", b->layout);
    json_key_int(&json, "base_ns", b->base_ns);
    json_key(&json, "contracts");
    json_array_begin(&json);
    for (uint32_t i = 0; i < range.count; i++) {
        struct occ_symbol name = occ_symbol_of(&c[i]);
        occ_symbol_format(text, &name, OCC_PADDED);
        json_cstr(&json, text);
    }
    json_array_end(&json);
    write_letters(&json, "rights", c, range.count, true);
    json_key(&json, "strikes_micros");
    json_array_begin(&json);
    for (uint32_t i = 0; i < range.count; i++)
        json_int(&json, contract_strike_micros(&c[i]));
    json_array_end(&json);
    json_key(&json, "expiries");
    json_array_begin(&json);
    for (uint32_t i = 0; i < range.count; i++)
        json_date(&json, c[i].expiry);
    json_array_end(&json);
    write_letters(&json, "settles", c, range.count, false);
    json_object_end(&json);
}

static const struct buf *layout_of(struct chain_board *b, struct range range)
{
    for (int i = 0; i < LAYOUTS_KEPT; i++) {
        const struct kept_layout *k = &b->layouts[i];
        if (k->text.len && k->layout == b->layout && k->first == range.first &&
            k->count == range.count)
            return &k->text;
    }
    struct kept_layout *k = &b->layouts[b->layouts_next++ % LAYOUTS_KEPT];
    buf_clear(&k->text);
    k->layout = b->layout;
    k->first = range.first;
    k->count = range.count;
    write_rows(b, range, &k->text);
    return &k->text;
}

static void write_layout(struct chain_board *b, const struct chain_watch *w, struct range range,
                         struct buf *out)
{
    const struct buf *rows = layout_of(b, range);
    char topic[48];
    topic_of(topic, b, w->expiry);
    struct json_writer json = { .out = out };
    json_object_begin(&json);
    json_key_cstr(&json, "op", "subscribed");
    json_key_cstr(&json, "topic", topic);
    json_key_int(&json, "number", w->number);
    buf_putc(out, ',');
    buf_append(out, rows->ptr + 1, rows->len - 1); /* its first brace is ours, its last ends both */
}

/* ---- watching -------------------------------------------------------------------------------- */

static bool read_resume(const struct chain_board *b, struct str text, uint64_t *seq)
{
    char epoch[32];
    struct str part;
    int64_t layout, value;
    snprintf(epoch, sizeof epoch, "%016llx", (unsigned long long)b->epoch);
    if (!str_cut(&text, '.', &part) || !str_is(part, epoch) || !str_cut(&text, '.', &part) ||
        !str_to_int64(part, &layout) || !str_to_int64(text, &value))
        return false;
    *seq = (uint64_t)value;
    return layout == b->layout && value >= 0 && (uint64_t)value <= b->seq;
}

void chain_watch_on(struct chain_watch *w, struct chain_board *b, uint32_t number, int32_t expiry,
                    struct str resume)
{
    uint64_t seq = 0;
    pthread_mutex_lock(&b->lock);
    bool known = resume.len && read_resume(b, resume, &seq);
    *w = (struct chain_watch){ .board = b,
                               .number = number,
                               .expiry = expiry,
                               .needs_snapshot = !known,
                               .cursor = known ? seq : 0,
                               .resumed = known ? b->layout : 0 };
    pthread_mutex_unlock(&b->lock);
}

void chain_watch_resync(struct chain_watch *w)
{
    w->needs_snapshot = true;
    w->cursor = 0;
}

static bool is_due(const struct chain_watch *w, int64_t steady_ns)
{
    const struct chain_board *b = w->board;
    if (!b->layout)
        return false;
    return w->layout != b->layout || w->needs_snapshot ||
           (b->seq > w->cursor && steady_ns - w->sent_ns >= FRAME_INTERVAL_NS);
}

bool chain_watch_is_due(const struct chain_watch *w, int64_t steady_ns)
{
    pthread_mutex_lock(&w->board->lock);
    bool due = is_due(w, steady_ns);
    pthread_mutex_unlock(&w->board->lock);
    return due;
}

static void write_next(struct chain_watch *w, int64_t steady_ns, int64_t now_ns, struct buf *out,
                       bool *is_binary)
{
    struct chain_board *b = w->board;
    struct range range = range_of(b, w->expiry);
    *is_binary = w->layout == b->layout;
    if (!*is_binary) {
        if (w->layout ||
            w->resumed != b->layout) /* rows have other numbers now than those that it knows */
            chain_watch_resync(w);
        w->layout = b->layout;
        write_layout(b, w, range, out);
        return;
    }
    const struct kept_frame *f = frame_of(b, range, w->cursor, w->needs_snapshot);
    size_t start = out->len;
    uint32_t number = htole32(w->number);
    uint64_t now = htole64((uint64_t)now_ns);
    buf_append(out, f->bytes.ptr, f->bytes.len);
    memcpy(out->ptr + start + 8, &number, sizeof number);
    memcpy(out->ptr + start + 40, &now, sizeof now);
    w->cursor = f->seq;
    w->needs_snapshot = false;
    w->sent_ns = steady_ns;
}

bool chain_watch_next(struct chain_watch *w, int64_t steady_ns, int64_t now_ns, struct buf *out,
                      bool *is_binary)
{
    pthread_mutex_lock(&w->board->lock);
    bool due = is_due(w, steady_ns);
    if (due)
        write_next(w, steady_ns, now_ns, out, is_binary);
    pthread_mutex_unlock(&w->board->lock);
    return due;
}

bool chain_topic_parse(struct str text, struct str *symbol, int32_t *expiry)
{
    struct str word;
    *expiry = 0;
    if (!str_cut(&text, ':', &word) || !str_is(word, "chain") || !str_cut(&text, ':', symbol))
        return false;
    if (!symbol->len || symbol->len > 15)
        return false;
    if (text.len)
        *expiry = text.len == DATE_TEXT_BYTES - 1 ? date_parse(text) : 0;
    return !text.len || *expiry;
}
