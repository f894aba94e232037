#include "services/simulate/simulate_int.h"

#include "base/zone.h"

/*
 * Shares of a session's variance by half hour, 09:30 first: a smooth curve through 51 days of SPX
 * five-minute bars (real.def: half_hour_share), and of the night before it. Real nights of SPY
 * carry 0.36 to 0.37 of the sum of squares; part of that is the opening auction, which is the first
 * half hour here.
 */
static const double NIGHT_SHARE = 0.32;
static const double half_hour_share[SIM_STEPS - 1] = { 0.215, 0.142, 0.112, 0.084, 0.062,
                                                       0.050, 0.046, 0.047, 0.045, 0.044,
                                                       0.045, 0.047, 0.061 };
/* A day without trading adds this much of an ordinary night. */
static const double CLOSED_DAY_SHARE = 0.12;

/* What a scheduled event adds, in variance days. */
static const double FOMC_WEIGHT = 0.55, CPI_WEIGHT = 0.45, JOBS_WEIGHT = 0.25;
enum { FOMC_STEP = 10 }; /* 14:00 to 14:30 */

static int nth_weekday(int year, int month, enum weekday weekday, int nth)
{
    int first = (int)date_weekday(date_make(year, month, 1));
    return date_make(year, month, 1 + ((int)weekday - first + 7) % 7 + 7 * (nth - 1));
}

/* Eight meetings a year, decisions on Wednesdays; consumer prices in the second week, jobs on the
 * first Friday. Rules of our own: the real schedules wander by a few days. */
static uint8_t events_of(int32_t date)
{
    static const int fomc_nth[13] = { 0, 5, 0, 3, 0, 1, 3, 5, 0, 3, 0, 1, 3 };
    int year = date_year(date), month = date_month(date);
    uint8_t events = 0;
    int nth = fomc_nth[month];
    if (nth == 5 && date_month(nth_weekday(year, month, WEDNESDAY, 5)) != month)
        nth = 4;
    if (nth && date == nth_weekday(year, month, WEDNESDAY, nth))
        events |= EVENT_FOMC;
    int32_t cpi = date_make(year, month, 12);
    while (date_weekday(cpi) == SATURDAY || date_weekday(cpi) == SUNDAY)
        cpi = date_add(cpi, 1);
    if (date == cpi)
        events |= EVENT_CPI;
    if (date == nth_weekday(year, month, FRIDAY, 1))
        events |= EVENT_JOBS;
    return events;
}

static void weigh(struct sim_day *day, int closed_days)
{
    day->steps = day->is_half ? 8 : SIM_STEPS; /* to 13:00 */
    day->weight[0] = NIGHT_SHARE * (1.0 + CLOSED_DAY_SHARE * closed_days);
    for (int s = 1; s < day->steps; s++)
        day->weight[s] = (1.0 - NIGHT_SHARE) * half_hour_share[s - 1];
    if (day->events & EVENT_CPI)
        day->weight[0] += CPI_WEIGHT;
    if (day->events & EVENT_JOBS)
        day->weight[0] += JOBS_WEIGHT;
    if ((day->events & EVENT_FOMC) && FOMC_STEP + 1 < day->steps) {
        day->weight[FOMC_STEP] += 0.6 * FOMC_WEIGHT;
        day->weight[FOMC_STEP + 1] += 0.4 * FOMC_WEIGHT;
    }
}

/* Four reports a year, each symbol in its own week, within the week on a day of the seed. */
static void mark_earnings(struct sim_path *path)
{
    struct rng rng;
    for (int s = SIM_NVDA; s < SIM_PRICED; s++) {
        if (sim_terms(s)->earnings <= 0)
            continue;
        rng_init(&rng, path->seed, (uint32_t)s, SIM_EVENT);
        int offset = 20 + 4 * (s - SIM_NVDA == 0 ? 8 : s - SIM_AAPL); /* days into the quarter */
        for (int year = date_year(path->days[0].date);
             year <= date_year(path->days[path->count - 1].date); year++)
            for (int month = 1; month <= 10; month += 3) {
                int32_t date =
                    date_add(date_make(year, month, 1), offset + (int)rng_below(&rng, 5));
                int at = sim_path_find(path, date);
                if (at > 0)
                    path->days[at].earnings |= (uint16_t)(1u << s);
            }
    }
}

/* Funds go ex on the third Friday of each quarter's last month, names in the middle month. */
static void mark_dividends(struct sim_path *path)
{
    for (int d = 0; d < path->count; d++) {
        struct sim_day *day = &path->days[d];
        int month = date_month(day->date);
        bool fund_day = month % 3 == 0 && day->date == calendar_monthly_expiry(
                                                           path->cal, date_year(day->date), month);
        int32_t tenth = date_make(date_year(day->date), month, 10);
        bool name_day =
            month % 3 == 2 && day->date >= tenth && d > 0 && path->days[d - 1].date < tenth;
        for (int s = 0; s < SIM_PRICED; s++) {
            const struct sim_terms *t = sim_terms(s);
            if (t->yield > 0 &&
                ((t->kind == SIM_ETF && fund_day) || (t->kind == SIM_STOCK && name_day)))
                day->ex |= (uint16_t)(1u << s);
        }
    }
}

/* Cash: steps of a quarter point at most once a month, between 0.10 % and 5.60 %; ends near 4.6 %.
 */
