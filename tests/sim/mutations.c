/*
 * Faults on purpose. The linker puts these functions in front of the program's own (--wrap, in
 * tests/meson.build): the program under test is the one that ships, not a variant of it.
 */
#include <string.h>

#include "adapters/journal/journal.h"
#include "kernel/guard.h"
#include "kernel/kernel_int.h"
#include "kernel/snapshot.h"
#include "tests/sim/sim.h"

int mutation_on = -1;

/* What is built in, and which invariant must break of it. */
#define MUTATIONS(M)                                                                               \
    M(gates_open, LIMITS_NEVER_PASSED, "the gates say yes to everything")                          \
    M(gates_forget_halt, HALT_HOLDS, "the gates do not know of halts")                             \
    M(signature_skipped, NO_ORDER_PAST_A_GATE, "nobody has to sign")                               \
    M(replaced_unsigned, NO_ORDER_PAST_A_GATE,                                                     \
      "a larger version, or one at a worse price, needs no signature")                             \
    M(contracts_unlimited, LIMITS_NEVER_PASSED,                                                    \
      "a strategy's limit of contracts is not looked at")                                          \
    M(limits_not_asked, LIMITS_NEVER_PASSED, "the account's limits are not asked")                 \
    M(margin_not_asked, MARGIN_NEVER_UNDERSTATED, "margin is not asked")                           \
    M(lost_leg, NO_FILL_LOST_OR_DOUBLED, "the last leg of a package's execution is not booked")    \
    M(lost_late_fill, NO_FILL_LOST_OR_DOUBLED,                                                     \
      "an execution after the end of its order is not booked")                                     \
    M(doubled_fill, NO_FILL_LOST_OR_DOUBLED, "an execution told twice is booked twice")            \
    M(costs_forgotten, CASH_EQUALS_THE_SUM_OF_FILLS, "what executions cost is not booked")         \
    M(costs_not_charged, CASH_EQUALS_THE_SUM_OF_FILLS, "what trades cost does not leave the cash") \
    M(end_reopens, AN_END_IS_AN_END,                                                               \
      "an order that is over works again when the broker says working")                            \
    M(cancel_not_sent, HALT_HOLDS, "a cancel is not handed over")                                  \
    M(settlement_skipped, POSITIONS_EQUAL_FILLS, "an expiry is not settled")                       \
    M(settlement_off, CASH_EQUALS_THE_SUM_OF_FILLS, "an expiry settles a dollar off")              \
    M(commit_lies, RECOVERY_EXACT, "a commit returns without having written")                      \
    M(reports_not_journaled, RECOVERY_EXACT, "reports of the broker are not journaled")            \
    M(journal_reorders, RECOVERY_EXACT,                                                            \
      "a record of an effect is journaled with another quantity")                                  \
    M(replace_ignored, NO_FILL_LOST_OR_DOUBLED,                                                    \
      "a replace that was accepted leaves the old version in force")                               \
    M(snapshot_off, RECOVERY_EXACT, "a snapshot is read with a dollar more of cash")               \
    M(halt_unheard, NOTHING_TRADES_IN_A_HALT, "the simulated exchange does not hear of a halt")    \
    M(held_is_over, EVERY_ORDER_ENDS, "an order that the exchange holds counts as over")           \
    M(margin_line_lost, MARGIN_NEVER_UNDERSTATED, "margin of what is held forgets the last line")  \
    M(max_loss_ignored, NOTHING_NAKED, "a strategy's own bound of its loss is not looked at")      \
    M(adjusted_opened, NOTHING_ADJUSTED_IS_OPENED, "adjusted contracts may be opened")             \
    M(doubt_ignored, NOTHING_OPENS_ON_DOUBTED_QUOTES, "quotes in doubt are acted on")              \
    M(agents_override, ROLES_HOLD, "an agent may override limits")                                 \
    M(dividend_skipped, CASH_EQUALS_THE_SUM_OF_FILLS, "a dividend is not paid")                    \
    M(split_skipped, POSITIONS_EQUAL_FILLS, "a split changes nothing")                             \
    M(assignment_lost, POSITIONS_EQUAL_FILLS, "an assignment that the broker tells is not booked") \
    M(assignment_doubled, POSITIONS_EQUAL_FILLS, "an assignment is booked twice")                  \
    M(assignment_off, CASH_EQUALS_THE_SUM_OF_FILLS, "an assignment brings a dollar too much")      \
    M(interest_doubled, CASH_EQUALS_THE_SUM_OF_FILLS, "interest is paid twice")                    \
    M(value_drifts, MONEY_ADDS_UP, "what is held is worth a cent more with every change")          \
    M(expiry_unheard, HALT_HOLDS, "an order's expiry is not heard")                                \
    M(clocks_unwatched, EMERGENCIES_HALT, "clocks that jump are not seen")                         \
    M(quotes_unwatched, EMERGENCIES_HALT, "quotes that grow old are not seen")                     \
    M(feeds_unwatched, EMERGENCIES_HALT, "two sources that disagree are not seen")                 \
    M(errors_unwatched, HALT_HOLDS, "errors of the program are not seen")                          \
    M(rejects_unwatched, EMERGENCIES_HALT, "a storm of rejects is not seen")                       \
    M(exits_too_large, EXITS_FOLLOW_FILLS,                                                         \
      "an exit leaves for all of its order, whatever that filled")                                 \
    M(loss_unwatched, EMERGENCIES_HALT, "the day's loss is not seen")

