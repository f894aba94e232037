/* What must hold of any book. */
#include "domain/margin/book_test.h"
#include "domain/margin/portfolio.h"
#include "tests/testing.h"

static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };

struct bench {
    struct arena arena;
    struct margin_work *work;
    struct margin_plan *plan;
};

static struct bench open_bench(void)
{
    struct bench bench;
    arena_init(&bench.arena, "test", 0);
    bench.work = margin_work_new(&bench.arena);
    bench.plan = arena_new(&bench.arena, struct margin_plan);
    return bench;
}

static int64_t ask(struct bench *bench, struct test_book *b, enum margin_when when)
{
    b->book.lines = b->lines;
    b->book.underlyings = b->under;
    CHECK_OK(margin_strategy_plan(bench->work, &b->book, &terms, when, bench->plan));
    return bench->plan->requirement;
}

static struct test_book random_book(uint64_t seed, size_t lines)
{
    struct rng rng;
    struct test_book b;
    rng_init(&rng, seed, 2, 0);
    test_random(&b, &rng, lines, 4, 3, true);
    return b;
}

enum { BOOKS = 300, LINES = 10 };

TEST(margin_property, a_long_option_more_never_asks_for_more_than_its_price)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < BOOKS; seed++) {
        struct test_book b = random_book(seed, LINES);
        int64_t before = ask(&bench, &b, MARGIN_MAINTENANCE);
        bool was_minimal = bench.plan->is_minimal;
        b.lines[b.book.line_count] = b.lines[b.book.line_count - 1];
        b.lines[b.book.line_count].contract.strike_mills += 1250; /* a series of its own */
        b.lines[b.book.line_count++].quantity = 2;
        int64_t price = b.lines[LINES].mark * 200;
        int64_t after = ask(&bench, &b, MARGIN_MAINTENANCE);
        if (was_minimal && bench.plan->is_minimal)
            CHECK(after - price <= before);
    }
    arena_clear(&bench.arena);
}

TEST(margin_property, two_halves_never_ask_for_less_than_the_whole)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < BOOKS; seed++) {
        struct test_book whole = random_book(seed, LINES), a = whole, b = whole;
        bool has_twins = false;
        for (size_t i = 0; i < LINES; i++)
            for (size_t k = 0; k < i; k++)
                has_twins |=
                    !whole.lines[i].is_stock && !whole.lines[k].is_stock &&
                    contract_compare(&whole.lines[i].contract, &whole.lines[k].contract) == 0;
        if (has_twins)
            continue;
        for (size_t i = 0; i < LINES; i++) {
            int64_t unit = whole.lines[i].is_stock ? 100 : 1;
            a.lines[i].quantity = whole.lines[i].quantity / unit / 2 * unit;
            b.lines[i].quantity -= a.lines[i].quantity;
        }
        int64_t together = ask(&bench, &whole, MARGIN_MAINTENANCE);
        if (bench.plan->is_minimal)
            CHECK(together <=
                  ask(&bench, &a, MARGIN_MAINTENANCE) + ask(&bench, &b, MARGIN_MAINTENANCE));
    }
    arena_clear(&bench.arena);
}

TEST(margin_property, the_order_of_lines_does_not_matter)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < BOOKS; seed++) {
        struct test_book b = random_book(seed, LINES);
        int64_t want = ask(&bench, &b, MARGIN_INITIAL);
        size_t groups = bench.plan->group_count;
        struct margin_group first = groups ? bench.plan->groups[0] : (struct margin_group){ 0 };
        for (size_t i = 0; i < LINES / 2; i++) {
            struct margin_line line = b.lines[i];
            b.lines[i] = b.lines[LINES - 1 - i];
            b.lines[LINES - 1 - i] = line;
        }
        CHECK_EQ(ask(&bench, &b, MARGIN_INITIAL), want);
        CHECK_EQ(bench.plan->group_count, groups);
        if (groups)
            CHECK_STR(bench.plan->groups[0].reason, first.reason);
    }
    arena_clear(&bench.arena);
}

/* Whole multiples: never more than as many times; less where seven can be shared out and one
 * cannot. */
