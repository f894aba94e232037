#include "domain/pricing/european.h"

#include <float.h>

#include "base/rng.h"
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
    FOR_EACH (c, prices) {
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

struct all {
    double out[15];
    uint8_t status;
};

static struct all price_all(const struct row *r)
{
    struct all a;
    double *o = a.out;
    black_scholes_all(1,
                      &(struct black_scholes_terms){ &r->spot, &r->strike, &r->years, &r->sigma,
                                                     &r->rate, &r->yield, &r->sign },
                      NULL,
                      &(struct european_greeks){
                          .first = { o, o + 1, o + 2, o + 3, o + 4, o + 5, &a.status },
                          .phi = o + 6,
                          .dual_delta = o + 7,
                          .vanna = o + 8,
                          .charm = o + 9,
                          .vomma = o + 10,
                          .speed = o + 11,
                          .zomma = o + 12,
                          .color = o + 13,
                          .veta = o + 14,
                      });
    return a;
}

static const char *const all_names[15] = { "price", "delta", "gamma",      "vega",  "theta",
                                           "rho",   "phi",   "dual_delta", "vanna", "charm",
                                           "vomma", "speed", "zomma",      "color", "veta" };

/* What counts as one where a value itself is near 0. */
static void scales_of(const struct row *r, double v, double scale[15])
{
    double s = r->spot, root = sqrt(r->years), t = r->years;
    const double scales[15] = { fmax(s, r->strike),
                                1.0,
                                1.0 / (s * v),
                                s * root,
                                s * r->sigma / root + fabs(r->rate) * r->strike +
                                    fabs(r->yield) * s,
                                r->strike * t,
                                s * t,
                                1.0,
                                1.0 / r->sigma,
                                1.0 / t,
                                s * root / r->sigma,
                                1.0 / (s * v) / (s * v),
                                1.0 / (s * v * r->sigma),
                                1.0 / (s * v * t),
                                s / root };
    memcpy(scale, scales, sizeof scales);
}

TEST(european, agrees_with_sixty_digits_on_every_golden_row)
{
    NEED_SHARED("golden/european_greeks.csv");
    struct golden g;
    golden_open(&g, "golden/european_greeks.csv");
    double worst = 0.0, worst_price = 0.0, worst_relative = 0.0;
    int worst_row = 0, worst_column = 0;
    while (golden_next(&g)) {
        struct row r =
            row_of((int8_t)golden_number(&g, "cp"), golden_number(&g, "S"), golden_number(&g, "K"),
                   golden_number(&g, "T"), golden_number(&g, "sigma"), golden_number(&g, "r"),
                   golden_number(&g, "q"));
        struct all a = price_all(&r);
        CHECK_EQ(a.status, PRICING_OK);
        double v = r.sigma * sqrt(r.years), scale[15];
        double x = log(r.spot / r.strike) + (r.rate - r.yield) * r.years;
        double d1_d2 = (x / v + 0.5 * v) * (x / v - 0.5 * v);
        scales_of(&r, v, scale);
        for (int k = 0; k < 15; k++) {
            double want = golden_number(&g, all_names[k]), error = fabs(a.out[k] - want);
            double allowed = 32.0 * DBL_EPSILON * (1.0 + fabs(d1_d2)) * fabs(want) +
                             2.0 * DBL_EPSILON * scale[k];
            if (!(error <= allowed))
                fail_msg("row %d, %s: %.17g is not %.17g (%.2f of what is allowed)", g.row,
                         all_names[k], a.out[k], want, error / allowed);
            if (error / allowed > worst) {
                worst = error / allowed;
                worst_row = g.row;
                worst_column = k;
            }
        }
        double want = golden_number(&g, "price"), error = fabs(a.out[0] - want);
        worst_price = fmax(worst_price, error / scale[0]);
        if (want > 1e-4)
            worst_relative = fmax(worst_relative, error / want);
    }
    CHECK_EQ(g.row, 986);
    print_message("european: worst error is %.2f of what is allowed (row %d, %s); prices %.1e of "
                  "max(S,K), %.1e of themselves above 1e-4\n",
                  worst, worst_row, all_names[worst_column], worst_price, worst_relative);
    CHECK(worst_price <= 1e-15);
    CHECK(worst_relative <= 1e-11);
}

TEST(european, agrees_with_every_published_price)
{
    NEED_SHARED("golden/published_vanilla.csv");
    struct golden g;
    golden_open(&g, "golden/published_vanilla.csv");
    int count = 0;
    while (golden_next(&g)) {
        if (!str_is(golden_text(&g, "style"), "european") ||
            !str_is(golden_text(&g, "measure"), "price"))
            continue;
        struct row r =
            row_of((int8_t)golden_number(&g, "cp"), golden_number(&g, "S"), golden_number(&g, "K"),
                   golden_number(&g, "T"), golden_number(&g, "sigma"), golden_number(&g, "r"),
                   golden_number(&g, "q"));
        price_spot(&r);
        CHECK_NEAR(r.price, golden_number(&g, "value"), golden_number(&g, "tolerance"));
        count++;
    }
    CHECK(count == 42);
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
        CHECK_NEAR(normal_cdf(x), cdf, DBL_EPSILON * cdf * (4.0 + x * x) + 1e-310);
    }
}

