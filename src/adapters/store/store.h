/*
 * The market data store: a folder of immutable columnar files, read through mmap.
 *
 *     STORE/chains/SPX/20190521.ifc     a day of one underlying: contracts, snapshots, quotes
 *     STORE/series/SPX.bars.ifs         daily bars, dividends, splits, rates, settlement values
 *
 * Every file carries a format version and a checksum of each column, and is written to a temporary
 * name, synced and renamed: a reader sees the old file or the new one, never a part. An import is a
 * transaction (store_begin ... store_commit) that lands whole or leaves the store as it was.
 * Readers may run beside one writer; two writers exclude each other by a lock file.
 */
#ifndef ADAPTERS_STORE_STORE_H
#define ADAPTERS_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/types/chain.h"
#include "domain/types/contract.h"

#define STORE_SYMBOL_BYTES 16
/* Stored prices are PRICE_NONE or within plus/minus this, so that sums of a few cannot overflow. */
#define STORE_PRICE_MAX INT64_C(1000000000000000) /* micros: a billion dollars */

struct store;

enum series_kind {
    SERIES_BARS,       /* daily: open, high, low, close, volume; micros; raw, not adjusted */
    SERIES_DIVIDENDS,  /* date = ex date; value = micros a share */
    SERIES_SPLITS,     /* date = first day after; value = new shares per old, times 1e6 */
    SERIES_RATES,      /* value = per year continuously compounded, times 1e9; holds from date on */
    SERIES_SETTLEMENT, /* value = AM settlement (SOQ) micros; close column = PM if known */
    SERIES_EARNINGS,   /* scheduled: date = New York day; happens_s, known_s, withdrawn_s below */
    SERIES_FOMC,       /* the same, of the symbol "USD": a rate decision */
    SERIES_CPI,        /* the same, of "USD": consumer prices come out */
    SERIES_KIND_COUNT
};

/* Open an existing store for reading. ERR_NOT_FOUND when there is none at path. */
NODISCARD enum err store_open(struct store **out, const char *path);
/* Open for writing, making the folder when it is missing and clearing up after a writer that died;
 * ERR_EXISTS when another writer holds the lock (its process id is in the text). */
NODISCARD enum err store_open_writer(struct store **out, const char *path);
void store_close(struct store *store); /* drops an open transaction; NULL is fine */
const char *store_path(const struct store *store);

/* ---- what is in it --------------------------------------------------------------------------- */

struct store_day {
    char underlying[STORE_SYMBOL_BYTES];
    int32_t day;
    uint32_t contracts;
    uint32_t snapshots;
    uint64_t quotes;
    uint64_t bytes;
    char source[24]; /* "cboe-spx", as the importer named itself */
};

/* All stored days by (underlying, day), in arena. Reads headers only. A damaged file is skipped
 * and counted in *damaged (may be NULL). */
NODISCARD enum err store_list(const struct store *store, struct arena *arena,
                              struct store_day **days, size_t *count, size_t *damaged);

/* Whether the files of an underlying's days in [from, to] (to 0: no end) are ones that store_list()
 * can list: ERR_CORRUPT, or ERR_UNSUPPORTED for a newer format, names the first that is not, why,
 * and what to do. Worth asking when *damaged was not 0. */
NODISCARD enum err store_days_check(const struct store *store, const char *underlying, int32_t from,
                                    int32_t to);

/* Verify every checksum and every invariant of every file. One line of text per finding goes to
 * report(context, text). Returns ERR_CORRUPT when there was any. */
NODISCARD enum err store_check(const struct store *store,
                               void (*report)(void *context, const char *text), void *context,
                               size_t *files);

/*
 * What the store lacks, a line of text each to report(context, text): sessions without a file
 * between the first and the last day of an underlying, files of an import that was cut short before
 * it was decided, files that a repair set aside. None of it is damage. *count, which may be NULL,
 * is how many lines.
 */
NODISCARD enum err store_missing(const struct store *store,
                                 void (*report)(void *context, const char *text), void *context,
                                 size_t *count);

