#include "domain/types/money.h"
#include "services/report/html_int.h"

void html_text(struct buf *out, const char *text)
{
    struct str all = str_from(text);
    for (size_t at = 0; at < all.len;) {
        uint32_t c = text_next_rune(all, &at);
        if (c == '&')
            buf_puts(out, "&amp;");
        else if (c == '<')
            buf_puts(out, "&lt;");
        else if (c == '>')
            buf_puts(out, "&gt;");
        else if (c == '"')
            buf_puts(out, "&quot;");
        else if (c == '\'')
            buf_puts(out, "&#39;");
        else
            buf_put_char(out, c);
    }
}

void html_element(struct buf *out, const char *tag, const char *class_name, const char *title,
                  const char *text)
{
    buf_printf(out, "<%s", tag);
    if (class_name && *class_name)
        buf_printf(out, " class=\"%s\"", class_name);
    if (title && *title) {
        buf_puts(out, " title=\"");
        html_text(out, title);
        buf_putc(out, '"');
    }
    buf_putc(out, '>');
    html_text(out, text);
    buf_printf(out, "</%s>", tag);
}

void html_cell(struct buf *out, const char *text)
{
    html_element(out, "td", NULL, NULL, text);
}

void html_number_cell(struct buf *out, const char *text)
{
    html_element(out, "td", "n", NULL, text);
}

void html_money_cell(struct buf *out, int64_t micros)
{
    char text[TEXT_BYTES];
    text_money(text, micros);
    html_number_cell(out, text);
}

void html_signed_cell(struct buf *out, int64_t micros)
{
    char text[TEXT_BYTES];
    text_money_plus(text, micros);
    bool none = micros == PRICE_NONE || micros == 0;
    html_element(out, "td", none ? "n" : micros > 0 ? "n gain" : "n loss", NULL, text);
}

void html_heads(struct buf *out, const struct html_head heads[], size_t count)
{
    buf_puts(out, "<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "<th scope=\"col\"%s", heads[i].is_text ? "" : " class=\"n\"");
        if (heads[i].title) {
            buf_puts(out, " title=\"");
            html_text(out, heads[i].title);
            buf_putc(out, '"');
        }
        buf_putc(out, '>');
        html_text(out, heads[i].text);
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead>\n");
}

void html_section_begin(struct buf *out, const char *id, const char *heading, const char *lead)
{
    buf_printf(out, "<section id=\"%s\">\n", id);
    html_element(out, "h2", NULL, NULL, heading);
    if (lead)
        html_element(out, "p", "lead", NULL, lead);
    buf_putc(out, '\n');
}

void html_section_end(struct buf *out)
{
    buf_puts(out, "</section>\n");
}

void html_figure_begin(struct buf *out, const char *heading, const char *explanation)
{
    buf_puts(out, "<figure><figcaption>");
    html_element(out, "strong", NULL, explanation, heading);
    if (explanation) {
        buf_putc(out, ' ');
        html_element(out, "span", NULL, NULL, explanation);
    }
    buf_puts(out, "</figcaption><div class=\"scroll\">");
}

void html_figure_end(struct buf *out)
{
    buf_puts(out, "</div></figure>\n");
}

void html_nothing(struct buf *out, const char *why)
{
    html_element(out, "p", "nothing", NULL, why);
    buf_putc(out, '\n');
}
