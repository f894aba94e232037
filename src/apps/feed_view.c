#include "apps/feed_view.h"

#include <inttypes.h>
#include <math.h>

#include "base/date.h"
#include "base/json_writer.h"
#include "base/zone.h"

void feed_view_open(struct feed_view *view, enum feed_form form, FILE *out, struct live *live,
                    const struct replay_clock *clock, int64_t every_ns, int64_t wall_ns)
{
    *view = (struct feed_view){ .form = form,
                                .out = out,
                                .live = live,
                                .clock = clock,
                                .every_ns = every_ns,
                                .begun_ns = wall_ns,
                                .shown_ns = wall_ns };
}

void feed_view_close(struct feed_view *view)
{
    buf_free(&view->text);
}

static uint64_t all_records(const struct live *live)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < live->source_count; i++)
        sum += live->sources[i]->records;
    return sum;
}

static const char *source_name(const struct live *live, int source)
{
    return source < 0 || source >= (int)live->source_count ? "none"
           : source == 0                                   ? "primary"
                                                           : "backup";
}

/* ---- JSON ---- */

static void json_time(struct json_writer *json, const char *key, int64_t ts_ns)
{
    char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_NEW_YORK, ts_ns == INT64_MIN ? TS_NONE : ts_ns);
    json_key_cstr(json, key, text);
}

static void json_switch(struct json_writer *json, const struct live *live)
{
    const struct market_record *r = &live->last_switch;
    json_object_begin(json);
    json_key_cstr(json, "event", "switch");
    json_time(json, "ts", r->ts_ns);
    json_key_cstr(json, "from",
                  source_name(live, r->of.change.from == UINT8_MAX ? -1 : r->of.change.from));
    json_key_cstr(json, "to", source_name(live, r->of.change.to));
    json_key_cstr(json, "reason", switch_reason_name((enum switch_reason)r->of.change.reason));
    if (r->of.change.reason == SWITCH_DISAGREES)
        json_key_fixed(json, "apart", r->of.change.amount, 6);
    else if (r->of.change.amount)
        json_key_int(json, "late_ns", r->of.change.amount);
    if (r->instrument != INSTRUMENT_NONE) {
        char name[INSTRUMENT_NAME_BYTES];
        instrument_name(name, &live->instruments.rows[r->instrument]);
        json_key_cstr(json, "instrument", name);
    }
    json_object_end(json);
}

static void json_doubt(struct json_writer *json, const struct live *live)
{
    const struct market_record *r = &live->last_doubt;
    const struct record_doubt *doubt = &r->of.doubt;
    json_object_begin(json);
    json_key_cstr(json, "event", "doubt");
    json_time(json, "ts", r->ts_ns);
    json_key_cstr(json, "doubt", feed_doubt_name((enum feed_doubt)doubt->doubt));
    if (r->instrument != INSTRUMENT_NONE)
        json_key_cstr(json, "instrument", live->instruments.rows[r->instrument].symbol);
    if (doubt->here != PRICE_NONE && doubt->there != PRICE_NONE) {
        json_key_fixed(json, "here", doubt->here, 6);
        json_key_fixed(json, "there", doubt->there, 6);
    }
    json_object_end(json);
}

static void json_line(struct json_writer *json, const struct live *live, uint32_t source,
                      bool has_failed)
{
    const struct live_source *s = live->sources[source];
    const struct record_link *link = &s->last_link.of.link;
    json_object_begin(json);
    json_key_cstr(json, "event", "line");
    json_time(json, "ts", s->last_link.ts_ns);
    json_key_cstr(json, "source", source_name(live, (int)source));
    json_key_cstr(json, "state",
                  has_failed ? "failed" : link_state_name((enum link_state)link->state));
    json_key_cstr(json, "why", has_failed ? s->why : link->why);
    json_object_end(json);
}

