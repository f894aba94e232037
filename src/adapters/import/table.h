/*
 * Tables of option quotes: one reader for every layout in which a row holds one contract, or a few
 * views of it (a call and a put, two snapshots). A format is data: which column is what.
 */
#ifndef ADAPTERS_IMPORT_TABLE_H
#define ADAPTERS_IMPORT_TABLE_H

#include "adapters/import/fields.h"
#include "adapters/import/import_int.h"

enum table_role {
#define ROLE(id, key, text) ROLE_##id,
#include "adapters/import/roles.def"
#undef ROLE
    ROLE_COUNT
};

enum { TABLE_VIEWS_MAX = 2, TABLE_RIGHT_WORDS = 8 };

/* Where the time comes from when the row gives only a date. */
enum table_clock {
    CLOCK_EQUITY, /* the equity close (16:00, 13:00 on half days) less before_close */
    CLOCK_OPTION, /* the close of the option's own session (16:15 for index options) less it */
    CLOCK_FIXED,  /* time_of_day in the table's zone; half days as under CLOCK_EQUITY */
};

/* One quote of a row. Column names are aliases "a|b" as for csv_column(); "?" before them: may be
 * missing; NULL: the layout has none. */
struct table_view {
    const char *columns[ROLE_COUNT];
    char right; /* 'C' or 'P' when the view is one; 0: as the column or symbol says */
    enum table_clock clock;
    int64_t before_close; /* nanoseconds */
    int64_t time_of_day;
    uint32_t flags; /* SNAPSHOT_* */
};

/* How a timestamp column counts: text, or numbers since 1970 in UTC. */
enum table_stamp { STAMP_ISO, STAMP_SECONDS, STAMP_MILLIS, STAMP_MICROS, STAMP_NANOS };

struct table_layout {
    struct table_view views[TABLE_VIEWS_MAX];
    int view_count;
    char separator;
    enum zone zone;
    enum date_order dates;
    enum table_stamp stamp;
    int64_t stamp_shift;    /* added to a timestamp: the length of a bar stamped at its start */
    bool stamp_is_day;      /* a timestamp says only which day (in zone) the row is of */
    int32_t price_divisor;  /* prices are written times this; 0 is 1 */
    int32_t strike_divisor; /* strikes likewise */
    double iv_scale;        /* 0.01 when volatility is in percent; 0 is 1 */
    bool zero_iv_missing, zero_delta_missing;
    const char *underlying;     /* of every row, when no column says it */
    bool file_names_underlying; /* the letters that the file's name starts with: spx_eod_202301.txt
                                 */
    bool weekly_roots;          /* the root is unknown: SPX on third Fridays, SPXW on others */
    struct {
        struct str call[TABLE_RIGHT_WORDS], put[TABLE_RIGHT_WORDS]; /* beyond C, call, P, put */
    } rights;
};

/*
 * Read all files of the import. For each, the first layout whose columns are all there is taken.
 * Errors: ERR_PARSE naming the column that is missing from the first layout, a field that cannot be
 * read, a file without rows; those of text_open(), csv_open() and import_quote().
 */
NODISCARD enum err table_import(struct import *import, const struct table_layout *layouts,
                                size_t count);

/* Does a header line hold all these columns ("underlying,optionroot,..."), in any order? */
bool table_header_has(struct str line, char separator, const char *columns);

#endif
