/* Liquidation never raises the deposit on the way, on books that nobody would build by hand. */
#include "domain/risk/plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/date.h"
#include "domain/margin/book_test.h"
#include "domain/pricing/european.h"
#include "tests/testing.h"

enum { BOOKS = 150, LINES = 14 };

struct rig {
    struct arena arena;
    struct margin_work *margin;
    struct plan_work *work;
    struct margin_plan *plan;
    struct liquidation *out;
    size_t half_raises;
};

static void rig_open(struct rig *r)
{
    arena_init(&r->arena, "test", 0);
    r->margin = margin_work_new(&r->arena);
    r->work = plan_work_new(&r->arena);
    r->plan = arena_new(&r->arena, struct margin_plan);
    r->out = arena_new(&r->arena, struct liquidation);
}

static int64_t deposit_of(struct rig *r, const struct margin_book *book)
{
    static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };
    CHECK_OK(margin_strategy_plan(r->margin, book, &terms, MARGIN_MAINTENANCE, r->plan));
    return r->plan->deposit;
}

static bool has_stock(const struct margin_book *book)
{
    for (size_t i = 0; i < book->line_count; i++)
        if (book->lines[i].is_stock)
            return true;
    return false;
}

static void check_walk(struct rig *r, struct test_book *b)
{
    int64_t before = deposit_of(r, &b->book);
    CHECK_EQ(r->out->deposit, before);
    for (size_t s = 0; s < r->out->step_count; s++) {
        const struct plan_step *step = &r->out->steps[s];
        struct test_book half = *b;
        half.book.underlyings = half.under;
        half.book.lines = half.lines;
        bool is_even = true;
        for (uint32_t i = 0; i < step->leg_count; i++) {
            int64_t *held = &b->lines[step->legs[i].line].quantity;
            CHECK((*held > 0) == (step->legs[i].quantity < 0)); /* only ever toward flat */
            *held += step->legs[i].quantity;
            is_even &= step->legs[i].quantity % 2 == 0;
            half.lines[step->legs[i].line].quantity += step->legs[i].quantity / 2;
        }
        int64_t after = deposit_of(r, &b->book);
        CHECK_EQ(after, step->deposit);
        CHECK(after <= before);
        if (is_even && deposit_of(r, &half.book) > before)
            r->half_raises += !has_stock(&b->book); /* shares cover by the hundred, not in part */
        before = after;
    }
    for (size_t i = 0; i < b->book.line_count; i++)
        CHECK_EQ(b->lines[i].quantity, 0);
    CHECK_EQ(before, 0);
}

TEST(plan, liquidation_never_raises_the_deposit_and_ends_flat)
{
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct rig r = { .half_raises = 0 };
    rig_open(&r);
    size_t raised = 0, steps = 0;
    const char *more = getenv("IRONFLY_RISK_BOOKS");
    uint64_t books = more ? strtoull(more, NULL, 10) : BOOKS;
    for (uint64_t n = 0; n < books; n++) {
        struct rng rng;
        struct test_book b;
        uint32_t groups[TEST_LINES];
        rng_init(&rng, n, 1, 77);
        test_random(&b, &rng, 2 + rng_below(&rng, LINES - 1), 6, 1 + (int)rng_below(&rng, 3), true);
        for (size_t i = 0; i < TEST_LINES; i++)
            groups[i] = (uint32_t)rng_below(&rng, 4);
        struct liquidation_terms terms = { .margin = &margin,
                                           .legs_max = PLAN_LEGS_MAX,
                                           .groups = groups };
        CHECK_OK(liquidation_plan(r.work, r.margin, &b.book, &terms, r.out));
        raised += !r.out->is_monotone;
        steps += r.out->step_count;
        if (r.out->is_monotone)
            check_walk(&r, &b);
    }
    CHECK(steps > books);
    CHECK(r.half_raises <= books / 10000); /* one of 20,000 books */
    CHECK_EQ(raised, 0);
    arena_clear(&r.arena);
}

