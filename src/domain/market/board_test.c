#include "domain/market/board.h"

#include "base/zone.h"
#include "domain/market/instruments.h"
#include "domain/pricing/european.h"
#include "tests/testing.h"

/* 2025-02-20 10:00:00 in New York. */
#define TEN_NS INT64_C(1740063600000000000)
enum { STRIKES = 41, ROOM = 256 };
static const double VOL = 0.2, SPOT = 600, RATE = 0.04;

struct bench {
    struct arena arena;
    struct instruments instruments;
    struct quotes quotes;
    struct board board;
    uint32_t spy;
    uint32_t ids[STRIKES][2];
};

static void tell(struct bench *b, struct market_record r)
{
    enum rule rule = quotes_take(&b->quotes, &r);
    board_take(&b->board, &r, rule);
}

static struct market_record quote(uint32_t id, int64_t ts_ns, double bid, double ask)
{
    return (struct market_record){ .ts_ns = ts_ns,
                                   .recv_ns = ts_ns,
                                   .instrument = id,
                                   .kind = RECORD_QUOTE,
                                   .of.quote = { money_from_dollars(bid), money_from_dollars(ask),
                                                 30, 10, 0, 0 } };
}

static struct contract contract(int32_t expiry, int strike, bool is_put)
{
    return (struct contract){ .root = "SPY",
                              .expiry = expiry,
                              .strike_mills = (560 + 2 * strike) * 1000,
                              .multiplier = 100,
                              .right = is_put ? OPTION_PUT : OPTION_CALL,
                              .style = STYLE_AMERICAN,
                              .settle = SETTLE_PM,
                              .delivery = DELIVERY_PHYSICAL };
}

static void define_expiry(struct bench *b, int32_t expiry)
{
    for (int i = 0; i < STRIKES; i++)
        for (int is_put = 0; is_put < 2; is_put++) {
            struct contract c = contract(expiry, i, is_put);
            CHECK_OK(instruments_add_option(&b->instruments, &c, &b->ids[i][is_put]));
            tell(b, instruments_definition(&b->instruments, b->ids[i][is_put]));
        }
}

static void begin(struct bench *b)
{
    arena_init(&b->arena, "test", 0);
    instruments_init(&b->instruments, &b->arena, ROOM);
    quotes_init(&b->quotes, &b->arena, ROOM, NULL);
    board_init(&b->board, &b->arena, &b->quotes, ROOM);
    b->board.rate = RATE;
    CHECK_OK(instruments_add(&b->instruments, INSTRUMENT_STOCK, STR("SPY"), &b->spy));
    tell(b, instruments_definition(&b->instruments, b->spy));
    tell(b, quote(b->spy, TEN_NS, SPOT - 0.01, SPOT + 0.01));
}

/* Quotes of the last expiry defined, all with one vol, a cent to each side. */
static void quote_chain(struct bench *b, int64_t ts_ns, double vol)
{
    const struct contract *c = &b->instruments.rows[b->ids[0][0]].contract;
    double years = (double)(zone_to_ts(ZONE_NEW_YORK, c->expiry, TIME_OF_DAY(16, 0)) - ts_ns) /
                   (365.0 * 86400e9);
    struct black76_expiry terms = { .forward = SPOT * exp(RATE * years),
                                    .discount = exp(-RATE * years),
                                    .years = years };
    for (int i = 0; i < STRIKES; i++)
        for (int is_put = 0; is_put < 2; is_put++) {
            double strike = 560 + 2 * i, price;
            int8_t sign = is_put ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
            struct pricing_greeks out = { .price = &price };
            black76_chain(&terms, 1, &strike, &sign, &vol, &out);
            tell(b, quote(b->ids[i][is_put], ts_ns, price - 0.01, price + 0.01));
        }
}

