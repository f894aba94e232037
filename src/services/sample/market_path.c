#include "services/sample/market_path.h"

#include <math.h>

const int32_t path_times[PATH_SNAPSHOTS] = { 35100, 36900, 38700, 40500, 42300, 44100, 45900,
                                             47700, 49500, 51300, 53100, 54900, 56700, 57600 };

/* Share of a day's variance before each snapshot: the night, then a day that is busy at both ends.
 */
static const double night_share = 0.20;
static const double step_share[PATH_SNAPSHOTS] = {
    0.070, 0.075, 0.062, 0.053, 0.047, 0.043, 0.041, 0.042, 0.045, 0.050, 0.056, 0.064, 0.082, 0.070
};

static const double VARIANCE_MEAN = 0.0196; /* 14 % */
static const double REVERSION = 6.0;        /* per year: a half-life of six weeks */
static const double VOL_OF_VARIANCE = 0.55;
static const double LEVERAGE = -0.75;
static const double JUMPS_PER_YEAR = 3.0;

double path_variance_years(int snapshot, int sessions, bool at_open)
{
    double days = 0;
    for (int i = snapshot + 1; i < PATH_SNAPSHOTS; i++)
        days += step_share[i];
    days += sessions;
    if (at_open && sessions)
        days -= 1.0 - night_share;
    return days / 252.0;
}

void market_path_init(struct market_path *path, uint64_t seed)
{
    *path = (struct market_path){ .level = 4700.0, .variance = 0.0180 };
    rng_init(&path->rng, seed, 0, 1);
}

/* One step that carries this share of a trading day's variance. */
static void advance(struct market_path *path, double share)
{
    double years = share / 252.0, root = sqrt(years);
    double z = rng_normal(&path->rng), own = rng_normal(&path->rng);
    double zv = LEVERAGE * z + sqrt(1.0 - LEVERAGE * LEVERAGE) * own;
    double vol = sqrt(path->variance);
    double move = (0.06 - 0.5 * path->variance) * years + vol * root * z;
    double dv =
        REVERSION * (VARIANCE_MEAN - path->variance) * years + VOL_OF_VARIANCE * vol * root * zv;
    if (rng_uniform(&path->rng) < JUMPS_PER_YEAR * years) {
        double jump = -0.012 + 0.010 * rng_normal(&path->rng);
        move += jump;
        dv += jump < 0 ? -jump * 0.4 : 0;
    }
    path->level *= exp(move);
    path->variance = fmin(0.36, fmax(0.0060, path->variance + dv));
}

void market_path_day(struct market_path *path, struct path_day *day)
{
    advance(path, night_share);
    day->open = day->high = day->low = path->level;
    day->variance_open = path->variance;
    for (int i = 0; i < PATH_SNAPSHOTS; i++) {
        advance(path, step_share[i]);
        day->level[i] = path->level;
        day->variance[i] = path->variance;
        day->high = fmax(day->high, path->level);
        day->low = fmin(day->low, path->level);
    }
    day->close = path->level;
    day->variance_close = path->variance;
}

double path_atm_vol(double variance, double years)
{
    double x = REVERSION * years;
    double weight = x > 1e-6 ? (1.0 - exp(-x)) / x : 1.0;
    double expected = VARIANCE_MEAN + (variance - VARIANCE_MEAN) * weight;
    return sqrt(expected) * 1.06; /* what buyers of protection pay above it */
}

/* SSVI with phi = eta / sqrt(theta): eta (1 + |rho|) <= 2 keeps every slice free of butterflies. */
double path_vol(double atm_vol, double years, double k)
{
    const double eta = 0.90, rho = -0.62;
    double theta = atm_vol * atm_vol * years;
    double pk = eta / sqrt(theta) * k;
    double w = theta / 2.0 * (1.0 + rho * pk + sqrt((pk + rho) * (pk + rho) + 1.0 - rho * rho));
    return sqrt(w / years);
}
