#include "services/sample/sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapters/store/store.h"
#include "base/date.h"
#include "base/progress.h"
#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"
#include "services/sample/market_path.h"

enum { EXPIRIES_MAX = 32, STRIKES_MAX = 256, DAYS_MAX = 400, WARM_UP_DAYS = 30 };

static const int32_t FIRST_DAY = 20240102, LAST_DAY = 20240628;
static const double RATE = 0.0520;
static const double SPX_YIELD = 0.0135;
static const int64_t SPY_DIVIDEND = 1600000; /* micros, each quarter */
static const char SOURCE[] = "synthetic";

static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;

struct expiry {
    int32_t date;
    const char *root;
};

struct ladder {           /* one expiry of one underlying on one day */
    struct contract base; /* right and strike are filled per contract */
    int64_t settle_ns;
    int strike_count;
    int32_t strike_mills[STRIKES_MAX];
    uint32_t handle[2][STRIKES_MAX];
};

struct product_shape {
    const char *symbol;
    double scale;               /* of the SPX level */
    double near_step, far_step; /* dollars between strikes */
    int64_t tick_below, tick_above;
    double half_spread, half_spread_part; /* dollars, and share of the price */
};

static const struct product_shape shapes[] = {
    { "SPX", 1.0, 5.0, 25.0, 50000, 100000, 0.03, 0.0070 },
    { "SPY", 0.1, 1.0, 5.0, 10000, 10000, 0.005, 0.0040 },
};

/* What was listed once stays listed: positions must be closable after the market moved. */
struct listed {
    int32_t date;
    const char *root;
    int count;
    int32_t strike_mills[STRIKES_MAX];
};

struct maker {
    struct store *store;
    const struct calendar *cal;
    struct market_path path;
    struct rng sizes;
    struct sample_summary *summary;
    struct series_row bars[3][DAYS_MAX]; /* SPX, SPY, VIX */
    struct series_row settlement[2][DAYS_MAX];
    size_t bar_count, settlement_count;
    struct ladder ladders[EXPIRIES_MAX];
    struct listed listed[2 * EXPIRIES_MAX]; /* expiries that are still to come; both underlyings */
};

/* ---- which expiries and strikes are listed --------------------------------------------------- */

static bool is_quarterly_ex_day(const struct maker *m, int32_t day)
{
    return date_month(day) % 3 == 0 &&
           day == calendar_monthly_expiry(m->cal, date_year(day), date_month(day));
}

/* Fridays for five weeks, standard months for the next three or four, and on the index every
 * session for a week. */
static int list_expiries(const struct maker *m, int32_t day, bool is_index, struct expiry *out)
{
    int count = 0;
    for (int32_t ahead = 0; ahead <= 110 && count < EXPIRIES_MAX - 1; ahead++) {
        int32_t date = date_add(day, ahead);
        if (!calendar_is_open(m->cal, date))
            continue;
        bool monthly = calendar_is_monthly_expiry(m->cal, date);
        bool weekly = (is_index && ahead <= 7) || (ahead <= 36 && date_weekday(date) == FRIDAY);
        if (is_index && monthly && ahead > 0)
            out[count++] = (struct expiry){ date, "SPX" };
        if (weekly || (monthly && !is_index))
            out[count++] = (struct expiry){ date, is_index ? "SPXW" : "SPY" };
    }
    return count;
}

/* Fine steps near the money in the last week, coarse ones elsewhere and later. */
static int list_strikes(const struct product_shape *shape, double level, double years,
                        int32_t out[STRIKES_MAX])
{
    bool last_week = years < 8.0 / 365.0;
    double fine = last_week ? shape->near_step : shape->far_step;
    double coarse = last_week ? shape->far_step : 2 * shape->far_step;
    double reach = 0.03 + 0.24 * sqrt(years + 1.0 / 365.0);
    double first = floor(level * (1.0 - reach * 1.25) / coarse) * coarse;
    double last = level * (1.0 + reach * 0.75);
    double fine_from = ceil(level * (1.0 - reach / 2) / coarse) * coarse;
    double fine_to = level * (1.0 + reach / 2);
    int count = 0;
    for (double strike = first; strike <= last && count < STRIKES_MAX;
         strike += strike >= fine_from && strike < fine_to ? fine : coarse)
        out[count++] = (int32_t)lround(strike * 1000.0);
    return count;
}

