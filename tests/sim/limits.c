/* The account's limits, counted a second time and another way. */
#include <stdlib.h>
#include <string.h>

#include "domain/orders/capability.h"
#include "domain/risk/risk.h"
#include "tests/sim/sim.h"

bool limits_one_expiry(const struct order_terms *terms)
{
    int32_t expiry = 0;
    for (int i = 0; i < terms->leg_count; i++) {
        int32_t own = terms->legs[i].is_stock ? expiry : terms->legs[i].contract.expiry;
        if (expiry && own != expiry)
            return false;
        expiry = own;
    }
    return true;
}

int64_t limits_worst_loss(const struct order_terms *terms, int64_t net)
{
    int64_t worst = INT64_MIN, rising = 0, multiplier = order_terms_multiplier(terms);
    for (int i = 0; i < terms->leg_count; i++)
        if (terms->legs[i].is_stock || terms->legs[i].contract.right == OPTION_CALL)
            rising += terms->legs[i].ratio * package_leg_multiplier(&terms->legs[i]);
    if (rising < 0 || !limits_one_expiry(terms))
        return INT64_MAX;
    for (int s = -1; s < terms->leg_count; s++) {
        bool at_strike = s >= 0 && !terms->legs[s].is_stock;
        int64_t price = at_strike ? contract_strike_micros(&terms->legs[s].contract) : 0, value = 0;
        for (int i = 0; i < terms->leg_count; i++) {
            const struct package_leg *leg = &terms->legs[i];
            int64_t each = leg->is_stock ? price : contract_intrinsic(&leg->contract, price);
            value += leg->ratio * each * package_leg_multiplier(leg);
        }
        worst = net * multiplier - value > worst ? net * multiplier - value : worst;
    }
    return worst < 0 ? 0 : worst * terms->edit.quantity;
}

int64_t limits_net(struct sim *sim, const struct order_state *order, const struct order_edit *edit)
{
    struct order_terms terms = order->terms;
    const struct book *book = kernel_book(desk_kernel(sim->desk), terms.underlying_index);
    if (edit->net_price != PRICE_NONE)
        return edit->net_price;
    for (int i = 0; i < terms.leg_count && edit == &order->asked; i++) {
        struct package_leg *leg = &terms.legs[i];
        uint32_t id = leg->is_stock ? OPTION_NONE : book_find(book, &leg->contract);
        if (leg->is_stock) {
            leg->bid = book->underlying_bid != PRICE_NONE ? book->underlying_bid : book->underlying;
            leg->ask = book->underlying_ask != PRICE_NONE ? book->underlying_ask : book->underlying;
            continue;
        }
        leg->bid =
            id == OPTION_NONE ? PRICE_NONE : book->bid[book_side(&leg->contract)][book->row_of[id]];
        leg->ask =
            id == OPTION_NONE ? PRICE_NONE : book->ask[book_side(&leg->contract)][book->row_of[id]];
    }
    return package_net_far(&terms);
}

int64_t limits_step(const struct order_terms *terms)
{
    return order_price_step(terms, terms->edit.net_price) * order_terms_multiplier(terms) *
           terms->edit.quantity;
}

/* The same series, or both shares: only one of the markets has them. */
static bool is_leg(bool is_stock, const struct contract *own, const struct contract *asked)
{
    return is_stock ? !asked : asked && contract_compare(own, asked) == 0;
}

int64_t limits_held(struct sim *sim, const struct contract *contract, int64_t *mark)
{
    size_t slots;
    const struct trade *trades = kernel_trades(desk_kernel(sim->desk), &slots);
    int64_t quantity = 0, newest = INT64_MIN;
    for (size_t i = 0; i < slots; i++) {
        for (int j = 0; trades[i].state != TRADE_FREE && j < trades[i].leg_count; j++) {
            const struct trade_leg *leg = &trades[i].legs[j];
            if (!is_leg(leg->is_stock, &leg->contract, contract))
                continue;
            quantity += leg->quantity;
            if (!mark || !leg->quantity || leg->mark_ns < newest)
                continue;
            newest = leg->mark_ns;
            *mark = leg->mark;
        }
    }
    return quantity;
}

