/*
 * The three gates every order passes, in this order: may you, is it safe, who signs. There is no
 * other road to a venue: pass_gates() in orders.c is the only place that makes EFFECT_SUBMIT.
 *
 * Each rule (gates.def) makes a verdict; gate_says() collects them all for a preview, or ends at
 * the first no. A refusal says the rule, the number, the limit and what would pass. Orders that
 * only reduce (reduce.c) pass limits of size: nobody is locked into a position.
 */
#include "kernel/kernel_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/orders/capability.h"
#include "kernel/preview.h"

static const struct {
    const char *word, *unit, *help;
    enum gate_step step;
} RULES[] = {
#define GATE_RULE(id, word, step, unit, help) { word, unit, help, step },
#include "kernel/gates.def"
#undef GATE_RULE
};

/* ---- verdicts -------------------------------------------------------------------------------- */

const char *gate_step_name(enum gate_step step)
{
    static const char *const names[GATE_STEP_COUNT] = { "may_you", "is_safe", "who_signs" };
    MUST((unsigned)step < GATE_STEP_COUNT);
    return names[step];
}

const char *gate_word_name(enum gate_word word)
{
    static const char *const names[GATE_WORD_COUNT] = { "yes", "sign", "no", "not_asked" };
    MUST((unsigned)word < GATE_WORD_COUNT);
    return names[word];
}

bool gate_says(struct gate_talk *talk, const struct gate_verdict *verdict)
{
    bool is_no = verdict->word == GATE_SAYS_NO, is_sign = verdict->word == GATE_SAYS_SIGN;
    if ((is_no || is_sign) && !talk->why[0])
        snprintf(talk->why, sizeof talk->why, "%s", verdict->text);
    struct order_preview *all = talk->all;
    if (!all)
        return !is_no;
    MUST(all->gate_count < PREVIEW_GATES_MAX);
    all->gates[all->gate_count++] = *verdict;
    if (is_no || (is_sign && all->word == GATE_SAYS_YES))
        all->word = verdict->word;
    return true; /* the others are asked as well */
}

/* What a rule found: numbers, or words where it has none. */
struct finding {
    double number, limit;
    const char *number_word, *limit_word;
    int64_t most; /* packages that pass */
    char pass[PREVIEW_PASS_BYTES];
};

static void would_pass(struct finding *f, const char *format, ...) PRINTF_LIKE(2, 3);
static void would_pass(struct finding *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(f->pass, sizeof f->pass, format, args);
    va_end(args);
}

static void value_text(char out[64], double value, const char *word, const char *unit)
{
    if (word)
        snprintf(out, 64, "%s", word);
    else if (strcmp(unit, "dollars") == 0 && fabs(value) < 1e12) {
        char money[MONEY_TEXT_BYTES];
        money_format_people(money, llround(value * 1e6));
        snprintf(out, 64, "%s dollars", money);
    } else if (strcmp(unit, "dollars") == 0)
        snprintf(out, 64, "%.3g billion dollars", value / 1e9);
    else
        snprintf(out, 64, "%.0f %s", value, unit);
}

static bool judge(struct gate_talk *talk, enum gate_rule rule, enum gate_word word,
                  int64_t quantity, const struct finding *f)
{
    if (!talk->all && word != GATE_SAYS_NO && word != GATE_SAYS_SIGN)
        return true;
    struct gate_verdict v = { .gate = RULES[rule].step,
                              .word = word,
                              .number = f->number_word ? NAN : f->number,
                              .limit = f->limit_word ? NAN : f->limit,
                              .quantity_max = word == GATE_SAYS_NO ? f->most : quantity };
    snprintf(v.rule, sizeof v.rule, "%s", RULES[rule].word);
    snprintf(v.unit, sizeof v.unit, "%s", RULES[rule].unit);
    if (word == GATE_SAYS_NO || word == GATE_SAYS_SIGN) {
        char number[64], limit[64];
        value_text(number, f->number, f->number_word, RULES[rule].unit);
        value_text(limit, f->limit, f->limit_word, RULES[rule].unit);
        memcpy(v.would_pass, f->pass, sizeof v.would_pass);
        snprintf(v.text, sizeof v.text, "%s: %s; the limit is %s; %s (%s)", v.rule, number, limit,
                 f->pass, RULES[rule].help);
    }
    return gate_says(talk, &v);
}

