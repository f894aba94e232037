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

static const struct {
    const char *name, *text;
} models[] = {
    [FILL_SHARE] = { "share",
                     "each leg crosses a share of its half-spread that grows with the number of legs "
                     "(0.50 for one, 0.65 for four), at most the displayed size" },
    [FILL_MID] = { "mid", "every leg fills at the middle of bid and ask, any size: optimistic" },
    [FILL_NATURAL] = { "natural", "buys fill at the ask, sells at the bid, any size" },
};

const char *fill_model_name(enum fill_model model)
{
    return models[model].name;
}

const char *fill_model_text(enum fill_model model)
{
    return models[model].text;
}

enum err fill_model_parse(enum fill_model *out, struct str text)
{
    for (size_t i = 0; i < ARRAY_COUNT(models); i++) {
        if (str_is(text, models[i].name)) {
            *out = (enum fill_model)i;
            return ERR_OK;
        }
    }
    return err_set(ERR_USAGE, "fill model \"%.*s\" is not one of share, mid, natural",
                   STR_ARG(text));
}

int fill_share_thousandths(int legs)
{
    int share = 500 + 50 * (legs - 1);
    return share > 850 ? 850 : share;
}

/* Between mid (0) and the far side (1000), rounded to the cent against the order, never beyond the
 * far side. */
static int64_t crossed_share(const struct order_leg *leg, int thousandths)
{
    int64_t width = leg->ask - leg->bid;
    int64_t from_near = money_mul(width, 1000 + thousandths); /* of 2000 */
    if (leg->ratio > 0) {
        int64_t price = leg->bid + (from_near + 1999) / 2000;
        price = money_ceil(price, MICROS_PER_CENT);
        return price < leg->ask ? price : leg->ask;
    }
    int64_t price = leg->ask - (from_near + 1999) / 2000;
    price = money_floor(price, MICROS_PER_CENT);
    return price > leg->bid ? price : leg->bid;
}

int64_t fill_leg_price(enum fill_model model, const struct order_leg *leg, int legs,
                       const char **why)
{
    bool buy = leg->ratio > 0, has_bid = leg->bid != PRICE_NONE, has_ask = leg->ask != PRICE_NONE;
    if (has_bid && has_ask && leg->bid > leg->ask && leg->ask > 0)
        *why = "the quote is crossed";
    else if (buy && (!has_ask || leg->ask <= 0))
        *why = "there is no ask to buy at";
    else if (!buy && (!has_bid || leg->bid <= 0))
        *why = "there is no bid to sell at";
    else if (model == FILL_NATURAL)
        return buy ? leg->ask : leg->bid;
    else if (!has_bid || !has_ask || leg->ask <= 0)
        *why = "the quote has one side only";
    else if (leg->bid <= 0)
        return leg->ask; /* nobody bids: there is no middle to meet at */
    else if (model == FILL_MID)
        return quote_mid(leg->bid, leg->ask);
    else
        return crossed_share(leg, fill_share_thousandths(legs));
    return PRICE_NONE;
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
    struct sim_venue *venue = arena_new(arena, struct sim_venue);
    *venue = (struct sim_venue){ .model = model,
                                 .fees = fees,
                                 .answers = arena_array(arena, struct event, orders_max),
                                 .capacity = orders_max };
    *out = (struct broker){ &ops, venue };
    return ERR_OK;
}
