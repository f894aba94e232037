#include "services/audit/audit.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/testing.h"

static struct arena arena = { .name = "test", .chunk_bytes = 65536 };

struct trail {
    const char *folder, *path;
    struct db *db;
    struct keys keys;
};

static void open_trail(struct trail *t, int entries)
{
    t->folder = testing_folder();
    t->path = arena_printf(&arena, "%s/ironfly.db", t->folder);
    CHECK_OK(keys_load(&t->keys, t->folder));
    CHECK_OK(db_open(&t->db, t->path));
    for (int i = 1; i <= entries; i++) {
        struct audit_event e = { "u1",        "order.send", arena_printf(&arena, "order-%d", i),
                                 "127.0.0.1", "r",          NULL };
        CHECK_OK(audit_write(t->db, &t->keys, i, &e));
    }
}

/* What somebody with the file in his hands would do, past the triggers. */
static void tamper(const struct trail *t, const char *sql)
{
    sqlite3 *raw = NULL;
    MUST(sqlite3_open(t->path, &raw) == SQLITE_OK);
    MUST(sqlite3_exec(raw, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete", NULL, NULL,
                      NULL) == SQLITE_OK);
    MUST(sqlite3_exec(raw, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(raw);
}

TEST(audit, a_whole_trail_verifies_and_shows_its_head)
{
    struct trail t;
    struct audit_head head;
    open_trail(&t, 0);
    CHECK_OK(audit_verify(t.db, &t.keys, &head));
    CHECK_EQ(head.seq, 0);
    db_close(t.db);
    open_trail(&t, 1203);
    CHECK_OK(audit_verify(t.db, &t.keys, &head));
    CHECK_EQ(head.seq, 1203);
    CHECK_EQ(strlen(head.hash), 64);
    db_close(t.db);
    arena_clear(&arena);
}

TEST(audit, every_way_to_change_it_is_found_at_its_place)
{
    static const struct {
        const char *sql, *why;
        int64_t good;
    } cases[] = {
        { "UPDATE audit SET object = 'order-8' WHERE seq = 7", "entry 7", 6 },
        { "UPDATE audit SET ts_ns = ts_ns + 1 WHERE seq = 3", "entry 3", 2 },
        { "UPDATE audit SET data = data || ' ' WHERE seq = 1", "entry 1", 0 },
        { "UPDATE audit SET event = 'order.sen', object = 'dorder-5' WHERE seq = 5", "entry 5", 4 },
        { "DELETE FROM audit WHERE seq = 4", "lacks entry 4", 3 },
        { "DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4",
          "entry 4", 3 },
        { "UPDATE audit SET hash = previous WHERE seq = 10", "entry 10", 9 },
        { "UPDATE audit SET seq = 100 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 100",
          "entry 2", 1 },
    };
    FOR_EACH (c, cases) {
        struct trail t;
        struct audit_head head;
        open_trail(&t, 10);
        tamper(&t, c->sql);
        CHECK_EQ(audit_verify(t.db, &t.keys, &head), ERR_CORRUPT);
        CHECK_HAS(err_detail(), c->why);
        CHECK_EQ(head.seq, c->good);
        db_close(t.db);
    }
    arena_clear(&arena);
}

TEST(audit, a_cut_end_shows_as_another_head)
{
    struct trail t;
    struct audit_head before, after;
    open_trail(&t, 10);
    CHECK_OK(audit_verify(t.db, &t.keys, &before));
    tamper(&t, "DELETE FROM audit WHERE seq > 8");
    CHECK_OK(audit_verify(t.db, &t.keys, &after));
    CHECK_EQ(after.seq, 8);
    CHECK(strcmp(before.hash, after.hash) != 0);
    db_close(t.db);
    arena_clear(&arena);
}

TEST(keys, are_the_same_after_a_restart_and_readable_by_nobody_else)
{
    const char *folder = testing_folder(), *path = arena_printf(&arena, "%s/secret.key", folder);
    struct keys one, two;
    CHECK_OK(keys_load(&one, folder));
    CHECK_OK(keys_load(&two, folder));
    CHECK(memcmp(&one, &two, sizeof one) == 0);
    CHECK(memcmp(one.audit, one.seal, KEY_BYTES) != 0);
    struct stat st;
    MUST(stat(path, &st) == 0);
    CHECK_EQ(st.st_mode & 0777, 0600);
    MUST(chmod(path, 0644) == 0);
    CHECK_EQ(keys_load(&two, folder), ERR_REFUSED);
    CHECK_HAS(err_detail(), "chmod 600");
    MUST(chmod(path, 0600) == 0);
    MUST(truncate(path, 31) == 0);
    CHECK_EQ(keys_load(&two, folder), ERR_CORRUPT);
    CHECK_EQ(keys_load(&two, "/nowhere/at/all"), ERR_IO);
    arena_clear(&arena);
}

TEST(keys, a_sealed_secret_opens_in_its_place_and_nowhere_else)
{
    struct keys keys, other;
    CHECK_OK(keys_load(&keys, testing_folder()));
    CHECK_OK(keys_load(&other, testing_folder()));
    struct str sealed = keys_seal(&keys, &arena, "users.totp|u1", STR("hidden")), open;
    CHECK(memmem(sealed.ptr, sealed.len, "hidden", 6) == NULL);
    CHECK_OK(keys_open(&keys, &arena, "users.totp|u1", sealed, &open));
    CHECK(str_is(open, "hidden"));
    CHECK_EQ(keys_open(&keys, &arena, "users.totp|u2", sealed, &open), ERR_CORRUPT);
    CHECK_EQ(keys_open(&other, &arena, "users.totp|u1", sealed, &open), ERR_CORRUPT);
    CHECK_EQ(keys_open(&keys, &arena, "users.totp|u1", (struct str){ sealed.ptr, sealed.len - 1 },
                       &open),
             ERR_CORRUPT);
    CHECK_EQ(keys_open(&keys, &arena, "users.totp|u1", (struct str){ NULL, 0 }, &open),
             ERR_CORRUPT);
    ((char *)sealed.ptr)[sealed.len - 1] ^= 1;
    CHECK_EQ(keys_open(&keys, &arena, "users.totp|u1", sealed, &open), ERR_CORRUPT);
    arena_clear(&arena);
}

TEST(keys, a_mac_tells_parts_apart)
{
    unsigned char key[KEY_BYTES] = { 1 };
    char one[KEYS_MAC_BYTES], two[KEYS_MAC_BYTES];
    struct str a[] = { STR("ab"), STR("c") }, b[] = { STR("a"), STR("bc") };
    keys_mac(one, key, a, 2);
    keys_mac(two, key, b, 2);
    CHECK(strcmp(one, two) != 0);
    CHECK(keys_equal(STR("same"), STR("same")));
    CHECK(!keys_equal(STR("same"), STR("some")));
    CHECK(!keys_equal(STR("same"), STR("sam")));
}
