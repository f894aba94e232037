/*
 * Forwards, vols and Greeks of the book, computed when somebody asks.
 *
 * Every option is valued as a European one on the parity forward (Black-76), American ones too:
 * near the money and within weeks the difference is below a tick; reports say so.
 */
#include "kernel/book.h"

#include <math.h>

#include "domain/features/flow.h"
#include "domain/features/term.h"
#include "domain/features/vix.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/portable.h"
#include "kernel/ports/order.h"

static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;

static double dollars_or_nan(int64_t micros)
{
    return micros == PRICE_NONE ? NAN : money_to_dollars(micros);
}

/* A slice's quotes in dollars, in the book's room to work in. */
static struct forward_quotes dollars_of(struct book *book, const struct slice *slice)
{
    double **s = book->scratch;
    for (uint32_t i = 0; i < slice->view.strike_count; i++) {
        uint32_t row = slice->row_first + i;
        s[0][i] = book->strike_mills[row] / 1000.0;
        s[1][i] = dollars_or_nan(book->bid[0][row]);
        s[2][i] = dollars_or_nan(book->ask[0][row]);
        s[3][i] = dollars_or_nan(book->bid[1][row]);
        s[4][i] = dollars_or_nan(book->ask[1][row]);
    }
    return (struct forward_quotes){ s[0], s[1], s[2], s[3], s[4] };
}

bool book_forward(struct book *book, struct slice *slice)
{
    struct chain_expiry *view = &slice->view;
    if (slice->forward_stamp == book->stamp)
        return !isnan(view->forward);
    book_keep(book, slice);
    slice->forward_stamp = book->stamp;
    view->forward = view->discount = NAN;
    view->years = (double)(slice->settle_ns - book->now_ns) / NS_PER_YEAR;
    if (view->years <= 0)
        return false;
    uint32_t n = view->strike_count;
    struct forward_quotes quotes = dollars_of(book, slice);
    double rate = isnan(book->rate) ? 0.0 : book->rate;
    struct forward_fit fit;
    slice->forward_status = forward_of_expiry(&quotes, n, view->years, rate, &fit);
    slice->forward_implied =
        slice->forward_status == PRICING_OK || slice->forward_status == PRICING_INCONSISTENT;
    if (slice->forward_implied) {
        view->forward = fit.forward;
        view->discount = fit.discount;
    } else if (book->underlying != PRICE_NONE) {
        view->discount = portable_exp(-rate * view->years);
        view->forward = money_to_dollars(book->underlying) / view->discount;
    }
    return !isnan(view->forward);
}

static struct black76_expiry expiry_terms(const struct book *book, const struct slice *slice)
{
    return (struct black76_expiry){ .forward = slice->view.forward,
                                    .discount = slice->view.discount,
                                    .years = slice->view.years,
                                    .spot = book->underlying == PRICE_NONE
                                                ? 0.0
                                                : money_to_dollars(book->underlying) };
}

bool book_greeks(struct book *book, struct slice *slice)
{
    if (!book_forward(book, slice))
        return false;
    uint32_t first = slice->row_first, n = slice->view.strike_count;
    if (slice->greeks_stamp == book->stamp)
        return true;
    book_keep(book, slice);
    struct black76_expiry terms = expiry_terms(book, slice);
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t row = first + i;
            book->scratch[0][i] = book->strike_mills[row] / 1000.0;
            book->scratch[1][i] =
                dollars_or_nan(quote_mid(book->bid[side][row], book->ask[side][row]));
            book->sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        }
        implied_vol_chain(&terms, n, book->scratch[0], book->sign, book->scratch[1],
                          book->iv[side] + first, book->status);
    }
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < n; i++) {
            /* Parity: both options of a strike have one vol. Deep in the money the quotes of the
             * other side tell it better. */
            double own = book->iv[side][first + i], other = book->iv[!side][first + i];
            book->scratch[0][i] = book->strike_mills[first + i] / 1000.0;
            book->scratch[1][i] = isnan(own) ? other : own;
            book->sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        }
        struct pricing_greeks out = { .delta = book->delta[side] + first };
        black76_chain(&terms, n, book->scratch[0], book->sign, book->scratch[1], &out);
    }
    slice->greeks_stamp = book->stamp;
    slice->view.call_delta = book->delta[0] + first;
    slice->view.put_delta = book->delta[1] + first;
    return true;
}

static double row_vol(const struct book *book, const struct black76_expiry *terms, uint32_t row,
                      int side)
{
    double strike = book->strike_mills[row] / 1000.0, vol = NAN;
    int8_t sign = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    double price = dollars_or_nan(quote_mid(book->bid[side][row], book->ask[side][row]));
    implied_vol_chain(terms, 1, &strike, &sign, &price, &vol, NULL);
    return vol;
}

