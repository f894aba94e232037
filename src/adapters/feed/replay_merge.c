#include "adapters/feed/replay_merge.h"

#include "base/mem.h"

struct replay_merge {
    size_t count, over;
    struct source parts[REPLAY_PARTS];
    int64_t next_ns[REPLAY_PARTS];
};

static void look(struct replay_merge *m, size_t i)
{
    m->next_ns[i] = m->parts[i].ops->next_ns(m->parts[i].self);
}

static size_t earliest(const struct replay_merge *m)
{
    size_t best = 0;
    for (size_t i = 1; i < m->count; i++)
        if (m->next_ns[i] < m->next_ns[best])
            best = i;
    return best;
}

static int64_t merge_next_ns(void *self)
{
    const struct replay_merge *m = self;
    return m->next_ns[earliest(m)];
}

/* Until when the earliest part can be played before another one has its turn. */
static int64_t turn_end(const struct replay_merge *m, size_t part, int64_t now_ns)
{
    int64_t end = now_ns;
    for (size_t i = 0; i < m->count; i++) {
        /* One that was added before has its turn at the same moment, one behind after it. */
        int64_t last = i < part ? m->next_ns[i] - 1 : m->next_ns[i];
        if (i != part && last < end)
            end = last;
    }
    return end;
}

/* Only the last end is the end. */
static void drop_end(struct replay_merge *m, const struct market_record *out, size_t *count)
{
    const struct market_record *last = *count ? &out[*count - 1] : NULL;
    if (!last || last->kind != RECORD_LINK || last->of.link.state != LINK_ENDED)
        return;
    m->over++;
    *count -= m->over < m->count;
}

static enum err merge_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                           size_t *count)
{
    struct replay_merge *m = self;
    *count = 0;
    while (*count < room) {
        size_t part = earliest(m), got;
        if (m->next_ns[part] > now_ns || m->next_ns[part] == INT64_MAX)
            return ERR_OK;
        enum err err = source_poll(&m->parts[part], turn_end(m, part, now_ns), out + *count,
                                   room - *count, &got);
        drop_end(m, out + *count, &got);
        *count += got;
        if (err)
            return err;
        look(m, part);
    }
    return ERR_OK;
}

static void merge_close(void *self)
{
    struct replay_merge *m = self;
    for (size_t i = 0; i < m->count; i++)
        source_close(&m->parts[i]);
    mem_free(m);
}

static const struct source_ops merge_ops = {
    .name = "tapes",
    .poll = merge_poll,
    .next_ns = merge_next_ns,
    .close = merge_close,
};

void replay_merge_open(struct source *out, const struct source *parts, size_t count)
{
    MUST(count >= 1);
    MUST(count <= REPLAY_PARTS);
    struct replay_merge *m = mem_alloc(sizeof *m);
    m->count = count;
    for (size_t i = 0; i < count; i++) {
        m->parts[i] = parts[i];
        look(m, i);
    }
    *out = (struct source){ &merge_ops, m };
}
