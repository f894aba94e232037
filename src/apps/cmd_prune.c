#include "apps/cmd_prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapters/store/store.h"
#include "apps/cmd.h"

enum { RULES_MAX = 32 };

static const char words[] = "data prune";

static const char help[] =
    "usage: ironfly data prune --store DIR --keep KIND=DAYS... [options]\n"
    "\n"
    "Let go of old data: of each symbol, what lies DAYS calendar days or more before its newest day of the kind.\n"
    "Without --yes it only says what would go.\n"
    "\n"
    "  --keep KIND=DAYS  may be repeated, or several with commas; KIND is one of\n"
    "                    daily, intraday (chains of a day), tape, bars, dividends, splits, rates, settlement.\n"
    "                    Without it: the setting retention, such as intraday=365,tape=30\n"
    "  --symbol SYMBOL   only this one\n"
    "  --today D         count from this day in place of the newest one\n"
    "  --yes             do it\n";

struct prune {
    const char *store, *symbol;
    int32_t today;
    bool yes;
    struct store_retention rules[RULES_MAX];
    size_t count;
};

static bool kind_parse(struct str text, struct store_retention *rule)
{
    static const char *const days[] = { "daily", "intraday", "tape" };
    static const enum store_data data[] = { STORE_DATA_DAILY, STORE_DATA_INTRADAY,
                                            STORE_DATA_TAPE };
    for (size_t i = 0; i < ARRAY_COUNT(days); i++)
        if (str_is(text, days[i])) {
            rule->data = data[i];
            return true;
        }
    for (int kind = 0; kind < SERIES_KIND_COUNT; kind++)
        if (str_is(text, series_kind_name((enum series_kind)kind))) {
            rule->data = STORE_DATA_SERIES;
            rule->kind = (enum series_kind)kind;
            return true;
        }
    return false;
}

static enum err add_rule(struct prune *p, struct str text)
{
    struct str days = text, kind;
    struct store_retention rule = { 0 };
    int64_t number;
    if (!str_cut(&days, '=', &kind) || !str_to_int64(str_trim(days), &number) || number < 1 ||
        number > 100000)
        return err_set(ERR_USAGE, "\"%.*s\" is not KIND=DAYS, such as intraday=365", STR_ARG(text));
    if (!kind_parse(str_trim(kind), &rule))
        return err_set(
            ERR_USAGE,
            "\"%.*s\" is no kind of data; there are daily, intraday, tape, bars, dividends, "
            "splits, rates, settlement, earnings, fomc, cpi",
            STR_ARG(str_trim(kind)));
    if (p->count == RULES_MAX)
        return err_set(ERR_USAGE, "more than %d kinds", RULES_MAX);
    rule.keep_days = (int32_t)number;
    p->rules[p->count++] = rule;
    return ERR_OK;
}

static enum err add_rules(struct prune *p, const char *text)
{
    struct str rest = str_from(text), one;
    enum err err = ERR_OK;
    while (!err && str_cut(&rest, ',', &one))
        err = add_rule(p, one);
    return err || !str_trim(rest).len ? err : add_rule(p, rest);
}

static void print_line(UNUSED void *context, const char *text)
{
    printf("  %s\n", text);
}

static enum err run(struct prune *p)
{
    struct store *store = NULL;
    struct store_pruned all = { 0 };
    enum err err = p->yes ? store_open_writer(&store, p->store) : store_open(&store, p->store);
    for (size_t i = 0; i < p->count && !err; i++) {
        struct store_pruned one;
        p->rules[i].symbol = p->symbol;
        p->rules[i].today = p->today;
        err = store_prune(store, &p->rules[i], !p->yes, print_line, NULL, &one);
        all.days += one.days;
        all.rows += one.rows;
        all.bytes += one.bytes;
    }
    store_close(store);
    if (err)
        return err;
    if (!all.days && !all.rows)
        puts("nothing is that old");
    else
        printf("%zu days (%.1f MB) and %zu rows %s\n%s", all.days, (double)all.bytes / 1e6,
               all.rows, p->yes ? "removed" : "would go",
               p->yes ? "" : "nothing was changed: do it with --yes\n");
    return ERR_OK;
}

static int with_settings(struct prune *p)
{
    struct arena arena;
    struct config config;
    arena_init(&arena, "prune", 0);
    int status = EXIT_REFUSED;
    if (cmd_settings(&config, &arena)) {
        p->store = cmd_store(words, p->store, &config);
        const char *policy = config_text(&config, CONFIG_RETENTION);
        enum err err = p->count || strcmp(policy, "none") == 0 ? ERR_OK : add_rules(p, policy);
        if (!p->store)
            status = EXIT_USAGE;
        else if (err)
            status = cmd_fail(err_add(err, "setting retention"));
        else if (!p->count)
            status = cmd_usage(words, "--keep is missing: what to keep, such as intraday=365");
        else
            status = (err = run(p)) ? cmd_fail(err) : EXIT_DONE;
    }
    arena_clear(&arena);
    return status;
}

int cmd_prune(int argc, char **argv)
{
    static const struct option options[] = { { "store", required_argument, NULL, 's' },
                                             { "keep", required_argument, NULL, 'k' },
                                             { "symbol", required_argument, NULL, 'y' },
                                             { "today", required_argument, NULL, 't' },
                                             { "yes", no_argument, NULL, 'Y' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct prune p = { 0 };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            p.store = optarg;
            break;
        case 'k':
            if (add_rules(&p, optarg))
                return cmd_usage(words, "--keep %s", err_detail());
            break;
        case 'y':
            p.symbol = optarg;
            break;
        case 't':
            if (!cmd_date(words, "--today", optarg, &p.today))
                return EXIT_USAGE;
            break;
        case 'Y':
            p.yes = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]);
    return with_settings(&p);
}
