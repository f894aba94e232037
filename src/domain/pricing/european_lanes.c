/* The fast path of european.h. Rows it does not cover are marked odd; european.c does them one by
 * one. */
#include "domain/pricing/european_lanes_int.h"

#include "domain/pricing/lanes_math_int.h"

/*
 * A batch is several vectors of rows side by side. Every step is taken for all of them before the
 * next one: a step waits for the one before, 4 cycles for a sum, 24 for a division, and meanwhile
 * the others are there to work on. The processor looks ahead by itself, but not as far as a whole
 * row.
 */
#define VECTORS (LANES_WIDTH == 8 ? 6 : LANES_WIDTH == 4 ? 4 : 1)
/* With every term a column six no longer fit the registers. */
#define VECTORS_OF(form) (LANES_WIDTH == 8 && (form) != EUROPEAN_CHAIN ? 4 : VECTORS)
#define EACH for (int u = 0; u < count; u++)

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

struct batch {
    vd spot[VECTORS], strike[VECTORS], years[VECTORS], rate[VECTORS], yield[VECTORS],
        sigma[VECTORS];
    vd root[VECTORS]; /* sqrt of the variance clock: vega over W */
    vd v[VECTORS];    /* total vol */
    vd rate_time[VECTORS], yield_time[VECTORS];
    vm put[VECTORS], good[VECTORS];
    vi strange[VECTORS];

    vd spot_discounted[VECTORS], strike_discounted[VECTORS];
    vd x[VECTORS]; /* ln(forward / strike) */
    vd inverse_v[VECTORS], inverse_spot_v[VECTORS];
    vd near[VECTORS], far[VECTORS]; /* |x| / v -+ v / 2 */
    struct vd_mills m[VECTORS];
};

LANES_INLINE void load(const struct european_job *job, size_t i, int count, enum european_form form,
                       struct batch *b)
{
    const struct european_shared *s = &job->shared;
    EACH
    {
        size_t at = i + (size_t)u * LANES_WIDTH;
        b->put[u] = vm_load_puts(job->sign + at, &b->good[u]);
        b->strike[u] = vd_load(job->strike + at);
        b->sigma[u] = vd_load(job->sigma + at);
        b->strange[u] = vd_strangeness(b->strike[u]);
        if (form == EUROPEAN_CHAIN) {
            b->spot[u] = vd_set(s->forward);
            b->years[u] = vd_set(s->years);
            b->root[u] = vd_set(s->root);
            b->rate[u] = vd_set(s->rate);
            b->yield[u] = vd_set(s->yield);
        } else {
            b->spot[u] = vd_load(job->spot + at);
            b->years[u] = vd_load(job->years + at);
            b->root[u] =
                vd_sqrt(job->variance_years ? vd_load(job->variance_years + at) : b->years[u]);
            b->strange[u] |= vd_strangeness(b->spot[u]) | vd_strangeness(b->years[u]);
        }
        if (form == EUROPEAN_SPOT) {
            vd back = -b->years[u];
            b->rate[u] = vd_load(job->rate + at);
            b->yield[u] = vd_load(job->yield + at);
            b->rate_time[u] = b->rate[u] * back;
            b->yield_time[u] = b->yield[u] * back;
        }
    }
    EACH
    {
        b->v[u] = b->sigma[u] * b->root[u];
        b->strange[u] |= vd_strangeness(b->v[u]);
    }
}

/*
 * Of every row: is k = 0 in the exp of both discounts and in the log of spot over strike? Then
 * these steps are left out, and nothing else: the bits are the same. Marks discounts out of range.
 */
LANES_INLINE bool is_plain(int count, enum european_form form, struct batch *b)
{
    vi scale = vi_set(0);
    vd most = vd_set(0.0);
    EACH
    {
        scale |= vd_ratio_scale(b->spot[u], b->strike[u]);
        if (form == EUROPEAN_SPOT) {
            vd size = vd_fma(b->rate_time[u], b->rate_time[u], b->yield_time[u] * b->yield_time[u]);
            b->good[u] = vm_and(b->good[u], vm_at_most(size, vd_set(2500.0)));
            most = vd_max(size, most);
        }
    }
    bool is_near = vm_all(vm_bits_clear(scale, UINT64_C(0xfff0000000000000)));
    return is_near && vm_all(vm_at_most(most, vd_set(0.12))); /* (ln(2) / 2)^2 = 0.1201 */
}

