/* VIX by the white paper, tenors, skew, ranks, regimes: published values and properties. */
#include <stdlib.h>

#include "domain/features/iv_rank.h"
#include "domain/features/term.h"
#include "domain/features/vix.h"
#include "domain/pricing/spx_chain_test.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test" };

enum { ROWS = 400 };
struct table {
    size_t count;
    double strike[ROWS], call_bid[ROWS], call_ask[ROWS], put_bid[ROWS], put_ask[ROWS];
};

static struct forward_quotes quotes_of(const struct table *t)
{
    return (struct forward_quotes){ t->strike, t->call_bid, t->call_ask, t->put_bid, t->put_ask };
}

/* Expiration,Days,Strike,Call Bid,Call Ask,Put Bid,Put Ask: the rows of one number of days. */
static void read_table(struct table *t, int days)
{
    FILE *file = fopen(testing_shared("golden-stats/data/vix_whitepaper_2009.csv"), "r");
    CHECK(file != NULL);
    char line[256];
    CHECK(fgets(line, sizeof line, file) != NULL);
    t->count = 0;
    while (fgets(line, sizeof line, file)) {
        double field[7];
        char *at = line;
        for (int i = 0; i < 7; i++, at++)
            field[i] = strtod(at, &at);
        if ((int)field[1] != days)
            continue;
        CHECK(t->count < ROWS);
        size_t n = t->count++;
        t->strike[n] = field[2];
        t->call_bid[n] = field[3];
        t->call_ask[n] = field[4];
        t->put_bid[n] = field[5];
        t->put_ask[n] = field[6];
    }
    fclose(file);
}

TEST(vix, is_that_of_the_white_paper)
{
    /* Cboe (2009) prints 0.4727679, 0.3668180 and 61.22; golden-stats/vix.json has more digits. */
    NEED_SHARED("golden-stats/data/vix_whitepaper_2009.csv");
    static struct table near, next;
    read_table(&near, 9);
    read_table(&next, 37);
    struct vix_strip a, b;
    struct forward_quotes near_quotes = quotes_of(&near), next_quotes = quotes_of(&next);
    CHECK_EQ(vix_variance(&near_quotes, near.count, 12960, 0.0038, &a), VIX_OK);
    CHECK_EQ(vix_variance(&next_quotes, next.count, 53280, 0.0038, &b), VIX_OK);
    CHECK_NEAR(a.forward, 920.500046852, 1e-8);
    CHECK_NEAR(b.forward, 921.00038528, 1e-8);
    CHECK(a.k0 == 920 && b.k0 == 920);
    CHECK_NEAR(a.variance, 0.472767225223, 1e-8);
    CHECK_NEAR(b.variance, 0.366818154719, 1e-8);
    CHECK_NEAR(a.variance, 0.4727679, 2e-6);
    CHECK_NEAR(b.variance, 0.3668180, 2e-6);
    double vix = vix_interpolate(12960, a.variance, 53280, b.variance, VIX_MINUTES_30_DAYS);
    CHECK_NEAR(vix, 61.2179985794, 1e-8);
    CHECK_NEAR(vix, 61.22, 0.005);
    CHECK_EQ(a.options, 136);
    CHECK_EQ(b.options, 110);
}

TEST(vix, interpolates_total_variance_in_minutes)
{
    CHECK_NEAR(vix_interpolate(36000, 0.018462, 46080, 0.018821, 43200), 13.6877769596, 1e-9);
    CHECK_NEAR(vix_interpolate(36000, 0.04, 46080, 0.04, 43200), 20, 1e-12);
    CHECK(isnan(vix_interpolate(46080, 0.04, 36000, 0.04, 43200)));
    CHECK(isnan(vix_interpolate(36000, NAN, 46080, 0.04, 43200)));
}

/* Take the variance of a series when it lies nearer to 30 days than the best so far. */
static void nearer(const struct spx_series *series, double minutes, bool below,
                   double *best_minutes, double *best_variance)
{
    struct vix_strip strip;
    struct forward_quotes q = { series->strike, series->bid[0], series->ask[0], series->bid[1],
                                series->ask[1] };
    bool is_nearer = below ? minutes <= VIX_MINUTES_30_DAYS && !(minutes <= *best_minutes)
                           : minutes > VIX_MINUTES_30_DAYS && !(minutes >= *best_minutes);
    if (is_nearer && vix_variance(&q, series->count, minutes, 0.024, &strip) == VIX_OK) {
        *best_minutes = minutes;
        *best_variance = strip.variance;
    }
}

