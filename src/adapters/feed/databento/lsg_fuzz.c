/* Any bytes from a gateway, in pieces. */
#include <string.h>

#include "adapters/feed/databento/lsg.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lsg_login login = { .dataset = "OPRA.PILLAR",
                                            .key = "db-unittestapikey1234567890FFFFF" };
    const struct str symbol = STR("SPY.OPT");
    struct lsg lsg;
    if (!size)
        return 0;
    size_t piece = 1 + data[0] % 64;
    struct lsg_login who = login;
    who.is_packed = data[0] & 0x80;
    lsg_init(&lsg, &who);
    lsg_subscribe(&lsg, 1, "cmbp-1", "parent", &symbol, 1, TS_NONE);
    enum err err = ERR_OK;
    for (size_t at = 1; at < size && !err; at += piece) {
        err = lsg_push(&lsg, data + at, size - at < piece ? size - at : piece);
        const struct dbn_record *rec = NULL;
        while (!err && !(err = lsg_next(&lsg, &rec)) && rec) {
            union dbn_any any;
            dbn_record_get(rec, &any);
        }
        MUST(!err || err_detail()[0]);
    }
    lsg_clear(&lsg);
    return 0;
}
