/*
 * A volatility surface: one smile per expiry, free of arbitrage across strikes and expiries.
 *
 * Each smile is an SVI slice proven free (svi.h), and on it a small smooth correction, zero outside
 * the quotes, that follows what five numbers cannot. Total variance is read at k = ln(strike /
 * forward) and at a time on the variance clock, the same clock the slices were given (clock.h).
 * surface_fit.h makes one from quotes. A value type, some 30 KB: nothing to free.
 *
 * Between expiries the normalised call price at fixed k is a mix of the two neighbours', with the
 * weight that makes the at-the-money total variance linear in variance time. A mix of prices is
 * free of arbitrage in strike, and its weight only moves one way in time (Gatheral-Jacquier 2014,
 * lemma 5.1). Before the first expiry (time t, first slice at t1, c = t / t1): w(k, t) = c w1(k /
 * sqrt(c)), the same smile in standard deviations. Then g(k) = g1 + (1 - c) w1'^2 / 16 >= g1, and w
 * falls in no t, because 1 - x w1' / (2 w1) > 0 in every slice free of butterfly arbitrage. After
 * the last: w grows by the same amount at every k, at the at-the-money forward variance of the last
 * two slices. Past the quotes' strikes each smile is its SVI slice: linear wings, no steeper
 * than 2.
 */
#ifndef DOMAIN_PRICING_SURFACE_H
#define DOMAIN_PRICING_SURFACE_H

#include "domain/pricing/svi.h"

enum { SURFACE_EXPIRIES_MAX = 64, SURFACE_BUMPS_MAX = 24 };

struct surface_slice {
    double years;          /* calendar, to carry and discount */
    double variance_years; /* what vol is counted in */
    double forward, discount;
    struct svi base;
    /* The correction: cubic B-splines, evenly spaced in z = x / sqrt(1 + x^2), x = k / width. */
    uint32_t bump_count; /* 0: none */
    double width, z_low, z_step;
    double bump[SURFACE_BUMPS_MAX];
};

struct surface {
    size_t count; /* slices, by ascending variance_years */
    struct surface_slice slice[SURFACE_EXPIRIES_MAX];
};

/*
 * A smile at k[], as svi_slice(): total variance and what follows from it. PRICING_BAD_INPUT for a
 * slice without a valid base.
 */
size_t surface_smile(const struct surface_slice *slice, size_t count, const double *k,
                     const struct svi_columns *out);

/*
 * Total variance at any time: w[count] at k[], variance_years > 0 from now; status may be NULL. Vol
 * is sqrt(w / variance_years). PRICING_BAD_INPUT for a surface without slices, a time not above 0
 * or a k that is not finite. Returns how many are not PRICING_OK.
 */
size_t surface_total_variance(const struct surface *surface, double variance_years, size_t count,
                              const double *k, double *w, uint8_t *status);

/*
 * Forward and discount at any calendar time, log-linear between expiries and from spot (> 0) at 0;
 * the last carry and rate go on after the last expiry.
 */
uint8_t surface_carry(const struct surface *surface, double spot, double years, double *forward,
                      double *discount);

/*
 * Is the whole surface free of arbitrage? Bases are proven; corrections are sampled, 16 points to
 * each of their pieces, with room for what lies between. PRICING_ARBITRAGE names slice and k.
 */
uint8_t surface_check(const struct surface *surface, size_t *slice, double *k);

/*
 * What-if: how the smile answers when the underlying moves to exp(move) of itself.
 *   SURFACE_STICKY_STRIKE  each strike keeps its vol
 *   SURFACE_STICKY_DELTA   each k keeps its vol: the smile moves along
 *   SURFACE_SPOT_VOL       at-the-money vol moves by response x move more than sticky strike would
 *                          give it along the skew: response 0 is sticky strike, 1 twice the skew
 * response is asked of the caller per tenor: with response_short at zero and response_long at one
 * year of variance time, it goes with exp(-years). An index has some 0.3 to 0.8 (about 1.5 times
 * the skew in all). Then all vols are multiplied by vol_factor.
 *
 * These are pictures of one moment after the move, not arbitrage-free in themselves: sticky strike
 * and spot-vol can cross expiries in the wings after large moves.
 */
enum surface_rule { SURFACE_STICKY_STRIKE, SURFACE_STICKY_DELTA, SURFACE_SPOT_VOL };
struct surface_move {
    enum surface_rule rule;
    double move;           /* ln of the factor of spot and forwards */
    double response_short; /* SURFACE_SPOT_VOL only */
    double response_long;
    double vol_factor; /* > 0; 1 leaves the vols alone */
};

/* As surface_total_variance(), k about the moved forward. PRICING_OUT_OF_RANGE where the moved vol
 * would not be above 0. */
size_t surface_moved(const struct surface *surface, const struct surface_move *move,
                     double variance_years, size_t count, const double *k, double *w,
                     uint8_t *status);

#endif
