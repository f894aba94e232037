#include "kernel/book.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"

/* ---- questions ------------------------------------------------------------------------------- */

struct book_undo {
    bool is_on;
    uint32_t count;
    uint32_t *index;          /* of the slices that were worked out */
    bool *is_kept;            /* by slice */
    struct slice *slices;     /* as they were */
    double *iv[2], *delta[2]; /* their rows */
};

static void undo_open(struct book *book, struct arena *arena)
{
    struct book_undo *u = book->undo = arena_new(arena, struct book_undo);
    u->index = arena_array(arena, uint32_t, book->limit.slices);
    u->is_kept = arena_array(arena, bool, book->limit.slices);
    u->slices = arena_array(arena, struct slice, book->limit.slices);
    for (int side = 0; side < 2; side++) {
        u->iv[side] = arena_array(arena, double, book->limit.contracts);
        u->delta[side] = arena_array(arena, double, book->limit.contracts);
    }
}

static void copy_rows(double *to[2], double *const from[2], const struct slice *slice)
{
    for (int side = 0; side < 2; side++)
        memcpy(to[side] + slice->row_first, from[side] + slice->row_first,
               slice->view.strike_count * sizeof(double));
}

void book_ask(struct book *book)
{
    book->undo->is_on = true;
}

void book_keep(struct book *book, const struct slice *slice)
{
    struct book_undo *u = book->undo;
    uint32_t index = (uint32_t)(slice - book->slices);
    if (!u->is_on || u->is_kept[index])
        return;
    u->is_kept[index] = true;
    u->index[u->count++] = index;
    u->slices[index] = *slice;
    copy_rows(u->iv, book->iv, slice);
    copy_rows(u->delta, book->delta, slice);
}

void book_asked(struct book *book)
{
    struct book_undo *u = book->undo;
    for (uint32_t i = 0; i < u->count; i++) {
        const struct slice *slice = &u->slices[u->index[i]];
        book->slices[u->index[i]] = *slice;
        copy_rows(book->iv, u->iv, slice);
        copy_rows(book->delta, u->delta, slice);
        u->is_kept[u->index[i]] = false;
    }
    u->count = 0;
    u->is_on = false;
}

void book_init(struct book *book, struct arena *arena, struct book_limits limit)
{
    uint32_t n = limit.contracts;
    *book = (struct book){ .limit = limit,
                           .underlying = PRICE_NONE,
                           .underlying_bid = PRICE_NONE,
                           .underlying_ask = PRICE_NONE,
                           .prev_close = PRICE_NONE,
                           .rate = NAN };
    book->contracts = arena_array(arena, struct contract, n);
    book->row_of = arena_array(arena, uint32_t, n);
    book->slice_of = arena_array(arena, uint32_t, n);
    book->slices = arena_array(arena, struct slice, limit.slices);
    book->strike_mills = arena_array(arena, int32_t, n);
    book->call_id = arena_array(arena, uint32_t, n);
    book->put_id = arena_array(arena, uint32_t, n);
    for (int side = 0; side < 2; side++) {
        book->bid[side] = arena_array(arena, int64_t, n);
        book->ask[side] = arena_array(arena, int64_t, n);
        book->last[side] = arena_array(arena, int64_t, n);
        book->bid_size[side] = arena_array(arena, uint32_t, n);
        book->ask_size[side] = arena_array(arena, uint32_t, n);
        book->iv[side] = arena_array(arena, double, n);
        book->delta[side] = arena_array(arena, double, n);
    }
    undo_open(book, arena);
    book->volume = arena_array(arena, uint32_t, n);
    book->open_interest = arena_array(arena, uint32_t, n);
    for (size_t i = 0; i < ARRAY_COUNT(book->scratch); i++)
        book->scratch[i] = arena_array(arena, double, n);
    book->sign = arena_array(arena, int8_t, n);
    book->status = arena_array(arena, uint8_t, n);
}

