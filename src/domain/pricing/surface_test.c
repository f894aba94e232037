#include "domain/pricing/surface_fit.h"

#include <stdlib.h>

#include "base/rng.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/lanes.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/spx_chain_test.h"
#include "domain/pricing/surface_int.h"

static double between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

/* ---- made surfaces --------------------------------------------------------------------------- */

enum { STRIKES = 40, EXPIRIES = 6 };

struct made {
    double k[EXPIRIES][STRIKES], w[EXPIRIES][STRIKES], weight[EXPIRIES][STRIKES];
    struct surface_expiry expiry[EXPIRIES];
};

/* A smile in standard deviations x that SVI has no shape for, as large as bump asks. */
static double true_variance(double theta, double x, double bump)
{
    return theta * (1.0 - 0.25 * x + 0.08 * x * x / (1.0 + 0.1 * fabs(x)) +
                    bump * exp(-2.0 * (x - 0.4) * (x - 0.4)));
}

static void make(struct rng *rng, double noise, double bump, struct made *m)
{
    double years = between(rng, 1.0, 10.0) / 365.0, vol = between(rng, 0.1, 0.5);
    for (int i = 0; i < EXPIRIES; i++, years *= between(rng, 1.3, 2.5)) {
        double theta = vol * vol * years;
        for (int j = 0; j < STRIKES; j++) {
            double x = 0.18 * (j - 25), w = true_variance(theta, x, bump), half = noise * w;
            m->k[i][j] = x * sqrt(theta);
            m->w[i][j] = w + 0.3 * half * rng_normal(rng);
            m->weight[i][j] = 1.0 / half;
        }
        m->expiry[i] = (struct surface_expiry){ years,
                                                years,
                                                100.0 * exp(0.03 * years),
                                                exp(-0.04 * years),
                                                { STRIKES, m->k[i], m->w[i], m->weight[i] } };
    }
}

/* Finer than surface_check() looks, and beyond the quotes. */
static void check_finely(const struct surface *s)
{
    for (size_t i = 0; i < s->count; i++) {
        double reach = 8.0 * sqrt(svi_w(&s->slice[i].base, 0.0));
        for (int j = 0; j <= 4000; j++) {
            double k = reach * (j / 2000.0 - 1.0);
            struct svi_point at = surface_at(&s->slice[i], k);
            CHECK(at.w > 0.0);
            CHECK(svi_g(k, at) > -1e-6);
            if (i)
                CHECK(at.w >= surface_at(&s->slice[i - 1], k).w * (1.0 - 1e-9));
        }
    }
}

TEST(surface, fits_made_smiles_within_their_noise_and_without_arbitrage)
{
    struct rng rng;
    static struct made m;
    static struct surface s;
    struct surface_report report[EXPIRIES];
    rng_init(&rng, 31, 0, 1);
    double worst = 0.0, svi_worst = 0.0;
    for (int i = 0; i < 40; i++) {
        make(&rng, 0.002 * pow(10.0, between(&rng, 0.0, 1.0)), 0.02, &m);
        CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, report), PRICING_OK);
        CHECK_EQ(s.count, EXPIRIES);
        size_t slice;
        double k;
        CHECK_EQ(surface_check(&s, &slice, &k), PRICING_OK);
        check_finely(&s);
        for (int j = 0; j < EXPIRIES; j++) {
            worst = fmax(worst, report[j].error_median);
            svi_worst = fmax(svi_worst, report[j].svi_error_median);
            CHECK(!report[j].is_w_shaped);
        }
    }
    print_message("surface: worst median error %.2f of the quotes' own, %.2f by SVI alone\n", worst,
                  svi_worst);
    CHECK(worst < 0.5);
    CHECK(svi_worst > worst);
}

TEST(surface, smiles_that_no_market_allows_come_out_without_arbitrage)
{
    struct rng rng;
    static struct made m;
    static struct surface s;
    rng_init(&rng, 32, 0, 1);
    int flagged = 0;
    for (int i = 0; i < 60; i++) {
        struct surface_report report[EXPIRIES];
        make(&rng, between(&rng, 0.001, 0.2), between(&rng, -0.5, 0.8), &m);
        if (i % 3 == 0) /* expiries that cross */
            for (int j = 0; j < STRIKES; j++)
                m.w[2][j] *= between(&rng, 0.3, 1.0);
        CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, report), PRICING_OK);
        check_finely(&s);
        for (int j = 0; j < EXPIRIES; j++)
            flagged += report[j].is_w_shaped;
    }
    CHECK(flagged > 0);
}

