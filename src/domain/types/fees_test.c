#include "tests/testing.h"

#include "domain/types/fees.h"
#include "domain/types/product.h"

static struct contract contract_of(const char *symbol)
{
    struct occ_symbol sym;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&sym, str_from(symbol)));
    CHECK_OK(product_contract(&contract, &sym));
    return contract;
}

static struct fee_leg option_leg(const struct contract *contract, int64_t quantity, double price)
{
    int64_t micros = money_from_dollars(price);
    return (struct fee_leg){ contract, quantity, micros, micros, micros, false };
}

/* The sum of a rule's lines, before rounding. */
static int64_t lines_of(const struct fee_breakdown *fees, enum fee_rule rule)
{
    int64_t sum = 0;
    for (size_t i = 0; i < fees->line_count; i++)
        if (fees->lines[i].row->rule == rule)
            sum += fees->lines[i].amount;
    return sum;
}

TEST(fees, ibkr_tiers_are_those_of_its_own_examples)
{
    /* golden-stats/fees.json: interactivebrokers.ca, options, tiered examples */
    static const struct {
        int64_t contracts;
        double premium;
        int64_t month;
        double commission;
    } cases[] = {
        { 2, 5, 5000, 1.30 },   { 3, 0.075, 5000, 1.50 },  { 5, 0.03, 5000, 1.25 },
        { 1, 2, 20000, 1.00 },  { 2, 5, 20000, 1.00 },     { 5, 0.03, 20000, 1.25 },
        { 7, 2, 150000, 1.05 }, { 2, 0.0999, 5000, 1.00 }, { 4, 0.05, 10000, 2.00 },
    };
    struct contract contract = contract_of("AAPL260320C00200000");
    FOR_EACH (c, cases) {
        struct fee_leg leg = option_leg(&contract, c->contracts, c->premium);
        struct fee_breakdown fees;
        CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &leg, 1, c->month));
        CHECK_EQ(fees.commission, money_from_dollars(c->commission));
    }
}

TEST(fees, cboe_index_fees_are_those_of_the_schedule)
{
    /* golden-stats/fees.json: Cboe fee codes effective 1 November 2024 */
    static const struct {
        const char *symbol;
        double premium, fee;
    } cases[] = {
        { "SPX260320C06000000", 0.85, 3.6 }, { "SPXW260320C06000000", 1.00, 4.5 },
        { "VIX260318C00020000", 0.08, 1.0 }, { "VIX260318C00020000", 0.55, 2.5 },
        { "VIXW260318C00020000", 1.5, 4.0 }, { "VIX260318C00020000", 2.0, 4.5 },
        { "XSP260320C00600000", 1.2, 0.7 },  { "RUTW260320C02000000", 1.2, 1.8 },
    };
    FOR_EACH (c, cases) {
        struct contract contract = contract_of(c->symbol);
        struct fee_leg leg = option_leg(&contract, 10, c->premium);
        struct fee_breakdown fees;
        CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &leg, 1, 0));
        CHECK_EQ(lines_of(&fees, FEE_INDEX), money_from_dollars(c->fee));
        CHECK_EQ(lines_of(&fees, FEE_SEC), 0);
        CHECK(!fees.is_uncertain || c->symbol[0] != 'S');
    }
    struct contract xsp = contract_of("XSP260320C00600000");
    struct fee_leg leg = option_leg(&xsp, 9, 1.2);
    struct fee_breakdown fees;
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &leg, 1, 0));
    CHECK_EQ(lines_of(&fees, FEE_INDEX), 0);
}

