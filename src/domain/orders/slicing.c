#include "domain/orders/slicing.h"

enum err slicing_init(struct slicing *out, const struct slice_plan *plan, int64_t now_ns)
{
    if (plan->quantity < 1 || plan->quantity > ORDER_QUANTITY_MAX)
        return err_set(ERR_RANGE, "slicing: quantity %lld is not between 1 and %d",
                       (long long)plan->quantity, (int)ORDER_QUANTITY_MAX);
    if (plan->every_ns < 1 || plan->slice_max < 1)
        return err_set(ERR_RANGE,
                       "slicing: every %lld ns at most %lld packages: both must be above 0",
                       (long long)plan->every_ns, (long long)plan->slice_max);
    if (plan->displayed_ppm < 0 || plan->displayed_ppm > 1000000)
        return err_set(ERR_RANGE,
                       "slicing: %d ppm of what is displayed is not between 0 and 1000000",
                       plan->displayed_ppm);
    if (plan->until_ns <= now_ns)
        return err_set(ERR_RANGE, "slicing: it should be done before it begins");
    *out = (struct slicing){ .plan = *plan, .began_ns = now_ns, .next_ns = now_ns };
    return ERR_OK;
}

/* What must have been sent by now to be done in time, evenly; 0 where there is no hurry. */
static int64_t owed(const struct slicing *slicing, int64_t now_ns)
{
    const struct slice_plan *plan = &slicing->plan;
    if (plan->until_ns == INT64_MAX)
        return 0;
    if (now_ns >= plan->until_ns)
        return plan->quantity - slicing->filled;
    double part =
        (double)(now_ns - slicing->began_ns) / (double)(plan->until_ns - slicing->began_ns);
    int64_t due = (int64_t)(part * (double)plan->quantity);
    return due > slicing->filled ? due - slicing->filled : 0;
}

int64_t slicing_next(struct slicing *slicing, int64_t now_ns, int64_t displayed)
{
    const struct slice_plan *plan = &slicing->plan;
    int64_t left = plan->quantity - slicing->filled;
    if (slicing->is_working || left <= 0 || now_ns < slicing->next_ns || displayed <= 0)
        return 0;
    int64_t size = plan->slice_max, hurry = owed(slicing, now_ns);
    if (displayed != INT64_MAX && plan->displayed_ppm) {
        int64_t part = displayed / 1000000 * plan->displayed_ppm +
                       displayed % 1000000 * plan->displayed_ppm / 1000000;
        size = part < size ? (part > 0 ? part : 1) : size;
    } else if (displayed < size) {
        size = displayed;
    }
    size = hurry > size ? hurry : size;
    size = size < left ? size : left;
    slicing->sent = slicing->filled + size;
    slicing->is_working = true;
    slicing->next_ns = now_ns + plan->every_ns;
    return size;
}

void slicing_filled(struct slicing *slicing, int64_t packages)
{
    slicing->filled += packages;
}

void slicing_ended(struct slicing *slicing)
{
    slicing->is_working = false;
    slicing->sent = slicing->filled;
}

bool slicing_is_done(const struct slicing *slicing)
{
    return slicing->filled >= slicing->plan.quantity && !slicing->is_working;
}
