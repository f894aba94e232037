/* What passes the gates: as reducing, beside what works, while feeds are in doubt, as a
 * replacement. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/zone.h"
#include "kernel/preview.h"
#include "tests/kernel/person.h"
#include "tests/testing.h"

/* ---- what reduces ---------------------------------------------------------------------------- */

/* For the account it would bring a long put back to nothing. For its own trade it is a naked
 * short, and that is what it becomes when the long is closed. */
TEST(gates, a_short_that_offsets_another_trades_long_passes_as_the_naked_short_it_is)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000; /* 3,000 */
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', 1, 1, 0);
    uint64_t held = person_newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    person_place(&d, "10:02", 95, 'P', -1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "trade_loss: 9,400.00 dollars; the limit is 2,999.70 dollars");
    person_place(&d, "10:03", 95, 'P', -1, 1, held); /* the same sale, as the end of its trade */
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

TEST(gates, selling_the_cover_of_ones_own_short_is_no_reduction)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    struct order_terms spread = person_order(95, 'P', -1, 2, NAN);
    struct contract low = person_option(90, 'P');
    MUST(order_terms_option(&spread, &low, 1));
    person_send(&d, "10:01", &spread, 0);
    uint64_t id = person_newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    person_place(&d, "10:02", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "trade_loss");
    person_place(&d, "10:03", 95, 'P', 1, 1, id); /* the short first, then its long */
    person_place(&d, "10:04", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 3);
    person_place(&d, "10:05", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

TEST(gates, two_orders_cannot_both_sell_the_same_long)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', 1, 2, 0);
    uint64_t id = person_newest_trade(&d);
    struct order_terms rests = person_order(95, 'P', -1, 2, -1.50);
    person_send(&d, "10:02", &rests, id);
    CHECK_EQ(d.sent_count, 2);
    person_send(&d, "10:03", &rests, id);
    CHECK_EQ(d.sent_count, 2);
    CHECK_HAS(d.last_reason, "trade_loss");
    rests.links = (struct order_links){ .group = 7, .kind = GROUP_OCO, .role = ROLE_MEMBER };
    desk_ask(&d, "10:04",
             (struct event_command){ .kind = COMMAND_CANCEL, .order_id = d.sent[1].id });
    person_send(&d, "10:05", &rests, id);
    person_send(&d, "10:06", &rests, id); /* of alternatives one fills */
    CHECK_EQ(d.sent_count, 4);
    desk_close(&d);
}

/* Net the account holds nothing; both trades can be left all the same. */
TEST(gates, trades_that_offset_each_other_can_each_be_left_when_only_reducing_is_allowed)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', 1, 1, 0);
    uint64_t bought = person_newest_trade(&d);
    person_place(&d, "10:02", 95, 'P', -1, 1, 0);
    uint64_t sold = person_newest_trade(&d);
    CHECK_EQ(d.sent_count, 2);
    desk_command(&d, "10:03", COMMAND_REDUCE);
    person_place(&d, "10:04", 95, 'P', -1, 1, bought);
    person_place(&d, "10:05", 95, 'P', 1, 1, sold);
    CHECK_EQ(d.sent_count, 4);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

/* Short contracts without a long of their right that lives as long: counted apart from the kernel.
 */
static int64_t naked(int64_t held[2][ARRAY_COUNT(person_strikes)])
{
    int64_t sum = 0;
    for (int side = 0; side < 2; side++) {
        int64_t net = 0;
        for (size_t i = 0; i < ARRAY_COUNT(person_strikes); i++)
            net += held[side][i]; /* one expiry: any long covers any short */
        sum += net < 0 ? -net : 0;
    }
    return sum;
}

/* Of each trade alone and of the account. */
static void check_nothing_naked(struct desk *d, uint64_t seed, int step)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    int64_t all[2][ARRAY_COUNT(person_strikes)] = { { 0 } };
    for (size_t t = 0; t < slots; t++) {
        int64_t own[2][ARRAY_COUNT(person_strikes)] = { { 0 } };
        for (int j = 0; trades[t].state != TRADE_FREE && j < trades[t].leg_count; j++)
            for (size_t i = 0; i < ARRAY_COUNT(person_strikes); i++)
                if (trades[t].legs[j].contract.strike_mills ==
                    (int32_t)(person_strikes[i] * 1000)) {
                    int side = trades[t].legs[j].contract.right == 'P';
                    own[side][i] += trades[t].legs[j].quantity;
                    all[side][i] += trades[t].legs[j].quantity;
                }
        if (naked(own))
            fail_msg("seed %llu, step %d: trade %llu has a naked short", (unsigned long long)seed,
                     step, (unsigned long long)trades[t].id);
    }
    if (naked(all))
        fail_msg("seed %llu, step %d: the account has a naked short", (unsigned long long)seed,
                 step);
}

