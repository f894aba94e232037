#include "services/report/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/target.h"
#include "services/report/html_int.h"

static void put_lines(struct buf *out, const char *const *lines)
{
    for (; *lines; lines++)
        buf_puts(out, *lines);
}

void page_begin(struct buf *out, const char *title, const char *style)
{
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                  /* Nothing is ever fetched, whatever a name may try. */
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n<title>");
    html_text(out, title);
    buf_puts(out, "</title>\n<style>\n");
    put_lines(out, html_style);
    if (style)
        buf_puts(out, style);
    buf_puts(
        out,
        "</style>\n</head>\n<body>\n"
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" "
        "aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
        "width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<path d=\"M0 0V5\"/></pattern></defs></svg>\n<main>\n");
}

void page_end(struct buf *out)
{
    buf_puts(out, "</main>\n<script>\n");
    put_lines(out, html_script);
    buf_puts(out, "</script>\n</body>\n</html>\n");
}

/* Whole on the disk, with the rights a new file of this user has. */
static bool write_whole(int fd, struct str text)
{
    mode_t mask = umask(0);
    umask(mask);
    while (text.len > 0) {
        ssize_t written = write(fd, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text = (struct str){ text.ptr + written, text.len - (size_t)written };
    }
    return fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0;
}

/* What begins otherwise was not written here. */
static enum err check_content(const char *path)
{
    static const char begin[] = "<!doctype html";
    char head[sizeof begin - 1];
    FILE *file = fopen(path, "rb");
    if (!file)
        return errno == ENOENT ? ERR_OK : err_set(ERR_IO, "report %s: %s", path, strerror(errno));
    size_t len = fread(head, 1, sizeof head, file);
    fclose(file);
    if (len == 0 || (len == sizeof head && strncasecmp(head, begin, len) == 0))
        return ERR_OK;
    return err_set(ERR_REFUSED, "%s is there and is no report: give another name, or remove it",
                   path);
}

static enum err resolve(const char **out, struct arena *arena, const char *path)
{
    enum err err = target_resolve(out, arena, path);
    return err ? err_add(err, "report") : check_content(*out);
}

enum err page_check(const char *path)
{
    struct arena arena;
    const char *target;
    arena_init(&arena, "page path", 1024);
    enum err err = resolve(&target, &arena, path);
    arena_clear(&arena);
    return err;
}

static enum err write_target(const char *path, const char *temporary, int fd, struct str text)
{
    bool done = write_whole(fd, text);
    int why = errno;
    if (close(fd) != 0 && done) {
        done = false;
        why = errno;
    }
    if (done && rename(temporary, path) != 0) {
        done = false;
        why = errno;
    }
    if (done)
        return ERR_OK;
    unlink(temporary);
    return err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(why));
}

enum err page_write(const char *path, struct str text)
{
    struct arena arena;
    const char *target;
    arena_init(&arena, "page path", 1024);
    enum err err = resolve(&target, &arena, path);
    if (!err) {
        char *temporary = arena_printf(&arena, "%s.XXXXXX", target);
        int fd = mkstemp(temporary);
        err = fd < 0 ? err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(errno))
                     : write_target(target, temporary, fd, text);
    }
    arena_clear(&arena);
    return err;
}
