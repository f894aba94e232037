/*
 * Any order of changes, reads, new tables and returns: a client that merges frames ends with the
 * board's rows; and any bytes as a topic's name or as a place to resume at.
 */
#include "services/server/chain_board.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/zone.h"
#include "domain/types/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 8 };

struct client {
    struct chain_watch watch;
    uint32_t layout;
    uint64_t seq;
    int32_t bids[ROWS];
    bool is_known;
};

static void merge(struct client *c, const struct buf *frame)
{
    uint32_t head[6], row;
    uint64_t numbers[2];
    memcpy(head, frame->ptr, sizeof head);
    memcpy(numbers, frame->ptr + 24, sizeof numbers);
    bool is_snapshot = head[1] >> 16 == 1;
    MUST(head[3] == c->layout);
    MUST(frame->len == CHAIN_HEAD_BYTES + (size_t)CHAIN_ROW_BYTES * head[4]);
    MUST(is_snapshot || (c->is_known && numbers[1] == c->seq));
    for (uint32_t i = 0; i < head[4]; i++) {
        memcpy(&row, frame->ptr + CHAIN_HEAD_BYTES + 4 * i, sizeof row);
        MUST(row < ROWS);
        memcpy(&c->bids[row], frame->ptr + CHAIN_HEAD_BYTES + 4 * (size_t)head[4] + 4 * i,
               sizeof c->bids[row]);
    }
    c->seq = numbers[0];
    c->is_known = true;
}

static void drain(struct client *c, int64_t *now)
{
    struct buf out = { 0 };
    bool is_binary;
    *now += INT64_C(1000000000);
    while (chain_watch_next(&c->watch, *now, *now, &out, &is_binary)) {
        if (is_binary) {
            merge(c, &out);
        } else {
            json_t *said = json_loadb(out.ptr, out.len, 0, NULL);
            uint32_t layout = (uint32_t)json_integer_value(json_object_get(said, "layout"));
            c->is_known = c->is_known && layout == c->layout;
            c->layout = layout;
            json_decref(said);
        }
        buf_clear(&out);
        *now += INT64_C(1000000000);
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chain_board *board = chain_board_open("SPX", 7);
    struct contract contracts[ROWS] = { 0 };
    struct client c = { 0 };
    struct str symbol, bytes = { (const char *)data, size };
    int32_t expiry, truth[ROWS];
    int64_t now = 0;
    char resume[64];
    if (chain_topic_parse(bytes, &symbol, &expiry)) {
        MUST(symbol.len > 0);
        MUST(symbol.ptr >= bytes.ptr);
        MUST(symbol.ptr + symbol.len <= bytes.ptr + bytes.len);
    }
    for (int i = 0; i < ROWS; i++) {
        memcpy(contracts[i].root, "SPXW", 5);
        contracts[i].expiry = 20261120;
        contracts[i].strike_mills = 5000000 + 5000 * i;
        contracts[i].right = OPTION_CALL;
        truth[i] = INT32_MIN;
    }
    chain_board_lay(board, contracts, ROWS, 0);
    chain_watch_on(&c.watch, board, 1, 0, (struct str){ NULL, 0 });
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t row = data[i + 1] % ROWS;
        struct chain_row value = { .bid = data[i + 1] * INT64_C(10000),
                                   .ask = PRICE_NONE,
                                   .last = PRICE_NONE,
                                   .quoted_ns = TS_NONE };
        switch (data[i] % 6) {
        case 0:
        case 1:
            chain_board_begin(board);
            chain_board_set(board, row, &value);
            chain_board_end(board, (int64_t)i, PRICE_NONE, 0);
            truth[row] = data[i + 1] * 100;
            break;
        case 2:
            drain(&c, &now);
            break;
        case 3:
            chain_board_lay(board, contracts, ROWS, 0);
            for (int k = 0; k < ROWS; k++)
                truth[k] = INT32_MIN;
            break;
        case 4: /* the connection was lost */
            snprintf(resume, sizeof resume, "%016x.%u.%llu", 7, c.layout,
                     (unsigned long long)c.seq);
            chain_watch_on(&c.watch, board, 1, 0,
                           c.is_known ? str_from(resume) : (struct str){ NULL, 0 });
            break;
        case 5: /* a place that somebody made up */
            c.is_known = false;
            chain_watch_on(&c.watch, board, 1, 0, bytes);
            break;
        }
    }
    chain_watch_resync(&c.watch);
    drain(&c, &now);
    for (int k = 0; k < ROWS; k++)
        MUST(c.bids[k] == truth[k]);
    chain_board_close(board);
    return 0;
}
