/* What the venue accepts, when orders end, what sets them going. */
#include <stdio.h>
#include <string.h>

#include "adapters/broker/sim/exchange_int.h"
#include "base/zone.h"
#include "domain/orders/capability.h"

uint32_t market_row(const struct market *market, const struct contract *contract)
{
    uint32_t low = 0, high = market->contract_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (contract_compare(&market->contracts[middle], contract) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        low < market->contract_count && contract_compare(&market->contracts[low], contract) == 0;
    return found ? low : UINT32_MAX;
}

static void clock_text(char out[TIME_OF_DAY_TEXT_BYTES], int64_t ts_ns)
{
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, NULL, &nanos);
    time_of_day_format(out, nanos);
}

static bool waits_for_session(const struct order_terms *terms)
{
    return terms->edit.tif == ORDER_GTC || terms->edit.tif == ORDER_GTD;
}

/* A session that was not seen yet, or is over: only orders that can wait. */
static bool check_session(struct exchange *x, struct place *place, int64_t ts_ns)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    enum order_tif tif = place->terms.edit.tif;
    bool before = ts_ns<market->open_ns, after = ts_ns> market->close_ns;
    if (tif == ORDER_OPG && ts_ns > market->open_ns) {
        exchange_end(x, place, ORDER_SAID_REJECTED, ts_ns, REASON_MARKET_CLOSED,
                     "session: opg after the open; the limit is the open; a day order would pass");
        return false;
    }
    bool can_wait = waits_for_session(&place->terms) ||
                    (before && (tif == ORDER_DAY || tif == ORDER_OPG || tif == ORDER_CLO));
    if ((!before && !after) || can_wait)
        return true;
    if (market->open_ns > market->close_ns || !market->open_ns) {
        exchange_end(
            x, place, ORDER_SAID_REJECTED, ts_ns, REASON_MARKET_CLOSED,
            "session: none is open; the limit is an open one; gtc would pass, to wait for the next");
        return false;
    }
    char now[TIME_OF_DAY_TEXT_BYTES], open[TIME_OF_DAY_TEXT_BYTES], close[TIME_OF_DAY_TEXT_BYTES];
    clock_text(now, ts_ns);
    clock_text(open, market->open_ns);
    clock_text(close, market->close_ns);
    exchange_end(
        x, place, ORDER_SAID_REJECTED, ts_ns, REASON_MARKET_CLOSED,
        "session: %s New York; the limit is %s to %s; gtc would pass, to wait for the next", now,
        open, close);
    return false;
}

bool rules_accept(struct exchange *x, struct place *place, int64_t ts_ns)
{
    const struct capability *capability;
    struct capability_verdict verdict;
    enum err err = order_terms_check(&place->terms);
    MUST(capability_get(&capability, STR("sim")) == ERR_OK);
    if (err) {
        exchange_end(x, place, ORDER_SAID_REJECTED, ts_ns, REASON_INVALID, "%s", err_detail());
        return false;
    }
    if (!capability_check(capability, &place->terms, &verdict)) {
        exchange_end(x, place, ORDER_SAID_REJECTED, ts_ns, REASON_INVALID, "%s", verdict.text);
        return false;
    }
    if (!check_session(x, place, ts_ns))
        return false;
    for (int i = 0; i < place->terms.leg_count; i++) {
        const struct package_leg *leg = &place->terms.legs[i];
        if (leg->is_stock || place->rows[i] != UINT32_MAX)
            continue;
        exchange_end(
            x, place, ORDER_SAID_REJECTED, ts_ns, REASON_INVALID,
            "contract: %s %d %g%c; the limit is the %u listed today; one of these would pass",
            leg->contract.root, leg->contract.expiry, leg->contract.strike_mills / 1000.0,
            leg->contract.right, x->markets[place->terms.underlying_index].contract_count);
        return false;
    }
    return true;
}

void rules_expiry(struct exchange *x, struct place *place, int64_t ts_ns)
{
    const struct market *market = &x->markets[place->terms.underlying_index];
    const struct order_edit *edit = &place->terms.edit;
    int64_t expires = INT64_MAX;
    switch (edit->tif) {
    case ORDER_GTC:
        break;
    case ORDER_GTD:
        if (edit->tif_until <= market->day)
            expires = edit->tif_until < market->day ? ts_ns - 1 : market->close_ns;
        break;
    case ORDER_MINUTES:
        expires = place->arrived_ns + edit->tif_until * NANOS_PER_MINUTE;
        break;
    default:
        expires = market->close_ns;
        break;
    }
    /* What is no longer listed cannot trade, whatever its time. */
    for (int i = 0; i < place->terms.leg_count; i++)
        if (!place->terms.legs[i].is_stock && place->terms.legs[i].contract.expiry <= market->day &&
            market->close_ns < expires && market->close_ns > INT64_MIN)
            expires = market->close_ns;
    place->expires_ns = expires;
    if (expires < x->next_expiry_ns)
        x->next_expiry_ns = expires;
}

bool rules_conditions_met(const struct exchange *x, const struct place *place, int64_t ts_ns)
{
    int64_t level = x->markets[place->terms.underlying_index].level;
    for (int i = 0; i < ORDER_CONDITIONS_MAX; i++) {
        const struct order_condition *c = &place->terms.conditions[i];
        bool needs_level =
            c->kind == CONDITION_UNDERLYING_ABOVE || c->kind == CONDITION_UNDERLYING_BELOW;
        if ((needs_level && level == PRICE_NONE) ||
            (c->kind == CONDITION_UNDERLYING_ABOVE && level < c->value) ||
            (c->kind == CONDITION_UNDERLYING_BELOW && level > c->value) ||
            (c->kind == CONDITION_TIME_AFTER && ts_ns < c->value))
            return false;
    }
    return true;
}

/* What doing the order would cost now, as its trigger looks at it; PRICE_NONE unknown. */
static int64_t trigger_cost(const struct place *place)
{
    struct order_terms terms = place->terms;
    for (int i = 0; i < terms.leg_count; i++) {
        terms.legs[i].bid = place->quotes[i].bid;
        terms.legs[i].ask = place->quotes[i].ask;
    }
    if (terms.trigger == TRIGGER_BID_ASK)
        return package_net_far(&terms);
    if (terms.trigger == TRIGGER_LAST && terms.leg_count == 1)
        return place->quotes[0].last == PRICE_NONE ? PRICE_NONE
                                                   : package_net(&terms, &place->quotes[0].last);
    return package_net_mid(&terms);
}

bool rules_triggered(struct place *place)
{
    const struct order_edit *edit = &place->terms.edit;
    bool stops = order_type_has_stop(edit->type), trails = order_type_trails(edit->type);
    if (place->is_elected || (!stops && !trails))
        return true;
    int64_t cost = trigger_cost(place);
    if (cost == PRICE_NONE)
        return false;
    if (stops) {
        /* Of one leg the stop is a price; of a package it is signed already. */
        bool sells_one = place->terms.leg_count == 1 && place->terms.legs[0].ratio < 0;
        place->is_elected = cost >= (sells_one ? -edit->stop_price : edit->stop_price);
        return place->is_elected;
    }
    if (place->best_cost == PRICE_NONE || cost < place->best_cost)
        place->best_cost = cost;
    int64_t size = place->best_cost < 0 ? -place->best_cost : place->best_cost;
    int64_t distance = place->terms.trail_amount != PRICE_NONE
                           ? place->terms.trail_amount
                           : size / 1000000 * place->terms.trail_ppm +
                                 size % 1000000 * place->terms.trail_ppm / 1000000;
    place->is_elected = cost - place->best_cost >= distance;
    return place->is_elected;
}
