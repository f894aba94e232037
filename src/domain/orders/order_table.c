/* The transition table and the names of everything in it. */
#include <string.h>

#include "domain/orders/order_set.h"

#define BIT(status) (UINT32_C(1) << (status))

enum status_group { GROUP_NEW, GROUP_OUT, GROUP_LIVE, GROUP_SHOWN, GROUP_DONE };

static const struct {
    const char *name, *text;
    enum status_group group;
} statuses[] = {
#define ORDER_STATUS(id, word, group, text) { word, text, GROUP_##group },
#include "domain/orders/order_statuses.def"
#undef ORDER_STATUS
};

static const char *const alarm_names[] = {
#define ORDER_ALARM(id, word, text) word,
#include "domain/orders/order_alarms.def"
#undef ORDER_ALARM
};

static const char *const input_names[] = {
#define ORDER_INPUT(id, word, source, text) word,
#include "domain/orders/order_inputs.def"
#undef ORDER_INPUT
};

/* The words of order_transitions.def. A single status and a group are told apart by the offset. */
enum from {
    GROUP_WORDS = 100,
    NEW,
    OUT,
    LIVE,
    SENT,
    DONE,
    SAME = 200,
};
enum asks { KEEP = 0, CANCEL = 1, REPLACE = 2, NO_CANCEL = 4, NO_REPLACE = 8, NONE = 12 };
enum { NO = 0 };

static const struct {
    int from;
    enum order_input input;
    int to;
    enum asks asks;
    uint32_t alarm;
} transitions[] = {
#define TRANSITION(from, input, to, asks, alarm) { from, input, to, asks, alarm },
#include "domain/orders/order_transitions.def"
#undef TRANSITION
};

static bool is_from(int from, enum order_status status)
{
    enum status_group group = statuses[status].group;
    switch (from) {
    case NEW:
        return group == GROUP_NEW;
    case OUT:
        return group == GROUP_OUT;
    case LIVE:
        return group == GROUP_LIVE;
    case SENT:
        return group == GROUP_OUT || group == GROUP_LIVE;
    case DONE:
        return group == GROUP_DONE;
    default:
        return from == (int)status;
    }
}

bool order_step_find(enum order_status from, enum order_input input, struct order_step *out)
{
    /* REFUSED was never sent: a broker cannot know of it. */
    bool known = from != ORDER_REFUSED || input == ORDER_FILLED_UP || input == ORDER_GIVE_UP;
    for (size_t i = 0; known && i < ARRAY_COUNT(transitions); i++) {
        if (transitions[i].input != input || !is_from(transitions[i].from, from))
            continue;
        enum asks asks = transitions[i].asks;
        *out = (struct order_step){ .to = transitions[i].to == SAME
                                              ? from
                                              : (enum order_status)transitions[i].to,
                                    .alarm = transitions[i].alarm,
                                    .begins_cancel = asks & CANCEL,
                                    .begins_replace = asks & REPLACE,
                                    .ends_cancel = asks & NO_CANCEL,
                                    .ends_replace = asks & NO_REPLACE };
        return true;
    }
    return false;
}

const char *order_status_name(enum order_status status)
{
    MUST((unsigned)status < ORDER_STATUS_COUNT);
    return statuses[status].name;
}

const char *order_status_text(enum order_status status)
{
    MUST((unsigned)status < ORDER_STATUS_COUNT);
    return statuses[status].text;
}

bool order_status_is_done(enum order_status status)
{
    return statuses[status].group == GROUP_DONE;
}

bool order_status_is_sent(enum order_status status)
{
    return !order_status_is_done(status) && statuses[status].group != GROUP_NEW;
}

const char *order_alarm_name(enum order_alarm alarm)
{
    MUST(alarm > 0);
    int bit = __builtin_ctz((unsigned)alarm);
    MUST(bit < ORDER_ALARM_COUNT);
    return alarm_names[bit];
}

const char *order_input_name(enum order_input input)
{
    MUST((unsigned)input < ORDER_INPUT_COUNT);
    return input_names[input];
}

const char *reason_code_name(enum reason_code code)
{
    static const char *const names[] = {
        "none",         "auth",          "rate_limited", "invalid",
        "duplicate_id", "not_approved",  "buying_power", "position_effect",
        "wash",         "market_closed", "halted",       "unknown_order",
        "too_late",     "no_quote",      "broker_down",  "other"
    };
    _Static_assert(ARRAY_COUNT(names) == REASON_CODE_COUNT, "each reason has a name");
    MUST((unsigned)code < REASON_CODE_COUNT);
    return names[code];
}

/* FNV-1a over 64 bits, twice with different starts: an identity, not a defence. */
static uint64_t text_hash(struct str text, uint64_t hash)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

struct exec_id exec_id_from_text(struct str text)
{
    struct exec_id id = { 0, 0 };
    char bytes[16] = { 0 };
    if (text.len <= sizeof bytes) {
        memcpy(bytes, text.ptr, text.len);
        for (int i = 0; i < 8; i++) {
            id.high = id.high << 8 | (unsigned char)bytes[i];
            id.low = id.low << 8 | (unsigned char)bytes[i + 8];
        }
        return id;
    }
    id.high = text_hash(text, UINT64_C(0xcbf29ce484222325));
    id.low = text_hash(text, UINT64_C(0x6c62272e07bb0142));
    return id;
}

struct exec_id exec_id_derive(struct str broker_id, int leg, int64_t cumulative)
{
    uint64_t parts[2] = { (uint64_t)(int64_t)leg, (uint64_t)cumulative };
    struct str tail = { (const char *)parts, sizeof parts };
    return (struct exec_id){ text_hash(tail, text_hash(broker_id, UINT64_C(0xcbf29ce484222325))),
                             text_hash(tail, text_hash(broker_id, UINT64_C(0x6c62272e07bb0142))) };
}
