/*
 * A Databento live line as a source: options of OPRA.PILLAR, or stocks and futures of another
 * dataset.
 *
 *     struct databento_options options = { .dataset = "OPRA.PILLAR", .key = key };
 *     databento_open(&source, &options, &instruments);
 *     struct source_wish wish = { .symbol = "SPY", .with_chain = true };
 *     source.ops->subscribe(source.self, &wish);
 *
 * The line comes back by itself after a loss: it waits 0.5 s, then twice as long each time up to
 * 30 s; subscribes again, and asks for what it missed (the gateway repeats the last 24 hours).
 * What is repeated is flagged RECORD_SNAPSHOT and given once: records that were here before are
 * left out. A hole that cannot be filled is a RECORD_GAP. The line counts as dead when nothing was
 * heard for the heartbeat and 5 s more.
 *
 * A refused key or dataset is an error for good; too many connections are tried again. Underlyings
 * of an options dataset come from another source: OPRA has none.
 *
 * Unproven against the real gateway: the texts of its errors, and the order of acknowledgements and
 * symbol mappings. Source: lsg.h.
 */
#ifndef ADAPTERS_FEED_DATABENTO_DATABENTO_H
#define ADAPTERS_FEED_DATABENTO_DATABENTO_H

#include "adapters/feed/source.h"

struct databento_options {
    const char *dataset; /* "OPRA.PILLAR" */
    const char *key;     /* copied, wiped at the end, never shown */
    const char *host;    /* NULL: opra-pillar.lsg.databento.com and the like */
    int port;            /* 0: 13000 */
    const char
        *quote_schema; /* NULL: "cmbp-1" of OPRA, else "mbp-1"; "cbbo-1s" is a thousandth of it */
    int heartbeat_s;   /* 0: 30 */
    bool is_packed;    /* zstd on the line: less to carry, more to compute */
    bool no_repeat;    /* after a loss, do not ask for what was missed */
};

/* Nothing is connected before the first poll. Errors: ERR_USAGE naming the option. */
NODISCARD enum err databento_open(struct source *out, const struct databento_options *options,
                                  struct instruments *instruments);

#endif
