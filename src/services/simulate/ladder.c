#include "services/simulate/ladder.h"

#include <math.h>

#include "base/zone.h"
#include "domain/types/product.h"
#include "services/simulate/smile.h"

/* ---- expiries -------------------------------------------------------------------------------- */

static int session_listed(const struct sim_path *path, int32_t date, bool is_index)
{
    int32_t month_end = calendar_month_end_expiry(path->cal, date_year(date), date_month(date));
    if (is_index && date == month_end)
        return 190;
    bool friday = date == calendar_weekly_expiry(path->cal, date, FRIDAY);
    return friday ? 63 : 14;
}

/* Roots begin on a day: there are no weeklys of 2000. */
static int add(struct ladder_expiry *out, int count, struct ladder_expiry expiry, int ahead)
{
    struct product product;
    if (ahead <= expiry.listed_days && count < LADDER_EXPIRIES_MAX &&
        product_get(&product, str_from(expiry.root), expiry.date) == ERR_OK)
        out[count++] = expiry;
    return count;
}

static int vix_expiries(const struct sim_path *path, int day, struct ladder_expiry *out)
{
    int32_t today = path->days[day].date;
    int count = 0, year = date_year(today), month = date_month(today);
    for (int i = 0; i < 9; i++, month = month % 12 + 1, year += month == 1) {
        int32_t date = calendar_vix_expiry(path->cal, year, month);
        if (date > today)
            count = add(out, count, (struct ladder_expiry){ date, "VIX", 215, true },
                        date_diff(date, today));
    }
    return count;
}

int ladder_expiries(const struct sim_path *path, enum sim_symbol symbol, int day,
                    struct ladder_expiry out[LADDER_EXPIRIES_MAX])
{
    if (symbol == SIM_VIX)
        return vix_expiries(path, day, out);
    int count = 0;
    const struct sim_terms *t = sim_terms(symbol);
    bool is_index = t->kind == SIM_INDEX;
    for (int d = day; d < path->count; d++) {
        int32_t date = path->days[d].date;
        int ahead = date_diff(date, path->days[day].date);
        if (ahead > 366)
            break;
        bool monthly = calendar_is_monthly_expiry(path->cal, date);
        if (is_index && monthly && ahead > 0)
            count = add(out, count, (struct ladder_expiry){ date, "SPX", 366, true }, ahead);
        struct ladder_expiry e = { date, is_index ? "SPXW" : t->name, 0, monthly && !is_index };
        if (monthly && !is_index)
            e.listed_days = 366;
        else if (t->kind == SIM_STOCK)
            e.listed_days = date == calendar_weekly_expiry(path->cal, date, FRIDAY) ? 56 : -1;
        else
            e.listed_days = session_listed(path, date, is_index);
        count = add(out, count, e, ahead);
    }
    return count;
}

/* ---- strikes --------------------------------------------------------------------------------- */

/* The round number at or above x: 1, 2.5, 5 or 10 times a power of ten; at least a half. */
static int32_t nice_step_mills(double dollars)
{
    static const int32_t steps[] = { 500,   1000,   2500,   5000,   10000,  25000,
                                     50000, 100000, 250000, 500000, 1000000 };
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
        if (steps[i] >= dollars * 1000.0 * 0.75)
            return steps[i];
    return steps[ARRAY_COUNT(steps) - 1];
}

static double usual_vol(enum sim_symbol symbol)
{
    if (symbol == SIM_VIX)
        return 0.80;
    const struct sim_terms *t = sim_terms(symbol);
    return 0.18 * sqrt(t->beta * t->beta + t->tech * t->tech + t->small * t->small) + 0.8 * t->idio;
}

/* Where the symbol opened on a session, in the prices of that day. */
static double level_of(const struct sim_path *path, enum sim_symbol symbol, int at)
{
    if (symbol == SIM_VIX)
        return sim_vix(path, at, sim_open(path, at), sim_clock(path, at, 0));
    return sim_level(sim_open(path, at), symbol);
}

struct reach { /* of the strikes listed so far */
    double low, high, fine_low, fine_high, first_level;
};

