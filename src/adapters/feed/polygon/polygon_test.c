/* Polygon's published messages, and the client against a WebSocket server of our own that plays
 * them. */
#include "adapters/feed/polygon/polygon.h"

#include <unistd.h>

#include "adapters/feed/polygon/polygon_talk.h"
#include "adapters/feed/polygon/vendor_test.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"
#include "tests/testing.h"

#define SECOND INT64_C(1000000000)
#define T0 INT64_C(1740063600000000000)
#define KEY VENDOR_KEY

static struct contract contract_of(const char *text)
{
    struct occ_symbol symbol;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&symbol, str_from(text)));
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

/* ---- messages ---- */

struct heard {
    struct market_record records[16];
    size_t count;
    enum polygon_status status;
    int statuses;
};

static void hear_record(void *context, const struct market_record *record)
{
    struct heard *h = context;
    CHECK(h->count < ARRAY_COUNT(h->records));
    h->records[h->count++] = *record;
}

static void hear_status(void *context, enum polygon_status status, UNUSED struct str message)
{
    struct heard *h = context;
    h->status = status;
    h->statuses++;
}

TEST(polygon, reads_the_published_messages)
{
    struct arena arena;
    struct instruments instruments;
    struct heard heard = { 0 };
    uint32_t spy, amc;
    arena_init(&arena, "test", 0);
    instruments_init(&instruments, &arena, 10);
    struct contract put = contract_of("SPY241220P00720000"),
                    call = contract_of("AMC210827C00037000");
    CHECK_OK(instruments_add_option(&instruments, &put, &spy));
    CHECK_OK(instruments_add_option(&instruments, &call, &amc));
    struct polygon_talk talk = { .instruments = &instruments,
                                 .recv_ns = T0,
                                 .context = &heard,
                                 .on_record = hear_record,
                                 .on_status = hear_status };
    polygon_read(
        &talk,
        STR("[{\"ev\":\"status\",\"status\":\"auth_success\",\"message\":\"authenticated\"}]"));
    CHECK_EQ(heard.status, POLYGON_AUTH_SUCCESS);
    polygon_read(
        &talk,
        STR("[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bx\":302,\"ax\":302,\"bp\":9.71,\"ap\":9.81,"
            "\"bs\":17,\"as\":24,\"t\":1644506128351,\"q\":844090872},"
            "{\"ev\":\"T\",\"sym\":\"O:AMC210827C00037000\",\"x\":65,\"p\":1.54,\"s\":1,\"c\":[233],"
            "\"t\":1629820676333,\"q\":651921857},"
            "{\"ev\":\"AM\",\"sym\":\"O:ONEM220121C00025000\",\"v\":2}]"));
    CHECK_EQ(heard.count, 2);
    const struct market_record *q = &heard.records[0], *t = &heard.records[1];
    CHECK_EQ(q->kind, RECORD_QUOTE);
    CHECK_EQ(q->instrument, spy);
    CHECK_EQ(q->of.quote.bid, 9710000);
    CHECK_EQ(q->of.quote.ask, 9810000);
    CHECK_EQ(q->of.quote.bid_size, 17);
    CHECK_EQ(q->of.quote.ask_size, 24);
    CHECK_EQ(q->of.quote.bid_venue, 302);
    CHECK_EQ(q->ts_ns, INT64_C(1644506128351000000));
    CHECK_EQ(q->recv_ns, T0);
    CHECK_EQ(q->sequence, 844090872);
    CHECK_EQ(q->flags, 0);
    CHECK_EQ(t->kind, RECORD_TRADE);
    CHECK_EQ(t->instrument, amc);
    CHECK_EQ(t->of.trade.price, 1540000);
    CHECK_EQ(t->of.trade.size, 1);
    CHECK_EQ(talk.unused, 1);
    CHECK_EQ(talk.unreadable, 0);
    arena_clear(&arena);
}

