/* A desk as it was: the journal's events through the same kernel, up to one of them and no further.
 */
#include "services/desk/desk_int.h"

enum { EVENTS_A_LOOK = 16384 };

/* One advance may take several events, as reports follow at once: so it is looked at within. */
enum err desk_back_stepped(struct desk *desk)
{
    const struct desk_back *back = desk->back;
    bool is_it = desk->sequence == back->sequence;
    if (is_it || desk->sequence + 1 == back->sequence)
        back->look(back->context, desk, desk->sequence);
    desk->has_looked = is_it;
    return is_it ? err_set(ERR_CANCELLED, "event %llu was the last that is wanted",
                           (unsigned long long)desk->sequence)
                 : ERR_OK;
}

static enum err check_end(const struct desk *desk, uint64_t sequence)
{
    struct journal_state end = journal_durable(desk->journal);
    return sequence <= end.sequence
               ? ERR_OK
               : err_set(ERR_NOT_FOUND, "the journal has no event %llu: it ends with %llu",
                         (unsigned long long)sequence, (unsigned long long)end.sequence);
}

static enum err replay(struct desk *desk)
{
    const struct desk_back *back = desk->back;
    uint64_t from = desk->sequence, count = 0;
    enum err err = check_end(desk, back->sequence);
    if (!err)
        err = desk_back_stepped(desk); /* a snapshot, or the beginning, may be the place itself */
    while (!err) {
        bool took;
        err = desk_advance(desk, INT64_MAX, &took);
        if (err || count++ % EVENTS_A_LOOK != 0 || !back->keep_on)
            continue;
        if (!back->keep_on(back->context,
                           (double)(desk->sequence - from) / (double)(back->sequence - from)))
            err = err_set(ERR_CANCELLED, "it was stopped at event %llu",
                          (unsigned long long)desk->sequence);
    }
    return desk->has_looked ? ERR_OK : err;
}

enum err desk_look_back(const struct desk_options *options, const struct desk_back *back)
{
    MUST(options->use == DESK_REPLAY);
    struct desk *desk = desk_make(options);
    desk->until = back->sequence > 1 ? back->sequence - 1 : 1;
    enum err err = desk_open_all(desk);
    desk->back = back;
    if (!err)
        err = replay(desk);
    desk_close(desk);
    return err;
}
