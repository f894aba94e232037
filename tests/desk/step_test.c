/* The stepping form: a desk of its own thread over the simulated market, asked by others. */
#include "services/desk/desk.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/zone.h"
#include "tests/desk/desk_run.h"

static struct desk_options simulated(const char *journal)
{
    return (struct desk_options){ .journal = journal,
                                  .feed = DESK_SIMULATED,
                                  .symbols = "IWM,VIX",
                                  .from = 20240304,
                                  .seed = 7 };
}

/* Step until the market's clock is so many seconds after the opening of the first day. */
static void run_to(struct desk *desk, int seconds)
{
    int64_t open = zone_to_ts(ZONE_NEW_YORK, 20240304, TIME_OF_DAY(9, 30)), wait;
    struct desk_view view;
    for (desk_look(desk, &view); view.now_ns < open + seconds * NANOS_PER_SECOND;
         desk_look(desk, &view))
        CHECK_OK(desk_step(desk, 0, &wait));
}

/* ---- the market ------------------------------------------------------------------------------ */

struct seen {
    size_t steps, changed, records;
    bool all;
    size_t kinds[128];
};

static void on_step(void *context, const struct desk_view *view)
{
    struct seen *s = context;
    s->steps++;
    s->changed += view->changed_count;
    s->all |= view->is_all;
    CHECK_EQ(kernel_market_count(view->kernel), 2);
}

static void on_record(void *context, const struct entry *entry, const struct desk_moment *moment)
{
    struct seen *s = context;
    CHECK(moment->record > s->records);
    s->records = moment->record;
    s->kinds[entry->kind]++;
}

TEST(step, the_simulated_market_goes_on_where_it_was)
{
    struct seen seen = { 0 };
    struct desk_options options = simulated(desk_test_journal("sim"));
    options.watch =
        (struct desk_watch){ .context = &seen, .record = on_record, .stepped = on_step };
    struct desk *desk;
    struct desk_view view;
    CHECK_OK(desk_open(&desk, &options));
    run_to(desk, 90);
    CHECK(seen.steps > 1 && seen.changed > 100 && seen.all);
    CHECK_EQ(seen.kinds[ENTRY_SESSION], 2);
    desk_look(desk, &view);
    CHECK_EQ(view.phase, DESK_TRADING);
    CHECK_EQ(view.day, 20240304);
    const struct book *book = kernel_book(view.kernel, 0);
    CHECK(book->underlying > 100 * MICROS_PER_DOLLAR && book->underlying < 400 * MICROS_PER_DOLLAR);
    CHECK(book->contract_count > 500);
    CHECK(!isnan(book_iv30((struct book *)(uintptr_t)book)));
    desk_close(desk);
}

/* ---- commands -------------------------------------------------------------------------------- */

struct running {
    struct desk *desk;
    atomic_bool ends;
    enum err err;
};

static void *drive(void *context)
{
    struct running *r = context;
    int64_t wait, now = 1;
    while (!atomic_load(&r->ends) && !r->err) {
        r->err = desk_step(r->desk, now, &wait);
        now += NANOS_PER_SECOND / 50; /* a clock of ours: a step is 20 ms */
        desk_wait(r->desk, wait < 1000000 ? wait : 1000000);
    }
    return NULL;
}

/* A call spread a little out of the money, at the nearest expiry a week away or more. */
static void choose(void *context, const struct desk_view *view)
{
    struct desk_command *c = context;
    const struct book *book = kernel_book(view->kernel, 0);
    struct package_leg *legs = c->terms.legs;
    for (uint32_t i = 0; i + 5 < book->contract_count && c->terms.leg_count < 2; i++) {
        const struct contract *k = &book->contracts[i];
        if (k->right != OPTION_CALL || date_diff(k->expiry, view->day) < 7 ||
            contract_strike_micros(k) < book->underlying + 2 * MICROS_PER_DOLLAR)
            continue;
        if (c->terms.leg_count && (k->expiry != legs[0].contract.expiry ||
                                   k->strike_mills < legs[0].contract.strike_mills + 2000))
            continue;
        if (!order_terms_option(&c->terms, k, c->terms.leg_count ? -1 : 1))
            return;
    }
}

static void filled(void *context, const struct desk_view *view)
{
    size_t slots;
    const struct trade *trades = kernel_trades(view->kernel, &slots);
    *(bool *)context =
        slots > 0 && trades[0].state == TRADE_OPEN && trades[0].legs[0].quantity == 1;
}

