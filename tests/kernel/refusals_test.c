/* What a refusal of a gate says, and what a preview shows of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/preview.h"
#include "tests/kernel/person.h"
#include "tests/testing.h"

/* ---- what a refusal says --------------------------------------------------------------------- */

static const struct gate_verdict *said(const struct order_preview *p, const char *rule)
{
    for (size_t i = 0; i < p->gate_count; i++)
        if (strcmp(p->gates[i].rule, rule) == 0)
            return &p->gates[i];
    fail_msg("no rule %s", rule);
    return NULL;
}

/* What else must be so that this limit refuses; the limit itself is at 0. */
static void break_limit(struct desk *d, enum risk_limit limit, const char **time)
{
    *time = "10:02";
    if (limit == RISK_DAY_LOSS) /* a day that lost something */
        person_place(d, "10:01", 105, 'C', 1, 1, 0);
    if (limit == RISK_QUOTE_AGE) { /* nothing was quoted since the hour; what somebody asks tells
                                      what time it is */
        person_place(d, "10:00:10", 95, 'P', 1, 1, 0);
        *time = "10:00:30";
    }
}

/* Each limit of orders in turn at a value that one must break: all rows of limits.def but
 * settings, what stops trading by itself, and states, which risk_test.c walks. */
TEST(refusals, every_refusal_says_rule_number_limit_unit_and_what_would_pass)
{
    static struct desk d;
    static struct order_preview p;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        const struct risk_limit_row *row = risk_limit_row((enum risk_limit)i);
        struct risk_limits limits = person_no_limits();
        bool stops_by_itself = row->level == RISK_LEVEL_EMERGENCY && i != RISK_QUOTE_AGE;
        const char *time;
        if (row->level == RISK_LEVEL_SETTING || row->level == RISK_LEVEL_STATE || stops_by_itself)
            continue;
        limits.at[i] = 0;
        desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, &margin);
        person_start(&d);
        break_limit(&d, (enum risk_limit)i, &time);
        struct preview_order order = { .terms = person_order(95, 'P', -1, 5, -0.50),
                                       .role = BY_TRADER };
        CHECK_OK(kernel_preview(d.kernel, &order, &p));
        const struct gate_verdict *v = said(&p, row->word);
        if (v->word != GATE_SAYS_NO)
            fail_msg("%s says %s", row->word, gate_word_name(v->word));
        CHECK(isfinite(v->number) && isfinite(v->limit));
        CHECK(v->unit[0]);
        CHECK_HAS(v->would_pass, "would pass");
        CHECK_HAS(v->text, row->word);
        CHECK_HAS(v->text, "; the limit is ");
        CHECK_HAS(v->text, v->would_pass);
        CHECK_EQ(p.word, GATE_SAYS_NO);
        size_t before = d.sent_count;
        person_send(&d, time, &order.terms, 0);
        CHECK_EQ(d.sent_count, before);
        CHECK_HAS(d.last_reason, row->word);
        desk_close(&d);
    }
}

/* What is held, what works and what is asked add up in every scenario and every move of the day. */
TEST(refusals, stress_and_value_at_risk_count_what_is_held_and_what_works)
{
    static struct desk d;
    static struct order_preview one, held, working;
    struct risk_limits limits = person_no_limits();
    static const char *const rules[] = { "stress_loss", "shock_loss", "var", "shortfall" };
    limits.at[RISK_STRESS_LOSS] = limits.at[RISK_SHOCK_LOSS] = limits.at[RISK_VAR] =
        limits.at[RISK_SHORTFALL] = 5000000;
    desk_open_guarded(&d, PERSON_IDLE, FILL_MID, &limits, NULL);
    person_start(&d);
    struct preview_order order = { .terms = person_order(95, 'P', -1, 2, NAN) };
    CHECK_OK(kernel_preview(d.kernel, &order, &one));
    person_place(&d, "10:01", 95, 'P', -1, 2, 0);
    uint64_t id = person_newest_trade(&d);
    CHECK_OK(kernel_preview(d.kernel, &order, &held));
    struct order_terms rests = person_order(95, 'P', -1, 2, -3.00);
    person_send(&d, "10:02", &rests, 0);
    CHECK_EQ(d.sent_count, 2);
    CHECK_OK(kernel_preview(d.kernel, &order, &working));
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        double number = said(&one, rules[i])->number;
        CHECK(number > 10); /* two short puts, 5 out of the money */
        CHECK_NEAR(said(&held, rules[i])->number, 2 * number, 1e-4 * number);
        CHECK_NEAR(said(&working, rules[i])->number, 3 * number, 1e-4 * number);
    }
    /* What stands without a further order is what a preview counts before it adds one. */
    struct kernel_standing standing;
    kernel_standing(d.kernel, &standing);
    CHECK_EQ(standing.limits.at[RISK_VAR], 5000000);
    CHECK_NEAR(standing.var, said(&held, "var")->number, 0.01);
    CHECK_NEAR(standing.shortfall, said(&held, "shortfall")->number, 0.01);
    CHECK(said(&one, "shortfall")->number > said(&one, "var")->number * 0.9);
    CHECK(said(&one, "shock_loss")->number >
          said(&one, "stress_loss")->number); /* 1987 is worse than the grid */
    /* Calling it back, and closing what is held, is asked for nothing of it. */
    limits.at[RISK_VAR] = 0;
    person_place(&d, "10:03", 95, 'P', 1, 2, id);
    CHECK_EQ(d.sent_count, 3);
    desk_close(&d);
}

