#include "domain/pricing/implied_vol.h"

#include <float.h>

#include "domain/pricing/golden_test.h"

TEST(implied_vol, solves_the_normalised_form_to_its_last_digits)
{
    NEED_SHARED("golden/implied_vol_normalised.csv");
    struct golden g;
    golden_open(&g, "golden/implied_vol_normalised.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        double x = golden_number(&g, "abs_ln_F_over_K"), beta = golden_number(&g, "beta");
        double want = golden_number(&g, "s"), got;
        double unit = (1.0 + golden_number(&g, "cond")) * DBL_EPSILON * want;
        CHECK_EQ(implied_total_vol(x, beta, &got), PRICING_OK);
        if (!(fabs(got - want) <= 8.0 * unit))
            fail_msg("row %d: %.17g is not %.17g (%.1f units)", g.row, got, want,
                     fabs(got - want) / unit);
        worst = fmax(worst, fabs(got - want) / unit);
    }
    CHECK_EQ(g.row, 486);
    print_message("implied_vol: worst normalised error is %.2f units\n", worst);
}

TEST(implied_vol, solves_or_classifies_every_golden_row)
{
    NEED_SHARED("golden/implied_vol.csv");
    struct golden g;
    golden_open(&g, "golden/implied_vol.csv");
    double worst = 0.0;
    while (golden_next(&g)) {
        struct black76_expiry expiry = { .forward = golden_number(&g, "F"),
                                         .discount = golden_number(&g, "D"),
                                         .years = golden_number(&g, "T") };
        double strike = golden_number(&g, "K"), price = golden_number(&g, "price"), got;
        int8_t sign = (int8_t)golden_number(&g, "cp");
        uint8_t status;
        size_t bad = implied_vol_chain(&expiry, 1, &strike, &sign, &price, &got, &status);
        struct str want_status = golden_text(&g, "status");
        if (!str_is(want_status, pricing_status_name(status)))
            fail_msg("row %d: status is %s, not %.*s", g.row, pricing_status_name(status),
                     STR_ARG(want_status));
        CHECK_EQ(bad, status != PRICING_OK);
        if (status != PRICING_OK) {
            CHECK(isnan(got));
            continue;
        }
        double want = golden_number(&g, "sigma");
        double unit =
            (1.0 + golden_number(&g, "cond") + golden_number(&g, "cond_F")) * DBL_EPSILON * want;
        if (!(fabs(got - want) <= 8.0 * unit))
            fail_msg("row %d: %.17g is not %.17g (%.1f units)", g.row, got, want,
                     fabs(got - want) / unit);
        worst = fmax(worst, fabs(got - want) / unit);
    }
    CHECK_EQ(g.row, 918);
    print_message("implied_vol: worst error is %.2f units\n", worst);
}
