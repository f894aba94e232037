/*
 * The two proofs: no butterfly, no calendar arbitrage. A polynomial on 0 < t < infinity is bounded
 * below by its smallest Bernstein coefficient on [0, 1] and, reversed, on [1, infinity); where that
 * is not enough, the interval is halved.
 */
#include <string.h>

#include "domain/pricing/svi_int.h"

enum { DEGREE_MAX = 10, STACK_MAX = 64, HALVINGS_MAX = 40 };

struct polynomial {
    int degree;
    double at[DEGREE_MAX + 1]; /* of t^0, t^1, ... */
};

static struct polynomial multiply(const struct polynomial *p, const struct polynomial *q)
{
    struct polynomial r = { .degree = p->degree + q->degree };
    for (int i = 0; i <= p->degree; i++)
        for (int j = 0; j <= q->degree; j++)
            r.at[i + j] += p->at[i] * q->at[j];
    return r;
}

/* p += factor t^shift q, of the same degree or less. */
static void add(struct polynomial *p, double factor, int shift, const struct polynomial *q)
{
    for (int i = 0; i <= q->degree; i++)
        p->at[i + shift] += factor * q->at[i];
}

static const double binomials[DEGREE_MAX + 1][DEGREE_MAX + 1] = {
    { 1 },
    { 1, 1 },
    { 1, 2, 1 },
    { 1, 3, 3, 1 },
    { 1, 4, 6, 4, 1 },
    { 1, 5, 10, 10, 5, 1 },
    { 1, 6, 15, 20, 15, 6, 1 },
    { 1, 7, 21, 35, 35, 21, 7, 1 },
    { 1, 8, 28, 56, 70, 56, 28, 8, 1 },
    { 1, 9, 36, 84, 126, 126, 84, 36, 9, 1 },
    { 1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1 },
};

struct piece {
    double low, high; /* of t, or of 1 / t */
    int halvings;
    double at[DEGREE_MAX + 1];
};

/* Bernstein coefficients on [0, 1]. */
static struct piece bernstein(const struct polynomial *p, bool is_reversed)
{
    struct piece piece = { .low = 0.0, .high = 1.0 };
    int n = p->degree;
    double scaled[DEGREE_MAX + 1];
    for (int i = 0; i <= n; i++)
        scaled[i] = p->at[is_reversed ? n - i : i] / binomials[n][i];
    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= i; j++)
            piece.at[i] += binomials[i][j] * scaled[j];
    return piece;
}

/* de Casteljau: the halves of a piece. */
static void halve(const struct piece *piece, int n, struct piece *left, struct piece *right)
{
    double middle = 0.5 * (piece->low + piece->high);
    *left = (struct piece){ piece->low, middle, piece->halvings + 1, { 0.0 } };
    *right = (struct piece){ middle, piece->high, piece->halvings + 1, { 0.0 } };
    double row[DEGREE_MAX + 1];
    memcpy(row, piece->at, sizeof row);
    for (int i = 0; i <= n; i++) {
        left->at[i] = row[0];
        right->at[n - i] = row[n - i];
        for (int j = 0; j < n - i; j++)
            row[j] = 0.5 * (row[j] + row[j + 1]);
    }
}

/* True when the polynomial is proven at or above 0 on [0, 1]; else *where it is not. */
static bool is_not_below(const struct piece *whole, int n, double rounding, double *where)
{
    struct piece stack[STACK_MAX];
    int depth = 1;
    stack[0] = *whole;
    while (depth > 0) {
        struct piece piece = stack[--depth];
        double least = piece.at[0];
        int lowest = 0;
        for (int i = 1; i <= n; i++)
            if (piece.at[i] < least) {
                least = piece.at[i];
                lowest = i;
            }
        if (least >= -rounding)
            continue;
        if (lowest == 0 || lowest == n || piece.halvings == HALVINGS_MAX) {
            *where = lowest == 0   ? piece.low
                     : lowest == n ? piece.high
                                   : 0.5 * (piece.low + piece.high);
            return false;
        }
        MUST(depth + 2 <= STACK_MAX);
        halve(&piece, n, &stack[depth], &stack[depth + 1]);
        depth += 2;
    }
    return true;
}

/*
 * On all t > 0; else *where is a t that fails, 0 or infinity at the ends. What the polynomial was
 * made of, by difference, says how much of it is rounding.
 */
static bool is_positive_everywhere(const struct polynomial *p, const struct polynomial *made_of,
                                   double *where)
{
    double largest = 0.0;
    *where = NAN;
    for (int i = 0; i <= p->degree; i++) {
        largest = fmax(largest, fabs(made_of->at[i]));
        if (!isfinite(p->at[i]))
            return false;
    }
    double rounding = 1e-14 * largest;
    struct piece piece = bernstein(p, false);
    if (!is_not_below(&piece, p->degree, rounding, where))
        return false;
    piece = bernstein(p, true);
    if (is_not_below(&piece, p->degree, rounding, where))
        return true;
    *where = 1.0 / *where;
    return false;
}

