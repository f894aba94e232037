/* The simulated exchange: what rests, what fills, in which size, at which price, and what ends. */
#include "adapters/broker/sim/exchange_venue.h"

#include <string.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/orders/order_set.h"
#include "tests/testing.h"

#define DAY 20240102
#define AT(hour, minute) zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(hour, minute))

struct floor {
    struct arena arena;
    struct exchange *x;
    struct exchange_config config;
    struct contract contracts[4]; /* puts at 4600, 4650, calls at 4850, 4900 */
    struct order_report reports[64];
    int count;
};

static void session(struct floor *f, int32_t day, int64_t open_ns, int64_t close_ns)
{
    struct event_session session = { .day = day,
                                     .open_ns = open_ns,
                                     .close_ns = close_ns,
                                     .contracts = f->contracts,
                                     .contract_count = 4,
                                     .rate = 0.05 };
    CHECK_OK(exchange_session(f->x, 0, open_ns, &session));
}

static struct floor *floor_open(struct exchange_config config)
{
    static struct floor f;
    memset(&f, 0, sizeof f);
    CHECK_OK(zone_init());
    arena_init(&f.arena, "exchange", 0);
    config.orders = 16;
    config.reports = 64;
    config.executions = 64;
    config.contracts = 8;
    f.config = config;
    static const int32_t strikes[] = { 4600, 4650, 4850, 4900 };
    for (int i = 0; i < 4; i++)
        f.contracts[i] = (struct contract){ .root = "SPXW",
                                            .expiry = 20240119,
                                            .strike_mills = strikes[i] * 1000,
                                            .multiplier = 100,
                                            .right = i < 2 ? 'P' : 'C',
                                            .style = 'E',
                                            .settle = 'p',
                                            .delivery = 'c' };
    f.x = exchange_open(&f.arena, &config);
    session(&f, DAY, AT(9, 30), AT(16, 0));
    return &f;
}

static struct floor *plain(enum fill_model model)
{
    return floor_open(exchange_config_default(model, FEES_NONE));
}

static void floor_close(struct floor *f)
{
    arena_clear(&f->arena);
}

static struct order_terms order(const struct floor *f, int legs, int64_t quantity)
{
    static const int64_t ratios[] = { 1, -1, -1, 1 };
    static const double quotes[][2] = {
        { 0.60, 0.70 }, { 1.00, 1.10 }, { 1.20, 1.30 }, { 0.75, 0.85 }
    };
    struct order_terms terms;
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPX", 4);
    terms.day = DAY;
    for (int i = 0; i < legs; i++) {
        struct package_leg *leg = order_terms_option(&terms, &f->contracts[i], ratios[i]);
        leg->bid = money_from_dollars(quotes[i][0]);
        leg->ask = money_from_dollars(quotes[i][1]);
        leg->bid_size = leg->ask_size = 10;
    }
    terms.edit.quantity = quantity;
    return terms;
}

static struct order_terms limit(const struct floor *f, int legs, int64_t quantity, double net)
{
    struct order_terms terms = order(f, legs, quantity);
    terms.edit.type = ORDER_LIMIT;
    terms.edit.net_price = money_from_dollars(net);
    return terms;
}

static void submit(struct floor *f, uint64_t id, const struct order_terms *terms, int64_t ts_ns)
{
    CHECK_OK(exchange_submit(f->x, id, 1, ts_ns, terms, &terms->edit));
}

/* All reports until now. */
static int hear(struct floor *f, int64_t now_ns)
{
    f->count = 0;
    while (exchange_poll(f->x, now_ns, &f->reports[f->count], NULL))
        f->count++;
    return f->count;
}

static void quote(struct floor *f, uint32_t contract, int64_t ts_ns, double bid, double ask,
                  uint32_t size, double last, int64_t volume)
{
    struct exchange_quote q = { .contract = contract,
                                .bid = money_from_dollars(bid),
                                .ask = money_from_dollars(ask),
                                .bid_size = size,
                                .ask_size = size,
                                .last = last > 0 ? money_from_dollars(last) : PRICE_NONE,
                                .volume = volume };
    CHECK_OK(exchange_quote(f->x, 0, ts_ns, &q));
}

