#include "adapters/journal/journal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/journal/wal_scan.h"
#include "base/mem.h"
#include "tests/testing.h"

static const struct journal_options writing = { 0 }, reading = { .read_only = true };

static char *path_of(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", testing_folder(), name);
    return path;
}

static void append(struct journal *journal, const char *text)
{
    uint64_t n = journal_state(journal).records;
    struct chain_record r = { .sequence = n + 1,
                              .ts_ns = (int64_t)n,
                              .kind = 1,
                              .body = (const uint8_t *)text,
                              .len = strlen(text) };
    CHECK_OK(journal_append(journal, &r));
}

static void fill(const char *path, int records, int per_commit)
{
    struct journal *journal;
    CHECK_OK(journal_open(&journal, path, &writing));
    for (int i = 0; i < records; i++) {
        char text[64];
        snprintf(text, sizeof text, "record number %d holds this", i + 1);
        append(journal, text);
        if (i % per_commit == per_commit - 1)
            CHECK_OK(journal_commit(journal));
    }
    CHECK_OK(journal_commit(journal));
    journal_close(journal);
}

static uint8_t *read_all(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    uint8_t *bytes = mem_alloc(1 << 22);
    *len = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

static void write_all(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

TEST(journal, keeps_records_in_order_and_their_hash_is_known)
{
    char *path = path_of("desk.journal");
    struct journal *journal;
    CHECK_OK(journal_open(&journal, path, &writing));
    append(journal, "one");
    append(journal, "");
    CHECK_EQ(journal_pending(journal), 2);
    CHECK_EQ(journal_durable(journal).records, 0);
    CHECK_OK(journal_commit(journal));
    CHECK_EQ(journal_durable(journal).records, 2);
    char hash[CHAIN_TEXT_BYTES];
    struct journal_state end = journal_state(journal), again;
    chain_format(hash, &end.hash);
    /* b2sum -l 256 of the bytes that chain.h names, twice on from the name */
    CHECK_STR(hash, "8770cc09217c498c3af02ff8511f6da79d49caa5aeffbe2b4bd5e7798873ee77");
    journal_close(journal);

    CHECK_OK(journal_open(&journal, path, &reading));
    again = journal_state(journal);
    CHECK_EQ(again.records, 2);
    CHECK(memcmp(&again.hash, &end.hash, sizeof end.hash) == 0);
    CHECK_OK(journal_seek(journal, 2));
    struct chain_record got;
    struct chain_hash at;
    bool more;
    CHECK_OK(journal_next(journal, &got, &at, &more));
    CHECK(more);
    CHECK_EQ(got.len, 0);
    CHECK_EQ(got.sequence, 2);
    CHECK_OK(journal_next(journal, &got, &at, &more));
    CHECK(!more);
    CHECK_EQ(journal_seek(journal, 4), ERR_NOT_FOUND);
    journal_close(journal);
}

TEST(journal, is_one_file_when_closed)
{
    char *path = path_of("one.journal");
    fill(path, 10, 1);
    char log[700];
    snprintf(log, sizeof log, "%s-wal", path);
    struct stat st;
    CHECK(stat(log, &st) != 0);
    CHECK_OK(stat(path, &st) == 0 ? ERR_OK : ERR_IO);
}

TEST(journal, has_one_writer_and_any_readers)
{
    char *path = path_of("shared.journal");
    struct journal *first, *second, *reader;
    CHECK_OK(journal_open(&first, path, &writing));
    append(first, "one");
    CHECK_OK(journal_commit(first));
    CHECK_EQ(journal_open(&second, path, &writing), ERR_EXISTS);
    CHECK_HAS(err_detail(), "in use by another desk");
    CHECK_OK(journal_open(&reader, path, &reading));
    append(first, "two");
    CHECK_OK(journal_commit(first)); /* not held up by the reader */
    CHECK_EQ(journal_state(reader).records, 1);
    journal_close(reader);
    journal_close(first);
    CHECK_OK(journal_open(&second, path, &writing));
    CHECK_EQ(journal_state(second).records, 2);
    journal_close(second);
}

TEST(journal, a_reader_follows_what_a_desk_commits)
{
    const char *path = path_of("followed");
    struct journal *desk, *reader;
    struct chain_record record;
    struct chain_hash hash;
    bool more;
    fill(path, 3, 1);
    CHECK_OK(journal_open(&desk, path, &writing));
    CHECK_OK(journal_open(&reader, path, &reading));
    for (uint64_t n = 4; n < 10; n++) {
        append(desk, "news");
        CHECK_OK(journal_look(reader));
        CHECK_EQ(journal_durable(reader).records, n - 1); /* not committed yet */
        CHECK_OK(journal_commit(desk));
        CHECK_OK(journal_look(reader));
        CHECK_OK(journal_seek(reader, n));
        CHECK_OK(journal_next(reader, &record, &hash, &more));
        CHECK(more);
        CHECK_EQ(record.record, n);
        CHECK_OK(journal_next(reader, &record, &hash, &more));
        CHECK(!more);
    }
    struct chain_hash head = journal_durable(desk).hash;
    CHECK(memcmp(&hash, &head, sizeof hash) == 0);
    journal_close(reader);
    journal_close(desk);
}

TEST(journal, refuses_what_is_none)
{
    struct journal *journal;
    CHECK_EQ(journal_open(&journal, path_of("absent.journal"), &reading), ERR_NOT_FOUND);
    char *path = path_of("text.journal");
    write_all(
        path,
        (const uint8_t *)"this is a text of more than a hundred bytes, and no journal at all: "
                         "somebody gave the wrong file, which happens to everyone",
        120);
    CHECK_EQ(journal_open(&journal, path, &writing), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "is not a journal");
    CHECK_EQ(journal_open(&journal, path, &reading), ERR_UNSUPPORTED);
}

TEST(journal, refuses_records_that_go_back)
{
    struct journal *journal;
    CHECK_OK(journal_open(&journal, path_of("back.journal"), &writing));
    struct chain_record r = { .sequence = 5, .ts_ns = 50 };
    CHECK_OK(journal_append(journal, &r));
    r.sequence = 4;
    CHECK_EQ(journal_append(journal, &r), ERR_RANGE);
    r.sequence = 5;
    r.ts_ns = 49;
    CHECK_EQ(journal_append(journal, &r), ERR_RANGE);
    r.ts_ns = 50;
    r.len = JOURNAL_BODY_MAX + 1;
    CHECK_EQ(journal_append(journal, &r), ERR_RANGE);
    CHECK_EQ(journal_pending(journal), 1);
    journal_close(journal);
}

TEST(journal, names_the_record_in_which_a_byte_was_flipped)
{
    char *path = path_of("flipped.journal");
    fill(path, 200, 7);
    size_t len;
    uint8_t *bytes = read_all(path, &len);
    static const char text[] = "record number 123 holds this";
    uint8_t *at = memmem(bytes, len, text, sizeof text - 1);
    CHECK(at != NULL);
    at[3] ^= 0x20;
    write_all(path, bytes, len);
    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK_EQ(verdict.broken, 123);
    CHECK_EQ(verdict.whole.records, 122);
    CHECK_EQ(verdict.expected, 200);
    CHECK_HAS(verdict.trouble, "record 123 is broken");

    struct journal *journal;
    CHECK_EQ(journal_open(&journal, path, &writing), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "122 records before are whole");
    CHECK_OK(journal_open(&journal, path, &reading)); /* to look at what is left */
    CHECK_EQ(journal_state(journal).records, 122);
    CHECK_HAS(journal_trouble(journal), "record 123");
    journal_close(journal);

    struct journal_options aside = { .set_aside = true };
    CHECK_OK(journal_open(&journal, path, &aside));
    CHECK_EQ(journal_state(journal).records, 122);
    append(journal, "goes on");
    CHECK_OK(journal_commit(journal));
    journal_close(journal);
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK_STR(verdict.trouble, "");
    CHECK_EQ(verdict.whole.records, 123);
    char beside[700];
    snprintf(beside, sizeof beside, "%s.broken-1", path);
    size_t kept_len;
    uint8_t *kept = read_all(beside, &kept_len); /* nothing of the damaged file is lost */
    CHECK_EQ(kept_len, len);
    CHECK(memcmp(kept, bytes, len) == 0);
    mem_free(kept);
    mem_free(bytes);
}

TEST(journal, finds_any_flipped_byte_that_matters)
{
    /* Whatever byte is flipped: the contents are still right, or the damage is told. */
    char *path = path_of("any.journal");
    fill(path, 60, 5);
    size_t len;
    uint8_t *bytes = read_all(path, &len);
    struct journal_verdict whole;
    CHECK_OK(journal_verify(&whole, path, NULL));
    int told = 0, tries = 0;
    for (size_t at = 0; at < len; at += 61 + at % 13, tries++) {
        bytes[at] ^= 0x41;
        write_all(path, bytes, len);
        struct journal_verdict verdict = { 0 };
        enum err err = journal_verify(&verdict, path, NULL);
        bool is_told = err != ERR_OK || verdict.trouble[0];
        told += is_told;
        if (!is_told &&
            (verdict.whole.records != whole.whole.records ||
             memcmp(&verdict.whole.hash, &whole.whole.hash, sizeof whole.whole.hash) != 0))
            fail_msg("byte %zu flipped: %llu records and not a word", at,
                     (unsigned long long)verdict.whole.records);
        bytes[at] ^= 0x41;
    }
    CHECK(told > tries / 5);
    mem_free(bytes);
}

TEST(journal, tells_records_removed_from_the_middle_or_the_end)
{
    char *path = path_of("removed.journal");
    fill(path, 20, 5);
    char command[900];
    snprintf(command, sizeof command, "sqlite3 '%s' 'DELETE FROM record WHERE record = 8'", path);
    if (system(command) != 0)
        skip(); /* no sqlite3 here */
    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK_EQ(verdict.broken, 8);
    CHECK_HAS(verdict.trouble, "record 8 is broken: it is missing");

    path = path_of("tail.journal");
    fill(path, 20, 5);
    snprintf(command, sizeof command, "sqlite3 '%s' 'DELETE FROM record WHERE record > 17'", path);
    CHECK_EQ(system(command), 0);
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK_EQ(verdict.broken, 18);
    CHECK_HAS(verdict.trouble, "records 18 to 20 are missing");
}

/* Leave a log behind, as a crash does: the writer ends without closing. */
static void fill_and_die(const char *path, int records)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct journal *journal;
        if (journal_open(&journal, path, &writing))
            _exit(1);
        for (int i = 0; i < records; i++) {
            append(journal, "in the log");
            if (journal_commit(journal))
                _exit(1);
        }
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
}

TEST(journal, survives_a_killed_writer)
{
    char *path = path_of("killed.journal");
    fill_and_die(path, 25);
    struct journal *journal;
    CHECK_OK(journal_open(&journal, path, &writing));
    CHECK_STR(journal_trouble(journal), "");
    CHECK_EQ(journal_state(journal).records, 25);
    journal_close(journal);
}

TEST(journal, tells_commits_that_a_damaged_log_would_hide)
{
    char *path = path_of("log.journal"), log[700];
    fill_and_die(path, 25);
    snprintf(log, sizeof log, "%s-wal", path);
    size_t len;
    uint8_t *bytes = read_all(log, &len);
    struct wal_scan scan = wal_scan(bytes, len);
    CHECK(!scan.is_damaged);
    CHECK(scan.commits >= 25);
    CHECK_EQ(scan.lost, 0);
    /* A torn last commit is what a crash leaves: no damage. */
    CHECK(!wal_scan(bytes, len - 2000).is_damaged);
    bytes[len / 2] ^= 1;
    write_all(log, bytes, len);
    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK(verdict.lost_commits > 5);
    CHECK_HAS(verdict.trouble, "write-ahead log is damaged");
    struct journal *journal;
    for (int i = 0; i < 2; i++) { /* refusing does not destroy what shows the damage */
        CHECK_EQ(journal_open(&journal, path, &writing), ERR_CORRUPT);
        CHECK_HAS(err_detail(), "write-ahead log");
    }
    struct journal_options aside = { .set_aside = true };
    CHECK_OK(journal_open(&journal, path, &aside));
    uint64_t left = journal_state(journal).records;
    CHECK(left > 5 && left < 20);
    journal_close(journal);
    snprintf(log, sizeof log, "%s.broken-1-wal", path);
    size_t kept_len;
    uint8_t *kept = read_all(log, &kept_len);
    CHECK_EQ(kept_len, len);
    CHECK(memcmp(kept, bytes, len) == 0);
    mem_free(kept);
    mem_free(bytes);
}

TEST(journal, keeps_the_last_snapshots_and_passes_over_damaged_ones)
{
    char *path = path_of("snapshot.journal");
    struct journal *journal;
    CHECK_OK(journal_open(&journal, path, &writing));
    for (int i = 0; i < 4; i++) {
        char image[32];
        append(journal, "x");
        CHECK_OK(journal_commit(journal));
        snprintf(image, sizeof image, "state after %d", i + 1);
        CHECK_OK(journal_snapshot_put(journal, "v1", (const uint8_t *)image, strlen(image)));
    }
    struct journal_state at;
    struct buf body = { 0 };
    bool found;
    CHECK_OK(journal_snapshot_get(journal, "v1", UINT64_MAX / 2, &at, &body, &found));
    CHECK(found);
    CHECK_EQ(at.records, 4);
    CHECK_STR(body.ptr, "state after 4");
    CHECK_OK(journal_snapshot_get(journal, "v2", 4, &at, &body, &found));
    CHECK(!found);
    CHECK_OK(journal_snapshot_get(journal, "v1", 2, &at, &body, &found));
    CHECK(!found); /* dropped: the last two are kept */
    journal_close(journal);

    size_t len;
    uint8_t *bytes = read_all(path, &len), *hit = memmem(bytes, len, "state after 4", 13);
    CHECK(hit != NULL);
    hit[12] = '9';
    write_all(path, bytes, len);
    mem_free(bytes);
    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, path, NULL));
    CHECK_EQ(verdict.snapshots, 2);
    CHECK_EQ(verdict.snapshots_broken, 1);
    CHECK_EQ(verdict.broken, 0);
    CHECK_OK(journal_open(&journal, path,
                          &writing)); /* snapshots only save time: the records are whole */
    buf_clear(&body);
    CHECK_OK(journal_snapshot_get(journal, "v1", 4, &at, &body, &found));
    CHECK(found);
    CHECK_STR(body.ptr, "state after 3");
    buf_free(&body);
    journal_close(journal);
}
