#include "domain/orders/capability.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/types/product.h"

static const struct capability rows[] = {
#define CAPABILITY(...) { __VA_ARGS__ },
#include "domain/orders/capabilities.def"
#undef CAPABILITY
};

const struct capability *capability_rows(size_t *count)
{
    *count = ARRAY_COUNT(rows);
    return rows;
}

enum err capability_get(const struct capability **out, struct str name)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (str_is(name, rows[i].name)) {
            *out = &rows[i];
            return ERR_OK;
        }
    }
    char names[128] = "";
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows) && len < sizeof names; i++)
        len +=
            (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", rows[i].name);
    return err_set(ERR_NOT_FOUND, "broker \"%.*s\" is not one of %s", STR_ARG(name), names);
}

const char *capability_rule_name(enum capability_rule rule)
{
    static const char *const names[] = {
        "",
#define CAPABILITY_RULE(id, word, text) word,
#include "domain/orders/capability_rules.def"
#undef CAPABILITY_RULE
    };
    MUST((unsigned)rule < CAPABILITY_RULE_COUNT);
    return names[rule];
}

enum { WORDS_BYTES = 160 };

/* The four things that every refusal says: the rule, what the order has, what may be, what would
 * pass. */
static bool refuse(struct capability_verdict *out, const char *who, enum capability_rule rule,
                   int64_t number, int64_t limit, const char *has, const char *may,
                   const char *format, ...) PRINTF_LIKE(8, 9);
static bool refuse(struct capability_verdict *out, const char *who, enum capability_rule rule,
                   int64_t number, int64_t limit, const char *has, const char *may,
                   const char *format, ...)
{
    char pass[WORDS_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(pass, sizeof pass, format, args);
    va_end(args);
    out->rule = rule;
    out->number = number;
    out->limit = limit;
    snprintf(out->text, sizeof out->text, "%s: %s: %s; the limit is %s; %s would pass", who,
             capability_rule_name(rule), has, may, pass);
    return false;
}

/* "market, limit": the names of a set of bits. */
static const char *words(char *out, size_t bytes, uint32_t set, int count,
                         const char *(*name)(int i))
{
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i < count; i++)
        if (set >> i & 1 && len < bytes)
            len += (size_t)snprintf(out + len, bytes - len, "%s%s", len ? ", " : "", name(i));
    return out;
}

static const char *type_name(int i)
{
    return order_type_name((enum order_type)i);
}

static const char *tif_name(int i)
{
    return order_tif_name((enum order_tif)i);
}

static const char *session_name(int i)
{
    return order_session_name((enum order_session)i);
}

enum { FLAG_COUNT = 5 };
_Static_assert(ORDER_FLAGS_ALL == (1 << FLAG_COUNT) - 1, "each flag has a name");

static const char *flag_name(int i)
{
    static const char *const names[FLAG_COUNT] = { "all-or-none", "guaranteed", "strict effect",
                                                   "outside hours", "reduces" };
    return names[i];
}

static const char *field_name(int i)
{
    static const char *const names[] = { "price", "quantity", "type", "time in force" };
    return names[i];
}

static bool has_options(const struct order_terms *terms)
{
    for (int i = 0; i < terms->leg_count; i++)
        if (!terms->legs[i].is_stock)
            return true;
    return false;
}

static bool has_stock(const struct order_terms *terms)
{
    for (int i = 0; i < terms->leg_count; i++)
        if (terms->legs[i].is_stock)
            return true;
    return false;
}

int64_t order_price_step(const struct order_terms *terms, int64_t net_price)
{
    const struct package_leg *leg = &terms->legs[0];
    int64_t size = net_price == PRICE_NONE ? 0 : net_price < 0 ? -net_price : net_price;
    struct product product;
    if (terms->leg_count == 1) {
        if (leg->is_stock ||
            product_get(&product, str_from(leg->contract.root), leg->contract.expiry))
            return MICROS_PER_CENT;
        return product_tick(&product, size ? size : 1);
    }
    for (int i = 0; i < terms->leg_count; i++)
        if (!terms->legs[i].is_stock && (!strcmp(terms->legs[i].contract.root, "SPX") ||
                                         !strcmp(terms->legs[i].contract.root, "SPXW")))
            return 5 * MICROS_PER_CENT;
    return MICROS_PER_CENT;
}

