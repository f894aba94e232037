#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"
#include "domain/types/money.h"
#include "services/backtest/backtest.h"
#include "services/report/page.h"
#include "services/report/report.h"

static const char words[] = "backtest";

static const char help[] =
    "usage: ironfly backtest STRATEGY... --store DIR [options]\n"
    "\n"
    "Run a strategy over stored option chains and report what happened. STRATEGY is a file, or a name from\n"
    "`ironfly strategies`. Several share one account: the report has the account and each strategy by itself.\n"
    "\n"
    "  --store DIR        the data: see `ironfly data` (or store in ironfly.yaml)\n"
    "  --from D, --to D   first and last day, YYYY-MM-DD (default: all there is)\n"
    "  --fill MODEL       share    cross a part of the spread, at most the displayed size (default)\n"
    "                     mid      fill at the middle: optimistic, for comparison\n"
    "                     natural  buy at the ask, sell at the bid\n"
    "                     calibrated  as share, by underlying, moneyness, time of day and stress\n"
    "                     lean     as LEAN does, to compare with it\n"
    "  --fees SCHEDULE    ibkr-tiered (default), ibkr-lean, tastytrade, none\n"
    "  --margin RULES     reg-t (default): what a margin account must hold; portfolio, cash; none: not asked\n"
    "  --cash DOLLARS     starting cash (default: the strategy's, else the setting, else 100000)\n"
    "  --set NAME=VALUE   replace a parameter of the strategies that have it; may be repeated\n"
    "  --seed N           recorded with the result (default 1)\n"
    "  --report FILE      also write one self-contained HTML page with plots; one beside it for each of several strategies\n"
    "  --json             print everything as one JSON object in place of the summary\n"
    "\n"
    "The same command on the same data gives the same result, byte for byte.\n"
    "\n"
    "example\n"
    "  ironfly backtest iron_condor --store sample --set short_delta=0.20 --report condor.html\n";

enum { SETS_MAX = 64 };

struct arguments {
    struct backtest_options options;
    struct strategy_override sets[SETS_MAX];
    const char *report;
    bool json;
};

static bool parse_set(struct arguments *a, struct arena *arena, const char *text)
{
    struct str rest = str_from(text), name;
    double value;
    if (!str_cut(&rest, '=', &name) || name.len == 0 || !str_to_double(rest, &value)) {
        cmd_usage(words, "--set \"%s\" is not NAME=NUMBER", text);
        return false;
    }
    if (a->options.override_count == SETS_MAX) {
        cmd_usage(words, "more than %d times --set", SETS_MAX);
        return false;
    }
    a->sets[a->options.override_count++] =
        (struct strategy_override){ arena_strndup(arena, name.ptr, name.len), value };
    return true;
}

static bool parse_cash(struct arguments *a, const char *text)
{
    if (money_parse(str_from(text), &a->options.cash) && a->options.cash > 0)
        return true;
    cmd_usage(words, "--cash \"%s\" is not an amount of dollars above zero", text);
    return false;
}

/* 0 to go on, else the exit status + 1. */
static int parse(struct arguments *a, struct arena *arena, const struct config *config, int argc,
                 char **argv)
{
    static const struct option options[] = {
        { "store", required_argument, NULL, 's' },
        { "from", required_argument, NULL, 'f' },
        { "to", required_argument, NULL, 't' },
        { "fill", required_argument, NULL, 'm' },
        { "fees", required_argument, NULL, 'e' },
        { "cash", required_argument, NULL, 'c' },
        { "margin", required_argument, NULL, 'g' },
        { "set", required_argument, NULL, 'p' },
        { "seed", required_argument, NULL, 'n' },
        { "report", required_argument, NULL, 'r' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct backtest_options *o = &a->options;
    bool ok = true, seeded = false;
    for (int c; ok && (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            o->store = optarg;
            break;
        case 'f':
            ok = cmd_date(words, "--from", optarg, &o->from);
            break;
        case 't':
            ok = cmd_date(words, "--to", optarg, &o->to);
            break;
        case 'm':
            o->fill = optarg;
            break;
        case 'e':
            o->fees = optarg;
            break;
        case 'g':
            o->margin = optarg;
            break;
        case 'c':
            ok = parse_cash(a, optarg);
            break;
        case 'p':
            ok = parse_set(a, arena, optarg);
            break;
        case 'n':
            ok = seeded = cmd_seed(words, "--seed", optarg, &o->seed);
            break;
        case 'r':
            a->report = optarg;
            break;
        case 'j':
            a->json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE + 1;
        default:
            ok = false;
        }
    }
    if (!ok)
        return EXIT_USAGE + 1;
    if (optind == argc)
        return cmd_usage(words, "no strategy is named") + 1;
    o->strategy = argv[optind];
    o->others = (const char *const *)&argv[optind + 1];
    o->other_count = (size_t)(argc - optind - 1);
    o->store = cmd_store(words, o->store, config);
    if (!o->store)
        return EXIT_USAGE + 1;
    o->fill_default = config_text(config, CONFIG_FILL);
    o->fees_default = config_text(config, CONFIG_FEES);
    o->cash_default = config_number(config, CONFIG_CASH);
    if (!seeded)
        o->seed = (uint64_t)config_number(config, CONFIG_SEED);
    if (o->from && o->to && o->from > o->to)
        return cmd_usage(words, "--from is after --to") + 1;
    o->overrides = a->sets;
    return 0;
}

static bool on_progress(void *context, size_t done, size_t days)
{
    struct progress *bar = context;
    bar->total = days;
    progress_set(bar, done);
    return !cmd_interrupted();
}

static enum err show(const struct backtest_result *result, const struct arguments *a)
{
    if (a->report) {
        enum err err = report_html(a->report, result);
        if (err)
            return err;
    }
    if (!a->json) {
        enum err err = report_terminal(stdout, result, report_term_of(stdout));
        if (!err && a->report)
            printf("report: %s\n", a->report);
        return err;
    }
    struct buf buf = { 0 };
    report_json(&buf, result);
    bool ok = fwrite(buf.ptr, 1, buf.len, stdout) == buf.len && fflush(stdout) == 0;
    buf_free(&buf);
    return ok ? ERR_OK : err_set(ERR_IO, "standard output takes no more");
}

static enum err run(struct arguments *a, struct arena *arena)
{
    struct progress bar;
    struct backtest_result result;
    cmd_watch_interrupt();
    progress_begin(&bar, stderr, "backtest", "days", 0);
    a->options.progress = on_progress;
    a->options.progress_context = &bar;
    enum err err = backtest_run(&result, arena, &a->options);
    progress_end(&bar);
    return err ? err : show(&result, a);
}

int cmd_backtest(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, "run", 1 << 20);
    struct arguments a = { 0 };
    struct config config;
    int stop = EXIT_REFUSED + 1;
    if (cmd_settings(&config, &arena))
        stop = parse(&a, &arena, &config, argc, argv);
    if (stop) {
        arena_clear(&arena);
        return stop - 1;
    }
    enum err err = a.report ? page_check(a.report) : ERR_OK;
    if (!err)
        err = run(&a, &arena);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    arena_clear(&arena);
    return status;
}
