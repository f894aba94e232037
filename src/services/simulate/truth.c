#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/types/occ_symbol.h"
#include "services/simulate/run_int.h"

/* ---- text
 * ------------------------------------------------------------------------------------------- */

static bool wants(uint32_t symbols, int symbol)
{
    return symbols & 1u << symbol;
}

/* Decimals by whole numbers: printf's rounding of doubles is the C library's own. */
void truth_decimal(struct buf *out, double value, int decimals)
{
    int64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    int64_t n = (int64_t)(value * (double)scale + (value < 0 ? -0.5 : 0.5)), size = n < 0 ? -n : n;
    buf_printf(out, "%s%" PRId64 ".%0*" PRId64, n < 0 ? "-" : "", size / scale, decimals,
               size % scale);
}

static void write_days(struct buf *out, const struct sim_path *path, uint32_t symbols, int from,
                       int to)
{
    buf_puts(out, "date,regime,trend,vix,rate");
    for (int s = 0; s < SIM_PRICED; s++)
        if (wants(symbols, s))
            buf_printf(out, ",%s_close,%s_fair_vol", sim_name(s), sim_name(s));
    buf_putc(out, '\n');
    for (int d = from; d <= to; d++) {
        const struct sim_day *day = &path->days[d];
        const struct sim_state *close = sim_close(path, d);
        char date[DATE_TEXT_BYTES];
        date_format(date, day->date);
        buf_printf(out, "%s,%s,%s,", date, sim_regime_name(day->regime),
                   sim_trend_name(day->trend));
        truth_decimal(out, sim_vix(path, d, close, sim_clock(path, d, SIM_STEPS)), 2);
        buf_putc(out, ',');
        truth_decimal(out, day->rate, 4);
        for (int s = 0; s < SIM_PRICED; s++) {
            if (!wants(symbols, s))
                continue;
            buf_putc(out, ',');
            truth_decimal(out, sim_level(close, s), 2);
            buf_putc(out, ',');
            truth_decimal(out, sim_fair_vol(close, s), 4);
        }
        buf_putc(out, '\n');
    }
}

static void put_event(struct buf *out, const char *date, const char *time, const char *symbol,
                      const char *what)
{
    buf_printf(out, "%s,%s,%s,%s\n", date, time, symbol, what);
}

static void write_events(struct buf *out, const struct sim_path *path, uint32_t symbols, int from,
                         int to)
{
    buf_puts(out, "date,time,symbol,event\n");
    for (int d = from; d <= to; d++) {
        const struct sim_day *day = &path->days[d];
        char date[DATE_TEXT_BYTES], eve[DATE_TEXT_BYTES];
        date_format(date, day->date);
        date_format(eve, d ? path->days[d - 1].date : day->date);
        if (day->events & EVENT_CPI)
            put_event(out, date, "08:30", "", "CPI");
        if (day->events & EVENT_JOBS)
            put_event(out, date, "08:30", "", "jobs");
        for (int s = 0; s < SIM_PRICED; s++) {
            if (!wants(symbols, s))
                continue;
            if (day->earnings & 1u << s) /* after the close of the session before */
                put_event(out, eve, "16:05", sim_name(s), "earnings");
            if (day->ex & 1u << s)
                put_event(out, date, "09:30", sim_name(s), "ex-dividend");
            if (day->split & 1u << s)
                put_event(out, date, "09:30", sim_name(s), "split");
        }
        if (day->events & EVENT_FOMC)
            put_event(out, date, "14:00", "", "FOMC");
    }
}

static void put_step_time(struct buf *out, int step)
{
    int minute = 570 + (step > 0 ? (step - 1) * SIM_STEP_MINUTES : 0);
    buf_printf(out, "%02d:%02d", minute / 60, minute % 60);
}

