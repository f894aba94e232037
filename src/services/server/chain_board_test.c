/* Chain frames as a client reads them: byte by byte, from docs/server.md. */
#include "services/server/chain_board.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/zone.h"
#include "domain/types/money.h"
#include "domain/types/product.h"
#include "tests/testing.h"

enum { ROWS_MAX = 64 };

/* What a page keeps of a topic. */
struct reader {
    uint32_t layout, number, count;
    uint64_t seq;
    int64_t now_ns, market_ns, spot;
    uint32_t flags;
    uint32_t cells[CHAIN_COLUMNS][ROWS_MAX];
    int frames, snapshots;
    uint32_t rows_last; /* of the last frame */
};

static uint32_t get32(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const char *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void read_frame(struct reader *r, const struct buf *frame)
{
    const char *p = frame->ptr;
    CHECK(frame->len >= 72);
    CHECK_EQ(get32(p), 0x31434649);
    CHECK_EQ(get32(p + 4) & 0xffff, 1);
    uint32_t kind = get32(p + 4) >> 16, n = get32(p + 16);
    CHECK(kind == 1 || kind == 2);
    CHECK_EQ(get32(p + 8), r->number);
    CHECK_EQ(get32(p + 12), r->layout);
    CHECK_EQ(frame->len, 72 + 60 * (size_t)n);
    CHECK_EQ(get64(p + 32), kind == 1 ? 0 : r->seq);
    if (kind == 1)
        memset(r->cells, 0xee, sizeof r->cells);
    r->snapshots += kind == 1;
    r->flags = get32(p + 20);
    r->seq = get64(p + 24);
    r->now_ns = (int64_t)get64(p + 40);
    r->market_ns = (int64_t)get64(p + 48);
    r->spot = (int64_t)get64(p + 56);
    r->rows_last = n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = get32(p + 72 + 4 * i);
        CHECK(row < r->count);
        CHECK(i == 0 || row > get32(p + 72 + 4 * (i - 1)));
        for (uint32_t k = 0; k < CHAIN_COLUMNS; k++)
            r->cells[k][row] = get32(p + 72 + 4 * (size_t)n + 4 * ((size_t)k * n + i));
    }
    r->frames++;
}

static void read_layout(struct reader *r, const struct buf *text)
{
    json_t *json = json_loadb(text->ptr, text->len, 0, NULL);
    CHECK(json != NULL);
    CHECK_STR(json_string_value(json_object_get(json, "op")), "subscribed");
    r->number = (uint32_t)json_integer_value(json_object_get(json, "number"));
    r->layout = (uint32_t)json_integer_value(json_object_get(json, "layout"));
    r->count = (uint32_t)json_array_size(json_object_get(json, "contracts"));
    CHECK_EQ(strlen(json_string_value(json_object_get(json, "rights"))), r->count);
    CHECK_EQ(json_array_size(json_object_get(json, "strikes_micros")), r->count);
    json_decref(json);
}

/* Take all there is; how many frames and announcements. */
static int drain(struct reader *r, struct chain_watch *w, int64_t now)
{
    struct buf out = { 0 };
    bool is_binary;
    int n = 0;
    while (chain_watch_next(w, now, 1000 + now, &out, &is_binary)) {
        is_binary ? read_frame(r, &out) : read_layout(r, &out);
        buf_clear(&out);
        n++;
    }
    buf_free(&out);
    return n;
}

static uint32_t make_contracts(struct contract *out, int strikes)
{
    uint32_t n = 0;
    static const int32_t expiries[] = { 20261120, 20261218 };
    for (int e = 0; e < 2; e++)
        for (int k = 0; k < strikes; k++)
            for (int side = 0; side < 2; side++) {
                struct occ_symbol name = { .root = "SPXW",
                                           .expiry = expiries[e],
                                           .right = side ? OPTION_PUT : OPTION_CALL,
                                           .strike_mills = 5000000 + k * 5000 };
                CHECK_OK(product_contract(&out[n++], &name));
            }
    return n;
}

static struct chain_row row_at(int64_t bid)
{
    return (struct chain_row){ .bid = bid,
                               .ask = bid + 50000,
                               .last = PRICE_NONE,
                               .bid_size = 7,
                               .ask_size = SIZE_NONE,
                               .volume = SIZE_NONE,
                               .interest = 12,
                               .quoted_ns = 5000000000,
                               .vol = 0.25,
                               .delta = -0.5,
                               .gamma = NAN,
                               .theta = -1.5,
                               .vega = 2 };
}

