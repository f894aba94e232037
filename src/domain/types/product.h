/*
 * What an option root means on a day: its underlying, style, settlement, multiplier and ticks.
 *
 * The terms are dated rows with their source (products.def). A root without a row is an option on
 * the stock of that name, such as AAPL; a root that ends in a digit (AAPL1) is an adjusted one: its
 * deliverable is in an OCC memo, not here, so it is marked and must not be priced without it.
 * Start at product_contract(), which makes a whole contract of a symbol.
 */
#ifndef DOMAIN_TYPES_PRODUCT_H
#define DOMAIN_TYPES_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/calendar.h"
#include "domain/types/contract.h"
#include "domain/types/occ_symbol.h"

enum last_trade { LAST_TRADE_ON_EXPIRY, LAST_TRADE_DAY_BEFORE };

#define PRODUCT_TICK_BREAK_MICROS INT64_C(3000000)

struct product {
    char root[CONTRACT_ROOT_BYTES];       /* as asked */
    char underlying[CONTRACT_ROOT_BYTES]; /* SPX for SPXW; AAPL for AAPL1 */
    int32_t valid_from, valid_to;         /* inclusive */
    enum option_style style;
    enum settle_time settle;
    enum delivery delivery;
    int32_t multiplier;
    int64_t tick_below_micros; /* prices below 3.00 */
    int64_t tick_above_micros; /* from 3.00 */
    enum last_trade last_trade;
    enum session session; /* of series that do not expire today */
    bool is_adjusted; /* not standard: deliverable unknown, or a binary option. Do not price it. */
    const char *source;
};

/*
 * The terms of a root on a day. root is 1 to 6 of A-Z and 0-9.
 * Errors: ERR_PARSE for no root or no date; ERR_RANGE when the root is known, but not on that day.
 */
NODISCARD enum err product_get(struct product *out, struct str root, int32_t date);

/* The same for the option's expiry: which terms a contract has is settled by when it expires. */
NODISCARD enum err product_contract(struct contract *out, const struct occ_symbol *symbol);

/* The underlying of a root: "SPX" of "SPXW", "AAPL" of "AAPL1"; out is NUL-padded. */
void product_underlying(char out[CONTRACT_ROOT_BYTES], struct str root);

/* All standard roots with rows of their own whose underlying is this one; returns how many, at most
 * max. */
size_t product_roots(const char *underlying, const char *roots[], size_t max);

/* The smallest price step at a price, micros > 0. */
int64_t product_tick(const struct product *product, int64_t price_micros);

/*
 * When a contract is worth its settlement value, and when it can last be traded; UTC nanoseconds.
 *   settles      PM: 16:00 New York, 13:00 on half days. AM: 09:30 (12:00 on 2002-09-11).
 *   last trade   PM: the same moment. AM: 16:15 (13:15) of the business day before.
 * An expiry on a closed day, as the Saturdays that symbols wrote before February 2015, settles on
 * the business day before.
 * Errors: ERR_RANGE when the expiry lies beyond the calendar.
 */
NODISCARD enum err contract_settle_day(const struct contract *contract, const struct calendar *cal,
                                       int32_t *out_date);
NODISCARD enum err contract_settle_ts(const struct contract *contract, const struct calendar *cal,
                                      int64_t *out_ts_ns);
NODISCARD enum err contract_last_trade_ts(const struct contract *contract,
                                          const struct calendar *cal, int64_t *out_ts_ns);

#endif
