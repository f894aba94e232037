/*
 * Who is assigned: of the contracts that holders exercised, which short ones must deliver.
 *
 * The clearing house spreads exercise notices over short positions at random (OCC Rule 803), the
 * broker over its customers at random or by a fixed rule. Here each short contract is as likely as
 * any other. The draw depends on nothing but (seed, day, contract): not on the order in which
 * positions are asked about, on threads, or on what was drawn before.
 *
 *     exercised = assignment_exercised(open_interest, share_ppm)
 *     assigned = assignment_draw(&key, open_interest, exercised, held)    of our short contracts
 *     assignment_split(&key, assigned, lots, lot_count, out)              among our lots
 */
#ifndef DOMAIN_LIFE_ASSIGNMENT_H
#define DOMAIN_LIFE_ASSIGNMENT_H

#include <stddef.h>
#include <stdint.h>

#include "domain/types/contract.h"

enum { ASSIGNMENT_HELD_MAX = 1000000 };

struct assignment_key {
    uint64_t seed;
    int32_t day; /* yyyymmdd of the exercise */
    const struct contract *contract;
};

/* Every holder is rational. Studies find that many are not: Pool, Stoll and Whaley, J. Financial
 * Markets 11 (2008), find over 40 % of the calls that should have been exercised before a dividend
 * left. */
#define ASSIGNMENT_SHARE_ALL INT64_C(1000000)

/* Contracts exercised of an open interest when this share of holders does what is best, parts per
 * million: rounded down. */
int64_t assignment_exercised(int64_t open_interest, int64_t share_ppm);

/*
 * How many of `held` short contracts are assigned: a draw without replacement of `exercised` out of
 * `open_interest` (hypergeometric). held is at most ASSIGNMENT_HELD_MAX. An open interest below
 * what we hold, or below what is exercised, is stale: the larger number is taken.
 */
int64_t assignment_draw(const struct assignment_key *key, int64_t open_interest, int64_t exercised,
                        int64_t held);

/* The same where no open interest is known: each contract by itself with this probability
 * (binomial). */
int64_t assignment_draw_share(const struct assignment_key *key, int64_t share_ppm, int64_t held);

/*
 * Spread `assigned` contracts at random over lots (short contracts each, >= 0): out[i] <= lots[i],
 * and they sum to assigned, which is at most the sum of lots.
 */
void assignment_split(const struct assignment_key *key, int64_t assigned, const int64_t *lots,
                      size_t lot_count, int64_t *out);

#endif
