/*
 * Cboe's delayed-quote table of SPX and SPXW, one file a day:
 *
 *     underlying,underlying_last,exchange,optionroot,type,expiration,quotedate,strike,last,net,
 *     bid,ask,volume,openinterest,impliedvol,delta,gamma
 *
 * The time of the snapshot is not in the file and varies. 15 minutes before the equity close is
 * assumed (15:45, 12:45 on half days), unless a time is given; every snapshot is flagged so.
 * impliedvol 0 means that the vendor could not compute one.
 */
#include "adapters/import/table.h"

enum err import_cboe_spx(struct import *import)
{
    const struct table_layout layout = {
        .zone = ZONE_NEW_YORK,
        .view_count = 1,
        .zero_iv_missing = true,
        .views[0] = { .clock = CLOCK_EQUITY,
                      .before_close = 15 * NANOS_PER_MINUTE,
                      .flags = import->options->has_time ? 0 : SNAPSHOT_TIME_ASSUMED,
                      .columns = { [ROLE_SYMBOL] = "optionroot",
                                   [ROLE_UNDERLYING] = "underlying",
                                   [ROLE_EXPIRY] = "expiration",
                                   [ROLE_STRIKE] = "strike",
                                   [ROLE_RIGHT] = "type",
                                   [ROLE_DATE] = "quotedate",
                                   [ROLE_BID] = "bid",
                                   [ROLE_ASK] = "ask",
                                   [ROLE_LAST] = "last",
                                   [ROLE_VOLUME] = "volume",
                                   [ROLE_OPEN_INTEREST] = "openinterest",
                                   [ROLE_IV] = "impliedvol",
                                   [ROLE_DELTA] = "delta",
                                   [ROLE_LEVEL] = "underlying_last" } },
    };
    return table_import(import, &layout, 1);
}

bool import_cboe_spx_recognise(const struct import_probe *probe)
{
    return table_header_has(probe->line, ',',
                            "underlying,underlying_last,optionroot,type,quotedate,net,gamma") &&
           !table_header_has(probe->line, ',', "theta");
}
