/*
 * Strategies that read well and cannot work: each is refused with what to do about it.
 */
#include <math.h>

#include "base/date.h"
#include "domain/strategy/strategy_int.h"
#include "domain/types/product.h"

static const struct doc_node *at(const struct doc_node *node, const char *section, const char *key)
{
    const struct doc_node *map = doc_find(node, section);
    const struct doc_node *value = doc_find(map, key);
    return value ? value : map ? map : node;
}

static bool has_option(const struct structure *s, enum leg_kind kind, int8_t side)
{
    for (int i = 0; i < s->leg_count; i++)
        if (s->legs[i].kind == kind && s->legs[i].side == side)
            return true;
    return false;
}

static bool has_short_option(const struct structure *s)
{
    return has_option(s, LEG_CALL, -1) || has_option(s, LEG_PUT, -1);
}

static bool has_any_option(const struct structure *s)
{
    return has_short_option(s) || has_option(s, LEG_CALL, 1) || has_option(s, LEG_PUT, 1);
}

bool structure_loss_is_unbounded(const struct structure *s)
{
    int64_t shares = 0; /* what all calls and stock are worth more for each dollar up, far above */
    for (int i = 0; i < s->leg_count; i++) {
        const struct leg_spec *leg = &s->legs[i];
        if (leg->kind != LEG_PUT)
            shares += (int64_t)leg->side * leg->ratio * (leg->kind == LEG_CALL ? 100 : 1);
    }
    return shares < 0 && s->size.rule != SIZE_SHARES;
}

/* ---- legs that are one contract ---- */

static int expiry_base(const struct structure *s, int i)
{
    while (s->legs[i].expiry.rule == EXPIRY_SAME)
        i = s->legs[i].expiry.leg;
    return i;
}

static bool is_same_expiry(const struct structure *s, int i, int k)
{
    int a = expiry_base(s, i), b = expiry_base(s, k);
    const struct expiry_spec *x = &s->legs[a].expiry, *y = &s->legs[b].expiry;
    return a == b || (x->rule == EXPIRY_DATE && y->rule == EXPIRY_DATE && x->date == y->date &&
                      strcmp(x->root, y->root) == 0);
}

static int strike_base(const struct structure *s, int i)
{
    while (s->legs[i].strike.rule == STRIKE_SAME)
        i = s->legs[i].strike.leg;
    return i;
}

static bool is_same_strike(const struct structure *s, int i, int k)
{
    int a = strike_base(s, i), b = strike_base(s, k);
    const struct strike_spec *x = &s->legs[a].strike, *y = &s->legs[b].strike;
    return a == b || (x->rule == STRIKE_AT && y->rule == STRIKE_AT && x->value == y->value);
}

static void check_twins(struct reader *r, const struct doc_node *node, const struct structure *s)
{
    const struct doc_node *legs = doc_find(node, "legs");
    for (int i = 0; i < s->leg_count; i++) {
        for (int k = 0; k < i; k++) {
            const struct leg_spec *a = &s->legs[k], *b = &s->legs[i];
            if (a->kind != b->kind || a->side == b->side)
                continue;
            if (a->kind == LEG_STOCK || (is_same_expiry(s, i, k) && is_same_strike(s, i, k)))
                reader_fail(r, legs->items[i], ERR_PARSE,
                            "%s buys what %s sells, so that they cancel out: choose another strike "
                            "or expiry",
                            a->side > 0 ? a->name : b->name, a->side > 0 ? b->name : a->name);
        }
    }
}

/* ---- dates ---- */

static void check_dates(struct reader *r, const struct doc_node *node, const struct structure *s)
{
    const struct entry_spec *e = &s->entry;
    for (int i = 0; i < s->leg_count; i++) {
        const struct expiry_spec *x = &s->legs[i].expiry;
        if (s->legs[i].kind == LEG_STOCK || x->rule != EXPIRY_DATE || e->date_count == 0 ||
            e->dates[e->date_count - 1] <= x->date)
            continue;
        char entered[DATE_TEXT_BYTES], expired[DATE_TEXT_BYTES];
        date_format(entered, e->dates[e->date_count - 1]);
        date_format(expired, x->date);
        reader_fail(r, at(node, "entry", "dates"), ERR_RANGE,
                    "an entry on %s comes after leg %s expires on %s", entered, s->legs[i].name,
                    expired);
    }
}

/* A trade must live longer than the rule that ends it: else it is closed as soon as it is open. */
static void check_dte(struct reader *r, const struct doc_node *node, const struct structure *s,
                      const char *section, int32_t dte)
{
    for (int i = 0; i < s->leg_count && dte >= 0; i++) {
        const struct leg_spec *leg = &s->legs[i];
        if (leg->kind == LEG_STOCK || leg->expiry.rule != EXPIRY_DTE || dte < leg->expiry.value)
            continue;
        reader_fail(
            r, at(node, section, "dte"), ERR_RANGE,
            "%d days is no less than the %d days to expiry at which leg %s is opened: the trade "
            "would end as it begins",
            dte, leg->expiry.value, leg->name);
    }
}

