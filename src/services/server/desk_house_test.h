/*
 * A house with a live desk on the simulated market, and what its traders do there.
 */
#ifndef SERVICES_SERVER_DESK_HOUSE_TEST_H
#define SERVICES_SERVER_DESK_HOUSE_TEST_H

#include "services/server/house_test.h"

/* A put spread below the market, of the front expiry. */
struct spread {
    char high[32], low[32]; /* contracts */
    char far[80];           /* a limit that nobody takes: nearly its width */
    long long near_micros;  /* another one */
};

void open_desk(struct house *h);                         /* SPX at four times its pace */
void await_market(struct client *c, struct spread *out); /* until it can be traded on */
bool find_spread(struct client *c, struct spread *out);

/* 200, or the test fails; the caller's. */
json_t *get(struct client *c, const char *target);
const char *text_of(const json_t *object, const char *name); /* "" none */
json_int_t whole_of(const json_t *object, const char *name);
void check_status(const struct reply *r, int status);

/* An order for the spread; more: its other members. key NULL: none. */
const char *order_text(const struct spread *s, const char *more);
struct reply send_order(struct client *c, const struct spread *s, const char *more,
                        const char *key);
/* Until an order is in a state: its detail, the caller's. */
json_t *await_order(struct client *c, json_int_t id, const char *state);
/* Until a message of a socket has an item that is. */
void await_item(int fd, const char *topic, json_int_t id, const char *state);
/* Until the position of a trade is there (the caller's), or is not (NULL). */
json_t *await_position(struct client *c, json_int_t trade, bool is_there);

#endif
