/*
 * A strategy as data: what a strategy file says, checked, with its parameters filled in.
 *
 * The file format is docs/strategy-format.md; strategy_parse() makes this struct from YAML or
 * JSON. The kernel's strategy host runs it. Everything lives in the arena given to the parser; the
 * struct is read-only afterwards and may be shared by many kernels.
 */
#ifndef DOMAIN_STRATEGY_STRATEGY_H
#define DOMAIN_STRATEGY_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "domain/strategy/expr.h"

#define STRATEGY_SCHEMA 1
#define STRATEGY_LEGS_MAX 8
#define STRATEGY_STRUCTURES_MAX 8
#define STRATEGY_TIMES_MAX 64
#define STRATEGY_PARAMS_MAX 32
#define STRATEGY_NAME_BYTES 64

enum leg_kind { LEG_CALL, LEG_PUT, LEG_STOCK };

enum expiry_rule {
    EXPIRY_DTE,   /* listed expiry nearest to value days, inside [min, max] */
    EXPIRY_DATE,  /* exactly this date */
    EXPIRY_SAME,  /* the expiry of leg */
    EXPIRY_AFTER, /* nearest to value days after the expiry of leg, inside [min, max] days after it
                   */
    EXPIRY_MONTHLY, /* value-th standard third-Friday cycle from today on, 1 is the next one > min
                       days */
    EXPIRY_NTH, /* value-th listed expiry from today on, 1 is the nearest with at least min days */
};

struct expiry_spec {
    enum expiry_rule rule;
    int32_t value;    /* days, or n of nth */
    int32_t min, max; /* days to expiry allowed, inclusive */
    int32_t date;     /* yyyymmdd */
    int leg;          /* index of an earlier leg */
    char root[8];     /* only this root ("SPXW"); "" any */
};

enum strike_rule {
    STRIKE_AT,            /* exactly value dollars */
    STRIKE_ATM,           /* nearest to the underlying */
    STRIKE_DELTA,         /* |delta| nearest to value (0 to 1), from the live chain */
    STRIKE_OFFSET,        /* value points from the underlying or from leg's strike, + is up */
    STRIKE_PERCENT,       /* value percent from the underlying or from leg's strike, + is up */
    STRIKE_PREMIUM,       /* mid price nearest to value dollars */
    STRIKE_EXPECTED_MOVE, /* value expected moves (ATM straddle of the leg's expiry) from the
                             underlying */
    STRIKE_SAME,          /* the strike of leg */
};
enum strike_round {
    ROUND_NEAREST,
    ROUND_DOWN,
    ROUND_UP
}; /* to a listed strike: nearest, at or below, at or above */

struct strike_spec {
    enum strike_rule rule;
    enum strike_round round;
    double value;
    int leg; /* base of OFFSET, PERCENT, SAME: index of an earlier leg, -1 the underlying */
    double tolerance; /* how far the found value may be from the asked one; 0: any */
};

struct leg_spec {
    char name[32];
    int8_t side; /* +1 buy, -1 sell */
    enum leg_kind kind;
    int32_t ratio; /* contracts per unit of the structure; shares for stock; > 0 */
    struct expiry_spec expiry;
    struct strike_spec strike;
};

enum entry_every {
    ENTRY_EVERY_TIME,
    ENTRY_DAILY,
    ENTRY_WEEKLY,
    ENTRY_MONTHLY,
    ENTRY_ONCE,
    ENTRY_EXPIRY_DAY,
    ENTRY_NEVER
};

struct entry_spec {
    enum entry_every every; /* at most one entry per slot of this length (per listed time for
                               EVERY_TIME); EXPIRY_DAY: on standard monthly expiry days only;
                               NEVER: only another structure's roll leads here */
    uint8_t weekdays;       /* bit 1 Monday ... bit 5 Friday */
    int32_t times[STRATEGY_TIMES_MAX]; /* New York seconds of the day, ascending */
    int time_count;                    /* 0: at the first snapshot that can trade */
    int32_t until;        /* seconds after a listed time at which it lapses; default 1800 */
    const int32_t *dates; /* only on these days; NULL any */
    int date_count;
    const struct expr *when;      /* NULL always */
    int max_open;                 /* open trades of this structure at once */
    int cooldown_days;            /* calendar days after a trade of this structure closed */
    bool separate_orders;         /* one order per leg in file order, in place of one package */
    double min_credit, max_debit; /* dollars a share at the mid; NaN: not asked */
};

enum size_rule {
    SIZE_CONTRACTS,    /* value units of the structure */
    SIZE_RISK,         /* worst loss at expiry is at most value percent of equity */
    SIZE_CASH_SECURED, /* short puts' strikes, and shares bought or behind short calls, are at most
                          value percent of equity */
    SIZE_PREMIUM,      /* debit or credit is at most value percent of equity */
    SIZE_SHARES,       /* as many units as held shares cover (covered calls of the wheel) */
};
struct size_spec {
    enum size_rule rule;
    double value;
    int32_t max; /* units; 0 none */
    const struct expr
        *scale; /* units are multiplied by it and rounded down; NULL: 1. Unknown: no entry */
};

