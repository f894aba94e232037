/* ironfly jobs, strategies list|arm|disarm: work and strategies of a running server. */
#include <stdio.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/cmd_remote.h"
#include "apps/remote.h"

static const char jobs_help[] =
    "usage: ironfly jobs list [--last N]\n"
    "       ironfly jobs show ID\n"
    "       ironfly jobs cancel ID\n"
    "       ironfly jobs backtest STRATEGY [--from D] [--to D] [--set NAME=VALUE]\n"
    "\n"
    "Backtests, simulations and imports that a running server works on. backtest starts one; STRATEGY is a name of the\n"
    "catalogue or the id of a saved strategy.\n"
    "\n"
    "  --last N           list: how many (default 50)\n"
    "  --from D, --to D   backtest: first and last day, YYYY-MM-DD\n"
    "  --set NAME=VALUE   backtest: replace a parameter; may be repeated\n" REMOTE_OPTIONS_HELP;

static const char strategies_help[] =
    "usage: ironfly strategies list\n"
    "       ironfly strategies arm STRATEGY [--symbol S] [--set NAME=VALUE]\n"
    "       ironfly strategies disarm ID\n"
    "\n"
    "Strategies on a running desk. arm puts one there, by its name in the catalogue or the id of a saved one, or arms one\n"
    "that is there again, by its id on the desk. A disarmed one enters no more and manages what it holds.\n"
    "\n"
    "  --symbol S         in place of its own underlying\n"
    "  --set NAME=VALUE   replace a parameter; may be repeated\n" REMOTE_OPTIONS_HELP;

enum { OPT_FROM = 1000, OPT_TO, OPT_SET, OPT_SYMBOL, ID_LEN = 16 };

struct given {
    const char *words, *from, *to, *symbol;
    json_t *parameters; /* NULL: none */
};

static bool on_option(void *context, int option, const char *value)
{
    struct given *g = context;
    int32_t day;
    double number;
    struct str rest = str_from(value), name;
    switch (option) {
    case OPT_FROM:
        g->from = value;
        return cmd_date(g->words, "--from", value, &day);
    case OPT_TO:
        g->to = value;
        return cmd_date(g->words, "--to", value, &day);
    case OPT_SYMBOL:
        g->symbol = value;
        return true;
    case OPT_SET:
        if (!str_cut(&rest, '=', &name) || !name.len || !str_to_double(rest, &number)) {
            cmd_usage(g->words, "--set \"%s\" is not NAME=NUMBER", value);
            return false;
        }
        if (!g->parameters)
            g->parameters = json_object();
        json_object_setn_new(g->parameters, name.ptr, name.len, json_real(number));
        return true;
    default:
        return false;
    }
}

/* Ids are 16 of a-z and 2-7; a name of the catalogue is hardly ever. */
static bool is_id(const char *text)
{
    return strlen(text) == ID_LEN && strspn(text, "abcdefghijklmnopqrstuvwxyz234567") == ID_LEN;
}

static json_t *body_of(struct given *g, const char *strategy)
{
    json_t *body = json_pack("{s:s}", is_id(strategy) ? "strategy_id" : "strategy", strategy);
    if (body && g->from)
        json_object_set_new(body, "from", json_string(g->from));
    if (body && g->to)
        json_object_set_new(body, "to", json_string(g->to));
    if (body && g->symbol)
        json_object_set_new(body, "symbol", json_string(g->symbol));
    if (body && g->parameters)
        json_object_set(body, "parameters", g->parameters);
    return body;
}

