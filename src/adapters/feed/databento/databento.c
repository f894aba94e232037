/*
 * The line's life: resolve, connect, log in, listen, lose it, wait, again. Every step is one that
 * never waits; poll() is told the time and does what is due.
 */
#include "adapters/feed/databento/databento.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "adapters/feed/databento/lsg.h"
#include "adapters/feed/databento/recent.h"
#include "adapters/feed/dbn_map.h"
#include "base/zone.h"
#include "domain/types/occ_symbol.h"
#include "domain/types/product.h"
#include "net/resolve.h"

#define SECOND INT64_C(1000000000)
#define BACKOFF_FIRST (SECOND / 2)
#define BACKOFF_MOST (30 * SECOND)
#define STEADY (60 * SECOND) /* a line that stood so long starts its back-off anew */
#define CONNECT_MOST (10 * SECOND)
#define LOGIN_MOST (10 * SECOND)
#define REPEAT_MOST (24 * 3600 * SECOND)
#define REPEAT_MORE SECOND /* asked for again: late ones may have been on their way */
#define HEARTBEAT_DEFAULT 30
#define GRACE (5 * SECOND)

enum { PORT = 13000, READ_BYTES = 64 * 1024, SCHEMA_BYTES = 16, WISHES_MAX = 256 };
enum { SYSTEM_REPLAY_DONE = 3, ERROR_AUTH = 1, ERROR_KEY_OFF = 2, ERROR_CONNECTIONS = 3 };

enum step {
    STEP_WAIT,    /* until retry_ns */
    STEP_RESOLVE, /* the name is being looked up */
    STEP_CONNECT,
    STEP_TALK, /* connected */
    STEP_OVER, /* an error for good was told */
};

/* One subscription, kept to be made again. */
struct wish {
    const char *schema, *stype_in;
    struct str *symbols;
    size_t count;
};

struct databento {
    struct arena arena; /* wishes and names */
    struct lsg_login login;
    char host[RESOLVE_HOST_BYTES];
    int port;
    char quote_schema[SCHEMA_BYTES];
    bool no_repeat, is_opra;
    struct wish wishes[WISHES_MAX];
    uint32_t wish_count;
    struct instruments *instruments;
    struct dbn_map map;

    enum step step;
    struct resolve resolve;
    struct addrinfo *address; /* being tried */
    int fd;
    struct lsg lsg;
    bool has_lsg, is_up;
    int64_t retry_ns, backoff, step_ns, heard_ns, up_ns;

    int64_t last_ts, last_recv; /* of the newest record, TS_NONE before */
    uint32_t repeats_left;      /* subscriptions whose past is being repeated */
    struct recent recent;       /* to know what was here before */
    int64_t recv_ns;            /* never goes back */
    struct market_record ahead[DBN_MAP_RECORDS_MAX + 2]; /* did not fit in the caller's room */
    size_t ahead_count, ahead_at;
    uint64_t dropped; /* repeated records left out */
};

/* ---- saying ---- */

static struct market_record *add(struct databento *d, enum record_kind kind)
{
    MUST(d->ahead_count < ARRAY_COUNT(d->ahead));
    struct market_record *r = &d->ahead[d->ahead_count++];
    *r = (struct market_record){ .ts_ns = d->recv_ns,
                                 .recv_ns = d->recv_ns,
                                 .instrument = INSTRUMENT_NONE,
                                 .kind = (uint8_t)kind };
    return r;
}

static void say_link(struct databento *d, enum link_state state, const char *why)
{
    struct market_record *r = add(d, RECORD_LINK);
    r->of.link.state = (uint8_t)state;
    snprintf(r->of.link.why, sizeof r->of.link.why, "%s", why);
}

static void say_gap(struct databento *d)
{
    struct market_record *r = add(d, RECORD_GAP);
    r->of.gap = (struct record_gap){ .from_ns = d->last_ts, .to_ns = d->recv_ns };
}

