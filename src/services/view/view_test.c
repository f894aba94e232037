#include <stdlib.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"
#include "services/view/view.h"
#include "tests/testing.h"

enum { DAY = 20240617, NEXT = 20240618 };

static const double SPOT = 5400.0, RATE = 0.05;

/* A smile that SVI can hold: vol by moneyness. */
static double smile(double k, double years)
{
    return 0.16 - 0.25 * k / sqrt(1 + 4 * years) + 0.6 * k * k;
}

static const char *const roots[] = { "SPXW", "SPX", "SPXW", "SPX" };
static const int32_t expiries[] = { 20240621, 20240719, 20240719, 20240920 };

static double forward(double years)
{
    return SPOT * exp((RATE - 0.013) * years);
}

static int64_t instant(int32_t day, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, day, TIME_OF_DAY(hour, minute));
}

/* Every strike of an expiry, around prices of that smile. shift: added to the vols. */
static void write_expiry(struct day_writer *w, int e, int64_t ts, double shift)
{
    for (int32_t strike = 4600; strike <= 6000; strike += 25)
        for (int right = 0; right < 2; right++) {
            struct occ_symbol symbol = { .expiry = expiries[e],
                                         .right = right ? OPTION_PUT : OPTION_CALL,
                                         .strike_mills = strike * 1000 };
            snprintf(symbol.root, sizeof symbol.root, "%s", roots[e]);
            struct contract c;
            int64_t settles;
            CHECK_OK(product_contract(&c, &symbol));
            CHECK_OK(contract_settle_ts(&c, calendar_us(), &settles));
            double years = (double)(settles - ts) / (365.0 * 86400e9), k = strike;
            double vol = smile(log(k / forward(years)), years) + shift, price;
            int8_t sign = right ? -1 : 1;
            struct black76_expiry terms = { .forward = forward(years),
                                            .discount = exp(-RATE * years),
                                            .years = years };
            struct pricing_greeks out = { .price = &price };
            CHECK_EQ(black76_chain(&terms, 1, &k, &sign, &vol, &out), 0);
            struct quote q = QUOTE_EMPTY;
            q.bid = money_floor(money_from_dollars(price), 10000);
            q.ask = q.bid + 20000;
            q.volume = 10;
            q.open_interest = 100;
            day_writer_quote(w, ts, day_writer_contract(w, &c), &q);
        }
}

/* Two snapshots a day; in the second only the first expiry has changed. */
static void make_day(struct store *store, int32_t day)
{
    struct day_writer *w;
    CHECK_OK(day_writer_open(&w, store, "SPX", day, "made up"));
    int64_t ten = instant(day, 10, 0), eleven = instant(day, 11, 0);
    for (int e = 0; e < 4; e++)
        write_expiry(w, e, ten, 0.0);
    day_writer_underlying(w, ten, money_from_dollars(SPOT), PRICE_NONE, PRICE_NONE, 0);
    write_expiry(w, 0, eleven, 0.02);
    day_writer_underlying(w, eleven, money_from_dollars(SPOT), PRICE_NONE, PRICE_NONE, 0);
    CHECK_OK(day_writer_finish(w, NULL));
}

static struct store *make_store(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s", testing_folder());
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    make_day(store, DAY);
    make_day(store, NEXT);
    struct series_row rate = { .date = DAY,
                               .value = 50000000,
                               .open = PRICE_NONE,
                               .high = PRICE_NONE,
                               .low = PRICE_NONE,
                               .close = PRICE_NONE,
                               .volume = -1 };
    CHECK_OK(series_write(store, "USD", SERIES_RATES, &rate, 1));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    return store;
}

static const struct view_strike *strike_of(const struct view_expiry *e, int32_t dollars)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->strikes[i].strike_mills == dollars * 1000)
            return &e->strikes[i];
    return NULL;
}

