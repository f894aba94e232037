#include "tests/testing.h"

#include "base/zone.h"
#include "domain/types/product.h"

static struct contract contract_of(const char *symbol)
{
    struct occ_symbol sym;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&sym, str_from(symbol)));
    CHECK_OK(product_contract(&contract, &sym));
    return contract;
}

TEST(product, knows_roots_and_their_underlying)
{
    static const struct {
        const char *root;
        int32_t date;
        const char *underlying;
        enum option_style style;
        enum settle_time settle;
        enum delivery delivery;
        int64_t tick_below, tick_above;
    } cases[] = {
        { "SPX", 20190521, "SPX", STYLE_EUROPEAN, SETTLE_AM, DELIVERY_CASH, 50000, 100000 },
        { "SPXW", 20190521, "SPX", STYLE_EUROPEAN, SETTLE_PM, DELIVERY_CASH, 50000, 100000 },
        { "SPXW", 20080521, "SPX", STYLE_EUROPEAN, SETTLE_AM, DELIVERY_CASH, 50000, 100000 },
        { "XSP", 20260521, "XSP", STYLE_EUROPEAN, SETTLE_PM, DELIVERY_CASH, 10000, 10000 },
        { "VIXW", 20190521, "VIX", STYLE_EUROPEAN, SETTLE_AM, DELIVERY_CASH, 10000, 50000 },
        { "SPY", 20190521, "SPY", STYLE_AMERICAN, SETTLE_PM, DELIVERY_PHYSICAL, 10000, 10000 },
        { "GOOG", 20151224, "GOOG", STYLE_AMERICAN, SETTLE_PM, DELIVERY_PHYSICAL, 10000, 50000 },
        { "BRKB", 20260521, "BRKB", STYLE_AMERICAN, SETTLE_PM, DELIVERY_PHYSICAL, 10000, 50000 },
    };
    FOR_EACH (c, cases) {
        struct product product;
        char underlying[CONTRACT_ROOT_BYTES];
        CHECK_OK(product_get(&product, str_from(c->root), c->date));
        CHECK_STR(product.root, c->root);
        CHECK_STR(product.underlying, c->underlying);
        CHECK_EQ(product.style, c->style);
        CHECK_EQ(product.settle, c->settle);
        CHECK_EQ(product.delivery, c->delivery);
        CHECK_EQ(product.multiplier, 100);
        CHECK_EQ(product_tick(&product, 2990000), c->tick_below);
        CHECK_EQ(product_tick(&product, 3000000), c->tick_above);
        CHECK(!product.is_adjusted);
        product_underlying(underlying, str_from(c->root));
        CHECK_STR(underlying, c->underlying);
    }
    const char *roots[8];
    CHECK_EQ(product_roots("SPX", roots, 8), 4);
    CHECK_STR(roots[1], "SPXW");
}

TEST(product, marks_adjusted_roots_and_refuses_days_it_does_not_know)
{
    struct product product = { .multiplier = 7 };
    CHECK_OK(product_get(&product, STR("AAPL1"), 20140621));
    CHECK(product.is_adjusted);
    CHECK_STR(product.underlying, "AAPL");
    CHECK_STR(product.root, "AAPL1");
    CHECK_OK(product_get(&product, STR("BVZ"), 20160615)); /* binary options on VIX */
    CHECK(product.is_adjusted);
    CHECK_STR(product.underlying, "VIX");
    product.multiplier = 7;
    CHECK_EQ(product_get(&product, STR("VIXW"), 20100101), ERR_RANGE);
    CHECK_HAS(err_detail(), "VIXW");
    CHECK_EQ(product_get(&product, STR("brk.b"), 20190521), ERR_PARSE);
    CHECK_EQ(product_get(&product, STR(""), 20190521), ERR_PARSE);
    CHECK_EQ(product_get(&product, STR("SPX"), 20190229), ERR_PARSE);
    CHECK_EQ(product.multiplier, 7);
}

TEST(product, settles_when_the_contract_says)
{
    /* golden-stats/settlement.json for 2026; the rest from the rules in product.h */
    static const struct {
        const char *symbol, *last_trade, *settle;
    } cases[] = {
        { "SPX260717C06000000", "2026-07-16T16:15:00-04:00", "2026-07-17T09:30:00-04:00" },
        { "SPXW260715C06000000", "2026-07-15T16:00:00-04:00", "2026-07-15T16:00:00-04:00" },
        { "SPXW261127C06000000", "2026-11-27T13:00:00-05:00", "2026-11-27T13:00:00-05:00" },
        { "SPX260618C06000000", "2026-06-17T16:15:00-04:00", "2026-06-18T09:30:00-04:00" },
        { "GOOG160115C00750000", "2016-01-15T16:00:00-05:00", "2016-01-15T16:00:00-05:00" },
        { "AAPL140621C00645000", "2014-06-20T16:00:00-04:00", "2014-06-20T16:00:00-04:00" },
        { "SPX140419C01800000", "2014-04-16T16:15:00-04:00", "2014-04-17T09:30:00-04:00" },
        { "VIX190619C00015000", "2019-06-18T16:15:00-04:00", "2019-06-19T09:30:00-04:00" },
    };
    FOR_EACH (c, cases) {
        struct contract contract = contract_of(c->symbol);
        char text[TS_TEXT_BYTES];
        int64_t ts;
        CHECK_OK(contract_last_trade_ts(&contract, calendar_us(), &ts));
        ts_format_iso(text, ZONE_NEW_YORK, ts);
        CHECK_STR(text, c->last_trade);
        CHECK_OK(contract_settle_ts(&contract, calendar_us(), &ts));
        ts_format_iso(text, ZONE_NEW_YORK, ts);
        CHECK_STR(text, c->settle);
    }
    struct contract far = contract_of("SPX311219C06000000");
    int64_t ts = 7;
    CHECK_EQ(contract_settle_ts(&far, calendar_us(), &ts), ERR_RANGE);
    CHECK_EQ(contract_last_trade_ts(&far, calendar_us(), &ts), ERR_RANGE);
    CHECK_EQ(ts, 7);
}

TEST(contract, orders_by_expiry_root_strike_and_right)
{
    static const char *const ascending[] = {
        "SPX190621C02700000",  "SPX190621P02700000",  "SPX190621C02705000",
        "SPXW190621C02600000", "SPXW190621P02600000", "SPX190719C02600000",
    };
    for (size_t i = 0; i < ARRAY_COUNT(ascending); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(ascending); j++) {
            struct contract a = contract_of(ascending[i]), b = contract_of(ascending[j]);
            int order = contract_compare(&a, &b);
            CHECK_EQ((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
    struct contract contract = contract_of("SPXW190621P02700000");
    struct occ_symbol sym = occ_symbol_of(&contract);
    char text[OCC_SYMBOL_BYTES];
    occ_symbol_format(text, &sym, OCC_PADDED);
    CHECK_STR(text, "SPXW  190621P02700000");
    CHECK_EQ(contract_intrinsic(&contract, INT64_C(2650000000)), 50000000);
}