TEST(european, keeps_its_digits_where_almost_nothing_is_left)
{
    /* Values in 60 digits, made from the same binary inputs. */
    struct row call = row_of(1, 100, 200, 0.019178082191780823, 0.2, 0, 0);
    price_spot(&call);
    CHECK_NEAR(call.price / 2.4808333024202853e-139, 1.0, 1e-11);
    CHECK_NEAR(call.vega / 7.805881907209844e-136, 1.0, 1e-11);
    struct row put = row_of(-1, 100, 50, 0.00011415525114155251, 3.0, 0.06, 0);
    price_spot(&put);
    CHECK_NEAR(put.price / 5.427193817299210549e-105, 1.0, 1e-11);
    CHECK_NEAR(put.theta / -1.118734922701193817e-98, 1.0, 1e-11);
    struct row gone = row_of(-1, 100, 50, 1e-6, 0.1, 0, 0);
    price_spot(&gone);
    CHECK_EQ(gone.status, PRICING_OK);
    CHECK(gone.price == 0.0);
}

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

static struct row random_row(struct rng *rng)
{
    struct row r = row_of(rng_below(rng, 2) ? 1 : -1, between(rng, 50, 500), 0.0,
                          exp(between(rng, log(2e-5), log(3.0))), between(rng, 0.03, 1.5),
                          between(rng, -0.02, 0.08), between(rng, -0.02, 0.05));
    double reach = 4.0 * r.sigma * sqrt(r.years);
    r.strike = r.spot * exp(between(rng, -reach, reach));
    return r;
}

TEST(european, obeys_parity_bounds_and_shape_on_random_options)
{
    struct rng rng;
    rng_init(&rng, 1, 0, 1);
    for (int i = 0; i < 20000; i++) {
        struct row call = random_row(&rng), put, wider, step;
        call.sign = 1;
        put = call;
        put.sign = -1;
        price_spot(&call);
        price_spot(&put);
        double spot = call.spot * exp(-call.yield * call.years);
        double strike = call.strike * exp(-call.rate * call.years);
        double unit = 4.0 * DBL_EPSILON * fmax(spot, strike);
        CHECK_NEAR(call.price - put.price, spot - strike, unit);
        CHECK(call.price >= fmax(spot - strike, 0.0) - unit);
        CHECK(call.price <= spot);
        CHECK(put.price <= strike);
        CHECK_NEAR(call.gamma, put.gamma, 1e-14 * call.gamma);
        CHECK(call.delta >= 0.0);
        CHECK(put.delta <= 0.0);
        wider = call;
        wider.sigma *= 1.01;
        price_spot(&wider);
        CHECK(wider.price >= call.price - unit);
        /* Convex in the strike: the wings of a butterfly are worth more than its body. */
        struct row low = call, high = call;
        step = call;
        low.strike *= 0.98;
        high.strike = 2.0 * step.strike - low.strike;
        price_spot(&low);
        price_spot(&high);
        CHECK(low.price + high.price - 2.0 * call.price >= -4.0 * unit);
        CHECK(low.price >= call.price - unit);
    }
}

