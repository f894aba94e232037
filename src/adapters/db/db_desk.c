/* Desks and accounts, orders and fills, what a desk keeps of itself, alerts. */
#include "adapters/db/sql_int.h"

/* ---- desks and accounts ---------------------------------------------------------------------- */

enum err db_desk_add(struct db *db, const struct db_desk *d)
{
    return sql_run(db, NULL, SQL_DESK_ADD, "ttti", d->id, d->name, d->mode, d->created_ns);
}

static void read_desk(struct db *db, struct arena *arena, void *out)
{
    *(struct db_desk *)out = (struct db_desk){ sql_text(db, arena, 0), sql_text(db, arena, 1),
                                               sql_text(db, arena, 2), sql_int(db, 3) };
}

enum err db_desk_list(struct db *db, struct arena *arena, size_t limit, struct db_desk **out,
                      size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_desk, SQL_DESK_LIST, "i",
                   (int64_t)limit);
}

enum err db_desk_join(struct db *db, const char *desk_id, const char *user_id)
{
    return sql_run(db, NULL, SQL_DESK_JOIN, "tt", desk_id, user_id);
}

enum err db_account_add(struct db *db, const struct db_account *a)
{
    return sql_run(db, NULL, SQL_ACCOUNT_ADD, "ttttti", a->id, a->desk_id, a->name, a->venue,
                   a->currency, a->created_ns);
}

static void read_account(struct db *db, struct arena *arena, void *out)
{
    *(struct db_account *)out = (struct db_account){
        .id = sql_text(db, arena, 0),
        .desk_id = sql_text(db, arena, 1),
        .name = sql_text(db, arena, 2),
        .venue = sql_text(db, arena, 3),
        .currency = sql_text(db, arena, 4),
        .created_ns = sql_int(db, 5),
    };
}

enum err db_account_list(struct db *db, struct arena *arena, size_t limit, struct db_account **out,
                         size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_account, SQL_ACCOUNT_LIST, "i",
                   (int64_t)limit);
}

/* ---- orders and fills ------------------------------------------------------------------------ */

enum err db_order_put(struct db *db, const struct db_order *o)
{
    return sql_run(db, NULL, SQL_ORDER_PUT, "ittttttimiisit", o->id, o->number, o->desk_id,
                   o->account_id, o->owner, o->state, o->text, o->quantity, o->limit_micros,
                   o->created_ns, o->changed_ns, o->detail, o->trade_id, o->asked ? o->asked : "");
}

static void read_order(struct db *db, struct arena *arena, void *out)
{
    *(struct db_order *)out = (struct db_order){
        .id = sql_int(db, 0),
        .number = sql_text(db, arena, 1),
        .desk_id = sql_text(db, arena, 2),
        .account_id = sql_text(db, arena, 3),
        .owner = sql_text(db, arena, 4),
        .state = sql_text(db, arena, 5),
        .text = sql_text(db, arena, 6),
        .quantity = sql_int(db, 7),
        .limit_micros = sql_micros(db, 8),
        .created_ns = sql_int(db, 9),
        .changed_ns = sql_int(db, 10),
        .detail = str_from(sql_text(db, arena, 11)),
        .trade_id = sql_int(db, 12),
        .asked = sql_text(db, arena, 13),
    };
}

enum err db_order_get(struct db *db, struct arena *arena, int64_t id, struct db_order *out)
{
    return sql_one(db, arena, out, read_order, SQL_ORDER_BY_ID, "i", id);
}

enum err db_order_list(struct db *db, struct arena *arena, const char *desk_id, int64_t before_id,
                       size_t limit, struct db_order **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_order, SQL_ORDER_LIST, "tii", desk_id,
                   before_id, (int64_t)limit);
}

static void read_text(struct db *db, struct arena *arena, void *out)
{
    *(const char **)out = sql_text(db, arena, 0);
}

enum err db_trade_owner(struct db *db, struct arena *arena, int64_t trade_id, const char **out)
{
    return sql_one(db, arena, out, read_text, SQL_TRADE_OWNER, "i", trade_id);
}

enum err db_order_last(struct db *db, const char *desk_id, int64_t *out)
{
    return sql_number(db, out, SQL_ORDER_LAST, "t", desk_id);
}

enum err db_step_count(struct db *db, int64_t order_id, int64_t *out)
{
    return sql_number(db, out, SQL_STEP_COUNT, "i", order_id);
}

