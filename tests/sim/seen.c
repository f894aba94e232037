/*
 * What the desk has taken in, and what must follow from it at once: the state of trading that
 * commands and emergencies make, the day's loss, stale quotes, clocks that jump, storms of
 * rejects; and that the money of all trades adds up to the account's after every event.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/risk/risk.h"
#include "tests/sim/sim.h"

void seen_reset(struct sim *sim)
{
    memset(&sim->seen, 0, sizeof sim->seen);
}

static void make_state(struct sim *sim, enum risk_state state)
{
    sim->seen.state = state > sim->seen.state ? state : sim->seen.state;
}

/* ---- commands */

static void override(struct sim *sim, const struct event_command *c, int64_t ts_ns)
{
    static const enum risk_role roles[] = {
        [BY_TRADER] = RISK_ROLE_TRADER, [BY_RISK] = RISK_ROLE_RISK, [BY_OWNER] = RISK_ROLE_OWNER
    };
    if (c->role == BY_AGENT || !sim->with_risk)
        return;
    enum err err; /* it may not: nothing changes */
    if (c->kind == COMMAND_REVOKE) {
        err = risk_override_revoke(&sim->seen.overrides, (enum risk_limit)c->limit, ts_ns);
    } else {
        struct risk_override grant = { .limit = (enum risk_limit)c->limit,
                                       .value = c->value,
                                       .role = roles[c->role],
                                       .by = "somebody",
                                       .reason = "the simulation",
                                       .expires_ts_ns = c->until_ns };
        err = risk_override_grant(&sim->seen.overrides, &grant, ts_ns);
    }
    (void)err;
}

/* What an agent may not do is answered, not done: of a limit one sees it nowhere else at once. */
static void check_agent(struct sim *sim, const struct effect *effects, size_t count,
                        const struct event_command *c)
{
    bool is_told = false, may_not = c->kind == COMMAND_OVERRIDE || c->kind == COMMAND_REVOKE ||
                                    c->kind == COMMAND_RESUME;
    if (c->role != BY_AGENT || !may_not)
        return;
    for (size_t i = 0; i < count; i++)
        is_told |= effects[i].kind == EFFECT_NOTE &&
                   strstr(effects[i].of.note.text, "could not be done") != NULL;
    SIM_CHECK(sim, ROLES_HOLD, is_told, "an agent could %s, and nothing was said",
              command_kind_name(c->kind));
}

static void command(struct sim *sim, const struct event_command *c, int64_t ts_ns)
{
    struct seen *seen = &sim->seen;
    sim->truth.commands++;
    switch (c->kind) {
    case COMMAND_REDUCE:
        make_state(sim, RISK_REDUCING);
        break;
    case COMMAND_FLATTEN:
        make_state(sim, RISK_LIQUIDATING);
        break;
    case COMMAND_HALT:
        make_state(sim, RISK_HALTED);
        break;
    case COMMAND_KILL:
        make_state(sim, RISK_KILLED);
        break;
    case COMMAND_FAULT: /* none is allowed */
        if (sim->with_risk)
            make_state(sim, RISK_HALTED);
        break;
    case COMMAND_RESUME:
        if (c->role == BY_OWNER || (seen->state != RISK_KILLED && c->role != BY_AGENT))
            seen->state = RISK_NORMAL;
        break;
    case COMMAND_APPROVE:
        if (c->role != BY_AGENT)
            seen->is_approved[c->order_id % SIM_ORDERS] = true;
        break;
    case COMMAND_OVERRIDE:
    case COMMAND_REVOKE:
        override(sim, c, ts_ns);
        break;
    default:
        break;
    }
}

/* ---- emergencies: domain/risk/watch.h, counted another way */

static int64_t limit_of(struct sim *sim, enum risk_limit which, int64_t ts_ns)
{
    struct risk_limits limits;
    (void)risk_limits_in_force(&sim->risk, &sim->seen.overrides, ts_ns, &limits);
    return limits.at[which];
}

static void must_halt(struct sim *sim, struct kernel *kernel, const char *why)
{
    make_state(sim, RISK_HALTED);
    SIM_CHECK(sim, EMERGENCIES_HALT, kernel_state(kernel) >= RISK_HALTED, "%s, and trading is %s",
              why, risk_state_name(kernel_state(kernel)));
}

