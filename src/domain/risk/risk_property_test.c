/* The gate against the slow truth: every subset of working orders, every quantity, every rebuild.
 */
#include "domain/risk/risk.h"

#include "base/rng.h"
#include "tests/testing.h"

enum { SERIES = 6, WORKING = 4, SCENARIOS = 5, ROUNDS = 400 };

struct desk {
    struct rng rng;
    struct risk_vector series[SERIES];
    struct risk_position positions[SERIES];
    struct risk_leg legs[WORKING][3];
    struct risk_order orders[WORKING];
    struct risk_range ranges[WORKING];
    struct risk_account account;
    struct risk_limits limits;
    struct risk_pot pots[2];
};

static int64_t spread(struct rng *rng, int64_t most)
{
    return (int64_t)rng_below(rng, (uint64_t)(2 * most + 1)) - most;
}

static void make_order(struct desk *d, struct risk_leg *legs, struct risk_order *order)
{
    struct rng *rng = &d->rng;
    size_t count = 1 + rng_below(rng, 3);
    for (size_t i = 0; i < count; i++) {
        size_t at = rng_below(rng, SERIES);
        int64_t ratio = 1 + (int64_t)rng_below(rng, 2);
        legs[i] = (struct risk_leg){ .ratio = rng_below(rng, 2) ? ratio : -ratio,
                                     .held = d->positions[at].quantity,
                                     .each = &d->series[at] };
    }
    *order = (struct risk_order){ .legs = legs,
                                  .leg_count = count,
                                  .quantity = 1 + (int64_t)rng_below(rng, 40),
                                  .is_package = rng_below(rng, 2),
                                  .underlying = 0,
                                  .strategy = 1,
                                  .loss_each = (int64_t)rng_below(rng, 100) * MICROS_PER_DOLLAR,
                                  .price = PRICE_NONE,
                                  .fair = PRICE_NONE,
                                  .gross = PRICE_NONE };
}

static void desk_init(struct desk *d, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    rng_init(&d->rng, seed, 0, 3);
    risk_limits_default(&d->limits);
    for (size_t i = 0; i < SERIES; i++) {
        for (size_t k = 0; k < RISK_MEASURE_COUNT + SCENARIOS; k++)
            d->series[i].at[k] = spread(&d->rng, k < RISK_MEASURE_COUNT ? 2000000 : 400000000);
        d->positions[i] = (struct risk_position){ &d->series[i], spread(&d->rng, 20) };
    }
    d->account = (struct risk_account){ .equity = 100000 * MICROS_PER_DOLLAR,
                                        .equity_start = 100000 * MICROS_PER_DOLLAR,
                                        .var = PRICE_NONE,
                                        .shortfall = PRICE_NONE,
                                        .scenario_count = SCENARIOS,
                                        .grid_count = 3,
                                        .underlyings = d->pots,
                                        .underlying_count = 2,
                                        .strategies = d->pots,
                                        .strategy_count = 2 };
    for (size_t i = 0; i < 2; i++)
        d->pots[i].held = (int64_t)rng_below(&d->rng, 9000) * MICROS_PER_DOLLAR;
    for (size_t i = 0; i < WORKING; i++) {
        make_order(d, d->legs[i], &d->orders[i]);
        risk_order_range(&d->orders[i], d->orders[i].quantity, &d->ranges[i]);
    }
    risk_account_build(&d->account, SERIES, d->positions, WORKING, d->ranges);
}

/* The least and the most of a measure over every subset of working orders, whole or leg by leg. */
static void worst_of_subsets(const struct desk *d, size_t unit, int64_t *least, int64_t *most)
{
    int64_t held = 0, part[WORKING * 3];
    size_t parts = 0;
    for (size_t i = 0; i < SERIES; i++)
        held += d->positions[i].quantity * d->series[i].at[unit];
    for (size_t i = 0; i < WORKING; i++) {
        int64_t whole = 0;
        for (size_t k = 0; k < d->orders[i].leg_count; k++) {
            int64_t each =
                d->legs[i][k].ratio * d->orders[i].quantity * d->legs[i][k].each->at[unit];
            whole += each;
            if (!d->orders[i].is_package)
                part[parts++] = each;
        }
        if (d->orders[i].is_package)
            part[parts++] = whole;
    }
    *least = *most = held;
    for (uint32_t set = 0; set < UINT32_C(1) << parts; set++) {
        int64_t sum = held;
        for (size_t i = 0; i < parts; i++)
            sum += set >> i & 1 ? part[i] : 0;
        *least = sum < *least ? sum : *least;
        *most = sum > *most ? sum : *most;
    }
}

