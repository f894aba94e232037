/* Rows of margin_products.def, for the files of this folder. */
#ifndef DOMAIN_MARGIN_PRODUCTS_INT_H
#define DOMAIN_MARGIN_PRODUCTS_INT_H

#include "domain/margin/margin.h"

struct margin_product {
    const char *underlying;
    enum margin_class class;
    const char *class_group, *product_group;
    int32_t cover_shares;
    const char *source;
};

/* NULL for an underlying without a row. underlying may be NUL-padded to CONTRACT_ROOT_BYTES. */
const struct margin_product *margin_product_find(const char *underlying);

#endif
