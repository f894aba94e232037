/*
 * A desk: the kernel at work with a journal, so that whatever happens to the program, nothing that
 * was decided or filled is lost or done twice.
 *
 *     feed, venue, timers, commands ─► one inbox, numbered ─► journal ─► kernel ─► journal ─► venue
 *
 * Every event but market data is journaled with its number, and every effect before it leaves: one
 * step of the kernel is one commit. At start the journal is read again, from its newest snapshot
 * on: the same events go through the same kernel in the same order, nothing leaves, and each
 * record that comes of it is compared with the one that is there, byte for byte. Then the desk goes
 * on where it stopped. The simulated venue lives in this process: it is replayed along.
 *
 *     desk_open(&desk, &options);
 *     while (!desk_step(desk, now, &wait_ns))        one thread, the desk's own
 *         desk_wait(desk, wait_ns);
 *     desk_close(desk);
 *
 *     desk_command(desk, &command, &answer, 5 * NANOS_PER_SECOND);      any other thread
 *     desk_preview(desk, &order, &preview, ...);
 *     desk_read(desk, read, context, ...);
 *
 * Nobody but its thread touches a desk's kernel. Others put commands and questions into its inbox,
 * a bounded ring, and are answered between two steps; or they watch (struct desk_watch).
 *
 * What market there is (enum desk_feed) is all that a replay, a simulated and a live desk differ
 * in. Orders go to the simulated venue: a paper desk.
 */
#ifndef SERVICES_DESK_DESK_H
#define SERVICES_DESK_DESK_H

#include "adapters/journal/journal.h"
#include "base/err.h"
#include "base/mem.h"
#include "domain/strategy/strategy.h"
#include "domain/types/fees.h"
#include "kernel/kernel.h"
#include "kernel/preview.h"
#include "services/desk/entry.h"

struct desk;
struct live;

enum desk_use {
    DESK_RUN,    /* recover, then go on to the end of the data */
    DESK_REPLAY, /* only check that the journal comes out again: changes nothing */
};

enum desk_feed {
    DESK_STORED,    /* days of a store, snapshot by snapshot: store, symbols, from, to */
    DESK_SIMULATED, /* the simulated market, quote by quote, day after day: symbols, seed, from */
    DESK_LIVE,      /* sources that connect() opens: vendors' lines, tapes. What came is kept beside
                       the journal (JOURNAL.tape), where recovery reads it again */
};

/* A strategy that is there from the start: a file, a name of the catalogue, or a text. */
struct desk_strategy {
    const char *name; /* path, or name in the catalogue; of a text, what to call it */
    struct str text;  /* ptr NULL: read name */
    const struct strategy_override *overrides;
    size_t override_count;
    bool is_disarmed; /* it waits for COMMAND_ARM */
};

/* Where a desk is. */
enum desk_phase {
    DESK_CATCHING_UP, /* recovery: what the journal has goes through the kernel again */
    DESK_WAITING,     /* between two sessions, or before the first quote */
    DESK_TRADING,
    DESK_STALLED, /* the disk takes no more, or a live source is behind: nothing leaves */
    DESK_OVER,    /* the data ended */
};
const char *desk_phase_name(enum desk_phase phase); /* "catching_up" */

/* One contract, or the underlying itself (QUOTE_UNDERLYING), that has a new quote. */
struct desk_changed {
    uint32_t market, contract;
};

/* What may be looked at, by the desk's thread alone, during the call that was given it. */
struct desk_view {
    struct kernel *kernel; /* the queries of kernel.h, and nothing else */
    enum desk_phase phase;
    int64_t now_ns; /* of the market; TS of the last event while catching up */
    int32_t day;
    uint64_t sequence; /* of the last event */
    struct journal_state journal;
    double speed;
    uint64_t commands; /* taken since the journal began */
    uint64_t events;   /* since desk_open() */
    /* Quotes since the last desk_watch.stepped(), each once. is_all: too many, or a new session:
     * take the whole books. */
    const struct desk_changed *changed;
    size_t changed_count;
    bool is_all;
};

/* Where a record stands. */
struct desk_moment {
    uint64_t record, sequence;
    int64_t ts_ns;
    bool is_replayed; /* it was in the journal already: what it says has been done before */
};

/* Called by the desk's thread. Each may be NULL. */
struct desk_watch {
    void *context;
    /* A record as soon as it is durable: orders and their changes, reports with fills, closed
     * trades, notes and warnings, commands, sessions (entry.h). After a restart from record
     * `watch_from` of the options on, so that nothing is missed. */
    void (*record)(void *context, const struct entry *entry, const struct desk_moment *moment);
    /* After each desk_step() that took an event: positions, P&L, Greeks, account, chains are in
     * the kernel (kernel_trades(), kernel_account(), kernel_margin(), kernel_book()); what to look
     * at how often is the watcher's choice. */
    void (*stepped)(void *context, const struct desk_view *view);
};

