#include "domain/life/assignment.h"

#include "tests/testing.h"

static struct contract contract(int strike_mills)
{
    return (struct contract){ .root = "SPY",
                              .expiry = 20260717,
                              .strike_mills = strike_mills,
                              .multiplier = 100,
                              .right = OPTION_CALL,
                              .style = STYLE_AMERICAN,
                              .settle = SETTLE_PM,
                              .delivery = DELIVERY_PHYSICAL };
}

TEST(assignment, counts_what_holders_exercise)
{
    CHECK_EQ(assignment_exercised(1000, ASSIGNMENT_SHARE_ALL), 1000);
    CHECK_EQ(assignment_exercised(1000, 580000), 580);
    CHECK_EQ(assignment_exercised(3, 500000), 1);
    CHECK_EQ(assignment_exercised(0, 500000), 0);
    CHECK_EQ(assignment_exercised(INT64_C(9000000000000), 999999), INT64_C(8999991000000));
}

TEST(assignment, is_certain_at_both_ends)
{
    struct contract c = contract(500000);
    struct assignment_key key = { .seed = 7, .day = 20260716, .contract = &c };
    CHECK_EQ(assignment_draw(&key, 5000, 0, 10), 0);
    CHECK_EQ(assignment_draw(&key, 5000, 5000, 10), 10);
    CHECK_EQ(assignment_draw(&key, 3, 3, 10), 3); /* a stale open interest: ours is all there is */
    CHECK_EQ(assignment_draw(&key, 10, 4, 10), 4);
    CHECK_EQ(assignment_draw_share(&key, ASSIGNMENT_SHARE_ALL, 10), 10);
    CHECK_EQ(assignment_draw_share(&key, 0, 10), 0);
}

TEST(assignment, depends_on_seed_day_and_contract_alone)
{
    struct contract a = contract(500000), b = contract(501000);
    struct assignment_key key = { .seed = 7, .day = 20260716, .contract = &a };
    int64_t first = assignment_draw(&key, 10000, 3000, 500);
    int differs = 0;
    for (int i = 0; i < 20; i++) {
        struct assignment_key other = { .seed = 7, .day = 20260717 + i, .contract = &b };
        differs += assignment_draw(&other, 10000, 3000, 500) != first;
        CHECK_EQ(assignment_draw(&key, 10000, 3000, 500), first);
    }
    CHECK(differs > 10);
    CHECK_EQ(first, 140); /* pinned: the same on every machine */
}

TEST(assignment, has_the_mean_and_variance_of_drawing_without_replacement)
{
    /* Hypergeometric: mean n K/N, variance n K/N (1 - K/N) (N - n)/(N - 1). */
    struct contract c = contract(500000);
    enum { TRIALS = 4000, N = 400, K = 100, HELD = 60 };
    double sum = 0, square = 0, shares = 0;
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct assignment_key key = { .seed = seed, .day = 20260716, .contract = &c };
        double hits = (double)assignment_draw(&key, N, K, HELD);
        sum += hits;
        square += hits * hits;
        shares += (double)assignment_draw_share(&key, 250000, HELD);
    }
    double mean = sum / TRIALS, variance = square / TRIALS - mean * mean;
    double want = HELD * 0.25 * 0.75 * (N - HELD) / (N - 1.0);
    CHECK_NEAR(mean, HELD * 0.25, 4 * sqrt(want / TRIALS));
    CHECK_NEAR(variance, want, 0.1 * want);
    CHECK_NEAR(shares / TRIALS, HELD * 0.25, 4 * sqrt(HELD * 0.1875 / TRIALS));
}

TEST(assignment, is_split_over_lots_without_remainder_and_without_favourites)
{
    struct contract c = contract(500000);
    static const int64_t lots[] = { 5, 0, 20, 1, 14 };
    double sums[5] = { 0 };
    enum { TRIALS = 4000 };
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct assignment_key key = { .seed = seed, .day = 20260716, .contract = &c };
        int64_t out[5], total = 0;
        assignment_split(&key, 10, lots, 5, out);
        for (int i = 0; i < 5; i++) {
            CHECK(out[i] >= 0 && out[i] <= lots[i]);
            total += out[i];
            sums[i] += (double)out[i];
        }
        CHECK_EQ(total, 10);
    }
    for (int i = 0; i < 5; i++)
        CHECK_NEAR(sums[i] / TRIALS, (double)lots[i] / 4, 0.15);
}