/* A person who tries everything: orders of one or two legs, that open, add and close, at the
 * market or resting, called back, changed. With a limit that no naked short passes, none is ever
 * there, whatever fills in which order. */
TEST(gates, no_sequence_of_permitted_orders_leaves_a_short_naked)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_TRADE_LOSS] =
        30000; /* 3,000: spreads of 5 pass, naked ones lose 9,000 and more */
    size_t sent = 0, shorts = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, 9);
        desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
        person_start(&d);
        for (int step = 0; step < 60; step++) {
            char time[16];
            snprintf(time, sizeof time, "10:%02d:30", step);
            size_t slots, at = rng_below(&rng, ARRAY_COUNT(person_strikes));
            const struct trade *trades = kernel_trades(d.kernel, &slots);
            uint64_t trade = 0;
            for (size_t t = 0; t < slots && rng_below(&rng, 3); t++)
                trade = trades[t].state == TRADE_OPEN && rng_below(&rng, 2) ? trades[t].id : trade;
            char right = rng_below(&rng, 2) ? 'P' : 'C';
            int64_t ratio = rng_below(&rng, 2) ? 1 : -1;
            bool rests = rng_below(&rng, 3) == 0;
            double inside =
                fmax(0, right == 'P' ? person_strikes[at] - 100 : 100 - person_strikes[at]);
            struct order_terms terms =
                person_order(person_strikes[at], right, ratio, 1 + (int64_t)rng_below(&rng, 3),
                             rests ? (double)ratio * (inside + (ratio > 0 ? 0.60 : 1.50)) : NAN);
            struct contract other = person_option(
                person_strikes[(at + 1 + rng_below(&rng, 3)) % ARRAY_COUNT(person_strikes)], right);
            if (!rests && rng_below(&rng, 2))
                MUST(order_terms_option(&terms, &other, rng_below(&rng, 4) ? -ratio : ratio));
            const struct order_state *open = order_set_first_open(kernel_orders(d.kernel));
            struct order_edit edit = open ? open->edit : terms.edit;
            edit.quantity += 1;
            switch (rng_below(&rng, 8)) {
            case 0:
                if (open)
                    desk_ask(
                        &d, time,
                        (struct event_command){ .kind = COMMAND_CANCEL, .order_id = open->id });
                break;
            case 1:
                if (open)
                    desk_ask(&d, time,
                             (struct event_command){
                                 .kind = COMMAND_REPLACE, .order_id = open->id, .edit = &edit });
                break;
            default:
                person_send(&d, time, &terms, trade);
            }
            if (rng_below(&rng, 3) == 0) { /* the market comes to what rests */
                for (size_t i = 0; i < ARRAY_COUNT(person_strikes); i++)
                    for (int side = 0; side < 2; side++) {
                        struct contract c = person_option(person_strikes[i], side ? 'P' : 'C');
                        double base =
                            fmax(0, side ? person_strikes[i] - 100 : 100 - person_strikes[i]) +
                            0.40 + 0.2 * (double)rng_below(&rng, 8);
                        desk_quote(&d, &c, base, base + 0.20);
                    }
                snprintf(time, sizeof time, "10:%02d:40", step);
                desk_market(&d, time, 100);
            }
            check_nothing_naked(&d, seed, step);
        }
        sent += d.sent_count;
        size_t slots;
        const struct trade *trades = kernel_trades(d.kernel, &slots);
        for (size_t t = 0; t < slots; t++)
            for (int j = 0; trades[t].state != TRADE_FREE && j < trades[t].leg_count; j++)
                shorts += trades[t].legs[j].quantity < 0;
        desk_close(&d);
    }
    CHECK(sent > 600);
    CHECK(shorts > 40); /* covered ones there are */
}

/* ---- what a leg does to its trade ------------------------------------------------------------ */

