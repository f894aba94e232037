#include "services/desk/desk.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/backtest/backtest.h"
#include "tests/desk/desk_run.h"

static struct desk_result run(struct arena *arena, const struct desk_options *options)
{
    struct desk_result result;
    CHECK_OK(desk_run(&result, arena, options));
    return result;
}

TEST(desk, finds_what_a_backtest_finds)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("plain"));
    struct desk_result r = run(&arena, &options);
    CHECK(r.is_finished);
    CHECK_EQ(r.replayed, 0);
    struct backtest_options same = { .strategy = IRONFLY_SOURCE_ROOT "/strategies/meic.yaml",
                                     .store = options.store,
                                     .seed = 1 };
    struct backtest_result b;
    CHECK_OK(backtest_run(&b, &arena, &same));
    CHECK_EQ(r.account.equity, b.end_equity);
    char hash[20];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r.effects_hash);
    CHECK_STR(hash, b.effects_hash);
    CHECK(b.order_count > 12);
    CHECK(r.journal.records > 3 * b.order_count);

    /* Once more on the finished journal: everything is compared, nothing is added. */
    struct desk_result again = run(&arena, &options);
    desk_test_same(&again, &r);
    CHECK_EQ(again.replayed - 1,
             r.journal.records -
                 again.snapshot); /* the first record, and those behind the snapshot */

    options = (struct desk_options){ .journal = options.journal, .use = DESK_REPLAY };
    again = run(&arena, &options);
    desk_test_same(&again, &r);
    CHECK_EQ(again.replayed, r.journal.records);
    CHECK_EQ(again.snapshots_checked, 2); /* its two days' ends, byte for byte */
    arena_clear(&arena);
}

/* ---- commands and stops ---------------------------------------------------------------------- */

struct script {
    int stops; /* still to come */
    size_t events, stop_after;
    uint64_t asked;
};

/* Flatten after the 3rd order time, resume an hour later: by the clock of the data, as a person
 * would. */
static bool script_command(void *context, int64_t now_ns, uint64_t done, struct event_command *out)
{
    struct script *s = context;
    static const struct {
        const char *at;
        enum command_kind kind;
        const char *why;
    } lines[] = { { "2024-03-04T13:10:00-05:00", COMMAND_FLATTEN, "lunch" },
                  { "2024-03-04T14:05:00-05:00", COMMAND_RESUME, "back" },
                  { "2024-03-05T11:00:00-05:00", COMMAND_HALT, "news" } };
    int64_t at;
    if (done >= ARRAY_COUNT(lines) || ts_parse_iso(str_from(lines[done].at), ZONE_UTC, &at) ||
        now_ns < at)
        return false;
    *out = (struct event_command){ .kind = lines[done].kind, .role = BY_TRADER, .who = "pat" };
    snprintf(out->why, sizeof out->why, "%s", lines[done].why);
    s->asked++;
    return true;
}

static bool script_keep_on(void *context, UNUSED size_t done, UNUSED size_t days)
{
    struct script *s = context;
    s->events++;
    return !s->stop_after || s->events <= s->stop_after;
}

TEST(desk, replays_commands_from_the_journal_and_asks_each_once)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct script whole = { 0 };
    struct desk_options options = desk_test_options(desk_test_journal("commands"));
    options.command = script_command;
    options.context = &whole;
    struct desk_result want = run(&arena, &options);
    CHECK_EQ(whole.asked, 3);

    options.journal = desk_test_journal("stopped");
    struct script parts = { .stop_after = 1 };
    options.context = &parts;
    options.keep_on = script_keep_on;
    struct desk_result got;
    int stops = 0;
    do {
        parts.events = 0;
        got = run(&arena, &options);
        parts.stop_after += 47; /* a little further each time, replay included */
        stops++;
    } while (!got.is_finished);
    CHECK(stops > 10);
    CHECK_EQ(parts.asked, 3);
    desk_test_same(&got, &want);
    arena_clear(&arena);
}

/* ---- what is refused ------------------------------------------------------------------------- */

