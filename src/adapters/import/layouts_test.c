/* Layouts without a real file at hand, and policy, on small files made here. */
#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "tests/testing.h"

#define MAPPING(name) IRONFLY_SOURCE_ROOT "/docs/examples/import-" name ".yaml"

struct run {
    const char *folder, *store;
    struct import_summary summary;
};

static enum err import_text(struct run *run, const char *format, const char *mapping,
                            const char *name, const char *text)
{
    if (!run->folder) {
        run->folder = testing_folder();
        run->store = testing_folder();
    }
    const char *path = testing_file(run->folder, name, text, strlen(text));
    struct import_options options = {
        .store = run->store, .format = format, .mapping = mapping, .paths = &path, .path_count = 1
    };
    return import_run(&options, &run->summary);
}

/* The stored day as text: a line for each quote, "hh:mm symbol bid ask sizes last volume". */
static void day_text(const struct run *run, const char *underlying, int32_t date, struct buf *out)
{
    struct store *store;
    struct chain_day day;
    CHECK_OK(store_open(&store, run->store));
    CHECK_OK(chain_day_open(&day, store, underlying, date, true));
    buf_clear(out);
    for (uint32_t s = 0; s < day.snapshot_count; s++)
        for (uint32_t i = 0; i < day.snapshots[s].row_count; i++) {
            uint32_t row = day.snapshots[s].row_first + i;
            int64_t nanos;
            char time[TIME_OF_DAY_TEXT_BYTES], name[OCC_SYMBOL_BYTES];
            char bid[MONEY_TEXT_BYTES] = "-", ask[MONEY_TEXT_BYTES] = "-";
            zone_from_ts(ZONE_NEW_YORK, day.snapshots[s].ts_ns, NULL, &nanos);
            time_of_day_format(time, nanos);
            struct occ_symbol symbol = occ_symbol_of(&day.contracts[day.rows.contract[row]]);
            occ_symbol_format(name, &symbol, OCC_COMPACT);
            if (day.rows.bid[row] != PRICE_NONE)
                money_format(bid, day.rows.bid[row], 2);
            if (day.rows.ask[row] != PRICE_NONE)
                money_format(ask, day.rows.ask[row], 2);
            buf_printf(out, "%s %s %s %s", time, name, bid, ask);
            if (day.rows.bid_size && day.rows.bid_size[row] != SIZE_NONE)
                buf_printf(out, " %ux%u", day.rows.bid_size[row], day.rows.ask_size[row]);
            buf_putc(out, '\n');
        }
    chain_day_close(&day);
    store_close(store);
}

#define OPTIONSDX_HEADER                                                                           \
    "[QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], [QUOTE_TIME_HOURS], [UNDERLYING_LAST], "    \
    "[EXPIRE_DATE], [EXPIRE_UNIX], [DTE], [C_DELTA], [C_GAMMA], [C_VEGA], [C_THETA], [C_RHO], "    \
    "[C_IV], [C_VOLUME], [C_LAST], [C_SIZE], [C_BID], [C_ASK], [STRIKE], [P_BID], [P_ASK], "       \
    "[P_SIZE], [P_LAST], [P_DELTA], [P_GAMMA], [P_VEGA], [P_THETA], [P_RHO], [P_IV], [P_VOLUME], " \
    "[STRIKE_DISTANCE], [STRIKE_DISTANCE_PCT]\r\n"

/* 1684785600 is 2023-05-22 20:00 UTC, 16:00 in New York. */
static const char optionsdx[] = OPTIONSDX_HEADER
    "1684785600, 2023-05-22 16:00, 2023-05-22, 16.000000, 4192.63, 2023-05-24, 1684958400, 2.00, "
    "0.52, 0.005, 1.1, -3.2, 0.1, 0.1234, 120.000000, 18.500000, 5 x 10, 18.10, 18.60, "
    "4190.000000, "
    "15.90, 16.30, 7 x 9, 16.000000, -0.48, 0.005, 1.1, -3.0, -0.1, 0.1250, , 2.600000, 0.001\r\n"
    "1684785600, 2023-05-22 16:00, 2023-05-22, 16.000000, 4192.63, 2023-06-16, 1686945600, 25.00, "
    ", , , , , , , , 0 x 0, 0.00, 0.00, 6000.000000, "
    "1800.10, 1810.40, 1 x 1, , -1.0, , , , , , 0.000000, 1807.4, 0.43\r\n";

