/*
 * The JSON of an order, schema Order: made once, then changed member by member as records come.
 */
#ifndef SERVICES_SERVER_ORDER_DETAIL_H
#define SERVICES_SERVER_ORDER_DETAIL_H

#include <jansson.h>

#include "base/str.h"
#include "domain/orders/order.h"

struct order_made {
    uint64_t id, trade_id;
    const char *desk_id, *account_id, *owner, *client, *strategy; /* client, strategy: NULL none */
    const char *source, *purpose;
    const struct order_terms *terms; /* NULL: not known */
    const struct order_edit *edit;   /* NULL: not known */
    const char *state, *reason;
    int64_t ts_ns;
};
json_t *order_detail_new(const struct order_made *made);
void order_made_write(struct buf *out,
                      const struct order_made *made); /* the same as text, appended */

void order_detail_set_edit(json_t *order, const struct order_edit *edit);
/* In words: the legs of an order, with an edit. Into `out`, which may be the order itself. */
void order_detail_set_text(json_t *out, const json_t *order, const struct order_edit *edit);
/* reason NULL: as it was. */
void order_detail_set_state(json_t *order, const char *state, const char *reason, int64_t ts_ns);
/* multiplier: shares a package's net price counts for. */
void order_detail_set_filled(json_t *order, int64_t filled, int64_t cash, int64_t costs,
                             int64_t multiplier);

bool order_state_is_open(const char *state); /* a word of order_statuses.def */

void json_set_micros(json_t *object, const char *name, int64_t micros); /* PRICE_NONE is null */
void json_append(struct buf *out, const json_t *value);

#endif
