#include "domain/pricing/american_cache.h"

#include <math.h>
#include <string.h>

#include "domain/pricing/american_cache_lanes_int.h"
#include "domain/pricing/american_int.h"
#include "domain/pricing/american_lanes_int.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/portable_int.h"

/* Closer than this to the boundary, in total vols, the premium bends too much to be expanded. */
static const double boundary_distance = 0.05;

enum { CHUNK = 256 };

static void forget(struct american_cache *cache, size_t i)
{
    cache->sigma[i] = cache->premium[i] = cache->by_spot[i] = cache->by_spot2[i] =
        cache->by_sigma[i] = cache->by_spot_sigma[i] = cache->by_sigma2[i] = cache->share[i] = NAN;
}

static void keep(struct american_cache *cache, size_t at, const struct american_block *b, size_t i,
                 double sigma, double clock)
{
    double distance = fabs(b->spot[i] / b->boundary[i] - 1.0);
    bool is_near = distance < boundary_distance * b->sigma[i] * sqrt(b->years[i]) ||
                   distance < 4.0 * AMERICAN_CACHE_SPOT_MOVE;
    forget(cache, at);
    if (b->status[i] != PRICING_OK || b->is_exercised[i] || is_near || !isfinite(b->premium[i]))
        return;
    cache->sigma[at] = sigma;
    cache->premium[at] = b->premium[i];
    cache->by_spot[at] = b->premium_delta[i];
    cache->by_spot2[at] = b->premium_gamma[i];
    cache->by_sigma[at] = b->premium_vega[i] * clock;
    cache->by_spot_sigma[at] = b->premium_vanna[i] * clock;
    cache->by_sigma2[at] = b->premium_vomma[i] * clock * clock;
    cache->share[at] = b->vega[i] > 0.0 ? b->premium_vega[i] / b->vega[i] : 0.0;
}

size_t american_cache_fill(struct american_cache *cache, const struct american_expiry *expiry,
                           size_t count, const double *strike, const int8_t *sign,
                           const double *price, uint8_t *status)
{
    struct american_dividends dividends;
    struct american_expiry plain = *expiry;
    bool is_good = american_read_expiry(expiry, &dividends) && dividends.count == 0;
    struct american_scheme scheme;
    struct american_block b;
    double clock = american_clock_factor(expiry);
    size_t empty = 0;
    if (!is_good)
        plain.spot = NAN;
    else
        american_scheme_init(&scheme, expiry->accuracy);
    cache->spot = expiry->spot;
    american_implied_vol_chain(&plain, count, strike, sign, price, cache->sigma, status);
    for (size_t from = 0, rows; from < count; from += rows) {
        rows = count - from < AMERICAN_BLOCK ? count - from : AMERICAN_BLOCK;
        for (size_t i = 0; !is_good && i < rows; i++)
            forget(cache, from + i);
        if (!is_good)
            continue;
        double sigma[AMERICAN_BLOCK];
        for (size_t i = 0; i < rows; i++)
            sigma[i] = cache->sigma[from + i];
        american_block_fill(&b, expiry, rows, strike + from, sign + from, sigma);
        american_block_price(&b, &scheme,
                             AMERICAN_WANT_PREMIUM | AMERICAN_WANT_GREEKS | AMERICAN_WANT_VEGA);
        for (size_t i = 0; i < rows; i++)
            keep(cache, from + i, &b, i, sigma[i], clock);
    }
    for (size_t i = 0; i < count; i++)
        empty += isnan(cache->sigma[i]);
    return empty;
}

/* Of one chunk of rows, all columns from its first; what comes last is what the kernel writes. */
struct chunk {
    double less[CHUNK];  /* price less premium at the kept vol */
    double found[CHUNK]; /* its European vol */
    double kept[7][LANES_ROWS], quoted[LANES_ROWS];
    double sigma[CHUNK], price[CHUNK], delta[CHUNK], gamma[CHUNK], vega[CHUNK], theta[CHUNK];
    uint8_t is_stale[CHUNK];
};

