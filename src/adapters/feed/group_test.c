#include "adapters/feed/group.h"

#include "tests/testing.h"

enum { ROOM = 32 };

/* A part that gives what the test put there. */
struct part {
    struct market_record records[8];
    size_t count;
    enum err err;
};

static enum err part_poll(void *self, UNUSED int64_t now_ns, struct market_record *out, size_t room,
                          size_t *count)
{
    struct part *p = self;
    *count = p->count < room ? p->count : room;
    memcpy(out, p->records, *count * sizeof *out);
    memmove(p->records, p->records + *count, (p->count - *count) * sizeof *out);
    p->count -= *count;
    return p->err ? err_set(p->err, "refused") : ERR_OK;
}

static int64_t part_next_ns(UNUSED void *self)
{
    return INT64_MIN;
}

static void part_close(UNUSED void *self)
{
}

static const struct source_ops part_ops = {
    .name = "part", .poll = part_poll, .next_ns = part_next_ns, .close = part_close
};

static void put(struct part *p, struct market_record r)
{
    p->records[p->count++] = r;
}

static struct market_record link_record(enum link_state state)
{
    return (struct market_record){ .kind = RECORD_LINK,
                                   .instrument = INSTRUMENT_NONE,
                                   .of.link.state = (uint8_t)state };
}

static struct market_record quote(int64_t recv_ns)
{
    return (struct market_record){ .kind = RECORD_QUOTE, .recv_ns = recv_ns };
}

TEST(group, gives_all_parts_records_in_turn_with_a_time_that_never_goes_back)
{
    struct part a = { .count = 0 }, b = { .count = 0 };
    struct source parts[2] = { { &part_ops, &a }, { &part_ops, &b } }, group;
    struct market_record got[ROOM];
    size_t count;
    group_open(&group, parts, 2);
    CHECK_OK(source_poll(&group, 0, got, ROOM, &count));
    CHECK_EQ(count, 0);
    put(&a, quote(5));
    put(&a, quote(7));
    put(&b, quote(6));
    CHECK_OK(source_poll(&group, 10, got, ROOM, &count));
    CHECK_EQ(count, 3);
    for (size_t i = 1; i < count; i++)
        CHECK(got[i].recv_ns >= got[i - 1].recv_ns);
    /* A part with more than there is room for does not keep the other from its turn. */
    for (int i = 0; i < 8; i++)
        put(&a, quote(20));
    put(&b, quote(21));
    bool has_b = false;
    for (int i = 0; i < 4; i++) {
        CHECK_OK(source_poll(&group, 30, got, 2, &count));
        for (size_t k = 0; k < count; k++)
            has_b |= got[k].recv_ns == 21;
    }
    CHECK(has_b);
    source_close(&group);
}

TEST(group, is_down_when_one_part_is_and_up_when_all_are)
{
    struct part a = { .count = 0 }, b = { .count = 0 };
    struct source parts[2] = { { &part_ops, &a }, { &part_ops, &b } }, group;
    struct market_record got[ROOM];
    size_t count;
    group_open(&group, parts, 2);
    static const struct {
        int part;
        enum link_state says;
        int told; /* -1: no news */
    } steps[] = { { 0, LINK_CONNECTING, -1 },   { 1, LINK_CONNECTING, -1 },
                  { 0, LINK_UP, -1 },           { 1, LINK_UP, LINK_UP },
                  { 0, LINK_DOWN, LINK_DOWN },  { 1, LINK_DOWN, -1 },
                  { 0, LINK_UP, -1 },           { 1, LINK_CONNECTING, LINK_CONNECTING },
                  { 1, LINK_UP, LINK_UP },      { 0, LINK_ENDED, LINK_CONNECTING },
                  { 1, LINK_ENDED, LINK_ENDED } };
    FOR_EACH (s, steps) {
        put(s->part ? &b : &a, link_record(s->says));
        CHECK_OK(source_poll(&group, 0, got, ROOM, &count));
        CHECK_EQ(count, s->told >= 0);
        if (count)
            CHECK_EQ(got[0].of.link.state, s->told);
    }
    source_close(&group);
}

TEST(group, an_error_of_a_part_is_its_own_with_the_name)
{
    struct part a = { .count = 0 }, b = { .err = ERR_REFUSED };
    struct source parts[2] = { { &part_ops, &a }, { &part_ops, &b } }, group;
    struct market_record got[ROOM];
    size_t count;
    group_open(&group, parts, 2);
    put(&a, quote(1));
    CHECK_EQ(source_poll(&group, 0, got, ROOM, &count), ERR_REFUSED);
    CHECK_EQ(count, 1); /* what came before it is given */
    CHECK_HAS(err_detail(), "part: refused");
    source_close(&group);
}
