/*
 * Rows a second. The guesses: the CSV reader alone 5 million rows of a chain table on one core;
 * with symbols, contracts, policy and the store behind it, 1 million. Measured on a busy two-core
 * machine: 6.6 million (790 MB/s), and 0.7 million.
 *
 *     import_bench [ROWS]     made rows of the cboe-spx layout, 20,000 a day
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "adapters/import/csv_reader.h"
#include "adapters/import/import.h"
#include "adapters/import/text_source.h"
#include "base/date.h"
#include "domain/types/calendar.h"

enum { ROWS_A_DAY = 20000 };

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void write_rows(FILE *out, long rows)
{
    fputs(
        "underlying,underlying_last,exchange,optionroot,type,expiration,quotedate,strike,last,net,"
        "bid,ask,volume,openinterest,impliedvol,delta,gamma\n",
        out);
    int32_t day = 20190102;
    for (long i = 0; i < rows; i++) {
        if (i && i % ROWS_A_DAY == 0)
            day = calendar_next(calendar_us(), day);
        int32_t expiry = date_add(day, (int)(i % ROWS_A_DAY / 500) * 7 + 3);
        int strike = 2000 + 5 * (int)(i % 250);
        char right = i % 500 < 250 ? 'C' : 'P';
        fprintf(out,
                "SPX,2919.04,CBOE,SPXW%06d%c%08d,%s,%02d/%02d/%d,%02d/%02d/%d,%d.0,0.0,0.0,%d.%02d,"
                "%d.%02d,%ld,%ld,0.%04ld,0.%04ld,0.0\n",
                (int)(expiry % 1000000), right, strike * 1000, right == 'C' ? "call" : "put",
                date_month(expiry), date_day(expiry), date_year(expiry), date_month(day),
                date_day(day), date_year(day), strike, 100 + (int)(i % 900), 5 * (int)(i % 19),
                101 + (int)(i % 900), 5 * (int)(i % 19), i % 977, i % 9973, 1000 + i % 8000,
                i % 9999);
    }
}

static enum err text_bytes(void *context, char *out, size_t capacity, size_t *got)
{
    return text_read(context, out, capacity, got);
}

static void bench_reader(const char *path)
{
    struct text_source *text;
    const char *name;
    bool more;
    struct csv_reader *csv = mem_alloc(sizeof *csv);
    double start = now();
    MUST(text_open(&text, path) == ERR_OK);
    MUST(text_next(text, &name, &more) == ERR_OK);
    MUST(csv_open(csv, name, ',', (struct csv_input){ text_bytes, text }) == ERR_OK);
    long rows = 0;
    while (MUST(csv_next(csv, &more) == ERR_OK), more)
        rows++;
    double seconds = now() - start, bytes = (double)text_bytes_taken(text);
    csv_close(csv);
    text_close(text);
    mem_free(csv);
    printf("csv reader      %6.2f million rows/s, %6.0f MB/s\n", (double)rows / seconds / 1e6,
           bytes / seconds / 1e6);
}

static void bench_import(const char *label, const char *format, const char *mapping,
                         const char *path, const char *store)
{
    struct import_summary summary;
    struct import_options options = {
        .store = store, .format = format, .mapping = mapping, .paths = &path, .path_count = 1
    };
    if (import_run(&options, &summary))
        printf("%-15s failed: %s\n", label, err_detail());
    else
        printf("%-15s %6.2f million rows/s, %llu rows on %llu days in %.2f s\n", label,
               (double)summary.rows / summary.seconds / 1e6, (unsigned long long)summary.rows,
               (unsigned long long)summary.days, summary.seconds);
    import_summary_clear(&summary);
}

int main(int argc, char **argv)
{
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 2000000;
    char folder[] = "/tmp/ironfly-bench-XXXXXX", path[64], store[64], mapping[64];
    MUST(rows > 0 && mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/chain.csv", folder);
    snprintf(store, sizeof store, "%s/store", folder);
    snprintf(mapping, sizeof mapping, "%s/map.yaml", folder);
    FILE *out = fopen(path, "w");
    MUST(out != NULL);
    write_rows(out, rows);
    fclose(out);
    out = fopen(mapping, "w");
    MUST(out != NULL);
    fputs("columns: { symbol: optionroot, date: quotedate, bid: bid, ask: ask, last: last,\n"
          "  volume: volume, open_interest: openinterest, iv: impliedvol, delta: delta }\n",
          out);
    fclose(out);

    bench_reader(path);
    bench_import("cboe-spx", "cboe-spx", NULL, path, store);
    bench_import("csv, mapped", "csv", mapping, path, store);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory     %6.0f MB\n", (double)usage.ru_maxrss / 1024);

    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}