/* A rule of gates.def, and how to break it: an order of short 95 puts (or what shape says) on a
 * desk in that state. */
struct own_case {
    const char *rule, *text; /* of the refusal: what it must say of number and limit */
    int64_t quantity;
    enum {
        SHORT_PUT,
        SHORT_CALL,
        SHARES,
        ADJUSTED_PUT,
        SAID_TO_CLOSE,
        OFF_STEP,
        OFF_CENT,
        OFF_STOP
    } shape;
    enum command_kind state; /* asked before; COMMAND_RESUME: nothing */
    const char
        *limits; /* of the strategy whose trade the order adds to; NULL: a trade of its own */
    int64_t sign_above; /* dollars; 0: nobody signs */
    bool may_not_trade, is_doubted;
};

static const struct own_case OWN_CASES[] = {
    { "role", "one that may not send orders; the limit is one that may", 1, .state = COMMAND_RESUME,
      .may_not_trade = true },
    { "quantity", "0 packages; the limit is 10000000 packages; 1 to 10000000", 0,
      .state = COMMAND_RESUME },
    { "leg_quantity",
      "3000000000 contracts; the limit is 2147483647 contracts; 2147483647 packages", 3000000000,
      .state = COMMAND_RESUME },
    { "leg_value",
      "19,000,000,000.00 dollars; the limit is 10,000,000,000.00 dollars; 1052631 packages",
      2000000, .state = COMMAND_RESUME },
    { "value_held", "1.9e+03 billion dollars; the limit is 1e+03 billion dollars", 200000000,
      .state = COMMAND_RESUME },
    { "state", "halted; the limit is normal; a person's order that only reduces", 1,
      .state = COMMAND_HALT },
    { "state", "reduce_only; the limit is normal; what only reduces", 1, .state = COMMAND_REDUCE },
    { "index_stock", "1 shares; the limit is 0 shares; SPX is an index", 1, SHARES,
      .state = COMMAND_RESUME },
    { "effect",
      "2 contracts; the limit is 0 contracts; auto or open, or as many as the trade holds", 2,
      SAID_TO_CLOSE, .state = COMMAND_RESUME },
    { "price_step", "-0.61 dollars; the limit is in steps of 0.05 dollars; -0.65 or -0.60", 1,
      OFF_STEP, .state = COMMAND_RESUME },
    { "price_step", "-0.603 dollars; the limit is in steps of 0.05 dollars; -0.65 or -0.60", 1,
      OFF_CENT, .state = COMMAND_RESUME },
    { "price_step", "stop 0.61 dollars; the limit is in steps of 0.05 dollars; 0.60 or 0.65", 1,
      OFF_STOP, .state = COMMAND_RESUME },
    { "adjusted",
      "2 contracts; the limit is 0 contracts; what closes held ones, and ordinary contracts,", 2,
      ADJUSTED_PUT, .state = COMMAND_RESUME },
    { "limits.max_contracts", "3 contracts; the limit is 2 contracts; 2 packages", 3,
      .state = COMMAND_RESUME, .limits = "max_contracts: 2" },
    { "limits.max_loss", "18,800.00 dollars; the limit is 9,500.00 dollars; 1 packages", 2,
      .state = COMMAND_RESUME, .limits = "max_loss: 9500" },
    { "limits.max_loss",
      "without bound, or unknown; the limit is 9,500.00 dollars; with legs that bound it, it", 1,
      SHORT_CALL, .state = COMMAND_RESUME, .limits = "max_loss: 9500" },
    { "feed", "quotes in doubt; the limit is quotes that may be acted on; what only reduces", 1,
      .state = COMMAND_RESUME, .is_doubted = true },
    { "signature", "9,400.00 dollars; the limit is 100.00 dollars; signed, it", 1,
      .state = COMMAND_RESUME, .sign_above = 100 },
};

