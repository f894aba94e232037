/* Journal records: from events and effects, to bytes and back, and as JSON. */
#include "services/desk/entry_int.h"

#include <string.h>

#include "domain/orders/report.h"

const char *entry_kind_name(uint32_t kind)
{
    static const struct {
        uint32_t kind;
        const char *name;
    } names[] = {
#define ENTRY(id, number, name, text) { number, name },
#include "services/desk/entries.def"
#undef ENTRY
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (names[i].kind == kind)
            return names[i].name;
    return NULL;
}

uint8_t entry_version(uint32_t kind)
{
    return kind == ENTRY_COMMAND ? 3 : kind == ENTRY_BEGIN ? 2 : 1;
}

/* FNV-1a over the fields, never over padding. */
static uint64_t hash_contracts(const struct contract *contracts, uint32_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < count; i++) {
        const struct contract *c = &contracts[i];
        uint64_t root = 0;
        for (size_t k = 0; k < sizeof c->root; k++)
            root = root << 8 | (uint8_t)c->root[k];
        const uint64_t words[] = { root, (uint64_t)c->expiry, (uint64_t)c->strike_mills,
                                   (uint64_t)c->multiplier,
                                   (uint64_t)(uint8_t)c->right << 24 |
                                       (uint64_t)(uint8_t)c->style << 16 |
                                       (uint64_t)(uint8_t)c->settle << 8 | (uint8_t)c->delivery };
        for (size_t k = 0; k < ARRAY_COUNT(words); k++)
            hash = (hash ^ words[k]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

bool entry_of_event(struct entry *out, const struct event *event)
{
    *out = (struct entry){ 0 };
    switch (event->kind) {
    case EVENT_SESSION:
        out->kind = ENTRY_SESSION;
        out->of.session = (struct entry_session){ event->underlying, event->of.session, 0 };
        out->of.session.contracts_hash =
            hash_contracts(event->of.session.contracts, event->of.session.contract_count);
        return true;
    case EVENT_DIVIDEND:
        out->kind = ENTRY_DIVIDEND;
        break;
    case EVENT_DECLARE:
        out->kind = ENTRY_DECLARE;
        break;
    case EVENT_SPLIT:
        out->kind = ENTRY_SPLIT;
        break;
    case EVENT_ASSIGN:
        out->kind = ENTRY_ASSIGN;
        break;
    case EVENT_LEVEL:
        out->kind = ENTRY_LEVEL;
        break;
    case EVENT_SETTLE:
        out->kind = ENTRY_SETTLE;
        break;
    case EVENT_DATED:
        out->kind = ENTRY_DATED;
        break;
    case EVENT_FEED:
        out->kind = ENTRY_FEED;
        break;
    case EVENT_REPORT:
        out->kind = ENTRY_REPORT;
        break;
    case EVENT_COMMAND:
        out->kind = ENTRY_COMMAND;
        break;
    case EVENT_DAY_END:
        out->kind = ENTRY_DAY_END;
        break;
    case EVENT_TIMER:
        out->kind = ENTRY_TIMER;
        break;
    case EVENT_MARKET:
    case EVENT_QUOTE:
    case EVENT_KIND_COUNT:
        return false;
    }
    out->of.event = *event;
    return true;
}

void entry_of_effect(struct entry *out, const struct effect *effect)
{
    *out = (struct entry){ 0 };
    const struct order_state *o = effect->of.order.state;
    switch (effect->kind) {
    case EFFECT_SUBMIT:
    case EFFECT_STAGE:
        out->kind = effect->kind == EFFECT_STAGE ? ENTRY_STAGE : ENTRY_SUBMIT;
        out->of.order = (struct entry_order){
            .id = o->id, .version = o->version, .terms = o->terms, .edit = o->edit
        };
        break;
    case EFFECT_REPLACE:
        out->kind = ENTRY_REPLACE;
        out->of.order =
            (struct entry_order){ .id = o->id, .version = o->version_asked, .edit = o->asked };
        break;
    case EFFECT_CANCEL:
        out->kind = ENTRY_CANCEL;
        out->of.order = (struct entry_order){ .id = o->id, .version = o->version };
        break;
    case EFFECT_ORDER:
        out->kind = ENTRY_ORDER;
        out->of.order = (struct entry_order){ .id = o->id,
                                              .version = o->version,
                                              .from = effect->of.order.from,
                                              .to = effect->of.order.to,
                                              .alarms = effect->of.order.alarms,
                                              .filled = o->filled,
                                              .cash = o->cash,
                                              .costs = o->costs,
                                              .reason = o->reason };
        memcpy(out->of.order.reason_text, o->reason_text, REASON_BYTES);
        break;
    case EFFECT_CLOSED:
        out->kind = ENTRY_CLOSED;
        out->of.trade = *effect->of.trade;
        break;
    case EFFECT_NOTE:
        out->kind = ENTRY_NOTE;
        out->of.note.is_warning = note_is_warning(effect->of.note.id);
        out->of.note.text = effect->of.note.text;
        break;
    }
}

void entry_write(struct buf *out, const struct entry *record)
{
    struct wire f = { .use = WIRE_WRITE, .out = out };
    uint8_t version = entry_version(record->kind);
    if (record->kind == ENTRY_COMMAND && !record->of.event.of.command.exits)
        version = COMMAND_WITHOUT_EXITS; /* byte for byte as before: a replay compares */
    f.version = version;
    wire_u8(&f, "version", &version);
    entry_fields(&f, (struct entry *)(uintptr_t)record); /* only read, when writing */
}

enum err entry_read(struct entry *out, struct arena *arena, uint32_t kind, const uint8_t *bytes,
                    size_t len)
{
    const char *name = entry_kind_name(kind);
    *out = (struct entry){ .kind = (enum entry_kind)kind };
    if (!name)
        return err_set(ERR_UNSUPPORTED, "journal records of kind %u are not known to this program",
                       kind);
    struct wire f = { .use = WIRE_READ, .in = bytes, .len = len, .arena = arena };
    uint8_t version;
    wire_u8(&f, "version", &version);
    bool is_known = version == entry_version(kind) ||
                    (kind == ENTRY_COMMAND && version == COMMAND_WITHOUT_EXITS);
    f.version = version;
    if (!f.fault && !is_known)
        return err_set(ERR_UNSUPPORTED, "a %s record has version %u; this program knows %d", name,
                       version, entry_version(kind));
    if (kind == ENTRY_REPORT)
        out->of.event.of.report = arena_new(arena, struct order_report);
    if (!f.fault)
        entry_fields(&f, out);
    if (f.fault)
        return err_set(ERR_PARSE, "a %s record of %zu bytes: field %s cannot be read", name, len,
                       f.fault);
    if (f.at != len)
        return err_set(ERR_PARSE, "a %s record has %zu bytes too many", name, len - f.at);
    return ERR_OK;
}

void entry_show(struct json_writer *json, const struct entry *record)
{
    struct wire f = { .use = WIRE_SHOW, .json = json };
    entry_fields(&f, (struct entry *)(uintptr_t)record); /* only read, when showing */
}
