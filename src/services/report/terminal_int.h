/*
 * A sheet of text for a terminal: columns counted in characters, styles, wrapping.
 * All text goes through text_next_rune(), so nothing from outside can steer the terminal.
 */
#ifndef SERVICES_REPORT_TERMINAL_INT_H
#define SERVICES_REPORT_TERMINAL_INT_H

#include "services/report/report_int.h"

enum style {
    STYLE_PLAIN,
    STYLE_TITLE,
    STYLE_HEADING,
    STYLE_DIM,
    STYLE_GAIN,
    STYLE_LOSS,
    STYLE_WARNING
};

struct sheet {
    struct buf *out;
    struct report_term term;
};

int sheet_columns(const struct sheet *sheet, const char *text); /* that the text will take */
void sheet_put(struct sheet *sheet, enum style style, const char *text);
void sheet_put_left(struct sheet *sheet, enum style style, const char *text, int columns);
void sheet_put_right(struct sheet *sheet, enum style style, const char *text, int columns);
void sheet_space(struct sheet *sheet, int columns);
void sheet_newline(struct sheet *sheet); /* takes spaces at the end of the line away */
void sheet_heading(struct sheet *sheet, const char *text);

/* Text over as many lines as it needs, from column indent on; _here: the first line has begun and
 * stands there already. A word longer than a line is cut into several. */
void sheet_wrap(struct sheet *sheet, enum style style, int indent, const char *text);
void sheet_wrap_here(struct sheet *sheet, enum style style, int indent, const char *text);

/* The next line of text that fits columns: from *at on, *at moves to the next one; false: no more.
 */
bool wrap_line(struct str text, size_t *at, int columns, struct str *line);

/* share of columns filled, 0 to 1. */
void sheet_bar(struct sheet *sheet, double share, int columns);

void terminal_equity(struct sheet *sheet, const struct backtest_result *result);
void terminal_trades(struct sheet *sheet, const struct backtest_result *result);
void terminal_strategies(struct sheet *sheet,
                         const struct backtest_result *result); /* nothing of one alone */
void terminal_margin(struct sheet *sheet,
                     const struct backtest_result *result); /* nothing where it was not asked */

#endif
