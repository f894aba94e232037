/* What passes the gates as reducing, what a refusal says, and what a preview shows of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/zone.h"
#include "kernel/preview.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

#define HEAD "ironfly: 1\nname: puts\nunderlying: SPX\n" \
             "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
#define IDLE HEAD "entry: {every: never}\n"

static const double STRIKES[] = { 90, 95, 100, 105 };

static struct contract option(double strike, char right)
{
    return desk_contract("SPXW", 20240202, strike, right);
}

/* Puts and calls at 90 to 105, each a dollar to 1.20 but for what a test changes; the level is 100. */
static void quotes(struct desk *d, const char *time)
{
    for (size_t i = 0; i < ARRAY_COUNT(STRIKES); i++)
        for (int side = 0; side < 2; side++) {
            struct contract c = option(STRIKES[i], side ? 'P' : 'C');
            double inside = fmax(0, side ? STRIKES[i] - 100 : 100 - STRIKES[i]);
            desk_quote(d, &c, inside + 1.00, inside + 1.20);
        }
    desk_market(d, time, 100);
}

static void start(struct desk *d)
{
    struct contract c[2 * ARRAY_COUNT(STRIKES)];
    for (size_t i = 0; i < ARRAY_COUNT(STRIKES); i++) {
        c[2 * i] = option(STRIKES[i], 'C');
        c[2 * i + 1] = option(STRIKES[i], 'P');
    }
    desk_day(d, 20240102, c, ARRAY_COUNT(c));
    quotes(d, "10:00");
}

static struct risk_limits no_limits(void)
{
    struct risk_limits limits;
    risk_limits_default(&limits);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        if (risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_STATE && i != RISK_RATE_WINDOW && i != RISK_FEED_GAP_TIME)
            limits.at[i] = RISK_OFF;
    return limits;
}

/* Net price: + debit; NAN: at the market. */
static struct order_terms one_leg(double strike, char right, int64_t ratio, int64_t quantity, double net)
{
    struct order_terms terms;
    struct contract c = option(strike, right);
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPX", 3);
    MUST(order_terms_option(&terms, &c, ratio));
    terms.edit = (struct order_edit){ .quantity = quantity,
                                      .type = isnan(net) ? ORDER_MARKET : ORDER_LIMIT,
                                      .tif = ORDER_DAY,
                                      .stop_price = PRICE_NONE,
                                      .net_price = isnan(net) ? PRICE_NONE : money_from_dollars(net) };
    return terms;
}

static void send(struct desk *d, const char *time, const struct order_terms *terms, uint64_t trade)
{
    desk_ask(d, time, (struct event_command){ .kind = COMMAND_PLACE, .role = BY_TRADER, .trade_id = trade, .terms = terms });
}

static void place(struct desk *d, const char *time, double strike, char right, int64_t ratio, int64_t quantity, uint64_t trade)
{
    struct order_terms terms = one_leg(strike, right, ratio, quantity, NAN);
    send(d, time, &terms, trade);
}

static uint64_t newest_trade(struct desk *d)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    uint64_t id = 0;
    for (size_t i = 0; i < slots; i++)
        id = trades[i].state == TRADE_OPEN && trades[i].id > id ? trades[i].id : id;
    return id;
}

/* ---- what reduces ------------------------------------------------------------------------------------------ */

/* For the account it would bring a long put back to nothing. For its own trade it is a naked short, and that is what
 * it becomes when the long is closed. */
TEST(gates, a_short_that_offsets_another_trades_long_passes_as_the_naked_short_it_is)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000; /* 3,000 */
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    place(&d, "10:01", 95, 'P', 1, 1, 0);
    uint64_t held = newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    place(&d, "10:02", 95, 'P', -1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "trade_loss: 9,400.00 dollars; the limit is 2,999.70 dollars");
    place(&d, "10:03", 95, 'P', -1, 1, held); /* the same sale, as the end of its trade */
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

