/*
 * What the files of this folder share: names inside a store, lookup, staging, folders.
 *
 *     STORE/.ironfly-store      "ironfly store 1": that this folder is a store
 *     STORE/.lock               held with flock() by the one writer; its process id
 *     STORE/.staging-PID/...    files of an open transaction, laid out as in the store
 *     STORE/.commit/...         a transaction that is decided: its files are moved into place
 *
 * Renaming .staging-PID to .commit is the moment of commit. Readers look in .commit first, so the
 * move file by file behind it does not show; the next writer completes one that was cut short.
 */
#ifndef ADAPTERS_STORE_STORE_INT_H
#define ADAPTERS_STORE_STORE_INT_H

#include "adapters/store/block_codec.h"
#include "adapters/store/column_file.h"
#include "adapters/store/store.h"

enum { STORE_UNSYNCED_MAX = 16 };

struct store {
    char *path;
    int folder;
    int lock;     /* -1 in a reader */
    bool is_made; /* the folder was made by this writer, and nothing is committed yet */
    bool in_transaction;
    char staging[32];
    int unsynced[STORE_UNSYNCED_MAX]; /* staged files whose way to the disk is not waited for yet */
    int unsynced_count;
    bool is_spoiled; /* the disk failed to take a staged file: commit must fail */
    bool has_news;   /* something was committed that the index may not know */
    enum store_packing packing;
    size_t mapped_max;
};

enum { STORE_MAPPED_MAX = 256 << 20 }; /* until somebody says otherwise */

/* Room for "chains/<symbol>/yyyymmdd.ifc" with a staging folder in front. */
enum { STORE_NAME_BYTES = 96 };

#define STORE_COMMIT_FOLDER ".commit"
#define CHAIN_KIND "chain-day"
#define CHAIN_SUFFIX ".ifc"
#define SERIES_SUFFIX ".ifs"

/* Symbols become file names: 1 to 15 of A-Z 0-9 . _ ^ -, no leading dot. ERR_RANGE otherwise. */
bool store_symbol_is_valid(const char *symbol);
NODISCARD enum err store_symbol_check(const char *symbol);

/* Names relative to the store. The symbol is checked before. */
void chain_file_name(char out[STORE_NAME_BYTES], const char *symbol, int32_t day);
void series_file_name(char out[STORE_NAME_BYTES], const char *symbol, enum series_kind kind);
/* The day in "yyyymmdd.ifc", 0 when it is something else. */
int32_t chain_file_day(const char *file_name);
/* Split "SPX.bars.ifs"; false when it is something else. */
bool series_file_split(const char *file_name, char symbol[STORE_SYMBOL_BYTES],
                       enum series_kind *kind);

/* Open a stored file by name, committed ones first; peek reads its header only. */
NODISCARD enum err store_file_open(struct column_file *out, const struct store *store,
                                   const char *name);
NODISCARD enum err store_file_peek(struct column_file *out, const struct store *store,
                                   const char *name);

/* The staged place of name in the open transaction, its folders made. */
NODISCARD enum err store_stage(const struct store *store, const char *name,
                               char out[STORE_NAME_BYTES]);

/* Finish or drop a writer of a staged file: on an error the file is removed. The disk is waited for
 * at commit, so that it works while the next day is read. */
NODISCARD enum err store_stage_end(struct store *store, struct column_writer *writer, enum err err);

/*
 * Names relative to the store of all data files below base ("" or STORE_COMMIT_FOLDER), sorted, in
 * arena: chains first. A missing folder has none.
 */
NODISCARD enum err store_names(const struct store *store, const char *base, struct arena *arena,
                               char ***names, size_t *count);
/* All data files of the store, committed or in place, each once. */
NODISCARD enum err store_all_names(const struct store *store, struct arena *arena, char ***names,
                                   size_t *count);

