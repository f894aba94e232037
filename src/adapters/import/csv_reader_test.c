#include "adapters/import/csv_reader.h"
#include "adapters/import/fields.h"
#include "base/mem.h"
#include "domain/types/money.h"
#include "tests/testing.h"

struct bytes {
    const char *text;
    size_t len, at, step;
};

static enum err give(void *context, char *out, size_t capacity, size_t *got)
{
    struct bytes *in = context;
    size_t left = in->len - in->at;
    *got = left < in->step ? left : in->step;
    *got = *got < capacity ? *got : capacity;
    memcpy(out, in->text + in->at, *got);
    in->at += *got;
    return ERR_OK;
}

/* All rows as "a|b|c;" in out, "" after an error. */
static enum err read_step(const char *text, size_t len, size_t step, struct buf *out)
{
    struct bytes in = { text, len, 0, step };
    struct csv_reader *csv = mem_alloc(sizeof *csv);
    enum err err = csv_open(csv, "x.csv", ',', (struct csv_input){ give, &in });
    buf_clear(out);
    for (bool more = true; !err && !(err = csv_next(csv, &more)) && more; buf_putc(out, ';'))
        for (int i = 0; i < csv->column_count; i++)
            buf_printf(out, "%s%.*s", i ? "|" : "", STR_ARG(csv->fields[i]));
    csv_close(csv);
    mem_free(csv);
    return err;
}

TEST(csv_reader, reads_what_vendors_write_in_pieces_of_any_size)
{
    static const struct {
        const char *text, *rows;
    } cases[] = {
        { "a,b\n1,2\n3,4\n", "1|2;3|4;" },
        { "a,b\n1,2\n3,4", "1|2;3|4;" }, /* no line end at the end */
        { "\xef\xbb\xbf"
          "a,b\r\n1,2\r\n\r\n3,4\r\n",
          "1|2;3|4;" },                       /* BOM, CRLF, blank line */
        { "a, b\n1, 2 \n", "1|2;" },          /* OptionsDX: comma and space */
        { "a,b\n1,\n,\n", "1|;|;" },          /* empty fields */
        { "a,b\n1,2,\n1,2,,\n", "1|2;1|2;" }, /* separators at the end */
        { "a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "1,5|say \"hi\";" },
        { "a,b\n\"two\nlines\",2\n3,4\n", "two\nlines|2;3|4;" },
        { "a,b\n \"x\" , y\n", "x|y;" },
        { "a,b\n\xc3\xa9,\xe2\x82\xac\n", "\xc3\xa9|\xe2\x82\xac;" }, /* UTF-8 */
    };
    struct buf got = { 0 };
    FOR_EACH (c, cases) {
        size_t len = strlen(c->text);
        for (size_t step = 1; step <= len; step++) {
            CHECK_OK(read_step(c->text, len, step, &got));
            CHECK_STR(got.ptr, c->rows);
        }
    }
    buf_free(&got);
}

TEST(csv_reader, says_file_row_and_column_of_what_it_refuses)
{
#define TEXT(literal) literal, sizeof(literal) - 1
    static const struct {
        const char *text;
        size_t len;
        const char *why;
    } cases[] = {
        { TEXT(""), "x.csv: the file is empty" },
        { TEXT("\xef\xbb\xbf\n\n"), "x.csv: the file is empty" },
        { TEXT("\xff\xfe"
               "a\0,\0b\0"),
          "is UTF-16 text: save it as UTF-8" },
        { TEXT("\0a\0,\0b\0\n"), "is UTF-16 text" },
        { TEXT("bid,ask\n1,2\n3"),
          "x.csv:3: column \"ask\" is missing, the row has 1 columns of 2" },
        { TEXT("bid,ask\n1,2,3\n"), "x.csv:2: the row has 3 columns, the header names 2" },
        { TEXT("bid,ask\n1,2\n3,\0\n"), "x.csv:3: column \"ask\": a NUL byte" },
        { TEXT("bid,ask\n1,caf\xe9\n"), "x.csv:2: column \"ask\": not UTF-8" },
        { TEXT("bid,ask\n1,\"2\n3,4\n"), "x.csv:2: column \"ask\": a quote is opened and never" },
        { TEXT("bid,ask\n\"1\"x,2\n"), "x.csv:2: column \"bid\": text after a closing quote" },
    };
    struct buf got = { 0 };
    FOR_EACH (c, cases) {
        CHECK(read_step(c->text, c->len, 7, &got) != ERR_OK);
        CHECK_HAS(err_detail(), c->why);
        CHECK(!strchr(err_detail(), '\n'));
    }
    buf_free(&got);
}

TEST(csv_reader, bounds_rows_and_columns)
{
    size_t len = CSV_ROW_BYTES_MAX + 100;
    char *text = mem_alloc(len + 1);
    struct buf got = { 0 };
    memset(text, 'x', len);
    memcpy(text, "a,b\n", 4);
    CHECK_EQ(read_step(text, len, 100000, &got), ERR_PARSE);
    CHECK_HAS(err_detail(), "x.csv:2: the row is longer than 1048576 bytes");
    memset(text, ',', 300);
    text[300] = '\n';
    CHECK_EQ(read_step(text, 301, 100, &got), ERR_PARSE);
    CHECK_HAS(err_detail(), "the header names 301 columns, at most 256");
    /* What is wrong with a header beyond the bound has no title to be named by. */
    text[299] = '\xff';
    CHECK_EQ(read_step(text, 301, 100, &got), ERR_PARSE);
    CHECK_HAS(err_detail(), "x.csv:1: column \"300\": not UTF-8");
    /* The longest row that is allowed, over the edge of the buffer many times. */
    memset(text, 'x', len);
    memcpy(text, "a\n", 2);
    text[CSV_ROW_BYTES_MAX + 2] = '\n';
    CHECK_OK(read_step(text, CSV_ROW_BYTES_MAX + 3, 99991, &got));
    CHECK_EQ(got.len, CSV_ROW_BYTES_MAX + 1);
    mem_free(text);
    buf_free(&got);
}

