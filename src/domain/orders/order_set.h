/*
 * All orders of one account: what was asked, what was sent, what the broker said, what is filled.
 *
 *     set = order_set_open(&run, &limits);                            once; nothing allocated after
 *     order_set_stage(set, id, &terms, now, &order)                   a new order, not sent
 *     order_set_act(set, id, ORDER_SEND, now, "", &change)            what we do
 *     order_set_report(set, &report, &change)                         what the broker says
 *     while (order_set_next_ask(set, &ask)) ...                       what groups want done now
 *
 * The state machine is a table, order_transitions.def. Filled quantity and end are separate facts:
 * fills are booked whatever the status is, once each (struct exec_id), and an order that is over
 * stays over but for an explicit correction. Money is only ever counted from fills.
 *
 * An order can be over before all its executions are known: a report may come before them. Whoever
 * acts on what an order did waits for order_state_is_settled().
 *
 * Replacing makes a version. The version before stays in force, and may fill, until the broker says
 * that the new one is; fills remember theirs. One replace at a time.
 *
 * Finding by id, booking a fill and every step take constant time. Orders that are over stay
 * readable until their place is needed for a new one; the one that ended first goes first. Reports
 * of an order that went are ERR_NOT_FOUND like those of one that never was.
 *
 * The set is one block without pointers inside: order_set_image() is a snapshot, and two sets that
 * were opened alike and saw the same calls are equal byte for byte.
 */
#ifndef DOMAIN_ORDERS_ORDER_SET_H
#define DOMAIN_ORDERS_ORDER_SET_H

#include "base/mem.h"
#include "domain/orders/report.h"

enum order_status {
#define ORDER_STATUS(id, word, group, text) id,
#include "domain/orders/order_statuses.def"
#undef ORDER_STATUS
    ORDER_STATUS_COUNT
};

enum order_alarm_bit {
#define ORDER_ALARM(id, word, text) id##_BIT,
#include "domain/orders/order_alarms.def"
#undef ORDER_ALARM
    ORDER_ALARM_COUNT
};
enum order_alarm {
#define ORDER_ALARM(id, word, text) id = 1 << id##_BIT,
#include "domain/orders/order_alarms.def"
#undef ORDER_ALARM
};

struct order_limits {
    uint32_t orders;   /* kept at once, over or not; > 0 */
    uint32_t fills;    /* executions of them; one stays free for each order: > 9 */
    uint32_t versions; /* of them; >= orders */
};

#define SLOT_NONE UINT32_MAX

enum version_fate { VERSION_ASKED, VERSION_IN_FORCE, VERSION_SUPERSEDED, VERSION_REFUSED };

struct order_version {
    uint32_t n; /* from 1 */
    enum version_fate fate;
    struct order_edit edit;
    int64_t asked_ns, answered_ns; /* TS_NONE before */
    char broker_id[BROKER_ID_BYTES];
    uint32_t next; /* older one of the order, SLOT_NONE */
    uint32_t reserved;
};

enum fill_fate {
    FILL_COUNTS, /* it is in filled quantities and cash */
    FILL_BUSTED,
    FILL_CORRECTED, /* another execution stands for it */
};

struct order_fill {
    struct exec_id exec;
    uint64_t order_id;
    uint32_t version;
    int32_t leg; /* or LEG_PACKAGE */
    enum fill_fate fate;
    enum fill_quality quality;
    int64_t quantity,
        price; /* as in struct report_fill; quantity 0: taken back before it was told */
    int64_t ts_ns;
    struct fill_costs costs;
    uint32_t next; /* older one of the order, SLOT_NONE */
    uint32_t reserved;
};

