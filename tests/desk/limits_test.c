/*
 * The desk as it comes: 100,000 dollars, its five simulated markets, Regulation T, the limits of
 * limits.def. They must let through what people with such an account trade, and stop what can end
 * it: docs/risk.md says why they are what they are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "kernel/preview.h"
#include "tests/desk/desk_run.h"

enum { LEGS = 4, DAY = 20250102 };

/* A leg by its delta, or so many dollars further out of the money than that (nearer below 0), at
 * the nearest other strike. */
struct leg {
    int64_t ratio;
    char right;
    double delta, further;
};

struct idea {
    const char *name, *symbol;
    int days; /* to expiry, at least */
    int64_t quantity;
    struct leg legs[LEGS];
    const char *stops; /* by which limits, the first that refuses; NULL: it passes */
};

#define CONDOR(delta, width)                                                                       \
    {                                                                                              \
        { 1, 'P', delta, width }, { -1, 'P', delta, 0 }, { -1, 'C', delta, 0 },                    \
        {                                                                                          \
            1, 'C', delta, width                                                                   \
        }                                                                                          \
    }

static const struct idea IDEAS[] = {
    { "an iron condor", "SPX", 7, 1, CONDOR(0.16, 25), NULL },
    { "an iron condor of the day", "SPX", 0, 1, CONDOR(0.16, 25), NULL },
    { "an iron condor of tomorrow, nearer the money", "SPX", 1, 1, CONDOR(0.25, 25), NULL },
    { "a put spread sold", "SPX", 7, 1, { { 1, 'P', 0.30, 25 }, { -1, 'P', 0.30, 0 } }, NULL },
    { "a put spread of the day",
      "SPX",
      0,
      1,
      { { 1, 'P', 0.30, 25 }, { -1, 'P', 0.30, 0 } },
      NULL },
    { "a call spread bought", "SPX", 7, 1, { { 1, 'C', 0.50, 0 }, { -1, 'C', 0.50, 25 } }, NULL },
    { "a call spread of the day",
      "SPX",
      0,
      1,
      { { 1, 'C', 0.50, 0 }, { -1, 'C', 0.50, 25 } },
      NULL },
    { "a butterfly",
      "SPX",
      7,
      1,
      { { 1, 'C', 0.50, -50 }, { -2, 'C', 0.50, 0 }, { 1, 'C', 0.50, 50 } },
      NULL },
    { "a strangle bought", "SPY", 40, 1, { { 1, 'P', 0.16, 0 }, { 1, 'C', 0.16, 0 } }, NULL },
    { "five iron condors", "SPY", 40, 5, CONDOR(0.16, 5), NULL },
    { "five put spreads", "SPY", 25, 5, { { 1, 'P', 0.30, 5 }, { -1, 'P', 0.30, 0 } }, NULL },
    { "calls", "SPY", 25, 1, { { 1, 'C', 0.50, 0 } }, NULL },

    { "a put without cover",
      "SPX",
      25,
      1,
      { { -1, 'P', 0.16, 0 } },
      "trade_loss underlying_loss strategy_loss stress_loss shock_loss" },
    { "a strangle without cover",
      "SPY",
      40,
      1,
      { { -1, 'P', 0.16, 0 }, { -1, 'C', 0.16, 0 } },
      "trade_loss underlying_loss strategy_loss" },
    { "ten iron condors", "SPX", 7, 10, CONDOR(0.16, 25),
      "trade_loss underlying_loss vega stress_loss var shortfall" },
    { "a fifth of the account in calls",
      "SPX",
      40,
      2,
      { { 1, 'C', 0.50, 0 } },
      "trade_loss underlying_loss delta_shares delta_dollars vega stress_loss var shortfall" },
    { "three straddles of the day",
      "SPX",
      0,
      3,
      { { 1, 'P', 0.50, 0 }, { 1, 'C', 0.50, 0 } },
      "trade_loss gamma_dollars theta var" },
};

