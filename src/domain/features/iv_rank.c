#include "domain/features/iv_rank.h"

void iv_rank_init(struct iv_rank *rank, struct arena *arena, uint32_t n, uint32_t min_count)
{
    MUST(min_count >= 1);
    MUST(min_count <= n);
    rank->min_count = min_count;
    feature_gate_init(&rank->gate);
    window_init(&rank->closes, arena, n);
}

bool iv_rank_update(struct iv_rank *rank, int64_t ts_ns, double iv)
{
    if (!feature_gate_pass(&rank->gate, ts_ns, iv > 0 && feature_is_value(iv)))
        return false;
    window_push(&rank->closes, iv);
    return true;
}

struct iv_standing iv_rank_value(const struct iv_rank *rank, double iv)
{
    uint32_t n = rank->closes.count;
    struct iv_standing s = { NAN, NAN, NAN, NAN, NAN, n, IV_RANK_OK };
    if (!(iv > 0) || !feature_is_value(iv)) {
        s.status = IV_RANK_NO_VALUE;
        return s;
    }
    if (n < rank->min_count) {
        s.status = IV_RANK_TOO_SHORT;
        return s;
    }
    s.low = INFINITY;
    s.high = -INFINITY;
    uint32_t below = 0;
    for (uint32_t back = 0; back < n; back++) {
        double close = window_at(&rank->closes, back);
        s.low = fmin(s.low, close);
        s.high = fmax(s.high, close);
        below += close < iv;
    }
    s.percentile = 100.0 * below / n;
    if (!(s.high > s.low)) {
        s.status = IV_RANK_ZERO_RANGE;
        return s;
    }
    s.rank_raw = 100.0 * (iv - s.low) / (s.high - s.low);
    s.rank = fmin(100.0, fmax(0.0, s.rank_raw));
    return s;
}
