/* The desk's state, for the files of this folder. */
#ifndef SERVICES_DESK_DESK_INT_H
#define SERVICES_DESK_DESK_INT_H

#include "adapters/broker/sim/exchange_venue.h"
#include "adapters/feed/store_feed.h"
#include "kernel/runner.h"
#include "services/desk/desk.h"

struct desk {
    const struct desk_options *options;
    struct desk_result *result;
    struct arena *arena;
    struct journal *journal;

    struct entry_begin begin;
    struct strategy *strategy;
    struct store *store;
    struct feed feed;
    struct store_feed_info info;
    struct venue venue;
    struct runner runner;
    struct kernel *kernel;

    /* The next record of the journal to come out again; is_catching_up while there is one. */
    bool is_catching_up;
    bool
        is_replayed; /* this step's records were there already: what it asks for was asked before */
    struct chain_record expected;

    uint64_t sequence;
    int64_t now_ns;
    uint64_t commands; /* since the journal began */
    struct buf bytes;  /* scratch */
    int64_t pace_data_ns,
        pace_wall_ns; /* which moment of the data was which of the wall; 0: not yet */
};

/* setup.c: what runs. The strategy, store, feed, venue and kernel of desk->begin. */
NODISCARD enum err desk_describe(struct desk *desk); /* options -> begin */
NODISCARD enum err desk_open_run(struct desk *desk); /* begin -> everything */
void desk_close_run(struct desk *desk);

/* log.c: records out, or compared. */
NODISCARD enum err desk_open_journal(struct desk *desk);
NODISCARD enum err desk_emit(struct desk *desk, const struct entry *record);
NODISCARD enum err desk_commit(struct desk *desk);

#endif
