#include "domain/risk/watch.h"

#include "tests/testing.h"

static const int64_t S = 1000000000;

TEST(watch, halts_on_errors_storms_of_refusals_and_clocks_that_jump)
{
    struct risk_watch watch = { .last_ts_ns = 0 };
    struct risk_limits limits;
    risk_limits_default(&limits);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(risk_watch_reject(&watch, &limits, i * S).kind, ALARM_NONE);
    struct risk_alarm alarm = risk_watch_reject(&watch, &limits, 10 * S);
    CHECK_EQ(alarm.kind, ALARM_HALT);
    CHECK_EQ(alarm.number, 11);
    CHECK_EQ(risk_watch_reject(&watch, &limits, 100 * S).kind, ALARM_NONE); /* a minute later */
    CHECK_EQ(risk_watch_error(&watch, &limits, 100 * S).kind, ALARM_HALT);  /* none is allowed */
    char text[RISK_TEXT_BYTES];
    risk_alarm_text(text, &alarm, "");
    CHECK_HAS(text, "reject_storm: 11; the limit is 10");

    CHECK_EQ(risk_watch_event(&watch, &limits, 100 * S).kind, ALARM_NONE);
    CHECK_EQ(risk_watch_event(&watch, &limits, 5000 * S).kind, ALARM_NONE); /* a night passes */
    CHECK_EQ(risk_watch_event(&watch, &limits, 4999 * S).kind, ALARM_NONE); /* within the limit */
    CHECK_EQ(risk_watch_event(&watch, &limits, 4990 * S).kind, ALARM_HALT);

    CHECK_EQ(risk_watch_clocks(&watch, &limits, 1000 * S, 50 * S).kind, ALARM_NONE);
    CHECK_EQ(risk_watch_clocks(&watch, &limits, 1010 * S, 60 * S).kind, ALARM_NONE);
    alarm = risk_watch_clocks(&watch, &limits, 4610 * S, 70 * S);
    CHECK_EQ(alarm.kind, ALARM_HALT);
    CHECK_EQ(alarm.number, 3590 * S);
    CHECK_EQ(risk_watch_clocks(&watch, &limits, INT64_MIN, INT64_MAX).kind, ALARM_HALT);
}

TEST(watch, halts_on_stale_and_contradicting_quotes)
{
    struct risk_limits limits;
    risk_limits_default(&limits);
    CHECK_EQ(risk_watch_quote(&limits, 100 * S, 0, 130 * S).kind, ALARM_NONE);
    CHECK_EQ(risk_watch_quote(&limits, 100 * S, 0, 131 * S).kind, ALARM_HALT);
    CHECK_EQ(risk_watch_quote(&limits, 100 * S, 1000 * S, 1020 * S).kind,
             ALARM_NONE); /* of yesterday */
    CHECK_EQ(risk_watch_quote(&limits, 0, 1000 * S, 1031 * S).kind, ALARM_HALT);

    int64_t since = 0;
    CHECK_EQ(risk_watch_feeds(&limits, 100000000, 100400000, 1 * S, &since).kind, ALARM_NONE);
    CHECK_EQ(since, 0);
    CHECK_EQ(risk_watch_feeds(&limits, 100000000, 101000000, 2 * S, &since).kind, ALARM_NONE);
    CHECK_EQ(since, 2 * S);
    CHECK_EQ(risk_watch_feeds(&limits, 100000000, 101000000, 4 * S, &since).kind, ALARM_HALT);
    CHECK_EQ(risk_watch_feeds(&limits, 100000000, PRICE_NONE, 5 * S, &since).kind, ALARM_NONE);
    CHECK_EQ(since, 0);
}

TEST(watch, loss_of_the_day_stops_opening_then_hedges_then_liquidates_once)
{
    struct risk_watch watch = { .last_ts_ns = 0 };
    struct risk_limits limits;
    struct risk_account account = { .equity = 96000 * MICROS_PER_DOLLAR,
                                    .equity_start = 100000 * MICROS_PER_DOLLAR };
    risk_limits_default(&limits);
    limits.at[RISK_HEDGE_LOSS] = 8000 * MICROS_PER_DOLLAR;
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_NONE);
    account.flows = 2000 * MICROS_PER_DOLLAR; /* of which 2,000 came in: 6 % lost */
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_REDUCE);
    account.state = RISK_REDUCING;
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_NONE);
    account.equity = 93000 * MICROS_PER_DOLLAR;
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_HEDGE);
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_NONE);
    account.equity = 86000 * MICROS_PER_DOLLAR;
    struct risk_alarm alarm = risk_watch_loss(&watch, &limits, &account);
    CHECK_EQ(alarm.kind, ALARM_LIQUIDATE);
    CHECK_EQ(alarm.number, 16000 * MICROS_PER_DOLLAR);
    CHECK_EQ(alarm.limit, 15000 * MICROS_PER_DOLLAR);
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_NONE);
    risk_watch_new_day(&watch);
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_LIQUIDATE);
    account.equity = PRICE_NONE; /* not known is not a loss; the age of quotes halts */
    risk_watch_new_day(&watch);
    CHECK_EQ(risk_watch_loss(&watch, &limits, &account).kind, ALARM_NONE);
}
