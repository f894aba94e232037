#include "net/resolve.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

enum resolve_state resolve_begin(struct resolve *resolve, const char *host, int port)
{
    MUST(strlen(host) < sizeof resolve->host);
    *resolve = (struct resolve){ .state = RESOLVE_DONE };
    snprintf(resolve->host, sizeof resolve->host, "%s", host);
    snprintf(resolve->service, sizeof resolve->service, "%d", port);
    resolve->hints = (struct addrinfo){ .ai_family = AF_UNSPEC,
                                        .ai_socktype = SOCK_STREAM,
                                        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    if (getaddrinfo(resolve->host, resolve->service, &resolve->hints, &resolve->addresses) == 0)
        return RESOLVE_DONE;
    resolve->addresses = NULL;
    resolve->hints.ai_flags = AI_NUMERICSERV;
#ifdef __SANITIZE_THREAD__
    /* The C library's own thread is none that the sanitizer knows: its first allocation there would
     * crash. */
    if (getaddrinfo(resolve->host, resolve->service, &resolve->hints, &resolve->addresses) == 0)
        return RESOLVE_DONE;
    resolve->addresses = NULL;
    return resolve->state = RESOLVE_FAILED;
#endif
    resolve->lookup = (struct gaicb){ .ar_name = resolve->host,
                                      .ar_service = resolve->service,
                                      .ar_request = &resolve->hints };
    struct gaicb *one[] = { &resolve->lookup };
    resolve->state =
        getaddrinfo_a(GAI_NOWAIT, one, 1, NULL) == 0 ? RESOLVE_PENDING : RESOLVE_FAILED;
    return resolve->state;
}

enum resolve_state resolve_poll(struct resolve *resolve)
{
    if (resolve->state != RESOLVE_PENDING)
        return resolve->state;
    int state = gai_error(&resolve->lookup);
    if (state == EAI_INPROGRESS)
        return RESOLVE_PENDING;
    resolve->addresses = state == 0 ? resolve->lookup.ar_result : NULL;
    resolve->state = resolve->addresses ? RESOLVE_DONE : RESOLVE_FAILED;
    return resolve->state;
}

void resolve_clear(struct resolve *resolve)
{
    if (resolve->state == RESOLVE_PENDING && gai_cancel(&resolve->lookup) == EAI_NOTCANCELED) {
        const struct gaicb *one[] = { &resolve->lookup };
        while (gai_error(&resolve->lookup) == EAI_INPROGRESS)
            gai_suspend(one, 1, NULL);
    }
    if (resolve->state == RESOLVE_PENDING && gai_error(&resolve->lookup) == 0)
        resolve->addresses = resolve->lookup.ar_result;
    if (resolve->addresses)
        freeaddrinfo(resolve->addresses);
    *resolve = (struct resolve){ 0 };
    resolve->state = RESOLVE_FAILED;
}
