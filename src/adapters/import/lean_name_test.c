#include "adapters/import/lean_name.h"

#include "tests/testing.h"

TEST(lean_name, knows_the_files_of_a_data_folder)
{
    static const struct {
        const char *path;
        enum lean_kind kind;
        enum lean_security security;
        enum lean_resolution resolution;
        enum lean_tick tick;
        char style;
        int32_t day, year;
        const char *symbol;
    } cases[] = {
        { "option/usa/minute/goog/20151224_quote_american.zip", LEAN_FILE_BARS, LEAN_OPTION,
          LEAN_MINUTE, LEAN_QUOTE, 'A', 20151224, 0, "goog" },
        { "indexoption/usa/minute/spxw/20210104_openinterest_european.zip.zip", LEAN_FILE_BARS,
          LEAN_INDEX_OPTION, LEAN_MINUTE, LEAN_OPEN_INTEREST, 'E', 20210104, 0, "spxw" },
        { "option/usa/daily/aapl_2014_trade_american.zip", LEAN_FILE_BARS, LEAN_OPTION, LEAN_DAILY,
          LEAN_TRADE, 'A', 0, 2014, "aapl" },
        { "equity/usa/minute/tap.a/20130702_trade.zip", LEAN_FILE_BARS, LEAN_EQUITY, LEAN_MINUTE,
          LEAN_TRADE, 0, 20130702, 0, "tap.a" },
        { "index/usa/hour/spx.zip", LEAN_FILE_BARS, LEAN_INDEX, LEAN_HOUR, LEAN_TRADE, 0, 0, 0,
          "spx" },
        { "option/usa/universes/aapl/20140602.csv", LEAN_FILE_UNIVERSE, LEAN_OPTION, LEAN_MINUTE,
          LEAN_TRADE, 0, 20140602, 0, "aapl" },
        { "equity/usa/factor_files/twx.1.csv", LEAN_FILE_FACTORS, LEAN_EQUITY, LEAN_MINUTE,
          LEAN_TRADE, 0, 0, 0, "twx.1" },
        { "futureoption/cme/minute/es/202003/20200105_quote_american.zip", LEAN_FILE_FUTURES,
          LEAN_FUTURE_OPTION, LEAN_MINUTE, LEAN_TRADE, 0, 0, 0, "" },
        { "equity/usa/universes/etf/spy/20201130.csv", LEAN_FILE_OTHER, LEAN_EQUITY, LEAN_MINUTE,
          LEAN_TRADE, 0, 0, 0, "" },
        { "README.md", LEAN_FILE_OTHER, LEAN_EQUITY, LEAN_MINUTE, LEAN_TRADE, 0, 0, 0, "" },
    };
    FOR_EACH (c, cases) {
        struct lean_path path;
        CHECK_OK(lean_path_parse(&path, str_from(c->path)));
        CHECK_EQ(path.kind, c->kind);
        CHECK_EQ(path.security, c->security);
        CHECK_EQ(path.resolution, c->resolution);
        CHECK_EQ(path.tick, c->tick);
        CHECK_EQ(path.style, c->style);
        CHECK_EQ(path.day, c->day);
        CHECK_EQ(path.year, c->year);
        CHECK_STR(path.symbol, c->symbol);
    }
}

TEST(lean_name, refuses_a_name_it_cannot_read_in_a_folder_it_knows)
{
    static const struct {
        const char *path, *why;
    } cases[] = {
        { "option/usa/minute/goog/2015122_quote_american.zip", "date YYYYMMDD" },
        { "option/usa/minute/goog/20151224_quotes_american.zip", "trade, quote or openinterest" },
        { "option/usa/minute/goog/20151224_quote.zip", "american or european" },
        { "option/usa/daily/goog_15_quote_american.zip", "year" },
        { "equity/usa/daily/spy_2.zip", "more parts" },
        { "option/usa/universes/goog/monday.csv", "YYYYMMDD.csv" },
    };
    FOR_EACH (c, cases) {
        struct lean_path path = { .day = 77 };
        CHECK_EQ(lean_path_parse(&path, str_from(c->path)), ERR_PARSE);
        CHECK_HAS(err_detail(), c->why);
        CHECK_HAS(err_detail(), c->path);
        CHECK_EQ(path.day, 77);
    }
}

TEST(lean_name, reads_an_entry_and_writes_it_again)
{
    static const char *const names[] = {
        "20210104_spxw_minute_quote_european_call_37000000_20210104.csv",
        "goog_openinterest_american_put_7200000_20180119.csv",
    };
    struct lean_entry_name entry;
    CHECK_OK(lean_entry_parse(&entry, str_from(names[0])));
    CHECK_EQ(entry.day, 20210104);
    CHECK_STR(entry.symbol, "spxw");
    CHECK_EQ(entry.tick, LEAN_QUOTE);
    CHECK_EQ(entry.style, STYLE_EUROPEAN);
    CHECK_EQ(entry.right, OPTION_CALL);
    CHECK_EQ(entry.strike_e4, 37000000);
    CHECK_EQ(entry.expiry, 20210104);
    FOR_EACH (name, names) {
        struct buf text = { 0 };
        CHECK_OK(lean_entry_parse(&entry, str_from(*name)));
        lean_entry_format(&text, &entry);
        CHECK_STR(text.ptr, *name);
        buf_free(&text);
    }
}

TEST(lean_name, says_which_part_of_an_entry_is_wrong)
{
    static const struct {
        const char *name, *why;
    } cases[] = {
        { "20151224_goog_minute_quote_american_call_7450000_20160115.txt", ".csv" },
        { "20151224_GOOG_minute_quote_american_call_7450000_20160115.csv", "ticker" },
        { "20151224_goog_second_quote_american_call_7450000_20160115.csv", "minute" },
        { "20151224_goog_minute_quote_asian_call_7450000_20160115.csv", "american or european" },
        { "20151224_goog_minute_quote_american_callput_7450000_20160115.csv", "call or put" },
        { "20151224_goog_minute_quote_american_call_0_20160115.csv", "strike" },
        { "20151224_goog_minute_quote_american_call_-7450000_20160115.csv", "strike" },
        { "20151224_goog_minute_quote_american_call_7450000_20160230.csv", "expiry" },
        { "20151224_goog_minute_quote_american_call_7450000_20160115_x.csv", "more parts" },
        { ".csv", ".csv" },
    };
    FOR_EACH (c, cases) {
        struct lean_entry_name entry = { .day = 77 };
        CHECK_EQ(lean_entry_parse(&entry, str_from(c->name)), ERR_PARSE);
        CHECK_HAS(err_detail(), c->why);
        CHECK_EQ(entry.day, 77);
    }
}
