/* From rows of LEAN's files to quotes of the store: contracts, moments, and what a row holds. */
#include "adapters/import/lean_int.h"

#include <stdio.h>
#include <stdlib.h>

struct lean_event_row *lean_events_add(struct lean_events *events)
{
    events->rows =
        mem_grow(events->rows, &events->capacity, events->count + 1, sizeof *events->rows);
    return &events->rows[events->count++];
}

void lean_events_free(struct lean_events *events)
{
    mem_free(events->rows);
    *events = (struct lean_events){ 0 };
}

static int compare_rows(const void *left, const void *right)
{
    const struct lean_event_row *a = left, *b = right;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    int order = a->contract == b->contract ? 0 : contract_compare(a->contract, b->contract);
    if (order)
        return order;
    if (a->ts != b->ts)
        return a->ts < b->ts ? -1 : 1;
    return (int)a->tick - (int)b->tick;
}

void lean_events_sort(struct lean_events *events)
{
    if (events->count)
        qsort(events->rows, events->count, sizeof *events->rows, compare_rows);
}

enum err lean_session(struct lean_session *out, const struct lean *lean, const char *root_upper,
                      int32_t day)
{
    struct product product;
    enum err err = product_get(&product, str_from(root_upper), day);
    if (err)
        return err;
    *out = (struct lean_session){ .day = day };
    err = calendar_session(lean->calendar, day, SESSION_EQUITY, &out->open, &out->official);
    if (!err)
        err = calendar_session(lean->calendar, day, product.session, &out->open, &out->close);
    if (!err)
        MUST((out->close - out->open) / NANOS_PER_MINUTE <= LEAN_MINUTES_MAX);
    return err;
}

bool lean_bar_ts(const struct lean_session *session, enum zone zone, const struct lean_bar *bar,
                 int64_t bar_nanos, int64_t *out_ts)
{
    int64_t start = zone_to_ts(zone, bar->day, bar->start);
    int64_t end = start + bar_nanos;
    *out_ts = end < session->close ? end : session->close;
    return end > session->open && start < session->close;
}

