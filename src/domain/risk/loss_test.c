#include "domain/risk/loss.h"

#include "base/rng.h"
#include "tests/testing.h"

static struct contract option(char right, int strike, int32_t expiry)
{
    return (struct contract){ .root = "SPX",
                              .expiry = expiry,
                              .strike_mills = strike * 1000,
                              .multiplier = 100,
                              .right = right };
}

static const int64_t D = MICROS_PER_DOLLAR;

TEST(loss, of_named_structures)
{
    const struct contract p90 = option('P', 90, 20270115), p95 = option('P', 95, 20270115);
    const struct contract c105 = option('C', 105, 20270115), c110 = option('C', 110, 20270115);
    const struct contract far = option('C', 105, 20270219), near = option('C', 105, 20261218);
    const struct loss_leg condor[] = { { &p90, 1 }, { &p95, -1 }, { &c105, -1 }, { &c110, 1 } };
    CHECK_EQ(loss_at_expiry(condor, 4, -150 * D, 100 * D, 0), 350 * D);
    const struct loss_leg naked[] = { { &c105, -1 } };
    CHECK_EQ(loss_at_expiry(naked, 1, -200 * D, 100 * D, 0), RISK_OFF);
    CHECK_EQ(loss_at_expiry(naked, 1, -200 * D, 100 * D, 1150000),
             800 * D); /* 115: 10 x 100 - 200 */
    const struct loss_leg put[] = { { &p95, -2 } };
    CHECK_EQ(loss_at_expiry(put, 1, -300 * D, 100 * D, 0), 18700 * D); /* to 0 */
    const struct loss_leg calendar[] = { { &c105, -1 }, { &far, 1 } };
    CHECK_EQ(loss_at_expiry(calendar, 2, 120 * D, 100 * D, 0), 120 * D);
    const struct loss_leg reversed[] = { { &c105, -1 }, { &near, 1 } }; /* the long dies first */
    CHECK_EQ(loss_at_expiry(reversed, 2, -120 * D, 100 * D, 0), RISK_OFF);
    const struct loss_leg covered[] = { { NULL, 100 }, { &c105, -1 } };
    CHECK_EQ(loss_at_expiry(covered, 2, 9800 * D, 100 * D, 0), 9800 * D);
    const struct loss_leg free_money[] = { { &c105, 1 } };
    CHECK_EQ(loss_at_expiry(free_money, 1, -1 * D, 100 * D, 0), 0);
    CHECK_EQ(loss_at_expiry(naked, 1, PRICE_NONE, 100 * D, 0), PRICE_NONE);
}

/* Against every dollar from 0 to 300. */
TEST(loss, is_the_worst_of_all_prices)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng rng;
        struct contract contracts[6];
        struct loss_leg legs[6];
        rng_init(&rng, seed, 0, 5);
        size_t count = 1 + rng_below(&rng, 6);
        int64_t calls = 0;
        for (size_t i = 0; i < count; i++) {
            contracts[i] =
                option(rng_below(&rng, 2) ? 'C' : 'P', 50 + (int)rng_below(&rng, 100), 20270115);
            legs[i] = (struct loss_leg){ &contracts[i], (int64_t)rng_below(&rng, 7) - 3 };
            calls += contracts[i].right == 'C' ? legs[i].quantity : 0;
        }
        int64_t debit = ((int64_t)rng_below(&rng, 2000) - 1000) * D, worst = 0;
        for (int64_t price = 0; price <= 300; price++) {
            int64_t value = 0;
            for (size_t i = 0; i < count; i++)
                value += legs[i].quantity * 100 * contract_intrinsic(&contracts[i], price * D);
            worst = debit - value > worst ? debit - value : worst;
        }
        int64_t got = loss_at_expiry(legs, count, debit, 100 * D, 0);
        if (calls < 0)
            CHECK_EQ(got, RISK_OFF);
        else
            CHECK_EQ(got, worst);
        CHECK_EQ(loss_at_expiry(legs, count, debit, 100 * D, 3000000), worst);
    }
}
