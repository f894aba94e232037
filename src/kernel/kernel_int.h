/* The kernel's state, for the files of this folder. */
#ifndef KERNEL_KERNEL_INT_H
#define KERNEL_KERNEL_INT_H

#include "domain/orders/order_set.h"
#include "domain/strategy/payoff.h"
#include "kernel/kernel.h"
#include "kernel/ports/venue.h"

#define NONE UINT32_MAX /* no slot, no holding */

enum { SLOT_UNUSED = -2 }; /* a slot_key that no slot has */
enum { IV_HISTORY = 252, CLOSE_HISTORY = 50, RANK_MIN_SESSIONS = 20 };
enum { NOTES_PER_STEP = 64, NOTE_BYTES = 320 };
/* What the kernel remembers of an order beside its state in the set: by the state's slot. */
struct ticket {
    uint64_t order_id;
    uint32_t trade;   /* slot */
    uint32_t roll_to; /* slot of the trade that a roll opens, NONE otherwise */
    uint64_t roll_id; /* and which that is: its slot may be another's when it is over */
    uint32_t late; /* slot of the trade that keeps what was filled after the order's own was over */
    uint64_t late_id;
    int split;     /* legs from here on open roll_to */
    int64_t scale; /* packages that make one unit of the structure: ratios have no common divisor */
    int8_t leg_of[PACKAGE_LEGS_MAX];  /* leg of its trade; -1 until it has one */
    int8_t spec_of[PACKAGE_LEGS_MAX]; /* leg of the structure, -1: of none */
    /* Legs that a roll moves to the new trade as they are: leg of the trade, its spec there. */
    int moved_count;
    int8_t moved_from[STRATEGY_LEGS_MAX], moved_to[STRATEGY_LEGS_MAX];
    int64_t moved_units;
    int64_t max_loss;             /* of the whole, INT64_MAX unbounded; 0 for what only reduces */
    int64_t judged, judged_price; /* the packages, and their net price, that max_loss is of;
                                     PRICE_NONE unknown */
    bool is_called_back;          /* a cancel was asked for */
    bool is_worked;               /* its limit moves toward the far side: work.c */
    bool gave_up;
    double way;   /* from the mid (0) to the far side (1) */
    int64_t told; /* of an exit: packages that it was told to stand for at stepped_ns, as less is
                     held; 0: nothing was told */
    int64_t begun_ns, stepped_ns;
};

/* An order in the making. */
struct draft {
    struct order_terms terms;
    struct ticket ticket;
};

struct structure_state {
    int32_t slot_day;   /* day of the last used entry slot */
    int32_t slot_key;   /* which slot was used last: see entry.c */
    int32_t missed_day; /* day and slot whose miss was noted already */
    int32_t missed_key;
    bool entered_once;
    int32_t closed_day; /* day the last trade closed, for the cool-down */
    uint32_t open;      /* entries that are not over: see trade.root */
};

struct signals; /* signals.c */
struct lots;    /* life.c */
struct query;   /* query.c */

/* One underlying: its book, and what conditions read of it. */
struct market {
    char symbol[16];
    struct book book;
    double iv_history[IV_HISTORY];
    uint32_t iv_count; /* sessions recorded, may exceed IV_HISTORY */
    double iv_today;
    double close_history[CLOSE_HISTORY];
    uint32_t close_count;
    bool wants[FEATURE_COUNT]; /* by any condition of a strategy */
    bool wants_iv;
    struct signals *signals; /* NULL when no condition reads one */
    double features[FEATURE_COUNT];
    uint64_t features_stamp; /* of the book they were worked out of */
    double beta;             /* against the first market */
    uint32_t *holders;       /* by contract id: its first holding */
    uint32_t stock_holders;
    struct event_declare declared; /* the next dividend; ex_day 0: none is known */
    bool is_doubted;               /* its quotes may not be acted on: nothing is opened */
    int64_t apart_since_ns;        /* its two sources are too far apart; 0: they are not */
};