/* The root as in contracts: BRK.B is BRKB there. */
static bool contract_root(const char *symbol, char out[CONTRACT_ROOT_BYTES])
{
    size_t len = 0;
    memset(out, 0, CONTRACT_ROOT_BYTES);
    for (; *symbol; symbol++) {
        char c = *symbol;
        if (c == '.' || c == '-')
            continue;
        if (len + 1 >= CONTRACT_ROOT_BYTES)
            return false;
        out[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return len > 0;
}

static enum err entry_misplaced(const struct lean_entry *entry, const char *why)
{
    return err_set(ERR_CORRUPT, "%s: %.*s: %s than the file", entry->file, STR_ARG(entry->name),
                   why);
}

enum err lean_entry_contract(struct arena *arena, const struct lean_entry *entry,
                             const struct lean_path *file, const struct contract **out)
{
    struct lean_entry_name name;
    struct product product;
    char root[CONTRACT_ROOT_BYTES];
    *out = NULL;
    enum err err = lean_entry_parse(&name, entry->name);
    if (err)
        return err_add(err, "%s", entry->file);
    if (strcmp(name.symbol, file->symbol) != 0)
        return entry_misplaced(entry, "is of another ticker");
    if (name.day != file->day)
        return entry_misplaced(entry, "is of another day");
    if (name.tick != file->tick || name.style != file->style)
        return entry_misplaced(entry, "is of another kind");

    if (!contract_root(name.symbol, root) ||
        product_get(&product, str_from(root), name.expiry) != ERR_OK)
        return err_set(ERR_PARSE, "%s: %.*s: \"%s\" is not an option root on the day of the expiry",
                       entry->file, STR_ARG(entry->name), name.symbol);
    if (name.strike_e4 % 10 != 0 || name.strike_e4 / 10 > INT32_MAX)
        return ERR_OK;
    struct contract *contract = arena_new(arena, struct contract);
    *contract = (struct contract){ .expiry = name.expiry,
                                   .strike_mills = (int32_t)(name.strike_e4 / 10),
                                   .multiplier = product.multiplier,
                                   .right = name.right,
                                   .style = name.style, /* the file knows */
                                   .settle = (char)product.settle,
                                   .delivery = (char)product.delivery };
    memcpy(contract->root, root, sizeof contract->root);
    *out = contract;
    return ERR_OK;
}

void lean_found_strike(const struct lean *lean, const struct lean_entry *entry)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", STR_ARG(entry->name));
    import_found(lean->import, FOUND_ROUNDED_STRIKE,
                 (struct import_place){ .file = lean_short(lean, entry->file) }, name);
}

void lean_event_from_bar(struct lean *lean, struct lean_events *events,
                         const struct lean_session *session, const struct contract *contract,
                         enum lean_tick tick, const struct lean_bar *bar, int64_t bar_nanos,
                         struct import_place place)
{
    int64_t ts = session->open; /* open interest is of the morning */
    if (tick != LEAN_OPEN_INTEREST && !lean_bar_ts(session, ZONE_NEW_YORK, bar, bar_nanos, &ts)) {
        import_found(lean->import, FOUND_OUTSIDE_SESSION, place, NULL);
        return;
    }
    struct lean_event_row *row = lean_events_add(events);
    *row = (struct lean_event_row){ .contract = contract, .ts = ts, .day = bar->day, .tick = tick };
    switch (tick) {
    case LEAN_QUOTE:
        row->bid = bar->bid.close;
        row->ask = bar->ask.close;
        /* The size beside an empty side is 0 in the file: there is none. */
        row->bid_size = row->bid == PRICE_NONE ? SIZE_NONE : bar->bid.size;
        row->ask_size = row->ask == PRICE_NONE ? SIZE_NONE : bar->ask.size;
        break;
    case LEAN_TRADE:
        row->bid = bar->trade.close;
        row->ask = bar->volume;
        break;
    case LEAN_OPEN_INTEREST:
        row->bid_size = (uint32_t)bar->volume;
        break;
    case LEAN_TICK_COUNT:
        break;
    }
}

static const struct lean_level level_none = { PRICE_NONE, PRICE_NONE, PRICE_NONE, false,
                                              false,      false,      0 };

void lean_levels_init(struct lean_levels *levels, const struct lean_session *session)
{
    levels->session = session;
    levels->before = level_none;
    for (size_t i = 0; i < ARRAY_COUNT(levels->at); i++)
        levels->at[i] = level_none;
}

static size_t minute_of(const struct lean_levels *levels, int64_t ts)
{
    int64_t minute = (ts - levels->session->open) / NANOS_PER_MINUTE;
    MUST(minute >= 0);
    MUST(minute <= LEAN_MINUTES_MAX);
    return (size_t)minute;
}

void lean_levels_bar(struct lean_levels *levels, enum zone zone, const struct lean_bar *bar,
                     enum lean_tick tick, int64_t bar_nanos)
{
    int64_t ts, end = zone_to_ts(zone, bar->day, bar->start) + bar_nanos;
    struct lean_level *level = &levels->before;
    if (lean_bar_ts(levels->session, zone, bar, bar_nanos, &ts))
        level = &levels->at[minute_of(levels, ts)];
    else if (end > levels->session->open)
        return; /* after the close */
    if (tick == LEAN_TRADE) {
        level->level = bar->trade.close;
        level->has_level = true;
    } else {
        level->bid = bar->bid.close;
        level->ask = bar->ask.close;
        level->has_quote = true;
    }
}

int64_t lean_levels_mark_close(struct lean_levels *levels)
{
    size_t official = minute_of(levels, levels->session->official);
    for (size_t i = LEAN_MINUTES_MAX; i > official; i--)
        if (levels->at[i].has_level) {
            levels->at[i].flags |= SNAPSHOT_CLOSE;
            return levels->at[i].level;
        }
    return PRICE_NONE;
}

enum err lean_levels_flush(struct lean *lean, const struct lean_levels *levels,
                           const char *underlying, struct import_place place)
{
    struct lean_level now = levels->before;
    for (size_t i = 0; i < ARRAY_COUNT(levels->at); i++) {
        const struct lean_level *at = &levels->at[i];
        if (at->has_level) {
            now.level = at->level;
            now.has_level = true;
        }
        if (at->has_quote) {
            now.bid = at->bid;
            now.ask = at->ask;
            now.has_quote = true;
        }
        bool is_snapshot = at->has_level || at->has_quote || at->has_rows;
        if (!is_snapshot || !(now.has_level || now.has_quote))
            continue;
        enum err err = import_underlying(lean->import, place, underlying, levels->session->day,
                                         levels->session->open + (int64_t)i * NANOS_PER_MINUTE,
                                         now.level, now.bid, now.ask, at->flags);
        if (err)
            return err;
    }
    return ERR_OK;
}

static uint32_t volume_so_far(const struct quote *quote, int64_t more)
{
    uint64_t before = quote->volume == SIZE_NONE ? 0 : quote->volume;
    uint64_t volume = before + (uint64_t)more;
    return volume < SIZE_NONE ? (uint32_t)volume : SIZE_NONE - 1;
}

static void apply(struct quote *quote, const struct lean_event_row *event)
{
    switch (event->tick) {
    case LEAN_QUOTE:
        quote->bid = event->bid;
        quote->ask = event->ask;
        quote->bid_size = event->bid_size;
        quote->ask_size = event->ask_size;
        break;
    case LEAN_TRADE:
        quote->last = event->bid;
        quote->volume = volume_so_far(quote, event->ask);
        break;
    case LEAN_OPEN_INTEREST:
        quote->open_interest = event->bid_size;
        break;
    case LEAN_TICK_COUNT:
        break;
    }
}

enum err lean_emit(struct lean *lean, struct lean_levels *levels, const char *underlying,
                   const struct lean_event_row *events, size_t n, bool trades_known,
                   struct import_place place, bool *any)
{
    struct quote quote = QUOTE_EMPTY;
    if (trades_known)
        quote.volume = 0;
    *any = false;
    for (size_t i = 0; i < n; i++)
        if (events[i].tick == LEAN_OPEN_INTEREST)
            apply(&quote, &events[i]); /* known before the open: on the first row too */
    for (size_t i = 0; i < n; i++) {
        const struct lean_event_row *event = &events[i];
        if (event->tick == LEAN_OPEN_INTEREST)
            continue;
        apply(&quote, event);
        /* A trade and a quote of one minute are one row. */
        if (i + 1 < n && events[i + 1].ts == event->ts)
            continue;
        *any = true;
        levels->at[minute_of(levels, event->ts)].has_rows = true;
        enum err err = import_quote(lean->import, place, underlying, event->day, event->ts,
                                    event->contract, &quote);
        if (err)
            return err;
    }
    return ERR_OK;
}

enum err lean_only_open(struct lean_only *only, const struct lean *lean, const char *path)
{
    struct lean_entry entry;
    enum err err = lean_path_parse(&only->file, str_from(lean_short(lean, path)));
    if (err || (err = lean_zip_open(&only->zip, path)))
        return err;
    err = lean_zip_read_only(only->zip, &entry);
    if (err)
        lean_zip_close(only->zip);
    else
        lean_rows_init(&only->rows, path, entry.name, entry.text, &only->file);
    return err;
}

void lean_only_close(struct lean_only *only)
{
    lean_zip_close(only->zip);
}