static void timer(struct sim *sim, struct kernel *kernel, const struct event *event)
{
    struct seen *seen = &sim->seen;
    const struct event_timer *t = &event->of.timer;
    int64_t step = (t->wall_ns - seen->wall_ns) - (t->steady_ns - seen->steady_ns);
    if (seen->steady_ns && llabs(step) > limit_of(sim, RISK_CLOCK_JUMP, event->ts_ns))
        must_halt(sim, kernel, "the wall clock jumped");
    seen->wall_ns = t->wall_ns;
    seen->steady_ns = t->steady_ns;
    int64_t oldest = limit_of(sim, RISK_QUOTE_AGE, event->ts_ns);
    bool is_open = seen->open_ns && event->ts_ns >= seen->open_ns && event->ts_ns <= seen->close_ns;
    for (uint32_t m = 0; m < (sim->world.has_stock ? 2 : 1) && is_open && oldest != RISK_OFF; m++) {
        int64_t since = seen->quoted_ns[m] > seen->open_ns ? seen->quoted_ns[m] : seen->open_ns;
        if (event->ts_ns - since > oldest)
            must_halt(sim, kernel, "quotes are stale");
    }
}

static bool is_lost(struct sim *sim, enum risk_limit which, int64_t equity, int64_t ts_ns)
{
    int64_t limit = limit_of(sim, which, ts_ns);
    double lost = (double)(sim->seen.day_start - equity),
           most = (double)sim->seen.day_start * (double)limit / 1e6;
    return limit != RISK_OFF && sim->seen.day_start > 0 &&
           lost > most + 10; /* rounding is theirs */
}

static void loss(struct sim *sim, struct kernel *kernel, int64_t ts_ns)
{
    int64_t equity = kernel_equity(kernel);
    if (!sim->seen.has_liquidated && is_lost(sim, RISK_LIQUIDATE_LOSS, equity, ts_ns)) {
        sim->seen.has_liquidated = true;
        make_state(sim, RISK_LIQUIDATING);
        SIM_CHECK(sim, EMERGENCIES_HALT, kernel_state(kernel) >= RISK_LIQUIDATING,
                  "%lld micros of %lld were lost today, and trading is %s",
                  (long long)(sim->seen.day_start - equity), (long long)sim->seen.day_start,
                  risk_state_name(kernel_state(kernel)));
    }
    if (is_lost(sim, RISK_DAY_LOSS, equity, ts_ns))
        SIM_CHECK(sim, EMERGENCIES_HALT, kernel_state(kernel) >= RISK_REDUCING,
                  "%lld micros of %lld were lost today, and trading is %s",
                  (long long)(sim->seen.day_start - equity), (long long)sim->seen.day_start,
                  risk_state_name(kernel_state(kernel)));
}

static void rejected(struct sim *sim, struct kernel *kernel, int64_t ts_ns)
{
    struct seen *seen = &sim->seen;
    seen->rejects[seen->reject_count++ % ARRAY_COUNT(seen->rejects)] = ts_ns;
    int64_t span = limit_of(sim, RISK_RATE_WINDOW, ts_ns), count = 0;
    for (uint32_t i = 0; i < seen->reject_count && i < ARRAY_COUNT(seen->rejects); i++)
        count += seen->rejects[i] > ts_ns - span;
    int64_t limit = limit_of(sim, RISK_REJECT_STORM, ts_ns);
    if (sim->with_risk && limit != RISK_OFF && count > limit)
        must_halt(sim, kernel, "the broker refused one order after the other");
}

/* Two sources that are too far apart for too long; and as long as the quotes are doubted
 * truth_submit() lets nothing open. */
static void feed(struct sim *sim, struct kernel *kernel, const struct event *event)
{
    const struct event_feed *f = &event->of.feed;
    int64_t *since = &sim->seen.apart_ns[event->underlying];
    sim->seen.is_doubted[event->underlying] = f->is_doubted;
    bool told = f->here != PRICE_NONE && f->there != PRICE_NONE;
    double low = told ? (double)(f->here < f->there ? f->here : f->there) : 1,
           apart = told ? (double)llabs(f->here - f->there) : 0;
    double limit = (double)limit_of(sim, RISK_FEED_GAP, event->ts_ns);
    if (apart / low * 1e6 < limit + 1) {
        *since = 0;
        return;
    }
    *since = *since ? *since : event->ts_ns;
    if (sim->with_risk && event->ts_ns - *since >= limit_of(sim, RISK_FEED_GAP_TIME, event->ts_ns))
        must_halt(sim, kernel, "two sources of quotes disagree");
}

/* ---- money */

