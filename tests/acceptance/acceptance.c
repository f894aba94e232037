#include "tests/acceptance/acceptance.h"

#include "services/sample/sample.h"
#include "tests/testing.h"

static struct import_summary spx_summary;

const char *acceptance_spx_store(void)
{
    static const char *store;
    if (store)
        return store;
    const char *folder = testing_folder();
    parity_import(folder, "cboe-spx", testing_shared("data/cboe-spx-chain-2019"), NULL,
                  &spx_summary);
    struct import_options more = { .mapping =
                                       parity_file("docs/examples/import-rates-tb3ms.yaml") };
    parity_import(folder, "csv", testing_shared("data/rates/TB3MS_1998_2026.csv"), &more, NULL);
    return store = folder;
}

const struct import_summary *acceptance_spx_summary(void)
{
    acceptance_spx_store();
    return &spx_summary;
}

const char *acceptance_sample_store(void)
{
    static const char *store;
    if (store)
        return store;
    const char *folder = testing_folder();
    struct sample_options options = { .store = folder, .seed = 3 };
    struct sample_summary summary;
    CHECK_OK(sample_make(&options, &summary));
    return store = folder;
}
