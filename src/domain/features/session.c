#include "domain/features/session.h"

#include <stddef.h>

#include "base/attr.h"

static void begin_gate(struct feature_gate *gate, int64_t open_ns)
{
    feature_gate_init(gate);
    gate->ts_ns = open_ns; /* what was before the open is late */
}

void opening_range_begin(struct opening_range *range, int64_t open_ns, int64_t length_ns)
{
    MUST(length_ns > 0);
    *range = (struct opening_range){ .end_ns = open_ns + length_ns, .high = NAN, .low = NAN };
    begin_gate(&range->gate, open_ns);
}

bool opening_range_update(struct opening_range *range, int64_t ts_ns, double price)
{
    if (!feature_gate_pass(&range->gate, ts_ns, feature_is_price(price)))
        return false;
    if (ts_ns <= range->end_ns) {
        range->high = fmax(range->high, price); /* fmax and fmin skip NaN */
        range->low = fmin(range->low, price);
    }
    return true;
}

double opening_range_high(const struct opening_range *range)
{
    return range->gate.ts_ns >= range->end_ns ? range->high : NAN;
}

double opening_range_low(const struct opening_range *range)
{
    return range->gate.ts_ns >= range->end_ns ? range->low : NAN;
}

void vwap_begin(struct vwap *vwap, int64_t open_ns)
{
    *vwap = (struct vwap){ .mean = NAN };
    begin_gate(&vwap->gate, open_ns);
}

bool vwap_update(struct vwap *vwap, int64_t ts_ns, double price, double size)
{
    bool usable = feature_is_price(price) && size > 0 && size < FEATURE_PRICE_MAX;
    if (!feature_gate_pass(&vwap->gate, ts_ns, usable))
        return false;
    if (vwap->gate.taken == 1)
        vwap->mean = price;
    /* West (1979): stable for millions of trades, where sums of squares are not. */
    vwap->size += size;
    double off = price - vwap->mean;
    vwap->mean += off * (size / vwap->size);
    vwap->squares += size * off * (price - vwap->mean);
    return true;
}

double vwap_value(const struct vwap *vwap)
{
    return vwap->mean;
}

double vwap_deviation(const struct vwap *vwap)
{
    return vwap->size > 0 ? sqrt(fmax(0.0, vwap->squares) / vwap->size) : NAN;
}

void session_bar_begin(struct session_bar *bar, int64_t open_ns)
{
    *bar = (struct session_bar){ .bar = { NAN, NAN, NAN, NAN } };
    begin_gate(&bar->gate, open_ns);
}

bool session_bar_update(struct session_bar *bar, int64_t ts_ns, double price)
{
    if (!feature_gate_pass(&bar->gate, ts_ns, feature_is_price(price)))
        return false;
    struct ohlc *b = &bar->bar;
    if (bar->gate.taken == 1)
        b->open = price;
    b->high = fmax(b->high, price);
    b->low = fmin(b->low, price);
    b->close = price;
    return true;
}

const struct ohlc *session_bar_value(const struct session_bar *bar)
{
    return bar->gate.taken ? &bar->bar : NULL;
}
