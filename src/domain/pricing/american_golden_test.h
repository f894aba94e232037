/* golden/american.csv as columns. */
#ifndef DOMAIN_PRICING_AMERICAN_GOLDEN_TEST_H
#define DOMAIN_PRICING_AMERICAN_GOLDEN_TEST_H

#include "domain/pricing/american.h"
#include "domain/pricing/golden_test.h"

enum { AMERICAN_GOLDEN_ROWS = 1645, AMERICAN_GOLDEN_SETS = 3 };

struct american_golden {
    double spot[AMERICAN_GOLDEN_ROWS], strike[AMERICAN_GOLDEN_ROWS], years[AMERICAN_GOLDEN_ROWS],
        sigma[AMERICAN_GOLDEN_ROWS];
    double rate[AMERICAN_GOLDEN_ROWS], yield[AMERICAN_GOLDEN_ROWS];
    double price[AMERICAN_GOLDEN_ROWS], delta[AMERICAN_GOLDEN_ROWS], gamma[AMERICAN_GOLDEN_ROWS],
        boundary[AMERICAN_GOLDEN_ROWS];
    int8_t sign[AMERICAN_GOLDEN_ROWS];
    uint8_t set[AMERICAN_GOLDEN_ROWS];
    bool is_informative[AMERICAN_GOLDEN_ROWS];
};

static const char *const american_golden_sets[AMERICAN_GOLDEN_SETS] = { "ALO", "ETF", "EDGE" };

static inline void american_golden_read(struct american_golden *rows)
{
    struct golden g;
    golden_open(&g, "golden/american.csv");
    for (int i = 0; golden_next(&g); i++) {
        MUST(i < AMERICAN_GOLDEN_ROWS);
        rows->spot[i] = golden_number(&g, "S");
        rows->strike[i] = golden_number(&g, "K");
        rows->years[i] = golden_number(&g, "T");
        rows->sigma[i] = golden_number(&g, "sigma");
        rows->rate[i] = golden_number(&g, "r");
        rows->yield[i] = golden_number(&g, "q");
        rows->sign[i] = (int8_t)golden_number(&g, "cp");
        rows->price[i] = golden_number(&g, "price");
        rows->delta[i] = golden_number(&g, "delta");
        rows->gamma[i] = golden_number(&g, "gamma");
        rows->boundary[i] = golden_number(&g, "exercise_boundary_now");
        rows->is_informative[i] = golden_number(&g, "iv_informative") == 1.0;
        for (uint8_t k = 0; k < AMERICAN_GOLDEN_SETS; k++)
            if (str_is(golden_text(&g, "set"), american_golden_sets[k]))
                rows->set[i] = k;
    }
    CHECK_EQ(g.row, AMERICAN_GOLDEN_ROWS + 1);
}

static inline struct black_scholes_terms american_golden_terms(const struct american_golden *r)
{
    return (struct black_scholes_terms){ r->spot, r->strike, r->years, r->sigma,
                                         r->rate, r->yield,  r->sign };
}

#endif
