/*
 * Orders as they leave the kernel: packages of legs, with what the kernel saw when it decided.
 */
#ifndef KERNEL_PORTS_ORDER_H
#define KERNEL_PORTS_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/types/contract.h"
#include "kernel/ports/event.h"

#define ORDER_NUMBER_BYTES 21 /* 20 characters [a-z0-9] and a NUL: the id every broker gets */

enum order_purpose { PURPOSE_OPEN, PURPOSE_CLOSE, PURPOSE_ROLL, PURPOSE_HEDGE, PURPOSE_STOCK };

struct order_leg {
    bool is_stock;
    bool closes;                /* reduces a position that is held */
    struct contract contract;   /* when not stock */
    int64_t ratio;              /* signed, a unit: + buy, - sell; contracts or shares */
    int64_t bid, ask;           /* micros at the instant of the decision; PRICE_NONE missing */
    uint32_t bid_size, ask_size; /* displayed; SIZE_NONE not given */
};

struct order {
    uint64_t id;
    uint64_t trade_id;
    int64_t ts_ns;
    int32_t day;
    enum order_purpose purpose;
    char underlying[16];
    int64_t units; /* > 0: times each leg's ratio */
    int leg_count;
    struct order_leg legs[ORDER_LEGS_MAX];
};

/* "if" + the number in base 36, padded to 20 characters. */
void order_number(char out[ORDER_NUMBER_BYTES], uint64_t id);

/* Net mid of one unit, micros a share: + debit, - credit. PRICE_NONE when a leg has no two-sided
 * quote. Stock counts per share of the contract multiplier. */
int64_t order_net_mid(const struct order *order);

/* Net price of one unit at these leg prices, micros a share: + debit, - credit. */
int64_t order_net(const struct order *order, const struct fill_leg *legs);

const char *order_purpose_name(enum order_purpose purpose);

/* The mid of a quote, or PRICE_NONE without two sides. A zero bid counts as a price of zero. */
static inline int64_t quote_mid(int64_t bid, int64_t ask)
{
    if (bid == PRICE_NONE || ask == PRICE_NONE || ask <= 0 || bid > ask || bid < 0)
        return PRICE_NONE;
    return bid + (ask - bid) / 2;
}

#endif