/* One strategy at work. */
struct host {
    const struct strategy *strategy; /* NULL: people's own trades in this market */
    uint32_t market;
    bool is_armed;
    double confidence;                /* 0 to 1, of outside judges */
    uint32_t first_trade, last_trade; /* slots, linked in order of id */
    uint32_t kept;                    /* slot of the shares kept outside trades */
    int64_t look_ns;                  /* of the last look */
    struct structure_state structures[STRATEGY_STRUCTURES_MAX];
};

/* That a leg of a trade holds a contract: a node in the list of the contract's holders. */
struct holding {
    uint32_t next, prev; /* prev NONE: first of its list */
    uint32_t trade;
    uint16_t leg;
    bool linked;
};

struct kernel {
    struct kernel_config config;
    int64_t now_ns;
    bool failed, flattening, entries_halted_today;
    enum risk_state state;
    bool reduced_by_loss; /* the state is the day's loss', and ends with the day */
    bool by_planner;      /* the order being made is the planner's: liquidation */
    bool reduced_by_call; /* it is a margin call's, and ends with it */
    int64_t looked_ns;    /* of the last look of any strategy */
    uint64_t changes;     /* of what is held and working: guard.c */
    uint32_t owed;        /* orders that are over with executions owed */
    struct guard *guard;  /* NULL: the account has no limits of its own */
    bool in_snapshot;     /* the event shows the whole chain at one instant */

    int64_t cash;
    int64_t interest;  /* received less paid, in cash already */
    struct lots *lots; /* scratch of life.c */
    int64_t value;     /* of all trades: their value fields, added */
    int32_t day;       /* of the newest session */
    int64_t day_start_equity;

    struct market *markets;
    uint32_t market_count;
    struct host *hosts;
    uint32_t host_count; /* strategies, of host_room places; behind those one host for each market,
                            for people's own trades */
    uint32_t host_room, host_total;
    uint32_t *look_queue; /* hosts in order of their last look: a ring */
    uint32_t look_head;

    struct trade *trades;
    uint32_t *trade_next, *trade_prev; /* by slot: in its host's list */
    struct holding *holdings;          /* slot * TRADE_LEGS_MAX + leg */
    uint32_t *free_trades;             /* a stack */
    uint32_t free_count;
    uint32_t *ended; /* slots given back in this step: free from the next on */
    uint32_t ended_count;
    uint32_t *wanted; /* slots of trades to look at in this step */
    uint32_t wanted_count;
    uint32_t trade_high; /* slots ever used */
    uint64_t next_trade_id, next_order_id;

    struct order_set *orders;
    struct ticket *tickets;

    double vix;

    struct effect *effects;
    size_t effect_count;
    char (*notes)[NOTE_BYTES];
    int step_notes;
    uint64_t events_hash, effects_hash;

    struct query *query;        /* query.c */
    struct chain_expiry *views; /* scratch of entry.c */
    uint32_t *view_index;
};

static inline struct host *trade_host(const struct kernel *k, const struct trade *trade)
{
    return &k->hosts[trade->host];
}
static inline struct market *host_market(const struct kernel *k, const struct host *host)
{
    return &k->markets[host->market];
}
static inline struct market *trade_market(const struct kernel *k, const struct trade *trade)
{
    return &k->markets[k->hosts[trade->host].market];
}
/* NULL for kept shares and people's own trades. */
static inline const struct structure *trade_structure(const struct kernel *k,
                                                      const struct trade *trade)
{
    return trade->structure < 0 ? NULL
                                : &trade_host(k, trade)->strategy->structures[trade->structure];
}
static inline uint32_t trade_slot(const struct kernel *k, const struct trade *trade)
{
    return (uint32_t)(trade - k->trades);
}
static inline const char *structure_name(const struct kernel *k, const struct trade *trade)
{
    return trade->structure == STRUCTURE_KEPT         ? "shares"
           : trade->structure == STRUCTURE_MANUAL     ? "manual"
           : trade->structure == STRUCTURE_LIQUIDATED ? "liquidated"
                                                      : trade_structure(k, trade)->name;
}

