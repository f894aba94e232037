#include "domain/pricing/portable_int.h"

#include <float.h>

#include "base/rng.h"
#include "domain/pricing/american.h"
#include "domain/pricing/implied_vol.h"
#include "tests/testing.h"

static double units(double got, double want)
{
    return fabs(got - want) / (DBL_EPSILON * fmax(fabs(want), DBL_MIN));
}

TEST(portable, agrees_with_the_c_library_to_a_rounding_unit)
{
    struct rng rng;
    rng_init(&rng, 5, 0, 1);
    double worst[5] = { 0.0 };
    for (int i = 0; i < 200000; i++) {
        double size = exp(40.0 * rng_uniform(&rng) - 33.0), x = rng_below(&rng, 2) ? size : -size;
        double wide = exp(1400.0 * (rng_uniform(&rng) - 0.5));
        if (fabs(x) < 708.0) {
            worst[0] = fmax(worst[0], units(portable_exp(x), exp(x)));
            worst[1] = fmax(worst[1], units(portable_expm1(x), expm1(x)));
            worst[2] = fmax(worst[2], units(portable_sinh(x), sinh(x)));
        }
        worst[3] = fmax(worst[3], units(portable_log(wide), log(wide)));
        worst[3] = fmax(worst[3], units(portable_log(1.0 + size), log(1.0 + size)));
        if (x > -1.0)
            worst[4] = fmax(worst[4], units(portable_log1p(x), log1p(x)));
    }
    print_message(
        "portable: off by %.2f (exp), %.2f (expm1), %.2f (sinh), %.2f (log), %.2f (log1p) "
        "units at most\n",
        worst[0], worst[1], worst[2], worst[3], worst[4]);
    CHECK(worst[0] <= 1.0);
    CHECK(worst[1] <= 2.5);
    CHECK(worst[2] <= 3.0);
    CHECK(worst[3] <= 1.0);
    CHECK(worst[4] <= 1.5);
}

TEST(portable, keeps_to_the_edges)
{
    CHECK(portable_exp(0.0) == 1.0);
    CHECK(portable_exp(-INFINITY) == 0.0);
    CHECK(portable_exp(-800.0) == 0.0);
    CHECK(portable_exp(1e300) == INFINITY);
    CHECK(isnan(portable_exp(NAN)));
    CHECK_NEAR(portable_exp(-740.0), exp(-740.0), 1e-323); /* below the normal numbers */
    CHECK_NEAR(portable_exp(709.7), exp(709.7), 1e-15 * exp(709.7));
    CHECK(portable_log(1.0) == 0.0);
    CHECK(portable_log(0.0) == -INFINITY);
    CHECK(portable_log(INFINITY) == INFINITY);
    CHECK(isnan(portable_log(-1.0)));
    CHECK(isnan(portable_log(NAN)));
    CHECK_NEAR(portable_log(4.9406564584124654e-324), -744.44007192138126, 1e-12);
    CHECK(portable_log1p(-1.0) == -INFINITY);
    CHECK(isnan(portable_log1p(-2.0)));
    CHECK(portable_log1p(INFINITY) == INFINITY);
    CHECK(portable_log1p(1e-300) == 1e-300);
    CHECK(portable_sinh(-1e-300) == -1e-300);
}

static uint64_t mix(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (hash ^ bits) * UINT64_C(1099511628211);
}

/*
 * The bits of every number, so that no machine, compiler or C library can differ unseen. A change
 * of method changes the hashes: then replace them, and say so in the commit and the change log.
 */
TEST(portable, pricing_gives_the_same_bits_everywhere)
{
    struct rng rng;
    rng_init(&rng, 6, 0, 1);
    uint64_t european = UINT64_C(14695981039346656037), american = european;
    for (int i = 0; i < 5000; i++) {
        struct black76_expiry expiry = { .forward = 50.0 + 500.0 * rng_uniform(&rng),
                                         .discount = 0.9 + 0.1 * rng_uniform(&rng),
                                         .years = 0.001 + rng_uniform(&rng) };
        expiry.spot = 0.99 * expiry.forward;
        double strike = expiry.forward * (0.6 + 0.8 * rng_uniform(&rng));
        double sigma = 0.05 + rng_uniform(&rng), v[6], vol, years = 0.5 * expiry.years, paid = 1.0;
        int8_t sign = i % 2 ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        struct pricing_greeks out = { v, v + 1, v + 2, v + 3, v + 4, v + 5, NULL };
        black76_chain(&expiry, 1, &strike, &sign, &sigma, &out);
        implied_vol_chain(&expiry, 1, &strike, &sign, v, &vol, NULL);
        for (int k = 0; k < 6; k++)
            european = mix(european, v[k]);
        european = mix(european, vol);
        if (i % 100)
            continue;
        struct american_expiry early = { .spot = expiry.spot,
                                         .years = expiry.years,
                                         .rate = 0.04,
                                         .yield = 0.02,
                                         .dividend_count = i % 1000 == 0,
                                         .dividend_years = &years,
                                         .dividend_dollars = &paid };
        american_chain(&early, 1, &strike, &sign, &sigma, &out);
        american_implied_vol_chain(&early, 1, &strike, &sign, v, &vol, NULL);
        for (int k = 0; k < 6; k++)
            american = mix(american, v[k]);
        american = mix(american, vol);
    }
    if (european != UINT64_C(0xd770bd736f9130b4) || american != UINT64_C(0x0469674676f220aa))
        fail_msg("hashes are 0x%016llx and 0x%016llx", (unsigned long long)european,
                 (unsigned long long)american);
}
