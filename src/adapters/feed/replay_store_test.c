#include "adapters/feed/replay_store.h"

#include <sys/stat.h>

#include "adapters/feed/replay_dbn.h"
#include "adapters/feed/replay_merge.h"
#include "adapters/feed/tape_test.h"
#include "domain/types/product.h"

enum { ROOM = 64, DAY = 20250220 };

struct stage {
    struct arena arena;
    struct instruments instruments;
    struct store *store;
    const char *folder;
    struct source source;
    struct market_record got[ROOM];
    size_t count;
};

static struct contract option(const char *name)
{
    struct occ_symbol symbol;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&symbol, str_from(name)));
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

/* Two minutes of two contracts; the second one only changes its open interest. */
static void begin(struct stage *t, const char *underlying, const char *call, const char *put)
{
    struct day_writer *writer;
    arena_init(&t->arena, "test", 0);
    instruments_init(&t->instruments, &t->arena, 100);
    t->folder = testing_folder();
    CHECK_OK(store_open_writer(&t->store, t->folder));
    CHECK_OK(store_begin(t->store));
    CHECK_OK(day_writer_open(&writer, t->store, underlying, DAY, "test"));
    struct contract c = option(call), p = option(put);
    uint32_t first = day_writer_contract(writer, &c), second = day_writer_contract(writer, &p);
    for (int minute = 0; minute < 2; minute++) {
        int64_t ts = TAPE_NS + minute * NANOS_PER_MINUTE;
        struct quote quote = QUOTE_EMPTY;
        quote.bid = 1000000 + minute;
        quote.ask = 1100000;
        quote.bid_size = 7;
        quote.volume = (uint32_t)minute;
        day_writer_underlying(writer, ts, 600000000, 599990000, 600010000, 0);
        day_writer_quote(writer, ts, first, &quote);
        quote.bid = PRICE_NONE;
        quote.volume = SIZE_NONE;
        quote.open_interest = 50;
        if (minute == 0)
            day_writer_quote(writer, ts, second, &quote);
    }
    CHECK_OK(day_writer_finish(writer, NULL));
    CHECK_OK(store_commit(t->store, NULL, NULL, NULL));
}

static void end(struct stage *t)
{
    source_close(&t->source);
    store_close(t->store);
    arena_clear(&t->arena);
}

static void poll_all(struct stage *t, int64_t now_ns)
{
    CHECK_OK(source_poll(&t->source, now_ns, t->got, ROOM, &t->count));
}

TEST(replay_store, says_what_exists_then_each_snapshot_at_its_moment)
{
    struct stage t;
    int64_t first;
    begin(&t, "SPY", "SPY   250221C00600000", "SPY   250221P00600000");
    CHECK_OK(replay_store_open(&t.source, &first, t.store, "SPY", DAY, &t.instruments));
    CHECK_EQ(first, TAPE_NS);
    poll_all(&t, TAPE_NS - 1);
    CHECK_EQ(t.count, 0);
    poll_all(&t, TAPE_NS + NANOS_PER_MINUTE - 1);
    static const enum record_kind kinds[] = { RECORD_DEFINITION, RECORD_DEFINITION,
                                              RECORD_DEFINITION, RECORD_QUOTE,
                                              RECORD_QUOTE,      RECORD_INTEREST,
                                              RECORD_QUOTE,      RECORD_INTEREST };
    CHECK_EQ(t.count, ARRAY_COUNT(kinds));
    for (size_t i = 0; i < t.count; i++)
        CHECK_EQ(t.got[i].kind, kinds[i]);
    CHECK_EQ(t.got[0].of.definition.class, INSTRUMENT_STOCK);
    CHECK_EQ(t.got[3].of.quote.bid, 599990000);
    CHECK_EQ(t.got[3].instrument, t.got[0].instrument);
    CHECK_EQ(t.got[4].of.quote.bid, 1000000);
    CHECK_EQ(t.got[4].of.quote.bid_size, 7);
    CHECK_EQ(t.got[4].of.quote.ask_size, SIZE_NONE);
    CHECK_EQ(t.got[5].of.interest.volume, 0);
    CHECK_EQ(t.got[5].of.interest.open_interest, SIZE_NONE);
    CHECK_EQ(t.got[6].of.quote.bid, PRICE_NONE);
    CHECK_EQ(t.got[7].of.interest.open_interest, 50);
    CHECK_EQ(t.source.ops->next_ns(t.source.self), TAPE_NS + NANOS_PER_MINUTE);
    poll_all(&t, INT64_MAX);
    CHECK_EQ(t.count, 4); /* underlying, quote, interest, the end */
    CHECK_EQ(t.got[1].of.quote.bid, 1000001);
    CHECK_EQ(t.got[2].of.interest.volume, 1);
    CHECK_EQ(t.got[3].of.link.state, LINK_ENDED);
    CHECK_EQ(t.source.ops->next_ns(t.source.self), INT64_MAX);
    end(&t);
}