TEST(desk, refuses_to_go_on_with_something_else)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("other"));
    options.to = 20240304;
    run(&arena, &options);
    struct desk_result r;
    options.strategy = IRONFLY_SOURCE_ROOT "/strategies/iron_condor.yaml";
    CHECK_EQ(desk_run(&r, &arena, &options), ERR_REFUSED);
    CHECK_HAS(err_detail(), "the journal began with strategy MEIC");
    options.strategy = IRONFLY_SOURCE_ROOT "/strategies/meic.yaml";
    options.fill = "mid";
    CHECK_EQ(desk_run(&r, &arena, &options), ERR_REFUSED);
    CHECK_HAS(err_detail(), "--fill share, not mid");
    options.fill = NULL;
    options.to = 20240305;
    CHECK_EQ(desk_run(&r, &arena, &options), ERR_REFUSED);
    CHECK_HAS(err_detail(), "--to");
    arena_clear(&arena);
}

TEST(desk, replay_says_where_other_data_differs)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("moved"));
    run(&arena, &options);
    char other[600];
    snprintf(other, sizeof other, "%s/seed2", testing_folder());
    struct simulate_options market = { .store = other,
                                       .symbols = "SPX,VIX",
                                       .from = 20240304,
                                       .to = 20240305,
                                       .seed = 2,
                                       .grid = GRID_MINUTE,
                                       .threads = 2 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&market, &summary));
    options =
        (struct desk_options){ .journal = options.journal, .use = DESK_REPLAY, .store = other };
    struct desk_result r;
    CHECK_EQ(desk_run(&r, &arena, &options), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "replay differs at record");
    CHECK_HAS(err_detail(), "session {");
    arena_clear(&arena);
}

/* How the body of the last order that left begins. */
static void last_submit(const char *path, uint8_t out[80])
{
    struct journal *journal;
    struct chain_record r;
    struct chain_hash hash;
    bool more = true, found = false;
    CHECK_OK(journal_open(&journal, path, &(struct journal_options){ .read_only = true }));
    CHECK_OK(journal_seek(journal, 1));
    while (more) {
        CHECK_OK(journal_next(journal, &r, &hash, &more));
        if (!more || r.kind != ENTRY_SUBMIT || r.len < 80)
            continue;
        memcpy(out, r.body, 80);
        found = true;
    }
    CHECK(found);
    journal_close(journal);
}

TEST(desk, goes_on_after_damage_when_asked_and_comes_to_the_same_end)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("damaged"));
    struct desk_result want = run(&arena, &options);
    uint8_t order[80];
    last_submit(options.journal, order);
    FILE *file = fopen(options.journal, "r+b");
    CHECK(file != NULL);
    static uint8_t bytes[1 << 20];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    uint8_t *hit =
        memmem(bytes, len, order,
               sizeof order); /* of the record, and not of a snapshot, which is only passed over */
    CHECK(hit != NULL);
    fseek(file, hit - bytes, SEEK_SET);
    fputc('Q', file);
    fclose(file);
    struct desk_result r;
    CHECK_EQ(desk_run(&r, &arena, &options), ERR_CORRUPT);
    CHECK_HAS(err_detail(), "--set-aside");
    options.set_aside = true;
    r = run(&arena, &options);
    CHECK_HAS(r.trouble, "is broken");
    CHECK(r.replayed < want.journal.records);
    desk_test_same(&r, &want); /* what was lost of the journal was made again, and is the same */
    arena_clear(&arena);
}

/* ---- entries --------------------------------------------------------------------------------- */

