/* The data folder and what lies in it, and the files that the program brings along. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/db/db.h"
#include "adapters/journal/journal.h"
#include "adapters/store/store.h"
#include "domain/strategy/strategy.h"
#include "services/doctor/doctor_int.h"

enum { KEY_BYTES = 32 };

static const char *in_data(struct doctor *d, const char *name)
{
    return arena_printf(d->arena, "%s/%s", d->options->data, name);
}

static bool has_data(const struct doctor *d)
{
    struct stat st;
    return d->options->data && stat(d->options->data, &st) == 0 && S_ISDIR(st.st_mode);
}

static void check_missing_folder(struct doctor *d)
{
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", d->options->data);
    size_t len = strlen(parent);
    while (len > 1 && parent[len - 1] == '/')
        parent[--len] = '\0';
    char *slash = strrchr(parent, '/');
    if (!slash)
        snprintf(parent, sizeof parent, ".");
    else
        slash[slash == parent] = '\0';
    if (access(parent, W_OK | X_OK) == 0)
        doctor_say(d, DOCTOR_OK, "", "%s is not there yet; the first start makes it",
                   d->options->data);
    else
        doctor_say(d, DOCTOR_FAIL, "make it, owned by the user that runs the server",
                   "%s is not there, and cannot be made in %s: %s", d->options->data, parent,
                   strerror(errno));
}

/* Of the folder itself and of what is secret in it. */
static void check_mode(struct doctor *d, const char *path, mode_t want)
{
    struct stat st;
    if (stat(path, &st) == 0 && st.st_mode & 077)
        doctor_say(d, DOCTOR_WARN, arena_printf(d->arena, "chmod %o %s", (unsigned)want, path),
                   "others may look into %s (mode %o)", path, (unsigned)(st.st_mode & 0777));
}

void check_data_folder(struct doctor *d)
{
    struct stat st;
    const char *data = d->options->data;
    if (!data) {
        doctor_say(d, DOCTOR_OK, "name it with --data DIR to have it looked at", "none is named");
        return;
    }
    if (stat(data, &st) != 0 && errno == ENOENT) {
        check_missing_folder(d);
        return;
    }
    if (!has_data(d)) {
        doctor_say(d, DOCTOR_FAIL, "name another one with --data",
                   "%s is no folder that can be read", data);
        return;
    }
    if (access(data, R_OK | W_OK | X_OK) != 0)
        doctor_say(d, DOCTOR_FAIL, "run as its owner, or give it to the user that runs the server",
                   "%s cannot be written by user %d: %s", data, (int)geteuid(), strerror(errno));
    else if (st.st_uid != geteuid())
        doctor_say(
            d, DOCTOR_WARN,
            "run commands on it as its owner, or files appear in it that the server may not write",
            "%s belongs to user %d, and this is user %d", data, (int)st.st_uid, (int)geteuid());
    else
        doctor_say(d, DOCTOR_OK, "", "%s can be written", data);
    check_mode(d, data, 0700);
    check_mode(d, in_data(d, "ironfly.db"), 0600);
}

void check_server(struct doctor *d)
{
    if (!has_data(d))
        return;
    char text[32] = "";
    int fd = open(in_data(d, "lock"), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0) {
        doctor_say(d, DOCTOR_OK, "", "none runs on this folder");
    } else {
        ssize_t len = pread(fd, text, sizeof text - 1, 0);
        int64_t pid = 0;
        if (len > 0 && str_to_int64((struct str){ text, strcspn(text, "\n") }, &pid))
            d->holder = (int)pid;
        doctor_say(d, DOCTOR_OK, "", "one runs on this folder, process %d", d->holder);
    }
    if (fd >= 0)
        close(fd);
}

void check_database(struct doctor *d)
{
    struct db_health health;
    if (!has_data(d))
        return;
    const char *path = in_data(d, "ironfly.db");
    enum err err = db_check(path, &health);
    if (err == ERR_NOT_FOUND)
        doctor_say(d, DOCTOR_OK, "", "not there yet; the first start makes it");
    else if (err)
        doctor_say(d, DOCTOR_FAIL,
                   err == ERR_UNSUPPORTED ? "use the program that made it, or a newer one"
                                          : "restore a backup: ironfly restore",
                   "%s", err_detail());
    else if (health.schema < health.schema_newest)
        doctor_say(d, DOCTOR_WARN, "make a backup first: ironfly backup",
                   "whole, schema %d; the next start brings it to %d", health.schema,
                   health.schema_newest);
    else
        doctor_say(d, DOCTOR_OK, "", "whole, schema %d, %.1f MiB", health.schema,
                   (double)health.bytes / (1 << 20));
}

