/* The importers on real files of their kind, with the counts that the files' own text gives. */
#include "adapters/import/import.h"
#include "adapters/store/store.h"
#include "base/zone.h"
#include "tests/testing.h"

/* Import one shared path into a fresh store, which *store then is. */
static enum err import_one(const char *format, const char *path, struct import_summary *summary,
                           const char **store)
{
    *store = testing_folder();
    struct import_options options = {
        .store = *store, .format = format, .paths = &path, .path_count = 1
    };
    return import_run(&options, summary);
}

static uint64_t found(const struct import_summary *summary, enum import_finding finding)
{
    return summary->found[finding].count;
}

TEST(import, all_spx_files_of_2019_give_41_days_and_a_holiday_copy)
{
    NEED_SHARED("data/cboe-spx-chain-2019");
    struct import_summary summary;
    const char *store;
    CHECK_OK(import_one("cboe-spx", testing_shared("data/cboe-spx-chain-2019"), &summary, &store));
    CHECK_EQ(summary.files, 42);
    CHECK_EQ(summary.rows, 582508);
    CHECK_EQ(summary.days, 41);
    CHECK_EQ(summary.quotes, 582508 - 13324 - 562);
    CHECK_EQ(found(&summary, FOUND_HOLIDAY), 13324);
    CHECK_EQ(found(&summary, FOUND_EXPIRED), 562); /* SPX of 2019-06-21 settled that morning */
    CHECK_EQ(found(&summary, FOUND_CROSSED), 0);
    CHECK_EQ(found(&summary, FOUND_NO_ASK), 0);
    CHECK_EQ(found(&summary, FOUND_DUPLICATE), 0);
    CHECK_EQ(summary.remark_count, 1);
    CHECK_HAS(summary.remarks[0], "2019-05-27: holiday copy of 2019-05-24");
    import_summary_clear(&summary);
}
