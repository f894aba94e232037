/*
 * What an entry should look like, computed apart: its contracts, fills and fees.
 *
 * Written from docs/strategy-format.md and textbooks; shares no code with the strategy host, the
 * pricing or the simulated venue. Plain searches over one snapshot, Black-76 by bisection, the
 * share model and the fees in a few lines: slow and simple on purpose.
 */
#ifndef TESTS_ACCEPTANCE_ORACLE_H
#define TESTS_ACCEPTANCE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/store/store.h"

enum pick {
    PICK_STOCK,
    PICK_ATM,
    PICK_ATM_DOWN,
    PICK_DELTA,
    PICK_OFFSET,
    PICK_PERCENT,
    PICK_PERCENT_DOWN,
    PICK_SAME
};

/* One leg as a reader of the strategy file understands it. Expiry: days with lo and hi from today,
 * or with .after from that of leg .expiry_of; without days that of leg .expiry_of; .monthly the
 * next third Friday. */
struct want_leg {
    const char *name;
    int quantity; /* of one unit: + bought */
    char right;   /* 'C', 'P'; 'S' stock */
    int days, lo, hi;
    int expiry_of;
    bool after, monthly;
    const char *root;
    enum pick pick;
    double value; /* delta, points, percent */
    int from;     /* leg whose strike OFFSET and SAME start from */
};

/* A leg as it should be filled. */
struct oracle_leg {
    const struct contract *contract; /* NULL: stock */
    int64_t bid, ask;                /* micros */
    uint32_t bid_size, ask_size;
    double iv, delta;
    int64_t price; /* by the share model */
};

struct oracle {
    struct chain_day day;
    uint32_t snapshot;  /* the one looked at */
    int64_t *bid, *ask; /* by contract of the day, as last quoted */
    uint32_t *bid_size, *ask_size;
    double rate;
    struct arena arena;
};

/* Look at a day; the rate is per year, continuous. */
void oracle_open(struct oracle *o, const struct store *store, const char *underlying, int32_t date,
                 double rate);
void oracle_close(struct oracle *o);
/* Take the quotes of one snapshot after the other; false after the last. */
bool oracle_next(struct oracle *o);

/* Choose all legs now; false when one cannot be. Two strikes may be equally good: prefer[i] then
 * decides, a strike in mills, 0 for no preference. */
bool oracle_choose(struct oracle *o, const struct want_leg *want, int count, const int32_t *prefer,
                   struct oracle_leg *legs);

/* Units that the displayed sizes allow, at most asked. */
int64_t oracle_units(const struct want_leg *want, const struct oracle_leg *legs, int count,
                     int64_t asked);

/* All costs of the order, micros: Interactive Brokers tiered and the market's fees, early 2024. */
int64_t oracle_fees(const struct want_leg *want, const struct oracle_leg *legs, int count,
                    int64_t units);

/* Mid of one unit, dollars: + paid. */
double oracle_debit(const struct want_leg *want, const struct oracle_leg *legs, int count);

bool oracle_is_third_friday(int32_t date);

#endif
