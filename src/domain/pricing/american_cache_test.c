#include "domain/pricing/american_cache.h"

#include <math.h>

#include "base/rng.h"
#include "tests/testing.h"

enum { ROWS = 64 };

struct book {
    double strike[ROWS], vol[ROWS], price[ROWS], moved[ROWS], cold[ROWS], sigma[ROWS];
    double kept_sigma[ROWS], premium[ROWS], by_spot[ROWS], by_spot2[ROWS], by_sigma[ROWS];
    double by_spot_sigma[ROWS], by_sigma2[ROWS], share[ROWS], delta[ROWS], gamma[ROWS], vega[ROWS],
        theta[ROWS], cold_delta[ROWS];
    double cold_gamma[ROWS], cold_vega[ROWS];
    int8_t sign[ROWS];
    uint8_t status[ROWS];
    bool is_stale[ROWS];
};

static struct american_cache cache_of(struct book *b)
{
    return (struct american_cache){ 0.0,         b->kept_sigma, b->premium,       b->by_spot,
                                    b->by_spot2, b->by_sigma,   b->by_spot_sigma, b->by_sigma2,
                                    b->share };
}

static void make(struct book *b, struct rng *rng, struct american_expiry *e)
{
    *e = (struct american_expiry){ .spot = 50.0 + 400.0 * rng_uniform(rng),
                                   .years = 0.005 + 2.0 * rng_uniform(rng) * rng_uniform(rng),
                                   .rate = 0.06 * rng_uniform(rng),
                                   .yield = 0.04 * rng_uniform(rng) };
    double level = 0.08 + 0.6 * rng_uniform(rng);
    for (int i = 0; i < ROWS; i++) {
        double reach = 2.5 * (2.0 * rng_uniform(rng) - 1.0);
        b->vol[i] = level * (1.0 + 0.08 * reach * reach - 0.1 * reach);
        b->strike[i] = e->spot * exp(reach * level * sqrt(e->years));
        b->sign[i] = rng_below(rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
    }
    american_chain(e, ROWS, b->strike, b->sign, b->vol,
                   &(struct pricing_greeks){ .price = b->price });
}

TEST(american_cache, remarks_within_its_promise_after_a_move_of_the_spot)
{
    struct rng rng;
    rng_init(&rng, 11, 0, 1);
    static struct book b;
    double worst = 0.0, worst_delta = 0.0, worst_gamma = 0.0, worst_vega = 0.0;
    int checked = 0, stale = 0;
    for (int round = 0; round < 60; round++) {
        struct american_expiry e;
        make(&b, &rng, &e);
        struct american_cache cache = cache_of(&b);
        american_cache_fill(&cache, &e, ROWS, b.strike, b.sign, b.price, b.status);
        struct american_expiry then = e;
        then.spot *= round % 2 ? 1.001 : 0.999;
        for (int i = 0; i < ROWS; i++)
            b.vol[i] *= 1.0 + 0.01 * (2.0 * rng_uniform(&rng) - 1.0);
        american_chain(&then, ROWS, b.strike, b.sign, b.vol,
                       &(struct pricing_greeks){ .price = b.moved,
                                                 .delta = b.cold_delta,
                                                 .gamma = b.cold_gamma,
                                                 .vega = b.cold_vega });
        american_implied_vol_chain(&then, ROWS, b.strike, b.sign, b.moved, b.cold, NULL);
        american_cache_remark(&cache, &then, ROWS, b.strike, b.sign, b.moved, b.sigma,
                              &(struct pricing_greeks){ .delta = b.delta,
                                                        .gamma = b.gamma,
                                                        .vega = b.vega,
                                                        .theta = b.theta,
                                                        .status = b.status },
                              b.is_stale);
        for (int i = 0; i < ROWS; i++) {
            /* Where a cent is worth less than a vol point, the price tells nothing. */
            if (isnan(b.cold[i]) || b.cold_vega[i] < 1e-3 * then.spot)
                continue;
            CHECK_EQ(b.is_stale[i], b.status[i] != PRICING_OK);
            if (b.is_stale[i]) {
                CHECK(isnan(b.sigma[i]));
                stale++;
                continue;
            }
            if (!(fabs(b.sigma[i] - b.cold[i]) <= 5e-5))
                fail_msg("round %d, row %d: vol %.8g is not %.8g", round, i, b.sigma[i], b.cold[i]);
            worst = fmax(worst, fabs(b.sigma[i] - b.cold[i]));
            worst_delta = fmax(worst_delta, fabs(b.delta[i] - b.cold_delta[i]));
            worst_gamma = fmax(worst_gamma, fabs(b.gamma[i] / b.cold_gamma[i] - 1.0));
            worst_vega = fmax(worst_vega, fabs(b.vega[i] / b.cold_vega[i] - 1.0));
            checked++;
        }
    }
    print_message("american_cache: %d vols within %.1e of cold, %d stale; delta %.1e, gamma %.1e, "
                  "vega %.1e\n",
                  checked, worst, stale, worst_delta, worst_gamma, worst_vega);
    CHECK(checked > 2000);
    CHECK(stale < checked / 10);
    CHECK(worst_delta < 2e-3);
    CHECK(worst <= 3e-5);
}

TEST(american_cache, says_when_a_row_is_stale)
{
    struct rng rng;
    rng_init(&rng, 12, 0, 1);
    static struct book b;
    struct american_expiry e;
    make(&b, &rng, &e);
    struct american_cache cache = cache_of(&b);
    struct pricing_greeks out = { .delta = b.delta, .status = b.status };
    american_cache_fill(&cache, &e, ROWS, b.strike, b.sign, b.price, NULL);
    struct american_expiry far = e;
    far.spot *= 1.01;
    CHECK_EQ(american_cache_remark(&cache, &far, ROWS, b.strike, b.sign, b.price, b.sigma, &out,
                                   b.is_stale),
             ROWS);
    for (int i = 0; i < ROWS; i++) {
        CHECK(b.is_stale[i]);
        CHECK(isnan(b.sigma[i]));
        CHECK(isnan(b.delta[i]));
        CHECK_EQ(b.status[i], PRICING_NO_INFORMATION);
    }
    double when = 0.5 * e.years, paid = 1.0;
    e.dividend_count = 1;
    e.dividend_years = &when;
    e.dividend_dollars = &paid;
    CHECK_EQ(american_cache_fill(&cache, &e, ROWS, b.strike, b.sign, b.price, b.status), ROWS);
    CHECK_EQ(b.status[0], PRICING_BAD_INPUT);
}
