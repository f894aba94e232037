#include "domain/margin/portfolio.h"

#include "domain/margin/book_test.h"
#include "tests/testing.h"

enum { APRIL = 20070421 }; /* 57 days from 23 February 2007 */

static struct test_book ibm(void)
{
    struct test_book b;
    test_book_init(&b, "IBM", 97.73);
    b.under[0].rate = 0.0525;
    b.book.date = 20070223;
    return b;
}

static struct margin_portfolio ask(struct test_book *b)
{
    struct margin_portfolio answer;
    b->book.lines = b->lines;
    b->book.underlyings = b->under;
    CHECK_OK(margin_portfolio(&b->book, &answer));
    return answer;
}

/* FINRA 4210(g)(2)(F): ten equidistant points. */
TEST(portfolio, spans_the_range_of_a_class_in_ten_points)
{
    static const double equity[] = {
        -0.15, -0.12, -0.09, -0.06, -0.03, 0.03, 0.06, 0.09, 0.12, 0.15
    };
    static const double index[] = { -0.08, -0.064, -0.048, -0.032, -0.016,
                                    0.012, 0.024,  0.036,  0.048,  0.06 };
    struct margin_underlying under = { .name = "XYZ", .class = MARGIN_EQUITY };
    double points[MARGIN_POINTS];
    CHECK_OK(margin_points(&under, 20070402, points));
    for (int i = 0; i < MARGIN_POINTS; i++)
        CHECK_NEAR(points[i], equity[i], 1e-12);
    CHECK_EQ(margin_points(&under, 20041231, points), ERR_RANGE);
    under.class = MARGIN_BROAD_INDEX;
    CHECK_OK(margin_points(&under, 20070223, points));
    for (int i = 0; i < MARGIN_POINTS; i++)
        CHECK_NEAR(points[i], index[i], 1e-12);
    under.leverage_percent = 300;
    CHECK_OK(margin_points(&under, 20070223, points));
    CHECK_NEAR(points[0], -0.24, 1e-12);
}

/* Cboe's table of 23 February 2007. Equities joined on 2 April: its own rows precede that date. */
TEST(portfolio, meets_the_cboe_table_within_half_a_per_cent)
{
    struct test_book b = ibm();
    b.book.date = 20070402;
    test_option(&b, -100, 'C', 100, 1.68, 20070529); /* 57 days */
    struct margin_portfolio answer = ask(&b);
    CHECK_NEAR(money_to_dollars(answer.requirement), 115429, 0.005 * 115429);
    CHECK_EQ(answer.groups[0].binding_point, 9);
    CHECK_HAS(answer.groups[0].reason, "IBM moves +15.0 %");
    test_stock(&b, 10000);
    answer = ask(&b);
    CHECK_NEAR(money_to_dollars(answer.requirement), 129804, 0.001 * 129804);
    CHECK_EQ(answer.groups[0].binding_point, 0);

    b = ibm();
    b.book.date = 20070402;
    test_option(&b, -100, 'P', 100, 3.18, 20070529);
    answer = ask(&b);
    CHECK_NEAR(money_to_dollars(answer.requirement), 137527, 0.005 * 137527);
    CHECK_EQ(answer.groups[0].binding_point, 0);

    test_book_init(&b, "SPX", 1451.19);
    b.under[0].rate = 0.0525;
    b.under[0].yield = 0.0185;
    b.book.date = 20070223;
    test_option(&b, -100, 'P', 1460, 22.55, APRIL);
    answer = ask(&b);
    CHECK_NEAR(money_to_dollars(answer.requirement), 948203, 0.005 * 948203);
    CHECK_EQ(answer.groups[0].binding_point, 0);
    CHECK_EQ(answer.unpriced_count, 0);
}

TEST(portfolio, asks_for_the_minimum_of_each_contract)
{
    struct test_book b = ibm();
    b.book.date = 20070402;
    test_option(&b, 100, 'C', 100, 1.68, 20070529);
    test_option(&b, -100, 'C', 100, 1.68, 20070529); /* the series twice: nothing can be lost */
    struct margin_portfolio answer = ask(&b);
    CHECK_EQ(answer.requirement, money_from_dollars(7500));
    CHECK_EQ(answer.groups[0].binding_point, -1);
    CHECK_EQ(answer.groups[0].worst_point, -1);
    CHECK_EQ(answer.rows[0].minimum, money_from_dollars(7500));
    CHECK_HAS(answer.groups[0].reason, "minimum");
}

