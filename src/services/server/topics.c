#include "services/server/topics.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/random.h>

enum { GONE_MAX = 256, KEY_MAX = 64, FRAME_ITEMS_MAX = 500 };

struct item {
    char key[KEY_MAX];
    char owner[DB_ID_BYTES];
    uint64_t seq; /* of its last change */
    struct buf json;
};

struct gone {
    char key[KEY_MAX], owner[DB_ID_BYTES];
    uint64_t seq;
};

struct board {
    uint64_t seq; /* of the last change */
    uint64_t
        oldest; /* changes above this one can be told; below, some that are gone are forgotten */
    struct item *items; /* by rising seq */
    size_t count, capacity;
    struct gone gone[GONE_MAX]; /* a ring */
    size_t gone_count;
};

struct hub {
    pthread_mutex_t lock;
    struct board boards[TOPIC_COUNT];
    uint64_t epoch; /* numbers of another life of the server are not ours */
    void (*woken)(void *context);
    void *context;
};

static const struct {
    const char *name;
    enum permission permission;
    int64_t interval_ns;
    size_t keep;
    const char *text;
} topics[TOPIC_COUNT] = {
#define TOPIC(id, name, permission, interval_ms, keep, text)                                       \
    { name, permission, INT64_C(1000000) * (interval_ms), keep, text },
#include "services/server/topics.def"
#undef TOPIC
};

const char *topic_name(enum topic topic)
{
    return topics[topic].name;
}

const char *topic_text(enum topic topic)
{
    return topics[topic].text;
}

enum permission topic_permission(enum topic topic)
{
    return topics[topic].permission;
}

bool topic_parse(struct str name, enum topic *out)
{
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (str_is(name, topics[i].name)) {
            *out = (enum topic)i;
            return true;
        }
    }
    return false;
}

struct hub *hub_open(void (*woken)(void *context), void *context)
{
    struct hub *hub = mem_alloc(sizeof *hub);
    hub->woken = woken;
    hub->context = context;
    MUST(getrandom(&hub->epoch, sizeof hub->epoch, 0) == (ssize_t)sizeof hub->epoch);
    pthread_mutex_init(&hub->lock, NULL);
    return hub;
}

void hub_close(struct hub *hub)
{
    if (!hub)
        return;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        for (size_t i = 0; i < hub->boards[t].count; i++)
            buf_free(&hub->boards[t].items[i].json);
        mem_free(hub->boards[t].items);
    }
    pthread_mutex_destroy(&hub->lock);
    mem_free(hub);
}

static struct item *find(const struct board *b, const char *key)
{
    for (size_t i = b->count; i-- > 0;) /* what changed last changes next */
        if (strncmp(b->items[i].key, key, KEY_MAX - 1) == 0)
            return &b->items[i];
    return NULL;
}

/* Items stay in order of change: take one out, its text with it. */
static struct item take_out(struct board *b, struct item *item)
{
    struct item taken = *item;
    size_t index = (size_t)(item - b->items);
    memmove(item, item + 1, (b->count - index - 1) * sizeof *item);
    b->count--;
    return taken;
}

void hub_put(struct hub *hub, enum topic topic, const char *key, const char *owner, struct str json)
{
    pthread_mutex_lock(&hub->lock);
    struct board *b = &hub->boards[topic];
    struct item *old = find(b, key), item = { 0 };
    if (old)
        item = take_out(b, old);
    else if (b->count >= topics[topic].keep) { /* make room; its subscribers keep what they know */
        struct item oldest = take_out(b, &b->items[0]);
        buf_free(&oldest.json);
    }
    snprintf(item.key, sizeof item.key, "%s", key);
    snprintf(item.owner, sizeof item.owner, "%s", owner);
    item.seq = ++b->seq;
    buf_clear(&item.json);
    buf_append(&item.json, json.ptr, json.len);
    b->items = mem_grow(b->items, &b->capacity, b->count + 1, sizeof *b->items);
    b->items[b->count++] = item;
    pthread_mutex_unlock(&hub->lock);
    if (hub->woken)
        hub->woken(hub->context);
}

