#include "domain/pricing/american.h"

#include <math.h>

#include "domain/pricing/american_golden_test.h"

TEST(american_vol, is_found_where_the_price_tells_it)
{
    NEED_SHARED("golden/american.csv");
    static struct american_golden rows;
    static const double limit[] = { [AMERICAN_STANDARD] = 1e-5, [AMERICAN_FAST] = 2e-4 };
    static const char *const names[] = {
        [AMERICAN_STANDARD] = "standard", [AMERICAN_FAST] = "fast"
    };
    american_golden_read(&rows);
    for (int accuracy = AMERICAN_STANDARD; accuracy <= AMERICAN_FAST; accuracy++) {
        static double found[AMERICAN_GOLDEN_ROWS];
        static uint8_t ends[AMERICAN_GOLDEN_ROWS];
        double worst = 0.0;
        int solved = 0, classified = 0;
        struct black_scholes_terms terms = american_golden_terms(&rows);
        american_implied_vol(AMERICAN_GOLDEN_ROWS, &terms, (enum american_accuracy)accuracy,
                             rows.price, found, ends);
        for (int i = 0; i < AMERICAN_GOLDEN_ROWS; i++) {
            double sigma = found[i];
            uint8_t status = ends[i];
            if (i % 50 == 0) {
                /* As a chain of its own: the same. */
                struct american_expiry expiry = { .spot = rows.spot[i],
                                                  .years = rows.years[i],
                                                  .rate = rows.rate[i],
                                                  .yield = rows.yield[i],
                                                  .accuracy = (enum american_accuracy)accuracy };
                double same;
                american_implied_vol_chain(&expiry, 1, &rows.strike[i], &rows.sign[i],
                                           &rows.price[i], &same, &status);
                CHECK(memcmp(&same, &sigma, sizeof same) == 0);
                CHECK_EQ(status, ends[i]);
            }
            CHECK(isnan(sigma) == (status != PRICING_OK));
            CHECK(status != PRICING_NOT_CONVERGED);
            if (!rows.is_informative[i]) {
                classified += status != PRICING_OK;
                continue;
            }
            CHECK_EQ(status, PRICING_OK);
            if (!(fabs(sigma - rows.sigma[i]) <= limit[accuracy]))
                fail_msg("row %d: vol %.10g is not %.10g", i + 2, sigma, rows.sigma[i]);
            worst = fmax(worst, fabs(sigma - rows.sigma[i]));
            solved++;
        }
        CHECK(solved > 600);
        print_message("american %s: implied vol: %d solved, off by %.1e at most; %d without "
                      "information\n",
                      names[accuracy], solved, worst, classified);
    }
}

TEST(american_vol, ends_where_vols_go_to_the_ends_of_a_double)
{
    /* Rates below 0 allow any price; the search goes to a vol of 1e160, where none can be told. */
    double spot = 100.0, strike = 1.8e-307, years = 9.4e-320, rate = 8e121, yield = -1e164,
           price = 8.5, sigma;
    int8_t put = -1;
    uint8_t status;
    american_implied_vol(
        1, &(struct black_scholes_terms){ &spot, &strike, &years, NULL, &rate, &yield, &put },
        AMERICAN_STANDARD, &price, &sigma, &status);
    CHECK_EQ(status, PRICING_OUT_OF_RANGE);
    CHECK(isnan(sigma));
}

TEST(american_vol, classifies_what_has_no_vol)
{
    struct american_expiry expiry = { .spot = 100.0, .years = 0.5, .rate = 0.05 };
    const double strike[] = { 120, 120, 120, 120, 80, 120, 80, 120, 120, -1 };
    const int8_t sign[] = { -1, -1, -1, -1, -1, -1, 1, -1, 0, -1 };
    const double price[] = { 20, 19.5, 120, NAN, 0, INFINITY, 20.5, 20.00001, 21, 21 };
    static const uint8_t want[] = {
        PRICING_AT_INTRINSIC,    PRICING_BELOW_INTRINSIC, PRICING_ABOVE_MAX,
        PRICING_NO_PRICE,        PRICING_ZERO_PRICE,      PRICING_BAD_INPUT,
        PRICING_BELOW_INTRINSIC, PRICING_NO_INFORMATION,  PRICING_BAD_INPUT,
        PRICING_BAD_INPUT,
    };
    double sigma[ARRAY_COUNT(want)];
    uint8_t status[ARRAY_COUNT(want)];
    CHECK_EQ(
        american_implied_vol_chain(&expiry, ARRAY_COUNT(want), strike, sign, price, sigma, status),
        ARRAY_COUNT(want));
    for (size_t i = 0; i < ARRAY_COUNT(want); i++) {
        CHECK_STR(pricing_status_name(status[i]), pricing_status_name(want[i]));
        CHECK(isnan(sigma[i]));
    }
}
