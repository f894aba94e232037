#include "domain/margin/portfolio.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "domain/margin/products_int.h"
#include "domain/pricing/american.h"
#include "domain/pricing/european.h"
#include "domain/pricing/implied_vol.h"

/* What one underlying does at each point, dollars. */
struct row {
    double profit[MARGIN_POINTS];
    int64_t minimum;
    bool is_used;
};

struct sheet {
    const struct margin_book *book;
    struct margin_portfolio *out;
    struct row rows[MARGIN_UNDERLYINGS_MAX];
};

static enum err get(struct sheet *s, enum margin_rate_name name, enum margin_class class,
                    int64_t *value)
{
    const struct margin_rate *rate;
    enum err err = margin_rate_get(name, class, s->book->date, &rate);
    if (err)
        return err;
    size_t len = strlen(rate->source);
    s->out->is_uncertain |= len > 0 && rate->source[len - 1] == '?';
    *value = rate->value;
    return ERR_OK;
}

enum err margin_points(const struct margin_underlying *under, int32_t date,
                       double points[MARGIN_POINTS])
{
    const struct margin_rate *down, *up;
    enum err err = margin_rate_get(MARGIN_RATE_RANGE_DOWN, under->class, date, &down);
    if (!err)
        err = margin_rate_get(MARGIN_RATE_RANGE_UP, under->class, date, &up);
    if (err)
        return err;
    double factor = under->leverage_percent > 100 ? under->leverage_percent / 100.0 : 1.0;
    double low = fmin((double)down->value * 1e-6 * factor, 1.0);
    double high = (double)up->value * 1e-6 * factor;
    for (int i = 0; i < MARGIN_POINTS / 2; i++) {
        points[i] = -low * (5 - i) / 5.0;
        points[MARGIN_POINTS - 1 - i] = high * (5 - i) / 5.0;
    }
    return ERR_OK;
}

/* One contract now and at every point of its underlying. */
struct option {
    const struct contract *contract;
    const struct margin_underlying *under;
    double strike, years;
    int8_t sign;
};

static double payoff(const struct option *o, double spot)
{
    double gain = o->sign * (spot - o->strike);
    return gain > 0.0 ? gain : 0.0;
}

/* NaN when the price tells no vol. */
static double vol_of(const struct option *o, double spot, double price)
{
    double sigma;
    if (o->contract->style == STYLE_EUROPEAN) {
        struct black76_expiry expiry = {
            .forward = spot * exp((o->under->rate - o->under->yield) * o->years),
            .discount = exp(-o->under->rate * o->years),
            .years = o->years,
        };
        (void)implied_vol_chain(&expiry, 1, &o->strike, &o->sign, &price, &sigma, NULL);
    } else {
        struct american_expiry expiry = {
            .spot = spot, .years = o->years, .rate = o->under->rate, .yield = o->under->yield
        };
        (void)american_implied_vol_chain(&expiry, 1, &o->strike, &o->sign, &price, &sigma, NULL);
    }
    return sigma;
}

/* NaN where there is no price. */
static double price_of(const struct option *o, double spot, double sigma)
{
    double price = NAN, rate = o->under->rate, yield = o->under->yield;
    struct black_scholes_terms terms = { &spot, &o->strike, &o->years, &sigma,
                                         &rate, &yield,     &o->sign };
    struct pricing_greeks out = { .price = &price };
    if (!(spot > 0.0))
        return payoff(o, 0.0);
    if (o->contract->style == STYLE_EUROPEAN)
        (void)black_scholes(1, &terms, &out);
    else
        (void)american(1, &terms, &out);
    return price;
}

static void add_option(struct sheet *s, const struct margin_line *line,
                       const double points[MARGIN_POINTS])
{
    const struct margin_underlying *under = &s->book->underlyings[line->underlying];
    struct option o = {
        .contract = &line->contract,
        .under = under,
        .strike = line->contract.strike_mills / 1000.0,
        .years = date_diff(line->contract.expiry, s->book->date) / 365.0,
        .sign = line->contract.right == OPTION_CALL ? OPTION_SIGN_CALL : OPTION_SIGN_PUT,
    };
    double spot = money_to_dollars(under->level), mark = money_to_dollars(line->mark);
    double sigma = o.years > 0.0 ? vol_of(&o, spot, mark) : NAN;
    bool has_vol = isfinite(sigma);
    s->out->unpriced_count += !has_vol;
    for (int i = 0; i < MARGIN_POINTS; i++) {
        double at = spot * (1.0 + points[i]);
        double price = has_vol ? price_of(&o, at, sigma) : NAN;
        if (!isfinite(price)) /* exercise, and what the mark holds beside it stays with the short */
            price = payoff(&o, at);
        s->rows[line->underlying].profit[i] +=
            (price - mark) * (double)line->quantity * line->contract.multiplier;
    }
}

static enum err add_line(struct sheet *s, const struct margin_line *line)
{
    const struct margin_underlying *under = &s->book->underlyings[line->underlying];
    struct row *row = &s->rows[line->underlying];
    double points[MARGIN_POINTS];
    enum err err = margin_points(under, s->book->date, points);
    if (err || line->quantity == 0)
        return err;
    if (!isfinite(under->rate) || !isfinite(under->yield) || fabs(under->rate) > 1.0 ||
        fabs(under->yield) > 1.0)
        return err_set(ERR_RANGE, "margin: %.8s has a rate of %g and a yield of %g", under->name,
                       under->rate, under->yield);
    row->is_used = true;
    if (line->is_stock) {
        for (int i = 0; i < MARGIN_POINTS; i++)
            row->profit[i] += money_to_dollars(under->level) * points[i] * (double)line->quantity;
        return ERR_OK;
    }
    int64_t each, size = line->quantity < 0 ? -line->quantity : line->quantity;
    err = get(s, MARGIN_RATE_MINIMUM_MICROS, under->class, &each);
    if (!err)
        row->minimum += each * line->contract.multiplier * size;
    if (!err)
        add_option(s, line, points);
    return err;
}

