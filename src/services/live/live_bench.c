/*
 * The live path on one core, from a DBN tape in memory: records a second, and the latency of paced
 * records. The tape is generated: chains of SPY, QQQ and IWM (23,400 contracts), 9 in 10 records
 * consolidated option quotes (most of them near the money and near expiry), the rest quotes of the
 * underlyings and trades; one in a thousand is bad.
 *
 * Guess: decode 10 ns, mapping with its hash look-up 25, rules and slot 25, features 25, Greeks of
 * every changed expiry five times a second of tape time 30: about 9 M records/s.
 *
 *     build/live_bench [MILLIONS [SECONDS]]       4 million records; 10 seconds of paced ones
 *     chrt -f 50 taskset -c 1 build/live_bench 0 6      the latter as a desk with a core of its own
 *                                                       runs
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "adapters/feed/replay_dbn.h"
#include "base/rng.h"
#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/types/product.h"
#include "services/live/live.h"

/* 2025-02-20 10:00:00 in New York. */
#define START_NS INT64_C(1740063600000000000)

enum {
    UNDERLYINGS = 3,
    EXPIRIES = 30,
    STRIKES = 130,
    CONTRACTS = UNDERLYINGS * EXPIRIES * STRIKES * 2
};
enum { THROUGHPUT_GAP_NS = 3333, PACED_GAP_NS = 10000 }; /* 300,000 and 100,000 a second */
#define PACED_START_NS (START_NS + PACED_GAP_NS)         /* when the first of a paced run was due */
enum { IDS = CONTRACTS + UNDERLYINGS, WINDOW = 10000 };  /* records in a tenth of a second */
enum { REST_NS = 10000000 };

static const struct {
    const char *name;
    double spot, step, vol;
} markets[UNDERLYINGS] = { { "SPY", 600, 1, 0.16 },
                           { "QQQ", 530, 1, 0.20 },
                           { "IWM", 226, 0.5, 0.22 } };

struct made { /* of each contract */
    double price, delta;
    uint32_t number;
    int market;
};

static struct made made[CONTRACTS];
static double spot[UNDERLYINGS], first_spot[UNDERLYINGS];
static struct buf tape;

static double now_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NANOS_PER_SECOND + t.tv_nsec;
}

/* ---- the tape ---- */

static void append(struct dbn_writer *writer, const void *record)
{
    MUST(dbn_writer_append(writer, record, 0) == ERR_OK);
}

static void define(struct dbn_writer *writer, uint32_t number, const char *name, char class)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    any.hd.instrument_id = number;
    any.hd.ts_event = any.definition.ts_recv = (uint64_t)START_NS;
    snprintf(any.definition.raw_symbol, sizeof any.definition.raw_symbol, "%s", name);
    any.definition.instrument_class = class;
    append(writer, &any);
}

static void define_contract(struct dbn_writer *writer, int index, int32_t expiry, double years)
{
    int market = index / (EXPIRIES * STRIKES * 2), i = index / 2 % STRIKES;
    bool is_put = index % 2;
    double strike = markets[market].spot + (i - STRIKES / 2) * markets[market].step;
    double x = log(strike / markets[market].spot);
    double vol = markets[market].vol * (1 - 0.9 * x + 2 * x * x);
    int8_t sign = is_put ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    struct black76_expiry terms = { .forward = markets[market].spot,
                                    .discount = 1,
                                    .years = years };
    struct pricing_greeks out = { .price = &made[index].price, .delta = &made[index].delta };
    black76_chain(&terms, 1, &strike, &sign, &vol, &out);
    made[index].market = market;
    made[index].number = 16777216u + 977u * (uint32_t)index; /* as sparse as OPRA's */
    char name[32];
    snprintf(name, sizeof name, "%-6s%06d%c%08d", markets[market].name, (int)(expiry % 1000000),
             is_put ? 'P' : 'C', (int)lround(strike * 1000));
    define(writer, made[index].number, name, is_put ? 'P' : 'C');
}

