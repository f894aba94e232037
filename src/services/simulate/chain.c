#include "services/simulate/chain_int.h"

#include <math.h>

#include "base/zone.h"
#include "domain/pricing/european.h"
#include "domain/pricing/portable.h"

enum { FLOW_DAYS = 45 };

static const double NS_PER_YEAR = 365.0 * 86400.0 * 1e9;
static const double INDEX_YIELD = 0.014;

/* ---- worth ----------------------------------------------------------------------------------- */

int64_t sim_open_ts(const struct sim_path *path, int day)
{
    return zone_to_ts(ZONE_NEW_YORK, path->days[day].date, TIME_OF_DAY(9, 30));
}

int64_t sim_close_ts(const struct sim_path *path, int day)
{
    return sim_open_ts(path, day) +
           (path->days[day].steps - 1) * (int64_t)SIM_STEP_MINUTES * NANOS_PER_MINUTE;
}

/* What of the level will have been paid out before the settlement, in today's money. */
static double coming_dividends(const struct sim_path *path, enum sim_symbol symbol, int day,
                               int settle_day)
{
    const struct sim_day *now = &path->days[day];
    double sum = 0;
    for (int d = day + 1; d <= settle_day && d < path->count; d++)
        if (path->days[d].ex & 1u << symbol)
            sum += now->dividend[symbol] *
                   portable_exp(-now->rate * date_diff(path->days[d].date, now->date) / 365.0);
    return sum;
}

static int reports_between(const struct sim_path *path, enum sim_symbol symbol, int day,
                           int settle_day)
{
    int count = 0;
    for (int d = day + 1; d <= settle_day && d < path->count; d++)
        count += (path->days[d].earnings & 1u << symbol) != 0;
    return count;
}

static double forward_of(const struct surface *surface, const struct ladder *ladder, int day,
                         double years, double level)
{
    const struct sim_path *path = surface->path;
    double rate = path->days[day].rate;
    if (surface->symbol == SIM_VIX)
        return sim_vix_future(path, surface->state, surface->clock, ladder->settle_day);
    if (sim_terms(surface->symbol)->kind == SIM_INDEX)
        return level * portable_exp((rate - INDEX_YIELD) * years);
    return (level - coming_dividends(path, surface->symbol, day, ladder->settle_day)) *
           portable_exp(rate * years);
}

bool fair_expiry(struct fair_expiry *out, const struct surface *surface,
                 const struct ladder *ladder, int day, int64_t ts_ns, double level)
{
    if (ts_ns >= ladder->settle_ns)
        return false;
    double years = (double)(ladder->settle_ns - ts_ns) / NS_PER_YEAR;
    int reports = surface->symbol < SIM_NVDA || surface->symbol == SIM_VIX
                      ? 0
                      : reports_between(surface->path, surface->symbol, day, ladder->settle_day);
    *out = (struct fair_expiry){
        .slice = surface_slice(
            surface, settle_clock(surface->path, ladder->settle_day, ladder->at_open), reports),
        .forward = forward_of(surface, ladder, day, years, level),
        .discount = portable_exp(-surface->path->days[day].rate * years),
        .years = years,
        .level = level,
    };
    return true;
}

/* ---- unusual flow
 * ----------------------------------------------------------------------------------- */

enum err flow_contract(struct contract *out, const struct sim_path *path,
                       const struct sim_flow *flow)
{
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    int count = ladder_expiries(path, flow->symbol, flow->day_index, expiries), best = -1,
        distance = 1 << 30;
    int32_t today = path->days[flow->day_index].date;
    for (int e = 0; e < count; e++) {
        int off = date_diff(expiries[e].date, today) - flow->dte;
        off = off < 0 ? -off : off;
        if (expiries[e].date > today && off < distance) {
            distance = off;
            best = e;
        }
    }
    if (best < 0)
        return err_set(ERR_NOT_FOUND, "%s has no expiry after %d", sim_name(flow->symbol),
                       (int)today);
    struct ladder ladder;
    enum err err = ladder_fill(&ladder, path, flow->symbol, flow->day_index, &expiries[best]);
    if (err)
        return err;
    const struct sim_state *open = sim_open(path, flow->day_index);
    double sd =
        sim_fair_vol(open, flow->symbol) * sqrt(date_diff(expiries[best].date, today) / 365.0);
    *out = ladder.base;
    out->right = flow->sign > 0 ? OPTION_CALL : OPTION_PUT;
    double aim = sim_level(open, flow->symbol) * portable_exp(flow->sign * flow->z * sd);
    out->strike_mills = ladder_round(&ladder, path, flow->symbol, aim);
    return ERR_OK;
}

