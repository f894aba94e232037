/* In the place of peers that are not installed. */
#include "bench/pricing/bench.h"

bool bench_has_quantlib(void)
{
    return false;
}

void bench_quantlib_black_calculator(void *columns)
{
    (void)columns;
}

void bench_quantlib_lirs(void *columns)
{
    (void)columns;
}

bool bench_quantlib_svi(const struct bench_svi_quotes *quotes, double found[5])
{
    (void)quotes;
    (void)found;
    return false;
}

void bench_quantlib_american(struct bench_american *work)
{
    (void)work;
}

void bench_quantlib_american_vol(struct bench_american *work)
{
    (void)work;
}