/* Dollars that a trade has cost so far; of a trade that is over, the last one's. */
static double cost_of(struct desk *d, uint64_t id)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    for (size_t i = 0; i < slots; i++)
        if (trades[i].state == TRADE_OPEN && trades[i].id == id)
            return money_to_dollars(trades[i].costs);
    MUST(d->closed_count > 0 && d->closed[d->closed_count - 1].id == id);
    return money_to_dollars(d->closed[d->closed_count - 1].costs);
}

/* A broker books by it, and some charge by it: 1.00 to open a contract, nothing to close it, beside
 * some 58 cents of fees. */
TEST(gates, the_venue_is_told_what_each_leg_does_to_its_trade)
{
    static struct desk d;
    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_TASTYTRADE);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', -1, 2, 0);
    uint64_t trade = person_newest_trade(&d);
    CHECK_EQ(d.sent[0].legs[0].effect, LEG_OPEN);
    double opened = cost_of(&d, trade);
    CHECK_NEAR(opened, 3.15, 0.3);

    /* A roll by hand: one leg closes, the other opens. */
    struct order_terms roll = person_order(95, 'P', 1, 1, NAN);
    struct contract lower = person_option(90, 'P');
    MUST(order_terms_option(&roll, &lower, -1));
    static struct order_preview p;
    struct preview_order asked = { .terms = roll,
                                   .role = BY_TRADER,
                                   .trade_id = trade,
                                   .has_fees = true,
                                   .fees = FEES_TASTYTRADE };
    CHECK_OK(kernel_preview(d.kernel, &asked, &p));
    person_send(&d, "10:02", &roll, trade);
    CHECK_EQ(d.sent_count, 2);
    CHECK_NEAR(money_to_dollars(p.costs.commission), 1.00, 1e-9); /* as it is charged */
    CHECK_EQ(d.sent[1].legs[0].effect, LEG_CLOSE);
    CHECK_EQ(d.sent[1].legs[1].effect, LEG_OPEN);
    CHECK_NEAR(cost_of(&d, trade) - opened, 2.15, 0.3);

    /* Of a contract one is held: two cannot close. One of a new trade does not. */
    person_place(&d, "10:03", 95, 'P', 1, 2, trade);
    CHECK_EQ(d.sent[2].legs[0].effect, LEG_OPEN);
    desk_close(&d);

    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_TASTYTRADE);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', -1, 2, 0);
    trade = person_newest_trade(&d);
    person_place(&d, "10:02", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent[1].legs[0].effect, LEG_OPEN);
    opened = cost_of(&d, trade);
    person_place(&d, "10:03", 95, 'P', 1, 2, trade);
    CHECK_EQ(d.sent[2].legs[0].effect, LEG_CLOSE);
    CHECK_NEAR(cost_of(&d, trade) - opened, 1.15, 0.3);
    desk_close(&d);
}

/* Ten are held, two of an exit of five have filled. Returns the exit. */
static uint64_t filled_in_part(struct desk *d, uint64_t *trade)
{
    desk_open(d, PERSON_IDLE, FILL_SHARE, FEES_NONE);
    person_start(d);
    struct contract c = person_option(95, 'P');
    desk_sizes(d, &c, 100, 100);
    desk_market(d, "10:00:30", 100);
    person_place(d, "10:01", 95, 'P', 1, 10, 0);
    *trade = person_newest_trade(d);
    desk_sizes(d, &c, 2, 100);
    desk_market(d, "10:02", 100);
    struct order_terms exits = person_order(95, 'P', -1, 5, -1.00);
    person_send(d, "10:03", &exits, *trade);
    CHECK_EQ(desk_trade(d)->legs[0].quantity, 8);
    return order_set_first_open(kernel_orders(d->kernel))->id;
}

/* Whether it is asked for, or in force. */
static bool grows_to(struct desk *d, const char *time, uint64_t id, int64_t quantity)
{
    const struct order_state *o = order_set_find(kernel_orders(d->kernel), id);
    struct order_edit edit = o->edit;
    edit.quantity = quantity;
    desk_ask(d, time,
             (struct event_command){
                 .kind = COMMAND_REPLACE, .role = BY_TRADER, .order_id = id, .edit = &edit });
    return o->edit.quantity == quantity || (o->replace_asked && o->asked.quantity == quantity);
}

