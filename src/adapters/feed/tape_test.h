/* Small DBN tapes for the tests of this folder. */
#ifndef ADAPTERS_FEED_TAPE_TEST_H
#define ADAPTERS_FEED_TAPE_TEST_H

#include <stdio.h>
#include <string.h>

#include "adapters/dbn/dbn.h"
#include "adapters/feed/source.h"
#include "base/zone.h"
#include "tests/testing.h"

/* 2025-02-20 10:00:00 in New York. */
#define TAPE_NS INT64_C(1740063600000000000)

static inline struct dbn_writer *tape_begin(struct buf *bytes)
{
    struct dbn_metadata metadata;
    struct dbn_writer *writer;
    dbn_metadata_init(&metadata);
    snprintf(metadata.dataset, sizeof metadata.dataset, "OPRA.PILLAR");
    CHECK_OK(dbn_writer_open_memory(&writer, bytes, &metadata, false));
    return writer;
}

static inline void tape_define(struct dbn_writer *writer, uint32_t number, const char *name,
                               char class)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_DEFINITION);
    any.hd.instrument_id = number;
    any.hd.ts_event = any.definition.ts_recv = (uint64_t)TAPE_NS;
    snprintf(any.definition.raw_symbol, sizeof any.definition.raw_symbol, "%s", name);
    any.definition.instrument_class = class;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

/* Prices in cents; ms after TAPE_NS. */
static inline void tape_quote(struct dbn_writer *writer, uint32_t number, int64_t ms, int64_t bid,
                              int64_t ask)
{
    union dbn_any any;
    dbn_any_init(&any, DBN_RTYPE_CMBP1);
    any.hd.instrument_id = number;
    any.hd.publisher_id = DBN_PUBLISHER_OPRA;
    any.hd.ts_event = any.cmbp1.ts_recv = (uint64_t)(TAPE_NS + ms * 1000000);
    any.cmbp1.action = 'A';
    any.cmbp1.side = 'N';
    any.cmbp1.levels[0].bid_px = bid * 10000000;
    any.cmbp1.levels[0].ask_px = ask * 10000000;
    any.cmbp1.levels[0].bid_sz = 3;
    any.cmbp1.levels[0].ask_sz = 4;
    any.cmbp1.levels[0].bid_pb = 22;
    any.cmbp1.levels[0].ask_pb = 23;
    CHECK_OK(dbn_writer_append(writer, &any, 0));
}

#endif
