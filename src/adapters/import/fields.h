/*
 * The text of a field as a value. All return false, *out untouched, when the text is none; an empty
 * field is "not given" (PRICE_NONE, SIZE_NONE, NaN, 0 for a date) and true.
 */
#ifndef ADAPTERS_IMPORT_FIELDS_H
#define ADAPTERS_IMPORT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Dollars to micros. More than six decimals, and exponents, are rounded and set *rounded. */
bool field_price(struct str text, int64_t *micros, bool *rounded);

/* A count, also written "12.0"; above 4 billion it does not fit. */
bool field_size(struct str text, uint32_t *out);
bool field_volume(struct str text, int64_t *out); /* the same for stocks; -1 when empty */

/* "5 x 10": the one on the given side of the x; either may be missing. */
bool field_size_pair(struct str text, int side, uint32_t *out);

bool field_double(struct str text, double *out);

enum date_order { DATES_AUTO, DATES_DAY_FIRST }; /* 05/21/2019 and ISO; 21/05/2019, 21.05.2019 */
bool field_date(struct str text, enum date_order order, int32_t *out);

#endif
