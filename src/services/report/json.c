#include "base/json_writer.h"
#include "base/zone.h"
#include "services/report/report_int.h"

enum { MICRO_DIGITS = 6 };

static void key_money(struct json_writer *json, const char *key, int64_t micros)
{
    json_key_fixed(json, key, micros, MICRO_DIGITS);
}

static void key_uint(struct json_writer *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_uint(json, value);
}

/* "opened": ISO 8601 UTC, "opened_ns": since 1970; both null for a moment that is none. */
static void key_moment(struct json_writer *json, const char *key, int64_t ts_ns)
{
    char text[TS_TEXT_BYTES], key_ns[64];
    snprintf(key_ns, sizeof key_ns, "%s_ns", key);
    if (ts_day(ts_ns) == 0) {
        json_key_null(json, key);
        json_key_null(json, key_ns);
        return;
    }
    ts_format_iso(text, ZONE_UTC, ts_ns);
    json_key_cstr(json, key, text);
    json_key_int(json, key_ns, ts_ns);
}

static void put_strategy(struct json_writer *json, const struct backtest_result *result)
{
    json_key(json, "strategy");
    json_object_begin(json);
    json_key_cstr(json, "name", result->strategy_name);
    json_key_cstr(json, "path", result->strategy_path);
    json_key_cstr(json, "hash", result->strategy_hash);
    json_key_cstr(json, "description", result->strategy_description);
    json_key(json, "params");
    json_array_begin(json);
    for (size_t i = 0; i < result->param_count; i++) {
        json_object_begin(json);
        json_key_cstr(json, "name", result->params[i].name);
        json_key_double(json, "value", result->params[i].value);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void put_run(struct json_writer *json, const struct backtest_result *result)
{
    json_key(json, "run");
    json_object_begin(json);
    json_key_cstr(json, "underlying", result->underlying);
    json_key_cstr(json, "store", result->store);
    json_key_cstr(json, "fill_model", result->fill_model);
    json_key_cstr(json, "fill_text", result->fill_text);
    json_key_cstr(json, "fee_schedule", result->fee_schedule);
    json_key_cstr(json, "fee_text", result->fee_text);
    key_uint(json, "seed", result->seed);
    json_key_date(json, "from", result->from);
    json_key_date(json, "to", result->to);
    json_key_date(json, "first_day", result->first_day);
    json_key_date(json, "last_day", result->last_day);
    key_money(json, "start_cash", result->start_cash);
    json_key_cstr(json, "events_hash", result->events_hash);
    json_key_cstr(json, "effects_hash", result->effects_hash);
    json_object_end(json);
}

static void put_stats(struct json_writer *json, const struct backtest_result *result)
{
    const struct result_stats *stats = &result->stats;
    json_key(json, "stats");
    json_object_begin(json);
    key_money(json, "end_equity", result->end_equity);
    key_money(json, "pnl", stats->pnl);
    key_money(json, "costs", stats->costs);
    key_money(json, "commissions", stats->commissions);
    key_money(json, "exchange_fees", stats->exchange_fees);
    key_money(json, "regulatory_fees", stats->regulatory_fees);
    key_money(json, "spread_cost", stats->spread_cost);
    json_key_double(json, "total_return", stats->total_return);
    json_key_double(json, "annual_return", stats->annual_return);
    json_key_double(json, "annual_volatility", stats->annual_volatility);
    json_key_double(json, "sharpe", stats->sharpe);
    json_key_double(json, "sortino", stats->sortino);
    json_key_double(json, "max_drawdown", stats->max_drawdown);
    key_money(json, "max_drawdown_dollars", stats->max_drawdown_micros);
    key_moment(json, "max_drawdown_from", stats->max_drawdown_from_ns);
    key_moment(json, "max_drawdown_to", stats->max_drawdown_to_ns);
    json_key_double(json, "win_rate", stats->win_rate);
    json_key_double(json, "profit_factor", stats->profit_factor);
    json_key_double(json, "average_win", stats->average_win);
    json_key_double(json, "average_loss", stats->average_loss);
    json_key_double(json, "exposure", stats->exposure);
    key_uint(json, "trades", stats->trades);
    key_uint(json, "open_trades", stats->open_trades);
    key_uint(json, "wins", stats->wins);
    key_uint(json, "losses", stats->losses);
    key_uint(json, "orders", stats->orders);
    key_uint(json, "fills", stats->fills);
    key_uint(json, "rejects", stats->rejects);
    key_uint(json, "days", stats->days);
    key_uint(json, "snapshots", stats->snapshots);
    json_key_int(json, "quotes", stats->quotes);
    json_object_end(json);
}

static void put_exits(struct json_writer *json, const struct backtest_result *result)
{
    struct reason_row rows[CLOSE_REASON_COUNT];
    derive_reasons(result, rows);
    json_key(json, "exits");
    json_array_begin(json);
    for (int reason = 0; reason < CLOSE_REASON_COUNT; reason++) {
        if (rows[reason].trades == 0)
            continue;
        json_object_begin(json);
        json_key_cstr(json, "reason", close_reason_name((enum close_reason)reason));
        key_uint(json, "trades", rows[reason].trades);
        key_uint(json, "wins", rows[reason].wins);
        key_money(json, "pnl", rows[reason].pnl);
        key_money(json, "costs", rows[reason].costs);
        json_object_end(json);
    }
    json_array_end(json);
}

static void put_contract(struct json_writer *json, const struct contract *contract)
{
    char right[2] = { contract->right, '\0' };
    struct str root = { contract->root, strnlen(contract->root, CONTRACT_ROOT_BYTES) };
    json_key_str(json, "root", root);
    json_key_date(json, "expiry", contract->expiry);
    json_key_cstr(json, "right", right);
    json_key_fixed(json, "strike", contract->strike_mills, 3);
    json_key_int(json, "multiplier", contract->multiplier);
    json_key_cstr(json, "style", contract->style == STYLE_EUROPEAN ? "european" : "american");
    json_key_cstr(json, "settle", contract->settle == SETTLE_AM ? "am" : "pm");
    json_key_cstr(json, "delivery", contract->delivery == DELIVERY_CASH ? "cash" : "physical");
}

static void put_leg(struct json_writer *json, const struct result_leg *leg)
{
    json_object_begin(json);
    json_key_cstr(json, "name", leg->leg_name);
    json_key_cstr(json, "kind", leg->is_stock ? "stock" : "option");
    if (!leg->is_stock)
        put_contract(json, &leg->contract);
    json_key_int(json, "quantity", leg->quantity);
    key_money(json, "entry_price", leg->entry_price);
    key_money(json, "entry_bid", leg->entry_bid);
    key_money(json, "entry_ask", leg->entry_ask);
    json_key_double(json, "entry_iv", leg->entry_iv);
    json_key_double(json, "entry_delta", leg->entry_delta);
    key_money(json, "exit_price", leg->exit_price);
    key_money(json, "mark_price", leg->mark_price);
    json_object_end(json);
}

static void put_trade(struct json_writer *json, const struct result_trade *trade)
{
    json_object_begin(json);
    key_uint(json, "id", trade->id);
    json_key_cstr(json, "structure", trade->structure);
    key_moment(json, "opened", trade->opened_ns);
    key_moment(json, "closed", trade->closed_ns);
    json_key_bool(json, "open", trade->closed_ns == 0);
    json_key_cstr(json, "reason", close_reason_name(trade->reason));
    json_key_int(json, "units", trade->units);
    key_money(json, "entry_cash", trade->entry_cash);
    key_money(json, "exit_cash", trade->exit_cash);
    key_money(json, "costs", trade->costs);
    key_money(json, "spread_cost", trade->spread_cost);
    key_money(json, "pnl", trade->pnl);
    key_money(json, "best", trade->best);
    key_money(json, "worst", trade->worst);
    key_money(json, "max_loss", trade->max_loss == INT64_MAX ? INT64_MIN : trade->max_loss);
    json_key_bool(json, "max_loss_unbounded", trade->max_loss == INT64_MAX);
    key_money(json, "underlying_entry", trade->underlying_entry);
    key_money(json, "underlying_exit", trade->underlying_exit);
    json_key_int(json, "rolls", trade->rolls);
    json_key(json, "legs");
    json_array_begin(json);
    for (size_t i = 0; i < trade->leg_count; i++)
        put_leg(json, &trade->legs[i]);
    json_array_end(json);
    json_object_end(json);
}

static void put_order(struct json_writer *json, const struct result_order *order)
{
    json_object_begin(json);
    key_uint(json, "id", order->id);
    json_key_cstr(json, "number", order->number);
    key_moment(json, "time", order->ts_ns);
    key_uint(json, "trade", order->trade_id);
    json_key_cstr(json, "purpose", order_purpose_name(order->purpose));
    json_key_cstr(json, "status", order->status);
    json_key_cstr(json, "reason", order->reason);
    json_key_cstr(json, "text", order->text);
    json_key_int(json, "quantity", order->quantity);
    key_money(json, "net_price", order->net_price);
    key_money(json, "mid_price", order->mid_price);
    key_money(json, "commission", order->commission);
    key_money(json, "exchange_fees", order->exchange_fees);
    key_money(json, "regulatory_fees", order->regulatory_fees);
    json_object_end(json);
}

static void put_point(struct json_writer *json, const struct result_point *point)
{
    json_object_begin(json);
    key_moment(json, "time", point->ts_ns);
    json_key_bool(json, "day_end", point->day_end);
    key_money(json, "equity", point->equity);
    key_money(json, "cash", point->cash);
    key_money(json, "options", point->options);
    key_money(json, "stock", point->stock);
    key_money(json, "underlying", point->underlying);
    json_key_double(json, "delta", point->delta);
    json_key_double(json, "gamma", point->gamma);
    json_key_double(json, "vega", point->vega);
    json_key_double(json, "theta", point->theta);
    json_key_int(json, "open_trades", point->open_trades);
    json_object_end(json);
}

static void put_note(struct json_writer *json, const struct result_note *note)
{
    json_object_begin(json);
    json_key_bool(json, "warning", note->warning);
    key_uint(json, "count", note->count);
    json_key_cstr(json, "text", note->text);
    json_object_end(json);
}

static void put_margin(struct json_writer *json, const struct backtest_result *result)
{
    const struct result_margin *m = &result->margin;
    json_key(json, "margin");
    json_object_begin(json);
    json_key_cstr(json, "rules", m->is_asked ? m->rules : "none");
    key_money(json, "most", m->is_asked ? m->most : PRICE_NONE);
    key_moment(json, "most_at", m->most_ns);
    key_money(json, "most_equity", m->most_ns ? m->most_equity : PRICE_NONE);
    key_money(json, "mean", m->is_asked ? m->mean : PRICE_NONE);
    key_uint(json, "calls", m->calls);
    key_uint(json, "unknown", m->unknown);
    json_object_end(json);
}

static void put_liquidation(struct json_writer *json, const struct result_liquidation *row)
{
    json_object_begin(json);
    key_moment(json, "time", row->ts_ns);
    key_uint(json, "trade", row->trade_id);
    json_key_cstr(json, "text", row->text);
    json_key_int(json, "quantity", row->quantity);
    key_money(json, "margin_before", row->before);
    key_money(json, "margin_after", row->after);
    key_money(json, "equity_before", row->equity_before);
    key_money(json, "equity_after", row->equity_after);
    json_object_end(json);
}

static void put_refusal(struct json_writer *json, const struct result_refusal *row)
{
    json_object_begin(json);
    json_key_cstr(json, "rule", row->rule);
    key_uint(json, "count", row->count);
    json_key_cstr(json, "text", row->text);
    json_object_end(json);
}

/* "key": [ one object a row ] */
#define PUT_ROWS(key, rows, count, put_one)                                                        \
    do {                                                                                           \
        json_key(json, key);                                                                       \
        json_array_begin(json);                                                                    \
        for (size_t row = 0; row < (count); row++)                                                 \
            put_one(json, &(rows)[row]);                                                           \
        json_array_end(json);                                                                      \
    } while (0)

static void put_result(struct json_writer *json, const struct backtest_result *result)
{
    put_strategy(json, result);
    put_run(json, result);
    put_stats(json, result);
    put_exits(json, result);
    put_margin(json, result);
    PUT_ROWS("liquidations", result->liquidations, result->liquidation_count, put_liquidation);
    PUT_ROWS("refusals", result->refusals, result->refusal_count, put_refusal);
    PUT_ROWS("notes", result->notes, result->note_count, put_note);
    PUT_ROWS("trades", result->trades, result->trade_count, put_trade);
    PUT_ROWS("orders", result->orders, result->order_count, put_order);
    PUT_ROWS("points", result->points, result->point_count, put_point);
}

static void put_own(struct json_writer *json, const struct backtest_result *result)
{
    json_object_begin(json);
    put_result(json, result);
    json_object_end(json);
}

void report_json(struct buf *out, const struct backtest_result *result)
{
    struct json_writer writer = { .out = out }, *json = &writer;
    json_object_begin(json);
    json_key_cstr(json, "schema", REPORT_JSON_SCHEMA);
    json_key_cstr(json, "program", result->program);
    json_key_cstr(json, "currency", "USD");
    put_result(json, result);
    if (result->strategy_count)
        PUT_ROWS("strategies", result->strategies, result->strategy_count, put_own);
    json_object_end(json);
    buf_putc(out, '\n');
}
