/*
 * A fixed-size table from 128-bit keys to slot numbers: linear probing, deletion by shifting back.
 * Internal to this folder. It lies in memory of the caller's and holds no pointers into itself, so
 * a copy of the bytes is a copy of the table.
 */
#ifndef DOMAIN_ORDERS_ID_TABLE_H
#define DOMAIN_ORDERS_ID_TABLE_H

#include "domain/orders/report.h"

struct id_cell {
    struct exec_id key;
    uint32_t slot; /* SLOT_NONE: free */
    uint32_t reserved;
};

/* Cells for so many keys: a power of two, at most half of it used. */
uint32_t id_table_cells(uint32_t keys);
void id_table_init(struct id_cell *cells, uint32_t cell_count);
uint32_t id_table_find(const struct id_cell *cells, uint32_t cell_count, struct exec_id key);
/* The key must not be there, and fewer than the keys the table was made for. */
void id_table_add(struct id_cell *cells, uint32_t cell_count, struct exec_id key, uint32_t slot);
/* The key must be there. */
void id_table_remove(struct id_cell *cells, uint32_t cell_count, struct exec_id key);

#endif
