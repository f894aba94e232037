/*
 * Where today's implied vol stands among those of the last year.
 *
 *   rank        100 (iv - low) / (high - low) over the last n closes: iv 45 in a range of 30 to 60
 * is 50 percentile  100 x the share of the last n closes that lie below iv: 202 of 252 is 80
 *
 * Today is not among them, so the raw rank of a new high is above 100 and of a new low below 0;
 * show the clamped one, keep the raw one. Say which vol it is of: at-the-money at 30 days, an index
 * such as VIX, ... Source: the definitions of tastytrade and IG, which exclude nothing explicitly.
 */
#ifndef DOMAIN_FEATURES_IV_RANK_H
#define DOMAIN_FEATURES_IV_RANK_H

#include "domain/features/gate.h"
#include "domain/features/window.h"

enum iv_rank_status {
    IV_RANK_OK,
    IV_RANK_NO_VALUE,   /* today's vol is unknown */
    IV_RANK_TOO_SHORT,  /* fewer closes than asked for */
    IV_RANK_ZERO_RANGE, /* all closes are alike: no rank; there is a percentile */
};

struct iv_rank {
    struct feature_gate gate;
    struct window closes;
    uint32_t min_count;
};

struct iv_standing {
    double rank; /* 0 to 100, clamped */
    double rank_raw;
    double percentile; /* 0 to 100 */
    double low, high;
    uint32_t count; /* closes in the range */
    enum iv_rank_status status;
};

/* n closes, 252 for a year; unknown before min_count (1 to n) of them. */
void iv_rank_init(struct iv_rank *rank, struct arena *arena, uint32_t n, uint32_t min_count);

/* A session is over, with this vol at its end. */
bool iv_rank_update(struct iv_rank *rank, int64_t ts_ns, double iv);

struct iv_standing iv_rank_value(const struct iv_rank *rank, double iv);

#endif
