#include "services/doctor/doctor_int.h"

#include <stdarg.h>
#include <stdio.h>

const char *doctor_verdict_name(enum doctor_verdict verdict)
{
    static const char *const names[] = { "ok", "warn", "fail" };
    MUST(verdict >= DOCTOR_OK);
    MUST(verdict <= DOCTOR_FAIL);
    return names[verdict];
}

void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *advice,
                const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct doctor_finding finding = { d->check, verdict, arena_strdup(d->arena, text), advice };
    if (verdict > d->worst)
        d->worst = verdict;
    d->found(d->context, &finding);
}

enum doctor_verdict doctor_run(const struct doctor_options *options, struct arena *arena,
                               void (*found)(void *context, const struct doctor_finding *finding),
                               void *context)
{
    static const struct {
        const char *name;
        void (*run)(struct doctor *d);
    } checks[] = {
#define CHECK(id) { #id, check_##id },
#include "services/doctor/checks.def"
#undef CHECK
    };
    struct doctor d = { .options = options, .arena = arena, .found = found, .context = context };
    for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
        char *name = arena_strdup(arena, checks[i].name);
        for (char *c = name; *c; c++)
            if (*c == '_')
                *c = ' ';
        d.check = name;
        checks[i].run(&d);
    }
    return d.worst;
}
