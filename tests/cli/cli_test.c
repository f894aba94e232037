/* The words that outsiders rely on: commands, exit statuses, one clear line for each mistake. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tests/cli/run.h"
#include "tests/testing.h"

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

TEST(cli, says_who_it_is)
{
    struct ran *r = run("--version");
    CHECK_EQ(r->status, 0);
    CHECK_STR(r->out, "ironfly " IRONFLY_VERSION "\n");
    static const char *const teaching[] = { "--help",           "backtest --help",
                                            "data --help",      "data import --help",
                                            "data ls --help",   "data check --help",
                                            "data dump --help", "data sample --help",
                                            "strategies --help" };
    FOR_EACH (words, teaching) {
        r = run("%s", *words);
        CHECK_EQ(r->status, 0);
        CHECK_HAS(r->out, "ironfly");
        CHECK_STR(r->err, "");
    }
}

TEST(cli, says_so_when_standard_output_takes_nothing)
{
    static const char *const words[] = { "--help",
                                         "--version",
                                         "strategies",
                                         "data --help",
                                         "data ls --store %s",
                                         "data ls --json --store %s",
                                         "data check --store %s",
                                         "backtest wheel --json --store %s" };
    char why[512], text[1024];
    snprintf(why, sizeof why, "%s/why", testing_folder());
    FOR_EACH (w, words) {
        snprintf(text, sizeof text, *w, sample());
        struct ran *r = run("%s >/dev/full 2>%s; (exit $?)", text, why);
        if (r->status != 1)
            fail_msg("ironfly %s >/dev/full: exit status %d", text, r->status);
        slurp(why, text, sizeof text);
        CHECK_EQ(lines_of(text), 1);
        CHECK_HAS(text, "standard output");
    }
    /* A reader that has seen enough is no error. */
    run("--help 2>%s | true", why);
    slurp(why, text, sizeof text);
    CHECK_STR(text, "");
}

TEST(cli, tells_wrong_usage_from_refusal)
{
    static const struct {
        const char *words;
        int status;
        const char *says;
    } cases[] = {
        { "", 2, "usage" },
        { "frobnicate", 2, "no command \"frobnicate\"" },
        { "data", 2, "missing" },
        { "data frob", 2, "ironfly data frob" },
        { "data ls", 2, "--store is missing" },
        { "data ls --store /nowhere/at/all", 1, "/nowhere/at/all" },
        { "data import --store s --format csv", 2, "no file" },
        { "data import --store s nofile", 2, "--format is missing" },
        { "data import --store s --format xls nofile", 2, "xls" },
        { "data import --store s --format csv --time 25:00 f", 2, "25:00" },
        { "data import --store s --format hod nofile.csv", 1, "nofile.csv" },
        { "data dump", 2, "no file" },
        { "data dump nofile.dbn", 1, "nofile.dbn" },
        { "data dump nofile.dbn --limit 0", 2, "--limit is a whole number from 1" },
        { "data dump nofile.dbn --json --csv", 2, "--json and --csv exclude one another" },
        { "data import --store s --format hod --from 2019-01-02 f", 2,
          "--from is for --format lean only, not for hod" },
        { "data import --store s --format csv --to 2019-01-02 f", 2, "--to is for --format lean" },
        { "data import --store s --format cboe-spx --symbol SPX f", 2,
          "--symbol is for --format lean, optionsdx, csv only" },
        { "data import --store s --format lean --mapping m.yaml f", 2, "--mapping is for" },
        { "data import --store s --format lean --time 10:00 f", 2, "--time is for" },
        { "data import --store s --format hod --resolution hour f", 2, "--resolution is for" },
        { "data import --store s --format hod --dbn-version 1 f", 2, "--dbn-version is for" },
        { "data ls --store a --store b", 2, "--store is given twice" },
        { "backtest wheel --store s --from 2020-01-01 --from 2021-01-01", 2,
          "--from is given twice" },
        { "backtest wheel --store s --fill foo", 2, "foo" },
        { "backtest wheel --store s --fees foo", 2, "foo" },
        { "backtest wheel --store s --margin foo", 2, "foo" },
        { "backtest", 2, "no strategy" },
        { "backtest a b --store s", 1, "there is no strategy a" },
        { "backtest wheel", 2, "--store is missing" },
        { "backtest wheel --store s --from 2019-02-29", 2, "2019-02-29" },
        { "backtest wheel --store s --from 05/01/2019", 2, "not a date written YYYY-MM-DD" },
        { "backtest wheel --store s --from 1/5/2019", 2, "not a date written YYYY-MM-DD" },
        { "backtest wheel --store s --from 2020-01-01 --to 2019-01-01", 2, "--from is after --to" },
        { "backtest wheel --store s --cash -5", 2, "-5" },
        { "backtest wheel --store s --set x", 2, "NAME=NUMBER" },
        { "backtest wheel --store s --seed x", 2, "x" },
        { "backtest wheel --store s --wrong", 2, "--wrong" },
        { "backtest wheel --store", 2, "--store" },
        { "backtest nosuch --store s", 1, "nosuch" },
        { "strategies nosuch", 1, "nosuch" },
    };
    FOR_EACH (c, cases) {
        struct ran *r = run("%s", c->words);
        if (r->status != c->status)
            fail_msg("ironfly %s: exit status %d, not %d: %s", c->words, r->status, c->status,
                     r->err);
        CHECK_HAS(r->err, c->says);
        if (c->words[0])
            CHECK_EQ(lines_of(r->err), 1);
        CHECK_STR(r->out, "");
    }
}

