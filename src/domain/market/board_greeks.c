/*
 * Forwards, vols and Greeks of the board, an expiry at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "domain/features/term.h"
#include "domain/market/board.h"
#include "domain/pricing/european.h"
#include "domain/pricing/forward.h"
#include "domain/pricing/implied_vol.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

#define NONE UINT32_MAX
static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;
static const double ATM_GAP_MAX = 0.05; /* of the forward, between the strikes around it */
static const double MULTIPLIER = 100;

/* ---- laying out ---- */

static int compare_ids(const void *left, const void *right, void *context)
{
    const struct board *board = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    if (board->owner[a] != board->owner[b])
        return board->owner[a] < board->owner[b] ? -1 : 1;
    return contract_compare(&board->contracts[a], &board->contracts[b]);
}

static bool is_same_expiry(const struct board *board, uint32_t a, uint32_t b)
{
    return board->owner[a] == board->owner[b] &&
           board->contracts[a].expiry == board->contracts[b].expiry &&
           memcmp(board->contracts[a].root, board->contracts[b].root, CONTRACT_ROOT_BYTES) == 0;
}

static struct board_expiry *add_expiry(struct board *board, uint32_t id, uint32_t row)
{
    struct board_expiry *e = &board->expiries[board->expiry_count++];
    *e = (struct board_expiry){ .first = board->contracts[id],
                                .underlying = board->owner[id],
                                .row_first = row,
                                .computed_ns = TS_NONE,
                                .changed_ns = TS_NONE,
                                .years = NAN,
                                .forward = NAN,
                                .discount = NAN,
                                .atm_vol = NAN,
                                .skew25 = NAN };
    if (contract_settle_ts(&e->first, calendar_us(), &e->settle_ns) != ERR_OK)
        e->settle_ns = INT64_MIN; /* beyond the calendar: listed, and never priced */
    return e;
}

static void lay_out(struct board *board)
{
    uint32_t count = 0, row = 0;
    for (uint32_t id = 0; id < board->capacity; id++)
        if (board->is_option[id])
            board->order[count++] = id;
    qsort_r(board->order, count, sizeof *board->order, compare_ids, board);
    board->expiry_count = board->queue_first = board->queue_count = 0;
    struct board_expiry *e = NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = board->order[i], before = i ? board->order[i - 1] : id;
        bool is_new = i == 0 || !is_same_expiry(board, before, id);
        board->expiry_of[id] = NONE;
        if (is_new && board->expiry_count == BOARD_EXPIRIES)
            break; /* the rest has quotes, and no Greeks */
        if (is_new)
            e = add_expiry(board, id, row);
        double strike = board->contracts[id].strike_mills / 1000.0;
        if (is_new || board->contracts[before].strike_mills != board->contracts[id].strike_mills) {
            board->strike[row] = strike;
            board->call_id[row] = board->put_id[row] = NONE;
            row++;
            e->row_count++;
        }
        board->expiry_of[id] = board->expiry_count - 1;
        *(board->contracts[id].right == OPTION_PUT ? &board->put_id[row - 1]
                                                   : &board->call_id[row - 1]) = id;
    }
    for (uint32_t i = 0; i < board->expiry_count; i++) {
        board->queue[board->queue_count++] = i;
        board->expiries[i].is_waiting = true;
    }
    board->is_laid_out = true;
}

/* ---- one expiry ---- */

static const struct board_quote *quote_of(const struct board *board, uint32_t id)
{
    static const struct board_quote none = { NAN, NAN, NAN, NAN };
    return id == NONE ? &none : &board->quote[id];
}