TEST(import, optionsdx_rows_are_a_call_and_a_put)
{
    struct run run = { 0 };
    struct buf text = { 0 };
    CHECK_OK(import_text(&run, NULL, NULL, "spx_eod_202305.txt", optionsdx));
    CHECK_STR(run.summary.format, "optionsdx"); /* recognised */
    CHECK_EQ(run.summary.quotes, 4);
    CHECK_EQ(run.summary.found[FOUND_NO_QUOTE].count, 1);
    import_summary_clear(&run.summary);
    day_text(&run, "SPX", 20230522, &text);
    /* SPXW but on the third Friday, where the file cannot tell. */
    CHECK_STR(text.ptr, "16:00 SPXW230524C04190000 18.10 18.60 5x10\n"
                        "16:00 SPXW230524P04190000 15.90 16.30 7x9\n"
                        "16:00 SPX230616C06000000 - -\n"
                        "16:00 SPX230616P06000000 1800.10 1810.40 1x1\n");
    buf_free(&text);
}

#define CALCS_HEADER                                                                               \
    "underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,"         \
    "trade_volume,bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,"              \
    "underlying_ask_1545,implied_underlying_price_1545,active_underlying_price_1545,"              \
    "implied_volatility_1545,delta_1545,gamma_1545,theta_1545,vega_1545,rho_1545,bid_size_eod,"    \
    "bid_eod,ask_size_eod,ask_eod,underlying_bid_eod,underlying_ask_eod,vwap,open_interest,"       \
    "delivery_code\n"

TEST(import, datashop_calcs_stamps_what_expires_at_the_close)
{
    struct run run = { 0 };
    struct buf text = { 0 };
    CHECK_OK(import_text(
        &run, "datashop", NULL, "UnderlyingOptionsEODCalcs_2019-05-22.csv",
        CALCS_HEADER
        "^SPX,2019-05-22,SPXW,2019-05-22,2850.000,C,1,2,1,1.5,10,3,6.10,4,6.30,2856.1,2856.3,"
        "2856.2,2856.2,0.11,0.7,0,0,0,0,5,6.20,6,6.40,2856.27,2856.27,1.2,100,\n"
        "^SPX,2019-05-22,SPXW,2019-05-24,2850.000,P,0,0,0,0,0,3,9.10,4,9.30,2856.1,2856.3,"
        "2856.2,2856.2,0,0,0,0,0,0,5,9.20,6,9.40,2856.27,2856.27,0,0,\n"));
    import_summary_clear(&run.summary);
    day_text(&run, "SPX", 20190522, &text);
    CHECK_STR(text.ptr, "15:45 SPXW190522C02850000 6.10 6.30 3x4\n"
                        "15:45 SPXW190524P02850000 9.10 9.30 3x4\n"
                        "16:00 SPXW190522C02850000 6.20 6.40 5x6\n"
                        "16:15 SPXW190524P02850000 9.20 9.40 5x6\n");
    buf_free(&text);
}

TEST(import, datashop_intervals_are_stamped_as_they_say_also_on_half_days)
{
    struct run run = { 0 };
    struct buf text = { 0 };
    CHECK_OK(import_text(
        &run, "datashop", NULL, "UnderlyingOptionsIntervals_60sec_2019-11-29.csv",
        "underlying_symbol,quote_datetime,root,expiration,strike,option_type,open,high,low,close,"
        "trade_volume,bid_size,bid,ask_size,ask,underlying_bid,underlying_ask\n"
        "SPY,2019-11-29 09:31:00,SPY,2019-12-20,314.000,C,0,0,0,0,0,10,3.10,12,3.12,314.1,314.2\n"
        "SPY,2019-11-29 "
        "12:59:00,SPY,2019-12-20,314.000,C,0,0,0,0,0,10,3.20,12,3.22,314.2,314.3\n"));
    import_summary_clear(&run.summary);
    day_text(&run, "SPY", 20191129, &text);
    CHECK_STR(text.ptr, "09:31 SPY191220C00314000 3.10 3.12 10x12\n"
                        "12:59 SPY191220C00314000 3.20 3.22 10x12\n");
    buf_free(&text);
}

