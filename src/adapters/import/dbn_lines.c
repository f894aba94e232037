#include "adapters/import/dbn_lines.h"

#include <string.h>

#include "domain/types/calendar.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

enum { SLOTS_MIN = 1024, OSI_BYTES = 21 };

static struct quote empty_quote(void)
{
    return QUOTE_EMPTY;
}

void dbn_lines_init(struct dbn_lines *lines, struct import *import)
{
    *lines = (struct dbn_lines){ .import = import, .boundary = INT64_MAX };
}

void dbn_lines_clear(struct dbn_lines *lines)
{
    mem_free(lines->slots);
    mem_free(lines->dirty);
    *lines = (struct dbn_lines){ 0 };
}

/* ---- finding ---- */

static size_t hash_name(struct str name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

static struct dbn_line *find(const struct dbn_lines *lines, struct str name)
{
    if (!lines->slot_count)
        return NULL;
    struct dbn_line *line = lines->slots[hash_name(name) & (lines->slot_count - 1)];
    while (line && !str_is(name, line->name))
        line = line->next;
    return line;
}

static void insert(struct dbn_lines *lines, struct dbn_line *line)
{
    struct dbn_line **slot =
        &lines->slots[hash_name(str_from(line->name)) & (lines->slot_count - 1)];
    line->next = *slot;
    *slot = line;
}

static void grow(struct dbn_lines *lines)
{
    struct dbn_line **old = lines->slots;
    size_t old_count = lines->slot_count;
    lines->slot_count = old_count ? old_count * 2 : SLOTS_MIN;
    lines->slots = mem_alloc(lines->slot_count * sizeof *lines->slots);
    for (size_t i = 0; i < old_count; i++)
        for (struct dbn_line *line = old[i], *next; line; line = next) {
            next = line->next;
            insert(lines, line);
        }
    mem_free(old);
}

/* Whose instruments are US stocks: by the beginning of the dataset's name. */
static bool is_equity_dataset(struct str dataset)
{
    static const char *const starts[] = { "XNAS.", "XNYS.", "XASE.", "ARCX.", "EQUS.", "DBEQ.",
                                          "BATS.", "BATY.", "EDGA.", "EDGX.", "IEXG.", "MEMX.",
                                          "EPRL.", "XBOS.", "XPSX.", "XCHI.", "XCIS.", "LTSE." };
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++)
        if (str_starts_with(dataset, str_from(starts[i])))
            return true;
    return false;
}

/* "BRK.B" is BRKB in the names of its options. */
static bool stock_name(struct str symbol, char out[STORE_SYMBOL_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < symbol.len; i++) {
        char c = symbol.ptr[i];
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            if (len + 1 == STORE_SYMBOL_BYTES)
                return false;
            out[len++] = c;
        }
    }
    out[len] = 0;
    return len > 0;
}

static enum err make_option(struct dbn_lines *lines, struct import_place place,
                            const struct occ_symbol *symbol, struct dbn_line *line, bool *bad)
{
    struct product product;
    enum err err = product_contract(&line->contract, symbol);
    if (!err)
        err = product_get(&product, str_from(symbol->root), symbol->expiry);
    if (err) {
        *bad = true;
        return import_bad_row(lines->import, place, "%s", err_detail());
    }
    line->is_option = true;
    line->is_standard = !product.is_adjusted;
    if (contract_settle_ts(&line->contract, calendar_us(), &line->settles_ts))
        line->settles_ts = INT64_MAX;
    memcpy(line->underlying, product.underlying, sizeof product.underlying);
    return ERR_OK;
}

enum err dbn_lines_get(struct dbn_lines *lines, struct import_place place, struct str symbol,
                       struct str dataset, struct dbn_line **out)
{
    struct occ_symbol option;
    char stock[STORE_SYMBOL_BYTES];
    *out = NULL;
    bool is_option = symbol.len == OSI_BYTES && !occ_symbol_parse(&option, symbol);
    if (!is_option && (!is_equity_dataset(dataset) || !stock_name(symbol, stock)))
        return ERR_OK;
    struct str name = is_option ? symbol : str_from(stock);
    struct dbn_line *line = find(lines, name);
    if (!line) {
        bool bad = false;
        line = arena_new(lines->import->arena, struct dbn_line);
        memcpy(line->name, name.ptr, name.len);
        enum err err = is_option ? make_option(lines, place, &option, line, &bad) : ERR_OK;
        if (err || bad)
            return err;
        if (lines->line_count++ >= lines->slot_count)
            grow(lines);
        insert(lines, line);
    }
    *out = line;
    return ERR_OK;
}

/* ---- time ---- */

int64_t dbn_lines_close_ts(int32_t day)
{
    int64_t close;
    if (calendar_session(calendar_us(), day, SESSION_INDEX_OPTION, NULL, &close))
        close = zone_to_ts(ZONE_NEW_YORK, day, TIME_OF_DAY(16, 15)); /* closed: left out later */
    return close;
}

/* An instant belongs to what came before it: midnight is the end of a day. */
static int32_t day_of(struct dbn_lines *lines, int64_t ts)
{
    if (ts <= lines->day_from || ts > lines->day_to) {
        lines->day = zone_date(ZONE_NEW_YORK, ts - 1);
        lines->day_from = zone_to_ts(ZONE_NEW_YORK, lines->day, 0);
        lines->day_to = zone_to_ts(ZONE_NEW_YORK, lines->day, NANOS_PER_DAY);
        if (calendar_session(calendar_us(), lines->day, SESSION_EQUITY, &lines->session_from,
                             &lines->session_to))
            lines->session_from = lines->session_to = INT64_MIN;
    }
    return lines->day;
}

