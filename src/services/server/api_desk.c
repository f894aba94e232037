/* The live desk: its state, commands, orders, positions, strategies. */
#include "services/server/server_int.h"

/* ---- what is asked of the desk itself -------------------------------------------------------- */

static int no_desk(struct call *call)
{
    return problem(call, 503, "no_desk", "no desk runs in this server: start it with --feed sim");
}

#define NOT_YET(id)               \
    int api_##id(struct call *call) \
    {                             \
        return no_desk(call);     \
    }
NOT_YET(desk)
NOT_YET(desk_command)
NOT_YET(armed)
NOT_YET(arm)
NOT_YET(arm_again)
NOT_YET(disarm)
NOT_YET(quotes)
NOT_YET(intraday)
NOT_YET(surface)
NOT_YET(order_preview)
NOT_YET(order_add)
NOT_YET(order_replace)
NOT_YET(order_cancel)
NOT_YET(positions)
NOT_YET(position_close)
NOT_YET(account)
NOT_YET(risk)
NOT_YET(risk_what_if)

/* ---- what it did ------------------------------------------------------------------------------ */

/* A number of the path or of ?after; 0 to go on. */
static int read_number(struct call *call, struct str text, const char *name, int64_t *out)
{
    *out = 0;
    if (text.ptr && (!str_to_int64(text, out) || *out < 1))
        return problem(call, 422, name, "%s is not a number from 1", name);
    return 0;
}

int api_orders(struct call *call)
{
    struct db_order *orders;
    size_t count;
    int64_t before;
    int status = read_number(call, call_text(call->query, "after"), "after", &before);
    if (status)
        return status;
    enum err err = db_order_list(call->db, call->arena, NULL, before, call_page(call).limit, &orders, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        json_raw(&call->json, orders[i].detail);
    const char *last = count ? arena_printf(call->arena, "%lld", (long long)orders[count - 1].id) : NULL;
    return list_end(call, list_next(call, count, last));
}

static void write_fill(struct json_writer *json, const struct db_fill *fill)
{
    json_object_begin(json);
    json_key_int(json, "id", fill->id);
    json_key_int(json, "order_id", fill->order_id);
    json_key_cstr(json, "venue_ref", fill->venue_ref);
    json_key_cstr(json, "contract", fill->contract);
    json_key_int(json, "ts_ns", fill->ts_ns);
    json_key_int(json, "quantity", fill->quantity);
    json_key_int(json, "price_micros", fill->price_micros);
    json_key_int(json, "costs_micros", fill->costs_micros);
    json_object_end(json);
}

int api_fills(struct call *call)
{
    struct db_fill *fills;
    size_t count;
    int64_t before;
    int status = read_number(call, call_text(call->query, "after"), "after", &before);
    if (status)
        return status;
    enum err err = db_fill_list(call->db, call->arena, 0, before, call_page(call).limit, &fills, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_fill(&call->json, &fills[i]);
    const char *last = count ? arena_printf(call->arena, "%lld", (long long)fills[count - 1].id) : NULL;
    return list_end(call, list_next(call, count, last));
}

int api_order(struct call *call)
{
    enum { STEPS_MAX = 1000 };
    struct db_order order;
    struct db_step *steps;
    struct db_fill *fills;
    size_t step_count, fill_count;
    int64_t id;
    int status = read_number(call, call->path_args[0], "id", &id);
    if (status)
        return status;
    enum err err = db_order_get(call->db, call->arena, id, &order);
    if (!err)
        err = db_step_list(call->db, call->arena, id, STEPS_MAX, &steps, &step_count);
    if (!err)
        err = db_fill_list(call->db, call->arena, id, 0, STEPS_MAX, &fills, &fill_count);
    if (err)
        return problem_of(call, err);
    struct json_writer *json = &call->json;
    json_object_begin(json);
    json_key(json, "order");
    json_raw(json, order.detail);
    json_key(json, "history");
    json_array_begin(json);
    for (size_t i = 0; i < step_count; i++) {
        json_object_begin(json);
        json_key_int(json, "ts_ns", steps[i].ts_ns);
        json_key_cstr(json, "state", steps[i].state);
        json_key_int(json, "filled", steps[i].filled);
        json_key_cstr(json, "text", steps[i].text);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "fills");
    json_array_begin(json);
    for (size_t i = fill_count; i-- > 0;)
        write_fill(json, &fills[i]);
    json_array_end(json);
    json_object_end(json);
    return 200;
}
