/* The Newton step of american_cache.h, its Greeks, and whether the row still keeps the promise. */
#include "domain/pricing/american_cache_lanes_int.h"

#include <float.h>
#include <math.h>

#include "domain/pricing/american_cache.h"
#include "domain/pricing/lanes_int.h"

LANES_INLINE void remark_lanes(const struct american_remark *r, size_t i)
{
    vd move = vd_set(r->move), kept = vd_load(r->kept + i), sigma = vd_load(r->sigma + i);
    vd change = sigma - kept, quoted = vd_load(r->quoted + i);
    vd by_spot = vd_load(r->by_spot + i), by_spot2 = vd_load(r->by_spot2 + i);
    vd by_sigma2 = vd_load(r->by_sigma2 + i), by_spot_sigma = vd_load(r->by_spot_sigma + i);
    vd slope = vd_load(r->by_sigma + i) + by_spot_sigma * move + by_sigma2 * change;
    vd premium = vd_load(r->premium + i) + move * (by_spot + 0.5 * move * by_spot2) +
                 change * (slope - 0.5 * by_sigma2 * change);
    vd vega = vd_load(r->vega + i) + slope;
    vd step = (quoted - (vd_load(r->price + i) + premium)) / vega;
    sigma = sigma + step;
    vd delta = vd_load(r->delta + i) + by_spot + by_spot2 * move + by_spot_sigma * change;
    vd gamma = vd_load(r->gamma + i) + by_spot2;
    vd variance = sigma * sigma * r->variance_share;
    vd theta = r->rate * quoted - (r->rate - r->yield) * r->spot * delta -
               0.5 * variance * (r->spot * r->spot) * gamma;
    vm good = vm_at_most(vd_abs(sigma - kept), AMERICAN_CACHE_VOL_MOVE * kept);
    good = vm_and(good, vm_at_most(vd_abs(step), 0.1 * AMERICAN_CACHE_VOL_MOVE * kept));
    good = vm_and(good, vm_at_most(vd_abs(delta + gamma + vega + theta + quoted), vd_set(DBL_MAX)));
    vd nothing = vd_set((double)NAN);
    vd_store(r->sigma + i, vd_select(good, sigma, nothing));
    vd_store(r->price + i, vd_select(good, quoted, nothing));
    vd_store(r->delta + i, vd_select(good, delta, nothing));
    vd_store(r->gamma + i, vd_select(good, gamma, nothing));
    vd_store(r->vega + i, vd_select(good, vega, nothing));
    vd_store(r->theta + i, vd_select(good, theta, nothing));
    unsigned bits = vm_bits(good);
    for (unsigned lane = 0; lane < LANES_WIDTH; lane++)
        r->is_stale[i + lane] = !(bits >> lane & 1u);
}

void LANES_NAME(american_remark_kernel)(const struct american_remark *r)
{
    for (size_t i = 0; i < r->count; i += LANES_WIDTH)
        remark_lanes(r, i);
}
