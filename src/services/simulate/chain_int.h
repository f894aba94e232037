/*
 * What makes the quotes of one symbol's day: chain.c for snapshots, tape.c for a stream of events.
 */
#ifndef SERVICES_SIMULATE_CHAIN_INT_H
#define SERVICES_SIMULATE_CHAIN_INT_H

#include "services/simulate/chain.h"

enum { LADDERS_MAX = LADDER_EXPIRIES_MAX, FLOWS_MAX = 32 };

struct flow_at { /* unusual flow of a day gone by, or of today */
    struct contract contract;
    uint32_t contracts;
    int day;
    bool informed;
};

/* What one contract showed last, so that only what changed is written. */
struct shown {
    struct quote quote;
    double worth, intrinsic;
    uint32_t handle;
    uint32_t day_volume, open_interest;
    uint32_t ordinary_volume; /* so far, without */
    uint32_t swept_volume;    /* today's unusual flow, on a tape */
    bool is_shown;
    bool is_dirty; /* on a tape: changed since the last row */
};

struct tape;
struct sim_stream;

struct maker {
    const struct sim_path *path;
    enum sim_symbol symbol;
    int day;
    enum simulate_grid grid;
    const struct chain_job *job;
    struct day_writer *writer; /* NULL: a stream, which keeps nothing */
    struct sim_stream *stream; /* takes the tape's events in place of its files; NULL */
    uint32_t contract_count;   /* of a stream */
    struct tape *tape;         /* NULL: every change is a row */
    struct arena arena;
    struct sim_minutes *minutes; /* within the day only */
    int minute_count;            /* that are made */
    struct product product[LADDERS_MAX];
    struct ladder *ladders;
    struct shown *shown[LADDERS_MAX]; /* strike by strike, call then put */
    int ladder_count;
    struct flow_at flows[FLOWS_MAX];
    int flow_count;
    struct rng rng;
    double day_shares;                 /* of the underlying that trade today; 0: an index */
    int64_t shares_done, level_before; /* as of the last instant */
};

struct instant {
    int64_t ts_ns;
    const struct sim_state *state;
    double clock;
    double level; /* as shown: whole cents; set by maker_show() */
    double vix;
    double opening;
    double share;    /* of the day's volume that has traded */
    uint32_t number; /* within the day: which random numbers it takes */
};

/* The instant so many seconds after 09:30. */
struct instant maker_instant(const struct maker *m, int64_t seconds, const struct sim_state *state,
                             double clock);
/* Quote everything as of an instant: rows of what changed, or tape_take() for it. */
void maker_show(struct maker *m, struct instant *at, bool is_close);
void maker_underlying(struct maker *m, int64_t ts_ns, int64_t level, bool is_close);
/* Shares of the underlying traded since the last call, until a share (0 to 1) of the day's clock
 * has passed. */
int64_t maker_shares(struct maker *m, double share);
NODISCARD enum err maker_minute_done(const struct maker *m); /* ERR_CANCELLED */
bool maker_is_quoted(const struct maker *m); /* its underlying has a bid and an ask */
struct contract maker_contract(const struct maker *m, int e, int i);

/* ---- tape.c ---------------------------------------------------------------------------------- */

/* The maker of a day of job, its ladders laid; with a stream its tape is open too. */
NODISCARD enum err maker_open(struct maker **out, const struct chain_job *job,
                              struct day_writer *writer, struct sim_stream *stream);
void maker_close(struct maker *m);

NODISCARD enum err tape_open(struct tape **out, struct maker *m, const char *store);
/* The session; its quotes at the end of each minute become the rows of the day. */
NODISCARD enum err tape_run(struct tape *tape);
/* One second of a stream, from `state` on; and what comes after the last. */
NODISCARD enum err tape_second(struct tape *tape, int second, const struct sim_state *state,
                               double clock);
void tape_bell(struct tape *tape);
void tape_close(struct tape *tape); /* NULL is fine; what is not finished goes */

/* Called back while quotes are made. */
void tape_take(struct tape *tape, int e, int i, bool moved, uint32_t traded);
void tape_underlying(struct tape *tape, int64_t level);
/* The level that it showed last; to go on from another place. */
int64_t *tape_level(struct tape *tape);
void tape_add_flow(struct tape *tape, int e, int i, uint32_t contracts, bool informed);

/* ---- stream.c -------------------------------------------------------------------------------- */

/* What a tape would have written. ts: when it was received; stands: the contract's quote at a
 * trade, NULL of the underlying. */
void stream_quote(struct sim_stream *stream, const struct maker *m, int64_t ts, uint32_t handle,
                  int64_t bid, int64_t ask, uint32_t bid_size, uint32_t ask_size);
void stream_trade(struct sim_stream *stream, const struct maker *m, int64_t ts, uint32_t handle,
                  int64_t price, uint32_t size, const struct quote *stands);

#endif
