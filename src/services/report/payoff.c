#include "services/report/payoff.h"

#include <math.h>

#include "base/date.h"
#include "domain/pricing/european.h"
#include "domain/types/money.h"

enum { LEGS_MAX = 64, SCAN = 400 };

static int32_t first_expiry(const struct result_trade *trade)
{
    int32_t first = 0;
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        if (!leg->is_stock && (first == 0 || leg->contract.expiry < first))
            first = leg->contract.expiry;
    }
    return first;
}

static double strike_of(const struct result_leg *leg)
{
    return leg->contract.strike_mills / 1000.0;
}

static double size_of(const struct result_leg *leg)
{
    return (double)leg->quantity * (leg->is_stock ? 1 : leg->contract.multiplier);
}

static double intrinsic(const struct result_leg *leg, double spot)
{
    double gain = leg->contract.right == OPTION_PUT ? strike_of(leg) - spot : spot - strike_of(leg);
    return gain > 0 ? gain : 0;
}

static double modelled(const struct result_leg *leg, double spot, int32_t expiry)
{
    const double strike = strike_of(leg), rate = 0;
    const double years = date_diff(leg->contract.expiry, expiry) / 365.0;
    const int8_t sign = leg->contract.right == OPTION_PUT ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    double price;
    uint8_t status;
    struct black_scholes_terms terms = { .spot = &spot,
                                         .strike = &strike,
                                         .years = &years,
                                         .sigma = &leg->entry_iv,
                                         .rate = &rate,
                                         .yield = &rate,
                                         .sign = &sign };
    if (spot <= 0)
        return intrinsic(leg, spot);
    black_scholes(1, &terms, &(struct pricing_greeks){ .price = &price, .status = &status });
    return price;
}

static double value_at(const struct result_trade *trade, double spot)
{
    int32_t expiry = first_expiry(trade);
    double value = money_to_dollars(trade->entry_cash);
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        double price = leg->is_stock                    ? spot
                       : leg->contract.expiry == expiry ? intrinsic(leg, spot)
                                                        : modelled(leg, spot, expiry);
        value += size_of(leg) * price;
    }
    return value;
}

/* Dollars a dollar far above every strike. */
static double slope_above(const struct result_trade *trade)
{
    double slope = 0;
    for (size_t i = 0; i < trade->leg_count; i++)
        if (trade->legs[i].is_stock || trade->legs[i].contract.right == OPTION_CALL)
            slope += size_of(&trade->legs[i]);
    return slope;
}

/*
 * A trade's legs begin with those of its entry; hedges, assigned stock and what it was rolled into
 * come after. The entry's own are as many as pay for the entry's cash; 0 when no number of them
 * does.
 */
static size_t entry_legs(const struct result_trade *trade)
{
    double cash = money_to_dollars(trade->entry_cash), sum = 0;
    double tolerance = 0.05 + fabs(cash) * 1e-9; /* fill prices of several parts are averages */
    size_t count = 0;
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        if (leg->entry_price == PRICE_NONE)
            break;
        sum -= size_of(leg) * money_to_dollars(leg->entry_price);
        if (fabs(sum - cash) <= tolerance)
            count = i + 1;
    }
    return count;
}

static const char *why_not(const struct result_trade *trade)
{
    int32_t expiry = first_expiry(trade);
    if (trade->entry_cash == PRICE_NONE || trade->leg_count == 0)
        return "The fills of its legs do not add up to the cash of its entry, so its payoff is not "
               "drawn.";
    if (expiry == 0)
        return "It has no options, so there is no payoff at expiry to draw.";
    if (trade->leg_count > LEGS_MAX)
        return "It has too many legs for a payoff at expiry.";
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        if (!leg->is_stock && leg->contract.expiry != expiry &&
            !(leg->entry_iv > 0 && isfinite(leg->entry_iv)))
            return "It has several expiries: a payoff at the first one needs the implied "
                   "volatility "
                   "of the later legs at entry, which could not be computed.";
    }
    return NULL;
}

/* All strikes and the underlying at entry, for the range to show. */
static void find_range(const struct result_trade *trade, double *low, double *high)
{
    *low = INFINITY;
    *high = 0;
    for (size_t i = 0; i < trade->leg_count; i++) {
        if (trade->legs[i].is_stock)
            continue;
        *low = fmin(*low, strike_of(&trade->legs[i]));
        *high = fmax(*high, strike_of(&trade->legs[i]));
    }
    if (trade->underlying_entry != PRICE_NONE && trade->underlying_entry > 0) {
        *low = fmin(*low, money_to_dollars(trade->underlying_entry));
        *high = fmax(*high, money_to_dollars(trade->underlying_entry));
    }
}

