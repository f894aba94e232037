#include <inttypes.h>
#include <math.h>

#include "services/simulate/simulate.h"
#include "services/simulate/validate_int.h"

enum { MARKETS = 12, SESSIONS = 5036 }; /* twenty years */

struct real_figure {
    const char *unit;
    double value, tolerance;
    const char *text, *source;
};

static const struct real_figure figures[ROW_COUNT] = {
#define REAL(id, unit, value, tolerance, text, source) { unit, value, tolerance, text, source },
#include "services/simulate/real.def"
};

static int print_days(FILE *out, double seen[ROW_COUNT][MARKETS])
{
    int far = 0;
    fprintf(out, "%-52s %9s %9s %8s %17s  %s\n", "days", "real", "simulated", "distance",
            "of 12 markets", "real from");
    for (int r = 0; r < ROW_COUNT; r++) {
        const struct real_figure *f = &figures[r];
        double middle = stat_quantile(seen[r], MARKETS, 0.5), distance = middle / f->value - 1.0;
        bool is_far = fabs(distance) > f->tolerance;
        char unit[16];
        snprintf(unit, sizeof unit, "%s%s", *f->unit ? ", " : "", f->unit);
        fprintf(out, "%s%-*s %9.3f %9.3f %+7.1f%%   %6.2f to %6.2f  %s%s\n", f->text,
                (int)(52 - strlen(f->text)), unit, f->value, middle, 100.0 * distance, seen[r][0],
                seen[r][MARKETS - 1], f->source, is_far ? "   FAR" : "");
        far += is_far;
    }
    return far;
}

static int print_chains(FILE *out, const struct chain_figures sim[CHAIN_BUCKETS], int days)
{
    int far = 0;
    fprintf(out,
            "\nSPX chains, %d days with VIX 12 to 20.6 beside 21 real ones of 2019; real 5th to "
            "95th percentile [median]\n"
            "%-9s %-31s %9s %6s   %-31s %9s %6s\n",
            days, "expiry", "vol over 30-day vol, real", "simulated", "inside",
            "25-delta skew, real", "simulated", "inside");
    for (int b = 0; b < CHAIN_BUCKETS; b++) {
        const struct real_chain *r = &real_chains[b];
        bool term_far = sim[b].term < r->term[0] || sim[b].term > r->term[2];
        bool skew_far = sim[b].skew < r->skew[0] || sim[b].skew > r->skew[2];
        fprintf(out,
                "%3d-%3d d %7.3f to %6.3f  [%6.3f]     %9.3f %5.0f%%   %7.3f to %6.3f  [%6.3f]     "
                "%9.3f %5.0f%%%s\n",
                r->from, r->to, r->term[0], r->term[2], r->term[1], sim[b].term,
                100 * sim[b].term_inside, r->skew[0], r->skew[2], r->skew[1], sim[b].skew,
                100 * sim[b].skew_inside, term_far || skew_far ? "   FAR" : "");
        far += term_far + skew_far;
    }
    fprintf(out, "\nsmile: vol over at-the-money vol at call deltas 95, 90, 75, 25, 10, 5; real / "
                 "simulated\n");
    for (int b = 0; b < CHAIN_BUCKETS; b++) {
        fprintf(out, "%3d-%3d d", real_chains[b].from, real_chains[b].to);
        for (int i = 0; i < SMILE_POINTS; i++)
            fprintf(out, "   %.3f / %.3f", real_chains[b].smile[i], sim[b].smile[i]);
        fputc('\n', out);
    }
    fprintf(out, "\nspread in %% of the middle at |delta| 35-65, 15-35, 8-15; real / simulated\n");
    for (int b = 0; b < CHAIN_BUCKETS; b++) {
        fprintf(out, "%3d-%3d d", real_chains[b].from, real_chains[b].to);
        for (int i = 0; i < SPREAD_POINTS; i++)
            fprintf(out, "   %5.1f / %5.1f", real_chains[b].spread[i], sim[b].spread[i]);
        bool is_far = fabs(sim[b].spread[0] / real_chains[b].spread[0] - 1.0) > 0.20;
        fprintf(out, "   near the money %+.0f%%%s\n",
                100 * (sim[b].spread[0] / real_chains[b].spread[0] - 1.0), is_far ? "   FAR" : "");
        far += is_far;
    }
    return far;
}

static int print_straddle(FILE *out, const double left[HALF_HOURS])
{
    int far = 0;
    fprintf(out, "\n0DTE straddle: part of its value at 09:30 that is left; real: root of the "
                 "variance to come, 51 days\n");
    for (int i = 0; i < HALF_HOURS - 1; i++) {
        double distance = left[i] / real_straddle_left[i] - 1.0;
        int minute = 600 + 30 * i;
        fprintf(out, "%02d:%02d   %.3f / %.3f  %+5.1f%%%s\n", minute / 60, minute % 60,
                real_straddle_left[i], left[i], 100 * distance,
                fabs(distance) > 0.15 ? "   FAR" : "");
        far += fabs(distance) > 0.15;
    }
    return far;
}

int simulate_validate(FILE *out, uint64_t seed)
{
    double seen[ROW_COUNT][MARKETS], row[ROW_COUNT], left[HALF_HOURS];
    struct chain_figures chains[CHAIN_BUCKETS];
    int days = 0;
    for (int i = 0; i < MARKETS; i++) {
        struct sim_path path;
        sim_path_make(&path, seed + (uint64_t)i);
        validate_days(&path, 0, SESSIONS, row);
        for (int r = 0; r < ROW_COUNT; r++)
            seen[r][i] = row[r];
        if (i == 0) {
            days = validate_chains(&path, 0, SESSIONS, 21, chains);
            validate_straddle(&path, 0, SESSIONS, 10, left);
        }
        sim_path_clear(&path);
    }
    fprintf(out,
            "%d simulated markets of 20 years, seeds %" PRIu64 " to %" PRIu64
            "; simulated is their median\n\n",
            MARKETS, seed, seed + MARKETS - 1);
    int far = print_days(out, seen);
    far += print_chains(out, chains, days);
    far += print_straddle(out, left);
    fprintf(out, "\n%d figure%s FAR: beyond the tolerance of docs/simulated-market.md\n", far,
            far == 1 ? " is" : "s are");
    return far;
}