int64_t order_price_fit(const struct order_terms *terms, int64_t net_price)
{
    return money_floor(net_price, order_price_step(terms, net_price));
}

static bool check_price(const struct capability *c, const struct order_terms *terms,
                        const struct order_edit *edit, struct capability_verdict *out)
{
    if (!order_type_has_limit(edit->type))
        return true;
    int64_t step = order_price_step(terms, edit->net_price),
            fit = money_floor(edit->net_price, step);
    if (fit == edit->net_price)
        return true;
    char price[MONEY_TEXT_BYTES], unit[MONEY_TEXT_BYTES], lower[MONEY_TEXT_BYTES],
        upper[MONEY_TEXT_BYTES];
    money_format(price, edit->net_price, 2);
    money_format(unit, step, 2);
    money_format(lower, fit, 2);
    money_format(upper, fit + step, 2);
    char steps[MONEY_TEXT_BYTES + 16];
    snprintf(steps, sizeof steps, "in steps of %s", unit);
    return refuse(out, c->name, CAPABILITY_STEP, edit->net_price, step, price, steps, "%s or %s",
                  lower, upper);
}

static bool check_kind(const struct capability *c, const struct order_terms *terms,
                       const struct order_edit *edit, struct capability_verdict *out)
{
    char list[WORDS_BYTES], has[WORDS_BYTES], most[32];
    uint32_t set = terms->leg_count > 1 ? c->types : c->leg_types;
    if (!(set >> edit->type & 1)) {
        snprintf(has, sizeof has, "%s for %s", order_type_name(edit->type),
                 terms->leg_count > 1 ? "a package" : "one leg");
        return refuse(out, c->name, CAPABILITY_TYPE, edit->type, set, has,
                      words(list, sizeof list, set, ORDER_TYPE_COUNT, type_name), "one of these");
    }
    if (has_options(terms) && !(c->tifs >> edit->tif & 1)) {
        snprintf(has, sizeof has, "%s for options", order_tif_name(edit->tif));
        return refuse(out, c->name, CAPABILITY_TIF, edit->tif, c->tifs, has,
                      words(list, sizeof list, c->tifs, ORDER_TIF_COUNT, tif_name), "one of these");
    }
    if (edit->quantity > c->quantity_max) {
        snprintf(has, sizeof has, "%lld", (long long)edit->quantity);
        snprintf(most, sizeof most, "%lld", (long long)c->quantity_max);
        return refuse(out, c->name, CAPABILITY_QUANTITY, edit->quantity, c->quantity_max, has, most,
                      "slices of at most %s", most);
    }
    return check_price(c, terms, edit, out);
}

/* What goes with the order beside its legs and its price: session, flags, what is shown,
 * conditions. */
