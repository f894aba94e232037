/*
 * One self-contained HTML page in the style of the reports: for the backtest's page and for others.
 *
 *     page_begin(&out, "SPX", extra_style);
 *     html_section_begin(&out, "smile", "Smile", "what it shows");
 *     ... chart_begin() and so on: svg_chart.h ...
 *     html_section_end(&out);
 *     page_end(&out);
 *     err = page_write("spx.html", buf_str(&out));
 *
 * Nothing is ever fetched. Colours follow the reader's light or dark scheme.
 */
#ifndef SERVICES_REPORT_PAGE_H
#define SERVICES_REPORT_PAGE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { PAGE_WIDE = 900, PAGE_HALF = 440 };

/* title stands in the window's bar; style, which may be NULL, is CSS behind the common one. */
void page_begin(struct buf *out, const char *title, const char *style);
void page_end(struct buf *out);

/*
 * Whether page_write() may replace what stands there: before long work. ERR_REFUSED for what is no
 * page (a strategy, a store's file) and no file (target.h).
 */
NODISCARD enum err page_check(const char *path);
/* Whole on the disk under a name aside, then renamed. Errors: of page_check(); ERR_IO names the
 * file. */
NODISCARD enum err page_write(const char *path, struct str text);

/* Text from anywhere, safe between tags and inside a quoted attribute. NULL writes nothing. */
void html_text(struct buf *out, const char *text);

/* <tag class="class_name" title="title">text</tag>; class_name and title may be NULL. */
void html_element(struct buf *out, const char *tag, const char *class_name, const char *title,
                  const char *text);

/* Table cells: a figure stands right. */
void html_cell(struct buf *out, const char *text);
void html_number_cell(struct buf *out, const char *text);
struct html_head {
    const char *text, *title;
    bool is_text; /* stands left */
};
void html_heads(struct buf *out, const struct html_head heads[], size_t count);

void html_section_begin(struct buf *out, const char *id, const char *heading, const char *lead);
void html_section_end(struct buf *out);
void html_figure_begin(struct buf *out, const char *heading, const char *explanation);
void html_figure_end(struct buf *out);
void html_nothing(struct buf *out, const char *why);

#endif