struct desk_options {
    const char *journal; /* path */
    enum desk_use use;
    bool set_aside; /* go on after the last whole record of a damaged journal: journal.h */

    /* What a new journal begins with; with DESK_RUN an existing one must have begun with the same.
     */
    enum desk_feed feed;
    const char *symbols; /* "SPY,QQQ": the markets. NULL: those of the strategies; simulated without
                            any: SPY,QQQ,IWM,SPX,VIX */
    const char *store;   /* DESK_STORED; DESK_REPLAY: NULL takes the journal's */
    int32_t from, to;    /* simulated: begin with the session on or after from; 0: 2 January 2025 */
    uint64_t seed;
    const struct desk_strategy *strategies;
    size_t strategy_count;
    const char *strategy; /* the same for a single one */
    const struct strategy_override *overrides;
    size_t override_count;
    const char *fill, *fees; /* NULL: the (first) strategy's, else "share", "ibkr-tiered" */
    int64_t cash;            /* micros; 0: the strategy's, else 100,000 dollars */
    int64_t sign_above;      /* worst loss beyond which a person must sign; 0: never */
    const struct risk_limits *limits;  /* of the account; NULL: the strategies' own alone */
    const struct margin_terms *margin; /* with limits; NULL: margin is not asked */

    /* DESK_LIVE: add sources, opened with live->instruments (live_add()). And, of lines, may be
     * NULL: after each look at them, ask for more, as live_lines_step() does; errors end the
     * desk. */
    enum err (*connect)(void *context, struct live *live);
    enum err (*listened)(void *context, struct live *live);
    const struct live_options *live; /* NULL: the defaults; never with a board */
    const char *calendar; /* store that knows of earnings, dividends, FOMC and CPI; NULL: nothing is
                             known of them */

    double speed; /* how many seconds of the data pass in one: 0 as fast as it goes, 1 as it was */
    int64_t timer_ns;    /* between two timer events; 0: none (stored days need none) */
    int64_t snapshot_ns; /* of the market's time, between two snapshots; 0: at the end of each day
                            alone; <0: never */
    uint64_t watch_from; /* the first record that watch.record wants; 0: only those that come out of
                            the replay */
    struct desk_watch watch;

    /*
     * A person's next command, called after each event of the feed; done is how many there have
     * been since the journal began. False: none now. May be NULL.
     */
    bool (*command)(void *context, int64_t now_ns, uint64_t done, struct event_command *out);
    /* False stops desk_run(), as Ctrl-C does: what is journaled goes on next time. May be NULL. */
    bool (*keep_on)(void *context, size_t days_done, size_t days);
    /* Each record before it is durable, replayed ones too. May be NULL. */
    void (*saw)(void *context, const struct entry *record, bool is_replayed);
    /* Each effect as it leaves: its record is durable by now. Not those of replayed steps. May be
     * NULL. */
    void (*left)(void *context, const struct effect *effect);
    void *context; /* of connect, listened and these */
};

/* ---- the desk's thread ----------------------------------------------------------------------- */

/*
 * Open the journal, and recover: when it returns, the desk stands where it stopped. Errors: those
 * of the strategies, the store and the journal; ERR_REFUSED when the journal began with something
 * else; ERR_CORRUPT when a replayed record differs, showing both.
 */
NODISCARD enum err desk_open(struct desk **out, const struct desk_options *options);

/*
 * Look at the desk of a journal as it stood (back.c): made again by the same kernel, from the
 * newest snapshot before it on, each record compared. It changes nothing and asks nobody anything;
 * the journal's own desk may be at work meanwhile. options: journal, use DESK_REPLAY. look() is
 * called right behind event sequence - 1 and right behind event `sequence` itself, before anything
 * that follows from it; it may use desk_look() and desk_try(). keep_on (may be NULL) is told now
 * and then which part is done, 0 to 1; false ends it. Errors: as desk_open(); ERR_NOT_FOUND when
 * the journal ends before; ERR_CANCELLED.
 */
struct desk_back {
    uint64_t sequence;
    void (*look)(void *context, struct desk *desk, uint64_t sequence);
    bool (*keep_on)(void *context, double done);
    void *context;
};
NODISCARD enum err desk_look_back(const struct desk_options *options, const struct desk_back *back);

/*
 * Take what is due at now_ns (any steady clock, never less than before): events of the feed,
 * reports, timers, commands and questions; at most some thousands of events, so that the inbox is
 * looked at often. *wait_ns: until something is due again; INT64_MAX: only when a command comes.
 * Errors: of the feed, the kernel, the journal: the desk has then stopped and says so to all who
 * ask; ERR_FULL (no room on the disk) may be tried again.
 */