static bool not_asked(struct gate_talk *talk, enum gate_rule rule, int64_t quantity)
{
    return judge(talk, rule, GATE_NOT_ASKED, quantity,
                 &(struct finding){ .number = NAN, .limit = NAN });
}

/* number <= limit? of packages that each add the same. */
static bool at_most(struct gate_talk *talk, enum gate_rule rule, double number, double limit,
                    int64_t quantity)
{
    struct finding f = { .number = number, .limit = limit };
    if (number <= limit)
        return judge(talk, rule, GATE_SAYS_YES, quantity, &f);
    f.most = number > 0 && limit > 0 ? (int64_t)((double)quantity * (limit / number)) : 0;
    would_pass(&f, f.most > 0 ? "%lld packages would pass" : "none would pass", (long long)f.most);
    return judge(talk, rule, GATE_SAYS_NO, quantity, &f);
}

/* ---- may you --------------------------------------------------------------------------------- */

static bool may_you(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    struct finding f = { .number_word = "one that may not send orders",
                         .limit_word = "one that may" };
    would_pass(&f, "an account of a trader or the owner would pass");
    return judge(talk, RULE_ROLE, k->config.may_trade ? GATE_SAYS_YES : GATE_SAYS_NO,
                 ask->terms->edit.quantity, &f);
}

/* ---- is it safe ------------------------------------------------------------------------------ */

static bool is_person(const struct kernel *k, const struct order_terms *terms)
{
    return terms->host >= k->host_room || terms->purpose == PURPOSE_MANUAL;
}

/* What a leg is worth at most, at its strike or its quote; dollars. */
static double leg_value(const struct package_leg *leg, int64_t packages)
{
    int64_t each = leg->is_stock ? 0 : contract_strike_micros(&leg->contract);
    each = leg->bid > each ? leg->bid : each;
    each = leg->ask > each ? leg->ask : each;
    return (double)each / 1e6 * fabs((double)leg->ratio) * (double)packages *
           (double)package_leg_multiplier(leg);
}

/* What is held, at strikes and stock at its mark; dollars. */
static double held_value(const struct kernel *k)
{
    double sum = 0;
    for (uint32_t i = 0; i < k->trade_high; i++) {
        const struct trade *trade = &k->trades[i];
        for (int j = 0; trade->state != TRADE_FREE && j < trade->leg_count; j++) {
            const struct trade_leg *leg = &trade->legs[j];
            int64_t each = leg->is_stock ? leg->mark : contract_strike_micros(&leg->contract);
            if (leg->quantity && each != PRICE_NONE)
                sum +=
                    fabs((double)leg->quantity) * (double)leg_multiplier(leg) * (double)each / 1e6;
        }
    }
    return sum;
}

/* Money is counted in 64 bits: orders end well before it does. Closing may go further than opening.
 */
static bool is_countable(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    static const double LEG_MAX = 1e10, ALL_MAX = 1e12, CLOSE_MAX = 2e12;
    const struct order_terms *terms = ask->terms;
    int64_t packages = terms->edit.quantity;
    double sum = 0, greatest = 0;
    for (int i = 0; i < terms->leg_count; i++) {
        double value = leg_value(&terms->legs[i], packages);
        greatest = value > greatest ? value : greatest;
        sum += value;
    }
    if (!at_most(talk, RULE_LEG_VALUE, greatest, ask->reduces ? CLOSE_MAX : LEG_MAX, packages))
        return false;
    if (ask->reduces)
        return not_asked(talk, RULE_VALUE_HELD, packages);
    double held = held_value(k);
    struct finding f = { .number = held + sum, .limit = ALL_MAX };
    if (sum <= ALL_MAX - held)
        return judge(talk, RULE_VALUE_HELD, GATE_SAYS_YES, packages, &f);
    f.most = held < ALL_MAX && sum > 0 ? (int64_t)((double)packages * ((ALL_MAX - held) / sum)) : 0;
    would_pass(&f, f.most > 0 ? "%lld packages would pass" : "none would pass", (long long)f.most);
    return judge(talk, RULE_VALUE_HELD, GATE_SAYS_NO, packages, &f);
}