/* effects.c */
struct effect *effect_add(struct kernel *k, enum effect_kind kind);
void note(struct kernel *k, enum note_id id, const char *format, ...) PRINTF_LIKE(3, 4);
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);
void hash_event(struct kernel *k, const struct event *event);
void effects_hash_step(struct kernel *k);

/* trades.c: slots of trades, and who holds which contract */
void trades_open(struct kernel *k, struct arena *arena);
void trades_reap(struct kernel *k); /* a step begins: what ended in the last is free */
uint32_t trade_slot_take(struct kernel *k, struct host *host); /* NONE when all are taken */
void trade_slot_give(struct kernel *k, uint32_t slot);
/* After a leg's quantity or id changed: it is listed as a holder of its contract, or not. */
void holding_update(struct kernel *k, struct trade *trade, int leg);
/* A day begins: ids changed. */
void holdings_relist(struct kernel *k, struct market *market);

/* ledger.c: what trades hold, what it is worth, what fills do to it */
void ledger_mark(struct kernel *k, struct market *market);
/* One contract was quoted; OPTION_NONE: the underlying. Fills k->wanted. */
void ledger_quote(struct kernel *k, struct market *market, uint32_t id);
int64_t ledger_equity(const struct kernel *k);
void trade_pay(struct kernel *k, struct trade *trade, int64_t micros);
void trade_charge(struct kernel *k, struct trade *trade, int64_t micros);
void trade_stamp_exit(const struct kernel *k, struct trade *trade, int64_t underlying);
void trade_entry_over(struct kernel *k, struct trade *trade);
/* A leg of a contract, or of stock where that is NULL; nothing is held yet. NULL when all places
 * are taken. */
struct trade_leg *trade_add_leg(struct kernel *k, struct trade *trade, int spec,
                                const struct contract *contract);
/* What crossed hands on one leg, + bought; of an entry, whose price is the mean of its parts. */
void leg_fill(struct kernel *k, struct trade *trade, struct trade_leg *leg,
              const struct package_leg *quotes, int64_t price, int64_t quantity, bool is_entry);
/* Its entry, or a part of it, is filled. */
void trade_opened(struct kernel *k, struct trade *trade);
void trade_revalue(struct kernel *k, struct trade *trade);
void trade_end(struct kernel *k, struct trade *trade, int64_t underlying);
bool trade_is_empty(const struct trade *trade);
/* Lots of a leg go to another trade at their mark: no cash moves, what they won until now stays
 * behind. quantity is signed as held; the leg has a mark. False when there is no place for a
 * leg. */
bool trade_move_lots(struct kernel *k, struct trade *from, int leg, int64_t quantity,
                     struct trade *to);
struct trade_leg *trade_find_stock(struct trade *trade);
/* The trade's stock, added when it has none yet; NULL when it has no room. */
struct trade_leg *trade_stock(struct kernel *k, struct trade *trade);
int64_t leg_multiplier(const struct trade_leg *leg);
double trade_delta_shares(struct kernel *k, const struct trade *trade);
/* To the nearest expiry of its options as opened, 0 when that has passed; -1 when it never had one.
 */
int32_t trade_dte(const struct kernel *k, const struct trade *trade);
bool trade_has_options(const struct trade *trade); /* still held */
size_t trade_payoff_legs(const struct trade *trade, struct payoff_leg *legs);

/* settle.c: expiries, dividends, kept shares */
/* ERR_NOT_FOUND when a trade is held to this expiry and there is no price to settle it at. */
NODISCARD enum err ledger_settle(struct kernel *k, struct market *market,
                                 const struct event_settle *settle);
void ledger_dividend(struct kernel *k, struct market *market, int64_t amount);
/* exercised: signed contracts, of a short leg below 0. Moves cash and shares of the trade.
 * ERR_RANGE when an amount does not fit. */
NODISCARD enum err trade_exercise(struct kernel *k, struct trade *trade, int leg, int64_t exercised,
                                  int64_t price);
/* What follows: kept shares, the trade's end. */
void trade_delivered(struct kernel *k, struct trade *trade, int64_t price);
int64_t host_shares(const struct kernel *k, const struct host *host); /* kept */

