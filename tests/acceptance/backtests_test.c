/*
 * Backtests over the SPX chains of spring 2019 from the command line: the same bytes whenever and
 * wherever they run, and settlements at the official close once the store has daily bars.
 */
#include <stdlib.h>
#include <sys/wait.h>

#include "adapters/store/store.h"
#include "base/str.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "tests/acceptance/acceptance.h"
#include "tests/testing.h"

enum { JSON_MAX = 4 << 20 };

static const char *const strategies[] = { "iron_condor", "iron_butterfly_0dte", "calendar",
                                          "put_write" };

/* Run the program in an empty folder, with more or fewer things in its environment and memory that
 * is not clean; the standard output goes to a file, whose path is returned. */
static const char *run(const char *more_environment, const char *words)
{
    const char *folder = testing_folder();
    char command[4096];
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/out", folder);
    snprintf(command, sizeof command,
             "cd %s && env -u IRONFLY_STORE -u IRONFLY_CONFIG HOME=%s XDG_CONFIG_HOME=%s "
             "IRONFLY_STRATEGIES=%s/strategies %s %s %s >%s",
             folder, folder, folder, IRONFLY_SOURCE_ROOT, more_environment, IRONFLY_PROGRAM, words,
             path);
    int status = system(command);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
    return path;
}

static char *slurp(struct arena *arena, const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *text = arena_alloc(arena, JSON_MAX + 1);
    *len = fread(text, 1, JSON_MAX, file);
    CHECK(*len < JSON_MAX);
    fclose(file);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

TEST(backtests, give_the_same_bytes_whenever_and_wherever_they_run)
{
    NEED_SPX();
    FOR_EACH (strategy, strategies) {
        struct arena arena;
        arena_init(&arena, "run", 0);
        char words[512];
        snprintf(words, sizeof words,
                 "backtest %s --store %s --from 2019-04-25 --to 2019-06-28 --seed 7 --json",
                 *strategy, acceptance_spx_store());
        size_t len, again_len;
        char *first = slurp(&arena, run("", words), &len);
        /* Other addresses anyway; another folder, environment, locale, time zone, and memory that
         * is not zero. */
        char *again = slurp(&arena,
                            run("TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8 MALLOC_PERTURB_=165 "
                                "IRONFLY_OF_NO_MEANING=0123456789012345678901234567890123456789",
                                words),
                            &again_len);
        CHECK_EQ(again_len, len);
        CHECK(memcmp(first, again, len) == 0);
        CHECK_HAS(first, "\"schema\":\"ironfly.backtest/1\"");
        CHECK_HAS(first, "\"days\":41");
        CHECK(count_of(first, "\"entry_cash\":") > 0);
        CHECK(count_of(first, "\"status\":\"filled\"") > 0);
        arena_clear(&arena);
    }
}

static int32_t day_of(int64_t ts_ns)
{
    int32_t date;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, &date, &nanos);
    return date;
}

/* Days of the store on which an SPXW option expires. */
static size_t days_with_same_day_expiry(const char *path, struct arena *arena)
{
    struct store *store;
    struct store_day *days;
    size_t count, found = 0;
    CHECK_OK(store_open(&store, path));
    CHECK_OK(store_list(store, arena, &days, &count, NULL));
    for (size_t i = 0; i < count; i++) {
        struct chain_day day;
        bool has = false;
        CHECK_OK(chain_day_open(&day, store, "SPX", days[i].day, false));
        for (uint32_t c = 0; c < day.contract_count && !has; c++)
            has = day.contracts[c].expiry == day.day && strcmp(day.contracts[c].root, "SPXW") == 0;
        found += has;
        chain_day_close(&day);
    }
    store_close(store);
    return found;
}

static const char untested[] = "settled at the very level at which it was opened";

TEST(backtests, same_day_butterflies_trade_on_days_with_an_expiry)
{
    NEED_SPX();
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    parity_run(&r, &arena, parity_file("strategies/iron_butterfly_0dte.yaml"),
               acceptance_spx_store(), 0, 0);
    size_t days = days_with_same_day_expiry(acceptance_spx_store(), &arena);
    CHECK_EQ(days, 25);
    CHECK_EQ(r.order_count, days); /* one each; one day the call had no bid any more, and no fill */
    CHECK_EQ(r.stats.rejects, 1);
    for (size_t i = 0; i < r.trade_count; i++)
        for (size_t leg = 0; leg < r.trades[i].leg_count; leg++)
            CHECK_EQ(r.trades[i].legs[leg].contract.expiry, day_of(r.trades[i].opened_ns));
    /* One snapshot a day: the result of each is its own entry, and the report says so. */
    CHECK(parity_has_note(&r, untested));
    arena_clear(&arena);
}

TEST(backtests, settle_at_the_official_close_once_bars_are_there)
{
    NEED_SHARED("data/index-daily/SPX_eod.csv");
    NEED_SPX();
    const char *folder = testing_folder();
    char words[1024];
    parity_import(folder, "cboe-spx", testing_shared("data/cboe-spx-chain-2019"), NULL, NULL);
    snprintf(words, sizeof words, "data import --store %s --format csv --mapping %s %s", folder,
             parity_file("docs/examples/import-bars-daily.yaml"),
             testing_shared("data/index-daily/SPX_eod.csv"));
    run("", words);
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    parity_run(&r, &arena, parity_file("strategies/iron_butterfly_0dte.yaml"), folder, 0, 0);
    CHECK(!parity_has_note(&r, untested));
    CHECK(!parity_has_note(&r, "last level seen"));
    CHECK(parity_has_note(&r, "daily bar"));
    struct store *store;
    struct series bars;
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(series_read(&bars, store, &arena, "SPX", SERIES_BARS));
    CHECK_EQ(r.trade_count, 24);
    for (size_t i = 0; i < r.trade_count; i++) {
        const struct result_trade *trade = &r.trades[i];
        int64_t close =
            money_round(series_on(&bars, day_of(trade->opened_ns))->close, MICROS_PER_CENT);
        CHECK_EQ(trade->reason, CLOSE_EXPIRED);
        CHECK_EQ(trade->underlying_exit, close);
        int64_t cash = 0;
        for (size_t leg = 0; leg < trade->leg_count; leg++)
            cash += contract_intrinsic(&trade->legs[leg].contract, close) *
                    trade->legs[leg].quantity * 100;
        CHECK_EQ(trade->exit_cash, cash);
        CHECK_EQ(trade->pnl, trade->entry_cash + cash - trade->costs);
    }
    store_close(store);
    arena_clear(&arena);
}
