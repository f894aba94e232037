/*
 * A desk: the kernel at work with a journal, so that whatever happens to the program, nothing that
 * was decided or filled is lost or done twice.
 *
 *     feed, venue, commands ─► one inbox, numbered ─► journal ─► kernel ─► journal ─► venue
 *
 * Every event but market data is journaled with its number, and every effect before it leaves: one
 * step of the kernel is one commit. At start the journal is read again: the same events go through
 * the same kernel in the same order, nothing leaves, and each record that comes of it is compared
 * with the one that is there, byte for byte. Then the desk goes on where it stopped. The simulated
 * venue lives in this process: it is replayed along.
 *
 * Here the feed is a stored day or many, at any pace; the orders go to the simulated venue: a paper
 * desk.
 */
#ifndef SERVICES_DESK_DESK_H
#define SERVICES_DESK_DESK_H

#include "adapters/journal/journal.h"
#include "base/err.h"
#include "base/mem.h"
#include "domain/strategy/strategy.h"
#include "kernel/kernel.h"
#include "services/desk/entry.h"

enum desk_use {
    DESK_RUN,    /* recover, then go on to the end of the data */
    DESK_REPLAY, /* only check that the journal comes out again: changes nothing */
};

struct desk_options {
    const char *journal; /* path */
    enum desk_use use;
    bool set_aside; /* go on after the last whole record of a damaged journal: journal.h */

    /* DESK_RUN: what a new journal begins with; an existing one must have begun with the same. */
    const char *strategy; /* path, or name in the catalogue */
    const struct strategy_override *overrides;
    size_t override_count;
    const char *store; /* DESK_REPLAY: NULL takes the journal's */
    int32_t from, to;
    const char *fill, *fees; /* NULL: the strategy's, else "share", "ibkr-tiered" */
    int64_t cash;            /* micros; 0: the strategy's, else 100,000 dollars */
    uint64_t seed;

    double speed; /* how many seconds of the data pass in one: 0 as fast as it goes, 1 as it was */

    /*
     * A person's next command, called after each event of the feed; done is how many there have
     * been since the journal began. False: none now. May be NULL.
     */
    bool (*command)(void *context, int64_t now_ns, uint64_t done, struct event_command *out);
    /* False stops the desk, as Ctrl-C does: what is journaled goes on next time. May be NULL. */
    bool (*keep_on)(void *context, size_t days_done, size_t days);
    /* Each record before it is durable, replayed ones too. May be NULL. */
    void (*saw)(void *context, const struct entry *record, bool is_replayed);
    /* Each effect as it leaves: its record is durable by now. Not those of replayed steps. May be
     * NULL. */
    void (*left)(void *context, const struct effect *effect);
    void *context;
};

struct desk_position {
    bool is_stock;
    struct contract contract;
    char underlying[16];
    int64_t quantity; /* of all trades together, signed; not 0 */
};

struct desk_result {
    struct entry_begin begin;
    struct journal_state journal; /* at the end */
    const char *trouble;          /* what opening the journal found; "" */
    uint64_t replayed;            /* records compared */
    bool is_finished;             /* the data ended; else somebody stopped it */
    struct account account;
    uint64_t effects_hash;
    struct desk_position *positions;
    size_t position_count;
};

/*
 * Errors: those of the strategy, the store and the journal; ERR_REFUSED when the journal began with
 * something else; ERR_CORRUPT when a replayed record differs, showing both; *out holds what was
 * found until then.
 */
NODISCARD enum err desk_run(struct desk_result *out, struct arena *arena,
                            const struct desk_options *options);

#endif
