/*
 * One listed option contract: the identity that symbols, stores and positions share.
 *
 * A value type: compare with contract_compare(), never with memcmp of other people's bytes.
 * Everything that depends on the root and the date (style, settlement, ticks) is a row of the
 * product table, product.h; it is copied here when the contract is made.
 */
#ifndef DOMAIN_TYPES_CONTRACT_H
#define DOMAIN_TYPES_CONTRACT_H

#include <stdbool.h>
#include <stdint.h>

enum option_right { OPTION_CALL = 'C', OPTION_PUT = 'P' };
enum option_style { STYLE_AMERICAN = 'A', STYLE_EUROPEAN = 'E' };
enum settle_time { SETTLE_AM = 'a', SETTLE_PM = 'p' };
enum delivery { DELIVERY_CASH = 'c', DELIVERY_PHYSICAL = 's' };

#define CONTRACT_ROOT_BYTES 8

struct contract {
    char root[CONTRACT_ROOT_BYTES]; /* "SPXW", NUL-padded to the end */
    int32_t expiry;                 /* yyyymmdd, as written in the symbol */
    int32_t strike_mills;           /* 1/1000 dollar, > 0 */
    int32_t multiplier;             /* shares or dollars a point, 100 */
    char right;                     /* enum option_right, style, settle_time, delivery */
    char style;
    char settle;
    char delivery;
};

/* By expiry, root, strike, right (calls first): <0, 0, >0. Two that compare 0 are the same. */
int contract_compare(const struct contract *a, const struct contract *b);

static inline int64_t contract_strike_micros(const struct contract *c)
{
    return (int64_t)c->strike_mills * 1000;
}

/* What exercise is worth a share, micros, at this underlying: never negative. */
static inline int64_t contract_intrinsic(const struct contract *c, int64_t underlying_micros)
{
    int64_t strike = contract_strike_micros(c);
    int64_t gain =
        c->right == OPTION_CALL ? underlying_micros - strike : strike - underlying_micros;
    return gain > 0 ? gain : 0;
}

#endif
