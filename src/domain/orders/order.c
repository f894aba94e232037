#include "domain/orders/order.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"

static const struct {
    const char *name, *text;
    bool limit, stop, trail;
} types[] = {
#define ORDER_TYPE(id, word, limit, stop, trail, text) { word, text, limit, stop, trail },
#include "domain/orders/order_types.def"
#undef ORDER_TYPE
};

static const struct {
    const char *name, *text;
} tifs[] = {
#define ORDER_TIF(id, word, text) { word, text },
#include "domain/orders/order_tifs.def"
#undef ORDER_TIF
};

const char *order_type_name(enum order_type type)
{
    MUST((unsigned)type < ORDER_TYPE_COUNT);
    return types[type].name;
}

const char *order_type_text(enum order_type type)
{
    MUST((unsigned)type < ORDER_TYPE_COUNT);
    return types[type].text;
}

bool order_type_has_limit(enum order_type type)
{
    return types[type].limit;
}

bool order_type_has_stop(enum order_type type)
{
    return types[type].stop;
}

bool order_type_trails(enum order_type type)
{
    return types[type].trail;
}

const char *order_tif_name(enum order_tif tif)
{
    MUST((unsigned)tif < ORDER_TIF_COUNT);
    return tifs[tif].name;
}

const char *order_tif_text(enum order_tif tif)
{
    MUST((unsigned)tif < ORDER_TIF_COUNT);
    return tifs[tif].text;
}

const char *order_session_name(enum order_session session)
{
    static const char *const names[] = { "regular", "extended", "overnight" };
    MUST((unsigned)session < ORDER_SESSION_COUNT);
    return names[session];
}

enum err order_type_parse(enum order_type *out, struct str text)
{
    for (int i = 0; i < ORDER_TYPE_COUNT; i++) {
        if (str_is(text, types[i].name)) {
            *out = (enum order_type)i;
            return ERR_OK;
        }
    }
    return err_set(ERR_PARSE,
                   "order type \"%.*s\" is not one of market, limit, stop, stop_limit, trail_stop, "
                   "trail_limit, marketable_limit, notional",
                   STR_ARG(text));
}

enum err order_tif_parse(enum order_tif *out, struct str text)
{
    for (int i = 0; i < ORDER_TIF_COUNT; i++) {
        if (str_is(text, tifs[i].name)) {
            *out = (enum order_tif)i;
            return ERR_OK;
        }
    }
    return err_set(
        ERR_PARSE,
        "time in force \"%.*s\" is not one of day, gtc, gtd, ioc, fok, opg, clo, minutes",
        STR_ARG(text));
}

void order_terms_init(struct order_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    terms->edit.net_price = terms->edit.stop_price = PRICE_NONE;
    terms->trail_amount = PRICE_NONE;
}

static struct package_leg *leg_add(struct order_terms *terms, int64_t ratio)
{
    if (terms->leg_count == PACKAGE_LEGS_MAX)
        return NULL;
    struct package_leg *leg = &terms->legs[terms->leg_count++];
    leg->ratio = ratio;
    leg->bid = leg->ask = PRICE_NONE;
    leg->bid_size = leg->ask_size = SIZE_NONE;
    return leg;
}

struct package_leg *order_terms_option(struct order_terms *terms, const struct contract *contract,
                                       int64_t ratio)
{
    struct package_leg *leg = leg_add(terms, ratio);
    if (leg)
        leg->contract = *contract;
    return leg;
}

struct package_leg *order_terms_stock(struct order_terms *terms, int64_t ratio)
{
    struct package_leg *leg = leg_add(terms, ratio);
    if (leg)
        leg->is_stock = true;
    return leg;
}

static int64_t absolute(int64_t x)
{
    return x < 0 ? -x : x;
}

static enum err check_price(const char *what, bool wanted, int64_t price, int64_t least)
{
    if (!wanted)
        return price == PRICE_NONE
                   ? ERR_OK
                   : err_set(ERR_RANGE, "%s: this order type has none, yet it is %lld micros", what,
                             (long long)price);
    if (price == PRICE_NONE)
        return err_set(ERR_RANGE, "%s: is missing, and this order type needs it", what);
    if (price < least || price > ORDER_PRICE_MAX)
        return err_set(ERR_RANGE, "%s: %lld micros is not between %lld and %lld", what,
                       (long long)price, (long long)least, (long long)ORDER_PRICE_MAX);
    return ERR_OK;
}

