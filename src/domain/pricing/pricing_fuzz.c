/* Any doubles in: a status, and numbers exactly where the status promises them. */
#include <math.h>
#include <string.h>

#include "domain/pricing/bachelier.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/pricing_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_european(const struct input *in)
{
    const double *at = in->at;
    struct black76_expiry expiry = { at[0], at[1], at[2], at[3], at[4] };
    check_greeks(black76_chain(&expiry, 4, at + 5, in->sign, at + 9, &out), 4);
    double sigma[4];
    size_t bad = implied_vol_chain(&expiry, 4, at + 5, in->sign, at + 9, sigma, status);
    check_vols(sigma, bad, 4);
    struct black_scholes_terms terms = { at, at + 3, at + 6, at + 9, at + 12, at + 15, in->sign };
    check_greeks(black_scholes(4, &terms, &out), 4);
    struct black76_terms forwards = { at, at + 3, at + 6, at + 9, at + 12, in->sign };
    check_greeks(black76(4, &forwards, &out), 4);
    bad = implied_vol(4, &forwards, at + 15, sigma, status);
    check_vols(sigma, bad, 4);
    forwards.forward = at + 1;
    check_greeks(bachelier(4, &forwards, &out), 4);
}

static void try_forward(const struct input *in)
{
    const double *at = in->at;
    struct forward_quotes quotes = { at, at + 3, at + 6, at + 9, at + 8 };
    struct forward_fit fit;
    uint8_t answer = forward_imply(&quotes, 10, at[19], &fit);
    MUST(answer != PRICING_OK || (fit.forward > 0.0 && isfinite(fit.forward)));
    answer = forward_of_expiry(&quotes, 10, at[18], at[17], &fit);
    MUST(answer != PRICING_OK || (fit.forward > 0.0 && isfinite(fit.forward)));
    MUST(answer != PRICING_OK || (fit.discount > 0.0 && isfinite(fit.discount)));
    MUST(fit.pairs_used <= fit.pairs_seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { .at = { 0.0 } };
    if (size == 0)
        return 0;
    memcpy(&in, data + 1, size - 1 < sizeof in ? size - 1 : sizeof in);
    if (data[0] % 2)
        try_forward(&in);
    else
        try_european(&in);
    return 0;
}
