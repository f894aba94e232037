#include "adapters/import/lean_row.h"

#include "adapters/import/lean_zip.h"
#include "base/mem.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "tests/testing.h"

static struct lean_rows start(enum lean_tick tick, enum lean_resolution resolution,
                              enum lean_security security, const char *text)
{
    struct lean_path path = {
        .security = security, .resolution = resolution, .tick = tick, .day = 20151224
    };
    struct lean_rows rows;
    lean_rows_init(&rows, "x.zip", STR("y.csv"), str_from(text), &path);
    return rows;
}

TEST(lean_row, a_quote_without_bid_has_no_bid)
{
    struct lean_rows rows =
        start(LEAN_QUOTE, LEAN_MINUTE, LEAN_OPTION, "34200000,,,,,0,21500,21500,5000,5000,19");
    struct lean_bar bar;
    bool more;
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK(more);
    CHECK_EQ(bar.day, 20151224);
    CHECK_EQ(bar.start, TIME_OF_DAY(9, 30));
    CHECK(bar.bid.close == PRICE_NONE);
    CHECK_EQ(bar.ask.open, 2150000);
    CHECK_EQ(bar.ask.close, 500000);
    CHECK_EQ(bar.ask.size, 19);
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK(!more);
}

TEST(lean_row, reads_hours_days_decimals_and_crlf)
{
    struct lean_bar bar;
    bool more;
    struct lean_rows rows =
        start(LEAN_TRADE, LEAN_HOUR, LEAN_OPTION, "20151223 10:00,100,250,50,200,7\r\n\n");
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK_EQ(bar.day, 20151223);
    CHECK_EQ(bar.start, TIME_OF_DAY(10, 0));
    CHECK_EQ(bar.trade.close, 20000);
    CHECK_EQ(bar.volume, 7);
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK(!more);

    rows =
        start(LEAN_TRADE, LEAN_MINUTE, LEAN_INDEX, "30600000,3764.61,3769.99,3764.61,3766.63,59");
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK_EQ(bar.trade.high, 3769990000);

    rows = start(LEAN_TRADE, LEAN_MINUTE, LEAN_INDEX,
                 "30600000,3764.6100000001,3764.61,3764.61,3764.61,59");
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK_EQ(bar.trade.open, 3764610000);
    CHECK_EQ(rows.rounded, 1);

    rows = start(LEAN_OPEN_INTEREST, LEAN_MINUTE, LEAN_OPTION, "23460000,9325");
    CHECK_OK(lean_rows_next(&rows, &bar, &more));
    CHECK_EQ(bar.volume, 9325);
}

TEST(lean_row, names_file_entry_row_and_column_of_what_is_wrong)
{
    static const struct {
        enum lean_tick tick;
        enum lean_resolution resolution;
        const char *text, *why;
    } cases[] = {
        { LEAN_QUOTE, LEAN_MINUTE, "34200000,1,1,1,1,1,2,2,2,2,1\n34260000,1,1,1,x,1,2,2,2,2,1",
          "x.zip: y.csv: row 2: column 5 (bid close): \"x\" is not a price" },
        { LEAN_QUOTE, LEAN_MINUTE, "34200000,1,1,1,,1,2,2,2,2,1",
          "column 5 (bid close): \"\" is not a price" },
        { LEAN_QUOTE, LEAN_MINUTE, "34200000,1,1,1,1,1,2,2,2,-2,1", "column 10 (ask close)" },
        { LEAN_QUOTE, LEAN_MINUTE, "34200000,1,1,1,1,4294967295,2,2,2,2,1",
          "column 6 (last bid size)" },
        { LEAN_TRADE, LEAN_MINUTE, "34200000,1,1,1,1", "has 5 columns instead of 6" },
        { LEAN_TRADE, LEAN_MINUTE, "34200000,,,,,1", "column 2 (open)" },
        { LEAN_TRADE, LEAN_MINUTE, "86400000,1,1,1,1,1", "column 1 (time)" },
        { LEAN_TRADE, LEAN_MINUTE, "34200001,1,1,1,1,1", "column 1 (time)" },
        { LEAN_TRADE, LEAN_MINUTE, "34260000,1,1,1,1,1\n34200000,1,1,1,1,1",
          "is before the row above" },
        { LEAN_TRADE, LEAN_DAILY, "34200000,1,1,1,1,1", "is not YYYYMMDD HH:MM" },
        { LEAN_TRADE, LEAN_DAILY, "20151301 00:00,1,1,1,1,1", "is not YYYYMMDD HH:MM" },
        { LEAN_TRADE, LEAN_MINUTE, "34200000,1,1,1,99999999999999999999,1", "column 5 (close)" },
        { LEAN_TRADE, LEAN_MINUTE, "34200000,1,1,1,nan,1", "column 5 (close)" },
    };
    FOR_EACH (c, cases) {
        struct lean_rows rows = start(c->tick, c->resolution, LEAN_OPTION, c->text);
        struct lean_bar bar;
        bool more = true;
        enum err err = ERR_OK;
        while (!err && more)
            err = lean_rows_next(&rows, &bar, &more);
        CHECK_EQ(err, ERR_PARSE);
        CHECK_HAS(err_detail(), "x.zip: y.csv: row ");
        CHECK_HAS(err_detail(), c->why);
    }
}

