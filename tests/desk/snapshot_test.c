/* Recovery from snapshots: the same state as from the first record, and never from a snapshot that
 * does not fit. */
#include <string.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/desk/desk_int.h"
#include "tests/desk/desk_run.h"

/* ---- stored days ----------------------------------------------------------------------------- */

struct stopping {
    size_t events, stop_after;
};

static bool stops(void *context, UNUSED size_t done, UNUSED size_t days)
{
    struct stopping *s = context;
    return s->events++ < s->stop_after;
}

static struct desk_result run_parts(struct arena *arena, struct desk_options options, size_t part,
                                    uint64_t *from_snapshots)
{
    struct stopping stopping = { .stop_after = part };
    struct desk_result r;
    options.keep_on = stops;
    options.context = &stopping;
    *from_snapshots = 0;
    do {
        stopping.events = 0;
        CHECK_OK(desk_run(&r, arena, &options));
        *from_snapshots += r.snapshot > 0;
    } while (!r.is_finished);
    return r;
}

TEST(snapshot, recovery_with_and_without_them_comes_to_the_same_end)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("uncut"));
    struct desk_result want, got;
    uint64_t used;
    CHECK_OK(desk_run(&want, &arena, &options));
    CHECK_EQ(want.snapshot, 0);
    options.journal = desk_test_journal("with");
    options.snapshot_ns =
        NANOS_PER_SECOND; /* as often as the wall's clock allows, and at the end of each day */
    got = run_parts(&arena, options, 431, &used);
    CHECK(used > 0);
    desk_test_same(&got, &want);
    options.journal = desk_test_journal("without");
    options.snapshot_ns = -1;
    struct stopping once = { .stop_after = 431 };
    options.keep_on = stops;
    options.context = &once;
    CHECK_OK(desk_run(&got, &arena, &options));
    CHECK(!got.is_finished);
    options.keep_on = NULL;
    CHECK_OK(desk_run(&got, &arena, &options));
    CHECK_EQ(got.snapshot, 0);
    desk_test_same(&got, &want);
    arena_clear(&arena);
}

/* ---- what does not fit ----------------------------------------------------------------------- */

static void put(const char *path, const char *format, const void *bytes, size_t len)
{
    struct journal *journal;
    const struct journal_options options = { 0 };
    CHECK_OK(journal_open(&journal, path, &options));
    CHECK_OK(journal_snapshot_put(journal, format, bytes, len));
    journal_close(journal);
}

TEST(snapshot, one_that_does_not_fit_is_named_and_everything_is_replayed)
{
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct desk_options options = desk_test_options(desk_test_journal("other"));
    options.snapshot_ns = -1;
    struct desk_result want, got;
    CHECK_OK(desk_run(&want, &arena, &options));
    put(options.journal, "ironfly desk 0 00000000", "state", 5);
    CHECK_OK(desk_run(&got, &arena, &options));
    CHECK_HAS(got.trouble,
              "is of format \"ironfly desk 0 00000000\", and this program reads \"ironfly desk 1 ");
    CHECK_EQ(got.replayed, want.journal.records);
    desk_test_same(&got, &want);

    /* The right name and nonsense in it, then a whole one of another desk. */
    char format[JOURNAL_FORMAT_BYTES];
    desk_snapshot_format(format);
    put(options.journal, format, "nonsense", 8);
    CHECK_OK(desk_run(&got, &arena, &options));
    CHECK_HAS(got.trouble, "is passed over: the snapshot is not packed as snapshots are");
    CHECK_EQ(got.replayed, want.journal.records);
    desk_test_same(&got, &want);

    struct desk_options other = desk_test_options(desk_test_journal("cboe"));
    other.strategy = IRONFLY_SOURCE_ROOT "/strategies/iron_condor.yaml";
    other.symbols = "SPX,VIX";
    CHECK_OK(desk_run(&got, &arena, &other));
    struct journal *journal;
    struct journal_state at;
    struct buf body = { 0 };
    bool found;
    const struct journal_options reading = { .read_only = true };
    CHECK_OK(journal_open(&journal, other.journal, &reading));
    CHECK_OK(journal_snapshot_get(journal, format, UINT64_MAX / 2, &at, &body, &found));
    CHECK(found);
    journal_close(journal);
    put(options.journal, format, body.ptr, body.len);
    buf_free(&body);
    CHECK_OK(desk_run(&got, &arena, &options));
    CHECK_HAS(got.trouble, "the snapshot does not fit this kernel: counts");
    CHECK_EQ(got.replayed, want.journal.records);
    desk_test_same(&got, &want);
    arena_clear(&arena);
}