TEST(margin_property, many_of_a_book_ask_for_no_more_than_so_many_times)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < BOOKS; seed++) {
        struct test_book b = random_book(seed, LINES);
        for (size_t i = 0; i < LINES; i++) /* whole units of stock scale */
            if (b.lines[i].is_stock)
                b.lines[i].quantity = b.lines[i].quantity / 100 * 100;
        int64_t once = ask(&bench, &b, MARGIN_MAINTENANCE);
        CHECK(bench.plan->is_minimal);
        for (size_t i = 0; i < LINES; i++)
            b.lines[i].quantity *= 7;
        int64_t seven = ask(&bench, &b, MARGIN_MAINTENANCE);
        CHECK(bench.plan->is_minimal);
        CHECK(seven <= 7 * once);
    }
    arena_clear(&bench.arena);
}

/* The hardest there are: four expiries, stock, up to ten contracts a line. */
TEST(margin_property, the_search_of_24_lines_is_finished)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng rng;
        struct test_book b;
        rng_init(&rng, seed, 1, 0);
        test_random(&b, &rng, 24, 10, 4, true);
        int64_t asked = ask(&bench, &b, MARGIN_MAINTENANCE);
        CHECK(bench.plan->is_minimal);
        CHECK_EQ(bench.plan->bound, asked);
    }
    arena_clear(&bench.arena);
}

TEST(margin_property, groups_hold_every_contract_and_add_up)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < BOOKS; seed++) {
        struct test_book b = random_book(seed, seed % 4 ? LINES : 45);
        int64_t asked = ask(&bench, &b, seed % 2 ? MARGIN_INITIAL : MARGIN_MAINTENANCE);
        const struct margin_plan *plan = bench.plan;
        CHECK(plan->bound <= asked);
        int64_t left = 0, legs[TEST_LINES] = { 0 }, sum = 0;
        for (size_t i = 0; i < plan->group_count; i++) {
            sum += plan->groups[i].requirement;
            for (size_t k = 0; k < plan->groups[i].leg_count; k++) {
                const struct margin_leg *leg = &plan->legs[plan->groups[i].leg_first + k];
                legs[leg->line] += leg->quantity;
            }
        }
        CHECK_EQ(sum, asked);
        for (size_t i = 0; i < b.book.line_count; i++) {
            left = 0;
            for (size_t k = 0; k < b.book.line_count; k++) {
                bool same = b.lines[i].is_stock || b.lines[k].is_stock
                                ? b.lines[i].is_stock == b.lines[k].is_stock
                                : contract_compare(&b.lines[i].contract, &b.lines[k].contract) == 0;
                if (same)
                    left += b.lines[k].quantity - legs[k];
            }
            CHECK_EQ(left, 0);
        }
    }
    arena_clear(&bench.arena);
}

TEST(margin_property, the_reported_bound_of_a_large_book_lies_below_it)
{
    struct bench bench = open_bench();
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct test_book b = random_book(seed, 60);
        int64_t asked = ask(&bench, &b, MARGIN_MAINTENANCE);
        CHECK(bench.plan->bound > 0);
        CHECK(bench.plan->bound <= asked);
    }
    arena_clear(&bench.arena);
}

/* What an order that opens is judged by: less is searched, and no less is asked. */
TEST(margin, a_shorter_search_is_on_the_safe_side_and_says_so)
{
    struct bench bench = open_bench();
    int unproven = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng rng;
        struct test_book b;
        rng_init(&rng, seed, 2, 0);
        test_random(&b, &rng, 20, 30, 4, true);
        int64_t least = ask(&bench, &b, MARGIN_INITIAL);
        margin_work_branches(bench.work, 3);
        int64_t soon = ask(&bench, &b, MARGIN_INITIAL);
        margin_work_branches(bench.work, MARGIN_BRANCHES_MAX);
        CHECK(soon >= least);
        CHECK(bench.plan->bound <= least);
        CHECK(bench.plan->node_count <= 3);
        CHECK(!bench.plan->is_minimal || soon == least);
        unproven += !bench.plan->is_minimal;
    }
    CHECK(unproven > 5);
    arena_clear(&bench.arena);
}
