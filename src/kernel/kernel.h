/*
 * The kernel: one event in, effects out. Backtest, paper and live run this same state machine.
 *
 * Deterministic and single-threaded: no clock, no I/O, no randomness, no locks; after
 * kernel_open() it allocates nothing. The only time it knows is the event's. The same events give the
 * same effects, byte for byte: kernel_effects_hash() is the proof.
 *
 *     kernel_open() ... for each event: kernel_step(), then take every effect of kernel_effects()
 *
 * An order leaves as EFFECT_SUBMIT only after the gates (gates.h) said yes; its answer comes back as an
 * EVENT_ANSWER. Start reading at kernel_step() in kernel.c.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/strategy/strategy.h"
#include "kernel/book.h"
#include "kernel/ports/event.h"
#include "kernel/ports/order.h"

struct kernel;

struct kernel_limits {
    struct book_limits book;
    uint32_t trades;  /* open at once */
    uint32_t orders;  /* working at once */
    uint32_t effects; /* of one step: kernel_effects_needed() or more */
};

struct kernel_config {
    const struct strategy *strategy; /* outlives the kernel */
    int64_t cash;                    /* micros at the start */
    bool may_trade;                  /* first gate: the owner's role may send orders */
    int64_t sign_above;              /* third gate: worst loss beyond which a person must sign, micros;
                                        INT64_MAX: never */
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
    CLOSE_REASON_COUNT
};
const char *close_reason_name(enum close_reason reason); /* "profit", "stop", ... */

enum trade_state {
    TRADE_FREE,
    TRADE_OPENING,
    TRADE_OPEN,
    TRADE_REMNANT, /* closed but for long options nobody bids for; they expire by themselves */
};

/* One position of a trade: the lots of one contract, or its stock. */
struct trade_leg {
    bool is_stock;
    bool from_assignment;    /* stock that exercise or assignment brought */
    int8_t spec;             /* index of the leg in the structure, -1 for added stock */
    struct contract contract;
    uint32_t id;             /* today's id in the book, OPTION_NONE when not listed */
    int64_t quantity;        /* signed contracts or shares now held */
    int64_t entry_quantity;  /* as first filled */
    int64_t entry_price, entry_bid, entry_ask; /* micros a share */
    double entry_iv, entry_delta;              /* NaN unknown */
    int64_t exit_price;      /* of the last fill or settlement; PRICE_NONE before */
    int64_t mark;            /* micros a share; PRICE_NONE before the first */
    int64_t mark_ns;         /* when the mark was quoted */
};

#define TRADE_LEGS_MAX (ORDER_LEGS_MAX + 1)

/* A strategy's trade: everything that one entry bought and sold until all of it is gone. */
struct trade {
    uint64_t id;
    enum trade_state state;
    int structure;
    int64_t opened_ns, closed_ns;
    int64_t units;
    int leg_count;
    struct trade_leg legs[TRADE_LEGS_MAX];
    int64_t entry_cash;  /* micros: received + or paid - at entry, before costs */
    int64_t flows;       /* all cash flows so far, entry included, before costs */
    int64_t costs;       /* commissions and fees, >= 0 */
    int64_t spread_cost; /* against the mid */
    int64_t value;       /* of what is held, at the mark */
    int64_t best, worst; /* of flows + value - costs, over snapshots while open */
    int64_t max_loss;    /* at expiry, as opened; INT64_MAX unbounded */
    int64_t underlying_entry, underlying_exit;
    int rolls;
    enum close_reason reason;
    uint32_t working;    /* orders without an answer */
    int confirm;         /* snapshots in a row that asked for the stop */
    int64_t hedged_ns;   /* of the last hedge order */
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
    EFFECT_SUBMIT, /* an order passed the gates: hand it to the venue */
    EFFECT_ORDER,  /* an order was answered, or refused by a gate */
    EFFECT_CLOSED, /* a trade is over */
    EFFECT_NOTE,
};

struct effect {
    enum effect_kind kind;
    int64_t ts_ns;
    union {
        struct {
            struct order order;
            struct event_answer answer; /* EFFECT_ORDER only; status REJECTED with a reason for gates */
        } order;
        struct trade trade;
        struct {
            enum note_id id;
            char text[200];
        } note;
    } of;
};

/* What the account is worth now. */
struct account {
    int64_t cash, options, stock, equity; /* micros; equity is their sum */
    double delta, gamma, vega, theta;     /* shares, shares per dollar, dollars per vol point, dollars
                                             per day; NaN when a position's is unknown */
    uint32_t open_trades;
    int64_t shares; /* held outside trades */
};

/* One step can refuse a roll of every trade and then close it, and fill every order that may work. */
static inline uint32_t kernel_effects_needed(uint32_t trades, uint32_t orders)
{
    return 2 * trades + 2 * orders + 128;
}

/* Errors: ERR_RANGE for limits that cannot hold the strategy. Memory comes from arena, all of it here. */
NODISCARD enum err kernel_open(struct kernel **out, struct arena *arena,
                               const struct kernel_config *config);

/* Handle one event. Errors: ERR_FULL when a limit is reached, ERR_NOT_FOUND when what is held cannot be
 * settled for lack of a price; the kernel is then halted for good. */
NODISCARD enum err kernel_step(struct kernel *kernel, const struct event *event);

/* The effects of the last step, valid until the next. */
const struct effect *kernel_effects(const struct kernel *kernel, size_t *count);

/* Queries: they change nothing that a later effect could show. */
void kernel_account(struct kernel *kernel, struct account *out);
const struct trade *kernel_trades(const struct kernel *kernel, size_t *slots); /* state TRADE_FREE: empty */
const struct book *kernel_book(const struct kernel *kernel);
uint64_t kernel_effects_hash(const struct kernel *kernel);
uint64_t kernel_events_hash(const struct kernel *kernel);

#endif
