/*
 * The sections of a strategy file that say when and how much: entry, size, exit, roll, hedge, work.
 */
#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "domain/strategy/strategy_int.h"
#include "domain/types/calendar.h"

enum { DAYS_MAX = 3650, UNITS_MAX = 1000000, DATES_MAX = 2000, SESSION_SECONDS = 24300 };
static const double dollars_max = 1e12;

void structure_defaults(struct structure *s)
{
    *s = (struct structure){ 0 };
    s->entry = (struct entry_spec){
        .every = ENTRY_DAILY, .until = 1800, .max_open = 1, .min_credit = NAN, .max_debit = NAN
    };
    s->size = (struct size_spec){ .rule = SIZE_CONTRACTS, .value = 1 };
    s->exit = (struct exit_spec){ .profit_percent = NAN,
                                  .loss_percent = NAN,
                                  .profit_dollars = NAN,
                                  .loss_dollars = NAN,
                                  .dte = -1,
                                  .days_held = -1,
                                  .time = -1,
                                  .on_dte = -1,
                                  .short_delta = NAN,
                                  .trail_percent = NAN,
                                  .trail_dollars = NAN,
                                  .trail_from_percent = NAN,
                                  .trail_from_dollars = NAN,
                                  .breach = NAN,
                                  .confirm = 1 };
    s->roll = (struct roll_spec){
        .dte = -1, .short_delta = NAN, .min_credit = NAN, .max_rolls = 1, .to = -1
    };
    s->work = (struct work_spec){
        .start = 0, .step = 0.25, .end = 1, .every_seconds = 30, .give_up_seconds = 300
    };
}

/* ---- entry ---- */

/* A list, or a single value that stands for a list of one. */
static size_t list_count(const struct doc_node *node)
{
    return node->kind == DOC_LIST ? node->count : 1;
}

static const struct doc_node *list_item(const struct doc_node *node, size_t i)
{
    return node->kind == DOC_LIST ? node->items[i] : node;
}

