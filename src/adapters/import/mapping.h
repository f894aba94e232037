/*
 * A mapping file: which column of a table is what. YAML; docs/import-csv.md describes every key.
 */
#ifndef ADAPTERS_IMPORT_MAPPING_H
#define ADAPTERS_IMPORT_MAPPING_H

#include "adapters/import/table.h"

enum mapping_kind {
    MAPPING_QUOTES,
    MAPPING_BARS,
    MAPPING_DIVIDENDS,
    MAPPING_SPLITS,
    MAPPING_RATES,
    MAPPING_SETTLEMENT,
    MAPPING_KIND_COUNT
};

enum series_column {
    SERIES_COLUMN_SYMBOL,
    SERIES_COLUMN_DATE,
    SERIES_COLUMN_OPEN,
    SERIES_COLUMN_HIGH,
    SERIES_COLUMN_LOW,
    SERIES_COLUMN_CLOSE,
    SERIES_COLUMN_VOLUME,
    SERIES_COLUMN_VALUE,
    SERIES_COLUMN_COUNT
};

enum rate_basis { RATE_CONTINUOUS, RATE_DISCOUNT, RATE_SIMPLE, RATE_ANNUAL };

struct mapping {
    enum mapping_kind kind;
    struct table_layout layout; /* of quotes; separator and dates of all */

    const char *series[SERIES_COLUMN_COUNT]; /* names as in struct table_view */
    const char *symbol;                      /* of every row; NULL: a column, or the file's name */
    bool file_names_symbol;
    enum rate_basis rate_basis;
    double rate_unit; /* 0.01 when in percent */
    int rate_days;
};

/* Everything lives in arena. Errors: those of doc_read(), ERR_PARSE at the line of the key. */
NODISCARD enum err mapping_read(struct mapping *out, struct arena *arena, const char *path);
/* The same from text; name is for messages. */
NODISCARD enum err mapping_parse(struct mapping *out, struct arena *arena, const char *name,
                                 struct str yaml);

#endif
