#include "domain/strategy/strategy.h"

#include <dirent.h>
#include <stdlib.h>

#include "domain/strategy/select.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test" };
#define CATALOGUE IRONFLY_SOURCE_ROOT "/strategies"

static struct strategy *parse(const char *text)
{
    struct strategy *s = arena_new(&arena, struct strategy);
    CHECK_OK(strategy_parse(s, &arena, "test.yaml", str_from(text), NULL, 0));
    return s;
}

static const char *canonical(const struct strategy *s)
{
    struct buf out = { 0 };
    strategy_format(&out, s);
    const char *text = arena_strdup(&arena, out.ptr);
    buf_free(&out);
    return text;
}

/* ---- what the keys mean ---- */

TEST(strategy, reads_every_key)
{
    const struct strategy *s = parse(
        "ironfly: 1\n"
        "name: everything\n"
        "description: two lines\n"
        "underlying: SPY\n"
        "parameters:\n"
        "  d: {default: 0.16, min: 0.05, max: 0.35, step: 0.01, unit: delta, help: how far out}\n"
        "  wing: 50\n"
        "account: {cash: $250000, fill: natural, fees: ib-2019, assigned: sell}\n"
        "limits: {max_loss: $5000, max_contracts: 20, daily_loss: 3%}\n"
        "legs:\n"
        "  a: {sell: put, expiry: {dte: 45, min: 30, max: 60, root: SPY}, strike: {delta: d, tolerance: 0.05, round: down}}\n"
        "  b: {buy: put, ratio: 2, expiry: same as a, strike: {offset: -wing * 2, from: a}}\n"
        "  c: {buy: call, expiry: {after: a, days: 28d}, strike: {percent: 2%}}\n"
        "  e: {buy: call, expiry: 2019-06-21, strike: 2850.5}\n"
        "  f: {buy: call, expiry: {monthly: 2, min: 3, max: 90}, strike: {expected_move: 1.5}}\n"
        "  g: {buy: call, expiry: {nth: 3, min: 2}, strike: {premium: $1.50}}\n"
        "  h: {buy: put, expiry: {same: g}, strike: {atm: up}}\n"
        "entry: {every: time, days: [mon, wed], times: [\"15:00\", \"10:00\"], until: 10m,\n"
        "        dates: [2019-06-03, 2019-05-22], when: vix < 40 and price > 2 * wing, max_open: 3, cooldown: 5d,\n"
        "        orders: separate, min_credit: 1.25}\n"
        "size: {risk: 2.5%, max: 7}\n"
        "exit: {profit: 50%, loss: {percent: 200, dollars: 1500}, dte: 21, days_held: 30, time: \"15:45\", on_dte: 0,\n"
        "       short_delta: 0.4, confirm: 2, when: dte < 10 and pnl > 0}\n"
        "hedge: {band: 12.5, every: 30m}\n");
    CHECK_STR(s->name, "everything");
    CHECK_STR(s->description, "two lines");
    CHECK_STR(s->underlying, "SPY");
    CHECK_EQ(s->param_count, 2);
    CHECK_STR(s->params[0].unit, "delta");
    CHECK_STR(s->params[0].help, "how far out");
    CHECK_NEAR(s->params[0].step, 0.01, 0);
    CHECK(isnan(s->params[1].min));
    CHECK_NEAR(s->cash_dollars, 250000, 0);
    CHECK_STR(s->fill, "natural");
    CHECK_STR(s->fees, "ib-2019");
    CHECK_EQ(s->assigned, ASSIGNED_SELL);
    CHECK_NEAR(s->max_loss_dollars, 5000, 0);
    CHECK_EQ(s->max_contracts, 20);
    CHECK_NEAR(s->daily_loss_percent, 3, 0);

    const struct structure *t = &s->structures[0];
    CHECK_STR(t->name, "main");
    CHECK_EQ(t->leg_count, 7);
    const struct leg_spec *a = &t->legs[0], *b = &t->legs[1], *c = &t->legs[2];
    CHECK_EQ(a->side, -1);
    CHECK_EQ(a->kind, LEG_PUT);
    CHECK_EQ(a->ratio, 1);
    CHECK_EQ(a->expiry.rule, EXPIRY_DTE);
    CHECK_EQ(a->expiry.value * 10000 + a->expiry.min * 100 + a->expiry.max, 453060);
    CHECK_STR(a->expiry.root, "SPY");
    CHECK_EQ(a->strike.rule, STRIKE_DELTA);
    CHECK_EQ(a->strike.round, ROUND_DOWN);
    CHECK_NEAR(a->strike.value, 0.16, 0);
    CHECK_NEAR(a->strike.tolerance, 0.05, 0);
    CHECK_EQ(b->side, 1);
    CHECK_EQ(b->ratio, 2);
    CHECK_EQ(b->expiry.rule, EXPIRY_SAME);
    CHECK_EQ(b->strike.rule, STRIKE_OFFSET);
    CHECK_EQ(b->strike.leg, 0);
    CHECK_NEAR(b->strike.value, -100, 0);
    CHECK_EQ(c->expiry.rule, EXPIRY_AFTER);
    CHECK_EQ(c->expiry.value * 10000 + c->expiry.min * 100 + c->expiry.max, 281937);
    CHECK_EQ(c->strike.rule, STRIKE_PERCENT);
    CHECK_EQ(c->strike.leg, -1);
    CHECK_NEAR(c->strike.value, 2, 0);
    CHECK_EQ(t->legs[3].expiry.date, 20190621);
    CHECK_EQ(t->legs[3].strike.rule, STRIKE_AT);
    CHECK_NEAR(t->legs[3].strike.value, 2850.5, 0);
    CHECK_EQ(t->legs[4].expiry.rule, EXPIRY_MONTHLY);
    CHECK_EQ(t->legs[4].expiry.max, 90);
    CHECK_EQ(t->legs[5].expiry.rule, EXPIRY_NTH);
    CHECK_EQ(t->legs[5].expiry.min, 2);
    CHECK_NEAR(t->legs[5].strike.value, 1.5, 0);
    CHECK_EQ(t->legs[6].expiry.leg, 5);
    CHECK_EQ(t->legs[6].strike.rule, STRIKE_ATM);
    CHECK_EQ(t->legs[6].strike.round, ROUND_UP);

    const struct entry_spec *e = &t->entry;
    CHECK_EQ(e->every, ENTRY_EVERY_TIME);
    CHECK_EQ(e->weekdays, 1 << 1 | 1 << 3);
    CHECK_EQ(e->time_count, 2);
    CHECK_EQ(e->times[0], 36000); /* sorted */
    CHECK_EQ(e->times[1], 54000);
    CHECK_EQ(e->until, 600);
    CHECK_EQ(e->date_count, 2);
    CHECK_EQ(e->dates[0], 20190522);
    CHECK(expr_reads(e->when, FEATURE_VIX));
    CHECK_EQ(e->max_open, 3);
    CHECK_EQ(e->cooldown_days, 5);
    CHECK(e->separate_orders);
    CHECK_NEAR(e->min_credit, 1.25, 0);
    CHECK(isnan(e->max_debit));
    CHECK_EQ(t->size.rule, SIZE_RISK);
    CHECK_NEAR(t->size.value, 2.5, 0);
    CHECK_EQ(t->size.max, 7);
    const struct exit_spec *x = &t->exit;
    CHECK_NEAR(x->profit_percent, 50, 0);
    CHECK(isnan(x->profit_dollars));
    CHECK_NEAR(x->loss_percent, 200, 0);
    CHECK_NEAR(x->loss_dollars, 1500, 0);
    CHECK_EQ(x->dte, 21);
    CHECK_EQ(x->days_held, 30);
    CHECK_EQ(x->time, 15 * 3600 + 45 * 60);
    CHECK_EQ(x->on_dte, 0);
    CHECK_NEAR(x->short_delta, 0.4, 0);
    CHECK_EQ(x->confirm, 2);
    CHECK(expr_reads(x->when, FEATURE_DTE));
    CHECK(t->hedge.wanted);
    CHECK_NEAR(t->hedge.band_shares, 12.5, 0);
    CHECK_EQ(t->hedge.every_seconds, 1800);
    arena_clear(&arena);
}

