/*
 * The dates that move every market: FOMC decisions and CPI, as a table for event_distance
 * (dated.h).
 *
 * A date counts from the first of December of the year before, when its schedule is out; one that
 * was moved at short notice from a week before. So a backtest knows what everybody knew then.
 * Beyond the table (macro_dates.def says from when to when) distances are NaN, never "far away".
 */
#ifndef DOMAIN_FEATURES_MACRO_H
#define DOMAIN_FEATURES_MACRO_H

#include "base/mem.h"
#include "domain/features/dated.h"

/* By rising ts_ns, ready for event_distance_init(); in arena. */
size_t macro_events(struct arena *arena, const struct dated_event **out);

/* Whole days between New York dates from a moment to an event: 0 is today. NaN for TS_NONE. */
double macro_days_to(int64_t now_ns, int64_t event_ns);

#endif
