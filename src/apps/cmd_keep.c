/* ironfly audit, backup, restore, export: what is kept, and that it stays whole. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/cmd_server.h"
#include "base/target.h"
#include "services/audit/audit.h"
#include "services/server/server.h"

static const char audit_help[] =
    "usage: ironfly audit verify --data DIR [--expect SEQ:HASH]\n"
    "       ironfly audit list --data DIR [--last N]\n"
    "\n"
    "Prove the audit trail whole, entry by entry, or print its last entries. verify prints the head (number and\n"
    "hash of the last entry): note it elsewhere and give it to --expect later, and a cut end shows too.\n";

static const char backup_help[] =
    "usage: ironfly backup --data DIR --to FILE\n"
    "\n"
    "A consistent copy of accounts, strategies, runs, audit and the desk with its journal and tape, also while it\n"
    "runs. Not in it: market data (DIR/store) and secret.key, without which sealed secrets and the audit trail\n"
    "cannot be read: keep that file elsewhere, once.\n";

static const char restore_help[] =
    "usage: ironfly restore --data DIR --from FILE\n"
    "\n"
    "Put a backup in place. The server must be stopped. A damaged or foreign file is refused and changes nothing.\n";

static const char export_help[] =
    "usage: ironfly export --data DIR [--to FILE]\n"
    "\n"
    "Every row as a line of JSON, without passwords and secrets; to standard output, or to FILE, which appears\n"
    "whole or not at all.\n";

struct words {
    const char *name, *help;
    const char *data, *file, *expect;
    int64_t last;
};

/* 0 to go on, else the exit status + 1. Leaves optind at the first name. */
static int parse(struct words *w, int argc, char **argv)
{
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },
        { "to", required_argument, NULL, 't' },
        { "from", required_argument, NULL, 't' },
        { "expect", required_argument, NULL, 'e' },
        { "last", required_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    w->last = 50;
    for (int c; (c = cmd_option(argc, argv, options, w->name)) != -1;) {
        switch (c) {
        case 'd':
            w->data = optarg;
            break;
        case 't':
            w->file = optarg;
            break;
        case 'e':
            w->expect = optarg;
            break;
        case 'n':
            if (!str_to_int64(str_from(optarg), &w->last) || w->last < 1 || w->last > 100000)
                return cmd_usage(w->name, "--last \"%s\" is not a whole number from 1 to 100000",
                                 optarg) +
                       1;
            break;
        case 'h':
            fputs(w->help, stdout);
            return EXIT_DONE + 1;
        default:
            return EXIT_USAGE + 1;
        }
    }
    if (!w->data)
        return cmd_usage(w->name, "--data is missing: the data folder of the server") + 1;
    return 0;
}

static enum err open_db(struct db **db, struct arena *arena, const char *data)
{
    const char *path = arena_printf(arena, "%s/ironfly.db", data);
    *db = NULL;
    if (access(path, F_OK) != 0)
        return err_set(ERR_NOT_FOUND, "%s is not there: is %s the data folder of a server?", path,
                       data);
    return db_open(db, path);
}

/* ---- audit ----------------------------------------------------------------------------------- */

/* Is the entry that was noted once still the one it was? */
static enum err check_expected(struct db *db, struct arena *arena, const char *expect)
{
    struct str rest = str_from(expect), number;
    int64_t seq;
    if (!str_cut(&rest, ':', &number) || !str_to_int64(number, &seq) || seq < 1 ||
        rest.len != 2 * DB_HASH_BYTES)
        return err_set(ERR_USAGE, "--expect \"%s\" is not NUMBER:HASH as audit verify prints it",
                       expect);
    struct db_audit *entry;
    size_t count;
    enum err err = db_audit_from(db, arena, seq - 1, 1, &entry, &count);
    if (err)
        return err;
    struct buf hex = { 0 };
    for (size_t i = 0; count && i < entry->hash.len; i++)
        buf_printf(&hex, "%02x", (unsigned char)entry->hash.ptr[i]);
    bool same = count && entry->seq == seq && str_equal(buf_str(&hex), rest);
    buf_free(&hex);
    return same
               ? ERR_OK
               : err_set(
                     ERR_CORRUPT,
                     "entry %lld is not there any more, or another than was noted: the trail was cut or replaced",
                     (long long)seq);
}

