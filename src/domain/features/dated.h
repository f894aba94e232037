/*
 * Distance to dated events: earnings, FOMC, CPI, ex-dividend days, from a table that is passed in.
 *
 * An event counts only from the moment its date was known (announced) to the moment that it was no
 * longer believed, so that a backtest does not know of an earnings date before the company named
 * it, and sees the old date while it stood. A moved event is two rows.
 */
#ifndef DOMAIN_FEATURES_DATED_H
#define DOMAIN_FEATURES_DATED_H

#include <stddef.h>

#include "base/err.h"
#include "domain/features/gate.h"

enum dated_kind { DATED_EARNINGS, DATED_FOMC, DATED_CPI, DATED_DIVIDEND, DATED_OTHER, DATED_KINDS };
const char *dated_kind_name(enum dated_kind kind); /* "earnings" */

struct dated_event {
    int64_t ts_ns;        /* when it happens: 14:00 for FOMC, 08:30 for CPI */
    int64_t known_ns;     /* when the date was announced, <= ts_ns */
    int64_t withdrawn_ns; /* when it was moved or cancelled; INT64_MAX: never */
    enum dated_kind kind;
};

/* A table in the caller's hands, by rising ts_ns; it must outlive the feature. */
struct event_distance {
    struct feature_gate gate;
    const struct dated_event *events;
    size_t count;
    enum dated_kind kind;
    size_t passed; /* the first event later than gate.ts_ns */
};

/* Errors: ERR_RANGE naming the first row out of order, announced after it happened, or of no kind.
 */
NODISCARD enum err event_distance_init(struct event_distance *distance, enum dated_kind kind,
                                       const struct dated_event *events, size_t count);

/* Time goes on to ts. Never back. */
bool event_distance_update(struct event_distance *distance, int64_t ts_ns);

/*
 * Days (of 24 hours, with their fraction) to the next event of the kind that is known now, and
 * since the last one that took place. NaN before the first update, and when the table knows none.
 * An event at this very instant is the last one.
 */
double event_distance_next(const struct event_distance *distance);
double event_distance_last(const struct event_distance *distance);
/* The moment of the next one, TS_NONE when there is none: for calendar days between New York dates.
 */
int64_t event_distance_next_ts(const struct event_distance *distance);
int64_t event_distance_last_ts(const struct event_distance *distance);

/*
 * The same when events are told one by one as they become known, by a feed: nothing is passed in
 * that could be looked up ahead. Room for DATED_AHEAD to come; of more the latest are forgotten.
 */
enum { DATED_AHEAD = 32 };
struct dated_ahead {
    struct feature_gate gate;
    int64_t ahead[DATED_AHEAD]; /* rising; later than gate.ts_ns */
    uint32_t count;
    int64_t last_ns;    /* the latest that took place; TS_NONE */
    bool has_been_told; /* anything at all */
};
void dated_ahead_init(struct dated_ahead *dated);
/* At ts it is known that one happens at event_ns, or (is_withdrawn) that it will not. One in the
 * past counts as the last. False, and refused, when ts goes back. */
bool dated_ahead_tell(struct dated_ahead *dated, int64_t ts_ns, int64_t event_ns,
                      bool is_withdrawn);
bool dated_ahead_update(struct dated_ahead *dated, int64_t ts_ns); /* time goes on */
int64_t dated_ahead_next_ts(const struct dated_ahead *dated);      /* TS_NONE: none is known */
int64_t dated_ahead_last_ts(const struct dated_ahead *dated);

#endif
