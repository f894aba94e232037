/* Guess: 0.3 ms for 24 lines of one underlying, a tenth of it for 8, most of it in the simplex. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "domain/margin/book_test.h"

enum { BOOKS = 200 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void run(struct margin_work *work, struct margin_plan *plan, size_t lines, int64_t quantity,
                int expiries, bool stock)
{
    static const struct margin_terms terms = { .type = MARGIN_ACCOUNT_MARGIN };
    static double took[BOOKS];
    size_t nodes = 0, nodes_max = 0, unproven = 0;
    for (int n = 0; n < BOOKS; n++) {
        struct rng rng;
        struct test_book b;
        rng_init(&rng, (uint64_t)n, 1, 0);
        test_random(&b, &rng, lines, quantity, expiries, stock);
        double start = now_ms();
        MUST(margin_strategy_plan(work, &b.book, &terms, MARGIN_MAINTENANCE, plan) == ERR_OK);
        took[n] = now_ms() - start;
        nodes += plan->node_count;
        nodes_max = plan->node_count > nodes_max ? plan->node_count : nodes_max;
        unproven += !plan->is_minimal;
    }
    qsort(took, BOOKS, sizeof *took, compare);
    printf(
        "margin: %2zu lines, up to %3lld contracts, %d expiries%s: median %7.3f ms, 99 %% %8.3f, "
        "worst %8.3f; branches %.1f mean, %zu most; not proven %zu of %d\n",
        lines, (long long)quantity, expiries, stock ? ", stock" : "", took[BOOKS / 2],
        took[BOOKS * 99 / 100], took[BOOKS - 1], (double)nodes / BOOKS, nodes_max, unproven, BOOKS);
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, "bench", 0);
    struct margin_work *work = margin_work_new(&arena);
    struct margin_plan *plan = arena_new(&arena, struct margin_plan);
    run(work, plan, 4, 1, 1, false);
    run(work, plan, 8, 5, 2, true);
    run(work, plan, 16, 10, 3, true);
    run(work, plan, 24, 1, 1, false);
    run(work, plan, 24, 10, 1, false);
    run(work, plan, 24, 10, 4, true);
    run(work, plan, 24, 100, 4, true);
    run(work, plan, 40, 10, 4, true);
    arena_clear(&arena);
    return 0;
}