TEST(cli, refuses_what_a_run_cannot_honour)
{
    const char *store = sample();
    static const struct {
        const char *words, *says;
    } cases[] = {
        { "--fill best", "best" },
        { "--fees free", "free" },
        { "--set nosuch=1", "nosuch" },
        { "--set put_delta=7", "put_delta" },
        { "--from 2031-01-01", "2024" },
        { "--report /nowhere/at/all.html", "/nowhere/at/all.html" },
    };
    FOR_EACH (c, cases) {
        struct ran *r = run("backtest wheel --store %s %s", store, c->words);
        CHECK(r->status == 1 || r->status == 2);
        CHECK_HAS(r->err, c->says);
        CHECK_EQ(lines_of(r->err), 1);
    }
}

/* A desk on another market than the one that was asked for is worse than none. */
TEST(cli, serves_only_the_feed_that_is_asked_for)
{
    static const struct {
        const char *feed, *says;
        int status;
    } cases[] = {
        { "foo", "--feed \"foo\" is none of: sim, replay:PLACE, live, off", 2 },
        { "replay:", "is none of: sim, replay:PLACE", 2 },
        { "replay:no/such.dbn", "the tape no/such.dbn cannot be read: No such file or directory",
          2 },
        { "live", "DATABENTO_API_KEY is not set", 2 },
    };
    unsetenv("DATABENTO_API_KEY");
    FOR_EACH (c, cases) {
        struct ran *r = run("serve --data served --port 0 --feed %s", c->feed);
        CHECK_EQ(r->status, c->status);
        CHECK_HAS(r->err, c->says);
        CHECK_STR(r->out, "");
    }
}

TEST(cli, lists_a_store_as_json)
{
    struct ran *r = run("data ls --store %s --json", sample());
    CHECK_EQ(r->status, 0);
    CHECK(r->out[0] == '[');
    CHECK_HAS(r->out, "{\"underlying\":\"SPX\",\"day\":\"2024-01-02\",\"contracts\":");
    CHECK_HAS(r->out, "\"quotes\":");
    r = run("data check --store %s", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "all whole");
    r = run("data check --store %s --json", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "{\"damaged\":[],\"files\":");
    CHECK_HAS(r->out, "\"whole\":true,\"missing\":[");
}

TEST(cli, finds_a_flipped_byte)
{
    char folder[512], command[2048];
    snprintf(folder, sizeof folder, "%s", testing_folder());
    snprintf(
        command, sizeof command,
        "cp -r %s %s/store && printf X | dd of=%s/store/chains/SPY/20240301.ifc bs=1 seek=20000 "
        "conv=notrunc 2>/dev/null",
        sample(), folder, folder);
    CHECK_EQ(system(command), 0);
    struct ran *r = run("data check --store %s/store", folder);
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->out, "20240301");
    r = run("data repair --store %s/store", folder);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "nothing was changed");
    CHECK_EQ(run("data check --store %s/store", folder)->status, 1);
    CHECK_EQ(run("data repair --store %s/store --yes", folder)->status, 0);
    CHECK_EQ(run("data check --store %s/store", folder)->status, 0);
}

