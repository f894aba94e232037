/*
 * One request to somebody's HTTP server, and its answer: for the commands that talk to a running
 * Ironfly.
 *
 *     struct http_call call = { .url = "http://127.0.0.1:8080/api/v1/desk", .bearer = token };
 *     struct http_reply reply = { 0 };
 *     err = http_call(&reply, &call);          waits, for call.seconds at most
 *     if (!err && reply.status == 200) ... reply.body ...
 *     http_reply_free(&reply);
 *
 * HTTP/1.1 over TLS or plain, one connection a request. Redirections are not followed: a token
 * goes nowhere but where it is sent.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/err.h"
#include "base/str.h"

struct http_call {
    const char *url;       /* http://HOST[:PORT]/PATH or https://... */
    const char *method;    /* "GET"; NULL is that */
    const char *bearer;    /* for Authorization; NULL: none */
    struct str body;       /* JSON; ptr NULL: none */
    const char *once;      /* Idempotency-Key; NULL: none */
    const char *ca_file;   /* PEM, in place of the system's; NULL */
    int seconds;           /* 0: 30 */
    size_t body_bytes_max; /* of the answer; 0: 64 MiB */
};

struct http_reply {
    int status;
    char type[64]; /* "application/json"; "" when none was told */
    struct buf body;
};

/*
 * Any status is an answer and ERR_OK. Errors: ERR_USAGE for a url, token or key that cannot be
 * sent; ERR_NOT_FOUND when nobody answers there; ERR_IO when the answer breaks off, is late or too
 * long.
 */
NODISCARD enum err http_call(struct http_reply *out, const struct http_call *call);
void http_reply_free(struct http_reply *reply);

#endif
