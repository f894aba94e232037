/*
 * The simulated venue's full form: orders rest, wait in a queue, fill in parts, expire, are halted.
 *
 *     exchange_open(&run, &config)                     once; nothing allocated after
 *     exchange_session, _market, _quote, _level        what the market is; time never goes back
 *     exchange_submit, _cancel, _replace               what the kernel asks; ERR_OK: on its way
 *     while (exchange_poll(x, now, &report, &due))     what it says, in the order of its link
 *
 * Deterministic: no clock, no state of a generator; latency, rejects and random parts are
 * functions of (seed, order, version). The same calls give the same reports.
 *
 * Filling. A package trades all its legs at one instant, against the latest quotes known when it
 * arrives, at the prices of the fill model (fill_model.h), in whole packages:
 *   size       share and calibrated take at most what is displayed on every leg. What was taken is
 *              gone, for all orders, until that contract is quoted again or refill_ns has passed.
 *   impact     0: no more than is displayed. Else an order may take more: n times the displayed
 *              size costs impact * (sqrt(n) - 1) half-spreads more on that leg (square-root law).
 *   resting    a limit that does not fill when it comes rests. It fills at its limit, never better,
 *              once the model's price reaches it: what others would have had is not ours.
 *   queue      a single leg at the touch stands behind the displayed size. Volume traded at its
 *              price or beyond, where the market tells it, consumes those ahead, then fills it. A
 *              price inside the spread has nobody ahead; one behind the touch waits to become it.
 *   parts      partial_ppm of fills are for a random part of what could be had.
 * Packages have no queue of their own: no complex book is simulated, and its trades are not known.
 *
 * Triggers. A stop is signed as net prices are: it triggers when doing the order costs the stop
 * price or more (for one leg the unsigned price of a buy at or above, of a sale at or below). mid:
 * of the net mid; last: of the last trade, for one leg; bid_ask: of the far side. A trail follows
 * the cheapest cost seen since arrival. Then it is a market or a limit order.
 *
 * Time. Day orders end with their session; an order for a closed session is rejected, or held
 * until the next when gtc or gtd. opg trades at the first quotes from the open on, clo at the last
 * before the close. A halt holds every order of its underlying, trades nothing, and takes cancels;
 * after it quotes must be new. Displaying less than all changes nothing here; notional orders are
 * refused.
 *
 * Not simulated: other people's reaction to our orders, and our own orders meeting one another.
 */
#ifndef ADAPTERS_BROKER_SIM_EXCHANGE_H
#define ADAPTERS_BROKER_SIM_EXCHANGE_H

#include "adapters/broker/sim/fill_model.h"
#include "base/mem.h"
#include "domain/orders/report.h"
#include "domain/types/fees.h"
#include "kernel/ports/event.h"

struct exchange_config {
    enum fill_model model;
    enum fee_schedule fees;
    uint64_t seed;
    int64_t submit_ns, answer_ns; /* latency there and back, >= 0 */
    int64_t jitter_ns;            /* 0 to this on top of each, at random */
    int reject_ppm, partial_ppm;  /* chances, 0 to 1000000 */
    int impact_thousandths;       /* of a half-spread, 0: none; see above */
    int64_t refill_ns;            /* 0: only a new quote brings back what was taken */
    uint32_t orders;              /* known at once, over or not */
    uint32_t reports;             /* on their way at once, either way */
    uint32_t executions;          /* remembered for exchange_ask(), the newest */
    uint32_t underlyings;         /* struct order_terms.underlying_index is below this */
    uint32_t contracts;           /* of one underlying's day */
};

/* The config of a backtest: no latency, no rejects, no impact. */
struct exchange_config exchange_config_default(enum fill_model model, enum fee_schedule fees);

/* "fill model share: ...; latency 50 ms and 20 ms; impact 0.5 ...": one line for reports. */
enum { EXCHANGE_TEXT_BYTES = 512 };
void exchange_describe(char out[EXCHANGE_TEXT_BYTES], const struct exchange_config *config);

struct exchange;
struct exchange *exchange_open(struct arena *arena, const struct exchange_config *config);

/* The market. Errors: ERR_FULL when a report finds no room, ERR_RANGE for an underlying or more
 * contracts than there are places; nothing later can be trusted then. */
NODISCARD enum err exchange_session(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                                    const struct event_session *session);
NODISCARD enum err exchange_market(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                                   const struct event_market *market);
struct exchange_quote {
    uint32_t contract; /* index into the session's table; UINT32_MAX: the underlying itself */
    int64_t bid, ask;  /* PRICE_NONE missing */
    uint32_t bid_size, ask_size;
    int64_t last;   /* PRICE_NONE none told */
    int64_t volume; /* of the day so far; -1 not told */
};
NODISCARD enum err exchange_quote(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                                  const struct exchange_quote *quote);
/* The VIX, for the calibrated model's stress; PRICE_NONE: not known any more. */
void exchange_stress(struct exchange *x, int64_t vix);
NODISCARD enum err exchange_halt(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                                 bool is_halted);
NODISCARD enum err exchange_day_end(struct exchange *x, uint32_t underlying, int64_t ts_ns);

/*
 * Requests leave at ts_ns. terms are copied, with edit in place of theirs. The same number again
 * is the same order, the same version again the same replacement, acknowledged again. Errors:
 * ERR_FULL when no place is left.
 */
NODISCARD enum err exchange_submit(struct exchange *x, uint64_t id, uint32_t version, int64_t ts_ns,
                                   const struct order_terms *terms, const struct order_edit *edit);
NODISCARD enum err exchange_cancel(struct exchange *x, uint64_t id, int64_t ts_ns);
NODISCARD enum err exchange_replace(struct exchange *x, uint64_t id, uint32_t version,
                                    int64_t ts_ns, const struct order_edit *edit);
/* What is the state of an order? Answered by a report, ORDER_SAID_NOT_FOUND among them; its
 * executions are told again before. */
NODISCARD enum err exchange_ask(struct exchange *x, uint64_t id, int64_t ts_ns);

/* The next report due at or before now_ns, and when it was (may be NULL); false when there is none.
 */
bool exchange_poll(struct exchange *x, int64_t now_ns, struct order_report *out, int64_t *due_ns);
/* When something happens next: INT64_MAX nothing. */
int64_t exchange_next_ns(const struct exchange *x);

/* Orders that are not over, by place: NULL ends. For reconciling. */
const struct order_terms *exchange_open_order(const struct exchange *x, uint32_t place,
                                              uint64_t *id, int64_t *filled);

/* An execution that is remembered, as it was told: index below config.executions; false: none
 * there. For reconciling. */
bool exchange_execution(const struct exchange *x, uint32_t index, struct order_report *out,
                        const struct order_terms **terms);
/* Is anything on its way, either way? Then the two sides may differ, and be right. */
bool exchange_is_talking(const struct exchange *x);

/*
 * The whole state as bytes, appended, and back into one opened with the same config that has seen
 * nothing: a snapshot, for the same program. Errors: ERR_CORRUPT naming what does not fit; x is
 * then of no further use.
 */
struct buf;
void exchange_snapshot_write(struct exchange *x, struct buf *out);
NODISCARD enum err exchange_snapshot_read(struct exchange *x, const uint8_t *bytes, size_t len);

#endif
