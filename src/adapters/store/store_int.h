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

#include "adapters/store/column_file.h"
#include "adapters/store/store.h"

enum { STORE_UNSYNCED_MAX = 16 };

struct store {
    char *path;
    int folder;
    int lock; /* -1 in a reader */
    bool is_made; /* the folder was made by this writer, and nothing is committed yet */
    bool in_transaction;
    char staging[32];
    int unsynced[STORE_UNSYNCED_MAX]; /* staged files whose way to the disk is not waited for yet */
    int unsynced_count;
    bool is_spoiled; /* the disk failed to take a staged file: commit must fail */
};

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

/* Check and decode a chain day. Takes the mapping of file over when it succeeds. */
NODISCARD enum err chain_day_decode(struct chain_day *out, struct column_file *file, bool verify);

/* What the header says of a day: enough for a listing. ERR_CORRUPT when it is not a chain day. */
NODISCARD enum err chain_day_counts(const struct column_file *file, struct store_day *out);

/* What writer and reader both insist on. */
bool chain_ts_fits(int64_t ts_ns, int32_t day);
bool chain_contract_is_complete(const struct contract *c);
static inline bool store_price_is_possible(int64_t price)
{
    return price == PRICE_NONE || (price >= -STORE_PRICE_MAX && price <= STORE_PRICE_MAX);
}

/* Check and decode a series into arena. file may be closed afterwards. */
NODISCARD enum err series_decode(struct series *out, const struct column_file *file,
                                 struct arena *arena);

/* ---- folder.c: folders, relative to an open one ---------------------------------------------- */

/* Sorted names of a folder's entries in arena, without those with a leading dot unless hidden. A
 * missing folder has none. */
NODISCARD enum err folder_names(int at, const char *path, bool hidden, struct arena *arena,
                                char ***names, size_t *count);
NODISCARD enum err folder_make(int at, const char *path); /* with parents; existing ones are fine */
NODISCARD enum err folder_sync(int at, const char *path);
NODISCARD enum err folder_remove(int at, const char *path); /* with all in it; missing is fine */

#endif
