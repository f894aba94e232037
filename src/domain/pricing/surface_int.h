/*
 * One point of a surface, for the other files of this folder.
 */
#ifndef DOMAIN_PRICING_SURFACE_INT_H
#define DOMAIN_PRICING_SURFACE_INT_H

#include "domain/pricing/surface.h"
#include "domain/pricing/svi_int.h"

/* Base and correction. */
struct svi_point surface_at(const struct surface_slice *slice, double k);

/* The coordinate of the correction, and k of it. */
double surface_z(const struct surface_slice *slice, double k);
double surface_k(const struct surface_slice *slice, double z);

/* The four cubic B-splines on a piece, 0 <= t <= 1, with first and second derivatives. */
struct surface_basis {
    double at[4], slope[4], curvature[4];
};
struct surface_basis surface_basis(double t);

/* False where g < 0 on the corrected part of a slice, or where it lies below near (may be NULL);
 * *where is the k. Bases are not looked at. */
bool surface_correction_is_free(const struct surface_slice *near, const struct surface_slice *slice,
                                double *where);

#endif
