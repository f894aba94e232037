#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store/store_int.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err folder_names(int at, const char *path, bool hidden, struct arena *arena, char ***names,
                      size_t *count)
{
    *names = NULL;
    *count = 0;
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return ERR_OK;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return err_set(ERR_IO, "%s: cannot list: %s", path, strerror(why));
    }
    size_t capacity = 0, n = 0;
    char **list = NULL;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)); errno = 0) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (name[0] == '.' && !hidden))
            continue;
        list = mem_grow(list, &capacity, n + 1, sizeof *list);
        list[n++] = arena_strdup(arena, name);
    }
    int why = errno;
    closedir(dir);
    if (n) {
        qsort(list, n, sizeof *list, compare_names);
        *names = arena_array(arena, char *, n);
        memcpy(*names, list, n * sizeof *list);
        *count = n;
    }
    mem_free(list);
    return why ? err_set(ERR_IO, "%s: cannot list: %s", path, strerror(why)) : ERR_OK;
}

enum err folder_make(int at, const char *path)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof part)
        return err_set(ERR_RANGE, "%s: the name is too long", path);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdirat(at, part, 0755) != 0 && errno != EEXIST)
            return err_set(ERR_IO, "%s: cannot make the folder: %s", part, strerror(errno));
    }
    return ERR_OK;
}

enum err folder_sync(int at, const char *path)
{
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return failed ? err_set(ERR_IO, "%s: cannot sync the folder: %s", path, strerror(why)) : ERR_OK;
}

enum err folder_remove(int at, const char *path)
{
    if (unlinkat(at, path, 0) == 0 || errno == ENOENT)
        return ERR_OK;
    struct arena names_arena;
    arena_init(&names_arena, "folder_remove", 4096);
    char **names;
    size_t count;
    enum err err = folder_names(at, path, true, &names_arena, &names, &count);
    for (size_t i = 0; i < count && !err; i++)
        err = folder_remove(at, arena_printf(&names_arena, "%s/%s", path, names[i]));
    arena_clear(&names_arena);
    if (!err && unlinkat(at, path, AT_REMOVEDIR) != 0 && errno != ENOENT)
        err = err_set(ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
    return err;
}
