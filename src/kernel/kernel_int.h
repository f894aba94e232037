/* The kernel's state, for the files of this folder. */
#ifndef KERNEL_KERNEL_INT_H
#define KERNEL_KERNEL_INT_H

#include "domain/strategy/payoff.h"
#include "kernel/kernel.h"

enum { SLOT_UNUSED = -2 }; /* a slot_key that no slot has */
enum { IV_HISTORY = 252, CLOSE_HISTORY = 50, RANK_MIN_SESSIONS = 20 };

struct working_order {
    struct order order;
    uint32_t trade;      /* slot */
    uint32_t roll_to;    /* slot of the trade that a roll opens, UINT32_MAX otherwise */
    int8_t leg_of[ORDER_LEGS_MAX]; /* order leg -> leg of trade (close, hedge) or spec (open) */
    bool in_use;
};

struct structure_state {
    int32_t slot_day;      /* day of the last used entry slot */
    int32_t slot_key;      /* which slot was used last: see entry.c */
    int32_t missed_day;    /* day and slot whose miss was noted already */
    int32_t missed_key;
    bool entered_once;
    int32_t closed_day;    /* day the last trade closed, for the cool-down */
    uint32_t open;         /* trades opening or open */
};

struct signals; /* signals.c */

struct kernel {
    struct kernel_config config;
    const struct strategy *strategy;
    struct book book;
    int64_t now_ns;
    bool failed, halted, flattening, entries_halted_today;

    int64_t cash;
    int64_t shares;        /* of the strategy outside its trades */
    int64_t shares_mark;
    int64_t day_start_equity;

    struct trade *trades;
    uint32_t trade_high;   /* slots ever used */
    uint64_t next_trade_id, next_order_id;
    struct working_order *orders;
    struct structure_state structures[STRATEGY_STRUCTURES_MAX];

    double vix;
    double iv_history[IV_HISTORY];
    uint32_t iv_count;     /* sessions recorded, may exceed IV_HISTORY */
    double iv_today;
    double close_history[CLOSE_HISTORY];
    uint32_t close_count;
    bool wants[FEATURE_COUNT]; /* by any condition of the strategy */
    bool wants_iv;
    struct signals *signals; /* NULL when no condition reads one */
    double market_features[FEATURE_COUNT];

    struct effect *effects;
    size_t effect_count;
    int step_notes;
    uint64_t events_hash, effects_hash;

    struct chain_expiry *views;
    uint32_t *view_index;
};

/* effects.c */
struct effect *effect_add(struct kernel *k, enum effect_kind kind);
void note(struct kernel *k, enum note_id id, const char *format, ...) PRINTF_LIKE(3, 4);
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);
void hash_event(struct kernel *k, const struct event *event);
void effects_hash_step(struct kernel *k);

/* ledger.c: what trades hold, what it is worth, what fills and settlements do to it */
uint32_t trade_slot_take(struct kernel *k); /* UINT32_MAX when all are taken */
void ledger_mark(struct kernel *k);
int64_t ledger_equity(const struct kernel *k);
void ledger_relist(struct kernel *k); /* the day's ids, after a session began */
void ledger_answer(struct kernel *k, const struct event_answer *answer);
/* ERR_NOT_FOUND when a trade is held to this expiry and there is no price to settle it at. */
NODISCARD enum err ledger_settle(struct kernel *k, const struct event_settle *settle);
void ledger_dividend(struct kernel *k, int64_t amount);
int64_t leg_multiplier(const struct trade_leg *leg);
double trade_delta_shares(struct kernel *k, const struct trade *trade);
/* To the nearest expiry of its options as opened, 0 when that has passed; -1 when it never had one. */
int32_t trade_dte(const struct kernel *k, const struct trade *trade);
bool trade_has_options(const struct trade *trade); /* still held */
size_t trade_payoff_legs(const struct trade *trade, struct payoff_leg *legs);

/* gates.c: returns NULL when the order may leave, else why not */
const char *gates_check(struct kernel *k, const struct order *order, int64_t max_loss);

/* send.c: build, gate and submit orders */
struct working_order *order_begin(struct kernel *k, uint32_t trade, enum order_purpose purpose);
bool order_add_option(struct kernel *k, struct working_order *working, uint32_t id, int64_t ratio,
                      int8_t leg, bool closes);
bool order_add_stock(struct kernel *k, struct working_order *working, int64_t ratio, int8_t leg);
/* False when a gate refused; the working order is then free again. */
bool order_send(struct kernel *k, struct working_order *working, int64_t units, int64_t max_loss);
void order_drop(struct working_order *working);

/* features.c */
void features_open(struct kernel *k, struct arena *arena);
void features_market(struct kernel *k);
void features_trade(struct kernel *k, const struct trade *trade, double out[FEATURE_COUNT]);
void features_day_end(struct kernel *k);

/* signals.c: what conditions read of histories and of the whole chain, from domain/features */
void signals_open(struct kernel *k, struct arena *arena);
void signals_session(struct kernel *k);
void signals_market(struct kernel *k, double f[FEATURE_COUNT]);
void signals_day_end(struct kernel *k);

/* entry.c, manage.c: the strategy host */
void host_enter(struct kernel *k);
void host_manage(struct kernel *k);
/* Choose legs for a structure now and start a trade slot from them; UINT32_MAX when it cannot. */
struct entry_plan {
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    int64_t units;
    int64_t net_mid;  /* micros a share of one unit, PRICE_NONE unknown */
    int64_t max_loss; /* of all units */
};
/* units 0: by the size rule; a roll keeps its own. */
bool entry_plan_make(struct kernel *k, int structure, int64_t units, struct entry_plan *plan,
                     char *why, size_t why_bytes);
uint32_t entry_trade_begin(struct kernel *k, int structure, const struct entry_plan *plan);

#endif
