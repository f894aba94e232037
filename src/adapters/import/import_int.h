/*
 * What an importer gets, and where it puts what it reads. For files of this folder.
 *
 * An importer is a row in formats.def and two functions: one that recognises a file, one that reads
 * import->files in order and hands over quotes and series rows. Policy lives behind import_quote()
 * and is the same for every format: closed days, expired contracts, crossed and missing sides,
 * stale copies. The front door opens the transaction before and commits or aborts it after.
 */
#ifndef ADAPTERS_IMPORT_IMPORT_INT_H
#define ADAPTERS_IMPORT_IMPORT_INT_H

#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "base/progress.h"
#include "base/str.h"
#include "base/zone.h"
#include "domain/types/contract.h"

struct import_file {
    const char *path;
    const char *name; /* path below the folder that was named; the file's own name otherwise */
    uint64_t bytes;
};

struct import_days;   /* the day writers that are open, days.c */
struct import_series; /* series rows so far, series.c */

struct import {
    const struct import_options *options;
    struct import_summary *summary;
    struct store *store; /* in a transaction */
    struct arena *arena; /* as long as the import */
    const char *source;  /* the format's name, as stored with each day */
    const struct import_file *files;
    size_t file_count;

    /* The front door's own. */
    struct import_days *days;
    struct import_series *series;
    struct progress bar;
    uint64_t asked;        /* quotes since the last keep_on() */
    int32_t settle_expiry; /* the last answer of contract_settle_ts() */
    char settle_kind;
    int64_t settle_ts;
};

/* The beginning of a file, for recognising it. */
struct import_probe {
    const char *path;
    struct str
        head; /* its first bytes, at most 4 KiB, decompressed (zstd; first member of a zip) */
    struct str line; /* the first line of head without BOM and line end */
};

#define FORMAT(id, name, suffixes, text)                                                           \
    NODISCARD enum err import_##id(struct import *import);                                         \
    bool import_##id##_recognise(const struct import_probe *probe);
#include "adapters/import/formats.def"
#undef FORMAT

/* "file:row" and the column, for messages: row 0 and column NULL are left out. */
struct import_place {
    const char *file;
    uint64_t row; /* 1 is the file's first line */
    const char *column;
};

/* Count a finding; the first of its kind keeps its place and detail ("SPXW 190621C02950000"). */
void import_found(struct import *import, enum import_finding finding, struct import_place place,
                  const char *detail);
void import_found_many(struct import *import, enum import_finding finding, uint64_t count,
                       struct import_place place, const char *detail);

/* "1,234,567" */
enum { COUNT_TEXT_BYTES = 32 };
const char *count_text(char out[COUNT_TEXT_BYTES], uint64_t value);

/* A line of its own in the summary. At most 100 are kept. */
void import_remark(struct import *import, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * A row that cannot be read. Returns the error "file:row: column \"x\": text", or ERR_OK after
 * counting it when bad rows are to be skipped: the caller then goes to the next row.
 */
NODISCARD enum err import_bad_row(struct import *import, struct import_place place,
                                  const char *format, ...) PRINTF_LIKE(3, 4);

/* Rows of data read; bytes of a file done (compressed ones), for the bar. Both add up. */
void import_count_rows(struct import *import, uint64_t rows);
void import_count_bytes(struct import *import, uint64_t bytes);

/*
 * One quote of a contract. day is the trading date in New York, ts_ns when the quote was known.
 * Applies the policy above: what is dropped is counted and returns ERR_OK. Prices of 0 stay 0 for
 * a bid; an ask of 0 becomes PRICE_NONE, as does a bid of 0 beside it (no quote at all).
 * Quotes come in any order within a few hundred open days (IMPORT_OPEN_DAYS, IMPORT_OPEN_QUOTES);
 * beyond, the day that was used longest ago is written, and a quote for a written day is
 * ERR_FULL, which asks to sort or split the file.
 */
enum { IMPORT_OPEN_DAYS = 512, IMPORT_OPEN_QUOTES = 2 * 1000 * 1000 };
NODISCARD enum err import_quote(struct import *import, struct import_place place,
                                const char *underlying, int32_t day, int64_t ts_ns,
                                const struct contract *contract, const struct quote *quote);

/* The underlying at an instant of a day; PRICE_NONE for what is not known, SNAPSHOT_* flags. Rows
 * of closed days are ignored. Cheap to repeat with the same values; the last word for an instant
 * counts. */
NODISCARD enum err import_underlying(struct import *import, struct import_place place,
                                     const char *underlying, int32_t day, int64_t ts_ns,
                                     int64_t level, int64_t bid, int64_t ask, uint32_t flags);

/* The same from a row of a table, which repeats the level of its snapshot: of rows that differ,
 * what most of them say stands, and the others are a finding (levels.h). */
NODISCARD enum err import_level(struct import *import, struct import_place place,
                                const char *underlying, int32_t day, int64_t ts_ns, int64_t level,
                                int64_t bid, int64_t ask, uint32_t flags);

/* Shares of the underlying since the instant before, and their mean price. */
NODISCARD enum err import_traded(struct import *import, struct import_place place,
                                 const char *underlying, int32_t day, int64_t ts_ns, int64_t shares,
                                 int64_t price);

/* One row of a series; all are kept in memory and written at the end. */
NODISCARD enum err import_series_row(struct import *import, const char *symbol,
                                     enum series_kind kind, const struct series_row *row);

#endif
