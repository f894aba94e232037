/*
 * The constants of the model, fitted so that `ironfly data simulate --validate` comes close to the
 * measured figures of real.def.
 *
 *     variance of the market per year   V = MARKET_VARIANCE exp(LOG_MEAN + fast + slow)
 *     of a factor or a name             exp(SHARED (fast + slow) + own), scaled to mean 1
 *
 * fast and own are Ornstein-Uhlenbeck; slow too, but toward the target of the hidden regime. Speeds
 * are per variance day. Option prices take the same dynamics (Bergomi's two-factor forward
 * variance) with a premium: nobody sees the regime, so slow goes back to its mean at
 * SLOW_SPEED_SEEN. Source of the form: L. Bergomi, Smile dynamics II, Risk (October 2005).
 */
#ifndef SERVICES_SIMULATE_MODEL_INT_H
#define SERVICES_SIMULATE_MODEL_INT_H

#define MARKET_VARIANCE 0.0334 /* mean of V; jumps and events bring the whole to SPY's 19.6 % */
#define LOG_MEAN (-0.48)
#define FAST_SPEED 0.090 /* half-life 8 days */
#define FAST_VOL 0.215   /* per square root of a variance day */
#define SLOW_SPEED 0.023 /* toward the regime's target: 30 days */
#define SLOW_VOL 0.060
#define SLOW_SPEED_SEEN 0.0055 /* as the market expects it: 126 days */
#define SLOW_SPREAD                                                                                \
    0.42 /* long-run variance of slow, regimes included, as the market expects it                  \
          */
#define LEVERAGE_FAST (-0.80) /* correlation with the market's return */
#define LEVERAGE_SLOW (-0.60)
#define PREMIUM                                                                                    \
    1.45 /* implied over diffusive variance: jumps, and what buyers of protection pay              \
          */

#define JUMPS_PER_DAY 0.012 /* at mean variance; grows with its square root */
#define JUMP_MEAN (-1.6)    /* in sd of a day at the time */
#define JUMP_SD 1.9
#define JUMP_FAST 0.22 /* added to fast for each sd that a jump falls */

#define SHARED 0.60 /* part of the market's log variance that factors and names take over */
#define SHARED_LOG_MEAN (-0.155) /* makes the mean of exp(SHARED (fast + slow)) 1 */
#define OWN_SPEED 0.020
#define OWN_VOL 0.100
#define OWN_LOG_MEAN (-0.125) /* - OWN_VOL^2 / (4 OWN_SPEED) */
#define BREAK_OWN 0.5         /* a break lifts its factor's log variance once, in sight of all */
#define BREAK_HIDDEN 3.0      /* and multiplies it while it lasts, unseen */
#define BREAK_DRIFT 0.5       /* sd a day, to its side */

#define SKEW_SPEED 0.045
#define SKEW_VOL 0.30 /* stationary sd 1 */
#define LEVERAGE_SKEW (-0.35)

#define DAYS_PER_YEAR 252.0 /* variance days */

#endif
