#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/cmd_server.h"
#include "base/attr.h"

static const char help[] =
    "Ironfly: an options trading desk.\n"
    "\n"
    "usage: ironfly COMMAND ...        ironfly COMMAND --help tells more\n"
    "\n"
    "  backtest STRATEGY --store DIR    run a strategy over stored chains and report what happened\n"
    "  strategies [NAME]                list the catalogue, or show one strategy file\n"
    "  data import|ls|check|...         market data: bring it in, look at it, verify it, simulate it\n"
    "  chain, surface SYMBOL            what a store holds at a moment: quotes, vols, Greeks, the surface\n"
    "  paper STRATEGY --journal FILE    the same as a desk that survives any crash, with a journal\n"
    "  journal verify|show|replay FILE  is a journal whole, what is in it, does it come out again\n"
    "  feed replay|simulate             play market data through the live path and watch it\n"
    "  price, iv                        price options, or find the vol of prices, on a table\n"
    "  serve --data DIR                 the desk for a browser and for programs\n"
    "  user, audit, backup, restore, export   look after what the server keeps\n"
    "\n"
    "  --version, --help\n"
    "\n"
    "first steps\n"
    "  ironfly data sample --store sample\n"
    "  ironfly backtest iron_condor --store sample --report report.html\n"
    "\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "backtest", cmd_backtest },
    { "strategies", cmd_strategies },
    { "data", cmd_data },
    { "chain", cmd_chain },
    { "surface", cmd_surface },
    { "paper", cmd_paper },
    { "journal", cmd_journal },
    { "feed", cmd_feed },
    { "price", cmd_price },
    { "iv", cmd_iv },
    { "serve", cmd_serve },
    { "user", cmd_user },
    { "audit", cmd_audit },
    { "backup", cmd_backup },
    { "restore", cmd_restore },
    { "export", cmd_export },
    { "job-worker", cmd_job_worker },
};

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to report, not a way to die */
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("ironfly " IRONFLY_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return cmd_usage("", "there is no command \"%s\"", argv[1]);
}