static void put_quote(struct dbn_writer *writer, enum dbn_rtype rtype, uint32_t number, int64_t ts,
                      uint32_t sequence, int64_t bid, int64_t ask, struct rng *rng)
{
    union dbn_any any;
    dbn_any_init(&any, rtype);
    any.hd.instrument_id = number;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.hd.ts_event = (uint64_t)(ts - 40000);
    any.mbp1.ts_recv = (uint64_t)ts;
    any.mbp1.action = 'A';
    any.mbp1.side = 'N';
    any.mbp1.flags = DBN_FLAG_LAST;
    any.mbp1.levels[0].bid_px = bid * 10000000;
    any.mbp1.levels[0].ask_px = ask * 10000000;
    any.mbp1.levels[0].bid_sz = 1 + rng_u32(rng) % 100;
    any.mbp1.levels[0].ask_sz = 1 + rng_u32(rng) % 100;
    if (rtype == DBN_RTYPE_MBP1)
        any.mbp1.sequence = sequence;
    append(writer, &any);
}

/* Near the money, near expiry. */
static int pick(struct rng *rng)
{
    int market = (int)(rng_u32(rng) % UNDERLYINGS);
    int expiry = (int)(EXPIRIES * pow(rng_uniform(rng), 3));
    int strike = STRIKES / 2 + (int)lround(14 * rng_normal(rng));
    strike = strike < 0 ? 0 : strike >= STRIKES ? STRIKES - 1 : strike;
    return ((market * EXPIRIES + expiry) * STRIKES + strike) * 2 + (int)(rng_u32(rng) % 2);
}

static void put_option(struct dbn_writer *writer, int64_t ts, struct rng *rng)
{
    const struct made *m = &made[pick(rng)];
    double fair = m->price + m->delta * (spot[m->market] - first_spot[m->market]);
    int64_t half = 1 + (int64_t)(fair * 0.5), mid = (int64_t)fmax(2, fair * 100);
    int64_t bid = mid - half + (rng_u32(rng) % 2), ask = mid + half;
    if (rng_u32(rng) % 1000 == 0)
        bid = ask + rng_u32(rng) % 2; /* locked or crossed */
    put_quote(writer, DBN_RTYPE_CMBP1, m->number, ts, 0, bid > 0 ? bid : 0, ask, rng);
}

static void put_underlying(struct dbn_writer *writer, int64_t ts, uint32_t sequence,
                           struct rng *rng)
{
    int market = (int)(rng_u32(rng) % UNDERLYINGS);
    spot[market] *= 1 + 2e-6 * rng_normal(rng);
    int64_t bid = (int64_t)(spot[market] * 100);
    put_quote(writer, DBN_RTYPE_MBP1, 1 + (uint32_t)market, ts, sequence, bid, bid + 1, rng);
}

static void put_trade(struct dbn_writer *writer, int64_t ts, struct rng *rng)
{
    const struct made *m = &made[pick(rng)];
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_TRADE);
    any.hd.instrument_id = m->number;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.hd.ts_event = (uint64_t)(ts - 40000);
    any.trade.ts_recv = (uint64_t)ts;
    any.trade.action = 'T';
    any.trade.price = (int64_t)fmax(1, m->price * 100) * 10000000;
    any.trade.size = 1 + rng_u32(rng) % 20;
    append(writer, &any);
}

static void make_tape(size_t count, int64_t gap_ns)
{
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    struct rng rng;
    rng_init(&rng, 7, 0, 1);
    buf_free(&tape);
    tape = (struct buf){ 0 };
    dbn_metadata_init(&metadata);
    snprintf(metadata.dataset, sizeof metadata.dataset, "OPRA.PILLAR");
    MUST(dbn_writer_open_memory(&writer, &tape, &metadata, false) == ERR_OK);
    for (int m = 0; m < UNDERLYINGS; m++) {
        first_spot[m] = spot[m] = markets[m].spot;
        define(writer, 1 + (uint32_t)m, markets[m].name, 'K');
    }
    for (int i = 0; i < CONTRACTS; i++) {
        int e = i / (STRIKES * 2) % EXPIRIES;
        int ahead = e < 20 ? 1 + e : 21 + (e - 20) * 14;
        define_contract(writer, i, date_add(20250220, ahead), (ahead + 0.25) / 365);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t ts = START_NS + ((int64_t)i + 1) * gap_ns;
        uint32_t what = rng_u32(&rng) % 100;
        if (what < 8)
            put_underlying(writer, ts, (uint32_t)i + 1, &rng);
        else if (what < 10)
            put_trade(writer, ts, &rng);
        else
            put_option(writer, ts, &rng);
    }
    MUST(dbn_writer_close(writer) == ERR_OK);
}