TEST(gates, selling_the_cover_of_ones_own_short_is_no_reduction)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000;
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    struct order_terms spread = one_leg(95, 'P', -1, 2, NAN);
    struct contract low = option(90, 'P');
    MUST(order_terms_option(&spread, &low, 1));
    send(&d, "10:01", &spread, 0);
    uint64_t id = newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    place(&d, "10:02", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "trade_loss");
    place(&d, "10:03", 95, 'P', 1, 1, id); /* the short first, then its long */
    place(&d, "10:04", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 3);
    place(&d, "10:05", 90, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

TEST(gates, two_orders_cannot_both_sell_the_same_long)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000;
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    place(&d, "10:01", 95, 'P', 1, 2, 0);
    uint64_t id = newest_trade(&d);
    struct order_terms rests = one_leg(95, 'P', -1, 2, -1.50);
    send(&d, "10:02", &rests, id);
    CHECK_EQ(d.sent_count, 2);
    send(&d, "10:03", &rests, id);
    CHECK_EQ(d.sent_count, 2);
    CHECK_HAS(d.last_reason, "trade_loss");
    rests.links = (struct order_links){ .group = 7, .kind = GROUP_OCO, .role = ROLE_MEMBER };
    desk_ask(&d, "10:04", (struct event_command){ .kind = COMMAND_CANCEL, .order_id = d.sent[1].id });
    send(&d, "10:05", &rests, id);
    send(&d, "10:06", &rests, id); /* of alternatives one fills */
    CHECK_EQ(d.sent_count, 4);
    desk_close(&d);
}

/* Net the account holds nothing; both trades can be left all the same. */
TEST(gates, trades_that_offset_each_other_can_each_be_left_when_only_reducing_is_allowed)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    place(&d, "10:01", 95, 'P', 1, 1, 0);
    uint64_t bought = newest_trade(&d);
    place(&d, "10:02", 95, 'P', -1, 1, 0);
    uint64_t sold = newest_trade(&d);
    CHECK_EQ(d.sent_count, 2);
    desk_command(&d, "10:03", COMMAND_REDUCE);
    place(&d, "10:04", 95, 'P', -1, 1, bought);
    place(&d, "10:05", 95, 'P', 1, 1, sold);
    CHECK_EQ(d.sent_count, 4);
    CHECK_EQ(desk_open_trades(&d), 0);
    desk_close(&d);
}

/* Short contracts without a long of their right that lives as long: counted apart from the kernel. */
static int64_t naked(int64_t held[2][ARRAY_COUNT(STRIKES)])
{
    int64_t sum = 0;
    for (int side = 0; side < 2; side++) {
        int64_t net = 0;
        for (size_t i = 0; i < ARRAY_COUNT(STRIKES); i++)
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
    int64_t all[2][ARRAY_COUNT(STRIKES)] = { { 0 } };
    for (size_t t = 0; t < slots; t++) {
        int64_t own[2][ARRAY_COUNT(STRIKES)] = { { 0 } };
        for (int j = 0; trades[t].state != TRADE_FREE && j < trades[t].leg_count; j++)
            for (size_t i = 0; i < ARRAY_COUNT(STRIKES); i++)
                if (trades[t].legs[j].contract.strike_mills == (int32_t)(STRIKES[i] * 1000)) {
                    int side = trades[t].legs[j].contract.right == 'P';
                    own[side][i] += trades[t].legs[j].quantity;
                    all[side][i] += trades[t].legs[j].quantity;
                }
        if (naked(own))
            fail_msg("seed %llu, step %d: trade %llu has a naked short", (unsigned long long)seed, step,
                     (unsigned long long)trades[t].id);
    }
    if (naked(all))
        fail_msg("seed %llu, step %d: the account has a naked short", (unsigned long long)seed, step);
}

/* A person who tries everything: orders of one or two legs, that open, add and close, at the market or resting, called
 * back, changed. With a limit that no naked short passes, none is ever there, whatever fills in which order. */
TEST(gates, no_sequence_of_permitted_orders_leaves_a_short_naked)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_TRADE_LOSS] = 30000; /* 3,000: spreads of 5 pass, naked ones lose 9,000 and more */
    size_t sent = 0, shorts = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, 9);
        desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
        start(&d);
        for (int step = 0; step < 60; step++) {
            char time[16];
            snprintf(time, sizeof time, "10:%02d:30", step);
            size_t slots, at = rng_below(&rng, ARRAY_COUNT(STRIKES));
            const struct trade *trades = kernel_trades(d.kernel, &slots);
            uint64_t trade = 0;
            for (size_t t = 0; t < slots && rng_below(&rng, 3); t++)
                trade = trades[t].state == TRADE_OPEN && rng_below(&rng, 2) ? trades[t].id : trade;
            char right = rng_below(&rng, 2) ? 'P' : 'C';
            int64_t ratio = rng_below(&rng, 2) ? 1 : -1;
            bool rests = rng_below(&rng, 3) == 0;
            double inside = fmax(0, right == 'P' ? STRIKES[at] - 100 : 100 - STRIKES[at]);
            struct order_terms terms = one_leg(STRIKES[at], right, ratio, 1 + (int64_t)rng_below(&rng, 3),
                                               rests ? (double)ratio * (inside + (ratio > 0 ? 0.60 : 1.50)) : NAN);
            struct contract other = option(STRIKES[(at + 1 + rng_below(&rng, 3)) % ARRAY_COUNT(STRIKES)], right);
            if (!rests && rng_below(&rng, 2))
                MUST(order_terms_option(&terms, &other, rng_below(&rng, 4) ? -ratio : ratio));
            const struct order_state *open = order_set_first_open(kernel_orders(d.kernel));
            struct order_edit edit = open ? open->edit : terms.edit;
            edit.quantity += 1;
            switch (rng_below(&rng, 8)) {
            case 0:
                if (open)
                    desk_ask(&d, time, (struct event_command){ .kind = COMMAND_CANCEL, .order_id = open->id });
                break;
            case 1:
                if (open)
                    desk_ask(&d, time, (struct event_command){ .kind = COMMAND_REPLACE, .order_id = open->id, .edit = &edit });
                break;
            default:
                send(&d, time, &terms, trade);
            }
            if (rng_below(&rng, 3) == 0) { /* the market comes to what rests */
                for (size_t i = 0; i < ARRAY_COUNT(STRIKES); i++)
                    for (int side = 0; side < 2; side++) {
                        struct contract c = option(STRIKES[i], side ? 'P' : 'C');
                        double base = fmax(0, side ? STRIKES[i] - 100 : 100 - STRIKES[i]) + 0.40 + 0.2 * (double)rng_below(&rng, 8);
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

/* ---- what works, at its worst -------------------------------------------------------------------------------- */

static void say(struct desk *d, const char *time, uint64_t id, enum order_input what, int64_t said, int64_t filled)
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
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos), .kind = EVENT_REPORT };
    event.of.report = &report;
    desk_event(d, &event);
}

