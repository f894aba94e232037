/* The client against the stand-in gateway, over real sockets; the time is told, not waited for. */
#include "adapters/feed/databento/databento.h"

#include "adapters/feed/databento/gateway_test.h"
#include "base/zone.h"

#define SECOND INT64_C(1000000000)
#define T0 INT64_C(1740063600000000000) /* 2025-02-20 10:00 in New York */
#define SPY600 "SPY   250221C00600000"
#define SPY590 "SPY   250221P00590000"

enum { GOT_MAX = 4096 };

struct desk {
    struct arena arena;
    struct instruments instruments;
    struct gateway gateway;
    struct source source;
    int64_t now;
    struct market_record got[GOT_MAX];
    size_t count;
    enum err err;
};

static void open_with(struct desk *desk, struct databento_options options)
{
    gateway_open(&desk->gateway);
    desk->now = T0;
    desk->count = 0;
    desk->err = ERR_OK;
    arena_init(&desk->arena, "test", 0);
    instruments_init(&desk->instruments, &desk->arena, 100);
    options.dataset = "OPRA.PILLAR";
    options.key = options.key ? options.key : GATEWAY_KEY;
    options.host = "127.0.0.1";
    options.port = desk->gateway.port;
    CHECK_OK(databento_open(&desk->source, &options, &desk->instruments));
    CHECK_OK(desk->source.ops->subscribe(
        desk->source.self,
        &(struct source_wish){
            .symbol = "SPY", .with_chain = true, .kinds = 1 << RECORD_QUOTE | 1 << RECORD_TRADE }));
}

static void close_all(struct desk *desk)
{
    source_close(&desk->source);
    gateway_close(&desk->gateway);
    arena_clear(&desk->arena);
}

static void step(struct desk *desk)
{
    size_t count;
    gateway_step(&desk->gateway);
    /* A small room, so that what does not fit must wait. */
    desk->err = source_poll(&desk->source, desk->now, desk->got + desk->count, 3, &count);
    desk->count += count;
    CHECK(desk->count < GOT_MAX - 3);
    usleep(50);
}

/* Step until the condition holds, for two seconds of real time at most. */
#define UNTIL(desk, cond)                                                                          \
    do {                                                                                           \
        for (int tries_ = 0; tries_ < 20000 && !(cond) && !(desk)->err; tries_++)                  \
            step(desk);                                                                            \
        CHECK(cond);                                                                               \
    } while (0)

static size_t count_of(const struct desk *desk, enum record_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < desk->count; i++)
        count += desk->got[i].kind == kind;
    return count;
}

/* The last record of a kind, number back from the end. */
static const struct market_record *last_of(const struct desk *desk, enum record_kind kind,
                                           size_t back)
{
    for (size_t i = desk->count; i-- > 0;)
        if (desk->got[i].kind == kind && back-- == 0)
            return &desk->got[i];
    fail_msg("no such %s", record_kind_name(kind));
    return NULL;
}

static bool is_link(const struct desk *desk, enum link_state state)
{
    return count_of(desk, RECORD_LINK) && last_of(desk, RECORD_LINK, 0)->of.link.state == state;
}

/* Log in and send the start of a stream: two instruments, a quote of each. */
static void begin(struct desk *desk)
{
    struct buf bytes = { 0 };
    UNTIL(desk, desk->gateway.started);
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    gateway_map(writer, 900, SPY600);
    gateway_map(writer, 901, SPY590);
    gateway_quote(writer, 900, T0 + 1, 240, 250);
    gateway_quote(writer, 901, T0 + 2, 300, 310);
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&desk->gateway, bytes.ptr, bytes.len);
    buf_free(&bytes);
}

