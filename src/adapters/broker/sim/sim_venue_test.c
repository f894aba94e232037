/* What the simulated venue fills, at which price, how much of it, and what it never fills. */
#include "adapters/broker/sim/sim_venue.h"

#include <math.h>

#include "tests/testing.h"

static int64_t micros(double dollars)
{
    return isnan(dollars) ? PRICE_NONE : money_from_dollars(dollars);
}

static struct order_leg leg(int64_t ratio, double bid, double ask)
{
    return (struct order_leg){ .contract = { .root = "SPXW", .expiry = 20240119, .strike_mills = 4700000,
                                             .multiplier = 100, .right = 'P', .style = 'E', .settle = 'p',
                                             .delivery = 'c' },
                               .ratio = ratio,
                               .bid = micros(bid),
                               .ask = micros(ask),
                               .bid_size = SIZE_NONE,
                               .ask_size = SIZE_NONE };
}

static struct order order_of(int count, const struct order_leg *legs, int64_t units)
{
    struct order order = { .id = 7, .ts_ns = 1000, .day = 20240102, .underlying = "SPX",
                           .units = units, .leg_count = count };
    memcpy(order.legs, legs, (size_t)count * sizeof *legs);
    return order;
}

static struct event_answer answer_to(const struct order *order, enum fill_model model)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct broker broker;
    CHECK_OK(sim_venue_open(&broker, &arena, model, FEES_NONE, 4));
    CHECK_OK(broker.ops->submit(broker.self, order));
    struct event event;
    CHECK(!broker.ops->poll(broker.self, order->ts_ns - 1, &event)); /* never before its time */
    CHECK(broker.ops->poll(broker.self, order->ts_ns, &event));
    CHECK_EQ(event.kind, EVENT_ANSWER);
    CHECK_EQ(event.ts_ns, order->ts_ns);
    CHECK_EQ(event.of.answer.order_id, order->id);
    CHECK(!broker.ops->poll(broker.self, INT64_MAX, &event));
    broker.ops->close(broker.self);
    arena_clear(&arena);
    return event.of.answer;
}

/* Golden: fills/package_condor (package fill model: net mid + k * sum of leg half-spreads): net mid -0.85,
 * half-spreads 0.20 in all, worst case -0.65. */
TEST(sim_venue, fills_the_golden_condor_between_its_mid_and_its_worst)
{
    const struct order_leg legs[] = { leg(-1, 1.00, 1.10), leg(1, 0.60, 0.70), leg(-1, 1.20, 1.30),
                                      leg(1, 0.75, 0.85) };
    struct order order = order_of(4, legs, 3);
    CHECK_EQ(order_net_mid(&order), micros(-0.85));
    static const struct {
        enum fill_model model;
        double net;
    } cases[] = {
        { FILL_MID, -0.85 },
        { FILL_NATURAL, -0.65 },
        /* k = 0.65: -0.72 before rounding; legs at 1.01, 0.69, 1.21, 0.84. */
        { FILL_SHARE, -0.69 },
    };
    FOR_EACH(c, cases) {
        struct event_answer answer = answer_to(&order, c->model);
        CHECK_EQ(answer.status, ANSWER_FILLED);
        CHECK_EQ(answer.units, 3);
        CHECK_EQ(order_net(&order, answer.legs), micros(c->net));
    }
}

TEST(sim_venue, crosses_more_of_the_spread_with_more_legs)
{
    static const int share[] = { 500, 550, 600, 650, 700, 750, 800, 850, 850 };
    for (int legs = 1; legs <= ORDER_LEGS_MAX; legs++)
        CHECK_EQ(fill_share_thousandths(legs), share[legs - 1]);
}

