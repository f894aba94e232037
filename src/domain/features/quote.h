/*
 * What one quote says: mid, spread, microprice.
 *
 *   mid         (bid + ask) / 2
 *   spread      ask - bid
 *   relative    spread / mid
 *   imbalance   bid size / (bid size + ask size), 0 to 1: above one half more want to buy
 *   microprice  ask x imbalance + bid x (1 - imbalance): the mid leaned to the thin side, where the
 *               next price is likelier. Sources: J. Gatheral, R. Oomen, Zero-intelligence realized
 *               variance estimation, Finance and Stochastics 14 (2010); S. Stoikov, The
 * micro-price, Quantitative Finance 18 (2018), whose first-order form this is
 *
 * A one-sided, crossed or negative quote has none of them; a bid of zero is a price, but its
 * relative spread is 2 and says little. Without sizes there is no imbalance and no microprice.
 */
#ifndef DOMAIN_FEATURES_QUOTE_H
#define DOMAIN_FEATURES_QUOTE_H

#include "domain/features/gate.h"
#include "domain/types/money.h"

struct quote_feature {
    struct feature_gate gate;
    int64_t bid, ask;            /* micros; PRICE_NONE */
    uint32_t bid_size, ask_size; /* SIZE_NONE */
};

void quote_feature_init(struct quote_feature *quote);

/* Any quote is taken, an absent one too: it is what is known now. Only late ones are refused. */
bool quote_feature_update(struct quote_feature *quote, int64_t ts_ns, int64_t bid, int64_t ask,
                          uint32_t bid_size, uint32_t ask_size);

double quote_feature_mid(const struct quote_feature *quote);
double quote_feature_spread(const struct quote_feature *quote);
double quote_feature_relative_spread(const struct quote_feature *quote);
double quote_feature_imbalance(const struct quote_feature *quote);
double quote_feature_microprice(const struct quote_feature *quote);

#endif
