/*
 * What `ironfly feed` shows: a panel on a terminal, a line now and then elsewhere, or JSON lines.
 */
#ifndef APPS_FEED_VIEW_H
#define APPS_FEED_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "adapters/feed/replay_clock.h"
#include "base/str.h"
#include "services/live/live.h"

enum feed_form { FEED_PANEL, FEED_LINES, FEED_JSON };

struct feed_view {
    enum feed_form form;
    FILE *out;
    struct live *live;
    const struct replay_clock *clock; /* NULL: live */
    int64_t every_ns;                 /* of wall time between two reports */
    int64_t begun_ns, shown_ns;
    uint64_t shown_records, shown_switches, shown_doubts, shown_links[LIVE_SOURCES];
    bool has_failed[LIVE_SOURCES];
    double rate; /* records a second of wall time, over the last interval */
    int lines;   /* of the panel, to draw over */
    struct buf text;
};

void feed_view_open(struct feed_view *view, enum feed_form form, FILE *out, struct live *live,
                    const struct replay_clock *clock, int64_t every_ns, int64_t wall_ns);

/* Report when it is time, or something happened to the sources (a switch, a doubt, a line); at the
 * end always. */
void feed_view_show(struct feed_view *view, int64_t wall_ns, bool is_end);

void feed_view_close(struct feed_view *view);

#endif
