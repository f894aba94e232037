#include "domain/features/har.h"

#include "base/zone.h"
#include "domain/pricing/portable.h"

enum { TERMS = 4, NEWEY_WEST_LAGS = 5 };

void har_init(struct har *har, struct arena *arena, enum har_form form, uint32_t history)
{
    MUST(history >= HAR_LAGS_MONTH + HAR_ROWS_MIN);
    *har = (struct har){ .form = form };
    feature_gate_init(&har->gate);
    window_init(&har->rv, arena, history);
}

bool har_update(struct har *har, int64_t ts_ns, double rv)
{
    bool usable = rv >= (har->form == HAR_LOG ? 1e-30 : 0.0) && rv < 1e6;
    if (!feature_gate_pass(&har->gate, ts_ns, usable))
        return false;
    window_push(&har->rv, rv);
    return true;
}

static double transform(enum har_form form, double rv)
{
    return form == HAR_LEVEL ? rv : form == HAR_SQRT ? sqrt(rv) : portable_log(rv);
}

/* The terms known on the day `back` days ago. */
static void terms_at(const struct har *har, uint32_t back, double x[TERMS])
{
    double sum = 0, week = NAN;
    for (uint32_t i = 0; i < HAR_LAGS_MONTH; i++) {
        sum += window_at(&har->rv, back + i);
        if (i == 4)
            week = sum / 5;
    }
    x[0] = 1;
    x[1] = transform(har->form, window_at(&har->rv, back));
    x[2] = transform(har->form, week);
    x[3] = transform(har->form, sum / HAR_LAGS_MONTH);
}

/* Inverse of a symmetric positive definite 3 x 3 matrix by Cholesky; false when it has none. */
static bool invert3(double a[3][3], double inverse[3][3])
{
    double l[3][3] = { { 0 } };
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j <= i; j++) {
            double rest = a[i][j];
            for (int k = 0; k < j; k++)
                rest -= l[i][k] * l[j][k];
            if (i == j && !(rest > 1e-12 * a[i][i]))
                return false;
            l[i][j] = i == j ? sqrt(rest) : rest / l[j][j];
        }
    }
    for (int column = 0; column < 3; column++) {
        double y[3];
        for (int i = 0; i < 3; i++) {
            y[i] = i == column;
            for (int k = 0; k < i; k++)
                y[i] -= l[i][k] * y[k];
            y[i] /= l[i][i];
        }
        for (int i = 2; i >= 0; i--) {
            for (int k = i + 1; k < 3; k++)
                y[i] -= l[k][i] * y[k];
            y[i] /= l[i][i];
            inverse[i][column] = y[i];
        }
    }
    return true;
}

struct moments {
    double mean[TERMS], target; /* of the terms, of f(RV) */
    double inverse[3][3];       /* of the centred cross products */
    double total;               /* centred sum of squares of the target */
};

static bool solve(const struct har *har, uint32_t rows, struct moments *m, double beta[TERMS])
{
    *m = (struct moments){ .target = 0 };
    double x[TERMS];
    for (uint32_t back = rows; back >= 1; back--) {
        terms_at(har, back, x);
        for (int i = 0; i < TERMS; i++)
            m->mean[i] += x[i] / rows;
        m->target += transform(har->form, window_at(&har->rv, back - 1)) / rows;
    }
    double cross[3][3] = { { 0 } }, with_target[3] = { 0 };
    for (uint32_t back = rows; back >= 1; back--) {
        terms_at(har, back, x);
        double y = transform(har->form, window_at(&har->rv, back - 1)) - m->target;
        m->total += y * y;
        for (int i = 0; i < 3; i++) {
            with_target[i] += (x[i + 1] - m->mean[i + 1]) * y;
            for (int j = 0; j < 3; j++)
                cross[i][j] += (x[i + 1] - m->mean[i + 1]) * (x[j + 1] - m->mean[j + 1]);
        }
    }
    if (!invert3(cross, m->inverse))
        return false;
    beta[0] = m->target;
    for (int i = 0; i < 3; i++) {
        beta[i + 1] = 0;
        for (int j = 0; j < 3; j++)
            beta[i + 1] += m->inverse[i][j] * with_target[j];
        beta[0] -= beta[i + 1] * m->mean[i + 1];
    }
    return true;
}