/* The memory of an expiry's strikes; places of expiries that are over are used again. */
static struct listed *find_listed(struct maker *m, const struct expiry *expiry, int32_t day)
{
    struct listed *free_place = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(m->listed); i++) {
        struct listed *at = &m->listed[i];
        if (at->root == expiry->root && at->date == expiry->date)
            return at;
        if (at->date < day)
            free_place = at;
    }
    MUST(free_place != NULL);
    *free_place = (struct listed){ .date = expiry->date, .root = expiry->root };
    return free_place;
}

/* Merge today's strikes into those listed before. */
static void list_more(struct listed *listed, const int32_t *strikes, int count)
{
    int32_t merged[STRIKES_MAX];
    int n = 0;
    for (int i = 0, j = 0; n < STRIKES_MAX && (i < listed->count || j < count);) {
        int32_t old = i < listed->count ? listed->strike_mills[i] : INT32_MAX;
        int32_t new = j < count ? strikes[j] : INT32_MAX;
        merged[n++] = old < new ? old : new;
        i += old <= new;
        j += new <= old;
    }
    memcpy(listed->strike_mills, merged, (size_t)n * sizeof *merged);
    listed->count = n;
}

static enum err lay_ladders(struct maker *m, const struct product_shape *shape, int32_t day,
                            double level, struct day_writer *writer, int *ladder_count)
{
    struct expiry expiries[EXPIRIES_MAX];
    bool is_index = shape == &shapes[0];
    *ladder_count = list_expiries(m, day, is_index, expiries);
    for (int e = 0; e < *ladder_count; e++) {
        struct ladder *ladder = &m->ladders[e];
        struct product product;
        enum err err = product_get(&product, str_from(expiries[e].root), expiries[e].date);
        if (err)
            return err;
        ladder->base = (struct contract){ .expiry = expiries[e].date,
                                          .multiplier = product.multiplier,
                                          .style = (char)product.style,
                                          .settle = (char)product.settle,
                                          .delivery = (char)product.delivery };
        memcpy(ladder->base.root, product.root, sizeof ladder->base.root);
        err = contract_settle_ts(&ladder->base, m->cal, &ladder->settle_ns);
        if (err)
            return err;
        int64_t morning = zone_to_ts(ZONE_NEW_YORK, day, TIME_OF_DAY(9, 30));
        double years = fmax(0.0, (double)(ladder->settle_ns - morning) / NS_PER_YEAR);
        struct listed *listed = find_listed(m, &expiries[e], day);
        int32_t today[STRIKES_MAX];
        list_more(listed, today, list_strikes(shape, level, years, today));
        ladder->strike_count = listed->count;
        memcpy(ladder->strike_mills, listed->strike_mills, sizeof ladder->strike_mills);
        for (int i = 0; i < ladder->strike_count; i++) {
            struct contract c = ladder->base;
            c.strike_mills = ladder->strike_mills[i];
            c.right = OPTION_CALL;
            ladder->handle[0][i] = day_writer_contract(writer, &c);
            c.right = OPTION_PUT;
            ladder->handle[1][i] = day_writer_contract(writer, &c);
        }
    }
    return ERR_OK;
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static double present_dividends(const struct maker *m, int32_t day, int32_t expiry)
{
    double sum = 0;
    for (int32_t d = date_add(day, 1); d <= expiry; d = date_add(d, 1))
        if (is_quarterly_ex_day(m, d))
            sum += money_to_dollars(SPY_DIVIDEND) * exp(-RATE * date_diff(d, day) / 365.0);
    return sum;
}

static double forward_of(const struct maker *m, const struct product_shape *shape, double level,
                         int32_t day, int32_t expiry, double years)
{
    if (shape == &shapes[0])
        return level * exp((RATE - SPX_YIELD) * years);
    return (level - present_dividends(m, day, expiry)) * exp(RATE * years);
}

static struct quote make_quote(struct maker *m, const struct product_shape *shape, double fair)
{
    struct quote q = QUOTE_EMPTY;
    double half = shape->half_spread + shape->half_spread_part * fair;
    int64_t tick = fair < 3.0 ? shape->tick_below : shape->tick_above;
    q.bid = money_floor(money_from_dollars(fmax(0.0, fair - half)), tick);
    q.ask = money_ceil(money_from_dollars(fair + half), tick);
    if (q.ask <= q.bid)
        q.ask = q.bid + tick;
    q.bid_size = q.bid > 0 ? 5 + (uint32_t)rng_below(&m->sizes, 195) : 0;
    q.ask_size = 5 + (uint32_t)rng_below(&m->sizes, 195);
    return q;
}

static void quote_ladder(struct maker *m, const struct product_shape *shape,
                         const struct ladder *ladder, struct day_writer *writer, int32_t day,
                         int64_t ts_ns, int snapshot, double level, double variance)
{
    if (ts_ns >= ladder->settle_ns)
        return;
    double years = (double)(ladder->settle_ns - ts_ns) / NS_PER_YEAR;
    double forward = forward_of(m, shape, level, day, ladder->base.expiry, years);
    int sessions = calendar_days_between(m->cal, day, ladder->base.expiry);
    double clock = path_variance_years(snapshot, sessions, ladder->base.settle == SETTLE_AM);
    double atm = path_atm_vol(variance, clock);
    struct black76_expiry terms = {
        .forward = forward, .discount = exp(-RATE * years), .years = years, .variance_years = clock
    };
    double strike[STRIKES_MAX], sigma[STRIKES_MAX], price[STRIKES_MAX];
    int8_t sign[STRIKES_MAX];
    size_t n = (size_t)ladder->strike_count;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++) {
            strike[i] = ladder->strike_mills[i] / 1000.0;
            sigma[i] = path_vol(atm, clock, log(strike[i] / forward));
            sign[i] = side ? -1 : 1;
        }
        struct pricing_greeks out = { .price = price };
        black76_chain(&terms, n, strike, sign, sigma, &out);
        for (size_t i = 0; i < n; i++) {
            double fair = price[i];
            if (ladder->base.style == STYLE_AMERICAN)
                fair = fmax(fair, fmax(0.0, sign[i] * (level - strike[i])));
            struct quote q = make_quote(m, shape, fair);
            day_writer_quote(writer, ts_ns, ladder->handle[side][i], &q);
            m->summary->quotes++;
        }
    }
}

