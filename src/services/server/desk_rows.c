#include "services/server/desk_rows.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "adapters/journal/journal.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/zone.h"
#include "services/server/desk_fold.h"

enum { BATCH_RECORDS = 1000, BEFORE_ORDERS = 500, MARK_SECONDS = 5 };

struct desk_rows {
    struct desk_rows_options options;
    struct arena arena;
    struct journal *journal;
    struct db *db;
    struct desk_fold *fold;
    uint64_t record;   /* the last in the rows */
    int64_t marked_ns; /* when it was written down last how far they are */
    int wake;          /* an eventfd */
    atomic_bool is_stopping;
    pthread_t thread;
    pthread_mutex_t lock; /* guards sequence and told */
    pthread_cond_t moved;
    uint64_t sequence, told; /* the event, the record that others are told of */
};

static enum err fold_record(struct desk_rows *rows, struct arena *step,
                            const struct chain_record *r)
{
    struct entry e;
    enum err err = entry_read(&e, step, r->kind, r->body, r->len);
    if (!err)
        err = desk_fold_take(rows->fold, step, &e, r->record, r->sequence, r->ts_ns);
    return err ? err_add(err, "record %llu of the desk's journal", (unsigned long long)r->record)
               : ERR_OK;
}

static struct desk_fold *new_fold(struct desk_rows *rows)
{
    const struct desk_rows_options *o = &rows->options;
    struct desk_fold_options options = {
        .desk_id = o->desk_id, .account_id = o->account_id, .keys = o->keys, .hub = o->hub
    };
    return desk_fold_new(&rows->arena, &options, rows->db);
}

/* What was not stored was not seen either. */
static void forget_batch(struct desk_rows *rows)
{
    db_rollback(rows->db);
    desk_fold_drop(rows->fold);
    rows->fold = new_fold(rows);
}

/*
 * How far the rows are at which moment, so that what they told then can be found again: with
 * everything that changes a list, and every few seconds for the quotes.
 */
static enum err mark_told(struct desk_rows *rows, const struct db_told *told, bool has_news)
{
    if (!has_news && told->wall_ns >= rows->marked_ns &&
        told->wall_ns - rows->marked_ns < MARK_SECONDS * NANOS_PER_SECOND)
        return ERR_OK;
    rows->marked_ns = told->wall_ns;
    return db_told_add(rows->db, rows->options.desk_id, told);
}

/* One transaction's worth: whole steps, as what follows from a command is its user's. *more: there
 * may be more at once. */
static enum err fold_batch(struct desk_rows *rows, bool *more)
{
    struct arena step;
    struct chain_record r;
    struct chain_hash hash;
    uint64_t last = rows->record, sequence = 0;
    int count = 0;
    int64_t market_ns = 0;
    bool has_news = false;
    arena_init(&step, "step", 65536);
    enum err err = journal_look(rows->journal);
    if (!err)
        err = journal_seek(rows->journal, rows->record + 1);
    bool is_begun = false;
    for (*more = true; !err; count++) {
        err = journal_next(rows->journal, &r, &hash, more);
        if (err || !*more || (count >= BATCH_RECORDS && r.sequence != sequence))
            break;
        if (!is_begun)
            err = db_begin(rows->db);
        is_begun = is_begun || !err;
        if (!err)
            err = fold_record(rows, &step, &r);
        last = r.record;
        sequence = r.sequence;
        market_ns = r.ts_ns;
        has_news = has_news || (r.kind != ENTRY_TIMER && r.kind != ENTRY_LEVEL);
    }
    if (!err && is_begun)
        err = db_desk_set_record(rows->db, rows->options.desk_id, (int64_t)last);
    if (!err && is_begun)
        err = mark_told(
            rows, &(struct db_told){ clock_wall_ns(), (int64_t)last, (int64_t)sequence, market_ns },
            has_news);
    if (!err && is_begun)
        err = db_commit(rows->db);
    if (err && is_begun)
        forget_batch(rows);
    if (!err && is_begun) {
        desk_fold_tell(rows->fold);
        rows->record = last;
        pthread_mutex_lock(&rows->lock);
        rows->sequence = sequence;
        rows->told = last;
        pthread_cond_broadcast(&rows->moved);
        pthread_mutex_unlock(&rows->lock);
    }
    arena_clear(&step);
    return err;
}

/* What happened before this start, for those who watch from now on. */
static void tell_before(struct desk_rows *rows)
{
    struct arena step;
    struct db_order *orders;
    char key[24];
    size_t count;
    arena_init(&step, "step", 65536);
    if (db_order_list(rows->db, &step, rows->options.desk_id, 0, BEFORE_ORDERS, &orders, &count))
        count = 0;
    while (count-- > 0) {
        snprintf(key, sizeof key, "%lld", (long long)orders[count].id);
        hub_put(rows->options.hub, TOPIC_ORDERS, key, "", orders[count].detail);
    }
    arena_clear(&step);
}