/* "quote.bid" and the like, in the order of columns.def; quote.contract is the first. */
enum quote_column {
    QUOTE_contract,
#define QUOTE_COLUMN(field, ctype, type, kind, needed) QUOTE_##field,
#include "adapters/store/columns.def"
    QUOTE_COLUMN_COUNT
};
struct quote_column_info {
    const char *name;
    enum column_type type;
    bool needed;
    enum block_role role;
};
extern const struct quote_column_info quote_columns[QUOTE_COLUMN_COUNT];

/* A day's columns by enum quote_column, as rows; NULL where there is none. */
void quote_rows_from(struct quote_rows *rows, uint32_t count,
                     const void *const column[QUOTE_COLUMN_COUNT]);

/* Contracts and snapshots of a file, proved, into *out; its rows have a count only. With
 * chain_day_close() they are given back. */
NODISCARD enum err chain_tables_decode(struct chain_day *out, const struct column_file *file);
/* The raw columns of a file. */
NODISCARD enum err chain_rows_raw(struct quote_rows *rows, uint32_t count,
                                  const struct column_file *file);
/* Are the rows of this file compressed? */
bool chain_is_packed(const struct column_file *file);
/* That contracts ascend and are in the table, for the rows of snapshot i. */
NODISCARD enum err chain_check_rows(const struct chain_day *day, const struct quote_rows *rows,
                                    uint32_t i, const char *name);
/* That the prices of rows are possible; first is the number of their first row in the day. */
NODISCARD enum err chain_check_prices(const struct quote_rows *rows, uint32_t first,
                                      const char *name);
NODISCARD enum err chain_check_levels(const struct chain_day *day, const char *name);

/* ---- packed_day.c: the compressed rows of a day ---------------------------------------------- */

struct packed_day {
    const struct chain_day *day; /* its tables */
    const char *name;            /* of the file, for messages */
    uint32_t block_count;
    uint32_t rows_max;        /* of a block */
    uint32_t *first_row;      /* [block_count + 1] */
    uint32_t *first_snapshot; /* [block_count + 1] */
    struct column_blocks column[QUOTE_COLUMN_COUNT];
    uint64_t *at[QUOTE_COLUMN_COUNT]; /* of each block in its column's payload; NULL: no column */
};

/* Check all directories against each other and against the snapshots. day and file outlive it. */
NODISCARD enum err packed_day_init(struct packed_day *out, const struct chain_day *day,
                                   const struct column_file *file);
/* Without the columns whose bit, 1 << enum quote_column, is set. */
NODISCARD enum err packed_day_init_without(struct packed_day *out, const struct chain_day *day,
                                           const struct column_file *file, unsigned without);
void packed_day_clear(struct packed_day *packed);
/* ERR_CORRUPT names column, block and snapshots when the block's checksum is wrong. */
NODISCARD enum err packed_day_verify(const struct packed_day *packed, int column, uint32_t block);
/* Unpack a block of the columns that have a place in to[], which has block_room() of its rows. */
NODISCARD enum err packed_day_decode(const struct packed_day *packed, struct block_codec *codec,
                                     uint32_t block, void *const to[QUOTE_COLUMN_COUNT]);
/* Memory for any block of it, in one piece: how much, where each column goes in it, or both at
 * once, to be given back with mem_free(). */
size_t packed_day_room_bytes(const struct packed_day *packed);
void packed_day_place(const struct packed_day *packed, void *memory,
                      void *column[QUOTE_COLUMN_COUNT]);
void *packed_day_room(const struct packed_day *packed, void *column[QUOTE_COLUMN_COUNT]);
/* The block that snapshot i lies in; its rows are not none. */
uint32_t packed_day_block_of(const struct packed_day *packed, uint32_t i);
static inline uint32_t packed_day_rows(const struct packed_day *packed, uint32_t block)
{
    return packed->first_row[block + 1] - packed->first_row[block];
}

/* How many of the snapshots from s on make a block, in *taken, and the rows of it. None has more
 * than BLOCK_ROWS_MAX alone. */