TEST(desk, every_record_of_a_run_reads_back_as_it_was_written)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct script script = { 0 };
    struct desk_options options = desk_test_options(desk_test_journal("entries"));
    options.command = script_command;
    options.context = &script;
    run(&arena, &options);
    struct journal *journal;
    const struct journal_options reading = { .read_only = true };
    CHECK_OK(journal_open(&journal, options.journal, &reading));
    CHECK_OK(journal_seek(journal, 1));
    int seen[128] = { 0 };
    struct buf again = { 0 }, text = { 0 };
    for (;;) {
        struct chain_record r;
        struct chain_hash hash;
        bool more;
        CHECK_OK(journal_next(journal, &r, &hash, &more));
        if (!more)
            break;
        struct entry entry;
        CHECK_OK(entry_read(&entry, &arena, r.kind, r.body, r.len));
        buf_clear(&again);
        entry_write(&again, &entry);
        CHECK_EQ(again.len, r.len);
        CHECK(memcmp(again.ptr, r.body, r.len) == 0);
        struct json_writer json = { .out = &text };
        json_object_begin(&json);
        entry_show(&json, &entry);
        json_object_end(&json);
        for (size_t cut = 0; cut < r.len; cut += 1 + cut / 8)
            CHECK_EQ(entry_read(&entry, &arena, r.kind, r.body, cut), ERR_PARSE);
        seen[r.kind]++;
    }
    static const int kinds[] = { ENTRY_BEGIN,  ENTRY_CHECK,  ENTRY_SESSION, ENTRY_LEVEL,
                                 ENTRY_SETTLE, ENTRY_REPORT, ENTRY_COMMAND, ENTRY_DAY_END,
                                 ENTRY_SUBMIT, ENTRY_ORDER,  ENTRY_CLOSED,  ENTRY_NOTE };
    FOR_EACH (kind, kinds)
        if (!seen[*kind])
            fail_msg("no %s record in the run", entry_kind_name((uint32_t)*kind));
    CHECK_HAS(text.ptr,
              "\"command\":\"flatten\",\"role\":\"trader\",\"who\":\"pat\",\"why\":\"lunch\"");
    buf_free(&again);
    buf_free(&text);
    journal_close(journal);
    arena_clear(&arena);
}

TEST(desk, reads_commands_of_before_there_were_exits)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct buf bytes = { 0 };
    struct order_exits exits = { -1500000, 700000 };
    struct entry written = { .kind = ENTRY_COMMAND }, entry;
    written.of.event.of.command =
        (struct event_command){ .kind = COMMAND_CANCEL, .who = "pat", .order_id = 7 };
    entry_write(&bytes, &written);
    CHECK_EQ(bytes.ptr[0], 2); /* written as before, too: a replay compares byte for byte */
    CHECK_OK(entry_read(&entry, &arena, ENTRY_COMMAND, (const uint8_t *)bytes.ptr, bytes.len));
    CHECK_EQ(entry.of.event.of.command.order_id, 7);
    CHECK(entry.of.event.of.command.exits == NULL);
    buf_clear(&bytes);
    written.of.event.of.command.exits = &exits;
    entry_write(&bytes, &written);
    CHECK_EQ(bytes.ptr[0], 3);
    static const uint8_t none[] = { 3, 0, 0, 0, 0, 0 };
    CHECK_EQ(entry_read(&entry, &arena, ENTRY_COMMAND, none, sizeof none), ERR_PARSE);
    CHECK_OK(entry_read(&entry, &arena, ENTRY_COMMAND, (const uint8_t *)bytes.ptr, bytes.len));
    CHECK_EQ(entry.of.event.of.command.exits->target, -1500000);
    CHECK_EQ(entry.of.event.of.command.exits->stop, 700000);
    buf_free(&bytes);
    arena_clear(&arena);
}

TEST(desk, refuses_records_of_other_kinds_and_versions)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct entry entry;
    static const uint8_t later[] = { 2, 0, 0, 0, 0 };
    CHECK_EQ(entry_read(&entry, &arena, 99, later, sizeof later), ERR_UNSUPPORTED);
    CHECK_EQ(entry_read(&entry, &arena, ENTRY_DAY_END, later, sizeof later), ERR_UNSUPPORTED);
    CHECK_HAS(err_detail(), "version 2");
    static const uint8_t long_one[] = { 1, 0, 0, 0, 0, 7 };
    CHECK_EQ(entry_read(&entry, &arena, ENTRY_DAY_END, long_one, sizeof long_one), ERR_PARSE);
    CHECK_HAS(err_detail(), "1 bytes too many");
    arena_clear(&arena);
}
