/*
 * A desk's live lines against stand-ins of both vendors, over real sockets; the time is told, not
 * waited for.
 */
#include "services/live/lines.h"

#include <stdlib.h>
#include <unistd.h>

#include "adapters/feed/databento/gateway_test.h"
#include "adapters/feed/polygon/vendor_test.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
#define T0 INT64_C(1740063600000000000) /* 2025-02-20 10:00 in New York */
#define CALL "SPY   250321C00600000"
#define PUT "SPY   250321P00600000"
#define FAR "SPY   250321P00300000"

enum { TICK_MS = 100 };

struct stage {
    struct gateway options, stocks;
    struct vendor vendor;
    struct live live;
    struct live_lines lines;
    struct live_lines_options words;
    char options_at[64], stocks_at[64], polygon_at[64];
    int64_t now;
    enum err err;
    bool options_begun, stocks_begun;
    bool databento_is_silent; /* connected, and says nothing */
};

/* ---- what the stand-ins say ---- */

static void put_quote(struct dbn_writer *writer, uint32_t number, uint16_t publisher, int64_t ns,
                      int64_t bid, int64_t ask)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_CMBP1);
    any.hd.instrument_id = number;
    any.hd.publisher_id = publisher;
    any.hd.ts_event = any.cmbp1.ts_recv = (uint64_t)ns;
    any.cmbp1.action = 'A';
    any.cmbp1.side = 'N';
    any.cmbp1.levels[0].bid_px = bid * 10000000;
    any.cmbp1.levels[0].ask_px = ask * 10000000;
    any.cmbp1.levels[0].bid_sz = any.cmbp1.levels[0].ask_sz = 10;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

/* Its part of a tick; the first one with metadata and names. */
static void stream(struct gateway *g, bool *has_begun, bool is_options, int64_t ns)
{
    struct buf bytes = { 0 };
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    size_t skip = *has_begun ? bytes.len : 0;
    if (is_options) {
        static const char *const names[] = { CALL, PUT, FAR };
        for (uint32_t i = 0; i < 3; i++) {
            if (!*has_begun)
                gateway_map(writer, 900 + i, names[i]);
            put_quote(writer, 900 + i, DBN_PUBLISHER_OPRA, ns, 1000 - 400 * i, 1010 - 400 * i);
        }
    } else {
        if (!*has_begun)
            gateway_map(writer, 7, "SPY");
        put_quote(writer, 7, 95, ns, 60000, 60001);
    }
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(g, bytes.ptr + skip, bytes.len - skip);
    *has_begun = true;
    buf_free(&bytes);
}

static void polygon_says(struct stage *t, enum vendor_cluster cluster, const char *symbol,
                         double bid, double ask)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "[{\"ev\":\"Q\",\"sym\":\"%s\",\"bp\":%.2f,\"ap\":%.2f,\"bs\":17,\"as\":24,\"t\":%lld,\"q\":%lld}]",
        symbol, bid, ask, (long long)(t->now / MS), (long long)(t->now / MS % 1000000000));
    vendor_say(&t->vendor, cluster, text);
}

/* ---- the stage ---- */

static void begin(struct stage *t, const char *databento_key, const char *polygon_key)
{
    memset(t, 0, sizeof *t);
    gateway_open(&t->options);
    gateway_open(&t->stocks);
    vendor_open(&t->vendor);
    snprintf(t->options_at, sizeof t->options_at, "OPRA.PILLAR@127.0.0.1:%d", t->options.port);
    snprintf(t->stocks_at, sizeof t->stocks_at, "EQUS.MINI@127.0.0.1:%d", t->stocks.port);
    snprintf(t->polygon_at, sizeof t->polygon_at, "ws://127.0.0.1:%d", http_port(t->vendor.server));
    t->words = (struct live_lines_options){ .symbols = "SPY",
                                            .today = 20250220,
                                            .databento_key = databento_key,
                                            .polygon_key = polygon_key,
                                            .options = t->options_at,
                                            .stocks = t->stocks_at,
                                            .polygon = t->polygon_at,
                                            .backup_max = 2 };
    struct live_options live = live_lines_desk;
    live.instruments = 64;
    live_init(&t->live, &live);
    CHECK_OK(live_lines_open(&t->lines, &t->live, &t->words));
    t->now = T0;
}

static void end(struct stage *t)
{
    live_close(&t->live);
    gateway_close(&t->options);
    gateway_close(&t->stocks);
    vendor_close(&t->vendor);
}

static void step(struct stage *t)
{
    gateway_step(&t->options);
    gateway_step(&t->stocks);
    t->err = live_step(&t->live, t->now, 8, NULL);
    if (!t->err)
        t->err = live_lines_step(&t->lines, &t->live);
    usleep(50);
}

#define UNTIL(t, cond)                                                                             \
    do {                                                                                           \
        for (int tries_ = 0; tries_ < 20000 && !(cond) && !(t)->err; tries_++)                     \
            step(t);                                                                               \
        CHECK(cond);                                                                               \
    } while (0)

