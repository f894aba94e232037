#include "domain/margin/margin.h"

#include "base/date.h"
#include "domain/margin/book_test.h"
#include "tests/testing.h"

static const struct margin_terms margin_account = { .type = MARGIN_ACCOUNT_MARGIN };
static const struct margin_terms cash_account = { .type = MARGIN_ACCOUNT_CASH };

struct desk {
    struct arena arena;
    struct margin_work *work;
    struct margin_answer *answer;
};

static struct desk open_desk(void)
{
    struct desk desk;
    arena_init(&desk.arena, "test", 0);
    desk.work = margin_work_new(&desk.arena);
    desk.answer = arena_new(&desk.arena, struct margin_answer);
    return desk;
}

/* Micros as dollars and cents. */
#define CHECK_DOLLARS(got, want) CHECK_EQ(got, money_from_dollars(want))

/*
 * Cboe, "Margin Requirement Examples for Sample Options-based Positions" (close of 23 February
 * 2007): deposits after proceeds.
 */
static struct test_book ibm(void)
{
    struct test_book b;
    test_book_init(&b, "IBM", 97.73);
    b.book.date = 20070223;
    return b;
}

static struct test_book spx(void)
{
    struct test_book b;
    test_book_init(&b, "SPX", 1451.19);
    memcpy(b.under[1].name, "SPY", 3);
    b.under[1].class = MARGIN_BROAD_ETF;
    b.under[1].level = money_from_dollars(145.30);
    b.book.underlying_count = 2;
    b.book.date = 20070223;
    return b;
}

enum { APRIL = 20070421 };

static void check_deposit(struct test_book *b, double deposit, enum margin_rule rule)
{
    struct desk desk = open_desk();
    b->book.lines = b->lines;
    b->book.underlyings = b->under;
    CHECK_OK(margin_strategy(desk.work, &b->book, &margin_account, desk.answer));
    const struct margin_plan *plan = &desk.answer->initial;
    CHECK_DOLLARS(plan->deposit, deposit);
    CHECK(plan->is_minimal);
    CHECK_EQ(plan->bound, plan->requirement);
    bool has_rule = false;
    for (size_t i = 0; i < plan->group_count; i++) {
        has_rule |= plan->groups[i].rule == rule;
        CHECK(plan->groups[i].reason[0] != '\0');
    }
    CHECK(has_rule);
    arena_clear(&desk.arena);
}

TEST(margin, asks_what_the_cboe_sample_table_prints)
{
    struct test_book b = ibm();
    test_option(&b, -100, 'P', 100, 3.18, APRIL);
    check_deposit(&b, 195460, MARGIN_UNCOVERED);
    test_option(&b, 100, 'C', 100, 1.68, APRIL); /* synthetic long */
    check_deposit(&b, 212260, MARGIN_LONG);

    b = ibm(); /* risk reversal */
    test_option(&b, 100, 'P', 95, 1.02, APRIL);
    test_option(&b, -100, 'C', 105, 0.40, APRIL);
    check_deposit(&b, 132960, MARGIN_UNCOVERED);
    test_stock(&b, 10000);
    check_deposit(&b, 494850, MARGIN_COVERED_CALL); /* collar: initial is that of the stock */

    b = ibm();
    test_option(&b, 100, 'C', 95, 4.53, APRIL);
    test_option(&b, -100, 'C', 105, 0.40, APRIL);
    check_deposit(&b, 41300, MARGIN_VERTICAL);

    b = spx();
    test_option(&b, -100, 'P', 1460, 22.55, APRIL);
    check_deposit(&b, 2176785, MARGIN_UNCOVERED);
    test_option(&b, 100, 'C', 1460, 21.66, APRIL);
    check_deposit(&b, 2393385, MARGIN_LONG);

    b = spx();
    test_option(&b, 100, 'P', 1450, 18.72, APRIL);
    test_option(&b, -100, 'C', 1500, 5.96, APRIL);
    check_deposit(&b, 1875885, MARGIN_UNCOVERED);
    test_stock(&b, 100000); /* shares of SPY stand for the index */
    b.lines[2].underlying = 1;
    check_deposit(&b, 7392600, MARGIN_COVERED_CALL);

    b = spx();
    test_option(&b, -100, 'C', 1460, 21.66, APRIL);
    test_stock(&b, 100000);
    b.lines[1].underlying = 1;
    check_deposit(&b, 7048400, MARGIN_COVERED_CALL);

    b = spx();
    test_option(&b, 100, 'C', 1450, 27.57, APRIL);
    test_option(&b, -100, 'C', 1500, 5.96, APRIL);
    check_deposit(&b, 216100, MARGIN_VERTICAL);
}