static const char *class_group(const struct margin_underlying *under)
{
    const struct margin_product *product = margin_product_find(under->name);
    return product ? product->class_group : under->name;
}

static const char *product_group(const struct margin_underlying *under)
{
    const struct margin_product *product = margin_product_find(under->name);
    return product ? product->product_group : under->name;
}

static bool same(const char *a, const char *b)
{
    return strncmp(a, b, CONTRACT_ROOT_BYTES) == 0;
}

/* An underlying's own name need not end. */
static void name_group(char out[16], const struct margin_underlying *under, const char *name)
{
    (void)snprintf(out, 16, "%.*s", name == under->name ? CONTRACT_ROOT_BYTES : 15, name);
}

/* The class group that starts at this underlying; what it makes at each point, dollars. */
static enum err add_class(struct sheet *s, uint16_t first, bool is_done[MARGIN_UNDERLYINGS_MAX],
                          double profit[MARGIN_POINTS])
{
    const struct margin_underlying *under = s->book->underlyings;
    struct margin_class_group *class = &s->out->classes[s->out->class_count];
    name_group(class->name, &under[first], class_group(&under[first]));
    class->group_index = s->out->group_count - 1;
    for (uint16_t i = first; i < s->book->underlying_count; i++) {
        if (!s->rows[i].is_used || is_done[i] ||
            !same(class_group(&under[i]), class_group(&under[first])))
            continue;
        struct margin_grid_row *row = &s->out->rows[s->out->row_count++];
        is_done[i] = true;
        row->underlying = i;
        row->class_index = s->out->class_count;
        row->minimum = s->rows[i].minimum;
        class->minimum += row->minimum;
        enum err err = margin_points(&under[i], s->book->date, row->points);
        if (err)
            return err;
        for (int p = 0; p < MARGIN_POINTS; p++) {
            row->profit[p] = money_from_dollars(s->rows[i].profit[p]);
            profit[p] += s->rows[i].profit[p];
        }
    }
    for (int p = 0; p < MARGIN_POINTS; p++)
        class->profit[p] = money_from_dollars(profit[p]);
    s->out->class_count++;
    return ERR_OK;
}

/* The product group that starts at this underlying: its class groups, then their offset. */
static enum err add_group(struct sheet *s, uint16_t first)
{
    const struct margin_underlying *under = s->book->underlyings;
    struct margin_product_group *group = &s->out->groups[s->out->group_count++];
    size_t class_first = s->out->class_count, row_first = s->out->row_count;
    int64_t offset;
    enum err err = get(s, MARGIN_RATE_OFFSET, under[first].class, &offset);
    if (err)
        return err;
    bool is_done[MARGIN_UNDERLYINGS_MAX] = { false };
    double gains[MARGIN_POINTS] = { 0.0 }, losses[MARGIN_POINTS] = { 0.0 };
    for (uint16_t i = first; i < s->book->underlying_count && !err; i++) {
        if (!s->rows[i].is_used || is_done[i] ||
            !same(product_group(&under[i]), product_group(&under[first])))
            continue;
        double class_profit[MARGIN_POINTS] = { 0.0 };
        err = add_class(s, i, is_done, class_profit);
        group->minimum += s->out->classes[s->out->class_count - 1].minimum;
        for (int p = 0; p < MARGIN_POINTS; p++)
            *(class_profit[p] > 0.0 ? &gains[p] : &losses[p]) += class_profit[p];
    }
    if (err)
        return err;
    group->offset_ppm = s->out->class_count - class_first > 1 ? offset : 1000000;
    for (size_t i = 0; i < s->book->underlying_count; i++)
        s->rows[i].is_used &= !is_done[i];

    group->underlying = first;
    group->worst_point = -1;
    name_group(group->name, &under[first], product_group(&under[first]));
    for (int p = 0; p < MARGIN_POINTS; p++) {
        group->profit[p] =
            money_from_dollars(losses[p] + (double)group->offset_ppm * 1e-6 * gains[p]);
        if (-group->profit[p] > group->loss) {
            group->loss = -group->profit[p];
            group->worst_point = p;
        }
    }
    group->requirement = group->loss > group->minimum ? group->loss : group->minimum;
    group->binding_point = group->requirement > group->loss ? -1 : group->worst_point;
    char text[MONEY_TEXT_BYTES];
    money_format_people(text, group->requirement);
    if (group->binding_point < 0)
        (void)snprintf(group->reason, sizeof group->reason, "%s: the minimum of 37.50 a contract",
                       text);
    else
        (void)snprintf(group->reason, sizeof group->reason, "%s: the loss when %.8s moves %+.1f %%",
                       text, under[first].name,
                       100.0 * s->out->rows[row_first].points[group->binding_point]);
    s->out->requirement += group->requirement;
    return ERR_OK;
}

enum err margin_portfolio(const struct margin_book *book, struct margin_portfolio *answer)
{
    memset(answer, 0, sizeof *answer);
    struct sheet sheet = { .book = book, .out = answer };
    enum err err = margin_book_check(book);
    for (size_t i = 0; i < book->line_count && !err; i++)
        err = add_line(&sheet, &book->lines[i]);
    for (uint16_t i = 0; i < book->underlying_count && !err; i++)
        if (sheet.rows[i].is_used)
            err = add_group(&sheet, i);
    if (err)
        memset(answer, 0, sizeof *answer);
    return err;
}
