/* The venue's state as bytes, and back: a desk's snapshot has its venue in it. */
#include <string.h>

#include "adapters/broker/sim/exchange_int.h"
#include "base/image.h"

/* Lists of fields: clang-format takes them for calls. */
/* clang-format off */
#define REPORT_FILL_FIELDS(N, B) N(exec) N(corrects) N(leg) N(quality) N(quantity) N(price) N(costs)
IMAGE_TABLE(report_fill, REPORT_FILL_FIELDS, 0)

#define ORDER_REPORT_FIELDS(N, B)                                                                  \
    N(what) N(order_id) N(version) N(ts_ns) N(broker_id) N(reason) N(reason_text) N(filled)        \
    N(fill_count)
IMAGE_TABLE(order_report, ORDER_REPORT_FIELDS, 16 + sizeof(struct report_fill[PACKAGE_LEGS_MAX]))

#define ORDER_EDIT_FIELDS(N, B) N(quantity) N(type) N(net_price) N(stop_price) N(tif) N(tif_until)
IMAGE_TABLE(order_edit, ORDER_EDIT_FIELDS, 8)

#define MESSAGE_FIELDS(N, B) N(due_ns) N(sequence) N(kind) N(id) N(version)
IMAGE_TABLE(message, MESSAGE_FIELDS, 8 + sizeof(struct order_edit))

#define OUTGOING_FIELDS(N, B) N(due_ns) N(sequence) N(report)
IMAGE_TABLE(outgoing, OUTGOING_FIELDS, 4)

#define EXECUTION_FIELDS(N, B)                                                                     \
    N(id) N(n) N(version) N(older) N(units) N(filled) N(ts_ns) N(prices) N(costs)
IMAGE_TABLE(execution, EXECUTION_FIELDS, 4)

/* order_terms are all bytes set (order.h): they are copied as they lie. */
#define PLACE_FIELDS(N, B)                                                                         \
    N(state) N(end) N(id) N(version) N(terms) N(quotes) N(rows) B(is_elected) B(is_met) N(filled)  \
    N(best_cost) N(queue_ahead) N(volume_seen) N(arrived_ns) N(expires_ns) N(paid) N(charged)      \
    N(counted) N(executions) N(newest)
IMAGE_TABLE(place, PLACE_FIELDS, 6)

#define MARKET_FIELDS(N, B)                                                                        \
    N(day) N(open_ns) N(close_ns) B(is_halted) N(fresh_ns) N(level) N(contract_count)
IMAGE_TABLE(market, MARKET_FIELDS, 15 + 4 * sizeof(void *))

#define EXCHANGE_FIELDS(N, B)                                                                      \
    N(cell_count) N(place_next) N(open_count) N(message_count) N(out_count) N(pool_free_count)     \
    N(execution_next) N(sequence) N(now_ns) N(last_due_ns) N(next_expiry_ns) N(stress) N(month)    \
    N(month_contracts) B(is_full)
IMAGE_TABLE(exchange, EXCHANGE_FIELDS, 31 + sizeof(struct exchange_config) + 9 * sizeof(void *))
/* clang-format on */

static void image_markets(struct image *im, struct exchange *x)
{
    for (uint32_t i = 0; i < x->config.underlyings; i++) {
        struct market *m = &x->markets[i];
        image_market(im, m);
        if (m->contract_count > x->config.contracts) {
            image_fail(im, "contract_count");
            m->contract_count = 0;
        }
        uint32_t n = m->contract_count;
        image_array(im, "contracts", m->contracts, n, sizeof *m->contracts);
        image_array(im, "taken", m->taken, n, sizeof *m->taken);
        if (m->known)
            image_array(im, "known", m->known, n, sizeof *m->known);
    }
}

static void image_places(struct image *im, struct exchange *x)
{
    for (uint32_t i = 0; i < x->config.orders; i++) {
        struct place *p = &x->places[i];
        bool is_free = p->state == PLACE_FREE;
        image_bool(im, "is_free", &is_free);
        if (is_free)
            continue;
        image_place(im, p);
        if ((unsigned)p->state > PLACE_OVER || p->terms.leg_count < 0 ||
            p->terms.leg_count > PACKAGE_LEGS_MAX)
            image_fail(im, "place");
    }
    for (uint32_t i = 0; i < x->open_count; i++)
        if (image_reads(im) && x->open[i] >= x->config.orders)
            image_fail(im, "open");
}

static void image_reports(struct image *im, struct exchange *x)
{
    for (uint32_t i = 0; i < x->out_count; i++) {
        struct outgoing *out = &x->out[i];
        image_outgoing(im, out);
        if (out->report >= x->config.reports) {
            image_fail(im, "report");
            out->report = 0;
        }
        struct order_report *report = &x->pool[out->report];
        image_order_report(im, report);
        if (report->fill_count < 0 || report->fill_count > PACKAGE_LEGS_MAX) {
            image_fail(im, "fill_count");
            report->fill_count = 0;
        }
        for (int k = 0; k < report->fill_count; k++)
            image_report_fill(im, &report->fills[k]);
    }
    for (uint32_t i = 0; i < x->pool_free_count; i++)
        if (image_reads(im) && x->pool_free[i] >= x->config.reports)
            image_fail(im, "pool_free");
}

static void image_all(struct image *im, struct exchange *x)
{
    uint32_t cells = x->cell_count;
    image_mark(im, "exchange");
    image_exchange(im, x);
    if (x->cell_count != cells || x->open_count > x->config.orders ||
        x->message_count > x->config.reports || x->out_count > x->config.reports ||
        x->pool_free_count > x->config.reports || x->execution_next >= x->config.executions) {
        image_fail(im, "counts");
        x->cell_count = cells;
        x->open_count = x->message_count = x->out_count = x->pool_free_count = x->execution_next =
            0;
    }
    image_markets(im, x);
    image_array(im, "open", x->open, x->open_count, sizeof *x->open);
    image_places(im, x);
    image_array(im, "cells", x->cells, x->cell_count, sizeof *x->cells);
    for (uint32_t i = 0; i < x->message_count; i++) {
        image_message(im, &x->messages[i]);
        image_order_edit(im, &x->messages[i].edit);
    }
    image_array(im, "pool_free", x->pool_free, x->pool_free_count, sizeof *x->pool_free);
    image_reports(im, x);
    for (uint32_t i = 0; i < x->config.executions; i++)
        image_execution(im, &x->executions[i]);
    image_mark(im, "end");
}

void exchange_snapshot_write(struct exchange *x, struct buf *out)
{
    struct image im = { .out = out };
    image_all(&im, x);
    MUST(!im.fault);
}

enum err exchange_snapshot_read(struct exchange *x, const uint8_t *bytes, size_t len)
{
    struct image im = { .in = bytes, .len = len };
    image_all(&im, x);
    if (!im.fault && im.at != len)
        image_fail(&im, "bytes behind its end");
    return im.fault ? err_set(ERR_CORRUPT, "the snapshot does not fit this venue: %s", im.fault)
                    : ERR_OK;
}
