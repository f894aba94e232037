/* Portfolio margin point by point, beside Regulation T, of what is held; also with an order as if
 * filled. */
#include <math.h>
#include <string.h>

#include "domain/margin/portfolio.h"
#include "kernel/preview.h"
#include "services/server/desk_call.h"

/* Of a search for the least pairing: some tenths of a second at worst, as somebody waits and a page
 * asks again. */
enum { BRANCHES = 3000 };

struct taken {
    struct kernel_margin_book *book;
    enum err err;
    char why[DESK_TEXT_BYTES];
};

/* In the desk's thread: only copied here, as American books take their time. */
static void take_book(void *context, const struct desk_view *view)
{
    struct taken *taken = context;
    taken->err = kernel_margin_book(view->kernel, taken->book);
    if (taken->err)
        snprintf(taken->why, sizeof taken->why, "%s", err_detail());
}

/* ---- the order ------------------------------------------------------------------------------- */

static struct margin_line *find_line(struct kernel_margin_book *b, uint16_t underlying,
                                     const struct package_leg *leg)
{
    for (size_t i = 0; i < b->book.line_count; i++) {
        struct margin_line *line = &b->lines[i];
        if (line->underlying == underlying && line->is_stock == leg->is_stock &&
            (leg->is_stock || contract_compare(&line->contract, &leg->contract) == 0))
            return line;
    }
    return NULL;
}

/* As if it were filled, at its mid; what is held of it keeps its mark. 0, or a problem's status. */
static int add_leg(struct call *call, struct kernel_margin_book *b, uint32_t market,
                   uint16_t underlying, const struct package_leg *leg, int64_t packages)
{
    struct margin_line *line = find_line(b, underlying, leg);
    int64_t quantity = leg->ratio * packages;
    if (line) {
        line->quantity += quantity;
        return 0;
    }
    if (b->book.line_count == MARGIN_LINES_MAX)
        return problem(
            call, 422, "lines",
            "with the order the account has more than %d lines: its margin is not counted",
            MARGIN_LINES_MAX);
    int64_t mark = 0;
    if (!leg->is_stock) {
        struct live_greeks g = live_desk_greeks(call->server->live, market, &leg->contract);
        mark = quote_mid(g.bid, g.ask);
        if (mark == PRICE_NONE)
            return problem(
                call, 422, "no_quote",
                "a leg of the order has no quote of both sides now: what it would be worth, and what margin it takes, is not known");
    }
    b->lines[b->book.line_count++] = (struct margin_line){ .underlying = underlying,
                                                           .is_stock = leg->is_stock,
                                                           .contract = leg->contract,
                                                           .quantity = quantity,
                                                           .mark = mark };
    return 0;
}