/* What only opens beside it takes nothing away from it. */
TEST(gates, a_closing_order_grows_up_to_what_its_trade_has_left)
{
    static struct desk d;
    uint64_t trade, id = filled_in_part(&d, &trade);
    struct order_terms other =
        person_order(95, 'P', -1, 8, -3.00); /* more than the first one leaves: it opens */
    person_send(&d, "10:04", &other, trade);
    CHECK_EQ(d.sent[d.sent_count - 1].legs[0].effect, LEG_OPEN);
    CHECK(grows_to(&d, "10:05", id, 10)); /* what has filled, and all that is left */
    CHECK(!grows_to(&d, "10:06", id, 11));
    CHECK_HAS(d.last_note, "effect: ");
    desk_close(&d);
}

TEST(gates, and_grows_while_only_reducing_is_allowed)
{
    static struct desk d;
    uint64_t trade, id = filled_in_part(&d, &trade);
    desk_command(&d, "10:04", COMMAND_REDUCE);
    CHECK(grows_to(&d, "10:05", id, 10));
    desk_close(&d);
}

/* Said to close it must; more than is held, or while another order closes it, it cannot. */
TEST(gates, what_is_said_to_close_closes_or_is_refused)
{
    static struct desk d;
    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', 1, 2, 0);
    uint64_t trade = person_newest_trade(&d);
    struct order_terms closes = person_order(95, 'P', -1, 3, NAN);
    closes.legs[0].effect = LEG_CLOSE;
    person_send(&d, "10:02", &closes, trade);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(
        d.last_reason,
        "effect: 3 contracts; the limit is 0 contracts; auto or open, or as many as the trade holds");
    closes = person_order(95, 'P', -1, 2, 1.15);
    closes.legs[0].effect = LEG_CLOSE;
    closes.edit.net_price = -closes.edit.net_price;
    person_send(&d, "10:03", &closes, trade);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.sent[1].legs[0].effect, LEG_CLOSE);
    person_send(&d, "10:04", &closes, trade); /* the first one still works */
    CHECK_EQ(d.sent_count, 2);
    CHECK_HAS(d.last_reason, "effect: 2 contracts");
    desk_close(&d);
}

/* ---- what works, at its worst ---------------------------------------------------------------- */

static void say(struct desk *d, const char *time, uint64_t id, enum order_input what, int64_t said,
                int64_t filled)
{
    static uint64_t exec;
    struct order_report report = { .what = what, .order_id = id, .ts_ns = TS_NONE, .filled = said };
    if (filled) {
        report.fill_count = 1;
        report.fills[0].exec = (struct exec_id){ 77, ++exec };
        report.fills[0].leg = 0;
        report.fills[0].quantity = filled;
        report.fills[0].price = MICROS_PER_DOLLAR;
    }
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos),
                           .kind = EVENT_REPORT };
    event.of.report = &report;
    desk_event(d, &event);
}

TEST(gates, executions_that_a_finished_order_still_owes_count_as_working)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_SERIES_CONTRACTS] = 10;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    struct order_terms rests = person_order(95, 'P', 1, 8, 0.50);
    person_send(&d, "10:01", &rests, 0);
    uint64_t id = d.sent[0].id;
    say(&d, "10:02", id, ORDER_SAID_CANCELED, 6,
        0); /* six filled before; their executions are on their way */
    CHECK(order_status_is_done(order_set_find(kernel_orders(d.kernel), id)->phase));
    person_place(&d, "10:03", 95, 'P', 1, 5, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "series_contracts: 11; the limit is 10; 4 would pass");
    say(&d, "10:04", id, ORDER_SAID_FILL, 6, 6);
    person_place(&d, "10:05", 95, 'P', 1, 5, 0);
    CHECK_EQ(d.sent_count, 1); /* now they are held */
    person_place(&d, "10:06", 95, 'P', 1, 4, 0);
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}

TEST(gates, margin_is_asked_beside_more_orders_than_every_set_can_be_tried_of)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_USE] = 200000; /* 20,000 */
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, &margin);
    person_start(&d);
    for (int i = 0; i < 12; i++) { /* each some 1,100 to 1,200 */
        struct order_terms rests = person_order(95, 'P', -1, 1, -1.50);
        person_send(&d, "10:01", &rests, 0);
    }
    CHECK_EQ(d.sent_count, 12);
    person_place(&d, "10:02", 95, 'P', -1, 20, 0);
    CHECK_EQ(d.sent_count, 12);
    CHECK_HAS(d.last_reason, "margin_use");
    CHECK_HAS(d.last_reason, "the limit is 20,000.00 dollars");
    desk_close(&d);
}