static int64_t net_of(const struct order_terms *terms, const struct order_report *report)
{
    int64_t prices[PACKAGE_LEGS_MAX];
    for (int i = 0; i < report->fill_count; i++)
        prices[i] = report->fills[i].price;
    return package_net(terms, prices);
}

TEST(exchange, fills_a_package_at_once_at_the_models_price)
{
    static const struct {
        enum fill_model model;
        double net;
    } cases[] = { { FILL_MID, -0.85 },
                  { FILL_NATURAL, -0.65 },
                  { FILL_SHARE, -0.69 },
                  { FILL_CALIBRATED, -0.77 } }; /* golden package_condor */
    FOR_EACH (c, cases) {
        struct floor *f = plain(c->model);
        struct order_terms terms = order(f, 4, 3);
        submit(f, 1, &terms, AT(12, 0));
        CHECK_EQ(hear(f, AT(12, 0)), 1);
        CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL);
        CHECK_EQ(f->reports[0].fills[2].quantity, 3);
        CHECK_EQ(net_of(&terms, &f->reports[0]), money_from_dollars(c->net));
        CHECK_EQ(exchange_next_ns(f->x), INT64_MAX);
        floor_close(f);
    }
}

TEST(exchange, takes_what_is_displayed_once_and_the_rest_when_it_is_quoted_again)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms terms = limit(f, 1, 25, 0.70), other = limit(f, 1, 4, 0.70);
    submit(f, 1, &terms, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 10);
    submit(f, 2, &other, AT(12, 0)); /* the same ten are gone for others too */
    CHECK_EQ(hear(f, AT(12, 0)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_WORKING);
    quote(f, 0, AT(12, 1), 0.60, 0.70, 12, 0, -1);
    CHECK_EQ(hear(f, AT(12, 1)), 1); /* the first that rested comes first */
    CHECK_EQ(f->reports[0].order_id, 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 12);
    quote(f, 0, AT(12, 2), 0.60, 0.70, 12, 0, -1);
    CHECK_EQ(hear(f, AT(12, 2)), 2);
    CHECK_EQ(f->reports[0].fills[0].quantity, 3);
    CHECK_EQ(f->reports[1].fills[0].quantity, 4);
    floor_close(f);
}

TEST(exchange, a_resting_limit_fills_at_its_limit_when_the_market_comes_to_it)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms terms = limit(f, 2, 2, -0.50); /* the model's price is -0.32 */
    terms.edit.tif = ORDER_GTC;
    submit(f, 1, &terms, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_WORKING);
    quote(f, 1, AT(12, 1), 1.10, 1.20, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 1)), 0);
    quote(f, 1, AT(12, 2), 1.50, 1.60, 10, 0, -1); /* through it: the model would pay 0.82 */
    CHECK_EQ(hear(f, AT(12, 2)), 1);
    CHECK_EQ(net_of(&terms, &f->reports[0]), money_from_dollars(-0.50));
    floor_close(f);
}

