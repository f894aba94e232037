/* The series rows of a running import, series.c. For import.c alone. */
#ifndef ADAPTERS_IMPORT_SERIES_H
#define ADAPTERS_IMPORT_SERIES_H

#include "adapters/import/import_int.h"

NODISCARD enum err series_finish(struct import *import); /* stage all */
void series_clear(struct import *import);

#endif
