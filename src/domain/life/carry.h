/*
 * What holding costs by the day: interest on cash, on borrowed cash, and the fee for borrowed
 * shares.
 *
 * Day counts. Dollar interest is simple, ACT/360: balance x rate x calendar days / 360. From one
 * business day to the next a weekend counts three days. The benchmark comes from the store's rates,
 * which are continuous, ACT/365; carry_simple_rate() turns it into the simple rate over the same
 * days.
 *
 * Borrow fees are ACT/360 on the market value, taken as stock lenders do: the price rounded up to
 * the next whole dollar, times 102 %.
 *
 * Proceeds of short shares are the lender's collateral: they are taken off the cash that earns
 * interest, and leave borrowed cash as it is. Balances are of the day's end; that premiums and
 * shares settle a day later is not counted.
 */
#ifndef DOMAIN_LIFE_CARRY_H
#define DOMAIN_LIFE_CARRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/money.h"

enum carry_schedule {
    CARRY_SCHEDULE_NONE,
    CARRY_SCHEDULE_BENCHMARK,
    CARRY_SCHEDULE_IBKR,
    CARRY_SCHEDULE_RETAIL,
    CARRY_SCHEDULE_COUNT
};

enum carry_kind { CARRY_CREDIT, CARRY_DEBIT };

struct carry_night {
    enum carry_schedule schedule;
    int32_t day, next_day; /* business days, yyyymmdd: interest for the nights between */
    int64_t cash;          /* micros at the end of day, negative when borrowed */
    int64_t short_value;   /* market value of all short shares, micros >= 0 */
    double benchmark;      /* continuous, ACT/365, as the store has it; NaN unknown */
};

struct carry_paid {
    int64_t credit;    /* micros, >= 0: interest received */
    int64_t debit;     /* micros, >= 0: interest paid */
    bool is_uncertain; /* a row used is marked "?" */
};

/*
 * Interest of the nights from day to next_day.
 * Errors: ERR_RANGE when next_day does not come after day, a schedule has no row then, or the
 * balance is beyond a billion dollars; ERR_NOT_FOUND when the schedule needs a benchmark and it is
 * NaN.
 */
NODISCARD enum err carry_interest(struct carry_paid *out, const struct carry_night *night);

/*
 * The fee for borrowing shares over days >= 0: shares > 0 short, price micros > 0, fee a year
 * (0.003 is 0.3 %, negative for a rebate). Micros, paid positive, nearest.
 */
int64_t carry_borrow_fee(int64_t shares, int64_t price, double fee, int days);

/* A continuous rate, ACT/365, as a simple one over days > 0, ACT/360. */
double carry_simple_rate(double continuous, int days);

/* "none", "benchmark", "ibkr", "retail". Errors: ERR_USAGE listing them. */
const char *carry_schedule_name(enum carry_schedule schedule);
NODISCARD enum err carry_schedule_parse(struct str text, enum carry_schedule *out);

#endif