static struct reach reach_since(const struct ladder *ladder, const struct sim_path *path,
                                enum sim_symbol symbol, int day)
{
    double vol = usual_vol(symbol);
    struct reach r = { .low = 1e300, .high = 0, .fine_low = 1e300, .fine_high = 0 };
    /* VIX moves in a band, and its levels cost much to work out: one a month will do. */
    int stride = symbol == SIM_VIX ? 21 : 1;
    double splits = sim_split_between(path, symbol, ladder->list_day, day); /* still to come */
    for (int at = ladder->list_day; at <= day; at += stride) {
        if (at > ladder->list_day)
            splits /= sim_split_between(path, symbol, at - 1, at);
        double level = level_of(path, symbol, at) / splits;
        double years = date_diff(ladder->base.expiry, path->days[at].date) / 365.0;
        double sd = vol * sqrt(years + 1.0 / 365.0);
        double down = fmin(0.75, 0.02 + 3.4 * sd),
               up = 0.015 + (symbol == SIM_VIX ? 6.0 : 2.3) * sd;
        r.low = fmin(r.low, level * (1.0 - down));
        r.high = fmax(r.high, level * (1.0 + up));
        if (years < 16.0 / 365.0) {
            r.fine_low = fmin(r.fine_low, level * (1.0 - 0.004 - 1.3 * sd));
            r.fine_high = fmax(r.fine_high, level * (1.0 + 0.004 + 1.0 * sd));
        }
        if (at == ladder->list_day)
            r.first_level = level;
    }
    return r;
}

static int32_t coarse_step(const struct ladder *ladder, const struct sim_path *path,
                           enum sim_symbol symbol, double first_level)
{
    if (symbol == SIM_VIX)
        return 1000;
    bool is_long = date_diff(ladder->base.expiry, path->days[ladder->list_day].date) > 70;
    return nice_step_mills(first_level * (sim_terms(symbol)->kind == SIM_STOCK ? 0.020
                                          : is_long                            ? 0.010
                                                                               : 0.005));
}

static void fill_strikes(struct ladder *ladder, const struct sim_path *path, enum sim_symbol symbol,
                         int day)
{
    struct reach r = reach_since(ladder, path, symbol, day);
    int32_t coarse = coarse_step(ladder, path, symbol, r.first_level);
    int32_t fine = symbol == SIM_VIX
                       ? coarse
                       : nice_step_mills(r.first_level *
                                         (sim_terms(symbol)->kind == SIM_STOCK ? 0.005 : 0.001));
    if (fine > coarse)
        fine = coarse;
    /* A multiple of coarse or, within the fine reach, of fine: as coarse may not be a multiple of
     * fine, both are walked side by side. */
    int64_t at_coarse = ((int64_t)(r.low * 1000.0) / coarse + 1) * coarse;
    int64_t at_fine =
        r.fine_high > 0 ? ((int64_t)(r.fine_low * 1000.0) / fine + 1) * fine : INT64_MAX;
    int64_t last = (int64_t)(r.high * 1000.0), last_fine = (int64_t)(r.fine_high * 1000.0);
    ladder->strike_count = 0;
    while (ladder->strike_count < LADDER_STRIKES_MAX) {
        int64_t next_fine = at_fine <= last_fine ? at_fine : INT64_MAX;
        int64_t next = at_coarse < next_fine ? at_coarse : next_fine;
        if (next > last && next_fine == INT64_MAX)
            break;
        ladder->strike_mills[ladder->strike_count++] = (int32_t)next;
        at_coarse += next == at_coarse ? coarse : 0;
        at_fine += next == next_fine ? fine : 0;
    }
}

enum err ladder_fill(struct ladder *ladder, const struct sim_path *path, enum sim_symbol symbol,
                     int day, const struct ladder_expiry *expiry)
{
    struct product product;
    enum err err = product_get(&product, str_from(expiry->root), expiry->date);
    if (err)
        return err;
    *ladder = (struct ladder){ .base = { .expiry = expiry->date,
                                         .multiplier = product.multiplier,
                                         .style = (char)product.style,
                                         .settle = (char)product.settle,
                                         .delivery = (char)product.delivery },
                               .at_open = product.settle == SETTLE_AM,
                               .is_monthly = expiry->is_monthly };
    memcpy(ladder->base.root, product.root, sizeof ladder->base.root);
    err = contract_settle_ts(&ladder->base, path->cal, &ladder->settle_ns);
    if (!err)
        err = contract_last_trade_ts(&ladder->base, path->cal, &ladder->last_trade_ns);
    if (err)
        return err;
    ladder->settle_day = sim_path_find(path, expiry->date);
    int listed = sim_path_find(path, date_add(expiry->date, -expiry->listed_days - 1)) + 1;
    ladder->list_day = listed < day ? listed : day;
    fill_strikes(ladder, path, symbol, day);
    return ERR_OK;
}

int32_t ladder_round(const struct ladder *ladder, const struct sim_path *path,
                     enum sim_symbol symbol, double price)
{
    int32_t step = coarse_step(ladder, path, symbol, level_of(path, symbol, ladder->list_day));
    int64_t strike = (int64_t)(price * 1000.0 / step + 0.5) * step;
    return (int32_t)(strike < step ? step : strike);
}
