/*
 * Polygon's (now Massive's) WebSocket as a source: the backup of a Databento line.
 *
 * Quotes and trades of named option contracts (cluster "options", at most 1,000 contracts with
 * quotes on one line: a limit of the vendor), or of stocks (cluster "stocks"). A whole chain cannot
 * be subscribed to: name the contracts that matter, nearest the money first.
 *
 * Times are the vendor's milliseconds. There is no repetition: after a loss the hole is a
 * RECORD_GAP. Sizes of option quotes are contracts, of stock quotes shares. Reconnects as
 * databento.h does; a refused key is an error for good. The vendor drops the older line when a
 * second one logs in with the same key: RECORD_LINK says "max_connections".
 *
 * Proven against the vendor's published messages only, not against its server.
 */
#ifndef ADAPTERS_FEED_POLYGON_POLYGON_H
#define ADAPTERS_FEED_POLYGON_POLYGON_H

#include "adapters/feed/source.h"

enum { POLYGON_QUOTED_MAX = 1000 };

struct polygon_options {
    const char *key;     /* copied, wiped at the end, never shown */
    const char *cluster; /* NULL: "options"; "stocks" */
    const char *host;    /* NULL: socket.massive.com; "delayed.massive.com" is 15 minutes late */
    int port;            /* 0: 443 */
    bool is_plain;       /* no TLS: a stand-in on this machine */
    const char *ca_file; /* NULL: the system's certificates */
};

/* Nothing is connected before the first poll. Errors: ERR_USAGE naming the option. */
NODISCARD enum err polygon_open(struct source *out, const struct polygon_options *options,
                                struct instruments *instruments);

#endif
