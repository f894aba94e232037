#include "services/desk/reconcile.h"

#include "tests/testing.h"

static struct contract option(char right, int strike_mills, int32_t expiry)
{
    return (struct contract){ .root = "SPY",
                              .expiry = expiry,
                              .strike_mills = strike_mills,
                              .multiplier = 100,
                              .right = right,
                              .style = STYLE_AMERICAN,
                              .settle = SETTLE_PM,
                              .delivery = DELIVERY_PHYSICAL };
}

static struct statement_position lot(char right, int strike_mills, int64_t quantity, uint64_t trade)
{
    return (struct statement_position){ .underlying = "SPY",
                                        .contract = option(right, strike_mills, 20260717),
                                        .quantity = quantity,
                                        .trade_id = trade };
}

static struct statement_position shares(int64_t quantity, uint64_t trade)
{
    return (struct statement_position){
        .is_stock = true, .underlying = "SPY", .quantity = quantity, .trade_id = trade
    };
}

static struct arena arena;
static struct reconciliation result;

static const struct difference *run(const struct statement *desk, const struct statement *venue)
{
    arena_clear(&arena);
    arena_init(&arena, "test", 0);
    CHECK_OK(reconcile(&result, &arena, desk, venue));
    return result.items;
}

#define STATEMENT(list, cash_) (statement((list), ARRAY_COUNT(list), (cash_)))
static struct statement statement(const struct statement_position *positions, size_t count,
                                  int64_t cash)
{
    return (struct statement){
        .day = 20260715, .positions = positions, .position_count = count, .cash = cash
    };
}

TEST(reconcile, finds_nothing_where_nothing_differs)
{
    /* Opposite lots of two strategies are one position, or none, at the venue. */
    const struct statement_position ours[] = { lot('C', 600000, -2, 1), lot('C', 600000, 1, 2),
                                               lot('P', 590000, 3, 2), lot('P', 590000, -3, 3) };
    const struct statement_position theirs[] = { lot('C', 600000, -1, 0) };
    struct statement desk = STATEMENT(ours, 5), venue = STATEMENT(theirs, 5);
    run(&desk, &venue);
    CHECK(result.is_clean);
}

TEST(reconcile, finds_an_assignment_overnight_and_whose_lots_it_took)
{
    const struct statement_position ours[] = { lot('C', 600000, -2, 7), lot('C', 600000, -3, 4),
                                               lot('C', 610000, 5, 4) };
    const struct statement_position theirs[] = { lot('C', 600000, -1, 0), lot('C', 610000, 5, 0),
                                                 shares(-400, 0) };
    struct statement desk = STATEMENT(ours, 0), venue = STATEMENT(theirs, INT64_C(240000000000));
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 1);
    CHECK_STR(diff_kind_name(d->kind), "assigned");
    CHECK_EQ(d->quantity, 4);
    CHECK_EQ(d->shares, -400);
    CHECK_EQ(d->cash, INT64_C(240000000000));
    CHECK_EQ(d->lot_count, 2); /* the oldest trade first */
    CHECK_EQ(d->lots[0].trade_id, 4);
    CHECK_EQ(d->lots[0].quantity, 3);
    CHECK_EQ(d->lots[1].trade_id, 7);
    CHECK_EQ(d->lots[1].quantity, 1);
    char text[DIFF_TEXT_BYTES];
    diff_format(text, d);
    CHECK_STR(text, "+4 SPY 20260717 600C: a short option was exercised against us; -400 shares, "
                    "cash 240,000.00");
}

