/*
 * The store at scale: years of one-minute chains of the shape of SPX, made here.
 *
 *     store_scale_bench [DAYS [FOLDER]]      20 days in a fresh folder of TMPDIR; a year is 252,
 *                                            ten 2520
 *     store_scale_bench 0 FOLDER             only open that store of SPX
 *
 * A day is 390 snapshots of 208 to 400 contracts: eight expiries, 0 to 63 sessions out, strikes
 * around the money, prices by Black-76 under a skew, with noise of a few ticks, spreads that
 * breathe and sizes that change four times in five. A folder that is given is kept, and days that
 * are in it are not made again.
 *
 * Rates are of processor time of this thread, so that what else runs counts less; best of several.
 * Guesses before measuring: 3 bytes a quote, unpacking 80 M quotes/s, a raw column as fast as
 * memory, opening ten years 20 ms.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "adapters/store/store.h"
#include "base/date.h"
#include "base/rng.h"
#include "domain/pricing/european.h"
#include "domain/types/calendar.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double best(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

static void must_ok(enum err err)
{
    if (!err)
        return;
    fprintf(stderr, "store_scale_bench: %s\n", err_detail());
    exit(1);
}

/* ---- a market day ---------------------------------------------------------------------------- */

enum { RAW_DAYS = 60, SMALL_DAYS = 2500 };
enum { MINUTES = 390, EXPIRIES = 8, STRIKES_MIN = 13, STRIKES_MAX = 25 };
enum { CONTRACTS_MAX = EXPIRIES * STRIKES_MAX * 2, ROWS_MAX = CONTRACTS_MAX * MINUTES };

struct market {
    uint64_t seed;
    double spot, vol; /* carried from day to day */
};

struct made_day {
    struct contract contracts[CONTRACTS_MAX];
    struct chain_snapshot snapshots[MINUTES];
    uint32_t contract_count, row_count, two_sided;
    uint32_t contract[ROWS_MAX];
    int64_t bid[ROWS_MAX], ask[ROWS_MAX];
    uint32_t bid_size[ROWS_MAX], ask_size[ROWS_MAX];
};

/* What stays with a contract from minute to minute: whose quote it is, in a way. */
struct maker {
    double noise, width, bid_level, ask_level;
    uint32_t bid_size, ask_size;
};

static double uniform(uint64_t *seed)
{
    return (double)(rng_splitmix64(seed) >> 11) * 0x1p-53;
}

/* A sum of uniforms is normal enough for noise, and quick. */
static double noise(uint64_t *seed)
{
    uint64_t a = rng_splitmix64(seed);
    double sum = (double)(a & 0xffff) + (double)(a >> 16 & 0xffff) + (double)(a >> 32 & 0xffff) +
                 (double)(a >> 48);
    return (sum * 0x1p-16 - 2) * 1.7320508;
}

static int64_t tick_of(double dollars)
{
    return dollars < 3 ? 50000 : 100000;
}

static uint32_t draw_size(uint64_t *seed, double level)
{
    double size = level * exp(0.8 * noise(seed));
    return size < 1 ? 1 : (uint32_t)size;
}

static void make_quote(struct made_day *day, uint32_t c, double theo, struct maker *m,
                       uint64_t *seed)
{
    uint32_t row = day->row_count++;
    m->noise = 0.9 * m->noise + 0.2 * noise(seed);
    if (uniform(seed) < 0.05)
        m->width = 1 + fabs(noise(seed));
    double tick = (double)tick_of(theo) / 1e6;
    double half = (0.6 * tick + 0.004 * theo) * m->width, mid = theo + m->noise * tick;
    int64_t step = tick_of(theo);
    int64_t bid = (int64_t)floor((mid - half) / tick) * step;
    int64_t ask = (int64_t)ceil((mid + half) / tick) * step;
    if (uniform(seed) < 0.8)
        m->bid_size = draw_size(seed, m->bid_level);
    if (uniform(seed) < 0.8)
        m->ask_size = draw_size(seed, m->ask_level);
    bool has_bid = bid > 0;
    day->contract[row] = c;
    day->bid[row] = has_bid ? bid : PRICE_NONE;
    day->ask[row] = ask > step ? ask : step;
    day->bid_size[row] = has_bid ? m->bid_size : 0;
    day->ask_size[row] = m->ask_size;
    day->two_sided += has_bid;
}

static int32_t after_days(int32_t day, int count)
{
    return calendar_add(calendar_us(), day, count);
}

