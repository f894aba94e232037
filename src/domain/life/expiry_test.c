#include "domain/life/expiry.h"

#include "base/zone.h"
#include "domain/life/cutoff.h"
#include "domain/types/occ_symbol.h"
#include "tests/testing.h"

static struct contract contract(const char *symbol)
{
    struct occ_symbol parsed;
    struct contract out;
    CHECK_OK(occ_symbol_parse(&parsed, str_from(symbol)));
    CHECK_OK(product_contract(&out, &parsed));
    return out;
}

static const char *new_york(int64_t ts)
{
    static char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_NEW_YORK, ts);
    text[16] = '\0';
    return text;
}

/* Golden statistics, settlement: spx_am_jul_2026, spxw_daily, spxw_half_day. */
TEST(expiry, settles_as_the_exchange_says)
{
    static const struct {
        const char *symbol, *value, *last_trade;
        char time;
    } cases[] = {
        { "SPX   260717C05000000", "SOQ (SET)", "2026-07-16T16:15", SETTLE_AM },
        { "SPXW  260715C05000000", "official SPX close", "2026-07-15T16:00", SETTLE_PM },
        { "SPXW  261127C05000000", "official SPX close", "2026-11-27T13:00", SETTLE_PM },
    };
    FOR_EACH (c, cases) {
        struct contract option = contract(c->symbol);
        struct settlement s;
        CHECK_OK(settlement_of(&s, &option, calendar_us()));
        CHECK_EQ(s.time, c->time);
        CHECK_EQ(s.style, STYLE_EUROPEAN);
        CHECK_EQ(s.delivery, DELIVERY_CASH);
        CHECK_STR(s.value, c->value);
        CHECK_STR(new_york(s.last_trade_ts), c->last_trade);
    }
    struct contract spy = contract("SPY   260717C00600000"),
                    vix = contract("VIX   260722C00020000");
    struct settlement s;
    CHECK_OK(settlement_of(&s, &spy, calendar_us()));
    CHECK_STR(s.value, "SPY close");
    CHECK_EQ(s.deliver_day, 20260720);
    CHECK_OK(settlement_of(&s, &vix, calendar_us()));
    CHECK_STR(s.value, "SOQ (VRO)");
}

TEST(expiry, delivers_shares_in_the_cycle_of_the_day)
{
    const struct calendar *cal = calendar_us();
    CHECK_EQ(settlement_stock_day(cal, 20240524), 20240529); /* T+2 over Memorial Day */
    CHECK_EQ(settlement_stock_day(cal, 20240528), 20240529); /* T+1 */
    CHECK_EQ(settlement_stock_day(cal, 20170901), 20170907); /* T+3 over Labor Day */
    CHECK_EQ(settlement_stock_day(cal, 20260702), 20260706);
}

TEST(expiry, moves_cash_or_shares_with_the_signs_of_the_book)
{
    struct contract spx = contract("SPXW  260715C05000000"),
                    call = contract("SPY   260717C00600000"),
                    put = contract("SPY   260717P00600000");
    struct exercise_flow flow;
    CHECK_OK(exercise_flow_of(&flow, &spx, NULL, -3, 5010250000));
    CHECK_EQ(flow.cash, -3 * 100 * INT64_C(10250000));
    CHECK_EQ(flow.shares, 0);
    CHECK_OK(exercise_flow_of(&flow, &call, NULL, 2, 610000000));
    CHECK_EQ(flow.cash, -2 * 100 * INT64_C(600000000));
    CHECK_EQ(flow.shares, 200);
    CHECK_OK(
        exercise_flow_of(&flow, &call, NULL, -2, 610000000)); /* assigned: shares are called away */
    CHECK_EQ(flow.cash, 2 * 100 * INT64_C(600000000));
    CHECK_EQ(flow.shares, -200);
    CHECK_OK(exercise_flow_of(&flow, &put, NULL, 1, 580000000));
    CHECK_EQ(flow.shares, -100);
    CHECK_EQ(flow.cash, 100 * INT64_C(600000000));
    CHECK_OK(exercise_flow_of(&flow, &put, NULL, -1, 580000000));
    CHECK_EQ(flow.shares, 100);
    CHECK_EQ(flow.cash, -100 * INT64_C(600000000));
    CHECK_EQ(exercise_flow_of(&flow, &put, NULL, INT64_MAX / 100, 580000000), ERR_RANGE);
}

