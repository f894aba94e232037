/*
 * Importing market data: files of a vendor's layout become days and series of the store.
 *
 *     struct import_options options = { .store = "data", .format = "cboe-spx", ... };
 *     struct import_summary summary;
 *     enum err err = import_run(&options, &summary);
 *     if (!err) import_print(stdout, &summary);
 *     import_summary_clear(&summary);
 *
 * An import is one transaction over all its paths: it lands whole or leaves the store as it was.
 * Quotes are stored as the source gives them. What is odd about them is counted and reported, with
 * the first place of each kind (findings.def); nothing is repaired silently. What cannot be read
 * fails the import with one line that names file, row, column and what to do.
 *
 * The layouts are rows of formats.def. To write an importer, read import_int.h.
 */
#ifndef ADAPTERS_IMPORT_IMPORT_H
#define ADAPTERS_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json_writer.h"
#include "base/mem.h"

struct import_options {
    const char *store;        /* folder of the store; made when it is missing */
    const char *format;       /* "cboe-spx"; NULL takes the one that recognises the first file */
    const char *const *paths; /* files, and folders that are walked in sorted order */
    size_t path_count;

    bool has_time;       /* time_of_day replaces the time that the format assumes */
    int64_t time_of_day; /* nanoseconds since midnight in New York */
    const char *mapping; /* csv: the YAML file that says which column is what */
    int dbn_version;     /* dbn: version of fragments without metadata; 0 infers it */
    /* lean: which days of the folder; the other formats take what their files hold. */
    const char *const *symbols; /* underlyings ("GOOG", "SPX"); none takes all */
    size_t symbol_count;
    int32_t from, to;       /* first and last day; 0 is open */
    const char *resolution; /* "minute" (also NULL), "hour", "daily" or "universe" */
    bool skip_bad_rows;     /* count rows that cannot be read instead of failing */
    bool progress;          /* draw a bar on stderr while reading */
    bool (*keep_on)(void);  /* asked now and then: false ends with ERR_CANCELLED; NULL always */
};

/* What an importer may notice; see findings.def. */
enum import_finding {
#define FINDING(id, name, verdict, text) FOUND_##id,
#include "adapters/import/findings.def"
#undef FINDING
    FINDING_COUNT
};

/* Whether the row is in the store afterwards. */
enum import_verdict { KEPT, DROPPED };

struct import_found {
    uint64_t count;
    const char *first; /* "SPX_20190621.csv.zst:13" and a detail; NULL when count is 0 */
};

struct import_summary {
    struct arena arena; /* owns all text below */
    const char *format; /* "cboe-spx" */
    const char *store;

    uint64_t files;      /* read */
    uint64_t files_left; /* met in folders, but not of the format */
    uint64_t bytes;      /* as they lie on disk */
    uint64_t rows;       /* of data, read */
    uint64_t quotes;     /* stored */
    uint64_t series_rows;
    uint64_t contracts; /* different ones */
    uint64_t underlyings;
    uint64_t days;     /* different dates with quotes */
    int32_t first_day; /* of quotes; 0 when there is none */
    int32_t last_day;

    size_t files_added; /* files of the store: new ones, */
    size_t files_replaced;
    size_t files_unchanged; /* the same bytes as before */

    struct import_found found[FINDING_COUNT];
    const char **remarks; /* "SPX 2019-05-27: the exchange was closed; holiday copy of ..." */
    size_t remark_count, remark_capacity;
    double seconds;
};

/*
 * Import all paths. summary is written on errors too (what was seen until then); clear it always.
 * Errors: ERR_USAGE (options), ERR_NOT_FOUND (a path, nothing to import), ERR_PARSE, ERR_RANGE,
 * ERR_CORRUPT, ERR_UNSUPPORTED (contents), ERR_IO, ERR_EXISTS (another writer); the store is then
 * as it was. Files of another layout are named: "this looks like optionsdx".
 */
NODISCARD enum err import_run(const struct import_options *options, struct import_summary *summary);
void import_summary_clear(struct import_summary *summary);

/* The summary for people, some twenty lines, and as one JSON object. */
void import_print(FILE *out, const struct import_summary *summary);
void import_json(struct json_writer *json, const struct import_summary *summary);

const char *import_finding_name(enum import_finding finding); /* "crossed" */
const char *import_finding_text(enum import_finding finding);
enum import_verdict import_finding_verdict(enum import_finding finding);

/* The formats by index, for help texts: NULL past the end. */
struct import_format_text {
    const char *name; /* "cboe-spx" */
    const char *text; /* what it is, in half a line */
};
const struct import_format_text *import_format_text(size_t index);

#endif
