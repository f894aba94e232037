/*
 * Margin before an order is sent: the book with the order, and with whatever of the orders still
 * working may fill as well.
 *
 * What cash must be there after some orders fill is the cash requirement of the book with them,
 * plus what they cost and their fees. The worst is taken over every set of working orders, each
 * filled whole or not at all, while there are at most MARGIN_WORKING_EXACT of them. Beyond, that
 * many are tried so, those that close before all, and the others count as if each stood alone,
 * which is no less while prices are free of arbitrage.
 *
 * Under portfolio margin (terms->is_portfolio) the cash requirement is portfolio.h's requirement
 * less what the book is worth at its marks. Each set is then priced again: some milliseconds for
 * each when the options are American.
 */
#ifndef DOMAIN_MARGIN_WHAT_IF_H
#define DOMAIN_MARGIN_WHAT_IF_H

#include "domain/margin/margin.h"

enum { MARGIN_WORKING_EXACT = 5, MARGIN_WORKING_MAX = 64 };

struct margin_order {
    const struct margin_line *legs; /* underlying as in the book; quantity as it would fill */
    size_t leg_count;
    int64_t debit; /* micros paid for all of it; negative is a credit */
    int64_t fees;  /* micros, >= 0 */
};

struct margin_what_if {
    int64_t before, after;             /* cash requirement of the book, and with the order filled */
    int64_t effect;                    /* on buying power: after - before + debit + fees */
    int64_t worst_before, worst_after; /* cash needed at the worst of the working orders */
    int64_t
        floor_before; /* what worst_before is at least, if not every pairing is proven minimal */
    uint64_t worst_fills; /* which of them, a bit each; with the order beside them */
    bool is_exact;        /* every set was tried, and every pairing is minimal */
};

/*
 * order may be NULL: what the working orders may do by themselves.
 * Errors: as margin_strategy(); ERR_FULL beyond MARGIN_WORKING_MAX working orders or when the lines
 * together are too many; ERR_RANGE for an amount out of range. *out is then all zero.
 */
NODISCARD enum err margin_what_if(struct margin_work *work, const struct margin_book *book,
                                  const struct margin_terms *terms, enum margin_when when,
                                  const struct margin_order *working, size_t working_count,
                                  const struct margin_order *order, struct margin_what_if *out);

#endif
