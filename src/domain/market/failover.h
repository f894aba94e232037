/*
 * Which of two sources a desk listens to: the primary while it is well, the backup while it is not.
 *
 * A pure state machine: it is told of records and of the time, and answers with switches.
 *
 *   The active source is left, for the other, when for `confirm_ns` the other is fit and
 *     link        its connection is down, its tape over (at once, without confirming)
 *     stopped     it has said nothing for silence_ns while the other went on
 *     frozen      it says things (heartbeats, old records), but its latest good event lies more
 *                 than silence_ns behind the other's
 *     disagrees   mids of a watched instrument that are both new differ by more than the amount, at
 *                 every comparison (each quote of either side is one) for disagree_ns
 *   So a takeover comes within silence_ns + confirm_ns (or disagree_ns + confirm_ns) and the time
 *   between two calls: 0.7 s and less as set by default.
 *
 *   The primary is returned to when it has been fit and has agreed for recover_ns without a break;
 *   the wait doubles with each return that did not last (up to recover_max_ns), and is forgotten
 *   once a return has lasted that long. That is the hysteresis: a flickering line is used less
 *   and less.
 *
 * Two sources cannot say who is right when they disagree: the primary is given up because it was
 * asked for, and is_disputed stays set until they agree again. failover_doubt() says so, and a desk
 * opens nothing meanwhile.
 */
#ifndef DOMAIN_MARKET_FAILOVER_H
#define DOMAIN_MARKET_FAILOVER_H

#include "domain/market/quotes.h"

enum switch_reason {
#define SWITCH(id, name, is_failure, text) id,
#include "domain/market/switches.def"
#undef SWITCH
    SWITCH_REASON_COUNT
};
const char *switch_reason_name(enum switch_reason reason);
const char *switch_reason_text(enum switch_reason reason);

/* May what the active source says be acted on? An answer for the kernel, which opens nothing
 * meanwhile. */
enum feed_doubt {
#define DOUBT(id, name, text) id,
#include "domain/market/doubts.def"
#undef DOUBT
    FEED_DOUBT_COUNT
};
const char *feed_doubt_name(enum feed_doubt doubt);
const char *feed_doubt_text(enum feed_doubt doubt);

enum { FAILOVER_SOURCES = 2, FAILOVER_WATCHED = 16 };

struct failover_options {
    int64_t silence_ns;      /* 500 ms */
    int64_t confirm_ns;      /* 100 ms */
    int64_t disagree_ns;     /* 500 ms */
    int64_t disagree_micros; /* mids farther apart than this: 50,000, 5 cents */
    double disagree_ratio;   /* and than this part of the mid: 0.0005 */
    int64_t recover_ns;      /* 10 s */
    int64_t recover_max_ns;  /* 5 min */
    int64_t
        quiet_ns; /* DOUBT_SILENT after so long; 0, the default: never, as on a tape of minutes */
};
extern const struct failover_options failover_options_default;

struct failover_source {
    const struct quotes *quotes;
    uint8_t link;           /* enum link_state */
    int64_t heard_ns;       /* when anything last came; TS_NONE never */
    int64_t fit_since_ns;   /* TS_NONE: not fit */
    int64_t unfit_since_ns; /* TS_NONE: fit */
};

struct failover {
    struct failover_options options;
    struct failover_source sources[FAILOVER_SOURCES]; /* 0 is preferred */
    uint32_t count;
    int active; /* -1: none yet */
    uint32_t watched[FAILOVER_WATCHED];
    uint32_t watched_count;
    int64_t apart_since_ns[FAILOVER_WATCHED]; /* TS_NONE: they agree, or cannot be compared */
    int64_t apart_last_ns[FAILOVER_WATCHED];  /* when that was last seen */
    bool is_disputed;
    int64_t agree_since_ns;      /* TS_NONE: disputed, or never compared */
    int64_t recover_ns;          /* now in force: doubled by returns that failed */
    int64_t returned_ns;         /* when the primary was last returned to; TS_NONE */
    uint64_t switches, failures; /* failures: those that were no start and no return */
};

/* count 1 or 2 sources, each with its own table of quotes; options NULL: the defaults. */
void failover_init(struct failover *failover, uint32_t count, const struct quotes *const quotes[],
                   const struct failover_options *options);

/* Compare the mids of this instrument: underlyings, for which both speak many times a second.
 * False when FAILOVER_WATCHED are watched already. */
bool failover_watch(struct failover *failover, uint32_t instrument);

/* A record came from a source at now_ns, and has been taken into its quotes. */
void failover_heard(struct failover *failover, uint32_t source, const struct market_record *record,
                    int64_t now_ns);

/*
 * What the time brings: call it at least ten times a second, and after a burst of records. True
 * when the desk switches: *out is then the RECORD_SWITCH to publish, and what the new source knows
 * is to be said again (live.h does both).
 */
bool failover_tick(struct failover *failover, int64_t now_ns, struct market_record *out);

/*
 * Whether the active source may be acted on now; DOUBT_NONE too while none was ever active, and
 * when tapes are over. *instrument, which may be NULL: what the two disagree on, else
 * INSTRUMENT_NONE.
 */
enum feed_doubt failover_doubt(const struct failover *failover, int64_t now_ns,
                               uint32_t *instrument);
/* The mids of both for an instrument: of the active source, and of the other; PRICE_NONE where
 * unknown. */
void failover_mids(const struct failover *failover, uint32_t instrument, int64_t *here,
                   int64_t *there);

#endif
