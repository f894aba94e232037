/* The kernel on a bench: every cash flow by hand. */
#include <math.h>

#include "tests/kernel/desk.h"
#include "tests/testing.h"

static const char CONDOR[] = "ironfly: 1\n"
                             "name: condor\n"
                             "underlying: SPX\n"
                             "legs:\n"
                             "  lp: {buy: put, expiry: {dte: 30, min: 1, max: 60}, strike: 90}\n"
                             "  sp: {sell: put, expiry: same as lp, strike: 95}\n"
                             "  sc: {sell: call, expiry: same as lp, strike: 105}\n"
                             "  lc: {buy: call, expiry: same as lp, strike: 110}\n"
                             "entry: {every: once}\n"
                             "size: {contracts: 2}\n"
                             "exit: {profit: 50%, loss: 200%}\n";

enum { EXPIRY = 20240126 }; /* a Friday; SPXW settles at its close */

static void condor_day(struct desk *d, struct contract c[4], int32_t day)
{
    c[0] = desk_contract("SPXW", EXPIRY, 90, 'P');
    c[1] = desk_contract("SPXW", EXPIRY, 95, 'P');
    c[2] = desk_contract("SPXW", EXPIRY, 105, 'C');
    c[3] = desk_contract("SPXW", EXPIRY, 110, 'C');
    desk_day(d, day, c, 4);
}

static void condor_quotes(struct desk *d, const struct contract c[4], double wing, double body)
{
    desk_quote(d, &c[0], wing - 0.05, wing + 0.05);
    desk_quote(d, &c[1], body - 0.05, body + 0.05);
    desk_quote(d, &c[2], body - 0.05, body + 0.05);
    desk_quote(d, &c[3], wing - 0.05, wing + 0.05);
}

TEST(kernel, opens_marks_and_takes_a_profit_to_the_cent)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    const struct trade *t = desk_trade(&d);
    /* Sold two bodies at 1.45 and bought two wings at 0.55: a credit of 1.80, two units of 100. */
    CHECK_EQ(t->entry_cash, 360 * MICROS_PER_DOLLAR);
    /* Closing at the mid would cost 2.00, so the spread of four legs is gone: 0.20 a unit. */
    CHECK_NEAR(desk_equity(&d), 100000 - 40, 1e-9);
    CHECK_EQ(t->spread_cost, 40 * MICROS_PER_DOLLAR);
    CHECK_EQ(t->max_loss, 640 * MICROS_PER_DOLLAR); /* width 5 less 1.80 */
    condor_quotes(&d, c, 0.20, 0.60); /* mid 0.80: 1.00 of 1.80 is won, above one half */
    desk_market(&d, "11:00", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_PROFIT);
    /* Bought back at 0.65, sold at 0.15: 1.00 a unit. */
    CHECK_EQ(trade_pnl(&d.closed[0]), 160 * MICROS_PER_DOLLAR);
    CHECK_NEAR(desk_equity(&d), 100160, 1e-9);
    desk_close(&d);
}

TEST(kernel, stops_a_loss_only_when_confirmed)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, "%s", CONDOR);
    char *exit = strstr(yaml, "exit:");
    snprintf(exit, sizeof yaml - (size_t)(exit - yaml), "exit: {loss: 100%%, confirm: 2}\n");
    struct desk d;
    struct contract c[4];
    desk_open(&d, yaml, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    condor_quotes(&d, c, 0.50, 3.00);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.closed_count, 0);
    condor_quotes(&d, c, 0.50, 1.50); /* back: the count begins again */
    desk_market(&d, "10:02", 100);
    condor_quotes(&d, c, 0.50, 3.00);
    desk_market(&d, "10:03", 100);
    CHECK_EQ(d.closed_count, 0);
    desk_market(&d, "10:04", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_LOSS);
    desk_close(&d);
}

