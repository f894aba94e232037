/* What the acceptance tests share: the real SPX days and the sample market, each made once. */
#ifndef TESTS_ACCEPTANCE_H
#define TESTS_ACCEPTANCE_H

#include "tests/parity/parity.h"

#define NEED_SPX()                                                                                 \
    do {                                                                                           \
        NEED_SHARED("data/cboe-spx-chain-2019");                                                   \
        NEED_SHARED("data/rates/TB3MS_1998_2026.csv");                                             \
    } while (0)

/* SPX chains of 2019 and bill rates, imported with the product. NEED_SPX() first. */
const char *acceptance_spx_store(void);
const struct import_summary *acceptance_spx_summary(void);

/* The sample market of seed 3. */
const char *acceptance_sample_store(void);

#endif