/* The other rows of the Cboe rules, worked out by their formulas. */
struct row {
    const char *what, *name;
    double level;
    struct {
        int quantity;
        char right;
        double strike, mark;
    } legs[4];
    double requirement, deposit; /* 0: not asked */
    enum margin_rule rule;
};

static const struct row rows[] = {
    { "short put", "XYZ", 209, { { -1, 'P', 200, 1.20 } }, 3400, 3280, MARGIN_UNCOVERED },
    { "put credit",
      "XYZ",
      130,
      { { 1, 'P', 120, 0.80 }, { -1, 'P', 125, 1.24 } },
      580,
      456,
      MARGIN_VERTICAL },
    { "deep put", "XYZ", 100, { { -1, 'P', 60, 0.05 } }, 605, 600, MARGIN_UNCOVERED },
    { "call in the money", "XYZ", 110, { { -1, 'C', 100, 12 } }, 3400, 2200, MARGIN_UNCOVERED },
    { "broad index put", "SPX", 6000, { { -1, 'P', 5700, 18 } }, 61800, 60000, MARGIN_UNCOVERED },
    { "narrow index call", "XYZ", 900, { { -1, 'C', 960, 9 } }, 12900, 12000, MARGIN_UNCOVERED },
    { "strangle",
      "XYZ",
      100,
      { { -1, 'P', 95, 1.1 }, { -1, 'C', 106, 0.9 } },
      1700,
      1500,
      MARGIN_STRADDLE },
    { "butterfly",
      "XYZ",
      100,
      { { 1, 'C', 95, 7.2 }, { -2, 'C', 100, 4.1 }, { 1, 'C', 105, 2 } },
      920,
      100,
      MARGIN_BUTTERFLY },
    { "short butterfly",
      "XYZ",
      100,
      { { -1, 'C', 95, 7.2 }, { 2, 'C', 100, 4.1 }, { -1, 'C', 105, 2 } },
      1320,
      400,
      MARGIN_BUTTERFLY },
    { "long box",
      "SPX",
      4950,
      { { 1, 'C', 4900, 90 },
        { -1, 'P', 4900, 30 },
        { 1, 'P', 5000, 80 },
        { -1, 'C', 5000, 41.5 } },
      0,
      5000,
      MARGIN_BOX_LONG },
    { "short box",
      "XYZ",
      100,
      { { -1, 'C', 95, 7 }, { 1, 'P', 95, 1.5 }, { -1, 'P', 105, 6.3 }, { 1, 'C', 105, 2 } },
      1350,
      20,
      MARGIN_BOX_SHORT },
    { "unequal condor",
      "XYZ",
      100,
      { { 1, 'P', 90, 0.5 }, { -1, 'P', 95, 1.5 }, { -1, 'C', 105, 1.5 }, { 1, 'C', 115, 0.5 } },
      1100,
      800,
      MARGIN_IRON },
    { "call condor",
      "XYZ",
      100,
      { { 1, 'C', 90, 11 }, { -1, 'C', 95, 7 }, { -1, 'C', 105, 2 }, { 1, 'C', 110, 1 } },
      1200,
      300,
      MARGIN_CONDOR },
    { "iron fly",
      "XYZ",
      100,
      { { 1, 'P', 90, 0.5 }, { -1, 'P', 100, 4 }, { -1, 'C', 100, 4 }, { 1, 'C', 110, 0.5 } },
      1100,
      300,
      MARGIN_IRON },
};

TEST(margin, follows_the_published_formula_of_every_strategy)
{
    FOR_EACH (row, rows) {
        struct desk desk = open_desk();
        struct test_book b;
        test_book_init(&b, row->name, row->level);
        for (size_t i = 0; i < 4 && row->legs[i].quantity; i++)
            test_option(&b, row->legs[i].quantity, row->legs[i].right, row->legs[i].strike,
                        row->legs[i].mark, 20261218);
        CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
        const struct margin_plan *plan = &desk.answer->maintenance;
        if (plan->group_count != 1 || plan->groups[0].rule != row->rule)
            fail_msg("%s: %zu groups, the first a %s", row->what, plan->group_count,
                     margin_rule_name(plan->groups[0].rule));
        if (row->requirement > 0 && plan->requirement != money_from_dollars(row->requirement))
            fail_msg("%s: %lld: %s", row->what, (long long)plan->requirement,
                     plan->groups[0].reason);
        if (plan->deposit != money_from_dollars(row->deposit))
            fail_msg("%s: deposit %lld", row->what, (long long)plan->deposit);
        CHECK_EQ(desk.answer->initial.requirement, plan->requirement);
        arena_clear(&desk.arena);
    }
}

