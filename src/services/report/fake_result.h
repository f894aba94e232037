/*
 * A made-up but plausible backtest for the tests of the reports: an SPX iron condor, some days.
 * The same arguments give the same result. Nothing here says anything about real markets.
 */
#ifndef SERVICES_REPORT_FAKE_RESULT_H
#define SERVICES_REPORT_FAKE_RESULT_H

#include "base/mem.h"
#include "services/backtest/result.h"

struct fake_ask {
    int days; /* trading days from 2019-01-02 on */
    int snapshots_a_day;
    int trade_every_days; /* 0: no trades at all */
};

struct backtest_result *fake_result(struct arena *arena, struct fake_ask ask);

/* Nothing found: every figure n/a, no rows. */
struct backtest_result *fake_empty(struct arena *arena);

#endif
