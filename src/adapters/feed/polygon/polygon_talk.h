/*
 * Polygon's messages: JSON arrays of events, read one by one. No socket, no clock.
 *
 * Source: the vendor's published WebSocket description and the recorded talk of its own client.
 */
#ifndef ADAPTERS_FEED_POLYGON_POLYGON_TALK_H
#define ADAPTERS_FEED_POLYGON_POLYGON_TALK_H

#include "base/str.h"
#include "domain/market/instruments.h"

enum polygon_status {
    POLYGON_CONNECTED,
    POLYGON_AUTH_SUCCESS,
    POLYGON_AUTH_FAILED,
    POLYGON_SUBSCRIBED,
    POLYGON_MAX_CONNECTIONS,
    POLYGON_FORCED_OFF, /* a slow reader, or the vendor's own reasons */
    POLYGON_OTHER,      /* an error about a subscription, or something new */
    POLYGON_STATUS_COUNT
};

struct polygon_talk {
    const struct instruments *instruments;
    int64_t recv_ns;     /* given to the records */
    uint64_t unused;     /* events of kinds that are not used */
    uint64_t unreadable; /* messages or events that make no sense */

    void *context;
    void (*on_record)(void *context, const struct market_record *record);
    void (*on_status)(void *context, enum polygon_status status, struct str message);
};

/* Read one message. What cannot be read is counted and left out: a feed goes on. */
void polygon_read(struct polygon_talk *talk, struct str message);

/* "O:SPY241220P00720000" -> the id, INSTRUMENT_NONE when it is not in the table. */
uint32_t polygon_find(const struct polygon_talk *talk, struct str symbol);

#endif
