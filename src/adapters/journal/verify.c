/* Is the chain whole? Reads everything and changes nothing. */
#include "adapters/journal/journal_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/journal/wal_scan.h"

static void say(struct journal_verdict *out, const char *text)
{
    if (!out->trouble[0])
        snprintf(out->trouble, sizeof out->trouble, "%s", text);
}

/* What the head row says there should be. */
static void check_head(struct journal_verdict *out, sqlite3 *db, const char *path)
{
    sqlite3_stmt *read;
    if (journal_prepare(db, path, "SELECT record, hash FROM head WHERE one = 1", &read)) {
        out->head_broken = true;
        say(out, err_detail());
        return;
    }
    char text[JOURNAL_TROUBLE_BYTES];
    if (sqlite3_step(read) != SQLITE_ROW) {
        out->head_broken = true;
        say(out, "the head of the chain cannot be read");
    } else {
        out->expected = (uint64_t)sqlite3_column_int64(read, 0);
        const void *hash = sqlite3_column_blob(read, 1);
        bool has_hash = hash && sqlite3_column_bytes(read, 1) == CHAIN_HASH_BYTES;
        if (!out->broken && out->expected > out->whole.records) {
            out->broken = out->whole.records + 1;
            snprintf(text, sizeof text, "%s: records %llu to %llu are missing", path,
                     (unsigned long long)out->broken, (unsigned long long)out->expected);
            say(out, text);
        } else if (!out->broken && out->whole.records &&
                   (out->expected < out->whole.records || !has_hash ||
                    memcmp(hash, out->whole.hash.bytes, CHAIN_HASH_BYTES) != 0)) {
            out->head_broken = true;
            snprintf(text, sizeof text, "%s: the head of the chain does not fit its last record",
                     path);
            say(out, text);
        }
    }
    sqlite3_finalize(read);
}

static void check_snapshots(struct journal_verdict *out, sqlite3 *db, const char *path)
{
    sqlite3_stmt *read;
    if (journal_prepare(db, path,
                        "SELECT s.record, s.body, s.hash, r.hash FROM snapshot s LEFT JOIN record r"
                        " ON r.record = s.record ORDER BY s.record",
                        &read)) {
        say(out, err_detail());
        return;
    }
    int step;
    while ((step = sqlite3_step(read)) == SQLITE_ROW) {
        out->snapshots++;
        struct chain_hash at, want;
        const void *body = sqlite3_column_blob(read, 1), *hash = sqlite3_column_blob(read, 2),
                   *chain = sqlite3_column_blob(read, 3);
        bool holds = hash && chain && sqlite3_column_bytes(read, 2) == CHAIN_HASH_BYTES &&
                     sqlite3_column_bytes(read, 3) == CHAIN_HASH_BYTES;
        if (holds) {
            memcpy(at.bytes, chain, CHAIN_HASH_BYTES);
            want = chain_snapshot(&at, body, (size_t)sqlite3_column_bytes(read, 1));
            holds = memcmp(want.bytes, hash, CHAIN_HASH_BYTES) == 0;
        }
        out->snapshots_broken += !holds;
    }
    sqlite3_finalize(read);
    if (step != SQLITE_DONE)
        out->snapshots_broken++;
    if (out->snapshots_broken)
        say(out, "a snapshot is damaged; the records are what counts, recovery reads them instead");
}

void journal_walk(struct journal_verdict *out, sqlite3 *db, const char *path)
{
    out->whole = (struct journal_state){ .hash = chain_begin() };
    sqlite3_stmt *read;
    if (journal_prepare(db, path, JOURNAL_READ_SQL, &read)) {
        out->broken = 1;
        say(out, err_detail());
        return;
    }
    sqlite3_bind_int64(read, 1, 1);
    struct chain_record record;
    bool more = true;
    while (more) {
        if (journal_step(db, path, read, &out->whole, &record, &more)) {
            out->broken = out->whole.records + 1;
            say(out, err_detail());
            break;
        }
        if (more && !out->first_ts_ns)
            out->first_ts_ns = record.ts_ns;
    }
    sqlite3_finalize(read);
    check_head(out, db, path);
    check_snapshots(out, db, path);
}

/* No file: everything is in the journal itself. */
static struct wal_scan scan_file(const char *log)
{
    struct wal_scan scan = { 0 };
    int file = open(log, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (file < 0)
        return scan;
    if (fstat(file, &st) == 0 && st.st_size > 0 && st.st_size < INT32_MAX) {
        size_t capacity = 0, len = 0;
        uint8_t *bytes = mem_grow(NULL, &capacity, (size_t)st.st_size, 1);
        ssize_t got;
        while (len < (size_t)st.st_size &&
               (got = read(file, bytes + len, (size_t)st.st_size - len)) > 0)
            len += (size_t)got;
        scan = wal_scan(bytes, len);
        mem_free(bytes);
    }
    close(file);
    return scan;
}

void journal_scan_log(struct journal_verdict *out, const char *path)
{
    enum { LOOKS = 3 };
    char log[JOURNAL_PATH_MAX + 16];
    snprintf(log, sizeof log, "%s-wal", path);
    struct wal_scan scan = { .is_damaged = true };
    /* A desk may be writing while we read: what is damaged looks so every time. */
    for (int i = 0; i < LOOKS && scan.is_damaged; i++)
        scan = scan_file(log);
    if (!scan.is_damaged)
        return;
    out->lost_commits = scan.lost;
    char text[JOURNAL_TROUBLE_BYTES];
    snprintf(
        text, sizeof text,
        "%s: the write-ahead log is damaged after %llu commits: %llu later ones cannot be read",
        log, (unsigned long long)scan.commits, (unsigned long long)scan.lost);
    say(out, text);
}

enum err journal_verify(struct journal_verdict *out, const char *path, const char *vfs)
{
    *out = (struct journal_verdict){ 0 };
    if (!vfs && access(path, R_OK) != 0)
        return err_set(ERR_NOT_FOUND, "there is no journal %s to read", path);
    if (!vfs)
        journal_scan_log(out, path);
    sqlite3 *db;
    enum err err = journal_connect(&db, path, vfs, true, false);
    if (err == ERR_CORRUPT) {
        out->broken = 1;
        say(out, err_detail());
        return ERR_OK;
    }
    if (err)
        return err;
    journal_walk(out, db, path);
    sqlite3_close_v2(db);
    return ERR_OK;
}
