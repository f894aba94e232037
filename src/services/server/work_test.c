/* Jobs: backtests, markets, what a restart does to them. */
#include "services/server/house_test.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- work ------------------------------------------------------------------------------------ */

static void wait_for(struct client *c, const char *id, const char *state)
{
    char target[64];
    snprintf(target, sizeof target, "/api/v1/jobs/%s", id);
    for (int i = 0; i < 1500; i++) {
        struct reply r = ask(c, "GET", target, NULL);
        bool is_there = strcmp(text_at(&r, "state"), state) == 0,
             is_over = strcmp(text_at(&r, "state"), "failed") == 0;
        if (is_over && !is_there)
            fail_msg("job failed: %s", text_at(&r, "error"));
        reply_free(&r);
        if (is_there)
            return;
        usleep(50000);
    }
    struct reply r = ask(c, "GET", target, NULL);
    fail_msg("job %s never was %s: %s", id, state, r.raw.body.ptr);
}

TEST(server, a_backtest_runs_in_its_process_and_its_result_is_kept)
{
    struct house h;
    char id[32], target[96];
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader");
    make_market(&h.options, 20240131);
    tom.extra = "Idempotency-Key: once\r\n";
    struct reply r = ask(&tom, "POST", "/api/v1/backtests",
                         "{\"strategy\":\"put_write\",\"seed\":3,\"from\":\"2024-01-02\"}");
    CHECK_EQ(r.status, 202);
    snprintf(id, sizeof id, "%s", text_at(&r, "id"));
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/backtests",
            "{\"strategy\":\"put_write\",\"seed\":3,\"from\":\"2024-01-02\"}");
    CHECK_STR(text_at(&r, "id"), id); /* sent twice, run once */
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"put_write\",\"seed\":4}");
    CHECK_EQ(r.status, 422);
    CHECK_STR(text_at(&r, "code"), "idempotency_mismatch");
    CHECK_HAS(text_at(&r, "detail"), id);
    reply_free(&r);
    tom.extra = NULL;
    wait_for(&tom, id, "done");
    snprintf(target, sizeof target, "/api/v1/backtests/%s", id);
    expect(&ann, "GET", target, NULL, 200);
    snprintf(target, sizeof target, "/api/v1/backtests/%s/result", id);
    r = ask(&tom, "GET", target, NULL);
    CHECK_STR(text_at(&r, "schema"), "ironfly.backtest/1");
    reply_free(&r);
    expect(&tom, "GET", "/api/v1/backtests", NULL, 200);
    r = ask(&tom, "POST", "/api/v1/backtests", "{\"strategy\":\"no_such_strategy\"}");
    snprintf(id, sizeof id, "%s", text_at(&r, "id"));
    reply_free(&r);
    wait_for(&tom, id, "failed");
    snprintf(target, sizeof target, "/api/v1/jobs/%s", id);
    r = ask(&tom, "GET", target, NULL);
    CHECK_HAS(text_at(&r, "error"), "nor in the catalogue strategies");
    reply_free(&r);
    snprintf(target, sizeof target, "/api/v1/backtests/%s", id);
    expect(&tom, "GET", target, NULL, 404);
    r = ask(&tom, "GET", "/api/v1/chains/XYZ?day=2024-01-02", NULL);
    CHECK(r.status >= 400);
    CHECK_HAS(text_at(&r, "detail"), "store has no chains of \"XYZ\"");
    if (strchr(text_at(&r, "detail"), '/'))
        fail_msg("a folder is told: %s", text_at(&r, "detail"));
    reply_free(&r);
    close_house(&h);
}