struct exit_spec {         /* NaN or -1: not asked; whatever holds first closes the whole trade */
    double profit_percent; /* of the credit received or the debit paid */
    double loss_percent;   /* 200: a credit trade has lost twice its credit */
    double profit_dollars, loss_dollars; /* of the whole trade, > 0 */
    int32_t dte; /* close when the nearest expiry of the legs as opened is this many days off or
                    fewer, or has passed: what a calendar leaves behind is closed too */
    int32_t days_held;
    int32_t time;       /* New York second of the day from which on it is closed */
    int32_t on_dte;     /* with time: only when days to expiry <= on_dte; -1 any day */
    double short_delta; /* any short option's |delta| at or above this */
    double trail_percent,
        trail_dollars; /* given back of the best profit so far, once that was ... */
    double trail_from_percent, trail_from_dollars; /* ... at least this; NaN: above 0 */
    double breach; /* the underlying at, beyond or (below 0) within points of a short strike */
    int confirm;   /* looks in a row that must agree before a loss, trail or breach exit; 1 */
    const struct expr *when;
};

struct roll_spec {
    bool wanted;
    int32_t dte; /* roll when the nearest expiry is this many days off or fewer; -1 not asked */
    double short_delta; /* or when a short option's |delta| reaches this; NaN not asked */
    const struct expr *when;
    double min_credit; /* dollars a share for the whole roll at the mid; NaN any */
    int max_rolls;     /* per trade; then the exits decide */
    int to;            /* structure that it becomes; -1: its own */
};

/* How orders are worked: a limit that moves from near the mid toward the far side of the quotes. */
struct work_spec {
    bool wanted;             /* else marketable at once, and what does not fill is canceled */
    double start, step, end; /* parts of the way from the mid (0) to the far side (1) */
    int32_t every_seconds;   /* between two steps */
    int32_t give_up_seconds; /* then it is canceled */
    bool exits;              /* orders that close and roll too */
};

struct hedge_spec {
    bool wanted;
    double
        band_shares; /* hedge in the underlying when |delta| of the trade exceeds this, per unit */
    int32_t every_seconds; /* not more often than this; 0 every snapshot */
};

struct structure {
    char name[32];
    struct leg_spec legs[STRATEGY_LEGS_MAX];
    int leg_count;
    struct entry_spec entry;
    struct size_spec size;
    struct exit_spec exit;
    struct roll_spec roll;
    struct hedge_spec hedge;
    struct work_spec work;
};

enum assigned_stock { ASSIGNED_SELL, ASSIGNED_KEEP };

struct strategy_param {
    char name[32];
    double value, min, max, step; /* min = max = step = NaN: no range */
    char unit[16];
    const char *help;
};

struct strategy {
    char name[STRATEGY_NAME_BYTES];
    const char *description;
    const char *path;
    char underlying[16];
    struct strategy_param *params;
    int param_count;
    struct structure structures[STRATEGY_STRUCTURES_MAX];
    int structure_count;
    double cash_dollars; /* starting cash of a backtest; NaN: the caller's default */
    char fill[16]; /* "share", "mid", "natural", "calibrated", "lean"; "" the caller's default */
    char fees[24]; /* fee schedule; "" the caller's default */
    bool only_at_expiry;       /* no assignment before expiry is modelled */
    char carry[16];            /* schedule of interest on cash; "" the caller's default */
    double borrow_fee_percent; /* a year, for shares that are short; NaN: none */
    char margin[16];           /* "reg-t", "portfolio", "cash", "none"; "" the caller's default */
    enum assigned_stock assigned; /* what becomes of stock from exercise and assignment */
    double max_loss_dollars;      /* limits: worst loss of one order at expiry; NaN none */
    int32_t max_contracts;        /* per order and leg; 0 none */
    int32_t max_open;             /* entries open at once, of all structures; 0 none */
    double daily_loss_percent; /* halt entries for the day beyond this loss of equity; NaN none */
    char hash[17];             /* of the canonical form with its parameters, hexadecimal: files with
                                  the same hash trade the same */
};

struct strategy_override {
    const char *name;
    double value;
};

/*
 * Read a strategy file's text. path is for messages only. overrides replace parameter defaults.
 * Errors: ERR_PARSE with "path:line:column: ...", ERR_RANGE for a value outside its range.
 * Everything impossible (a leg relative to a later one, an expiry window that is empty, ...) is
 * refused here.
 */
NODISCARD enum err strategy_parse(struct strategy *out, struct arena *arena, const char *path,
                                  struct str text, const struct strategy_override *overrides,
                                  size_t override_count);

/* Read the file, then as above. ERR_NOT_FOUND names the path and says where else it looked: as
 * given, with .yaml added, and, when it has no slash, in the catalogue folder: IRONFLY_STRATEGIES,
 * else strategies/ beside the folder of the program (build/ironfly), else
 * /usr/share/ironfly/strategies. */
NODISCARD enum err strategy_load(struct strategy *out, struct arena *arena, const char *path,
                                 const struct strategy_override *overrides, size_t override_count);

/* The catalogue folder, as above, into out; ERR_NOT_FOUND when there is none. */
enum { STRATEGY_PATH_BYTES = 4096 };
NODISCARD enum err strategy_catalogue(char out[STRATEGY_PATH_BYTES]);

/*
 * The canonical form: a strategy file in JSON on one line, every key written, parameters as their
 * values, description left out. It parses to a strategy that trades the same and has the same
 * hash: FNV-1a, 64 bits, of this text. Comments, the order of keys (legs and structures apart,
 * whose order has a meaning), YAML or JSON and how numbers and conditions are spelled make no
 * difference to it.
 */
void strategy_format(struct buf *out, const struct strategy *strategy);

#endif
