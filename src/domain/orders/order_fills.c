/* Executions: each is booked once, whatever the order's status, and can be taken back or changed.
 */
#include <string.h>

#include "domain/orders/order_set_int.h"

static int64_t absolute(int64_t x)
{
    return x < 0 ? -x : x;
}

/* A billion dollars: sums of as many as one likes stay far from overflow. */
#define CASH_OF_FILL_MAX (INT64_C(1000000000) * MICROS_PER_DOLLAR)

static enum err check_costs(const struct fill_costs *costs, int i)
{
    const int64_t each[] = { costs->commission, costs->exchange, costs->regulatory };
    for (size_t j = 0; j < ARRAY_COUNT(each); j++)
        if (each[j] != PRICE_NONE && (each[j] < -ORDER_PRICE_MAX || each[j] > ORDER_PRICE_MAX))
            return err_set(ERR_RANGE,
                           "report: fills[%d] costs %lld micros, beyond what costs can be", i,
                           (long long)each[j]);
    return ERR_OK;
}

static enum err check_fill(const struct order_state *order, const struct report_fill *fill, int i)
{
    if (fill->leg != LEG_PACKAGE && (fill->leg < 0 || fill->leg >= order->terms.leg_count))
        return err_set(ERR_RANGE, "report: fills[%d].leg %d, but order %llu has %d legs", i,
                       fill->leg, (unsigned long long)order->id, order->terms.leg_count);
    if (fill->quantity < 1 || fill->quantity > (int64_t)ORDER_QUANTITY_MAX * 100)
        return err_set(ERR_RANGE,
                       "report: fills[%d].quantity %lld is not above 0, or beyond any order", i,
                       (long long)fill->quantity);
    bool package = fill->leg == LEG_PACKAGE;
    int64_t least = package ? -ORDER_PRICE_MAX : 0, value;
    int64_t multiplier = package ? order_terms_multiplier(&order->terms)
                                 : package_leg_multiplier(&order->terms.legs[fill->leg]);
    if (fill->price < least || fill->price > ORDER_PRICE_MAX ||
        !money_try_mul(fill->price, fill->quantity * multiplier, &value) ||
        absolute(value) > CASH_OF_FILL_MAX)
        return err_set(ERR_RANGE, "report: fills[%d].price %lld micros is no price", i,
                       (long long)fill->price);
    return ERR_OK;
}

enum err report_check(const struct order_state *order, const struct order_report *report)
{
    bool booked = report->what == ORDER_SAID_FILL || report->what == ORDER_SAID_CORRECT;
    bool named = report->what == ORDER_SAID_BUST || report->what == ORDER_SAID_COSTS;
    if ((unsigned)report->what < ORDER_SAID_PENDING || report->what > ORDER_SAID_REINSTATED)
        return err_set(ERR_RANGE, "report: %d is not what a broker says", (int)report->what);
    if ((unsigned)report->reason >= REASON_CODE_COUNT)
        return err_set(ERR_RANGE, "report: there is no reason %d", (int)report->reason);
    if (report->version > order->version_last)
        return err_set(ERR_RANGE, "report: order %llu has no version %u",
                       (unsigned long long)order->id, report->version);
    if (report->filled < 0 || report->filled > (int64_t)ORDER_QUANTITY_MAX * 100)
        return err_set(ERR_RANGE, "report: %lld packages filled in all: not a count",
                       (long long)report->filled);
    int least = booked || named ? 1 : 0, most = least ? PACKAGE_LEGS_MAX : 0;
    if (report->fill_count < least || report->fill_count > most)
        return err_set(ERR_RANGE, "report: %d fills in a report of \"%s\"; %d to %d can be",
                       report->fill_count, order_input_name(report->what), least, most);
    for (int i = 0; i < report->fill_count; i++) {
        const struct report_fill *fill = &report->fills[i];
        if (exec_id_is_none(fill->exec))
            return err_set(ERR_RANGE, "report: fills[%d] has no execution id", i);
        if (report->what == ORDER_SAID_CORRECT && exec_id_is_none(fill->corrects))
            return err_set(ERR_RANGE, "report: fills[%d] does not say what it corrects", i);
        enum err err = check_costs(&fill->costs, i);
        if (!err && booked)
            err = check_fill(order, fill, i);
        if (err)
            return err;
    }
    return ERR_OK;
}

