/* When an order trades, how much of it, and at which price. */
#include <math.h>
#include <string.h>

#include "adapters/broker/sim/exchange_int.h"
#include "base/zone.h"
#include "domain/orders/capability.h"

static int64_t absolute(int64_t x)
{
    return x < 0 ? -x : x;
}

/* ---- how much of the spread */

static struct fill_context context_of(const struct exchange *x, const struct place *place,
                                      int64_t ts_ns)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    struct fill_context context = { .class = FILL_STOCK,
                                    .legs = place->terms.leg_count,
                                    .from_open_s = (ts_ns - market->open_ns) / NANOS_PER_SECOND,
                                    .to_close_s = (market->close_ns - ts_ns) / NANOS_PER_SECOND,
                                    .to_expiry_s = INT64_MAX,
                                    .stress = x->stress,
                                    .cheapest = INT64_MAX };
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct package_leg *leg = &place->terms.legs[i];
        const struct leg_quote *quote = &place->quotes[i];
        if (leg->is_stock)
            continue;
        context.class = leg->contract.delivery == DELIVERY_CASH ? FILL_INDEX : FILL_EQUITY;
        if (quote->bid != PRICE_NONE && quote->ask != PRICE_NONE &&
            (quote->bid + quote->ask) / 2 < context.cheapest)
            context.cheapest = (quote->bid + quote->ask) / 2;
        if (leg->contract.expiry == market->day)
            context.to_expiry_s = context.to_close_s;
        if (market->level == PRICE_NONE)
            continue;
        int64_t inside = contract_intrinsic(&leg->contract, market->level);
        int64_t ppm =
            (int64_t)((double)inside * 1e6 / (double)contract_strike_micros(&leg->contract));
        if (ppm > context.in_the_money_ppm)
            context.in_the_money_ppm = ppm;
    }
    return context;
}

static int thousandths_of(const struct exchange *x, const struct place *place, int64_t ts_ns)
{
    if (x->config.model != FILL_CALIBRATED)
        return fill_share_thousandths(place->terms.leg_count);
    struct fill_context context = context_of(x, place, ts_ns);
    return fill_calibrated_thousandths(&context);
}

/* ---- how much is displayed */

static bool is_sized(const struct exchange *x)
{
    return x->config.model == FILL_SHARE || x->config.model == FILL_CALIBRATED;
}

static struct taken *taken_of(struct exchange *x, const struct place *place, int leg, int64_t ts_ns)
{
    struct market *market = &x->markets[place->terms.underlying_index];
    uint32_t row = place->rows[leg];
    if (row == UINT32_MAX || row >= market->contract_count)
        return NULL;
    struct taken *taken = &market->taken[row];
    bool is_new = place->quotes[leg].ts_ns > taken->ts_ns ||
                  (x->config.refill_ns && ts_ns - taken->ts_ns >= x->config.refill_ns);
    if (is_new)
        *taken = (struct taken){ .ts_ns = place->quotes[leg].ts_ns };
    return taken;
}

/* Contracts still displayed on the side a leg hits; INT64_MAX where no size is given. */
static int64_t displayed(struct exchange *x, const struct place *place, int leg, int64_t ts_ns)
{
    bool buys = place->terms.legs[leg].ratio > 0;
    uint32_t size = buys ? place->quotes[leg].ask_size : place->quotes[leg].bid_size;
    const struct taken *taken = taken_of(x, place, leg, ts_ns);
    if (size == SIZE_NONE)
        return INT64_MAX;
    int64_t gone = !taken ? 0 : buys ? taken->ask : taken->bid;
    return gone < size ? (int64_t)size - gone : 0;
}

