#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/store/store.h"
#include "base/date.h"
#include "services/simulate/simulate.h"
#include "tests/testing.h"

static struct simulate_options options(const char *store)
{
    return (struct simulate_options){ .store = store,
                                      .symbols = "SPX,SPY,VIX",
                                      .from = 20240610,
                                      .to = 20240621,
                                      .seed = 5,
                                      .threads = 1 };
}

static const char *folder_of(const char *name)
{
    static char path[4][512];
    static int next;
    char *out = path[next++ % 4];
    snprintf(out, 512, "%s/%s", testing_folder(), name);
    return out;
}

/* FNV-1a over all files of a store, in a fixed order. */
static uint64_t hash_files(const char *folder)
{
    char command[1024];
    snprintf(command, sizeof command,
             "cd '%s' && find chains series truth -type f | LC_ALL=C sort | xargs cat", folder);
    FILE *pipe = popen(command, "r");
    CHECK(pipe != NULL);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int c; (c = getc(pipe)) != EOF;)
        hash = (hash ^ (uint64_t)c) * 0x100000001b3u;
    CHECK_EQ(pclose(pipe), 0);
    return hash;
}

static void report(UNUSED void *context, const char *text)
{
    print_message("%s\n", text);
}

static void check_whole(const char *folder)
{
    struct store *store;
    CHECK_OK(store_open(&store, folder));
    CHECK_OK(store_check(store, report, NULL, NULL));
    store_close(store);
}

TEST(simulate, the_same_seed_gives_the_same_bytes_at_any_thread_count)
{
    struct simulate_options o = options(folder_of("one"));
    struct simulate_summary a, b, c;
    CHECK_OK(simulate_run(&o, &a));
    check_whole(o.store);
    uint64_t one = hash_files(o.store);
    o.store = folder_of("two");
    o.threads = 3;
    CHECK_OK(simulate_run(&o, &b));
    CHECK_EQ(a.quotes, b.quotes);
    CHECK_EQ(hash_files(o.store) == one, 1);
    o.store = folder_of("other");
    o.seed = 6;
    CHECK_OK(simulate_run(&o, &c));
    CHECK(hash_files(o.store) != one);
    CHECK_EQ(a.days, 3 * 9); /* Juneteenth */
    /* The same on every machine and compiler. A change of the model changes it. */
    if (one != UINT64_C(0xc876ca59b37e91f8))
        fail_msg("the bytes of seed 5 are %016llx", (unsigned long long)one);
}

TEST(simulate, a_piece_of_a_seed_is_the_same_whatever_is_cut_with_it)
{
    struct simulate_options o = options(folder_of("wide")), narrow = options(folder_of("narrow"));
    struct simulate_summary s;
    o.symbols = "SPY,AAPL,IWM";
    CHECK_OK(simulate_run(&o, &s));
    narrow.symbols = "SPY";
    narrow.from = narrow.to = 20240614;
    CHECK_OK(simulate_run(&narrow, &s));
    char command[2048];
    snprintf(command, sizeof command,
             "cmp '%s/chains/SPY/20240614.ifc' '%s/chains/SPY/20240614.ifc'", o.store,
             narrow.store);
    CHECK_EQ(system(command), 0);
}

TEST(simulate, the_second_run_keeps_what_the_first_made)
{
    struct simulate_options o = options(folder_of("again"));
    struct simulate_summary s;
    o.symbols = "SPX";
    CHECK_OK(simulate_run(&o, &s));
    uint64_t before = hash_files(o.store);
    CHECK_OK(simulate_run(&o, &s));
    CHECK_EQ(s.days, 0);
    CHECK_EQ(s.kept, 9);
    CHECK_EQ(hash_files(o.store) == before, 1);
    o.seed = 99; /* another market is not mixed in */
    CHECK_EQ(simulate_run(&o, &s), ERR_EXISTS);
    CHECK_HAS(err_detail(), "choose another store");
    CHECK_EQ(hash_files(o.store) == before, 1);
}

