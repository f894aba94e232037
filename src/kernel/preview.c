/* An order as COMMAND_PLACE would make it, through all gates and margin, with nothing changed. */
#include "kernel/preview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/guard.h"
#include "kernel/kernel_int.h"

static enum err make(struct kernel *k, const struct preview_order *order, struct draft *draft,
                     int64_t *max_loss)
{
    struct order_terms asked = order->terms;
    asked.underlying[sizeof asked.underlying - 1] = '\0';
    asked.underlying_index = kernel_market_find(k, asked.underlying);
    if (asked.underlying_index == UINT32_MAX)
        return err_set(ERR_NOT_FOUND, "there is no market \"%s\" here", asked.underlying);
    uint32_t slot = order->trade_id ? trade_find(k, order->trade_id) : NONE;
    if (order->trade_id &&
        (slot == NONE || k->hosts[k->trades[slot].host].market != asked.underlying_index))
        return err_set(ERR_NOT_FOUND, "there is no trade %llu on %s",
                       (unsigned long long)order->trade_id, asked.underlying);
    if (asked.leg_count < 1 || asked.leg_count > PACKAGE_LEGS_MAX)
        return err_set(ERR_RANGE, "%d legs; an order has 1 to %d", asked.leg_count,
                       PACKAGE_LEGS_MAX);
    if (!draft_manual(k, draft, slot, &asked, max_loss))
        return err_set(ERR_NOT_FOUND, "a leg is not listed today");
    char why[BRACKET_WHY_BYTES];
    if (order->has_exits && !bracket_begin(k, draft, &order->exits, why))
        return err_set(ERR_RANGE, "%s", why);
    draft_set_quantity(draft, asked.edit.quantity);
    struct order_terms shape =
        draft->terms; /* what the gates have no word for; quantity they have */
    if (shape.edit.quantity < 1 || shape.edit.quantity > ORDER_QUANTITY_MAX)
        shape.edit.quantity = 1;
    shape.links = (struct order_links){ .group = 0 }; /* groups are between orders that there are */
    return order_terms_check(&shape);
}

static int64_t net_of(const struct order_terms *terms)
{
    return terms->edit.net_price != PRICE_NONE ? terms->edit.net_price : package_net_far(terms);
}

static void outcomes(struct order_preview *out)
{
    struct payoff_leg legs[PACKAGE_LEGS_MAX];
    struct payoff_range range;
    int64_t each, packages = out->terms.edit.quantity, net = net_of(&out->terms);
    out->max_loss = out->max_profit = INT64_MAX;
    if (net == PRICE_NONE || !money_try_mul(-net, order_terms_multiplier(&out->terms), &each) ||
        !money_try_mul(each, packages, &out->cash)) {
        out->cash = PRICE_NONE;
        return;
    }
    if (payoff_range(&range, legs, order_payoff_legs(&out->terms, legs), each))
        return;
    int64_t best = range.best > 0 ? range.best : 0;
    if (range.worst_unbounded ||
        !money_try_mul(range.worst < 0 ? -range.worst : 0, packages, &out->max_loss))
        out->max_loss = INT64_MAX;
    if (range.best_unbounded || !money_try_mul(best, packages, &out->max_profit))
        out->max_profit = INT64_MAX;
}

static void greeks(struct kernel *k, struct order_preview *out)
{
    struct book *book = &k->markets[out->terms.underlying_index].book;
    for (int i = 0; i < out->terms.leg_count; i++) {
        const struct package_leg *leg = &out->terms.legs[i];
        double count = (double)leg->ratio * (double)out->terms.edit.quantity *
                       (double)package_leg_multiplier(leg);
        if (leg->is_stock) {
            out->delta += count;
            continue;
        }
        struct option_greeks g = book_option_greeks(book, book_find(book, &leg->contract));
        out->delta += g.delta * count;
        out->gamma += g.gamma * count;
        out->vega += g.vega * count / 100.0;
        out->theta += g.theta * count / 365.0;
    }
}

/* At the far side of each leg: what a limit gives between legs is not known, and changes fees by
 * little. */
static void costs(const struct kernel *k, const struct preview_order *order,
                  struct order_preview *out)
{
    struct fee_leg legs[PACKAGE_LEGS_MAX];
    struct fee_breakdown fees;
    out->costs = (struct fill_costs){ PRICE_NONE, PRICE_NONE, PRICE_NONE };
    for (int i = 0; i < out->terms.leg_count; i++) {
        const struct package_leg *leg = &out->terms.legs[i];
        int64_t price = leg->ratio > 0 ? leg->ask : leg->bid;
        legs[i] = (struct fee_leg){ .contract = leg->is_stock ? NULL : &leg->contract,
                                    .quantity = leg->ratio * out->terms.edit.quantity,
                                    .price = price == PRICE_NONE ? 0 : price,
                                    .bid = leg->bid,
                                    .ask = leg->ask,
                                    .closes = leg->effect == LEG_CLOSE };
    }
    if (order->has_fees && out->terms.edit.quantity > 0 &&
        out->terms.edit.quantity <= ORDER_QUANTITY_MAX &&
        fees_for_order(&fees, order->fees, k->day, legs, (size_t)out->terms.leg_count, 0) == ERR_OK)
        out->costs = (struct fill_costs){ fees.commission, fees.exchange, fees.regulatory };
}

static enum err preview(struct kernel *k, const struct preview_order *order,
                        struct order_preview *out)
{
    struct draft draft;
    int64_t max_loss;
    struct gate_talk talk = { .all = out };
    memset(out, 0, sizeof *out);
    out->margin_before = out->margin_after = out->margin_worst = out->buying_power_after =
        PRICE_NONE;
    enum err err = make(k, order, &draft, &max_loss);
    if (err)
        return err;
    out->terms = draft.terms;
    out->reduces = draft.terms.flags & ORDER_REDUCES;
    out->net_near = package_net_near(&draft.terms);
    out->net_mid = package_net_mid(&draft.terms);
    out->net_far = package_net_far(&draft.terms);
    outcomes(out);
    greeks(k, out);
    costs(k, order, out);
    gates_check(k, &draft.terms, max_loss, 0, false, &talk);
    if (!k->guard || !k->config.margin)
        memcpy(out->margin_reason, "the account was opened without margin terms", 44);
    return ERR_OK;
}

enum err kernel_preview(struct kernel *k, const struct preview_order *order,
                        struct order_preview *out)
{
    query_begin(k);
    enum err err = preview(k, order, out);
    query_end(k);
    return err;
}

void kernel_standing(struct kernel *k, struct kernel_standing *out)
{
    *out = (struct kernel_standing){ .var = NAN, .shortfall = NAN };
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        out->limits.at[i] = RISK_OFF;
    if (!k->guard)
        return;
    query_begin(k);
    guard_standing(k, out);
    query_end(k);
}
