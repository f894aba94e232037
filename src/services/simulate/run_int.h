/*
 * The parts of a run beside the chains: series in the store, and the truth beside it.
 */
#ifndef SERVICES_SIMULATE_RUN_INT_H
#define SERVICES_SIMULATE_RUN_INT_H

#include "adapters/store/store.h"
#include "services/simulate/chain.h"

enum { HISTORY_DAYS = 260 }; /* of bars before the first chain: a year, for ranks and averages */

/* Bars, dividends and splits of a symbol for the sessions first..to, settlement values for
 * from..to; for VIX its futures too. first is before from where the history has to be written. */
NODISCARD enum err series_make(struct store *store, const struct sim_path *path,
                               enum sim_symbol symbol, int first, int from, int to);
NODISCARD enum err series_make_rates(struct store *store, const struct sim_path *path, int first,
                                     int to);

/*
 * STORE/truth/seed-N.FROM-TO.{days,events,breaks,flow}.csv: what quotes only hint at (of a tape,
 * by the second too: seed-N.SYMBOL.DAY.{seconds,flow}.csv). Each file is written aside and
 * renamed. symbols: bit per symbol.
 */
NODISCARD enum err truth_write(const char *store, const struct sim_path *path, uint32_t symbols,
                               int from, int to);
/* One of them, by name; a decimal number with so many places, the same with any C library. */
NODISCARD enum err truth_file(const char *store, const char *name, const struct buf *text);
void truth_decimal(struct buf *out, double value, int decimals);

#endif