TEST(gates, executions_that_a_finished_order_still_owes_count_as_working)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_SERIES_CONTRACTS] = 10;
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    struct order_terms rests = one_leg(95, 'P', 1, 8, 0.50);
    send(&d, "10:01", &rests, 0);
    uint64_t id = d.sent[0].id;
    say(&d, "10:02", id, ORDER_SAID_CANCELED, 6, 0); /* six filled before; their executions are on their way */
    CHECK(order_status_is_done(order_set_find(kernel_orders(d.kernel), id)->phase));
    place(&d, "10:03", 95, 'P', 1, 5, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "series_contracts: 11; the limit is 10; 4 would pass");
    say(&d, "10:04", id, ORDER_SAID_FILL, 6, 6);
    place(&d, "10:05", 95, 'P', 1, 5, 0);
    CHECK_EQ(d.sent_count, 1); /* now they are held */
    place(&d, "10:06", 95, 'P', 1, 4, 0);
    CHECK_EQ(d.sent_count, 2);
    desk_close(&d);
}

TEST(gates, margin_is_asked_beside_more_orders_than_every_set_can_be_tried_of)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    limits.at[RISK_MARGIN_USE] = 200000; /* 20,000 */
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, &margin);
    start(&d);
    for (int i = 0; i < 12; i++) { /* each some 1,100 to 1,200 */
        struct order_terms rests = one_leg(95, 'P', -1, 1, -1.50);
        send(&d, "10:01", &rests, 0);
    }
    CHECK_EQ(d.sent_count, 12);
    place(&d, "10:02", 95, 'P', -1, 20, 0);
    CHECK_EQ(d.sent_count, 12);
    CHECK_HAS(d.last_reason, "margin_use");
    CHECK_HAS(d.last_reason, "the limit is 20,000.00 dollars");
    desk_close(&d);
}

/* ---- halts, and feeds in doubt ---------------------------------------------------------------------------------- */

TEST(gates, reduce_leaves_strategies_their_exits_and_halt_does_not)
{
    static struct desk d;
    static const enum command_kind kinds[] = { COMMAND_REDUCE, COMMAND_HALT };
    for (int i = 0; i < 2; i++) {
        desk_open(&d, HEAD "entry: {every: once}\nexit: {profit: 50%}\n", FILL_NATURAL, FEES_NONE);
        start(&d);
        CHECK_EQ(desk_open_trades(&d), 1);
        desk_command(&d, "10:01", kinds[i]);
        struct contract p = option(95, 'P');
        desk_quote(&d, &p, 0.20, 0.30);
        desk_market(&d, "10:02", 100);
        CHECK_EQ(desk_open_trades(&d), i); /* reduced: it left */
        desk_close(&d);
    }
}