TEST(kernel, settles_a_cash_expiry_once_at_one_price)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_MID, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    condor_day(&d, c, EXPIRY);
    condor_quotes(&d, c, 0.50, 2.00);
    desk_market(&d, "15:59", 107);
    desk_settle(&d, "16:00", EXPIRY, SETTLE_AM, 120); /* another settlement: not ours */
    CHECK_EQ(d.closed_count, 0);
    desk_settle(&d, "16:00", EXPIRY, SETTLE_PM, 107.30);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_EXPIRED);
    /* Credit 2.00, the 105 call pays 2.30: a loss of 0.30 on two units. */
    CHECK_EQ(trade_pnl(&d.closed[0]), -60 * MICROS_PER_DOLLAR);
    CHECK_NEAR(desk_equity(&d), 99940, 1e-9);
    desk_settle(&d, "16:00", EXPIRY, SETTLE_PM, 150);
    CHECK_NEAR(desk_equity(&d), 99940, 1e-9);
    desk_close(&d);
}

TEST(kernel, leaves_a_long_without_a_bid_to_expire_and_goes_on)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    condor_quotes(&d, c, 0.10, 0.20);
    desk_quote(&d, &c[0], 0, 0.05);
    desk_market(&d, "11:00", 100);
    CHECK_EQ(d.sent[1].leg_count, 3); /* without the put wing */
    CHECK_EQ(d.closed_count, 0);
    CHECK_EQ(desk_open_trades(&d), 0);
    condor_day(&d, c, EXPIRY);
    desk_market(&d, "15:00", 100);
    desk_settle(&d, "16:00", EXPIRY, SETTLE_PM, 88); /* and now it is worth something after all */
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_PROFIT);
    /* 1.80 credit, bought back at 0.25 twice, one wing sold at 0.05, the other settles at 2.00. */
    CHECK_EQ(trade_pnl(&d.closed[0]),
             llround((1.80 - 0.50 + 0.05 + 2.00) * 200) * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(kernel, takes_what_the_displayed_size_allows)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_SHARE, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_sizes(&d, &c[1], 1, 10);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(desk_trade(&d)->units, 1);
    CHECK_EQ(d.notes[NOTE_PARTLY], 1);
    /* Four legs cross 0.65 of a half-spread of 0.05, rounded to the cent against us: 1.46 and 0.54.
     */
    CHECK_EQ(desk_trade(&d)->entry_cash, 184 * MICROS_PER_DOLLAR);
    desk_close(&d);
}

static const char WHEEL[] =
    "ironfly: 1\n"
    "name: wheel\n"
    "underlying: XYZ\n"
    "account: {assigned: keep}\n"
    "structures:\n"
    "  puts:\n"
    "    legs: {p: {sell: put, expiry: {dte: 3, min: 1, max: 9}, strike: 95}}\n"
    "    entry: {every: daily, when: shares < 100}\n"
    "    size: {contracts: 1}\n"
    "  calls:\n"
    "    legs: {c: {sell: call, expiry: {dte: 3, min: 1, max: 9}, strike: 100}}\n"
    "    entry: {every: daily, when: shares >= 100}\n"
    "    size: {shares: all}\n";

