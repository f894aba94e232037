/* Inside risk: sums that say when they do not fit. */
#ifndef DOMAIN_RISK_RISK_INT_H
#define DOMAIN_RISK_RISK_INT_H

#include "domain/risk/risk.h"

__extension__ typedef __int128 int128;

/* *sum += each x count; false when it does not fit, *sum then as it was. */
NODISCARD bool risk_add_product(int64_t *sum, int64_t each, int64_t count);

/* What per cents are of, PRICE_NONE when unknown. */
int64_t risk_equity(const struct risk_account *account);

#endif