TEST(fees, clearing_and_regulatory_fees_follow_their_dates)
{
    struct contract contract = contract_of("AAPL260320C00200000");
    struct fee_breakdown fees;
    struct fee_leg big = option_leg(&contract, 5000, 1);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &big, 1, 0));
    CHECK_EQ(fees.exchange, 55000000); /* OCC, at most 55 a trade */

    struct fee_leg sale = option_leg(&contract, -100, 1); /* 10,000 dollars */
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250303, &sale, 1, 0));
    CHECK_EQ(lines_of(&fees, FEE_SEC), 278000);
    CHECK_EQ(lines_of(&fees, FEE_ORF), 2815000); /* 0.02815 a contract, eighteen exchanges */
    CHECK_EQ(lines_of(&fees, FEE_TAF), 279000);
    CHECK_EQ(fees.regulatory, 280000 + 2820000 + 280000); /* each line up to the cent */
    CHECK_EQ(fees.total, fees.commission + fees.exchange + fees.regulatory);
    CHECK(!fees.is_uncertain);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &sale, 1, 0));
    CHECK_EQ(lines_of(&fees, FEE_SEC), 0);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20190521, &sale, 1, 0));
    CHECK(fees.is_uncertain); /* old rows are from memory, and say so */

    struct fee_leg buy = option_leg(&contract, 100, 1);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250303, &buy, 1, 0));
    CHECK_EQ(lines_of(&fees, FEE_SEC) + lines_of(&fees, FEE_TAF), 0);
}

TEST(fees, a_minimum_holds_for_the_order_not_the_leg)
{
    struct contract contract = contract_of("SPXW260320C06000000");
    struct fee_leg legs[4];
    for (int i = 0; i < 4; i++)
        legs[i] = option_leg(&contract, i % 2 ? 1 : -1, 1.2);
    struct fee_breakdown fees;
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, legs, 4, 0));
    CHECK_EQ(fees.commission, 2600000);
    /* 0.45 each to Cboe, 0.02 each to OCC */
    CHECK_EQ(fees.exchange, 1880000);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, legs, 1, 0));
    CHECK_EQ(fees.commission, 1000000);
}

TEST(fees, tastytrade_charges_to_open_with_a_cap)
{
    struct contract contract = contract_of("AAPL260320C00200000");
    struct fee_leg legs[4];
    for (int i = 0; i < 4; i++)
        legs[i] = option_leg(&contract, i % 2 ? 20 : -20, 1.2);
    struct fee_breakdown fees;
    CHECK_OK(fees_for_order(&fees, FEES_TASTYTRADE, 20260105, legs, 4, 0));
    CHECK_EQ(fees.commission, 40000000);
    for (int i = 0; i < 4; i++)
        legs[i].closes = true;
    CHECK_OK(fees_for_order(&fees, FEES_TASTYTRADE, 20260105, legs, 4, 0));
    CHECK_EQ(fees.commission, 0);
    legs[0] = option_leg(&contract, 3, 1.2);
    CHECK_OK(fees_for_order(&fees, FEES_TASTYTRADE, 20260105, legs, 1, 0));
    CHECK_EQ(fees.commission, 3000000);
}

TEST(fees, lean_sums_come_out_as_its_regression_tests_pin_them)
{
    struct contract call = contract_of("GOOG160115C00750000"),
                    spx = contract_of("SPXW210104C03700000");
    struct fee_breakdown fees;

    /* iron condor, ten lots: 26.00; ladder of 5, 5, 5: 9.75; jelly roll of single lots: 4.00 */
    struct fee_leg legs[4];
    for (int i = 0; i < 4; i++)
        legs[i] = option_leg(&call, i % 2 ? 10 : -10, 5);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 4, 0));
    CHECK_EQ(fees.total, 26000000);
    for (int i = 0; i < 3; i++)
        legs[i] = option_leg(&call, i % 2 ? 5 : -5, 5);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 3, 0));
    CHECK_EQ(fees.total, 9750000);
    for (int i = 0; i < 4; i++)
        legs[i] = option_leg(&call, i % 2 ? 1 : -1, 5);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 4, 0));
    CHECK_EQ(fees.total, 4000000);

    /* bull call spread: the bought call has no bid, so 5 x 0.25; the sold one 5 x 0.65: 4.50 */
    legs[0] = option_leg(&call, -5, 55);
    legs[1] = option_leg(&call, 5, 58.30);
    legs[1].bid = PRICE_NONE;
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 2, 0));
    CHECK_EQ(fees.total, 4500000);
    CHECK_EQ(fees.exchange + fees.regulatory, 0);

    /* covered call 5 and 500 shares: 5.75; covered put 10 and 1000: 11.50; 100 shares alone: 1.00
     */
    legs[0] = option_leg(&call, -5, 5);
    legs[1] = option_leg(NULL, 500, 748.40);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 2, 0));
    CHECK_EQ(fees.total, 5750000);
    legs[0] = option_leg(&call, -10, 5);
    legs[1] = option_leg(NULL, -1000, 748.40);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 2, 0));
    CHECK_EQ(fees.total, 11500000);
    legs[0] = option_leg(NULL, 100, 748.40);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 1, 0));
    CHECK_EQ(fees.total, 1000000);
    legs[0] = option_leg(NULL, 10000, 0.10); /* 0.5 % of 1,000 dollars instead of 50 */
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20151224, legs, 1, 0));
    CHECK_EQ(fees.total, 5000000);

    legs[0] = option_leg(&spx, 1, 1.65);
    CHECK_OK(fees_for_order(&fees, FEES_IBKR_LEAN, 20210104, legs, 1, 0));
    CHECK_EQ(fees.total, 0);
}

