/* An order that brings its way out along: target and stop wait for its fill, leave for as much, and
 * end one another. */
#include <math.h>
#include <string.h>

#include "tests/kernel/person.h"
#include "tests/testing.h"

static void open_desk(struct desk *d, struct risk_limits *limits)
{
    *limits = person_no_limits();
    desk_open_guarded(d, PERSON_IDLE, FILL_SHARE, limits, NULL);
    person_start(d);
}

static void send_with_exits(struct desk *d, const char *time, const struct order_terms *terms,
                            double target, double stop)
{
    struct order_exits exits = { isnan(target) ? PRICE_NONE : money_from_dollars(target),
                                 isnan(stop) ? PRICE_NONE : money_from_dollars(stop) };
    desk_ask(d, time,
             (struct event_command){
                 .kind = COMMAND_PLACE, .role = BY_TRADER, .terms = terms, .exits = &exits });
}

static const struct order_state *order_at(const struct desk *d, uint64_t id)
{
    const struct order_state *order = order_set_find(kernel_orders(d->kernel), id);
    MUST(order != NULL);
    return order;
}

/* The put of 95, 1.00 bid at 1.20. */
static struct order_terms buys(int64_t quantity, double net)
{
    return person_order(95, 'P', 1, quantity, net);
}

static void quote(struct desk *d, const char *time, double bid, double ask)
{
    struct contract c = person_option(95, 'P');
    desk_quote(d, &c, bid, ask);
    desk_market(d, time, 100);
}

TEST(bracket, exits_wait_for_the_fill_and_one_ends_the_other)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct order_terms terms = buys(3, 1.10);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    CHECK_EQ(d.sent_count, 1); /* the exits wait */
    CHECK_EQ(d.staged, 2);
    uint64_t parent = d.sent[0].id;
    const struct order_state *target = order_at(&d, parent + 1), *stop = order_at(&d, parent + 2);
    CHECK_EQ(target->phase, ORDER_STAGED);
    CHECK_EQ(target->terms.links.parent, parent);
    CHECK_EQ(target->terms.legs[0].ratio, -1);
    CHECK_EQ(target->terms.legs[0].effect, LEG_CLOSE);
    CHECK_EQ(target->edit.net_price, money_from_dollars(-2.00));
    CHECK_EQ(target->edit.tif, ORDER_GTC);
    CHECK_EQ(stop->edit.type, ORDER_STOP);
    CHECK_EQ(stop->edit.stop_price, money_from_dollars(0.50)); /* of one leg a plain price */
    quote(&d, "10:05", 0.90, 1.10);
    CHECK_EQ(d.sent_count, 3); /* filled, so both left, for all of it */
    CHECK_EQ(d.sent[1].units, 3);
    CHECK_EQ(d.sent[2].units, 3);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, 3);
    quote(&d, "10:30", 2.05, 2.20);
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_FILLED);
    CHECK_EQ(order_at(&d, parent + 2)->phase, ORDER_CANCELED);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.notes[NOTE_UNGUARDED], 0);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);
    desk_close(&d);
}

TEST(bracket, the_stop_closes_at_a_loss_and_ends_the_target)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct order_terms terms = buys(2, NAN); /* at the market */
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    uint64_t parent = d.sent[0].id;
    CHECK_EQ(d.sent_count, 3);
    quote(&d, "10:30", 0.40, 0.50);
    CHECK_EQ(order_at(&d, parent + 2)->phase, ORDER_FILLED);
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_CANCELED);
    CHECK_EQ(d.closed_count, 1);
    desk_close(&d);
}

