/* ironfly order: orders of a running desk, with the gates' verdict before anything is sent. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "apps/cmd.h"
#include "apps/cmd_remote.h"
#include "apps/order_words.h"
#include "apps/remote.h"

static const char words[] = "order";

static const char help[] =
    "usage: ironfly order preview SYMBOL LEG... --credit X|--debit X|--market [options]\n"
    "       ironfly order place SYMBOL LEG... --credit X|--debit X|--market [options]\n"
    "       ironfly order list [--last N] [--open]\n"
    "       ironfly order show ID\n"
    "       ironfly order replace ID [--quantity N] [--credit X|--debit X] [--stop X]\n"
    "       ironfly order cancel ID\n"
    "\n"
    "Orders of a running desk. preview shows what every gate says, what it would cost and risk, and sends nothing. place\n"
    "previews, asks, and sends; it sends nothing that a gate refuses.\n"
    "\n"
    "  LEG is buy:CONTRACT or sell:CONTRACT, then :RATIO, :open or :close where wanted. CONTRACT is ROOT/EXPIRY/RIGHT\n"
    "  STRIKE, such as SPY/2026-12-18/P580, or as the OCC writes it (SPY261218P00580000), or stock.\n"
    "\n"
    "  --quantity N       packages (default 1); of stock alone, shares\n"
    "  --credit X, --debit X   net price of one package, dollars a share, received or paid\n"
    "  --market           at the market\n"
    "  --stop X           stop price; with --credit or --debit a stop limit order\n"
    "  --type market|limit|marketable_limit|stop|stop_limit   where it does not follow from the above\n"
    "  --tif day|gtc|ioc|fok   time in force (default day)\n"
    "  --trade N          the trade to add to or to reduce (default: a new one)\n"
    "  --target X         bring a way out along: when the order fills, close it at this net price, dollars a share, paid\n"
    "                     for what was opened at a credit, received for what was opened at a debit; good till canceled\n"
    "  --stop-loss X      the same, at the market, once closing it costs (or brings) this; with both, one ends the other\n"
    "  --oco WORD         what one of your orders with this word fills, the others no longer may; all of one quantity\n"
    "  --key TEXT         place: the same key is the same order, however often it is sent\n"
    "  --yes              place: do not ask\n"
    "  --open             list: only orders that are not over\n"
    "  --last N           list: how many (default 50)\n" REMOTE_OPTIONS_HELP "\n"
    "example\n"
    "  ironfly order preview SPY sell:SPY/2026-12-18/P580 buy:SPY/2026-12-18/P570 --credit 1.95 --quantity 2\n";

enum {
    OPT_QUANTITY = 1000,
    OPT_CREDIT,
    OPT_DEBIT,
    OPT_MARKET,
    OPT_STOP,
    OPT_TYPE,
    OPT_TIF,
    OPT_TRADE,
    OPT_OCO,
    OPT_TARGET,
    OPT_STOP_LOSS,
    OPT_KEY,
    OPT_OPEN
};

static const struct option own[] = {
    { "quantity", required_argument, NULL, OPT_QUANTITY },
    { "credit", required_argument, NULL, OPT_CREDIT },
    { "debit", required_argument, NULL, OPT_DEBIT },
    { "market", no_argument, NULL, OPT_MARKET },
    { "stop", required_argument, NULL, OPT_STOP },
    { "type", required_argument, NULL, OPT_TYPE },
    { "tif", required_argument, NULL, OPT_TIF },
    { "trade", required_argument, NULL, OPT_TRADE },
    { "key", required_argument, NULL, OPT_KEY },
    { "oco", required_argument, NULL, OPT_OCO },
    { "open", no_argument, NULL, OPT_OPEN },
    { "target", required_argument, NULL, OPT_TARGET },
    { "stop-loss", required_argument, NULL, OPT_STOP_LOSS },
    { NULL, 0, NULL, 0 },
};

struct given {
    struct order_words order;
    const char *key;
    bool only_open;
};

static bool whole(const char *option, const char *value, int64_t *out)
{
    if (str_to_int64(str_from(value), out) && *out >= 1)
        return true;
    cmd_usage(words, "%s \"%s\" is not a whole number from 1", option, value);
    return false;
}

static bool price(const char *option, const char *value, int64_t min, int64_t *out)
{
    if (str_to_fixed(str_from(value), 6, out) && *out >= min)
        return true;
    cmd_usage(words, "%s \"%s\" is not dollars%s, with at most 6 decimals", option, value,
              min ? "" : " from 0");
    return false;
}

static bool on_option(void *context, int option, const char *value)
{
    struct given *g = context;
    struct order_words *o = &g->order;
    switch (option) {
    case OPT_QUANTITY:
        return whole("--quantity", value, &o->quantity);
    case OPT_CREDIT:
    case OPT_DEBIT:
        if (o->has_net) {
            cmd_usage(words, "--credit and --debit cannot both be");
            return false;
        }
        o->has_net = true;
        if (!price(option == OPT_CREDIT ? "--credit" : "--debit", value, 0, &o->net_micros))
            return false;
        if (option == OPT_CREDIT)
            o->net_micros = -o->net_micros;
        return true;
    case OPT_MARKET:
        o->is_market = true;
        return true;
    case OPT_STOP:
        o->has_stop = true;
        return price("--stop", value, INT64_MIN, &o->stop_micros);
    case OPT_TYPE:
        o->type = value;
        return true;
    case OPT_TIF:
        o->time_in_force = value;
        return true;
    case OPT_TRADE:
        return whole("--trade", value, &o->trade_id);
    case OPT_OCO:
        o->oco = value;
        return true;
    case OPT_TARGET:
        o->has_target = true;
        return price("--target", value, 0, &o->target_micros);
    case OPT_STOP_LOSS:
        o->has_stop_loss = true;
        return price("--stop-loss", value, 0, &o->stop_loss_micros);
    case OPT_KEY:
        g->key = value;
        return true;
    case OPT_OPEN:
        g->only_open = true;
        return true;
    default:
        return false;
    }
}

/* ---- what is shown --------------------------------------------------------------------------- */

