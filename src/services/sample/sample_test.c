/* The sample market holds no free money, and one seed makes one market. */
#include "services/sample/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/store/store.h"
#include "base/zone.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"
#include "tests/testing.h"

enum { CONTRACTS_MAX = 8192, EVERY = 25 }; /* days looked at: each EVERY-th */

static const double RATE = 0.0520; /* what sample.c discounts at */

struct quoted {
    int64_t bid, ask; /* PRICE_NONE: no quote at this snapshot */
};

/* One snapshot laid out by contract; calls stand just before their puts. */
static struct quoted now[CONTRACTS_MAX];

static const char *make(uint64_t seed)
{
    const char *path = testing_folder();
    struct sample_summary summary;
    struct sample_options options = { .store = path, .seed = seed };
    CHECK_OK(zone_init());
    CHECK_OK(sample_make(&options, &summary));
    CHECK_EQ(summary.days, 124);
    return path;
}

static bool same_expiry(const struct contract *a, const struct contract *b)
{
    return a->expiry == b->expiry && strcmp(a->root, b->root) == 0;
}

/* Wings bought at the ask and the body sold at the bid never pay one to hold them; nor do
 * verticals. */
static void check_convex(const struct chain_day *day, const uint32_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i++) {
        const struct contract *a = &day->contracts[ids[i]], *b = &day->contracts[ids[i + 1]];
        const struct quoted *low = &now[ids[i]], *body = &now[ids[i + 1]];
        bool call = a->right == OPTION_CALL;
        CHECK(call ? low->ask >= body->bid : body->ask >= low->bid);
        if (i + 2 == count)
            break;
        const struct contract *c = &day->contracts[ids[i + 2]];
        const struct quoted *high = &now[ids[i + 2]];
        double weight = (double)(c->strike_mills - b->strike_mills) /
                        (double)(c->strike_mills - a->strike_mills);
        CHECK(weight * (double)low->ask + (1 - weight) * (double)high->ask >= (double)body->bid);
    }
}

/* Every strike's call and put leave room for one and the same forward. */
static void check_parity(const struct chain_day *day, uint32_t first, uint32_t end, int64_t ts_ns)
{
    const struct contract *c = &day->contracts[first];
    int64_t settle_ns;
    CHECK_OK(contract_settle_ts(c, calendar_us(), &settle_ns));
    double discount = exp(-RATE * (double)(settle_ns - ts_ns) / (365.0 * 86400e9));
    double low = -INFINITY, high = INFINITY;
    for (uint32_t i = first; i + 1 < end; i += 2) {
        double strike = day->contracts[i].strike_mills / 1000.0;
        low = fmax(low, strike + (double)(now[i].bid - now[i + 1].ask) / 1e6 / discount);
        high = fmin(high, strike + (double)(now[i].ask - now[i + 1].bid) / 1e6 / discount);
    }
    CHECK(low <= high);
}

static void check_expiry(const struct chain_day *day, uint32_t first, uint32_t end, int64_t ts_ns)
{
    uint32_t ids[2][CONTRACTS_MAX / 2], count[2] = { 0, 0 };
    for (uint32_t i = first; i < end; i++) {
        int side = day->contracts[i].right == OPTION_PUT;
        CHECK(side == (int)((i - first) % 2)); /* calls and puts of every strike */
        ids[side][count[side]++] = i;
    }
    check_convex(day, ids[0], count[0]);
    check_convex(day, ids[1], count[1]);
    if (day->contracts[first].style == STYLE_EUROPEAN)
        check_parity(day, first, end, ts_ns);
}

static void check_snapshot(const struct chain_day *day, const struct chain_snapshot *snapshot)
{
    for (uint32_t i = 0; i < day->contract_count; i++)
        now[i] = (struct quoted){ PRICE_NONE, PRICE_NONE };
    for (uint32_t i = snapshot->row_first; i < snapshot->row_first + snapshot->row_count; i++) {
        const struct contract *c = &day->contracts[day->rows.contract[i]];
        int64_t settle_ns;
        CHECK_OK(contract_settle_ts(c, calendar_us(), &settle_ns));
        CHECK(snapshot->ts_ns < settle_ns); /* nothing is quoted once it has settled */
        CHECK(day->rows.bid[i] >= 0);
        CHECK(day->rows.ask[i] > day->rows.bid[i]);
        CHECK((day->rows.bid[i] == 0) == (day->rows.bid_size[i] == 0));
        CHECK(day->rows.ask_size[i] > 0);
        now[day->rows.contract[i]] = (struct quoted){ day->rows.bid[i], day->rows.ask[i] };
    }
    for (uint32_t first = 0, end; first < day->contract_count; first = end) {
        for (end = first + 1; end < day->contract_count &&
                              same_expiry(&day->contracts[first], &day->contracts[end]);)
            end++;
        if (now[first].ask != PRICE_NONE)
            check_expiry(day, first, end, snapshot->ts_ns);
    }
}

TEST(sample, holds_no_free_money)
{
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&store, make(3)));
    struct store_day *days;
    size_t count;
    CHECK_OK(store_list(store, &arena, &days, &count, NULL));
    CHECK_EQ(count, 248);
    for (size_t i = 0; i < count; i += EVERY) {
        struct chain_day day;
        CHECK_OK(chain_day_open(&day, store, days[i].underlying, days[i].day, true));
        CHECK(day.contract_count <= CONTRACTS_MAX);
        for (uint32_t s = 0; s < day.snapshot_count; s++)
            check_snapshot(&day, &day.snapshots[s]);
        chain_day_close(&day);
    }
    store_close(store);
    arena_clear(&arena);
}

static bool same_day(const struct store *a, const struct store *b, const struct store_day *entry)
{
    struct chain_day x, y;
    CHECK_OK(chain_day_open(&x, a, entry->underlying, entry->day, false));
    CHECK_OK(chain_day_open(&y, b, entry->underlying, entry->day, false));
    bool same =
        x.rows.count == y.rows.count && x.snapshot_count == y.snapshot_count &&
        memcmp(x.snapshots, y.snapshots, x.snapshot_count * sizeof *x.snapshots) == 0 &&
        memcmp(x.rows.bid, y.rows.bid, x.rows.count * sizeof *x.rows.bid) == 0 &&
        memcmp(x.rows.ask, y.rows.ask, x.rows.count * sizeof *x.rows.ask) == 0 &&
        memcmp(x.rows.ask_size, y.rows.ask_size, x.rows.count * sizeof *x.rows.ask_size) == 0;
    chain_day_close(&x);
    chain_day_close(&y);
    return same;
}

TEST(sample, is_one_market_a_seed)
{
    struct store *a, *b, *other;
    struct arena arena;
    arena_init(&arena, "test", 0);
    CHECK_OK(store_open(&a, make(3)));
    CHECK_OK(store_open(&b, make(3)));
    CHECK_OK(store_open(&other, make(4)));
    struct store_day *days;
    size_t count;
    CHECK_OK(store_list(a, &arena, &days, &count, NULL));
    for (size_t i = 0; i < count; i++)
        CHECK(same_day(a, b, &days[i]));
    CHECK(!same_day(a, other, &days[count - 1]));
    store_close(a);
    store_close(b);
    store_close(other);
    arena_clear(&arena);
}
