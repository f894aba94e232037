/*
 * The live chain of one underlying as it travels: rows of four-byte columns, numbered changes,
 * frames.
 *
 * One thread writes (lay, begin, set, end), the thread of the sockets reads frames; a lock that is
 * held for a copy alone stands between them. Only the newest state of a row is kept, with the
 * number of its last change: a frame is whatever changed behind a watcher's cursor, so a slow one
 * misses states in between and never the last. docs/server.md, "Chains", has every byte.
 */
#ifndef SERVICES_SERVER_CHAIN_BOARD_H
#define SERVICES_SERVER_CHAIN_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "domain/types/contract.h"

enum chain_column {
    CHAIN_BID,
    CHAIN_ASK,
    CHAIN_LAST,
    CHAIN_BID_SIZE,
    CHAIN_ASK_SIZE,
    CHAIN_VOLUME,
    CHAIN_INTEREST,
    CHAIN_QUOTED,
    CHAIN_FLAGS,
    CHAIN_VOL,
    CHAIN_DELTA,
    CHAIN_GAMMA,
    CHAIN_THETA,
    CHAIN_VEGA,
    CHAIN_COLUMNS
};
enum {
    CHAIN_HEAD_BYTES = 72,
    CHAIN_ROW_BYTES = 4 + 4 * CHAIN_COLUMNS,
    CHAIN_MAGIC = 0x31434649,
    CHAIN_VERSION = 1
};
enum chain_flag { CHAIN_IS_VOID = 1, CHAIN_IS_HALTED = 2, CHAIN_IS_STALE = 4 };
enum { CHAIN_SESSION_OPEN = 1 }; /* of a frame */

/* A row in the program's own units; SIZE_NONE, PRICE_NONE, TS_NONE, NaN where nothing is known. */
struct chain_row {
    int64_t bid, ask, last;
    uint32_t bid_size, ask_size, volume, interest;
    int64_t quoted_ns;
    uint32_t flags;
    double vol, delta, gamma, theta, vega; /* theta a calendar day, vega a vol point */
};

struct chain_board;
struct chain_board *chain_board_open(const char *symbol, uint64_t epoch);
void chain_board_close(struct chain_board *board); /* NULL is fine */
const char *chain_board_symbol(const struct chain_board *board);

/* ---- the writer ------------------------------------------------------------------------------ */

/* New rows, one a contract in the order of contract_compare(); all is empty. Moments are told from
 * base_ns on. */
void chain_board_lay(struct chain_board *board, const struct contract *contracts, uint32_t count,
                     int64_t base_ns);
/* Rows are set between begin and end; end makes one change of all that differ. */
void chain_board_begin(struct chain_board *board);
void chain_board_set(struct chain_board *board, uint32_t row, const struct chain_row *value);
void chain_board_end(struct chain_board *board, int64_t market_ns, int64_t spot_micros,
                     uint32_t flags);

/* ---- watchers: the thread of the sockets ----------------------------------------------------- */

struct chain_watch {
    struct chain_board *board;
    uint32_t number;  /* of the topic, on its connection */
    int32_t expiry;   /* 0: all */
    uint32_t layout;  /* that was announced; 0 none */
    uint32_t resumed; /* the layout that the reader knew when it came; 0 none */
    uint64_t cursor;
    bool needs_snapshot;
    int64_t sent_ns;
};

/* resume: "EPOCH.LAYOUT.SEQ", or empty. */
void chain_watch_on(struct chain_watch *watch, struct chain_board *board, uint32_t number,
                    int32_t expiry, struct str resume);
void chain_watch_resync(struct chain_watch *watch);
/* steady_ns: of a clock that does not jump. */
bool chain_watch_is_due(const struct chain_watch *watch, int64_t steady_ns);
/* The next frame, or the announcement of rows (not binary); false when none is due. now_ns is
 * written into it. */
bool chain_watch_next(struct chain_watch *watch, int64_t steady_ns, int64_t now_ns, struct buf *out,
                      bool *is_binary);
/* "chain:SPX", "chain:SPX:2026-11-20": false for other texts. symbol is a part of text; *expiry 0:
 * all. */
bool chain_topic_parse(struct str text, struct str *symbol, int32_t *expiry);

#endif
