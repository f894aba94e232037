/* What the world does to a store: kills, full disks, readers at the wrong moment. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "adapters/store/store_int.h"
#include "tests/testing.h"

#define OPEN_NS (INT64_C(1558445400) * 1000000000)
#define DAY 20190521

/* A day of count quotes, all of whose bids are value. Also runs in forked children: no CHECK. */
static enum err put_day(struct store *store, const char *symbol, int64_t value, int count)
{
    struct day_writer *writer;
    enum err err = day_writer_open(&writer, store, symbol, DAY, "fault");
    if (err)
        return err;
    for (int i = 0; i < count; i++) {
        struct contract contract = { "SPX",      20190621,       1000 + i,  100,
                                     OPTION_PUT, STYLE_EUROPEAN, SETTLE_AM, DELIVERY_CASH };
        struct quote quote = QUOTE_EMPTY;
        quote.bid = value;
        quote.ask = value + 1;
        day_writer_quote(writer, OPEN_NS, day_writer_contract(writer, &contract), &quote);
    }
    return day_writer_finish(writer, NULL);
}

/* Both days of a generation in one transaction. */
static enum err put_generation(struct store *store, int64_t generation)
{
    enum err err = store_begin(store);
    if (!err)
        err = put_day(store, "AAA", generation, 40);
    if (!err)
        err = put_day(store, "ZZZ", generation, 40);
    if (!err)
        return store_commit(store, NULL, NULL, NULL);
    store_abort(store);
    return err;
}

static int64_t generation_of(const struct store *store, const char *symbol)
{
    struct chain_day day;
    CHECK_OK(chain_day_open(&day, store, symbol, DAY, true));
    int64_t bid = day.rows.bid[0];
    CHECK_EQ(day.rows.bid[day.rows.count - 1], bid);
    chain_day_close(&day);
    return bid;
}

static NORETURN void write_generations(const char *path, int64_t from, int64_t count)
{
    struct store *store;
    enum err err = store_open_writer(&store, path);
    if (!err)
        store_set_packing(store, from % 2 ? STORE_PACK_ALWAYS : STORE_PACK_NEVER);
    for (int64_t g = from; g < from + count && !err; g++)
        err = put_generation(store, g);
    _exit(err ? 1 : 0);
}

TEST(store, a_killed_writer_leaves_whole_transactions)
{
    const char *path = testing_folder();
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(put_generation(store, 1));
    store_close(store);
    int64_t last = 1;
    for (int round = 0; round < 25; round++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            write_generations(path, last + 1, INT32_MAX);
        struct timespec wait = { 0, 2000000 + round * 397000L };
        nanosleep(&wait, NULL);
        CHECK(kill(child, SIGKILL) == 0);
        CHECK(waitpid(child, NULL, 0) == child);

        CHECK_OK(store_open(&store, path)); /* before anybody repairs anything */
        int64_t first = generation_of(store, "AAA");
        CHECK_EQ(generation_of(store, "ZZZ"), first);
        CHECK(first >= last);
        CHECK_OK(store_check(store, NULL, NULL, NULL));
        store_close(store);
        last = first;
    }
    CHECK_OK(store_open_writer(&store, path));
    CHECK(!testing_has_entry(path, ".staging"));
    CHECK(!testing_has_entry(path, ".commit"));
    CHECK_EQ(generation_of(store, "AAA"), last);
    CHECK_EQ(generation_of(store, "ZZZ"), last);
    store_close(store);
}

TEST(store, a_commit_cut_short_is_seen_whole_and_completed_by_the_next_writer)
{
    const char *path = testing_folder(), *other = testing_folder();
    struct store *store;
    struct arena arena;
    arena_init(&arena, "test", 0);
    for (int g = 1; g <= 2; g++) {
        CHECK_OK(store_open_writer(&store, g == 1 ? path : other));
        CHECK_OK(put_generation(store, g));
        store_close(store);
    }
    /* As a crash leaves it: AAA is moved, ZZZ is not. */
    CHECK_OK(folder_make(AT_FDCWD, arena_printf(&arena, "%s/.commit/chains/ZZZ", path)));
    CHECK(rename(arena_printf(&arena, "%s/chains/AAA/%d.ifc", other, DAY),
                 arena_printf(&arena, "%s/chains/AAA/%d.ifc", path, DAY)) == 0);
    CHECK(rename(arena_printf(&arena, "%s/chains/ZZZ/%d.ifc", other, DAY),
                 arena_printf(&arena, "%s/.commit/chains/ZZZ/%d.ifc", path, DAY)) == 0);

    CHECK_OK(store_open(&store, path));
    CHECK_EQ(generation_of(store, "AAA"), 2);
    CHECK_EQ(generation_of(store, "ZZZ"), 2);
    struct store_day *days;
    size_t count;
    CHECK_OK(store_list(store, &arena, &days, &count, NULL));
    CHECK_EQ(count, 2);
    store_close(store);
    CHECK_OK(store_open_writer(&store, path));
    CHECK(!testing_has_entry(path, ".commit"));
    CHECK_EQ(generation_of(store, "ZZZ"), 2);
    store_close(store);
    arena_clear(&arena);
}