/* ---- quotes
 * ------------------------------------------------------------------------------------------ */

static double dollars(int64_t micros)
{
    return (double)micros / 1e6;
}

static void check_quotes(const struct chain_day *day, double rate)
{
    const struct quote_rows *q = &day->rows;
    bool european = day->contracts[0].style == STYLE_EUROPEAN;
    size_t pairs = 0, traded = 0, held = 0;
    for (uint32_t i = 0; i < q->count; i++) {
        const struct contract *c = &day->contracts[q->contract[i]];
        CHECK(q->bid[i] >= 0 && q->ask[i] > q->bid[i]);
        CHECK_EQ(q->bid_size[i] == 0, q->bid[i] == 0);
        CHECK(q->ask_size[i] > 0);
        CHECK_EQ(q->last[i] != PRICE_NONE, q->volume[i] > 0);
        traded += q->volume[i] > 0;
        held += q->open_interest[i] > 0;
        /* The next row is the put of the same strike; the one after it the next strike's call. */
        if (c->right != OPTION_CALL || i + 3 >= q->count)
            continue;
        const struct contract *up = &day->contracts[q->contract[i + 2]];
        if (up->expiry != c->expiry || strcmp(up->root, c->root) != 0)
            continue;
        double gap = dollars((int64_t)(up->strike_mills - c->strike_mills) * 1000);
        /* No vertical can be bought for less than nothing or sold above its width. */
        CHECK(q->ask[i] >= q->bid[i + 2]);
        CHECK(q->ask[i + 3] >= q->bid[i + 1]);
        CHECK(dollars(q->bid[i]) - dollars(q->ask[i + 2]) <= gap + 1e-9);
        if (!european)
            continue;
        /* Parity: call less put of two strikes differ by the discounted gap, within the half
         * spreads. */
        double here = 0.5 * dollars(q->bid[i] + q->ask[i] - q->bid[i + 1] - q->ask[i + 1]);
        double there = 0.5 * dollars(q->bid[i + 2] + q->ask[i + 2] - q->bid[i + 3] - q->ask[i + 3]);
        double room = 0;
        for (uint32_t j = i; j < i + 4; j++)
            room += 0.5 * dollars(q->ask[j] - q->bid[j]);
        if (q->bid[i] > 0 && q->bid[i + 1] > 0 && q->bid[i + 2] > 0 && q->bid[i + 3] > 0) {
            double years = date_diff(c->expiry, day->day) / 365.0;
            CHECK(fabs(here - there - gap * exp(-rate * years)) <= room + 0.0005 * gap);
            pairs++;
        }
    }
    CHECK(!european || pairs > 300);
    uint64_t volume = 0, open = 0;
    for (uint32_t i = 0; i < q->count; i++) {
        volume += q->volume[i];
        open += q->open_interest[i];
    }
    print_message("%s volume %llu open %llu traded %zu held %zu of %u\n", day->underlying,
                  (unsigned long long)volume, (unsigned long long)open, traded, held, q->count);
    CHECK(traded > 200 && held > 200);
}

TEST(simulate, quotes_are_never_crossed_and_hold_parity_and_verticals)
{
    struct simulate_options o = options(folder_of("quotes"));
    struct simulate_summary s;
    o.symbols = "SPX,QQQ,NVDA,VIX";
    o.from = o.to = 20240617;
    CHECK_OK(simulate_run(&o, &s));
    struct store *store;
    CHECK_OK(store_open(&store, o.store));
    struct series rates;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(series_read(&rates, store, &arena, "USD", SERIES_RATES));
    double rate = (double)series_at(&rates, 20240617)->value / 1e9;
    arena_clear(&arena);
    static const char *const symbols[] = { "SPX", "QQQ", "NVDA" };
    FOR_EACH (symbol, symbols) {
        struct chain_day day;
        CHECK_OK(chain_day_open(&day, store, *symbol, 20240617, true));
        CHECK_EQ(day.snapshot_count, 1);
        CHECK_EQ(day.snapshots[0].flags & SNAPSHOT_CLOSE, SNAPSHOT_CLOSE);
        check_quotes(&day, rate);
        chain_day_close(&day);
    }
    /* Standard month of the index twice: in the morning and at the close. */
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, "SPX", 20240617, true));
    bool morning = false, evening = false;
    for (uint32_t i = 0; i < day.contract_count; i++)
        if (day.contracts[i].expiry == 20240621) {
            morning |=
                day.contracts[i].settle == SETTLE_AM && strcmp(day.contracts[i].root, "SPX") == 0;
            evening |=
                day.contracts[i].settle == SETTLE_PM && strcmp(day.contracts[i].root, "SPXW") == 0;
        }
    CHECK(morning && evening);
    chain_day_close(&day);
    store_close(store);
}

