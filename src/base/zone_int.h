/* What zone.c shares with its test. */
#ifndef BASE_ZONE_INT_H
#define BASE_ZONE_INT_H

#include "base/tzif.h"
#include "base/zone.h"

/* Read a zone's table below folder. Errors: as zone_init(). */
NODISCARD enum err zone_load(struct tzif *out, const char *folder, enum zone zone);

#endif
