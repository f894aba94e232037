/* What becomes of orders: the table of steps, fills that come late and twice, versions,
 * corrections. */
#include "domain/orders/order_set.h"

#include <string.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/orders/capability.h"
#include "tests/testing.h"

static struct contract option(int32_t strike, char right)
{
    return (struct contract){ .root = "SPXW",
                              .expiry = 20240119,
                              .strike_mills = strike * 1000,
                              .multiplier = 100,
                              .right = right,
                              .style = 'E',
                              .settle = 'p',
                              .delivery = 'c' };
}

/* An iron condor for a credit of 1.25 with unequal ratios where asked. */
static struct order_terms condor(int64_t quantity)
{
    struct order_terms terms;
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPX", 4);
    terms.day = 20240102;
    static const int32_t strikes[] = { 4600, 4650, 4850, 4900 };
    for (int i = 0; i < 4; i++) {
        struct contract contract = option(strikes[i], i < 2 ? 'P' : 'C');
        MUST(order_terms_option(&terms, &contract, i == 0 || i == 3 ? 1 : -1));
    }
    terms.edit = (struct order_edit){ .quantity = quantity,
                                      .type = ORDER_LIMIT,
                                      .net_price = -1250000,
                                      .stop_price = PRICE_NONE,
                                      .tif = ORDER_DAY };
    return terms;
}

struct desk {
    struct arena arena;
    struct order_set *set;
};

static struct desk desk_open(uint32_t orders, uint32_t fills)
{
    struct desk desk;
    arena_init(&desk.arena, "orders", 0);
    desk.set = order_set_open(&desk.arena, &(struct order_limits){ orders, fills, 3 * orders });
    return desk;
}

static void desk_close(struct desk *desk)
{
    arena_clear(&desk->arena);
}

static const struct order_state *staged(struct order_set *set, uint64_t id,
                                        const struct order_terms *terms)
{
    const struct order_state *order = NULL;
    CHECK_OK(order_set_stage(set, id, terms, 100, &order));
    return order;
}

static struct order_change act(struct order_set *set, uint64_t id, enum order_input input)
{
    struct order_change change;
    CHECK_OK(order_set_act(set, id, input, 200, "a reason", &change));
    return change;
}

static struct order_change say(struct order_set *set, uint64_t id, enum order_input what)
{
    struct order_report report = { .what = what, .order_id = id, .ts_ns = 300 };
    struct order_change change;
    CHECK_OK(order_set_report(set, &report, &change));
    return change;
}

static struct report_fill execution(uint64_t exec, int leg, int64_t quantity, double price)
{
    return (struct report_fill){ .exec = { 0, exec },
                                 .leg = leg,
                                 .quantity = quantity,
                                 .price = money_from_dollars(price),
                                 .costs = { 1000000, 100000, 20000 } };
}

static struct order_change say_fill(struct order_set *set, uint64_t id, struct report_fill fill)
{
    struct order_report report = {
        .what = ORDER_SAID_FILL, .order_id = id, .ts_ns = 300, .fill_count = 1, .fills = { fill }
    };
    struct order_change change;
    CHECK_OK(order_set_report(set, &report, &change));
    return change;
}

/* All legs of so many packages at one instant: -3.00 +1.00 -2.75 +1.50 pays 1.25 net. */
static struct order_change say_package(struct order_set *set, uint64_t id, uint64_t exec,
                                       int64_t packages)
{
    static const double prices[] = { 1.00, 2.00, 1.75, 1.50 };
    struct order_report report = {
        .what = ORDER_SAID_FILL, .order_id = id, .ts_ns = 300, .fill_count = 4
    };
    for (int i = 0; i < 4; i++)
        report.fills[i] = execution(exec * 10 + (uint64_t)i, i, packages, prices[i]);
    struct order_change change;
    CHECK_OK(order_set_report(set, &report, &change));
    return change;
}

