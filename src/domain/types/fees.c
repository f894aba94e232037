#include "domain/types/fees.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "domain/types/product.h"

__extension__ typedef __int128 int128;

enum schedule_flags {
    FEE_LEG_IS_ORDER = 1,  /* minimums hold for each leg */
    FEE_TIER_BY_QUOTE = 2, /* tiers look at the near side of the market, not at the fill */
    FEE_MIN_WINS = 4,      /* a maximum below the minimum does not count */
    FEE_EXACT = 8,         /* no rounding */
};

static const struct {
    const char *word, *text;
    bool has_market_fees;
    unsigned flags;
} schedules[FEE_SCHEDULE_COUNT] = {
#define FEE_SCHEDULE(name, word, has_market_fees, flags, text)                                     \
    { word, text, has_market_fees, flags },
#include "domain/types/fee_schedules.def"
#undef FEE_SCHEDULE
};

static const struct {
    const char *word;
    enum fee_kind kind;
} rules[FEE_RULE_COUNT] = {
#define FEE_RULE(name, word, kind) { word, kind },
#include "domain/types/fee_rules.def"
#undef FEE_RULE
};

static const struct fee_row rows[] = {
/* Dates may come as one macro of two, so the row is passed on as it is. */
#define FEE(...) { __VA_ARGS__ },
#include "domain/types/fees.def"
#undef FEE
};

/* One order being priced. */
struct sum {
    enum fee_schedule schedule;
    int32_t date;
    int64_t month_contracts;
    struct fee_breakdown out;
};

static bool is_option(const struct fee_leg *leg)
{
    return leg->contract != NULL;
}

static bool is_index(const struct fee_leg *leg)
{
    return is_option(leg) && leg->contract->delivery == DELIVERY_CASH;
}

static bool row_is_of(const struct fee_row *row, const char *schedule, enum fee_rule rule,
                      const char *key)
{
    return row->rule == rule && strcmp(row->schedule, schedule) == 0 && strcmp(row->key, key) == 0;
}

/* The rows of this schedule or of the market, most specific key first: does any exist? */
static const char *find_key(const char *schedule, enum fee_rule rule, const struct fee_leg *leg)
{
    char underlying[CONTRACT_ROOT_BYTES] = "";
    if (is_option(leg))
        product_underlying(
            underlying,
            (struct str){ leg->contract->root, strnlen(leg->contract->root, CONTRACT_ROOT_BYTES) });
    const char *keys[] = { underlying, is_index(leg) ? "index" : "",
                           is_option(leg) ? "option" : "stock" };
    for (size_t k = 0; k < ARRAY_COUNT(keys); k++)
        for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
            if (keys[k][0] && row_is_of(&rows[i], schedule, rule, keys[k]))
                return rows[i].key;
    return NULL;
}

/* The row that holds; NULL when the schedule has no such rule. Errors: ERR_RANGE for the date. */
static enum err find_row(const struct sum *sum, enum fee_rule rule, const struct fee_leg *leg,
                         int64_t premium, int64_t count, const struct fee_row **out)
{
    const char *schedule = schedules[sum->schedule].word;
    const char *key = find_key(schedule, rule, leg);
    *out = NULL;
    if (!key && schedules[sum->schedule].has_market_fees) {
        schedule = "market";
        key = find_key(schedule, rule, leg);
    }
    if (!key)
        return ERR_OK;
    const struct fee_row *best = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct fee_row *row = &rows[i];
        if (!row_is_of(row, schedule, rule, key) || sum->date < row->valid_from ||
            sum->date > row->valid_to || premium < row->premium_from || count < row->count_from)
            continue;
        if (!best || row->count_from > best->count_from ||
            (row->count_from == best->count_from && row->premium_from > best->premium_from))
            best = row;
    }
    if (!best)
        return err_set(
            ERR_RANGE,
            "fee schedule %s: %s (%s) is not known on %d; choose another schedule, or add "
            "a row to fees.def",
            schedules[sum->schedule].word, rules[rule].word, key, sum->date);
    *out = best;
    return ERR_OK;
}