static void clear_row(struct book *book, uint32_t row)
{
    for (int side = 0; side < 2; side++) {
        book->bid[side][row] = book->ask[side][row] = book->last[side][row] = PRICE_NONE;
        book->bid_size[side][row] = book->ask_size[side][row] = SIZE_NONE;
    }
}

static enum err begin_slice(struct book *book, const struct contract *c)
{
    if (book->slice_count == book->limit.slices)
        return err_set(ERR_FULL, "more than %u expiries in a day", book->limit.slices);
    struct slice *slice = &book->slices[book->slice_count++];
    *slice = (struct slice){ .row_first = book->row_count, .settle = c->settle, .style = c->style };
    enum err err = contract_settle_ts(c, calendar_us(), &slice->settle_ns);
    if (!err)
        err = contract_last_trade_ts(c, calendar_us(), &slice->last_trade_ns);
    if (err == ERR_RANGE) /* beyond the exchange calendar: listed, and never traded */
        slice->settle_ns = slice->last_trade_ns = INT64_MIN;
    else if (err)
        return err;
    slice->view.expiry = c->expiry;
    slice->view.dte = date_diff(c->expiry, book->day);
    memcpy(slice->view.root, c->root, sizeof slice->view.root);
    slice->view.forward = slice->view.discount = slice->view.years = NAN;
    return ERR_OK;
}

enum err book_session(struct book *book, const struct event_session *session)
{
    if (session->contract_count > book->limit.contracts)
        return err_set(ERR_FULL, "%u contracts in a day; this run has room for %u",
                       session->contract_count, book->limit.contracts);
    /* The same day once more, after a restart, is not a new one. */
    bool is_new = session->day != book->day && book->underlying != PRICE_NONE;
    if (session->previous_close > 0)
        book->prev_close = session->previous_close;
    else if (is_new)
        book->prev_close = book->underlying;
    book->day = session->day;
    book->open_ns = session->open_ns;
    book->close_ns = session->close_ns;
    book->rate = session->rate;
    book->stamp++;
    book->underlying = book->underlying_bid = book->underlying_ask = PRICE_NONE;
    book->contract_count = session->contract_count;
    book->slice_count = book->row_count = 0;
    if (session->contract_count)
        memcpy(book->contracts, session->contracts,
               session->contract_count * sizeof *book->contracts);

    /* The table is sorted by expiry, root, strike, right: calls stand just before their puts. */
    const struct contract *before = NULL;
    for (uint32_t id = 0; id < book->contract_count; id++) {
        const struct contract *c = &book->contracts[id];
        book->volume[id] = SIZE_NONE;
        book->open_interest[id] = session->open_interest ? session->open_interest[id] : SIZE_NONE;
        bool same_slice = before && before->expiry == c->expiry &&
                          strncmp(before->root, c->root, CONTRACT_ROOT_BYTES) == 0;
        if (!same_slice) {
            enum err err = begin_slice(book, c);
            if (err)
                return err;
        }
        if (!same_slice || before->strike_mills != c->strike_mills) {
            uint32_t row = book->row_count++;
            clear_row(book, row);
            book->strike_mills[row] = c->strike_mills;
            book->call_id[row] = book->put_id[row] = OPTION_NONE;
            book->slice_of[row] = book->slice_count - 1;
            book->slices[book->slice_count - 1].view.strike_count++;
        }
        book->row_of[id] = book->row_count - 1;
        *(book_side(c) ? &book->put_id[book->row_count - 1] : &book->call_id[book->row_count - 1]) =
            id;
        before = c;
    }
    for (uint32_t i = 0; i < book->slice_count; i++) {
        struct chain_expiry *view = &book->slices[i].view;
        uint32_t first = book->slices[i].row_first;
        view->strike_mills = book->strike_mills + first;
        view->call_id = book->call_id + first;
        view->put_id = book->put_id + first;
        view->call_bid = book->bid[0] + first;
        view->call_ask = book->ask[0] + first;
        view->put_bid = book->bid[1] + first;
        view->put_ask = book->ask[1] + first;
    }
    return ERR_OK;
}

