/*
 * Work that takes minutes: backtests, synthetic markets, imports, one process each.
 *
 * A job is a row of the store; who submits it may go away. One thread watches: it starts as many
 * processes of this same program as may run at a time, reads how far they are, stores what they
 * found, and stops those that are cancelled. A process that dies takes only its own job along.
 * After a restart, jobs that were running run again: a backtest from its start (it gives the same
 * result), a simulation from the last whole month, an import whole, as it lands whole or not at
 * all.
 */
#ifndef SERVICES_JOBS_JOBS_H
#define SERVICES_JOBS_JOBS_H

#include <stdio.h>

#include "adapters/db/db.h"

struct jobs;

enum job_kind {
#define JOB(id, name, text) id,
#include "services/jobs/jobs.def"
#undef JOB
    JOB_KIND_COUNT
};
const char *job_kind_name(enum job_kind kind); /* "backtest" */
bool job_kind_parse(struct str name, enum job_kind *out);

struct jobs_options {
    const char *db_path;
    const char
        *folder; /* where processes leave results: a folder for this alone, made when missing */
    const char *store;   /* market data */
    const char *inbox;   /* what imports may read; made when missing */
    const char *program; /* path of ironfly */
    int workers;         /* at a time, 1 to 16 */
    /* After every change of a job, from any thread; changes of one job come in order. */
    void (*changed)(void *context, const struct db_job *job);
    void *context;
};

NODISCARD enum err jobs_open(struct jobs **out, const struct jobs_options *options);
/* Stops processes; their jobs run again at the next start. NULL is fine. */
void jobs_close(struct jobs *jobs);

enum { JOBS_OPEN_MAX = 50 };
/*
 * Any thread, with its own db. spec is a JSON object: what the kind takes. asked is the same as its
 * owner sent it: what is in spec alone was put there on the way. key: the same key of the same
 * owner is the same job, whose identity comes back; NULL none. ERR_EXISTS, with the identity of
 * that job, when it was asked for with something else; ERR_FULL beyond JOBS_OPEN_MAX jobs of one
 * owner that have not ended.
 */
NODISCARD enum err jobs_submit(struct jobs *jobs, struct db *db, const char *owner_id,
                               enum job_kind kind, const char *spec, const char *asked,
                               const char *key, int64_t now_ns, char id[DB_ID_BYTES]);
/* Stops it, soon. ERR_NOT_FOUND when it has ended. */
NODISCARD enum err jobs_cancel(struct jobs *jobs, struct db *db, const char *id);

/*
 * The process: reads one envelope from in, works, writes lines of JSON to out: progress and, last,
 * a summary or an error. Returns the exit status. For `ironfly job-worker`, which people never
 * call.
 */
int job_worker(FILE *in, FILE *out);

#endif