TEST(gates, an_agent_may_halt_and_not_resume)
{
    static struct desk d;
    desk_open(&d, IDLE, FILL_NATURAL, FEES_NONE);
    start(&d);
    desk_ask(&d, "10:01", (struct event_command){ .kind = COMMAND_HALT, .role = BY_AGENT });
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    desk_ask(&d, "10:02", (struct event_command){ .kind = COMMAND_RESUME, .role = BY_AGENT });
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    CHECK_HAS(d.last_note, "role: an agent's; the limit is a person's; a person's resume would pass");
    desk_ask(&d, "10:03", (struct event_command){ .kind = COMMAND_RESUME, .role = BY_TRADER });
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    desk_close(&d);
}

static void feed(struct desk *d, const char *time, bool doubt, double here, double there)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos), .kind = EVENT_FEED };
    event.of.feed = (struct event_feed){ .is_doubted = doubt, .here = money_from_dollars(here), .there = money_from_dollars(there) };
    desk_event(d, &event);
}

TEST(gates, nothing_is_opened_on_disputed_quotes_and_a_lasting_dispute_halts)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_FEED_GAP] = 5000;
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    place(&d, "10:01", 95, 'P', 1, 2, 0);
    uint64_t id = newest_trade(&d);
    feed(&d, "10:02", true, 100, 101);
    place(&d, "10:02", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "feed: quotes in doubt; the limit is");
    place(&d, "10:02", 95, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(kernel_state(d.kernel), RISK_NORMAL);
    feed(&d, "10:02:01", false, 100, 100.1);
    place(&d, "10:02:01", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 3);
    feed(&d, "10:03", true, 100, 101);
    feed(&d, "10:03:03", true, 100, 101);
    CHECK_EQ(kernel_state(d.kernel), RISK_HALTED);
    CHECK_HAS(d.last_note, "feed_gap");
    desk_close(&d);
}

TEST(gates, nothing_is_opened_on_old_quotes_and_what_reduces_passes)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_QUOTE_AGE] = 30 * NANOS_PER_SECOND;
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
    place(&d, "10:00:20", 95, 'P', 1, 2, 0);
    uint64_t id = newest_trade(&d);
    CHECK_EQ(d.sent_count, 1);
    place(&d, "10:00:31", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 1);
    CHECK_HAS(d.last_reason, "quote_age: 31 seconds; the limit is 30 seconds; what only reduces would pass");
    place(&d, "10:00:32", 95, 'P', -1, 1, id);
    CHECK_EQ(d.sent_count, 2);
    quotes(&d, "10:00:33");
    place(&d, "10:00:34", 95, 'P', 1, 1, 0);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

/* ---- replacements ---------------------------------------------------------------------------------------------- */

static uint64_t rest(struct desk *d, const char *time, int64_t ratio, int64_t quantity, double net)
{
    struct order_terms terms = one_leg(95, 'P', ratio, quantity, net);
    send(d, time, &terms, 0);
    uint64_t newest = 0;
    for (const struct order_state *o = order_set_first_open(kernel_orders(d->kernel)); o; o = order_set_next(kernel_orders(d->kernel), o))
        newest = o->id > newest ? o->id : newest;
    return newest;
}

/* True when it passed: it is asked for, or in force by now. */
static bool replace(struct desk *d, const char *time, uint64_t id, int64_t quantity, double net)
{
    struct order_edit edit = order_set_find(kernel_orders(d->kernel), id)->edit;
    edit.quantity = quantity;
    edit.net_price = money_from_dollars(net);
    desk_ask(d, time, (struct event_command){ .kind = COMMAND_REPLACE, .role = BY_TRADER, .order_id = id, .edit = &edit });
    const struct order_state *o = order_set_find(kernel_orders(d->kernel), id);
    return memcmp(&o->edit, &edit, sizeof edit) == 0 || (o->replace_asked && memcmp(&o->asked, &edit, sizeof edit) == 0);
}