TEST(exchange, stands_in_the_queue_behind_what_was_displayed)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms terms = limit(f, 1, 6, 0.60); /* joins a bid of ten */
    submit(f, 1, &terms, AT(12, 0));
    hear(f, AT(12, 0));
    quote(f, 0, AT(12, 1), 0.60, 0.70, 10, 0.60, 100);
    quote(f, 0, AT(12, 2), 0.60, 0.70, 10, 0.60, 107); /* seven of the ten ahead */
    quote(f, 0, AT(12, 3), 0.60, 0.70, 10, 0.70, 150); /* traded at the ask: not ours */
    CHECK_EQ(hear(f, AT(12, 3)), 0);
    quote(f, 0, AT(12, 4), 0.60, 0.70, 10, 0.60, 155); /* three ahead, two of ours */
    CHECK_EQ(hear(f, AT(12, 4)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 2);
    CHECK_EQ(f->reports[0].fills[0].price, 600000);
    quote(f, 0, AT(12, 5), 0.55, 0.70, 10, 0.60, 155); /* the bid falls away: alone at the front */
    quote(f, 0, AT(12, 6), 0.55, 0.70, 10, 0.58, 156);
    CHECK_EQ(hear(f, AT(12, 6)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 1);
    quote(f, 0, AT(12, 7), 0.50, 0.58, 10, 0, -1); /* traded through */
    CHECK_EQ(hear(f, AT(12, 7)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 3);
    CHECK_EQ(f->reports[0].fills[0].price, 600000);
    floor_close(f);
}

TEST(exchange, orders_that_may_not_rest_end_at_once)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms ioc = limit(f, 1, 25, 0.70), fok = ioc, whole = ioc, none = order(f, 1, 1);
    ioc.edit.tif = ORDER_IOC;
    submit(f, 1, &ioc, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 2);
    CHECK_EQ(f->reports[0].fills[0].quantity, 10);
    CHECK_EQ(f->reports[1].what, ORDER_SAID_CANCELED);
    fok.edit.tif = ORDER_FOK;
    submit(f, 2, &fok, AT(12, 1));
    CHECK_EQ(hear(f, AT(12, 1)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_CANCELED);
    CHECK_HAS(f->reports[0].reason_text, "not all of it");
    whole.flags = ORDER_ALL_OR_NONE; /* may rest, and takes nothing until all is there */
    submit(f, 3, &whole, AT(12, 2));
    CHECK_EQ(hear(f, AT(12, 2)), 1);
    quote(f, 0, AT(12, 3), 0.60, 0.70, 24, 0, -1);
    CHECK_EQ(hear(f, AT(12, 3)), 0);
    quote(f, 0, AT(12, 4), 0.60, 0.70, 30, 0, -1);
    CHECK_EQ(hear(f, AT(12, 4)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 25);
    none.legs[0].ask = PRICE_NONE;
    submit(f, 4, &none, AT(12, 5));
    CHECK_EQ(hear(f, AT(12, 5)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_REJECTED);
    CHECK_EQ(f->reports[0].reason, REASON_NO_QUOTE);
    CHECK_HAS(f->reports[0].reason_text, "no ask to buy at");
    floor_close(f);
}

TEST(exchange, more_than_is_displayed_costs_more_by_the_square_root)
{
    struct exchange_config config = exchange_config_default(FILL_SHARE, FEES_NONE);
    config.impact_thousandths = 1000;
    struct floor *f = floor_open(config);
    struct order_terms terms = limit(f, 1, 90, 5.00);
    submit(f, 1, &terms, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 1);
    CHECK_EQ(f->reports[0].fills[0].quantity, 90);
    /* nine times the size: two half-spreads of 0.05 on top of 0.68 */
    CHECK_EQ(f->reports[0].fills[0].price, 780000);
    /* and a limit holds it back: as many as trade within it */
    struct order_terms tight = limit(f, 1, 90, 0.75);
    submit(f, 2, &tight, AT(12, 1));
    CHECK_EQ(hear(f, AT(12, 1)), 1);
    CHECK(f->reports[0].fills[0].quantity > 10);
    CHECK(f->reports[0].fills[0].quantity < 90);
    CHECK(f->reports[0].fills[0].price <= 750000);
    floor_close(f);
}

TEST(exchange, latency_meets_the_quotes_of_its_arrival_and_answers_later)
{
    struct exchange_config config = exchange_config_default(FILL_NATURAL, FEES_NONE);
    config.submit_ns = 50000000;
    config.answer_ns = 20000000;
    struct floor *f = floor_open(config);
    struct order_terms terms = limit(f, 1, 1, 0.80);
    int64_t t = AT(12, 0);
    submit(f, 1, &terms, t);
    CHECK_EQ(exchange_next_ns(f->x), t + 50000000);
    quote(f, 0, t + 10000000, 0.70, 0.75, 10, 0, -1); /* moved meanwhile */
    quote(f, 0, t + 60000000, 0.90, 0.95, 10, 0, -1); /* too late to matter */
    CHECK_EQ(hear(f, t + 69999999), 0);
    CHECK_EQ(hear(f, t + 70000000), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL);
    CHECK_EQ(f->reports[0].fills[0].price, 750000);
    CHECK_EQ(f->reports[0].ts_ns, t + 50000000);
    floor_close(f);
}

TEST(exchange, keeps_to_its_sessions)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms day = limit(f, 1, 1, 0.60), gtc = day;
    submit(f, 1, &day, AT(15, 0));
    hear(f, AT(15, 0));
    CHECK_EQ(exchange_next_ns(f->x), AT(16, 0) + 1);
    CHECK_EQ(hear(f, AT(16, 0)), 0);
    CHECK_EQ(hear(f, AT(16, 1)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_EXPIRED);
    submit(f, 2, &day, AT(16, 2));
    CHECK_EQ(hear(f, AT(16, 2)), 1);
    CHECK_EQ(f->reports[0].reason, REASON_MARKET_CLOSED);
    CHECK_HAS(f->reports[0].reason_text,
              "session: 16:02 New York; the limit is 09:30 to 16:00; gtc would pass");
    gtc.edit.tif = ORDER_GTC;
    submit(f, 3, &gtc, AT(16, 3));
    CHECK_EQ(hear(f, AT(16, 3)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_HELD);
    int64_t open = zone_to_ts(ZONE_NEW_YORK, 20240103, TIME_OF_DAY(9, 30));
    session(f, 20240103, open, open + 6 * NANOS_PER_HOUR);
    CHECK_EQ(hear(f, open), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_WORKING);
    quote(f, 0, open + 1, 0.50, 0.55, 10, 0, -1);
    CHECK_EQ(hear(f, open + 1), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL);
    struct order_terms unlisted = day;
    unlisted.legs[0].contract.strike_mills = 4601000;
    submit(f, 4, &unlisted, open + 2);
    CHECK_EQ(hear(f, open + 2), 1);
    CHECK_HAS(
        f->reports[0].reason_text,
        "contract: SPXW 20240119 4601P; the limit is the 4 listed today; one of these would pass");
    struct order_terms uneven = limit(f, 1, 1, 0.61);
    submit(f, 5, &uneven, open + 3);
    CHECK_EQ(hear(f, open + 3), 1);
    CHECK_HAS(f->reports[0].reason_text,
              "sim: price_step: 0.61; the limit is in steps of 0.05; 0.60 or 0.65 would pass");
    floor_close(f);
}

TEST(exchange, trades_in_the_open_and_in_the_close_alone_when_told_so)
{
    struct floor *f = plain(FILL_NATURAL);
    struct order_terms clo = limit(f, 1, 1, 0.90);
    clo.edit.tif = ORDER_CLO;
    submit(f, 1, &clo, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 1);
    quote(f, 0, AT(15, 59), 0.70, 0.80, 10, 0, -1);
    CHECK_EQ(hear(f, AT(15, 59)), 0);
    quote(f, 0, AT(16, 0), 0.80, 0.85, 10, 0, -1);
    CHECK_EQ(hear(f, AT(16, 0)), 1);
    CHECK_EQ(f->reports[0].fills[0].price, 850000);
    struct order_terms opg = limit(f, 1, 1, 0.90);
    opg.edit.tif = ORDER_OPG;
    submit(f, 2, &opg, AT(12, 0));
    CHECK_EQ(hear(f, AT(16, 0)), 1);
    CHECK_HAS(f->reports[0].reason_text,
              "session: opg after the open; the limit is the open; a day order would pass");
    floor_close(f);
}

TEST(exchange, a_halt_holds_everything_and_wants_new_quotes_after)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms terms = limit(f, 1, 1, 0.60), eager = limit(f, 1, 1, 0.80);
    submit(f, 1, &terms, AT(12, 0));
    hear(f, AT(12, 0));
    CHECK_OK(exchange_halt(f->x, 0, AT(12, 1), true));
    submit(f, 2, &eager, AT(12, 2));
    quote(f, 0, AT(12, 3), 0.30, 0.40, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 3)), 2);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_HELD);
    CHECK_EQ(f->reports[1].what, ORDER_SAID_HELD);
    CHECK_OK(exchange_cancel(f->x, 1, AT(12, 4)));
    CHECK_EQ(hear(f, AT(12, 4)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_CANCELED);
    CHECK_OK(exchange_halt(f->x, 0, AT(12, 5), false));
    CHECK_EQ(hear(f, AT(12, 5)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_WORKING); /* and not filled at quotes of before */
    quote(f, 0, AT(12, 6), 0.60, 0.70, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 6)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL);
    floor_close(f);
}

TEST(exchange, triggers_stops_and_trails_on_what_doing_the_order_costs)
{
    struct floor *f = plain(FILL_NATURAL);
    struct order_terms stop = order(f, 1, 1), trail = order(f, 2, 1), sale = order(f, 1, 1);
    stop.edit.type = ORDER_STOP; /* buys when it costs 0.90 */
    stop.edit.stop_price = 900000;
    submit(f, 1, &stop, AT(12, 0));
    sale.edit.type = ORDER_STOP_LIMIT; /* sells at 0.40 or less, for 0.30 or more */
    sale.legs[0].ratio = -1;
    sale.edit.stop_price = 400000;
    sale.edit.net_price = -300000;
    submit(f, 2, &sale, AT(12, 0));
    CHECK_EQ(hear(f, AT(12, 0)), 2);
    quote(f, 0, AT(12, 1), 0.70, 0.80, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 1)), 0);
    quote(f, 0, AT(12, 2), 0.90, 1.00, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 2)), 1);
    CHECK_EQ(f->reports[0].order_id, 1);
    CHECK_EQ(f->reports[0].fills[0].price, 1000000);
    quote(f, 0, AT(12, 3), 0.35, 0.40, 10, 0, -1);
    CHECK_EQ(hear(f, AT(12, 3)), 1);
    CHECK_EQ(f->reports[0].fills[0].price, 350000);
    trail.edit.type = ORDER_TRAIL_STOP;
    trail.trail_amount = 200000;
    submit(f, 3, &trail, AT(12, 4)); /* costs -0.40, the best so far */
    CHECK_EQ(hear(f, AT(12, 4)), 1);
    quote(f, 1, AT(12, 5), 1.20, 1.30, 10, 0, -1); /* -0.60 */
    quote(f, 1, AT(12, 6), 1.05, 1.15, 10, 0, -1); /* -0.45 */
    CHECK_EQ(hear(f, AT(12, 6)), 0);
    quote(f, 1, AT(12, 7), 0.95, 1.05, 10, 0, -1); /* -0.35: 0.25 off the best */
    CHECK_EQ(hear(f, AT(12, 7)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL);
    floor_close(f);
}