static bool check_extras(const struct capability *c, const struct order_terms *terms,
                         struct capability_verdict *out)
{
    char list[WORDS_BYTES], has[WORDS_BYTES];
    if (!(c->sessions >> terms->session & 1))
        return refuse(out, c->name, CAPABILITY_SESSION, terms->session, c->sessions,
                      order_session_name(terms->session),
                      words(list, sizeof list, c->sessions, ORDER_SESSION_COUNT, session_name),
                      "one of these");
    uint32_t beyond =
        terms->flags & ~(c->flags | ORDER_REDUCES); /* that one is for our own gates */
    if (beyond) {
        words(has, sizeof has, beyond, FLAG_COUNT, flag_name);
        return refuse(out, c->name, CAPABILITY_FLAG, terms->flags, c->flags, has,
                      c->flags ? words(list, sizeof list, c->flags, FLAG_COUNT, flag_name) : "none",
                      "the order without %s", has);
    }
    if (terms->display_quantity && !c->display) {
        snprintf(has, sizeof has, "%lld shown of %lld", (long long)terms->display_quantity,
                 (long long)terms->edit.quantity);
        return refuse(out, c->name, CAPABILITY_DISPLAY, terms->display_quantity, 0, has,
                      "all of it", "one that shows all (0)");
    }
    for (int i = 0; i < ORDER_CONDITIONS_MAX; i++)
        if (terms->conditions[i].kind != CONDITION_NONE && !c->conditions)
            return refuse(out, c->name, CAPABILITY_CONDITION, terms->conditions[i].kind, 0,
                          "an activation rule", "none",
                          "the order without one, sent when the kernel has waited for it,");
    return true;
}

bool capability_check(const struct capability *c, const struct order_terms *terms,
                      struct capability_verdict *out)
{
    char has[32], most[32];
    *out = (struct capability_verdict){ 0 };
    if (terms->leg_count > c->legs_max) {
        snprintf(has, sizeof has, "%d", terms->leg_count);
        snprintf(most, sizeof most, "%d", c->legs_max);
        return refuse(out, c->name, CAPABILITY_LEGS, terms->leg_count, c->legs_max, has, most,
                      "packages of at most %s legs", most);
    }
    if (!c->stock_leg && has_options(terms) && has_stock(terms))
        return refuse(out, c->name, CAPABILITY_STOCK_LEG, 1, 0, "stock beside options",
                      "one of the two", "the stock as an order of its own");
    return check_kind(c, terms, &terms->edit, out) && check_extras(c, terms, out);
}

bool capability_check_replace(const struct capability *c, const struct order_state *order,
                              const struct order_edit *edit, struct capability_verdict *out)
{
    *out = (struct capability_verdict){ 0 };
    const struct order_edit *now = &order->edit;
    uint32_t changed =
        (now->net_price != edit->net_price || now->stop_price != edit->stop_price ? FIELD_PRICE
                                                                                  : 0u) |
        (now->quantity != edit->quantity ? FIELD_QUANTITY : 0u) |
        (now->type != edit->type ? FIELD_TYPE : 0u) |
        (now->tif != edit->tif || now->tif_until != edit->tif_until ? FIELD_TIF : 0u);
    uint32_t can = c->replace == REPLACE_NONE ? 0 : c->replace_fields;
    char list[WORDS_BYTES], here[WORDS_BYTES];
    if (changed & ~can)
        return refuse(out, c->name, CAPABILITY_REPLACE, changed, can,
                      words(here, sizeof here, changed & ~can, 4, field_name),
                      can ? words(list, sizeof list, can, 4, field_name) : "nothing",
                      "a cancel, and when it has ended the rest anew,");
    return check_kind(c, &order->terms, edit, out);
}

bool order_touch_check(const struct order_terms *terms, int64_t beyond_max,
                       struct capability_verdict *out)
{
    *out = (struct capability_verdict){ 0 };
    int64_t far = package_net_far(terms);
    if (!order_type_has_limit(terms->edit.type) || far == PRICE_NONE)
        return true;
    int64_t beyond = terms->edit.net_price - far;
    if (beyond <= beyond_max)
        return true;
    char price[MONEY_TEXT_BYTES], touch[MONEY_TEXT_BYTES], most[MONEY_TEXT_BYTES],
        room[MONEY_TEXT_BYTES], may[WORDS_BYTES];
    money_format(price, terms->edit.net_price, 2);
    money_format(touch, far, 2);
    money_format(room, beyond_max, 2);
    money_format(most, far + beyond_max, 2);
    snprintf(may, sizeof may, "%s worse than the market's %s", room, touch);
    return refuse(out, "price guard", CAPABILITY_BEYOND_TOUCH, beyond, beyond_max, price, may,
                  "a price to %s", most);
}
