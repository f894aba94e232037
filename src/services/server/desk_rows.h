/*
 * What a desk did, as rows of the store and items of topics: orders with their steps and fills,
 * strategies on the desk, alerts.
 *
 * The rows are a fold over the desk's journal (desk_fold.h). A thread follows the journal's file
 * record by record and keeps, in the transaction that stores the rows, how far it is: nothing is
 * lost or told twice, whenever the program dies, and the desk's own thread never waits for it.
 * What is in the rows is durable already, in the journal.
 */
#ifndef SERVICES_SERVER_DESK_ROWS_H
#define SERVICES_SERVER_DESK_ROWS_H

#include "adapters/db/db.h"
#include "services/audit/audit.h"
#include "services/desk/entry.h"
#include "services/server/topics.h"

struct desk_rows_options {
    const char *journal, *db_path;
    const char *desk_id, *account_id; /* rows that are there */
    const struct keys *keys;          /* of the audit trail */
    struct hub *hub;                  /* NULL: nobody is told */
    /* What else is to be kept: called by the thread of the rows with its store, about once a second
     * and at the end. NULL is fine. */
    void (*keep)(void *context, struct db *db);
    void *context;
};

struct desk_rows;

/* The journal must be there. Texts of options outlive it. Errors: those of journal and store. */
NODISCARD enum err desk_rows_open(struct desk_rows **out, const struct desk_rows_options *options);
void desk_rows_close(struct desk_rows *rows); /* NULL is fine */

/* Any thread, never waits: the journal has more. */
void desk_rows_wake(struct desk_rows *rows);

/* Any thread: wait until what happened up to an event is in the rows. False when it takes longer.
 */
bool desk_rows_wait(struct desk_rows *rows, uint64_t sequence, int64_t patience_ns);
uint64_t desk_rows_sequence(struct desk_rows *rows); /* of the last event in them */
uint64_t desk_rows_record(struct desk_rows *rows);   /* the last record of the journal in them */

#endif
