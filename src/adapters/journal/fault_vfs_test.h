/*
 * A disk that fails when it is told to: a SQLite VFS in memory that knows what was synced.
 *
 * Every write, truncation, sync and deletion counts as one operation. At the operation `crash_at`
 * the machine stops: everything fails until fault_restart(). What a file then holds is what was
 * last synced, and of each later write nothing, all, or a torn part, sector by sector, as chance
 * (of `seed`) wants. `room` is how many bytes fit on the disk.
 */
#ifndef ADAPTERS_JOURNAL_FAULT_VFS_TEST_H
#define ADAPTERS_JOURNAL_FAULT_VFS_TEST_H

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/testing.h"

enum {
    FAULT_FILES = 8,
    FAULT_FILE_MAX = 1 << 23,
    FAULT_WRITES = 4096,
    FAULT_SECTOR = 512,
    FAULT_SHM = 8
};

struct fault_write {
    size_t at, len;
    bool truncates; /* to at */
    uint8_t *bytes;
};

struct fault_file {
    char name[64];
    bool exists;
    uint8_t *now, *synced;
    size_t now_len, synced_len;
    struct fault_write writes[FAULT_WRITES]; /* since the last sync */
    size_t write_count;
    void *shm[FAULT_SHM];
};

static struct fault_disk {
    struct fault_file files[FAULT_FILES];
    long operations, crash_at; /* 0: never */
    bool is_down;
    size_t room;
    uint64_t seed;
} fault_disk;

struct fault_handle {
    sqlite3_file base;
    struct fault_file *file;
};

static struct fault_file *fault_find(const char *name, bool make)
{
    struct fault_file *empty = NULL;
    for (size_t i = 0; i < FAULT_FILES; i++) {
        struct fault_file *f = &fault_disk.files[i];
        if (f->exists && strcmp(f->name, name) == 0)
            return f;
        if (!f->exists && !empty)
            empty = f;
    }
    if (!make)
        return NULL;
    MUST(empty != NULL);
    if (!empty->now) {
        empty->now = mem_alloc(FAULT_FILE_MAX);
        empty->synced = mem_alloc(FAULT_FILE_MAX);
    }
    empty->exists = true;
    empty->now_len = empty->synced_len = empty->write_count = 0;
    snprintf(empty->name, sizeof empty->name, "%s", name);
    return empty;
}

/* True when the machine is down, or goes down now. */
static bool fault_operation(void)
{
    if (fault_disk.is_down)
        return true;
    fault_disk.operations++;
    fault_disk.is_down = fault_disk.crash_at && fault_disk.operations >= fault_disk.crash_at;
    return fault_disk.is_down;
}

static void fault_apply(uint8_t *bytes, size_t *len, const struct fault_write *w, size_t part)
{
    if (w->truncates) {
        *len = w->at < *len ? w->at : *len;
        return;
    }
    if (w->at > *len)
        memset(bytes + *len, 0, w->at - *len);
    memcpy(bytes + w->at, w->bytes, part);
    *len = w->at + part > *len ? w->at + part : *len;
}

static void fault_forget(struct fault_file *f)
{
    for (size_t i = 0; i < f->write_count; i++)
        mem_free(f->writes[i].bytes);
    f->write_count = 0;
}

static int fault_remember(struct fault_file *f, size_t at, const void *bytes, size_t len,
                          bool truncates)
{
    MUST(f->write_count < FAULT_WRITES);
    MUST(at + len <= FAULT_FILE_MAX);
    struct fault_write *w = &f->writes[f->write_count++];
    *w = (struct fault_write){ .at = at, .len = len, .truncates = truncates };
    if (len) {
        w->bytes = mem_alloc(len);
        memcpy(w->bytes, bytes, len);
    }
    if (fault_operation())
        return SQLITE_IOERR;
    fault_apply(f->now, &f->now_len, w, len);
    return SQLITE_OK;
}

static size_t fault_used(void)
{
    size_t used = 0;
    for (size_t i = 0; i < FAULT_FILES; i++)
        used += fault_disk.files[i].exists ? fault_disk.files[i].now_len : 0;
    return used;
}

