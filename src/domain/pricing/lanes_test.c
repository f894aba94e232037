#include "domain/pricing/lanes.h"

#include "base/rng.h"
#include "domain/pricing/american.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/portable_int.h"
#include "tests/testing.h"

TEST(lanes, choose_what_is_asked_for_or_say_why_not)
{
    char why[LANES_WHY_BYTES];
    enum lanes_level best = lanes_choose(NULL, why);
    CHECK(lanes_has(best));
    CHECK_STR(why, "");
    CHECK_EQ(lanes_choose("", why), best);
    CHECK_EQ(lanes_choose("portable", why), LANES_PORTABLE);
    CHECK_STR(why, "");
    CHECK_EQ(lanes_choose("AVX9", why), best);
    CHECK_HAS(why, "IRONFLY_SIMD: \"AVX9\" is not avx512, avx2 or portable; using ");
    CHECK_HAS(why, lanes_level_name(best));
    if (!lanes_has(LANES_AVX512)) {
        CHECK_EQ(lanes_choose("avx512", why), best);
        CHECK_HAS(why, "this machine has no avx512");
    }
}

static uint64_t mix(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (hash ^ bits) * UINT64_C(1099511628211);
}

enum { ROWS = 29, COLUMNS = 15 };

struct chain {
    struct black76_expiry expiry;
    double strike[ROWS], sigma[ROWS], years[ROWS], spot[ROWS], rate[ROWS], yield[ROWS];
    int8_t sign[ROWS];
    double out[COLUMNS][ROWS], vol[ROWS];
    uint8_t status[2][ROWS];
};

/* Mostly an index chain; some rows that no vector covers, some that are no options at all. */
static void fill(struct chain *c, struct rng *rng)
{
    memset(c, 0, sizeof *c);
    c->expiry = (struct black76_expiry){ .forward = 50.0 + 500.0 * rng_uniform(rng),
                                         .discount = 0.9 + 0.1 * rng_uniform(rng),
                                         .years = portable_exp(-10.8 + 11.0 * rng_uniform(rng)) };
    c->expiry.spot = 0.99 * c->expiry.forward;
    for (int i = 0; i < ROWS; i++) {
        double sigma = 0.05 + rng_uniform(rng), reach = 4.0 * sigma * sqrt(c->expiry.years);
        c->sigma[i] = sigma;
        c->strike[i] = c->expiry.forward * portable_exp(reach * (2.0 * rng_uniform(rng) - 1.0));
        c->sign[i] = rng_below(rng, 2) ? OPTION_SIGN_CALL : OPTION_SIGN_PUT;
        c->years[i] = portable_exp(-10.8 + 11.0 * rng_uniform(rng));
        c->spot[i] = c->expiry.spot * (0.9 + 0.2 * rng_uniform(rng));
        c->rate[i] = 0.08 * rng_uniform(rng) - 0.02;
        c->yield[i] = 0.05 * rng_uniform(rng) - 0.01;
    }
    double *const columns[] = { c->strike, c->sigma, c->years, c->spot, c->rate, c->yield };
    static const double odd[] = { 0.0, -1.0, NAN, INFINITY, 1e-310, 1e200, 30.0, 1e-9 };
    if (rng_below(rng, 2))
        columns[rng_below(rng, 6)][rng_below(rng, ROWS)] = odd[rng_below(rng, 8)];
}

static void price(struct chain *c)
{
    double(*o)[ROWS] = c->out;
    struct european_greeks out = { .first = { o[0], o[1], o[2], o[3], o[4], o[5], c->status[0] },
                                   .phi = o[6],
                                   .dual_delta = o[7],
                                   .vanna = o[8],
                                   .charm = o[9],
                                   .vomma = o[10],
                                   .speed = o[11],
                                   .zomma = o[12],
                                   .color = o[13],
                                   .veta = o[14] };
    black76_chain_all(&c->expiry, ROWS, c->strike, c->sign, c->sigma, &out);
    implied_vol_chain(&c->expiry, ROWS, c->strike, c->sign, o[0], c->vol, c->status[1]);
}

static void price_spots(struct chain *c)
{
    double(*o)[ROWS] = c->out;
    struct black_scholes_terms terms = { c->spot, c->strike, c->years, c->sigma,
                                         c->rate, c->yield,  c->sign };
    black_scholes(ROWS, &terms,
                  &(struct pricing_greeks){ o[0], o[1], o[2], o[3], o[4], o[5], c->status[0] });
    black76(ROWS,
            &(struct black76_terms){ c->spot, c->strike, c->spot, c->years, c->sigma, c->sign },
            &(struct pricing_greeks){ o[6], o[7], o[8], o[9], o[10], o[11], c->status[1] });
}

/* valgrind's fused multiply-add loses the sign of zeros, so that widths differ by those alone. */
static bool keeps_signs_of_zeros(void)
{
    volatile double tiny = 1e-200;
    return signbit(fma(tiny, -tiny, 0.0));
}

static void drop_signs_of_zeros(struct chain *c)
{
    for (int k = 0; k < COLUMNS; k++)
        for (int i = 0; i < ROWS; i++)
            if (c->out[k][i] == 0.0)
                c->out[k][i] = 0.0;
}

TEST(lanes, every_width_gives_the_same_bits)
{
    bool keeps_signs = keeps_signs_of_zeros();
    enum lanes_level before = lanes_level();
    struct rng rng;
    rng_init(&rng, 6, 0, 1);
    for (int round = 0; round < 400; round++) {
        struct chain chains[LANES_LEVEL_COUNT], spots[LANES_LEVEL_COUNT], input;
        fill(&input, &rng);
        for (int level = 0; level < LANES_LEVEL_COUNT; level++) {
            chains[level] = spots[level] = input;
            if (lanes_has((enum lanes_level)level))
                lanes_use((enum lanes_level)level);
            price(&chains[level]);
            price_spots(&spots[level]);
            if (!keeps_signs) {
                drop_signs_of_zeros(&chains[level]);
                drop_signs_of_zeros(&spots[level]);
            }
            CHECK(memcmp(&chains[level], &chains[0], sizeof input) == 0);
            CHECK(memcmp(&spots[level], &spots[0], sizeof input) == 0);
        }
    }
    lanes_use(before);
}

/*
 * The bits of every number, so that no machine, compiler or C library can differ unseen. A change
 * of method changes the hashes: then replace them, and say so in the commit and the change log.
 */
TEST(lanes, european_bits_are_the_same_everywhere)
{
    struct rng rng;
    rng_init(&rng, 6, 0, 1);
    uint64_t european = UINT64_C(14695981039346656037);
    for (int round = 0; round < 200; round++) {
        struct chain c;
        fill(&c, &rng);
        price(&c);
        for (int i = 0; i < ROWS; i++) {
            for (int k = 0; k < COLUMNS; k++)
                european = mix(european, c.out[k][i]);
            european = mix(european, c.vol[i]);
        }
    }
    if (european != UINT64_C(0x3a0d83cd87a26014))
        fail_msg("the hash is 0x%016llx", (unsigned long long)european);
}
