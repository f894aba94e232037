#include "apps/feed_live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/feed_keys.h"
#include "apps/feed_view.h"
#include "base/clock.h"
#include "base/zone.h"
#include "services/live/lines.h"

static const char words[] = "feed live";
static const char help[] =
    "usage: ironfly feed live [--symbols A,B] [options]\n"
    "\n"
    "Listen to the market: whole option chains and their stocks from Databento, with Polygon as the\n"
    "backup. Every record is judged by the rules, quotes and features are kept, Greeks follow.\n"
    "Nothing is traded.\n"
    "\n"
    "  --symbols A,B    underlyings; default SPY,QQQ,IWM\n"
    "  --quotes SCHEMA  option quotes: cmbp-1, every change (default), or cbbo-1s, once a second\n"
    "  --no-backup      the primary alone, even with a key for the backup\n"
    "  --for S          end after so many seconds; default: until Ctrl-C\n"
    "  --wait S         give up when no line is up after so many seconds; default 30\n"
    "  --every S        seconds between two reports; default 10, on a terminal 0.2\n"
    "  --json           a JSON line for each report, switch, doubt, and change of a line\n"
    "\n"
    "  --options DATASET[@HOST:PORT]   default OPRA.PILLAR at the vendor's\n"
    "  --stocks DATASET[@HOST:PORT]    default EQUS.MINI at the vendor's\n"
    "  --polygon wss://HOST:PORT       default the vendor's; ws:// has no TLS\n"
    "\n"
    "Keys are read from the environment: DATABENTO_API_KEY (needed), POLYGON_API_KEY or\n"
    "MASSIVE_API_KEY (a backup, if set). They are never printed. An index such as SPX has no line of\n"
    "its own: its options alone are listened to. A key that is refused ends the program when no other\n"
    "source is left; lines that are lost come back by themselves.\n"
    "\n"
    "  export DATABENTO_API_KEY=db-...\n"
    "  ironfly feed live --symbols SPY,QQQ\n";

struct live_words {
    struct live_lines_options lines;
    double every, length, patience; /* seconds; 0: the default, no end */
    bool is_json, has_no_backup;
};

static const int64_t IDLE_NS = 2000000; /* between two looks at lines that said nothing */

static bool was_ever_up(const struct live *live)
{
    for (uint32_t i = 0; i < live->source_count; i++)
        if (live->sources[i]->records > live->sources[i]->links)
            return true; /* it has said something of the market */
    for (uint32_t i = 0; i < live->source_count; i++)
        if (live->sources[i]->links && live->sources[i]->last_link.of.link.state == LINK_UP)
            return true;
    return false;
}

static enum err no_line(const struct live_lines *lines, const struct live *live, double seconds)
{
    char text[256] = "";
    for (uint32_t i = 0; i < live->source_count; i++) {
        const struct live_source *s = live->sources[i];
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s: %s", i ? "; " : "",
                 i ? lines->backup_text : lines->primary_text,
                 s->failed                                 ? s->why
                 : s->links && s->last_link.of.link.why[0] ? s->last_link.of.link.why
                                                           : "no answer yet");
    }
    return err_set(ERR_IO,
                   "no line is up after %g s: %s; is the network there, and the host right?",
                   seconds, text);
}

/* The wall clock may be set back; what is known never becomes unknown. */
static int64_t live_now(const struct live *live)
{
    int64_t now = clock_wall_ns();
    return now > live->now_ns ? now : live->now_ns;
}