static void take(struct exchange *x, const struct place *place, int leg, int64_t contracts,
                 int64_t ts_ns)
{
    struct taken *taken = taken_of(x, place, leg, ts_ns);
    if (!taken)
        return;
    uint32_t *side = place->terms.legs[leg].ratio > 0 ? &taken->ask : &taken->bid;
    int64_t sum = (int64_t)*side + contracts;
    *side = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/* ---- at which prices */

/* Leg prices of the model for this many packages; false, and *why, where a leg does not trade. */
static bool model_prices(struct exchange *x, const struct place *place, int64_t units,
                         int64_t ts_ns, int64_t prices[PACKAGE_LEGS_MAX], const char **why)
{
    int thousandths = thousandths_of(x, place, ts_ns);
    const struct market *market = &x->markets[place->terms.underlying_index];
    int64_t fresh = market->fresh_ns;
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct leg_quote *quote = &place->quotes[i];
        int64_t ratio = place->terms.legs[i].ratio;
        if (fresh && quote->ts_ns < fresh) {
            *why = "it was not quoted since the halt";
            return false;
        }
        struct fill_quote sides =
            known_quote(market, place->rows[i], (struct fill_quote){ quote->bid, quote->ask });
        prices[i] = fill_price(x->config.model, sides, ratio > 0, thousandths, why);
        if (prices[i] == PRICE_NONE)
            return false;
        if (!x->config.impact_thousandths || !is_sized(x))
            continue;
        int64_t size = displayed(x, place, i, ts_ns), wanted = units * absolute(ratio);
        if (size >= wanted)
            continue;
        double times = (double)wanted / (double)(size > 0 ? size : 1);
        double half = (double)(quote->ask - quote->bid) / 2;
        int64_t more =
            money_ceil((int64_t)(half * x->config.impact_thousandths / 1e3 * (sqrt(times) - 1)),
                       MICROS_PER_CENT);
        prices[i] += ratio > 0 ? more : -more;
        if (prices[i] <= 0) {
            *why = "so many cannot be sold above zero";
            return false;
        }
    }
    return true;
}

static bool has_limit(const struct place *place)
{
    return order_type_has_limit(place->terms.edit.type);
}

/* Do so many packages trade within the limit? */
static bool fits(struct exchange *x, const struct place *place, int64_t units, int64_t ts_ns,
                 int64_t prices[PACKAGE_LEGS_MAX], const char **why)
{
    if (!model_prices(x, place, units, ts_ns, prices, why))
        return false;
    *why = "its limit is not reached";
    return !has_limit(place) || package_net(&place->terms, prices) <= place->terms.edit.net_price;
}

/* The most packages that trade now; 0 and *why when none does. */
static int64_t units_now(struct exchange *x, const struct place *place, int64_t ts_ns,
                         int64_t prices[PACKAGE_LEGS_MAX], const char **why)
{
    int64_t left = place->terms.edit.quantity - place->filled, most = left;
    if (!fits(x, place, 1, ts_ns, prices, why))
        return 0;
    if (is_sized(x)) {
        for (int i = 0; i < place->terms.leg_count && !x->config.impact_thousandths; i++) {
            int64_t each = absolute(place->terms.legs[i].ratio);
            MUST(each > 0);
            int64_t units = displayed(x, place, i, ts_ns) / each;
            most = units < most ? units : most;
        }
        *why = "the displayed size is below one package";
    }
    if (most > 1 && !fits(x, place, most, ts_ns, prices, why)) {
        /* More size costs more: the largest that is still within the limit. */
        int64_t yes = 1, no = most;
        while (no - yes > 1) {
            int64_t middle = yes + (no - yes) / 2;
            if (fits(x, place, middle, ts_ns, prices, why))
                yes = middle;
            else
                no = middle;
        }
        most = yes;
        MUST(fits(x, place, most, ts_ns, prices, why));
    }
    bool all = (place->terms.flags & ORDER_ALL_OR_NONE) || place->terms.edit.tif == ORDER_FOK;
    if (all && most < left) {
        *why = "not all of it can be had at once";
        return 0;
    }
    if (most > 1 && !all && x->config.partial_ppm &&
        exchange_draw(x, place->id, DRAW_PARTIAL, 2 * place->executions) % 1000000 <
            (uint32_t)x->config.partial_ppm)
        most =
            1 + exchange_draw(x, place->id, DRAW_PARTIAL, 2 * place->executions + 1) % (most - 1);
    return most;
}

