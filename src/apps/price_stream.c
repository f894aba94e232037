#include "apps/price_stream.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/import/csv_reader.h"
#include "base/mem.h"
#include "base/target.h"
#include "base/str.h"

static const char *const names[PRICE_COLUMN_COUNT] = {
    "cp", "S", "K", "T", "sigma", "r", "q", "F", "D", "price", "t1", "D1", "t2", "D2"
};

const char *price_column_name(enum price_column column)
{
    return names[column];
}

struct source {
    FILE *file;
    const char *name;
    struct str text; /* where file is NULL */
};

static enum err read_source(void *context, char *out, size_t capacity, size_t *got)
{
    struct source *source = context;
    if (!source->file) {
        *got = source->text.len < capacity ? source->text.len : capacity;
        memcpy(out, source->text.ptr, *got);
        source->text = str_slice(source->text, *got, source->text.len);
        return ERR_OK;
    }
    *got = fread(out, 1, capacity, source->file);
    if (*got == 0 && ferror(source->file))
        return err_set(ERR_IO, "reading %s: %s", source->name, strerror(errno));
    return ERR_OK;
}

struct stream {
    const struct price_work *work;
    struct csv_reader csv;
    FILE *out;
    const char *out_name;
    int at[PRICE_COLUMN_COUNT]; /* in the input; -1: not there */
    bool is_carried[CSV_COLUMNS_MAX];
    struct price_batch *batch;
    struct buf carried; /* fields of the batch's rows, each followed by a comma */
    size_t carried_end[PRICE_BATCH_ROWS];
};

static bool is_output(const struct price_work *work, const char *title)
{
    for (size_t k = 0; k < work->output_count; k++)
        if (strcmp(title, work->outputs[k]) == 0)
            return true;
    return strcmp(title, "status") == 0;
}

static enum err find_columns(struct stream *s)
{
    for (int k = 0; k < PRICE_COLUMN_COUNT; k++)
        s->at[k] = -1;
    for (int i = 0; i < s->csv.column_count; i++) {
        const char *title = csv_title(&s->csv, i);
        s->is_carried[i] = !is_output(s->work, title);
        for (int k = 0; k < PRICE_COLUMN_COUNT; k++) {
            if (strcmp(title, names[k]) != 0)
                continue;
            if (s->at[k] >= 0)
                return err_set(ERR_PARSE, "%s: the column \"%s\" is there twice", s->csv.name,
                               title);
            s->at[k] = i;
        }
    }
    for (size_t n = 0; n < s->work->need_count; n++)
        if (s->at[s->work->needs[n]] < 0)
            return err_set(ERR_PARSE, "%s: there is no column \"%s\" in the header", s->csv.name,
                           names[s->work->needs[n]]);
    for (int k = 0; k < PRICE_COLUMN_COUNT; k++)
        s->batch->has[k] = s->at[k] >= 0;
    return ERR_OK;
}

static void put_field(struct buf *out, struct str field)
{
    bool is_quoted = false;
    for (size_t i = 0; i < field.len; i++)
        is_quoted |= field.ptr[i] == ',' || field.ptr[i] == '"' || field.ptr[i] == '\n' ||
                     field.ptr[i] == '\r';
    if (!is_quoted) {
        buf_append(out, field.ptr, field.len);
        return;
    }
    buf_putc(out, '"');
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, field.ptr[i]);
    }
    buf_putc(out, '"');
}

static void take_row(struct stream *s)
{
    struct price_batch *b = s->batch;
    size_t row = b->count++;
    for (int k = 0; k < PRICE_COLUMN_COUNT; k++) {
        b->in[k][row] = k == PRICE_Q && s->at[k] < 0 ? 0.0 : NAN;
        if (s->at[k] >= 0)
            str_to_double(s->csv.fields[s->at[k]], &b->in[k][row]);
    }
    double cp = b->in[PRICE_CP][row];
    b->sign[row] = cp == 1.0 ? 1 : cp == -1.0 ? -1 : 0;
    b->is_finite[row] = !isnan(b->in[PRICE_Q][row]);
    for (size_t n = 0; n < s->work->need_count; n++)
        b->is_finite[row] &= !isnan(b->in[s->work->needs[n]][row]);
    for (int i = 0; i < s->csv.column_count; i++)
        if (s->is_carried[i]) {
            put_field(&s->carried, s->csv.fields[i]);
            buf_putc(&s->carried, ',');
        }
    s->carried_end[row] = s->carried.len;
}

