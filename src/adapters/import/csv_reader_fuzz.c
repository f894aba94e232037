/* Any bytes, in pieces of any size: no crash, bounded rows, and what is read can be read again. */
#include <stdlib.h>

#include "adapters/import/csv_reader.h"
#include "adapters/import/fields.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *data;
    size_t len, at, step;
};

static enum err give(void *context, char *out, size_t capacity, size_t *got)
{
    struct bytes *in = context;
    size_t want = in->len - in->at;
    want = want < in->step ? want : in->step;
    *got = want < capacity ? want : capacity;
    if (*got)
        memcpy(out, in->data + in->at, *got);
    in->at += *got;
    return ERR_OK;
}

static void use(struct str text)
{
    int64_t price;
    uint32_t size;
    double number;
    int32_t date;
    bool rounded = false;
    (void)field_price(text, &price, &rounded);
    (void)field_volume(text, &price);
    (void)field_size(text, &size);
    (void)field_size_pair(text, 0, &size);
    (void)field_size_pair(text, 1, &size);
    (void)field_date(text, DATES_DAY_FIRST, &date);
    (void)field_date(text, DATES_AUTO, &date);
    double again;
    if (field_double(text, &number) && text.len && text.len < 60 && str_to_double(text, &again))
        MUST(number == again); /* the short way gives the same double as the long one */
}

/* All rows as text, every field quoted; false when the input is refused. */
static bool read_all(const uint8_t *data, size_t len, size_t step, struct buf *out)
{
    struct bytes in = { data, len, 0, step };
    struct csv_reader *csv = mem_alloc(sizeof *csv);
    bool ok = !csv_open(csv, "fuzz", ',', (struct csv_input){ give, &in });
    int columns = csv->column_count;
    for (int i = 0; ok && i < columns; i++)
        buf_printf(out, "%sh%d", i ? "," : "", i);
    buf_putc(out, '\n');
    for (bool more = true; ok && more;) {
        ok = !csv_next(csv, &more) || csv->can_go_on;
        for (int i = 0; ok && more && i < columns; i++) {
            if (csv->fields[i].ptr == NULL)
                break;
            MUST(csv->fields[i].len <= CSV_ROW_BYTES_MAX);
            use(csv->fields[i]);
        }
    }
    csv_close(csv);
    mem_free(csv);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct buf a = { 0 }, b = { 0 };
    bool small = read_all(data + 1, size - 1, 1 + data[0], &a);
    bool large = read_all(data + 1, size - 1, SIZE_MAX, &b);
    MUST(small == large); /* the size of the pieces changes nothing */
    MUST(str_equal(buf_str(&a), buf_str(&b)));
    buf_free(&a);
    buf_free(&b);
    return 0;
}
