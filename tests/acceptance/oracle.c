#include "tests/acceptance/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"
#include "tests/testing.h"

/* ---- quotes ---------------------------------------------------------------------------------- */

void oracle_open(struct oracle *o, const struct store *store, const char *underlying, int32_t date,
                 double rate)
{
    *o = (struct oracle){ .snapshot = UINT32_MAX, .rate = rate };
    arena_init(&o->arena, "oracle", 1u << 20);
    CHECK_OK(chain_day_open(&o->day, store, underlying, date, false));
    uint32_t n = o->day.contract_count;
    o->bid = arena_array(&o->arena, int64_t, n);
    o->ask = arena_array(&o->arena, int64_t, n);
    o->bid_size = arena_array(&o->arena, uint32_t, n);
    o->ask_size = arena_array(&o->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        o->bid[i] = o->ask[i] = PRICE_NONE;
        o->bid_size[i] = o->ask_size[i] = SIZE_NONE;
    }
}

void oracle_close(struct oracle *o)
{
    chain_day_close(&o->day);
    arena_clear(&o->arena);
}

bool oracle_next(struct oracle *o)
{
    if (++o->snapshot == o->day.snapshot_count)
        return false;
    const struct chain_snapshot *s = &o->day.snapshots[o->snapshot];
    const struct quote_rows *rows = &o->day.rows;
    for (uint32_t i = s->row_first; i < s->row_first + s->row_count; i++) {
        uint32_t c = rows->contract[i];
        o->bid[c] = rows->bid[i];
        o->ask[c] = rows->ask[i];
        o->bid_size[c] = rows->bid_size ? rows->bid_size[i] : SIZE_NONE;
        o->ask_size[c] = rows->ask_size ? rows->ask_size[i] : SIZE_NONE;
    }
    return true;
}

static const struct chain_snapshot *now(const struct oracle *o)
{
    return &o->day.snapshots[o->snapshot];
}

static double mid_of(const struct oracle *o, uint32_t c)
{
    return o->bid[c] > 0 && o->ask[c] >= o->bid[c] ? (double)(o->bid[c] + o->ask[c]) / 2e6 : NAN;
}

static const struct contract *contract_of(const struct oracle *o, uint32_t c)
{
    return &o->day.contracts[c];
}

/* ---- expiries -------------------------------------------------------------------------------- */

bool oracle_is_third_friday(int32_t date)
{
    return date_weekday(date) == FRIDAY && date % 100 >= 15 && date % 100 <= 21;
}

struct series_key { /* one expiry of one root: contracts [first, end) of the day */
    uint32_t first, end;
};

static bool same_series(const struct contract *a, const struct contract *b)
{
    return a->expiry == b->expiry && strcmp(a->root, b->root) == 0;
}

static bool next_series(const struct oracle *o, struct series_key *key)
{
    key->first = key->end;
    if (key->first == o->day.contract_count)
        return false;
    while (key->end < o->day.contract_count &&
           same_series(contract_of(o, key->first), contract_of(o, key->end)))
        key->end++;
    return true;
}

/* The listed expiry nearest to the days asked for; the first listed of two equally near. */
static bool find_series(const struct oracle *o, const struct want_leg *want, int32_t from,
                        struct series_key *out)
{
    struct series_key key = { 0, 0 };
    int best = INT32_MAX;
    while (next_series(o, &key)) {
        const struct contract *c = contract_of(o, key.first);
        int days = date_diff(c->expiry, from);
        bool is_over = c->settle == SETTLE_AM && c->expiry == o->day.day;
        if (is_over || (want->root && strcmp(want->root, c->root) != 0))
            continue;
        int miss = want->monthly ? days : abs(days - want->days);
        bool fits = want->monthly ? oracle_is_third_friday(c->expiry) && days > 0
                                  : days >= want->lo && days <= want->hi;
        if (fits && miss < best) {
            best = miss;
            *out = key;
        }
    }
    return best != INT32_MAX;
}

/* ---- Black-76 -------------------------------------------------------------------------------- */

struct market {
    double forward, discount, years, spot;
};

static double normal(double x)
{
    return erfc(-x / sqrt(2.0)) / 2.0;
}

static double black(const struct market *m, double strike, double vol, int sign, double *delta)
{
    double sd = vol * sqrt(m->years);
    double d1 = log(m->forward / strike) / sd + sd / 2.0;
    *delta = sign * m->discount * m->forward / m->spot *
             normal(sign * d1); /* of the spot, its yield held */
    return sign * m->discount *
           (m->forward * normal(sign * d1) - strike * normal(sign * (d1 - sd)));
}

