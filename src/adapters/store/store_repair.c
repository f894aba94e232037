#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/store/store_int.h"

/*
 * A damaged day is read as far as it can be and written again as a new day. The damaged file gets a
 * second name below .damaged first, so nothing is thrown away that somebody might still want to
 * see.
 */
struct repair {
    struct store *store;
    bool dry_run;
    void (*report)(void *context, const char *text);
    void *context;
    struct arena arena;
    struct store_repaired sum;
    char **lost; /* files that go as a whole, once the rest is committed */
    size_t lost_capacity;
};

static void say(struct repair *r, const char *text)
{
    if (r->report)
        r->report(r->context, text);
}

/* A damaged day, and what of it is left out. */
struct patient {
    const char *name;
    struct column_file file;
    struct chain_day day;
    bool is_packed;
    struct quote_rows raw;
    struct packed_day packed;
    unsigned without; /* optional columns, by 1 << enum quote_column */
    struct day_writer *writer;
    uint32_t *handle;
    uint32_t snapshots_kept;
};

static bool is_quote_column(const char *name, int *column)
{
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        if (strcmp(quote_columns[c].name, name) == 0) {
            *column = c;
            return true;
        }
    return false;
}

/* ---- finding out what is left ---------------------------------------------------------------- */

/* Tables must be whole; optional quote columns may be left out; blocks are looked at one by one. */
static enum err examine_columns(struct repair *r, struct patient *p)
{
    for (uint32_t i = 0; i < p->file.column_count; i++) {
        const struct column_entry *e = &p->file.columns[i];
        int c;
        bool is_quote = is_quote_column(e->name, &c);
        struct column_blocks blocks;
        enum err err = e->encoding == COLUMN_RAW ? column_file_verify_column(&p->file, i)
                                                 : column_blocks_get(&blocks, &p->file, e);
        if (!err)
            continue;
        if (!is_quote || quote_columns[c].needed)
            return err;
        p->without |= 1u << c;
        say(r, arena_printf(&r->arena, "%s: lost column %s", p->name, e->name));
    }
    return ERR_OK;
}

static enum err examine(struct repair *r, struct patient *p, const char *name)
{
    char want[STORE_NAME_BYTES];
    p->name = name;
    enum err err = store_file_open(&p->file, r->store, name);
    if (err)
        return err;
    chain_file_name(want, p->file.about.symbol, p->file.about.day);
    if (strcmp(want, name) != 0)
        return err_set(ERR_CORRUPT, "%s: holds %s of %d; was it renamed?", name,
                       p->file.about.symbol, (int)p->file.about.day);
    p->is_packed = chain_is_packed(&p->file);
    err = examine_columns(r, p);
    if (!err)
        err = chain_tables_decode(&p->day, &p->file);
    if (!err)
        err = chain_check_levels(&p->day, name);
    if (!err && p->is_packed)
        err = packed_day_init_without(&p->packed, &p->day, &p->file, p->without);
    else if (!err)
        err = chain_rows_raw(&p->raw, p->day.rows.count, &p->file);
    return err;
}

/* Pages and all: safe after any of the steps. */
static void dismiss(struct patient *p)
{
    day_writer_drop(p->writer);
    packed_day_clear(&p->packed);
    chain_day_close(&p->day);
    column_file_close(&p->file);
}

/* ---- writing what is left -------------------------------------------------------------------- */

