/*
 * The Cboe S&P 500 PutWrite index (PUT) between two rolls: the account of a put-write strategy, day
 * by day, against the published index. docs/parity.md has the table and how the strikes were
 * inferred.
 *
 * Rules: Cboe S&P 500 PutWrite Index methodology; N was checked with Cboe's published rolls (K
 * 3925, P 69.06, N 0.5400 of 2021-02-19). Interest on cash is not modelled by the kernel: it is
 * added here.
 */
#include <stdlib.h>

#include "adapters/store/store.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "tests/parity/parity.h"
#include "tests/testing.h"

enum { DAYS_MAX = 64, ROLL_DAY = 20190621 };

static const double UNITS = 1e6; /* of the index: the account is that many times larger */

static const char *put_store(void)
{
    static const char *store;
    if (store)
        return store;
    const char *folder = testing_folder();
    parity_import(folder, "cboe-spx", testing_shared("data/cboe-spx-chain-2019"), NULL, NULL);
    struct import_options more = { .mapping = parity_file("docs/examples/import-bars-daily.yaml") };
    parity_import(folder, "csv", testing_shared("data/index-daily/SPX_eod.csv"), &more, NULL);
    more.mapping = parity_file("docs/examples/import-rates-tb3ms.yaml");
    parity_import(folder, "csv", testing_shared("data/rates/TB3MS_1998_2026.csv"), &more, NULL);
    return store = folder;
}

/* The published level of a day, NaN when the file has none: date,PUT,BXM. */
static double published(int32_t date)
{
    FILE *file = fopen(testing_shared("data/cboe-benchmarks/put_bxm_daily_windows.csv"), "r");
    MUST(file != NULL);
    char line[128];
    double level = NAN;
    while (isnan(level) && fgets(line, sizeof line, file))
        if (date_parse((struct str){ line, strcspn(line, ",") }) == date)
            level = strtod(strchr(line, ',') + 1, NULL);
    fclose(file);
    return level;
}

struct change {
    int32_t date;
    double cboe, ours, at_close; /* index points */
    double late;                 /* official close less the level of the snapshot, SPX points */
};

struct changes {
    size_t count;
    struct change of[DAYS_MAX];
};

static int32_t day_of(int64_t ts_ns)
{
    int32_t date;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, &date, &nanos);
    return date;
}

/* What interest and the roll leave of the day-end equity, changes between stored days. at_close
 * moves each snapshot to the official close by the account's own delta. */
static void measure(struct changes *out, const struct backtest_result *r, struct arena *arena)
{
    struct store *store;
    struct series rates, bars;
    CHECK_OK(store_open(&store, put_store()));
    CHECK_OK(series_read(&rates, store, arena, "USD", SERIES_RATES));
    CHECK_OK(series_read(&bars, store, arena, "SPX", SERIES_BARS));
    out->count = 0;
    const struct result_point *before = NULL;
    double moved_before = 0;
    for (size_t i = 0; i < r->point_count; i++) {
        const struct result_point *p = &r->points[i];
        if (!p->day_end)
            continue;
        int32_t date = day_of(p->ts_ns);
        double late = money_to_dollars(series_on(&bars, date)->close - p->underlying);
        double moved = p->delta * late / UNITS;
        if (before && date != ROLL_DAY) {
            int32_t from = day_of(before->ts_ns);
            double rate = (double)series_at(&rates, from)->value * 1e-9;
            double interest =
                money_to_dollars(before->cash) * expm1(rate * date_diff(date, from) / 365.0);
            double change = (money_to_dollars(p->equity - before->equity) + interest) / UNITS;
            MUST(out->count < DAYS_MAX);
            out->of[out->count++] = (struct change){ .date = date,
                                                     .cboe = published(date) - published(from),
                                                     .ours = change,
                                                     .at_close = change + moved - moved_before,
                                                     .late = late };
        }
        before = p;
        moved_before = moved;
    }
    store_close(store);
}

static double correlation(const struct changes *c, bool at_close)
{
    double n = (double)c->count, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < c->count; i++) {
        double a = at_close ? c->of[i].at_close : c->of[i].ours, b = c->of[i].cboe;
        x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
    }
    return (n * xy - x * y) / sqrt((n * xx - x * x) * (n * yy - y * y));
}

/* Root mean square of what remains at the close, over the days of the first strike. */
static double misfit_in_may(const struct changes *c)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < c->count && c->of[i].date < ROLL_DAY; i++, n++)
        sum += (c->of[i].at_close - c->of[i].cboe) * (c->of[i].at_close - c->of[i].cboe);
    return sqrt(sum / n);
}

