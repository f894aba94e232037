#include "adapters/feed/databento/lsg.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "base/zone.h"

enum { BUCKET_CHARS = 5, ERROR_TEXT_MAX = 200 };

enum err lsg_login_check(const struct lsg_login *login)
{
    size_t len = strlen(login->dataset);
    for (size_t i = 0; i < len; i++) {
        char c = login->dataset[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c == '.' && i && i + 1 < len)))
            len = 0;
    }
    if (!len)
        return err_set(ERR_USAGE, "databento: dataset \"%s\" is none; one looks like OPRA.PILLAR",
                       login->dataset);
    size_t key_len = strlen(login->key);
    for (size_t i = 0; i < key_len; i++)
        if (login->key[i] <= ' ' || login->key[i] == '|' || login->key[i] > '~')
            key_len = 0;
    if (key_len != LSG_KEY_BYTES - 1)
        return err_set(ERR_USAGE,
                       "databento: the key is none: it has %d characters and begins with \"db-\"; "
                       "yours is on the vendor's portal",
                       LSG_KEY_BYTES - 1);
    if (login->heartbeat_s && (login->heartbeat_s < 5 || login->heartbeat_s > 3600))
        return err_set(ERR_USAGE, "databento: a heartbeat every %d s; it can be 5 to 3600",
                       login->heartbeat_s);
    return ERR_OK;
}

void lsg_init(struct lsg *lsg, const struct lsg_login *login)
{
    *lsg = (struct lsg){ .login = *login };
    dbn_stream_init(&lsg->stream, "databento", login->is_packed);
}

void lsg_clear(struct lsg *lsg)
{
    dbn_stream_clear(&lsg->stream);
    buf_free(&lsg->out);
    buf_free(&lsg->line);
    buf_free(&lsg->asked);
    sodium_memzero(&lsg->login, sizeof lsg->login);
}

void lsg_auth(char out[LSG_AUTH_BYTES], struct str challenge, const char *key)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    size_t key_len = strlen(key);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)challenge.ptr, challenge.len);
    crypto_hash_sha256_update(&state, (const unsigned char *)"|", 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)key, key_len);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out, 2 * sizeof hash + 1, hash, sizeof hash);
    MUST(key_len >= BUCKET_CHARS);
    out[2 * sizeof hash] = '-';
    memcpy(out + 2 * sizeof hash + 1, key + key_len - BUCKET_CHARS, BUCKET_CHARS + 1);
    sodium_memzero(&state, sizeof state);
}

void lsg_subscribe(struct lsg *lsg, uint32_t id, const char *schema, const char *stype_in,
                   const struct str symbols[], size_t count, int64_t start_ns)
{
    struct buf *out = lsg->state == LSG_STREAM ? &lsg->out : &lsg->asked;
    for (size_t at = 0; at < count;) {
        size_t end = count - at < LSG_SYMBOLS_MAX ? count : at + LSG_SYMBOLS_MAX;
        buf_printf(out, "schema=%s|stype_in=%s|id=%" PRIu32, schema, stype_in, id);
        if (start_ns != TS_NONE)
            buf_printf(out, "|start=%" PRId64, start_ns);
        buf_puts(out, "|symbols=");
        for (size_t i = at; i < end; i++) {
            if (i > at)
                buf_putc(out, ',');
            buf_append(out, symbols[i].ptr, symbols[i].len);
        }
        buf_printf(out, "|snapshot=0|is_last=%d\n", end == count);
        at = end;
    }
}

/* The value of a key in "a=1|b=2|"; false when it is not there. */
static bool field_of(struct str line, const char *key, struct str *value)
{
    struct str part, name;
    while (str_cut(&line, '|', &part))
        if (str_cut(&part, '=', &name) && str_is(name, key)) {
            *value = part;
            return true;
        }
    return false;
}

