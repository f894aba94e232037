#include <math.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/date.h"
#include "base/zone.h"
#include "services/view/view_int.h"

static void put_price(struct json_writer *json, const char *key, int64_t micros)
{
    json_key_fixed(json, key, micros, 6); /* PRICE_NONE is null */
}

static void put_size(struct json_writer *json, const char *key, uint32_t size)
{
    if (size == SIZE_NONE)
        json_key_null(json, key);
    else
        json_key_int(json, key, size);
}

static void put_side(struct json_writer *json, const char *key, const struct view_side *s)
{
    if (!s->is_listed) {
        json_key_null(json, key);
        return;
    }
    char when[TS_TEXT_BYTES];
    ts_format_iso(when, ZONE_UTC, s->quoted_ts);
    json_key(json, key);
    json_object_begin(json);
    put_price(json, "bid", s->quote.bid);
    put_price(json, "ask", s->quote.ask);
    put_size(json, "bid_size", s->quote.bid_size);
    put_size(json, "ask_size", s->quote.ask_size);
    put_price(json, "last", s->quote.last);
    put_size(json, "volume", s->quote.volume);
    put_size(json, "open_interest", s->quote.open_interest);
    json_key_double(json, "iv", s->iv);
    json_key_double(json, "delta", s->delta);
    json_key_double(json, "gamma", s->gamma);
    json_key_double(json, "vega", s->vega);
    json_key_double(json, "theta", s->theta);
    if (s->quoted_ts == TS_NONE)
        json_key_null(json, "quoted");
    else
        json_key_cstr(json, "quoted", when);
    json_object_end(json);
}

static void put_terms(struct json_writer *json, const struct view_expiry *e)
{
    json_key_str(json, "root", (struct str){ e->root, strnlen(e->root, sizeof e->root) });
    json_key_date(json, "expiry", e->date);
    json_key_int(json, "days", e->days);
    json_key_double(json, "years", e->years);
    json_key_cstr(json, "style", e->style == STYLE_EUROPEAN ? "european" : "american");
    json_key_cstr(json, "settles", e->settle == SETTLE_AM ? "opening" : "close");
    json_key_double(json, "forward", e->forward);
    json_key_double(json, "discount", e->discount);
    json_key_bool(json, "forward_implied", e->is_forward_implied);
}

static void put_expiry(struct json_writer *json, const struct view_expiry *e)
{
    json_object_begin(json);
    put_terms(json, e);
    json_key_double(json, "atm_vol", e->atm_vol);
    json_key_double(json, "skew", e->skew);
    json_key_double(json, "straddle", e->straddle);
    json_key(json, "strikes");
    json_array_begin(json);
    for (size_t i = 0; i < e->count; i++) {
        json_object_begin(json);
        json_key_fixed(json, "strike", e->strikes[i].strike_mills, 3);
        put_side(json, "call", &e->strikes[i].call);
        put_side(json, "put", &e->strikes[i].put);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void begin(struct json_writer *json, const struct view *view)
{
    char when[TS_TEXT_BYTES];
    ts_format_iso(when, ZONE_UTC, view->ts_ns);
    json_object_begin(json);
    json_key_cstr(json, "underlying", view->symbol);
    json_key_date(json, "day", view->day);
    json_key_cstr(json, "at", when);
    json_key_cstr(json, "source", view->source);
    put_price(json, "level", view->underlying);
    put_price(json, "level_bid", view->underlying_bid);
    put_price(json, "level_ask", view->underlying_ask);
    if (view->has_rate)
        json_key_double(json, "rate", view->rate);
    else
        json_key_null(json, "rate");
}

enum err view_json_chain(struct buf *out, const struct view *view, const struct view_show *show)
{
    const struct view_expiry *chosen = NULL;
    enum err err = show->expiry ? view_choose(view, show, &chosen) : ERR_OK;
    if (err)
        return err;
    struct json_writer json = { .out = out };
    begin(&json, view);
    json_key(&json, "expiries");
    json_array_begin(&json);
    for (size_t i = 0; i < view->count; i++)
        if (!chosen || view->expiries[i].date == chosen->date)
            put_expiry(&json, &view->expiries[i]);
    json_array_end(&json);
    json_object_end(&json);
    buf_putc(out, '\n');
    return ERR_OK;
}

static void put_slice(struct json_writer *json, const struct view_fit *fit, size_t i)
{
    const struct surface_slice *slice = &fit->surface.slice[i];
    const struct surface_report *r = &fit->report[i];
    double vols[SMILE_DELTAS];
    slice_vols(slice, vols);
    json_object_begin(json);
    put_terms(json, fit->expiry[i]);
    json_key(json, "vols");
    json_array_begin(json);
    for (int d = 0; d < SMILE_DELTAS; d++) {
        json_object_begin(json);
        json_key_double(json, "call_delta", smile_deltas[d]);
        json_key_double(json, "vol", vols[d]);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "svi");
    json_object_begin(json);
    json_key_double(json, "a", slice->base.a);
    json_key_double(json, "b", slice->base.b);
    json_key_double(json, "rho", slice->base.rho);
    json_key_double(json, "m", slice->base.m);
    json_key_double(json, "sigma", slice->base.sigma);
    json_object_end(json);
    json_key_int(json, "quotes", r->used);
    json_key_double(json, "error_median", r->error_median);
    json_key_double(json, "error_90", r->error_90);
    json_key_double(json, "inside", r->inside);
    json_key_double(json, "correction", r->correction);
    json_key_bool(json, "w_shaped", r->is_w_shaped);
    json_object_end(json);
}

void view_json_surface(struct buf *out, const struct view *view, const struct view_fit *fit)
{
    struct json_writer json = { .out = out };
    begin(&json, view);
    json_key_cstr(&json, "status", pricing_status_name(fit->status));
    size_t slice;
    double k;
    if (fit->count)
        json_key_bool(&json, "free_of_arbitrage",
                      surface_check(&fit->surface, &slice, &k) == PRICING_OK);
    else
        json_key_null(&json, "free_of_arbitrage");
    json_key(&json, "expiries");
    json_array_begin(&json);
    for (size_t i = 0; i < fit->count; i++)
        put_slice(&json, fit, i);
    json_array_end(&json);
    json_object_end(&json);
    buf_putc(out, '\n');
}
