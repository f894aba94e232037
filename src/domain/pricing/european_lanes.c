/* The fast path of european.h. Rows it does not cover are marked odd; european.c does them one by
 * one. */
#include "domain/pricing/european_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

/* As many vectors side by side as the registers hold. */
#define VECTORS (LANES_WIDTH == 8 ? 4 : LANES_WIDTH == 4 ? 2 : 1)

/* As lanes_mills_coefficients, with two terms less: ratios 1e-17, their difference 2e-15. */
static const double mills_coefficients[] = {
    2.9578583652374966,      -4.097057693368901,     4.521227930102753,
    -4.008841003181942,      2.833702080038183,      -1.55037905163855,
    0.608270408579099,       -0.13183939420298757,   -0.01305834185683332,
    0.019012510122477146,    -0.0032967246181940003, -0.0017601645477635138,
    0.0007142343564360657,   0.00016854598603033264, -0.00011613264853398452,
    -2.1777770989508566e-05, 1.8148818289354008e-05, 4.1220489690964065e-06,
    -2.7568363497738726e-06, -9.360464077098608e-07, 3.784867999517503e-07,
    2.0241886911870966e-07,  -4.04475974056269e-08,  -3.390698214615366e-08,
    2.422326466874237e-09,   3.1061502235165597e-09,
};

/* What a row is before its Mills ratios are known. */
struct terms {
    vd sign, spot, strike, years, rate, yield, sigma;
    vd spot_discounted, strike_discounted, x;
    vd root;          /* sqrt of the variance clock: vega over W */
    vd v, inverse_v;  /* total vol */
    vd inverse_spot_v; /* 1 / (spot v) */
    vm good;
};

/* ln(spot / strike), and 1/(spot v) by the same division. */
LANES_INLINE vd log_moneyness(struct terms *t)
{
    struct vd_ratio ratio = vd_ratio_of(t->spot, t->strike);
    vd spot_v = t->spot * t->v, inverse = 1.0 / (ratio.sum * spot_v);
    t->inverse_spot_v = inverse * ratio.sum;
    t->inverse_v = t->inverse_spot_v * t->spot;
    return vd_ratio_log(&ratio, inverse * spot_v);
}

LANES_INLINE void load_terms(const struct european_job *job, size_t i, enum european_form form,
                             struct terms *t)
{
    bool is_chain = form == EUROPEAN_CHAIN;
    t->sign = vd_load_int8(job->sign + i);
    t->strike = vd_load(job->strike + i);
    t->sigma = vd_load(job->sigma + i);
    vi strange = vd_strangeness(t->strike);
    vm good = vm_equal(vd_abs(t->sign), vd_set(1.0));
    if (is_chain) {
        const struct european_shared *s = &job->shared;
        t->spot = vd_set(s->forward);
        t->years = vd_set(s->years);
        t->rate = vd_set(s->rate);
        t->yield = vd_set(s->yield);
        t->root = vd_set(s->root);
    } else {
        t->spot = vd_load(job->spot + i);
        t->years = vd_load(job->years + i);
        t->root = vd_sqrt(job->variance_years ? vd_load(job->variance_years + i) : t->years);
        strange |= vd_strangeness(t->spot) | vd_strangeness(t->years);
    }
    t->v = t->sigma * t->root;
    strange |= vd_strangeness(t->v);
    t->x = log_moneyness(t);
    if (form == EUROPEAN_SPOT) {
        t->rate = vd_load(job->rate + i);
        t->yield = vd_load(job->yield + i);
        vd back = -t->years, rate_time = t->rate * back, yield_time = t->yield * back;
        vd size = vd_fma(rate_time, rate_time, yield_time * yield_time);
        good = vm_and(good, vm_at_most(size, vd_set(2500.0)));
        t->spot_discounted = t->spot * vd_exp_near(yield_time);
        t->strike_discounted = t->strike * vd_exp_near(rate_time);
        t->x = vd_fma(t->rate - t->yield, t->years, t->x);
    } else {
        vd discount = is_chain ? vd_set(job->shared.discount) : vd_load(job->discount + i);
        if (!is_chain) {
            strange |= vd_strangeness(discount);
            t->rate = -vd_log(discount) / t->years;
            t->yield = t->rate;
        }
        t->spot_discounted = t->spot * discount;
        t->strike_discounted = t->strike * discount;
    }
    if (is_chain) {
        /* Greeks move the spot; up to here the forward stood in its place. */
        vd spot = vd_set(job->shared.spot), share = vd_set(job->shared.forward_over_spot);
        t->spot = spot;
        t->inverse_spot_v = t->inverse_spot_v * share;
    }
    t->good = vm_and(good, vm_ordinary(strange));
}

