/*
 * Fill models: the price at which an order trades, between the middle of the quotes and their far
 * side.
 *
 *   share       crosses a share of each leg's half-spread that grows with the number of legs: 0.50
 *               for one, 0.05 more for each further one, at most 0.85; legs round to the cent
 *               against the order; units are capped by the displayed size of every leg, where there
 *               is one
 *   mid         exactly between bid and ask, any size: optimistic, for comparison
 *   natural     sells at the bid, buys at the ask, any size
 *   calibrated  as share, but the share comes from fill_calibration.def: by kind of underlying and
 *               number of legs, moneyness, time of day, expiry, stress and price
 *   lean        what LEAN does, to compare with it (docs/parity.md): as natural, but where a side
 *               is missing at the last that was ever quoted on it, else at the other side. Nobody
 *               would trade there; it is never a default
 *
 * No other model fills a leg whose needed side is missing or zero, or whose quote is crossed:
 * selling needs a bid above zero, buying an ask above zero; share, calibrated and mid need both
 * sides, and buy at the full ask where the bid is zero. A report always names the model.
 *
 * Sources: package model, net mid + k * sum of leg half-spreads; D. Muravyev and N. Pearson,
 * Review of Financial Studies 33 (2020), for k below 1.
 */
#ifndef ADAPTERS_BROKER_SIM_FILL_MODEL_H
#define ADAPTERS_BROKER_SIM_FILL_MODEL_H

#include "base/str.h"
#include "domain/orders/order.h"

enum fill_model {
    FILL_SHARE,
    FILL_MID,
    FILL_NATURAL,
    FILL_CALIBRATED,
    FILL_LEAN,
    FILL_MODEL_COUNT
};

const char *fill_model_name(enum fill_model model);
/* One sentence for reports. */
const char *fill_model_text(enum fill_model model);
/* "share", "mid", "natural", "calibrated", "lean". Errors: ERR_USAGE lists them. */
NODISCARD enum err fill_model_parse(enum fill_model *out, struct str text);

/* Thousandths of the half-spread that a package of this many legs crosses in the share model. */
int fill_share_thousandths(int legs);

enum fill_class { FILL_STOCK, FILL_EQUITY, FILL_INDEX };

/* What the calibrated model looks at. */
struct fill_context {
    enum fill_class class;
    int legs;
    int64_t in_the_money_ppm; /* of the deepest leg in the money, of its strike; 0: none is, or
                                 unknown */
    int64_t from_open_s, to_close_s; /* INT64_MAX unknown */
    int64_t to_expiry_s; /* of the leg that expires first, to the close of that day; INT64_MAX
                            unknown */
    int64_t stress;      /* the VIX, micros; PRICE_NONE unknown */
    int64_t cheapest;    /* mid of the cheapest leg, micros */
};
int fill_calibrated_thousandths(const struct fill_context *context);

struct fill_quote {
    int64_t bid, ask; /* micros a share; PRICE_NONE missing */
};

/* The price at which one leg trades, PRICE_NONE when it does not and *why says so. thousandths is
 * what share and calibrated cross of the half-spread. */
int64_t fill_price(enum fill_model model, struct fill_quote quote, bool is_buy, int thousandths,
                   const char **why);

/*
 * The package as a formula, before any rounding: net mid + k * sum of |ratio| * half-spread,
 * dollars a share. quotes in dollars. Tested against golden package values; what trades is
 * fill_price() by leg.
 */
struct package_quote {
    double net_mid, half_spreads, worst;
};
struct package_quote package_quote(const struct order_terms *terms);
double package_fill(const struct package_quote *quote, double k);

/*
 * How well a fill traded: + is worse than the mid. Dollars or micros alike.
 *   effective_half_spread   side * (price - mid)
 *   eq_ratio                effective over quoted half-spread; NaN for a locked quote
 *   price_improvement       against the side that was hit
 */
struct fill_measure {
    double effective_half_spread, eq_ratio, price_improvement;
};
struct fill_measure fill_measure(double bid, double ask, bool is_buy, double price);

#endif
