#include "adapters/feed/polygon/polygon.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "adapters/feed/polygon/polygon_talk.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "net/ws_client.h"

#define SECOND INT64_C(1000000000)
#define BACKOFF_FIRST (SECOND / 2)
#define BACKOFF_MOST (30 * SECOND)
#define STEADY (60 * SECOND)
#define LOGIN_MOST (15 * SECOND)
#define HOST_DEFAULT "socket.massive.com"

enum { PORT = 443, KEY_BYTES = 128, HOST_BYTES = 128, PATH_BYTES = 64, TOPICS_A_MESSAGE = 100 };

enum step { STEP_WAIT, STEP_LOGIN, STEP_UP, STEP_OVER };

struct polygon {
    char key[KEY_BYTES], host[HOST_BYTES], path[PATH_BYTES], ca_file[512];
    int port;
    bool is_plain, is_options;
    struct instruments *instruments;

    char (*topics)[INSTRUMENT_NAME_BYTES]; /* "Q.O:SPY241220P00720000" */
    size_t topic_count, topic_capacity, topics_sent, quoted;

    enum step step;
    struct ws_client *ws;
    struct polygon_talk talk;
    bool was_up, is_refused;
    char refusal[128];
    const char *off; /* why the server will hang up, when it said so */
    int64_t now, retry_ns, backoff, step_ns, last_ts;

    struct market_record *queue; /* read, not given yet */
    size_t queue_capacity, queue_count, queue_at;
};

static void queue(struct polygon *p, const struct market_record *record)
{
    p->queue = mem_grow(p->queue, &p->queue_capacity, p->queue_count + 1, sizeof *p->queue);
    p->queue[p->queue_count++] = *record;
}

static struct market_record record_of(const struct polygon *p, enum record_kind kind)
{
    return (struct market_record){
        .ts_ns = p->now, .recv_ns = p->now, .instrument = INSTRUMENT_NONE, .kind = (uint8_t)kind
    };
}

static void say_link(struct polygon *p, enum link_state state, const char *why)
{
    struct market_record r = record_of(p, RECORD_LINK);
    r.of.link.state = (uint8_t)state;
    snprintf(r.of.link.why, sizeof r.of.link.why, "%s", why);
    queue(p, &r);
}

static void lose(struct polygon *p, const char *why)
{
    say_link(p, LINK_DOWN, why); /* why may be the client's own text */
    ws_close(p->ws);
    p->ws = NULL;
    if (p->step == STEP_UP && p->now - p->step_ns >= STEADY)
        p->backoff = 0;
    p->backoff = p->backoff ? p->backoff * 2 : BACKOFF_FIRST;
    p->backoff = p->backoff < BACKOFF_MOST ? p->backoff : BACKOFF_MOST;
    p->retry_ns = p->now + p->backoff;
    p->step = STEP_WAIT;
}

static void begin(struct polygon *p)
{
    struct ws_options options = { .host = p->host,
                                  .port = p->port,
                                  .path = p->path,
                                  .is_plain = p->is_plain,
                                  .ca_file = p->ca_file[0] ? p->ca_file : NULL };
    say_link(p, LINK_CONNECTING, "");
    p->step = STEP_LOGIN;
    p->step_ns = p->now;
    p->topics_sent = 0;
    p->off = NULL;
    if (ws_open(&p->ws, &options))
        lose(p, "cannot connect");
}

/* ---- what the server says ---- */

static void on_record(void *context, const struct market_record *record)
{
    struct polygon *p = context;
    p->last_ts = record->ts_ns > p->last_ts ? record->ts_ns : p->last_ts;
    queue(p, record);
}

static void say_gap(struct polygon *p, int64_t from_ns)
{
    struct market_record r = record_of(p, RECORD_GAP);
    r.of.gap =
        (struct record_gap){ .from_ns = from_ns, .to_ns = from_ns == TS_NONE ? TS_NONE : p->now };
    queue(p, &r);
}

static void let_in(struct polygon *p)
{
    p->step = STEP_UP;
    p->step_ns = p->now;
    say_link(p, LINK_UP, "");
    if (p->was_up)
        say_gap(p, p->last_ts);
    p->was_up = true;
}