static int64_t leg_size(const struct fee_leg *leg)
{
    return leg->quantity < 0 ? -leg->quantity : leg->quantity;
}

/* Micro-dollars that change hands; check_leg() has bounded it. */
static int64_t leg_value(const struct fee_leg *leg)
{
    return leg->price * leg_size(leg) * (is_option(leg) ? leg->contract->multiplier : 1);
}

static int64_t ceil_div(int128 value, int64_t by)
{
    return (int64_t)((value + by - 1) / by);
}

static int64_t row_amount(const struct fee_row *row, const struct fee_leg *leg)
{
    switch (row->unit) {
    case FEE_PER_CONTRACT:
    case FEE_PER_SHARE:
        return row->value * leg_size(leg);
    case FEE_PER_LEG:
    case FEE_PER_ORDER:
        return row->value;
    case FEE_PER_DOLLAR:
        return ceil_div((int128)leg_value(leg) * row->value, 1000000);
    case FEE_PER_MILLION_DOLLARS:
        return ceil_div((int128)leg_value(leg) * row->value, INT64_C(1000000000000));
    }
    MUST(row->unit <= FEE_PER_MILLION_DOLLARS);
    return 0;
}

static void add_line(struct sum *sum, const struct fee_row *row, int leg, int64_t amount)
{
    MUST(sum->out.line_count < FEE_LINES_MAX);
    sum->out.lines[sum->out.line_count++] = (struct fee_line){ row, leg, amount };
    size_t len = strlen(row->source);
    sum->out.is_uncertain |= len > 0 && row->source[len - 1] == '?';
}

/* A rule's line for a leg; *amount gets what it costs, 0 without such a rule. */
static enum err add_rule(struct sum *sum, enum fee_rule rule, const struct fee_leg *leg, int index,
                         int64_t premium, int64_t count, int64_t *amount)
{
    const struct fee_row *row;
    *amount = 0;
    enum err err = find_row(sum, rule, leg, premium, count, &row);
    if (err || !row)
        return err;
    *amount = row_amount(row, leg);
    add_line(sum, row, index, *amount);
    return ERR_OK;
}

/* Cut *amount to a maximum's row, with a line that shows it. */
static enum err cut(struct sum *sum, enum fee_rule rule, const struct fee_leg *leg, int index,
                    int64_t *amount)
{
    const struct fee_row *row;
    enum err err = find_row(sum, rule, leg, 0, 0, &row);
    if (err || !row || *amount <= row_amount(row, leg))
        return err;
    add_line(sum, row, index, row_amount(row, leg) - *amount);
    *amount = row_amount(row, leg);
    return ERR_OK;
}

/* Lift *amount to a minimum's row. */
static enum err lift(struct sum *sum, enum fee_rule rule, const struct fee_leg *leg, int index,
                     int64_t *amount)
{
    const struct fee_row *row;
    enum err err = find_row(sum, rule, leg, 0, 0, &row);
    if (err || !row || *amount >= row->value)
        return err;
    add_line(sum, row, index, row->value - *amount);
    *amount = row->value;
    return ERR_OK;
}

static int64_t tier_premium(const struct sum *sum, const struct fee_leg *leg)
{
    if (!(schedules[sum->schedule].flags & FEE_TIER_BY_QUOTE))
        return leg->price;
    int64_t quote = leg->quantity > 0 ? leg->bid : leg->ask;
    return quote == PRICE_NONE ? 0 : quote;
}

static enum err add_option_commission(struct sum *sum, const struct fee_leg *leg, int index,
                                      int64_t *amount)
{
    const struct fee_row *closing = NULL;
    enum err err = ERR_OK;
    if (leg->closes)
        err = find_row(sum, FEE_OPTION_CLOSE, leg, 0, 0, &closing);
    if (!err)
        err = add_rule(sum, closing ? FEE_OPTION_CLOSE : FEE_OPTION_OPEN, leg, index,
                       tier_premium(sum, leg), sum->month_contracts, amount);
    if (!err)
        err = cut(sum, FEE_OPTION_MAX, leg, index, amount);
    return err;
}

