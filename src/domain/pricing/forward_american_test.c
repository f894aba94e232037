#include "domain/pricing/forward_american.h"

#include "tests/testing.h"

enum { STRIKES = 15 };

struct made {
    double strike[STRIKES], call_bid[STRIKES], call_ask[STRIKES], put_bid[STRIKES],
        put_ask[STRIKES];
};

static struct forward_quotes make(const struct american_expiry *expiry, double vol, struct made *m)
{
    for (int i = 0; i < STRIKES; i++) {
        m->strike[i] = 86.0 + 2.0 * i;
        double sigma = vol - 0.002 * (m->strike[i] - 100.0) / 2.0;
        for (int8_t sign = -1; sign <= 1; sign += 2) {
            double price;
            american_chain(expiry, 1, &m->strike[i], &sign, &sigma,
                           &(struct pricing_greeks){ .price = &price });
            double half = 0.02 + 0.002 * fabs(m->strike[i] - 100.0);
            (sign > 0 ? m->call_bid : m->put_bid)[i] = price - half;
            (sign > 0 ? m->call_ask : m->put_ask)[i] = price + half;
        }
    }
    return (struct forward_quotes){ m->strike, m->call_bid, m->call_ask, m->put_bid, m->put_ask };
}

TEST(forward_american, finds_the_yield_that_early_exercise_hides)
{
    static const struct {
        double rate, yield, years;
    } cases[] = {
        { 0.05, 0.01, 0.5 }, { 0.05, 0.00, 1.0 },  { 0.01, 0.08, 0.75 },
        { 0.05, 0.25, 0.1 }, { 0.03, -0.01, 0.3 }, { 0.04, 0.04, 2.0 },
    };
    FOR_EACH (c, cases) {
        struct american_expiry expiry = {
            .spot = 100.3, .years = c->years, .rate = c->rate, .yield = c->yield
        };
        struct made m;
        struct forward_quotes quotes = make(&expiry, 0.3, &m);
        struct forward_yield_fit fit;
        CHECK_EQ(forward_imply_yield(&quotes, STRIKES, &expiry, &fit), PRICING_OK);
        double forward = 100.3 * exp((c->rate - c->yield) * c->years);
        print_message("forward_american: yield %.4f of %.4f, forward off %.5f, raw parity %.3f, %u "
                      "rounds\n",
                      fit.yield, c->yield, fit.forward - forward, fit.premium, fit.rounds);
        CHECK_NEAR(fit.forward, forward, 0.002);
        CHECK_NEAR(fit.vol, 0.3, 0.01);
        CHECK(fit.pairs_used == fit.pairs_seen);
    }
}

TEST(forward_american, is_not_moved_by_stale_missing_and_one_sided_quotes)
{
    struct american_expiry expiry = { .spot = 100.0, .years = 0.4, .rate = 0.05, .yield = 0.02 };
    struct made m;
    struct forward_quotes quotes = make(&expiry, 0.25, &m);
    for (int i = 1; i < STRIKES; i += 4) { /* some calls did not follow a move of 2 dollars */
        m.call_bid[i] += 1.0;
        m.call_ask[i] += 1.0;
    }
    m.put_bid[6] = 0.0;
    m.call_ask[8] = NAN;
    m.put_ask[10] = 90.0; /* wide */
    struct forward_yield_fit fit;
    CHECK_EQ(forward_imply_yield(&quotes, STRIKES, &expiry, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, 100.0 * exp(0.03 * 0.4), 0.01);
    CHECK(fit.pairs_used < fit.pairs_seen);
}

TEST(forward_american, takes_cash_dividends_out_first)
{
    static const double when[1] = { 0.1 }, dollars[1] = { 1.5 };
    struct american_expiry expiry = { .spot = 100.0,
                                      .years = 0.25,
                                      .rate = 0.05,
                                      .yield = 0.03,
                                      .dividend_count = 1,
                                      .dividend_years = when,
                                      .dividend_dollars = dollars };
    struct made m;
    struct forward_quotes quotes = make(&expiry, 0.3, &m);
    quotes.strike += 6; /* three strikes: finite differences are slow */
    quotes.call_bid += 6, quotes.call_ask += 6, quotes.put_bid += 6, quotes.put_ask += 6;
    struct forward_yield_fit fit;
    CHECK_EQ(forward_imply_yield(&quotes, 3, &expiry, &fit), PRICING_OK);
    CHECK_NEAR(fit.yield, 0.03, 2e-4);
}

TEST(forward_american, says_when_it_cannot_know)
{
    struct american_expiry expiry = { .spot = 100.0, .years = 0.4, .rate = 0.05 };
    double strike = 60.0, call_bid = 40.0, call_ask = 40.0, put_bid = 0.01, put_ask = 0.02;
    struct forward_quotes quotes = { &strike, &call_bid, &call_ask, &put_bid, &put_ask };
    struct forward_yield_fit fit;
    CHECK_EQ(forward_imply_yield(&quotes, 0, &expiry, &fit), PRICING_TOO_FEW_QUOTES);
    CHECK_EQ(forward_imply_yield(&quotes, 1, &expiry, &fit), PRICING_NO_INFORMATION);
    CHECK(isnan(fit.yield) && isnan(fit.forward));
    expiry.spot = NAN;
    CHECK_EQ(forward_imply_yield(&quotes, 1, &expiry, &fit), PRICING_BAD_INPUT);
}
