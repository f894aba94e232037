/*
 * An order in words no broker owns: a package of legs at one signed net price.
 *
 *     1 iron condor for a credit of 1.25:  legs -1 +1 -1 +1, quantity 1, net_price -1250000
 *
 * struct order_terms is what is wanted; nothing here knows whether it was sent (order_set.h) nor
 * what a broker can do (capability.h). A value type: nothing to free, safe to copy and to hash once
 * order_terms_init() has zeroed it.
 *
 * Numbers. Prices are micros a share. A net price is cash a share of one package: + pays (debit),
 * - receives (credit), 0 is even; also for one leg, so a sale at 1.25 is -1250000. Stock beside
 * options counts per share of the contract multiplier: 100 shares and one call net their prices.
 * Stop and trail prices are unsigned instrument prices. Quantities are whole: packages, contracts,
 * shares. The legs of a package hold ratio * quantity each; ratios have no common divisor, but for
 * stock alone, which counts in shares.
 */
#ifndef DOMAIN_ORDERS_ORDER_H
#define DOMAIN_ORDERS_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/contract.h"
#include "domain/types/money.h"

enum {
    PACKAGE_LEGS_MAX = 9, /* eight options and the stock */
    ORDER_CONDITIONS_MAX = 2,
    ORDER_QUANTITY_MAX = 10000000, /* packages; of stock alone, shares */
    ORDER_RATIO_MAX = 100000,
};
#define ORDER_PRICE_MAX (INT64_C(1000000) * MICROS_PER_DOLLAR)

enum order_type {
#define ORDER_TYPE(id, word, limit, stop, trail, text) id,
#include "domain/orders/order_types.def"
#undef ORDER_TYPE
    ORDER_TYPE_COUNT
};

enum order_tif {
#define ORDER_TIF(id, word, text) id,
#include "domain/orders/order_tifs.def"
#undef ORDER_TIF
    ORDER_TIF_COUNT
};

enum order_session { ORDER_REGULAR, ORDER_EXTENDED, ORDER_OVERNIGHT, ORDER_SESSION_COUNT };

enum leg_effect { LEG_AUTO, LEG_OPEN, LEG_CLOSE };

enum order_flags {
    ORDER_ALL_OR_NONE = 1,   /* no partial fill of the package */
    ORDER_GUARANTEED = 2,    /* the package trades as one, or not at all (IBKR: NonGuaranteed=0) */
    ORDER_STRICT_EFFECT = 4, /* refuse rather than turn an opening into a closing leg */
    ORDER_OUTSIDE_HOURS = 8, /* may trigger and fill outside the regular session */
    ORDER_REDUCES = 16,      /* only closes: allowed when halted or in reduce-only */
    ORDER_FLAGS_ALL = 31,
};

enum trigger_method { TRIGGER_MID, TRIGGER_LAST, TRIGGER_BID_ASK, TRIGGER_METHOD_COUNT };

enum condition_kind {
    CONDITION_NONE,
    CONDITION_UNDERLYING_ABOVE,
    CONDITION_UNDERLYING_BELOW,
    CONDITION_TIME_AFTER
};

/* What must hold before the order works. */
struct order_condition {
    enum condition_kind kind;
    int64_t value; /* micros of the underlying, or nanoseconds since 1970 */
};

/*
 * Groups. OCO: what one member fills, the others no longer may. OTO: a child is sent when its
 * parent fills, for as much as it filled. A bracket is both: a parent with a profit and a stop
 * child, which cancel one another; once one of them filled, the rest of the parent is canceled, as
 * nothing would close it.
 */
enum group_kind { GROUP_NONE, GROUP_OCO, GROUP_OTO, GROUP_BRACKET, GROUP_KIND_COUNT };
enum group_role {
    ROLE_NONE,
    ROLE_MEMBER,
    ROLE_PARENT,
    ROLE_CHILD,
    ROLE_PROFIT,
    ROLE_STOP,
    ROLE_COUNT
};

struct order_links {
    uint64_t group;  /* any number above 0 that the members share; 0: alone */
    uint64_t parent; /* order id of a child's parent; 0: none */
    enum group_kind kind;
    enum group_role role;
};

struct package_leg {
    bool is_stock; /* shares of the order's underlying; contract is then not read */
    enum leg_effect effect;
    struct contract contract;
    int64_t ratio;               /* signed, a package: + buy, - sell; contracts or shares; not 0 */
    int64_t bid, ask;            /* micros when it was decided; PRICE_NONE: no quote on that side */
    uint32_t bid_size, ask_size; /* displayed then; SIZE_NONE: not known */
};

