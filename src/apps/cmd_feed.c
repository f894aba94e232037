#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/feed/replay_dbn.h"
#include "adapters/feed/replay_merge.h"
#include "adapters/feed/replay_store.h"
#include "apps/cmd.h"
#include "apps/feed_keys.h"
#include "apps/feed_live.h"
#include "apps/feed_view.h"
#include "base/clock.h"
#include "base/zone.h"
#include "services/live/sim_source.h"

static const char help[] =
    "usage: ironfly feed replay FILE... [--backup FILE] [options]\n"
    "       ironfly feed replay --store DIR --day D [--symbols A,B] [options]\n"
    "       ironfly feed simulate --store DIR --day D [--symbols A,B] [--seed N] [options]\n"
    "       ironfly feed live [--symbols A,B] [options]        ironfly feed live --help tells more\n"
    "\n"
    "Play market data through the live path: every record is judged by the rules, quotes and\n"
    "features are kept, Greeks follow, and with a backup the path switches when it has to.\n"
    "Nothing is traded.\n"
    "\n"
    "  FILE...        Databento tapes (.dbn, .dbn.zst, .dbz), merged by time of capture\n"
    "  --backup FILE  a second telling of the same market, for when the first one fails\n"
    "  --store DIR    a store: a stored day, or the tape that the simulator left beside it\n"
    "  --day D        which day\n"
    "  --symbols A,B  which underlyings; default SPY,QQQ,IWM\n"
    "  --seed N       simulate: which market; default 1\n"
    "  --minutes N    simulate: only the first N minutes of the session\n"
    "  --speed X      1 is real time (default), 60 a minute a second, max as fast as it goes\n"
    "  --every S      seconds between two reports; default 10, on a terminal 0.2\n"
    "  --json         a JSON line for each report and each switch\n"
    "\n"
    "Stretches without records that would mean waiting for more than 5 seconds are skipped.\n"
    "On a terminal: space pauses, n plays the next record alone, + and - change the speed,\n"
    "m plays as fast as it goes, q ends. Ctrl-C ends too, with a last report.\n"
    "\n"
    "  ironfly feed simulate --store market --day 2025-02-20 --minutes 5 --speed 10\n"
    "  ironfly feed replay --store market --day 2025-02-20 --speed max --json | tail -n 1\n";

enum { TAPES = 32, STEPS = 64 };
static const int64_t SKIP_NS = 5 * NANOS_PER_SECOND;

struct feed_options {
    const char *words;
    const char *tapes[TAPES];
    size_t tape_count;
    const char *backup, *store, *symbols;
    int32_t day;
    uint64_t seed, minutes;
    double speed, every;
    bool is_json, is_simulated;
};

/* ---- sources ---- */

static enum err open_tapes(struct source *out, int64_t *first_ns, const char *const *paths,
                           size_t count, struct instruments *instruments)
{
    struct source parts[TAPES];
    *first_ns = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct replay_dbn_info info;
        enum err err = replay_dbn_open(&parts[i], &info, paths[i], instruments);
        if (err) {
            while (i-- > 0)
                source_close(&parts[i]);
            return err;
        }
        *first_ns = info.first_ns < *first_ns ? info.first_ns : *first_ns;
    }
    if (count == 1)
        *out = parts[0];
    else
        replay_merge_open(out, parts, count);
    return ERR_OK;
}

static enum err open_day(struct source *out, int64_t *first_ns, const struct store *store,
                         const struct feed_options *o, struct instruments *instruments)
{
    struct source parts[TAPES];
    size_t count = 0;
    struct str rest = str_from(o->symbols), word;
    enum err err = ERR_OK;
    *first_ns = INT64_MAX;
    while (!err && rest.len && count < TAPES) {
        char symbol[STORE_SYMBOL_BYTES];
        int64_t first;
        if (!str_cut(&rest, ',', &word)) {
            word = rest;
            rest.len = 0;
        }
        snprintf(symbol, sizeof symbol, "%.*s", STR_ARG(word));
        err = replay_day_open(&parts[count], &first, store, symbol, o->day, instruments);
        if (err)
            break;
        *first_ns = first < *first_ns ? first : *first_ns;
        count++;
    }
    if (!err && count == 0)
        err = err_set(ERR_USAGE, "--symbols names none");
    if (err) {
        while (count-- > 0)
            source_close(&parts[count]);
        return err;
    }
    replay_merge_open(out, parts, count);
    return ERR_OK;
}

