#include "services/live/lines.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/feed/databento/databento.h"
#include "adapters/feed/group.h"
#include "adapters/feed/polygon/polygon.h"
#include "base/date.h"
#include "base/zone.h"
#include "domain/types/product.h"

#define SECOND INT64_C(1000000000)

static const struct failover_options line_failover = {
    .silence_ns = SECOND / 2,
    .confirm_ns = SECOND / 10,
    .disagree_ns = SECOND / 2,
    .disagree_micros = 5 * MICROS_PER_CENT,
    .disagree_ratio = 0.0005,
    .recover_ns = 10 * SECOND,
    .recover_max_ns = 300 * SECOND,
    .quiet_ns = 5 * SECOND,
};
const struct live_options live_lines_desk = { .instruments = 131072, .failover = &line_failover };

/* A tape's end of the listing: no new contract for so long; and how long to wait for prices at all.
 */
static const int64_t SETTLED_NS = 2 * SECOND, PATIENCE_NS = 15 * SECOND;

void live_lines_keys(struct live_lines_options *options)
{
    const char *databento = getenv(LIVE_DATABENTO_KEY), *polygon = getenv(LIVE_POLYGON_KEY);
    if (!polygon || !polygon[0])
        polygon = getenv(LIVE_MASSIVE_KEY);
    options->databento_key = databento && databento[0] ? databento : NULL;
    options->polygon_key = polygon && polygon[0] ? polygon : NULL;
}

/* ---- words ---- */

enum { PLACE_BYTES = 128, PLACE_TEXT = 120 };
struct place {
    char name[32]; /* of a dataset */
    char host[PLACE_BYTES];
    int port; /* 0: the vendor's */
};

static enum err read_host(struct place *out, struct str text, const char *whole)
{
    const char *colon = memchr(text.ptr, ':', text.len);
    size_t len = colon ? (size_t)(colon - text.ptr) : text.len;
    int64_t port = 0;
    bool is_port = colon && str_to_int64(str_slice(text, len + 1, text.len), &port) && port >= 1 &&
                   port <= 65535;
    if (len == 0 || len >= sizeof out->host || !is_port)
        return err_set(ERR_USAGE, "\"%s\" does not end in HOST:PORT", whole);
    memcpy(out->host, text.ptr, len);
    out->host[len] = '\0';
    out->port = (int)port;
    return ERR_OK;
}

/* "OPRA.PILLAR@127.0.0.1:13000" */
static enum err read_dataset(struct place *out, const char *text, const char *fallback)
{
    *out = (struct place){ 0 };
    text = text ? text : fallback;
    const char *at = strchr(text, '@');
    size_t len = at ? (size_t)(at - text) : strlen(text);
    if (len == 0 || len >= sizeof out->name)
        return err_set(ERR_USAGE, "\"%s\" names no dataset", text);
    memcpy(out->name, text, len);
    return at ? read_host(out, str_from(at + 1), text) : ERR_OK;
}

static enum err read_server(struct place *out, bool *is_plain, const char *text)
{
    struct str rest = str_from(text);
    *out = (struct place){ 0 };
    *is_plain = false;
    if (!text)
        return ERR_OK;
    *is_plain = str_starts_with(rest, STR("ws://"));
    if (!*is_plain && !str_starts_with(rest, STR("wss://")))
        return err_set(
            ERR_USAGE,
            "\"%s\" is no server: wss://HOST:PORT, or ws://HOST:PORT for one without TLS", text);
    return read_host(out, str_slice(rest, *is_plain ? 5 : 6, rest.len), text);
}