TEST(sim_venue, prices_one_leg_as_documented)
{
    static const struct {
        enum fill_model model;
        int64_t ratio;
        double bid, ask, price; /* NAN: no fill */
    } cases[] = {
        { FILL_SHARE, 1, 2.00, 2.20, 2.15 },   { FILL_SHARE, -1, 2.00, 2.20, 2.05 },
        { FILL_SHARE, 1, 2.00, 2.10, 2.08 },   { FILL_SHARE, -1, 2.00, 2.10, 2.02 },
        { FILL_SHARE, 1, 2.00, 2.01, 2.01 },   { FILL_SHARE, -1, 2.00, 2.01, 2.00 },
        { FILL_SHARE, 1, 2.003, 2.004, 2.004 }, { FILL_SHARE, -1, 2.003, 2.004, 2.003 },
        { FILL_SHARE, 1, 2.00, 2.00, 2.00 },   { FILL_SHARE, 1, 0, 0.10, 0.10 },
        { FILL_SHARE, -1, 0, 0.10, NAN },      { FILL_SHARE, 1, NAN, 0.10, NAN },
        { FILL_SHARE, -1, 1.00, NAN, NAN },    { FILL_SHARE, 1, 1.10, 1.00, NAN },
        { FILL_SHARE, -1, 1.10, 1.00, NAN },   { FILL_SHARE, 1, 0, 0, NAN },
        { FILL_SHARE, -1, 1.00, 0, NAN },      { FILL_MID, 1, 1.00, 1.25, 1.125 },
        { FILL_MID, -1, 1.00, 1.25, 1.125 },   { FILL_MID, 1, 0, 0.10, 0.10 },
        { FILL_MID, -1, 0, 0.10, NAN },        { FILL_MID, 1, NAN, 0.10, NAN },
        { FILL_MID, 1, 1.10, 1.00, NAN },      { FILL_NATURAL, 1, 1.00, 1.25, 1.25 },
        { FILL_NATURAL, -1, 1.00, 1.25, 1.00 }, { FILL_NATURAL, 1, NAN, 1.25, 1.25 },
        { FILL_NATURAL, -1, 1.00, NAN, 1.00 }, { FILL_NATURAL, 1, 1.00, NAN, NAN },
        { FILL_NATURAL, -1, NAN, 1.00, NAN },  { FILL_NATURAL, -1, 0, 1.00, NAN },
        { FILL_NATURAL, 1, 1.10, 1.00, NAN },  { FILL_NATURAL, -1, 1.10, 1.00, NAN },
    };
    FOR_EACH(c, cases) {
        struct order_leg one = leg(c->ratio, c->bid, c->ask);
        const char *why = "";
        int64_t price = fill_leg_price(c->model, &one, 1, &why);
        CHECK_EQ(price, micros(c->price));
        CHECK((price == PRICE_NONE) == (why[0] != '\0'));
    }
}

/* Whatever the quote: a fill lies between the mid and the far side. */
TEST(sim_venue, never_fills_better_than_the_mid_nor_worse_than_the_far_side)
{
    for (int bid = 1; bid <= 60; bid++) {
        for (int width = 0; width <= 25; width++) {
            for (int side = -1; side <= 1; side += 2) {
                for (int legs = 1; legs <= 8; legs++) {
                    struct order_leg one = leg(side, bid * 0.013, (bid + width) * 0.013);
                    const char *why;
                    int64_t price = fill_leg_price(FILL_SHARE, &one, legs, &why);
                    int64_t twice = one.bid + one.ask;
                    CHECK(side > 0 ? 2 * price >= twice && price <= one.ask
                                   : 2 * price <= twice && price >= one.bid);
                }
            }
        }
    }
}

