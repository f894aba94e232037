/* A desk on live sources: what came is on its tape, and recovery takes it again. */
#include <string.h>
#include <unistd.h>

#include "adapters/feed/replay_store.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "services/desk/tape.h"
#include "services/live/live.h"
#include "tests/desk/desk_run.h"

struct sources {
    struct store *store;
    size_t events, stop_after;
};

/* A stored day as a line would tell it: quote by quote, through the rules. */
static enum err connect_day(void *context, struct live *live)
{
    struct sources *s = context;
    struct source source;
    enum err err = replay_store_open(&source, NULL, s->store, "SPX", 20240304, &live->instruments);
    if (!err)
        live_add(live, source);
    return err;
}

static bool stops(void *context, UNUSED size_t done, UNUSED size_t days)
{
    struct sources *s = context;
    return s->events++ < s->stop_after;
}

static size_t count_dated(const char *journal)
{
    struct tape_reader *reader;
    struct event event;
    size_t count = 0;
    CHECK_OK(tape_reader_open(&reader, journal));
    for (bool found = true; found; count += found && event.kind == EVENT_DATED)
        CHECK_OK(tape_next(reader, &event, &found));
    tape_reader_close(reader);
    return count;
}

TEST(live_desk, what_came_is_taken_again_from_the_tape)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct sources sources = { .stop_after = 60000 };
    CHECK_OK(store_open(&sources.store, desk_test_store()));
    struct desk_options options = { .journal = desk_test_journal("lines"),
                                    .feed = DESK_LIVE,
                                    .strategy = IRONFLY_SOURCE_ROOT "/strategies/meic.yaml",
                                    .symbols = "SPX",
                                    .seed = 1,
                                    .timer_ns = 60 * NANOS_PER_SECOND,
                                    .connect = connect_day,
                                    .calendar = desk_test_store(),
                                    .keep_on = stops,
                                    .context = &sources };
    struct desk_result r, again;
    int starts = 0;
    do {
        sources.events = 0;
        CHECK_OK(desk_run(&r, &arena, &options));
        CHECK(starts == 0 || r.replayed > 0);
        sources.stop_after += 100000; /* each start is told the whole chain anew */
        starts++;
    } while (!r.is_finished && starts < 20);
    CHECK(r.is_finished);
    CHECK(starts > 2);
    CHECK(r.journal.records > 60);
    CHECK(count_dated(options.journal) > 0); /* conditions on FOMC and CPI have what they ask for */

    /* Without any source: the journal and its tape are all there is. */
    const struct desk_options replay = { .journal = options.journal, .use = DESK_REPLAY };
    CHECK_OK(desk_run(&again, &arena, &replay));
    desk_test_same(&again, &r);
    CHECK_EQ(again.replayed, r.journal.records);
    store_close(sources.store);
    arena_clear(&arena);
}

/* ---- the tape -------------------------------------------------------------------------------- */

static struct event quote(uint64_t sequence)
{
    struct event e = { .ts_ns = (int64_t)sequence * 1000,
                       .sequence = sequence,
                       .kind = EVENT_QUOTE,
                       .underlying = 1 };
    e.of.quote = (struct event_quote){
        .contract = 7, .bid = 100, .ask = (int64_t)sequence, .last = PRICE_NONE
    };
    return e;
}

static uint64_t read_all(const char *journal, uint64_t *count)
{
    struct tape_reader *reader;
    struct event event;
    uint64_t last = 0;
    bool found = true;
    *count = 0;
    CHECK_OK(tape_reader_open(&reader, journal));
    for (;;) {
        CHECK_OK(tape_next(reader, &event, &found));
        if (!found)
            break;
        CHECK(event.sequence > last);
        CHECK_EQ(event.of.quote.ask, (int64_t)event.sequence);
        last = event.sequence;
        ++*count;
    }
    tape_reader_close(reader);
    return last;
}

TEST(live_desk, a_torn_tape_ends_before_the_tear_and_a_later_segment_counts)
{
    const char *journal = desk_test_journal("torn");
    struct tape_writer *writer;
    char path[700];
    uint64_t count;
    CHECK_EQ(read_all(journal, &count), 0);
    CHECK_OK(tape_writer_open(&writer, journal, 1));
    for (uint64_t i = 1; i <= 100; i++) {
        struct event e = quote(i);
        CHECK_OK(tape_put(writer, &e));
        if (i == 50 || i == 100)
            CHECK_OK(tape_sync(writer));
    }
    tape_writer_close(writer);
    CHECK_EQ(read_all(journal, &count), 100);
    snprintf(path, sizeof path, "%s.tape-%020d", journal, 1);
    CHECK_EQ(truncate(path, 900), 0);
    uint64_t torn = read_all(journal, &count);
    CHECK(torn == 50 || torn == 100);
    CHECK_EQ(truncate(path, 40), 0);
    CHECK_EQ(read_all(journal, &count), 0);

    CHECK_OK(tape_writer_open(&writer, journal, 1));
    for (uint64_t i = 1; i <= 60; i++) {
        struct event e = quote(i);
        CHECK_OK(tape_put(writer, &e));
    }
    CHECK_OK(tape_sync(writer));
    tape_writer_close(writer);
    CHECK_OK(tape_writer_open(&writer, journal, 41)); /* the journal had caught up at 40 */
    for (uint64_t i = 41; i <= 45; i++) {
        struct event e = quote(i);
        CHECK_OK(tape_put(writer, &e));
    }
    CHECK_OK(tape_sync(writer));
    tape_writer_close(writer);
    CHECK_EQ(read_all(journal, &count), 45);
    CHECK_EQ(count, 45);
}
