#include <inttypes.h>
#include <stdio.h>

#include "adapters/store/store.h"
#include "apps/cmd.h"
#include "apps/cmd_repair.h"

static const char words[] = "data repair";

static const char help[] =
    "usage: ironfly data repair --store DIR [--yes]\n"
    "\n"
    "Set aside what is damaged in a store, so that the rest reads. Without --yes it only says what would be lost;\n"
    "importing a day again brings it back whole.\n";

static void print_line(UNUSED void *context, const char *text)
{
    printf("  %s\n", text);
}

static enum err repair(const char *path, bool yes)
{
    struct store *store = NULL;
    struct store_repaired r = { 0 };
    enum err err = yes ? store_open_writer(&store, path) : store_open(&store, path);
    if (!err)
        err = store_repair(store, !yes, print_line, NULL, &r);
    if (!err && !r.files)
        puts("nothing is damaged");
    else if (!err)
        printf("%zu damaged file(s): %zu %s kept in part, %zu %s whole; %" PRIu64
               " snapshots and %" PRIu64 " quotes %s\n%s",
               r.files, r.days_kept, yes ? "was" : "would be", r.files_lost,
               yes ? "lost" : "would be lost", r.snapshots_lost, r.quotes_lost,
               yes ? "are lost" : "would be lost",
               yes ? "" : "nothing was changed: do it with --yes\n");
    store_close(store);
    return err;
}

int cmd_repair(int argc, char **argv)
{
    static const struct option options[] = { { "store", required_argument, NULL, 's' },
                                             { "yes", no_argument, NULL, 'y' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *path = NULL;
    bool yes = false;
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 's':
            path = optarg;
            break;
        case 'y':
            yes = true;
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
    struct arena arena;
    arena_init(&arena, "repair", 0);
    struct config config;
    int status = EXIT_REFUSED;
    if (cmd_settings(&config, &arena)) {
        path = cmd_store(words, path, &config);
        enum err err = path ? repair(path, yes) : ERR_USAGE;
        status = !path ? EXIT_USAGE : err ? cmd_fail(err) : EXIT_DONE;
    }
    arena_clear(&arena);
    return status;
}