TEST(order_set, takes_an_order_from_its_making_to_its_whole_fill)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(3);
    CHECK_EQ(package_net(&terms, (int64_t[]){ 1000000, 2000000, 1750000, 1500000 }), -1250000);
    const struct order_state *order = staged(desk.set, 7, &terms);
    CHECK_EQ(order_state_status(order), ORDER_STAGED);
    CHECK_EQ(act(desk.set, 7, ORDER_ASK_SIGNATURE).to, ORDER_AWAITING_SIGNATURE);
    CHECK_EQ(act(desk.set, 7, ORDER_SIGN).to, ORDER_STAGED);
    CHECK_EQ(act(desk.set, 7, ORDER_SEND).to, ORDER_SENDING);
    CHECK_EQ(say(desk.set, 7, ORDER_SAID_PENDING).to, ORDER_PENDING);
    CHECK_EQ(say(desk.set, 7, ORDER_SAID_WORKING).to, ORDER_WORKING);
    struct order_change change = say_package(desk.set, 7, 1, 2);
    CHECK_EQ(change.to, ORDER_PARTIAL);
    CHECK_EQ(change.new_fills, 4);
    CHECK_EQ(change.cash, 2 * 125 * MICROS_PER_DOLLAR); /* 1.25 received, times 100, times 2 */
    CHECK_EQ(change.costs.commission, 4000000);
    CHECK_EQ(order->filled, 2);
    CHECK_EQ(order_state_remaining(order), 1);
    CHECK_EQ(order_state_leg_filled(order, 1), -2);
    CHECK(say_package(desk.set, 7, 1, 2).is_repeat); /* told twice, counted once */
    CHECK_EQ(order->filled, 2);
    CHECK_EQ(say_package(desk.set, 7, 2, 1).to, ORDER_FILLED);
    CHECK_EQ(order->cash, 3 * 125 * MICROS_PER_DOLLAR);
    CHECK_EQ(order->alarms, 0);
    CHECK_EQ(order_set_open_count(desk.set), 0);
    desk_close(&desk);
}

static void sent(struct order_set *set, uint64_t id, const struct order_terms *terms)
{
    staged(set, id, terms);
    act(set, id, ORDER_SEND);
    say(set, id, ORDER_SAID_WORKING);
}

TEST(order_set, keeps_fills_apart_from_the_end_and_never_leaves_an_end_by_itself)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(5);
    sent(desk.set, 1, &terms);
    const struct order_state *order = order_set_find(desk.set, 1);
    say_package(desk.set, 1, 1, 2);
    CHECK_EQ(act(desk.set, 1, ORDER_ASK_CANCEL).to, ORDER_CANCELING);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_CANCELED).to, ORDER_CANCELED);
    CHECK_EQ(order->filled, 2); /* what was filled stays */
    struct order_change late = say_package(desk.set, 1, 2, 3);
    CHECK_EQ(late.alarms, ORDER_ALARM_LATE_FILL);
    CHECK_EQ(late.to, ORDER_CANCELED);
    CHECK_EQ(order->filled, 5); /* all of it, and yet canceled */
    CHECK(say_package(desk.set, 1, 2, 3).is_repeat);
    CHECK_EQ(order->cash, 5 * 125 * MICROS_PER_DOLLAR);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_WORKING).to, ORDER_CANCELED); /* a word that comes late */
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_WORKING).alarms, 0);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_EXPIRED).alarms, ORDER_ALARM_ILLEGAL);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_REINSTATED).to,
             ORDER_FILLED); /* explicit; and it is whole */
    desk_close(&desk);
}

TEST(order_set, says_filled_with_fills_owed_until_they_come)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(2);
    sent(desk.set, 1, &terms);
    struct order_change change = say(desk.set, 1, ORDER_SAID_FILLED);
    CHECK_EQ(change.to, ORDER_FILLED);
    CHECK_EQ(change.alarms, ORDER_ALARM_FILLS_OWED);
    CHECK_EQ(say_package(desk.set, 1, 1, 2).alarms, 0); /* expected, so not late */
    CHECK_EQ(order_set_find(desk.set, 1)->filled, 2);
    desk_close(&desk);
}

/* The end overtook its executions: nobody may act on what was filled before they are here. */
TEST(order_set, is_settled_only_when_all_that_the_broker_counts_is_here)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(5);
    sent(desk.set, 1, &terms);
    const struct order_state *order = order_set_find(desk.set, 1);
    struct order_report end = {
        .what = ORDER_SAID_CANCELED, .order_id = 1, .ts_ns = 300, .filled = 3
    };
    struct order_change change;
    CHECK_OK(order_set_report(desk.set, &end, &change));
    CHECK_EQ(change.to, ORDER_CANCELED);
    CHECK_EQ(change.alarms, ORDER_ALARM_FILLS_OWED);
    CHECK(!order_state_is_settled(order));
    CHECK_EQ(say_package(desk.set, 1, 1, 2).alarms, 0); /* expected, so not late */
    CHECK(!order_state_is_settled(order));
    CHECK_EQ(say_package(desk.set, 1, 2, 1).alarms, 0);
    CHECK(order_state_is_settled(order));
    CHECK_EQ(say_package(desk.set, 1, 3, 1).alarms, ORDER_ALARM_LATE_FILL);
    sent(desk.set, 2, &terms);
    say(desk.set, 2, ORDER_SAID_FILLED);
    CHECK(!order_state_is_settled(order_set_find(desk.set, 2)));
    act(desk.set, 2, ORDER_GIVE_UP); /* by a person, after the broker's list was read */
    CHECK(order_state_is_settled(order_set_find(desk.set, 2)));
    desk_close(&desk);
}

