/* Market data from the command line: simulate, import, look, check, prune. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/store/store.h"
#include "tests/cli/run.h"
#include "tests/testing.h"

/* One simulated market for all tests here: a tape of two minutes, and half a year of days. */
static const char *tape(void)
{
    static char path[512];
    if (!path[0]) {
        snprintf(path, sizeof path, "%s/tape", testing_folder());
        CHECK_EQ(
            run("data simulate --store %s --symbols IWM --from 2024-06-17 --to 2024-06-17 --grid tick "
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

TEST(cli_market, a_tape_imported_gives_the_same_shares_traded)
{
    char folder[512];
    struct store *stores[2];
    struct chain_day days[2];
    snprintf(folder, sizeof folder, "%s/shares", testing_folder());
    CHECK_EQ(run("data import --store %s --format dbn %s/tape/IWM", folder, tape())->status, 0);
    const char *const folders[2] = { tape(), folder };
    for (int i = 0; i < 2; i++) {
        CHECK_OK(store_open(&stores[i], folders[i]));
        CHECK_OK(chain_day_open(&days[i], stores[i], "IWM", 20240617, true));
    }
    CHECK_EQ(days[0].snapshot_count, days[1].snapshot_count);
    for (uint32_t i = 0; i < days[0].snapshot_count; i++) {
        const struct chain_snapshot *a = &days[0].snapshots[i], *b = &days[1].snapshots[i];
        CHECK(a->traded > 0);
        CHECK_EQ(a->traded, b->traded);
        CHECK_EQ(a->traded_price, b->traded_price);
        CHECK_EQ(a->underlying, b->underlying);
        CHECK_EQ(a->underlying_bid, b->underlying_bid);
    }
    for (int i = 0; i < 2; i++) {
        chain_day_close(&days[i]);
        store_close(stores[i]);
    }
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
    expect("grep -q '<polygon class=\"mesh\"' '%s' && tail -1 '%s' | grep -q '</html>'", page,
           page);
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

/* ---- stopped half way ------------------------------------------------------------------------ */

/* A store with one day of IWM, and the tape of another that takes a while to import. */
struct half_way {
    char store[512], tape[512];
};

static const struct half_way *half_way(void)
{
    static struct half_way h;
    if (!h.store[0]) {
        snprintf(h.store, sizeof h.store, "%s/store", testing_folder());
        snprintf(h.tape, sizeof h.tape, "%s/long", testing_folder());
        CHECK_EQ(run("data import --store %s --format dbn %s/tape/IWM", h.store, tape())->status,
                 0);
        CHECK_EQ(
            run("data simulate --store %s --symbols IWM --from 2024-06-18 --to 2024-06-18 --grid tick "
                "--minutes 20 --seed 5",
                h.tape)
                ->status,
            0);
    }
    return &h;
}

static pid_t begin_import(const struct half_way *h, const char *said)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char tape_folder[600];
        snprintf(tape_folder, sizeof tape_folder, "%s/tape/IWM", h->tape);
        if (!freopen("/dev/null", "w", stdout) || !freopen(said, "w", stderr))
            _exit(99);
        execl(IRONFLY_PROGRAM, IRONFLY_PROGRAM, "data", "import", "--store", h->store, "--format",
              "dbn", tape_folder, (char *)NULL);
        _exit(98);
    }
    return child;
}

/* The first day reads; of the second there is all or nothing. */
static void check_first_day(const struct half_way *h)
{
    struct ran *r = run("data check --store %s", h->store);
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "all whole");
    CHECK_EQ(run("chain IWM --store %s --at 2024-06-17", h->store)->status, 0);
}

TEST(cli_market, an_import_killed_at_any_moment_leaves_what_was_there_and_can_be_done_again)
{
    const struct half_way *h = half_way();
    for (unsigned i = 0; i < 5; i++) {
        pid_t child = begin_import(h, "/dev/null");
        usleep(20000u + 50000u * i);
        kill(child, SIGKILL);
        CHECK_EQ(waitpid(child, NULL, 0), child);
        check_first_day(h);
    }
    CHECK_EQ(run("data import --store %s --format dbn %s/tape/IWM", h->store, h->tape)->status, 0);
    check_first_day(h);
    CHECK_HAS(run("data ls --store %s", h->store)->out, "2024-06-18");
    expect("rm '%s'/chains/IWM/20240618.ifc", h->store, "");
}

TEST(cli_market, control_c_stops_an_import_and_says_how_to_continue)
{
    const struct half_way *h = half_way();
    char said[512], text[512] = "", pattern[600];
    snprintf(said, sizeof said, "%s/said", testing_folder());
    pid_t child = begin_import(h, said);
    /* It has begun to write aside: from then on it listens. */
    snprintf(pattern, sizeof pattern, "ls -d '%s'/.staging* >/dev/null 2>&1", h->store);
    for (int i = 0; i < 2000 && system(pattern) != 0; i++)
        usleep(2000);
    CHECK_EQ(kill(child, SIGINT), 0);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
    slurp(said, text, sizeof text);
    CHECK_HAS(text, "cancelled; the store is as it was, the same command begins again");
    check_first_day(h);
}

TEST(cli_market, a_full_disk_is_one_error_and_leaves_what_was_there)
{
    const struct half_way *h = half_way();
    char command[2048], said[512], text[1024] = "";
    snprintf(said, sizeof said, "%s/said", testing_folder());
    snprintf(command, sizeof command,
             "bash -c 'ulimit -f 40; exec " IRONFLY_PROGRAM
             " data import --store %s --format dbn %s/tape/IWM' "
             ">/dev/null 2>%s",
             h->store, h->tape, said);
    int status = system(command);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
    slurp(said, text, sizeof text);
    CHECK_HAS(text, "File too large");
    CHECK_HAS(text, "20240618");
    check_first_day(h);
    /* A simulation too; and with room again, it goes on. */
    snprintf(command, sizeof command,
             "bash -c 'ulimit -f 40; exec " IRONFLY_PROGRAM
             " data simulate --store %s/sim --symbols IWM "
             "--from 2024-06-17 --to 2024-06-18 --grid tick --minutes 1' >/dev/null 2>%s",
             h->tape, said);
    status = system(command);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
    slurp(said, text, sizeof text);
    CHECK_HAS(text, "File too large");
    expect("test -z \"$(find '%s/sim' -name '*.part')\"", h->tape, "");
    CHECK_EQ(
        run("data simulate --store %s/sim --symbols IWM --from 2024-06-17 --to 2024-06-18 --grid tick "
            "--minutes 1",
            h->tape)
            ->status,
        0);
    CHECK_EQ(run("data check --store %s/sim", h->tape)->status, 0);
}
