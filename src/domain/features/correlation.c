#include "domain/features/correlation.h"

#include "domain/pricing/portable.h"

double fisher_z(double r)
{
    return fabs(r) < 1 ? (portable_log1p(r) - portable_log1p(-r)) / 2 : NAN;
}

double fisher_z_inverse(double z)
{
    if (!(fabs(z) < 20))
        return isnan(z) ? NAN : copysign(1.0, z);
    double e = portable_expm1(2 * z);
    return e / (e + 2);
}

double fisher_error(double n)
{
    return n > 3 ? 1 / sqrt(n - 3) : NAN;
}

void fisher_interval(double r, double n, double quantile, double *low, double *high)
{
    double z = fisher_z(r), reach = quantile * fisher_error(n);
    *low = fisher_z_inverse(z - reach);
    *high = fisher_z_inverse(z + reach);
}

double fisher_difference(double r1, double n1, double r2, double n2)
{
    double e1 = fisher_error(n1), e2 = fisher_error(n2);
    return (fisher_z(r1) - fisher_z(r2)) / sqrt(e1 * e1 + e2 * e2);
}

double two_sided_p(double z)
{
    return erfc(fabs(z) * M_SQRT1_2);
}

void holm_adjust(size_t count, const double *p, double *adjusted)
{
    MUST(count <= HOLM_MAX);
    bool done[HOLM_MAX] = { false };
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        adjusted[i] = NAN;
        done[i] = isnan(p[i]);
        known += !done[i];
    }
    double most = 0;
    for (size_t left = known; left > 0; left--) {
        size_t least = SIZE_MAX;
        for (size_t i = 0; i < count; i++)
            if (!done[i] && (least == SIZE_MAX || p[i] < p[least]))
                least = i;
        done[least] = true;
        most = fmax(most, fmin(1.0, (double)left * p[least]));
        adjusted[least] = most;
    }
}

static bool pair_pass(struct feature_gate *gate, int64_t ts_ns, double x, double y)
{
    /* Squares of squares must stay finite. */
    return feature_gate_pass(gate, ts_ns, fabs(x) < 1e50 && fabs(y) < 1e50);
}

/* Centred sums of the n pairs that end `skip` pushes ago. */
struct pair_moments {
    double xx, xy, yy;
};

static struct pair_moments moments(const struct window *x, const struct window *y, uint32_t skip,
                                   uint32_t n)
{
    struct compensated_sum sx = { 0, 0 }, sy = { 0, 0 }, xx = { 0, 0 }, xy = { 0, 0 },
                           yy = { 0, 0 };
    for (uint32_t back = skip + n; back-- > skip;) {
        compensated_add(&sx, window_at(x, back));
        compensated_add(&sy, window_at(y, back));
    }
    double mean_x = compensated_value(sx) / n, mean_y = compensated_value(sy) / n;
    for (uint32_t back = skip + n; back-- > skip;) {
        double dx = window_at(x, back) - mean_x, dy = window_at(y, back) - mean_y;
        compensated_add(&xx, dx * dx);
        compensated_add(&xy, dx * dy);
        compensated_add(&yy, dy * dy);
    }
    return (struct pair_moments){ compensated_value(xx), compensated_value(xy),
                                  compensated_value(yy) };
}

static double ratio(double xy, double xx, double yy)
{
    /* Not sqrt(xx yy), which could under- or overflow. */
    return xx > 0 && yy > 0 ? fmax(-1.0, fmin(1.0, xy / sqrt(xx) / sqrt(yy))) : NAN;
}

static double correlation_of(const struct window *x, const struct window *y, uint32_t skip,
                             uint32_t n)
{
    struct pair_moments m = moments(x, y, skip, n);
    return ratio(m.xy, m.xx, m.yy);
}

void rolling_correlation_init(struct rolling_correlation *c, struct arena *arena, uint32_t n)
{
    MUST(n >= 3);
    feature_gate_init(&c->gate);
    window_init(&c->x, arena, n);
    window_init(&c->y, arena, n);
}

bool rolling_correlation_update(struct rolling_correlation *c, int64_t ts_ns, double x, double y)
{
    if (!pair_pass(&c->gate, ts_ns, x, y))
        return false;
    window_push(&c->x, x);
    window_push(&c->y, y);
    return true;
}

