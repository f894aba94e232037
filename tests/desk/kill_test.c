/*
 * kill -9 at random moments: after restart, positions, cash and the journal's hash are those of a
 * desk that nobody killed.
 *
 * IRONFLY_KILLS=1000 build/tests/test_tests_desk    as many as one likes; a few by default
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "tests/desk/desk_run.h"

enum { KILLS_DEFAULT = 24, KILLS_A_SESSION = 4 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* A process of its own: what it does with the journal is all that is left of it. */
static pid_t start(const struct desk_options *options)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct arena arena;
        arena_init(&arena, "child", 0);
        struct desk_result result;
        _exit(desk_run(&result, &arena, options) ? 1 : 0);
    }
    return child;
}

/* True when it was still alive to be killed. */
static bool kill_after(pid_t child, int64_t micros)
{
    struct timespec pause = { micros / 1000000, micros % 1000000 * 1000 };
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status))
        CHECK_EQ(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

TEST(kill, at_random_moments_changes_nothing)
{
    struct arena arena, kept;
    arena_init(&arena, "test", 0);
    arena_init(&kept, "kept", 0);
    struct desk_options options = desk_test_options(desk_test_journal("whole"));
    struct desk_result want, got;
    int64_t begin = now_us();
    CHECK_OK(desk_run(&want, &kept, &options));
    int64_t whole_us = now_us() - begin;

    const char *asked = getenv("IRONFLY_KILLS");
    int kills = asked ? atoi(asked) : KILLS_DEFAULT, killed = 0, sessions = 0;
    struct rng rng;
    rng_init(&rng, 20261120, 0, 0);
    for (; killed < kills; sessions++) {
        char name[32];
        snprintf(name, sizeof name, "killed%d", sessions);
        options.journal = desk_test_journal(name);
        for (int i = 0; i < KILLS_A_SESSION && killed < kills; i++)
            killed += kill_after(start(&options), (int64_t)rng_below(&rng, (uint64_t)whole_us));
        arena_clear(&arena);
        CHECK_OK(desk_run(&got, &arena, &options));
        desk_test_same(&got, &want);
        struct journal_verdict verdict;
        CHECK_OK(journal_verify(&verdict, options.journal, NULL));
        CHECK_STR(verdict.trouble, "");
        unlink(options.journal);
    }
    if (asked)
        print_message("%d kills of %d desks at random moments of %lld ms: %llu records, the same "
                      "hash each time\n",
                      killed, sessions, (long long)(whole_us / 1000),
                      (unsigned long long)want.journal.records);
    arena_clear(&arena);
    arena_clear(&kept);
}

/* ---- nothing leaves that is not durable ------------------------------------------------------ */

/* The venue's own book, outside of the desk: an order's number is in it the moment it arrives. */
static void write_number(void *context, const struct effect *effect)
{
    if (effect->kind == EFFECT_SUBMIT)
        MUST(write(*(const int *)context, &effect->of.order.state->id, sizeof(uint64_t)) ==
             sizeof(uint64_t));
}

/* How many orders the journal says were sent. Numbers are given in order, so the last one tells. */
static uint64_t last_submitted(const char *path)
{
    struct journal *journal;
    const struct journal_options reading = { .read_only = true };
    uint64_t last = 0;
    if (journal_open(&journal, path, &reading)) /* killed before there was one */
        return 0;
    CHECK_OK(journal_seek(journal, 1));
    struct arena arena;
    arena_init(&arena, "test", 0);
    for (;;) {
        struct chain_record r;
        struct chain_hash hash;
        struct entry entry;
        bool more;
        CHECK_OK(journal_next(journal, &r, &hash, &more));
        if (!more)
            break;
        CHECK_OK(entry_read(&entry, &arena, r.kind, r.body, r.len));
        if (entry.kind == ENTRY_SUBMIT)
            last = entry.of.order.id;
    }
    arena_clear(&arena);
    journal_close(journal);
    return last;
}

/* Numbers in the venue's book: all different, none above `last`. */
static size_t check_book(int file, uint64_t last)
{
    static bool seen[1000];
    memset(seen, 0, sizeof seen);
    uint64_t number;
    size_t count = 0;
    lseek(file, 0, SEEK_SET);
    for (; read(file, &number, sizeof number) == sizeof number; count++) {
        CHECK(number <= last);
        CHECK(number < 1000 && !seen[number]); /* nothing is sent twice, restarts included */
        seen[number] = true;
    }
    return count;
}

TEST(kill, never_finds_an_order_at_the_venue_that_is_not_in_the_journal)
{
    struct rng rng;
    rng_init(&rng, 20261120, 1, 0);
    int64_t whole_us = 0;
    for (int trial = 0; trial < 12; trial++) {
        char name[32], book[700];
        snprintf(name, sizeof name, "venue%d", trial);
        struct desk_options options = desk_test_options(desk_test_journal(name));
        snprintf(book, sizeof book, "%s.book", options.journal);
        int file = open(book, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        CHECK(file >= 0);
        options.left = write_number;
        options.context = &file;
        if (trial == 0) { /* nobody kills this one */
            int64_t begin = now_us();
            int status;
            waitpid(start(&options), &status, 0);
            whole_us = now_us() - begin;
            CHECK(check_book(file, last_submitted(options.journal)) > 12);
        }
        for (int i = 0; trial && i < 3; i++) {
            kill_after(start(&options), (int64_t)rng_below(&rng, (uint64_t)whole_us));
            check_book(file, last_submitted(options.journal));
        }
        close(file);
    }
}

struct countdown {
    uint64_t left;
};

static void die_at_record(void *context, UNUSED const struct entry *entry, bool is_replayed)
{
    struct countdown *c = context;
    if (!is_replayed && --c->left == 0)
        raise(SIGKILL);
}

TEST(kill, at_any_record_changes_nothing)
{
    struct arena arena, kept;
    arena_init(&arena, "test", 0);
    arena_init(&kept, "kept", 0);
    struct desk_options options = desk_test_options(desk_test_journal("uncut"));
    options.to = 20240304;
    struct desk_result want, got;
    CHECK_OK(desk_run(&want, &kept, &options));
    CHECK(want.journal.records > 40);
    for (uint64_t at = 1; at < want.journal.records; at += 5) {
        char name[32];
        snprintf(name, sizeof name, "cut%llu", (unsigned long long)at);
        options.journal = desk_test_journal(name);
        struct countdown countdown = { at };
        options.saw = die_at_record;
        options.context = &countdown;
        int status;
        waitpid(start(&options), &status, 0);
        CHECK(WIFSIGNALED(status));
        options.saw = NULL;
        arena_clear(&arena);
        CHECK_OK(desk_run(&got, &arena, &options));
        desk_test_same(&got, &want);
    }
    arena_clear(&arena);
    arena_clear(&kept);
}