static const char ROLLED[] =
    "ironfly: 1\nname: rolled\nunderlying: SPX\n"
    "legs:\n"
    "  a: {sell: put, expiry: {dte: 45}, strike: {delta: 0.16}}\n"
    "  b: {buy: put, expiry: same as a, strike: {offset: -50, from: a}}\n"
    "%s"
    "roll: {dte: 25, short_delta: 0.35, when: days_held > 3, min_credit: -0.5, max: 2}\n";

TEST(strategy, rolls_what_fits_into_one_order)
{
    char text[1024];
    snprintf(text, sizeof text, ROLLED, "");
    const struct roll_spec *roll = &parse(text)->structures[0].roll;
    CHECK(roll->wanted);
    CHECK_EQ(roll->dte, 25);
    CHECK_NEAR(roll->short_delta, 0.35, 0);
    CHECK(roll->when != NULL);
    CHECK_NEAR(roll->min_credit, -0.5, 0);
    CHECK_EQ(roll->max_rolls, 2);
    snprintf(text, sizeof text, ROLLED,
             "  c: {buy: put, expiry: same as a, strike: {offset: -100, from: a}}\n"
             "  d: {buy: put, expiry: same as a, strike: {offset: -150, from: a}}\n"
             "  e: {buy: put, expiry: same as a, strike: {offset: -200, from: a}}\n");
    struct strategy strategy;
    CHECK_EQ(strategy_parse(&strategy, &arena, "test.yaml", str_from(text), NULL, 0), ERR_RANGE);
    CHECK_HAS(err_detail(), "at most 4 legs can roll, and these are 5");
    arena_clear(&arena);
}

