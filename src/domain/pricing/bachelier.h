/*
 * Bachelier's model: the forward itself is normal, so it may be at or below zero (spreads, rates,
 * crude oil on a bad day). sigma is in dollars per square root of a year, not a share of the price.
 *
 * Source: L. Bachelier, Theorie de la speculation (1900), discounted. With v = sigma sqrt(T) and
 * d = (F - K) / v, a call is D ((F - K) Phi(d) + v phi(d)). Greeks are about the forward; theta and
 * rho hold it fixed, the rate is -ln(D) / T.
 * Accuracy: 2 rounding units of v and of |F - K| absolute, a few units times (1 + d^2) relative.
 *
 * Statuses: those of european.h; forward and strike may be any finite numbers.
 */
#ifndef DOMAIN_PRICING_BACHELIER_H
#define DOMAIN_PRICING_BACHELIER_H

#include "domain/pricing/european.h"

/* Every term a column, as black76(). Returns how many rows are not PRICING_OK. */
size_t bachelier(size_t count, const struct black76_terms *terms, const struct pricing_greeks *out);

#endif
