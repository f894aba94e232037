#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/pages.h"

static void print_overview(FILE *out)
{
    struct buf text = { 0 };
    pages_overview(&text);
    fwrite(text.ptr, 1, text.len, out);
    buf_free(&text);
}

/* Has a pipe's reader gone, as `| head` does? */
static bool reader_is_gone(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO };
    return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/* What a command printed counts only once it is out: asked here for all of them. */
static int finish(int status)
{
    errno = 0;
    bool is_out = fflush(stdout) == 0;
    const char *why = errno ? strerror(errno) : "what was printed is not complete";
    is_out = is_out && !ferror(stdout);
    if (is_out || status != EXIT_DONE || reader_is_gone())
        return status;
    fprintf(stderr, "ironfly: standard output takes no more: %s\n", why);
    return EXIT_REFUSED;
}

static int run(int argc, char **argv)
{
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

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to report, not a way to die */
    return finish(run(argc, argv));
}