static bool find_forward(struct board *board, struct board_expiry *e)
{
    double **s = board->scratch;
    for (uint32_t i = 0; i < e->row_count; i++) {
        const struct board_quote *call = quote_of(board, board->call_id[e->row_first + i]);
        const struct board_quote *put = quote_of(board, board->put_id[e->row_first + i]);
        s[0][i] = call->bid;
        s[1][i] = call->ask;
        s[2][i] = put->bid;
        s[3][i] = put->ask;
        s[4][i] = call->mid;
        s[5][i] = put->mid;
    }
    struct forward_quotes quotes = { board->strike + e->row_first, s[0], s[1], s[2], s[3] };
    struct forward_fit fit;
    e->forward_status = forward_of_expiry(&quotes, e->row_count, e->years, board->rate, &fit);
    e->forward = e->discount = NAN;
    if (e->forward_status == PRICING_OK || e->forward_status == PRICING_INCONSISTENT) {
        e->forward = fit.forward;
        e->discount = fit.discount;
        return true;
    }
    double spot = board->underlyings[e->underlying].price;
    if (isnan(spot))
        return false;
    e->discount = exp(-board->rate * e->years);
    e->forward = spot / e->discount;
    return true;
}

static void forget(struct board *board, struct board_expiry *e)
{
    static const struct board_greeks none = { NAN, NAN, NAN, NAN, NAN };
    e->forward = e->discount = e->atm_vol = e->skew25 = NAN;
    for (uint32_t row = e->row_first; row < e->row_first + e->row_count; row++) {
        if (board->call_id[row] != NONE)
            board->greeks[board->call_id[row]] = none;
        if (board->put_id[row] != NONE)
            board->greeks[board->put_id[row]] = none;
    }
}

/* Vols of one side into vol[]; its mids are in mid[]. */
static void find_vols(struct board *board, const struct board_expiry *e,
                      const struct black76_expiry *terms, int8_t sign, const double *mid,
                      double *vol)
{
    memset(board->sign, sign, e->row_count);
    implied_vol_chain(terms, e->row_count, board->strike + e->row_first, board->sign, mid, vol,
                      NULL);
}

static void find_greeks(struct board *board, const struct board_expiry *e,
                        const struct black76_expiry *terms, int8_t sign, const double *vol,
                        const uint32_t *ids)
{
    double **s = board->scratch;
    memset(board->sign, sign, e->row_count);
    struct pricing_greeks out = { .delta = s[0], .gamma = s[1], .vega = s[2], .theta = s[3] };
    black76_chain(terms, e->row_count, board->strike + e->row_first, board->sign, vol, &out);
    for (uint32_t i = 0; i < e->row_count; i++)
        if (ids[i] != NONE)
            board->greeks[ids[i]] = (struct board_greeks){ vol[i], s[0][i], s[1][i], s[2][i],
                                                           s[3][i] };
}

static void compute(struct board *board, struct board_expiry *e, int64_t now_ns)
{
    double **s = board->scratch;
    uint32_t n = e->row_count;
    const double *strike = board->strike + e->row_first;
    e->computed_ns = now_ns;
    e->years = e->settle_ns == INT64_MIN ? 0 : (double)(e->settle_ns - now_ns) / NS_PER_YEAR;
    board->refreshed++;
    if (!(e->years > 0) || !find_forward(board, e)) {
        forget(board, e);
        return;
    }
    double spot = board->underlyings[e->underlying].price;
    struct black76_expiry terms = { .forward = e->forward,
                                    .discount = e->discount,
                                    .years = e->years,
                                    .spot = isnan(spot) ? 0 : spot };
    double *call_vol = s[6], *put_vol = s[7];
    find_vols(board, e, &terms, OPTION_SIGN_CALL, s[4], call_vol);
    find_vols(board, e, &terms, OPTION_SIGN_PUT, s[5], put_vol);
    /* Parity: a strike has one vol, and the side out of the money tells it best. */
    for (uint32_t i = 0; i < n; i++) {
        double first = strike[i] < e->forward ? put_vol[i] : call_vol[i];
        double second = strike[i] < e->forward ? call_vol[i] : put_vol[i];
        s[4][i] = isnan(first) ? second : first;
        call_vol[i] = isnan(call_vol[i]) ? put_vol[i] : call_vol[i];
        put_vol[i] = isnan(put_vol[i]) ? call_vol[i] : put_vol[i];
    }
    e->atm_vol = smile_atm(n, strike, s[4], e->forward, ATM_GAP_MAX);
    find_greeks(board, e, &terms, OPTION_SIGN_CALL, call_vol, board->call_id + e->row_first);
    double call_25 = smile_at_delta(n, s[0], call_vol, 0.25);
    find_greeks(board, e, &terms, OPTION_SIGN_PUT, put_vol, board->put_id + e->row_first);
    e->skew25 = smile_at_delta(n, s[0], put_vol, 0.25) - call_25;
    board->priced += 2 * n;
}

