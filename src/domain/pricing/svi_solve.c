#include "domain/pricing/svi_fit_int.h"
#include "domain/pricing/svi_lanes_int.h"

enum { N = SVI_DIMENSIONS };

struct svi svi_of_vector(const struct svi_vector *v)
{
    double both = v->at[SVI_UP] + v->at[SVI_DOWN];
    return (struct svi){ v->at[SVI_A], 0.5 * both, (v->at[SVI_UP] - v->at[SVI_DOWN]) / both,
                         v->at[SVI_M], v->at[SVI_SIGMA] };
}

struct svi_vector svi_to_vector(const struct svi *s)
{
    return (struct svi_vector){ { s->a, s->b * (1.0 + s->rho), s->b * (1.0 - s->rho), s->m,
                                  s->sigma } };
}

double svi_cost(const struct svi_problem *p, const struct svi_vector *v)
{
    struct svi s = svi_of_vector(v);
    double sum = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        double off = (svi_w(&s, p->k[i]) - p->w[i]) * p->weight[i];
        sum += off * off;
    }
    return sum;
}

/* ---- the normal equations -------------------------------------------------------------------- */

struct normal {
    double matrix[N][N]; /* lower triangle */
    double slope[N];
    double cost;
};

static void add_row(struct normal *n, double off, const double row[N])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++)
            n->matrix[i][j] += row[i] * row[j];
        n->slope[i] += row[i] * off;
    }
    n->cost += off * off;
}

static void add_quotes(struct normal *n, const struct svi_problem *p, const struct svi_vector *v)
{
    struct svi_job job = { .count = p->padded,
                           .k = p->k,
                           .w = p->w,
                           .weight = p->weight,
                           .a = v->at[SVI_A],
                           .half_up = 0.5 * v->at[SVI_UP],
                           .half_down = 0.5 * v->at[SVI_DOWN],
                           .m = v->at[SVI_M],
                           .sigma = v->at[SVI_SIGMA] };
    LANES_PICK(svi_sums)(&job);
    int at = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            n->matrix[i][j] = job.sums[at++];
    for (int i = 0; i < N; i++)
        n->slope[i] = job.sums[at++];
    n->cost = job.sums[at];
}

/* Slope of w and its first two derivatives in k along each coordinate. */
struct along {
    double w[N], slope[N], curvature[N];
};

static struct along along_of(const struct svi_vector *v, double x, double r)
{
    double sigma = v->at[SVI_SIGMA], b = 0.5 * (v->at[SVI_UP] + v->at[SVI_DOWN]);
    double p = 0.5 * (v->at[SVI_UP] - v->at[SVI_DOWN]), t = x / r, s = sigma / r;
    double bend = s * s / r;
    return (struct along){
        { 1.0, 0.5 * (r + x), 0.5 * (r - x), -(p + b * t), b * s },
        { 0.0, 0.5 * (t + 1.0), 0.5 * (t - 1.0), -b * bend, -b * t * s / r },
        { 0.0, 0.5 * bend, 0.5 * bend, 3.0 * b * bend * t / r,
          b * s * (2.0 - 3.0 * s * s) / (r * r) },
    };
}

static void add_hinges(struct normal *n, const struct svi_problem *p, const struct svi_vector *v)
{
    struct svi s = svi_of_vector(v);
    for (size_t i = 0; i < p->hinge_count; i++) {
        double k = p->hinge_k[i], x = k - s.m, r = sqrt(x * x + s.sigma * s.sigma), row[N];
        struct svi_point at = svi_at(&s, k);
        if (!(at.w > 0.0))
            continue;
        double short_of = p->g_least - svi_g(k, at);
        double below = p->near ? svi_w(p->near, k) * (1.0 + 1e-7) - at.w : 0.0;
        if (!(short_of > 0.0) && !(below > 0.0))
            continue;
        struct along d = along_of(v, x, r);
        if (short_of > 0.0) {
            double u = 1.0 - 0.5 * k * at.slope / at.w;
            double to_w = (u * k * at.slope + 0.25 * at.slope * at.slope) / (at.w * at.w);
            double to_slope = -u * k / at.w - 0.5 * at.slope * (1.0 / at.w + 0.25);
            for (int j = 0; j < N; j++)
                row[j] = -p->force * (to_w * d.w[j] + to_slope * d.slope[j] + 0.5 * d.curvature[j]);
            add_row(n, p->force * short_of, row);
        }
        if (below > 0.0) {
            double force = 10.0 * p->force / p->level;
            for (int j = 0; j < N; j++)
                row[j] = -force * d.w[j];
            add_row(n, force * below, row);
        }
    }
}

static struct normal assemble(const struct svi_problem *p, const struct svi_vector *v)
{
    struct normal n = { .cost = 0.0 };
    add_quotes(&n, p, v);
    if (p->hinge_count)
        add_hinges(&n, p, v);
    return n;
}

/* Leave a coordinate where it is: it rests on its bound and the cost falls beyond. */
static void hold(struct normal *n, int i)
{
    for (int j = 0; j < N; j++)
        n->matrix[i][j] = n->matrix[j][i] = 0.0;
    n->matrix[i][i] = 1.0;
    n->slope[i] = 0.0;
}

static void hold_bounded(struct normal *n, const struct svi_problem *p, const struct svi_vector *v)
{
    for (int i = 0; i < N; i++)
        if ((v->at[i] <= p->low[i] && n->slope[i] > 0.0) ||
            (v->at[i] >= p->high[i] && n->slope[i] < 0.0))
            hold(n, i);
}

