/*
 * A person at the bench of desk.h: SPXW puts and calls at 90 to 105 of one expiry with SPX at 100,
 * and orders of one leg by hand.
 */
#ifndef TESTS_KERNEL_PERSON_H
#define TESTS_KERNEL_PERSON_H

#include "tests/kernel/desk.h"

#define PERSON_HEAD                                                                                \
    "ironfly: 1\nname: puts\nunderlying: SPX\n"                                                    \
    "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
#define PERSON_IDLE PERSON_HEAD "entry: {every: never}\n"

enum { PERSON_STRIKES = 4 };
extern const double person_strikes[PERSON_STRIKES];

struct contract person_option(double strike, char right);
/* All of them at 1.00 to 1.20 beyond what they are worth, and the level at 100. */
void person_quotes(struct desk *d, const char *time);
void person_start(struct desk *d);         /* a day, and quotes at 10:00 */
struct risk_limits person_no_limits(void); /* but what the state of trading goes by */
/* Net price: + debit; NAN: at the market. */
struct order_terms person_order(double strike, char right, int64_t ratio, int64_t quantity,
                                double net);
/* trade: that it adds to or reduces; 0: a new one. */
void person_send(struct desk *d, const char *time, const struct order_terms *terms, uint64_t trade);
void person_place(struct desk *d, const char *time, double strike, char right, int64_t ratio,
                  int64_t quantity, uint64_t trade);
uint64_t person_newest_trade(struct desk *d); /* 0: none is open */
/* The feed is in doubt, or no longer: two sources that say different levels. */
void person_doubts(struct desk *d, const char *time, bool doubt, double here, double there);

#endif