TEST(plan, a_condor_goes_as_one_package_and_a_long_that_covers_goes_last)
{
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct rig r = { .half_raises = 0 };
    struct test_book b;
    rig_open(&r);
    test_book_init(&b, "SPX", 5000.0);
    test_option(&b, -2, OPTION_PUT, 4800.0, 20.0, 20261218);
    test_option(&b, 2, OPTION_PUT, 4750.0, 15.0, 20261218);
    test_option(&b, -2, OPTION_CALL, 5200.0, 18.0, 20261218);
    test_option(&b, 2, OPTION_CALL, 5250.0, 12.0, 20261218);
    test_option(&b, 1, OPTION_PUT, 4700.0, 11.0, 20261218);  /* another trade's long */
    test_option(&b, -1, OPTION_PUT, 4780.0, 18.0, 20261218); /* and a third's short */
    const uint32_t groups[] = { 7, 7, 7, 7, 3, 5 };
    struct liquidation_terms terms = { .margin = &margin, .legs_max = 4, .groups = groups };
    CHECK_OK(liquidation_plan(r.work, r.margin, &b.book, &terms, r.out));
    CHECK(r.out->is_monotone);
    CHECK_EQ(r.out->step_count, 3);
    CHECK_EQ(r.out->steps[0].group, 5); /* the naked-looking short needs most alone */
    CHECK_EQ(r.out->steps[1].group, 7);
    CHECK_EQ(r.out->steps[1].leg_count, 4);
    CHECK(r.out->steps[1].legs[0].quantity > 0); /* shorts are bought first */
    CHECK(r.out->steps[1].legs[1].quantity > 0);
    CHECK_EQ(r.out->steps[2].group, 3);
    arena_clear(&r.arena);
}

/* Marks of a falling market: each option at its own vol, which rises as the index falls. */
static void mark_condors(struct test_book *b, double level, double vol, int days)
{
    b->under[0].level = money_from_dollars(level);
    b->book.date = date_add(20261120, days);
    for (size_t i = 0; i < b->book.line_count; i++) {
        struct contract *c = &b->lines[i].contract;
        double strike = c->strike_mills / 1000.0, price;
        double years = date_diff(c->expiry, b->book.date) / 365.0, zero = 0.0;
        int8_t sign = c->right == OPTION_CALL ? 1 : -1;
        const struct black_scholes_terms terms = { &level, &strike, &years, &vol,
                                                   &zero,  &zero,   &sign };
        black_scholes(1, &terms, &(struct pricing_greeks){ .price = &price });
        b->lines[i].mark = money_from_dollars(price);
    }
}

/* Ten condors of two expiries through a crash of 30 % in a month, closed on each day: always whole,
 * never into more margin. */
TEST(plan, condors_in_a_crisis_are_closed_whole_on_every_day_of_it)
{
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct rig r = { .half_raises = 0 };
    struct test_book b;
    uint32_t groups[40];
    rig_open(&r);
    test_book_init(&b, "SPX", 5000.0);
    for (uint32_t n = 0; n < 10; n++) {
        double width = 25.0 + 5.0 * (n % 3), put = 4850.0 - 10.0 * n, call = 5150.0 + 10.0 * n;
        int32_t expiry = n % 2 ? 20261231 : 20270115;
        test_option(&b, -1 - (int)(n % 4), OPTION_PUT, put, 1.0, expiry);
        test_option(&b, 1 + (int)(n % 4), OPTION_PUT, put - width, 1.0, expiry);
        test_option(&b, -1 - (int)(n % 4), OPTION_CALL, call, 1.0, expiry);
        test_option(&b, 1 + (int)(n % 4), OPTION_CALL, call + width, 1.0, expiry);
        for (uint32_t i = 0; i < 4; i++)
            groups[4 * n + i] = n;
    }
    struct liquidation_terms terms = { .margin = &margin, .legs_max = 4, .groups = groups };
    for (int day = 0; day <= 30; day += 3) {
        struct test_book copy = b;
        copy.book.underlyings = copy.under;
        copy.book.lines = copy.lines;
        mark_condors(&copy, 5000.0 * (1.0 - 0.01 * day), 0.15 + 0.02 * day, day);
        CHECK_OK(liquidation_plan(r.work, r.margin, &copy.book, &terms, r.out));
        CHECK(r.out->is_monotone);
        CHECK_EQ(r.out->step_count, 10);
        for (size_t i = 0; i < r.out->step_count; i++)
            CHECK_EQ(r.out->steps[i].leg_count, 4);
        check_walk(&r, &copy);
    }
    arena_clear(&r.arena);
}