TEST(expiry, exercise_makes_nobody_richer_than_the_payoff)
{
    /* Cash plus shares at the price is the payoff, for any deliverable. */
    for (int i = 0; i < 200; i++) {
        struct contract c = contract(i % 2 ? "SPY   260717P00600000" : "SPY   260717C00600000");
        struct deliverable d = { .shares = 100 + i % 7,
                                 .fraction_ppm = i % 3 * 250000,
                                 .cash = i % 5 * 1000000 };
        int64_t price = INT64_C(500000000) + i * INT64_C(1000000), count = i % 9 - 4;
        struct exercise_flow flow;
        CHECK_OK(exercise_flow_of(&flow, &c, &d, count, price));
        int64_t delivered = price * d.shares + price * d.fraction_ppm / 1000000 + d.cash;
        int64_t paid = contract_strike_micros(&c) * 100;
        int64_t payoff = (c.right == OPTION_CALL ? delivered - paid : paid - delivered) * count;
        CHECK_EQ(flow.cash + flow.shares * price, payoff);
    }
}

static struct expiring line(const char *symbol, int64_t quantity)
{
    struct expiring out = { .contract = contract(symbol), .quantity = quantity };
    out.deliverable = deliverable_standard(&out.contract);
    return out;
}

TEST(expiry, of_an_iron_fly_leaves_what_is_in_the_money)
{
    struct expiring fly[] = { line("SPY   260717P00590000", 1), line("SPY   260717P00600000", -1),
                              line("SPY   260717C00600000", -1), line("SPY   260717C00610000", 1) };
    struct exercise_flow flow;
    CHECK_OK(exercise_flow_at(&flow, fly, 4, 605000000));
    CHECK_EQ(flow.shares, -100);
    CHECK_EQ(flow.cash, INT64_C(60000000000));
    CHECK_OK(exercise_flow_at(&flow, fly, 4,
                              620000000)); /* both calls: the width is lost, no shares left */
    CHECK_EQ(flow.shares, 0);
    CHECK_EQ(flow.cash, -INT64_C(1000000000));
    CHECK_OK(exercise_flow_at(&flow, fly, 4, 600000000));
    CHECK_EQ(flow.shares, 0);
}

TEST(cutoff, moves_with_the_close_and_names_its_row)
{
    struct contract spy = contract("SPY   260717C00600000"),
                    half = contract("SPY   261127C00600000");
    const struct cutoff *row;
    int64_t ts;
    CHECK_OK(cutoff_moment(&ts, &row, "occ", CUTOFF_INSTRUCTION, &spy, calendar_us()));
    CHECK_STR(new_york(ts), "2026-07-17T17:30");
    CHECK_OK(cutoff_moment(&ts, &row, "robinhood", CUTOFF_LIQUIDATION, &spy, calendar_us()));
    CHECK_STR(new_york(ts), "2026-07-17T15:30");
    CHECK_OK(cutoff_moment(&ts, &row, "robinhood", CUTOFF_LIQUIDATION, &half, calendar_us()));
    CHECK_STR(new_york(ts), "2026-11-27T12:30");
    CHECK_OK(cutoff_moment(&ts, &row, "nobody", CUTOFF_LIQUIDATION, &spy, calendar_us()));
    CHECK_STR(row->broker, "generic");
    CHECK_STR(new_york(ts), "2026-07-17T15:00");
    size_t count;
    const struct cutoff *rows = cutoff_rows(&count);
    for (size_t i = 0; i < count; i++)
        CHECK(rows[i].source[0] && rows[i].valid_from <= rows[i].valid_to);
}

