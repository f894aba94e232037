/* Any doubles in: a status, numbers exactly where it promises them, and no arbitrage in what fits.
 */
#include <math.h>
#include <string.h>

#include "domain/pricing/clock.h"
#include "domain/pricing/density.h"
#include "domain/pricing/forward_american.h"
#include "domain/pricing/portfolio.h"
#include "domain/pricing/surface_fit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Few and small ones: what breaks on three smiles of six quotes is found a hundred times sooner. */
enum { NUMBERS = 60, QUOTES = 6, EXPIRIES = 3 };

struct input {
    uint8_t what, bytes[7];
    double at[NUMBERS];
};

/*
 * Random bits are seldom numbers of a market: one byte in two asks to fold them to such.
 */
static double tame(double x, double low, double high)
{
    double unit = fabs(x - trunc(x));
    return isfinite(x) ? low + (high - low) * unit : x;
}

static void try_slice(const struct input *in)
{
    const double *at = in->at;
    struct svi s = { at[0], at[1], at[2], at[3], at[4] },
               other = { at[5], at[6], at[7], at[8], at[9] };
    struct svi repaired;
    struct svi_jw jw = { at[0], at[1], at[2], at[3], at[4] };
    struct svi_natural natural = { at[0], at[1], at[2], at[3], at[4] };
    double w[8], g[8], below[8], where;
    uint8_t status[8];
    svi_slice(&s, 8, at + 10,
              &(struct svi_columns){ .w = w, .g = g, .below = below, .status = status });
    for (int i = 0; i < 8; i++)
        MUST((status[i] == PRICING_OK) == (isfinite(w[i]) && isfinite(g[i])));
    uint8_t butterfly = svi_butterfly(&s, &where);
    MUST(butterfly == PRICING_OK || butterfly == PRICING_ARBITRAGE ||
         butterfly == PRICING_BAD_INPUT);
    svi_calendar(&s, &other, &where);
    if (svi_repair_wing(&s, at[18], &repaired) == PRICING_OK)
        MUST(svi_butterfly(&repaired, NULL) == PRICING_OK);
    if (svi_repair_closed(&s, at[18], &repaired) == PRICING_OK)
        MUST(svi_butterfly(&repaired, NULL) == PRICING_OK);
    if (svi_from_jw(&jw, at[18], &repaired) == PRICING_OK)
        MUST(svi_is_valid(&repaired));
    if (svi_from_natural(&natural, &repaired) == PRICING_OK)
        MUST(svi_is_valid(&repaired));
    svi_quantile(&s, 4, at + 20, w, status);
}

static void try_fit(struct input *in)
{
    struct surface surface;
    struct surface_report report[EXPIRIES];
    struct surface_expiry expiry[EXPIRIES];
    double *at = in->at;
    bool is_tame = in->bytes[0] % 2;
    for (int i = 0; i < EXPIRIES; i++) {
        double *k = at + 2 * QUOTES * i, *w = k + QUOTES,
               *terms = at + 2 * QUOTES * EXPIRIES + 4 * i;
        for (int j = 0; j < QUOTES && is_tame; j++) {
            k[j] = tame(k[j], -0.5, 0.5);
            w[j] = tame(w[j], 0.001, 0.3);
        }
        for (int j = 0; j < 4 && is_tame; j++)
            terms[j] = tame(terms[j], 0.01, 2.0) + i;
        expiry[i] = (struct surface_expiry){ terms[0],
                                             terms[1],
                                             terms[2],
                                             terms[3],
                                             { QUOTES, k, w, in->bytes[1] % 2 ? k + 1 : NULL } };
    }
    uint8_t status = surface_fit(expiry, EXPIRIES, NULL, &surface, report);
    MUST(status == PRICING_OK ? surface.count > 0 : surface.count == 0);
    size_t slice;
    double where, w[4];
    uint8_t row[4];
    MUST(surface_check(&surface, &slice, &where) == PRICING_OK);
    surface_total_variance(&surface, at[48], 4, at, w, row);
    for (int i = 0; i < 4; i++)
        MUST(row[i] == PRICING_OK ? w[i] > 0.0 && isfinite(w[i]) : isnan(w[i]));
    struct surface_move move = { (enum surface_rule)(in->bytes[2] % 3), at[49], at[50], at[51],
                                 at[52] };
    surface_moved(&surface, &move, at[48], 4, at, w, row);
    for (int i = 0; i < 4; i++)
        MUST(row[i] == PRICING_OK ? w[i] > 0.0 && isfinite(w[i]) : isnan(w[i]));
    double forward, discount;
    surface_carry(&surface, at[48], at[49], &forward, &discount);
}

