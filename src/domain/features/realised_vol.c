#include "domain/features/realised_vol.h"

#include "domain/pricing/portable.h"

static const double LN2 = 0x1.62e42fefa39efp-1;

bool ohlc_is_valid(const struct ohlc *bar)
{
    return feature_is_price(bar->open) && feature_is_price(bar->high) &&
           feature_is_price(bar->low) && feature_is_price(bar->close) && bar->high >= bar->open &&
           bar->high >= bar->close && bar->low <= bar->open && bar->low <= bar->close;
}

void realised_vol_init(struct realised_vol *vol, struct arena *arena, uint32_t n, double per_year)
{
    MUST(n >= 3);
    MUST(per_year > 0);
    *vol = (struct realised_vol){ .per_year = per_year, .last_close = NAN, .n = n };
    feature_gate_init(&vol->gate);
    window_init(&vol->r, arena, n);
    window_init(&vol->o, arena, n);
    window_init(&vol->u, arena, n);
    window_init(&vol->d, arena, n);
    window_init(&vol->c, arena, n);
}

bool realised_vol_update(struct realised_vol *vol, int64_t ts_ns, const struct ohlc *bar)
{
    if (!feature_gate_pass(&vol->gate, ts_ns, ohlc_is_valid(bar)))
        return false;
    if (!isnan(vol->last_close)) {
        window_push(&vol->o, portable_log(bar->open / vol->last_close));
        window_push(&vol->r, portable_log(bar->close / vol->last_close));
    }
    window_push(&vol->u, portable_log(bar->high / bar->open));
    window_push(&vol->d, portable_log(bar->low / bar->open));
    window_push(&vol->c, portable_log(bar->close / bar->open));
    vol->last_close = bar->close;
    return true;
}

double yang_zhang_k(uint32_t n)
{
    return 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
}

static double bar_term(const struct realised_vol *vol, enum vol_estimator estimator, uint32_t back)
{
    double u = window_at(&vol->u, back), d = window_at(&vol->d, back), c = window_at(&vol->c, back);
    double klass = (u - d) * (u - d) / 2 - (2 * LN2 - 1) * c * c;
    switch (estimator) {
    case VOL_PARKINSON:
        return (u - d) * (u - d) / (4 * LN2);
    case VOL_GARMAN_KLASS:
        return klass;
    case VOL_GARMAN_KLASS_YZ:
        return window_at(&vol->o, back) * window_at(&vol->o, back) + klass;
    default:
        return u * (u - c) + d * (d - c);
    }
}

static double mean_term(const struct realised_vol *vol, enum vol_estimator estimator)
{
    struct compensated_sum sum = { 0, 0 };
    for (uint32_t back = vol->n; back-- > 0;)
        compensated_add(&sum, bar_term(vol, estimator, back));
    /* Rogers-Satchell terms of a valid bar are not negative; a mean of Garman-Klass terms can be.
     */
    return compensated_value(sum) / vol->n;
}

double realised_vol_value(const struct realised_vol *vol, enum vol_estimator estimator)
{
    bool with_overnight = estimator == VOL_GARMAN_KLASS_YZ || estimator == VOL_YANG_ZHANG;
    if (!window_is_full(&vol->u) || (with_overnight && !window_is_full(&vol->o)))
        return NAN;
    double variance;
    if (estimator == VOL_CLOSE) {
        variance = window_variance(&vol->r, vol->n - 1);
    } else if (estimator == VOL_YANG_ZHANG) {
        double k = yang_zhang_k(vol->n);
        variance = window_variance(&vol->o, vol->n) + k * window_variance(&vol->c, vol->n) +
                   (1 - k) * mean_term(vol, VOL_ROGERS_SATCHELL);
    } else {
        variance = mean_term(vol, estimator);
    }
    return variance >= 0 ? sqrt(vol->per_year * variance) : NAN;
}

const char *vol_estimator_name(enum vol_estimator estimator)
{
    static const char *const names[VOL_ESTIMATOR_COUNT] = { "close",           "parkinson",
                                                            "garman_klass",    "rogers_satchell",
                                                            "garman_klass_yz", "yang_zhang" };
    MUST(estimator < VOL_ESTIMATOR_COUNT);
    return names[estimator];
}