TEST(reconcile, tells_exercise_of_puts_from_assignment_by_the_side)
{
    const struct statement_position ours[] = { lot('P', 600000, 2, 1) };
    const struct statement_position theirs[] = { shares(-200, 0) };
    struct statement desk = STATEMENT(ours, PRICE_NONE), venue = STATEMENT(theirs, PRICE_NONE);
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 1);
    CHECK_EQ(d->kind, DIFF_EXERCISED);
    CHECK_EQ(d->quantity, -2);
    CHECK_EQ(d->cash, INT64_C(120000000000));
    const struct statement_position bought[] = { shares(200, 0) };
    venue = STATEMENT(bought, PRICE_NONE);
    d = run(&desk,
            &venue); /* long puts never bring shares: they were closed, and somebody bought stock */
    CHECK_EQ(result.count, 2);
    CHECK_EQ(d[0].kind, DIFF_CLOSED);
    CHECK_EQ(d[1].kind, DIFF_OPENED);
    CHECK_EQ(d[1].quantity, 200);
    CHECK_EQ(d[1].lot_count, 0);
}

TEST(reconcile, tells_a_manual_close_from_expiry)
{
    const struct statement_position ours[] = { lot('C', 600000, -5, 1), lot('P', 500000, -1, 2) };
    const struct statement_position theirs[] = { lot('C', 600000, -2, 0), lot('P', 500000, -1, 0) };
    struct statement desk = STATEMENT(ours, PRICE_NONE), venue = STATEMENT(theirs, PRICE_NONE);
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 1);
    CHECK_EQ(d->kind, DIFF_CLOSED);
    CHECK_EQ(d->quantity, 3);
    CHECK_EQ(d->lots[0].quantity, 3);
    venue = (struct statement){ .day = 20260720, .cash = PRICE_NONE };
    d = run(&desk, &venue);
    CHECK_EQ(result.count, 2);
    CHECK_EQ(d[0].kind, DIFF_EXPIRED);
    CHECK_EQ(d[1].kind, DIFF_EXPIRED);
}

TEST(reconcile, sees_a_position_that_turned_as_closed_and_opened)
{
    const struct statement_position ours[] = { lot('C', 600000, 2, 1) },
                                    theirs[] = { lot('C', 600000, -1, 0) };
    struct statement desk = STATEMENT(ours, PRICE_NONE), venue = STATEMENT(theirs, PRICE_NONE);
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 2);
    CHECK_EQ(d[0].kind, DIFF_CLOSED);
    CHECK_EQ(d[0].quantity, -2);
    CHECK_EQ(d[1].kind, DIFF_OPENED);
    CHECK_EQ(d[1].quantity, -1);
}

TEST(reconcile, explains_positions_and_cash_by_missed_fills_first)
{
    const struct statement_fill known[] = { { .exec = { 1, 1 }, .quantity = -1, .cash = 100 } };
    const struct statement_fill told[] = {
        { .exec = { 1, 1 }, .quantity = -1, .cash = 100 },
        { .exec = { 1, 2 },
          .order_id = 9,
          .underlying = "SPY",
          .contract = option('C', 600000, 20260717),
          .quantity = -2,
          .price = 3000000,
          .cash = 598000000 },
    };
    const struct statement_position ours[] = { lot('P', 590000, 1, 1) };
    const struct statement_position theirs[] = { lot('P', 590000, 1, 0), lot('C', 600000, -2, 0) };
    struct statement desk = STATEMENT(ours, 1000);
    struct statement venue = STATEMENT(theirs, 598001000 - 40);
    desk.fills = known;
    desk.fill_count = 1;
    venue.fills = told;
    venue.fill_count = 2;
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 2);
    CHECK_EQ(d[0].kind, DIFF_FILL_MISSED);
    CHECK_EQ(d[0].fill->order_id, 9);
    CHECK_EQ(d[1].kind, DIFF_CASH);
    CHECK_EQ(d[1].cash, -40);
}

