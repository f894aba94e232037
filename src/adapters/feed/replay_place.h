/*
 * The tapes that somebody points at, as one source: a file, or a folder with all there is below it.
 *
 * A folder is read three levels deep (the simulator leaves STORE/tape/SYMBOL/DAY.*.dbn.zst); names
 * that begin with a dot are passed by. Definitions come first among records of the same moment.
 * All is merged by time of capture (replay_merge.h).
 */
#ifndef ADAPTERS_FEED_REPLAY_PLACE_H
#define ADAPTERS_FEED_REPLAY_PLACE_H

#include "adapters/feed/source.h"
#include "base/mem.h"

/*
 * Open it. first_ns, which may be NULL: of the first record; INT64_MAX when there is none.
 * instruments must outlive the source.
 * Errors: those of replay_dbn_open(); ERR_NOT_FOUND for a folder without tapes, ERR_FULL for more
 * than REPLAY_PARTS of them.
 */
NODISCARD enum err replay_place_open(struct source *out, int64_t *first_ns, const char *place,
                                     struct instruments *instruments);

/*
 * Which underlyings it has, "QQQ,SPY", by name: stocks and indices, and what its options are on.
 * From what the heads of the files say, and the definitions among their first records; a file that
 * says neither there is read on. At most most.
 * Errors: as above; ERR_NOT_FOUND when there is none; ERR_FULL when there are more, naming them.
 */
NODISCARD enum err replay_place_symbols(const char **out, struct arena *arena, const char *place,
                                        size_t most);

#endif
