#include "tests/testing.h"

#include "domain/types/occ_symbol.h"

static struct occ_symbol symbol(const char *root, int32_t expiry, enum option_right right,
                                int32_t strike_mills)
{
    struct occ_symbol sym = { .expiry = expiry, .right = right, .strike_mills = strike_mills };
    memcpy(sym.root, root, strlen(root));
    return sym;
}

TEST(occ_symbol, reads_and_writes_every_form_as_the_table_shows_it)
{
    static const char *const examples[] = {
#define OCC_FORM(name, word, example) example,
#include "domain/types/occ_forms.def"
#undef OCC_FORM
    };
    struct occ_symbol want = symbol("AAPL", 20240119, OPTION_CALL, 190000), got;
    for (int form = 0; form < OCC_FORM_COUNT; form++) {
        char text[OCC_SYMBOL_BYTES];
        enum occ_form found;
        CHECK_OK(occ_symbol_parse(&got, str_from(examples[form])));
        CHECK(occ_symbol_equal(&got, &want));
        occ_symbol_format(text, &want, (enum occ_form)form);
        CHECK_STR(text, examples[form]);
        CHECK(occ_form_parse(str_from(occ_form_name((enum occ_form)form)), &found));
        CHECK_EQ(found, form);
    }
}

TEST(occ_symbol, reads_what_brokers_really_send)
{
    const struct {
        const char *read;
        struct occ_symbol want;
    } cases[] = {
        { "SPXW  190621P02700000", symbol("SPXW", 20190621, OPTION_PUT, 2700000) },
        { "MSFT 211217P332.5", symbol("MSFT", 20211217, OPTION_PUT, 332500) }, /* TradeStation */
        { "AAPL 240119C00190000", symbol("AAPL", 20240119, OPTION_CALL, 190000) },
        { "L 240119C4190.019", symbol("L", 20240119, OPTION_CALL, 4190019) },
        { ".SPY261218C600", symbol("SPY", 20261218, OPTION_CALL, 600000) },         /* dxFeed */
        { "AAPL1140118C00552500", symbol("AAPL1", 20140118, OPTION_CALL, 552500) }, /* adjusted */
        { ".AAPL1140118C552.5", symbol("AAPL1", 20140118, OPTION_CALL, 552500) },
        { "BRKB  261218P00450000", symbol("BRKB", 20261218, OPTION_PUT, 450000) },
        { "F     261218C00000500", symbol("F", 20261218, OPTION_CALL, 500) },
        { "GOOGL_011520C0.125", symbol("GOOGL", 20200115, OPTION_CALL, 125) },
        { "SPXW_122421P4700", symbol("SPXW", 20211224, OPTION_PUT, 4700000) },
        { "C240119C00050000", symbol("C", 20240119, OPTION_CALL, 50000) }, /* Citigroup */
        { "ABCDEF991231P99999999", symbol("ABCDEF", 20991231, OPTION_PUT, 99999999) },
    };
    FOR_EACH (c, cases) {
        struct occ_symbol got;
        CHECK_OK(occ_symbol_parse(&got, str_from(c->read)));
        if (!occ_symbol_equal(&got, &c->want))
            fail_msg("%s is %s %d %c %d", c->read, got.root, got.expiry, got.right,
                     got.strike_mills);
    }
}

TEST(occ_symbol, says_why_it_refuses_and_leaves_out_alone)
{
    static const struct {
        const char *read, *why;
    } cases[] = {
        { "", "root, date" },
        { "AAPL", "root, date" },
        { "240119C00190000", "root" },         /* no root at all */
        { "AAPL  230229C00190000", "expiry" }, /* 2023 has no 29 February */
        { "AAPL_130124C190", "mmddyy" },
        { "AAPL  240119X00190000", "right" },
        { "AAPL  240119C00000000", "strike" },
        { "AAPL240119C190", "eight digits" }, /* compact, but digits are missing */
        { "O:AAPL240119C0019000", "eight digits" },
        { ".AAPL240119C190.0001", "3 decimals" },
        { ".AAPL240119C190.", "3 decimals" },
        { "aapl  240119C00190000", "root" },
        { "BRK.B 240119C00190000", "root" },
        { "TOOLONG240119C00190000", "root" },
        { "AAPL  240119C00190000 ", "root, date" },
        { "AAPL\t240119C00190000", "root" },
    };
    FOR_EACH (c, cases) {
        struct occ_symbol sym = { .strike_mills = 77 };
        if (occ_symbol_parse(&sym, str_from(c->read)) != ERR_PARSE)
            fail_msg("%s was read", c->read);
        CHECK_HAS(err_detail(), c->why);
        CHECK_EQ(sym.strike_mills, 77);
    }
}