TEST(cli, repeats_a_backtest_byte_for_byte)
{
    static char first[65536];
    struct ran *r =
        run("backtest iron_condor --store %s --json --from 2024-02-01 --to 2024-04-30", sample());
    CHECK_EQ(r->status, 0);
    memcpy(first, r->out, sizeof first);
    CHECK_HAS(first, "\"schema\":\"ironfly.backtest/1\"");
    r = run("backtest iron_condor --store %s --json --from 2024-02-01 --to 2024-04-30", sample());
    CHECK_STR(r->out, first);
}

TEST(cli, runs_several_strategies_on_one_account)
{
    static char first[65536];
    const char *words =
        "backtest iron_condor wheel --store %s --cash 300000 --from 2024-02-01 --to 2024-03-15";
    struct ran *r = run(words, sample());
    CHECK_EQ(r->status, 0);
    memcpy(first, r->out, sizeof first);
    CHECK_HAS(first, "SPX iron condor, 45 days, 16 delta + Wheel");
    CHECK_HAS(first, "Strategies, USD");
    CHECK_HAS(first, "SPX, SPY from");
    r = run(words, sample());
    CHECK_STR(r->out, first);
}

TEST(cli, writes_a_report_that_needs_nothing_else)
{
    struct ran *r = run("backtest covered_call --store %s --report report.html", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "report: report.html");
    CHECK(!strstr(r->out, "\x1b[")); /* no colours in a file */
}

TEST(cli, writes_a_report_over_nothing_but_a_report)
{
    const char *folder = testing_folder();
    char path[4096], text[64] = "";
    testing_file(folder, "mine.yaml", "name: mine\n", 11);
    struct ran *r = run("backtest covered_call --store %s --report %s/mine.yaml", sample(), folder);
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "mine.yaml is there and is no report: give another name");
    snprintf(path, sizeof path, "%s/mine.yaml", folder);
    FILE *file = fopen(path, "r");
    CHECK(file && fgets(text, sizeof text, file));
    fclose(file);
    CHECK_STR(text, "name: mine\n");
    CHECK_EQ(run("backtest covered_call --store %s --report /dev/null", sample())->status, 1);
    CHECK_HAS(run("backtest covered_call --store %s --report %s", sample(), folder)->err,
              "is a folder: give a file's name");
    for (int i = 0; i < 2; i++) /* the second takes the first one's place */
        CHECK_EQ(
            run("backtest covered_call --store %s --report %s/a.html", sample(), folder)->status,
            0);
}

TEST(cli, leaves_no_store_behind_a_failed_import)
{
    const char *folder = testing_folder();
    static const struct {
        const char *name, *text, *says;
    } bad[] = {
        { "empty.csv", "", "empty.csv" },
        { "other.csv", "a,b,c\n1,2,3\n", "other.csv" },
        { "cut.csv",
          "underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,last,"
          "bid,ask,volume,openinterest,impliedvol,delta,gamma,theta,vega,optionalias\n"
          "SPXW,2695.79,W,SPXW180131C01200000,,call,01/31/2018,01/02/2018,1200,1395.46,1483.6",
          "cut.csv:2" },
        { "latin.csv", "underlying,caf\xE9\nSPX,1\n", "latin.csv" },
    };
    FOR_EACH (file, bad) {
        const char *path = testing_file(folder, file->name, file->text, strlen(file->text));
        struct ran *r = run("data import --store %s/store --format hod %s", folder, path);
        CHECK_EQ(r->status, 1);
        CHECK_HAS(r->err, file->says);
        CHECK_EQ(lines_of(r->err), 1);
        r = run("data ls --store %s/store --json", folder);
        if (r->status == 0)
            CHECK_STR(r->out, "[]\n");
    }
}

TEST(cli, takes_settings_from_a_file)
{
    char text[1024];
    const char *folder = testing_folder();
    snprintf(text, sizeof text, "store: %s\nbacktest: {cash: 123456, fill: mid}\n", sample());
    const char *path = testing_file(folder, "ironfly.yaml", text, strlen(text));
    char command[4096];
    snprintf(
        command, sizeof command,
        "IRONFLY_CONFIG=%s IRONFLY_STRATEGIES=%s/strategies %s backtest bull_put_spread --json >%s/o",
        path, IRONFLY_SOURCE_ROOT, IRONFLY_PROGRAM, folder);
    CHECK_EQ(system(command), 0);
    static char out[65536];
    snprintf(text, sizeof text, "%s/o", folder);
    slurp(text, out, sizeof out);
    CHECK_HAS(out, "\"mid\"");
    CHECK_HAS(out, "123456");
}

