#include "adapters/import/csv_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The buffer starts small enough for the processor's cache and grows for a row that needs it. */
enum { BUFFER_BYTES = 1 << 16, BUFFER_BYTES_MAX = 2 * CSV_ROW_BYTES_MAX, TITLE_BYTES = 64 };

static bool is_gap(const struct csv_reader *csv, char c)
{
    return c == ' ' || c == '\r' || (c == '\t' && csv->separator != '\t');
}

static struct str trim(const struct csv_reader *csv, const char *ptr, const char *end)
{
    while (ptr < end && is_gap(csv, *ptr))
        ptr++;
    while (ptr < end && is_gap(csv, end[-1]))
        end--;
    return (struct str){ ptr, (size_t)(end - ptr) };
}

const char *csv_title(const struct csv_reader *csv, int column)
{
    static _Thread_local char text[TITLE_BYTES];
    struct str title = { 0 };
    if (column >= 0 && column < csv->column_count)
        title = csv->titles[column];
    if (title.len)
        snprintf(text, sizeof text, "%.*s",
                 (int)(title.len < sizeof text ? title.len : sizeof text), title.ptr);
    else
        snprintf(text, sizeof text, "%d", column + 1);
    return text;
}

/* ---- bytes to lines -------------------------------------------------------------------------- */

static enum err refill(struct csv_reader *csv)
{
    if (csv->begin) {
        memmove(csv->buffer, csv->buffer + csv->begin, csv->end - csv->begin);
        csv->end -= csv->begin;
        csv->begin = 0;
    }
    if (csv->end == csv->capacity)
        csv->buffer = mem_grow(csv->buffer, &csv->capacity, 2 * csv->capacity, 1);
    MUST(csv->capacity <= BUFFER_BYTES_MAX);
    size_t got = 0, room = csv->capacity - csv->end;
    enum err err = csv->input.read(csv->input.context, csv->buffer + csv->end, room, &got);
    if (err)
        return err;
    MUST(got <= room);
    csv->end += got;
    csv->at_end = got == 0;
    return ERR_OK;
}

/* Length of the line at begin + from, without its line feed, which *ends says is there. Reads on
 * until there is one. The row at begin may move in the buffer, so callers hold offsets. */
static enum err find_line(struct csv_reader *csv, size_t from, size_t *length, bool *ends)
{
    size_t seen = from;
    for (;;) {
        const char *start = csv->buffer + csv->begin;
        size_t have = csv->end - csv->begin;
        const char *feed = have > seen ? memchr(start + seen, '\n', have - seen) : NULL;
        size_t row_bytes = feed ? (size_t)(feed - start) : have;
        if (row_bytes > CSV_ROW_BYTES_MAX)
            return err_set(ERR_PARSE,
                           "%s:%llu: the row is longer than %d bytes: is this a CSV file, and are "
                           "its quotes closed?",
                           csv->name, (unsigned long long)csv->next_row, CSV_ROW_BYTES_MAX);
        if (feed || csv->at_end) {
            *length = row_bytes - from;
            *ends = feed != NULL;
            return ERR_OK;
        }
        seen = have;
        enum err err = refill(csv);
        if (err)
            return err;
    }
}

static size_t count_quotes(const char *ptr, size_t len)
{
    size_t count = 0;
    for (const char *end = ptr + len; (ptr = memchr(ptr, '"', (size_t)(end - ptr))); ptr++)
        count++;
    return count;
}

/* Columns before a byte of a row, for messages. */
static int column_of(const struct csv_reader *csv, struct str row, size_t at)
{
    int column = 0;
    bool quoted = false;
    for (size_t i = 0; i < at; i++) {
        if (row.ptr[i] == '"')
            quoted = !quoted;
        if (row.ptr[i] == csv->separator && !quoted)
            column++;
    }
    return column;
}

/*
 * The next row that is not blank, line ends inside quotes included: whole when the number of
 * quotes is even, which also holds for doubled ones.
 */
static enum err next_row_text(struct csv_reader *csv, struct str *out, bool *more)
{
    *more = false;
    for (;;) {
        size_t length = 0, piece = 0, quotes = 0;
        uint64_t lines = 0;
        bool ends = false;
        do {
            enum err err = find_line(csv, length, &piece, &ends);
            if (err)
                return err;
            quotes += count_quotes(csv->buffer + csv->begin + length, piece);
            length += piece + (ends ? 1 : 0);
            lines++;
        } while (quotes % 2 && ends);

        *out = (struct str){ csv->buffer + csv->begin, length };
        csv->row = csv->next_row;
        csv->next_row += lines;
        csv->begin += length;
        if (quotes % 2) {
            size_t at = (size_t)((const char *)memchr(out->ptr, '"', out->len) - out->ptr);
            return err_set(
                ERR_PARSE,
                "%s:%llu: column \"%s\": a quote is opened and never closed: is the file "
                "cut off?",
                csv->name, (unsigned long long)csv->row, csv_title(csv, column_of(csv, *out, at)));
        }
        if (!length && csv->at_end)
            return ERR_OK;
        if (str_trim(*out).len) {
            *more = true;
            return ERR_OK;
        }
    }
}