TEST(european, greeks_are_the_slopes_of_the_price)
{
    struct rng rng;
    rng_init(&rng, 2, 0, 1);
    for (int i = 0; i < 2000; i++) {
        struct row r = random_row(&rng), up, down;
        r.years = fmax(r.years, 0.01);
        r.strike = r.spot * exp(between(&rng, -2.0, 2.0) * r.sigma * sqrt(r.years));
        price_spot(&r);
        double v = r.sigma * sqrt(r.years), h;
        const struct {
            double *up, *down, step, slope;
        } slopes[] = {
            { &up.spot, &down.spot, 1e-4 * v * r.spot, r.delta },
            { &up.sigma, &down.sigma, 1e-4 * r.sigma, r.vega },
            { &up.years, &down.years, 1e-4 * r.years, -r.theta },
            { &up.rate, &down.rate, 1e-5, r.rho },
        };
        FOR_EACH (s, slopes) {
            up = down = r;
            h = s->step;
            *s->up += h;
            *s->down -= h;
            price_spot(&up);
            price_spot(&down);
            double slope = (up.price - down.price) / (2.0 * h);
            double noise = 4.0 * DBL_EPSILON * fmax(r.spot, r.strike) / h;
            CHECK_NEAR(s->slope, slope, 1e-6 * (fabs(slope) + r.spot * v / (h * 1e4)) + noise);
        }
        up = down = r;
        h = 1e-3 * v * r.spot;
        up.spot += h;
        down.spot -= h;
        price_spot(&up);
        price_spot(&down);
        CHECK_NEAR(r.gamma, (up.delta - down.delta) / (2.0 * h),
                   1e-5 * r.gamma + 1e-9 / r.spot / v);
    }
}

TEST(european, chain_gives_what_the_general_forms_give)
{
    struct rng rng;
    rng_init(&rng, 3, 0, 1);
    for (int i = 0; i < 2000; i++) {
        struct row want = random_row(&rng), got = want, future = want;
        price_spot(&want);
        struct black76_expiry expiry = {
            .forward = want.spot * exp((want.rate - want.yield) * want.years),
            .discount = exp(-want.rate * want.years),
            .years = want.years,
            .spot = want.spot,
        };
        struct pricing_greeks out = { &got.price, &got.delta, &got.gamma, &got.vega,
                                      &got.theta, &got.rho,   &got.status };
        CHECK_EQ(black76_chain(&expiry, 1, &got.strike, &got.sign, &got.sigma, &out), 0);
        double v = want.sigma * sqrt(want.years),
               far = 1.0 + fabs(log(want.strike / want.spot)) / v;
        double near = 1e-12 * far * far / v, scale = fmax(want.spot, want.strike);
        CHECK_NEAR(got.price, want.price, near * want.price + 1e-15 * scale);
        CHECK_NEAR(got.delta, want.delta, near);
        CHECK_NEAR(got.gamma, want.gamma, near / want.spot / v);
        CHECK_NEAR(got.vega, want.vega, near * scale * sqrt(want.years));
        CHECK_NEAR(got.theta, want.theta, near * scale * (1.0 + v / want.years));
        CHECK_NEAR(got.rho, want.rho, near * scale * want.years);
        /* About the forward: the general Black-76 form; what is shared is rounded at another place.
         */
        expiry.spot = 0.0;
        CHECK_EQ(black76_chain(&expiry, 1, &got.strike, &got.sign, &got.sigma, &out), 0);
        CHECK_EQ(
            black76(1,
                    &(struct black76_terms){ &expiry.forward, &future.strike, &expiry.discount,
                                             &future.years, &future.sigma, &future.sign },
                    &(struct pricing_greeks){ &future.price, &future.delta, &future.gamma,
                                              &future.vega, &future.theta, &future.rho, NULL }),
            0);
        CHECK_NEAR(got.price, future.price, near * want.price + 1e-15 * scale);
        CHECK_NEAR(got.delta, future.delta, near);
        CHECK_NEAR(got.theta, future.theta, near * scale * (1.0 + v / want.years));
        CHECK_NEAR(got.rho, -want.years * got.price, 1e-12 * want.years * got.price);
    }
}

