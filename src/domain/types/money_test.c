#include "tests/testing.h"

#include "domain/types/money.h"

TEST(money, formats_and_reads_back)
{
    static const struct {
        int64_t micros;
        const char *text;
    } cases[] = {
        { 0, "0.00" }, { 1500000, "1.50" }, { -50000, "-0.05" }, { 1234567, "1.234567" }
    };
    FOR_EACH (c, cases) {
        char text[MONEY_TEXT_BYTES];
        int64_t back;
        money_format(text, c->micros, 2);
        CHECK_STR(text, c->text);
        CHECK(money_parse(str_from(text), &back));
        CHECK_EQ(back, c->micros);
    }
    char people[MONEY_TEXT_BYTES];
    money_format_people(people, -1234567894999);
    CHECK_STR(people, "-1,234,567.89");
}

TEST(money, rounds_halves_away_from_zero)
{
    CHECK_EQ(money_round(25000, 50000), 50000);
    CHECK_EQ(money_round(-25000, 50000), -50000);
    CHECK_EQ(money_round(24999, 50000), 0);
    CHECK_EQ(money_floor(-1, 10000), -10000);
    CHECK_EQ(money_ceil(1, 10000), 10000);
}

TEST(money, takes_nanos_only_when_exact)
{
    int64_t micros = 5;
    CHECK(money_from_nanos(240000000, &micros));
    CHECK_EQ(micros, 240000);
    CHECK(!money_from_nanos(240000001, &micros));
    CHECK(!money_from_nanos(INT64_MAX, &micros));
    CHECK_EQ(micros, 240000);
}
