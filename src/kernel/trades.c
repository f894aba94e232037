/* Where trades are kept: slots, the list of each host, and the lists of who holds which contract.
 */
#include <string.h>

#include "kernel/kernel_int.h"

void trades_open(struct kernel *k, struct arena *arena)
{
    uint32_t n = k->config.limits.trades;
    k->trades = arena_array(arena, struct trade, n);
    k->trade_next = arena_array(arena, uint32_t, n);
    k->trade_prev = arena_array(arena, uint32_t, n);
    k->holdings = arena_array(arena, struct holding, (size_t)n * TRADE_LEGS_MAX);
    k->free_trades = arena_array(arena, uint32_t, n);
    k->ended = arena_array(arena, uint32_t, n);
    k->wanted = arena_array(arena, uint32_t, n);
    /* The lowest slot lies on top, so that few trades touch little memory. */
    for (uint32_t i = 0; i < n; i++)
        k->free_trades[i] = n - 1 - i;
    k->free_count = n;
}

void trades_reap(struct kernel *k)
{
    for (uint32_t i = 0; i < k->ended_count; i++)
        k->free_trades[k->free_count++] = k->ended[i];
    k->ended_count = 0;
}

uint32_t trade_slot_take(struct kernel *k, struct host *host)
{
    if (!k->free_count)
        return NONE;
    uint32_t slot = k->free_trades[--k->free_count];
    uint64_t id = ++k->next_trade_id;
    k->trades[slot] = (struct trade){ .id = id,
                                      .root = id,
                                      .state = TRADE_OPENING,
                                      .host = (uint32_t)(host - k->hosts),
                                      .look_low = INT64_MIN,
                                      .look_high = INT64_MAX,
                                      .underlying_entry = host_market(k, host)->book.underlying,
                                      .underlying_exit = PRICE_NONE };
    k->trade_next[slot] = NONE;
    k->trade_prev[slot] = host->last_trade;
    *(host->last_trade == NONE ? &host->first_trade : &k->trade_next[host->last_trade]) = slot;
    host->last_trade = slot;
    if (slot >= k->trade_high)
        k->trade_high = slot + 1;
    return slot;
}

void trade_slot_give(struct kernel *k, uint32_t slot)
{
    struct trade *trade = &k->trades[slot];
    struct host *host = trade_host(k, trade);
    MUST(trade->state != TRADE_FREE);
    uint32_t next = k->trade_next[slot], prev = k->trade_prev[slot];
    *(prev == NONE ? &host->first_trade : &k->trade_next[prev]) = next;
    *(next == NONE ? &host->last_trade : &k->trade_prev[next]) = prev;
    for (int i = 0; i < trade->leg_count; i++)
        MUST(!k->holdings[slot * TRADE_LEGS_MAX + (uint32_t)i].linked);
    /* An effect of this step may still show the trade: its slot is used again from the next step
     * on. */
    trade->state = TRADE_FREE;
    k->ended[k->ended_count++] = slot;
}

static uint32_t *list_of(const struct kernel *k, const struct trade *trade,
                         const struct trade_leg *leg)
{
    struct market *market = trade_market(k, trade);
    return leg->is_stock ? &market->stock_holders : &market->holders[leg->id];
}

static void link_holding(struct kernel *k, uint32_t *first, uint32_t at)
{
    struct holding *holding = &k->holdings[at];
    *holding = (struct holding){ .next = *first,
                                 .prev = NONE,
                                 .trade = at / TRADE_LEGS_MAX,
                                 .leg = (uint16_t)(at % TRADE_LEGS_MAX),
                                 .linked = true };
    if (*first != NONE)
        k->holdings[*first].prev = at;
    *first = at;
}

static void unlink_holding(struct kernel *k, uint32_t *first, uint32_t at)
{
    struct holding *holding = &k->holdings[at];
    *(holding->prev == NONE ? first : &k->holdings[holding->prev].next) = holding->next;
    if (holding->next != NONE)
        k->holdings[holding->next].prev = holding->prev;
    holding->linked = false;
}

void holding_update(struct kernel *k, struct trade *trade, int index)
{
    uint32_t at = trade_slot(k, trade) * TRADE_LEGS_MAX + (uint32_t)index;
    const struct trade_leg *leg = &trade->legs[index];
    bool holds = leg->quantity && (leg->is_stock || leg->id != OPTION_NONE);
    if (holds == k->holdings[at].linked)
        return;
    if (holds)
        link_holding(k, list_of(k, trade, leg), at);
    else
        unlink_holding(k, list_of(k, trade, leg), at);
}

void holdings_relist(struct kernel *k, struct market *market)
{
    for (uint32_t id = 0; id < market->book.contract_count; id++)
        market->holders[id] = NONE;
    for (uint32_t slot = 0; slot < k->trade_high; slot++) {
        struct trade *trade = &k->trades[slot];
        if (trade->state == TRADE_FREE || trade_market(k, trade) != market)
            continue;
        for (int i = 0; i < trade->leg_count; i++) {
            struct trade_leg *leg = &trade->legs[i];
            if (leg->is_stock)
                continue; /* its list goes on */
            k->holdings[slot * TRADE_LEGS_MAX + (uint32_t)i].linked = false;
            leg->id = book_find(&market->book, &leg->contract);
            holding_update(k, trade, i);
        }
    }
}