TEST(risk_property, both_ends_are_the_worst_of_every_subset_of_working_orders)
{
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct desk d;
        desk_init(&d, seed);
        for (size_t unit = 0; unit < RISK_MEASURE_COUNT + SCENARIOS; unit++) {
            int64_t least, most;
            worst_of_subsets(&d, unit, &least, &most);
            CHECK_EQ(d.account.held.at[unit] + d.account.working.up.at[unit], most);
            CHECK_EQ(d.account.held.at[unit] + d.account.working.down.at[unit], least);
        }
    }
}

TEST(risk_property, adding_and_taking_away_in_any_order_is_a_rebuild_to_the_bit)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct desk d;
        desk_init(&d, seed);
        for (int step = 0; step < 200; step++) {
            size_t i = rng_below(&d.rng, SERIES), w = rng_below(&d.rng, WORKING);
            int64_t change = spread(&d.rng, 30);
            d.positions[i].quantity += change;
            risk_account_hold(&d.account, &d.series[i], change);
            risk_account_work(&d.account, &d.ranges[w], -1);
            make_order(&d, d.legs[w], &d.orders[w]);
            risk_order_range(&d.orders[w], d.orders[w].quantity, &d.ranges[w]);
            risk_account_work(&d.account, &d.ranges[w], 1);
        }
        struct risk_account fresh = d.account;
        risk_account_build(&fresh, SERIES, d.positions, WORKING, d.ranges);
        CHECK(memcmp(&fresh.held, &d.account.held, sizeof fresh.held) == 0);
        CHECK(memcmp(&fresh.working.up, &d.account.working.up, sizeof fresh.working.up) == 0);
        CHECK(memcmp(&fresh.working.down, &d.account.working.down, sizeof fresh.working.down) == 0);
    }
}

/* Whatever is refused, its quantity_max passes and one more does not. */
TEST(risk_property, what_would_pass_passes_and_one_more_does_not)
{
    size_t refused = 0, some = 0;
    bool seen[RISK_LIMIT_COUNT] = { false };
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct desk d;
        desk_init(&d, seed);
        d.account.state = seed % 5 == 0 ? RISK_REDUCING : RISK_NORMAL;
        struct risk_leg legs[3];
        struct risk_order order;
        struct risk_verdict verdict, again;
        make_order(&d, legs, &order);
        risk_check(&d.account, &d.limits, &order, &verdict);
        if (verdict.is_allowed) {
            CHECK_EQ(verdict.quantity_max, order.quantity);
            continue;
        }
        refused++;
        seen[verdict.rule] = true;
        CHECK(verdict.quantity_max < order.quantity);
        CHECK(verdict.quantity_max >= 0);
        char text[RISK_TEXT_BYTES];
        risk_verdict_text(text, &verdict, "");
        CHECK_HAS(text, "would pass");
        order.quantity = verdict.quantity_max + 1;
        risk_check(&d.account, &d.limits, &order, &again);
        CHECK(!again.is_allowed);
        order.quantity = verdict.quantity_max;
        if (order.quantity == 0)
            continue;
        some++;
        risk_check(&d.account, &d.limits, &order, &again);
        CHECK(again.is_allowed);
    }
    CHECK(refused > ROUNDS / 4);
    CHECK(some > 20);
    CHECK(seen[RISK_DELTA_SHARES] && seen[RISK_STRESS_LOSS] && seen[RISK_ONLY_REDUCE]);
}

static struct risk_verdict ask(const struct desk *d, const struct risk_order *order)
{
    struct risk_verdict verdict;
    risk_check(&d->account, &d->limits, order, &verdict);
    return verdict;
}

TEST(risk_property, states_let_reduce_who_may_and_nobody_else)
{
    struct desk d;
    desk_init(&d, 1);
    struct risk_leg leg = { .ratio = -1, .held = 10, .working_sells = 4, .each = &d.series[0] };
    struct risk_order order = { .legs = &leg,
                                .leg_count = 1,
                                .quantity = 6,
                                .is_package = true,
                                .underlying = RISK_NO_POT,
                                .strategy = RISK_NO_POT,
                                .price = PRICE_NONE,
                                .fair = PRICE_NONE,
                                .gross = PRICE_NONE };
    memset(&d.series[0], 0, sizeof d.series[0]);
    CHECK(risk_order_reduces(&order)); /* 4 of the 10 may be sold by others */
    d.account.state = RISK_REDUCING;
    CHECK(ask(&d, &order).is_allowed);
    order.quantity = 7;
    CHECK_EQ(ask(&d, &order).rule, RISK_ONLY_REDUCE);
    CHECK_EQ(ask(&d, &order).quantity_max, 6);
    order.quantity = 6;
    d.account.state = RISK_HALTED;
    CHECK_EQ(ask(&d, &order).rule, RISK_HALT);
    CHECK_EQ(ask(&d, &order).quantity_max, 0);
    order.origin = RISK_BY_PERSON;
    CHECK(ask(&d, &order).is_allowed);
    d.account.state = RISK_KILLED;
    order.origin = RISK_BY_PLANNER;
    CHECK(ask(&d, &order).is_allowed);
    leg.ratio = 1; /* opening is nobody's while killed */
    CHECK_EQ(ask(&d, &order).rule, RISK_HALT);
    /* a halt locks nobody in, even without equity, Greeks or after a bad day */
    leg.ratio = -1;
    leg.each = NULL;
    d.account.equity = PRICE_NONE;
    d.account.unpriced = 3;
    CHECK(ask(&d, &order).is_allowed);
}

