/*
 * Events in: what a feed, a venue, a calendar or a person puts into the kernel's inbox.
 *
 * An event is a value; the pointers in it are views that need to live only through the step that
 * handles it. Its sequence number is given by the runner before it is handled.
 */
#ifndef KERNEL_PORTS_EVENT_H
#define KERNEL_PORTS_EVENT_H

#include <stdint.h>

#include "domain/features/dated.h"
#include "domain/types/chain.h"
#include "domain/types/contract.h"

struct order_report; /* domain/orders/report.h */
struct order_terms;  /* domain/orders/order.h */
struct order_edit;
struct strategy; /* domain/strategy/strategy.h */

enum event_kind {
#define EVENT(id, name, priority, text) id,
#include "kernel/ports/events.def"
#undef EVENT
    EVENT_KIND_COUNT
};

/* Where a settlement price comes from, best first; reports say which was used how often. */
enum price_source {
    PRICE_OFFICIAL,    /* settlement value from the store's settlement series */
    PRICE_DAILY_BAR,   /* open (AM) or close (PM) of the store's daily bar: for AM not the SOQ */
    PRICE_CLOSE_MARK,  /* snapshot marked as the official close */
    PRICE_LAST_LEVEL,  /* last level seen on the day */
    PRICE_FIRST_LEVEL, /* AM only: first level seen on the day */
    PRICE_STALE_LEVEL, /* no data on the day: last level of an earlier day */
    PRICE_SOURCE_COUNT
};

struct event_session {
    int32_t day; /* yyyymmdd, New York */
    int64_t open_ns, close_ns;
    const struct contract *contracts; /* the day's table: what quote rows index */
    uint32_t contract_count;
    double rate;                   /* per year, continuous; NaN when the store has none */
    const uint32_t *open_interest; /* of each contract, SIZE_NONE unknown; NULL: not told */
    int64_t previous_close; /* of the session before, micros, in today's shares; 0: the last level
                               seen on that day */
};
struct event_market {
    int64_t underlying, bid, ask; /* micros; PRICE_NONE when unknown */
    uint32_t flags;               /* enum snapshot_flags */
    int64_t traded,
        traded_price; /* shares since the snapshot before, and their mean price; 0: none known */
    struct quote_rows rows; /* contract = index into the session's table */
};
#define QUOTE_UNDERLYING UINT32_MAX
struct event_quote {
    uint32_t contract;           /* index into the session's table; QUOTE_UNDERLYING */
    uint32_t bid_size, ask_size; /* SIZE_NONE: not given */
    int64_t bid, ask;            /* micros a share; PRICE_NONE: no quote on this side */
    int64_t last;                /* a trade, or the index level; PRICE_NONE: none told */
    uint32_t traded; /* shares or contracts that just traded at last; 0: this is no trade */
};
struct event_settle {
    int32_t expiry; /* as written in the symbol */
    char settle;    /* enum settle_time */
    int64_t price;  /* of the underlying, micros; PRICE_NONE when nothing is known */
    enum price_source source;
};
struct event_level {
    char symbol[16]; /* "VIX" */
    int64_t value;   /* micros; PRICE_NONE: no longer known */
};
struct event_dividend {
    int64_t amount; /* micros a share */
};

struct event_declare {
    int32_t ex_day; /* yyyymmdd */
    int64_t amount; /* micros a share */
};
/* That something is scheduled becomes known now, or that it is not. What is past is told too, once.
 */
struct event_dated {
    enum dated_kind kind; /* domain/features/dated.h */
    int64_t happens_ns;
    bool is_withdrawn;
};
struct event_split {
    int32_t to, from; /* 4 for 1 */
};
/* Of contracts of ours: below 0 short ones assigned, above 0 long ones exercised. */
struct event_assign {
    struct contract contract;
    int64_t quantity;
    int64_t price; /* of the underlying then; PRICE_NONE: the last known */
};

/*
 * What people and agents ask. Each is checked like anything else: a command that cannot be done is
 * answered with a note that says why.
 */