TEST(exchange, replaces_cancels_and_answers_questions)
{
    struct floor *f = plain(FILL_SHARE);
    struct order_terms terms = limit(f, 1, 25, 0.70);
    submit(f, 1, &terms, AT(12, 0));
    hear(f, AT(12, 0)); /* ten of them */
    struct order_edit edit = terms.edit;
    edit.quantity = 10;
    CHECK_OK(exchange_replace(f->x, 1, 2, AT(12, 1), &edit));
    CHECK_EQ(hear(f, AT(12, 1)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_REPLACE_REFUSED);
    CHECK_HAS(f->reports[0].reason_text, "10 are filled: 11 or more would pass");
    edit.quantity = 12;
    CHECK_OK(exchange_replace(f->x, 1, 3, AT(12, 2), &edit));
    CHECK_EQ(hear(f, AT(12, 2)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_REPLACED);
    CHECK_EQ(f->reports[0].version, 3);
    CHECK_OK(exchange_replace(f->x, 1, 3, AT(12, 2),
                              &edit)); /* whose answer was lost: the same once more */
    CHECK_EQ(hear(f, AT(12, 2)), 1);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_REPLACED);
    CHECK_EQ(f->reports[0].version, 3);
    CHECK_OK(
        exchange_submit(f->x, 1, 3, AT(12, 3), &terms, &terms.edit)); /* the same number again */
    CHECK_EQ(hear(f, AT(12, 3)), 2);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_FILL); /* told again, the same execution */
    CHECK_EQ(f->reports[0].fills[0].exec.low, 17);
    CHECK_EQ(f->reports[1].what, ORDER_SAID_WORKING);
    CHECK_OK(exchange_ask(f->x, 77, AT(12, 4)));
    CHECK_OK(exchange_cancel(f->x, 1, AT(12, 4)));
    CHECK_OK(exchange_cancel(f->x, 1, AT(12, 4)));
    CHECK_EQ(hear(f, AT(12, 4)), 3);
    CHECK_EQ(f->reports[0].what, ORDER_SAID_NOT_FOUND);
    CHECK_EQ(f->reports[1].what, ORDER_SAID_CANCELED);
    CHECK_EQ(f->reports[2].reason, REASON_TOO_LATE);
    floor_close(f);
}

