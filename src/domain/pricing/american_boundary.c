#include "domain/pricing/american_int.h"

#include <math.h>

#include "domain/pricing/european_int.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/*
 * How fine: intervals between the boundary's nodes, rounds of the fixed point, and (in the tables
 * below) 24 quadrature points for the boundary, 64 for the price. In the notation of Andersen, Lake
 * and Offengenden (l, m, n)-p = (24, 4, 12)-64.
 */
enum { NODES = 12, ROUNDS = 4 };

/* cos(pi k / NODES). */
static const double cosines[NODES + 1] = {
    1,
    0.96592582628906831,
    0.8660254037844386,
    0.70710678118654757,
    0.5,
    0.25881904510252074,
    0,
    -0.25881904510252074,
    -0.5,
    -0.70710678118654757,
    -0.8660254037844386,
    -0.96592582628906831,
    -1,
};

/* Gauss-Legendre quadrature on (0, 1). */
struct gauss {
    double at, weight;
};
static const struct gauss gauss_boundary[] = {
    { 0.0024063900014893447, 0.0061706148999936001 },
    { 0.012635722014345263, 0.014265694314466832 },
    { 0.030862723998633601, 0.022138719408709904 },
    { 0.056792236497799464, 0.029649292457718392 },
    { 0.089999007013048526, 0.03667324070554015 },
    { 0.12993790421072282, 0.043095080765976637 },
    { 0.17595317403151223, 0.048809326052056942 },
    { 0.22728926430558022, 0.053722135057982817 },
    { 0.28310324618697746, 0.0577528340268628 },
    { 0.3424786601519183, 0.060835236463901696 },
    { 0.40444056626319186, 0.062918728173414151 },
    { 0.46797155356869719, 0.06396909767337608 },
    { 0.53202844643130276, 0.06396909767337608 },
    { 0.5955594337368082, 0.062918728173414151 },
    { 0.6575213398480817, 0.060835236463901696 },
    { 0.71689675381302254, 0.0577528340268628 },
    { 0.77271073569441984, 0.053722135057982817 },
    { 0.82404682596848777, 0.048809326052056942 },
    { 0.87006209578927718, 0.043095080765976637 },
    { 0.91000099298695147, 0.03667324070554015 },
    { 0.94320776350220048, 0.029649292457718392 },
    { 0.96913727600136634, 0.022138719408709904 },
    { 0.98736427798565474, 0.014265694314466832 },
    { 0.99759360999851066, 0.0061706148999936001 },
};
static const struct gauss gauss_price[] = {
    { 0.00034747913211391479, 0.00089164036084821651 },
    { 0.0018299416140223346, 0.002073516630281234 },
    { 0.0044933142616278565, 0.0032522289844891814 },
    { 0.0083318730576870115, 0.0044233799131819735 },
    { 0.013336586105044512, 0.0055840697300655641 },
    { 0.019495600173973116, 0.0067315239483593213 },
    { 0.026794312570798617, 0.0078630152380123591 },
    { 0.035215413934030215, 0.0089758578878486716 },
    { 0.044738931460748588, 0.010067411576765104 },
    { 0.05534227700244293, 0.011135086904191627 },
    { 0.067000300922953615, 0.012176351284355437 },
    { 0.079685351873709842, 0.013188734857527329 },
    { 0.093367342438601231, 0.014169836307129742 },
    { 0.10801382052832931, 0.015117328536201239 },
    { 0.12359004636973403, 0.016028964177425775 },
    { 0.14005907491419456, 0.016902580918570803 },
    { 0.15738184347288336, 0.017736106628441193 },
    { 0.17551726437267134, 0.018527564270120023 },
    { 0.19442232241380336, 0.019275076589307813 },
    { 0.214052176898683, 0.019976870566360171 },
    { 0.23436026799005272, 0.020631281621311764 },
    { 0.25529842714647355, 0.021236757561826795 },
    { 0.27681699137326798, 0.021791862264661725 },
    { 0.29886492101800421, 0.022295279081878283 },
    { 0.32138992083116591, 0.022745813963709071 },
    { 0.34433856400489449, 0.023142398290657208 },
    { 0.36765641889561629, 0.02348409140810501 },
    { 0.39128817812999644, 0.023770082857415154 },
    { 0.41517778978800357, 0.023999694298229155 },
    { 0.43926859035193971, 0.024172381117401477 },
    { 0.46350343910610048, 0.024287733720751714 },
    { 0.48782485366828776, 0.024345478504569862 },
    { 0.51217514633171224, 0.024345478504569862 },
    { 0.53649656089389952, 0.024287733720751714 },
    { 0.56073140964806023, 0.024172381117401477 },
    { 0.58482221021199643, 0.023999694298229155 },
    { 0.6087118218700035, 0.023770082857415154 },
    { 0.63234358110438371, 0.02348409140810501 },
    { 0.65566143599510551, 0.023142398290657208 },
    { 0.67861007916883409, 0.022745813963709071 },
    { 0.70113507898199579, 0.022295279081878283 },
    { 0.72318300862673202, 0.021791862264661725 },
    { 0.74470157285352645, 0.021236757561826795 },
    { 0.76563973200994728, 0.020631281621311764 },
    { 0.78594782310131706, 0.019976870566360171 },
    { 0.80557767758619669, 0.019275076589307813 },
    { 0.82448273562732866, 0.018527564270120023 },
    { 0.84261815652711669, 0.017736106628441193 },
    { 0.85994092508580544, 0.016902580918570803 },
    { 0.87640995363026597, 0.016028964177425775 },
    { 0.89198617947167069, 0.015117328536201239 },
    { 0.90663265756139877, 0.014169836307129742 },
    { 0.92031464812629016, 0.013188734857527329 },
    { 0.93299969907704638, 0.012176351284355437 },
    { 0.94465772299755701, 0.011135086904191627 },
    { 0.95526106853925141, 0.010067411576765104 },
    { 0.96478458606596984, 0.0089758578878486716 },
    { 0.97320568742920144, 0.0078630152380123591 },
    { 0.98050439982602688, 0.0067315239483593213 },
    { 0.98666341389495549, 0.0055840697300655641 },
    { 0.99166812694231299, 0.0044233799131819735 },
    { 0.99550668573837209, 0.0032522289844891814 },
    { 0.99817005838597761, 0.002073516630281234 },
    { 0.99965252086788614, 0.00089164036084821651 },
};

