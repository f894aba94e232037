/*
 * What a backtest found, for three readers: a person at a terminal, a program, a person at a desk.
 *
 *     report_terminal(stdout, &result, report_term_of(stdout));
 *     report_json(&buf, &result);                  one line of JSON, schema in docs/report-json.md
 *     report_html("run.html", &result);            one self-contained file
 *
 * All three only read the result: no clock, no files, no globals, so the same result gives the same
 * bytes. Text that came from outside (names, notes, reasons) is made harmless: control characters
 * never reach the terminal, markup never reaches the page. What cannot be computed is shown as
 * "n/a" (null in JSON), never as 0. Times of day are those of New York.
 * How to read the figures: docs/report.md.
 */
#ifndef SERVICES_REPORT_REPORT_H
#define SERVICES_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "services/backtest/result.h"

#define REPORT_JSON_SCHEMA "ironfly.backtest/1"

struct report_term {
    int width;   /* columns; what is below 60 is taken as 60 */
    bool colour; /* ANSI colours */
    bool utf8;   /* else ASCII alone */
    int trades;  /* how many trades to list, the last ones; 0 takes 12 */
};

/*
 * What out can show: the width of its terminal, else $COLUMNS, else 80; colours on a terminal only,
 * and not when $NO_COLOR is set or $TERM is "dumb"; UTF-8 when $LC_ALL, $LC_CTYPE or $LANG says so.
 */
struct report_term report_term_of(FILE *out);

/* Errors: ERR_IO when out takes no more. */
NODISCARD enum err report_terminal(FILE *out, const struct backtest_result *result,
                                   struct report_term term);
void report_terminal_text(struct buf *out, const struct backtest_result *result,
                          struct report_term term);

/* One JSON object and a newline. */
void report_json(struct buf *out, const struct backtest_result *result);

/*
 * Write the page to path: complete or not at all (a temporary file beside it is renamed). Of
 * several strategies each has a page of its own beside it, "run-1-iron_condor.html", which the
 * account's page leads to.
 * Errors: ERR_IO naming the path; what lay at path is then untouched.
 */
NODISCARD enum err report_html(const char *path, const struct backtest_result *result);
void report_html_text(struct buf *out, const struct backtest_result *result);

#endif
