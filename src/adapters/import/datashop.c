/*
 * Cboe DataShop: end of day with a second snapshot at 15:45, and intervals of a minute or more.
 *
 *     underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,
 *     trade_volume,bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,
 *     underlying_ask_1545[,implied_underlying_price_1545,active_underlying_price_1545,
 *     implied_volatility_1545,delta_1545,...],bid_size_eod,bid_eod,ask_size_eod,ask_eod,
 *     underlying_bid_eod,underlying_ask_eod,vwap,open_interest,delivery_code
 *
 *     underlying_symbol,quote_datetime,root,expiration,strike,option_type,open,...,bid_size,bid,
 *     ask_size,ask,underlying_bid,underlying_ask[,...,implied_volatility,delta,...][,open_interest]
 *
 * One end-of-day row gives two quotes. The first is stamped 15 minutes before the equity close
 * (15:45) and has no volume or last trade: those columns are of the whole day, which nobody knew
 * then. The second is stamped at the close of the class (16:15 for index options), or at 16:00 for
 * contracts that expire at that day's close. Rows quoted 0 by 0 are kept without bid and ask.
 * Sizes of 0, as in all end-of-day columns of some classes, are "not given". Binary options (BVZ on
 * ^VIX) are left out. VIX options are priced on the VIX future, not on the spot index shown here.
 */
#include "adapters/import/table.h"

#define CONTRACT                                                                                   \
    [ROLE_UNDERLYING] = "underlying_symbol", [ROLE_ROOT] = "root", [ROLE_EXPIRY] = "expiration",   \
    [ROLE_STRIKE] = "strike", [ROLE_RIGHT] = "option_type"

enum err import_datashop(struct import *import)
{
    static const struct table_layout layouts[] = {
        { .zone = ZONE_NEW_YORK,
          .view_count = 2,
          .zero_iv_missing = true,
          .views = { { .clock = CLOCK_EQUITY,
                       .before_close = 15 * NANOS_PER_MINUTE,
                       .columns = { CONTRACT, [ROLE_DATE] = "quote_date", [ROLE_BID] = "bid_1545",
                                    [ROLE_ASK] = "ask_1545", [ROLE_BID_SIZE] = "bid_size_1545",
                                    [ROLE_ASK_SIZE] = "ask_size_1545",
                                    [ROLE_OPEN_INTEREST] = "?open_interest",
                                    [ROLE_IV] = "?implied_volatility_1545",
                                    [ROLE_DELTA] = "?delta_1545",
                                    [ROLE_LEVEL] = "?active_underlying_price_1545",
                                    [ROLE_LEVEL_BID] = "underlying_bid_1545",
                                    [ROLE_LEVEL_ASK] = "underlying_ask_1545" } },
                     { .clock = CLOCK_OPTION,
                       .columns = { CONTRACT, [ROLE_DATE] = "quote_date", [ROLE_BID] = "bid_eod",
                                    [ROLE_ASK] = "ask_eod", [ROLE_BID_SIZE] = "bid_size_eod",
                                    [ROLE_ASK_SIZE] = "ask_size_eod", [ROLE_LAST] = "?close",
                                    [ROLE_VOLUME] = "trade_volume",
                                    [ROLE_OPEN_INTEREST] = "?open_interest",
                                    [ROLE_LEVEL_BID] = "underlying_bid_eod",
                                    [ROLE_LEVEL_ASK] = "underlying_ask_eod" } } } },
        /* last is of the interval, and volume too, so neither is "so far this day" */
        { .zone = ZONE_NEW_YORK,
          .view_count = 1,
          .zero_iv_missing = true,
          .views = { { .columns = { CONTRACT, [ROLE_TIMESTAMP] = "quote_datetime",
                                    [ROLE_BID] = "bid", [ROLE_ASK] = "ask",
                                    [ROLE_BID_SIZE] = "bid_size", [ROLE_ASK_SIZE] = "ask_size",
                                    [ROLE_LAST] = "?close", [ROLE_OPEN_INTEREST] = "?open_interest",
                                    [ROLE_IV] = "?implied_volatility", [ROLE_DELTA] = "?delta",
                                    [ROLE_LEVEL] = "?active_underlying_price",
                                    [ROLE_LEVEL_BID] = "underlying_bid",
                                    [ROLE_LEVEL_ASK] = "underlying_ask" } } } },
    };
    return table_import(import, layouts, ARRAY_COUNT(layouts));
}

bool import_datashop_recognise(const struct import_probe *probe)
{
    return table_header_has(probe->line, ',', "underlying_symbol,root,option_type,trade_volume") &&
           (table_header_has(probe->line, ',', "quote_date,bid_1545,bid_eod") ||
            table_header_has(probe->line, ',', "quote_datetime,bid,ask"));
}
