#include "domain/pricing/european_int.h"

#include <math.h>
#include <string.h>

#include "domain/pricing/european_lanes_int.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"

bool european_terms_of_spot(struct european_terms *terms, double spot, double strike, double years,
                            double rate, double yield)
{
    if (!is_positive(spot) || !is_positive(strike) || !is_not_negative(years) || !isfinite(rate) ||
        !isfinite(yield))
        return false;
    *terms = (struct european_terms){
        .spot = spot,
        .spot_discounted = spot * portable_exp(-yield * years),
        .strike_discounted = strike * portable_exp(-rate * years),
        .strike = strike,
        .log_moneyness = log_ratio(spot, strike) + (rate - yield) * years,
        .years = years,
        .variance_years = years,
        .rate = rate,
        .yield = yield,
    };
    return true;
}

bool european_terms_of_expiry(struct european_terms *terms, const struct black76_expiry *e)
{
    if (!is_positive(e->forward) || !is_positive(e->discount) || !is_not_negative(e->years) ||
        !is_not_negative(e->variance_years) || !is_not_negative(e->spot))
        return false;
    bool about_forward = e->spot == 0.0;
    double rate = e->years > 0.0 ? -portable_log(e->discount) / e->years : 0.0;
    double carry =
        about_forward || e->years == 0.0 ? 0.0 : log_ratio(e->forward, e->spot) / e->years;
    *terms = (struct european_terms){
        .spot = about_forward ? e->forward : e->spot,
        .spot_discounted = e->forward * e->discount,
        .years = e->years,
        .variance_years = e->variance_years > 0.0 ? e->variance_years : e->years,
        .rate = rate,
        .yield = rate - carry,
        .about_forward = about_forward,
    };
    return true;
}

bool european_terms_at(struct european_terms *terms, const struct black76_expiry *expiry,
                       double strike)
{
    if (!is_positive(strike))
        return false;
    terms->strike = strike;
    terms->strike_discounted = strike * expiry->discount;
    terms->log_moneyness = log_ratio(expiry->forward, strike);
    return true;
}

static const struct european_value nothing = EUROPEAN_NOTHING;

/* No time or no vol: the payoff, and its slope where it has one. */
static uint8_t price_payoff(const struct european_terms *terms, int sign, uint8_t status,
                            struct european_value *value)
{
    double moneyness = sign * terms->log_moneyness;
    double exercised = moneyness > 0.0 ? 1.0 : moneyness == 0.0 ? 0.5 : 0.0;
    double gain = sign * (terms->spot_discounted - terms->strike_discounted);
    *value = nothing;
    value->price = gain > 0.0 ? gain : 0.0;
    value->delta = sign * exercised * (terms->spot_discounted / terms->spot);
    return isfinite(value->price) && isfinite(value->delta) ? status : PRICING_OUT_OF_RANGE;
}

