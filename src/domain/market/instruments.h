/*
 * Instruments of a desk: what every dense id stands for.
 *
 * Ids count from 0 and never change while the table lives; nothing is taken out. All sources of a
 * desk share one table, and one thread adds to it (the thread that polls the sources). Other
 * threads learn of instruments from RECORD_DEFINITION. Room is taken once, at init.
 *
 * id_map below turns a vendor's own numbers into dense ids: one map a source.
 */
#ifndef DOMAIN_MARKET_INSTRUMENTS_H
#define DOMAIN_MARKET_INSTRUMENTS_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "domain/market/record.h"

struct instrument {
    uint8_t class;                        /* enum instrument_class */
    char symbol[INSTRUMENT_SYMBOL_BYTES]; /* "SPY"; of an option its root */
    struct contract contract;             /* of an option */
    uint32_t underlying;                  /* of an option; else INSTRUMENT_NONE */
};

struct instruments {
    struct instrument *rows; /* by id */
    uint32_t count, capacity;
    uint32_t *slots; /* hash table: 1 + id */
    uint32_t slot_mask;
};

void instruments_init(struct instruments *all, struct arena *arena, uint32_t capacity);

/* The id, INSTRUMENT_NONE when it is not there. symbol: 1 to 15 characters. */
uint32_t instruments_find_option(const struct instruments *all, const struct contract *contract);
uint32_t instruments_find(const struct instruments *all, enum instrument_class class,
                          struct str symbol);

/*
 * The id of one that is there, or of a new one. An option's underlying is added before it: an index
 * when the option settles in cash, else a stock.
 * Errors: ERR_FULL when there is no room left; ERR_PARSE for a symbol that is empty or too long.
 */
NODISCARD enum err instruments_add_option(struct instruments *all, const struct contract *contract,
                                          uint32_t *id);
NODISCARD enum err instruments_add(struct instruments *all, enum instrument_class class,
                                   struct str symbol, uint32_t *id);

/* Read "SPY   250221C00500000" or "SPY": an option when it parses as one, else a stock.
 * Errors: those above, and those of product_contract(). */
NODISCARD enum err instruments_add_named(struct instruments *all, struct str name, uint32_t *id);

/* The definition of an id, times and source unset. */
struct market_record instruments_definition(const struct instruments *all, uint32_t id);

/* "SPY 250221C00500000", or the symbol. */
enum { INSTRUMENT_NAME_BYTES = 32 };
void instrument_name(char out[INSTRUMENT_NAME_BYTES], const struct instrument *instrument);

/* ---- a vendor's numbers ---- */

struct id_map {
    uint64_t *slots; /* value in the high half, key in the low one; 0 is free */
    uint32_t count, mask;
    unsigned shift;
    uint32_t zero_value; /* of key 0, which a slot cannot hold */
};

/* Room for at most capacity keys. */
void id_map_init(struct id_map *map, struct arena *arena, uint32_t capacity);
void id_map_clear(struct id_map *map);

/* The value of a key, INSTRUMENT_NONE when it has none. */
static inline uint32_t id_map_find(const struct id_map *map, uint32_t key)
{
    if (!key)
        return map->zero_value;
    for (uint32_t i = key * UINT32_C(2654435769) >> map->shift;; i = (i + 1) & map->mask) {
        uint64_t slot = map->slots[i];
        if ((uint32_t)slot == key)
            return (uint32_t)(slot >> 32);
        if (!slot)
            return INSTRUMENT_NONE;
    }
}

/* Set or overwrite. False when the map is full. */
NODISCARD bool id_map_set(struct id_map *map, uint32_t key, uint32_t value);

#endif