TEST(board, finds_the_forward_vols_and_greeks_that_the_quotes_were_made_with)
{
    struct bench b;
    begin(&b);
    define_expiry(&b, 20250321);
    quote_chain(&b, TEN_NS, VOL);
    CHECK_EQ(board_refresh(&b.board, TEN_NS, 10), 1);
    const struct board_expiry *e = board_expiry_of(&b.board, b.ids[0][0]);
    CHECK_NEAR(e->forward, SPOT * exp(RATE * e->years), 0.01);
    CHECK_NEAR(e->atm_vol, VOL, 1e-3);
    CHECK_NEAR(e->skew25, 0, 2e-3);
    struct board_greeks call = board_option_greeks(&b.board, b.ids[20][0]);
    struct board_greeks put = board_option_greeks(&b.board, b.ids[20][1]);
    CHECK_NEAR(call.iv, VOL, 1e-3);
    CHECK_NEAR(put.iv, call.iv, 0);
    CHECK_NEAR(call.delta - put.delta, 1, 1e-3); /* parity */
    CHECK_NEAR(call.gamma, put.gamma, 1e-9);
    CHECK_NEAR(call.delta, 0.53, 0.02);
    CHECK(put.theta < 0);
    struct board_chain chain;
    board_chain(&b.board, 0, &chain);
    CHECK_NEAR(chain.price, SPOT, 1e-9);
    CHECK_NEAR(chain.expected_move, SPOT * VOL * sqrt(e->years), 1);
    CHECK(isnan(chain.iv7));            /* one expiry tells of its own day alone */
    CHECK(isnan(chain.gamma_exposure)); /* no open interest is known */
    arena_clear(&b.arena);
}

TEST(board, computes_what_changed_and_not_more_often_than_it_is_asked_to)
{
    struct bench b;
    begin(&b);
    define_expiry(&b, 20250321);
    quote_chain(&b, TEN_NS, VOL);
    CHECK_EQ(board_refresh(&b.board, TEN_NS, 10), 1);
    CHECK_EQ(board_refresh(&b.board, TEN_NS + NANOS_PER_SECOND, 10), 0); /* nothing changed */
    quote_chain(&b, TEN_NS + NANOS_PER_SECOND, 0.3);
    CHECK_NEAR(board_option_greeks(&b.board, b.ids[20][0]).iv, VOL, 1e-3);
    CHECK_EQ(board_refresh(&b.board, TEN_NS + b.board.refresh_ns - 1, 10), 0);
    CHECK_EQ(board_refresh(&b.board, TEN_NS + NANOS_PER_SECOND, 10), 1);
    CHECK_NEAR(board_option_greeks(&b.board, b.ids[20][0]).iv, 0.3, 1e-3);
    /* A contract listed in the middle of the day gets its place, and the rest stays. */
    struct contract c = contract(20250418, 20, false);
    uint32_t id;
    CHECK_OK(instruments_add_option(&b.instruments, &c, &id));
    tell(&b, instruments_definition(&b.instruments, id));
    CHECK_EQ(board_refresh(&b.board, TEN_NS + 2 * NANOS_PER_SECOND, 10), 2);
    CHECK(board_expiry_of(&b.board, id) != board_expiry_of(&b.board, b.ids[20][0]));
    CHECK_NEAR(board_option_greeks(&b.board, b.ids[20][0]).iv, 0.3, 1e-3);
    CHECK(isnan(board_option_greeks(&b.board, id).iv)); /* no quote yet */
    arena_clear(&b.arena);
}