NODISCARD enum err desk_step(struct desk *desk, int64_t now_ns, int64_t *wait_ns);

/* Sleep so long, at most a second, or until somebody asks something. */
void desk_wait(struct desk *desk, int64_t wait_ns);

/* All that was committed is kept. Those who wait for an answer get ERR_CANCELLED. NULL is fine. */
void desk_close(struct desk *desk);

/* By the desk's thread: what desk_read() gives others. */
void desk_look(struct desk *desk, struct desk_view *out);
/* The same for desk_preview(). */
NODISCARD enum err desk_try(struct desk *desk, const struct preview_order *order,
                            struct order_preview *out);
/* What opening the journal found, and which snapshot recovery began with; "" when there is nothing
 * to say. */
const char *desk_trouble(const struct desk *desk);
const struct entry_begin *desk_begin(const struct desk *desk);
/* Of a desk on live sources, to look at: what they say of themselves. NULL of others. */
const struct live *desk_sources(const struct desk *desk);

/* ---- any thread ------------------------------------------------------------------------------ */

enum { DESK_CLIENT_ID_BYTES = 41, DESK_TEXT_BYTES = 400, DESK_ANSWERS_KEPT = 4096 };

/*
 * A command with everything it points to. client_id: chosen by whoever asks, unique for ever (""
 * none): the same again, even after a crash in between, does nothing and gets the same answer; with
 * something else to do it is refused (ERR_EXISTS), order_id being what it was used for.
 */
struct desk_command {
    char client_id[DESK_CLIENT_ID_BYTES];
    struct event_command command; /* terms, edit and exits: set by whoever takes it, from here */
    bool has_terms, has_edit, has_exits;
    struct order_terms
        terms; /* legs, edit, links, flags; underlying: its index is found by this name */
    struct order_edit edit;
    struct order_exits exits;
    const char *strategy_name, *strategy_text; /* COMMAND_ENLIST: lives until the answer */
};

struct desk_answer {
    enum err err; /* ERR_OK: done; ERR_REFUSED: a gate, the kernel or the order's state said no */
    bool is_repeat;
    uint64_t sequence;           /* of its event; 0: it never became one */
    uint64_t order_id, trade_id; /* that it made or touched */
    uint32_t host;               /* of an enlisted strategy */
    enum order_status status;    /* of the order, right after */
    uint64_t asked;              /* a hash of what was asked, whoever asked it */
    char text[DESK_TEXT_BYTES];  /* the refusal: rule, number, limit, what would pass; or "" */
};

/*
 * Put it into the inbox and wait for its answer; what it did is durable then. The result is
 * answer->err, with text as err_detail(); ERR_FULL when the inbox is; ERR_CANCELLED when the desk
 * stops or the patience ends (it may still be done: ask again with the same client_id).
 */
NODISCARD enum err desk_command(struct desk *desk, const struct desk_command *command,
                                struct desk_answer *answer, int64_t patience_ns);

/* The order through the same gates and the same margin, nothing changed (kernel/preview.h); fees
 * by the venue's schedule. Errors: as above; ERR_NOT_FOUND for an underlying or a leg that is not
 * listed today. */
NODISCARD enum err desk_preview(struct desk *desk, const struct preview_order *order,
                                struct order_preview *out, int64_t patience_ns);

/* Have the desk's thread call read() between two steps. It may look at everything and change
 * nothing, and should be quick: the market waits. Errors: as above. */
NODISCARD enum err desk_read(struct desk *desk,
                             void (*read)(void *context, const struct desk_view *view),
                             void *context, int64_t patience_ns);

/* Ask the desk to stop: desk_step() says ERR_CANCELLED from now on. Async-signal-safe. */
void desk_stop(struct desk *desk);

/* Change the pace of a simulated or stored market; 0 as fast as it goes. */
void desk_set_speed(struct desk *desk, double speed);

/* ---- all at once ----------------------------------------------------------------------------- */

struct desk_position {
    bool is_stock;
    struct contract contract;
    char underlying[16];
    int64_t quantity; /* of all trades together, signed; not 0 */
};

struct desk_result {
    const char *strategy;         /* the first one's name */
    struct journal_state journal; /* at the end */
    const char *trouble;          /* what opening the journal found; "" */
    uint64_t replayed;            /* records compared */
    uint64_t snapshot;            /* the record that recovery began after; 0: the first */
    uint32_t snapshots_checked;   /* of a replay: that came out again, byte for byte */
    bool is_finished;             /* the data ended; else somebody stopped it */
    struct account account;
    uint64_t effects_hash;
    struct desk_position *positions;
    size_t position_count;
};

/*
 * Open, step to the end of the data, close. Errors: as desk_open() and desk_step(); *out holds
 * what was found until then.
 */
NODISCARD enum err desk_run(struct desk_result *out, struct arena *arena,
                            const struct desk_options *options);

#endif
