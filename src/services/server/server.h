/*
 * The server: accounts, market data, strategies and jobs for a browser and for programs.
 *
 *     struct server_options options = { .data = "data", .bind = "127.0.0.1", .port = 8080, ... };
 *     err = server_open(&server, &options);
 *     server_run(server);       until server_stop(), from a signal handler or another thread
 *     server_close(server);
 *
 * One process and these threads: the one that runs it (sockets), three pools that answer requests
 * (one of them for passwords, which take long, one for what waits for the desk), one that watches
 * jobs, which are processes of their own, and those of the live desk (live_desk.h). docs/server.md
 * is for who runs it, docs/api.md for who talks to it.
 */
#ifndef SERVICES_SERVER_SERVER_H
#define SERVICES_SERVER_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "services/accounts/password.h"
#include "services/live/lines.h"

struct server;

struct server_options {
    const char *data;  /* folder of everything that is kept; made when it is missing */
    const char *store; /* market data; NULL: DATA/store */
    const char *bind;  /* address */
    int port;          /* 0: any */
    const char *tls_cert, *tls_key;
    const char *const *hosts; /* names that it is reached by, besides addresses and localhost */
    size_t host_count;
    bool behind_proxy; /* TLS ends in front of it; X-Forwarded-For of the neighbour is believed */
    const char *feed;  /* of the live desk: sim, replay:PLACE, live; NULL: no desk runs */
    struct live_lines_options lines; /* of feed live; symbols and today are set here; strings live
                                        as long as the server */
    const char *symbols;             /* of the desk; NULL: the feed's own */
    double speed;                    /* seconds of the market in one; 0: as fast as it goes */
    uint64_t seed;                   /* of the simulated market */
    int64_t cash_micros;             /* that a new desk begins with; 0: 100,000 dollars */
    const char *web;                 /* built page; NULL: where it is installed, or none */
    const char *program;             /* that runs jobs; NULL: this one */
    int workers;                     /* jobs at a time; 0: one for each two processors */
    struct password_cost cost;       /* zero: the default */
    void (*announce)(void *context,
                     const char *line); /* one line each for the terminal; may be NULL */
    void *announce_context;
};

/* Errors name the folder, file or port and what to do. Never asks anything. */
NODISCARD enum err server_open(struct server **out, const struct server_options *options);
int server_port(const struct server *server);
void server_run(struct server *server);
void server_stop(struct server *server);  /* any thread, or a signal handler */
void server_close(struct server *server); /* NULL is fine */

/* A folder of data and nobody else's: DIR made 0700 when missing, locked until data_unlock().
 * ERR_EXISTS names the process that has it. */
NODISCARD enum err data_lock(const char *folder, int *lock);
void data_unlock(int lock);

#endif
