#include "domain/pricing/clock.h"

#include <string.h>

#include "domain/pricing/european_int.h"

enum { MINUTES = CLOCK_SESSION_MINUTES, NIGHT_MINUTES = 1050, DAYS_MIN = 20 };
#define MINUTE_NS INT64_C(60000000000)

/* ---- weights --------------------------------------------------------------------------------- */

void clock_weights_default(struct clock_weights *w)
{
    /* A parabola through 3 at the open, 1 at lunch, 2 at the close. */
    double sum = 0.0;
    for (int i = 0; i < MINUTES; i++) {
        double x = (i + 0.5) / MINUTES, lunch = 0.55;
        double depth = x < lunch ? (lunch - x) / lunch : (x - lunch) / (1.0 - lunch);
        w->minute[i] = 1.0 + (x < lunch ? 2.0 : 1.0) * depth * depth;
        sum += w->minute[i];
    }
    w->night = 0.25 * sum / NIGHT_MINUTES; /* a fifth of session and night together */
    w->day_off = 0.1 * w->night;
    w->sessions_per_year = 252.0;
}

static bool are_weights(const struct clock_weights *w)
{
    double sum = 0.0;
    for (int i = 0; i < MINUTES; i++) {
        if (!is_not_negative(w->minute[i]))
            return false;
        sum += w->minute[i];
    }
    return is_positive(sum) && is_not_negative(w->night) && is_not_negative(w->day_off) &&
           is_positive(w->sessions_per_year);
}

uint8_t variance_clock_init(struct variance_clock *clock, const struct clock_weights *weights)
{
    struct clock_weights own;
    double sum = 0.0;
    if (!weights) {
        clock_weights_default(&own);
        weights = &own;
    }
    if (!are_weights(weights))
        return PRICING_BAD_INPUT;
    for (int i = 0; i < MINUTES; i++)
        sum += weights->minute[i];
    /* 365.25 days hold the sessions, a night after each, and days off for the rest. */
    double per_year = weights->sessions_per_year;
    double off = fmax(365.25 * 1440.0 - per_year * (MINUTES + NIGHT_MINUTES), 0.0);
    double year = per_year * (sum + NIGHT_MINUTES * weights->night) + off * weights->day_off;
    if (!is_positive(year))
        return PRICING_BAD_INPUT;
    double passed = 0.0;
    for (int i = 0; i <= MINUTES; i++) {
        clock->session[i] = passed / year;
        passed += i < MINUTES ? weights->minute[i] : 0.0;
    }
    clock->night_minute = weights->night / year;
    clock->day_off_minute = weights->day_off / year;
    return PRICING_OK;
}

static double mean_square(const double *value, size_t count, size_t *used)
{
    double sum = 0.0;
    *used = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i])) {
            sum += value[i] * value[i];
            ++*used;
        }
    return *used ? sum / (double)*used : 0.0;
}

/* The least-squares slope of squared returns beyond a night's on the minutes beyond it, >= 0. */
static double per_minute_off(const struct clock_returns *r, double night)
{
    double cross = 0.0, square = 0.0;
    for (size_t i = 0; i < r->days; i++) {
        double minutes = r->off_minutes[i];
        if (!isfinite(r->off[i]) || !is_positive(minutes))
            continue;
        cross += minutes * (r->off[i] * r->off[i] - night);
        square += minutes * minutes;
    }
    return square > 0.0 ? fmax(cross / square, 0.0) : 0.0;
}

uint8_t clock_weights_estimate(const struct clock_returns *r, struct clock_weights *weights)
{
    enum { REACH = 15 };
    double sum[MINUTES] = { 0.0 }, used[MINUTES] = { 0.0 };
    struct clock_weights w = { .sessions_per_year = 252.0 };
    if (r->days < DAYS_MIN)
        return PRICING_TOO_FEW_QUOTES;
    for (size_t day = 0; day < r->days; day++)
        for (int i = 0; i < MINUTES; i++) {
            double x = r->minute[day * MINUTES + (size_t)i];
            if (isfinite(x)) {
                sum[i] += x * x;
                used[i] += 1.0;
            }
        }
    for (int i = 0; i < MINUTES; i++) {
        double squares = 0.0, count = 0.0;
        for (int j = i - REACH; j <= i + REACH; j++)
            if (j >= 0 && j < MINUTES) {
                squares += sum[j];
                count += used[j];
            }
        if (count == 0.0)
            return PRICING_TOO_FEW_QUOTES;
        w.minute[i] = squares / count;
    }
    size_t nights;
    double night = mean_square(r->night, r->days, &nights);
    w.night = night / NIGHT_MINUTES;
    w.day_off = per_minute_off(r, night);
    if (!are_weights(&w))
        return PRICING_BAD_INPUT;
    *weights = w;
    return PRICING_OK;
}

/* ---- counting -------------------------------------------------------------------------------- */

/* Years from the open to an instant of the session. */
static double within(const struct variance_clock *clock, int64_t open, int64_t close, int64_t at)
{
    double minute = (double)(at - open) / (double)(close - open) * MINUTES;
    int whole = minute < MINUTES ? (int)minute : MINUTES - 1;
    double years = clock->session[whole] +
                   (minute - whole) * (clock->session[whole + 1] - clock->session[whole]);
    /* A half day has half of it. */
    return years * ((double)(close - open) / (double)(MINUTES * MINUTE_NS));
}

/* Years from a close to an instant of the gap after it: the night first, then the days off. */
static double beyond(const struct variance_clock *clock, int64_t close, int64_t at)
{
    double minutes = (double)(at - close) / (double)MINUTE_NS;
    return fmin(minutes, NIGHT_MINUTES) * clock->night_minute +
           fmax(minutes - NIGHT_MINUTES, 0.0) * clock->day_off_minute;
}

