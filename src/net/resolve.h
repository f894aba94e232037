/*
 * A host's name looked up without waiting.
 *
 *     resolve_begin(&resolve, "live.example.com", 443);
 *     ... while (resolve_poll(&resolve) == RESOLVE_PENDING) do something else;
 *     for (a = resolve.addresses; a; a = a->ai_next) connect(...)
 *     resolve_clear(&resolve);
 *
 * Numeric addresses are known at once. The C library looks others up in threads of its own; a clear
 * in between waits for it, as it reads our memory.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <netdb.h>

enum { RESOLVE_HOST_BYTES = 128 };
enum resolve_state { RESOLVE_PENDING, RESOLVE_DONE, RESOLVE_FAILED };

struct resolve {                /* must not move while pending */
    struct addrinfo *addresses; /* NULL before it is done */
    enum resolve_state state;
    struct gaicb lookup;
    struct addrinfo hints;
    char host[RESOLVE_HOST_BYTES], service[8];
};

/* host: shorter than RESOLVE_HOST_BYTES; port 1 to 65535. Of a cleared or zeroed one. */
enum resolve_state resolve_begin(struct resolve *resolve, const char *host, int port);
enum resolve_state resolve_poll(struct resolve *resolve);
void resolve_clear(struct resolve *resolve);

#endif