/* "1.95 credit" */
static const char *net_text(struct remote *r, const json_t *object, const char *key)
{
    if (!remote_has(object, key))
        return "-";
    int64_t micros = remote_whole(object, key);
    json_t *positive = json_pack("{s:I}", "x", (json_int_t)(micros < 0 ? -micros : micros));
    const char *text = arena_printf(&r->arena, "%s %s", remote_money(r, positive, "x"),
                                    micros < 0   ? "credit"
                                    : micros > 0 ? "debit"
                                                 : "even");
    json_decref(positive);
    return text;
}

static bool gate_row(struct remote *r, const json_t *gate, UNUSED const void *context,
                     const char *cells[])
{
    bool passed = json_is_true(json_object_get(gate, "passed"));
    const char *text = remote_text(gate, "text");
    cells[0] = passed ? "ok" : "NO";
    cells[1] = remote_text(gate, "gate");
    cells[2] = remote_text(gate, "rule");
    cells[3] = remote_number(r, gate, "value", 2);
    cells[4] = remote_number(r, gate, "limit", 2);
    cells[5] = remote_text(gate, "unit");
    cells[6] = text; /* which says what would pass */
    return true;
}

static void print_gates(struct remote *r, const json_t *preview)
{
    static const char *const titles[] = { "", "gate", "rule", ">value", ">limit", "unit", "" };
    const struct remote_view view = { .columns = ARRAY_COUNT(titles),
                                      .titles = titles,
                                      .none = "no gate was asked",
                                      .row = gate_row };
    remote_table_of(r, &view, json_object_get(preview, "gates"));
}

static const char *bound(struct remote *r, const json_t *preview, const char *key, const char *flag)
{
    return json_is_true(json_object_get(preview, flag)) ? "unbounded"
                                                        : remote_money(r, preview, key);
}