/* One order. Read it; only the functions below change it. */
struct order_state {
    uint64_t id;
    struct order_terms terms; /* as staged; edit is the first version */
    struct order_edit edit;   /* in force: what the broker is known to work */
    struct order_edit asked;  /* on its way while replace_asked */
    enum order_status phase;  /* never PARTIAL, REPLACING, CANCELING: see order_state_status() */
    bool cancel_asked, replace_asked;
    bool foreign;                    /* adopted: made by somebody else */
    uint32_t version, version_asked; /* numbers of edit and asked; 0: none asked */
    uint32_t version_last;           /* highest number ever given */
    uint32_t not_found;              /* times the broker did not know it, since it was UNKNOWN */
    int64_t staged_ns, sent_ns, changed_ns, done_ns; /* TS_NONE before */
    int64_t filled;                                  /* whole packages: every leg has its part */
    int64_t said_filled; /* what the broker says is filled; more than filled: executions are owed */
    int64_t filled_package;               /* of these, told without leg prices */
    int64_t filled_leg[PACKAGE_LEGS_MAX]; /* contracts or shares told leg by leg, unsigned */
    int64_t cash;            /* of all fills that count, before costs: + received, - paid */
    struct fill_costs costs; /* summed; what is not known yet counts nothing, see costs_owed */
    uint32_t costs_owed;     /* fills that count whose costs are not known */
    uint32_t fill_count, fill_newest; /* all, taken back ones too; slot, SLOT_NONE */
    uint32_t version_newest;
    uint32_t alarms; /* all ever raised */
    enum reason_code reason;
    char reason_text[REASON_BYTES]; /* of the last no */
    char broker_id[BROKER_ID_BYTES];
    uint32_t slot, older, younger; /* list of open or of ended orders */
    uint32_t group_next;           /* ring of its group; itself when alone */
    uint32_t dirty_next;
    int64_t quota;       /* of a child: packages its parent's fills have given it */
    int64_t quota_asked; /* and what they will have when the replacement on its way is in force; 0:
                            none is */
    enum order_input group_asked; /* last ask of the group for it, and its quantity: asked once */
    int64_t group_asked_quantity;
    bool is_dirty, in_use;
};

/* What one call did. */
struct order_change {
    uint64_t id;
    enum order_status from, to; /* as shown */
    uint32_t alarms;            /* raised by this call; a set of enum order_alarm */
    bool is_repeat;             /* it told nothing new */
    int new_fills;              /* booked now */
    int64_t filled;             /* packages after the call */
    int64_t cash;               /* that this call moved, before costs: + received */
    struct fill_costs costs;    /* that this call added; a bust gives them back */
};

struct order_set;

/* Memory for all of it comes from arena, now. */
struct order_set *order_set_open(struct arena *arena, const struct order_limits *limits);

/*
 * A new order. id is the caller's, > 0, and never used again.
 * Errors: ERR_RANGE (order_terms_check), ERR_EXISTS, ERR_FULL when every place holds an order that
 * is not over, ERR_NOT_FOUND when the parent is not here; ERR_RANGE too when a group's members
 * differ in kind, or those of an OCO in quantity.
 */
NODISCARD enum err order_set_stage(struct order_set *set, uint64_t id,
                                   const struct order_terms *terms, int64_t ts_ns,
                                   const struct order_state **out);

/* What we do: inputs of source OURS but for ORDER_ASK_REPLACE. why is kept with a refusal.
 * Errors: ERR_NOT_FOUND; ERR_REFUSED when the table has no such step, saying what would be
 * legal. */
NODISCARD enum err order_set_act(struct order_set *set, uint64_t id, enum order_input input,
                                 int64_t ts_ns, const char *why, struct order_change *out);

/* Ask for another version. Errors: as act, also ERR_RANGE (order_edit_check), ERR_REFUSED while
 * another replace or a cancel is on its way, ERR_FULL. */
NODISCARD enum err order_set_replace(struct order_set *set, uint64_t id,
                                     const struct order_edit *edit, int64_t ts_ns,
                                     struct order_change *out);

/*
 * What the broker says. A word that cannot follow changes the status of nothing but raises
 * ORDER_ALARM_ILLEGAL; its fills are booked all the same.
 * Errors: ERR_NOT_FOUND for an order that is not here (reconcile, then adopt it); ERR_RANGE for a
 * report that makes no sense by itself (no such leg, quantity 0); ERR_FULL when no room for fills
 * is left. On errors nothing has changed.
 */
NODISCARD enum err order_set_report(struct order_set *set, const struct order_report *report,
                                    struct order_change *out);