static const struct contract *series(const struct package_leg *leg)
{
    return leg->is_stock ? NULL : &leg->contract;
}

/* Packages of an order that may still fill, in the version that is asked about. */
static int64_t left_of(const struct order_state *o, const struct order_state *order,
                       const struct order_edit *edit)
{
    int64_t most = o->replace_asked && o->asked.quantity > o->edit.quantity ? o->asked.quantity
                                                                            : o->edit.quantity;
    return order_status_is_sent(o->phase) ? (o == order ? edit->quantity : most) - o->filled : 0;
}

/* What one fills the other no longer may, and they are of the same packages: the one with more left
 * counts. */
static bool is_the_other_way_out(struct sim *sim, const struct order_state *o,
                                 const struct order_state *order, const struct order_edit *edit)
{
    const struct order_set *set = kernel_orders(desk_kernel(sim->desk));
    const struct order_links *own = &o->terms.links;
    for (const struct order_state *x = order_set_first_open(set);
         own->group && own->role != ROLE_PARENT && x; x = order_set_next(set, x)) {
        bool same = x != o && x->terms.flags & o->terms.flags & ORDER_REDUCES &&
                    x->terms.links.group == own->group && x->terms.links.role != ROLE_PARENT &&
                    x->terms.trade_id == o->terms.trade_id &&
                    x->terms.leg_count == o->terms.leg_count;
        for (int i = 0; same && i < o->terms.leg_count; i++)
            same = x->terms.legs[i].ratio == o->terms.legs[i].ratio &&
                   is_leg(x->terms.legs[i].is_stock, &x->terms.legs[i].contract,
                          series(&o->terms.legs[i]));
        int64_t mine = left_of(o, order, edit), its = left_of(x, order, edit);
        if (same && o != order && (x == order || its > mine || (its == mine && x->id < o->id)))
            return true;
    }
    return false;
}

/* All that works on the same side of a series, a larger version as if it were in force; the order
 * itself in the version that is asked about: one for fewer packages is no more of the series,
 * whatever the limit has become meanwhile. */
static int64_t working(struct sim *sim, const struct order_state *order,
                       const struct order_edit *edit, const struct contract *contract, bool buys)
{
    const struct order_set *set = kernel_orders(desk_kernel(sim->desk));
    int64_t sum = 0;
    for (const struct order_state *o = order_set_first_open(set); o; o = order_set_next(set, o)) {
        int64_t left = is_the_other_way_out(sim, o, order, edit) ? 0 : left_of(o, order, edit);
        for (int i = 0; i < o->terms.leg_count; i++) {
            const struct package_leg *leg = &o->terms.legs[i];
            if (is_leg(leg->is_stock, &leg->contract, contract) && (leg->ratio > 0) == buys &&
                left > 0)
                sum += llabs(leg->ratio) * left;
        }
    }
    return sum;
}

/* No leg takes the account further from flat, whatever else fills: other limits do not ask then. */
static bool takes_back(struct sim *sim, const struct order_state *order,
                       const struct order_edit *edit)
{
    for (int i = 0; i < order->terms.leg_count; i++) {
        const struct package_leg *leg = &order->terms.legs[i];
        int64_t held = limits_held(sim, series(leg), NULL);
        if (working(sim, order, edit, series(leg), leg->ratio > 0) >
            (leg->ratio > 0 ? -held : held))
            return false;
    }
    return true;
}

