/* Broken files: each gets one line that says what is wrong and where, and leaves the store alone.
 */
#include <dirent.h>
#include <stdlib.h>

#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "tests/testing.h"

#define MAPPING(name) IRONFLY_SOURCE_ROOT "/docs/examples/import-" name ".yaml"

#define SPX                                                                                        \
    "underlying,underlying_last,exchange,optionroot,type,expiration,quotedate,strike,last,net,"    \
    "bid,ask,volume,openinterest,impliedvol,delta,gamma\n"
#define SPX_ROW                                                                                    \
    "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/25/2019,800.0,0.0,0.0,2109.9,2128.2," \
    "0,2,7.9432,0.9985,0.0\n"
#define HOD                                                                                        \
    "underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,"  \
    "last,bid,ask,volume,openinterest,impliedvol,delta,gamma,theta,vega,optionalias\r\n"
#define HOD_ROW                                                                                    \
    "VXX,28.95,W,VXX161202C00020000,,call,12/02/2016,12/01/2016,20,7.96,8.75,8.95,0,1,0.01,0,0,0," \
    "0,\r\n"
#define DATASHOP                                                                                   \
    "underlying_symbol,quote_datetime,root,expiration,strike,option_type,open,high,low,close,"     \
    "trade_volume,bid_size,bid,ask_size,ask,underlying_bid,underlying_ask\n"
#define DX                                                                                         \
    "[QUOTE_UNIXTIME], [QUOTE_DATE], [UNDERLYING_LAST], [EXPIRE_DATE], [EXPIRE_UNIX], "            \
    "[C_VOLUME], [C_LAST], [C_SIZE], [C_BID], [C_ASK], [STRIKE], [P_BID], [P_ASK], [P_SIZE], "     \
    "[P_LAST], [P_VOLUME]\n"
#define BARS "date,open,high,low,close,volume\n"

struct bad {
    const char *format, *mapping, *name;
    const char *text;
    size_t len;
    const char *why;
};
#define TEXT(literal) literal, sizeof(literal) - 1
#define BAD_SPX(text, why)                                                                         \
    {                                                                                              \
        "cboe-spx", NULL, "x.csv", TEXT(text), why                                                 \
    }
#define BAD_HOD(text, why)                                                                         \
    {                                                                                              \
        "hod", NULL, "x.csv", TEXT(text), why                                                      \
    }
#define BAD_SHOP(text, why)                                                                        \
    {                                                                                              \
        "datashop", NULL, "x.csv", TEXT(text), why                                                 \
    }
#define BAD_DX(text, why)                                                                          \
    {                                                                                              \
        "optionsdx", NULL, "spy_eod.txt", TEXT(text), why                                          \
    }
#define BAD_BARS(text, why)                                                                        \
    {                                                                                              \
        "csv", MAPPING("bars-daily"), "SPX_x.csv", TEXT(text), why                                 \
    }

