/*
 * The deterministic simulation: one seed is one run of kernel, journal, feed and a hostile venue.
 *
 *     build/tests/sim --seeds 200 --first 1        a range; prints seeds a second
 *     build/tests/sim --first 4711                 one seed, the one that failed
 *     build/tests/sim --mutation doubled_fill      with a fault built in on purpose
 *     build/tests/sim --mutations                  every such fault, until a seed catches it
 *
 *   world.c     the market: a tape of sessions, snapshots, quotes, splits, dividends and
 *               settlements
 *   people.c    what people and agents ask meanwhile
 *   gateway.c   between desk and exchange: loses, delays, doubles and reorders, restarts, finds out
 *               again
 *   desk.c      the kernel with its journal on a disk that tears, fills and stops; recovery after a
 *               crash
 *   truth.c     what really happened, seen at the exchange, and what must agree with it
 *   seen.c      what the desk has taken in: commands, clocks, losses; what must follow from it at
 *               once
 *   limits.c    the account's limits and margin, counted anew for every order that leaves
 *   invariants.def  what no run may break
 *   mutations.c faults that are put into the program at link time (--wrap), in this program alone
 *
 * Nothing here is random but by the seed; a run is the same on every machine.
 * docs/simulation-test.md.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/broker/sim/exchange.h"
#include "base/mem.h"
#include "base/rng.h"
#include "domain/life/adjust.h"
#include "domain/life/carry.h"
#include "domain/margin/margin.h"
#include "kernel/kernel.h"
#include "kernel/ports/venue.h"

enum {
    SIM_INDEX, /* SPX: European, settled in cash */
    SIM_STOCK, /* XYZ: American, delivered in shares; in every second seed */
    SIM_MARKETS,
};
enum {
    SIM_CONTRACTS = 48,
    SIM_TAPE = 768,
    SIM_DAYS = 3,
    SIM_WHY = 400,
    SIM_ORDERS = 8192,
    SIM_SENT = 1024,
    SIM_EXECUTIONS = 4096
};
enum { SIM_STRATEGIES = 9 };
#define SIM_CASH (200000 * MICROS_PER_DOLLAR)

struct sim;

enum invariant {
#define INVARIANT(id, text) id,
#include "tests/sim/invariants.def"
#undef INVARIANT
    INVARIANT_COUNT,
    SETUP = INVARIANT_COUNT, /* none of them: the run itself does not stand */
};
const char *invariant_text(enum invariant invariant);

/* The first thing that does not hold ends the run; why says what and where. */
void sim_fail(struct sim *sim, enum invariant invariant, const char *format, ...) PRINTF_LIKE(3, 4);
#define SIM_CHECK(sim, invariant, cond, ...)                                                       \
    do {                                                                                           \
        if (!(cond))                                                                               \
            sim_fail(sim, invariant, __VA_ARGS__);                                                 \
    } while (0)

/* ---- world.c */

struct tape_event {
    struct event event; /* rows point into here */
    int8_t halt;        /* before it the exchange stops or resumes market halt - 1; 0: neither */
    bool halt_begins;
    uint32_t ids[SIM_CONTRACTS], bid_size[SIM_CONTRACTS], ask_size[SIM_CONTRACTS];
    int64_t bid[SIM_CONTRACTS], ask[SIM_CONTRACTS];
};

struct world {
    bool has_stock, has_halt, has_gap, has_doubts, jumps;
    double swing;                 /* of the index between two snapshots */
    int32_t split_to, split_from; /* on the last day; 0: none */
    int64_t dividend;             /* on the second, micros a share; 0: none */
    double
        adjusted_share; /* of one share, what an adjusted contract delivers for each of its own */
    int64_t wall_off_ns;
    struct contract contracts[SIM_MARKETS][SIM_DAYS][SIM_CONTRACTS];
    uint32_t contract_count[SIM_MARKETS][SIM_DAYS];
    struct tape_event *tape;
    uint32_t count;
};

void world_make(struct world *world, struct arena *arena, uint64_t seed);
/* Dollars a share that a contract is worth at a level of its underlying, for quotes and for limits.
 */
double world_fair(const struct world *world, const struct contract *contract, int32_t day,
                  double level);

/* ---- people.c */

/* What a person asks next, if anything; terms and edit are where command points to. */
bool people_ask(struct sim *sim, int64_t ts_ns, struct event *out, struct order_terms *terms,
                struct order_edit *edit, struct order_exits *exits);

/* ---- truth.c */

struct truth_order {
    bool known, submitted;
    int64_t packages;                /* filled at the exchange */
    int64_t signed_loss;             /* what it could lose when it left signed; 0: nobody signed */
    const struct order_terms *terms; /* once submitted */
    enum order_status last;          /* as the kernel showed it last */
};

struct truth_position {
    struct contract contract;
    struct deliverable deliverable;
    uint32_t market;
    int64_t quantity;
};

struct truth_halt {
    uint32_t market;
    int64_t from_ns, to_ns;
};

/* An assignment or exercise that the broker tells until the desk has it. */
struct truth_assignment {
    struct event_assign event;
    bool is_taken;
};

struct truth_lot {
    size_t trade;
    int leg;
    int64_t shares;
};

struct truth {
    int64_t cash;   /* what the account must hold when everything has been told, interest apart */
    int64_t shares; /* of the stock */
    struct exec_id executions[SIM_EXECUTIONS];
    uint32_t execution_count;
    struct truth_position positions[8 * SIM_CONTRACTS];
    uint32_t position_count;
    struct truth_order orders[SIM_ORDERS];
    uint64_t order_high; /* the highest number that was seen */
    struct truth_halt halts[8];
    uint32_t halt_count;
    struct truth_assignment assignments[64];
    uint32_t assignment_count;
    struct truth_lot lots[64]; /* of shares, as they were before the split */
    uint32_t lot_count;
    int64_t split_paid; /* for their fractions; counted in cash */
    uint64_t fills, submits, exits, recoveries, commands, assigned;
};

