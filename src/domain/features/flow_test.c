/* Quotes, flow, sessions and dated events: by hand. */
#include "base/zone.h"
#include "domain/features/dated.h"
#include "domain/features/flow.h"
#include "domain/features/quote.h"
#include "domain/features/session.h"
#include "domain/pricing/pricing.h"
#include "tests/testing.h"

TEST(quote, leans_the_microprice_to_the_thin_side)
{
    struct quote_feature q;
    quote_feature_init(&q);
    CHECK(isnan(quote_feature_mid(&q)) && isnan(quote_feature_microprice(&q)));
    CHECK(quote_feature_update(&q, 5, 1000000, 1100000, 300, 100));
    CHECK_NEAR(quote_feature_mid(&q), 1.05, 1e-15);
    CHECK_NEAR(quote_feature_spread(&q), 0.10, 1e-15);
    CHECK_NEAR(quote_feature_relative_spread(&q), 0.10 / 1.05, 1e-15);
    CHECK_NEAR(quote_feature_imbalance(&q), 0.75, 1e-15);
    CHECK_NEAR(quote_feature_microprice(&q), 1.075, 1e-15);
    CHECK(!quote_feature_update(&q, 4, 1, 2, 1, 1)); /* late: nothing changes */
    CHECK_NEAR(quote_feature_mid(&q), 1.05, 1e-15);
}

TEST(quote, of_one_side_crossed_or_without_sizes_has_no_number)
{
    static const struct {
        int64_t bid, ask;
        uint32_t bid_size, ask_size;
        bool mid, micro;
    } cases[] = {
        { PRICE_NONE, 1100000, 1, 1, false, false },
        { 1000000, PRICE_NONE, 1, 1, false, false },
        { 1200000, 1100000, 1, 1, false, false },
        { -5, 1100000, 1, 1, false, false },
        { 0, 0, 1, 1, false, false },
        { 0, 50000, 10, 10, true, true },
        { 1, 1, SIZE_NONE, 1, true, false },
        { 1, 1, 0, 0, true, false },
    };
    FOR_EACH (c, cases) {
        struct quote_feature q;
        quote_feature_init(&q);
        CHECK(quote_feature_update(&q, 0, c->bid, c->ask, c->bid_size, c->ask_size));
        CHECK_EQ(!isnan(quote_feature_mid(&q)), c->mid);
        CHECK_EQ(!isnan(quote_feature_microprice(&q)), c->micro);
    }
}

TEST(flow, measures_a_chain_by_hand)
{
    static const int8_t sign[] = { 1, 1, -1, -1, -1 };
    static const uint32_t volume[] = { 100, 300, 600, 1000, SIZE_NONE },
                          open[] = { 1000, SIZE_NONE, 200, 0, 400 };
    static const double gamma[] = { 0.02, 0.5, 0.01, 0.1, NAN };
    struct flow_rows rows = { 5, sign, volume, open, gamma };
    struct flow_rule rule = { 500, 2 };
    struct flow flow;
    bool unusual[5];
    flow_measure(&rows, 50, 100, &rule, &flow, unusual);
    CHECK_NEAR(flow.put_call_volume, 1600.0 / 400, 1e-15);
    CHECK_NEAR(flow.put_call_open, 600.0 / 1000, 1e-15);
    /* 1 % of 50 moves 0.50; gamma x open x 100 shares x 0.50 x 50 dollars */
    CHECK_NEAR(flow.call_gamma, 0.02 * 1000 * 100 * 0.5 * 50, 1e-9);
    CHECK_NEAR(flow.put_gamma, 0.01 * 200 * 100 * 0.5 * 50, 1e-9);
    CHECK_NEAR(flow.gamma_exposure, 50000 - 5000, 1e-9);
    CHECK_NEAR(flow.gamma_coverage, 1200.0 / 1600, 1e-15);
    CHECK_EQ(flow.unusual, 2); /* 600 on 200, and 1000 on nothing */
    CHECK(!unusual[0] && !unusual[1] && unusual[2] && unusual[3] && !unusual[4]);
    CHECK(flow.volume_open_max == 1000);
}

TEST(flow, says_nothing_where_the_source_gives_nothing)
{
    static const int8_t sign[] = { 1, -1 };
    struct flow_rows rows = { .count = 2, .sign = sign };
    struct flow flow;
    flow_measure(&rows, 50, 100, &(struct flow_rule){ 500, 2 }, &flow, NULL);
    CHECK(isnan(flow.put_call_volume) && isnan(flow.put_call_open) && isnan(flow.gamma_exposure));
    CHECK(isnan(flow.gamma_coverage) && isnan(flow.volume_open_max));
    CHECK(!flow.unusual_known);
    static const uint32_t puts_only[] = { 0, 70 };
    rows.volume = puts_only;
    flow_measure(&rows, 50, 100, &(struct flow_rule){ 500, 2 }, &flow, NULL);
    CHECK(isnan(flow.put_call_volume)); /* no calls: no ratio, not infinity */
    CHECK(flow.put_volume == 70);
}

TEST(flow, counts_trades_of_a_session)
{
    struct put_call flow;
    put_call_begin(&flow, 100);
    CHECK(!put_call_update(&flow, 99, OPTION_SIGN_CALL, 1, 10));
    CHECK(isnan(put_call_value(&flow)));
    CHECK(put_call_update(&flow, 100, OPTION_SIGN_CALL, 2, 10));
    CHECK(put_call_update(&flow, 101, OPTION_SIGN_PUT, 1, 30));
    CHECK(!put_call_update(&flow, 102, 0, 1, 30) && !put_call_update(&flow, 102, 1, NAN, 30));
    CHECK_NEAR(put_call_value(&flow), 3, 1e-15);
    CHECK_NEAR(put_call_premium_value(&flow), 1.5, 1e-15);
    put_call_begin(&flow, 200);
    CHECK(isnan(put_call_value(&flow)));
}