/* ---- halts, and feeds in doubt --------------------------------------------------------------- */

TEST(gates, reduce_leaves_strategies_their_exits_and_halt_does_not)
{
    static struct desk d;
    static const enum command_kind kinds[] = { COMMAND_REDUCE, COMMAND_HALT };
    for (int i = 0; i < 2; i++) {
        desk_open(&d, PERSON_HEAD "entry: {every: once}\nexit: {profit: 50%}\n", FILL_NATURAL,
                  FEES_NONE);
        person_start(&d);
        CHECK_EQ(desk_open_trades(&d), 1);
        desk_command(&d, "10:01", kinds[i]);
        struct contract p = person_option(95, 'P');
        desk_quote(&d, &p, 0.20, 0.30);
        desk_market(&d, "10:02", 100);
        CHECK_EQ(desk_open_trades(&d), i); /* reduced: it left */
        desk_close(&d);
    }
}

TEST(gates, an_agent_may_halt_and_not_resume)
{
    static struct desk d;
    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE);
    person_start(&d);
    desk_ask(&d, "10:01", (struct event_command){ .kind = COMMAND_HALT, .role = BY_AGENT });
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    desk_ask(&d, "10:02", (struct event_command){ .kind = COMMAND_RESUME, .role = BY_AGENT });
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    CHECK_HAS(d.last_note,
              "role: an agent's; the limit is a person's; a person's resume would pass");
    desk_ask(&d, "10:03", (struct event_command){ .kind = COMMAND_RESUME, .role = BY_TRADER });
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_close(&d);
}

TEST(gates, nothing_is_opened_on_disputed_quotes_and_a_lasting_dispute_halts)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_FEED_GAP] = 5000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', 1, 2, 0);
    uint64_t id = person_newest_trade(&d);
    person_doubts(&d, "10:02", true, 100, 101);
    person_place(&d, "10:02", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "feed: quotes in doubt; the limit is");
    person_place(&d, "10:02", 95, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    person_doubts(&d, "10:02:01", false, 100, 100.1);
    person_place(&d, "10:02:01", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 3);
    person_doubts(&d, "10:03", true, 100, 101);
    person_doubts(&d, "10:03:03", true, 100, 101);
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    CHECK_HAS(d.last_note, "feed_gap");
    desk_close(&d);
}

TEST(gates, nothing_is_opened_on_old_quotes_and_what_reduces_passes)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_QUOTE_AGE] = 30 * NANOS_PER_SECOND;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    person_place(&d, "10:00:20", 95, 'P', 1, 2, 0);
    uint64_t id = person_newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    person_place(&d, "10:00:31", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason,
              "quote_age: 31 seconds; the limit is 30 seconds; what only reduces would pass");
    person_place(&d, "10:00:32", 95, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 2);
    person_quotes(&d, "10:00:33");
    person_place(&d, "10:00:34", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

/* ---- what a person lets rest makes way ------------------------------------------------------- */

/* A limit far below the market that buys back what a trade is short, until canceled. */
static void rest_exit(struct desk *d, const char *time, uint64_t trade, int64_t quantity)
{
    struct order_terms exits = person_order(95, 'P', 1, quantity, 0.05);
    exits.edit.tif = ORDER_GTC;
    person_send(d, time, &exits, trade);
}

TEST(gates, a_resting_exit_does_not_hold_up_who_closes_all)
{
    static struct desk d;
    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', -1, 2, 0);
    rest_exit(&d, "10:02", person_newest_trade(&d), 2);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.filled, 1);
    desk_command(&d, "10:03", COMMAND_FLATTEN);
    person_quotes(&d, "10:04");
    person_quotes(&d, "10:05");
    CHECK_EQ(d.canceled, 1);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_COMMAND);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

/* While trading is stopped the kernel closes nothing: what a person lets rest is all that does. */
TEST(gates, it_stays_while_trading_is_stopped)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_CALL] = 1000000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, &margin);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', -1, 60, 0);
    rest_exit(&d, "10:02", person_newest_trade(&d), 60);
    desk_command(&d, "10:02:30", COMMAND_HALT);
    struct contract c = person_option(95, 'P');
    desk_quote(&d, &c, 9.00, 9.10);
    desk_market(&d, "10:03", 92);
    CHECK(d.notes[NOTE_MARGIN_CALL] > 0);
    desk_market(&d, "10:04", 92);
    CHECK_EQ(d.canceled, 0);
    desk_command(&d, "10:05", COMMAND_KILL); /* this takes all of them */
    CHECK_EQ(d.canceled, 1);
    rest_exit(&d, "10:06", person_newest_trade(&d), 60);
    CHECK_EQ(d.sent_count, 3);
    desk_command(&d, "10:07", COMMAND_FLATTEN);
    desk_market(&d, "10:08", 92);
    CHECK_EQ(d.canceled, 1);
    desk_close(&d);
}

