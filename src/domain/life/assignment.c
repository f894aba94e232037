#include "domain/life/assignment.h"

#include <string.h>

#include "base/attr.h"
#include "base/rng.h"

/* What a stream of random numbers is for; never reuse a number. */
enum { PURPOSE_DRAW = 0x4c494601, PURPOSE_SHARE, PURPOSE_SPLIT };

/* A stream of its own for each (seed, day, contract): the contract is mixed into the seed field by
 * field, so padding and byte order play no part. */
static struct rng stream(const struct assignment_key *key, uint32_t purpose)
{
    const struct contract *c = key->contract;
    uint64_t root = 0;
    for (size_t i = 0; i < sizeof c->root; i++)
        root = root << 8 | (uint8_t)c->root[i];
    const uint64_t words[] = { root, (uint64_t)c->expiry, (uint64_t)c->strike_mills,
                               (uint64_t)(uint8_t)c->right };
    uint64_t state = key->seed;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        uint64_t mixed = rng_splitmix64(&state);
        state = mixed ^ words[i];
    }
    struct rng rng;
    rng_init(&rng, rng_splitmix64(&state), (uint32_t)key->day, purpose);
    return rng;
}

int64_t assignment_exercised(int64_t open_interest, int64_t share_ppm)
{
    MUST(open_interest >= 0);
    MUST(share_ppm >= 0 && share_ppm <= ASSIGNMENT_SHARE_ALL);
    int64_t whole = open_interest / ASSIGNMENT_SHARE_ALL,
            rest = open_interest % ASSIGNMENT_SHARE_ALL;
    return whole * share_ppm + rest * share_ppm / ASSIGNMENT_SHARE_ALL;
}

/* `take` of `from` without replacement, one by one: how many carry one of `marked` marks. */
static int64_t draw(struct rng *rng, int64_t from, int64_t marked, int64_t take)
{
    int64_t hits = 0;
    for (int64_t i = 0; i < take && marked > hits; i++)
        hits += (int64_t)rng_below(rng, (uint64_t)(from - i)) < marked - hits;
    return hits;
}

int64_t assignment_draw(const struct assignment_key *key, int64_t open_interest, int64_t exercised,
                        int64_t held)
{
    MUST(exercised >= 0);
    MUST(held >= 0 && held <= ASSIGNMENT_HELD_MAX);
    int64_t from = open_interest > exercised ? open_interest : exercised;
    from = from > held ? from : held;
    struct rng rng = stream(key, PURPOSE_DRAW);
    return draw(&rng, from, exercised, held);
}

int64_t assignment_draw_share(const struct assignment_key *key, int64_t share_ppm, int64_t held)
{
    MUST(share_ppm >= 0 && share_ppm <= ASSIGNMENT_SHARE_ALL);
    MUST(held >= 0 && held <= ASSIGNMENT_HELD_MAX);
    struct rng rng = stream(key, PURPOSE_SHARE);
    int64_t hits = 0;
    for (int64_t i = 0; i < held; i++)
        hits += (int64_t)rng_below(&rng, (uint64_t)ASSIGNMENT_SHARE_ALL) < share_ppm;
    return hits;
}

void assignment_split(const struct assignment_key *key, int64_t assigned, const int64_t *lots,
                      size_t lot_count, int64_t *out)
{
    int64_t left = 0;
    for (size_t i = 0; i < lot_count; i++) {
        MUST(lots[i] >= 0 && lots[i] <= ASSIGNMENT_HELD_MAX - left);
        left += lots[i];
    }
    MUST(assigned >= 0 && assigned <= left);
    struct rng rng = stream(key, PURPOSE_SPLIT);
    for (size_t i = 0; i < lot_count; i++) {
        out[i] = draw(&rng, left, assigned, lots[i]);
        assigned -= out[i];
        left -= lots[i];
    }
}