TEST(vix, of_real_chains_lies_in_the_published_index_of_the_day)
{
    /* Low and high of VIX, Cboe. The moment of the quotes is not known; 15:45 is taken. */
    static const struct {
        const char *file;
        double low, high;
    } days[] = {
        { "20190515", 16.41, 19.15 }, { "20190521", 14.79, 16.22 }, { "20190522", 14.42, 15.44 },
        { "20190605", 16.04, 17.49 }, { "20190612", 15.78, 16.43 }, { "20190613", 15.61, 16.21 },
        { "20190619", 14.15, 15.71 }, { "20190627", 15.66, 16.40 },
    };
    NEED_SHARED("data/cboe-spx-chain-2019");
    FOR_EACH (day, days) {
        char path[96];
        snprintf(path, sizeof path, "data/cboe-spx-chain-2019/SPX_%s.csv.zst", day->file);
        struct spx_day chain;
        spx_open(&chain, testing_shared(path));
        double near = NAN, near_variance = NAN, next = NAN, next_variance = NAN;
        for (size_t i = 0; i < chain.count; i++) {
            const struct spx_series *s = chain.series[i];
            double minutes = s->days * 1440.0 + (s->is_am ? 570 : 960) - 945;
            nearer(s, minutes, true, &near, &near_variance);
            nearer(s, minutes, false, &next, &next_variance);
        }
        double vix = vix_interpolate(near, near_variance, next, next_variance, VIX_MINUTES_30_DAYS);
        if (!(vix > day->low - 0.25 && vix < day->high + 0.25))
            fail_msg("%s: %.2f does not lie in %.2f to %.2f", day->file, vix, day->low, day->high);
        spx_close(&chain);
    }
}

/* A chain of one vol: strikes 1 apart, mids as Black-76 gives them to a normal model's accuracy. */
static void flat_table(struct table *t, double mid_scale)
{
    t->count = 41;
    for (size_t i = 0; i < t->count; i++) {
        double k = 80 + (double)i, put = exp(-fabs(100 - k) / 4) * mid_scale + fmax(k - 100, 0);
        double call = put + 100 - k;
        t->strike[i] = k;
        t->call_bid[i] = call * 0.99;
        t->call_ask[i] = call * 1.01;
        t->put_bid[i] = put * 0.99;
        t->put_ask[i] = put * 1.01;
    }
}

TEST(vix, stops_at_two_strikes_without_a_bid_and_not_at_one)
{
    static struct table t;
    struct vix_strip all, one, two;
    flat_table(&t, 2);
    struct forward_quotes q = quotes_of(&t);
    CHECK_EQ(vix_variance(&q, t.count, 43200, 0, &all), VIX_OK);
    CHECK_EQ(all.puts, 20);
    CHECK_EQ(all.calls, 20);
    t.put_bid[10] = 0;
    CHECK_EQ(vix_variance(&q, t.count, 43200, 0, &one), VIX_OK);
    CHECK_EQ(one.puts, 19);
    CHECK_NEAR(one.variance / all.variance, 1, 0.01); /* its neighbours widen */
    t.put_bid[9] = NAN;                               /* no quote is no bid */
    CHECK_EQ(vix_variance(&q, t.count, 43200, 0, &two), VIX_OK);
    CHECK_EQ(two.puts, 9);
    CHECK(two.variance < one.variance);
}

TEST(vix, refuses_what_is_no_chain)
{
    static struct table t;
    struct vix_strip strip;
    flat_table(&t, 2);
    struct forward_quotes q = quotes_of(&t);
    CHECK_EQ(vix_variance(&q, t.count, 0, 0, &strip), VIX_BAD_INPUT);
    CHECK_EQ(vix_variance(&q, t.count, 1e-310, 0, &strip),
             VIX_BAD_INPUT); /* the variance of a year of it is no number */
    CHECK_EQ(vix_variance(&q, t.count, 100, NAN, &strip), VIX_BAD_INPUT);
    CHECK_EQ(vix_variance(&q, 0, 100, 0, &strip), VIX_NO_FORWARD);
    CHECK(isnan(strip.variance));
    CHECK_EQ(vix_variance(&q, 22, 100, 0, &strip), VIX_FEW_STRIKES); /* one call above K0 */
    t.strike[5] = t.strike[4];
    CHECK_EQ(vix_variance(&q, t.count, 100, 0, &strip), VIX_BAD_INPUT);
}