/* fills.c: what fills do to trades */
void fills_report(struct kernel *k, const struct order_report *report);
/* An order is over: of the venue, by a gate, by a person. */
void order_over(struct kernel *k, const struct order_state *order);

/* life.c: early assignment, splits, interest */
void life_open(struct kernel *k, struct arena *arena);
void life_declare(struct market *market, const struct event_declare *declare);
NODISCARD enum err life_assign(struct kernel *k, struct market *market,
                               const struct event_assign *event);
NODISCARD enum err life_day_end(struct kernel *k, struct market *market);
NODISCARD enum err life_nights(struct kernel *k, int32_t from, int32_t to, double benchmark);
NODISCARD enum err life_split(struct kernel *k, struct market *market,
                              const struct event_split *split);

/* gates.c */
enum gate { GATE_PASS, GATE_SIGN, GATE_REFUSE };
enum gate_rule {
#define GATE_RULE(id, word, step, unit, help) id,
#include "kernel/gates.def"
#undef GATE_RULE
    GATE_RULE_COUNT
};
struct gate_ask { /* an order, as the gates see it */
    const struct order_terms *terms;
    int64_t max_loss; /* at expiry, of all of it; INT64_MAX unbounded; 0 of what only reduces */
    uint64_t
        id; /* of a working order that is to be replaced, and does not count beside itself; 0 */
    bool reduces;   /* it was meant to, and does: reduce.c */
    int64_t filled; /* packages of terms that a working order has filled already, as it grows: no
                       longer held */
};
struct gate_talk {
    char why[RISK_TEXT_BYTES]; /* of the first no, else of the signature: rule, number, limit, what
                                  would pass */
    int64_t max_loss;          /* that it was judged by: 0 when it only reduces */
    struct order_preview
        *all; /* every rule's word goes here, and no no ends it; NULL: the first does */
};
struct gate_verdict;
/* True when it lets pass. */
bool gate_says(struct gate_talk *talk, const struct gate_verdict *verdict);
/* is_signed: somebody signed already. */
enum gate gates_check(struct kernel *k, const struct order_terms *terms, int64_t max_loss,
                      uint64_t id, bool is_signed, struct gate_talk *talk);

/* Whether a person's limit and stop are on steps that the exchange has. */
bool gates_price(const struct order_terms *terms, struct gate_talk *talk);

/* reduce.c: what only takes back, for one trade and for the account */
/* Whether the order only takes from what its trade holds, whatever else of the trade works, and
 * leaves no short uncovered, of the trade or of the account, that has not passed the gates as
 * such. id: as in gate_ask. */
bool order_only_closes(const struct kernel *k, const struct order_terms *terms, uint64_t id);
/* Whether one leg of it takes from what its trade holds. */
bool order_leg_closes(const struct kernel *k, const struct order_terms *terms, int leg,
                      uint64_t id);
/* Of one package; returns how many. */
size_t order_payoff_legs(const struct order_terms *terms, struct payoff_leg legs[PACKAGE_LEGS_MAX]);
/* At expiry, at its limit, else at the far side; INT64_MAX unbounded or unknown. */
int64_t order_worst_loss(const struct order_terms *terms);
/* Packages that may still fill: of an order that is over those whose executions are owed. */
int64_t order_exposed(const struct order_state *order);
/* All orders that may still fill: working, of unknown state, and over with executions owed; of a
 * target and a stop of the same packages the one with more left, as what one fills the other no
 * longer may. NULL starts and ends. */
const struct order_state *order_next_exposed(const struct kernel *k,
                                             const struct order_state *order);
/* Whether it is the order of that id, or its alternative of the same packages; id 0: it is not. */
bool order_is_or_excludes(const struct kernel *k, const struct order_state *order, uint64_t id);
/* Contracts or shares of a leg's kind that a trade holds, signed. */
int64_t trade_held(const struct trade *trade, const struct package_leg *leg);
uint32_t trade_find(const struct kernel *k, uint64_t id); /* slot, NONE */