/*
 * A put of strike 1: calls are puts with spot and strike, rate and yield exchanged. tau is time to
 * expiry. The boundary starts from limit = min(1, rate / yield) at tau = 0.
 */
struct put {
    double log_spot, years, sigma, rate, yield, log_limit;
};

/*
 * (ln(boundary / limit))^2 as a Chebyshev series in sqrt(tau): smooth where the boundary itself has
 * an infinite slope. Node i lies at sqrt(tau / years) = (1 - cos(pi i / NODES)) / 2.
 */
struct boundary {
    double square[NODES + 1];
    double series[NODES + 1];
};

static double node_fraction(int i)
{
    return 0.5 * (1.0 - cosines[i]);
}

static void fit_series(struct boundary *b)
{
    for (int k = 0; k <= NODES; k++) {
        double sum = 0.0;
        for (int i = 0; i <= NODES; i++) {
            int turn = k * (NODES - i) % (2 * NODES);
            double end = i == 0 || i == NODES ? 0.5 : 1.0;
            sum += end * b->square[i] * cosines[turn <= NODES ? turn : 2 * NODES - turn];
        }
        b->series[k] = sum * (k == 0 || k == NODES ? 1.0 : 2.0) / NODES;
    }
}

/* ln(boundary) at sqrt(tau / years) = fraction. */
static double log_boundary(const struct put *put, const struct boundary *b, double fraction)
{
    double x = 2.0 * fraction - 1.0, b1 = 0.0, b2 = 0.0;
    for (int k = NODES; k >= 1; k--) {
        double next = 2.0 * x * b1 - b2 + b->series[k];
        b2 = b1;
        b1 = next;
    }
    return put->log_limit - sqrt(fmax(x * b1 - b2 + b->series[0], 0.0));
}

