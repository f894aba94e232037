/* What happens to every quote on its way into the store, whatever format it comes from. */
#include <stdio.h>
#include <string.h>

#include "adapters/import/days.h"
#include "domain/types/calendar.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 29;
}

static uint64_t hash_contract(const struct contract *contract)
{
    uint64_t root;
    memcpy(&root, contract->root, sizeof root);
    uint64_t hash = mix(UINT64_C(0x9e3779b97f4a7c15), root);
    hash = mix(hash, (uint64_t)contract->expiry << 32 | (uint32_t)contract->strike_mills);
    return mix(hash,
               (uint64_t)(unsigned char)contract->right << 32 | (uint32_t)contract->multiplier);
}

static uint64_t hash_quote(uint64_t contract_hash, const struct quote *quote)
{
    uint64_t hash = mix(contract_hash, (uint64_t)quote->bid);
    hash = mix(hash, (uint64_t)quote->ask);
    hash = mix(hash, (uint64_t)quote->last);
    hash = mix(hash, (uint64_t)quote->volume << 32 | quote->open_interest);
    return mix(hash, (uint64_t)quote->bid_size << 32 | quote->ask_size);
}

uint64_t quote_fingerprint(const struct contract *contract, const struct quote *quote)
{
    return hash_quote(hash_contract(contract), quote);
}

static void found(struct import *import, enum import_finding finding, struct import_place place,
                  const struct contract *contract)
{
    char symbol[OCC_SYMBOL_BYTES] = "";
    if (!import->summary->found[finding].count) {
        struct occ_symbol name = occ_symbol_of(contract);
        occ_symbol_format(symbol, &name, OCC_COMPACT);
    }
    import_found(import, finding, place, symbol);
}

/* Rows come by expiry, so the settlement moment of the one before is nearly always the answer. */
static enum err settles_at(struct import *import, const struct contract *contract, int64_t *ts_ns)
{
    if (contract->expiry != import->settle_expiry || contract->settle != import->settle_kind) {
        enum err err = contract_settle_ts(contract, calendar_us(), &import->settle_ts);
        if (err)
            return err;
        import->settle_expiry = contract->expiry;
        import->settle_kind = contract->settle;
    }
    *ts_ns = import->settle_ts;
    return ERR_OK;
}

/* An ask of zero is no offer, and a bid of zero beside it says nothing either; a bid of zero below
 * an offer is the market's word that the option is worth next to nothing, and stays. */
static void note_sides(struct import *import, struct import_place place,
                       const struct contract *contract, struct quote *quote)
{
    bool no_ask = quote->ask == 0;
    if (no_ask)
        quote->ask = PRICE_NONE;
    if (quote->ask == PRICE_NONE && quote->bid == 0)
        quote->bid = PRICE_NONE;
    if (quote->ask == PRICE_NONE && quote->bid == PRICE_NONE)
        found(import, FOUND_NO_QUOTE, place, contract);
    else if (no_ask)
        found(import, FOUND_NO_ASK, place, contract);
    else if (quote->ask != PRICE_NONE && quote->bid > quote->ask)
        found(import, FOUND_CROSSED, place, contract);
}

static bool is_negative(int64_t price)
{
    return price < 0 && price != PRICE_NONE;
}

enum { ASK_EVERY_QUOTES = 4096 };

static enum err ask_to_go_on(struct import *import)
{
    if (++import->asked % ASK_EVERY_QUOTES || !import->options->keep_on ||
        import->options->keep_on())
        return ERR_OK;
    return err_set(ERR_CANCELLED,
                   "cancelled; the store is as it was, the same command begins again");
}

enum err import_quote(struct import *import, struct import_place place, const char *underlying,
                      int32_t day, int64_t ts_ns, const struct contract *contract,
                      const struct quote *quote)
{
    struct open_day *open;
    enum err err = ask_to_go_on(import);
    if (!err)
        err = days_get(import, place, underlying, day, &open);
    if (err)
        return err;
    if (open->is_closed) {
        open->rows++;
        import_found(import, FOUND_HOLIDAY, place, underlying);
        return ERR_OK;
    }
    int64_t settles;
    err = settles_at(import, contract, &settles);
    if (err && contract->expiry < day)
        settles = INT64_MIN; /* before the calendar begins: long gone */
    else if (err)
        settles = INT64_MAX; /* a LEAP beyond the calendar's end: its settlement is not known yet */
    if (ts_ns > settles) {
        found(import, FOUND_EXPIRED, place, contract);
        return ERR_OK;
    }
    if (is_negative(quote->bid) || is_negative(quote->ask) || is_negative(quote->last)) {
        found(import, FOUND_NEGATIVE, place, contract);
        return ERR_OK;
    }
    struct quote kept = *quote;
    note_sides(import, place, contract, &kept);

    uint64_t contract_hash = hash_contract(contract);
    uint32_t handle = day_writer_contract(open->writer, contract);
    if (handle >= open->contract_count) {
        open->contract_count = handle + 1;
        days_new_contract(import, contract_hash);
    }
    open->fingerprint += hash_quote(contract_hash, &kept);
    day_writer_quote(open->writer, ts_ns, handle, &kept);
    return days_added(import, open);
}

enum err import_underlying(struct import *import, struct import_place place, const char *underlying,
                           int32_t day, int64_t ts_ns, int64_t level, int64_t bid, int64_t ask,
                           uint32_t flags)
{
    struct open_day *open;
    enum err err = days_get(import, place, underlying, day, &open);
    if (err)
        return err;
    struct level_note note = { ts_ns, level, bid, ask, flags };
    for (int i = 0; i < LEVEL_NOTES; i++) {
        const struct level_note *old = &open->notes[i];
        if (old->ts_ns == ts_ns && old->level == level && old->bid == bid && old->ask == ask &&
            old->flags == flags)
            return ERR_OK;
    }
    open->notes[open->note_next++ % LEVEL_NOTES] = note;
    if (level != PRICE_NONE)
        open->level = level;
    if (open->is_closed)
        return ERR_OK;
    if (flags & SNAPSHOT_TIME_ASSUMED)
        import_found(import, FOUND_TIME_ASSUMED, place, NULL);
    day_writer_underlying(open->writer, ts_ns, level, bid, ask, flags);
    return ERR_OK;
}

enum err import_level(struct import *import, struct import_place place, const char *underlying,
                      int32_t day, int64_t ts_ns, int64_t level, int64_t bid, int64_t ask,
                      uint32_t flags)
{
    struct open_day *open;
    enum err err = days_get(import, place, underlying, day, &open);
    if (err)
        return err;
    bool is_new = levels_add(import, &open->levels, place, ts_ns, level, bid, ask, flags);
    if (is_new && !open->is_closed && flags & SNAPSHOT_TIME_ASSUMED)
        import_found(import, FOUND_TIME_ASSUMED, place, NULL);
    return ERR_OK;
}

enum err import_traded(struct import *import, struct import_place place, const char *underlying,
                       int32_t day, int64_t ts_ns, int64_t shares, int64_t price)
{
    struct open_day *open;
    enum err err = days_get(import, place, underlying, day, &open);
    if (!err && !open->is_closed)
        day_writer_traded(open->writer, ts_ns, shares, price);
    return err;
}
