/*
 * Parts of surface_fit.h that lie in files of their own.
 */
#ifndef DOMAIN_PRICING_SURFACE_FIT_INT_H
#define DOMAIN_PRICING_SURFACE_FIT_INT_H

#include "domain/pricing/surface_fit.h"
#include "domain/pricing/surface_int.h"

static inline double surface_weight(const struct svi_quotes *q, size_t i)
{
    return q->weight ? q->weight[i] : 1.0;
}

/* The rows that svi_fit() takes. */
static inline bool surface_is_quoted(const struct svi_quotes *q, size_t i)
{
    double weight = surface_weight(q, i);
    return svi_is_quote(q->k[i], q->w[i], weight);
}

/*
 * Fit the correction of a slice whose base stands, at or above near with its own (NULL: first).
 * False when that cannot be done: the slice is then without.
 */
bool surface_correct(const struct svi_quotes *quotes, const struct surface_slice *near,
                     struct surface_slice *slice);

#endif