enum {
#define M(name, aim, text) MUTATION_##name,
    MUTATIONS(M)
#undef M
};
const struct mutation mutations[] = {
#define M(name, aim, text) { #name, text, aim },
    MUTATIONS(M)
#undef M
};
const int mutation_count = ARRAY_COUNT(mutations);

/* Each in front of, and behind, a function of the same type. */
#define WRAP(function) __typeof__(function) __real_##function, __wrap_##function
WRAP(gates_check);
WRAP(guard_allows);
WRAP(guard_margin);
WRAP(order_set_report);
WRAP(order_step_find);
WRAP(trade_charge);
WRAP(order_set_act);
WRAP(ledger_settle);
WRAP(journal_commit);
WRAP(journal_append);
WRAP(kernel_snapshot_read);
WRAP(guard_override);
WRAP(ledger_dividend);
WRAP(life_split);
WRAP(life_assign);
WRAP(life_nights);
WRAP(trade_exercise);
WRAP(trade_revalue);
WRAP(exchange_halt);
WRAP(margin_strategy);
WRAP(order_set_resize);
WRAP(risk_watch_clocks);
WRAP(risk_watch_quote);
WRAP(risk_watch_feeds);
WRAP(risk_watch_error);
WRAP(risk_watch_reject);
WRAP(risk_watch_loss);

static bool is_on(int mutation)
{
    return mutation_on == mutation;
}

enum gate __wrap_gates_check(struct kernel *k, const struct order_terms *terms, int64_t max_loss,
                             uint64_t id, bool is_signed, struct gate_talk *talk)
{
    enum gate gate = __real_gates_check(k, terms, max_loss, id, is_signed, talk);
    if (is_on(MUTATION_gates_open) || (is_on(MUTATION_exits_too_large) && terms->links.parent))
        return GATE_PASS;
    if (is_on(MUTATION_gates_forget_halt) && gate == GATE_REFUSE && k->state != RISK_NORMAL)
        return GATE_PASS;
    const struct order_state *replaced = id ? order_set_find(k->orders, id) : NULL;
    if (is_on(MUTATION_signature_skipped) && gate == GATE_SIGN)
        return GATE_PASS;
    if (is_on(MUTATION_replaced_unsigned) && gate == GATE_SIGN && replaced &&
        order_status_is_sent(replaced->phase))
        return GATE_PASS;
    static const struct {
        int mutation;
        const char *rule;
    } ignored[] = { { MUTATION_contracts_unlimited, "limits.max_contracts:" },
                    { MUTATION_max_loss_ignored, "limits.max_loss:" },
                    { MUTATION_adjusted_opened, "adjusted:" },
                    { MUTATION_doubt_ignored, "feed:" } };
    for (size_t i = 0; i < ARRAY_COUNT(ignored); i++)
        if (is_on(ignored[i].mutation) && gate == GATE_REFUSE && strstr(talk->why, ignored[i].rule))
            return GATE_PASS;
    return gate;
}

bool __wrap_guard_allows(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    return is_on(MUTATION_limits_not_asked) || __real_guard_allows(k, ask, talk);
}

bool __wrap_guard_margin(struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    return is_on(MUTATION_margin_not_asked) || __real_guard_margin(k, ask, talk);
}