static void on_status(void *context, enum polygon_status status, struct str message)
{
    struct polygon *p = context;
    struct buf text = { 0 };
    switch (status) {
    case POLYGON_CONNECTED:
        buf_printf(&text, "{\"action\":\"auth\",\"params\":\"%s\"}", p->key);
        ws_send(p->ws, buf_str(&text));
        sodium_memzero(text.ptr, text.len);
        buf_free(&text);
        return;
    case POLYGON_AUTH_SUCCESS:
        if (p->step == STEP_LOGIN)
            let_in(p);
        return;
    case POLYGON_AUTH_FAILED:
        p->is_refused = true;
        snprintf(p->refusal, sizeof p->refusal, "%.*s",
                 (int)(message.len < 100 ? message.len : 100), message.ptr);
        return;
    case POLYGON_MAX_CONNECTIONS:
        p->off = "max_connections";
        return;
    case POLYGON_FORCED_OFF:
        p->off = "sent away";
        return;
    case POLYGON_OTHER:
        say_gap(p, TS_NONE); /* something asked for will not come */
        return;
    case POLYGON_SUBSCRIBED:
    case POLYGON_STATUS_COUNT:
        return;
    }
}

/* Topics that the server does not know of yet. */
static void send_topics(struct polygon *p)
{
    while (p->topics_sent < p->topic_count) {
        struct buf text = { 0 };
        buf_puts(&text, "{\"action\":\"subscribe\",\"params\":\"");
        for (int i = 0; i < TOPICS_A_MESSAGE && p->topics_sent < p->topic_count; i++) {
            if (i)
                buf_putc(&text, ',');
            buf_puts(&text, p->topics[p->topics_sent++]);
        }
        buf_puts(&text, "\"}");
        ws_send(p->ws, buf_str(&text));
        buf_free(&text);
    }
}

static bool give(struct polygon *p, struct market_record *out, size_t room, size_t *count)
{
    while (p->queue_at < p->queue_count && *count < room) {
        out[*count] = p->queue[p->queue_at++];
        if (out[*count].kind == RECORD_DEFINITION) /* subscribed to before the time was known */
            out[*count].ts_ns = out[*count].recv_ns = p->now;
        (*count)++;
    }
    if (p->queue_at < p->queue_count)
        return false;
    p->queue_at = p->queue_count = 0;
    return true;
}

static void listen_to(struct polygon *p, struct market_record *out, size_t room, size_t *count)
{
    struct str message;
    p->talk.recv_ns = p->now;
    ws_poll(p->ws);
    while (!p->is_refused && *count < room && ws_next(p->ws, &message)) {
        polygon_read(&p->talk, message);
        if (!give(p, out, room, count))
            return;
    }
    if (p->is_refused || *count == room)
        return;
    if (p->step == STEP_UP)
        send_topics(p);
    if (p->off)
        lose(p, p->off);
    else if (ws_state(p->ws) == WS_DOWN)
        lose(p, ws_why(p->ws));
    else if (p->step == STEP_LOGIN && p->now - p->step_ns > LOGIN_MOST)
        lose(p, "no answer to the login");
    else
        ws_poll(p->ws); /* what was just said leaves now */
}

static enum err polygon_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                             size_t *count)
{
    struct polygon *p = self;
    *count = 0;
    if (now_ns > p->now)
        p->now = now_ns;
    else if (p->retry_ns - now_ns > BACKOFF_MOST)
        p->retry_ns = p->now;
    if (!give(p, out, room, count))
        return ERR_OK;
    if (p->step == STEP_WAIT && p->now >= p->retry_ns)
        begin(p);
    if (p->ws && give(p, out, room, count))
        listen_to(p, out, room, count);
    give(p, out, room, count);
    if (!p->is_refused || *count)
        return ERR_OK;
    ws_close(p->ws);
    p->ws = NULL;
    p->step = STEP_OVER;
    return err_set(ERR_REFUSED, "polygon: login refused: %s",
                   p->refusal[0] ? p->refusal : "no reason given");
}

static int64_t polygon_next_ns(void *self)
{
    const struct polygon *p = self;
    return p->step == STEP_OVER ? INT64_MAX : INT64_MIN;
}

/* ---- subscriptions ---- */

static void keep(struct polygon *p, char kind, const char *prefix, const char *name)
{
    p->topics = mem_grow(p->topics, &p->topic_capacity, p->topic_count + 1, sizeof *p->topics);
    snprintf(p->topics[p->topic_count++], sizeof *p->topics, "%c.%s%s", kind, prefix, name);
    p->quoted += kind == 'Q';
}

static void keep_instrument(struct polygon *p, uint32_t kinds, uint32_t id, const char *prefix,
                            const char *name)
{
    struct market_record definition = instruments_definition(p->instruments, id);
    queue(p, &definition);
    if (kinds & 1u << RECORD_QUOTE)
        keep(p, 'Q', prefix, name);
    if (kinds & 1u << RECORD_TRADE)
        keep(p, 'T', prefix, name);
}

