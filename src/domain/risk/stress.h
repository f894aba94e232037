/*
 * Scenarios: what the book would lose if. A grid of spot moves and vol changes, and named days that
 * happened (shocks.def), every option priced again on its surface; never a sum of Greeks.
 *
 * A scenario moves the index; an underlying moves by its beta times the logarithm. Vols answer by
 * tenor: a scenario's factor is that of 30 days, and the square root of time carries it to others,
 *     factor(T) = 1 + (factor - 1) sqrt(30 days / T),     T no shorter than 7 days,
 * and the reciprocal of that for vols that fall. Smiles move along with the spot (sticky delta), so
 * that the factor is what the at-the-money vol does, as an index of vol tells it.
 *
 * Since profits add up over positions, each contract's profits in all scenarios are part of its
 * risk_vector: the gate (risk.h) then holds stress limits for one more order within its half a
 * microsecond, working orders at their worst in each scenario by itself.
 */
#ifndef DOMAIN_RISK_STRESS_H
#define DOMAIN_RISK_STRESS_H

#include "domain/pricing/scenario.h"
#include "domain/risk/risk.h"

enum { STRESS_NAME_BYTES = 48 };

struct stress_scenario {
    char name[STRESS_NAME_BYTES]; /* "spot -10 %, vol +50 %", "1987-10-19" */
    double move;                  /* ln of the index's factor */
    double vol_factor;            /* of 30-day vols, > 0 */
};

struct stress_set {
    size_t count, grid_count; /* the grid first, then named days; as struct risk_account */
    struct stress_scenario at[RISK_SCENARIOS_MAX];
};

/* -15 to +10 % by vols x 0.75, 1 and 1.5, and shocks.def. */
void stress_set_default(struct stress_set *set);
/* One's own grid before the shocks: factors of spot and vol. Errors: ERR_FULL, ERR_RANGE. */
NODISCARD enum err stress_set_grid(struct stress_set *set, size_t move_count,
                                   const double *spot_factor, size_t vol_count,
                                   const double *vol_factor);

/* An underlying as it is marked now: rows of options sorted by slice (scenario.h), and the
 * underlying. */
struct stress_under {
    const struct surface *surface;
    double spot, beta;
    bool is_american;
    size_t count;
    const uint32_t *slice; /* of the surface, rising */
    const double *strike;
    const int8_t *sign;       /* OPTION_SIGN_*; 0: the underlying itself */
    const double *multiplier; /* 100; 1 for a share */
};

/*
 * The profit of one contract (or share) of each row in each scenario, into vector[i]'s scenarios;
 * its measures are left alone. room: doubles, count x (set->count + 1).
 * is_known[i] is false, and the vector untouched, where a row has no price somewhere: such a row is
 * unpriced for the gate. Returns how many are not known.
 */
size_t stress_vectors(const struct stress_under *under, const struct stress_set *set, double *room,
                      struct risk_vector *const *vector, bool *is_known);

/*
 * The same for one contract (or share, sign 0) with a vol of its own and no surface: its vol keeps
 * to it and answers by its tenor. For a kernel that has vols by contract; half a microsecond when
 * European, some 30 when American. False, and the vector untouched, when a price is missing.
 */
struct stress_option {
    double spot, beta;
    double strike, years, vol, rate, yield;
    double multiplier;
    int8_t sign;
    bool is_american;
};
NODISCARD bool stress_vector_option(const struct stress_option *option,
                                    const struct stress_set *set, struct risk_vector *out);

/* Profit of one contract (or share) in any scenarios, dollars: for a sample of VaR without a
 * surface. moves[i].move times scale is the index's; years pass, as many in all of them. False
 * when a price is missing. Some 60 ns a scenario, and when American 50 us more: what early
 * exercise adds is read off between 50 prices: within 3 cents where the spot is 100, however far
 * it moved (tested). */
struct stress_move;
NODISCARD bool stress_profits_option(const struct stress_option *option, size_t count,
                                     const struct stress_move *moves, double scale, double *profit);

/*
 * Profit of a book in any scenarios, dollars: full revaluation, for VaR and reports.
 *   quantity   of each row, signed contracts or shares
 *   moves      ln factor of this underlying (not of the index); vol_factors of 30 days; years pass
 *   profit[n]  is added to, so that underlyings add up; start from 0. NaN where a row has no price.
 * Returns how many are NaN.
 */
struct stress_move {
    double move, vol_factor, years;
};
size_t stress_profit(const struct stress_under *under, const double *quantity, size_t count,
                     const struct stress_move *moves, double *room, double *profit);

#endif
