/*
 * The board: what a desk reads of the live market. Quote features of every instrument, features of
 * each underlying, forwards, vols and Greeks of its chain.
 *
 * board_take() updates features at once with each record that passed the rules (quotes.h).
 * Forwards, vols and Greeks are computed later and together: a quote marks its expiry as changed,
 * and board_refresh() works off the expiries that changed, oldest mark first and each at most five
 * times a second (refresh_ns), so that busy expiries are not computed a thousand times. Call it
 * when there is nothing else to do, or when somebody is about to read. One expiry takes some 10 to
 * 20 us for 130 strikes.
 *
 * Options are valued as European on their parity forward (forward.h), as the kernel's book does it:
 * for American options near the money and within weeks the difference is below a tick. The discount
 * factor comes from the whole chain once a minute, the forward from the strikes near the money each
 * time.
 *
 * Everything is dollars, per year, NaN where unknown: pricing.h, gate.h. Sized once at init.
 */
#ifndef DOMAIN_MARKET_BOARD_H
#define DOMAIN_MARKET_BOARD_H

#include "domain/features/correlation.h"
#include "domain/features/flow.h"
#include "domain/features/har.h"
#include "domain/features/session.h"
#include "domain/market/quotes.h"
#include "domain/pricing/european.h"

enum { BOARD_UNDERLYINGS = 16, BOARD_EXPIRIES = 1024 };
enum { BOARD_PAIRED = 3, BOARD_PAIRS = 3 }; /* the first three underlyings, two by two */

/* Of every instrument, by id: what its quote says (features/quote.h), and where it belongs. */
struct board_quote {
    double bid, ask, mid, microprice; /* NaN: no such side; mid and microprice need both */
    uint32_t owner;  /* index of the underlying, of itself or of its option; UINT32_MAX none */
    uint32_t expiry; /* index; UINT32_MAX: no option, or not laid out yet */
    bool is_option;
    char reserved[23];
};
_Static_assert(sizeof(struct board_quote) == 64, "a quote is one cache line");

struct board_greeks { /* per share; theta per year; iv is that of the strike */
    double iv, delta, gamma, vega, theta;
};

struct board_expiry {
    struct contract first; /* one of its contracts: root, expiry, style */
    uint32_t underlying;   /* index among the board's underlyings */
    uint32_t row_first, row_count;
    int64_t settle_ns;
    int64_t computed_ns; /* what is below holds for this moment; TS_NONE never computed */
    int64_t changed_ns;  /* of its last quote */
    double years, forward, discount;
    int64_t discount_ns;    /* when it was last found from the whole chain; TS_NONE never */
    double atm_vol, skew25; /* features/term.h */
    uint8_t forward_status; /* enum pricing_status */
    bool is_waiting;        /* in the queue for board_refresh() */
};

struct board_underlying {
    uint32_t id;  /* of the instrument */
    double price; /* mid or level, the last there was; NaN */
    struct session_bar bar;
    struct opening_range opening; /* 30 minutes */
    struct vwap vwap;
    struct session_variance variance;   /* of five-minute steps */
    struct put_call flow;               /* trades of its options */
    double minute_close, minute_return; /* of the last whole minute; NaN */
    int64_t minute_ns;                  /* the minute under way began here */
};

/* Two underlyings by their minute returns: has their correlation broken? */
struct board_pair {
    uint32_t a, b; /* indices among the underlyings */
    int64_t minute_ns;
    struct ewma_break score;
};

struct board {
    const struct quotes *quotes; /* the table of the source that is listened to */
    uint32_t capacity;
    struct board_quote *quote;   /* by id */
    struct board_greeks *greeks; /* by id; of options */
    struct contract *contracts;  /* by id; of options */

    struct board_underlying underlyings[BOARD_UNDERLYINGS];
    uint32_t underlying_count;
    struct board_pair pairs[BOARD_PAIRS];
    uint32_t pair_count;

    struct board_expiry expiries[BOARD_EXPIRIES];
    uint32_t expiry_count;
    /* by row: strikes ascending within an expiry */
    double *strike;
    uint32_t *call_id, *put_id; /* INSTRUMENT_NONE not listed */
    bool is_laid_out;           /* no definition came since */
    uint32_t option_count;

    uint32_t queue[BOARD_EXPIRIES]; /* a ring of expiries that wait */
    uint32_t queue_first, queue_count;

    struct board_expiry *at_work; /* begun by board_refresh_piece(); NULL none */
    int stage;
    struct black76_expiry terms; /* of it */

    double rate;        /* per year; 0 unless set */
    int64_t refresh_ns; /* an expiry is not computed more often; 200 ms unless set */
    int64_t open_ns;    /* of the session under way; INT64_MAX none yet */
    uint64_t refreshed; /* expiries */
    uint64_t priced;    /* options */
    double *scratch[8];
    int8_t *sign;
    uint32_t *order; /* ids, for laying out */
};

/* Room for ids below capacity. quotes must outlive the board and may be changed by board_listen().
 */
void board_init(struct board *board, struct arena *arena, const struct quotes *quotes,
                uint32_t capacity);

/* From now on read another source's quotes. The features go on from where they are. */
void board_listen(struct board *board, const struct quotes *quotes);

/* A record that quotes_take() found good, or a definition. A voided quote is taken as one without
 * prices: pass rule as quotes_take() gave it. */
void board_take(struct board *board, const struct market_record *record, enum rule rule);

/*
 * Compute up to count expiries that changed, as of now_ns, none sooner than refresh_ns after the
 * last time. Returns how many were. The first call after definitions lays the chain out anew, and
 * then every expiry counts as changed.
 */
uint32_t board_refresh(struct board *board, int64_t now_ns, uint32_t count);

/*
 * The same in pieces of some 5 us, for whoever must not be late for the next record: forward, vols,
 * calls, puts of one expiry. False when there is nothing to do.
 */
bool board_refresh_piece(struct board *board, int64_t now_ns);

/* Its latest Greeks; NaN when they are not known, or the option is not. */
struct board_greeks board_option_greeks(const struct board *board, uint32_t id);

/* The expiry of an option, NULL when it has none yet. */
const struct board_expiry *board_expiry_of(const struct board *board, uint32_t id);

/* Of the chain of underlying number u, from the expiries as last computed. */
struct board_chain {
    double price;                       /* its mid, else its last trade or level */
    double iv30, iv7, iv60, term_slope; /* slope: 60 less 7 days */
    double skew25;                      /* of the expiry nearest 30 days */
    double expected_move;               /* one sd to the nearest expiry, dollars */
    double gamma_exposure;              /* flow.h; NaN without open interest */
    double put_call;                    /* of trades so far this day */
};
void board_chain(struct board *board, uint32_t u, struct board_chain *out);

#endif
