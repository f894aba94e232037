/* ironfly desk, positions: how a running desk stands, and what the whole of it shall do. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apps/cmd.h"
#include "apps/cmd_remote.h"
#include "apps/remote.h"

static const char desk_help[] =
    "usage: ironfly desk status\n"
    "       ironfly desk limits\n"
    "       ironfly desk halt|reduce|resume|flatten|kill WHY\n"
    "\n"
    "How a running desk stands, and what the whole of it shall do. WHY goes into the trail.\n"
    "\n"
    "  limits    what the account may, how much of it is used, and how much is left\n"
    "  halt      strategies send nothing more\n"
    "  reduce    nothing new is opened\n"
    "  flatten   halt, and close every trade; asks first\n"
    "  kill      halt, and cancel every order; asks first, and only an admin resumes\n"
    "  resume    end what one of these began\n"
    "\n"
    "  --yes              do not ask\n" REMOTE_OPTIONS_HELP;

static const char positions_help[] =
    "usage: ironfly positions [--by trade|contract]\n"
    "       ironfly positions close KEY [--reason WHY]\n"
    "\n"
    "What a running desk holds. close sends the order that closes a trade, and asks first.\n"
    "\n"
    "  --by trade|contract   as trades, or each contract by itself (default trade)\n"
    "  --reason WHY       close: for the trail\n"
    "  --yes              close: do not ask\n" REMOTE_OPTIONS_HELP;

/* ---- desk ------------------------------------------------------------------------------------ */

static void print_desk(struct remote *r, const json_t *d)
{
    printf("%s desk on %s: %s%s%s\n", remote_text(d, "mode"), remote_text(d, "feed"),
           remote_text(d, "state"), *remote_text(d, "text") ? ": " : "", remote_text(d, "text"));
    printf("  market %s, %s (New York)%s\n", remote_text(d, "session"),
           remote_time(r, d, "market_ns"),
           remote_has(d, "speed")
               ? arena_printf(&r->arena, ", speed %s", remote_number(r, d, "speed", 0))
               : "");
    printf("  %" PRId64 " strategies armed, %" PRId64 " orders working, %" PRId64 " trades open\n",
           remote_whole(d, "armed"), remote_whole(d, "working"), remote_whole(d, "open_trades"));
    printf("  journal: %" PRId64 " records durable, %" PRId64 " read again at the start\n",
           remote_whole(d, "journal_records"), remote_whole(d, "recovered"));
}

static void print_account(struct remote *r, const json_t *a)
{
    printf("  account %s: equity %s, cash %s, today %s, in all %s, margin %s, free %s\n",
           remote_text(a, "name"), remote_money(r, a, "equity_micros"),
           remote_money(r, a, "cash_micros"), remote_money(r, a, "pnl_today_micros"),
           remote_money(r, a, "pnl_micros"), remote_money(r, a, "margin_micros"),
           remote_money(r, a, "free_micros"));
}

static enum err status(struct remote *r)
{
    const json_t *desk, *accounts;
    enum err err = remote_get(r, "/api/v1/desk", &desk);
    if (err)
        return err;
    if (r->json) {
        remote_print(desk);
        return ERR_OK;
    }
    print_desk(r, desk);
    err = remote_list(r, "/api/v1/account", 50, &accounts);
    size_t i;
    json_t *account;
    if (!err)
        json_array_foreach (accounts, i, account)
            print_account(r, account);
    return err;
}

static bool limit_row(struct remote *r, const json_t *l, UNUSED const void *context,
                      const char *cells[])
{
    cells[0] = remote_text(l, "limit");
    cells[1] = remote_number(r, l, "value", 2);
    cells[2] = remote_has(l, "bound") ? remote_number(r, l, "bound", 2) : "off";
    cells[3] = remote_number(r, l, "room", 2);
    cells[4] = remote_text(l, "unit");
    cells[5] = remote_text(l, "text");
    return true;
}

static enum err limits(struct remote *r)
{
    static const char *const titles[] = { "limit", ">now", ">at most", ">left", "unit", "" };
    const struct remote_view view = { .columns = ARRAY_COUNT(titles),
                                      .titles = titles,
                                      .none = "no limit binds the account",
                                      .row = limit_row };
    const json_t *risk;
    enum err err = remote_get(r, "/api/v1/risk", &risk);
    if (err)
        return err;
    if (r->json)
        remote_print(json_object_get(risk, "limits"));
    else
        remote_table_of(r, &view, json_object_get(risk, "limits"));
    return ERR_OK;
}

static enum err command(struct remote *r)
{
    const char *verb = r->names[0];
    const json_t *desk;
    struct buf why = { 0 };
    for (int i = 1; i < r->name_count; i++)
        buf_printf(&why, "%s%s", i > 1 ? " " : "", r->names[i]);
    const char *reason = arena_strndup(&r->arena, why.ptr ? why.ptr : "", why.len);
    buf_free(&why);
    bool asks = strcmp(verb, "flatten") == 0 || strcmp(verb, "kill") == 0;
    if (!*reason)
        return err_set(ERR_USAGE,
                       "desk %s needs a reason, for the trail: ironfly desk %s \"end of day\"",
                       verb, verb);
    if (asks &&
        !remote_confirm(r, strcmp(verb, "kill") == 0 ? "Halt the desk and cancel every order?"
                                                     : "Halt the desk and close every trade?"))
        return err_set(ERR_CANCELLED, "the desk was told nothing");
    enum err err =
        remote_send(r, "POST", "/api/v1/desk/commands",
                    json_pack("{s:s, s:s}", "command", verb, "reason", reason), NULL, &desk);
    if (err)
        return err;
    if (r->json)
        remote_print(desk);
    else
        print_desk(r, desk);
    return ERR_OK;
}

