#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapters/journal/journal.h"
#include "apps/cmd.h"
#include "base/json_writer.h"
#include "base/zone.h"
#include "services/desk/desk.h"

static const char help[] =
    "usage: ironfly journal verify FILE [--head HASH] [--json]\n"
    "       ironfly journal show FILE [--first N] [--last N] [--kind KIND] [--json]\n"
    "       ironfly journal replay FILE [--store DIR] [--json]\n"
    "\n"
    "A desk's journal: every event but market data, every order and fill, in a chain of hashes.\n"
    "\n"
    "  verify    is every record there, unchanged and in order? Names the first that is not. "
    "Changes nothing.\n"
    "  show      the records, one a line\n"
    "  replay    run the desk again from the journal and its data: does every record come out the "
    "same, byte for\n"
    "            byte? Nothing leaves, nothing changes.\n"
    "\n"
    "  --head HASH    the hash that the journal must end with, as you noted it: finds records cut "
    "off at the end\n"
    "  --first N, --last N   records N to N (default: all)\n"
    "  --kind KIND    only these: begin, check, difference, session, dividend, declare, split, level, settle, "
    "assign,\n"
    "                 timer, feed, report, command, day_end, submit, replace, cancel, order, closed, note\n"
    "  --store DIR    where the data is now (default: where it was)\n"
    "  --json         one JSON object, or for show one a line\n"
    "\n"
    "Exit status: 0 whole and the same, 1 damaged, different or not readable, 2 wrong usage.\n"
    "\n"
    "example\n"
    "  ironfly paper iron_condor --store sample --journal desk.journal\n"
    "  ironfly journal show desk.journal --kind submit\n"
    "  ironfly journal verify desk.journal && ironfly journal replay desk.journal\n";

struct arguments {
    const char *path, *head, *kind, *store;
    uint64_t first, last;
    bool json;
};

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool print_json(struct buf *buf)
{
    buf_putc(buf, '\n');
    bool ok = fwrite(buf->ptr, 1, buf->len, stdout) == buf->len;
    buf_clear(buf);
    return ok;
}

/* ---- verify ---------------------------------------------------------------------------------- */

static int verify(const struct arguments *a)
{
    struct journal_verdict v;
    enum err err = journal_verify(&v, a->path, NULL);
    if (err)
        return cmd_fail(err);
    char hash[CHAIN_TEXT_BYTES], first[TS_TEXT_BYTES] = "", last[TS_TEXT_BYTES] = "";
    chain_format(hash, &v.whole.hash);
    if (v.whole.records) {
        ts_format_iso(first, ZONE_NEW_YORK, v.first_ts_ns);
        ts_format_iso(last, ZONE_NEW_YORK, v.whole.ts_ns);
    }
    if (!v.trouble[0] && a->head && strcmp(a->head, hash) != 0)
        snprintf(v.trouble, sizeof v.trouble,
                 "%s ends with hash %s, not %s: records are missing at the end, or it is "
                 "another journal",
                 a->path, hash, a->head);
    if (a->json) {
        struct buf buf = { 0 };
        struct json_writer json = { .out = &buf };
        json_object_begin(&json);
        json_key_cstr(&json, "journal", a->path);
        json_key_bool(&json, "whole", !v.trouble[0]);
        json_key_int(&json, "records", (int64_t)v.whole.records);
        json_key(&json, "broken");
        v.broken ? json_uint(&json, v.broken) : json_none(&json);
        json_key_int(&json, "snapshots", v.snapshots);
        json_key_cstr(&json, "first", first[0] ? first : NULL);
        json_key_cstr(&json, "last", last[0] ? last : NULL);
        json_key_cstr(&json, "hash", hash);
        json_key_cstr(&json, "trouble", v.trouble[0] ? v.trouble : NULL);
        json_object_end(&json);
        print_json(&buf);
        buf_free(&buf);
        return v.trouble[0] ? EXIT_REFUSED : EXIT_DONE;
    }
    printf("%" PRIu64 " record%s whole", v.whole.records, plural(v.whole.records));
    if (v.whole.records)
        printf(", %s to %s", first, last);
    printf("\nhash %s\n", hash);
    if (!v.trouble[0])
        return EXIT_DONE;
    fprintf(stderr, "ironfly: %s\n", v.trouble);
    return EXIT_REFUSED;
}

/* ---- show ------------------------------------------------------------------------------------ */

static enum err show_one(struct buf *buf, const struct chain_record *r, const struct arguments *a)
{
    struct arena arena;
    arena_init(&arena, "show", 0);
    struct entry record;
    enum err err = entry_read(&record, &arena, r->kind, r->body, r->len);
    struct json_writer json = { .out = buf };
    char time[TS_TEXT_BYTES] = "-"; /* the first record is of no time */
    if (r->ts_ns)
        ts_format_iso(time, ZONE_NEW_YORK, r->ts_ns);
    if (!err && a->json) {
        json_object_begin(&json);
        json_key(&json, "record");
        json_uint(&json, r->record);
        json_key(&json, "event");
        json_uint(&json, r->sequence);
        json_key_cstr(&json, "time", r->ts_ns ? time : NULL);
        json_key_cstr(&json, "kind", entry_kind_name(r->kind));
        json_key(&json, "of");
    } else if (!err) {
        buf_printf(buf, "%6" PRIu64 " %8" PRIu64 " %s %-8s ", r->record, r->sequence, time,
                   entry_kind_name(r->kind));
    }
    if (!err) {
        json_object_begin(&json);
        entry_show(&json, &record);
        json_object_end(&json);
        if (a->json)
            json_object_end(&json);
        if (!print_json(buf))
            err = err_set(ERR_IO, "standard output takes no more");
    }
    arena_clear(&arena);
    return err ? err_add(err, "record %" PRIu64, r->record) : ERR_OK;
}

