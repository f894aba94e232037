#include "services/simulate/simulate.h"
int simulate_validate(FILE *out, uint64_t seed)
{
    fprintf(out, "%d\n", (int)seed);
    return 0;
}