uint8_t european_price(const struct european_terms *terms, int sign, double sigma,
                       struct european_value *value)
{
    if ((sign != OPTION_SIGN_CALL && sign != OPTION_SIGN_PUT) || !is_not_negative(sigma)) {
        *value = nothing;
        return PRICING_BAD_INPUT;
    }
    double total_vol = sigma * sqrt(terms->variance_years);
    double x = terms->log_moneyness;
    uint8_t status = PRICING_OK;
    if (terms->years == 0.0) {
        status = price_payoff(terms, sign, PRICING_EXPIRED, value);
    } else if (!(total_vol > 1e-300)) {
        status = price_payoff(terms, sign, PRICING_NO_VOLATILITY, value);
    } else {
        /* The out-of-the-money side never cancels; the other side adds the discounted payoff. */
        struct normalised_black black = normalised_black(fabs(x), total_vol);
        double scale = sqrt(terms->spot_discounted) * sqrt(terms->strike_discounted);
        double gain = sign * (terms->spot_discounted - terms->strike_discounted);
        double d1 = x / total_vol + 0.5 * total_vol, d2 = x / total_vol - 0.5 * total_vol;
        double vega_unit = scale * black.slope; /* spot discounted x phi(d1) */
        double owned = sign * normal_cdf(sign * d1) * terms->spot_discounted;
        double owed = sign * normal_cdf(sign * d2) * terms->strike_discounted;
        /* ln(forward / strike) and the gain may round to different sides of nothing. */
        value->price = scale * black.price + (sign * x > 0.0 ? fmax(gain, 0.0) : 0.0);
        value->delta = owned / terms->spot;
        value->gamma = vega_unit / terms->spot / terms->spot / total_vol;
        value->vega = vega_unit * sqrt(terms->variance_years);
        value->theta =
            -0.5 * vega_unit * total_vol / terms->years + terms->yield * owned - terms->rate * owed;
        value->rho = terms->about_forward ? -terms->years * value->price : terms->years * owed;
        if (!isfinite(value->price + value->delta + value->gamma) ||
            !isfinite(value->vega + value->theta + value->rho))
            status = PRICING_OUT_OF_RANGE;
    }
    if (status == PRICING_OUT_OF_RANGE)
        *value = nothing;
    return status;
}

static const struct european_higher no_higher = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };

uint8_t european_price_all(const struct european_terms *terms, int sign, double sigma,
                           struct european_value *value, struct european_higher *higher)
{
    uint8_t status = european_price(terms, sign, sigma, value);
    *higher = no_higher;
    if (status != PRICING_OK)
        return status;
    double root = sqrt(terms->variance_years), v = sigma * root, x = terms->log_moneyness;
    double d1 = x / v + 0.5 * v, d2 = x / v - 0.5 * v, d1_d2 = d1 * d2;
    double strike_discounted = terms->strike_discounted, spot = terms->spot;
    double owned = value->delta * spot, owed = sign * normal_cdf(sign * d2) * strike_discounted;
    double gamma = value->gamma, vega = value->vega, pace = 0.5 / terms->years;
    double d1_time = (terms->rate - terms->yield) / v - d2 * pace;
    double decay = terms->yield + d1 * d1_time;
    *higher = (struct european_higher){
        .phi = terms->about_forward ? NAN : -terms->years * owned,
        .dual_delta = -owed / terms->strike,
        .vanna = -gamma * spot * v * d2 / sigma,
        .charm = terms->yield * value->delta - gamma * spot * v * d1_time,
        .vomma = vega * d1_d2 / sigma,
        .speed = -gamma * (d1 / v + 1.0) / spot,
        .zomma = gamma * (d1_d2 - 1.0) / sigma,
        .color = gamma * (decay + pace),
        .veta = vega * (decay - pace),
    };
    /* Sums of products this far apart can overflow on the way; a Greek that does is not made up. */
    double *const numbers[] = {
        &higher->dual_delta, &higher->vanna, &higher->charm, &higher->vomma,
        &higher->speed,      &higher->zomma, &higher->color, &higher->veta
    };
    for (size_t k = 0; k < ARRAY_COUNT(numbers); k++)
        if (!isfinite(*numbers[k]))
            status = PRICING_OUT_OF_RANGE;
    if (!terms->about_forward && !isfinite(higher->phi))
        status = PRICING_OUT_OF_RANGE;
    if (status != PRICING_OK) {
        *value = nothing;
        *higher = no_higher;
    }
    return status;
}

size_t european_store(const struct pricing_greeks *out, size_t i,
                      const struct european_value *value, uint8_t status)
{
    double *const columns[] = {
        out->price, out->delta, out->gamma, out->vega, out->theta, out->rho
    };
    const double values[] = { value->price, value->delta, value->gamma,
                              value->vega,  value->theta, value->rho };
    for (size_t k = 0; k < ARRAY_COUNT(columns); k++)
        if (columns[k])
            columns[k][i] = values[k];
    if (out->status)
        out->status[i] = status;
    return status != PRICING_OK;
}