static const struct contract *by_delta(struct desk_view *view, uint32_t market, int days,
                                       const struct leg *leg)
{
    struct book *book =
        (struct book *)(uintptr_t)kernel_book(view->kernel, market); /* asking works Greeks out */
    const struct contract *best = NULL;
    double nearest = INFINITY;
    int32_t expiry = INT32_MAX;
    for (uint32_t i = 0; i < book->contract_count; i++)
        if (date_diff(book->contracts[i].expiry, view->day) >= days &&
            book->contracts[i].expiry < expiry)
            expiry = book->contracts[i].expiry;
    for (uint32_t i = 0; i < book->contract_count; i++) {
        const struct contract *c = &book->contracts[i];
        double off = c->expiry == expiry && c->right == leg->right
                         ? fabs(fabs(book_option_greeks(book, i).delta) - leg->delta)
                         : NAN;
        if (off < nearest) {
            nearest = off;
            best = c;
        }
    }
    CHECK(best != NULL);
    return best;
}

static const struct contract *further(const struct desk_view *view, uint32_t market,
                                      const struct contract *from, double dollars)
{
    const struct book *book = kernel_book(view->kernel, market);
    int32_t strike = from->strike_mills +
                     (int32_t)lround(from->right == OPTION_CALL ? 1000 * dollars : -1000 * dollars);
    const struct contract *best = NULL;
    for (uint32_t i = 0; i < book->contract_count; i++) {
        const struct contract *c = &book->contracts[i];
        bool is_other = c->expiry == from->expiry && c->right == from->right &&
                        !strcmp(c->root, from->root) && c->strike_mills != from->strike_mills;
        if (is_other && (!best || abs(c->strike_mills - strike) < abs(best->strike_mills - strike)))
            best = c;
    }
    CHECK(best != NULL);
    return best;
}

static struct preview_order order_of(struct desk_view *view, const struct idea *idea)
{
    struct preview_order order = { .role = BY_TRADER };
    uint32_t market = kernel_market_find(view->kernel, idea->symbol);
    order_terms_init(&order.terms);
    snprintf(order.terms.underlying, sizeof order.terms.underlying, "%s", idea->symbol);
    for (int i = 0; i < LEGS && idea->legs[i].ratio; i++) {
        const struct contract *c = by_delta(view, market, idea->days, &idea->legs[i]);
        if (idea->legs[i].further != 0)
            c = further(view, market, c, idea->legs[i].further);
        MUST(order_terms_option(&order.terms, c, idea->legs[i].ratio));
    }
    order.terms.edit = (struct order_edit){ .quantity = idea->quantity,
                                            .type = ORDER_MARKET,
                                            .tif = ORDER_DAY,
                                            .net_price = PRICE_NONE,
                                            .stop_price = PRICE_NONE };
    return order;
}

static bool has_word(const char *words, const char *word)
{
    struct str rest = str_from(words), one;
    while (str_cut(&rest, ' ', &one))
        if (str_is(one, word))
            return true;
    return false;
}

/* The limits that say no are those that are expected, and no others. */
static void check_idea(struct desk_view *view, const struct idea *idea)
{
    static struct order_preview p;
    struct preview_order order = order_of(view, idea);
    CHECK_OK(kernel_preview(view->kernel, &order, &p));
    for (size_t i = 0; i < p.gate_count; i++) {
        const struct gate_verdict *v = &p.gates[i];
        bool is_meant = idea->stops && has_word(idea->stops, v->rule);
        if ((v->word == GATE_SAYS_NO) != is_meant)
            fail_msg("%s in %s: %s says %s (%.0f of %.0f) %s", idea->name, idea->symbol, v->rule,
                     gate_word_name(v->word), v->number, v->limit, v->text);
    }
    CHECK_EQ(p.word, idea->stops ? GATE_SAYS_NO : GATE_SAYS_YES);
}

TEST(limits, let_a_small_desk_trade_and_stop_what_could_end_it)
{
    struct risk_limits limits;
    struct margin_terms margin = { 0 };
    risk_limits_default(&limits);
    const struct desk_options options = { .journal = desk_test_journal("limits"),
                                          .feed = DESK_SIMULATED,
                                          .limits = &limits,
                                          .margin = &margin };
    struct desk *desk;
    struct desk_view view;
    int64_t begun = zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(9, 40)), wait;
    CHECK_OK(desk_open(&desk, &options));
    CHECK_EQ(desk_begin(desk)->cash, 100000 * MICROS_PER_DOLLAR);
    for (desk_look(desk, &view); view.now_ns < begun; desk_look(desk, &view))
        CHECK_OK(desk_step(desk, 0, &wait));
    FOR_EACH (idea, IDEAS)
        check_idea(&view, idea);
    desk_close(desk);
}
