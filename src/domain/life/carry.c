#include "domain/life/carry.h"

#include <math.h>
#include <string.h>

#include "base/attr.h"
#include "base/date.h"
#include "domain/pricing/portable.h"

#define CARRY_NOTHING INT64_MIN

struct row {
    const char *schedule;
    enum carry_kind kind;
    int64_t from; /* micros */
    int32_t valid_from, valid_to;
    int64_t spread_ppm;
    const char *source;
};

static const struct row rows[] = {
/* ALWAYS in a row is two values: they must be seen as such before the row is taken apart. */
#define CARRY(...) CARRY_ROW(__VA_ARGS__)
#define CARRY_ROW(schedule_, kind_, dollars, from_, to_, spread, source_)                          \
    { .schedule = schedule_,                                                                       \
      .kind = kind_,                                                                               \
      .from = (dollars)*MICROS_PER_DOLLAR,                                                         \
      .valid_from = from_,                                                                         \
      .valid_to = to_,                                                                             \
      .spread_ppm = spread,                                                                        \
      .source = source_ },
#include "domain/life/carry_rates.def"
#undef CARRY
#undef CARRY_ROW
};

static const char *const names[CARRY_SCHEDULE_COUNT] = { "none", "benchmark", "ibkr", "retail" };
static const int64_t balance_max = INT64_C(1000000000) * MICROS_PER_DOLLAR;

const char *carry_schedule_name(enum carry_schedule schedule)
{
    MUST((unsigned)schedule < CARRY_SCHEDULE_COUNT);
    return names[schedule];
}

enum err carry_schedule_parse(struct str text, enum carry_schedule *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (str_is(text, names[i])) {
            *out = (enum carry_schedule)i;
            return ERR_OK;
        }
    }
    return err_set(ERR_USAGE,
                   "interest schedule \"%.*s\" is not one of none, benchmark, ibkr, retail",
                   STR_ARG(text));
}

double carry_simple_rate(double continuous, int days)
{
    MUST(days > 0);
    return portable_expm1(continuous * days / 365) * 360 / days;
}

static bool is_row_of(const struct row *row, const struct carry_night *night, enum carry_kind kind)
{
    return row->kind == kind && strcmp(row->schedule, names[night->schedule]) == 0 &&
           night->day >= row->valid_from && night->day <= row->valid_to;
}

/* Rows of one schedule and kind follow each other by balance: the part up to the next one's start.
 */
static int64_t part_of(const struct row *row, const struct carry_night *night, int64_t balance)
{
    int64_t end = balance;
    for (const struct row *next = row + 1; next < rows + ARRAY_COUNT(rows); next++) {
        if (is_row_of(next, night, row->kind)) {
            end = next->from < balance ? next->from : balance;
            break;
        }
    }
    return end > row->from ? end - row->from : 0;
}

static enum err interest(int64_t *out, bool *uncertain, const struct carry_night *night,
                         enum carry_kind kind, int64_t balance)
{
    int days = date_diff(night->next_day, night->day);
    double sum = 0;
    bool any = false;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        if (!is_row_of(row, night, kind))
            continue;
        any = true;
        int64_t part = part_of(row, night, balance);
        if (!part || row->spread_ppm == CARRY_NOTHING)
            continue;
        if (!isfinite(night->benchmark))
            return err_set(
                ERR_NOT_FOUND,
                "interest by schedule %s needs a benchmark rate, and none is known on %d: "
                "import rates (series USD.rates), or choose schedule none",
                names[night->schedule], night->day);
        double rate = carry_simple_rate(night->benchmark, days) + (double)row->spread_ppm / 1e6;
        if (rate > 0 || kind == CARRY_DEBIT)
            sum += (double)part * rate * days / 360;
        *uncertain |= row->source[strlen(row->source) - 1] == '?';
    }
    if (!any)
        return err_set(ERR_RANGE, "interest schedule %s has no row for %d", names[night->schedule],
                       night->day);
    *out = sum > 0 ? llround(sum) : 0;
    return ERR_OK;
}

enum err carry_interest(struct carry_paid *out, const struct carry_night *night)
{
    MUST((unsigned)night->schedule < CARRY_SCHEDULE_COUNT);
    MUST(night->short_value >= 0);
    *out = (struct carry_paid){ 0 };
    if (!date_is_valid(night->day) || !date_is_valid(night->next_day) ||
        night->next_day <= night->day)
        return err_set(ERR_RANGE, "interest from %d to %d: the second must be a later day",
                       night->day, night->next_day);
    if (night->cash > balance_max || night->cash < -balance_max || night->short_value > balance_max)
        return err_set(ERR_RANGE, "interest on a balance beyond a billion dollars");
    if (night->schedule == CARRY_SCHEDULE_NONE)
        return ERR_OK;
    int64_t free_cash = night->cash - night->short_value;
    struct carry_paid paid = { 0 };
    enum err err = ERR_OK;
    if (night->cash < 0)
        err = interest(&paid.debit, &paid.is_uncertain, night, CARRY_DEBIT, -night->cash);
    else if (free_cash > 0)
        err = interest(&paid.credit, &paid.is_uncertain, night, CARRY_CREDIT, free_cash);
    if (!err)
        *out = paid;
    return err;
}

int64_t carry_borrow_fee(int64_t shares, int64_t price, double fee, int days)
{
    MUST(shares > 0 && price > 0 && days >= 0);
    double collateral = money_to_dollars(money_ceil(price, MICROS_PER_DOLLAR)) * 1.02;
    return llround((double)shares * collateral * fee * days / 360 * 1e6);
}
