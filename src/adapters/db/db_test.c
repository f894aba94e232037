#include "adapters/db/db.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/types/money.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test", .chunk_bytes = 65536 };

static const char *path_in(const char *folder, const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

static struct db *open_new(const char **path)
{
    struct db *db = NULL;
    const char *p = path_in(testing_folder(), "ironfly.db");
    CHECK_OK(db_open(&db, p));
    CHECK_OK(db_role_put(db, "trader", "may trade"));
    if (path)
        *path = p;
    return db;
}

static void add_user(struct db *db, const char *id, const char *login, int64_t created_ns)
{
    struct db_user user = {
        .id = id, .login = login, .password = "$x$", .role = "trader", .created_ns = created_ns
    };
    CHECK_OK(db_user_add(db, &user));
}

static void finish(struct db *db)
{
    db_close(db);
    arena_clear(&arena);
}

/* What another process, which opens the store and leaves again, finds in it. */
static const char *exported(const char *path)
{
    static char out[65536];
    char command[1024];
    snprintf(command, sizeof command, "%s export --data \"$(dirname %s)\"", IRONFLY_PROGRAM, path);
    FILE *from = popen(command, "r");
    MUST(from != NULL);
    out[fread(out, 1, sizeof out - 1, from)] = '\0';
    CHECK_EQ(pclose(from), 0);
    return out;
}

TEST(db, another_process_may_come_and_go_while_threads_work)
{
    const char *path;
    struct db *first = open_new(&path), *second = NULL;
    add_user(first, "u1", "Ann", 100);
    CHECK_OK(db_open(&second, path)); /* as each thread of a server does */
    CHECK_HAS(exported(path), "Ann"); /* the last to leave, if nobody else were there */
    add_user(first, "u2", "Bob", 200);
    CHECK_HAS(exported(path), "Bob"); /* what is stored is there for everybody */
    struct db_health health;
    db_close(second);
    db_close(first);
    CHECK_OK(db_check(path, &health));
    CHECK_EQ(health.schema, health.schema_newest);
    arena_clear(&arena);
}

TEST(db, keeps_what_it_is_told_across_a_close)
{
    const char *path;
    struct db *db = open_new(&path);
    add_user(db, "u1", "Ann", 100);
    CHECK_OK(db_user_set_totp(db, "u1", (struct str){ "a\0b", 3 }, true, 7));
    db_close(db);
    struct stat st;
    CHECK(stat(path, &st) == 0);
    CHECK_EQ(st.st_mode & 0777, 0600);
    CHECK_OK(db_open(&db, path));
    struct db_user user;
    CHECK_OK(db_user_find(db, &arena, STR("aNN"), &user));
    CHECK_STR(user.login, "Ann");
    CHECK_EQ(user.totp_secret.len, 3);
    CHECK_EQ(user.totp_step, 7);
    CHECK_EQ(user.disabled_ns, 0);
    CHECK_EQ(db_user_find(db, &arena, STR("bob"), &user), ERR_NOT_FOUND);
    finish(db);
}

TEST(db, one_login_is_one_person_and_quotes_are_just_letters)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    struct db_user other = { .id = "u2", .login = "ANN", .password = "", .role = "trader" };
    CHECK_EQ(db_user_add(db, &other), ERR_EXISTS);
    CHECK_HAS(err_detail(), "taken");
    add_user(db, "u3", "x'); DROP TABLE users; --", 2);
    struct db_user user;
    CHECK_OK(db_user_find(db, &arena, STR("x'); drop table users; --"), &user));
    CHECK_STR(user.id, "u3");
    CHECK_EQ(db_user_find(db, &arena, STR("' OR '1'='1"), &user), ERR_NOT_FOUND);
    other.login = "bob";
    other.role = "nobody";
    CHECK_EQ(db_user_add(db, &other), ERR_REFUSED); /* no such role */
    finish(db);
}