static void list_contracts(struct made_day *day, int32_t date, double spot, uint64_t *seed)
{
    static const int sessions[EXPIRIES] = { 0, 1, 2, 3, 4, 5, 21, 63 };
    int strikes = STRIKES_MIN + (int)(rng_splitmix64(seed) % (STRIKES_MAX - STRIKES_MIN + 1));
    day->contract_count = 0;
    for (int e = 0; e < EXPIRIES; e++)
        for (int k = 0; k < strikes; k++)
            for (int right = 0; right < 2; right++) {
                int grid = sessions[e] > 5 ? 25 : 5;
                int strike = ((int)(spot / grid) + k - strikes / 2) * grid;
                day->contracts[day->contract_count++] =
                    (struct contract){ "SPXW",
                                       after_days(date, sessions[e]),
                                       strike * 1000,
                                       100,
                                       right ? OPTION_PUT : OPTION_CALL,
                                       STYLE_EUROPEAN,
                                       SETTLE_PM,
                                       DELIVERY_CASH };
            }
}

/* Black-76 values of all contracts at a minute, with a skew. */
static void value_contracts(const struct made_day *day, int32_t date, int minute, double spot,
                            double vol, double *theo)
{
    static double strike[CONTRACTS_MAX], sigma[CONTRACTS_MAX];
    static int8_t sign[CONTRACTS_MAX];
    static uint8_t status[CONTRACTS_MAX];
    for (uint32_t c = 0; c < day->contract_count;) {
        uint32_t n = 0;
        int32_t expiry = day->contracts[c].expiry;
        double days = date_diff(expiry, date) + (MINUTES - minute) / (double)MINUTES * 0.7;
        double years = days / 365 + 1e-6;
        for (; c + n < day->contract_count && day->contracts[c + n].expiry == expiry; n++) {
            const struct contract *k = &day->contracts[c + n];
            strike[n] = k->strike_mills / 1000.0;
            sign[n] = k->right == OPTION_CALL ? 1 : -1;
            double away = log(strike[n] / spot) / sqrt(years);
            sigma[n] = vol * (1 - 0.25 * away + 0.3 * away * away);
        }
        struct black76_expiry terms = { spot, 1, years, 0, 0 };
        struct pricing_greeks out = { .price = theo + c, .status = status };
        (void)black76_chain(&terms, n, strike, sign, sigma, &out);
        c += n;
    }
}