TEST(strategy, fills_in_the_documented_defaults)
{
    const struct strategy *s = parse(
        "ironfly: 1\nname: small\nunderlying: SPY\nlegs:\n"
        "  stock: {buy: stock}\n  call: {sell: call, expiry: {dte: 30}, strike: {delta: 0.3}}\n");
    const struct structure *t = &s->structures[0];
    CHECK(isnan(s->cash_dollars));
    CHECK_STR(s->fill, "");
    CHECK_EQ(s->assigned, ASSIGNED_SELL);
    CHECK_EQ(s->max_contracts, 0);
    CHECK_EQ(t->legs[0].ratio, 100);
    CHECK_EQ(t->legs[1].ratio, 1);
    CHECK_EQ(t->legs[1].expiry.min, 20);
    CHECK_EQ(t->legs[1].expiry.max, 40);
    CHECK_NEAR(t->legs[1].strike.tolerance, 0.1, 0);
    CHECK_EQ(t->entry.every, ENTRY_DAILY);
    CHECK_EQ(t->entry.weekdays, 0x3e);
    CHECK_EQ(t->entry.until, 1800);
    CHECK_EQ(t->entry.max_open, 1);
    CHECK(t->entry.when == NULL);
    CHECK(isnan(t->entry.min_credit));
    CHECK_EQ(t->size.rule, SIZE_CONTRACTS);
    CHECK_NEAR(t->size.value, 1, 0);
    CHECK(isnan(t->exit.profit_percent));
    CHECK_EQ(t->exit.dte, -1);
    CHECK_EQ(t->exit.confirm, 1);
    CHECK(!t->roll.wanted);
    CHECK(!t->hedge.wanted);
    arena_clear(&arena);
}

/* LEAN's ten lots of GOOG of 2015-12-24, as fixed legs at a fixed time. */
TEST(strategy, reads_fixed_legs_at_a_fixed_time)
{
    const struct strategy *s = parse(
        "ironfly: 1\nname: fixed\nunderlying: GOOG\naccount: {cash: 200000, fill: natural}\nlegs:\n"
        "  a: {buy: put, expiry: 2016-01-15, strike: 745}\n"
        "  b: {sell: put, expiry: 2016-01-15, strike: 747.5}\n"
        "  c: {sell: call, expiry: 2016-01-15, strike: 750}\n"
        "  d: {buy: call, expiry: 2016-01-15, strike: 752.5}\n"
        "entry: {every: once, dates: [2015-12-24], times: [\"09:31\"], orders: separate}\n"
        "size: {contracts: 10}\n");
    const struct structure *t = &s->structures[0];
    CHECK_EQ(t->entry.times[0], 9 * 3600 + 31 * 60);
    CHECK_EQ(t->entry.every, ENTRY_ONCE);
    CHECK_EQ(t->legs[1].expiry.date, 20160115);
    CHECK_NEAR(t->legs[1].strike.value, 747.5, 0);
    CHECK_NEAR(t->size.value, 10, 0);
    arena_clear(&arena);
}

/* ---- the hash ---- */