/* The machine starts again: what was not synced is there, or not, or in part. */
static void fault_restart(void)
{
    struct rng rng;
    rng_init(&rng, fault_disk.seed, 0, 0);
    for (size_t i = 0; i < FAULT_FILES; i++) {
        struct fault_file *f = &fault_disk.files[i];
        for (size_t k = 0; k < FAULT_SHM; k++) {
            mem_free(f->shm[k]);
            f->shm[k] = NULL;
        }
        if (!f->exists)
            continue;
        for (size_t k = 0; k < f->write_count; k++) {
            const struct fault_write *w = &f->writes[k];
            uint64_t chance = rng_below(&rng, 3);
            size_t sectors = w->len / FAULT_SECTOR;
            size_t part = chance == 0   ? 0
                          : chance == 1 ? w->len
                                        : (size_t)rng_below(&rng, sectors + 1) * FAULT_SECTOR;
            if (chance || !w->truncates)
                fault_apply(f->synced, &f->synced_len, w, part);
        }
        fault_forget(f);
        memcpy(f->now, f->synced, f->synced_len);
        f->now_len = f->synced_len;
    }
    fault_disk.is_down = false;
    fault_disk.operations = 0;
    fault_disk.crash_at = 0;
}

/* The files' bytes are kept for the next disk: what lies beyond a file's length is never read. */
static void fault_wipe(void)
{
    for (size_t i = 0; i < FAULT_FILES; i++) {
        struct fault_file *f = &fault_disk.files[i];
        fault_forget(f);
        for (size_t k = 0; k < FAULT_SHM; k++) {
            mem_free(f->shm[k]);
            f->shm[k] = NULL;
        }
        f->exists = false;
        f->now_len = f->synced_len = f->write_count = 0;
    }
    fault_disk.operations = fault_disk.crash_at = 0;
    fault_disk.is_down = false;
    fault_disk.seed = 0;
    fault_disk.room = SIZE_MAX;
}

/* ---- the file's methods ---------------------------------------------------------------------- */

static struct fault_file *fault_of(sqlite3_file *handle)
{
    return ((struct fault_handle *)handle)->file;
}

static int fault_close(UNUSED sqlite3_file *handle)
{
    return SQLITE_OK;
}

static int fault_read(sqlite3_file *handle, void *out, int len, sqlite3_int64 at)
{
    struct fault_file *f = fault_of(handle);
    if (fault_disk.is_down)
        return SQLITE_IOERR_READ;
    size_t want = (size_t)len, start = (size_t)at;
    size_t have = start >= f->now_len ? 0 : f->now_len - start < want ? f->now_len - start : want;
    memset(out, 0, want);
    memcpy(out, f->now + start, have);
    return have == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int fault_write(sqlite3_file *handle, const void *bytes, int len, sqlite3_int64 at)
{
    struct fault_file *f = fault_of(handle);
    size_t end = (size_t)at + (size_t)len, grows = end > f->now_len ? end - f->now_len : 0;
    if (!fault_disk.is_down && grows && fault_used() + grows > fault_disk.room)
        return SQLITE_FULL;
    return fault_remember(f, (size_t)at, bytes, (size_t)len, false);
}

static int fault_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
    return fault_remember(fault_of(handle), (size_t)size, NULL, 0, true);
}

static int fault_sync(sqlite3_file *handle, UNUSED int flags)
{
    struct fault_file *f = fault_of(handle);
    if (fault_operation())
        return SQLITE_IOERR_FSYNC;
    for (size_t i = 0; i < f->write_count; i++) /* and nothing else differs: files are long */
        fault_apply(f->synced, &f->synced_len, &f->writes[i], f->writes[i].len);
    fault_forget(f);
    return SQLITE_OK;
}

static int fault_size(sqlite3_file *handle, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)fault_of(handle)->now_len;
    return fault_disk.is_down ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int fault_lock(UNUSED sqlite3_file *handle, UNUSED int level)
{
    return SQLITE_OK;
}

static int fault_reserved(UNUSED sqlite3_file *handle, int *out)
{
    *out = 0;
    return SQLITE_OK;
}

static int fault_control(UNUSED sqlite3_file *handle, UNUSED int op, UNUSED void *arg)
{
    return SQLITE_NOTFOUND;
}

