#include "adapters/store/day_writer_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

/* A day is collected as struct-of-arrays in the order it comes. */

static void refuse(struct day_writer *w, enum err err, const char *format, ...) PRINTF_LIKE(3, 4);
static void refuse(struct day_writer *w, enum err err, const char *format, ...)
{
    if (w->err)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(w->problem, sizeof w->problem, format, args);
    va_end(args);
    w->err = err;
}

enum err day_writer_open(struct day_writer **out, struct store *store, const char *underlying,
                         int32_t day, const char *source)
{
    enum err err = store_symbol_check(underlying);
    if (!err && !date_is_valid(day))
        err = err_set(ERR_RANGE, "%d is not a day", (int)day);
    if (err)
        return err;
    struct day_writer *w = mem_alloc(sizeof *w);
    w->store = store;
    w->about.day = day;
    snprintf(w->about.kind, sizeof w->about.kind, "%s", CHAIN_KIND);
    snprintf(w->about.symbol, sizeof w->about.symbol, "%s", underlying);
    snprintf(w->about.source, sizeof w->about.source, "%s", source);
    for (char *c = w->about.source; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    *out = w;
    return ERR_OK;
}

void day_writer_drop(struct day_writer *writer)
{
    if (!writer)
        return;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        mem_free(writer->column[c]);
    mem_free(writer->row_instant);
    mem_free(writer->row_contract);
    mem_free(writer->contracts);
    mem_free(writer->contract_lookup.slot);
    mem_free(writer->instants);
    mem_free(writer->instant_lookup.slot);
    mem_free(writer);
}

/* ---- collecting ------------------------------------------------------------------------------ */

static uint64_t hash_contract(const struct contract *c)
{
    uint64_t root;
    memcpy(&root, c->root, sizeof root);
    uint64_t key = (uint64_t)(uint32_t)c->strike_mills << 32 | (uint32_t)c->expiry;
    key = (key ^ (uint64_t)(unsigned char)c->right << 56) * UINT64_C(0x9E3779B97F4A7C15);
    key ^= root + (key >> 29);
    key *= UINT64_C(0xBF58476D1CE4E5B9);
    return key ^ key >> 32;
}

static uint64_t hash_instant(int64_t ts_ns)
{
    uint64_t key = (uint64_t)ts_ns * UINT64_C(0x9E3779B97F4A7C15);
    return key ^ key >> 32;
}

typedef uint64_t hash_of(const struct day_writer *w, uint32_t index);

static uint64_t hash_of_contract(const struct day_writer *w, uint32_t index)
{
    return hash_contract(&w->contracts[index]);
}

static uint64_t hash_of_instant(const struct day_writer *w, uint32_t index)
{
    return hash_instant(w->instants[index].ts_ns);
}

static void lookup_put(struct lookup *lookup, uint64_t hash, uint32_t index)
{
    size_t at = hash & (lookup->size - 1);
    while (lookup->slot[at])
        at = (at + 1) & (lookup->size - 1);
    lookup->slot[at] = index + 1;
}

static void lookup_add(struct lookup *lookup, const struct day_writer *w, hash_of *hash,
                       uint32_t index)
{
    if (++lookup->used * 2 > lookup->size) {
        size_t size = lookup->size ? lookup->size * 2 : 1024;
        mem_free(lookup->slot);
        lookup->slot = mem_alloc(size * sizeof *lookup->slot);
        lookup->size = size;
        for (uint32_t i = 0; i < index; i++)
            lookup_put(lookup, hash(w, i), i);
    }
    lookup_put(lookup, hash(w, index), index);
}

static bool same_terms(const struct contract *a, const struct contract *b)
{
    return a->multiplier == b->multiplier && a->style == b->style && a->settle == b->settle &&
           a->delivery == b->delivery;
}

static void check_contract(struct day_writer *w, const struct contract *c)
{
    if (!chain_contract_is_complete(c))
        refuse(w, ERR_RANGE,
               "contract %.7s expiry %d right %d strike %d mills multiplier %d is not "
               "a possible one",
               c->root, (int)c->expiry, c->right, (int)c->strike_mills, (int)c->multiplier);
}

uint32_t day_writer_contract(struct day_writer *w, const struct contract *contract)
{
    struct contract c = *contract; /* with the root padded, whatever lies behind its end */
    size_t root_len = strnlen(c.root, sizeof c.root);
    memset(c.root + root_len, 0, sizeof c.root - root_len);

    uint32_t found = UINT32_MAX;
    if (w->contract_last < w->contract_count &&
        contract_compare(&w->contracts[w->contract_last], &c) == 0)
        found = w->contract_last;
    size_t mask = w->contract_lookup.size - 1;
    if (w->contract_count && found == UINT32_MAX)
        for (size_t at = hash_contract(&c) & mask; w->contract_lookup.slot[at];
             at = (at + 1) & mask) {
            uint32_t index = w->contract_lookup.slot[at] - 1;
            if (contract_compare(&w->contracts[index], &c) == 0) {
                found = index;
                break;
            }
        }
    if (found == UINT32_MAX) {
        found = (uint32_t)w->contract_count;
        w->contracts = mem_grow(w->contracts, &w->contract_capacity, w->contract_count + 1,
                                sizeof *w->contracts);
        w->contracts[w->contract_count++] = c;
        check_contract(w, &c);
        lookup_add(&w->contract_lookup, w, hash_of_contract, found);
    } else if (!same_terms(&w->contracts[found], &c)) {
        refuse(w, ERR_RANGE,
               "contract %s %d %c %d mills is given with two multipliers, styles or "
               "settlements",
               c.root, (int)c.expiry, c.right, (int)c.strike_mills);
    }
    w->contract_last = found;
    return found;
}

static uint32_t find_instant(struct day_writer *w, int64_t ts_ns)
{
    if (w->instant_last < w->instant_count && w->instants[w->instant_last].ts_ns == ts_ns)
        return w->instant_last;
    size_t mask = w->instant_lookup.size - 1;
    if (w->instant_count)
        for (size_t at = hash_instant(ts_ns) & mask; w->instant_lookup.slot[at];
             at = (at + 1) & mask)
            if (w->instants[w->instant_lookup.slot[at] - 1].ts_ns == ts_ns)
                return w->instant_last = w->instant_lookup.slot[at] - 1;

    uint32_t index = (uint32_t)w->instant_count;
    w->instants =
        mem_grow(w->instants, &w->instant_capacity, w->instant_count + 1, sizeof *w->instants);
    w->instants[w->instant_count++] = (struct chain_snapshot){
        .ts_ns = ts_ns,
        .underlying = PRICE_NONE,
        .underlying_bid = PRICE_NONE,
        .underlying_ask = PRICE_NONE,
    };
    if (!chain_ts_fits(ts_ns, w->about.day))
        refuse(w, ERR_RANGE,
               "time stamp %lld is not near the day; is it in nanoseconds since 1970?",
               (long long)ts_ns);
    lookup_add(&w->instant_lookup, w, hash_of_instant, index);
    return w->instant_last = index;
}

/* The three kinds of value: what "not given" is, and what is let in. */
static inline bool price_is_given(int64_t price)
{
    return price != PRICE_NONE;
}
static inline bool size_is_given(uint32_t size)
{
    return size != SIZE_NONE;
}
static inline bool ratio_is_given(float ratio)
{
    return isfinite(ratio);
}
static inline int64_t price_none(void)
{
    return PRICE_NONE;
}
static inline uint32_t size_none(void)
{
    return SIZE_NONE;
}
static inline float ratio_none(void)
{
    return __builtin_nanf(""); /* one NaN for all, so that equal days are equal bytes */
}

static void *new_column(const struct day_writer *w, enum quote_column column)
{
    size_t capacity = 0; /* grows as row_capacity did, to the same number */
    size_t bytes = column_type_bytes(quote_columns[column].type);
    return mem_grow(NULL, &capacity, w->row_capacity, bytes);
}

static void grow_rows(struct day_writer *w)
{
    size_t need = w->row_count + 1, capacity = w->row_capacity;
    w->row_instant = mem_grow(w->row_instant, &capacity, need, sizeof *w->row_instant);
    capacity = w->row_capacity;
    w->row_contract = mem_grow(w->row_contract, &capacity, need, sizeof *w->row_contract);
    size_t grown = capacity;
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        size_t bytes = column_type_bytes(quote_columns[c].type);
        capacity = w->row_capacity;
        if (w->column[c])
            w->column[c] = mem_grow(w->column[c], &capacity, need, bytes);
    }
    w->row_capacity = grown;
}

