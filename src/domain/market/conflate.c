#include "domain/market/conflate.h"

#include <string.h>

void conflate_init(struct conflate *conflate, struct arena *arena, uint32_t capacity)
{
    memset(conflate, 0, sizeof *conflate);
    conflate->capacity = capacity;
    conflate->own = arena_array(arena, struct conflated, capacity);
    conflate->slots = arena_array(arena, struct conflate_slot, capacity);
    ring_init(&conflate->ids, arena, capacity, sizeof(uint32_t));
    for (uint32_t id = 0; id < capacity; id++)
        conflate->own[id] = (struct conflated){ .quote = { .instrument = id,
                                                           .kind = RECORD_QUOTE,
                                                           .of.quote = { .bid = PRICE_NONE,
                                                                         .ask = PRICE_NONE,
                                                                         .bid_size = SIZE_NONE,
                                                                         .ask_size = SIZE_NONE } },
                                                .last = PRICE_NONE };
}

/*
 * Every access to the words is atomic, so there is no data race; the version tells the reader
 * whether they belong together. Releasing each word after the odd version, and acquiring each
 * before the version is read again, keeps their order without a fence (which TSan cannot see).
 */
static void publish(struct conflate_slot *slot, const struct conflated *value)
{
    uint64_t words[CONFLATED_WORDS];
    memcpy(words, value, sizeof words);
    unsigned version = atomic_load_explicit(&slot->version, memory_order_relaxed);
    atomic_store_explicit(&slot->version, version + 1, memory_order_relaxed);
    for (size_t i = 0; i < CONFLATED_WORDS; i++)
        atomic_store_explicit(&slot->words[i], words[i], memory_order_release);
    atomic_store_explicit(&slot->version, version + 2, memory_order_release);
}

static void read_slot(struct conflate_slot *slot, struct conflated *value)
{
    uint64_t words[CONFLATED_WORDS];
    for (;;) {
        unsigned before = atomic_load_explicit(&slot->version, memory_order_acquire);
        for (size_t i = 0; i < CONFLATED_WORDS; i++)
            words[i] = atomic_load_explicit(&slot->words[i], memory_order_acquire);
        unsigned after = atomic_load_explicit(&slot->version, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            break;
    }
    memcpy(value, words, sizeof words);
}

void conflate_put(struct conflate *conflate, const struct market_record *r)
{
    if (r->instrument >= conflate->capacity)
        return;
    struct conflated *own = &conflate->own[r->instrument];
    if (r->kind == RECORD_QUOTE || r->kind == RECORD_LEVEL) {
        own->quote = *r;
    } else if (r->kind == RECORD_STATUS) {
        own->status = r->of.status.status;
    } else if (r->kind == RECORD_TRADE) {
        own->last = r->of.trade.price;
        own->traded += r->of.trade.size == SIZE_NONE ? 0 : r->of.trade.size;
        own->trades++;
    } else {
        return;
    }
    own->updates++;
    struct conflate_slot *slot = &conflate->slots[r->instrument];
    publish(slot, own);
    /* Acquire and release: either the consumer's reading comes after this, or the id goes in again.
     */
    if (!atomic_exchange_explicit(&slot->waits, true, memory_order_acq_rel))
        MUST(ring_push(&conflate->ids, &r->instrument)); /* each id waits once: there is room */
}

bool conflate_take(struct conflate *conflate, struct conflated *out)
{
    uint32_t id;
    if (!ring_pop(&conflate->ids, &id))
        return false;
    struct conflate_slot *slot = &conflate->slots[id];
    atomic_exchange_explicit(&slot->waits, false, memory_order_acq_rel);
    read_slot(slot, out);
    return true;
}