static enum err find_flows(struct maker *m)
{
    for (int i = 0; i < m->path->flow_count && m->flow_count < FLOWS_MAX; i++) {
        const struct sim_flow *flow = &m->path->flows[i];
        if (flow->symbol != (int)m->symbol || flow->day_index > m->day ||
            flow->day_index < m->day - FLOW_DAYS)
            continue;
        struct flow_at *at = &m->flows[m->flow_count];
        enum err err = flow_contract(&at->contract, m->path, flow);
        if (err == ERR_NOT_FOUND)
            continue;
        if (err)
            return err;
        at->contracts = flow->contracts;
        at->informed = flow->informed;
        at->day = flow->day_index;
        m->flow_count++;
    }
    return ERR_OK;
}

static void add_flow(const struct maker *m, const struct contract *c, int e, int contract_index,
                     struct shown *shown)
{
    for (int i = 0; i < m->flow_count; i++) {
        if (contract_compare(&m->flows[i].contract, c) != 0)
            continue;
        if (m->flows[i].day == m->day && m->tape)
            tape_add_flow(m->tape, e, contract_index, m->flows[i].contracts, m->flows[i].informed);
        else if (m->flows[i].day == m->day)
            shown->day_volume += m->flows[i].contracts;
        else
            shown->open_interest += m->flows[i].contracts - m->flows[i].contracts / 8;
    }
}

/* ---- what is listed
 * --------------------------------------------------------------------------------- */

/* By the minute: the week ahead, the next four standard months, and the quarters of a year. Finer:
 * the week ahead and the next two standard months. */
static bool is_on_intraday_grid(const struct maker *m, const struct ladder_expiry *e)
{
    int ahead = date_diff(e->date, m->path->days[m->day].date);
    if (m->grid > GRID_MINUTE)
        return ahead <= 7 || (e->is_monthly && ahead <= 65);
    return ahead <= 7 || (e->is_monthly && (ahead <= 125 || date_month(e->date) % 3 == 0));
}

/* The mean of the months behind, where open interest was built. */
static double slow_level(const struct maker *m)
{
    if (m->symbol == SIM_VIX)
        return sim_vix(m->path, m->day, sim_open(m->path, m->day), sim_clock(m->path, m->day, 0));
    double sum = 0, splits = 1;
    int count = 0;
    for (int d = m->day; d >= 0 && count < 40; d--, count++) {
        sum += sim_level(sim_open(m->path, d), m->symbol) / splits;
        splits *= sim_split_between(m->path, m->symbol, d - 1, d);
    }
    return sum / count;
}

struct contract maker_contract(const struct maker *m, int e, int i)
{
    struct contract c = m->ladders[e].base;
    c.strike_mills = m->ladders[e].strike_mills[i / 2];
    c.right = i % 2 ? OPTION_PUT : OPTION_CALL;
    return c;
}

static void take_interest(struct maker *m, int e, double level, double slow)
{
    const struct ladder *l = &m->ladders[e];
    double vol = m->symbol == SIM_VIX ? 0.9 : sim_fair_vol(sim_open(m->path, m->day), m->symbol);
    double years = (double)(l->settle_ns - sim_open_ts(m->path, m->day)) / NS_PER_YEAR;
    struct interest about = { .ladder = l,
                              .seed = m->path->seed,
                              .day = m->day,
                              .flow = m->symbol == SIM_VIX ? 600 : sim_terms(m->symbol)->flow,
                              .is_weekly =
                                  m->symbol == SIM_VIX || sim_terms(m->symbol)->kind == SIM_STOCK,
                              .level = level,
                              .sd = vol * sqrt(fmax(years, 0.0005)),
                              .slow_level = slow,
                              .slow_sd = vol * sqrt(years + 0.06) };
    for (int i = 0; i < 2 * l->strike_count; i++) {
        struct contract c = maker_contract(m, e, i);
        struct shown *shown = &m->shown[e][i];
        shown->handle = m->writer ? day_writer_contract(m->writer, &c) : m->contract_count++;
        interest_of(&about, c.strike_mills, c.right, &shown->day_volume, &shown->open_interest);
        add_flow(m, &c, e, i, shown);
    }
}

