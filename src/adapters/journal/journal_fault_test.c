/* Crashes, torn writes and full disks: nothing that was durable is lost, nothing half done is seen.
 */
#include "adapters/journal/fault_vfs_test.h"
#include "adapters/journal/journal.h"

static const struct journal_options on_fault = { .vfs = "fault" };

/* Record n of any run: its bytes follow from its number. */
static struct chain_record record(uint64_t n, uint8_t body[600])
{
    size_t len = n * 37 % 600;
    for (size_t i = 0; i < len; i++)
        body[i] = (uint8_t)(n * 131 + i);
    return (struct chain_record){ .sequence = n / 2,
                                  .ts_ns = (int64_t)n * 1000,
                                  .kind = (uint32_t)(n % 5),
                                  .body = body,
                                  .len = len };
}

/* Commits of three records until `commits` or the first failure; how many records are durable for
 * sure. */
static uint64_t write_some(struct journal *journal, int commits)
{
    for (int i = 0; i < commits; i++) {
        for (int k = 0; k < 3; k++) {
            uint8_t body[600];
            struct chain_record r = record(journal_state(journal).records + 1, body);
            CHECK_OK(journal_append(journal, &r));
        }
        if (journal_commit(journal))
            break;
        if (i % 4 == 3 && journal_snapshot_put(journal, "test", (const uint8_t *)"state", 5))
            break;
    }
    return journal_durable(journal).records;
}

static void check_contents(struct journal *journal)
{
    CHECK_OK(journal_seek(journal, 1));
    uint64_t seen = 0;
    for (;;) {
        struct chain_record got;
        struct chain_hash hash;
        bool more;
        CHECK_OK(journal_next(journal, &got, &hash, &more));
        if (!more)
            break;
        uint8_t body[600];
        struct chain_record want = record(++seen, body);
        CHECK_EQ(got.record, seen);
        CHECK_EQ(got.kind, want.kind);
        CHECK_EQ(got.len, want.len);
        CHECK(memcmp(got.body, want.body, want.len) == 0);
    }
    CHECK_EQ(seen, journal_durable(journal).records);
}

/* One life of the machine: work, crash at an operation, start again, look, go on. */
static bool crash_once(long crash_at, uint64_t seed, int commits)
{
    fault_wipe();
    fault_vfs();
    fault_disk.crash_at = crash_at;
    fault_disk.seed = seed;
    struct journal *journal;
    uint64_t durable = 0;
    bool opened = journal_open(&journal, "desk", &on_fault) == ERR_OK;
    if (opened)
        durable = write_some(journal, commits);
    uint64_t attempted = opened ? journal_state(journal).records : 0;
    bool crashed = fault_disk.is_down;
    journal_close(journal);
    crashed |= fault_disk.is_down;
    fault_restart();

    CHECK_OK(journal_open(&journal, "desk", &on_fault));
    CHECK_STR(journal_trouble(journal), "");
    uint64_t found = journal_durable(journal).records;
    if (found < durable || found > attempted || found % 3)
        fail_msg("crash at %ld, seed %llu: %llu records found, %llu were durable, %llu attempted",
                 crash_at, (unsigned long long)seed, (unsigned long long)found,
                 (unsigned long long)durable, (unsigned long long)attempted);
    check_contents(journal);
    CHECK_EQ(write_some(journal, 2), found + 6);
    check_contents(journal);
    journal_close(journal);

    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, "desk", "fault"));
    CHECK_STR(verdict.trouble, "");
    CHECK_EQ(verdict.whole.records, found + 6);
    return crashed;
}

TEST(journal_fault, a_crash_at_any_write_loses_nothing_durable)
{
    long at = 1;
    for (uint64_t seed = 1; crash_once(at, seed, 6); seed++)
        at++;
    CHECK(at > 60); /* as many operations as that work has */
    for (uint64_t seed = 1; seed <= 300; seed++)
        crash_once(1 + (long)(seed * 7919 % (uint64_t)at), seed * 31, 6);
    fault_wipe();
}

TEST(journal_fault, a_crash_in_a_large_commit_leaves_all_or_nothing)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        crash_once((long)(20 + seed * 11 % 400), seed, 40);
    fault_wipe();
}

TEST(journal_fault, a_full_disk_keeps_what_waits_and_goes_on_when_there_is_room)
{
    fault_wipe();
    fault_vfs();
    struct journal *journal;
    CHECK_OK(journal_open(&journal, "desk", &on_fault));
    uint64_t before = write_some(journal, 4);
    CHECK_EQ(before, 12);
    fault_disk.room = fault_used();
    for (int i = 0; i < 50; i++) { /* the log may still have room that it reuses */
        uint8_t body[600];
        struct chain_record r = record(journal_state(journal).records + 1, body);
        CHECK_OK(journal_append(journal, &r));
        if (journal_commit(journal))
            break;
    }
    CHECK_EQ(journal_commit(journal), ERR_FULL);
    CHECK_HAS(err_detail(), "disk is full");
    CHECK_EQ(journal_pending(journal), 1);
    uint64_t durable = journal_durable(journal).records;
    check_contents(journal);
    fault_disk.room = SIZE_MAX;
    CHECK_OK(journal_commit(journal));
    CHECK_EQ(journal_durable(journal).records, durable + 1);
    check_contents(journal);
    journal_close(journal);
    struct journal_verdict verdict;
    CHECK_OK(journal_verify(&verdict, "desk", "fault"));
    CHECK_STR(verdict.trouble, "");
    fault_wipe();
}