static enum err check_text(const struct csv_reader *csv, struct str row, unsigned char all_bits)
{
    const char *nul = memchr(row.ptr, 0, row.len);
    if (nul)
        return err_set(ERR_PARSE,
                       "%s:%llu: column \"%s\": a NUL byte: the file is damaged or is no text",
                       csv->name, (unsigned long long)csv->row,
                       csv_title(csv, column_of(csv, row, (size_t)(nul - row.ptr))));
    if (all_bits < 0x80 || str_is_utf8(row))
        return ERR_OK;
    size_t at = 0;
    while (at < row.len && str_is_utf8((struct str){ row.ptr, at + 1 }))
        at++;
    while (at < row.len && !((unsigned char)row.ptr[at] & 0x80))
        at++;
    return err_set(ERR_PARSE, "%s:%llu: column \"%s\": not UTF-8 text: save the file as UTF-8",
                   csv->name, (unsigned long long)csv->row,
                   csv_title(csv, column_of(csv, row, at)));
}

/* ---- lines to fields ------------------------------------------------------------------------- */

/* Unquote the field at *at in place and step over it: false when text follows the quote. */
static bool cut_quoted(const struct csv_reader *csv, char **at, char *end, struct str *field)
{
    char *read = *at + 1, *write = read, *start = read;
    while (read < end) {
        if (*read == '"') {
            if (read + 1 < end && read[1] == '"')
                read++;
            else
                break;
        }
        *write++ = *read++;
    }
    *field = (struct str){ start, (size_t)(write - start) };
    read += read < end; /* the closing quote */
    while (read < end && is_gap(csv, *read))
        read++;
    *at = read;
    return read == end || *read == csv->separator;
}

/* Split a row that holds quotes; -1 when there is text after a closing quote. */
static int split_quoted(const struct csv_reader *csv, struct str row,
                        struct str fields[CSV_COLUMNS_MAX])
{
    int count = 0;
    char *at = (char *)row.ptr, *end = at + row.len;
    for (;; at++) {
        struct str field;
        while (at < end && is_gap(csv, *at))
            at++;
        if (at < end && *at == '"') {
            if (!cut_quoted(csv, &at, end, &field))
                return -1 - count;
        } else {
            char *stop = at < end ? memchr(at, csv->separator, (size_t)(end - at)) : NULL;
            stop = stop ? stop : end;
            field = trim(csv, at, stop);
            at = stop;
        }
        if (count < CSV_COLUMNS_MAX)
            fields[count] = field;
        count++;
        if (at == end)
            return count;
    }
}

static int split_plain(const struct csv_reader *csv, struct str row,
                       struct str fields[CSV_COLUMNS_MAX], unsigned char *all_bits)
{
    int count = 0;
    unsigned char bits = 0;
    const char *start = row.ptr, *end = row.ptr + row.len, separator = csv->separator;
    for (const char *at = start;; at++) {
        if (at == end || *at == separator) {
            if (count < CSV_COLUMNS_MAX)
                fields[count] = trim(csv, start, at);
            count++;
            if (at == end)
                break;
            start = at + 1;
        }
        bits |= (unsigned char)*at;
    }
    *all_bits = bits;
    return count;
}

static enum err split(struct csv_reader *csv, struct str row, int *count)
{
    unsigned char all_bits = 0xff;
    while (row.len && (row.ptr[row.len - 1] == '\n' || row.ptr[row.len - 1] == '\r'))
        row.len--;
    bool quoted = memchr(row.ptr, '"', row.len) != NULL;
    enum err err = ERR_OK;
    if (quoted) {
        /* Unquoting changes the text, so look at it before. */
        err = check_text(csv, row, all_bits);
        *count = err ? 0 : split_quoted(csv, row, csv->fields);
    } else {
        *count = split_plain(csv, row, csv->fields, &all_bits);
        err = check_text(csv, row, all_bits);
    }
    if (!err && *count < 0)
        err = err_set(ERR_PARSE, "%s:%llu: column \"%s\": text after a closing quote", csv->name,
                      (unsigned long long)csv->row, csv_title(csv, -1 - *count));
    return err;
}