TEST(margin, says_why)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 209);
    test_option(&b, -1, 'P', 200, 1.20, 20261218);
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    const struct margin_group *group = &desk.answer->initial.groups[0];
    CHECK_STR(group->reason,
              "1 x (premium 120.00 + greater of 20 % of 20,900.00 less 900.00 out of "
              "the money, or 10 % of 20,000.00)");
    CHECK_EQ(group->rates[0]->value, 200000);
    CHECK_EQ(group->rates[1]->value, 100000);
    CHECK(group->rates[2] == NULL);
    CHECK_EQ(desk.answer->initial.legs[group->leg_first].quantity, -1);
    arena_clear(&desk.arena);
}

TEST(margin, lends_a_quarter_of_long_options_beyond_nine_months)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, 3, 'C', 100, 14.25, 20271225); /* 400 days */
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.requirement, 3206.25);
    CHECK_DOLLARS(desk.answer->initial.cash, -1068.75); /* the loan */
    b.lines[0].contract.expiry = 20270820;              /* nine months to the day */
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.requirement, 4275);
    arena_clear(&desk.arena);
}

/* Stock with options: 100 shares at 100. */
static void check_stock(struct test_book *b, double initial, double maintenance,
                        enum margin_rule rule)
{
    struct desk desk = open_desk();
    b->book.lines = b->lines;
    b->book.underlyings = b->under;
    CHECK_OK(margin_strategy(desk.work, &b->book, &margin_account, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.requirement, initial);
    CHECK_DOLLARS(desk.answer->maintenance.requirement, maintenance);
    CHECK_EQ(desk.answer->maintenance.groups[0].rule, rule);
    arena_clear(&desk.arena);
}

TEST(margin, counts_stock_with_the_options_that_go_with_it)
{
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_stock(&b, 100);
    check_stock(&b, 5000, 2500, MARGIN_STOCK_LONG);
    test_option(&b, -1, 'C', 105, 2, 20261218);
    check_stock(&b, 5000, 2500, MARGIN_COVERED_CALL);
    b.lines[1].contract.strike_mills = 90000; /* worth no more than 90: 10 more is asked for */
    b.lines[1].mark = money_from_dollars(11);
    check_stock(&b, 5500, 3250, MARGIN_COVERED_CALL);

    test_book_init(&b, "XYZ", 100);
    test_stock(&b, 100);
    test_option(&b, 1, 'P', 95, 2, 20261218); /* 10 % of 95, and 5 out of the money */
    check_stock(&b, 5200, 950 + 500 + 200, MARGIN_PROTECTIVE_PUT);
    test_option(&b, -1, 'C', 105, 2, 20261218);
    check_stock(&b, 5200, 950 + 500 + 200, MARGIN_COLLAR);
    b.lines[2].contract.strike_mills = 95000; /* conversion, the call 5 in the money */
    check_stock(&b, 4750 + 500 + 200, 950 + 500 + 200, MARGIN_CONVERSION);

    test_book_init(&b, "XYZ", 100);
    test_stock(&b, -100);
    check_stock(&b, 15000, 13000, MARGIN_STOCK_SHORT);
    test_option(&b, -1, 'P', 105, 6, 20261218);
    check_stock(&b, 15500, 13500, MARGIN_COVERED_PUT);
    test_option(&b, 1, 'C', 105, 2, 20261218); /* reversal: 10 % of 105, the put 5 in the money */
    check_stock(&b, 15700, 10000 + 1050 + 500 + 200, MARGIN_REVERSAL);
    b.book.line_count = 1;
    test_option(&b, 1, 'C', 105, 2, 20261218);
    check_stock(&b, 15200, 10000 + 1050 + 500 + 200, MARGIN_PROTECTIVE_CALL);
}

TEST(margin, takes_calendars_and_diagonals_but_no_long_that_expires_first)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, -1, 'C', 100, 3, 20261218);
    test_option(&b, 1, 'C', 100, 5, 20270115);
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_EQ(desk.answer->initial.groups[0].rule, MARGIN_CALENDAR);
    CHECK_DOLLARS(desk.answer->initial.deposit, 200);
    b.lines[1].contract.strike_mills = 105000;
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_EQ(desk.answer->initial.groups[0].rule, MARGIN_DIAGONAL);
    CHECK_DOLLARS(desk.answer->initial.requirement, 1000);
    b.lines[1].contract.expiry = 20261211;
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_EQ(desk.answer->initial.group_count, 2);
    CHECK_DOLLARS(desk.answer->initial.requirement, 300 + 2000 + 500);
    arena_clear(&desk.arena);
}

