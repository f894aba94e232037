/* The commands that talk to a running server, against one: a real process, a real token. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tests/cli/run.h"
#include "tests/testing.h"

/* A server on an empty folder with a trader, her token in a file. */
struct house {
    char folder[400], url[64], token[100];
    int pid;
};

static struct ran ran;

/* Run a line of shell with IRONFLY as the program and the house's settings; status, out and err in
 * ran. */
static struct ran *sh(const struct house *h, const char *format, ...) PRINTF_LIKE(2, 3);
static struct ran *sh(const struct house *h, const char *format, ...)
{
    char line[2048], command[4096], path[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    snprintf(
        command, sizeof command,
        "cd %s && export HOME=%s XDG_CONFIG_HOME=%s IRONFLY=%s IRONFLY_STRATEGIES=%s/strategies IRONFLY_SERVER_URL=%s IRONFLY_SERVER_TOKEN=%s && "
        "unset IRONFLY_STORE IRONFLY_CONFIG && ( %s ) >out 2>err </dev/null",
        h->folder, h->folder, h->folder, IRONFLY_PROGRAM, IRONFLY_SOURCE_ROOT, h->url, h->token,
        line);
    int status = system(command);
    MUST(WIFEXITED(status));
    ran.status = WEXITSTATUS(status);
    snprintf(path, sizeof path, "%s/out", h->folder);
    slurp(path, ran.out, sizeof ran.out);
    snprintf(path, sizeof path, "%s/err", h->folder);
    slurp(path, ran.err, sizeof ran.err);
    return &ran;
}

static void wait_for(const struct house *h, const char *file, const char *what, char out[4096])
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", h->folder, file);
    for (int i = 0; i < 400; i++) {
        out[0] = '\0';
        if (access(path, R_OK) == 0)
            slurp(path, out, 4096);
        if (strstr(out, what))
            return;
        usleep(50000);
    }
    fail_msg("%s never said \"%s\": %s", file, what, out);
}

static void open_house(struct house *h)
{
    char text[4096];
    *h = (struct house){ .url = "x", .token = "x" };
    snprintf(h->folder, sizeof h->folder, "%s", testing_folder());
    CHECK_EQ(
        sh(h,
           "unset IRONFLY_SERVER_URL IRONFLY_SERVER_TOKEN; timeout 100 $IRONFLY serve --data data --port 0 --workers 1 >serve.out 2>&1 & echo $! >pid")
            ->status,
        0);
    wait_for(h, "serve.out", "setup#", text);
    snprintf(h->url, sizeof h->url, "%.*s", (int)strcspn(strstr(text, "http://"), " "),
             strstr(text, "http://"));
    wait_for(h, "pid", "\n", text);
    h->pid = atoi(text);
    CHECK_EQ(sh(h, "echo 'seven green bicycles' | $IRONFLY user add ann --role trader --data data")
                 ->status,
             0);
    struct ran *r = sh(h, "$IRONFLY user token ann script --data data");
    if (r->status != 0)
        fail_msg("user token: %s", r->err);
    snprintf(h->token, sizeof h->token, "%.*s", (int)strcspn(r->out, "\n"), r->out);
}

static void close_house(const struct house *h)
{
    char text[4096];
    CHECK_EQ(kill(h->pid, SIGTERM), 0);
    wait_for(h, "serve.out", "ironfly has stopped", text);
}

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

#define REFUSES(h, want, says, ...)                                                                \
    do {                                                                                           \
        struct ran *r_ = sh(h, __VA_ARGS__);                                                       \
        if (r_->status != (want))                                                                  \
            fail_msg("status %d, not %d: %s%s", r_->status, want, r_->out, r_->err);               \
        CHECK_HAS(r_->err, says);                                                                  \
        CHECK_EQ(lines_of(r_->err), 1);                                                            \
    } while (0)