TEST(surface, reports_a_w_and_only_a_w)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    struct surface_report report[EXPIRIES];
    rng_init(&rng, 33, 0, 1);
    make(&rng, 1e-4, 0.0, &m);
    for (int j = 0; j < STRIKES; j++) { /* minima at -1 and 1, a hump of 10 % at 0 */
        double x = 0.18 * (j - 25), theta = 0.04 * m.expiry[0].years;
        m.k[0][j] = x * sqrt(theta);
        m.w[0][j] = theta * (1.1 - 0.2 * x * x + 0.1 * x * x * x * x);
        m.weight[0][j] = 1.0 / (0.01 * theta);
    }
    CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, report), PRICING_OK);
    CHECK(report[0].is_w_shaped);
    CHECK_NEAR(report[0].hump, 0.08 * 0.04 * m.expiry[0].years, 0.01 * 0.04 * m.expiry[0].years);
    CHECK(report[0].svi_error_median > 1.0);
    for (int j = 1; j < EXPIRIES; j++)
        CHECK(!report[j].is_w_shaped);
}

/* ---- time ------------------------------------------------------------------------------------ */

static double call_price(double k, double w)
{
    /* The forward is 1: a call is an out-of-the-money price plus its intrinsic value. */
    return normalised_black(fabs(k), sqrt(w)).price * exp(0.5 * k) + fmax(1.0 - exp(k), 0.0);
}

TEST(surface, holds_no_arbitrage_between_before_and_after_its_expiries)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    rng_init(&rng, 34, 0, 1);
    for (int round = 0; round < 8; round++) {
        make(&rng, 0.003, 0.02, &m);
        CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, NULL), PRICING_OK);
        enum { TIMES = 60, POINTS = 161 };
        double k[POINTS], w[POINTS], before[POINTS] = { 0.0 };
        double first = 0.1 * m.expiry[0].variance_years,
               last = 2.0 * m.expiry[EXPIRIES - 1].variance_years;
        for (int i = 0; i < TIMES; i++) {
            double t = first * pow(last / first, i / (TIMES - 1.0));
            double reach = 5.0 * sqrt(0.06 * t);
            for (int j = 0; j < POINTS; j++)
                k[j] = 0.6 * (j - 80) / 80.0;
            CHECK_EQ(surface_total_variance(&s, t, POINTS, k, w, NULL), 0);
            for (int j = 0; j < POINTS; j++) {
                CHECK(w[j] >= before[j] * (1.0 - 1e-9));
                before[j] = w[j];
            }
            /* Call prices are convex in the strike. */
            double price[3], strike[3], width = reach / 80.0;
            for (int j = -80; j <= 80; j++) {
                for (int n = 0; n < 3; n++)
                    k[n] = width * (j + n - 1);
                CHECK_EQ(surface_total_variance(&s, t, 3, k, w, NULL), 0);
                for (int n = 0; n < 3; n++) {
                    strike[n] = exp(k[n]);
                    price[n] = call_price(k[n], w[n]);
                }
                double left = (price[1] - price[0]) / (strike[1] - strike[0]);
                double right = (price[2] - price[1]) / (strike[2] - strike[1]);
                CHECK(right - left > -1e-9);
            }
        }
    }
}

