#include "services/backtest/backtest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "adapters/feed/store_feed.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "services/backtest/recorder.h"

enum { TRADES_MAX = 4096, ORDERS_MAX = 1024, SLICES_MAX = 1024 };

static const int64_t CASH_DEFAULT = 100000 * MICROS_PER_DOLLAR;

/* One run: everything it opens, so that one place closes it. */
struct run {
    const struct backtest_options *options;
    struct arena *arena;
    struct strategy *strategy;
    struct store *store;
    struct feed feed;
    struct store_feed_info info;
    struct venue venue;
    enum fill_model fill;
    enum fee_schedule fees;
    enum carry_schedule carry;
    struct margin_terms margin;
    bool has_margin;
    const char *margin_word;
    struct risk_limits limits;
    struct kernel *kernel;
};

/* What the user asks wins over what the strategy says, and that over the desk's settings. */
static struct str first_of(const char *asked, const char *strategys, const char *setting,
                           const char *fallback)
{
    return str_from(asked ? asked : strategys[0] ? strategys : setting ? setting : fallback);
}

static enum err open_inputs(struct run *run)
{
    const struct backtest_options *o = run->options;
    run->strategy = arena_new(run->arena, struct strategy);
    enum err err = strategy_load(run->strategy, run->arena, o->strategy, o->overrides, o->override_count);
    if (err)
        return err;
    err = fill_model_parse(&run->fill, first_of(o->fill, run->strategy->fill, o->fill_default, "share"));
    if (err)
        return err;
    err = fee_schedule_parse(first_of(o->fees, run->strategy->fees, o->fees_default, "ibkr-tiered"), &run->fees);
    if (err)
        return err;
    err = carry_schedule_parse(str_from(run->strategy->carry[0] ? run->strategy->carry : "none"), &run->carry);
    if (err)
        return err_add(err, "%s: account.carry", run->strategy->path);
    struct str margin = first_of(o->margin, run->strategy->margin, NULL, "reg-t");
    err = margin_terms_parse(margin, &run->margin, &run->has_margin);
    if (err)
        return err;
    run->margin_word = arena_strndup(run->arena, margin.ptr, margin.len);
    err = store_open(&run->store, o->store);
    if (err)
        return err;
    return store_feed_open(&run->feed, &run->info, run->arena, run->store, run->strategy->underlying,
                           o->from, o->to);
}

static int64_t start_cash(const struct run *run)
{
    if (run->options->cash)
        return run->options->cash;
    double dollars = run->strategy->cash_dollars;
    if (!isnan(dollars))
        return money_from_dollars(dollars);
    return run->options->cash_default ? run->options->cash_default : CASH_DEFAULT;
}

/* Margin and nothing else: what the account can carry. The desk's other limits are its owner's, not a strategy's. */
static void margin_limits(struct risk_limits *limits)
{
    risk_limits_default(limits);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        if (risk_limit_row((enum risk_limit)i)->who != RISK_ROLE_NOBODY && risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_SETTING)
            limits->at[i] = RISK_OFF;
    limits->at[RISK_MARGIN_USE] = limits->at[RISK_MARGIN_CALL] = 1000000;
}

static enum err open_kernel(struct run *run)
{
    margin_limits(&run->limits);
    const struct strategy *const strategies[] = { run->strategy };
    struct kernel_config config = {
        .strategies = strategies,
        .strategy_count = 1,
        .cash = start_cash(run),
        .may_trade = true,
        .life = { .assigns = !run->strategy->only_at_expiry,
                  .seed = run->options->seed,
                  .carry = run->carry,
                  .borrow_fee = isnan(run->strategy->borrow_fee_percent) ? 0 : run->strategy->borrow_fee_percent / 100 },
        .sign_above = INT64_MAX,
        .risk = run->has_margin ? &run->limits : NULL,
        .margin = run->has_margin ? &run->margin : NULL,
        .limits = { .book = { .contracts = run->info.contracts_max ? run->info.contracts_max : 1,
                              .slices = SLICES_MAX },
                    .trades = TRADES_MAX,
                    .orders = ORDERS_MAX,
                    .effects = kernel_effects_needed(TRADES_MAX, ORDERS_MAX) },
    };
    enum err err = kernel_open(&run->kernel, run->arena, &config);
    if (err)
        return err;
    if (!kernel_reads_flow(run->kernel))
        store_feed_without_flow(&run->feed);
    struct exchange_config venue = exchange_config_default(run->fill, run->fees);
    venue.seed = run->options->seed;
    venue.contracts = config.limits.book.contracts;
    venue.orders = 2 * ORDERS_MAX;
    struct exchange *exchange;
    exchange_venue_open(&run->venue, &exchange, run->arena, &venue);
    return ERR_OK;
}