/* ---- how many ---- */

static double decode_rate(int64_t *sum)
{
    struct dbn_reader *reader;
    const struct dbn_record *rec = NULL;
    MUST(dbn_reader_open_memory(&reader, "tape", tape.ptr, tape.len, NULL) == ERR_OK);
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    while (dbn_reader_next(reader, &rec) == ERR_OK && rec) {
        union dbn_any any;
        dbn_record_get(rec, &any);
        *sum += any.trade.price;
        rec = NULL;
    }
    double rate = (double)dbn_reader_records(reader) / (now_s(CLOCK_THREAD_CPUTIME_ID) - start);
    dbn_reader_close(reader);
    return rate;
}

enum work { WORK_MAP, WORK_RULES, WORK_FEATURES, WORK_GREEKS };

static void open_live(struct live *live, bool with_board)
{
    struct source source;
    live_init(live, &(struct live_options){ .instruments = 32768, .without_board = !with_board });
    MUST(replay_dbn_open_memory(&source, NULL, "tape", tape.ptr, tape.len, &live->instruments) ==
         ERR_OK);
    live_add(live, source);
}

/* The definitions first, untimed: a morning's work, not a second's. */
static void take_definitions(struct live *live)
{
    MUST(live_step(live, START_NS, UINT32_MAX, NULL) == ERR_OK);
    MUST(live->instruments.count == IDS);
    if (!live->options.without_board)
        board_refresh(&live->board, START_NS, BOARD_EXPIRIES);
}

static double path_rate(enum work work, struct live *live)
{
    open_live(live, work >= WORK_FEATURES);
    take_definitions(live);
    uint64_t before = live->sources[0]->records;
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    while (!live_is_over(live)) {
        int64_t next = live_next_ns(live);
        int64_t now = (next > live->now_ns ? next : live->now_ns) + NANOS_PER_SECOND / 100;
        MUST(live_step(live, now, UINT32_MAX, NULL) == ERR_OK);
        if (work == WORK_GREEKS)
            board_refresh(&live->board, now, BOARD_EXPIRIES);
    }
    return (double)(live->sources[0]->records - before) / (now_s(CLOCK_THREAD_CPUTIME_ID) - start);
}

static double map_rate(void)
{
    struct arena arena;
    struct instruments instruments;
    struct source source;
    struct market_record out[LIVE_BATCH];
    size_t count, all = 0;
    arena_init(&arena, "bench", 0);
    instruments_init(&instruments, &arena, 32768);
    MUST(replay_dbn_open_memory(&source, NULL, "tape", tape.ptr, tape.len, &instruments) == ERR_OK);
    while (instruments.count < IDS)
        MUST(source_poll(&source, START_NS, out, LIVE_BATCH, &count) == ERR_OK);
    double start = now_s(CLOCK_THREAD_CPUTIME_ID);
    do {
        MUST(source_poll(&source, INT64_MAX, out, LIVE_BATCH, &count) == ERR_OK);
        all += count;
    } while (count);
    double rate = (double)all / (now_s(CLOCK_THREAD_CPUTIME_ID) - start);
    source_close(&source);
    arena_clear(&arena);
    return rate;
}

