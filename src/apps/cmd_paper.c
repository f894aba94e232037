#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "base/progress.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/desk/desk.h"

static const char words[] = "paper";

static const char help[] =
    "usage: ironfly paper STRATEGY [STRATEGY ...] --journal FILE [--store DIR | --feed sim] [options]\n"
    "\n"
    "A paper desk: run strategies, in one account, over stored days as if they happened now, with a journal. When "
    "it is stopped\n"
    "or killed, at whatever moment, the same command goes on where it was: nothing is lost, nothing "
    "is done twice.\n"
    "\n"
    "  --store DIR        the data: see `ironfly data` (or store in ironfly.yaml)\n"
    "  --feed sim         the simulated market instead, quote by quote, day after day from --from on (default "
    "2025-01-02)\n"
    "                     until Ctrl-C; one second a second if --speed does not say otherwise\n"
    "  --symbols A,B      the markets (default: those of the strategies)\n"
    "  --journal FILE     made when it is not there; else it goes on after its last record\n"
    "  --from D, --to D   first and last day, YYYY-MM-DD (default: all there is)\n"
    "  --speed N          seconds of the data in one: 1 is as it was, 60 a minute a second "
    "(default: no waiting)\n"
    "  --limits           hold the account to the limits that a server's desk has, and to Regulation T (docs/risk.md);\n"
    "                     without it the strategies' own limits alone\n"
    "  --listen           take commands from standard input, a line each: halt WHY, resume WHY, "
    "flatten WHY, quit\n"
    "  --fill, --fees, --cash, --set, --seed   as of `ironfly backtest`; --set with one strategy\n"
    "  --set-aside        the journal is damaged: keep the damaged files beside, and go on after "
    "the last record\n"
    "                     that is whole\n"
    "  --json             print the end as one JSON object\n"
    "\n"
    "example\n"
    "  ironfly data simulate --store market --grid 1m --symbols SPX --from 2024-03-04 --to "
    "2024-03-05\n"
    "  ironfly paper iron_condor --store market --journal desk.journal\n"
    "  ironfly journal verify desk.journal\n"
    "  ironfly paper iron_condor meic --feed sim --speed 60 --journal simulated.journal\n";

enum { SETS_MAX = 64, STRATEGIES_MAX = 64, LINE_MAX_BYTES = 200 };

struct paper {
    struct desk_options options;
    struct strategy_override sets[SETS_MAX];
    struct desk_strategy strategies[STRATEGIES_MAX];
    struct risk_limits limits;
    struct margin_terms margin;
    bool has_speed, json, listens, quits;
    struct progress bar;
    char line[LINE_MAX_BYTES]; /* of standard input, as far as it has come */
    size_t len;
};

static bool parse_set(struct paper *p, struct arena *arena, const char *text)
{
    struct str rest = str_from(text), name;
    double value;
    if (!str_cut(&rest, '=', &name) || name.len == 0 || !str_to_double(rest, &value)) {
        cmd_usage(words, "--set \"%s\" is not NAME=NUMBER", text);
        return false;
    }
    if (p->options.override_count == SETS_MAX) {
        cmd_usage(words, "more than %d times --set", SETS_MAX);
        return false;
    }
    p->sets[p->options.override_count++] =
        (struct strategy_override){ arena_strndup(arena, name.ptr, name.len), value };
    return true;
}

static bool parse_number(const char *option, const char *text, double *out)
{
    if (str_to_double(str_from(text), out) && *out >= 0)
        return true;
    cmd_usage(words, "%s \"%s\" is not a number from 0", option, text);
    return false;
}

static bool parse_feed(struct paper *p, const char *text)
{
    bool is_sim = strcmp(text, "sim") == 0;
    p->options.feed = is_sim ? DESK_SIMULATED : DESK_STORED;
    if (is_sim || strcmp(text, "stored") == 0)
        return true;
    cmd_usage(words, "--feed \"%s\" is none of stored, sim; live lines are `ironfly serve`'s",
              text);
    return false;
}

static bool parse_cash(struct paper *p, const char *text)
{
    if (money_parse(str_from(text), &p->options.cash) && p->options.cash > 0)
        return true;
    cmd_usage(words, "--cash \"%s\" is not an amount of dollars above zero", text);
    return false;
}

/* A market that is made as it goes: no store, no end, and time passes in it. */
static int check_simulated(struct paper *p)
{
    struct desk_options *o = &p->options;
    if (o->store || o->to)
        return cmd_usage(words,
                         "--feed sim has neither a store nor a last day: it goes on until Ctrl-C") +
               1;
    o->timer_ns = NANOS_PER_SECOND;
    o->speed = p->has_speed ? o->speed : 1;
    return 0;
}

