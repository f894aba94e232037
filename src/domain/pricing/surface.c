#include "domain/pricing/surface.h"

#include "domain/pricing/implied_vol.h"
#include "domain/pricing/normal_int.h"
#include "domain/pricing/portable_int.h"
#include "domain/pricing/surface_int.h"

/* ---- one smile ------------------------------------------------------------------------------- */

struct surface_basis surface_basis(double t)
{
    double u = 1.0 - t, tt = t * t, uu = u * u;
    return (struct surface_basis){
        { uu * u / 6.0, (4.0 - 6.0 * tt + 3.0 * tt * t) / 6.0,
          (4.0 - 6.0 * uu + 3.0 * uu * u) / 6.0, tt * t / 6.0 },
        { -0.5 * uu, -2.0 * t + 1.5 * tt, 2.0 * u - 1.5 * uu, 0.5 * tt },
        { u, -2.0 + 3.0 * t, -2.0 + 3.0 * u, t },
    };
}

double surface_z(const struct surface_slice *slice, double k)
{
    double x = k / slice->width;
    return x / sqrt(1.0 + x * x);
}

double surface_k(const struct surface_slice *slice, double z)
{
    return slice->width * z / sqrt((1.0 - z) * (1.0 + z));
}

struct svi_point surface_at(const struct surface_slice *slice, double k)
{
    struct svi_point at = svi_at(&slice->base, k);
    if (!slice->bump_count)
        return at;
    double x = k / slice->width, root = sqrt(1.0 + x * x), z = x / root;
    double place = (z - slice->z_low) / slice->z_step;
    int pieces = (int)slice->bump_count + 3;
    if (!(place >= 0.0 && place < pieces))
        return at;
    /* Piece i carries bumps i - 3 to i. */
    int piece = (int)place;
    struct surface_basis b = surface_basis(place - piece);
    double value = 0.0, slope = 0.0, curvature = 0.0;
    for (int j = 0; j < 4; j++) {
        int bump = piece - 3 + j;
        if (bump < 0 || bump >= (int)slice->bump_count)
            continue;
        value += slice->bump[bump] * b.at[j];
        slope += slice->bump[bump] * b.slope[j];
        curvature += slice->bump[bump] * b.curvature[j];
    }
    /* d place / dk and its derivative. */
    double speed = 1.0 / (slice->width * slice->z_step * root * root * root);
    double turn = -3.0 * x / (slice->width * root * root) * speed;
    at.w += value;
    at.slope += slope * speed;
    at.curvature += curvature * speed * speed + slope * turn;
    return at;
}

size_t surface_smile(const struct surface_slice *slice, size_t count, const double *k,
                     const struct svi_columns *out)
{
    bool is_valid = svi_is_valid(&slice->base);
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_good = is_valid && isfinite(k[i]);
        struct svi_point at =
            is_good ? surface_at(slice, k[i]) : (struct svi_point){ NAN, NAN, NAN };
        uint8_t status = svi_store(out, i, k[i], at);
        if (!is_good)
            status = PRICING_BAD_INPUT;
        if (out->status)
            out->status[i] = status;
        bad += status != PRICING_OK;
    }
    return bad;
}

/* ---- through time ---------------------------------------------------------------------------- */

/* Where a time lies: a slice alone, scaled or lifted, or a mix of two. */
struct place {
    const struct surface_slice *near, *far; /* far NULL: near alone */
    double weight;                          /* of near's price in the mix */
    double scale;                           /* before the first */
    double lift;                            /* after the last */
};

static double at_the_money(const struct surface_slice *slice)
{
    return surface_at(slice, 0.0).w;
}

static double price_at_the_money(double w)
{
    return normalised_black(0.0, sqrt(w)).price;
}

static struct place place_of(const struct surface *s, double t)
{
    size_t far = 0;
    while (far < s->count && s->slice[far].variance_years < t)
        far++;
    if (far == s->count) {
        const struct surface_slice *last = &s->slice[s->count - 1];
        double from = s->count > 1 ? s->slice[s->count - 2].variance_years : 0.0;
        double w = s->count > 1 ? at_the_money(&s->slice[s->count - 2]) : 0.0;
        double rate = (at_the_money(last) - w) / (last->variance_years - from);
        double past = t - last->variance_years;
        return (struct place){ last, NULL, 1.0, 1.0, past > 0.0 ? fmax(rate, 0.0) * past : 0.0 };
    }
    const struct surface_slice *b = &s->slice[far];
    if (far == 0 || t == b->variance_years)
        return (struct place){ b, NULL, 1.0, t / b->variance_years, 0.0 };
    const struct surface_slice *a = &s->slice[far - 1];
    double share = (t - a->variance_years) / (b->variance_years - a->variance_years);
    double wa = at_the_money(a), wb = at_the_money(b), w = wa + share * (wb - wa);
    double pa = price_at_the_money(wa), pb = price_at_the_money(wb), p = price_at_the_money(w);
    double weight = pb > pa ? fmin(fmax((pb - p) / (pb - pa), 0.0), 1.0) : 1.0 - share;
    return (struct place){ a, b, weight, 1.0, 0.0 };
}

