/*
 * LEAN fills a market order on a side that is not quoted with the last price it has of that side,
 * however old. To compare with it (docs/parity.md) the venue must remember as much.
 */
#include "adapters/broker/sim/exchange_int.h"

static const struct fill_quote nothing = { PRICE_NONE, PRICE_NONE };

void known_open(struct exchange *x, struct arena *arena)
{
    for (uint32_t i = 0; i < x->config.underlyings && x->config.model == FILL_LEAN; i++) {
        x->markets[i].known = arena_array(arena, struct fill_quote, x->config.contracts);
        x->markets[i].spare = arena_array(arena, struct fill_quote, x->config.contracts);
    }
}

/* The table of today replaces that of yesterday: rows move, what is known moves with them. */
void known_session(struct market *market, const struct event_session *session)
{
    if (!market->known)
        return;
    for (uint32_t i = 0; i < session->contract_count; i++) {
        uint32_t before = market_row(market, &session->contracts[i]);
        market->spare[i] = before == UINT32_MAX ? nothing : market->known[before];
    }
    struct fill_quote *now = market->spare;
    market->spare = market->known;
    market->known = now;
}

void known_see(struct market *market, uint32_t row, int64_t bid, int64_t ask)
{
    if (!market->known || row >= market->contract_count)
        return;
    if (bid != PRICE_NONE && bid > 0)
        market->known[row].bid = bid;
    if (ask != PRICE_NONE && ask > 0)
        market->known[row].ask = ask;
}

struct fill_quote known_quote(const struct market *market, uint32_t row, struct fill_quote quote)
{
    if (!market->known || row == UINT32_MAX)
        return quote;
    if (quote.bid == PRICE_NONE || quote.bid <= 0)
        quote.bid = market->known[row].bid;
    if (quote.ask == PRICE_NONE || quote.ask <= 0)
        quote.ask = market->known[row].ask;
    return quote;
}