#define GIVEN(field)                                                                               \
    if (rows->field && !(without >> QUOTE_##field & 1))                                            \
        quote.field = rows->field[i];

/* Snapshots first to last - 1, whose rows these are. */
static void copy_snapshots(struct patient *p, uint32_t first, uint32_t last,
                           const struct quote_rows *rows, unsigned without)
{
    uint32_t i = 0;
    for (uint32_t s = first; s < last; s++) {
        const struct chain_snapshot *from = &p->day.snapshots[s];
        day_writer_underlying(p->writer, from->ts_ns, from->underlying, from->underlying_bid,
                              from->underlying_ask, from->flags);
        day_writer_traded(p->writer, from->ts_ns, from->traded, from->traded_price);
        for (uint32_t n = 0; n < from->row_count; n++, i++) {
            struct quote quote = QUOTE_EMPTY;
#define QUOTE_COLUMN(field, ctype, type, kind, needed) GIVEN(field)
#include "adapters/store/columns.def"
            day_writer_quote(p->writer, from->ts_ns, p->handle[rows->contract[i]], &quote);
        }
    }
    p->snapshots_kept += last - first;
}

static void lose_snapshots(struct repair *r, const struct patient *p, uint32_t first, uint32_t last,
                           uint32_t rows)
{
    const struct chain_snapshot *s = p->day.snapshots;
    int from = (int)(s[first].ts_ns / INT64_C(60000000000) % 1440);
    int to = (int)(s[last - 1].ts_ns / INT64_C(60000000000) % 1440);
    say(r, arena_printf(&r->arena,
                        "%s: lost snapshots %u to %u of %u, %02d:%02d to %02d:%02d UTC, with %u "
                        "quotes: %s",
                        p->name, first + 1, last, p->day.snapshot_count, from / 60, from % 60,
                        to / 60, to % 60, rows, err_detail()));
    r->sum.snapshots_lost += last - first;
    r->sum.quotes_lost += rows;
}

/* Optional columns of a block that cannot be unpacked, by bits; the needed ones can. */
static enum err unpack_block(const struct packed_day *packed, struct block_codec *codec, uint32_t b,
                             void *const column[QUOTE_COLUMN_COUNT], unsigned *without)
{
    void *one[QUOTE_COLUMN_COUNT] = { NULL };
    for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
        if (quote_columns[c].needed)
            one[c] = column[c];
    enum err err = packed_day_decode(packed, codec, b, one);
    *without = 0;
    for (int c = 0; c < QUOTE_COLUMN_COUNT && !err; c++) {
        if (quote_columns[c].needed || !column[c])
            continue;
        one[QUOTE_bid] = one[QUOTE_ask] = NULL;
        one[c] = column[c];
        if (packed_day_decode(packed, codec, b, one))
            *without |= 1u << c;
        one[c] = NULL;
    }
    return err;
}

static void copy_packed(struct repair *r, struct patient *p)
{
    const struct packed_day *packed = &p->packed;
    void *column[QUOTE_COLUMN_COUNT];
    void *memory = packed_day_room(packed, column);
    struct block_codec *codec = block_codec_new();
    for (uint32_t b = 0; b < packed->block_count; b++) {
        uint32_t first = packed->first_snapshot[b], last = packed->first_snapshot[b + 1];
        uint32_t count = packed_day_rows(packed, b);
        unsigned without;
        struct quote_rows rows;
        enum err err = unpack_block(packed, codec, b, column, &without);
        quote_rows_from(&rows, count, (const void *const *)column);
        if (without >> QUOTE_last & 1)
            rows.last = NULL;
        if (!err)
            err = chain_check_prices(&rows, packed->first_row[b], p->name);
        if (err) {
            lose_snapshots(r, p, first, last, count);
            continue;
        }
        for (int c = 0; c < QUOTE_COLUMN_COUNT; c++)
            if (without >> c & 1)
                say(r, arena_printf(&r->arena, "%s: lost %s of snapshots %u to %u", p->name,
                                    quote_columns[c].name, first + 1, last));
        copy_snapshots(p, first, last, &rows, without);
    }
    block_codec_free(codec);
    mem_free(memory);
}

static enum err copy_raw(struct patient *p)
{
    struct quote_rows rows = p->raw;
    if (p->without >> QUOTE_last & 1)
        rows.last = NULL;
    for (uint32_t i = 0; i < p->day.snapshot_count; i++) {
        struct quote_rows some = { .count = p->day.snapshots[i].row_count,
                                   .contract = rows.contract + p->day.snapshots[i].row_first };
        enum err err = chain_check_rows(&p->day, &some, i, p->name);
        if (err)
            return err;
    }
    enum err err = chain_check_prices(&rows, 0, p->name);
    if (!err)
        copy_snapshots(p, 0, p->day.snapshot_count, &rows, p->without);
    return err;
}

/* Everything that can be read goes into a new day, which is staged. */
static enum err rescue(struct repair *r, struct patient *p)
{
    enum err err =
        day_writer_open(&p->writer, r->store, p->day.underlying, p->day.day, p->day.source);
    if (err)
        return err;
    p->handle = arena_array(&r->arena, uint32_t, p->day.contract_count);
    for (uint32_t c = 0; c < p->day.contract_count; c++)
        p->handle[c] = day_writer_contract(p->writer, &p->day.contracts[c]);
    if (p->is_packed)
        copy_packed(r, p);
    else
        err = copy_raw(p);
    if (!err && p->snapshots_kept == 0)
        err = err_set(ERR_CORRUPT, "%s: not one snapshot is left", p->name);
    if (err || r->dry_run)
        return err;
    enum store_packing packing = r->store->packing;
    r->store->packing = p->is_packed ? STORE_PACK_ALWAYS : STORE_PACK_NEVER;
    struct day_writer *writer = p->writer;
    p->writer = NULL;
    err = day_writer_finish(writer, NULL);
    r->store->packing = packing;
    return err;
}

/* ---- setting aside --------------------------------------------------------------------------- */

static enum err set_aside(struct repair *r, const char *name)
{
    int folder = r->store->folder;
    char *aside = arena_printf(&r->arena, STORE_DAMAGED_FOLDER "/%s", name);
    char *parent = arena_strndup(&r->arena, aside, (size_t)(strrchr(aside, '/') - aside));
    enum err err = folder_make(folder, parent);
    if (!err)
        err = folder_remove(folder, aside); /* of an earlier repair */
    if (!err && linkat(folder, name, folder, aside, 0) != 0)
        err = err_set(ERR_IO, "%s: cannot be set aside: %s", name, strerror(errno));
    return err ? err : folder_sync(folder, parent);
}

static enum err lose(struct repair *r, const char *name)
{
    say(r, arena_printf(&r->arena, "lost whole, import it again: %s", err_detail()));
    r->lost = mem_grow(r->lost, &r->lost_capacity, r->sum.files_lost + 1, sizeof *r->lost);
    r->lost[r->sum.files_lost++] = arena_strdup(&r->arena, name);
    return r->dry_run ? ERR_OK : set_aside(r, name);
}

static enum err repair_day(struct repair *r, const char *name)
{
    struct patient p = { 0 };
    struct store_repaired before = r->sum;
    enum err err = examine(r, &p, name);
    if (!err)
        err = rescue(r, &p);
    if (!err && !r->dry_run)
        err = set_aside(r, name);
    if (err == ERR_CORRUPT || err == ERR_UNSUPPORTED || err == ERR_RANGE) {
        r->sum = before; /* what was lost of it is lost with it */
        err = lose(r, name);
    } else if (!err) {
        r->sum.days_kept++;
        say(r, arena_printf(&r->arena, "%s: keeps %u of %u snapshots", name, p.snapshots_kept,
                            p.day.snapshot_count));
    }
    dismiss(&p);
    return err;
}

static enum err repair_file(struct repair *r, const char *name)
{
    enum err err = store_check_file(r->store, name);
    if (!err)
        return ERR_OK;
    if (err != ERR_CORRUPT)
        return err == ERR_UNSUPPORTED || err == ERR_NOT_FOUND ? ERR_OK
                                                              : err; /* not ours to judge */
    r->sum.files++;
    return str_ends_with(str_from(name), STR(CHAIN_SUFFIX)) ? repair_day(r, name) : lose(r, name);
}

/* The new days are in place: now what could not be saved may leave its own. */
static enum err remove_lost(struct repair *r)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < r->sum.files_lost && !err; i++)
        err = folder_remove(r->store->folder, r->lost[i]);
    r->store->has_news = r->store->has_news || r->sum.files_lost > 0;
    return err;
}

enum err store_repair(struct store *store, bool dry_run,
                      void (*report)(void *context, const char *text), void *context,
                      struct store_repaired *out)
{
    MUST(dry_run || store->lock >= 0);
    struct repair r = { .store = store, .dry_run = dry_run, .report = report, .context = context };
    arena_init(&r.arena, "repair", 0);
    char **names;
    size_t count;
    *out = (struct store_repaired){ 0 };
    enum err err = store_all_names(store, &r.arena, &names, &count);
    if (!err && !dry_run)
        err = store_begin(store);
    for (size_t i = 0; i < count && !err; i++)
        err = repair_file(&r, names[i]);
    if (!err && !dry_run)
        err = store_commit(store, NULL, NULL, NULL);
    else if (!dry_run)
        store_abort(store);
    if (!err && !dry_run)
        err = remove_lost(&r);
    if (!err)
        *out = r.sum;
    mem_free(r.lost);
    arena_clear(&r.arena);
    return err;
}
