/* What the checks share. */
#ifndef SERVICES_DOCTOR_DOCTOR_INT_H
#define SERVICES_DOCTOR_DOCTOR_INT_H

#include "services/doctor/doctor.h"

struct doctor {
    const struct doctor_options *options;
    struct arena *arena;
    void (*found)(void *context, const struct doctor_finding *finding);
    void *context;
    const char *check; /* the one under way */
    enum doctor_verdict worst;
    int holder; /* process that has the data folder; 0: none */
};

/* advice "" where there is none. */
void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *advice,
                const char *format, ...) PRINTF_LIKE(4, 5);

#define CHECK(id) void check_##id(struct doctor *d);
#include "services/doctor/checks.def"
#undef CHECK

#endif