enum command_kind {
    COMMAND_REDUCE,  /* nothing new; strategies go on to manage and close what is held */
    COMMAND_HALT,    /* strategies send nothing, exits neither; a person may still reduce */
    COMMAND_RESUME,  /* ends reduce, halt and flatten; a kill only for the owner */
    COMMAND_FLATTEN, /* halt, and close every trade (shares kept outside trades stay) */
    COMMAND_KILL,    /* halt, and cancel every order that waits or works */
    COMMAND_PLACE, /* terms, exits: an order of one's own. trade_id: of a trade to add to or reduce;
                      0: a new one */
    COMMAND_CANCEL,     /* order_id */
    COMMAND_REPLACE,    /* order_id, edit */
    COMMAND_APPROVE,    /* order_id: sign it */
    COMMAND_DENY,       /* order_id: do not */
    COMMAND_CLOSE,      /* trade_id: close that trade */
    COMMAND_ARM,        /* host: the strategy may enter */
    COMMAND_DISARM,     /* host: it enters no more; what it holds is managed on */
    COMMAND_OVERRIDE,   /* limit (enum risk_limit), value, until_ns: for a while, by a role that may
                         */
    COMMAND_REVOKE,     /* limit: ends its overrides */
    COMMAND_FAULT,      /* an error of our own program: too many of them halt */
    COMMAND_CONFIDENCE, /* host, value in millionths: what its size rules may read */
    COMMAND_ENLIST, /* strategy: it gets a host, the next number; value 0: it waits for COMMAND_ARM
                     */
    COMMAND_KIND_COUNT
};
const char *command_kind_name(enum command_kind kind); /* "flatten" */

/*
 * The way out that comes with an order that opens (a bracket, domain/orders/order.h): the same
 * legs turned round, good till canceled, a limit for the profit and a stop for the loss, of which
 * one ends the other. They wait with the kernel, and leave as the order fills, for as much as it
 * filled. Net prices of closing one package, micros a share, + paid, - received; PRICE_NONE: none
 * of that kind.
 */
struct order_exits {
    int64_t target, stop;
};

enum command_role { BY_AGENT, BY_TRADER, BY_RISK, BY_OWNER };

struct event_command {
    enum command_kind kind;
    enum command_role role;
    char who[32], why[64];
    char client[41]; /* the id of whoever asked, for answers: the kernel does not look at it */
    uint64_t order_id, trade_id;
    uint32_t host;
    uint32_t limit;
    int64_t value, until_ns;
    const struct order_terms *terms; /* views, for the step */
    const struct order_edit *edit;
    const struct order_exits *exits; /* COMMAND_PLACE: NULL none */
    const struct strategy *strategy; /* outlives the kernel */
};

/*
 * Quotes of the market come from another source, or may not be acted on any more, or may again.
 * While they are doubted nothing is opened; what only reduces passes.
 */
struct event_feed {
    bool is_doubted;
    int64_t here, there; /* two sources that disagree: mids of the underlying; PRICE_NONE: not
                            known, or they agree */
    char why[64];        /* "to the backup: stopped, 0.61 s late"; empty: nothing new but prices */
};

/* Both clocks when it was made; steady_ns 0: not told. */
struct event_timer {
    int64_t wall_ns, steady_ns;
};

struct event {
    int64_t ts_ns;
    uint64_t sequence;
    enum event_kind kind;
    uint32_t underlying; /* the market's index in the kernel; level, timer, report and command: 0 */
    union {
        struct event_session session;
        struct event_market market;
        struct event_quote quote;
        struct event_settle settle;
        struct event_level level;
        struct event_dividend dividend;
        struct event_declare declare;
        struct event_dated dated;
        struct event_split split;
        struct event_assign assign;
        const struct order_report *report;
        struct event_command command;
        struct event_timer timer;
        struct event_feed feed;
    } of;
};

const char *event_kind_name(enum event_kind kind);
int event_priority(enum event_kind kind);

#endif
