/*
 * Features of one session: opening range, volume-weighted price, and the session's own bar.
 * begin() starts a session and forgets the one before.
 */
#ifndef DOMAIN_FEATURES_SESSION_H
#define DOMAIN_FEATURES_SESSION_H

#include "domain/features/gate.h"
#include "domain/features/realised_vol.h"

/*
 * High and low of the first minutes: prices with open <= ts <= open + length. Unknown until an
 * update at or after open + length shows that they are over, and for a session without a price in
 * them.
 */
struct opening_range {
    struct feature_gate gate;
    int64_t end_ns;
    double high, low; /* NaN before the first price */
};
void opening_range_begin(struct opening_range *range, int64_t open_ns, int64_t length_ns);
bool opening_range_update(struct opening_range *range, int64_t ts_ns, double price);
double opening_range_high(const struct opening_range *range);
double opening_range_low(const struct opening_range *range);

/*
 * VWAP: sum of price x size over sum of size; the deviation is the volume-weighted one of prices
 * from it, as bands around a VWAP use. Trades, or bars at their typical price (high + low + close)
 * / 3.
 */
struct vwap {
    struct feature_gate gate;
    double size, mean, squares; /* squares: sum of size x squared distance from the mean */
};
void vwap_begin(struct vwap *vwap, int64_t open_ns);
bool vwap_update(struct vwap *vwap, int64_t ts_ns, double price, double size); /* size > 0 */
double vwap_value(const struct vwap *vwap);     /* NaN before the first trade */
double vwap_deviation(const struct vwap *vwap); /* dollars; NaN before the first trade */

/* Open, high, low, close of what was seen in a session. */
struct session_bar {
    struct feature_gate gate;
    struct ohlc bar;
};
void session_bar_begin(struct session_bar *bar, int64_t open_ns);
bool session_bar_update(struct session_bar *bar, int64_t ts_ns, double price);
/* NULL before the first price. gate.taken says how many prices it is made of. */
const struct ohlc *session_bar_value(const struct session_bar *bar);

#endif