/* Rows at a time: their columns stay in the first-level cache. Whole batches at every width. */
enum { CHUNK = 240 };

/* One call: the job as the kernel sees it, from its first row on, and what single rows need. */
struct request {
    struct european_job job;
    const struct black76_expiry *expiry; /* chain */
    struct european_terms shared;        /* chain */
    bool is_shared_good;                 /* chain */
    uint8_t *status;
};

static void set_outputs(struct request *r, const struct pricing_greeks *first,
                        const struct european_greeks *all)
{
    struct european_job *job = &r->job;
    job->out[EUROPEAN_PRICE] = first->price;
    job->out[EUROPEAN_DELTA] = first->delta;
    job->out[EUROPEAN_GAMMA] = first->gamma;
    job->out[EUROPEAN_VEGA] = first->vega;
    job->out[EUROPEAN_THETA] = first->theta;
    job->out[EUROPEAN_RHO] = first->rho;
    if (all) {
        job->out[EUROPEAN_PHI] = all->phi;
        job->out[EUROPEAN_DUAL_DELTA] = all->dual_delta;
        job->out[EUROPEAN_VANNA] = all->vanna;
        job->out[EUROPEAN_CHARM] = all->charm;
        job->out[EUROPEAN_VOMMA] = all->vomma;
        job->out[EUROPEAN_SPEED] = all->speed;
        job->out[EUROPEAN_ZOMMA] = all->zomma;
        job->out[EUROPEAN_COLOR] = all->color;
        job->out[EUROPEAN_VETA] = all->veta;
    }
    job->set = EUROPEAN_ONLY_PRICE;
    for (int k = 0; k < EUROPEAN_COLUMN_COUNT; k++)
        if (job->out[k])
            job->set = k > EUROPEAN_RHO     ? EUROPEAN_EVERYTHING
                       : k > EUROPEAN_PRICE ? EUROPEAN_FIRST_ORDER
                                            : EUROPEAN_ONLY_PRICE;
    r->status = first->status;
}

/* Terms of row i for the long way; false on bad input. */
static bool terms_of_row(struct request *r, size_t i, struct european_terms *terms)
{
    const struct european_job *job = &r->job;
    if (job->form == EUROPEAN_CHAIN) {
        *terms = r->shared;
        return r->is_shared_good && european_terms_at(terms, r->expiry, job->strike[i]);
    }
    if (job->form == EUROPEAN_FORWARD) {
        struct black76_expiry expiry = { .forward = job->spot[i],
                                         .discount = job->discount[i],
                                         .years = job->years[i] };
        return european_terms_of_expiry(terms, &expiry) &&
               european_terms_at(terms, &expiry, job->strike[i]);
    }
    if (!european_terms_of_spot(terms, job->spot[i], job->strike[i], job->years[i], job->rate[i],
                                job->yield[i]))
        return false;
    if (job->variance_years) {
        if (!is_not_negative(job->variance_years[i]))
            return false;
        if (job->variance_years[i] > 0.0)
            terms->variance_years = job->variance_years[i];
    }
    return true;
}

/* The long way: any doubles, one row. Returns 1 when the row is not PRICING_OK. */
static size_t price_row(struct request *r, size_t i)
{
    const struct european_job *job = &r->job;
    struct european_terms terms;
    struct european_value value = nothing;
    struct european_higher higher = no_higher;
    uint8_t status = PRICING_BAD_INPUT;
    if (terms_of_row(r, i, &terms)) {
        if (job->set == EUROPEAN_EVERYTHING)
            status = european_price_all(&terms, job->sign[i], job->sigma[i], &value, &higher);
        else
            status = european_price(&terms, job->sign[i], job->sigma[i], &value);
    }
    const double values[EUROPEAN_COLUMN_COUNT] = { value.price,  value.delta,       value.gamma,
                                                   value.vega,   value.theta,       value.rho,
                                                   higher.phi,   higher.dual_delta, higher.vanna,
                                                   higher.charm, higher.vomma,      higher.speed,
                                                   higher.zomma, higher.color,      higher.veta };
    for (int k = 0; k < EUROPEAN_COLUMN_COUNT; k++)
        if (job->out[k])
            job->out[k][i] = values[k];
    if (r->status)
        r->status[i] = status;
    return status != PRICING_OK;
}