TEST(view, shows_the_vols_that_prices_were_made_of)
{
    struct store *store = make_store();
    struct arena arena;
    struct view view;
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "SPX", instant(DAY, 10, 30)));
    CHECK_EQ(view.day, DAY);
    CHECK_EQ(view.ts_ns, instant(DAY, 10, 0));
    CHECK_EQ(view.count, 4);
    CHECK_NEAR(view.rate, 0.05, 1e-12);
    for (size_t i = 0; i < view.count; i++) {
        const struct view_expiry *e = &view.expiries[i];
        CHECK_NEAR(e->forward, forward(e->years), 0.05);
        CHECK(e->is_forward_implied);
        CHECK_NEAR(e->atm_vol, smile(0, e->years), 0.001);
        CHECK_EQ(e->volume, e->count * 20);
        CHECK_EQ(e->open_interest, e->count * 200);
        const struct view_strike *s = strike_of(e, 5300);
        double k = log(5300 / e->forward);
        CHECK_NEAR(s->put.iv, smile(k, e->years), 0.001);
        CHECK(s->put.iv_bid < s->put.iv && s->put.iv < s->put.iv_ask);
        CHECK(s->put.delta < 0 && s->put.delta > -0.5 && s->call.delta > 0.5);
        CHECK(s->put.gamma > 0 && s->put.vega > 0 && s->put.theta < 0);
        CHECK(e->skew > 0);
    }
    /* The morning's settlement comes first on a day with both. */
    CHECK_EQ(view.expiries[1].settle, SETTLE_AM);
    CHECK_EQ(view.expiries[2].settle, SETTLE_PM);
    CHECK(view.expiries[1].years < view.expiries[2].years);
    arena_clear(&arena);
    store_close(store);
}

TEST(view, a_moment_shows_what_was_known_then_and_nothing_later)
{
    struct store *store = make_store();
    struct arena arena;
    struct view ten, eleven, next, last;
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&ten, &arena, store, "SPX", instant(DAY, 10, 0)));
    CHECK_OK(view_load(&eleven, &arena, store, "SPX", instant(DAY, 16, 0)));
    CHECK_EQ(eleven.ts_ns, instant(DAY, 11, 0));
    /* The first expiry has new quotes, the others stand. */
    CHECK_NEAR(eleven.expiries[0].atm_vol - ten.expiries[0].atm_vol, 0.02, 0.001);
    CHECK_EQ(strike_of(&eleven.expiries[0], 5400)->call.quoted_ts, instant(DAY, 11, 0));
    CHECK_EQ(strike_of(&eleven.expiries[3], 5400)->call.quoted_ts, instant(DAY, 10, 0));
    CHECK_EQ(strike_of(&eleven.expiries[3], 5400)->call.quote.bid,
             strike_of(&ten.expiries[3], 5400)->call.quote.bid);
    /* Before a day's first snapshot it is still the day before. */
    CHECK_OK(view_load(&next, &arena, store, "SPX", instant(NEXT, 9, 45)));
    CHECK_EQ(next.ts_ns, instant(DAY, 11, 0));
    CHECK_OK(view_load(&last, &arena, store, "SPX", TS_NONE));
    CHECK_EQ(last.ts_ns, instant(NEXT, 11, 0));
    CHECK_EQ(view_load(&last, &arena, store, "SPX", instant(DAY, 9, 0)), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "so early");
    CHECK_EQ(view_load(&last, &arena, store, "NDX", TS_NONE), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "\"NDX\"; it has SPX");
    arena_clear(&arena);
    store_close(store);
}

TEST(view, moments_are_read_as_people_write_them)
{
    int64_t ts;
    CHECK_OK(view_when_parse("2024-06-17", &ts));
    CHECK(ts > instant(DAY, 16, 15) && ts < instant(NEXT, 0, 0));
    CHECK_OK(view_when_parse("2024-06-17T15:45", &ts));
    CHECK_EQ(ts, instant(DAY, 15, 45));
    CHECK_OK(view_when_parse("2024-06-17 09:31:30", &ts));
    CHECK_EQ(ts, instant(DAY, 9, 31) + 30 * NANOS_PER_SECOND);
    static const char *const bad[] = { "", "yesterday", "2024-06-31", "15:45" };
    FOR_EACH (text, bad)
        CHECK_EQ(view_when_parse(*text, &ts), ERR_PARSE);
}

