/* The desk's state, for the files of this folder. */
#ifndef SERVICES_DESK_DESK_INT_H
#define SERVICES_DESK_DESK_INT_H

#include <stdatomic.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "base/ring.h"
#include "kernel/runner.h"
#include "services/desk/desk.h"
#include "services/desk/feeds.h"

enum {
    DESK_STRATEGIES_MAX = ENTRY_STRATEGIES_MAX,
    INBOX_ROOM = 1024,
    DESK_ORDERS_MAX = 1024,
    CHANGED_MAX = 1 << 16
};

/* A command or timer that a replay has to put between the feed's events. */
struct injected {
    uint64_t record, sequence;
    int64_t ts_ns;
};

/* The answers given last: whoever asks again with the same id gets the same. */
struct answers {
    uint64_t hash[DESK_ANSWERS_KEPT]; /* of the client's id; 0: free */
    char client[DESK_ANSWERS_KEPT][DESK_CLIENT_ID_BYTES];
    struct desk_answer answer[DESK_ANSWERS_KEPT];
    uint32_t next;
};

/* Records that are appended and not durable yet, as bytes, for whoever watches. */
struct untold {
    struct desk_moment moment;
    uint32_t kind;
    size_t at, len; /* in desk->told */
};

/* A snapshot of the journal that a whole replay is to come by, and be the same. */
struct checked {
    uint64_t record, sequence;
    struct buf raw;
};

struct request; /* inbox.c */

struct desk {
    struct desk_options
        options;        /* strings of the caller's, good during desk_open() only, but for journal */
    struct arena arena; /* lives as long as the desk */
    struct arena step;  /* emptied after each use */
    struct journal *journal;
    const char *trouble;

    struct entry_begin begin;
    const struct strategy **strategies; /* of all hosts: the first ones, then what was enlisted */
    struct entry_strategy *texts;       /* of the same */
    uint32_t strategy_count;
    struct store *store;
    struct desk_source feed;
    struct venue venue;
    struct exchange *exchange;
    struct runner runner;
    struct runner_watch watch;
    struct kernel *kernel;
    uint32_t market_count;

    /* The next record of the journal to come out again; is_catching_up while there is one. */
    bool is_catching_up;
    bool
        is_replayed; /* this step's records were there already: what it asks for was asked before */
    struct chain_record expected;
    struct injected *injected; /* of the records still to come, ascending */
    size_t injected_count, injected_capacity, injected_next;
    uint64_t until;                   /* recovery goes no further than this event; 0: to the end */
    const struct desk_back *back;     /* NULL: nobody looks back */
    bool has_looked;                  /* right behind the event that was asked for */
    uint64_t replayed, from_snapshot; /* records compared; the record that the snapshot was of */

    uint64_t sequence, commands, events;
    int64_t now_ns; /* of the last event, or of the market's clock */
    int32_t day;
    int64_t open_ns, close_ns; /* of the session; 0 before */
    int64_t timer_ns;          /* when the next timer is due; 0: not yet */
    int64_t snapshot_ns;       /* of the last snapshot */
    bool wants_snapshot;       /* a day is over */
    int64_t snapshot_wall_ns;
    struct checked checked[2];
    uint32_t checked_count, checked_next; /* snapshots compared so far */
    bool is_listening;                    /* nothing is left to catch up with: the feed knows */
    bool is_over, gives_up;               /* gives_up: a full disk is an error at once */
    enum err failed;
    char why[400];
    struct buf bytes; /* scratch */

    double speed;
    _Atomic double speed_asked;
    int64_t pace_data_ns,
        pace_wall_ns; /* which moment of the data was which of the wall; 0: not yet */

    /* watchers */
    struct buf told;
    struct untold *untold;
    size_t untold_count, untold_capacity;
    struct desk_changed *changed;
    size_t changed_count;
    bool changed_all;
    uint32_t *changed_at[DESK_MARKETS_MAX]; /* by contract + 1, 0 the underlying: the round in which
                                               it was told */
    uint32_t changed_round;

