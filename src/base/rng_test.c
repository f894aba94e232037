#include "tests/testing.h"

#include "base/rng.h"

TEST(rng, philox_gives_the_published_vectors)
{
    /* Random123 1.09, kat_vectors, philox4x32 10 */
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    FOR_EACH (c, cases) {
        uint32_t got[4];
        rng_philox(c->counter, c->key, got);
        for (int i = 0; i < 4; i++)
            CHECK_EQ(got[i], c->want[i]);
    }
}

TEST(rng, splitmix64_gives_the_published_numbers)
{
    static const uint64_t want[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                     UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                     UINT64_C(16408922859458223821) };
    uint64_t mix = 1234567;
    FOR_EACH (number, want)
        CHECK(rng_splitmix64(&mix) == *number);
}

TEST(rng, streams_repeat_and_differ)
{
    struct rng a, b, trial, purpose, seed;
    rng_init(&a, 7, 1, 2);
    rng_init(&b, 7, 1, 2);
    rng_init(&trial, 7, 2, 2);
    rng_init(&purpose, 7, 1, 3);
    rng_init(&seed, 8, 1, 2);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = rng_u64(&a);
        CHECK(number == rng_u64(&b));
        same += number == rng_u64(&trial);
        same += number == rng_u64(&purpose);
        same += number == rng_u64(&seed);
    }
    CHECK_EQ(same, 0);
}

TEST(rng, the_quantile_inverts_the_distribution)
{
    for (double x = -8; x <= 8; x += 0.01) {
        double p = 0.5 * erfc(-x / sqrt(2));
        if (p < 0.5) /* above, p itself is too coarse */
            CHECK_NEAR(rng_normal_quantile(p), x, 1e-13 * (1 + fabs(x)));
        else if (x < 5)
            CHECK_NEAR(rng_normal_quantile(p), x, 1e-9);
    }
    /* AS 241, the paper's own checks */
    CHECK_NEAR(rng_normal_quantile(0.25), -0.6744897501960817, 1e-15);
    CHECK_NEAR(rng_normal_quantile(0.001), -3.090232306167814, 1e-14);
    CHECK_NEAR(rng_normal_quantile(1e-20), -9.262340089798408, 1e-13);
}

TEST(rng, numbers_have_the_moments_they_promise)
{
    enum { COUNT = 200000 };
    struct rng rng;
    rng_init(&rng, 42, 0, 0);
    double sum = 0, square = 0, fourth = 0, uniform = 0;
    int counts[6] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        double x = rng_normal(&rng);
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
        double u = rng_uniform(&rng);
        MUST(u >= 0 && u < 1);
        uniform += u;
        counts[rng_below(&rng, 6)]++;
    }
    /* five standard errors each; the stream is fixed, so this cannot fail by chance */
    CHECK_NEAR(sum / COUNT, 0, 5 / sqrt(COUNT));
    CHECK_NEAR(square / COUNT, 1, 5 * sqrt(2.0 / COUNT));
    CHECK_NEAR(fourth / COUNT, 3, 5 * sqrt(96.0 / COUNT));
    CHECK_NEAR(uniform / COUNT, 0.5, 5 * sqrt(1 / 12.0 / COUNT));
    FOR_EACH (count, counts)
        CHECK_NEAR(*count, COUNT / 6.0, 5 * sqrt(COUNT * 5 / 36.0));
}

TEST(rng, numbers_are_the_same_everywhere)
{
    /* Pinned on x86-64: another machine or compiler must give these very bits. */
    struct rng rng;
    rng_init(&rng, 1, 2, 3);
    double first = rng_normal(&rng);
    for (int i = 0; i < 100000; i++)
        first += rng_normal(&rng) * 0x1p-20;
    CHECK_NEAR(first, 0.7386847165171605, 0);
}