/* ---- playing ---- */

/* False to end. */
static bool obey(char key, struct replay_clock *clock, struct live *live)
{
    int64_t wall = clock_steady_ns();
    if (key == ' ')
        replay_clock_pause(clock, wall, !clock->is_paused);
    else if (key == 'n')
        replay_clock_step(clock, live_next_ns(live));
    else if (key == 'm')
        replay_clock_speed(clock, wall, REPLAY_MAX);
    else if (key == '+' && clock->speed != REPLAY_MAX && clock->speed <= REPLAY_SPEED_TOP / 2)
        replay_clock_speed(clock, wall, clock->speed * 2);
    else if (key == '-')
        replay_clock_speed(clock, wall,
                           clock->speed == REPLAY_MAX            ? 1
                           : clock->speed > 2 * REPLAY_SPEED_MIN ? clock->speed / 2
                                                                 : REPLAY_SPEED_MIN);
    return key != 'q';
}

static enum err play(struct live *live, struct replay_clock *clock, const struct feed_options *o)
{
    struct feed_view view;
    struct feed_keys keys;
    bool has_panel = !o->is_json && isatty(STDOUT_FILENO);
    double every = o->every > 0 ? o->every : has_panel ? 0.2 : 10;
    enum err err = ERR_OK;
    feed_keys_open(&keys, has_panel);
    feed_view_open(&view,
                   o->is_json  ? FEED_JSON
                   : has_panel ? FEED_PANEL
                               : FEED_LINES,
                   stdout, live, clock, (int64_t)(every * 1e9), clock_steady_ns());
    cmd_watch_interrupt();
    while (!err && !cmd_interrupted() && !live_is_over(live)) {
        size_t count;
        int64_t next = live_next_ns(live);
        err = live_step(live, replay_clock_now(clock, clock_steady_ns(), next), STEPS, &count);
        board_refresh(&live->board, live->now_ns, clock->speed == REPLAY_MAX ? BOARD_EXPIRIES : 16);
        feed_view_show(&view, clock_steady_ns(), false);
        next = live_next_ns(live);
        int64_t wait = replay_clock_wait(clock, clock_steady_ns(), next);
        if (wait > SKIP_NS && !clock->is_paused)
            replay_clock_step(clock, next);
        if (!obey(feed_keys_wait(&keys, count ? 0 : wait), clock, live))
            break;
    }
    enum err shown = err;
    char why[512];
    snprintf(why, sizeof why, "%s", err ? err_detail() : "");
    board_refresh(&live->board, live->now_ns, BOARD_EXPIRIES);
    feed_view_show(&view, clock_steady_ns(), true);
    feed_view_close(&view);
    feed_keys_close(&keys);
    return shown ? err_set(shown, "%s", why) : ERR_OK;
}

static bool not_interrupted(void)
{
    return !cmd_interrupted();
}

static enum err open_primary(struct source *out, int64_t *first_ns, struct store **store,
                             const struct feed_options *o, struct instruments *instruments)
{
    enum err err = ERR_OK;
    if (o->tape_count)
        return open_tapes(out, first_ns, o->tapes, o->tape_count, instruments);
    if (o->is_simulated) {
        cmd_watch_interrupt();
        err = sim_source_make(&(struct sim_wish){ .folder = o->store,
                                                  .symbols = o->symbols,
                                                  .day = o->day,
                                                  .seed = o->seed,
                                                  .minutes = (int)o->minutes,
                                                  .progress = true,
                                                  .keep_on = not_interrupted });
    }
    if (!err)
        err = store_open(store, o->store);
    return err ? err : open_day(out, first_ns, *store, o, instruments);
}

static int run(const struct feed_options *o)
{
    static struct live live;
    struct store *store = NULL;
    struct source source, backup;
    int64_t first_ns, backup_ns = INT64_MAX;
    live_init(&live, NULL);
    enum err err = open_primary(&source, &first_ns, &store, o, &live.instruments);
    if (!err) {
        live_add(&live, source);
        if (o->backup) {
            err = open_tapes(&backup, &backup_ns, &o->backup, 1, &live.instruments);
            if (!err)
                live_add(&live, backup);
        }
    }
    if (!err) {
        struct replay_clock clock;
        int64_t begin = first_ns < backup_ns ? first_ns : backup_ns;
        replay_clock_init(&clock, begin == INT64_MAX ? 0 : begin, clock_steady_ns(), o->speed);
        err = play(&live, &clock, o);
    }
    live_close(&live);
    store_close(store);
    return err ? cmd_fail(err) : EXIT_DONE;
}

