/*
 * The kernel: one event in, effects out. Backtest, paper and live run this same state machine.
 *
 * One kernel is one account. It holds the markets (one book for each underlying), the hosts (one
 * for each strategy), their trades and orders, and the cash. Deterministic and single-threaded: no
 * clock, no I/O, no randomness, no locks; after kernel_open() it allocates nothing. The only time
 * it knows is the event's. The same events give the same effects, byte for byte:
 * kernel_effects_hash() is the proof.
 *
 *     kernel_open() ... for each event: kernel_step(), then take every effect of kernel_effects()
 *
 * When strategies look. A snapshot (EVENT_MARKET) lets every strategy of its underlying look at
 * once. A single quote (EVENT_QUOTE) marks the trades that hold the contract and looks only at
 * those whose profit it carried past an exit; every strategy looks once in look_ns besides, a few
 * at each event, so that no event waits for a thousand of them. EVENT_TIMER lets all look whose
 * time has come.
 *
 * An order leaves as EFFECT_SUBMIT only after the gates (gates.c) said yes; what becomes of it
 * comes back as EVENT_REPORT (domain/orders/report.h). Strategies, people and agents take the same
 * way: draft, gates, signature, venue. Start reading at kernel_step() in kernel.c; docs/kernel.md
 * has the whole.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/life/adjust.h"
#include "domain/life/carry.h"
#include "domain/margin/margin.h"
#include "domain/orders/order_set.h"
#include "domain/risk/risk.h"
#include "domain/strategy/strategy.h"
#include "kernel/book.h"
#include "kernel/ports/event.h"
#include "kernel/ports/order.h"

struct kernel;

struct kernel_limits {
    struct book_limits book; /* of each underlying */
    uint32_t trades;         /* open at once */
    uint32_t orders;         /* waiting or working at once */
    uint32_t fills;          /* executions kept of recent orders; 0: 16 an order */
    uint32_t effects;        /* of one step: kernel_effects_needed() or more */
};

/* What holding brings, where the broker does not tell: domain/life. All zero: nothing is modelled.
 */
struct kernel_life {
    bool assigns;      /* American options that we are short are exercised when it is best for their
                          holders */
    int64_t share_ppm; /* of holders who do what is best; 0: all */
    uint64_t seed;     /* who of us is hit */
    enum carry_schedule carry; /* interest on cash */
    double borrow_fee;         /* for shares that are short, a year: 0.003 is 0.3 % */
};

struct kernel_config {
    const struct strategy *const
        *strategies;         /* each has a host of the same index; they outlive the kernel */
    uint32_t strategy_count; /* the list itself is read at open only */
    const bool *disarmed;    /* of each: it waits for COMMAND_ARM. NULL: none does */
    uint32_t strategy_room;  /* how many there may be with those that COMMAND_ENLIST adds later; 0:
                                no more */
    /* Markets are numbered: these first, then the strategies' underlyings as they come. May be
     * NULL. */
    const char *const *underlyings;
    uint32_t underlying_count;
    int64_t cash;       /* micros at the start */
    bool may_trade;     /* first gate: the owner's role may send orders */
    int64_t sign_above; /* third gate: worst loss beyond which a person must sign, micros;
                           INT64_MAX: never */
    /* The account's limits, asked before each order; NULL: only those of the strategies' files.
     * Greeks are weighted with betas[] (of each market; NULL: risk_usual_beta()) against the first
     * market. */
    const struct risk_limits *risk;
    const double *betas;
    /* With risk: margin is asked too, and a deficit is closed out (limit margin_call). NULL: not.
     * It outlives the kernel */
    const struct margin_terms *margin;
    struct kernel_life life;
    int64_t look_ns; /* between two looks of a strategy without a snapshot; 0: a second */
    struct kernel_limits limits;
};

enum close_reason {
    CLOSE_NONE, /* still open */
    CLOSE_PROFIT,
    CLOSE_LOSS,
    CLOSE_TIME,
    CLOSE_DTE,
    CLOSE_DAYS_HELD,
    CLOSE_DELTA,
    CLOSE_CONDITION,
    CLOSE_ROLLED,
    CLOSE_EXPIRED, /* settled: worthless, exercised or assigned */
    CLOSE_COMMAND, /* somebody asked to flatten */
    CLOSE_TRAIL,   /* gave back what the trail allows */
    CLOSE_BREACH,  /* the underlying reached a short strike */
    CLOSE_MARGIN,  /* a margin call, or everything is liquidated: closed to need less margin */
    CLOSE_SHARES,  /* kept shares that are all gone: called away, or sold against shares that were
                      due */
    CLOSE_REASON_COUNT
};
const char *close_reason_name(enum close_reason reason); /* "profit", "stop", ... */

