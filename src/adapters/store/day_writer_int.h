/* A day while it is collected: day_writer.c fills it, day_finish.c orders and writes it. */
#ifndef ADAPTERS_STORE_DAY_WRITER_INT_H
#define ADAPTERS_STORE_DAY_WRITER_INT_H

#include "adapters/store/store_int.h"

/* Open addressing: slot[] holds an index + 1 into what is looked up; 0 is free. */
struct lookup {
    uint32_t *slot;
    size_t size; /* a power of two, more than half of it free */
    size_t used;
};

struct day_writer {
    struct store *store;
    struct column_about about;
    enum err err; /* the first thing that cannot be stored, told when finishing */
    char problem[200];

    struct contract *contracts; /* as they come; the handle is the index */
    size_t contract_count, contract_capacity;
    struct lookup contract_lookup;
    uint32_t contract_last;

    struct chain_snapshot *instants; /* as they come */
    size_t instant_count, instant_capacity;
    struct lookup instant_lookup;
    uint32_t instant_last;

    size_t row_count, row_capacity;
    uint32_t *row_instant;
    uint32_t *row_contract;
    /* NULL until somebody fills it; what the contracts are is in row_contract. */
    void *column[QUOTE_COLUMN_COUNT];
    bool has_traded; /* shares of the underlying: the snapshots have a volume */
};

#endif