static void answer(struct lsg *lsg, struct str challenge)
{
    char auth[LSG_AUTH_BYTES];
    lsg_auth(auth, challenge, lsg->login.key);
    buf_printf(&lsg->out, "auth=%s|dataset=%s|encoding=dbn|ts_out=0|compression=%s", auth,
               lsg->login.dataset, lsg->login.is_packed ? "zstd" : "none");
    if (lsg->login.heartbeat_s)
        buf_printf(&lsg->out, "|heartbeat_interval_s=%d", lsg->login.heartbeat_s);
    buf_puts(&lsg->out, "|client=Ironfly/" IRONFLY_VERSION "\n");
    lsg->state = LSG_ANSWERED;
}

static bool has_nocase(struct str text, const char *part)
{
    struct str wanted = str_from(part);
    for (size_t i = 0; i + wanted.len <= text.len; i++)
        if (str_equal_nocase(str_slice(text, i, wanted.len), wanted))
            return true;
    return false;
}

static enum err let_in(struct lsg *lsg, struct str line)
{
    struct str success, why = STR("no reason given"), id;
    if (!field_of(line, "success", &success))
        return err_set(ERR_PARSE, "databento: \"%.*s\" is no answer to a login",
                       (int)(line.len < ERROR_TEXT_MAX ? line.len : ERROR_TEXT_MAX), line.ptr);
    if (!str_is(success, "1")) {
        field_of(line, "error", &why);
        why.len = why.len < ERROR_TEXT_MAX ? why.len : ERROR_TEXT_MAX;
        /* Too many connections pass; a wrong key or dataset does not. */
        lsg->is_locked_out = !has_nocase(why, "connection") && !has_nocase(why, "internal");
        return err_set(ERR_REFUSED, "databento: %s: login refused: %.*s", lsg->login.dataset,
                       STR_ARG(why));
    }
    if (field_of(line, "session_id", &id) && id.len > 0 && id.len < sizeof lsg->session_id)
        memcpy(lsg->session_id, id.ptr, id.len);
    lsg->state = LSG_STREAM;
    buf_append(&lsg->out, lsg->asked.ptr, lsg->asked.len);
    buf_puts(&lsg->out, "start_session\n");
    buf_free(&lsg->asked);
    return ERR_OK;
}

static enum err take_line(struct lsg *lsg, struct str line)
{
    struct str challenge;
    switch (lsg->state) {
    case LSG_GREETING:
    case LSG_CHALLENGE:
        if (field_of(line, "cram", &challenge))
            answer(lsg, challenge);
        else if (lsg->state == LSG_GREETING)
            lsg->state = LSG_CHALLENGE; /* whatever it said: some gateways greet freely */
        else
            return err_set(ERR_PARSE,
                           "databento: a second line without a challenge: this is no live gateway");
        return ERR_OK;
    case LSG_ANSWERED:
        return let_in(lsg, line);
    case LSG_STREAM:
        break;
    }
    must_fail("text in the stream", __FILE__, __LINE__);
}

enum err lsg_push(struct lsg *lsg, const void *bytes, size_t len)
{
    const char *at = bytes, *end = at + len;
    while (at < end && lsg->state != LSG_STREAM) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t part = (size_t)((newline ? newline : end) - at);
        if (lsg->line.len + part > LSG_LINE_MAX)
            return err_set(ERR_PARSE,
                           "databento: a line of more than %d characters before the "
                           "login: this is no live gateway",
                           LSG_LINE_MAX);
        buf_append(&lsg->line, at, part);
        at += part;
        if (!newline)
            return ERR_OK;
        at++;
        enum err err = take_line(lsg, str_trim_right(buf_str(&lsg->line)));
        buf_clear(&lsg->line);
        if (err)
            return err;
    }
    dbn_stream_push(&lsg->stream, at, (size_t)(end - at));
    return ERR_OK;
}

enum err lsg_next(struct lsg *lsg, const struct dbn_record **rec)
{
    *rec = NULL;
    return lsg->state == LSG_STREAM ? dbn_stream_next(&lsg->stream, rec) : ERR_OK;
}

void lsg_sent(struct lsg *lsg, size_t len)
{
    MUST(len <= lsg->out.len);
    memmove(lsg->out.ptr, lsg->out.ptr + len, lsg->out.len - len);
    lsg->out.len -= len;
}
