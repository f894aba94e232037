/* The open file itself, for what is no statement: copies, checks, exports. */
#ifndef ADAPTERS_DB_SQL_HANDLE_INT_H
#define ADAPTERS_DB_SQL_HANDLE_INT_H

#include <sqlite3.h>

#include "adapters/db/sql_int.h"

enum { SQL_APPLICATION_ID = 0x49464c59 };

struct db {
    sqlite3 *handle;
    sqlite3_stmt *statements[SQL_COUNT]; /* prepared when first used */
    sqlite3_stmt *now;                   /* of the query under way */
    char *path;
    bool is_scratch; /* its file goes with it */
};

/* The error of what was being done, with the file's name where it helps. */
enum err sql_fail(struct db *db, const char *doing);
NODISCARD enum err sql_run_text(struct db *db, const char *sql, const char *doing);
/* Open db->path; flags are SQLite's. */
NODISCARD enum err sql_open_handle(struct db *db, int flags);
int64_t sql_pragma_number(struct db *db, const char *sql); /* -1: it cannot be read */

#endif