static const struct bad bad_files[] = {
    BAD_SPX("", "x.csv: the file is empty"),
    BAD_SPX(SPX, "x.csv: has a header and no rows"),
    BAD_SPX(SPX SPX_ROW "SPX,2919.04,CBOE,SPXW1904", "x.csv:3: column \"type\" is missing"),
    BAD_SPX("\xff\xfeu\0n\0d\0e\0r\0", "UTF-16"),
    BAD_SPX(SPX "SPX,\xe9,", "x.csv:2: column \"underlying_last\": not UTF-8"),
    BAD_SPX(SPX "SPX,\0,CBOE\n", "x.csv:2: column \"underlying_last\": a NUL byte"),
    BAD_SPX(HOD HOD_ROW, "is no cboe-spx file: it looks like hod, try --format hod"),
    BAD_SPX("a,b,c\n1,2,3\n", "x.csv:1: column \"optionroot\" is missing from the header"),
    BAD_SPX("<html><body>Not found</body></html>", "x.csv:1: column"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW19042C0080000,call,04/26/2019,04/25/2019,800.0,0,0,1,2,0,2,7,"
                "0,0\n",
            "x.csv:2: column \"optionroot\": "),
    BAD_SPX(SPX SPX_ROW "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/31/2019,800.0,0,0,"
                        "1,2,0,2,7,0,0\n",
            "x.csv:3: column \"quotedate\": \"04/31/2019\" is not a date"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/25/2019,800.0,0,0,n/a,2,0,"
                "2,7,0,0\n",
            "x.csv:2: column \"bid\": \"n/a\" is not a price"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,put,04/26/2019,04/25/2019,800.0,0,0,1,2,0,2,7"
                ",0,0\n",
            "x.csv:2: column \"type\": \"put\" is not the right that the symbol says"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/25/2019,805.0,0,0,1,2,0,2,"
                "7,0,0\n",
            "x.csv:2: column \"strike\": \"805.0\" is not the strike that the symbol says"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/30/2019,04/25/2019,800.0,0,0,1,2,0,2,"
                "7,0,0\n",
            "x.csv:2: column \"expiration\": \"04/30/2019\" is not the expiry"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/25/2019,800.0,0,0,1,2,-5,2"
                ",7,0,0\n",
            "x.csv:2: column \"volume\": \"-5\" is not a number of contracts"),
    BAD_SPX(SPX "SPX,2919.04,CBOE,SPXW190426C00800000,call,04/26/2019,04/25/1995,800.0,0,0,1,2,0,2"
                ",7,0,0\n",
            "x.csv:2: "), /* before the calendar begins */
    BAD_SPX(SPX "\"SPX,2919.04\n", "x.csv:2: column \"underlying\": a quote is opened"),
    BAD_HOD(HOD "VXX,28.95,W,VXX161202C00020000,,call,12/02/2016,12/01/2016,20,7.96,8.75,8.9x,0,1,"
                "0.01,0,0,0,0,\r\n",
            "x.csv:2: column \"ask\": \"8.9x\" is not a price"),
    BAD_HOD(HOD HOD_ROW "VXX,28.95,W,VXX161202C00020000,,call,12/02/2016,,20,7.96,8.75,8.95,0,1,"
                        "0.01,0,0,0,0,\r\n",
            "x.csv:3: column \"quotedate\": is empty: not a date"),
    BAD_HOD(HOD HOD_ROW "VXX,28.95,W,VXX161202C000", "x.csv:3: column \"optionext\" is missing"),
    BAD_HOD(SPX SPX_ROW, "looks like cboe-spx"),
    BAD_HOD(HOD "VXX,28.95,W,VXX161202C00020000,,call,12/02/2016,12/01/2016,20,7.96,8.75,8.95,0,1,"
                "abc,0,0,0,0,\r\n",
            "x.csv:2: column \"impliedvol\": \"abc\" is not a number"),
    BAD_SHOP(DATASHOP "SPY,2019-11-29 25:00:00,SPY,2019-12-20,314,C,0,0,0,0,0,1,3,1,3,314,314\n",
             "x.csv:2: column \"quote_datetime\": "),
    BAD_SHOP(DATASHOP "SPY,2019-11-29 10:00:00,SPY,2019-12-20,314,X,0,0,0,0,0,1,3,1,3,314,314\n",
             "x.csv:2: column \"option_type\": \"X\" is neither call nor put"),
    BAD_SHOP(DATASHOP "SPY,2019-11-29 10:00:00,SPY,2019-12-20,0,C,0,0,0,0,0,1,3,1,3,314,314\n",
             "x.csv:2: column \"strike\": \"0\" is not a strike"),
    BAD_SHOP(DATASHOP "SPY,2019-11-29 10:00:00,SPYLONG,2019-12-20,3,C,0,0,0,0,0,1,3,1,3,314,314\n",
             "x.csv:2: column \"root\": \"SPYLONG\" is no option root"),
    BAD_SHOP(DATASHOP "SPY,2019-11-29 10:00:00,SPY,2019-12-20,314,C,0,0,0,0,0,1,3\n",
             "x.csv:2: column \"ask_size\" is missing"),
    BAD_DX(
        DX
        "1684785600, 2023-05-23, 400, 2023-05-24, 0, 1, 1, 1 x 1, 1, 1, 400, 1, 1, 1 x 1, 1, 1\n",
        "spy_eod.txt:2: column \"[QUOTE_UNIXTIME]\": \"1684785600\" is on another day"),
    BAD_DX(DX
           "1684785600, 2023-05-22, 400, 2023-05-24, 0, 1, 1, 1-1, 1, 1, 400, 1, 1, 1 x 1, 1, 1\n",
           "spy_eod.txt:2: column \"[C_SIZE]\": \"1-1\" is not a number of contracts"),
    BAD_DX(DX "1684785600000, 2023-05-22, 400, 2023-05-24, 0, 1, 1, , 1, 1, 400, 1, 1, , 1, 1\n",
           "spy_eod.txt:2: column \"[QUOTE_UNIXTIME]\": \"1684785600000\" is not a moment"),
    { "optionsdx", NULL, "123.txt",
      TEXT(DX "1684785600, 2023-05-22, 4, 2023-05-24, 0, 1, 1, , 1, 1, 400, 1, 1, , 1, 1\n"),
      "123.txt:2: " }, /* the name says no underlying */
    BAD_BARS(BARS "2019-05-21,1,2,3,x,5\n", "SPX_x.csv:2: column \"close\": \"x\" is not a price"),
    BAD_BARS(BARS "21.5.2019,1,2,3,4,5\n",
             "SPX_x.csv:2: column \"date\": \"21.5.2019\" is not a date"),
    BAD_BARS(BARS "2019-05-21,1,2,3,4,many\n", "SPX_x.csv:2: column \"volume\": \"many\" is not"),
    BAD_BARS("day,price\n1,2\n", "SPX_x.csv:1: column \"date\" is missing from the header"),
    { "csv", MAPPING("rates-tb3ms"), "r.csv", TEXT("date,TB3MS\n2019-01-01,504\n"),
      "r.csv:2: column \"TB3MS\": \"504\" is no rate" },
    { "csv", NULL, "x.csv", TEXT(BARS), "needs a mapping file" },
    { "csv", "/nonexistent.yaml", "x.csv", TEXT(BARS), "/nonexistent.yaml" },
    { "nothing", NULL, "x.csv", TEXT(SPX), "unknown format \"nothing\": one of cboe-spx, hod" },
    { NULL, NULL, "x.csv", TEXT("a,b\n1,2\n"), "the format is not recognised: name it" },
    { "hod", NULL, "x.csv", TEXT("\x1f\x8b\x08 gzip"), "unpack it with gunzip" },
    { "hod", NULL, "x.zip", TEXT("PK\x03\x04 cut"), "damaged or cut off" },
    { "hod", NULL, "x.csv.zst", TEXT("\x28\xb5\x2f\xfd\x04"), "damaged or cut off" },
};