/* Open interest that no row of its day carries would be lost without a word. */
static void end_day(struct dbn_lines *lines, const struct dbn_line *line)
{
    if (line->is_option && !line->has_row && line->quote.open_interest != SIZE_NONE && line->day)
        import_found(lines->import, FOUND_NO_ROWS, line->place, line->name);
}

void dbn_lines_touch(struct dbn_lines *lines, struct dbn_line *line, struct import_place place,
                     int64_t ts)
{
    int32_t day = day_of(lines, ts);
    if (line->day != day) {
        end_day(lines, line);
        line->day = day;
        line->quote = empty_quote();
        line->quote_publisher = 0;
        line->volume_rtype = 0;
        line->bar_end_ts = TS_NONE;
        line->bar_volume = 0;
        line->has_trade = false;
        line->has_row = false;
        line->shares = 0;
        line->share_value = 0;
    }
    line->place = place;
}

void dbn_lines_traded(struct dbn_lines *lines, struct dbn_line *line, int64_t ts, int64_t price,
                      uint64_t shares)
{
    day_of(lines, ts);
    if (line->is_option || price == PRICE_NONE || price <= 0 || ts < lines->session_from ||
        ts > lines->session_to || shares > STORE_PRICE_MAX ||
        line->shares > STORE_PRICE_MAX - (int64_t)shares)
        return;
    line->shares += (int64_t)shares;
    line->share_value += (int128)price * (int64_t)shares;
}

/* ---- rows ---- */

static enum err put_underlying(struct dbn_lines *lines, struct dbn_line *line, int64_t ts)
{
    if (!line->stock)
        line->stock = find(lines, str_from(line->underlying));
    struct dbn_line *stock = line->stock;
    if (!stock || stock->day != line->day)
        return ERR_OK;
    if (stock->shares) {
        int64_t mean = (int64_t)(stock->share_value / stock->shares);
        enum err err = import_traded(lines->import, stock->place, line->underlying, line->day, ts,
                                     stock->shares, mean);
        if (err)
            return err;
        stock->shares = 0;
        stock->share_value = 0;
    }
    const struct quote *quote = &stock->quote;
    if (quote->last == PRICE_NONE && quote->bid == PRICE_NONE && quote->ask == PRICE_NONE)
        return ERR_OK;
    return import_underlying(lines->import, stock->place, line->underlying, line->day, ts,
                             quote->last, quote->bid, quote->ask, 0);
}

static enum err put_row(struct dbn_lines *lines, struct dbn_line *line, int64_t ts)
{
    line->has_row = true;
    if (!line->is_standard) {
        import_found(lines->import, FOUND_NOT_STANDARD, line->place, line->name);
        return ERR_OK;
    }
    enum err err = put_underlying(lines, line, ts);
    if (err)
        return err;
    return import_quote(lines->import, line->place, line->underlying, line->day, ts,
                        &line->contract, &line->quote);
}

static enum err flush(struct dbn_lines *lines)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < lines->dirty_count && !err; i++) {
        struct dbn_line *line = lines->dirty[i];
        bool settles_before = line->is_at_close && line->settles_ts < lines->boundary;
        err = put_row(lines, line, settles_before ? line->settles_ts : lines->boundary);
        line->is_dirty = line->is_at_close = false;
    }
    lines->dirty_count = 0;
    return err;
}

enum err dbn_lines_row_now(struct dbn_lines *lines, struct dbn_line *line, int64_t ts)
{
    if (ts % NANOS_PER_MINUTE == 0) {
        dbn_lines_row_soon(lines, line, ts);
        return ERR_OK;
    }
    return line->is_option ? put_row(lines, line, ts) : ERR_OK;
}

enum err dbn_lines_advance(struct dbn_lines *lines, int64_t ts)
{
    return lines->dirty_count && ts > lines->boundary ? flush(lines) : ERR_OK;
}

void dbn_lines_row_soon(struct dbn_lines *lines, struct dbn_line *line, int64_t ts)
{
    if (!line->is_option || line->is_dirty)
        return;
    line->is_dirty = true;
    if (lines->dirty_count == 0)
        lines->boundary = (ts + NANOS_PER_MINUTE - 1) / NANOS_PER_MINUTE * NANOS_PER_MINUTE;
    lines->dirty = mem_grow(lines->dirty, &lines->dirty_capacity, lines->dirty_count + 1,
                            sizeof *lines->dirty);
    lines->dirty[lines->dirty_count++] = line;
}

void dbn_lines_row_at_close(struct dbn_lines *lines, struct dbn_line *line, int64_t ts)
{
    dbn_lines_row_soon(lines, line, ts);
    line->is_at_close = line->is_dirty;
}

enum err dbn_lines_finish(struct dbn_lines *lines)
{
    enum err err = flush(lines);
    for (size_t i = 0; i < lines->slot_count && !err; i++)
        for (const struct dbn_line *line = lines->slots[i]; line; line = line->next)
            end_day(lines, line);
    return err;
}