LANES_INLINE void discount(const struct european_job *job, size_t i, int count,
                           enum european_form form, bool is_short, struct batch *b)
{
    struct vd_reduced strike[VECTORS], spot[VECTORS];
    vd p[VECTORS], q[VECTORS];
    if (form != EUROPEAN_SPOT) {
        EACH
        {
            vd d = vd_set(job->shared.discount);
            if (form == EUROPEAN_FORWARD) {
                d = vd_load(job->discount + i + (size_t)u * LANES_WIDTH);
                b->strange[u] |= vd_strangeness(d);
                b->rate[u] = b->yield[u] = -vd_log(d) / b->years[u];
            }
            b->spot_discounted[u] = b->spot[u] * d;
            b->strike_discounted[u] = b->strike[u] * d;
        }
        return;
    }
    EACH
    {
        strike[u] =
            is_short ? (struct vd_reduced){ .r = b->rate_time[u] } : vd_exp_reduce(b->rate_time[u]);
        spot[u] = is_short ? (struct vd_reduced){ .r = b->yield_time[u] }
                           : vd_exp_reduce(b->yield_time[u]);
        p[u] = q[u] = vd_set(lanes_exp_coefficients[LANES_EXP_DEGREE]);
    }
    LANES_UNROLL
    for (int k = LANES_EXP_DEGREE - 1; k >= 0; k--)
        EACH
        {
            p[u] = vd_fma(p[u], strike[u].r, vd_set(lanes_exp_coefficients[k]));
            q[u] = vd_fma(q[u], spot[u].r, vd_set(lanes_exp_coefficients[k]));
        }
    EACH
    {
        if (is_short) {
            p[u] = vd_fma(strike[u].r * strike[u].r, p[u], strike[u].r) + 1.0;
            q[u] = vd_fma(spot[u].r * spot[u].r, q[u], spot[u].r) + 1.0;
        } else {
            p[u] = vd_exp_restore(strike[u], p[u]);
            q[u] = vd_exp_restore(spot[u], q[u]);
        }
        b->strike_discounted[u] = b->strike[u] * p[u];
        b->spot_discounted[u] = b->spot[u] * q[u];
    }
}

/* ln(forward / strike), 1/v and 1/(spot v) by one division. */
LANES_INLINE void measure(const struct european_job *job, size_t i, int count,
                          enum european_form form, bool is_short, struct batch *b)
{
    const bool is_chain = form == EUROPEAN_CHAIN;
    vd difference[VECTORS], sum[VECTORS], k[VECTORS], scale[VECTORS], inverse[VECTORS], f[VECTORS],
        p[VECTORS];
    EACH
    {
        struct vd_ratio ratio = { b->spot[u] - b->strike[u], b->spot[u] + b->strike[u],
                                  vd_set(0.0) };
        if (!is_short)
            ratio = vd_ratio_of(b->spot[u], b->strike[u]);
        difference[u] = ratio.difference;
        sum[u] = ratio.sum;
        k[u] = ratio.k;
        scale[u] = is_chain ? b->v[u] : b->spot[u] * b->v[u];
        inverse[u] = 1.0 / (sum[u] * scale[u]);
    }
    discount(job, i, count, form, is_short, b);
    EACH
    {
        f[u] = difference[u] * (inverse[u] * scale[u]);
        b->inverse_v[u] = inverse[u] * sum[u] * (is_chain ? vd_set(1.0) : b->spot[u]);
        b->inverse_spot_v[u] =
            is_chain ? b->inverse_v[u] * job->shared.inverse_spot : inverse[u] * sum[u];
        p[u] = vd_set(lanes_log_coefficients[LANES_LOG_DEGREE]);
    }
    LANES_UNROLL
    for (int j = LANES_LOG_DEGREE - 1; j >= 0; j--)
        EACH p[u] = vd_fma(p[u], f[u] * f[u], vd_set(lanes_log_coefficients[j]));
    EACH
    {
        if (is_short)
            b->x[u] = vd_fma(f[u], vd_set(2.0), f[u] * (f[u] * f[u]) * p[u]);
        else
            b->x[u] = vd_ratio_log_of(f[u], p[u], k[u]);
        if (form == EUROPEAN_SPOT)
            b->x[u] = vd_fma(b->rate[u] - b->yield[u], b->years[u], b->x[u]);
        vd h = vd_abs(b->x[u]) * b->inverse_v[u];
        b->near[u] = vd_fma(b->v[u], vd_set(-0.5), h);
        b->far[u] = vd_fma(b->v[u], vd_set(0.5), h);
    }
}

