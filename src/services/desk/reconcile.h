/*
 * Reconciliation: what the venue has against what the desk thinks, and what each difference is.
 *
 * After a restart, and every morning, the desk asks the venue for its orders, executions, positions
 * and cash and compares. A pure function: two statements in, a list of differences out, each with
 * what to do about it and, where positions changed, which lots it is paired with. Nothing here
 * changes the desk: what follows goes through the kernel as events like any other (missed fills as
 * reports, and so on), and every difference is an alert.
 *
 * Order of explanation, so that nothing is explained twice:
 *
 *   1. executions that the desk does not have        DIFF_FILL_MISSED: feed them as reports, first
 * of all
 *   2. orders open here that the venue does not know  DIFF_ORDER_GONE: it ended, or never arrived
 *      orders open there that the desk does not know  DIFF_ORDER_FOREIGN: somebody else's; adopt it
 *      different in quantity or price                 DIFF_ORDER_CHANGED
 *   3. positions, after the missed fills:
 *      options gone and shares there against them at the strike, in whole contracts:
 *        short ones                                   DIFF_ASSIGNED
 *        long ones                                    DIFF_EXERCISED
 *      expired and gone, nothing for it               DIFF_EXPIRED
 *      smaller there than here                        DIFF_CLOSED: a person, or the broker's
 * liquidation larger there, or not here at all               DIFF_OPENED: somebody else's; it joins
 * no strategy's trade
 *   4. cash, after all that                           DIFF_CASH: fees, interest, dividends,
 * transfers
 *
 * Lots. What was assigned, exercised, expired or closed is taken from the desk's lots of that
 * contract, oldest first (FIFO), which is what brokers report; assigned shares join the trade whose
 * option brought them.
 */
#ifndef SERVICES_DESK_RECONCILE_H
#define SERVICES_DESK_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/orders/report.h"
#include "domain/types/contract.h"
#include "domain/types/money.h"

/* A holding: of one lot (a trade's leg), or of the whole account at the venue. */
struct statement_position {
    bool is_stock;
    char underlying[16];
    struct contract contract; /* when not stock */
    int64_t quantity;         /* signed contracts or shares */
    uint64_t trade_id;        /* the desk's: which lot, ascending with age; the venue's: 0 */
};

struct statement_order {
    uint64_t order_id; /* ours, as the venue echoes it; 0: not one of ours */
    char broker_id[BROKER_ID_BYTES];
    int64_t quantity, filled; /* packages */
    int64_t net_price;        /* micros a share, PRICE_NONE without a limit */
};

struct statement_fill {
    struct exec_id exec;
    uint64_t order_id; /* 0: not one of ours */
    bool is_stock;
    char underlying[16];
    struct contract contract;
    int64_t quantity;        /* signed: + bought */
    int64_t price;           /* micros a share */
    struct fill_costs costs; /* each PRICE_NONE while not known */
    int64_t cash;            /* + received, costs taken off */
};

/* What one side says it has. Desk: its lots, open orders and executions. Venue: its account. */
struct statement {
    int32_t day; /* yyyymmdd, of the venue's: what expired before it is gone */
    const struct statement_position *positions;
    size_t position_count;
    const struct statement_order *orders;
    size_t order_count;
    const struct statement_fill *fills;
    size_t fill_count;
    int64_t cash; /* micros; PRICE_NONE: not said */
};

enum diff_kind {
#define DIFF(id, word, text) id,
#include "services/desk/differences.def"
#undef DIFF
    DIFF_KIND_COUNT
};

struct diff_lot {
    uint64_t trade_id;
    int64_t quantity; /* signed change of that trade's lot */
};

struct difference {
    enum diff_kind kind;
    const struct statement_order *order; /* of orders: ours, or the venue's */
    const struct statement_fill *fill;   /* DIFF_FILL_MISSED */
    bool is_stock;
    char underlying[16];
    struct contract contract;
    int64_t quantity;            /* signed change that brings the desk to the venue */
    int64_t shares;              /* ASSIGNED, EXERCISED: shares that came with it; at the strike */
    int64_t cash;                /* that moved with it: the strike's, or DIFF_CASH's difference */
    const struct diff_lot *lots; /* whose: shares of an assignment go to the same trades */
    size_t lot_count;
};

struct reconciliation {
    const struct difference *items; /* in the order above; in the arena */
    size_t count;
    bool is_clean; /* none at all */
};

/* Errors: ERR_RANGE for a quantity or amount beyond what fits; everything lives in arena. */
NODISCARD enum err reconcile(struct reconciliation *out, struct arena *arena,
                             const struct statement *desk, const struct statement *venue);

/* "assigned", and a sentence for an alert. */
const char *diff_kind_name(enum diff_kind kind);
enum { DIFF_TEXT_BYTES = 240 };
void diff_format(char out[DIFF_TEXT_BYTES], const struct difference *diff);

#endif
