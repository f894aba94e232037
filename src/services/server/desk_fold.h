/*
 * What one record of a desk's journal means for the rows of the store: orders with their steps and
 * fills, strategies, alerts.
 *
 * The same records give the same rows, whoever folds them: the server that follows its desk
 * (desk_rows.h), or somebody who wants to see again what the rows were at some moment (picture.h).
 * Not for two threads at once.
 */
#ifndef SERVICES_SERVER_DESK_FOLD_H
#define SERVICES_SERVER_DESK_FOLD_H

#include "adapters/db/db.h"
#include "services/audit/audit.h"
#include "services/desk/entry.h"
#include "services/server/topics.h"

struct desk_fold_options {
    const char *desk_id, *account_id; /* rows that are there; the texts outlive the fold */
    const struct keys *keys;          /* of the audit trail */
    struct hub *hub;                  /* NULL: nobody is told */
};

struct desk_fold;

/* From the strategies that the store has of the desk. It lives in the arena; what desk_fold_take()
 * keeps to be told does not: end with desk_fold_tell() or desk_fold_drop(). */
struct desk_fold *desk_fold_new(struct arena *arena, const struct desk_fold_options *options,
                                struct db *db);
/* Fold one record into the rows, in the transaction that is open. Errors: those of the store. */
NODISCARD enum err desk_fold_take(struct desk_fold *fold, struct arena *step,
                                  const struct entry *entry, uint64_t record, uint64_t sequence,
                                  int64_t ts_ns);
/* After the transaction: publish what changed since. */
void desk_fold_tell(struct desk_fold *fold);
/* The transaction was rolled back: forget what was to be told. Strategies are not read again: make
 * a new fold. */
void desk_fold_drop(struct desk_fold *fold);

#endif
