/*
 * What the journal's records mean: events into the kernel and effects out of it, as bytes.
 *
 * Market data is not journaled but taped; every other event is, and every effect, before it leaves.
 * The bytes are the same on every machine (wire.h); the first is the version of the kind.
 * docs/journal.md has the layouts.
 */
#ifndef SERVICES_DESK_ENTRY_H
#define SERVICES_DESK_ENTRY_H

#include "base/err.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "kernel/kernel.h"

enum entry_kind {
#define ENTRY(id, number, name, text) id = number,
#include "services/desk/entries.def"
#undef ENTRY
};

/* The version that this program writes and reads of a kind. */
uint8_t entry_version(uint32_t kind);

enum { ENTRY_STRATEGIES_MAX = 250 };

struct entry_strategy {
    const char *name; /* for people */
    const char *hash;
    const char *text; /* in canonical form: what is read again */
    bool is_disarmed;
};

/* The first record: all that a replay needs beside the data. */
struct entry_begin {
    const char *program; /* "ironfly 0.1.0" */
    uint8_t feed;        /* enum desk_feed */
    const char *symbols; /* "SPX,SPY": the markets in order */
    const char *store;   /* path, as given */
    int32_t from, to;    /* as asked; 0: open */
    const char *fill, *fees;
    int64_t cash;
    uint64_t seed;
    int64_t sign_above; /* 0: never */
    int64_t timer_ns;
    bool has_limits, has_margin;
    struct risk_limits limits;
    struct margin_terms margin;
    struct entry_strategy *strategies;
    int strategy_count;
};

struct entry_check {
    int32_t day;
    int64_t cash, equity;
    uint32_t open_trades;
    uint64_t events_hash, effects_hash; /* of the kernel */
};

struct entry_session {
    uint32_t underlying;
    struct event_session session; /* contracts: not journaled, NULL when read */
    uint64_t contracts_hash;      /* of the day's table, field by field */
};

/* Of an order: which fields count depends on the kind. */
struct entry_order {
    uint64_t id;
    uint32_t version;
    struct order_terms terms;   /* SUBMIT */
    struct order_edit edit;     /* SUBMIT, REPLACE: as it is to be */
    enum order_status from, to; /* ORDER, and all below */
    uint32_t alarms;
    int64_t filled, cash;
    struct fill_costs costs;
    enum reason_code reason;
    char reason_text[REASON_BYTES];
};

/* Of a kind, one of these. Pointers live where the bytes were read into: the arena. */
struct entry {
    enum entry_kind kind;
    struct entry_strategy enlisted; /* COMMAND_ENLIST: in place of the event's strategy */
    union {
        struct entry_begin begin;
        struct entry_check check;
        struct entry_session session;
        struct event event;       /* the other events: underlying and what is of their kind */
        struct entry_order order; /* SUBMIT, REPLACE, CANCEL, ORDER */
        struct trade trade;       /* ENTRY_CLOSED: what is of a closed trade */
        struct {
            const char *kind, *text; /* a word of differences.def; a sentence */
        } difference;
        struct {
            bool is_warning;
            const char *text;
        } note;
    } of;
};

/* "submit"; NULL for a number that is no kind. */
const char *entry_kind_name(uint32_t kind);

/* The record of an event; false when this kind is on the tape and not in the journal. */
bool entry_of_event(struct entry *out, const struct event *event);
void entry_of_effect(struct entry *out, const struct effect *effect);

/* Append the bytes. */
void entry_write(struct buf *out, const struct entry *record);

/*
 * Errors: ERR_UNSUPPORTED for a kind or version that this program does not know; ERR_PARSE naming
 * the field that cannot be.
 */
NODISCARD enum err entry_read(struct entry *out, struct arena *arena, uint32_t kind,
                              const uint8_t *bytes, size_t len);

/* The fields as members of the object that the writer is in. */
void entry_show(struct json_writer *json, const struct entry *record);

#endif