TEST(db, a_code_counts_once)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    CHECK_OK(db_user_take_step(db, "u1", 50));
    CHECK_EQ(db_user_take_step(db, "u1", 50), ERR_REFUSED);
    CHECK_EQ(db_user_take_step(db, "u1", 49), ERR_REFUSED);
    CHECK_OK(db_user_take_step(db, "u1", 51));
    struct str hashes[] = { STR("one"), STR("two") };
    CHECK_OK(db_recovery_replace(db, "u1", hashes, 2));
    CHECK_OK(db_recovery_take(db, "u1", STR("one"), 5));
    CHECK_EQ(db_recovery_take(db, "u1", STR("one"), 6), ERR_NOT_FOUND);
    CHECK_OK(db_recovery_replace(db, "u1", hashes, 1));
    CHECK_EQ(db_recovery_take(db, "u1", STR("two"), 7), ERR_NOT_FOUND);
    finish(db);
}

TEST(db, lists_page_by_page_without_losing_or_repeating)
{
    struct db *db = open_new(NULL);
    for (int i = 0; i < 25; i++) /* five at every moment */
        add_user(db, arena_printf(&arena, "u%02d", i), arena_printf(&arena, "user%d", i), i / 5);
    const char *after = NULL;
    int seen = 0;
    for (;;) {
        struct db_user *users;
        size_t count;
        CHECK_OK(db_user_list(db, &arena, (struct db_page){ after, 7 }, &users, &count));
        if (count == 0)
            break;
        for (size_t i = 0; i < count; i++, seen++)
            CHECK_STR(users[i].id, arena_printf(&arena, "u%02d", 24 - seen));
        after = users[count - 1].id;
    }
    CHECK_EQ(seen, 25);
    finish(db);
}

TEST(db, a_session_ends_once_and_a_spent_token_is_known)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    struct db_session s = { .id = "s1",
                            .user_id = "u1",
                            .kind = "access",
                            .hash = STR("h1"),
                            .refresh_hash = STR("r1"),
                            .scopes = "*",
                            .methods = "pwd",
                            .auth_ns = 5,
                            .created_ns = 5,
                            .access_expires_ns = 10,
                            .expires_ns = 100,
                            .peer = "127.0.0.1",
                            .agent = "test" };
    CHECK_OK(db_session_add(db, &s));
    struct db_session got;
    CHECK_OK(db_session_find(db, &arena, STR("h1"), &got));
    CHECK_EQ(got.access_expires_ns, 10);
    CHECK_OK(db_session_rotate(db, "s1", STR("h2"), STR("r2"), 6, 16));
    CHECK_OK(db_refresh_spend(db, STR("r1"), "s1", 6));
    CHECK_EQ(db_session_find(db, &arena, STR("h1"), &got), ERR_NOT_FOUND);
    CHECK_OK(db_session_find_refresh(db, &arena, STR("r2"), &got));
    const char *id;
    CHECK_OK(db_refresh_spent(db, &arena, STR("r1"), &id));
    CHECK_STR(id, "s1");
    CHECK_OK(db_session_end(db, "s1", 7, "logout"));
    CHECK_EQ(db_session_end(db, "s1", 8, "again"), ERR_NOT_FOUND);
    CHECK_OK(db_session_get(db, &arena, "s1", &got));
    CHECK_STR(got.end_reason, "logout");
    CHECK_EQ(db_session_rotate(db, "s1", STR("h3"), STR("r3"), 9, 19),
             ERR_NOT_FOUND); /* ended is ended */
    CHECK_OK(db_prune(db, 1000));
    CHECK_EQ(db_session_get(db, &arena, "s1", &got), ERR_NOT_FOUND);
    finish(db);
}