enum err csv_next(struct csv_reader *csv, bool *more)
{
    struct str row;
    csv->can_go_on = false;
    enum err err = next_row_text(csv, &row, more);
    if (err || !*more)
        return err;
    csv->can_go_on = true;
    int count = 0;
    if ((err = split(csv, row, &count)))
        return err;
    /* Some writers end rows with a separator. */
    while (count > csv->column_count && count <= CSV_COLUMNS_MAX && !csv->fields[count - 1].len)
        count--;
    if (count == csv->column_count)
        return ERR_OK;
    if (count > csv->column_count)
        return err_set(ERR_PARSE,
                       "%s:%llu: the row has %d columns, the header names %d: is a separator in a "
                       "field that is not quoted?",
                       csv->name, (unsigned long long)csv->row, count, csv->column_count);
    return err_set(
        ERR_PARSE,
        "%s:%llu: column \"%s\" is missing, the row has %d columns of %d: the file may be "
        "cut off; get it again",
        csv->name, (unsigned long long)csv->row, csv_title(csv, count), count, csv->column_count);
}

/* ---- the header ------------------------------------------------------------------------------ */

size_t csv_fold_name(struct str name, char *out, size_t capacity)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < capacity; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80))
            out[len++] = c;
    }
    return len;
}

static int find_folded(const struct csv_reader *csv, struct str name)
{
    for (int i = 0; i < csv->column_count; i++)
        if (str_equal(csv->names[i], name))
            return i;
    return -1;
}

int csv_column(const struct csv_reader *csv, const char *aliases)
{
    struct str rest = str_from(aliases), alias;
    while (str_cut(&rest, '|', &alias)) {
        char folded[TITLE_BYTES];
        size_t len = csv_fold_name(alias, folded, sizeof folded);
        int found = len ? find_folded(csv, (struct str){ folded, len }) : -1;
        if (found >= 0)
            return found;
    }
    return -1;
}

static enum err start_of_file(struct csv_reader *csv)
{
    while (!csv->at_end && csv->end < 4) {
        enum err err = refill(csv);
        if (err)
            return err;
    }
    const unsigned char *b = (const unsigned char *)csv->buffer;
    if (csv->end >= 2 &&
        ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff) ||
         (csv->end >= 4 && ((!b[0] && b[1] && !b[2]) || (b[0] && !b[1] && !b[3])))))
        return err_set(ERR_UNSUPPORTED, "%s: is UTF-16 text: save it as UTF-8", csv->name);
    if (csv->end >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)
        csv->begin = 3;
    return ERR_OK;
}

static enum err read_header(struct csv_reader *csv)
{
    struct str row;
    bool more = false;
    enum err err = next_row_text(csv, &row, &more);
    if (err)
        return err;
    if (!more)
        return err_set(ERR_PARSE, "%s: the file is empty", csv->name);

    csv->header = mem_alloc(row.len + 1);
    memcpy(csv->header, row.ptr, row.len);
    csv->folded = mem_alloc(row.len + 1);
    /* Not yet csv->column_count: messages about this row must not look for titles. */
    int count = 0;
    if ((err = split(csv, (struct str){ csv->header, row.len }, &count)))
        return err;
    if (count > CSV_COLUMNS_MAX)
        return err_set(ERR_PARSE, "%s: the header names %d columns, at most %d are read", csv->name,
                       count, CSV_COLUMNS_MAX);
    csv->column_count = count;
    size_t used = 0;
    for (int i = 0; i < csv->column_count; i++) {
        csv->titles[i] = csv->fields[i];
        size_t len = csv_fold_name(csv->fields[i], csv->folded + used, row.len - used);
        csv->names[i] = (struct str){ csv->folded + used, len };
        used += len;
    }
    return ERR_OK;
}

enum err csv_open(struct csv_reader *csv, const char *name, char separator, struct csv_input input)
{
    memset(csv, 0, sizeof *csv);
    csv->name = name;
    csv->separator = separator;
    csv->input = input;
    csv->next_row = 1;
    csv->buffer = mem_grow(NULL, &csv->capacity, BUFFER_BYTES, 1);
    enum err err = start_of_file(csv);
    return err ? err : read_header(csv);
}

void csv_close(struct csv_reader *csv)
{
    mem_free(csv->buffer);
    mem_free(csv->header);
    mem_free(csv->folded);
    memset(csv, 0, sizeof *csv);
}
