#include "domain/risk/tail.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "domain/pricing/portable.h"
#include "domain/risk/risk_int.h"

enum { HISTORY_START = 20, PURPOSE_TAIL = 0x7a11 };
#define VAR_LEVEL 0.99
#define SHORTFALL_LEVEL 0.975

static const struct tail UNKNOWN = { NAN, NAN, 0 };

/* ---- A sample -------------------------------------------------------------------------------- */

static void sift(double *a, size_t from, size_t count)
{
    double value = a[from];
    for (size_t child; (child = 2 * from + 1) < count; from = child) {
        if (child + 1 < count && a[child + 1] > a[child])
            child++;
        if (a[child] <= value)
            break;
        a[from] = a[child];
    }
    a[from] = value;
}

/* In place and without memory of its own, as qsort() does not promise. */
static void sort(double *a, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(a, i, count);
    for (size_t i = count; i-- > 1;) {
        double top = a[0];
        a[0] = a[i];
        a[i] = top;
        sift(a, 0, i);
    }
}

static struct tail of_sorted(size_t count, const double *profit, double level)
{
    double at = (double)(count - 1) * (1.0 - level), sum = 0.0;
    size_t low = (size_t)at, n = 0;
    double high = low + 1 < count ? profit[low + 1] : profit[low];
    double quantile = profit[low] + (at - (double)low) * (high - profit[low]);
    while (n < count && profit[n] <= quantile)
        sum += profit[n++];
    return (struct tail){ -quantile, -sum / (double)n, count };
}

enum err tail_of_sample(size_t count, double *profit, double level, struct tail *out)
{
    *out = UNKNOWN;
    if (!(level > 0.0 && level < 1.0))
        return err_set(ERR_RANGE, "tail: level %g is not between 0 and 1", level);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(profit[i]))
            return err_set(ERR_RANGE, "tail: the profit of scenario %zu is not known", i);
    if ((double)count * (1.0 - level) < 1.0 - 1e-9)
        return err_set(ERR_NOT_FOUND, "tail: %zu scenarios are too few for a level of %g %%", count,
                       level * 100.0);
    sort(profit, count);
    *out = of_sorted(count, profit, level);
    return ERR_OK;
}

/* ---- Closed forms ---------------------------------------------------------------------------- */

#define SQRT_2PI 2.5066282746310005024

struct tail tail_normal(double mu, double sigma, double level)
{
    if (!(level > 0.0 && level < 1.0) || !(sigma > 0.0))
        return UNKNOWN;
    double z = rng_normal_quantile(level);
    double density = exp(-0.5 * z * z) / SQRT_2PI;
    return (struct tail){ sigma * z - mu, sigma * density / (1.0 - level) - mu, 0 };
}

/* The regularised incomplete beta function by its continued fraction (Lentz). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0), h;
    d = 1.0 / (fabs(d) < 1e-300 ? 1e-300 : d);
    h = d;
    for (int m = 1; m < 500; m++) {
        for (int odd = 0; odd < 2; odd++) {
            double t = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
                           : m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
            d = 1.0 + t * d;
            c = 1.0 + t / c;
            d = 1.0 / (fabs(d) < 1e-300 ? 1e-300 : d);
            c = fabs(c) < 1e-300 ? 1e-300 : c;
            h *= c * d;
        }
        if (fabs(c * d - 1.0) < 1e-16)
            break;
    }
    return h;
}

static double beta_share(double a, double b, double x)
{
    if (x <= 0.0 || x >= 1.0)
        return x <= 0.0 ? 0.0 : 1.0;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1.0) / (a + b + 2.0) ? front * beta_fraction(a, b, x) / a
                                         : 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

/* P(T > t), t >= 0 */
static double student_above(double nu, double t)
{
    return 0.5 * beta_share(0.5 * nu, 0.5, nu / (nu + t * t));
}

struct tail tail_student(double sigma, double nu, double level)
{
    if (!(level > 0.5 && level < 1.0) || !(sigma > 0.0) || !(nu > 2.0))
        return UNKNOWN;
    double low = 0.0, high = 1.0;
    while (student_above(nu, high) > 1.0 - level)
        high *= 2.0;
    for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
        double middle = 0.5 * (low + high);
        *(student_above(nu, middle) > 1.0 - level ? &low : &high) = middle;
    }
    double t = 0.5 * (low + high);
    double density =
        exp(lgamma(0.5 * (nu + 1.0)) - lgamma(0.5 * nu) - 0.5 * (nu + 1.0) * log1p(t * t / nu)) /
        sqrt(nu * 3.14159265358979323846);
    double scale = sigma * sqrt((nu - 2.0) / nu);
    return (struct tail){ scale * t, scale * density / (1.0 - level) * (nu + t * t) / (nu - 1.0),
                          0 };
}

/* ---- Samples of moves ------------------------------------------------------------------------ */

size_t tail_history(size_t count, const double *moves, const double *vol_moves, double lambda,
                    double years, struct stress_move *out)
{
    bool is_filtered = lambda > 0.0 && lambda < 1.0;
    size_t start = is_filtered ? HISTORY_START : 0, n = 0;
    if (count <= start)
        return 0;
    double variance = 0.0;
    for (size_t i = 0; i < start; i++)
        variance += moves[i] * moves[i] / HISTORY_START;
    double first = variance, now = variance;
    for (size_t i = start; i < count && is_filtered; i++)
        now = lambda * now + (1.0 - lambda) * moves[i] * moves[i];
    variance = first;
    for (size_t i = start; i < count; i++) {
        double scale = is_filtered && variance > 0.0 ? sqrt(now / variance) : 1.0;
        double vol = vol_moves ? portable_exp(vol_moves[i]) : 1.0;
        out[n++] = (struct stress_move){ moves[i] * scale, vol, years };
        variance = lambda * variance + (1.0 - lambda) * moves[i] * moves[i];
    }
    return n;
}

