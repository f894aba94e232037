#include "services/live/sim_source.h"

#include "services/simulate/simulate.h"

enum err sim_source_make(const struct sim_wish *wish)
{
    struct simulate_summary summary;
    return simulate_run(&(struct simulate_options){ .store = wish->folder,
                                                    .symbols = wish->symbols,
                                                    .from = wish->day,
                                                    .to = wish->day,
                                                    .seed = wish->seed,
                                                    .grid = GRID_TICK,
                                                    .minutes = wish->minutes,
                                                    .threads = 2,
                                                    .progress = wish->progress,
                                                    .keep_on = wish->keep_on },
                        &summary);
}