double rolling_correlation_value(const struct rolling_correlation *c)
{
    return window_is_full(&c->x) ? correlation_of(&c->x, &c->y, 0, c->x.size) : NAN;
}

void correlation_break_init(struct correlation_break *b, struct arena *arena, uint32_t n_before,
                            uint32_t n_recent)
{
    MUST(n_before >= 4);
    MUST(n_recent >= 4);
    feature_gate_init(&b->gate);
    b->n_recent = n_recent;
    b->n_before = n_before;
    window_init(&b->x, arena, n_recent + n_before);
    window_init(&b->y, arena, n_recent + n_before);
}

bool correlation_break_update(struct correlation_break *b, int64_t ts_ns, double x, double y)
{
    if (!pair_pass(&b->gate, ts_ns, x, y))
        return false;
    window_push(&b->x, x);
    window_push(&b->y, y);
    return true;
}

double correlation_break_value(const struct correlation_break *b)
{
    if (!window_is_full(&b->x))
        return NAN;
    double before = correlation_of(&b->x, &b->y, b->n_recent, b->n_before);
    double recent = correlation_of(&b->x, &b->y, 0, b->n_recent);
    return fisher_difference(before, b->n_before, recent, b->n_recent);
}

void ewma_pair_init(struct ewma_pair *pair, double lambda)
{
    MUST(lambda > 0 && lambda < 1);
    *pair = (struct ewma_pair){ .lambda = lambda };
    feature_gate_init(&pair->gate);
}

bool ewma_pair_update(struct ewma_pair *pair, int64_t ts_ns, double x, double y)
{
    if (!pair_pass(&pair->gate, ts_ns, x, y))
        return false;
    double keep = pair->lambda, take = 1 - pair->lambda;
    pair->cov = keep * pair->cov + take * x * y;
    pair->var_x = keep * pair->var_x + take * x * x;
    pair->var_y = keep * pair->var_y + take * y * y;
    return true;
}

static bool ewma_is_warm(const struct ewma_pair *pair)
{
    return (double)pair->gate.taken >= ewma_effective_count(pair->lambda);
}

double ewma_pair_correlation(const struct ewma_pair *pair)
{
    return ewma_is_warm(pair) ? ratio(pair->cov, pair->var_x, pair->var_y) : NAN;
}

/* The weights given so far sum to 1 - lambda^n: dividing by it takes the start at zero out. */
static double ewma_vol(const struct ewma_pair *pair, double variance)
{
    if (!ewma_is_warm(pair))
        return NAN;
    double missing = portable_exp((double)pair->gate.taken * portable_log(pair->lambda));
    return sqrt(variance / (1 - missing));
}

double ewma_pair_vol_x(const struct ewma_pair *pair)
{
    return ewma_vol(pair, pair->var_x);
}

double ewma_pair_vol_y(const struct ewma_pair *pair)
{
    return ewma_vol(pair, pair->var_y);
}

double ewma_pair_beta(const struct ewma_pair *pair)
{
    return ewma_is_warm(pair) && pair->var_x > 1e-200 ? pair->cov / pair->var_x : NAN;
}

double ewma_effective_count(double lambda)
{
    return (1 + lambda) / (1 - lambda);
}

double ewma_memory(double lambda, double tolerance)
{
    return portable_log(tolerance) / portable_log(lambda);
}

void ewma_break_init(struct ewma_break *b, double lambda_fast, double lambda_slow, double limit,
                     uint32_t bars)
{
    MUST(lambda_fast < lambda_slow);
    MUST(bars >= 1);
    *b = (struct ewma_break){ .limit = limit, .bars = bars };
    ewma_pair_init(&b->fast, lambda_fast);
    ewma_pair_init(&b->slow, lambda_slow);
}

bool ewma_break_update(struct ewma_break *b, int64_t ts_ns, double x, double y)
{
    if (!ewma_pair_update(&b->fast, ts_ns, x, y) || !ewma_pair_update(&b->slow, ts_ns, x, y))
        return false;
    b->streak = fabs(ewma_break_value(b)) > b->limit ? b->streak + 1 : 0; /* NaN ends it */
    return true;
}

