/*
 * How often somebody may guess.
 *
 * A try is counted before it is judged, so that many at once are as many. Five wrong ones from one
 * network on one login, and each further one waits 1, 2, 4 ... 900 seconds; a network has a hundred
 * in ten minutes; a login tried from everywhere takes one try every ten seconds from strangers. A
 * device that has logged in before (its cookie says so) is counted by itself: whatever strangers do
 * to a login, its owner still gets in.
 */
#ifndef SERVICES_ACCOUNTS_THROTTLE_H
#define SERVICES_ACCOUNTS_THROTTLE_H

#include "adapters/db/db.h"

enum throttle_kind {
    THROTTLE_PAIR,   /* login from a network, or a known device */
    THROTTLE_NET,    /* a network */
    THROTTLE_LOGIN,  /* a login from anywhere */
    THROTTLE_FACTOR, /* second factor: five in five minutes, then fifteen minutes */
};

/* Count a try under kind and name. *wait_s is 0 when it may go on, else how long to wait; waiting
 * tries do not count. */
NODISCARD enum err throttle_take(struct db *db, enum throttle_kind kind, const char *name,
                                 int64_t now_ns, int *wait_s);
/* It was right: start again from none; or take back this one try, where others share the count. */
NODISCARD enum err throttle_clear(struct db *db, enum throttle_kind kind, const char *name);
NODISCARD enum err throttle_refund(struct db *db, enum throttle_kind kind, const char *name);

/* The /24 of an IPv4 address, the /56 of an IPv6 one; other text as it is. */
void throttle_network(char out[64], const char *peer);

#endif