static void check_series(struct sim *sim, const struct order_state *order,
                         const struct order_edit *edit, const struct risk_limits *limits)
{
    int64_t limit = limits->at[RISK_SERIES_CONTRACTS];
    for (int i = 0; i < order->terms.leg_count; i++) {
        const struct package_leg *leg = &order->terms.legs[i];
        bool buys = leg->ratio > 0;
        if (leg->is_stock)
            continue;
        int64_t held = limits_held(sim, &leg->contract, NULL),
                more = working(sim, order, edit, &leg->contract, buys);
        int64_t most = buys ? held + more : more - held;
        SIM_CHECK(
            sim, LIMITS_NEVER_PASSED, most <= limit,
            "order %llu makes %lld contracts of one series, held and working, and %lld are allowed",
            (unsigned long long)order->id, (long long)most, (long long)limit);
    }
}

static void check_trade_loss(struct sim *sim, const struct order_state *order,
                             const struct order_edit *edit, const struct risk_limits *limits)
{
    struct order_terms version = order->terms;
    const struct order_terms *terms = &version;
    version.edit = *edit;
    if (!limits_one_expiry(terms))
        return;
    int64_t net = limits_net(sim, order, edit);
    int64_t loss = net == PRICE_NONE ? 0 : limits_worst_loss(terms, net);
    /* A strategy's is that of its plan, at the far sides: its limit is on the next step of prices.
     */
    loss -= loss == INT64_MAX || terms->host >= sim->strategy_count ? 0 : limits_step(terms);
    bool is_off = limits->at[RISK_TRADE_LOSS] == RISK_OFF;
    int64_t limit =
        is_off ? 0 : kernel_equity(desk_kernel(sim->desk)) / 1000000 * limits->at[RISK_TRADE_LOSS];
    SIM_CHECK(sim, LIMITS_NEVER_PASSED,
              is_off || loss == INT64_MAX || loss <= limit + MICROS_PER_DOLLAR,
              "order %llu can lose %lld micros, and %lld are allowed",
              (unsigned long long)order->id, (long long)loss, (long long)limit);
}

/* ---- margin */

struct margin_view {
    struct margin_underlying underlyings[SIM_MARKETS];
    struct margin_line lines[8 * SIM_CONTRACTS];
    struct margin_book book;
    bool is_known;
};

static void view_add(struct margin_view *view, uint32_t market, const struct contract *contract,
                     int64_t quantity, int64_t mark)
{
    view->is_known = view->is_known && mark != PRICE_NONE;
    MUST(view->book.line_count < ARRAY_COUNT(view->lines));
    struct margin_line *line = &view->lines[view->book.line_count++];
    *line = (struct margin_line){ .underlying = (uint16_t)market,
                                  .is_stock = !contract,
                                  .quantity = quantity };
    if (contract) {
        line->contract = *contract;
        line->mark = mark == PRICE_NONE ? 0 : mark;
    }
}

/* What the exchange says is held, at the kernel's marks. */
static void view_make(struct sim *sim, struct margin_view *view)
{
    const struct truth *t = &sim->truth;
    static const char *const names[] = { "SPX", "XYZ" };
    memset(view, 0, sizeof *view);
    view->is_known = true;
    for (uint32_t m = 0; m < (sim->world.has_stock ? 2 : 1); m++) {
        const struct book *book = kernel_book(desk_kernel(sim->desk), m);
        view->is_known = view->is_known && book->underlying != PRICE_NONE && book->underlying > 0;
        view->underlyings[m] =
            (struct margin_underlying){ .class = margin_class_of(names[m]),
                                        .rate = 0.05,
                                        .level = view->is_known ? book->underlying : 1 };
        memcpy(view->underlyings[m].name, names[m], 4);
        view->book.underlying_count++;
    }
    view->book.date = kernel_book(desk_kernel(sim->desk), SIM_INDEX)->day;
    view->book.underlyings = view->underlyings;
    view->book.lines = view->lines;
    for (uint32_t i = 0; i < t->position_count; i++) {
        const struct truth_position *p = &t->positions[i];
        int64_t mark = PRICE_NONE;
        if (!p->quantity)
            continue;
        limits_held(sim, &p->contract, &mark);
        view_add(view, p->market, &p->contract, p->quantity, mark);
        view->is_known = view->is_known && (p->market == SIM_INDEX ||
                                            deliverable_is_standard(&p->contract, &p->deliverable));
    }
    if (t->shares)
        view_add(view, SIM_STOCK, NULL, t->shares, 0);
}