TEST(bracket, exits_grow_with_what_fills)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct contract c = person_option(95, 'P');
    struct order_terms terms = buys(5, 1.10);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    uint64_t parent = d.sent[0].id;
    desk_sizes(&d, &c, 50, 2);
    quote(&d, "10:05", 0.90, 1.10);
    CHECK_EQ(order_at(&d, parent)->filled, 2);
    CHECK_EQ(d.sent_count, 3);
    CHECK_EQ(d.sent[1].units, 2); /* as much as is held */
    CHECK_EQ(d.sent[2].units, 2);
    quote(&d, "10:06", 0.90, 1.10);
    quote(&d, "10:07", 0.90, 1.10);
    CHECK_EQ(order_at(&d, parent)->phase, ORDER_FILLED);
    CHECK_EQ(order_at(&d, parent + 1)->edit.quantity, 5);
    CHECK_EQ(order_at(&d, parent + 2)->edit.quantity, 5);
    desk_sizes(&d, &c, 50, 50);
    quote(&d, "10:30", 2.05, 2.20);
    CHECK_EQ(order_at(&d, parent + 1)->filled, 5);
    CHECK_EQ(d.closed_count, 1);
    desk_close(&d);
}

TEST(bracket, the_rest_of_the_order_ends_when_an_exit_fills)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct contract c = person_option(95, 'P');
    struct order_terms terms = buys(5, 1.10);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    uint64_t parent = d.sent[0].id;
    desk_sizes(&d, &c, 50, 2);
    quote(&d, "10:05", 0.90, 1.10);
    desk_sizes(&d, &c, 50, 50);
    quote(&d, "10:30", 2.05, 2.20); /* the target fills; the order's limit is far away */
    CHECK_EQ(order_at(&d, parent + 1)->filled, 2);
    CHECK_EQ(order_at(&d, parent)->phase, ORDER_CANCELED);
    CHECK_EQ(order_at(&d, parent)->filled, 2);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);
    desk_close(&d);
}

TEST(bracket, exits_end_with_an_order_that_fills_nothing)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct order_terms terms = buys(5, 0.50);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.20);
    uint64_t parent = d.sent[0].id;
    desk_ask(
        &d, "10:02",
        (struct event_command){ .kind = COMMAND_CANCEL, .role = BY_TRADER, .order_id = parent });
    CHECK_EQ(order_at(&d, parent)->phase, ORDER_CANCELED);
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_CANCELED);
    CHECK_EQ(order_at(&d, parent + 2)->phase, ORDER_CANCELED);
    CHECK_EQ(d.sent_count, 1);
    size_t slots;
    const struct trade *trades = kernel_trades(d.kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        CHECK_EQ(trades[i].state, TRADE_FREE);
    desk_close(&d);
}

TEST(bracket, exits_wait_for_a_signature_and_end_when_it_is_denied)
{
    static struct desk d;
    desk_open_config(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE, true, money_from_dollars(50));
    person_start(&d);
    struct order_terms terms = buys(2, 1.10);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    CHECK(d.waiting != 0);
    CHECK_EQ(d.sent_count, 0);
    uint64_t parent = d.waiting;
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_STAGED);
    desk_ask(&d, "10:02",
             (struct event_command){ .kind = COMMAND_DENY, .role = BY_OWNER, .order_id = parent });
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_CANCELED);
    CHECK_EQ(order_at(&d, parent + 2)->phase, ORDER_CANCELED);
    send_with_exits(&d, "10:03", &terms, -2.00, -0.50);
    parent = d.waiting;
    desk_ask(
        &d, "10:04",
        (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_OWNER, .order_id = parent });
    CHECK_EQ(d.sent_count, 1);
    quote(&d, "10:05", 0.90, 1.10);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

TEST(bracket, an_exit_that_finds_nothing_left_is_refused)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct contract c = person_option(95, 'P');
    struct order_terms terms = buys(4, 1.10), out = person_order(95, 'P', -1, 2, 0.90);
    send_with_exits(&d, "10:01", &terms, -2.00, NAN);
    CHECK_EQ(d.staged, 1); /* one of both is enough */
    uint64_t parent = d.sent[0].id;
    desk_sizes(&d, &c, 50, 2);
    quote(&d, "10:05", 0.90, 1.10);
    CHECK_EQ(order_at(&d, parent + 1)->edit.quantity, 2);
    desk_ask(&d, "10:06",
             (struct event_command){
                 .kind = COMMAND_CANCEL, .role = BY_TRADER, .order_id = parent + 1 });
    out.edit.net_price = money_from_dollars(-0.90);
    person_send(&d, "10:07", &out, desk_trade(&d)->id);
    quote(&d, "10:08", 0.90, 1.15);
    desk_sizes(&d, &c, 50, 2);
    quote(&d, "10:09", 0.90, 1.10);
    /* What fills after the exit was canceled by hand is said to stand alone. */
    CHECK(d.notes[NOTE_UNGUARDED] > 0);
    CHECK_EQ(order_at(&d, parent + 1)->phase, ORDER_CANCELED);
    desk_close(&d);
}

