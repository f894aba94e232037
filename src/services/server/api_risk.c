/* The account's risk: Greeks by underlying, scenarios, today's profit by Greek, limits; also with
 * an order as if filled. */
#include <math.h>
#include <stdlib.h>

#include "base/zone.h"
#include "domain/pricing/scenario.h"
#include "domain/risk/risk.h"
#include "kernel/preview.h"
#include "services/server/desk_call.h"

enum { MOVES = 17, VOLS = 5, DAYS = 3, POINTS = MOVES * VOLS * DAYS, EXPIRIES_MAX = 64 };
static const double moves[MOVES] = { -0.20, -0.15, -0.10, -0.075, -0.05, -0.03, -0.02, -0.01, 0,
                                     0.01,  0.02,  0.03,  0.05,   0.075, 0.10,  0.15,  0.20 };
static const double vols[VOLS] = { 0.7, 0.85, 1, 1.2, 1.5 }, days[DAYS] = { 0, 1, 7 };

/* A row of what is held or asked for. */
struct holding {
    uint32_t market;
    bool is_stock;
    struct contract contract;
    int64_t quantity;
};

struct sums {
    double value, delta, gamma, theta, vega;
};

struct picture {
    struct call *call;
    const struct desk_shot *shot;
    struct holding *rows;
    size_t count;
    double pnl[POINTS]; /* NaN: a row could not be priced */
    struct sums of[SHOT_MARKETS];
    bool is_held[SHOT_MARKETS];
    struct kernel_standing standing;
    bool is_what_if;
};

/* ---- what is held ---------------------------------------------------------------------------- */

static void add_row(struct picture *p, struct holding row)
{
    for (size_t i = 0; i < p->count; i++) {
        struct holding *h = &p->rows[i];
        if (h->market == row.market && h->is_stock == row.is_stock &&
            (row.is_stock || !contract_compare(&h->contract, &row.contract))) {
            h->quantity += row.quantity;
            return;
        }
    }
    p->rows[p->count++] = row;
}

static void collect(struct picture *p, const struct order_terms *order)
{
    size_t most = PACKAGE_LEGS_MAX;
    for (uint32_t i = 0; i < p->shot->trade_count; i++)
        most += (size_t)p->shot->trades[i].trade.leg_count;
    p->rows = arena_array(p->call->arena, struct holding, most);
    for (uint32_t i = 0; i < p->shot->trade_count; i++) {
        const struct shot_trade *s = &p->shot->trades[i];
        for (int k = 0; k < s->trade.leg_count && s->market < SHOT_MARKETS; k++) {
            const struct trade_leg *leg = &s->trade.legs[k];
            if (leg->quantity)
                add_row(p,
                        (struct holding){ s->market, leg->is_stock, leg->contract, leg->quantity });
        }
    }
    for (int i = 0; order && i < order->leg_count; i++) {
        uint32_t market = 0;
        while (market < p->shot->market_count &&
               strcmp(p->shot->markets[market].symbol, order->underlying) != 0)
            market++;
        if (market < p->shot->market_count)
            add_row(p, (struct holding){ market, order->legs[i].is_stock, order->legs[i].contract,
                                         order->legs[i].ratio * order->edit.quantity });
    }
}

static double spot_of(const struct picture *p, uint32_t market)
{
    int64_t last = p->shot->markets[market].last;
    return last == PRICE_NONE ? NAN : money_to_dollars(last);
}

static void add_greeks(struct picture *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct holding *h = &p->rows[i];
        struct sums *s = &p->of[h->market];
        double n = (double)(h->quantity * (h->is_stock ? 1 : h->contract.multiplier));
        struct live_greeks g = { NAN, 1, 0, 0, 0, PRICE_NONE, PRICE_NONE, TS_NONE };
        double mid = spot_of(p, h->market);
        if (!h->is_stock) {
            g = live_desk_greeks(p->call->server->live, h->market, &h->contract);
            int64_t quoted = quote_mid(g.bid, g.ask);
            mid = quoted == PRICE_NONE ? NAN : money_to_dollars(quoted);
        }
        s->value += mid * n;
        s->delta += g.delta * n;
        s->gamma += g.gamma * n;
        s->theta += g.theta * n;
        s->vega += g.vega * n;
        p->is_held[h->market] = true;
    }
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static int compare_slices(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (a[0] > b[0]) - (a[0] < b[0]);
}

/* The slice of an expiry in a fit; -1. */
static int slice_of(const struct view_fit *fit, const struct contract *c)
{
    for (size_t i = 0; i < fit->count; i++)
        if (fit->expiry[i]->date == c->expiry && fit->expiry[i]->settle == c->settle)
            return (int)i;
    return -1;
}

