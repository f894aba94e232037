#include <math.h>

#include "services/report/terminal_int.h"

static const char *const styles[] = {
    [STYLE_PLAIN] = "",           [STYLE_TITLE] = "\033[1m", [STYLE_HEADING] = "\033[1;36m",
    [STYLE_DIM] = "\033[2m",      [STYLE_GAIN] = "\033[32m", [STYLE_LOSS] = "\033[31m",
    [STYLE_WARNING] = "\033[33m",
};

static int put_str(struct sheet *sheet, enum style style, struct str text)
{
    bool paint = sheet->term.colour && style != STYLE_PLAIN && text.len > 0;
    int columns = 0;
    if (paint)
        buf_puts(sheet->out, styles[style]);
    for (size_t at = 0; at < text.len; columns++) {
        uint32_t c = text_next_rune(text, &at);
        if (c >= 0x80 && !sheet->term.utf8)
            c = '?';
        buf_put_char(sheet->out, c);
    }
    if (paint)
        buf_puts(sheet->out, "\033[0m");
    return columns;
}

static int columns_of(struct str text)
{
    int columns = 0;
    for (size_t at = 0; at < text.len; columns++)
        text_next_rune(text, &at);
    return columns;
}

int sheet_columns(UNUSED const struct sheet *sheet, const char *text)
{
    return columns_of(str_from(text));
}

void sheet_put(struct sheet *sheet, enum style style, const char *text)
{
    put_str(sheet, style, str_from(text));
}

void sheet_put_left(struct sheet *sheet, enum style style, const char *text, int columns)
{
    sheet_space(sheet, columns - put_str(sheet, style, str_from(text)));
}

void sheet_put_right(struct sheet *sheet, enum style style, const char *text, int columns)
{
    sheet_space(sheet, columns - columns_of(str_from(text)));
    sheet_put(sheet, style, text);
}

void sheet_space(struct sheet *sheet, int columns)
{
    for (int i = 0; i < columns; i++)
        buf_putc(sheet->out, ' ');
}

void sheet_newline(struct sheet *sheet)
{
    while (sheet->out->len > 0 && sheet->out->ptr[sheet->out->len - 1] == ' ')
        sheet->out->len--;
    buf_putc(sheet->out, '\n');
}

void sheet_heading(struct sheet *sheet, const char *text)
{
    int columns = sheet->term.width - 3 - columns_of(str_from(text)) - 2;
    sheet_newline(sheet);
    sheet_space(sheet, 2);
    sheet_put(sheet, STYLE_HEADING, text);
    sheet_space(sheet, 1);
    struct buf rule = { 0 };
    for (int i = 0; i < columns; i++)
        buf_puts(&rule, sheet->term.utf8 ? "\u2500" : "-");
    if (rule.len)
        sheet_put(sheet, STYLE_DIM, rule.ptr);
    buf_free(&rule);
    sheet_newline(sheet);
}

bool wrap_line(struct str text, size_t *at, int columns, struct str *line)
{
    while (*at < text.len && text.ptr[*at] == ' ')
        ++*at;
    size_t from = *at, scan = *at, last_space = 0;
    if (from >= text.len)
        return false;
    for (int used = 0; scan < text.len && used < columns; used++) {
        size_t before = scan;
        if (text_next_rune(text, &scan) == ' ')
            last_space = before;
    }
    /* The whole rest fits, or the line ends just before a space, or else at the last one. */
    bool fits = scan >= text.len || text.ptr[scan] == ' ' || text.ptr[scan] == '\n';
    size_t end = fits || last_space <= from ? scan : last_space;
    *line = (struct str){ text.ptr + from, end - from };
    *at = end;
    return true;
}

void sheet_wrap_here(struct sheet *sheet, enum style style, int indent, const char *text)
{
    struct str line, all = str_from(text);
    int columns = sheet->term.width - indent;
    bool first = true;
    for (size_t at = 0; wrap_line(all, &at, columns, &line); first = false) {
        if (!first)
            sheet_space(sheet, indent);
        put_str(sheet, style, line);
        sheet_newline(sheet);
    }
    if (first)
        sheet_newline(sheet);
}

void sheet_wrap(struct sheet *sheet, enum style style, int indent, const char *text)
{
    sheet_space(sheet, indent);
    sheet_wrap_here(sheet, style, indent, text);
}

void sheet_bar(struct sheet *sheet, double share, int columns)
{
    static const char *const eighths[] = { "",       "\u258F", "\u258E", "\u258D",
                                           "\u258C", "\u258B", "\u258A", "\u2589" };
    if (!(share > 0) || columns <= 0)
        return;
    int total = (int)lround((share > 1 ? 1 : share) * columns * 8);
    struct buf bar = { 0 };
    for (int i = 0; i < total / 8; i++)
        buf_puts(&bar, sheet->term.utf8 ? "\u2588" : "#");
    if (sheet->term.utf8)
        buf_puts(&bar, eighths[total % 8]);
    sheet_put(sheet, STYLE_DIM, bar.ptr ? bar.ptr : "");
    buf_free(&bar);
}
