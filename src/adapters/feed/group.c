#include "adapters/feed/group.h"

#include "base/mem.h"
#include "base/zone.h"

struct group {
    size_t count, next; /* next: whose turn it is, so that a busy part does not starve the others */
    struct source parts[GROUP_PARTS];
    uint8_t link[GROUP_PARTS]; /* enum link_state of each */
    uint8_t told;              /* of the group, as last told */
    int64_t recv_ns;
};

static uint8_t link_of(const struct group *g)
{
    bool is_over = true, is_up = true;
    for (size_t i = 0; i < g->count; i++) {
        if (g->link[i] == LINK_DOWN)
            return LINK_DOWN;
        is_over &= g->link[i] == LINK_ENDED;
        is_up &= g->link[i] == LINK_UP;
    }
    return is_over ? LINK_ENDED : is_up ? LINK_UP : LINK_CONNECTING;
}

/* Put the group's own state in place of a part's; false when it is no news. */
static bool retell(struct group *g, size_t part, struct market_record *r)
{
    g->link[part] = r->of.link.state;
    uint8_t now = link_of(g);
    bool is_news = now != g->told;
    r->of.link.state = g->told = now;
    return is_news;
}

/* What a part gave, with the states of its line retold. */
static void keep(struct group *g, size_t part, struct market_record *out, size_t got, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < got; i++) {
        struct market_record *r = &out[i];
        if (r->kind == RECORD_LINK && !retell(g, part, r))
            continue;
        if (r->recv_ns < g->recv_ns)
            r->recv_ns = g->recv_ns; /* the parts' clocks are one, but for a poll's length */
        g->recv_ns = r->recv_ns;
        out[kept++] = *r;
    }
    *count += kept;
}

static enum err group_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                           size_t *count)
{
    struct group *g = self;
    *count = 0;
    for (size_t turn = 0; turn < g->count && *count < room; turn++) {
        size_t part = g->next++ % g->count, got = 0;
        enum err err = source_poll(&g->parts[part], now_ns, out + *count, room - *count, &got);
        keep(g, part, out + *count, got, count);
        if (err)
            return err_add(err, "%s", g->parts[part].ops->name);
    }
    return ERR_OK;
}

static int64_t group_next_ns(void *self)
{
    const struct group *g = self;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < g->count; i++) {
        int64_t next = g->parts[i].ops->next_ns(g->parts[i].self);
        least = next < least ? next : least;
    }
    return least;
}

static void group_close(void *self)
{
    struct group *g = self;
    for (size_t i = 0; i < g->count; i++)
        source_close(&g->parts[i]);
    mem_free(g);
}

static const struct source_ops group_ops = {
    .name = "lines",
    .poll = group_poll,
    .next_ns = group_next_ns,
    .close = group_close,
};

void group_open(struct source *out, const struct source *parts, size_t count)
{
    MUST(count >= 1);
    MUST(count <= GROUP_PARTS);
    struct group *g = mem_alloc(sizeof *g);
    g->count = count;
    g->recv_ns = TS_NONE;
    g->told = LINK_CONNECTING;
    for (size_t i = 0; i < count; i++) {
        g->parts[i] = parts[i];
        g->link[i] = LINK_UP; /* until it says otherwise: most say when they lose it */
    }
    *out = (struct source){ &group_ops, g };
}
