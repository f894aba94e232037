/* ironfly feed live as its users run it, against stand-in gateways in this process. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "adapters/feed/databento/gateway_test.h"

struct run {
    struct gateway options, stocks;
    FILE *pipe;
    struct buf out;     /* its process first, in a line */
    const char *enough; /* NULL, or: words after which it is interrupted */
    bool has_streamed;
};

/* Both outputs together; the keys are what the words before the command set. */
static void begin(struct run *r, const char *keys, const char *words)
{
    char command[2048];
    memset(r, 0, sizeof *r);
    gateway_open(&r->options);
    gateway_open(&r->stocks);
    snprintf(
        command, sizeof command,
        "exec 2>&1 </dev/null; echo $$; exec env -u DATABENTO_API_KEY -u POLYGON_API_KEY -u MASSIVE_API_KEY"
        " %s %s feed live --symbols SPY"
        " --options OPRA.PILLAR@127.0.0.1:%d --stocks EQUS.MINI@127.0.0.1:%d %s",
        keys, IRONFLY_PROGRAM, r->options.port, r->stocks.port, words);
    r->pipe = popen(command, "r");
    MUST(r->pipe != NULL);
    fcntl(fileno(r->pipe), F_SETFL, O_NONBLOCK);
}

static void stream(struct run *r)
{
    struct buf bytes = { 0 };
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct dbn_writer *writer = gateway_begin(&bytes, false);
    gateway_map(writer, 7, "SPY");
    gateway_quote(writer, 7, now.tv_sec * INT64_C(1000000000) + now.tv_nsec, 60000, 60001);
    CHECK_OK(dbn_writer_close(writer));
    gateway_send(&r->stocks, bytes.ptr, bytes.len);
    buf_free(&bytes);
    r->has_streamed = true;
}

/* Until the program ends by itself; returns its status. */
static int finish(struct run *r)
{
    for (int tries = 0;; tries++) {
        char text[4096];
        ssize_t len = read(fileno(r->pipe), text, sizeof text);
        if (len == 0)
            break;
        if (len > 0)
            buf_append(&r->out, text, (size_t)len);
        if (r->enough && r->out.len && strstr(r->out.ptr, r->enough)) {
            kill((pid_t)atoi(r->out.ptr), SIGINT);
            r->enough = NULL;
        }
        if (tries > 60000)
            fail_msg("it does not end: %s", r->out.ptr ? r->out.ptr : "");
        gateway_step(&r->options);
        gateway_step(&r->stocks);
        if (r->options.started && r->stocks.started && !r->has_streamed)
            stream(r);
        usleep(1000);
    }
    int status = pclose(r->pipe);
    gateway_close(&r->options);
    gateway_close(&r->stocks);
    MUST(WIFEXITED(status));
    if (!r->out.ptr)
        buf_puts(&r->out, "");
    return WEXITSTATUS(status);
}

TEST(cli_feed_live, opens_both_lines_and_says_what_came)
{
    struct run r;
    begin(&r, "DATABENTO_API_KEY=" GATEWAY_KEY, "--for 60 --every 0.1 --json");
    r.enough = "\"quote\":1";
    CHECK_EQ(finish(&r), 0);
    CHECK_HAS(r.out.ptr, "\"event\":\"line\"");
    CHECK_HAS(r.out.ptr, "\"source\":\"primary\",\"state\":\"up\"");
    CHECK_HAS(r.out.ptr, "\"event\":\"end\"");
    CHECK_HAS(r.out.ptr, "\"quote\":1"); /* judged by the wall clock: out of hours it is no price */
    CHECK_HAS(r.out.ptr, "\"symbol\":\"SPY\"");
    CHECK(!strstr(r.out.ptr, GATEWAY_KEY));
    buf_free(&r.out);
}

TEST(cli_feed_live, says_what_is_wrong_with_keys_and_hosts)
{
    struct run r;
    begin(&r, "", "");
    CHECK_EQ(finish(&r), 2);
    CHECK_HAS(r.out.ptr, "DATABENTO_API_KEY is not set");
    buf_free(&r.out);
    begin(&r, "DATABENTO_API_KEY=db-anotherunittestapikey1234FFFF", "");
    CHECK_EQ(finish(&r), 1);
    CHECK_HAS(r.out.ptr, "login refused: Authentication failed.");
    CHECK(!strstr(r.out.ptr, "anotherunittest"));
    buf_free(&r.out);
    begin(&r, "DATABENTO_API_KEY=" GATEWAY_KEY, "--options OPRA.PILLAR@127.0.0.1:1 --wait 3");
    CHECK_EQ(finish(&r), 1);
    CHECK_HAS(r.out.ptr,
              "no line is up after 3 s: OPRA.PILLAR at 127.0.0.1:1, EQUS.MINI at 127.0.0.1:");
    CHECK_HAS(r.out.ptr, "of Databento: cannot connect");
    buf_free(&r.out);
    begin(&r, "DATABENTO_API_KEY=" GATEWAY_KEY, "--wait never");
    CHECK_EQ(finish(&r), 2);
    CHECK_HAS(r.out.ptr, "--wait \"never\" is not a number of seconds");
    buf_free(&r.out);
}
