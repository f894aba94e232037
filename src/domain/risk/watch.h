/*
 * What must stop trading by itself: errors, stale and contradicting quotes, clocks that jump,
 * storms of refusals, losses of the day.
 *
 * A watch is fed what happens and answers with an alarm when a limit of level emergency is passed.
 * What an alarm asks for is done by the kernel: it changes the account's state, cancels, calls the
 * planner (plan.h). States only get stricter by themselves; a person makes them looser again.
 * Moments are the events' own; nothing is allocated.
 */
#ifndef DOMAIN_RISK_WATCH_H
#define DOMAIN_RISK_WATCH_H

#include "domain/risk/risk.h"

/* Moments of the latest happenings of one kind. */
enum { RISK_WINDOW_MAX = 512 };
struct risk_window {
    uint32_t count, next; /* kept, where the next goes */
    int64_t ts_ns[RISK_WINDOW_MAX];
};
void risk_window_add(struct risk_window *window, int64_t ts_ns);
/* How many later than now - span; at most RISK_WINDOW_MAX. */
int64_t risk_window_count(const struct risk_window *window, int64_t now_ts_ns, int64_t span_ns);

enum risk_alarm_kind {
    ALARM_NONE,
    ALARM_HALT,      /* to RISK_HALTED, working orders canceled */
    ALARM_REDUCE,    /* to RISK_REDUCING */
    ALARM_HEDGE,     /* hedge_plan() now */
    ALARM_LIQUIDATE, /* to RISK_LIQUIDATING, liquidation_plan() now */
};

struct risk_alarm {
    enum risk_alarm_kind kind;
    enum risk_limit rule;
    int64_t number, limit;
};
/* "quote_age: 42 seconds; the limit is 30: SPX" */
void risk_alarm_text(char out[RISK_TEXT_BYTES], const struct risk_alarm *alarm, const char *name);

struct risk_watch {
    struct risk_window orders, rejects, errors; /* orders: risk_account.recent_orders */
    int64_t last_ts_ns;                         /* of any event; 0: none yet */
    int64_t wall_ns, steady_ns;                 /* of the last timer; steady 0: none yet */
    bool has_hedged, has_liquidated;            /* today: risk_watch_new_day() forgets */
};

/* An order was refused by the broker; an error of our own happened. */
struct risk_alarm risk_watch_reject(struct risk_watch *watch, const struct risk_limits *limits,
                                    int64_t ts_ns);
struct risk_alarm risk_watch_error(struct risk_watch *watch, const struct risk_limits *limits,
                                   int64_t ts_ns);

/* Every event's time: an alarm when it lies before the last by more than RISK_CLOCK_JUMP. */
struct risk_alarm risk_watch_event(struct risk_watch *watch, const struct risk_limits *limits,
                                   int64_t ts_ns);
/* A timer with both clocks: an alarm when the wall stepped against the steady one. */
struct risk_alarm risk_watch_clocks(struct risk_watch *watch, const struct risk_limits *limits,
                                    int64_t wall_ns, int64_t steady_ns);

/* Underlying by underlying, in a session only. last_quote 0: none yet, counted from the open. */
struct risk_alarm risk_watch_quote(const struct risk_limits *limits, int64_t last_quote_ts_ns,
                                   int64_t session_open_ts_ns, int64_t now_ts_ns);

/* Two feeds of one underlying; *since is kept by the caller, 0 while they agree. */
struct risk_alarm risk_watch_feeds(const struct risk_limits *limits, int64_t price,
                                   int64_t other_price, int64_t now_ts_ns, int64_t *since_ts_ns);

/*
 * The day's loss: at each step that is passed an alarm of its own, the gravest first; hedge and
 * liquidation once a day. RISK_DAY_LOSS asks for nothing but no new positions: ALARM_REDUCE, while
 * state is RISK_NORMAL.
 */
struct risk_alarm risk_watch_loss(struct risk_watch *watch, const struct risk_limits *limits,
                                  const struct risk_account *account);
void risk_watch_new_day(struct risk_watch *watch);

#endif
