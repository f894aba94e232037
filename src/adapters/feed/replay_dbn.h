/*
 * A DBN tape as a source: any file of any schema and version, from disk or memory, at any speed.
 *
 * The tape's own capture times (ts_recv) are the clock: poll(now_ns) gives what was captured up to
 * now_ns and no more, so whoever drives it sets the speed (replay_clock.h) and the same calls give
 * the same records. Zstd is unpacked on the way; memory stays the same however long the tape is.
 */
#ifndef ADAPTERS_FEED_REPLAY_DBN_H
#define ADAPTERS_FEED_REPLAY_DBN_H

#include "adapters/dbn/dbn.h"
#include "adapters/feed/source.h"

struct replay_dbn_info {
    int64_t first_ns; /* recv_ns of the first record; INT64_MAX when there is none */
    uint64_t bytes;   /* of the file; 0 unknown */
    char dataset[DBN_DATASET_BYTES + 1];
};

/*
 * Open a tape; info may be NULL. instruments must outlive the source.
 * Errors: those of dbn_reader_open() and of the first record.
 */
NODISCARD enum err replay_dbn_open(struct source *out, struct replay_dbn_info *info,
                                   const char *path, struct instruments *instruments);
/* The same from bytes, which must outlive the source; name is for messages. */
NODISCARD enum err replay_dbn_open_memory(struct source *out, struct replay_dbn_info *info,
                                          const char *name, const void *bytes, size_t len,
                                          struct instruments *instruments);

/* Bytes of the file taken so far, for a progress bar. */
uint64_t replay_dbn_bytes(const struct source *source);
/* Records of kinds that are not used, of instruments that are not supported, of unknown type. */
void replay_dbn_left_out(const struct source *source, uint64_t *unused, uint64_t *unsupported,
                         uint64_t *unknown);

#endif