static void throughput(size_t count)
{
    static struct live live;
    int64_t sum = 0;
    double best[5] = { 0 };
    make_tape(count, THROUGHPUT_GAP_NS);
    printf("tape: %d contracts, %zu records, %.0f MB, one thread, best of 3 (processor time)\n",
           CONTRACTS, count, (double)tape.len / 1e6);
    uint64_t priced = 0, expiries = 0;
    for (int repeat = 0; repeat < 3; repeat++) {
        best[0] = fmax(best[0], decode_rate(&sum));
        best[1] = fmax(best[1], map_rate());
        for (enum work work = WORK_RULES; work <= WORK_GREEKS; work++) {
            best[1 + work] = fmax(best[1 + work], path_rate(work, &live));
            priced = live.board.priced;
            expiries = live.board.refreshed;
            if (repeat == 2 && work == WORK_GREEKS) {
                printf("%-58s", "rules hit in one run:");
                for (enum rule rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
                    if (live_hits(&live, rule))
                        printf(" %s %" PRIu64, rule_name(rule), live_hits(&live, rule));
                printf("\n");
            }
            live_close(&live);
        }
    }
    static const char *const what[] = { "DBN decode alone",
                                        "and mapped: instruments looked up, micros",
                                        "and judged by the rules, quotes kept, failover watched",
                                        "and features",
                                        "and Greeks of what changed, 5 times a second" };
    for (size_t i = 0; i < ARRAY_COUNT(what); i++)
        printf("%-58s %8.2f M records/s %7.1f ns\n", what[i], best[i] / 1e6, 1e9 / best[i]);
    printf("%-58s %8.2f M in %" PRIu64 " batches (sum %" PRId64 ")\n",
           "options priced in the last run", (double)priced / 1e6, expiries, sum % 10);
}

/* ---- how long ---- */

static int compare_ns(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void print_late(const char *what, int64_t *late, size_t count)
{
    static const double at[] = { 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
    qsort(late, count, sizeof *late, compare_ns);
    printf("  %-42s", what);
    for (size_t i = 0; i < ARRAY_COUNT(at); i++) {
        size_t n = (size_t)((double)count * at[i]);
        printf("  %g %% %.2f us", at[i] * 100, (double)late[n < count ? n : count - 1] / 1000);
    }
    printf("\n");
}

/* How often something else has run on this core: the scheduler's count, and time that the host of a
 * virtual machine took. */
static uint64_t disturbances(void)
{
    struct rusage usage;
    unsigned long long steal = 0;
    FILE *stat = fopen("/proc/stat", "r");
    MUST(getrusage(RUSAGE_THREAD, &usage) == 0);
    if (stat && fscanf(stat, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
        steal = 0;
    if (stat)
        fclose(stat);
    return (uint64_t)usage.ru_nivcsw + steal;
}

/* Windows of WINDOW records in which something else ran are counted and left out of the second
 * line: what such a window shows is the machine, not the path. */
struct windows {
    uint64_t before;
    size_t all, quiet;
    int64_t *late; /* of quiet windows, quiet * WINDOW of them */
};

static void end_window(struct windows *w, const int64_t *late)
{
    uint64_t now = disturbances();
    w->all++;
    if (now == w->before)
        memcpy(w->late + WINDOW * w->quiet++, late, WINDOW * sizeof *late);
    /* The clock stands still. A thread of real-time priority may take 95 % of a core at most
     * (sched(7)), and would be stopped for 50 ms of each second if it never rested. */
    nanosleep(&(struct timespec){ .tv_nsec = REST_NS }, NULL);
    w->before = disturbances();
}

static void print_windows(struct windows *w, const char *what, int64_t *late, size_t count)
{
    char label[64];
    print_late(what, late, count);
    snprintf(label, sizeof label, "  in %zu of %zu quiet tenths of a second", w->quiet, w->all);
    if (w->quiet)
        print_late(label, w->late, w->quiet * WINDOW);
}

/* What the machine takes by itself: the same waiting, and nothing done when a record is due. */
static void latency_of_nothing(int64_t *late, size_t count, struct windows *w)
{
    w->all = w->quiet = 0;
    w->before = disturbances();
    int64_t start = wall_ns(), skipped = 0;
    for (size_t done = 0; done < count;) {
        int64_t now = wall_ns();
        while (done < count && start + skipped + ((int64_t)done + 1) * PACED_GAP_NS <= now) {
            late[done] = now - (start + skipped + ((int64_t)done + 1) * PACED_GAP_NS);
            if (++done % WINDOW == 0) {
                int64_t from = wall_ns();
                end_window(w, late + done - WINDOW);
                skipped += wall_ns() - from;
            }
        }
    }
    print_windows(w, "the machine alone", late, count);
}

static int64_t processor_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * NANOS_PER_SECOND + t.tv_nsec;
}

/* The first record, before the clock starts: with it a feed is chosen and every instrument looked
 * through once, 0.2 ms that a session spends before its first quote. */
static void take_first(struct live *live)
{
    size_t came = 0;
    take_definitions(live);
    MUST(live_step(live, PACED_START_NS, 1, &came) == ERR_OK && came == 1);
    MUST(live_step(live, PACED_START_NS, 1, &came) == ERR_OK &&
         came == 0); /* and looked through, in the step after it */
}

/*
 * The same pace on the thread's own processor time, as if the core were its alone: work takes what
 * it takes, waiting takes nothing. What other programs take is left out; what the host of a
 * virtual machine takes unseen, and interrupts, are not.
 */
static void latency_of_own_time(int64_t *late, size_t count)
{
    static struct live live;
    open_live(&live, true);
    take_first(&live);
    int64_t own = 0;
    for (size_t done = 0; done < count;) {
        int64_t begin = processor_ns(), due = ((int64_t)done + 1) * PACED_GAP_NS;
        size_t came = 0;
        if (due <= own) {
            MUST(live_step(&live, PACED_START_NS + own, 1, &came) == ERR_OK);
        } else if (!board_refresh_piece(&live.board, PACED_START_NS + own)) {
            own = due;
            continue;
        }
        own += processor_ns() - begin;
        for (size_t i = 0; i < came && done < count; i++, done++)
            late[done] = own - ((int64_t)done + 1) * PACED_GAP_NS;
    }
    print_late("the same on the thread's processor time", late, count);
    live_close(&live);
}

static void latency(int seconds)
{
    static struct live live;
    (void)mlockall(MCL_CURRENT | MCL_FUTURE); /* where it may: no page goes while it runs */
    size_t count = (size_t)seconds * (NANOS_PER_SECOND / PACED_GAP_NS), done = 0;
    make_tape(count + 1, PACED_GAP_NS);
    int64_t *late = mem_alloc(count * sizeof *late);
    struct windows w = { .late = mem_alloc(count * sizeof *late) };
    memset(late, 1, count * sizeof *late); /* no page is taken while it runs */
    memset(w.late, 1, count * sizeof *late);
    open_live(&live, true);
    take_first(&live);
    uint64_t before = live.board.refreshed;
    w.before = disturbances();
    int64_t start = wall_ns(), begun = start;
    while (done < count) {
        /* Record i is due at start + (i + 1) gaps, whatever happened to those before it. */
        int64_t now = PACED_START_NS + (wall_ns() - start);
        size_t came;
        MUST(live_step(&live, now, 1, &came) == ERR_OK);
        int64_t end = wall_ns();
        for (size_t i = 0; i < came && done < count; i++) {
            late[done] = end - (start + ((int64_t)done + 1) * PACED_GAP_NS);
            if (++done % WINDOW == 0) { /* the book-keeping stops the clock */
                int64_t from = wall_ns();
                end_window(&w, late + done - WINDOW);
                start += wall_ns() - from;
            }
        }
        if (came == 0)
            board_refresh_piece(&live.board, now);
    }
    double took = (double)(wall_ns() - begun) * 1e-9;
    printf(
        "paced: %zu records in %.2f s, %.0f a second; %.0f expiries priced a second between them\n",
        count, took, (double)count / took, (double)(live.board.refreshed - before) / took);
    print_windows(&w, "record due to features updated", late, count);
    latency_of_nothing(late, count, &w);
    live_close(&live);
    latency_of_own_time(late, count);
    mem_free(late);
    mem_free(w.late);
}

int main(int argc, char **argv)
{
    int64_t millions = 4, seconds = 10;
    if ((argc > 1 && !str_to_int64(str_from(argv[1]), &millions)) ||
        (argc > 2 && !str_to_int64(str_from(argv[2]), &seconds)) || millions < 0 || seconds < 0) {
        fprintf(stderr, "usage: live_bench [MILLIONS [SECONDS]]\n");
        return 2;
    }
    if (millions)
        throughput((size_t)millions * 1000000);
    if (seconds)
        latency((int)seconds);
    buf_free(&tape);
    return 0;
}
