#include "services/backtest/windows.h"

#include "base/str.h"
#include "base/zone.h"

enum { SECONDS_A_DAY = 24 * 60 * 60, WORD_BITS = 64, MARKETS_MAX = 256 };

/* The seconds of the day in New York at which a market had a snapshot. */
struct seconds {
    uint64_t bits[SECONDS_A_DAY / WORD_BITS];
};

struct windows {
    struct arena *arena;
    struct seconds *markets[MARKETS_MAX];
};

struct windows *windows_open(struct arena *arena)
{
    struct windows *windows = arena_new(arena, struct windows);
    windows->arena = arena;
    return windows;
}

void windows_saw(struct windows *windows, const struct event *market)
{
    if (market->underlying >= MARKETS_MAX)
        return;
    struct seconds **seen = &windows->markets[market->underlying];
    if (!*seen)
        *seen = arena_new(windows->arena, struct seconds);
    int32_t date;
    int64_t nanos;
    zone_from_ts(ZONE_NEW_YORK, market->ts_ns, &date, &nanos);
    int64_t second = nanos / NANOS_PER_SECOND;
    (*seen)->bits[second / WORD_BITS] |= UINT64_C(1) << second % WORD_BITS;
}

static bool saw(const struct seconds *seen, int64_t second)
{
    return second >= 0 && second < SECONDS_A_DAY &&
           (seen->bits[second / WORD_BITS] >> second % WORD_BITS & 1);
}

static bool is_reached(const struct entry_spec *entry, const struct seconds *seen)
{
    for (int i = 0; i < entry->time_count; i++)
        for (int32_t s = entry->times[i]; s < entry->times[i] + entry->until; s++)
            if (saw(seen, s))
                return true;
    return false;
}

static void put_time(struct buf *text, int64_t second)
{
    buf_printf(text, "%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60));
    if (second % 60)
        buf_printf(text, ":%02d", (int)(second % 60));
}

static void note_structure(const struct structure *s, const char *underlying,
                           const struct seconds *seen, struct recorder *recorder)
{
    int64_t first = 0, last = SECONDS_A_DAY - 1;
    while (first < last && !saw(seen, first))
        first++;
    while (last > first && !saw(seen, last))
        last--;
    struct buf text = { 0 };
    buf_printf(&text, "structure %s could never enter: its times are ", s->name);
    for (int i = 0; i < s->entry.time_count; i++) {
        buf_printf(&text, "%s", i ? ", " : "");
        put_time(&text, s->entry.times[i]);
    }
    buf_printf(&text, ", each for %d minutes, and the snapshots of %s are ",
               (int)((s->entry.until + 59) / 60), underlying);
    buf_printf(&text, first == last ? "at " : "from ");
    put_time(&text, first);
    if (first != last) {
        buf_printf(&text, " to ");
        put_time(&text, last);
    }
    buf_printf(&text, " (New York)");
    recorder_note(recorder, true, text.ptr);
    buf_free(&text);
}

void windows_note(const struct windows *windows, const struct strategy *strategy,
                  uint32_t underlying, struct recorder *recorder)
{
    const struct seconds *seen = underlying < MARKETS_MAX ? windows->markets[underlying] : NULL;
    if (!seen)
        return;
    for (int i = 0; i < strategy->structure_count; i++) {
        const struct structure *s = &strategy->structures[i];
        if (s->entry.time_count && s->entry.every != ENTRY_NEVER && !is_reached(&s->entry, seen))
            note_structure(s, strategy->underlying, seen, recorder);
    }
}