/* A short option needs at least what the rules ask of the best grouping: the kernel may not know of
 * less. */
void limits_margin_agrees(struct sim *sim, const char *when)
{
    static struct margin_answer answer;
    static struct margin_plan plan;
    struct margin_view view;
    view_make(sim, &view);
    if (!sim->with_margin || !view.is_known ||
        kernel_margin(desk_kernel(sim->desk), &answer) != ERR_OK)
        return;
    if (margin_strategy_plan(sim->margin_work, &view.book, &sim->margin, MARGIN_MAINTENANCE,
                             &plan) != ERR_OK)
        return;
    SIM_CHECK(
        sim, MARGIN_NEVER_UNDERSTATED, answer.maintenance.deposit >= plan.deposit,
        "%s: the kernel knows of %lld micros of margin, what the exchange says is held needs %lld",
        when, (long long)answer.maintenance.deposit, (long long)plan.deposit);
}

/* With this order filled and no other: already that must be within the limit of use. */
static void check_margin(struct sim *sim, const struct order_state *order,
                         const struct order_edit *edit, const struct risk_limits *limits)
{
    static struct margin_plan before, after;
    struct margin_view view;
    view_make(sim, &view);
    int64_t value = 0, multiplier = order_terms_multiplier(&order->terms);
    int64_t packages =
        edit->quantity - sim->truth.orders[order->id].packages; /* the others are held */
    if (packages < 1 || !view.is_known || limits->at[RISK_MARGIN_USE] == RISK_OFF ||
        margin_strategy_plan(sim->margin_work, &view.book, &sim->margin, MARGIN_INITIAL, &before))
        return;
    for (int i = 0; i < order->terms.leg_count; i++) {
        const struct package_leg *leg = &order->terms.legs[i];
        int64_t mark = leg->bid != PRICE_NONE && leg->ask != PRICE_NONE
                           ? leg->bid + (leg->ask - leg->bid) / 2
                           : PRICE_NONE;
        view_add(&view, order->terms.underlying_index, series(leg), leg->ratio * packages, mark);
        value +=
            mark == PRICE_NONE ? 0 : leg->ratio * mark * package_leg_multiplier(leg) / multiplier;
    }
    if (!view.is_known ||
        margin_strategy_plan(sim->margin_work, &view.book, &sim->margin, MARGIN_INITIAL, &after))
        return;
    int64_t equity = kernel_equity(desk_kernel(sim->desk)),
            limit = equity / 1000000 * limits->at[RISK_MARGIN_USE];
    int64_t net = edit->net_price == PRICE_NONE ? value : edit->net_price;
    int64_t slack =
        llabs(net - value) * multiplier * packages; /* cash that filling it at its price moves */
    SIM_CHECK(sim, MARGIN_NEVER_UNDERSTATED,
              after.deposit <= before.deposit + slack ||
                  after.deposit <= limit + slack + equity / 200,
              "order %llu alone takes margin from %lld to %lld micros, and %lld are allowed",
              (unsigned long long)order->id, (long long)before.deposit, (long long)after.deposit,
              (long long)limit);
}

void truth_limits(struct sim *sim, const struct order_state *order, const struct order_edit *edit,
                  int64_t ts_ns)
{
    struct risk_limits limits;
    if (!sim->with_risk || order->terms.flags & ORDER_REDUCES ||
        order->terms.purpose == PURPOSE_HEDGE)
        return;
    (void)risk_limits_in_force(&sim->risk, &sim->seen.overrides, ts_ns, &limits);
    check_series(sim, order, edit, &limits);
    if (!takes_back(sim, order, edit))
        check_trade_loss(sim, order, edit, &limits);
    if (sim->with_margin)
        check_margin(sim, order, edit, &limits);
}
