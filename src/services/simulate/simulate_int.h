/*
 * What the files of this folder share: the market's state, day by day and half hour by half hour.
 *
 * The clock. Variance is counted in variance days: an ordinary session with the night before it is
 * 1, of which the night takes its share and each half hour its own (market_clock). A scheduled
 * event adds to the step that it falls into, and everybody knows the schedule: options are priced
 * on this clock.
 *
 * The path is made whole for every session the calendar knows, whatever is asked for: a seed is one
 * market, and --from, --to and --symbols only cut a piece out of it.
 */
#ifndef SERVICES_SIMULATE_SIMULATE_INT_H
#define SERVICES_SIMULATE_SIMULATE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "domain/features/dated.h"
#include "base/rng.h"
#include "domain/types/calendar.h"

enum sim_kind { SIM_INDEX, SIM_ETF, SIM_STOCK };

enum sim_symbol {
#define SIM_SYMBOL(name, ...) SIM_##name,
#include "services/simulate/symbols.def"
    SIM_PRICED,           /* the symbols with a price path */
    SIM_VIX = SIM_PRICED, /* is made of the SPX surface */
    SIM_SYMBOL_COUNT
};

struct sim_terms {
    const char *name;
    enum sim_kind kind;
    double level, beta, tech, small, idio, jumps, earnings, yield, rho, psi, spread, flow, shares;
};

const struct sim_terms *sim_terms(enum sim_symbol symbol); /* of a priced one */
const char *sim_name(enum sim_symbol symbol);

/* Whose vol has a life of its own beside the market's: the two factors, then each stock. */
enum { OWN_TECH, OWN_SMALL, OWN_STOCKS, OWN_COUNT = OWN_STOCKS + SIM_PRICED - SIM_NVDA };

/* Streams of random numbers: their trial is the day. */
enum sim_purpose {
    SIM_PATH = 1,
    SIM_REGIME,
    SIM_EVENT,
    SIM_FLOW,
    SIM_MINUTE,
    SIM_QUOTE,
    SIM_INTEREST,
    SIM_SECOND,
    SIM_QUOTE_SECOND,
    SIM_TAPE,
    SIM_SHARES
};

enum {
    SIM_STEPS = 14,
    SIM_MINUTES = 390,
    SIM_STEP_MINUTES = 30
}; /* the night, then 13 half hours */

enum sim_regime { REGIME_CALM, REGIME_NORMAL, REGIME_ELEVATED, REGIME_CRISIS, REGIME_COUNT };
enum sim_trend { TREND_SIDEWAYS, TREND_UP, TREND_DOWN, TREND_COUNT };
const char *sim_regime_name(enum sim_regime regime);
const char *sim_trend_name(enum sim_trend trend);

enum sim_event { EVENT_FOMC = 1, EVENT_CPI = 2, EVENT_JOBS = 4 };

/* One instant: the end of a step, or a minute between. */
struct sim_state {
    double fast, slow;            /* of the log variance of the market */
    double skew;                  /* standardised: how much more than usual the smile leans */
    double own[OWN_COUNT];        /* of the log variances of the factors and stocks */
    double log_level[SIM_PRICED]; /* of the price: dividends and splits are in it */
};

struct sim_step {
    struct sim_state state; /* at its end */
    double jump;            /* of the market within the step, log */
};

struct sim_break { /* a spell in which one index leaves the others */
    int8_t side;   /* 0 none; else the direction in which it drifts */
    int8_t which;  /* OWN_TECH: QQQ, OWN_SMALL: IWM */
    bool starts;   /* today; else it began on an earlier day */
    int16_t step_first;
};

