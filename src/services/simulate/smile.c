#include "services/simulate/smile.h"

#include <math.h>

#include "domain/pricing/portable.h"
#include "services/simulate/model_int.h"

/* Panels of the integral in variance days: fine where the fast factor still counts. */
static const double edge[SURFACE_PANELS + 1] = { 0,  0.5, 1.5, 3.5, 7,   13, 21,
                                                 34, 55,  89,  160, 300, 600 };

/* Gauss-Legendre with four nodes on [0, 1]. */
static const double node[4] = { 0.06943184420297371, 0.33000947820757187, 0.66999052179242813,
                                0.93056815579702629 };
static const double node_weight[4] = { 0.17392742256872693, 0.32607257743127307,
                                       0.32607257743127307, 0.17392742256872693 };

static const double SMILE_GROWTH = 0.40, SMILE_BEND = 1.3; /* a and, usually, c of the header */
static const double PSI30_MAX = 0.845, RHO_MAX = 0.78;     /* psi stays below 1.496 */
static const double THIRTY_DAYS = 20.7;                    /* variance days, on average */
static const double REPORT_PREMIUM = 1.25;
static const double VIX_PREMIUM = 1.10, VIX_RHO = 0.55, VIX_PSI = 0.60;

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* ---- forward variance
 * ----------------------------------------------------------------------------- */

/* Variance that speed and vol have gathered after u: of an Ornstein-Uhlenbeck process from a known
 * start. */
static double gathered(double speed, double vol, double decay)
{
    return vol * vol * (1.0 - decay * decay) / (2.0 * speed);
}

/* The part of the log variance that is the market's: what is expected of it after u, and its
 * variance. */
static void expect_market(const struct sim_state *state, double u, double *mean, double *variance)
{
    double fast = portable_exp(-FAST_SPEED * u), slow = portable_exp(-SLOW_SPEED_SEEN * u);
    *mean = fast * state->fast + slow * state->slow;
    /* Seen from outside, slow wanders with the regimes: its long-run variance is SLOW_SPREAD. */
    *variance = gathered(FAST_SPEED, FAST_VOL, fast) + SLOW_SPREAD * (1.0 - slow * slow) +
                2.0 * LEVERAGE_FAST * LEVERAGE_SLOW * FAST_VOL * SLOW_VOL * (1.0 - fast * slow) /
                    (FAST_SPEED + SLOW_SPEED_SEEN);
}

static double forward_variance(const struct surface *s, double u)
{
    double mean, variance;
    expect_market(s->state, u, &mean, &variance);
    const struct sim_terms *t = sim_terms(s->symbol);
    double total =
        t->beta * t->beta * MARKET_VARIANCE * portable_exp(LOG_MEAN + mean + 0.5 * variance);
    double own_decay = portable_exp(-OWN_SPEED * u),
           own_spread = gathered(OWN_SPEED, OWN_VOL, own_decay);
    double shared = SHARED_LOG_MEAN + OWN_LOG_MEAN + SHARED * mean +
                    0.5 * (SHARED * SHARED * variance + own_spread);
    for (int i = 0; i < OWN_COUNT; i++) {
        double load = i == OWN_TECH    ? t->tech * t->tech * MARKET_VARIANCE
                      : i == OWN_SMALL ? t->small * t->small * MARKET_VARIANCE
                      : t->kind == SIM_STOCK && i == OWN_STOCKS + (int)s->symbol - SIM_NVDA
                          ? t->idio * t->idio
                          : 0.0;
        if (load > 0)
            total += load * portable_exp(shared + own_decay * s->state->own[i]);
    }
    return total;
}

/* Total variance of ln VIX^2 gathered up to u, scaled to vol of the future. */
static double vix_variance(double u)
{
    double fast_days = FAST_SPEED * THIRTY_DAYS, slow_days = SLOW_SPEED_SEEN * THIRTY_DAYS;
    double fast_part = (1.0 - portable_exp(-fast_days)) / fast_days;
    double slow_part = (1.0 - portable_exp(-slow_days)) / slow_days;
    double fast = portable_exp(-FAST_SPEED * u), slow = portable_exp(-SLOW_SPEED_SEEN * u);
    double variance = fast_part * fast_part * gathered(FAST_SPEED, FAST_VOL, fast) +
                      slow_part * slow_part * SLOW_SPREAD * (1.0 - slow * slow) +
                      2.0 * fast_part * slow_part * LEVERAGE_FAST * LEVERAGE_SLOW * FAST_VOL *
                          SLOW_VOL * (1.0 - fast * slow) / (FAST_SPEED + SLOW_SPEED_SEEN);
    return variance / 4.0; /* of ln VIX */
}

static double panel(const struct surface *s, double from, double to)
{
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += node_weight[i] * forward_variance(s, from + (to - from) * node[i]);
    return sum * (to - from);
}

static double integral_to(const struct surface *s, double u)
{
    int p = 0;
    while (p < SURFACE_PANELS - 1 && edge[p + 1] <= u)
        p++;
    return s->integral[p] + (u > edge[p] ? panel(s, edge[p], u) : 0.0);
}

double surface_variance(const struct surface *s, double settle, int reports)
{
    double u = settle > s->clock ? settle - s->clock : 0.0;
    if (s->symbol == SIM_VIX)
        return VIX_PREMIUM * vix_variance(u);
    double earnings = sim_terms(s->symbol)->earnings;
    return PREMIUM * integral_to(s, u) / DAYS_PER_YEAR +
           reports * REPORT_PREMIUM * earnings * earnings;
}

