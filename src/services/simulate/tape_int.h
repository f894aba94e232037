/*
 * A day's tape: tape.c makes its events, tape_files.c writes them as Databento files and CSV.
 */
#ifndef SERVICES_SIMULATE_TAPE_INT_H
#define SERVICES_SIMULATE_TAPE_INT_H

#include "adapters/dbn/dbn.h"
#include "services/simulate/chain_int.h"
#include "services/simulate/run_int.h"

enum { TAPE_RECEIVED_AFTER_NS = 200000, TAPE_SWEEPS_MAX = 4 * FLOWS_MAX };

__extension__ typedef __int128 int128;

struct tape_event {
    int64_t ts; /* ts_event */
    uint32_t order;
    int16_t e, i;
    bool is_trade;
    uint16_t bid_venue, ask_venue; /* of a trade: its venue first */
    uint32_t bid_size, ask_size;   /* of a trade: its size first */
    int64_t bid, ask;              /* of a trade: its price first */
};

struct tape_sweep {
    int second;
    int e, i;
    uint32_t contracts;
    bool informed;
};

struct tape {
    struct maker *m;
    const char *store, *folder;
    struct arena arena;
    struct dbn_metadata metadata;
    struct dbn_writer *quotes, *trades, *underlying;
    uint32_t quote_count, trade_count, underlying_count; /* sequence numbers */
    struct buf seconds, flow;
    struct tape_event *events; /* of the second */
    size_t event_count, event_capacity;
    struct tape_sweep sweeps[TAPE_SWEEPS_MAX];
    int sweep_count;
    struct rng rng;
    int64_t begin_ts, move_ts, level;
    int64_t shares; /* of the underlying, since the last row of the store */
    int128 share_value;
    enum err err; /* the first */
};

/* Ids of the day: of the underlying, and of contract i of ladder e. */
uint32_t tape_underlying_id(const struct maker *m);
uint32_t tape_instrument_id(const struct maker *m, int e, int i);
/* "SPXW  240119C04700000", in the tape's arena. */
const char *tape_option_name(struct tape *tape, int e, int i);

/* The head of a file: then a mapping for each of `symbols` names. */
void tape_metadata_begin(struct tape *tape, struct dbn_metadata *metadata, const char *dataset,
                         size_t symbols);
void tape_metadata_map(struct tape *tape, struct dbn_metadata *metadata, const char *symbol,
                       uint32_t id);

/* DAY.SCHEMA.dbn.zst. Closing with an error leaves no file, and hands the error on. */
NODISCARD enum err tape_file_open(struct tape *tape, struct dbn_writer **out,
                                  const struct dbn_metadata *metadata, const char *schema);
NODISCARD enum err tape_file_close(struct dbn_writer **writer, enum err err);

/* Definitions and open interest, known before the opening; sets the metadata of the other files. */
NODISCARD enum err tape_write_morning(struct tape *tape);

/* One record; of the underlying a new value, or what was traded of it. */
NODISCARD enum err tape_put_trade(struct tape *tape, const struct tape_event *event, uint32_t id);
NODISCARD enum err tape_put_quote(struct tape *tape, const struct tape_event *event, uint32_t id);
NODISCARD enum err tape_put_level(struct tape *tape, int64_t level);
NODISCARD enum err tape_put_shares(struct tape *tape, int64_t ts, uint32_t size,
                                   const struct quote *stands);

/* A second's line of the truth, and at the end the files of it. */
void tape_put_truth(struct tape *tape, const struct instant *at, int minute);
NODISCARD enum err tape_write_truth(struct tape *tape);

#endif