TEST(db, versions_of_a_strategy_count_up_and_none_is_lost)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    struct db_strategy s = { .id = "st1",
                             .owner_id = "u1",
                             .name = "fly",
                             .created_ns = 1,
                             .hash = "h1",
                             .author_id = "u1",
                             .note = "first",
                             .version_ns = 1,
                             .text = STR("one") };
    CHECK_OK(db_strategy_add(db, &s));
    struct db_strategy twin = s;
    twin.id = "st2";
    CHECK_EQ(db_strategy_add(db, &twin), ERR_EXISTS);
    s.text = STR("two");
    CHECK_OK(db_strategy_revise(db, &s));
    struct db_strategy got;
    CHECK_OK(db_strategy_get(db, &arena, "st1", &got));
    CHECK_EQ(got.version, 2);
    CHECK(str_is(got.text, "two"));
    CHECK_OK(db_strategy_get_version(db, &arena, "st1", 1, &got));
    CHECK(str_is(got.text, "one"));
    struct db_strategy *all;
    size_t count;
    CHECK_OK(db_strategy_versions(db, &arena, "st1", 10, &all, &count));
    CHECK_EQ(count, 2);
    CHECK_OK(db_strategy_archive(db, "st1", 9));
    CHECK_EQ(db_strategy_get(db, &arena, "st1", &got), ERR_NOT_FOUND);
    CHECK_OK(db_strategy_add(db, &twin)); /* the name is free again */
    finish(db);
}

TEST(db, a_job_is_taken_once_ends_once_and_waits_again_after_a_crash)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    struct db_job job = {
        .id = "j1", .owner_id = "u1", .kind = "backtest", .spec = "{}", .created_ns = 1
    };
    CHECK_OK(db_job_add(db, &job, "key"));
    struct db_job twin = job, got;
    twin.id = "j2";
    CHECK_EQ(db_job_add(db, &twin, "key"), ERR_EXISTS);
    CHECK_OK(db_job_find_key(db, &arena, "u1", "key", &got));
    CHECK_STR(got.id, "j1");
    CHECK(isnan(got.progress));
    CHECK_OK(db_job_take(db, &arena, 5, &got));
    CHECK_STR(got.id, "j1");
    CHECK_EQ(db_job_take(db, &arena, 5, &got), ERR_NOT_FOUND);
    CHECK_OK(db_job_progress(db, "j1", 0.5, "half"));
    CHECK_OK(db_job_recover(db, 2, 6));
    CHECK_OK(db_job_take(db, &arena, 7, &got));
    CHECK_EQ(got.tries, 2);
    CHECK_OK(db_job_recover(db, 2, 8)); /* tried often enough */
    CHECK_OK(db_job_get(db, &arena, "j1", &got));
    CHECK_STR(got.state, "failed");
    CHECK_EQ(db_job_end(db, "j1", "done", "", "", 9), ERR_NOT_FOUND);
    finish(db);
}

TEST(db, a_result_comes_back_byte_for_byte)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    struct db_job job = { .id = "j1", .owner_id = "u1", .kind = "backtest", .spec = "{}" };
    CHECK_OK(db_job_add(db, &job, NULL));
    struct buf text = { 0 };
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "{\"row\":%d}", i);
    struct db_run run = { .id = "j1",
                          .owner_id = "u1",
                          .strategy = "fly",
                          .strategy_hash = "h",
                          .underlying = "SPX",
                          .total_return = NAN,
                          .sharpe = 1.5,
                          .max_drawdown = 0.1,
                          .pnl_micros = -5 };
    CHECK_OK(db_run_add(db, &run, buf_str(&text)));
    struct str back;
    CHECK_OK(db_run_result(db, &arena, "j1", &back));
    CHECK(str_equal(back, buf_str(&text)));
    struct db_run got;
    CHECK_OK(db_run_get(db, &arena, "j1", &got));
    CHECK(isnan(got.total_return));
    CHECK_EQ(got.pnl_micros, -5);
    CHECK_OK(db_run_delete(db, "j1"));
    CHECK_EQ(db_run_result(db, &arena, "j1", &back), ERR_NOT_FOUND);
    buf_free(&text);
    finish(db);
}

