/*
 * The worst that a package can lose at expiry: the number that limits of position count.
 *
 * At the expiry of the last short, at any price of the underlying from 0 up, options are worth what
 * exercise is, and longs that live longer at least that. A long that expires before a short of its
 * right covers nothing and counts as nothing. The loss is piecewise linear in the price, so its
 * maximum lies at 0, at a strike, or beyond the highest one, where it is without bound when more
 * calls (or shares) are short than long. What is paid or received for the package counts in.
 *
 * A naked call has no worst loss; rise_ppm says how far up such a one is followed instead when the
 * caller wants a number (the regulators' 15 % up would be 1150000).
 */
#ifndef DOMAIN_RISK_LOSS_H
#define DOMAIN_RISK_LOSS_H

#include "domain/risk/risk.h"
#include "domain/types/contract.h"

enum { LOSS_LEGS_MAX = 16 };

struct loss_leg {
    const struct contract *contract; /* NULL: shares of the underlying */
    int64_t quantity;                /* contracts or shares of one package, signed */
};

/*
 * Micros, >= 0, of one package.
 *   debit    micros paid for it in all (multiplier counted), negative is a credit; with fees
 *   level    of the underlying, micros > 0; rise_ppm of it is the highest price looked at, 0: as
 * far as it takes, so that RISK_OFF comes back when there is no bound Options are of one
 * underlying. PRICE_NONE when there are more legs than LOSS_LEGS_MAX, an option is adjusted out of
 * all bounds, or a sum does not fit.
 */
int64_t loss_at_expiry(const struct loss_leg *legs, size_t leg_count, int64_t debit, int64_t level,
                       int64_t rise_ppm);

#endif
