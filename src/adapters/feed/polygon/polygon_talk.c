#include "adapters/feed/polygon/polygon_talk.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

#define MILLI INT64_C(1000000)

static const char *const status_words[POLYGON_STATUS_COUNT] = {
    "connected", "auth_success", "auth_failed", "success", "max_connections", "force_disconnect",
    "",
};

uint32_t polygon_find(const struct polygon_talk *talk, struct str symbol)
{
    struct occ_symbol option;
    struct contract contract;
    if (!str_starts_with(symbol, STR("O:")))
        return symbol.len && symbol.len < INSTRUMENT_SYMBOL_BYTES
                   ? instruments_find(talk->instruments, INSTRUMENT_STOCK, symbol)
                   : INSTRUMENT_NONE;
    if (occ_symbol_parse(&option, str_slice(symbol, 2, symbol.len)) ||
        product_contract(&contract, &option))
        return INSTRUMENT_NONE;
    return instruments_find_option(talk->instruments, &contract);
}

static struct str text_of(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);
    return json_is_string(value)
               ? (struct str){ json_string_value(value), json_string_length(value) }
               : (struct str){ "", 0 };
}

/* Dollars as micro-dollars. False when it is no price that fits; *price is PRICE_NONE without one.
 */
static bool price_of(const json_t *event, const char *key, int64_t *price, uint8_t *flags)
{
    const json_t *value = json_object_get(event, key);
    *price = PRICE_NONE;
    if (!value || json_is_null(value))
        return true;
    double dollars = json_number_value(value);
    if (!json_is_number(value) || !(fabs(dollars) < 1e9))
        return false;
    double micros = nearbyint(dollars * 1e6);
    if (fabs(dollars * 1e6 - micros) > 1e-3)
        *flags |= RECORD_ROUNDED;
    *price = (int64_t)micros;
    return true;
}

static bool size_of(const json_t *event, const char *key, uint32_t *size)
{
    const json_t *value = json_object_get(event, key);
    *size = SIZE_NONE;
    if (!value || json_is_null(value))
        return true;
    double count = json_number_value(value);
    if (!json_is_number(value) || !(count >= 0.0) || !(count < (double)SIZE_NONE))
        return false;
    *size = (uint32_t)count;
    return true;
}

static bool whole_of(const json_t *event, const char *key, int64_t least, int64_t most,
                     int64_t *out)
{
    const json_t *value = json_object_get(event, key);
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most)
        return false;
    *out = json_integer_value(value);
    return true;
}

static bool read_quote(const json_t *event, struct market_record *r)
{
    int64_t venue;
    r->kind = RECORD_QUOTE;
    struct record_quote *q = &r->of.quote;
    if (whole_of(event, "bx", 0, UINT16_MAX, &venue))
        q->bid_venue = (uint16_t)venue;
    if (whole_of(event, "ax", 0, UINT16_MAX, &venue))
        q->ask_venue = (uint16_t)venue;
    return price_of(event, "bp", &q->bid, &r->flags) && price_of(event, "ap", &q->ask, &r->flags) &&
           size_of(event, "bs", &q->bid_size) && size_of(event, "as", &q->ask_size);
}

static bool read_trade(const json_t *event, struct market_record *r)
{
    r->kind = RECORD_TRADE;
    return price_of(event, "p", &r->of.trade.price, &r->flags) && r->of.trade.price != PRICE_NONE &&
           size_of(event, "s", &r->of.trade.size);
}

static void read_market(struct polygon_talk *talk, const json_t *event, bool is_quote)
{
    struct market_record r = { .recv_ns = talk->recv_ns };
    int64_t milli, sequence = 0;
    struct str symbol = text_of(event, "sym");
    bool is_fine = symbol.len && whole_of(event, "t", 0, INT64_MAX / MILLI, &milli) &&
                   (is_quote ? read_quote(event, &r) : read_trade(event, &r));
    if (!is_fine) {
        talk->unreadable++;
        return;
    }
    r.ts_ns = milli * MILLI;
    if (whole_of(event, "q", 0, UINT32_MAX, &sequence))
        r.sequence = (uint32_t)sequence;
    r.instrument = polygon_find(talk, symbol);
    talk->on_record(talk->context, &r);
}

static void read_status(struct polygon_talk *talk, const json_t *event)
{
    struct str word = text_of(event, "status");
    enum polygon_status status = 0;
    while (status < POLYGON_OTHER && !str_is(word, status_words[status]))
        status++;
    if (status == POLYGON_OTHER && str_is(word, "auth_timeout"))
        status = POLYGON_FORCED_OFF;
    talk->on_status(talk->context, status, text_of(event, "message"));
}

void polygon_read(struct polygon_talk *talk, struct str message)
{
    json_t *all = json_loadb(message.ptr, message.len, JSON_REJECT_DUPLICATES, NULL), *event;
    size_t index;
    if (!json_is_array(all)) {
        talk->unreadable++;
        json_decref(all);
        return;
    }
    json_array_foreach (all, index, event) {
        struct str kind = text_of(event, "ev");
        if (str_is(kind, "Q") || str_is(kind, "T"))
            read_market(talk, event, kind.ptr[0] == 'Q');
        else if (str_is(kind, "status"))
            read_status(talk, event);
        else if (kind.len)
            talk->unused++;
        else
            talk->unreadable++;
    }
    json_decref(all);
}
