#include "domain/margin/what_if.h"

#include "domain/margin/book_test.h"
#include "domain/margin/portfolio.h"
#include "tests/testing.h"

static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };

static struct margin_what_if ask(struct margin_work *work, struct test_book *b,
                                 const struct margin_order *working, size_t count,
                                 const struct margin_order *order)
{
    struct margin_what_if answer;
    CHECK_OK(
        margin_what_if(work, &b->book, &terms, MARGIN_INITIAL, working, count, order, &answer));
    return answer;
}

#define CHECK_DOLLARS(got, want) CHECK_EQ(got, money_from_dollars(want))

TEST(what_if, takes_from_buying_power_what_the_formula_says)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct margin_work *work = margin_work_new(&arena);
    struct test_book b, o;
    test_book_init(&b, "XYZ", 130);
    test_book_init(&o, "XYZ", 130);
    test_option(&o, 1, 'P', 120, 0.80, 20261218);
    test_option(&o, -1, 'P', 125, 1.24, 20261218);
    struct margin_order order = { o.lines, 2, -money_from_dollars(44), money_from_dollars(2) };
    struct margin_what_if answer = ask(work, &b, NULL, 0, &order);
    CHECK_DOLLARS(answer.after, 500);
    CHECK_DOLLARS(answer.effect, 458); /* 500 less the credit of 44, and fees of 2 */
    CHECK_DOLLARS(answer.worst_after, 458);
    CHECK(answer.is_exact);
    order = (struct margin_order){ o.lines, 1, money_from_dollars(80), 0 };
    CHECK_DOLLARS(ask(work, &b, NULL, 0, &order).effect, 80); /* a long option costs its price */
    arena_clear(&arena);
}

TEST(what_if, counts_the_worst_of_the_orders_still_working)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct margin_work *work = margin_work_new(&arena);
    struct test_book b, o;
    test_book_init(&b, "XYZ", 100);
    test_option(&b, 1, 'C', 110, 0.50, 20261218);
    test_option(&b, -1, 'C', 105, 1.50, 20261218);
    test_book_init(&o, "XYZ", 100);
    test_option(&o, -1, 'C', 110, 0.50, 20261218); /* sells the cover */
    test_option(&o, -1, 'P', 95, 1.50, 20261218);
    test_option(&o, 1, 'P', 90, 0.50, 20261218);
    struct margin_order working[] = { { o.lines, 1, -money_from_dollars(50), 0 } };
    struct margin_order irons = { o.lines + 1, 2, -money_from_dollars(100), 0 };
    struct margin_what_if answer = ask(work, &b, working, 1, &irons);
    CHECK_DOLLARS(answer.before, 500);
    CHECK_DOLLARS(answer.after, 500);   /* an iron condor costs one side */
    CHECK_DOLLARS(answer.effect, -100); /* and brings its credit */
    CHECK_DOLLARS(answer.worst_before, 1650 - 50);
    CHECK_EQ(answer.worst_fills, 1);
    CHECK(answer.worst_after >= answer.worst_before);
    /* Many working orders are bounded from above. */
    struct margin_order many[8];
    for (size_t i = 0; i < 8; i++)
        many[i] = working[0];
    struct margin_what_if bound = ask(work, &b, many, 8, &irons);
    CHECK(!bound.is_exact);
    CHECK(bound.worst_after >= answer.worst_after);
    many[7].fees = -1;
    CHECK_EQ(margin_what_if(work, &b.book, &terms, MARGIN_INITIAL, many, 8, NULL, &bound),
             ERR_RANGE);
    arena_clear(&arena);
}

/* Of Cboe's table: a stock covers the calls sold on it, so buying power gets the difference back.
 */
TEST(what_if, asks_portfolio_margin_where_the_account_stands_under_it)
{
    static const struct margin_terms portfolio = { .is_portfolio = true };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct margin_work *work = margin_work_new(&arena);
    struct margin_portfolio plain;
    struct test_book b, o, both;
    test_book_init(&b, "IBM", 97.73);
    test_stock(&b, 10000);
    test_book_init(&o, "IBM", 97.73);
    test_option(&o, -100, 'C', 100, 2.20, 20261218);
    test_book_init(&both, "IBM", 97.73);
    test_stock(&both, 10000);
    test_option(&both, -100, 'C', 100, 2.20, 20261218);
    struct margin_order order = { o.lines, 1, -money_from_dollars(22000), 0 };
    struct margin_what_if got;
    CHECK_OK(margin_what_if(work, &b.book, &portfolio, MARGIN_MAINTENANCE, NULL, 0, &order, &got));
    CHECK_OK(margin_portfolio(&both.book, &plain));
    CHECK_DOLLARS(got.before, 0.15 * 977300 - 977300);
    CHECK_EQ(got.after, plain.requirement - money_from_dollars(977300 - 22000));
    /* the credit is received and owed at the mark: what is left is the change of the requirement */
    CHECK_EQ(got.effect, plain.requirement - money_from_dollars(0.15 * 977300));
    CHECK(got.effect < 0);
    CHECK(got.is_exact);
    arena_clear(&arena);
}

/* Beyond what is tried set by set, the answer may be too careful but never too low. */
TEST(what_if, of_many_working_orders_is_no_less_than_the_worst_of_every_set)
{
    enum { ORDERS = 7 };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct margin_work *work = margin_work_new(&arena);
    struct margin_plan *plan = arena_new(&arena, struct margin_plan);
    int64_t above = 0;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct rng rng;
        struct test_book b, o;
        struct margin_order orders[ORDERS];
        rng_init(&rng, seed, 1, 9);
        test_random(&b, &rng, 6, 4, 2, false);
        o = b;
        for (size_t i = 0; i < ORDERS; i++) { /* most close something of the book, some open */
            struct margin_line *leg = &o.lines[i];
            *leg = b.lines[rng_below(&rng, 6)];
            leg->quantity = rng_below(&rng, 4) ? -leg->quantity : leg->quantity;
            orders[i] = (struct margin_order){ leg, 1, leg->quantity * 100 * leg->mark, 0 };
        }
        int64_t worst = INT64_MIN;
        for (uint32_t set = 0; set < 1U << ORDERS; set++) {
            struct test_book with = b;
            int64_t paid = 0;
            with.book.underlyings = with.under;
            with.book.lines = with.lines;
            for (size_t i = 0; i < ORDERS; i++)
                if (set >> i & 1) {
                    with.lines[with.book.line_count++] = o.lines[i];
                    paid += orders[i].debit;
                }
            CHECK_OK(margin_strategy_plan(work, &with.book, &terms, MARGIN_INITIAL, plan));
            worst = plan->cash + paid > worst ? plan->cash + paid : worst;
        }
        struct margin_what_if got = ask(work, &b, orders, ORDERS, NULL);
        CHECK(!got.is_exact);
        CHECK(got.worst_before >= worst);
        above += got.worst_before - worst;
    }
    CHECK(above > 0); /* or they would be exact after all */
    arena_clear(&arena);
}