TEST(simulate, a_day_by_the_minute_ends_at_the_close_of_the_daily_one)
{
    struct simulate_options o = options(folder_of("minutes"));
    struct simulate_summary s;
    o.symbols = "SPY";
    o.from = o.to = 20240703; /* to 13:00 */
    o.grid = GRID_MINUTE;
    o.threads = 2;
    CHECK_OK(simulate_run(&o, &s));
    struct store *store;
    struct chain_day day;
    struct series bars;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&store, o.store));
    CHECK_OK(chain_day_open(&day, store, "SPY", 20240703, true));
    CHECK_OK(series_read(&bars, store, &arena, "SPY", SERIES_BARS));
    CHECK_EQ(day.snapshot_count, 210);
    CHECK_EQ(day.snapshots[209].underlying, series_on(&bars, 20240703)->close);
    CHECK(day.snapshots[209].flags & SNAPSHOT_CLOSE);
    CHECK(bars.count > 250);
    /* Only what changed is a row; a cent's tick changes often. */
    CHECK(day.rows.count < day.contract_count * 210 * 9 / 10);
    for (uint32_t i = 0; i < day.rows.count; i++)
        CHECK(day.rows.ask[i] > day.rows.bid[i] && day.rows.bid[i] >= 0);
    chain_day_close(&day);
    store_close(store);
    arena_clear(&arena);
}

/* ---- stopped half way
 * -------------------------------------------------------------------------------- */

static atomic_int days_left;

static bool some_days(void)
{
    return atomic_fetch_sub(&days_left, 1) > 0;
}

TEST(simulate, cancelled_it_leaves_whole_months_and_goes_on_from_there)
{
    struct simulate_options o = options(folder_of("cancelled")),
                            whole = options(folder_of("uncut"));
    struct simulate_summary s;
    o.symbols = whole.symbols = "VIX";
    o.from = whole.from = 20240102;
    o.to = whole.to = 20240328;
    o.threads = 2;
    o.keep_on = some_days;
    atomic_store(&days_left, 5);
    CHECK_EQ(simulate_run(&o, &s), ERR_CANCELLED);
    CHECK_HAS(err_detail(), "as it was");
    atomic_store(&days_left, 30); /* January has 21 */
    CHECK_EQ(simulate_run(&o, &s), ERR_CANCELLED);
    CHECK_HAS(err_detail(), "months to 20240131");
    check_whole(o.store);
    o.keep_on = NULL;
    CHECK_OK(simulate_run(&o, &s));
    CHECK_EQ(s.kept, 21);
    CHECK_OK(simulate_run(&whole, &s));
    CHECK_EQ(hash_files(o.store) == hash_files(whole.store), 1);
}

TEST(simulate, killed_at_any_moment_the_store_opens_and_can_be_finished)
{
    struct simulate_options o = options(folder_of("killed"));
    o.symbols = "VIX";
    o.from = 20240102;
    o.to = 20240430;
    struct simulate_summary s;
    for (int i = 0; i < 6; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            _exit(simulate_run(&o, &s) == ERR_OK ? 0 : 1);
        usleep(30000u + 60000u * (unsigned)i);
        kill(child, SIGKILL);
        CHECK_EQ(waitpid(child, NULL, 0), child);
        struct store *store;
        if (store_open(&store, o.store) == ERR_OK) { /* the folder may not be there yet */
            CHECK_OK(store_check(store, report, NULL, NULL));
            store_close(store);
        }
    }
    CHECK_OK(simulate_run(&o, &s));
    check_whole(o.store);
    CHECK_EQ(s.days + s.kept, 83);
}

