/*
 * An option chain at a moment of a stored day: the newest quote of every contract, by expiry and
 * strike, with forwards, vols and Greeks where somebody asks for them.
 */
#ifndef SERVICES_SERVER_CHAIN_AT_H
#define SERVICES_SERVER_CHAIN_AT_H

#include "adapters/store/store.h"
#include "base/mem.h"
#include "domain/pricing/pricing.h"

/* The newest quote of a contract; has is false before its first one. */
struct chain_quote {
    bool has;
    int64_t bid, ask, last;
    uint32_t bid_size, ask_size, volume, open_interest;
};

/* One expiry of one root: strikes ascending, a row for each, calls [0] and puts [1]. */
struct chain_slice {
    struct contract first;      /* any of them: root, expiry, style, settlement */
    size_t count;
    const int64_t *strikes;     /* micros */
    struct chain_quote *quotes[2];
    double days;                /* to its settlement; not above 0: it has settled */
    /* After chain_slice_price(), NaN where there is none: */
    double forward, discount, atm_vol;
    uint8_t forward_status;
    double *vol[2], *delta[2], *gamma[2], *vega[2], *theta[2]; /* as pricing.h */
    uint8_t *status[2];
};

struct chain_at {
    char underlying[STORE_SYMBOL_BYTES];
    int32_t day;
    int64_t ts_ns;
    int64_t underlying_micros; /* PRICE_NONE unknown */
    double rate;               /* per year, of the store's series; 0 without one */
    struct chain_slice *slices;
    size_t slice_count;
};

/*
 * The last snapshot at or before at_ns (TS_NONE: the last) of a day. Contracts without any quote yet
 * are left out. Everything lives in arena. Errors: ERR_NOT_FOUND for a day or a moment before its
 * first snapshot, ERR_RANGE for an odd symbol, those of the store.
 */
NODISCARD enum err chain_at_read(struct chain_at *out, struct arena *arena, const struct store *store,
                                 const char *underlying, int32_t day, int64_t at_ns);

/* Forward from parity, vols of the mids, Greeks: Black-76, American options valued as European. */
void chain_slice_price(const struct chain_at *chain, struct chain_slice *slice, struct arena *arena);

#endif
