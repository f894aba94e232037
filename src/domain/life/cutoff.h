/*
 * The last hours of an option: until when it can be opened, from when a broker may close it by
 * force, until when its holder may decide against the automatic exercise. Dated rows: cutoffs.def.
 */
#ifndef DOMAIN_LIFE_CUTOFF_H
#define DOMAIN_LIFE_CUTOFF_H

#include "domain/life/expiry.h"

enum cutoff_kind {
    CUTOFF_OPENING,     /* from then on what expires today can only be closed */
    CUTOFF_LIQUIDATION, /* from then on the broker closes what the account cannot take delivery of
                         */
    CUTOFF_INSTRUCTION, /* until then the holder may give a contrary instruction */
    CUTOFF_KIND_COUNT
};

struct cutoff {
    const char *broker; /* of the row: "generic" when the broker has none */
    enum cutoff_kind kind;
    int32_t valid_from, valid_to;
    int minutes;        /* after the close */
    const char *source; /* ends in "?" when it wants checking */
};

const char *cutoff_kind_name(enum cutoff_kind kind); /* "liquidation" */

/* The row for a broker on a day, else that of "generic". Errors: ERR_RANGE when there is none. */
NODISCARD enum err cutoff_get(const struct cutoff **out, const char *broker, enum cutoff_kind kind,
                              int32_t day);

/* All rows, for a command that lists those marked "?". */
const struct cutoff *cutoff_rows(size_t *count);

/*
 * The moment on a contract's last day, UTC ns. Errors: those of cutoff_get() and of the calendar.
 */
NODISCARD enum err cutoff_moment(int64_t *out_ts_ns, const struct cutoff **row, const char *broker,
                                 enum cutoff_kind kind, const struct contract *contract,
                                 const struct calendar *cal);

/* What the account can carry when an expiry leaves shares behind, micros. */
struct cutoff_account {
    int64_t cash;
    int64_t shares;      /* held already, signed */
    int64_t share_value; /* of one share that may be borrowed against: price x (1 - margin), >= 0 */
};

/*
 * Would a broker close the expiring lines by force at this price? True when, after everything in
 * the money is exercised and assigned, cash does not cover the shares that would be long, or shares
 * would be short that cash and proceeds do not secure. *flow says what would move; *missing how
 * much, micros.
 */
NODISCARD enum err cutoff_must_liquidate(bool *out, struct exercise_flow *flow, int64_t *missing,
                                         const struct expiring *lines, size_t count, int64_t price,
                                         const struct cutoff_account *account);

#endif
