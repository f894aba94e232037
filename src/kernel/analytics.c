/*
 * Forwards, vols and Greeks of the book, computed when somebody asks.
 *
 * Every option is valued as a European one on the parity forward (Black-76), American ones too: near
 * the money and within weeks the difference is below a tick; reports say so.
 */
#include "kernel/book.h"

#include <math.h>

#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "kernel/ports/order.h"

static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;

static double dollars_or_nan(int64_t micros)
{
    return micros == PRICE_NONE ? NAN : money_to_dollars(micros);
}

bool book_forward(struct book *book, struct slice *slice)
{
    struct chain_expiry *view = &slice->view;
    if (slice->forward_stamp == book->stamp)
        return !isnan(view->forward);
    slice->forward_stamp = book->stamp;
    view->forward = view->discount = NAN;
    view->years = (double)(slice->settle_ns - book->now_ns) / NS_PER_YEAR;
    if (view->years <= 0)
        return false;
    uint32_t n = view->strike_count;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = slice->row_first + i;
        book->scratch[0][i] = book->strike_mills[row] / 1000.0;
        book->scratch[1][i] = dollars_or_nan(book->bid[0][row]);
        book->scratch[2][i] = dollars_or_nan(book->ask[0][row]);
        book->scratch[3][i] = dollars_or_nan(book->bid[1][row]);
        book->scratch[4][i] = dollars_or_nan(book->ask[1][row]);
    }
    struct forward_quotes quotes = { book->scratch[0], book->scratch[1], book->scratch[2],
                                     book->scratch[3], book->scratch[4] };
    double rate = isnan(book->rate) ? 0.0 : book->rate;
    struct forward_fit fit;
    slice->forward_status = forward_of_expiry(&quotes, n, view->years, rate, &fit);
    slice->forward_implied = slice->forward_status == PRICING_OK ||
                             slice->forward_status == PRICING_INCONSISTENT;
    if (slice->forward_implied) {
        view->forward = fit.forward;
        view->discount = fit.discount;
    } else if (book->underlying != PRICE_NONE) {
        view->discount = exp(-rate * view->years);
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
    struct pricing_greeks out = { .delta = &g.delta, .gamma = &g.gamma, .vega = &g.vega, .theta = &g.theta };
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