/* Parts of one order: a minimum holds for the order, and a tier counts its contracts once. */
TEST(exchange, charges_an_order_in_parts_as_the_order_it_is)
{
    struct exchange_config config = exchange_config_default(FILL_SHARE, FEES_IBKR_TIERED);
    struct floor *f = floor_open(config);
    struct order_terms terms = limit(f, 1, 25, 0.70);
    int64_t commission = 0;
    submit(f, 1, &terms, AT(12, 0));
    for (int minute = 1; minute <= 3; minute++) {
        CHECK_EQ(hear(f, AT(12, minute - 1)), 1);
        commission += f->reports[0].fills[0].costs.commission;
        quote(f, 0, AT(12, minute), 0.60, 0.70, 10, 0, -1);
    }
    CHECK_EQ(commission, 25 * 650000);
    floor_close(f);
}

TEST(exchange, is_the_same_for_the_same_seed_and_another_for_another)
{
    uint64_t hashes[3];
    for (int run = 0; run < 3; run++) {
        struct exchange_config config = exchange_config_default(FILL_SHARE, FEES_NONE);
        config.seed = run == 2 ? 8 : 7;
        config.submit_ns = config.jitter_ns = 20000000;
        config.reject_ppm = config.partial_ppm = 300000;
        struct floor *f = floor_open(config);
        hashes[run] = 0;
        for (int i = 0; i < 14; i++) {
            struct order_terms terms = limit(f, 1 + i % 4, 8, i % 4 == 0 ? 0.70 : -0.10);
            submit(f, (uint64_t)i + 1, &terms, AT(12, i));
            quote(f, 0, AT(12, i) + 1, 0.60, 0.70, 10, 0, -1);
            hear(f, AT(12, i + 1));
            for (int r = 0; r < f->count; r++) {
                hashes[run] = hashes[run] * 31 + (uint64_t)f->reports[r].ts_ns * 7 +
                              (uint64_t)f->reports[r].what;
                hashes[run] = hashes[run] * 31 + (uint64_t)f->reports[r].fills[0].quantity;
            }
        }
        floor_close(f);
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[0] != hashes[2]);
}

