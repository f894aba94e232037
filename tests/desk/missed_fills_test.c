/* A venue that loses messages: reconciliation finds what was missed, and the kernel catches up with
 * it. */
#include <string.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "adapters/feed/store_feed.h"
#include "adapters/store/store.h"
#include "kernel/runner.h"
#include "services/desk/statement.h"
#include "tests/desk/desk_run.h"

enum { FILLS_MAX = 400 };

/* The simulated venue behind a bad line, and what it has told or would have. */
struct lossy {
    struct venue inner;
    const struct order_set *orders; /* the kernel's: to know what a leg is */
    int every, seen, lost;
    struct statement_fill fills[FILLS_MAX];
    size_t fill_count;
    struct order_report report;
};

static enum err lossy_request(void *self, const struct order_request *request)
{
    struct lossy *l = self;
    return l->inner.ops->request(l->inner.self, request);
}

static enum err lossy_see(void *self, const struct event *event)
{
    struct lossy *l = self;
    return l->inner.ops->see(l->inner.self, event);
}

static int64_t lossy_next(void *self)
{
    struct lossy *l = self;
    return l->inner.ops->next_ns(l->inner.self);
}

static void lossy_close(UNUSED void *self)
{
}

static void keep_fills(struct lossy *l, const struct order_report *r)
{
    const struct order_state *order = order_set_find(l->orders, r->order_id);
    CHECK(order != NULL);
    for (int i = 0; i < r->fill_count; i++) {
        const struct report_fill *f = &r->fills[i];
        const struct package_leg *leg = &order->terms.legs[f->leg];
        CHECK(l->fill_count < FILLS_MAX);
        struct statement_fill *to = &l->fills[l->fill_count++];
        *to = (struct statement_fill){ .exec = f->exec,
                                       .order_id = r->order_id,
                                       .contract = leg->contract,
                                       .quantity = leg->ratio > 0 ? f->quantity : -f->quantity,
                                       .price = f->price,
                                       .costs = f->costs };
        memcpy(to->underlying, order->terms.underlying, sizeof to->underlying);
        to->cash = -money_mul(f->price, to->quantity * leg->contract.multiplier) -
                   f->costs.commission - f->costs.exchange - f->costs.regulatory;
    }
}

static bool lossy_poll(void *self, int64_t now_ns, struct event *out)
{
    struct lossy *l = self;
    while (l->inner.ops->poll(l->inner.self, now_ns, out)) {
        if (out->of.report->what == ORDER_SAID_FILL) {
            keep_fills(l, out->of.report);
            if (++l->seen % l->every == 0) {
                l->lost++;
                continue;
            }
        }
        return true;
    }
    return false;
}

static void on_effect(UNUSED void *context, UNUSED const struct effect *effect)
{
}

static enum err on_after(UNUSED void *context, UNUSED const struct event *event)
{
    return ERR_OK;
}

/* What the account at the venue holds: the sum of its executions. */
static struct statement venue_statement(const struct lossy *l, struct arena *arena, int64_t cash,
                                        int32_t day)
{
    struct statement s = {
        .day = day, .fills = l->fills, .fill_count = l->fill_count, .cash = cash
    };
    struct statement_position *positions =
        arena_array(arena, struct statement_position, l->fill_count);
    for (size_t i = 0; i < l->fill_count; i++) {
        const struct statement_fill *f = &l->fills[i];
        s.cash += f->cash;
        size_t at = 0;
        while (at < s.position_count && contract_compare(&positions[at].contract, &f->contract))
            at++;
        if (at == s.position_count) {
            positions[s.position_count++] = (struct statement_position){ .contract = f->contract };
            memcpy(positions[at].underlying, f->underlying, sizeof f->underlying);
        }
        positions[at].quantity += f->quantity;
    }
    s.positions = positions;
    return s;
}