enum err __wrap_order_set_report(struct order_set *set, const struct order_report *report,
                                 struct order_change *out)
{
    static uint64_t fresh;
    struct order_report told = *report;
    const struct order_state *order = order_set_find(set, report->order_id);
    bool is_fill = report->what == ORDER_SAID_FILL;
    if (is_on(MUTATION_lost_leg) && is_fill && told.fill_count > 1)
        told.fill_count--;
    if (is_on(MUTATION_lost_late_fill) && is_fill && order && order_status_is_done(order->phase))
        told.what = ORDER_SAID_WORKING, told.fill_count = 0;
    if (is_on(MUTATION_expiry_unheard) && told.what == ORDER_SAID_EXPIRED)
        told.what = ORDER_SAID_WORKING;
    if (is_on(MUTATION_replace_ignored) && told.what == ORDER_SAID_REPLACED)
        told.what = ORDER_SAID_REPLACE_REFUSED;
    for (int i = 0; i < told.fill_count; i++) {
        if (is_on(MUTATION_doubled_fill) && order_set_find_fill(set, told.fills[i].exec))
            told.fills[i].exec.high = UINT64_MAX - ++fresh;
        if (is_on(MUTATION_costs_forgotten))
            told.fills[i].costs = (struct fill_costs){ 0, 0, 0 };
    }
    return __real_order_set_report(set, &told, out);
}

bool __wrap_order_step_find(enum order_status from, enum order_input input, struct order_step *out)
{
    bool found = __real_order_step_find(from, input, out);
    if (is_on(MUTATION_end_reopens) && found && input == ORDER_SAID_WORKING &&
        order_status_is_done(from))
        out->to = ORDER_WORKING;
    if (is_on(MUTATION_held_is_over) && found && input == ORDER_SAID_HELD)
        out->to = ORDER_EXPIRED;
    return found;
}

void __wrap_trade_charge(struct kernel *k, struct trade *trade, int64_t amount)
{
    __real_trade_charge(k, trade, is_on(MUTATION_costs_not_charged) ? 0 : amount);
}

enum err __wrap_order_set_act(struct order_set *set, uint64_t id, enum order_input input,
                              int64_t ts_ns, const char *why, struct order_change *out)
{
    const struct order_state *order = order_set_find(set, id);
    if (is_on(MUTATION_cancel_not_sent) && input == ORDER_ASK_CANCEL && order &&
        order_status_is_sent(order->phase))
        return err_set(ERR_REFUSED, "a mutation");
    return __real_order_set_act(set, id, input, ts_ns, why, out);
}

enum err __wrap_order_set_resize(struct order_set *set, uint64_t id, int64_t quantity)
{
    const struct order_state *order = order_set_find(set, id);
    return __real_order_set_resize(
        set, id, is_on(MUTATION_exits_too_large) ? order->terms.edit.quantity : quantity);
}

enum err __wrap_ledger_settle(struct kernel *k, struct market *market,
                              const struct event_settle *settle)
{
    struct event_settle other = *settle;
    if (is_on(MUTATION_settlement_skipped))
        return ERR_OK;
    if (is_on(MUTATION_settlement_off))
        other.price += MICROS_PER_DOLLAR;
    return __real_ledger_settle(k, market, &other);
}

enum err __wrap_journal_commit(struct journal *journal)
{
    return is_on(MUTATION_commit_lies) ? ERR_OK : __real_journal_commit(journal);
}

enum err __wrap_journal_append(struct journal *journal, struct chain_record *record)
{
    if (is_on(MUTATION_reports_not_journaled) && record->kind == 1)
        return ERR_OK;
    if (is_on(MUTATION_journal_reorders) && record->kind == 3) {
        uint8_t body[256];
        MUST(record->len <= sizeof body);
        memcpy(body, record->body, record->len);
        body[16] ^= 1; /* the quantity's lowest byte */
        struct chain_record other = *record;
        other.body = body;
        return __real_journal_append(journal, &other);
    }
    return __real_journal_append(journal, record);
}

bool __wrap_guard_override(struct kernel *k, const struct event_command *command,
                           char why[RISK_TEXT_BYTES])
{
    struct event_command other = *command;
    if (is_on(MUTATION_agents_override) && other.role == BY_AGENT)
        other.role = BY_OWNER;
    return __real_guard_override(k, &other, why);
}

enum err __wrap_exchange_halt(struct exchange *x, uint32_t underlying, int64_t ts_ns,
                              bool is_halted)
{
    return is_on(MUTATION_halt_unheard) ? ERR_OK
                                        : __real_exchange_halt(x, underlying, ts_ns, is_halted);
}

