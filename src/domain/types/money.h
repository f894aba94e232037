/*
 * Money and prices outside pricing: int64_t micro-dollars (1e-6 dollar, or 1e-6 index point).
 * Arithmetic that could overflow is checked; a price that does not fit exactly is an error.
 */
#ifndef DOMAIN_TYPES_MONEY_H
#define DOMAIN_TYPES_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

#define MICROS_PER_DOLLAR INT64_C(1000000)
#define MICROS_PER_CENT INT64_C(10000)
#define MICROS_PER_MILL INT64_C(1000)

/* There is no price: a side without a quote, an untraded last. Never zero, which is a price. */
#define PRICE_NONE INT64_MIN
/* There is no size: the source does not give one. */
#define SIZE_NONE UINT32_MAX

/* Sums and products that abort on overflow: the caller has bounded its inputs. */
int64_t money_add(int64_t a, int64_t b);
int64_t money_sub(int64_t a, int64_t b);
int64_t money_mul(int64_t micros, int64_t count);

/* The same for numbers from outside: false on overflow, *out untouched. */
NODISCARD bool money_try_add(int64_t a, int64_t b, int64_t *out);
NODISCARD bool money_try_mul(int64_t micros, int64_t count, int64_t *out);

/* Nearest micro, halves away from zero. dollars must be finite and below 9e12 in size. */
int64_t money_from_dollars(double dollars);
static inline double money_to_dollars(int64_t micros)
{
    return (double)micros / 1e6;
}

/* Nearest multiple of step > 0 (micros), halves away from zero; toward plus/minus infinity. */
int64_t money_round(int64_t micros, int64_t step);
int64_t money_floor(int64_t micros, int64_t step);
int64_t money_ceil(int64_t micros, int64_t step);

/* Databento's 1e-9 prices: false when the last three digits are not zero, or it is undefined. */
NODISCARD bool money_from_nanos(int64_t nanos, int64_t *out_micros);

/* "-1234.5678": as many decimals as needed, at least min_decimals (0 to 6). */
enum { MONEY_TEXT_BYTES = 32 };
void money_format(char out[MONEY_TEXT_BYTES], int64_t micros, int min_decimals);

/* "1,234.57": thousands separated, rounded to cents: for people. */
void money_format_people(char out[MONEY_TEXT_BYTES], int64_t micros);

/* Exactly, up to 6 decimals; false otherwise. */
NODISCARD bool money_parse(struct str text, int64_t *out_micros);

#endif
