/*
 * The records of Databento Binary Encoding (DBN), as C structs made from dbn_fields.def.
 *
 * struct dbn_trade, dbn_mbp1, dbn_mbp10, dbn_bbo, dbn_cmbp1, dbn_cbbo, dbn_ohlcv, dbn_mbo,
 * dbn_stat, dbn_status, dbn_definition, dbn_imbalance, dbn_symbol_mapping, dbn_error and dbn_system
 * have the fields, names and bytes of DBN version 3; dbn_fields.def lists them. Older layouts are
 * structs too (dbn_definition_v1, ...), but callers rarely meet them: dbn_record_get() gives
 * version 3.
 *
 * Numbers stay as the vendor wrote them: prices in 1e-9 of the currency (money_from_nanos() makes
 * micro-dollars), times in ns since 1970 UTC, and the "none" values below.
 */
#ifndef ADAPTERS_DBN_DBN_RECORD_H
#define ADAPTERS_DBN_DBN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/dbn/dbn_fields.def"
#include "base/attr.h"

#define DBN_PRICE_NONE INT64_MAX
#define DBN_TIME_NONE UINT64_MAX
#define DBN_SIZE_NONE UINT32_MAX
#define DBN_QUANTITY_NONE INT64_MAX /* of dbn_stat */

enum { DBN_VERSION_MAX = 3, DBN_RECORD_BYTES_MAX = 255 * 4 };

/* Bits of the field flags. */
enum {
    DBN_FLAG_LAST = 0x80,        /* last record of the event for the instrument */
    DBN_FLAG_TOP_OF_BOOK = 0x40, /* the source gives the top of the book only */
    DBN_FLAG_SNAPSHOT = 0x20,    /* from a snapshot or a replay */
    DBN_FLAG_AGGREGATED = 0x10,  /* an aggregated price level */
    DBN_FLAG_BAD_TS_RECV = 0x08, /* ts_recv is not reliable */
    DBN_FLAG_BAD_BOOK = 0x04,    /* a gap that was not recovered: the book may be wrong */
    DBN_FLAG_PUBLISHER = 0x02,   /* publisher specific */
};

/* Numbers that readers of option data ask for by name; all of them are in dbn_names.def. */
enum { DBN_PUBLISHER_OPRA = 30, DBN_STAT_OPEN_INTEREST = 9, DBN_STAT_CLOSE_PRICE = 11 };

/* What a record is: one struct per kind. */
enum dbn_kind {
    DBN_KIND_TRADE,
    DBN_KIND_MBP1, /* also tbbo */
    DBN_KIND_MBP10,
    DBN_KIND_BBO,
    DBN_KIND_CMBP1, /* also tcbbo */
    DBN_KIND_CBBO,
    DBN_KIND_OHLCV,
    DBN_KIND_MBO,
    DBN_KIND_STAT,
    DBN_KIND_STATUS,
    DBN_KIND_DEFINITION,
    DBN_KIND_IMBALANCE,
    DBN_KIND_SYMBOL_MAPPING,
    DBN_KIND_ERROR,
    DBN_KIND_SYSTEM,
    DBN_KIND_COUNT
};

enum dbn_rtype {
#define DBN_RTYPE_ENUM(name, number, kind, text) DBN_RTYPE_##name = number,
    DBN_RTYPES(DBN_RTYPE_ENUM)
#undef DBN_RTYPE_ENUM
};

/* The first 16 bytes of every record. */
struct dbn_header {
    uint8_t length; /* of the record in 4-byte words, this header and ts_out included */
    uint8_t rtype;
    uint16_t publisher_id;
    uint32_t instrument_id;
    uint64_t ts_event;
};

#define DBN_STRUCT_F(id, type, meaning, name, offset) type name;
#define DBN_STRUCT_TEXT(id, bytes, name, offset) char name[bytes];
#define DBN_STRUCT_GAP(id, bytes, name, offset) uint8_t name[bytes];
#define DBN_STRUCT_LEVELS(id, level, count, name, offset) struct dbn_##level name[count];
#define DBN_STRUCT_FIELDS(id)                                                                      \
    DBN_FIELDS_##id(id, DBN_STRUCT_F, DBN_STRUCT_TEXT, DBN_STRUCT_GAP, DBN_STRUCT_LEVELS,          \
                    DBN_STRUCT_F)
#define DBN_STRUCT(id, kind, first, last, bytes, index)                                            \
    struct dbn_##id {                                                                              \
        struct dbn_header hd;                                                                      \
        DBN_STRUCT_FIELDS(id)                                                                      \
    };

