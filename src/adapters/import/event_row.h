/*
 * A row of a table of scheduled events, read from its fields. For events.c, which says what the
 * columns mean.
 */
#ifndef ADAPTERS_IMPORT_EVENT_ROW_H
#define ADAPTERS_IMPORT_EVENT_ROW_H

#include "adapters/store/store.h"
#include "base/str.h"

enum event_column {
    EVENT_COLUMN_KIND,
    EVENT_COLUMN_SYMBOL,
    EVENT_COLUMN_DATE,
    EVENT_COLUMN_TIME,
    EVENT_COLUMN_KNOWN,
    EVENT_COLUMN_WITHDRAWN,
    EVENT_COLUMN_AMOUNT,
    EVENT_COLUMNS
};

struct event_row {
    enum series_kind series;
    char symbol[STORE_SYMBOL_BYTES]; /* "USD" of what concerns everybody */
    struct series_row row;
};

/*
 * fields: by column, empty where the table has none. NULL when it was read; else what is wrong
 * ("not a date"), and *column where.
 */
const char *event_row_read(struct event_row *out, const struct str fields[EVENT_COLUMNS],
                           enum event_column *column);

#endif
