/*
 * What a shell needs to complete the words of `ironfly`, made from the commands' pages.
 */
#ifndef APPS_COMPLETION_H
#define APPS_COMPLETION_H

#include "base/err.h"
#include "base/str.h"

/* shell: bash, zsh or fish. Errors: ERR_USAGE for another one, ERR_IO. */
NODISCARD enum err completion_write(struct buf *out, const char *shell);

#endif
