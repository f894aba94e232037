/*
 * Reading CSV: rows of a text stream, columns found by the names of the header.
 *
 *     struct csv_reader csv;
 *     err = csv_open(&csv, "x.csv", ',', input);
 *     int bid = csv_column(&csv, "bid");
 *     for (bool more; !(err = csv_next(&csv, &more)) && more;)
 *         use(csv.fields[bid]);
 *     csv_close(&csv);
 *
 * RFC 4180 with what vendors add: a UTF-8 byte order mark, LF or CRLF, blank lines, spaces around
 * fields, quoted fields with doubled quotes and line ends inside. Memory is bounded by
 * CSV_ROW_BYTES_MAX whatever comes in. Every row has as many fields as the header; a file that is
 * cut off, no UTF-8 or no text at all is refused with file, row and column.
 */
#ifndef ADAPTERS_IMPORT_CSV_READER_H
#define ADAPTERS_IMPORT_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { CSV_COLUMNS_MAX = 256, CSV_ROW_BYTES_MAX = 1 << 20 };

/* Where the bytes come from: *got is 0 at the end and only there. */
struct csv_input {
    enum err (*read)(void *context, char *out, size_t capacity, size_t *got);
    void *context;
};

struct csv_reader {
    struct str fields[CSV_COLUMNS_MAX]; /* of the current row, trimmed and unquoted; valid until
                                         * the next csv_next() */
    int column_count;
    bool can_go_on; /* after an error: it is about this row alone, csv_next() may be called again */
    uint64_t row;   /* line number at which the current row starts; the header is 1 */

    /* The rest is the reader's own. */
    const char *name;
    char separator;
    struct csv_input input;
    char *buffer;
    size_t capacity;
    size_t begin, end; /* of what was read and not yet handed out */
    bool at_end;
    uint64_t next_row;
    char *header;                       /* copy of the header's line */
    struct str titles[CSV_COLUMNS_MAX]; /* names as written */
    struct str names[CSV_COLUMNS_MAX];  /* folded: see csv_column */
    char *folded;
};

/* Read the header. name (of the file, for messages) must outlive the reader. Close it on errors
 * too. Errors: ERR_PARSE, ERR_UNSUPPORTED (UTF-16), and those of input. */
NODISCARD enum err csv_open(struct csv_reader *csv, const char *name, char separator,
                            struct csv_input input);
void csv_close(struct csv_reader *csv);

/* Go to the next row; *more is false at the end. Errors as csv_open(). */
NODISCARD enum err csv_next(struct csv_reader *csv, bool *more);

/*
 * Index of a column, or -1. Only letters and digits count, in either case: "[QUOTE_DATE]",
 * "quote date" and "QuoteDate" are the same name. aliases may be several, "impliedvol|ivmean": the
 * first that is there.
 */
int csv_column(const struct csv_reader *csv, const char *aliases);

/* A column's name as the file writes it, in a buffer that lives as long as the thread or until
 * the next call. */
const char *csv_title(const struct csv_reader *csv, int column);

/* Fold a name as above into out (cut to capacity): its length. */
size_t csv_fold_name(struct str name, char *out, size_t capacity);

#endif