TEST(server, a_saved_strategy_has_versions_and_a_backtest_runs_the_one_of_then)
{
    struct house h;
    open_house(&h);
    struct client ann = set_up(&h), tom = add_user(&h, &ann, "tom", "trader");
    struct reply r = ask(&tom, "GET", "/api/v1/catalogue/put_write", NULL);
    json_t *body = json_pack("{s:s,s:O}", "name", "mine", "text", json_object_get(r.json, "text"));
    char *text = json_dumps(body, 0), target[96], job[200], first[32];
    reply_free(&r);
    r = ask(&tom, "POST", "/api/v1/strategies", text);
    CHECK_EQ(r.status, 201);
    snprintf(target, sizeof target, "/api/v1/strategies/%s", text_at(&r, "id"));
    snprintf(job, sizeof job, "{\"strategy_id\":\"%s\"}", text_at(&r, "id"));
    reply_free(&r);
    expect(&tom, "POST", "/api/v1/strategies", text, 409);
    json_object_del(body, "name");
    free(text);
    text = json_dumps(body, 0);
    expect(&tom, "POST", "/api/v1/strategies/check", text, 200);
    tom.extra = "Idempotency-Key: then\r\n";
    r = ask(&tom, "POST", "/api/v1/backtests", job);
    CHECK_EQ(json_integer_value(json_object_get(json_object_get(r.json, "spec"), "version")), 1);
    snprintf(first, sizeof first, "%s", text_at(&r, "id"));
    reply_free(&r);
    tom.extra = NULL;
    char versions[128];
    snprintf(versions, sizeof versions, "%s/versions", target);
    expect(&tom, "POST", versions, text, 201);
    tom.extra = "Idempotency-Key: then\r\n"; /* the same body, though another version is newest */
    r = ask(&tom, "POST", "/api/v1/backtests", job);
    CHECK_STR(text_at(&r, "id"), first);
    reply_free(&r);
    tom.extra = NULL;
    r = ask(&tom, "GET", target, NULL);
    CHECK_EQ(json_integer_value(json_object_get(r.json, "version")), 2);
    reply_free(&r);
    expect(&tom, "GET", versions, NULL, 200);
    struct client tim = add_user(&h, &ann, "tim", "trader");
    expect(&tim, "POST", versions, text, 403);
    expect(&tim, "DELETE", target, NULL, 403);
    expect(&tom, "DELETE", target, NULL, 204);
    expect(&tom, "GET", target, NULL, 404);
    free(text);
    json_decref(body);
    close_house(&h);
}

TEST(server, a_backtest_begins_with_money_and_with_seed_1_where_none_is_said)
{
    struct house h;
    char id[32], target[96];
    open_house(&h);
    struct client ann = set_up(&h);
    make_market(&h.options, 20240112);
    static const char *const wrong[] = { "0", "-1", "1.5", "\"1\"", "2000000000000000000" };
    FOR_EACH (cash, wrong)
        expect(&ann, "POST", "/api/v1/backtests",
               arena_printf(&test_arena, "{\"strategy\":\"put_write\",\"cash_micros\":%s}", *cash),
               422);
    struct reply r = ask(&ann, "POST", "/api/v1/backtests", "{\"strategy\":\"put_write\"}");
    CHECK_EQ(r.status, 202);
    snprintf(id, sizeof id, "%s", text_at(&r, "id"));
    reply_free(&r);
    wait_for(&ann, id, "done");
    snprintf(target, sizeof target, "/api/v1/backtests/%s/result", id);
    r = ask(&ann, "GET", target, NULL);
    CHECK_HAS(r.raw.body.ptr, "\"seed\":1,");
    reply_free(&r);
    close_house(&h);
}

TEST(server, a_job_is_cancelled_and_one_that_a_restart_cut_runs_again)
{
    struct house h;
    char first[32], second[32], target[96];
    open_house(&h);
    struct client ann = set_up(&h);
    static const char simulation[] =
        "{\"from\":\"2015-01-02\",\"to\":\"2024-06-28\",\"grid\":\"1m\",\"symbols\":\"SPX\"}";
    struct reply r = ask(&ann, "POST", "/api/v1/simulations", simulation);
    CHECK_EQ(r.status, 202);
    snprintf(first, sizeof first, "%s", text_at(&r, "id"));
    reply_free(&r);
    r = ask(&ann, "POST", "/api/v1/simulations", simulation); /* one at a time: it waits */
    snprintf(second, sizeof second, "%s", text_at(&r, "id"));
    reply_free(&r);
    wait_for(&ann, first, "running");
    stop(&h);
    start(&h);
    ann.port = h.port;
    wait_for(&ann, first, "running");
    snprintf(target, sizeof target, "/api/v1/jobs/%s", first);
    r = ask(&ann, "GET", target, NULL);
    CHECK_EQ(json_integer_value(json_object_get(r.json, "tries")), 2);
    reply_free(&r);
    const char *ids[] = { second, first };
    FOR_EACH (id, ids) {
        snprintf(target, sizeof target, "/api/v1/jobs/%s/cancel", *id);
        expect(&ann, "POST", target, NULL, 202);
        wait_for(&ann, *id, "cancelled");
        expect(&ann, "POST", target, NULL, 409);
    }
    close_house(&h);
}
