#include "domain/pricing/forward.h"

#include "domain/pricing/european.h"
#include "domain/pricing/implied_vol.h"
#include "domain/pricing/spx_chain_test.h"

enum { STRIKES = 41 };

/* A chain whose parity is known: forward 3000.4, discount 0.98, spreads from 0.4 to 20 points. */
struct made {
    double strike[STRIKES], call_bid[STRIKES], call_ask[STRIKES], put_bid[STRIKES],
        put_ask[STRIKES];
};

static const double made_forward = 3000.4, made_discount = 0.98;

static struct forward_quotes make(struct made *m)
{
    for (int i = 0; i < STRIKES; i++) {
        m->strike[i] = 2500.0 + 25.0 * i;
        struct black76_expiry expiry = { .forward = made_forward,
                                         .discount = made_discount,
                                         .years = 0.8 };
        double sigma = 0.2;
        for (int8_t sign = -1; sign <= 1; sign += 2) {
            double price;
            black76_chain(&expiry, 1, &m->strike[i], &sign, &sigma,
                          &(struct pricing_greeks){ .price = &price });
            double half = 0.2 + 0.01 * fabs(m->strike[i] - made_forward);
            (sign > 0 ? m->call_bid : m->put_bid)[i] = price - half;
            (sign > 0 ? m->call_ask : m->put_ask)[i] = price + half;
        }
    }
    return (struct forward_quotes){ m->strike, m->call_bid, m->call_ask, m->put_bid, m->put_ask };
}

