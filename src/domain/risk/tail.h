/*
 * Value at risk and expected shortfall of a sample of profits, and the samples.
 *
 * Both are positive losses of a horizon (that of the profits). VaR at a level is the quantile of
 * losses, linear between order statistics (type 7); ES is the mean of the losses not below it.
 * Profits come from full revaluation (stress_profit()), never from Greeks: a short-gamma book has
 * its tail where Greeks of today say nothing.
 *
 *   historical    the index's past moves as they were
 *   filtered      the same, rescaled by today's vol over that day's (EWMA): Hull, White (1998)
 *   Monte Carlo   moves of a Student distribution with vol changes that go with them, by a
 * counter-based generator: the same for every thread and machine
 */
#ifndef DOMAIN_RISK_TAIL_H
#define DOMAIN_RISK_TAIL_H

#include "domain/risk/stress.h"

struct tail {
    double var, shortfall; /* dollars, positive is a loss; NaN: not known */
    size_t count;          /* profits that counted */
};

/*
 * Sorts profit[]. Errors: ERR_RANGE for a level not in (0, 1) or a profit that is not finite;
 * ERR_NOT_FOUND when the sample is too short for the level (less than one loss beyond it). *out is
 * then NaN.
 */
NODISCARD enum err tail_of_sample(size_t count, double *profit, double level, struct tail *out);

/* Closed forms, for tests and for comparison: scale sigma, mean mu; nu degrees of freedom,
 * standardised to variance sigma^2 (nu > 2). */
struct tail tail_normal(double mu, double sigma, double level);
struct tail tail_student(double sigma, double nu, double level);

/*
 * Past moves as scenarios of today. moves and vol_moves: ln changes a day, oldest first; vol_moves
 * may be NULL (then vols stay).
 *   lambda   of the EWMA variance, 0.94 as in RiskMetrics; 0: not filtered. The first 20 days start
 *            it and are left out.
 * out[]: count rows at most; returns how many.
 */
size_t tail_history(size_t count, const double *moves, const double *vol_moves, double lambda,
                    double years, struct stress_move *out);

struct tail_model {
    double sigma;       /* of the index's ln move over the horizon */
    double nu;          /* degrees of freedom, > 2; INFINITY: normal */
    double vol_sigma;   /* of the ln change of 30-day vol */
    double correlation; /* of the two, -0.8 or so for an index */
    double years;       /* horizon */
};
struct tail_name {
    double beta, own_sigma; /* an underlying's move: beta x index + its own, normal */
};
/*
 * Index moves and vol changes, count of them, and for each underlying its moves: out[u * count +
 * i]. Errors: ERR_RANGE for a model that is none.
 */
NODISCARD enum err tail_simulate(const struct tail_model *model, uint64_t seed, size_t under_count,
                                 const struct tail_name *names, size_t count,
                                 struct stress_move *out);

/* VaR at 99 % and shortfall at 97.5 %, the levels of the limits, of a book's profits; room: count
 * doubles. Errors as tail_of_sample(). */
NODISCARD enum err tail_of_book(size_t count, const double *book, double *room, struct tail *out);

/*
 * One more order: does VaR or ES of the book with it stay within RISK_VAR and RISK_SHORTFALL, and
 * if not, how much of it does? book and order: profits in the same scenarios, of the whole book and
 * of one package; room: count doubles. An order that lowers both passes. The levels are those of
 * the limits: 99 and 97.5 %.
 */
NODISCARD enum err tail_check(const struct risk_account *account, const struct risk_limits *limits,
                              size_t count, const double *book, const double *order,
                              int64_t quantity, double *room, struct risk_verdict *out);

#endif
