/* What must hold for any option, on a million of them. */
#include <float.h>

#include "base/mem.h"
#include "base/rng.h"
#include "domain/pricing/golden_test.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/normal_int.h"

enum { ROWS = 1000, ROUNDS = 1000 };

struct columns {
    double spot[ROWS], strike[ROWS], years[ROWS], sigma[ROWS], rate[ROWS], yield[ROWS];
    int8_t sign[ROWS];
};

struct values {
    double price[ROWS], delta[ROWS], gamma[ROWS], vega[ROWS], theta[ROWS], rho[ROWS];
    uint8_t status[ROWS];
};

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

static void fill(struct columns *c, struct rng *rng)
{
    for (int i = 0; i < ROWS; i++) {
        c->spot[i] = between(rng, 50.0, 500.0);
        c->years[i] = exp(between(rng, log(2e-5), log(3.0)));
        c->sigma[i] = between(rng, 0.03, 1.5);
        c->rate[i] = between(rng, -0.02, 0.08);
        c->yield[i] = between(rng, -0.02, 0.05);
        double reach = 4.0 * c->sigma[i] * sqrt(c->years[i]);
        c->strike[i] = c->spot[i] * exp(between(rng, -reach, reach));
        c->sign[i] = rng_below(rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    }
}

static void price(const struct columns *c, struct values *v)
{
    struct black_scholes_terms terms = { c->spot, c->strike, c->years, c->sigma,
                                         c->rate, c->yield,  c->sign };
    struct pricing_greeks out = {
        v->price, v->delta, v->gamma, v->vega, v->theta, v->rho, v->status
    };
    CHECK_EQ(black_scholes(ROWS, &terms, &out), 0);
}

struct sets {
    struct columns call, put, wide, low, high, bumped;
    struct values of_call, of_put, of_wide, of_low, of_high, up, down;
};

TEST(properties, parity_bounds_order_and_shape_hold_for_a_million)
{
    struct rng rng;
    rng_init(&rng, 11, 0, 1);
    struct sets *s = mem_alloc(sizeof *s);
    for (int round = 0; round < testing_share(ROUNDS); round++) {
        fill(&s->call, &rng);
        memset(s->call.sign, OPTION_SIGN_CALL, ROWS);
        s->put = s->wide = s->low = s->high = s->call;
        memset(s->put.sign, OPTION_SIGN_PUT, ROWS);
        for (int i = 0; i < ROWS; i++) {
            s->wide.sigma[i] *= 1.01;
            s->low.strike[i] *= 0.98;
            s->high.strike[i] = 2.0 * s->call.strike[i] - s->low.strike[i];
        }
        price(&s->call, &s->of_call);
        price(&s->put, &s->of_put);
        price(&s->wide, &s->of_wide);
        price(&s->low, &s->of_low);
        price(&s->high, &s->of_high);
        for (int i = 0; i < ROWS; i++) {
            double spot = s->call.spot[i] * exp(-s->call.yield[i] * s->call.years[i]);
            double strike = s->call.strike[i] * exp(-s->call.rate[i] * s->call.years[i]);
            double call = s->of_call.price[i], put = s->of_put.price[i];
            double unit = 4.0 * DBL_EPSILON * fmax(spot, strike);
            CHECK_NEAR(call - put, spot - strike, unit);
            CHECK(call >= fmax(spot - strike, 0.0) - unit);
            CHECK(call <= spot + unit);
            CHECK(put <= strike + unit);
            CHECK(put >= 0.0);
            CHECK_NEAR(s->of_call.gamma[i], s->of_put.gamma[i], 1e-14 * s->of_call.gamma[i]);
            CHECK(s->of_call.delta[i] >= 0.0);
            CHECK(s->of_put.delta[i] <= 0.0);
            CHECK(s->of_wide.price[i] >= call - unit);
            CHECK(s->of_low.price[i] >= call - unit);
            CHECK(s->of_low.price[i] + s->of_high.price[i] - 2.0 * call >= -4.0 * unit);
        }
    }
    mem_free(s);
}

/* One Greek against the central difference of the price. */
static void check_slope(struct sets *s, double *bumped, const double *step, const double *greek)
{
    for (int i = 0; i < ROWS; i++)
        bumped[i] += step[i];
    price(&s->bumped, &s->up);
    for (int i = 0; i < ROWS; i++)
        bumped[i] -= 2.0 * step[i];
    price(&s->bumped, &s->down);
    for (int i = 0; i < ROWS; i++) {
        bumped[i] += step[i];
        double slope = (s->up.price[i] - s->down.price[i]) / (2.0 * step[i]);
        double noise = 8.0 * DBL_EPSILON * fmax(s->call.spot[i], s->call.strike[i]) / step[i];
        double v = s->call.sigma[i] * sqrt(s->call.years[i]);
        CHECK_NEAR(greek[i], slope,
                   2e-6 * (fabs(slope) + s->call.spot[i] * v / (step[i] * 1e4)) + noise);
    }
}

TEST(properties, greeks_are_the_slopes_of_the_price_for_a_million)
{
    struct rng rng;
    rng_init(&rng, 12, 0, 1);
    struct sets *s = mem_alloc(sizeof *s);
    double step[ROWS];
    for (int round = 0; round < testing_share(ROUNDS); round++) {
        fill(&s->call, &rng);
        s->bumped = s->call;
        price(&s->call, &s->of_call);
        for (int i = 0; i < ROWS; i++)
            step[i] = 1e-4 * s->call.sigma[i] * sqrt(s->call.years[i]) * s->call.spot[i];
        check_slope(s, s->bumped.spot, step, s->of_call.delta);
        for (int i = 0; i < ROWS; i++)
            step[i] = 1e-4 * s->call.sigma[i];
        check_slope(s, s->bumped.sigma, step, s->of_call.vega);
        for (int i = 0; i < ROWS; i++)
            step[i] = 1e-4 * s->call.sigma[i] / sqrt(s->call.years[i]);
        check_slope(s, s->bumped.rate, step, s->of_call.rho);
    }
    mem_free(s);
}

TEST(properties, vols_come_back_for_a_million)
{
    struct rng rng;
    rng_init(&rng, 13, 0, 1);
    struct columns *c = mem_alloc(sizeof *c);
    struct values *v = mem_alloc(sizeof *v);
    double back[ROWS];
    uint8_t status[ROWS];
    long solved = 0;
    for (int round = 0; round < testing_share(ROUNDS); round++) {
        fill(c, &rng);
        struct black76_expiry expiry = { .forward = 100.0, .discount = 0.97, .years = c->years[0] };
        for (int i = 0; i < ROWS; i++) {
            double reach = 5.0 * c->sigma[i] * sqrt(expiry.years);
            c->strike[i] = 100.0 * exp(between(&rng, -reach, reach));
        }
        black76_chain(
            &expiry, ROWS, c->strike, c->sign, c->sigma,
            &(struct pricing_greeks){
                .price = v->price, .delta = v->delta, .vega = v->vega, .status = v->status });
        implied_vol_chain(&expiry, ROWS, c->strike, c->sign, v->price, back, status);
        for (int i = 0; i < ROWS; i++) {
            double condition =
                (v->price[i] + fabs(v->delta[i]) * 100.0) / (c->sigma[i] * v->vega[i]);
            CHECK((status[i] == PRICING_OK) == (back[i] > 0.0));
            CHECK(status[i] == PRICING_OK || isnan(back[i]));
            if (!(condition < 1e12))
                continue; /* deep in the money: rounding took the vol away, any status will do */
            CHECK_EQ(status[i], PRICING_OK);
            double far = 1.0 + fabs(log(c->strike[i] / 100.0)) / (c->sigma[i] * sqrt(expiry.years));
            CHECK_NEAR(back[i], c->sigma[i],
                       16.0 * DBL_EPSILON * c->sigma[i] * (1.0 + condition * far * far));
            solved++;
        }
    }
    CHECK(solved > 9 * (testing_share(ROUNDS) * ROWS / 10));
    mem_free(c);
    mem_free(v);
}

TEST(properties, normal_distribution_keeps_to_six_units_everywhere)
{
    /* valgrind computes long double with double's digits, whatever the compiler says of it. */
    volatile long double finest = 0x1p-60L;
    if (LDBL_MANT_DIG < 64 || 1.0L + finest == 1.0L)
        skip(); /* nothing finer to compare with */
    struct rng rng;
    rng_init(&rng, 14, 0, 1);
    double worst = 0.0, at = 0.0;
    for (int i = 0; i < testing_share(300000); i++) {
        double x = between(&rng, -37.0, 8.0);
        long double want = 0.5L * erfcl(-x * 0.707106781186547524400844362104849039L);
        double place = nextafter((double)want, INFINITY) - (double)want;
        double off = (double)(fabsl(normal_cdf(x) - want) / place);
        if (off > worst) {
            worst = off;
            at = x;
        }
    }
    print_message(
        "properties: normal distribution off by %.2f units at %.17g on a line of 300,000\n", worst,
        at);
    CHECK(worst <= 6.0);
}

TEST(properties, normal_distribution_keeps_to_four_units_of_its_last_place)
{
    NEED_SHARED("golden/normal_cdf.csv");
    struct golden g;
    golden_open(&g, "golden/normal_cdf.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        double x = golden_number(&g, "x"), want = golden_number(&g, "Phi"), got;
        normal_cdf_column(1, &x, &got);
        if (want < 1e-307) {
            CHECK(got >= 0.0);
            CHECK(got < 2e-307);
            continue;
        }
        double place = nextafter(want, INFINITY) - want;
        worst = fmax(worst, fabs(got - want) / place);
        CHECK(memcmp(&(double){ normal_cdf(x) }, &got, sizeof got) == 0);
    }
    CHECK_EQ(g.row, 167);
    print_message("properties: normal distribution off by %.2f units of the last place\n", worst);
    CHECK(worst <= 4.0);
    double nan = NAN, out = 0.0;
    normal_cdf_column(1, &nan, &out);
    CHECK(isnan(out));
}