/*
 * Isolate what is damaged, so that all the rest reads, and say what is lost with it.
 *
 * Of compressed days, damaged blocks go: with the snapshots of that run when contract, bid or ask
 * is hit, otherwise its values become "not given". Of raw days, optional columns go. What else is
 * damaged goes as a whole file. The damaged files stay in STORE/.damaged, and importing a day again
 * brings it back. Happens in one transaction; the store was opened for writing. With dry_run
 * nothing is changed (and a reader will do). A line of text for each loss goes to report(context,
 * text). Errors: ERR_IO, and the store keeps what it had.
 */
struct store_repaired {
    size_t files;     /* that are damaged */
    size_t days_kept; /* of them, in part */
    size_t files_lost;
    uint64_t snapshots_lost, quotes_lost; /* of the days kept */
};
NODISCARD enum err store_repair(struct store *store, bool dry_run,
                                void (*report)(void *context, const char *text), void *context,
                                struct store_repaired *out);

/*
 * Let go of old data of one kind: of every symbol, or of one, what lies keep_days calendar days or
 * more before today; 0 for today takes the newest date that the symbol has of the kind. Days are
 * removed one by one, oldest first; a series is cut in one transaction. With dry_run nothing is
 * changed (and a reader will do): do that first. A line of text for each symbol goes to
 * report(context, text). Errors: ERR_RANGE for keep_days below 1 or an odd today; ERR_IO; damaged
 * series are left as they are.
 */
enum store_data {
    STORE_DATA_DAILY,    /* chain days of one or two snapshots */
    STORE_DATA_INTRADAY, /* chain days of more */
    STORE_DATA_TAPE,     /* files named by their day: STORE/tape/SYMBOL/20240617.* */
    STORE_DATA_SERIES,
};
struct store_retention {
    enum store_data data;
    enum series_kind kind; /* of STORE_DATA_SERIES */
    const char *symbol;    /* NULL: all */
    int32_t keep_days, today;
};
struct store_pruned {
    size_t days, rows; /* chain days, or days of tapes; rows of series */
    uint64_t bytes;    /* of both kinds of days */
};
NODISCARD enum err store_prune(struct store *store, const struct store_retention *rule,
                               bool dry_run, void (*report)(void *context, const char *text),
                               void *context, struct store_pruned *out);

/* ---- reading a day --------------------------------------------------------------------------- */

struct chain_day {
    char underlying[STORE_SYMBOL_BYTES];
    int32_t day;
    char source[24];
    uint32_t contract_count;
    uint32_t snapshot_count;
    const struct contract *contracts;       /* ascending by contract_compare() */
    const struct chain_snapshot *snapshots; /* ascending in ts_ns */
    struct quote_rows rows;                 /* of all snapshots; rows.count in total */
    void *tables;                           /* contracts and snapshots; NULL when not open */
    void *map;                              /* the mapping that rows point into */
    size_t map_bytes;
    void *unpacked; /* where rows point when the file holds them compressed */
};

/*
 * Read a whole day: the mapping itself, or in memory when its rows are compressed. What takes a day
 * in order of time uses a cursor, below, which needs little memory for any day. What readers lean
 * on holds from then on: contracts ascend and are complete, snapshots ascend, their rows follow one
 * another and cover rows.count, contracts ascend within a snapshot and are in the table. With
 * verify the checksum of each column and the range of prices are proved too. Errors: ERR_NOT_FOUND;
 * ERR_RANGE for a symbol or day that no store can hold; ERR_CORRUPT names file, column and what
 * does not hold; ERR_UNSUPPORTED for a newer format. *out is then untouched.
 */
NODISCARD enum err chain_day_open(struct chain_day *out, const struct store *store,
                                  const char *underlying, int32_t day, bool verify);
void chain_day_close(struct chain_day *day); /* twice is fine; so is a zeroed one */

/*
 * A column of an open day (one of its rows') is about to be read from end to end: have its pages
 * mapped at one go where the system can (Linux 5.14), in place of a fault every few of them.
 * Nothing else changes; of a compressed day, or when it cannot, nothing at all.
 */
void chain_day_expect(const struct chain_day *day, const void *column, size_t bytes);

/*
 * A day snapshot by snapshot, in bounded memory: compressed rows are unpacked a block at a time,
 * and what is mapped is let go after as much as store_set_mapped_max() says.
 *
 *     struct chain_cursor *cursor;
 *     err = chain_cursor_open(&cursor, store, "SPX", 20190521);
 *     while (!(err = chain_cursor_next(cursor, &snapshot, &rows)) && snapshot)
 *         ... rows.bid[i] of cursor_day->contracts[rows.contract[i]] ...
 *     chain_cursor_close(cursor);
 *
 * Many cursors may be open on one store, each used by one thread at a time.
 */