/* A report leaves the exchange, before anything can happen to it. */
void truth_report(struct sim *sim, const struct order_report *report);
void truth_halt(struct sim *sim, uint32_t market, bool begins, int64_t ts_ns);
void truth_settle(struct sim *sim, uint32_t market, int32_t expiry, int64_t price);
void truth_dividend(struct sim *sim, int64_t amount);
void truth_split(struct sim *sim, int32_t to, int32_t from);
/* The kernel has taken it, perhaps once more after a crash and at a later mark: what the fractions
 * brought. */
void truth_split_paid(struct sim *sim, int32_t to, int32_t from);
/* Somebody exercised what we are short, or we what we are long: so many of them, drawn by the
 * broker. */
void truth_assign(struct sim *sim, struct rng *rng, int32_t day, int64_t price);
/* An order leaves the kernel: it passed the gates, did it not? */
void truth_submit(struct sim *sim, const struct order_state *order);
/* A version leaves that could lose more. */
void truth_replace(struct sim *sim, const struct order_state *order);
void truth_keep_terms(struct sim *sim, const struct order_state *order);
/* It leaves, or a version that could lose more does: with everything that works, is the account
 * within its limits? */
void truth_limits(struct sim *sim, const struct order_state *order, const struct order_edit *edit,
                  int64_t ts_ns);
void truth_order_shown(struct sim *sim, const struct effect *effect);
/* When everything has been told: cash, positions and fills agree. */
void truth_agree(struct sim *sim, const char *when);
void truth_exits(struct sim *sim, const char *when);
/* After a kill and an answer to each cancel: no order is left, here or there. */
void truth_all_over(struct sim *sim);

/* ---- seen.c */

/* What follows from the events that the kernel has taken, and from those alone: led through a
 * journal once more it is the same again. */
struct seen {
    enum risk_state state; /* as commands and emergencies make it */
    bool is_approved[SIM_ORDERS], is_done[SIM_ORDERS];
    struct risk_overrides overrides;
    int64_t closed_pnl, interest;
    int32_t day;
    int64_t day_start;   /* equity */
    bool has_liquidated; /* today */
    int64_t quoted_ns[SIM_MARKETS], open_ns, close_ns;
    bool is_doubted[SIM_MARKETS];
    int64_t apart_ns[SIM_MARKETS]; /* since when two sources disagree; 0: they do not */
    int64_t wall_ns, steady_ns;
    int64_t rejects[512];
    uint32_t reject_count;
};

void seen_reset(struct sim *sim);
/* After the kernel's step, when it is durable. */
void seen_event(struct sim *sim, struct kernel *kernel, const struct event *event);

/* ---- limits.c */

/* The worst an order of one expiry can lose at it, counted by trying prices; INT64_MAX without a
 * bound or where expiries differ. */
int64_t limits_worst_loss(const struct order_terms *terms, int64_t net);
/* What a version of an order may pay net: its limit, else the far sides, of a replacement those of
 * now; PRICE_NONE where nobody quotes one. */
int64_t limits_net(struct sim *sim, const struct order_state *order, const struct order_edit *edit);
/* What one step of its price moves. */
int64_t limits_step(const struct order_terms *terms);
bool limits_one_expiry(const struct order_terms *terms);
/* Contracts of a series in all trades of the kernel, signed, and what one is marked at; NULL:
 * shares. */
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
/* The gateway forgets everything but what the exchange can tell it; the desk then says what it
 * waits for. */
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
/* False when the machine stopped before it was durable. */
bool desk_command(struct desk *desk, struct event *event);
/* What the broker has assigned and the desk has not taken yet. */
void desk_assignments(struct desk *desk);
void desk_finish(struct desk *desk); /* replay the whole journal into a second kernel and compare */
struct kernel *desk_kernel(struct desk *desk);

/* ---- the run */

struct sim {
    uint64_t seed;
    struct rng rng; /* what people do, when the disk fails */
    struct arena arena;
    struct world world;
    struct truth truth;
    struct seen seen;
    struct strategy strategies[SIM_STRATEGIES];
    const struct strategy *strategy_list[SIM_STRATEGIES];
    uint32_t strategy_count;
    int64_t sign_above;
    bool with_risk, with_margin; /* the account's limits are asked; its margin too */
    struct risk_limits risk;
    enum carry_schedule carry;
    struct margin_terms margin;
    struct margin_work *margin_work;
    struct exchange *exchange;
    struct gateway *gateway;
    struct desk *desk;
    int64_t now_ns;
    bool has_failed;
    enum invariant invariant;
    char why[SIM_WHY];
};

/* What the calendar brings is known even to who was not there. */
static inline bool sim_is_calendar(enum event_kind kind)
{
    return kind == EVENT_SESSION || kind == EVENT_SETTLE || kind == EVENT_DAY_END ||
           kind == EVENT_SPLIT || kind == EVENT_DIVIDEND || kind == EVENT_DECLARE;
}

static inline bool sim_chance(struct rng *rng, uint32_t ppm)
{
    return rng_below(rng, 1000000) < ppm;
}

/* False when an invariant broke: sim->invariant and why. */
bool sim_run(struct sim *sim, uint64_t seed);

/* ---- mutations.c */

struct mutation {
    const char *name, *text;
    enum invariant aim; /* what must break */
};
extern const struct mutation mutations[];
extern const int mutation_count;
extern int mutation_on; /* index, -1 none */

#endif