static void close_run(struct run *run)
{
    if (run->feed.ops)
        run->feed.ops->close(run->feed.self);
    if (run->venue.ops)
        run->venue.ops->close(run->venue.self);
    store_close(run->store);
}

static bool day_done(void *context)
{
    struct run *run = context;
    const struct backtest_options *o = run->options;
    return !o->progress ||
           o->progress(o->progress_context, store_feed_days_done(&run->feed), run->info.days);
}

static void standing_notes(struct run *run, struct recorder *recorder)
{
    if (!run->info.has_rates)
        recorder_note(recorder, false,
                      "no interest rates in the store (series USD.rates): discount factors come from the "
                      "chains where they tell them, else the rate is taken as 0");
    recorder_note(recorder, false,
                  "implied vols and deltas: Black-76 on the forward implied by each expiry's calls and "
                  "puts, ACT/365 to the settlement; American options are valued as European ones");
    const struct strategy *s = run->strategy;
    recorder_note(recorder, false,
                  s->only_at_expiry ? "not modelled: assignment before expiry, and what account.carry and account.borrow_fee do not say"
                                    : "not modelled: what account.carry and account.borrow_fee do not say; holders of American "
                                      "options that were sold exercise early when it is best for them");
    if (!run->has_margin)
        recorder_note(recorder, false, "margin is not asked: the account may hold what no broker would let it carry");
    struct account account;
    kernel_account(run->kernel, &account);
    if (account.interest) {
        char text[96], money[MONEY_TEXT_BYTES];
        money_format(money, account.interest, 2);
        snprintf(text, sizeof text, "interest on cash: %s USD, which belongs to no trade", money);
        recorder_note(recorder, false, text);
    }
}

static void describe(const struct run *run, struct backtest_result *out)
{
    const struct strategy *s = run->strategy;
    struct arena *arena = run->arena;
    out->program = "ironfly " IRONFLY_VERSION;
    out->strategy_name = s->name;
    out->strategy_path = s->path;
    out->strategy_hash = s->hash;
    out->strategy_description = s->description;
    out->underlying = s->underlying;
    out->store = arena_strdup(arena, run->options->store);
    out->fill_model = fill_model_name(run->fill);
    out->fill_text = fill_model_text(run->fill);
    out->fee_schedule = fee_schedule_name(run->fees);
    out->fee_text = fee_schedule_text(run->fees);
    out->margin.rules = run->margin_word;
    out->margin.is_asked = run->has_margin;
    out->seed = run->options->seed;
    out->from = run->options->from ? run->options->from : run->info.first_day;
    out->to = run->options->to ? run->options->to : run->info.last_day;
    out->first_day = run->info.first_day;
    out->last_day = run->info.last_day;
    out->start_cash = start_cash(run);
    for (int i = 0; i < s->param_count && out->param_count < ARRAY_COUNT(out->params); i++) {
        out->params[out->param_count].name = s->params[i].name;
        out->params[out->param_count++].value = s->params[i].value;
    }
    out->events_hash = arena_printf(arena, "%016" PRIx64, kernel_events_hash(run->kernel));
    out->effects_hash = arena_printf(arena, "%016" PRIx64, kernel_effects_hash(run->kernel));
}

enum err backtest_run(struct backtest_result *out, struct arena *arena,
                      const struct backtest_options *options)
{
    *out = (struct backtest_result){ 0 };
    struct run run = { .options = options, .arena = arena };
    enum err err = zone_init();
    if (!err)
        err = open_inputs(&run);
    if (!err)
        err = open_kernel(&run);
    if (!err) {
        struct recorder *recorder = recorder_open(arena, run.kernel);
        struct runner_watch watch = recorder_watch(recorder);
        recorder_on_day(recorder, day_done, &run);
        err = runner_run(run.kernel, &run.feed, &run.venue, &watch);
        standing_notes(&run, recorder);
        describe(&run, out);
        recorder_finish(recorder, out);
    }
    close_run(&run);
    return err;
}
