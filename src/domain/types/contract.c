#include "domain/types/contract.h"

#include <string.h>

int contract_compare(const struct contract *a, const struct contract *b)
{
    if (a->expiry != b->expiry)
        return a->expiry < b->expiry ? -1 : 1;
    int root = strncmp(a->root, b->root, CONTRACT_ROOT_BYTES);
    if (root)
        return root;
    if (a->strike_mills != b->strike_mills)
        return a->strike_mills < b->strike_mills ? -1 : 1;
    return (a->right > b->right) - (a->right < b->right); /* 'C' < 'P' */
}