/* phi(near). */
LANES_INLINE void density(int count, const struct batch *b, vd out[VECTORS])
{
    struct vd_reduced reduced[VECTORS];
    vd y[VECTORS], p[VECTORS];
    EACH
    {
        y[u] = vd_fma(b->near[u] * -0.5, b->near[u], vd_set(-LANES_HALF_LN_2PI));
        reduced[u] = vd_exp_reduce(y[u]);
        p[u] = vd_set(lanes_exp_coefficients[LANES_EXP_DEGREE]);
    }
    LANES_UNROLL
    for (int k = LANES_EXP_DEGREE - 1; k >= 0; k--)
        EACH p[u] = vd_fma(p[u], reduced[u].r, vd_set(lanes_exp_coefficients[k]));
    EACH out[u] =
        vd_select(vm_less(y[u], vd_set(-708.0)), vd_set(0.0), vd_exp_restore(reduced[u], p[u]));
}

/* What the Greeks are made of: W, spot discounted x Phi(d1) and strike discounted x Phi(d2),
 * signed. */
struct parts {
    vd w, owned, owed, growth;
};

/* v / (2 T), how fast total vol grows. */
LANES_INLINE vd vol_growth(const struct european_job *job, enum european_form form,
                           const struct batch *b, int u)
{
    if (form == EUROPEAN_CHAIN)
        return b->v[u] * job->shared.half_over_years;
    if (job->variance_years)
        return 0.5 * b->v[u] / b->years[u];
    return b->sigma[u] * (0.5 * b->sigma[u]) * b->inverse_v[u];
}

LANES_INLINE void store_higher(const struct european_job *job, size_t i, enum european_form form,
                               const struct batch *b, int u, const struct parts *p)
{
    vm is_low = vm_negative(b->x[u]);
    vd d1 = vd_select(is_low, -b->near[u], b->far[u]),
       d2 = vd_select(is_low, -b->far[u], b->near[u]);
    vd inverse_v = b->inverse_v[u], inverse_spot_v = b->inverse_spot_v[u];
    vd inverse_spot =
        form == EUROPEAN_CHAIN ? vd_set(job->shared.inverse_spot) : inverse_spot_v * b->v[u];
    vd inverse_sigma = b->root[u] * inverse_v;
    vd gamma = p->w * inverse_spot * inverse_spot_v, vega = p->w * b->root[u], d1_d2 = d1 * d2;
    /* dT of d1 and of ln vol over T; the clock of vol runs evenly. */
    vd drift = (b->rate[u] - b->yield[u]) * inverse_v;
    vd pace = p->growth * inverse_v; /* 1 / (2 T) */
    vd d1_time = drift - d2 * pace, decay = vd_fma(d1, d1_time, b->yield[u]);
    vd_store(job->out[EUROPEAN_PHI] + i,
             job->is_about_forward ? vd_set(NAN) : -b->years[u] * p->owned);
    vd_store(job->out[EUROPEAN_DUAL_DELTA] + i, -p->owed / b->strike[u]);
    vd_store(job->out[EUROPEAN_VANNA] + i, -(p->w * inverse_spot) * d2 * inverse_sigma);
    vd_store(job->out[EUROPEAN_CHARM] + i,
             (vd_fma(b->yield[u], p->owned, -(p->w * d1_time))) * inverse_spot);
    vd_store(job->out[EUROPEAN_VOMMA] + i, vega * d1_d2 * inverse_sigma);
    vd_store(job->out[EUROPEAN_SPEED] + i, -gamma * (d1 + b->v[u]) * inverse_spot_v);
    vd_store(job->out[EUROPEAN_ZOMMA] + i, gamma * (d1_d2 - 1.0) * inverse_sigma);
    vd_store(job->out[EUROPEAN_COLOR] + i, gamma * (decay + pace));
    vd_store(job->out[EUROPEAN_VETA] + i, vega * (decay - pace));
}

LANES_INLINE void store_first(const struct european_job *job, size_t i, enum european_form form,
                              const struct batch *b, int u, const struct parts *p, vd price)
{
    vd inverse_spot_v = b->inverse_spot_v[u];
    vd inverse_spot =
        form == EUROPEAN_CHAIN ? vd_set(job->shared.inverse_spot) : inverse_spot_v * b->v[u];
    vd_store(job->out[EUROPEAN_DELTA] + i, p->owned * inverse_spot);
    vd_store(job->out[EUROPEAN_GAMMA] + i, p->w * inverse_spot * inverse_spot_v);
    vd_store(job->out[EUROPEAN_VEGA] + i, p->w * b->root[u]);
    vd carried = vd_fma(b->yield[u], p->owned, -(b->rate[u] * p->owed));
    vd_store(job->out[EUROPEAN_THETA] + i, vd_fma(-p->w, p->growth, carried));
    vd_store(job->out[EUROPEAN_RHO] + i,
             job->is_about_forward ? -b->years[u] * price : b->years[u] * p->owed);
}