/* ---- the line ---- */

static void hang_up(struct databento *d)
{
    resolve_clear(&d->resolve);
    d->address = NULL;
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    if (d->has_lsg)
        lsg_clear(&d->lsg);
    d->has_lsg = false;
}

/* The line is lost, or was not had: wait, then try again. */
static void lose(struct databento *d, const char *why)
{
    hang_up(d);
    say_link(d, LINK_DOWN, why);
    if (d->is_up && d->recv_ns - d->up_ns >= STEADY)
        d->backoff = 0;
    d->is_up = false;
    d->backoff = d->backoff ? d->backoff * 2 : BACKOFF_FIRST;
    d->backoff = d->backoff < BACKOFF_MOST ? d->backoff : BACKOFF_MOST;
    d->retry_ns = d->recv_ns + d->backoff;
    d->step = STEP_WAIT;
}

static void begin(struct databento *d)
{
    say_link(d, LINK_CONNECTING, "");
    d->step_ns = d->recv_ns;
    resolve_begin(&d->resolve, d->host, d->port);
    d->step = STEP_RESOLVE;
}

static void resolve(struct databento *d)
{
    enum resolve_state state = resolve_poll(&d->resolve);
    if (state == RESOLVE_PENDING && d->recv_ns - d->step_ns < CONNECT_MOST)
        return;
    d->address = d->resolve.addresses;
    if (state == RESOLVE_DONE)
        d->step = STEP_CONNECT;
    else
        lose(d, "host name not found");
}

/* Begin with an address; false when that fails at once. */
static bool dial(struct databento *d)
{
    int one = 1;
    d->fd = socket(d->address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0)
        return false;
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(d->fd, d->address->ai_addr, d->address->ai_addrlen) == 0 || errno == EINPROGRESS)
        return true;
    close(d->fd);
    d->fd = -1;
    return false;
}

static void connected(struct databento *d)
{
    resolve_clear(&d->resolve);
    d->address = NULL;
    lsg_init(&d->lsg, &d->login);
    d->has_lsg = true;
    bool repeat = !d->no_repeat && d->last_ts != TS_NONE && d->recv_ns - d->last_recv < REPEAT_MOST;
    for (uint32_t i = 0; i < d->wish_count; i++) {
        const struct wish *w = &d->wishes[i];
        lsg_subscribe(&d->lsg, i + 1, w->schema, w->stype_in, w->symbols, w->count,
                      repeat ? d->last_ts - REPEAT_MORE : TS_NONE);
    }
    d->repeats_left = repeat ? d->wish_count : 0;
    dbn_map_forget(&d->map);
    d->step = STEP_TALK;
    d->step_ns = d->heard_ns = d->recv_ns;
}

static void try_connect(struct databento *d)
{
    while (d->address) {
        int error = 0;
        socklen_t len = sizeof error;
        if (d->fd < 0 && !dial(d)) {
            d->address = d->address->ai_next;
            continue;
        }
        struct sockaddr_storage peer;
        socklen_t peer_len = sizeof peer;
        getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (!error && getpeername(d->fd, (struct sockaddr *)&peer, &peer_len) == 0) {
            connected(d);
            return;
        }
        if (!error && d->recv_ns - d->step_ns < CONNECT_MOST)
            return; /* on its way */
        close(d->fd);
        d->fd = -1;
        d->address = d->address->ai_next;
        d->step_ns = d->recv_ns;
    }
    lose(d, "cannot connect");
}

/* ---- the talk ---- */

static bool send_out(struct databento *d)
{
    while (d->lsg.out.len) {
        ssize_t len = send(d->fd, d->lsg.out.ptr, d->lsg.out.len, MSG_NOSIGNAL);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        lsg_sent(&d->lsg, (size_t)len);
    }
    return true;
}