/* A small order is not the way to a large one that nobody signed. */
TEST(gates, a_replacement_is_signed_for_or_refused)
{
    static struct desk d;
    desk_open_config(&d, IDLE, FILL_NATURAL, FEES_NONE, true, 1000 * MICROS_PER_DOLLAR);
    start(&d);
    uint64_t id = rest(&d, "10:01", 1, 1, 0.50);
    CHECK_EQ(d.sent_count, 1);
    CHECK(!replace(&d, "10:02", id, 20, 0.55));
    CHECK_HAS(d.last_note, "signature: 1,100.00 dollars; the limit is 1,000.00 dollars; canceled and sent anew, signed, it would pass");
    CHECK(replace(&d, "10:03", id, 18, 0.55));
    CHECK(!replace(&d, "10:04", id, 18, 0.60)); /* the same number of them for more */
    CHECK(replace(&d, "10:05", id, 18, 0.50));

    id = rest(&d, "10:06", -1, 1, -2.00); /* 9,300 at risk: it waits */
    CHECK_EQ(d.sent_count, 1);
    desk_ask(&d, "10:07", (struct event_command){ .kind = COMMAND_APPROVE, .role = BY_RISK, .order_id = id });
    CHECK_EQ(d.sent_count, 2);
    CHECK(replace(&d, "10:08", id, 1, -2.10)); /* for more: less at risk than was signed */
    CHECK(!replace(&d, "10:09", id, 1, -1.90));
    CHECK(replace(&d, "10:10", id, 1, -2.00)); /* as signed */
    desk_close(&d);
}

/* The rest of an exit that filled in part takes from what is left, at whatever price: nobody is locked in. */
TEST(gates, an_exit_that_filled_in_part_can_be_moved_while_only_reducing_is_allowed)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    desk_open_guarded(&d, IDLE, FILL_SHARE, &limits, NULL);
    start(&d);
    struct contract c = option(95, 'P');
    place(&d, "10:01", 95, 'P', 1, 5, 0);
    uint64_t trade = newest_trade(&d);
    struct order_terms terms = one_leg(95, 'P', -1, 5, -1.30);
    send(&d, "10:02", &terms, trade);
    uint64_t id = order_set_first_open(kernel_orders(d.kernel))->id;
    desk_quote(&d, &c, 1.30, 1.40);
    desk_sizes(&d, &c, 2, 2);
    desk_market(&d, "10:03", 99);
    CHECK_EQ(order_set_find(kernel_orders(d.kernel), id)->filled, 2);
    desk_command(&d, "10:04", COMMAND_REDUCE);
    CHECK(replace(&d, "10:05", id, 5, -1.35));
    CHECK(replace(&d, "10:06", id, 5, -1.25)); /* three are held, and three are still to be sold */
    CHECK(!replace(&d, "10:07", id, 6, -1.25)); /* a short of one */
    desk_close(&d);
}

/* What works is counted at the price that is asked for now, not at the one it left with. */
TEST(gates, working_orders_count_at_their_worst_price)
{
    static struct desk d;
    struct risk_limits limits = no_limits();
    limits.at[RISK_UNDERLYING_LOSS] = 1200; /* 120 dollars */
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, NULL);
    start(&d);
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

/* ---- what a refusal says ------------------------------------------------------------------------------------------ */

static const struct gate_verdict *said(const struct order_preview *p, const char *rule)
{
    for (size_t i = 0; i < p->gate_count; i++)
        if (strcmp(p->gates[i].rule, rule) == 0)
            return &p->gates[i];
    fail_msg("no rule %s", rule);
    return NULL;
}

/* What else must be so that this limit refuses; the limit itself is at 0. */
static void break_limit(struct desk *d, enum risk_limit limit, const char **time)
{
    *time = "10:02";
    if (limit == RISK_DAY_LOSS) /* a day that lost something */
        place(d, "10:01", 105, 'C', 1, 1, 0);
    if (limit == RISK_QUOTE_AGE) { /* nothing was quoted since the hour; what somebody asks tells what time it is */
        place(d, "10:00:10", 95, 'P', 1, 1, 0);
        *time = "10:00:30";
    }
}

/* Each limit of orders in turn at a value that one must break: all rows of limits.def but settings, what stops trading
 * by itself, and states, which risk_test.c walks. */