static double k_of(const struct svi *s, double t)
{
    return s->m + 0.5 * s->sigma * (t - 1.0 / t);
}

/*
 * g x 16 sigma (t^2+1)^3 P^2 with w = sigma P / (2t), w' = Q / (t^2+1), k = sigma L / (2t):
 *   4 sigma E (2 E P - Q L)^2 - E Q^2 P (8 t + sigma P) + 64 b t^3 P^2,  E = t^2 + 1
 */
static struct polynomial durrleman(const struct svi *s, struct polynomial *made_of)
{
    double up = s->b * (1.0 + s->rho), down = s->b * (1.0 - s->rho);
    const struct polynomial e = { 2, { 1.0, 0.0, 1.0 } };
    const struct polynomial p = { 2, { down, 2.0 * s->a / s->sigma, up } };
    const struct polynomial q = { 2, { -down, 0.0, up } };
    const struct polynomial l = { 2, { -1.0, 2.0 * s->m / s->sigma, 1.0 } };

    struct polynomial ep = multiply(&e, &p), ql = multiply(&q, &l), first = { .degree = 4 };
    add(&first, 2.0, 0, &ep);
    add(&first, -1.0, 0, &ql);
    struct polynomial square = multiply(&first, &first), g = multiply(&e, &square);
    for (int i = 0; i <= 10; i++)
        g.at[i] *= 4.0 * s->sigma;
    *made_of = g;

    struct polynomial qq = multiply(&q, &q), eqq = multiply(&e, &qq), eqqp = multiply(&eqq, &p);
    struct polynomial eqqpp = multiply(&eqqp, &p), pp = multiply(&p, &p);
    add(&g, -8.0, 1, &eqqp);
    add(&g, -s->sigma, 0, &eqqpp);
    add(&g, 64.0 * s->b, 3, &pp);
    return g;
}

static uint8_t refuse(const struct svi *s, double t, double *where)
{
    if (where)
        *where = k_of(s, t);
    return PRICING_ARBITRAGE;
}

uint8_t svi_butterfly(const struct svi *s, double *where)
{
    double t;
    if (where)
        *where = NAN;
    if (!svi_is_valid(s))
        return PRICING_BAD_INPUT;
    if (!(s->b * (1.0 + s->rho) <= 2.0))
        return refuse(s, INFINITY, where);
    if (!(s->b * (1.0 - s->rho) <= 2.0))
        return refuse(s, 0.0, where);
    if (s->b == 0.0)
        return PRICING_OK;
    struct polynomial made_of, g = durrleman(s, &made_of);
    return is_positive_everywhere(&g, &made_of, &t) ? PRICING_OK : refuse(s, t, where);
}

/*
 * Along far's own t, 2t (w_far - near's line) = A(t) is quadratic and near's root is
 * 2t b1 sqrt(x^2 + sigma1^2): far >= near where A >= 0 and A^2 >= 4 t^2 b1^2 (x^2 + sigma1^2).
 */
uint8_t svi_calendar(const struct svi *near, const struct svi *far, double *where)
{
    double t;
    if (where)
        *where = NAN;
    if (!svi_is_valid(near) || !svi_is_valid(far))
        return PRICING_BAD_INPUT;
    double slope = near->b * near->rho, shift = far->m - near->m, s = far->sigma;
    struct polynomial a = { 2,
                            { s * (far->b * (1.0 - far->rho) + slope),
                              2.0 * (far->a - near->a - slope * shift),
                              s * (far->b * (1.0 + far->rho) - slope) } };
    struct polynomial a_of = { 2,
                               { s * (far->b * (1.0 - far->rho) + fabs(slope)),
                                 2.0 * (fabs(far->a) + fabs(near->a) + fabs(slope * shift)),
                                 s * (far->b * (1.0 + far->rho) + fabs(slope)) } };
    /* 2 t x = s t^2 + 2 shift t - s */
    const struct polynomial x = { 2, { -s, 2.0 * shift, s } };
    if (!is_positive_everywhere(&a, &a_of, &t))
        return refuse(far, t, where);
    struct polynomial gap = multiply(&a, &a), gap_of = multiply(&a_of, &a_of);
    struct polynomial xx = multiply(&x, &x);
    double bb = near->b * near->b;
    add(&gap, -bb, 0, &xx);
    gap.at[2] -= 4.0 * bb * near->sigma * near->sigma;
    return is_positive_everywhere(&gap, &gap_of, &t) ? PRICING_OK : refuse(far, t, where);
}
