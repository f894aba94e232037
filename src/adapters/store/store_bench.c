/*
 * What the store costs: writing rows, opening a day, scanning it beside memory itself.
 *
 * Guesses before measuring: adding a row 15 ns; a scan of mapped bid and ask within a tenth of a
 * plain sum over an array of the same size; opening a day of 4 million rows 3 ms, nearly all of it
 * the check of the contract column.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "adapters/store/store.h"

enum { CONTRACTS = 10000, INSTANTS = 400, ROWS = CONTRACTS * INSTANTS, REPEATS = 5 };
#define DAY 20190521
#define OPEN_NS (INT64_C(1558445400) * 1000000000)

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of this process, in the program and in the kernel: what is left when nobody else wants the
 * machine. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must_ok(enum err err)
{
    if (!err)
        return;
    fprintf(stderr, "store_bench: %s\n", err_detail());
    exit(1);
}

static void add(struct day_writer *writer, const uint32_t *handle, int instant, int c, bool full)
{
    struct quote quote = QUOTE_EMPTY;
    int64_t n = (int64_t)instant * CONTRACTS + c;
    quote.bid = n * 1000;
    quote.ask = n * 1000 + 50000;
    quote.bid_size = (uint32_t)c;
    quote.ask_size = (uint32_t)instant;
    if (full) {
        quote.last = quote.bid;
        quote.volume = quote.open_interest = (uint32_t)n;
        quote.vendor_iv = 0.2F;
        quote.vendor_delta = 0.5F;
    }
    day_writer_quote(writer, OPEN_NS + instant * INT64_C(60000000000), handle[c], &quote);
}

static void write_day(struct store *store, const char *name, int32_t day, bool by_contract,
                      bool full)
{
    static uint32_t handle[CONTRACTS];
    struct day_writer *writer;
    must_ok(store_begin(store));
    double start = now(), cpu_start = cpu();
    must_ok(day_writer_open(&writer, store, "SPX", day, "bench"));
    for (int c = 0; c < CONTRACTS; c++) {
        struct contract contract = {
            "SPXW",         20190621,  (c / 2 + 1) * 5000, 100, c % 2 ? OPTION_PUT : OPTION_CALL,
            STYLE_EUROPEAN, SETTLE_PM, DELIVERY_CASH
        };
        handle[c] = day_writer_contract(writer, &contract);
    }
    for (int i = 0; i < ROWS; i++) {
        int outer = by_contract ? i / INSTANTS : i / CONTRACTS;
        int inner = by_contract ? i % INSTANTS : i % CONTRACTS;
        add(writer, handle, by_contract ? inner : outer, by_contract ? outer : inner, full);
    }
    double added = now();
    must_ok(day_writer_finish(writer, NULL));
    double finished = now();
    must_ok(store_commit(store, NULL, NULL, NULL));
    double ns = 1e9 / ROWS, done = now();
    printf("store write, %-34s %6.1f M rows/s  (ns a row: add %.0f, finish %.0f, commit and sync "
           "%.0f; "
           "cpu %.0f)\n",
           name, ROWS / 1e6 / (done - start), (added - start) * ns, (finished - added) * ns,
           (done - finished) * ns, (cpu() - cpu_start) * ns);
}

static int64_t sum(const int64_t *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += (uint64_t)values[i];
    return (int64_t)total;
}

static double best(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

static void scan(const struct store *store)
{
    double opened = 0, verified = 0, first = 0, again = 0, plain = 0;
    int64_t total = 0;
    size_t bytes = 2 * sizeof(int64_t) * ROWS;
    int64_t *array = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (array == MAP_FAILED)
        exit(1);
    madvise(array, bytes, MADV_HUGEPAGE); /* memory at its best */
    for (int r = 0; r < REPEATS; r++) {
        struct chain_day day;
        double start = now();
        must_ok(chain_day_open(&day, store, "SPX", DAY, true));
        verified = best(verified, now() - start);
        chain_day_close(&day);

        start = now();
        must_ok(chain_day_open(&day, store, "SPX", DAY, false));
        opened = best(opened, now() - start);
        for (int pass = 0; pass < 2; pass++) {
            start = now();
            total += sum(day.rows.bid, ROWS) + sum(day.rows.ask, ROWS);
            *(pass ? &again : &first) = best(pass ? again : first, now() - start);
        }
        for (int i = 0; r == 0 && i < ROWS; i++) {
            array[i] = day.rows.bid[i];
            array[ROWS + i] = day.rows.ask[i];
        }
        start = now();
        total -= 2 * sum(array, 2 * (size_t)ROWS);
        plain = best(plain, now() - start);
        chain_day_close(&day);
    }
    munmap(array, bytes);
    double gb = (double)bytes / 1e9;
    printf("store scan, first pass over a mapping          %7.2f GB/s\n", gb / first);
    printf("store scan, later passes                       %7.2f GB/s\n", gb / again);
    printf("plain array of the same size                   %7.2f GB/s%s\n", gb / plain,
           total == 0 ? "" : " (sums differ!)");
    printf("store open, %d M rows                           %7.2f ms, with all checksums %.2f ms\n",
           ROWS / 1000000, opened * 1e3, verified * 1e3);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    char path[256], command[300];
    snprintf(path, sizeof path, "%s/ironfly-bench-XXXXXX", tmp ? tmp : "/tmp");
    struct store *store;
    if (!mkdtemp(path))
        return 1;
    must_ok(store_open_writer(&store, path));
    store_set_packing(store, STORE_PACK_NEVER); /* store_scale_bench packs */
    write_day(store, "in order, with sizes", DAY, false, false);
    write_day(store, "contract by contract, with sizes", DAY + 1, true, false);
    write_day(store, "in order, every column", DAY + 1, false, true);
    write_day(store, "contract by contract, every column", DAY + 1, true, true);
    scan(store);
    store_close(store);
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    return system(command) ? 1 : 0;
}
