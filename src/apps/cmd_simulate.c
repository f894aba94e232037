#include "apps/cmd_simulate.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "services/simulate/simulate.h"

static const char words[] = "data simulate";

static void print_help(void)
{
    puts("usage: ironfly data simulate --store DIR [options]\n"
         "       ironfly data simulate --validate [--seed N]\n"
         "\n"
         "Make a synthetic market: option chains with bars, dividends, splits, rates and "
         "settlement values,\n"
         "and beside them, in DIR/truth, what is hidden in a real one. One seed is one market from "
         "1998 on;\n"
         "the other options cut a piece out of it. Not a forecast and not anybody's data.\n"
         "\n"
         "  --symbols A,B    default SPX,SPY,VIX; of:");
    fputs("                  ", stdout);
    for (size_t i = 0; simulate_symbol(i); i++)
        printf(" %s", simulate_symbol(i));
    puts(
        "\n"
        "  --from D, --to D dates, inclusive; default 2024-01-02 to 2024-06-28\n"
        "  --seed N         default 1\n"
        "  --grid G         eod: one snapshot at the close (default); 1m, 1s: every minute, second;\n"
        "                   tick: every event, as Databento files in DIR/tape\n"
        "  --minutes N      only the first N minutes of each session\n"
        "  --threads N      default: one for each processor; the result is the same\n"
        "  --validate       print how far the simulated market is from real ones, and make "
        "nothing\n"
        "\n"
        "It lands month by month; when it is stopped, the same command goes on from there.");
}

static bool not_interrupted(void)
{
    return !cmd_interrupted();
}

static int run(const struct simulate_options *options)
{
    cmd_watch_interrupt();
    struct simulate_summary summary;
    enum err err = simulate_run(options, &summary);
    if (err)
        return cmd_fail(err);
    printf("synthetic market in %s: %zu chains made, %zu kept, %" PRIu64 " quotes, seed %" PRIu64
           "\n",
           options->store, summary.days, summary.kept, summary.quotes, options->seed);
    return EXIT_DONE;
}

int cmd_simulate(int argc, char **argv)
{
    static const struct option options[] = { { "store", required_argument, NULL, 's' },
                                             { "symbols", required_argument, NULL, 'y' },
                                             { "from", required_argument, NULL, 'a' },
                                             { "to", required_argument, NULL, 'b' },
                                             { "seed", required_argument, NULL, 'n' },
                                             { "grid", required_argument, NULL, 'g' },
                                             { "minutes", required_argument, NULL, 'm' },
                                             { "threads", required_argument, NULL, 't' },
                                             { "validate", no_argument, NULL, 'v' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct simulate_options o = { .symbols = "SPX,SPY,VIX",
                                  .from = 20240102,
                                  .to = 20240628,
                                  .seed = 1,
                                  .threads = processors < 1    ? 1
                                             : processors > 16 ? 16
                                                               : (int)processors,
                                  .progress = true,
                                  .keep_on = not_interrupted };
    bool validate = false;
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        bool ok = true;
        uint64_t number = 0;
        switch (c) {
        case 's':
            o.store = optarg;
            break;
        case 'y':
            o.symbols = optarg;
            break;
        case 'a':
            ok = cmd_date(words, "--from", optarg, &o.from);
            break;
        case 'b':
            ok = cmd_date(words, "--to", optarg, &o.to);
            break;
        case 'n':
            ok = cmd_seed(words, "--seed", optarg, &o.seed);
            break;
        case 'g':
            if (simulate_grid_parse(optarg, &o.grid))
                return cmd_usage(words, "%s", err_detail());
            break;
        case 'm':
            ok = cmd_seed(words, "--minutes", optarg, &number);
            if (ok && (number < 1 || number > 390))
                return cmd_usage(words, "--minutes is 1 to 390");
            o.minutes = (int)number;
            break;
        case 't':
            ok = cmd_seed(words, "--threads", optarg, &number);
            if (ok && (number < 1 || number > 64))
                return cmd_usage(words, "--threads is 1 to 64");
            o.threads = (int)number;
            break;
        case 'v':
            validate = true;
            break;
        case 'h':
            print_help();
            return EXIT_DONE;
        default:
            ok = false;
        }
        if (!ok)
            return EXIT_USAGE;
    }
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]);
    if (validate)
        return simulate_validate(stdout, o.seed) ? EXIT_REFUSED : EXIT_DONE;
    if (!o.store)
        return cmd_usage(words, "--store is missing: where the market goes");
    return run(&o);
}
