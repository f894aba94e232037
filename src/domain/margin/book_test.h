/* Books for tests, by hand and at random. */
#ifndef DOMAIN_MARGIN_BOOK_TEST_H
#define DOMAIN_MARGIN_BOOK_TEST_H

#include <string.h>

#include "base/rng.h"
#include "domain/margin/margin.h"

enum { TEST_LINES = 64 };

struct test_book {
    struct margin_underlying under[2];
    struct margin_line lines[TEST_LINES];
    struct margin_book book;
};

static inline void test_book_init(struct test_book *b, const char *name, double level)
{
    memset(b, 0, sizeof *b);
    memcpy(b->under[0].name, name, strlen(name));
    b->under[0].class = margin_class_of(name);
    b->under[0].level = money_from_dollars(level);
    b->book = (struct margin_book){
        .date = 20261120, .underlyings = b->under, .underlying_count = 1, .lines = b->lines
    };
}

static inline void test_option(struct test_book *b, int64_t quantity, char right, double strike,
                               double mark, int32_t expiry)
{
    struct margin_line *line = &b->lines[b->book.line_count++];
    bool is_index = b->under[0].class == MARGIN_BROAD_INDEX;
    *line = (struct margin_line){ .quantity = quantity, .mark = money_from_dollars(mark) };
    line->contract = (struct contract){ .expiry = expiry,
                                        .multiplier = 100,
                                        .right = right,
                                        .strike_mills = (int32_t)(strike * 1000 + 0.5),
                                        .style = is_index ? STYLE_EUROPEAN : STYLE_AMERICAN,
                                        .settle = SETTLE_PM,
                                        .delivery = is_index ? DELIVERY_CASH : DELIVERY_PHYSICAL };
    memcpy(line->contract.root, b->under[0].name, sizeof line->contract.root);
}

static inline void test_stock(struct test_book *b, int64_t shares)
{
    b->lines[b->book.line_count++] = (struct margin_line){ .is_stock = true, .quantity = shares };
}

/* A price free of the crudest arbitrage: intrinsic value and a hump of time value. */
static inline double test_mark(char right, double strike, double level, double years)
{
    double gain = right == OPTION_CALL ? level - strike : strike - level;
    double away = (strike - level) / level, width = 0.25 * 0.25 * years;
    double hump = 0.4 * level * 0.25 * (0.2 + years) / (1.0 + away * away / (width + 0.003));
    return (double)(int64_t)(((gain > 0.0 ? gain : 0.0) + hump) * 20.0) / 20.0;
}

/* Up to line_count lines on one underlying near 100, quantity_max contracts, with stock or not. */
static inline void test_random(struct test_book *b, struct rng *rng, size_t line_count,
                               int64_t quantity_max, int expiries, bool with_stock)
{
    static const int32_t days[] = { 20261218, 20270115, 20270219, 20280121 };
    static const double years[] = { 0.08, 0.15, 0.25, 1.17 };
    test_book_init(b, rng_below(rng, 3) == 0 ? "SPX" : "XYZ", 90.0 + (double)rng_below(rng, 21));
    double level = money_to_dollars(b->under[0].level);
    if (with_stock && b->under[0].class == MARGIN_EQUITY)
        test_stock(b, ((int64_t)rng_below(rng, 7) - 3) * 100 + (int64_t)rng_below(rng, 2) * 50);
    while (b->book.line_count < line_count) {
        size_t e = rng_below(rng, (uint64_t)expiries);
        char right = rng_below(rng, 2) ? OPTION_CALL : OPTION_PUT;
        double strike = 80.0 + 2.5 * (double)rng_below(rng, 17);
        int64_t quantity = 1 + (int64_t)rng_below(rng, (uint64_t)quantity_max);
        test_option(b, rng_below(rng, 2) ? quantity : -quantity, right, strike,
                    test_mark(right, strike, level, years[e]), days[e]);
    }
}

#endif