/* ---- slices
 * --------------------------------------------------------------------------------------- */

static double psi_of(const struct surface *s, double theta)
{
    /* u^a without pow(). */
    double u = theta > 1e-12 ? portable_exp(SMILE_GROWTH * portable_log(theta / s->theta30)) : 0.0;
    return s->psi30 * (1.0 + s->bend) * u / (1.0 + s->bend * u);
}

/*
 * Variance swap over at-the-money total variance: the second order in psi is Gatheral's integral;
 * the term with the root of theta, the shift between strikes and normal quantiles, is fitted to the
 * strip (rho -0.8 to 0, psi to 1.45, theta to 0.2: within 2 % of vol).
 */
static double swap_ratio(double rho, double psi, double theta)
{
    return 1.0 + psi * psi * (1.0 + rho * rho) / 4.0 -
           rho * psi * sqrt(theta) * (0.5 + 0.525 * psi * psi);
}

static double theta_of(const struct surface *s, double target, bool at_thirty_days)
{
    double theta = target / swap_ratio(s->rho, s->psi30, target);
    for (int i = 0; i < 20;
         i++) /* each round gains most of a digit: the ratio moves slowly with theta */
        theta = target / swap_ratio(s->rho, at_thirty_days ? s->psi30 : psi_of(s, theta), theta);
    return theta;
}

struct slice surface_slice(const struct surface *s, double settle, int reports)
{
    double target = surface_variance(s, settle, reports);
    if (s->symbol == SIM_VIX)
        return (struct slice){ target, s->rho, s->psi30 };
    double theta = theta_of(s, target, false);
    return (struct slice){ theta, s->rho, psi_of(s, theta) };
}

double slice_variance(const struct slice *slice, double k)
{
    double x = slice->psi * k / sqrt(slice->theta), y = x + slice->rho;
    return 0.5 * slice->theta *
           (1.0 + slice->rho * x + sqrt(y * y + 1.0 - slice->rho * slice->rho));
}

void surface_init(struct surface *s, const struct sim_path *path, enum sim_symbol symbol,
                  const struct sim_state *state, double clock)
{
    *s = (struct surface){ .path = path, .symbol = symbol, .state = state, .clock = clock };
    if (symbol == SIM_VIX) {
        s->rho = VIX_RHO;
        s->psi30 = VIX_PSI;
        return;
    }
    for (int p = 0; p < SURFACE_PANELS; p++)
        s->integral[p + 1] = s->integral[p] + panel(s, edge[p], edge[p + 1]);
    const struct sim_terms *t = sim_terms(symbol);
    /* Smiles lean more when people are nervous, and are flatter, in their own unit, when vol is
     * high. */
    double expected = integral_to(s, THIRTY_DAYS) / THIRTY_DAYS /
                      (MARKET_VARIANCE * t->beta * t->beta + t->idio * t->idio);
    double lean = portable_exp(0.10 * clamp(state->skew, -3.0, 3.0) -
                               0.06 * clamp(portable_log(expected), -2.0, 2.0));
    s->psi30 = clamp(t->psi * lean, 0.25, PSI30_MAX);
    /* Moods are short: far expiries lean as they usually do, psi goes to the same limit. */
    double limit = t->psi * (1.0 + SMILE_BEND) / SMILE_BEND;
    s->bend = s->psi30 / (limit - s->psi30);
    s->rho = clamp(t->rho - 0.006 * clamp(state->skew, -3.0, 3.0), -RHO_MAX, RHO_MAX);
    s->theta30 = theta_of(s, surface_variance(s, clock + THIRTY_DAYS, 0), true);
}

/* ---- VIX
 * ------------------------------------------------------------------------------------------ */

double settle_clock(const struct sim_path *path, int day, bool at_open)
{
    return sim_clock(path, day, at_open ? 0 : SIM_STEPS);
}

static double variance_to_date(const struct surface *s, int32_t date)
{
    int day = sim_path_find(s->path, date);
    return surface_variance(s, settle_clock(s->path, day, false), 0);
}

double sim_vix(const struct sim_path *path, int day, const struct sim_state *state, double clock)
{
    struct surface s;
    surface_init(&s, path, SIM_SPX, state, clock);
    int32_t date = path->days[day].date, later = date_add(date, 31);
    while (date_weekday(later) != FRIDAY)
        later = date_add(later, 1);
    int32_t sooner = date_add(later, -7);
    double part = (30.0 - date_diff(sooner, date)) / 7.0;
    double variance =
        (1.0 - part) * variance_to_date(&s, sooner) + part * variance_to_date(&s, later);
    return 100.0 * sqrt(variance * 365.0 / 30.0);
}

double sim_vix_future(const struct sim_path *path, const struct sim_state *state, double clock,
                      int settle_day)
{
    struct surface s;
    surface_init(&s, path, SIM_SPX, state, clock);
    double at = settle_clock(path, settle_day, true), u = at > clock ? at - clock : 0.0;
    double forward = surface_variance(&s, at + THIRTY_DAYS, 0) - surface_variance(&s, at, 0);
    double convexity = portable_exp(-0.5 * vix_variance(u));
    return 100.0 * sqrt(forward * 365.0 / 30.0) * convexity;
}
