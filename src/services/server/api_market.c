/* What the market data store has, and chains at a moment. */
#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/server/server_int.h"
#include "services/view/view.h"

/* The store as it is now; one that is not there yet has nothing. */
static enum err open_store(struct call *call, struct store **out)
{
    *out = NULL;
    enum err err = store_open(out, call->server->store);
    return err == ERR_NOT_FOUND
               ? err_set(err,
                         "there is no market data yet; make some with a simulation or an import")
               : err;
}

static int list_days(struct call *call, struct store_day **days, size_t *count)
{
    struct store *store;
    *days = NULL;
    *count = 0;
    enum err err = open_store(call, &store);
    if (err == ERR_NOT_FOUND)
        return 0;
    if (!err)
        err = store_list(store, call->arena, days, count, NULL);
    store_close(store);
    return err ? problem_of(call, err) : 0;
}

int api_symbols(struct call *call)
{
    struct store_day *days;
    size_t count;
    int status = list_days(call, &days, &count);
    if (status)
        return status;
    list_begin(call);
    for (size_t i = 0, n; i < count; i += n) { /* a run of days for each underlying */
        uint64_t quotes = 0;
        for (n = 0; i + n < count && strcmp(days[i].underlying, days[i + n].underlying) == 0; n++)
            quotes += days[i + n].quotes;
        struct json_writer *json = &call->json;
        json_object_begin(json);
        json_key_cstr(json, "symbol", days[i].underlying);
        json_key_date(json, "first_day", days[i].day);
        json_key_date(json, "last_day", days[i + n - 1].day);
        json_key_int(json, "days", (int64_t)n);
        json_key_int(json, "quotes", (int64_t)quotes);
        json_object_end(json);
    }
    return list_end(call, NULL);
}

int api_days(struct call *call)
{
    struct store_day *days;
    size_t count, written = 0;
    struct db_page page = call_page(call);
    int32_t before = page.after ? date_parse(str_from(page.after)) : INT32_MAX, last = 0;
    int status = list_days(call, &days, &count);
    if (status)
        return status;
    if (!before)
        return problem(call, 422, "after", "after is not a day");
    list_begin(call);
    for (size_t i = count; i-- > 0 && written < page.limit;) {
        if (!str_is(call->path_args[0], days[i].underlying) || days[i].day >= before)
            continue;
        struct json_writer *json = &call->json;
        json_object_begin(json);
        json_key_date(json, "day", days[i].day);
        json_key_int(json, "contracts", days[i].contracts);
        json_key_int(json, "snapshots", days[i].snapshots);
        json_key_int(json, "quotes", (int64_t)days[i].quotes);
        json_key_cstr(json, "source", days[i].source);
        json_object_end(json);
        last = days[i].day;
        written++;
    }
    char text[DATE_TEXT_BYTES] = "";
    if (last)
        date_format(text, last);
    return list_end(call, list_next(call, written, text));
}

int api_bars(struct call *call)
{
    struct store *store;
    struct series series = { 0 };
    int32_t from = call_day(call->query, "from"), to = call_day(call->query, "to");
    enum err err = open_store(call, &store);
    if (!err)
        err = series_read(&series, store, call->arena, call_path(call, 0), SERIES_BARS);
    store_close(store);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < series.count; i++) {
        const struct series_row *row = &series.rows[i];
        struct json_writer *json = &call->json;
        if (row->date < from || (to && row->date > to))
            continue;
        json_object_begin(json);
        json_key_date(json, "day", row->date);
        json_key_micros(json, "open_micros", row->open);
        json_key_micros(json, "high_micros", row->high);
        json_key_micros(json, "low_micros", row->low);
        json_key_micros(json, "close_micros", row->close);
        if (row->volume < 0)
            json_key_null(json, "volume");
        else
            json_key_int(json, "volume", row->volume);
        json_object_end(json);
    }
    return list_end(call, NULL);
}

/* ---- chains ---------------------------------------------------------------------------------- */

/* The moment that the query names; TS_NONE: the last there is. */
static int64_t moment_of(const struct call *call)
{
    int64_t at = call_whole(call->query, "at_ns", TS_NONE);
    int32_t day = call_day(call->query, "day");
    if (at != TS_NONE || !day)
        return at;
    return zone_to_ts(ZONE_NEW_YORK, day, NANOS_PER_DAY) - 1; /* the end of the day */
}

