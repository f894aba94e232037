/*
 * The simulated exchange behind the kernel's port (kernel/ports/venue.h).
 */
#ifndef ADAPTERS_BROKER_SIM_EXCHANGE_VENUE_H
#define ADAPTERS_BROKER_SIM_EXCHANGE_VENUE_H

#include "adapters/broker/sim/exchange.h"
#include "kernel/ports/venue.h"

/* Sees sessions, snapshots, quotes, day ends and the level of VIX. The exchange itself stays at
 * hand for halts and questions. Closing frees nothing: the arena does. */
void exchange_venue_open(struct venue *out, struct exchange **exchange, struct arena *arena,
                         const struct exchange_config *config);

#endif
