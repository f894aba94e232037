#include "domain/market/instruments.h"

#include <stdio.h>
#include <string.h>

#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

static uint32_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(x >> 32);
}

static uint64_t bytes8(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

static uint32_t hash_option(const struct contract *c)
{
    return mix(bytes8(c->root) * 31 + (uint64_t)(uint32_t)c->expiry * UINT64_C(0x100000001B3) +
               (uint64_t)(uint32_t)c->strike_mills * 2 + (c->right == OPTION_PUT));
}

static uint32_t hash_symbol(enum instrument_class class, const char symbol[INSTRUMENT_SYMBOL_BYTES])
{
    return mix(bytes8(symbol) * 31 + bytes8(symbol + 8) * 17 + class);
}

/* The smallest power of two that leaves a hash table for count keys at most half full. */
static uint32_t table_size(uint32_t count)
{
    uint32_t size = 16;
    MUST(count <= UINT32_MAX / 8);
    while (size < count * 2)
        size *= 2;
    return size;
}

void instruments_init(struct instruments *all, struct arena *arena, uint32_t capacity)
{
    uint32_t size = table_size(capacity);
    *all = (struct instruments){ .capacity = capacity, .slot_mask = size - 1 };
    all->rows = arena_array(arena, struct instrument, capacity);
    all->slots = arena_array(arena, uint32_t, size);
}

static bool is_option(const struct instrument *row, const struct contract *contract)
{
    return row->class == INSTRUMENT_OPTION && contract_compare(&row->contract, contract) == 0;
}

static uint32_t option_slot(const struct instruments *all, const struct contract *contract)
{
    uint32_t slot = hash_option(contract) & all->slot_mask;
    while (all->slots[slot] && !is_option(&all->rows[all->slots[slot] - 1], contract))
        slot = (slot + 1) & all->slot_mask;
    return slot;
}

static uint32_t symbol_slot(const struct instruments *all, enum instrument_class class,
                            const char symbol[INSTRUMENT_SYMBOL_BYTES])
{
    uint32_t slot = hash_symbol(class, symbol) & all->slot_mask;
    for (; all->slots[slot]; slot = (slot + 1) & all->slot_mask) {
        const struct instrument *row = &all->rows[all->slots[slot] - 1];
        if (row->class == class && memcmp(row->symbol, symbol, INSTRUMENT_SYMBOL_BYTES) == 0)
            break;
    }
    return slot;
}

static bool padded(char out[INSTRUMENT_SYMBOL_BYTES], struct str symbol)
{
    memset(out, 0, INSTRUMENT_SYMBOL_BYTES);
    if (symbol.len == 0 || symbol.len >= INSTRUMENT_SYMBOL_BYTES ||
        memchr(symbol.ptr, 0, symbol.len))
        return false;
    memcpy(out, symbol.ptr, symbol.len);
    return true;
}

uint32_t instruments_find_option(const struct instruments *all, const struct contract *contract)
{
    return all->slots[option_slot(all, contract)] - 1;
}

uint32_t instruments_find(const struct instruments *all, enum instrument_class class,
                          struct str symbol)
{
    char text[INSTRUMENT_SYMBOL_BYTES];
    return padded(text, symbol) ? all->slots[symbol_slot(all, class, text)] - 1 : INSTRUMENT_NONE;
}

static enum err full(const struct instruments *all)
{
    return err_set(ERR_FULL, "more than %u instruments; subscribe to fewer, or raise the limit",
                   all->capacity);
}

enum err instruments_add(struct instruments *all, enum instrument_class class, struct str symbol,
                         uint32_t *id)
{
    struct instrument row = { .class = (uint8_t) class, .underlying = INSTRUMENT_NONE };
    MUST(class != INSTRUMENT_OPTION);
    if (!padded(row.symbol, symbol))
        return err_set(ERR_PARSE, "\"%.*s\" is no symbol: it has 1 to %d characters",
                       STR_ARG(str_slice(symbol, 0, 80)), INSTRUMENT_SYMBOL_BYTES - 1);
    uint32_t slot = symbol_slot(all, class, row.symbol);
    if (!all->slots[slot]) {
        if (all->count == all->capacity)
            return full(all);
        all->rows[all->count++] = row;
        all->slots[slot] = all->count;
    }
    *id = all->slots[slot] - 1;
    return ERR_OK;
}

enum err instruments_add_option(struct instruments *all, const struct contract *contract,
                                uint32_t *id)
{
    *id = instruments_find_option(all, contract);
    if (*id != INSTRUMENT_NONE)
        return ERR_OK;
    struct instrument row = { .class = INSTRUMENT_OPTION, .contract = *contract };
    memcpy(row.symbol, contract->root, CONTRACT_ROOT_BYTES);
    char underlying[CONTRACT_ROOT_BYTES];
    product_underlying(underlying,
                       (struct str){ contract->root, strnlen(contract->root, OCC_ROOT_MAX) });
    enum err err = instruments_add(
        all, contract->delivery == DELIVERY_CASH ? INSTRUMENT_INDEX : INSTRUMENT_STOCK,
        (struct str){ underlying, strnlen(underlying, CONTRACT_ROOT_BYTES) }, &row.underlying);
    if (err)
        return err;
    if (all->count == all->capacity)
        return full(all);
    uint32_t slot = option_slot(all, contract); /* anew: the underlying may have taken it */
    all->rows[all->count++] = row;
    all->slots[slot] = all->count;
    *id = all->count - 1;
    return ERR_OK;
}

enum err instruments_add_named(struct instruments *all, struct str name, uint32_t *id)
{
    struct occ_symbol symbol;
    struct contract contract;
    if (name.len < INSTRUMENT_SYMBOL_BYTES)
        return instruments_add(all, INSTRUMENT_STOCK, name, id);
    enum err err = occ_symbol_parse(&symbol, name);
    if (!err)
        err = product_contract(&contract, &symbol);
    return err ? err : instruments_add_option(all, &contract, id);
}

struct market_record instruments_definition(const struct instruments *all, uint32_t id)
{
    MUST(id < all->count);
    const struct instrument *row = &all->rows[id];
    struct market_record out = { .instrument = id, .kind = RECORD_DEFINITION };
    struct record_definition *definition = &out.of.definition;
    definition->class = row->class;
    definition->underlying = row->underlying;
    if (row->class == INSTRUMENT_OPTION)
        definition->of.contract = row->contract;
    else
        memcpy(definition->of.symbol, row->symbol, sizeof row->symbol);
    return out;
}

void instrument_name(char out[INSTRUMENT_NAME_BYTES], const struct instrument *instrument)
{
    if (instrument->class != INSTRUMENT_OPTION) {
        snprintf(out, INSTRUMENT_NAME_BYTES, "%s", instrument->symbol);
        return;
    }
    const struct contract *c = &instrument->contract;
    snprintf(out, INSTRUMENT_NAME_BYTES, "%s %06d%c%08d", c->root, (int)(c->expiry % 1000000),
             c->right, (int)c->strike_mills);
}

/* ---- a vendor's numbers ---- */

void id_map_init(struct id_map *map, struct arena *arena, uint32_t capacity)
{
    uint32_t size = table_size(capacity);
    *map = (struct id_map){ .mask = size - 1, .shift = 32, .zero_value = INSTRUMENT_NONE };
    for (uint32_t n = size; n > 1; n /= 2)
        map->shift--;
    map->slots = arena_array(arena, uint64_t, size);
}

void id_map_clear(struct id_map *map)
{
    memset(map->slots, 0, ((size_t)map->mask + 1) * sizeof *map->slots);
    map->count = 0;
    map->zero_value = INSTRUMENT_NONE;
}

bool id_map_set(struct id_map *map, uint32_t key, uint32_t value)
{
    if (!key) {
        map->zero_value = value;
        return true;
    }
    uint32_t i = key * UINT32_C(2654435769) >> map->shift;
    while (map->slots[i] && (uint32_t)map->slots[i] != key)
        i = (i + 1) & map->mask;
    if (!map->slots[i]) {
        if (map->count > map->mask / 2)
            return false;
        map->count++;
    }
    map->slots[i] = (uint64_t)value << 32 | key;
    return true;
}
