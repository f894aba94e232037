/*
 * What a backtest found: plain columns and rows that reports only format, never recompute.
 *
 * All money is in micro-dollars. Signs: cash received is positive, paid is negative; quantities are
 * positive when long. Everything lives in the arena of the run.
 */
#ifndef SERVICES_BACKTEST_RESULT_H
#define SERVICES_BACKTEST_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/types/contract.h"
#include "kernel/kernel.h"

struct result_leg {
    bool is_stock;
    struct contract contract; /* when not stock */
    int64_t quantity;         /* signed contracts or shares, as filled at entry */
    int64_t entry_price, entry_bid,
        entry_ask;                /* micros a share; bid, ask PRICE_NONE when missing */
    double entry_iv, entry_delta; /* NaN when it could not be computed */
    int64_t exit_price;           /* fill, settlement or intrinsic; PRICE_NONE while open */
    int64_t mark_price;           /* last mark while open, else PRICE_NONE */
    const char *leg_name;         /* as in the strategy file */
};

struct result_trade {
    uint64_t id;   /* 1, 2, ... in order of opening */
    uint32_t host; /* index of its strategy */
    const char *strategy, *underlying;
    const char *structure; /* "shares": kept from assignments, outside the strategy's trades */
    int64_t opened_ns, closed_ns; /* closed_ns 0: open at the end */
    int64_t units;
    int64_t entry_cash; /* received (+) or paid (-) at entry, before costs */
    int64_t exit_cash;  /* the same at exit, settlement included, or value of the mark while open */
    int64_t costs;      /* commissions and fees, >= 0 */
    int64_t spread_cost; /* what crossing the spread cost against the mid, >= 0 unless fills beat
                            the mid */
    int64_t pnl;         /* entry_cash + exit_cash - costs + hedges and dividends */
    int64_t best, worst; /* highest and lowest pnl at a snapshot while open, and its end */
    int64_t max_loss;    /* worst value at expiry at entry, >= 0; INT64_MAX: unbounded */
    int64_t underlying_entry, underlying_exit; /* PRICE_NONE when unknown */
    int rolls;
    enum close_reason reason;
    const struct result_leg *legs;
    size_t leg_count;
};

struct result_order {
    uint64_t id;
    uint32_t host;      /* index of its strategy */
    const char *number; /* as a broker sees it */
    int64_t ts_ns;
    uint64_t trade_id;
    enum order_purpose purpose;
    const char *status; /* "filled", "partly filled", "rejected", "canceled", "expired"; "working",
                           ... at the end */
    const char *reason; /* why it was rejected, else "" */
    const char *text;   /* "-1 SPXW 190621P02700000 @ 12.30; ..." */
    int64_t quantity;   /* units */
    int64_t
        net_price; /* micros a share of one unit: + debit, - credit; PRICE_NONE when not filled */
    int64_t mid_price;
    int64_t commission, exchange_fees, regulatory_fees;
};

struct result_point { /* one snapshot of the account */
    int64_t ts_ns;
    int64_t equity, cash, options, stock; /* equity = cash + options + stock */
    double delta, gamma, vega,
        theta; /* shares; shares per dollar; dollars per 1 vol point; dollars a day; NaN unknown */
    int64_t underlying; /* PRICE_NONE when unknown */
    uint32_t open_trades;
    bool day_end; /* the last snapshot of its day: daily statistics use these */
};

struct result_stats { /* NaN where it cannot be computed; returns are of day-end equity, open
                         positions marked */
    int64_t pnl, costs, spread_cost, commissions, exchange_fees, regulatory_fees;
    double total_return;      /* 0.05 is 5 % */
    double annual_return;     /* compounded, calendar days / 365 */
    double annual_volatility; /* of daily returns, ddof 1, times sqrt(252) */
    double sharpe;       /* mean / sd of daily returns times sqrt(252), cash rate not deducted */
    double sortino;      /* mean / downside deviation below 0 times sqrt(252) */
    double max_drawdown; /* from the highest equity before, of every snapshot; the
                            starting cash counts; 0.05 is 5 % */
    int64_t max_drawdown_micros;
    int64_t max_drawdown_from_ns, max_drawdown_to_ns;
    double win_rate, profit_factor, average_win, average_loss; /* closed trades; dollars */
    double exposure; /* share of snapshots with an open trade */
    size_t trades, open_trades, wins, losses, orders, fills, rejects;
    size_t days, snapshots;
    int64_t quotes; /* quote rows read */
};

/* What the account had to hold (maintenance: equity may not fall below it), at day ends and after
 * fills. */
struct result_margin {
    const char *rules;  /* "reg-t", "portfolio", "cash", "none" */
    bool is_asked;      /* false: the rest says nothing */
    int64_t most, mean; /* micros; mean of day ends; PRICE_NONE: nothing was counted */
    int64_t most_ns, most_equity;
    size_t calls;   /* margin calls */
    size_t unknown; /* times that it could not be counted */
};

/* An order that a margin call or a liquidation sent, and what it did to the deposit. */
struct result_liquidation {
    int64_t ts_ns;
    uint64_t trade_id;
    const char *text; /* legs and prices, as of an order */
    int64_t quantity; /* packages filled */
    int64_t before,
        after; /* deposit, counted anew from all positions and marks; PRICE_NONE unknown */
    int64_t equity_before, equity_after;
};

/* How often a rule of the gates said no, and what it said first. */
struct result_refusal {
    const char *rule, *text;
    size_t count;
};

struct result_note { /* assumptions and warnings: what a reader must know to trust the figures */
    bool warning;
    size_t count; /* how often */
    const char *text;
};

struct backtest_result {
    const char *program; /* "ironfly 0.1.0" */
    const char *strategy_name, *strategy_path, *strategy_hash, *strategy_description;
    const char *underlying, *store;
    const char *fill_model, *fill_text;  /* "share", and one sentence what it does */
    const char *fee_schedule, *fee_text; /* "ibkr-tiered", and one sentence what it charges */
    uint64_t seed;
    int32_t from, to;            /* asked */
    int32_t first_day, last_day; /* found */
    int64_t start_cash, end_equity;
    struct result_stats stats;
    const struct result_trade *trades;
    size_t trade_count;
    const struct result_order *orders;
    size_t order_count;
    const struct result_point *points; /* at most 20,000: thinned evenly beyond, day ends kept */
    size_t point_count;
    struct result_margin margin;
    const struct result_liquidation *liquidations;
    size_t liquidation_count;
    const struct result_refusal *refusals; /* most frequent first */
    size_t refusal_count;
    const struct result_note *notes;
    size_t note_count;
    struct {
        const char *name;
        double value;
    } params[32];
    size_t param_count;
    const char *events_hash, *effects_hash; /* of all events in and effects out, hexadecimal */
    /* Of several strategies on one account: what each did by itself, as if the starting cash were
     * its own and the others did nothing; margin, notes and interest are the account's. Empty for
     * one strategy. */
    const struct backtest_result *strategies;
    size_t strategy_count;
};

#endif
