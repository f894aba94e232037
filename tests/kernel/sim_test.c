/*
 * Simulation: one seed is one run of a month on random, partly broken quotes. What must always
 * hold: money is conserved to the micro, no fill without a quote, sizes are respected, and the
 * same seed gives the same effects.
 */
#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/rng.h"
#include "domain/types/calendar.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

enum { SEEDS = 210, STRIKES = 7 };

static const char *const strategies[] = {
    "ironfly: 1\nname: condor\nunderlying: XYZ\n"
    "legs:\n"
    "  lp: {buy: put, expiry: {dte: 5, min: 1, max: 12}, strike: {offset: -10}}\n"
    "  sp: {sell: put, expiry: same as lp, strike: {offset: -5}}\n"
    "  sc: {sell: call, expiry: same as lp, strike: {offset: 5}}\n"
    "  lc: {buy: call, expiry: same as lp, strike: {offset: 10}}\n"
    "entry: {every: daily, max_open: 3}\nsize: {contracts: 4}\n"
    "exit: {profit: 50%, loss: 150%, dte: 0, time: \"15:00\", on_dte: 0}\n",

    "ironfly: 1\nname: gamma\nunderlying: XYZ\n"
    "legs:\n"
    "  p: {buy: put, expiry: {dte: 7, min: 1, max: 12}, strike: atm}\n"
    "  c: {buy: call, expiry: same as p, strike: same as p}\n"
    "entry: {every: daily, max_open: 2}\nsize: {contracts: 2}\n"
    "exit: {days_held: 3}\nhedge: {band: 10}\n",

    "ironfly: 1\nname: short puts, rolled\nunderlying: XYZ\n"
    "legs: {p: {sell: put, expiry: {dte: 9, min: 4, max: 14}, strike: {delta: 0.35}}}\n"
    "entry: {every: daily, max_open: 4}\nsize: {risk: 20%, max: 5}\n"
    "roll: {dte: 2, max: 2}\nexit: {short_delta: 0.80}\n",

    "ironfly: 1\nname: covered call\nunderlying: XYZ\n"
    "legs:\n"
    "  s: {buy: stock, ratio: 100}\n"
    "  c: {sell: call, expiry: {dte: 5, min: 1, max: 12}, strike: {delta: 0.40}}\n"
    "entry: {every: daily, max_open: 2}\nsize: {contracts: 1}\n",

    "ironfly: 1\nname: diagonal, assigned before its far leg ends\nunderlying: XYZ\n"
    "legs:\n"
    "  near: {sell: put, expiry: {dte: 3, min: 0, max: 6}, strike: {offset: 5}}\n"
    "  far: {buy: put, expiry: {after: near, days: 7, min: 5, max: 9}, strike: {offset: -5, from: near}}\n"
    "entry: {every: daily, max_open: 3}\nsize: {contracts: 6}\nexit: {days_held: 8, profit: 60%}\n",

    "ironfly: 1\nname: legs one by one\nunderlying: XYZ\n"
    "legs:\n"
    "  far: {buy: call, expiry: {dte: 9, min: 4, max: 14}, strike: {offset: -5}}\n"
    "  near: {sell: call, ratio: 2, expiry: {dte: 3, min: 0, max: 6}, strike: atm}\n"
    "entry: {every: daily, max_open: 3, orders: separate}\nsize: {contracts: 5}\n"
    "exit: {profit: 40%, loss: 100%, confirm: 2}\nroll: {dte: 1, max: 3}\n",

    "ironfly: 1\nname: spread whose wing finds no bid\nunderlying: XYZ\n"
    "legs:\n"
    "  sp: {sell: put, expiry: {dte: 5, min: 1, max: 12}, strike: {offset: -5}}\n"
    "  lp: {buy: put, expiry: same as sp, strike: {offset: -10}}\n"
    "entry: {every: daily, max_open: 3, cooldown: 1}\nsize: {contracts: 3}\nexit: {profit: 30%}\n"
    "hedge: {band: 30}\n",
};

struct world {
    struct rng rng;
    double level;
    struct contract table[DESK_CONTRACTS];
    uint32_t count;
};

static double uniform(struct world *w, double low, double high)
{
    return low + (high - low) * rng_uniform(&w->rng);
}

/* Two Fridays, strikes around 100 that stay listed. */
static void list(struct world *w, int32_t day)
{
    w->count = 0;
    int32_t friday = calendar_weekly_expiry(calendar_us(), day, FRIDAY);
    for (int e = 0; e < 2; e++) {
        int32_t expiry = calendar_weekly_expiry(calendar_us(), date_add(friday, 7 * e), FRIDAY);
        for (int i = 0; i < STRIKES; i++) {
            w->table[w->count++] = desk_contract("XYZ", expiry, 85 + 5 * i, 'C');
            w->table[w->count++] = desk_contract("XYZ", expiry, 85 + 5 * i, 'P');
        }
    }
}

