#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/pages.h"

static void print_overview(FILE *out)
{
    struct buf text = { 0 };
    pages_overview(&text);
    fwrite(text.ptr, 1, text.len, out);
    buf_free(&text);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to report, not a way to die */
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("ironfly " IRONFLY_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    const struct command *command = command_find(argv[1]);
    return command ? command->run(argc - 1, argv + 1)
                   : cmd_usage("", "there is no command \"%s\"", argv[1]);
}
