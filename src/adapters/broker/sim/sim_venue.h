/*
 * The simulated venue: fills packages at one instant against both sides' quotes.
 *
 * The first form, for orders that carry their quotes (kernel/ports/order.h): each is answered at once.
 * exchange.h is the full form. What it fills at is fill_model.h's, but for calibrated: an order alone
 * does not tell the time of day. A package fills all its legs or none.
 */
#ifndef ADAPTERS_BROKER_SIM_VENUE_H
#define ADAPTERS_BROKER_SIM_VENUE_H

#include "adapters/broker/sim/fill_model.h"
#include "base/mem.h"
#include "domain/types/fees.h"
#include "kernel/ports/ports.h"

/* The price at which one leg fills, PRICE_NONE when it does not and *why says so. legs is the size of
 * its package. */
int64_t fill_leg_price(enum fill_model model, const struct order_leg *leg, int legs,
                       const char **why);

/* A venue with room for this many orders at once; closed by its ops. Errors: ERR_UNSUPPORTED for
 * FILL_CALIBRATED. */
NODISCARD enum err sim_venue_open(struct broker *out, struct arena *arena, enum fill_model model,
                                  enum fee_schedule fees, uint32_t orders_max);

#endif
