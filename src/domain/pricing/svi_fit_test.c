#include "domain/pricing/svi_fit.h"

#include "base/rng.h"
#include "domain/pricing/lanes.h"
#include "domain/pricing/svi_int.h"
#include "tests/testing.h"

enum { QUOTES = 31, EXPIRIES = 8 };

struct made {
    double k[QUOTES], w[QUOTES], weight[QUOTES];
};

static struct svi_quotes quotes_of(const struct made *m)
{
    return (struct svi_quotes){ QUOTES, m->k, m->w, m->weight };
}

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

/* Quotes of a slice over some four standard deviations, in error by a part of their spread. */
static void quote_slice(struct rng *rng, const struct svi *s, double noise, struct made *m)
{
    double reach = 4.0 * sqrt(svi_w(s, 0.0));
    for (int i = 0; i < QUOTES; i++) {
        m->k[i] = reach * (i - 18) / 15.0;
        double w = svi_w(s, m->k[i]), spread = noise * w * (1.0 + fabs(m->k[i] / reach));
        m->w[i] = fmax(w + spread * 0.5 * rng_normal(rng), 1e-3 * w);
        m->weight[i] = 1.0 / fmax(spread, 1e-6 * w);
    }
}

/* A smile like those of indices and stocks, from jump-wings; sometimes one that holds arbitrage. */
static struct svi random_slice(struct rng *rng, double years)
{
    for (;;) {
        double vol = 0.08 + 0.7 * rng_uniform(rng) * rng_uniform(rng), w = vol * vol * years;
        struct svi s = { .rho = between(rng, -0.9, 0.5),
                         .sigma = sqrt(w) * pow(10.0, between(rng, -1.5, 0.4)) };
        s.b = sqrt(w) * between(rng, 0.1, 1.5);
        s.m = sqrt(w) * between(rng, -1.0, 1.0);
        s.a = w * between(rng, 0.2, 1.0) - s.b * s.sigma * sqrt(1.0 - s.rho * s.rho);
        if (svi_is_valid(&s))
            return s;
    }
}

TEST(svi_fit, finds_a_clean_slice_again)
{
    struct rng rng;
    rng_init(&rng, 21, 0, 1);
    double worst = 0.0;
    uint32_t steps = 0;
    int free_ones = 0, missed = 0;
    for (int i = 0; i < testing_share(2000); i++) {
        struct svi s = random_slice(&rng, between(&rng, 1.0 / 365, 2.0));
        struct made m;
        struct svi_fit fit;
        if (svi_butterfly(&s, NULL) != PRICING_OK)
            continue;
        quote_slice(&rng, &s, 0.0, &m);
        struct svi_quotes quotes = quotes_of(&m);
        CHECK_EQ(svi_fit(&quotes, NULL, &fit), PRICING_OK);
        worst = fmax(worst, fit.rms / svi_w(&s, 0.0));
        missed += fit.rms > 1e-6 * svi_w(&s, 0.0);
        steps += fit.steps;
        free_ones++;
    }
    print_message("svi_fit: %d clean slices, worst relative rms %.1e, %d above 1e-6, %.1f steps\n",
                  free_ones, worst, missed, steps / (double)free_ones);
    CHECK(free_ones > testing_share(1000));
    CHECK(missed * 200 < free_ones + 200); /* one more, for the few of a share */
}

static double rms_of(const struct svi *s, const struct made *m)
{
    double sum = 0.0, weights = 0.0;
    for (int i = 0; i < QUOTES; i++) {
        double off = (svi_w(s, m->k[i]) - m->w[i]) * m->weight[i];
        sum += off * off;
        weights += m->weight[i] * m->weight[i];
    }
    return sqrt(sum / weights);
}

struct tally {
    int slices, repaired, calendar;
    double cost; /* sum of rms / rms_free of the repaired */
};

