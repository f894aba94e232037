/*
 * The variance clock: how much a stretch of real time counts for a vol, and what dated events add.
 *
 * Prices discount and carry in calendar time, but they move when markets are open: more at the open
 * and the close than at lunch, little at night, less over a weekend, and at an event all at once.
 * This clock gives each minute a weight and counts years of it, so that one year of sessions is one
 * year of the clock. The count goes into black76_expiry.variance_years, surfaces and implied vols
 * as their time; no pricing function knows more of it than that.
 *
 * There is no calendar here: the caller says when sessions open and close (nanoseconds of UTC since
 * 1970, as everywhere outside pricing). Every minute between two sessions is closed time; the gap
 * of one night weighs clock.night, all that is beyond one night (weekends, holidays) clock.day_off.
 *
 *     struct variance_clock clock;
 *     variance_clock_init(&clock, NULL);                             the default weights
 *     variance_clock_years(&clock, &sessions, now_ns, expiry_ns, &years);
 */
#ifndef DOMAIN_PRICING_CLOCK_H
#define DOMAIN_PRICING_CLOCK_H

#include "domain/pricing/pricing.h"

enum { CLOCK_SESSION_MINUTES = 390, CLOCK_EVENTS_MAX = 32, CLOCK_EXPIRIES_MAX = 64 };

/*
 * Relative weights of a minute; only their ratios matter. A session is stretched or cut to the
 * length it has: its first minute weighs minute[0], its last minute[389], also on a half day.
 */
struct clock_weights {
    double minute[CLOCK_SESSION_MINUTES]; /* of the session, >= 0, some above 0 */
    double night;                         /* a minute of the night, 17.5 hours of them, >= 0 */
    double day_off;                       /* a minute beyond, >= 0 */
    double sessions_per_year;             /* > 0 */
};

/* Ready to count: the same, divided by what a year of it sums to. */
struct variance_clock {
    double session[CLOCK_SESSION_MINUTES + 1]; /* years from the open to each minute */
    double night_minute, day_off_minute;       /* years */
};

/*
 * NULL takes the default: a U over the day (the open three times lunch, the close two), the night a
 * fifth of a day's variance in all, a day off a tenth of a night's weight per minute; 252 sessions.
 * PRICING_BAD_INPUT for weights outside their ranges; the clock is then untouched.
 */
uint8_t variance_clock_init(struct variance_clock *clock, const struct clock_weights *weights);

/* The default weights, to start one's own from. */
void clock_weights_default(struct clock_weights *weights);

/*
 * Estimate the weights of the minutes from returns: the mean of their squares over days, smoothed
 * over a quarter of an hour to each side. returns[days][390] are log returns, NaN where there is
 * none; night[days] the returns from close to open over one night, off[days] over more than one
 * with off_minutes[days] minutes beyond it (0 and NaN: none). PRICING_TOO_FEW_QUOTES below 20 days,
 * or when a minute with its neighbours has no return at all.
 */
struct clock_returns {
    size_t days;
    const double *minute; /* days x 390 */
    const double *night;
    const double *off;
    const double *off_minutes;
};
uint8_t clock_weights_estimate(const struct clock_returns *returns, struct clock_weights *weights);

/* Sessions by rising time, none overlapping. They must reach over the time asked for. */
struct clock_sessions {
    size_t count;
    const int64_t *open_ns, *close_ns;
};

/*
 * Years of the clock from one instant to a later one; 0 when it is not later. PRICING_OUT_OF_RANGE
 * when [from, to] is not covered: from before the first open, or to after the last close.
 * PRICING_BAD_INPUT for sessions out of order (only those looked at are checked).
 */
uint8_t variance_clock_years(const struct variance_clock *clock,
                             const struct clock_sessions *sessions, int64_t from_ns, int64_t to_ns,
                             double *years);

/*
 * What dated events (earnings, FOMC, CPI) add to total variance, read from the term structure: of
 * all ways to take a jump of variance >= 0 out at each event, the one that leaves the forward vol
 * between expiries smoothest, with the least jumps where that does not tell.
 *
 *   variance_years[count]  of each expiry on the clock, rising, without events
 *   w[count]               its at-the-money total variance, with events
 *   event_years[events]    of each event on the same clock, > 0, rising; those at or after the last
 *                          expiry say nothing and get NaN
 *   event_w[events]        out: the total variance that the event adds; it belongs to every expiry
 *                          after it
 *   clean_w[count]         out, may be NULL: w without the events
 *
 * Two events between the same two expiries cannot be told apart: they share alike. At least two
 * expiries, and as many as there are distinct event gaps plus one, or PRICING_TOO_FEW_QUOTES.
 * Otherwise PRICING_BAD_INPUT for input out of its range. sqrt(event_w) is the vol of the jump:
 * 0.02 is two per cent.
 */
uint8_t clock_event_variance(size_t count, const double *variance_years, const double *w,
                             size_t events, const double *event_years, double *event_w,
                             double *clean_w);

#endif