/* Whatever is asked for: an order set that hears it all has no alarm, and no size is sold twice. */
TEST(exchange, tells_a_story_that_an_order_set_believes)
{
    struct rng rng;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        rng_init(&rng, seed, 0, 2);
        struct exchange_config config = exchange_config_default(FILL_SHARE, FEES_TASTYTRADE);
        config.seed = seed;
        config.submit_ns = (int64_t)rng_below(&rng, 3) * 30000000000;
        config.answer_ns = (int64_t)rng_below(&rng, 3) * 20000000000;
        config.reject_ppm = 50000;
        config.partial_ppm = 500000;
        struct floor *f = floor_open(config);
        struct order_set *set = order_set_open(&f->arena, &(struct order_limits){ 16, 600, 200 });
        uint64_t id = 0;
        int64_t bought = 0, shown = 0, t = AT(10, 0);
        struct order_change change;
        for (int step = 0; step < 120; step++, t += 60000000000) {
            if (step % 8 == 0 && id < 14) {
                struct order_terms terms =
                    limit(f, 1 + (int)rng_below(&rng, 4), 1 + (int64_t)rng_below(&rng, 9),
                          (double)rng_below(&rng, 40) / 20 - 1.0);
                const struct order_state *order;
                terms.edit.tif = rng_below(&rng, 3) ? ORDER_DAY : ORDER_IOC;
                CHECK_OK(order_set_stage(set, ++id, &terms, t, &order));
                CHECK_OK(order_set_act(set, id, ORDER_SEND, t, "", &change));
                CHECK_OK(exchange_submit(f->x, id, 1, t, &terms, &terms.edit));
            }
            uint64_t any = id ? 1 + rng_below(&rng, id) : 0;
            const struct order_state *order = any ? order_set_find(set, any) : NULL;
            if (order && rng_below(&rng, 4) == 0 && order_status_is_sent(order->phase)) {
                struct order_edit edit = order->edit;
                edit.net_price += 50000;
                if (rng_below(&rng, 2) && order_set_replace(set, any, &edit, t, &change) == ERR_OK)
                    CHECK_OK(exchange_replace(f->x, any, order->version_asked, t, &edit));
                else if (order_set_act(set, any, ORDER_ASK_CANCEL, t, "", &change) == ERR_OK)
                    CHECK_OK(exchange_cancel(f->x, any, t));
            }
            uint32_t size = (uint32_t)rng_below(&rng, 6);
            shown += size;
            uint32_t contract = (uint32_t)rng_below(&rng, 4);
            quote(f, contract, t, 0.60 + 0.05 * (double)rng_below(&rng, 6), 1.10, size, 0.60, step);
            hear(f, t);
            for (int r = 0; r < f->count; r++) {
                CHECK_OK(order_set_report(set, &f->reports[r], &change));
                CHECK_EQ(change.alarms, 0);
                for (int i = 0; i < f->reports[r].fill_count; i++)
                    bought += f->reports[r].fills[i].quantity;
            }
        }
        CHECK_OK(exchange_day_end(f->x, 0, AT(16, 30)));
        hear(f, INT64_MAX);
        for (int r = 0; r < f->count; r++)
            CHECK_OK(order_set_report(set, &f->reports[r], &change));
        CHECK_EQ(order_set_open_count(set), 0);
        CHECK_EQ(exchange_next_ns(f->x), INT64_MAX);
        /* Ten of each leg came with every order; the rest was shown by quotes, and trades by
         * volume. */
        CHECK(bought <= shown + (int64_t)id * 40 + 120);
        floor_close(f);
    }
}