uint32_t board_refresh(struct board *board, int64_t now_ns, uint32_t count)
{
    if (!board->is_laid_out)
        lay_out(board);
    uint32_t done = 0;
    for (; done < count && board->queue_count; done++) {
        struct board_expiry *e = &board->expiries[board->queue[board->queue_first]];
        board->queue_first = (board->queue_first + 1) % BOARD_EXPIRIES;
        board->queue_count--;
        e->is_waiting = false;
        compute(board, e, now_ns);
    }
    return done;
}

/* ---- reading ---- */

struct board_greeks board_option_greeks(const struct board *board, uint32_t id)
{
    return id < board->capacity ? board->greeks[id]
                                : (struct board_greeks){ NAN, NAN, NAN, NAN, NAN };
}

const struct board_expiry *board_expiry_of(const struct board *board, uint32_t id)
{
    uint32_t e = id < board->capacity ? board->expiry_of[id] : NONE;
    return e == NONE ? NULL : &board->expiries[e];
}

static double gamma_exposure(const struct board *board, uint32_t u, double spot)
{
    double sum = 0;
    bool is_known = false;
    for (uint32_t i = 0; i < board->expiry_count; i++) {
        const struct board_expiry *e = &board->expiries[i];
        if (e->underlying != u)
            continue;
        for (uint32_t row = e->row_first; row < e->row_first + e->row_count; row++)
            for (int is_put = 0; is_put < 2; is_put++) {
                uint32_t id = is_put ? board->put_id[row] : board->call_id[row];
                if (id == NONE || isnan(board->greeks[id].gamma) ||
                    board->quotes->slots[id].open_interest == SIZE_NONE)
                    continue;
                double held = board->greeks[id].gamma * board->quotes->slots[id].open_interest;
                sum += is_put ? -held : held;
                is_known = true;
            }
    }
    return is_known ? 0.01 * spot * spot * MULTIPLIER * sum : NAN;
}

void board_chain(struct board *board, uint32_t u, struct board_chain *out)
{
    MUST(u < board->underlying_count);
    double *years = board->scratch[0], *vol = board->scratch[1];
    size_t count = 0;
    const struct board_expiry *month = NULL, *nearest = NULL;
    for (uint32_t i = 0; i < board->expiry_count; i++) {
        const struct board_expiry *e = &board->expiries[i];
        if (e->underlying != u || isnan(e->atm_vol))
            continue;
        if (!month || fabs(e->years - 30.0 / 365) < fabs(month->years - 30.0 / 365))
            month = e;
        nearest = nearest && nearest->years < e->years ? nearest : e;
        if (count && e->years <= years[count - 1])
            continue; /* a second root of the same day */
        years[count] = e->years;
        vol[count++] = e->atm_vol;
    }
    struct board_underlying *under = &board->underlyings[u];
    double price = under->price;
    double iv7 = tenor_vol(count, years, vol, 7.0 / 365), iv60 = tenor_vol(count, years, vol, 60.0 / 365);
    *out = (struct board_chain){
        .price = price,
        .iv7 = iv7,
        .iv30 = tenor_vol(count, years, vol, 30.0 / 365),
        .iv60 = iv60,
        .term_slope = iv60 - iv7,
        .skew25 = month ? month->skew25 : NAN,
        .expected_move =
            nearest ? expected_move_sigma(price, nearest->atm_vol, nearest->years * 365) : NAN,
        .gamma_exposure = gamma_exposure(board, u, price),
        .put_call = put_call_value(&under->flow),
    };
}