/* Columns of the cache from row `at` on; of fewer rows than a block, copies filled up with NaN. */
static void point_to(struct american_remark *r, struct chunk *c, const struct american_cache *cache,
                     const double *price, size_t at, size_t rows)
{
    const double *const from[] = { cache->sigma,    cache->premium,  cache->by_spot,
                                   cache->by_spot2, cache->by_sigma, cache->by_spot_sigma,
                                   cache->by_sigma2 };
    const double **const to[] = { &r->kept,     &r->premium,       &r->by_spot,  &r->by_spot2,
                                  &r->by_sigma, &r->by_spot_sigma, &r->by_sigma2 };
    for (size_t k = 0; k < ARRAY_COUNT(from); k++) {
        *to[k] = from[k] + at;
        for (size_t i = 0; rows < LANES_ROWS && i < LANES_ROWS; i++)
            c->kept[k][i] = i < rows ? from[k][at + i] : NAN;
        if (rows < LANES_ROWS)
            *to[k] = c->kept[k];
    }
    r->quoted = price + at;
    for (size_t i = 0; rows < LANES_ROWS && i < LANES_ROWS; i++)
        c->quoted[i] = i < rows ? price[at + i] : NAN;
    if (rows < LANES_ROWS)
        r->quoted = c->quoted;
}

/* The kernel on rows `begin` to `rows` of the chunk whose first row is `from`. */
static void finish(struct american_remark *r, struct chunk *c, const struct american_cache *cache,
                   const double *price, size_t from, size_t begin, size_t rows)
{
    point_to(r, c, cache, price, from + begin, rows - begin);
    r->count = rows - begin < LANES_ROWS ? LANES_ROWS : rows - begin;
    r->sigma = c->sigma + begin;
    r->price = c->price + begin;
    r->delta = c->delta + begin;
    r->gamma = c->gamma + begin;
    r->vega = c->vega + begin;
    r->theta = c->theta + begin;
    r->is_stale = c->is_stale + begin;
    LANES_PICK(american_remark_kernel)(r);
}

static size_t hand_out(const struct chunk *c, size_t from, size_t rows, double *sigma,
                       const struct pricing_greeks *out, bool *is_stale)
{
    double *const columns[] = { sigma, out->price, out->delta, out->gamma, out->vega, out->theta };
    const double *const values[] = { c->sigma, c->price, c->delta, c->gamma, c->vega, c->theta };
    size_t bad = 0;
    for (size_t k = 0; k < ARRAY_COUNT(columns); k++)
        if (columns[k])
            memcpy(columns[k] + from, values[k], rows * sizeof(double));
    for (size_t i = 0; i < rows; i++) {
        bad += c->is_stale[i];
        if (is_stale)
            is_stale[from + i] = c->is_stale[i];
        if (out->status)
            out->status[from + i] = c->is_stale[i] ? PRICING_NO_INFORMATION : PRICING_OK;
    }
    return bad;
}

size_t american_cache_remark(const struct american_cache *cache,
                             const struct american_expiry *expiry, size_t count,
                             const double *strike, const int8_t *sign, const double *price,
                             double *sigma, const struct pricing_greeks *out, bool *is_stale)
{
    struct black76_expiry forward = {
        .forward = expiry->spot * portable_exp((expiry->rate - expiry->yield) * expiry->years),
        .discount = portable_exp(-expiry->rate * expiry->years),
        .years = expiry->years,
        .variance_years = expiry->variance_years,
        .spot = expiry->spot,
    };
    double move = expiry->spot - cache->spot;
    bool is_far = !(fabs(move) <= AMERICAN_CACHE_SPOT_MOVE * 1.0000001 * cache->spot);
    struct american_remark r = {
        .move = is_far ? NAN : move,
        .spot = expiry->spot,
        .rate = expiry->rate,
        .yield = expiry->yield,
        .variance_share =
            expiry->variance_years > 0.0 ? expiry->variance_years / expiry->years : 1.0,
    };
    struct chunk c;
    size_t bad = 0;
    MUST(out->rho == NULL);
    for (size_t from = 0, rows; from < count; from += rows) {
        rows = count - from < CHUNK ? count - from : CHUNK;
        for (size_t i = 0; i < rows; i++) {
            size_t at = from + i;
            c.less[i] =
                price[at] - (cache->premium[at] +
                             move * (cache->by_spot[at] + 0.5 * move * cache->by_spot2[at]));
        }
        implied_vol_chain(&forward, rows, strike + from, sign + from, c.less, c.found, NULL);
        for (size_t i = 0; i < rows; i++) {
            double kept = cache->sigma[from + i];
            c.sigma[i] = c.found[i] - cache->share[from + i] * (c.found[i] - kept);
        }
        black76_chain(&forward, rows, strike + from, sign + from, c.sigma,
                      &(struct pricing_greeks){
                          .price = c.price, .delta = c.delta, .gamma = c.gamma, .vega = c.vega });
        size_t whole = rows - rows % LANES_ROWS;
        if (whole > 0)
            finish(&r, &c, cache, price, from, 0, whole);
        if (whole < rows)
            finish(&r, &c, cache, price, from, whole, rows);
        bad += hand_out(&c, from, rows, sigma, out, is_stale);
    }
    return bad;
}