static struct order_terms own_order(const struct own_case *c)
{
    struct order_terms terms =
        person_order(95, c->shape == SHORT_CALL ? 'C' : 'P', -1, c->quantity, NAN);
    if (c->shape == SHARES) {
        terms.leg_count = 0;
        MUST(order_terms_stock(&terms, 1));
    } else if (c->shape == ADJUSTED_PUT) {
        memcpy(terms.legs[0].contract.root, "SPX1", 5);
        terms.legs[0].contract.delivery = DELIVERY_PHYSICAL;
    } else if (c->shape == OFF_STEP || c->shape == OFF_CENT) {
        terms.edit.type = ORDER_LIMIT;
        terms.edit.net_price = c->shape == OFF_STEP ? -610000 : -603000;
    } else if (c->shape == OFF_STOP) {
        terms.edit.type = ORDER_STOP;
        terms.edit.stop_price = 610000;
    } else if (c->shape == SAID_TO_CLOSE) {
        terms.legs[0].effect = LEG_CLOSE;
    }
    return terms;
}

static void own_desk(struct desk *d, const struct own_case *c, uint64_t *trade)
{
    char yaml[512];
    const char *entry = c->limits ? "once" : "never";
    snprintf(yaml, sizeof yaml, "%sentry: {every: %s}\n%s%s%s", PERSON_HEAD, entry,
             c->limits ? "limits: {" : "", c->limits ? c->limits : "", c->limits ? "}\n" : "");
    desk_open_config(d, yaml, FILL_NATURAL, FEES_NONE, !c->may_not_trade,
                     c->sign_above ? c->sign_above * MICROS_PER_DOLLAR : INT64_MAX);
    struct contract adjusted =
        own_order(&(struct own_case){ .quantity = 1, .shape = ADJUSTED_PUT }).legs[0].contract;
    if (c->shape == ADJUSTED_PUT) {
        desk_day(d, 20240102, &adjusted, 1);
        desk_quote(d, &adjusted, 1.00, 1.20);
        desk_market(d, "10:00", 100);
    } else {
        person_start(d);
    }
    if (c->state != COMMAND_RESUME)
        desk_command(d, "10:01", c->state);
    if (c->is_doubted)
        person_doubts(d, "10:01", true, 100, 101);
    *trade = c->limits ? person_newest_trade(d) : 0;
    CHECK_EQ(*trade > 0, c->limits != NULL);
}

static void check_own(const struct own_case *c)
{
    static struct desk d;
    static struct order_preview p;
    uint64_t trade;
    own_desk(&d, c, &trade);
    struct preview_order order = { .terms = own_order(c), .role = BY_TRADER, .trade_id = trade };
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    const struct gate_verdict *v = said(&p, c->rule);
    CHECK_EQ(v->word, strcmp(c->rule, "signature") == 0 ? GATE_SAYS_SIGN : GATE_SAYS_NO);
    CHECK_EQ(p.word == GATE_SAYS_SIGN, v->word == GATE_SAYS_SIGN);
    char begin[80];
    snprintf(begin, sizeof begin, "%s: %s", c->rule, c->text);
    CHECK_HAS(v->text, begin);
    CHECK_HAS(v->text, "; the limit is ");
    CHECK_HAS(v->text, " would pass");
    CHECK_HAS(v->text, v->would_pass);
    size_t before = d.sent_count;
    person_send(&d, "10:02", &order.terms, trade);
    CHECK_EQ(d.sent_count, before);
    desk_close(&d);
}

/* Every rule of gates.def; one without a case fails. */
TEST(refusals, every_rule_of_the_kernel_says_the_same_four_things)
{
    static const char *const rules[] = {
#define GATE_RULE(id, word, step, unit, help) word,
#include "kernel/gates.def"
#undef GATE_RULE
    };
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        int cases = 0;
        FOR_EACH (c, OWN_CASES) {
            if (strcmp(c->rule, rules[i]) != 0)
                continue;
            check_own(c);
            cases++;
        }
        if (!cases)
            fail_msg("no order breaks the rule %s", rules[i]);
    }
}