TEST(store, a_reader_beside_a_writer_always_finds_a_whole_day_and_never_an_older_one)
{
    const char *path = testing_folder();
    struct store *store;
    CHECK_OK(store_open_writer(&store, path));
    CHECK_OK(put_generation(store, 1));
    store_close(store);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        write_generations(path, 2, 60);
    CHECK_OK(store_open(&store, path));
    int64_t seen = 1;
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        int64_t first = generation_of(store, "ZZZ");
        CHECK(first >= seen);
        CHECK(generation_of(store, "AAA") >= first); /* decided together */
        seen = first;
        struct arena arena;
        arena_init(&arena, "test", 0);
        struct store_day *days;
        size_t count, damaged;
        CHECK_OK(store_list(store, &arena, &days, &count, &damaged));
        CHECK_EQ(count, 2);
        CHECK_EQ(damaged, 0);
        arena_clear(&arena);
    }
    CHECK_EQ(status, 0);
    CHECK_EQ(generation_of(store, "AAA"), 61);
    store_close(store);
}

/* In a child: a small day fits, a large one does not, and nothing is damaged. Tells the step that
 * failed. */
static int fill_up(const char *path, const char *why, enum store_packing packing)
{
    struct store *store;
    if (store_open_writer(&store, path))
        return 1;
    store_set_packing(store, packing);
    if (put_generation(store, 1))
        return 1;
    if (store_begin(store))
        return 2;
    enum err err = put_day(store, "AAA", 2, 40);
    if (!err)
        err = put_day(store, "ZZZ", 2, 100000);
    if (!err)
        err = store_commit(store, NULL, NULL, NULL);
    if (err != ERR_IO || !strstr(err_detail(), why))
        return 3;
    store_abort(store);
    if (store_check(store, NULL, NULL, NULL))
        return 4;
    struct chain_day day;
    if (chain_day_open(&day, store, "AAA", DAY, true) || day.rows.bid[0] != 1)
        return 5;
    chain_day_close(&day);
    if (put_generation(store, 3)) /* there is room again */
        return 6;
    store_close(store);
    return 0;
}

static void check_file_size_limit(enum store_packing packing)
{
    const char *path = testing_folder();
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit limit = { 1024 * 1024, 1024 * 1024 };
        signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &limit) ? 9 : fill_up(path, "File too large", packing));
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_EQ(status, 0);
    CHECK(!testing_has_entry(path, ".staging"));
}

TEST(store, a_file_size_limit_is_one_error_and_no_damage)
{
    check_file_size_limit(STORE_PACK_NEVER);
    check_file_size_limit(STORE_PACK_ALWAYS);
}

/* false when this process may not mount. */
static bool check_full_disk(enum store_packing packing)
{
    enum { CANNOT_MOUNT = 77 };
    const char *path = testing_folder();
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) { /* a mount of its own, gone with the process */
        if (unshare(CLONE_NEWNS) != 0 ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tmpfs", path, "tmpfs", 0, "size=1m") != 0)
            _exit(CANNOT_MOUNT);
        _exit(fill_up(path, "No space left on device", packing));
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT)
        return false;
    CHECK_EQ(status, 0);
    return true;
}

TEST(store, a_full_disk_is_one_error_and_no_damage)
{
    if (!check_full_disk(STORE_PACK_NEVER))
        skip();
    CHECK(check_full_disk(STORE_PACK_ALWAYS));
}

TEST(store, a_folder_without_write_permission_is_told)
{
    struct store *store;
    CHECK_EQ(store_open_writer(&store, "/proc/ironfly-store"), ERR_IO);
    CHECK_HAS(err_detail(), "/proc/ironfly-store");
}