/* A smaller version was in force there and its answer was lost: filled is what the broker counts,
 * not what we asked for. */
TEST(order_set, that_the_broker_filled_in_a_smaller_version_is_settled_by_its_count)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(5);
    sent(desk.set, 1, &terms);
    say_package(desk.set, 1, 1, 2);
    struct order_report end = {
        .what = ORDER_SAID_FILLED, .order_id = 1, .ts_ns = 300, .filled = 2
    };
    struct order_change change;
    CHECK_OK(order_set_report(desk.set, &end, &change));
    CHECK_EQ(change.to, ORDER_FILLED);
    CHECK_EQ(change.alarms, 0);
    CHECK(order_state_is_settled(order_set_find(desk.set, 1)));
    desk_close(&desk);
}

TEST(order_set, alarms_uneven_legs_overfills_and_contradicting_executions)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(2);
    sent(desk.set, 1, &terms);
    CHECK_EQ(say_fill(desk.set, 1, execution(1, 0, 1, 1.00)).to, ORDER_PARTIAL);
    CHECK_EQ(order_set_find(desk.set, 1)->filled, 0);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_CANCELED).alarms, ORDER_ALARM_LEGGED);
    CHECK_EQ(say_fill(desk.set, 1, execution(1, 0, 2, 1.00)).alarms, ORDER_ALARM_CONFLICT);
    CHECK_EQ(order_state_leg_filled(order_set_find(desk.set, 1), 0), 1);
    sent(desk.set, 2, &terms);
    say_package(desk.set, 2, 10, 2);
    CHECK_EQ(say_package(desk.set, 2, 11, 1).alarms, ORDER_ALARM_LATE_FILL | ORDER_ALARM_OVERFILL);
    CHECK_EQ(order_set_find(desk.set, 2)->filled, 3); /* a fact: it is booked */
    CHECK_EQ(say_fill(desk.set, 2, execution(1, 0, 1, 1.00)).alarms,
             ORDER_ALARM_CONFLICT); /* order 1's */
    desk_close(&desk);
}

TEST(order_set, takes_back_and_changes_executions_in_any_order)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(1);
    sent(desk.set, 1, &terms);
    const struct order_state *order = order_set_find(desk.set, 1);
    say_package(desk.set, 1, 1, 1);
    CHECK_EQ(order->phase, ORDER_FILLED);
    struct order_report bust = { .what = ORDER_SAID_BUST,
                                 .order_id = 1,
                                 .ts_ns = 400,
                                 .fill_count = 1,
                                 .fills = { { .exec = { 0, 11 } } } };
    struct order_change change;
    CHECK_OK(order_set_report(desk.set, &bust, &change));
    CHECK_EQ(change.to, ORDER_CANCELED);             /* done, and no longer whole */
    CHECK_EQ(change.cash, -200 * MICROS_PER_DOLLAR); /* the 2.00 received for leg 1 go back */
    CHECK_EQ(change.costs.commission, -1000000);
    CHECK_EQ(order->filled, 0);
    CHECK_OK(order_set_report(desk.set, &bust, &change));
    CHECK(change.is_repeat);
    CHECK_EQ(change.alarms, 0);
    /* A correction that comes before what it corrects: the latter then does not count. */
    sent(desk.set, 2, &terms);
    struct order_report correct = {
        .what = ORDER_SAID_CORRECT, .order_id = 2, .ts_ns = 400, .fill_count = 1
    };
    correct.fills[0] = execution(77, 1, 1, 2.10);
    correct.fills[0].corrects = (struct exec_id){ 0, 21 };
    CHECK_OK(order_set_report(desk.set, &correct, &change));
    say_package(desk.set, 2, 2, 1);
    CHECK_EQ(order_set_find(desk.set, 2)->cash, 135 * MICROS_PER_DOLLAR);
    CHECK_EQ(order_set_find(desk.set, 2)->phase, ORDER_FILLED);
    CHECK_EQ(order_set_find_fill(desk.set, (struct exec_id){ 0, 21 })->fate, FILL_CORRECTED);
    desk_close(&desk);
}

