/* OCO, OTO and brackets: what a fill of one order asks of the others. */
#include <string.h>

#include "base/rng.h"
#include "domain/orders/order_set.h"
#include "tests/testing.h"

static struct arena arena;

static struct order_set *set_open(void)
{
    arena_init(&arena, "orders", 0);
    return order_set_open(&arena, &(struct order_limits){ 16, 200, 60 });
}

static struct order_terms one(int64_t ratio, int64_t quantity, uint64_t group, enum group_kind kind,
                              enum group_role role, uint64_t parent)
{
    struct contract call = { .root = "SPY",
                             .expiry = 20240119,
                             .strike_mills = 470000,
                             .multiplier = 100,
                             .right = 'C',
                             .style = 'A',
                             .settle = 'p',
                             .delivery = 's' };
    struct order_terms terms;
    order_terms_init(&terms);
    MUST(order_terms_option(&terms, &call, ratio));
    terms.edit.quantity = quantity;
    terms.edit.type = ORDER_LIMIT;
    terms.edit.net_price = ratio * 2000000;
    terms.links =
        (struct order_links){ .group = group, .parent = parent, .kind = kind, .role = role };
    return terms;
}

static void stage(struct order_set *set, uint64_t id, struct order_terms terms)
{
    const struct order_state *order;
    CHECK_OK(order_set_stage(set, id, &terms, 1, &order));
}

static void act(struct order_set *set, uint64_t id, enum order_input input)
{
    struct order_change change;
    CHECK_OK(order_set_act(set, id, input, 2, "", &change));
}

static struct order_change say(struct order_set *set, uint64_t id, enum order_input what)
{
    struct order_report report = { .what = what, .order_id = id, .ts_ns = 3 };
    struct order_change change;
    CHECK_OK(order_set_report(set, &report, &change));
    return change;
}

static struct order_change fill(struct order_set *set, uint64_t id, uint64_t exec, int64_t quantity)
{
    struct order_report report = {
        .what = ORDER_SAID_FILL, .order_id = id, .ts_ns = 3, .fill_count = 1
    };
    report.fills[0] =
        (struct report_fill){ .exec = { 1, exec }, .quantity = quantity, .price = 2000000 };
    struct order_change change;
    CHECK_OK(order_set_report(set, &report, &change));
    return change;
}

static void send(struct order_set *set, uint64_t id)
{
    act(set, id, ORDER_SEND);
    say(set, id, ORDER_SAID_WORKING);
}

/* Do what is asked, as a kernel with open gates would; a report of the answer follows at once. */
static int obey(struct order_set *set)
{
    struct order_ask ask;
    int asks = 0;
    while (order_set_next_ask(set, &ask)) {
        struct order_change change;
        asks++;
        MUST(asks < 50);
        if (ask.what == ORDER_SEND) {
            CHECK_OK(order_set_resize(set, ask.id, ask.edit.quantity));
            send(set, ask.id);
        } else if (ask.what == ORDER_ASK_CANCEL) {
            bool is_sent = order_status_is_sent(order_set_find(set, ask.id)->phase);
            act(set, ask.id, ORDER_ASK_CANCEL);
            if (is_sent)
                say(set, ask.id, ORDER_SAID_CANCELED);
        } else {
            CHECK_OK(order_set_replace(set, ask.id, &ask.edit, 4, &change));
            say(set, ask.id, ORDER_SAID_REPLACED);
        }
    }
    return asks;
}

TEST(order_groups, one_cancels_the_other_and_a_part_takes_a_part)
{
    struct order_set *set = set_open();
    stage(set, 1, one(1, 5, 9, GROUP_OCO, ROLE_MEMBER, 0));
    stage(set, 2, one(-1, 5, 9, GROUP_OCO, ROLE_MEMBER, 0));
    send(set, 1);
    send(set, 2);
    CHECK_EQ(obey(set), 0);
    fill(set, 1, 1, 2);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 2)->edit.quantity, 3);
    fill(set, 2, 2, 1);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 1)->edit.quantity, 4);
    fill(set, 1, 3, 2);
    CHECK_EQ(order_set_find(set, 1)->phase, ORDER_FILLED);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 2)->phase, ORDER_CANCELED);
    /* The market was faster than the cancel: a fact, and an alarm. */
    struct order_change late = fill(set, 2, 4, 1);
    CHECK(late.alarms & ORDER_ALARM_GROUP);
    arena_clear(&arena);
}

TEST(order_groups, a_child_is_sent_for_what_its_parent_filled_and_grows_with_it)
{
    struct order_set *set = set_open();
    stage(set, 1, one(1, 6, 9, GROUP_BRACKET, ROLE_PARENT, 0));
    stage(set, 2, one(-1, 6, 9, GROUP_BRACKET, ROLE_PROFIT, 1));
    stage(set, 3, one(-1, 6, 9, GROUP_BRACKET, ROLE_STOP, 1));
    send(set, 1);
    CHECK_EQ(obey(set), 0);
    fill(set, 1, 1, 2);
    CHECK_EQ(obey(set), 2);
    CHECK_EQ(order_set_find(set, 2)->edit.quantity, 2);
    CHECK_EQ(order_set_find(set, 3)->phase, ORDER_WORKING);
    fill(set, 1, 2, 3);
    CHECK_EQ(obey(set), 2);
    CHECK_EQ(order_set_find(set, 3)->edit.quantity, 5);
    say(set, 1, ORDER_SAID_CANCELED);
    CHECK_EQ(obey(set), 0);
    fill(set, 2, 3, 5);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 3)->phase, ORDER_CANCELED);
    arena_clear(&arena);
}

