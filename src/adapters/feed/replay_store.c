#include "adapters/feed/replay_store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/feed/replay_dbn.h"
#include "adapters/feed/replay_merge.h"
#include "base/zone.h"

struct replay_store {
    struct arena arena;
    struct chain_cursor *cursor;
    const struct chain_day *day;
    struct instruments *instruments;
    uint32_t underlying;
    uint32_t *ids;                    /* by contract of the day */
    uint32_t *volume, *open_interest; /* as last said */
    uint32_t defined;                 /* definitions given; the underlying's is number 0 */
    uint32_t snapshot;                /* the one under way */
    struct quote_rows rows;           /* its rows */
    bool has_rows, has_level, has_traded, has_quote;
    uint32_t row; /* the next */
    bool has_said_end;
    enum err failed;
    char why[256];
};

static int64_t time_of(const struct replay_store *r, uint32_t snapshot)
{
    return r->day
        ->snapshots[snapshot < r->day->snapshot_count ? snapshot : r->day->snapshot_count - 1]
        .ts_ns;
}

static int64_t store_next_ns(void *self)
{
    const struct replay_store *r = self;
    return r->has_said_end ? INT64_MAX : time_of(r, r->snapshot);
}

static struct market_record record_at(const struct replay_store *r, uint32_t instrument,
                                      enum record_kind kind)
{
    int64_t ts = time_of(r, r->snapshot);
    return (struct market_record){
        .ts_ns = ts, .recv_ns = ts, .instrument = instrument, .kind = (uint8_t)kind
    };
}

static bool next_definition(struct replay_store *r, struct market_record *out)
{
    if (r->defined > r->day->contract_count)
        return false;
    uint32_t id = r->defined ? r->ids[r->defined - 1] : r->underlying;
    *out = instruments_definition(r->instruments, id);
    out->ts_ns = out->recv_ns = time_of(r, 0);
    r->defined++;
    return true;
}

/* The underlying's level, then its quote. */
static bool next_underlying(struct replay_store *r, struct market_record *out)
{
    const struct chain_snapshot *s = &r->day->snapshots[r->snapshot];
    bool is_index = r->instruments->rows[r->underlying].class == INSTRUMENT_INDEX;
    if (!r->has_level) {
        r->has_level = true;
        if (is_index && s->underlying != PRICE_NONE) {
            *out = record_at(r, r->underlying, RECORD_LEVEL);
            out->of.level.value = s->underlying;
            return true;
        }
    }
    bool is_traded = !r->has_traded && s->traded > 0 && !is_index;
    r->has_traded = true;
    if (is_traded) { /* since the snapshot before, as one trade at their mean */
        *out = record_at(r, r->underlying, RECORD_TRADE);
        out->of.trade = (struct record_trade){ .price = s->traded_price,
                                               .size = s->traded < SIZE_NONE ? (uint32_t)s->traded
                                                                             : SIZE_NONE - 1 };
        return true;
    }
    if (r->has_quote)
        return false;
    r->has_quote = true;
    if (is_index || (s->underlying_bid == PRICE_NONE && s->underlying == PRICE_NONE))
        return false;
    *out = record_at(r, r->underlying, RECORD_QUOTE);
    out->of.quote = (struct record_quote){ .bid = s->underlying_bid,
                                           .ask = s->underlying_ask,
                                           .bid_size = SIZE_NONE,
                                           .ask_size = SIZE_NONE };
    if (s->underlying_bid != PRICE_NONE)
        return true;
    /* A stock of which only a last price is stored: that is a trade of unknown size. */
    out->kind = RECORD_TRADE;
    out->of.trade = (struct record_trade){ .price = s->underlying, .size = SIZE_NONE };
    return true;
}

static bool changed(uint32_t *known, uint32_t now)
{
    bool is_news = now != SIZE_NONE && now != *known;
    if (is_news)
        *known = now;
    return is_news;
}

/* The quote of a row, and, told apart by the interest known, its interest after it. */
static bool next_row(struct replay_store *r, struct market_record *out)
{
    const struct quote_rows *q = &r->rows;
    if (r->row >= 2 * q->count)
        return false;
    uint32_t i = r->row / 2, contract = q->contract[i];
    if (r->row++ % 2 == 0) {
        *out = record_at(r, r->ids[contract], RECORD_QUOTE);
        out->of.quote =
            (struct record_quote){ .bid = q->bid[i],
                                   .ask = q->ask[i],
                                   .bid_size = q->bid_size ? q->bid_size[i] : SIZE_NONE,
                                   .ask_size = q->ask_size ? q->ask_size[i] : SIZE_NONE };
        return true;
    }
    uint32_t volume = q->volume ? q->volume[i] : SIZE_NONE;
    uint32_t open = q->open_interest ? q->open_interest[i] : SIZE_NONE;
    bool is_news = changed(&r->volume[contract], volume);
    is_news |= changed(&r->open_interest[contract], open);
    if (!is_news)
        return next_row(r, out); /* at most one deep: the next half is a quote */
    *out = record_at(r, r->ids[contract], RECORD_INTEREST);
    out->of.interest = (struct record_interest){ r->volume[contract], r->open_interest[contract] };
    return true;
}

/* The rows of the snapshot under way. */
static enum err take_rows(struct replay_store *r)
{
    if (r->has_rows)
        return ERR_OK;
    r->row = 0;
    r->has_rows = true;
    enum err err = chain_cursor_rows(r->cursor, r->snapshot, &r->rows);
    if (err) {
        r->failed = err_add(err, "replay of %s", r->day->underlying);
        snprintf(r->why, sizeof r->why, "%s", err_detail());
    }
    return err;
}