TEST(order_set, costs_may_come_later_and_count_once)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(1);
    sent(desk.set, 1, &terms);
    struct report_fill fill = execution(5, 0, 1, 1.00);
    fill.costs = (struct fill_costs){ PRICE_NONE, PRICE_NONE, PRICE_NONE };
    say_fill(desk.set, 1, fill);
    const struct order_state *order = order_set_find(desk.set, 1);
    CHECK_EQ(order->costs_owed, 1);
    struct order_report costs = {
        .what = ORDER_SAID_COSTS, .order_id = 1, .ts_ns = 400, .fill_count = 1
    };
    costs.fills[0] = (struct report_fill){ .exec = { 0, 5 }, .costs = { 650000, 20000, 0 } };
    struct order_change change;
    for (int i = 0; i < 2; i++)
        CHECK_OK(order_set_report(desk.set, &costs, &change));
    CHECK(change.is_repeat);
    CHECK_EQ(order->costs.commission, 650000);
    CHECK_EQ(order->costs_owed, 0);
    desk_close(&desk);
}

TEST(order_set, replaces_as_versions_and_fills_remember_theirs)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(5);
    sent(desk.set, 1, &terms);
    const struct order_state *order = order_set_find(desk.set, 1);
    struct order_edit edit = terms.edit;
    struct order_change change;
    edit.net_price = -1200000;
    edit.quantity = 4;
    CHECK_OK(order_set_replace(desk.set, 1, &edit, 400, &change));
    CHECK_EQ(change.to, ORDER_REPLACING);
    CHECK_EQ(order_set_replace(desk.set, 1, &edit, 400, &change), ERR_REFUSED);
    say_package(desk.set, 1, 1, 1); /* the old version still fills */
    CHECK_EQ(order_set_first_fill(desk.set, order)->version, 1);
    CHECK_EQ(order->edit.quantity, 5);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_REPLACED).to, ORDER_PARTIAL);
    CHECK_EQ(order->edit.quantity, 4);
    CHECK_EQ(order->version, 2);
    CHECK(say(desk.set, 1, ORDER_SAID_REPLACED).is_repeat);
    const struct order_version *version = order_set_first_version(desk.set, order);
    CHECK_EQ(version->n, 2);
    CHECK_EQ(version->fate, VERSION_IN_FORCE);
    CHECK_EQ(order_set_next_version(desk.set, version)->fate, VERSION_SUPERSEDED);
    edit.quantity = 0;
    CHECK_EQ(order_set_replace(desk.set, 1, &edit, 500, &change), ERR_RANGE);
    edit.quantity = 6;
    CHECK_OK(order_set_replace(desk.set, 1, &edit, 500, &change));
    say_package(desk.set, 1, 2, 3); /* four in all: whole, or a part of six? */
    CHECK_EQ(order->phase, ORDER_WORKING);
    CHECK_EQ(order_state_remaining(order), 2);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_REPLACE_REFUSED).to, ORDER_FILLED);
    edit.quantity = 9;
    CHECK_EQ(order_set_replace(desk.set, 1, &edit, 500, &change), ERR_REFUSED);
    desk_close(&desk);
}

/* A link that tells things twice: an answer to the version before says nothing of the one that is
 * on its way. */
TEST(order_set, an_answer_told_again_is_no_answer_to_the_next_version)
{
    static const enum order_input twice[] = { ORDER_SAID_REPLACED, ORDER_SAID_REPLACE_REFUSED };
    FOR_EACH (what, twice) {
        struct desk desk = desk_open(8, 100);
        struct order_terms terms = condor(5);
        sent(desk.set, 1, &terms);
        const struct order_state *order = order_set_find(desk.set, 1);
        struct order_edit edit = terms.edit;
        struct order_change change;
        struct order_report answer = { .what = *what, .order_id = 1, .version = 2, .ts_ns = 450 };
        edit.quantity = 4;
        CHECK_OK(order_set_replace(desk.set, 1, &edit, 400, &change));
        CHECK_OK(order_set_report(desk.set, &answer, &change));
        edit.quantity = 6;
        CHECK_OK(order_set_replace(desk.set, 1, &edit, 500, &change));
        CHECK_OK(order_set_report(desk.set, &answer, &change));
        CHECK(change.is_repeat && order->replace_asked);
        answer.version = 3;
        answer.what = ORDER_SAID_REPLACED;
        CHECK_OK(order_set_report(desk.set, &answer, &change));
        CHECK_EQ(order->edit.quantity, 6);
        desk_close(&desk);
    }
}