static void fit_term_structure(struct rng *rng, struct tally *tally)
{
    struct svi before;
    double years = between(rng, 1.0, 5.0) / 365.0;
    bool is_wild = rng_below(rng, 4) == 0; /* expiries that have nothing to do with each other */
    struct svi shape = random_slice(rng, 1.0);
    for (int i = 0; i < EXPIRIES; i++, years = fmin(years * between(rng, 1.2, 2.4), 2.0)) {
        struct svi s = shape;
        struct made m;
        struct svi_fit fit;
        /* One shape through time, in standard deviations; or any. */
        s.a *= years;
        s.b *= sqrt(years);
        s.m *= sqrt(years);
        s.sigma *= sqrt(years);
        if (is_wild)
            s = random_slice(rng, years);
        quote_slice(rng, &s, pow(10.0, between(rng, -3.5, -0.7)), &m);
        struct svi_quotes quotes = quotes_of(&m);
        CHECK_EQ(svi_fit(&quotes, &(struct svi_hints){ .near = i ? &before : NULL }, &fit),
                 PRICING_OK);
        CHECK_EQ(svi_butterfly(&fit.slice, NULL), PRICING_OK);
        if (i)
            CHECK_EQ(svi_calendar(&before, &fit.slice, NULL), PRICING_OK);
        CHECK_NEAR(fit.rms, rms_of(&fit.slice, &m), 1e-9 * fit.rms);
        CHECK(fit.repairs || fit.rms == fit.rms_free);
        before = fit.slice;
        tally->slices++;
        tally->repaired += fit.repairs > 0;
    }
}

TEST(svi_fit, ten_thousand_random_slices_of_one_day_to_two_years_hold_no_arbitrage)
{
    struct rng rng;
    struct tally tally = { .slices = 0 };
    rng_init(&rng, 22, 0, 1);
    while (tally.slices < testing_share(10000))
        fit_term_structure(&rng, &tally);
    print_message("svi_fit: %d slices, %d of them had arbitrage when fitted freely\n", tally.slices,
                  tally.repaired);
    CHECK(tally.repaired * 20 > tally.slices);
}

TEST(svi_fit, freedom_costs_no_more_than_repairing_the_free_fit_on_ten_thousand_slices)
{
    struct rng rng;
    rng_init(&rng, 23, 0, 1);
    int repaired = 0, unrepaired = 0, better = 0;
    double gain = 0.0, worst = 0.0;
    int slices = testing_share(10000);
    for (int i = 0; i < slices; i++) {
        struct svi s = random_slice(&rng, between(&rng, 1.0 / 365, 2.0)), by[2];
        struct made m;
        struct svi_fit fit;
        bool is_free = svi_butterfly(&s, NULL) == PRICING_OK;
        quote_slice(&rng, &s, 1e-3, &m);
        struct svi_quotes quotes = quotes_of(&m);
        CHECK_EQ(svi_fit(&quotes, NULL, &fit), PRICING_OK);
        CHECK_EQ(svi_butterfly(&fit.slice, NULL), PRICING_OK);
        better += fit.rms < fit.rms_free * (1.0 - 1e-6); /* the free fit was in a lesser minimum */
        if (!fit.repairs) {
            CHECK(fit.rms == fit.rms_free);
            unrepaired++;
            continue;
        }
        double least = is_free ? rms_of(&s, &m) : INFINITY;
        if (svi_repair_wing(&s, 1.0, &by[0]) == PRICING_OK)
            least = fmin(least, rms_of(&by[0], &m));
        if (svi_repair_closed(&s, 1.0, &by[1]) == PRICING_OK)
            least = fmin(least, rms_of(&by[1], &m));
        if (!isfinite(least))
            continue;
        /* The slice itself was repaired here, its noisy fit there: 5 % for that. */
        CHECK(fit.rms <= 1.05 * least);
        worst = fmax(worst, fit.rms / least);
        gain += log(fit.rms / least);
        repaired++;
    }
    print_message(
        "svi_fit: %d slices: %d need no repair and have the rms of the free fit; of %d repaired fits the rms "
        "is %.2f of the repair's in the geometric mean, %.3f at most; %d are better than the free fit\n",
        slices, unrepaired, repaired, exp(gain / repaired), worst, better);
    CHECK(better * 100 < slices);
    CHECK(repaired * 7 > slices);
    CHECK((unrepaired + repaired) * 10 > slices * 9); /* to the rest no published repair applies */
}

TEST(svi_fit, a_warm_start_gives_the_same_answer_in_few_steps)
{
    struct rng rng;
    rng_init(&rng, 24, 0, 1);
    uint32_t steps = 0;
    int count = 0, other = 0;
    for (int i = 0; i < testing_share(1000); i++) {
        struct svi s = random_slice(&rng, between(&rng, 1.0 / 365, 2.0));
        struct made m;
        struct svi_fit cold, warm;
        quote_slice(&rng, &s, 2e-3, &m);
        struct svi_quotes quotes = quotes_of(&m);
        CHECK_EQ(svi_fit(&quotes, NULL, &cold), PRICING_OK);
        s.a *= 1.05;
        s.b *= 0.95;
        s.sigma *= 1.1;
        CHECK_EQ(svi_fit(&quotes, &(struct svi_hints){ .start = &s }, &warm), PRICING_OK);
        other += fabs(warm.rms_free - cold.rms_free) > 1e-3 * cold.rms_free;
        steps += warm.steps;
        count++;
    }
    print_message("svi_fit: %.1f steps from a warm start, another minimum in %d of %d\n",
                  steps / (double)count, other, count);
    CHECK(other * 50 < count);
}

