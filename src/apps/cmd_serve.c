#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/cmd_server.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/jobs/jobs.h"
#include "services/server/schema.h"
#include "services/server/server.h"

static const char words[] = "serve";

static const char help[] =
    "usage: ironfly serve --data DIR [options]\n"
    "\n"
    "Run the desk for a browser and for programs. Asks nothing: the first start prints an address where the admin\n"
    "is made. Ctrl-C or SIGTERM stops it cleanly.\n"
    "\n"
    "  --data DIR         everything that is kept: accounts, strategies, runs, audit; made when it is missing\n"
    "  --port N           default 8080; 0 takes any that is free\n"
    "  --bind ADDR        default 127.0.0.1: this machine alone\n"
    "  --store DIR        market data (default: DATA/store)\n"
    "  --feed FEED        what the live desk trades on: sim (default, a simulated market), replay:PLACE (a tape, or a\n"
    "                     folder of them), live (vendors' lines), or off (no desk). Orders go to a simulated venue:\n"
    "                     paper money\n"
    "  --symbols A,B      underlyings of the desk (default: the feed's own)\n"
    "  --speed N          seconds of a simulated or replayed market in one (default 1)\n"
    "  --seed N           of the simulated market (default 1)\n"
    "  --line-options, --line-stocks DATASET[@HOST:PORT], --line-quotes SCHEMA, --line-backup wss://HOST:PORT|none\n"
    "                     of feed live: as ironfly feed live --help tells; keys come from the environment\n"
    "  --cash DOLLARS     that a new desk begins with (default 100,000)\n"
    "  --tls-cert FILE, --tls-key FILE   PEM; then it is https\n"
    "  --behind-proxy     TLS ends in a proxy in front of it, which says X-Forwarded-For\n"
    "  --host NAME        a name it is reached by, besides addresses and localhost; may be repeated\n"
    "  --web DIR          the built page (default: where it is installed, or web/dist beside the program)\n"
    "  --workers N        jobs at a time (default: half the processors)\n"
    "  --api-page, --openapi   print the description of the interface and end\n"
    "\n"
    "docs/server.md says how to run it in front of others, docs/api.md how programs talk to it.\n";

enum { HOSTS_MAX = 32 };

struct arguments {
    struct server_options options;
    const char *hosts[HOSTS_MAX];
    const char *print; /* of "api-page", "openapi" */
};

static bool whole(const char *option, const char *text, int64_t min, int64_t max, int *out)
{
    int64_t value;
    if (!str_to_int64(str_from(text), &value) || value < min || value > max) {
        cmd_usage(words, "%s \"%s\" is not a whole number from %lld to %lld", option, text,
                  (long long)min, (long long)max);
        return false;
    }
    *out = (int)value;
    return true;
}

static bool add_host(struct arguments *a, const char *name)
{
    if (a->options.host_count == HOSTS_MAX) {
        cmd_usage(words, "more than %d times --host", HOSTS_MAX);
        return false;
    }
    a->hosts[a->options.host_count++] = name;
    return true;
}

static bool check_feed(const char *text)
{
    static const char *const words_of[] = { "sim", "live", "off" };
    MUST(text != NULL);
    for (size_t i = 0; i < ARRAY_COUNT(words_of); i++)
        if (strcmp(text, words_of[i]) == 0)
            return true;
    if (str_starts_with(str_from(text), STR("replay:")) && text[strlen("replay:")]) {
        const char *tape = text + strlen("replay:");
        if (access(tape, R_OK) == 0)
            return true;
        cmd_usage(words, "--feed: the tape %s cannot be read: %s", tape, strerror(errno));
        return false;
    }
    cmd_usage(words, "--feed \"%s\" is none of: sim, replay:PLACE, live, off", text);
    return false;
}

static bool number(const char *option, const char *text, double *out)
{
    if (str_to_double(str_from(text), out) && *out >= 0)
        return true;
    cmd_usage(words, "%s \"%s\" is not a number from 0", option, text);
    return false;
}

static bool cash(const char *text, int64_t *out)
{
    if (money_parse(str_from(text), out) && *out > 0)
        return true;
    cmd_usage(words, "--cash \"%s\" is not an amount of dollars above zero", text);
    return false;
}