TEST(plan, hedges_to_the_band_in_shares_or_index)
{
    static const struct hedge_row rows[] = {
        { .delta_shares = 340.4, .spot = 500.0, .beta = 1.0, .can_trade = true, .can_short = true },
        { .delta_shares = -120.0, .spot = 100.0, .beta = 1.5, .can_trade = true },
    };
    int64_t quantity[2];
    double left;
    CHECK_OK(hedge_plan(2, rows, HEDGE_UNDERLYING, 0, 500.0, 0.0, quantity, &left));
    CHECK_EQ(quantity[0], -340);
    CHECK_EQ(quantity[1], 120);
    CHECK_NEAR(left, 0.4, 1e-9);
    /* 340.4 - 120 x 1.5 x 100 / 500 = 304.4 index shares; to the band of 50 */
    CHECK_OK(hedge_plan(2, rows, HEDGE_INDEX, 0, 500.0, 50.0, quantity, &left));
    CHECK_EQ(quantity[0], -255);
    CHECK_EQ(quantity[1], 0);
    CHECK_NEAR(left, 49.4, 1e-9);
    /* what may not be borrowed is said, not sold */
    struct hedge_row held = rows[0];
    held.can_short = false;
    held.held = 100;
    CHECK_EQ(hedge_plan(1, &held, HEDGE_UNDERLYING, 0, 500.0, 0.0, quantity, &left), ERR_REFUSED);
    CHECK_EQ(quantity[0], -100);
    CHECK_NEAR(left, 240.4, 1e-9);
    held.delta_shares = NAN;
    CHECK_EQ(hedge_plan(1, &held, HEDGE_UNDERLYING, 0, 500.0, 0.0, quantity, NULL), ERR_RANGE);
}

TEST(plan, kills_what_opens_first_and_keeps_stops_unless_all_is_closed)
{
    static const struct kill_order orders[] = {
        { .reduces = true, .is_protective = true },
        { .loss = 5 },
        { .reduces = true },
        { .loss = 9 },
    };
    uint32_t sequence[4];
    CHECK_EQ(kill_plan(4, orders, false, sequence), 3);
    CHECK_EQ(sequence[0], 3);
    CHECK_EQ(sequence[1], 1);
    CHECK_EQ(sequence[2], 2);
    CHECK_EQ(kill_plan(4, orders, true, sequence), 4);
}

/* ---- margin calls ---- */

static int64_t packages_of(const struct plan_step *step)
{
    int64_t packages = 0;
    for (uint32_t i = 0; i < step->leg_count; i++) {
        int64_t a = llabs(step->legs[i].quantity), b = packages;
        while (b) {
            int64_t rest = a % b;
            a = b;
            b = rest;
        }
        packages = a;
    }
    return packages;
}

static void close_part(struct test_book *b, const struct plan_step *step, int64_t packages,
                       int64_t count)
{
    for (uint32_t i = 0; i < step->leg_count; i++)
        b->lines[step->legs[i].line].quantity += step->legs[i].quantity / packages * count;
}