void day_writer_quote(struct day_writer *w, int64_t ts_ns, uint32_t handle,
                      const struct quote *quote)
{
    MUST(handle < w->contract_count);
    if (w->row_count >= UINT32_MAX - 1) {
        refuse(w, ERR_FULL, "a day holds at most 2^32 - 2 quotes");
        return;
    }
    if (w->row_count == w->row_capacity)
        grow_rows(w);
    size_t row = w->row_count++;
    w->row_instant[row] = find_instant(w, ts_ns);
    w->row_contract[row] = handle;
#define QUOTE_COLUMN(field, ctype, type, kind, needed)                                             \
    ctype *field = w->column[QUOTE_##field];                                                       \
    if (!field && ((needed) || kind##_is_given(quote->field))) {                                   \
        field = w->column[QUOTE_##field] = new_column(w, QUOTE_##field);                           \
        for (size_t i = 0; i < row; i++)                                                           \
            field[i] = kind##_none();                                                              \
    }                                                                                              \
    if (field)                                                                                     \
        field[row] = kind##_is_given(quote->field) ? quote->field : kind##_none();
#include "adapters/store/columns.def"

    if (!store_price_is_possible(quote->bid) || !store_price_is_possible(quote->ask) ||
        !store_price_is_possible(quote->last))
        refuse(w, ERR_RANGE, "a quote of %s %d %c %d mills has a price beyond a billion dollars",
               w->contracts[handle].root, (int)w->contracts[handle].expiry,
               w->contracts[handle].right, (int)w->contracts[handle].strike_mills);
}

void day_writer_underlying(struct day_writer *w, int64_t ts_ns, int64_t level, int64_t bid,
                           int64_t ask, uint32_t flags)
{
    uint32_t index = find_instant(w, ts_ns); /* may move the array */
    struct chain_snapshot *instant = &w->instants[index];
    instant->underlying = level;
    instant->underlying_bid = bid;
    instant->underlying_ask = ask;
    instant->flags = flags;
    if (!store_price_is_possible(level) || !store_price_is_possible(bid) ||
        !store_price_is_possible(ask))
        refuse(w, ERR_RANGE, "the underlying has a price beyond a billion dollars");
}

void day_writer_traded(struct day_writer *w, int64_t ts_ns, int64_t shares, int64_t price)
{
    if (shares == 0)
        return;
    uint32_t index = find_instant(w, ts_ns);
    w->instants[index].traded = shares;
    w->instants[index].traded_price = price;
    w->has_traded = true;
    if (!chain_traded_is_possible(shares, price))
        refuse(w, ERR_RANGE,
               "%lld shares of the underlying traded at a mean of %lld micro-dollars cannot be",
               (long long)shares, (long long)price);
}
