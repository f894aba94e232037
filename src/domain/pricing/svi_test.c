#include "domain/pricing/svi.h"

#include "base/rng.h"
#include "domain/pricing/golden_test.h"
#include "domain/pricing/svi_int.h"

static const struct svi vogt = { -0.0410, 0.1331, 0.3060, 0.3586, 0.4153 };

TEST(svi, reads_every_golden_slice_to_rounding)
{
    NEED_SHARED("golden/svi_raw_slice.csv");
    struct golden golden;
    golden_open(&golden, "golden/svi_raw_slice.csv");
    double worst = 0.0;
    int rows = 0, negative = 0, worst_row = 0;
    while (golden_next(&golden)) {
        struct svi s = { golden_number(&golden, "a"), golden_number(&golden, "b"),
                         golden_number(&golden, "rho"), golden_number(&golden, "m"),
                         golden_number(&golden, "sigma") };
        double k = golden_number(&golden, "k"), w, slope, curvature, g, density;
        CHECK_EQ(
            svi_slice(&s, 1, &k,
                      &(struct svi_columns){ &w, &slope, &curvature, &g, &density, NULL, NULL }),
            0);
        /* Errors over what rounding of the terms (each at most about 1) allows. */
        double off[] = { (w - golden_number(&golden, "w")) / w,
                         slope - golden_number(&golden, "dw_dk"),
                         (curvature - golden_number(&golden, "d2w_dk2")) / curvature,
                         (g - golden_number(&golden, "g")) / (1.0 + fabs(g)),
                         (density - golden_number(&golden, "density")) / (1.0 + fabs(density)) };
        FOR_EACH (o, off) {
            if (fabs(*o) > worst) {
                worst = fabs(*o);
                worst_row = golden.row;
            }
        }
        if (g < 0.0) {
            CHECK_EQ(svi_butterfly(&s, NULL), PRICING_ARBITRAGE);
            negative++;
        }
        rows++;
    }
    print_message("svi: %d golden rows, worst error %.1e in row %d, g < 0 in %d\n", rows, worst,
                  worst_row, negative);
    CHECK(rows > 100);
    CHECK(negative > 0);
    CHECK(worst < 2e-14);
}

TEST(svi, gives_the_published_jump_wings_of_the_vogt_smile)
{
    struct svi_jw jw;
    CHECK_EQ(svi_to_jw(&vogt, 1.0, &jw), PRICING_OK);
    /* Gatheral and Jacquier (2014), example 3.1 and 5.1, to the printed digits. */
    CHECK_NEAR(jw.v, 0.01742625, 0.5e-8);
    CHECK_NEAR(jw.psi, -0.1752111, 0.5e-7);
    CHECK_NEAR(jw.p, 0.6997381, 0.5e-7);
    CHECK_NEAR(jw.c, 1.316798, 0.5e-6);
    CHECK_NEAR(jw.v_min, 0.0116249, 0.5e-7);
    double where;
    CHECK_EQ(svi_butterfly(&vogt, &where), PRICING_ARBITRAGE);
    CHECK(svi_g(where, svi_at(&vogt, where)) < 0.0);

    struct svi closed, wing;
    CHECK_EQ(svi_repair_closed(&vogt, 1.0, &closed), PRICING_OK);
    CHECK_EQ(svi_to_jw(&closed, 1.0, &jw), PRICING_OK);
    CHECK_NEAR(jw.c, 0.3493158, 0.5e-7 + 1e-7);
    CHECK_NEAR(jw.v_min, 0.01548182, 0.5e-8);
    CHECK_EQ(svi_butterfly(&closed, NULL), PRICING_OK);
    CHECK_EQ(svi_repair_wing(&vogt, 1.0, &wing), PRICING_OK);
    CHECK_EQ(svi_to_jw(&wing, 1.0, &jw), PRICING_OK);
    CHECK_NEAR(jw.v_min, 0.0116249, 0.5e-7);
    CHECK_EQ(svi_butterfly(&wing, NULL), PRICING_OK);
    /* Nearer to the smile (c 1.316798) than the 0.8564763 found by their optimiser. */
    CHECK_NEAR(jw.c, 0.921755, 1e-6);

    /* Their own: free of arbitrage, and back to the printed digits. */
    struct svi_jw published = { 0.01742625, -0.1752111, 0.6997381, 0.8564763, 0.0116249 };
    CHECK_EQ(svi_from_jw(&published, 1.0, &wing), PRICING_OK);
    CHECK_EQ(svi_butterfly(&wing, NULL), PRICING_OK);
    CHECK_EQ(svi_to_jw(&wing, 1.0, &jw), PRICING_OK);
    CHECK_NEAR(jw.c, 0.8564763, 1e-12);
    CHECK_NEAR(jw.v_min, 0.0116249, 1e-12);

    /* And their jump-wings of the smile give its raw form back, as far as the digits printed say.
     */
    published = (struct svi_jw){ 0.01742625, -0.1752111, 0.6997381, 1.316798, 0.0116249 };
    CHECK_EQ(svi_from_jw(&published, 1.0, &wing), PRICING_OK);
    CHECK_NEAR(wing.a, vogt.a, 1e-4);
    CHECK_NEAR(wing.b, vogt.b, 1e-7);
    CHECK_NEAR(wing.rho, vogt.rho, 1e-6);
    CHECK_NEAR(wing.m, vogt.m, 1e-4);
    CHECK_NEAR(wing.sigma, vogt.sigma, 1e-4);
}

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