/* ---- the simulated market -------------------------------------------------------------------- */

static const char strategy_text[] =
    "ironfly: 1\n"
    "name: put spreads\n"
    "underlying: IWM\n"
    "legs:\n"
    "  short_put: {sell: put, expiry: {dte: 5, min: 2, max: 10}, strike: {delta: 0.3}}\n"
    "  long_put:  {buy: put, expiry: same as short_put, strike: {offset: -3, from: short_put, tolerance: 2}}\n"
    "entry: {every: time, times: [\"09:30\", \"09:31\", \"09:32\", \"09:33\", \"09:34\", \"09:35\", \"09:36\"],"
    " max_open: 40, when: vix < 90}\n"
    "size: {contracts: 1}\n"
    "exit: {profit: 20%, loss: 30%}\n";

static struct desk *open_simulated(const char *journal, bool with_snapshots)
{
    static struct risk_limits limits;
    static const struct margin_terms margin = { .type = MARGIN_ACCOUNT_MARGIN };
    static const struct desk_strategy strategy = {
        .name = "strangle", .text = { strategy_text, sizeof strategy_text - 1 }
    };
    risk_limits_default(&limits);
    struct desk_options options = { .journal = journal,
                                    .feed = DESK_SIMULATED,
                                    .symbols = "IWM,VIX",
                                    .from = 20240304,
                                    .seed = 7,
                                    .timer_ns = 2 * NANOS_PER_SECOND,
                                    .snapshot_ns = with_snapshots ? 0 : -1,
                                    .limits = &limits,
                                    .margin = &margin,
                                    .cash = 2000000 * MICROS_PER_DOLLAR,
                                    .strategies = &strategy,
                                    .strategy_count = 1 };
    struct desk *desk;
    CHECK_OK(desk_open(&desk, &options));
    return desk;
}

/* What a page asks at any moment: it must leave no trace. */
static void ask(struct desk *desk)
{
    struct account account;
    struct preview_order order = { .role = BY_TRADER };
    static struct order_preview preview;
    kernel_account(desk->kernel, &account);
    const struct book *book = kernel_book(desk->kernel, 0);
    if (!book->contract_count)
        return;
    order_terms_init(&order.terms);
    memcpy(order.terms.underlying, "IWM", 4);
    CHECK(order_terms_option(&order.terms, &book->contracts[desk->sequence % book->contract_count],
                             1) != NULL);
    order.terms.edit.quantity = 1;
    CHECK_OK(desk_make_preview(desk, &order, &preview));
    CHECK(preview.gate_count > 5);
}

static void run_until(struct desk *desk, uint64_t sequence, bool is_asked)
{
    while (desk->sequence < sequence) {
        bool took;
        CHECK_OK(desk_advance(desk, INT64_MAX, &took));
        if (is_asked && desk->sequence % 97 == 0)
            ask(desk);
    }
}