static bool is_sane(const struct gate_ask *ask, struct gate_talk *talk)
{
    const struct order_terms *terms = ask->terms;
    int64_t packages = terms->edit.quantity;
    struct finding f = { .number = (double)packages,
                         .limit = ORDER_QUANTITY_MAX,
                         .most = ORDER_QUANTITY_MAX };
    would_pass(&f, "1 to %d would pass", (int)ORDER_QUANTITY_MAX);
    bool fits = packages > 0 && packages <= ORDER_QUANTITY_MAX;
    if (!judge(talk, RULE_QUANTITY, fits ? GATE_SAYS_YES : GATE_SAYS_NO, packages, &f))
        return false;
    double greatest = 0;
    for (int i = 0; i < terms->leg_count; i++)
        greatest = fmax(greatest, fabs((double)terms->legs[i].ratio) * (double)packages);
    return at_most(talk, RULE_LEG_QUANTITY, greatest, INT32_MAX, packages);
}

static bool state_allows(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    bool is_stopped = k->state == RISK_HALTED || k->state == RISK_KILLED;
    bool by_hand = is_person(k, ask->terms);
    struct finding f = { .number_word = risk_state_name(k->state),
                         .limit_word = risk_state_name(RISK_NORMAL) };
    if (k->state == RISK_NORMAL || (ask->reduces && (!is_stopped || by_hand)))
        return judge(talk, RULE_STATE, GATE_SAYS_YES, ask->terms->edit.quantity, &f);
    if (!is_stopped)
        would_pass(&f, "what only reduces would pass");
    else if (by_hand)
        would_pass(&f, "a person's order that only reduces would pass");
    else
        would_pass(
            &f,
            "a person's order that only reduces would pass; with reduce instead of halt, a strategy's exit");
    return judge(talk, RULE_STATE, GATE_SAYS_NO, ask->terms->edit.quantity, &f);
}

static bool index_allows(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    const struct book *book = &k->markets[ask->terms->underlying_index].book;
    bool is_index = book->contract_count && book->contracts[0].delivery == DELIVERY_CASH;
    struct finding f = { .limit = 0 };
    for (int i = 0; i < ask->terms->leg_count; i++)
        if (ask->terms->legs[i].is_stock)
            f.number += fabs((double)ask->terms->legs[i].ratio) * (double)ask->terms->edit.quantity;
    would_pass(&f, "%.15s is an index: its options would pass", ask->terms->underlying);
    bool is_no = is_index && f.number > 0;
    return judge(talk, RULE_INDEX_STOCK, is_no ? GATE_SAYS_NO : GATE_SAYS_YES,
                 ask->terms->edit.quantity, &f);
}

/* What is said to close does: fees and a broker's bookings go by it. */
static bool effect_allows(const struct kernel *k, const struct gate_ask *ask,
                          struct gate_talk *talk)
{
    struct finding f = { .limit = 0 };
    struct order_terms open = *ask->terms;
    open.edit.quantity -= ask->filled;
    for (int i = 0; ask->terms->purpose == PURPOSE_MANUAL && i < ask->terms->leg_count; i++) {
        const struct package_leg *leg = &ask->terms->legs[i];
        if (leg->effect == LEG_CLOSE && !order_leg_closes(k, &open, i, ask->id))
            f.number += fabs((double)leg->ratio) * (double)ask->terms->edit.quantity;
    }
    would_pass(
        &f, "auto or open, or as many as the trade holds and its other orders leave, would pass");
    return judge(talk, RULE_EFFECT, f.number > 0 ? GATE_SAYS_NO : GATE_SAYS_YES,
                 ask->terms->edit.quantity, &f);
}

