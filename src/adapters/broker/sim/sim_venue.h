/*
 * The simulated venue: fills packages at one instant against both sides' quotes.
 *
 * What it fills, and at which price, is one of three models; a report always names it.
 *
 *   share    crosses a share of each leg's half-spread that grows with the number of legs: 0.50 for
 *            one, 0.05 more for each further one, at most 0.85; legs round to the cent against the
 *            order; units are capped by the displayed size of every leg, where there is one
 *   mid      exactly between bid and ask, any size: optimistic, for comparison
 *   natural  sells at the bid, buys at the ask, any size
 *
 * No model fills a leg whose needed side is missing or zero, or whose quote is crossed: selling needs
 * a bid above zero, buying an ask above zero; share and mid need both sides, and buy at the full ask where
 * the bid is zero. A package fills all its legs or none.
 *
 * Sources: golden values of the package model: net mid + k * sum of leg half-spreads; D. Muravyev and
 * N. Pearson, Review of Financial Studies 33 (2020), for k below 1.
 */
#ifndef ADAPTERS_BROKER_SIM_VENUE_H
#define ADAPTERS_BROKER_SIM_VENUE_H

#include "base/mem.h"
#include "base/str.h"
#include "domain/types/fees.h"
#include "kernel/ports/ports.h"

enum fill_model { FILL_SHARE, FILL_MID, FILL_NATURAL };

const char *fill_model_name(enum fill_model model);
/* One sentence for reports. */
const char *fill_model_text(enum fill_model model);
/* "share", "mid", "natural". Errors: ERR_USAGE lists them. */
NODISCARD enum err fill_model_parse(enum fill_model *out, struct str text);

/* Thousandths of the half-spread that a package of this many legs crosses in the share model. */
int fill_share_thousandths(int legs);

/* The price at which one leg fills, PRICE_NONE when it does not and *why says so. legs is the size of
 * its package. */
int64_t fill_leg_price(enum fill_model model, const struct order_leg *leg, int legs,
                       const char **why);

/* A venue with room for this many orders at once; closed by its ops. */
NODISCARD enum err sim_venue_open(struct broker *out, struct arena *arena, enum fill_model model,
                                  enum fee_schedule fees, uint32_t orders_max);

#endif
