/*
 * Margin before an order is sent: the second half of the gate, apart because it takes milliseconds.
 *
 * The number is what equity must not fall below at the worst set of working orders with this one
 * filled, at the prices they were sent with: margin_what_if()'s cash, plus what the book is worth
 * beyond cash. It is held against RISK_MARGIN_USE of equity. An order that does not raise it
 * passes. A refusal finds by halving the quantity that passes; it asks margin_what_if() about
 * log2(quantity) times.
 */
#ifndef DOMAIN_RISK_MARGIN_GATE_H
#define DOMAIN_RISK_MARGIN_GATE_H

#include "domain/margin/what_if.h"
#include "domain/risk/risk.h"

struct risk_margin {
    struct margin_work *work;
    const struct margin_book *book;
    const struct margin_terms *terms;
    enum margin_when when;
    const struct margin_order *working;
    size_t working_count;
    int64_t cash; /* micros now: equity less what the book is worth */
    bool reduces; /* the order: where pairings are not proven minimal it is compared with what is
                     asked now all the same */
};

/*
 * one: the order's legs, debit and fees for a single package. legs may not be more than
 * RISK_LEGS_MAX.
 *   what_if   of the whole quantity, whatever the verdict
 * Errors: those of margin_what_if(), ERR_RANGE for a quantity below 1; the order must not be sent
 * then. Unknown equity refuses with RISK_UNKNOWN.
 */
NODISCARD enum err risk_margin_check(const struct risk_margin *margin,
                                     const struct risk_account *account,
                                     const struct risk_limits *limits,
                                     const struct margin_order *one, int64_t quantity,
                                     struct margin_what_if *what_if, struct risk_verdict *out);

#endif
