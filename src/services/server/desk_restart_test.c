/* A server that is killed in the middle of a session and started again. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/zone.h"
#include "services/server/desk_house_test.h"

struct process {
    pid_t pid;
    int port;
    char setup[64];
};

static void spawn_server(struct process *p, const char *data)
{
    int pipes[2];
    const char *argv[] = { "ironfly", "serve",     "--data", data,      "--port",
                           "0",       "--symbols", "SPX",    "--speed", "4",
                           "--seed",  "5",         "--cash", "5000000", NULL };
    CHECK(pipe(pipes) == 0);
    p->pid = fork();
    CHECK(p->pid >= 0);
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        dup2(pipes[1], 1);
        close(pipes[0]);
        close(pipes[1]);
        execv(IRONFLY_PROGRAM, (char *const *)argv);
        _exit(127);
    }
    close(pipes[1]);
    FILE *out = fdopen(pipes[0], "r");
    char line[600];
    const char *mark;
    p->port = 0;
    while (!p->port && fgets(line, sizeof line, out)) {
        if ((mark = strstr(line, "127.0.0.1:")) != NULL)
            p->port = atoi(mark + 10);
        if (!p->setup[0] && fgets(line, sizeof line, out) &&
            (mark = strstr(line, "/setup#")) != NULL)
            snprintf(p->setup, sizeof p->setup, "%.*s", (int)strcspn(mark + 7, " "), mark + 7);
    }
    fclose(out);
    CHECK(p->port > 0);
}

/* Once there are so many bars of five seconds: when the first begins. */
static json_int_t await_bars(struct client *c, size_t count)
{
    for (int i = 0; i < 1000; i++) {
        json_t *bars = get(c, "/api/v1/symbols/SPX/intraday?seconds=5");
        const json_t *items = json_object_get(bars, "items");
        bool is_enough = json_array_size(items) >= count;
        json_int_t first = whole_of(json_array_get(items, 0), "ts_ns");
        json_decref(bars);
        if (is_enough)
            return first;
        usleep(20000);
    }
    fail_msg("%s", "there are no bars");
    return 0;
}

TEST(desk_restart, a_killed_server_loses_no_order_and_doubles_none)
{
    struct process p = { 0 };
    struct spread s;
    char key[32];
    int status;
    CHECK_OK(zone_init());
    setenv("IRONFLY_STRATEGIES", IRONFLY_SOURCE_ROOT "/strategies", 1);
    signal(SIGPIPE, SIG_IGN);
    const char *data = testing_folder();
    spawn_server(&p, data);
    struct house h = { .port = p.port };
    snprintf(h.setup, sizeof h.setup, "%s", p.setup);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    enum { ROUNDS = 1 };
    int answered = 0;
    json_int_t begun_ns = await_bars(&ann, 4);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 4; i++) {
            snprintf(key, sizeof key, "%d-%d", round, i);
            struct reply r = send_order(&ann, &s, i % 2 ? s.far : "\"type\":\"market\"", key);
            check_status(&r, 201);
            answered++;
            reply_free(&r);
        }
        kill(p.pid, SIGKILL); /* right behind the answer */
        waitpid(p.pid, &status, 0);
        spawn_server(&p, data);
        ann.port = p.port;
        struct spread now; /* where the market is: the orders are those of before */
        await_market(&ann, &now);
        for (int i = 0; i < 4; i++) { /* who had no answer asks again */
            snprintf(key, sizeof key, "%d-%d", round, i);
            struct reply r = send_order(&ann, &s, i % 2 ? s.far : "\"type\":\"market\"", key);
            check_status(&r, 201);
            CHECK_EQ(whole_of(r.json, "id"), round * 4 + i + 1);
            reply_free(&r);
            r = send_order(&ann, &s, i % 2 ? "\"type\":\"market\"" : s.far, key);
            check_status(&r, 422); /* another order with it */
            CHECK_STR(text_at(&r, "code"), "idempotency_mismatch");
            reply_free(&r);
        }
    }
    json_t *all = get(&ann, "/api/v1/orders"), *fills = get(&ann, "/api/v1/fills"), *order;
    size_t k;
    int filled = 0, working = 0;
    CHECK_EQ(json_array_size(json_object_get(all, "items")), answered);
    json_array_foreach (json_object_get(all, "items"), k, order) {
        filled += strcmp(text_of(order, "state"), "filled") == 0;
        working += strcmp(text_of(order, "state"), "working") == 0;
    }
    CHECK_EQ(filled, 2 * ROUNDS);
    CHECK_EQ(working, 2 * ROUNDS);
    CHECK_EQ(await_bars(&ann, 4), begun_ns); /* the day's bars did not begin anew */
    CHECK_EQ(json_array_size(json_object_get(fills, "items")), 4 * ROUNDS);
    json_decref(fills);
    json_decref(all);
    json_t *verdict = get(&ann, "/api/v1/audit/verify");
    CHECK(json_is_true(json_object_get(verdict, "whole")));
    json_decref(verdict);
    kill(p.pid, SIGTERM);
    CHECK_EQ(waitpid(p.pid, &status, 0), p.pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    arena_clear(&test_arena);
}

