#include <stdlib.h>
#include <string.h>

#include "adapters/store/day_writer_int.h"

/*
 * Finishing gives contracts and instants their ranks, orders the rows by two counting sorts (linear
 * and stable; most sources are in order already and skip it) and writes column after column, or
 * block after block of all columns.
 */

/* ---- ordering -------------------------------------------------------------------------------- */

/* What finishing works on; everything in arena. */
struct ordered {
    uint32_t *contract_at, *contract_rank; /* handle of the rank, rank of the handle */
    uint32_t *instant_at, *instant_rank;
    uint32_t *row_at; /* rows in order; NULL when they came so */
    uint32_t row_count;
};

static int compare_contracts(const void *a, const void *b, void *contracts)
{
    const struct contract *c = contracts;
    return contract_compare(&c[*(const uint32_t *)a], &c[*(const uint32_t *)b]);
}

static int compare_instants(const void *a, const void *b, void *instants)
{
    const struct chain_snapshot *s = instants;
    int64_t ta = s[*(const uint32_t *)a].ts_ns, tb = s[*(const uint32_t *)b].ts_ns;
    return (ta > tb) - (ta < tb);
}

static void rank(uint32_t **at, uint32_t **rank_of, size_t count, void *values,
                 int (*compare)(const void *, const void *, void *), struct arena *arena)
{
    *at = arena_array(arena, uint32_t, count);
    *rank_of = arena_array(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        (*at)[i] = i;
    qsort_r(*at, count, sizeof **at, compare, values);
    for (uint32_t i = 0; i < count; i++)
        (*rank_of)[(*at)[i]] = i;
}

/* Strictly ascending: in order and nothing twice. */
static bool rows_are_ordered(const struct day_writer *w, const struct ordered *o)
{
    uint64_t last = 0;
    for (size_t i = 0; i < w->row_count; i++) {
        uint64_t key = (uint64_t)o->instant_rank[w->row_instant[i]] << 32 |
                       (o->contract_rank[w->row_contract[i]] + 1);
        if (key <= last)
            return false;
        last = key;
    }
    return true;
}

/* One pass of a least-significant-first sort: to[] is from[] stably by rank_of[key[row]]. from NULL
 * is the identity. */
static void counting_sort(uint32_t *to, const uint32_t *from, size_t count, const uint32_t *key,
                          const uint32_t *rank_of, size_t rank_count)
{
    uint32_t *place = mem_alloc((rank_count + 1) * sizeof *place);
    for (size_t i = 0; i < count; i++)
        place[rank_of[key[i]] + 1]++;
    for (size_t r = 1; r <= rank_count; r++)
        place[r] += place[r - 1];
    for (size_t i = 0; i < count; i++) {
        uint32_t row = from ? from[i] : (uint32_t)i;
        to[place[rank_of[key[row]]]++] = row;
    }
    mem_free(place);
}

static bool rows_are_equal(const struct day_writer *w, uint32_t a, uint32_t b)
{
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++) {
        size_t bytes = column_type_bytes(quote_columns[c].type);
        const char *column = w->column[c];
        if (column && memcmp(column + a * bytes, column + b * bytes, bytes) != 0)
            return false;
    }
    return true;
}

/* Keep the last row of each (instant, contract). */
static void drop_repeats(const struct day_writer *w, struct ordered *o, uint64_t *conflicts)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < o->row_count; i++) {
        uint32_t row = o->row_at[i];
        if (i + 1 < o->row_count) {
            uint32_t next = o->row_at[i + 1];
            if (w->row_instant[row] == w->row_instant[next] &&
                w->row_contract[row] == w->row_contract[next]) {
                *conflicts += !rows_are_equal(w, row, next);
                continue;
            }
        }
        o->row_at[kept++] = row;
    }
    o->row_count = kept;
}