TEST(risk_property, what_is_not_known_is_refused_and_said)
{
    struct desk d;
    desk_init(&d, 2);
    memset(&d.series, 0, sizeof d.series);
    risk_account_build(&d.account, 0, NULL, 0, NULL);
    struct risk_leg leg = { .ratio = 1, .each = &d.series[0] };
    struct risk_order order = { .legs = &leg,
                                .leg_count = 1,
                                .quantity = 1,
                                .is_package = true,
                                .underlying = RISK_NO_POT,
                                .strategy = RISK_NO_POT,
                                .price = 1200000,
                                .fair = 1000000,
                                .gross = 1000000 };
    CHECK(ask(&d, &order).is_allowed); /* 20 % above fair is just allowed */
    order.price = 1200001;
    CHECK_EQ(ask(&d, &order).rule, RISK_PRICE_AWAY);
    CHECK_EQ(ask(&d, &order).price_max, 1200000);
    order.price = PRICE_NONE;
    leg.each = NULL;
    CHECK_EQ(ask(&d, &order).rule, RISK_UNKNOWN);
    leg.each = &d.series[0];
    order.loss_each = PRICE_NONE;
    CHECK_EQ(ask(&d, &order).rule, RISK_UNKNOWN);
    order.loss_each = RISK_OFF; /* without bound */
    CHECK_EQ(ask(&d, &order).rule, RISK_TRADE_LOSS);
    order.loss_each = 0;
    d.account.unpriced = 1;
    CHECK_EQ(ask(&d, &order).rule, RISK_UNPRICED);
    d.account.unpriced = 0;
    d.account.equity = 94000 * MICROS_PER_DOLLAR;
    CHECK_EQ(ask(&d, &order).rule, RISK_DAY_LOSS);
    d.account.equity = PRICE_NONE;
    CHECK_EQ(ask(&d, &order).rule, RISK_UNKNOWN);
    d.account.equity = 100000 * MICROS_PER_DOLLAR;
    d.account.recent_orders = 120;
    CHECK_EQ(ask(&d, &order).rule, RISK_ORDER_RATE);
    d.account.recent_orders = 0;
    risk_account_hold(&d.account, &(struct risk_vector){ { INT64_MAX } }, 2);
    CHECK(d.account.is_overflow);
    CHECK_EQ(ask(&d, &order).rule, RISK_UNKNOWN);
}

TEST(risk_property, of_two_orders_of_which_one_fills_the_greater_counts)
{
    const struct risk_vector each = { { 1000000 } };
    const struct risk_leg leg = { .ratio = -1, .each = &each };
    const struct risk_order order = {
        .legs = &leg, .leg_count = 1, .quantity = 30, .is_package = true
    };
    struct risk_range target, stop;
    risk_order_range(&order, 30, &target);
    risk_order_range(&order, 20, &stop);
    risk_range_either(&target, &stop);
    CHECK_EQ(target.down.at[0], -30000000); /* not -50 */
    CHECK_EQ(target.up.at[0], 0);
}

TEST(risk_property, the_planner_may_hedge_while_only_reducing_and_not_otherwise_open)
{
    struct desk d;
    desk_init(&d, 3);
    struct risk_vector share = { { 1000000, 1000000 } };
    struct risk_position held = { &share, 400 };
    risk_account_build(&d.account, 1, &held, 0, NULL);
    d.account.state = RISK_REDUCING;
    struct risk_leg leg = { .ratio = -1, .each = &share, .is_stock = true };
    struct risk_order order = { .legs = &leg,
                                .leg_count = 1,
                                .quantity = 380,
                                .is_package = true,
                                .origin = RISK_BY_PLANNER,
                                .underlying = RISK_NO_POT,
                                .strategy = RISK_NO_POT,
                                .loss_each = RISK_OFF,
                                .price = PRICE_NONE,
                                .fair = PRICE_NONE,
                                .gross = PRICE_NONE };
    CHECK(ask(&d, &order).is_allowed);
    order.origin = RISK_BY_STRATEGY;
    CHECK_EQ(ask(&d, &order).rule, RISK_ONLY_REDUCE);
    order.origin = RISK_BY_PLANNER;
    leg.ratio = 1; /* more of the same is no hedge */
    CHECK(!ask(&d, &order).is_allowed);
}

