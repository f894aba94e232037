#include "domain/features/trend.h"

void sma_init(struct sma *sma, struct arena *arena, uint32_t n)
{
    feature_gate_init(&sma->gate);
    window_init(&sma->closes, arena, n);
}

bool sma_update(struct sma *sma, int64_t ts_ns, double close)
{
    if (!feature_gate_pass(&sma->gate, ts_ns, feature_is_value(close)))
        return false;
    window_push(&sma->closes, close);
    return true;
}

double sma_value(const struct sma *sma)
{
    return window_mean(&sma->closes, sma->closes.size);
}

void ema_init(struct ema *ema, uint32_t n)
{
    MUST(n >= 1);
    *ema = (struct ema){ .n = n, .mean = NAN };
    feature_gate_init(&ema->gate);
}

bool ema_update(struct ema *ema, int64_t ts_ns, double x)
{
    if (!feature_gate_pass(&ema->gate, ts_ns, feature_is_value(x)))
        return false;
    if (ema->gate.taken <= ema->n) {
        compensated_add(&ema->first, x);
        if (ema->gate.taken == ema->n)
            ema->mean = compensated_value(ema->first) / ema->n;
    } else {
        ema->mean += 2.0 / (ema->n + 1.0) * (x - ema->mean);
    }
    return true;
}

double ema_value(const struct ema *ema)
{
    return ema->mean;
}

void macd_init(struct macd *macd, uint32_t fast, uint32_t slow, uint32_t signal)
{
    MUST(fast < slow);
    ema_init(&macd->fast, fast);
    ema_init(&macd->slow, slow);
    ema_init(&macd->signal, signal);
}

bool macd_update(struct macd *macd, int64_t ts_ns, double close)
{
    if (!ema_update(&macd->fast, ts_ns, close) || !ema_update(&macd->slow, ts_ns, close))
        return false;
    double difference = macd_value(macd);
    if (!isnan(difference))
        MUST(ema_update(&macd->signal, ts_ns, difference));
    return true;
}

double macd_value(const struct macd *macd)
{
    return ema_value(&macd->fast) - ema_value(&macd->slow);
}

double macd_signal(const struct macd *macd)
{
    return ema_value(&macd->signal);
}

double macd_histogram(const struct macd *macd)
{
    return macd_value(macd) - macd_signal(macd);
}

/* Wilder's mean: a sum until n values are in, then a mean that gives each new one weight 1 / n. */
static void wilder_add(double *mean, uint64_t nth, uint32_t n, double x)
{
    if (nth < n)
        *mean += x;
    else if (nth == n)
        *mean = (*mean + x) / n;
    else
        *mean += (x - *mean) / n;
}

void rsi_init(struct rsi *rsi, uint32_t n)
{
    MUST(n >= 1);
    *rsi = (struct rsi){ .n = n };
    feature_gate_init(&rsi->gate);
}

bool rsi_update(struct rsi *rsi, int64_t ts_ns, double close)
{
    if (!feature_gate_pass(&rsi->gate, ts_ns, feature_is_value(close)))
        return false;
    uint64_t changes = rsi->gate.taken - 1;
    if (changes) {
        double change = close - rsi->last;
        wilder_add(&rsi->up, changes, rsi->n, change > 0 ? change : 0);
        wilder_add(&rsi->down, changes, rsi->n, change < 0 ? -change : 0);
    }
    rsi->last = close;
    return true;
}

double rsi_value(const struct rsi *rsi)
{
    double both = rsi->up + rsi->down;
    return rsi->gate.taken > rsi->n && both > 0 ? 100 * (rsi->up / both) : NAN;
}

void adx_init(struct adx *adx, uint32_t n)
{
    MUST(n >= 1);
    *adx = (struct adx){ .n = n, .adx = NAN };
    feature_gate_init(&adx->gate);
}

static double directional(double plus, double minus)
{
    return plus + minus > 0 ? 100 * (fabs(plus - minus) / (plus + minus)) : 0.0;
}

bool adx_update(struct adx *adx, int64_t ts_ns, const struct ohlc *bar)
{
    if (!feature_gate_pass(&adx->gate, ts_ns, ohlc_is_valid(bar)))
        return false;
    uint64_t changes = adx->gate.taken - 1;
    if (changes) {
        double up = bar->high - adx->last.high, down = adx->last.low - bar->low;
        double range = fmax(bar->high, adx->last.close) - fmin(bar->low, adx->last.close);
        wilder_add(&adx->true_range, changes, adx->n, range);
        wilder_add(&adx->plus, changes, adx->n, up > down && up > 0 ? up : 0);
        wilder_add(&adx->minus, changes, adx->n, down > up && down > 0 ? down : 0);
        if (changes >= adx->n) {
            uint64_t nth = changes - adx->n + 1;
            wilder_add(&adx->dx_sum, nth, adx->n, directional(adx->plus, adx->minus));
            if (nth >= adx->n)
                adx->adx = adx->dx_sum;
        }
    }
    adx->last = *bar;
    return true;
}

double adx_value(const struct adx *adx)
{
    return adx->adx;
}

static double indicator(const struct adx *adx, double movement)
{
    bool known = adx->gate.taken > adx->n && adx->true_range > 0;
    return known ? 100 * movement / adx->true_range : NAN;
}

double adx_plus_di(const struct adx *adx)
{
    return indicator(adx, adx->plus);
}

double adx_minus_di(const struct adx *adx)
{
    return indicator(adx, adx->minus);
}

void price_range_init(struct price_range *range, struct arena *arena, uint32_t n)
{
    range->close = NAN;
    feature_gate_init(&range->gate);
    window_init(&range->highs, arena, n);
    window_init(&range->lows, arena, n);
}

bool price_range_update(struct price_range *range, int64_t ts_ns, const struct ohlc *bar)
{
    if (!feature_gate_pass(&range->gate, ts_ns, ohlc_is_valid(bar)))
        return false;
    window_push(&range->highs, bar->high);
    window_push(&range->lows, bar->low);
    range->close = bar->close;
    return true;
}

double price_range_high(const struct price_range *range)
{
    return window_max(&range->highs, range->highs.size);
}

double price_range_low(const struct price_range *range)
{
    return window_min(&range->lows, range->lows.size);
}

double price_range_position(const struct price_range *range)
{
    double low = price_range_low(range), high = price_range_high(range);
    return high > low ? (range->close - low) / (high - low) : NAN;
}

void momentum_init(struct momentum *momentum, struct arena *arena, uint32_t n)
{
    feature_gate_init(&momentum->gate);
    window_init(&momentum->closes, arena, n + 1);
}

bool momentum_update(struct momentum *momentum, int64_t ts_ns, double close)
{
    if (!feature_gate_pass(&momentum->gate, ts_ns, feature_is_price(close)))
        return false;
    window_push(&momentum->closes, close);
    return true;
}

double momentum_value(const struct momentum *momentum)
{
    const struct window *closes = &momentum->closes;
    if (!window_is_full(closes))
        return NAN;
    return window_at(closes, 0) / window_at(closes, closes->size - 1) - 1;
}