static enum err polygon_subscribe(void *self, const struct source_wish *wish)
{
    struct polygon *p = self;
    uint32_t kinds = wish->kinds ? wish->kinds : 1u << RECORD_QUOTE | 1u << RECORD_TRADE, id;
    bool wants_name = wish->symbol && !wish->with_chain && !wish->contract_count;
    if (wish->with_chain)
        return err_set(ERR_UNSUPPORTED,
                       "polygon: quotes of a whole chain cannot be subscribed to; name up to "
                       "%d contracts",
                       POLYGON_QUOTED_MAX);
    if (wants_name == p->is_options)
        return err_set(
            ERR_UNSUPPORTED,
            p->is_options
                ? "polygon: the cluster options has no stocks; open another with cluster stocks"
                : "polygon: the cluster %s has no options; open another with cluster options",
            p->path + 1);
    size_t more = (kinds & 1u << RECORD_QUOTE) ? wants_name ? 1 : wish->contract_count : 0;
    if (p->quoted + more > POLYGON_QUOTED_MAX)
        return err_set(ERR_FULL, "polygon: %zu instruments with quotes; one line takes %d",
                       p->quoted + more, POLYGON_QUOTED_MAX);
    if (wants_name) {
        enum err err =
            instruments_add(p->instruments, INSTRUMENT_STOCK, str_from(wish->symbol), &id);
        if (!err)
            keep_instrument(p, kinds, id, "", wish->symbol);
        return err;
    }
    for (size_t i = 0; i < wish->contract_count; i++) { /* all fit, or none is subscribed to */
        enum err err = instruments_add_option(p->instruments, &wish->contracts[i], &id);
        if (err)
            return err;
    }
    for (size_t i = 0; i < wish->contract_count; i++) {
        char name[OCC_SYMBOL_BYTES];
        struct occ_symbol symbol = occ_symbol_of(&wish->contracts[i]);
        occ_symbol_format(name, &symbol, OCC_COMPACT);
        id = instruments_find_option(p->instruments, &wish->contracts[i]);
        keep_instrument(p, kinds, id, "O:", name);
    }
    return ERR_OK;
}

static void polygon_close(void *self)
{
    struct polygon *p = self;
    ws_close(p->ws);
    sodium_memzero(p->key, sizeof p->key);
    mem_free(p->topics);
    mem_free(p->queue);
    mem_free(p);
}

static const struct source_ops polygon_ops = {
    .name = "polygon",
    .poll = polygon_poll,
    .next_ns = polygon_next_ns,
    .subscribe = polygon_subscribe,
    .close = polygon_close,
};

/* Letters, digits, - and _ alone: it is put into JSON as it is. */
static bool is_key(const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < len; i++)
        if (!((key[i] >= '0' && key[i] <= '9') || (key[i] >= 'A' && key[i] <= 'Z') ||
              (key[i] >= 'a' && key[i] <= 'z') || key[i] == '-' || key[i] == '_'))
            return false;
    return len >= 8 && len < KEY_BYTES;
}

enum err polygon_open(struct source *out, const struct polygon_options *options,
                      struct instruments *instruments)
{
    const char *cluster = options->cluster ? options->cluster : "options";
    const char *host = options->host ? options->host : HOST_DEFAULT;
    if (!is_key(options->key))
        return err_set(
            ERR_USAGE,
            "polygon: the key is none: it is letters and digits, 8 to %d of them; yours is on "
            "the vendor's dashboard",
            KEY_BYTES - 1);
    if (strcmp(cluster, "options") != 0 && strcmp(cluster, "stocks") != 0)
        return err_set(ERR_USAGE, "polygon: cluster \"%s\"; it is options or stocks", cluster);
    if (!host[0] || strlen(host) >= HOST_BYTES)
        return err_set(ERR_USAGE, "polygon: host \"%s\" is empty or too long", host);
    if (options->port < 0 || options->port > 65535)
        return err_set(ERR_USAGE, "polygon: port %d; it is 1 to 65535", options->port);
    if (options->ca_file && strlen(options->ca_file) >= sizeof((struct polygon *)0)->ca_file)
        return err_set(ERR_USAGE, "polygon: the path of the certificates is too long");
    struct polygon *p = mem_alloc(sizeof *p);
    memcpy(p->key, options->key, strlen(options->key) + 1);
    snprintf(p->host, sizeof p->host, "%s", host);
    snprintf(p->path, sizeof p->path, "/%s", cluster);
    if (options->ca_file)
        snprintf(p->ca_file, sizeof p->ca_file, "%s", options->ca_file);
    p->port = options->port ? options->port : PORT;
    p->is_plain = options->is_plain;
    p->is_options = strcmp(cluster, "options") == 0;
    p->instruments = instruments;
    p->now = p->retry_ns = INT64_MIN / 2;
    p->last_ts = TS_NONE;
    p->talk = (struct polygon_talk){
        .instruments = instruments, .context = p, .on_record = on_record, .on_status = on_status
    };
    *out = (struct source){ &polygon_ops, p };
    return ERR_OK;
}
