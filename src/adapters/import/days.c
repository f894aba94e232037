#include "adapters/import/days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "domain/types/calendar.h"

enum {
    BUCKETS = 1024,
    STALE_ROWS_MIN =
        20, /* fewer equal rows may be chance: three quiet contracts of a holiday week */
    DONE_MAX = 10 * 1000 * 1000,
};

/* A day that was written, or left out. */
struct done_day {
    char underlying[STORE_SYMBOL_BYTES];
    int32_t day;
    bool is_stored;
    uint64_t rows, fingerprint;
    int64_t level;
};

struct import_days {
    struct open_day *buckets[BUCKETS];
    struct open_day *last; /* the one of the row before */
    size_t open_count;
    uint64_t open_rows, clock;

    struct done_day *done; /* sorted, see done_compare */
    size_t done_count, done_capacity;

    uint64_t *contracts; /* open-addressed set of hashes; 0 is empty */
    size_t contract_slots, contract_count;
};

enum err days_init(struct import *import)
{
    import->days = mem_alloc(sizeof *import->days);
    return ERR_OK;
}

static unsigned bucket_of(const char *underlying, int32_t day)
{
    uint64_t hash = (uint64_t)day;
    for (; *underlying; underlying++)
        hash = (hash ^ (uint64_t)(unsigned char)*underlying) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 54) % BUCKETS;
}

static void release(struct import_days *days, struct open_day *open)
{
    struct open_day **link = &days->buckets[bucket_of(open->underlying, open->day)];
    while (*link != open)
        link = &(*link)->next;
    *link = open->next;
    days->open_count--;
    if (!open->is_closed)
        days->open_rows -= open->rows;
    if (days->last == open)
        days->last = NULL;
    levels_clear(&open->levels);
    mem_free(open);
}

void days_clear(struct import *import)
{
    struct import_days *days = import->days;
    if (!days)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (days->buckets[i]) {
            day_writer_drop(days->buckets[i]->writer);
            release(days, days->buckets[i]);
        }
    mem_free(days->done);
    mem_free(days->contracts);
    mem_free(days);
    import->days = NULL;
}

/* ---- days that are done ---------------------------------------------------------------------- */

static int key_compare(const char *a_underlying, int32_t a_day, const char *b_underlying,
                       int32_t b_day)
{
    int order = strcmp(a_underlying, b_underlying);
    return order ? order : (a_day > b_day) - (a_day < b_day);
}

