/* What a doctor says of folders and machines that are well, and of each that is not. */
#include "services/doctor/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapters/db/db.h"
#include "adapters/journal/journal.h"
#include "services/sample/sample.h"
#include "tests/testing.h"

static struct arena arena = { .name = "test", .chunk_bytes = 65536 };

enum { FOUND_MAX = 40 };
static struct {
    struct doctor_finding all[FOUND_MAX];
    size_t count;
} found;

static void keep(UNUSED void *context, const struct doctor_finding *finding)
{
    MUST(found.count < FOUND_MAX);
    found.all[found.count++] = *finding;
}

static struct doctor_options options_of(const char *data)
{
    return (struct doctor_options){ .data = data, .bind = "127.0.0.1", .port = 1 };
}

static void look(const struct doctor_options *options)
{
    found.count = 0;
    doctor_run(options, &arena, keep, NULL);
}

/* The worst thing said by a check. */
static const struct doctor_finding *said(const char *check)
{
    const struct doctor_finding *worst = NULL;
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.all[i].check, check) == 0 &&
            (!worst || found.all[i].verdict > worst->verdict))
            worst = &found.all[i];
    if (!worst)
        fail_msg("nothing was said of: %s", check);
    return worst;
}

#define SAYS(check, want, part)                                                                    \
    do {                                                                                           \
        const struct doctor_finding *f_ = said(check);                                             \
        if (f_->verdict != (want))                                                                 \
            fail_msg("%s: %s: %s", check, doctor_verdict_name(f_->verdict), f_->text);             \
        CHECK_HAS(f_->text, part);                                                                 \
    } while (0)

static const char *in(const char *folder, const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

/* A data folder as a server leaves it. */
static const char *good_folder(void)
{
    const char *folder = arena_strdup(&arena, testing_folder());
    struct db *db;
    struct journal *journal;
    struct journal_options options = { .vfs = NULL };
    CHECK_EQ(chmod(folder, 0700), 0);
    CHECK_OK(db_open(&db, in(folder, "ironfly.db")));
    db_close(db);
    CHECK_EQ(
        chmod(testing_file(folder, "secret.key", "0123456789abcdef0123456789abcdef", 32), 0600), 0);
    CHECK_EQ(mkdir(in(folder, "desk"), 0700), 0);
    struct chain_record record = {
        .kind = 1, .sequence = 1, .ts_ns = 1, .body = (const uint8_t *)"a body", .len = 6
    };
    static const char *const names[] = { "desk/journal", "paper.journal" };
    FOR_EACH (name, names) {
        CHECK_OK(journal_open(&journal, in(folder, *name), &options));
        CHECK_OK(journal_append(journal, &record));
        CHECK_OK(journal_commit(journal));
        journal_close(journal);
    }
    return folder;
}

TEST(doctor, finds_nothing_wrong_with_a_good_folder_and_changes_nothing)
{
    struct doctor_options o = options_of(good_folder());
    struct stat before, after;
    CHECK_EQ(stat(in(o.data, "ironfly.db"), &before), 0);
    look(&o);
    static const char *const checks[] = { "data folder", "server", "database",  "secret key",
                                          "journals",    "store",  "time zones" };
    FOR_EACH (check, checks)
        if (said(*check)->verdict != DOCTOR_OK)
            fail_msg("%s: %s", *check, said(*check)->text);
    size_t journals = 0;
    for (size_t i = 0; i < found.count; i++)
        journals += strcmp(found.all[i].check, "journals") == 0 &&
                    strstr(found.all[i].text, "journal: 1 records") != NULL;
    CHECK_EQ(journals, 2); /* the server's own, and one of a paper desk */
    CHECK_EQ(stat(in(o.data, "ironfly.db"), &after), 0);
    CHECK_EQ(before.st_size, after.st_size);
    CHECK_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    arena_clear(&arena);
}

TEST(doctor, says_that_a_first_start_makes_what_is_missing)
{
    struct doctor_options o = options_of(in(testing_folder(), "new"));
    look(&o);
    SAYS("data folder", DOCTOR_OK, "the first start makes it");
    o.data = "/proc/nowhere/new";
    look(&o);
    SAYS("data folder", DOCTOR_FAIL, "cannot be made in /proc/nowhere");
    o.data = testing_file(testing_folder(), "file", "", 0);
    look(&o);
    SAYS("data folder", DOCTOR_FAIL, "is no folder");
    arena_clear(&arena);
}

TEST(doctor, names_a_database_that_is_damaged_foreign_or_newer)
{
    struct doctor_options o = options_of(good_folder());
    const char *path = in(o.data, "ironfly.db");
    int fd = open(path, O_RDWR);
    char junk[4096];
    memset(junk, 0x5A, sizeof junk);
    CHECK_EQ(pwrite(fd, junk, sizeof junk, 3 * 4096), (ssize_t)sizeof junk);
    close(fd);
    look(&o);
    CHECK_EQ(said("database")->verdict, DOCTOR_FAIL);
    CHECK_HAS(said("database")->advice, "ironfly restore");
    testing_file(o.data, "ironfly.db", "this is no database at all, whatever its name says", 50);
    look(&o);
    CHECK_EQ(said("database")->verdict, DOCTOR_FAIL);
    arena_clear(&arena);
}

TEST(doctor, names_a_key_that_is_gone_short_or_open_to_others)
{
    struct doctor_options o = options_of(good_folder());
    const char *key = in(o.data, "secret.key");
    CHECK_EQ(chmod(key, 0644), 0);
    look(&o);
    SAYS("secret key", DOCTOR_FAIL, "others may read");
    CHECK_EQ(truncate(key, 7), 0);
    look(&o);
    SAYS("secret key", DOCTOR_FAIL, "7 bytes");
    unlink(key);
    look(&o);
    SAYS("secret key", DOCTOR_FAIL, "is gone");
    CHECK_EQ(chmod(o.data, 0755), 0);
    look(&o);
    SAYS("data folder", DOCTOR_WARN, "others may look into");
    CHECK_HAS(said("data folder")->advice, "chmod 700");
    arena_clear(&arena);
}

TEST(doctor, names_a_journal_whose_record_was_changed)
{
    struct doctor_options o = options_of(good_folder());
    const char *path = in(o.data, "desk/journal");
    static char bytes[1 << 20];
    int fd = open(path, O_RDWR);
    ssize_t len = pread(fd, bytes, sizeof bytes, 0);
    char *body = len > 0 ? memmem(bytes, (size_t)len, "a body", 6) : NULL;
    CHECK(body != NULL);
    CHECK_EQ(pwrite(fd, "A", 1, body - bytes), 1);
    close(fd);
    look(&o);
    CHECK_EQ(said("journals")->verdict, DOCTOR_FAIL);
    arena_clear(&arena);
}

TEST(doctor, knows_the_server_that_has_the_folder_and_who_has_the_port)
{
    struct doctor_options o = options_of(good_folder());
    char pid[16];
    int len = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    int lock = open(testing_file(o.data, "lock", pid, (size_t)len), O_RDWR);
    CHECK_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t at_len = sizeof at;
    CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_EQ(listen(fd, 1), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&at, &at_len), 0);
    o.port = ntohs(at.sin_port);
    look(&o);
    SAYS("server", DOCTOR_OK, arena_printf(&arena, "process %d", (int)getpid()));
    SAYS("port", DOCTOR_OK, "served by the running server");
    close(lock); /* the same port, and no server that has the folder */
    look(&o);
    SAYS("server", DOCTOR_OK, "none runs");
    SAYS("port", DOCTOR_FAIL, arena_printf(&arena, "is taken by process %d", (int)getpid()));
    close(fd);
    look(&o);
    SAYS("port", DOCTOR_OK, "is free");
    o.bind = "not an address";
    look(&o);
    SAYS("port", DOCTOR_FAIL, "is no address");
    arena_clear(&arena);
}