static const char base_file[] =
    "ironfly: 1\nname: n\nunderlying: SPX\nparameters: {w: 50}\nlegs:\n"
    "  a: {sell: put, expiry: {dte: 45}, strike: {delta: 0.16}}\n"
    "  b: {buy: put, expiry: same as a, strike: {offset: -w, from: a}}\n"
    "entry: {every: weekly, when: vix < 40}\nexit: {profit: 50%, dte: 21}\n";

TEST(strategy, hashes_what_it_does_and_not_how_it_is_written)
{
    static const char *const same[] = {
        "# a comment\nname: n\nironfly: 1\ndescription: words\nexit: {dte: 21, profit: {percent: 50}}\n"
        "underlying: SPX\nentry: {when: '(vix) < 4e1', every: weekly, days: [fri, thu, wed, tue, mon]}\nlegs:\n"
        "  a:\n    expiry: {dte: 45d, max: 60, min: 30}\n    sell: put\n    ratio: 1\n    strike: {delta: .16}\n"
        "  b: {strike: {from: a, offset: -50.0}, expiry: {same: a}, buy: put}\n",
        "{\"ironfly\":1,\"name\":\"n\",\"underlying\":\"SPX\",\"parameters\":{\"x\":{\"default\":25}},\"legs\":{"
        "\"a\":{\"sell\":\"put\",\"expiry\":{\"dte\":45},\"strike\":{\"delta\":0.16}},"
        "\"b\":{\"buy\":\"put\",\"expiry\":\"same as a\",\"strike\":{\"offset\":\"-2 * x\",\"from\":\"a\"}}},"
        "\"entry\":{\"every\":\"weekly\",\"when\":\"vix \\u003c 40\"},\"exit\":{\"profit\":\"50%\",\"dte\":21}}",
    };
    const struct strategy *base = parse(base_file);
    CHECK_EQ(strlen(base->hash), 16);
    FOR_EACH (text, same) {
        const struct strategy *s = parse(*text);
        CHECK_STR(canonical(s), canonical(base));
        CHECK_STR(s->hash, base->hash);
    }
    static const struct {
        const char *from, *to;
    } changes[] = {
        { "dte: 21", "dte: 20" },
        { "0.16", "0.17" },
        { "sell: put", "sell: call" },
        { "weekly", "daily" },
        { "vix < 40", "vix < 41" },
        { "w: 50", "w: 55" },
        { "SPX", "XSP" },
        { "profit: 50%", "profit: $50" },
    };
    FOR_EACH (c, changes) {
        const char *found = strstr(base_file, c->from);
        CHECK(found != NULL);
        const struct strategy *s = parse(arena_printf(&arena, "%.*s%s%s", (int)(found - base_file),
                                                      base_file, c->to, found + strlen(c->from)));
        CHECK(strcmp(s->hash, base->hash) != 0);
    }
    arena_clear(&arena);
}

TEST(strategy, takes_parameters_from_outside)
{
    static const struct strategy_override wider[] = { { "w", 60 } };
    struct strategy s = { .param_count = 0 };
    CHECK_OK(strategy_parse(&s, &arena, "t", str_from(base_file), wider, 1));
    CHECK_NEAR(s.structures[0].legs[1].strike.value, -60, 0);
    CHECK_NEAR(s.params[0].value, 60, 0);
    CHECK(strcmp(s.hash, parse(base_file)->hash) != 0);

    static const char ranged[] =
        "ironfly: 1\nname: n\nunderlying: SPX\nparameters: {d: {default: 45, min: 30, max: 60}}\n"
        "legs: {a: {sell: put, expiry: {dte: d}, strike: atm}}\n";
    static const struct strategy_override far[] = { { "d", 61 } }, slip[] = { { "dd", 45 } },
                                          none[] = { { "d", NAN } };
    CHECK_EQ(strategy_parse(&s, &arena, "t", str_from(ranged), far, 1), ERR_RANGE);
    CHECK_STR(err_detail(), "t: parameter d: 61 is not between 30 and 60");
    CHECK_EQ(strategy_parse(&s, &arena, "t", str_from(ranged), none, 1), ERR_RANGE);
    CHECK_EQ(strategy_parse(&s, &arena, "t", str_from(ranged), slip, 1), ERR_NOT_FOUND);
    CHECK_STR(err_detail(), "t: there is no parameter dd: did you mean d?");
    arena_clear(&arena);
}

/* ---- the catalogue ---- */

static bool is_strategy_file(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".yaml") == 0;
}

