/*
 * The name of a listed US option, in every form that brokers and vendors use (occ_forms.def).
 *
 *     AAPL  240119C00190000     root padded to 6, yymmdd, C or P, strike in mills
 *
 * A value type: nothing to free, safe to copy. Start reading at occ_symbol_parse(). The root is the
 * one in the symbol: SPXW, AAPL1 (adjusted), BRKB; product.h knows its underlying and its terms.
 * Source: Options Symbology Initiative plan, version 1.8 (OCC, August 2008).
 */
#ifndef DOMAIN_TYPES_OCC_SYMBOL_H
#define DOMAIN_TYPES_OCC_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "domain/types/contract.h"

#define OCC_ROOT_MAX 6
#define OCC_STRIKE_MILLS_MAX 99999999
#define OCC_SYMBOL_BYTES 24 /* any form and a NUL */

enum occ_form {
#define OCC_FORM(name, word, example) name,
#include "domain/types/occ_forms.def"
#undef OCC_FORM
    OCC_FORM_COUNT
};

struct occ_symbol {
    char root[CONTRACT_ROOT_BYTES]; /* 1 to 6 of A-Z 0-9, not digits alone; NUL-padded to the end */
    int32_t expiry;                 /* yyyymmdd, 2000 to 2099: the name holds two digits */
    enum option_right right;
    int32_t strike_mills; /* 1/1000 dollar, > 0: 190000 is $190 */
};

/*
 * Read a symbol of any form; padding after the root may be any number of spaces.
 * Errors: ERR_PARSE, with the reason in err_detail(); *out is then untouched.
 */
NODISCARD enum err occ_symbol_parse(struct occ_symbol *out, struct str text);

/* Write it in a form and a NUL. sym must be valid, as parse() leaves it. */
void occ_symbol_format(char out[OCC_SYMBOL_BYTES], const struct occ_symbol *sym,
                       enum occ_form form);

bool occ_symbol_equal(const struct occ_symbol *a, const struct occ_symbol *b);

/* The name of a contract; product_contract() goes the other way. */
struct occ_symbol occ_symbol_of(const struct contract *contract);

/* "padded" and back; false when there is no such form. */
const char *occ_form_name(enum occ_form form);
bool occ_form_parse(struct str word, enum occ_form *out);

#endif
