/*
 * A market record: one thing that became known about the market, the same from every source.
 *
 * 64 bytes, a value, no pointers: it can be copied through rings and between threads. Prices are
 * micro-dollars a share (index points for levels), PRICE_NONE where there is none; sizes contracts
 * or shares, SIZE_NONE where the source gives none. Instruments are dense ids of instruments.h, the
 * same for every source of a desk; a RECORD_DEFINITION with the identity comes before the first
 * record of an instrument.
 *
 * Two times, UTC nanoseconds since 1970:
 *   ts_ns     when it happened, by the clock of the exchange or vendor
 *   recv_ns   when it became known: the vendor's capture on a tape, our own clock on a live line.
 *             Within one source it never goes back. Features and the kernel live by this one.
 */
#ifndef DOMAIN_MARKET_RECORD_H
#define DOMAIN_MARKET_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/types/contract.h"
#include "domain/types/money.h"

#define INSTRUMENT_NONE UINT32_MAX
enum { INSTRUMENT_SYMBOL_BYTES = 16, RECORD_WHY_BYTES = 24 };

enum record_kind {
#define RECORD(id, name, text) id,
#include "domain/market/records.def"
#undef RECORD
    RECORD_KIND_COUNT
};

enum record_flags {
    RECORD_SNAPSHOT = 1, /* the state at subscription, or a repetition: nothing new happened */
    RECORD_ROUNDED = 2,  /* a price had more than six decimals */
    RECORD_BAD_BOOK = 4, /* the source says that it lost something and the price may be wrong */
    RECORD_REFRESH =
        8,            /* set by the desk: said again after a switch, from the source switched to */
    RECORD_VOID = 16, /* set by the desk: a quote without prices, as the one that came was bad */
};

enum instrument_class {
    INSTRUMENT_OPTION,
    INSTRUMENT_STOCK, /* and ETFs */
    INSTRUMENT_INDEX,
    INSTRUMENT_FUTURE,
};

struct record_definition {
    union {
        struct contract contract;             /* of an option */
        char symbol[INSTRUMENT_SYMBOL_BYTES]; /* of anything else: "SPY", NUL-padded */
    } of;
    uint32_t underlying; /* of an option; else INSTRUMENT_NONE */
    uint8_t class;       /* enum instrument_class */
    bool is_deleted;     /* no longer listed */
};

struct record_quote {
    int64_t bid, ask;
    uint32_t bid_size, ask_size;
    uint16_t bid_venue, ask_venue; /* the source's numbers; 0 not given */
};

struct record_trade {
    int64_t price;
    uint32_t size;
    char side; /* who came: 'B' a buyer, 'S' a seller, 0 not known */
};

struct record_level {
    int64_t value;
};

struct record_interest {
    uint32_t volume, open_interest; /* SIZE_NONE: not said */
};

enum market_status { MARKET_UNKNOWN, MARKET_OPEN, MARKET_HALTED, MARKET_QUOTING, MARKET_CLOSED };
struct record_status {
    uint8_t status; /* enum market_status; of one instrument, or of all with INSTRUMENT_NONE */
};

struct record_gap {
    int64_t from_ns, to_ns; /* event times around the hole; TS_NONE not known */
    uint64_t lost;          /* records; 0 not known */
};

enum link_state { LINK_CONNECTING, LINK_UP, LINK_DOWN, LINK_ENDED, LINK_STATE_COUNT };
struct record_link {
    uint8_t state;              /* enum link_state */
    char why[RECORD_WHY_BYTES]; /* "no answer for 35 s"; NUL at the end */
};

struct record_switch {
    uint8_t from, to; /* sources by number; UINT8_MAX none */
    uint8_t reason;   /* enum switch_reason, failover.h */
    int64_t amount;   /* how late in ns, or how far apart in micros; 0 for other reasons */
};

struct record_doubt {
    int64_t here,
        there; /* of the instrument: mids of the source listened to and of the other; PRICE_NONE */
    uint8_t doubt;    /* enum feed_doubt, failover.h; DOUBT_NONE: it may be acted on again */
    bool is_repeated; /* said before, with other prices */
};

struct market_record {
    int64_t ts_ns, recv_ns;
    uint32_t instrument; /* INSTRUMENT_NONE: concerns none, or (quote, trade) one not known */
    uint32_t sequence;   /* of the source for this publisher, rising; 0 not given */
    uint16_t publisher;  /* the source's number of who sent it; 0 not given */
    uint8_t kind;        /* enum record_kind */
    uint8_t flags;       /* enum record_flags */
    uint8_t source;      /* set by the desk: which of its sources */
    union {
        struct record_definition definition;
        struct record_quote quote;
        struct record_trade trade;
        struct record_level level;
        struct record_interest interest;
        struct record_status status;
        struct record_gap gap;
        struct record_link link;
        struct record_switch change;
        struct record_doubt doubt;
    } of;
};
_Static_assert(sizeof(struct market_record) == 64, "a record is one cache line");

const char *record_kind_name(enum record_kind kind);
const char *market_status_name(enum market_status status);
const char *link_state_name(enum link_state state);

/* The middle of a quote with two sides that do not cross, else PRICE_NONE. A bid of 0 is a price.
 */
static inline int64_t record_quote_mid(const struct record_quote *q)
{
    if (q->bid == PRICE_NONE || q->ask == PRICE_NONE || q->bid < 0 || q->ask <= 0 ||
        q->bid > q->ask)
        return PRICE_NONE;
    return q->bid + (q->ask - q->bid) / 2;
}

#endif
