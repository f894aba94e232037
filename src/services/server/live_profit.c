/* Where the day's profit comes from: what is held over each step, by Greek
 * (domain/risk/attribution.h), and the rest. */
#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/types/calendar.h"
#include "domain/types/product.h"
#include "services/server/live_int.h"

static const int64_t STEP_NS = 5 * NANOS_PER_SECOND;
static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;

enum { LEGS_MAX = 4096 };

/* A leg at the two ends of a step. */
struct held {
    uint32_t market;
    struct contract contract;
    bool is_stock;
    int64_t quantity;
    double vol, mark;
};

struct live_profit {
    int32_t day;
    int64_t now_ns, equity;
    double spot[SHOT_MARKETS];
    struct held held[LEGS_MAX];
    size_t count;
    struct attribution_leg legs[LEGS_MAX];
};

static size_t collect(struct live_desk *live, const struct desk_shot *shot,
                      struct held out[LEGS_MAX])
{
    size_t n = 0;
    for (uint32_t i = 0; i < shot->trade_count; i++) {
        const struct trade *trade = &shot->trades[i].trade;
        for (int k = 0; k < trade->leg_count && n < LEGS_MAX; k++) {
            const struct trade_leg *leg = &trade->legs[k];
            if (!leg->quantity || leg->mark == PRICE_NONE || shot->trades[i].market >= SHOT_MARKETS)
                continue;
            double vol = leg->is_stock
                             ? 0
                             : live_desk_greeks(live, shot->trades[i].market, &leg->contract).vol;
            out[n++] =
                (struct held){ shot->trades[i].market, leg->contract, leg->is_stock,
                               leg->quantity,          vol,           money_to_dollars(leg->mark) };
        }
    }
    return n;
}

static const struct held *find(const struct held *all, size_t count, const struct held *of)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].market == of->market && all[i].quantity == of->quantity &&
            all[i].is_stock == of->is_stock &&
            (of->is_stock || contract_compare(&all[i].contract, &of->contract) == 0))
            return &all[i];
    return NULL;
}

/* The legs of a market that were held all through, without those that cannot be priced. */
static size_t describe(struct live_profit *p, uint32_t market, const struct held *now, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct held *was = &p->held[i],
                          *is = was->market == market ? find(now, count, was) : NULL;
        int64_t settles = 0;
        if (!is ||
            (!was->is_stock && (isnan(was->vol) || isnan(is->vol) ||
                                contract_settle_ts(&was->contract, calendar_us(), &settles))))
            continue;
        double each = was->is_stock ? 1 : was->contract.multiplier;
        p->legs[n++] = (struct attribution_leg){
            .sign = was->is_stock                        ? 0
                    : was->contract.right == OPTION_CALL ? OPTION_SIGN_CALL
                                                         : OPTION_SIGN_PUT,
            .strike = was->is_stock ? 0 : was->contract.strike_mills / 1000.0,
            .quantity = (double)was->quantity * each,
            .years = was->is_stock ? 0 : (double)(settles - p->now_ns) / NS_PER_YEAR,
            .vol_from = was->vol,
            .vol_to = is->vol,
            .mark_from = was->mark,
            .mark_to = is->mark,
        };
    }
    return n;
}

static void add_market(struct live_desk *live, struct live_profit *p, const struct desk_shot *shot,
                       uint32_t market, const struct held *now, size_t count)
{
    size_t n = describe(p, market, now, count);
    double rate = live->mirrors[market] ? live->mirrors[market]->book.rate : NAN;
    rate = isnan(rate) ? 0 : rate;
    struct attribution_step step = { .spot_from = p->spot[market],
                                     .spot_to = shot->markets[market].last == PRICE_NONE
                                                    ? NAN
                                                    : money_to_dollars(shot->markets[market].last),
                                     .rate_from = rate,
                                     .rate_to = rate,
                                     .years = (double)(shot->now_ns - p->now_ns) / NS_PER_YEAR };
    struct attribution a;
    if (!n || attribution_of_step(&step, n, p->legs, &a))
        return;
    pthread_mutex_lock(&live->mirror_lock);
    struct mirror *m = live->mirrors[market];
    attribution_add(&live->attribution.greeks, &a);
    if (m) {
        attribution_add(&m->attribution.greeks, &a);
        m->attribution.total = m->attribution.greeks.actual;
        m->attribution.trading = NAN;
        m->has_attribution = true;
    }
    pthread_mutex_unlock(&live->mirror_lock);
}

static void begin_day(struct live_desk *live, struct live_profit *p, const struct desk_shot *shot)
{
    pthread_mutex_lock(&live->mirror_lock);
    live->attribution = (struct live_attribution){ 0 };
    for (int i = 0; i < SHOT_MARKETS; i++)
        if (live->mirrors[i]) {
            live->mirrors[i]->attribution = (struct live_attribution){ 0 };
            live->mirrors[i]->has_attribution = false;
        }
    int64_t equity = shot->equity;
    if (!p->day && live_load_attribution(live, shot->day, &equity)) {
        /* What came between the last that was kept and the end of the program before is nobody's.
         */
        double gap = money_to_dollars(shot->equity - equity);
        live->attribution.greeks.residual += gap;
        live->attribution.greeks.actual += gap;
        live->attribution.total += gap;
    }
    live->has_attribution = true;
    live->attribution_day = shot->day;
    live->attribution_equity = shot->equity;
    pthread_mutex_unlock(&live->mirror_lock);
    p->day = shot->day;
}

void live_attribute(struct live_desk *live, const struct desk_shot *shot)
{
    if (!live->profit) {
        live->profit = arena_new(&live->show_arena, struct live_profit);
        live->profit_now = arena_array(&live->show_arena, struct held, LEGS_MAX);
    }
    struct live_profit *p = live->profit;
    struct held *now = live->profit_now;
    bool is_new = p->day != shot->day;
    if (!is_new && shot->now_ns - p->now_ns < STEP_NS)
        return;
    size_t count = collect(live, shot, now);
    if (is_new)
        begin_day(live, p, shot);
    for (uint32_t i = 0; !is_new && i < shot->market_count; i++)
        add_market(live, p, shot, i, now, count);
    if (!is_new) {
        pthread_mutex_lock(&live->mirror_lock);
        live->attribution.total += money_to_dollars(shot->equity - p->equity);
        live->attribution.trading = live->attribution.total - live->attribution.greeks.actual;
        live->attribution_equity = shot->equity;
        pthread_mutex_unlock(&live->mirror_lock);
    }
    memcpy(p->held, now, count * sizeof *now);
    p->count = count;
    p->now_ns = shot->now_ns;
    p->equity = shot->equity;
    for (uint32_t i = 0; i < shot->market_count; i++)
        p->spot[i] =
            shot->markets[i].last == PRICE_NONE ? NAN : money_to_dollars(shot->markets[i].last);
}
