#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/cmd_remote.h"
#include "base/mem.h"
#include "base/str.h"
#include "domain/strategy/strategy.h"

static const char help[] =
    "usage: ironfly strategies            list the catalogue\n"
    "       ironfly strategies NAME       print one strategy file, to copy and change\n"
    "       ironfly strategies list|arm|disarm ... strategies on a running desk; see: ironfly strategies list --help\n";

enum { STRATEGIES_MAX = 1024 };

static bool is_strategy_file(const char *name)
{
    return str_ends_with(str_from(name), STR(".yaml")) ||
           str_ends_with(str_from(name), STR(".json"));
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum err names_of(struct arena *arena, const char *folder, char **names, size_t max,
                         size_t *count)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return err_set(ERR_IO, "%s cannot be read: %s", folder, strerror(errno));
    *count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && *count < max;)
        if (is_strategy_file(entry->d_name))
            names[(*count)++] = arena_strndup(arena, entry->d_name, strlen(entry->d_name) - 5);
    closedir(dir);
    qsort(names, *count, sizeof *names, by_name);
    return ERR_OK;
}

static enum err list(struct arena *arena)
{
    char folder[STRATEGY_PATH_BYTES];
    char *names[STRATEGIES_MAX];
    size_t count = 0;
    enum err err = strategy_catalogue(folder);
    if (!err)
        err = names_of(arena, folder, names, STRATEGIES_MAX, &count);
    for (size_t i = 0; !err && i < count; i++) {
        struct strategy *s = arena_new(arena, struct strategy);
        err = strategy_load(s, arena, names[i], NULL, 0);
        if (!err)
            printf("%-26s %-5s %s\n", names[i], s->underlying, s->name);
    }
    return err;
}

static enum err print_file(struct arena *arena, const char *name)
{
    struct strategy *s = arena_new(arena, struct strategy);
    enum err err = strategy_load(s, arena, name, NULL, 0);
    if (err)
        return err;
    FILE *file = fopen(s->path, "rb");
    if (!file)
        return err_set(ERR_IO, "%s cannot be read: %s", s->path, strerror(errno));
    char bytes[4096];
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        fwrite(bytes, 1, got, stdout);
    fclose(file);
    return ERR_OK;
}

int cmd_strategies(int argc, char **argv)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    static const char *const remote[] = { "list", "arm", "disarm" };
    for (size_t i = 0; argc > 1 && i < ARRAY_COUNT(remote); i++)
        if (strcmp(argv[1], remote[i]) == 0)
            return cmd_strategies_remote(argc, argv);
    for (int c; (c = cmd_option(argc, argv, options, "strategies")) != -1;) {
        if (c != 'h')
            return EXIT_USAGE;
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (argc - optind > 1)
        return cmd_usage("strategies", "more than one strategy is named");
    struct arena arena;
    arena_init(&arena, "strategies", 0);
    enum err err = optind == argc ? list(&arena) : print_file(&arena, argv[optind]);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    arena_clear(&arena);
    return status;
}