/* All that lies below a store, as "name bytes" lines with the contents' sum. */
static void fingerprint(const char *path, struct buf *out)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char name[1024];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && entries[i]->d_type == DT_DIR)
            fingerprint(name, out);
        FILE *file = entries[i]->d_type == DT_REG ? fopen(name, "rb") : NULL;
        unsigned sum = 0, bytes = 0;
        for (int c; file && (c = fgetc(file)) != EOF; bytes++)
            sum = sum * 31 + (unsigned)c;
        if (file) {
            fclose(file);
            buf_printf(out, "%s %u %u\n", name, bytes, sum);
        }
        free(entries[i]);
    }
    free(entries);
}

static enum err run_one(const char *store, const char *format, const char *mapping,
                        const char *path, bool skip_bad_rows, struct import_summary *summary)
{
    struct import_options options = { .store = store,
                                      .format = format,
                                      .mapping = mapping,
                                      .paths = &path,
                                      .path_count = 1,
                                      .skip_bad_rows = skip_bad_rows };
    return import_run(&options, summary);
}

TEST(import_bad_input, each_broken_file_gets_one_line_and_leaves_the_store_alone)
{
    const char *folder = testing_folder(), *store = testing_folder();
    struct import_summary summary;
    struct buf before = { 0 }, after = { 0 };
    const char *good = testing_file(folder, "good.csv", SPX SPX_ROW, strlen(SPX SPX_ROW));
    CHECK_OK(run_one(store, "cboe-spx", NULL, good, false, &summary));
    import_summary_clear(&summary);
    fingerprint(store, &before);
    CHECK(before.len > 0);

    FOR_EACH (bad, bad_files) {
        const char *path = testing_file(folder, bad->name, bad->text, bad->len);
        enum err err = run_one(store, bad->format, bad->mapping, path, false, &summary);
        import_summary_clear(&summary);
        if (!err)
            fail_msg("a file was imported that should fail with: %s", bad->why);
        CHECK_HAS(err_detail(), bad->why);
        CHECK(!strchr(err_detail(), '\n'));
        CHECK(!strstr(err_detail(), "internal"));
        buf_clear(&after);
        fingerprint(store, &after);
        CHECK_STR(after.ptr, before.ptr);
    }
    buf_free(&before);
    buf_free(&after);
}

