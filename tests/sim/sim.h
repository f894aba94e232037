/*
 * The deterministic simulation: one seed is one run of kernel, journal, feed and a hostile venue.
 *
 *     build/tests/sim --seeds 200 --first 1        a range; prints seeds a second
 *     build/tests/sim --first 4711                 one seed, the one that failed
 *     build/tests/sim --mutation doubled_fill      with a fault built in on purpose
 *     build/tests/sim --mutations                  every such fault, until a seed catches it
 *
 *   world.c     the market: a tape of sessions, snapshots, quotes and settlements, and what people ask
 *   gateway.c   between desk and exchange: loses, delays, doubles and reorders, restarts, finds out again
 *   desk.c      the kernel with its journal on a disk that tears, fills and stops; recovery after a crash
 *   truth.c     what really happened, seen at the exchange, and the invariants that must hold
 *   limits.c    the account's limits and margin, counted anew for every order that leaves
 *   mutations.c faults that are put into the program at link time (--wrap), in this program alone
 *
 * Nothing here is random but by the seed; a run is the same on every machine. docs/simulation-test.md.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/broker/sim/exchange.h"
#include "base/mem.h"
#include "base/rng.h"
#include "domain/margin/margin.h"
#include "kernel/kernel.h"
#include "kernel/ports/venue.h"

enum { SIM_CONTRACTS = 48, SIM_TAPE = 512, SIM_DAYS = 3, SIM_WHY = 400, SIM_ORDERS = 512, SIM_EXECUTIONS = 4096 };

struct sim;

/* The first thing that does not hold ends the run; why says what and where. */
void sim_fail(struct sim *sim, const char *invariant, const char *format, ...) PRINTF_LIKE(3, 4);
#define SIM_CHECK(sim, invariant, cond, ...)                                                       \
    do {                                                                                           \
        if (!(cond))                                                                               \
            sim_fail(sim, invariant, __VA_ARGS__);                                                 \
    } while (0)

/* ---- world.c */

struct tape_event {
    struct event event; /* rows point into here */
    uint32_t ids[SIM_CONTRACTS], bid_size[SIM_CONTRACTS], ask_size[SIM_CONTRACTS];
    int64_t bid[SIM_CONTRACTS], ask[SIM_CONTRACTS];
};

struct world {
    struct contract contracts[SIM_DAYS][SIM_CONTRACTS];
    uint32_t contract_count[SIM_DAYS];
    struct tape_event *tape;
    uint32_t count;
};

void world_make(struct world *world, struct arena *arena, uint64_t seed);
/* What a person asks next, if anything; terms and edit are where command points to. */
bool world_command(struct sim *sim, int64_t ts_ns, struct event *out, struct order_terms *terms, struct order_edit *edit);

/* ---- truth.c */

struct truth_order {
    bool known, is_manual, is_approved, submitted;
    int64_t packages;        /* filled at the exchange */
    struct order_terms terms;
    enum order_status last;  /* as the kernel showed it last */
};

struct truth {
    int64_t cash; /* what the account must hold when everything has been told */
    struct exec_id executions[SIM_EXECUTIONS];
    uint32_t execution_count;
    struct {
        struct contract contract;
        int64_t quantity;
    } positions[4 * SIM_CONTRACTS];
    uint32_t position_count;
    struct truth_order orders[SIM_ORDERS];
    enum risk_state state;   /* as the commands that were given make it */
    uint64_t fills, submits, recoveries, commands;
};

/* A report leaves the exchange, before anything can happen to it. */
void truth_report(struct sim *sim, const struct order_report *report);
void truth_settle(struct sim *sim, int32_t expiry, int64_t price);
void truth_command(struct sim *sim, const struct event_command *command);
/* An order leaves the kernel: it passed the gates, did it not? */
void truth_submit(struct sim *sim, const struct order_state *order);
/* It leaves, or a larger version of it does: with everything that works, is the account within its limits? */
void truth_limits(struct sim *sim, const struct order_state *order);
void truth_order_shown(struct sim *sim, const struct effect *effect);
/* When everything has been told: cash, positions and fills agree. */
void truth_agree(struct sim *sim, const char *when);

/* ---- limits.c */

/* The worst an order of one expiry can lose at it, counted by trying prices; INT64_MAX without a bound or where
 * expiries differ. */
int64_t limits_worst_loss(const struct order_terms *terms, int64_t net);
/* Contracts of a series in all trades of the kernel, signed, and what one is marked at. */
int64_t limits_held(struct sim *sim, const struct contract *contract, int64_t *mark);
void limits_margin_agrees(struct sim *sim, const char *when);

/* ---- gateway.c */

struct gateway_faults {
    uint32_t lose_ppm, double_ppm, delay_ppm, lose_request_ppm, restart_ppm;
    int64_t delay_ns, clock_ns;
};

struct gateway;
struct gateway *gateway_open(struct arena *arena, struct sim *sim, struct exchange *exchange,
                             const struct gateway_faults *faults);
/* What is to be sent: kept until it is answered, and sent again where it seems lost. */
void gateway_request(struct gateway *g, const struct order_request *request);
/* The gateway forgets everything but what the exchange can tell it; the desk then says what it waits for. */
void gateway_restart(struct gateway *g);
void gateway_resume(struct gateway *g, const struct order_state *order, int64_t now_ns);
/* Time passes: take reports from the exchange, repeat what is lost. */
void gateway_work(struct gateway *g, int64_t now_ns);
bool gateway_poll(struct gateway *g, int64_t now_ns, struct order_report *out, int64_t *due_ns);
int64_t gateway_next_ns(const struct gateway *g);
/* No more faults until said otherwise, and everything is asked for once more. */
void gateway_calm(struct gateway *g, bool is_calm, int64_t now_ns);

/* ---- desk.c */

struct desk;
struct desk *desk_new(struct sim *sim);
void desk_free(struct desk *desk);
void desk_tape(struct desk *desk, uint32_t index);      /* the market goes on */
void desk_deliver(struct desk *desk, int64_t until_ns); /* reports that are due */
void desk_command(struct desk *desk, struct event *event);
void desk_finish(struct desk *desk); /* replay the whole journal into a second kernel and compare */
struct kernel *desk_kernel(struct desk *desk);

/* ---- the run */

struct sim {
    uint64_t seed;
    struct rng rng; /* what people do, when the disk fails */
    struct arena arena;
    struct world world;
    struct truth truth;
    struct strategy strategies[4];
    const struct strategy *strategy_list[4];
    uint32_t strategy_count;
    int64_t sign_above;
    bool with_risk, with_margin; /* the account's limits are asked; its margin too */
    struct risk_limits risk;
    struct margin_terms margin;
    struct margin_work *margin_work;
    struct exchange *exchange;
    struct gateway *gateway;
    struct desk *desk;
    int64_t now_ns;
    bool has_failed;
    char invariant[40], why[SIM_WHY];
};

static inline bool sim_chance(struct rng *rng, uint32_t ppm)
{
    return rng_below(rng, 1000000) < ppm;
}

/* False when an invariant broke: sim->invariant and why. */
bool sim_run(struct sim *sim, uint64_t seed);

/* ---- mutations.c */

struct mutation {
    const char *name, *text;
};
extern const struct mutation mutations[];
extern const int mutation_count;
extern int mutation_on; /* index, -1 none */

#endif