static enum err verify(struct db *db, struct arena *arena, const struct words *w)
{
    struct keys keys;
    struct audit_head head;
    enum err err = keys_load(&keys, w->data);
    if (!err)
        err = audit_verify(db, &keys, &head);
    if (!err && w->expect)
        err = check_expected(db, arena, w->expect);
    if (!err)
        printf("the audit trail is whole: %lld entries, head %lld:%s\n", (long long)head.seq,
               (long long)head.seq, head.hash);
    keys_forget(&keys);
    return err;
}

static enum err list(struct db *db, struct arena *arena, const struct words *w)
{
    struct db_audit *entries;
    size_t count;
    enum err err = db_audit_list(db, arena, &(struct db_audit_filter){ 0 }, 0, (size_t)w->last,
                                 &entries, &count);
    for (size_t i = count; !err && i-- > 0;)
        printf("%lld\t%lld\t%s\t%s\t%s\t%s\t%s\n", (long long)entries[i].seq,
               (long long)entries[i].ts_ns, entries[i].user_id, entries[i].event, entries[i].object,
               entries[i].peer, entries[i].data);
    return err;
}

int cmd_audit(int argc, char **argv)
{
    struct words w = { .name = "audit", .help = audit_help };
    int stop = parse(&w, argc, argv);
    if (stop)
        return stop - 1;
    bool is_list = optind + 1 == argc && strcmp(argv[optind], "list") == 0;
    if (optind + 1 != argc || (!is_list && strcmp(argv[optind], "verify") != 0))
        return cmd_usage("audit", "the verb is none of verify, list");
    struct arena arena;
    struct db *db;
    arena_init(&arena, "run", 0);
    enum err err = open_db(&db, &arena, w.data);
    if (!err)
        err = (is_list ? list : verify)(db, &arena, &w);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    db_close(db);
    arena_clear(&arena);
    return status;
}

/* ---- copies ---------------------------------------------------------------------------------- */

int cmd_backup(int argc, char **argv)
{
    umask(077); /* what it writes is nobody else's */
    struct words w = { .name = "backup", .help = backup_help };
    int stop = parse(&w, argc, argv);
    if (stop)
        return stop - 1;
    if (!w.file || optind != argc)
        return cmd_usage("backup", "--to is missing: the file that the copy becomes");
    struct arena arena;
    struct db *db;
    arena_init(&arena, "run", 0);
    enum err err = open_db(&db, &arena, w.data);
    if (!err)
        err = db_backup(db, w.file, arena_printf(&arena, "%s/desk/journal", w.data));
    if (!err)
        printf("backup: %s\n", w.file);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    db_close(db);
    arena_clear(&arena);
    return status;
}

int cmd_restore(int argc, char **argv)
{
    struct words w = { .name = "restore", .help = restore_help };
    int stop = parse(&w, argc, argv), lock = -1;
    if (stop)
        return stop - 1;
    if (!w.file || optind != argc)
        return cmd_usage("restore", "--from is missing: the backup");
    struct arena arena;
    arena_init(&arena, "run", 0);
    enum err err = data_lock(w.data, &lock);
    if (!err)
        err = db_restore(w.file, arena_printf(&arena, "%s/ironfly.db", w.data),
                         arena_printf(&arena, "%s/desk/journal", w.data));
    if (!err)
        printf("restored %s from %s\n", w.data, w.file);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    data_unlock(lock);
    arena_clear(&arena);
    return status;
}

static enum err export_to(struct db *db, struct arena *arena, const char *file)
{
    if (!file)
        return db_export(db, stdout);
    const char *target;
    enum err err = target_resolve(&target, arena, file);
    if (err)
        return err;
    const char *part = arena_printf(arena, "%s.part", target);
    FILE *out = fopen(part, "wb");
    if (!out)
        return err_set(ERR_IO, "%s cannot be written: %s", part, strerror(errno));
    err = db_export(db, out);
    if ((fclose(out) != 0 || (!err && rename(part, target) != 0)) && !err)
        err = err_set(ERR_IO, "%s cannot be written: %s", file, strerror(errno));
    if (err)
        unlink(part);
    return err;
}

int cmd_export(int argc, char **argv)
{
    umask(077); /* what it writes is nobody else's */
    struct words w = { .name = "export", .help = export_help };
    int stop = parse(&w, argc, argv);
    if (stop)
        return stop - 1;
    if (optind != argc)
        return cmd_usage("export", "unexpected \"%s\"", argv[optind]);
    struct arena arena;
    struct db *db;
    arena_init(&arena, "run", 0);
    enum err err = open_db(&db, &arena, w.data);
    if (!err)
        err = export_to(db, &arena, w.file);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    db_close(db);
    arena_clear(&arena);
    return status;
}