static void quote_all(struct world *w, struct desk *d, int32_t day)
{
    for (uint32_t i = 0; i < w->count; i++) {
        const struct contract *c = &w->table[i];
        double strike = c->strike_mills / 1000.0;
        double days = date_diff(c->expiry, day) + 0.3;
        double gain = c->right == OPTION_CALL ? w->level - strike : strike - w->level;
        double width = 1.2 * sqrt(days);
        double fair = fmax(gain, 0) + width * exp(-fabs(gain) / width);
        double half = uniform(w, 0.01, 0.10);
        double bid = floor(fmax(0, fair - half) * 100) / 100, ask = ceil((fair + half) * 100) / 100;
        double luck = uniform(w, 0, 1);
        if (luck < 0.03)
            bid = NAN;
        else if (luck < 0.06)
            ask = NAN;
        else if (luck < 0.08)
            bid = ask + 0.05; /* crossed */
        else if (luck < 0.10)
            bid = ask = 0;
        desk_quote(d, c, bid, ask);
        desk_sizes(d, c, (uint32_t)rng_below(&w->rng, 12), (uint32_t)rng_below(&w->rng, 12));
    }
}

static void check_orders(const struct desk *d, size_t from)
{
    for (size_t i = from; i < d->sent_count; i++) {
        const struct desk_order *o = &d->sent[i];
        CHECK(o->units > 0 && o->leg_count > 0 && o->leg_count <= PACKAGE_LEGS_MAX);
        for (int j = 0; j < o->leg_count; j++)
            CHECK(o->legs[j].ratio != 0);
    }
}

/* Everything the account is worth is what it began with and what its trades made. */
static void check_conserved(struct desk *d)
{
    int64_t made = 0;
    for (size_t i = 0; i < d->closed_count; i++)
        made += trade_pnl(&d->closed[i]);
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    for (size_t i = 0; i < slots; i++) {
        if (trades[i].state == TRADE_FREE)
            continue;
        made += trade_pnl(&trades[i]);
        CHECK(trades[i].costs >= 0);
    }
    struct account a = desk_account(d);
    CHECK_EQ(a.equity, a.cash + a.options + a.stock);
    CHECK_EQ(a.equity, 100000 * MICROS_PER_DOLLAR + made);
    CHECK_EQ(a.equity, kernel_equity(d->kernel)); /* counted along, and counted anew */
}

/* Shares of an assignment, or of a hedge without its options, are sold at the next chance: nobody
 * is left with stock that no rule looks at. What of a hedge did not divide has until the next
 * snapshot. */
static void check_no_orphans(struct desk *d)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    for (size_t i = 0; i < slots; i++) {
        bool options = false;
        int64_t shares = 0;
        for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++) {
            const struct trade_leg *leg = &trades[i].legs[j];
            options |= !leg->is_stock && leg->quantity;
            shares += leg->is_stock ? llabs(leg->quantity) : 0;
        }
        CHECK(options || shares < trades[i].units + (trades[i].state == TRADE_FREE));
        CHECK(trades[i].state == TRADE_FREE || shares ||
              options); /* and no empty trade stays open */
    }
}

static void run_day(struct world *w, struct desk *d, int32_t day)
{
    static const char *const times[] = { "9:31", "10:30", "12:00", "14:00", "15:30" };
    list(w, day);
    desk_day(d, day, w->table, w->count);
    for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
        w->level = fmin(118, fmax(82, w->level * exp(0.008 * rng_normal(&w->rng))));
        quote_all(w, d, day);
        size_t before = d->sent_count;
        desk_market(d, times[i], w->level);
        check_no_orphans(d);
        check_orders(d, before);
        check_conserved(d);
    }
    desk_settle(d, "16:00", day, SETTLE_PM, w->level);
    check_conserved(d);
    desk_day_end(d);
}

static uint64_t run(uint64_t seed, size_t *filled, size_t *closed)
{
    struct world w = { .level = 100 };
    rng_init(&w.rng, seed, 0, 9);
    struct desk *d = mem_alloc(sizeof *d);
    size_t which = seed % ARRAY_COUNT(strategies), round = seed / ARRAY_COUNT(strategies);
    desk_open(d, strategies[which], (enum fill_model)(round % 3),
              round & 2 ? FEES_IBKR_TIERED : FEES_IBKR_LEAN);
    d->stock_spread = seed % 3 ? 0.02 : 0;
    for (int32_t day = 20240102; day <= 20240202; day = calendar_next(calendar_us(), day))
        run_day(&w, d, day);
    uint64_t hash = kernel_effects_hash(d->kernel);
    *filled += d->filled;
    *closed += d->closed_count;
    desk_close(d);
    mem_free(d);
    return hash;
}

TEST(simulation, conserves_money_on_broken_quotes_and_repeats_itself)
{
    size_t filled = 0, closed = 0, again = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t first = run(seed, &filled, &closed);
        if (seed % 10 == 0)
            CHECK(run(seed, &again, &again) == first);
    }
    CHECK(filled > SEEDS * 10 && closed > SEEDS * 3); /* it did trade */
}
