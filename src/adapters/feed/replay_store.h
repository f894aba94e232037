/*
 * A stored day of one underlying as a source: its snapshots as quotes, levels and interest.
 *
 * A snapshot says what was known at its moment, so its records carry that moment as both times. The
 * definitions come first. The underlying is a stock with a quote where the store has one, else an
 * index with a level; a contract whose quote went away is quoted without prices. Interest (volume,
 * open interest) comes when it changed.
 */
#ifndef ADAPTERS_FEED_REPLAY_STORE_H
#define ADAPTERS_FEED_REPLAY_STORE_H

#include "adapters/feed/source.h"
#include "adapters/store/store.h"

/*
 * Open a day. store and instruments must outlive the source. first_ns, which may be NULL: of the
 * first snapshot. Errors: those of chain_cursor_open(); ERR_FULL when the instruments have no room.
 */
NODISCARD enum err replay_store_open(struct source *out, int64_t *first_ns,
                                     const struct store *store, const char *underlying, int32_t day,
                                     struct instruments *instruments);

/*
 * Open everything there is of a day of one underlying: the tapes below folder/tape/UNDERLYING
 * (YYYYMMDD.*.dbn.zst, as the simulator writes them) when there are any, else the stored chain.
 * folder is the store's. Errors: those above and of replay_dbn_open().
 */
NODISCARD enum err replay_day_open(struct source *out, int64_t *first_ns, const struct store *store,
                                   const char *underlying, int32_t day,
                                   struct instruments *instruments);

#endif
