#include "adapters/import/csv_files.h"

#include "adapters/import/text_source.h"

enum { BYTES_EVERY_ROWS = 4096, SHOWN_BYTES = 60 };

struct import_place csv_place(const struct csv_reader *csv, int column)
{
    return (struct import_place){ csv->name, csv->row,
                                  column >= 0 ? csv_title(csv, column) : NULL };
}

enum err csv_bad_field(struct import *import, const struct csv_reader *csv, int column,
                       const char *what, bool *skip)
{
    *skip = true;
    struct str text = column < 0 ? STR("") : str_slice(csv->fields[column], 0, SHOWN_BYTES);
    if (!text.len)
        return import_bad_row(import, csv_place(csv, column), "is empty: %s", what);
    return import_bad_row(import, csv_place(csv, column), "\"%.*s\" is %s", STR_ARG(text), what);
}

static enum err read_rows(struct import *import, struct csv_reader *csv, struct text_source *text,
                          const struct csv_rows *rows)
{
    uint64_t count = 0;
    for (;;) {
        bool more;
        enum err err = csv_next(csv, &more);
        bool skip = err && csv->can_go_on && import->options->skip_bad_rows;
        if (skip)
            import_found(import, FOUND_BAD_ROW, csv_place(csv, -1), NULL);
        else if (err)
            return err;
        if (!err && !more)
            break;
        import_count_rows(import, 1);
        if (++count % BYTES_EVERY_ROWS == 0)
            import_count_bytes(import, text_bytes_taken(text));
        if (!skip && (err = rows->row(rows->context)))
            return err;
    }
    if (!count)
        return err_set(ERR_PARSE, "%s: has a header and no rows: the file may be cut off",
                       csv->name);
    return ERR_OK;
}

static enum err text_bytes(void *context, char *out, size_t capacity, size_t *got)
{
    return text_read(context, out, capacity, got);
}

static enum err read_member(struct import *import, struct text_source *text, const char *name,
                            char separator, const struct csv_rows *rows)
{
    struct csv_reader *csv = mem_alloc(sizeof *csv);
    enum err err = csv_open(csv, name, separator, (struct csv_input){ text_bytes, text });
    if (!err)
        err = rows->begin(rows->context, csv);
    if (!err)
        err = read_rows(import, csv, text, rows);
    csv_close(csv);
    mem_free(csv);
    return err;
}

enum err csv_files_read(struct import *import, char separator, const struct csv_rows *rows)
{
    for (size_t i = 0; i < import->file_count; i++) {
        struct text_source *text = NULL;
        enum err err = text_open(&text, import->files[i].path);
        const char *name;
        for (bool more = true; !err && !(err = text_next(text, &name, &more)) && more;)
            err = read_member(import, text, name, separator, rows);
        if (!err)
            import_count_bytes(import, text_bytes_taken(text));
        text_close(text);
        if (err)
            return err;
        import->summary->files++;
    }
    return ERR_OK;
}