static void json_underlyings(struct json_writer *json, struct live *live)
{
    json_key(json, "underlyings");
    json_array_begin(json);
    for (uint32_t i = 0; i < live->board.underlying_count; i++) {
        struct board_chain chain;
        board_chain(&live->board, i, &chain);
        json_object_begin(json);
        json_key_cstr(json, "symbol", live->instruments.rows[live->board.underlyings[i].id].symbol);
        json_key_double(json, "price", chain.price);
        json_key_double(json, "iv30", chain.iv30);
        json_key_double(json, "skew25", chain.skew25);
        json_key_double(json, "expected_move", chain.expected_move);
        json_key_double(json, "put_call", chain.put_call);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_counters(struct feed_view *view, struct json_writer *json, int64_t wall_ns,
                          bool is_end)
{
    struct live *live = view->live;
    json_object_begin(json);
    json_key_cstr(json, "event", is_end ? "end" : "counters");
    json_time(json, "ts", live->now_ns);
    json_key_double(json, "elapsed_s", (double)(wall_ns - view->begun_ns) * 1e-9);
    json_key_int(json, "records", (int64_t)all_records(live));
    json_key_double(json, "rate", view->rate);
    json_key_int(json, "published", (int64_t)live->counts.published);
    json_key_int(json, "instruments", live->instruments.count);
    json_key(json, "kinds");
    json_object_begin(json);
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++)
        if (live->counts.records[kind])
            json_key_int(json, record_kind_name((enum record_kind)kind),
                         (int64_t)live->counts.records[kind]);
    json_object_end(json);
    json_key(json, "rules");
    json_object_begin(json);
    for (enum rule rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
        json_key_int(json, rule_name(rule), (int64_t)live_hits(live, rule));
    json_object_end(json);
    json_key_cstr(json, "source", source_name(live, live->failover.active));
    json_key_int(json, "switches", (int64_t)live->failover.switches);
    json_key_bool(json, "disputed", live->failover.is_disputed);
    json_key_cstr(json, "doubt", feed_doubt_name(live->doubt));
    json_key_int(json, "priced", (int64_t)live->board.priced);
    json_underlyings(json, live);
    json_object_end(json);
}

/* What happened to the sources since the last time. */
struct news {
    bool is_switch, is_doubt, is_any;
    bool is_line[LIVE_SOURCES], has_failed[LIVE_SOURCES];
};

static struct news look_for_news(struct feed_view *view)
{
    const struct live *live = view->live;
    struct news news = { .is_switch = live->failover.switches != view->shown_switches,
                         .is_doubt = live->counts.doubts != view->shown_doubts };
    news.is_any = news.is_switch || news.is_doubt;
    for (uint32_t i = 0; i < live->source_count && !view->clock;
         i++) { /* a tape has no line to speak of */
        const struct live_source *s = live->sources[i];
        news.has_failed[i] = s->failed && !view->has_failed[i];
        news.is_line[i] = (s->links != view->shown_links[i] && !s->failed) || news.has_failed[i];
        news.is_any |= news.is_line[i];
        view->shown_links[i] = s->links;
        view->has_failed[i] |= news.has_failed[i];
    }
    view->shown_switches = live->failover.switches;
    view->shown_doubts = live->counts.doubts;
    return news;
}

static void show_json(struct feed_view *view, int64_t wall_ns, const struct news *news, bool is_end)
{
    struct json_writer json = { .out = &view->text };
    for (uint32_t i = 0; i < view->live->source_count; i++)
        if (news->is_line[i]) {
            json_line(&json, view->live, i, news->has_failed[i]);
            buf_putc(&view->text, '\n');
        }
    if (news->is_switch) {
        json_switch(&json, view->live);
        buf_putc(&view->text, '\n');
    }
    if (news->is_doubt) {
        json_doubt(&json, view->live);
        buf_putc(&view->text, '\n');
    }
    if (is_end || !news->is_any) {
        json_counters(view, &json, wall_ns, is_end);
        buf_putc(&view->text, '\n');
    }
}

/* ---- text ---- */

static void put_time(struct buf *out, int64_t ts_ns)
{
    int32_t date;
    int64_t of_day;
    char day[DATE_TEXT_BYTES], time[TIME_OF_DAY_TEXT_BYTES];
    if (ts_ns == INT64_MIN)
        return;
    zone_from_ts(ZONE_NEW_YORK, ts_ns, &date, &of_day);
    date_format(day, date);
    of_day -= of_day % NANOS_PER_SECOND;
    time_of_day_format(time, of_day);
    buf_printf(out, "%s %s", day, time);
}

static void put_switch(struct buf *out, const struct live *live)
{
    const struct market_record *r = &live->last_switch;
    const struct record_switch *change = &r->of.change;
    put_time(out, r->ts_ns);
    buf_printf(out, "  to %s: %s", source_name(live, change->to),
               switch_reason_name((enum switch_reason)change->reason));
    if (change->reason == SWITCH_DISAGREES && r->instrument != INSTRUMENT_NONE)
        buf_printf(out, " on %s by %.4f", live->instruments.rows[r->instrument].symbol,
                   money_to_dollars(change->amount));
    else if (change->amount)
        buf_printf(out, ", %.2f s late", (double)change->amount * 1e-9);
}

static void put_doubt(struct buf *out, const struct live *live)
{
    const struct market_record *r = &live->last_doubt;
    put_time(out, r->ts_ns);
    if (r->of.doubt.doubt == DOUBT_NONE)
        buf_puts(out, "  no doubt any more");
    else
        buf_printf(out, "  in doubt: %s", feed_doubt_text((enum feed_doubt)r->of.doubt.doubt));
}

static void put_source_line(struct buf *out, const struct live *live, uint32_t source,
                            bool has_failed)
{
    const struct live_source *s = live->sources[source];
    const struct record_link *link = &s->last_link.of.link;
    put_time(out, s->last_link.ts_ns);
    if (has_failed)
        buf_printf(out, "  %s failed: %s", source_name(live, (int)source), s->why);
    else
        buf_printf(out, "  %s %s%s%s", source_name(live, (int)source),
                   link_state_name((enum link_state)link->state), link->why[0] ? ": " : "",
                   link->why);
}

static void put_rules(struct buf *out, const struct live *live)
{
    bool is_any = false;
    for (enum rule rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
        if (live_hits(live, rule)) {
            buf_printf(out, "%s%s %" PRIu64, is_any ? ", " : "", rule_name(rule),
                       live_hits(live, rule));
            is_any = true;
        }
    if (!is_any)
        buf_puts(out, "none");
}

static void put_line(struct feed_view *view, bool is_end)
{
    struct live *live = view->live;
    put_time(&view->text, live->now_ns);
    buf_printf(&view->text, "%s  %" PRIu64 " records, %.0f/s, %u instruments, %s, rules hit: ",
               is_end ? "  end" : "", all_records(live), view->rate, live->instruments.count,
               source_name(live, live->failover.active));
    put_rules(&view->text, live);
    buf_putc(&view->text, '\n');
}

static void put_number(struct buf *out, const char *label, double value, double scale,
                       const char *format)
{
    buf_printf(out, "  %s ", label);
    if (isnan(value))
        buf_puts(out, "-");
    else
        buf_printf(out, strcmp(format, "2") == 0 ? "%.2f" : "%.1f", value * scale);
}

static void put_underlyings(struct buf *out, struct live *live)
{
    for (uint32_t i = 0; i < live->board.underlying_count && i < 8; i++) {
        struct board_chain chain;
        board_chain(&live->board, i, &chain);
        buf_printf(out, "%-10s", live->instruments.rows[live->board.underlyings[i].id].symbol);
        put_number(out, "price", chain.price, 1, "2");
        put_number(out, "iv30 %", chain.iv30, 100, "1");
        put_number(out, "skew25 %", chain.skew25, 100, "1");
        put_number(out, "expected move", chain.expected_move, 1, "2");
        put_number(out, "put/call", chain.put_call, 1, "2");
        buf_putc(out, '\n');
    }
}

static void put_speed(struct buf *out, const struct replay_clock *clock)
{
    if (!clock)
        buf_puts(out, "live");
    else if (clock->is_paused)
        buf_puts(out, "paused");
    else if (clock->speed == REPLAY_MAX)
        buf_puts(out, "as fast as it goes");
    else
        buf_printf(out, "%gx", clock->speed);
}

static void put_panel(struct feed_view *view)
{
    struct live *live = view->live;
    struct buf *out = &view->text;
    put_time(out, live->now_ns);
    buf_puts(out, " New York, ");
    put_speed(out, view->clock);
    buf_printf(out, "\nrecords     %" PRIu64 "  %.0f/s  published %" PRIu64 "  instruments %u\n",
               all_records(live), view->rate, live->counts.published, live->instruments.count);
    buf_puts(out, "kinds      ");
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++)
        if (live->counts.records[kind])
            buf_printf(out, " %s %" PRIu64, record_kind_name((enum record_kind)kind),
                       live->counts.records[kind]);
    buf_puts(out, "\nrules hit   ");
    put_rules(out, live);
    buf_printf(out, "\nlistening   %s%s, %" PRIu64 " switches",
               source_name(live, live->failover.active),
               live->failover.is_disputed ? " (disputed)" : "", live->failover.switches);
    if (live->failover.switches) {
        buf_puts(out, "; last ");
        put_switch(out, live);
    }
    buf_printf(out, "\nGreeks      %" PRIu64 " options priced in %u expiries\n", live->board.priced,
               live->board.expiry_count);
    put_underlyings(out, live);
    for (uint32_t i = 0; i < live->source_count && !view->clock; i++) {
        put_source_line(out, live, i, live->sources[i]->failed);
        buf_putc(out, '\n');
    }
    buf_puts(out,
             view->clock ? "space pause  n next record  + - speed  m most  q quit\n" : "q quit\n");
}

/* Draw over the panel before: up its lines, each wiped to the end. */
static void print_panel(struct feed_view *view)
{
    if (view->lines)
        fprintf(view->out, "\033[%dA", view->lines);
    view->lines = 0;
    struct str rest = buf_str(&view->text), line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        fprintf(view->out, "\033[2K%.*s\n", (int)(line.len < 160 ? line.len : 160), line.ptr);
        view->lines++;
        if (rest.len == 0)
            break;
    }
}

void feed_view_show(struct feed_view *view, int64_t wall_ns, bool is_end)
{
    struct live *live = view->live;
    struct news news = look_for_news(view);
    bool is_due = wall_ns - view->shown_ns >= view->every_ns;
    if (!is_end && !is_due && !news.is_any)
        return;
    if (is_due || is_end) {
        double seconds = (double)(wall_ns - (is_end ? view->begun_ns : view->shown_ns)) * 1e-9;
        uint64_t records = all_records(live), since = is_end ? 0 : view->shown_records;
        view->rate = seconds > 0 ? (double)(records - since) / seconds : 0;
        view->shown_ns = wall_ns;
        view->shown_records = records;
    }
    buf_clear(&view->text);
    if (view->form == FEED_JSON) {
        show_json(view, wall_ns, &news, is_end);
    } else if (view->form == FEED_PANEL) {
        put_panel(view);
    } else {
        for (uint32_t i = 0; i < live->source_count; i++)
            if (news.is_line[i]) {
                put_source_line(&view->text, live, i, news.has_failed[i]);
                buf_putc(&view->text, '\n');
            }
        if (news.is_switch) {
            put_switch(&view->text, live);
            buf_putc(&view->text, '\n');
        }
        if (news.is_doubt) {
            put_doubt(&view->text, live);
            buf_putc(&view->text, '\n');
        }
        if (is_due || is_end)
            put_line(view, is_end);
    }
    if (view->form == FEED_PANEL)
        print_panel(view);
    else
        fwrite(view->text.ptr, 1, view->text.len, view->out);
    fflush(view->out);
}