static void set_rates(struct sim_path *path)
{
    struct rng rng;
    rng_init(&rng, path->seed, 0, SIM_INTEREST);
    double rate = 0.046;
    for (int d = 0; d < path->count; d++) {
        bool new_month =
            d > 0 && date_month(path->days[d].date) != date_month(path->days[d - 1].date);
        if (new_month) {
            double u = rng_uniform(&rng), down = 0.16 + 3.0 * (rate - 0.03);
            if (u < down)
                rate -= 0.0025;
            else if (u > 0.84 + 3.0 * (rate - 0.03))
                rate += 0.0025;
            rate = rate < 0.001 ? 0.001 : rate > 0.056 ? 0.056 : rate;
        }
        path->days[d].rate = rate;
    }
}

void sim_schedule(struct sim_path *path)
{
    int32_t first = calendar_on_or_after(path->cal, path->cal->first), last = path->cal->last;
    path->count = 0;
    path->days = arena_array(&path->arena, struct sim_day, (size_t)date_diff(last, first) + 1);
    int32_t before = 0;
    for (int32_t date = first; date && date <= last; date = calendar_next(path->cal, date)) {
        struct sim_day *day = &path->days[path->count++];
        day->date = date;
        day->is_half = calendar_day(path->cal, date) == DAY_HALF;
        day->events = events_of(date);
        weigh(day, before ? date_diff(date, before) - 1 : 0);
        before = date;
    }
    double clock = 0;
    for (int d = 0; d < path->count; d++) {
        path->days[d].clock = clock;
        for (int s = 0; s < path->days[d].steps; s++)
            clock += path->days[d].weight[s];
    }
    mark_earnings(path);
    mark_dividends(path);
    set_rates(path);
}

/* About one in twelve sessions for each symbol; a third of them know something. */
void sim_schedule_flows(struct sim_path *path)
{
    path->flows = arena_array(&path->arena, struct sim_flow, (size_t)path->count * SIM_PRICED);
    for (int d = 0; d < path->count; d++) {
        struct rng rng;
        rng_init(&rng, path->seed, (uint32_t)d, SIM_FLOW);
        for (int s = 0; s < SIM_PRICED; s++) {
            double chance = rng_uniform(&rng), side = rng_uniform(&rng), know = rng_uniform(&rng);
            double z = 0.4 + 1.2 * rng_uniform(&rng);
            int32_t dte = 5 + (int32_t)rng_below(&rng, 35);
            double size = rng_normal(&rng);
            if (chance > 1.0 / 12.0)
                continue;
            size = 1.0 + 0.35 * (size < -2 ? -2 : size);
            path->flows[path->flow_count++] = (struct sim_flow){
                .day_index = d,
                .symbol = (int8_t)s,
                .sign = side < 0.55 ? 1 : -1,
                .informed = know < 1.0 / 3.0,
                .z = z,
                .dte = dte,
                .contracts = (uint32_t)(sim_terms(s)->flow * 8.0 * size),
            };
        }
    }
}

/* ---- what is known of it --------------------------------------------------------------------- */

static int64_t at_time(int32_t date, int hour, int minute)
{
    return zone_to_ts(ZONE_NEW_YORK, date, TIME_OF_DAY(hour, minute));
}

static bool happens(const struct sim_path *path, int symbol, int d, enum dated_kind kind)
{
    const struct sim_day *day = &path->days[d];
    switch (kind) {
    case DATED_EARNINGS:
        return symbol >= 0 && d > 0 && (day->earnings & 1u << symbol);
    case DATED_DIVIDEND:
        return symbol >= 0 && (day->ex & 1u << symbol);
    case DATED_FOMC:
        return symbol == SIM_EVERYBODY && (day->events & EVENT_FOMC);
    case DATED_CPI:
        return symbol == SIM_EVERYBODY && (day->events & EVENT_CPI);
    case DATED_OTHER:
    case DATED_KINDS:
        break;
    }
    return false;
}

static struct sim_dated dated_on(const struct sim_path *path, int d, enum dated_kind kind,
                                 int32_t before)
{
    enum { REPORT_KNOWN_DAYS = 30, FIRST_EX_KNOWN_DAYS = 90 };
    struct sim_dated out = { .kind = kind, .date = path->days[d].date };
    switch (kind) {
    case DATED_EARNINGS: /* after the close of the session before, whose night it is */
        out.date = path->days[d - 1].date;
        out.happens_ns = at_time(out.date, 16, 5);
        out.known_ns = at_time(date_add(out.date, -REPORT_KNOWN_DAYS), 8, 0);
        break;
    case DATED_DIVIDEND:
        out.happens_ns = at_time(out.date, 9, 30);
        out.known_ns = at_time(before ? before : date_add(out.date, -FIRST_EX_KNOWN_DAYS), 9, 30);
        break;
    default:
        out.happens_ns = kind == DATED_FOMC ? at_time(out.date, 14, 0) : at_time(out.date, 8, 30);
        out.known_ns = at_time(date_make(date_year(out.date) - 1, 12, 1), 0, 0);
    }
    return out;
}

size_t sim_dated_make(const struct sim_path *path, int symbol, struct arena *arena,
                      struct sim_dated **out)
{
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            *out = arena_array(arena, struct sim_dated, count);
        count = 0;
        for (enum dated_kind kind = 0; kind < DATED_KINDS; kind++) {
            int32_t before = 0;
            for (int d = 0; d < path->count; d++) {
                if (!happens(path, symbol, d, kind))
                    continue;
                if (pass)
                    (*out)[count] = dated_on(path, d, kind, before);
                count++;
                before = path->days[d].date;
            }
        }
    }
    return count;
}