TEST(gates, every_refusal_says_rule_number_limit_unit_and_what_would_pass)
{
    static struct desk d;
    static struct order_preview p;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        const struct risk_limit_row *row = risk_limit_row((enum risk_limit)i);
        struct risk_limits limits = no_limits();
        bool stops_by_itself = row->level == RISK_LEVEL_EMERGENCY && i != RISK_QUOTE_AGE;
        const char *time;
        if (row->level == RISK_LEVEL_SETTING || row->level == RISK_LEVEL_STATE || stops_by_itself)
            continue;
        limits.at[i] = 0;
        desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, &margin);
        start(&d);
        break_limit(&d, (enum risk_limit)i, &time);
        struct preview_order order = { .terms = one_leg(95, 'P', -1, 5, -0.50), .role = BY_TRADER };
        CHECK_OK(kernel_preview(d.kernel, &order, &p));
        const struct gate_verdict *v = said(&p, row->word);
        if (v->word != GATE_SAYS_NO)
            fail_msg("%s says %s", row->word, gate_word_name(v->word));
        CHECK(isfinite(v->number) && isfinite(v->limit));
        CHECK(v->unit[0]);
        CHECK_HAS(v->would_pass, "would pass");
        CHECK_HAS(v->text, row->word);
        CHECK_HAS(v->text, "; the limit is ");
        CHECK_HAS(v->text, v->would_pass);
        CHECK_EQ(p.word, GATE_SAYS_NO);
        size_t before = d.sent_count;
        send(&d, time, &order.terms, 0);
        CHECK_EQ(d.sent_count, before);
        CHECK_HAS(d.last_reason, row->word);
        desk_close(&d);
    }
}

/* What is held, what works and what is asked add up in every scenario and every move of the day. */
TEST(gates, stress_and_value_at_risk_count_what_is_held_and_what_works)
{
    static struct desk d;
    static struct order_preview one, held, working;
    struct risk_limits limits = no_limits();
    static const char *const rules[] = { "stress_loss", "shock_loss", "var", "shortfall" };
    limits.at[RISK_STRESS_LOSS] = limits.at[RISK_SHOCK_LOSS] = limits.at[RISK_VAR] = limits.at[RISK_SHORTFALL] = 5000000;
    desk_open_guarded(&d, IDLE, FILL_MID, &limits, NULL);
    start(&d);
    struct preview_order order = { .terms = one_leg(95, 'P', -1, 2, NAN) };
    CHECK_OK(kernel_preview(d.kernel, &order, &one));
    place(&d, "10:01", 95, 'P', -1, 2, 0);
    uint64_t id = newest_trade(&d);
    CHECK_OK(kernel_preview(d.kernel, &order, &held));
    struct order_terms rests = one_leg(95, 'P', -1, 2, -3.00);
    send(&d, "10:02", &rests, 0);
    CHECK_EQ(d.sent_count, 2);
    CHECK_OK(kernel_preview(d.kernel, &order, &working));
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        double number = said(&one, rules[i])->number;
        CHECK(number > 10); /* two short puts, 5 out of the money */
        CHECK_NEAR(said(&held, rules[i])->number, 2 * number, 1e-4 * number);
        CHECK_NEAR(said(&working, rules[i])->number, 3 * number, 1e-4 * number);
    }
    CHECK(said(&one, "shortfall")->number > said(&one, "var")->number * 0.9);
    CHECK(said(&one, "shock_loss")->number > said(&one, "stress_loss")->number); /* 1987 is worse than the grid */
    /* Calling it back, and closing what is held, is asked for nothing of it. */
    limits.at[RISK_VAR] = 0;
    place(&d, "10:03", 95, 'P', 1, 2, id);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

/* A rule of gates.def, and how to break it: an order of short 95 puts (or what shape says) on a desk in that state. */
struct own_case {
    const char *rule, *text; /* of the refusal: what it must say of number and limit */
    int64_t quantity;
    enum { SHORT_PUT, SHORT_CALL, SHARES, ADJUSTED_PUT } shape;
    enum command_kind state; /* asked before; COMMAND_RESUME: nothing */
    const char *limits;      /* of the strategy whose trade the order adds to; NULL: a trade of its own */
    int64_t sign_above;      /* dollars; 0: nobody signs */
    bool may_not_trade, is_doubted;
};