/* Any shape a smile may have, and many it may not. */
static struct svi any_slice(struct rng *rng)
{
    struct svi s = { .b = pow(10.0, between(rng, -3.0, 0.3)),
                     .rho = between(rng, -0.99, 0.99),
                     .m = between(rng, -0.3, 0.3),
                     .sigma = pow(10.0, between(rng, -2.5, 0.0)) };
    s.a = pow(10.0, between(rng, -4.0, 0.0)) - s.b * s.sigma * sqrt(1.0 - s.rho * s.rho);
    return s;
}

TEST(svi, forms_convert_there_and_back)
{
    struct rng rng;
    rng_init(&rng, 11, 0, 1);
    for (int i = 0; i < 2000; i++) {
        struct svi s = any_slice(&rng), back;
        struct svi_natural natural;
        struct svi_jw jw;
        double years = between(&rng, 0.01, 3.0), k = between(&rng, -1.0, 1.0);
        CHECK_EQ(svi_to_natural(&s, &natural), PRICING_OK);
        CHECK_EQ(svi_from_natural(&natural, &back), PRICING_OK);
        CHECK_NEAR(svi_w(&back, k), svi_w(&s, k), 1e-12 * (1.0 + svi_w(&s, k)));
        CHECK_EQ(svi_to_jw(&s, years, &jw), PRICING_OK);
        /* The floor is a difference of the variances: where they agree, the digits are gone. */
        if (jw.v - jw.v_min < 1e-3 * jw.v || svi_from_jw(&jw, years, &back) != PRICING_OK)
            continue;
        CHECK_NEAR(svi_w(&back, k), svi_w(&s, k), 1e-8 * (1.0 + svi_w(&s, k)));
    }
    struct svi_jw level = { 0.04, 0.0, 0.5, 0.5, 0.04 };
    struct svi out = vogt;
    CHECK_EQ(svi_from_jw(&level, 1.0, &out), PRICING_OUT_OF_RANGE);
    CHECK_NEAR(out.a, vogt.a, 0.0);
}

/* The least of g on a fine grid, to hold the proof against. */
static double sampled_least(const struct svi *s, double reach, int points)
{
    double least = INFINITY;
    for (int i = 0; i <= points; i++) {
        double u = reach * (2.0 * i / points - 1.0), k = s->m + s->sigma * sinh(u);
        least = fmin(least, svi_g(k, svi_at(s, k)));
    }
    return least;
}

TEST(svi, butterfly_proof_agrees_with_a_fine_grid)
{
    struct rng rng;
    rng_init(&rng, 12, 0, 1);
    int verdicts[2] = { 0 };
    for (int i = 0; i < 4000; i++) {
        struct svi s = any_slice(&rng);
        double where, least = sampled_least(&s, 12.0, 600);
        bool is_free = svi_butterfly(&s, &where) == PRICING_OK;
        verdicts[is_free]++;
        if (is_free)
            CHECK(least > -1e-9);
        else if (isfinite(where))
            CHECK(svi_g(where, svi_at(&s, where)) < 1e-9);
    }
    print_message("svi: %d of 4000 random slices free of butterfly arbitrage\n", verdicts[1]);
    CHECK(verdicts[0] > 500);
    CHECK(verdicts[1] > 500);
}