/* v / (2 T), how fast total vol grows. */
LANES_INLINE vd vol_growth(const struct european_job *job, enum european_form form,
                           const struct terms *t)
{
    if (form == EUROPEAN_CHAIN)
        return t->v * job->shared.half_over_years;
    if (job->variance_years)
        return 0.5 * t->v / t->years;
    return 0.5 * (t->sigma * t->sigma) * t->inverse_v;
}

LANES_INLINE void store_higher(const struct european_job *job, size_t i, const struct terms *t,
                               vd w, vd owned, vd owed, vd growth, vd d1, vd d2)
{
    vd inverse_spot = t->inverse_spot_v * t->v, inverse_sigma = t->root * t->inverse_v;
    vd gamma = w * inverse_spot * t->inverse_spot_v, vega = w * t->root, d1_d2 = d1 * d2;
    /* dT of d1 and of ln vol over T; the clock of vol runs evenly. */
    vd drift = (t->rate - t->yield) * t->inverse_v;
    vd pace = growth * t->inverse_v; /* 1 / (2 T) */
    vd d1_time = drift - d2 * pace, decay = vd_fma(d1, d1_time, t->yield);
    vd_store(job->out[EUROPEAN_PHI] + i, job->is_about_forward ? vd_set(NAN) : -t->years * owned);
    vd_store(job->out[EUROPEAN_DUAL_DELTA] + i, -owed / t->strike);
    vd_store(job->out[EUROPEAN_VANNA] + i, -(w * inverse_spot) * d2 * inverse_sigma);
    vd_store(job->out[EUROPEAN_CHARM] + i,
             (vd_fma(t->yield, owned, -(w * d1_time))) * inverse_spot);
    vd_store(job->out[EUROPEAN_VOMMA] + i, vega * d1_d2 * inverse_sigma);
    vd_store(job->out[EUROPEAN_SPEED] + i, -gamma * (d1 + t->v) * t->inverse_spot_v);
    vd_store(job->out[EUROPEAN_ZOMMA] + i, gamma * (d1_d2 - 1.0) * inverse_sigma);
    vd_store(job->out[EUROPEAN_COLOR] + i, gamma * (decay + pace));
    vd_store(job->out[EUROPEAN_VETA] + i, vega * (decay - pace));
}

