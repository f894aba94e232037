/* A stored day to run desks on, made once for a test program. */
#ifndef TESTS_DESK_DESK_RUN_H
#define TESTS_DESK_DESK_RUN_H

#include "services/desk/desk.h"
#include "services/simulate/simulate.h"
#include "tests/testing.h"

static inline const char *desk_test_store(void)
{
    static char path[600];
    if (path[0])
        return path;
    snprintf(path, sizeof path, "%s/market", testing_folder());
    struct simulate_options options = { .store = path,
                                        .symbols = "SPX,VIX",
                                        .from = 20240304,
                                        .to = 20240305,
                                        .seed = 1,
                                        .grid = GRID_MINUTE,
                                        .threads = 2 };
    struct simulate_summary summary;
    CHECK_OK(simulate_run(&options, &summary));
    return path;
}

static inline const char *desk_test_journal(const char *name)
{
    static char paths[8][600];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s.journal", testing_folder(), name);
    return path;
}

/* Six iron condors through each day: some thirty orders. */
static inline struct desk_options desk_test_options(const char *journal)
{
    return (struct desk_options){ .journal = journal,
                                  .strategy = IRONFLY_SOURCE_ROOT "/strategies/meic.yaml",
                                  .store = desk_test_store(),
                                  .seed = 1 };
}

/* What must agree: everything but how much was replayed. */
static inline void desk_test_same(const struct desk_result *got, const struct desk_result *want)
{
    char a[CHAIN_TEXT_BYTES], b[CHAIN_TEXT_BYTES];
    chain_format(a, &got->journal.hash);
    chain_format(b, &want->journal.hash);
    CHECK_STR(a, b);
    CHECK_EQ(got->journal.records, want->journal.records);
    CHECK_EQ(got->account.cash, want->account.cash);
    CHECK_EQ(got->account.equity, want->account.equity);
    CHECK_EQ(got->effects_hash, want->effects_hash);
    CHECK_EQ(got->position_count, want->position_count);
    for (size_t i = 0; i < got->position_count; i++) {
        CHECK_EQ(got->positions[i].quantity, want->positions[i].quantity);
        CHECK(contract_compare(&got->positions[i].contract, &want->positions[i].contract) == 0);
    }
}

#endif
