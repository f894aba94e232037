/* As pricing_fuzz.c for American options, which take a thousand times longer. */
#include <math.h>
#include <string.h>

#include "domain/pricing/american.h"
#include "domain/pricing/american_cache.h"
#include "domain/pricing/pricing_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* Four rows of columns, at every accuracy, and back to their vols. */
static void try_columns(const struct input *in)
{
    const double *at = in->at;
    double price[4], boundary[4], sigma[4];
    struct black_scholes_terms terms = { at, at + 2, at + 4, at + 6, at + 8, at + 10, in->sign };
    enum american_accuracy accuracy = (enum american_accuracy)((unsigned)in->sign[3] % 3);
    check_greeks(american_columns(4, &terms, accuracy, &out, boundary), 4);
    for (int i = 0; i < 4; i++)
        MUST(isnan(boundary[i]) || (boundary[i] >= 0.0 && status[i] == PRICING_OK));
    memcpy(price, columns[0], sizeof price);
    check_vols(sigma, american_implied_vol(4, &terms, accuracy, price, sigma, status), 4);
}

static void try_european(const struct input *in)
{
    struct american_expiry expiry = expiry_of(in);
    check_greeks(european_chain_with_dividends(&expiry, 1, in->at + 5, in->sign, in->at + 9, &out),
                 1);
}

static void try_cache(const struct input *in)
{
    struct american_expiry expiry = expiry_of(in);
    double kept[8][2], sigma[2];
    bool is_stale[2];
    struct american_cache cache = { 0.0,     kept[0], kept[1], kept[2], kept[3],
                                    kept[4], kept[5], kept[6], kept[7] };
    struct pricing_greeks wanted = out;
    wanted.rho = NULL;
    memset(columns, 0, sizeof columns);
    expiry.dividend_count = 0;
    american_cache_fill(&cache, &expiry, 2, in->at + 5, in->sign, in->at + 9, NULL);
    expiry.spot *= 1.0005;
    size_t bad = american_cache_remark(&cache, &expiry, 2, in->at + 5, in->sign, in->at + 9, sigma,
                                       &wanted, is_stale);
    check_greeks(bad, 2);
    for (int i = 0; i < 2; i++)
        MUST(is_stale[i] == (status[i] != PRICING_OK) && isnan(sigma[i]) == is_stale[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(const struct input *) = { try_price, try_implied_vol, try_columns,
                                                           try_european, try_cache };
    struct input in = { .at = { 0.0 } };
    if (size == 0)
        return 0;
    memcpy(&in, data + 1, size - 1 < sizeof in ? size - 1 : sizeof in);
    tries[data[0] % ARRAY_COUNT(tries)](&in);
    return 0;
}
