#include "domain/pricing/american_cache.h"

#include <math.h>

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

/* Of one chunk of rows; all columns begin at its first. */
struct chunk {
    double less[CHUNK];  /* price less premium at the kept vol */
    double found[CHUNK]; /* its European vol */
    double price[CHUNK], delta[CHUNK], gamma[CHUNK], vega[CHUNK];
};

/* The premium after a move of the spot and a change of the vol, and its slope to the vol. */
static double premium_at(const struct american_cache *c, size_t at, double move, double change,
                         double *by_sigma)
{
    *by_sigma = c->by_sigma[at] + c->by_spot_sigma[at] * move + c->by_sigma2[at] * change;
    return c->premium[at] + move * (c->by_spot[at] + 0.5 * move * c->by_spot2[at]) +
           change * (*by_sigma - 0.5 * c->by_sigma2[at] * change);
}

static size_t put_row(const struct american_cache *cache, const struct american_expiry *expiry,
                      const struct chunk *c, size_t i, size_t at, double price, double *sigma,
                      const struct pricing_greeks *out, bool *is_stale)
{
    double move = expiry->spot - cache->spot, kept = cache->sigma[at], change = *sigma - kept,
           slope;
    double error = c->price[i] + premium_at(cache, at, move, change, &slope) - price;
    struct european_value all = EUROPEAN_NOTHING;
    all.vega = c->vega[i] + slope;
    double step = -error / all.vega;
    *sigma += step;
    bool is_good = fabs(move) <= AMERICAN_CACHE_SPOT_MOVE * 1.0000001 * cache->spot &&
                   fabs(*sigma - kept) <= AMERICAN_CACHE_VOL_MOVE * kept &&
                   fabs(step) <= 0.1 * AMERICAN_CACHE_VOL_MOVE * kept;
    if (is_good) {
        double variance = *sigma * *sigma;
        if (expiry->variance_years > 0.0)
            variance *= expiry->variance_years / expiry->years;
        all.price = price;
        all.delta = c->delta[i] + cache->by_spot[at] + cache->by_spot2[at] * move +
                    cache->by_spot_sigma[at] * change;
        all.gamma = c->gamma[i] + cache->by_spot2[at];
        all.theta = expiry->rate * price -
                    (expiry->rate - expiry->yield) * expiry->spot * all.delta -
                    0.5 * variance * expiry->spot * expiry->spot * all.gamma;
        is_good = isfinite(all.delta + all.gamma + all.vega + all.theta + price);
    }
    if (!is_good) {
        *sigma = NAN;
        all = (struct european_value)EUROPEAN_NOTHING;
    }
    if (is_stale)
        is_stale[at] = !is_good;
    return european_store(out, at, &all, is_good ? PRICING_OK : PRICING_NO_INFORMATION);
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
    size_t bad = 0;
    MUST(out->rho == NULL);
    for (size_t from = 0, rows; from < count; from += rows) {
        struct chunk c;
        rows = count - from < CHUNK ? count - from : CHUNK;
        for (size_t i = 0; i < rows; i++) {
            size_t at = from + i;
            double slope;
            c.less[i] = price[at] - premium_at(cache, at, move, 0.0, &slope);
        }
        implied_vol_chain(&forward, rows, strike + from, sign + from, c.less, c.found, NULL);
        for (size_t i = 0; i < rows; i++) {
            double kept = cache->sigma[from + i];
            sigma[from + i] = c.found[i] - cache->share[from + i] * (c.found[i] - kept);
        }
        black76_chain(&forward, rows, strike + from, sign + from, sigma + from,
                      &(struct pricing_greeks){
                          .price = c.price, .delta = c.delta, .gamma = c.gamma, .vega = c.vega });
        for (size_t i = 0; i < rows; i++)
            bad += put_row(cache, expiry, &c, i, from + i, price[from + i], &sigma[from + i], out,
                           is_stale);
    }
    return bad;
}
