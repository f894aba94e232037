#include <math.h>
#include <stdlib.h>

#include "services/simulate/smile.h"
#include "services/simulate/validate_int.h"

double stat_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double moment(const double *x, size_t n, int power)
{
    double mean = stat_mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean, p = d;
        for (int k = 1; k < power; k++)
            p *= d;
        sum += p;
    }
    return sum / (double)n;
}

double stat_sd(const double *x, size_t n)
{
    return sqrt(moment(x, n, 2) * (double)n / (double)(n - 1));
}

double stat_kurtosis(const double *x, size_t n)
{
    double v = moment(x, n, 2);
    return moment(x, n, 4) / (v * v) - 3.0;
}

double stat_correlation(const double *x, const double *y, size_t n)
{
    double mx = stat_mean(x, n), my = stat_mean(y, n), xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

double stat_autocorrelation(const double *x, size_t n, size_t lag)
{
    double mean = stat_mean(x, n), top = 0, bottom = 0;
    for (size_t i = 0; i < n; i++)
        bottom += (x[i] - mean) * (x[i] - mean);
    for (size_t i = 0; i + lag < n; i++)
        top += (x[i] - mean) * (x[i + lag] - mean);
    return top / bottom;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double stat_quantile(double *x, size_t n, double p)
{
    qsort(x, n, sizeof *x, compare_doubles);
    double at = (double)(n - 1) * p;
    size_t i = (size_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

/* The slope of a day's log VIX on the day's before, and how long a shock takes to halve at it. */
static double half_life(const double *x, size_t n)
{
    double mx = stat_mean(x, n - 1), my = stat_mean(x + 1, n - 1), xy = 0, xx = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        xy += (x[i] - mx) * (x[i + 1] - my);
        xx += (x[i] - mx) * (x[i] - mx);
    }
    return log(0.5) / log(xy / xx);
}

struct columns {
    double *spy, *qqq, *iwm, *absolute, *vix, *log_vix, *vix_change, *log_change, *window;
};

static double rolling_low(const struct columns *c, size_t n)
{
    enum { WINDOW = 21 };
    size_t count = 0;
    for (size_t i = 0; i + WINDOW <= n; i += 5)
        c->window[count++] = stat_correlation(&c->qqq[i], &c->iwm[i], WINDOW);
    return stat_quantile(c->window, count, 0.05);
}

void validate_days(const struct sim_path *path, int from, int to, double out[ROW_COUNT])
{
    struct arena arena;
    arena_init(&arena, "validate", 1 << 20);
    size_t n = (size_t)(to - from);
    struct columns c;
    double **all[] = { &c.spy,     &c.qqq,        &c.iwm,        &c.absolute, &c.vix,
                       &c.log_vix, &c.vix_change, &c.log_change, &c.window };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++)
        *all[i] = arena_array(&arena, double, n + 1);
    double night = 0, whole = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        int d = from + (int)i;
        const struct sim_state *now = sim_close(path, d), *open = sim_open(path, d);
        const struct sim_state *last = d ? sim_close(path, d - 1) : open;
        c.spy[i] = now->log_level[SIM_SPY] - last->log_level[SIM_SPY];
        c.qqq[i] = now->log_level[SIM_QQQ] - last->log_level[SIM_QQQ];
        c.iwm[i] = now->log_level[SIM_IWM] - last->log_level[SIM_IWM];
        c.absolute[i] = fabs(c.spy[i]);
        double gap = open->log_level[SIM_SPY] - last->log_level[SIM_SPY];
        night += gap * gap;
        whole += gap * gap + (c.spy[i] - gap) * (c.spy[i] - gap);
        c.vix[i] = sim_vix(path, d, now, sim_clock(path, d, SIM_STEPS));
        c.log_vix[i] = log(c.vix[i]);
        c.vix_change[i] = i ? c.vix[i] - before : 0;
        c.log_change[i] = i ? c.log_vix[i] - c.log_vix[i - 1] : 0;
        before = c.vix[i];
    }
    double vol = stat_sd(c.spy, n), squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += c.vix[i] * c.vix[i] / 1e4;
    out[ROW_SPY_VOL] = 100 * vol * sqrt(252.0);
    out[ROW_SPY_KURTOSIS] = stat_kurtosis(c.spy, n);
    out[ROW_SPY_ACF1] = stat_autocorrelation(c.absolute, n, 1);
    out[ROW_SPY_ACF5] = stat_autocorrelation(c.absolute, n, 5);
    out[ROW_SPY_ACF20] = stat_autocorrelation(c.absolute, n, 20);
    out[ROW_SPY_NIGHT] = night / whole;
    out[ROW_VIX_MEAN] = stat_mean(c.vix, n);
    out[ROW_VIX_HALF_LIFE] = half_life(c.log_vix, n);
    out[ROW_VIX_DAILY] = 100 * stat_sd(c.log_change + 1, n - 1);
    out[ROW_SPOT_VOL] = stat_correlation(c.spy + 1, c.vix_change + 1, n - 1);
    out[ROW_PREMIUM_RATIO] = vol * vol * 252.0 / (squares / (double)n);
    out[ROW_SPY_QQQ] = stat_correlation(c.spy, c.qqq, n);
    out[ROW_SPY_IWM] = stat_correlation(c.spy, c.iwm, n);
    out[ROW_QQQ_IWM] = stat_correlation(c.qqq, c.iwm, n);
    out[ROW_QQQ_VOL_RATIO] = stat_sd(c.qqq, n) / vol;
    out[ROW_IWM_VOL_RATIO] = stat_sd(c.iwm, n) / vol;
    out[ROW_QQQ_IWM_LOW] = rolling_low(&c, n);
    out[ROW_VIX_P5] = stat_quantile(c.vix, n, 0.05);
    out[ROW_VIX_MEDIAN] = stat_quantile(c.vix, n, 0.50);
    out[ROW_VIX_P95] = stat_quantile(c.vix, n, 0.95);
    arena_clear(&arena);
}