struct option_greeks book_option_greeks(struct book *book, uint32_t id)
{
    struct option_greeks g = { NAN, NAN, NAN, NAN, NAN };
    if (id == OPTION_NONE)
        return g;
    uint32_t row = book->row_of[id];
    struct slice *slice = &book->slices[book->slice_of[row]];
    if (!book_forward(book, slice))
        return g;
    struct black76_expiry terms = expiry_terms(book, slice);
    int side = book_side(&book->contracts[id]);
    g.iv = row_vol(book, &terms, row, side);
    double vol = isnan(g.iv) ? row_vol(book, &terms, row, !side) : g.iv;
    double strike = book->strike_mills[row] / 1000.0;
    int8_t sign = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    struct pricing_greeks out = {
        .delta = &g.delta, .gamma = &g.gamma, .vega = &g.vega, .theta = &g.theta
    };
    black76_chain(&terms, 1, &strike, &sign, &vol, &out);
    return g;
}

/* The strike row nearest to the forward with both options quoted, UINT32_MAX when there is none. */
static uint32_t atm_row(const struct book *book, const struct slice *slice)
{
    uint32_t best = UINT32_MAX;
    double nearest = INFINITY;
    for (uint32_t i = 0; i < slice->view.strike_count; i++) {
        uint32_t row = slice->row_first + i;
        double distance = fabs(book->strike_mills[row] / 1000.0 - slice->view.forward);
        if (distance < nearest && quote_mid(book->bid[0][row], book->ask[0][row]) != PRICE_NONE &&
            quote_mid(book->bid[1][row], book->ask[1][row]) != PRICE_NONE) {
            nearest = distance;
            best = row;
        }
    }
    return best;
}

static double atm_variance(struct book *book, struct slice *slice)
{
    if (!book_forward(book, slice))
        return NAN;
    uint32_t row = atm_row(book, slice);
    if (row == UINT32_MAX)
        return NAN;
    struct black76_expiry terms = expiry_terms(book, slice);
    double vol = (row_vol(book, &terms, row, 0) + row_vol(book, &terms, row, 1)) / 2;
    return vol * vol * slice->view.years;
}

double book_iv30(struct book *book)
{
    const double target = 30.0 / 365.0;
    double before_t = NAN, before_w = NAN;
    for (uint32_t i = 0; i < book->slice_count; i++) {
        struct slice *slice = &book->slices[i];
        if (!book_is_trading(book, slice) || slice->view.dte < 5)
            continue; /* the last days' variance says nothing about a month */
        double w = atm_variance(book, slice), t = slice->view.years;
        if (isnan(w))
            continue;
        if (t >= target) {
            if (isnan(before_w) || t == before_t)
                return sqrt(w / t);
            double at = before_w + (w - before_w) * (target - before_t) / (t - before_t);
            return sqrt(at / target);
        }
        before_t = t;
        before_w = w;
    }
    return isnan(before_w) ? NAN : sqrt(before_w / before_t);
}

double book_expected_move(struct book *book)
{
    for (uint32_t i = 0; i < book->slice_count; i++) {
        struct slice *slice = &book->slices[i];
        if (!book_is_trading(book, slice) || !book_forward(book, slice))
            continue;
        uint32_t row = atm_row(book, slice);
        if (row != UINT32_MAX)
            return money_to_dollars(quote_mid(book->bid[0][row], book->ask[0][row]) +
                                    quote_mid(book->bid[1][row], book->ask[1][row]));
    }
    return NAN;
}

double book_tenor_vol(struct book *book, double days)
{
    double *years = book->scratch[6],
           *vol = book->scratch[7]; /* book_forward() uses the first five */
    size_t count = 0;
    for (uint32_t i = 0; i < book->slice_count; i++) {
        struct slice *slice = &book->slices[i];
        if (!book_is_trading(book, slice))
            continue;
        double w = atm_variance(book, slice), t = slice->view.years;
        if (isnan(w) || (count && t <= years[count - 1]))
            continue;
        years[count] = t;
        vol[count++] = sqrt(w / t);
    }
    return tenor_vol(count, years, vol, days / 365.0);
}

static bool tells_of_a_month(struct book *book, struct slice *slice)
{
    return book_is_trading(book, slice) && slice->view.dte >= 5 && book_forward(book, slice);
}

/* A number of the expiries next to 30 days on both sides, for which there is one, taken together.
 */