TEST(margin, keeps_a_cash_account_to_what_it_may_hold)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, -1, 'P', 95, 2, 20261218);
    CHECK_OK(margin_strategy(desk.work, &b.book, &cash_account, desk.answer));
    CHECK_EQ(desk.answer->initial.groups[0].rule, MARGIN_CASH_SECURED);
    CHECK_DOLLARS(desk.answer->initial.deposit, 9300); /* the strike less the premium */
    test_option(&b, -1, 'C', 105, 2, 20261218);
    CHECK_EQ(margin_strategy(desk.work, &b.book, &cash_account, desk.answer), ERR_REFUSED);
    CHECK_HAS(err_detail(), "no shares cover");
    CHECK_EQ(desk.answer->initial.group_count, 0);
    test_stock(&b, 100);
    CHECK_OK(margin_strategy(desk.work, &b.book, &cash_account, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.requirement, 9500 + 10000);
    arena_clear(&desk.arena);
}

TEST(margin, raises_the_percentages_of_leveraged_funds_and_of_a_house)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    b.under[0].leverage_percent = 300;
    test_option(&b, -1, 'C', 100, 5, 20261218);
    CHECK_OK(margin_strategy(desk.work, &b.book, &margin_account, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.deposit, 6000);
    b.under[0].leverage_percent = 0;
    struct margin_terms house = { .house = { .uncovered_ppm = 1500000 } };
    CHECK_OK(margin_strategy(desk.work, &b.book, &house, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.deposit, 3000);
    house.house.uncovered_ppm = 500000; /* less than the rule is not a house's to ask */
    CHECK_OK(margin_strategy(desk.work, &b.book, &house, desk.answer));
    CHECK_DOLLARS(desk.answer->initial.deposit, 2000);
    arena_clear(&desk.arena);
}

TEST(margin, refuses_what_makes_no_sense_and_says_which_line)
{
    struct desk desk = open_desk();
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, -1, 'P', 95, 2, 20261218);
    test_option(&b, -1, 'P', 90, 2, 20261218);
    b.lines[1].mark = PRICE_NONE;
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_RANGE);
    CHECK_HAS(err_detail(), "line 2 (XYZ) has no price");
    b.lines[1].mark = 0;
    b.lines[1].contract.expiry = 20261119;
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_RANGE);
    CHECK_HAS(err_detail(), "expired on 20261119");
    b.lines[1].contract.expiry = 20261218;
    b.lines[1].contract.multiplier = 10;
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_UNSUPPORTED);
    b.lines[1].contract.multiplier = 100;
    b.lines[1].quantity = INT64_MIN;
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_RANGE);
    b.lines[1].quantity = 10000000;
    b.lines[1].mark = INT64_C(900000000000);
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_RANGE);
    b.lines[1].quantity = 1;
    b.under[0].level = 0;
    CHECK_EQ(margin_strategy(desk.work, &b.book, &margin_account, desk.answer), ERR_RANGE);
    CHECK_HAS(err_detail(), "no level");
    arena_clear(&desk.arena);
}

TEST(margin, has_rows_that_are_whole_and_in_order)
{
    size_t count;
    const struct margin_rate *rates = margin_rates(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK(date_is_valid(rates[i].valid_from));
        CHECK(rates[i].valid_to >= rates[i].valid_from);
        CHECK(rates[i].value > 0);
        CHECK(rates[i].source[0] != '\0');
        for (size_t k = 0; k < i; k++)
            if (rates[k].name == rates[i].name && rates[k].class == rates[i].class)
                CHECK(rates[k].valid_to < rates[i].valid_from ||
                      rates[k].valid_from > rates[i].valid_to);
    }
    const struct margin_rate *row;
    CHECK_EQ(margin_rate_get(MARGIN_RATE_UNCOVERED, MARGIN_EQUITY, 19700101, &row), ERR_RANGE);
    CHECK_HAS(err_detail(), "uncovered");
}