TEST(bracket, of_a_package_is_signed_as_its_price)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct order_terms terms = person_order(95, 'P', -1, 2, -0.05); /* sold for 0.05 or more... */
    struct contract c = person_option(90, 'P');
    MUST(order_terms_option(&terms, &c, 1) != NULL);
    terms.edit.net_price = money_from_dollars(0.20); /* and bought: at the far side it costs 0.20 */
    send_with_exits(&d, "10:01", &terms, -0.10, 0.60);
    CHECK_EQ(d.sent_count, 0); /* closing at 0.60 would cost: from a debit of 0.20 that is a loss;
                                  at -0.10 a loss too */
    CHECK_HAS(
        d.last_note,
        "exits: to close for the target costs -0.10, no profit; the limit is less than -0.20");
    send_with_exits(&d, "10:02", &terms, -0.60, 0.30);
    CHECK_EQ(d.sent_count, 3);
    CHECK_EQ(order_at(&d, d.sent[0].id + 2)->edit.stop_price, money_from_dollars(0.30));
    desk_close(&d);
}

TEST(bracket, impossible_ones_are_refused_whole)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct order_terms terms = buys(2, 1.10);
    const struct {
        double target, stop;
        const char *why;
    } cases[] = {
        { NAN, NAN, "exits: neither a target nor a stop" },
        { -0.50, -2.00,
          "exits: to close for the target costs -0.50; the limit is less than at the stop, -2.00" },
        { -1.00, NAN, "no profit; the limit is less than -1.10" },
        { NAN, -1.10, "no loss; the limit is more than -1.10" },
        { NAN, 1.00, "exits: stop_price" },
        { -2.03, NAN, "exits: the target -2.03; the limit is in steps of 0.05 dollars" },
        { NAN, -0.52, "exits: the stop 0.52; the limit is in steps of 0.05 dollars" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        send_with_exits(&d, "10:01", &terms, cases[i].target, cases[i].stop);
        CHECK_HAS(d.last_note, cases[i].why);
    }
    terms.links = (struct order_links){ .group = 7, .kind = GROUP_OCO, .role = ROLE_MEMBER };
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    CHECK_HAS(d.last_note, "exits: the order is one of a group");
    CHECK_EQ(d.sent_count, 0);
    CHECK_EQ(d.staged, 0);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);
    person_place(&d, "10:02", 95, 'P', 1, 2, 0);
    uint64_t trade = person_newest_trade(&d);
    struct order_terms out = person_order(95, 'P', -1, 2, -2.00);
    struct order_exits exits = { money_from_dollars(1), PRICE_NONE };
    desk_ask(&d, "10:03",
             (struct event_command){ .kind = COMMAND_PLACE,
                                     .role = BY_TRADER,
                                     .terms = &out,
                                     .trade_id = trade,
                                     .exits = &exits });
    CHECK_HAS(d.last_note, "exits: the order only closes");
    desk_close(&d);
}

TEST(bracket, flatten_ends_exits_and_closes)
{
    static struct desk d;
    struct risk_limits limits;
    open_desk(&d, &limits);
    struct contract c = person_option(95, 'P');
    struct order_terms terms = buys(5, 1.10);
    send_with_exits(&d, "10:01", &terms, -2.00, -0.50);
    desk_sizes(&d, &c, 50, 2);
    quote(&d, "10:05", 0.90, 1.10);
    desk_command(&d, "10:06", COMMAND_FLATTEN);
    desk_sizes(&d, &c, 50, 50);
    quote(&d, "10:07", 0.95, 1.15); /* the cancels are back, and it closes... */
    quote(&d, "10:08", 0.95, 1.15); /* ...which fills */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);
    desk_close(&d);
}