void hub_remove(struct hub *hub, enum topic topic, const char *key)
{
    pthread_mutex_lock(&hub->lock);
    struct board *b = &hub->boards[topic];
    struct item *item = find(b, key);
    if (item) {
        struct item taken = take_out(b, item);
        struct gone *g = &b->gone[b->gone_count++ % GONE_MAX];
        if (b->gone_count > GONE_MAX)
            b->oldest = g->seq; /* the place is taken: who saw less needs a snapshot */
        *g = (struct gone){ .seq = ++b->seq };
        memcpy(g->key, taken.key, sizeof g->key);
        memcpy(g->owner, taken.owner, sizeof g->owner);
        buf_free(&taken.json);
    }
    pthread_mutex_unlock(&hub->lock);
    if (item && hub->woken)
        hub->woken(hub->context);
}

/* ---- subscribers ----------------------------------------------------------------------------- */

/* "EPOCH.SEQ" */
static bool read_resume(const struct hub *hub, struct str text, uint64_t *seq)
{
    char epoch[32];
    struct str head;
    int64_t value;
    snprintf(epoch, sizeof epoch, "%016llx", (unsigned long long)hub->epoch);
    if (!str_cut(&text, '.', &head) || !str_is(head, epoch) || !str_to_int64(text, &value) ||
        value < 0)
        return false;
    *seq = (uint64_t)value;
    return true;
}

bool subscriber_on(struct subscriber *s, enum topic topic, struct str resume)
{
    if (!(s->who.permissions & PERMISSION_BIT(topics[topic].permission)))
        return false;
    uint64_t seq = 0;
    bool known = resume.len && read_resume(s->hub, resume, &seq);
    pthread_mutex_lock(&s->hub->lock);
    const struct board *b = &s->hub->boards[topic];
    known = known && seq <= b->seq && seq >= b->oldest;
    pthread_mutex_unlock(&s->hub->lock);
    s->topics[topic] =
        (struct subscription){ .is_on = true, .needs_snapshot = !known, .cursor = known ? seq : 0 };
    return true;
}

void subscriber_off(struct subscriber *s, enum topic topic)
{
    s->topics[topic] = (struct subscription){ 0 };
}

static bool is_due(const struct subscriber *s, int topic, int64_t now_ns)
{
    const struct subscription *sub = &s->topics[topic];
    return sub->is_on &&
           (sub->needs_snapshot || (s->hub->boards[topic].seq > sub->cursor &&
                                    now_ns - sub->sent_ns >= topics[topic].interval_ns));
}

bool subscriber_is_due(const struct subscriber *s, int64_t now_ns)
{
    bool due = false;
    pthread_mutex_lock(&s->hub->lock);
    for (int t = 0; t < TOPIC_COUNT; t++)
        due = due || is_due(s, t, now_ns);
    pthread_mutex_unlock(&s->hub->lock);
    return due;
}

static bool may_see(const struct identity *who, const char *owner)
{
    return !owner[0] || strcmp(owner, who->user_id) == 0 ||
           (who->permissions & PERMISSION_BIT(MAY_MANAGE_USERS));
}

static void write_item(struct json_writer *json, const struct item *item)
{
    json_object_begin(json);
    json_key_cstr(json, "key", item->key);
    json_key(json, "value");
    json_raw(json, buf_str(&item->json));
    json_object_end(json);
}

void hub_write(struct hub *hub, enum topic topic, const struct identity *who,
               struct json_writer *json)
{
    pthread_mutex_lock(&hub->lock);
    const struct board *b = &hub->boards[topic];
    json_array_begin(json);
    for (size_t i = 0; i < b->count; i++)
        if (may_see(who, b->items[i].owner))
            write_item(json, &b->items[i]);
    json_array_end(json);
    pthread_mutex_unlock(&hub->lock);
}