/* Bread, meat, bread: (X'X)^-1 S (X'X)^-1 in centred terms, where X'X falls into 1 and 3 x 3. */
static void standard_errors(const struct har *har, uint32_t rows, const struct moments *m,
                            struct har_fit *fit)
{
    double meat[TERMS][TERMS] = { { 0 } }, scores[NEWEY_WEST_LAGS + 1][TERMS];
    double squares = 0;
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t back = rows - row;
        double x[TERMS], *score = scores[row % (NEWEY_WEST_LAGS + 1)];
        terms_at(har, back, x);
        double e = transform(har->form, window_at(&har->rv, back - 1));
        for (int i = 0; i < TERMS; i++)
            e -= fit->beta[i] * x[i];
        squares += e * e;
        for (int i = 0; i < TERMS; i++)
            score[i] = e * (i ? x[i] - m->mean[i] : 1.0);
        for (uint32_t lag = 0; lag <= NEWEY_WEST_LAGS && lag <= row; lag++) {
            const double *before = scores[(row - lag) % (NEWEY_WEST_LAGS + 1)];
            double weight = 1.0 - lag / (NEWEY_WEST_LAGS + 1.0);
            for (int i = 0; i < TERMS; i++)
                for (int j = 0; j < TERMS; j++)
                    meat[i][j] += lag ? weight * (score[i] * before[j] + before[i] * score[j])
                                      : score[i] * score[j];
        }
    }
    fit->residual_variance = squares / rows;
    fit->r2 = 1 - squares / m->total;
    for (int out = 0; out < TERMS; out++) {
        /* The row of the map from centred scores to this coefficient. */
        double map[TERMS] = { out == 0 ? 1.0 / rows : 0.0 };
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 3; i++)
                map[j + 1] += out == 0       ? -m->mean[i + 1] * m->inverse[i][j]
                              : out == i + 1 ? m->inverse[i][j]
                                             : 0.0;
        double variance = 0;
        for (int i = 0; i < TERMS; i++)
            for (int j = 0; j < TERMS; j++)
                variance += map[i] * meat[i][j] * map[j];
        fit->error[out] = sqrt(variance);
    }
}

/* All but the standard errors, which a forecast can do without. */
static bool fit_forecast(const struct har *har, struct moments *m, struct har_fit *fit)
{
    *fit =
        (struct har_fit){ .r2 = NAN, .residual_variance = NAN, .forecast = NAN, .variance = NAN };
    for (int i = 0; i < TERMS; i++)
        fit->beta[i] = fit->error[i] = NAN;
    if (har->rv.count < HAR_LAGS_MONTH + HAR_ROWS_MIN)
        return false;
    uint32_t rows = har->rv.count - HAR_LAGS_MONTH;
    double beta[TERMS];
    if (!solve(har, rows, m, beta))
        return false;
    fit->rows = rows;
    double x[TERMS];
    terms_at(har, 0, x);
    fit->forecast = 0;
    for (int i = 0; i < TERMS; i++) {
        fit->beta[i] = beta[i];
        fit->forecast += beta[i] * x[i];
    }
    return true;
}

bool har_fit(const struct har *har, struct har_fit *fit)
{
    struct moments m;
    if (!fit_forecast(har, &m, fit))
        return false;
    standard_errors(har, fit->rows, &m, fit);
    double f = fit->forecast, s2 = fit->residual_variance;
    fit->variance = har->form == HAR_LEVEL  ? f
                    : har->form == HAR_SQRT ? f * f + s2
                                            : portable_exp(f + s2 / 2);
    return true;
}

double har_value(const struct har *har, double per_year)
{
    struct har_fit fit;
    if (!har_fit(har, &fit) || !(fit.variance >= 0) || !isfinite(fit.variance))
        return NAN;
    return sqrt(per_year * fit.variance);
}

/* ---- the realised variance of a session ---- */

void session_variance_begin(struct session_variance *v, int64_t open_ns, int64_t step_ns)
{
    MUST(step_ns > 0);
    *v = (struct session_variance){
        .step_ns = step_ns, .next_ns = open_ns, .price = NAN, .grid_price = NAN, .last_return = NAN
    };
    feature_gate_init(&v->gate);
    v->gate.ts_ns = open_ns;
}

static void grid_return(struct session_variance *v, double r)
{
    compensated_add(&v->squares, r * r);
    if (v->returns >= 1)
        compensated_add(&v->products, fabs(r) * fabs(v->last_return));
    v->last_return = r;
    v->returns++;
}

/* Close the grid instants before limit: nothing later can change the price that was last there. */
static void advance(struct session_variance *v, int64_t limit_ns)
{
    if (v->next_ns >= limit_ns)
        return;
    int64_t instants = (limit_ns - 1 - v->next_ns) / v->step_ns + 1;
    v->next_ns += instants * v->step_ns;
    if (isnan(v->price))
        return;
    int64_t returns = instants;
    if (isnan(v->grid_price)) { /* the first instant with a price starts the grid */
        v->grid_price = v->price;
        returns--;
    }
    if (!returns)
        return;
    grid_return(v, portable_log(v->price / v->grid_price));
    v->grid_price = v->price;
    if (returns == 1)
        return;
    grid_return(v, 0.0); /* silence: returns of zero, whose products are zero from the second on */
    v->returns += (uint64_t)(returns - 2);
}

bool session_variance_update(struct session_variance *v, int64_t ts_ns, double price)
{
    if (!feature_gate_pass(&v->gate, ts_ns, feature_is_price(price)))
        return false;
    advance(v, ts_ns);
    v->price = price;
    return true;
}

void session_variance_end(struct session_variance *v, int64_t ts_ns)
{
    if (ts_ns >= v->gate.ts_ns && !isnan(v->price))
        advance(v, ts_ns + 1);
}

double session_variance_rv(const struct session_variance *v)
{
    return v->returns >= 1 ? compensated_value(v->squares) : NAN;
}

double session_variance_bipower(const struct session_variance *v)
{
    if (v->returns < 2)
        return NAN;
    double n = (double)v->returns;
    return 0x1.921fb54442d18p+0 * n / (n - 1) * compensated_value(v->products);
}