/* ---- the preview ----------------------------------------------------------------------------- */

TEST(refusals, a_preview_says_what_every_rule_says_and_changes_nothing)
{
    static struct desk d;
    static struct order_preview p;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    struct risk_limits limits;
    risk_limits_default(&limits);
    desk_open_guarded(&d, PERSON_IDLE, FILL_NATURAL, &limits, &margin);
    person_start(&d);
    uint64_t effects = kernel_effects_hash(d.kernel), events = kernel_events_hash(d.kernel);
    struct account before = desk_account(&d);
    struct preview_order order = { .terms = person_order(95, 'P', -1, 10, -0.90),
                                   .has_fees = true,
                                   .fees = FEES_IBKR_TIERED };
    struct contract low = person_option(90, 'P');
    MUST(order_terms_option(&order.terms, &low, 1));
    order.terms.edit.net_price = -100000; /* for 0.10 and 4.90 of risk: 4,900 */
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    CHECK_EQ(p.word, GATE_SAYS_NO);
    CHECK_STR(p.terms.underlying, order.terms.underlying);
    CHECK_EQ(p.terms.legs[0].contract.strike_mills, order.terms.legs[0].contract.strike_mills);
    CHECK_EQ(said(&p, "trade_loss")->word, GATE_SAYS_NO); /* more than 3,000 */
    CHECK_NEAR(said(&p, "trade_loss")->number, 4900, 1e-9);
    CHECK_NEAR(said(&p, "trade_loss")->limit, 3000, 1e-9);
    CHECK_EQ(said(&p, "trade_loss")->quantity_max, 6);
    CHECK_STR(said(&p, "trade_loss")->unit, "dollars");
    CHECK_EQ(said(&p, "underlying_loss")->word, GATE_SAYS_YES);
    CHECK_EQ(said(&p, "margin_use")->word, GATE_SAYS_YES);
    CHECK_EQ(p.max_loss, 4900 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.max_profit, 100 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.cash, 100 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.margin_before, 0);
    CHECK_EQ(p.margin_after, 4900 * MICROS_PER_DOLLAR);
    CHECK_EQ(p.buying_power_after, (100000 - 4900) * MICROS_PER_DOLLAR);
    CHECK(p.costs.commission > 0 && p.costs.exchange > 0);
    CHECK(!p.reduces);
    CHECK(!isnan(p.delta) && !isnan(p.theta));
    struct account after = desk_account(&d);
    CHECK_EQ(memcmp(&before, &after, sizeof before), 0);
    CHECK_EQ(kernel_effects_hash(d.kernel), effects);
    CHECK_EQ(kernel_events_hash(d.kernel), events);
    CHECK_EQ(order_set_open_count(kernel_orders(d.kernel)), 0);

    /* What it says is what happens. */
    order.terms.edit.quantity = 6;
    CHECK_OK(kernel_preview(d.kernel, &order, &p));
    if (p.word != GATE_SAYS_YES)
        for (size_t i = 0; i < p.gate_count; i++)
            if (p.gates[i].word == GATE_SAYS_NO)
                print_message("%s\n", p.gates[i].text);
    CHECK_EQ(p.word, GATE_SAYS_YES);
    person_send(&d, "10:00:10", &order.terms, 0);
    CHECK_EQ(d.sent_count, 1);
    desk_close(&d);
}

TEST(refusals, a_preview_of_what_is_not_there_is_an_error)
{
    static struct desk d;
    static struct order_preview p;
    desk_open(&d, PERSON_IDLE, FILL_NATURAL, FEES_NONE);
    person_start(&d);
    struct preview_order order = { .terms = person_order(95, 'P', -1, 1, NAN) };
    order.trade_id = 99;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    order.trade_id = 0;
    order.terms.legs[0].contract.strike_mills = 1;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    memcpy(order.terms.underlying, "XYZ", 3);
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_NOT_FOUND);
    order = (struct preview_order){ .terms = person_order(95, 'P', -1, 1, NAN) };
    order.terms.edit.type = ORDER_LIMIT;
    CHECK_EQ(kernel_preview(d.kernel, &order, &p), ERR_RANGE); /* a limit without a price */
    desk_close(&d);
}