static enum err read_symbols(struct live_lines *lines, const char *symbols)
{
    struct str rest = str_from(symbols), word;
    while (str_cut(&rest, ',', &word)) {
        word = str_trim(word);
        bool is_symbol = word.len && word.len < INSTRUMENT_SYMBOL_BYTES;
        for (size_t i = 0; i < word.len && is_symbol; i++)
            is_symbol = isupper((unsigned char)word.ptr[i]) ||
                        isdigit((unsigned char)word.ptr[i]) || word.ptr[i] == '.';
        if (!is_symbol)
            return err_set(ERR_USAGE, "\"%.*s\" is no symbol of an underlying, such as SPY",
                           STR_ARG(word));
        if (lines->symbol_count == LIVE_LINES_SYMBOLS)
            return err_set(ERR_USAGE, "more than %d symbols", LIVE_LINES_SYMBOLS);
        memcpy(lines->symbols[lines->symbol_count++], word.ptr, word.len);
    }
    return lines->symbol_count ? ERR_OK : err_set(ERR_USAGE, "no symbol is named");
}

/* What settles in cash is on an index, which no exchange quotes. */
static bool is_index(const char *symbol, int32_t today)
{
    const char *roots[1];
    struct product product;
    return product_roots(symbol, roots, 1) &&
           product_get(&product, str_from(roots[0]), today) == ERR_OK &&
           product.delivery == DELIVERY_CASH;
}

/* ---- lines ---- */

enum { TICKS = 1u << RECORD_QUOTE | 1u << RECORD_TRADE };

static enum err subscribe(const struct source *line, const char *symbol, bool with_chain,
                          uint32_t kinds)
{
    return line->ops->subscribe(
        line->self,
        &(struct source_wish){ .symbol = symbol, .with_chain = with_chain, .kinds = kinds });
}

static enum err open_dataset(struct source *out, const struct live_lines *lines,
                             const struct live_lines_options *options, const struct place *place,
                             bool is_options, struct instruments *instruments)
{
    enum err err = databento_open(
        out,
        &(struct databento_options){ .dataset = place->name,
                                     .key = options->databento_key,
                                     .host = place->port ? place->host : NULL,
                                     .port = place->port,
                                     .quote_schema = is_options ? options->quotes : NULL },
        instruments);
    if (err)
        return err;
    for (uint32_t i = 0; i < lines->symbol_count && !err; i++)
        if (is_options)
            err = subscribe(out, lines->symbols[i], true, TICKS | 1u << RECORD_INTEREST);
        else if (!is_index(lines->symbols[i], options->today))
            err = subscribe(out, lines->symbols[i], false, TICKS);
    if (err)
        source_close(out);
    return err;
}

static bool has_stocks(const struct live_lines *lines, int32_t today)
{
    for (uint32_t i = 0; i < lines->symbol_count; i++)
        if (!is_index(lines->symbols[i], today))
            return true;
    return false;
}

/* The dataset, and where, if it is not the vendor's own place. */
static void name_place(char out[PLACE_TEXT], const struct place *place)
{
    snprintf(out, PLACE_TEXT, place->port ? "%s at %.64s:%d" : "%s", place->name, place->host,
             place->port);
}

static enum err open_primary(struct source *out, struct live_lines *lines,
                             const struct live_lines_options *options,
                             struct instruments *instruments)
{
    struct place opra, stocks;
    struct source parts[2];
    size_t count = 1;
    enum err err = read_dataset(&opra, options->options, "OPRA.PILLAR");
    if (!err)
        err = read_dataset(&stocks, options->stocks, "EQUS.MINI");
    if (!err)
        err = open_dataset(&parts[0], lines, options, &opra, true, instruments);
    if (err)
        return err;
    if (has_stocks(lines, options->today)) {
        err = open_dataset(&parts[1], lines, options, &stocks, false, instruments);
        count = 2;
    }
    if (err) {
        source_close(&parts[0]);
        return err;
    }
    char first[PLACE_TEXT], second[PLACE_TEXT];
    name_place(first, &opra);
    name_place(second, &stocks);
    snprintf(lines->primary_text, sizeof lines->primary_text, "%s%s%s of Databento", first,
             count > 1 ? ", " : "", count > 1 ? second : "");
    group_open(out, parts, count);
    return ERR_OK;
}

