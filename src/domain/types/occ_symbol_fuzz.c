#include "domain/types/occ_symbol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct occ_symbol sym, again;
    char text[OCC_SYMBOL_BYTES];
    if (occ_symbol_parse(&sym, (struct str){ (const char *)data, size }))
        return 0;
    for (int form = 0; form < OCC_FORM_COUNT; form++) {
        /* whatever is read can be written in every form, and reads back the same */
        occ_symbol_format(text, &sym, (enum occ_form)form);
        MUST(occ_symbol_parse(&again, str_from(text)) == ERR_OK);
        MUST(occ_symbol_equal(&sym, &again));
    }
    return 0;
}
