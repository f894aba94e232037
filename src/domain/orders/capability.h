/*
 * What a broker can do with an order: data, checked before anything is sent. What a broker cannot
 * express is refused with the reason, never approximated.
 *
 * Every refusal says the rule, the number, the limit and what would pass:
 *     tradier: legs: 5; the limit is 4; packages of at most 4 legs would pass
 */
#ifndef DOMAIN_ORDERS_CAPABILITY_H
#define DOMAIN_ORDERS_CAPABILITY_H

#include "domain/orders/order_set.h"

enum replace_kind { REPLACE_NONE, REPLACE_IN_PLACE, REPLACE_NEW_ID };
enum replace_fields {
    FIELD_PRICE = 1,
    FIELD_QUANTITY = 2,
    FIELD_TYPE = 4,
    FIELD_TIF = 8,
    FIELD_ALL = 15
};
enum dedup_kind {
    DEDUP_NONE, /* find it again by its looks; never resend blindly */
    DEDUP_ECHO, /* our number comes back with the order: ask first */
    DEDUP_SAFE, /* the same number twice is one order: may be sent again */
};
enum fill_detail { DETAIL_LEG_EXACT, DETAIL_LEG_CUMULATIVE, DETAIL_NET };

struct capability {
    const char *name;
    int legs_max;
    bool stock_leg;            /* stock and options in one order */
    uint32_t types, leg_types; /* bits 1 << enum order_type: of packages, of single legs */
    uint32_t tifs;             /* 1 << enum order_tif, with options in the order */
    uint32_t sessions;         /* 1 << enum order_session */
    uint32_t flags;            /* enum order_flags it can honour */
    bool display, conditions;
    int64_t quantity_max;
    enum replace_kind replace;
    uint32_t replace_fields;
    enum dedup_kind dedup;
    bool preview, exec_ids;
    enum fill_detail detail;
    int per_minute; /* orders; 0: not published */
    const char *source;
};

enum capability_rule {
    CAPABILITY_PASSES,
#define CAPABILITY_RULE(id, word, text) id,
#include "domain/orders/capability_rules.def"
#undef CAPABILITY_RULE
    CAPABILITY_RULE_COUNT
};

struct capability_verdict {
    enum capability_rule rule; /* CAPABILITY_PASSES: text is "" */
    int64_t number, limit; /* what it is, what it may be; of sets their bits; prices in micros */
    char text[384];
};

/* By name. Errors: ERR_NOT_FOUND listing the names. */
NODISCARD enum err capability_get(const struct capability **out, struct str name);
/* All rows, for docs and tests. */
const struct capability *capability_rows(size_t *count);

/* May it be sent as it is? True when it passes. terms have passed order_terms_check(). */
bool capability_check(const struct capability *capability, const struct order_terms *terms,
                      struct capability_verdict *out);
/* May a working order be changed so? When not, cancel, wait for its end, send the rest anew. */
bool capability_check_replace(const struct capability *capability, const struct order_state *order,
                              const struct order_edit *edit, struct capability_verdict *out);

/*
 * Against slips of the sign or the decimal point: a limit may be worse than the synthetic touch
 * (package_net_far() of the quotes in the legs) by so many micros at most. Without quotes on every
 * needed side there is nothing to compare with and it passes.
 */
bool order_touch_check(const struct order_terms *terms, int64_t beyond_max,
                       struct capability_verdict *out);

/* The step of net prices, micros: of one option leg its tick at the price, of packages a cent, of
 * SPX packages five cents; stock a cent. And a price moved to a step: down, so that it pays less
 * or receives more. PRICE_NONE has the step of 0. Sources: Cboe contract specifications; product.h
 * for ticks. */
int64_t order_price_step(const struct order_terms *terms, int64_t net_price);
int64_t order_price_fit(const struct order_terms *terms, int64_t net_price);

const char *capability_rule_name(enum capability_rule rule);

#endif