TEST(gates, nor_a_margin_call)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_CALL] = 1000000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, &margin);
    person_start(&d);
    person_place(&d, "10:01", 95, 'P', -1, 60, 0);
    uint64_t trade = person_newest_trade(&d);
    rest_exit(&d, "10:02", trade, 60);
    CHECK_EQ(d.sent_count, 2);
    struct contract c = person_option(95, 'P');
    desk_quote(&d, &c, 9.00, 9.10);
    desk_market(&d, "10:03", 92);
    CHECK(d.notes[NOTE_MARGIN_CALL] > 0);
    CHECK_EQ(d.canceled, 1);
    desk_market(&d, "10:04", 92);
    rest_exit(&d, "10:04:30", trade, 1); /* nor one that comes while it goes on */
    desk_market(&d, "10:05", 92);
    desk_market(&d, "10:06", 92);
    CHECK(d.notes[NOTE_LIQUIDATES] > 0);
    int64_t deposit;
    CHECK_OK(kernel_deposit(d.kernel, &deposit));
    CHECK(deposit <= kernel_equity(d.kernel));
    desk_close(&d);
}

/* ---- replacements ---------------------------------------------------------------------------- */

static uint64_t rest(struct desk *d, const char *time, int64_t ratio, int64_t quantity, double net)
{
    struct order_terms terms = person_order(95, 'P', ratio, quantity, net);
    person_send(d, time, &terms, 0);
    uint64_t newest = 0;
    for (const struct order_state *o = order_set_first_open(kernel_orders(d->kernel)); o;
         o = order_set_next(kernel_orders(d->kernel), o))
        newest = o->id > newest ? o->id : newest;
    return newest;
}

/* True when it passed: it is asked for, or in force by now. */
static bool replace(struct desk *d, const char *time, uint64_t id, int64_t quantity, double net)
{
    struct order_edit edit = order_set_find(kernel_orders(d->kernel), id)->edit;
    edit.quantity = quantity;
    edit.net_price = money_from_dollars(net);
    desk_ask(d, time,
             (struct event_command){
                 .kind = COMMAND_REPLACE, .role = BY_TRADER, .order_id = id, .edit = &edit });
    const struct order_state *o = order_set_find(kernel_orders(d->kernel), id);
    return memcmp(&o->edit, &edit, sizeof edit) == 0 ||
           (o->replace_asked && memcmp(&o->asked, &edit, sizeof edit) == 0);
}

/* Nor is one at the market, made smaller while nothing is quoted. */
TEST(gates, a_loss_that_is_not_known_is_not_one_that_was_signed)
{
    static struct desk d;
    desk_open_config(&d, PERSON_IDLE, FILL_SHARE, FEES_NONE, true, 1000 * MICROS_PER_DOLLAR);
    person_start(&d);
    struct contract c = person_option(95, 'P');
    desk_sizes(&d, &c, 2, 2);
    desk_market(&d, "10:00:30", 100);
    person_place(&d, "10:01", 95, 'P', 1, 5,
                 0); /* 600 dollars; two are displayed, the rest waits */
    uint64_t id = d.sent[0].id;
    const struct order_state *o = order_set_find(kernel_orders(d.kernel), id);
    CHECK_EQ(o->filled, 2);
    desk_quote(&d, &c, NAN, NAN);
    desk_market(&d, "10:02", 100);
    const int64_t quantities[] = { 4, 50 };
    FOR_EACH (quantity, quantities) {
        struct order_edit edit = o->edit;
        edit.quantity = *quantity;
        desk_ask(&d, "10:03",
                 (struct event_command){
                     .kind = COMMAND_REPLACE, .role = BY_TRADER, .order_id = id, .edit = &edit });
    }
    CHECK_EQ(o->edit.quantity, 4);
    CHECK_HAS(d.last_note, "signature: without bound");
    desk_close(&d);
}