    /* the inbox */
    struct ring_many inbox; /* struct request * */
    int wake[2];
    atomic_int phase;
    atomic_bool is_stopping;
    struct request *asked; /* whose command is being taken */
    bool is_gathering; /* commands that came together are one commit; their answers wait for it */
    struct desk_answer answer;
    char client[DESK_CLIENT_ID_BYTES];
    struct answers *answers;
};

/* setup.c: what runs. The strategies, store, feed, venue and kernel of desk->begin. */
NODISCARD enum err desk_describe(struct desk *desk); /* options -> begin */
NODISCARD enum err desk_open_run(struct desk *desk); /* begin -> everything */
void desk_close_run(struct desk *desk);
/* Parse a strategy's text into the desk's memory; it is the next host's, once the kernel took it.
 */
NODISCARD enum err desk_parse_strategy(struct desk *desk, const char *name, struct str text,
                                       const struct strategy **strategy,
                                       struct entry_strategy *entry);

/* log.c: records out, or compared. */
NODISCARD enum err desk_open_journal(struct desk *desk);
NODISCARD enum err desk_emit(struct desk *desk, const struct entry *record);
NODISCARD enum err desk_commit(struct desk *desk);
/* Read the record that a replay expects; in desk->step. */
NODISCARD enum err desk_read_expected(struct desk *desk, struct entry *out);
NODISCARD enum err desk_load_expected(struct desk *desk);

/* inbox.c */
NODISCARD enum err inbox_open(struct desk *desk);
void inbox_close(struct desk *desk);
void desk_wake(struct desk *desk);
/* preview.c */
NODISCARD enum err desk_make_preview(struct desk *desk, const struct preview_order *order,
                                     struct order_preview *out);
NODISCARD enum err inbox_drain(struct desk *desk);
/* What a command's own step came to. */
void answer_of_step(struct desk *desk, const struct event *event, const struct effect *effects,
                    size_t count);
void answer_keep(struct answers *answers, const char *client, const struct desk_answer *answer);
const struct desk_answer *answer_find(const struct answers *answers, const char *client);

/* snapshot.c: the whole state, between two events. */
NODISCARD enum err desk_snapshot_put(struct desk *desk);
/* After an event: is it time for one? */
NODISCARD enum err desk_snapshot_due(struct desk *desk);
/* Begin with the newest one that can be read, and go on in the journal behind it; else with the
 * first record. */
NODISCARD enum err desk_recover(struct desk *desk);
/* Of a replay: the snapshots that are to come out again, and whether this is the moment of one. */
NODISCARD enum err desk_checked_open(struct desk *desk);
NODISCARD enum err desk_checked_look(struct desk *desk);
void desk_checked_close(struct desk *desk);
/* A part of what recovery reads, for its fuzzer: into a desk that is open. */
NODISCARD enum err desk_snapshot_read(struct desk *desk, const uint8_t *raw, size_t len);
void desk_snapshot_write(struct desk *desk, struct buf *out);
void desk_snapshot_format(char out[JOURNAL_FORMAT_BYTES]);

/* back.c: right behind an event. ERR_CANCELLED when it was the one: nothing that follows is wanted.
 */
NODISCARD enum err desk_back_stepped(struct desk *desk);

/* venue.c: what the venue has against what the kernel thinks; each difference is a record, and
 * strategies then wait. */
NODISCARD enum err desk_reconcile(struct desk *desk);

struct desk *desk_make(const struct desk_options *options);
NODISCARD enum err desk_open_all(struct desk *desk); /* all but the replay */
/* Take the one thing that is next, if it is due at that moment of the market. */
NODISCARD enum err desk_advance(struct desk *desk, int64_t market_ns, bool *took);
NODISCARD enum err desk_take(struct desk *desk, struct event *event);
int64_t desk_market_now(struct desk *desk, int64_t now_ns, int64_t next_ns);
int64_t desk_wait_for(const struct desk *desk, int64_t market_ns, int64_t next_ns);
void desk_set_phase(struct desk *desk, enum desk_phase phase);

#endif