/* What an execution moves, before costs: + received. */
static int64_t cash_of(const struct order_state *order, const struct order_fill *fill)
{
    if (fill->leg == LEG_PACKAGE)
        return -money_mul(money_mul(fill->price, fill->quantity),
                          order_terms_multiplier(&order->terms));
    const struct package_leg *leg = &order->terms.legs[fill->leg];
    int64_t value = money_mul(money_mul(fill->price, fill->quantity), package_leg_multiplier(leg));
    return leg->ratio > 0 ? -value : value;
}

static int64_t known(int64_t cost)
{
    return cost == PRICE_NONE ? 0 : cost;
}

static void costs_count(struct order_state *order, struct order_change *change,
                        const struct fill_costs *costs, int sign)
{
    const struct fill_costs c = { sign * known(costs->commission), sign * known(costs->exchange),
                                  sign * known(costs->regulatory) };
    struct fill_costs *sums[] = { &order->costs, &change->costs };
    for (int i = 0; i < 2; i++) {
        sums[i]->commission = money_add(sums[i]->commission, c.commission);
        sums[i]->exchange = money_add(sums[i]->exchange, c.exchange);
        sums[i]->regulatory = money_add(sums[i]->regulatory, c.regulatory);
    }
    if (costs->commission == PRICE_NONE)
        order->costs_owed += (uint32_t)sign;
}

/* Packages of which every leg is filled. */
static int64_t whole_packages(const struct order_state *order)
{
    int64_t whole = INT64_MAX;
    for (int i = 0; i < order->terms.leg_count; i++) {
        int64_t packages = order->filled_leg[i] / absolute(order->terms.legs[i].ratio);
        if (packages < whole)
            whole = packages;
    }
    return whole + order->filled_package;
}

static void fill_count(struct order_state *order, struct order_fill *fill,
                       struct order_change *change, int sign)
{
    if (fill->leg == LEG_PACKAGE)
        order->filled_package += sign * fill->quantity;
    else
        order->filled_leg[fill->leg] += sign * fill->quantity;
    int64_t cash = sign * cash_of(order, fill);
    order->cash = money_add(order->cash, cash);
    change->cash = money_add(change->cash, cash);
    costs_count(order, change, &fill->costs, sign);
    order->filled = whole_packages(order);
}

static struct order_fill *fill_add(struct order_set *set, struct order_state *order,
                                   struct exec_id exec, const struct order_report *report)
{
    MUST(set->fills_free > 0);
    uint32_t slot = set->free_fill;
    struct order_fill *fill = &fills_of(set)[slot];
    set->free_fill = fill->next;
    set->fills_free--;
    memset(fill, 0, sizeof *fill);
    fill->exec = exec;
    fill->order_id = order->id;
    fill->version = report->version ? report->version : order->version;
    fill->ts_ns = report->ts_ns;
    fill->next = order->fill_newest;
    order->fill_newest = slot;
    order->fill_count++;
    id_table_add(fill_cells_of(set), set->fill_cell_count, exec, slot);
    return fill;
}

static struct order_fill *fill_find(const struct order_set *set, struct exec_id exec)
{
    uint32_t slot = id_table_find(fill_cells_of(set), set->fill_cell_count, exec);
    return slot == SLOT_NONE ? NULL : &fills_of(set)[slot];
}

/* True when it is news. A quantity of 0 marks one that was taken back before it was told. */
static bool fill_told(struct order_set *set, struct order_state *order,
                      const struct order_report *report, const struct report_fill *told,
                      struct order_change *change)
{
    struct order_fill *fill = fill_find(set, told->exec);
    if (fill) {
        bool same =
            fill->order_id == order->id &&
            (fill->quantity == 0 || (fill->leg == told->leg && fill->quantity == told->quantity &&
                                     fill->price == told->price));
        if (!same)
            change->alarms |= ORDER_ALARM_CONFLICT;
        return false;
    }
    fill = fill_add(set, order, told->exec, report);
    fill->leg = told->leg;
    fill->quality = told->quality;
    fill->quantity = told->quantity;
    fill->price = told->price;
    fill->costs = told->costs;
    fill_count(order, fill, change, 1);
    change->new_fills++;
    return true;
}