/* Each end of each parameter's range must make a strategy too: the optimizer will go there. */
static void check_ranges(const char *path, const struct strategy *s)
{
    for (int i = 0; i < s->param_count; i++) {
        const struct strategy_param *p = &s->params[i];
        double ends[] = { p->min, p->max };
        CHECK(!isnan(p->min));
        CHECK(p->help[0] != '\0');
        CHECK(p->unit[0] != '\0');
        for (size_t k = 0; k < 2; k++) {
            struct strategy_override change = { p->name, ends[k] };
            struct strategy other;
            if (strategy_load(&other, &arena, path, &change, 1))
                fail_msg("%s with %s %g: %s", path, p->name, ends[k], err_detail());
        }
    }
}

TEST(strategy, reads_the_whole_catalogue_and_writes_it_back)
{
    DIR *folder = opendir(CATALOGUE);
    CHECK(folder != NULL);
    int count = 0;
    char hashes[64][17];
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!is_strategy_file(entry->d_name))
            continue;
        const char *path = arena_printf(&arena, CATALOGUE "/%s", entry->d_name);
        struct strategy s, again;
        if (strategy_load(&s, &arena, path, NULL, 0))
            fail_msg("%s", err_detail());
        CHECK(strlen(s.description) > 40);
        const char *text = canonical(&s);
        CHECK_OK(strategy_parse(&again, &arena, "canonical", str_from(text), NULL, 0));
        CHECK_STR(canonical(&again), text);
        CHECK_STR(again.hash, s.hash);
        check_ranges(path, &s);
        for (int i = 0; i < count; i++)
            CHECK(strcmp(hashes[i], s.hash) != 0);
        CHECK(count < 64);
        memcpy(hashes[count++], s.hash, sizeof s.hash);
    }
    closedir(folder);
    CHECK(count >= 30);
    arena_clear(&arena);
}

TEST(strategy, finds_files_by_path_and_by_name)
{
    struct strategy s;
    const char *folder = testing_folder();
    const char *path = testing_file(folder, "mine.yaml", base_file, sizeof base_file - 1);
    CHECK_OK(strategy_load(&s, &arena, path, NULL, 0));
    CHECK_STR(s.path, path);
    CHECK_OK(strategy_load(&s, &arena, arena_printf(&arena, "%s/mine", folder), NULL, 0));
    CHECK_EQ(setenv("IRONFLY_STRATEGIES", folder, 1), 0);
    CHECK_OK(strategy_load(&s, &arena, "mine", NULL, 0));
    CHECK_EQ(strategy_load(&s, &arena, "yours", NULL, 0), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "yours");
    CHECK_HAS(err_detail(), folder);
    CHECK_EQ(strategy_load(&s, &arena, "no/such/file", NULL, 0), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "no/such/file");
    CHECK_EQ(setenv("IRONFLY_STRATEGIES", "/no/such/folder", 1), 0);
    CHECK_EQ(strategy_load(&s, &arena, "mine", NULL, 0), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "/no/such/folder");
    CHECK_EQ(unsetenv("IRONFLY_STRATEGIES"), 0);
    arena_clear(&arena);
}

TEST(strategy, documents_every_feature_with_its_unit)
{
    FILE *file = fopen(IRONFLY_SOURCE_ROOT "/docs/strategy-format.md", "r");
    CHECK(file != NULL);
    char *page = arena_alloc(&arena, 1 << 16);
    size_t len = fread(page, 1, (1 << 16) - 1, file);
    fclose(file);
    CHECK(len > 1000);
    for (int i = 0; i < FEATURE_COUNT; i++) {
        enum feature_id id = (enum feature_id)i;
        CHECK_HAS(page, arena_printf(&arena, "| `%s` | %s | %s", feature_name(id),
                                     expr_unit_name(feature_unit(id)), feature_text(id)));
    }
    arena_clear(&arena);
}

/* ---- refusals ---- */

/* A good file in which one line is changed: lines start at their key, so each case names what it
 * replaces. */
static const char *with(const char *section, const char *text)
{
    static const char *const names[] = { "head", "params", "legs", "rest" };
    static const char *const good[] = {
        "ironfly: 1\nname: n\nunderlying: SPX\n",
        "",
        "legs:\n  a: {sell: put, expiry: {dte: 45}, strike: {delta: 0.16}}\n",
        "",
    };
    char *all = arena_strdup(&arena, "");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        all = arena_printf(&arena, "%s%s", all, strcmp(section, names[i]) == 0 ? text : good[i]);
    return all;
}

