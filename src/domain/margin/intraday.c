#include "domain/margin/intraday.h"

#include <stdio.h>

#include "base/date.h"

static enum err get(enum margin_rate_name name, int32_t date, int64_t *value)
{
    const struct margin_rate *rate;
    enum err err = margin_rate_get(name, MARGIN_EQUITY, date, &rate);
    *value = err ? 0 : rate->value;
    return err;
}

static enum err check(const struct margin_account *a, int32_t date)
{
    if (!date_is_valid(date))
        return err_set(ERR_RANGE, "margin: %d is no date", date);
    if (a->intraday_adopted_on != 0 &&
        (!date_is_valid(a->intraday_adopted_on) || a->intraday_adopted_on < MARGIN_INTRADAY_FIRST))
        return err_set(ERR_RANGE, "margin: the intraday rule cannot be adopted on %d; from %d on",
                       a->intraday_adopted_on, MARGIN_INTRADAY_FIRST);
    if (a->day_trades < 0 || a->day_trades_ppm < 0 || a->deficit < 0 || a->deficit_days < 0)
        return err_set(ERR_RANGE, "margin: the account's day trades or deficit are negative");
    int64_t sum;
    if (a->maintenance == INT64_MIN || !money_try_add(a->equity, -a->maintenance, &sum))
        return err_set(ERR_RANGE, "margin: the account's equity is beyond what can be counted");
    return ERR_OK;
}

static enum err pattern_rule(const struct margin_account *a, int32_t date,
                             struct margin_intraday *out)
{
    int64_t least, spared;
    enum err err = get(MARGIN_RATE_PDT_MIN_MICROS, date, &least);
    if (!err)
        err = get(MARGIN_RATE_PDT_SHARE, date, &spared);
    if (err)
        return err;
    bool is_pattern = a->day_trades >= MARGIN_DAY_TRADES && a->day_trades_ppm > spared;
    out->pattern = is_pattern ? MARGIN_PATTERN_YES : MARGIN_PATTERN_NO;
    out->is_restricted = is_pattern && a->prior_equity < least;
    char have[MONEY_TEXT_BYTES], need[MONEY_TEXT_BYTES];
    money_format_people(have, a->prior_equity);
    money_format_people(need, least);
    (void)snprintf(out->reason, sizeof out->reason,
                   "pattern day trader rule: %d day trades in five days%s; equity at the prior "
                   "close %s, a pattern day trader needs %s",
                   a->day_trades,
                   a->day_trades >= MARGIN_DAY_TRADES && !is_pattern ? ", few of all trades" : "",
                   have, need);
    return ERR_OK;
}

static enum err intraday_rule(const struct margin_account *a, int32_t date,
                              struct margin_intraday *out)
{
    int64_t part, most;
    enum err err = get(MARGIN_RATE_SMALL_DEFICIT, date, &part);
    if (!err)
        err = get(MARGIN_RATE_SMALL_DEFICIT_MICROS, date, &most);
    if (err)
        return err;
    int64_t spared = a->equity > 0 ? a->equity / 1000000 * part : 0;
    if (spared > most)
        spared = most;
    bool is_late = a->deficit > spared && a->deficit_days >= MARGIN_DEFICIT_DAYS;
    bool is_frozen = a->frozen_to >= date;
    out->pattern = MARGIN_PATTERN_NOT_ASKED;
    out->is_restricted = is_late || is_frozen;
    char room[MONEY_TEXT_BYTES], due[MONEY_TEXT_BYTES];
    money_format_people(room, out->headroom);
    money_format_people(due, a->deficit);
    (void)snprintf(out->reason, sizeof out->reason,
                   "intraday margin rule: equity exceeds maintenance by %s; deficit to be met %s%s",
                   room, due,
                   is_late     ? ", unmet on the fifth business day"
                   : is_frozen ? "; still restricted for an earlier one"
                               : "");
    return ERR_OK;
}

enum err margin_intraday(const struct margin_account *account, int32_t date,
                         struct margin_intraday *out)
{
    *out = (struct margin_intraday){ 0 };
    enum err err = check(account, date);
    if (err)
        return err;
    bool has_adopted = account->intraday_adopted_on != 0 && date >= account->intraday_adopted_on;
    struct margin_intraday answer = {
        .regime =
            has_adopted || date > MARGIN_INTRADAY_ALL ? MARGIN_REGIME_INTRADAY : MARGIN_REGIME_PDT,
        .headroom = account->equity - account->maintenance,
    };
    err = answer.regime == MARGIN_REGIME_PDT ? pattern_rule(account, date, &answer)
                                             : intraday_rule(account, date, &answer);
    if (!err)
        *out = answer;
    return err;
}

const char *margin_regime_name(enum margin_regime regime)
{
    return regime == MARGIN_REGIME_PDT ? "PDT" : "INTRADAY_MARGIN";
}
