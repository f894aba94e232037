#include "domain/features/dated.h"

#include "base/zone.h"

const char *dated_kind_name(enum dated_kind kind)
{
    static const char *const names[DATED_KINDS] = { "earnings", "fomc", "cpi", "dividend",
                                                    "other" };
    MUST((unsigned)kind < DATED_KINDS);
    return names[kind];
}

enum err event_distance_init(struct event_distance *distance, enum dated_kind kind,
                             const struct dated_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dated_event *e = &events[i];
        const char *why = (unsigned)e->kind >= DATED_KINDS ? "is of no known kind"
                          : e->known_ns > e->ts_ns         ? "was announced after it happened"
                          : i && e->ts_ns < events[i - 1].ts_ns
                              ? "is earlier than the row before it: sort the table by time"
                          : e->ts_ns < -FEATURE_TS_MAX || e->ts_ns > FEATURE_TS_MAX
                              ? "has no possible time"
                              : NULL;
        if (why)
            return err_set(ERR_RANGE, "event %zu of the table of dates %s", i + 1, why);
    }
    *distance = (struct event_distance){ .events = events, .count = count, .kind = kind };
    feature_gate_init(&distance->gate);
    return ERR_OK;
}

bool event_distance_update(struct event_distance *distance, int64_t ts_ns)
{
    if (!feature_gate_pass(&distance->gate, ts_ns, true))
        return false;
    while (distance->passed < distance->count && distance->events[distance->passed].ts_ns <= ts_ns)
        distance->passed++;
    return true;
}

static bool counts(const struct event_distance *distance, const struct dated_event *e,
                   int64_t at_ns)
{
    return e->kind == distance->kind && e->known_ns <= at_ns && at_ns < e->withdrawn_ns;
}

int64_t event_distance_next_ts(const struct event_distance *distance)
{
    for (size_t i = distance->passed; distance->gate.taken && i < distance->count; i++)
        if (counts(distance, &distance->events[i], distance->gate.ts_ns))
            return distance->events[i].ts_ns;
    return TS_NONE;
}

int64_t event_distance_last_ts(const struct event_distance *distance)
{
    for (size_t i = distance->passed; distance->gate.taken && i-- > 0;)
        /* It took place if its date still stood then; what is said of it later changes nothing. */
        if (counts(distance, &distance->events[i], distance->events[i].ts_ns))
            return distance->events[i].ts_ns;
    return TS_NONE;
}

static double days_between(int64_t from_ns, int64_t to_ns)
{
    return (double)(to_ns - from_ns) / (double)NANOS_PER_DAY;
}

double event_distance_next(const struct event_distance *distance)
{
    int64_t ts_ns = event_distance_next_ts(distance);
    return ts_ns == TS_NONE ? NAN : days_between(distance->gate.ts_ns, ts_ns);
}

double event_distance_last(const struct event_distance *distance)
{
    int64_t ts_ns = event_distance_last_ts(distance);
    return ts_ns == TS_NONE ? NAN : days_between(ts_ns, distance->gate.ts_ns);
}

/* ---- told one by one ---- */

void dated_ahead_init(struct dated_ahead *dated)
{
    *dated = (struct dated_ahead){ .last_ns = TS_NONE };
    feature_gate_init(&dated->gate);
}

bool dated_ahead_update(struct dated_ahead *dated, int64_t ts_ns)
{
    if (!feature_gate_pass(&dated->gate, ts_ns, true))
        return false;
    uint32_t passed = 0;
    while (passed < dated->count && dated->ahead[passed] <= ts_ns)
        dated->last_ns = dated->ahead[passed++];
    dated->count -= passed;
    for (uint32_t i = 0; i < dated->count && passed; i++)
        dated->ahead[i] = dated->ahead[i + passed];
    return true;
}

bool dated_ahead_tell(struct dated_ahead *dated, int64_t ts_ns, int64_t event_ns, bool is_withdrawn)
{
    if (!dated_ahead_update(dated, ts_ns))
        return false;
    dated->has_been_told = true;
    if (event_ns <= ts_ns) { /* what took place cannot be taken back */
        if (!is_withdrawn && event_ns > dated->last_ns)
            dated->last_ns = event_ns;
        return true;
    }
    uint32_t at = 0;
    while (at < dated->count && dated->ahead[at] < event_ns)
        at++;
    bool is_there = at < dated->count && dated->ahead[at] == event_ns;
    if (is_withdrawn && is_there) {
        dated->count--;
        for (uint32_t i = at; i < dated->count; i++)
            dated->ahead[i] = dated->ahead[i + 1];
    }
    if (is_withdrawn || is_there || at == DATED_AHEAD)
        return true;
    uint32_t last = dated->count < DATED_AHEAD ? dated->count : DATED_AHEAD - 1;
    for (uint32_t i = last; i > at; i--)
        dated->ahead[i] = dated->ahead[i - 1];
    dated->ahead[at] = event_ns;
    dated->count = last + 1;
    return true;
}

int64_t dated_ahead_next_ts(const struct dated_ahead *dated)
{
    return dated->count ? dated->ahead[0] : TS_NONE;
}

int64_t dated_ahead_last_ts(const struct dated_ahead *dated)
{
    return dated->last_ns;
}
