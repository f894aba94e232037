/* The venue's inside, for the files of this folder. */
#ifndef ADAPTERS_BROKER_SIM_EXCHANGE_INT_H
#define ADAPTERS_BROKER_SIM_EXCHANGE_INT_H

#include <stdarg.h>

#include "adapters/broker/sim/exchange.h"
#include "domain/orders/id_table.h"

enum place_state {
    PLACE_FREE,
    PLACE_COMING, /* on its way */
    PLACE_HELD,
    PLACE_WORKING,
    PLACE_OVER,
};

struct leg_quote {
    int64_t bid, ask, last, volume; /* volume -1 unknown */
    uint32_t bid_size, ask_size;
    int64_t ts_ns; /* when it was quoted */
};

#define QUEUE_NONE (-1)

struct place {
    enum place_state state;
    enum order_input end; /* PLACE_OVER: how, for whoever asks */
    uint64_t id;
    uint32_t version;
    struct order_terms terms; /* edit is the one in force */
    struct leg_quote quotes[PACKAGE_LEGS_MAX];
    uint32_t rows[PACKAGE_LEGS_MAX]; /* of the session's table; UINT32_MAX stock, or not listed */
    bool is_elected;                 /* its stop triggered */
    bool is_met;                     /* its conditions held */
    int64_t filled;
    int64_t best_cost;   /* least cost seen, for trails; PRICE_NONE before */
    int64_t queue_ahead; /* contracts; QUEUE_NONE: not at the touch */
    int64_t volume_seen; /* -1 before */
    int64_t arrived_ns, expires_ns;
    int64_t paid[PACKAGE_LEGS_MAX]; /* sum of price times contracts of each leg */
    struct fill_costs charged;
    int64_t counted;     /* contracts already in the month's tier */
    uint32_t executions; /* made so far */
    uint32_t newest;     /* of them in the ring of executions, UINT32_MAX none */
};

/* One fill, kept for whoever asks again. The ring overwrites the oldest. */
struct execution {
    uint64_t id; /* of the order */
    uint32_t n, version, older;
    int64_t units, filled, ts_ns, prices[PACKAGE_LEGS_MAX]; /* filled: in all, with this one */
    struct fill_costs costs;
};

enum draw_purpose { DRAW_SUBMIT, DRAW_ANSWER, DRAW_REJECT, DRAW_PARTIAL };

enum message_kind { MESSAGE_SUBMIT, MESSAGE_CANCEL, MESSAGE_REPLACE, MESSAGE_ASK };

struct message {
    int64_t due_ns;
    uint64_t sequence;
    enum message_kind kind;
    uint64_t id;
    uint32_t version;
    struct order_edit edit;
};

struct outgoing {
    int64_t due_ns;
    uint64_t sequence;
    uint32_t report; /* index into the pool */
};

/* What was taken of a contract's displayed size, at which quote. */
struct taken {
    int64_t ts_ns;
    uint32_t bid, ask;
};

struct market {
    int32_t day;
    int64_t open_ns, close_ns;
    bool is_halted;
    int64_t fresh_ns; /* quotes of before do not count: after a halt */
    int64_t level;    /* of the underlying, micros; PRICE_NONE */
    struct contract *contracts;
    struct taken *taken;
    uint32_t contract_count;
    struct fill_quote *known,
        *spare; /* model lean alone: the last of each side ever seen, of each contract */
};

struct exchange {
    struct exchange_config config;
    struct market *markets;
    struct place *places;
    struct id_cell *cells;
    uint32_t cell_count, place_next; /* where to look for a free place */
    uint32_t *open;                  /* places that are held or working, oldest first */
    uint32_t open_count;
    struct message *messages; /* a heap by time and sequence */
    uint32_t message_count;
    struct outgoing *out; /* likewise */
    uint32_t out_count;
    struct order_report *pool;
    uint32_t *pool_free, pool_free_count;
    struct execution *executions;
    uint32_t execution_next;
    uint64_t sequence;
    int64_t now_ns, last_due_ns, next_expiry_ns;
    int64_t stress;
    int32_t month;
    int64_t month_contracts;
    bool is_full; /* a report found no room */
};

/* exchange.c. The order is over; what says how. */
void exchange_end(struct exchange *x, struct place *place, enum order_input what, int64_t ts_ns,
                  enum reason_code reason, const char *format, ...) PRINTF_LIKE(6, 7);

/* exchange_link.c */
uint32_t exchange_draw(const struct exchange *x, uint64_t id, uint32_t purpose, uint32_t index);
NODISCARD enum err message_send(struct exchange *x, const struct message *message, int64_t ts_ns);
struct message messages_pop(struct exchange *x);
struct outgoing out_pop(struct exchange *x);
void exchange_say(struct exchange *x, const struct order_report *report, int64_t ts_ns);
void exchange_tell(struct exchange *x, const struct place *place, enum order_input what,
                   int64_t ts_ns, enum reason_code reason, const char *format, ...)
    PRINTF_LIKE(6, 7);
void exchange_tell_v(struct exchange *x, const struct place *place, enum order_input what,
                     int64_t ts_ns, enum reason_code reason, const char *format, va_list args);
/* Tell an execution, now or again; all that is remembered of an order, the oldest first. */
void exchange_tell_execution(struct exchange *x, const struct place *place,
                             const struct execution *execution, int64_t ts_ns);
void tell_executions(struct exchange *x, const struct place *place, int64_t ts_ns);

/* exchange_rules.c: false when the order was refused, and it is then over. */
bool rules_accept(struct exchange *x, struct place *place, int64_t ts_ns);
void rules_expiry(struct exchange *x, struct place *place, int64_t ts_ns);
bool rules_conditions_met(const struct exchange *x, const struct place *place, int64_t ts_ns);
bool rules_triggered(struct place *place);
uint32_t market_row(const struct market *market, const struct contract *contract);

/* exchange_lean.c: what LEAN remembers of sides that are quoted no more. Nothing unless the model
 * is lean. */
void known_open(struct exchange *x, struct arena *arena);
void known_session(struct market *market, const struct event_session *session);
void known_see(struct market *market, uint32_t row, int64_t bid, int64_t ask);
struct fill_quote known_quote(const struct market *market, uint32_t row, struct fill_quote quote);

/* exchange_match.c */
void match(struct exchange *x, struct place *place, int64_t ts_ns, bool is_new);
void match_volume(struct exchange *x, struct place *place, int64_t ts_ns);

#endif
