/* The fast path of bachelier.h. */
#include "domain/pricing/bachelier_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

LANES_INLINE void price_lanes(struct bachelier_block *b, size_t i)
{
    vd zero = vd_set(0.0), sign = vd_load_int8(b->sign + i), discount = vd_load(b->discount + i);
    vd years = vd_load(b->years + i), sigma = vd_load(b->sigma + i), root = vd_sqrt(years);
    vd v = sigma * root, moneyness = vd_load(b->forward + i) - vd_load(b->strike + i);
    vd inverse_v = 1.0 / v, d = moneyness * inverse_v, size = vd_abs(d), one = vd_set(1.0);
    struct vd_mills m;
    /* With no distance between them, the difference over 2 t is -M'(a) = 1 - a M(a). */
    vd_mills_pairs(1, lanes_mills_coefficients, LANES_MILLS_DEGREE, &size, &size, &one, &m);
    vd density = discount * vd_normal_density(d);
    vm is_in = vm_greater(sign * moneyness, zero);
    vd tail = density * m.near;
    vd exercised = sign * vd_select(is_in, discount - tail, tail);
    vd gain = vd_select(is_in, discount * vd_abs(moneyness), zero);
    vd price = vd_fma(v * density, m.difference, gain);
    vd rate = -vd_log(discount) / years;
    vd_store(b->out[0] + i, price);
    vd_store(b->out[1] + i, exercised);
    vd_store(b->out[2] + i, density * inverse_v);
    vd_store(b->out[3] + i, density * root);
    vd_store(b->out[4] + i, vd_fma(rate, price, -0.5 * sigma * density / root));
    vd_store(b->out[5] + i, -years * price);
    vi strange = vd_strangeness(discount) | vd_strangeness(years) | vd_strangeness(v);
    vm good = vm_and(vm_equal(vd_abs(sign), one), vm_ordinary(strange));
    unsigned bits = vm_bits(vm_and(good, vm_at_most(vd_abs(moneyness), vd_set(1e100))));
    for (unsigned lane = 0; lane < LANES_WIDTH; lane++)
        b->odd[i + lane] = !(bits >> lane & 1u);
}

void LANES_NAME(bachelier_kernel)(struct bachelier_block *block)
{
    for (size_t i = 0; i < LANES_ROWS; i += LANES_WIDTH)
        price_lanes(block, i);
}