static enum err check_id(const char *text, const char *see)
{
    return is_id(text) ? ERR_OK : err_set(ERR_USAGE, "\"%s\" is no id; see: ironfly %s", text, see);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static const char *about(struct remote *r, const json_t *job)
{
    const json_t *spec = json_object_get(job, "spec");
    const char *what = *remote_text(spec, "strategy")  ? remote_text(spec, "strategy")
                       : *remote_text(spec, "symbols") ? remote_text(spec, "symbols")
                                                       : remote_text(spec, "path");
    const char *text =
        *remote_text(job, "error") ? remote_text(job, "error") : remote_text(job, "text");
    return arena_printf(&r->arena, "%s%s%s", what, *what && *text ? ": " : "", text);
}

static const char *progress(struct remote *r, const json_t *job)
{
    const json_t *share = json_object_get(job, "progress");
    return json_is_number(share)
               ? arena_printf(&r->arena, "%.0f %%", 100 * json_number_value(share))
               : "-";
}

static enum err show_job(struct remote *r, const json_t *job)
{
    if (r->json) {
        remote_print(job);
        return ERR_OK;
    }
    printf("job %s: %s, %s, %s\n", remote_text(job, "id"), remote_text(job, "kind"),
           remote_text(job, "state"), progress(r, job));
    printf("  asked for %s, began %s, ended %s (New York)\n", remote_time(r, job, "created_ns"),
           remote_time(r, job, "started_ns"), remote_time(r, job, "ended_ns"));
    if (*about(r, job))
        printf("  %s\n", about(r, job));
    return ERR_OK;
}

static bool job_row(struct remote *r, const json_t *j, UNUSED const void *context,
                    const char *cells[])
{
    cells[0] = remote_text(j, "id");
    cells[1] = remote_time(r, j, "created_ns");
    cells[2] = remote_text(j, "kind");
    cells[3] = remote_text(j, "state");
    cells[4] = progress(r, j);
    cells[5] = about(r, j);
    return true;
}

static enum err list_jobs(struct remote *r)
{
    static const char *const titles[] = {
        "id", "asked for (New York)", "kind", "state", ">done", ""
    };
    return remote_table(r, &(struct remote_view){ "/api/v1/jobs", 50, ARRAY_COUNT(titles), titles,
                                                  "no jobs yet", job_row, NULL });
}

static enum err one_job(struct remote *r, bool cancel)
{
    const json_t *job;
    enum err err = check_id(r->names[1], "jobs list");
    if (!err)
        err = remote_send(
            r, cancel ? "POST" : "GET",
            arena_printf(&r->arena, "/api/v1/jobs/%s%s", r->names[1], cancel ? "/cancel" : ""),
            NULL, NULL, &job);
    return err ? err : show_job(r, job);
}

static enum err start_backtest(struct remote *r, struct given *g)
{
    const json_t *job;
    enum err err = remote_send(r, "POST", "/api/v1/backtests", body_of(g, r->names[1]), NULL, &job);
    return err ? err : show_job(r, job);
}

int cmd_jobs(int argc, char **argv)
{
    static const struct option own[] = { { "from", required_argument, NULL, OPT_FROM },
                                         { "to", required_argument, NULL, OPT_TO },
                                         { "set", required_argument, NULL, OPT_SET },
                                         { NULL, 0, NULL, 0 } };
    struct given g = { .words = "jobs" };
    struct remote r;
    int stop = remote_parse(&r, g.words, jobs_help, argc, argv, own, on_option, &g);
    if (stop)
        return stop - 1;
    const char *verb = r.name_count ? r.names[0] : "";
    enum err err;
    if (strcmp(verb, "list") == 0 && r.name_count == 1)
        err = list_jobs(&r);
    else if ((strcmp(verb, "show") == 0 || strcmp(verb, "cancel") == 0) && r.name_count == 2)
        err = one_job(&r, verb[0] == 'c');
    else if (strcmp(verb, "backtest") == 0 && r.name_count == 2)
        err = start_backtest(&r, &g);
    else
        err = err_set(
            ERR_USAGE,
            "the verb is none of list, show ID, cancel ID, backtest STRATEGY; see: ironfly jobs --help");
    json_decref(g.parameters);
    return remote_close(&r, err);
}

/* ---- strategies on the desk ------------------------------------------------------------------ */

static enum err show_armed(struct remote *r, const json_t *a)
{
    if (r->json)
        remote_print(a);
    else
        printf("%s %s on %s: %s\n", remote_text(a, "id"), remote_text(a, "strategy"),
               remote_text(a, "symbol"),
               json_is_true(json_object_get(a, "armed")) ? "armed" : "disarmed");
    return ERR_OK;
}

static bool armed_row(struct remote *r, const json_t *a, UNUSED const void *context,
                      const char *cells[])
{
    cells[0] = remote_text(a, "id");
    cells[1] = remote_text(a, "strategy");
    cells[2] = remote_text(a, "symbol");
    cells[3] = json_is_true(json_object_get(a, "armed")) ? "yes" : "no";
    cells[4] = remote_count(r, a, "open_trades");
    cells[5] = remote_count(r, a, "closed_trades");
    cells[6] = remote_money(r, a, "pnl_micros");
    return true;
}

static enum err list_armed(struct remote *r)
{
    static const char *const titles[] = { "id",    "strategy", "symbol", "armed",
                                          ">open", ">closed",  ">P&L" };
    return remote_table(
        r, &(struct remote_view){
               "/api/v1/desk/strategies", 500, ARRAY_COUNT(titles), titles,
               "no strategy is on the desk; put one there with: ironfly strategies arm NAME",
               armed_row, NULL });
}

/* Is it the id of a place on the desk? Then it is armed again, else put there. */
static enum err arm(struct remote *r, struct given *g)
{
    const json_t *items, *armed;
    const char *name = r->names[1];
    bool is_there = false;
    enum err err = remote_list(r, "/api/v1/desk/strategies", 500, &items);
    size_t i;
    json_t *a;
    if (!err)
        json_array_foreach (items, i, a)
            is_there |= strcmp(remote_text(a, "id"), name) == 0;
    if (!err && is_there)
        err =
            remote_send(r, "POST", arena_printf(&r->arena, "/api/v1/desk/strategies/%s/arm", name),
                        NULL, NULL, &armed);
    else if (!err)
        err = remote_send(r, "POST", "/api/v1/desk/strategies", body_of(g, name), NULL, &armed);
    return err ? err : show_armed(r, armed);
}

static enum err disarm(struct remote *r)
{
    const json_t *armed;
    const char *id = r->names[1];
    enum err err =
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(id) && *id
            ? ERR_OK
            : err_set(ERR_USAGE, "\"%s\" is no id of the desk; see: ironfly strategies list", id);
    if (!err)
        err =
            remote_send(r, "POST", arena_printf(&r->arena, "/api/v1/desk/strategies/%s/disarm", id),
                        NULL, NULL, &armed);
    return err ? err : show_armed(r, armed);
}

int cmd_strategies_remote(int argc, char **argv)
{
    static const struct option own[] = { { "symbol", required_argument, NULL, OPT_SYMBOL },
                                         { "set", required_argument, NULL, OPT_SET },
                                         { NULL, 0, NULL, 0 } };
    struct given g = { .words = "strategies" };
    struct remote r;
    int stop = remote_parse(&r, g.words, strategies_help, argc, argv, own, on_option, &g);
    if (stop)
        return stop - 1;
    const char *verb = r.name_count ? r.names[0] : "";
    enum err err;
    if (strcmp(verb, "list") == 0 && r.name_count == 1)
        err = list_armed(&r);
    else if (strcmp(verb, "arm") == 0 && r.name_count == 2)
        err = arm(&r, &g);
    else if (strcmp(verb, "disarm") == 0 && r.name_count == 2)
        err = disarm(&r);
    else
        err = err_set(
            ERR_USAGE,
            "the words are none of list, arm STRATEGY, disarm ID; see: ironfly strategies list --help");
    json_decref(g.parameters);
    return remote_close(&r, err);
}