TEST(risk_property, limits_are_read_as_people_write_them)
{
    int64_t value;
    enum risk_limit limit;
    char text[RISK_VALUE_BYTES];
    CHECK_OK(risk_limit_find(STR("trade_loss"), &limit));
    CHECK_OK(risk_limit_parse(limit, STR("3 %"), &value));
    CHECK_EQ(value, 30000);
    CHECK_OK(risk_limit_parse(limit, STR("off"), &value));
    CHECK_EQ(value, RISK_OFF);
    CHECK_EQ(risk_limit_parse(limit, STR("-1"), &value), ERR_RANGE);
    CHECK_EQ(risk_limit_parse(limit, STR("much"), &value), ERR_PARSE);
    CHECK_EQ(risk_limit_find(STR("trade_los"), &limit), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "trade_loss");
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) { /* every default reads back */
        const struct risk_limit_row *row = risk_limit_row((enum risk_limit)i);
        risk_limit_format(text, (enum risk_limit)i, row->value);
        CHECK_OK(risk_limit_parse((enum risk_limit)i, str_from(text), &value));
        CHECK_EQ(value, row->value);
    }
}

TEST(risk_property, overrides_need_a_role_a_name_a_reason_and_an_end)
{
    static const int64_t hour = INT64_C(3600) * 1000000000;
    struct risk_overrides all = { .count = 0 };
    struct risk_limits limits, now;
    risk_limits_default(&limits);
    struct risk_override grant = { .limit = RISK_TRADE_LOSS,
                                   .value = 50000,
                                   .role = RISK_ROLE_TRADER,
                                   .by = "ann",
                                   .reason = "roll of a large trade",
                                   .expires_ts_ns = 2 * hour };
    CHECK_EQ(risk_override_grant(&all, &grant, hour), ERR_REFUSED);
    CHECK_HAS(err_detail(),
              "role: a trader, ann; the limit is risk; that one, or who is above, would pass");
    grant.role = RISK_ROLE_RISK;
    grant.expires_ts_ns = hour;
    CHECK_EQ(risk_override_grant(&all, &grant, hour), ERR_RANGE);
    CHECK_HAS(err_detail(),
              "end: in 0.0 hours; the limit is 168; an end within a week from now would pass");
    grant.expires_ts_ns = 2 * hour;
    grant.reason[0] = '\0';
    CHECK_EQ(risk_override_grant(&all, &grant, hour), ERR_USAGE);
    grant.reason[0] = 'r';
    CHECK_OK(risk_override_grant(&all, &grant, hour));
    CHECK_EQ(risk_limits_in_force(&limits, &all, hour + 1, &now), 2 * hour);
    CHECK_EQ(now.at[RISK_TRADE_LOSS], 50000);
    CHECK_EQ(risk_limits_in_force(&limits, &all, 2 * hour, &now), INT64_MAX);
    CHECK_EQ(now.at[RISK_TRADE_LOSS], 30000);
    CHECK_EQ(all.count, 1); /* it stays on record */
    CHECK_EQ(risk_override_revoke(&all, RISK_TRADE_LOSS, 2 * hour), ERR_NOT_FOUND);
    grant.limit = RISK_HALT;
    grant.role = RISK_ROLE_OWNER;
    grant.expires_ts_ns = 4 * hour;
    CHECK_EQ(risk_override_grant(&all, &grant, 2 * hour), ERR_REFUSED); /* nobody's */
    CHECK_HAS(err_detail(),
              "role: the owner, ann; the limit is nobody; what only reduces would pass");
    grant.limit = RISK_VEGA;
    while (all.count < RISK_OVERRIDES_MAX)
        CHECK_OK(risk_override_grant(&all, &grant, 2 * hour));
    CHECK_OK(risk_override_grant(&all, &grant, 2 * hour)); /* the ended one makes room */
    CHECK_EQ(risk_override_grant(&all, &grant, 2 * hour), ERR_FULL);
    CHECK_OK(risk_override_revoke(&all, RISK_VEGA, 3 * hour));
    CHECK_EQ(risk_limits_in_force(&limits, &all, 3 * hour, &now), INT64_MAX);
}
