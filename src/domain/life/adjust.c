#include "domain/life/adjust.h"

#include <string.h>

#include "base/attr.h"
#include "domain/types/occ_symbol.h"

enum { MILLS_PER_CENT = 10, PPM = 1000000 };

/* OCC adjusts for special dividends from 12.50 dollars a contract on. */
static const int64_t dividend_micros_min = 12500000;

struct deliverable deliverable_standard(const struct contract *contract)
{
    bool is_physical = contract->delivery == DELIVERY_PHYSICAL;
    return (struct deliverable){ .shares = is_physical ? contract->multiplier : 0 };
}

bool deliverable_is_standard(const struct contract *contract, const struct deliverable *deliverable)
{
    struct deliverable standard = deliverable_standard(contract);
    return deliverable->shares == standard.shares && !deliverable->fraction_ppm &&
           !deliverable->cash;
}

bool contract_is_adjusted(const struct contract *contract)
{
    size_t len = strnlen(contract->root, CONTRACT_ROOT_BYTES);
    char last = len ? contract->root[len - 1] : ' ';
    return contract->delivery == DELIVERY_PHYSICAL && last >= '1' && last <= '9';
}

/* AAPL becomes AAPL1, AAPL1 becomes AAPL2: the old root lists new ordinary contracts. */
static enum err adjust_root(char root[CONTRACT_ROOT_BYTES])
{
    size_t len = strnlen(root, CONTRACT_ROOT_BYTES);
    char *last = &root[len - 1];
    if (len > 1 && *last >= '1' && *last < '9')
        ++*last;
    else if (len && len < OCC_ROOT_MAX && !(*last >= '0' && *last <= '9'))
        root[len] = '1';
    else
        return err_set(
            ERR_UNSUPPORTED,
            "option root %.8s has no room for another adjustment: take the root of OCC's memo",
            root);
    return ERR_OK;
}

static enum err scale_strike(struct contract *contract, int32_t to, int32_t from)
{
    int64_t above = (int64_t)contract->strike_mills * from, step = (int64_t)to * MILLS_PER_CENT;
    int64_t mills = (above + step / 2) / step * MILLS_PER_CENT;
    if (mills < MILLS_PER_CENT || mills > OCC_STRIKE_MILLS_MAX)
        return err_set(
            ERR_RANGE,
            "a split of %d for %d takes the strike %g of %.8s beyond what a symbol can say", to,
            from, contract->strike_mills / 1000.0, contract->root);
    contract->strike_mills = (int32_t)mills;
    return ERR_OK;
}

static enum err scale_deliverable(struct deliverable *d, int32_t to, int32_t from)
{
    /* In millionths of a share, so that a fraction of an earlier adjustment is kept. */
    int64_t ppm = (int64_t)d->shares * PPM + d->fraction_ppm, scaled;
    if (!money_try_mul(ppm, to, &scaled) || scaled / from / PPM > INT32_MAX)
        return err_set(ERR_RANGE, "a split of %d for %d: the shares delivered do not fit", to,
                       from);
    scaled /= from;
    d->shares = (int32_t)(scaled / PPM);
    d->fraction_ppm = (int32_t)(scaled % PPM);
    return ERR_OK;
}

static enum err split_lot(struct adjusted *lot, int32_t to, int32_t from)
{
    struct contract *c = &lot->contract;
    int64_t units = (int64_t)c->multiplier * to;
    if (to > from && to % from == 0) {
        if (!money_try_mul(lot->quantity, to / from, &lot->quantity))
            return err_set(ERR_RANGE, "a split of %d for %d: the contracts do not fit", to, from);
        return scale_strike(c, to / from, 1);
    }
    enum err err = adjust_root(c->root);
    if (!err)
        err = scale_deliverable(&lot->deliverable, to, from);
    if (err || to < from || units % from != 0)
        return err;
    if (units / from > INT32_MAX)
        return err_set(ERR_RANGE, "a split of %d for %d: the multiplier does not fit", to, from);
    c->multiplier = (int32_t)(units / from);
    return scale_strike(c, to, from);
}

enum err adjust_split(struct adjusted *lot, int32_t to, int32_t from)
{
    MUST(to > 0 && from > 0);
    struct adjusted after = *lot;
    enum err err = to == from ? ERR_OK : split_lot(&after, to, from);
    if (!err)
        *lot = after;
    return err;
}

bool adjust_dividend_counts(int64_t amount, int32_t shares)
{
    int64_t worth;
    return amount > 0 && (!money_try_mul(amount, shares, &worth) || worth >= dividend_micros_min);
}

enum err adjust_special_dividend(struct adjusted *lot, int64_t amount)
{
    MUST(amount > 0);
    if (!adjust_dividend_counts(amount, lot->deliverable.shares))
        return ERR_OK;
    int64_t strike = contract_strike_micros(&lot->contract) - money_round(amount, MICROS_PER_CENT);
    if (strike <= 0)
        return err_set(
            ERR_UNSUPPORTED,
            "a special dividend of %g takes the strike %g of %.8s to nothing: read OCC's memo",
            money_to_dollars(amount), lot->contract.strike_mills / 1000.0, lot->contract.root);
    lot->contract.strike_mills = (int32_t)(strike / MICROS_PER_MILL);
    return ERR_OK;
}

int64_t adjust_shares(int64_t shares, int32_t to, int32_t from, int64_t price, int64_t *cash)
{
    MUST(to > 0 && from > 0);
    int64_t scaled = money_mul(shares, to);
    *cash = money_mul(price, scaled % from) / from;
    return scaled / from;
}
