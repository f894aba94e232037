#include "domain/types/money.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

int64_t money_add(int64_t a, int64_t b)
{
    int64_t sum;
    MUST(!__builtin_add_overflow(a, b, &sum));
    return sum;
}

int64_t money_sub(int64_t a, int64_t b)
{
    int64_t difference;
    MUST(!__builtin_sub_overflow(a, b, &difference));
    return difference;
}

int64_t money_mul(int64_t micros, int64_t count)
{
    int64_t product;
    MUST(!__builtin_mul_overflow(micros, count, &product));
    return product;
}

bool money_try_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

bool money_try_mul(int64_t micros, int64_t count, int64_t *out)
{
    int64_t product;
    if (__builtin_mul_overflow(micros, count, &product))
        return false;
    *out = product;
    return true;
}

int64_t money_from_dollars(double dollars)
{
    MUST(isfinite(dollars));
    MUST(fabs(dollars) < 9e12);
    return llround(dollars * 1e6);
}

int64_t money_floor(int64_t micros, int64_t step)
{
    MUST(step > 0);
    int64_t rest = micros % step;
    return money_sub(micros, rest < 0 ? rest + step : rest);
}

int64_t money_ceil(int64_t micros, int64_t step)
{
    int64_t down = money_floor(micros, step);
    return down == micros ? micros : money_add(down, step);
}

int64_t money_round(int64_t micros, int64_t step)
{
    int64_t down = money_floor(micros, step);
    int64_t above = micros - down; /* 0 to step - 1 */
    bool up = above > step - above || (above == step - above && micros > 0);
    return up ? money_add(down, step) : down;
}

bool money_from_nanos(int64_t nanos, int64_t *out)
{
    if (nanos == INT64_MAX || nanos % 1000 != 0)
        return false;
    *out = nanos / 1000;
    return true;
}

void money_format(char out[MONEY_TEXT_BYTES], int64_t micros, int min_decimals)
{
    MUST(min_decimals >= 0);
    MUST(min_decimals <= 6);
    if (micros == PRICE_NONE) {
        snprintf(out, MONEY_TEXT_BYTES, "none");
        return;
    }
    uint64_t size = micros < 0 ? (uint64_t)0 - (uint64_t)micros : (uint64_t)micros;
    char digits[8];
    snprintf(digits, sizeof digits, "%06" PRIu64, size % 1000000);
    int decimals = 6;
    while (decimals > min_decimals && digits[decimals - 1] == '0')
        decimals--;
    snprintf(out, MONEY_TEXT_BYTES, "%s%" PRIu64 "%s%.*s", micros < 0 ? "-" : "", size / 1000000,
             decimals ? "." : "", decimals, digits);
}

void money_format_people(char out[MONEY_TEXT_BYTES], int64_t micros)
{
    if (micros == PRICE_NONE) {
        snprintf(out, MONEY_TEXT_BYTES, "none");
        return;
    }
    uint64_t size = micros < 0 ? (uint64_t)0 - (uint64_t)micros : (uint64_t)micros;
    uint64_t cents = (size + 5000) / 10000;
    char plain[24];
    int len = snprintf(plain, sizeof plain, "%" PRIu64, cents / 100);
    char *at = out;
    if (micros < 0 && cents > 0)
        *at++ = '-';
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *at++ = ',';
        *at++ = plain[i];
    }
    snprintf(at, 4, ".%02u", (unsigned)(cents % 100));
}

bool money_parse(struct str text, int64_t *out)
{
    int64_t value;
    if (!str_to_fixed(text, 6, &value) || value == PRICE_NONE)
        return false;
    *out = value;
    return true;
}