/* Let in: tell what was missed unless it comes again. */
static void up(struct databento *d)
{
    d->is_up = true;
    d->up_ns = d->recv_ns;
    say_link(d, LINK_UP, d->lsg.session_id);
    if (d->last_ts != TS_NONE && !d->repeats_left)
        say_gap(d);
}

/* What the gateway says of itself. Returns an error for good, or loses the line. */
static enum err hear_gateway(struct databento *d, const struct dbn_record *rec)
{
    union dbn_any any;
    dbn_record_get(rec, &any);
    if (rec->layout->kind == DBN_KIND_SYSTEM) {
        if (any.system.code == SYSTEM_REPLAY_DONE && d->repeats_left)
            d->repeats_left--;
        return ERR_OK;
    }
    int code = any.error.code;
    if (code == ERROR_AUTH || code == ERROR_KEY_OFF)
        return err_set(ERR_REFUSED, "databento: %s: %.*s", d->login.dataset,
                       (int)strnlen(any.error.err, sizeof any.error.err), any.error.err);
    if (code == ERROR_CONNECTIONS) {
        lose(d, "too many connections");
        return ERR_OK;
    }
    /* A subscription that did not resolve, or the gateway's own fault: some records will not come.
     */
    if (d->repeats_left) {
        d->repeats_left--;
        say_gap(d);
    } else {
        add(d, RECORD_GAP)->of.gap = (struct record_gap){ .from_ns = TS_NONE, .to_ns = TS_NONE };
    }
    return ERR_OK;
}

static enum err take_record(struct databento *d, const struct dbn_record *rec)
{
    struct market_record got[DBN_MAP_RECORDS_MAX];
    size_t count = 0;
    bool is_data = rec->layout->kind != DBN_KIND_SYSTEM && rec->layout->kind != DBN_KIND_ERROR &&
                   rec->layout->kind != DBN_KIND_SYMBOL_MAPPING;
    if (is_data) {
        uint64_t time = dbn_record_time(rec);
        bool was_here = recent_add(&d->recent, rec->bytes, rec->size);
        if (was_here && d->repeats_left) {
            d->dropped++;
            return ERR_OK;
        }
        if (time != DBN_TIME_NONE && (int64_t)time > d->last_ts)
            d->last_ts = (int64_t)time;
        d->last_recv = d->recv_ns;
    } else {
        enum err err = rec->layout->kind == DBN_KIND_SYMBOL_MAPPING ? ERR_OK : hear_gateway(d, rec);
        if (err || d->step != STEP_TALK || rec->layout->kind == DBN_KIND_ERROR)
            return err;
    }
    enum err err = dbn_map_record(&d->map, rec, got, &count);
    for (size_t i = 0; i < count && !err; i++) {
        got[i].recv_ns = d->recv_ns;
        if (d->repeats_left && is_data)
            got[i].flags |= RECORD_SNAPSHOT;
        d->ahead[d->ahead_count++] = got[i];
    }
    return err;
}

/* Hand over what waits; false when the room is full. */
static bool give(struct databento *d, struct market_record *out, size_t room, size_t *count)
{
    while (d->ahead_at < d->ahead_count && *count < room)
        out[(*count)++] = d->ahead[d->ahead_at++];
    if (d->ahead_at < d->ahead_count)
        return false;
    d->ahead_at = d->ahead_count = 0;
    return true;
}

/* Records until the room is full or more bytes are needed. */
static enum err take_records(struct databento *d, struct market_record *out, size_t room,
                             size_t *count)
{
    while (give(d, out, room, count) && *count < room && d->step == STEP_TALK) {
        const struct dbn_record *rec;
        enum err err = lsg_next(&d->lsg, &rec);
        if (err) { /* a damaged stream: what is behind the damage is not known */
            lose(d, "the stream is damaged");
            return ERR_OK;
        }
        if (!rec)
            return ERR_OK;
        err = take_record(d, rec);
        if (err)
            return err;
    }
    return ERR_OK;
}