static enum err open_backup(struct source *out, struct live_lines *lines,
                            const struct live_lines_options *options,
                            struct instruments *instruments)
{
    struct place place;
    bool is_plain;
    struct source parts[2];
    enum err err = read_server(&place, &is_plain, options->polygon);
    struct polygon_options polygon = { .key = options->polygon_key,
                                       .host = place.port ? place.host : NULL,
                                       .port = place.port,
                                       .is_plain = is_plain };
    if (!err)
        err = polygon_open(&parts[0], &polygon, instruments);
    if (err)
        return err;
    size_t count = 1;
    if (has_stocks(lines, options->today)) {
        polygon.cluster = "stocks";
        err = polygon_open(&parts[1], &polygon, instruments);
        for (uint32_t i = 0; i < lines->symbol_count && !err; i++)
            if (!is_index(lines->symbols[i], options->today))
                err = subscribe(&parts[1], lines->symbols[i], false, 0);
        count = 2;
    }
    if (err) {
        while (count--)
            source_close(&parts[count]);
        return err;
    }
    lines->backup = parts[0];
    snprintf(lines->backup_text, sizeof lines->backup_text, "Polygon");
    group_open(out, parts, count);
    return ERR_OK;
}

enum err live_lines_open(struct live_lines *lines, struct live *live,
                         const struct live_lines_options *options)
{
    struct source primary, backup;
    *lines = (struct live_lines){ .backup_max = options->backup_max ? options->backup_max
                                                                    : POLYGON_QUOTED_MAX,
                                  .seen_ns = TS_NONE,
                                  .begun_ns = TS_NONE };
    if (!options->databento_key)
        return err_set(ERR_USAGE, LIVE_DATABENTO_KEY
                       " is not set: the key of your account at databento.com, with a "
                       "subscription to live data");
    enum err err = read_symbols(lines, options->symbols);
    if (!err)
        err = open_primary(&primary, lines, options, &live->instruments);
    if (err)
        return err;
    if (options->polygon_key) {
        err = open_backup(&backup, lines, options, &live->instruments);
        if (err) {
            source_close(&primary);
            return err;
        }
    }
    live_add(live, primary);
    if (options->polygon_key)
        live_add(live, backup);
    return ERR_OK;
}

/* ---- what the backup listens to ---- */

static int64_t mid_of(const struct quotes *quotes, uint32_t id)
{
    const struct quote_slot *s = &quotes->slots[id];
    struct record_quote quote = { .bid = s->bid, .ask = s->ask };
    int64_t mid = record_quote_mid(&quote);
    return mid == PRICE_NONE ? s->last : mid;
}

/* Where an underlying stands; of an index the strike at which call and put are worth the same. */
static int64_t spot_of(const struct live *live, const struct quotes *quotes, uint32_t underlying)
{
    const struct instruments *all = &live->instruments;
    int64_t spot = mid_of(quotes, underlying), least = INT64_MAX;
    int32_t expiry = INT32_MAX;
    for (uint32_t id = 0; id < all->count && spot == PRICE_NONE; id++)
        if (all->rows[id].class == INSTRUMENT_OPTION && all->rows[id].underlying == underlying &&
            all->rows[id].contract.expiry < expiry && mid_of(quotes, id) != PRICE_NONE)
            expiry = all->rows[id].contract.expiry;
    if (spot != PRICE_NONE)
        return spot;
    for (uint32_t id = 0; id < all->count; id++) {
        struct contract other = all->rows[id].contract;
        if (all->rows[id].class != INSTRUMENT_OPTION || all->rows[id].underlying != underlying ||
            other.expiry != expiry || other.right != OPTION_CALL)
            continue;
        other.right = OPTION_PUT;
        uint32_t put = instruments_find_option(all, &other);
        int64_t call_mid = mid_of(quotes, id),
                put_mid = put == INSTRUMENT_NONE ? PRICE_NONE : mid_of(quotes, put);
        if (call_mid == PRICE_NONE || put_mid == PRICE_NONE || llabs(call_mid - put_mid) >= least)
            continue;
        least = llabs(call_mid - put_mid);
        spot = contract_strike_micros(&other);
    }
    return spot;
}

