/*
 * A backtest: one strategy, or several on one account, through the kernel over stored days, with
 * the simulated venue.
 *
 *     backtest_run(&result, &arena, &options)     then services/report shows the result
 *
 * The same options on the same store give the same result, byte for byte.
 */
#ifndef SERVICES_BACKTEST_BACKTEST_H
#define SERVICES_BACKTEST_BACKTEST_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/strategy/strategy.h"
#include "services/backtest/result.h"

struct backtest_options {
    const char *strategy; /* path, or name in the catalogue */
    const char *const
        *others; /* more of them on the same account: result->strategies has each by itself */
    size_t other_count;
    const struct strategy_override *overrides; /* of each strategy that has such a parameter */
    size_t override_count;
    const char *store;
    int32_t from, to;        /* yyyymmdd, inclusive; 0: as far as the store goes */
    const char *fill, *fees; /* NULL: the strategy's, else the default */
    const char
        *margin;  /* "reg-t", "portfolio", "cash", "none"; NULL: the strategy's, else "reg-t" */
    int64_t cash; /* micros; 0: the strategy's, else the default */
    const char *fill_default, *fees_default; /* NULL: "share", "ibkr-tiered" */
    int64_t cash_default;                    /* 0: 100,000 dollars */
    uint64_t seed;                           /* recorded; nothing random is modelled yet */
    /* Called once a day; false cancels the run with ERR_CANCELLED. May be NULL. */
    bool (*progress)(void *context, size_t days_done, size_t days);
    void *progress_context;
};

/* Errors name the strategy, the store or the option, and what to do. The result lives in arena. */
NODISCARD enum err backtest_run(struct backtest_result *out, struct arena *arena,
                                const struct backtest_options *options);

#endif
