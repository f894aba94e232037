/* What the handlers of the live desk share. */
#ifndef SERVICES_SERVER_DESK_CALL_H
#define SERVICES_SERVER_DESK_CALL_H

#include "kernel/preview.h"
#include "services/server/server_int.h"

static const int64_t ASK_PATIENCE_NS = 5 * INT64_C(1000000000),
                     ROWS_PATIENCE_NS = 500 * INT64_C(1000000);

/* The desk; else a problem's status. */
int need_desk(struct call *call, struct desk **out);
/* A command of the caller's, done and durable: 0; else a problem's status. */
int ask_desk(struct call *call, const struct desk_command *command, struct desk_answer *answer);
struct event_command command_of(const struct call *call, enum command_kind kind,
                                const char *why); /* why may be NULL */
bool is_admin(const struct call *call);

/* An order as terms; 0, or the problem's status. */
int read_order(struct call *call, const json_t *body, struct order_terms *terms);

/* Are the rows as far as an event; and as what anybody has been answered about? */
bool rows_reach(struct server *server, uint64_t sequence, int64_t patience_ns);
void rows_catch_up(struct server *server);

/* 0 when a trade is there and the caller's own (or the caller is an admin). */
int own_trade(struct call *call, int64_t id);

/* Schema Gate. */
void write_gate(struct json_writer *json, const struct gate_verdict *gate);
/* Schema OrderDetail of an order of a store: ERR_NOT_FOUND. */
NODISCARD enum err write_order_detail(struct json_writer *json, struct db *db, struct arena *arena,
                                      int64_t id);

/* A name of the catalogue is no path. */
bool is_strategy_name(struct str name);

#endif
