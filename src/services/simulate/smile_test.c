#include "base/zone.h"
#include "domain/pricing/european.h"
#include "services/simulate/chain.h"
#include "services/simulate/validate_int.h"
#include "tests/testing.h"

enum { FIRST = 20240102, SESSIONS = 250, POINTS = 41 };

/* Durrleman's function, by differences of total variance: negative where a butterfly would cost
 * less than nothing. J. Gatheral, A. Jacquier (2014), lemma 2.2. */
static double durrleman(const struct slice *slice, double k, double h)
{
    double w = slice_variance(slice, k), up = slice_variance(slice, k + h),
           down = slice_variance(slice, k - h);
    double slope = (up - down) / (2 * h), bend = (up - 2 * w + down) / (h * h);
    double a = 1.0 - k * slope / (2 * w);
    return a * a - slope * slope / 4.0 * (1.0 / w + 0.25) + bend / 2.0;
}

static int list_all(const struct sim_path *p, enum sim_symbol symbol, int day,
                    struct ladder *ladders)
{
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    int count = ladder_expiries(p, symbol, day, expiries);
    for (int e = 0; e < count; e++)
        CHECK_OK(ladder_fill(&ladders[e], p, symbol, day, &expiries[e]));
    return count;
}

/* Every slice that a day's chain would be quoted from; returns how many. */
static int check_day(const struct sim_path *p, enum sim_symbol symbol, int day,
                     struct ladder *ladders)
{
    struct surface surface;
    surface_init(&surface, p, symbol, sim_close(p, day), sim_clock(p, day, SIM_STEPS));
    double level = symbol == SIM_VIX ? 20.0 : sim_level(sim_close(p, day), symbol);
    int count = list_all(p, symbol, day, ladders), checked = 0;
    struct slice before = { 0 };
    for (int e = 0; e < count; e++) {
        struct fair_expiry fair;
        if (!fair_expiry(&fair, &surface, &ladders[e], day, sim_close_ts(p, day), level))
            continue;
        double sd = sqrt(fair.slice.theta);
        for (int i = 0; i < POINTS; i++) {
            double k = (-8.0 + 16.0 * i / (POINTS - 1)) * sd;
            double g = durrleman(&fair.slice, k, 0.002 * sd);
            if (g < -1e-6)
                fail_msg("%s %d expiry %d: butterfly %g at k %g", sim_name(symbol),
                         p->days[day].date, ladders[e].base.expiry, g, k);
            if (checked &&
                slice_variance(&fair.slice, k) < slice_variance(&before, k) * (1.0 - 1e-12))
                fail_msg("%s %d expiry %d: calendar arbitrage at k %g", sim_name(symbol),
                         p->days[day].date, ladders[e].base.expiry, k);
        }
        before = fair.slice;
        checked++;
    }
    return checked;
}

TEST(smile, no_slice_of_250_days_holds_a_butterfly_or_calendar_arbitrage)
{
    struct sim_path p;
    sim_path_make(&p, 1);
    struct ladder *ladders = mem_alloc(LADDER_EXPIRIES_MAX * sizeof *ladders);
    int from = sim_path_find(&p, FIRST), slices = 0;
    for (int d = from; d < from + SESSIONS; d++) {
        slices += check_day(&p, SIM_SPX, d, ladders);
        if (d % 5 == 0)
            for (int s = SIM_QQQ; s <= SIM_VIX; s++)
                slices += check_day(&p, s, d, ladders);
    }
    CHECK(slices > 10000);
    mem_free(ladders);
    sim_path_clear(&p);
}