TEST(db, what_a_desk_tells_twice_is_kept_once_and_a_fill_needs_its_order)
{
    struct db *db = open_new(NULL);
    CHECK_OK(db_desk_add(db, &(struct db_desk){ "d1", "paper", "paper", 1 }));
    CHECK_OK(db_account_add(db, &(struct db_account){ "a1", "d1", "main", "sim", "USD", 1 }));
    struct db_order order = { .id = 7,
                              .number = "iron00000000000000007",
                              .desk_id = "d1",
                              .account_id = "a1",
                              .owner = "u1",
                              .state = "working",
                              .text = "x",
                              .quantity = 2,
                              .limit_micros = PRICE_NONE,
                              .created_ns = 3,
                              .changed_ns = 3,
                              .detail = STR("{\"id\":7}") };
    CHECK_OK(db_order_put(db, &order));
    order.state = "filled";
    order.changed_ns = 5;
    CHECK_OK(db_order_put(db, &order));
    struct db_fill fill = { .order_id = 7,
                            .venue_ref = "f1",
                            .ts_ns = 4,
                            .quantity = 1,
                            .price_micros = -1250000,
                            .contract = "stock" };
    CHECK_OK(db_fill_put(db, &fill));
    fill.quantity = 0; /* taken back */
    CHECK_OK(db_fill_put(db, &fill));
    struct db_step step = { 7, 1, 3, "working", 0, "" };
    CHECK_OK(db_step_put(db, &step));
    CHECK_OK(db_step_put(db, &step));
    fill.venue_ref = "f2";
    fill.order_id = 8;
    CHECK_EQ(db_fill_put(db, &fill), ERR_REFUSED);
    struct db_order *orders, one;
    struct db_fill *fills;
    struct db_step *steps;
    size_t count;
    int64_t last;
    CHECK_OK(db_order_list(db, &arena, "d1", 0, 10, &orders, &count));
    CHECK_EQ(count, 1);
    CHECK(orders[0].limit_micros == PRICE_NONE);
    CHECK_STR(orders[0].state, "filled");
    CHECK_EQ(orders[0].created_ns, 3);
    CHECK_OK(db_order_get(db, &arena, 7, &one));
    CHECK(str_is(one.detail, "{\"id\":7}"));
    CHECK_EQ(db_order_get(db, &arena, 8, &one), ERR_NOT_FOUND);
    CHECK_OK(db_order_last(db, "d1", &last));
    CHECK_EQ(last, 7);
    CHECK_OK(db_fill_list(db, &arena, 7, 0, 10, &fills, &count));
    CHECK_EQ(count, 1);
    CHECK_EQ(fills[0].quantity, 0);
    CHECK_STR(fills[0].contract, "stock");
    CHECK_OK(db_step_list(db, &arena, 7, 10, &steps, &count));
    CHECK_EQ(count, 1);
    const char *owner;
    order.trade_id = 3;
    CHECK_OK(db_order_put(db, &order));
    CHECK_OK(db_trade_owner(db, &arena, 3, &owner));
    CHECK_STR(owner, "u1");
    finish(db);
}

TEST(db, a_desk_keeps_how_far_it_is_its_strategies_and_the_first_mark_of_a_day)
{
    struct db *db = open_new(NULL);
    struct db_desk_strategy s = { .host = 2,
                                  .owner = "u1",
                                  .name = "iron_fly",
                                  .symbol = "SPX",
                                  .hash = "ab",
                                  .created_ns = 5 },
                            *all;
    int64_t value;
    size_t count;
    db_set_hasty(db);
    CHECK_OK(db_desk_add(db, &(struct db_desk){ "d1", "paper", "paper", 1 }));
    CHECK_OK(db_desk_set_record(db, "d1", 77));
    CHECK_OK(db_desk_record(db, "d1", &value));
    CHECK_EQ(value, 77);
    CHECK_OK(db_desk_strategy_add(db, "d1", &s));
    CHECK_OK(db_desk_strategy_closed(db, "d1", 2, -5));
    CHECK_OK(db_desk_strategy_closed(db, "d1", 2, 7));
    CHECK_OK(db_desk_strategy_list(db, &arena, "d1", 10, &all, &count));
    CHECK_EQ(count, 1);
    CHECK_EQ(all[0].closed_trades, 2);
    CHECK_EQ(all[0].pnl_micros, 2);
    CHECK_OK(db_mark_put(db, "d1", 20261120, "equity", 100));
    CHECK_OK(db_mark_put(db, "d1", 20261120, "equity", 200));
    CHECK_OK(db_mark_get(db, "d1", 20261120, "equity", &value));
    CHECK_EQ(value, 100);
    CHECK_OK(db_mark_forget(db, "d1", 20261121));
    CHECK_EQ(db_mark_get(db, "d1", 20261120, "equity", &value), ERR_NOT_FOUND);
    finish(db);
}