/* ---- sections against legs ---- */

enum { ROLL_LEGS_MAX = 4 }; /* an order holds nine: both sides of the roll, and stock */

static void check_size(struct reader *r, const struct doc_node *node, const struct structure *s)
{
    if (s->size.rule == SIZE_SHARES && !has_option(s, LEG_CALL, -1))
        reader_fail(
            r, at(node, "size", "shares"), ERR_PARSE,
            "size by shares sells calls against shares held, and this structure sells no call");
    if (s->size.rule == SIZE_CASH_SECURED && !has_short_option(s))
        reader_fail(
            r, at(node, "size", "cash_secured"), ERR_PARSE,
            "cash secures options sold, and this structure sells none: size by premium or risk");
    if (s->size.rule == SIZE_RISK && structure_loss_is_unbounded(s))
        reader_fail(r, at(node, "size", "risk"), ERR_PARSE,
                    "the loss of this structure has no bound (more calls or stock are sold than "
                    "bought), so "
                    "it cannot be sized by risk: use contracts, or buy a call further out");
}

static void check_exits(struct reader *r, const struct doc_node *node, const struct structure *s)
{
    const struct exit_spec *x = &s->exit;
    bool any = has_any_option(s);
    if ((x->dte >= 0 || x->on_dte >= 0) && !any)
        reader_fail(r, at(node, "exit", x->dte >= 0 ? "dte" : "on_dte"), ERR_PARSE,
                    "stock never expires");
    if ((s->roll.wanted || s->hedge.wanted) && !any)
        reader_fail(r, doc_find(node, s->roll.wanted ? "roll" : "hedge"), ERR_PARSE,
                    "this structure holds no option to %s", s->roll.wanted ? "roll" : "hedge");
    if (s->roll.wanted && s->leg_count > ROLL_LEGS_MAX)
        reader_fail(
            r, doc_find(node, "roll"), ERR_RANGE,
            "a roll is one order that closes and opens every leg, so at most %d legs can roll, and "
            "these are %d: use exits, or split the structure",
            ROLL_LEGS_MAX, s->leg_count);
    if (!isnan(x->short_delta) && !has_short_option(s))
        reader_fail(r, at(node, "exit", "short_delta"), ERR_PARSE,
                    "this structure sells no option");
    if (!isnan(s->roll.short_delta) && !has_short_option(s))
        reader_fail(r, at(node, "roll", "short_delta"), ERR_PARSE,
                    "this structure sells no option");
    bool only_sells = !has_option(s, LEG_CALL, 1) && !has_option(s, LEG_PUT, 1) &&
                      !has_option(s, LEG_STOCK, 1) && !has_option(s, LEG_STOCK, -1);
    if (only_sells && x->profit_percent > 100)
        reader_fail(r, at(node, "exit", "profit"), ERR_RANGE,
                    "options sold can earn 100%% of their credit at most, never %g%%",
                    x->profit_percent);
    if (s->roll.wanted && s->roll.dte >= 0 && x->dte >= s->roll.dte)
        reader_fail(r, at(node, "exit", "dte"), ERR_RANGE,
                    "it closes the trade %d days before expiry, so that roll.dte %d never comes",
                    x->dte, s->roll.dte);
    check_dte(r, node, s, "exit", x->dte);
    check_dte(r, node, s, "roll", s->roll.dte);
}

void check_structure(struct reader *r, const struct doc_node *node, const struct structure *s)
{
    check_twins(r, node, s);
    check_dates(r, node, s);
    check_size(r, node, s);
    check_exits(r, node, s);
}

/* ---- the account against the structures ---- */

static bool has_shares(const struct structure *s)
{
    return s->hedge.wanted || has_option(s, LEG_STOCK, 1) || has_option(s, LEG_STOCK, -1);
}

/* What cannot be bought or sold as stock. The terms of the roots have been the same for decades. */
static bool is_index(const char *underlying)
{
    struct product product;
    return product_get(&product, str_from(underlying), 20200102) == ERR_OK &&
           product.delivery == DELIVERY_CASH;
}

void check_strategy(struct reader *r, const struct doc_node *root, const struct strategy *s)
{
    for (int i = 0; i < s->structure_count; i++) {
        if (!has_shares(&s->structures[i]))
            continue;
        if (is_index(s->underlying))
            reader_fail(
                r, doc_find(root, "underlying"), ERR_PARSE,
                "%s is an index: structure %s can hold no stock of it and hedge with none; use its fund, "
                "such as SPY",
                s->underlying, s->structures[i].name);
        else if (s->assigned == ASSIGNED_KEEP)
            reader_fail(
                r, at(root, "account", "assigned"), ERR_PARSE,
                "kept stock is for structures of options alone: structure %s holds stock of its own, "
                "which would pile up",
                s->structures[i].name);
    }
}