uint32_t packed_day_cut(const struct chain_snapshot *snapshots, uint32_t count, uint32_t s,
                        uint32_t *taken);

struct packed_writer {
    uint32_t contract_count, block_count;
    uint32_t unit[QUOTE_COLUMN_COUNT]; /* of prices: block_price_unit(); 1 at first */
    struct block_codec *codec;
    struct buf payload[QUOTE_COLUMN_COUNT];
    struct column_block *block[QUOTE_COLUMN_COUNT];
    size_t block_capacity[QUOTE_COLUMN_COUNT];
};
void packed_writer_init(struct packed_writer *writer, uint32_t contract_count);
/* The next block: count snapshots with rows in all, the same columns every time. */
void packed_writer_block(struct packed_writer *writer, const struct chain_snapshot *snapshots,
                         uint32_t count, uint32_t rows,
                         const void *const column[QUOTE_COLUMN_COUNT]);
/* Append the columns to file; frees the writer, on errors too. ERR_IO. */
NODISCARD enum err packed_writer_finish(struct packed_writer *writer, struct column_writer *file);

/* ---- chain_day.c ----------------------------------------------------------------------------- */

/* Check and decode a chain day. Takes the mapping of file over when it succeeds. */
NODISCARD enum err chain_day_decode(struct chain_day *out, struct column_file *file, bool verify);

/* The file of a day, its header checked. Errors as chain_day_open(). */
NODISCARD enum err chain_file_open(struct column_file *out, const struct store *store,
                                   const char *underlying, int32_t day);

/* What the header says of a day: enough for a listing. ERR_CORRUPT when it is not a chain day. */
NODISCARD enum err chain_day_counts(const struct column_file *file, struct store_day *out);

/* What writer and reader both insist on. */
bool chain_ts_fits(int64_t ts_ns, int32_t day);
bool chain_contract_is_complete(const struct contract *c);
static inline bool store_price_is_possible(int64_t price)
{
    return price == PRICE_NONE || (price >= -STORE_PRICE_MAX && price <= STORE_PRICE_MAX);
}

/* Of a snapshot: shares of the underlying and their mean price. */
static inline bool chain_traded_is_possible(int64_t shares, int64_t price)
{
    return shares >= 0 && shares <= STORE_PRICE_MAX && price >= 0 && price <= STORE_PRICE_MAX &&
           (shares > 0) == (price > 0);
}

/* Check and decode a series into arena. file may be closed afterwards. */
NODISCARD enum err series_decode(struct series *out, const struct column_file *file,
                                 struct arena *arena);

/* "chains/SPX/20190521.ifc" and not a series. */
bool chain_name_is(const char *name);
/* That a chain file lies where its header says it belongs. */
NODISCARD enum err chain_check_place(const struct column_file *file, const char *name);
/* The first thing that store_check() would find in this file. */
NODISCARD enum err store_check_file(const struct store *store, const char *name);

/* Bring the index of every underlying up to date, as far as the disk lets it. */
void store_index_refresh(const struct store *store);

/* Stage these rows (ascending, as read) in place of the whole series. */
NODISCARD enum err series_replace(struct store *store, const struct series *series);

/* Where a repair puts damaged files, laid out as in the store. */
#define STORE_DAMAGED_FOLDER ".damaged"
#define STORE_STAGING_START ".staging-"

/* ---- folder.c: folders, relative to an open one ---------------------------------------------- */

/* Sorted names of a folder's entries in arena, without those with a leading dot unless hidden. A
 * missing folder has none. */
NODISCARD enum err folder_names(int at, const char *path, bool hidden, struct arena *arena,
                                char ***names, size_t *count);
NODISCARD enum err folder_make(int at, const char *path); /* with parents; existing ones are fine */
NODISCARD enum err folder_sync(int at, const char *path);
NODISCARD enum err folder_remove(int at, const char *path); /* with all in it; missing is fine */

#endif
