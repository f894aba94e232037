/* What the acceptance tests share: the real SPX days and the sample market, each made once. */
#ifndef TESTS_ACCEPTANCE_H
#define TESTS_ACCEPTANCE_H

#include "tests/parity/parity.h"

/* SPX chains of 2019, daily bars and bill rates, imported with the product. Needs ../shared. */
const char *acceptance_spx_store(void);
const struct import_summary *acceptance_spx_summary(void);

/* The sample market of seed 3. */
const char *acceptance_sample_store(void);

#endif