TEST(db, a_day_has_bars_and_sums_until_it_is_over)
{
    struct db *db = open_new(NULL);
    struct db_bar bar = { 1000, 5, 7, 4, 6 }, *bars;
    double value;
    size_t count;
    CHECK_OK(db_desk_add(db, &(struct db_desk){ "d1", "paper", "paper", 1 }));
    CHECK_OK(db_bar_put(db, "d1", 20261120, "SPX", &bar));
    bar.close = 7; /* it has gone on */
    CHECK_OK(db_bar_put(db, "d1", 20261120, "SPX", &bar));
    bar.ts_ns = 500;
    CHECK_OK(db_bar_put(db, "d1", 20261120, "SPX", &bar));
    CHECK_OK(db_bar_put(db, "d1", 20261120, "SPY", &bar));
    CHECK_OK(db_bar_list(db, &arena, "d1", 20261120, "SPX", 10, &bars, &count));
    CHECK_EQ(count, 2);
    CHECK_EQ(bars[0].ts_ns, 500);
    CHECK_EQ(bars[1].close, 7);
    CHECK_OK(db_sum_put(db, "d1", 20261120, "*.delta", 1.5));
    CHECK_OK(db_sum_put(db, "d1", 20261120, "*.delta", -2.25));
    CHECK_OK(db_sum_get(db, "d1", 20261120, "*.delta", &value));
    CHECK(value == -2.25);
    CHECK_OK(db_sum_put(db, "d1", 20261120, "SPX.trading", NAN));
    CHECK_OK(db_sum_get(db, "d1", 20261120, "SPX.trading", &value));
    CHECK(isnan(value));
    CHECK_OK(db_day_forget(db, "d1", 20261121));
    CHECK_OK(db_bar_list(db, &arena, "d1", 20261120, "SPX", 10, &bars, &count));
    CHECK_EQ(count, 0);
    CHECK_EQ(db_sum_get(db, "d1", 20261120, "*.delta", &value), ERR_NOT_FOUND);
    finish(db);
}

struct writer {
    const char *path;
    int number, failed;
};

static void *write_many(void *argument)
{
    struct writer *w = argument;
    struct db *db = NULL;
    char key[32];
    if (db_open(&db, w->path))
        w->failed++;
    for (int i = 0; i < 25 && db; i++) {
        snprintf(key, sizeof key, "%d-%d", w->number, i);
        if (db_throttle_put(db, key, (struct db_throttle){ i, i, i }))
            w->failed++;
    }
    db_close(db);
    return NULL;
}

TEST(db, many_threads_write_at_once_and_a_backup_is_taken_meanwhile)
{
    const char *path;
    struct db *db = open_new(&path);
    struct writer writers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){ path, i, 0 };
        MUST(pthread_create(&threads[i], NULL, write_many, &writers[i]) == 0);
    }
    add_user(db, "u1", "ann", 1);
    const char *backup = path_in(testing_folder(), "copy.db");
    CHECK_OK(db_backup(db, backup, NULL));
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(writers[i].failed, 0);
    }
    add_user(db, "u2", "bob", 2);
    db_close(db);
    CHECK_OK(db_restore(backup, path, NULL));
    CHECK_OK(db_open(&db, path));
    int64_t count = 0;
    CHECK_OK(db_user_count(db, &count));
    CHECK_EQ(count, 1);
    finish(db);
}

