/* As pricing_fuzz.c for American options, which take a thousand times longer. */
#include <math.h>
#include <string.h>

#include "domain/pricing/american.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NUMBERS = 20 };

struct input {
    double at[NUMBERS];
    int8_t sign[4];
};

static double columns[6][4];
static uint8_t status[4];
static const struct pricing_greeks out = { columns[0], columns[1], columns[2], columns[3],
                                           columns[4], columns[5], status };

static void check_greeks(size_t bad, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        MUST(status[i] < PRICING_STATUS_COUNT);
        counted += status[i] != PRICING_OK;
        for (size_t k = 0; k < ARRAY_COUNT(columns); k++) {
            MUST(!isinf(columns[k][i]));
            MUST(!isnan(columns[k][i]) || status[i] != PRICING_OK);
        }
        MUST(isnan(columns[0][i]) || columns[0][i] >= 0.0);
    }
    MUST(counted == bad);
}

static void check_vols(const double *sigma, size_t bad, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        MUST(status[i] < PRICING_STATUS_COUNT);
        MUST(status[i] != PRICING_NOT_CONVERGED);
        counted += status[i] != PRICING_OK;
        MUST(status[i] == PRICING_OK ? sigma[i] > 0.0 && isfinite(sigma[i]) : isnan(sigma[i]));
    }
    MUST(counted == bad);
}

static struct american_expiry expiry_of(const struct input *in)
{
    const double *at = in->at;
    return (struct american_expiry){ .spot = at[0],
                                     .years = at[1],
                                     .variance_years = at[2],
                                     .rate = at[3],
                                     .yield = at[4],
                                     .dividend_count = in->sign[3] & 3,
                                     .dividend_years = at + 13,
                                     .dividend_dollars = at + 16 };
}

static void try_price(const struct input *in)
{
    struct american_expiry expiry = expiry_of(in);
    struct pricing_greeks wanted = out;
    memset(columns, 0, sizeof columns); /* those not wanted stay */
    if (in->sign[2] & 1)                /* four more prices */
        wanted.vega = wanted.rho = NULL;
    check_greeks(american_chain(&expiry, 1, in->at + 5, in->sign, in->at + 9, &wanted), 1);
}

static void try_implied_vol(const struct input *in)
{
    struct american_expiry expiry = expiry_of(in);
    double sigma;
    if (in->sign[2] & 1)
        expiry.dividend_count = 0;
    size_t bad =
        american_implied_vol_chain(&expiry, 1, in->at + 5, in->sign, in->at + 9, &sigma, status);
    check_vols(&sigma, bad, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { .at = { 0.0 } };
    if (size == 0)
        return 0;
    memcpy(&in, data + 1, size - 1 < sizeof in ? size - 1 : sizeof in);
    if (data[0] % 2)
        try_implied_vol(&in);
    else
        try_price(&in);
    return 0;
}