void hub_write_values(struct hub *hub, enum topic topic, const struct identity *who,
                      const char *prefix, struct json_writer *json)
{
    pthread_mutex_lock(&hub->lock);
    const struct board *b = &hub->boards[topic];
    for (size_t i = 0; i < b->count; i++)
        if (may_see(who, b->items[i].owner) &&
            (!prefix || strncmp(b->items[i].key, prefix, strlen(prefix)) == 0))
            json_raw(json, buf_str(&b->items[i].json));
    pthread_mutex_unlock(&hub->lock);
}

/* Items in order of change from behind the cursor; the number up to which the frame now tells. */
static uint64_t write_items(struct json_writer *json, const struct subscriber *s,
                            const struct board *b, uint64_t after)
{
    size_t first = b->count, written = 0;
    uint64_t upto = b->seq;
    while (first > 0 && b->items[first - 1].seq > after)
        first--;
    json_key(json, "items");
    json_array_begin(json);
    for (size_t i = first; i < b->count; i++) {
        if (!may_see(&s->who, b->items[i].owner))
            continue;
        if (written++ == FRAME_ITEMS_MAX) { /* the rest comes in the next frame */
            upto = b->items[i].seq - 1;
            break;
        }
        write_item(json, &b->items[i]);
    }
    json_array_end(json);
    return upto;
}

static void write_gone(struct json_writer *json, const struct subscriber *s, const struct board *b,
                       uint64_t after, uint64_t upto)
{
    size_t first = b->gone_count > GONE_MAX ? b->gone_count - GONE_MAX : 0;
    json_key(json, "gone");
    json_array_begin(json);
    for (size_t i = first; i < b->gone_count; i++) {
        const struct gone *g = &b->gone[i % GONE_MAX];
        /* One that came back since is an item again, of this frame or the next. */
        if (g->seq > after && g->seq <= upto && may_see(&s->who, g->owner) && !find(b, g->key))
            json_cstr(json, g->key);
    }
    json_array_end(json);
}

static void write_frame(struct subscriber *s, int topic, int64_t now_ns, struct buf *out)
{
    struct subscription *sub = &s->topics[topic];
    const struct board *b = &s->hub->boards[topic];
    if (sub->cursor < b->oldest &&
        !sub->needs_snapshot) /* too slow: some that are gone are forgotten */
        sub->needs_snapshot = true;
    uint64_t after = sub->needs_snapshot ? 0 : sub->cursor;
    struct json_writer json = { .out = out };
    json_object_begin(&json);
    json_key_cstr(&json, "topic", topics[topic].name);
    json_key_cstr(&json, "kind", sub->needs_snapshot ? "snapshot" : "delta");
    json_key_int(&json, "from", (int64_t)after);
    uint64_t upto = write_items(&json, s, b, after);
    write_gone(&json, s, b, sub->needs_snapshot ? upto : after, upto);
    json_key_int(&json, "seq", (int64_t)upto);
    char resume[48];
    snprintf(resume, sizeof resume, "%016llx.%llu", (unsigned long long)s->hub->epoch,
             (unsigned long long)upto);
    json_key_cstr(&json, "resume", resume);
    json_object_end(&json);
    *sub = (struct subscription){ .is_on = true, .cursor = upto, .sent_ns = now_ns };
    if (upto < b->seq)
        sub->sent_ns = 0; /* the rest may follow at once */
}

bool subscriber_next(struct subscriber *s, int64_t now_ns, struct buf *out)
{
    bool found = false;
    pthread_mutex_lock(&s->hub->lock);
    for (int i = 0; !found && i < TOPIC_COUNT; i++) {
        int t = (s->next + i) % TOPIC_COUNT;
        if (!is_due(s, t, now_ns))
            continue;
        write_frame(s, t, now_ns, out);
        s->next = t + 1;
        found = true;
    }
    pthread_mutex_unlock(&s->hub->lock);
    return found;
}
