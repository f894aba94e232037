/* One seed: what it is made of, and how it runs. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "base/zone.h"

static const char *const yaml[] = {
    "ironfly: 1\nname: condor\nunderlying: SPX\n"
    "legs:\n"
    "  lp: {buy: put, expiry: {dte: 1, min: 0, max: 4}, strike: {offset: -40}}\n"
    "  sp: {sell: put, expiry: same as lp, strike: {offset: -20}}\n"
    "  sc: {sell: call, expiry: same as lp, strike: {offset: 20}}\n"
    "  lc: {buy: call, expiry: same as lp, strike: {offset: 40}}\n"
    "entry: {every: daily, max_open: 3}\nsize: {contracts: 4}\n"
    "exit: {profit: 30%, loss: 120%}\nlimits: {max_contracts: 6}\n",

    "ironfly: 1\nname: worked put spread\nunderlying: SPX\n"
    "legs:\n"
    "  sp: {sell: put, expiry: {dte: 1, min: 0, max: 4}, strike: {offset: -20}}\n"
    "  lp: {buy: put, expiry: same as sp, strike: {offset: -40}}\n"
    "entry: {every: daily, max_open: 2}\nsize: {contracts: 7}\n"
    "work: {start: 0%, step: 50%, every: 30s, give_up: 40m}\n"
    "exit: {profit: 25%, loss: 100%}\nlimits: {max_contracts: 7}\n",

    "ironfly: 1\nname: too large a straddle\nunderlying: SPX\n"
    "legs:\n"
    "  p: {buy: put, expiry: {dte: 2, min: 1, max: 4}, strike: atm}\n"
    "  c: {buy: call, expiry: same as p, strike: same as p}\n"
    "entry: {every: daily, max_open: 1}\nsize: {contracts: 9}\n"
    "exit: {days_held: 1}\nlimits: {max_contracts: 5}\n",

    "ironfly: 1\nname: short puts, rolled\nunderlying: SPX\n"
    "legs: {p: {sell: put, expiry: {dte: 1, min: 0, max: 3}, strike: {offset: -20}}}\n"
    "entry: {every: daily, max_open: 2}\nsize: {contracts: 2}\n"
    "roll: {dte: 0, max: 2}\nexit: {loss: 150%}\nlimits: {max_contracts: 4}\n",

    "ironfly: 1\nname: call spread at its bound\nunderlying: SPX\n"
    "legs:\n"
    "  sc: {sell: call, expiry: {dte: 1, min: 0, max: 4}, strike: {offset: -10}}\n"
    "  lc: {buy: call, expiry: same as sc, strike: {offset: 50}}\n"
    "entry: {every: time, max_open: 1, times: [\"10:30\", \"14:00\"]}\nlimits: {max_loss: 4000}\n",

    /* From here on those of the stock. */
    "ironfly: 1\nname: covered call\nunderlying: XYZ\n"
    "legs:\n"
    "  s: {buy: stock}\n"
    "  c: {sell: call, expiry: {dte: 2, min: 0, max: 12}, strike: {offset: 1}}\n"
    "entry: {every: daily, max_open: 2}\nsize: {contracts: 2}\nexit: {profit: 300%, loss: 300%}\n",

    "ironfly: 1\nname: wheel\nunderlying: XYZ\naccount: {assigned: keep}\n"
    "structures:\n"
    "  puts:\n"
    "    legs: {p: {sell: put, expiry: {dte: 2, min: 0, max: 12}, strike: {offset: 3}}}\n"
    "    entry: {every: daily, when: shares < 200}\n"
    "    size: {contracts: 2}\n"
    "  calls:\n"
    "    legs: {c: {sell: call, expiry: {dte: 2, min: 0, max: 12}, strike: {offset: -1}}}\n"
    "    entry: {every: daily, when: shares >= 100}\n"
    "    size: {shares: all}\n",

    "ironfly: 1\nname: calls to expiry\nunderlying: XYZ\n"
    "legs: {c: {buy: call, expiry: {dte: 1, min: 0, max: 3}, strike: {offset: -4}}}\n"
    "entry: {every: daily, max_open: 3}\nsize: {contracts: 3}\nexit: {breach: 90}\n",

    "ironfly: 1\nname: hedged strangle\nunderlying: XYZ\n"
    "legs:\n"
    "  p: {sell: put, expiry: {dte: 9, min: 3, max: 12}, strike: {offset: -4}}\n"
    "  c: {sell: call, expiry: same as p, strike: {offset: 4}}\n"
    "entry: {every: daily, max_open: 1}\nsize: {contracts: 3}\nhedge: {band: 8}\nexit: {loss: 200%, days_held: 2}\n",
};
enum { INDEX_STRATEGIES = 5 };

