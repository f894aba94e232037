/*
 * The simulated market as it happens: second by second, in memory, several symbols together, day
 * after day.
 *
 *     sim_stream_open(&stream, "SPY,QQQ,IWM,SPX,VIX", seed);
 *     while (!sim_stream_day(stream, from))            the next session on or after a date
 *         while (sim_stream_second(stream, &ticks, &count))
 *             ... count ticks in order of time
 *
 * The events are those of the tape of the same seed, symbol and day (tape.c), without a file.
 * Seconds in the past cost what they cost, about a millisecond of five symbols; sim_stream_save()
 * keeps where a stream is, so that another goes on from there at once.
 */
#ifndef SERVICES_SIMULATE_STREAM_H
#define SERVICES_SIMULATE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "domain/features/dated.h"
#include "domain/types/contract.h"

#define SIM_UNDERLYING UINT32_MAX
enum { SIM_STREAM_SYMBOLS = 16 };

struct sim_tick {
    int64_t ts_ns;     /* when it was received */
    uint32_t contract; /* row of the symbol's contracts; SIM_UNDERLYING */
    uint8_t symbol;    /* of the stream's */
    bool is_trade;     /* at price, size, while bid and ask stood; an index's level is a trade of
                          SIZE_NONE */
    uint32_t bid_size, ask_size;
    int64_t bid, ask; /* PRICE_NONE: none on this side */
    int64_t price;
    uint32_t size;
    uint32_t order; /* of what was made */
};

/* What is known of a symbol's day in its morning, and (settlement) at its end. */
struct sim_morning {
    const struct contract *contracts; /* ascending (contract_compare) */
    const uint32_t *open_interest;    /* of each */
    uint32_t count;
    int64_t dividend; /* ex today, micros a share; 0 none */
    int32_t next_ex;  /* the next one's day, where it is known; 0 */
    int64_t next_dividend;
    int32_t split_to, split_from;    /* holds from today; 0 none */
    int64_t open_level, close_level; /* official, micros: settles AM and PM */
    int64_t previous_close; /* official, micros, in today's shares; 0: the market's first day */
};

struct sim_stream;

/* What is scheduled of a symbol, and of everybody (FOMC, CPI), as it is known: by when it became
 * known, all of the path. */
struct sim_known {
    enum dated_kind kind;
    int64_t happens_ns, known_ns;
};
size_t sim_stream_dated(const struct sim_stream *stream, size_t symbol, struct arena *arena,
                        struct sim_known **out);

/* Symbols: those of simulate_symbol(). The path of the whole market is made here: about 0.2 s, 20
 * MB. Errors: ERR_USAGE. */
NODISCARD enum err sim_stream_open(struct sim_stream **out, const char *symbols, uint64_t seed);
void sim_stream_close(struct sim_stream *stream); /* NULL is fine */

size_t sim_stream_count(const struct sim_stream *stream);
const char *sim_stream_symbol(const struct sim_stream *stream, size_t index);

/* Begin the first session on or after a date. Errors: ERR_RANGE beyond the calendar. */
NODISCARD enum err sim_stream_day(struct sim_stream *stream, int32_t from);
int32_t sim_stream_date(const struct sim_stream *stream);
double sim_stream_rate(const struct sim_stream *stream);
int64_t sim_stream_eve_ns(
    const struct sim_stream *stream); /* the end, at midnight, of the session before; INT64_MIN */
int64_t sim_stream_open_ns(const struct sim_stream *stream);
int64_t sim_stream_close_ns(const struct sim_stream *stream);
/* Of the session before: the VIX at its close, micros. */
int64_t sim_stream_vix_before(const struct sim_stream *stream);
void sim_stream_morning(const struct sim_stream *stream, size_t symbol, struct sim_morning *out);

/* The next second's ticks, valid until the next call; *more false after the session's last. Errors:
 * none known. */
NODISCARD enum err sim_stream_second(struct sim_stream *stream, const struct sim_tick **ticks,
                                     size_t *count, bool *more);

/* Where it is, at the end of a second: append it; go on from there in a stream of the same symbols
 * and seed.
 * Errors: ERR_CORRUPT, and the stream is then of no further use. */
void sim_stream_save(const struct sim_stream *stream, struct buf *out);
NODISCARD enum err sim_stream_load(struct sim_stream *stream, const uint8_t *bytes, size_t len);

#endif
