#include "domain/life/cutoff.h"

#include <string.h>

#include "base/attr.h"
#include "base/zone.h"

static const struct cutoff rows[] = {
/* ALWAYS in a row is two values: they must be seen as such before the row is taken apart. */
#define CUTOFF(...) CUTOFF_ROW(__VA_ARGS__)
#define CUTOFF_ROW(broker_, kind_, from, to, minutes_, source_)                                    \
    { .broker = broker_,                                                                           \
      .kind = kind_,                                                                               \
      .valid_from = from,                                                                          \
      .valid_to = to,                                                                              \
      .minutes = minutes_,                                                                         \
      .source = source_ },
#include "domain/life/cutoffs.def"
#undef CUTOFF
#undef CUTOFF_ROW
};

const struct cutoff *cutoff_rows(size_t *count)
{
    *count = ARRAY_COUNT(rows);
    return rows;
}

const char *cutoff_kind_name(enum cutoff_kind kind)
{
    static const char *const names[] = { "opening", "liquidation", "instruction" };
    MUST((unsigned)kind < ARRAY_COUNT(names));
    return names[kind];
}

static const struct cutoff *find(const char *broker, enum cutoff_kind kind, int32_t day)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].kind == kind && strcmp(rows[i].broker, broker) == 0 &&
            day >= rows[i].valid_from && day <= rows[i].valid_to)
            return &rows[i];
    return NULL;
}

enum err cutoff_get(const struct cutoff **out, const char *broker, enum cutoff_kind kind,
                    int32_t day)
{
    *out = find(broker, kind, day);
    if (!*out)
        *out = find("generic", kind, day);
    if (!*out)
        return err_set(ERR_RANGE, "no %s cut-off of %s is known on %d", cutoff_kind_name(kind),
                       broker, day);
    return ERR_OK;
}

enum err cutoff_moment(int64_t *out_ts_ns, const struct cutoff **row, const char *broker,
                       enum cutoff_kind kind, const struct contract *contract,
                       const struct calendar *cal)
{
    int64_t last_trade;
    enum err err = contract_last_trade_ts(contract, cal, &last_trade);
    if (!err)
        err = cutoff_get(row, broker, kind, contract->expiry);
    if (!err)
        *out_ts_ns = last_trade + (*row)->minutes * NANOS_PER_MINUTE;
    return err;
}

enum err cutoff_must_liquidate(bool *out, struct exercise_flow *flow, int64_t *missing,
                               const struct expiring *lines, size_t count, int64_t price,
                               const struct cutoff_account *account)
{
    enum err err = exercise_flow_at(flow, lines, count, price);
    if (err)
        return err;
    int64_t cash, shares, needed, buyback;
    if (!money_try_add(account->cash, flow->cash, &cash) ||
        !money_try_add(account->shares, flow->shares, &shares) ||
        !money_try_mul(account->share_value, shares > 0 ? shares : 0, &needed) ||
        !money_try_mul(money_sub(money_mul(price, 2), account->share_value),
                       shares < 0 ? -shares : 0, &buyback))
        return err_set(ERR_RANGE,
                       "the shares that this expiry leaves behind are worth more than fits");
    /* Long shares lend their value; short ones need their price, and as much margin as long ones
     * do. */
    int64_t have = money_sub(money_add(cash, needed), buyback);
    *missing = have < 0 ? -have : 0;
    *out = have < 0;
    return ERR_OK;
}
