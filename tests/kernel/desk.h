/*
 * A kernel on a bench: a strategy written as YAML, one underlying, quotes set by hand.
 *
 *     struct desk d;
 *     desk_open(&d, yaml);
 *     desk_day(&d, 20240102, contracts, count);
 *     desk_quote(&d, 0, 1.00, 1.20);
 *     desk_market(&d, "10:00", 100.00);
 */
#ifndef TESTS_KERNEL_DESK_H
#define TESTS_KERNEL_DESK_H

#include "adapters/broker/sim/exchange_venue.h"
#include "kernel/runner.h"

enum { DESK_CONTRACTS = 64, DESK_KEPT = 2048, DESK_STRATEGIES = 4, DESK_MARKETS = 2 };

struct desk_table { /* one underlying's day */
    struct contract contracts[DESK_CONTRACTS];
    uint32_t contract_count;
    int64_t bid[DESK_CONTRACTS], ask[DESK_CONTRACTS];
    uint32_t bid_size[DESK_CONTRACTS], ask_size[DESK_CONTRACTS];
};

/* An order as it left. */
struct desk_order {
    uint64_t id;
    int64_t ts_ns;
    enum order_purpose purpose;
    int64_t units; /* packages */
    int leg_count;
    struct package_leg legs[PACKAGE_LEGS_MAX];
    struct order_edit edit;
};

struct desk {
    struct arena arena;
    struct strategy strategy[DESK_STRATEGIES];
    const struct strategy *strategies[DESK_STRATEGIES];
    struct kernel *kernel;
    struct venue venue;
    struct exchange *exchange;
    const struct risk_limits *risk;
    const struct margin_terms *margin;
    struct kernel_life life;
    double rate; /* of sessions */
    struct runner runner;
    struct runner_watch watch;
    int32_t day;
    uint32_t market; /* the underlying that days, quotes and settlements are of */
    struct desk_table tables[DESK_MARKETS];
    const char *close;   /* New York time of the close; NULL: 16:00 */
    double stock_spread; /* dollars; 0: no bid and ask is known */

    struct desk_order sent[DESK_KEPT]; /* all orders that left */
    size_t sent_count;
    struct trade closed[DESK_KEPT];
    size_t closed_count;
    size_t filled, rejected, staged, replaced, canceled;
    uint64_t waiting; /* order that waits for a signature */
    char last_reason[REASON_BYTES];
    char last_note[200];
    int notes[NOTE_COUNT];
};

void desk_open(struct desk *d, const char *yaml, enum fill_model fill, enum fee_schedule fees);
void desk_open_config(struct desk *d, const char *yaml, enum fill_model fill,
                      enum fee_schedule fees, bool may_trade, int64_t sign_above);
/* Several strategies in one account. */
void desk_open_many(struct desk *d, const char *const *yaml, uint32_t count, enum fill_model fill);
/* With limits of the account, and margin where terms are given. */
void desk_open_guarded(struct desk *d, const char *yaml, enum fill_model fill,
                       const struct risk_limits *limits, const struct margin_terms *margin);
void desk_open_life(struct desk *d, const char *yaml, enum fill_model fill,
                    struct kernel_life life);
void desk_close(struct desk *d);
struct desk_table *desk_table(struct desk *d); /* of d->market */

/* Make one contract: root of 4 letters or fewer decides style and delivery ("SPXW" or "XYZ"). */
struct contract desk_contract(const char *root, int32_t expiry, double strike, char right);

/* Begin a day; contracts are sorted here, and every quote is gone. */
void desk_day(struct desk *d, int32_t day, const struct contract *contracts, uint32_t count);
/* Quote one contract from the next market event on; NAN is no quote. */
void desk_quote(struct desk *d, const struct contract *contract, double bid, double ask);
void desk_sizes(struct desk *d, const struct contract *contract, uint32_t bid, uint32_t ask);
/* A market event at a New York time; everything that follows from it happens. */
void desk_market(struct desk *d, const char *time, double underlying);
/* Single quotes, as a live feed gives them. time may have a fraction: "10:00:00.250". */
void desk_tick(struct desk *d, const char *time, const struct contract *contract, double bid,
               double ask);
void desk_level(struct desk *d, const char *time, double underlying);
void desk_timer(struct desk *d, const char *time);
void desk_settle(struct desk *d, const char *time, int32_t expiry, char settle, double price);
void desk_dividend(struct desk *d, const char *time, double amount);
void desk_command(struct desk *d, const char *time, enum command_kind kind);
/* The same with what it is about; who, why, role are filled in where they are not. */
void desk_ask(struct desk *d, const char *time, struct event_command command);
void desk_event(struct desk *d, struct event *event);
void desk_day_end(struct desk *d);

struct account desk_account(struct desk *d);
double desk_equity(struct desk *d); /* dollars */
/* The only open trade; fails the test when there is not exactly one. */
const struct trade *desk_trade(struct desk *d);
int desk_open_trades(struct desk *d);

#endif
