/* Phi on columns, for normal.c. */
#include "domain/pricing/normal_int.h"

#include "domain/pricing/lanes_math_int.h"

void LANES_NAME(normal_cdf_kernel)(size_t count, const double *x, double *cdf)
{
    for (size_t i = 0; i < count; i += LANES_WIDTH)
        vd_store(cdf + i, vd_normal_cdf(vd_load(x + i)));
}

double LANES_NAME(normal_cdf_one)(double x)
{
    vd cdf = vd_normal_cdf(vd_set(x));
    return cdf[0];
}

void LANES_NAME(lognormal_kernel)(size_t count, const double *z, double growth, double vol,
                                  double *then, double *density)
{
    for (size_t i = 0; i < count; i += LANES_WIDTH) {
        vd deviate = vd_load(z + i);
        vd_store(then + i, vd_exp(vd_fma(vd_set(vol), deviate, vd_set(growth))));
        vd_store(density + i, vd_normal_density(deviate));
    }
}