static void *follow(void *argument)
{
    struct desk_rows *rows = argument;
    tell_before(rows);
    struct pollfd wake = { .fd = rows->wake, .events = POLLIN };
    bool is_told = false;
    int64_t kept_ns = 0;
    for (;;) {
        bool is_last = atomic_load(&rows->is_stopping), more = true;
        uint64_t count;
        enum err err = ERR_OK;
        if (read(rows->wake, &count, sizeof count) < 0 && errno != EAGAIN)
            log_warn("server", "eventfd: %s", strerror(errno));
        while (!err && more)
            err = fold_batch(rows, &more);
        if (err && !is_told)
            log_error("server", "rows of the desk fall behind: %s", err_detail());
        is_told = err != ERR_OK;
        int64_t now_ns = clock_steady_ns();
        if (rows->options.keep && (is_last || now_ns - kept_ns >= NANOS_PER_SECOND)) {
            kept_ns = now_ns;
            rows->options.keep(rows->options.context, rows->db);
        }
        if (is_last)
            return NULL;
        poll(&wake, 1, err ? 200 : 1000);
    }
}

/* Of the event that the rows stand behind. */
static enum err read_sequence(struct desk_rows *rows)
{
    struct chain_record r = { 0 };
    struct chain_hash hash;
    bool more;
    enum err err = journal_seek(rows->journal, rows->record);
    if (!err)
        err = journal_next(rows->journal, &r, &hash, &more);
    rows->sequence = r.sequence;
    return err;
}

enum err desk_rows_open(struct desk_rows **out, const struct desk_rows_options *options)
{
    struct desk_rows *rows = mem_alloc(sizeof *rows);
    struct journal_options jo = { .read_only = true };
    int64_t record = 0;
    *rows =
        (struct desk_rows){ .options = *options, .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    arena_init(&rows->arena, "rows", 4096);
    pthread_mutex_init(&rows->lock, NULL);
    pthread_cond_init(&rows->moved, NULL);
    MUST(rows->wake >= 0);
    enum err err = db_open(&rows->db, options->db_path);
    if (!err)
        err = journal_open(&rows->journal, options->journal, &jo);
    if (!err)
        err = db_desk_record(rows->db, options->desk_id, &record);
    if (!err) {
        struct journal_state state = journal_durable(rows->journal);
        if ((uint64_t)record > state.records)
            err = err_set(ERR_CORRUPT,
                          "the store has orders of %lld records of the desk's journal, which has "
                          "%llu: is it another one?",
                          (long long)record, (unsigned long long)state.records);
    }
    if (err) {
        desk_rows_close(rows);
        return err;
    }
    db_set_hasty(rows->db);
    rows->record = rows->told = (uint64_t)record;
    if (record && (err = read_sequence(rows)) != ERR_OK) {
        desk_rows_close(rows);
        return err;
    }
    rows->fold = new_fold(rows);
    MUST(pthread_create(&rows->thread, NULL, follow, rows) == 0);
    *out = rows;
    return ERR_OK;
}

void desk_rows_close(struct desk_rows *rows)
{
    if (!rows)
        return;
    if (rows->fold) {
        atomic_store(&rows->is_stopping, true);
        desk_rows_wake(rows);
        pthread_join(rows->thread, NULL);
    }
    journal_close(rows->journal);
    db_close(rows->db);
    close(rows->wake);
    pthread_cond_destroy(&rows->moved);
    pthread_mutex_destroy(&rows->lock);
    arena_clear(&rows->arena);
    mem_free(rows);
}

void desk_rows_wake(struct desk_rows *rows)
{
    uint64_t one = 1;
    if (write(rows->wake, &one, sizeof one) < 0 && errno != EAGAIN)
        log_warn("server", "eventfd: %s", strerror(errno));
}

bool desk_rows_wait(struct desk_rows *rows, uint64_t sequence, int64_t patience_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t end = until.tv_nsec + patience_ns;
    until.tv_sec += end / 1000000000;
    until.tv_nsec = end % 1000000000;
    pthread_mutex_lock(&rows->lock);
    while (rows->sequence < sequence &&
           pthread_cond_timedwait(&rows->moved, &rows->lock, &until) == 0)
        continue;
    bool reached = rows->sequence >= sequence;
    pthread_mutex_unlock(&rows->lock);
    return reached;
}

uint64_t desk_rows_sequence(struct desk_rows *rows)
{
    pthread_mutex_lock(&rows->lock);
    uint64_t sequence = rows->sequence;
    pthread_mutex_unlock(&rows->lock);
    return sequence;
}

uint64_t desk_rows_record(struct desk_rows *rows)
{
    pthread_mutex_lock(&rows->lock);
    uint64_t told = rows->told;
    pthread_mutex_unlock(&rows->lock);
    return told;
}
