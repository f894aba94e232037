#include "adapters/dbn/dbn_symbols.h"

#include <string.h>

#include "base/date.h"

#define NONE UINT32_MAX
enum { LATEST_DAY = 84005 }; /* 2199-12-31, where dates end */

struct dbn_symbol_entry {
    uint32_t id, next; /* next: index of another entry of the same id, or NONE */
    int32_t start_date, end_date;
    const char *symbol;
    char *learned; /* the same text when a live stream gave it, to be overwritten */
};

static size_t slot_of(const struct dbn_symbols *symbols, uint32_t id)
{
    size_t slot = (id * UINT32_C(2654435769)) & (symbols->slot_count - 1);
    while (symbols->slots[slot] && symbols->entries[symbols->slots[slot] - 1].id != id)
        slot = (slot + 1) & (symbols->slot_count - 1);
    return slot;
}

static void rehash(struct dbn_symbols *symbols)
{
    mem_free(symbols->slots);
    symbols->slot_count = symbols->slot_count ? symbols->slot_count * 2 : 64;
    symbols->slots = mem_alloc(symbols->slot_count * sizeof *symbols->slots);
    for (size_t i = 0; i < symbols->entry_count; i++) {
        struct dbn_symbol_entry *entry = &symbols->entries[i];
        size_t slot = slot_of(symbols, entry->id);
        entry->next = symbols->slots[slot] ? symbols->slots[slot] - 1 : NONE;
        symbols->slots[slot] = (uint32_t)i + 1;
    }
}

static struct dbn_symbol_entry *add(struct dbn_symbols *symbols, uint32_t id)
{
    MUST(symbols->entry_count < NONE - 1);
    if (symbols->entry_count * 2 >= symbols->slot_count)
        rehash(symbols);
    symbols->entries = mem_grow(symbols->entries, &symbols->entry_capacity,
                                symbols->entry_count + 1, sizeof *symbols->entries);
    size_t slot = slot_of(symbols, id);
    struct dbn_symbol_entry *entry = &symbols->entries[symbols->entry_count++];
    *entry =
        (struct dbn_symbol_entry){ .id = id,
                                   .next = symbols->slots[slot] ? symbols->slots[slot] - 1 : NONE };
    symbols->slots[slot] = (uint32_t)symbols->entry_count;
    return entry;
}

static bool parse_id(const char *text, uint32_t *id)
{
    int64_t number;
    if (!str_to_int64(str_from(text), &number) || number < 0 || number > UINT32_MAX)
        return false;
    *id = (uint32_t)number;
    return true;
}

void dbn_symbols_init(struct dbn_symbols *symbols, const struct dbn_metadata *metadata)
{
    *symbols = (struct dbn_symbols){ 0 };
    arena_init(&symbols->arena, "dbn symbols", 0);
    rehash(symbols);
    if (!metadata)
        return;
    /* One side of a mapping is the id; which one depends on what was asked for. */
    bool in_is_id = metadata->stype_in == DBN_STYPE_INSTRUMENT_ID;
    if (!in_is_id && metadata->stype_out != DBN_STYPE_INSTRUMENT_ID)
        return;
    for (size_t i = 0; i < metadata->mapping_count; i++) {
        const struct dbn_mapping *mapping = &metadata->mappings[i];
        for (size_t k = 0; k < mapping->interval_count; k++) {
            const struct dbn_interval *interval = &mapping->intervals[k];
            uint32_t id;
            if (!parse_id(in_is_id ? mapping->raw_symbol : interval->symbol, &id))
                continue;
            struct dbn_symbol_entry *entry = add(symbols, id);
            entry->start_date = interval->start_date;
            entry->end_date = interval->end_date;
            entry->symbol = in_is_id ? interval->symbol : mapping->raw_symbol;
        }
    }
}

void dbn_symbols_clear(struct dbn_symbols *symbols)
{
    mem_free(symbols->entries);
    mem_free(symbols->slots);
    arena_clear(&symbols->arena);
    *symbols = (struct dbn_symbols){ 0 };
}

void dbn_symbols_learn(struct dbn_symbols *symbols, const struct dbn_symbol_mapping *mapping)
{
    const char *text =
        mapping->stype_out_symbol[0] ? mapping->stype_out_symbol : mapping->stype_in_symbol;
    size_t len = strnlen(text, DBN_SYMBOL_BYTES);
    uint32_t id = mapping->hd.instrument_id, first = symbols->slots[slot_of(symbols, id)];
    struct dbn_symbol_entry *entry = first ? &symbols->entries[first - 1] : NULL;
    while (entry && !entry->learned)
        entry = entry->next == NONE ? NULL : &symbols->entries[entry->next];
    if (!entry) {
        if (symbols->learned_count == DBN_SYMBOLS_LEARNED_MAX)
            return;
        symbols->learned_count++;
        entry = add(symbols, id);
        entry->learned = arena_alloc(&symbols->arena, DBN_SYMBOL_BYTES + 1);
        entry->symbol = entry->learned;
        entry->end_date = INT32_MAX;
    }
    memset(entry->learned, 0, DBN_SYMBOL_BYTES + 1);
    memcpy(entry->learned, text, len);
}

const char *dbn_symbols_find(const struct dbn_symbols *symbols, uint32_t instrument_id,
                             uint64_t time)
{
    uint64_t day = time / (UINT64_C(86400) * 1000000000);
    uint32_t first = symbols->slots[slot_of(symbols, instrument_id)];
    if (!first || day > LATEST_DAY)
        return NULL;
    int32_t date = date_from_days((int32_t)day);
    for (uint32_t i = first - 1; i != NONE; i = symbols->entries[i].next) {
        const struct dbn_symbol_entry *entry = &symbols->entries[i];
        if (entry->start_date <= date && date < entry->end_date)
            return entry->symbol;
    }
    return NULL;
}
