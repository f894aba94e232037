#include "domain/risk/margin_gate.h"

#include "base/mem.h"
#include "domain/margin/book_test.h"
#include "tests/testing.h"

/* A 50 wide put credit spread of SPX at 5.00: 5,000 of width, 500 received, so 4,500 of deposit. */
static void spread(struct test_book *b)
{
    test_book_init(b, "SPX", 5000.0);
    test_option(b, -1, OPTION_PUT, 4800.0, 20.0, 20261218);
    test_option(b, 1, OPTION_PUT, 4750.0, 15.0, 20261218);
}

TEST(margin_gate, finds_the_quantity_that_passes_with_working_orders_at_their_worst)
{
    static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };
    struct arena arena;
    struct test_book b, empty;
    struct risk_limits limits;
    struct margin_what_if what_if;
    struct risk_verdict verdict;
    arena_init(&arena, "test", 0);
    spread(&b);
    test_book_init(&empty, "SPX", 5000.0);
    const struct margin_order one = { .legs = b.lines,
                                      .leg_count = 2,
                                      .debit = -500 * MICROS_PER_DOLLAR };
    struct margin_order working = one;
    struct risk_account account = { .equity = 50000 * MICROS_PER_DOLLAR,
                                    .equity_start = 50000 * MICROS_PER_DOLLAR };
    struct risk_margin margin = { .work = margin_work_new(&arena),
                                  .book = &empty.book,
                                  .terms = &terms,
                                  .when = MARGIN_MAINTENANCE,
                                  .cash = 50000 * MICROS_PER_DOLLAR };
    risk_limits_default(&limits);
    /* 80 % of 50,000 is 40,000: eight spreads of 4,500, not nine */
    CHECK_OK(risk_margin_check(&margin, &account, &limits, &one, 8, &what_if, &verdict));
    CHECK(verdict.is_allowed);
    CHECK_EQ(verdict.number, 36000 * MICROS_PER_DOLLAR);
    CHECK_OK(risk_margin_check(&margin, &account, &limits, &one, 20, &what_if, &verdict));
    CHECK(!verdict.is_allowed);
    CHECK_EQ(verdict.rule, RISK_MARGIN_USE);
    CHECK_EQ(verdict.number, 90000 * MICROS_PER_DOLLAR);
    CHECK_EQ(verdict.limit, 40000 * MICROS_PER_DOLLAR);
    CHECK_EQ(verdict.quantity_max, 8);
    margin.working = &working;
    margin.working_count = 1;
    CHECK_OK(risk_margin_check(&margin, &account, &limits, &one, 8, &what_if, &verdict));
    CHECK_EQ(verdict.quantity_max, 7); /* another of the same may fill */
    /* unknown equity stakes nothing */
    account.equity = PRICE_NONE;
    CHECK_OK(risk_margin_check(&margin, &account, &limits, &one, 1, &what_if, &verdict));
    CHECK(!verdict.is_allowed);
    CHECK_EQ(verdict.rule, RISK_UNKNOWN);
    arena_clear(&arena);
}

TEST(margin_gate, an_order_that_lowers_margin_passes_though_the_limit_is_passed)
{
    static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };
    struct arena arena;
    struct test_book b, close;
    struct risk_limits limits;
    struct margin_what_if what_if;
    struct risk_verdict verdict;
    arena_init(&arena, "test", 0);
    spread(&b);
    spread(&close);
    close.lines[0].quantity = 1;
    close.lines[1].quantity = -1;
    const struct margin_order one = { .legs = close.lines,
                                      .leg_count = 2,
                                      .debit = 500 * MICROS_PER_DOLLAR };
    struct risk_account account = { .equity = 4600 * MICROS_PER_DOLLAR,
                                    .equity_start = 4600 * MICROS_PER_DOLLAR };
    struct risk_margin margin = { .work = margin_work_new(&arena),
                                  .book = &b.book,
                                  .terms = &terms,
                                  .when = MARGIN_MAINTENANCE,
                                  .cash = 5100 * MICROS_PER_DOLLAR };
    risk_limits_default(&limits);
    CHECK_OK(risk_margin_check(&margin, &account, &limits, &one, 1, &what_if, &verdict));
    CHECK(verdict.is_allowed);
    arena_clear(&arena);
}