/* It ends with the first step that cures, of which one package fewer would not; no step raises the
 * deposit. */
static void check_cure(struct rig *r, struct test_book *b, int64_t target)
{
    int64_t before = deposit_of(r, &b->book);
    for (size_t s = 0; s < r->out->step_count; s++) {
        const struct plan_step *step = &r->out->steps[s];
        int64_t packages = packages_of(step);
        CHECK(before > target);
        if (s + 1 == r->out->step_count && packages > 1 && step->deposit <= target) {
            close_part(b, step, packages, packages - 1);
            CHECK(deposit_of(r, &b->book) > target);
            close_part(b, step, packages, 1 - packages);
        }
        close_part(b, step, packages, packages);
        int64_t after = deposit_of(r, &b->book);
        CHECK_EQ(after, step->deposit);
        CHECK(step->raises || after <= before);
        before = after;
    }
    for (size_t i = 0; before > target && i < b->book.line_count; i++)
        CHECK_EQ(b->lines[i].quantity, 0);
}

TEST(plan, a_cure_is_the_fewest_packages_and_never_raises_the_deposit)
{
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct rig r = { .half_raises = 0 };
    rig_open(&r);
    size_t cured = 0, raised = 0;
    const char *more = getenv("IRONFLY_RISK_BOOKS");
    uint64_t books = more ? strtoull(more, NULL, 10) : BOOKS;
    for (uint64_t n = 0; n < books; n++) {
        struct rng rng;
        struct test_book b;
        uint32_t groups[TEST_LINES];
        rng_init(&rng, n, 5, 77);
        test_random(&b, &rng, 2 + rng_below(&rng, LINES - 1), 6, 1 + (int)rng_below(&rng, 3), true);
        for (size_t i = 0; i < TEST_LINES; i++)
            groups[i] = (uint32_t)rng_below(&rng, 4);
        struct liquidation_terms terms = { .margin = &margin, .legs_max = 4, .groups = groups };
        int64_t target = deposit_of(&r, &b.book) / 100 * (int64_t)rng_below(&rng, 100);
        CHECK_OK(liquidation_cure(r.work, r.margin, &b.book, &terms, target, r.out));
        raised += !r.out->is_monotone;
        cured += r.out->step_count > 0;
        check_cure(&r, &b, target);
    }
    CHECK(cured > books / 2);
    CHECK(raised <= books / 1000);
    arena_clear(&r.arena);
}

TEST(plan, a_small_deficit_of_a_large_condor_takes_a_few_of_it)
{
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct rig r = { .half_raises = 0 };
    struct test_book b;
    rig_open(&r);
    test_book_init(&b, "SPX", 5000.0);
    test_option(&b, -20, OPTION_PUT, 4800.0, 20.0, 20261218);
    test_option(&b, 20, OPTION_PUT, 4750.0, 15.0, 20261218);
    test_option(&b, -20, OPTION_CALL, 5200.0, 18.0, 20261218);
    test_option(&b, 20, OPTION_CALL, 5250.0, 12.0, 20261218);
    const uint32_t groups[] = { 1, 1, 1, 1 };
    struct liquidation_terms terms = { .margin = &margin, .legs_max = 4, .groups = groups };
    int64_t each = deposit_of(&r, &b.book) / 20;
    CHECK_OK(liquidation_cure(r.work, r.margin, &b.book, &terms, 17 * each + 1, r.out));
    CHECK_EQ(r.out->step_count, 1);
    CHECK_EQ(r.out->steps[0].leg_count, 4);
    CHECK_EQ(r.out->steps[0].legs[0].quantity, 3);
    CHECK_EQ(r.out->steps[0].deposit, 17 * each);
    CHECK_OK(liquidation_cure(r.work, r.margin, &b.book, &terms, 20 * each, r.out));
    CHECK_EQ(r.out->step_count, 0); /* there is no deficit */
    arena_clear(&r.arena);
}