LANES_INLINE void store_values(const struct european_job *job, size_t i, enum european_form form,
                               enum european_set set, const struct terms *t, vd near, vd far,
                               const struct vd_mills *m)
{
    vd zero = vd_set(0.0);
    vm is_low = vm_at_most(t->x, zero); /* the call is out of the money */
    vm is_in = vm_xor(vm_greater(t->sign, zero), is_low);
    vd d1_size = vd_select(is_low, near, far);
    vd w = t->spot_discounted * (LANES_INV_SQRT_2PI * vd_exp_down(-0.5 * (d1_size * d1_size)));
    /* In the money: what exercise at expiry is worth for certain, less the other side's price. */
    vd spot_in = vd_select(is_in, t->sign * t->spot_discounted, zero);
    vd strike_in = vd_select(is_in, t->sign * t->strike_discounted, zero);
    vd price = vd_fma(w, m->difference, vd_max(spot_in - strike_in, zero));
    vd_store(job->out[EUROPEAN_PRICE] + i, price);
    if (set == EUROPEAN_ONLY_PRICE)
        return;
    vd signed_w = vd_select(is_low, w, -w);
    vd owned = vd_fma(signed_w, vd_select(is_low, m->near, m->far), spot_in);
    vd owed = vd_fma(signed_w, vd_select(is_low, m->far, m->near), strike_in);
    vd inverse_spot = t->inverse_spot_v * t->v, growth = vol_growth(job, form, t);
    vd_store(job->out[EUROPEAN_DELTA] + i, owned * inverse_spot);
    vd_store(job->out[EUROPEAN_GAMMA] + i, w * inverse_spot * t->inverse_spot_v);
    vd_store(job->out[EUROPEAN_VEGA] + i, w * t->root);
    vd carried = vd_fma(t->yield, owned, -(t->rate * owed));
    vd_store(job->out[EUROPEAN_THETA] + i, vd_fma(-w, growth, carried));
    vd_store(job->out[EUROPEAN_RHO] + i,
             job->is_about_forward ? -t->years * price : t->years * owed);
    if (set == EUROPEAN_EVERYTHING)
        store_higher(job, i, t, w, owned, owed, growth, vd_select(is_low, -near, far),
                     vd_select(is_low, -far, near));
}

LANES_INLINE size_t mark_odd(const struct european_job *job, size_t i, vm odd)
{
    unsigned bits = vm_bits(odd);
    if (!bits)
        return 0;
    for (unsigned lane = 0; lane < LANES_WIDTH; lane++)
        job->odd[i + lane] = bits >> lane & 1u;
    return (size_t)__builtin_popcount(bits);
}

LANES_INLINE size_t block(const struct european_job *job, size_t i, int count, enum european_form form,
                          enum european_set set)
{
    struct terms terms[VECTORS];
    struct vd_mills mills[VECTORS];
    vd near[VECTORS], far[VECTORS], v[VECTORS];
    size_t odd = 0;
    for (int u = 0; u < count; u++) {
        load_terms(job, i + (size_t)u * LANES_WIDTH, form, &terms[u]);
        vd h = vd_abs(terms[u].x) * terms[u].inverse_v;
        v[u] = terms[u].v;
        near[u] = vd_fma(v[u], vd_set(-0.5), h);
        far[u] = vd_fma(v[u], vd_set(0.5), h);
        vm good = vm_and(terms[u].good, vm_at_least(near[u], vd_set(LANES_MILLS_NEAR_MIN)));
        odd += mark_odd(job, i + (size_t)u * LANES_WIDTH, vm_not(good));
    }
    vd_mills_pairs(count, mills_coefficients, 25, near, far, v, mills);
    for (int u = 0; u < count; u++)
        store_values(job, i + (size_t)u * LANES_WIDTH, form, set, &terms[u], near[u], far[u], &mills[u]);
    return odd;
}

LANES_INLINE size_t blocks(const struct european_job *job, enum european_form form,
                           enum european_set set)
{
    size_t i = 0, odd = 0;
    for (; i + VECTORS * LANES_WIDTH <= job->count; i += VECTORS * LANES_WIDTH)
        odd += block(job, i, VECTORS, form, set);
    for (; i < job->count; i += LANES_WIDTH)
        odd += block(job, i, 1, form, set);
    return odd;
}

size_t LANES_NAME(european_kernel)(const struct european_job *job)
{
    switch (job->form * EUROPEAN_SET_COUNT + job->set) {
#define CASE(form, set)                                                                            \
    case form *EUROPEAN_SET_COUNT + set: return blocks(job, form, set);
#define CASES(form)                                                                                \
    CASE(form, EUROPEAN_ONLY_PRICE)                                                                \
    CASE(form, EUROPEAN_FIRST_ORDER)                                                               \
    CASE(form, EUROPEAN_EVERYTHING)
        CASES(EUROPEAN_SPOT)
        CASES(EUROPEAN_FORWARD)
        CASES(EUROPEAN_CHAIN)
#undef CASES
#undef CASE
    }
    return job->count; /* not reached: there is no other form or set */
}