static int compare_int32(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void sort_and_check_twins(struct reader *r, const struct doc_node *node, int32_t *values,
                                 size_t count)
{
    if (count)
        qsort(values, count, sizeof values[0], compare_int32);
    for (size_t i = 1; i < count; i++)
        if (values[i] == values[i - 1])
            reader_fail(r, node, ERR_PARSE, "one of these stands here twice");
}

static void read_weekdays(struct reader *r, const struct doc_node *map, struct entry_spec *e)
{
    static const char *const words[] = { "mon", "tue", "wed", "thu", "fri" };
    const struct doc_node *node = read_find(r, map, "days");
    for (size_t i = 0; node && i < list_count(node) && !r->err; i++) {
        size_t day = 0;
        r->err = doc_choice(list_item(node, i), words, ARRAY_COUNT(words), &day);
        e->weekdays = (uint8_t)(e->weekdays | 2u << day);
    }
    if (node && !r->err && list_count(node) == 0)
        reader_fail(r, node, ERR_PARSE, "no day is listed: leave days out to enter on any");
    if (!e->weekdays)
        e->weekdays = 0x3e;
}

static void read_times(struct reader *r, const struct doc_node *map, struct entry_spec *e)
{
    const struct doc_node *node = read_find(r, map, "times");
    if (!node)
        return;
    if (list_count(node) > STRATEGY_TIMES_MAX) {
        reader_fail(r, node, ERR_RANGE, "%zu times are more than %d", list_count(node),
                    STRATEGY_TIMES_MAX);
        return;
    }
    for (size_t i = 0; i < list_count(node); i++)
        time_of(r, list_item(node, i), &e->times[i]);
    if (r->err)
        return;
    e->time_count = (int)list_count(node);
    sort_and_check_twins(r, node, e->times, (size_t)e->time_count);
}

static void check_session_day(struct reader *r, const struct doc_node *node, int32_t date)
{
    const struct calendar *calendar = calendar_us();
    if (r->err || calendar_day(calendar, date) != DAY_CLOSED)
        return;
    reader_fail(r, node, ERR_RANGE, "%.*s has no session (%s)", STR_ARG(node->text),
                calendar_why(calendar, date));
}

static void read_dates(struct reader *r, const struct doc_node *map, struct entry_spec *e)
{
    const struct doc_node *node = read_find(r, map, "dates");
    if (!node)
        return;
    size_t count = list_count(node);
    if (count == 0 || count > DATES_MAX) {
        reader_fail(r, node, ERR_RANGE, "%zu dates: list 1 to %d, or leave dates out", count,
                    DATES_MAX);
        return;
    }
    int32_t *dates = arena_array(r->arena, int32_t, count);
    for (size_t i = 0; i < count; i++) {
        date_of(r, list_item(node, i), &dates[i]);
        check_session_day(r, list_item(node, i), dates[i]);
    }
    if (r->err)
        return;
    sort_and_check_twins(r, node, dates, count);
    e->dates = dates;
    e->date_count = (int)count;
}

void read_entry(struct reader *r, const struct doc_node *entry, struct structure *s)
{
    static const char *const orders[] = { "package", "separate" };
    struct entry_spec *e = &s->entry;
    e->weekdays = 0x3e;
    if (!entry || r->err)
        return;
    READ_KEYS(r, entry, "every", "days", "times", "until", "dates", "when", "max_open", "cooldown",
              "orders", "min_credit", "max_debit");
    e->weekdays = 0;
    read_weekdays(r, entry, e);
    read_times(r, entry, e);
    read_dates(r, entry, e);
    size_t every = e->time_count > 1 ? ENTRY_EVERY_TIME : ENTRY_DAILY, separate = 0;
    read_choice(r, entry, "every", every_words, ARRAY_COUNT(every_words), &every);
    e->every = (enum entry_every)every;
    read_duration(r, entry, "until", 1, SESSION_SECONDS, &e->until);
    read_condition(r, entry, "when", EXPR_MARKET, &e->when);
    int32_t max_open = 1, cooldown = 0;
    read_whole(r, entry, "max_open", WRITTEN_WHOLE, 1, 1000, &max_open);
    read_whole(r, entry, "cooldown", WRITTEN_DAYS, 0, DAYS_MAX, &cooldown);
    e->max_open = max_open;
    e->cooldown_days = cooldown;
    read_choice(r, entry, "orders", orders, ARRAY_COUNT(orders), &separate);
    e->separate_orders = separate == 1;
    read_number(r, entry, "min_credit", WRITTEN_DOLLARS, 0, 1e6, &e->min_credit);
    read_number(r, entry, "max_debit", WRITTEN_DOLLARS, 0, 1e6, &e->max_debit);
    if (read_find(r, entry, "until") && e->time_count == 0)
        reader_fail(r, doc_find(entry, "until"), ERR_PARSE,
                    "until goes with times, and none are listed");
    if (e->every == ENTRY_EVERY_TIME && e->time_count == 0)
        reader_fail(r, entry, ERR_PARSE,
                    "every: time needs times, such as times: [\"10:00\", \"11:00\"]");
    if (!isnan(e->min_credit) && !isnan(e->max_debit))
        reader_fail(r, entry, ERR_PARSE, "min_credit and max_debit cannot both hold: keep one");
}

/* ---- size ---- */

void read_size(struct reader *r, const struct doc_node *size, struct structure *s)
{
    static const char *const rules[] = { "contracts", "risk", "cash_secured", "premium", "shares" };
    struct size_spec *z = &s->size;
    int found = -1;
    if (!size || r->err)
        return;
    READ_KEYS(r, size, "contracts", "risk", "cash_secured", "premium", "shares", "max", "scale");
    read_formula(r, size, "scale", &z->scale);
    for (size_t i = 0; i < ARRAY_COUNT(rules) && !r->err; i++) {
        if (!read_find(r, size, rules[i]))
            continue;
        if (found >= 0)
            reader_fail(r, size, ERR_PARSE, "%s and %s are two rules for one size: keep one",
                        rules[found], rules[i]);
        found = (int)i;
    }
    if (found < 0 && !r->err)
        reader_fail(r, size, ERR_PARSE,
                    "say the size as one of contracts, risk, cash_secured, premium, shares");
    if (r->err)
        return;
    z->rule = (enum size_rule)found;
    z->value = 0;
    if (z->rule == SIZE_CONTRACTS) {
        read_number(r, size, "contracts", WRITTEN_WHOLE, 1, UNITS_MAX, &z->value);
    } else if (z->rule == SIZE_SHARES) {
        static const char *const all[] = { "all" };
        size_t index;
        read_choice(r, size, "shares", all, 1, &index);
    } else {
        read_number(r, size, rules[found], WRITTEN_PERCENT, 0.001, 1000, &z->value);
    }
    read_whole(r, size, "max", WRITTEN_WHOLE, 1, UNITS_MAX, &z->max);
}

/* ---- exit ---- */

/* "50%", "$500", or {percent: 50, dollars: 500} for whichever comes first. */
static void read_gain(struct reader *r, const struct doc_node *map, const char *key,
                      double percent_max, double *percent, double *dollars)
{
    const struct doc_node *node = read_find(r, map, key);
    if (!node)
        return;
    if (node->kind == DOC_MAP) {
        READ_KEYS(r, node, "percent", "dollars");
        if (!r->err && node->count == 0)
            reader_fail(r, node, ERR_PARSE, "say percent, dollars or both");
        read_number(r, node, "percent", WRITTEN_PERCENT_OR_PLAIN, 0.01, percent_max, percent);
        read_number(r, node, "dollars", WRITTEN_DOLLARS, 0.01, dollars_max, dollars);
        return;
    }
    struct str text;
    r->err = doc_str(node, &text);
    if (r->err)
        return;
    text = str_trim(text);
    if (str_ends_with(text, STR("%")))
        number_of(r, node, WRITTEN_PERCENT, 0.01, percent_max, percent);
    else if (str_starts_with(text, STR("$")))
        number_of(r, node, WRITTEN_DOLLARS, 0.01, dollars_max, dollars);
    else
        reader_fail(
            r, node, ERR_PARSE,
            "write 50%% (of the credit received or the debit paid) or $500 (of the whole trade)");
}

void read_exit(struct reader *r, const struct doc_node *exit, struct structure *s)
{
    struct exit_spec *x = &s->exit;
    if (!exit || r->err)
        return;
    READ_KEYS(r, exit, "profit", "loss", "dte", "days_held", "time", "on_dte", "short_delta",
              "confirm", "when", "trail", "trail_from", "breach");
    read_gain(r, exit, "trail", 100000, &x->trail_percent, &x->trail_dollars);
    read_gain(r, exit, "trail_from", 100000, &x->trail_from_percent, &x->trail_from_dollars);
    read_number(r, exit, "breach", WRITTEN_PLAIN, -1e6, 1e6, &x->breach);
    read_gain(r, exit, "profit", 100000, &x->profit_percent, &x->profit_dollars);
    read_gain(r, exit, "loss", 100000, &x->loss_percent, &x->loss_dollars);
    read_whole(r, exit, "dte", WRITTEN_DAYS, 0, DAYS_MAX, &x->dte);
    read_whole(r, exit, "days_held", WRITTEN_DAYS, 0, DAYS_MAX, &x->days_held);
    read_time(r, exit, "time", &x->time);
    read_whole(r, exit, "on_dte", WRITTEN_DAYS, 0, DAYS_MAX, &x->on_dte);
    read_number(r, exit, "short_delta", WRITTEN_PLAIN, 0.001, 1, &x->short_delta);
    int32_t confirm = 1;
    read_whole(r, exit, "confirm", WRITTEN_WHOLE, 1, 1000, &confirm);
    x->confirm = confirm;
    read_condition(r, exit, "when", EXPR_TRADE, &x->when);
    if (x->on_dte >= 0 && x->time < 0)
        reader_fail(r, doc_find(exit, "on_dte"), ERR_PARSE,
                    "on_dte says on which days time holds, and time is missing");
    bool trails = !isnan(x->trail_percent) || !isnan(x->trail_dollars);
    if (read_find(r, exit, "confirm") && isnan(x->loss_percent) && isnan(x->loss_dollars) &&
        !trails && isnan(x->breach))
        reader_fail(
            r, doc_find(exit, "confirm"), ERR_PARSE,
            "confirm says how loss, trail or breach is confirmed, and none of them is there");
    if (read_find(r, exit, "trail_from") && !trails)
        reader_fail(r, doc_find(exit, "trail_from"), ERR_PARSE,
                    "trail_from says from which profit on trail holds, and trail is missing");
}

/* ---- roll and hedge ---- */

void read_roll(struct reader *r, const struct doc_node *roll, struct structure *s)
{
    struct roll_spec *o = &s->roll;
    if (!roll || r->err)
        return;
    READ_KEYS(r, roll, "dte", "short_delta", "when", "min_credit", "max", "to");
    read_whole(r, roll, "dte", WRITTEN_DAYS, 0, DAYS_MAX, &o->dte);
    read_number(r, roll, "short_delta", WRITTEN_PLAIN, 0.001, 1, &o->short_delta);
    read_condition(r, roll, "when", EXPR_TRADE, &o->when);
    read_number(r, roll, "min_credit", WRITTEN_DOLLARS, -1e6, 1e6, &o->min_credit);
    int32_t max_rolls = 1;
    read_whole(r, roll, "max", WRITTEN_WHOLE, 1, 1000, &max_rolls);
    o->max_rolls = max_rolls;
    o->wanted = true;
    if (o->dte < 0 && isnan(o->short_delta) && !o->when)
        reader_fail(r, roll, ERR_PARSE, "say when to roll: dte, short_delta or when");
}

void read_hedge(struct reader *r, const struct doc_node *hedge, struct structure *s)
{
    struct hedge_spec *h = &s->hedge;
    if (!hedge || r->err)
        return;
    READ_KEYS(r, hedge, "band", "every");
    if (!read_find(r, hedge, "band"))
        reader_fail(r, hedge, ERR_PARSE,
                    "band is missing: how many shares of delta per unit are left alone");
    read_number(r, hedge, "band", WRITTEN_PLAIN, 0, 1e9, &h->band_shares);
    read_duration(r, hedge, "every", 0, SESSION_SECONDS, &h->every_seconds);
    h->wanted = true;
}

/* ---- work ---- */

void read_work(struct reader *r, const struct doc_node *work, struct structure *s)
{
    static const char *const orders[] = { "entry", "all" };
    struct work_spec *w = &s->work;
    if (!work || r->err)
        return;
    READ_KEYS(r, work, "start", "step", "end", "every", "give_up", "orders");
    double start = 0, step = 25, end = 100;
    size_t which = 0;
    read_number(r, work, "start", WRITTEN_PERCENT, -100, 100, &start);
    read_number(r, work, "step", WRITTEN_PERCENT, 0, 100, &step);
    read_number(r, work, "end", WRITTEN_PERCENT, -100, 100, &end);
    read_duration(r, work, "every", 1, SESSION_SECONDS, &w->every_seconds);
    read_duration(r, work, "give_up", 1, SESSION_SECONDS, &w->give_up_seconds);
    read_choice(r, work, "orders", orders, ARRAY_COUNT(orders), &which);
    w->start = start / 100;
    w->step = step / 100;
    w->end = end / 100;
    w->exits = which == 1;
    w->wanted = true;
    if (end < start)
        reader_fail(
            r, work, ERR_RANGE,
            "end %g%% lies before start %g%%: both count from the mid (0%%) to the far side (100%%)",
            end, start);
}

/* ---- a roll into another structure ---- */

void link_roll(struct reader *r, const struct doc_node *node, struct structure *s)
{
    const char *names[STRATEGY_STRUCTURES_MAX];
    const struct doc_node *roll = doc_find(node, "roll"),
                          *to = roll ? read_find(r, roll, "to") : NULL;
    if (!to || r->err)
        return;
    for (int i = 0; i < r->out->structure_count; i++)
        names[i] = r->out->structures[i].name;
    size_t index;
    r->err = doc_choice(to, names, (size_t)r->out->structure_count, &index);
    if (r->err)
        return;
    s->roll.to = (int)index;
    if (s->leg_count + r->out->structures[index].leg_count > 9)
        reader_fail(r, to, ERR_RANGE,
                    "a roll is one order of at most 9 legs; these two structures have %d",
                    s->leg_count + r->out->structures[index].leg_count);
}