enum err __wrap_margin_strategy(struct margin_work *work, const struct margin_book *book,
                                const struct margin_terms *terms, struct margin_answer *out)
{
    struct margin_book other = *book;
    other.line_count -= is_on(MUTATION_margin_line_lost) && other.line_count > 0;
    return __real_margin_strategy(work, &other, terms, out);
}

/* ---- between fills and expiry */

void __wrap_ledger_dividend(struct kernel *k, struct market *market, int64_t amount)
{
    if (!is_on(MUTATION_dividend_skipped))
        __real_ledger_dividend(k, market, amount);
}

enum err __wrap_life_split(struct kernel *k, struct market *market, const struct event_split *split)
{
    return is_on(MUTATION_split_skipped) ? ERR_OK : __real_life_split(k, market, split);
}

enum err __wrap_life_assign(struct kernel *k, struct market *market,
                            const struct event_assign *event)
{
    if (is_on(MUTATION_assignment_lost))
        return ERR_OK;
    enum err err = __real_life_assign(k, market, event);
    return is_on(MUTATION_assignment_doubled) && !err ? __real_life_assign(k, market, event) : err;
}

enum err __wrap_trade_exercise(struct kernel *k, struct trade *trade, int leg, int64_t exercised,
                               int64_t price)
{
    enum err err = __real_trade_exercise(k, trade, leg, exercised, price);
    if (is_on(MUTATION_assignment_off))
        trade_pay(k, trade, MICROS_PER_DOLLAR);
    return err;
}

enum err __wrap_life_nights(struct kernel *k, int32_t from, int32_t to, double benchmark)
{
    enum err err = __real_life_nights(k, from, to, benchmark);
    return is_on(MUTATION_interest_doubled) && !err ? __real_life_nights(k, from, to, benchmark)
                                                    : err;
}

void __wrap_trade_revalue(struct kernel *k, struct trade *trade)
{
    __real_trade_revalue(k, trade);
    k->value += is_on(MUTATION_value_drifts) ? MICROS_PER_CENT : 0;
}

enum err __wrap_kernel_snapshot_read(struct kernel *k, const uint8_t *bytes, size_t len,
                                     const struct strategy *const *strategies,
                                     uint32_t strategy_count)
{
    enum err err = __real_kernel_snapshot_read(k, bytes, len, strategies, strategy_count);
    if (is_on(MUTATION_snapshot_off))
        k->cash += MICROS_PER_DOLLAR;
    return err;
}

/* ---- watches */

static struct risk_alarm unless(int mutation, struct risk_alarm alarm)
{
    if (is_on(mutation))
        alarm.kind = ALARM_NONE;
    return alarm;
}

struct risk_alarm __wrap_risk_watch_clocks(struct risk_watch *watch,
                                           const struct risk_limits *limits, int64_t wall_ns,
                                           int64_t steady_ns)
{
    return unless(MUTATION_clocks_unwatched,
                  __real_risk_watch_clocks(watch, limits, wall_ns, steady_ns));
}

struct risk_alarm __wrap_risk_watch_quote(const struct risk_limits *limits, int64_t last,
                                          int64_t open, int64_t now)
{
    return unless(MUTATION_quotes_unwatched, __real_risk_watch_quote(limits, last, open, now));
}

struct risk_alarm __wrap_risk_watch_feeds(const struct risk_limits *limits, int64_t price,
                                          int64_t other, int64_t now, int64_t *since)
{
    return unless(MUTATION_feeds_unwatched,
                  __real_risk_watch_feeds(limits, price, other, now, since));
}

struct risk_alarm __wrap_risk_watch_error(struct risk_watch *watch,
                                          const struct risk_limits *limits, int64_t ts_ns)
{
    return unless(MUTATION_errors_unwatched, __real_risk_watch_error(watch, limits, ts_ns));
}

struct risk_alarm __wrap_risk_watch_reject(struct risk_watch *watch,
                                           const struct risk_limits *limits, int64_t ts_ns)
{
    return unless(MUTATION_rejects_unwatched, __real_risk_watch_reject(watch, limits, ts_ns));
}

struct risk_alarm __wrap_risk_watch_loss(struct risk_watch *watch, const struct risk_limits *limits,
                                         const struct risk_account *account)
{
    return unless(MUTATION_loss_unwatched, __real_risk_watch_loss(watch, limits, account));
}