static enum err lay_ladders(struct maker *m)
{
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    int count = ladder_expiries(m->path, m->symbol, m->day, expiries);
    m->ladders = arena_array(&m->arena, struct ladder, (size_t)count);
    double slow = slow_level(m);
    double level = m->symbol == SIM_VIX ? slow : sim_level(sim_open(m->path, m->day), m->symbol);
    int64_t first_ts =
        m->grid == GRID_EOD ? sim_close_ts(m->path, m->day) : sim_open_ts(m->path, m->day);
    for (int e = 0; e < count; e++) {
        if (m->grid != GRID_EOD && !is_on_intraday_grid(m, &expiries[e]))
            continue;
        struct ladder *l = &m->ladders[m->ladder_count];
        enum err err = ladder_fill(l, m->path, m->symbol, m->day, &expiries[e]);
        if (!err)
            err = product_get(&m->product[m->ladder_count], str_from(expiries[e].root),
                              expiries[e].date);
        if (err)
            return err;
        if (first_ts >= l->settle_ns || first_ts >= l->last_trade_ns || l->strike_count == 0)
            continue;
        m->shown[m->ladder_count] =
            arena_array(&m->arena, struct shown, (size_t)l->strike_count * 2);
        take_interest(m, m->ladder_count++, level, slow);
    }
    return ERR_OK;
}

/* ---- quotes
 * ------------------------------------------------------------------------------------------- */

static void show(struct maker *m, const struct instant *at, const struct quote_mood *mood, int e,
                 int i, double worth, double intrinsic)
{
    struct shown *s = &m->shown[e][i];
    /* A maker moves his quote when it is off by an eighth of its spread; within the minute, where
     * prices go to and fro, by a quarter. */
    double half = quote_half_spread(mood, worth, intrinsic);
    double off = (m->grid <= GRID_MINUTE ? 0.25 : 0.5) * half;
    bool moved = !s->is_shown || fabs(worth - s->worth) > off || mood->last_minutes;
    if (moved) {
        struct quote q = quote_make(mood, &m->product[e], worth, intrinsic, &m->rng);
        q.last = s->quote.last;
        moved = !s->is_shown || q.bid != s->quote.bid || q.ask != s->quote.ask;
        if (!s->is_shown)
            q.last = PRICE_NONE;
        if (moved)
            s->quote = q;
        s->worth = worth;
        s->intrinsic = intrinsic;
    }
    uint32_t volume = (uint32_t)(at->share * s->day_volume), traded = volume - s->ordinary_volume;
    s->ordinary_volume = volume;
    s->quote.volume = volume + s->swept_volume;
    s->quote.open_interest = s->open_interest;
    if (m->tape) {
        tape_take(m->tape, e, i, moved, traded);
    } else if (moved || traded) {
        if (traded)
            s->quote.last =
                rng_uniform(&m->rng) < 0.45 && s->quote.bid > 0 ? s->quote.bid : s->quote.ask;
        day_writer_quote(m->writer, at->ts_ns, s->handle, &s->quote);
    }
    s->is_shown = true;
}