TEST(surface, gives_its_own_slices_and_linear_variance_at_the_money)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    rng_init(&rng, 35, 0, 1);
    make(&rng, 0.003, 0.0, &m);
    CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, NULL), PRICING_OK);
    double k[3] = { -0.1, 0.0, 0.1 }, w[3], a, b;
    for (size_t i = 0; i < s.count; i++) {
        CHECK_EQ(surface_total_variance(&s, s.slice[i].variance_years, 3, k, w, NULL), 0);
        for (int j = 0; j < 3; j++)
            CHECK_NEAR(w[j], surface_at(&s.slice[i], k[j]).w, 1e-15);
    }
    a = surface_at(&s.slice[2], 0.0).w;
    b = surface_at(&s.slice[3], 0.0).w;
    double middle = 0.25 * s.slice[2].variance_years + 0.75 * s.slice[3].variance_years;
    CHECK_EQ(surface_total_variance(&s, middle, 3, k, w, NULL), 0);
    CHECK_NEAR(w[1], 0.25 * a + 0.75 * b, 1e-12);
    uint8_t status[3];
    k[0] = NAN;
    CHECK_EQ(surface_total_variance(&s, middle, 3, k, w, status), 1);
    CHECK_EQ(status[0], PRICING_BAD_INPUT);
    CHECK(isnan(w[0]));
    CHECK_EQ(surface_total_variance(&s, 0.0, 3, k, w, status), 3);

    double forward, discount;
    CHECK_EQ(surface_carry(&s, 100.0, 0.5 * s.slice[0].years, &forward, &discount), PRICING_OK);
    CHECK_NEAR(forward, 100.0 * exp(0.015 * s.slice[0].years), 1e-10);
    CHECK_EQ(surface_carry(&s, 100.0, 9.0, &forward, &discount), PRICING_OK);
    CHECK_NEAR(discount, exp(-0.04 * 9.0), 1e-10);
}

TEST(surface, answers_moves_by_the_rule_asked_for)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    rng_init(&rng, 36, 0, 1);
    make(&rng, 0.003, 0.0, &m);
    CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, NULL), PRICING_OK);
    double t = s.slice[1].variance_years, k[2] = { -0.05, 0.0 }, w[2], moved[2], shifted[2];
    double at[2] = { -0.07, -0.02 };
    struct surface_move move = { .rule = SURFACE_STICKY_DELTA, .move = -0.02, .vol_factor = 1.1 };
    surface_total_variance(&s, t, 2, k, w, NULL);
    surface_total_variance(&s, t, 2, at, shifted, NULL);
    CHECK_EQ(surface_moved(&s, &move, t, 2, k, moved, NULL), 0);
    for (int i = 0; i < 2; i++)
        CHECK_NEAR(moved[i], 1.21 * w[i], 1e-15);
    move.rule = SURFACE_STICKY_STRIKE;
    move.vol_factor = 1.0;
    CHECK_EQ(surface_moved(&s, &move, t, 2, k, moved, NULL), 0);
    for (int i = 0; i < 2; i++)
        CHECK_NEAR(moved[i], shifted[i], 1e-15);
    /* Response 0 is sticky strike; 1 moves the at-the-money vol by twice the skew. */
    double held[2];
    move.rule = SURFACE_SPOT_VOL;
    CHECK_EQ(surface_moved(&s, &move, t, 2, k, held, NULL), 0);
    CHECK_NEAR(held[1], moved[1], 1e-15);
    move.response_short = move.response_long = 1.0;
    move.move = -0.002;
    CHECK_EQ(surface_moved(&s, &move, t, 2, k, moved, NULL), 0);
    double rise = sqrt(moved[1]) - sqrt(w[1]), skew;
    struct svi_point money = surface_at(&s.slice[1], 0.0);
    skew = 0.5 * money.slope / sqrt(money.w);
    CHECK_NEAR(rise / (2.0 * skew * -0.002), 1.0, 0.05);
    move.vol_factor = 0.0;
    CHECK_EQ(surface_moved(&s, &move, t, 2, k, moved, NULL), 2);
    CHECK(isnan(moved[0]));
}

TEST(surface, skeleton_is_free_by_its_parameters)
{
    static struct made m;
    struct rng rng;
    rng_init(&rng, 37, 0, 1);
    for (int round = 0; round < 20; round++) {
        struct ssvi skeleton[EXPIRIES];
        uint8_t status[EXPIRIES];
        make(&rng, between(&rng, 0.001, 0.3), between(&rng, -0.3, 0.3), &m);
        surface_skeleton(m.expiry, EXPIRIES, skeleton, status);
        struct svi near = { 0 }, here = { 0 };
        for (int i = 0; i < EXPIRIES; i++, near = here) {
            CHECK_EQ(status[i], PRICING_OK);
            CHECK_EQ(svi_from_ssvi(&skeleton[i], &here), PRICING_OK);
            CHECK_EQ(svi_butterfly(&here, NULL), PRICING_OK);
            if (i)
                CHECK_EQ(svi_calendar(&near, &here, NULL), PRICING_OK);
        }
    }
}

