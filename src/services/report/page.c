#include "services/report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

enum err page_write(const char *path, struct str text)
{
    struct arena arena;
    enum err err = ERR_OK;
    arena_init(&arena, "page path", 1024);
    char *temporary = arena_printf(&arena, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0) {
        err = err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(errno));
        arena_clear(&arena);
        return err;
    }
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
    if (!done) {
        unlink(temporary);
        err = err_set(ERR_IO, "report %s cannot be written: %s", path, strerror(why));
    }
    arena_clear(&arena);
    return err;
}
