#include "domain/pricing/surface_fit.h"

#include <stdlib.h>
#include <string.h>

#include "domain/pricing/implied_vol.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/surface_fit_int.h"

/* ---- quotes ---------------------------------------------------------------------------------- */

static bool is_expiry(const struct surface_expiry *e)
{
    return is_positive(e->years) && is_positive(e->variance_years) && is_positive(e->forward) &&
           is_positive(e->discount);
}

static uint8_t variance_of(const struct black76_expiry *expiry, double strike, int8_t sign,
                           double price, double *w)
{
    double sigma;
    uint8_t status;
    implied_vol_chain(expiry, 1, &strike, &sign, &price, &sigma, &status);
    *w = sigma * sigma * expiry->variance_years;
    return status;
}

size_t surface_quotes(const struct surface_expiry *expiry, const struct surface_chain *chain,
                      const struct surface_quote_columns *out)
{
    const struct black76_expiry terms = { .forward = expiry->forward,
                                          .discount = expiry->discount,
                                          .years = expiry->years,
                                          .variance_years = expiry->variance_years };
    size_t bad = 0;
    for (size_t i = 0; i < chain->count; i++) {
        double strike = chain->strike[i], low, high;
        bool is_put = strike < expiry->forward;
        int8_t sign = is_put ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        double bid = (is_put ? chain->put_bid : chain->call_bid)[i];
        double ask = (is_put ? chain->put_ask : chain->call_ask)[i];
        uint8_t status = PRICING_NO_PRICE;
        out->k[i] = out->w[i] = out->weight[i] = NAN;
        if (!is_expiry(expiry) || !is_positive(strike)) {
            status = PRICING_BAD_INPUT;
        } else if (is_positive(bid) && is_positive(ask) && ask >= bid) {
            status = variance_of(&terms, strike, sign, 0.5 * bid + 0.5 * ask, &out->w[i]);
            if (status == PRICING_OK)
                status = variance_of(&terms, strike, sign, bid, &low);
            if (status == PRICING_OK)
                status = variance_of(&terms, strike, sign, ask, &high);
        }
        if (status == PRICING_OK) {
            out->k[i] = -log_ratio(expiry->forward, strike);
            out->weight[i] = 1.0 / fmax(0.5 * (high - low), 1e-4 * out->w[i]);
        } else {
            out->w[i] = NAN;
        }
        if (out->status)
            out->status[i] = status;
        bad += status != PRICING_OK;
    }
    return bad;
}

/* ---- bases ----------------------------------------------------------------------------------- */

struct wings {
    double up, down;
};

/* Pool adjacent violators: the nearest values that never fall. */
static void make_rising(double *value, size_t stride, const double *weight, size_t count)
{
    double level[SURFACE_EXPIRIES_MAX], mass[SURFACE_EXPIRIES_MAX];
    size_t length[SURFACE_EXPIRIES_MAX], pools = 0;
    for (size_t i = 0; i < count; i++) {
        level[pools] = value[i * stride];
        mass[pools] = weight[i];
        length[pools++] = 1;
        while (pools > 1 && level[pools - 2] > level[pools - 1]) {
            double sum = mass[pools - 2] + mass[pools - 1];
            level[pools - 2] =
                (level[pools - 2] * mass[pools - 2] + level[pools - 1] * mass[pools - 1]) / sum;
            mass[pools - 2] = sum;
            length[pools - 2] += length[pools - 1];
            pools--;
        }
    }
    for (size_t i = 0, at = 0; i < pools; i++)
        for (size_t j = 0; j < length[i]; j++)
            value[at++ * stride] = level[i];
}

static size_t count_quotes(const struct svi_quotes *q)
{
    size_t used = 0;
    for (size_t i = 0; i < q->count; i++)
        used += surface_is_quoted(q, i);
    return used;
}

/* Quotes of a slice, for the expiries that have too few of their own. */
struct stand_in {
    double k[15], w[15];
};

static struct svi_quotes quotes_of_slice(const struct ssvi *ssvi, struct stand_in *made)
{
    struct svi s = { 0 };
    MUST(svi_from_ssvi(ssvi, &s) == PRICING_OK);
    for (int i = 0; i < 15; i++) {
        made->k[i] = 0.5 * (i - 9) * sqrt(ssvi->theta);
        made->w[i] = svi_w(&s, made->k[i]);
    }
    return (struct svi_quotes){ 15, made->k, made->w, NULL };
}