double ewma_break_value(const struct ewma_break *b)
{
    return fisher_difference(ewma_pair_correlation(&b->slow), ewma_effective_count(b->slow.lambda),
                             ewma_pair_correlation(&b->fast), ewma_effective_count(b->fast.lambda));
}

bool ewma_break_is_alarm(const struct ewma_break *b)
{
    return b->streak >= b->bars;
}

void pair_spread_init(struct pair_spread *spread, struct arena *arena, uint32_t n)
{
    MUST(n >= 4);
    feature_gate_init(&spread->gate);
    window_init(&spread->x, arena, n + 1);
    window_init(&spread->y, arena, n + 1);
}

bool pair_spread_update(struct pair_spread *spread, int64_t ts_ns, double x_price, double y_price)
{
    bool usable = feature_is_price(x_price) && feature_is_price(y_price);
    if (!feature_gate_pass(&spread->gate, ts_ns, usable))
        return false;
    window_push(&spread->x, portable_log(x_price));
    window_push(&spread->y, portable_log(y_price));
    return true;
}

double pair_spread_beta(const struct pair_spread *spread)
{
    const struct window *x = &spread->x, *y = &spread->y;
    if (!window_is_full(x))
        return NAN;
    /* About zero, as returns of minutes and days are: their mean is noise. */
    struct compensated_sum xx = { 0, 0 }, xy = { 0, 0 };
    for (uint32_t back = x->size - 1; back-- > 0;) {
        double rx = window_at(x, back) - window_at(x, back + 1);
        double ry = window_at(y, back) - window_at(y, back + 1);
        compensated_add(&xx, rx * rx);
        compensated_add(&xy, rx * ry);
    }
    return compensated_value(xx) > 0 ? compensated_value(xy) / compensated_value(xx) : NAN;
}

double pair_spread_value(const struct pair_spread *spread)
{
    double beta = pair_spread_beta(spread);
    if (isnan(beta))
        return NAN;
    const struct window *x = &spread->x, *y = &spread->y;
    uint32_t n = x->size - 1;
    struct compensated_sum sum = { 0, 0 }, squares = { 0, 0 };
    for (uint32_t back = n + 1; back-- > 1;)
        compensated_add(&sum, window_at(y, back) - beta * window_at(x, back));
    double mean = compensated_value(sum) / n;
    for (uint32_t back = n + 1; back-- > 1;) {
        double off = window_at(y, back) - beta * window_at(x, back) - mean;
        compensated_add(&squares, off * off);
    }
    double deviation = sqrt(compensated_value(squares) / (n - 1));
    /* Below a rounding error of the logs there is no spread at all. */
    return deviation > 1e-12 ? (window_at(y, 0) - beta * window_at(x, 0) - mean) / deviation : NAN;
}

void dcc_init(struct dcc *dcc, double a, double b, double bar11, double bar12, double bar22)
{
    MUST(a >= 0 && b >= 0 && a + b < 1);
    MUST(bar11 > 0 && bar22 > 0 && bar12 * bar12 < bar11 * bar22);
    *dcc = (struct dcc){ .a = a,
                         .b = b,
                         .bar11 = bar11,
                         .bar12 = bar12,
                         .bar22 = bar22,
                         .q11 = bar11,
                         .q12 = bar12,
                         .q22 = bar22 };
    feature_gate_init(&dcc->gate);
}

bool dcc_update(struct dcc *dcc, int64_t ts_ns, double z1, double z2)
{
    if (!pair_pass(&dcc->gate, ts_ns, z1, z2))
        return false;
    double rest = 1 - dcc->a - dcc->b;
    dcc->q11 = rest * dcc->bar11 + dcc->a * z1 * z1 + dcc->b * dcc->q11;
    dcc->q12 = rest * dcc->bar12 + dcc->a * z1 * z2 + dcc->b * dcc->q12;
    dcc->q22 = rest * dcc->bar22 + dcc->a * z2 * z2 + dcc->b * dcc->q22;
    return true;
}

double dcc_value(const struct dcc *dcc)
{
    return dcc->gate.taken ? ratio(dcc->q12, dcc->q11, dcc->q22) : NAN;
}
