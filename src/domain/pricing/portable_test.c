#include "domain/pricing/portable_int.h"

#include <float.h>

#include "base/rng.h"
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
    for (int i = 0; i < testing_share(200000); i++) {
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
