/*
 * The correction on a base: a smoothing spline of what the base leaves over, by least squares.
 */
#include <string.h>

#include "domain/pricing/surface_fit_int.h"

enum { N = SURFACE_BUMPS_MAX, PULLS_MAX = 24 };

struct pull { /* keep away from the slice before, here */
    double k, w;
};

struct spline {
    const struct svi_quotes *quotes;
    const struct surface_slice *near;
    struct surface_slice *slice;
    double half;             /* a typical error of a quote */
    double stiffness[N + 2]; /* of each second difference */
    struct pull pull[PULLS_MAX];
    size_t pull_count;
};

static bool place_bumps(const struct svi_quotes *q, struct surface_slice *slice)
{
    enum { BUMPS_MIN = 3 };
    double low = INFINITY, high = -INFINITY;
    size_t used = 0;
    /* In units of two and a half at-the-money deviations: half of the pieces lie within two. */
    slice->width = 2.5 * sqrt(svi_w(&slice->base, 0.0));
    for (size_t i = 0; i < q->count; i++) {
        if (!surface_is_quoted(q, i))
            continue;
        double z = surface_z(slice, q->k[i]);
        low = fmin(low, z);
        high = fmax(high, z);
        used++;
    }
    size_t bumps = used / 2 < N ? used / 2 : N;
    if (bumps < BUMPS_MIN || !(high - low > 1e-6))
        return false;
    slice->bump_count = (uint32_t)bumps;
    slice->z_low = low;
    slice->z_step = (high - low) / ((double)bumps + 3.0);
    return true;
}

static double typical_half(const struct svi_quotes *q)
{
    double sum = 0.0;
    size_t used = 0;
    for (size_t i = 0; i < q->count; i++)
        if (surface_is_quoted(q, i)) {
            sum += surface_weight(q, i);
            used++;
        }
    return (double)used / sum;
}

struct system {
    double matrix[N][N], right[N];
};

static void add_row(struct system *s, const struct spline *spline, double k, double off,
                    double weight)
{
    const struct surface_slice *slice = spline->slice;
    double place = (surface_z(slice, k) - slice->z_low) / slice->z_step;
    int piece = (int)place, bumps = (int)slice->bump_count;
    if (!(place >= 0.0) || piece >= bumps + 3)
        return;
    struct surface_basis b = surface_basis(place - piece);
    for (int i = 0; i < 4; i++) {
        int row = piece - 3 + i;
        if (row < 0 || row >= bumps)
            continue;
        s->right[row] += weight * weight * off * b.at[i];
        for (int j = 0; j < 4; j++) {
            int column = piece - 3 + j;
            if (column >= 0 && column < bumps)
                s->matrix[row][column] += weight * weight * b.at[i] * b.at[j];
        }
    }
}

static void add_stiffness(struct system *s, const struct spline *spline)
{
    static const double difference[3] = { 1.0, -2.0, 1.0 };
    int bumps = (int)spline->slice->bump_count;
    for (int i = -1; i <= bumps; i++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                int row = i - 1 + a, column = i - 1 + b;
                if (row >= 0 && row < bumps && column >= 0 && column < bumps)
                    s->matrix[row][column] +=
                        spline->stiffness[i + 1] * difference[a] * difference[b];
            }
}

static bool solve(struct system *s, int n, double *x)
{
    for (int i = 0; i < n; i++) {
        for (int j = i > 3 ? i - 3 : 0; j <= i; j++) {
            double sum = s->matrix[i][j];
            for (int k = i > 3 ? i - 3 : 0; k < j; k++)
                sum -= s->matrix[i][k] * s->matrix[j][k];
            if (i == j && !(sum > 0.0))
                return false;
            s->matrix[i][j] = i == j ? sqrt(sum) : sum / s->matrix[j][j];
        }
    }
    for (int i = 0; i < n; i++) {
        double sum = s->right[i];
        for (int k = i > 3 ? i - 3 : 0; k < i; k++)
            sum -= s->matrix[i][k] * x[k];
        x[i] = sum / s->matrix[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
        double sum = x[i];
        for (int k = i + 1; k < n && k <= i + 3; k++)
            sum -= s->matrix[k][i] * x[k];
        x[i] = sum / s->matrix[i][i];
    }
    return true;
}

static bool fit_spline(const struct spline *spline)
{
    struct system s = { .right = { 0.0 } };
    const struct svi_quotes *q = spline->quotes;
    struct surface_slice *slice = spline->slice;
    for (size_t i = 0; i < q->count; i++)
        if (surface_is_quoted(q, i))
            add_row(&s, spline, q->k[i], q->w[i] - svi_w(&slice->base, q->k[i]),
                    surface_weight(q, i));
    for (size_t i = 0; i < spline->pull_count; i++)
        add_row(&s, spline, spline->pull[i].k,
                spline->pull[i].w - svi_w(&slice->base, spline->pull[i].k), 10.0 / spline->half);
    add_stiffness(&s, spline);
    return solve(&s, (int)slice->bump_count, slice->bump);
}

/* Where g fails, the neighbourhood gets stiffer; where the slice before is too near, a pull away.
 */
static void amend(struct spline *spline, double k)
{
    const struct surface_slice *slice = spline->slice;
    double below =
        spline->near ? surface_at(spline->near, k).w - surface_at(slice, k).w : -INFINITY;
    if (below > -1e-3 * spline->half && spline->pull_count < PULLS_MAX) {
        double w = surface_at(spline->near, k).w +
                   (0.05 + 0.1 * (double)spline->pull_count) * spline->half;
        spline->pull[spline->pull_count++] = (struct pull){ k, w };
        return;
    }
    int middle = (int)((surface_z(slice, k) - slice->z_low) / slice->z_step) - 1;
    for (int i = middle - 3; i <= middle + 3; i++)
        if (i >= 0 && i < (int)slice->bump_count + 2)
            spline->stiffness[i] *= 8.0;
}

bool surface_correct(const struct svi_quotes *quotes, const struct surface_slice *near,
                     struct surface_slice *slice)
{
    enum { ROUNDS = 16, HALVINGS = 5 };
    struct spline spline = { .quotes = quotes, .near = near, .slice = slice };
    double where;
    slice->bump_count = 0;
    if (!place_bumps(quotes, slice))
        return true;
    spline.half = typical_half(quotes);
    for (size_t i = 0; i < ARRAY_COUNT(spline.stiffness); i++)
        spline.stiffness[i] = 0.01 / (spline.half * spline.half);
    for (int round = 0; round < ROUNDS; round++) {
        if (!fit_spline(&spline))
            break;
        if (surface_correction_is_free(near, slice, &where))
            return true;
        amend(&spline, where);
    }
    for (int i = 0; i < HALVINGS; i++) {
        for (uint32_t j = 0; j < slice->bump_count; j++)
            slice->bump[j] *= 0.5;
        if (surface_correction_is_free(near, slice, &where))
            return true;
    }
    slice->bump_count = 0;
    return surface_correction_is_free(near, slice, &where);
}