static void run_put(struct backtest_result *r, struct arena *arena, double may_strike)
{
    struct strategy_override strike = { "may_strike", may_strike };
    struct backtest_options options = { .strategy = parity_file("tests/parity/put_write_2019.yaml"),
                                        .store = put_store(),
                                        .overrides = &strike,
                                        .override_count = may_strike > 0,
                                        .from = 20190520 };
    CHECK_OK(backtest_run(r, arena, &options));
}

#define NEED_PUT_DATA()                                                                            \
    do {                                                                                           \
        NEED_SHARED("data/cboe-benchmarks");                                                       \
        NEED_SHARED("data/cboe-spx-chain-2019");                                                   \
        NEED_SHARED("data/index-daily/SPX_eod.csv");                                               \
        NEED_SHARED("data/rates/TB3MS_1998_2026.csv");                                             \
    } while (0)

TEST(put, sells_as_many_puts_as_cboes_formula_says)
{
    NEED_PUT_DATA();
    static const struct {
        int32_t roll, expiry;
        double strike, rate; /* of the 3-month bills then, discount basis */
    } rolls[] = { { 20190517, 20190621, 2880, 0.0235 }, { 20190621, 20190719, 2955, 0.0217 } };
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    run_put(&r, &arena, 0);
    CHECK_EQ(r.trade_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct result_leg *leg = &r.trades[i].legs[0];
        CHECK_STR(leg->contract.root, "SPX");
        CHECK_EQ(leg->contract.settle, SETTLE_AM);
        CHECK_EQ(leg->contract.expiry, rolls[i].expiry);
        CHECK_EQ(leg->contract.strike_mills, (int)(rolls[i].strike * 1000));
        int days = date_diff(rolls[i].expiry, rolls[i].roll);
        double n =
            published(rolls[i].roll) / (rolls[i].strike / (1.0 + rolls[i].rate * days / 365.0) -
                                        money_to_dollars(leg->entry_price));
        CHECK_NEAR((double)-leg->quantity * 100.0 / UNITS, n, 1e-4);
    }
    CHECK_EQ(r.trades[0].reason, CLOSE_EXPIRED); /* above the strike on 2019-06-21 */
    CHECK_EQ(r.trades[0].legs[0].exit_price, 0);
    arena_clear(&arena);
}

TEST(put, moves_as_the_published_index_does)
{
    NEED_PUT_DATA();
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct backtest_result r;
    run_put(&r, &arena, 0);
    struct changes c;
    measure(&c, &r, &arena);
    CHECK_EQ(c.count, 24);
    CHECK_EQ(c.of[0].date, 20190521);
    CHECK_EQ(c.of[23].date, 20190628);
    size_t worst = 0;
    for (size_t i = 0; i < c.count; i++) {
        const struct change *d = &c.of[i];
        print_message("put: %d  Cboe %+7.2f  ours %+7.2f  off %+6.2f  close less snapshot %+6.2f  "
                      "at the close %+7.2f  off %+6.2f\n",
                      d->date, d->cboe, d->ours, d->ours - d->cboe, d->late, d->at_close,
                      d->at_close - d->cboe);
        if (fabs(d->ours - d->cboe) > fabs(c.of[worst].ours - c.of[worst].cboe))
            worst = i;
        /* What is left when the snapshots are moved to the close: spreads and the change of vol
         * until then. */
        CHECK_NEAR(d->at_close, d->cboe, 2.0);
    }
    print_message("put: correlation %.4f, at the close %.4f; misfit in May %.3f\n",
                  correlation(&c, false), correlation(&c, true), misfit_in_may(&c));
    CHECK(correlation(&c, false) >= 0.95);
    CHECK(correlation(&c, true) >= 0.99);
    /* The worst day: two snapshots in a row 12 and 7 points off the close, on different sides. */
    CHECK_EQ(c.of[worst].date, 20190529);
    CHECK(fabs(c.of[worst].at_close - c.of[worst].cboe) < 1.0);
    arena_clear(&arena);
}

/* Of 2019-05-17 there is no chain: the strike is the one whose changes fit the index best. */
TEST(put, the_inferred_strike_fits_best)
{
    NEED_PUT_DATA();
    double best = INFINITY, best_strike = 0;
    for (double strike = 2850; strike <= 2900; strike += 10) {
        struct arena arena;
        arena_init(&arena, "run", 0);
        struct backtest_result r;
        struct changes c;
        run_put(&r, &arena, strike);
        measure(&c, &r, &arena);
        double misfit = misfit_in_may(&c);
        best_strike = misfit < best ? strike : best_strike;
        best = fmin(best, misfit);
        arena_clear(&arena);
    }
    CHECK_NEAR(best_strike, 2880, 0);
}