static const struct refusal {
    const char *section, *text;
    const char *why;
} refusals[] = {
    /* head */
    { "head", "name: n\nunderlying: SPX\n", "\"ironfly\" is missing" },
    { "head", "ironfly: 2\nname: n\nunderlying: SPX\n",
      "bad.yaml:1:10: ironfly: version 2 of the format is not known" },
    { "head", "ironfly: 1\nunderlying: SPX\n", "\"name\" is missing" },
    { "head", "ironfly: 1\nname: n\n", "\"underlying\" is missing" },
    { "head", "ironfly: 1\nname: n\nunderlying: spx\n",
      "bad.yaml:3:13: underlying: \"spx\" is no symbol" },
    { "head", "ironfly: 1\nname: \"a\\nb\"\nunderlying: SPX\n", "a name is one line of text" },
    { "head", "ironfly: 1\nname: n\nunderlying: SPX\nlegz: 1\n",
      "bad.yaml:4:1: unknown key \"legz\"; did you mean \"legs\"?" },
    { "head", "ironfly: 1\nname: n\nname: m\nunderlying: SPX\n", "name" },
    /* parameters */
    { "params", "parameters: {w: 50}\n", "parameters.w: this parameter is used nowhere" },
    { "params", "parameters: {vix: 50}\n", "the name vix is taken" },
    { "params", "parameters: {W: 50}\n", "a name is a letter a-z" },
    { "params", "parameters: {w: {min: 1, max: 2}}\n", "default is missing" },
    { "params", "parameters: {w: {default: 3, min: 1, max: 2}}\n",
      "default 3 is not between 1 and 2" },
    { "params", "parameters: {w: {default: 3, min: 1}}\n", "max is missing" },
    { "params", "parameters: {w: {default: 3, min: 5, max: 2}}\n", "min 5 is above max 2" },
    { "params", "parameters: {w: {default: 3, defualt: 2}}\n", "did you mean \"default\"?" },
    { "params", "parameters: {w: 3, v: 2 * w}\n", "unknown name 'w'" },
    /* legs */
    { "legs", "entry: {every: daily}\n", "\"legs\" is missing" },
    { "legs", "legs: {}\n", "legs: 0 legs: a structure has 1 to 8" },
    { "legs", "legs: [1]\n", "a list is here, where a map should be" },
    { "legs", "legs:\n  a: {sell: putt, expiry: {dte: 45}, strike: atm}\n",
      "legs.a.sell: \"putt\" is not known; did you mean \"put\"?" },
    { "legs", "legs:\n  a: {expiry: {dte: 45}, strike: atm}\n", "say either buy or sell" },
    { "legs", "legs:\n  a: {buy: put, sell: put, expiry: {dte: 45}, strike: atm}\n",
      "say either buy or sell" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}}\n",
      "bad.yaml:5:6: legs.a: strike is missing" },
    { "legs", "legs:\n  a: {buy: stock, strike: atm}\n", "stock has no expiry and no strike" },
    { "legs", "legs:\n  a: {buy: put, ratio: 1.5, expiry: {dte: 45}, strike: atm}\n",
      "1.5 is not a whole number" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45, min: 50}, strike: atm}\n",
      "45 days lie outside min 50 to max 60" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45, min: 50, max: 40}, strike: atm}\n",
      "no expiry is both at least 50 and at most 40" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45, monthly: 1}, strike: atm}\n",
      "dte and monthly are two rules for one expiry" },
    { "legs", "legs:\n  a: {buy: put, expiry: {min: 45}, strike: atm}\n",
      "say how the expiry is chosen: one of dte, date, same, after, monthly, nth" },
    { "legs", "legs:\n  a: {buy: put, expiry: next friday, strike: atm}\n",
      "write an expiry as a date" },
    { "legs", "legs:\n  a: {buy: put, expiry: {date: 2019-06-31}, strike: atm}\n",
      "\"2019-06-31\" is not a date" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45, root: spxw}, strike: atm}\n",
      "a root is 1 to 6 of A-Z" },
    { "legs",
      "legs:\n  a: {buy: put, expiry: same as b, strike: atm}\n  b: {buy: call, expiry: {dte: 45}, strike: atm}\n",
      "bad.yaml:5:25: legs.a.expiry: leg b does not stand above this one" },
    { "legs",
      "legs:\n  short: {buy: put, expiry: {dte: 45}, strike: atm}\n  b: {buy: call, expiry: same as shrot, strike: atm}\n",
      "there is no leg shrot: did you mean short?" },
    { "legs", "legs:\n  s: {buy: stock}\n  b: {buy: call, expiry: same as s, strike: atm}\n",
      "s is stock: it has no expiry" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {delta: 16}}\n",
      "legs.a.strike.delta: 16 is not between 0.001 and 0.999" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {delta: dlt}}\n",
      "unknown name 'dlt'" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {delta: vix}}\n",
      "'vix' changes with the market" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {delta: 0.1, premium: 2}}\n",
      "delta and premium are two rules for one strike" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {delta: 0.1, from: a}}\n",
      "from goes with offset and percent" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {at: 100, round: up}}\n",
      "round does not go with at" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: 0}\n", "0 is not between 0.001" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: 10.0005}\n",
      "strikes have at most three decimals" },
    { "legs", "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: {offset: 1 / 0}}\n",
      "this has no value" },
    { "legs",
      "legs:\n  a: {buy: put, expiry: {dte: 45}, strike: atm}\n  b: {sell: put, expiry: same as a, strike: same as a}\n",
      "a buys what b sells, so that they cancel out" },
    { "legs",
      "legs:\n  a: {buy: put, expiry: 2019-06-21, strike: 5}\n  b: {sell: put, expiry: 2019-06-21, strike: 5}\n",
      "cancel out" },
    { "legs",
      "legs:\n  near: {sell: put, expiry: {dte: 5}, strike: atm}\n  b: {buy: put, expiry: {after: near}, strike: atm}\n",
      "days is missing" },
    { "legs", "structures: {}\n", "0 structures" },
    { "legs", "structures: {x: {legs: {a: {buy: stock}}}}\nexit: {dte: 3}\n",
      "exit stands beside structures" },
    { "legs", "structures: {x: {lgs: {a: {buy: stock}}}}\n", "did you mean \"legs\"?" },
    /* entry */
    { "rest", "entry: {every: hourly}\n", "entry.every: \"hourly\" is not known" },
    { "rest", "entry: {days: [sat]}\n", "entry.days[0]: \"sat\" is not known" },
    { "rest", "entry: {times: [\"04:00\"]}\n", "lies outside the session" },
    { "rest", "entry: {times: [\"10:00\", \"10:00\"]}\n", "stands here twice" },
    { "rest", "entry: {times: [10 am]}\n", "is not a time of day" },
    { "rest", "entry: {times: [\"10:00\"], until: 10}\n", "write a time span as 90s, 30m or 2h" },
    { "rest", "entry: {until: 10m}\n", "until goes with times" },
    { "rest", "entry: {every: time}\n", "every: time needs times" },
    { "rest", "entry: {dates: [2019-05-27]}\n", "2019-05-27 has no session (Memorial Day)" },
    { "rest", "entry: {dates: [2019-05-25]}\n", "has no session (weekend)" },
    { "rest", "entry: {when: vx < 25}\n",
      "bad.yaml:6:15: entry.when: character 1: unknown name 'vx': did you mean 'vix'?" },
    { "rest", "entry: {when: dte < 25}\n", "'dte' is known of an open trade only" },
    { "rest", "entry: {max_open: 0}\n", "entry.max_open: 0 is not between 1 and 1000" },
    { "rest", "entry: {min_credit: 1, max_debit: 1}\n", "cannot both hold" },
    /* size, exit, roll, hedge, account, limits */
    { "rest", "size: {risk: 0.02}\n", "size.risk: write a percent sign: 0.02%" },
    { "rest", "size: {contracts: 1.5}\n", "1.5 is not a whole number" },
    { "rest", "size: {contracts: 1, risk: 2%}\n", "two rules for one size" },
    { "rest", "size: {max: 2}\n", "say the size as one of" },
    { "rest", "size: {shares: all}\n", "this structure sells no call" },
    { "rest", "exit: {profit: 50}\n",
      "exit.profit: write 50% (of the credit received or the debit paid) or $500" },
    { "rest", "exit: {profit: 150%}\n", "options sold can earn 100% of their credit at most" },
    { "rest", "exit: {dte: 45}\n",
      "45 days is no less than the 45 days to expiry at which leg a is opened" },
    { "rest", "exit: {on_dte: 0}\n", "time is missing" },
    { "rest", "exit: {confirm: 2}\n", "none of them is there" },
    { "rest", "exit: {dte: 21}\nroll: {dte: 7}\n", "so that roll.dte 7 never comes" },
    { "rest", "roll: {max: 2}\n", "say when to roll" },
    { "rest", "hedge: {every: 30m}\n", "band is missing" },
    { "rest", "account: {fill: best}\n", "account.fill: \"best\" is not known" },
    { "rest", "account: {cash: 50%}\n", "an amount of dollars, not a percentage" },
    { "rest", "account: {fees: My Broker}\n", "a schedule's name is made of" },
    { "rest", "limits: {daily_loss: 3}\n", "write a percent sign: 3%" },
    { "legs", "legs:\n  c: {sell: call, expiry: {dte: 45}, strike: atm}\nsize: {risk: 2%}\n",
      "the loss of this structure has no bound" },
    { "legs", "legs:\n  c: {sell: call, expiry: {dte: 45}, strike: atm}\nlimits: {max_loss: 100}\n",
      "limits.max_loss: the loss of structure main has no bound" },
    { "legs",
      "legs:\n  c: {sell: call, ratio: 9, expiry: {dte: 45}, strike: atm}\nlimits: {max_contracts: 8}\n",
      "leg c takes 9 contracts for one unit" },
    { "legs", "legs:\n  c: {buy: call, expiry: {dte: 45}, strike: atm}\nexit: {short_delta: 0.5}\n",
      "this structure sells no option" },
    { "legs",
      "legs:\n  c: {buy: call, expiry: {dte: 45}, strike: atm}\nsize: {cash_secured: 50%}\n",
      "this structure sells none" },
    { "legs", "legs:\n  s: {buy: stock}\nexit: {dte: 3}\n", "stock never expires" },
    { "legs", "legs:\n  s: {buy: stock}\nhedge: {band: 3}\n", "holds no option to hedge" },
    { "legs",
      "legs:\n  c: {buy: call, expiry: 2019-06-21, strike: 2800}\nentry: {dates: [2019-06-24]}\n",
      "an entry on 2019-06-24 comes after leg c expires on 2019-06-21" },
};

