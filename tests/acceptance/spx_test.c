/*
 * The SPX chains of spring 2019 through the product: imported, stored, laid out in the kernel's
 * book, and priced there. The clock is the book's: from the assumed snapshot at 15:45 New York to
 * the settlement, 09:30 (AM) or 16:00 (PM), over 365 days.
 */
#include "adapters/store/store.h"
#include "kernel/book.h"
#include "kernel/ports/order.h"
#include "tests/acceptance/acceptance.h"
#include "tests/testing.h"

struct spx {
    struct store *store;
    struct arena arena;
    struct book book;
    struct store_day *days;
    size_t day_count;
    struct series rates;
};

static void spx_open(struct spx *spx)
{
    arena_init(&spx->arena, "spx", 1u << 20);
    CHECK_OK(store_open(&spx->store, acceptance_spx_store()));
    CHECK_OK(store_list(spx->store, &spx->arena, &spx->days, &spx->day_count, NULL));
    CHECK_OK(series_read(&spx->rates, spx->store, &spx->arena, "USD", SERIES_RATES));
    book_init(&spx->book, &spx->arena, (struct book_limits){ .contracts = 20000, .slices = 64 });
}

static void spx_close(struct spx *spx)
{
    store_close(spx->store);
    arena_clear(&spx->arena);
}

/* Put the only snapshot of a day into the book, as the feed would. */
static void spx_load(struct spx *spx, struct chain_day *day, int32_t date)
{
    CHECK_OK(chain_day_open(day, spx->store, "SPX", date, true));
    CHECK_EQ(day->snapshot_count, 1);
    struct event_session session = { .day = date,
                                     .contracts = day->contracts,
                                     .contract_count = day->contract_count,
                                     .rate = (double)series_at(&spx->rates, date)->value * 1e-9 };
    CHECK_OK(book_session(&spx->book, &session));
    struct event_market market = { .underlying = day->snapshots[0].underlying,
                                   .bid = PRICE_NONE,
                                   .ask = PRICE_NONE,
                                   .rows = day->rows };
    book_market(&spx->book, day->snapshots[0].ts_ns, &market);
}

TEST(spx, forty_two_files_are_forty_one_days_without_a_crossed_quote)
{
    NEED_SPX();
    const struct import_summary *summary = acceptance_spx_summary();
    CHECK_EQ(summary->files, 42);
    CHECK_EQ(summary->days, 41);
    CHECK_EQ(summary->remark_count, 1);
    CHECK_HAS(summary->remarks[0], "2019-05-27: holiday copy of 2019-05-24");
    CHECK_EQ(summary->found[FOUND_HOLIDAY].count, 13324);
    CHECK_EQ(summary->found[FOUND_CROSSED].count, 0);
    struct spx spx;
    spx_open(&spx);
    CHECK_EQ(spx.day_count, 41);
    for (size_t i = 0; i < spx.day_count; i++) {
        struct chain_day day;
        CHECK(spx.days[i].day != 20190527);
        CHECK_OK(chain_day_open(&day, spx.store, "SPX", spx.days[i].day, true));
        for (uint32_t row = 0; row < day.rows.count; row++)
            CHECK(day.rows.bid[row] == PRICE_NONE || day.rows.ask[row] == PRICE_NONE ||
                  day.rows.ask[row] <= 0 || day.rows.bid[row] <= day.rows.ask[row]);
        chain_day_close(&day);
    }
    spx_close(&spx);
}

struct parity {
    size_t expiries, whole; /* with a forward; of these, with all strikes within half a point */
    size_t strikes, within, outside;
    size_t contradicted; /* outside by more than their own bids and asks allow */
    double widest_tight; /* largest distance of a pair quoted no wider than 3 points */
};

/* The forward of each strike by itself, strike + (call - put) / discount, against that of the
 * expiry. */