TEST(cutoff, liquidates_what_the_account_cannot_take)
{
    struct expiring put[] = { line("SPY   260717P00600000", -1) };
    struct cutoff_account account = { .cash = INT64_C(20000000000), .share_value = 0 };
    struct exercise_flow flow;
    bool must;
    int64_t missing;
    CHECK_OK(cutoff_must_liquidate(&must, &flow, &missing, put, 1, 590000000, &account));
    CHECK(must); /* 60,000 of shares on 20,000 of cash, none of it borrowed */
    CHECK_EQ(missing, INT64_C(40000000000));
    CHECK_EQ(flow.shares, 100);
    account.share_value = 590000000 * INT64_C(3) / 4; /* 25 % maintenance */
    CHECK_OK(cutoff_must_liquidate(&must, &flow, &missing, put, 1, 590000000, &account));
    CHECK(!must);
    account = (struct cutoff_account){ .cash = INT64_C(1000000000),
                                       .share_value = 590000000 * INT64_C(3) / 4 };
    CHECK_OK(cutoff_must_liquidate(&must, &flow, &missing, put, 1, 610000000, &account));
    CHECK(!must); /* worthless */
    struct expiring call[] = { line("SPY   260717C00600000", -1) };
    account.share_value = 610000000 * INT64_C(3) / 4;
    CHECK_OK(cutoff_must_liquidate(&must, &flow, &missing, call, 1, 610000000, &account));
    CHECK(must); /* short 100 at 610: 1,000 less than they cost, and 15,250 of margin missing */
    CHECK_EQ(missing, INT64_C(15250000000));
    account.shares = 100; /* covered */
    CHECK_OK(cutoff_must_liquidate(&must, &flow, &missing, call, 1, 610000000, &account));
    CHECK(!must);
}

/* After a reverse split a contract of 100 delivers 50 new shares: at 200 dollars a share they are
 * worth what 100 were at 100, and so is the right to buy them. */
TEST(expiry, adjusted_contracts_are_exercised_by_what_they_deliver)
{
    struct contract call = { .root = "XYZ1",
                             .expiry = 20240105,
                             .strike_mills = 104000,
                             .multiplier = 100,
                             .right = OPTION_CALL,
                             .style = 'A',
                             .settle = 'p',
                             .delivery = 's' };
    struct contract put = call;
    put.right = OPTION_PUT;
    const struct deliverable half = { .shares = 50 };
    CHECK(exercise_delivers(&call, NULL, 200 * MICROS_PER_DOLLAR));
    CHECK(!exercise_delivers(&call, &half,
                             200 * MICROS_PER_DOLLAR)); /* 50 shares at 200 for 10,400 */
    CHECK(exercise_delivers(&put, &half, 200 * MICROS_PER_DOLLAR));
    CHECK_EQ(exercise_payoff(&put, &half, 200 * MICROS_PER_DOLLAR), 4 * MICROS_PER_DOLLAR);
    CHECK_EQ(exercise_payoff(&call, &half, 210 * MICROS_PER_DOLLAR), 1 * MICROS_PER_DOLLAR);
    CHECK(!exercise_delivers(&call, &half,
                             208 * MICROS_PER_DOLLAR + 19999)); /* a cent a share of 100 */
    CHECK(exercise_delivers(&call, &half, 208 * MICROS_PER_DOLLAR + 20000));
    struct expiring line = { call, half, 3 };
    struct exercise_flow flow;
    CHECK_OK(exercise_flow_at(&flow, &line, 1, 200 * MICROS_PER_DOLLAR));
    CHECK_EQ(flow.shares, 0);
    CHECK_OK(exercise_flow_at(&flow, &line, 1, 210 * MICROS_PER_DOLLAR));
    CHECK_EQ(flow.shares, 150);
    CHECK_EQ(flow.cash, -3 * 10400 * MICROS_PER_DOLLAR);
}
