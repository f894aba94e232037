/*
 * From two live sources to the kernel's orders: what it opens while nobody knows which source is
 * right, or none has a line. The sources are scripted, the time is simulated, all between is the
 * real thing.
 */
#include "services/live/kernel_feed.h"

#include "base/zone.h"
#include "tests/kernel/desk.h"
#include "tests/testing.h"

#define MS INT64_C(1000000)

enum { DAY = 20250220, SPY = 0, PUT = 1, STEP_MS = 50, LAST_SECOND = 9 * 60 };

/* What is wrong with a source, from one second of the play to another. */
struct trouble {
    int from, to;
    int64_t apart; /* its prices are off by so much */
    bool is_down;
};

struct scripted {
    struct instruments *instruments;
    struct trouble trouble;
    int64_t start_ns;
    int step;
    bool has_defined, is_down;
};

static int second_of(const struct scripted *s)
{
    return s->step * STEP_MS / 1000;
}

static struct market_record record(uint32_t id, int64_t ts_ns, int64_t mid, int64_t half)
{
    return (struct market_record){
        .ts_ns = ts_ns,
        .recv_ns = ts_ns,
        .instrument = id,
        .kind = RECORD_QUOTE,
        .of.quote = { .bid = mid - half, .ask = mid + half, .bid_size = 10, .ask_size = 10 }
    };
}

static enum err scripted_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                              size_t *count)
{
    struct scripted *s = self;
    *count = 0;
    MUST(room >= 8);
    for (uint32_t id = 0; id < 2 && !s->has_defined; id++)
        out[(*count)++] = instruments_definition(s->instruments, id);
    s->has_defined = true;
    while (*count + 3 <= room && s->start_ns + s->step * STEP_MS * MS <= now_ns &&
           second_of(s) < LAST_SECOND) {
        int64_t ts = s->start_ns + s->step * STEP_MS * MS;
        bool is_troubled = second_of(s) >= s->trouble.from && second_of(s) < s->trouble.to;
        int64_t off = is_troubled ? s->trouble.apart : 0;
        bool is_down = is_troubled && s->trouble.is_down;
        if (is_down != s->is_down)
            out[(*count)++] =
                (struct market_record){ .ts_ns = ts,
                                        .recv_ns = ts,
                                        .instrument = INSTRUMENT_NONE,
                                        .kind = RECORD_LINK,
                                        .of.link.state = is_down ? LINK_DOWN : LINK_UP };
        s->is_down = is_down;
        s->step++;
        if (is_down)
            continue;
        out[(*count)++] = record(SPY, ts, 600 * MICROS_PER_DOLLAR + off, MICROS_PER_CENT);
        out[(*count)++] = record(PUT, ts, 3 * MICROS_PER_DOLLAR, 5 * MICROS_PER_CENT);
    }
    if (second_of(s) == LAST_SECOND && *count < room) {
        out[(*count)++] = (struct market_record){ .ts_ns = now_ns,
                                                  .recv_ns = now_ns,
                                                  .instrument = INSTRUMENT_NONE,
                                                  .kind = RECORD_LINK,
                                                  .of.link.state = LINK_ENDED };
        s->step++;
    }
    return ERR_OK;
}

static int64_t scripted_next_ns(void *self)
{
    const struct scripted *s = self;
    return second_of(s) < LAST_SECOND ? s->start_ns + s->step * STEP_MS * MS : INT64_MAX;
}

static void scripted_close(UNUSED void *self)
{
}

static const struct source_ops scripted_ops = {
    .name = "scripted", .poll = scripted_poll, .next_ns = scripted_next_ns, .close = scripted_close
};

/* A put sold at 10:01, 10:03, 10:05 and 10:07, each within a quarter of a minute. */
#define PUTS                                                                                               \
    "ironfly: 1\nname: puts\nunderlying: SPY\n"                                                            \
    "legs: {p: {sell: put, expiry: {dte: 29, min: 20, max: 60}, strike: 590}}\n"                           \
    "entry: {every: time, times: [\"10:01\", \"10:03\", \"10:05\", \"10:07\"], until: 15s, max_open: 9}\n" \
    "size: {contracts: 1}\n"

struct play {
    struct desk desk;
    struct live live;
    struct scripted sources[2];
    struct feed feed;
    int doubts, trusts, switches;
    int64_t doubted_ns;
    char last[80];
};

static void begin(struct play *p, const struct risk_limits *limits)
{
    int64_t start = zone_to_ts(ZONE_NEW_YORK, DAY, TIME_OF_DAY(10, 0));
    struct contract put = desk_contract("SPY", 20250321, 590, 'P');
    uint32_t id;
    memset(p, 0, sizeof *p);
    if (limits)
        desk_open_guarded(&p->desk, PUTS, FILL_MID, limits, NULL);
    else
        desk_open(&p->desk, PUTS, FILL_MID, FEES_NONE);
    live_init(&p->live, &(struct live_options){ .instruments = 16, .without_board = true });
    CHECK_OK(instruments_add(&p->live.instruments, INSTRUMENT_STOCK, STR("SPY"), &id));
    CHECK_OK(instruments_add_option(&p->live.instruments, &put, &id));
    for (int i = 0; i < 2; i++) {
        p->sources[i] = (struct scripted){ .instruments = &p->live.instruments, .start_ns = start };
        live_add(&p->live, (struct source){ &scripted_ops, &p->sources[i] });
    }
    CHECK_OK(kernel_feed_open(&p->feed, &p->live, "SPY", 0.04));
}