TEST(board, pieces_come_to_the_same_as_the_whole)
{
    struct bench whole, pieces;
    begin(&whole);
    begin(&pieces);
    define_expiry(&whole, 20250321);
    define_expiry(&pieces, 20250321);
    quote_chain(&whole, TEN_NS, VOL);
    quote_chain(&pieces, TEN_NS, VOL);
    CHECK_EQ(board_refresh(&whole.board, TEN_NS, 1), 1);
    int count = 0;
    while (board_refresh_piece(&pieces.board, TEN_NS))
        count++;
    CHECK_EQ(count, 4);
    CHECK(memcmp(whole.board.greeks, pieces.board.greeks, ROOM * sizeof(struct board_greeks)) == 0);
    /* A contract listed between two pieces: the one under way is given up, and done anew. */
    quote_chain(&pieces, TEN_NS + NANOS_PER_SECOND, 0.3);
    CHECK(board_refresh_piece(&pieces.board, TEN_NS + NANOS_PER_SECOND));
    define_expiry(&pieces, 20250418);
    while (board_refresh_piece(&pieces.board, TEN_NS + NANOS_PER_SECOND)) {
    }
    CHECK(isnan(board_option_greeks(&pieces.board, pieces.ids[20][0]).iv)); /* not quoted yet */
    uint32_t id = pieces.ids[20][0] - 2 * STRIKES;
    CHECK_NEAR(board_option_greeks(&pieces.board, id).iv, 0.3, 1e-3);
    arena_clear(&whole.arena);
    arena_clear(&pieces.arena);
}

TEST(board, a_bad_quote_leaves_no_price_behind)
{
    struct bench b;
    begin(&b);
    define_expiry(&b, 20250321);
    quote_chain(&b, TEN_NS, VOL);
    CHECK(b.board.quote[b.ids[3][0]].mid > 0);
    CHECK_NEAR(b.board.quote[b.spy].microprice, SPOT + 0.005, 1e-9); /* 30 bid, 10 offered */
    tell(&b, quote(b.ids[3][0], TEN_NS + 1, 2, 1));
    CHECK(isnan(b.board.quote[b.ids[3][0]].bid));
    CHECK(isnan(b.board.quote[b.ids[3][0]].mid));
    tell(&b, quote(b.spy, TEN_NS + 1, 1, 1));
    CHECK(isnan(b.board.quote[b.spy].mid));
    CHECK_NEAR(b.board.underlyings[0].price, SPOT, 1e-9); /* the last that was good */
    arena_clear(&b.arena);
}

TEST(board, features_of_the_underlying_follow_quotes_and_trades)
{
    struct bench b;
    begin(&b);
    define_expiry(&b, 20250321);
    for (int i = 1; i <= 180; i++) /* three minutes, a cent a second */
        tell(&b, quote(b.spy, TEN_NS + i * NANOS_PER_SECOND, SPOT - 0.01 + i * 0.01,
                       SPOT + 0.01 + i * 0.01));
    const struct board_underlying *u = &b.board.underlyings[0];
    CHECK_NEAR(session_bar_value(&u->bar)->high, SPOT + 1.8, 1e-9);
    CHECK_NEAR(session_bar_value(&u->bar)->open, SPOT, 1e-9);
    CHECK_NEAR(opening_range_high(&u->opening), SPOT, 1e-9); /* of the one price by 10:00 */
    CHECK_NEAR(u->minute_return, 0.6 / (SPOT + 1.19), 1e-6);
    struct market_record trade = { .ts_ns = TEN_NS + 200 * NANOS_PER_SECOND,
                                   .recv_ns = TEN_NS + 200 * NANOS_PER_SECOND,
                                   .instrument = b.spy,
                                   .kind = RECORD_TRADE,
                                   .of.trade = { .price = 601000000, .size = 5 } };
    tell(&b, trade);
    CHECK_NEAR(vwap_value(&u->vwap), 601, 1e-9);
    trade.instrument = b.ids[5][1];
    tell(&b, trade);
    CHECK_EQ(u->flow.puts, 5);
    /* The next day starts at nothing. */
    tell(&b, quote(b.spy, TEN_NS + NANOS_PER_DAY, SPOT, SPOT + 0.02));
    CHECK(isnan(vwap_value(&u->vwap)));
    CHECK_NEAR(session_bar_value(&u->bar)->high, SPOT + 0.01, 1e-9);
    CHECK_EQ(u->flow.puts, 0);
    arena_clear(&b.arena);
}