/* What groups want done now, to be asked until there is none. Each still goes through the gates;
 * do it (order_set_act, order_set_replace) before asking for the next. */
struct order_ask {
    uint64_t id;
    enum order_input what;  /* ORDER_SEND a child, ORDER_ASK_CANCEL, ORDER_ASK_REPLACE */
    struct order_edit edit; /* SEND: quantity it may have; REPLACE: the edit to ask for */
};
bool order_set_next_ask(struct order_set *set, struct order_ask *out);
/* A replacement that was asked for did not leave. */
void order_set_group_failed(struct order_set *set, uint64_t id);
/* The next member of its group, in a ring; itself when it is alone. */
const struct order_state *order_set_group_next(const struct order_set *set,
                                               const struct order_state *order);
/* Packages that a child may still fill: of what its parent gave it less what others of its group
 * took. */
int64_t order_set_group_left(const struct order_set *set, const struct order_state *order);
/* Whether any child of a parent may still fill, and nobody asked to cancel it. */
bool order_set_group_guards(const struct order_set *set, uint64_t parent);
/* A child may be sent for less than it was staged for. Errors: as order_set_act. */
NODISCARD enum err order_set_resize(struct order_set *set, uint64_t id, int64_t quantity);
/* The quotes of its legs as they are now, from terms with the same legs: of an order that has not
 * left yet, as one that was signed only now. Errors: ERR_NOT_FOUND, ERR_REFUSED. */
NODISCARD enum err order_set_requote(struct order_set *set, uint64_t id,
                                     const struct order_terms *terms);

/* Queries. find returns NULL when there is none. */
const struct order_state *order_set_find(const struct order_set *set, uint64_t id);
const struct order_fill *order_set_find_fill(const struct order_set *set, struct exec_id exec);
/* Orders that are not over, oldest first; those that are, the first to end first. NULL ends. */
const struct order_state *order_set_first_open(const struct order_set *set);
const struct order_state *order_set_first_done(const struct order_set *set);
const struct order_state *order_set_next(const struct order_set *set,
                                         const struct order_state *order);
/* Fills and versions of an order, newest first. NULL ends. */
const struct order_fill *order_set_first_fill(const struct order_set *set,
                                              const struct order_state *order);
const struct order_fill *order_set_next_fill(const struct order_set *set,
                                             const struct order_fill *fill);
const struct order_version *order_set_first_version(const struct order_set *set,
                                                    const struct order_state *order);
const struct order_version *order_set_next_version(const struct order_set *set,
                                                   const struct order_version *version);
uint32_t order_set_open_count(const struct order_set *set);

/* The whole set as bytes, and back into one opened with the same limits. Only the header is
 * checked: that the bytes are the ones written is for the journal's hash to say.
 * Errors: ERR_CORRUPT when they are no image of such a set; set is then untouched. */
const void *order_set_image(const struct order_set *set, size_t *bytes);
NODISCARD enum err order_set_restore(struct order_set *set, const void *image, size_t bytes);

/* What to show: the phase, or PARTIAL, REPLACING, CANCELING where that says more. */
enum order_status order_state_status(const struct order_state *order);
/* Of all legs at the worst outcome: packages that could still fill, a replace on its way counted at
 * the larger of both. 0 when over. */
int64_t order_state_remaining(const struct order_state *order);
/* Over, and every execution the broker counted is here: only now is it safe to act on what was
 * filled. */
bool order_state_is_settled(const struct order_state *order);
/* Contracts or shares of a leg that are filled, signed as the leg. */
int64_t order_state_leg_filled(const struct order_state *order, int leg);

const char *order_status_name(enum order_status status);
const char *order_status_text(enum order_status status);
bool order_status_is_done(enum order_status status);
bool order_status_is_sent(enum order_status status); /* OUT and LIVE: a broker may have it */
const char *order_alarm_name(enum order_alarm alarm);

/* The table itself, for tests and docs: false when there is no such step. */
struct order_step {
    enum order_status to;
    uint32_t alarm;
    bool begins_cancel, begins_replace, ends_cancel, ends_replace;
};
bool order_step_find(enum order_status from, enum order_input input, struct order_step *out);

#endif