static const double *skip(const double *column, size_t rows)
{
    return column ? column + rows : NULL;
}

/* The rows from `from` on, as many as `count`, a multiple of LANES_ROWS. */
static struct european_job part_of(const struct european_job *job, size_t from, size_t count,
                                   uint8_t *odd, double scratch[CHUNK])
{
    struct european_job part = *job;
    part.count = count;
    part.spot = skip(job->spot, from);
    part.strike = skip(job->strike, from);
    part.years = skip(job->years, from);
    part.variance_years = skip(job->variance_years, from);
    part.sigma = skip(job->sigma, from);
    part.rate = skip(job->rate, from);
    part.yield = skip(job->yield, from);
    part.discount = skip(job->discount, from);
    part.sign = job->sign + from;
    part.odd = odd;
    for (int k = 0; k < EUROPEAN_COLUMN_COUNT; k++)
        part.out[k] = job->out[k] ? job->out[k] + from : scratch;
    return part;
}

static const double *pad(const double *column, size_t from, size_t count, double room[LANES_ROWS])
{
    if (!column)
        return NULL;
    for (size_t i = 0; i < LANES_ROWS; i++)
        room[i] = column[from + (i < count ? i : count - 1)];
    return room;
}

/* The last rows, fewer than LANES_ROWS: repeat the last one, and keep what was asked for. */
static void run_tail(const struct request *r, size_t from, size_t count, uint8_t odd[CHUNK])
{
    const struct european_job *job = &r->job;
    struct european_job part = *job;
    double in[8][LANES_ROWS], out[EUROPEAN_COLUMN_COUNT][LANES_ROWS];
    int8_t sign[LANES_ROWS];
    part.count = LANES_ROWS;
    part.spot = pad(job->spot, from, count, in[0]);
    part.strike = pad(job->strike, from, count, in[1]);
    part.years = pad(job->years, from, count, in[2]);
    part.variance_years = pad(job->variance_years, from, count, in[3]);
    part.sigma = pad(job->sigma, from, count, in[4]);
    part.rate = pad(job->rate, from, count, in[5]);
    part.yield = pad(job->yield, from, count, in[6]);
    part.discount = pad(job->discount, from, count, in[7]);
    for (size_t i = 0; i < LANES_ROWS; i++)
        sign[i] = job->sign[from + (i < count ? i : count - 1)];
    part.sign = sign;
    part.odd = odd;
    for (int k = 0; k < EUROPEAN_COLUMN_COUNT; k++)
        part.out[k] = out[k];
    LANES_PICK(european_kernel)(&part);
    for (int k = 0; k < EUROPEAN_COLUMN_COUNT; k++)
        if (job->out[k])
            memcpy(job->out[k] + from, out[k], count * sizeof(double));
}

static size_t run(struct request *r, size_t count)
{
    size_t bad = 0;
    double scratch[CHUNK];
    uint8_t odd[CHUNK];
    for (size_t from = 0, rows; from < count; from += rows) {
        rows = count - from < CHUNK ? count - from : CHUNK;
        size_t odd_count = 1;
        struct european_job part;
        if (rows >= LANES_ROWS)
            rows -= rows % LANES_ROWS;
        memset(odd, 0, rows < LANES_ROWS ? LANES_ROWS : rows);
        if (rows >= LANES_ROWS) {
            part = part_of(&r->job, from, rows, odd, scratch);
            odd_count = LANES_PICK(european_kernel)(&part);
        } else {
            run_tail(r, from, rows, odd);
        }
        if (r->status)
            memset(r->status + from, PRICING_OK, rows);
        for (size_t i = 0; odd_count && i < rows; i++)
            if (odd[i])
                bad += price_row(r, from + i);
    }
    return bad;
}