static const struct own_case OWN_CASES[] = {
    { "role", "one that may not send orders; the limit is one that may", 1, .state = COMMAND_RESUME, .may_not_trade = true },
    { "quantity", "0 packages; the limit is 10000000 packages; 1 to 10000000", 0, .state = COMMAND_RESUME },
    { "leg_quantity", "3000000000 contracts; the limit is 2147483647 contracts; 2147483647 packages", 3000000000, .state = COMMAND_RESUME },
    { "leg_value", "19,000,000,000.00 dollars; the limit is 10,000,000,000.00 dollars; 1052631 packages", 2000000, .state = COMMAND_RESUME },
    { "value_held", "1.9e+03 billion dollars; the limit is 1e+03 billion dollars", 200000000, .state = COMMAND_RESUME },
    { "state", "halted; the limit is normal; a person's order that only reduces", 1, .state = COMMAND_HALT },
    { "state", "reduce_only; the limit is normal; what only reduces", 1, .state = COMMAND_REDUCE },
    { "index_stock", "1 shares; the limit is 0 shares; SPX is an index", 1, SHARES, .state = COMMAND_RESUME },
    { "adjusted", "2 contracts; the limit is 0 contracts; what closes held ones, and ordinary contracts,", 2, ADJUSTED_PUT, .state = COMMAND_RESUME },
    { "limits.max_contracts", "3 contracts; the limit is 2 contracts; 2 packages", 3, .state = COMMAND_RESUME, .limits = "max_contracts: 2" },
    { "limits.max_loss", "18,800.00 dollars; the limit is 9,500.00 dollars; 1 packages", 2, .state = COMMAND_RESUME, .limits = "max_loss: 9500" },
    { "limits.max_loss", "without bound, or unknown; the limit is 9,500.00 dollars; with legs that bound it, it", 1, SHORT_CALL,
      .state = COMMAND_RESUME, .limits = "max_loss: 9500" },
    { "feed", "quotes in doubt; the limit is quotes that may be acted on; what only reduces", 1, .state = COMMAND_RESUME, .is_doubted = true },
    { "signature", "9,400.00 dollars; the limit is 100.00 dollars; signed, it", 1, .state = COMMAND_RESUME, .sign_above = 100 },
};

static struct order_terms own_order(const struct own_case *c)
{
    struct order_terms terms = one_leg(95, c->shape == SHORT_CALL ? 'C' : 'P', -1, c->quantity, NAN);
    if (c->shape == SHARES) {
        terms.leg_count = 0;
        MUST(order_terms_stock(&terms, 1));
    } else if (c->shape == ADJUSTED_PUT) {
        memcpy(terms.legs[0].contract.root, "SPX1", 5);
        terms.legs[0].contract.delivery = DELIVERY_PHYSICAL;
    }
    return terms;
}

static void own_desk(struct desk *d, const struct own_case *c, uint64_t *trade)
{
    char yaml[512];
    const char *entry = c->limits ? "once" : "never";
    snprintf(yaml, sizeof yaml, "%sentry: {every: %s}\n%s%s%s", HEAD, entry, c->limits ? "limits: {" : "", c->limits ? c->limits : "",
             c->limits ? "}\n" : "");
    desk_open_config(d, yaml, FILL_NATURAL, FEES_NONE, !c->may_not_trade,
                     c->sign_above ? c->sign_above * MICROS_PER_DOLLAR : INT64_MAX);
    struct contract adjusted = own_order(&(struct own_case){ .quantity = 1, .shape = ADJUSTED_PUT }).legs[0].contract;
    if (c->shape == ADJUSTED_PUT) {
        desk_day(d, 20240102, &adjusted, 1);
        desk_quote(d, &adjusted, 1.00, 1.20);
        desk_market(d, "10:00", 100);
    } else {
        start(d);
    }
    if (c->state != COMMAND_RESUME)
        desk_command(d, "10:01", c->state);
    if (c->is_doubted)
        feed(d, "10:01", true, 100, 101);
    *trade = c->limits ? newest_trade(d) : 0;
    CHECK_EQ(*trade > 0, c->limits != NULL);
}

static void check_own(const struct own_case *c)
{
    static struct desk d;
    static struct order_preview p;
    uint64_t trade;
    own_desk(&d, c, &trade);
    struct preview_order order = { .terms = own_order(c), .role = BY_TRADER, .trade_id = trade };
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    const struct gate_verdict *v = said(&p, c->rule);
    CHECK_EQ(v->word, strcmp(c->rule, "signature") == 0 ? GATE_SAYS_SIGN : GATE_SAYS_NO);
    CHECK_EQ(p.word == GATE_SAYS_SIGN, v->word == GATE_SAYS_SIGN);
    char begin[80];
    snprintf(begin, sizeof begin, "%s: %s", c->rule, c->text);
    CHECK_HAS(v->text, begin);
    CHECK_HAS(v->text, "; the limit is ");
    CHECK_HAS(v->text, " would pass");
    CHECK_HAS(v->text, v->would_pass);
    size_t before = d.sent_count;
    send(&d, "10:02", &order.terms, trade);
    CHECK_EQ(d.sent_count, before);
    desk_close(&d);
}

