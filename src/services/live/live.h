/*
 * The live path: sources -> rules -> failover -> board -> kernel and slow consumers.
 *
 *   source 0 (primary) --> quotes 0 --+                    +--> ring: every record, for the kernel
 *                                     +--> failover --> board --> conflators: the latest, for pages
 *   source 1 (backup)  --> quotes 1 --+                    +--> counters
 *
 * One thread: live_step(now) polls every source, judges each record into that source's own table,
 * lets the failover choose, and publishes what the chosen source says. Dropped records are never
 * published; a bad quote is published as one without prices (RECORD_VOID), so that nobody trades on
 * what was before.
 *
 * On a switch, and when the chosen source lost records, every instrument is published again
 * (RECORD_REFRESH): from whichever source said it last and has lost nothing since, void when there
 * is none. Beside that a slow sweep gives each source that is well what it missed while it was
 * not, or without a word, from the other's table, and publishes it. While the two disagree only
 * the chosen one counts. So no instrument keeps a price that nobody stands behind, and a quiet one
 * is not lost in an outage, as long as one source at a time is well.
 *
 * While nobody knows whether what is published is right (two sources disagree, none has a line,
 * none has said anything for failover.quiet_ns) a RECORD_DOUBT stands: the kernel opens nothing
 * until the next one takes it back (kernel_feed.h).
 *
 * Nothing is lost on the way to the kernel: when its ring is full, live_step() publishes no more
 * and polls no source until there is room, which pushes back to the sources' own buffers.
 * is_stalled says so, and a desk halts.
 *
 * It reads no clock: now_ns comes in, the wall clock or a replay's (adapters/feed/replay_clock.h),
 * so a replay through here is the same every time.
 */
#ifndef SERVICES_LIVE_LIVE_H
#define SERVICES_LIVE_LIVE_H

#include "adapters/feed/source.h"
#include "base/ring.h"
#include "domain/market/board.h"
#include "domain/market/conflate.h"
#include "domain/market/failover.h"

enum { LIVE_SOURCES = FAILOVER_SOURCES, LIVE_CONFLATORS = 8, LIVE_BATCH = 256 };
enum { LIVE_SWEEP = 32 }; /* instruments looked at a step for what was missed */

struct live_options {
    uint32_t instruments;                    /* room; 65,536 */
    const struct quote_limits *limits;       /* NULL: the defaults */
    const struct failover_options *failover; /* NULL: the defaults */
    bool without_board; /* no features and Greeks: for a desk that only passes records on */
    double rate;        /* of interest, for forwards that the chain does not tell */
};
extern const struct live_options live_options_default;

struct live_said {
    int64_t ts_ns;
    uint8_t source;
    bool is_void;
};

struct live_counts {
    uint64_t records[RECORD_KIND_COUNT]; /* as they came, of all sources */
    uint64_t published;
    uint64_t refreshed, lost; /* said again; voided, as no source that is well knows them */
    uint64_t filled;          /* that a source had missed, taken over from the other */
    uint64_t stalls;          /* steps that found the kernel's ring full */
    uint64_t doubts;          /* how often the answer to "may it be acted on" changed */
};

struct live_source {
    struct source source;
    struct quotes quotes;
    struct market_record batch[LIVE_BATCH + 1]; /* polled, not taken yet; and one of ours */
    size_t batch_count, batch_at;
    enum err failed; /* it is not polled any more */
    char why[256];
    uint64_t records;
    struct market_record last_link; /* kind RECORD_LINK once there was one */
    uint64_t links;                 /* how often it told of its line */
};

struct live {
    struct arena arena;
    struct live_options options;
    struct instruments instruments; /* open sources with this table */
    struct live_source *sources[LIVE_SOURCES];
    uint32_t source_count;
    struct failover failover;
    struct board board;
    struct ring *kernel; /* NULL: nobody listens */
    struct conflate *conflators[LIVE_CONFLATORS];
    uint32_t conflator_count;
    int64_t now_ns;
    struct live_said *said;             /* by id: where its published quote comes from */
    uint32_t refresh_next, refresh_end; /* ids still to be said again */
    uint32_t sweep_next;
    struct market_record held; /* made, and not published yet: the ring was full */
    bool is_stalled;           /* there is one */
    struct live_counts counts;
    struct market_record last_switch; /* kind RECORD_SWITCH once there was one */
    enum feed_doubt doubt;            /* as published last, */
    int64_t doubt_ns;                 /* and when */
    struct market_record last_doubt;  /* its last change: kind RECORD_DOUBT once there was one */
};

/* options NULL: the defaults. Errors: none today. */
void live_init(struct live *live, const struct live_options *options);

/*
 * Add a source, opened with live->instruments; first the primary, then the backup. It is live's now
 * and closed by live_close(), which also takes what live_init() gave. All before the first step.
 */
void live_add(struct live *live, struct source source);

/* Where every published record goes: a ring of struct market_record, popped by the kernel's thread.
 */
void live_feed(struct live *live, struct ring *kernel);
/* A slow consumer. False beyond LIVE_CONFLATORS. */
NODISCARD bool live_conflate(struct live *live, struct conflate *conflate);

/*
 * Take what the sources have by now_ns (never less than before), at most batches polls of each, and
 * let the failover look. *count, which may be NULL, is how many records came.
 * Errors: those of a source that is the last one left; a source that fails while there is another
 * is a LINK_DOWN.
 */
NODISCARD enum err live_step(struct live *live, int64_t now_ns, uint32_t batches, size_t *count);

/* When the next record of any source is due: the least of next_ns(); INT64_MAX when all are over.
 */
int64_t live_next_ns(struct live *live);

/* All sources are over or failed, and everything is published. */
bool live_is_over(const struct live *live);

/* Publish all that is known once more with the next steps, as after a switch: whoever listens has
 * begun anew. */
void live_say_again(struct live *live);

/* The quotes of the source that is listened to; of the primary before there is one. */
struct quotes *live_quotes(struct live *live);

/* May this instrument be traded on now? quotes_tradable() of the source that its published quote is
 * from, and RULE_STALE when the source listened to has said nothing for longer than the limit. */
enum rule live_tradable(struct live *live, uint32_t id, int64_t now_ns);

/* Rule hits of all sources together. */
uint64_t live_hits(const struct live *live, enum rule rule);

void live_close(struct live *live);

#endif