static double implied(const struct market *m, double strike, int sign, double price, double *delta)
{
    double low = 1e-4, high = 10.0;
    if (!(price > black(m, strike, low, sign, delta)) ||
        !(price < black(m, strike, high, sign, delta)))
        return *delta = NAN;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2.0;
        *(black(m, strike, middle, sign, delta) < price ? &low : &high) = middle;
    }
    black(m, strike, low, sign, delta);
    return low;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Forward: the median of what the eleven strikes nearest to the spot say by parity. */
static struct market market_of(const struct oracle *o, struct series_key key)
{
    const struct contract *any = contract_of(o, key.first);
    int64_t settle = zone_to_ts(ZONE_NEW_YORK, any->expiry,
                                any->settle == SETTLE_AM ? TIME_OF_DAY(9, 30) : TIME_OF_DAY(16, 0));
    struct market m = { .years = (double)(settle - now(o)->ts_ns) / (365.0 * 86400e9),
                        .spot = money_to_dollars(now(o)->underlying) };
    m.discount = exp(-o->rate * m.years);
    double forwards[11], far[11];
    int count = 0;
    for (uint32_t c = key.first; c + 1 < key.end; c++) {
        const struct contract *call = contract_of(o, c), *put = contract_of(o, c + 1);
        double gap = mid_of(o, c) - mid_of(o, c + 1), strike = call->strike_mills / 1000.0;
        if (call->right != OPTION_CALL || put->strike_mills != call->strike_mills || isnan(gap))
            continue;
        double miss = fabs(strike - m.spot);
        int at = count < 11 ? count++ : 11;
        if (at == 11) {
            at = 0;
            for (int i = 1; i < 11; i++)
                at = far[i] > far[at] ? i : at;
            if (miss >= far[at])
                continue;
        }
        far[at] = miss;
        forwards[at] = strike + gap / m.discount;
    }
    CHECK(count > 0);
    qsort(forwards, (size_t)count, sizeof *forwards, by_value);
    m.forward = forwards[count / 2];
    return m;
}

/* ---- strikes --------------------------------------------------------------------------------- */

static bool can_trade(const struct oracle *o, uint32_t c, int quantity)
{
    return quantity < 0 ? o->bid[c] > 0 : o->ask[c] > 0;
}

static double target_of(const struct want_leg *want, const struct oracle_leg *legs, double spot)
{
    double from = want->from >= 0 && (want->pick == PICK_OFFSET || want->pick == PICK_SAME)
                      ? legs[want->from].contract->strike_mills / 1000.0
                      : spot;
    switch (want->pick) {
    case PICK_OFFSET:
        return from + want->value;
    case PICK_PERCENT:
    case PICK_PERCENT_DOWN:
        return from * (1.0 + want->value / 100.0);
    case PICK_DELTA:
        return want->value;
    default:
        return from;
    }
}

static bool choose_leg(const struct oracle *o, const struct want_leg *want, struct series_key key,
                       int32_t prefer, struct oracle_leg *legs, struct oracle_leg *out)
{
    struct market m = market_of(o, key);
    double target = target_of(want, legs, m.spot), best = INFINITY;
    bool down = want->pick == PICK_ATM_DOWN || want->pick == PICK_PERCENT_DOWN;
    /* Deltas of two sound methods differ in the fourth digit: two strikes that near are both right.
     */
    double hair = want->pick == PICK_DELTA ? 5e-4 : 1e-9;
    for (uint32_t c = key.first; c < key.end; c++) {
        const struct contract *k = contract_of(o, c);
        double strike = k->strike_mills / 1000.0, delta, iv;
        if (k->right != want->right ||
            !(want->pick == PICK_SAME || can_trade(o, c, want->quantity)))
            continue;
        int sign = k->right == OPTION_CALL ? 1 : -1;
        iv = implied(&m, strike, sign, mid_of(o, c), &delta);
        double miss = fabs((want->pick == PICK_DELTA ? fabs(delta) : strike) - target);
        if (isnan(miss) || (down && strike > target))
            continue;
        bool is_nearer =
            miss < best - hair || (prefer && prefer == k->strike_mills && miss < best + hair);
        if (!is_nearer)
            continue;
        best = fmin(best, miss);
        *out = (struct oracle_leg){ k,  o->bid[c], o->ask[c], o->bid_size[c], o->ask_size[c],
                                    iv, delta,     0 };
    }
    return best < (want->pick == PICK_SAME ? 1e-9 : INFINITY);
}