static struct desk_command buy(struct desk *desk, const char *client)
{
    struct desk_command c = { .command = { .kind = COMMAND_PLACE, .role = BY_TRADER, .who = "pat" },
                              .has_terms = true };
    snprintf(c.client_id, sizeof c.client_id, "%s", client);
    order_terms_init(&c.terms);
    memcpy(c.terms.underlying, "IWM", 4);
    for (int i = 0; i < 200 && c.terms.leg_count < 2; i++) { /* the opening may not have come yet */
        c.terms.leg_count = 0;
        CHECK_OK(desk_read(desk, choose, &c, 5 * NANOS_PER_SECOND));
        usleep(2000);
    }
    CHECK_EQ(c.terms.leg_count, 2);
    c.terms.edit.quantity = 1;
    c.terms.edit.type = ORDER_LIMIT;
    c.terms.edit.net_price = 3 * MICROS_PER_DOLLAR; /* more than it can be worth */
    return c;
}

static void begin(struct running *r, pthread_t *thread, const struct desk_options *options)
{
    *r = (struct running){ 0 };
    CHECK_OK(desk_open(&r->desk, options));
    CHECK_EQ(pthread_create(thread, NULL, drive, r), 0);
}

static void end(struct running *r, pthread_t thread)
{
    atomic_store(&r->ends, true);
    pthread_join(thread, NULL);
    CHECK_OK(r->err);
    desk_close(r->desk);
}

TEST(step, takes_each_command_once_whatever_happens)
{
    struct desk_options options = simulated(desk_test_journal("commands"));
    options.speed = 1;
    struct running r;
    pthread_t thread;
    begin(&r, &thread, &options);
    struct desk_answer first, again;
    struct desk_command c = buy(r.desk, "client-1");
    CHECK_OK(desk_command(r.desk, &c, &first, 5 * NANOS_PER_SECOND));
    CHECK(first.order_id > 0 && first.sequence > 0 && !first.is_repeat);
    bool is_filled = false;
    for (int i = 0; i < 100 && !is_filled; i++) {
        CHECK_OK(desk_read(r.desk, filled, &is_filled, 5 * NANOS_PER_SECOND));
        usleep(2000);
    }
    CHECK(is_filled);
    CHECK_OK(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND));
    CHECK(again.is_repeat && again.order_id == first.order_id && again.sequence == first.sequence);

    const struct desk_command same = c;
    /* What cannot be is refused, with its reason; that is an answer like any other. */
    c.command.kind = COMMAND_CANCEL;
    c.command.order_id = 4711;
    snprintf(c.client_id, sizeof c.client_id, "client-2");
    CHECK_EQ(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND), ERR_REFUSED);
    CHECK_HAS(again.text, "no such order");
    end(&r, thread);

    begin(&r, &thread, &options); /* after a restart too */
    CHECK_EQ(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND), ERR_REFUSED);
    CHECK(again.is_repeat);
    c = same;
    CHECK_OK(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND));
    CHECK(again.is_repeat && again.order_id == first.order_id);
    c.terms.edit.quantity++; /* the same id for something else */
    CHECK_EQ(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND), ERR_EXISTS);
    CHECK_EQ(again.order_id, first.order_id);
    CHECK_HAS(again.text, "the id \"client-1\" was used to ask for something else");
    c.terms.edit.quantity--;
    CHECK_OK(desk_read(r.desk, filled, &is_filled, 5 * NANOS_PER_SECOND));
    CHECK(is_filled);
    memcpy(c.terms.underlying, "SPX", 4);
    snprintf(c.client_id, sizeof c.client_id, "client-3");
    CHECK_EQ(desk_command(r.desk, &c, &again, 5 * NANOS_PER_SECOND), ERR_NOT_FOUND);
    CHECK_HAS(again.text, "SPX is no market of this desk, which has IWM,VIX");
    end(&r, thread);
}

struct exits_seen {
    uint64_t parent;
    int waiting, working;
};

static void look_at_exits(void *context, const struct desk_view *view)
{
    struct exits_seen *seen = context;
    seen->waiting = seen->working = 0;
    for (uint64_t id = seen->parent + 1; id <= seen->parent + 2; id++) {
        const struct order_state *order = order_set_find(kernel_orders(view->kernel), id);
        seen->waiting +=
            order && order->phase == ORDER_STAGED && order->terms.links.parent == seen->parent;
        seen->working += order && order->phase == ORDER_WORKING && order->edit.quantity == 1;
    }
}