TEST(import_bad_input, a_good_file_before_a_broken_one_does_not_land)
{
    const char *folder = testing_folder(), *store = testing_folder();
    testing_file(folder, "SPX_20190425.csv", SPX SPX_ROW, strlen(SPX SPX_ROW));
    testing_file(folder, "SPX_20190426.csv", SPX "SPX,1\n", strlen(SPX "SPX,1\n"));
    struct import_summary summary;
    CHECK_EQ(run_one(store, "cboe-spx", NULL, folder, false, &summary), ERR_PARSE);
    CHECK_HAS(err_detail(), "SPX_20190426.csv:2");
    import_summary_clear(&summary);
    struct buf left = { 0 };
    fingerprint(store, &left);
    CHECK(!left.ptr || !strstr(left.ptr, "20190425"));
    buf_free(&left);
}

TEST(import_bad_input, bad_rows_are_skipped_and_counted_when_asked)
{
    static const char text[] = SPX SPX_ROW
        "SPX,1\n"
        "SPX,2919.04,CBOE,SPXW190426C00805000,call,04/26/2019,04/25/2019,805.0,0,0,n/"
        "a,2,0,2,7,0,0\n"
        "SPX,2919.04,CBOE,SPXW190426C00810000,call,04/26/2019,04/25/2019,810.0,0,0,1,2,0,2,7,0,0\n";
    const char *folder = testing_folder();
    const char *path = testing_file(folder, "x.csv", text, sizeof text - 1);
    struct import_summary summary;
    CHECK_OK(run_one(testing_folder(), "cboe-spx", NULL, path, true, &summary));
    CHECK_EQ(summary.rows, 4);
    CHECK_EQ(summary.quotes, 2);
    CHECK_EQ(summary.found[FOUND_BAD_ROW].count, 2);
    CHECK_HAS(summary.found[FOUND_BAD_ROW].first, "x.csv:3");
    import_summary_clear(&summary);
}