uint8_t variance_clock_years(const struct variance_clock *clock, const struct clock_sessions *s,
                             int64_t from_ns, int64_t to_ns, double *years)
{
    *years = 0.0;
    if (to_ns <= from_ns)
        return PRICING_OK;
    *years = NAN;
    if (s->count == 0 || from_ns < s->open_ns[0] || to_ns > s->close_ns[s->count - 1])
        return PRICING_OUT_OF_RANGE;
    double sum = 0.0;
    for (size_t i = 0; i < s->count && s->open_ns[i] < to_ns; i++) {
        int64_t open = s->open_ns[i], close = s->close_ns[i];
        int64_t next = i + 1 < s->count ? s->open_ns[i + 1] : INT64_MAX;
        if (close <= open || next < close)
            return PRICING_BAD_INPUT;
        if (next <= from_ns)
            continue;
        int64_t low = from_ns > open ? from_ns : open, high = to_ns < close ? to_ns : close;
        if (high > low)
            sum += within(clock, open, close, high) - within(clock, open, close, low);
        low = from_ns > close ? from_ns : close;
        high = to_ns < next ? to_ns : next;
        if (high > low)
            sum += beyond(clock, close, high) - beyond(clock, close, low);
    }
    *years = sum;
    return PRICING_OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

/*
 * Gap i lies between expiries i - 1 and i and holds forward variance (w_i - w_(i-1) - jump_i) over
 * its length. Roughness is the sum of squared steps of it from gap to gap, and a small share of its
 * square pulls to the least jump where roughness is flat.
 */
struct gaps {
    size_t count;
    double length[CLOCK_EXPIRIES_MAX], rise[CLOCK_EXPIRIES_MAX], jump[CLOCK_EXPIRIES_MAX];
    size_t events[CLOCK_EXPIRIES_MAX];
};

static double rate(const struct gaps *g, size_t i)
{
    return (g->rise[i] - g->jump[i]) / g->length[i];
}

/* The jump of one gap that is best while the others stay: a parabola, cut at 0. */
static double best_jump(struct gaps *g, size_t i)
{
    double around = 0.0, count = 0.0;
    if (i > 0) {
        around += rate(g, i - 1);
        count += 1.0;
    }
    if (i + 1 < g->count) {
        around += rate(g, i + 1);
        count += 1.0;
    }
    double pull = 1e-6 * count, whole = g->rise[i] / g->length[i];
    /* minimise sum (whole - y - neighbour)^2 + pull y^2 over y = jump / length */
    double y = (count * whole - around) / (count + pull);
    return fmax(y, 0.0) * g->length[i];
}

static uint8_t set_gaps(struct gaps *g, size_t count, const double *t, const double *w)
{
    if (count > CLOCK_EXPIRIES_MAX)
        return PRICING_BAD_INPUT;
    g->count = count;
    for (size_t i = 0; i < count; i++) {
        double before_t = i ? t[i - 1] : 0.0, before_w = i ? w[i - 1] : 0.0;
        if (!is_positive(t[i]) || !is_positive(w[i]) || !(t[i] > before_t))
            return PRICING_BAD_INPUT;
        g->length[i] = t[i] - before_t;
        g->rise[i] = w[i] - before_w;
        g->jump[i] = 0.0;
        g->events[i] = 0;
    }
    return count < 2 ? PRICING_TOO_FEW_QUOTES : PRICING_OK;
}

static size_t gap_of(double event, size_t count, const double *t)
{
    size_t i = 0;
    while (i < count && t[i] <= event)
        i++;
    return i;
}

static void settle(struct gaps *g)
{
    enum { SWEEPS = 2000 };
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0.0, level = 0.0;
        for (size_t i = 0; i < g->count; i++) {
            if (!g->events[i])
                continue;
            double jump = best_jump(g, i);
            moved = fmax(moved, fabs(jump - g->jump[i]));
            level = fmax(level, jump);
            g->jump[i] = jump;
        }
        if (moved <= 1e-12 * level)
            break;
    }
}

uint8_t clock_event_variance(size_t count, const double *variance_years, const double *w,
                             size_t events, const double *event_years, double *event_w,
                             double *clean_w)
{
    struct gaps g;
    for (size_t i = 0; i < events; i++)
        event_w[i] = NAN;
    for (size_t i = 0; i < count && clean_w; i++)
        clean_w[i] = NAN;
    uint8_t status = set_gaps(&g, count, variance_years, w);
    if (status != PRICING_OK)
        return status;
    if (events > CLOCK_EVENTS_MAX)
        return PRICING_BAD_INPUT;
    size_t held = 0;
    for (size_t i = 0; i < events; i++) {
        if (!is_positive(event_years[i]) || (i && event_years[i] < event_years[i - 1]))
            return PRICING_BAD_INPUT;
        size_t gap = gap_of(event_years[i], count, variance_years);
        if (gap < count && !g.events[gap]++)
            held++;
    }
    if (held >= count)
        return PRICING_TOO_FEW_QUOTES;
    settle(&g);
    for (size_t i = 0; i < events; i++) {
        size_t gap = gap_of(event_years[i], count, variance_years);
        if (gap < count)
            event_w[i] = g.jump[gap] / (double)g.events[gap];
    }
    double jumps = 0.0;
    for (size_t i = 0; i < count && clean_w; i++) {
        jumps += g.jump[i];
        clean_w[i] = w[i] - jumps;
    }
    return PRICING_OK;
}