TEST(remote, says_what_is_missing_before_it_talks_to_anybody)
{
    struct house nobody = { .url = "http://127.0.0.1:1", .token = "if_pt_x" };
    snprintf(nobody.folder, sizeof nobody.folder, "%s", testing_folder());
    REFUSES(&nobody, 1, "no server answers at http://127.0.0.1:1", "$IRONFLY jobs list");
    REFUSES(&nobody, 1, "there is no token", "IRONFLY_SERVER_TOKEN= $IRONFLY jobs list");
    REFUSES(&nobody, 1, "cannot be read", "$IRONFLY jobs list --token-file nothing");
    REFUSES(&nobody, 1, "chmod 600", "echo x >t; chmod 644 t; $IRONFLY jobs list --token-file t");
    REFUSES(&nobody, 2, "does not begin with http", "$IRONFLY jobs list --server localhost:8080");
    static const struct {
        const char *words, *says;
    } wrong[] = {
        { "order", "the verb is none of" },
        { "order frob", "the verb is none of" },
        { "order preview SPY", "at least one leg" },
        { "order preview SPY buy:SPY/2026-12-18/P580", "the price is missing" },
        { "order preview SPY SPY/2026-12-18/P580 --market", "is no leg" },
        { "order preview SPY buy:SPY/2026-13-18/P580 --market", "expiry" },
        { "order preview SPY buy:SPY/2026-12-18/X580 --market", "C or P" },
        { "order preview SPY buy:SPY/2026-12-18/P0 --market", "C or P" },
        { "order preview SPY buy:SPY261218Q00580000 --market", "as the OCC writes it" },
        { "order preview SPY buy:SPY/2026-12-18/P580:0 --market", "ratio" },
        { "order preview SPY buy:stock --market --credit 1", "cannot both" },
        { "order preview SPY buy:stock --market --target 1",
          "--target and --stop-loss need --credit X or --debit X" },
        { "order preview SPY buy:stock --credit 1 --stop-loss -1", "--stop-loss" },
        { "order preview SPY buy:stock --credit 1 --debit 1", "cannot both" },
        { "order preview SPY buy:stock --credit -1", "not dollars" },
        { "order preview SPY buy:stock --quantity 0 --market", "--quantity" },
        { "order cancel x", "is no number of an order" },
        { "order cancel", "takes one number" },
        { "order replace 5", "what shall be different" },
        { "desk", "the verb is none of" },
        { "desk halt", "needs a reason" },
        { "positions frob", "the verb is neither" },
        { "positions --by luck", "neither trade nor contract" },
        { "jobs show x", "is no id" },
        { "jobs list --last 0", "--last" },
        { "strategies disarm ../x", "is no id" },
        { "strategies arm x --set y", "NAME=NUMBER" },
    };
    FOR_EACH (w, wrong)
        REFUSES(&nobody, 2, w->says, "$IRONFLY %s", w->words);
}

TEST(remote, lists_starts_and_stops_work_of_a_server)
{
    struct house h;
    open_house(&h);
    struct ran *r = sh(&h, "$IRONFLY jobs list");
    CHECK_EQ(r->status, 0);
    CHECK_STR(r->out, "no jobs yet\n");
    CHECK_STR(sh(&h, "$IRONFLY jobs list --json")->out, "[]\n");

    /* From a file that only she may read, and with the server named on the command line. */
    r = sh(
        &h,
        "echo %s >t; chmod 600 t; IRONFLY_SERVER_TOKEN= IRONFLY_SERVER_URL= $IRONFLY jobs list --token-file t --server %s/",
        h.token, h.url);
    CHECK_EQ(r->status, 0);

    REFUSES(&h, 1, "(401)", "IRONFLY_SERVER_TOKEN=${IRONFLY_SERVER_TOKEN}x $IRONFLY jobs list");
    REFUSES(&h, 1, "the server says no (404", "$IRONFLY jobs show abcdefghijklmnop");
    REFUSES(&h, 1, "[request ", "$IRONFLY jobs cancel abcdefghijklmnop");

    r = sh(&h, "$IRONFLY jobs backtest iron_condor --json");
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "\"kind\":\"backtest\"");
    char id[32];
    snprintf(id, sizeof id, "%.16s", strstr(r->out, "\"id\":\"") + 6);
    r = sh(
        &h,
        "for i in $(seq 100); do $IRONFLY jobs show %s >o; grep -q failed o && break; sleep 0.1; done; cat o",
        id);
    CHECK_HAS(r->out, "backtest, failed"); /* it has no market data to run on, and says so */
    CHECK_HAS(r->out, "iron_condor: ");
    r = sh(&h, "$IRONFLY jobs list");
    CHECK_HAS(r->out, id);
    CHECK_HAS(r->out, "asked for (New York)");
    CHECK_EQ(sh(&h, "$IRONFLY jobs cancel %s", id)->status, 1);
    close_house(&h);
}