TEST(strategy, refuses_what_cannot_work_and_says_where)
{
    FOR_EACH (c, refusals) {
        struct strategy s = { .max_contracts = 77 };
        enum err err =
            strategy_parse(&s, &arena, "bad.yaml", str_from(with(c->section, c->text)), NULL, 0);
        if (err == ERR_OK)
            fail_msg("taken: %s", c->text);
        CHECK_HAS(err_detail(), c->why);
        CHECK_HAS(err_detail(), "bad.yaml:");
        CHECK_EQ(s.max_contracts, 77);
    }
    arena_clear(&arena);
}

TEST(strategy, refuses_what_is_no_file_of_its_kind)
{
    static const char *const texts[] = {
        "", "[]", "hello", "{", "\xff\xfe", "a: &x 1", "ironfly: 1\n---\nironfly: 1"
    };
    FOR_EACH (t, texts) {
        struct strategy s = { .max_contracts = 77 };
        CHECK(strategy_parse(&s, &arena, "bad", str_from(*t), NULL, 0) != ERR_OK);
        CHECK_HAS(err_detail(), "bad");
        CHECK_EQ(s.max_contracts, 77);
    }
    arena_clear(&arena);
}

TEST(strategy, refuses_stock_where_it_cannot_be)
{
    static const char index[] =
        "ironfly: 1\nname: x\nunderlying: SPX\n"
        "legs: {p: {buy: put, expiry: {dte: 30}, strike: atm}}\nhedge: {band: 5}\n";
    static const char piles[] =
        "ironfly: 1\nname: x\nunderlying: SPY\naccount: {assigned: keep}\n"
        "legs: {s: {buy: stock, ratio: 100}, c: {sell: call, expiry: {dte: 30}, strike: atm}}\n";
    struct arena memory;
    arena_init(&memory, "test", 0);
    struct strategy s;
    CHECK_EQ(strategy_parse(&s, &memory, "x.yaml", str_from(index), NULL, 0), ERR_PARSE);
    CHECK_HAS(err_detail(), "x.yaml:3:");
    CHECK_HAS(err_detail(), "SPX is an index");
    CHECK_EQ(strategy_parse(&s, &memory, "x.yaml", str_from(piles), NULL, 0), ERR_PARSE);
    CHECK_HAS(err_detail(), "pile up");
    arena_clear(&memory);
}
