#include "services/backtest/backtest.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "adapters/broker/sim/exchange_venue.h"
#include "adapters/feed/merged_feed.h"
#include "adapters/feed/store_feed.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "services/backtest/recorder.h"

enum { TRADES_MAX = 4096, ORDERS_MAX = 1024, SLICES_MAX = 1024, STRATEGIES_MAX = 64 };

static const int64_t CASH_DEFAULT = 100000 * MICROS_PER_DOLLAR;

/* One run: everything it opens, so that one place closes it. */
struct run {
    const struct backtest_options *options;
    struct arena *arena;
    const struct strategy **strategies;
    uint32_t strategy_count;
    const struct strategy *strategy; /* the first */
    const char *said_fill, *said_fees, *said_margin,
        *said_carry;                   /* by the strategies; "": none says */
    double said_cash, said_borrow_fee; /* NaN: none says */
    struct store *store;
    struct feed feed, lanes[STRATEGIES_MAX]; /* of each underlying, merged in feed */
    uint32_t lane_count;
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

/* ---- several strategies ---------------------------------------------------------------------- */

/* Of the settings asked for, those that this strategy has parameters of; each must be one of
 * somebody's. */
static enum err load_one(struct run *run, const char *name, bool *is_used, struct strategy **out)
{
    const struct backtest_options *o = run->options;
    struct strategy_override *own =
        arena_array(run->arena, struct strategy_override, o->override_count);
    size_t count = 0;
    *out = arena_new(run->arena, struct strategy);
    if (run->strategy_count == 1)
        return strategy_load(*out, run->arena, name, o->overrides, o->override_count);
    enum err err = strategy_load(*out, run->arena, name, NULL, 0);
    for (size_t i = 0; !err && i < o->override_count; i++) {
        for (int p = 0; p < (*out)->param_count; p++) {
            if (strcmp((*out)->params[p].name, o->overrides[i].name) != 0)
                continue;
            own[count++] = o->overrides[i];
            is_used[i] = true;
        }
    }
    return err || !count ? err : strategy_load(*out, run->arena, name, own, count);
}

static enum err load_all(struct run *run)
{
    const struct backtest_options *o = run->options;
    if (o->other_count >= STRATEGIES_MAX)
        return err_set(ERR_USAGE, "%zu strategies; one account takes up to %d", o->other_count + 1,
                       STRATEGIES_MAX);
    bool *is_used = arena_array(run->arena, bool, o->override_count);
    run->strategy_count = (uint32_t)o->other_count + 1;
    run->strategies = arena_array(run->arena, const struct strategy *, run->strategy_count);
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        struct strategy *strategy;
        enum err err = load_one(run, i ? o->others[i - 1] : o->strategy, is_used, &strategy);
        if (err)
            return err;
        run->strategies[i] = strategy;
    }
    for (size_t i = 0; run->strategy_count > 1 && i < o->override_count; i++)
        if (!is_used[i])
            return err_set(ERR_USAGE, "none of the %u strategies has a parameter \"%s\"",
                           run->strategy_count, o->overrides[i].name);
    run->strategy = run->strategies[0];
    return ERR_OK;
}

static enum err disagree(const struct strategy *a, const struct strategy *b, const char *what,
                         const char *option)
{
    return err_set(ERR_USAGE,
                   "%s and %s say different things of account.%s, and they share one account: %s",
                   a->name, b->name, what, option);
}

/* What the strategies' files say of the account: who says something must say the same. */
static enum err agree_text(const struct run *run, size_t offset, const char *what,
                           const char *option, bool is_asked, const char **out)
{
    const struct strategy *who = NULL;
    *out = "";
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        const char *said = (const char *)run->strategies[i] + offset;
        if (said[0] && who && strcmp(said, *out) != 0 && !is_asked)
            return disagree(who, run->strategies[i], what, option);
        if (said[0] && !who) {
            who = run->strategies[i];
            *out = said;
        }
    }
    return ERR_OK;
}

