/*
 * Collects a run's effects into a backtest_result: every order, every trade, the account's points.
 */
#ifndef SERVICES_BACKTEST_RECORDER_H
#define SERVICES_BACKTEST_RECORDER_H

#include "kernel/runner.h"
#include "services/backtest/result.h"

struct recorder;

struct recorder *recorder_open(struct arena *arena, struct kernel *kernel);
struct runner_watch recorder_watch(struct recorder *recorder);
/* Follow the first count strategies each by itself too. Before the run. */
void recorder_each(struct recorder *recorder, uint32_t count);
/* Called after each day's end; a false return cancels. */
void recorder_on_day(struct recorder *recorder, bool (*day)(void *context), void *context);
/* Move everything into the result; nothing is recorded afterwards. Also on a failed run. */
void recorder_finish(struct recorder *recorder, struct backtest_result *result);

/* After that: trades, orders, points and figures of one strategy, from the account's result; what
 * describes it is set. */
void recorder_finish_each(struct recorder *recorder, const struct backtest_result *account,
                          uint32_t host, struct backtest_result *out);

/* A note of the service itself. */
void recorder_note(struct recorder *recorder, bool warning, const char *text);

/* After the run: warn of structures whose hours of entry no snapshot of that market lay in. */
void recorder_note_windows(struct recorder *recorder, const struct strategy *strategy,
                           uint32_t underlying);

/* stats.c: fill result->stats from trades, orders and points. */
void stats_compute(struct backtest_result *result, const struct result_point *day_ends,
                   size_t day_count);

#endif