/* Take an execution back; one that was not told yet leaves a mark, so that it will not count. */
static bool fill_void(struct order_set *set, struct order_state *order,
                      const struct order_report *report, struct exec_id exec, enum fill_fate fate,
                      struct order_change *change)
{
    struct order_fill *fill = fill_find(set, exec);
    if (!fill) {
        fill = fill_add(set, order, exec, report);
        fill->leg = LEG_PACKAGE;
        fill->fate = fate;
        return true;
    }
    if (fill->order_id != order->id) {
        change->alarms |= ORDER_ALARM_CONFLICT;
        return false;
    }
    if (fill->fate != FILL_COUNTS)
        return false;
    fill->fate = fate;
    fill_count(order, fill, change, -1);
    return true;
}

static bool costs_told(struct order_set *set, struct order_state *order,
                       const struct report_fill *told, struct order_change *change)
{
    struct order_fill *fill = fill_find(set, told->exec);
    if (!fill || fill->order_id != order->id) {
        change->alarms |= ORDER_ALARM_ILLEGAL;
        return false;
    }
    if (memcmp(&fill->costs, &told->costs, sizeof fill->costs) == 0)
        return false;
    if (fill->fate == FILL_COUNTS) {
        costs_count(order, change, &fill->costs, -1);
        costs_count(order, change, &told->costs, 1);
    }
    fill->costs = told->costs;
    return true;
}

bool fills_book(struct order_set *set, struct order_state *order, const struct order_report *report,
                struct order_change *change)
{
    bool news = false;
    for (int i = 0; i < report->fill_count; i++) {
        const struct report_fill *told = &report->fills[i];
        switch (report->what) {
        case ORDER_SAID_BUST:
            news |= fill_void(set, order, report, told->exec, FILL_BUSTED, change);
            break;
        case ORDER_SAID_CORRECT:
            /* The new one first: should it be a repeat, the old one was voided with it. */
            if (fill_told(set, order, report, told, change)) {
                fill_void(set, order, report, told->corrects, FILL_CORRECTED, change);
                news = true;
            }
            break;
        case ORDER_SAID_COSTS:
            news |= costs_told(set, order, told, change);
            break;
        default:
            news |= fill_told(set, order, report, told, change);
            break;
        }
    }
    return news;
}

static int64_t target_quantity(const struct order_state *order)
{
    int64_t quantity = order->edit.quantity;
    return order->replace_asked && order->asked.quantity > quantity ? order->asked.quantity
                                                                    : quantity;
}

/* While a larger quantity is asked for, the old one filled may be whole or a part: wait. */
bool order_is_complete(const struct order_state *order)
{
    return order->filled >= target_quantity(order);
}

bool order_is_uneven(const struct order_state *order)
{
    for (int i = 0; i < order->terms.leg_count; i++)
        if (order->filled_leg[i] !=
            (order->filled - order->filled_package) * absolute(order->terms.legs[i].ratio))
            return true;
    return false;
}

bool order_state_is_settled(const struct order_state *order)
{
    return order_status_is_done(order->phase) && order->filled >= order->said_filled;
}

int64_t order_state_remaining(const struct order_state *order)
{
    int64_t left = target_quantity(order) - order->filled;
    return order_status_is_done(order->phase) || left < 0 ? 0 : left;
}

int64_t order_state_leg_filled(const struct order_state *order, int leg)
{
    MUST(leg >= 0);
    MUST(leg < order->terms.leg_count);
    int64_t ratio = order->terms.legs[leg].ratio;
    return (ratio > 0 ? order->filled_leg[leg] : -order->filled_leg[leg]) +
           order->filled_package * ratio;
}