/* The desk's own chain, where the query names no moment. ERR_NOT_FOUND: there is none. */
static enum err read_live(struct call *call, bool all_expiries, struct view *view)
{
    struct live_desk *live = call->server->live;
    struct str symbol = call->path_args[0];
    int32_t expiry = call_day(call->query, "expiry");
    if (!live || moment_of(call) != TS_NONE || !live_desk_has(live, symbol))
        return ERR_NOT_FOUND;
    if (!expiry && !all_expiries)
        expiry = live_desk_front(live, symbol);
    return live_desk_chain(live, call->arena, symbol, &expiry, expiry ? 1 : 0, view);
}

/* The store may be closed afterwards: everything is in the arena of the call. */
int read_view(struct call *call, bool all_expiries, struct view *view)
{
    struct store *store;
    if (read_live(call, all_expiries, view) == ERR_OK)
        return 0;
    enum err err = open_store(call, &store);
    if (!err)
        err = view_load(view, call->arena, store, call_path(call, 0), moment_of(call));
    store_close(store);
    int32_t day = call_day(call->query, "day");
    if (!err && day && view->day != day)
        err = err_set(ERR_NOT_FOUND, "the store has no quotes of %s on that day at that moment",
                      view->symbol);
    return err ? problem_of(call, err) : 0;
}

static struct str root_of(const struct view_expiry *e)
{
    return (struct str){ e->root, strnlen(e->root, CONTRACT_ROOT_BYTES) };
}

static void write_expiry(struct json_writer *json, const struct view_expiry *e)
{
    json_object_begin(json);
    json_key_date(json, "expiry", e->date);
    json_key_str(json, "root", root_of(e));
    json_key_cstr(json, "settle", e->settle == SETTLE_AM ? "am" : "pm");
    json_key_cstr(json, "style", e->style == STYLE_EUROPEAN ? "european" : "american");
    json_key_int(json, "days", e->days);
    json_key_double(json, "years", e->years);
    json_key_int(json, "strikes", (int64_t)e->count);
    json_key_double(json, "forward", e->forward);
    json_key_bool(json, "forward_implied", e->is_forward_implied);
    json_key_double(json, "discount", e->discount);
    json_key_double(json, "atm_vol", e->atm_vol);
    json_key_double(json, "skew", e->skew);
    json_key_double(json, "straddle", e->straddle);
    json_object_end(json);
}

static void write_head(struct json_writer *json, const struct view *view)
{
    json_object_begin(json);
    json_key_cstr(json, "symbol", view->symbol);
    json_key_cstr(json, "source", view->source);
    json_key_int(json, "ts_ns", view->ts_ns);
    json_key_micros(json, "underlying_micros", view->underlying);
    json_key_double(json, "spot", view->spot);
}

int api_expiries(struct call *call)
{
    struct view view;
    int status = read_view(call, true, &view);
    if (status)
        return status;
    struct json_writer *json = &call->json;
    write_head(json, &view);
    json_key(json, "expiries");
    json_array_begin(json);
    for (size_t i = 0; i < view.count; i++)
        write_expiry(json, &view.expiries[i]);
    json_array_end(json);
    json_object_end(json);
    return 200;
}

static void write_size(struct json_writer *json, uint32_t size)
{
    if (size == SIZE_NONE)
        json_none(json);
    else
        json_int(json, size);
}

static void write_micros(struct json_writer *json, int64_t micros)
{
    if (micros == PRICE_NONE)
        json_none(json);
    else
        json_int(json, micros);
}

enum column {
    BID,
    ASK,
    LAST,
    BID_SIZE,
    ASK_SIZE,
    VOLUME,
    INTEREST,
    VOL,
    DELTA,
    GAMMA,
    VEGA,
    THETA,
    COLUMN_COUNT
};

static void write_cell(struct json_writer *json, const struct view_side *side, enum column column)
{
    const struct quote *q = &side->quote;
    bool has = side->is_listed && side->quoted_ts != TS_NONE;
    if (!has) {
        json_none(json);
        return;
    }
    switch (column) {
    case BID:
        write_micros(json, q->bid);
        break;
    case ASK:
        write_micros(json, q->ask);
        break;
    case LAST:
        write_micros(json, q->last);
        break;
    case BID_SIZE:
        write_size(json, q->bid_size);
        break;
    case ASK_SIZE:
        write_size(json, q->ask_size);
        break;
    case VOLUME:
        write_size(json, q->volume);
        break;
    case INTEREST:
        write_size(json, q->open_interest);
        break;
    case VOL:
        json_double(json, side->iv);
        break;
    case DELTA:
        json_double(json, side->delta);
        break;
    case GAMMA:
        json_double(json, side->gamma);
        break;
    case VEGA:
        json_double(json, side->vega);
        break;
    case THETA:
        json_double(json, side->theta);
        break;
    case COLUMN_COUNT:
        break;
    }
}