static enum err agree_number(const struct run *run, size_t offset, const char *what,
                             const char *option, bool is_asked, double *out)
{
    const struct strategy *who = NULL;
    *out = NAN;
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        double said;
        memcpy(&said, (const char *)run->strategies[i] + offset, sizeof said);
        if (!isnan(said) && who && said != *out && !is_asked)
            return disagree(who, run->strategies[i], what, option);
        if (!isnan(said) && !who) {
            who = run->strategies[i];
            *out = said;
        }
    }
    return ERR_OK;
}

static enum err agree(struct run *run)
{
    static const char both[] = "let both say the same";
    const struct backtest_options *o = run->options;
    enum err err = agree_text(run, offsetof(struct strategy, fill), "fill", "say --fill", o->fill,
                              &run->said_fill);
    if (!err)
        err = agree_text(run, offsetof(struct strategy, fees), "fees", "say --fees", o->fees,
                         &run->said_fees);
    if (!err)
        err = agree_text(run, offsetof(struct strategy, margin), "margin", "say --margin",
                         o->margin, &run->said_margin);
    if (!err)
        err = agree_text(run, offsetof(struct strategy, carry), "carry", both, false,
                         &run->said_carry);
    if (!err)
        err = agree_number(run, offsetof(struct strategy, cash_dollars), "cash", "say --cash",
                           o->cash, &run->said_cash);
    if (!err)
        err = agree_number(run, offsetof(struct strategy, borrow_fee_percent), "borrow_fee", both,
                           false, &run->said_borrow_fee);
    for (uint32_t i = 1; i < run->strategy_count && !err; i++)
        if (run->strategies[i]->only_at_expiry != run->strategy->only_at_expiry)
            err = disagree(run->strategy, run->strategies[i], "assignment", both);
    return err;
}

/* A feed of each underlying, in the order in which the kernel numbers them: as the strategies come.
 */
static enum err open_feeds(struct run *run)
{
    const struct backtest_options *o = run->options;
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        struct store_feed_info info;
        bool is_open = false;
        for (uint32_t j = 0; j < i && !is_open; j++)
            is_open = strcmp(run->strategies[j]->underlying, run->strategies[i]->underlying) == 0;
        if (is_open)
            continue;
        enum err err = store_feed_open(&run->lanes[run->lane_count], &info, run->arena, run->store,
                                       run->strategies[i]->underlying, o->from, o->to);
        if (err)
            return err;
        if (run->lane_count++ == 0) {
            run->info = info;
            continue;
        }
        run->info.days = info.days > run->info.days ? info.days : run->info.days;
        run->info.first_day =
            info.first_day < run->info.first_day ? info.first_day : run->info.first_day;
        run->info.last_day =
            info.last_day > run->info.last_day ? info.last_day : run->info.last_day;
        run->info.contracts_max = info.contracts_max > run->info.contracts_max
                                      ? info.contracts_max
                                      : run->info.contracts_max;
        run->info.has_rates &= info.has_rates;
    }
    if (run->lane_count == 1)
        run->feed = run->lanes[0];
    else
        merged_feed_open(&run->feed, run->arena, run->lanes, run->lane_count);
    return ERR_OK;
}

/* ---- one run --------------------------------------------------------------------------------- */

static enum err open_inputs(struct run *run)
{
    const struct backtest_options *o = run->options;
    enum err err = load_all(run);
    if (!err)
        err = agree(run);
    if (!err)
        err = fill_model_parse(&run->fill,
                               first_of(o->fill, run->said_fill, o->fill_default, "share"));
    if (!err)
        err = fee_schedule_parse(first_of(o->fees, run->said_fees, o->fees_default, "ibkr-tiered"),
                                 &run->fees);
    if (err)
        return err;
    err =
        carry_schedule_parse(str_from(run->said_carry[0] ? run->said_carry : "none"), &run->carry);
    if (err)
        return err_add(err, "%s: account.carry", run->strategy->path);
    struct str margin = first_of(o->margin, run->said_margin, NULL, "reg-t");
    err = margin_terms_parse(margin, &run->margin, &run->has_margin);
    if (err)
        return err;
    run->margin_word = arena_strndup(run->arena, margin.ptr, margin.len);
    err = store_open(&run->store, o->store);
    return err ? err : open_feeds(run);
}