/* ---- as a program
 * ------------------------------------------------------------------------------------ */

static int run_program(const char *words)
{
    char command[2048];
    snprintf(command, sizeof command, "'%s' %s >/dev/null 2>'%s/said'", IRONFLY_PROGRAM, words,
             testing_folder());
    int status = system(command);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST(simulate, the_program_says_what_it_has_not_and_stops_on_control_c)
{
    CHECK_EQ(run_program("data simulate --help"), 0);
    CHECK_EQ(run_program("data simulate"), 2);
    CHECK_EQ(run_program("data simulate --store x --grid 1h"), 2);
    CHECK_EQ(run_program("data simulate --store x --threads 0"), 2);
    CHECK_EQ(run_program("data simulate --store x --symbols GOOG"), 2);

    const char *folder = folder_of("interrupted");
    char said[600], chains[600], text[256] = "";
    snprintf(said, sizeof said, "%s.said", folder);
    snprintf(chains, sizeof chains, "%s/chains", folder);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen(said, "w", stderr))
            _exit(99);
        execl(IRONFLY_PROGRAM, IRONFLY_PROGRAM, "data", "simulate", "--store", folder, "--symbols",
              "VIX,IWM", "--from", "2010-01-04", "--to", "2024-12-31", (char *)NULL);
        _exit(98);
    }
    /* The first month has landed; fifteen years take it longer than this. */
    struct stat about;
    for (int i = 0; i < 3000 && stat(chains, &about) != 0; i++)
        usleep(20000);
    CHECK_EQ(kill(child, SIGINT), 0);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
    FILE *file = fopen(said, "r");
    CHECK(file && fgets(text, sizeof text, file));
    fclose(file);
    CHECK_HAS(text, "the same command goes on from there");
    check_whole(folder);
}

TEST(simulate, what_it_cannot_make_is_said_and_nothing_is_written)
{
    struct simulate_options o = options(folder_of("refused"));
    struct simulate_summary s;
    o.symbols = "SPX,GOOG";
    CHECK_EQ(simulate_run(&o, &s), ERR_USAGE);
    CHECK_HAS(err_detail(), "\"GOOG\" is not simulated; there are SPX, SPY");
    o.symbols = "";
    CHECK_EQ(simulate_run(&o, &s), ERR_USAGE);
    o = options(o.store);
    o.from = 20240615; /* a weekend */
    o.to = 20240616;
    CHECK_EQ(simulate_run(&o, &s), ERR_RANGE);
    CHECK_HAS(err_detail(), "no session");
    o.from = 20240621;
    CHECK_EQ(simulate_run(&o, &s), ERR_RANGE);
    o.symbols = "VIX";
    o.from = o.to = 20000621;
    CHECK_EQ(simulate_run(&o, &s), ERR_RANGE);
    CHECK_HAS(err_detail(), "VIX has no listed options");
    o = options(o.store);
    o.to = 20991231;
    CHECK_EQ(simulate_run(&o, &s), ERR_RANGE);
    o = options(o.store);
    o.threads = 0;
    CHECK_EQ(simulate_run(&o, &s), ERR_USAGE);
    enum simulate_grid grid;
    CHECK_EQ(simulate_grid_parse("1h", &grid), ERR_USAGE);
    o = options(o.store);
    o.minutes = 10; /* of the close alone */
    CHECK_EQ(simulate_run(&o, &s), ERR_USAGE);
    o.grid = GRID_TICK;
    o.minutes = 391;
    CHECK_EQ(simulate_run(&o, &s), ERR_USAGE);
    struct stat about;
    CHECK(stat(o.store, &about) != 0);
}
