#include "domain/margin/margin.h"

#include <string.h>

#include "domain/margin/products_int.h"

static const struct margin_rate rates[] = {
/* Dates may come as one macro of two, so the row is passed on as it is. */
#define MARGIN_RATE(...) { __VA_ARGS__ },
#include "domain/margin/margin_rates.def"
#undef MARGIN_RATE
};

static const struct margin_product products[] = {
#define MARGIN_PRODUCT(...) { __VA_ARGS__ },
#include "domain/margin/margin_products.def"
#undef MARGIN_PRODUCT
};

static const char *const class_names[] = {
#define MARGIN_CLASS(name, word, text) word,
#include "domain/margin/margin_class.def"
#undef MARGIN_CLASS
};

static const struct {
    const char *word, *text;
} rules[] = {
#define MARGIN_RULE(name, word, text) { word, text },
#include "domain/margin/margin_rule.def"
#undef MARGIN_RULE
};

static const char *const rate_names[] = {
#define MARGIN_RATE_NAME(name, word) word,
#include "domain/margin/margin_rate_names.def"
#undef MARGIN_RATE_NAME
};

enum err margin_rate_get(enum margin_rate_name name, enum margin_class class, int32_t date,
                         const struct margin_rate **out)
{
    const struct margin_rate *any = NULL, *own = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(rates); i++) {
        const struct margin_rate *row = &rates[i];
        if (row->name != name || date < row->valid_from || date > row->valid_to)
            continue;
        if (row->class == (int)class)
            own = row;
        else if (row->class == MARGIN_ANY)
            any = row;
    }
    *out = own ? own : any;
    if (*out)
        return ERR_OK;
    return err_set(ERR_RANGE, "margin: \"%s\" is not known on %d; add a row to margin_rates.def",
                   margin_rate_name_text(name), date);
}

const struct margin_rate *margin_rates(size_t *count)
{
    *count = ARRAY_COUNT(rates);
    return rates;
}

const struct margin_product *margin_product_find(const char *underlying)
{
    for (size_t i = 0; i < ARRAY_COUNT(products); i++)
        if (strncmp(products[i].underlying, underlying, CONTRACT_ROOT_BYTES) == 0)
            return &products[i];
    return NULL;
}

enum margin_class margin_class_of(const char *underlying)
{
    const struct margin_product *product = margin_product_find(underlying);
    return product ? product->class : MARGIN_EQUITY;
}

const char *margin_class_name(enum margin_class class)
{
    MUST(class >= 0);
    MUST(class < MARGIN_CLASS_COUNT);
    return class_names[class];
}

const char *margin_rule_name(enum margin_rule rule)
{
    MUST((int)rule >= 0);
    MUST(rule < MARGIN_RULE_COUNT);
    return rules[rule].word;
}

const char *margin_rule_text(enum margin_rule rule)
{
    MUST((int)rule >= 0);
    MUST(rule < MARGIN_RULE_COUNT);
    return rules[rule].text;
}

const char *margin_rate_name_text(enum margin_rate_name name)
{
    MUST((int)name >= 0);
    MUST(name < MARGIN_RATE_NAME_COUNT);
    return rate_names[name];
}