TEST(kernel, turns_the_wheel_through_both_assignments)
{
    struct desk d;
    desk_open(&d, WHEEL, FILL_MID, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240105, 95, 'P'),
                            desk_contract("XYZ", 20240105, 100, 'C'),
                            desk_contract("XYZ", 20240112, 95, 'P'),
                            desk_contract("XYZ", 20240112, 100, 'C') };
    desk_day(&d, 20240102, c, 4);
    for (int i = 0; i < 4; i++)
        desk_quote(&d, &c[i], 1.00, 1.20);
    desk_market(&d, "10:00", 97);
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_day(&d, 20240105, c, 4);
    desk_market(&d, "15:00", 93);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 93);
    CHECK_EQ(desk_account(&d).shares, 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(trade_pnl(&d.closed[0]), -90 * MICROS_PER_DOLLAR); /* 1.10 taken in, 2.00 down */
    CHECK_NEAR(desk_equity(&d), 100000 + 110 - 200, 1e-9);
    desk_dividend(&d, "16:01", 0.50);
    CHECK_NEAR(desk_equity(&d), 100000 + 110 - 200 + 50, 1e-9);
    desk_day(&d, 20240108, c + 2, 2);
    for (int i = 2; i < 4; i++)
        desk_quote(&d, &c[i], 1.00, 1.20);
    desk_market(&d, "10:00", 96);
    CHECK_EQ(desk_open_trades(&d), 1);
    CHECK_EQ(desk_trade(&d)->structure, 1);
    CHECK_EQ(d.notes[NOTE_UNBOUNDED], 0); /* the shares cover the call */
    CHECK_EQ(desk_trade(&d)->max_loss, (9600 - 110) * MICROS_PER_DOLLAR);
    desk_day(&d, 20240112, c + 2, 2);
    desk_market(&d, "15:00", 103);
    desk_settle(&d, "16:00", 20240112, SETTLE_PM, 103);
    CHECK_EQ(desk_account(&d).shares, 0);
    CHECK_EQ(d.closed_count, 3);
    /* The shares are a trade of their own: kept at 93, a dividend of 0.50, called away at 103. */
    CHECK_EQ(d.closed[1].structure, STRUCTURE_KEPT);
    CHECK_EQ(d.closed[1].reason, CLOSE_SHARES);
    CHECK_EQ(trade_pnl(&d.closed[1]), 1050 * MICROS_PER_DOLLAR);
    CHECK_EQ(trade_pnl(&d.closed[2]),
             -190 * MICROS_PER_DOLLAR); /* 1.10, and 3.00 above the strike */
    /* In all: two premiums, the dividend, and stock bought at 95 that left at 100. */
    CHECK_NEAR(desk_equity(&d), 100000 + 110 + 110 + 50 + 500, 1e-9);
    desk_close(&d);
}

TEST(kernel, still_leaves_by_dte_when_a_leg_settled_meanwhile)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: calendar\nunderlying: SPX\n"
              "legs:\n"
              "  far: {buy: call, expiry: {dte: 30, min: 20, max: 40}, strike: 100}\n"
              "  near: {sell: call, expiry: {dte: 9, min: 5, max: 12}, strike: 100}\n"
              "entry: {every: once}\nsize: {contracts: 1}\nexit: {dte: 2}\n",
              FILL_MID, FEES_NONE);
    struct contract c[] = { desk_contract("SPXW", 20240111, 100, 'C'),
                            desk_contract("SPXW", 20240202, 100, 'C') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 1.00, 1.20);
    desk_quote(&d, &c[1], 2.00, 2.20);
    desk_market(&d, "10:00", 100);
    desk_settle(&d, "16:00", 20240111, SETTLE_PM, 100.50); /* no data on the days before */
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_day(&d, 20240116, c + 1, 1);
    desk_quote(&d, &c[1], 1.80, 2.00);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_DTE);
    CHECK_EQ(trade_pnl(&d.closed[0]),
             llround((-2.10 + 1.10 - 0.50 + 1.90) * 100) * MICROS_PER_DOLLAR);
    desk_close(&d);
}

TEST(kernel, sells_assigned_stock_when_it_may_not_keep_it)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: put\nunderlying: XYZ\n"
              "legs: {p: {sell: put, expiry: {dte: 3, min: 1, max: 9}, strike: 95}}\n"
              "entry: {every: once}\nsize: {contracts: 3}\n",
              FILL_NATURAL, FEES_NONE);
    d.stock_spread = 0.10;
    struct contract p = desk_contract("XYZ", 20240105, 95, 'P');
    desk_day(&d, 20240102, &p, 1);
    desk_quote(&d, &p, 1.00, 1.20);
    desk_market(&d, "10:00", 97);
    desk_day(&d, 20240105, &p, 1);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 93);
    CHECK_EQ(d.closed_count, 0);
    desk_day(&d, 20240108, &p, 0);
    desk_market(&d, "09:31", 94);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_EXPIRED);
    CHECK_EQ(trade_pnl(&d.closed[0]), llround((1.00 - 95 + 93.95) * 300) * MICROS_PER_DOLLAR);
    CHECK_NEAR(desk_equity(&d), 100000 - 15, 1e-9);
    desk_close(&d);
}