TEST(order_set, keeps_an_unknown_order_unknown_until_the_broker_tells)
{
    struct desk desk = desk_open(8, 100);
    struct order_terms terms = condor(5);
    staged(desk.set, 1, &terms);
    act(desk.set, 1, ORDER_SEND);
    CHECK_EQ(act(desk.set, 1, ORDER_LOSE).to, ORDER_UNKNOWN);
    struct order_change change;
    CHECK_EQ(order_set_act(desk.set, 1, ORDER_SIGN, 1, "", &change), ERR_REFUSED);
    CHECK_HAS(err_detail(), "cannot follow \"unknown\"");
    CHECK_EQ(order_state_remaining(order_set_find(desk.set, 1)), 5); /* risk counts it as working */
    say(desk.set, 1, ORDER_SAID_NOT_FOUND);
    say(desk.set, 1, ORDER_SAID_NOT_FOUND);
    CHECK_EQ(order_set_find(desk.set, 1)->not_found, 2);
    CHECK_EQ(say_package(desk.set, 1, 1, 1).to, ORDER_UNKNOWN);
    CHECK_EQ(say(desk.set, 1, ORDER_SAID_WORKING).to, ORDER_PARTIAL);
    CHECK_EQ(order_set_find(desk.set, 1)->not_found, 0);
    desk_close(&desk);
}

/* Every row of the table, and every pair that has none. */
TEST(order_set, has_one_step_at_most_for_each_status_and_input_and_ends_stay_ends)
{
    for (int from = 0; from < ORDER_STATUS_COUNT; from++) {
        for (int input = 0; input < ORDER_INPUT_COUNT; input++) {
            struct order_step step;
            if (!order_step_find((enum order_status)from, (enum order_input)input, &step))
                continue;
            CHECK(from != ORDER_PARTIAL && from != ORDER_REPLACING && from != ORDER_CANCELING);
            CHECK(step.to != ORDER_PARTIAL && step.to != ORDER_REPLACING &&
                  step.to != ORDER_CANCELING);
            bool done = order_status_is_done((enum order_status)from);
            bool correction = input == ORDER_SAID_REINSTATED || input == ORDER_UNFILLED;
            CHECK(!done || correction || (int)step.to == from);
            CHECK(!done || order_status_is_done(step.to) || input == ORDER_SAID_REINSTATED);
            if (order_status_is_sent((enum order_status)from) && order_status_is_done(step.to))
                CHECK((step.ends_cancel && step.ends_replace) || input == ORDER_FILLED_UP);
            /* Only SEND and ADOPT bring a staged order out, and only from STAGED or UNKNOWN. */
            if (step.to == ORDER_SENDING && from != ORDER_SENDING)
                CHECK(input == ORDER_SEND && (from == ORDER_STAGED || from == ORDER_UNKNOWN));
            if (from == ORDER_AWAITING_SIGNATURE)
                CHECK(!order_status_is_sent(step.to));
        }
    }
}

static const enum order_input ours[] = { ORDER_ASK_SIGNATURE, ORDER_SIGN,   ORDER_REFUSE,
                                         ORDER_SEND,          ORDER_LOSE,   ORDER_ADOPT,
                                         ORDER_ASK_CANCEL,    ORDER_GIVE_UP };

/* One input of any kind; a fill is the next execution of one package. */
static void give(struct order_set *set, uint64_t id, int input, uint64_t *exec)
{
    struct order_change change;
    if (input == ORDER_SAID_FILL) {
        say_package(set, id, ++*exec, 1);
    } else if (input == ORDER_SAID_BUST || input == ORDER_SAID_CORRECT ||
               input == ORDER_SAID_COSTS) {
        struct order_report report = {
            .what = (enum order_input)input, .order_id = id, .ts_ns = 5, .fill_count = 1
        };
        report.fills[0] =
            execution(input == ORDER_SAID_CORRECT ? 1000 + ++*exec : *exec * 10, 0, 1, 1.00);
        report.fills[0].corrects = (struct exec_id){ 0, *exec * 10 };
        if (input != ORDER_SAID_CORRECT && !*exec)
            return;
        CHECK_OK(order_set_report(set, &report, &change));
    } else if (input >= ORDER_SAID_PENDING && input <= ORDER_SAID_REINSTATED) {
        say(set, id, (enum order_input)input);
    } else if (input == ORDER_ASK_REPLACE) {
        struct order_edit edit = order_set_find(set, id)->edit;
        edit.net_price -= 50000;
        (void)!order_set_replace(set, id, &edit, 5, &change);
    } else if (input < ORDER_SAID_PENDING) {
        (void)!order_set_act(set, id, (enum order_input)input, 5, "", &change);
    }
}