/* Interest of the nights since the last session, on the cash that stood there: what short shares
 * brought earns none. */
static void interest(struct sim *sim, struct kernel *kernel, const struct event_session *session)
{
    struct seen *seen = &sim->seen;
    struct account account;
    struct carry_paid paid = { 0 };
    kernel_account(kernel, &account);
    int64_t moved = account.interest - seen->interest;
    seen->interest = account.interest;
    if (seen->day && session->day != seen->day && sim->carry != CARRY_SCHEDULE_NONE) {
        size_t slots;
        const struct trade *trades = kernel_trades(kernel, &slots);
        struct carry_night night = { sim->carry,           seen->day, session->day,
                                     account.cash - moved, 0,         session->rate };
        for (size_t i = 0; i < slots; i++)
            for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++)
                if (trades[i].legs[j].is_stock && trades[i].legs[j].quantity < 0 &&
                    trades[i].legs[j].mark != PRICE_NONE)
                    night.short_value -= trades[i].legs[j].quantity * trades[i].legs[j].mark;
        MUST(carry_interest(&paid, &night) == ERR_OK);
    }
    SIM_CHECK(sim, CASH_EQUALS_THE_SUM_OF_FILLS, moved == paid.credit - paid.debit,
              "interest of %lld micros, the nights from %d to %d bring %lld", (long long)moved,
              seen->day, session->day, (long long)(paid.credit - paid.debit));
}

/* Start, what closed trades have won, what open ones stand at, interest: together that is the
 * equity. */
static void money(struct sim *sim, struct kernel *kernel, const struct event *event)
{
    struct seen *seen = &sim->seen;
    if (event->kind == EVENT_SESSION) /* the one event at which interest moves */
        interest(sim, kernel, &event->of.session);
    size_t slots;
    const struct trade *trades = kernel_trades(kernel, &slots);
    int64_t sum = SIM_CASH + seen->closed_pnl + seen->interest;
    for (size_t i = 0; i < slots; i++)
        sum += trades[i].state == TRADE_FREE ? 0 : trade_pnl(&trades[i]);
    SIM_CHECK(
        sim, MONEY_ADDS_UP, kernel_equity(kernel) == sum,
        "after event %llu (%s) the equity is %lld micros, start, trades and interest make %lld",
        (unsigned long long)event->sequence, event_kind_name(event->kind),
        (long long)kernel_equity(kernel), (long long)sum);
}

static void new_day(struct sim *sim, struct kernel *kernel, const struct event_session *session)
{
    struct seen *seen = &sim->seen;
    if (session->day == seen->day)
        return;
    seen->day = session->day;
    seen->day_start = kernel_equity(kernel);
    seen->has_liquidated = false;
    seen->open_ns = session->open_ns;
    seen->close_ns = session->close_ns;
}

void seen_event(struct sim *sim, struct kernel *kernel, const struct event *event)
{
    struct seen *seen = &sim->seen;
    size_t count;
    const struct effect *effects = kernel_effects(kernel, &count);
    for (size_t i = 0; i < count; i++)
        if (effects[i].kind == EFFECT_CLOSED)
            seen->closed_pnl += trade_pnl(effects[i].of.trade);
    money(sim, kernel, event);
    switch (event->kind) {
    case EVENT_COMMAND:
        check_agent(sim, effects, count, &event->of.command);
        command(sim, &event->of.command, event->ts_ns);
        break;
    case EVENT_SESSION:
        new_day(sim, kernel, &event->of.session);
        break;
    case EVENT_MARKET:
        seen->quoted_ns[event->underlying] = event->ts_ns;
        if (sim->with_risk)
            loss(sim, kernel, event->ts_ns);
        break;
    case EVENT_QUOTE:
        seen->quoted_ns[event->underlying] = event->ts_ns;
        break;
    case EVENT_FEED:
        feed(sim, kernel, event);
        break;
    case EVENT_TIMER:
        if (sim->with_risk) {
            loss(sim, kernel, event->ts_ns);
            timer(sim, kernel, event);
        }
        break;
    default:
        break;
    }
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind != EFFECT_ORDER)
            continue;
        uint64_t id = effects[i].of.order.state->id % SIM_ORDERS;
        if (effects[i].of.order.to == ORDER_REJECTED && !seen->is_done[id] &&
            event->kind == EVENT_REPORT)
            rejected(sim, kernel, event->ts_ns);
        seen->is_done[id] = order_status_is_done(effects[i].of.order.to);
    }
}
