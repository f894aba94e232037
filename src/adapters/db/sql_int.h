/*
 * Statements with typed parameters and columns. What stands behind it is SQLite; a second file with
 * the same functions on another database makes the same store there.
 */
#ifndef ADAPTERS_DB_SQL_INT_H
#define ADAPTERS_DB_SQL_INT_H

#include "adapters/db/db.h"

enum statement {
#define STATEMENT(id, sql) SQL_##id,
#include "adapters/db/statements.def"
#undef STATEMENT
    SQL_COUNT
};

/*
 * Parameters by type: i int64_t, o int64_t where 0 is NULL, m int64_t where PRICE_NONE is NULL,
 * d double where NaN is NULL, t const char * where NULL is NULL, s struct str text, b struct str
 * bytes where ptr NULL is NULL.
 */

/* Run it for its effect. *changed, which may be NULL, is how many rows. */
NODISCARD enum err sql_run(struct db *db, int64_t *changed, enum statement id, const char *types,
                           ...);
/* The same where touching no row is ERR_NOT_FOUND. */
NODISCARD enum err sql_must(struct db *db, enum statement id, const char *types, ...);

/* Begin a query; then sql_next() until it says false or an error. */
NODISCARD enum err sql_query(struct db *db, enum statement id, const char *types, ...);
NODISCARD enum err sql_next(struct db *db, bool *has_row);
/* Columns of the row, from 0. */
int64_t sql_int(struct db *db, int column);                           /* 0 for NULL */
int64_t sql_micros(struct db *db, int column);                        /* PRICE_NONE for NULL */
double sql_double(struct db *db, int column);                         /* NaN for NULL */
const char *sql_text(struct db *db, struct arena *arena, int column); /* NULL for NULL */
struct str sql_bytes(struct db *db, struct arena *arena, int column);
void sql_done(struct db *db); /* end a query before its last row */

/* A count, or whatever single number. */
NODISCARD enum err sql_number(struct db *db, int64_t *out, enum statement id, const char *types,
                              ...);

/*
 * Fill *out with the first row (ERR_NOT_FOUND without one), or an array in arena with all of them;
 * read makes one struct of size bytes from the row.
 */
typedef void (*sql_reader)(struct db *db, struct arena *arena, void *out);
NODISCARD enum err sql_one(struct db *db, struct arena *arena, void *out, sql_reader read,
                           enum statement id, const char *types, ...);
NODISCARD enum err sql_all(struct db *db, struct arena *arena, void *out_array, size_t *count,
                           size_t size, sql_reader read, enum statement id, const char *types, ...);

#endif