/* The first done day that is not before the key. */
static size_t done_place(const struct import_days *days, const char *underlying, int32_t day)
{
    size_t low = 0, high = days->done_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct done_day *done = &days->done[mid];
        if (key_compare(done->underlying, done->day, underlying, day) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct done_day *done_find(const struct import_days *days, const char *underlying,
                                        int32_t day)
{
    size_t at = done_place(days, underlying, day);
    if (at == days->done_count ||
        key_compare(days->done[at].underlying, days->done[at].day, underlying, day))
        return NULL;
    return &days->done[at];
}

static enum err done_add(struct import_days *days, const struct open_day *open, bool is_stored)
{
    if (days->done_count >= DONE_MAX)
        return err_set(ERR_FULL, "more than %d days in one import: import in parts", DONE_MAX);
    days->done =
        mem_grow(days->done, &days->done_capacity, days->done_count + 1, sizeof *days->done);
    size_t at = done_place(days, open->underlying, open->day);
    memmove(days->done + at + 1, days->done + at, (days->done_count - at) * sizeof *days->done);
    struct done_day *done = &days->done[at];
    *done = (struct done_day){ .day = open->day,
                               .is_stored = is_stored,
                               .rows = open->rows,
                               .fingerprint = open->fingerprint,
                               .level = open->level };
    snprintf(done->underlying, sizeof done->underlying, "%s", open->underlying);
    days->done_count++;
    return ERR_OK;
}

/* ---- writing a day out ----------------------------------------------------------------------- */

static uint32_t size_at(const uint32_t *column, uint32_t row)
{
    return column ? column[row] : SIZE_NONE;
}

/* A day that the store had before this import, as if it were done now. */
static bool session_stored(const struct import *import, const char *underlying, int32_t day,
                           struct done_day *out)
{
    struct chain_day stored;
    if (chain_day_open(&stored, import->store, underlying, day, false))
        return false;
    const struct quote_rows *rows = &stored.rows;
    *out = (struct done_day){
        .day = day, .is_stored = true, .rows = rows->count, .level = PRICE_NONE
    };
    for (uint32_t i = 0; i < rows->count; i++) {
        struct quote quote = QUOTE_EMPTY;
        quote.bid = rows->bid[i];
        quote.ask = rows->ask[i];
        quote.last = rows->last ? rows->last[i] : PRICE_NONE;
        quote.bid_size = size_at(rows->bid_size, i);
        quote.ask_size = size_at(rows->ask_size, i);
        quote.volume = size_at(rows->volume, i);
        quote.open_interest = size_at(rows->open_interest, i);
        out->fingerprint += quote_fingerprint(&stored.contracts[rows->contract[i]], &quote);
    }
    for (uint32_t i = 0; i < stored.snapshot_count; i++)
        if (stored.snapshots[i].underlying != PRICE_NONE)
            out->level = stored.snapshots[i].underlying;
    chain_day_close(&stored);
    return true;
}

/* The session before a day, from this import or from the store. */
static bool session_before(const struct import *import, const struct open_day *open,
                           struct done_day *out)
{
    int32_t before = calendar_previous(calendar_us(), open->day);
    const struct done_day *done = before ? done_find(import->days, open->underlying, before) : NULL;
    if (done)
        *out = *done;
    return done || (before && session_stored(import, open->underlying, before, out));
}

static void report_closed(struct import *import, const struct open_day *open)
{
    char day[DATE_TEXT_BYTES], copied[DATE_TEXT_BYTES];
    struct done_day before;
    date_format(day, open->day);
    if (session_before(import, open, &before) && open->level != PRICE_NONE &&
        before.level == open->level) {
        date_format(copied, before.day);
        import_remark(import,
                      "%s %s: holiday copy of %s (%s, the underlying stands still): %llu rows left "
                      "out",
                      open->underlying, day, copied, calendar_why(calendar_us(), open->day),
                      (unsigned long long)open->rows);
    } else {
        import_remark(import, "%s %s: no trading that day (%s): %llu rows left out",
                      open->underlying, day, calendar_why(calendar_us(), open->day),
                      (unsigned long long)open->rows);
    }
}

static bool is_stale(const struct import *import, const struct open_day *open)
{
    struct done_day before;
    return open->rows >= STALE_ROWS_MIN && open->level != PRICE_NONE &&
           session_before(import, open, &before) && before.is_stored && before.rows == open->rows &&
           before.fingerprint == open->fingerprint && before.level == open->level;
}

static void report_stale(struct import *import, const struct open_day *open)
{
    char day[DATE_TEXT_BYTES], copied[DATE_TEXT_BYTES];
    date_format(day, open->day);
    date_format(copied, calendar_previous(calendar_us(), open->day));
    import_remark(import, "%s %s: every row repeats %s: a stale copy, %llu rows left out",
                  open->underlying, day, copied, (unsigned long long)open->rows);
    char where[64];
    snprintf(where, sizeof where, "%s %s", open->underlying, day);
    import_found_many(import, FOUND_STALE_COPY, open->rows, (struct import_place){ 0 }, where);
}

/* An import replaces a day as a whole: part of one takes the rest of it away, and says so. */
static void report_shrunk(struct import *import, const struct open_day *open)
{
    struct chain_cursor *cursor;
    if (chain_cursor_open_columns(&cursor, import->store, open->underlying, open->day, 0))
        return; /* nothing there that anybody could read */
    uint32_t had = chain_cursor_day(cursor)->contract_count;
    chain_cursor_close(cursor);
    if (had <= open->contract_count)
        return;
    char day[DATE_TEXT_BYTES], text[128], before[COUNT_TEXT_BYTES], now[COUNT_TEXT_BYTES];
    date_format(day, open->day);
    snprintf(text, sizeof text, "%s %s had %s contracts, has %s now", day, open->underlying,
             count_text(before, had), count_text(now, open->contract_count));
    import_remark(import, "%s", text);
    import_found_many(import, FOUND_SHRUNK, 1, (struct import_place){ 0 }, text);
}

static enum err store_day(struct import *import, struct open_day *open)
{
    struct day_written written;
    report_shrunk(import, open);
    enum err err = day_writer_finish_counted(open->writer, &written);
    open->writer = NULL;
    if (err)
        return err_add(err, "%s %d", open->underlying, open->day);
    char where[64], day[DATE_TEXT_BYTES];
    date_format(day, open->day);
    snprintf(where, sizeof where, "%s %s", open->underlying, day);
    if (written.repeats)
        import_found_many(import, FOUND_DUPLICATE, written.repeats, (struct import_place){ 0 },
                          where);
    if (written.conflicts)
        import_found_many(import, FOUND_CONFLICT, written.conflicts, (struct import_place){ 0 },
                          where);
    import->summary->quotes += written.quotes;
    return ERR_OK;
}

static enum err write_out(struct import *import, struct open_day *open)
{
    enum err err = ERR_OK;
    bool stored = false;
    if (open->levels.count) {
        char where[64], day[DATE_TEXT_BYTES];
        date_format(day, open->day);
        snprintf(where, sizeof where, "%s %s", open->underlying, day);
        open->level = levels_settle(import, &open->levels, open->writer, where);
    }
    if (open->is_closed) {
        report_closed(import, open);
    } else if (open->rows && is_stale(import, open)) {
        report_stale(import, open);
    } else if (open->rows) {
        err = store_day(import, open);
        stored = true;
    }
    if (!err)
        err = done_add(import->days, open, stored);
    day_writer_drop(open->writer);
    open->writer = NULL;
    release(import->days, open);
    return err;
}

static struct open_day *least_used(const struct import_days *days)
{
    struct open_day *found = NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct open_day *open = days->buckets[i]; open; open = open->next)
            if (!found || open->last_use < found->last_use)
                found = open;
    return found;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err open_new(struct import *import, struct import_place place, const char *underlying,
                         int32_t day, struct open_day **out)
{
    struct import_days *days = import->days;
    enum err err = calendar_covers(calendar_us(), day, day);
    if (err)
        return err_add(err, "%s:%llu", place.file, (unsigned long long)place.row);
    char date[DATE_TEXT_BYTES];
    date_format(date, day);
    if (done_find(days, underlying, day))
        return err_set(ERR_FULL,
                       "%s:%llu: %s of %s comes up again after more than %d other days or %d rows: "
                       "sort the file by date, or split it by day",
                       place.file, (unsigned long long)place.row, underlying, date,
                       IMPORT_OPEN_DAYS, IMPORT_OPEN_QUOTES);
    if (days->open_count >= IMPORT_OPEN_DAYS && (err = write_out(import, least_used(days))))
        return err;

    struct open_day *open = mem_alloc(sizeof *open);
    snprintf(open->underlying, sizeof open->underlying, "%s", underlying);
    open->day = day;
    open->level = PRICE_NONE;
    for (int i = 0; i < LEVEL_NOTES; i++)
        open->notes[i].ts_ns = TS_NONE;
    open->is_closed = !calendar_is_open(calendar_us(), day);
    if (!open->is_closed &&
        (err = day_writer_open(&open->writer, import->store, underlying, day, import->source))) {
        mem_free(open);
        return err;
    }
    struct open_day **bucket = &days->buckets[bucket_of(underlying, day)];
    open->next = *bucket;
    *bucket = open;
    days->open_count++;
    *out = open;
    return ERR_OK;
}

enum err days_get(struct import *import, struct import_place place, const char *underlying,
                  int32_t day, struct open_day **out)
{
    struct import_days *days = import->days;
    struct open_day *open = days->last;
    if (!open || open->day != day || strcmp(open->underlying, underlying) != 0) {
        open = days->buckets[bucket_of(underlying, day)];
        while (open && (open->day != day || strcmp(open->underlying, underlying) != 0))
            open = open->next;
        enum err err = open ? ERR_OK : open_new(import, place, underlying, day, &open);
        if (err)
            return err;
        days->last = open;
    }
    open->last_use = ++days->clock;
    *out = open;
    return ERR_OK;
}

static void contracts_insert(struct import_days *days, uint64_t hash)
{
    size_t at = hash & (days->contract_slots - 1);
    while (days->contracts[at] && days->contracts[at] != hash)
        at = (at + 1) & (days->contract_slots - 1);
    days->contract_count += days->contracts[at] == 0;
    days->contracts[at] = hash;
}

void days_new_contract(struct import *import, uint64_t contract_hash)
{
    struct import_days *days = import->days;
    if (days->contract_count * 2 >= days->contract_slots) {
        uint64_t *old = days->contracts;
        size_t old_slots = days->contract_slots;
        days->contract_slots = old_slots ? old_slots * 2 : 4096;
        days->contracts = mem_alloc(days->contract_slots * sizeof *days->contracts);
        days->contract_count = 0;
        for (size_t i = 0; i < old_slots; i++)
            if (old[i])
                contracts_insert(days, old[i]);
        mem_free(old);
    }
    contracts_insert(days, contract_hash ? contract_hash : 1);
}

enum err days_added(struct import *import, struct open_day *open)
{
    struct import_days *days = import->days;
    open->rows++;
    days->open_rows++;
    while (days->open_rows > IMPORT_OPEN_QUOTES && days->open_count > 1) {
        enum err err = write_out(import, least_used(days));
        if (err)
            return err;
    }
    return ERR_OK;
}

/* ---- the end --------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const struct open_day *const *left = a, *const *right = b;
    return key_compare((*left)->underlying, (*left)->day, (*right)->underlying, (*right)->day);
}

static int by_number(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static void sum_up(const struct import_days *days, struct import_summary *summary)
{
    int32_t *dates = mem_alloc((days->done_count + 1) * sizeof *dates);
    size_t count = 0;
    const char *last = "";
    for (size_t i = 0; i < days->done_count; i++) {
        const struct done_day *done = &days->done[i];
        if (!done->is_stored)
            continue;
        summary->underlyings += strcmp(last, done->underlying) != 0;
        last = done->underlying;
        dates[count++] = done->day;
    }
    qsort(dates, count, sizeof *dates, by_number);
    for (size_t i = 0; i < count; i++)
        summary->days += i == 0 || dates[i] != dates[i - 1];
    if (count) {
        summary->first_day = dates[0];
        summary->last_day = dates[count - 1];
    }
    summary->contracts = days->contract_count;
    mem_free(dates);
}

enum err days_finish(struct import *import)
{
    struct import_days *days = import->days;
    struct open_day *all[IMPORT_OPEN_DAYS];
    size_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct open_day *open = days->buckets[i]; open; open = open->next)
            all[count++] = open;
    /* In order of dates, so that a copy is compared with the day that it copies. */
    qsort(all, count, sizeof *all, by_key);
    for (size_t i = 0; i < count; i++) {
        enum err err = write_out(import, all[i]);
        if (err)
            return err;
    }
    sum_up(days, import->summary);
    return ERR_OK;
}
