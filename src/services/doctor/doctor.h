/*
 * Would a server run well here? Looks at the machine and at a data folder, changes nothing, and
 * says of each thing whether it is well and, if not, what to do.
 *
 *     doctor_run(&options, &arena, print, NULL);
 *
 * Works beside a running server and without one. Each check is a function of its own (checks.def),
 * and none of them stops the others.
 */
#ifndef SERVICES_DOCTOR_DOCTOR_H
#define SERVICES_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_WARN, /* it runs, and something may go wrong later */
    DOCTOR_FAIL, /* it does not run, or loses something */
};
const char *doctor_verdict_name(enum doctor_verdict verdict); /* "ok", "warn", "fail" */

struct doctor_finding {
    const char *check; /* "disk" */
    enum doctor_verdict verdict;
    const char *text;   /* what is so, with its numbers */
    const char *advice; /* what to do; "" when nothing */
};

struct doctor_options {
    const char *data;  /* NULL: no data folder is looked at */
    const char *store; /* NULL: DATA/store */
    const char *web;   /* folder of the built page; NULL: there is none */
    const char *bind;
    int port;
    const char *tls_cert, *tls_key; /* NULL: none */
    bool full; /* verify every checksum of the store, which may take minutes; else only what its
                  files say of themselves */
};

/* found() is called once for each finding; its texts live in arena. Returns the worst verdict. */
enum doctor_verdict doctor_run(const struct doctor_options *options, struct arena *arena,
                               void (*found)(void *context, const struct doctor_finding *finding),
                               void *context);

#endif