/* A resting order trades at its own limit: the improvement over it goes to a leg of ratio one. */
static void prices_at_limit(const struct place *place, int64_t prices[PACKAGE_LEGS_MAX])
{
    int64_t worse = place->terms.edit.net_price - package_net(&place->terms, prices);
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct package_leg *leg = &place->terms.legs[i];
        int64_t price = prices[i] + (leg->ratio > 0 ? worse : -worse);
        if (absolute(leg->ratio) != 1 || (leg->is_stock && place->terms.leg_count > 1) ||
            price <= 0)
            continue;
        prices[i] = price;
        return;
    }
}

/* ---- the trade */

/* What the order costs in all at its average prices, less what was charged already: minimums and
 * tiers are of the order, not of a part. */
static struct fill_costs costs_of(struct exchange *x, struct place *place)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    struct fee_leg legs[PACKAGE_LEGS_MAX];
    int64_t contracts = 0;
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct package_leg *leg = &place->terms.legs[i];
        int64_t quantity = leg->ratio * place->filled;
        legs[i] = (struct fee_leg){ .contract = leg->is_stock ? NULL : &leg->contract,
                                    .quantity = quantity,
                                    .price = place->paid[i] / absolute(quantity),
                                    .bid = place->quotes[i].bid,
                                    .ask = place->quotes[i].ask,
                                    .closes = leg->effect == LEG_CLOSE };
        contracts += leg->is_stock ? 0 : absolute(quantity);
    }
    if (market->day / 100 != x->month) {
        x->month = market->day / 100;
        x->month_contracts = 0;
    }
    struct fee_breakdown fees;
    int64_t before = x->month_contracts - place->counted;
    if (fees_for_order(&fees, x->config.fees, market->day, legs, (size_t)place->terms.leg_count,
                       before > 0 ? before : 0))
        return (struct fill_costs){ PRICE_NONE, PRICE_NONE,
                                    PRICE_NONE }; /* not known, and said so */
    x->month_contracts += contracts - place->counted;
    place->counted = contracts;
    struct fill_costs costs = { fees.commission - place->charged.commission,
                                fees.exchange - place->charged.exchange,
                                fees.regulatory - place->charged.regulatory };
    place->charged = (struct fill_costs){ fees.commission, fees.exchange, fees.regulatory };
    return costs;
}

static void trade(struct exchange *x, struct place *place, int64_t units,
                  const int64_t prices[PACKAGE_LEGS_MAX], int64_t ts_ns)
{
    place->filled += units;
    uint32_t slot = x->execution_next++ % x->config.executions;
    struct execution *execution = &x->executions[slot];
    *execution = (struct execution){ .id = place->id,
                                     .n = ++place->executions,
                                     .version = place->version,
                                     .older = place->newest,
                                     .units = units,
                                     .filled = place->filled,
                                     .ts_ns = ts_ns };
    for (int i = 0; i < place->terms.leg_count; i++) {
        int64_t contracts = units * absolute(place->terms.legs[i].ratio);
        execution->prices[i] = prices[i];
        place->paid[i] = money_add(place->paid[i], money_mul(prices[i], contracts));
        if (is_sized(x))
            take(x, place, i, contracts, ts_ns);
    }
    execution->costs = costs_of(x, place);
    place->newest = slot;
    exchange_tell_execution(x, place, execution, ts_ns);
    if (place->filled >= place->terms.edit.quantity)
        exchange_end(x, place, ORDER_SAID_FILLED, ts_ns, REASON_NONE, "%s", "");
}

/* Orders that may not rest end when they did not fill; a market order without a quote is rejected.
 */