static int64_t start_cash(const struct run *run)
{
    if (run->options->cash)
        return run->options->cash;
    if (!isnan(run->said_cash))
        return money_from_dollars(run->said_cash);
    return run->options->cash_default ? run->options->cash_default : CASH_DEFAULT;
}

/* Margin and nothing else: what the account can carry. The desk's other limits are its owner's, not
 * a strategy's. */
static void margin_limits(struct risk_limits *limits)
{
    risk_limits_default(limits);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        if (risk_limit_row((enum risk_limit)i)->who != RISK_ROLE_NOBODY &&
            risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_SETTING)
            limits->at[i] = RISK_OFF;
    limits->at[RISK_MARGIN_USE] = limits->at[RISK_MARGIN_CALL] = 1000000;
}

static enum err open_kernel(struct run *run)
{
    margin_limits(&run->limits);
    struct kernel_config config = {
        .strategies = run->strategies,
        .strategy_count = run->strategy_count,
        .cash = start_cash(run),
        .may_trade = true,
        .life = { .assigns = !run->strategy->only_at_expiry,
                  .seed = run->options->seed,
                  .carry = run->carry,
                  .borrow_fee = isnan(run->said_borrow_fee) ? 0 : run->said_borrow_fee / 100 },
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
    venue.underlyings = run->lane_count;
    struct exchange *exchange;
    exchange_venue_open(&run->venue, &exchange, run->arena, &venue);
    return ERR_OK;
}

static void close_run(struct run *run)
{
    if (run->feed.ops)
        run->feed.ops->close(run->feed.self);
    for (uint32_t i = 0; i < run->lane_count && !run->feed.ops; i++)
        run->lanes[i].ops->close(run->lanes[i].self); /* they were not merged yet */
    if (run->venue.ops)
        run->venue.ops->close(run->venue.self);
    store_close(run->store);
}

static bool day_done(void *context)
{
    struct run *run = context;
    const struct backtest_options *o = run->options;
    return !o->progress ||
           o->progress(o->progress_context, store_feed_days_done(&run->lanes[0]), run->info.days);
}

static void standing_notes(struct run *run, struct recorder *recorder)
{
    const char *markets[STRATEGIES_MAX]; /* numbered as open_feeds() does */
    uint32_t market_count = 0;
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        const struct strategy *one = run->strategies[i];
        uint32_t at = 0;
        while (at < market_count && strcmp(markets[at], one->underlying) != 0)
            at++;
        if (at == market_count)
            markets[market_count++] = one->underlying;
        recorder_note_windows(recorder, one, at);
    }
    if (!run->info.has_rates)
        recorder_note(
            recorder, false,
            "no interest rates in the store (series USD.rates): discount factors come from the "
            "chains where they tell them, else the rate is taken as 0");
    recorder_note(
        recorder, false,
        "implied vols and deltas: Black-76 on the forward implied by each expiry's calls and "
        "puts, ACT/365 to the settlement; American options are valued as European ones");
    const struct strategy *s = run->strategy;
    recorder_note(
        recorder, false,
        s->only_at_expiry
            ? "not modelled: assignment before expiry, and what account.carry and account.borrow_fee do not say"
            : "not modelled: what account.carry and account.borrow_fee do not say; holders of American "
              "options that were sold exercise early when it is best for them");
    if (!run->has_margin)
        recorder_note(
            recorder, false,
            "margin is not asked: the account may hold what no broker would let it carry");
    struct account account;
    kernel_account(run->kernel, &account);
    if (account.interest) {
        char text[96], money[MONEY_TEXT_BYTES];
        money_format(money, account.interest, 2);
        snprintf(text, sizeof text, "interest on cash: %s USD, which belongs to no trade", money);
        recorder_note(recorder, false, text);
    }
}