TEST(import_bad_input, paths_and_options_are_checked_before_anything_is_made)
{
    const char *folder = testing_folder();
    struct import_summary summary;
    char store[512];
    snprintf(store, sizeof store, "%s/store", folder);
    CHECK_EQ(run_one(store, "hod", NULL, "/nonexistent/x.csv", false, &summary), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/nonexistent/x.csv: No such file");
    import_summary_clear(&summary);
    const char *empty = testing_folder();
    CHECK_EQ(run_one(store, "hod", NULL, empty, false, &summary), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "nothing to import: no file ends in .csv");
    import_summary_clear(&summary);
    struct import_options none = { .store = store, .format = "hod" };
    CHECK_EQ(import_run(&none, &summary), ERR_USAGE);
    import_summary_clear(&summary);
    struct import_options nowhere = { .format = "hod", .paths = &empty, .path_count = 1 };
    CHECK_EQ(import_run(&nowhere, &summary), ERR_USAGE);
    CHECK_HAS(err_detail(), "--store");
    import_summary_clear(&summary);
    struct buf left = { 0 };
    fingerprint(store, &left);
    CHECK_EQ(left.len, 0);
    buf_free(&left);
}

TEST(import_bad_input, mappings_that_cannot_work_are_refused_at_their_line)
{
    static const struct {
        const char *yaml, *why;
    } cases[] = {
        { "kind: quotez\ncolumns: {}\n", "m.yaml:1:" },
        { "columns: { symbol: a, date: b, bid: c }\n", "both \"bid\" and \"ask\"" },
        { "columns: { symbol: a, bid: c, ask: d }\n", "\"date\" or the \"timestamp\"" },
        { "columns: { strike: a, date: b, bid: c, ask: d }\n", "\"expiry\"" },
        { "columns: { symbol: a, date: b, bib: c }\n", "bib" },
        { "columns: { symbol: a, date: b, bid: c, ask: d }\ntime_zone: Mars\n",
          "\"Mars\" is none" },
        { "columns: { symbol: a, date: b, bid: c, ask: d }\ntime: late\n", "m.yaml:2:" },
        { "columns: { symbol: a, date: b, bid: c, ask: d }\nprice_divisor: 0\n", "m.yaml:2:" },
        { "kind: bars\ncolumns: { date: d, close: c }\n", "name the \"symbol\"" },
        { "kind: bars\nsymbol: X\ncolumns: { date: d, open: c }\n", "\"close\"" },
        { "kind: rates\nsymbol: USD\ncolumns: { date: d, value: c }\n", "rate" },
        { "kind: bars\nsymbol: X\nrate: {}\ncolumns: { date: d, close: c }\n", "rate" },
        { "- a\n- b\n", "m.yaml:1:" },
        { "", "m.yaml" },
    };
    const char *folder = testing_folder();
    const char *path = testing_file(folder, "x.csv", BARS, strlen(BARS));
    FOR_EACH (c, cases) {
        const char *mapping = testing_file(folder, "m.yaml", c->yaml, strlen(c->yaml));
        struct import_summary summary;
        if (!run_one(testing_folder(), "csv", mapping, path, false, &summary))
            fail_msg("a mapping was taken that should be refused: %s", c->yaml);
        import_summary_clear(&summary);
        CHECK_HAS(err_detail(), c->why);
    }
}

static int64_t level_of(const char *store)
{
    struct store *opened;
    struct chain_day day;
    CHECK_OK(store_open(&opened, store));
    CHECK_OK(chain_day_open(&day, opened, "SPX", 20190425, true));
    CHECK_EQ(day.snapshot_count, 1);
    int64_t level = day.snapshots[0].underlying;
    chain_day_close(&day);
    store_close(opened);
    return level;
}

#define SPX_AT(level, strike)                                                                      \
    "SPX," level ",CBOE,SPXW190426C00" strike "000,call,04/26/2019,04/25/2019," strike             \
    ",0,0,1,2,0,2,7,0,0\n"

TEST(import_bad_input, one_odd_level_of_the_underlying_does_not_decide_the_day)
{
    static const struct {
        const char *text;
        uint64_t conflicts, bad;
        int64_t level;
        const char *first;
    } cases[] = {
        { SPX SPX_AT("2919.04", "800") SPX_AT("2919.04", "805") SPX_AT("2.91904", "810"), 1, 0,
          2919040000, "x.csv:4 SPX 2019-04-25: 2.91904, and 2919.04 stands" },
        { SPX SPX_AT("2.91904", "800") SPX_AT("2919.04", "805") SPX_AT("2919.04", "810"), 1, 0,
          2919040000, "x.csv:2 SPX 2019-04-25: 2.91904, and 2919.04 stands" },
        { SPX SPX_AT("2919.04", "800") SPX_AT("2919.05", "805"), 1, 0, 2919040000, "x.csv:3" },
        { SPX SPX_AT("2919.04", "800") SPX_AT("", "805"), 0, 0, 2919040000, NULL },
        { SPX SPX_AT("", "800") SPX_AT("2919.04", "805"), 0, 0, 2919040000, NULL },
        { SPX SPX_AT("2919.04", "800") SPX_AT("0", "805"), 0, 1, 2919040000,
          "x.csv:3 column \"underlying_last\": 0" },
        { SPX SPX_AT("-5", "800") SPX_AT("2919.04", "805"), 0, 1, 2919040000,
          "x.csv:2 column \"underlying_last\": -5" },
    };
    FOR_EACH (c, cases) {
        const char *store = testing_folder();
        const char *path = testing_file(testing_folder(), "x.csv", c->text, strlen(c->text));
        struct import_summary summary;
        CHECK_OK(run_one(store, "cboe-spx", NULL, path, false, &summary));
        CHECK_EQ(summary.found[FOUND_LEVEL_CONFLICT].count, c->conflicts);
        CHECK_EQ(summary.found[FOUND_BAD_LEVEL].count, c->bad);
        if (c->first)
            CHECK_HAS(summary.found[c->bad ? FOUND_BAD_LEVEL : FOUND_LEVEL_CONFLICT].first,
                      c->first);
        CHECK_EQ(level_of(store), c->level);
        import_summary_clear(&summary);
    }
    static const char nan[] = SPX SPX_AT("nan", "800");
    struct import_summary summary;
    const char *path = testing_file(testing_folder(), "x.csv", nan, sizeof nan - 1);
    CHECK_EQ(run_one(testing_folder(), "cboe-spx", NULL, path, false, &summary), ERR_PARSE);
    CHECK_HAS(err_detail(), "x.csv:2: column \"underlying_last\": \"nan\" is not a price");
    import_summary_clear(&summary);
}

static enum err run_bars(const char *store, const char *text, struct import_summary *summary)
{
    const char *path = testing_file(testing_folder(), "SPX_x.csv", text, strlen(text));
    return run_one(store, "csv", MAPPING("bars-daily"), path, false, summary);
}

TEST(import_bad_input, a_date_that_comes_twice_is_counted_once_and_named)
{
    struct import_summary summary;
    const char *store = testing_folder();
    CHECK_OK(run_bars(store,
                      BARS "2019-05-21,1,2,3,4,5\n2019-05-22,1,2,3,4,5\n"
                           "2019-05-21,1,2,3,4,5\n2019-05-22,1,2,3,4.5,5\n",
                      &summary));
    CHECK_EQ(summary.series_rows, 2);
    CHECK_EQ(summary.found[FOUND_DUPLICATE].count, 1);
    CHECK_STR(summary.found[FOUND_DUPLICATE].first, "SPX bars 2019-05-21");
    CHECK_EQ(summary.found[FOUND_DATE_CONFLICT].count, 1);
    CHECK_STR(summary.found[FOUND_DATE_CONFLICT].first, "SPX bars 2019-05-22");
    CHECK_HAS(summary.remarks[0], "SPX: 2 rows of bars");
    import_summary_clear(&summary);
}

TEST(import_bad_input, a_close_of_zero_is_left_out_with_its_place)
{
    struct import_summary summary;
    CHECK_OK(
        run_bars(testing_folder(), BARS "2019-05-21,1,2,3,0,5\n2019-05-22,1,2,3,4,5\n", &summary));
    CHECK_EQ(summary.series_rows, 1);
    CHECK_EQ(summary.found[FOUND_ZERO_CLOSE].count, 1);
    CHECK_HAS(summary.found[FOUND_ZERO_CLOSE].first, "SPX_x.csv:2 column \"close\"");
    import_summary_clear(&summary);
    CHECK_EQ(
        run_bars(testing_folder(), BARS "2019-05-21,1,2,3,0,5\n2019-05-22,1,2,3,-4,5\n", &summary),
        ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "2 rows were read, and none of them can be stored: ");
    CHECK_HAS(err_detail(), "SPX_x.csv:2 column \"close\"");
    import_summary_clear(&summary);
}

TEST(import_bad_input, a_day_that_shrinks_is_named_with_both_counts)
{
    static const char whole[] =
        SPX SPX_AT("2919.04", "800") SPX_AT("2919.04", "805") SPX_AT("2919.04", "810");
    static const char part[] = SPX SPX_AT("2919.04", "800");
    const char *store = testing_folder(), *folder = testing_folder();
    struct import_summary summary;
    const char *path = testing_file(folder, "whole.csv", whole, sizeof whole - 1);
    for (int i = 0; i < 2; i++) { /* once more is no loss */
        CHECK_OK(run_one(store, "cboe-spx", NULL, path, false, &summary));
        CHECK_EQ(summary.found[FOUND_SHRUNK].count, 0);
        import_summary_clear(&summary);
    }
    path = testing_file(folder, "part.csv", part, sizeof part - 1);
    CHECK_OK(run_one(store, "cboe-spx", NULL, path, false, &summary));
    CHECK_EQ(summary.found[FOUND_SHRUNK].count, 1);
    CHECK_STR(summary.found[FOUND_SHRUNK].first, "2019-04-25 SPX had 3 contracts, has 1 now");
    CHECK_STR(summary.remarks[0], "2019-04-25 SPX had 3 contracts, has 1 now");
    import_summary_clear(&summary);
}

TEST(import_bad_input, a_plus_sign_is_no_rounding)
{
    struct import_summary summary;
    CHECK_OK(run_bars(testing_folder(), BARS "2019-05-21,+1.10,1,+3,4.25,5\n", &summary));
    CHECK_EQ(summary.found[FOUND_ROUNDED].count, 0);
    CHECK_HAS(summary.remarks[0], "SPX: 1 row of bars");
    import_summary_clear(&summary);
    CHECK_OK(run_bars(testing_folder(), BARS "2019-05-21,1,1,3,4.1234567,5\n", &summary));
    CHECK_EQ(summary.found[FOUND_ROUNDED].count, 1);
    import_summary_clear(&summary);
}
