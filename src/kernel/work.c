/*
 * The price of an order, and how it is worked.
 *
 * Without a work section an order takes what the market asks, at once: a marketable limit at the
 * far side, so that it never fills worse than the quotes it was decided on, and what does not fill
 * at once is canceled. With one, it rests at a limit between the mid and the far side that moves a
 * step at a time, and is canceled when its time is over.
 */
#include "kernel/kernel_int.h"

#include <math.h>

#include "base/zone.h"
#include "domain/orders/capability.h"

static const struct work_spec *work_of(const struct kernel *k, const struct ticket *ticket,
                                       uint32_t purpose)
{
    const struct structure *s = trade_structure(k, &k->trades[ticket->trade]);
    if (!s || !s->work.wanted || !(purpose == PURPOSE_OPEN || s->work.exits))
        return NULL;
    return purpose == PURPOSE_STOCK || purpose == PURPOSE_HEDGE ? NULL : &s->work;
}

/* From the mid toward the far side, on the grid, against us; PRICE_NONE when the quotes do not
 * tell. */
static int64_t price_at(const struct order_terms *terms, double way)
{
    int64_t mid = package_net_mid(terms), far = package_net_far(terms);
    if (far == PRICE_NONE || (way < 1 && mid == PRICE_NONE))
        return PRICE_NONE;
    int64_t price = way >= 1 ? far : mid + llround(way * (double)(far - mid));
    int64_t fits = order_price_fit(terms, price);
    return fits < price ? fits + order_price_step(terms, price) : fits;
}

void work_price(const struct kernel *k, struct draft *draft)
{
    struct order_terms *terms = &draft->terms;
    struct order_edit *edit = &terms->edit;
    if (terms->purpose == PURPOSE_MANUAL)
        return; /* its maker's */
    const struct work_spec *work = work_of(k, &draft->ticket, terms->purpose);
    edit->stop_price = PRICE_NONE;
    edit->tif = ORDER_IOC;
    edit->type = ORDER_MARKETABLE_LIMIT;
    edit->net_price = price_at(terms, 1);
    int64_t start = work ? price_at(terms, work->start) : PRICE_NONE;
    if (start != PRICE_NONE) {
        draft->ticket.is_worked = true;
        draft->ticket.way = work->start;
        edit->type = ORDER_LIMIT;
        edit->tif = ORDER_DAY;
        edit->net_price = start;
    } else if (edit->net_price == PRICE_NONE) {
        edit->type = ORDER_MARKET; /* a side is missing: the venue says which */
    }
}

void quotes_refresh(const struct kernel *k, struct order_terms *terms)
{
    const struct book *book = &k->markets[terms->underlying_index].book;
    for (int i = 0; i < terms->leg_count; i++) {
        struct package_leg *leg = &terms->legs[i];
        uint32_t id = leg->is_stock ? OPTION_NONE : book_find(book, &leg->contract);
        if (leg->is_stock) {
            leg->bid = book->underlying_bid != PRICE_NONE ? book->underlying_bid : book->underlying;
            leg->ask = book->underlying_ask != PRICE_NONE ? book->underlying_ask : book->underlying;
            leg->bid_size = leg->ask_size = SIZE_NONE;
        } else if (id == OPTION_NONE) {
            leg->bid = leg->ask = PRICE_NONE;
        } else {
            uint32_t row = book->row_of[id];
            int side = book_side(&leg->contract);
            leg->bid = book->bid[side][row];
            leg->ask = book->ask[side][row];
            leg->bid_size = book->bid_size[side][row];
            leg->ask_size = book->ask_size[side][row];
        }
    }
}

static void step_order(struct kernel *k, const struct order_state *order, struct ticket *ticket)
{
    const struct work_spec *work = work_of(k, ticket, order->terms.purpose);
    if (!work || !ticket->is_worked || order->cancel_asked || order->replace_asked ||
        !order_status_is_sent(order->phase))
        return;
    if (k->now_ns - ticket->begun_ns >= work->give_up_seconds * NANOS_PER_SECOND) {
        ticket->gave_up = true;
        order_cancel(k, order);
        return;
    }
    if (k->now_ns - ticket->stepped_ns < work->every_seconds * NANOS_PER_SECOND)
        return;
    struct order_terms terms = order->terms;
    quotes_refresh(k, &terms);
    ticket->stepped_ns = k->now_ns;
    ticket->way = fmin(ticket->way + work->step, work->end);
    struct order_edit edit = order->edit;
    edit.net_price = price_at(&terms, ticket->way);
    if (edit.net_price != PRICE_NONE && edit.net_price != order->edit.net_price)
        order_replace(k, order, &edit);
}

void work_step(struct kernel *k, uint32_t slot)
{
    uint64_t id = k->trades[slot].id;
    for (const struct order_state *order = order_set_first_open(k->orders), *next; order;
         order = next) {
        next = order_set_next(k->orders, order);
        if (order->terms.trade_id == id)
            step_order(k, order, order_ticket(k, order));
    }
}