/*
 * A first boundary at one tau: the value outside is the European one plus a power of the spot,
 * pasted smoothly (MacMillan 1986; Barone-Adesi, Whaley 1987). Returns the error of the pasting at
 * s.
 */
static double paste_error(const struct put *put, double tau, double s, double *slope)
{
    double root = put->sigma * sqrt(tau), kept = portable_exp(-put->yield * tau);
    double d1 = (portable_log(s) + (put->rate - put->yield) * tau) / root + 0.5 * root;
    double owned = kept * normal_cdf(-d1),
           owed = portable_exp(-put->rate * tau) * normal_cdf(root - d1);
    double variance = put->sigma * put->sigma, omega = 2.0 * (put->rate - put->yield) / variance;
    double h = -portable_expm1(-put->rate * tau);
    double base = sqrt((omega - 1.0) * (omega - 1.0) + 8.0 * put->rate / (variance * h));
    double power = -0.5 * (omega - 1.0 + base);
    *slope = (1.0 - owned) * (1.0 - power) + kept * normal_density(d1) / root;
    return (1.0 - owned) * s + power * (1.0 - s - (owed - s * owned));
}

static double first_boundary(const struct put *put, double tau, double from)
{
    double s = from, low = 0.0, high = portable_exp(put->log_limit);
    for (int i = 0; i < 40; i++) {
        double slope, error = paste_error(put, tau, s, &slope), next = s - error / slope;
        if (error > 0.0)
            high = s;
        else
            low = s;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        double moved = fabs(next - s);
        s = next;
        if (moved < 1e-4 * s)
            break;
    }
    return s;
}

/*
 * One step of a fixed point of the integral equation at one node, ln(boundary) in and out. Equation
 * A (smooth pasting) settles faster; equation B (value matching) also where drift outweighs vol.
 */
static double improve(const struct put *put, const struct boundary *b, double fraction,
                      double log_s, bool is_a)
{
    double tau = put->years * fraction * fraction, root = put->sigma * sqrt(tau);
    double drift = put->rate - put->yield;
    double d2 = (log_s + drift * tau) / root - 0.5 * root, d1 = d2 + root;
    double above =
        portable_exp(-put->rate * tau) * (is_a ? normal_density(d2) / root : normal_cdf(d2));
    double below = portable_exp(-put->yield * tau) *
                   (is_a ? normal_cdf(d1) + normal_density(d1) / root : normal_cdf(d1));
    for (size_t k = 0; k < ARRAY_COUNT(gauss_boundary); k++) {
        const struct gauss *g = &gauss_boundary[k];
        double s = tau * g->at * g->at, v = root * g->at;
        double log_u = log_boundary(put, b, fraction * sqrt(1.0 - g->at * g->at));
        double e2 = (log_s - log_u + drift * s) / v - 0.5 * v, e1 = e2 + v;
        double paid = 2.0 * g->weight * tau * g->at * put->rate;
        double kept = 2.0 * g->weight * tau * g->at * put->yield;
        if (is_a)
            above += paid * NORMAL_DENSITY_AT_0 / v * portable_exp(-put->rate * s - 0.5 * e2 * e2);
        else
            above += paid * portable_exp(-put->rate * s) * normal_cdf(e2);
        if (kept != 0.0)
            below += kept * portable_exp(-put->yield * s) * normal_cdf(e1);
        if (kept != 0.0 && is_a)
            below += kept * NORMAL_DENSITY_AT_0 / v * portable_exp(-put->yield * s - 0.5 * e1 * e1);
    }
    return portable_log(above / below);
}

