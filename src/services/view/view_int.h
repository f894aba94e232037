/*
 * What the three ways of showing a view share.
 */
#ifndef SERVICES_VIEW_VIEW_INT_H
#define SERVICES_VIEW_VIEW_INT_H

#include "services/view/view.h"

/* Call deltas at which a smile is told: puts at 10 and 25, the middle, calls at 25 and 10. */
enum { SMILE_DELTAS = 5 };
extern const double smile_deltas[SMILE_DELTAS];
extern const char *const smile_delta_names[SMILE_DELTAS];

/* The vols of a slice at those call deltas (of the forward); NaN where there is none. */
void slice_vols(const struct surface_slice *slice, double vols[SMILE_DELTAS]);
/* At k = ln(strike / forward); NaN. */
double slice_vol(const struct surface_slice *slice, double k);

/* First and one past the last strike to show. */
void view_window(const struct view_expiry *expiry, size_t strikes, size_t *from, size_t *to);
/* The strike nearest to the forward; SIZE_MAX. */
size_t view_nearest(const struct view_expiry *expiry);
/* That of show, else the front one. ERR_NOT_FOUND. */
NODISCARD enum err view_choose(const struct view *view, const struct view_show *show,
                               const struct view_expiry **out);

#endif