/* guard.c, guard_margin.c, guard_plan.c: the account's own limits */
void guard_open(struct kernel *k, struct arena *arena);
bool guard_allows(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk);
void guard_sent(struct kernel *k);
void guard_rejected(struct kernel *k); /* by the venue */
void guard_fault(struct kernel *k);    /* an error of our own */
void guard_loss(struct kernel *k);
void guard_timer(struct kernel *k, const struct event_timer *timer);
void guard_feeds(struct kernel *k, struct market *market, const struct event_feed *feed);
void guard_new_day(struct kernel *k);
void guard_hedge(struct kernel *k);
void guard_flatten(struct kernel *k);
/* A margin call: looked for when it may have come or ended; closes its next package. */
void guard_call(struct kernel *k);
void guard_filled(struct kernel *k,
                  const struct trade *trade); /* an order of it, partly or whole */
void guard_answered(
    struct kernel *k); /* a report was handled: the next package of a call, if this one filled */
bool guard_override(struct kernel *k, const struct event_command *command,
                    char why[RISK_TEXT_BYTES]);

/* orders.c: make, gate, send, replace and cancel orders */
void orders_open(struct kernel *k, struct arena *arena);
void draft_init(struct kernel *k, struct draft *draft, uint32_t trade, enum order_purpose purpose);
/* spec: leg of the structure; leg: of the trade, -1 when it has none yet. ratio is signed, of one
 * unit. */
bool draft_add_option(const struct kernel *k, struct draft *draft, uint32_t id, int64_t ratio,
                      int leg, int spec);
bool draft_add_stock(struct kernel *k, struct draft *draft, int64_t ratio, int leg, int spec);
void draft_note_stock(struct kernel *k, const struct draft *draft); /* as draft_add_stock() does */
void draft_set_quantity(struct draft *draft, int64_t units);
/* A person's order: legs with the quotes of now, flags, price; max_loss as in gate_ask. trade:
 * slot it adds to or reduces; NONE: a new one. False when a leg is not listed today. */
bool draft_manual(const struct kernel *k, struct draft *draft, uint32_t trade,
                  const struct order_terms *asked, int64_t *max_loss);
/* Whether the gates would let it pass or ask for a signature; says why not in a note. */
bool draft_would_go(struct kernel *k, struct draft *draft, int64_t units, int64_t max_loss);
/* Send it, or have it wait for its signature; false when it may not leave: effects say why. */
bool draft_send(struct kernel *k, struct draft *draft, int64_t units, int64_t max_loss);
void order_cancel(struct kernel *k, const struct order_state *order);
/* Its terms at the worse of the prices that are in force and asked for, and of as many packages as
 * its ticket's loss. */
void order_terms_at_worst(const struct kernel *k, const struct order_state *order,
                          struct order_terms *out);
/* What makes it smaller or its price better passes the gates; whatever else is judged as a new
 * order of all of it. One that can lose more than was signed for is refused, since it cannot wait
 * for a signature: false, and a note says why. */
bool order_replace(struct kernel *k, const struct order_state *order,
                   const struct order_edit *edit);
void order_sign(struct kernel *k, const struct order_state *order, bool yes, const char *who);
int64_t common_divisor(int64_t a, int64_t b); /* >= 0; of 0 and 0 it is 0 */
void orders_cancel_all(struct kernel *k, bool but_reducing);
/* For whoever closes a trade (0: any): calls back what adds to it. rests_too: and what a person
 * lets rest, a target or a stop among them; not while trading is stopped, when only a person
 * closes. */
void orders_make_way(struct kernel *k, uint64_t trade_id, bool rests_too);
/* Of a market: orders for a day before this one that never left; day 0: all, as its shares and
 * contracts are others now. */
void orders_lapse(struct kernel *k, uint32_t market, int32_t day);
/* ---- bracket.c ---- */
enum { BRACKET_WHY_BYTES = 200 };
/* A draft with its price becomes the parent of exits. False, with why, where it cannot: nothing has
 * changed then. */
bool bracket_begin(struct kernel *k, struct draft *parent, const struct order_exits *exits,
                   char why[BRACKET_WHY_BYTES]);
void bracket_stage(struct kernel *k, const struct draft *parent,
                   const struct order_exits *exits); /* the parent has left, or waits */
