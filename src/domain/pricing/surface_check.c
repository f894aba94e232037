#include "domain/pricing/surface_int.h"

enum { POINTS_PER_PIECE = 16 };

/*
 * A smooth function known at points h apart: between them it can fall below both by about a quarter
 * of how much it changes from one to the next.
 */
static bool is_short(double here, double before)
{
    return !(here - 0.25 * fabs(here - before) >= 0.0);
}

static bool butterfly_holds(const struct surface_slice *slice, double *where)
{
    double before = NAN;
    int points = ((int)slice->bump_count + 3) * POINTS_PER_PIECE;
    for (int i = 0; i <= points; i++) {
        double z = slice->z_low + slice->z_step * i / POINTS_PER_PIECE, k = surface_k(slice, z);
        struct svi_point at = surface_at(slice, k);
        double g = at.w > 0.0 ? svi_g(k, at) : -1.0;
        if (is_short(g, i ? before : g)) {
            *where = k;
            return false;
        }
        before = g;
    }
    return true;
}

/* Over the corrected part of grid, which is one of the two. */
static bool calendar_holds(const struct surface_slice *near, const struct surface_slice *far,
                           const struct surface_slice *grid, double *where)
{
    if (!grid->bump_count)
        return true;
    int points = ((int)grid->bump_count + 3) * POINTS_PER_PIECE;
    for (int i = 0; i <= points; i++) {
        double z = grid->z_low + grid->z_step * i / POINTS_PER_PIECE, k = surface_k(grid, z);
        double step = surface_k(grid, z + grid->z_step / POINTS_PER_PIECE * 0.5) - k;
        struct svi_point a = surface_at(near, k), b = surface_at(far, k);
        double bend = fabs(b.curvature - a.curvature) * step * step;
        if (!(b.w - a.w >= (bend == bend ? 0.5 * bend : 0.0))) {
            *where = k;
            return false;
        }
    }
    return true;
}

bool surface_correction_is_free(const struct surface_slice *near, const struct surface_slice *slice,
                                double *where)
{
    if (slice->bump_count && !butterfly_holds(slice, where))
        return false;
    return !near ||
           (calendar_holds(near, slice, slice, where) && calendar_holds(near, slice, near, where));
}

uint8_t surface_check(const struct surface *surface, size_t *slice, double *k)
{
    *k = NAN;
    for (size_t i = 0; i < surface->count; i++) {
        const struct surface_slice *here = &surface->slice[i], *near = i ? here - 1 : NULL;
        *slice = i;
        uint8_t status = svi_butterfly(&here->base, k);
        if (status == PRICING_OK && near)
            status = svi_calendar(&near->base, &here->base, k);
        if (status != PRICING_OK)
            return status;
        if (!surface_correction_is_free(near, here, k))
            return PRICING_ARBITRAGE;
    }
    return PRICING_OK;
}
