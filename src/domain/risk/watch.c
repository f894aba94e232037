#include "domain/risk/watch.h"

#include <stdio.h>

#include "domain/risk/risk_int.h"

void risk_window_add(struct risk_window *window, int64_t ts_ns)
{
    window->ts_ns[window->next] = ts_ns;
    window->next = (window->next + 1) % RISK_WINDOW_MAX;
    if (window->count < RISK_WINDOW_MAX)
        window->count++;
}

/* Not ordered when clocks jump back, so all are looked at. */
int64_t risk_window_count(const struct risk_window *window, int64_t now_ts_ns, int64_t span_ns)
{
    int64_t since, count = 0;
    if (__builtin_sub_overflow(now_ts_ns, span_ns, &since))
        since = INT64_MIN;
    for (uint32_t i = 0; i < window->count; i++)
        count += window->ts_ns[i] > since;
    return count;
}

static struct risk_alarm ask(const struct risk_limits *limits, enum risk_limit rule, int64_t number,
                             enum risk_alarm_kind kind)
{
    int64_t limit = limits->at[rule];
    if (limit == RISK_OFF || number <= limit)
        return (struct risk_alarm){ ALARM_NONE, rule, number, limit };
    return (struct risk_alarm){ kind, rule, number, limit };
}

void risk_alarm_text(char out[RISK_TEXT_BYTES], const struct risk_alarm *alarm, const char *name)
{
    struct risk_verdict verdict = { .rule = alarm->rule,
                                    .number = alarm->number,
                                    .limit = alarm->limit };
    char number[RISK_VALUE_BYTES], limit[RISK_VALUE_BYTES];
    risk_value_text(number, verdict.rule, verdict.number);
    risk_value_text(limit, verdict.rule, verdict.limit);
    snprintf(out, RISK_TEXT_BYTES, "%s%s%s: %s; the limit is %s (%s)",
             risk_limit_row(alarm->rule)->word, name[0] ? " " : "", name, number, limit,
             risk_limit_row(alarm->rule)->help);
}

struct risk_alarm risk_watch_reject(struct risk_watch *watch, const struct risk_limits *limits,
                                    int64_t ts_ns)
{
    risk_window_add(&watch->rejects, ts_ns);
    int64_t count = risk_window_count(&watch->rejects, ts_ns, limits->at[RISK_RATE_WINDOW]);
    return ask(limits, RISK_REJECT_STORM, count, ALARM_HALT);
}

struct risk_alarm risk_watch_error(struct risk_watch *watch, const struct risk_limits *limits,
                                   int64_t ts_ns)
{
    risk_window_add(&watch->errors, ts_ns);
    int64_t count = risk_window_count(&watch->errors, ts_ns, limits->at[RISK_RATE_WINDOW]);
    return ask(limits, RISK_SYSTEM_ERRORS, count, ALARM_HALT);
}

static int64_t distance(int64_t a, int64_t b)
{
    int64_t gap;
    if (__builtin_sub_overflow(a > b ? a : b, a > b ? b : a, &gap))
        return INT64_MAX;
    return gap;
}

struct risk_alarm risk_watch_event(struct risk_watch *watch, const struct risk_limits *limits,
                                   int64_t ts_ns)
{
    bool is_back = watch->last_ts_ns != 0 && ts_ns < watch->last_ts_ns;
    int64_t jump = is_back ? distance(watch->last_ts_ns, ts_ns) : 0;
    watch->last_ts_ns = ts_ns;
    return ask(limits, RISK_CLOCK_JUMP, jump, ALARM_HALT);
}

struct risk_alarm risk_watch_clocks(struct risk_watch *watch, const struct risk_limits *limits,
                                    int64_t wall_ns, int64_t steady_ns)
{
    int64_t wall, steady, jump = 0;
    if (watch->steady_ns != 0) {
        bool fits = !__builtin_sub_overflow(wall_ns, watch->wall_ns, &wall) &&
                    !__builtin_sub_overflow(steady_ns, watch->steady_ns, &steady);
        jump = fits ? distance(wall, steady) : INT64_MAX;
    }
    watch->wall_ns = wall_ns;
    watch->steady_ns = steady_ns;
    return ask(limits, RISK_CLOCK_JUMP, jump, ALARM_HALT);
}

struct risk_alarm risk_watch_quote(const struct risk_limits *limits, int64_t last_quote_ts_ns,
                                   int64_t session_open_ts_ns, int64_t now_ts_ns)
{
    int64_t since = last_quote_ts_ns > session_open_ts_ns ? last_quote_ts_ns : session_open_ts_ns;
    int64_t age = now_ts_ns > since ? distance(now_ts_ns, since) : 0;
    return ask(limits, RISK_QUOTE_AGE, age, ALARM_HALT);
}

struct risk_alarm risk_watch_feeds(const struct risk_limits *limits, int64_t price,
                                   int64_t other_price, int64_t now_ts_ns, int64_t *since_ts_ns)
{
    struct risk_alarm quiet = { ALARM_NONE, RISK_FEED_GAP, 0, limits->at[RISK_FEED_GAP] };
    if (price == PRICE_NONE || other_price == PRICE_NONE || price <= 0 || other_price <= 0) {
        *since_ts_ns = 0; /* one is silent: that is for the age of its quotes to say */
        return quiet;
    }
    int64_t least = price < other_price ? price : other_price;
    int128 gap = (int128)distance(price, other_price) * 1000000 / least;
    struct risk_alarm alarm =
        ask(limits, RISK_FEED_GAP, gap > INT64_MAX ? INT64_MAX : (int64_t)gap, ALARM_HALT);
    if (alarm.kind == ALARM_NONE) {
        *since_ts_ns = 0;
        return alarm;
    }
    if (*since_ts_ns == 0)
        *since_ts_ns = now_ts_ns;
    bool is_long = distance(now_ts_ns, *since_ts_ns) >= limits->at[RISK_FEED_GAP_TIME];
    alarm.kind = is_long ? ALARM_HALT : ALARM_NONE;
    return alarm;
}

static bool is_beyond(const struct risk_account *account, const struct risk_limits *limits,
                      enum risk_limit rule, enum risk_alarm_kind kind, struct risk_alarm *out)
{
    int64_t loss = -risk_day_profit(account);
    int64_t bound = risk_limit_bound(account, limits, rule);
    *out = (struct risk_alarm){ kind, rule, loss, bound };
    return bound != RISK_OFF && loss > bound;
}

struct risk_alarm risk_watch_loss(struct risk_watch *watch, const struct risk_limits *limits,
                                  const struct risk_account *account)
{
    struct risk_alarm alarm = { ALARM_NONE, RISK_DAY_LOSS, 0, 0 };
    if (risk_day_profit(account) == PRICE_NONE)
        return alarm;
    if (!watch->has_liquidated &&
        is_beyond(account, limits, RISK_LIQUIDATE_LOSS, ALARM_LIQUIDATE, &alarm)) {
        watch->has_liquidated = watch->has_hedged = true;
        return alarm;
    }
    if (!watch->has_hedged && is_beyond(account, limits, RISK_HEDGE_LOSS, ALARM_HEDGE, &alarm)) {
        watch->has_hedged = true;
        return alarm;
    }
    if (account->state == RISK_NORMAL &&
        is_beyond(account, limits, RISK_DAY_LOSS, ALARM_REDUCE, &alarm))
        return alarm;
    alarm.kind = ALARM_NONE;
    return alarm;
}

void risk_watch_new_day(struct risk_watch *watch)
{
    watch->has_hedged = watch->has_liquidated = false;
}