TEST(order_groups, the_rest_of_a_parent_ends_once_an_exit_filled)
{
    struct order_set *set = set_open();
    stage(set, 1, one(1, 6, 9, GROUP_BRACKET, ROLE_PARENT, 0));
    stage(set, 2, one(-1, 6, 9, GROUP_BRACKET, ROLE_PROFIT, 1));
    stage(set, 3, one(-1, 6, 9, GROUP_BRACKET, ROLE_STOP, 1));
    send(set, 1);
    CHECK(order_set_group_guards(set, 1));
    fill(set, 1, 1, 2);
    CHECK_EQ(obey(set), 2);
    fill(set, 2, 2, 1); /* of two: the stop keeps the other one */
    CHECK_EQ(obey(set), 2);
    CHECK_EQ(order_set_find(set, 1)->phase, ORDER_CANCELED);
    CHECK_EQ(order_set_find(set, 3)->edit.quantity, 1);
    CHECK(order_set_group_guards(set, 1));
    fill(set, 3, 3, 1);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 2)->phase, ORDER_CANCELED);
    CHECK(!order_set_group_guards(set, 1));
    arena_clear(&arena);
}

TEST(order_groups, a_child_of_a_parent_that_grew_is_sent_and_then_replaced)
{
    struct order_set *set = set_open();
    struct order_change change;
    stage(set, 1, one(1, 2, 9, GROUP_BRACKET, ROLE_PARENT, 0));
    stage(set, 2, one(-1, 2, 9, GROUP_BRACKET, ROLE_PROFIT, 1));
    send(set, 1);
    struct order_edit edit = order_set_find(set, 1)->edit;
    edit.quantity = 5;
    CHECK_OK(order_set_replace(set, 1, &edit, 4, &change));
    say(set, 1, ORDER_SAID_REPLACED);
    fill(set, 1, 1, 5);
    CHECK_EQ(obey(set), 2);
    CHECK_EQ(order_set_find(set, 2)->edit.quantity, 5);
    arena_clear(&arena);
}

TEST(order_groups, children_of_a_parent_that_never_filled_are_dropped)
{
    struct order_set *set = set_open();
    stage(set, 1, one(1, 6, 9, GROUP_OTO, ROLE_PARENT, 0));
    stage(set, 2, one(-1, 6, 9, GROUP_OTO, ROLE_CHILD, 1));
    send(set, 1);
    say(set, 1, ORDER_SAID_REJECTED);
    CHECK_EQ(obey(set), 1);
    CHECK_EQ(order_set_find(set, 2)->phase, ORDER_CANCELED);
    arena_clear(&arena);
}

TEST(order_groups, refuses_members_that_do_not_fit)
{
    struct order_set *set = set_open();
    const struct order_state *order;
    stage(set, 1, one(1, 6, 9, GROUP_OCO, ROLE_MEMBER, 0));
    struct order_terms terms = one(1, 5, 9, GROUP_OCO, ROLE_MEMBER, 0);
    CHECK_EQ(order_set_stage(set, 2, &terms, 1, &order), ERR_RANGE);
    CHECK_HAS(err_detail(), "quantity 5 beside 6");
    terms = one(1, 6, 9, GROUP_BRACKET, ROLE_PARENT, 0);
    CHECK_EQ(order_set_stage(set, 2, &terms, 1, &order), ERR_RANGE);
    terms = one(1, 6, 8, GROUP_OTO, ROLE_CHILD, 77);
    CHECK_EQ(order_set_stage(set, 2, &terms, 1, &order), ERR_NOT_FOUND);
    terms = one(1, 6, 8, GROUP_OTO, ROLE_MEMBER, 0);
    CHECK_EQ(order_set_stage(set, 2, &terms, 1, &order), ERR_RANGE);
    arena_clear(&arena);
}

/* With answers at once, whatever fills: the members of an OCO never fill more than the group was
 * to. */
TEST(order_groups, never_fill_more_than_the_group_was_to_when_answers_come_at_once)
{
    struct order_set *set = set_open();
    struct rng rng;
    rng_init(&rng, 5, 0, 0);
    uint64_t exec = 0, id = 0;
    for (int round = 1; round <= 500; round++) {
        uint64_t first = id + 1;
        for (int m = 0; m < 3; m++) {
            stage(set, ++id, one(m % 2 ? 1 : -1, 8, (uint64_t)round, GROUP_OCO, ROLE_MEMBER, 0));
            send(set, id);
        }
        obey(set);
        int64_t filled = 0;
        for (;;) {
            uint64_t pick = first + rng_below(&rng, 3);
            const struct order_state *order = order_set_find(set, pick);
            int64_t left = order_state_remaining(order);
            if (filled == 8)
                break;
            if (!left)
                continue;
            int64_t part = 1 + (int64_t)rng_below(&rng, (uint64_t)left);
            CHECK_EQ(fill(set, pick, ++exec, part).alarms & ORDER_ALARM_GROUP, 0);
            filled += part;
            obey(set);
        }
        CHECK_EQ(filled, 8);
        CHECK_EQ(order_set_open_count(set), 0);
    }
    arena_clear(&arena);
}