static void print_preview(struct remote *r, const json_t *p)
{
    printf("%s\n", remote_text(p, "text"));
    printf("  mid %s, natural %s, worked out at %s\n", net_text(r, p, "mid_micros"),
           net_text(r, p, "natural_micros"), net_text(r, p, "net_micros"));
    printf("  cash %s, fees %s, max loss %s, max profit %s\n", remote_money(r, p, "cash_micros"),
           remote_money(r, p, "fees_micros"), bound(r, p, "max_loss_micros", "loss_unbounded"),
           bound(r, p, "max_profit_micros", "profit_unbounded"));
    printf("  margin %s -> %s of equity %s\n", remote_money(r, p, "margin_before_micros"),
           remote_money(r, p, "margin_after_micros"), remote_money(r, p, "equity_micros"));
    printf("  delta %s, gamma %s, theta %s, vega %s\n", remote_number(r, p, "delta", 2),
           remote_number(r, p, "gamma", 4), remote_number(r, p, "theta", 2),
           remote_number(r, p, "vega", 2));
    print_gates(r, p);
    bool allowed = json_is_true(json_object_get(p, "allowed"));
    if (!allowed)
        printf("refused: %s\n", remote_text(p, "reason"));
    else
        puts(json_is_true(json_object_get(p, "needs_signature"))
                 ? "allowed, and somebody must sign it first"
                 : "allowed");
}

static void print_order(struct remote *r, const json_t *o)
{
    printf("order %" PRId64 " %s: %s, %" PRId64 " of %" PRId64 " filled", remote_whole(o, "id"),
           remote_text(o, "state"), remote_text(o, "text"), remote_whole(o, "filled"),
           remote_whole(o, "quantity"));
    if (remote_has(o, "average_micros"))
        printf(" at %s", net_text(r, o, "average_micros"));
    puts("");
    if (*remote_text(o, "reason"))
        printf("  %s\n", remote_text(o, "reason"));
}

