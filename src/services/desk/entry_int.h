/* What entry.c needs of entry_fields.c. */
#ifndef SERVICES_DESK_ENTRY_INT_H
#define SERVICES_DESK_ENTRY_INT_H

#include "services/desk/entry.h"
#include "services/desk/wire.h"

enum {
    COMMAND_WITHOUT_EXITS = 2
}; /* the version of a command before its newest, which is written and read where there are none */

/* All fields of a record by its kind; f->version decides where kinds have changed. A field that
 * cannot be is f->fault. */
void entry_fields(struct wire *f, struct entry *r);

#endif
