/*
 * Parts of surface_fit.h that lie in files of their own.
 */
#ifndef DOMAIN_PRICING_SURFACE_FIT_INT_H
#define DOMAIN_PRICING_SURFACE_FIT_INT_H

#include "domain/pricing/surface_fit.h"
#include "domain/pricing/surface_int.h"

static inline bool surface_is_quoted(const struct svi_quotes *q, size_t i)
{
    return isfinite(q->k[i]) && is_positive(q->w[i]) && is_positive(q->weight[i]);
}

/*
 * Fit the correction of a slice whose base stands, at or above near with its own (NULL: first).
 * False when that cannot be done: the slice is then without.
 */
bool surface_correct(const struct svi_quotes *quotes, const struct surface_slice *near,
                     struct surface_slice *slice);

#endif
