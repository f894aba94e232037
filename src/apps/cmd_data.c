#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "adapters/dbn/dbn_dump.h"
#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "apps/cmd.h"
#include "apps/cmd_prune.h"
#include "apps/cmd_repair.h"
#include "apps/cmd_simulate.h"
#include "base/date.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/zone.h"
#include "services/sample/sample.h"

static const char help[] =
    "usage: ironfly data import|ls|check|repair|prune|dump|sample|simulate ...\n"
    "\n"
    "  import --store DIR --format FORMAT PATH...   bring files of a vendor into a store\n"
    "  ls     --store DIR [--json]                  what is in a store, one line a day and underlying\n"
    "  check  --store DIR [--json]                  verify every checksum of a store, and name its gaps\n"
    "  repair --store DIR [--yes]                   set aside what is damaged, so that the rest reads\n"
    "  prune  --store DIR --keep KIND=DAYS          let go of old data, by its kind\n"
    "  dump   FILE [--json|--csv]                   print a Databento (DBN) file, record by record\n"
    "  sample --store DIR [--seed N]                make a small synthetic market to try things on\n"
    "  simulate --store DIR ...                     make a large one: symbols, years, minutes\n"
    "\n"
    "ironfly data import --help lists the formats.\n";

static void print_import_help(void)
{
    puts(
        "usage: ironfly data import --store DIR --format FORMAT [options] PATH...\n"
        "\n"
        "Bring files of a vendor's layout into a store. Folders are walked. The import lands whole or\n"
        "leaves the store as it was; what was odd or left out is reported with its reason.\n"
        "\n"
        "formats");
    const struct import_format_text *format;
    for (size_t i = 0; (format = import_format_text(i)) != NULL; i++)
        printf("  %-10s %s\n", format->name, format->text);
    puts("\n"
         "  --mapping FILE     csv: which column is what (docs/import-csv.md)\n"
         "  --time HH:MM       New York time of the quotes, where the files do not say it\n"
         "  --symbol SYMBOL    lean: only this underlying; may be repeated. optionsdx, csv: whose\n"
         "                     rows these are, in place of what the file's name says\n"
         "  --from D, --to D   lean: only these days\n"
         "  --resolution R     lean: minute (default), hour, daily, universe\n"
         "  --dbn-version N    dbn: version of fragments without metadata (1 to 3)\n"
         "  --skip-bad-rows    count rows that cannot be read in place of failing\n"
         "  --json             print the summary as JSON");
}

enum { SYMBOLS_MAX = 64 };

static bool not_interrupted(void)
{
    return !cmd_interrupted();
}

static int import_and_show(const struct import_options *options, bool json)
{
    struct import_summary summary;
    cmd_watch_interrupt();
    enum err err = import_run(options, &summary);
    if (!err && json) {
        struct buf buf = { 0 };
        struct json_writer writer = { .out = &buf };
        import_json(&writer, &summary);
        printf("%s\n", buf.ptr);
        buf_free(&buf);
    } else if (!err) {
        import_print(stdout, &summary);
    }
    import_summary_clear(&summary);
    return err ? cmd_fail(err) : EXIT_DONE;
}

/* Options that only some formats read: for the others they would pass without a word. */
static const struct {
    char option;
    const char *name, *formats;
} options_of_formats[] = {
    { 'm', "--mapping", "csv" },
    { 't', "--time", "cboe-spx, hod, datashop, optionsdx, csv" },
    { 'y', "--symbol", "lean, optionsdx, csv" },
    { 'a', "--from", "lean" },
    { 'b', "--to", "lean" },
    { 'r', "--resolution", "lean" },
    { 'v', "--dbn-version", "dbn" },
};

static bool is_format(const char *name)
{
    const struct import_format_text *format;
    for (size_t i = 0; (format = import_format_text(i)) != NULL; i++)
        if (!strcmp(format->name, name))
            return true;
    return false;
}

static bool has_word(const char *words, const char *word)
{
    struct str rest = str_from(words), next;
    while (str_cut(&rest, ',', &next))
        if (str_is(str_trim(next), word))
            return true;
    return false;
}