/* A line a session in which a break is on: it begins at begin and lasts to the close. */
static void write_breaks(struct buf *out, const struct sim_path *path, int from, int to)
{
    buf_puts(out, "date,begin,symbol,drift\n");
    for (int d = from; d <= to; d++) {
        const struct sim_break *gap = &path->days[d].gap;
        if (!gap->side || gap->step_first >= path->days[d].steps)
            continue;
        char date[DATE_TEXT_BYTES];
        date_format(date, path->days[d].date);
        buf_printf(out, "%s,", date);
        put_step_time(out, gap->step_first);
        buf_printf(out, ",%s,%s\n", gap->which == OWN_TECH ? "QQQ" : "IWM",
                   gap->side > 0 ? "up" : "down");
    }
}

static void write_flow(struct buf *out, const struct sim_path *path, uint32_t symbols, int from,
                       int to)
{
    buf_puts(out, "date,symbol,contract,contracts,informed\n");
    for (int i = 0; i < path->flow_count; i++) {
        const struct sim_flow *flow = &path->flows[i];
        struct contract c;
        if (flow->day_index < from || flow->day_index > to || !wants(symbols, flow->symbol) ||
            flow_contract(&c, path, flow) != ERR_OK)
            continue;
        struct occ_symbol occ = occ_symbol_of(&c);
        char date[DATE_TEXT_BYTES], name[OCC_SYMBOL_BYTES];
        date_format(date, path->days[flow->day_index].date);
        occ_symbol_format(name, &occ, OCC_PADDED);
        buf_printf(out, "%s,%s,%s,%u,%s\n", date, sim_name(flow->symbol), name, flow->contracts,
                   flow->informed ? "yes" : "no");
    }
}

/* ---- files
 * ------------------------------------------------------------------------------------------ */

static enum err write_whole(const char *path, const struct buf *text)
{
    struct arena arena;
    arena_init(&arena, "truth", 0);
    const char *aside = arena_printf(&arena, "%s.part", path);
    int file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = file >= 0;
    for (size_t at = 0; ok && at < text->len;) {
        ssize_t n = write(file, text->ptr + at, text->len - at);
        ok = n > 0 || (n < 0 && errno == EINTR);
        at += n > 0 ? (size_t)n : 0;
    }
    ok = ok && fsync(file) == 0;
    if (file >= 0)
        ok = close(file) == 0 && ok;
    ok = ok && rename(aside, path) == 0;
    enum err err = ok ? ERR_OK : err_set(ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    if (!ok)
        unlink(aside);
    arena_clear(&arena);
    return err;
}

enum err truth_file(const char *store, const char *name, const struct buf *text)
{
    struct arena arena;
    arena_init(&arena, "truth", 0);
    const char *folder = arena_printf(&arena, "%s/truth", store);
    enum err err = mkdir(folder, 0777) == 0 || errno == EEXIST
                       ? write_whole(arena_printf(&arena, "%s/%s", folder, name), text)
                       : err_set(ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
    arena_clear(&arena);
    return err;
}

enum err truth_write(const char *store, const struct sim_path *path, uint32_t symbols, int from,
                     int to)
{
    static const char *const names[] = { "days", "events", "breaks", "flow" };
    struct arena arena;
    arena_init(&arena, "truth", 0);
    enum err err = ERR_OK;
    for (int i = 0; !err && i < 4; i++) {
        struct buf text = { 0 };
        switch (i) {
        case 0:
            write_days(&text, path, symbols, from, to);
            break;
        case 1:
            write_events(&text, path, symbols, from, to);
            break;
        case 2:
            write_breaks(&text, path, from, to);
            break;
        default:
            write_flow(&text, path, symbols, from, to);
            break;
        }
        err =
            truth_file(store,
                       arena_printf(&arena, "seed-%" PRIu64 ".%d-%d.%s.csv", path->seed,
                                    (int)path->days[from].date, (int)path->days[to].date, names[i]),
                       &text);
        buf_free(&text);
    }
    arena_clear(&arena);
    return err;
}