TEST(db, refuses_what_is_not_its_own_and_what_is_damaged)
{
    const char *folder = testing_folder();
    struct db *db = NULL;
    const char *text =
        testing_file(folder, "text.db",
                     "this is no database, and it is long enough to be looked at as one....", 70);
    CHECK_EQ(db_open(&db, text), ERR_CORRUPT);
    CHECK_EQ(db_restore(text, path_in(folder, "new.db"), NULL), ERR_PARSE);
    CHECK_EQ(db_restore(path_in(folder, "none.db"), path_in(folder, "new.db"), NULL),
             ERR_NOT_FOUND);
    CHECK(access(path_in(folder, "new.db"), F_OK) != 0);
    CHECK_EQ(db_open(&db, path_in(folder, "no/such/folder.db")), ERR_REFUSED);

    sqlite3 *other = NULL;
    MUST(sqlite3_open(path_in(folder, "other.db"), &other) == SQLITE_OK);
    MUST(sqlite3_exec(other, "CREATE TABLE t(x)", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    CHECK_EQ(db_open(&db, path_in(folder, "other.db")), ERR_PARSE);

    const char *path;
    db = open_new(&path);
    db_close(db);
    MUST(sqlite3_open(path, &other) == SQLITE_OK);
    MUST(sqlite3_exec(other, "PRAGMA user_version = 9999", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    CHECK_EQ(db_open(&db, path), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "newer program");
    arena_clear(&arena);
}

TEST(db, the_audit_trail_cannot_be_changed_by_sql)
{
    const char *path;
    struct db *db = open_new(&path);
    unsigned char hash[DB_HASH_BYTES] = { 1 };
    struct str bytes = { (char *)hash, sizeof hash };
    struct db_audit entry = { 1, 5, "u1", "login", "", "", "", "{}", bytes, bytes };
    CHECK_OK(db_audit_add(db, &entry));
    CHECK_EQ(db_audit_add(db, &entry), ERR_EXISTS);
    sqlite3 *raw = NULL;
    MUST(sqlite3_open(path, &raw) == SQLITE_OK);
    CHECK(sqlite3_exec(raw, "UPDATE audit SET event = 'x'", NULL, NULL, NULL) != SQLITE_OK);
    CHECK(sqlite3_exec(raw, "DELETE FROM audit", NULL, NULL, NULL) != SQLITE_OK);
    sqlite3_close(raw);
    int64_t seq;
    CHECK_OK(db_audit_last(db, &seq, hash));
    CHECK_EQ(seq, 1);
    finish(db);
}

TEST(db, an_export_has_the_rows_and_no_secret)
{
    struct db *db = open_new(NULL);
    add_user(db, "u1", "ann", 1);
    CHECK_OK(db_user_set_password(db, "u1", "$argon2id$secret"));
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    CHECK_OK(db_export(db, out));
    fclose(out);
    CHECK_HAS(text, "{\"table\":\"users\",\"row\":{\"id\":\"u1\",\"login\":\"ann\"");
    CHECK(strstr(text, "argon2") == NULL);
    free(text);
    finish(db);
}

TEST(db, a_scratch_one_takes_little_memory_and_leaves_no_file)
{
    enum { ROWS = 20000 };
    struct db *db;
    struct stat file;
    const char *path = path_in(testing_folder(), "scratch.db");
    FILE *old = fopen(path, "w"); /* of a program that was killed */
    CHECK(old != NULL);
    fputs("half a page", old);
    fclose(old);
    CHECK_OK(db_open_scratch(&db, path));
    int64_t before = sqlite3_memory_used();
    CHECK_OK(db_begin(db));
    char id[DB_ID_BYTES], text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < ROWS; i++) {
        db_id_make(id);
        CHECK_OK(db_alert_add(
            db,
            &(struct db_alert){
                .id = id, .level = "info", .source = "test", .text = text, .created_ns = i + 1 }));
    }
    int64_t taken = sqlite3_memory_used() - before;
    if (taken > 4 << 20)
        fail_msg("%lld bytes", (long long)taken);
    CHECK_EQ(stat(path, &file), 0);
    CHECK(file.st_size > 10 << 20); /* before the commit, too */
    CHECK_OK(db_commit(db));
    db_close(db);
    CHECK(access(path, F_OK) != 0);
    arena_clear(&arena);
}