static void spoil(struct picture *p)
{
    for (int i = 0; i < POINTS; i++)
        p->pnl[i] = NAN;
}

static void mark_market(struct picture *p, uint32_t market)
{
    struct arena *arena = p->call->arena;
    double beta = risk_usual_beta(p->shot->markets[market].symbol);
    int32_t expiries[EXPIRIES_MAX];
    size_t expiry_count = 0, n = 0;
    uint32_t(*order)[2] = (uint32_t(*)[2])arena_array(arena, uint32_t, 2 * p->count);
    for (size_t i = 0; i < p->count; i++) {
        const struct holding *h = &p->rows[i];
        bool is_known = h->is_stock || h->market != market;
        for (size_t k = 0; !is_known && k < expiry_count; k++)
            is_known = expiries[k] == h->contract.expiry;
        if (!is_known && expiry_count < EXPIRIES_MAX)
            expiries[expiry_count++] = h->contract.expiry;
    }
    struct view view;
    struct view_fit *fit = NULL;
    if (expiry_count &&
        live_desk_chain(p->call->server->live, arena, str_from(p->shot->markets[market].symbol),
                        expiries, expiry_count, &view) == ERR_OK)
        fit = view_surface(&view, arena);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct holding *h = &p->rows[i];
        int slice = h->market != market || h->is_stock ? 0 : fit ? slice_of(fit, &h->contract) : -1;
        if (h->market != market)
            continue;
        if (slice < 0 || !(spot_of(p, market) > 0) || (!h->is_stock && !fit)) {
            spoil(p);
            return;
        }
        order[n][0] = (uint32_t)slice;
        order[n++][1] = i;
    }
    qsort(order, n, sizeof order[0], compare_slices);
    if (!fit) { /* shares alone */
        for (int i = 0; i < POINTS; i++)
            for (size_t k = 0; k < n; k++)
                p->pnl[i] += (double)p->rows[order[k][1]].quantity * spot_of(p, market) *
                             expm1(beta * log1p(moves[i % MOVES]));
        return;
    }
    uint32_t *slices = arena_array(arena, uint32_t, n);
    double *strike = arena_array(arena, double, n), *quantity = arena_array(arena, double, n);
    int8_t *sign = arena_array(arena, int8_t, n);
    struct scenario_book book = {
        .count = n, .slice = slices, .strike = strike, .sign = sign, .quantity = quantity
    };
    for (size_t i = 0; i < n; i++) {
        const struct holding *h = &p->rows[order[i][1]];
        slices[i] = order[i][0];
        strike[i] = h->is_stock ? 0 : h->contract.strike_mills / 1000.0;
        sign[i] = h->is_stock                        ? 0
                  : h->contract.right == OPTION_CALL ? OPTION_SIGN_CALL
                                                     : OPTION_SIGN_PUT;
        quantity[i] = (double)(h->quantity * (h->is_stock ? 1 : h->contract.multiplier));
        book.is_american =
            book.is_american || (!h->is_stock && h->contract.style == STYLE_AMERICAN);
    }
    double logs[MOVES], years[DAYS];
    for (int i = 0; i < MOVES; i++)
        logs[i] = beta * log1p(moves[i]);
    for (int i = 0; i < DAYS; i++)
        years[i] = days[i] / 365.0;
    struct scenario_axes axes = { MOVES, VOLS, DAYS, logs, vols, years, years };
    struct scenario_point *points = arena_array(arena, struct scenario_point, POINTS + 1);
    struct scenario_totals *totals = arena_array(arena, struct scenario_totals, POINTS + 1);
    struct scenario_rule rule = { .rule = SURFACE_STICKY_DELTA };
    size_t count = scenario_grid(&axes, points);
    points[count] = (struct scenario_point){ .move = 0, .vol_factor = 1 };
    scenario_mark(&fit->surface, spot_of(p, market), &book, &rule, count + 1, points, totals);
    for (size_t i = 0; i < count; i++)
        p->pnl[i] += totals[i].value - totals[count].value;
}

static void write_numbers(struct json_writer *json, const char *name, const double *values,
                          size_t count)
{
    json_key(json, name);
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_double(json, values[i]);
    json_array_end(json);
}