TEST(import, vendors_layouts_are_read_with_the_mappings_that_ship)
{
    static const struct {
        const char *mapping, *name, *text, *underlying;
        int32_t day;
        const char *stored;
    } cases[] = {
        /* 1752847200000000000 is 2025-07-18 10:00 in New York, the start of the bar */
        { MAPPING("polygon-minute"), "p.csv",
          "ticker,volume,open,close,high,low,window_start,transactions\n"
          "O:SPY250718C00110000,4,1.0,1.5,1.5,1.0,1752847200000000000,2\n",
          "SPY", 20250718, "10:01 SPY250718C00110000 - -\n" },
        { MAPPING("polygon-day"), "p.csv",
          "ticker,volume,open,close,high,low,window_start,transactions\n"
          "O:SPY250718C00110000,4,1.0,1.5,1.5,1.0,1752811200000000000,2\n",
          "SPY", 20250718, "16:00 SPY250718C00110000 - -\n" },
        { MAPPING("thetadata"), "t.csv",
          "symbol,expiration,strike,right,timestamp,bid_size,bid_exchange,bid,bid_condition,"
          "ask_size,ask_exchange,ask,ask_condition\n"
          "SPXW,2024-11-06,5800.000,PUT,2024-11-04T09:31:00.000,5,5,70.1,50,6,5,70.7,50\n",
          "SPX", 20241104, "09:31 SPXW241106P05800000 70.10 70.70 5x6\n" },
        { MAPPING("dolt"), "d.csv",
          "date,act_symbol,expiration,strike,call_put,bid,ask,vol,delta,gamma,theta,vega,rho\n"
          "2019-11-29,A,2019-12-20,75.00,Call,5.80,6.20,0.3,0.9,0.03,-0.03,0.03,0.03\n",
          "A", 20191129, "13:00 A191220C00075000 5.80 6.20\n" }, /* a half day */
    };
    FOR_EACH (c, cases) {
        struct run run = { 0 };
        struct buf text = { 0 };
        CHECK_OK(import_text(&run, "csv", c->mapping, c->name, c->text));
        import_summary_clear(&run.summary);
        day_text(&run, c->underlying, c->day, &text);
        CHECK_STR(text.ptr, c->stored);
        buf_free(&text);
    }
}

#define EOD_HEADER                                                                                 \
    "underlying,underlying_last,optionroot,type,expiration,quotedate,strike,last,bid,ask,volume,"  \
    "openinterest,impliedvol,delta\n"

TEST(import, odd_quotes_are_kept_as_given_and_counted)
{
    struct run run = { 0 };
    struct buf text = { 0 };
    CHECK_OK(import_text(
        &run, "csv", MAPPING("options-eod"), "x.csv",
        EOD_HEADER
        "SPY,300,SPY210129C00300000,call,2021-01-29,2021-01-04,300,1,2.00,1.90,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00301000,call,2021-01-29,2021-01-04,301,1,2.00,0,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00302000,call,2021-01-29,2021-01-04,302,1,0,0,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00303000,call,2021-01-29,2021-01-04,303,1,0,0.05,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00304000,call,2021-01-29,2021-01-04,304,1,-1,0.05,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00303000,call,2021-01-29,2021-01-04,303,1,0,0.05,1,1,0.2,0.5\n"
        "SPY,300,SPY201231C00303000,call,2020-12-31,2021-01-04,303,1,0,0.05,1,1,0.2,0.5\n"
        "SPY,300,SPY1210129C00303000,call,2021-01-29,2021-01-04,303,1,1,2,1,1,0.2,0.5\n"
        "SPY,300,SPY210129C00300000,call,2021-01-29,2021-01-04,300,1,2.00,1.91,1,1,0.2,0.5\n"));
    const struct import_found *found = run.summary.found;
    CHECK_EQ(run.summary.rows, 9);
    CHECK_EQ(run.summary.quotes, 4);
    CHECK_EQ(found[FOUND_CROSSED].count, 2);
    CHECK_HAS(found[FOUND_CROSSED].first, "x.csv:2 SPY210129C00300000");
    CHECK_EQ(found[FOUND_NO_ASK].count, 1);
    CHECK_EQ(found[FOUND_NO_QUOTE].count, 1);
    CHECK_EQ(found[FOUND_NEGATIVE].count, 1);
    CHECK_EQ(found[FOUND_EXPIRED].count, 1);
    CHECK_EQ(found[FOUND_DUPLICATE].count, 1);
    CHECK_EQ(found[FOUND_CONFLICT].count, 1);
    CHECK_EQ(found[FOUND_NOT_STANDARD].count, 1); /* SPY1: an adjusted deliverable */
    import_summary_clear(&run.summary);
    day_text(&run, "SPY", 20210104, &text);
    CHECK_STR(text.ptr, "16:00 SPY210129C00300000 2.00 1.91\n"
                        "16:00 SPY210129C00301000 2.00 -\n"
                        "16:00 SPY210129C00302000 - -\n"
                        "16:00 SPY210129C00303000 0.00 0.05\n");
    buf_free(&text);
}

