#include "domain/risk/risk.h"

#include <stdio.h>

#include "base/rng.h"
#include "tests/testing.h"

/* The states: what they refuse has no limit to set, and says the same four things. */
TEST(risk, every_state_says_rule_number_limit_and_what_would_pass)
{
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        if (risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_STATE)
            continue;
        struct risk_limits limits;
        struct risk_account account = { .equity = i == RISK_UNKNOWN ? PRICE_NONE
                                                                    : 100000 * MICROS_PER_DOLLAR,
                                        .equity_start = 100000 * MICROS_PER_DOLLAR,
                                        .var = PRICE_NONE,
                                        .shortfall = PRICE_NONE,
                                        .unpriced = i == RISK_UNPRICED ? 2 : 0,
                                        .state = i == RISK_HALT          ? RISK_HALTED
                                                 : i == RISK_ONLY_REDUCE ? RISK_REDUCING
                                                                         : RISK_NORMAL };
        static const struct risk_vector zero;
        const struct risk_leg leg = { .ratio = 1, .each = &zero };
        struct risk_order order = { .legs = &leg,
                                    .leg_count = 1,
                                    .quantity = 1,
                                    .effect = RISK_OPENS_TRADE,
                                    .underlying = RISK_NO_POT,
                                    .strategy = RISK_NO_POT,
                                    .price = PRICE_NONE,
                                    .fair = PRICE_NONE,
                                    .gross = PRICE_NONE };
        struct risk_verdict verdict;
        char text[RISK_TEXT_BYTES], begin[64];
        risk_limits_default(&limits);
        risk_check(&account, &limits, &order, &verdict);
        CHECK(!verdict.is_allowed);
        CHECK_EQ(verdict.rule, i);
        risk_verdict_text(text, &verdict, "");
        snprintf(begin, sizeof begin, "%s: %d; the limit is 0; what only reduces would pass (",
                 risk_limit_row((enum risk_limit)i)->word, i == RISK_UNPRICED ? 2 : 1);
        CHECK_HAS(text, begin);
    }
}

TEST(risk, says_rule_number_limit_and_what_would_pass)
{
    struct risk_limits limits;
    struct risk_pot pots[1] = { { 2000 * MICROS_PER_DOLLAR, 1000 * MICROS_PER_DOLLAR } };
    struct risk_account account = { .equity = 100000 * MICROS_PER_DOLLAR,
                                    .equity_start = 101000 * MICROS_PER_DOLLAR,
                                    .var = PRICE_NONE,
                                    .shortfall = PRICE_NONE,
                                    .underlyings = pots,
                                    .underlying_count = 1 };
    static const struct risk_vector zero;
    const struct risk_leg legs[] = { { .ratio = -1, .each = &zero },
                                     { .ratio = 1, .each = &zero } };
    struct risk_order order = { .legs = legs,
                                .leg_count = 2,
                                .quantity = 7,
                                .is_package = true,
                                .underlying = 0,
                                .strategy = RISK_NO_POT,
                                .loss_each = 450 * MICROS_PER_DOLLAR,
                                .price = PRICE_NONE,
                                .fair = PRICE_NONE,
                                .gross = PRICE_NONE };
    struct risk_verdict verdict;
    char text[RISK_TEXT_BYTES];
    risk_limits_default(&limits);
    risk_check(&account, &limits, &order, &verdict);
    CHECK(!verdict.is_allowed);
    CHECK_EQ(verdict.rule, RISK_TRADE_LOSS);
    CHECK_EQ(verdict.quantity_max, 6);
    risk_verdict_text(text, &verdict, "");
    CHECK_HAS(text, "trade_loss: 3,150.00 dollars; the limit is 3,000.00 dollars; 6 would pass");
    order.quantity = 6;
    risk_check(&account, &limits, &order, &verdict);
    CHECK(verdict.is_allowed);
    pots[0].working = 6000 * MICROS_PER_DOLLAR;
    risk_check(&account, &limits, &order, &verdict);
    CHECK_EQ(verdict.rule, RISK_UNDERLYING_LOSS);
    CHECK_EQ(verdict.quantity_max, 4);
}