static enum err make_chain(struct maker *m, const struct product_shape *shape, int32_t day,
                           const struct path_day *path)
{
    struct day_writer *writer;
    enum err err = day_writer_open(&writer, m->store, shape->symbol, day, SOURCE);
    if (err)
        return err;
    int ladder_count;
    err = lay_ladders(m, shape, day, path->open * shape->scale, writer, &ladder_count);
    if (err) {
        day_writer_drop(writer);
        return err;
    }
    int64_t close_ns;
    bool half_day = calendar_day(m->cal, day) == DAY_HALF;
    MUST(calendar_session(m->cal, day, SESSION_EQUITY, NULL, &close_ns) == ERR_OK);
    for (int i = 0; i < PATH_SNAPSHOTS; i++) {
        int64_t ts = zone_to_ts(ZONE_NEW_YORK, day, path_times[i] * NANOS_PER_SECOND);
        bool is_close = i == PATH_SNAPSHOTS - 1;
        if (half_day && !is_close && ts >= close_ns)
            continue;
        if (is_close)
            ts = close_ns;
        int64_t level =
            money_round(money_from_dollars(path->level[i] * shape->scale), MICROS_PER_CENT);
        bool quoted = shape != &shapes[0];
        day_writer_underlying(writer, ts, level, quoted ? level - MICROS_PER_CENT : PRICE_NONE,
                              quoted ? level + MICROS_PER_CENT : PRICE_NONE,
                              is_close ? SNAPSHOT_CLOSE : 0);
        for (int e = 0; e < ladder_count; e++)
            quote_ladder(m, shape, &m->ladders[e], writer, day, ts, i, money_to_dollars(level),
                         path->variance[i]);
    }
    return day_writer_finish(writer, NULL);
}

/* ---- series ---------------------------------------------------------------------------------- */

static struct series_row bar_row(int32_t day, double open, double high, double low, double close)
{
    return (struct series_row){ .date = day,
                                .value = PRICE_NONE,
                                .open = money_round(money_from_dollars(open), MICROS_PER_CENT),
                                .high = money_round(money_from_dollars(high), MICROS_PER_CENT),
                                .low = money_round(money_from_dollars(low), MICROS_PER_CENT),
                                .close = money_round(money_from_dollars(close), MICROS_PER_CENT),
                                .volume = -1 };
}