/* (matrix + damping diagonal) step = -slope, by Cholesky. False when it is not definite. */
static bool solve(const struct normal *n, double damping, double step[N])
{
    double l[N][N], y[N];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = n->matrix[i][j] + (i == j ? damping * n->matrix[i][i] : 0.0);
            for (int k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 1e-14 * n->matrix[i][i]))
                return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    }
    for (int i = 0; i < N; i++) {
        double sum = -n->slope[i];
        for (int k = 0; k < i; k++)
            sum -= l[i][k] * y[k];
        y[i] = sum / l[i][i];
    }
    for (int i = N - 1; i >= 0; i--) {
        double sum = y[i];
        for (int k = i + 1; k < N; k++)
            sum -= l[k][i] * step[k];
        step[i] = sum / l[i][i];
    }
    return true;
}

/* Within the bounds. sigma falls at most to a tenth in one step: it acts through its square. */
static struct svi_vector moved(const struct svi_problem *p, const struct svi_vector *v,
                               const double step[N])
{
    struct svi_vector to;
    for (int i = 0; i < N; i++)
        to.at[i] = fmin(fmax(v->at[i] + step[i], p->low[i]), p->high[i]);
    to.at[SVI_SIGMA] = fmax(to.at[SVI_SIGMA], 0.1 * v->at[SVI_SIGMA]);
    return to;
}

uint32_t svi_descend(const struct svi_problem *p, struct svi_vector *v, uint32_t steps_max)
{
    /* Penalties are corners: what lies beyond a part in ten thousand of them is not worth a step.
     */
    double gain_least = p->hinge_count ? 1e-4 : 1e-6;
    struct normal n = assemble(p, v);
    double damping = 1e-3;
    uint32_t steps = 0, idle = 0;
    while (steps < steps_max && n.cost > 1e-26) {
        double step[N];
        struct normal held = n;
        steps++;
        hold_bounded(&held, p, v);
        if (!solve(&held, damping, step)) {
            damping = fmax(10.0 * damping, 1e-6);
            if (damping > 1e12)
                break;
            continue;
        }
        struct svi_vector to = moved(p, v, step);
        struct svi s = svi_of_vector(&to);
        struct normal next = { .cost = INFINITY };
        if (svi_least(&s) > 0.0)
            next = assemble(p, &to);
        if (next.cost < n.cost) {
            double gain = (n.cost - next.cost) / n.cost;
            *v = to;
            n = next;
            damping *= 0.1;
            idle = gain < gain_least ? idle + 1 : 0;
            if (idle == 2)
                break;
        } else {
            damping = fmax(10.0 * damping, 1e-6);
            if (damping > (p->hinge_count ? 1e2 : 1e8))
                break;
        }
    }
    return steps;
}

/* ---- the first guess ------------------------------------------------------------------------- */

/* The best a, up, down for given m and sigma: a 3 x 3 linear system. Infinite cost if it has none.
 */
static double linear_fit(const struct svi_problem *p, double m, double sigma, struct svi_vector *v)
{
    struct normal n = { .cost = 0.0 };
    double step[N];
    for (size_t i = 0; i < p->count; i++) {
        double x = p->k[i] - m, r = sqrt(x * x + sigma * sigma), q = p->weight[i];
        double row[N] = { q, 0.5 * q * (r + x), 0.5 * q * (r - x), 0.0, 0.0 };
        add_row(&n, -q * p->w[i], row);
    }
    n.matrix[SVI_M][SVI_M] = n.matrix[SVI_SIGMA][SVI_SIGMA] = 1.0;
    if (!solve(&n, 1e-10, step))
        return INFINITY;
    *v = (struct svi_vector){
        { step[SVI_A], fmin(fmax(step[SVI_UP], p->low[SVI_UP] + 1e-6), p->high[SVI_UP]),
          fmin(fmax(step[SVI_DOWN], p->low[SVI_DOWN] + 1e-6), p->high[SVI_DOWN]), m, sigma }
    };
    struct svi s = svi_of_vector(v);
    return svi_least(&s) > 0.0 ? svi_cost(p, v) : INFINITY;
}

void svi_guess(const struct svi_problem *p, struct svi_vector guess[2])
{
    static const double shifts[] = { 0.0, 0.3, -0.3, 0.7, -0.7, 1.2, -1.2 };
    static const double widths[] = { 0.04, 0.15, 0.5, 1.5 };
    double least[2] = { INFINITY, INFINITY }, wing = 0.5 * p->level / p->width;
    guess[0] = guess[1] = (struct svi_vector){ { 0.5 * p->level, wing, wing, 0.0, p->width } };
    for (size_t i = 0; i < ARRAY_COUNT(shifts); i++) {
        struct svi_vector here = guess[0], tried;
        double here_least = INFINITY;
        for (size_t j = 0; j < ARRAY_COUNT(widths); j++) {
            double cost = linear_fit(p, shifts[i] * p->width, widths[j] * p->width, &tried);
            if (cost < here_least) {
                here_least = cost;
                here = tried;
            }
        }
        int rank = here_least < least[0] ? 0 : here_least < least[1] ? 1 : 2;
        if (rank == 0) {
            least[1] = least[0];
            guess[1] = guess[0];
        }
        if (rank < 2) {
            least[rank] = here_least;
            guess[rank] = here;
        }
    }
}
