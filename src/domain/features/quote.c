#include "domain/features/quote.h"

void quote_feature_init(struct quote_feature *quote)
{
    *quote = (struct quote_feature){
        .bid = PRICE_NONE, .ask = PRICE_NONE, .bid_size = SIZE_NONE, .ask_size = SIZE_NONE
    };
    feature_gate_init(&quote->gate);
}

bool quote_feature_update(struct quote_feature *quote, int64_t ts_ns, int64_t bid, int64_t ask,
                          uint32_t bid_size, uint32_t ask_size)
{
    if (!feature_gate_pass(&quote->gate, ts_ns, true))
        return false;
    quote->bid = bid;
    quote->ask = ask;
    quote->bid_size = bid_size;
    quote->ask_size = ask_size;
    return true;
}

static bool is_two_sided(const struct quote_feature *quote)
{
    /* PRICE_NONE is negative, so it fails here too. */
    return quote->bid >= 0 && quote->ask > 0 && quote->bid <= quote->ask;
}

double quote_feature_mid(const struct quote_feature *quote)
{
    if (!is_two_sided(quote))
        return NAN;
    return (money_to_dollars(quote->bid) + money_to_dollars(quote->ask)) / 2;
}

double quote_feature_spread(const struct quote_feature *quote)
{
    return is_two_sided(quote) ? money_to_dollars(quote->ask - quote->bid) : NAN;
}

double quote_feature_relative_spread(const struct quote_feature *quote)
{
    return quote_feature_spread(quote) / quote_feature_mid(quote);
}

double quote_feature_imbalance(const struct quote_feature *quote)
{
    if (!is_two_sided(quote) || quote->bid_size == SIZE_NONE || quote->ask_size == SIZE_NONE)
        return NAN;
    double bid = quote->bid_size, both = bid + quote->ask_size;
    return both > 0 ? bid / both : NAN;
}

double quote_feature_microprice(const struct quote_feature *quote)
{
    double imbalance = quote_feature_imbalance(quote);
    return money_to_dollars(quote->ask) * imbalance +
           money_to_dollars(quote->bid) * (1 - imbalance);
}