/* Time goes on by so much, both vendors telling of it; all that was said is heard before the next
 * tick. */
static void play(struct stage *t, int64_t ns)
{
    for (int64_t until = t->now + ns; t->now < until;) {
        t->now += TICK_MS * MS;
        uint64_t want = t->live.counts.records[RECORD_QUOTE];
        if (!t->databento_is_silent && t->options.started && t->stocks.started) {
            stream(&t->options, &t->options_begun, true, t->now);
            stream(&t->stocks, &t->stocks_begun, false, t->now);
            want += 4;
        }
        if (vendor_has_heard(&t->vendor, VENDOR_STOCKS, "Q.SPY")) {
            polygon_says(t, VENDOR_STOCKS, "SPY", 600.00, 600.01);
            want++;
        }
        if (t->lines.has_chosen &&
            vendor_has_heard(&t->vendor, VENDOR_OPTIONS, "Q.O:SPY250321C00600000")) {
            polygon_says(t, VENDOR_OPTIONS, "O:SPY250321C00600000", 10.00, 10.10);
            polygon_says(t, VENDOR_OPTIONS, "O:SPY250321P00600000", 6.00, 6.10);
            want += 2;
        }
        UNTIL(t, t->live.counts.records[RECORD_QUOTE] >= want);
    }
}

static uint32_t id_of(const struct stage *t, const char *name)
{
    struct occ_symbol symbol;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&symbol, str_from(name)));
    CHECK_OK(product_contract(&contract, &symbol));
    uint32_t id = instruments_find_option(&t->live.instruments, &contract);
    CHECK(id != INSTRUMENT_NONE);
    return id;
}

/* Everybody in, and the backup told what to listen to. */
static void begin_in_full(struct stage *t)
{
    begin(t, GATEWAY_KEY, VENDOR_KEY);
    UNTIL(t, t->options.started && t->stocks.started && vendor_logins(&t->vendor) == 2 &&
                 vendor_has_heard(&t->vendor, VENDOR_STOCKS, "Q.SPY"));
    play(t, 4 * SECOND);
    UNTIL(t, t->lines.has_chosen && vendor_has_heard(&t->vendor, VENDOR_OPTIONS, "subscribe"));
    play(t, 2 * SECOND);
}

TEST(lines, both_vendors_are_subscribed_to_and_the_backup_to_what_is_near_the_money)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin_in_full(t);
    CHECK_HAS(t->options.lines.ptr, "|dataset=OPRA.PILLAR|");
    CHECK_HAS(t->options.lines.ptr, "schema=cmbp-1|stype_in=parent|id=1|symbols=SPY.OPT|");
    CHECK_HAS(t->stocks.lines.ptr, "|dataset=EQUS.MINI|");
    CHECK_HAS(t->stocks.lines.ptr, "schema=mbp-1|stype_in=raw_symbol|id=1|symbols=SPY|");
    CHECK_EQ(t->lines.chosen, 2);
    CHECK(vendor_has_heard(&t->vendor, VENDOR_OPTIONS, "Q.O:SPY250321C00600000"));
    CHECK(vendor_has_heard(&t->vendor, VENDOR_OPTIONS, "Q.O:SPY250321P00600000"));
    CHECK(
        !vendor_has_heard(&t->vendor, VENDOR_OPTIONS, "P00300000")); /* the far one has no place */
    CHECK_EQ(t->live.failover.active, 0);
    CHECK_EQ(live_tradable(&t->live, id_of(t, CALL), t->now), RULE_NONE);
    CHECK_EQ(t->live.doubt, DOUBT_NONE);
    end(t);
    mem_free(t);
}

TEST(lines, polygon_takes_over_when_databento_hangs_up_and_gives_back_when_it_is_well)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin_in_full(t);
    gateway_drop(&t->stocks); /* one of the two lines is enough: they are one source */
    t->databento_is_silent = true;
    UNTIL(t, t->live.sources[0]->last_link.of.link.state != LINK_UP);
    play(t, SECOND / 2);
    CHECK_EQ(t->live.failover.active, 1);
    CHECK_EQ(t->live.last_switch.of.change.reason, SWITCH_LINK);
    CHECK_EQ(live_tradable(&t->live, id_of(t, CALL), t->now), RULE_NONE);
    CHECK_EQ(live_tradable(&t->live, id_of(t, PUT), t->now), RULE_NONE);
    CHECK(live_tradable(&t->live, id_of(t, FAR), t->now) != RULE_NONE ||
          t->live.said[id_of(t, FAR)].source == 0);
    CHECK_EQ(t->live.doubt, DOUBT_NONE);
    /* It is let in again after its back-off, and trusted again after ten seconds. */
    t->stocks_begun = false;
    UNTIL(t, t->stocks.started);
    t->databento_is_silent = false;
    play(t, 9 * SECOND);
    CHECK_EQ(t->live.failover.active, 1);
    play(t, 4 * SECOND);
    CHECK_EQ(t->live.failover.active, 0);
    CHECK_EQ(t->live.last_switch.of.change.reason, SWITCH_RECOVERED);
    end(t);
    mem_free(t);
}