/* 0 to go on, else the exit status + 1. */
static int parse(struct arguments *a, int argc, char **argv)
{
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },
        { "port", required_argument, NULL, 'p' },
        { "bind", required_argument, NULL, 'b' },
        { "store", required_argument, NULL, 's' },
        { "feed", required_argument, NULL, 'f' },
        { "tls-cert", required_argument, NULL, 'c' },
        { "tls-key", required_argument, NULL, 'k' },
        { "behind-proxy", no_argument, NULL, 'x' },
        { "host", required_argument, NULL, 'n' },
        { "web", required_argument, NULL, 'w' },
        { "symbols", required_argument, NULL, 'y' },
        { "speed", required_argument, NULL, 'v' },
        { "seed", required_argument, NULL, 'e' },
        { "cash", required_argument, NULL, 'm' },
        { "line-options", required_argument, NULL, 'O' },
        { "line-stocks", required_argument, NULL, 'S' },
        { "line-quotes", required_argument, NULL, 'Q' },
        { "line-backup", required_argument, NULL, 'B' },
        { "workers", required_argument, NULL, 'j' },
        { "api-page", no_argument, NULL, 'a' },
        { "openapi", no_argument, NULL, 'o' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct server_options *o = &a->options;
    *o = (struct server_options){
        .bind = "127.0.0.1", .port = 8080, .feed = "sim", .speed = 1, .seed = 1, .hosts = a->hosts
    };
    bool ok = true;
    for (int c; ok && (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 'd':
            o->data = optarg;
            break;
        case 'p':
            ok = whole("--port", optarg, 0, 65535, &o->port);
            break;
        case 'b':
            o->bind = optarg;
            break;
        case 's':
            o->store = optarg;
            break;
        case 'f':
            ok = check_feed(o->feed = optarg);
            break;
        case 'y':
            o->symbols = optarg;
            break;
        case 'v':
            ok = number("--speed", optarg, &o->speed);
            break;
        case 'e':
            ok = cmd_seed(words, "--seed", optarg, &o->seed);
            break;
        case 'm':
            ok = cash(optarg, &o->cash_micros);
            break;
        case 'c':
            o->tls_cert = optarg;
            break;
        case 'k':
            o->tls_key = optarg;
            break;
        case 'x':
            o->behind_proxy = true;
            break;
        case 'n':
            ok = add_host(a, optarg);
            break;
        case 'w':
            o->web = optarg;
            break;
        case 'j':
            ok = whole("--workers", optarg, 1, 16, &o->workers);
            break;
        case 'O':
            o->lines.options = optarg;
            break;
        case 'S':
            o->lines.stocks = optarg;
            break;
        case 'Q':
            o->lines.quotes = optarg;
            break;
        case 'B':
            o->lines.polygon = optarg;
            break;
        case 'a':
            a->print = "api-page";
            break;
        case 'o':
            a->print = "openapi";
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
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]) + 1;
    live_lines_keys(&o->lines);
    if (o->lines.polygon && strcmp(o->lines.polygon, "none") == 0)
        o->lines.polygon = o->lines.polygon_key = NULL;
    if (strcmp(o->feed, "off") == 0)
        o->feed = NULL;
    if (!o->data && !a->print)
        return cmd_usage(words, "--data is missing: the folder where everything is kept") + 1;
    return 0;
}

const char *find_page(struct arena *arena)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *places[] = { NULL, NULL, "/usr/share/ironfly/web" };
    if (len > 0) {
        self[len] = '\0';
        for (int up = 0; up < 2; up++) {
            char *slash = strrchr(self, '/');
            if (slash)
                *slash = '\0';
        }
        places[0] = arena_printf(arena, "%s/web/dist", self);
        places[1] = arena_printf(arena, "%s/share/ironfly/web", self);
    }
    for (size_t i = 0; i < ARRAY_COUNT(places); i++)
        if (places[i] && access(arena_printf(arena, "%s/index.html", places[i]), R_OK) == 0)
            return places[i];
    return NULL;
}

static struct server *running; /* for the handler of signals alone */

/* A later second one ends it at once; one right behind the first is the same wish, told to the
 * process and to its group. */
static void on_signal(int number)
{
    static _Atomic int64_t first_ns;
    int64_t now = clock_steady_ns(), none = 0;
    if (atomic_compare_exchange_strong(&first_ns, &none, now)) {
        server_stop(running);
    } else if (now - none > INT64_C(1000000000)) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void on_hangup(UNUSED int number)
{
    log_reopen(); /* logrotate has moved the log away */
}

static void print_line(UNUSED void *context, const char *line)
{
    puts(line);
    fflush(stdout);
}

static int serve(struct arguments *a, const char *log_file, struct arena *arena)
{
    mem_give_back_early();
    signal(SIGPIPE, SIG_IGN);
    umask(077); /* nothing that is kept is anybody else's */
    if (!a->options.web)
        a->options.web = find_page(arena);
    a->options.announce = print_line;
    enum err err = *log_file ? log_to_file(log_file) : ERR_OK;
    if (!err)
        err = zone_init();
    if (!err)
        err = server_open(&running, &a->options);
    if (err)
        return cmd_fail(err);
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = on_hangup;
    sigaction(SIGHUP, &action, NULL);
    server_run(running);
    signal(SIGTERM, SIG_IGN); /* what is under way is stored first */
    signal(SIGINT, SIG_IGN);
    server_close(running);
    puts("ironfly has stopped");
    return EXIT_DONE;
}

static int print(const char *what)
{
    struct buf text = { 0 };
    (strcmp(what, "openapi") == 0 ? openapi_write : openapi_markdown)(&text);
    bool ok = fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    buf_free(&text);
    return ok ? EXIT_DONE : cmd_fail(err_set(ERR_IO, "standard output takes no more"));
}

int cmd_serve(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    struct arguments a = { 0 };
    arena_init(&arena, "run", 4096);
    int stop = cmd_settings(&config, &arena) ? parse(&a, argc, argv) : EXIT_REFUSED + 1;
    int status = stop      ? stop - 1
                 : a.print ? print(a.print)
                           : serve(&a, config_text(&config, CONFIG_LOG_FILE), &arena);
    arena_clear(&arena);
    return status;
}

int cmd_job_worker(UNUSED int argc, UNUSED char **argv)
{
    struct arena arena;
    struct config config;
    arena_init(&arena, "settings", 4096);
    bool ok = cmd_settings(&config, &arena);
    arena_clear(&arena);
    return ok ? job_worker(stdin, stdout) : EXIT_REFUSED;
}