TEST(kernel, does_not_exercise_by_less_than_a_cent)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: call\nunderlying: XYZ\n"
              "legs: {c: {buy: call, expiry: {dte: 3, min: 1, max: 9}, strike: 50}}\n"
              "entry: {every: once}\nsize: {contracts: 1}\n",
              FILL_MID, FEES_NONE);
    struct contract c = desk_contract("XYZ", 20240105, 50, 'C');
    desk_day(&d, 20240102, &c, 1);
    desk_quote(&d, &c, 1.00, 1.20);
    desk_market(&d, "10:00", 50);
    desk_day(&d, 20240105, &c, 1);
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 50.004);
    CHECK_EQ(d.closed_count, 1); /* OCC rule 805: 0.01 or more */
    CHECK_NEAR(desk_equity(&d), 100000 - 110, 1e-9);
    desk_close(&d);
}

TEST(kernel, rolls_as_one_package_and_keeps_both_results_apart)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: roll\nunderlying: SPX\n"
              "legs: {p: {sell: put, expiry: {dte: 30, min: 20, max: 60}, strike: 95}}\n"
              "entry: {every: once}\nsize: {contracts: 1}\n"
              "roll: {dte: 10, max: 1}\n",
              FILL_NATURAL, FEES_IBKR_LEAN);
    struct contract c[] = { desk_contract("SPXW", 20240202, 95, 'P'),
                            desk_contract("SPXW", 20240301, 95, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.00, 2.20);
    desk_quote(&d, &c[1], 4.00, 4.20);
    desk_market(&d, "10:00", 100);
    desk_day(&d, 20240123, c, 2); /* ten days before the expiry */
    desk_quote(&d, &c[0], 0.50, 0.60);
    desk_quote(&d, &c[1], 2.50, 2.70);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.sent[1].purpose, PURPOSE_ROLL);
    CHECK_EQ(d.sent[1].leg_count, 2);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_ROLLED);
    CHECK_EQ(d.closed[0].flows, 140 * MICROS_PER_DOLLAR);
    CHECK_EQ(desk_trade(&d)->entry_cash, 250 * MICROS_PER_DOLLAR);
    CHECK_EQ(desk_trade(&d)->rolls, 1);
    CHECK_NEAR(desk_equity(&d), 100000 + 140 + 250 - 260, 1e-9); /* index options are free there */
    desk_close(&d);
}

TEST(kernel, hedges_only_outside_the_band)
{
    struct desk d;
    desk_open(&d,
              "ironfly: 1\nname: gamma\nunderlying: XYZ\n"
              "legs:\n"
              "  p: {buy: put, expiry: {dte: 30, min: 20, max: 60}, strike: 100}\n"
              "  c: {buy: call, expiry: same as p, strike: 100}\n"
              "entry: {every: once}\nsize: {contracts: 1}\nhedge: {band: 20}\n",
              FILL_MID, FEES_NONE);
    struct contract c[] = { desk_contract("XYZ", 20240202, 100, 'C'),
                            desk_contract("XYZ", 20240202, 100, 'P') };
    desk_day(&d, 20240102, c, 2);
    desk_quote(&d, &c[0], 2.95, 3.05);
    desk_quote(&d, &c[1], 2.95, 3.05);
    desk_market(&d, "10:00", 100);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(d.sent_count, 1); /* at the money: delta is within the band */
    desk_quote(&d, &c[0], 6.45, 6.55);
    desk_quote(&d, &c[1], 1.45, 1.55);
    desk_market(&d, "10:02", 105);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.sent[1].purpose, PURPOSE_HEDGE);
    CHECK(d.sent[1].units > 40 && d.sent[1].units < 75 && d.sent[1].legs[0].ratio == -1);
    CHECK(fabs(desk_account(&d).delta) <= 0.5); /* whole shares */
    desk_close(&d);
}

TEST(kernel, tries_an_entry_again_that_nobody_filled)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_quote(&d, &c[1], NAN, 1.55); /* no bid to sell at */
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.rejected, 1);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:01", 100);
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_close(&d);
}

