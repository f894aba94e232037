/*
 * The live desk of a server: the kernel at work (services/desk), and its market for whoever looks.
 *
 *     desk's thread    desk_open(): recovery; then desk_step() for ever. It waits for nobody: what
 *                      it has changed goes into conflated quotes and, five times a second, a copy
 *                      of trades and account
 *     show's thread    20 times a second takes the quotes into books of its own, works out Greeks,
 *                      writes the chain boards; four times a second positions, account, strategies
 *                      and state as topics
 *     rows' thread     follows the journal into the store (desk_rows.h)
 *
 * Handlers of requests ask the desk itself through its inbox (services/desk/desk.h:
 * desk_command(), desk_preview()), and read what show's thread has made.
 */
#ifndef SERVICES_SERVER_LIVE_DESK_H
#define SERVICES_SERVER_LIVE_DESK_H

#include "domain/risk/attribution.h"
#include "services/desk/desk.h"
#include "services/live/lines.h"
#include "services/server/chain_board.h"
#include "services/server/desk_rows.h"
#include "services/server/topics.h"
#include "services/view/view.h"

struct live_desk;

struct live_desk_options {
    const char *folder; /* DATA/desk: the journal and what belongs to it; made when missing */
    const char *db_path;
    const char *feed;    /* sim, replay:PLACE, live */
    const char *symbols; /* NULL: the feed's own */
    const char *store;   /* market data: which dates live desks and tapes are told of; NULL: none */
    struct live_lines_options lines; /* of feed live; symbols and today are set here */
    double speed;
    uint64_t seed;
    int64_t cash;            /* micros; 0: 100,000 dollars */
    const struct keys *keys; /* of the audit trail */
    struct hub *hub;
    void (*woken)(void *context); /* after new frames; any thread */
    void *context;
};

/* Begins at once; recovery goes on behind. Errors: the folder, the store, a feed that is none. */
NODISCARD enum err live_desk_open(struct live_desk **out, const struct live_desk_options *options);
void live_desk_close(struct live_desk *live); /* NULL is fine; all that was committed is kept */

/* ---- any thread ------------------------------------------------------------------------------ */

/* The desk, or NULL with why and what to do: it is recovering, or has failed. */
struct desk *live_desk_get(struct live_desk *live, char why[DESK_TEXT_BYTES], bool *is_recovering);
struct desk_rows *live_desk_rows(struct live_desk *live); /* NULL while recovering */

extern const char live_desk_id[], live_account_id[];

/* Its state, schema Desk. */
void live_desk_write(struct live_desk *live, struct json_writer *json);
const char *live_desk_feed(const struct live_desk *live);

/* The board of an underlying; NULL none. */
struct chain_board *live_desk_board(struct live_desk *live, struct str symbol);

/* The chain as it is now, of some expiries (none named: all), as a view of a store's. Errors:
 * ERR_NOT_FOUND. */
NODISCARD enum err live_desk_chain(struct live_desk *live, struct arena *arena, struct str symbol,
                                   const int32_t *expiries, size_t expiry_count, struct view *out);
/* The first expiry that is a day or more ahead; 0 none. */
int32_t live_desk_front(struct live_desk *live, struct str symbol);
bool live_desk_has(struct live_desk *live, struct str symbol);

/* Bars of the day, as far as a server ran, `seconds` (a multiple of five) each, as an array of
 * schema IntradayBar. */
NODISCARD enum err live_desk_bars(struct live_desk *live, struct str symbol, int64_t seconds,
                                  struct json_writer *json);

/* What each whole minute of the desk's day closed at, as far as a server ran: ends of minutes,
 * ascending, and dollars, in the arena. None of a market that has none. */
size_t live_desk_minutes(struct live_desk *live, struct arena *arena, struct str symbol,
                         int64_t **ends_ns, double **closes);

/* ---- what is held, for risk ------------------------------------------------------------------ */

enum { SHOT_MARKETS = 16, SHOT_TRADES = 2048, SHOT_STRATEGIES = 256 };

struct shot_market {
    char symbol[16];
    int64_t last, bid, ask, previous_close;
    int64_t open_ns, close_ns;
    int32_t day;
};

struct shot_trade {
    struct trade trade;
    uint32_t market;
};

struct shot_strategy {
    char name[64], symbol[16], hash[20];
    bool is_armed;
};

/* A moment of the desk, copied. */
struct desk_shot {
    enum desk_phase phase;
    enum risk_state state;
    int64_t now_ns;
    int32_t day;
    uint64_t sequence, records, quotes;
    int64_t equity, cash, options, stock;
    int64_t margin; /* PRICE_NONE unknown */
    double lag_ms;  /* how late it steps */
    uint32_t working;
    uint32_t market_count, trade_count, strategy_count;
    bool is_cut; /* more trades than fit */
    struct shot_market markets[SHOT_MARKETS];
    struct shot_strategy strategies[SHOT_STRATEGIES];
    struct shot_trade trades[SHOT_TRADES];
};

/* A copy of the newest; the caller frees it with mem_free(). NULL before there is one. */
struct desk_shot *live_desk_shot(struct live_desk *live);

/* Of the newest, for figures; false before there is one. */
struct desk_figures {
    uint64_t records, quotes;
    double lag_ms;
    double quote_age_ms; /* since it took one; NaN: none yet */
};
bool live_desk_figures(struct live_desk *live, struct desk_figures *out);

/* For desk_read(): what is shown is of now. context: the live desk. */
void live_desk_refresh(void *context, const struct desk_view *view);
/* Equity when the day began; false: not known. */
bool live_desk_start(struct live_desk *live, int64_t *equity);
/* One strategy of a shot, schema Armed. */
void live_write_strategy(struct json_writer *json, const struct desk_shot *shot, uint32_t host,
                         const struct db_desk_strategy *known);

struct live_greeks {
    double vol, delta, gamma, theta,
        vega; /* a share; theta a calendar day, vega a vol point; NaN */
    int64_t bid, ask, quoted_ns;
};
struct live_greeks live_desk_greeks(struct live_desk *live, uint32_t market,
                                    const struct contract *contract);

/* Today's profit by Greek, while a server ran, of a market (by index) or of all (market_count);
 * false: nothing yet. */
struct live_attribution {
    struct attribution greeks;
    double trading, total; /* NaN: of all together alone */
};
bool live_desk_attribution(struct live_desk *live, uint32_t market, struct live_attribution *out);

#endif