enum err order_edit_check(const struct order_terms *terms, const struct order_edit *edit,
                          int64_t filled)
{
    if ((unsigned)edit->type >= ORDER_TYPE_COUNT || (unsigned)edit->tif >= ORDER_TIF_COUNT)
        return err_set(ERR_RANGE, "order type %d or time in force %d: there is no such",
                       (int)edit->type, (int)edit->tif);
    if (edit->quantity < 1 || edit->quantity > ORDER_QUANTITY_MAX)
        return err_set(ERR_RANGE, "quantity: %lld is not between 1 and %d",
                       (long long)edit->quantity, (int)ORDER_QUANTITY_MAX);
    if (edit->quantity < filled)
        return err_set(ERR_RANGE,
                       "quantity: %lld is below the %lld that are filled; at least %lld would pass",
                       (long long)edit->quantity, (long long)filled, (long long)filled);
    enum err err = check_price("net_price", order_type_has_limit(edit->type), edit->net_price,
                               -ORDER_PRICE_MAX);
    if (!err)
        err = check_price(
            "stop_price", order_type_has_stop(edit->type), edit->stop_price,
            terms->leg_count == 1 ? 1 : -ORDER_PRICE_MAX); /* of one leg a price: always above 0 */
    if (err)
        return err;
    if (edit->tif == ORDER_GTD &&
        !(edit->tif_until <= INT32_MAX && date_is_valid((int32_t)edit->tif_until)))
        return err_set(ERR_RANGE, "tif_until: %lld is no date yyyymmdd, which gtd needs",
                       (long long)edit->tif_until);
    if (edit->tif == ORDER_MINUTES && (edit->tif_until < 1 || edit->tif_until > 1440))
        return err_set(ERR_RANGE, "tif_until: %lld minutes is not between 1 and 1440",
                       (long long)edit->tif_until);
    if (edit->tif != ORDER_GTD && edit->tif != ORDER_MINUTES && edit->tif_until)
        return err_set(ERR_RANGE, "tif_until: %lld, but %s has no end of its own",
                       (long long)edit->tif_until, order_tif_name(edit->tif));
    if ((terms->flags & ORDER_ALL_OR_NONE) && edit->tif == ORDER_IOC)
        return err_set(ERR_RANGE, "all-or-none with ioc: ask for fok");
    return ERR_OK;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static enum err check_legs(const struct order_terms *terms)
{
    if (terms->leg_count < 1 || terms->leg_count > PACKAGE_LEGS_MAX)
        return err_set(ERR_RANGE, "legs: %d is not between 1 and %d", terms->leg_count,
                       (int)PACKAGE_LEGS_MAX);
    int64_t divisor = 0, multiplier = 0;
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        if (!leg->ratio || absolute(leg->ratio) > ORDER_RATIO_MAX)
            return err_set(ERR_RANGE, "legs[%d].ratio: %lld is 0 or beyond %d", i,
                           (long long)leg->ratio, (int)ORDER_RATIO_MAX);
        divisor = common_divisor(absolute(leg->ratio), divisor);
        if (!leg->is_stock &&
            (leg->contract.strike_mills <= 0 || leg->contract.multiplier <= 0 ||
             (leg->contract.right != OPTION_CALL && leg->contract.right != OPTION_PUT)))
            return err_set(ERR_RANGE, "legs[%d].contract: strike, multiplier or right is not set",
                           i);
        if (!leg->is_stock && multiplier && multiplier != leg->contract.multiplier)
            return err_set(
                ERR_RANGE,
                "legs[%d].contract: multiplier %d beside %lld; such legs need orders of their own",
                i, leg->contract.multiplier, (long long)multiplier);
        if (!leg->is_stock)
            multiplier = leg->contract.multiplier;
        for (int j = 0; j < i; j++)
            if (leg->is_stock == terms->legs[j].is_stock &&
                (leg->is_stock || contract_compare(&leg->contract, &terms->legs[j].contract) == 0))
                return err_set(ERR_RANGE,
                               "legs[%d]: the same instrument as legs[%d]; add their ratios", i, j);
    }
    if (divisor != 1)
        return err_set(
            ERR_RANGE,
            "legs: ratios have the common divisor %lld; divide them and multiply the quantity",
            (long long)divisor);
    return ERR_OK;
}

