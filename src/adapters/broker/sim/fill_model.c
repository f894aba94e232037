#include "adapters/broker/sim/fill_model.h"

#include <math.h>

static const struct {
    const char *name, *text;
} models[] = {
    [FILL_SHARE] = { "share",
                     "each leg crosses a share of its half-spread that grows with the number of legs "
                     "(0.50 for one, 0.65 for four), at most the displayed size" },
    [FILL_MID] = { "mid", "every leg fills at the middle of bid and ask, any size: optimistic" },
    [FILL_NATURAL] = { "natural", "buys fill at the ask, sells at the bid, any size" },
    [FILL_CALIBRATED] = { "calibrated",
                          "each leg crosses a share of its half-spread that depends on underlying, number of "
                          "legs, moneyness, time of day and stress, at most the displayed size" },
    [FILL_LEAN] = { "lean",
                    "as LEAN: buys fill at the ask, sells at the bid, any size; where nobody quotes a side, at the last "
                    "known price of it, however old, else at the other side: only to compare with LEAN" },
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
    return err_set(ERR_USAGE,
                   "fill model \"%.*s\" is not one of share, mid, natural, calibrated, lean",
                   STR_ARG(text));
}

int fill_share_thousandths(int legs)
{
    int share = 500 + 50 * (legs - 1);
    return share > 850 ? 850 : share;
}

enum add_kind {
    FILL_IN_THE_MONEY,
    FILL_FROM_OPEN,
    FILL_TO_CLOSE,
    FILL_TO_EXPIRY,
    FILL_STRESS,
    FILL_CHEAP,
    ADD_KINDS
};

int fill_calibrated_thousandths(const struct fill_context *context)
{
    static const struct {
        enum fill_class class;
        int legs_from, thousandths;
    } bases[] = {
#define FILL_BASE(class, legs_from, thousandths, source) { class, legs_from, thousandths },
#define FILL_ADD(kind, at_least, add, source)
#include "adapters/broker/sim/fill_calibration.def"
#undef FILL_BASE
#undef FILL_ADD
    };
    static const struct {
        enum add_kind kind;
        int64_t at_least;
        int add;
    } adds[] = {
#define FILL_BASE(class, legs_from, thousandths, source)
#define FILL_ADD(kind, at_least, add, source) { kind, at_least, add },
#include "adapters/broker/sim/fill_calibration.def"
#undef FILL_BASE
#undef FILL_ADD
    };
    int share = 1000;
    for (size_t i = 0; i < ARRAY_COUNT(bases); i++)
        if (bases[i].class == context->class && context->legs >= bases[i].legs_from)
            share = bases[i].thousandths;
    /* Times and prices count when they are small, so their signs are turned. */
    const int64_t seen[ADD_KINDS] = { context->in_the_money_ppm,
                                      -context->from_open_s,
                                      -context->to_close_s,
                                      -context->to_expiry_s,
                                      context->stress == PRICE_NONE ? INT64_MIN : context->stress,
                                      -context->cheapest };
    int most[ADD_KINDS] = { 0 };
    for (size_t i = 0; i < ARRAY_COUNT(adds); i++) {
        bool small = adds[i].kind != FILL_IN_THE_MONEY && adds[i].kind != FILL_STRESS;
        int64_t at_least = small ? -adds[i].at_least : adds[i].at_least;
        if (seen[adds[i].kind] >= at_least && adds[i].add > most[adds[i].kind])
            most[adds[i].kind] = adds[i].add;
    }
    for (int i = 0; i < ADD_KINDS; i++)
        share += context->class == FILL_STOCK ? 0 : most[i];
    return share > 1000 ? 1000 : share;
}

/* Between mid (0) and the far side (1000), rounded to the cent against the order, never beyond the
 * far side. */
static int64_t crossed_share(struct fill_quote quote, bool is_buy, int thousandths)
{
    int64_t width = quote.ask - quote.bid;
    int64_t from_near = money_mul(width, 1000 + thousandths); /* of 2000 */
    if (is_buy) {
        int64_t price = quote.bid + (from_near + 1999) / 2000;
        price = money_ceil(price, MICROS_PER_CENT);
        return price < quote.ask ? price : quote.ask;
    }
    int64_t price = quote.ask - (from_near + 1999) / 2000;
    price = money_floor(price, MICROS_PER_CENT);
    return price > quote.bid ? price : quote.bid;
}

static int64_t lean_price(struct fill_quote quote, bool is_buy, const char **why)
{
    int64_t side = is_buy ? quote.ask : quote.bid, other = is_buy ? quote.bid : quote.ask;
    if (side != PRICE_NONE && side > 0)
        return side;
    if (other != PRICE_NONE && other > 0)
        return other;
    *why = "it was never quoted";
    return PRICE_NONE;
}

int64_t fill_price(enum fill_model model, struct fill_quote quote, bool is_buy, int thousandths,
                   const char **why)
{
    bool has_bid = quote.bid != PRICE_NONE, has_ask = quote.ask != PRICE_NONE;
    if (model == FILL_LEAN)
        return lean_price(quote, is_buy, why);
    if (has_bid && has_ask && quote.bid > quote.ask && quote.ask > 0)
        *why = "the quote is crossed";
    else if (is_buy && (!has_ask || quote.ask <= 0))
        *why = "there is no ask to buy at";
    else if (!is_buy && (!has_bid || quote.bid <= 0))
        *why = "there is no bid to sell at";
    else if (model == FILL_NATURAL)
        return is_buy ? quote.ask : quote.bid;
    else if (!has_bid || !has_ask || quote.ask <= 0)
        *why = "the quote has one side only";
    else if (quote.bid <= 0)
        return quote.ask; /* nobody bids: there is no middle to meet at */
    else if (model == FILL_MID)
        return quote.bid + (quote.ask - quote.bid) / 2;
    else
        return crossed_share(quote, is_buy, thousandths);
    return PRICE_NONE;
}

struct package_quote package_quote(const struct order_terms *terms)
{
    struct package_quote out = { 0, 0, 0 };
    double multiplier = (double)order_terms_multiplier(terms);
    for (int i = 0; i < terms->leg_count; i++) {
        const struct package_leg *leg = &terms->legs[i];
        if (leg->bid == PRICE_NONE || leg->ask == PRICE_NONE)
            return (struct package_quote){ NAN, NAN, NAN };
        double ratio = (double)leg->ratio / (leg->is_stock ? multiplier : 1);
        double bid = money_to_dollars(leg->bid), ask = money_to_dollars(leg->ask);
        out.net_mid += ratio * (bid + ask) / 2;
        out.half_spreads += fabs(ratio) * (ask - bid) / 2;
    }
    out.worst = out.net_mid + out.half_spreads;
    return out;
}

double package_fill(const struct package_quote *quote, double k)
{
    return quote->net_mid + k * quote->half_spreads;
}

struct fill_measure fill_measure(double bid, double ask, bool is_buy, double price)
{
    double mid = (bid + ask) / 2, half = (ask - bid) / 2;
    double effective = is_buy ? price - mid : mid - price;
    return (struct fill_measure){ .effective_half_spread = effective,
                                  .eq_ratio = half > 0 ? effective / half : NAN,
                                  .price_improvement = is_buy ? ask - price : price - bid };
}
