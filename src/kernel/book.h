/*
 * The book: today's chain of one underlying, laid out for choosing and marking.
 *
 * Quotes are columns by strike row, one slice of rows per (expiry, root), so that strategies read
 * them in place. Everything is sized once at open; a session re-lays the rows. A contract's id is
 * its index in the day's table (struct event_session) and is good for that day only.
 *
 * Forwards, implied vols and deltas are computed when somebody asks, once per instant and slice.
 */
#ifndef KERNEL_BOOK_H
#define KERNEL_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/pricing/pricing.h"
#include "domain/strategy/select.h"
#include "kernel/ports/event.h"

/* More than the highest strike there can be, 2,147,483 dollars: a price beyond it is an error of
 * the source, and counts as none. */
#define BOOK_PRICE_MAX (INT32_MAX * MICROS_PER_MILL)

struct book_limits {
    uint32_t contracts; /* in a day's table */
    uint32_t slices;    /* (expiry, root) pairs */
};

struct slice {
    struct chain_expiry view; /* what select_legs() reads; points into the columns */
    uint32_t row_first;
    int64_t settle_ns;     /* when it settles */
    int64_t last_trade_ns; /* when it stops trading */
    char settle;           /* enum settle_time */
    char style;
    uint64_t forward_stamp; /* book->stamp of the last forward, greeks */
    uint64_t greeks_stamp;
    uint8_t forward_status; /* enum pricing_status; how forward and discount were found */
    bool forward_implied;   /* from parity, not from spot and rate */
};

struct book_undo;

struct book {
    struct book_limits limit;
    struct book_undo *undo; /* what a question worked out, to be forgotten: book_asked() */
    int32_t day;
    int64_t open_ns, close_ns;
    double rate; /* NaN unknown */
    int64_t now_ns;
    uint64_t stamp;   /* counts market events; quotes only when it is stale */
    int64_t stamp_ns; /* when it was counted up */
    int64_t underlying, underlying_bid, underlying_ask; /* PRICE_NONE unknown */
    int64_t prev_close;                                 /* last level of the session before */

    uint32_t contract_count, slice_count, row_count;
    struct contract *contracts; /* by id */
    uint32_t *row_of;           /* id -> row */
    uint32_t *slice_of;         /* row -> slice */
    struct slice *slices;
    /* by row */
    int32_t *strike_mills;
    uint32_t *call_id, *put_id;
    int64_t *bid[2], *ask[2], *last[2]; /* [0] calls, [1] puts */
    uint32_t *bid_size[2], *ask_size[2];
    /* by id */
    uint32_t *volume, *open_interest; /* SIZE_NONE unknown */
    /* by row */
    double *iv[2], *delta[2];
    /* scratch for pricing, rows of one slice */
    double *scratch[8];
    int8_t *sign;
    uint8_t *status;
};

void book_init(struct book *book, struct arena *arena, struct book_limits limit);

/* Lay out a new day; all quotes are gone. ERR_FULL when the table is larger than the limits. */
NODISCARD enum err book_session(struct book *book, const struct event_session *session);

void book_market(struct book *book, int64_t ts_ns, const struct event_market *market);

/* One contract's quote, or the underlying's. Forwards and vols are worked out anew when the last
 * time is stale_ns or more ago, not with each quote. */
void book_quote(struct book *book, int64_t ts_ns, const struct event_quote *quote,
                int64_t stale_ns);

/* The id of a contract today, OPTION_NONE when it is not listed. */
uint32_t book_find(const struct book *book, const struct contract *contract);

static inline int book_side(const struct contract *contract)
{
    return contract->right == OPTION_PUT;
}

/*
 * A question from outside begins, and ends. What it has worked out in between (forwards, vols) is
 * forgotten again: what strategies read later in the same second may not depend on who asked
 * something when.
 */
void book_ask(struct book *book);
void book_asked(struct book *book);
/* A slice is about to be worked out anew. */
void book_keep(struct book *book, const struct slice *slice);

/* Whether the slice can still be traded now. */
bool book_is_trading(const struct book *book, const struct slice *slice);

/* Forward and discount of a slice at this instant; false when they cannot be known. */
bool book_forward(struct book *book, struct slice *slice);

/* Implied vol and delta columns of a slice; false when there is no forward. Rows that have none are
 * NaN. The view's delta pointers are set. */
bool book_greeks(struct book *book, struct slice *slice);

/* The tradable slices as a view for select_legs(). views has room for limit.slices. Index i of the
 * view is slices[index[i]]. */
struct chain_view book_view(struct book *book, struct chain_expiry *views, uint32_t *index);

/* Greeks of one option, per share: NaN when unknown. */
struct option_greeks {
    double iv, delta, gamma, vega, theta; /* vega per 1.00 of vol, theta per year */
};
struct option_greeks book_option_greeks(struct book *book, uint32_t id);

/* At-the-money vol at 30 days, between the expiries around it (linear in total variance). NaN. */
double book_iv30(struct book *book);
/* Mid of the at-the-money straddle of the nearest tradable expiry, dollars. NaN. */
double book_expected_move(struct book *book);

/* At-the-money vol at a tenor, linear in total variance between the expiries around it and never
 * beyond them. NaN. */
double book_tenor_vol(struct book *book, double days);
/* Vol of the put at delta -0.25 less that of the call at 0.25, linear in time between the expiries
 * around 30 days. NaN. */
double book_skew25(struct book *book);
/* The index of domain/features/vix.h at 30 days, points. NaN. */
double book_vix_index(struct book *book);

struct flow;
/* Put/call ratios, gamma exposure (only when asked for: it needs every vol), unusual volume. */
void book_flow(struct book *book, bool with_gamma, struct flow *flow);

#endif
