#include "adapters/dbn/dbn_record.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "DBN structs are little-endian as they lie");
_Static_assert(sizeof(struct dbn_header) == 16, "the header is 16 bytes");
_Static_assert(sizeof(struct dbn_book_level) == 32, "a level is 32 bytes");
_Static_assert(sizeof(struct dbn_consolidated_level) == 32, "a level is 32 bytes");

/* The structs are the format only if every offset in the table is where the compiler puts it. */
#define AT(id, name, offset)                                                                       \
    _Static_assert(offsetof(struct dbn_##id, name) == (offset), #id "." #name " has moved");
#define AT_F(id, type, meaning, name, offset) AT(id, name, offset)
#define AT_TEXT(id, bytes, name, offset) AT(id, name, offset)
#define AT_LEVELS(id, level, count, name, offset) AT(id, name, offset)
#define AT_FIELDS(id) DBN_FIELDS_##id(id, AT_F, AT_TEXT, AT_TEXT, AT_LEVELS, AT_F)
#define AT_RECORD(id, kind, first, last, size, index)                                              \
    _Static_assert(sizeof(struct dbn_##id) == (size), #id " has another size");                    \
    AT_FIELDS(id)
AT_FIELDS(book_level)
AT_FIELDS(consolidated_level)
DBN_RECORDS(AT_RECORD)

#define ROW_F(id, type, mean, field, at)                                                           \
    { .name = #field,                                                                              \
      .offset = (at),                                                                              \
      .bytes = sizeof(type),                                                                       \
      .count = 1,                                                                                  \
      .meaning = DBN_##mean,                                                                       \
      .is_signed = (type)-1 < (type)1 },
#define ROW_TEXT(id, size, field, at)                                                              \
    { .name = #field, .offset = (at), .bytes = (size), .count = 1, .meaning = DBN_TEXT },
#define ROW_GAP(id, size, field, at)                                                               \
    { .name = #field, .offset = (at), .bytes = (size), .count = 1, .meaning = DBN_GAP },
#define ROW_LEVELS(id, level, number, field, at)                                                   \
    { .name = #field,                                                                              \
      .offset = (at),                                                                              \
      .bytes = sizeof(struct dbn_##level),                                                         \
      .count = (number),                                                                           \
      .meaning = DBN_LEVELS,                                                                       \
      .level_field_count = ARRAY_COUNT(fields_of_##level),                                         \
      .level_fields = fields_of_##level },
#define FIELD_ROWS(id)                                                                             \
    static const struct dbn_field fields_of_##id[] = { DBN_FIELDS_##id(                            \
        id, ROW_F, ROW_TEXT, ROW_GAP, ROW_LEVELS, ROW_F) };
#define RECORD_ROWS(id, kind, first, last, size, index) FIELD_ROWS(id)
FIELD_ROWS(book_level)
FIELD_ROWS(consolidated_level)
DBN_RECORDS(RECORD_ROWS)

#define LAYOUT(id, of_kind, first, last, size, index)                                              \
    { .name = #id,                                                                                 \
      .kind = DBN_KIND_##of_kind,                                                                  \
      .first_version = (first),                                                                    \
      .last_version = (last),                                                                      \
      .bytes = (size),                                                                             \
      .index_offset = offsetof(struct dbn_##id, index),                                            \
      .field_count = ARRAY_COUNT(fields_of_##id),                                                  \
      .fields = fields_of_##id },
const struct dbn_layout dbn_layouts[] = { DBN_RECORDS(LAYOUT) };
const size_t dbn_layout_count = ARRAY_COUNT(dbn_layouts);

static int kind_of(uint8_t rtype)
{
    switch (rtype) {
#define CASE(name, number, kind, text)                                                             \
    case number:                                                                                   \
        return DBN_KIND_##kind;
        DBN_RTYPES(CASE)
#undef CASE
    default:
        return -1;
    }
}

const struct dbn_layout *dbn_layout_find(uint8_t rtype, int version)
{
    int kind = kind_of(rtype);
    for (size_t i = 0; kind >= 0 && i < dbn_layout_count; i++) {
        const struct dbn_layout *layout = &dbn_layouts[i];
        if ((int)layout->kind == kind && layout->first_version <= version &&
            version <= layout->last_version)
            return layout;
    }
    /* What legacy DBZ has no layout of its own for lies as in version 1. */
    return version == 0 ? dbn_layout_find(rtype, 1) : NULL;
}

const struct dbn_layout *dbn_layout_older(const struct dbn_layout *layout, size_t bytes)
{
    for (size_t i = 0; i < dbn_layout_count; i++) {
        const struct dbn_layout *older = &dbn_layouts[i];
        if (older->kind == layout->kind && older->last_version < layout->first_version &&
            older->bytes == bytes)
            return older;
    }
    return NULL;
}

/* ---- version 3 from older layouts ---- */

static void copy_text(char *out, size_t out_bytes, const char *in, size_t in_bytes)
{
    size_t len = strnlen(in, in_bytes < out_bytes ? in_bytes : out_bytes);
    memset(out, 0, out_bytes);
    memcpy(out, in, len);
}

#define UP_F(id, type, meaning, name, offset) out->name = in->name;
#define UP_TEXT(id, bytes, name, offset)                                                           \
    copy_text(out->name, sizeof out->name, in->name, sizeof in->name);
#define UP_NOTHING(...)
#define UPGRADE(id, to)                                                                            \
    static void upgrade_##id(struct dbn_##to *out, const struct dbn_##id *in)                      \
    {                                                                                              \
        DBN_FIELDS_##id(id, UP_F, UP_TEXT, UP_NOTHING, UP_NOTHING, UP_NOTHING)                     \
    }
UPGRADE(stat_v1, stat)
UPGRADE(definition_v0, definition)
UPGRADE(definition_v1, definition)
UPGRADE(definition_v2, definition)
UPGRADE(symbol_mapping_v1, symbol_mapping)
UPGRADE(error_v1, error)
UPGRADE(system_v1, system)

void dbn_record_get(const struct dbn_record *rec, union dbn_any *out)
{
    if (rec->layout->last_version == DBN_VERSION_MAX) {
        memcpy(out, rec->bytes, rec->layout->bytes);
        out->hd.length = (uint8_t)(rec->layout->bytes / 4);
        return;
    }

    union {
        struct dbn_stat_v1 stat;
        struct dbn_definition_v0 definition0;
        struct dbn_definition_v1 definition1;
        struct dbn_definition_v2 definition2;
        struct dbn_symbol_mapping_v1 symbol_mapping;
        struct dbn_error_v1 error;
        struct dbn_system_v1 system;
    } old;
    MUST(rec->layout->bytes <= sizeof old);
    memcpy(&old, rec->bytes, rec->layout->bytes);
    dbn_any_init(out, (enum dbn_rtype)rec->hd.rtype);
    uint8_t length = out->hd.length;
    out->hd = rec->hd;
    out->hd.length = length;

    switch (rec->layout->kind) {
    case DBN_KIND_STAT:
        upgrade_stat_v1(&out->stat, &old.stat);
        if (old.stat.quantity == INT32_MAX)
            out->stat.quantity = DBN_QUANTITY_NONE;
        return;
    case DBN_KIND_DEFINITION:
        if (rec->layout->first_version == 0)
            upgrade_definition_v0(&out->definition, &old.definition0);
        else if (rec->layout->first_version == 1)
            upgrade_definition_v1(&out->definition, &old.definition1);
        else
            upgrade_definition_v2(&out->definition, &old.definition2);
        out->definition.leg_side = 'N';
        return;
    case DBN_KIND_SYMBOL_MAPPING:
        upgrade_symbol_mapping_v1(&out->symbol_mapping, &old.symbol_mapping);
        return;
    case DBN_KIND_ERROR:
        upgrade_error_v1(&out->error, &old.error);
        return;
    case DBN_KIND_SYSTEM:
        upgrade_system_v1(&out->system, &old.system);
        return;
    default:
        MUST(false); /* the other kinds have one layout in all versions */
    }
}

/* ---- fields ---- */

static int64_t maximum(const struct dbn_field *field)
{
    int bits = field->bytes * 8 - (field->is_signed ? 1 : 0);
    return bits == 64 ? -1 : (int64_t)(((uint64_t)1 << bits) - 1);
}

int64_t dbn_field_get(const struct dbn_field *field, const uint8_t *bytes)
{
    MUST(field->bytes <= 8);
    uint64_t value = 0;
    memcpy(&value, bytes + field->offset, field->bytes);
    int shift = 64 - field->bytes * 8;
    return field->is_signed ? (int64_t)(value << shift) >> shift : (int64_t)value;
}

static bool has_none(const struct dbn_field *field)
{
    switch (field->meaning) {
    case DBN_PRICE:
    case DBN_TIME:
    case DBN_OPT:
    case DBN_STYPE:
    case DBN_SYSTEM_CODE:
        return true;
    default:
        return false;
    }
}

bool dbn_field_is_none(const struct dbn_field *field, int64_t value)
{
    return field->meaning == DBN_CHAR ? value == 0 : has_none(field) && value == maximum(field);
}

static void set_none(uint8_t *bytes, const struct dbn_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dbn_field *field = &fields[i];
        if (has_none(field)) {
            int64_t none = maximum(field);
            memcpy(bytes + field->offset, &none, field->bytes);
        }
        for (int k = 0; field->meaning == DBN_LEVELS && k < field->count; k++)
            set_none(bytes + field->offset + k * field->bytes, field->level_fields,
                     field->level_field_count);
    }
}

void dbn_any_init(union dbn_any *any, enum dbn_rtype rtype)
{
    const struct dbn_layout *layout = dbn_layout_find((uint8_t)rtype, DBN_VERSION_MAX);
    MUST(layout != NULL);
    memset(any, 0, sizeof *any);
    set_none((uint8_t *)any, layout->fields, layout->field_count);
    any->hd = (struct dbn_header){ .length = (uint8_t)(layout->bytes / 4),
                                   .rtype = (uint8_t)rtype,
                                   .ts_event = DBN_TIME_NONE };
}

uint64_t dbn_record_time(const struct dbn_record *rec)
{
    uint64_t time;
    memcpy(&time, rec->bytes + rec->layout->index_offset, sizeof time);
    return time;
}

/* ---- names ---- */

const char *dbn_rtype_name(uint8_t rtype)
{
    switch (rtype) {
#define CASE(name, number, kind, text)                                                             \
    case number:                                                                                   \
        return text;
        DBN_RTYPES(CASE)
#undef CASE
    default:
        return NULL;
    }
}

struct name {
    uint32_t number;
    const char *text;
};

static const char *find_name(const struct name *names, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].text;
    return NULL;
}

#define NAME_ROW(number, text) { number, text },
static const struct name schemas[] = {
#define SCHEMA NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef SCHEMA
};
static const struct name stypes[] = {
#define STYPE NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef STYPE
};
static const struct name stat_types[] = {
#define STAT_TYPE NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef STAT_TYPE
};
static const struct name stat_updates[] = {
#define STAT_UPDATE NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef STAT_UPDATE
};
static const struct name status_actions[] = {
#define STATUS_ACTION NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef STATUS_ACTION
};
static const struct name status_reasons[] = {
#define STATUS_REASON NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef STATUS_REASON
};
static const struct name system_codes[] = {
#define SYSTEM_CODE NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef SYSTEM_CODE
};
static const struct name publishers[] = {
#define PUBLISHER NAME_ROW
#include "adapters/dbn/dbn_names.def"
#undef PUBLISHER
};

const char *dbn_name(enum dbn_meaning meaning, uint32_t number)
{
    switch (meaning) {
    case DBN_SCHEMA:
        return find_name(schemas, ARRAY_COUNT(schemas), number);
    case DBN_STYPE:
        return find_name(stypes, ARRAY_COUNT(stypes), number);
    case DBN_STAT_TYPE:
        return find_name(stat_types, ARRAY_COUNT(stat_types), number);
    case DBN_STAT_UPDATE:
        return find_name(stat_updates, ARRAY_COUNT(stat_updates), number);
    case DBN_STATUS_ACTION:
        return find_name(status_actions, ARRAY_COUNT(status_actions), number);
    case DBN_STATUS_REASON:
        return find_name(status_reasons, ARRAY_COUNT(status_reasons), number);
    case DBN_SYSTEM_CODE:
        return find_name(system_codes, ARRAY_COUNT(system_codes), number);
    case DBN_PUBLISHER:
        return find_name(publishers, ARRAY_COUNT(publishers), number);
    default:
        return NULL;
    }
}
