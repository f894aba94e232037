/*
 * Files that a user names to be written: made whole under another name, then renamed. That takes
 * away what stood there, so it is looked at first.
 */
#ifndef BASE_TARGET_H
#define BASE_TARGET_H

#include "base/err.h"
#include "base/mem.h"

/*
 * Where to write: the path itself, or what the symbolic link there points to, so that the link
 * stays. In the arena; `out` is "" on errors. Errors: ERR_REFUSED for a folder, a device, a pipe:
 * nothing but a file is replaced; ERR_IO for a path that cannot be looked at.
 */
NODISCARD enum err target_resolve(const char **out, struct arena *arena, const char *path);

#endif