static int64_t believable(int64_t price)
{
    return price > BOOK_PRICE_MAX || price < -BOOK_PRICE_MAX ? PRICE_NONE : price;
}

void book_market(struct book *book, int64_t ts_ns, const struct event_market *market)
{
    book->now_ns = book->stamp_ns = ts_ns;
    book->stamp++;
    if (believable(market->underlying) != PRICE_NONE)
        book->underlying = market->underlying;
    if (market->bid != PRICE_NONE || market->ask != PRICE_NONE) {
        book->underlying_bid = believable(market->bid);
        book->underlying_ask = believable(market->ask);
    }
    const struct quote_rows *rows = &market->rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t id = rows->contract[i];
        MUST(id < book->contract_count);
        uint32_t row = book->row_of[id];
        int side = book_side(&book->contracts[id]);
        book->bid[side][row] = believable(rows->bid[i]);
        book->ask[side][row] = believable(rows->ask[i]);
        if (rows->volume && rows->volume[i] != SIZE_NONE)
            book->volume[id] = rows->volume[i];
        if (rows->open_interest && rows->open_interest[i] != SIZE_NONE)
            book->open_interest[id] = rows->open_interest[i];
        if (rows->bid_size)
            book->bid_size[side][row] = rows->bid_size[i];
        if (rows->ask_size)
            book->ask_size[side][row] = rows->ask_size[i];
        if (rows->last && rows->last[i] != PRICE_NONE)
            book->last[side][row] = rows->last[i];
    }
}

void book_quote(struct book *book, int64_t ts_ns, const struct event_quote *quote, int64_t stale_ns)
{
    book->now_ns = ts_ns;
    if (ts_ns - book->stamp_ns >= stale_ns) {
        book->stamp++;
        book->stamp_ns = ts_ns;
    }
    uint32_t id = quote->contract;
    if (id == QUOTE_UNDERLYING) {
        if (believable(quote->last) != PRICE_NONE)
            book->underlying = quote->last;
        book->underlying_bid = believable(quote->bid);
        book->underlying_ask = believable(quote->ask);
        return;
    }
    MUST(id < book->contract_count);
    uint32_t row = book->row_of[id];
    int side = book_side(&book->contracts[id]);
    book->bid[side][row] = believable(quote->bid);
    book->ask[side][row] = believable(quote->ask);
    book->bid_size[side][row] = quote->bid_size;
    book->ask_size[side][row] = quote->ask_size;
    if (quote->last != PRICE_NONE)
        book->last[side][row] = quote->last;
    if (quote->traded) { /* of the day; it is not known before the first trade */
        uint32_t before = book->volume[id] == SIZE_NONE ? 0 : book->volume[id];
        book->volume[id] =
            quote->traded < SIZE_NONE - 1 - before ? before + quote->traded : SIZE_NONE - 1;
    }
}

uint32_t book_find(const struct book *book, const struct contract *contract)
{
    uint32_t low = 0, high = book->contract_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = contract_compare(&book->contracts[middle], contract);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return OPTION_NONE;
}

bool book_is_trading(const struct book *book, const struct slice *slice)
{
    return book->now_ns <= slice->last_trade_ns && book->now_ns < slice->settle_ns;
}

struct chain_view book_view(struct book *book, struct chain_expiry *views, uint32_t *index)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < book->slice_count; i++) {
        if (!book_is_trading(book, &book->slices[i]))
            continue;
        book_forward(book, &book->slices[i]);
        if (book->slices[i].greeks_stamp != book->stamp)
            book->slices[i].view.call_delta = book->slices[i].view.put_delta = NULL;
        views[count] = book->slices[i].view;
        index[count++] = i;
    }
    return (struct chain_view){
        .today = book->day, .underlying = book->underlying, .expiries = views, .expiry_count = count
    };
}