TEST(vix, regime_changes_only_when_two_closes_leave_it_by_a_point)
{
    static const struct {
        double close;
        enum vix_regime want;
    } days[] = {
        { 15, VIX_NORMAL },     { 18.5, VIX_NORMAL },
        { 18.9, VIX_NORMAL }, /* less than a point */
        { 19.5, VIX_NORMAL },   { 17, VIX_NORMAL },
        { 19.5, VIX_NORMAL },   { 19.2, VIX_ELEVATED },
        { 17.1, VIX_ELEVATED }, { 16.9, VIX_ELEVATED },
        { 80, VIX_ELEVATED },   { 82, VIX_CRISIS },
        { 34.5, VIX_CRISIS },   { 34.2, VIX_CRISIS },
        { 33, VIX_CRISIS },     { 12.5, VIX_CALM },
    };
    struct vix_regime_state regime;
    vix_regime_init(&regime, NULL, 1);
    CHECK_EQ(vix_regime_value(&regime), VIX_REGIME_UNKNOWN);
    for (size_t i = 0; i < ARRAY_COUNT(days); i++) {
        CHECK(vix_regime_update(&regime, (int64_t)i, days[i].close));
        if (vix_regime_value(&regime) != days[i].want)
            fail_msg("day %zu: %s", i, vix_regime_name(vix_regime_value(&regime)));
    }
    CHECK(!vix_regime_update(&regime, 99, NAN));
    CHECK(!vix_regime_update(&regime, 99, 0));
    static const double edges[] = { 12.99, 13, 18, 25, 35 };
    for (int i = 0; i < VIX_REGIMES; i++)
        CHECK_EQ(vix_regime_of(&regime, edges[i]), i);
}

TEST(term, of_vix_and_vix3m_is_named_by_a_band)
{
    /* golden-stats/vix.json */
    CHECK_NEAR(32.0 / 28.5, 1.12280701754, 1e-9);
    CHECK_EQ(term_state(32.0, 28.5, 0.02), TERM_BACKWARDATION);
    CHECK_EQ(term_state(20.0, 20.1, 0.02), TERM_FLAT);
    CHECK_EQ(term_state(15.0, 18.0, 0.02), TERM_CONTANGO);
    CHECK_EQ(term_state(15.0, NAN, 0.02), TERM_UNKNOWN);
    CHECK_STR(term_state_name(TERM_FLAT), "flat");
}

TEST(term, forward_variance_shows_a_calendar_arbitrage)
{
    /* golden-stats/vix.json forward_vol_negative_forward: days 10 and 12, vols 0.6 and 0.5 */
    CHECK_NEAR(forward_variance(10, 0.6, 12, 0.5), -0.3, 1e-9);
    CHECK(isnan(forward_vol(10, 0.6, 12, 0.5)));
    CHECK_NEAR(forward_vol(0.1, 0.2, 0.4, 0.2), 0.2, 1e-15);
    CHECK(isnan(forward_vol(0.4, 0.2, 0.4, 0.2)));
}

TEST(term, expected_moves_are_the_published_ones)
{
    /* tastylive (21 March 2019): 279, 15 %, 45 days: 14.69; golden-stats/iv_metrics.json */
    CHECK_NEAR(expected_move_sigma(279, 0.15, 45), 14.6945160305, 1e-9);
    CHECK_NEAR(expected_move_sigma(279, 0.15, 45), 14.69, 0.006);
    double sigma = expected_move_sigma(5000, 0.16, 5);
    CHECK_NEAR(sigma, 93.6329177569, 1e-8);
    CHECK_NEAR(expected_move_from_straddle(0.797872902369 * sigma) / sigma, 1, 2e-5);
    CHECK_NEAR(expected_move_cover(74.707167848, sigma), 0.575062516317, 2e-5);
    /* The file's cover is of the exact sqrt(2 / pi) straddle. */
    CHECK_NEAR(expected_move_cover(sqrt(2 / M_PI) * sigma, sigma), 0.575062516317, 1e-8);
    CHECK_NEAR(expected_move_cover(0.85 * sqrt(2 / M_PI) * sigma, sigma), 0.50235629718, 1e-8);
    CHECK_NEAR(expected_move_blend(12.4, 9.1, 6.6), 10.83, 1e-9);
    CHECK(isnan(expected_move_sigma(0, 0.15, 45)) && isnan(expected_move_sigma(279, NAN, 45)));
}

