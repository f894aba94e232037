/*
 * Does the holder of an option exercise it: at expiry, and before?
 *
 * At expiry the Options Clearing Corporation exercises what is in the money by a cent or more of
 * the closing price unless the holder says otherwise (exercise by exception, OCC Rule 805); the
 * holder may say so until 17:30 New York (cutoff.h), an hour and a half after the price that
 * decides.
 *
 * Before expiry only American options can be exercised, and a rational holder does so when holding
 * on through the next night is worth less than the payoff now. exercise_decide() computes that: the
 * boundary of domain/pricing/american.h, with the dividend that goes ex in the night taken off the
 * spot, later ones as dates. Where no vol is known it falls back on the two rules of thumb, on the
 * extrinsic value that the market shows. Whether the holder rather sells is not asked: who buys
 * from him decides the same way in his place, so it changes nothing for the one who is short.
 *
 * Sources: OCC Rule 805; FINRA Rule 2360(b)(23); R. Merton (1973), section 9; J. Hull, Options,
 * Futures and Other Derivatives, chapters on American options and on dividends.
 */
#ifndef DOMAIN_LIFE_EXERCISE_H
#define DOMAIN_LIFE_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/types/contract.h"
#include "domain/types/money.h"

/* OCC Rule 805: in the money by this much, micros a share, is exercised without being asked. */
#define EXERCISE_THRESHOLD MICROS_PER_CENT

enum exercise_instruction {
    EXERCISE_BY_EXCEPTION, /* none was given */
    EXERCISE_ANYWAY,       /* contrary: exercise what is out of the money */
    EXERCISE_NOT,          /* contrary: let what is in the money go */
};

/*
 * Is an expiring contract exercised at this closing or settlement price, micros > 0? A cash-settled
 * one pays what it is worth: there an instruction changes nothing.
 */
bool exercise_is_due(const struct contract *contract, int64_t price,
                     enum exercise_instruction instruction);

/*
 * What a rational holder instructs, who sees the price after the close: late is the last one before
 * his deadline, PRICE_NONE when there is none, and cost what exercise costs him a share, micros >=
 * 0. This is how a short option that closed out of the money is assigned all the same.
 */
enum exercise_instruction exercise_instruct(const struct contract *contract, int64_t close,
                                            int64_t late, int64_t cost);

/* ---- before expiry --------------------------------------------------------------------------- */

/*
 * The rules of thumb, dollars a share: what exercise now gains over holding on; above 0 it is due.
 *   dividend  a call in the money, the day before its ex-date: dividend - extrinsic
 *   interest  a put in the money: strike (1 - exp(-rate years)) - extrinsic
 */
double exercise_dividend_gain(double dividend, double extrinsic);
double exercise_interest(double strike, double rate, double years);
double exercise_interest_gain(double strike, double rate, double years, double extrinsic);

enum { EXERCISE_DIVIDENDS_MAX = 32 };

/* What the holder knows at the close of a day on which he can still exercise. Dollars a share. */
struct exercise_view {
    double spot;           /* > 0 */
    double years;          /* to expiry, ACT/365, > 0 */
    double rate;           /* continuous; NaN unknown */
    double yield;          /* continuous, beside the cash dividends; a borrow fee counts here */
    double sigma;          /* vol of this contract; NaN unknown */
    double extrinsic;      /* of its mid, for the rules of thumb; NaN unknown */
    double dividend_next;  /* goes ex before he can exercise again; 0: none */
    size_t dividend_count; /* later ones, ascending */
    const double *dividend_years;
    const double *dividend_dollars;
    double cost; /* what exercise costs him a share, >= 0 */
};

enum exercise_basis {
    EXERCISE_BASIS_NONE,     /* European, out of the money, or too little is known: not exercised */
    EXERCISE_BASIS_BOUNDARY, /* payoff against the value of holding on */
    EXERCISE_BASIS_DIVIDEND, /* rule of thumb */
    EXERCISE_BASIS_INTEREST, /* rule of thumb */
};

struct exercise_decision {
    bool is_due;
    enum exercise_basis basis;
    double payoff; /* of exercise now */
    double hold;   /* of holding on; NaN when a rule of thumb decided */
    double gain;   /* payoff - hold - cost, or that of the rule; NaN without a basis */
};

struct exercise_decision exercise_decide(const struct contract *contract,
                                         const struct exercise_view *view);

/* "boundary", "dividend", "interest", "none". */
const char *exercise_basis_name(enum exercise_basis basis);

#endif