static enum err check_trail(const struct order_terms *terms)
{
    bool by_amount = terms->trail_amount != PRICE_NONE;
    if (!order_type_trails(terms->edit.type))
        return by_amount || terms->trail_ppm ? err_set(ERR_RANGE, "trail: %s does not trail",
                                                       order_type_name(terms->edit.type))
                                             : ERR_OK;
    if (by_amount == (terms->trail_ppm != 0))
        return err_set(ERR_RANGE, "trail: give an amount or parts per million, one of both");
    if (by_amount && (terms->trail_amount <= 0 || terms->trail_amount > ORDER_PRICE_MAX))
        return err_set(ERR_RANGE, "trail_amount: %lld micros is not above 0",
                       (long long)terms->trail_amount);
    if (!by_amount && (terms->trail_ppm < 1 || terms->trail_ppm >= 1000000))
        return err_set(ERR_RANGE, "trail_ppm: %d is not between 1 and 999999", terms->trail_ppm);
    return ERR_OK;
}

static enum err check_links(const struct order_links *links)
{
    if ((unsigned)links->kind >= GROUP_KIND_COUNT || (unsigned)links->role >= ROLE_COUNT)
        return err_set(ERR_RANGE, "links: group kind %d or role %d: there is no such",
                       (int)links->kind, (int)links->role);
    if ((links->kind == GROUP_NONE) != (links->group == 0) ||
        (links->kind == GROUP_NONE) != (links->role == ROLE_NONE))
        return err_set(ERR_RANGE, "links: group, kind and role go together");
    bool child =
        links->role == ROLE_CHILD || links->role == ROLE_PROFIT || links->role == ROLE_STOP;
    if (child != (links->parent != 0))
        return err_set(ERR_RANGE, "links: a child names its parent, and nobody else does");
    static const uint32_t roles[] = { [GROUP_NONE] = 1u << ROLE_NONE,
                                      [GROUP_OCO] = 1u << ROLE_MEMBER,
                                      [GROUP_OTO] = 1u << ROLE_PARENT | 1u << ROLE_CHILD,
                                      [GROUP_BRACKET] =
                                          1u << ROLE_PARENT | 1u << ROLE_PROFIT | 1u << ROLE_STOP };
    if (!(roles[links->kind] >> links->role & 1))
        return err_set(ERR_RANGE, "links: this role is not one of its kind of group");
    return ERR_OK;
}

enum err order_terms_check(const struct order_terms *terms)
{
    enum err err = check_legs(terms);
    if (!err)
        err = order_edit_check(terms, &terms->edit, 0);
    if (!err)
        err = check_trail(terms);
    if (!err)
        err = check_links(&terms->links);
    if (err)
        return err;
    if ((unsigned)terms->session >= ORDER_SESSION_COUNT ||
        (unsigned)terms->trigger >= TRIGGER_METHOD_COUNT ||
        (terms->flags & ~(uint32_t)ORDER_FLAGS_ALL))
        return err_set(ERR_RANGE, "session %d, trigger %d or flags %u: there is no such",
                       (int)terms->session, (int)terms->trigger, terms->flags);
    if (terms->display_quantity < 0 || terms->display_quantity > terms->edit.quantity)
        return err_set(ERR_RANGE, "display_quantity: %lld is not between 0 and the quantity %lld",
                       (long long)terms->display_quantity, (long long)terms->edit.quantity);
    if ((terms->edit.type == ORDER_NOTIONAL) != (terms->notional > 0) || terms->notional < 0)
        return err_set(ERR_RANGE,
                       "notional: %lld micros; a notional order has one above 0, others none",
                       (long long)terms->notional);
    if (terms->edit.type == ORDER_NOTIONAL && (terms->leg_count != 1 || !terms->legs[0].is_stock))
        return err_set(ERR_RANGE, "notional: only one leg of stock can be bought by the dollar");
    for (int i = 0; i < ORDER_CONDITIONS_MAX; i++)
        if ((unsigned)terms->conditions[i].kind > CONDITION_TIME_AFTER ||
            (terms->conditions[i].kind != CONDITION_NONE && terms->conditions[i].value <= 0))
            return err_set(ERR_RANGE,
                           "conditions[%d]: no such kind, or a value that is not above 0", i);
    return ERR_OK;
}

