#include "adapters/feed/merged_feed.h"

#include "tests/testing.h"

/* A feed of given moments; the kind tells which one it was. */
struct list {
    const struct event *events;
    size_t count, at;
    int fails_at; /* -1: never */
    bool is_closed;
};

static enum err list_next(void *self, struct event *out, bool *more)
{
    struct list *list = self;
    if (list->fails_at == (int)list->at)
        return err_set(ERR_CORRUPT, "a bad day");
    *more = list->at < list->count;
    if (*more)
        *out = list->events[list->at++];
    return ERR_OK;
}

static void list_close(void *self)
{
    ((struct list *)self)->is_closed = true;
}

static const struct feed_ops list_ops = { .name = "list", .next = list_next, .close = list_close };

TEST(merged_feed, goes_by_time_then_kind_then_place)
{
    const struct event a[] = { { .ts_ns = 10, .kind = EVENT_SESSION },
                               { .ts_ns = 20, .kind = EVENT_MARKET },
                               { .ts_ns = 30, .kind = EVENT_DAY_END } };
    const struct event b[] = { { .ts_ns = 10, .kind = EVENT_SPLIT },
                               { .ts_ns = 10, .kind = EVENT_SESSION },
                               { .ts_ns = 20, .kind = EVENT_SETTLE },
                               { .ts_ns = 40, .kind = EVENT_DAY_END } };
    static const struct {
        int64_t ts_ns;
        uint32_t place;
        enum event_kind kind;
    } wanted[] = { { 10, 1, EVENT_SPLIT },  { 10, 0, EVENT_SESSION }, { 10, 1, EVENT_SESSION },
                   { 20, 1, EVENT_SETTLE }, { 20, 0, EVENT_MARKET },  { 30, 0, EVENT_DAY_END },
                   { 40, 1, EVENT_DAY_END } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct list lists[] = { { a, ARRAY_COUNT(a), 0, -1, false },
                            { b, ARRAY_COUNT(b), 0, -1, false } };
    const struct feed feeds[] = { { &list_ops, &lists[0] }, { &list_ops, &lists[1] } };
    struct feed merged;
    merged_feed_open(&merged, &arena, feeds, 2);
    struct event event;
    bool more;
    FOR_EACH (w, wanted) {
        CHECK_OK(merged.ops->next(merged.self, &event, &more));
        CHECK(more);
        CHECK_EQ(event.ts_ns, w->ts_ns);
        CHECK_EQ(event.underlying, w->place);
        CHECK_EQ(event.kind, w->kind);
    }
    CHECK_OK(merged.ops->next(merged.self, &event, &more));
    CHECK(!more);
    CHECK_OK(merged.ops->next(merged.self, &event, &more)); /* and stays at its end */
    CHECK(!more);
    merged.ops->close(merged.self);
    CHECK(lists[0].is_closed && lists[1].is_closed);
    arena_clear(&arena);
}

TEST(merged_feed, an_error_of_one_is_the_error_of_all)
{
    const struct event a[] = { { .ts_ns = 10, .kind = EVENT_SESSION } };
    struct arena arena;
    arena_init(&arena, "test", 0);
    struct list lists[] = { { a, 1, 0, -1, false }, { a, 1, 0, 1, false } };
    const struct feed feeds[] = { { &list_ops, &lists[0] }, { &list_ops, &lists[1] } };
    struct feed merged;
    merged_feed_open(&merged, &arena, feeds, 2);
    struct event event;
    bool more;
    CHECK_OK(merged.ops->next(merged.self, &event, &more));
    CHECK_OK(merged.ops->next(merged.self, &event, &more));
    CHECK_EQ(merged.ops->next(merged.self, &event, &more), ERR_CORRUPT);
    merged.ops->close(merged.self);
    arena_clear(&arena);
}