static double mix(const struct place *place, double k)
{
    double wa = surface_at(place->near, k).w, wb = surface_at(place->far, k).w, x = fabs(k), v;
    double price = place->weight * normalised_black(x, sqrt(wa)).price +
                   (1.0 - place->weight) * normalised_black(x, sqrt(wb)).price;
    /* So far out that no price is left, any variance between the two prices it the same. */
    if (wa == wb || implied_total_vol(x, price, &v) != PRICING_OK)
        return place->weight * wa + (1.0 - place->weight) * wb;
    return v * v;
}

static double total_variance(const struct place *place, double k)
{
    if (place->far)
        return mix(place, k);
    return place->scale * surface_at(place->near, k / sqrt(place->scale)).w + place->lift;
}

static bool is_usable(const struct surface *surface, double variance_years)
{
    if (surface->count == 0 || surface->count > SURFACE_EXPIRIES_MAX ||
        !is_positive(variance_years))
        return false;
    for (size_t i = 0; i < surface->count; i++)
        if (!svi_is_valid(&surface->slice[i].base) ||
            !is_positive(surface->slice[i].variance_years))
            return false;
    return true;
}

static uint8_t store_variance(size_t i, double value, bool is_good, double *w, uint8_t *status)
{
    uint8_t answer = !is_good              ? PRICING_BAD_INPUT
                     : !is_positive(value) ? PRICING_OUT_OF_RANGE
                                           : PRICING_OK;
    w[i] = answer == PRICING_OK ? value : NAN;
    if (status)
        status[i] = answer;
    return answer;
}

size_t surface_total_variance(const struct surface *surface, double variance_years, size_t count,
                              const double *k, double *w, uint8_t *status)
{
    bool is_good = is_usable(surface, variance_years);
    struct place place = { .near = NULL };
    size_t bad = 0;
    if (is_good)
        place = place_of(surface, variance_years);
    for (size_t i = 0; i < count; i++) {
        bool is_row = is_good && isfinite(k[i]);
        double value = is_row ? total_variance(&place, k[i]) : NAN;
        bad += store_variance(i, value, is_row, w, status) != PRICING_OK;
    }
    return bad;
}

uint8_t surface_carry(const struct surface *surface, double spot, double years, double *forward,
                      double *discount)
{
    *forward = *discount = NAN;
    if (!is_positive(spot) || !is_not_negative(years) || surface->count == 0)
        return PRICING_BAD_INPUT;
    double t0 = 0.0, f0 = portable_log(spot), d0 = 0.0, t1 = 0.0, f1 = f0, d1 = 0.0;
    for (size_t i = 0; i < surface->count; i++) {
        const struct surface_slice *s = &surface->slice[i];
        if (!is_positive(s->years) || !is_positive(s->forward) || !is_positive(s->discount))
            return PRICING_BAD_INPUT;
        if (s->years <= t1)
            continue;
        t0 = t1;
        f0 = f1;
        d0 = d1;
        t1 = s->years;
        f1 = portable_log(s->forward);
        d1 = portable_log(s->discount);
        if (t1 >= years)
            break;
    }
    double share = (years - t0) / (t1 - t0);
    *forward = portable_exp(f0 + share * (f1 - f0));
    *discount = portable_exp(d0 + share * (d1 - d0));
    return is_positive(*forward) && is_positive(*discount) ? PRICING_OK : PRICING_OUT_OF_RANGE;
}

/* ---- what-if --------------------------------------------------------------------------------- */

static double moved_variance(const struct place *place, const struct surface_move *move, double t,
                             double k)
{
    double strike_k = move->rule == SURFACE_STICKY_DELTA ? k : k + move->move;
    double v = sqrt(total_variance(place, strike_k));
    if (move->rule == SURFACE_SPOT_VOL) {
        /* The at-the-money skew of total vol, over a step that the smile is smooth in. */
        double h = 1e-3 * sqrt(total_variance(place, 0.0));
        double skew =
            (sqrt(total_variance(place, h)) - sqrt(total_variance(place, -h))) / (2.0 * h);
        double response =
            move->response_long + (move->response_short - move->response_long) * portable_exp(-t);
        v += response * skew * move->move;
    }
    v *= move->vol_factor;
    return v > 0.0 ? v * v : NAN;
}

size_t surface_moved(const struct surface *surface, const struct surface_move *move,
                     double variance_years, size_t count, const double *k, double *w,
                     uint8_t *status)
{
    bool is_good = is_usable(surface, variance_years) && isfinite(move->move) &&
                   is_positive(move->vol_factor) &&
                   (move->rule != SURFACE_SPOT_VOL ||
                    (isfinite(move->response_short) && isfinite(move->response_long)));
    struct place place = { .near = NULL };
    size_t bad = 0;
    if (is_good)
        place = place_of(surface, variance_years);
    for (size_t i = 0; i < count; i++) {
        bool is_row = is_good && isfinite(k[i]);
        double value = is_row ? moved_variance(&place, move, variance_years, k[i]) : NAN;
        bad += store_variance(i, value, is_row, w, status) != PRICING_OK;
    }
    return bad;
}