static int add_order(struct call *call, struct kernel_margin_book *b, const struct desk_shot *shot,
                     const struct order_terms *order)
{
    uint32_t market = 0;
    uint16_t underlying = 0;
    while (market < shot->market_count &&
           strcmp(shot->markets[market].symbol, order->underlying) != 0)
        market++;
    while (underlying < b->book.underlying_count &&
           strncmp(b->underlyings[underlying].name, order->underlying, CONTRACT_ROOT_BYTES) != 0)
        underlying++;
    if (market == shot->market_count || underlying == b->book.underlying_count)
        return problem(call, 422, "symbol", "the desk has no %s, or no price of it yet",
                       order->underlying);
    int status = 0;
    for (int i = 0; i < order->leg_count && !status; i++)
        status = add_leg(call, b, market, underlying, &order->legs[i], order->edit.quantity);
    return status;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void write_points(struct json_writer *json, const char *key,
                         const int64_t profit[MARGIN_POINTS])
{
    json_key(json, key);
    json_array_begin(json);
    for (int i = 0; i < MARGIN_POINTS; i++)
        json_int(json, profit[i]);
    json_array_end(json);
}

static void write_row(struct json_writer *json, const struct kernel_margin_book *b,
                      const struct margin_grid_row *row)
{
    const char *name = b->underlyings[row->underlying].name;
    json_object_begin(json);
    json_key_str(json, "symbol", (struct str){ name, strnlen(name, CONTRACT_ROOT_BYTES) });
    json_key(json, "moves");
    json_array_begin(json);
    for (int i = 0; i < MARGIN_POINTS; i++)
        json_double(json, row->points[i]);
    json_array_end(json);
    write_points(json, "pnl_micros", row->profit);
    json_key_micros(json, "minimum_micros", row->minimum);
    json_object_end(json);
}

static void write_class(struct json_writer *json, const struct kernel_margin_book *b,
                        const struct margin_portfolio *p, size_t index)
{
    json_object_begin(json);
    json_key_cstr(json, "name", p->classes[index].name);
    json_key(json, "rows");
    json_array_begin(json);
    for (size_t i = 0; i < p->row_count; i++)
        if (p->rows[i].class_index == index)
            write_row(json, b, &p->rows[i]);
    json_array_end(json);
    write_points(json, "pnl_micros", p->classes[index].profit);
    json_object_end(json);
}

static void write_group(struct json_writer *json, const struct kernel_margin_book *b,
                        const struct margin_portfolio *p, size_t index)
{
    const struct margin_product_group *group = &p->groups[index];
    json_object_begin(json);
    json_key_cstr(json, "name", group->name);
    json_key(json, "classes");
    json_array_begin(json);
    for (size_t i = 0; i < p->class_count; i++)
        if (p->classes[i].group_index == index)
            write_class(json, b, p, i);
    json_array_end(json);
    json_key_double(json, "offset", (double)group->offset_ppm / 1e6);
    write_points(json, "pnl_micros", group->profit);
    if (group->worst_point < 0)
        json_key_null(json, "worst");
    else
        json_key_int(json, "worst", group->worst_point);
    json_key_micros(json, "loss_micros", group->loss);
    json_key_micros(json, "minimum_micros", group->minimum);
    json_key_micros(json, "requirement_micros", group->requirement);
    json_key_cstr(json, "reason", group->reason);
    json_object_end(json);
}

static void write_strategy(struct call *call, const struct kernel_margin_book *b)
{
    struct json_writer *json = &call->json;
    struct margin_work *work = margin_work_new(call->arena);
    struct margin_answer *answer = arena_new(call->arena, struct margin_answer);
    margin_work_branches(work, BRANCHES);
    bool is_known = margin_strategy(work, &b->book, &b->terms, answer) == ERR_OK;
    json_key_micros(json, "strategy_initial_micros",
                    is_known ? answer->initial.deposit : PRICE_NONE);
    json_key_micros(json, "strategy_maintenance_micros",
                    is_known ? answer->maintenance.deposit : PRICE_NONE);
    json_key_bool(json, "strategy_minimal",
                  is_known && answer->initial.is_minimal && answer->maintenance.is_minimal);
    json_key_cstr(json, "strategy_text",
                  is_known ? "" : arena_printf(call->arena, "%.290s", err_detail()));
}

static void write_grid(struct call *call, const struct desk_shot *shot,
                       const struct kernel_margin_book *b, const struct margin_portfolio *p)
{
    const struct margin_rate *least;
    struct json_writer *json = &call->json;
    bool has_least = margin_rate_get(MARGIN_RATE_PORTFOLIO_MIN_MICROS, MARGIN_ANY, b->book.date,
                                     &least) == ERR_OK;
    json_object_begin(json);
    json_key_int(json, "market_ns", shot->now_ns);
    json_key_cstr(json, "rules",
                  b->terms.is_portfolio                  ? "portfolio"
                  : b->terms.type == MARGIN_ACCOUNT_CASH ? "cash"
                                                         : "reg-t");
    json_key_micros(json, "equity_micros", shot->equity);
    json_key_micros(json, "portfolio_micros", p->requirement);
    json_key_micros(json, "portfolio_equity_micros", has_least ? least->value : PRICE_NONE);
    write_strategy(call, b);
    json_key_int(json, "unpriced", (int64_t)p->unpriced_count);
    json_key_bool(json, "uncertain", p->is_uncertain);
    json_key(json, "groups");
    json_array_begin(json);
    for (size_t i = 0; i < p->group_count; i++)
        write_group(json, b, p, i);
    json_array_end(json);
    json_object_end(json);
}

/* ---- handlers -------------------------------------------------------------------------------- */

static int answer(struct call *call, const struct order_terms *order)
{
    struct desk *desk;
    int status = need_desk(call, &desk);
    if (status)
        return status;
    struct taken taken = { .book = arena_new(call->arena, struct kernel_margin_book) };
    if (desk_read(desk, take_book, &taken, ASK_PATIENCE_NS))
        return problem(call, 503, "desk_busy",
                       "the desk did not say what it holds: %s; ask again in a moment",
                       err_detail());
    if (taken.err)
        return problem(call, 503, "no_margin",
                       "%s; it is known when everything that is held is quoted", taken.why);
    struct desk_shot *shot = live_desk_shot(call->server->live);
    if (!shot)
        return problem(call, 503, "recovering",
                       "the desk has not begun yet: ask again in a moment");
    struct margin_portfolio *portfolio = arena_new(call->arena, struct margin_portfolio);
    if (order)
        status = add_order(call, taken.book, shot, order);
    enum err err = status ? ERR_OK : margin_portfolio(&taken.book->book, portfolio);
    if (err)
        status = problem_of(call, err);
    if (!status) {
        write_grid(call, shot, taken.book, portfolio);
        status = 200;
    }
    mem_free(shot);
    return status;
}

int api_risk_margin(struct call *call)
{
    return answer(call, NULL);
}

int api_risk_margin_what_if(struct call *call)
{
    struct order_terms *terms = arena_new(call->arena, struct order_terms);
    int status = read_order(call, call->body, terms);
    return status ? status : answer(call, terms);
}