/* More bytes from the socket: *more is false when there are none now. */
static enum err hear(struct databento *d, bool *more)
{
    char bytes[READ_BYTES];
    bool was_in = d->lsg.state == LSG_STREAM;
    *more = false;
    ssize_t len = recv(d->fd, bytes, sizeof bytes, 0);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return ERR_OK;
    if (len <= 0) {
        lose(d, len == 0 ? "closed by the gateway" : strerror(errno));
        return ERR_OK;
    }
    *more = true;
    d->heard_ns = d->recv_ns;
    enum err err = lsg_push(&d->lsg, bytes, (size_t)len);
    if (err == ERR_REFUSED && d->lsg.is_locked_out)
        return err;
    if (err) {
        lose(d, err == ERR_REFUSED ? "login refused for now" : "no gateway's talk");
        return ERR_OK;
    }
    if (!was_in && d->lsg.state == LSG_STREAM)
        up(d);
    return ERR_OK;
}

static void check_silence(struct databento *d)
{
    int64_t beat = (d->login.heartbeat_s ? d->login.heartbeat_s : HEARTBEAT_DEFAULT) * SECOND;
    if (d->heard_ns > d->recv_ns)
        d->heard_ns = d->recv_ns;
    if (d->lsg.state != LSG_STREAM ? d->recv_ns - d->step_ns > LOGIN_MOST
                                   : d->recv_ns - d->heard_ns > beat + GRACE) {
        char why[RECORD_WHY_BYTES];
        snprintf(why, sizeof why, "silent for %" PRId64 " s", (d->recv_ns - d->heard_ns) / SECOND);
        lose(d, d->lsg.state != LSG_STREAM ? "no answer to the login" : why);
    }
}

static enum err talk(struct databento *d, struct market_record *out, size_t room, size_t *count)
{
    enum err err = ERR_OK;
    for (bool more = true; more && !err && d->step == STEP_TALK;) {
        err = take_records(d, out, room, count);
        if (err || d->ahead_count || *count == room || d->step != STEP_TALK)
            break;
        if (!send_out(d)) {
            lose(d, strerror(errno));
            break;
        }
        err = hear(d, &more);
    }
    if (!err && d->step == STEP_TALK && *count < room && !d->ahead_count) {
        if (!send_out(d))
            lose(d, strerror(errno));
        else
            check_silence(d);
    }
    return err;
}

static enum err databento_poll(void *self, int64_t now_ns, struct market_record *out, size_t room,
                               size_t *count)
{
    struct databento *d = self;
    *count = 0;
    if (now_ns > d->recv_ns)
        d->recv_ns = now_ns;
    else if (d->retry_ns - now_ns > BACKOFF_MOST) /* the clock went back: no line waits for hours */
        d->retry_ns = d->recv_ns;
    if (!give(d, out, room, count))
        return ERR_OK;
    if (d->step == STEP_OVER)
        return err_set(ERR_REFUSED, "databento: %s: the line ended for good", d->login.dataset);
    if (d->step == STEP_WAIT && d->recv_ns >= d->retry_ns)
        begin(d);
    if (d->step == STEP_RESOLVE)
        resolve(d);
    if (d->step == STEP_CONNECT)
        try_connect(d);
    enum err err =
        give(d, out, room, count) && d->step == STEP_TALK ? talk(d, out, room, count) : ERR_OK;
    give(d, out, room, count);
    if (err) {
        hang_up(d);
        d->step = STEP_OVER;
    }
    return err;
}

/* ---- the rest of a source ---- */

static int64_t databento_next_ns(void *self)
{
    const struct databento *d = self;
    return d->step == STEP_OVER ? INT64_MAX : INT64_MIN;
}

static int databento_wait_fd(void *self)
{
    const struct databento *d = self;
    return d->step == STEP_TALK ? d->fd : -1;
}