/* A day of rows that differ from another day's in nothing but the date. */
static void add_day(struct buf *out, const char *date, int strikes, int cents)
{
    for (int i = 0; i < strikes; i++)
        buf_printf(out,
                   "SPY,300,SPY210129C00%d000,call,2021-01-29,%s,%d,1,%d.%02d,%d.50,1,1,0.2,0.5\n",
                   300 + i, date, 300 + i, i, cents, i + 1);
}

TEST(import, a_day_that_repeats_the_session_before_is_left_out)
{
    struct run run = { 0 };
    struct buf csv = { 0 };
    buf_puts(&csv, EOD_HEADER);
    add_day(&csv, "2021-01-05", 30, 10); /* out of order: days are judged at the end */
    add_day(&csv, "2021-01-04", 30, 10);
    add_day(&csv, "2021-01-06", 30, 11); /* one cent is a difference */
    add_day(&csv, "2021-01-18", 30, 11); /* Martin Luther King Day */
    CHECK_OK(import_text(&run, "csv", MAPPING("options-eod"), "x.csv", csv.ptr));
    CHECK_EQ(run.summary.found[FOUND_STALE_COPY].count, 30);
    CHECK_EQ(run.summary.found[FOUND_HOLIDAY].count, 30);
    CHECK_EQ(run.summary.days, 2);
    CHECK_EQ(run.summary.remark_count, 2);
    CHECK_HAS(run.summary.remarks[0], "SPY 2021-01-05: every row repeats 2021-01-04");
    CHECK_HAS(run.summary.remarks[1], "SPY 2021-01-18: no trading that day");
    import_summary_clear(&run.summary);
    buf_free(&csv);
}

TEST(import, a_copy_of_a_day_that_the_store_has_is_noticed_too)
{
    struct run run = { 0 };
    struct buf csv = { 0 };
    buf_puts(&csv, EOD_HEADER);
    add_day(&csv, "2021-01-04", 30, 10);
    CHECK_OK(import_text(&run, "csv", MAPPING("options-eod"), "x.csv", csv.ptr));
    import_summary_clear(&run.summary);
    buf_clear(&csv);
    buf_puts(&csv, EOD_HEADER);
    add_day(&csv, "2021-01-05", 30, 10);
    CHECK_OK(import_text(&run, "csv", MAPPING("options-eod"), "x.csv", csv.ptr));
    CHECK_EQ(run.summary.found[FOUND_STALE_COPY].count, 30);
    CHECK_EQ(run.summary.quotes, 0);
    import_summary_clear(&run.summary);
    buf_free(&csv);
}

TEST(import, the_same_import_twice_changes_nothing)
{
    struct run run = { 0 };
    CHECK_OK(import_text(&run, NULL, NULL, "spx_eod_202305.txt", optionsdx));
    CHECK_EQ(run.summary.files_added, 1);
    import_summary_clear(&run.summary);
    CHECK_OK(import_text(&run, NULL, NULL, "spx_eod_202305.txt", optionsdx));
    CHECK_EQ(run.summary.files_added, 0);
    CHECK_EQ(run.summary.files_unchanged, 1);
    import_summary_clear(&run.summary);
}

TEST(import, a_day_that_was_written_to_bound_memory_may_not_come_back)
{
    struct run run = { 0 };
    struct buf csv = { 0 };
    buf_puts(&csv, EOD_HEADER);
    int32_t day = 20180101, first = 0;
    char date[DATE_TEXT_BYTES];
    for (int i = 0; i < 750; i++, day = date_add(day, 1)) {
        date_format(date, day);
        if (date_weekday(day) == SATURDAY || date_weekday(day) == SUNDAY)
            continue;
        first = first ? first : day;
        add_day(&csv, date, 1, i % 100);
    }
    /* A day of ten weeks ago is still open, whatever closed days lie between. */
    char recent[DATE_TEXT_BYTES];
    date_format(recent, date_add(first, 742 - 70));
    add_day(&csv, recent, 1, 0);
    date_format(date, first);
    add_day(&csv, date, 1, 0);
    CHECK_EQ(import_text(&run, "csv", MAPPING("options-eod"), "x.csv", csv.ptr), ERR_FULL);
    CHECK_HAS(err_detail(), "sort the file by date, or split it by day");
    CHECK_HAS(err_detail(), "SPY of 2018-01-01 comes up again");
    import_summary_clear(&run.summary);
    buf_free(&csv);
}