/* All sequences of four inputs from a new and from a working order: the same table, seen from
 * outside. */
static void walk(struct order_set *set, struct order_set *saved[], int depth, uint64_t exec,
                 long *steps)
{
    size_t bytes;
    const void *image = order_set_image(set, &bytes);
    memcpy(saved[depth], image, bytes);
    for (int input = 0; input < ORDER_FILLED_UP; input++) {
        uint64_t next = exec;
        struct order_state before = *order_set_find(set, 1);
        give(set, 1, input, &next);
        const struct order_state *after = order_set_find(set, 1);
        struct order_step step;
        bool legal = order_step_find(before.phase, (enum order_input)input, &step);
        enum order_status expected = legal ? step.to : before.phase;
        bool by_fills = after->phase == ORDER_FILLED || before.phase == ORDER_FILLED;
        bool of_fills =
            input == ORDER_SAID_BUST || input == ORDER_SAID_CORRECT || input == ORDER_SAID_COSTS;
        if (input != ORDER_ASK_REPLACE && !of_fills && !by_fills)
            CHECK_EQ(after->phase, expected);
        if (order_status_is_done(before.phase) && input != ORDER_SAID_REINSTATED)
            CHECK(order_status_is_done(after->phase));
        CHECK(!after->cancel_asked || !order_status_is_done(after->phase));
        CHECK(!after->replace_asked || !order_status_is_done(after->phase));
        CHECK_EQ(order_set_open_count(set), order_status_is_done(after->phase) ? 0 : 1);
        ++*steps;
        if (depth > 0)
            walk(set, saved, depth - 1, next, steps);
        CHECK_OK(order_set_restore(set, saved[depth], bytes));
    }
}

TEST(order_set, follows_the_table_through_every_sequence_of_inputs)
{
    struct desk desk = desk_open(1, 48), copies[4];
    struct order_set *saved[4];
    for (int i = 0; i < 4; i++)
        saved[i] = (copies[i] = desk_open(1, 48)).set;
    struct order_terms terms = condor(2);
    staged(desk.set, 1, &terms);
    long steps = 0;
    walk(desk.set, saved, 2, 0, &steps);
    act(desk.set, 1, ORDER_SEND);
    say(desk.set, 1, ORDER_SAID_WORKING);
    walk(desk.set, saved, 3, 0, &steps);
    CHECK(steps > 500000);
    for (int i = 0; i < 4; i++)
        desk_close(&copies[i]);
    desk_close(&desk);
}

/* What really happened at the broker, and the messages that tell of it. */
struct truth {
    struct order_report messages[64];
    int count;
    int64_t cash, commission, filled_leg[4];
};

static void truth_make(struct truth *truth, struct rng *rng, uint64_t id, int64_t quantity)
{
    static const double prices[] = { 1.00, 2.00, 1.75, 1.50 };
    memset(truth, 0, sizeof *truth);
    uint64_t exec = id * 1000;
    for (int leg = 0; leg < 4; leg++) {
        for (int64_t left = quantity; left > 0 && truth->count < 50;) {
            int64_t part = 1 + (int64_t)rng_below(rng, (uint64_t)left);
            if (rng_below(rng, 5) == 0)
                break; /* this leg does not fill any further */
            left -= part;
            struct report_fill fill =
                execution(++exec, leg, part, prices[leg] + (double)rng_below(rng, 3) / 100);
            struct report_fill last = fill;
            truth->messages[truth->count++] = (struct order_report){ .what = ORDER_SAID_FILL,
                                                                     .fill_count = 1,
                                                                     .fills = { fill } };
            uint64_t fate = rng_below(rng, 8);
            if (fate == 0) {
                truth->messages[truth->count++] = (struct order_report){ .what = ORDER_SAID_BUST,
                                                                         .fill_count = 1,
                                                                         .fills = { fill } };
                continue;
            }
            if (fate == 1) {
                last = execution(++exec, leg, part + 1, prices[leg] + 0.05);
                last.corrects = fill.exec;
                truth->messages[truth->count++] = (struct order_report){ .what = ORDER_SAID_CORRECT,
                                                                         .fill_count = 1,
                                                                         .fills = { last } };
            }
            truth->cash += (leg == 0 || leg == 3 ? -1 : 1) * last.price * last.quantity * 100;
            truth->commission += last.costs.commission;
            truth->filled_leg[leg] += last.quantity;
        }
    }
    static const enum order_input words[] = { ORDER_SAID_PENDING,  ORDER_SAID_WORKING,
                                              ORDER_SAID_HELD,     ORDER_SAID_CANCELED,
                                              ORDER_SAID_EXPIRED,  ORDER_SAID_FILLED,
                                              ORDER_SAID_REPLACED, ORDER_SAID_CANCEL_REFUSED,
                                              ORDER_SAID_NOT_FOUND };
    for (int i = 0; i < 6; i++)
        truth->messages[truth->count++] =
            (struct order_report){ .what = words[rng_below(rng, ARRAY_COUNT(words))] };
}

