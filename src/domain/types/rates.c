#include "domain/types/rates.h"

#include <math.h>

#include "base/date.h"

enum err rate_curve_init(struct rate_curve *out, const struct rate_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!date_is_valid(steps[i].date))
            return err_set(ERR_RANGE, "rate %zu: %d is not a calendar day", i + 1, steps[i].date);
        if (i && steps[i].date <= steps[i - 1].date)
            return err_set(ERR_RANGE, "rate %zu: %d does not come after %d", i + 1, steps[i].date,
                           steps[i - 1].date);
        if (!(fabs(steps[i].rate) <= 1))
            return err_set(ERR_RANGE, "rate %zu of %d: %g a year is not between -1 and 1", i + 1,
                           steps[i].date, steps[i].rate);
    }
    *out = (struct rate_curve){ steps, count };
    return ERR_OK;
}

enum err rate_curve_at(const struct rate_curve *curve, int32_t date, double *out_rate)
{
    size_t low = 0, high = curve->count; /* the first step after date */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (curve->steps[middle].date <= date)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return err_set(ERR_NOT_FOUND, "no interest rate is known for %d: %s %d", date,
                       curve->count ? "the first is of" : "there are none; their count is",
                       curve->count ? curve->steps[0].date : 0);
    *out_rate = curve->steps[low - 1].rate;
    return ERR_OK;
}

enum err rate_from_discount(double discount, int days, double *out)
{
    MUST(days > 0);
    double price = 1 - discount * days / 360;
    if (!(price > 0) || !isfinite(price))
        return err_set(ERR_RANGE, "a discount of %g over %d days leaves no price", discount, days);
    *out = -log(price) * 365 / days;
    return ERR_OK;
}

enum err rate_from_simple(double simple, int days, double *out)
{
    MUST(days > 0);
    double growth = 1 + simple * days / 360;
    if (!(growth > 0) || !isfinite(growth))
        return err_set(ERR_RANGE, "a simple rate of %g over %d days leaves nothing", simple, days);
    *out = log(growth) * 365 / days;
    return ERR_OK;
}

enum err rate_from_annual(double annual, double *out)
{
    if (!(annual > -1) || !isfinite(annual))
        return err_set(ERR_RANGE, "an annual rate of %g leaves nothing", annual);
    *out = log1p(annual);
    return ERR_OK;
}

double rate_discount_factor(double rate, double days)
{
    return exp(-rate * days / 365);
}