/* Long SPY against short SPX is one class; QQQ is another of the same product group. */
TEST(portfolio, offsets_classes_of_one_product_group_in_part)
{
    struct test_book b;
    test_book_init(&b, "SPY", 100);
    memcpy(b.under[1].name, "QQQ", 3);
    b.under[1].class = MARGIN_BROAD_ETF;
    b.under[1].level = money_from_dollars(100);
    b.book.underlying_count = 2;
    test_stock(&b, 1000);
    test_stock(&b, -1000);
    b.lines[1].underlying = 1;
    struct margin_portfolio answer = ask(&b);
    CHECK_EQ(answer.group_count, 1);
    CHECK_EQ(answer.requirement, money_from_dollars(800)); /* 8,000 less 90 % of 8,000 */
    memcpy(b.under[1].name, "XSP", 3);
    answer = ask(&b);
    CHECK_EQ(answer.requirement, 0);
    memcpy(b.under[1].name, "IWM", 3);
    b.under[1].class = MARGIN_OTHER_BROAD_ETF;
    answer = ask(&b);
    CHECK_EQ(answer.group_count, 2);
    CHECK_EQ(answer.requirement, money_from_dollars(8000 + 10000));
}

/* Losses of 100 a point of SPY's own and XSP's grid, and what QQQ makes against them. */
TEST(portfolio, tells_the_grid_that_a_requirement_comes_from)
{
    struct margin_underlying under[4] = {
        { .name = "SPY", .class = MARGIN_BROAD_ETF, .level = money_from_dollars(100) },
        { .name = "IWM", .class = MARGIN_OTHER_BROAD_ETF, .level = money_from_dollars(50) },
        { .name = "QQQ", .class = MARGIN_BROAD_ETF, .level = money_from_dollars(200) },
        { .name = "XSP", .class = MARGIN_BROAD_INDEX, .level = money_from_dollars(100) },
    };
    struct margin_line lines[4] = {
        { .underlying = 0, .is_stock = true, .quantity = 1000 },
        { .underlying = 1, .is_stock = true, .quantity = -100 },
        { .underlying = 2, .is_stock = true, .quantity = -200 },
        { .underlying = 3, .is_stock = true, .quantity = 500 },
    };
    struct margin_book book = { .date = 20261120,
                                .underlyings = under,
                                .underlying_count = 4,
                                .lines = lines,
                                .line_count = 4 };
    struct margin_portfolio answer;
    CHECK_OK(margin_portfolio(&book, &answer));
    CHECK_EQ(answer.row_count, 4);
    CHECK_EQ(answer.class_count, 3);
    CHECK_EQ(answer.group_count, 2);
    static const struct {
        uint16_t underlying;
        size_t class, group;
        const char *class_name;
        double lowest, at_lowest;
    } rows[] = { { 0, 0, 0, "SPX", -0.08, -8000 },
                 { 3, 0, 0, "SPX", -0.08, -4000 },
                 { 2, 1, 0, "NDX", -0.08, 3200 },
                 { 1, 2, 1, "RUT", -0.10, 500 } };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct margin_grid_row *row = &answer.rows[i];
        CHECK_EQ(row->underlying, rows[i].underlying);
        CHECK_EQ(row->class_index, rows[i].class);
        CHECK_STR(answer.classes[row->class_index].name, rows[i].class_name);
        CHECK_EQ(answer.classes[row->class_index].group_index, rows[i].group);
        CHECK_NEAR(row->points[0], rows[i].lowest, 1e-12);
        CHECK_EQ(row->profit[0], money_from_dollars(rows[i].at_lowest));
    }
    const struct margin_product_group *high = &answer.groups[0], *other = &answer.groups[1];
    CHECK_STR(other->name, "other-broad");
    CHECK_EQ(high->offset_ppm, 900000);
    CHECK_EQ(answer.classes[0].profit[0], money_from_dollars(-12000));
    CHECK_EQ(high->profit[0], money_from_dollars(-12000 + 0.9 * 3200));
    CHECK_EQ(high->worst_point, 0);
    CHECK_EQ(high->requirement, money_from_dollars(12000 - 2880));
    CHECK_EQ(other->offset_ppm, 1000000); /* one class group offsets nothing */
    CHECK_EQ(other->worst_point, 9);
    CHECK_EQ(answer.requirement, high->requirement + money_from_dollars(500));
}

TEST(portfolio, values_at_exercise_what_implies_no_vol_and_says_so)
{
    struct test_book b;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, -1, 'C', 90, 9.00, 20261218); /* below what exercise is worth */
    struct margin_portfolio answer = ask(&b);
    CHECK_EQ(answer.unpriced_count, 1);
    CHECK_EQ(answer.requirement, money_from_dollars(100 * (25 - 9)));
    b.under[0].rate = NAN;
    CHECK_EQ(margin_portfolio(&b.book, &answer), ERR_RANGE);
    CHECK_EQ(answer.group_count, 0);
}
