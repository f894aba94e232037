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
static const int64_t DISCOUNT_NS =
    NANOS_PER_MINUTE;    /* how long one found from the whole chain holds */
enum { NEAR_ROWS = 24 }; /* that tell the forward meanwhile */

/* ---- laying out ---- */

static int compare_ids(const void *left, const void *right, void *context)
{
    const struct board *board = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    if (board->quote[a].owner != board->quote[b].owner)
        return board->quote[a].owner < board->quote[b].owner ? -1 : 1;
    return contract_compare(&board->contracts[a], &board->contracts[b]);
}

static bool is_same_expiry(const struct board *board, uint32_t a, uint32_t b)
{
    return board->quote[a].owner == board->quote[b].owner &&
           board->contracts[a].expiry == board->contracts[b].expiry &&
           memcmp(board->contracts[a].root, board->contracts[b].root, CONTRACT_ROOT_BYTES) == 0;
}

static struct board_expiry *add_expiry(struct board *board, uint32_t id, uint32_t row)
{
    struct board_expiry *e = &board->expiries[board->expiry_count++];
    *e = (struct board_expiry){ .first = board->contracts[id],
                                .underlying = board->quote[id].owner,
                                .row_first = row,
                                .computed_ns = TS_NONE,
                                .discount_ns = TS_NONE,
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
        if (board->quote[id].is_option)
            board->order[count++] = id;
    qsort_r(board->order, count, sizeof *board->order, compare_ids, board);
    board->expiry_count = board->queue_first = board->queue_count = 0;
    board->at_work = NULL;
    struct board_expiry *e = NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = board->order[i], before = i ? board->order[i - 1] : id;
        bool is_new = i == 0 || !is_same_expiry(board, before, id);
        board->quote[id].expiry = NONE;
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
        board->quote[id].expiry = board->expiry_count - 1;
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
    static const struct board_quote none = { NAN, NAN, NAN, NAN, .owner = NONE, .expiry = NONE };
    return id == NONE ? &none : &board->quote[id];
}

/* The first of the NEAR_ROWS strikes around a price. */
static uint32_t rows_near(const double *strike, uint32_t count, double price)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strike[middle] < price)
            low = middle + 1;
        else
            high = middle;
    }
    return low > NEAR_ROWS / 2 ? low - NEAR_ROWS / 2 : 0;
}

static bool find_forward(struct board *board, struct board_expiry *e, int64_t now_ns)
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
    const double *strike = board->strike + e->row_first;
    struct forward_fit fit;
    if (e->discount_ns == TS_NONE || now_ns - e->discount_ns >= DISCOUNT_NS) {
        struct forward_quotes all = { strike, s[0], s[1], s[2], s[3] };
        e->forward_status = forward_of_expiry(&all, e->row_count, e->years, board->rate, &fit);
        e->discount_ns = now_ns;
    } else {
        double about = isnan(e->forward) ? board->underlyings[e->underlying].price : e->forward;
        uint32_t first = rows_near(strike, e->row_count, about);
        struct forward_quotes near = { strike + first, s[0] + first, s[1] + first, s[2] + first,
                                       s[3] + first };
        uint32_t left = e->row_count - first;
        e->forward_status =
            forward_imply(&near, left < NEAR_ROWS ? left : NEAR_ROWS, e->discount, &fit);
    }
    e->forward = e->discount = NAN;
    if (e->forward_status == PRICING_OK || e->forward_status == PRICING_INCONSISTENT) {
        e->forward = fit.forward;
        e->discount = fit.discount;
        return true;
    }
    e->discount_ns = TS_NONE; /* next time the whole chain is asked again */
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

/* Parity: both options of a strike have one vol, and the one out of the money tells it best. */
static void find_vols(struct board *board, const struct board_expiry *e,
                      const struct black76_expiry *terms, const double *call_mid,
                      const double *put_mid, double *price, double *vol)
{
    const double *strike = board->strike + e->row_first;
    for (uint32_t i = 0; i < e->row_count; i++) {
        bool is_put = strike[i] < e->forward ? !isnan(put_mid[i]) : isnan(call_mid[i]);
        price[i] = is_put ? put_mid[i] : call_mid[i];
        board->sign[i] = is_put ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
    }
    implied_vol_chain(terms, e->row_count, strike, board->sign, price, vol, NULL);
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
            board->greeks[ids[i]] =
                (struct board_greeks){ vol[i], s[0][i], s[1][i], s[2][i], s[3][i] };
}