static float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

TEST(chain_board, a_frame_is_what_the_page_of_the_format_says)
{
    struct contract contracts[ROWS_MAX];
    struct chain_board *b = chain_board_open("SPX", 0xabc);
    struct chain_watch w;
    struct reader r = { 0 };
    uint32_t n = make_contracts(contracts, 3);
    chain_watch_on(&w, b, 9, 20261218, STR(""));
    CHECK(!chain_watch_is_due(&w, 0)); /* no rows are known yet */
    chain_board_lay(b, contracts, n, 1000000000);
    chain_board_begin(b);
    struct chain_row row = row_at(12350000);
    chain_board_set(b, 6, &row); /* the first of the second expiry */
    row.bid = 123456789;         /* no whole 1/10000 dollar */
    chain_board_set(b, 7, &row);
    chain_board_end(b, 77, 5012340000, CHAIN_SESSION_OPEN);
    CHECK_EQ(drain(&r, &w, 0), 2); /* what the rows are, then a snapshot */
    CHECK_EQ(r.number, 9);
    CHECK_EQ(r.count, 6);
    CHECK_EQ(r.rows_last, 6);
    CHECK_EQ(r.snapshots, 1);
    CHECK_EQ(r.market_ns, 77);
    CHECK_EQ(r.now_ns, 1000);
    CHECK_EQ(r.spot, 5012340000);
    CHECK_EQ(r.flags, 1);
    CHECK_EQ((int32_t)r.cells[0][0], 123500);
    CHECK_EQ((int32_t)r.cells[1][0], 124000);
    CHECK_EQ((int32_t)r.cells[2][0], INT32_MIN);
    CHECK_EQ((int32_t)r.cells[0][1], INT32_MIN);
    CHECK_EQ(r.cells[3][0], 7);
    CHECK_EQ(r.cells[4][0], UINT32_MAX);
    CHECK_EQ(r.cells[6][0], 12);
    CHECK_EQ(r.cells[7][0], 4000);
    CHECK_NEAR(float_of(r.cells[9][0]), 0.25, 0);
    CHECK_NEAR(float_of(r.cells[10][0]), -0.5, 0);
    CHECK(isnan(float_of(r.cells[11][0])));
    CHECK_NEAR(float_of(r.cells[12][0]), -1.5, 0);
    CHECK_NEAR(float_of(r.cells[13][0]), 2, 0);
    CHECK_EQ(r.cells[7][2], UINT32_MAX); /* never quoted */
    chain_board_close(b);
}

TEST(chain_board, a_delta_has_the_rows_that_changed_and_speaks_twenty_times_a_second_at_most)
{
    struct contract contracts[ROWS_MAX];
    struct chain_board *b = chain_board_open("SPX", 1);
    struct chain_watch w;
    struct reader r = { 0 };
    chain_board_lay(b, contracts, make_contracts(contracts, 3), 0);
    chain_watch_on(&w, b, 1, 0, STR(""));
    drain(&r, &w, 0);
    struct chain_row row = row_at(1000000);
    chain_board_begin(b);
    chain_board_set(b, 4, &row);
    chain_board_end(b, 1, PRICE_NONE, 0);
    CHECK_EQ(drain(&r, &w, 49999999), 0);
    CHECK_EQ(drain(&r, &w, 50000000), 1);
    CHECK_EQ(r.rows_last, 1);
    chain_board_begin(b);
    chain_board_set(b, 4, &row); /* the same again */
    chain_board_end(b, 2, PRICE_NONE, 0);
    CHECK_EQ(drain(&r, &w, 500000000), 0);
    chain_board_begin(b);
    chain_board_end(b, 3, 1000000, 0); /* the spot alone */
    CHECK_EQ(drain(&r, &w, 600000000), 1);
    CHECK_EQ(r.rows_last, 0);
    CHECK_EQ(r.spot, 1000000);
    chain_board_close(b);
}

