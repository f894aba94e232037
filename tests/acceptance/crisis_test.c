/* A book of condors with too little capital in a simulated crisis: closed as packages, never into
 * more margin. */
#include <stdlib.h>
#include <string.h>

#include "services/backtest/backtest.h"
#include "services/simulate/simulate.h"
#include "tests/acceptance/acceptance.h"
#include "tests/testing.h"

static const char *market(void)
{
    const char *store = testing_folder();
    struct simulate_summary summary;
    /* The first weeks of the year that docs/risk.md shows whole. */
    struct simulate_options options = {
        .store = store, .symbols = "SPX", .from = 20130102, .to = 20130228, .seed = 1, .threads = 1
    };
    CHECK_OK(simulate_run(&options, &summary));
    return store;
}

/* "+3 SPX ... @ 1.00; -3 SPX ...": the contracts of each leg are alike, and shorts are bought. */
static void check_package(const char *text)
{
    char right_bought[3] = "", right_sold[3] = "";
    long count = 0;
    for (const char *at = text; at && *at; at = strstr(at, "; "), at = at ? at + 2 : NULL) {
        char *end;
        long quantity = strtol(at, &end, 10);
        const char *root = strchr(end, ' ') + 1, *right = strchr(root, ' ') + 7;
        CHECK(quantity != 0);
        CHECK(!count || labs(quantity) == labs(count));
        char *list = quantity > 0 ? right_bought : right_sold;
        CHECK(strlen(list) < 2);
        strncat(list, right, 1);
        count = quantity;
    }
    /* Both shorts, with their wings; a wing that nobody bids for expires by itself. */
    CHECK(strlen(right_bought) == 2 && right_bought[0] != right_bought[1]);
}

TEST(crisis, a_book_of_condors_is_liquidated_by_packages_and_never_into_more_margin)
{
    struct arena arena;
    struct backtest_result r;
    arena_init(&arena, "run", 0);
    struct backtest_options options = { .strategy =
                                            parity_file("tests/acceptance/crisis/condor_book.yaml"),
                                        .store = market() };
    CHECK_OK(backtest_run(&r, &arena, &options));
    CHECK(r.margin.calls >= 3);
    CHECK(r.liquidation_count >= 10);
    CHECK_EQ(r.margin.unknown, 0);
    for (size_t i = 0; i < r.liquidation_count; i++) {
        const struct result_liquidation *row = &r.liquidations[i];
        CHECK(row->before > row->equity_before); /* there was a deficit */
        CHECK(row->after != PRICE_NONE && row->after <= row->before);
        if (row->quantity)
            check_package(row->text);
    }
    /* No short of a liquidated trade is left. */
    for (size_t i = 0; i < r.trade_count; i++)
        for (size_t j = 0; r.trades[i].reason == CLOSE_MARGIN && j < r.trades[i].leg_count; j++)
            CHECK(r.trades[i].legs[j].quantity > 0 || r.trades[i].legs[j].exit_price != PRICE_NONE);
    arena_clear(&arena);

    /* Under Regulation T a condor needs what it can lose: the same book, far smaller, is never
     * called. */
    arena_init(&arena, "run", 0);
    options.margin = "reg-t";
    CHECK_OK(backtest_run(&r, &arena, &options));
    CHECK(r.trade_count > 0);
    CHECK_EQ(r.margin.calls, 0);
    CHECK_EQ(r.liquidation_count, 0);
    arena_clear(&arena);
}
