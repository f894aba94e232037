/*
 * What the kernel says of an order beside its terms (domain/orders/order.h): why it was made, and
 * the number the world knows it by.
 */
#ifndef KERNEL_PORTS_ORDER_H
#define KERNEL_PORTS_ORDER_H

#include "domain/orders/order.h"

#define ORDER_NUMBER_BYTES 21 /* 20 characters [a-z0-9] and a NUL: the id every broker gets */

/* order_terms.purpose */
enum order_purpose {
    PURPOSE_OPEN,
    PURPOSE_CLOSE,
    PURPOSE_ROLL,
    PURPOSE_HEDGE,
    PURPOSE_STOCK,  /* sells what an assignment brought */
    PURPOSE_MANUAL, /* a person's or agent's own order */
};
const char *order_purpose_name(enum order_purpose purpose);

/* "if" + the number in base 36, padded to 20 characters. */
void order_number(char out[ORDER_NUMBER_BYTES], uint64_t id);

/* The mid of a quote, or PRICE_NONE without two sides. A zero bid counts as a price of zero. */
static inline int64_t quote_mid(int64_t bid, int64_t ask)
{
    if (bid == PRICE_NONE || ask == PRICE_NONE || ask <= 0 || bid > ask || bid < 0)
        return PRICE_NONE;
    return bid + (ask - bid) / 2;
}

#endif