TEST(svi, calendar_proof_agrees_with_a_fine_grid)
{
    struct rng rng;
    rng_init(&rng, 13, 0, 1);
    int verdicts[2] = { 0 };
    for (int i = 0; i < 4000; i++) {
        struct svi near = any_slice(&rng), far = any_slice(&rng);
        far.b = near.b * between(&rng, 0.9, 3.0);
        far.a += svi_least(&near);
        double where, least = INFINITY;
        for (int j = 0; j <= 600; j++) {
            double k = far.m + far.sigma * sinh(10.0 * (2.0 * j / 600 - 1.0));
            least = fmin(least, (svi_w(&far, k) - svi_w(&near, k)) / svi_w(&near, k));
        }
        bool is_free = svi_calendar(&near, &far, &where) == PRICING_OK;
        verdicts[is_free]++;
        if (is_free)
            CHECK(least > -1e-9);
        else if (isfinite(where))
            CHECK(svi_w(&far, where) - svi_w(&near, where) < 1e-9 * svi_w(&near, where));
        CHECK_EQ(svi_calendar(&near, &near, NULL), PRICING_OK);
    }
    CHECK(verdicts[0] > 300);
    CHECK(verdicts[1] > 300);
}

TEST(svi, density_integrates_to_one_and_to_the_forward)
{
    static const struct svi slices[] = { { 0.02, 0.1, -0.6, 0.05, 0.2 },
                                         { 1e-4, 0.008, -0.4, 0.01, 0.02 } };
    FOR_EACH (s, slices) {
        CHECK_EQ(svi_butterfly(s, NULL), PRICING_OK);
        double total = 0.0, mean = 0.0, reach = 40.0 * sqrt(svi_w(s, 0.0));
        enum { STEPS = 40000 };
        double half_way = 0.0;
        for (int i = 0; i < STEPS; i++) {
            double k = reach * (2.0 * (i + 0.5) / STEPS - 1.0), density;
            svi_slice(s, 1, &k, &(struct svi_columns){ .density = &density });
            total += density * 2.0 * reach / STEPS;
            mean += density * exp(k) * 2.0 * reach / STEPS;
            if (i == STEPS / 2 - 1)
                half_way = total;
        }
        CHECK_NEAR(total, 1.0, 1e-6);
        CHECK_NEAR(mean, 1.0, 1e-5);
        double zero = 0.0, below, k[3];
        svi_slice(s, 1, &zero, &(struct svi_columns){ .below = &below });
        CHECK_NEAR(below, half_way, 1e-6);
        double p[3] = { 1e-6, below, 0.999 }, again[3];
        CHECK_EQ(svi_quantile(s, 3, p, k, NULL), 0);
        CHECK_NEAR(k[1], 0.0, 1e-12);
        svi_slice(s, 3, k, &(struct svi_columns){ .below = again });
        for (int i = 0; i < 3; i++)
            CHECK_NEAR(again[i], p[i], 1e-13);
    }
}

TEST(svi, refuses_what_is_no_slice)
{
    static const struct svi bad[] = {
        { NAN, 0.1, 0.0, 0.0, 0.1 },  { 0.04, -0.1, 0.0, 0.0, 0.1 },
        { 0.04, 0.1, 1.0, 0.0, 0.1 }, { 0.04, 0.1, 0.0, INFINITY, 0.1 },
        { 0.04, 0.1, 0.0, 0.0, 0.0 }, { -0.04, 0.1, 0.0, 0.0, 0.1 },
        { 0.04, INFINITY, 0.0, 0, 1 }
    };
    FOR_EACH (s, bad) {
        double k = 0.0, w, where;
        uint8_t status;
        CHECK_EQ(svi_slice(s, 1, &k, &(struct svi_columns){ .w = &w, .status = &status }), 1);
        CHECK_EQ(status, PRICING_BAD_INPUT);
        CHECK(isnan(w));
        CHECK_EQ(svi_butterfly(s, &where), PRICING_BAD_INPUT);
        CHECK_EQ(svi_calendar(&vogt, s, NULL), PRICING_BAD_INPUT);
    }
    struct svi steep = { 0.04, 1.5, -0.5, 0.0, 0.5 }; /* the put wing is 2.25 */
    double where;
    CHECK_EQ(svi_butterfly(&steep, &where), PRICING_ARBITRAGE);
    CHECK(isinf(where) && where < 0.0);
}
