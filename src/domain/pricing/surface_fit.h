/*
 * Make a surface from quotes, without arbitrage.
 *
 *     forward_of_expiry()      forward and discount of each expiry          forward.h
 *     surface_quotes()         bid and ask to total variance and its error, a row per strike
 *     surface_fit()            all expiries together, and how well each fits
 *
 * In order: an eSSVI skeleton (three numbers an expiry) for the expiries with too few quotes; a
 * free SVI fit each, whose wing slopes are made to rise with time; then from the first to the last
 * the SVI fit of svi_fit.h that stays at or above the one before; then the correction of each
 * smile, smoothed where it would bring arbitrage, and taken back where that is not enough.
 *
 * What does not fit is told, not forced: each expiry's report has the error in units of half its
 * bid-ask spread, with and without the correction, and says when the quotes themselves show a W
 * (two minima around a hump, as same-day expiries and expiries over an event do). Take known events
 * out first (clock.h): SVI cannot bend both ways.
 *
 * Sources: J. Corbetta, P. Cohort, I. Laachir, C. Martini, Robust calibration and arbitrage-free
 * interpolation of SSVI slices, arXiv:1804.04924; S. Hendriks, C. Martini, The extended SSVI
 * volatility surface (2017); and those of svi.h and svi_fit.h.
 */
#ifndef DOMAIN_PRICING_SURFACE_FIT_H
#define DOMAIN_PRICING_SURFACE_FIT_H

#include "domain/pricing/surface.h"
#include "domain/pricing/svi_fit.h"

/* One expiry. The columns of quotes belong to the caller and may hold unusable rows as NaN. */
struct surface_expiry {
    double years, variance_years; /* > 0 */
    double forward, discount;     /* > 0 */
    struct svi_quotes quotes;     /* weight is 1 / half of bid to ask in total variance */
};

/* A chain, a row per strike in any order; dollars, NaN where there is no quote. */
struct surface_chain {
    size_t count;
    const double *strike, *call_bid, *call_ask, *put_bid, *put_ask;
};

/*
 * Out-of-the-money quotes as total variance: k, w of the mid and weight = 1 / (half the distance of
 * bid's and ask's total variance, at least w / 10,000), NaN unless status is PRICING_OK. Only the
 * first four fields of expiry are read. Prices without a bid say PRICING_NO_PRICE: an offer alone
 * tells no vol. Returns how many rows are not PRICING_OK.
 */
struct surface_quote_columns {
    double *k, *w, *weight;
    uint8_t *status; /* may be NULL */
};
size_t surface_quotes(const struct surface_expiry *expiry, const struct surface_chain *chain,
                      const struct surface_quote_columns *out);

struct surface_report {
    uint8_t status; /* PRICING_TOO_FEW_QUOTES: none usable, the expiry is not in the surface */
    uint32_t used;  /* quotes */
    bool is_from_skeleton;   /* fewer than SVI_QUOTES_MIN quotes */
    bool is_repaired;        /* the free SVI fit held arbitrage, against itself or the one before */
    double correction;       /* how much of the correction is kept: 1 all, 0 none */
    double error_median;     /* |vol - mid| over half of bid to ask, of all used quotes */
    double error_90;         /* the same, what nine of ten stay below */
    double inside;           /* share of the quotes whose bid to ask holds the smile */
    double svi_error_median; /* error_median without the correction */
    bool is_w_shaped; /* by the quotes: bid above both asks beside it, wings above those again */
    double hump;      /* how far, in total variance; 0 without */
};

/*
 * count <= SURFACE_EXPIRIES_MAX expiries by rising variance_years. warm: the surface of a moment
 * ago, or NULL; its slices are matched by variance_years to the nearest and only speed up.
 * report[count] may be NULL. Returns PRICING_OK; PRICING_TOO_FEW_QUOTES when no expiry can be used;
 * PRICING_BAD_INPUT for a bad count, order or term: surface->count is then 0.
 */
uint8_t surface_fit(const struct surface_expiry *expiry, size_t count, const struct surface *warm,
                    struct surface *surface, struct surface_report *report);

/*
 * The eSSVI skeleton alone: slices free of butterfly and calendar arbitrage by their parameters
 * (svi_from_ssvi() makes SVI of each). An expiry without quotes repeats the one before; status[i]
 * then says PRICING_TOO_FEW_QUOTES. The first without quotes is NaN.
 */
void surface_skeleton(const struct surface_expiry *expiry, size_t count, struct ssvi *skeleton,
                      uint8_t *status);

#endif