TEST(step, exits_are_with_their_order_after_a_restart_whether_they_wait_or_work)
{
    struct desk_options options = simulated(desk_test_journal("exits"));
    options.speed = 1;
    struct running r;
    pthread_t thread;
    struct desk_answer waits, works;
    begin(&r, &thread, &options);
    struct desk_command c = buy(r.desk, "waits");
    c.has_exits = true;
    c.exits =
        (struct order_exits){ .target = -4500000, .stop = 5000000 }; /* neither can be reached */
    c.terms.edit.net_price = 10000;                                  /* nor this price */
    c.terms.edit.tif = ORDER_GTC;
    CHECK_OK(desk_command(r.desk, &c, &waits, 5 * NANOS_PER_SECOND));
    c = buy(r.desk, "works");
    c.has_exits = true;
    c.exits = (struct order_exits){ .target = -4500000, .stop = 5000000 };
    CHECK_OK(desk_command(r.desk, &c, &works, 5 * NANOS_PER_SECOND));
    struct exits_seen first = { .parent = waits.order_id }, second = { .parent = works.order_id };
    for (int i = 0; i < 400 && second.working < 2; i++) {
        CHECK_OK(desk_read(r.desk, look_at_exits, &second, 5 * NANOS_PER_SECOND));
        usleep(2000);
    }
    CHECK_EQ(second.working, 2);
    end(&r, thread);
    begin(&r, &thread, &options);
    CHECK_OK(desk_read(r.desk, look_at_exits, &first, 5 * NANOS_PER_SECOND));
    CHECK_OK(desk_read(r.desk, look_at_exits, &second, 5 * NANOS_PER_SECOND));
    CHECK_EQ(first.waiting, 2);
    CHECK_EQ(second.working, 2);
    end(&r, thread);
}

/* ---- strategies ------------------------------------------------------------------------------ */

static const char strangle[] =
    "ironfly: 1\n"
    "name: short strangle\n"
    "underlying: IWM\n"
    "legs:\n"
    "  short_put:  {sell: put, expiry: {dte: 5, min: 2, max: 10}, strike: {delta: 0.2}}\n"
    "  short_call: {sell: call, expiry: same as short_put, strike: {delta: 0.2}}\n"
    "entry: {every: daily}\n"
    "size: {contracts: 1}\n"
    "exit: {dte: 0}\n";

static void count_trades(void *context, const struct desk_view *view)
{
    size_t slots;
    const struct trade *trades = kernel_trades(view->kernel, &slots);
    size_t *count = context;
    *count = 0;
    for (size_t i = 0; i < slots; i++)
        *count += trades[i].state != TRADE_FREE;
}

TEST(step, a_strategy_is_enlisted_while_it_runs_and_its_text_is_in_the_journal)
{
    struct desk_options options = simulated(desk_test_journal("enlisted"));
    options.speed = 1;
    struct running r;
    pthread_t thread;
    struct desk_answer answer;
    begin(&r, &thread, &options);
    struct desk_command c = {
        .client_id = "arm-1",
        .command = { .kind = COMMAND_ENLIST, .role = BY_TRADER, .who = "pat", .value = 1 },
        .strategy_name = "strangle",
        .strategy_text = "nonsense"
    };
    CHECK(desk_command(r.desk, &c, &answer, 5 * NANOS_PER_SECOND) != ERR_OK);
    CHECK_EQ(answer.sequence, 0);
    c.strategy_text = strangle;
    if (desk_command(r.desk, &c, &answer, 5 * NANOS_PER_SECOND))
        fail_msg("%s", err_detail());
    CHECK_EQ(answer.host, 0);
    size_t trades = 0;
    for (int i = 0; i < 400 && !trades; i++) {
        CHECK_OK(desk_read(r.desk, count_trades, &trades, 5 * NANOS_PER_SECOND));
        usleep(5000);
    }
    CHECK_EQ(trades, 1);
    end(&r, thread);
    begin(&r, &thread, &options);
    CHECK_OK(desk_read(r.desk, count_trades, &trades, 5 * NANOS_PER_SECOND));
    CHECK_EQ(trades, 1);
    end(&r, thread);
}