/* Keep a subscription, and make it if we are in. */
static enum err keep(struct databento *d, const char *schema, const char *stype_in,
                     const struct str symbols[], size_t count)
{
    if (d->wish_count == WISHES_MAX)
        return err_set(ERR_FULL, "databento: more than %d subscriptions", WISHES_MAX);
    struct wish *w = &d->wishes[d->wish_count];
    *w = (struct wish){ schema, stype_in, arena_array(&d->arena, struct str, count), count };
    for (size_t i = 0; i < count; i++)
        w->symbols[i] = (struct str){ arena_strndup(&d->arena, symbols[i].ptr, symbols[i].len),
                                      symbols[i].len };
    d->wish_count++;
    if (d->has_lsg)
        lsg_subscribe(&d->lsg, d->wish_count, schema, stype_in, symbols, count, TS_NONE);
    return ERR_OK;
}

/* The schemas that hold the kinds of records that are wanted. Quotes hold trades too. */
static size_t schemas_of(const struct databento *d, uint32_t kinds, const char *out[4])
{
    size_t count = 0;
    if (!kinds)
        kinds =
            1u << RECORD_QUOTE | 1u << RECORD_TRADE | 1u << RECORD_INTEREST | 1u << RECORD_STATUS;
    bool has_trades =
        strncmp(d->quote_schema, "cmbp", 4) == 0 || strncmp(d->quote_schema, "mbp", 3) == 0;
    if (kinds & 1u << RECORD_QUOTE)
        out[count++] = d->quote_schema;
    if ((kinds & 1u << RECORD_TRADE) && !(has_trades && (kinds & 1u << RECORD_QUOTE)))
        out[count++] = "trades";
    if (kinds & 1u << RECORD_INTEREST)
        out[count++] = "statistics";
    if (kinds & 1u << RECORD_STATUS)
        out[count++] = "status";
    return count;
}

enum { ROOTS_MAX = 8, PARENT_BYTES = CONTRACT_ROOT_BYTES + 8 };

static enum err subscribe_chain(struct databento *d, const char *schema, const char *symbol)
{
    const char *roots[ROOTS_MAX];
    char names[ROOTS_MAX][PARENT_BYTES];
    struct str parents[ROOTS_MAX];
    size_t count = product_roots(symbol, roots, ROOTS_MAX);
    if (count > ROOTS_MAX)
        count = ROOTS_MAX;
    if (!count)
        roots[count++] = symbol;
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%s.OPT", roots[i]);
        parents[i] = str_from(names[i]);
    }
    return keep(d, schema, "parent", parents, count);
}

static enum err subscribe_contracts(struct databento *d, const char *schema,
                                    const struct contract contracts[], size_t count)
{
    struct arena arena;
    arena_init(&arena, "symbols", 0);
    struct str *names = arena_array(&arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        char name[OCC_SYMBOL_BYTES];
        struct occ_symbol symbol = occ_symbol_of(&contracts[i]);
        occ_symbol_format(name, &symbol, OCC_PADDED);
        names[i] = str_from(arena_strdup(&arena, name));
    }
    enum err err = keep(d, schema, "raw_symbol", names, count);
    arena_clear(&arena);
    return err;
}

static enum err databento_subscribe(void *self, const struct source_wish *wish)
{
    struct databento *d = self;
    const char *schemas[4];
    size_t count = schemas_of(d, wish->kinds, schemas);
    bool wants_name = wish->symbol && !wish->with_chain && !wish->contract_count;
    if (wants_name && d->is_opra)
        return err_set(ERR_UNSUPPORTED,
                       "databento: %s: %s itself is not in a dataset of options; "
                       "subscribe to it at another source",
                       d->login.dataset, wish->symbol);
    size_t each =
        (size_t)(wants_name || (wish->symbol && wish->with_chain)) + (wish->contract_count > 0);
    if (d->wish_count + count * each > WISHES_MAX)
        return err_set(ERR_FULL, "databento: more than %d subscriptions", WISHES_MAX);
    for (size_t i = 0; i < count; i++) {
        enum err err = ERR_OK;
        if (wants_name) {
            struct str name = str_from(wish->symbol);
            err = keep(d, schemas[i], "raw_symbol", &name, 1);
        } else if (wish->symbol && wish->with_chain) {
            err = subscribe_chain(d, schemas[i], wish->symbol);
        }
        if (!err && wish->contract_count)
            err = subscribe_contracts(d, schemas[i], wish->contracts, wish->contract_count);
        if (err)
            return err;
    }
    return ERR_OK;
}