struct chain_cursor;

/* Errors as chain_day_open(); contracts and snapshots are proved, rows when they are come to. */
NODISCARD enum err chain_cursor_open(struct chain_cursor **out, const struct store *store,
                                     const char *underlying, int32_t day);
/* The same with rows that have these columns alone, beside contract, bid and ask; the others are
 * NULL, and cost nothing: of a compressed day they are not unpacked. */
enum cursor_columns {
    CURSOR_SIZES = 1, /* bid_size, ask_size */
    CURSOR_LAST = 2,
    CURSOR_FLOW = 4,   /* volume, open_interest */
    CURSOR_VENDOR = 8, /* vendor_iv, vendor_delta */
    CURSOR_ALL = 15
};
NODISCARD enum err chain_cursor_open_columns(struct chain_cursor **out, const struct store *store,
                                             const char *underlying, int32_t day, unsigned columns);
/* Contracts, snapshots and how many rows there are, until the cursor is closed. The columns of its
 * rows are NULL: they come from the calls below. */
const struct chain_day *chain_cursor_day(const struct chain_cursor *cursor);
/*
 * The rows of snapshot number index, in any order. rows are valid until the next call, and keep the
 * promises of chain_day_open(). ERR_CORRUPT names the block that is damaged and the snapshots that
 * are lost with it; others can still be read, and *rows is then empty.
 */
NODISCARD enum err chain_cursor_rows(struct chain_cursor *cursor, uint32_t index,
                                     struct quote_rows *rows);
/* The next snapshot and its rows, from the first; *snapshot is NULL behind the last one. After
 * ERR_CORRUPT the call after goes on with the one behind. */
NODISCARD enum err chain_cursor_next(struct chain_cursor *cursor,
                                     const struct chain_snapshot **snapshot,
                                     struct quote_rows *rows);
/* Go on with another day of the same underlying, in the same memory. After an error the cursor has
 * no day: it can be turned again or closed, nothing else. */
NODISCARD enum err chain_cursor_turn(struct chain_cursor *cursor, int32_t day);
/* Bytes of memory that it holds, without what is mapped. */
size_t chain_cursor_bytes(const struct chain_cursor *cursor);
void chain_cursor_close(struct chain_cursor *cursor); /* NULL is fine */

/* After how many bytes read of a mapped day a cursor opened later lets its pages go; 256 MiB at
 * first. The kernel maps more than what is read: up to a few MB a column. */
void store_set_mapped_max(struct store *store, size_t bytes);

/* ---- writing --------------------------------------------------------------------------------- */

/* One transaction at a time; the store was opened for writing. ERR_IO. */
NODISCARD enum err store_begin(struct store *store);
/* Put all staged files in place, at once. *added, *replaced, *unchanged count files; may be NULL.
 * An error ends the transaction and the store keeps what it had. */
NODISCARD enum err store_commit(struct store *store, size_t *added, size_t *replaced,
                                size_t *unchanged);
void store_abort(struct store *store);

/*
 * How the rows of a day written later are laid out. Compressed they take an eighth of the room and
 * are read a block at a time; raw they are read where they lie. AUTO, the default, compresses days
 * of at least STORE_PACK_SNAPSHOTS snapshots and STORE_PACK_ROWS rows.
 */
enum store_packing { STORE_PACK_AUTO, STORE_PACK_NEVER, STORE_PACK_ALWAYS };
enum { STORE_PACK_SNAPSHOTS = 16, STORE_PACK_ROWS = 4096 };
void store_set_packing(struct store *store, enum store_packing packing);

struct day_writer;

/* One quote on its way in: every field the source may give. Start from QUOTE_EMPTY. */
struct quote {
    int64_t bid, ask, last;
    uint32_t bid_size, ask_size, volume, open_interest;
    float vendor_iv, vendor_delta;
};
#define QUOTE_EMPTY                                                                                \
    ((struct quote){ PRICE_NONE, PRICE_NONE, PRICE_NONE, SIZE_NONE, SIZE_NONE, SIZE_NONE,          \
                     SIZE_NONE, __builtin_nanf(""), __builtin_nanf("") })

