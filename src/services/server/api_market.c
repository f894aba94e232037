/* What the market data store has, and chains at a moment. */
#include <math.h>

#include "base/date.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "services/server/chain_at.h"
#include "services/server/server_int.h"

/* The store as it is now; one that is not there yet has nothing. */
static enum err open_store(struct call *call, struct store **out)
{
    *out = NULL;
    enum err err = store_open(out, call->server->store);
    return err == ERR_NOT_FOUND ? err_set(err, "there is no market data yet; make some with a simulation or an import") : err;
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

/* ---- chains --------------------------------------------------------------------------------- */

/* The newest stored day of an underlying; 0: none. */
static int newest_day(struct call *call, const char *symbol, int32_t *day)
{
    struct store_day *days;
    size_t count;
    int status = list_days(call, &days, &count);
    *day = 0;
    for (size_t i = 0; !status && i < count; i++)
        if (strcmp(days[i].underlying, symbol) == 0 && days[i].day > *day)
            *day = days[i].day;
    return status ? status : *day ? 0 : problem(call, 404, "not_found", "the store has no day of %.15s", symbol);
}

/* 0 to go on. */
static int read_chain(struct call *call, struct chain_at *chain)
{
    const char *symbol = call_path(call, 0);
    int64_t at = call_whole(call->query, "at_ns", TS_NONE);
    int32_t day = call_day(call->query, "day");
    struct store *store;
    if (!day && at != TS_NONE)
        day = zone_date(ZONE_NEW_YORK, at);
    int status = day ? 0 : newest_day(call, symbol, &day);
    if (status)
        return status;
    enum err err = open_store(call, &store);
    if (!err)
        err = chain_at_read(chain, call->arena, store, symbol, day, at);
    store_close(store);
    return err ? problem_of(call, err) : 0;
}

static bool is_wanted(const struct call *call, const struct chain_slice *s)
{
    int32_t expiry = call_day(call->query, "expiry");
    struct str root = call_text(call->query, "root");
    return (!expiry || s->first.expiry == expiry) &&
           (!root.ptr || str_equal(root, (struct str){ s->first.root, strnlen(s->first.root, CONTRACT_ROOT_BYTES) }));
}

static void write_expiry(struct json_writer *json, const struct chain_slice *s)
{
    json_object_begin(json);
    json_key_date(json, "expiry", s->first.expiry);
    json_key_str(json, "root", (struct str){ s->first.root, strnlen(s->first.root, CONTRACT_ROOT_BYTES) });
    json_key_cstr(json, "settle", s->first.settle == SETTLE_AM ? "am" : "pm");
    json_key_cstr(json, "delivery", s->first.delivery == DELIVERY_CASH ? "cash" : "physical");
    json_key_cstr(json, "style", s->first.style == STYLE_EUROPEAN ? "european" : "american");
    json_key_double(json, "days", s->days);
    json_key_int(json, "strikes", (int64_t)s->count);
    json_key_double(json, "forward", s->forward);
    json_key_double(json, "discount", s->discount);
    json_key_double(json, "atm_vol", s->atm_vol);
    json_object_end(json);
}

int api_expiries(struct call *call)
{
    struct chain_at chain;
    int status = read_chain(call, &chain);
    if (status)
        return status;
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "symbol", chain.underlying);
    json_key_int(json, "ts_ns", chain.ts_ns);
    json_key_micros(json, "underlying_micros", chain.underlying_micros);
    json_key(json, "expiries");
    json_array_begin(json);
    for (size_t i = 0; i < chain.slice_count; i++) {
        if (!is_wanted(call, &chain.slices[i]))
            continue;
        chain_slice_price(&chain, &chain.slices[i], call->arena);
        write_expiry(json, &chain.slices[i]);
    }
    json_array_end(json);
    json_object_end(json);
    return 200;
}

static void write_micros(struct json_writer *json, int64_t micros)
{
    if (micros == PRICE_NONE)
        json_none(json);
    else
        json_int(json, micros);
}

static void write_size(struct json_writer *json, uint32_t size)
{
    if (size == SIZE_NONE)
        json_none(json);
    else
        json_int(json, size);
}

enum column { BID, ASK, LAST, BID_SIZE, ASK_SIZE, VOLUME, INTEREST };

static void write_quote(struct json_writer *json, const struct chain_quote *q, enum column column)
{
    if (!q->has) {
        json_none(json);
        return;
    }
    switch (column) {
    case BID: write_micros(json, q->bid); break;
    case ASK: write_micros(json, q->ask); break;
    case LAST: write_micros(json, q->last); break;
    case BID_SIZE: write_size(json, q->bid_size); break;
    case ASK_SIZE: write_size(json, q->ask_size); break;
    case VOLUME: write_size(json, q->volume); break;
    case INTEREST: write_size(json, q->open_interest); break;
    }
}

static void write_doubles(struct json_writer *json, const char *key, const double *values, size_t count, double scale)
{
    json_key(json, key);
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_double(json, values[i] * scale);
    json_array_end(json);
}

static void write_side(struct json_writer *json, const char *name, const struct chain_slice *s, int right)
{
    static const char *const keys[] = { "bid_micros", "ask_micros", "last_micros", "bid_size", "ask_size", "volume", "open_interest" };
    json_key(json, name);
    json_object_begin(json);
    for (int k = BID; k <= INTEREST; k++) {
        json_key(json, keys[k]);
        json_array_begin(json);
        for (size_t i = 0; i < s->count; i++)
            write_quote(json, &s->quotes[right][i], (enum column)k);
        json_array_end(json);
    }
    write_doubles(json, "vol", s->vol[right], s->count, 1);
    write_doubles(json, "delta", s->delta[right], s->count, 1);
    write_doubles(json, "gamma", s->gamma[right], s->count, 1);
    write_doubles(json, "vega", s->vega[right], s->count, 0.01);
    write_doubles(json, "theta", s->theta[right], s->count, 1.0 / 365);
    json_key(json, "status");
    json_array_begin(json);
    for (size_t i = 0; i < s->count; i++)
        json_cstr(json, pricing_status_name(s->status[right][i]));
    json_array_end(json);
    json_object_end(json);
}

int api_chain(struct call *call)
{
    struct chain_at chain;
    int status = read_chain(call, &chain);
    if (status)
        return status;
    struct chain_slice *s = NULL;
    for (size_t i = 0; !s && i < chain.slice_count; i++)
        if (is_wanted(call, &chain.slices[i]) && (call_day(call->query, "expiry") || chain.slices[i].days > 0))
            s = &chain.slices[i];
    if (!s)
        return problem(call, 404, "not_found", "%s has no such expiry at that moment: see /api/v1/chains/%s/expiries",
                       chain.underlying, chain.underlying);
    chain_slice_price(&chain, s, call->arena);
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key_cstr(json, "symbol", chain.underlying);
    json_key_int(json, "ts_ns", chain.ts_ns);
    json_key_micros(json, "underlying_micros", chain.underlying_micros);
    json_key(json, "expiry");
    write_expiry(json, s);
    json_key_cstr(json, "model", s->first.style == STYLE_EUROPEAN
                                     ? "Black-76 on the forward implied by calls and puts"
                                     : "Black-76 on the forward implied by calls and puts; early exercise is left out");
    json_key(json, "strikes_micros");
    json_array_begin(json);
    for (size_t i = 0; i < s->count; i++)
        json_int(json, s->strikes[i]);
    json_array_end(json);
    write_side(json, "calls", s, 0);
    write_side(json, "puts", s, 1);
    json_object_end(json);
    return 200;
}