static void shell(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

TEST(desk_restart, a_backup_of_a_running_desk_is_a_desk_elsewhere)
{
    struct process p = { 0 };
    struct spread s;
    int status;
    CHECK_OK(zone_init());
    setenv("IRONFLY_STRATEGIES", IRONFLY_SOURCE_ROOT "/strategies", 1);
    signal(SIGPIPE, SIG_IGN);
    const char *data = arena_strdup(&test_arena, testing_folder());
    const char *other = arena_strdup(&test_arena, testing_folder());
    spawn_server(&p, data);
    struct house h = { .port = p.port };
    snprintf(h.setup, sizeof h.setup, "%s", p.setup);
    struct client ann = set_up(&h);
    await_market(&ann, &s);
    struct reply r = send_order(&ann, &s, "\"type\":\"market\"", NULL);
    json_int_t trade = whole_of(r.json, "trade_id");
    reply_free(&r);
    json_decref(await_position(&ann, trade, true));
    r = send_order(&ann, &s, s.far, NULL);
    json_decref(await_order(&ann, whole_of(r.json, "id"), "working"));
    reply_free(&r);
    shell(arena_printf(&test_arena, "%s backup --data %s --to %s/copy >/dev/null", IRONFLY_PROGRAM,
                       data, other));
    r = send_order(&ann, &s, s.far, NULL); /* too late for it */
    reply_free(&r);
    kill(p.pid, SIGKILL);
    waitpid(p.pid, &status, 0);
    shell(arena_printf(&test_arena,
                       "mkdir %s/data && cp %s/secret.key %s/data && "
                       "%s restore --data %s/data --from %s/copy >/dev/null",
                       other, data, other, IRONFLY_PROGRAM, other, other));
    spawn_server(&p, arena_printf(&test_arena, "%s/data", other));
    ann.port = p.port;
    await_market(&ann, &s);
    json_decref(await_position(&ann, trade, true));
    json_t *all = get(&ann, "/api/v1/orders");
    const json_t *items = json_object_get(all, "items");
    CHECK_EQ(json_array_size(items), 2);
    CHECK_STR(text_of(json_array_get(items, 0), "state"), "working");
    CHECK_STR(text_of(json_array_get(items, 1), "state"), "filled");
    json_decref(all);
    json_t *verdict = get(&ann, "/api/v1/audit/verify");
    CHECK(json_is_true(json_object_get(verdict, "whole")));
    json_decref(verdict);
    kill(p.pid, SIGTERM);
    CHECK_EQ(waitpid(p.pid, &status, 0), p.pid);
    arena_clear(&test_arena);
}