static enum err listen_to(struct live *live, struct live_lines *lines, const struct live_words *w)
{
    struct feed_view view;
    struct feed_keys keys;
    bool has_panel = !w->is_json && isatty(STDOUT_FILENO), has_been_up = false;
    double every = w->every > 0 ? w->every : has_panel ? 0.2 : 10;
    int64_t begun = clock_steady_ns(), passed = 0;
    enum err err = ERR_OK;
    feed_keys_open(&keys, has_panel);
    feed_view_open(&view,
                   w->is_json  ? FEED_JSON
                   : has_panel ? FEED_PANEL
                               : FEED_LINES,
                   stdout, live, NULL, (int64_t)(every * 1e9), begun);
    cmd_watch_interrupt();
    while (!err && !cmd_interrupted() && (w->length <= 0 || (double)passed < w->length * 1e9)) {
        size_t count;
        err = live_step(live, live_now(live), 64, &count);
        if (!err)
            err = live_lines_step(lines, live);
        board_refresh(&live->board, live->now_ns, 16);
        passed = clock_steady_ns() - begun;
        feed_view_show(&view, begun + passed, false);
        has_been_up = has_been_up || was_ever_up(live);
        if (!err && !has_been_up && (double)passed > w->patience * 1e9)
            err = no_line(lines, live, w->patience);
        if (feed_keys_wait(&keys, count ? 0 : IDLE_NS) == 'q')
            break;
    }
    char why[512];
    enum err shown = err;
    snprintf(why, sizeof why, "%s", err ? err_detail() : "");
    board_refresh(&live->board, live->now_ns, BOARD_EXPIRIES);
    feed_view_show(&view, clock_steady_ns(), true);
    feed_view_close(&view);
    feed_keys_close(&keys);
    return shown ? err_set(shown, "%s", why) : ERR_OK;
}

static int run(struct live_words *w)
{
    static struct live live;
    struct live_lines lines;
    int64_t now = clock_wall_ns();
    w->lines.today = zone_date(ZONE_NEW_YORK, now);
    live_lines_keys(&w->lines);
    if (w->has_no_backup)
        w->lines.polygon_key = NULL;
    live_init(&live, &live_lines_desk);
    enum err err = live_lines_open(&lines, &live, &w->lines);
    if (!err)
        err = listen_to(&live, &lines, w);
    live_close(&live);
    return err ? cmd_fail(err) : EXIT_DONE;
}

static bool seconds(const char *option, const char *text, double least, double *out)
{
    bool ok = str_to_double(str_from(text), out) && *out >= least && *out <= 1e6;
    if (!ok)
        cmd_usage(words, "%s \"%s\" is not a number of seconds from %g", option, text, least);
    return ok;
}

int feed_live(int argc, char **argv)
{
    static const struct option options[] = {
        { "symbols", required_argument, NULL, 'y' }, { "quotes", required_argument, NULL, 'q' },
        { "no-backup", no_argument, NULL, 'n' },     { "for", required_argument, NULL, 'f' },
        { "wait", required_argument, NULL, 'w' },    { "every", required_argument, NULL, 'e' },
        { "options", required_argument, NULL, 'o' }, { "stocks", required_argument, NULL, 's' },
        { "polygon", required_argument, NULL, 'p' }, { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },          { NULL, 0, NULL, 0 }
    };
    struct live_words w = { .lines = { .symbols = "SPY,QQQ,IWM" }, .patience = 30 };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        bool ok = true;
        switch (c) {
        case 'y':
            w.lines.symbols = optarg;
            break;
        case 'q':
            w.lines.quotes = optarg;
            break;
        case 'n':
            w.has_no_backup = true;
            break;
        case 'f':
            ok = seconds("--for", optarg, 0.1, &w.length);
            break;
        case 'w':
            ok = seconds("--wait", optarg, 0.1, &w.patience);
            break;
        case 'e':
            ok = seconds("--every", optarg, 0.05, &w.every);
            break;
        case 'o':
            w.lines.options = optarg;
            break;
        case 's':
            w.lines.stocks = optarg;
            break;
        case 'p':
            w.lines.polygon = optarg;
            break;
        case 'j':
            w.is_json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            ok = false;
        }
        if (!ok)
            return EXIT_USAGE;
    }
    if (optind < argc)
        return cmd_usage(
            words,
            "\"%s\" is not expected: keys come from the environment, underlyings with --symbols",
            argv[optind]);
    return run(&w);
}
