/*
 * The last so many values of a series, and what is read from them.
 *
 * Every result is a function of the values held and their order alone, summed anew from the oldest
 * to the newest with compensation: nothing drifts, and a desk started last month agrees to the bit
 * with a backtest started ten years ago. push() costs a few ns, a result about one ns a value held.
 */
#ifndef DOMAIN_FEATURES_WINDOW_H
#define DOMAIN_FEATURES_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

enum { WINDOW_MAX = 4096 };

struct window {
    double *values; /* a ring in the arena */
    uint32_t size;  /* most values held, 1 to WINDOW_MAX */
    uint32_t count; /* held */
    uint32_t next;  /* where the next one goes */
};

void window_init(struct window *window, struct arena *arena, uint32_t size);
void window_clear(struct window *window); /* holds nothing again */

/* value must be finite; the oldest goes when the window is full. */
void window_push(struct window *window, double value);

static inline bool window_is_full(const struct window *window)
{
    return window->count == window->size;
}

/* The value `back` pushes ago, 0 is the newest. back < count. */
double window_at(const struct window *window, uint32_t back);

/*
 * Of the newest n values, 1 <= n; NaN when fewer are held (variance: also for n < 2).
 *   variance   sum of squared distances from their mean over n - 1
 */
double window_sum(const struct window *window, uint32_t n);
double window_mean(const struct window *window, uint32_t n);
double window_variance(const struct window *window, uint32_t n);
double window_min(const struct window *window, uint32_t n);
double window_max(const struct window *window, uint32_t n);

/* A sum that keeps what rounding drops (Neumaier, 1974). Start with { 0, 0 }. */
struct compensated_sum {
    double sum, lost;
};
void compensated_add(struct compensated_sum *sum, double value);
static inline double compensated_value(struct compensated_sum sum)
{
    return sum.sum + sum.lost;
}

#endif
