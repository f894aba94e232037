#include "adapters/broker/sim/sim_venue.h"

#include <stdio.h>
#include <string.h>

struct sim_venue {
    enum fill_model model;
    enum fee_schedule fees;
    int32_t month; /* yyyymm of month_contracts: commissions have volume tiers */
    int64_t month_contracts;
    struct event *answers; /* a ring: orders are answered at the instant they come in */
    uint32_t capacity, head, count;
};

int64_t fill_leg_price(enum fill_model model, const struct order_leg *leg, int legs,
                       const char **why)
{
    int thousandths = fill_share_thousandths(legs);
    return fill_price(model, (struct fill_quote){ leg->bid, leg->ask }, leg->ratio > 0, thousandths, why);
}

static int64_t units_displayed(const struct order *order)
{
    int64_t units = order->units;
    for (int i = 0; i < order->leg_count; i++) {
        const struct order_leg *leg = &order->legs[i];
        uint32_t size = leg->ratio > 0 ? leg->ask_size : leg->bid_size;
        int64_t ratio = leg->ratio > 0 ? leg->ratio : -leg->ratio;
        if (size != SIZE_NONE && size / ratio < units)
            units = size / ratio;
    }
    return units;
}

static void leg_name(char *out, size_t bytes, const struct order *order,
                     const struct order_leg *leg)
{
    if (leg->is_stock)
        snprintf(out, bytes, "%s stock", order->underlying);
    else
        snprintf(out, bytes, "%s %d %g%c", leg->contract.root, leg->contract.expiry,
                 leg->contract.strike_mills / 1000.0, leg->contract.right);
}

static int64_t contracts_of(const struct order *order, int64_t units)
{
    int64_t contracts = 0;
    for (int i = 0; i < order->leg_count; i++)
        if (!order->legs[i].is_stock)
            contracts += units * (order->legs[i].ratio < 0 ? -order->legs[i].ratio : order->legs[i].ratio);
    return contracts;
}

static enum err charge(struct sim_venue *venue, const struct order *order,
                       struct event_answer *answer)
{
    struct fee_leg legs[ORDER_LEGS_MAX];
    for (int i = 0; i < order->leg_count; i++) {
        const struct order_leg *leg = &order->legs[i];
        legs[i] = (struct fee_leg){ .contract = leg->is_stock ? NULL : &leg->contract,
                                    .quantity = leg->ratio * answer->units,
                                    .price = answer->legs[i].price,
                                    .bid = leg->bid,
                                    .ask = leg->ask,
                                    .closes = leg->closes };
    }
    if (order->day / 100 != venue->month) {
        venue->month = order->day / 100;
        venue->month_contracts = 0;
    }
    struct fee_breakdown fees;
    enum err err = fees_for_order(&fees, venue->fees, order->day, legs, (size_t)order->leg_count,
                                  venue->month_contracts);
    if (err)
        return err_add(err, "fee schedule %s", fee_schedule_name(venue->fees));
    venue->month_contracts += contracts_of(order, answer->units);
    answer->commission = fees.commission;
    answer->exchange_fees = fees.exchange;
    answer->regulatory_fees = fees.regulatory;
    return ERR_OK;
}

static enum err fill(struct sim_venue *venue, const struct order *order,
                     struct event_answer *answer)
{
    answer->status = ANSWER_REJECTED;
    for (int i = 0; i < order->leg_count; i++) {
        const char *why = "";
        answer->legs[i].price = fill_leg_price(venue->model, &order->legs[i], order->leg_count, &why);
        if (answer->legs[i].price == PRICE_NONE) {
            char name[48];
            leg_name(name, sizeof name, order, &order->legs[i]);
            snprintf(answer->reason, sizeof answer->reason, "%s: %s", name, why);
            memset(answer->legs, 0, sizeof answer->legs);
            return ERR_OK;
        }
    }
    answer->units = venue->model == FILL_SHARE ? units_displayed(order) : order->units;
    if (answer->units <= 0) {
        snprintf(answer->reason, sizeof answer->reason, "the displayed size is below one unit");
        return ERR_OK;
    }
    answer->status = ANSWER_FILLED;
    if (answer->units < order->units) {
        answer->status = ANSWER_PARTLY;
        snprintf(answer->reason, sizeof answer->reason, "the displayed size allowed fewer units");
    }
    return charge(venue, order, answer);
}

static enum err venue_submit(void *self, const struct order *order)
{
    struct sim_venue *venue = self;
    if (venue->count == venue->capacity)
        return err_set(ERR_FULL, "the simulated venue has %u unread answers", venue->count);
    struct event *event = &venue->answers[(venue->head + venue->count++) % venue->capacity];
    *event = (struct event){ .ts_ns = order->ts_ns, .kind = EVENT_ANSWER };
    event->of.answer.order_id = order->id;
    return fill(venue, order, &event->of.answer);
}

static bool venue_poll(void *self, int64_t now_ns, struct event *out)
{
    struct sim_venue *venue = self;
    if (!venue->count || venue->answers[venue->head].ts_ns > now_ns)
        return false;
    *out = venue->answers[venue->head];
    venue->head = (venue->head + 1) % venue->capacity;
    venue->count--;
    return true;
}

static void venue_close(UNUSED void *self)
{
}

enum err sim_venue_open(struct broker *out, struct arena *arena, enum fill_model model,
                        enum fee_schedule fees, uint32_t orders_max)
{
    static const struct broker_ops ops = { "sim", venue_submit, venue_poll, venue_close };
    MUST(orders_max > 0);
    if (model == FILL_CALIBRATED)
        return err_set(ERR_UNSUPPORTED, "fill model calibrated needs orders that rest; share, mid and natural do not");
    struct sim_venue *venue = arena_new(arena, struct sim_venue);
    *venue = (struct sim_venue){ .model = model,
                                 .fees = fees,
                                 .answers = arena_array(arena, struct event, orders_max),
                                 .capacity = orders_max };
    *out = (struct broker){ &ops, venue };
    return ERR_OK;
}