static enum err show_order(struct remote *r, const json_t *order)
{
    if (r->json)
        remote_print(order);
    else
        print_order(r, order);
    return ERR_OK;
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static bool order_row(struct remote *r, const json_t *o, const void *context, const char *cells[])
{
    const struct given *g = context;
    cells[0] = remote_count(r, o, "id");
    cells[1] = remote_time(r, o, "changed_ns");
    cells[2] = remote_text(o, "state");
    cells[3] = remote_count(r, o, "filled");
    cells[4] = remote_count(r, o, "quantity");
    cells[5] = net_text(r, o, "limit_micros");
    cells[6] = remote_text(o, "text");
    return !g->only_open || json_is_true(json_object_get(o, "open"));
}

static enum err list(struct remote *r, struct given *g)
{
    static const char *const titles[] = {
        ">id", "changed (New York)", "state", ">filled", ">of", "limit", "order"
    };
    return remote_table(r, &(struct remote_view){
                               "/api/v1/orders", 50, ARRAY_COUNT(titles), titles,
                               g->only_open ? "no order is open" : "no orders yet", order_row, g });
}

static enum err preview(struct remote *r, struct given *g, const json_t **out)
{
    json_t *order;
    enum err err = order_words_new(&order, &g->order, r->names + 1, r->name_count - 1);
    return err ? err : remote_send(r, "POST", "/api/v1/orders/preview", order, NULL, out);
}

static enum err verb_preview(struct remote *r, struct given *g)
{
    const json_t *p;
    enum err err = preview(r, g, &p);
    if (err)
        return err;
    if (r->json)
        remote_print(p);
    else
        print_preview(r, p);
    if (json_is_true(json_object_get(p, "allowed")))
        return ERR_OK;
    return err_set(ERR_REFUSED, "the desk would refuse it: %s", remote_text(p, "reason"));
}

static enum err place(struct remote *r, struct given *g)
{
    const json_t *p, *placed;
    json_t *order;
    char key[40];
    uint64_t random[2];
    enum err err = preview(r, g, &p);
    if (err)
        return err;
    if (!r->json)
        print_preview(r, p);
    if (!json_is_true(json_object_get(p, "allowed")))
        return err_set(ERR_REFUSED, "nothing was sent, as the desk refuses it: %s",
                       remote_text(p, "reason"));
    if (!remote_confirm(r, arena_printf(&r->arena, "Send %s?", remote_text(p, "text"))))
        return err_set(ERR_CANCELLED, "nothing was sent");
    MUST(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    snprintf(key, sizeof key, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    err = order_words_new(&order, &g->order, r->names + 1, r->name_count - 1);
    if (!err)
        err = remote_send(r, "POST", "/api/v1/orders", order, g->key ? g->key : key, &placed);
    return err ? err : show_order(r, placed);
}

static const char *path_of(struct remote *r, const char *end)
{
    for (const char *c = r->names[1]; *c; c++)
        if (*c < '0' || *c > '9')
            return NULL;
    return arena_printf(&r->arena, "/api/v1/orders/%s%s", r->names[1], end);
}

static enum err bad_id(const struct remote *r)
{
    return err_set(ERR_USAGE, "\"%s\" is no number of an order; see: ironfly order list",
                   r->names[1]);
}

static enum err show(struct remote *r, UNUSED struct given *g)
{
    const json_t *detail;
    const char *path = path_of(r, "");
    enum err err = path ? remote_get(r, path, &detail) : bad_id(r);
    if (err)
        return err;
    if (r->json) {
        remote_print(detail);
        return ERR_OK;
    }
    print_order(r, json_object_get(detail, "order"));
    size_t i;
    json_t *step;
    json_array_foreach (json_object_get(detail, "history"), i, step)
        printf("  %s  %-18s %s\n", remote_time(r, step, "ts_ns"), remote_text(step, "state"),
               remote_text(step, "text"));
    json_array_foreach (json_object_get(detail, "fills"), i, step)
        printf("  %s  fill %" PRId64 " %s at %s, costs %s\n", remote_time(r, step, "ts_ns"),
               remote_whole(step, "quantity"), remote_text(step, "contract"),
               remote_money(r, step, "price_micros"), remote_money(r, step, "costs_micros"));
    return ERR_OK;
}

static enum err replace(struct remote *r, struct given *g)
{
    const struct order_words *o = &g->order;
    const json_t *order;
    const char *path = path_of(r, "");
    if (!path)
        return bad_id(r);
    if (!o->quantity && !o->has_net && !o->has_stop)
        return err_set(
            ERR_USAGE,
            "what shall be different is missing: --quantity N, --credit X, --debit X or --stop X");
    json_t *edit = json_object();
    if (o->quantity)
        json_object_set_new(edit, "quantity", json_integer(o->quantity));
    if (o->has_net)
        json_object_set_new(edit, "limit_micros", json_integer(o->net_micros));
    if (o->has_stop)
        json_object_set_new(edit, "stop_micros", json_integer(o->stop_micros));
    enum err err = remote_send(r, "PUT", path, edit, NULL, &order);
    return err ? err : show_order(r, order);
}

static enum err cancel(struct remote *r, UNUSED struct given *g)
{
    const json_t *order;
    const char *path = path_of(r, "/cancel");
    enum err err = path ? remote_send(r, "POST", path, NULL, NULL, &order) : bad_id(r);
    return err ? err : show_order(r, order);
}

int cmd_order(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum err (*run)(struct remote *r, struct given *g);
        int min, max; /* words behind it */
    } verbs[] = { { "preview", verb_preview, 0, REMOTE_WORDS_MAX },
                  { "place", place, 0, REMOTE_WORDS_MAX },
                  { "list", list, 0, 0 },
                  { "show", show, 1, 1 },
                  { "replace", replace, 1, 1 },
                  { "cancel", cancel, 1, 1 } };
    struct given g = { .key = NULL };
    struct remote r;
    int stop = remote_parse(&r, words, help, argc, argv, own, on_option, &g);
    if (stop)
        return stop - 1;
    for (size_t i = 0; r.name_count && i < ARRAY_COUNT(verbs); i++) {
        if (strcmp(r.names[0], verbs[i].name) != 0)
            continue;
        if (r.name_count - 1 < verbs[i].min || r.name_count - 1 > verbs[i].max)
            return remote_close(
                &r, err_set(ERR_USAGE, "order %s takes %s; see: ironfly order --help",
                            verbs[i].name, verbs[i].min ? "one number of an order" : "no words"));
        return remote_close(&r, verbs[i].run(&r, &g));
    }
    return remote_close(
        &r,
        err_set(
            ERR_USAGE,
            "the verb is none of preview, place, list, show, replace, cancel; see: ironfly order --help"));
}
