/* The CSV files of an import, row by row: opening, unpacking, counting and skipping are done here.
 */
#ifndef ADAPTERS_IMPORT_CSV_FILES_H
#define ADAPTERS_IMPORT_CSV_FILES_H

#include "adapters/import/csv_reader.h"
#include "adapters/import/import_int.h"

struct csv_rows {
    /* Once for each file or member of a zip, with the header read: look up columns. */
    enum err (*begin)(void *context, struct csv_reader *csv);
    enum err (*row)(void *context);
    void *context;
};

/* Errors: those of text_open(), csv_open(), csv_next() and the two functions; ERR_PARSE for a file
 * without rows. Rows of the wrong shape are skipped when bad rows are to be. */
NODISCARD enum err csv_files_read(struct import *import, char separator,
                                  const struct csv_rows *rows);

/* Where the reader is. column -1: the whole row. */
struct import_place csv_place(const struct csv_reader *csv, int column);

/*
 * A field that cannot be read: sets *skip and answers as import_bad_row(). what follows the field's
 * text in the message: "not a price".
 */
NODISCARD enum err csv_bad_field(struct import *import, const struct csv_reader *csv, int column,
                                 const char *what, bool *skip);

#endif
