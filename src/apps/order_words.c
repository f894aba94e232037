#include "apps/order_words.h"

#include <stdio.h>

#include "base/date.h"

static enum err refuse(struct str text, const char *why)
{
    return err_set(ERR_USAGE, "\"%.*s\" %s", STR_ARG(text), why);
}

/* SPY/2026-12-18/P580 */
static enum err read_parts(char out[ORDER_CONTRACT_BYTES], struct str text)
{
    struct str rest = text, root, day;
    int64_t strike_micros;
    if (!str_cut(&rest, '/', &root) || !str_cut(&rest, '/', &day) || rest.len < 2)
        return refuse(
            text,
            "is no contract such as SPY/2026-12-18/P580, nor one as the OCC writes it, nor stock");
    int32_t expiry = date_parse(day);
    char right = (char)(rest.ptr[0] & ~0x20);
    if (!root.len || root.len > 6)
        return refuse(text, "has a root that is not of 1 to 6 characters");
    if (!expiry || expiry < 20000101 || expiry > 20991231)
        return refuse(text, "has no expiry written YYYY-MM-DD");
    if ((right != 'C' && right != 'P') ||
        !str_to_fixed(str_slice(rest, 1, rest.len), 6, &strike_micros) || strike_micros <= 0)
        return refuse(text, "does not end with C or P and a strike");
    if (strike_micros % 1000 || strike_micros / 1000 > 99999999)
        return refuse(text, "has a strike that no contract has: three decimals at most");
    int n = snprintf(out, ORDER_CONTRACT_BYTES, "%-6.*s%06d%c%08d", STR_ARG(root), expiry % 1000000,
                     right, (int)(strike_micros / 1000));
    for (int i = 0; i < n; i++)
        if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (char)(out[i] - 32);
    return ERR_OK;
}

enum err order_contract(char out[ORDER_CONTRACT_BYTES], struct str text)
{
    enum { TAIL = 15 };
    if (str_equal_nocase(text, STR("stock"))) {
        snprintf(out, ORDER_CONTRACT_BYTES, "stock");
        return ERR_OK;
    }
    if (memchr(text.ptr, '/', text.len))
        return read_parts(out, text);
    if (text.len <= TAIL || text.len > 21)
        return refuse(
            text,
            "is no contract such as SPY/2026-12-18/P580, nor one as the OCC writes it, nor stock");
    struct str root = str_trim_right(str_slice(text, 0, text.len - TAIL)),
               tail = str_slice(text, text.len - TAIL, TAIL);
    for (size_t i = 0; i < TAIL; i++)
        if (i == 6 ? tail.ptr[i] != 'C' && tail.ptr[i] != 'P'
                   : tail.ptr[i] < '0' || tail.ptr[i] > '9')
            return refuse(
                text,
                "is no contract as the OCC writes it: root, yymmdd, C or P, strike in eight digits");
    snprintf(out, ORDER_CONTRACT_BYTES, "%-6.*s%.*s", STR_ARG(root), STR_ARG(tail));
    return ERR_OK;
}

static enum err read_leg(json_t *legs, const char *word)
{
    struct str rest = str_from(word), side, contract, part;
    char symbol[ORDER_CONTRACT_BYTES];
    int64_t ratio = 1;
    if (!str_cut(&rest, ':', &side) || !str_cut(&rest, ':', &contract) ||
        (!str_is(side, "buy") && !str_is(side, "sell")))
        return refuse(str_from(word),
                      "is no leg: buy:CONTRACT or sell:CONTRACT, then :RATIO and :open or :close");
    enum err err = order_contract(symbol, contract);
    if (err)
        return err;
    const char *effect = NULL;
    while (str_cut(&rest, ':', &part)) {
        if (str_is(part, "open") || str_is(part, "close"))
            effect = str_is(part, "open") ? "open" : "close";
        else if (!str_to_int64(part, &ratio) || ratio < 1 || ratio > 100000)
            return refuse(str_from(word),
                          "has a part that is neither a ratio from 1 nor open nor close");
    }
    json_t *leg = json_pack("{s:s#, s:s, s:I}", "side", side.ptr, (int)side.len, "contract", symbol,
                            "ratio", (json_int_t)ratio);
    if (effect)
        json_object_set_new(leg, "effect", json_string(effect));
    json_array_append_new(legs, leg);
    return ERR_OK;
}

static const char *type_of(const struct order_words *w)
{
    if (w->type)
        return w->type;
    if (w->has_stop)
        return w->has_net ? "stop_limit" : "stop";
    return w->has_net ? "limit" : "market";
}

enum err order_words_new(json_t **out, const struct order_words *w, char *const names[], int count)
{
    *out = NULL;
    if (count < 2)
        return err_set(
            ERR_USAGE,
            "an order needs a symbol and at least one leg: SPY sell:SPY/2026-12-18/P580");
    if (!w->has_net && !w->is_market && !w->has_stop)
        return err_set(ERR_USAGE,
                       "the price is missing: --credit X, --debit X, --stop X or --market");
    if (w->has_net && w->is_market)
        return err_set(ERR_USAGE, "--market and a price cannot both be");
    if ((w->has_target || w->has_stop_loss) && !w->has_net)
        return err_set(
            ERR_USAGE,
            "--target and --stop-loss need --credit X or --debit X: they are received or paid the other way round");
    json_t *legs = json_array();
    enum err err = ERR_OK;
    for (int i = 1; !err && i < count; i++)
        err = read_leg(legs, names[i]);
    if (err) {
        json_decref(legs);
        return err;
    }
    json_t *order = json_pack("{s:s, s:o, s:I, s:s}", "symbol", names[0], "legs", legs, "quantity",
                              (json_int_t)(w->quantity ? w->quantity : 1), "type", type_of(w));
    if (!order) /* a symbol that is no text */
        return err_set(ERR_USAGE, "\"%s\" is no symbol", names[0]);
    if (w->has_net)
        json_object_set_new(order, "limit_micros", json_integer(w->net_micros));
    if (w->has_stop)
        json_object_set_new(order, "stop_micros", json_integer(w->stop_micros));
    int64_t closing = w->net_micros > 0 ? -1 : 1; /* what was bought is sold */
    if (w->has_target)
        json_object_set_new(order, "exit_target_micros", json_integer(closing * w->target_micros));
    if (w->has_stop_loss)
        json_object_set_new(order, "exit_stop_micros", json_integer(closing * w->stop_loss_micros));
    if (w->time_in_force)
        json_object_set_new(order, "time_in_force", json_string(w->time_in_force));
    if (w->oco)
        json_object_set_new(order, "oco", json_string(w->oco));
    if (w->trade_id)
        json_object_set_new(order, "trade_id", json_integer(w->trade_id));
    *out = order;
    return ERR_OK;
}