TEST(view, the_surface_is_the_smile_and_free_of_arbitrage)
{
    struct store *store = make_store();
    struct arena arena;
    struct view view;
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "SPX", instant(DAY, 10, 0)));
    struct view_fit *fit = view_surface(&view, &arena);
    CHECK_EQ(fit->status, PRICING_OK);
    CHECK_EQ(fit->count, 4);
    size_t slice;
    double k, w;
    CHECK_EQ(surface_check(&fit->surface, &slice, &k), PRICING_OK);
    for (size_t i = 0; i < fit->count; i++) {
        k = -0.03;
        CHECK_EQ(surface_total_variance(&fit->surface, fit->expiry[i]->years, 1, &k, &w, NULL), 0);
        CHECK_NEAR(sqrt(w / fit->expiry[i]->years), smile(k, fit->expiry[i]->years), 0.002);
    }
    arena_clear(&arena);
    store_close(store);
}

/* ---- American -------------------------------------------------------------------------------- */

TEST(view, american_options_show_the_vol_of_american_prices)
{
    char path[512];
    snprintf(path, sizeof path, "%s", testing_folder());
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(store_begin(store));
    struct day_writer *w;
    CHECK_OK(day_writer_open(&w, store, "IWM", DAY, "made up"));
    int64_t ts = instant(DAY, 12, 0);
    struct american_expiry terms = { .spot = 200, .rate = 0.05, .yield = 0.012 };
    for (int32_t strike = 150; strike <= 250; strike += 2)
        for (int right = 0; right < 2; right++) {
            struct occ_symbol symbol = { .root = "IWM",
                                         .expiry = 20241220,
                                         .right = right ? OPTION_PUT : OPTION_CALL,
                                         .strike_mills = strike * 1000 };
            struct contract c;
            int64_t settles;
            CHECK_OK(product_contract(&c, &symbol));
            CHECK_EQ(c.style, STYLE_AMERICAN);
            CHECK_OK(contract_settle_ts(&c, calendar_us(), &settles));
            terms.years = (double)(settles - ts) / (365.0 * 86400e9);
            double k = strike, vol = 0.22, price;
            int8_t sign = right ? -1 : 1;
            struct pricing_greeks out = { .price = &price };
            CHECK_EQ(american_chain(&terms, 1, &k, &sign, &vol, &out), 0);
            struct quote q = QUOTE_EMPTY;
            q.bid = money_floor(money_from_dollars(price), 10000);
            q.ask = q.bid + 10000;
            day_writer_quote(w, ts, day_writer_contract(w, &c), &q);
        }
    day_writer_underlying(w, ts, money_from_dollars(200), PRICE_NONE, PRICE_NONE, 0);
    CHECK_OK(day_writer_finish(w, NULL));
    struct series_row rate = { .date = DAY,
                               .value = 50000000,
                               .open = PRICE_NONE,
                               .high = PRICE_NONE,
                               .low = PRICE_NONE,
                               .close = PRICE_NONE,
                               .volume = -1 };
    CHECK_OK(series_write(store, "USD", SERIES_RATES, &rate, 1));
    CHECK_OK(store_commit(store, NULL, NULL, NULL));
    struct arena arena;
    struct view view;
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "IWM", TS_NONE));
    const struct view_expiry *e = view_front(&view);
    CHECK(e && e->date == 20241220);
    CHECK_NEAR(e->forward, 200 * exp((0.05 - 0.012) * e->years), 0.05);
    /* A put in the money carries an early-exercise premium: its European vol would be higher. */
    CHECK_NEAR(strike_of(e, 220)->put.iv, 0.22, 0.002);
    CHECK_NEAR(strike_of(e, 180)->put.iv, 0.22, 0.002);
    CHECK_NEAR(strike_of(e, 200)->call.iv, 0.22, 0.001);
    arena_clear(&arena);
    store_close(store);
}

