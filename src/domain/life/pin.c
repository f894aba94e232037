#include "domain/life/pin.h"

#include <math.h>

#include "domain/pricing/european.h"
#include "domain/pricing/portable.h"

struct outcome {
    double strike; /* the price range that ends there */
    int64_t shares;
};

/*
 * P(the price ends at or below strike). The delta of a call on a forward of F is Phi(d1), and with
 * F exp(-w) in place of F it is Phi(d2): the chance to end above.
 */
static double chance_below(double spot, double strike, double sigma, double years)
{
    struct black76_expiry expiry = { .forward = spot * portable_exp(-sigma * sigma * years),
                                     .discount = 1,
                                     .years = years };
    int8_t sign = OPTION_SIGN_CALL;
    double delta = NAN;
    const struct pricing_greeks out = { .delta = &delta };
    black76_chain(&expiry, 1, &strike, &sign, &sigma, &out);
    return 1 - delta;
}

/* Shares left behind when the price ends in (low, high): lines between them do not exist. */
static int64_t shares_at(const struct expiring *lines, size_t count, double price)
{
    int64_t shares = 0;
    for (size_t i = 0; i < count; i++) {
        const struct contract *c = &lines[i].contract;
        double strike = c->strike_mills / 1000.0;
        if (c->delivery != DELIVERY_PHYSICAL)
            continue;
        if (c->right == OPTION_CALL && price > strike)
            shares += lines[i].quantity * lines[i].deliverable.shares;
        else if (c->right == OPTION_PUT && price < strike)
            shares -= lines[i].quantity * lines[i].deliverable.shares;
    }
    return shares;
}

/* Distinct strikes of lines that deliver, rising. */
static size_t sorted_strikes(double *out, const struct expiring *lines, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].contract.delivery != DELIVERY_PHYSICAL)
            continue;
        double strike = lines[i].contract.strike_mills / 1000.0;
        size_t at = n;
        while (at > 0 && out[at - 1] > strike)
            at--;
        if (at > 0 && out[at - 1] == strike)
            continue;
        for (size_t j = n; j > at; j--)
            out[j] = out[j - 1];
        out[at] = strike;
        n++;
    }
    return n;
}

static void add_outcome(struct pin_risk *risk, double chance, int64_t shares, double *square)
{
    risk->shares_mean += chance * (double)shares;
    *square += chance * (double)shares * (double)shares;
    if (shares != risk->shares_now)
        risk->other += chance;
    if (chance < PIN_OUTCOME_MIN && shares != risk->shares_now)
        return;
    risk->shares_low = shares < risk->shares_low ? shares : risk->shares_low;
    risk->shares_high = shares > risk->shares_high ? shares : risk->shares_high;
}

enum err pin_measure(struct pin_risk *out, const struct expiring *lines, size_t count, double spot,
                     double sigma, double years)
{
    if (!(spot > 0) || !(sigma > 0) || !(years > 0) || isinf(spot + sigma + years))
        return err_set(ERR_RANGE, "pin risk: spot %g, vol %g and years %g must be above 0", spot,
                       sigma, years);
    if (count > PIN_LINES_MAX)
        return err_set(ERR_RANGE, "pin risk: %zu lines are more than %d", count, PIN_LINES_MAX);
    double strikes[PIN_LINES_MAX];
    size_t n = sorted_strikes(strikes, lines, count);
    struct pin_risk risk = { .shares_now = shares_at(lines, count, spot), .distance = INFINITY };
    risk.shares_low = risk.shares_high = risk.shares_now;
    double square = 0, below = 0;
    for (size_t i = 0; i <= n; i++) {
        double next = i < n ? chance_below(spot, strikes[i], sigma, years) : 1;
        double low = i ? strikes[i - 1] : 0, high = i < n ? strikes[i] : 2 * low + spot;
        add_outcome(&risk, next - below, shares_at(lines, count, (low + high) / 2), &square);
        below = next;
        if (i < n) {
            double away = fabs(portable_log(strikes[i] / spot)) / (sigma * sqrt(years));
            risk.distance = away < risk.distance ? away : risk.distance;
        }
    }
    double variance = square - risk.shares_mean * risk.shares_mean;
    risk.shares_sd = variance > 0 ? sqrt(variance) : 0;
    risk.dollars_sd = risk.shares_sd * spot;
    *out = risk;
    return ERR_OK;
}
