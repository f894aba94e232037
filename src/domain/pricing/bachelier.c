#include "domain/pricing/bachelier.h"

#include <math.h>

#include "domain/pricing/bachelier_lanes_int.h"
#include "domain/pricing/european_int.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

/* The long way: any doubles, one row. */
static uint8_t price_row(const struct bachelier_block *b, size_t i, struct european_value *value)
{
    double discount = b->discount[i], years = b->years[i], sigma = b->sigma[i];
    double moneyness = b->forward[i] - b->strike[i];
    int8_t sign = b->sign[i];
    *value = (struct european_value)EUROPEAN_NOTHING;
    if (!isfinite(b->forward[i]) || !isfinite(b->strike[i]) || !is_positive(discount) ||
        !is_not_negative(years) || !is_not_negative(sigma) ||
        (sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT))
        return PRICING_BAD_INPUT;
    double root = sqrt(years), v = sigma * root, gain = sign * moneyness;
    uint8_t status = years == 0.0    ? PRICING_EXPIRED
                     : !(v > 1e-300) ? PRICING_NO_VOLATILITY
                                     : PRICING_OK;
    if (status != PRICING_OK) {
        value->price = gain > 0.0 ? discount * gain : 0.0;
        value->delta = sign * discount * (gain > 0.0 ? 1.0 : gain == 0.0 ? 0.5 : 0.0);
    } else {
        double d = moneyness / v, density = discount * normal_density(d);
        value->price =
            v * density * normal_mills_complement(fabs(d)) + (gain > 0.0 ? discount * gain : 0.0);
        value->delta = sign * discount * normal_cdf(sign * d);
        value->gamma = density / v;
        value->vega = density * root;
        value->theta =
            -portable_log(discount) / years * value->price - 0.5 * sigma * density / root;
        value->rho = -years * value->price;
        if (!isfinite(value->gamma) || !isfinite(value->vega + value->theta + value->rho))
            status = PRICING_OUT_OF_RANGE;
    }
    if (!isfinite(value->price) || !isfinite(value->delta))
        status = PRICING_OUT_OF_RANGE;
    if (status == PRICING_OUT_OF_RANGE)
        *value = (struct european_value)EUROPEAN_NOTHING;
    return status;
}

size_t bachelier(size_t count, const struct black76_terms *terms, const struct pricing_greeks *out)
{
    size_t bad = 0;
    for (size_t from = 0; from < count; from += LANES_ROWS) {
        size_t rows = count - from < LANES_ROWS ? count - from : LANES_ROWS;
        struct bachelier_block b;
        for (size_t i = 0; i < LANES_ROWS; i++) {
            size_t row = from + (i < rows ? i : rows - 1);
            b.forward[i] = terms->forward[row];
            b.strike[i] = terms->strike[row];
            b.discount[i] = terms->discount[row];
            b.years[i] = terms->years[row];
            b.sigma[i] = terms->sigma[row];
            b.sign[i] = terms->sign[row];
        }
        LANES_PICK(bachelier_kernel)(&b);
        for (size_t i = 0; i < rows; i++) {
            struct european_value value = { b.out[0][i], b.out[1][i], b.out[2][i],
                                            b.out[3][i], b.out[4][i], b.out[5][i] };
            uint8_t status = b.odd[i] ? price_row(&b, i, &value) : PRICING_OK;
            bad += european_store(out, from + i, &value, status);
        }
    }
    return bad;
}