TEST(lean_row, reads_a_universe_and_leaves_out_what_was_not_computed)
{
    struct lean_rows rows;
    struct lean_universe_row row;
    bool more;
    CHECK_OK(lean_universe_init(
        &rows, "u.csv",
        STR("#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,"
            "delta,gamma,"
            "vega,theta,rho\n,,,749.55,749.99,748.54,748.54,11492,,,,,,,\n"
            "20151224,590,C,159.8,164.4,154.45,160.05,0,,0,0,0,0,0,0\n"
            "20160115,100,P,13.25,13.5,11.4,11.475,830,86941,0.3581438,-0.25,0,0,0,0\n")));
    CHECK_OK(lean_universe_next(&rows, &row, &more));
    CHECK(row.is_underlying);
    CHECK_EQ(row.close, 748540000);
    CHECK_OK(lean_universe_next(&rows, &row, &more));
    CHECK_EQ(row.expiry, 20151224);
    CHECK_EQ(row.open_interest, -1);
    CHECK(isnan(row.iv));
    CHECK(isnan(row.delta));
    CHECK_OK(lean_universe_next(&rows, &row, &more));
    CHECK_EQ(row.right, 'P');
    CHECK_EQ(row.strike_micros, 100000000);
    CHECK_EQ(row.open_interest, 86941);
    CHECK_NEAR(row.iv, 0.3581438, 1e-12);
    CHECK_OK(lean_universe_next(&rows, &row, &more));
    CHECK(!more);
    CHECK_EQ(lean_universe_init(&rows, "u.csv", STR("expiry,strike\n")), ERR_PARSE);
    CHECK_HAS(err_detail(), "u.csv: row 1: is not the header");
}

/* What a whole zip holds, as the format notes of the data count it. */
struct census {
    uint64_t contracts, rows, no_bid, no_ask, crossed;
    int64_t strike_low, strike_high, first, last;
    int32_t expiries[64];
    size_t expiry_count;
};

static void count_entry(struct census *census, const struct lean_entry *entry,
                        const struct lean_path *path)
{
    struct lean_entry_name name;
    struct lean_rows rows;
    struct lean_bar bar;
    bool more;
    CHECK_OK(lean_entry_parse(&name, entry->name));
    census->contracts++;
    if (!census->strike_low || name.strike_e4 < census->strike_low)
        census->strike_low = name.strike_e4;
    if (name.strike_e4 > census->strike_high)
        census->strike_high = name.strike_e4;
    size_t i = 0;
    while (i < census->expiry_count && census->expiries[i] != name.expiry)
        i++;
    if (i == census->expiry_count && i < ARRAY_COUNT(census->expiries))
        census->expiries[census->expiry_count++] = name.expiry;
    lean_rows_init(&rows, entry->file, entry->name, entry->text, path);
    for (;;) {
        CHECK_OK(lean_rows_next(&rows, &bar, &more));
        if (!more)
            break;
        census->rows++;
        census->no_bid += bar.bid.close == PRICE_NONE;
        census->no_ask += bar.ask.close == PRICE_NONE;
        census->crossed += bar.ask.close != PRICE_NONE && bar.bid.close > bar.ask.close;
        if (!census->first || bar.start < census->first)
            census->first = bar.start;
        if (bar.start > census->last)
            census->last = bar.start;
    }
}

static struct census count_zip(const char *below)
{
    char path[256];
    struct census census = { 0 };
    struct lean_path parsed;
    struct lean_zip *zip;
    snprintf(path, sizeof path, "data/lean/%s", below);
    CHECK_OK(lean_path_parse(&parsed, str_from(below)));
    CHECK_OK(lean_zip_open(&zip, testing_shared(path)));
    for (uint64_t i = 0; i < lean_zip_count(zip); i++) {
        struct lean_entry entry;
        CHECK_OK(lean_zip_read(zip, i, &entry));
        count_entry(&census, &entry, &parsed);
    }
    lean_zip_close(zip);
    return census;
}

TEST(lean_row, counts_the_goog_chain_of_christmas_eve_2015)
{
    NEED_SHARED("data/lean");
    struct census census = count_zip("option/usa/minute/goog/20151224_quote_american.zip");
    CHECK_EQ(census.contracts, 2192);
    CHECK_EQ(census.expiry_count, 12);
    CHECK_EQ(census.strike_low, 2900000);
    CHECK_EQ(census.strike_high, 11400000);
    CHECK_EQ(census.rows, 275552);
    CHECK_EQ(census.no_bid, 67766);
    CHECK_EQ(census.no_ask, 45541);
    CHECK_EQ(census.crossed, 0);
    CHECK_EQ(census.first, TIME_OF_DAY(9, 30));
    CHECK_EQ(census.last, TIME_OF_DAY(13, 0)); /* the bar after the early close */
}

TEST(lean_row, counts_the_other_files_of_the_format_notes)
{
    NEED_SHARED("data/lean");
    struct census spxw = count_zip("indexoption/usa/minute/spxw/20210104_quote_european.zip");
    CHECK_EQ(spxw.contracts, 12);
    CHECK_EQ(spxw.rows, 4565);
    struct census twice = count_zip("indexoption/usa/minute/spxw/20210104_trade_european.zip.zip");
    CHECK(twice.contracts > 0);
    struct census aapl = count_zip("option/usa/minute/aapl/20140606_trade_american.zip");
    CHECK_EQ(aapl.contracts, 1185);
    CHECK_EQ(aapl.rows, 22067);
    CHECK_EQ(aapl.last, TIME_OF_DAY(16, 22));
    struct census daily = count_zip("option/usa/daily/aapl_2015_quote_american.zip");
    CHECK_EQ(daily.contracts, 1);
    CHECK_EQ(daily.rows, 250);
}