TEST(surface, takes_thin_and_empty_expiries_from_the_skeleton_or_leaves_them_out)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    struct surface_report report[EXPIRIES];
    rng_init(&rng, 38, 0, 1);
    make(&rng, 0.003, 0.0, &m);
    m.expiry[1].quotes.count = 3;
    m.expiry[3].quotes.count = 0;
    CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, report), PRICING_OK);
    CHECK_EQ(s.count, EXPIRIES - 1);
    CHECK(report[1].is_from_skeleton);
    CHECK_EQ(report[3].status, PRICING_TOO_FEW_QUOTES);
    CHECK(isnan(report[3].error_median));
    check_finely(&s);
    CHECK_EQ(surface_fit(m.expiry, 0, NULL, &s, report), PRICING_BAD_INPUT);
    m.expiry[2].variance_years = m.expiry[1].variance_years;
    CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, report), PRICING_BAD_INPUT);
    CHECK_EQ(s.count, 0);
}

/* Quotes made without libm, so that the same bits go in everywhere. */
static const uint64_t surfaces_hash = UINT64_C(0x36f9d7f87dded7e4);

static uint64_t hash_of_surfaces(void)
{
    static struct made m;
    static struct surface s;
    struct rng rng;
    uint64_t hash = UINT64_C(1469598103934665603);
    rng_init(&rng, 9, 0, 1);
    for (int round = 0; round < 20; round++) {
        double years = 0.01 + 0.02 * rng_uniform(&rng), w[STRIKES];
        for (int i = 0; i < EXPIRIES; i++) {
            years *= 1.2 + rng_uniform(&rng);
            for (int j = 0; j < STRIKES; j++) {
                double x = 0.18 * (j - 25), noise = 1.0 + 0.02 * (rng_uniform(&rng) - 0.5);
                m.k[i][j] = x * sqrt(0.04 * years);
                m.w[i][j] =
                    0.04 * years * noise * (1.0 - 0.25 * x + 0.08 * x * x / (1.0 + 0.1 * fabs(x)));
                m.weight[i][j] = 1.0 / (0.01 * m.w[i][j]);
            }
            m.expiry[i] = (struct surface_expiry){
                years, years, 100.0, 0.99, { STRIKES, m.k[i], m.w[i], m.weight[i] }
            };
        }
        CHECK_EQ(surface_fit(m.expiry, EXPIRIES, NULL, &s, NULL), PRICING_OK);
        CHECK_EQ(surface_total_variance(&s, 0.6 * years, STRIKES, m.k[2], w, NULL), 0);
        for (int j = 0; j < STRIKES; j++) {
            uint64_t bits;
            memcpy(&bits, &w[j], sizeof bits);
            hash = (hash ^ bits) * UINT64_C(1099511628211);
        }
    }
    return hash;
}

TEST(surface, gives_the_same_bits_at_every_vector_width_and_with_every_compiler)
{
    enum lanes_level widest = lanes_level();
    for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
        if (!lanes_has((enum lanes_level)level))
            continue;
        lanes_use((enum lanes_level)level);
        uint64_t hash = hash_of_surfaces();
        if (hash != surfaces_hash)
            fail_msg("%s gives %016llx", lanes_level_name((enum lanes_level)level),
                     (unsigned long long)hash);
    }
    lanes_use(widest);
}

/* ---- real chains ----------------------------------------------------------------------------- */