/* A better price is judged for nothing else, but the exchange would send this one back. */
TEST(gates, a_replacement_has_a_price_that_there_is)
{
    static struct desk d;
    desk_open_config(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE, true, 1000 * MICROS_PER_DOLLAR);
    person_start(&d);
    uint64_t id = rest(&d, "10:01", 1, 1, 0.50);
    CHECK(!replace(&d, "10:02", id, 1, 0.430001));
    CHECK_HAS(d.last_note, "price_step: ");
    CHECK(!replace(&d, "10:03", id, 1, 0.43));
    CHECK(replace(&d, "10:04", id, 1, 0.45));
    desk_close(&d);
}

/* A small order is not the way to a large one that nobody signed. */
TEST(gates, a_replacement_is_signed_for_or_refused)
{
    static struct desk d;
    desk_open_config(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE, true, 1000 * MICROS_PER_DOLLAR);
    person_start(&d);
    uint64_t id = rest(&d, "10:01", 1, 1, 0.50);
    CHECK_EQ(d.sent_count, 1);
    CHECK(!replace(&d, "10:02", id, 20, 0.55));
    CHECK_HAS(
        d.last_note,
        "signature: 1,100.00 dollars; the limit is 1,000.00 dollars; canceled and sent anew, signed, it would pass");
    CHECK(replace(&d, "10:03", id, 18, 0.55));
    CHECK(!replace(&d, "10:04", id, 18, 0.60)); /* the same number of them for more */
    CHECK(replace(&d, "10:05", id, 18, 0.50));

    id = rest(&d, "10:06", -1, 1, -2.00); /* 9,300 at risk: it waits */
    CHECK_EQ(d.sent_count, 1);
    desk_ask(&d, "10:07",
             (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_RISK, .order_id = id });
    CHECK_EQ(d.sent_count, 2);
    CHECK(replace(&d, "10:08", id, 1, -2.10)); /* for more: less at risk than was signed */
    CHECK(!replace(&d, "10:09", id, 1, -1.90));
    CHECK(replace(&d, "10:10", id, 1, -2.00)); /* as signed */
    desk_close(&d);
}

/* The rest of an exit that filled in part takes from what is left, at whatever price: nobody is
 * locked in. */
TEST(gates, an_exit_that_filled_in_part_can_be_moved_while_only_reducing_is_allowed)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    desk_open_guarded(&d, PERSON_IDLE, FILL_SHARE, &limits, NULL);
    person_start(&d);
    struct contract c = person_option(95, 'P');
    person_place(&d, "10:01", 95, 'P', 1, 5, 0);
    uint64_t trade = person_newest_trade(&d);
    struct order_terms terms = person_order(95, 'P', -1, 5, -1.30);
    person_send(&d, "10:02", &terms, trade);
    uint64_t id = order_set_first_open(kernel_orders(d.kernel))->id;
    desk_quote(&d, &c, 1.30, 1.40);
    desk_sizes(&d, &c, 2, 2);
    desk_market(&d, "10:03", 99);
    CHECK_EQ(order_set_find(kernel_orders(d.kernel), id)->filled, 2);
    desk_command(&d, "10:04", COMMAND_REDUCE);
    CHECK(replace(&d, "10:05", id, 5, -1.35));
    CHECK(replace(&d, "10:06", id, 5, -1.25));  /* three are held, and three are still to be sold */
    CHECK(!replace(&d, "10:07", id, 6, -1.25)); /* a short of one */
    desk_close(&d);
}

/* What works is counted at the price that is asked for now, not at the one it left with. */
TEST(gates, working_orders_count_at_their_worst_price)
{
    static struct desk d;
    struct risk_limits limits = person_no_limits();
    limits.at[RISK_UNDERLYING_LOSS] = 1200; /* 120 dollars */
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, NULL);
    person_start(&d);
    uint64_t id = rest(&d, "10:01", 1, 1, 0.50);
    CHECK(!replace(&d, "10:02", id, 1, 1.25)); /* alone too much */
    CHECK(replace(&d, "10:02", id, 1, 0.95));
    (void)rest(&d, "10:03", 1, 1, 0.50);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "underlying_loss SPX: 145.00 dollars; the limit is 120.00 dollars");
    CHECK(replace(&d, "10:04", id, 1, 0.40)); /* the worst that it ever asked goes on counting */
    (void)rest(&d, "10:05", 1, 1, 0.20);
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}
