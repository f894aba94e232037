#include "adapters/store/store.h"
#include "services/simulate/chain.h"
#include "tests/testing.h"

enum { FROM = 20240102, TO = 20241230, SESSIONS = 251 };

struct tally {
    size_t pairs, expiries;
    double worst; /* of the distance from parity over the room that the spreads leave */
};

static double dollars(int64_t micros)
{
    return (double)micros / 1e6;
}

/* Rows first to first + count - 1 are one expiry: call and put of each strike in turn. */
static void check_expiry(const struct chain_day *day, uint32_t first, uint32_t count,
                         const struct fair_expiry *fair, struct tally *tally)
{
    const struct quote_rows *q = &day->rows;
    for (uint32_t i = first; i + 1 < first + count; i += 2) {
        const struct contract *c = &day->contracts[q->contract[i]];
        CHECK(c->right == OPTION_CALL && day->contracts[q->contract[i + 1]].right == OPTION_PUT);
        CHECK_EQ(day->contracts[q->contract[i + 1]].strike_mills, c->strike_mills);
        if (q->bid[i] <= 0 || q->bid[i + 1] <= 0)
            continue; /* no middle */
        double middle = 0.5 * dollars(q->bid[i] + q->ask[i] - q->bid[i + 1] - q->ask[i + 1]);
        double room = 0.5 * dollars(q->ask[i] - q->bid[i] + q->ask[i + 1] - q->bid[i + 1]);
        double parity = fair->discount * (fair->forward - c->strike_mills / 1000.0);
        double off = fabs(middle - parity) / room;
        if (off > 1.0)
            fail_msg("%d %s %d strike %d: call less put %g, parity %g, spreads %g", day->day,
                     c->root, c->expiry, c->strike_mills, middle, parity, room);
        tally->worst = fmax(tally->worst, off);
        tally->pairs++;
    }
    tally->expiries++;
}

static const struct ladder *find(const struct ladder *ladders, int count, const struct contract *c)
{
    for (int e = 0; e < count; e++)
        if (ladders[e].base.expiry == c->expiry && strcmp(ladders[e].base.root, c->root) == 0)
            return &ladders[e];
    return NULL;
}

static void check_day(const struct sim_path *path, int d, const struct chain_day *day,
                      struct ladder *ladders, struct tally *tally)
{
    struct ladder_expiry expiries[LADDER_EXPIRIES_MAX];
    int count = ladder_expiries(path, SIM_SPX, d, expiries);
    for (int e = 0; e < count; e++)
        CHECK_OK(ladder_fill(&ladders[e], path, SIM_SPX, d, &expiries[e]));
    struct surface surface;
    surface_init(&surface, path, SIM_SPX, sim_close(path, d), sim_clock(path, d, SIM_STEPS));
    for (uint32_t i = 0, n; i < day->rows.count; i += n) {
        const struct contract *c = &day->contracts[day->rows.contract[i]];
        for (n = 1; i + n < day->rows.count; n++) {
            const struct contract *next = &day->contracts[day->rows.contract[i + n]];
            if (next->expiry != c->expiry || strcmp(next->root, c->root) != 0)
                break;
        }
        const struct ladder *ladder = find(ladders, count, c);
        struct fair_expiry fair;
        CHECK(ladder != NULL);
        CHECK(fair_expiry(&fair, &surface, ladder, d, day->snapshots[0].ts_ns,
                          dollars(day->snapshots[0].underlying)));
        check_expiry(day, i, n, &fair, tally);
    }
}

TEST(parity, holds_at_the_middles_within_the_spreads_of_every_pair_of_250_days)
{
    char store_path[512];
    snprintf(store_path, sizeof store_path, "%s/market", testing_folder());
    struct simulate_options o = {
        .store = store_path, .symbols = "SPX", .from = FROM, .to = TO, .seed = 1, .threads = 2
    };
    struct simulate_summary s;
    CHECK_OK(simulate_run(&o, &s));
    CHECK_EQ(s.days, SESSIONS);
    struct sim_path path;
    sim_path_make(&path, 1);
    struct ladder *ladders = mem_alloc(LADDER_EXPIRIES_MAX * sizeof *ladders);
    struct store *store;
    CHECK_OK(store_open(&store, store_path));
    struct tally tally = { 0 };
    for (int d = sim_path_find(&path, FROM); d <= sim_path_find(&path, TO); d++) {
        struct chain_day day;
        CHECK_OK(chain_day_open(&day, store, "SPX", path.days[d].date, false));
        check_day(&path, d, &day, ladders, &tally);
        chain_day_close(&day);
    }
    print_message("%zu pairs of %zu expiries, farthest %.2f of the spreads\n", tally.pairs,
                  tally.expiries, tally.worst);
    CHECK(tally.expiries > 7000 && tally.pairs > 500000);
    store_close(store);
    mem_free(ladders);
    sim_path_clear(&path);
}