TEST(forward, finds_the_forward_of_a_clean_chain)
{
    struct made m;
    struct forward_quotes quotes = make(&m);
    struct forward_fit fit;
    CHECK_EQ(forward_imply(&quotes, STRIKES, made_discount, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, made_forward, 1e-9);
    CHECK_EQ(fit.pairs_seen, STRIKES);
    CHECK_EQ(fit.pairs_used, STRIKES);
    CHECK_NEAR(fit.residual_max, 0.0, 1e-9);
    CHECK_EQ(forward_imply_discount(&quotes, STRIKES, 0.0005, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, made_forward, 1e-9);
    CHECK_NEAR(fit.discount, made_discount, 1e-12);
}

TEST(forward, is_not_moved_by_stale_locked_missing_crossed_and_wild_quotes)
{
    struct made m;
    struct forward_quotes quotes = make(&m);
    for (int i = 0; i < STRIKES; i += 3) { /* a third of the calls did not follow a 12 point move */
        m.call_bid[i] += 12.0;
        m.call_ask[i] += 12.0;
    }
    m.call_bid[4] = m.call_ask[4] = m.call_bid[4] + 30.0; /* locked, and wrong */
    m.put_bid[5] = NAN;
    m.put_bid[7] = 0.0;
    m.put_bid[8] = m.put_ask[8] + 1.0;
    m.put_ask[10] = 1e300;
    m.call_ask[11] = INFINITY;
    struct forward_fit fit;
    CHECK_EQ(forward_imply(&quotes, STRIKES, made_discount, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, made_forward, 0.01);
    CHECK(fit.pairs_used < fit.pairs_seen);
    CHECK_EQ(forward_imply_discount(&quotes, STRIKES, 0.0005, &fit), PRICING_OK);
    CHECK_NEAR(fit.forward, made_forward, 0.01);
    CHECK_NEAR(fit.discount, made_discount, 1e-5);
}

TEST(forward, says_when_it_cannot_know)
{
    struct made m;
    struct forward_quotes quotes = make(&m);
    struct forward_fit fit;
    CHECK_EQ(forward_imply(&quotes, 0, 1.0, &fit), PRICING_TOO_FEW_QUOTES);
    CHECK(isnan(fit.forward));
    CHECK_EQ(forward_imply(&quotes, STRIKES, NAN, &fit), PRICING_BAD_INPUT);
    CHECK_EQ(forward_imply_discount(&quotes, 7, 0.0005, &fit), PRICING_TOO_FEW_QUOTES);
    for (int i = 0; i < STRIKES; i++) { /* every pair tells another story */
        m.call_bid[i] += 40.0 * (i % 7);
        m.call_ask[i] += 40.0 * (i % 7);
    }
    CHECK_EQ(forward_imply(&quotes, STRIKES, made_discount, &fit), PRICING_INCONSISTENT);
    CHECK(fit.residual_max > 10.0);
}

/* SPX, with the flat rate that specifies the discount where the strikes do not. */
static const double rate_2019 = 0.024;

static const char *const days_2019[] = { "20190521", "20190612", "20190627" };

/* From the snapshot to the settlement of the series, less whole days. */
struct clock {
    const char *name;
    double am_hours, pm_hours;
};
static const struct clock whole_days = { "whole days", 0.0, 0.0 };
/* A snapshot at 15:45; AM series settle at 09:30, PM series at 16:00. */
static const struct clock hours = { "15:45 to 09:30 or 16:00", -6.25, 0.25 };

static double years_of(const struct spx_series *s, const struct clock *clock)
{
    return (s->days + (s->is_am ? clock->am_hours : clock->pm_hours) / 24.0) / 365.0;
}

static struct spx_day open_2019(const char *name)
{
    char path[64];
    struct spx_day day;
    snprintf(path, sizeof path, "data/cboe-spx-chain-2019/SPX_%s.csv.zst", name);
    spx_open(&day, testing_shared(path));
    return day;
}

static uint8_t fit_series(const struct spx_series *s, double years, struct forward_fit *fit)
{
    struct forward_quotes quotes = { s->strike, s->bid[0], s->ask[0], s->bid[1], s->ask[1] };
    return forward_of_expiry(&quotes, s->count, years, rate_2019, fit);
}

struct agreement {
    size_t strikes, within, tight;
    double tight_worst; /* of the pairs quoted no wider than 3 points, dollars */
};

static void measure_parity(const struct spx_series *s, const struct forward_fit *fit,
                           struct agreement *sum)
{
    for (size_t k = 0; k < s->count; k++) {
        double width = s->ask[0][k] - s->bid[0][k] + s->ask[1][k] - s->bid[1][k];
        double gap = 0.5 * (s->bid[0][k] + s->ask[0][k] - s->bid[1][k] - s->ask[1][k]);
        double off = fabs(s->strike[k] + gap / fit->discount - fit->forward);
        if (!(fabs(s->strike[k] / fit->forward - 1.0) < 0.05) || !(s->bid[0][k] > 0.0) ||
            !(s->bid[1][k] > 0.0))
            continue;
        sum->strikes++;
        sum->within += off <= 0.5;
        if (width <= 3.0) {
            sum->tight++;
            sum->tight_worst = fmax(sum->tight_worst, off);
        }
    }
}

TEST(forward, parity_of_real_spx_chains_holds_within_half_a_point)
{
    NEED_SHARED("data/cboe-spx-chain-2019");
    FOR_EACH (name, days_2019) {
        struct spx_day day = open_2019(*name);
        struct agreement sum = { .strikes = 0 };
        int implied = 0, series = 0;
        for (size_t i = 0; i < day.count; i++) {
            struct forward_fit fit;
            uint8_t status = fit_series(day.series[i], years_of(day.series[i], &hours), &fit);
            if (fit.pairs_seen == 0)
                continue;
            CHECK_EQ(status, PRICING_OK);
            series++;
            implied += fit.discount_error > 0.0;
            measure_parity(day.series[i], &fit, &sum);
        }
        print_message(
            "forward: %s: %d series, %d of them with implied discount; %zu of %zu strikes "
            "within 0.5 points; worst of %zu tight ones %.2f\n",
            *name, series, implied, sum.within, sum.strikes, sum.tight, sum.tight_worst);
        CHECK(sum.tight > 1000);
        CHECK(sum.tight_worst <= 0.5);
        CHECK((double)sum.within > 0.97 * (double)sum.strikes);
        spx_close(&day);
    }
}

struct vendor_match {
    size_t count, close;
    double difference; /* sum of ours - theirs, per year */
};

/* Out of the money, |delta| 0.05 to 0.95, 3 to 200 days. */
static struct vendor_match match_vendor(const struct spx_day *day, const struct clock *clock)
{
    struct vendor_match sum = { .count = 0 };
    for (size_t i = 0; i < day->count; i++) {
        const struct spx_series *s = day->series[i];
        struct forward_fit fit;
        double years = years_of(s, clock);
        if (s->days < 3 || s->days > 200 || fit_series(s, years, &fit) != PRICING_OK)
            continue;
        struct black76_expiry expiry = { .forward = fit.forward,
                                         .discount = fit.discount,
                                         .years = years };
        for (size_t k = 0; k < s->count; k++) {
            int right = s->strike[k] < fit.forward;
            int8_t sign = right ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
            double mid = 0.5 * (s->bid[right][k] + s->ask[right][k]), sigma;
            double delta = fabs(s->delta[right][k]), vendor = s->iv[right][k];
            if (!(delta >= 0.05 && delta <= 0.95) || !(vendor > 0.0))
                continue;
            sum.count++;
            if (implied_vol_chain(&expiry, 1, &s->strike[k], &sign, &mid, &sigma, NULL) > 0)
                continue;
            sum.close += fabs(sigma - vendor) <= 0.001;
            sum.difference += sigma - vendor;
        }
    }
    return sum;
}

TEST(forward, black76_on_it_gives_the_vendors_vol)
{
    NEED_SHARED("data/cboe-spx-chain-2019");
    FOR_EACH (name, days_2019) {
        struct spx_day day = open_2019(*name);
        const struct clock *const clocks[] = { &whole_days, &hours };
        FOR_EACH (clock, clocks) {
            struct vendor_match m = match_vendor(&day, *clock);
            print_message("forward: %s, %s: %.2f %% of %zu options within 0.1 vol points, "
                          "mean difference %+.4f\n",
                          *name, (*clock)->name, 100.0 * (double)m.close / (double)m.count, m.count,
                          100.0 * m.difference / (double)m.count);
            CHECK(m.count > 2600);
            CHECK((double)m.close > 0.95 * (double)m.count);
        }
        spx_close(&day);
    }
}