static uint32_t maybe(struct rng *rng, uint32_t ppm)
{
    return rng_below(rng, 3) ? (uint32_t)rng_below(rng, ppm) : 0;
}

static void open_all(struct sim *sim)
{
    struct rng rng;
    rng_init(&rng, sim->seed, 0, 3);
    world_make(&sim->world, &sim->arena, sim->seed);
    MUST(ARRAY_COUNT(yaml) == SIM_STRATEGIES);
    sim->strategy_count = sim->world.has_stock ? SIM_STRATEGIES : INDEX_STRATEGIES;
    for (uint32_t i = 0; i < sim->strategy_count; i++) {
        if (strategy_parse(&sim->strategies[i], &sim->arena, "sim.yaml", str_from(yaml[i]), NULL,
                           0))
            sim_fail(sim, SETUP, "strategy %u: %s", i, err_detail());
        sim->strategy_list[i] = &sim->strategies[i];
    }
    sim->sign_above = (int64_t)(2000 + rng_below(&rng, 20000)) * MICROS_PER_DOLLAR;
    sim->with_risk = sim->seed % 3 == 0;
    sim->with_margin = sim->seed % 9 == 0;
    risk_limits_default(&sim->risk);
    static const enum risk_limit off[] = {
        RISK_QUOTE_AGE,     RISK_REJECT_STORM, RISK_DAY_LOSS,     RISK_LIQUIDATE_LOSS,
        RISK_UNPRICED,      RISK_ORDER_RATE,   RISK_DELTA_SHARES, RISK_GAMMA_SHARES,
        RISK_GAMMA_DOLLARS, RISK_VEGA,         RISK_THETA,        RISK_STRESS_LOSS,
        RISK_SHOCK_LOSS,    RISK_VAR,          RISK_SHORTFALL
    };
    for (size_t i = 0; i < ARRAY_COUNT(off); i++) /* what would end trading on the first morning */
        sim->risk.at[off[i]] = RISK_OFF;
    sim->risk.at[RISK_SERIES_CONTRACTS] = 6 + (int64_t)rng_below(&rng, 8);
    sim->risk.at[RISK_TRADE_LOSS] = 20000 + (int64_t)rng_below(&rng, 150000);
    sim->risk.at[RISK_UNDERLYING_LOSS] = sim->risk.at[RISK_STRATEGY_LOSS] =
        300000 + (int64_t)rng_below(&rng, 900000);
    sim->risk.at[RISK_MARGIN_USE] = 20000 + (int64_t)rng_below(&rng, 200000);
    if (sim->with_margin) /* or margin would never be what binds */
        sim->risk.at[RISK_TRADE_LOSS] = sim->risk.at[RISK_UNDERLYING_LOSS] =
            sim->risk.at[RISK_STRATEGY_LOSS] = RISK_OFF;
    sim->margin_work = sim->with_margin ? margin_work_new(&sim->arena) : NULL;
    sim->truth.cash = SIM_CASH;
    static const enum carry_schedule carries[] = { CARRY_SCHEDULE_NONE, CARRY_SCHEDULE_BENCHMARK,
                                                   CARRY_SCHEDULE_RETAIL };
    sim->carry = carries[rng_below(&rng, ARRAY_COUNT(carries))];
    if (sim->seed % 2 == 1 ||
        rng_below(&rng, 2)) { /* emergencies, each now and then: they end a day's trading */
        sim->risk.at[RISK_REJECT_STORM] = 1 + (int64_t)rng_below(&rng, 4);
        sim->risk.at[RISK_RATE_WINDOW] = 30 * NANOS_PER_MINUTE;
        sim->risk.at[RISK_QUOTE_AGE] = 70 * NANOS_PER_MINUTE;
        sim->risk.at[RISK_DAY_LOSS] = 3000 + (int64_t)rng_below(&rng, 30000);
        sim->risk.at[RISK_LIQUIDATE_LOSS] = 5000 + (int64_t)rng_below(&rng, 60000);
    }
    struct exchange_config config =
        exchange_config_default((enum fill_model)rng_below(&rng, FILL_LEAN),
                                rng_below(&rng, 2) ? FEES_IBKR_TIERED : FEES_TASTYTRADE);
    config.seed = sim->seed;
    config.submit_ns = (int64_t)rng_below(&rng, 3000) * 1000000;
    config.answer_ns = (int64_t)rng_below(&rng, 3000) * 1000000;
    config.jitter_ns = (int64_t)rng_below(&rng, 2000) * 1000000;
    config.reject_ppm = (int)maybe(&rng, 200000);
    config.partial_ppm = (int)maybe(&rng, 900000);
    config.impact_thousandths = (int)maybe(&rng, 1000);
    config.refill_ns = 60 * NANOS_PER_SECOND;
    config.orders = SIM_SENT;
    config.underlyings = SIM_MARKETS;
    config.reports = 2048;
    config.executions = 1024;
    config.contracts = SIM_CONTRACTS;
    sim->exchange = exchange_open(&sim->arena, &config);
    struct gateway_faults faults = { .lose_ppm = maybe(&rng, 200000),
                                     .double_ppm = maybe(&rng, 300000),
                                     .delay_ppm = maybe(&rng, 500000),
                                     .lose_request_ppm = maybe(&rng, 200000),
                                     .restart_ppm = maybe(&rng, 1000),
                                     .delay_ns =
                                         1 + (int64_t)rng_below(&rng, 600) * NANOS_PER_SECOND,
                                     .clock_ns = (int64_t)maybe(&rng, 100) * NANOS_PER_SECOND };
    sim->gateway = gateway_open(&sim->arena, sim, sim->exchange, &faults);
    sim->desk = desk_new(sim);
}