void bracket_told(struct kernel *k, const struct order_state *order,
                  const struct order_report *report,
                  bool is_news); /* says what stands unguarded now */
void bracket_ended(struct kernel *k,
                   const struct order_state *order); /* the same of an exit that is over */
void bracket_lapses(
    struct kernel *k,
    const struct order_state *order); /* an exit of contracts that are no more as they were */
void bracket_stays(
    struct kernel *k,
    const struct order_state *order); /* an exit that should have become larger, or smaller */
/* ---- bracket_tend.c: exits shrink to what their trade holds, and end with it ----------------- */
void bracket_tend_order(struct kernel *k, uint64_t id); /* of the trade of a reported order */
void bracket_tend_all(struct kernel *k,
                      bool but_told); /* but_told: those alone that were told so before */

void orders_groups(struct kernel *k); /* do what order groups ask for */
void effect_order(struct kernel *k, const struct order_change *change);
struct ticket *order_ticket(const struct kernel *k, const struct order_state *order);
struct trade *ticket_trade(struct kernel *k, const struct order_state *order,
                           struct ticket *ticket);

/* work.c: the price of an order, and how it moves while the order rests */
void work_price(const struct kernel *k, struct draft *draft);
void work_step(struct kernel *k, uint32_t trade); /* of all of its orders */
void quotes_refresh(const struct kernel *k,
                    struct order_terms *terms); /* of its legs, as they are now */

/* query.c: what is asked from outside stands between these, and leaves no trace. */
void query_open(struct kernel *k, struct arena *arena);
void query_begin(struct kernel *k);
void query_end(struct kernel *k);

/* kernel.c: false when there is no room, or no such market. */
bool host_enlist(struct kernel *k, const struct strategy *strategy, bool is_armed,
                 const char **why);

/* commands.c */
void on_command(struct kernel *k, const struct event_command *command);

/* features.c */
void features_open(struct kernel *k, struct arena *arena);
void features_want(
    struct kernel *k,
    const struct host *host); /* what its conditions read is worked out from now on */
void features_market(struct kernel *k, struct market *market); /* unless they are of this stamp */
/* The few that differ from strategy to strategy. */
void features_host(struct kernel *k, const struct host *host);
void features_trade(struct kernel *k, const struct trade *trade, double out[FEATURE_COUNT]);
void features_day_end(struct kernel *k, struct market *market);

/* signals.c: what conditions read of histories and of the whole chain, from domain/features */
void signals_open(struct market *market, struct arena *arena, bool always);
void signals_session(struct market *market);
void signals_price(struct kernel *k, struct market *market); /* the underlying has a price */
void signals_traded(struct kernel *k, struct market *market, int64_t price,
                    int64_t shares); /* of the underlying */
void signals_dated(struct kernel *k, struct market *market, const struct event_dated *dated);
void signals_market(struct kernel *k, struct market *market);
void signals_day_end(struct kernel *k, struct market *market);

/* entry.c, manage.c: the strategy host */
void host_enter(struct kernel *k, struct host *host);
void host_manage(struct kernel *k, struct host *host);
void trade_manage(struct kernel *k, uint32_t slot);
bool trade_close(struct kernel *k, uint32_t slot, enum close_reason reason);
/* Set look_low and look_high: what a quote is measured against. */
void trade_bounds(const struct kernel *k, struct trade *trade);
struct entry_plan {
    struct chosen_leg chosen[STRATEGY_LEGS_MAX];
    int64_t units;
    int64_t net_mid;  /* micros a share of one unit, PRICE_NONE unknown */
    int64_t max_loss; /* of all units */
};
/* Choose legs for a structure now; units 0: by the size rule; a roll keeps its own. */
bool entry_plan_make(struct kernel *k, struct host *host, int structure, int64_t units,
                     struct entry_plan *plan, char *why, size_t why_bytes);
/* Take a trade slot for the plan; NONE when there is none. */
uint32_t entry_trade_begin(struct kernel *k, struct host *host, int structure,
                           const struct entry_plan *plan);

#endif