TEST(kernel, leaves_by_time_on_half_days_too)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, "%s", CONDOR);
    char *exit = strstr(yaml, "exit:");
    snprintf(exit, sizeof yaml - (size_t)(exit - yaml), "exit: {time: \"15:45\"}\n");
    struct desk d;
    struct contract c[4];
    desk_open(&d, yaml, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    d.close = "13:00";
    condor_day(&d, c, 20240103);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "12:00", 100);
    CHECK_EQ(desk_open_trades(&d), 1);
    desk_market(&d, "12:44", 100);
    CHECK_EQ(d.closed_count, 0);
    desk_market(&d, "12:45", 100);
    CHECK_EQ(d.closed_count, 1);
    CHECK_EQ(d.closed[0].reason, CLOSE_TIME);
    desk_close(&d);
}

TEST(kernel, sends_nothing_past_a_gate)
{
    struct desk d;
    struct contract c[4];
    desk_open_config(&d, CONDOR, FILL_MID, FEES_NONE, false, INT64_MAX);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "role");
    desk_close(&d);

    desk_open_config(&d, CONDOR, FILL_MID, FEES_NONE, true, 599 * MICROS_PER_DOLLAR);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50); /* two units lose 640 at worst, at the far sides */
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason,
              "signature: 640.00 dollars; the limit is 599.00 dollars; signed, it would pass");
    desk_close(&d);

    char yaml[1024];
    snprintf(yaml, sizeof yaml, "%slimits: {max_loss: $500}\n", CONDOR);
    desk_open(&d, yaml, FILL_MID, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    CHECK_HAS(d.last_reason, "max_loss");
    desk_close(&d);
}

TEST(kernel, reduce_only_stops_entries_but_never_exits)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_command(&d, "9:45", COMMAND_REDUCE);
    desk_market(&d, "10:00", 100);
    CHECK_EQ(d.sent_count, 0);
    desk_command(&d, "10:01", COMMAND_RESUME);
    desk_market(&d, "10:02", 100);
    CHECK_EQ(d.sent_count, 1);
    desk_command(&d, "10:03", COMMAND_REDUCE);
    condor_quotes(&d, c, 0.10, 0.20);
    desk_market(&d, "10:04", 100);
    CHECK_EQ(d.sent_count, 2);
    CHECK_EQ(d.closed_count, 1);
    desk_close(&d);
}

TEST(kernel, ignores_a_doubled_report)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    condor_quotes(&d, c, 0.50, 1.50);
    desk_market(&d, "10:00", 100);
    double before = desk_equity(&d);
    const struct order_state *order = order_set_find(kernel_orders(d.kernel), d.sent[0].id);
    struct order_report again = { .what = ORDER_SAID_FILL,
                                  .order_id = order->id,
                                  .ts_ns = d.sent[0].ts_ns };
    for (const struct order_fill *f = order_set_first_fill(kernel_orders(d.kernel), order); f;
         f = order_set_next_fill(kernel_orders(d.kernel), f))
        again.fills[again.fill_count++] = (struct report_fill){ .exec = f->exec,
                                                                .leg = f->leg,
                                                                .quantity = f->quantity,
                                                                .price = f->price,
                                                                .costs = f->costs };
    CHECK_EQ(again.fill_count, 4);
    struct event event = { .ts_ns = d.sent[0].ts_ns, .kind = EVENT_REPORT };
    event.of.report = &again;
    desk_event(&d, &event);
    CHECK_NEAR(desk_equity(&d), before, 1e-9);
    CHECK_EQ(desk_trade(&d)->legs[0].quantity, 2);
    desk_close(&d);
}

TEST(kernel, refuses_time_that_goes_back)
{
    struct desk d;
    struct contract c[4];
    desk_open(&d, CONDOR, FILL_NATURAL, FEES_NONE);
    condor_day(&d, c, 20240102);
    struct event event = { .ts_ns = 1, .kind = EVENT_DAY_END };
    CHECK_EQ(kernel_step(d.kernel, &event), ERR_RANGE);
    CHECK_HAS(err_detail(), "back in time");
    desk_close(&d);
}