TEST(cmd_jobs, lists_work_and_strategies_in_columns_newest_first_and_says_when_there_is_none)
{
    struct house h;
    open_house(&h);
    CHECK_HAS(sh(&h, "$IRONFLY jobs list --last 3")->out, "no jobs yet");
    CHECK_HAS(
        sh(&h,
           "for i in $(seq 100); do $IRONFLY strategies list >o 2>e && break; sleep 0.1; done; cat o")
            ->out,
        "put one there with");
    CHECK_EQ(
        sh(&h,
           "$IRONFLY jobs backtest iron_condor --json && $IRONFLY jobs backtest put_write --json")
            ->status,
        0);
    struct ran *r = sh(&h, "$IRONFLY jobs list");
    CHECK_EQ(lines_of(r->out), 3);
    const char *newer = strstr(r->out, "put_write"), *older = strstr(r->out, "iron_condor");
    CHECK(newer != NULL);
    CHECK(older > newer);
    CHECK(strstr(r->out, "kind") < newer); /* its head comes first */
    CHECK_EQ(lines_of(sh(&h, "$IRONFLY jobs list --last 1")->out), 2);
    CHECK_HAS(sh(&h, "$IRONFLY jobs list --last 1 --json")->out, "\"strategy\":\"put_write\"");
    r = sh(
        &h,
        "for i in $(seq 100); do $IRONFLY strategies arm iron_condor >o 2>e && break; sleep 0.1; done; $IRONFLY strategies list");
    CHECK_EQ(lines_of(r->out), 2);
    CHECK_HAS(r->out, "s0");
    CHECK_HAS(r->out, "yes");
    close_house(&h);
}

TEST(remote, a_token_can_do_no_more_than_its_scopes)
{
    struct house h;
    open_house(&h);
    struct ran *r =
        sh(&h, "$IRONFLY user token ann reader --scopes desk:read --days 1 --data data");
    CHECK_EQ(r->status, 0);
    snprintf(h.token, sizeof h.token, "%.*s", (int)strcspn(r->out, "\n"), r->out);
    REFUSES(&h, 1, "(403", "$IRONFLY jobs list");
    REFUSES(&h, 1, "(403", "$IRONFLY order preview SPY buy:stock --market");
    CHECK_EQ(sh(&h, "$IRONFLY order list")->status, 0);
    REFUSES(&h, 1, "your own permissions",
            "$IRONFLY user token ann boss --scopes users:manage --data data");
    REFUSES(&h, 2, "frob", "$IRONFLY user token ann boss --scopes frob --data data");
    REFUSES(&h, 1, "no user \"bob\"", "$IRONFLY user token bob x --data data");
    close_house(&h);
}

TEST(remote, an_order_is_previewed_sent_shown_and_closed)
{
    struct house h;
    open_house(&h);
    /* The market must be open and have a price of the stock; the simulated one begins with its
     * session. */
    struct ran *r = sh(
        &h,
        "for i in $(seq 200); do $IRONFLY order preview SPY buy:stock --quantity 2 --market && exit 0; sleep 0.1; done; exit 1");
    if (r->status != 0)
        fail_msg("no preview: %s%s", r->out, r->err);
    CHECK_HAS(r->out, "ok  is_safe");
    CHECK_HAS(r->out, "\nallowed\n");
    REFUSES(
        &h, 1, "Say --yes",
        "$IRONFLY order place SPY buy:stock --quantity 2 --market 2>all; head -1 all >&2; exit 1");
    r = sh(
        &h,
        "$IRONFLY order place SPY buy:stock --quantity 2 --market --yes --key once && $IRONFLY order place SPY buy:stock --quantity 2 --market --yes --key once");
    CHECK_EQ(r->status, 0);
    r = sh(
        &h,
        "for i in $(seq 100); do $IRONFLY order list | grep -q filled && break; sleep 0.1; done; $IRONFLY order list");
    CHECK_HAS(r->out, "filled");
    CHECK_EQ(lines_of(r->out), 2); /* its head, and the one order: the same key is the same order */
    CHECK_HAS(sh(&h, "$IRONFLY order show 1")->out, "fill 2");
    r = sh(
        &h,
        "for i in $(seq 100); do $IRONFLY positions | grep -q by.hand && break; sleep 0.1; done; $IRONFLY positions --json");
    CHECK_HAS(r->out, "\"kind\":\"trade\"");
    r = sh(&h, "$IRONFLY desk limits");
    CHECK_HAS(r->out, "at most");
    CHECK_HAS(r->out, "delta_shares");
    CHECK_HAS(sh(&h, "$IRONFLY desk limits --json")->out, "\"room\":");
    CHECK_EQ(sh(&h, "$IRONFLY desk halt \"for the test\"")->status, 0);
    CHECK_HAS(sh(&h, "$IRONFLY desk status")->out, "halted");
    CHECK_EQ(sh(&h, "$IRONFLY desk resume \"go on\"")->status, 0);
    r = sh(
        &h,
        "$IRONFLY strategies arm iron_condor && $IRONFLY strategies list && $IRONFLY strategies disarm s0");
    CHECK_HAS(r->out, "s0");
    CHECK_HAS(r->out, "disarmed");
    close_house(&h);
}