enum trade_state {
    TRADE_FREE,
    TRADE_OPENING,
    TRADE_OPEN,
    TRADE_REMNANT, /* closed but for long options nobody bids for; they expire by themselves */
    TRADE_KEPT,    /* the shares that a strategy keeps outside its trades; no rule manages them */
};

/* One position of a trade: the lots of one contract, or its stock. */
struct trade_leg {
    int64_t quantity; /* signed contracts or shares now held */
    int64_t mark;     /* micros a share; PRICE_NONE before the first */
    int64_t mark_ns;  /* when the mark was quoted */
    struct contract contract;
    uint32_t id; /* today's id in the book, OPTION_NONE when not listed */
    bool is_stock;
    bool from_assignment;   /* stock that exercise or assignment brought */
    int8_t spec;            /* index of the leg in the structure, -1 for added stock */
    int64_t entry_quantity; /* as first filled */
    int64_t entry_price, entry_bid, entry_ask; /* micros a share */
    double entry_iv, entry_delta;              /* NaN unknown */
    int64_t exit_price;             /* of the last fill or settlement; PRICE_NONE before */
    struct deliverable deliverable; /* of an option: as listed, or after splits */
};

#define TRADE_LEGS_MAX (PACKAGE_LEGS_MAX + 1)
/* In place of a structure's number. */
#define STRUCTURE_KEPT (-1)   /* shares that a strategy keeps */
#define STRUCTURE_MANUAL (-2) /* a person's or agent's own */
#define STRUCTURE_LIQUIDATED                                                                       \
    (-3) /* parts of trades, taken over at their marks to be closed as one order */

/* A strategy's trade: everything that one entry bought and sold until all of it is gone. */
struct trade {
    enum trade_state state;
    uint32_t host;       /* index of its strategy; kernel_strategy() is NULL for a person's own */
    int structure;       /* of the strategy; STRUCTURE_KEPT, STRUCTURE_MANUAL */
    uint32_t working;    /* orders that are not over */
    int64_t flows;       /* all cash flows so far, entry included, before costs; micros */
    int64_t value;       /* of what is held, at the mark */
    int64_t costs;       /* commissions and fees, >= 0 */
    int64_t best, worst; /* of flows + value - costs, while open */
    int64_t look_low, look_high; /* a profit outside these may be an exit */
    uint64_t id;
    uint64_t root; /* the entry that it goes back to through rolls: that trade's id, or its own */
    int leg_count;
    int64_t opened_ns, closed_ns;
    int64_t units;       /* as opened */
    int64_t entry_cash;  /* micros: received + or paid - at entry, before costs */
    int64_t spread_cost; /* against the mid */
    int64_t max_loss;    /* at expiry, as opened; INT64_MAX unbounded */
    int64_t underlying_entry, underlying_exit;
    int rolls;
    enum close_reason reason;
    int confirm;        /* looks in a row that asked for the stop */
    int64_t confirm_ns; /* the last of them */
    int64_t hedged_ns;  /* of the last hedge order */
    struct trade_leg legs[TRADE_LEGS_MAX];
};

static inline int64_t trade_pnl(const struct trade *trade)
{
    return trade->flows + trade->value - trade->costs;
}

enum note_id {
#define NOTE(id, warning, text) id,
#include "kernel/notes.def"
#undef NOTE
    NOTE_COUNT
};
bool note_is_warning(enum note_id id);

enum effect_kind {
    EFFECT_SUBMIT,  /* an order passed the gates: hand it to the venue */
    EFFECT_REPLACE, /* ask the venue for order->asked in place of order->edit */
    EFFECT_CANCEL,
    EFFECT_ORDER, /* what is known of an order changed: filled, over, refused, waits for a signature
                   */
    EFFECT_CLOSED, /* a trade is over */
    EFFECT_NOTE,
    EFFECT_STAGE, /* an order was made that waits for another one's fill: nothing leaves yet */
};

