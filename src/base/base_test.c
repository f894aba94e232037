#include "tests/testing.h"

#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"

TEST(str, a_folder_in_a_text_is_its_last_name_alone)
{
    static const char *const cases[][3] = {
        { "/srv/data/store has no chains", "/srv/data/store", "store has no chains" },
        { "read /srv/data/store/SPX/a.chain: cut", "/srv/data/store/",
          "read store/SPX/a.chain: cut" },
        { "/srv/data, \"/srv/data\": /srv/data", "/srv/data", "data, \"data\": data" },
        { "/srv/database and /x/srv/data", "/srv/data", "/srv/database and /x/srv/data" },
        { "s is short", "s", "s is short" },
        { "", "/srv/data", "" },
    };
    FOR_EACH (row, cases) {
        char text[80];
        snprintf(text, sizeof text, "%s", (*row)[0]);
        str_hide_folder(text, (*row)[1]);
        CHECK_STR(text, (*row)[2]);
    }
}

TEST(date, counts_days_as_the_calendar_does)
{
    CHECK_EQ(date_to_days(19700101), 0);
    CHECK_EQ(date_to_days(20000301), 11017);
    CHECK_EQ(date_weekday(20190521), TUESDAY);
    CHECK_EQ(date_make(2023, 2, 29), 0);
    CHECK_EQ(date_make(2000, 2, 29), 20000229);
    for (int32_t day = date_to_days(19000101); day <= date_to_days(21991231); day++)
        MUST(date_to_days(date_from_days(day)) == day);
}

TEST(date, reads_the_forms_people_write)
{
    CHECK_EQ(date_parse(STR("2019-05-21")), 20190521);
    CHECK_EQ(date_parse(STR("20190521")), 20190521);
    CHECK_EQ(date_parse(STR("05/21/2019")), 20190521);
    CHECK_EQ(date_parse(STR("5/1/2019")), 20190501);
    CHECK_EQ(date_parse(STR("2019-02-29")), 0);
    CHECK_EQ(date_parse(STR("2019-5-21")), 0);
    CHECK_EQ(date_parse(STR("")), 0);
}

TEST(str, reads_decimals_exactly_or_not_at_all)
{
    int64_t value = 7;
    CHECK(str_to_fixed(STR("-12.345"), 6, &value));
    CHECK_EQ(value, -12345000);
    CHECK(str_to_fixed(STR("0.10000"), 1, &value));
    CHECK_EQ(value, 1);
    CHECK(str_to_fixed(STR("9223372036854775807"), 0, &value));
    CHECK_EQ(value, INT64_MAX);
    static const char *const bad[] = { "",   "-", ".", "1e5", "1.23", "9223372036854775808",
                                       " 1", "+1" };
    value = 7;
    FOR_EACH (text, bad)
        CHECK(!str_to_fixed(str_from(*text), 1, &value));
    CHECK_EQ(value, 7);
}

TEST(str, guesses_what_was_meant_but_not_wildly)
{
    static const char *const names[] = { "delta", "premium", "width", "dte" };
    CHECK_STR(str_nearest(STR("detla"), names, 4), "delta");
    CHECK_STR(str_nearest(STR("Width"), names, 4), "width");
    CHECK_STR(str_nearest(STR("premum"), names, 4), "premium");
    CHECK(!str_nearest(STR("underlying"), names, 4));
    CHECK(!str_nearest(STR(""), names, 4));
}

TEST(str, tells_utf8_from_other_bytes)
{
    CHECK(str_is_utf8(STR("caf\xC3\xA9 \xF0\x9F\x98\x80")));
    CHECK(!str_is_utf8(STR("caf\xE9")));
    CHECK(!str_is_utf8(STR("\xC0\xAF")));
    CHECK(!str_is_utf8(STR("\xED\xA0\x80")));
    CHECK(!str_is_utf8(STR("a\0b")));
}

TEST(err, adds_context_in_front)
{
    CHECK_EQ(err_set(ERR_PARSE, "row %d", 3), ERR_PARSE);
    CHECK_EQ(err_add(ERR_PARSE, "file %s", "x.csv"), ERR_PARSE);
    CHECK_STR(err_detail(), "file x.csv: row 3");
}

TEST(arena, hands_out_zeroed_aligned_memory)
{
    struct arena arena;
    arena_init(&arena, "test", 128);
    for (size_t i = 1; i < 400; i++) {
        unsigned char *bytes = arena_alloc(&arena, i);
        CHECK((uintptr_t)bytes % _Alignof(max_align_t) == 0);
        for (size_t k = 0; k < i; k++)
            MUST(bytes[k] == 0);
        memset(bytes, 0xff, i);
    }
    arena_clear(&arena);
}
