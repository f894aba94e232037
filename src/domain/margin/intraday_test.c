#include "domain/margin/intraday.h"

#include "tests/testing.h"

static const int64_t thousand = INT64_C(1000000000);

/* SEC Release 34-105226 (14 April 2026), FINRA Notice 26-10. */
TEST(intraday, follows_the_rule_of_the_day_and_of_the_broker)
{
    static const struct {
        int32_t date, adopted;
        int day_trades;
        int64_t ppm, equity;
        enum margin_regime regime;
        enum margin_pattern pattern;
        bool is_restricted;
    } cases[] = {
        { 20260603, 0, 4, 300000, 18, MARGIN_REGIME_PDT, MARGIN_PATTERN_YES, true },
        { 20260501, 0, 4, 50000, 18, MARGIN_REGIME_PDT, MARGIN_PATTERN_NO, false },
        { 20260605, 20260604, 9, 300000, 4, MARGIN_REGIME_INTRADAY, MARGIN_PATTERN_NOT_ASKED,
          false },
        { 20260803, 0, 4, 300000, 18, MARGIN_REGIME_PDT, MARGIN_PATTERN_YES, true },
        /* enough equity; too few day trades; adopted only tomorrow; all have adopted */
        { 20260803, 0, 4, 300000, 25, MARGIN_REGIME_PDT, MARGIN_PATTERN_YES, false },
        { 20260803, 0, 3, 300000, 18, MARGIN_REGIME_PDT, MARGIN_PATTERN_NO, false },
        { 20260803, 20260804, 4, 300000, 18, MARGIN_REGIME_PDT, MARGIN_PATTERN_YES, true },
        { 20271021, 0, 4, 300000, 18, MARGIN_REGIME_INTRADAY, MARGIN_PATTERN_NOT_ASKED, false },
    };
    FOR_EACH (c, cases) {
        struct margin_account account = { .intraday_adopted_on = c->adopted,
                                          .equity = c->equity * thousand,
                                          .prior_equity = c->equity * thousand,
                                          .day_trades = c->day_trades,
                                          .day_trades_ppm = c->ppm };
        struct margin_intraday answer;
        CHECK_OK(margin_intraday(&account, c->date, &answer));
        CHECK_EQ(answer.regime, c->regime);
        CHECK_EQ(answer.pattern, c->pattern);
        CHECK_EQ(answer.is_restricted, c->is_restricted);
        CHECK_HAS(answer.reason, c->regime == MARGIN_REGIME_PDT ? "pattern day" : "intraday");
    }
}

TEST(intraday, restricts_for_a_deficit_that_is_not_met_in_time)
{
    struct margin_account account = { .intraday_adopted_on = 20260604,
                                      .equity = 30 * thousand,
                                      .maintenance = 31 * thousand,
                                      .deficit = 1001 * thousand / 1000,
                                      .deficit_days = 4 };
    struct margin_intraday answer;
    CHECK_OK(margin_intraday(&account, 20260801, &answer));
    CHECK_EQ(answer.headroom, -thousand);
    CHECK(!answer.is_restricted);
    account.deficit_days = 5;
    CHECK_OK(margin_intraday(&account, 20260801, &answer));
    CHECK(answer.is_restricted);
    account.deficit = thousand; /* spared */
    CHECK_OK(margin_intraday(&account, 20260801, &answer));
    CHECK(!answer.is_restricted);
    account.frozen_to = 20260801;
    CHECK_OK(margin_intraday(&account, 20260801, &answer));
    CHECK(answer.is_restricted);
    account.intraday_adopted_on = 20260603;
    CHECK_EQ(margin_intraday(&account, 20260801, &answer), ERR_RANGE);
    CHECK_HAS(err_detail(), "20260604");
}