/* One strategy's words; hashes and figures are the run's. */
static void describe_strategy(const struct strategy *s, struct backtest_result *out)
{
    out->strategy_name = s->name;
    out->strategy_path = s->path;
    out->strategy_hash = s->hash;
    out->strategy_description = s->description;
    out->underlying = s->underlying;
    out->param_count = 0;
    for (int i = 0; i < s->param_count && out->param_count < ARRAY_COUNT(out->params); i++) {
        out->params[out->param_count].name = s->params[i].name;
        out->params[out->param_count++].value = s->params[i].value;
    }
}

static const char *name_of(const struct strategy *s)
{
    return s->name;
}
static const char *path_of(const struct strategy *s)
{
    return s->path;
}
static const char *hash_of(const struct strategy *s)
{
    return s->hash;
}
static const char *underlying_of(const struct strategy *s)
{
    return s->underlying;
}

/* "Iron condor + Wheel": of all, each once. */
static const char *joined(const struct run *run, const char *(*word)(const struct strategy *),
                          const char *between)
{
    struct buf text = { 0 };
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        bool is_seen = false;
        for (uint32_t j = 0; j < i && !is_seen; j++)
            is_seen = strcmp(word(run->strategies[i]), word(run->strategies[j])) == 0;
        if (!is_seen)
            buf_printf(&text, "%s%s", text.len ? between : "", word(run->strategies[i]));
    }
    const char *out = arena_strndup(run->arena, text.ptr, text.len);
    buf_free(&text);
    return out;
}

static void describe(const struct run *run, struct backtest_result *out)
{
    struct arena *arena = run->arena;
    out->program = "ironfly " IRONFLY_VERSION;
    describe_strategy(run->strategy, out);
    if (run->strategy_count > 1) {
        out->param_count = 0;
        out->strategy_name = joined(run, name_of, " + ");
        out->strategy_path = joined(run, path_of, ", ");
        out->strategy_hash = joined(run, hash_of, "+");
        out->underlying = joined(run, underlying_of, ", ");
        out->strategy_description =
            arena_printf(arena, "%u strategies on one account", run->strategy_count);
    }
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
    out->events_hash = arena_printf(arena, "%016" PRIx64, kernel_events_hash(run->kernel));
    out->effects_hash = arena_printf(arena, "%016" PRIx64, kernel_effects_hash(run->kernel));
}

/* What each strategy did by itself. */
static void each_by_itself(const struct run *run, struct recorder *recorder,
                           struct backtest_result *account)
{
    struct backtest_result *each =
        arena_array(run->arena, struct backtest_result, run->strategy_count);
    for (uint32_t i = 0; i < run->strategy_count; i++) {
        struct backtest_result *out = &each[i];
        *out = *account;
        out->trades = NULL;
        out->orders = NULL;
        out->trade_count = out->order_count = 0;
        out->margin = (struct result_margin){ .rules = account->margin.rules,
                                              .most = PRICE_NONE,
                                              .mean = PRICE_NONE };
        out->liquidation_count = out->refusal_count = out->note_count = 0;
        describe_strategy(run->strategies[i], out);
        recorder_finish_each(recorder, account, i, out);
    }
    account->strategies = each;
    account->strategy_count = run->strategy_count;
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
        if (run.strategy_count > 1)
            recorder_each(recorder, run.strategy_count);
        recorder_on_day(recorder, day_done, &run);
        err = runner_run(run.kernel, &run.feed, &run.venue, &watch);
        standing_notes(&run, recorder);
        describe(&run, out);
        recorder_finish(recorder, out);
        if (run.strategy_count > 1)
            each_by_itself(&run, recorder, out);
    }
    close_run(&run);
    return err;
}