/* ---- fills ----------------------------------------------------------------------------------- */

/* Mid plus a share of the half-spread, 0.50 for one leg and 0.05 more for each further one, at most
 * 0.85; to the cent against the order, never beyond the quote. */
static int64_t fill_of(const struct oracle_leg *leg, int quantity, int legs)
{
    double share = fmin(0.85, 0.50 + 0.05 * (legs - 1));
    double mid = (double)(leg->bid + leg->ask) / 2.0, half = (double)(leg->ask - leg->bid) / 2.0;
    double cents = (mid + (quantity > 0 ? share : -share) * half) / 10000.0;
    if (leg->bid <= 0)
        return leg->ask;
    double rounded = quantity > 0 ? ceil(cents - 1e-6) : floor(cents + 1e-6);
    double price = quantity > 0 ? fmin(rounded * 10000.0, (double)leg->ask)
                                : fmax(rounded * 10000.0, (double)leg->bid);
    return llround(price);
}

bool oracle_choose(struct oracle *o, const struct want_leg *want, int count, const int32_t *prefer,
                   struct oracle_leg *legs)
{
    struct series_key series[8];
    for (int i = 0; i < count; i++) {
        if (want[i].right == 'S') {
            legs[i] = (struct oracle_leg){ NULL,
                                           now(o)->underlying_bid,
                                           now(o)->underlying_ask,
                                           SIZE_NONE,
                                           SIZE_NONE,
                                           NAN,
                                           1.0,
                                           0 };
        } else {
            int32_t from = want[i].after ? legs[want[i].expiry_of].contract->expiry : o->day.day;
            if (!want[i].hi && !want[i].monthly && !want[i].days && want[i].expiry_of >= 0)
                series[i] = series[want[i].expiry_of];
            else if (!find_series(o, &want[i], from, &series[i]))
                return false;
            if (!choose_leg(o, &want[i], series[i], prefer[i], legs, &legs[i]))
                return false;
        }
        legs[i].price = fill_of(&legs[i], want[i].quantity, count);
    }
    return true;
}

int64_t oracle_units(const struct want_leg *want, const struct oracle_leg *legs, int count,
                     int64_t asked)
{
    for (int i = 0; i < count; i++) {
        uint32_t size = want[i].quantity > 0 ? legs[i].ask_size : legs[i].bid_size;
        int64_t most = size == SIZE_NONE ? asked : (int64_t)size / abs(want[i].quantity);
        asked = most < asked ? most : asked;
    }
    return asked;
}

double oracle_debit(const struct want_leg *want, const struct oracle_leg *legs, int count)
{
    double debit = 0;
    for (int i = 0; i < count; i++)
        debit += (double)(legs[i].bid + legs[i].ask) / 2e6 * want[i].quantity *
                 (legs[i].contract ? 100 : 1);
    return debit;
}

/* ---- fees ------------------------------------------------------------------------------------ */

static int64_t up_to_cent(double dollars)
{
    return llround(ceil(dollars * 100.0 - 1e-7)) * 10000;
}

int64_t oracle_fees(const struct want_leg *want, const struct oracle_leg *legs, int count,
                    int64_t units)
{
    double option = 0, stock = 0, clearing = 0, exchange = 0, orf = 0, sec = 0, taf = 0;
    for (int i = 0; i < count; i++) {
        double n = (double)(abs(want[i].quantity) * units), price = (double)legs[i].price / 1e6;
        bool sells = want[i].quantity < 0;
        if (!legs[i].contract) {
            stock += fmin(fmax(0.0035 * n, 0.35), 0.01 * n * price);
            clearing += 0.0002 * n;
            sec += sells ? 8e-6 * n * price : 0;
            taf += sells ? fmin(0.000166 * n, 8.30) : 0;
            continue;
        }
        bool is_index = legs[i].contract->delivery == DELIVERY_CASH;
        option += n * (price >= 0.10 ? 0.65 : price >= 0.05 ? 0.50 : 0.25);
        clearing += fmin(0.02 * n, 55.0);
        exchange += is_index ? n * (price >= 1.00 ? 0.44 : 0.35) : 0;
        orf += 0.029 * n;
        sec += sells && !is_index ? 8e-6 * n * price * 100.0 : 0;
        taf += sells ? 0.00279 * n : 0;
    }
    if (option > 0)
        option = fmax(option, 1.00);
    return up_to_cent(option + stock) + up_to_cent(clearing) + up_to_cent(exchange) +
           up_to_cent(orf) + up_to_cent(sec) + up_to_cent(taf);
}
