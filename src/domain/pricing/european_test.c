#include "domain/pricing/european.h"

#include <float.h>

#include "domain/pricing/golden_test.h"
#include "domain/pricing/normal_int.h"

struct row {
    int8_t sign;
    double spot, strike, years, sigma, rate, yield;
    double price, delta, gamma, vega, theta, rho;
    uint8_t status;
};

static struct row row_of(int8_t sign, double spot, double strike, double years, double sigma,
                         double rate, double yield)
{
    return (struct row){ .sign = sign,
                         .spot = spot,
                         .strike = strike,
                         .years = years,
                         .sigma = sigma,
                         .rate = rate,
                         .yield = yield };
}

static void price_spot(struct row *r)
{
    black_scholes(1,
                  &(struct black_scholes_terms){ .spot = &r->spot,
                                                 .strike = &r->strike,
                                                 .years = &r->years,
                                                 .sigma = &r->sigma,
                                                 .rate = &r->rate,
                                                 .yield = &r->yield,
                                                 .sign = &r->sign },
                  &(struct pricing_greeks){ &r->price, &r->delta, &r->gamma, &r->vega, &r->theta,
                                            &r->rho, &r->status });
}

TEST(european, agrees_with_the_values_printed_by_haug)
{
    /* E. G. Haug, The Complete Guide to Option Pricing Formulas (1998), pages 2 to 8 and 11 to 16.
     */
    static const struct {
        int8_t sign;
        double spot, strike, years, sigma, rate, yield, price;
    } prices[] = {
        { 1, 60, 65, 0.25, 0.30, 0.08, 0.00, 2.1334 },
        { -1, 100, 95, 0.50, 0.20, 0.10, 0.05, 2.4648 },
        { -1, 19, 19, 0.75, 0.28, 0.10, 0.10, 1.7011 },
        { 1, 19, 19, 0.75, 0.28, 0.10, 0.10, 1.7011 },
        { -1, 75, 70, 0.50, 0.35, 0.10, 0.05, 4.0870 },
        { 1, 90, 100, 0.10, 0.25, 0.10, 0.10, 0.3150 },
        { 1, 100, 100, 0.10, 0.35, 0.10, 0.10, 4.3693 },
        { 1, 110, 100, 0.50, 0.25, 0.10, 0.10, 12.7857 },
        { -1, 90, 100, 0.10, 0.15, 0.10, 0.10, 9.9210 },
        { -1, 110, 100, 0.10, 0.15, 0.10, 0.10, 0.0408 },
        { -1, 110, 100, 0.50, 0.35, 0.10, 0.10, 5.7963 },
    };
    FOR_EACH(c, prices)
    {
        struct row r = row_of(c->sign, c->spot, c->strike, c->years, c->sigma, c->rate, c->yield);
        price_spot(&r);
        CHECK_EQ(r.status, PRICING_OK);
        CHECK_NEAR(r.price, c->price, 5.1e-5);
    }
    struct row delta = row_of(1, 105, 100, 0.5, 0.36, 0.1, 0.1);
    price_spot(&delta);
    CHECK_NEAR(delta.delta, 0.5946, 5e-5);
    struct row gamma = row_of(-1, 55, 60, 0.75, 0.3, 0.1, 0.0);
    price_spot(&gamma);
    CHECK_NEAR(gamma.gamma, 0.0278, 5e-5);
    CHECK_NEAR(gamma.vega, 18.9358, 5e-5);
    struct row theta = row_of(-1, 430, 405, 1.0 / 12.0, 0.2, 0.07, 0.05);
    price_spot(&theta);
    CHECK_NEAR(theta.theta, -31.1924, 5e-5);
    CHECK_NEAR(theta.theta / 365.0, -0.0855, 5e-5);
    struct row rho = row_of(1, 72, 75, 1.0, 0.19, 0.09, 0.0);
    price_spot(&rho);
    CHECK_NEAR(rho.rho, 38.7325, 5e-5);
}

TEST(european, agrees_with_sixty_digits_on_every_golden_row)
{
    NEED_SHARED("golden/european_greeks.csv");
    struct golden g;
    golden_open(&g, "golden/european_greeks.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        struct row r =
            row_of((int8_t)golden_number(&g, "cp"), golden_number(&g, "S"), golden_number(&g, "K"),
                   golden_number(&g, "T"), golden_number(&g, "sigma"), golden_number(&g, "r"),
                   golden_number(&g, "q"));
        price_spot(&r);
        CHECK_EQ(r.status, PRICING_OK);
        double v = r.sigma * sqrt(r.years);
        double x = log(r.spot / r.strike) + (r.rate - r.yield) * r.years;
        double d1_d2 = (x / v + 0.5 * v) * (x / v - 0.5 * v);
        const struct {
            const char *name;
            double got, scale;
        } columns[] = {
            { "price", r.price, fmax(r.spot, r.strike) },
            { "delta", r.delta, 1.0 },
            { "gamma", r.gamma, 1.0 / (r.spot * v) },
            { "vega", r.vega, r.spot * sqrt(r.years) },
            { "theta", r.theta,
              r.spot * r.sigma / sqrt(r.years) + fabs(r.rate) * r.strike + fabs(r.yield) * r.spot },
            { "rho", r.rho, r.strike * r.years },
        };
        FOR_EACH(c, columns)
        {
            double want = golden_number(&g, c->name);
            double allowed = 32.0 * DBL_EPSILON * (1.0 + fabs(d1_d2)) * fabs(want) +
                             2.0 * DBL_EPSILON * c->scale;
            double share = fabs(c->got - want) / allowed;
            if (!(share <= 1.0))
                fail_msg("row %d, %s: %.17g is not %.17g (%.2f of what is allowed)", g.row, c->name,
                         c->got, want, share);
            worst = fmax(worst, share);
        }
    }
    CHECK_EQ(g.row, 986);
    print_message("european: worst error is %.2f of what is allowed\n", worst);
}

TEST(european, mills_ratio_agrees_with_golden_values)
{
    NEED_SHARED("golden/normal_cdf.csv");
    struct golden g;
    golden_open(&g, "golden/normal_cdf.csv");
    while (golden_next(&g)) {
        double x = golden_number(&g, "x"), mills = golden_number(&g, "mills_ratio_of_abs_x");
        double cdf = golden_number(&g, "Phi");
        CHECK_NEAR(normal_mills(fabs(x)) / mills, 1.0, 4.0 * DBL_EPSILON);
        CHECK_NEAR(normal_cdf(x), cdf, DBL_EPSILON * cdf * (2.0 + x * x) + 1e-310);
    }
}