/* Bailey (1994): a Student variate from a point in the unit disc; here of variance 1. */
static double student(struct rng *rng, double nu)
{
    if (isinf(nu))
        return rng_normal(rng);
    double u, w;
    do {
        u = 2.0 * rng_uniform(rng) - 1.0;
        double v = 2.0 * rng_uniform(rng) - 1.0;
        w = u * u + v * v;
    } while (w >= 1.0 || w == 0.0);
    double size = nu * portable_expm1(-2.0 / nu * portable_log(w)) / w;
    return u * sqrt(size) * sqrt((nu - 2.0) / nu);
}

enum err tail_simulate(const struct tail_model *m, uint64_t seed, size_t under_count,
                       const struct tail_name *names, size_t count, struct stress_move *out)
{
    if (!(m->sigma > 0.0) || !(m->nu > 2.0) || !(m->vol_sigma >= 0.0) || !(m->years >= 0.0) ||
        !(fabs(m->correlation) <= 1.0) || !isfinite(m->sigma + m->vol_sigma + m->years))
        return err_set(ERR_RANGE, "tail: the model of moves has a number out of range");
    for (size_t i = 0; i < count; i++) {
        struct rng rng;
        rng_init(&rng, seed, (uint32_t)i, PURPOSE_TAIL);
        double index = student(&rng, m->nu);
        double own = sqrt(1.0 - m->correlation * m->correlation) * rng_normal(&rng);
        double vol = portable_exp(m->vol_sigma * (m->correlation * index + own));
        for (size_t u = 0; u < under_count; u++) {
            double move = names[u].beta * m->sigma * index;
            if (names[u].own_sigma > 0.0)
                move += names[u].own_sigma * rng_normal(&rng);
            out[u * count + i] = (struct stress_move){ move, vol, m->years };
        }
    }
    return ERR_OK;
}

/* ---- The gate -------------------------------------------------------------------------------- */

struct both {
    int64_t var, shortfall;
};

static bool to_micros(double dollars, int64_t *out)
{
    if (!(fabs(dollars) < 1e12))
        return false;
    *out = money_from_dollars(dollars);
    return true;
}

enum err tail_of_book(size_t count, const double *book, double *room, struct tail *out)
{
    memcpy(room, book, count * sizeof *room);
    enum err err = tail_of_sample(count, room, VAR_LEVEL, out);
    if (!err)
        out->shortfall = of_sorted(count, room, SHORTFALL_LEVEL).shortfall;
    return err;
}

static enum err of_book(size_t count, const double *book, const double *order, int64_t quantity,
                        double *room, struct both *out)
{
    struct tail var;
    for (size_t i = 0; i < count; i++)
        room[i] = book[i] + (double)quantity * order[i];
    enum err err = tail_of_sample(count, room, VAR_LEVEL, &var);
    if (err)
        return err;
    struct tail shortfall = of_sorted(count, room, SHORTFALL_LEVEL);
    if (!to_micros(var.var, &out->var) || !to_micros(shortfall.shortfall, &out->shortfall))
        return err_set(ERR_RANGE, "tail: a loss too large to count");
    return ERR_OK;
}

/* Within its bound, or no worse than it was. */
static bool is_within(int64_t value, int64_t before, int64_t bound)
{
    return value <= bound || value <= before;
}

enum err tail_check(const struct risk_account *account, const struct risk_limits *limits,
                    size_t count, const double *book, const double *order, int64_t quantity,
                    double *room, struct risk_verdict *out)
{
    struct both before, after;
    *out = (struct risk_verdict){
        .rule = RISK_VAR, .scenario = -1, .price_max = PRICE_NONE, .equity = risk_equity(account)
    };
    enum err err = of_book(count, book, order, 0, room, &before);
    if (!err)
        err = of_book(count, book, order, quantity, room, &after);
    if (err)
        return err;
    int64_t var = risk_limit_bound(account, limits, RISK_VAR);
    int64_t shortfall = risk_limit_bound(account, limits, RISK_SHORTFALL);
    bool var_holds = is_within(after.var, before.var, var);
    out->is_allowed = var_holds && is_within(after.shortfall, before.shortfall, shortfall);
    bool says_var = !var_holds || shortfall == RISK_OFF; /* what is off says nothing */
    out->rule = says_var ? RISK_VAR : RISK_SHORTFALL;
    out->number = says_var ? after.var : after.shortfall;
    out->limit = says_var ? var : shortfall;
    out->quantity_max = out->is_allowed ? quantity : 0;
    int64_t good = 0, bad = quantity;
    while (!out->is_allowed && bad - good > 1) {
        int64_t middle = good + (bad - good) / 2;
        err = of_book(count, book, order, middle, room, &after);
        if (err)
            return err;
        bool holds = is_within(after.var, before.var, var) &&
                     is_within(after.shortfall, before.shortfall, shortfall);
        *(holds ? &good : &bad) = middle;
        out->quantity_max = good;
    }
    return ERR_OK;
}