static void write_side(struct json_writer *json, const char *name, const struct view_expiry *e,
                       bool is_put)
{
    static const char *const keys[COLUMN_COUNT] = { "bid_micros",    "ask_micros", "last_micros",
                                                    "bid_size",      "ask_size",   "volume",
                                                    "open_interest", "vol",        "delta",
                                                    "gamma",         "vega",       "theta" };
    json_key(json, name);
    json_object_begin(json);
    for (int k = 0; k < COLUMN_COUNT; k++) {
        json_key(json, keys[k]);
        json_array_begin(json);
        for (size_t i = 0; i < e->count; i++)
            write_cell(json, is_put ? &e->strikes[i].put : &e->strikes[i].call, (enum column)k);
        json_array_end(json);
    }
    json_object_end(json);
}

static const struct view_expiry *find_expiry(const struct call *call, const struct view *view)
{
    int32_t date = call_day(call->query, "expiry");
    struct str root = call_text(call->query, "root");
    if (!root.ptr)
        return date ? view_find(view, date) : view_front(view);
    for (size_t i = 0; i < view->count; i++)
        if (str_equal(root_of(&view->expiries[i]), root) &&
            (!date || view->expiries[i].date == date))
            return &view->expiries[i];
    return NULL;
}

int api_chain(struct call *call)
{
    struct view view;
    int status = read_view(call, false, &view);
    if (status)
        return status;
    const struct view_expiry *e = find_expiry(call, &view);
    if (!e)
        return problem(call, 404, "not_found",
                       "%s has no such expiry at that moment: see /api/v1/chains/%s/expiries",
                       view.symbol, view.symbol);
    struct json_writer *json = &call->json;
    write_head(json, &view);
    json_key(json, "expiry");
    write_expiry(json, e);
    json_key(json, "strikes_micros");
    json_array_begin(json);
    for (size_t i = 0; i < e->count; i++)
        json_int(json, (int64_t)e->strikes[i].strike_mills * MICROS_PER_MILL);
    json_array_end(json);
    write_side(json, "calls", e, false);
    write_side(json, "puts", e, true);
    json_object_end(json);
    return 200;
}

/* ---- surfaces -------------------------------------------------------------------------------- */

enum { KS = 41 };
static const double K_STEP = 0.02;

static void write_vols(struct json_writer *json, const char *name,
                       const struct surface_slice *slice, const double *k, size_t count)
{
    json_key(json, name);
    json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        double w = NAN;
        struct svi_columns out = { .w = &w };
        bool known = slice && surface_smile(slice, 1, &k[i], &out) == 0 && w > 0;
        json_double(json, known ? sqrt(w / slice->variance_years) : NAN);
    }
    json_array_end(json);
}

/* Of the side that is out of the money: its quotes tell the vol. */
static double side_vol(const struct view_expiry *e, size_t i, bool is_bid)
{
    const struct view_strike *s = &e->strikes[i];
    const struct view_side *side = s->strike_mills / 1000.0 < e->forward ? &s->put : &s->call;
    return is_bid ? side->iv_bid : side->iv_ask;
}

static void write_slice(struct call *call, const struct view_expiry *e,
                        const struct surface_slice *slice, const double *ks)
{
    struct json_writer *json = &call->json;
    double *k = arena_array(call->arena, double, e->count);
    json_object_begin(json);
    json_key_date(json, "expiry", e->date);
    json_key_str(json, "root", root_of(e));
    json_key_double(json, "years", e->years);
    json_key_double(json, "forward", e->forward);
    json_key_double(json, "atm_vol", e->atm_vol);
    json_key_double(json, "skew", e->skew);
    json_key_bool(json, "fitted", slice != NULL);
    write_vols(json, "vols", slice, ks, KS);
    json_key(json, "strikes_micros");
    json_array_begin(json);
    for (size_t i = 0; i < e->count; i++) {
        json_int(json, (int64_t)e->strikes[i].strike_mills * MICROS_PER_MILL);
        k[i] = log(e->strikes[i].strike_mills / 1000.0 / e->forward);
    }
    json_array_end(json);
    for (int side = 0; side < 2; side++) {
        json_key(json, side ? "vol_ask" : "vol_bid");
        json_array_begin(json);
        for (size_t i = 0; i < e->count; i++)
            json_double(json, side_vol(e, i, !side));
        json_array_end(json);
    }
    write_vols(json, "vol_fit", slice, k, e->count);
    json_object_end(json);
}