/* What is pointed to lives until the next step. */
struct effect {
    enum effect_kind kind;
    int64_t ts_ns;
    union {
        struct {
            const struct order_state *state;
            enum order_status from, to; /* EFFECT_ORDER: as shown before and after */
            uint32_t alarms;            /* EFFECT_ORDER: raised now, enum order_alarm */
        } order;
        const struct trade *trade;
        struct {
            enum note_id id;
            const char *text;
        } note;
    } of;
};

/* What the account is worth now. */
struct account {
    int64_t cash, options, stock, equity; /* micros; equity is their sum */
    double delta, gamma, vega, theta; /* shares, shares per dollar, dollars per vol point, dollars
                                         per day; NaN when a position's is unknown */
    uint32_t open_trades;
    int64_t shares;   /* kept outside trades */
    int64_t interest; /* received less paid so far: the one part of the result that belongs to no
                         trade */
};

/* One step can refuse a roll of every trade and then close it, and end every order that may work.
 */
static inline uint32_t kernel_effects_needed(uint32_t trades, uint32_t orders)
{
    return 3 * trades + 3 * orders + 128;
}

/* Errors: ERR_RANGE for limits that cannot hold the strategies. Memory comes from arena, all of it
 * here. */
NODISCARD enum err kernel_open(struct kernel **out, struct arena *arena,
                               const struct kernel_config *config);

/* Handle one event. Errors: ERR_FULL when a limit is reached, ERR_NOT_FOUND when what is held
 * cannot be settled for lack of a price; the kernel is then halted for good. */
NODISCARD enum err kernel_step(struct kernel *kernel, const struct event *event);

/* The effects of the last step, valid until the next. */
const struct effect *kernel_effects(const struct kernel *kernel, size_t *count);

/* Queries: they change nothing that a later effect could show. */
void kernel_account(struct kernel *kernel, struct account *out);
/* The part of one host's open trades: cash is their flows less their costs, equity what they have
 * won so far. */
void kernel_account_of(struct kernel *kernel, uint32_t host, struct account *out);
int64_t kernel_equity(const struct kernel *kernel); /* of kernel_account(), at once */
const struct trade *kernel_trades(const struct kernel *kernel,
                                  size_t *slots); /* state TRADE_FREE: empty */
uint32_t kernel_market_count(const struct kernel *kernel);
/* The index of an underlying's market, which its events carry; UINT32_MAX when there is none. */
uint32_t kernel_market_find(const struct kernel *kernel, const char *underlying);
const struct book *kernel_book(const struct kernel *kernel, uint32_t market);
const struct strategy *kernel_strategy(const struct kernel *kernel, uint32_t host);
uint32_t kernel_strategy_count(const struct kernel *kernel); /* hosts 0 to this have one */
bool kernel_is_armed(const struct kernel *kernel, uint32_t host);
/* The host of people's own trades in a market. */
uint32_t kernel_manual_host(const struct kernel *kernel, uint32_t market);
const struct order_set *kernel_orders(const struct kernel *kernel);
enum risk_state kernel_state(const struct kernel *kernel);
const char *kernel_underlying(const struct kernel *kernel, const struct trade *trade);
/* What the account must hold: of kernels opened with margin terms. Errors: ERR_NOT_FOUND when it
 * cannot be known, and those of margin_strategy(). Large: keep it off small stacks. */
NODISCARD enum err kernel_margin(struct kernel *kernel, struct margin_answer *out);
/* Of that, or of portfolio margin where the terms say so: what equity may not fall below. Errors:
 * ERR_NOT_FOUND without margin terms, ERR_RANGE when it cannot be known now. */
NODISCARD enum err kernel_deposit(struct kernel *kernel, int64_t *out);
/* What conditions of an underlying's strategies read now: [FEATURE_COUNT]. */
const double *kernel_features(const struct kernel *kernel, uint32_t market);
/* Does a condition of any strategy read volume or open interest of options? Feeds may leave them
 * out if not. */
bool kernel_reads_flow(const struct kernel *kernel);
uint64_t kernel_effects_hash(const struct kernel *kernel);
uint64_t kernel_events_hash(const struct kernel *kernel);

#endif
