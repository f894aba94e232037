#include "adapters/feed/replay_dbn.h"

#include <stdio.h>
#include <string.h>

#include "adapters/feed/dbn_map.h"
#include "base/zone.h"

struct replay_dbn {
    struct arena arena;
    struct dbn_reader *reader;
    struct dbn_map map;
    struct market_record ahead[DBN_MAP_RECORDS_MAX]; /* of the next DBN record, not given yet */
    size_t ahead_count, ahead_at;
    enum err failed; /* found while reading ahead: told when the records before it are given */
    char why[256];
    bool is_over; /* the reader has no more */
    bool has_said_end;
};

/* The next DBN record as market records into out[], none when the tape is over or damaged. */
static size_t read_next(struct replay_dbn *r, struct market_record out[DBN_MAP_RECORDS_MAX])
{
    size_t count = 0;
    while (count == 0 && !r->is_over) {
        const struct dbn_record *rec = NULL;
        enum err err = dbn_reader_next(r->reader, &rec);
        if (!err && rec)
            err = dbn_map_record(&r->map, rec, out, &count);
        if (err) {
            r->failed = err;
            snprintf(r->why, sizeof r->why, "%s", err_detail());
        }
        r->is_over = err || !rec;
    }
    return count;
}

static void read_ahead(struct replay_dbn *r)
{
    if (r->ahead_at < r->ahead_count)
        return;
    r->ahead_at = 0;
    r->ahead_count = read_next(r, r->ahead);
}

/* When the tape ended: of one without records, before everything else (INT64_MIN would be a live
 * line's word). */
static int64_t end_ns(const struct replay_dbn *r)
{
    return r->map.recv_ns == INT64_MIN ? 0 : r->map.recv_ns;
}

static int64_t replay_next_ns(void *self)
{
    struct replay_dbn *r = self;
    read_ahead(r);
    if (r->ahead_at < r->ahead_count)
        return r->ahead[r->ahead_at].recv_ns;
    if (r->failed || !r->has_said_end)
        return end_ns(r); /* the end itself is news */
    return INT64_MAX;
}

/* Errors are told once all before them was given. */
static enum err finish(struct replay_dbn *r, struct market_record *out, size_t room, size_t *count)
{
    if (*count == room)
        return ERR_OK;
    if (r->failed && *count == 0)
        return err_set(r->failed, "%s", r->why);
    if (!r->failed && !r->has_said_end) {
        struct market_record *end = &out[(*count)++];
        *end = (struct market_record){ .ts_ns = end_ns(r),
                                       .recv_ns = end_ns(r),
                                       .instrument = INSTRUMENT_NONE,
                                       .kind = RECORD_LINK };
        end->of.link = (struct record_link){ .state = LINK_ENDED, .why = "the tape ends" };
        r->has_said_end = true;
    }
    return ERR_OK;
}

static enum err replay_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                            size_t *count)
{
    struct replay_dbn *r = self;
    *count = 0;
    while (*count < room) {
        if (r->ahead_at == r->ahead_count && room - *count >= DBN_MAP_RECORDS_MAX && !r->is_over) {
            /* The usual case: straight to where it goes, and back when it is not due yet. */
            size_t got = read_next(r, out + *count);
            if (got && out[*count].recv_ns > now_ns) {
                memcpy(r->ahead, out + *count, got * sizeof *out);
                r->ahead_at = 0;
                r->ahead_count = got;
                return ERR_OK;
            }
            *count += got;
            continue;
        }
        read_ahead(r);
        if (r->ahead_at == r->ahead_count)
            return finish(r, out, room, count);
        if (r->ahead[r->ahead_at].recv_ns > now_ns)
            return ERR_OK;
        out[(*count)++] = r->ahead[r->ahead_at++];
    }
    return ERR_OK;
}

static void replay_close(void *self)
{
    struct replay_dbn *r = self;
    dbn_map_clear(&r->map);
    dbn_reader_close(r->reader);
    arena_clear(&r->arena);
    mem_free(r);
}

static const struct source_ops replay_ops = {
    .name = "tape",
    .poll = replay_poll,
    .next_ns = replay_next_ns,
    .close = replay_close,
};

static enum err start(struct source *out, struct replay_dbn_info *info, enum err err,
                      struct dbn_reader *reader, struct instruments *instruments)
{
    if (err)
        return err;
    struct replay_dbn *r = mem_alloc(sizeof *r);
    arena_init(&r->arena, "tape", 0);
    r->reader = reader;
    const struct dbn_metadata *metadata = dbn_reader_metadata(reader);
    dbn_map_init(&r->map, &r->arena, instruments, metadata);
    read_ahead(r);
    if (r->failed && r->ahead_count == 0) {
        err = err_set(r->failed, "%s", r->why);
        replay_close(r);
        return err;
    }
    if (info) {
        *info = (struct replay_dbn_info){ .first_ns =
                                              r->ahead_count ? r->ahead[0].recv_ns : INT64_MAX };
        dbn_reader_file_bytes(reader, &info->bytes);
        if (metadata)
            memcpy(info->dataset, metadata->dataset, sizeof info->dataset);
    }
    *out = (struct source){ &replay_ops, r };
    return ERR_OK;
}

enum err replay_dbn_open(struct source *out, struct replay_dbn_info *info, const char *path,
                         struct instruments *instruments)
{
    struct dbn_reader *reader = NULL;
    enum err err = dbn_reader_open(&reader, path, NULL);
    return start(out, info, err, reader, instruments);
}

enum err replay_dbn_open_memory(struct source *out, struct replay_dbn_info *info, const char *name,
                                const void *bytes, size_t len, struct instruments *instruments)
{
    struct dbn_reader *reader = NULL;
    enum err err = dbn_reader_open_memory(&reader, name, bytes, len, NULL);
    return start(out, info, err, reader, instruments);
}

uint64_t replay_dbn_bytes(const struct source *source)
{
    const struct replay_dbn *r = source->self;
    uint64_t total;
    return dbn_reader_file_bytes(r->reader, &total);
}

void replay_dbn_left_out(const struct source *source, uint64_t *unused, uint64_t *unsupported,
                         uint64_t *unknown)
{
    const struct replay_dbn *r = source->self;
    *unused = r->map.unused;
    *unsupported = r->map.unsupported;
    *unknown = dbn_reader_unknown(r->reader);
}