/* Whatever the order, however often told, whatever we do meanwhile: each execution counts once. */
TEST(order_set, loses_and_doubles_no_fill_in_any_interleaving)
{
    struct desk desk = desk_open(4, 400);
    static struct truth truth;
    for (uint32_t seed = 1; seed <= 3000; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, 1);
        uint64_t id = seed;
        int64_t quantity = 1 + (int64_t)rng_below(&rng, 6);
        struct order_terms terms = condor(quantity);
        staged(desk.set, id, &terms);
        if (rng_below(&rng, 10))
            act(desk.set, id, ORDER_SEND);
        truth_make(&truth, &rng, id, quantity);
        bool told[64] = { false };
        bool was_done = false;
        int left = truth.count;
        while (left > 0) {
            struct order_change change;
            if (rng_below(&rng, 4) == 0) {
                (void)!order_set_act(desk.set, id, ours[rng_below(&rng, ARRAY_COUNT(ours))], 7, "",
                                     &change);
            } else if (rng_below(&rng, 6) == 0) {
                struct order_edit edit = order_set_find(desk.set, id)->edit;
                edit.quantity = 1 + (int64_t)rng_below(&rng, 8);
                (void)!order_set_replace(desk.set, id, &edit, 7, &change);
            }
            int m = (int)rng_below(&rng, (uint64_t)truth.count);
            struct order_report report = truth.messages[m];
            report.order_id = id;
            CHECK_OK(order_set_report(desk.set, &report, &change));
            if (told[m] && report.fill_count)
                CHECK(change.is_repeat && change.cash == 0 && change.new_fills == 0);
            left -= !told[m];
            told[m] = true;
            const struct order_state *order = order_set_find(desk.set, id);
            CHECK(!was_done || order_status_is_done(order->phase));
            was_done = order_status_is_done(order->phase);
        }
        const struct order_state *order = order_set_find(desk.set, id);
        CHECK_EQ(order->cash, truth.cash);
        CHECK_EQ(order->costs.commission, truth.commission);
        for (int leg = 0; leg < 4; leg++)
            CHECK_EQ(order->filled_leg[leg], truth.filled_leg[leg]);
        if (!was_done)
            say(desk.set, id,
                order_status_is_sent(order->phase) ? ORDER_SAID_CANCELED : ORDER_SAID_NOT_FOUND);
        if (!order_status_is_done(order_set_find(desk.set, id)->phase))
            act(desk.set, id, ORDER_ASK_CANCEL);
        if (!order_state_is_settled(order_set_find(desk.set, id)))
            act(desk.set, id, ORDER_GIVE_UP); /* it said filled, and was not */
        CHECK(order_state_is_settled(order_set_find(desk.set, id)));
    }
    desk_close(&desk);
}

TEST(order_set, holds_as_many_as_it_was_given_and_forgets_the_first_that_ended)
{
    struct desk desk = desk_open(3, 24);
    struct order_terms terms = condor(1);
    for (uint64_t id = 1; id <= 3; id++)
        sent(desk.set, id, &terms);
    const struct order_state *order;
    CHECK_EQ(order_set_stage(desk.set, 4, &terms, 1, &order), ERR_FULL);
    CHECK_EQ(order_set_stage(desk.set, 3, &terms, 1, &order), ERR_EXISTS);
    say_package(desk.set, 2, 2, 1);
    say_package(desk.set, 1, 1, 1);
    CHECK_EQ(order_set_first_done(desk.set)->id, 2);
    CHECK_OK(order_set_stage(desk.set, 4, &terms, 1, &order));
    CHECK(!order_set_find(desk.set, 2));
    CHECK(order_set_find(desk.set, 1));
    CHECK(!order_set_find_fill(desk.set, (struct exec_id){ 0, 20 }));
    struct order_report report = { .what = ORDER_SAID_WORKING, .order_id = 2 };
    struct order_change change;
    CHECK_EQ(order_set_report(desk.set, &report, &change), ERR_NOT_FOUND);
    /* Fills: what is over gives way, what is open does not. */
    for (uint64_t exec = 30; exec < 35; exec++)
        say_package(desk.set, 3, exec, 1);
    CHECK(!order_set_find(desk.set, 1));
    report = (struct order_report){ .what = ORDER_SAID_FILL, .order_id = 3, .fill_count = 9 };
    for (int i = 0; i < 9; i++)
        report.fills[i] = execution(900 + (uint64_t)i, 0, 1, 1.00);
    int64_t cash = order_set_find(desk.set, 3)->cash;
    CHECK_EQ(order_set_report(desk.set, &report, &change), ERR_FULL);
    CHECK_EQ(order_set_find(desk.set, 3)->cash, cash);
    desk_close(&desk);
}