TEST(databento, logs_in_listens_and_gives_records_with_our_own_time)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    CHECK_HAS(desk.gateway.lines.ptr, "|dataset=OPRA.PILLAR|encoding=dbn|");
    CHECK_HAS(
        desk.gateway.lines.ptr,
        "schema=cmbp-1|stype_in=parent|id=1|symbols=SPY.OPT|snapshot=0|is_last=1\nstart_session\n");
    desk.now = T0 + 5 * SECOND;
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    CHECK_EQ(desk.got[0].kind, RECORD_LINK);
    CHECK_EQ(desk.got[0].of.link.state, LINK_CONNECTING);
    CHECK_EQ(desk.got[1].of.link.state, LINK_UP);
    CHECK_EQ(desk.got[2].kind, RECORD_DEFINITION);
    CHECK_EQ(desk.got[2].of.definition.of.contract.strike_mills, 600000);
    const struct market_record *quote = last_of(&desk, RECORD_QUOTE, 1);
    CHECK_EQ(quote->instrument, desk.got[2].instrument);
    CHECK_EQ(quote->of.quote.bid, 2400000);
    CHECK_EQ(quote->of.quote.ask, 2500000);
    CHECK_EQ(quote->ts_ns, T0 + 1);
    CHECK_EQ(quote->recv_ns, T0 + 5 * SECOND);
    CHECK_EQ(quote->flags, 0);
    CHECK(desk.source.ops->wait_fd(desk.source.self) >= 0);
    close_all(&desk);
}

TEST(databento, a_wrong_key_is_an_error_for_good)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ .key = "db-anotherunittestapikey1234FFFF" });
    for (int i = 0; i < 20000 && !desk.err; i++)
        step(&desk);
    CHECK_EQ(desk.err, ERR_REFUSED);
    CHECK_HAS(err_detail(), "OPRA.PILLAR: login refused: Authentication failed.");
    CHECK(!strstr(err_detail(), "unittest"));
    desk.now += 3600 * SECOND;
    step(&desk);
    CHECK_EQ(desk.err, ERR_REFUSED);
    CHECK_EQ(desk.gateway.logins, 1);
    close_all(&desk);
}

TEST(databento, a_full_gateway_is_tried_again_ever_more_slowly)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ 0 });
    desk.gateway.refusal = "Connection limit exceeded";
    int64_t waited[8];
    for (int i = 0; i < 8; i++) {
        UNTIL(&desk, count_of(&desk, RECORD_LINK) == 2 * (size_t)i + 2);
        CHECK(is_link(&desk, LINK_DOWN));
        int64_t from = desk.now;
        while (count_of(&desk, RECORD_LINK) == 2 * (size_t)i + 2) {
            desk.now += SECOND / 4;
            step(&desk);
        }
        waited[i] = desk.now - from;
    }
    for (int i = 0; i < 8; i++)
        CHECK_EQ(waited[i], i < 6 ? SECOND / 2 << i : 30 * SECOND);
    desk.gateway.refusal = NULL;
    for (int i = 0; i < 20000 && !is_link(&desk, LINK_UP); i++) {
        desk.now += SECOND / 10;
        step(&desk);
    }
    CHECK(is_link(&desk, LINK_UP));
    close_all(&desk);
}

/* Restart in mid-record: the half record goes, the line comes back, and asks for what it missed. */
TEST(databento, after_a_restart_it_asks_for_what_it_missed_and_gives_each_record_once)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    gateway_send(&desk.gateway, "\x14\xb1half a record", 15);
    gateway_drop(&desk.gateway);
    UNTIL(&desk, is_link(&desk, LINK_DOWN));
    CHECK_STR(last_of(&desk, RECORD_LINK, 0)->of.link.why, "closed by the gateway");
    desk.now += SECOND / 2;
    UNTIL(&desk, desk.gateway.started);
    char start[64];
    snprintf(start, sizeof start, "|id=1|start=%lld|symbols=SPY.OPT|",
             (long long)(T0 + 2 - SECOND));
    CHECK_HAS(desk.gateway.lines.ptr, start);

    struct dbn_writer *writer = gateway_begin(&bytes, false);
    gateway_map(writer, 17, SPY600); /* numbers are new on a new connection */
    gateway_map(writer, 18, SPY590);
    gateway_map(writer, 900, SPY600);
    gateway_map(writer, 901, SPY590);
    gateway_quote(writer, 900, T0 + 1, 240, 250); /* was here */
    gateway_quote(writer, 901, T0 + 2, 300, 310); /* was here */
    gateway_quote(writer, 18, T0 + 3, 301, 311);  /* was missed */
    gateway_system(writer, 3);
    gateway_quote(writer, 17, T0 + 4, 242, 252); /* new */
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&desk.gateway, bytes.ptr, bytes.len);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 4);
    const struct market_record *missed = last_of(&desk, RECORD_QUOTE, 1),
                               *new = last_of(&desk, RECORD_QUOTE, 0);
    CHECK_EQ(missed->ts_ns, T0 + 3);
    CHECK_EQ(missed->flags, RECORD_SNAPSHOT);
    CHECK_EQ(missed->of.quote.bid, 3010000);
    CHECK_EQ(new->of.quote.bid, 2420000);
    CHECK_EQ(new->flags, 0);
    CHECK(new->instrument != missed->instrument);
    CHECK_EQ(count_of(&desk, RECORD_GAP), 0);
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, a_hole_that_is_not_filled_is_told)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ .no_repeat = true });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    gateway_drop(&desk.gateway);
    UNTIL(&desk, is_link(&desk, LINK_DOWN));
    desk.now += 7 * SECOND;
    UNTIL(&desk, count_of(&desk, RECORD_GAP) == 1);
    CHECK(!strstr(desk.gateway.lines.ptr, "start="));
    CHECK_EQ(last_of(&desk, RECORD_GAP, 0)->of.gap.from_ns, T0 + 2);
    CHECK_EQ(last_of(&desk, RECORD_GAP, 0)->of.gap.to_ns, T0 + 7 * SECOND);
    close_all(&desk);
}