static int fault_sector(UNUSED sqlite3_file *handle)
{
    return FAULT_SECTOR;
}

static int fault_traits(UNUSED sqlite3_file *handle)
{
    return 0; /* promises nothing: writes may tear and reorder */
}

static int fault_shm_map(sqlite3_file *handle, int page, int size, int extend, void volatile **out)
{
    MUST(page < FAULT_SHM);
    void **at = &fault_of(handle)->shm[page];
    if (!*at && extend)
        *at = mem_alloc((size_t)size);
    *out = *at;
    return SQLITE_OK;
}

static int fault_shm_lock(UNUSED sqlite3_file *handle, UNUSED int offset, UNUSED int n,
                          UNUSED int flags)
{
    return SQLITE_OK;
}

static void fault_shm_barrier(UNUSED sqlite3_file *handle)
{
}

static int fault_shm_unmap(sqlite3_file *handle, UNUSED int delete)
{
    struct fault_file *f = fault_of(handle);
    for (size_t k = 0; k < FAULT_SHM; k++) {
        mem_free(f->shm[k]);
        f->shm[k] = NULL;
    }
    return SQLITE_OK;
}

/* ---- the VFS --------------------------------------------------------------------------------- */

static int fault_open(UNUSED sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags,
                      int *out)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = fault_close,
        .xRead = fault_read,
        .xWrite = fault_write,
        .xTruncate = fault_truncate,
        .xSync = fault_sync,
        .xFileSize = fault_size,
        .xLock = fault_lock,
        .xUnlock = fault_lock,
        .xCheckReservedLock = fault_reserved,
        .xFileControl = fault_control,
        .xSectorSize = fault_sector,
        .xDeviceCharacteristics = fault_traits,
        .xShmMap = fault_shm_map,
        .xShmLock = fault_shm_lock,
        .xShmBarrier = fault_shm_barrier,
        .xShmUnmap = fault_shm_unmap,
    };
    struct fault_handle *h = (struct fault_handle *)handle;
    h->base.pMethods = NULL;
    if (fault_disk.is_down)
        return SQLITE_CANTOPEN;
    h->file = fault_find(name ? name : "temporary", flags & SQLITE_OPEN_CREATE);
    if (!h->file)
        return SQLITE_CANTOPEN;
    h->base.pMethods = &methods;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int fault_delete(UNUSED sqlite3_vfs *vfs, const char *name, UNUSED int sync)
{
    struct fault_file *f = fault_find(name, false);
    if (!f)
        return SQLITE_IOERR_DELETE_NOENT;
    if (fault_operation())
        return SQLITE_IOERR_DELETE;
    fault_forget(f);
    f->exists = false;
    return SQLITE_OK;
}

static int fault_access(UNUSED sqlite3_vfs *vfs, const char *name, UNUSED int flags, int *out)
{
    struct fault_file *f = fault_find(name, false);
    *out = f && f->now_len > 0;
    return fault_disk.is_down ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int fault_full_path(UNUSED sqlite3_vfs *vfs, const char *name, int len, char *out)
{
    snprintf(out, (size_t)len, "%s", name);
    return SQLITE_OK;
}

static int fault_random(UNUSED sqlite3_vfs *vfs, int len, char *out)
{
    memset(out, 7, (size_t)len); /* the log's salts: they count up from here */
    return len;
}

static int fault_sleep(UNUSED sqlite3_vfs *vfs, int micros)
{
    return micros;
}

static int fault_time(UNUSED sqlite3_vfs *vfs, double *out)
{
    *out = 2461000.5;
    return SQLITE_OK;
}

static const char *fault_vfs(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 1,
        .szOsFile = sizeof(struct fault_handle),
        .mxPathname = 60,
        .zName = "fault",
        .xOpen = fault_open,
        .xDelete = fault_delete,
        .xAccess = fault_access,
        .xFullPathname = fault_full_path,
        .xRandomness = fault_random,
        .xSleep = fault_sleep,
        .xCurrentTime = fault_time,
    };
    static bool is_registered;
    if (!is_registered)
        MUST(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
    is_registered = true;
    return vfs.zName;
}

#endif