struct candidate {
    double distance;
    uint32_t id;
};

static int by_distance(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static size_t rank(const struct live_lines *lines, struct live *live, struct candidate *out,
                   bool *is_complete)
{
    const struct instruments *all = &live->instruments;
    const struct quotes *quotes = &live->sources[0]->quotes;
    int32_t today = zone_date(ZONE_NEW_YORK, live->now_ns);
    size_t count = 0;
    *is_complete = true;
    for (uint32_t i = 0; i < lines->symbol_count; i++) {
        struct str name = str_from(lines->symbols[i]);
        uint32_t under = instruments_find(all, INSTRUMENT_STOCK, name);
        if (under == INSTRUMENT_NONE)
            under = instruments_find(all, INSTRUMENT_INDEX, name);
        int64_t spot = under == INSTRUMENT_NONE ? PRICE_NONE : spot_of(live, quotes, under);
        *is_complete &= spot != PRICE_NONE && spot > 0;
        if (spot == PRICE_NONE || spot <= 0)
            continue;
        for (uint32_t id = 0; id < all->count; id++) {
            const struct contract *c = &all->rows[id].contract;
            if (all->rows[id].class != INSTRUMENT_OPTION || all->rows[id].underlying != under ||
                c->expiry < today)
                continue;
            double years = ((double)date_diff(c->expiry, today) + 0.5) / 365.0;
            double moneyness = log((double)contract_strike_micros(c) / (double)spot);
            out[count++] = (struct candidate){ fabs(moneyness) / (0.2 * sqrt(years)) + years, id };
        }
    }
    return count;
}

static enum err choose(struct live_lines *lines, struct live *live, bool is_late)
{
    const struct instruments *all = &live->instruments;
    struct arena arena;
    arena_init(&arena, "backup", 0);
    struct candidate *candidates = arena_array(&arena, struct candidate, all->count + 1);
    bool is_complete;
    size_t count = rank(lines, live, candidates, &is_complete);
    enum err err = ERR_OK;
    if (count && (is_complete || is_late)) {
        qsort(candidates, count, sizeof *candidates, by_distance);
        count = count < lines->backup_max ? count : lines->backup_max;
        struct contract *contracts = arena_array(&arena, struct contract, count);
        for (size_t i = 0; i < count; i++)
            contracts[i] = all->rows[candidates[i].id].contract;
        err = lines->backup.ops->subscribe(lines->backup.self,
                                           &(struct source_wish){ .contracts = contracts,
                                                                  .contract_count = count,
                                                                  .kinds = 1u << RECORD_QUOTE });
        lines->has_chosen = true;
        lines->chosen = (uint32_t)count;
    }
    arena_clear(&arena);
    return err;
}

enum err live_lines_step(struct live_lines *lines, struct live *live)
{
    if (!lines->backup.ops || lines->has_chosen)
        return ERR_OK;
    int64_t now = live->now_ns;
    if (lines->begun_ns == TS_NONE && live->counts.records[RECORD_QUOTE])
        lines->begun_ns = now;
    if (lines->seen != live->instruments.count || lines->seen_ns == TS_NONE) {
        lines->seen = live->instruments.count;
        lines->seen_ns = now;
        return ERR_OK;
    }
    if (lines->begun_ns == TS_NONE || now - lines->seen_ns < SETTLED_NS)
        return ERR_OK;
    lines->seen_ns = now; /* look again after as long when it cannot be chosen yet */
    return choose(lines, live, now - lines->begun_ns >= PATIENCE_NS);
}