/* given: a byte for each option's letter. Prints its own message. */
static bool options_go_with(const char *words, const char *format, const bool *given)
{
    if (!is_format(format))
        return true; /* the import says so, and which there are */
    for (size_t i = 0; i < ARRAY_COUNT(options_of_formats); i++) {
        const char *formats = options_of_formats[i].formats;
        if (!given[(unsigned char)options_of_formats[i].option] || has_word(formats, format))
            continue;
        cmd_usage(words, "%s is for --format %s only, not for %s", options_of_formats[i].name,
                  formats, format);
        return false;
    }
    return true;
}

static int data_import(int argc, char **argv)
{
    static const char words[] = "data import";
    static const struct option options[] = {
        { "store", required_argument, NULL, 's' },
        { "format", required_argument, NULL, 'f' },
        { "mapping", required_argument, NULL, 'm' },
        { "time", required_argument, NULL, 't' },
        { "symbol", required_argument, NULL, 'y' },
        { "from", required_argument, NULL, 'a' },
        { "to", required_argument, NULL, 'b' },
        { "resolution", required_argument, NULL, 'r' },
        { "dbn-version", required_argument, NULL, 'v' },
        { "skip-bad-rows", no_argument, NULL, 'k' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct import_options o = { .progress = true, .keep_on = not_interrupted };
    const char *symbols[SYMBOLS_MAX];
    bool json = false, given[UCHAR_MAX + 1] = { false };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        bool ok = true;
        uint64_t version = 0;
        given[(unsigned char)c] = true;
        switch (c) {
        case 's':
            o.store = optarg;
            break;
        case 'f':
            o.format = optarg;
            break;
        case 'm':
            o.mapping = optarg;
            break;
        case 't':
            o.has_time = time_of_day_parse(str_from(optarg), &o.time_of_day);
            if (!o.has_time)
                return cmd_usage(words, "--time \"%s\" is not HH:MM", optarg);
            break;
        case 'y':
            if (o.symbol_count == SYMBOLS_MAX)
                return cmd_usage(words, "more than %d times --symbol", SYMBOLS_MAX);
            symbols[o.symbol_count++] = optarg;
            break;
        case 'a':
            ok = cmd_date(words, "--from", optarg, &o.from);
            break;
        case 'b':
            ok = cmd_date(words, "--to", optarg, &o.to);
            break;
        case 'r':
            o.resolution = optarg;
            break;
        case 'v':
            ok = cmd_seed(words, "--dbn-version", optarg, &version);
            if (ok && (version < 1 || version > 3))
                return cmd_usage(words, "--dbn-version is 1, 2 or 3");
            o.dbn_version = (int)version;
            break;
        case 'k':
            o.skip_bad_rows = true;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            print_import_help();
            return EXIT_DONE;
        default:
            ok = false;
        }
        if (!ok)
            return EXIT_USAGE;
    }
    o.symbols = symbols;
    o.paths = (const char *const *)argv + optind;
    o.path_count = (size_t)(argc - optind);
    if (!o.format)
        return cmd_usage(words, "--format is missing");
    if (!options_go_with(words, o.format, given))
        return EXIT_USAGE;
    if (o.from && o.to && o.from > o.to)
        return cmd_usage(words, "--from is after --to");
    if (!o.path_count)
        return cmd_usage(words, "no file or folder is named");

    struct arena arena;
    arena_init(&arena, "settings", 0);
    struct config config;
    int status = cmd_settings(&config, &arena) ? EXIT_DONE : EXIT_REFUSED;
    if (!status && !(o.store = cmd_store(words, o.store, &config)))
        status = EXIT_USAGE;
    if (!status)
        status = import_and_show(&o, json);
    arena_clear(&arena);
    return status;
}

static void print_days_json(const struct store_day *days, size_t count)
{
    struct buf buf = { 0 };
    struct json_writer json = { .out = &buf };
    json_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        char day[DATE_TEXT_BYTES];
        date_format(day, days[i].day);
        json_object_begin(&json);
        json_key_cstr(&json, "underlying", days[i].underlying);
        json_key_cstr(&json, "day", day);
        json_key_int(&json, "contracts", days[i].contracts);
        json_key_int(&json, "snapshots", days[i].snapshots);
        json_key_int(&json, "quotes", (int64_t)days[i].quotes);
        json_key_int(&json, "bytes", (int64_t)days[i].bytes);
        json_key_cstr(&json, "source", days[i].source);
        json_object_end(&json);
    }
    json_array_end(&json);
    printf("%s\n", buf.ptr);
    buf_free(&buf);
}

