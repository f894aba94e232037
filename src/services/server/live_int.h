/* What the files of the live desk share. */
#ifndef SERVICES_SERVER_LIVE_INT_H
#define SERVICES_SERVER_LIVE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/ring.h"
#include "domain/market/conflate.h"
#include "domain/types/occ_symbol.h"
#include "kernel/book.h"
#include "services/server/live_desk.h"

enum {
    LIVE_CONTRACTS = 32768, /* of an underlying, streamed */
    LIVE_SLICES = 512,
    LIVE_UNDERLYING = LIVE_CONTRACTS, /* its own number among a market's quotes */
    BAR_SECONDS = 5,
    BARS_MAX = 86400 / BAR_SECONDS,
};

/* A day's table, on its way from the desk's thread to show's, which frees it. */
struct live_session {
    uint32_t market, count;
    uint16_t number; /* rising; quotes carry it */
    int32_t day;
    int64_t open_ns, close_ns, previous_close;
    double rate;
    struct contract *contracts;
    uint32_t *open_interest; /* SIZE_NONE */
};

/* What the desk's thread tells of a market. */
struct live_market {
    struct conflate quotes;
    /* the desk's thread's own */
    int32_t day;
    uint32_t count;
    uint16_t session;
    int64_t *lasts; /* of each contract: told already */
};

struct bar {
    int64_t ts_ns, open, high, low, close;
};

/* How old what is shown may be while the session is open: LIVE_LATE, too old for what expires
 * today; LIVE_STALE, for everything. */
enum live_age { LIVE_FRESH, LIVE_LATE, LIVE_STALE };

/* A market as show's thread keeps it. */
struct mirror {
    struct arena arena; /* of the session */
    bool has_session;
    uint16_t session;
    struct book book;
    int64_t *quoted_ns; /* by contract */
    double *vol, *delta, *gamma, *theta, *vega;
    bool *is_dirty; /* by contract: its row differs from the board's */
    bool slice_dirty[LIVE_SLICES];
    int64_t slice_ns[LIVE_SLICES]; /* steady, of its last Greeks */
    double *scratch[8];
    int8_t *sign;
    int64_t underlying_ns;
    int64_t heard_ns; /* steady, of the last quote of any kind; 0 none */
    enum live_age age;
    int64_t previous_close;
    struct bar *bars;              /* of the day */
    uint32_t bar_count, bars_kept; /* the last of those may have changed since */
    struct live_attribution attribution;
    bool has_attribution;
    struct chain_board *board;
};

struct live_desk {
    struct live_desk_options options;
    struct arena arena;
    const char *journal;
    atomic_bool is_stopping;
    pthread_t desk_thread, show_thread;
    bool has_desk_thread, has_show_thread;

    pthread_mutex_t lock; /* guards what follows */
    struct desk *desk;    /* NULL until it has recovered; then until the end */
    struct desk_rows *rows;
    bool has_failed;
    char text[DESK_TEXT_BYTES];
    const char *feed_state;          /* schema Desk */
    char feed_text[DESK_TEXT_BYTES]; /* what is to be said of the feed; "" nothing */
    uint64_t recovered;
    int64_t cash_first; /* what the desk began with */

    char symbols[SHOT_MARKETS][16]; /* of the markets; set before the first session is told */
    struct ring sessions;           /* of struct live_session * */
    struct live_market *markets[SHOT_MARKETS]; /* made before the first session of each is told */
    atomic_uint market_count;

    /* The newest shot: the desk's thread writes into `taken` when nobody has it. */
    pthread_mutex_t shot_lock;
    struct desk_shot *shot;
    bool has_shot;
    int64_t shot_ns, margin_ns, feed_ns; /* steady; the desk's thread's own, as below */
    struct live_lines lines;             /* of feed live */
    int32_t pace_day;
    int64_t pace_steady_ns, pace_market_ns;
    int64_t margin;
    struct margin_answer *margin_answer;
    uint64_t quotes;           /* the desk's thread's own */
    _Atomic int64_t quoted_ns; /* steady, of the last of them; 0 none */

    pthread_mutex_t mirror_lock; /* guards the mirrors */
    struct mirror *mirrors[SHOT_MARKETS];

    /* show's own */
    struct arena show_arena;
    struct desk_shot *shown;
    struct db *db;
    struct live_topics *topics;
    atomic_bool is_shown;         /* what was recovered is published */
    _Atomic int64_t equity_start; /* of the day; PRICE_NONE */
    int64_t heard_ns;             /* steady, of the last quote of any market */
    struct live_profit *profit;
    struct held *profit_now;
    struct live_attribution attribution; /* of all; under mirror_lock, as what follows */
    bool has_attribution;
    int32_t attribution_day;
    int64_t attribution_equity; /* until which it goes */
    bool keeps_not;             /* the thread of the rows could not keep it, and has said so */
};

/* live_desk.c, in the desk's thread */
void live_stepped(void *context, const struct desk_view *view);

/* live_source.c: the feed that the options name. check: what can be told before anything is
 * opened; choose and tell, in the desk's thread: for desk_open(), and what it does now. */
NODISCARD enum err live_source_check(const struct live_desk_options *options);
NODISCARD enum err live_source_choose(struct live_desk *live, struct desk_options *out);
void live_source_tell(struct live_desk *live, const struct desk *desk, bool is_over);

/* live_show.c */
void *live_show(void *live);
/* Whether a market's quotes stand still while its session is open. With mirror_lock held. */
bool live_is_stale(const struct mirror *mirror);
/* live_topics.c: what a shot (NULL: none yet) says, as topics; in show's thread */
void live_publish(struct live_desk *live, const struct desk_shot *shot);
/* How a position is written, wherever one is. */
void live_leg_name(char out[OCC_SYMBOL_BYTES], const struct trade_leg *leg);
void live_write_leg(struct json_writer *json, const struct trade_leg *leg,
                    const struct live_greeks *greeks);
void live_trade_label(struct buf *out, const struct trade *trade);
int64_t live_trade_packages(const struct trade *trade);
const char *live_trade_state(const struct trade *trade); /* a word of schema Position */
void live_topics_close(struct live_desk *live);
/* live_keep.c: the day's bars and attribution in the store, so that a restart goes on with them.
 * keep: by the thread of the rows; load: by show's thread, with mirror_lock held. */
void live_keep(void *live, struct db *db);
void live_load_bars(struct live_desk *live, struct mirror *m, const char *symbol);
/* False: nothing was kept of this day. Equity: until which it goes. */
bool live_load_attribution(struct live_desk *live, int32_t day, int64_t *equity);

/* live_profit.c: what moved the profit since the shot before; in show's thread */
void live_attribute(struct live_desk *live, const struct desk_shot *shot);

#endif