struct dbn_book_level {
    DBN_STRUCT_FIELDS(book_level)
};
struct dbn_consolidated_level {
    DBN_STRUCT_FIELDS(consolidated_level)
};
DBN_RECORDS(DBN_STRUCT)

/* One record of any kind, in the layout of version 3. */
union dbn_any {
    struct dbn_header hd;
    struct dbn_trade trade;
    struct dbn_mbp1 mbp1;
    struct dbn_mbp10 mbp10;
    struct dbn_bbo bbo;
    struct dbn_cmbp1 cmbp1;
    struct dbn_cbbo cbbo;
    struct dbn_ohlcv ohlcv;
    struct dbn_mbo mbo;
    struct dbn_stat stat;
    struct dbn_status status;
    struct dbn_definition definition;
    struct dbn_imbalance imbalance;
    struct dbn_symbol_mapping symbol_mapping;
    struct dbn_error error;
    struct dbn_system system;
};

/* What the number in a field says; see dbn_fields.def. */
enum dbn_meaning {
    DBN_INT,
    DBN_OPT,
    DBN_PRICE,
    DBN_TIME,
    DBN_CHAR,
    DBN_STYPE,
    DBN_STAT_TYPE,
    DBN_STAT_UPDATE,
    DBN_STATUS_ACTION,
    DBN_STATUS_REASON,
    DBN_SYSTEM_CODE,
    DBN_PUBLISHER,
    DBN_SCHEMA,
    DBN_TEXT,
    DBN_GAP,
    DBN_LEVELS
};

struct dbn_field {
    const char *name;
    uint16_t offset; /* from the start of the record, or of the level */
    uint16_t bytes;  /* of a number; of a text; of one level */
    uint16_t count;  /* of levels; 1 otherwise */
    uint8_t meaning; /* enum dbn_meaning */
    bool is_signed;
    uint8_t level_field_count;
    const struct dbn_field *level_fields;
};

/* How one kind lies in one or more versions. */
struct dbn_layout {
    const char *name; /* of the struct: "definition_v1" */
    enum dbn_kind kind;
    int first_version, last_version;
    size_t bytes;
    size_t index_offset; /* of the time stamp that sorts and dates it: ts_recv, else ts_event */
    size_t field_count;
    const struct dbn_field *fields;
};

/* A record as the reader found it. */
struct dbn_record {
    const uint8_t *bytes; /* not aligned; valid until the next record is read */
    size_t size;          /* may exceed layout->bytes: ts_out, or a later DBN */
    const struct dbn_layout *layout;
    struct dbn_header hd; /* a copy of the first bytes */
    uint64_t ts_out;      /* DBN_TIME_NONE when the file carries none */
    uint64_t offset;      /* of its first byte in the unpacked stream */
};

/* All layouts. */
extern const struct dbn_layout dbn_layouts[];
extern const size_t dbn_layout_count;

/* The layout of rtype in a version, 0 to 3 (0: legacy DBZ); NULL when rtype is unknown. */
const struct dbn_layout *dbn_layout_find(uint8_t rtype, int version);

/* A record shorter than its version says may still lie as in an older one: the older layout of
 * exactly these bytes (without ts_out), NULL when there is none. */
const struct dbn_layout *dbn_layout_older(const struct dbn_layout *layout, size_t bytes);

/* Copy rec to *out in the layout of version 3. What its version lacks becomes "none", or 0 for leg
 * fields (no legs). The meaning of INT32_MAX quantities is kept. hd.length becomes that of *out. */
void dbn_record_get(const struct dbn_record *rec, union dbn_any *out);

/* An empty version 3 record of rtype, which must be known: header set, "none" where there is such
 * a value, else zero. */
void dbn_any_init(union dbn_any *any, enum dbn_rtype rtype);

/* ns since 1970 UTC of the time stamp that orders rec; DBN_TIME_NONE possible. */
uint64_t dbn_record_time(const struct dbn_record *rec);

/* The number in a field of the record or level at bytes: as stored, sign or zero extended. */
int64_t dbn_field_get(const struct dbn_field *field, const uint8_t *bytes);

/* Does this number say "not given" in this field? */
bool dbn_field_is_none(const struct dbn_field *field, int64_t value);

/* "tcbbo" for 0xC2; the schema's name where there is one. NULL when unknown. */
const char *dbn_rtype_name(uint8_t rtype);

/* The name behind a number, as of DBN_SCHEMA or DBN_PUBLISHER; NULL when it has none. */
const char *dbn_name(enum dbn_meaning meaning, uint32_t number);

#endif