TEST(polygon, counts_what_it_cannot_read_and_goes_on)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[",
        "not json",
        "[1,2]",
        "[{\"ev\":7}]",
        "[{\"ev\":\"Q\"}]",
        "[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bp\":\"9\",\"t\":1}]",
        "[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bp\":1e300,\"t\":1}]",
        "[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bp\":1,\"t\":-1}]",
        "[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bp\":1,\"bs\":-1,\"t\":1}]",
        "[{\"ev\":\"T\",\"sym\":\"O:SPY241220P00720000\",\"t\":1}]",
    };
    struct arena arena;
    struct instruments instruments;
    struct heard heard = { 0 };
    arena_init(&arena, "test", 0);
    instruments_init(&instruments, &arena, 10);
    struct polygon_talk talk = { .instruments = &instruments,
                                 .context = &heard,
                                 .on_record = hear_record,
                                 .on_status = hear_status };
    FOR_EACH (text, bad) {
        uint64_t before = talk.unreadable;
        polygon_read(&talk, str_from(*text));
        CHECK(talk.unreadable > before);
    }
    CHECK_EQ(heard.count, 0);
    /* What nobody asked for has no instrument and is passed on to be counted. */
    polygon_read(&talk, STR("[{\"ev\":\"Q\",\"sym\":\"O:XYZ\",\"bp\":1,\"ap\":2,\"t\":5}]"));
    CHECK_EQ(heard.count, 1);
    CHECK_EQ(heard.records[0].instrument, INSTRUMENT_NONE);
    arena_clear(&arena);
}

/* ---- a server that plays them ---- */

struct desk {
    struct vendor vendor;
    struct arena arena;
    struct instruments instruments;
    struct source source;
    struct contract contracts[2];
    int64_t now;
    enum err err;
    struct market_record got[256];
    size_t count;
};

static void open_desk(struct desk *d, const char *key)
{
    *d = (struct desk){ .now = T0 };
    vendor_open(&d->vendor);
    arena_init(&d->arena, "test", 0);
    instruments_init(&d->instruments, &d->arena, 2000);
    struct polygon_options options = {
        .key = key, .host = "127.0.0.1", .port = http_port(d->vendor.server), .is_plain = true
    };
    CHECK_OK(polygon_open(&d->source, &options, &d->instruments));
    d->contracts[0] = contract_of("SPY241220P00720000");
    d->contracts[1] = contract_of("SPY241220C00600000");
    CHECK_OK(d->source.ops->subscribe(
        d->source.self, &(struct source_wish){ .contracts = d->contracts, .contract_count = 2 }));
}

static void close_desk(struct desk *d)
{
    source_close(&d->source);
    vendor_close(&d->vendor);
    arena_clear(&d->arena);
}

static void step(struct desk *d)
{
    size_t count;
    d->err = source_poll(&d->source, d->now, d->got + d->count, 2, &count);
    d->count += count;
    CHECK(d->count < ARRAY_COUNT(d->got) - 2);
    usleep(200);
}

#define UNTIL(d, cond)                                                                             \
    do {                                                                                           \
        for (int tries_ = 0; tries_ < 25000 && !(cond) && !(d)->err; tries_++)                     \
            step(d);                                                                               \
        CHECK(cond);                                                                               \
    } while (0)

static size_t count_of(const struct desk *d, enum record_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++)
        count += d->got[i].kind == kind;
    return count;
}

static const struct market_record *last_of(const struct desk *d, enum record_kind kind)
{
    for (size_t i = d->count; i-- > 0;)
        if (d->got[i].kind == kind)
            return &d->got[i];
    fail_msg("no %s", record_kind_name(kind));
    return NULL;
}

static bool has_heard(struct desk *d, const char *part)
{
    return vendor_has_heard(&d->vendor, VENDOR_OPTIONS, part);
}

static void vendor_says(struct desk *d, const char *text)
{
    vendor_say(&d->vendor, VENDOR_OPTIONS, text);
}

#define QUOTE                                                                                      \
    "[{\"ev\":\"Q\",\"sym\":\"O:SPY241220P00720000\",\"bp\":9.71,\"ap\":9.81,\"bs\":17,\"as\":24,\"t\":1740063601000,\"q\":7}]"

TEST(polygon, logs_in_subscribes_and_gives_quotes)
{
    struct desk d;
    open_desk(&d, KEY);
    UNTIL(
        &d,
        has_heard(
            &d,
            "{\"action\":\"subscribe\",\"params\":\"Q.O:SPY241220P00720000,T.O:SPY241220P00720000,"
            "Q.O:SPY241220C00600000,T.O:SPY241220C00600000\"}"));
    vendor_says(&d, QUOTE);
    d.now = T0 + 2 * SECOND;
    UNTIL(&d, count_of(&d, RECORD_QUOTE) == 1);
    CHECK_EQ(count_of(&d, RECORD_DEFINITION), 2);
    CHECK_EQ(d.got[0].kind, RECORD_DEFINITION);
    CHECK_EQ(d.got[0].recv_ns, T0);
    CHECK_EQ(last_of(&d, RECORD_LINK)->of.link.state, LINK_UP);
    const struct market_record *quote = last_of(&d, RECORD_QUOTE);
    CHECK_EQ(quote->instrument, d.got[0].instrument);
    CHECK_EQ(quote->of.quote.ask, 9810000);
    CHECK_EQ(quote->recv_ns, T0 + 2 * SECOND);
    close_desk(&d);
}