TEST(replay_store, an_index_has_a_level_and_no_quote)
{
    struct stage t;
    begin(&t, "SPX", "SPXW  250221C06000000", "SPXW  250221P06000000");
    CHECK_OK(replay_store_open(&t.source, NULL, t.store, "SPX", DAY, &t.instruments));
    poll_all(&t, TAPE_NS);
    CHECK_EQ(t.got[0].of.definition.class, INSTRUMENT_INDEX);
    CHECK_EQ(t.got[3].kind, RECORD_LEVEL);
    CHECK_EQ(t.got[3].of.level.value, 600000000);
    CHECK_EQ(t.got[4].kind, RECORD_QUOTE);
    CHECK_EQ(t.got[4].instrument, t.got[1].instrument);
    end(&t);
}

TEST(replay_store, gives_the_same_one_by_one)
{
    struct stage whole, steps;
    begin(&whole, "SPY", "SPY   250221C00600000", "SPY   250221P00600000");
    begin(&steps, "SPY", "SPY   250221C00600000", "SPY   250221P00600000");
    CHECK_OK(replay_store_open(&whole.source, NULL, whole.store, "SPY", DAY, &whole.instruments));
    CHECK_OK(replay_store_open(&steps.source, NULL, steps.store, "SPY", DAY, &steps.instruments));
    poll_all(&whole, INT64_MAX);
    for (size_t i = 0; i < whole.count; i++) {
        CHECK_OK(source_poll(&steps.source, INT64_MAX, steps.got, 1, &steps.count));
        CHECK_EQ(steps.count, 1);
        CHECK(memcmp(&steps.got[0], &whole.got[i], sizeof steps.got[0]) == 0);
    }
    end(&whole);
    end(&steps);
}

static void write_tape(const char *folder, const char *name, uint32_t number, const char *symbol,
                       int64_t first_ms)
{
    struct buf bytes = { 0 };
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, number, symbol, 'C');
    for (int i = 0; i < 5; i++)
        tape_quote(writer, number, first_ms + 10 * i, 100, 110 + i);
    CHECK_OK(dbn_writer_close(writer));
    testing_file(folder, name, bytes.ptr, bytes.len);
    buf_free(&bytes);
}

TEST(replay_day, prefers_the_tapes_beside_a_store_and_merges_them_by_time)
{
    struct stage t;
    char folder[512];
    int64_t first;
    begin(&t, "SPY", "SPY   250221C00600000", "SPY   250221P00600000");
    snprintf(folder, sizeof folder, "%s/tape", t.folder);
    MUST(mkdir(folder, 0777) == 0);
    snprintf(folder, sizeof folder, "%s/tape/SPY", t.folder);
    MUST(mkdir(folder, 0777) == 0);
    write_tape(folder, "20250220.b.dbn", 1, "SPY   250221C00600000", 5);
    write_tape(folder, "20250220.a.dbn", 1, "SPY   250221C00610000", 0);
    write_tape(folder, "20250221.a.dbn", 1, "SPY   250221C00620000", 0); /* another day */
    CHECK_OK(replay_day_open(&t.source, &first, t.store, "SPY", DAY, &t.instruments));
    CHECK_EQ(first, TAPE_NS);
    poll_all(&t, INT64_MAX);
    CHECK_EQ(t.count, 2 * 6 + 1);
    CHECK_EQ(t.got[t.count - 1].of.link.state, LINK_ENDED); /* once, at the end of all */
    for (size_t i = 1; i + 1 < t.count; i++) {
        CHECK(t.got[i].recv_ns >= t.got[i - 1].recv_ns);
        if (t.got[i].kind == RECORD_QUOTE && t.got[i - 1].kind == RECORD_QUOTE)
            CHECK(t.got[i].instrument != t.got[i - 1].instrument); /* they take turns */
    }
    end(&t);
}

TEST(replay_day, says_so_when_there_is_nothing)
{
    struct stage t;
    begin(&t, "SPY", "SPY   250221C00600000", "SPY   250221P00600000");
    CHECK_EQ(replay_day_open(&t.source, NULL, t.store, "QQQ", DAY, &t.instruments), ERR_NOT_FOUND);
    CHECK_HAS(err_detail(), "QQQ");
    t.source = (struct source){ 0 };
    end(&t);
}