/* ---- scheduled events ---- */

TEST(layouts, events_say_when_something_is_and_since_when_that_is_known)
{
    static const char text[] = "kind,symbol,date,time,known,withdrawn,amount\n"
                               "earnings,AAPL,2024-05-02,16:30,2024-04-04 09:00,,\n"
                               "earnings,AAPL,2024-05-01,,2024-03-20,2024-04-04 09:00,\n"
                               "dividend,AAPL,2024-05-10,,2024-05-02 16:30,,0.25\n"
                               "FOMC,,2024-06-12,,2023-07-10,,\n";
    struct run run = { 0 };
    struct store *store;
    struct arena arena;
    struct series series;
    arena_init(&arena, "test", 0);
    CHECK_OK(import_text(&run, NULL, NULL, "events.csv", text));
    CHECK_STR(run.summary.format, "events");
    CHECK_EQ(run.summary.series_rows, 4);
    CHECK_OK(store_open(&store, run.store));
    CHECK_OK(store_check(store, NULL, NULL, NULL));
    CHECK_OK(series_read(&series, store, &arena, "AAPL", SERIES_EARNINGS));
    CHECK_EQ(series.count, 2);
    CHECK_EQ(series.rows[0].date, 20240501);
    CHECK_EQ(series.rows[0].happens_s * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240501, TIME_OF_DAY(16, 0)));
    CHECK_EQ(series.rows[0].withdrawn_s * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240404, TIME_OF_DAY(9, 0)));
    CHECK_EQ((series.rows[0].known_s + 1) * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240321, 0)); /* its end */
    CHECK_EQ(series.rows[1].happens_s * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240502, TIME_OF_DAY(16, 30)));
    CHECK_EQ(series.rows[1].withdrawn_s, 0);
    CHECK_EQ(series.rows[1].value, PRICE_NONE);
    CHECK_OK(series_read(&series, store, &arena, "AAPL", SERIES_DIVIDENDS));
    CHECK_EQ(series.rows[0].value, 250000);
    CHECK_EQ(series.rows[0].known_s * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240502, TIME_OF_DAY(16, 30)));
    CHECK_OK(series_read(&series, store, &arena, "USD", SERIES_FOMC));
    CHECK_EQ(series.rows[0].happens_s * NANOS_PER_SECOND,
             zone_to_ts(ZONE_NEW_YORK, 20240612, TIME_OF_DAY(14, 0)));
    store_close(store);
    import_summary_clear(&run.summary);
    arena_clear(&arena);
}

TEST(layouts, events_that_nobody_could_have_known_are_refused)
{
    static const struct {
        const char *row, *why;
    } cases[] = {
        { "earnings,AAPL,2024-05-02,16:30,,,", "when did the date become known?" },
        { "earnings,AAPL,2024-05-02,16:30,2024-05-03,,", "later than the event" },
        { "earnings,AAPL,2024-05-02,16:30,2024-04-04,2024-04-01,", "before the date was known" },
        { "earnings,,2024-05-02,16:30,2024-04-04,,", "no symbol" },
        { "split,AAPL,2024-05-02,,2024-04-04,,", "\"split\" is none of earnings" },
        { "fomc,,2024-13-02,,2024-04-04,,", "not a date" },
        { "fomc,,2024-06-12,25:00,2024-04-04,,", "not a time of day" },
        { "fomc,,2024-06-12,,soon,,", "not a day or moment" },
        { "dividend,AAPL,2024-05-10,,2024-05-02,,0", "not an amount" },
    };
    FOR_EACH (c, cases) {
        struct run run = { 0 };
        char text[256];
        snprintf(text, sizeof text, "kind,symbol,date,time,known,withdrawn,amount\n%s\n", c->row);
        CHECK_EQ(import_text(&run, "events", NULL, "events.csv", text), ERR_PARSE);
        CHECK_HAS(err_detail(), "events.csv:2");
        CHECK_HAS(err_detail(), c->why);
        import_summary_clear(&run.summary);
    }
}