/* What was asked, as a whole. 0 to go on, else the exit status + 1. */
static int check(struct paper *p, const struct config *config, int count, char **names)
{
    struct desk_options *o = &p->options;
    if (count < 1 || count > STRATEGIES_MAX)
        return cmd_usage(words,
                         count ? "more than %d strategies are named" : "no strategy is named",
                         STRATEGIES_MAX) +
               1;
    if (o->override_count && count > 1)
        return cmd_usage(words, "--set goes with one strategy, and %d are named", count) + 1;
    for (int i = 0; i < count; i++)
        p->strategies[i] = (struct desk_strategy){ .name = names[i],
                                                   .overrides = p->sets,
                                                   .override_count = o->override_count };
    o->strategies = p->strategies;
    o->strategy_count = (size_t)count;
    if (!o->journal)
        return cmd_usage(words,
                         "--journal is missing: the file in which the desk keeps what it does") +
               1;
    if (o->from && o->to && o->from > o->to)
        return cmd_usage(words, "--from is after --to") + 1;
    if (o->feed == DESK_SIMULATED)
        return check_simulated(p);
    o->store = cmd_store(words, o->store, config);
    return o->store ? 0 : EXIT_USAGE + 1;
}

/* 0 to go on, else the exit status + 1. */
static int parse(struct paper *p, struct arena *arena, const struct config *config, int argc,
                 char **argv)
{
    static const struct option options[] = {
        { "store", required_argument, NULL, 's' }, { "journal", required_argument, NULL, 'o' },
        { "feed", required_argument, NULL, 'q' },  { "symbols", required_argument, NULL, 'y' },
        { "from", required_argument, NULL, 'f' },  { "to", required_argument, NULL, 't' },
        { "fill", required_argument, NULL, 'm' },  { "fees", required_argument, NULL, 'e' },
        { "cash", required_argument, NULL, 'c' },  { "set", required_argument, NULL, 'p' },
        { "seed", required_argument, NULL, 'n' },  { "speed", required_argument, NULL, 'v' },
        { "limits", no_argument, NULL, 'r' },      { "listen", no_argument, NULL, 'l' },
        { "set-aside", no_argument, NULL, 'a' },   { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 },
    };
    struct desk_options *o = &p->options;
    bool ok = true;
    for (int c; ok && (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            o->store = optarg;
            break;
        case 'q':
            ok = parse_feed(p, optarg);
            break;
        case 'y':
            o->symbols = optarg;
            break;
        case 'o':
            o->journal = optarg;
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
        case 'c':
            ok = parse_cash(p, optarg);
            break;
        case 'p':
            ok = parse_set(p, arena, optarg);
            break;
        case 'n':
            ok = cmd_seed(words, "--seed", optarg, &o->seed);
            break;
        case 'v':
            ok = p->has_speed = parse_number("--speed", optarg, &o->speed);
            break;
        case 'r':
            risk_limits_default(&p->limits);
            o->limits = &p->limits;
            o->margin = &p->margin; /* all zero: a margin account under Regulation T */
            break;
        case 'l':
            p->listens = true;
            break;
        case 'a':
            o->set_aside = true;
            break;
        case 'j':
            p->json = true;
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
    return check(p, config, argc - optind, argv + optind);
}

/* ---- commands from standard input ------------------------------------------------------------ */

/* What a line asks for; false when it is not for the kernel. */
static bool parse_command(struct paper *p, struct str line, struct event_command *out)
{
    static const struct {
        const char *word;
        enum command_kind kind;
    } commands[] = { { "halt", COMMAND_HALT },
                     { "resume", COMMAND_RESUME },
                     { "flatten", COMMAND_FLATTEN } };
    struct str rest = str_trim(line), word;
    if (!rest.len)
        return false;
    str_cut(&rest, ' ', &word);
    if (str_is(word, "quit")) {
        p->quits = true;
        return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (!str_is(word, commands[i].word))
            continue;
        *out = (struct event_command){ .kind = commands[i].kind, .role = BY_OWNER };
        snprintf(out->who, sizeof out->who, "%s", "standard input");
        snprintf(out->why, sizeof out->why, "%.*s", STR_ARG(str_trim(rest)));
        return true;
    }
    fprintf(stderr, "ironfly: \"%.*s\" is not one of halt, resume, flatten, quit\n", STR_ARG(word));
    return false;
}

static bool next_command(void *context, UNUSED int64_t now_ns, UNUSED uint64_t done,
                         struct event_command *out)
{
    struct paper *p = context;
    while (p->listens && !p->quits) {
        struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
        char c;
        if (poll(&input, 1, 0) <= 0)
            return false;
        if (read(STDIN_FILENO, &c, 1) != 1) {
            p->listens = false;
            return false;
        }
        if (c != '\n') {
            if (p->len < sizeof p->line)
                p->line[p->len++] = c;
            continue;
        }
        struct str line = { p->line, p->len };
        p->len = 0;
        if (parse_command(p, line, out))
            return true;
    }
    return false;
}

static bool keep_on(void *context, size_t done, size_t days)
{
    struct paper *p = context;
    p->bar.total = days;
    progress_set(&p->bar, done);
    return !p->quits && !cmd_interrupted();
}

/* ---- the end --------------------------------------------------------------------------------- */

static void position_name(char *out, size_t bytes, const struct desk_position *p)
{
    if (p->is_stock)
        snprintf(out, bytes, "%s shares", p->underlying);
    else
        snprintf(out, bytes, "%.8s %d %g%c", p->contract.root, p->contract.expiry,
                 p->contract.strike_mills / 1000.0, p->contract.right);
}

static void print_json(const struct desk_result *r)
{
    char hash[CHAIN_TEXT_BYTES], name[64];
    chain_format(hash, &r->journal.hash);
    struct buf buf = { 0 };
    struct json_writer json = { .out = &buf };
    json_object_begin(&json);
    json_key_bool(&json, "finished", r->is_finished);
    json_key_int(&json, "records", (int64_t)r->journal.records);
    json_key_int(&json, "replayed", (int64_t)r->replayed);
    json_key_cstr(&json, "hash", hash);
    json_key_cstr(&json, "trouble", r->trouble[0] ? r->trouble : NULL);
    json_key_fixed(&json, "cash", r->account.cash, 6);
    json_key_fixed(&json, "equity", r->account.equity, 6);
    json_key_int(&json, "open_trades", r->account.open_trades);
    json_key(&json, "positions");
    json_array_begin(&json);
    for (size_t i = 0; i < r->position_count; i++) {
        position_name(name, sizeof name, &r->positions[i]);
        json_object_begin(&json);
        json_key_cstr(&json, "name", name);
        json_key_int(&json, "quantity", r->positions[i].quantity);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buf_putc(&buf, '\n');
    fwrite(buf.ptr, 1, buf.len, stdout);
    buf_free(&buf);
}

static void print_text(const struct desk_result *r, const struct paper *p)
{
    char hash[CHAIN_TEXT_BYTES], name[64], cash[MONEY_TEXT_BYTES], equity[MONEY_TEXT_BYTES];
    chain_format(hash, &r->journal.hash);
    money_format_people(cash, r->account.cash);
    money_format_people(equity, r->account.equity);
    if (r->trouble[0])
        printf("the journal was damaged: %s\n", r->trouble);
    if (r->replayed)
        printf("went on after %" PRIu64 " records\n", r->replayed);
    printf("%s", r->strategy);
    if (p->options.strategy_count > 1)
        printf(" and %zu more", p->options.strategy_count - 1);
    printf(": cash %s, equity %s, %u open trade(s)\n", cash, equity, r->account.open_trades);
    for (size_t i = 0; i < r->position_count; i++) {
        position_name(name, sizeof name, &r->positions[i]);
        printf("  %+" PRId64 " %s\n", r->positions[i].quantity, name);
    }
    printf("%" PRIu64 " records in %s\nhash %s\n", r->journal.records, p->options.journal, hash);
    if (!r->is_finished)
        puts("stopped before the data ended: the same command goes on");
}

int cmd_paper(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct config config;
    struct paper p = { .options = { .seed = 1 } };
    int status =
        cmd_settings(&config, &arena) ? parse(&p, &arena, &config, argc, argv) : EXIT_REFUSED + 1;
    if (status) {
        arena_clear(&arena);
        return status - 1;
    }
    cmd_watch_interrupt();
    p.options.command = next_command;
    p.options.keep_on = keep_on;
    p.options.context = &p;
    progress_begin(&p.bar, stderr, "paper", "days", 0);
    struct desk_result result;
    enum err err = desk_run(&result, &arena, &p.options);
    progress_end(&p.bar);
    if (!err && p.json)
        print_json(&result);
    else if (!err)
        print_text(&result, &p);
    status = err ? cmd_fail(err) : EXIT_DONE;
    arena_clear(&arena);
    return status;
}