TEST(reconcile, compares_orders)
{
    const struct statement_order ours[] = {
        { .order_id = 1, .quantity = 5, .net_price = 10 },
        { .order_id = 2, .quantity = 5, .net_price = PRICE_NONE },
        { .order_id = 3, .quantity = 1, .net_price = 7 }
    };
    const struct statement_order theirs[] = {
        { .order_id = 3, .quantity = 1, .net_price = 7 },
        { .order_id = 1, .quantity = 4, .net_price = 10 },
        { .order_id = 0, .broker_id = "web-77", .quantity = 1 }
    };
    struct statement desk = { .orders = ours, .order_count = 3, .cash = PRICE_NONE };
    struct statement venue = { .orders = theirs, .order_count = 3, .cash = PRICE_NONE };
    const struct difference *d = run(&desk, &venue);
    CHECK_EQ(result.count, 3);
    CHECK_EQ(d[0].kind, DIFF_ORDER_GONE);
    CHECK_EQ(d[0].order->order_id, 2);
    CHECK_EQ(d[1].kind, DIFF_ORDER_FOREIGN);
    CHECK_STR(d[1].order->broker_id, "web-77");
    CHECK_EQ(d[2].kind, DIFF_ORDER_CHANGED);
    CHECK_EQ(d[2].order->quantity, 4);
    char text[DIFF_TEXT_BYTES];
    diff_format(text, &d[1]);
    CHECK_STR(text, "order 0 (web-77): open at the venue, and nobody here sent it");
}

TEST(reconcile, refuses_what_does_not_fit)
{
    const struct statement_position ours[] = { lot('C', 600000, INT64_MAX, 1),
                                               lot('C', 600000, INT64_MAX, 2) };
    struct statement desk = STATEMENT(ours, PRICE_NONE), venue = { .cash = PRICE_NONE };
    arena_clear(&arena);
    CHECK_EQ(reconcile(&result, &arena, &desk, &venue), ERR_RANGE);
}

TEST(reconcile, applied_to_the_desk_leaves_what_the_venue_has)
{
    /* Any two books: the differences bring the one to the other, share by share and lot by lot. */
    uint64_t seed = 11;
    for (int trial = 0; trial < 2000; trial++) {
        struct statement_position ours[8], theirs[6];
        size_t n = 0, m = 0;
        int64_t want[5] = { 0 }, have[5] = { 0 };
        static const int strikes[] = { 590000, 600000 };
        for (int i = 0; i < 8; i++) {
            uint64_t r = seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            int which = (int)(r >> 33) % 5;
            int64_t q = (int64_t)(r >> 40) % 7 - 3;
            ours[n++] = which == 4
                            ? shares(q * 100, (uint64_t)i + 1)
                            : lot(which / 2 ? 'P' : 'C', strikes[which % 2], q, (uint64_t)i + 1);
            have[which] += which == 4 ? q * 100 : q;
        }
        for (int which = 0; which < 5; which++) {
            uint64_t r = seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            int64_t q = (int64_t)(r >> 40) % 9 - 4;
            theirs[m++] = which == 4 ? shares(q * 100, 0)
                                     : lot(which / 2 ? 'P' : 'C', strikes[which % 2], q, 0);
            want[which] = which == 4 ? q * 100 : q;
        }
        struct statement desk = {
            .day = 20260715, .positions = ours, .position_count = n, .cash = PRICE_NONE
        };
        struct statement venue = {
            .day = 20260715, .positions = theirs, .position_count = m, .cash = PRICE_NONE
        };
        const struct difference *d = run(&desk, &venue);
        for (size_t i = 0; i < result.count; i++) {
            int which = d[i].is_stock ? 4
                                      : (d[i].contract.right == 'P') * 2 +
                                            (d[i].contract.strike_mills == 600000);
            have[which] += d[i].quantity;
            have[4] += d[i].shares;
            int64_t taken = 0;
            for (size_t k = 0; k < d[i].lot_count; k++)
                taken += d[i].lots[k].quantity;
            CHECK_EQ(taken, d[i].kind == DIFF_OPENED ? 0 : d[i].quantity);
        }
        for (int which = 0; which < 5; which++)
            CHECK_EQ(have[which], want[which]);
    }
    arena_clear(&arena);
}
