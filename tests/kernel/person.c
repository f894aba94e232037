#include "tests/kernel/person.h"

#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "tests/testing.h"

const double person_strikes[PERSON_STRIKES] = { 90, 95, 100, 105 };

struct contract person_option(double strike, char right)
{
    return desk_contract("SPXW", 20240202, strike, right);
}

void person_quotes(struct desk *d, const char *time)
{
    for (size_t i = 0; i < PERSON_STRIKES; i++)
        for (int side = 0; side < 2; side++) {
            struct contract c = person_option(person_strikes[i], side ? 'P' : 'C');
            double inside = fmax(0, side ? person_strikes[i] - 100 : 100 - person_strikes[i]);
            desk_quote(d, &c, inside + 1.00, inside + 1.20);
        }
    desk_market(d, time, 100);
}

void person_start(struct desk *d)
{
    struct contract c[2 * PERSON_STRIKES];
    for (size_t i = 0; i < PERSON_STRIKES; i++) {
        c[2 * i] = person_option(person_strikes[i], 'C');
        c[2 * i + 1] = person_option(person_strikes[i], 'P');
    }
    desk_day(d, 20240102, c, ARRAY_COUNT(c));
    person_quotes(d, "10:00");
}

struct risk_limits person_no_limits(void)
{
    struct risk_limits limits;
    risk_limits_default(&limits);
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        if (risk_limit_row((enum risk_limit)i)->level != RISK_LEVEL_STATE &&
            i != RISK_RATE_WINDOW && i != RISK_FEED_GAP_TIME)
            limits.at[i] = RISK_OFF;
    return limits;
}

struct order_terms person_order(double strike, char right, int64_t ratio, int64_t quantity,
                                double net)
{
    struct order_terms terms;
    struct contract c = person_option(strike, right);
    order_terms_init(&terms);
    memcpy(terms.underlying, "SPX", 3);
    MUST(order_terms_option(&terms, &c, ratio));
    terms.edit =
        (struct order_edit){ .quantity = quantity,
                             .type = isnan(net) ? ORDER_MARKET : ORDER_LIMIT,
                             .tif = ORDER_DAY,
                             .stop_price = PRICE_NONE,
                             .net_price = isnan(net) ? PRICE_NONE : money_from_dollars(net) };
    return terms;
}

void person_send(struct desk *d, const char *time, const struct order_terms *terms, uint64_t trade)
{
    desk_ask(d, time,
             (struct event_command){
                 .kind = COMMAND_PLACE, .role = BY_TRADER, .trade_id = trade, .terms = terms });
}

void person_place(struct desk *d, const char *time, double strike, char right, int64_t ratio,
                  int64_t quantity, uint64_t trade)
{
    struct order_terms terms = person_order(strike, right, ratio, quantity, NAN);
    person_send(d, time, &terms, trade);
}

uint64_t person_newest_trade(struct desk *d)
{
    size_t slots;
    const struct trade *trades = kernel_trades(d->kernel, &slots);
    uint64_t id = 0;
    for (size_t i = 0; i < slots; i++)
        id = trades[i].state == TRADE_OPEN && trades[i].id > id ? trades[i].id : id;
    return id;
}
void person_doubts(struct desk *d, const char *time, bool doubt, double here, double there)
{
    int64_t nanos;
    CHECK(time_of_day_parse(str_from(time), &nanos));
    struct event event = { .ts_ns = zone_to_ts(ZONE_NEW_YORK, d->day, nanos), .kind = EVENT_FEED };
    event.of.feed = (struct event_feed){ .is_doubted = doubt,
                                         .here = money_from_dollars(here),
                                         .there = money_from_dollars(there) };
    desk_event(d, &event);
}
