/*
 * Which symbol an instrument id stands for on a day: from the mappings of the metadata, and from
 * the symbol mapping records of live streams. Ids may change and be used again from day to day.
 */
#ifndef ADAPTERS_DBN_DBN_SYMBOLS_H
#define ADAPTERS_DBN_DBN_SYMBOLS_H

#include "adapters/dbn/dbn.h"

/* Ids learned from a live stream beyond this many stay without a symbol: three times all of OPRA.
 */
enum { DBN_SYMBOLS_LEARNED_MAX = 1 << 22 };

struct dbn_symbol_entry;

struct dbn_symbols {
    struct arena arena; /* learned names */
    struct dbn_symbol_entry *entries;
    size_t entry_count, entry_capacity, learned_count;
    uint32_t *slots; /* hash table: 1 + index of the first entry of an id */
    size_t slot_count;
};

/* Start from the mappings of a file, which must outlive *symbols; metadata may be NULL. */
void dbn_symbols_init(struct dbn_symbols *symbols, const struct dbn_metadata *metadata);
void dbn_symbols_clear(struct dbn_symbols *symbols);

/* From here on hd.instrument_id stands for stype_out_symbol (stype_in_symbol if that is empty). */
void dbn_symbols_learn(struct dbn_symbols *symbols, const struct dbn_symbol_mapping *mapping);

/* The symbol on the UTC day of time, such as dbn_record_time(); NULL when not known. */
const char *dbn_symbols_find(const struct dbn_symbols *symbols, uint32_t instrument_id,
                             uint64_t time);

#endif