TEST(smile, the_vix_strip_of_a_slice_is_the_variance_it_was_made_from)
{
    /* The integral of the VIX white paper over fine strikes, out to 10 sd. */
    struct sim_path p;
    sim_path_make(&p, 1);
    int day = sim_path_find(&p, 20240617);
    struct surface surface;
    surface_init(&surface, &p, SIM_SPX, sim_close(&p, day), sim_clock(&p, day, SIM_STEPS));
    static const int ahead[] = { 1, 5, 21, 60, 200 };
    FOR_EACH (days, ahead) {
        double target = surface_variance(&surface, settle_clock(&p, day + *days, false), 0);
        struct slice slice = surface_slice(&surface, settle_clock(&p, day + *days, false), 0);
        double sd = sqrt(slice.theta), sum = 0, step = sd / 50;
        for (int i = -700; i <= 400; i++) {
            double k = i * step, strike[1] = { exp(k) },
                   sigma[1] = { sqrt(slice_variance(&slice, k)) }, price[1];
            int8_t sign[1] = { k < 0 ? -1 : 1 };
            struct black76_expiry terms = { .forward = 1, .discount = 1, .years = 1 };
            struct pricing_greeks out = { .price = price };
            black76_chain(&terms, 1, strike, sign, sigma, &out);
            sum += price[0] / strike[0] * step; /* dK / K^2 = dk / K */
        }
        CHECK_NEAR(sqrt(2 * sum / target), 1.0, 0.02);
    }
    sim_path_clear(&p);
}

TEST(smile, the_front_expiry_before_a_report_stands_out_and_falls_back_after_it)
{
    struct sim_path p;
    sim_path_make(&p, 1);
    int seen = 0;
    for (int d = sim_path_find(&p, 20240102); seen < 8; d++) {
        if (!(p.days[d + 1].earnings & 1u << SIM_AAPL))
            continue;
        seen++;
        double vol[2];
        for (int after = 0; after < 2; after++) {
            struct surface s;
            surface_init(&s, &p, SIM_AAPL, sim_close(&p, d + after),
                         sim_clock(&p, d + after, SIM_STEPS));
            double settle = settle_clock(&p, d + 6, false);
            struct slice slice = surface_slice(&s, settle, after ? 0 : 1);
            vol[after] = sqrt(slice.theta / (settle - s.clock));
        }
        CHECK(vol[0] > 1.25 * vol[1]);
    }
    sim_path_clear(&p);
}

TEST(smile, what_was_listed_stays_listed_until_it_expires)
{
    struct sim_path p;
    sim_path_make(&p, 5);
    static struct ladder today[LADDER_EXPIRIES_MAX], before[LADDER_EXPIRIES_MAX];
    static const enum sim_symbol symbols[] = { SIM_SPX, SIM_IWM, SIM_TSLA, SIM_VIX };
    FOR_EACH (symbol, symbols) {
        int from = sim_path_find(&p, 20240301), before_count = list_all(&p, *symbol, from, before);
        for (int d = from + 1; d < from + 40; d++) {
            if (sim_split_between(&p, *symbol, d - 1, d) > 1.0) {
                before_count = 0;
                continue;
            }
            int count = list_all(&p, *symbol, d, today);
            for (int e = 0, t = 0; e < before_count; e++) {
                if (before[e].base.expiry < p.days[d].date ||
                    before[e].settle_ns <= sim_close_ts(&p, d))
                    continue;
                while (t < count && (today[t].base.expiry != before[e].base.expiry ||
                                     strcmp(today[t].base.root, before[e].base.root) != 0))
                    t++;
                CHECK(t < count);
                CHECK(today[t].strike_count < LADDER_STRIKES_MAX);
                for (int i = 0, j = 0; i < before[e].strike_count; i++) {
                    while (j < today[t].strike_count &&
                           today[t].strike_mills[j] < before[e].strike_mills[i])
                        j++;
                    CHECK(j < today[t].strike_count &&
                          today[t].strike_mills[j] == before[e].strike_mills[i]);
                }
            }
            memcpy(before, today, sizeof before);
            before_count = count;
        }
    }
    sim_path_clear(&p);
}

TEST(smile, the_chains_of_2019_would_not_stand_out)
{
    struct sim_path p;
    sim_path_make(&p, 1);
    struct chain_figures sim[CHAIN_BUCKETS];
    CHECK(validate_chains(&p, 0, 5036, 63, sim) > 20);
    for (int b = 0; b < CHAIN_BUCKETS; b++) {
        CHECK(sim[b].term >= real_chains[b].term[0] && sim[b].term <= real_chains[b].term[2]);
        CHECK(sim[b].skew >= real_chains[b].skew[0] && sim[b].skew <= real_chains[b].skew[2]);
    }
    double left[HALF_HOURS];
    validate_straddle(&p, 0, 5036, 50, left);
    for (int i = 0; i < HALF_HOURS - 1; i++)
        CHECK_NEAR(left[i] / real_straddle_left[i], 1.0, 0.15);
    sim_path_clear(&p);
}
