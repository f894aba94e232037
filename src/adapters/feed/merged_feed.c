#include "adapters/feed/merged_feed.h"

struct lane {
    struct feed feed;
    struct event
        event; /* its next, when it has one: its views hold until the feed is asked again */
    bool has_event, is_over;
};

struct merged {
    struct lane *lanes;
    uint32_t count;
};

static enum err fill(struct lane *lane)
{
    bool more = false;
    if (lane->has_event || lane->is_over)
        return ERR_OK;
    enum err err = lane->feed.ops->next(lane->feed.self, &lane->event, &more);
    lane->has_event = !err && more;
    lane->is_over = !err && !more;
    return err;
}

static bool is_before(const struct event *a, const struct event *b)
{
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns;
    return event_priority(a->kind) < event_priority(b->kind);
}

static enum err merged_next(void *self, struct event *out, bool *more)
{
    struct merged *m = self;
    struct lane *first = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        struct lane *lane = &m->lanes[i];
        enum err err = fill(lane);
        if (err)
            return err;
        if (lane->has_event && (!first || is_before(&lane->event, &first->event)))
            first = lane;
    }
    *more = first != NULL;
    if (!first)
        return ERR_OK;
    *out = first->event;
    out->underlying = (uint32_t)(first - m->lanes);
    first->has_event = false;
    return ERR_OK;
}

static void merged_close(void *self)
{
    struct merged *m = self;
    for (uint32_t i = 0; i < m->count; i++)
        m->lanes[i].feed.ops->close(m->lanes[i].feed.self);
}

void merged_feed_open(struct feed *out, struct arena *arena, const struct feed *feeds,
                      uint32_t count)
{
    static const struct feed_ops ops = { .name = "merged",
                                         .next = merged_next,
                                         .close = merged_close };
    struct merged *m = arena_new(arena, struct merged);
    MUST(count > 0);
    m->lanes = arena_array(arena, struct lane, count);
    m->count = count;
    for (uint32_t i = 0; i < count; i++)
        m->lanes[i].feed = feeds[i];
    *out = (struct feed){ &ops, m };
}
