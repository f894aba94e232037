/*
 * The market for those who cannot keep up: the latest of every instrument, across two threads.
 *
 * The desk's thread tells every record to conflate_put(), which never waits and never fails. A
 * slow consumer (a web page, a report) takes what has changed since it last looked with
 * conflate_take(): per instrument the latest quote or level, its status, its last trade, and how
 * much traded so far; what came in between is gone, and counted. It always ends up with the
 * latest. The kernel does not use this: it gets every record (live.h).
 *
 * One conflator a consumer; about 200 bytes an instrument. An id waits at most once, so its queue
 * cannot overflow.
 */
#ifndef DOMAIN_MARKET_CONFLATE_H
#define DOMAIN_MARKET_CONFLATE_H

#include "base/ring.h"
#include "domain/market/record.h"

struct conflated {
    struct market_record quote; /* the latest quote or level; kind says which */
    uint64_t status;            /* enum market_status */
    int64_t last;               /* of the latest trade; PRICE_NONE: none so far */
    uint64_t traded;            /* size of all trades so far */
    uint64_t trades;            /* so far */
    uint64_t updates;           /* records so far */
};

enum { CONFLATED_WORDS = sizeof(struct conflated) / sizeof(uint64_t) };
_Static_assert(sizeof(struct conflated) % sizeof(uint64_t) == 0, "is shared word by word");

/* What both threads touch of an instrument: a sequence lock around the words. */
struct conflate_slot {
    atomic_uint version; /* odd while it is being written */
    atomic_bool waits;   /* its id is in the queue */
    _Atomic uint64_t words[CONFLATED_WORDS];
};

struct conflate {
    uint32_t capacity;
    struct conflated *own; /* by id; the putting thread's */
    struct conflate_slot *slots;
    struct ring ids; /* of what changed */
};

void conflate_init(struct conflate *conflate, struct arena *arena, uint32_t capacity);

/* By the desk's thread. Records of no instrument, or of one beyond the room, are passed over. */
void conflate_put(struct conflate *conflate, const struct market_record *record);

/* By the consumer's thread: the next instrument that changed since it was last taken. False when
 * there is none. */
NODISCARD bool conflate_take(struct conflate *conflate, struct conflated *out);

#endif
