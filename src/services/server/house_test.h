/*
 * A whole server for tests, and clients of it over sockets, whose answers are held to the schemas
 * they promise.
 */
#ifndef SERVICES_SERVER_HOUSE_TEST_H
#define SERVICES_SERVER_HOUSE_TEST_H

#include <pthread.h>

#include "services/server/server_int.h"
#include "tests/testing.h"
#include "tests/wire.h"

extern struct arena test_arena; /* emptied by close_house() */

struct house {
    struct server *server;
    struct server_options options;
    pthread_t thread;
    int port;
    char setup[64];
};

struct client {
    int port;
    char cookies[1200], csrf[64], bearer[128];
    const char *extra; /* more headers, whole lines */
};

struct reply {
    int status;
    json_t *json;
    struct wire_answer raw;
};

/* Without a live desk; with one: set options.feed first, by hand, between prepare and start. */
void open_house(struct house *h);
void prepare_house(struct house *h);
void start(struct house *h);
void stop(struct house *h);
void close_house(struct house *h);

void make_market(const struct server_options *o, int32_t to);

struct reply ask(struct client *c, const char *method, const char *target, const char *body);
void expect(struct client *c, const char *method, const char *target, const char *body, int status);
void reply_free(struct reply *r);
const char *text_at(const struct reply *r, const char *name);
/* Is an answer what the document says it is? Else the test fails. */
void check_contract(const char *method, const char *target, const struct reply *r);

void enter(struct client *c,
           const struct reply *r); /* take cookies and token of a login's answer */
void log_in(struct client *c, const char *login, const char *password);
struct client set_up(struct house *h); /* the first admin, ann */
struct client add_user(struct house *h, struct client *admin, const char *login, const char *role);

/* WebSockets. */
int open_socket(const struct client *c, int *fd);
json_t *next_message(int fd);
void say(int fd, const char *text);
void check_member(const json_t *message, const char *name, const char *value);

#endif