static const struct svi *warm_start(const struct surface *warm, double variance_years)
{
    const struct svi *best = NULL;
    double distance = INFINITY;
    for (size_t i = 0; warm && i < warm->count; i++) {
        double off = fabs(warm->slice[i].variance_years - variance_years);
        if (off < distance && off < 0.2 * variance_years) {
            distance = off;
            best = &warm->slice[i].base;
        }
    }
    return best;
}

/* What all steps work on. */
struct work {
    const struct surface_expiry *expiry;
    size_t count;
    struct ssvi skeleton[SURFACE_EXPIRIES_MAX];
    uint8_t skeleton_status[SURFACE_EXPIRIES_MAX];
    size_t used[SURFACE_EXPIRIES_MAX];
    struct svi first[SURFACE_EXPIRIES_MAX]; /* the free fits */
    struct wings wings[SURFACE_EXPIRIES_MAX];
    size_t of_slice[SURFACE_EXPIRIES_MAX]; /* the expiry of each slice of the surface */
};

static struct svi_quotes quotes_for(const struct work *work, size_t i, struct stand_in *made)
{
    return work->used[i] >= SVI_QUOTES_MIN ? work->expiry[i].quotes
                                           : quotes_of_slice(&work->skeleton[i], made);
}

static void fit_freely(struct work *work, const struct surface *warm, struct surface *surface)
{
    double weight[SURFACE_EXPIRIES_MAX];
    for (size_t i = 0; i < work->count; i++) {
        struct stand_in made;
        struct svi_fit fit;
        work->used[i] = count_quotes(&work->expiry[i].quotes);
        if (work->skeleton_status[i] != PRICING_OK)
            continue;
        struct svi_quotes quotes = quotes_for(work, i, &made);
        struct svi_hints hints = { .start = warm_start(warm, work->expiry[i].variance_years) };
        if (svi_fit(&quotes, &hints, &fit) != PRICING_OK)
            continue;
        size_t at = surface->count++;
        work->of_slice[at] = i;
        work->first[at] = fit.slice;
        work->wings[at] = (struct wings){ fit.slice.b * (1.0 + fit.slice.rho),
                                          fit.slice.b * (1.0 - fit.slice.rho) };
        weight[at] = (double)work->used[i];
    }
    make_rising(&work->wings[0].up, 2, weight, surface->count);
    make_rising(&work->wings[0].down, 2, weight, surface->count);
}

static void fit_bases(const struct work *work, struct surface *surface,
                      struct surface_report *report)
{
    for (size_t at = 0; at < surface->count; at++) {
        struct surface_slice *slice = &surface->slice[at];
        size_t i = work->of_slice[at];
        const struct surface_expiry *e = &work->expiry[i];
        struct stand_in made;
        struct svi_fit fit;
        struct svi_quotes quotes = quotes_for(work, i, &made);
        struct svi_hints hints = { &work->first[at], at ? &slice[-1].base : NULL,
                                   work->wings[at].up, work->wings[at].down };
        MUST(svi_fit(&quotes, &hints, &fit) == PRICING_OK);
        *slice = (struct surface_slice){ .years = e->years,
                                         .variance_years = e->variance_years,
                                         .forward = e->forward,
                                         .discount = e->discount,
                                         .base = fit.slice };
        report[i].status = PRICING_OK;
        report[i].used = (uint32_t)work->used[i];
        report[i].is_from_skeleton = work->used[i] < SVI_QUOTES_MIN;
        report[i].is_repaired = fit.repairs > 0;
    }
}

/* ---- corrections ----------------------------------------------------------------------------- */

static void weaken(struct surface_slice *slice, double *kept)
{
    *kept = *kept > 0.05 ? 0.5 * *kept : 0.0;
    for (uint32_t i = 0; i < slice->bump_count; i++)
        slice->bump[i] *= 0.5;
    if (*kept == 0.0)
        slice->bump_count = 0;
}

/* Halve the corrections of two slices that cross until none do: without any, they are proven. */
static void take_back(struct surface *surface, double *kept)
{
    double where;
    for (bool is_done = false; !is_done;) {
        is_done = true;
        for (size_t i = 0; i < surface->count; i++) {
            struct surface_slice *here = &surface->slice[i], *near = i ? here - 1 : NULL;
            if (surface_correction_is_free(near, here, &where) ||
                (!here->bump_count && !(near && near->bump_count)))
                continue;
            weaken(here, &kept[i]);
            if (near)
                weaken(near, &kept[i - 1]);
            is_done = false;
        }
    }
}