TEST(csv_reader, finds_columns_by_letters_and_digits)
{
    static const char text[] = " exchange,[QUOTE_DATE], Adj Close,\"Open Interest\",C_IV\n";
    struct bytes in = { text, sizeof text - 1, 0, 1000 };
    struct csv_reader *csv = mem_alloc(sizeof *csv);
    CHECK_OK(csv_open(csv, "x.csv", ',', (struct csv_input){ give, &in }));
    CHECK_EQ(csv->column_count, 5);
    CHECK_EQ(csv_column(csv, "exchange"), 0);
    CHECK_EQ(csv_column(csv, "quote_date"), 1);
    CHECK_EQ(csv_column(csv, "QuoteDate"), 1);
    CHECK_EQ(csv_column(csv, "adj close"), 2);
    CHECK_EQ(csv_column(csv, "nothing|open_interest"), 3);
    CHECK_EQ(csv_column(csv, "c_iv"), 4);
    CHECK_EQ(csv_column(csv, "iv"), -1);
    CHECK_EQ(csv_column(csv, ""), -1);
    CHECK_STR(csv_title(csv, 1), "[QUOTE_DATE]");
    csv_close(csv);
    mem_free(csv);
}

TEST(fields, reads_prices_exactly_and_says_when_it_rounds)
{
    static const struct {
        const char *text;
        int64_t micros;
        bool rounded;
    } cases[] = {
        { "2109.9", 2109900000, false },
        { "0.05", 50000, false },
        { "-1", -1000000, false },
        { "0.0000", 0, false },
        { "", PRICE_NONE, false },
        { "14.5750", 14575000, false },
        { "459.2099914550781", 459209991, true },
        { "1e-05", 10, true },
        { "+5", 5000000, false },
        { "+2109.9", 2109900000, false },
    };
    FOR_EACH (c, cases) {
        int64_t micros = 77;
        bool rounded = false;
        CHECK(field_price(str_from(c->text), &micros, &rounded));
        CHECK_EQ(micros, c->micros);
        CHECK_EQ(rounded, c->rounded);
    }
    static const char *const bad[] = { "abc", "1.2.3", "1,5", "nan",         "inf", "0x10",
                                       "$5",  "1e300", "--1", "99999999999", "+",   "+-1" };
    FOR_EACH (b, bad) {
        int64_t micros = 77;
        bool rounded = false;
        CHECK(!field_price(str_from(*b), &micros, &rounded));
        CHECK_EQ(micros, 77);
    }
}

TEST(fields, reads_sizes_pairs_dates_and_numbers)
{
    uint32_t size = 7;
    CHECK(field_size(STR("12"), &size));
    CHECK_EQ(size, 12);
    CHECK(field_size(STR("12.0"), &size));
    CHECK_EQ(size, 12);
    CHECK(field_size(STR(""), &size));
    CHECK_EQ(size, SIZE_NONE);
    CHECK(!field_size(STR("-1"), &size));
    CHECK(!field_size(STR("1.5"), &size));
    CHECK(!field_size(STR("4294967295"), &size));
    CHECK(field_size_pair(STR("5 x 10"), 0, &size));
    CHECK_EQ(size, 5);
    CHECK(field_size_pair(STR("5 x 10"), 1, &size));
    CHECK_EQ(size, 10);
    CHECK(field_size_pair(STR("x 10"), 0, &size));
    CHECK_EQ(size, SIZE_NONE);
    CHECK(!field_size_pair(STR("5 10"), 0, &size));

    int64_t volume;
    CHECK(field_volume(STR("262450000.0"), &volume));
    CHECK_EQ(volume, 262450000);
    CHECK(field_volume(STR(""), &volume));
    CHECK_EQ(volume, -1);

    int32_t date;
    CHECK(field_date(STR("05/21/2019"), DATES_AUTO, &date));
    CHECK_EQ(date, 20190521);
    CHECK(field_date(STR("2019-05-21 16:00:00"), DATES_AUTO, &date));
    CHECK_EQ(date, 20190521);
    CHECK(field_date(STR("21.05.2019"), DATES_DAY_FIRST, &date));
    CHECK_EQ(date, 20190521);
    CHECK(field_date(STR("1/2/2019"), DATES_DAY_FIRST, &date));
    CHECK_EQ(date, 20190201);
    CHECK(!field_date(STR("31/02/2019"), DATES_DAY_FIRST, &date));
    CHECK(!field_date(STR("05/21/19"), DATES_AUTO, &date));

    double number;
    CHECK(field_double(STR("0.28804"), &number));
    CHECK_EQ(number == 0.28804, 1);
    CHECK(field_double(STR("-34.053000000000004"), &number));
    CHECK_EQ(number == -34.053000000000004, 1);
    CHECK(field_double(STR(""), &number));
    CHECK(isnan(number));
    CHECK(!field_double(STR("-"), &number));
    CHECK(!field_double(STR("."), &number));
}