/* The price that is off its step, the limit first; else whichever there is; PRICE_NONE. */
static int64_t price_to_judge(const struct order_terms *terms)
{
    int64_t limit = terms->edit.net_price, stop = terms->edit.stop_price;
    if (limit == PRICE_NONE)
        return stop;
    bool is_off = stop != PRICE_NONE && order_price_fit(terms, limit) == limit &&
                  order_price_fit(terms, stop) != stop;
    return is_off ? stop : limit;
}

bool gates_price(const struct order_terms *terms, struct gate_talk *talk)
{
    int64_t price = price_to_judge(terms), packages = terms->edit.quantity;
    if (terms->purpose != PURPOSE_MANUAL || price == PRICE_NONE)
        return not_asked(talk, RULE_PRICE_STEP, packages);
    char steps[64], exact[MONEY_TEXT_BYTES + 16], whole[MONEY_TEXT_BYTES], unit[MONEY_TEXT_BYTES],
        lower[MONEY_TEXT_BYTES], upper[MONEY_TEXT_BYTES];
    bool is_stop = price != terms->edit.net_price;
    int64_t step = order_price_step(terms, price), fit = order_price_fit(terms, price);
    struct finding f = { .number = (double)price / 1e6,
                         .limit = (double)step / 1e6,
                         .limit_word = steps,
                         .most = packages };
    money_format(unit, step, 2);
    money_format(lower, fit, 2);
    money_format(upper, fit + step, 2);
    snprintf(steps, sizeof steps, "in steps of %s dollars", unit);
    if (is_stop || price % MICROS_PER_CENT) { /* to the cent it would look like one that passes */
        money_format(whole, price, 2);
        snprintf(exact, sizeof exact, "%s%s dollars", is_stop ? "stop " : "", whole);
        f.number_word = exact;
    }
    would_pass(&f, "%s or %s would pass", lower, upper);
    return judge(talk, RULE_PRICE_STEP, fit == price ? GATE_SAYS_YES : GATE_SAYS_NO, packages, &f);
}

/* What is held was adjusted with its deliverable; what is bought afterwards would be booked as an
 * ordinary contract. */
static bool adjusted_allows(const struct gate_ask *ask, struct gate_talk *talk)
{
    struct finding f = { .limit = 0 };
    for (int i = 0; i < ask->terms->leg_count && !ask->reduces; i++) {
        const struct package_leg *leg = &ask->terms->legs[i];
        if (!leg->is_stock && leg->effect != LEG_CLOSE && contract_is_adjusted(&leg->contract))
            f.number += fabs((double)leg->ratio) * (double)ask->terms->edit.quantity;
    }
    would_pass(&f, "what closes held ones, and ordinary contracts, would pass");
    return judge(talk, RULE_ADJUSTED, f.number > 0 ? GATE_SAYS_NO : GATE_SAYS_YES,
                 ask->terms->edit.quantity, &f);
}

/* The limits that the strategy's own file sets. */
static bool strategy_allows(const struct kernel *k, const struct gate_ask *ask,
                            struct gate_talk *talk)
{
    const struct strategy *s = k->hosts[ask->terms->host].strategy;
    int64_t packages = ask->terms->edit.quantity, greatest = 0;
    for (int i = 0; i < ask->terms->leg_count; i++) {
        int64_t each = llabs(ask->terms->legs[i].ratio);
        greatest = !ask->terms->legs[i].is_stock && each > greatest ? each : greatest;
    }
    bool counts = s && !ask->reduces && s->max_contracts;
    if (!(counts ? at_most(talk, RULE_STRATEGY_CONTRACTS, (double)greatest * (double)packages,
                           s->max_contracts, packages)
                 : not_asked(talk, RULE_STRATEGY_CONTRACTS, packages)))
        return false;
    if (!s || ask->reduces || ask->terms->purpose == PURPOSE_HEDGE || isnan(s->max_loss_dollars))
        return not_asked(talk, RULE_STRATEGY_LOSS, packages);
    if (ask->max_loss != INT64_MAX)
        return at_most(talk, RULE_STRATEGY_LOSS, (double)ask->max_loss / 1e6, s->max_loss_dollars,
                       packages);
    struct finding f = { .number_word = "without bound, or unknown", .limit = s->max_loss_dollars };
    would_pass(&f, "with legs that bound it, it would pass");
    return judge(talk, RULE_STRATEGY_LOSS, GATE_SAYS_NO, packages, &f);
}