TEST(european, variance_clock_replaces_time_in_the_vol_only)
{
    double strike = 105.0, sigma = 0.3, slower = 0.3 * sqrt(0.25), price, same, theta;
    int8_t sign = OPTION_SIGN_PUT;
    struct black76_expiry expiry = { .forward = 100.0, .discount = 0.99, .years = 0.2 };
    black76_chain(&expiry, 1, &strike, &sign, &slower, &(struct pricing_greeks){ .price = &same });
    expiry.variance_years = 0.05;
    black76_chain(&expiry, 1, &strike, &sign, &sigma,
                  &(struct pricing_greeks){ .price = &price, .theta = &theta });
    CHECK_NEAR(price, same, 1e-13);
    /* Both clocks run down together. */
    double years = 0.2 * (1.0 - 1e-5), later;
    struct black76_expiry then = { .forward = 100.0,
                                   .discount = pow(0.99, 1.0 - 1e-5),
                                   .years = years,
                                   .variance_years = 0.05 * (1.0 - 1e-5) };
    black76_chain(&then, 1, &strike, &sign, &sigma, &(struct pricing_greeks){ .price = &later });
    CHECK_NEAR(theta, (later - price) / (0.2 * 1e-5), 1e-3);
}

TEST(european, says_what_is_wrong_and_makes_no_number_up)
{
    static const struct {
        double forward, discount, years, strike, sigma;
        int8_t sign;
        uint8_t status;
        double price, delta;
    } cases[] = {
        { 100, 0.9, 0.5, 80, 0.0, 1, PRICING_NO_VOLATILITY, 18.0, 0.9 },
        { 100, 0.9, 0.5, 80, 0.0, -1, PRICING_NO_VOLATILITY, 0.0, 0.0 },
        { 100, 1.0, 0.0, 80, 0.2, 1, PRICING_EXPIRED, 20.0, 1.0 },
        { 100, 1.0, 0.0, 100, 0.2, -1, PRICING_EXPIRED, 0.0, -0.5 },
        { 100, 0.9, 0.5, 80, NAN, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.9, 0.5, 80, -0.1, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.9, 0.5, 80, INFINITY, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.9, 0.5, 0, 0.2, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.9, 0.5, 80, 0.2, 0, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.0, 0.5, 80, 0.2, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 100, 0.9, -0.1, 80, 0.2, 1, PRICING_BAD_INPUT, NAN, NAN },
        { NAN, 0.9, 0.5, 80, 0.2, 1, PRICING_BAD_INPUT, NAN, NAN },
        { 1e300, 1e300, 0.5, 80, 0.2, 1, PRICING_OUT_OF_RANGE, NAN, NAN },
    };
    FOR_EACH (c, cases) {
        struct black76_expiry expiry = { .forward = c->forward,
                                         .discount = c->discount,
                                         .years = c->years };
        struct row r;
        struct pricing_greeks out = { &r.price, &r.delta, &r.gamma, &r.vega,
                                      &r.theta, &r.rho,   &r.status };
        CHECK_EQ(black76_chain(&expiry, 1, &c->strike, &c->sign, &c->sigma, &out), 1);
        CHECK_STR(pricing_status_name(r.status), pricing_status_name(c->status));
        CHECK(isnan(c->price) ? isnan(r.price) : fabs(r.price - c->price) < 1e-12);
        CHECK(isnan(c->delta) ? isnan(r.delta) : fabs(r.delta - c->delta) < 1e-12);
        CHECK(isnan(r.gamma));
        CHECK(isnan(r.vega));
    }
    CHECK_STR(pricing_status_name(200), "unknown");
}