TEST(chain_board, whoever_reads_slowly_or_comes_back_ends_with_the_same_rows)
{
    struct contract contracts[ROWS_MAX];
    struct chain_board *b = chain_board_open("SPX", 0x77);
    struct chain_watch quick, slow, late;
    struct reader q = { 0 }, s = { 0 }, l = { 0 };
    struct rng rng;
    char resume[64];
    uint32_t n = make_contracts(contracts, 5);
    rng_init(&rng, 20261120, 0, 0);
    chain_board_lay(b, contracts, n, 0);
    chain_watch_on(&quick, b, 1, 0, STR(""));
    chain_watch_on(&slow, b, 2, 0, STR(""));
    chain_watch_on(&late, b, 3, 0, STR(""));
    drain(&l, &late, 0);
    for (int i = 1; i <= 2000; i++) {
        chain_board_begin(b);
        for (int k = 0; k < 3; k++) {
            struct chain_row row = row_at((int64_t)rng_below(&rng, 1000) * 10000);
            chain_board_set(b, (uint32_t)rng_below(&rng, n), &row);
        }
        chain_board_end(b, i, PRICE_NONE, 0);
        drain(&q, &quick, i * INT64_C(100000000));
        if (i % 97 == 0)
            drain(&s, &slow, i * INT64_C(100000000));
    }
    drain(&s, &slow, INT64_C(2001) * 100000000);
    snprintf(resume, sizeof resume, "%016llx.%u.%llu", 0x77ULL, l.layout,
             (unsigned long long)l.seq);
    chain_watch_on(&late, b, 3, 0, str_from(resume));
    drain(&l, &late, INT64_C(2001) * 100000000);
    CHECK_EQ(l.snapshots, 1); /* only the first one */
    CHECK(memcmp(q.cells, s.cells, sizeof q.cells) == 0);
    CHECK(memcmp(q.cells, l.cells, sizeof q.cells) == 0);
    CHECK(q.frames > s.frames);
    snprintf(resume, sizeof resume, "%016llx.%u.%llu", 0x78ULL, l.layout,
             (unsigned long long)l.seq);
    chain_watch_on(&late, b, 3, 0, str_from(resume)); /* of another life of the server */
    drain(&l, &late, INT64_C(2002) * 100000000);
    CHECK_EQ(l.snapshots, 2);
    chain_board_close(b);
}

TEST(chain_board, new_rows_are_announced_before_a_new_snapshot)
{
    struct contract contracts[ROWS_MAX];
    struct chain_board *b = chain_board_open("SPX", 1);
    struct chain_watch w;
    struct reader r = { 0 };
    chain_board_lay(b, contracts, make_contracts(contracts, 3), 0);
    chain_watch_on(&w, b, 1, 0, STR(""));
    drain(&r, &w, 0);
    uint32_t before = r.layout;
    chain_board_lay(b, contracts, make_contracts(contracts, 8), 0);
    CHECK_EQ(drain(&r, &w, 1), 2);
    CHECK(r.layout != before);
    CHECK_EQ(r.count, 32);
    CHECK_EQ(r.rows_last, 32);
    /* Also to who comes back, before anything was sent to it. */
    char resume[64];
    uint32_t snapshots = r.snapshots;
    snprintf(resume, sizeof resume, "%016llx.%u.%llu", 1ULL, r.layout, (unsigned long long)r.seq);
    chain_watch_on(&w, b, 1, 0, str_from(resume));
    chain_board_lay(b, contracts, make_contracts(contracts, 3), 0);
    CHECK_EQ(drain(&r, &w, INT64_C(2000000000)), 2);
    CHECK_EQ(r.snapshots, snapshots + 1);
    chain_board_close(b);
}

TEST(chain_board, names_of_topics_are_read_or_refused)
{
    struct str symbol;
    int32_t expiry;
    CHECK(chain_topic_parse(STR("chain:SPX"), &symbol, &expiry));
    CHECK(str_is(symbol, "SPX"));
    CHECK_EQ(expiry, 0);
    CHECK(chain_topic_parse(STR("chain:SPY:2026-11-20"), &symbol, &expiry));
    CHECK_EQ(expiry, 20261120);
    static const char *const wrong[] = { "chain",
                                         "chain:",
                                         "chains:SPX",
                                         "chain:SPX:2026-11-31",
                                         "chain:SPX:20261120",
                                         "chain:SPX:2026-11-20:x",
                                         "chain:ABCDEFGHIJKLMNOP" };
    FOR_EACH (text, wrong)
        if (chain_topic_parse(str_from(*text), &symbol, &expiry))
            fail_msg("%s is taken", *text);
}