static enum err add_stock_commission(struct sum *sum, const struct fee_leg *leg, int index)
{
    int64_t amount;
    enum err err = add_rule(sum, FEE_STOCK, leg, index, 0, 0, &amount);
    if (err)
        return err;
    int64_t before = amount;
    err = lift(sum, FEE_STOCK_MIN, leg, index, &amount);
    bool lifted = amount != before;
    if (!err && !(lifted && schedules[sum->schedule].flags & FEE_MIN_WINS))
        err = cut(sum, FEE_STOCK_MAX, leg, index, &amount);
    return err;
}

/* A minimum holds for the option legs of an order together, or for each where it is an order. */
static enum err add_commissions(struct sum *sum, const struct fee_leg *legs, size_t count)
{
    bool alone = schedules[sum->schedule].flags & FEE_LEG_IS_ORDER;
    const struct fee_leg *any_option = NULL;
    int64_t options = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t amount = 0;
        enum err err = is_option(&legs[i]) ? add_option_commission(sum, &legs[i], (int)i, &amount)
                                           : add_stock_commission(sum, &legs[i], (int)i);
        if (!err && alone && is_option(&legs[i]))
            err = lift(sum, FEE_OPTION_MIN, &legs[i], (int)i, &amount);
        if (err)
            return err;
        options += amount;
        if (is_option(&legs[i]))
            any_option = &legs[i];
    }
    return any_option && !alone ? lift(sum, FEE_OPTION_MIN, any_option, -1, &options) : ERR_OK;
}

static enum err add_leg_fees(struct sum *sum, const struct fee_leg *leg, int index)
{
    int64_t amount, size = leg_size(leg);
    enum err err = add_rule(sum, FEE_CLEARING, leg, index, 0, size, &amount);
    if (!err)
        err = cut(sum, FEE_CLEARING_MAX, leg, index, &amount);
    if (!err && is_index(leg)) {
        size_t before = sum->out.line_count;
        err = add_rule(sum, FEE_INDEX, leg, index, leg->price, size, &amount);
        if (!err && before == sum->out.line_count && schedules[sum->schedule].has_market_fees)
            return err_set(ERR_NOT_FOUND,
                           "fee schedule %s: the exchange fee of %.8s options is not in the table; "
                           "choose another schedule, or add a row to fees.def",
                           schedules[sum->schedule].word, leg->contract->root);
    }
    if (!err)
        err = add_rule(sum, FEE_ORF, leg, index, 0, size, &amount);
    if (err || leg->quantity > 0)
        return err;
    err = add_rule(sum, FEE_SEC, leg, index, 0, size, &amount);
    if (!err)
        err = add_rule(sum, FEE_TAF, leg, index, 0, size, &amount);
    return err ? err : cut(sum, FEE_TAF_MAX, leg, index, &amount);
}

/* The rule whose line a minimum or maximum is part of. */
static enum fee_rule line_of(enum fee_rule rule)
{
    switch (rule) {
    case FEE_OPTION_CLOSE:
    case FEE_OPTION_MIN:
    case FEE_OPTION_MAX:
        return FEE_OPTION_OPEN;
    case FEE_STOCK_MIN:
    case FEE_STOCK_MAX:
        return FEE_STOCK;
    case FEE_CLEARING_MAX:
        return FEE_CLEARING;
    case FEE_TAF_MAX:
        return FEE_TAF;
    default:
        return rule;
    }
}

