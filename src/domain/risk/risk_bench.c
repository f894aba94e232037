/* Guess: 200 ns for the gate on a four-leg order, 50 ns for a position's change, 1 ms for a rebuild
 * of 5,000 positions; 20 us for the stress of one European contract in 31 scenarios. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "domain/risk/stress.h"

enum { POSITIONS = 5000, TIMES = 20000, ROWS = 500 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void bench_gate(struct arena *arena)
{
    struct risk_vector *units = arena_array(arena, struct risk_vector, POSITIONS);
    struct risk_position *positions = arena_array(arena, struct risk_position, POSITIONS);
    for (size_t i = 0; i < POSITIONS; i++) {
        for (size_t k = 0; k < RISK_VECTOR_MAX; k++)
            units[i].at[k] = (int64_t)((i * 7919 + k * 104729) % 2001) - 1000;
        positions[i] = (struct risk_position){ &units[i], (int64_t)(i % 21) - 10 };
    }
    struct risk_account account = { .equity = MICROS_PER_DOLLAR * 1000000,
                                    .equity_start = MICROS_PER_DOLLAR * 1000000,
                                    .var = PRICE_NONE,
                                    .shortfall = PRICE_NONE,
                                    .scenario_count = 31,
                                    .grid_count = 24 };
    struct risk_limits limits;
    risk_limits_default(&limits);
    double start = now_ns();
    risk_account_build(&account, POSITIONS, positions, 0, NULL);
    double build = now_ns() - start;
    start = now_ns();
    for (int i = 0; i < TIMES; i++)
        risk_account_hold(&account, &units[i % POSITIONS], i % 2 ? 1 : -1);
    double hold = (now_ns() - start) / TIMES;
    struct risk_leg legs[4];
    for (int i = 0; i < 4; i++)
        legs[i] = (struct risk_leg){ .ratio = i % 2 ? 1 : -1, .each = &units[i] };
    struct risk_order order = { .legs = legs,
                                .leg_count = 4,
                                .quantity = 3,
                                .is_package = true,
                                .underlying = RISK_NO_POT,
                                .strategy = RISK_NO_POT,
                                .loss_each = MICROS_PER_DOLLAR,
                                .price = PRICE_NONE,
                                .fair = PRICE_NONE,
                                .gross = PRICE_NONE };
    struct risk_verdict verdict;
    size_t passed = 0;
    start = now_ns();
    for (int i = 0; i < TIMES; i++) {
        order.quantity = 1 + i % 5;
        risk_check(&account, &limits, &order, &verdict);
        passed += verdict.is_allowed;
    }
    double check = (now_ns() - start) / TIMES;
    printf(
        "risk: gate %.0f ns (%zu of %d pass), a position's change %.0f ns, rebuild of %d positions "
        "%.2f ms\n",
        check, passed, TIMES, hold, POSITIONS, build * 1e-6);
}

static void bench_stress(struct arena *arena)
{
    struct surface *surface = arena_new(arena, struct surface);
    surface->count = 1;
    surface->slice[0] = (struct surface_slice){ .years = 0.1,
                                                .variance_years = 0.1,
                                                .forward = 5000.0,
                                                .discount = 1.0,
                                                .base = { 0.004, 0.0, 0.0, 0.0, 0.1 } };
    uint32_t *slice = arena_array(arena, uint32_t, ROWS);
    double *strike = arena_array(arena, double, ROWS),
           *multiplier = arena_array(arena, double, ROWS);
    int8_t *sign = arena_array(arena, int8_t, ROWS);
    struct risk_vector *units = arena_array(arena, struct risk_vector, ROWS);
    struct risk_vector **at = arena_array(arena, struct risk_vector *, ROWS);
    bool *is_known = arena_array(arena, bool, ROWS);
    double *room = arena_array(arena, double, ROWS *(RISK_SCENARIOS_MAX + 1));
    for (size_t i = 0; i < ROWS; i++) {
        strike[i] = 4000.0 + 4.0 * (double)i;
        multiplier[i] = 100.0;
        sign[i] = i % 2 ? 1 : -1;
        at[i] = &units[i];
    }
    struct stress_under under = { .surface = surface,
                                  .spot = 5000.0,
                                  .beta = 1.0,
                                  .count = ROWS,
                                  .slice = slice,
                                  .strike = strike,
                                  .sign = sign,
                                  .multiplier = multiplier };
    struct stress_set set;
    stress_set_default(&set);
    for (int american = 0; american < 2; american++) {
        under.is_american = american;
        double start = now_ns();
        size_t unknown = stress_vectors(&under, &set, room, at, is_known);
        printf("risk: stress of %d %s contracts in %zu scenarios %.2f us each, %zu unknown\n", ROWS,
               american ? "American" : "European", set.count, (now_ns() - start) * 1e-3 / ROWS,
               unknown);
    }
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, "bench", 0);
    bench_gate(&arena);
    bench_stress(&arena);
    arena_clear(&arena);
    return 0;
}
