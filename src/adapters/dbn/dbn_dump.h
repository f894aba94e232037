/*
 * DBN as text: any file, any record, as JSON lines or CSV.
 *
 * JSON: one object per record, on one line.
 *
 *   {"rtype":194,"record":"tcbbo","publisher_id":30,"publisher":"OPRA.PILLAR.OPRA",
 *    "instrument_id":16783963,"symbol":"AAPL  250221C00250000","ts_event":1740060000000000000,
 *    "price":2.4,"size":1,"action":"T", ... ,"levels":[{"bid_px":2.4, ... }]}
 *
 * "record" is the schema ("tbbo" rather than "mbp-1" when the file says so), or error,
 * symbol-mapping, system in live streams. The fields follow in the order, under the names, of the
 * file's own DBN version (dbn_fields.def); a number with a name is followed by it ("stat_type":9,
 * "stat_type_name":"open interest"). Prices are exact decimals, times are ns since 1970 UTC as
 * integers, or ISO 8601 text on request. What the file marks as not given is null: never 0, never a
 * huge number. A symbol is what the file's mappings say for that id and day, else null. Text that
 * is not UTF-8 is shown byte by byte as \u00XX.
 *
 * CSV: the same columns, levels as bid_px_00, ask_px_00, ...; null is an empty field. A header row
 * starts the file and each stretch of another schema or record layout: in a mixed stream a new
 * header, after an empty line, comes with every change of kind; `only` picks one kind instead.
 */
#ifndef ADAPTERS_DBN_DBN_DUMP_H
#define ADAPTERS_DBN_DBN_DUMP_H

#include <stdio.h>

#include "adapters/dbn/dbn.h"

enum dbn_dump_format { DBN_DUMP_JSON, DBN_DUMP_CSV };

struct dbn_dump_options {
    enum dbn_dump_format format;
    bool iso_times;                     /* "2025-02-20T14:30:00.000000000Z" for times */
    const char *only;                   /* this kind of "record" alone, such as "trades"; or NULL */
    uint64_t limit;                     /* stop after that many lines; 0 is none */
    struct dbn_reader_options fragment; /* for a file without metadata */
};

struct dbn_dump_summary {
    uint64_t records; /* written */
    uint64_t unknown; /* of a type this program does not know: skipped */
    int version;      /* dbn_reader_version() at the end */
};

/*
 * Write the records of the file at path. options and summary may be NULL (JSON, all records). What
 * came before an error has been written.
 * Errors: those of dbn_reader_open() and dbn_reader_next(); ERR_IO when out cannot be written;
 * ERR_USAGE when `only` names no kind of record.
 */
NODISCARD enum err dbn_dump(const char *path, const struct dbn_dump_options *options, FILE *out,
                            struct dbn_dump_summary *summary);

/* The same from an open reader: from where it stands, to its end. */
NODISCARD enum err dbn_dump_reader(struct dbn_reader *reader,
                                   const struct dbn_dump_options *options, FILE *out,
                                   struct dbn_dump_summary *summary);

/* Write the metadata as one JSON object on one line; "{}" for a fragment (NULL). */
void dbn_dump_metadata(const struct dbn_metadata *metadata, FILE *out);

/* The exact decimal of a price in 1e-9: "3720.25", "-0.5", "240"; "" for DBN_PRICE_NONE. */
enum { DBN_PRICE_TEXT_BYTES = 32 };
void dbn_price_format(char out[DBN_PRICE_TEXT_BYTES], int64_t price);

/* "2025-02-20T14:30:00.123456789Z"; "" for DBN_TIME_NONE. */
enum { DBN_TIME_TEXT_BYTES = 40 };
void dbn_time_format(char out[DBN_TIME_TEXT_BYTES], uint64_t time);

#endif