struct tally {
    size_t count[2], days, surfaces_ok; /* |delta| 0.05 to 0.95, and the rest */
    double *error[2];
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double years_of(const struct spx_series *s)
{
    return (s->days + (s->is_am ? -6.25 : 0.25) / 24.0) / 365.0;
}

static int by_years(const void *a, const void *b)
{
    double x = years_of(*(struct spx_series *const *)a),
           y = years_of(*(struct spx_series *const *)b);
    return (x > y) - (x < y);
}

struct fitted_day {
    double k[SPX_SERIES_MAX][SPX_STRIKES_MAX], w[SPX_SERIES_MAX][SPX_STRIKES_MAX];
    double weight[SPX_SERIES_MAX][SPX_STRIKES_MAX];
    struct surface_expiry expiry[SPX_SERIES_MAX];
    size_t count;
    struct surface surface;
};

static void quote_day(struct spx_day *day, struct fitted_day *f)
{
    f->count = 0;
    qsort(day->series, day->count, sizeof day->series[0], by_years);
    for (size_t i = 0; i < day->count; i++) {
        struct spx_series *s = day->series[i];
        struct forward_quotes quotes = { s->strike, s->bid[0], s->ask[0], s->bid[1], s->ask[1] };
        struct forward_fit forward;
        double years = years_of(s);
        if (s->days < 1 ||
            forward_of_expiry(&quotes, s->count, years, 0.024, &forward) != PRICING_OK)
            continue;
        size_t n = f->count++;
        f->expiry[n] = (struct surface_expiry){ years,
                                                years,
                                                forward.forward,
                                                forward.discount,
                                                { s->count, f->k[n], f->w[n], f->weight[n] } };
        surface_quotes(&f->expiry[n],
                       &(struct surface_chain){ s->count, s->strike, s->bid[0], s->ask[0],
                                                s->bid[1], s->ask[1] },
                       &(struct surface_quote_columns){ f->k[n], f->w[n], f->weight[n], NULL });
    }
}

static void add_errors(const struct fitted_day *f, struct tally *tally)
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->expiry[i].quotes.count; j++) {
            if (!(f->w[i][j] > 0.0))
                continue;
            double v = sqrt(f->w[i][j]), delta = normal_cdf(-f->k[i][j] / v + 0.5 * v);
            double off = surface_at(&f->surface.slice[i], f->k[i][j]).w - f->w[i][j];
            int rest = !(delta >= 0.05 && delta <= 0.95);
            tally->error[rest][tally->count[rest]++] = fabs(off) * f->weight[i][j];
        }
}

/* Every day takes a tenth of a second; a few across the range keep the tests quick. */
TEST(surface, fits_real_spx_chains_within_a_quarter_of_half_their_spread)
{
    static const char *const days[] = { "20190425", "20190503", "20190513", "20190521",
                                        "20190531", "20190612", "20190621", "20190628" };
    NEED_SHARED("data/cboe-spx-chain-2019");
    struct arena arena;
    arena_init(&arena, "surface test", 1u << 20);
    struct fitted_day *f = arena_new(&arena, struct fitted_day);
    struct tally tally = { .days = 0 };
    const char *worst_day = "";
    double worst = 0.0;
    for (int i = 0; i < 2; i++)
        tally.error[i] = arena_array(&arena, double, 200000);
    FOR_EACH (name, days) {
        char path[64];
        struct spx_day day;
        struct surface_report report[SPX_SERIES_MAX];
        snprintf(path, sizeof path, "data/cboe-spx-chain-2019/SPX_%s.csv.zst", *name);
        spx_open(&day, testing_shared(path));
        quote_day(&day, f);
        CHECK(f->count > 25);
        CHECK_EQ(surface_fit(f->expiry, f->count, NULL, &f->surface, report), PRICING_OK);
        CHECK_EQ(f->surface.count, f->count);
        check_finely(&f->surface);
        double *errors = tally.error[0] + tally.count[0];
        size_t before = tally.count[0];
        add_errors(f, &tally);
        size_t added = tally.count[0] - before;
        qsort(errors, added, sizeof *errors, compare);
        CHECK(errors[added / 2] < 0.25);
        if (errors[added / 2] > worst) {
            worst = errors[added / 2];
            worst_day = *name;
        }
        spx_close(&day);
    }
    print_message("surface: SPX 2019, the worst day is %s: median %.3f\n", worst_day, worst);
    for (int i = 0; i < 2; i++) {
        qsort(tally.error[i], tally.count[i], sizeof tally.error[i][0], compare);
        print_message(
            "surface: SPX 2019, %s: %zu quotes, |fit - mid| over half of bid to ask: median "
            "%.3f, 90 %% below %.2f\n",
            i ? "the rest" : "|delta| 0.05 to 0.95", tally.count[i],
            tally.error[i][tally.count[i] / 2], tally.error[i][tally.count[i] * 9 / 10]);
    }
    CHECK(tally.count[0] > 15000);
    CHECK(tally.error[0][tally.count[0] / 2] < 0.25);
    arena_clear(&arena);
}
