/*
 * What is said on a line to a Databento live gateway (LSG): no socket, no clock.
 *
 *     lsg_init(&lsg, &login);
 *     lsg_subscribe(&lsg, ...);                     kept until the gateway lets us in
 *     ... lsg_push(&lsg, received, len);            then send lsg.out, as much as goes
 *     while (!(err = lsg_next(&lsg, &rec)) && rec)  DBN records
 *
 *     < lsg_version=0.4.2            greeting; any text will do
 *     < cram=t7kNhwj4xqR0...         challenge
 *     > auth=<sha256 of "challenge|key", hex>-<end of key>|dataset=OPRA.PILLAR|encoding=dbn|...
 *     < success=1|session_id=5       or success=0|error=...
 *     > schema=cmbp-1|stype_in=parent|id=1|symbols=SPY.OPT|snapshot=0|is_last=1
 *     > start_session
 *     < DBN until the line closes
 *
 * The key never travels and is in no message. Source: Databento's raw TCP protocol, as its
 * published clients speak it (versions 0.65 of the C++ one).
 */
#ifndef ADAPTERS_FEED_DATABENTO_LSG_H
#define ADAPTERS_FEED_DATABENTO_LSG_H

#include "adapters/dbn/dbn_stream.h"

enum {
    LSG_KEY_BYTES = 33,
    LSG_LINE_MAX = 4096,
    LSG_SYMBOLS_MAX = 500,
    LSG_AUTH_BYTES = 64 + 1 + 5 + 1
};

struct lsg_login {
    char dataset[DBN_DATASET_BYTES + 1];
    char key[LSG_KEY_BYTES]; /* 32 characters */
    int heartbeat_s;         /* the gateway says something at least so often; 0: its default, 30 */
    bool is_packed;          /* zstd on the line */
};

/* ERR_USAGE when dataset or key cannot be ones; the key is not shown. */
NODISCARD enum err lsg_login_check(const struct lsg_login *login);

enum lsg_state {
    LSG_GREETING,  /* we wait for the greeting or the challenge */
    LSG_CHALLENGE, /* greeted */
    LSG_ANSWERED,  /* the answer to the challenge is out */
    LSG_STREAM,    /* let in: records */
};

struct lsg {
    struct lsg_login login;
    enum lsg_state state;
    struct buf out;      /* to be sent; the caller takes it from the front: lsg_sent() */
    char session_id[32]; /* of the gateway; "" unknown */
    bool
        is_locked_out; /* the last ERR_REFUSED is about who we are: trying again will not mend it */
    struct buf line;   /* received text without its end */
    struct buf asked;  /* subscriptions, until let in */
    struct dbn_stream stream;
};

void lsg_init(struct lsg *lsg, const struct lsg_login *login);
void lsg_clear(struct lsg *lsg); /* wipes the key */

/* The answer to a challenge. Test vector: challenge "abcd1234", key
 * "db-unittestapikey1234567890FFFFF" gives "be87ce3d564b6448...-FFFFF". */
void lsg_auth(char out[LSG_AUTH_BYTES], struct str challenge, const char *key);

/*
 * Listen to symbols: written as lines of at most LSG_SYMBOLS_MAX. stype_in as Databento names it
 * ("parent", "raw_symbol"); start_ns: what happened since then is repeated first (within 24 hours),
 * TS_NONE for new records only. Before the gateway let us in, lines wait.
 */
void lsg_subscribe(struct lsg *lsg, uint32_t id, const char *schema, const char *stype_in,
                   const struct str symbols[], size_t count, int64_t start_ns);

/*
 * Bytes as they came. Errors: ERR_REFUSED when the gateway does not let us in (is_locked_out says
 * whether ever), ERR_PARSE for what is no gateway's talk.
 */
NODISCARD enum err lsg_push(struct lsg *lsg, const void *bytes, size_t len);

/* The next record, NULL when more is needed. Errors: of dbn_stream_next(). */
NODISCARD enum err lsg_next(struct lsg *lsg, const struct dbn_record **rec);

/* The first len bytes of out are sent. */
void lsg_sent(struct lsg *lsg, size_t len);

#endif
