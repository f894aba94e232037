#include "base/target.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)                    ? "a folder"
           : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
           : S_ISFIFO(mode)                 ? "a pipe"
           : S_ISSOCK(mode)                 ? "a socket"
                                            : "no file";
}

enum err target_resolve(const char **out, struct arena *arena, const char *path)
{
    struct stat at;
    char whole[PATH_MAX];
    *out = "";
    if (lstat(path, &at) != 0) {
        if (errno != ENOENT)
            return err_set(ERR_IO, "%s: %s", path, strerror(errno));
        *out = arena_strdup(arena, path);
        return ERR_OK;
    }
    bool is_link = S_ISLNK(at.st_mode);
    if (is_link && (!realpath(path, whole) || stat(whole, &at) != 0))
        return err_set(ERR_IO, "%s is a link to nothing: %s", path, strerror(errno));
    if (!S_ISREG(at.st_mode))
        return err_set(ERR_REFUSED, "%s is %s: give a file's name", path, kind_of(at.st_mode));
    *out = arena_strdup(arena, is_link ? whole : path);
    return ERR_OK;
}