static bool shared_of(const struct european_terms *terms, const struct black76_expiry *e,
                      struct european_shared *s)
{
    *s = (struct european_shared){
        .forward = e->forward,
        .spot = terms->spot,
        .inverse_spot = 1.0 / terms->spot,
        .discount = e->discount,
        .years = e->years,
        .rate = terms->rate,
        .yield = terms->yield,
        .root = sqrt(terms->variance_years),
        .half_over_years = 0.5 / e->years,
    };
    return e->forward >= 1e-15 && e->forward <= 1e15 && s->spot >= 1e-15 && s->spot <= 1e15 &&
           e->discount >= 1e-15 && e->discount <= 1e15 && e->years >= 1e-15 && e->years <= 1e15 &&
           terms->variance_years >= 1e-15 && terms->variance_years <= 1e15;
}

static size_t chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                    const int8_t *sign, const double *sigma, const struct pricing_greeks *first,
                    const struct european_greeks *all)
{
    struct request r = { .job = { .form = EUROPEAN_CHAIN,
                                  .strike = strike,
                                  .sign = sign,
                                  .sigma = sigma,
                                  .is_about_forward = expiry->spot == 0.0 },
                         .expiry = expiry };
    set_outputs(&r, first, all);
    r.is_shared_good = european_terms_of_expiry(&r.shared, expiry);
    if (r.is_shared_good && shared_of(&r.shared, expiry, &r.job.shared))
        return run(&r, count);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++)
        bad += price_row(&r, i);
    return bad;
}

size_t black76_chain(const struct black76_expiry *expiry, size_t count, const double *strike,
                     const int8_t *sign, const double *sigma, const struct pricing_greeks *out)
{
    return chain(expiry, count, strike, sign, sigma, out, NULL);
}

size_t black76_chain_all(const struct black76_expiry *expiry, size_t count, const double *strike,
                         const int8_t *sign, const double *sigma, const struct european_greeks *out)
{
    return chain(expiry, count, strike, sign, sigma, &out->first, out);
}

size_t black76(size_t count, const struct black76_terms *terms, const struct pricing_greeks *out)
{
    struct request r = { .job = { .form = EUROPEAN_FORWARD,
                                  .spot = terms->forward,
                                  .strike = terms->strike,
                                  .discount = terms->discount,
                                  .years = terms->years,
                                  .sigma = terms->sigma,
                                  .sign = terms->sign,
                                  .is_about_forward = true } };
    set_outputs(&r, out, NULL);
    return run(&r, count);
}

static size_t scholes(size_t count, const struct black_scholes_terms *terms,
                      const double *variance_years, const struct pricing_greeks *first,
                      const struct european_greeks *all)
{
    struct request r = { .job = { .form = EUROPEAN_SPOT,
                                  .spot = terms->spot,
                                  .strike = terms->strike,
                                  .years = terms->years,
                                  .variance_years = variance_years,
                                  .sigma = terms->sigma,
                                  .rate = terms->rate,
                                  .yield = terms->yield,
                                  .sign = terms->sign } };
    set_outputs(&r, first, all);
    return run(&r, count);
}

size_t black_scholes(size_t count, const struct black_scholes_terms *terms,
                     const struct pricing_greeks *out)
{
    return scholes(count, terms, NULL, out, NULL);
}

size_t black_scholes_all(size_t count, const struct black_scholes_terms *terms,
                         const double *variance_years, const struct european_greeks *out)
{
    return scholes(count, terms, variance_years, &out->first, out);
}
