/*
 * HistoricalOptionData L2 and L3, end of day, in three headers:
 *
 *     underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,
 *     last,bid,ask,volume,openinterest,impliedvol,delta,gamma,theta,vega,optionalias[,dte]
 *     UnderlyingSymbol,UnderlyingPrice,Flags,OptionSymbol,Type,Expiration,DataDate,Strike,Last,Bid,
 *     Ask,Volume,OpenInterest,T1OpenInterest,IVMean,IVBid,IVAsk,Delta,Gamma,Theta,Vega,AKA
 *
 * The vendor calls them end-of-day quotes of 16:00: stamped at the equity close (16:00, 13:00 on
 * half days). underlying_last is near the official close but not always it (2695.79 against 2695.81
 * on 2018-01-02), so snapshots are not marked SNAPSHOT_CLOSE. Volatility and delta of 0 mean that
 * the vendor did not compute them (deep in the money). theta is not taken: its unit differs from
 * file to file.
 */
#include "adapters/import/table.h"

enum err import_hod(struct import *import)
{
    static const struct table_layout layout = {
        .zone = ZONE_NEW_YORK,
        .view_count = 1,
        .zero_iv_missing = true,
        .zero_delta_missing = true,
        .views[0] = { .clock = CLOCK_EQUITY,
                      .columns = { [ROLE_SYMBOL] = "optionroot|optionsymbol",
                                   [ROLE_UNDERLYING] = "underlying|underlyingsymbol",
                                   [ROLE_EXPIRY] = "expiration",
                                   [ROLE_STRIKE] = "strike",
                                   [ROLE_RIGHT] = "type",
                                   [ROLE_DATE] = "quotedate|datadate",
                                   [ROLE_BID] = "bid",
                                   [ROLE_ASK] = "ask",
                                   [ROLE_LAST] = "last",
                                   [ROLE_VOLUME] = "volume",
                                   [ROLE_OPEN_INTEREST] = "openinterest",
                                   [ROLE_IV] = "?impliedvol|ivmean",
                                   [ROLE_DELTA] = "?delta",
                                   [ROLE_LEVEL] = "underlying_last|underlyingprice" } },
    };
    return table_import(import, &layout, 1);
}

bool import_hod_recognise(const struct import_probe *probe)
{
    return table_header_has(probe->line, ',',
                            "underlying,underlying_last,exchange,optionroot,optionext,quotedate") ||
           table_header_has(probe->line, ',', "underlyingsymbol,optionsymbol,datadate");
}
