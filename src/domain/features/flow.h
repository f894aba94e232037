/*
 * What option trading and open interest say: put/call ratios, gamma exposure, unusual volume.
 *
 * flow_measure() takes one chain at an instant as columns. put_call counts trades one by one
 * through a session.
 */
#ifndef DOMAIN_FEATURES_FLOW_H
#define DOMAIN_FEATURES_FLOW_H

#include <stddef.h>

#include "domain/features/gate.h"
#include "domain/types/money.h"

/* Parallel columns, a row per contract. A NULL column is one that the source does not give. */
struct flow_rows {
    size_t count;
    const int8_t *sign;            /* OPTION_SIGN_CALL, OPTION_SIGN_PUT */
    const uint32_t *volume;        /* contracts so far this day; SIZE_NONE not known */
    const uint32_t *open_interest; /* as of the morning; SIZE_NONE not known */
    const double *gamma;           /* per share and dollar; NaN not known */
};

/*
 * A contract is unusual when it traded at least volume_min and more than `ratio` times its open
 * interest (one at least): most of it must be new. Ours: 500 and 2.
 */
struct flow_rule {
    uint32_t volume_min;
    double ratio;
};

/*
 *   put_call_volume  puts traded / calls traded
 *   put_call_open    put / call open interest
 *   gamma_exposure   dollars of the underlying that dealers trade, against the move when it is
 *                    negative, per 1 % move: 0.01 spot^2 multiplier sum (calls - puts) of gamma x
 * open interest. An estimate: it assumes that dealers are long every call and short every put that
 * is open, which nobody outside can see. Positive dampens moves. Source: SqueezeMetrics, Gamma
 *                    Exposure (white paper, 2017)
 *   gamma_coverage   share of the open interest with a known gamma, 0 to 1: judge the estimate by
 * it unusual          contracts that the rule calls unusual; volume_open_max the largest ratio
 * among the contracts that traded volume_min NaN where no row tells (a ratio: where the calls are
 * zero); rows without a number are left out.
 */
struct flow {
    double call_volume, put_volume, call_open, put_open; /* contracts; NaN when no row knows */
    double put_call_volume, put_call_open;
    double call_gamma, put_gamma; /* dollars per 1 %, both >= 0 */
    double gamma_exposure, gamma_coverage;
    double volume_open_max;
    uint32_t unusual;   /* contracts */
    bool unusual_known; /* some row had volume and open interest */
};

/* spot in dollars, multiplier 100. is_unusual[count], may be NULL: which ones. */
void flow_measure(const struct flow_rows *rows, double spot, double multiplier,
                  const struct flow_rule *rule, struct flow *flow, bool *is_unusual);

/* Trades as they come. begin() starts a session at zero. */
struct put_call {
    struct feature_gate gate;
    uint64_t calls, puts;             /* contracts */
    double call_premium, put_premium; /* dollars a share x contracts */
};
void put_call_begin(struct put_call *flow, int64_t open_ns);
/* size contracts of a call (OPTION_SIGN_CALL) or put traded at price dollars a share, >= 0. */
bool put_call_update(struct put_call *flow, int64_t ts_ns, int sign, double price, uint32_t size);
double put_call_value(const struct put_call *flow);         /* puts / calls; NaN without calls */
double put_call_premium_value(const struct put_call *flow); /* by premium */

#endif