TEST(exchange, says_in_one_line_what_it_does)
{
    struct exchange_config config = exchange_config_default(FILL_CALIBRATED, FEES_NONE);
    config.submit_ns = 50000000;
    config.impact_thousandths = 500;
    char text[EXCHANGE_TEXT_BYTES];
    exchange_describe(text, &config);
    CHECK_HAS(text, "fill model calibrated: each leg crosses");
    CHECK_HAS(text, "latency 50 ms there, 0 ms back; beyond the displayed size 0.5 half-spreads");
}

TEST(exchange, stands_behind_the_kernels_port)
{
    struct arena arena;
    arena_init(&arena, "exchange", 0);
    struct exchange_config config = exchange_config_default(FILL_NATURAL, FEES_NONE);
    struct venue venue;
    struct exchange *x;
    exchange_venue_open(&venue, &x, &arena, &config);
    CHECK_OK(zone_init());
    struct floor f = { .x = x };
    f.contracts[0] = (struct contract){ .root = "SPXW",
                                        .expiry = 20240119,
                                        .strike_mills = 4600000,
                                        .multiplier = 100,
                                        .right = 'P',
                                        .style = 'E',
                                        .settle = 'p',
                                        .delivery = 'c' };
    struct event event = { .ts_ns = AT(9, 30), .kind = EVENT_SESSION };
    event.of.session = (struct event_session){ .day = DAY,
                                               .open_ns = AT(9, 30),
                                               .close_ns = AT(16, 0),
                                               .contracts = f.contracts,
                                               .contract_count = 1 };
    CHECK_OK(venue.ops->see(venue.self, &event));
    struct order_terms terms = limit(&f, 1, 2, 0.60);
    struct order_request request = { .kind = REQUEST_SUBMIT,
                                     .order_id = 5,
                                     .version = 1,
                                     .ts_ns = AT(10, 0),
                                     .terms = &terms,
                                     .edit = &terms.edit };
    CHECK_OK(venue.ops->request(venue.self, &request));
    CHECK(venue.ops->poll(venue.self, AT(10, 0), &event));
    CHECK_EQ(event.of.report->what, ORDER_SAID_WORKING);
    event = (struct event){ .ts_ns = AT(10, 1), .kind = EVENT_QUOTE };
    event.of.quote = (struct event_quote){
        .bid = 400000, .ask = 500000, .bid_size = 5, .ask_size = 5, .last = PRICE_NONE
    };
    CHECK_OK(venue.ops->see(venue.self, &event));
    CHECK_EQ(venue.ops->next_ns(venue.self), AT(10, 1));
    CHECK(venue.ops->poll(venue.self, AT(10, 1), &event));
    CHECK_EQ(event.kind, EVENT_REPORT);
    CHECK_EQ(event.of.report->fills[0].price, 600000);
    CHECK(!venue.ops->poll(venue.self, AT(10, 1), &event));
    arena_clear(&arena);
}