/* Quotes that nobody stands behind are good enough to get out on, not to get in. */
static bool feed_allows(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    const struct market *market = &k->markets[ask->terms->underlying_index];
    struct finding f = { .number_word =
                             market->is_doubted ? "quotes in doubt" : "quotes that may be acted on",
                         .limit_word = "quotes that may be acted on" };
    would_pass(&f, "what only reduces would pass; so would this when %.15s is in doubt no longer",
               market->symbol);
    bool is_no = market->is_doubted && !ask->reduces;
    return judge(talk, RULE_FEED, is_no ? GATE_SAYS_NO : GATE_SAYS_YES, ask->terms->edit.quantity,
                 &f);
}

static bool is_safe(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    return is_countable(k, ask, talk) && is_sane(ask, talk) && state_allows(k, ask, talk) &&
           index_allows(k, ask, talk) && effect_allows(k, ask, talk) &&
           gates_price(ask->terms, talk) && adjusted_allows(ask, talk) &&
           strategy_allows(k, ask, talk) && feed_allows(k, ask, talk);
}

/* ---- who signs ------------------------------------------------------------------------------- */

static bool signature(const struct kernel *k, const struct gate_ask *ask, struct gate_talk *talk)
{
    double limit = (double)k->config.sign_above / 1e6;
    bool is_needed = !ask->reduces && ask->terms->purpose != PURPOSE_HEDGE &&
                     ask->max_loss > k->config.sign_above;
    if (k->config.sign_above == INT64_MAX)
        return not_asked(talk, RULE_SIGNATURE, ask->terms->edit.quantity), false;
    struct finding f = { .number = ask->reduces ? 0 : (double)ask->max_loss / 1e6, .limit = limit };
    if (ask->max_loss == INT64_MAX)
        f.number_word = "without bound";
    /* One that works cannot wait for a signature. */
    const struct order_state *replaced = ask->id ? order_set_find(k->orders, ask->id) : NULL;
    bool is_out = replaced && order_status_is_sent(replaced->phase);
    would_pass(&f,
               is_out ? "canceled and sent anew, signed, it would pass" : "signed, it would pass");
    judge(talk, RULE_SIGNATURE, is_needed ? GATE_SAYS_SIGN : GATE_SAYS_YES,
          ask->terms->edit.quantity, &f);
    return is_needed;
}

enum gate gates_check(struct kernel *k, const struct order_terms *terms, int64_t max_loss,
                      uint64_t id, bool is_signed, struct gate_talk *talk)
{
    struct gate_ask ask = { .terms = terms, .max_loss = max_loss, .id = id };
    const struct order_state *order = id ? order_set_find(k->orders, id) : NULL;
    struct order_terms open = *terms;
    talk->why[0] = '\0';
    if (order && terms->edit.quantity > order->edit.quantity)
        ask.filled = order->filled;
    open.edit.quantity -= ask.filled;
    if (terms->flags & ORDER_REDUCES) { /* meant to, when it was made */
        ask.reduces = order_only_closes(k, &open, id);
        ask.max_loss = ask.reduces ? 0 : order_worst_loss(terms);
    }
    talk->max_loss = ask.max_loss;
    if (!may_you(k, &ask, talk) || !is_safe(k, &ask, talk) || !guard_allows(k, &ask, talk))
        return GATE_REFUSE;
    return !is_signed && signature(k, &ask, talk) ? GATE_SIGN : GATE_PASS;
}