TEST(lines, polygon_takes_over_within_a_second_when_databento_falls_silent)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin_in_full(t);
    t->databento_is_silent = true;
    play(t, SECOND);
    CHECK_EQ(t->live.failover.active, 1);
    CHECK_EQ(t->live.last_switch.of.change.reason, SWITCH_STOPPED);
    CHECK_EQ(live_tradable(&t->live, id_of(t, CALL), t->now), RULE_NONE);
    end(t);
    mem_free(t);
}

TEST(lines, when_all_lines_are_lost_there_is_a_doubt)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin_in_full(t);
    vendor_stop(&t->vendor);
    gateway_drop(&t->options);
    UNTIL(t, t->live.sources[0]->last_link.of.link.state != LINK_UP && t->live.doubt == DOUBT_LINK);
    CHECK(live_tradable(&t->live, id_of(t, CALL), t->now) != RULE_NONE);
    end(t);
    mem_free(t);
}

TEST(lines, a_wrong_key_of_the_primary_leaves_the_backup_and_of_both_is_an_error)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin(t, "db-anotherunittestapikey1234FFFF", VENDOR_KEY);
    UNTIL(t, t->live.sources[0]->failed && vendor_logins(&t->vendor) == 2);
    CHECK_HAS(t->live.sources[0]->why, "login refused: Authentication failed.");
    CHECK(!strstr(t->live.sources[0]->why, "unittest"));
    end(t);
    begin(t, "db-anotherunittestapikey1234FFFF", "anotherunittestKEY");
    for (int i = 0; i < 40000 && !t->err; i++)
        step(t);
    CHECK_EQ(t->err, ERR_REFUSED);
    end(t);
    mem_free(t);
}

TEST(lines, an_index_has_its_options_alone)
{
    struct stage *t = mem_alloc(sizeof *t);
    begin(t, GATEWAY_KEY, NULL);
    live_close(&t->live);
    t->words.symbols = "SPX";
    live_init(&t->live, &live_lines_desk);
    CHECK_OK(live_lines_open(&t->lines, &t->live, &t->words));
    CHECK_EQ(t->live.source_count, 1);
    gateway_drop(&t->options);
    UNTIL(t, t->options.started);
    CHECK_HAS(t->options.lines.ptr, "SPXW.OPT");
    CHECK(!t->stocks.started);
    end(t);
    mem_free(t);
}

TEST(lines, say_what_is_missing_or_odd)
{
    static const struct {
        struct live_lines_options words;
        const char *why;
    } cases[] = {
        { { .symbols = "SPY" }, "DATABENTO_API_KEY is not set" },
        { { .symbols = "SPY", .databento_key = "short" }, "key" },
        { { .symbols = "", .databento_key = GATEWAY_KEY }, "no symbol" },
        { { .symbols = "SPY,spy", .databento_key = GATEWAY_KEY }, "\"spy\" is no symbol" },
        { { .symbols = "SPY", .databento_key = GATEWAY_KEY, .options = "OPRA.PILLAR@host" },
          "does not end in HOST:PORT" },
        { { .symbols = "SPY", .databento_key = GATEWAY_KEY, .stocks = "@host:1" },
          "names no dataset" },
        { { .symbols = "SPY", .databento_key = GATEWAY_KEY, .polygon_key = "no" },
          "polygon: the key is none" },
        { { .symbols = "SPY",
            .databento_key = GATEWAY_KEY,
            .polygon_key = VENDOR_KEY,
            .polygon = "host:1" },
          "wss://HOST:PORT" },
    };
    FOR_EACH (c, cases) {
        static struct live live;
        struct live_lines lines;
        struct live_lines_options words = c->words;
        words.today = 20250220;
        live_init(&live, &(struct live_options){ .instruments = 64 });
        CHECK_EQ(live_lines_open(&lines, &live, &words), ERR_USAGE);
        CHECK_HAS(err_detail(), c->why);
        CHECK_EQ(live.source_count, 0);
        live_close(&live);
    }
}

TEST(lines, keys_come_from_the_environment_under_either_name)
{
    struct live_lines_options words = { 0 };
    unsetenv(LIVE_DATABENTO_KEY);
    unsetenv(LIVE_POLYGON_KEY);
    setenv(LIVE_MASSIVE_KEY, "massive-key", 1);
    live_lines_keys(&words);
    CHECK(words.databento_key == NULL);
    CHECK_STR(words.polygon_key, "massive-key");
    setenv(LIVE_POLYGON_KEY, "polygon-key", 1);
    setenv(LIVE_DATABENTO_KEY, "", 1);
    live_lines_keys(&words);
    CHECK_STR(words.polygon_key, "polygon-key");
    CHECK(words.databento_key == NULL);
    unsetenv(LIVE_POLYGON_KEY);
    unsetenv(LIVE_MASSIVE_KEY);
    unsetenv(LIVE_DATABENTO_KEY);
}
