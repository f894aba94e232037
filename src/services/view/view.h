/*
 * The option chains of one underlying as they stood at a moment, with vols, Greeks and a surface.
 *
 * view_load() folds the rows of a stored day up to the moment: every contract shows its last
 * quote, its vol and its Greeks. European options are priced by Black-76 on the parity forward;
 * American ones by american.h, with the yield at which calls and puts agree; where the store has
 * no rate, like European ones. Where there is no number there is NaN or PRICE_NONE, never a zero.
 *
 * Time is counted to the settlement moment, 365 days of 24 hours a year.
 */
#ifndef SERVICES_VIEW_VIEW_H
#define SERVICES_VIEW_VIEW_H

#include <stdio.h>

#include "adapters/store/store.h"
#include "domain/pricing/surface_fit.h"

struct view_side {
    bool is_listed;
    struct quote quote;                   /* vendor's vol and delta included */
    int64_t quoted_ts;                    /* when it last changed; TS_NONE without a quote */
    double iv, delta, gamma, vega, theta; /* theta a calendar day, vega a vol point */
    double iv_bid, iv_ask;                /* NaN without that side */
};

struct view_strike {
    int32_t strike_mills;
    struct view_side call, put;
};

struct view_expiry {
    char root[CONTRACT_ROOT_BYTES];
    int32_t date;
    int days; /* calendar days ahead */
    char style, settle;
    double years;
    double forward, discount; /* NaN: no pair tells it and the underlying is not known */
    bool is_forward_implied;  /* else the underlying's, carried at the rate */
    double atm_vol, skew;     /* 25-delta put less call; NaN unknown */
    double straddle;          /* at the money, dollars */
    uint64_t volume, open_interest;
    bool has_volume, has_open_interest;
    size_t count;
    struct view_strike *strikes; /* ascending */
};

struct view {
    const char *symbol;
    const char *source;
    int32_t day;
    int64_t ts_ns;                                      /* of the snapshot that is shown */
    int64_t underlying, underlying_bid, underlying_ask; /* PRICE_NONE */
    double spot;                                        /* NaN unknown */
    double rate;                                        /* per year; 0 when there is none */
    bool has_rate;
    size_t count, contracts;
    struct view_expiry *expiries; /* by settlement, then root; what has settled is left out */
};

/*
 * The last snapshot of a symbol at or before a moment: at TS_NONE the last one in the store. All in
 * arena. Errors: ERR_NOT_FOUND says which symbols or days there are; those of the store.
 */
NODISCARD enum err view_load(struct view *out, struct arena *arena, const struct store *store,
                             const char *symbol, int64_t at);

/*
 * The same of quotes that the caller has: view comes with symbol, source, day, ts_ns, underlying
 * prices and rate, and gets its expiries. contracts are sorted (contract_compare()), quotes and
 * quoted_ts are of each. In arena.
 */
void view_make(struct view *view, struct arena *arena, const struct contract *contracts,
               uint32_t count, struct quote *quotes, int64_t *quoted_ts);

/* A moment as people write it, New York: "2024-06-17" is the end of that day; also "...T15:45",
 * "... 15:45:30". ERR_PARSE. */
NODISCARD enum err view_when_parse(const char *text, int64_t *out);

/* The one of an expiry's date; with several roots on it the one with most strikes. NULL. */
const struct view_expiry *view_find(const struct view *view, int32_t expiry);
/* The first whose date is a day or more ahead, else the first. NULL for an empty view. */
const struct view_expiry *view_front(const struct view *view);

struct view_fit {
    uint8_t status;         /* of surface_fit() */
    struct surface surface; /* its slices are in the order of expiry[] */
    size_t count;           /* expiries that were given to it */
    const struct view_expiry *expiry[SURFACE_EXPIRIES_MAX];
    struct surface_report report[SURFACE_EXPIRIES_MAX];
};

/* The surface through the view's quotes, one expiry a settlement moment (the root with most
 * strikes). In arena. */
struct view_fit *view_surface(const struct view *view, struct arena *arena);

/* ---- showing --------------------------------------------------------------------------------- */

struct view_show {
    int32_t expiry; /* 0: the front one */
    size_t strikes; /* around the forward; 0 all */
};

/* ERR_NOT_FOUND for an expiry that is not there, with those that are. */
NODISCARD enum err view_terminal_chain(FILE *out, const struct view *view,
                                       const struct view_show *show);
void view_terminal_surface(FILE *out, const struct view *view, const struct view_fit *fit);

/* Everything, or one expiry of it. */
NODISCARD enum err view_json_chain(struct buf *out, const struct view *view,
                                   const struct view_show *show);
void view_json_surface(struct buf *out, const struct view *view, const struct view_fit *fit);

/* One page: smiles, term structure, surface, and the chain of an expiry. */
NODISCARD enum err view_html(struct buf *out, const struct view *view, const struct view_fit *fit,
                             const struct view_show *show);

#endif