TEST(sim_venue, fills_all_legs_or_none_and_no_more_than_is_displayed)
{
    struct order_leg legs[] = { leg(-1, 1.00, 1.10), leg(2, 0.60, 0.70) };
    legs[0].bid_size = 8;
    legs[0].ask_size = 1; /* the side that is not hit does not matter */
    legs[1].ask_size = 7;
    struct order order = order_of(2, legs, 10);
    struct event_answer answer = answer_to(&order, FILL_SHARE);
    CHECK_EQ(answer.status, ANSWER_PARTLY);
    CHECK_EQ(answer.units, 3); /* seven displayed, two a unit */
    CHECK_EQ(answer_to(&order, FILL_NATURAL).units, 10); /* any size, as it says */
    CHECK_EQ(answer_to(&order, FILL_MID).units, 10);
    order.legs[1].ask_size = 1;
    answer = answer_to(&order, FILL_SHARE);
    CHECK_EQ(answer.status, ANSWER_REJECTED);
    CHECK_HAS(answer.reason, "below one unit");
    order.legs[1] = leg(2, NAN, NAN);
    answer = answer_to(&order, FILL_NATURAL);
    CHECK_EQ(answer.status, ANSWER_REJECTED);
    CHECK_EQ(answer.units, 0);
    CHECK_HAS(answer.reason, "SPXW 20240119 4700P");
}

TEST(sim_venue, has_room_for_as_many_answers_as_it_was_given)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct broker broker;
    CHECK_OK(sim_venue_open(&broker, &arena, FILL_MID, FEES_NONE, 2));
    struct order_leg one = leg(1, 1.00, 1.10);
    struct order order = order_of(1, &one, 1);
    CHECK_OK(broker.ops->submit(broker.self, &order));
    CHECK_OK(broker.ops->submit(broker.self, &order));
    CHECK_EQ(broker.ops->submit(broker.self, &order), ERR_FULL);
    arena_clear(&arena);
}

/* A package with stock nets per share of the option's multiplier: what a platform shows for it. */
TEST(sim_venue, nets_stock_and_options_per_share)
{
    struct order_leg stock = leg(100, 49.99, 50.01), call = leg(-1, 2.00, 2.20);
    stock.is_stock = true;
    struct order_leg legs[] = { stock, call };
    struct order order = order_of(2, legs, 4);
    CHECK_EQ(order_net_mid(&order), micros(47.90));
    struct event_answer answer = answer_to(&order, FILL_NATURAL);
    CHECK_EQ(order_net(&order, answer.legs), micros(50.01 - 2.00));
    order = order_of(1, legs, 4);
    CHECK_EQ(order_net_mid(&order), micros(50));
    order.legs[0].ratio = -1;
    CHECK_EQ(order_net_mid(&order), micros(-50)); /* selling takes in */
}

TEST(sim_venue, numbers_orders_in_twenty_characters_each_its_own)
{
    static const struct {
        uint64_t id;
        const char *text;
    } cases[] = {
        { 1, "if000000000000000001" },
        { 35, "if00000000000000000z" },
        { 36, "if000000000000000010" },
        { UINT64_MAX, "if000003w5e11264sgsf" }, /* 2^64 - 1 in base 36 */
    };
    FOR_EACH(c, cases) {
        char text[ORDER_NUMBER_BYTES];
        order_number(text, c->id);
        CHECK_STR(text, c->text);
    }
}

/* 11,000 contracts in a month: ib's tier beyond 10,000 is asked with what went before. */
TEST(sim_venue, counts_the_contracts_of_a_month_for_tiers)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct broker broker;
    CHECK_OK(sim_venue_open(&broker, &arena, FILL_MID, FEES_IBKR_TIERED, 4));
    struct order_leg one = leg(1, 1.00, 1.10);
    int64_t commission[3];
    static const int32_t days[] = { 20240102, 20240103, 20240201 };
    for (int i = 0; i < 3; i++) {
        struct order order = order_of(1, &one, 11000);
        order.day = days[i];
        CHECK_OK(broker.ops->submit(broker.self, &order));
        struct event event;
        CHECK(broker.ops->poll(broker.self, INT64_MAX, &event));
        commission[i] = event.of.answer.commission;
    }
    CHECK(commission[1] < commission[0]);
    CHECK_EQ(commission[2], commission[0]); /* a new month begins at the first tier */
    arena_clear(&arena);
}
