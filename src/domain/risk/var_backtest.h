/*
 * Did VaR keep its promise? Tests of a series of days, exceedances marked.
 *
 *   Kupiec (1995)                how many: LR_uc ~ chi2(1)
 *   Christoffersen (1998)        do they come one after another: LR_ind ~ chi2(1); both: LR_cc ~
 * chi2(2) Basel traffic light (1996)   zone and plus factor of the last 250 days at 99 % Acerbi,
 * Szekely (2014)       test 2 of expected shortfall With 0 ln 0 = 0 throughout: none or only
 * exceedances have an answer too.
 */
#ifndef DOMAIN_RISK_VAR_BACKTEST_H
#define DOMAIN_RISK_VAR_BACKTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct likelihood_ratio {
    double value, p; /* NaN when there is nothing to test */
};

/* days > 0, 0 <= exceedances <= days, 0 < rate < 1 (0.01 of 99 %); NaN otherwise. */
struct likelihood_ratio kupiec(int64_t days, int64_t exceedances, double rate);

/*
 * Counts that are not rejected at a test level: least <= count <= most. Too few is only said when
 * the binomial probability of so few is itself below the level; so Kupiec's table, where 255 days
 * at 1 % have no lower end.
 */
void kupiec_region(int64_t days, double rate, double level, int64_t *least, int64_t *most);

struct christoffersen {
    int64_t n00, n01, n10, n11; /* transitions: from, to; 1 is an exceedance */
    struct likelihood_ratio unconditional, independence, conditional;
};
void christoffersen(size_t days, const bool *exceeds, double rate, struct christoffersen *out);

enum traffic_zone { ZONE_GREEN, ZONE_YELLOW, ZONE_RED };
struct traffic_light {
    enum traffic_zone zone;
    double cumulative;  /* probability of so many or fewer */
    double plus_factor; /* on the multiplier, of 250 days at 99 %; NaN for other lengths */
};
struct traffic_light traffic_light(int64_t days, int64_t exceedances, double rate);

/*
 * Z2 = sum over days beyond VaR of profit / (days x tail x shortfall), plus 1: 0 expected, below 0
 * when losses beyond VaR are too many or too large; about -0.70 is the 5 % point at tail 2.5 %.
 * profit: negative is a loss; var and shortfall of each day, positive.
 */
double acerbi_szekely(size_t days, const double *profit, const double *var, const double *shortfall,
                      double tail, int64_t *exceedances);

#endif
