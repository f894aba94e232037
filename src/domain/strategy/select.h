/*
 * Choosing legs: a structure's rules and one underlying's chain at an instant -> concrete
 * contracts.
 *
 * Pure: the caller lays out the chain (struct chain_view), select_legs() reads it and answers with
 * indices into it, or with the reason why not. Same view, same answer: ties are broken as written
 * here.
 *
 * Expiry. Only expiries in the view count: leave out what can no longer trade (an AM-settled expiry
 * from its last trading day's close on). Among the expiries a rule allows, the one nearest to the
 * asked days wins; of two equally near the earlier one; of two roots on that date the base leg's
 * root (EXPIRY_AFTER), else the one that stands first in the view ("SPX" before "SPXW"). The
 * standard cycle of a month is its third Friday, else the day before (a holiday), else the Saturday
 * after (before February 2015), whichever is listed first in this order.
 *
 * Strike. Only strikes where the leg can trade count: selling needs a bid above zero, buying an ask
 * above zero (STRIKE_PREMIUM needs both). STRIKE_AT and STRIKE_SAME name one contract and need only
 * that it is listed: a missing quote is then the venue's business. Of two strikes equally near the
 * lower one wins, for calls and puts alike. Rounding (strike_spec.round) acts on the quantity asked
 * for: with STRIKE_DELTA and STRIKE_PREMIUM, ROUND_DOWN is the nearest |delta| or mid at or below
 * value, ROUND_UP at or above. tolerance is in the rule's own unit: points (ATM, OFFSET), percent
 * of the base (PERCENT), delta (DELTA), dollars (PREMIUM), expected moves (EXPECTED_MOVE).
 *
 * Two legs that land on one contract with opposite sides cancel out and are refused.
 */
#ifndef DOMAIN_STRATEGY_SELECT_H
#define DOMAIN_STRATEGY_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/strategy/strategy.h"
#include "domain/types/money.h"

#define OPTION_NONE UINT32_MAX /* no such contract is listed at this strike */

/* One expiry of one root. Columns have strike_count rows, strikes strictly ascending. */
struct chain_expiry {
    int32_t expiry; /* yyyymmdd */
    int32_t dte;    /* calendar days from today, 0 is today */
    char root[8];
    double forward;  /* dollars; NaN when unknown */
    double discount; /* to the settlement; NaN when unknown */
    double years;    /* to the settlement */
    uint32_t strike_count;
    const int32_t *strike_mills;
    const uint32_t *call_id, *put_id; /* the caller's ids; OPTION_NONE: not listed */
    const int64_t *call_bid, *call_ask, *put_bid,
        *put_ask;                         /* micros a share; PRICE_NONE: no quote */
    const double *call_delta, *put_delta; /* per share, calls 0 to 1, puts -1 to 0; NaN unknown;
                                             NULL until need_greeks() was called for this expiry */
};

struct chain_view {
    int32_t today;                       /* New York date */
    int64_t underlying;                  /* micros; PRICE_NONE when unknown */
    const struct chain_expiry *expiries; /* by (expiry, root) ascending */
    uint32_t expiry_count;
    /* Fill call_delta and put_delta of this expiry; false: cannot be computed. NULL: never. */
    bool (*need_greeks)(void *ctx, uint32_t expiry_index);
    void *ctx;
};

struct chosen_leg {
    uint32_t expiry_index; /* into the view; UINT32_MAX for stock, as the next two */
    uint32_t strike_index;
    uint32_t id; /* call_id or put_id of the strike */
};

enum select_why {
    SELECT_OK,
    SELECT_NO_EXPIRY,     /* no listed expiry is allowed by the rule */
    SELECT_NO_UNDERLYING, /* the rule needs the underlying's level, which is unknown */
    SELECT_NO_STRIKE,     /* none listed, or none that can trade, on the asked side */
    SELECT_TOLERANCE,     /* the nearest is too far off */
    SELECT_NO_DELTA,      /* no delta can be computed on this expiry */
    SELECT_NO_MOVE,       /* no at-the-money straddle is quoted on this expiry */
    SELECT_CANCELS,       /* the same contract as other, on the other side */
};

/* Why not, as facts; select_miss_format() makes the sentence, so that a miss costs no text. */
struct select_miss {
    enum select_why why;
    int leg, other;        /* indices into the structure's legs */
    double asked, nearest; /* in the rule's unit; nearest NaN when there is none at all */
    int32_t nearest_date;  /* of SELECT_NO_EXPIRY: nearest listed expiry, 0 none */
};

/* Choose every leg of s: chosen[s->leg_count]. False: *miss says why, chosen is then not to be
 * used. */
NODISCARD bool select_legs(const struct structure *s, const struct chain_view *view,
                           struct chosen_leg chosen[STRATEGY_LEGS_MAX], struct select_miss *miss);

/* "leg short_put: no expiry between 30 and 60 days", "leg short_put: no strike within 0.05 of delta
 * 0.16 (nearest 0.23)". Returns out. */
enum { SELECT_TEXT_BYTES = 192 };
const char *select_miss_format(char out[SELECT_TEXT_BYTES], const struct structure *s,
                               const struct select_miss *miss);

/*
 * The expected move of one expiry: mid of call plus mid of put, dollars, at the strike nearest to
 * the underlying among those where both are quoted on both sides. NaN when there is none.
 */
double select_expected_move(const struct chain_view *view, uint32_t expiry_index);

#endif