TEST(order_set, is_the_same_bytes_after_the_same_calls_and_comes_back_from_an_image)
{
    struct desk a = desk_open(4, 60), b = desk_open(4, 60);
    struct order_terms terms = condor(2);
    for (uint64_t id = 1; id <= 9; id++) {
        sent(a.set, id, &terms);
        sent(b.set, id, &terms);
        say_package(a.set, id, id, 2);
        say_package(b.set, id, id, 2);
    }
    size_t bytes, bytes_b;
    const void *image = order_set_image(a.set, &bytes);
    CHECK(memcmp(image, order_set_image(b.set, &bytes_b), bytes) == 0);
    say(b.set, 9, ORDER_SAID_REINSTATED);
    CHECK(memcmp(image, order_set_image(b.set, &bytes_b), bytes) != 0);
    CHECK_OK(order_set_restore(b.set, image, bytes));
    CHECK_EQ(order_set_find(b.set, 9)->phase, ORDER_FILLED);
    struct desk c = desk_open(5, 60);
    CHECK_EQ(order_set_restore(c.set, image, bytes), ERR_CORRUPT);
    CHECK_EQ(order_set_restore(c.set, image, 7), ERR_CORRUPT);
    desk_close(&a);
    desk_close(&b);
    desk_close(&c);
}

TEST(order_set, refuses_reports_that_make_no_sense_and_stays_as_it_was)
{
    struct desk desk = desk_open(2, 40);
    struct order_terms terms = condor(2);
    sent(desk.set, 1, &terms);
    static const struct {
        struct order_report report;
        const char *why;
    } cases[] = {
        { { .what = ORDER_SEND, .order_id = 1 }, "not what a broker says" },
        { { .what = ORDER_SAID_FILL, .order_id = 1 }, "0 fills" },
        { { .what = ORDER_SAID_WORKING, .order_id = 1, .fill_count = 1 }, "1 fills" },
        { { .what = ORDER_SAID_WORKING, .order_id = 1, .version = 2 }, "no version 2" },
        { { .what = ORDER_SAID_FILL,
            .order_id = 1,
            .fill_count = 1,
            .fills = { { .leg = 0, .quantity = 1 } } },
          "no execution id" },
        { { .what = ORDER_SAID_FILL,
            .order_id = 1,
            .fill_count = 1,
            .fills = { { .exec = { 0, 1 }, .leg = 4, .quantity = 1 } } },
          "has 4 legs" },
        { { .what = ORDER_SAID_FILL,
            .order_id = 1,
            .fill_count = 1,
            .fills = { { .exec = { 0, 1 }, .leg = 0 } } },
          "quantity 0" },
        { { .what = ORDER_SAID_FILL,
            .order_id = 1,
            .fill_count = 1,
            .fills = { { .exec = { 0, 1 }, .leg = 0, .quantity = 1, .price = -1 } } },
          "is no price" },
        { { .what = ORDER_SAID_CORRECT,
            .order_id = 1,
            .fill_count = 1,
            .fills = { { .exec = { 0, 1 }, .leg = 0, .quantity = 1, .price = 1 } } },
          "what it corrects" },
    };
    size_t bytes;
    const void *image = order_set_image(desk.set, &bytes);
    struct desk copy = desk_open(2, 40);
    CHECK_OK(order_set_restore(copy.set, image, bytes));
    FOR_EACH (c, cases) {
        struct order_change change;
        CHECK_EQ(order_set_report(desk.set, &c->report, &change), ERR_RANGE);
        CHECK_HAS(err_detail(), c->why);
        CHECK(memcmp(image, copy.set, bytes) == 0);
    }
    desk_close(&copy);
    desk_close(&desk);
}