enum err db_step_put(struct db *db, const struct db_step *s)
{
    return sql_run(db, NULL, SQL_STEP_PUT, "iiitit", s->order_id, s->n, s->ts_ns, s->state,
                   s->filled, s->text);
}

static void read_step(struct db *db, struct arena *arena, void *out)
{
    *(struct db_step *)out = (struct db_step){
        .order_id = sql_int(db, 0),
        .n = sql_int(db, 1),
        .ts_ns = sql_int(db, 2),
        .state = sql_text(db, arena, 3),
        .filled = sql_int(db, 4),
        .text = sql_text(db, arena, 5),
    };
}

enum err db_step_list(struct db *db, struct arena *arena, int64_t order_id, size_t limit,
                      struct db_step **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_step, SQL_STEP_LIST, "ii", order_id,
                   (int64_t)limit);
}

enum err db_fill_put(struct db *db, const struct db_fill *f)
{
    return sql_run(db, NULL, SQL_FILL_PUT, "itiiiit", f->order_id, f->venue_ref, f->ts_ns,
                   f->quantity, f->price_micros, f->costs_micros, f->contract);
}

static void read_fill(struct db *db, struct arena *arena, void *out)
{
    *(struct db_fill *)out = (struct db_fill){
        .id = sql_int(db, 0),
        .order_id = sql_int(db, 1),
        .venue_ref = sql_text(db, arena, 2),
        .ts_ns = sql_int(db, 3),
        .quantity = sql_int(db, 4),
        .price_micros = sql_int(db, 5),
        .costs_micros = sql_int(db, 6),
        .contract = sql_text(db, arena, 7),
    };
}

enum err db_fill_list(struct db *db, struct arena *arena, int64_t order_id, int64_t before_id,
                      size_t limit, struct db_fill **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_fill, SQL_FILL_LIST, "iii", order_id,
                   before_id, (int64_t)limit);
}

/* ---- the desk's own -------------------------------------------------------------------------- */

enum err db_desk_record(struct db *db, const char *desk_id, int64_t *out)
{
    return sql_number(db, out, SQL_DESK_RECORD, "t", desk_id);
}

enum err db_desk_set_record(struct db *db, const char *desk_id, int64_t record)
{
    return sql_must(db, SQL_DESK_SET_RECORD, "ti", desk_id, record);
}

enum err db_told_add(struct db *db, const char *desk_id, const struct db_told *t)
{
    return sql_run(db, NULL, SQL_TOLD_ADD, "tiiii", desk_id, t->wall_ns, t->record, t->sequence,
                   t->market_ns);
}

static void read_told(struct db *db, UNUSED struct arena *arena, void *out)
{
    *(struct db_told *)out =
        (struct db_told){ sql_int(db, 0), sql_int(db, 1), sql_int(db, 2), sql_int(db, 3) };
}

enum err db_told_at(struct db *db, const char *desk_id, int64_t wall_ns, struct db_told *out)
{
    return sql_one(db, NULL, out, read_told, SQL_TOLD_AT, "ti", desk_id, wall_ns);
}

enum err db_desk_strategy_add(struct db *db, const char *desk_id, const struct db_desk_strategy *s)
{
    return sql_run(db, NULL, SQL_DESK_STRATEGY_ADD, "titttti", desk_id, s->host, s->owner, s->name,
                   s->symbol, s->hash, s->created_ns);
}

enum err db_desk_strategy_forget(struct db *db, const char *desk_id, int64_t host)
{
    return sql_run(db, NULL, SQL_DESK_STRATEGY_FORGET, "ti", desk_id, host);
}

enum err db_desk_strategy_closed(struct db *db, const char *desk_id, int64_t host,
                                 int64_t pnl_micros)
{
    return sql_run(db, NULL, SQL_DESK_STRATEGY_CLOSED, "tii", desk_id, host, pnl_micros);
}

static void read_desk_strategy(struct db *db, struct arena *arena, void *out)
{
    *(struct db_desk_strategy *)out = (struct db_desk_strategy){
        .host = sql_int(db, 0),
        .owner = sql_text(db, arena, 1),
        .name = sql_text(db, arena, 2),
        .symbol = sql_text(db, arena, 3),
        .hash = sql_text(db, arena, 4),
        .closed_trades = sql_int(db, 5),
        .pnl_micros = sql_int(db, 6),
        .created_ns = sql_int(db, 7),
    };
}

enum err db_desk_strategy_list(struct db *db, struct arena *arena, const char *desk_id,
                               size_t limit, struct db_desk_strategy **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_desk_strategy, SQL_DESK_STRATEGY_LIST,
                   "ti", desk_id, (int64_t)limit);
}