static void add_bars(struct maker *m, int32_t day, const struct path_day *p)
{
    MUST(m->bar_count < DAYS_MAX);
    size_t at = m->bar_count++;
    for (int i = 0; i < 2; i++) {
        double s = shapes[i].scale;
        m->bars[i][at] = bar_row(day, p->open * s, p->high * s, p->low * s, p->close * s);
    }
    double vix_open = 100.0 * path_atm_vol(p->variance_open, 30.0 / 365.0);
    double vix_close = 100.0 * path_atm_vol(p->variance_close, 30.0 / 365.0);
    m->bars[2][at] =
        bar_row(day, vix_open, fmax(vix_open, vix_close), fmin(vix_open, vix_close), vix_close);
    if (day < FIRST_DAY)
        return;
    for (int i = 0; i < 2; i++) {
        struct series_row *row = &m->settlement[i][m->settlement_count];
        *row = m->bars[i][at];
        row->value = row->open;
        row->open = row->high = row->low = PRICE_NONE;
    }
    m->settlement_count++;
}

static enum err write_dividends(struct maker *m)
{
    struct series_row rows[8];
    size_t count = 0;
    for (int32_t day = FIRST_DAY; day <= LAST_DAY && count < 8; day = date_add(day, 1))
        if (is_quarterly_ex_day(m, day))
            rows[count++] = (struct series_row){ .date = day,
                                                 .value = SPY_DIVIDEND,
                                                 .open = PRICE_NONE,
                                                 .high = PRICE_NONE,
                                                 .low = PRICE_NONE,
                                                 .close = PRICE_NONE,
                                                 .volume = -1 };
    return series_write(m->store, "SPY", SERIES_DIVIDENDS, rows, count);
}

static enum err write_series(struct maker *m)
{
    static const char *const symbols[] = { "SPX", "SPY", "VIX" };
    struct series_row rate = { .date = 20230701,
                               .value = (int64_t)llround(RATE * 1e9),
                               .open = PRICE_NONE,
                               .high = PRICE_NONE,
                               .low = PRICE_NONE,
                               .close = PRICE_NONE,
                               .volume = -1 };
    enum err err = series_write(m->store, "USD", SERIES_RATES, &rate, 1);
    for (int i = 0; !err && i < 3; i++)
        err = series_write(m->store, symbols[i], SERIES_BARS, m->bars[i], m->bar_count);
    for (int i = 0; !err && i < 2; i++)
        err = series_write(m->store, symbols[i], SERIES_SETTLEMENT, m->settlement[i],
                           m->settlement_count);
    return err ? err : write_dividends(m);
}

static enum err make_days(struct maker *m, const struct sample_options *options)
{
    struct path_day path;
    struct progress bar;
    int32_t day = calendar_add(m->cal, FIRST_DAY, -WARM_UP_DAYS);
    progress_begin(&bar, options->progress ? stderr : NULL, "sample market", "days",
                   (uint64_t)calendar_days_between(m->cal, day, LAST_DAY) + 1);
    enum err err = ERR_OK;
    for (; !err && day && day <= LAST_DAY; day = calendar_next(m->cal, day)) {
        market_path_day(&m->path, &path);
        add_bars(m, day, &path);
        progress_set(&bar, m->bar_count);
        if (day < FIRST_DAY)
            continue;
        for (size_t i = 0; !err && i < ARRAY_COUNT(shapes); i++)
            err = make_chain(m, &shapes[i], day, &path);
        m->summary->days++;
        m->summary->last_day = day;
        if (!err && options->keep_on && !options->keep_on())
            err = err_set(ERR_CANCELLED, "making the sample was cancelled; the store is as it was");
    }
    progress_end(&bar);
    return err;
}

enum err sample_make(const struct sample_options *options, struct sample_summary *summary)
{
    *summary = (struct sample_summary){ .first_day = FIRST_DAY };
    enum err err = zone_init();
    if (err)
        return err;
    struct maker *m = mem_alloc(sizeof *m);
    m->cal = calendar_us();
    m->summary = summary;
    market_path_init(&m->path, options->seed);
    rng_init(&m->sizes, options->seed, 0, 2);
    err = store_open_writer(&m->store, options->store);
    if (!err)
        err = store_begin(m->store);
    if (!err)
        err = make_days(m, options);
    if (!err)
        err = write_series(m);
    if (!err)
        err = store_commit(m->store, NULL, NULL, NULL);
    store_close(m->store);
    mem_free(m);
    return err;
}
