#include "domain/types/product.h"

#include <string.h>

#include "base/date.h"

static const struct product products[] = {
#define PRODUCT(root_, underlying_, from, to, style_, settle_, delivery_, multiplier_, below,      \
                above, last_trade_, session_, source_)                                             \
    { .root = root_,                                                                               \
      .underlying = underlying_,                                                                   \
      .valid_from = from,                                                                          \
      .valid_to = to,                                                                              \
      .style = style_,                                                                             \
      .settle = settle_,                                                                           \
      .delivery = delivery_,                                                                       \
      .multiplier = multiplier_,                                                                   \
      .tick_below_micros = below,                                                                  \
      .tick_above_micros = above,                                                                  \
      .last_trade = last_trade_,                                                                   \
      .session = session_,                                                                         \
      .source = source_ },
#define BINARY(root_, underlying_, source_)                                                        \
    { .root = root_,                                                                               \
      .underlying = underlying_,                                                                   \
      .valid_from = 19980101,                                                                      \
      .valid_to = 21991231,                                                                        \
      .style = STYLE_EUROPEAN,                                                                     \
      .settle = SETTLE_AM,                                                                         \
      .delivery = DELIVERY_CASH,                                                                   \
      .multiplier = 100,                                                                           \
      .tick_below_micros = 10000,                                                                  \
      .tick_above_micros = 10000,                                                                  \
      .last_trade = LAST_TRADE_DAY_BEFORE,                                                         \
      .session = SESSION_INDEX_OPTION,                                                             \
      .is_adjusted = true,                                                                         \
      .source = source_ },
#include "domain/types/products.def"
#undef PRODUCT
#undef BINARY
};

static bool root_is_valid(struct str root)
{
    if (root.len == 0 || root.len > OCC_ROOT_MAX)
        return false;
    for (size_t i = 0; i < root.len; i++) {
        char c = root.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

static bool ends_in_digit(struct str root)
{
    return root.len > 1 && root.ptr[root.len - 1] >= '0' && root.ptr[root.len - 1] <= '9';
}

static struct str without_digits(struct str root)
{
    while (ends_in_digit(root))
        root.len--;
    return root;
}

/* The row of a root on a day; *is_known tells whether the root has any row. NULL root: the default.
 */
static const struct product *find_row(struct str root, int32_t date, bool *is_known)
{
    *is_known = false;
    for (size_t i = 0; i < ARRAY_COUNT(products); i++) {
        const struct product *row = &products[i];
        if (!str_is(root, row->root))
            continue;
        *is_known = true;
        if (date >= row->valid_from && date <= row->valid_to)
            return row;
    }
    return NULL;
}

enum err product_get(struct product *out, struct str root, int32_t date)
{
    if (!root_is_valid(root))
        return err_set(ERR_PARSE, "option root \"%.*s\" is not 1 to 6 of A-Z and 0-9",
                       (int)(root.len < 20 ? root.len : 20), root.ptr ? root.ptr : "");
    if (!date_is_valid(date))
        return err_set(ERR_PARSE, "%d is not a calendar day written yyyymmdd", date);
    bool is_known;
    struct str plain = root;
    const struct product *row = find_row(root, date, &is_known);
    if (!is_known) {
        plain = without_digits(root);
        row = find_row(plain, date, &is_known);
    }
    if (!is_known)
        row = find_row(STR(""), date, &is_known);
    if (!row)
        return err_set(ERR_RANGE, "the terms of option root %.*s are not known on %d",
                       STR_ARG(root), date);
    *out = *row;
    memset(out->root, 0, sizeof(out->root));
    memcpy(out->root, root.ptr, root.len);
    if (row->underlying[0] == '\0')
        memcpy(out->underlying, plain.ptr, plain.len);
    out->is_adjusted = row->is_adjusted || plain.len != root.len;
    return ERR_OK;
}

enum err product_contract(struct contract *out, const struct occ_symbol *symbol)
{
    struct product product;
    enum err err = product_get(&product, str_from(symbol->root), symbol->expiry);
    if (err)
        return err;
    *out = (struct contract){
        .expiry = symbol->expiry,
        .strike_mills = symbol->strike_mills,
        .multiplier = product.multiplier,
        .right = (char)symbol->right,
        .style = (char)product.style,
        .settle = (char)product.settle,
        .delivery = (char)product.delivery,
    };
    memcpy(out->root, product.root, sizeof(out->root));
    return ERR_OK;
}

void product_underlying(char out[CONTRACT_ROOT_BYTES], struct str root)
{
    const struct product *found = NULL;
    struct str plain = without_digits(root);
    memset(out, 0, CONTRACT_ROOT_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(products) && !found; i++)
        if (products[i].root[0] &&
            (str_is(root, products[i].root) || str_is(plain, products[i].root)))
            found = &products[i];
    if (found)
        memcpy(out, found->underlying, CONTRACT_ROOT_BYTES);
    else
        memcpy(out, plain.ptr,
               plain.len < CONTRACT_ROOT_BYTES ? plain.len : CONTRACT_ROOT_BYTES - 1);
}

size_t product_roots(const char *underlying, const char *roots[], size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(products); i++) {
        const struct product *row = &products[i];
        bool repeats = i > 0 && strcmp(row->root, products[i - 1].root) == 0;
        if (row->root[0] && !repeats && !row->is_adjusted &&
            strcmp(row->underlying, underlying) == 0 && count < max)
            roots[count++] = row->root;
    }
    return count;
}

int64_t product_tick(const struct product *product, int64_t price_micros)
{
    return price_micros < PRODUCT_TICK_BREAK_MICROS ? product->tick_below_micros
                                                    : product->tick_above_micros;
}

enum err contract_settle_day(const struct contract *contract, const struct calendar *cal,
                             int32_t *out_date)
{
    enum err err = calendar_covers(cal, contract->expiry, contract->expiry);
    if (err)
        return err_add(err, "expiry of %.8s", contract->root);
    int32_t date = calendar_on_or_before(cal, contract->expiry);
    if (date == 0)
        return err_set(ERR_RANGE, "no business day before the expiry %d is in the calendar",
                       contract->expiry);
    *out_date = date;
    return ERR_OK;
}

enum err contract_settle_ts(const struct contract *contract, const struct calendar *cal,
                            int64_t *out_ts_ns)
{
    int32_t date;
    enum err err = contract_settle_day(contract, cal, &date);
    if (err)
        return err;
    bool morning = contract->settle == SETTLE_AM;
    return calendar_session(cal, date, SESSION_EQUITY, morning ? out_ts_ns : NULL,
                            morning ? NULL : out_ts_ns);
}

enum err contract_last_trade_ts(const struct contract *contract, const struct calendar *cal,
                                int64_t *out_ts_ns)
{
    if (contract->settle != SETTLE_AM)
        return contract_settle_ts(contract, cal, out_ts_ns);
    int32_t date;
    enum err err = contract_settle_day(contract, cal, &date);
    if (err)
        return err;
    date = calendar_previous(cal, date);
    if (date == 0)
        return err_set(ERR_RANGE, "no business day before the expiry %d is in the calendar",
                       contract->expiry);
    return calendar_session(cal, date, SESSION_INDEX_OPTION, NULL, out_ts_ns);
}