static void solve_boundary(const struct put *put, struct boundary *b)
{
    double s = portable_exp(put->log_limit);
    b->square[0] = 0.0;
    for (int i = 1; i <= NODES; i++) {
        double fraction = node_fraction(i);
        s = first_boundary(put, put->years * fraction * fraction, i == 1 ? 0.98 * s : s);
        b->square[i] = (portable_log(s) - put->log_limit) * (portable_log(s) - put->log_limit);
    }
    fit_series(b);
    bool is_a = (put->rate - put->yield) * sqrt(put->years) <= put->sigma;
    for (int round = 0; round < ROUNDS; round++) {
        double next[NODES + 1];
        for (int i = 1; i <= NODES; i++) {
            double log_s = put->log_limit - sqrt(b->square[i]);
            double depth = improve(put, b, node_fraction(i), log_s, is_a) - put->log_limit;
            depth = fmin(depth, 0.0);
            next[i] = isfinite(depth) ? depth * depth : b->square[i];
        }
        for (int i = 1; i <= NODES; i++)
            b->square[i] = next[i];
        fit_series(b);
    }
}

/* The early-exercise premium of a put of strike 1 and its derivatives to the spot. */
static void price_premium(const struct put *put, const struct boundary *b,
                          struct american_value *value)
{
    double root = put->sigma * sqrt(put->years), drift = put->rate - put->yield;
    double spot = portable_exp(put->log_spot);
    *value = (struct american_value){ .price = 0.0 };
    for (size_t k = 0; k < ARRAY_COUNT(gauss_price); k++) {
        const struct gauss *g = &gauss_price[k];
        double s = put->years * g->at * g->at, v = root * g->at;
        double log_u = log_boundary(put, b, sqrt(1.0 - g->at * g->at));
        double e2 = (put->log_spot - log_u + drift * s) / v - 0.5 * v, e1 = e2 + v;
        double weight = 2.0 * g->weight * put->years * g->at;
        double paid = weight * put->rate * portable_exp(-put->rate * s);
        double kept = weight * put->yield * portable_exp(-put->yield * s);
        double n1 = normal_density(e1), n2 = normal_density(e2), c1 = normal_cdf(-e1);
        value->price += paid * normal_cdf(-e2) - kept * spot * c1;
        value->delta += kept * n1 / v - kept * c1 - paid * n2 / (spot * v);
        value->gamma +=
            paid * n2 * e1 / (spot * spot * v * v) + kept * n1 / (spot * v) * (1.0 - e1 / v);
    }
}

bool american_boundary_covers(const struct american_option *option)
{
    double rate = option->sign < 0 ? option->rate : option->yield;
    double yield = option->sign < 0 ? option->yield : option->rate;
    return option->dividend_count == 0 && (rate > 0.0 || yield >= rate);
}

bool american_boundary(const struct american_option *o, const struct european_value *european,
                       struct american_value *value)
{
    bool is_put = o->sign < 0;
    struct put put = { .log_spot =
                           is_put ? log_ratio(o->spot, o->strike) : log_ratio(o->strike, o->spot),
                       .years = o->years,
                       .sigma = o->sigma,
                       .rate = is_put ? o->rate : o->yield,
                       .yield = is_put ? o->yield : o->rate };
    *value = (struct american_value){ european->price, european->delta, european->gamma, false };
    if (put.rate <= 0.0)
        return true; /* waiting costs nothing: never exercised early */
    put.log_limit = put.yield > put.rate ? portable_log(put.rate / put.yield) : 0.0;
    double payoff = o->sign * (o->spot - o->strike);
    struct boundary b;
    solve_boundary(&put, &b);
    if (put.log_spot <= put.log_limit - sqrt(b.square[NODES])) {
        *value = (struct american_value){ payoff, o->sign, 0.0, true };
        return true;
    }
    struct american_value premium;
    price_premium(&put, &b, &premium);
    /* Back from the put of strike 1. A call is spot x put(strike / spot). */
    if (is_put) {
        value->price += o->strike * premium.price;
        value->delta += premium.delta;
        value->gamma += premium.gamma / o->strike;
    } else {
        double ratio = o->strike / o->spot;
        value->price += o->spot * premium.price;
        value->delta += premium.price - ratio * premium.delta;
        value->gamma += ratio * ratio * premium.gamma / o->spot;
    }
    /* Rounding and the last of the quadrature's error must not break the bounds. */
    value->price = fmax(value->price, fmax(payoff, european->price));
    return isfinite(value->price) && isfinite(value->delta) && isfinite(value->gamma);
}