/* ---- words ---- */

static bool parse_speed(const char *words, const char *text, double *out)
{
    if (strcmp(text, "max") == 0) {
        *out = REPLAY_MAX;
        return true;
    }
    if (!str_to_double(str_from(text), out) || *out < REPLAY_SPEED_MIN || *out > REPLAY_SPEED_TOP) {
        cmd_usage(words, "--speed \"%s\" is neither max nor a number from %g to %g", text,
                  REPLAY_SPEED_MIN, REPLAY_SPEED_TOP);
        return false;
    }
    return true;
}

static int check_words(struct feed_options *o)
{
    if (o->tape_count && (o->store || o->is_simulated))
        return cmd_usage(o->words, "give tapes, or --store and --day, not both");
    if (!o->tape_count && !o->store)
        return cmd_usage(o->words, o->is_simulated ? "--store is missing: where the market goes"
                                                   : "a FILE is missing, or --store and --day");
    if (o->store && !o->day)
        return cmd_usage(o->words, "--day is missing: which day to play");
    return EXIT_DONE;
}

static int parse(struct feed_options *o, int argc, char **argv)
{
    static const struct option options[] = { { "backup", required_argument, NULL, 'b' },
                                             { "store", required_argument, NULL, 's' },
                                             { "day", required_argument, NULL, 'd' },
                                             { "symbols", required_argument, NULL, 'y' },
                                             { "seed", required_argument, NULL, 'n' },
                                             { "minutes", required_argument, NULL, 'm' },
                                             { "speed", required_argument, NULL, 'x' },
                                             { "every", required_argument, NULL, 'e' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    for (int c; (c = cmd_option(argc, argv, options, o->words)) != -1;) {
        bool ok = true;
        switch (c) {
        case 'b':
            o->backup = optarg;
            break;
        case 's':
            o->store = optarg;
            break;
        case 'd':
            ok = cmd_date(o->words, "--day", optarg, &o->day);
            break;
        case 'y':
            o->symbols = optarg;
            break;
        case 'n':
            ok = cmd_seed(o->words, "--seed", optarg, &o->seed);
            break;
        case 'm':
            ok = cmd_seed(o->words, "--minutes", optarg, &o->minutes);
            if (ok && o->minutes > 390)
                return cmd_usage(o->words, "--minutes is at most 390, a session");
            break;
        case 'x':
            ok = parse_speed(o->words, optarg, &o->speed);
            break;
        case 'e':
            ok = str_to_double(str_from(optarg), &o->every) && o->every >= 0.05 && o->every <= 3600;
            if (!ok)
                cmd_usage(o->words, "--every \"%s\" is not a number of seconds from 0.05", optarg);
            break;
        case 'j':
            o->is_json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return -1;
        default:
            ok = false;
        }
        if (!ok)
            return EXIT_USAGE;
    }
    for (int i = optind; i < argc; i++) {
        if (o->tape_count == TAPES)
            return cmd_usage(o->words, "more than %d tapes", TAPES);
        o->tapes[o->tape_count++] = argv[i];
    }
    return check_words(o);
}

int cmd_feed(int argc, char **argv)
{
    struct feed_options o = { .words = "feed", .symbols = "SPY,QQQ,IWM", .seed = 1, .speed = 1 };
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (argc < 2)
        return cmd_usage("feed", "say what: replay, simulate or live");
    if (strcmp(argv[1], "live") == 0)
        return feed_live(argc - 1, argv + 1);
    o.is_simulated = strcmp(argv[1], "simulate") == 0;
    if (!o.is_simulated && strcmp(argv[1], "replay") != 0)
        return cmd_usage("feed", "there is no \"%s\": it is replay, simulate or live", argv[1]);
    int status = parse(&o, argc - 1, argv + 1);
    if (status)
        return status < 0 ? EXIT_DONE : status;
    return run(&o);
}