static void try_clock(const struct input *in)
{
    double event_w[6], clean[8];
    if (clock_event_variance(8, in->at, in->at + 8, 6, in->at + 16, event_w, clean) == PRICING_OK)
        for (int i = 0; i < 6; i++)
            MUST(isnan(event_w[i]) || event_w[i] >= 0.0);
    int64_t open[4], close[4], from, to;
    memcpy(open, in->at + 22, sizeof open);
    memcpy(close, in->at + 26, sizeof close);
    memcpy(&from, in->at + 30, sizeof from);
    memcpy(&to, in->at + 31, sizeof to);
    for (int i = 0; i < 4; i++) { /* times are this side of the year 2262, and far from its end */
        open[i] /= 4;
        close[i] /= 4;
    }
    struct variance_clock clock;
    struct clock_sessions sessions = { 4, open, close };
    double years;
    MUST(variance_clock_init(&clock, NULL) == PRICING_OK);
    if (variance_clock_years(&clock, &sessions, from / 4, to / 4, &years) == PRICING_OK)
        MUST(years >= 0.0 && isfinite(years));
}

static void try_book(const struct input *in)
{
    const double *at = in->at;
    struct surface surface = { .count = 1 };
    surface.slice[0] =
        (struct surface_slice){ at[0], at[1], at[2], at[3], { at[4], at[5], at[6], at[7], at[8] },
                                0,     0.0,   0.0,   0.0,   { 0.0 } };
    uint32_t slice[4] = { 0, 0, 0, in->bytes[1] };
    int8_t sign[4];
    memcpy(sign, in->bytes + 2, sizeof sign);
    struct scenario_book book = { 4, slice, at + 10, sign, at + 14, false };
    struct scenario_rule rule = { (enum surface_rule)(in->bytes[0] % 3), at[18], at[19], 0.0 };
    struct scenario_point point = { at[20], at[21], at[22], at[23] };
    struct scenario_totals totals;
    if (scenario_mark(&surface, at[24], &book, &rule, 1, &point, &totals) == 0)
        MUST(isfinite(totals.value));
    else
        MUST(isnan(totals.value) && totals.unpriced > 0);
    struct payoff payoff = { 4, at + 10, sign, at + 14 };
    struct payoff_odds odds;
    if (density_payoff(&surface.slice[0], &payoff, at[25], &odds) == PRICING_OK)
        MUST(odds.profit >= 0.0 && odds.profit <= 1.0 && isfinite(odds.expected));
    struct expected_move move;
    density_expected_move(&surface.slice[0], at[26], &move);
    double p[4];
    uint8_t status[4];
    density_touch(4, &(struct touch_terms){ at + 30, at + 34, at + 38, at + 42 }, p, status);
    for (int i = 0; i < 4; i++)
        MUST(status[i] == PRICING_OK ? p[i] >= 0.0 && p[i] <= 1.0 : isnan(p[i]));
}

static void try_yield(const struct input *in)
{
    const double *at = in->at;
    struct forward_quotes quotes = { at, at + 3, at + 6, at + 9, at + 12 };
    struct american_expiry expiry = { .spot = at[20], .years = at[21], .rate = at[22] };
    struct forward_yield_fit fit;
    if (in->bytes[0] % 32) /* odd rates go row by row, which is slow: a few are enough */
        return;
    uint8_t status = forward_imply_yield(&quotes, 3, &expiry, &fit);
    MUST(status != PRICING_OK || (isfinite(fit.yield) && isfinite(fit.forward)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { .what = 0 };
    memcpy(&in, data, size < sizeof in ? size : sizeof in);
    switch (in.what % 8) {
    case 0:
    case 4:
        try_slice(&in);
        break;
    case 1:
    case 5:
        try_clock(&in);
        break;
    case 2:
        try_book(&in);
        break;
    case 3:
        try_yield(&in);
        break;
    default:
        try_fit(&in);
    }
    return 0;
}