TEST(term, tenors_interpolate_total_variance_and_never_beyond_the_ends)
{
    static const double years[] = { 0.05, 0.1, 0.3 }, vol[] = { 0.3, 0.2, 0.25 };
    CHECK(tenor_vol(3, years, vol, 0.1) == 0.2);
    double w = 0.004 + (0.01875 - 0.004) * 0.5;
    CHECK_NEAR(tenor_vol(3, years, vol, 0.2), sqrt(w / 0.2), 1e-15);
    CHECK(isnan(tenor_vol(3, years, vol, 0.04)) && isnan(tenor_vol(3, years, vol, 0.31)));
    CHECK(isnan(tenor_vol(0, years, vol, 0.1)) && isnan(tenor_vol(3, years, vol, NAN)));
    static const double holes[] = { 0.3, NAN, 0.3 };
    CHECK_NEAR(tenor_vol(3, years, holes, 0.1), 0.3, 1e-15);
}

TEST(term, smiles_are_read_between_their_neighbours)
{
    static const double strike[] = { 90, 95, 105, 110 }, vol[] = { 0.3, 0.25, 0.2, 0.19 };
    double share = log(100.0 / 95) / log(105.0 / 95);
    CHECK_NEAR(smile_atm(4, strike, vol, 100, 0.06), 0.25 - 0.05 * share, 1e-15);
    CHECK(smile_atm(4, strike, vol, 95, 0.06) == 0.25);
    CHECK(isnan(smile_atm(4, strike, vol, 100, 0.04))); /* too far apart */
    CHECK(isnan(smile_atm(4, strike, vol, 89, 0.5)) && isnan(smile_atm(4, strike, vol, 111, 0.5)));
    static const double puts[] = { -0.10, -0.20, -0.30, -0.60 };
    CHECK_NEAR(smile_at_delta(4, puts, vol, 0.25), 0.225, 1e-15);
    CHECK(smile_at_delta(4, puts, vol, 0.20) == 0.25);
    CHECK(isnan(smile_at_delta(4, puts, vol, 0.45))); /* 0.30 and 0.60 are no neighbours */
    CHECK(isnan(smile_at_delta(4, puts, vol, 0.05)));
    static const double calls[] = { 0.60, 0.32, 0.18, 0.10 };
    CHECK_NEAR(smile_at_delta(4, calls, vol, 0.25), 0.225, 1e-15);
    /* Stale quotes cross 0.25 three times: the outermost pair is taken. */
    static const double folded[] = { -0.18, -0.28, -0.22, -0.30 };
    CHECK_NEAR(smile_at_delta(4, folded, vol, 0.25), 0.3 - 0.05 * 0.7, 1e-15);
}

TEST(iv_rank, excludes_today_and_keeps_the_raw_rank)
{
    struct iv_rank rank;
    iv_rank_init(&rank, &arena, 252, 20);
    for (int64_t day = 0; day < 252; day++) {
        struct iv_standing s = iv_rank_value(&rank, 45);
        CHECK_EQ(s.status, day < 20 ? IV_RANK_TOO_SHORT : IV_RANK_OK);
        /* 202 of 252 below 45, from 30 to 60 */
        CHECK(iv_rank_update(&rank, day, day == 0 ? 30 : day < 202 ? 40 : day < 251 ? 50 : 60));
    }
    struct iv_standing s = iv_rank_value(&rank, 45); /* golden-stats/iv_metrics.json */
    CHECK_NEAR(s.rank, 50, 1e-9);
    CHECK_NEAR(s.percentile, 100.0 * 202 / 252, 1e-9);
    s = iv_rank_value(&rank, 66);
    CHECK_NEAR(s.rank_raw, 120, 1e-9);
    CHECK_NEAR(s.rank, 100, 1e-9);
    CHECK(iv_rank_value(&rank, 15).rank == 0);
    CHECK_EQ(iv_rank_value(&rank, NAN).status, IV_RANK_NO_VALUE);
    CHECK(isnan(iv_rank_value(&rank, NAN).rank));
    arena_clear(&arena);
}

TEST(iv_rank, of_a_flat_year_has_a_reason_and_no_number)
{
    struct iv_rank rank;
    iv_rank_init(&rank, &arena, 252, 20);
    for (int64_t day = 0; day < 30; day++)
        CHECK(iv_rank_update(&rank, day, 20));
    struct iv_standing s = iv_rank_value(&rank, 20);
    CHECK_EQ(s.status, IV_RANK_ZERO_RANGE);
    CHECK(isnan(s.rank) && isnan(s.rank_raw));
    CHECK(s.percentile == 0);
    CHECK(!iv_rank_update(&rank, 5, 20) && !iv_rank_update(&rank, 40, 0) &&
          !iv_rank_update(&rank, 40, NAN));
    arena_clear(&arena);
}
