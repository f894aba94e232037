/* Black-Scholes-Merton with erfc, exp and log of the C library: price and five Greeks. */
#ifndef BENCH_PRICING_PLAIN_H
#define BENCH_PRICING_PLAIN_H

#include "bench/pricing/bench.h"

void plain_black_scholes(const struct bench_columns *columns);

#endif