static void correct_all(const struct work *work, struct surface *surface, double *kept)
{
    for (size_t i = 0; i < surface->count; i++) {
        struct surface_slice *slice = &surface->slice[i];
        kept[i] = 1.0;
        if (work->used[work->of_slice[i]] < SVI_QUOTES_MIN)
            continue;
        surface_correct(&work->expiry[work->of_slice[i]].quotes, i ? slice - 1 : NULL, slice);
    }
    take_back(surface, kept);
    for (size_t i = 0; i < surface->count; i++)
        if (!surface->slice[i].bump_count)
            kept[i] = 0.0;
}

/* ---- how well -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * Does the quotes' own bid and ask show a W? For each hump, the lowest asks on both sides must be
 * below its bid, and further out bids above those asks: seen from the left and the right by running
 * minima.
 */
static double find_hump(const struct svi_quotes *q)
{
    struct row {
        double k, bid, ask;
    } row[SVI_QUOTES_MAX];
    double left[SVI_QUOTES_MAX], lowest = INFINITY, best = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < q->count && n < SVI_QUOTES_MAX; i++)
        if (surface_is_quoted(q, i))
            row[n++] = (struct row){ q->k[i], q->w[i] - 1.0 / surface_weight(q, i),
                                     q->w[i] + 1.0 / surface_weight(q, i) };
    qsort(row, n, sizeof row[0], compare); /* by k, the first field */
    /* left[i]: the lowest ask before i among those that have a higher bid before them. */
    double highest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        left[i] = lowest;
        if (highest > row[i].ask)
            lowest = fmin(lowest, row[i].ask);
        highest = fmax(highest, row[i].bid);
    }
    lowest = INFINITY;
    highest = -INFINITY;
    for (size_t i = n; i-- > 0;) {
        double rise = row[i].bid - fmax(left[i], lowest);
        if (isfinite(rise))
            best = fmax(best, rise);
        if (highest > row[i].ask)
            lowest = fmin(lowest, row[i].ask);
        highest = fmax(highest, row[i].bid);
    }
    return best;
}

static void measure(const struct svi_quotes *q, const struct surface_slice *slice,
                    struct surface_report *report)
{
    double error[SVI_QUOTES_MAX], base[SVI_QUOTES_MAX];
    size_t n = 0, inside = 0;
    for (size_t i = 0; i < q->count && n < SVI_QUOTES_MAX; i++) {
        if (!surface_is_quoted(q, i))
            continue;
        error[n] = fabs(surface_at(slice, q->k[i]).w - q->w[i]) * surface_weight(q, i);
        base[n] = fabs(svi_w(&slice->base, q->k[i]) - q->w[i]) * surface_weight(q, i);
        inside += error[n++] <= 1.0;
    }
    qsort(error, n, sizeof error[0], compare);
    qsort(base, n, sizeof base[0], compare);
    report->error_median = error[n / 2];
    report->error_90 = error[n * 9 / 10];
    report->svi_error_median = base[n / 2];
    report->inside = (double)inside / (double)n;
    report->hump = find_hump(q);
    report->is_w_shaped = report->hump > 0.0;
}

/* ---- the front door -------------------------------------------------------------------------- */

static bool are_expiries(const struct surface_expiry *expiry, size_t count)
{
    if (count == 0 || count > SURFACE_EXPIRIES_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_expiry(&expiry[i]) || expiry[i].quotes.count > SVI_QUOTES_MAX ||
            (i && !(expiry[i].variance_years > expiry[i - 1].variance_years)))
            return false;
    return true;
}

uint8_t surface_fit(const struct surface_expiry *expiry, size_t count, const struct surface *warm,
                    struct surface *surface, struct surface_report *report)
{
    struct work work = { .expiry = expiry, .count = count };
    struct surface_report own[SURFACE_EXPIRIES_MAX];
    double kept[SURFACE_EXPIRIES_MAX];
    surface->count = 0;
    if (!are_expiries(expiry, count))
        return PRICING_BAD_INPUT;
    for (size_t i = 0; i < count; i++)
        own[i] = (struct surface_report){ .status = PRICING_TOO_FEW_QUOTES,
                                          .correction = NAN,
                                          .error_median = NAN,
                                          .error_90 = NAN,
                                          .inside = NAN,
                                          .svi_error_median = NAN };
    surface_skeleton(expiry, count, work.skeleton, work.skeleton_status);
    fit_freely(&work, warm, surface);
    fit_bases(&work, surface, own);
    correct_all(&work, surface, kept);
    for (size_t i = 0; i < surface->count; i++) {
        own[work.of_slice[i]].correction = kept[i];
        measure(&expiry[work.of_slice[i]].quotes, &surface->slice[i], &own[work.of_slice[i]]);
    }
    if (report)
        memcpy(report, own, count * sizeof own[0]);
    return surface->count ? PRICING_OK : PRICING_TOO_FEW_QUOTES;
}
