/*
 * What a broker says of an order: one report is one message, translated, with nothing added.
 *
 * Reports may come late, doubled, reordered or not at all; order_set_report() copes. What makes
 * that possible is the execution's identity: one execution, one struct exec_id, for ever, however
 * often it is told. Brokers without execution ids get derived ones (broker id, leg, cumulative
 * quantity), marked FILL_DERIVED.
 */
#ifndef DOMAIN_ORDERS_REPORT_H
#define DOMAIN_ORDERS_REPORT_H

#include "domain/orders/order.h"

enum order_input {
#define ORDER_INPUT(id, word, source, text) id,
#include "domain/orders/order_inputs.def"
#undef ORDER_INPUT
    ORDER_INPUT_COUNT
};
const char *order_input_name(enum order_input input);

/* 128 bits that stand for an execution. All zero: none. */
struct exec_id {
    uint64_t high, low;
};
static inline bool exec_id_equal(struct exec_id a, struct exec_id b)
{
    return a.high == b.high && a.low == b.low;
}
static inline bool exec_id_is_none(struct exec_id id)
{
    return !id.high && !id.low;
}
/* Of a broker's own text: the text itself up to 16 bytes, a 128-bit hash of a longer one. */
struct exec_id exec_id_from_text(struct str text);
/* Of a broker without any: from its order id, the leg and the quantity so far. */
struct exec_id exec_id_derive(struct str broker_id, int leg, int64_t cumulative);

enum fill_quality {
    FILL_EXACT,   /* as the broker numbered it */
    FILL_DERIVED, /* difference of cumulative figures */
};

/* A fill of the package as a whole, by a broker that tells no leg prices: they stay unknown. */
#define LEG_PACKAGE (-1)

/* micros, >= 0, or PRICE_NONE while not known */
struct fill_costs {
    int64_t commission, exchange, regulatory;
};

struct report_fill {
    struct exec_id exec;
    struct exec_id corrects; /* ORDER_SAID_CORRECT: the execution this one stands for */
    int leg;                 /* index into the order's legs, or LEG_PACKAGE */
    enum fill_quality quality;
    int64_t quantity; /* contracts, shares, or packages; > 0 */
    int64_t price;    /* micros a share, >= 0; of LEG_PACKAGE the signed net price */
    struct fill_costs costs;
};

enum { BROKER_ID_BYTES = 40, REASON_BYTES = 128 };

/* Why not, in words that all brokers share. */
enum reason_code {
    REASON_NONE,
    REASON_AUTH,
    REASON_RATE_LIMITED,
    REASON_INVALID,
    REASON_DUPLICATE_ID,
    REASON_NOT_APPROVED,
    REASON_BUYING_POWER,
    REASON_POSITION_EFFECT,
    REASON_WASH,
    REASON_MARKET_CLOSED,
    REASON_HALTED,
    REASON_UNKNOWN_ORDER,
    REASON_TOO_LATE,
    REASON_NO_QUOTE,
    REASON_BROKER_DOWN,
    REASON_OTHER,
    REASON_CODE_COUNT
};
const char *reason_code_name(enum reason_code code);

struct order_report {
    enum order_input what; /* ORDER_SAID_... */
    uint64_t order_id;
    uint32_t version;                /* which version it speaks of; 0: the broker does not say */
    int64_t ts_ns;                   /* of the broker; TS_NONE unknown */
    char broker_id[BROKER_ID_BYTES]; /* "": not said */
    enum reason_code reason;
    char
        reason_text[REASON_BYTES]; /* the broker's own words, or the venue's: rule, number, limit */
    int64_t filled;                /* packages filled in all, as the broker counts; 0: not said */
    int fill_count;                /* of SAID_FILL, BUST, CORRECT, COSTS: 1 to PACKAGE_LEGS_MAX */
    struct report_fill fills[PACKAGE_LEGS_MAX]; /* BUST, COSTS: exec alone counts, and costs */
};

#endif