TEST(databento, thirty_seconds_of_silence_are_fine_thirty_six_are_not)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    desk.now += 30 * SECOND;
    for (int i = 0; i < 50; i++)
        step(&desk);
    CHECK(is_link(&desk, LINK_UP));

    struct dbn_writer *writer =
        gateway_begin(&bytes, false); /* a heartbeat, without the metadata */
    size_t metadata = bytes.len;
    gateway_system(writer, 0);
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&desk.gateway, bytes.ptr + metadata, bytes.len - metadata);
    UNTIL(&desk, count_of(&desk, RECORD_HEARTBEAT) == 1);
    desk.now += 34 * SECOND;
    for (int i = 0; i < 50; i++)
        step(&desk);
    CHECK(is_link(&desk, LINK_UP));
    desk.now += 2 * SECOND;
    step(&desk);
    CHECK(is_link(&desk, LINK_DOWN));
    CHECK_STR(last_of(&desk, RECORD_LINK, 0)->of.link.why, "silent for 36 s");
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, a_clock_that_jumps_neither_loses_the_line_nor_turns_time_back)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    desk.now -= 3600 * SECOND;
    for (int i = 0; i < 50; i++)
        step(&desk);
    CHECK(is_link(&desk, LINK_UP));
    /* Forward, while records wait on the line: they are read before anything is concluded. */
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    size_t metadata = bytes.len;
    gateway_quote(writer, 900, T0 + 9, 243, 253);
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&desk.gateway, bytes.ptr + metadata, bytes.len - metadata);
    usleep(2000);
    desk.now = T0 + 7200 * SECOND;
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 3);
    CHECK(is_link(&desk, LINK_UP));
    for (size_t i = 1; i < desk.count; i++)
        CHECK(desk.got[i].recv_ns >= desk.got[i - 1].recv_ns);
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, doubled_and_reordered_records_are_passed_on_as_they_came)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    size_t metadata = bytes.len;
    gateway_quote(writer, 900, T0 + 9, 243, 253);
    gateway_quote(writer, 900, T0 + 9, 243, 253);
    gateway_quote(writer, 900, T0 + 5, 241, 251);
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&desk.gateway, bytes.ptr + metadata, bytes.len - metadata);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 5); /* judged in domain/market, not here */
    CHECK_EQ(last_of(&desk, RECORD_QUOTE, 0)->ts_ns, T0 + 5);
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, a_damaged_stream_is_a_lost_line_and_is_begun_anew)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ 0 });
    begin(&desk);
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    gateway_send(&desk.gateway, "\x01\xb1garbage garbage garbage", 24);
    UNTIL(&desk, is_link(&desk, LINK_DOWN));
    CHECK_STR(last_of(&desk, RECORD_LINK, 0)->of.link.why, "the stream is damaged");
    gateway_drop(&desk.gateway);
    desk.now += SECOND;
    begin(&desk);
    UNTIL(&desk, is_link(&desk, LINK_UP));
    close_all(&desk);
}