void check_secret_key(struct doctor *d)
{
    struct stat st, db;
    if (!has_data(d))
        return;
    const char *path = in_data(d, "secret.key");
    bool has_db = stat(in_data(d, "ironfly.db"), &db) == 0;
    if (stat(path, &st) != 0)
        doctor_say(
            d, has_db ? DOCTOR_FAIL : DOCTOR_OK,
            has_db
                ? "put it back from where you keep it: without it, second factors cannot be used and the audit trail cannot be proved"
                : "",
            has_db ? "%s is gone" : "%s is not there yet; the first start makes it", path);
    else if (st.st_size != KEY_BYTES)
        doctor_say(d, DOCTOR_FAIL, "put it back from where you keep it",
                   "%s has %lld bytes, not %d", path, (long long)st.st_size, KEY_BYTES);
    else if (st.st_mode & 077)
        doctor_say(d, DOCTOR_FAIL, arena_printf(d->arena, "chmod 600 %s", path),
                   "others may read %s: the server does not start with it", path);
    else
        doctor_say(d, DOCTOR_OK, "", "there, for its owner alone; keep a copy elsewhere");
}

static void check_journal(struct doctor *d, const char *path)
{
    struct journal_verdict verdict;
    enum err err = journal_verify(&verdict, path, NULL);
    if (err)
        doctor_say(d, DOCTOR_FAIL, "", "%s", err_detail());
    else if (verdict.broken || verdict.head_broken || verdict.trouble[0])
        doctor_say(d, DOCTOR_FAIL, arena_printf(d->arena, "see: ironfly journal verify %s", path),
                   "%s is damaged: %s", path, verdict.trouble);
    else
        doctor_say(d, DOCTOR_OK, "", "%s: %llu records, every hash holds", path,
                   (unsigned long long)verdict.whole.records);
}

void check_journals(struct doctor *d)
{
    DIR *dir = has_data(d) ? opendir(d->options->data) : NULL;
    if (!dir)
        return;
    size_t count = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (str_ends_with(str_from(e->d_name), STR(".journal"))) {
            check_journal(d, in_data(d, e->d_name));
            count++;
        }
    closedir(dir);
    const char *desk = in_data(d, "desk/journal"); /* where the server has its own */
    if (access(desk, F_OK) == 0) {
        check_journal(d, desk);
        count++;
    }
    if (!count)
        doctor_say(d, DOCTOR_OK, "", "none yet");
}

/* ---- market data ----------------------------------------------------------------------------- */

struct findings {
    const char *first;
    struct arena *arena;
    size_t count;
};

static void keep_first(void *context, const char *text)
{
    struct findings *f = context;
    if (!f->count++)
        f->first = arena_strdup(f->arena, text);
}

static void check_open_store(struct doctor *d, const struct store *store, const char *path)
{
    struct store_day *days;
    size_t count = 0, damaged = 0, files = 0;
    struct findings found = { .first = "", .arena = d->arena };
    const char *advice = arena_printf(
        d->arena, "ironfly data check --store %s names it all; ironfly data repair sets it aside",
        path);
    enum err err = store_list(store, d->arena, &days, &count, &damaged);
    if (!err && d->options->full)
        err = store_check(store, keep_first, &found, &files);
    if (damaged || found.count)
        doctor_say(d, DOCTOR_FAIL, advice, "%s: %zu of %zu days are damaged%s%s", path, damaged,
                   count + damaged, found.count ? ": " : "", found.first);
    else if (err)
        doctor_say(d, DOCTOR_FAIL, advice, "%s", err_detail());
    else
        doctor_say(d, DOCTOR_OK, d->options->full ? "" : "--full verifies every checksum",
                   "%s: %zu days, %s", path, count,
                   d->options->full ? "every checksum holds" : "headers whole");
}

void check_store(struct doctor *d)
{
    struct store *store = NULL;
    if (!d->options->store && !d->options->data)
        return;
    const char *path = d->options->store ? d->options->store : in_data(d, "store");
    enum err err = store_open(&store, path);
    if (!err)
        check_open_store(d, store, path);
    else if (err == ERR_NOT_FOUND)
        doctor_say(d, DOCTOR_OK, "import chains or simulate a market: ironfly data",
                   "no market data at %s yet", path);
    else
        doctor_say(d, DOCTOR_FAIL, "", "%s", err_detail());
    store_close(store);
}

/* ---- what the program brings along ----------------------------------------------------------- */

void check_strategies(struct doctor *d)
{
    char folder[STRATEGY_PATH_BYTES];
    if (strategy_catalogue(folder) == ERR_OK)
        doctor_say(d, DOCTOR_OK, "", "the catalogue is %s", folder);
    else
        doctor_say(d, DOCTOR_WARN, "", "%s", err_detail());
}

void check_page(struct doctor *d)
{
    const char *web = d->options->web;
    if (web && access(arena_printf(d->arena, "%s/index.html", web), R_OK) == 0)
        doctor_say(d, DOCTOR_OK, "", "%s", web);
    else
        doctor_say(d, DOCTOR_WARN, "build it with: make web, or name its folder with --web",
                   "the page is not there%s%s: programs are served, browsers are not",
                   web ? ": " : "", web ? web : "");
}