static void order_rows(const struct day_writer *w, struct ordered *o, struct arena *arena,
                       uint64_t *conflicts)
{
    rank(&o->contract_at, &o->contract_rank, w->contract_count, w->contracts, compare_contracts,
         arena);
    rank(&o->instant_at, &o->instant_rank, w->instant_count, w->instants, compare_instants, arena);
    o->row_count = (uint32_t)w->row_count;
    if (rows_are_ordered(w, o))
        return;
    uint32_t *by_contract = mem_alloc(w->row_count * sizeof *by_contract);
    o->row_at = arena_array(arena, uint32_t, w->row_count);
    counting_sort(by_contract, NULL, w->row_count, w->row_contract, o->contract_rank,
                  w->contract_count);
    counting_sort(o->row_at, by_contract, w->row_count, w->row_instant, o->instant_rank,
                  w->instant_count);
    mem_free(by_contract);
    drop_repeats(w, o, conflicts);
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum err write_contracts(const struct day_writer *w, const struct ordered *o,
                                struct column_writer *file, void *scratch)
{
    for (size_t i = 0; i < w->contract_count; i++)
        memcpy((char *)scratch + i * CONTRACT_ROOT_BYTES, w->contracts[o->contract_at[i]].root,
               CONTRACT_ROOT_BYTES);
    enum err err =
        column_writer_add(file, "contract.root", COLUMN_TEXT8, scratch, w->contract_count);
#define CONTRACT_COLUMN(field, ctype, type)                                                        \
    for (size_t i = 0; i < w->contract_count; i++)                                                 \
        ((ctype *)scratch)[i] = w->contracts[o->contract_at[i]].field;                             \
    if (!err)                                                                                      \
        err = column_writer_add(file, "contract." #field, type, scratch, w->contract_count);
#include "adapters/store/columns.def"
    return err;
}

static enum err write_snapshots(const struct day_writer *w, const struct ordered *o,
                                struct column_writer *file, void *scratch)
{
    for (uint32_t i = 0; i < o->row_count; i++)
        w->instants[w->row_instant[o->row_at ? o->row_at[i] : i]].row_count++;
    enum err err = ERR_OK;
#define SNAPSHOT_COLUMN(field, ctype, type)                                                        \
    for (size_t i = 0; i < w->instant_count; i++)                                                  \
        ((ctype *)scratch)[i] = w->instants[o->instant_at[i]].field;                               \
    if (!err)                                                                                      \
        err = column_writer_add(file, "snapshot." #field, type, scratch, w->instant_count);
#define SNAPSHOT_MAYBE(field, ctype, type)                                                         \
    for (size_t i = 0; i < w->instant_count && w->has_traded; i++)                                 \
        ((ctype *)scratch)[i] = w->instants[o->instant_at[i]].field;                               \
    if (!err && w->has_traded)                                                                     \
        err = column_writer_add(file, "snapshot." #field, type, scratch, w->instant_count);
#include "adapters/store/columns.def"
    return err;
}

/* count values of the column from row first on, in order: scratch[i] = column[row_at[first + i]],
 * or where they lie when they came in order. */
static const void *gather(const struct day_writer *w, int c, const struct ordered *o,
                          uint32_t first, uint32_t count, void *scratch)
{
    const uint32_t *at = o->row_at ? o->row_at + first : NULL;
    uint32_t *narrow = scratch;
    if (c == QUOTE_contract) {
        const uint32_t *handle = at ? w->row_contract : w->row_contract + first;
        for (uint32_t i = 0; i < count; i++)
            narrow[i] = o->contract_rank[handle[at ? at[i] : i]];
        return scratch;
    }
    const void *column = w->column[c];
    size_t bytes = column_type_bytes(quote_columns[c].type);
    if (!at)
        return (const char *)column + first * bytes;
    if (bytes == 8)
        for (uint32_t i = 0; i < count; i++)
            ((uint64_t *)scratch)[i] = ((const uint64_t *)column)[at[i]];
    else
        for (uint32_t i = 0; i < count; i++)
            narrow[i] = ((const uint32_t *)column)[at[i]];
    return scratch;
}

static bool has_column(const struct day_writer *w, int c)
{
    return c == QUOTE_contract || w->column[c];
}

static enum err write_quotes_raw(const struct day_writer *w, const struct ordered *o,
                                 struct column_writer *file)
{
    enum err err = ERR_OK;
    void *scratch = mem_alloc(o->row_count * sizeof(int64_t));
    for (int c = 0; c < QUOTE_COLUMN_COUNT && !err; c++)
        if (has_column(w, c))
            err = column_writer_add(file, quote_columns[c].name, quote_columns[c].type,
                                    gather(w, c, o, 0, o->row_count, scratch), o->row_count);
    mem_free(scratch);
    return err;
}

/* The snapshots as the file has them, for the shapes of blocks. */
static struct chain_snapshot *ordered_snapshots(const struct day_writer *w, const struct ordered *o,
                                                struct arena *arena)
{
    struct chain_snapshot *snapshots = arena_array(arena, struct chain_snapshot, w->instant_count);
    uint32_t row = 0;
    for (size_t i = 0; i < w->instant_count; i++) {
        snapshots[i] = w->instants[o->instant_at[i]];
        snapshots[i].row_first = row;
        row += snapshots[i].row_count;
    }
    return snapshots;
}

static bool is_worth_packing(const struct day_writer *w, const struct ordered *o)
{
    for (size_t i = 0; i < w->instant_count; i++)
        if (w->instants[i].row_count > BLOCK_ROWS_MAX)
            return false;
    enum store_packing packing = w->store->packing;
    return packing == STORE_PACK_ALWAYS ||
           (packing == STORE_PACK_AUTO && w->instant_count >= STORE_PACK_SNAPSHOTS &&
            o->row_count >= STORE_PACK_ROWS);
}

/* Scratch for a block of each column that is there. */
static void *block_scratch(const struct day_writer *w, uint32_t rows,
                           void *scratch[QUOTE_COLUMN_COUNT])
{
    char *memory = mem_alloc(QUOTE_COLUMN_COUNT * sizeof(int64_t) * (size_t)rows);
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        scratch[c] = has_column(w, c) ? memory + c * sizeof(int64_t) * (size_t)rows : NULL;
    return memory;
}

/* Of what is kept, not of all that came, so that equal days are equal bytes. */
static uint32_t unit_of(const struct day_writer *w, int c, const struct ordered *o, uint32_t start,
                        void *scratch, uint32_t rows_max)
{
    uint32_t unit = start;
    for (uint32_t first = 0; first < o->row_count && unit != 1; first += rows_max) {
        uint32_t count = o->row_count - first < rows_max ? o->row_count - first : rows_max;
        unit = block_price_unit(gather(w, c, o, first, count, scratch), count, unit);
    }
    return unit;
}

static enum err write_quotes_packed(const struct day_writer *w, const struct ordered *o,
                                    struct column_writer *file, struct arena *arena)
{
    const struct chain_snapshot *snapshots = ordered_snapshots(w, o, arena);
    uint32_t count = (uint32_t)w->instant_count, rows_max = 1;
    for (uint32_t s = 0, n; s < count; s += n) {
        uint32_t rows = packed_day_cut(snapshots, count, s, &n);
        rows_max = rows > rows_max ? rows : rows_max;
    }
    void *scratch[QUOTE_COLUMN_COUNT];
    const void *column[QUOTE_COLUMN_COUNT] = { NULL };
    void *memory = block_scratch(w, rows_max, scratch);
    struct packed_writer packer;
    packed_writer_init(&packer, (uint32_t)w->contract_count);
    uint32_t unit = unit_of(w, QUOTE_bid, o, 0, scratch[QUOTE_bid], rows_max);
    unit = unit_of(w, QUOTE_ask, o, unit, scratch[QUOTE_ask], rows_max);
    packer.unit[QUOTE_bid] = packer.unit[QUOTE_ask] = unit ? unit : 1;
    if (has_column(w, QUOTE_last)) {
        unit = unit_of(w, QUOTE_last, o, 0, scratch[QUOTE_last], rows_max);
        packer.unit[QUOTE_last] = unit ? unit : 1;
    }
    for (uint32_t s = 0, n; s < count; s += n) {
        uint32_t rows = packed_day_cut(snapshots, count, s, &n);
        for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
            if (scratch[c])
                column[c] = gather(w, c, o, snapshots[s].row_first, rows, scratch[c]);
        packed_writer_block(&packer, snapshots + s, n, rows, column);
    }
    mem_free(memory);
    return packed_writer_finish(&packer, file);
}

static uint32_t column_count(const struct day_writer *w)
{
    uint32_t count = 2; /* the root, and which contract a quote is of */
#define CONTRACT_COLUMN(field, ctype, type) count++;
#define SNAPSHOT_COLUMN(field, ctype, type) count++;
#define SNAPSHOT_MAYBE(field, ctype, type) count += w->has_traded;
#define QUOTE_COLUMN(field, ctype, type, kind, needed) count += w->column[QUOTE_##field] != NULL;
#include "adapters/store/columns.def"
    return count;
}

static enum err write_day(const struct day_writer *w, const struct ordered *o, struct arena *arena)
{
    char name[STORE_NAME_BYTES], staged[STORE_NAME_BYTES];
    chain_file_name(name, w->about.symbol, w->about.day);
    enum err err = store_stage(w->store, name, staged);
    if (err)
        return err_add(err, "store %s", w->store->path);

    size_t most = w->contract_count > w->instant_count ? w->contract_count : w->instant_count;
    struct column_writer file;
    err = column_writer_open(&file, w->store->folder, staged, &w->about, column_count(w));
    if (err)
        return err_add(err, "store %s", w->store->path);
    void *scratch = mem_alloc(most * 8);
    err = write_contracts(w, o, &file, scratch);
    if (!err)
        err = write_snapshots(w, o, &file, scratch);
    mem_free(scratch);
    if (!err)
        err = is_worth_packing(w, o) ? write_quotes_packed(w, o, &file, arena)
                                     : write_quotes_raw(w, o, &file);
    return store_stage_end(w->store, &file, err);
}

enum err day_writer_finish(struct day_writer *w, uint64_t *conflicts)
{
    struct day_written written;
    enum err err = day_writer_finish_counted(w, &written);
    if (conflicts)
        *conflicts = written.conflicts;
    return err;
}

enum err day_writer_finish_counted(struct day_writer *w, struct day_written *written)
{
    *written = (struct day_written){ 0 };
    enum err err = ERR_OK;
    if (w->err)
        err = err_set(w->err, "%s of %d: %s", w->about.symbol, (int)w->about.day, w->problem);
    else if (w->row_count == 0)
        err = err_set(ERR_RANGE, "%s of %d: there is no quote to store", w->about.symbol,
                      (int)w->about.day);
    if (!err) {
        struct arena arena;
        arena_init(&arena, "day_writer", 0);
        struct ordered ordered = { 0 };
        uint64_t conflicts = 0;
        order_rows(w, &ordered, &arena, &conflicts);
        err = write_day(w, &ordered, &arena);
        if (!err)
            *written =
                (struct day_written){ .quotes = ordered.row_count,
                                      .repeats = w->row_count - ordered.row_count - conflicts,
                                      .conflicts = conflicts };
        arena_clear(&arena);
    }
    day_writer_drop(w);
    return err;
}