struct sim_day {
    int32_t date;
    bool is_half;
    uint8_t regime, trend;
    uint8_t events; /* enum sim_event bits */
    uint16_t
        earnings;   /* bit per priced symbol: the night before this session is its earnings night */
    uint16_t ex;    /* bit per priced symbol: pays a dividend, ex today */
    uint16_t split; /* bit per priced symbol: its split holds from today */
    struct sim_break gap;
    int steps; /* 14, fewer on half days */
    double weight[SIM_STEPS];
    double clock; /* variance days up to the end of the day before */
    double rate;  /* per year, continuous */
    struct sim_step step[SIM_STEPS];
    double dividend[SIM_PRICED]; /* the next one's amount, known from the last ex day on, dollars of
                                    this day */
};

struct sim_flow { /* somebody buys far more than usual */
    int day_index;
    int8_t symbol;
    int8_t sign;   /* +1 calls, -1 puts */
    bool informed; /* the price follows over the days to come */
    double z;      /* how far out of the money, in sd */
    int32_t dte;
    uint32_t contracts;
};

struct sim_path {
    uint64_t seed;
    const struct calendar *cal;
    struct sim_day *days;
    int count;
    struct sim_flow *flows; /* ascending day_index */
    int flow_count;
    struct arena arena;
};

/* ---- events.c: what is scheduled ------------------------------------------------------------- */

void sim_schedule(struct sim_path *path);       /* dates, half days, events, weights, rates */
void sim_schedule_flows(struct sim_path *path); /* unusual flow */

/*
 * What is scheduled of a symbol, and when its date is known: reports a month ahead, the next ex
 * day from the last one on, rate decisions and consumer prices (of SIM_EVERYBODY) since the
 * December before. By kind, then time.
 */
enum { SIM_EVERYBODY = -1 };
struct sim_dated {
    enum dated_kind kind;
    int32_t date; /* New York day on which it happens */
    int64_t happens_ns, known_ns;
};
size_t sim_dated_make(const struct sim_path *path, int symbol, struct arena *arena,
                      struct sim_dated **out);

/* ---- regimes.c: what is hidden --------------------------------------------------------------- */

void sim_regimes(struct sim_path *path);          /* regime, trend, breaks of every day */
double sim_regime_target(enum sim_regime regime); /* of the slow log variance */

/* ---- path.c ---------------------------------------------------------------------------------- */

void sim_path_make(struct sim_path *path, uint64_t seed);
void sim_path_clear(struct sim_path *path);
/* The last session at or before a date, -1 before the first. */
int sim_path_find(const struct sim_path *path, int32_t date);
/* The state at the opening of a session and at its close. */
const struct sim_state *sim_open(const struct sim_path *path, int day);
const struct sim_state *sim_close(const struct sim_path *path, int day);
double sim_level(const struct sim_state *state, enum sim_symbol symbol);
/* Variance days from the start of the calendar to the end of a step of a day (step -1: its eve). */
double sim_clock(const struct sim_path *path, int day, int step);
double sim_split_ratio(enum sim_symbol symbol);
/* New shares per old between two days, from < to. */
double sim_split_between(const struct sim_path *path, enum sim_symbol symbol, int from, int to);

/* Annual vol of the market at an instant: the truth that quotes only hint at. */
double sim_fair_vol(const struct sim_state *state, enum sim_symbol symbol);
/* Its parts: the market's variance per year; a factor's or name's, relative to its mean. */
double sim_market_variance(const struct sim_state *state);
double sim_own_variance(const struct sim_state *state, int own);

/* ---- minutes.c: between the half hours ------------------------------------------------------- */

enum { SIM_SECONDS = 60 };

struct sim_minutes {
    const struct sim_path *path;
    int day, count;                      /* SIM_MINUTES or fewer */
    struct sim_state state[SIM_MINUTES]; /* 09:31 first */
    double clock[SIM_MINUTES];
    int8_t jump[SIM_MINUTES]; /* the step's jump, if it has one, fell into this minute */
};

void sim_minutes_make(struct sim_minutes *out, const struct sim_path *path, int day);
/* The seconds of one minute, the first a second after its beginning, the last the minute itself. */
void sim_seconds_make(const struct sim_minutes *minutes, int minute,
                      struct sim_state states[SIM_SECONDS], double clock[SIM_SECONDS]);

#endif