static void write_scenarios(struct picture *p)
{
    struct json_writer *json = &p->call->json;
    for (uint32_t i = 0; i < p->shot->market_count; i++)
        if (p->is_held[i])
            mark_market(p, i);
    json_key(json, "scenarios");
    json_object_begin(json);
    write_numbers(json, "moves", moves, MOVES);
    write_numbers(json, "vols", vols, VOLS);
    write_numbers(json, "days", days, DAYS);
    write_numbers(json, "pnl", p->pnl, POINTS);
    json_object_end(json);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void write_row(struct json_writer *json, const char *symbol, double spot,
                      const struct sums *s, double weighted, double dollars, double gamma_dollars)
{
    json_object_begin(json);
    json_key_cstr(json, "symbol", symbol);
    json_key_double(json, "spot", spot);
    json_key_double(json, "beta", *symbol ? risk_usual_beta(symbol) : NAN);
    json_key_micros(json, "value_micros",
                    isfinite(s->value) ? money_from_dollars(s->value) : PRICE_NONE);
    json_key_null(json, "pnl_today_micros");
    json_key_double(json, "delta", *symbol ? s->delta : NAN);
    json_key_double(json, "weighted_delta", weighted);
    json_key_double(json, "dollar_delta", dollars);
    json_key_double(json, "gamma", *symbol ? s->gamma : NAN);
    json_key_double(json, "dollar_gamma", gamma_dollars);
    json_key_double(json, "theta", s->theta);
    json_key_double(json, "vega", s->vega);
    json_object_end(json);
}

struct total {
    double weighted, dollars, gamma_dollars;
    struct sums sums;
};

/* What deltas are weighted to, as the kernel's limits have it: a share of the S&P 500, else of the
 * first symbol. */
static double index_of(const struct picture *p, const char **symbol)
{
    double level = p->shot->market_count ? spot_of(p, 0) : NAN;
    int least = INT32_MAX;
    *symbol = p->shot->market_count ? p->shot->markets[0].symbol : "";
    for (uint32_t i = 0; i < p->shot->market_count; i++) {
        int scale = risk_index_scale(p->shot->markets[i].symbol);
        if (!scale || scale >= least || !isfinite(spot_of(p, i)))
            continue;
        least = scale;
        level = scale * spot_of(p, i);
        *symbol = p->shot->markets[i].symbol;
    }
    return level;
}

static struct total write_rows(struct picture *p)
{
    struct json_writer *json = &p->call->json;
    struct total all = { 0 };
    const char *symbol;
    double index = index_of(p, &symbol);
    json_key(json, "rows");
    json_array_begin(json);
    for (uint32_t i = 0; i < p->shot->market_count; i++) {
        const struct sums *s = &p->of[i];
        double spot = spot_of(p, i), dollars = s->delta * spot,
               gamma = s->gamma * spot * spot / 100;
        if (!p->is_held[i])
            continue;
        double weighted = risk_usual_beta(p->shot->markets[i].symbol) * dollars / index;
        write_row(json, p->shot->markets[i].symbol, spot, s, weighted, dollars, gamma);
        all.sums.value += s->value;
        all.sums.theta += s->theta;
        all.sums.vega += s->vega;
        all.weighted += weighted;
        all.dollars += dollars;
        all.gamma_dollars += gamma;
    }
    write_row(json, "", index, &all.sums, all.weighted, all.dollars, all.gamma_dollars);
    json_array_end(json);
    return all;
}

static void write_attribution(struct json_writer *json, const char *symbol,
                              const struct live_attribution *a)
{
    const struct attribution *g = &a->greeks;
    json_object_begin(json);
    json_key_cstr(json, "symbol", symbol);
    json_key_double(json, "delta", g->delta);
    json_key_double(json, "gamma", g->gamma);
    json_key_double(json, "theta", g->theta);
    json_key_double(json, "vega", g->vega);
    json_key_double(json, "vanna", g->vanna);
    json_key_double(json, "other", g->volga + g->charm + g->rho + g->quote);
    json_key_double(json, "trading", a->trading);
    json_key_double(json, "unexplained", g->residual);
    json_key_double(json, "total", a->total);
    json_object_end(json);
}

static void write_attributions(struct picture *p, bool is_what_if)
{
    struct json_writer *json = &p->call->json;
    struct live_attribution a;
    json_key(json, "attribution");
    json_array_begin(json);
    for (uint32_t i = 0; !is_what_if && i < p->shot->market_count; i++)
        if (live_desk_attribution(p->call->server->live, i, &a))
            write_attribution(json, p->shot->markets[i].symbol, &a);
    if (!is_what_if && live_desk_attribution(p->call->server->live, SHOT_MARKETS, &a))
        write_attribution(json, "", &a);
    json_array_end(json);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* What a limit counts now, in the unit that it is shown in; NaN: only an order has one, or not
 * known here. */
static double number_of(const struct picture *p, const struct total *all, enum risk_limit limit)
{
    int64_t start;
    switch (limit) {
    case RISK_DELTA_SHARES:
        return fabs(all->weighted);
    case RISK_DELTA_DOLLARS:
        return fabs(all->dollars);
    case RISK_GAMMA_DOLLARS:
        return fabs(all->gamma_dollars);
    case RISK_VEGA:
        return fabs(all->sums.vega);
    case RISK_THETA:
        return fabs(all->sums.theta);
    case RISK_STRESS_LOSS: {
        double worst = 0;
        for (int i = 0; i < MOVES * VOLS; i++) /* now, not in days */
            worst = isnan(p->pnl[i]) ? NAN : fmin(worst, p->pnl[i]);
        return -worst;
    }
    case RISK_VAR:
        return p->is_what_if ? NAN : p->standing.var;
    case RISK_SHORTFALL:
        return p->is_what_if ? NAN : p->standing.shortfall;
    case RISK_MARGIN_USE:
        return p->shot->margin == PRICE_NONE ? NAN : money_to_dollars(p->shot->margin);
    case RISK_DAY_LOSS:
        return live_desk_start(p->call->server->live, &start)
                   ? fmax(0, money_to_dollars(start - p->shot->equity))
                   : NAN;
    default:
        return NAN;
    }
}

static void write_limits(struct picture *p, const struct total *all)
{
    struct json_writer *json = &p->call->json;
    json_key(json, "limits");
    json_array_begin(json);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        const struct risk_limit_row *row = risk_limit_row((enum risk_limit)i);
        int64_t at = p->standing.limits.at[i];
        double value = number_of(p, all, (enum risk_limit)i), bound = NAN;
        const char *unit = "count";
        if (row->unit == RISK_PPM_EQUITY || row->unit == RISK_MICROS) {
            bound = row->unit == RISK_MICROS ? money_to_dollars(at)
                                             : money_to_dollars(p->shot->equity) * (double)at / 1e6;
            unit = "dollars";
        } else if (row->unit == RISK_MICRO_SHARES) {
            bound = (double)at / 1e6;
            unit = "index shares";
        } else if (row->unit == RISK_PPM) {
            bound = (double)at / 1e4;
            unit = "per cent";
        } else if (row->unit == RISK_NANOSECONDS) {
            bound = (double)at / 1e9;
            unit = "seconds";
        } else {
            bound = (double)at;
        }
        if (at == RISK_OFF)
            bound = NAN;
        json_object_begin(json);
        json_key_cstr(json, "limit", row->word);
        json_key_cstr(json, "text", row->help);
        json_key_cstr(json, "level", risk_level_name(row->level));
        json_key_cstr(json, "unit", unit);
        json_key_double(json, "value", value);
        json_key_double(json, "bound", bound);
        json_key_double(json, "room", bound - value);
        json_object_end(json);
    }
    json_array_end(json);
}

/* ---- handlers -------------------------------------------------------------------------------- */

/* In the desk's thread. */
static void take_standing(void *context, const struct desk_view *view)
{
    kernel_standing(view->kernel, context);
}

static int answer(struct call *call, const struct order_terms *order)
{
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot)
        return problem(call, 503, "recovering",
                       "the desk has not begun yet: ask again in a moment");
    struct picture *p = arena_new(call->arena, struct picture);
    if (desk_read(desk, take_standing, &p->standing, ASK_PATIENCE_NS)) {
        mem_free(shot);
        return problem(call, 503, "desk_busy",
                       "the desk did not say where it stands: %s; ask again in a moment",
                       err_detail());
    }
    p->is_what_if = order != NULL;
    struct json_writer *json = &call->json;
    p->call = call;
    p->shot = shot;
    collect(p, order);
    add_greeks(p);
    const char *symbol;
    (void)index_of(p, &symbol);
    json_object_begin(json);
    json_key_int(json, "market_ns", shot->now_ns);
    json_key_cstr(json, "index", symbol);
    json_key_micros(json, "equity_micros", shot->equity);
    json_key_micros(json, "margin_micros", order ? PRICE_NONE : shot->margin);
    struct total all = write_rows(p);
    write_scenarios(p);
    write_attributions(p, order != NULL);
    write_limits(p, &all);
    json_object_end(json);
    mem_free(shot);
    return 200;
}

int api_risk(struct call *call)
{
    return answer(call, NULL);
}

int api_risk_what_if(struct call *call)
{
    struct order_terms *terms = arena_new(call->arena, struct order_terms);
    int status = read_order(call, call->body, terms);
    return status ? status : answer(call, terms);
}