enum err db_mark_put(struct db *db, const char *desk_id, int32_t day, const char *key,
                     int64_t value_micros)
{
    return sql_run(db, NULL, SQL_MARK_PUT, "titi", desk_id, (int64_t)day, key, value_micros);
}

static void read_number(struct db *db, UNUSED struct arena *arena, void *out)
{
    *(int64_t *)out = sql_int(db, 0);
}

enum err db_mark_get(struct db *db, const char *desk_id, int32_t day, const char *key, int64_t *out)
{
    return sql_one(db, NULL, out, read_number, SQL_MARK_GET, "tit", desk_id, (int64_t)day, key);
}

enum err db_mark_forget(struct db *db, const char *desk_id, int32_t before_day)
{
    return sql_run(db, NULL, SQL_MARK_FORGET, "ti", desk_id, (int64_t)before_day);
}

enum err db_bar_put(struct db *db, const char *desk_id, int32_t day, const char *symbol,
                    const struct db_bar *bar)
{
    return sql_run(db, NULL, SQL_BAR_PUT, "titiiiii", desk_id, (int64_t)day, symbol, bar->ts_ns,
                   bar->open, bar->high, bar->low, bar->close);
}

static void read_bar(struct db *db, UNUSED struct arena *arena, void *out)
{
    *(struct db_bar *)out = (struct db_bar){ sql_int(db, 0), sql_int(db, 1), sql_int(db, 2),
                                             sql_int(db, 3), sql_int(db, 4) };
}

enum err db_bar_list(struct db *db, struct arena *arena, const char *desk_id, int32_t day,
                     const char *symbol, size_t limit, struct db_bar **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_bar, SQL_BAR_LIST, "titi", desk_id,
                   (int64_t)day, symbol, (int64_t)limit);
}

enum err db_sum_put(struct db *db, const char *desk_id, int32_t day, const char *key, double value)
{
    return sql_run(db, NULL, SQL_SUM_PUT, "titd", desk_id, (int64_t)day, key, value);
}

static void read_sum(struct db *db, UNUSED struct arena *arena, void *out)
{
    *(double *)out = sql_double(db, 0);
}

enum err db_sum_get(struct db *db, const char *desk_id, int32_t day, const char *key, double *out)
{
    return sql_one(db, NULL, out, read_sum, SQL_SUM_GET, "tit", desk_id, (int64_t)day, key);
}

enum err db_day_forget(struct db *db, const char *desk_id, int32_t before_day)
{
    enum err err = sql_run(db, NULL, SQL_BAR_FORGET, "ti", desk_id, (int64_t)before_day);
    return err ? err : sql_run(db, NULL, SQL_SUM_FORGET, "ti", desk_id, (int64_t)before_day);
}

/* ---- alerts ---------------------------------------------------------------------------------- */

enum err db_alert_add(struct db *db, const struct db_alert *a)
{
    return sql_run(db, NULL, SQL_ALERT_ADD, "ttttti", a->id, a->owner_id, a->level, a->source,
                   a->text, a->created_ns);
}

static void read_alert(struct db *db, struct arena *arena, void *out)
{
    *(struct db_alert *)out = (struct db_alert){
        .id = sql_text(db, arena, 0),
        .owner_id = sql_text(db, arena, 1),
        .level = sql_text(db, arena, 2),
        .source = sql_text(db, arena, 3),
        .text = sql_text(db, arena, 4),
        .created_ns = sql_int(db, 5),
        .seen_ns = sql_int(db, 6),
        .seen_by = sql_text(db, arena, 7),
    };
}

enum err db_alert_list(struct db *db, struct arena *arena, const char *user_id, struct db_page page,
                       struct db_alert **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_alert, SQL_ALERT_LIST, "tti", user_id,
                   page.after, (int64_t)page.limit);
}

enum err db_alert_at(struct db *db, struct arena *arena, const char *user_id, int64_t at_ns,
                     size_t limit, struct db_alert **out, size_t *count)
{
    return sql_all(db, arena, out, count, sizeof **out, read_alert, SQL_ALERT_AT, "tii", user_id,
                   at_ns, (int64_t)limit);
}

enum err db_alert_seen(struct db *db, const char *id, const char *user_id, int64_t now_ns)
{
    return sql_must(db, SQL_ALERT_SEEN, "tti", id, user_id, now_ns);
}