TEST(fees, refuse_dates_and_products_without_a_row)
{
    struct contract aapl = contract_of("AAPL260320C00200000"),
                    ndx = contract_of("NDX260320C20000000");
    struct fee_leg leg = option_leg(&aapl, 1, 5);
    struct fee_breakdown fees = { .total = 77 };
    CHECK_EQ(fees_for_order(&fees, FEES_IBKR_TIERED, 20110103, &leg, 1, 0), ERR_RANGE);
    CHECK_HAS(err_detail(), "option commission (option) is not known on 20110103");
    CHECK_EQ(fees_for_order(&fees, FEES_IBKR_TIERED, 20290103, &leg, 1, 0), ERR_RANGE);
    CHECK_EQ(fees_for_order(&fees, FEES_TASTYTRADE, 20150105, &leg, 1, 0), ERR_RANGE);
    CHECK_EQ(fees_for_order(&fees, FEES_IBKR_TIERED, 20250229, &leg, 1, 0), ERR_RANGE);
    leg = option_leg(&ndx, 1, 5);
    CHECK_EQ(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &leg, 1, 0), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "NDX");
    leg.quantity = 0;
    CHECK_EQ(fees_for_order(&fees, FEES_IBKR_TIERED, 20250602, &leg, 1, 0), ERR_RANGE);
    leg.quantity = 1;
    leg.price = PRICE_NONE;
    CHECK_EQ(fees_for_order(&fees, FEES_NONE, 20250602, &leg, 1, 0), ERR_RANGE);
    CHECK_EQ(fees.total, 77);
    leg = option_leg(&ndx, 1, 5);
    CHECK_OK(fees_for_order(&fees, FEES_NONE, 19990104, &leg, 1, 0));
    CHECK_EQ(fees.total, 0);
}

TEST(fees, every_date_since_2012_has_one_row_of_each_rule)
{
    struct contract aapl = contract_of("AAPL260320C00200000"),
                    spx = contract_of("SPX260320C06000000");
    struct contract vix = contract_of("VIX260318C00020000");
    struct fee_leg legs[] = { option_leg(&aapl, -1, 5), option_leg(&spx, -1, 5),
                              option_leg(&vix, -1, 5), option_leg(NULL, -100, 50) };
    struct fee_breakdown fees;
    for (int32_t day = 20120101; day <= 20271231; day = date_add(day, 1))
        CHECK_OK(fees_for_order(&fees, FEES_IBKR_TIERED, day, legs, 4, 0));
    for (int32_t day = 20180101; day <= 20271231; day = date_add(day, 7))
        CHECK_OK(fees_for_order(&fees, FEES_TASTYTRADE, day, legs, 4, 0));
}

TEST(fees, schedules_are_found_by_name)
{
    enum fee_schedule schedule;
    for (int i = 0; i < FEE_SCHEDULE_COUNT; i++) {
        CHECK_OK(fee_schedule_parse(str_from(fee_schedule_name((enum fee_schedule)i)), &schedule));
        CHECK_EQ(schedule, i);
        CHECK(fee_schedule_text(schedule)[0] != '\0');
    }
    CHECK_EQ(fee_schedule_parse(STR("robinhood"), &schedule), ERR_USAGE);
    CHECK_HAS(err_detail(), "ibkr-tiered");
}
