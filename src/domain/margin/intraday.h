/*
 * Day trading: the pattern-day-trader rule, and the intraday margin rule that took its place.
 *
 * From 4 June 2026 brokers may go over to the intraday margin rule (SR-FINRA-2025-017, SEC Release
 * 34-105226, FINRA Notice 26-10); by 20 October 2027 all must. When one did is a field of the
 * account, not of the calendar: accounts of two brokers may stand under two rules on one day.
 *
 *   pattern day trader  four or more day trades in five business days, unless they are at most 6 %
 *                       of all trades; below 25,000 at the prior close: closing only
 *   intraday margin     equity less maintenance must not go below zero through what is traded. A
 *                       deficit is to be met; unmet by the fifth business day, no new shorts and no
 *                       new debit for 90 days. Small ones (5 % of equity, at most 1,000 ?) are
 * spared
 */
#ifndef DOMAIN_MARGIN_INTRADAY_H
#define DOMAIN_MARGIN_INTRADAY_H

#include "domain/margin/margin.h"

enum {
    MARGIN_INTRADAY_FIRST = 20260604,
    MARGIN_INTRADAY_ALL = 20271020,
    MARGIN_DEFICIT_DAYS = 5,
    MARGIN_DAY_TRADES = 4,
};

enum margin_regime { MARGIN_REGIME_PDT, MARGIN_REGIME_INTRADAY };
enum margin_pattern { MARGIN_PATTERN_NO, MARGIN_PATTERN_YES, MARGIN_PATTERN_NOT_ASKED };

struct margin_account {
    int32_t intraday_adopted_on; /* yyyymmdd, when its broker went over; 0: not yet */
    int64_t equity;              /* micros, cash + longs - shorts, now */
    int64_t prior_equity;        /* the same at the prior close */
    int64_t maintenance;         /* deposit of the maintenance plan, or portfolio margin */
    int day_trades;              /* in the last five business days */
    int64_t day_trades_ppm;      /* of all trades in them */
    int64_t deficit;             /* the greatest intraday deficit not yet met, >= 0 */
    int deficit_days;            /* business days since it arose */
    int32_t frozen_to;           /* last day of an earlier restriction; 0: none */
};

struct margin_intraday {
    enum margin_regime regime;
    enum margin_pattern pattern;
    bool is_restricted; /* closing trades alone */
    int64_t headroom;   /* micros that trades may still take: negative is a deficit */
    char reason[MARGIN_REASON_BYTES];
};

/*
 * The rule that holds for the account on a day, and what it leaves.
 * Errors: ERR_RANGE for no date, an adoption before the rule was there, a negative count or amount,
 * or a rate without a row.
 */
NODISCARD enum err margin_intraday(const struct margin_account *account, int32_t date,
                                   struct margin_intraday *out);

/* "PDT", "INTRADAY_MARGIN" */
const char *margin_regime_name(enum margin_regime regime);

#endif