/* What a replace may change. */
struct order_edit {
    int64_t quantity; /* packages in all, what is filled included; > 0 */
    enum order_type type;
    int64_t net_price;  /* of types with a limit, else PRICE_NONE */
    int64_t stop_price; /* of types with a stop, else PRICE_NONE */
    enum order_tif tif;
    int64_t tif_until; /* GTD: yyyymmdd; MINUTES: how many, 1 to 1440; else 0 */
};

struct order_terms {
    char underlying[16];       /* "SPX", NUL-padded */
    uint32_t underlying_index; /* the kernel's number of it; carried along */
    uint64_t trade_id; /* the group of lots this belongs to: a strategy's trade or a person's */
    uint32_t host;     /* which strategy, person or agent asked; the kernel's number */
    uint32_t purpose;  /* why: the kernel's word, carried along */
    int32_t day;       /* trading day, yyyymmdd */
    int leg_count;
    struct package_leg legs[PACKAGE_LEGS_MAX];
    struct order_edit edit;
    int64_t trail_amount; /* micros, > 0; of trailing types one of these two, else PRICE_NONE */
    int32_t trail_ppm;    /* parts per million of the price; else 0 */
    enum trigger_method trigger;
    enum order_session session;
    uint32_t flags;           /* enum order_flags */
    int64_t display_quantity; /* shown at most; 0: all */
    int64_t notional;         /* ORDER_NOTIONAL: micros, > 0; else 0 */
    struct order_links links;
    struct order_condition conditions[ORDER_CONDITIONS_MAX];
    char route[16]; /* "SMART", "CBOE"; "": the broker's choice */
    uint64_t ext;   /* number of a stored text with settings for one broker alone; 0: none */
};

/* An order for the day at the market, without legs and owners, all bytes set. */
void order_terms_init(struct order_terms *terms);
/* Add a leg; its quotes are unknown. NULL when all places are taken. */
struct package_leg *order_terms_option(struct order_terms *terms, const struct contract *contract,
                                       int64_t ratio);
struct package_leg *order_terms_stock(struct order_terms *terms, int64_t ratio);

/*
 * Does it make sense at all, whoever is to trade it? Errors: ERR_RANGE naming field, value and what
 * is allowed. order_edit_check() asks the same of a replacement for an order of which filled
 * packages are filled already.
 */
NODISCARD enum err order_terms_check(const struct order_terms *terms);
NODISCARD enum err order_edit_check(const struct order_terms *terms, const struct order_edit *edit,
                                    int64_t filled);

/* Shares a contract, of the package's options; 1 for stock alone. */
int64_t order_terms_multiplier(const struct order_terms *terms);
/* Shares that one unit of a leg moves cash by: multiplier of an option, 1 of stock. */
static inline int64_t package_leg_multiplier(const struct package_leg *leg)
{
    return leg->is_stock ? 1 : leg->contract.multiplier;
}

/* Net price of one package at these leg prices: micros a share, + debit, - credit. */
int64_t package_net(const struct order_terms *terms, const int64_t prices[]);
/* At the mids, the near sides and the far sides of the quotes in the legs; PRICE_NONE when a needed
 * side is missing. Far: buys at the ask, sells at the bid: the synthetic touch one can hit. */
int64_t package_net_mid(const struct order_terms *terms);
int64_t package_net_far(const struct order_terms *terms);
int64_t package_net_near(const struct order_terms *terms);

/* "2x SPX -1 SPXW 240119 4700P +1 SPXW 240119 4650P limit -1.25 day": one line for people. */
enum { ORDER_TEXT_BYTES = 512 };
void order_terms_format(char out[ORDER_TEXT_BYTES], const struct order_terms *terms);

const char *order_type_name(enum order_type type);
const char *order_type_text(enum order_type type);
bool order_type_has_limit(enum order_type type);
bool order_type_has_stop(enum order_type type);
bool order_type_trails(enum order_type type);
const char *order_tif_name(enum order_tif tif);
const char *order_tif_text(enum order_tif tif);
const char *order_session_name(enum order_session session);
/* "limit", "gtc". Errors: ERR_PARSE listing the words. */
NODISCARD enum err order_type_parse(enum order_type *out, struct str text);
NODISCARD enum err order_tif_parse(enum order_tif *out, struct str text);

#endif