static double bisect(const struct result_trade *trade, double a, double b)
{
    bool below = value_at(trade, a) < 0;
    for (int i = 0; i < 60; i++) {
        double middle = (a + b) / 2;
        if ((value_at(trade, middle) < 0) == below)
            a = middle;
        else
            b = middle;
    }
    return (a + b) / 2;
}

struct scan {
    size_t count;
    double x[SCAN + LEGS_MAX + 2];
};

static void scan_add(struct scan *scan, double x)
{
    size_t at = scan->count;
    while (at > 0 && scan->x[at - 1] > x)
        at--;
    if (at > 0 && scan->x[at - 1] == x)
        return;
    memmove(&scan->x[at + 1], &scan->x[at], (scan->count - at) * sizeof scan->x[0]);
    scan->x[at] = x;
    scan->count++;
}

/* count places from low to high, and every strike between: the kinks. */
static void scan_make(struct scan *scan, const struct result_trade *trade, double low, double high,
                      size_t count)
{
    scan->count = 0;
    for (size_t i = 0; i < count; i++)
        scan_add(scan, low + (high - low) * (double)i / (double)(count - 1));
    for (size_t i = 0; i < trade->leg_count; i++) {
        const struct result_leg *leg = &trade->legs[i];
        if (!leg->is_stock && strike_of(leg) > low && strike_of(leg) < high)
            scan_add(scan, strike_of(leg));
    }
}

/* From an underlying of 0 to far above the strikes; beyond that the value is a straight line. */
static void find_extremes(struct payoff *payoff, const struct result_trade *trade, double high)
{
    struct scan scan;
    scan_make(&scan, trade, 0, 3 * high, SCAN);
    double slope = slope_above(trade), last = value_at(trade, 0);
    payoff->best = payoff->worst = last;
    for (size_t i = 1; i < scan.count; i++) {
        double value = value_at(trade, scan.x[i]);
        if (value > payoff->best)
            payoff->best = value, payoff->best_at = scan.x[i];
        if (value < payoff->worst)
            payoff->worst = value, payoff->worst_at = scan.x[i];
        if ((value < 0) != (last < 0) && payoff->even_count < PAYOFF_EVENS)
            payoff->even[payoff->even_count++] = bisect(trade, scan.x[i - 1], scan.x[i]);
        last = value;
    }
    if (slope * last < 0 && payoff->even_count < PAYOFF_EVENS)
        payoff->even[payoff->even_count++] = 3 * high - last / slope;
    if (slope > 0)
        payoff->best = INFINITY, payoff->best_at = NAN;
    if (slope < 0)
        payoff->worst = -INFINITY, payoff->worst_at = NAN;
}

void payoff_make(struct payoff *payoff, const struct result_trade *whole)
{
    double low, high;
    struct scan scan;
    struct result_trade entry = *whole;
    const struct result_trade *trade = &entry;
    entry.leg_count = entry_legs(whole);
    *payoff = (struct payoff){ .why_not = why_not(trade) };
    if (payoff->why_not)
        return;
    for (size_t i = 0; i < trade->leg_count; i++)
        payoff->is_modelled |=
            !trade->legs[i].is_stock && trade->legs[i].contract.expiry != first_expiry(trade);
    find_range(trade, &low, &high);
    find_extremes(payoff, trade, high);
    /* Show the break-evens too, unless one lies so far off that it would squeeze the rest. */
    double middle = (low + high) / 2;
    for (size_t i = 0; i < payoff->even_count; i++) {
        if (fabs(payoff->even[i] - middle) > 0.35 * middle)
            continue;
        low = fmin(low, payoff->even[i]);
        high = fmax(high, payoff->even[i]);
    }
    double room = fmax(0.25 * (high - low), 0.02 * middle);
    low = fmax(0, low - room);
    high += room;
    scan_make(&scan, trade, low, high, PAYOFF_POINTS - LEGS_MAX);
    for (size_t i = 0; i < scan.count && i < PAYOFF_POINTS; i++) {
        payoff->x[payoff->count] = scan.x[i];
        payoff->y[payoff->count++] = value_at(trade, scan.x[i]);
    }
}
