/*
 * Any order of changes, reads, losses of the connection and returns: a client that merges what it
 * is sent ends with what the hub has, and sees numbers without gaps.
 */
#include "services/server/topics.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS = 12 };

struct client {
    struct subscriber s;
    int seen[KEYS]; /* value of each key, -1 none */
    json_int_t seq;
    char resume[64];
    bool is_known; /* it holds the state of seq */
};

static void merge(struct client *c, const char *text, size_t len)
{
    json_t *m = json_loadb(text, len, 0, NULL), *items = json_object_get(m, "items"),
           *gone = json_object_get(m, "gone"), *item;
    size_t i;
    MUST(m != NULL);
    if (strcmp(json_string_value(json_object_get(m, "kind")), "snapshot") == 0) {
        for (int k = 0; k < KEYS; k++)
            c->seen[k] = -1;
    } else {
        MUST(c->is_known);
        MUST(json_integer_value(json_object_get(m, "from")) == c->seq);
    }
    json_array_foreach (items, i, item) {
        int key = json_string_value(json_object_get(item, "key"))[0] - 'a';
        c->seen[key] =
            (int)json_integer_value(json_object_get(json_object_get(item, "value"), "n"));
    }
    json_array_foreach (gone, i, item)
        c->seen[json_string_value(item)[0] - 'a'] = -1;
    c->seq = json_integer_value(json_object_get(m, "seq"));
    snprintf(c->resume, sizeof c->resume, "%s", json_string_value(json_object_get(m, "resume")));
    c->is_known = true;
    json_decref(m);
}

static void drain(struct client *c, int64_t *now)
{
    struct buf frame = { 0 };
    *now += INT64_C(10000000000);
    while (subscriber_next(&c->s, *now, &frame)) {
        merge(c, frame.ptr, frame.len);
        buf_clear(&frame);
        *now += INT64_C(10000000000);
    }
    MUST(!subscriber_is_due(&c->s, *now));
    buf_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hub *hub = hub_open(NULL, NULL);
    struct client c = { .s = { .hub = hub,
                               .who = { .permissions = PERMISSION_BIT(PERMISSION_COUNT) - 1 } } };
    int truth[KEYS];
    int64_t now = 1;
    for (int k = 0; k < KEYS; k++)
        truth[k] = c.seen[k] = -1;
    for (size_t i = 0; i + 1 < size; i += 2) {
        char key[2] = { (char)('a' + data[i + 1] % KEYS), '\0' }, json[32];
        switch (data[i] % 8) {
        case 0:
        case 1:
        case 2:
            truth[key[0] - 'a'] = (int)i;
            snprintf(json, sizeof json, "{\"n\":%d}", (int)i);
            hub_put(hub, TOPIC_ORDERS, key, "", str_from(json));
            break;
        case 3:
            truth[key[0] - 'a'] = -1;
            hub_remove(hub, TOPIC_ORDERS, key);
            break;
        case 4:
            drain(&c, &now);
            break;
        case 5:
            subscriber_off(&c.s, TOPIC_ORDERS);
            break;
        case 6:
            MUST(subscriber_on(&c.s, TOPIC_ORDERS,
                               c.is_known ? str_from(c.resume) : (struct str){ NULL, 0 }));
            break;
        case 7: /* a resume text that somebody made up */
            MUST(subscriber_on(&c.s, TOPIC_ORDERS, (struct str){ (const char *)data, size }));
            c.is_known = false;
            break;
        }
    }
    MUST(subscriber_on(&c.s, TOPIC_ORDERS,
                       c.is_known ? str_from(c.resume) : (struct str){ NULL, 0 }));
    drain(&c, &now);
    for (int k = 0; k < KEYS; k++)
        MUST(c.seen[k] == truth[k]);
    hub_close(hub);
    return 0;
}
