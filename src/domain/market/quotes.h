/*
 * The latest quote of every instrument as one source tells it, and the door that it came through.
 *
 * quotes_take() judges each record by the rules of rules.def and keeps what is good. A bad record
 * is counted by rule, goes into quarantine (the last QUARANTINE of them can be looked at) and
 * never becomes a price. One table per source: two sources are judged apart and compared
 * (failover.h).
 *
 * Sessions come from the exchange calendar: stocks, their options and futures from open to close,
 * index options and those on broad ETFs 15 minutes longer, each option up to its last trading
 * moment. A day that the calendar does not know has no session.
 *
 * One cache line an instrument; a record costs a few tens of ns and allocates nothing.
 */
#ifndef DOMAIN_MARKET_QUOTES_H
#define DOMAIN_MARKET_QUOTES_H

#include "base/mem.h"
#include "domain/market/record.h"

enum rule {
#define RULE(id, name, action, text) id,
#include "domain/market/rules.def"
#undef RULE
    RULE_COUNT
};
enum rule_action { RULE_PASS, RULE_DROP, RULE_VOID };

const char *rule_name(enum rule rule);
const char *rule_text(enum rule rule);
enum rule_action rule_action(enum rule rule);

struct quote_limits {
    int64_t stale_ns;   /* received at most this long after it happened; 2 s */
    int64_t future_ns;  /* or this long before; 1 s */
    double bound_slack; /* a call's bid may exceed the underlying by this part of it; 0.01 */
};
extern const struct quote_limits quote_limits_default;

/* Prices beyond are errors of the source: more than the highest strike there can be. */
#define QUOTE_PRICE_MAX (INT32_MAX * MICROS_PER_MILL)

struct quote_slot {
    int64_t bid, ask;  /* PRICE_NONE: no such side, or none since a bad quote came */
    int64_t ts_ns;     /* of the last quote or level that was not dropped; TS_NONE: none yet */
    int64_t last;      /* trade or level; PRICE_NONE */
    int64_t quoted_ns; /* recv_ns of that quote or level; TS_NONE */
    uint32_t bid_size, ask_size;
    uint32_t sequence;
    uint32_t open_interest; /* SIZE_NONE not known */
    uint16_t publisher;
    uint8_t rule;   /* enum rule that made it void; RULE_NONE when the quote is good */
    uint8_t status; /* enum market_status */
    uint8_t reserved[4];
};
_Static_assert(sizeof(struct quote_slot) == 64, "a slot is one cache line");

struct quote_terms; /* what the rules need of an instrument */

enum { QUARANTINE = 256 };
struct quarantined {
    struct market_record record;
    enum rule rule;
};

struct quotes {
    struct quote_limits limits;
    struct quote_slot *slots; /* by id */
    struct quote_terms *terms;
    uint32_t capacity;
    uint8_t status;      /* enum market_status of the whole market */
    int64_t recv_ns;     /* of the last record taken */
    int64_t whole_ns;    /* since when nothing was lost: quotes received before may be old */
    bool is_behind;      /* it repeats the past (RECORD_SNAPSHOT) and has not come to now yet */
    int64_t progress_ns; /* latest ts_ns among good quotes, trades and levels; TS_NONE */
    int64_t day_from_ns, day_to_ns; /* what the session moments below hold for */
    int64_t open_ns, close_ns, late_close_ns;
    uint64_t taken;                            /* quotes, trades and levels that passed */
    uint64_t hits[RULE_COUNT];                 /* by rule; [RULE_NONE] stays 0 */
    struct quarantined quarantine[QUARANTINE]; /* a ring: number n lies at n % QUARANTINE */
    uint64_t quarantine_count;                 /* put in so far */
};

/* Room for ids below capacity. limits NULL: the defaults. */
void quotes_init(struct quotes *quotes, struct arena *arena, uint32_t capacity,
                 const struct quote_limits *limits);

/*
 * Take one record in. RULE_NONE when it is good, or says nothing about prices (definitions,
 * interest, status, heartbeats). After a GAP or a LINK_DOWN a quote is not tradable until it is
 * said again: what was lost may have changed it. What a source repeats (RECORD_SNAPSHOT) is never
 * stale, as it may be the latest there is; but nothing is tradable until the source has caught up.
 */
enum rule quotes_take(struct quotes *quotes, const struct market_record *record);

/*
 * May id be traded on at now_ns? RULE_NONE; else why not. Asked by whoever acts on a price: has two
 * sides that are good, its market is open and not halted, its session is on. RULE_UNKNOWN: no
 * two-sided quote was ever seen; RULE_SESSION: also halted or closed; RULE_STALE: not said again
 * since records were lost, or the source is catching up.
 */
enum rule quotes_tradable(struct quotes *quotes, uint32_t id, int64_t now_ns);

/* Was it said after the last loss of records? */
static inline bool quotes_is_whole(const struct quotes *quotes, uint32_t id)
{
    return quotes->slots[id].quoted_ns > quotes->whole_ns;
}

/* Take over what another source knows of an instrument, as if it had been said at now_ns. For one
 * that is well again, and cannot know what was said while it was not. */
void quotes_adopt(struct quotes *quotes, const struct quotes *other, uint32_t id, int64_t now_ns);

/* The latest quote as a record, times and all: for saying it again. */
struct market_record quotes_record(const struct quotes *quotes, uint32_t id);

#endif