TEST(svi_fit, says_when_it_cannot)
{
    double k[] = { -0.1, -0.05, 0.0, 0.05, NAN, 0.1 },
           w[] = { 0.05, 0.045, 0.04, 0.041, 0.04, -1.0 };
    struct svi_quotes quotes = { 6, k, w, NULL };
    struct svi_fit fit;
    CHECK_EQ(svi_fit(&quotes, NULL, &fit), PRICING_TOO_FEW_QUOTES);
    CHECK(isnan(fit.slice.a) && isnan(fit.rms));
    k[4] = 0.08;
    struct svi bad = { -0.0410, 0.1331, 0.3060, 0.3586, 0.4153 };
    CHECK_EQ(svi_fit(&quotes, &(struct svi_hints){ .near = &bad }, &fit), PRICING_BAD_INPUT);
    CHECK_EQ(svi_fit(&quotes, &(struct svi_hints){ .start = &bad }, &fit), PRICING_OK);
    quotes.count = SVI_QUOTES_MAX + 1;
    CHECK_EQ(svi_fit(&quotes, NULL, &fit), PRICING_BAD_INPUT);
}

TEST(svi_fit, stays_above_an_earlier_slice_that_the_quotes_cross)
{
    struct rng rng;
    rng_init(&rng, 25, 0, 1);
    struct svi near = { 0.02, 0.1, -0.4, 0.02, 0.1 }, far = { 0.012, 0.12, -0.1, 0.0, 0.1 };
    struct made m;
    struct svi_fit fit;
    CHECK_EQ(svi_butterfly(&near, NULL), PRICING_OK);
    CHECK_EQ(svi_calendar(&near, &far, NULL), PRICING_ARBITRAGE);
    quote_slice(&rng, &far, 0.001, &m);
    struct svi_quotes quotes = quotes_of(&m);
    CHECK_EQ(svi_fit(&quotes, &(struct svi_hints){ .near = &near }, &fit), PRICING_OK);
    CHECK(fit.repairs > 0);
    CHECK_EQ(svi_calendar(&near, &fit.slice, NULL), PRICING_OK);
    /* Where the quotes are below the near slice the best one can do is the near slice. */
    double floor_sum = 0.0, weights = 0.0;
    for (int i = 0; i < QUOTES; i++) {
        double off = fmax(svi_w(&near, m.k[i]) - m.w[i], 0.0) * m.weight[i];
        floor_sum += off * off;
        weights += m.weight[i] * m.weight[i];
    }
    print_message("svi_fit: crossed by quotes, rms %.2e of at least %.2e\n", fit.rms,
                  sqrt(floor_sum / weights));
    CHECK(fit.rms >= sqrt(floor_sum / weights));
    CHECK(fit.rms < 2.0 * sqrt(floor_sum / weights));
}

TEST(svi_fit, gives_the_same_bits_at_every_vector_width)
{
    enum lanes_level widest = lanes_level();
    struct rng rng;
    rng_init(&rng, 26, 0, 1);
    for (int i = 0; i < 300; i++) {
        struct svi s = random_slice(&rng, between(&rng, 1.0 / 365, 2.0));
        struct made m;
        struct svi_fit first, other;
        quote_slice(&rng, &s, 2e-3, &m);
        struct svi_quotes quotes = quotes_of(&m);
        lanes_use(LANES_PORTABLE);
        CHECK_EQ(svi_fit(&quotes, NULL, &first), PRICING_OK);
        for (int level = LANES_AVX2; level < LANES_LEVEL_COUNT; level++) {
            if (!lanes_has((enum lanes_level)level))
                continue;
            lanes_use((enum lanes_level)level);
            CHECK_EQ(svi_fit(&quotes, NULL, &other), PRICING_OK);
            CHECK_EQ(memcmp(&first, &other, sizeof first), 0);
        }
    }
    lanes_use(widest);
}
