/* Where the live desk's market comes from: a tape, vendors' lines; and what they say of themselves,
 * for people. */
#include <stdio.h>
#include <string.h>

#include "adapters/feed/replay_place.h"
#include "adapters/store/store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "services/server/live_int.h"

static const char LIVE_SYMBOLS[] = "SPY,QQQ,IWM";
#define REPLAY "replay:"

static bool is_replay(const char *feed)
{
    return str_starts_with(str_from(feed), STR(REPLAY)) && feed[strlen(REPLAY)];
}

static const char *tape_of(const struct live_desk *live)
{
    return live->options.feed + strlen(REPLAY);
}

/* The words that lines are opened with; the symbols are the desk's. */
static struct live_lines_options line_options(const struct live_desk_options *o)
{
    struct live_lines_options lines = o->lines;
    lines.symbols = o->symbols ? o->symbols : LIVE_SYMBOLS;
    lines.today = zone_date(ZONE_NEW_YORK, clock_wall_ns());
    return lines;
}

/* Nothing is connected before the first step: a try finds a missing key and odd words at once. */
static enum err try_lines(const struct live_desk_options *o)
{
    struct live_lines_options options = line_options(o);
    struct live_lines lines;
    struct live live;
    live_init(&live, &(struct live_options){ .instruments = 64, .without_board = true });
    enum err err = live_lines_open(&lines, &live, &options);
    live_close(&live);
    return err;
}

enum err live_source_check(const struct live_desk_options *o)
{
    if (strcmp(o->feed, "sim") == 0 || is_replay(o->feed))
        return ERR_OK;
    if (strcmp(o->feed, "live") == 0)
        return try_lines(o);
    return err_set(ERR_USAGE, "--feed \"%s\" is none of sim, replay:PLACE, live", o->feed);
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err connect_tape(void *context, struct live *to)
{
    struct live_desk *live = context;
    struct source source;
    enum err err = replay_place_open(&source, NULL, tape_of(live), &to->instruments);
    if (!err)
        live_add(to, source);
    return err;
}

static enum err connect_lines(void *context, struct live *to)
{
    struct live_desk *live = context;
    struct live_lines_options options = line_options(&live->options);
    return live_lines_open(&live->lines, to, &options);
}

/* What the backup is to listen to. It is the spare: that it refuses is no reason to stop. */
static enum err choose_backup(void *context, struct live *to)
{
    struct live_desk *live = context;
    if (live_lines_step(&live->lines, to))
        log_warn("desk", "%s listens to nothing: %s", live->lines.backup_text, err_detail());
    return ERR_OK;
}

/* A store that is there, even if it cannot be read: then opening the desk says why. */
static bool is_store(const char *folder)
{
    struct store *store = NULL;
    enum err err = folder ? store_open(&store, folder) : ERR_NOT_FOUND;
    if (!err)
        store_close(store);
    return err != ERR_NOT_FOUND;
}

enum err live_source_choose(struct live_desk *live, struct desk_options *o)
{
    const char *feed = live->options.feed;
    o->feed = DESK_LIVE;
    o->calendar = is_store(live->options.store) ? live->options.store : NULL;
    if (strcmp(feed, "sim") == 0) {
        o->feed = DESK_SIMULATED;
    } else if (is_replay(feed)) {
        o->connect = connect_tape;
        return o->symbols
                   ? ERR_OK
                   : replay_place_symbols(&o->symbols, &live->arena, tape_of(live), SHOT_MARKETS);
    } else {
        o->connect = connect_lines;
        o->listened = choose_backup;
        o->live = &live_lines_desk;
        o->symbols = o->symbols ? o->symbols : LIVE_SYMBOLS;
    }
    return ERR_OK;
}

/* ---- what it does ---------------------------------------------------------------------------- */

static const char *state_of(const struct live_source *s)
{
    static const char *const words[] = { [LINK_CONNECTING] = "connecting",
                                         [LINK_UP] = "up",
                                         [LINK_DOWN] = "down",
                                         [LINK_ENDED] = "over" };
    if (s->failed)
        return "refused";
    return s->links ? words[s->last_link.of.link.state] : "connecting";
}

static void tell_source(struct buf *out, const struct live_source *s, const char *name)
{
    const char *state = state_of(s), *why = s->failed  ? s->why
                                            : s->links ? s->last_link.of.link.why
                                                       : "";
    buf_printf(out, "%s%s: %s", out->len ? "; " : "", name, state);
    if (strcmp(state, "up") != 0 && why[0])
        buf_printf(out, ": %.160s", why);
    if (strcmp(state, "refused") == 0)
        buf_puts(out, "; it is not tried again: start the server anew with what is right");
    else if (strcmp(state, "down") == 0)
        buf_puts(out, "; it is tried again");
}

/* The state of the best source, and a sentence of each that is not well. */
static const char *tell_lines(const struct live_desk *live, const struct live *sources,
                              struct buf *out)
{
    static const char *const order[] = { "up", "connecting", "down", "refused", "over" };
    const char *const names[] = { live->lines.primary_text, live->lines.backup_text };
    size_t best = ARRAY_COUNT(order) - 1;
    bool all_up = true;
    for (uint32_t i = 0; i < sources->source_count; i++) {
        const char *state = state_of(sources->sources[i]);
        for (size_t k = 0; k < best; k++)
            if (strcmp(state, order[k]) == 0)
                best = k;
        all_up &= strcmp(state, "up") == 0;
    }
    for (uint32_t i = 0; !all_up && i < sources->source_count; i++)
        tell_source(out, sources->sources[i], names[i]);
    if (all_up && sources->doubt != DOUBT_NONE)
        buf_printf(out, "in doubt (%s): nothing is opened",
                   feed_doubt_name((enum feed_doubt)sources->doubt));
    return order[best];
}

/* In the desk's thread. The tape's end is in market time: what came behind it are settlements and
 * the end of the day. */
static const char *tell_tape(const struct live_desk *live, const struct live *sources, bool is_over,
                             struct buf *out)
{
    char at[TS_TEXT_BYTES];
    if (!is_over)
        return "up";
    const struct live_source *s = sources && sources->source_count ? sources->sources[0] : NULL;
    if (!s || !s->links)
        return "over";
    ts_format_iso(at, ZONE_NEW_YORK, s->last_link.recv_ns);
    buf_printf(out, "the tape %s ended at %s: prices stand still and nothing fills any more",
               tape_of(live), at);
    return "over";
}

void live_source_tell(struct live_desk *live, const struct desk *desk, bool is_over)
{
    const struct live *sources = desk_sources(desk);
    struct buf text = { 0 };
    const char *state = !sources                        ? "up"
                        : is_replay(live->options.feed) ? tell_tape(live, sources, is_over, &text)
                                                        : tell_lines(live, sources, &text);
    pthread_mutex_lock(&live->lock);
    bool is_news = live->feed_state != state || !str_is(buf_str(&text), live->feed_text);
    live->feed_state = state;
    snprintf(live->feed_text, sizeof live->feed_text, "%.*s", (int)text.len,
             text.ptr ? text.ptr : "");
    pthread_mutex_unlock(&live->lock);
    bool is_bad = strcmp(state, "up") != 0 && strcmp(state, "connecting") != 0;
    if (is_news && is_bad)
        log_warn("desk", "the feed: %s", live->feed_text);
    else if (is_news)
        log_info("desk", "the feed is %s%s%s", state, text.len ? ": " : "", live->feed_text);
    buf_free(&text);
}
