/*
 * Realised volatility from bars: how much the underlying moved, per year.
 *
 * With o = ln(open / close before), u = ln(high / open), d = ln(low / open), c = ln(close / open),
 * r = ln(close / close before), n bars and P bars a year, the square of each is
 *
 *   close            P var(r): the n - 1 returns between n closes, variance over n - 2
 *   parkinson        P / (4 n ln 2) sum (u - d)^2                          Parkinson (1980)
 *   garman_klass     P / n sum ((u - d)^2 / 2 - (2 ln 2 - 1) c^2)          Garman, Klass (1980)
 *   rogers_satchell  P / n sum (u (u - c) + d (d - c))                     Rogers, Satchell (1991)
 *   garman_klass_yz  P / n sum (o^2 + (u - d)^2 / 2 - (2 ln 2 - 1) c^2)    with the overnight jump
 *   yang_zhang       P (var(o) + k var(c) + (1 - k) rs), k = 0.34 / (1.34 + (n + 1) / (n - 1)),
 *                    rs the mean of the Rogers-Satchell terms, variances over n - 1
 *                                                                          Yang, Zhang (2000)
 * Counting as R's TTR::volatility() does. All but close, which needs n bars, and the two with o,
 * which need the close before the first bar too, need n bars. Ranges of few trades come out small:
 * a bar of one price a day has no range at all.
 *
 * A bar whose high is below its open or close, or low above, is refused, as no estimator may
 * see it; the next overnight return then spans the gap.
 */
#ifndef DOMAIN_FEATURES_REALISED_VOL_H
#define DOMAIN_FEATURES_REALISED_VOL_H

#include "domain/features/gate.h"
#include "domain/features/window.h"

struct ohlc {
    double open, high, low, close;
};

/* All four prices, and high and low not inside open and close. */
bool ohlc_is_valid(const struct ohlc *bar);

enum vol_estimator {
    VOL_CLOSE,
    VOL_PARKINSON,
    VOL_GARMAN_KLASS,
    VOL_ROGERS_SATCHELL,
    VOL_GARMAN_KLASS_YZ,
    VOL_YANG_ZHANG,
    VOL_ESTIMATOR_COUNT
};

struct realised_vol {
    struct feature_gate gate;
    double per_year;   /* bars */
    double last_close; /* NaN before the first */
    uint32_t n;
    struct window r, o, u, d, c;
};

/* n 3 to WINDOW_MAX bars; per_year 252 for daily bars. */
void realised_vol_init(struct realised_vol *vol, struct arena *arena, uint32_t n, double per_year);

/* A bar that ended at ts. */
bool realised_vol_update(struct realised_vol *vol, int64_t ts_ns, const struct ohlc *bar);

/* Per year, of the last n bars; NaN during the warm-up. */
double realised_vol_value(const struct realised_vol *vol, enum vol_estimator estimator);

/* "yang_zhang" */
const char *vol_estimator_name(enum vol_estimator estimator);
/* The weight of open-to-close variance in Yang-Zhang. */
double yang_zhang_k(uint32_t n);

#endif