/* ---- shown ----------------------------------------------------------------------------------- */

static char *printed(const struct view *view, const struct view_show *show)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    CHECK(file != NULL);
    CHECK_OK(view_terminal_chain(file, view, show));
    fclose(file);
    return text;
}

TEST(view, the_terminal_shows_the_strikes_around_the_forward)
{
    struct store *store = make_store();
    struct arena arena;
    struct view view;
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "SPX", instant(DAY, 10, 0)));
    char *text = printed(&view, &(struct view_show){ .strikes = 5 });
    CHECK_HAS(text, "SPX  5400.00   2024-06-17 10:00 New York");
    CHECK_HAS(text, "> 2024-06-21  SPXW");
    CHECK_HAS(text, ">     5400<");
    CHECK(!strstr(text, " 5300 "));
    CHECK_HAS(text, "5 of 57 strikes");
    free(text);
    text = printed(&view, &(struct view_show){ .expiry = 20240920 });
    CHECK_HAS(text, " 4600 ");
    CHECK_HAS(text, "settles at the opening");
    free(text);
    CHECK_EQ(view_terminal_chain(stdout, &view, &(struct view_show){ .expiry = 20240624 }),
             ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "no expiry 2024-06-24; it has 2024-06-21, 2024-07-19, 2024-09-20");
    arena_clear(&arena);
    store_close(store);
}

TEST(view, json_holds_every_strike_and_no_number_for_what_is_unknown)
{
    struct store *store = make_store();
    struct arena arena;
    struct view view;
    struct buf out = { 0 };
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "SPX", instant(DAY, 10, 0)));
    CHECK_OK(view_json_chain(&out, &view, &(struct view_show){ .expiry = 20240719 }));
    CHECK_HAS(out.ptr,
              "{\"underlying\":\"SPX\",\"day\":\"2024-06-17\",\"at\":\"2024-06-17T14:00:00Z\"");
    CHECK_HAS(out.ptr, "\"level\":5400,\"level_bid\":null");
    CHECK_HAS(out.ptr, "\"last\":null");
    CHECK(!strstr(out.ptr, "2024-09-20"));
    CHECK(!strstr(out.ptr, "nan"));
    size_t strikes = 0;
    for (const char *at = out.ptr; (at = strstr(at, "\"strike\":")) != NULL; at++)
        strikes++;
    CHECK_EQ(strikes, 2 * 57); /* of both roots */
    out.len = 0;
    view_json_surface(&out, &view, view_surface(&view, &arena));
    CHECK_HAS(out.ptr, "\"status\":\"ok\",\"free_of_arbitrage\":true");
    CHECK_HAS(out.ptr, "\"call_delta\":0.9,\"vol\":0.");
    buf_free(&out);
    arena_clear(&arena);
    store_close(store);
}

TEST(view, the_page_holds_three_plots_and_the_chain_and_fetches_nothing)
{
    struct store *store = make_store();
    struct arena arena;
    struct view view;
    struct buf out = { 0 };
    arena_init(&arena, "test", 0);
    CHECK_OK(view_load(&view, &arena, store, "SPX", instant(DAY, 10, 0)));
    CHECK_OK(
        view_html(&out, &view, view_surface(&view, &arena), &(struct view_show){ .strikes = 9 }));
    static const char *const parts[] = {
        "id=\"smile\"", "id=\"term\"", "id=\"surface\"", "id=\"chain\"", "<polygon class=\"mesh\"",
        "</html>"
    };
    FOR_EACH (part, parts)
        CHECK_HAS(out.ptr, *part);
    CHECK(!strstr(out.ptr, "http:") && !strstr(out.ptr, "https:") && !strstr(out.ptr, "nan"));
    size_t rows = 0;
    for (const char *at = strstr(out.ptr, "id=\"chain\""); (at = strstr(at, "<td class=\"k\">"));
         at++)
        rows++;
    CHECK_EQ(rows, 9);
    buf_free(&out);
    arena_clear(&arena);
    store_close(store);
}
