/*
 * The canonical form of a strategy: what its hash is made of.
 */
#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "base/json_writer.h"
#include "domain/strategy/strategy_int.h"

static void write_number(struct json_writer *w, const char *key, double value)
{
    if (!isnan(value))
        json_key_double(w, key, value);
}

static void write_days(struct json_writer *w, const char *key, int32_t days)
{
    if (days >= 0)
        json_key_int(w, key, days);
}

/* Numbers whose sign is part of how they are written: "2%". */
static void write_percent(struct json_writer *w, const char *key, double value)
{
    struct buf text = { 0 };
    struct json_writer number = { .out = &text };
    if (!isnan(value)) {
        json_double(&number, value);
        buf_putc(&text, '%');
        json_key_cstr(w, key, text.ptr);
    }
    buf_free(&text);
}

static void write_time(struct json_writer *w, int32_t seconds)
{
    char text[16];
    snprintf(text, sizeof text, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    json_cstr(w, text);
}

static void write_duration(struct json_writer *w, const char *key, int32_t seconds)
{
    char text[16];
    snprintf(text, sizeof text, "%ds", seconds);
    json_key_cstr(w, key, text);
}

static void write_condition(struct json_writer *w, const char *key, const struct expr *expr)
{
    struct buf text = { 0 };
    if (!expr)
        return;
    expr_format(&text, expr);
    json_key_cstr(w, key, text.ptr);
    buf_free(&text);
}

static void write_expiry(struct json_writer *w, const struct structure *s,
                         const struct expiry_spec *e)
{
    static const char *const rules[] = { "dte", "date", "same", "after", "monthly", "nth" };
    const char *key = rules[e->rule];
    json_key(w, "expiry");
    json_object_begin(w);
    if (e->rule == EXPIRY_DATE)
        json_key_date(w, key, e->date);
    else if (e->rule == EXPIRY_SAME || e->rule == EXPIRY_AFTER)
        json_key_cstr(w, key, s->legs[e->leg].name);
    else
        json_key_int(w, key, e->value);
    if (e->rule == EXPIRY_AFTER)
        json_key_int(w, "days", e->value);
    if (e->rule != EXPIRY_DATE && e->rule != EXPIRY_SAME) {
        json_key_int(w, "min", e->min);
        json_key_int(w, "max", e->max);
    }
    if (e->root[0])
        json_key_cstr(w, "root", e->root);
    json_object_end(w);
}

static void write_strike(struct json_writer *w, const struct structure *s,
                         const struct strike_spec *k)
{
    static const char *const rules[] = { "at",      "atm",     "delta",         "offset",
                                         "percent", "premium", "expected_move", "same" };
    json_key(w, "strike");
    json_object_begin(w);
    if (k->rule == STRIKE_SAME)
        json_key_cstr(w, rules[k->rule], s->legs[k->leg].name);
    else if (k->rule == STRIKE_ATM)
        json_key_cstr(w, rules[k->rule], round_words[k->round]);
    else
        json_key_double(w, rules[k->rule], k->value);
    bool exact = k->rule == STRIKE_AT || k->rule == STRIKE_SAME;
    if (k->leg >= 0 && !exact)
        json_key_cstr(w, "from", s->legs[k->leg].name);
    if (!exact && k->rule != STRIKE_ATM)
        json_key_cstr(w, "round", round_words[k->round]);
    if (!exact)
        json_key_double(w, "tolerance", k->tolerance);
    json_object_end(w);
}

static void write_legs(struct json_writer *w, const struct structure *s)
{
    json_key(w, "legs");
    json_object_begin(w);
    for (int i = 0; i < s->leg_count; i++) {
        const struct leg_spec *leg = &s->legs[i];
        json_key(w, leg->name);
        json_object_begin(w);
        json_key_cstr(w, leg->side > 0 ? "buy" : "sell", leg_kind_words[leg->kind]);
        json_key_int(w, "ratio", leg->ratio);
        if (leg->kind != LEG_STOCK) {
            write_expiry(w, s, &leg->expiry);
            write_strike(w, s, &leg->strike);
        }
        json_object_end(w);
    }
    json_object_end(w);
}

static void write_entry(struct json_writer *w, const struct entry_spec *e)
{
    static const char *const days[] = { "mon", "tue", "wed", "thu", "fri" };
    json_key(w, "entry");
    json_object_begin(w);
    json_key_cstr(w, "every", every_words[e->every]);
    json_key(w, "days");
    json_array_begin(w);
    for (unsigned i = 0; i < ARRAY_COUNT(days); i++)
        if (e->weekdays >> (i + 1) & 1)
            json_cstr(w, days[i]);
    json_array_end(w);
    json_key(w, "times");
    json_array_begin(w);
    for (int i = 0; i < e->time_count; i++)
        write_time(w, e->times[i]);
    json_array_end(w);
    if (e->time_count > 0)
        write_duration(w, "until", e->until);
    if (e->date_count > 0) {
        json_key(w, "dates");
        json_array_begin(w);
        for (int i = 0; i < e->date_count; i++)
            json_date(w, e->dates[i]);
        json_array_end(w);
    }
    write_condition(w, "when", e->when);
    json_key_int(w, "max_open", e->max_open);
    json_key_int(w, "cooldown", e->cooldown_days);
    json_key_cstr(w, "orders", e->separate_orders ? "separate" : "package");
    write_number(w, "min_credit", e->min_credit);
    write_number(w, "max_debit", e->max_debit);
    json_object_end(w);
}

static void write_size(struct json_writer *w, const struct size_spec *z)
{
    static const char *const rules[] = { "contracts", "risk", "cash_secured", "premium", "shares" };
    json_key(w, "size");
    json_object_begin(w);
    if (z->rule == SIZE_SHARES)
        json_key_cstr(w, rules[z->rule], "all");
    else if (z->rule == SIZE_CONTRACTS)
        json_key_double(w, rules[z->rule], z->value);
    else
        write_percent(w, rules[z->rule], z->value);
    if (z->max > 0)
        json_key_int(w, "max", z->max);
    write_condition(w, "scale", z->scale);
    json_object_end(w);
}

static void write_gain(struct json_writer *w, const char *key, double percent, double dollars)
{
    if (isnan(percent) && isnan(dollars))
        return;
    json_key(w, key);
    json_object_begin(w);
    write_number(w, "percent", percent);
    write_number(w, "dollars", dollars);
    json_object_end(w);
}

static void write_exit(struct json_writer *w, const struct exit_spec *x)
{
    json_key(w, "exit");
    json_object_begin(w);
    write_gain(w, "profit", x->profit_percent, x->profit_dollars);
    write_gain(w, "loss", x->loss_percent, x->loss_dollars);
    write_days(w, "dte", x->dte);
    write_days(w, "days_held", x->days_held);
    if (x->time >= 0) {
        json_key(w, "time");
        write_time(w, x->time);
    }
    write_days(w, "on_dte", x->on_dte);
    write_number(w, "short_delta", x->short_delta);
    write_gain(w, "trail", x->trail_percent, x->trail_dollars);
    write_gain(w, "trail_from", x->trail_from_percent, x->trail_from_dollars);
    write_number(w, "breach", x->breach);
    if (!isnan(x->loss_percent) || !isnan(x->loss_dollars) || !isnan(x->trail_percent) ||
        !isnan(x->trail_dollars) || !isnan(x->breach))
        json_key_int(w, "confirm", x->confirm);
    write_condition(w, "when", x->when);
    json_object_end(w);
}

static void write_roll_and_hedge(struct json_writer *w, const struct strategy *strategy,
                                 const struct structure *s)
{
    if (s->roll.wanted) {
        json_key(w, "roll");
        json_object_begin(w);
        write_days(w, "dte", s->roll.dte);
        write_number(w, "short_delta", s->roll.short_delta);
        write_condition(w, "when", s->roll.when);
        write_number(w, "min_credit", s->roll.min_credit);
        json_key_int(w, "max", s->roll.max_rolls);
        if (s->roll.to >= 0)
            json_key_cstr(w, "to", strategy->structures[s->roll.to].name);
        json_object_end(w);
    }
    if (s->hedge.wanted) {
        json_key(w, "hedge");
        json_object_begin(w);
        json_key_double(w, "band", s->hedge.band_shares);
        write_duration(w, "every", s->hedge.every_seconds);
        json_object_end(w);
    }
    if (s->work.wanted) {
        json_key(w, "work");
        json_object_begin(w);
        write_percent(w, "start", s->work.start * 100);
        write_percent(w, "step", s->work.step * 100);
        write_percent(w, "end", s->work.end * 100);
        write_duration(w, "every", s->work.every_seconds);
        write_duration(w, "give_up", s->work.give_up_seconds);
        json_key_cstr(w, "orders", s->work.exits ? "all" : "entry");
        json_object_end(w);
    }
}

static void write_account_and_limits(struct json_writer *w, const struct strategy *s)
{
    json_key(w, "account");
    json_object_begin(w);
    write_number(w, "cash", s->cash_dollars);
    if (s->fill[0])
        json_key_cstr(w, "fill", s->fill);
    if (s->fees[0])
        json_key_cstr(w, "fees", s->fees);
    json_key_cstr(w, "assigned", assigned_words[s->assigned]);
    if (s->only_at_expiry)
        json_key_cstr(w, "assignment", assignment_words[1]);
    if (s->carry[0])
        json_key_cstr(w, "carry", s->carry);
    write_percent(w, "borrow_fee", s->borrow_fee_percent);
    if (s->margin[0])
        json_key_cstr(w, "margin", s->margin);
    json_object_end(w);
    json_key(w, "limits");
    json_object_begin(w);
    write_number(w, "max_loss", s->max_loss_dollars);
    if (s->max_contracts > 0)
        json_key_int(w, "max_contracts", s->max_contracts);
    if (s->max_open > 0)
        json_key_int(w, "max_open", s->max_open);
    write_percent(w, "daily_loss", s->daily_loss_percent);
    json_object_end(w);
}

void strategy_format(struct buf *out, const struct strategy *strategy)
{
    struct json_writer w = { .out = out };
    json_object_begin(&w);
    json_key_int(&w, "ironfly", STRATEGY_SCHEMA);
    json_key_cstr(&w, "name", strategy->name);
    json_key_cstr(&w, "underlying", strategy->underlying);
    write_account_and_limits(&w, strategy);
    json_key(&w, "structures");
    json_object_begin(&w);
    for (int i = 0; i < strategy->structure_count; i++) {
        const struct structure *s = &strategy->structures[i];
        json_key(&w, s->name);
        json_object_begin(&w);
        write_legs(&w, s);
        write_entry(&w, &s->entry);
        write_size(&w, &s->size);
        write_exit(&w, &s->exit);
        write_roll_and_hedge(&w, strategy, s);
        json_object_end(&w);
    }
    json_object_end(&w);
    json_object_end(&w);
}
