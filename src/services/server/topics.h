/*
 * What changes, for whoever watches: topics of items, each the newest state of one thing.
 *
 * A publisher puts items; a subscriber gets a snapshot, then what changed since. As only the
 * newest state of an item is kept, a slow subscriber misses states in between but never the last
 * one, and costs no more than the items themselves. Every change has a number, without gaps, per
 * topic; a subscriber that comes back with the resume text of its last frame gets what changed
 * meanwhile, or a snapshot where that is not known any more.
 *
 * Any thread may publish; a subscriber belongs to the thread of the sockets.
 */
#ifndef SERVICES_SERVER_TOPICS_H
#define SERVICES_SERVER_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "base/str.h"
#include "services/accounts/accounts.h"

enum topic {
#define TOPIC(id, name, permission, interval_ms, keep, text) id,
#include "services/server/topics.def"
#undef TOPIC
    TOPIC_COUNT
};
const char *topic_name(enum topic topic);
const char *topic_text(enum topic topic);
enum permission topic_permission(enum topic topic);
bool topic_parse(struct str name, enum topic *out);

struct hub;
/* woken is called, without locks, after every change. */
struct hub *hub_open(void (*woken)(void *context), void *context);
void hub_close(struct hub *hub);

/* key: what it is the state of; owner: who may see it besides admins ("" everybody); json: an
 * object. */
void hub_put(struct hub *hub, enum topic topic, const char *key, const char *owner,
             struct str json);
void hub_remove(struct hub *hub, enum topic topic, const char *key);

/* What somebody may see of a topic now, as an array of {"key","value"}. */
void hub_write(struct hub *hub, enum topic topic, const struct identity *who,
               struct json_writer *json);

/* The values alone, into the array that the writer is in; of keys that begin with prefix (NULL:
 * all). */
void hub_write_values(struct hub *hub, enum topic topic, const struct identity *who,
                      const char *prefix, struct json_writer *json);

struct subscription {
    bool is_on, needs_snapshot;
    uint64_t cursor; /* the last change that was sent */
    int64_t sent_ns; /* when */
};
struct subscriber {
    struct hub *hub;
    struct identity who;
    struct subscription topics[TOPIC_COUNT];
    int next; /* topics take turns */
};

/* resume: of an earlier frame, or empty. False when the topic is not for this identity. */
bool subscriber_on(struct subscriber *s, enum topic topic, struct str resume);
void subscriber_off(struct subscriber *s, enum topic topic);
/* Is there something to send now, given how often each topic may speak? */
bool subscriber_is_due(const struct subscriber *s, int64_t now_ns);
/* The next frame as JSON text; false when none is due. */
bool subscriber_next(struct subscriber *s, int64_t now_ns, struct buf *out);

#endif