static const char *options_file(const char *text)
{
    return testing_file(testing_folder(), "options.csv", text, strlen(text));
}

TEST(cli, prices_a_table_in_any_order_and_carries_the_rest_through)
{
    const char *path = options_file("note,T,K,S,price,sigma,cp,r\r\n"
                                    "\"a, b\",1,100,100,77,0.2,1,0.05\r\n"
                                    "bad,1,100,abc,1,0.2,1,0.05\n"
                                    "sign,1,100,100,1,0.2,3,0.05\n"
                                    "gone,0,90,100,1,0.2,1,0.05\n");
    struct ran *r = run("price --in %s --out -", path);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out,
              "note,T,K,S,sigma,cp,r,price,delta,gamma,vega,theta,rho,phi,vanna,charm,vomma,speed,"
              "zomma,color,veta,dual_delta,status\n");
    CHECK_HAS(r->out, "\"a, b\",1,100,100,0.2,1,0.05,10.4505835721855");
    CHECK_HAS(r->out, "bad,1,100,abc,0.2,1,0.05,,,,,,,,,,,,,,,,not_finite\n");
    CHECK_HAS(r->out, "sign,1,100,100,0.2,3,0.05,,,,,,,,,,,,,,,,out_of_domain\n");
    CHECK_HAS(r->out, "gone,0,90,100,0.2,1,0.05,10,1,,,,,,,,,,,,,,expired\n");
    CHECK_EQ(lines_of(r->out), 5);
}

TEST(cli, prices_one_option_and_gives_its_vol_back)
{
    struct ran *r = run(
        "price --cp -1 --S 100 --K 110 --T 0.5 --sigma 0.3 --r 0.04 --style american --accuracy high");
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "price,delta,gamma,boundary,status\n");
    CHECK_HAS(r->out, ",ok\n");
    r = run("iv --cp 1 --F 100 --K 80 --T 0.5 --D 1 --price 20");
    CHECK_HAS(r->out, ",at_intrinsic\n");
}

TEST(cli, refuses_tables_that_are_none)
{
    CHECK_EQ(run("price --in nowhere.csv")->status, 1);
    struct ran *r = run("price --in %s", options_file("cp,S,K,T,r\n1,1,1,1,1\n"));
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "there is no column \"sigma\"");
    r = run("iv --in %s", options_file("cp,F,K,T,D,price\n1,2,3\n"));
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "options.csv:2");
    CHECK_EQ(run("price --in %s --out %s/out.csv", options_file(""), testing_folder())->status, 1);
    CHECK_EQ(run("price")->status, 2);
    CHECK_EQ(run("price --style asian --in x")->status, 2);
    CHECK_EQ(run("iv --accuracy most --in x")->status, 2);
}

/* The golden columns through the program: names, order and digits. */
TEST(cli, gives_golden_values_through_the_program)
{
    NEED_SHARED("golden/implied_vol.csv");
    static char path[512];
    snprintf(path, sizeof path, "%s", testing_shared("golden/implied_vol.csv"));
    /* Its own sigma and status columns give way to ours; the statuses must be the same words. */
    struct ran *r = run(
        "iv --in %s --out vols.csv && cut -d, -f11 %s >want && sed 's/.*,//' vols.csv >got && cmp want got",
        path, path);
    CHECK_EQ(r->status, 0);
}

/* European and American calls of the spot model with a dividend, in 18 digits. */
TEST(cli, prices_cash_dividends_and_takes_half_a_pair_for_a_mistake)
{
    const char *path = options_file("cp,S,K,T,sigma,r,t1,D1,t2,D2\n"
                                    "1,100,80,1,0.3,0.06,0.5,7,,\n"
                                    "1,100,80,1,0.3,0.06,,,,\n"
                                    "1,100,80,1,0.3,0.06,0.5,,,\n");
    struct ran *r = run("price --style american --accuracy high --in %s", path);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "0.5,7,,,23.97440428384");
    CHECK_HAS(r->out, "0.5,,,,,,,,not_finite\n");
    r = run("price --in %s", path);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\n1,100,80,1,0.3,0.06,,,,,27.0537887653");
    CHECK_EQ(lines_of(r->out), 4);
}

