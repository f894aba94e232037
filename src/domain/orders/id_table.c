#include "domain/orders/id_table.h"

#include "domain/orders/order_set.h"

uint32_t id_table_cells(uint32_t keys)
{
    uint32_t cells = 16;
    while (cells < 2 * (uint64_t)keys) {
        MUST(cells < (UINT32_C(1) << 31));
        cells *= 2;
    }
    return cells;
}

void id_table_init(struct id_cell *cells, uint32_t cell_count)
{
    for (uint32_t i = 0; i < cell_count; i++)
        cells[i] = (struct id_cell){ .slot = SLOT_NONE };
}

/* Order numbers are consecutive and execution ids often nearly so: the bits have to be mixed. */
static uint32_t home_of(struct exec_id key, uint32_t cell_count)
{
    uint64_t x = key.low ^ (key.high * UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x ^ (x >> 31)) & (cell_count - 1);
}

static uint32_t cell_of(const struct id_cell *cells, uint32_t cell_count, struct exec_id key)
{
    uint32_t at = home_of(key, cell_count);
    while (cells[at].slot != SLOT_NONE && !exec_id_equal(cells[at].key, key))
        at = (at + 1) & (cell_count - 1);
    return at;
}

uint32_t id_table_find(const struct id_cell *cells, uint32_t cell_count, struct exec_id key)
{
    return cells[cell_of(cells, cell_count, key)].slot;
}

void id_table_add(struct id_cell *cells, uint32_t cell_count, struct exec_id key, uint32_t slot)
{
    uint32_t at = cell_of(cells, cell_count, key);
    MUST(cells[at].slot == SLOT_NONE);
    cells[at] = (struct id_cell){ .key = key, .slot = slot };
}

void id_table_remove(struct id_cell *cells, uint32_t cell_count, struct exec_id key)
{
    uint32_t mask = cell_count - 1, hole = cell_of(cells, cell_count, key);
    MUST(cells[hole].slot != SLOT_NONE);
    for (uint32_t at = (hole + 1) & mask; cells[at].slot != SLOT_NONE; at = (at + 1) & mask) {
        /* Keys that lie between their home and here may fill the hole, unless home is past it. */
        uint32_t home = home_of(cells[at].key, cell_count);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        cells[hole] = cells[at];
        hole = at;
    }
    cells[hole] = (struct id_cell){ .slot = SLOT_NONE };
}