/* Time goes on to ts: whatever is due in between happens, in its order. */
static void wait_until(struct sim *sim, int64_t ts_ns)
{
    while (!sim->has_failed) {
        int64_t next = exchange_next_ns(sim->exchange), mine = gateway_next_ns(sim->gateway);
        next = mine < next ? mine : next;
        if (next >= ts_ns)
            break;
        sim->now_ns = next > sim->now_ns ? next : sim->now_ns;
        gateway_work(sim->gateway, sim->now_ns);
        desk_deliver(sim->desk, sim->now_ns);
    }
    sim->now_ns = ts_ns;
    gateway_work(sim->gateway, ts_ns);
    desk_deliver(sim->desk, ts_ns);
}

/* The link is sound for a while, and everything is told. */
static void calm(struct sim *sim, const char *when)
{
    for (int round = 0; round < 3; round++) {
        gateway_calm(sim->gateway, true, sim->now_ns);
        wait_until(sim, sim->now_ns + 60 * NANOS_PER_SECOND);
    }
    wait_until(sim, sim->now_ns + 700 * NANOS_PER_SECOND); /* the latest of what was delayed */
    if (!sim->has_failed)
        truth_agree(sim, when);
    if (!sim->has_failed)
        truth_exits(sim, when);
    gateway_calm(sim->gateway, false, sim->now_ns);
}

static void see(struct sim *sim, const struct event *event)
{
    struct exchange *x = sim->exchange;
    enum err err = ERR_OK;
    if (event->kind == EVENT_SESSION)
        err = exchange_session(x, event->underlying, event->ts_ns, &event->of.session);
    else if (event->kind == EVENT_MARKET)
        err = exchange_market(x, event->underlying, event->ts_ns, &event->of.market);
    else if (event->kind == EVENT_DAY_END)
        err = exchange_day_end(x, event->underlying, event->ts_ns);
    else if (event->kind == EVENT_QUOTE)
        err = exchange_quote(x, event->underlying, event->ts_ns,
                             &(struct exchange_quote){ .contract = event->of.quote.contract,
                                                       .bid = event->of.quote.bid,
                                                       .ask = event->of.quote.ask,
                                                       .bid_size = event->of.quote.bid_size,
                                                       .ask_size = event->of.quote.ask_size,
                                                       .last = PRICE_NONE,
                                                       .volume = -1 });
    SIM_CHECK(sim, SETUP, err == ERR_OK, "the exchange stops: %s", err_detail());
}

static void command(struct sim *sim, int64_t ts_ns)
{
    struct event event;
    struct order_terms terms;
    struct order_edit edit;
    struct order_exits exits;
    if (people_ask(sim, ts_ns, &event, &terms, &edit, &exits))
        desk_command(sim->desk, &event);
}

