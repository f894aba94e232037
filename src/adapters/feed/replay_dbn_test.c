#include "adapters/feed/replay_dbn.h"

#include "adapters/feed/tape_test.h"

enum { ROOM = 64 };

struct playing {
    struct arena arena;
    struct instruments instruments;
    struct source source;
    struct replay_dbn_info info;
    struct market_record got[ROOM];
    size_t count;
};

static void play(struct playing *p, const struct buf *bytes)
{
    arena_init(&p->arena, "test", 0);
    instruments_init(&p->instruments, &p->arena, 100);
    CHECK_OK(replay_dbn_open_memory(&p->source, &p->info, "tape", bytes->ptr, bytes->len,
                                    &p->instruments));
}

static void stop(struct playing *p)
{
    source_close(&p->source);
    arena_clear(&p->arena);
}

TEST(replay_dbn, gives_definitions_then_quotes_up_to_the_time_it_is_told)
{
    struct buf bytes = { 0 };
    struct playing p;
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, 900, "SPY   250221C00600000", 'C');
    tape_quote(writer, 900, 5, 240, 250);
    tape_quote(writer, 900, 1000, 241, 250);
    tape_quote(writer, 901, 1000, 1, 2); /* never defined */
    CHECK_OK(dbn_writer_close(writer));
    play(&p, &bytes);
    CHECK_EQ(p.info.first_ns, TAPE_NS);
    CHECK_STR(p.info.dataset, "OPRA.PILLAR");

    CHECK_OK(source_poll(&p.source, TAPE_NS - 1, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 0);
    CHECK_OK(source_poll(&p.source, TAPE_NS + 999999999, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 2);
    CHECK_EQ(p.got[0].kind, RECORD_DEFINITION);
    CHECK_EQ(p.got[0].of.definition.of.contract.strike_mills, 600000);
    CHECK_EQ(p.got[1].kind, RECORD_QUOTE);
    CHECK_EQ(p.got[1].instrument, p.got[0].instrument);
    CHECK_EQ(p.got[1].of.quote.bid, 2400000);
    CHECK_EQ(p.got[1].of.quote.ask, 2500000);
    CHECK_EQ(p.got[1].of.quote.bid_size, 3);
    CHECK_EQ(p.got[1].of.quote.ask_venue, 23);
    CHECK_EQ(p.source.ops->next_ns(p.source.self), TAPE_NS + 1000000000);

    CHECK_OK(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 3);
    CHECK_EQ(p.got[1].instrument, INSTRUMENT_NONE);
    CHECK_EQ(p.got[2].kind, RECORD_LINK);
    CHECK_EQ(p.got[2].of.link.state, LINK_ENDED);
    CHECK_EQ(p.source.ops->next_ns(p.source.self), INT64_MAX);
    CHECK_OK(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 0);
    stop(&p);
    buf_free(&bytes);
}

TEST(replay_dbn, steps_one_record_at_a_time_and_gives_the_same_ones)
{
    struct buf bytes = { 0 };
    struct playing whole, steps;
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, 7, "QQQ   250221P00500000", 'P');
    for (int i = 0; i < 40; i++)
        tape_quote(writer, 7, i / 3, 100 + i, 110 + i);
    CHECK_OK(dbn_writer_close(writer));
    play(&whole, &bytes);
    play(&steps, &bytes);
    CHECK_OK(source_poll(&whole.source, INT64_MAX, whole.got, ROOM, &whole.count));
    for (size_t i = 0; i < whole.count; i++) {
        CHECK_OK(source_poll(&steps.source, INT64_MAX, steps.got, 1, &steps.count));
        CHECK_EQ(steps.count, 1);
        CHECK(memcmp(&steps.got[0], &whole.got[i], sizeof steps.got[0]) == 0);
    }
    stop(&whole);
    stop(&steps);
    buf_free(&bytes);
}

TEST(replay_dbn, a_cut_off_tape_gives_what_it_holds_and_then_says_so)
{
    struct buf bytes = { 0 };
    struct playing p;
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, 900, "SPY   250221C00600000", 'C');
    tape_quote(writer, 900, 5, 240, 250);
    tape_quote(writer, 900, 6, 240, 251);
    CHECK_OK(dbn_writer_close(writer));
    bytes.len -= 13;
    play(&p, &bytes);
    CHECK_OK(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 2);
    CHECK_EQ(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "cut off");
    stop(&p);
    buf_free(&bytes);
}

TEST(replay_dbn, a_record_that_is_a_trade_gives_the_quote_and_the_trade)
{
    struct buf bytes = { 0 };
    struct playing p;
    union dbn_any any;
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, 1, "SPY   250221C00600000", 'C');
    dbn_any_init(&any, DBN_RTYPE_TCBBO);
    any.hd.instrument_id = 1;
    any.hd.ts_event = any.cmbp1.ts_recv = (uint64_t)TAPE_NS;
    any.cmbp1.action = 'T';
    any.cmbp1.side = 'A';
    any.cmbp1.price = INT64_C(2405000000);
    any.cmbp1.size = 12;
    any.cmbp1.levels[0].bid_px = INT64_C(2400000001); /* more than six decimals */
    any.cmbp1.levels[0].ask_px = DBN_PRICE_NONE;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
    tape_define(writer, 2, "ES spread of a kind that nobody knows", 'S');
    tape_quote(writer, 2, 0, 1, 2);
    CHECK_OK(dbn_writer_close(writer));
    play(&p, &bytes);
    CHECK_OK(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count));
    CHECK_EQ(p.count, 4);
    CHECK_EQ(p.got[1].of.quote.bid, 2400000);
    CHECK_EQ(p.got[1].of.quote.ask, PRICE_NONE);
    CHECK_EQ(p.got[1].flags, RECORD_ROUNDED);
    CHECK_EQ(p.got[2].kind, RECORD_TRADE);
    CHECK_EQ(p.got[2].of.trade.price, 2405000);
    CHECK_EQ(p.got[2].of.trade.size, 12);
    CHECK_EQ(p.got[2].of.trade.side, 'S');
    CHECK_EQ(p.got[3].kind, RECORD_LINK);
    uint64_t unused, unsupported, unknown;
    replay_dbn_left_out(&p.source, &unused, &unsupported, &unknown);
    CHECK_EQ(unsupported, 2);
    stop(&p);
    buf_free(&bytes);
}

TEST(replay_dbn, reads_real_option_tapes)
{
    NEED_SHARED("data/databento-dbn/python-tests/OPRA.PILLAR/test_data.tbbo.dbn.zst");
    struct playing p;
    arena_init(&p.arena, "test", 0);
    instruments_init(&p.instruments, &p.arena, 1000);
    CHECK_OK(replay_dbn_open(
        &p.source, &p.info,
        testing_shared("data/databento-dbn/python-tests/OPRA.PILLAR/test_data.tbbo.dbn.zst"),
        &p.instruments));
    CHECK_OK(source_poll(&p.source, INT64_MAX, p.got, ROOM, &p.count));
    CHECK(p.count > 4);
    CHECK_EQ(p.got[0].kind, RECORD_DEFINITION); /* named by the metadata alone */
    CHECK_EQ(p.got[1].kind, RECORD_QUOTE);
    CHECK_EQ(p.got[2].kind, RECORD_TRADE);
    /* Its first trade: 0.24, with 0.24 x 0.25 quoted. */
    CHECK_EQ(p.got[2].of.trade.price, 240000);
    stop(&p);
}