/* Every rule of gates.def; one without a case fails. */
TEST(gates, every_rule_of_the_kernel_says_the_same_four_things)
{
    static const char *const rules[] = {
#define GATE_RULE(id, word, step, unit, help) word,
#include "kernel/gates.def"
#undef GATE_RULE
    };
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        int cases = 0;
        FOR_EACH(c, OWN_CASES) {
            if (strcmp(c->rule, rules[i]) != 0)
                continue;
            check_own(c);
            cases++;
        }
        if (!cases)
            fail_msg("no order breaks the rule %s", rules[i]);
    }
}

/* ---- the preview ------------------------------------------------------------------------------------------------------ */

TEST(gates, a_preview_says_what_every_rule_says_and_changes_nothing)
{
    static struct desk d;
    static struct order_preview p;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct risk_limits limits;
    risk_limits_default(&limits);
    desk_open_guarded(&d, IDLE, FILL_NATURAL, &limits, &margin);
    start(&d);
    uint64_t effects = kernel_effects_hash(d.kernel), events = kernel_events_hash(d.kernel);
    struct account before = desk_account(&d);
    struct preview_order order = { .terms = one_leg(95, 'P', -1, 10, -0.90), .has_fees = true, .fees = FEES_IBKR_TIERED };
    struct contract low = option(90, 'P');
    MUST(order_terms_option(&order.terms, &low, 1));
    order.terms.edit.net_price = -100000; /* for 0.10 and 4.90 of risk: 4,900 */
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    CHECK_EQ(p.word, GATE_SAYS_NO);
    CHECK_STR(p.terms.underlying, order.terms.underlying);
    CHECK_EQ(p.terms.legs[0].contract.strike_mills, order.terms.legs[0].contract.strike_mills);
    CHECK_EQ(said(&p, "trade_loss")->word, GATE_SAYS_NO); /* more than 3,000 */
    CHECK_NEAR(said(&p, "trade_loss")->number, 4900, 1e-9);
    CHECK_NEAR(said(&p, "trade_loss")->limit, 3000, 1e-9);
    CHECK_EQ(said(&p, "trade_loss")->quantity_max, 6);
    CHECK_STR(said(&p, "trade_loss")->unit, "dollars");
    CHECK_EQ(said(&p, "underlying_loss")->word, GATE_SAYS_YES);
    CHECK_EQ(said(&p, "margin_use")->word, GATE_SAYS_YES);
    CHECK_EQ(p.max_loss, 4900 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.max_profit, 100 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.cash, 100 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.margin_before, 0);
    CHECK_EQ(p.margin_after, 4900 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.buying_power_after, (100000 - 4900) * MICROS_PER_DOLLAR);
    CHECK(p.costs.commission > 0 && p.costs.exchange > 0);
    CHECK(!p.reduces);
    CHECK(!isnan(p.delta) && !isnan(p.theta));
    struct account after = desk_account(&d);
    CHECK_EQ(memcmp(&before, &after, sizeof before), 0);
    CHECK_EQ(kernel_effects_hash(d.kernel), effects);
    CHECK_EQ(kernel_events_hash(d.kernel), events);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);

    /* What it says is what happens. */
    order.terms.edit.quantity = 6;
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    if (p.word != GATE_SAYS_YES)
        for (size_t i = 0; i < p.gate_count; i++)
            if (p.gates[i].word == GATE_SAYS_NO)
                print_message("%s\n", p.gates[i].text);
    CHECK_EQ(p.word, GATE_SAYS_YES);
    send(&d, "10:00:10", &order.terms, 0);
    CHECK_EQ(d.sent_count, 1);
    desk_close(&d);
}

TEST(gates, a_preview_of_what_is_not_there_is_an_error)
{
    static struct desk d;
    static struct order_preview p;
    desk_open(&d, IDLE, FILL_NATURAL, FEES_NONE);
    start(&d);
    struct preview_order order = { .terms = one_leg(95, 'P', -1, 1, NAN) };
    order.trade_id = 99;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    order.trade_id = 0;
    order.terms.legs[0].contract.strike_mills = 1;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    memcpy(order.terms.underlying, "XYZ", 3);
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    order = (struct preview_order){ .terms = one_leg(95, 'P', -1, 1, NAN) };
    order.terms.edit.type = ORDER_LIMIT;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_RANGE); /* a limit without a price */
    desk_close(&d);
}