TEST(cli, runs_a_paper_desk_and_goes_on_with_its_journal)
{
    char desk[512];
    snprintf(desk, sizeof desk, "%s/desk.journal", testing_folder());
    const char *store = sample(), *days = "--from 2024-01-02 --to 2024-02-02";
    struct ran *r = run("paper iron_condor --store %s --journal %s %s --json", store, desk, days);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\"finished\":true");
    CHECK_HAS(r->out, "\"replayed\":0");
    static char hash[65];
    const char *at = strstr(r->out, "\"hash\":\"");
    CHECK(at != NULL);
    snprintf(hash, sizeof hash, "%s", at + 8);
    r = run("paper iron_condor --store %s --journal %s %s", store, desk, days);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "went on after");
    CHECK_HAS(r->out, hash);

    r = run("journal verify %s --head %s", desk, hash);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "records whole, 2024-01-02T09:30:00-05:00 to 2024-02-02");
    CHECK_EQ(run("journal verify %s --head %064d", desk, 7)->status, 1);
    r = run("journal replay %s --json", desk);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\"same\":true");
    r = run("journal show %s --kind submit --json", desk);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\"kind\":\"submit\",\"of\":{\"order\":1,");
    CHECK_HAS(r->out, "\"root\":\"SPX\"");
    CHECK_EQ(lines_of(run("journal show %s --first 2 --last 6", desk)->out), 5);

    r = run("paper iron_condor --store %s --journal %s %s --fill mid", store, desk, days);
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err,
              "the journal began with --fill share, not mid: take another file for another run");
    CHECK_EQ(lines_of(r->err), 1);
}

TEST(cli, a_paper_desk_takes_several_strategies_and_a_simulated_market)
{
    char desk[512];
    snprintf(desk, sizeof desk, "%s/several.journal", testing_folder());
    struct ran *r =
        run("paper iron_condor put_write --store %s --journal %s --from 2024-01-02 --to 2024-01-12",
            sample(), desk);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, " and 1 more: cash ");
    CHECK_EQ(run("paper iron_condor put_write --store %s --journal %s --set dte=7", sample(), desk)
                 ->status,
             2);
    snprintf(desk, sizeof desk, "%s/limited.journal", testing_folder());
    CHECK_EQ(
        run("paper put_write --limits --store %s --journal %s --from 2024-01-02 --to 2024-02-16",
            sample(), desk)
            ->status,
        0);
    r = run("journal show %s --kind note", desk);
    CHECK_HAS(r->out,
              "trade_loss: "); /* a put on SPX without cover: more than 3 % of 100,000 dollars */

    snprintf(desk, sizeof desk, "%s/simulated.journal", testing_folder());
    const char *told = options_file("halt enough\nquit\n");
    r = run("paper iron_condor --feed sim --speed 0 --journal %s --listen <%s", desk, told);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "stopped before the data ended");
    r = run("journal show %s --kind begin --json", desk);
    CHECK_HAS(r->out, "\"symbols\":\"SPX\"");
    CHECK_EQ(run("paper iron_condor --feed sim --to 2024-01-12 --journal %s", desk)->status, 2);
    CHECK_EQ(run("paper iron_condor --feed live --journal %s", desk)->status, 2);
}

TEST(cli, takes_commands_from_standard_input)
{
    char desk[512];
    snprintf(desk, sizeof desk, "%s/told.journal", testing_folder());
    const char *told = options_file("halt a lunch break\nstand on your head\n");
    struct ran *r = run(
        "paper iron_condor --store %s --journal %s --from 2024-01-02 --to 2024-01-05 --listen <%s",
        sample(), desk, told);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->err, "\"stand\" is not one of halt, resume, flatten, quit");
    r = run("journal show %s --kind command", desk);
    CHECK_HAS(
        r->out,
        "\"command\":\"halt\",\"role\":\"owner\",\"who\":\"standard input\",\"why\":\"a lunch break\"");
    CHECK_EQ(lines_of(r->out), 1);
}

TEST(cli, says_what_is_wrong_with_a_journal)
{
    CHECK_EQ(run("journal")->status, 2);
    CHECK_EQ(run("journal verify")->status, 2);
    CHECK_EQ(run("journal burn x")->status, 2);
    CHECK_EQ(run("paper iron_condor --store x")->status, 2);
    struct ran *r = run("journal verify nowhere.journal");
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "there is no journal nowhere.journal to read");
    r = run(
        "journal show %s",
        options_file(
            "no journal, but long enough that it could be taken for a header of one, or so one may think\n"));
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "is not a journal");
}