static void databento_close(void *self)
{
    struct databento *d = self;
    hang_up(d);
    dbn_map_clear(&d->map);
    sodium_memzero(&d->login, sizeof d->login);
    arena_clear(&d->arena);
    mem_free(d);
}

static const struct source_ops databento_ops = {
    .name = "databento",
    .poll = databento_poll,
    .next_ns = databento_next_ns,
    .wait_fd = databento_wait_fd,
    .subscribe = databento_subscribe,
    .close = databento_close,
};

static enum err check_options(const struct databento_options *options,
                              const struct lsg_login *login)
{
    if (strlen(options->dataset) >= sizeof login->dataset)
        return err_set(ERR_USAGE, "databento: dataset \"%s\" is none; one looks like OPRA.PILLAR",
                       options->dataset);
    if (options->port < 0 || options->port > 65535)
        return err_set(ERR_USAGE, "databento: port %d; it is 1 to 65535", options->port);
    if (options->host && (strlen(options->host) >= RESOLVE_HOST_BYTES || !options->host[0]))
        return err_set(ERR_USAGE, "databento: host \"%s\" is empty or too long", options->host);
    if (options->quote_schema && strlen(options->quote_schema) >= SCHEMA_BYTES)
        return err_set(ERR_USAGE,
                       "databento: quote schema \"%s\" is none; try cmbp-1, mbp-1 or cbbo-1s",
                       options->quote_schema);
    return lsg_login_check(login);
}

/* "OPRA.PILLAR" -> "opra-pillar.lsg.databento.com" */
static void host_of(char out[RESOLVE_HOST_BYTES], const char *dataset)
{
    snprintf(out, RESOLVE_HOST_BYTES, "%s.lsg.databento.com", dataset);
    for (char *c = out; *c && c < out + strlen(dataset); c++)
        *c = *c == '.' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
}

enum err databento_open(struct source *out, const struct databento_options *options,
                        struct instruments *instruments)
{
    struct lsg_login login = { .heartbeat_s = options->heartbeat_s,
                               .is_packed = options->is_packed };
    snprintf(login.dataset, sizeof login.dataset, "%s", options->dataset);
    if (strlen(options->key) <
        sizeof login.key) /* one that is too long stays empty: no key either */
        memcpy(login.key, options->key, strlen(options->key));
    enum err err = check_options(options, &login);
    if (!err) {
        struct databento *d = mem_alloc(sizeof *d);
        arena_init(&d->arena, "databento", 0);
        d->login = login;
        d->fd = -1;
        d->instruments = instruments;
        d->no_repeat = options->no_repeat;
        d->is_opra = strncmp(login.dataset, "OPRA", 4) == 0;
        d->recv_ns = d->retry_ns = INT64_MIN / 2;
        d->last_ts = d->last_recv = TS_NONE;
        snprintf(d->quote_schema, sizeof d->quote_schema, "%s",
                 options->quote_schema ? options->quote_schema
                 : d->is_opra          ? "cmbp-1"
                                       : "mbp-1");
        d->port = options->port ? options->port : PORT;
        host_of(d->host, login.dataset);
        if (options->host)
            snprintf(d->host, sizeof d->host, "%s", options->host);
        dbn_map_init(&d->map, &d->arena, instruments, NULL);
        *out = (struct source){ &databento_ops, d };
    }
    sodium_memzero(&login, sizeof login);
    return err;
}