int cmd_desk(int argc, char **argv)
{
    static const char *const commands[] = { "halt", "reduce", "resume", "flatten", "kill" };
    struct remote r;
    int stop = remote_parse(&r, "desk", desk_help, argc, argv, NULL, NULL, NULL);
    if (stop)
        return stop - 1;
    if (r.name_count == 1 && strcmp(r.names[0], "status") == 0)
        return remote_close(&r, status(&r));
    if (r.name_count == 1 && strcmp(r.names[0], "limits") == 0)
        return remote_close(&r, limits(&r));
    for (size_t i = 0; r.name_count && i < ARRAY_COUNT(commands); i++)
        if (strcmp(r.names[0], commands[i]) == 0)
            return remote_close(&r, command(&r));
    return remote_close(
        &r,
        err_set(
            ERR_USAGE,
            "the verb is none of status, limits, halt, reduce, resume, flatten, kill; see: ironfly desk --help"));
}

/* ---- positions ------------------------------------------------------------------------------- */

struct given {
    const char *by, *reason;
};

static bool on_option(void *context, int option, const char *value)
{
    struct given *g = context;
    if (option == 1000 && strcmp(value, "trade") != 0 && strcmp(value, "contract") != 0) {
        cmd_usage("positions", "--by \"%s\" is neither trade nor contract", value);
        return false;
    }
    *(option == 1000 ? &g->by : &g->reason) = value;
    return true;
}

static bool position_row(struct remote *r, const json_t *p, UNUSED const void *context,
                         const char *cells[])
{
    cells[0] = remote_text(p, "key");
    cells[1] = remote_text(p, "label");
    cells[2] = remote_count(r, p, "quantity");
    cells[3] = remote_money(r, p, "value_micros");
    cells[4] = remote_money(r, p, "pnl_today_micros");
    cells[5] = remote_money(r, p, "pnl_micros");
    cells[6] = remote_number(r, p, "delta", 2);
    cells[7] = remote_number(r, p, "theta", 2);
    cells[8] = remote_number(r, p, "vega", 2);
    cells[9] = remote_has(p, "strategy") ? remote_text(p, "strategy") : "by hand";
    cells[10] = remote_text(p, "state");
    return true;
}

static enum err list_positions(struct remote *r, const struct given *g)
{
    static const char *const titles[] = { "key",        "position", ">quantity", ">value",
                                          ">P&L today", ">P&L",     ">delta",    ">theta",
                                          ">vega",      "strategy", "state" };
    const char *path = arena_printf(&r->arena, "/api/v1/positions?by=%s", g->by);
    return remote_table(r, &(struct remote_view){ path, 1000, ARRAY_COUNT(titles), titles,
                                                  "nothing is held", position_row, NULL });
}

/* A key in a path: what is not plain is written as %XX. */
static const char *path_word(struct remote *r, const char *text)
{
    struct buf out = { 0 };
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9');
        if (plain)
            buf_putc(&out, *text);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*text);
    }
    const char *copy = arena_strndup(&r->arena, out.ptr ? out.ptr : "", out.len);
    buf_free(&out);
    return copy;
}

static enum err close_position(struct remote *r, const struct given *g)
{
    const json_t *order;
    if (!remote_confirm(r, arena_printf(&r->arena, "Close %s?", r->names[1])))
        return err_set(ERR_CANCELLED, "nothing was sent");
    json_t *body = json_object();
    if (g->reason)
        json_object_set_new(body, "reason", json_string(g->reason));
    enum err err = remote_send(
        r, "POST", arena_printf(&r->arena, "/api/v1/positions/%s/close", path_word(r, r->names[1])),
        body, NULL, &order);
    if (err)
        return err;
    if (r->json)
        remote_print(order);
    else
        printf("order %" PRId64 " %s: %s\n", remote_whole(order, "id"), remote_text(order, "state"),
               remote_text(order, "text"));
    return ERR_OK;
}

int cmd_positions(int argc, char **argv)
{
    static const struct option own[] = { { "by", required_argument, NULL, 1000 },
                                         { "reason", required_argument, NULL, 1001 },
                                         { NULL, 0, NULL, 0 } };
    struct given g = { .by = "trade" };
    struct remote r;
    int stop = remote_parse(&r, "positions", positions_help, argc, argv, own, on_option, &g);
    if (stop)
        return stop - 1;
    if (r.name_count == 0 || (r.name_count == 1 && strcmp(r.names[0], "list") == 0))
        return remote_close(&r, list_positions(&r, &g));
    if (r.name_count == 2 && strcmp(r.names[0], "close") == 0)
        return remote_close(&r, close_position(&r, &g));
    return remote_close(
        &r, err_set(ERR_USAGE,
                    "the verb is neither list nor close KEY; see: ironfly positions --help"));
}