int api_surface(struct call *call)
{
    struct view view;
    double ks[KS];
    int status = read_view(call, true, &view);
    if (status)
        return status;
    const struct view_fit *fit = view_surface(&view, call->arena);
    struct json_writer *json = &call->json;
    for (int i = 0; i < KS; i++)
        ks[i] = (i - KS / 2) * K_STEP;
    json_object_begin(json);
    json_key_cstr(json, "symbol", view.symbol);
    json_key_cstr(json, "source", view.source);
    json_key_int(json, "ts_ns", view.ts_ns);
    json_key_double(json, "spot", view.spot);
    json_key(json, "ks");
    json_array_begin(json);
    for (int i = 0; i < KS; i++)
        json_double(json, ks[i]);
    json_array_end(json);
    json_key(json, "slices");
    json_array_begin(json);
    for (size_t i = 0; i < view.count; i++) {
        const struct surface_slice *slice = NULL;
        for (size_t j = 0; j < fit->count; j++)
            if (fit->expiry[j] == &view.expiries[i])
                slice = &fit->surface.slice[j];
        write_slice(call, &view.expiries[i], slice, ks);
    }
    json_array_end(json);
    json_object_end(json);
    return 200;
}

/* ---- bars within a day ----------------------------------------------------------------------- */

struct bar_sum {
    int64_t ts_ns, open, high, low, close;
};

static void write_bar(struct json_writer *json, const struct bar_sum *b)
{
    json_object_begin(json);
    json_key_int(json, "ts_ns", b->ts_ns);
    json_key_int(json, "open_micros", b->open);
    json_key_int(json, "high_micros", b->high);
    json_key_int(json, "low_micros", b->low);
    json_key_int(json, "close_micros", b->close);
    json_object_end(json);
}

/* From the underlying's level in each snapshot of a stored day. */
static int stored_bars(struct call *call, int64_t seconds)
{
    struct store_day *days;
    size_t count;
    int32_t day = call_day(call->query, "day");
    int status = list_days(call, &days, &count);
    if (status)
        return status;
    for (size_t i = 0; !day && i < count; i++)
        if (str_is(call->path_args[0], days[i].underlying))
            day = i + 1 == count || strcmp(days[i + 1].underlying, days[i].underlying) != 0
                      ? days[i].day
                      : 0;
    struct store *store;
    struct chain_cursor *cursor = NULL;
    const struct chain_snapshot *snapshot;
    struct quote_rows rows;
    enum err err = open_store(call, &store);
    if (!err)
        err = chain_cursor_open(&cursor, store, call_path(call, 0), day);
    if (err) {
        store_close(store);
        return problem_of(call, err);
    }
    struct bar_sum sum = { 0 };
    list_begin(call);
    while (!(err = chain_cursor_next(cursor, &snapshot, &rows)) && snapshot) {
        int64_t price = snapshot->underlying,
                begin = snapshot->ts_ns - snapshot->ts_ns % (seconds * NANOS_PER_SECOND);
        if (price == PRICE_NONE)
            continue;
        if (sum.ts_ns && begin != sum.ts_ns)
            write_bar(&call->json, &sum);
        if (begin != sum.ts_ns)
            sum = (struct bar_sum){ begin, price, price, price, price };
        sum.high = price > sum.high ? price : sum.high;
        sum.low = price < sum.low ? price : sum.low;
        sum.close = price;
    }
    if (sum.ts_ns)
        write_bar(&call->json, &sum);
    chain_cursor_close(cursor);
    store_close(store);
    return err ? problem_of(call, err) : list_end(call, NULL);
}

int api_intraday(struct call *call)
{
    struct live_desk *live = call->server->live;
    int64_t seconds = call_whole(call->query, "seconds", 60);
    if (seconds % 5)
        return problem(call, 422, "seconds", "seconds is a multiple of 5");
    if (!live || call_day(call->query, "day") || !live_desk_has(live, call->path_args[0]))
        return stored_bars(call, seconds);
    json_object_begin(&call->json);
    json_key(&call->json, "items");
    enum err err = live_desk_bars(live, call->path_args[0], seconds, &call->json);
    if (err)
        return problem_of(call, err);
    json_key_null(&call->json, "next");
    json_object_end(&call->json);
    return 200;
}
