/* Market data from the command line: simulate, import, look, check, prune. */
#include <stdlib.h>

#include "tests/cli/run.h"
#include "tests/testing.h"

/* One simulated market for all tests here: a tape of two minutes, and half a year of days. */
static const char *tape(void)
{
    static char path[512];
    if (!path[0]) {
        snprintf(path, sizeof path, "%s/tape", testing_folder());
        CHECK_EQ(run("data simulate --store %s --symbols IWM --from 2024-06-17 --to 2024-06-17 --grid tick "
                     "--minutes 2 --seed 5",
                     path)
                     ->status,
                 0);
    }
    return path;
}

/* format takes a once and b twice, or fewer. */
static void expect(const char *format, const char *a, const char *b)
{
    char command[2048];
    snprintf(command, sizeof command, format, a, b, b);
    if (system(command) != 0)
        fail_msg("does not hold: %s", command);
}

TEST(cli_market, a_tape_imported_gives_the_chain_that_the_simulator_stored)
{
    char store[512];
    snprintf(store, sizeof store, "%s/again", testing_folder());
    CHECK_EQ(run("data import --store %s --format dbn %s/tape/IWM", store, tape())->status, 0);
    struct ran *r = run("data ls --store %s --json", tape());
    char counts[256];
    snprintf(counts, sizeof counts, "%.*s", (int)(strstr(r->out, "\"bytes\"") - r->out), r->out);
    CHECK_HAS(run("data ls --store %s --json", store)->out, counts);
    /* Every quote, size, trade and volume of the last moment; a bid of nothing, and a
     * volume of none, are not on a tape. */
    expect("for s in '%s' '%s'; do " IRONFLY_PROGRAM " chain IWM --store $s --json | grep -o "
           "'\"bid\":[^}]*\"open_interest\":[0-9]*' | sed 's/\"bid\":0,/\"bid\":null,/;"
           "/\"bid\":null/s/\"bid_size\":0/\"bid_size\":null/;"
           "s/\"volume\":0/\"volume\":null/' | md5sum; done | uniq | wc -l | grep -qx 1",
           tape(), store);
}

TEST(cli_market, a_chain_is_shown_as_text_json_and_a_page)
{
    struct ran *r = run("chain SPX --store %s --strikes 3", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "New York");
    CHECK_HAS(r->out, "3 of ");
    r = run("surface SPX --store %s --at 2024-03-01", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "2024-03-01 16:00 New York");
    CHECK_HAS(r->out, "No butterfly and no calendar arbitrage");
    r = run("surface SPX --store %s --json", sample());
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\"free_of_arbitrage\":true");
    char page[512];
    snprintf(page, sizeof page, "%s/page.html", testing_folder());
    r = run("surface SPX --store %s --html %s", sample(), page);
    CHECK_EQ(r->status, 0);
    expect("grep -q '<polygon class=\"mesh\"' '%s' && tail -1 '%s' | grep -q '</html>'", page, page);
    CHECK_EQ(run("chain SPX --store %s --html /nowhere/page.html", sample())->status, 1);
    CHECK_EQ(run("chain --store %s", sample())->status, 2);
    CHECK_EQ(run("chain SPX --store %s --at noon", sample())->status, 2);
    r = run("chain NDX --store %s", sample());
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "it has SPX, SPY");
    r = run("chain SPX --store %s --expiry 2031-01-01", sample());
    CHECK_EQ(r->status, 1);
    CHECK_HAS(r->err, "no expiry 2031-01-01");
}

TEST(cli_market, old_data_goes_by_its_kind_and_only_when_told_twice)
{
    char store[512];
    snprintf(store, sizeof store, "%s/pruned", testing_folder());
    expect("cp -r '%s' '%s'", sample(), store);
    struct ran *r = run("data prune --store %s --keep intraday=30", store);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "SPX: ");
    CHECK_HAS(r->out, "nothing was changed: do it with --yes");
    expect("cd '%s' && diff -r chains '%s/chains' && diff -r series '%s/series'", store, sample());
    r = run("data prune --store %s --keep intraday=30,settlement=60 --symbol SPX --yes", store);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "removed");
    expect("test ! -e '%s/chains/SPX/20240102.ifc' && test -e '%s/chains/SPY/20240102.ifc'", store,
           store);
    CHECK_EQ(run("data check --store %s", store)->status, 0);
    r = run("data prune --store %s --keep intraday=9999", store);
    CHECK_HAS(r->out, "nothing is that old");
    CHECK_EQ(run("data prune --store %s", store)->status, 2);
    CHECK_EQ(run("data prune --store %s --keep intraday", store)->status, 2);
    r = run("data prune --store %s --keep candles=30", store);
    CHECK_EQ(r->status, 2);
    CHECK_HAS(r->err, "there are daily, intraday, tape");
}