static void check_parity(const struct book *book, const struct slice *slice, struct parity *sum)
{
    const struct chain_expiry *view = &slice->view;
    size_t outside = 0, seen = 0;
    for (uint32_t i = 0; i < view->strike_count; i++) {
        uint32_t row = slice->row_first + i;
        double strike = book->strike_mills[row] / 1000.0;
        if (book->bid[0][row] <= 0 || book->bid[1][row] <= 0 || book->ask[0][row] <= 0 ||
            book->ask[1][row] <= 0 || fabs(strike / view->forward - 1.0) > 0.05)
            continue;
        double call = money_to_dollars(quote_mid(book->bid[0][row], book->ask[0][row]));
        double put = money_to_dollars(quote_mid(book->bid[1][row], book->ask[1][row]));
        double width = money_to_dollars(book->ask[0][row] - book->bid[0][row] + book->ask[1][row] -
                                        book->bid[1][row]);
        double off = fabs(strike + (call - put) / view->discount - view->forward);
        seen++;
        outside += off > 0.5;
        sum->contradicted += off > 0.5 && off > width / 2.0 / view->discount;
        if (width <= 3.0)
            sum->widest_tight = fmax(sum->widest_tight, off);
    }
    sum->strikes += seen;
    sum->outside += outside;
    sum->within += seen - outside;
    sum->expiries += seen > 0;
    sum->whole += seen > 0 && outside == 0;
}

TEST(spx, parity_forwards_agree_within_half_a_point)
{
    NEED_SPX();
    struct spx spx;
    spx_open(&spx);
    struct parity sum = { 0 };
    for (size_t i = 0; i < spx.day_count; i++) {
        struct chain_day day;
        const struct parity before = sum;
        spx_load(&spx, &day, spx.days[i].day);
        for (uint32_t s = 0; s < spx.book.slice_count; s++) {
            struct slice *slice = &spx.book.slices[s];
            if (book_is_trading(&spx.book, slice) && book_forward(&spx.book, slice) &&
                slice->forward_implied)
                check_parity(&spx.book, slice, &sum);
        }
        /* One day's snapshot was taken while quotes moved: there calls and puts are of different
         * moments. */
        if (spx.days[i].day != 20190426)
            CHECK_EQ(sum.contradicted, before.contradicted);
        chain_day_close(&day);
    }
    print_message(
        "parity: %zu of %zu expiries whole; %zu of %zu strikes within half a point, %zu outside "
        "contradict their own quotes; worst of those quoted within 3 points %.2f\n",
        sum.whole, sum.expiries, sum.within, sum.strikes, sum.contradicted, sum.widest_tight);
    CHECK(sum.expiries > 41 * 40);
    CHECK((double)sum.within > 0.99 * (double)sum.strikes);
    CHECK((double)sum.whole > 0.94 * (double)sum.expiries);
    CHECK(sum.contradicted <= 20);
    CHECK(sum.widest_tight <= 1.0);
    spx_close(&spx);
}

TEST(spx, implied_vols_agree_with_the_vendors)
{
    NEED_SPX();
    static const int32_t dates[] = { 20190521, 20190612, 20190627 };
    struct spx spx;
    spx_open(&spx);
    FOR_EACH (date, dates) {
        struct chain_day day;
        spx_load(&spx, &day, *date);
        struct book *book = &spx.book;
        for (uint32_t s = 0; s < book->slice_count; s++)
            book_greeks(book, &book->slices[s]);
        size_t seen = 0, close = 0;
        for (uint32_t i = 0; i < day.rows.count; i++) {
            const struct contract *c = &day.contracts[day.rows.contract[i]];
            uint32_t row = book->row_of[day.rows.contract[i]];
            const struct slice *slice = &book->slices[book->slice_of[row]];
            double delta = fabs((double)day.rows.vendor_delta[i]),
                   vendor = (double)day.rows.vendor_iv[i];
            bool is_put = c->right == OPTION_PUT;
            bool is_out = is_put == (c->strike_mills / 1000.0 < slice->view.forward);
            if (slice->view.dte < 3 || slice->view.dte > 200 || !is_out ||
                !(delta >= 0.05 && delta <= 0.95) || !(vendor > 0))
                continue;
            seen++;
            close += fabs(book->iv[is_put][row] - vendor) <= 0.001;
        }
        print_message("vols: %d: %.2f %% of %zu within 0.1 vol points\n", *date,
                      100.0 * (double)close / (double)seen, seen);
        CHECK(seen > 2600);
        CHECK((double)close >= 0.90 * (double)seen);
        chain_day_close(&day);
    }
    spx_close(&spx);
}