static void check_day(int every)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct strategy strategy;
    CHECK_OK(
        strategy_load(&strategy, &arena, IRONFLY_SOURCE_ROOT "/strategies/meic.yaml", NULL, 0));
    const struct strategy *const strategies[] = { &strategy };
    struct store *store;
    struct feed feed;
    struct store_feed_info info;
    CHECK_OK(store_open(&store, desk_test_store()));
    CHECK_OK(store_feed_open(&feed, &info, &arena, store, "SPX", 20240304, 20240304));
    const int64_t cash = 100000 * MICROS_PER_DOLLAR;
    struct kernel_config config = { .strategies = strategies,
                                    .strategy_count = 1,
                                    .cash = cash,
                                    .may_trade = true,
                                    .sign_above = INT64_MAX };
    config.limits.book = (struct book_limits){ .contracts = info.contracts_max, .slices = 256 };
    config.limits.trades = config.limits.orders = 64;
    config.limits.effects = kernel_effects_needed(64, 64);
    struct kernel *kernel;
    CHECK_OK(kernel_open(&kernel, &arena, &config));
    struct exchange_config market = exchange_config_default(FILL_SHARE, FEES_NONE);
    market.contracts = info.contracts_max;
    struct exchange *exchange;
    struct lossy *lossy = arena_new(&arena, struct lossy);
    lossy->every = every;
    lossy->orders = kernel_orders(kernel);
    exchange_venue_open(&lossy->inner, &exchange, &arena, &market);
    static const struct venue_ops ops = { "lossy",    lossy_request, lossy_see,
                                          lossy_poll, lossy_next,    lossy_close };
    struct venue venue = { &ops, lossy };
    const struct runner_watch watch = { .effect = on_effect, .after = on_after };
    struct runner runner = { .kernel = kernel, .venue = &venue, .watch = &watch };

    int64_t now_ns = 0;
    for (;;) { /* until the first expiry: so far positions are fills and nothing else */
        struct event event;
        bool more;
        CHECK_OK(feed.ops->next(feed.self, &event, &more));
        if (!more || event.kind == EVENT_SETTLE)
            break;
        now_ns = event.ts_ns;
        CHECK_OK(runner_take(&runner, &event));
    }
    CHECK(lossy->fill_count >= 20);
    CHECK(lossy->lost > 0 || every > lossy->seen);

    struct statement desk, there = venue_statement(lossy, &arena, cash, 20240304);
    struct reconciliation result;
    statement_of_kernel(&desk, &arena, kernel, 20240304);
    there.orders = desk.orders; /* orders are compared elsewhere */
    there.order_count = desk.order_count;
    CHECK_OK(reconcile(&result, &arena, &desk, &there));
    size_t missed = 0;
    for (size_t i = 0; i < result.count; i++) {
        const struct difference *d = &result.items[i];
        CHECK_EQ(d->kind,
                 DIFF_FILL_MISSED); /* and they explain positions and cash to the last micro */
        struct event event = { .ts_ns = now_ns, .kind = EVENT_REPORT };
        struct order_report report;
        CHECK(report_of_difference(&report, kernel, d, now_ns));
        event.of.report = &report;
        CHECK_OK(kernel_step(kernel, &event));
        missed++;
    }
    CHECK(missed >= (size_t)lossy->lost);
    CHECK_EQ(missed > 0, lossy->lost > 0);
    statement_of_kernel(&desk, &arena, kernel, 20240304);
    there.orders = desk.orders;
    there.order_count = desk.order_count;
    CHECK_OK(reconcile(&result, &arena, &desk, &there));
    CHECK(result.is_clean);
    feed.ops->close(feed.self);
    store_close(store);
    arena_clear(&arena);
}

TEST(reconcile, finds_nothing_after_a_day_at_a_good_venue)
{
    check_day(1 << 30);
}

TEST(reconcile, finds_every_fill_that_a_bad_line_lost_and_the_kernel_catches_up)
{
    check_day(3);
}
