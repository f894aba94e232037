#include "domain/features/window.h"

#include <math.h>

void window_init(struct window *window, struct arena *arena, uint32_t size)
{
    MUST(size >= 1);
    MUST(size <= WINDOW_MAX);
    *window = (struct window){ .values = arena_array(arena, double, size), .size = size };
}

void window_clear(struct window *window)
{
    window->count = window->next = 0;
}

void window_push(struct window *window, double value)
{
    window->values[window->next] = value;
    window->next = window->next + 1 == window->size ? 0 : window->next + 1;
    if (window->count < window->size)
        window->count++;
}

double window_at(const struct window *window, uint32_t back)
{
    MUST(back < window->count);
    uint32_t at = window->next + window->size - 1 - back;
    return window->values[at >= window->size ? at - window->size : at];
}

void compensated_add(struct compensated_sum *sum, double value)
{
    double total = sum->sum + value;
    sum->lost +=
        fabs(sum->sum) >= fabs(value) ? (sum->sum - total) + value : (value - total) + sum->sum;
    sum->sum = total;
}

double window_sum(const struct window *window, uint32_t n)
{
    if (n < 1 || n > window->count)
        return NAN;
    struct compensated_sum sum = { 0, 0 };
    for (uint32_t back = n; back-- > 0;)
        compensated_add(&sum, window_at(window, back));
    return compensated_value(sum);
}

double window_mean(const struct window *window, uint32_t n)
{
    return window_sum(window, n) / n;
}

double window_variance(const struct window *window, uint32_t n)
{
    if (n < 2)
        return NAN;
    double mean = window_mean(window, n);
    if (isnan(mean))
        return NAN;
    /* The second sum corrects the first for the rounding of the mean. */
    struct compensated_sum squares = { 0, 0 }, rest = { 0, 0 };
    for (uint32_t back = n; back-- > 0;) {
        double off = window_at(window, back) - mean;
        compensated_add(&squares, off * off);
        compensated_add(&rest, off);
    }
    double left = compensated_value(rest);
    return fmax(0.0, (compensated_value(squares) - left * left / n) / (n - 1));
}

double window_min(const struct window *window, uint32_t n)
{
    if (n < 1 || n > window->count)
        return NAN;
    double low = INFINITY;
    for (uint32_t back = 0; back < n; back++)
        low = fmin(low, window_at(window, back));
    return low;
}

double window_max(const struct window *window, uint32_t n)
{
    if (n < 1 || n > window->count)
        return NAN;
    double high = -INFINITY;
    for (uint32_t back = 0; back < n; back++)
        high = fmax(high, window_at(window, back));
    return high;
}
