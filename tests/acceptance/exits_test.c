/*
 * When trades over the SPX days of 2019 end, and why, computed apart from their entries: at each
 * snapshot the legs at their mids against the credit or debit, and the days left. Profit comes
 * before loss, loss before days.
 */
#include "adapters/store/store.h"
#include "base/date.h"
#include "domain/types/money.h"
#include "tests/acceptance/acceptance.h"
#include "tests/testing.h"

enum { DAYS_MAX = 64 };

struct rule {
    const char *strategy;
    double profit, loss; /* percent of the credit or debit; 0: none */
    int dte;
    size_t trades;
};

static const struct rule rules[] = {
    { "iron_condor", 50, 200, 21, 8 },      { "short_strangle", 50, 200, 21, 3 },
    { "bull_put_spread", 50, 200, 14, 10 }, { "calendar", 25, 40, 5, 4 },
    { "put_butterfly", 75, 0, 2, 4 },
};

struct days {
    struct store *store;
    struct chain_day of[DAYS_MAX];
    size_t count;
};

static void days_open(struct days *days, struct arena *arena)
{
    struct store_day *list;
    CHECK_OK(store_open(&days->store, acceptance_spx_store()));
    CHECK_OK(store_list(days->store, arena, &list, &days->count, NULL));
    MUST(days->count <= DAYS_MAX);
    for (size_t i = 0; i < days->count; i++)
        CHECK_OK(chain_day_open(&days->of[i], days->store, "SPX", list[i].day, false));
}

static void days_close(struct days *days)
{
    for (size_t i = 0; i < days->count; i++)
        chain_day_close(&days->of[i]);
    store_close(days->store);
}

/* What the legs are worth at the mids of a day, dollars; NaN when one has no quote. */
static double value_on(const struct chain_day *day, const struct result_trade *trade)
{
    double value = 0;
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        double mid = NAN;
        for (uint32_t row = 0; row < day->rows.count && isnan(mid); row++) {
            const struct contract *c = &day->contracts[day->rows.contract[row]];
            if (c->strike_mills == leg->contract.strike_mills &&
                c->expiry == leg->contract.expiry && c->right == leg->contract.right &&
                strcmp(c->root, leg->contract.root) == 0 && day->rows.bid[row] >= 0 &&
                day->rows.ask[row] > 0)
                mid = (double)(day->rows.bid[row] + day->rows.ask[row]) / 2e6;
        }
        value += mid * (double)leg->quantity * 100.0;
    }
    return value;
}

static int32_t nearest_expiry(const struct result_trade *trade)
{
    int32_t nearest = trade->legs[0].contract.expiry;
    for (size_t i = 1; i < trade->leg_count; i++)
        if (trade->legs[i].contract.expiry < nearest)
            nearest = trade->legs[i].contract.expiry;
    return nearest;
}

static enum close_reason expected(const struct days *days, const struct rule *rule,
                                  const struct result_trade *trade, int64_t *when)
{
    double cash = money_to_dollars(trade->entry_cash);
    for (size_t i = 0; i < days->count; i++) {
        const struct chain_day *day = &days->of[i];
        *when = day->snapshots[0].ts_ns;
        if (*when <= trade->opened_ns)
            continue;
        double percent = (cash + value_on(day, trade)) / fabs(cash) * 100.0;
        if (percent >= rule->profit)
            return CLOSE_PROFIT;
        if (rule->loss > 0 && percent <= -rule->loss)
            return CLOSE_LOSS;
        if (date_diff(nearest_expiry(trade), day->day) <= rule->dte)
            return CLOSE_DTE;
    }
    *when = 0;
    return CLOSE_NONE;
}

TEST(exits, come_on_the_day_and_for_the_reason_that_the_quotes_say)
{
    NEED_SPX();
    struct arena arena;
    struct days days;
    arena_init(&arena, "days", 0);
    days_open(&days, &arena);
    FOR_EACH (rule, rules) {
        struct backtest_result r;
        char path[128];
        snprintf(path, sizeof path, "strategies/%s.yaml", rule->strategy);
        parity_run(&r, &arena, parity_file(path), acceptance_spx_store(), 0, 0);
        CHECK_EQ(r.trade_count, rule->trades);
        for (size_t i = 0; i < r.trade_count; i++) {
            int64_t when;
            enum close_reason reason = expected(&days, rule, &r.trades[i], &when);
            if (reason != r.trades[i].reason || when != r.trades[i].closed_ns)
                fail_msg("%s, trade %zu: closed by %s, not by %s, %lld hours off", rule->strategy,
                         i + 1, close_reason_name(r.trades[i].reason), close_reason_name(reason),
                         (long long)((r.trades[i].closed_ns - when) / 3600000000000));
        }
    }
    days_close(&days);
    arena_clear(&arena);
}