static void total(struct sum *sum)
{
    struct fee_breakdown *out = &sum->out;
    int64_t by_rule[FEE_RULE_COUNT] = { 0 }, by_kind[FEE_KIND_COUNT] = { 0 };
    for (size_t i = 0; i < out->line_count; i++)
        by_rule[line_of(out->lines[i].row->rule)] += out->lines[i].amount;
    for (int rule = 0; rule < FEE_RULE_COUNT; rule++) {
        MUST(by_rule[rule] >= 0);
        bool exact = schedules[sum->schedule].flags & FEE_EXACT;
        by_kind[rules[rule].kind] +=
            exact ? by_rule[rule] : money_ceil(by_rule[rule], MICROS_PER_CENT);
    }
    out->commission = by_kind[FEE_KIND_COMMISSION];
    out->exchange = by_kind[FEE_KIND_EXCHANGE];
    out->regulatory = by_kind[FEE_KIND_REGULATORY];
    out->total = out->commission + out->exchange + out->regulatory;
}

static enum err check_leg(const struct fee_leg *leg, size_t index)
{
    /* Far above any real order, and low enough that no product below overflows. */
    static const int64_t quantity_max = 1000000000, value_max = INT64_C(1000000000000000000);
    int64_t multiplier = is_option(leg) ? leg->contract->multiplier : 1;
    if (leg->quantity == 0 || leg->quantity > quantity_max || leg->quantity < -quantity_max)
        return err_set(ERR_RANGE, "fees: leg %zu has a quantity of %lld", index + 1,
                       (long long)leg->quantity);
    if (leg->price < 0 || multiplier <= 0 ||
        (int128)leg->price * leg_size(leg) * multiplier > value_max)
        return err_set(ERR_RANGE, "fees: leg %zu has no price, or one beyond reason", index + 1);
    return ERR_OK;
}

enum err fees_for_order(struct fee_breakdown *out, enum fee_schedule schedule, int32_t date,
                        const struct fee_leg *legs, size_t leg_count, int64_t month_contracts)
{
    MUST(schedule >= 0);
    MUST(schedule < FEE_SCHEDULE_COUNT);
    MUST(leg_count <= FEE_LEGS_MAX);
    MUST(month_contracts >= 0);
    struct sum sum = { .schedule = schedule, .date = date, .month_contracts = month_contracts };
    enum err err = date_is_valid(date) ? ERR_OK : err_set(ERR_RANGE, "fees: %d is no date", date);
    for (size_t i = 0; i < leg_count && !err; i++)
        err = check_leg(&legs[i], i);
    if (!err)
        err = add_commissions(&sum, legs, leg_count);
    for (size_t i = 0; i < leg_count && !err; i++)
        err = add_leg_fees(&sum, &legs[i], (int)i);
    if (err)
        return err;
    total(&sum);
    *out = sum.out;
    return ERR_OK;
}

const char *fee_schedule_name(enum fee_schedule schedule)
{
    MUST(schedule >= 0);
    MUST(schedule < FEE_SCHEDULE_COUNT);
    return schedules[schedule].word;
}

const char *fee_schedule_text(enum fee_schedule schedule)
{
    MUST(schedule >= 0);
    MUST(schedule < FEE_SCHEDULE_COUNT);
    return schedules[schedule].text;
}

enum err fee_schedule_parse(struct str text, enum fee_schedule *out)
{
    char names[200];
    size_t len = 0;
    for (int i = 0; i < FEE_SCHEDULE_COUNT; i++) {
        if (str_is(text, schedules[i].word)) {
            *out = (enum fee_schedule)i;
            return ERR_OK;
        }
        if (len < sizeof(names))
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
                                    schedules[i].word);
    }
    return err_set(ERR_USAGE, "fee schedule \"%.*s\" is not known: there are %s",
                   (int)(text.len < 40 ? text.len : 40), text.ptr ? text.ptr : "", names);
}

const char *fee_rule_name(enum fee_rule rule)
{
    MUST(rule >= 0);
    MUST(rule < FEE_RULE_COUNT);
    return rules[rule].word;
}

enum fee_kind fee_rule_kind(enum fee_rule rule)
{
    MUST(rule >= 0);
    MUST(rule < FEE_RULE_COUNT);
    return rules[rule].kind;
}