static enum err show_all(struct journal *journal, const struct arguments *a)
{
    struct buf buf = { 0 };
    enum err err = journal_seek(journal, a->first);
    for (bool more = true; !err && more;) {
        struct chain_record r;
        struct chain_hash hash;
        err = journal_next(journal, &r, &hash, &more);
        if (err || !more || r.record > a->last)
            break;
        const char *name = entry_kind_name(r.kind);
        if (!a->kind || (name && strcmp(name, a->kind) == 0))
            err = show_one(&buf, &r, a);
    }
    buf_free(&buf);
    return err;
}

static int show(const struct arguments *a)
{
    struct journal *journal;
    const struct journal_options options = { .read_only = true };
    enum err err = journal_open(&journal, a->path, &options);
    if (err)
        return cmd_fail(err);
    err = show_all(journal, a);
    if (!err && journal_trouble(journal)[0])
        err = err_set(ERR_CORRUPT, "%s", journal_trouble(journal));
    journal_close(journal);
    return err ? cmd_fail(err) : EXIT_DONE;
}

/* ---- replay ---------------------------------------------------------------------------------- */

static int replay(const struct arguments *a)
{
    struct arena arena;
    arena_init(&arena, "run", 0);
    struct desk_options options = { .journal = a->path, .use = DESK_REPLAY, .store = a->store };
    struct desk_result r;
    enum err err = desk_run(&r, &arena, &options);
    if (!err && r.trouble[0])
        err = err_set(ERR_CORRUPT, "%s", r.trouble);
    char hash[CHAIN_TEXT_BYTES];
    chain_format(hash, &r.journal.hash);
    if (a->json) {
        struct buf buf = { 0 };
        struct json_writer json = { .out = &buf };
        json_object_begin(&json);
        json_key_cstr(&json, "journal", a->path);
        json_key_bool(&json, "same", !err);
        json_key_int(&json, "replayed", (int64_t)r.replayed);
        json_key_int(&json, "records", (int64_t)r.journal.records);
        json_key_int(&json, "snapshots_same", r.snapshots_checked);
        json_key_fixed(&json, "cash", r.account.cash, 6);
        json_key_fixed(&json, "equity", r.account.equity, 6);
        json_key_cstr(&json, "hash", hash);
        json_key_cstr(&json, "difference", err ? err_detail() : NULL);
        json_object_end(&json);
        print_json(&buf);
        buf_free(&buf);
    } else if (!err) {
        char cash[MONEY_TEXT_BYTES], equity[MONEY_TEXT_BYTES];
        money_format_people(cash, r.account.cash);
        money_format_people(equity, r.account.equity);
        printf("%" PRIu64 " record%s", r.replayed, plural(r.replayed));
        if (r.snapshots_checked)
            printf(" and %u snapshot%s", r.snapshots_checked, plural(r.snapshots_checked));
        printf(" replayed, byte for byte the same\ncash %s, equity %s\nhash %s\n", cash, equity,
               hash);
    }
    int status = err ? cmd_fail(err) : EXIT_DONE;
    arena_clear(&arena);
    return status;
}

int cmd_journal(int argc, char **argv)
{
    static const struct option options[] = {
        { "head", required_argument, NULL, 'e' },  { "first", required_argument, NULL, 'f' },
        { "last", required_argument, NULL, 'l' },  { "kind", required_argument, NULL, 'k' },
        { "store", required_argument, NULL, 's' }, { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 },
    };
    static const struct {
        const char *word;
        int (*run)(const struct arguments *a);
    } tools[] = { { "verify", verify }, { "show", show }, { "replay", replay } };
    struct arguments a = { .first = 1, .last = UINT64_MAX };
    bool ok = true;
    for (int c; ok && (c = cmd_option(argc, argv, options, "journal")) != -1;) {
        switch (c) {
        case 'e':
            a.head = optarg;
            break;
        case 'f':
            ok = cmd_seed("journal", "--first", optarg, &a.first);
            break;
        case 'l':
            ok = cmd_seed("journal", "--last", optarg, &a.last);
            break;
        case 'k':
            a.kind = optarg;
            break;
        case 's':
            a.store = optarg;
            break;
        case 'j':
            a.json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            ok = false;
        }
    }
    if (!ok)
        return EXIT_USAGE;
    if (optind == argc)
        return cmd_usage("journal", "say what to do: verify, show or replay");
    const char *word = argv[optind];
    if (optind + 2 != argc)
        return cmd_usage("journal", optind + 1 == argc ? "which journal? its file is missing"
                                                       : "more than one journal is named");
    a.path = argv[optind + 1];
    if (!a.first)
        return cmd_usage("journal", "records are counted from 1");
    enum err err = zone_init();
    if (err)
        return cmd_fail(err);
    for (size_t i = 0; i < ARRAY_COUNT(tools); i++)
        if (strcmp(word, tools[i].word) == 0)
            return tools[i].run(&a);
    return cmd_usage("journal", "there is no \"%s\"", word);
}