/* Collect one day in memory, in any order; stages it on finish. source is copied (cut to 23).
 * ERR_RANGE for a symbol or day that cannot be stored. */
NODISCARD enum err day_writer_open(struct day_writer **out, struct store *store,
                                   const char *underlying, int32_t day, const char *source);
/*
 * What follows cannot fail on the spot: the first thing that cannot be stored (a contract without
 * expiry or strike, one given with two multipliers, a price beyond STORE_PRICE_MAX, a time stamp
 * that is not near the day) is kept and told by day_writer_finish().
 */
/* Handle of a contract in this writer, the same for the same contract. */
uint32_t day_writer_contract(struct day_writer *writer, const struct contract *contract);
void day_writer_quote(struct day_writer *writer, int64_t ts_ns, uint32_t handle,
                      const struct quote *quote);
/* The underlying at an instant; PRICE_NONE for what is not known. The last call for a ts wins. */
void day_writer_underlying(struct day_writer *writer, int64_t ts_ns, int64_t level, int64_t bid,
                           int64_t ask, uint32_t flags);
/* Shares of the underlying that traded since the instant before this one, and their mean price; of
 * 0 shares nothing is kept. The last call for a ts wins. */
void day_writer_traded(struct day_writer *writer, int64_t ts_ns, int64_t shares, int64_t price);
/* Sort, drop exact repeats, count rows of the same (ts, contract) with different values (the last
 * one wins) in *conflicts (may be NULL), write and stage. Columns nobody filled are left out; an
 * infinite vendor value counts as not given. Frees the writer, on errors too. ERR_RANGE for a day
 * without a quote or with something that cannot be stored, ERR_FULL beyond 2^32 - 2 quotes, ERR_IO.
 */
NODISCARD enum err day_writer_finish(struct day_writer *writer, uint64_t *conflicts);
/* The same with all counts, for importers that report them; written is zeroed on errors. */
struct day_written {
    uint64_t quotes;    /* stored */
    uint64_t repeats;   /* left out: equal to another row */
    uint64_t conflicts; /* left out: another row of the same (ts, contract) came later */
};
NODISCARD enum err day_writer_finish_counted(struct day_writer *writer,
                                             struct day_written *written);
void day_writer_drop(struct day_writer *writer); /* NULL is fine */

/* ---- series: one small table per symbol and kind --------------------------------------------- */

struct series_row {
    int32_t date;
    int32_t reserved;
    int64_t value;                          /* by kind, above; PRICE_NONE for bars */
    int64_t open, high, low, close, volume; /* PRICE_NONE / -1 when not of the kind or not given */
    /* Of what is scheduled, and known_s of dividends; seconds since 1970, 0 not given: when it
     * happens, when its date became known, when that date was taken back (it was moved, or called
     * off). */
    int64_t happens_s, known_s, withdrawn_s;
};

struct series {
    char symbol[STORE_SYMBOL_BYTES];
    enum series_kind kind;
    size_t count;
    const struct series_row *rows; /* ascending dates, no repeats; in the arena */
};

const char *series_kind_name(enum series_kind kind); /* "bars" */
/* ERR_NOT_FOUND when the store has none, ERR_CORRUPT when it is damaged. Copies into arena. */
NODISCARD enum err series_read(struct series *out, const struct store *store, struct arena *arena,
                               const char *symbol, enum series_kind kind);
/* Merge rows (any order) into what is stored and staged, and stage the result. Field by field: a
 * value replaces an older one, a missing one leaves it. ERR_RANGE for an odd symbol, date or price.
 */
NODISCARD enum err series_write(struct store *store, const char *symbol, enum series_kind kind,
                                const struct series_row *rows, size_t count);
/* The last row with row.date <= date, or NULL. */
const struct series_row *series_at(const struct series *series, int32_t date);
/* The row of exactly this date, or NULL. */
const struct series_row *series_on(const struct series *series, int32_t date);
/* Symbols that have a series of the kind, sorted, in arena. */
NODISCARD enum err series_list(const struct store *store, struct arena *arena,
                               enum series_kind kind, char ***symbols, size_t *count);

#endif