static void print_days(const struct store_day *days, size_t count)
{
    if (!count) {
        puts("no days of chains");
        return;
    }
    printf("%-10s  %-10s  %9s  %9s  %11s  %s\n", "underlying", "day", "contracts", "snapshots",
           "quotes", "source");
    for (size_t i = 0; i < count; i++) {
        char day[DATE_TEXT_BYTES];
        date_format(day, days[i].day);
        printf("%-10s  %-10s  %9u  %9u  %11" PRIu64 "  %s\n", days[i].underlying, day,
               days[i].contracts, days[i].snapshots, days[i].quotes, days[i].source);
    }
}

/* ls and check take the same few words. */
static int store_words(int argc, char **argv, const char *words, const char *usage,
                       struct arena *arena, const char **path, bool *json)
{
    static const struct option options[] = { { "store", required_argument, NULL, 's' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            *path = optarg;
            break;
        case 'j':
            *json = true;
            break;
        case 'h':
            puts(usage);
            return EXIT_DONE + 1;
        default:
            return EXIT_USAGE + 1;
        }
    }
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]) + 1;
    struct config config;
    if (!cmd_settings(&config, arena))
        return EXIT_REFUSED + 1;
    *path = cmd_store(words, *path, &config);
    return *path ? 0 : EXIT_USAGE + 1;
}

static int ls_store(const char *path, bool json, struct arena *arena)
{
    struct store *store = NULL;
    struct store_day *days;
    size_t count, damaged = 0;
    enum err err = store_open(&store, path);
    if (!err)
        err = store_list(store, arena, &days, &count, &damaged);
    if (!err)
        (json ? print_days_json : print_days)(days, count);
    if (!err && damaged)
        fprintf(stderr,
                "ironfly: %zu damaged file(s) left out; see: ironfly data check --store %s\n",
                damaged, path);
    store_close(store);
    return err ? cmd_fail(err) : EXIT_DONE;
}

static int data_ls(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, "ls", 0);
    const char *path = NULL;
    bool json = false;
    int stop = store_words(argc, argv, "data ls", "usage: ironfly data ls --store DIR [--json]",
                           &arena, &path, &json);
    int status = stop ? stop - 1 : ls_store(path, json, &arena);
    arena_clear(&arena);
    return status;
}

static void print_gap(void *context, const char *text)
{
    struct json_writer *json = context;
    if (json)
        json_cstr(json, text);
    else
        printf("missing: %s\n", text);
}

static void print_finding(void *context, const char *text)
{
    struct json_writer *json = context;
    if (json)
        json_cstr(json, text);
    else
        printf("%s\n", text);
}

static int check_store(const char *path, bool as_json)
{
    struct store *store = NULL;
    struct buf buf = { 0 };
    struct json_writer writer = { .out = &buf }, *json = as_json ? &writer : NULL;
    size_t files = 0, gaps = 0;
    enum err err = store_open(&store, path);
    bool is_open = !err;
    if (json) {
        json_object_begin(json);
        json_key(json, "damaged");
        json_array_begin(json);
    }
    if (!err)
        err = store_check(store, print_finding, json, &files);
    if (json) {
        json_array_end(json);
        json_key_int(json, "files", (int64_t)files);
        json_key_bool(json, "whole", !err);
        json_key(json, "missing");
        json_array_begin(json);
    } else if (!err) {
        printf("%zu files, all whole\n", files);
    }
    /* Gaps are no damage: listed, after the verdict. */
    if (!err)
        err = store_missing(store, print_gap, json, &gaps);
    if (json) {
        json_array_end(json);
        json_object_end(json);
        if (is_open)
            printf("%s\n", buf.ptr);
    }
    store_close(store);
    buf_free(&buf);
    return err ? cmd_fail(err) : EXIT_DONE;
}

static int data_check(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, "check", 0);
    const char *path = NULL;
    bool json = false;
    int stop = store_words(argc, argv, "data check",
                           "usage: ironfly data check --store DIR [--json]", &arena, &path, &json);
    int status = stop ? stop - 1 : check_store(path, json);
    arena_clear(&arena);
    return status;
}

