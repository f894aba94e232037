/*
 * A vendor's live lines for a desk: Databento as the primary, Polygon as the backup.
 *
 *     struct live_lines_options options = { .symbols = "SPY,QQQ", .today = 20260220 };
 *     live_lines_keys(&options);                     the vendors' keys, from the environment
 *     live_init(live, &live_lines_desk);             room for whole chains, silence is a doubt
 *     err = live_lines_open(&lines, live, &options);
 *     while (!(err = live_step(live, now, 64, NULL))) {
 *         err = live_lines_step(&lines, live);       now and then: what the backup listens to
 *
 * The primary is a dataset of options (whole chains) and one of stocks, a line each, as one source
 * (adapters/feed/group.h). An index has no line: nobody sells its level with these datasets, and
 * forwards come from the parity of its options.
 *
 * The backup cannot take a whole chain: 1,000 contracts at most. They are chosen once, when the
 * primary has told what is listed and where the underlyings stand: near the money in standard
 * deviations (of 20 % vol: far expiries reach farther), early expiries first. What it does not
 * quote is void while the primary is away (live.h).
 */
#ifndef SERVICES_LIVE_LINES_H
#define SERVICES_LIVE_LINES_H

#include "services/live/live.h"

/* The environment variables that hold the keys; POLYGON's other name is that of its new owner. */
#define LIVE_DATABENTO_KEY "DATABENTO_API_KEY"
#define LIVE_POLYGON_KEY "POLYGON_API_KEY"
#define LIVE_MASSIVE_KEY "MASSIVE_API_KEY"

enum { LIVE_LINES_SYMBOLS = 32, LIVE_LINES_STOCKS_MAX = 32 };

struct live_lines_options {
    const char *symbols; /* underlyings, "SPY,QQQ,SPX" */
    int32_t today;       /* yyyymmdd, New York: which terms roots have */
    const char *databento_key;
    const char *polygon_key; /* NULL: no backup */
    /* Which datasets, and where: "DATASET" or "DATASET@HOST:PORT"; NULL: OPRA.PILLAR and EQUS.MINI
     * at the vendor's. A host of one's own is a tunnel, or a stand-in. */
    const char *options, *stocks;
    const char
        *polygon;       /* NULL: the vendor's; "wss://HOST:PORT", or "ws://HOST:PORT" without TLS */
    const char *quotes; /* schema of option quotes; NULL: every change, "cbbo-1s": once a second */
    uint32_t backup_max; /* contracts of the backup; 0: as many as it takes */
};

struct live_lines {
    char symbols[LIVE_LINES_SYMBOLS][INSTRUMENT_SYMBOL_BYTES];
    uint32_t symbol_count;
    struct source backup; /* the one that contracts are still to be named to; ops NULL: none */
    uint32_t backup_max;
    bool has_chosen;
    uint32_t seen; /* instruments when last looked */
    int64_t seen_ns, begun_ns;
    uint32_t chosen; /* contracts that the backup listens to */
    char primary_text[272],
        backup_text[96]; /* "OPRA.PILLAR, EQUS.MINI at HOST:PORT of Databento" */
};

/* live_options_default with room for whole chains of several underlyings; and, on live lines, five
 * seconds of silence of all sources are a doubt. */
extern const struct live_options live_lines_desk;

/* Set the keys from the environment; NULL where there is none. They are views, and never shown. */
void live_lines_keys(struct live_lines_options *options);

/*
 * Open the lines and add them to live, which was initialised and has no source yet. Nothing is
 * connected before the first step; a wrong key or host shows then, as an error of live_step() or a
 * LINK_DOWN. Errors: ERR_USAGE naming what is missing (a key, and where to get it) or odd; live has
 * no source then.
 */
NODISCARD enum err live_lines_open(struct live_lines *lines, struct live *live,
                                   const struct live_lines_options *options);

/* Choose what the backup listens to once it can be chosen; cheap otherwise. Errors: those of its
 * subscribe(). */
NODISCARD enum err live_lines_step(struct live_lines *lines, struct live *live);

#endif