TEST(polygon, a_wrong_key_is_an_error_for_good_and_is_not_shown)
{
    struct desk d;
    open_desk(&d, "anotherunittestKEY");
    for (int i = 0; i < 25000 && !d.err; i++)
        step(&d);
    CHECK_EQ(d.err, ERR_REFUSED);
    CHECK_STR(err_detail(), "polygon: login refused: authentication failed");
    CHECK_EQ(d.source.ops->next_ns(d.source.self), INT64_MAX);
    close_desk(&d);
}

TEST(polygon, a_lost_line_comes_back_and_tells_of_the_hole)
{
    struct desk d;
    open_desk(&d, KEY);
    UNTIL(&d, has_heard(&d, "subscribe"));
    vendor_says(&d, QUOTE);
    UNTIL(&d, count_of(&d, RECORD_QUOTE) == 1);
    vendor_hang_up(&d.vendor);
    UNTIL(&d, last_of(&d, RECORD_LINK)->of.link.state == LINK_DOWN);
    d.now += 5 * SECOND;
    UNTIL(&d, count_of(&d, RECORD_GAP) == 1);
    CHECK_EQ(last_of(&d, RECORD_GAP)->of.gap.from_ns, T0 + SECOND);
    CHECK_EQ(last_of(&d, RECORD_GAP)->of.gap.to_ns, T0 + 5 * SECOND);
    UNTIL(&d, has_heard(&d, "\"subscribe\",\"params\":\"Q.O:SPY241220P00720000,"));
    CHECK_EQ(vendor_logins(&d.vendor), 2);
    vendor_says(
        &d,
        "[{\"ev\":\"status\",\"status\":\"max_connections\",\"message\":\"Maximum number of websocket connections exceeded.\"}]");
    UNTIL(&d, last_of(&d, RECORD_LINK)->of.link.state == LINK_DOWN);
    CHECK_STR(last_of(&d, RECORD_LINK)->of.link.why, "max_connections");
    close_desk(&d);
}

TEST(polygon, nobody_there_is_told_and_tried_again)
{
    struct desk d;
    open_desk(&d, KEY);
    vendor_stop(&d.vendor);
    UNTIL(&d, count_of(&d, RECORD_LINK) == 2);
    CHECK_EQ(last_of(&d, RECORD_LINK)->of.link.state, LINK_DOWN);
    d.now += SECOND;
    UNTIL(&d, count_of(&d, RECORD_LINK) == 4);
    source_close(&d.source);
    vendor_free(&d.vendor);
    arena_clear(&d.arena);
}

TEST(polygon, refuses_what_it_cannot_do_when_it_is_asked)
{
    static struct contract many[POLYGON_QUOTED_MAX + 1];
    struct arena arena;
    struct instruments instruments;
    struct source source;
    arena_init(&arena, "test", 0);
    instruments_init(&instruments, &arena, 2000);
    CHECK_EQ(polygon_open(&source, &(struct polygon_options){ .key = "short" }, &instruments),
             ERR_USAGE);
    CHECK_EQ(
        polygon_open(&source, &(struct polygon_options){ .key = "with\"quote12" }, &instruments),
        ERR_USAGE);
    CHECK_EQ(polygon_open(&source, &(struct polygon_options){ .key = KEY, .cluster = "crypto" },
                          &instruments),
             ERR_USAGE);
    CHECK_HAS(err_detail(), "it is options or stocks");
    CHECK_OK(polygon_open(&source, &(struct polygon_options){ .key = KEY }, &instruments));
    CHECK_EQ(source.ops->subscribe(source.self,
                                   &(struct source_wish){ .symbol = "SPY", .with_chain = true }),
             ERR_UNSUPPORTED);
    CHECK_EQ(source.ops->subscribe(source.self, &(struct source_wish){ .symbol = "SPY" }),
             ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "cluster stocks");
    for (size_t i = 0; i < ARRAY_COUNT(many); i++) {
        char name[32];
        snprintf(name, sizeof name, "SPY241220P%08zu", (i + 1) * 1000);
        many[i] = contract_of(name);
    }
    struct source_wish wish = { .contracts = many, .contract_count = POLYGON_QUOTED_MAX + 1 };
    CHECK_EQ(source.ops->subscribe(source.self, &wish), ERR_FULL);
    CHECK_HAS(err_detail(), "1001 instruments with quotes; one line takes 1000");
    wish.contract_count--;
    CHECK_OK(source.ops->subscribe(source.self, &wish));
    source_close(&source);
    arena_clear(&arena);
}
