#include "services/accounts/throttle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

static const int64_t SECOND = 1000000000;

/* Failures that are free, within which time, and the wait after the n-th beyond them. */
static const struct {
    const char *prefix;
    int64_t free, window_s, wait_s;
    bool doubles;
} rules[] = {
    [THROTTLE_PAIR] = { "pair:", 5, 3600, 1, true },
    [THROTTLE_NET] = { "net:", 100, 600, 60, false },
    [THROTTLE_LOGIN] = { "login:", 50, 600, 10, false },
    [THROTTLE_FACTOR] = { "factor:", 5, 300, 900, false },
};

static int64_t wait_after(enum throttle_kind kind, int64_t failures)
{
    int64_t beyond = failures - rules[kind].free;
    if (beyond < 0)
        return 0;
    if (!rules[kind].doubles)
        return rules[kind].wait_s;
    return beyond >= 10 ? 900 : (int64_t)1 << beyond;
}

enum err throttle_take(struct db *db, enum throttle_kind kind, const char *name, int64_t now_ns,
                       int *wait_s)
{
    char key[400];
    snprintf(key, sizeof key, "%s%s", rules[kind].prefix, name);
    struct db_throttle t;
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_throttle_get(db, key, &t);
    *wait_s = 0;
    if (!err && t.until_ns > now_ns) {
        *wait_s = (int)((t.until_ns - now_ns + SECOND - 1) / SECOND);
        db_rollback(db);
        return ERR_OK;
    }
    if (!err) {
        if (now_ns - t.since_ns > rules[kind].window_s * SECOND)
            t = (struct db_throttle){ .since_ns = now_ns };
        t.failures++;
        if (rules[kind].doubles)
            t.since_ns = now_ns; /* forgotten an hour after the last one */
        t.until_ns = now_ns + wait_after(kind, t.failures) * SECOND;
        err = db_throttle_put(db, key, t);
    }
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

enum err throttle_clear(struct db *db, enum throttle_kind kind, const char *name)
{
    char key[400];
    snprintf(key, sizeof key, "%s%s", rules[kind].prefix, name);
    return db_throttle_clear(db, key);
}

enum err throttle_refund(struct db *db, enum throttle_kind kind, const char *name)
{
    char key[400];
    snprintf(key, sizeof key, "%s%s", rules[kind].prefix, name);
    struct db_throttle t;
    enum err err = db_begin(db);
    if (err)
        return err;
    err = db_throttle_get(db, key, &t);
    if (!err && t.failures > 0) {
        t.failures--;
        t.until_ns = t.failures < rules[kind].free ? 0 : t.until_ns;
        err = db_throttle_put(db, key, t);
    }
    if (!err)
        return db_commit(db);
    db_rollback(db);
    return err;
}

void throttle_network(char out[64], const char *peer)
{
    unsigned char bytes[16];
    if (strncasecmp(peer, "::ffff:", 7) == 0) /* IPv4 on a socket of both */
        peer += 7;
    if (inet_pton(AF_INET, peer, bytes) == 1)
        snprintf(out, 64, "%d.%d.%d.0/24", bytes[0], bytes[1], bytes[2]);
    else if (inet_pton(AF_INET6, peer, bytes) == 1)
        snprintf(out, 64, "%02x%02x:%02x%02x:%02x%02x:%02x00::/56", bytes[0], bytes[1], bytes[2],
                 bytes[3], bytes[4], bytes[5], bytes[6]);
    else
        snprintf(out, 64, "%s", peer);
}