static void quote_ladder(struct maker *m, const struct instant *at, const struct surface *surface,
                         int e)
{
    const struct ladder *l = &m->ladders[e];
    struct fair_expiry fair;
    if (at->ts_ns > l->last_trade_ns ||
        !fair_expiry(&fair, surface, l, m->day, at->ts_ns, at->level))
        return;
    double days = fair.years * 365.0;
    struct quote_mood mood = { .level = m->symbol == SIM_VIX ? 2000.0 : at->level,
                               .spread = m->symbol == SIM_VIX ? 0.05 : sim_terms(m->symbol)->spread,
                               .stress = at->vix,
                               .days = days,
                               .opening = at->opening,
                               .last_minutes = days < 30.0 / 1440.0 };
    double strike[LADDER_STRIKES_MAX], sigma[LADDER_STRIKES_MAX], price[LADDER_STRIKES_MAX];
    int8_t sign[LADDER_STRIKES_MAX];
    struct black76_expiry terms = { .forward = fair.forward,
                                    .discount = fair.discount,
                                    .years = fair.years };
    struct pricing_greeks out = { .price = price };
    size_t n = (size_t)l->strike_count;
    for (size_t i = 0; i < n; i++) {
        strike[i] = l->strike_mills[i] / 1000.0;
        sigma[i] =
            sqrt(slice_variance(&fair.slice, portable_log(strike[i] / fair.forward)) / fair.years);
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            sign[i] = side ? OPTION_SIGN_PUT : OPTION_SIGN_CALL;
        MUST(black76_chain(&terms, n, strike, sign, sigma, &out) == 0);
        for (size_t i = 0; i < n; i++) {
            double intrinsic =
                fmax(0.0, (side ? -1.0 : 1.0) * (fair.forward - strike[i])) * fair.discount;
            double worth = price[i];
            if (l->base.style ==
                STYLE_AMERICAN) /* never below exercise; the rest of the premium is left out */
                worth = fmax(worth, (side ? -1.0 : 1.0) * (at->level - strike[i]));
            show(m, at, &mood, e, (int)i * 2 + side, worth, intrinsic);
        }
    }
}

bool maker_is_quoted(const struct maker *m)
{
    return m->symbol != SIM_VIX && sim_terms(m->symbol)->kind != SIM_INDEX;
}

void maker_underlying(struct maker *m, int64_t ts_ns, int64_t level, bool is_close)
{
    bool quoted = maker_is_quoted(m);
    day_writer_underlying(m->writer, ts_ns, level, quoted ? level - MICROS_PER_CENT : PRICE_NONE,
                          quoted ? level + MICROS_PER_CENT : PRICE_NONE,
                          is_close ? SNAPSHOT_CLOSE : 0);
}

/* More on days that are wild, and by chance; along the clock, so most of it at both ends of the
 * session. */
static double shares_of_day(const struct maker *m)
{
    if (!maker_is_quoted(m))
        return 0;
    struct rng rng;
    rng_init(&rng, m->path->seed, (uint32_t)m->day, SIM_SHARES + 16u * (uint32_t)m->symbol);
    double vix = sim_vix(m->path, m->day, sim_open(m->path, m->day), sim_clock(m->path, m->day, 0));
    double chance = 0.22 * rng_normal(&rng);
    return sim_terms(m->symbol)->shares * 1e6 *
           portable_exp(0.6 * portable_log(vix / 18.0) + chance);
}

int64_t maker_shares(struct maker *m, double share)
{
    int64_t done = (int64_t)(m->day_shares * share), more = done - m->shares_done;
    m->shares_done = done;
    return more;
}

/* What traded since the instant before, at the middle of then and now: nobody knows the prices
 * between. */
static void put_traded(struct maker *m, const struct instant *at, int64_t level)
{
    int64_t before = m->level_before ? m->level_before : level;
    int64_t traded = maker_shares(m, at->share);
    day_writer_traded(m->writer, at->ts_ns, traded, traded ? before + (level - before) / 2 : 0);
    m->level_before = level;
}

void maker_show(struct maker *m, struct instant *at, bool is_close)
{
    rng_init(&m->rng, m->path->seed, (uint32_t)m->day,
             (uint32_t)(m->grid <= GRID_MINUTE ? SIM_QUOTE : SIM_QUOTE_SECOND) +
                 16u * (uint32_t)m->symbol + 1024u * at->number);
    struct surface surface;
    surface_init(&surface, m->path, m->symbol, at->state, at->clock);
    at->vix = sim_vix(m->path, m->day, at->state, at->clock);
    double exact = m->symbol == SIM_VIX ? at->vix : sim_level(at->state, m->symbol);
    int64_t level = money_round(money_from_dollars(exact), MICROS_PER_CENT);
    at->level = money_to_dollars(level);
    if (m->tape)
        tape_underlying(m->tape, level);
    else
        maker_underlying(m, at->ts_ns, level, is_close);
    if (!m->tape && m->grid != GRID_EOD)
        put_traded(m, at, level);
    for (int e = 0; e < m->ladder_count; e++)
        quote_ladder(m, at, &surface, e);
}

