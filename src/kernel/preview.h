/*
 * What-if: an order through the same gates and the same margin as a real one, with nothing changed.
 *
 * Each rule gives its verdict, also behind one that said no, so that a person sees all that is in
 * the way at once: the rule, the number, the limit, the unit, and what would pass. The rules are
 * those of gates.def, in its order, then the account's limits (domain/risk/limits.def), margin
 * among them, then the signature.
 */
#ifndef KERNEL_PREVIEW_H
#define KERNEL_PREVIEW_H

#include "domain/margin/margin.h"
#include "domain/types/fees.h"
#include "kernel/kernel.h"

/* The three gates. */
enum gate_step { GATE_MAY_YOU, GATE_IS_SAFE, GATE_WHO_SIGNS, GATE_STEP_COUNT };
const char *gate_step_name(enum gate_step step); /* "may_you", "is_safe", "who_signs" */

enum gate_word {
    GATE_SAYS_YES,
    GATE_SAYS_SIGN, /* a person must sign */
    GATE_SAYS_NO,
    GATE_NOT_ASKED, /* there is no such limit, it does not concern the order, or its number cannot
                       be known */
    GATE_WORD_COUNT
};
const char *gate_word_name(enum gate_word word); /* "yes", "sign", "no", "not_asked" */

enum {
    PREVIEW_GATES_MAX = 48,
    PREVIEW_RULE_BYTES = 40,
    PREVIEW_UNIT_BYTES = 24,
    PREVIEW_PASS_BYTES = 96
};

struct gate_verdict {
    enum gate_step gate;
    char rule[PREVIEW_RULE_BYTES]; /* "role", "state", "limits.max_loss", "underlying_loss",
                                      "margin_use", "signature" */
    enum gate_word word;
    double number, limit;          /* NaN where there is none */
    char unit[PREVIEW_UNIT_BYTES]; /* "dollars", "packages", "contracts"; "" none */
    int64_t
        quantity_max; /* packages of the order that this rule lets pass; of a yes the order's own */
    char would_pass[PREVIEW_PASS_BYTES]; /* of a no or a signature: "2 would pass"; else "" */
    char text[RISK_TEXT_BYTES]; /* of these, as a refusal says it: rule, number, limit, what would
                                   pass; else "" */
};

/* What somebody would ask for with COMMAND_PLACE. */
struct preview_order {
    struct order_terms terms; /* legs, edit, flags; the market by its name: terms.underlying */
    uint64_t trade_id;        /* as in struct event_command */
    bool has_exits;
    struct order_exits exits; /* where has_exits */
    enum command_role role;
    bool has_fees; /* else costs are not known */
    enum fee_schedule fees;
};

struct order_preview {
    enum gate_word word; /* of all gates together: YES, SIGN or NO */
    struct gate_verdict gates[PREVIEW_GATES_MAX];
    size_t gate_count;
    struct order_terms
        terms; /* as it would be sent: with the quotes of now and the kernel's flags */
    int64_t net_near, net_mid,
        net_far;  /* micros a share of one package, + debit; PRICE_NONE unknown */
    int64_t cash; /* at the limit, else the far side: + received, before fees; PRICE_NONE */
    int64_t max_loss, max_profit; /* of the order at expiry, before fees, micros; INT64_MAX:
                                     unbounded or unknown */
    bool reduces; /* it only takes from what the trade holds, and leaves nothing uncovered */
    /* Initial margin: what equity must not fall below, before and after, and at the worst of the
     * orders that work with it; what is free then. PRICE_NONE: not asked or unknown. */
    int64_t margin_before, margin_after, margin_worst, buying_power_after;
    char margin_reason[RISK_TEXT_BYTES]; /* why it is not known, or "" */
    struct fill_costs
        costs; /* estimated, at the limit, else the far side; each PRICE_NONE: unknown */
    double delta, gamma, vega, theta; /* of the order: shares, shares per dollar, dollars per point,
                                         dollars per day; NaN */
};

/*
 * What COMMAND_PLACE would come to. Large: keep *out off small stacks. Changes nothing that an
 * effect could show.
 * Errors: ERR_NOT_FOUND for a market, a trade or a leg that is not there today; ERR_RANGE for
 * terms that make no sense (order_terms_check).
 */
NODISCARD enum err kernel_preview(struct kernel *kernel, const struct preview_order *order,
                                  struct order_preview *out);

/* What the account stands at before its limits: what is held, and working orders at their worst. */
struct kernel_standing {
    struct risk_limits limits; /* in force now, overrides among them; of a kernel without limits all
                                  are RISK_OFF */
    double var, shortfall; /* dollars that a day may cost at 99 % and, on average, beyond 97.5 %;
                            * NaN: such a limit is off, or a vol is missing */
};
/* Changes nothing, as kernel_preview() does. */
void kernel_standing(struct kernel *kernel, struct kernel_standing *out);

/* The account as margin counts it, copied: for who asks in another thread, of other rules, or with
 * an order added. */
struct kernel_margin_book {
    struct margin_terms terms;
    struct margin_book book; /* into the two below: of this struct, so never copy it */
    struct margin_underlying
        underlyings[MARGIN_UNDERLYINGS_MAX]; /* those held, then every other that has a level */
    struct margin_line lines[MARGIN_LINES_MAX];
};
/* Errors: as kernel_margin()'s ERR_NOT_FOUND. Large: keep it off small stacks. */
NODISCARD enum err kernel_margin_book(struct kernel *kernel, struct kernel_margin_book *out);

#endif
