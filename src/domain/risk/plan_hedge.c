#include <math.h>

#include "domain/risk/plan.h"

static bool is_row(const struct hedge_row *row)
{
    return isfinite(row->delta_shares) && isfinite(row->beta) && row->spot > 0.0 &&
           isfinite(row->spot) && fabs(row->delta_shares) < 1e12;
}

/* Shares that take delta to the edge of the band, cut to what may be sold. */
static int64_t shares_for(const struct hedge_row *row, double delta, double band, bool *is_short_of)
{
    if (fabs(delta) <= band)
        return 0;
    double want = delta > 0.0 ? -(delta - band) : -(delta + band);
    int64_t shares = (int64_t)(band > 0.0 ? (want > 0.0 ? ceil(want) : floor(want)) : round(want));
    if (!row->can_trade) {
        *is_short_of |= shares != 0;
        return 0;
    }
    int64_t least = row->can_short ? INT64_MIN : row->held > 0 ? -row->held : 0;
    if (shares < least) {
        *is_short_of = true;
        shares = least;
    }
    return shares;
}

static double index_delta(const struct hedge_row *row, double index_spot)
{
    return row->delta_shares * row->beta * row->spot / index_spot;
}

enum err hedge_plan(size_t count, const struct hedge_row *rows, enum hedge_mode mode,
                    size_t index_row, double index_spot, double band_shares, int64_t *quantity,
                    double *left)
{
    double total = 0.0;
    bool is_short_of = false;
    if (!(index_spot > 0.0) || !(band_shares >= 0.0) || !isfinite(index_spot + band_shares) ||
        (mode == HEDGE_INDEX && (index_row >= count || !(rows[index_row].beta > 0.0))))
        return err_set(ERR_RANGE, "hedge: no index to hedge with, or a band that is none");
    for (size_t i = 0; i < count; i++) {
        if (!is_row(&rows[i]))
            return err_set(ERR_RANGE, "hedge: underlying %zu has no delta, spot or beta", i);
        quantity[i] = 0;
        total += index_delta(&rows[i], index_spot);
    }
    if (mode == HEDGE_INDEX) {
        /* In shares of the row that is traded: one of them is so many index shares. */
        const struct hedge_row *row = &rows[index_row];
        double each = row->beta * row->spot / index_spot;
        quantity[index_row] = shares_for(row, total / each, band_shares / each, &is_short_of);
        total += (double)quantity[index_row] * each;
    } else {
        for (size_t i = 0; i < count; i++) {
            quantity[i] = shares_for(&rows[i], rows[i].delta_shares, band_shares, &is_short_of);
            total += (double)quantity[i] * rows[i].beta * rows[i].spot / index_spot;
        }
    }
    if (left)
        *left = total;
    if (is_short_of)
        return err_set(ERR_REFUSED,
                       "hedge: what should be traded cannot be; %.1f index shares "
                       "of delta remain",
                       total);
    return ERR_OK;
}

static bool goes_before(const struct kill_order *a, const struct kill_order *b)
{
    if (a->reduces != b->reduces)
        return !a->reduces;
    return a->loss > b->loss;
}

size_t kill_plan(size_t count, const struct kill_order *orders, bool flatten, uint32_t *sequence)
{
    size_t canceled = 0;
    for (size_t i = 0; i < count; i++) {
        if (orders[i].is_protective && orders[i].reduces && !flatten)
            continue;
        size_t at = canceled++;
        for (; at > 0 && goes_before(&orders[i], &orders[sequence[at - 1]]); at--)
            sequence[at] = sequence[at - 1];
        sequence[at] = (uint32_t)i;
    }
    return canceled;
}