static void rest_or_end(struct exchange *x, struct place *place, int64_t ts_ns, const char *why)
{
    enum order_tif tif = place->terms.edit.tif;
    bool at_once = tif == ORDER_IOC || tif == ORDER_FOK || tif == ORDER_OPG || tif == ORDER_CLO;
    bool market = !has_limit(place) && !place->filled && (place->terms.edit.type == ORDER_MARKET);
    if (tif == ORDER_CLO)
        return; /* it ends with the session */
    if (at_once && place->filled)
        exchange_end(x, place, ORDER_SAID_CANCELED, ts_ns, REASON_NONE, "%s: %s",
                     order_tif_name(tif), why);
    else if (at_once || market)
        exchange_end(x, place, at_once ? ORDER_SAID_CANCELED : ORDER_SAID_REJECTED, ts_ns,
                     REASON_NO_QUOTE, "%s", why);
}

void match(struct exchange *x, struct place *place, int64_t ts_ns, bool is_new)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    /* In the close: until then it waits, and expire() lets it trade. */
    if (place->terms.edit.tif == ORDER_CLO && ts_ns < market->close_ns)
        return;
    if (!place->is_elected && rules_triggered(place) && place->is_elected)
        is_new = true; /* a stop that was just elected trades as an order that just came */
    if (!rules_triggered(place))
        return;
    int64_t prices[PACKAGE_LEGS_MAX];
    const char *why = "";
    int64_t units = units_now(x, place, ts_ns, prices, &why);
    if (units > 0) {
        bool auction = place->terms.edit.tif == ORDER_OPG || place->terms.edit.tif == ORDER_CLO;
        if (!is_new && !auction && has_limit(place))
            prices_at_limit(place, prices);
        trade(x, place, units, prices, ts_ns);
        why = "no more can be had at once";
    }
    if (place->state == PLACE_WORKING && (is_new || place->terms.edit.tif == ORDER_OPG))
        rest_or_end(x, place, ts_ns, why);
}

/* ---- the queue of one leg at the touch */

/* Where the order stands now: QUEUE_NONE behind the touch. */
static int64_t queue_place(const struct place *place, int64_t limit, bool buys)
{
    const struct leg_quote *quote = &place->quotes[0];
    int64_t touch = buys ? quote->bid : quote->ask;
    uint32_t size = buys ? quote->bid_size : quote->ask_size;
    if (touch == PRICE_NONE || (buys ? limit > touch : limit < touch))
        return 0;
    if (limit != touch)
        return QUEUE_NONE;
    int64_t there = size == SIZE_NONE ? 0 : size;
    return place->queue_ahead == QUEUE_NONE || place->queue_ahead > there ? there
                                                                          : place->queue_ahead;
}

void match_volume(struct exchange *x, struct place *place, int64_t ts_ns)
{
    bool waits =
        order_type_has_stop(place->terms.edit.type) || order_type_trails(place->terms.edit.type);
    if (place->terms.leg_count != 1 || !has_limit(place) || (waits && !place->is_elected) ||
        place->terms.edit.tif == ORDER_CLO || absolute(place->terms.legs[0].ratio) != 1)
        return;
    const struct leg_quote *quote = &place->quotes[0];
    bool buys = place->terms.legs[0].ratio > 0;
    int64_t limit = buys ? place->terms.edit.net_price : -place->terms.edit.net_price;
    int64_t seen = place->volume_seen, ahead = queue_place(place, limit, buys);
    bool at_price =
        quote->last != PRICE_NONE && (buys ? quote->last <= limit : quote->last >= limit);
    place->volume_seen = quote->volume;
    place->queue_ahead = ahead;
    if (ahead == QUEUE_NONE || seen < 0 || quote->volume <= seen || !at_price || limit <= 0)
        return;
    int64_t traded = quote->volume - seen, left = place->terms.edit.quantity - place->filled;
    int64_t mine = traded - ahead;
    place->queue_ahead = mine > 0 ? 0 : ahead - traded;
    bool all = (place->terms.flags & ORDER_ALL_OR_NONE) != 0;
    if (mine <= 0 || (all && mine < left))
        return;
    int64_t prices[PACKAGE_LEGS_MAX] = { limit };
    trade(x, place, mine < left ? mine : left, prices, ts_ns);
}