/* How far the opening's disorder has settled, and what has traded by a moment of the day. */
struct instant maker_instant(const struct maker *m, int64_t seconds, const struct sim_state *state,
                             double clock)
{
    const struct sim_minutes *minutes = m->minutes;
    double opening = sim_clock(m->path, m->day, 0), closing = minutes->clock[minutes->count - 1];
    double minute = (double)seconds / SIM_SECONDS;
    return (struct instant){ .ts_ns = sim_open_ts(m->path, m->day) + seconds * NANOS_PER_SECOND,
                             .state = state,
                             .clock = clock,
                             .opening = minute < 16 ? fmin(1.0, 1.0 - (minute - 1.0) / 15.0) : 0.0,
                             .share = (clock - opening) / (closing - opening) };
}

enum err maker_minute_done(const struct maker *m)
{
    bool go_on = !m->job->on_minute || m->job->on_minute(m->job->context);
    return go_on ? ERR_OK : err_set(ERR_CANCELLED, "cancelled");
}

static enum err quote_minutes(struct maker *m)
{
    enum err err = ERR_OK;
    for (int i = 0; !err && i < m->minute_count; i++) {
        struct instant at = maker_instant(m, (i + 1) * (int64_t)SIM_SECONDS, &m->minutes->state[i],
                                          m->minutes->clock[i]);
        at.number = (uint32_t)i + 1;
        maker_show(m, &at, i == m->minutes->count - 1);
        err = maker_minute_done(m);
    }
    return err;
}

static enum err quote_seconds(struct maker *m)
{
    struct sim_state states[SIM_SECONDS];
    double clock[SIM_SECONDS];
    enum err err = ERR_OK;
    for (int i = 0; !err && i < m->minute_count; i++) {
        sim_seconds_make(m->minutes, i, states, clock);
        for (int s = 0; s < SIM_SECONDS; s++) {
            int seconds = i * SIM_SECONDS + s + 1;
            struct instant at = maker_instant(m, seconds, &states[s], clock[s]);
            at.number = (uint32_t)seconds;
            maker_show(m, &at, seconds == m->minutes->count * SIM_SECONDS);
        }
        err = maker_minute_done(m);
    }
    return err;
}

static enum err quote_close(struct maker *m)
{
    struct instant at = { .ts_ns = sim_close_ts(m->path, m->day),
                          .state = sim_close(m->path, m->day),
                          .clock = sim_clock(m->path, m->day, SIM_STEPS),
                          .share = 1.0 };
    maker_show(m, &at, true);
    return maker_minute_done(m);
}

static void lay_minutes(struct maker *m, int minutes)
{
    m->minutes = arena_new(&m->arena, struct sim_minutes);
    sim_minutes_make(m->minutes, m->path, m->day);
    m->minute_count = minutes && minutes < m->minutes->count ? minutes : m->minutes->count;
}

enum err maker_open(struct maker **out, const struct chain_job *job, struct day_writer *writer,
                    struct sim_stream *stream)
{
    struct maker *m = *out = mem_alloc(sizeof *m);
    *m = (struct maker){ .path = job->path,
                         .symbol = job->symbol,
                         .day = job->day,
                         .grid = job->grid,
                         .job = job,
                         .writer = writer,
                         .stream = stream };
    arena_init(&m->arena, "simulated day", 1 << 20);
    m->day_shares = shares_of_day(m);
    if (m->grid != GRID_EOD)
        lay_minutes(m, job->minutes);
    enum err err = m->grid == GRID_TICK ? tape_open(&m->tape, m, job->store) : ERR_OK;
    if (!err && m->symbol != SIM_VIX)
        err = find_flows(m);
    if (!err)
        err = lay_ladders(m);
    return err;
}

void maker_close(struct maker *m)
{
    if (!m)
        return;
    tape_close(m->tape);
    arena_clear(&m->arena);
    mem_free(m);
}

enum err chain_make(const struct chain_job *job, struct day_writer *writer)
{
    struct maker *m;
    enum err err = maker_open(&m, job, writer, NULL);
    if (!err)
        err = m->grid == GRID_EOD      ? quote_close(m)
              : m->grid == GRID_MINUTE ? quote_minutes(m)
              : m->grid == GRID_SECOND ? quote_seconds(m)
                                       : tape_run(m->tape);
    maker_close(m);
    return err;
}
