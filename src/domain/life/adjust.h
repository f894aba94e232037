/*
 * Contract adjustments: what a split or a special dividend makes of options and of shares.
 *
 * The holder must be neither richer nor poorer: strike x unit of trading, against what is
 * delivered, stays worth the same. Rules of the Options Clearing Corporation (By-Laws, article VI,
 * section 11A):
 *
 *   whole split, n for 1     n contracts for each, strike / n, the same root and 100 shares
 *   other split, n for m     the same contracts; strike x m / n, and n / m of the shares, which
 * then also count for strike and premium (3 for 2: 150); an adjusted root reverse split, 1 for m
 * the same contracts, strike and multiplier; 1 / m of the shares are delivered; an adjusted root
 *   special cash dividend    strike less the dividend; nothing else changes. Ordinary dividends,
 * those paid by policy or practice, never adjust; nor do special ones below 12.50 dollars a
 * contract.
 *
 * Strikes are rounded to the cent, as OCC does since 2010 ?; shares that are not whole are paid in
 * cash. Spin-offs, mergers and elections need their memo: this file has nothing for them.
 */
#ifndef DOMAIN_LIFE_ADJUST_H
#define DOMAIN_LIFE_ADJUST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/types/contract.h"
#include "domain/types/money.h"

/* What one contract delivers. The strike is paid for contract.multiplier shares whatever is
 * delivered. */
struct deliverable {
    int32_t shares;       /* whole */
    int32_t fraction_ppm; /* of one more share, paid in cash at its price; parts per million */
    int64_t cash;         /* micros a contract, fixed */
};

/* By its root, which OCC ends in a digit (XYZ1): a contract that a corporate action made, and that
 * need not deliver what an ordinary one does. What it delivers only its memo says. */
bool contract_is_adjusted(const struct contract *contract);

/* A lot as it is before or after. */
struct adjusted {
    struct contract contract;
    struct deliverable deliverable;
    int64_t quantity; /* signed contracts */
};

/* Of an ordinary contract: its multiplier in shares. */
struct deliverable deliverable_standard(const struct contract *contract);
bool deliverable_is_standard(const struct contract *contract,
                             const struct deliverable *deliverable);

/*
 * A split of `to` new shares for `from` old ones, both > 0; changes lot.
 * Errors: ERR_RANGE when a strike would be below a tenth of a cent or a number does not fit,
 * ERR_UNSUPPORTED when the root has no room for another adjustment; *lot is then untouched.
 */
NODISCARD enum err adjust_split(struct adjusted *lot, int32_t to, int32_t from);

/* Is a special dividend of so much a share, micros, large enough to adjust contracts of this
 * many shares? */
bool adjust_dividend_counts(int64_t amount, int32_t shares);

/*
 * A special cash dividend, micros a share > 0; changes lot, or leaves it when the dividend is too
 * small. Errors: ERR_UNSUPPORTED when it takes the strike to 0 or below (a person must read OCC's
 * memo).
 */
NODISCARD enum err adjust_special_dividend(struct adjusted *lot, int64_t amount);

/* Shares after a split, long positive; *cash is what the fraction brings at `price`, the new
 * share's. */
int64_t adjust_shares(int64_t shares, int32_t to, int32_t from, int64_t price, int64_t *cash);

#endif