int64_t order_terms_multiplier(const struct order_terms *terms)
{
    for (int i = 0; i < terms->leg_count; i++)
        if (!terms->legs[i].is_stock)
            return terms->legs[i].contract.multiplier;
    return 1;
}

int64_t package_net(const struct order_terms *terms, const int64_t prices[])
{
    /* Summed per share of the multiplier and divided once, so that shares that do not make up a
     * whole contract lose less than a micro in all. */
    int64_t multiplier = order_terms_multiplier(terms), net = 0, shares = 0;
    for (int i = 0; i < terms->leg_count; i++) {
        int64_t value = money_mul(prices[i], terms->legs[i].ratio);
        if (terms->legs[i].is_stock)
            shares = money_add(shares, value);
        else
            net = money_add(net, value);
    }
    return money_add(net, shares / multiplier);
}

enum side { SIDE_NEAR, SIDE_MID, SIDE_FAR };

static int64_t net_at(const struct order_terms *terms, enum side side)
{
    int64_t prices[PACKAGE_LEGS_MAX];
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        bool want_ask = (leg->ratio > 0) == (side == SIDE_FAR);
        if (side == SIDE_MID) {
            if (leg->bid == PRICE_NONE || leg->ask == PRICE_NONE || leg->ask <= 0 ||
                leg->bid > leg->ask || leg->bid < 0)
                return PRICE_NONE;
            prices[i] = leg->bid + (leg->ask - leg->bid) / 2;
        } else {
            prices[i] = want_ask ? leg->ask : leg->bid;
            if (prices[i] == PRICE_NONE || prices[i] < 0 || (side == SIDE_FAR && prices[i] == 0))
                return PRICE_NONE;
        }
    }
    return package_net(terms, prices);
}

int64_t package_net_mid(const struct order_terms *terms)
{
    return net_at(terms, SIDE_MID);
}

int64_t package_net_far(const struct order_terms *terms)
{
    return net_at(terms, SIDE_FAR);
}

int64_t package_net_near(const struct order_terms *terms)
{
    return net_at(terms, SIDE_NEAR);
}

struct line {
    char *text;
    size_t len;
};

static void put(struct line *line, const char *format, ...) PRINTF_LIKE(2, 3);
static void put(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->text + line->len, ORDER_TEXT_BYTES - line->len, format, args);
    va_end(args);
    line->len =
        line->len + (size_t)n < ORDER_TEXT_BYTES ? line->len + (size_t)n : ORDER_TEXT_BYTES - 1;
}

void order_terms_format(char out[ORDER_TEXT_BYTES], const struct order_terms *terms)
{
    struct line line = { out, 0 };
    put(&line, "%lldx %s", (long long)terms->edit.quantity, terms->underlying);
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        char strike[MONEY_TEXT_BYTES];
        money_format(strike, contract_strike_micros(&leg->contract), 0);
        if (leg->is_stock)
            put(&line, " %+lld shares", (long long)leg->ratio);
        else
            put(&line, " %+lld %s %06d %s%c", (long long)leg->ratio, leg->contract.root,
                leg->contract.expiry % 1000000, strike, leg->contract.right);
    }
    put(&line, " %s", order_type_name(terms->edit.type));
    char price[MONEY_TEXT_BYTES];
    if (terms->edit.net_price != PRICE_NONE) {
        money_format(price, terms->edit.net_price, 2);
        put(&line, " %s", price);
    }
    if (terms->edit.stop_price != PRICE_NONE) {
        money_format(price, terms->edit.stop_price, 2);
        put(&line, " stop %s", price);
    }
    put(&line, " %s", order_tif_name(terms->edit.tif));
}