static int data_dump(int argc, char **argv)
{
    static const char words[] = "data dump";
    static const struct option options[] = {
        { "json", no_argument, NULL, 'j' },        { "csv", no_argument, NULL, 'c' },
        { "iso", no_argument, NULL, 'i' },         { "only", required_argument, NULL, 'o' },
        { "limit", required_argument, NULL, 'n' }, { "dbn-version", required_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 },
    };
    struct dbn_dump_options o = { .format = DBN_DUMP_JSON };
    bool json = false, csv = false;
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        uint64_t version;
        switch (c) {
        case 'j':
            json = true;
            break;
        case 'c':
            csv = true;
            break;
        case 'i':
            o.iso_times = true;
            break;
        case 'o':
            o.only = optarg;
            break;
        case 'n':
            if (!cmd_seed(words, "--limit", optarg, &o.limit))
                return EXIT_USAGE;
            if (!o.limit)
                return cmd_usage(words, "--limit is a whole number from 1");
            break;
        case 'v':
            if (!cmd_seed(words, "--dbn-version", optarg, &version) || version < 1 || version > 3)
                return cmd_usage(words, "--dbn-version is 1, 2 or 3");
            o.fragment.version = (int)version;
            break;
        case 'h':
            puts("usage: ironfly data dump FILE [--json|--csv] [--iso] [--only KIND] [--limit N]\n"
                 "                         [--dbn-version N]\n"
                 "\n"
                 "Print a Databento file (.dbn, .dbn.zst, .dbn.frag, .dbz), one line a record.\n"
                 "  --json           JSON lines (default)\n"
                 "  --csv            CSV with a header row\n"
                 "  --iso            times as ISO 8601 text in place of nanoseconds\n"
                 "  --only KIND      only this kind of record, such as trades\n"
                 "  --limit N        at most N records\n"
                 "  --dbn-version N  the file is a fragment without metadata, of this version");
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind + 1 != argc)
        return cmd_usage(words,
                         optind == argc ? "no file is named" : "more than one file is named");
    if (json && csv)
        return cmd_usage(words, "--json and --csv exclude one another");
    o.format = csv ? DBN_DUMP_CSV : DBN_DUMP_JSON;
    enum err err = dbn_dump(argv[optind], &o, stdout, NULL);
    if (!err && fflush(stdout) != 0)
        err = err_set(ERR_IO, "standard output takes no more");
    return err ? cmd_fail(err) : EXIT_DONE;
}

static int data_sample(int argc, char **argv)
{
    static const char words[] = "data sample";
    static const struct option options[] = { { "store", required_argument, NULL, 's' },
                                             { "seed", required_argument, NULL, 'n' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct sample_options o = { .seed = 3, .progress = true, .keep_on = not_interrupted };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            o.store = optarg;
            break;
        case 'n':
            if (!cmd_seed(words, "--seed", optarg, &o.seed))
                return EXIT_USAGE;
            break;
        case 'h':
            puts(
                "usage: ironfly data sample --store DIR [--seed N]\n"
                "\n"
                "Make a small synthetic market: SPX and SPY option chains through the day, with dividends,\n"
                "rates and settlement values. Made up, not a forecast and not anybody's data.");
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]);
    if (!o.store)
        return cmd_usage(words, "--store is missing: where the sample goes");
    cmd_watch_interrupt();
    struct sample_summary summary;
    enum err err = sample_make(&o, &summary);
    if (err)
        return cmd_fail(err);
    printf("synthetic market in %s: %zu days of SPX and SPY, %" PRIu64 " quotes, seed %" PRIu64
           "\n",
           o.store, summary.days, summary.quotes, o.seed);
    return EXIT_DONE;
}

int cmd_data(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } verbs[] = { { "import", data_import }, { "ls", data_ls },           { "check", data_check },
                  { "repair", cmd_repair },  { "prune", cmd_prune },      { "dump", data_dump },
                  { "sample", data_sample }, { "simulate", cmd_simulate } };
    if (argc < 2)
        return cmd_usage("data", "what to do with data is missing");
    if (strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    return cmd_usage("data", "there is no \"ironfly data %s\"", argv[1]);
}