static void run(struct play *p)
{
    struct event event;
    for (bool more = true;;) {
        CHECK_OK(p->feed.ops->next(p->feed.self, &event, &more));
        if (!more)
            break;
        if (event.kind == EVENT_FEED && event.of.feed.why[0]) {
            p->switches += strncmp(event.of.feed.why, "to the", 6) == 0;
            p->doubts += strncmp(event.of.feed.why, "in doubt", 8) == 0;
            p->trusts += strncmp(event.of.feed.why, "no doubt", 8) == 0;
            snprintf(p->last, sizeof p->last, "%s", event.of.feed.why);
            if (event.of.feed.is_doubted && !p->doubted_ns)
                p->doubted_ns = event.ts_ns;
        }
        desk_event(&p->desk, &event);
    }
}

static void end(struct play *p)
{
    p->feed.ops->close(p->feed.self);
    live_close(&p->live);
    desk_close(&p->desk);
}

static bool was_sent_at(const struct play *p, const char *time)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    int64_t slot = zone_to_ts(ZONE_NEW_YORK, DAY, nanos);
    for (size_t i = 0; i < p->desk.sent_count; i++)
        if (p->desk.sent[i].ts_ns >= slot && p->desk.sent[i].ts_ns < slot + 15000 * MS)
            return true;
    return false;
}

TEST(live_feed, without_trouble_all_four_are_sold)
{
    struct play *p = mem_alloc(sizeof *p);
    begin(p, NULL);
    run(p);
    CHECK_EQ(p->desk.sent_count, 4);
    CHECK_EQ(p->doubts + p->switches, 0);
    end(p);
    mem_free(p);
}

TEST(live_feed, while_two_sources_disagree_nothing_is_opened)
{
    struct play *p = mem_alloc(sizeof *p);
    begin(p, NULL);
    p->sources[0].trouble = (struct trouble){ .from = 170, .to = 250, .apart = MICROS_PER_DOLLAR };
    run(p);
    CHECK_EQ(p->desk.sent_count, 3);
    CHECK(was_sent_at(p, "10:01"));
    CHECK(!was_sent_at(p, "10:03"));
    CHECK(was_sent_at(p, "10:05")); /* they agree again */
    CHECK_EQ(p->doubts, 1);
    CHECK_EQ(p->trusts, 1);
    CHECK_EQ(p->switches, 2); /* to the backup, and back */
    CHECK_EQ(p->desk.notes[NOTE_FEED], 4);
    /* Within a second of the first wrong price. */
    CHECK(p->doubted_ns <= p->sources[0].start_ns + 171 * NANOS_PER_SECOND);
    end(p);
    mem_free(p);
}

TEST(live_feed, what_is_wrong_on_one_source_alone_costs_no_entry)
{
    struct play *p = mem_alloc(sizeof *p);
    begin(p, NULL);
    p->sources[0].trouble = (struct trouble){ .from = 170, .to = 250, .is_down = true };
    run(p);
    CHECK_EQ(p->desk.sent_count, 4); /* the backup has taken over */
    CHECK_EQ(p->doubts, 0);
    CHECK_EQ(p->switches, 2);
    end(p);
    mem_free(p);
}

TEST(live_feed, without_any_line_the_kernel_knows_and_opens_nothing_on_old_prices)
{
    struct play *p = mem_alloc(sizeof *p);
    begin(p, NULL);
    p->sources[0].trouble = (struct trouble){ .from = 170, .to = 250, .is_down = true };
    p->sources[1].trouble = (struct trouble){ .from = 175, .to = 245, .is_down = true };
    run(p);
    CHECK(!was_sent_at(p, "10:03"));
    CHECK_EQ(p->desk.sent_count, 3);
    CHECK_EQ(p->doubts, 1);
    CHECK_EQ(p->trusts, 1);
    end(p);
    mem_free(p);
}

TEST(live_feed, sources_far_apart_for_long_halt_the_account_until_a_person_resumes)
{
    struct risk_limits limits;
    struct play *p = mem_alloc(sizeof *p);
    risk_limits_default(&limits);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) /* but for the one that is asked: 0.5 % for 2 s */
        if (risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_STATE &&
            i != RISK_RATE_WINDOW && i != RISK_FEED_GAP_TIME && i != RISK_FEED_GAP)
            limits.at[i] = RISK_OFF;
    begin(p, &limits);
    p->sources[0].trouble =
        (struct trouble){ .from = 170, .to = 200, .apart = 6 * MICROS_PER_DOLLAR };
    run(p);
    CHECK_EQ(p->desk.sent_count, 1);
    CHECK_EQ(kernel_state(p->desk.kernel), RISK_HALTED);
    CHECK_EQ(p->desk.notes[NOTE_HALTED], 1);
    end(p);
    mem_free(p);
}