static enum err store_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                           size_t *count)
{
    struct replay_store *r = self;
    *count = 0;
    while (*count < room && !r->has_said_end && !r->failed && time_of(r, r->snapshot) <= now_ns) {
        struct market_record *next = &out[*count];
        if (next_definition(r, next)) {
            (*count)++;
        } else if (r->snapshot == r->day->snapshot_count) {
            *next = record_at(r, INSTRUMENT_NONE, RECORD_LINK);
            next->of.link = (struct record_link){ .state = LINK_ENDED, .why = "the day ends" };
            r->has_said_end = true;
            (*count)++;
        } else if (take_rows(r) == ERR_OK) {
            if (next_underlying(r, next) || next_row(r, next)) {
                (*count)++;
                continue;
            }
            r->snapshot++;
            r->has_rows = r->has_level = r->has_traded = r->has_quote = false;
        }
    }
    return r->failed && *count == 0 ? err_set(r->failed, "%s", r->why) : ERR_OK;
}

static void store_close_source(void *self)
{
    struct replay_store *r = self;
    chain_cursor_close(r->cursor);
    arena_clear(&r->arena);
    mem_free(r);
}

static const struct source_ops store_ops = {
    .name = "store",
    .poll = store_poll,
    .next_ns = store_next_ns,
    .close = store_close_source,
};

static enum err add_instruments(struct replay_store *r)
{
    uint32_t count = r->day->contract_count;
    r->ids = arena_array(&r->arena, uint32_t, count);
    r->volume = arena_array(&r->arena, uint32_t, count);
    r->open_interest = arena_array(&r->arena, uint32_t, count);
    memset(r->volume, 0xFF, count * sizeof *r->volume); /* SIZE_NONE */
    memset(r->open_interest, 0xFF, count * sizeof *r->open_interest);
    for (uint32_t i = 0; i < count; i++) {
        enum err err = instruments_add_option(r->instruments, &r->day->contracts[i], &r->ids[i]);
        if (err)
            return err;
    }
    if (count) {
        r->underlying = r->instruments->rows[r->ids[0]].underlying;
        return ERR_OK;
    }
    return instruments_add(r->instruments, INSTRUMENT_STOCK, str_from(r->day->underlying),
                           &r->underlying);
}

enum err replay_store_open(struct source *out, int64_t *first_ns, const struct store *store,
                           const char *underlying, int32_t day, struct instruments *instruments)
{
    struct replay_store *r = mem_alloc(sizeof *r);
    arena_init(&r->arena, "stored day", 0);
    r->instruments = instruments;
    enum err err = chain_cursor_open(&r->cursor, store, underlying, day);
    if (!err) {
        r->day = chain_cursor_day(r->cursor);
        err = r->day->snapshot_count
                  ? add_instruments(r)
                  : err_set(ERR_NOT_FOUND, "%s on %d has no snapshot", underlying, (int)day);
    }
    if (err) {
        store_close_source(r);
        return err;
    }
    if (first_ns)
        *first_ns = time_of(r, 0);
    *out = (struct source){ &store_ops, r };
    return ERR_OK;
}

/* ---- tapes of a day ---- */

enum { PATH_BYTES = 4096 };

struct tape_list {
    char folder[PATH_BYTES / 2], start[16];
    char names[REPLAY_PARTS][256];
    size_t count;
};

static int compare_names(const void *left, const void *right)
{
    const char *a = left, *b = right;
    /* Definitions first, then what is known of the morning: parts tie in favour of the earlier. */
    bool a_first = strstr(a, ".definition.") != NULL, b_first = strstr(b, ".definition.") != NULL;
    return a_first != b_first ? b_first - a_first : strcmp(a, b);
}

static void list_tapes(struct tape_list *list)
{
    DIR *folder = opendir(list->folder);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) && list->count < REPLAY_PARTS;) {
        struct str name = str_from(entry->d_name);
        if (str_starts_with(name, str_from(list->start)) &&
            (str_ends_with(name, STR(".dbn.zst")) || str_ends_with(name, STR(".dbn"))))
            snprintf(list->names[list->count++], sizeof list->names[0], "%s", entry->d_name);
    }
    closedir(folder);
    qsort(list->names, list->count, sizeof list->names[0], compare_names);
}

static enum err open_tapes(struct source *out, int64_t *first_ns, const struct tape_list *list,
                           struct instruments *instruments)
{
    struct source parts[REPLAY_PARTS];
    *first_ns = INT64_MAX;
    for (size_t i = 0; i < list->count; i++) {
        char path[PATH_BYTES];
        struct replay_dbn_info info;
        snprintf(path, sizeof path, "%s/%s", list->folder, list->names[i]);
        enum err err = replay_dbn_open(&parts[i], &info, path, instruments);
        if (err) {
            while (i-- > 0)
                source_close(&parts[i]);
            return err;
        }
        *first_ns = info.first_ns < *first_ns ? info.first_ns : *first_ns;
    }
    replay_merge_open(out, parts, list->count);
    return ERR_OK;
}

enum err replay_day_open(struct source *out, int64_t *first_ns, const struct store *store,
                         const char *underlying, int32_t day, struct instruments *instruments)
{
    struct tape_list *list = mem_alloc(sizeof *list);
    int64_t first;
    snprintf(list->folder, sizeof list->folder, "%s/tape/%s", store_path(store), underlying);
    snprintf(list->start, sizeof list->start, "%d.", (int)day);
    list_tapes(list);
    enum err err = list->count
                       ? open_tapes(out, &first, list, instruments)
                       : replay_store_open(out, &first, store, underlying, day, instruments);
    if (!err && first_ns)
        *first_ns = first;
    mem_free(list);
    return err;
}