TEST(doctor, notices_a_clock_that_was_set_back)
{
    struct doctor_options o = options_of(good_folder());
    struct timespec later[2] = { { .tv_sec = time(NULL) + 3600 }, { .tv_sec = time(NULL) + 3600 } };
    CHECK_EQ(utimensat(AT_FDCWD, in(o.data, "ironfly.db"), later, 0), 0);
    look(&o);
    SAYS("clock", DOCTOR_FAIL, "from the future");
    arena_clear(&arena);
}

TEST(doctor, names_market_data_that_is_damaged)
{
    struct doctor_options o = options_of(good_folder());
    struct sample_options sample = { .store = in(o.data, "store"), .seed = 3 };
    struct sample_summary summary;
    CHECK_OK(sample_make(&sample, &summary));
    look(&o);
    SAYS("store", DOCTOR_OK, "headers whole");
    char command[600], first[400] = "";
    snprintf(command, sizeof command, "ls %s/store/chains/SPX/*.ifc | head -1", o.data);
    FILE *ls = popen(command, "r");
    CHECK(fgets(first, sizeof first, ls) != NULL);
    pclose(ls);
    first[strcspn(first, "\n")] = '\0';
    struct stat st;
    CHECK_EQ(stat(first, &st), 0);
    int fd = open(first, O_RDWR);
    CHECK_EQ(pwrite(fd, "damage", 6, st.st_size / 2), 6);
    close(fd);
    o.full = true;
    look(&o);
    SAYS("store", DOCTOR_FAIL, "");
    CHECK_HAS(said("store")->advice, "ironfly data check");
    arena_clear(&arena);
}

TEST(doctor, reads_certificates)
{
    struct doctor_options o = options_of(NULL);
    const char *folder = arena_strdup(&arena, testing_folder());
    if (system("command -v openssl >/dev/null") != 0)
        skip();
    char command[1200];
    snprintf(
        command, sizeof command,
        "cd %s && for n in a b; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $n.key -out $n.pem -days 5 -subj /CN=x "
        "2>/dev/null || exit 1; done; chmod 600 a.key; chmod 644 b.key",
        folder);
    CHECK_EQ(system(command), 0);
    look(&o);
    SAYS("tls", DOCTOR_OK, "this machine alone");
    o.bind = "0.0.0.0";
    look(&o);
    SAYS("tls", DOCTOR_WARN, "in clear");
    o.tls_cert = in(folder, "a.pem");
    look(&o);
    SAYS("tls", DOCTOR_FAIL, "only one");
    o.tls_key = in(folder, "a.key");
    look(&o);
    SAYS("tls", DOCTOR_WARN, "days more"); /* five days are few */
    o.tls_key = in(folder, "b.key");
    look(&o);
    SAYS("tls", DOCTOR_FAIL, "is not the key of");
    o.tls_key = in(folder, "a.pem");
    look(&o);
    SAYS("tls", DOCTOR_FAIL, "no private key");
    o.tls_key = in(folder, "nothing");
    look(&o);
    SAYS("tls", DOCTOR_FAIL, "cannot be read");
    arena_clear(&arena);
}
