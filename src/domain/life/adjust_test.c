#include "domain/life/adjust.h"

#include "domain/life/expiry.h"
#include "tests/testing.h"

static struct adjusted lot(const char *root, int strike_mills, int64_t quantity)
{
    struct adjusted out = { .contract = { .expiry = 20260918,
                                          .strike_mills = strike_mills,
                                          .multiplier = 100,
                                          .right = OPTION_CALL,
                                          .style = STYLE_AMERICAN,
                                          .settle = SETTLE_PM,
                                          .delivery = DELIVERY_PHYSICAL },
                            .quantity = quantity };
    memcpy(out.contract.root, root, strlen(root));
    out.deliverable = deliverable_standard(&out.contract);
    return out;
}

TEST(adjust, a_whole_split_multiplies_contracts)
{
    struct adjusted a = lot("AAPL", 500000, -3); /* Apple, 4 for 1, August 2020: 500 became 125 */
    CHECK_OK(adjust_split(&a, 4, 1));
    CHECK_EQ(a.quantity, -12);
    CHECK_EQ(a.contract.strike_mills, 125000);
    CHECK_EQ(a.contract.multiplier, 100);
    CHECK_STR(a.contract.root, "AAPL");
    CHECK(deliverable_is_standard(&a.contract, &a.deliverable));
    a = lot("NVDA", 1000000, 1); /* 7 to the cent: 142.857... */
    CHECK_OK(adjust_split(&a, 7, 1));
    CHECK_EQ(a.contract.strike_mills, 142860);
}

TEST(adjust, a_split_of_three_for_two_makes_150_shares)
{
    struct adjusted a = lot("XYZ", 60000, 2);
    CHECK_OK(adjust_split(&a, 3, 2));
    CHECK_EQ(a.quantity, 2);
    CHECK_EQ(a.contract.strike_mills, 40000);
    CHECK_EQ(a.contract.multiplier, 150);
    CHECK_EQ(a.deliverable.shares, 150);
    CHECK_STR(a.contract.root, "XYZ1");
    CHECK_OK(adjust_split(&a, 1, 10));
    CHECK_STR(a.contract.root, "XYZ2");
    CHECK_EQ(a.deliverable.shares, 15);
}

TEST(adjust, a_reverse_split_delivers_fewer_shares_at_the_old_strike)
{
    struct adjusted a =
        lot("GE", 15000, 1); /* GE, 1 for 8, August 2021: 100 shares became 12 and cash */
    CHECK_OK(adjust_split(&a, 1, 8));
    CHECK_EQ(a.contract.strike_mills, 15000);
    CHECK_EQ(a.contract.multiplier, 100);
    CHECK_EQ(a.deliverable.shares, 12);
    CHECK_EQ(a.deliverable.fraction_ppm, 500000);
    CHECK_STR(a.contract.root, "GE1");
    CHECK(!deliverable_is_standard(&a.contract, &a.deliverable));
}

TEST(adjust, leaves_the_holder_as_rich_as_before)
{
    static const struct {
        int32_t to, from;
    } splits[] = {
        { 2, 1 }, { 3, 1 }, { 3, 2 }, { 5, 4 }, { 1, 10 }, { 1, 8 }, { 2, 3 }, { 4, 3 }
    };
    FOR_EACH (s, splits) {
        struct adjusted before = lot("XYZ", 60000, 10), after = before;
        CHECK_OK(adjust_split(&after, s->to, s->from));
        int64_t price = 90000000; /* before; after it is price x from / to */
        struct exercise_flow old, new;
        int64_t new_price = price * s->from / s->to;
        CHECK_OK(
            exercise_flow_of(&old, &before.contract, &before.deliverable, before.quantity, price));
        CHECK_OK(
            exercise_flow_of(&new, &after.contract, &after.deliverable, after.quantity, new_price));
        double worth = money_to_dollars(old.cash + old.shares * price);
        double now = money_to_dollars(new.cash + new.shares *new_price);
        CHECK_NEAR(now, worth, 0.001 * worth); /* strikes to the cent, a millionth of a share */
    }
}

TEST(adjust, takes_special_dividends_off_the_strike_from_12_50_a_contract)
{
    CHECK(adjust_dividend_counts(125000, 100));
    CHECK(!adjust_dividend_counts(124999, 100));
    struct adjusted a = lot("COST", 600000, 1); /* Costco, 15.00 special, December 2023 */
    CHECK_OK(adjust_special_dividend(&a, 15000000));
    CHECK_EQ(a.contract.strike_mills, 585000);
    CHECK_STR(a.contract.root, "COST");
    CHECK_OK(adjust_special_dividend(&a, 100000));
    CHECK_EQ(a.contract.strike_mills, 585000);
    CHECK_EQ(adjust_special_dividend(&a, 600000000), ERR_UNSUPPORTED);
    CHECK_EQ(a.contract.strike_mills, 585000);
}

TEST(adjust, refuses_what_no_symbol_can_say_and_changes_nothing)
{
    struct adjusted a = lot("ABCDEF", 60000, 1), before = a;
    CHECK_EQ(adjust_split(&a, 1, 10), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "OCC's memo");
    CHECK(memcmp(&a, &before, sizeof a) == 0);
    a = lot("XYZ", 500, 1);
    before = a;
    CHECK_EQ(adjust_split(&a, 200, 1), ERR_RANGE);
    CHECK(memcmp(&a, &before, sizeof a) == 0);
}

TEST(adjust, pays_the_fraction_of_a_share_in_cash)
{
    int64_t cash;
    CHECK_EQ(adjust_shares(105, 1, 10, 50000000, &cash), 10);
    CHECK_EQ(cash, 25000000);
    CHECK_EQ(adjust_shares(-105, 1, 10, 50000000, &cash), -10);
    CHECK_EQ(cash, -25000000);
    CHECK_EQ(adjust_shares(100, 3, 2, 50000000, &cash), 150);
    CHECK_EQ(cash, 0);
}

TEST(adjust, an_adjusted_contract_is_known_by_its_root)
{
    struct contract c = { .root = "XYZ", .delivery = DELIVERY_PHYSICAL };
    CHECK(!contract_is_adjusted(&c));
    c.root[3] = '2';
    CHECK(contract_is_adjusted(&c));
    c.delivery = DELIVERY_CASH; /* an index's root may end as it likes */
    CHECK(!contract_is_adjusted(&c));
}