/* Its forward; false, and nothing is known of it, when there is none. */
static bool begin(struct board *board, struct board_expiry *e, int64_t now_ns)
{
    e->computed_ns = now_ns;
    e->years = e->settle_ns == INT64_MIN ? 0 : (double)(e->settle_ns - now_ns) / NS_PER_YEAR;
    board->refreshed++;
    if (!(e->years > 0) || !find_forward(board, e, now_ns)) {
        forget(board, e);
        return false;
    }
    double spot = board->underlyings[e->underlying].price;
    board->terms = (struct black76_expiry){ .forward = e->forward,
                                            .discount = e->discount,
                                            .years = e->years,
                                            .spot = isnan(spot) ? 0 : spot };
    return true;
}

/* The oldest that waits and is due again; NULL when there is none. */
static struct board_expiry *next_waiting(struct board *board, int64_t now_ns)
{
    if (!board->is_laid_out)
        lay_out(board);
    if (!board->queue_count)
        return NULL;
    struct board_expiry *e = &board->expiries[board->queue[board->queue_first]];
    if (e->computed_ns != TS_NONE && now_ns - e->computed_ns < board->refresh_ns)
        return NULL; /* those behind it were computed at about the same time, or later */
    board->queue_first = (board->queue_first + 1) % BOARD_EXPIRIES;
    board->queue_count--;
    e->is_waiting = false;
    return e;
}

enum { STAGE_VOLS, STAGE_CALLS, STAGE_PUTS };

/* The prices gathered by begin() and the vols stay in scratch[4..7] between the pieces. */
static void go_on(struct board *board)
{
    struct board_expiry *e = board->at_work;
    double **s = board->scratch, *vol = s[7];
    uint32_t n = e->row_count;
    switch (board->stage++) {
    case STAGE_VOLS:
        find_vols(board, e, &board->terms, s[4], s[5], s[6], vol);
        e->atm_vol = smile_atm(n, board->strike + e->row_first, vol, e->forward, ATM_GAP_MAX);
        return;
    case STAGE_CALLS:
        find_greeks(board, e, &board->terms, OPTION_SIGN_CALL, vol, board->call_id + e->row_first);
        e->skew25 = -smile_at_delta(n, s[0], vol, 0.25);
        return;
    default:
        find_greeks(board, e, &board->terms, OPTION_SIGN_PUT, vol, board->put_id + e->row_first);
        e->skew25 += smile_at_delta(n, s[0], vol, 0.25);
        board->priced += 2 * n;
        board->at_work = NULL;
    }
}

bool board_refresh_piece(struct board *board, int64_t now_ns)
{
    if (!board->is_laid_out)
        board->at_work = NULL; /* its rows are about to move */
    if (board->at_work) {
        go_on(board);
        return true;
    }
    struct board_expiry *e = next_waiting(board, now_ns);
    if (!e)
        return false;
    board->stage = STAGE_VOLS;
    board->at_work = begin(board, e, now_ns) ? e : NULL;
    return true;
}

uint32_t board_refresh(struct board *board, int64_t now_ns, uint32_t count)
{
    uint64_t before = board->refreshed;
    while ((board->at_work || board->refreshed - before < count) &&
           board_refresh_piece(board, now_ns)) {
    }
    return (uint32_t)(board->refreshed - before);
}

/* ---- reading ---- */

struct board_greeks board_option_greeks(const struct board *board, uint32_t id)
{
    return id < board->capacity ? board->greeks[id]
                                : (struct board_greeks){ NAN, NAN, NAN, NAN, NAN };
}

const struct board_expiry *board_expiry_of(const struct board *board, uint32_t id)
{
    uint32_t e = id < board->capacity ? board->quote[id].expiry : NONE;
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
    double iv7 = tenor_vol(count, years, vol, 7.0 / 365),
           iv60 = tenor_vol(count, years, vol, 60.0 / 365);
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