TEST(session, opening_range_is_unknown_until_its_minutes_are_over)
{
    struct opening_range range;
    opening_range_begin(&range, 1000, 300);
    static const struct {
        int64_t ts;
        double price;
        bool taken, known;
    } prices[] = {
        { 999, 50, false, false }, { 1000, 100, true, false }, { 1200, 104, true, false },
        { 1299, 98, true, false }, { 1300, 97, true, true },   { 1301, 200, true, true },
    };
    FOR_EACH (p, prices) {
        CHECK_EQ(opening_range_update(&range, p->ts, p->price), p->taken);
        CHECK_EQ(!isnan(opening_range_high(&range)), p->known);
    }
    CHECK(opening_range_high(&range) == 104 && opening_range_low(&range) == 97);
    opening_range_begin(&range, 2000, 300);
    CHECK(opening_range_update(&range, 2301, 7)); /* nothing was seen in it */
    CHECK(isnan(opening_range_high(&range)) && isnan(opening_range_low(&range)));
}

TEST(session, vwap_weighs_prices_by_size)
{
    struct vwap vwap;
    vwap_begin(&vwap, 0);
    CHECK(isnan(vwap_value(&vwap)) && isnan(vwap_deviation(&vwap)));
    CHECK(vwap_update(&vwap, 0, 100, 300) && vwap_update(&vwap, 1, 104, 100));
    CHECK_NEAR(vwap_value(&vwap), 101, 1e-12);
    CHECK_NEAR(vwap_deviation(&vwap), sqrt((300 * 1.0 + 100 * 9.0) / 400), 1e-12);
    CHECK(!vwap_update(&vwap, 2, 100, 0) && !vwap_update(&vwap, 2, NAN, 1) &&
          !vwap_update(&vwap, 0, 1, 1));
    for (int i = 0; i < 1000000; i++) /* no drift over a day of trades */
        if (!vwap_update(&vwap, 2, 101, 1e-3 * (i % 7 + 1)))
            fail_msg("trade %d", i);
    CHECK_NEAR(vwap_value(&vwap), 101, 1e-9);
}

TEST(session, bar_is_what_was_seen)
{
    struct session_bar bar;
    session_bar_begin(&bar, 10);
    CHECK(session_bar_value(&bar) == NULL);
    CHECK(session_bar_update(&bar, 10, 5) && session_bar_update(&bar, 11, 7) &&
          session_bar_update(&bar, 12, 4) && session_bar_update(&bar, 13, 6));
    const struct ohlc *b = session_bar_value(&bar);
    CHECK(b->open == 5 && b->high == 7 && b->low == 4 && b->close == 6);
    CHECK(ohlc_is_valid(b));
}

static const int64_t DAY = NANOS_PER_DAY;

TEST(dated, an_event_counts_from_its_announcement_to_its_withdrawal)
{
    const struct dated_event table[] = {
        { 10 * DAY, 2 * DAY, INT64_MAX, DATED_EARNINGS },
        { 20 * DAY, 12 * DAY, 15 * DAY, DATED_EARNINGS }, /* first said to be on day 20 */
        { 21 * DAY, 0, INT64_MAX, DATED_FOMC },
        { 25 * DAY, 15 * DAY, INT64_MAX, DATED_EARNINGS }, /* then moved */
    };
    static const struct {
        double at, next, last;
    } cases[] = {
        { 1, NAN, NAN }, { 2, 8, NAN },      { 9.5, 0.5, NAN }, { 10, NAN, 0 }, { 11, NAN, 1 },
        { 12, 8, 2 },    { 14.5, 5.5, 4.5 }, { 15, 10, 5 },     { 22, 3, 12 },  { 26, NAN, 1 },
    };
    struct event_distance d;
    CHECK_OK(event_distance_init(&d, DATED_EARNINGS, table, ARRAY_COUNT(table)));
    CHECK(isnan(event_distance_next(&d)) && isnan(event_distance_last(&d)));
    FOR_EACH (c, cases) {
        CHECK(event_distance_update(&d, (int64_t)(c->at * (double)DAY)));
        double next = event_distance_next(&d), last = event_distance_last(&d);
        CHECK_EQ(isnan(next), isnan(c->next));
        CHECK_EQ(isnan(last), isnan(c->last));
        if (!isnan(next))
            CHECK_NEAR(next, c->next, 1e-12);
        if (!isnan(last))
            CHECK_NEAR(last, c->last, 1e-12);
    }
    CHECK(!event_distance_update(&d, 3 * DAY));
    CHECK_OK(event_distance_init(&d, DATED_CPI, table, ARRAY_COUNT(table)));
    CHECK(event_distance_update(&d, 9 * DAY) && isnan(event_distance_next(&d)));
}

TEST(dated, refuses_tables_that_cannot_be)
{
    struct event_distance d;
    const struct dated_event unsorted[] = { { 2, 0, INT64_MAX, DATED_CPI },
                                            { 1, 0, INT64_MAX, DATED_CPI } };
    CHECK_EQ(event_distance_init(&d, DATED_CPI, unsorted, 2), ERR_RANGE);
    CHECK_HAS(err_detail(), "event 2");
    const struct dated_event late = { 2, 3, INT64_MAX, DATED_CPI };
    CHECK_EQ(event_distance_init(&d, DATED_CPI, &late, 1), ERR_RANGE);
    CHECK_HAS(err_detail(), "after it happened");
    CHECK_STR(dated_kind_name(DATED_FOMC), "fomc");
}