TEST(databento, what_did_not_resolve_is_a_gap_and_the_stream_goes_on)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ .no_repeat = true });
    begin(&desk);
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    size_t metadata = bytes.len;
    gateway_error(writer, 4, "Symbol resolution failed for XYZ.OPT");
    gateway_quote(writer, 900, T0 + 9, 243, 253);
    gateway_error(writer, 7, "skipped 1000 records after slow reading");
    gateway_error(writer, 2, "Your key was deactivated");
    CHECK_OK(dbn_writer_close(writer));
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 2);
    gateway_send(&desk.gateway, bytes.ptr + metadata, bytes.len - metadata);
    for (int i = 0; i < 20000 && !desk.err; i++)
        step(&desk);
    CHECK_EQ(count_of(&desk, RECORD_QUOTE), 3);
    CHECK_EQ(count_of(&desk, RECORD_GAP), 2);
    CHECK_EQ(desk.err, ERR_REFUSED);
    CHECK_HAS(err_detail(), "Your key was deactivated");
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, reads_a_packed_line)
{
    struct desk desk;
    struct buf bytes = { 0 };
    open_with(&desk, (struct databento_options){ .is_packed = true });
    UNTIL(&desk, desk.gateway.started);
    CHECK_HAS(desk.gateway.lines.ptr, "|compression=zstd|");
    struct dbn_writer *writer = gateway_begin(&bytes, true);
    gateway_map(writer, 900, SPY600);
    for (int i = 0; i < 500; i++)
        gateway_quote(writer, 900, T0 + i, 240 + i, 250 + i);
    CHECK_OK(dbn_writer_close(writer));
    for (size_t at = 0; at < bytes.len; at += 100) { /* over many packets */
        gateway_send(&desk.gateway, bytes.ptr + at, bytes.len - at < 100 ? bytes.len - at : 100);
        step(&desk);
    }
    UNTIL(&desk, count_of(&desk, RECORD_QUOTE) == 500);
    CHECK_EQ(last_of(&desk, RECORD_QUOTE, 0)->of.quote.ask, 7490000);
    buf_free(&bytes);
    close_all(&desk);
}

TEST(databento, whoever_is_no_gateway_or_not_there_is_told_and_tried_again)
{
    struct desk desk;
    open_with(&desk, (struct databento_options){ 0 });
    desk.gateway.greeting = "HTTP/1.1 400 Bad Request\r\nServer: x";
    UNTIL(&desk, is_link(&desk, LINK_DOWN));
    CHECK_STR(last_of(&desk, RECORD_LINK, 0)->of.link.why, "no gateway's talk");
    gateway_drop(&desk.gateway);
    close(desk.gateway.listen_fd);
    desk.gateway.listen_fd = -1;
    desk.now += SECOND / 2;
    UNTIL(&desk, count_of(&desk, RECORD_LINK) == 4);
    CHECK_STR(last_of(&desk, RECORD_LINK, 0)->of.link.why, "cannot connect");
    close_all(&desk);
}

TEST(databento, refuses_what_it_cannot_do_when_it_is_asked)
{
    struct desk desk;
    struct source source;
    open_with(&desk, (struct databento_options){ 0 });
    CHECK_EQ(desk.source.ops->subscribe(desk.source.self, &(struct source_wish){ .symbol = "SPY" }),
             ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "SPY itself is not in a dataset of options");
    close_all(&desk);
    struct instruments none = { 0 };
    CHECK_EQ(databento_open(&source,
                            &(struct databento_options){ .dataset = "opra", .key = GATEWAY_KEY },
                            &none),
             ERR_USAGE);
    CHECK_EQ(databento_open(&source,
                            &(struct databento_options){ .dataset = "OPRA.PILLAR", .key = "x" },
                            &none),
             ERR_USAGE);
    CHECK_EQ(databento_open(&source,
                            &(struct databento_options){
                                .dataset = "OPRA.PILLAR", .key = GATEWAY_KEY, .port = 70000 },
                            &none),
             ERR_USAGE);
    CHECK_HAS(err_detail(), "port 70000");
}