TEST(snapshot, of_a_desk_in_mid_session_goes_on_like_one_that_never_stopped)
{
    enum { EVENTS = 60000, STOPS = 3 };
    struct buf want = { 0 }, got = { 0 };
    struct desk *desk = open_simulated(desk_test_journal("straight"), false);
    run_until(desk, EVENTS, false);
    size_t slots;
    kernel_trades(desk->kernel, &slots);
    CHECK(slots > 2); /* trades, some of them closed again, and orders */
    uint64_t sequence = desk->sequence;
    desk_snapshot_write(desk, &want);
    desk_close(desk);

    const char *path = desk_test_journal("stopped");
    for (int i = 1; i <= STOPS; i++) {
        desk = open_simulated(path, true);
        if (i > 1)
            CHECK(desk->from_snapshot > 0);
        run_until(desk, (uint64_t)(EVENTS * i / (STOPS + 1)), true);
        for (bool took; !desk->feed.ops->can_save(desk->feed.self);)
            CHECK_OK(desk_advance(desk, INT64_MAX, &took));
        uint64_t before = desk->sequence;
        CHECK_OK(desk_snapshot_put(desk));
        desk_close(desk);
        desk = open_simulated(path, true);
        CHECK_EQ(desk->sequence, before); /* what came after the last record is not taken again */
        desk_close(desk);
    }
    desk = open_simulated(path, true);
    run_until(desk, sequence, true);
    CHECK_EQ(desk->sequence, sequence);
    desk_snapshot_write(desk, &got);
    CHECK_EQ(got.len, want.len);
    CHECK(memcmp(got.ptr, want.ptr, want.len) == 0);
    desk_close(desk);
    buf_free(&want);
    buf_free(&got);
}

/* ---- the venue ------------------------------------------------------------------------------- */

struct told {
    size_t differences;
    char text[400];
};

static void on_record(void *context, const struct entry *entry,
                      UNUSED const struct desk_moment *moment)
{
    struct told *t = context;
    if (entry->kind != ENTRY_DIFFERENCE)
        return;
    t->differences++;
    snprintf(t->text, sizeof t->text, "%s: %s", entry->of.difference.kind,
             entry->of.difference.text);
}

TEST(snapshot, a_desk_that_starts_compares_itself_with_its_venue)
{
    const char *path = desk_test_journal("venue");
    struct desk *desk = open_simulated(path, true);
    run_until(desk, 30000, false);
    struct event event = { .ts_ns = desk->now_ns, .kind = EVENT_COMMAND };
    struct order_terms terms;
    order_terms_init(&terms);
    memcpy(terms.underlying, "IWM", 4);
    const struct book *book = kernel_book(desk->kernel, 0);
    uint32_t far = 0;
    while (book->contracts[far].right != OPTION_PUT || book->bid[1][book->row_of[far]] < 50000)
        far++;
    CHECK(order_terms_option(&terms, &book->contracts[far], 1) != NULL);
    terms.edit.quantity = 1;
    terms.edit.type = ORDER_LIMIT;
    terms.edit.net_price = 10000; /* a cent, where nobody sells: it rests */
    event.of.command = (struct event_command){
        .kind = COMMAND_PLACE, .role = BY_TRADER, .who = "pat", .terms = &terms
    };
    CHECK_OK(desk_take(desk, &event));
    uint64_t id = desk->answer.order_id;
    CHECK(id > 0);
    CHECK_STR(desk->answer.text, "");
    CHECK_EQ(kernel_state(desk->kernel), RISK_NORMAL);
    struct told told = { 0 };
    desk->options.watch = (struct desk_watch){ .context = &told, .record = on_record };

    bool took;
    desk->is_listening = false; /* as after a start: nothing differs */
    CHECK_OK(desk_advance(desk, INT64_MAX, &took));
    CHECK_EQ(told.differences, 0);

    struct order_report report; /* somebody cancels it there, and we do not hear of it */
    CHECK_OK(exchange_cancel(desk->exchange, id, desk->now_ns));
    while (exchange_poll(desk->exchange, desk->now_ns, &report, NULL))
        continue;
    desk->is_listening = false;
    CHECK_OK(desk_advance(desk, INT64_MAX, &took));
    CHECK_EQ(told.differences, 1);
    CHECK_HAS(told.text, "order_gone: order ");
    CHECK_EQ(kernel_state(desk->kernel), RISK_REDUCING);
    CHECK_OK(desk_commit(desk));
    desk_close(desk);
    desk = open_simulated(path, true); /* the record follows from nothing, and is passed by */
    CHECK_EQ(kernel_state(desk->kernel), RISK_REDUCING);
    desk_close(desk);
}