static void kill_all(struct sim *sim)
{
    /* Again when the machine stopped before it was durable; and after an earlier kill, since people
     * may reduce then. */
    bool is_done = false;
    for (int tries = 0; tries < 8 && !is_done && !sim->has_failed; tries++) {
        struct event event = { .ts_ns = sim->now_ns, .kind = EVENT_COMMAND };
        event.of.command =
            (struct event_command){ .kind = COMMAND_KILL, .role = BY_OWNER, .who = "the end" };
        is_done = desk_command(sim->desk, &event);
    }
    calm(sim, "at the end");
    if (!sim->has_failed)
        truth_all_over(sim);
}

/* What the exchange itself does before an event of the tape. */
static void at_the_exchange(struct sim *sim, const struct tape_event *t)
{
    if (!t->halt)
        return;
    uint32_t market = (uint32_t)t->halt - 1;
    truth_halt(sim, market, t->halt_begins, t->event.ts_ns);
    MUST(exchange_halt(sim->exchange, market, t->event.ts_ns, t->halt_begins) == ERR_OK);
}

/* Orders for contracts and shares that are no more what they were: the exchange ends them. */
static void cancel_all_of(struct sim *sim, uint32_t market, int64_t ts_ns)
{
    uint64_t id;
    int64_t filled;
    const struct order_terms *terms;
    for (uint32_t place = 0; (terms = exchange_open_order(sim->exchange, place, &id, &filled));
         place++)
        if (terms->underlying_index == market)
            MUST(exchange_cancel(sim->exchange, id, ts_ns) == ERR_OK);
}

/* What changes positions and cash without an order: everything is told before, and the broker does
 * its own. */
static void before(struct sim *sim, const struct event *event)
{
    switch (event->kind) {
    case EVENT_SPLIT:
        cancel_all_of(sim, event->underlying, sim->now_ns);
        calm(sim, "before a split");
        truth_split(sim, event->of.split.to, event->of.split.from);
        break;
    case EVENT_DIVIDEND:
        calm(sim, "before a dividend");
        truth_dividend(sim, event->of.dividend.amount);
        break;
    case EVENT_SETTLE:
        calm(sim, "before settlement");
        truth_settle(sim, event->underlying, event->of.settle.expiry, event->of.settle.price);
        break;
    default:
        break;
    }
}

/* The night: some of what is in the money is exercised. */
static void after(struct sim *sim, const struct event *event)
{
    if (event->kind != EVENT_DAY_END || event->underlying != SIM_STOCK || sim->has_failed)
        return;
    const struct book *book = kernel_book(desk_kernel(sim->desk), SIM_STOCK);
    if (book->underlying != PRICE_NONE)
        truth_assign(sim, &sim->rng, book->day, book->underlying);
    desk_assignments(sim->desk);
    calm(sim, "after the night's assignments");
}

static void play(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->world.count && !sim->has_failed; i++) {
        const struct event *event = &sim->world.tape[i].event;
        if (event->ts_ns > sim->now_ns)
            wait_until(sim, event->ts_ns);
        before(sim, event);
        at_the_exchange(sim, &sim->world.tape[i]);
        see(sim, event);
        if (sim->has_failed)
            return;
        /* A message or two may be missed; the calendar is known anyway. */
        bool can_miss = !sim_is_calendar(event->kind);
        if (!can_miss || !sim_chance(&sim->rng, 10000))
            desk_tape(sim->desk, i);
        gateway_work(sim->gateway, sim->now_ns);
        desk_deliver(sim->desk, sim->now_ns);
        if (can_miss && !sim->has_failed)
            command(sim, sim->now_ns);
        after(sim, event);
    }
}

bool sim_run(struct sim *sim, uint64_t seed)
{
    memset(sim, 0, sizeof *sim);
    sim->seed = seed;
    rng_init(&sim->rng, seed, 0, 0);
    arena_init(&sim->arena, "sim", 1 << 20);
    open_all(sim);
    sim->now_ns = sim->world.tape[0].event.ts_ns;
    play(sim);
    if (!sim->has_failed)
        kill_all(sim);
    if (!sim->has_failed)
        desk_finish(sim->desk);
    desk_free(sim->desk);
    arena_clear(&sim->arena);
    return !sim->has_failed;
}
