/*
 * OptionsDX, end of day and intraday: 33 columns with names in brackets, a call and a put a row.
 *
 *     [QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], [QUOTE_TIME_HOURS], [UNDERLYING_LAST],
 *     [EXPIRE_DATE], [EXPIRE_UNIX], [DTE], [C_DELTA], ..., [C_SIZE], [C_BID], [C_ASK], [STRIKE],
 *     [P_BID], [P_ASK], [P_SIZE], ..., [STRIKE_DISTANCE], [STRIKE_DISTANCE_PCT]
 *
 * The moment is QUOTE_UNIXTIME (seconds, UTC) and must lie on QUOTE_DATE in New York. The file does
 * not say whose options they are: the letters that its name starts with do (spx_eod_202301.txt),
 * or one symbol named by the person. Nor does it tell SPX from SPXW: expiries on third Fridays are
 * taken for the monthly root (morning settlement), all others for the weekly one; so with NDX and
 * RUT. Sizes are "5 x 10" (bid x ask); fields may be empty.
 */
#include "adapters/import/table.h"

#define SHARED                                                                                     \
    [ROLE_TIMESTAMP] = "quote_unixtime", [ROLE_DATE] = "quote_date",                               \
    [ROLE_EXPIRY] = "expire_date", [ROLE_STRIKE] = "strike", [ROLE_LEVEL] = "underlying_last"

enum err import_optionsdx(struct import *import)
{
    static const struct table_layout layout = {
        .zone = ZONE_NEW_YORK,
        .stamp = STAMP_SECONDS,
        .file_names_underlying = true,
        .weekly_roots = true,
        .zero_iv_missing = true,
        .view_count = 2,
        .views = { { .right = OPTION_CALL,
                     .columns = { SHARED, [ROLE_BID] = "c_bid", [ROLE_ASK] = "c_ask",
                                  [ROLE_SIZES] = "?c_size", [ROLE_LAST] = "c_last",
                                  [ROLE_VOLUME] = "c_volume", [ROLE_IV] = "?c_iv",
                                  [ROLE_DELTA] = "?c_delta" } },
                   { .right = OPTION_PUT,
                     .columns = { SHARED, [ROLE_BID] = "p_bid", [ROLE_ASK] = "p_ask",
                                  [ROLE_SIZES] = "?p_size", [ROLE_LAST] = "p_last",
                                  [ROLE_VOLUME] = "p_volume", [ROLE_IV] = "?p_iv",
                                  [ROLE_DELTA] = "?p_delta" } } },
    };
    return table_import(import, &layout, 1);
}

bool import_optionsdx_recognise(const struct import_probe *probe)
{
    return table_header_has(probe->line, ',', "quote_unixtime,expire_unix,c_bid,p_bid,strike");
}