LANES_INLINE void store_values(const struct european_job *job, size_t i, int count,
                               enum european_form form, enum european_set set,
                               const struct batch *b)
{
    struct parts parts[VECTORS];
    vd bell[VECTORS], price[VECTORS], zero = vd_set(0.0);
    density(count, b, bell);
    EACH
    {
        /* Low: the call is out of the money, near is its -d1, far its -d2; else the put, d2 and d1.
         */
        vd x = b->x[u], spot = b->spot_discounted[u], strike = b->strike_discounted[u];
        vm is_low = vm_negative(x), is_in = vm_not(vm_xor(b->put[u], is_low));
        vd w = vd_select(is_low, spot, strike) * bell[u];
        /* In the money: what exercise at expiry is worth for certain, less the other side's price.
         */
        vd spot_in = vd_select(is_in, vd_flip(spot, x), zero);
        vd strike_in = vd_select(is_in, vd_flip(strike, x), zero);
        vd less = vd_flip(w, x);
        price[u] = vd_fma(w, b->m[u].difference, vd_max(spot_in - strike_in, zero));
        vd_store(job->out[EUROPEAN_PRICE] + i + (size_t)u * LANES_WIDTH, price[u]);
        parts[u].w = w;
        parts[u].owned = vd_fma(-less, vd_select(is_low, b->m[u].near, b->m[u].far), spot_in);
        parts[u].owed = vd_fma(-less, vd_select(is_low, b->m[u].far, b->m[u].near), strike_in);
        parts[u].growth = vol_growth(job, form, b, u);
    }
    for (int u = 0; set != EUROPEAN_ONLY_PRICE && u < count; u++) {
        store_first(job, i + (size_t)u * LANES_WIDTH, form, b, u, &parts[u], price[u]);
        if (set == EUROPEAN_EVERYTHING)
            store_higher(job, i + (size_t)u * LANES_WIDTH, form, b, u, &parts[u]);
    }
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

LANES_INLINE size_t price_batch(const struct european_job *job, size_t i, int count,
                                enum european_form form, enum european_set set)
{
    struct batch b;
    size_t odd = 0;
    load(job, i, count, form, &b);
    bool is_short = is_plain(count, form, &b);
    if (count > 1 && is_short)
        measure(job, i, count, form, true, &b);
    else
        measure(job, i, count, form, false, &b);
    if (form ==
        EUROPEAN_CHAIN) /* Greeks move the spot; up to here the forward stood in its place */
        EACH b.spot[u] = vd_set(job->shared.spot);
    EACH
    {
        vm good = vm_and(vm_and(b.good[u], vm_ordinary(b.strange[u])),
                         vm_at_least(b.near[u], vd_set(LANES_MILLS_NEAR_MIN)));
        odd += mark_odd(job, i + (size_t)u * LANES_WIDTH, vm_not(good));
    }
    vd_mills_pairs(count, mills_coefficients, 25, b.near, b.far, b.v, b.m);
    store_values(job, i, count, form, set, &b);
    return odd;
}

/* The last batch ends with the last row: some rows are priced twice then, to the same end. */
LANES_INLINE size_t price_all(const struct european_job *job, enum european_form form,
                              enum european_set set)
{
    const size_t batch = VECTORS_OF(form) * LANES_WIDTH;
    size_t i = 0, odd = 0;
    for (; job->count >= batch && i < job->count; i += batch)
        odd += price_batch(job, i + batch <= job->count ? i : job->count - batch, VECTORS_OF(form),
                           form, set);
    for (; i < job->count; i += LANES_WIDTH)
        odd += price_batch(job, i, 1, form, set);
    return odd;
}

size_t LANES_NAME(european_kernel)(const struct european_job *job)
{
    switch (job->form * EUROPEAN_SET_COUNT + job->set) {
#define CASE(form, set)                                                                            \
    case form *EUROPEAN_SET_COUNT + set:                                                           \
        return price_all(job, form, set);
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