static enum err check_written(struct stream *s)
{
    return ferror(s->out) ? err_set(ERR_IO, "writing %s: %s", s->out_name, strerror(errno))
                          : ERR_OK;
}

static enum err write_batch(struct stream *s)
{
    struct price_batch *b = s->batch;
    size_t begin = 0;
    if (b->count == 0)
        return ERR_OK;
    s->work->run(s->work->context, b);
    for (size_t row = 0; row < b->count; row++) {
        fwrite(s->carried.ptr + begin, 1, s->carried_end[row] - begin, s->out);
        begin = s->carried_end[row];
        for (size_t k = 0; k < s->work->output_count; k++)
            if (isnan(b->out[k][row]))
                fputc(',', s->out);
            else
                fprintf(s->out, "%.17g,", b->out[k][row]);
        fprintf(s->out, "%s\n", b->status[row]);
    }
    b->count = 0;
    buf_clear(&s->carried);
    return check_written(s);
}

static enum err write_header(struct stream *s)
{
    struct buf line = { 0 };
    for (int i = 0; i < s->csv.column_count; i++)
        if (s->is_carried[i]) {
            put_field(&line, str_from(csv_title(&s->csv, i)));
            buf_putc(&line, ',');
        }
    for (size_t k = 0; k < s->work->output_count; k++)
        buf_printf(&line, "%s,", s->work->outputs[k]);
    buf_puts(&line, "status\n");
    fwrite(line.ptr, 1, line.len, s->out);
    buf_free(&line);
    return check_written(s);
}

static enum err run_rows(struct stream *s, struct csv_input input, const char *name)
{
    enum err err = csv_open(&s->csv, name, ',', input);
    if (!err)
        err = find_columns(s);
    if (!err)
        err = write_header(s);
    bool more = !err;
    while (!err && more) {
        err = csv_next(&s->csv, &more);
        if (!err && more)
            take_row(s);
        if (!err && (s->batch->count == PRICE_BATCH_ROWS || !more))
            err = write_batch(s);
    }
    if (!err && fflush(s->out) != 0)
        err = err_set(ERR_IO, "writing %s: %s", s->out_name, strerror(errno));
    csv_close(&s->csv);
    return err;
}

static enum err run_stream(const struct price_work *work, struct source *source, FILE *out,
                           const char *out_name)
{
    struct stream *s = mem_alloc(sizeof *s);
    s->work = work;
    s->out = out;
    s->out_name = out_name;
    s->batch = mem_alloc(sizeof *s->batch);
    enum err err = run_rows(s, (struct csv_input){ read_source, source }, source->name);
    buf_free(&s->carried);
    mem_free(s->batch);
    mem_free(s);
    return err;
}

/* Into a file beside the path, which takes its place once it is whole. */
static enum err run_to_file(const struct price_work *work, struct source *source, const char *path)
{
    struct arena arena;
    const char *target;
    arena_init(&arena, "path", 1024);
    enum err err = target_resolve(&target, &arena, path);
    const char *part = arena_printf(&arena, "%s.part", target);
    FILE *out = err ? NULL : fopen(part, "wb");
    if (!err && !out)
        err = err_set(ERR_IO, "writing %s: %s", path, strerror(errno));
    if (out) {
        err = run_stream(work, source, out, path);
        if (fclose(out) != 0 && !err)
            err = err_set(ERR_IO, "writing %s: %s", path, strerror(errno));
        if (!err && rename(part, target) != 0)
            err = err_set(ERR_IO, "writing %s: %s", path, strerror(errno));
        if (err)
            unlink(part);
    }
    arena_clear(&arena);
    return err;
}

enum err price_stream(const struct price_work *work, const char *in, const char *text,
                      const char *out)
{
    struct source source = { .name = text                   ? "the options given"
                                     : strcmp(in, "-") == 0 ? "standard input"
                                                            : in };
    if (text)
        source.text = str_from(text);
    else if (strcmp(in, "-") == 0)
        source.file = stdin;
    else if (!(source.file = fopen(in, "rb")))
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "opening %s: %s", in,
                       strerror(errno));
    enum err err = strcmp(out, "-") == 0 ? run_stream(work, &source, stdout, "standard output")
                                         : run_to_file(work, &source, out);
    if (source.file && source.file != stdin)
        fclose(source.file);
    return err;
}
