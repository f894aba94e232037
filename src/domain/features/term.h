/*
 * Vol by strike and by tenor: at-the-money, 25-delta skew, constant maturities, slope, contango,
 * forward vol, expected move. Batch: columns in, numbers out, nothing kept.
 *
 * Along one expiry a vol is interpolated between its neighbours and never beyond the last; between
 * expiries total variance vol^2 x years is, never beyond them either. What lies outside is NaN.
 */
#ifndef DOMAIN_FEATURES_TERM_H
#define DOMAIN_FEATURES_TERM_H

#include <stddef.h>

#include "domain/features/gate.h"

/*
 * The vol at the forward: linear in ln(strike) between the nearest known strikes on both sides of
 * it. strike[count] ascends; vol[] NaN where unknown. The larger of the two gaps must be below
 * gap_max of the forward (0.05 is 5 %), else NaN: two far strikes know nothing of the middle.
 */
double smile_atm(size_t count, const double *strike, const double *vol, double forward,
                 double gap_max);

/*
 * The vol at which |delta| is target (0.25), linear in delta between the two neighbours around it,
 * the pair farthest out of the money when quotes cross it more than once. delta[] and vol[] belong
 * to the calls or the puts of one expiry by ascending strike, NaN where unknown; signs do not
 * matter. The neighbours' |delta| may differ by at most 0.2.
 */
double smile_at_delta(size_t count, const double *delta, const double *vol, double target);

/* Vol at a tenor: total variance linear in time between the expiries around it; exactly an expiry's
 * vol there. years[count] ascends strictly, vol[] NaN where unknown. */
double tenor_vol(size_t count, const double *years, const double *vol, double target_years);

/* (v2^2 t2 - v1^2 t1) / (t2 - t1): variance per year between two tenors t1 < t2. Negative is a
 * calendar arbitrage or a bad quote: it has no vol (NaN). */
double forward_variance(double t1, double v1, double t2, double v2);
double forward_vol(double t1, double v1, double t2, double v2);

/*
 * near / far of two vols, such as VIX and VIX3M: below 1 - band contango, above 1 + band
 * backwardation, else flat. Ours is band 0.02; there is no official one.
 */
enum term_state { TERM_UNKNOWN, TERM_CONTANGO, TERM_FLAT, TERM_BACKWARDATION };
enum term_state term_state(double near, double far, double band);
const char *term_state_name(enum term_state state);

/*
 * Expected moves, dollars.
 *   sigma     spot x vol x sqrt(days / 365): one standard deviation
 *   straddle  the at-the-money straddle, which is sqrt(2 / pi) = 0.798 of that (Brenner,
 * Subrahmanyam, 1988): expected_move_from_straddle() gives the sigma back. 0.85 of the straddle
 *             covers 50 % of the outcomes, not 68 % as is often said
 *   blend     0.6 straddle + 0.3 first strangle + 0.1 second: how tastytrade shows it. A display,
 * not a probability
 */
double expected_move_sigma(double spot, double vol, double days);
double expected_move_from_straddle(double straddle);
double expected_move_blend(double straddle, double strangle1, double strangle2);
/* P(|move| <= distance) of a normal move whose standard deviation is sigma. */
double expected_move_cover(double distance, double sigma);

#endif