static double around_30_days(struct book *book, double (*measure)(struct book *, struct slice *),
                             double (*between)(double t1, double m1, double t2, double m2))
{
    const double target = 30.0 / 365.0;
    double before = NAN, before_t = NAN, after = NAN, after_t = NAN;
    for (uint32_t i = 0; i < book->slice_count && isnan(after); i++) {
        struct slice *slice = &book->slices[i];
        if (!tells_of_a_month(book, slice) || slice->view.years < target)
            continue;
        after = measure(book, slice);
        after_t = slice->view.years;
    }
    for (uint32_t i = book->slice_count; i-- > 0 && isnan(before);) {
        struct slice *slice = &book->slices[i];
        if (!tells_of_a_month(book, slice) || slice->view.years >= target)
            continue;
        before = measure(book, slice);
        before_t = slice->view.years;
    }
    return between(before_t, before, after_t, after);
}

static double slice_skew(struct book *book, struct slice *slice)
{
    if (!book_greeks(book, slice))
        return NAN;
    uint32_t first = slice->row_first, n = slice->view.strike_count;
    double put = smile_at_delta(n, book->delta[1] + first, book->iv[1] + first, 0.25);
    double call = smile_at_delta(n, book->delta[0] + first, book->iv[0] + first, 0.25);
    return put - call;
}

static double skew_between(double t1, double m1, double t2, double m2)
{
    double target = 30.0 / 365.0;
    return t2 == target ? m2 : m1 + (m2 - m1) * (target - t1) / (t2 - t1);
}

double book_skew25(struct book *book)
{
    return around_30_days(book, slice_skew, skew_between);
}

static double slice_index_variance(struct book *book, struct slice *slice)
{
    uint32_t n = slice->view.strike_count;
    struct forward_quotes quotes = dollars_of(book, slice);
    struct vix_strip strip;
    vix_variance(&quotes, n, slice->view.years * VIX_MINUTES_PER_YEAR,
                 isnan(book->rate) ? 0.0 : book->rate, &strip);
    return strip.variance;
}

static double index_between(double t1, double m1, double t2, double m2)
{
    double per_year = VIX_MINUTES_PER_YEAR;
    if (t2 * per_year == VIX_MINUTES_30_DAYS)
        return 100 * sqrt(m2);
    return vix_interpolate(t1 * per_year, m1, t2 * per_year, m2, VIX_MINUTES_30_DAYS);
}

double book_vix_index(struct book *book)
{
    return around_30_days(book, slice_index_variance, index_between);
}

/* Gammas of every option still trading, by id. */
static void gammas(struct book *book, double *by_id)
{
    for (uint32_t id = 0; id < book->contract_count; id++)
        by_id[id] = NAN;
    for (uint32_t s = 0; s < book->slice_count; s++) {
        struct slice *slice = &book->slices[s];
        if (!book_is_trading(book, slice) || !book_greeks(book, slice))
            continue;
        struct black76_expiry terms = expiry_terms(book, slice);
        uint32_t first = slice->row_first, n = slice->view.strike_count;
        for (uint32_t i = 0; i < n; i++) {
            /* Calls and puts of a strike have one gamma; the one out of the money tells the vol. */
            bool is_put = book->strike_mills[first + i] / 1000.0 < slice->view.forward;
            double vol = book->iv[is_put][first + i];
            book->scratch[0][i] = book->strike_mills[first + i] / 1000.0;
            book->scratch[1][i] = isnan(vol) ? book->iv[!is_put][first + i] : vol;
            book->sign[i] = OPTION_SIGN_CALL;
        }
        struct pricing_greeks out = { .gamma = book->scratch[2] };
        black76_chain(&terms, n, book->scratch[0], book->sign, book->scratch[1], &out);
        for (uint32_t i = 0; i < n; i++) {
            if (book->call_id[first + i] != OPTION_NONE)
                by_id[book->call_id[first + i]] = book->scratch[2][i];
            if (book->put_id[first + i] != OPTION_NONE)
                by_id[book->put_id[first + i]] = book->scratch[2][i];
        }
    }
}

void book_flow(struct book *book, bool with_gamma, struct flow *flow)
{
    static const struct flow_rule rule = { .volume_min = 500, .ratio = 2 };
    double *gamma = with_gamma ? book->scratch[7] : NULL;
    if (with_gamma)
        gammas(book, gamma);
    for (uint32_t id = 0; id < book->contract_count; id++)
        book->sign[id] = book_side(&book->contracts[id]) ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    struct flow_rows rows = { book->contract_count, book->sign, book->volume, book->open_interest,
                              gamma };
    double multiplier = book->contract_count ? (double)book->contracts[0].multiplier : 0.0;
    flow_measure(&rows, dollars_or_nan(book->underlying), multiplier, &rule, flow, NULL);
}