static void make_day(struct made_day *day, struct market *market, int32_t date)
{
    static double theo[CONTRACTS_MAX];
    static struct maker makers[CONTRACTS_MAX];
    uint64_t *seed = &market->seed;
    int64_t open_ns, close_ns;
    must_ok(calendar_session(calendar_us(), date, SESSION_EQUITY, &open_ns, &close_ns));
    list_contracts(day, date, market->spot, seed);
    day->row_count = day->two_sided = 0;
    for (uint32_t c = 0; c < day->contract_count; c++)
        makers[c] = (struct maker){ noise(seed), 1, 5 + 60 * uniform(seed), 5 + 60 * uniform(seed),
                                    10,          10 };
    market->vol *= exp(0.05 * noise(seed) - 0.1 * log(market->vol / 0.16));
    for (int m = 0; m < MINUTES; m++) {
        double minute_vol = market->vol / sqrt(252.0 * MINUTES), move = noise(seed);
        market->spot *= exp(minute_vol * move);
        market->vol *= exp(-0.004 * move + 0.001 * noise(seed));
        value_contracts(day, date, m, market->spot, market->vol, theo);
        struct chain_snapshot *s = &day->snapshots[m];
        *s = (struct chain_snapshot){ .ts_ns = open_ns + (m + 1) * INT64_C(60000000000),
                                      .underlying = (int64_t)(market->spot * 100) * 10000,
                                      .underlying_bid = PRICE_NONE,
                                      .underlying_ask = PRICE_NONE,
                                      .row_first = day->row_count };
        for (uint32_t c = 0; c < day->contract_count; c++)
            make_quote(day, c, theo[c], &makers[c], seed);
        s->row_count = day->row_count - s->row_first;
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_day(struct store *store, const struct made_day *made, int32_t date)
{
    static uint32_t handle[CONTRACTS_MAX];
    struct day_writer *writer;
    must_ok(day_writer_open(&writer, store, "SPX", date, "scale-bench"));
    for (uint32_t c = 0; c < made->contract_count; c++)
        handle[c] = day_writer_contract(writer, &made->contracts[c]);
    for (uint32_t m = 0; m < MINUTES; m++) {
        const struct chain_snapshot *s = &made->snapshots[m];
        day_writer_underlying(writer, s->ts_ns, s->underlying, PRICE_NONE, PRICE_NONE, 0);
        for (uint32_t i = s->row_first; i < s->row_first + s->row_count; i++) {
            struct quote quote = QUOTE_EMPTY;
            quote.bid = made->bid[i];
            quote.ask = made->ask[i];
            quote.bid_size = made->bid_size[i];
            quote.ask_size = made->ask_size[i];
            day_writer_quote(writer, s->ts_ns, handle[made->contract[i]], &quote);
        }
    }
    must_ok(day_writer_finish(writer, NULL));
}

static bool is_stored(const struct store *store, int32_t date)
{
    struct chain_cursor *cursor;
    if (chain_cursor_open(&cursor, store, "SPX", date))
        return false;
    chain_cursor_close(cursor);
    return true;
}

/* In a process of its own, so that the scan's memory is the scan's alone. */
static void fill(const char *path, enum store_packing packing, int days)
{
    fflush(stdout);
    pid_t child = fork();
    if (child != 0) {
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            exit(1);
        return;
    }
    struct store *store;
    struct made_day *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct market market = { 7, 4000, 0.16 };
    uint64_t rows = 0;
    double writing = 0, start = now();
    if (made == MAP_FAILED)
        _exit(1);
    must_ok(store_open_writer(&store, path));
    store_set_packing(store, packing);
    int32_t date = 20140102;
    for (int d = 0; d < days; d++, date = after_days(date, 1)) {
        if (d % 10 == 0)
            must_ok(store_begin(store));
        if (!is_stored(store, date)) {
            make_day(made, &market, date);
            double from = cpu();
            write_day(store, made, date);
            writing += cpu() - from;
            rows += made->row_count;
        }
        if (d % 10 == 9 || d + 1 == days)
            must_ok(store_commit(store, NULL, NULL, NULL));
    }
    store_close(store);
    if (rows)
        printf("%-52s %8.1f M quotes/s (processor time; %.0f s with making them and the disk)\n",
               packing == STORE_PACK_NEVER ? "write raw" : "write: collect, order, pack",
               (double)rows / 1e6 / writing, now() - start);
    fflush(stdout);
    _exit(0);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Of /proc/self/status, in kB. */
static long status_kb(const char *field)
{
    char line[128];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtol(line + strlen(field) + 1, NULL, 10);
    if (file)
        fclose(file);
    return kb;
}

struct scan {
    uint64_t quotes, two_sided, bytes;
    double unpacking;
    long anonymous_kb, mapped_kb;
};

static uint64_t count_two_sided(const struct quote_rows *rows)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < rows->count; i++)
        count += rows->bid[i] != PRICE_NONE && rows->ask[i] != PRICE_NONE;
    return count;
}

/* All days snapshot by snapshot, as a backtest does. Unpacking is what the cursor's calls take. */
static void scan_days(struct scan *scan, const struct store *store, const struct store_day *days,
                      size_t count, unsigned columns)
{
    *scan = (struct scan){ 0 };
    struct chain_cursor *cursor = NULL;
    for (size_t d = 0; d < count; d++) {
        const struct chain_snapshot *snapshot;
        struct quote_rows rows;
        double unpacking = 0;
        for (int pass = 0; pass < 2; pass++) { /* the second finds the file in memory */
            double from = cpu();
            must_ok(cursor
                        ? chain_cursor_turn(cursor, days[d].day)
                        : chain_cursor_open_columns(&cursor, store, "SPX", days[d].day, columns));
            uint32_t n = chain_cursor_day(cursor)->snapshot_count;
            for (uint32_t i = 0; i < n; i++)
                must_ok(chain_cursor_next(cursor, &snapshot, &rows));
            unpacking = best(unpacking, cpu() - from);
            for (uint32_t i = 0; pass == 0 && i < n; i++) {
                must_ok(chain_cursor_rows(cursor, i, &rows));
                scan->two_sided += count_two_sided(&rows);
            }
        }
        long anonymous = status_kb("RssAnon:"), mapped = status_kb("RssFile:");
        scan->anonymous_kb = anonymous > scan->anonymous_kb ? anonymous : scan->anonymous_kb;
        scan->mapped_kb = mapped > scan->mapped_kb ? mapped : scan->mapped_kb;
        scan->unpacking += unpacking;
        scan->quotes += days[d].quotes;
        scan->bytes += days[d].bytes;
    }
    chain_cursor_close(cursor);
}

static int64_t sum_of(const int64_t *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += (uint64_t)values[i];
    return (int64_t)total;
}

/* More than any cache of a processor holds: less would measure the cache. */
static const size_t MEMORY_BYTES = (size_t)1 << 30;

/* A plain sum over as much memory, with huge pages and without: what this machine gives one core,
 * in bytes a second. */
static double memory_bandwidth(size_t bytes, bool has_huge_pages)
{
    size_t count = bytes / sizeof(int64_t);
    int64_t *array = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    double seconds = 0;
    int64_t total = 0;
    if (array == MAP_FAILED)
        exit(1);
    madvise(array, bytes, has_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (size_t i = 0; i < count; i++)
        array[i] = (int64_t)i;
    for (int r = 0; r < 7; r++) {
        double start = cpu();
        total += sum_of(array, count);
        seconds = best(seconds, cpu() - start);
    }
    munmap(array, bytes);
    return total ? (double)bytes / seconds : 0;
}

/*
 * The bid column of raw days, bytes a second: the first time after opening, when pages of the
 * mapping come as they are touched, whatever day it is; the same told before (chain_day_expect,
 * whose time counts); and once more, from the processor's caches in part.
 */
enum raw_pass { RAW_TOUCHED, RAW_EXPECTED, RAW_AGAIN, RAW_PASSES };

static void scan_raw(const struct store *store, const struct store_day *days, size_t count,
                     size_t *bytes, double rate[RAW_PASSES])
{
    double fastest[RAW_PASSES] = { 0 };
    int64_t total = 0;
    for (int round = 0; round < 7; round++) {
        double seconds[RAW_PASSES] = { 0 };
        *bytes = 0;
        for (size_t k = 0; k < 2 * count;
             k++) { /* all days one way, then all the other: no cache keeps them */
            enum raw_pass pass = k < count ? RAW_TOUCHED : RAW_EXPECTED;
            struct chain_day day;
            must_ok(chain_day_open(&day, store, "SPX", days[k % count].day, false));
            double start = cpu();
            if (pass == RAW_EXPECTED)
                chain_day_expect(&day, day.rows.bid, day.rows.count * sizeof *day.rows.bid);
            total += sum_of(day.rows.bid, day.rows.count);
            seconds[pass] += cpu() - start;
            start = cpu();
            total += sum_of(day.rows.bid, day.rows.count);
            seconds[RAW_AGAIN] += pass == RAW_EXPECTED ? cpu() - start : 0;
            *bytes += pass == RAW_EXPECTED ? day.rows.count * sizeof(int64_t) : 0;
            chain_day_close(&day);
        }
        for (int pass = 0; pass < RAW_PASSES; pass++)
            fastest[pass] = best(fastest[pass], seconds[pass]);
    }
    for (int pass = 0; pass < RAW_PASSES; pass++)
        rate[pass] = total ? (double)*bytes / fastest[pass] : 0;
}

/* A store opened and listed afresh, the first time without its index. */
static void time_opening(const char *path, size_t *files, double *with_index, double *without)
{
    struct store *store;
    struct arena arena;
    struct store_day *days;
    char command[400];
    arena_init(&arena, "bench", 0);
    *with_index = *without = 0;
    for (int r = 0; r < 10; r++) {
        bool fresh = r == 0;
        if (fresh) {
            snprintf(command, sizeof command, "rm -rf '%s/.index'", path);
            if (system(command))
                exit(1);
        }
        struct chain_cursor *cursor;
        double start = now();
        must_ok(store_open(&store, path));
        must_ok(store_list(store, &arena, &days, files, NULL));
        must_ok(chain_cursor_open(&cursor, store, "SPX", days[0].day));
        double took = now() - start;
        *(fresh ? without : with_index) = best(fresh ? *without : *with_index, took);
        chain_cursor_close(cursor);
        store_close(store);
    }
    arena_clear(&arena);
}

static void fill_small(const char *path, int count)
{
    struct store *store;
    int32_t date = 20140102;
    must_ok(store_open_writer(&store, path));
    must_ok(store_begin(store));
    for (int d = 0; d < count; d++, date = after_days(date, 1)) {
        struct day_writer *writer;
        struct contract contract = { "SPXW",     after_days(date, 1), 4000000,   100,
                                     OPTION_PUT, STYLE_EUROPEAN,      SETTLE_PM, DELIVERY_CASH };
        struct quote quote = QUOTE_EMPTY;
        int64_t open_ns, close_ns;
        must_ok(calendar_session(calendar_us(), date, SESSION_EQUITY, &open_ns, &close_ns));
        quote.bid = 1000000;
        quote.ask = 1100000;
        must_ok(day_writer_open(&writer, store, "SPX", date, "scale-bench"));
        day_writer_quote(writer, close_ns, day_writer_contract(writer, &contract), &quote);
        must_ok(day_writer_finish(writer, NULL));
    }
    must_ok(store_commit(store, NULL, NULL, NULL));
    store_close(store);
}

static void report_scan(const char *path)
{
    struct store *store;
    struct arena arena;
    struct store_day *days;
    size_t count;
    struct scan scan;
    arena_init(&arena, "bench", 0);
    must_ok(store_open(&store, path));
    must_ok(store_list(store, &arena, &days, &count, NULL));
    scan_days(&scan, store, days, count, CURSOR_ALL);
    printf("%-52s %8.1f M in %zu days, %.2f GB\n", "quotes stored", (double)scan.quotes / 1e6,
           count, (double)scan.bytes / 1e9);
    printf("%-52s %8.2f bytes, all of the file counted\n",
           "stored for each two-sided quote with sizes",
           (double)scan.bytes / (double)scan.two_sided);
    printf("%-52s %8.1f M quotes/s a core, checksums and opening counted\n", "unpack all columns",
           (double)scan.quotes / 1e6 / scan.unpacking);
    struct scan narrow;
    scan_days(&narrow, store, days, count, CURSOR_SIZES);
    printf("%-52s %8.1f M quotes/s a core\n", "unpack bid, ask and sizes alone",
           (double)narrow.quotes / 1e6 / narrow.unpacking);
    printf("%-52s %8.1f MB anonymous, %.1f MB mapped files\n", "most memory while scanning",
           (double)scan.anonymous_kb / 1e3, (double)scan.mapped_kb / 1e3);
    arena_clear(&arena);
    store_close(store);
}

static void report_raw(const char *path)
{
    struct store *store;
    struct arena arena;
    struct store_day *days;
    size_t count;
    arena_init(&arena, "bench", 0);
    must_ok(store_open(&store, path));
    must_ok(store_list(store, &arena, &days, &count, NULL));
    size_t bytes;
    double column[RAW_PASSES];
    scan_raw(store, days, count, &bytes, column);
    double cached = memory_bandwidth(bytes, true), memory = memory_bandwidth(MEMORY_BYTES, true);
    double small = memory_bandwidth(MEMORY_BYTES, false);
    memory = memory > small ? memory : small;
    printf(
        "%-52s %8.2f GB/s over 1 GB; %.2f without huge pages; %.2f over %.0f MB, in the processor's cache\n",
        "memory: a plain sum", memory / 1e9, small / 1e9, cached / 1e9, (double)bytes / 1e6);
    static const char *const what[] = { "pages as they are touched", "told before",
                                        "once it is mapped" };
    for (int pass = 0; pass < RAW_PASSES; pass++)
        printf("%-52s %8.2f GB/s over %.0f MB, %s: %.0f %% of memory\n",
               "sum over the raw bid column of mapped days", column[pass] / 1e9,
               (double)bytes / 1e6, what[pass], 100 * column[pass] / memory);
    arena_clear(&arena);
    store_close(store);
}

static void report_opening(const char *path)
{
    size_t files;
    double with_index, without;
    char what[64];
    time_opening(path, &files, &with_index, &without);
    snprintf(what, sizeof what, "open, list and come to the first of %zu days", files);
    printf("%-52s %8.1f ms; without an index %.1f ms\n", what, with_index * 1e3, without * 1e3);
}

int main(int argc, char **argv)
{
    int days = argc > 1 ? atoi(argv[1]) : 20;
    const char *tmp = getenv("TMPDIR");
    char base[200], raw[256], packed[256], small[256], command[300];
    snprintf(base, sizeof base, "%s/ironfly-scale-XXXXXX", tmp ? tmp : "/tmp");
    if (argc > 2 && days == 0) { /* a store of whoever: how long it takes to open */
        report_opening(argv[2]);
        return 0;
    }
    if (!mkdtemp(base) || days < 1)
        return 1;
    snprintf(raw, sizeof raw, "%s/raw", base);
    snprintf(small, sizeof small, "%s/small", base);
    snprintf(packed, sizeof packed, "%s", argc > 2 ? argv[2] : base);
    if (argc < 3)
        snprintf(packed, sizeof packed, "%s/packed", base);

    fill(packed, STORE_PACK_AUTO, days);
    report_scan(packed);
    report_opening(packed);
    fill(raw, STORE_PACK_NEVER, RAW_DAYS);
    report_raw(raw);
    fill_small(small, SMALL_DAYS);
    report_opening(small);
    snprintf(command, sizeof command, "rm -rf '%s'", base);
    return system(command) ? 1 : 0;
}
