#include "services/jobs/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "domain/strategy/strategy.h"

enum {
    WORKERS_MAX = 16,
    LINE_BYTES_MAX = 64 * 1024,
    TRIES_MAX = 3,
    KILL_SECONDS = 10,
    TEXT_BYTES = 256
};

extern char **environ;

/* One process and its job. */
struct child {
    pid_t pid; /* 0: the place is free */
    int fd;    /* of what it says */
    struct arena arena;
    struct db_job job;
    struct buf line;
    char *result;   /* path of its result */
    char *strategy; /* path of a saved strategy's text, or NULL */
    char text[TEXT_BYTES], error[1024];
    json_t *summary;
    bool is_cancelled; /* by somebody, not by our own end */
    bool is_stopping;
    int64_t stop_ns;   /* when it was asked to stop */
    int64_t stored_ns; /* when its progress was last stored */
};

struct jobs {
    struct jobs_options options;
    struct arena arena;
    pthread_t thread;
    int wake;
    atomic_bool is_stopping;
    struct db *db; /* of the watching thread */
    struct child children[WORKERS_MAX];
    pthread_mutex_t
        lock; /* guards cancels, and that a job is told to wait before it is told to run */
    char cancels[64][DB_ID_BYTES];
    size_t cancel_count;
};

static void wake(struct jobs *jobs)
{
    uint64_t one = 1;
    (void)!write(jobs->wake, &one, sizeof one);
}

static void tell(struct jobs *jobs, const struct db_job *job)
{
    if (jobs->options.changed)
        jobs->options.changed(jobs->options.context, job);
}

/* ---- starting a process ---------------------------------------------------------------------- */

/* A saved strategy becomes a file for the process: its text of the version that was asked for. */
static enum err place_strategy(struct jobs *jobs, struct child *c, const json_t *spec,
                               const char **out)
{
    const char *id = json_string_value(json_object_get(spec, "strategy_id"));
    int64_t version = json_integer_value(json_object_get(spec, "version"));
    if (!id) {
        *out = json_string_value(json_object_get(spec, "strategy"));
        return ERR_OK;
    }
    struct db_strategy s;
    enum err err = version ? db_strategy_get_version(jobs->db, &c->arena, id, version, &s)
                           : db_strategy_get(jobs->db, &c->arena, id, &s);
    if (err)
        return err_add(err, "strategy %s", id);
    c->strategy = arena_printf(&c->arena, "%s/%s.yaml", jobs->options.folder, c->job.id);
    FILE *file = fopen(c->strategy, "wb");
    bool ok = file && fwrite(s.text.ptr, 1, s.text.len, file) == s.text.len;
    ok = file && fclose(file) == 0 && ok;
    *out = c->strategy;
    return ok ? ERR_OK : err_set(ERR_IO, "%s cannot be written: %s", c->strategy, strerror(errno));
}

static enum err write_envelope(struct jobs *jobs, struct child *c, struct buf *out)
{
    json_error_t at;
    json_t *spec = json_loads(c->job.spec, 0, &at);
    const char *strategy = NULL;
    enum err err = place_strategy(jobs, c, spec, &strategy);
    struct json_writer json = { .out = out };
    json_object_begin(&json);
    json_key_cstr(&json, "kind", c->job.kind);
    json_key_cstr(&json, "store", jobs->options.store);
    json_key_cstr(&json, "inbox", jobs->options.inbox);
    json_key_cstr(&json, "result", c->result);
    json_key_cstr(&json, "strategy", strategy);
    json_key(&json, "spec");
    json_raw(&json, str_from(c->job.spec));
    json_object_end(&json);
    json_decref(spec);
    return err;
}

/* The process with a pipe at each end; what it says about itself goes to our log. */
static enum err spawn(struct jobs *jobs, struct child *c, int *in)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0)
        return err_set(ERR_IO, "no pipe for a job: %s", strerror(errno));
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return err_set(ERR_IO, "no pipe for a job: %s", strerror(errno));
    }
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to[0], 0);
    posix_spawn_file_actions_adddup2(&files, from[1], 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *argv[] = { "ironfly", "job-worker", NULL };
    int failed = posix_spawn(&c->pid, jobs->options.program, &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(to[0]);
    close(from[1]);
    if (failed) {
        c->pid = 0;
        close(to[1]);
        close(from[0]);
        return err_set(ERR_IO, "%s does not start: %s", jobs->options.program, strerror(failed));
    }
    *in = to[1];
    c->fd = from[0];
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    return ERR_OK;
}

static void child_reset(struct child *c)
{
    if (c->result)
        unlink(c->result);
    if (c->strategy)
        unlink(c->strategy);
    json_decref(c->summary);
    buf_free(&c->line);
    arena_clear(&c->arena);
    *c = (struct child){ 0 };
}

static enum err start(struct jobs *jobs, struct child *c)
{
    struct buf envelope = { 0 };
    int in = -1;
    c->result = arena_printf(&c->arena, "%s/%s.json", jobs->options.folder, c->job.id);
    enum err err = write_envelope(jobs, c, &envelope);
    if (!err)
        err = spawn(jobs, c, &in);
    if (!err) {
        /* Small, and the process reads at once; if it died, SIGPIPE is ignored and its end tells.
         */
        for (size_t done = 0; done < envelope.len;) {
            ssize_t sent = write(in, envelope.ptr + done, envelope.len - done);
            if (sent <= 0)
                break;
            done += (size_t)sent;
        }
        close(in);
    }
    buf_free(&envelope);
    return err;
}

/* What a job says of our folders is for the log: its owner sees names. */
static void hide_folders(const struct jobs *jobs, char *text)
{
    char catalogue[STRATEGY_PATH_BYTES];
    if (!strchr(text, '/'))
        return;
    log_info("jobs", "%s", text);
    str_hide_folder(text, jobs->options.store);
    str_hide_folder(text, jobs->options.folder);
    str_hide_folder(text, jobs->options.inbox);
    if (strategy_catalogue(catalogue) == ERR_OK)
        str_hide_folder(text, catalogue);
}

static void end_job(struct jobs *jobs, struct child *c, const char *state, const char *error)
{
    if (strcmp(state, "done") == 0)
        c->job.progress = 1;
    c->job.state = state;
    c->job.error = error;
    c->job.text = c->text;
    c->job.ended_ns = clock_wall_ns();
    enum err err =
        strcmp(state, "done") == 0 ? db_job_progress(jobs->db, c->job.id, 1, c->text) : ERR_OK;
    if (!err)
        err = db_job_end(jobs->db, c->job.id, state, c->text, error, c->job.ended_ns);
    if (!err)
        tell(jobs, &c->job);
}

static void fail_job(struct jobs *jobs, struct child *c)
{
    hide_folders(jobs, c->error);
    end_job(jobs, c, "failed", c->error);
}

static void start_waiting(struct jobs *jobs)
{
    for (int i = 0; i < jobs->options.workers; i++) {
        struct child *c = &jobs->children[i];
        if (c->pid)
            continue;
        arena_init(&c->arena, "step", 4096);
        pthread_mutex_lock(&jobs->lock);
        enum err none = db_job_take(jobs->db, &c->arena, clock_wall_ns(), &c->job);
        pthread_mutex_unlock(&jobs->lock);
        if (none) {
            child_reset(c);
            return;
        }
        c->job.progress = NAN;
        enum err err = start(jobs, c);
        if (err) {
            snprintf(c->error, sizeof c->error, "%s", err_detail());
            fail_job(jobs, c);
            child_reset(c);
            continue;
        }
        tell(jobs, &c->job);
    }
}

/* ---- listening ------------------------------------------------------------------------------- */

static void take_line(struct jobs *jobs, struct child *c)
{
    json_error_t at;
    json_t *line = json_loadb(c->line.ptr, c->line.len, 0, &at);
    const char *text = json_string_value(json_object_get(line, "text"));
    const char *error = json_string_value(json_object_get(line, "error"));
    json_t *summary = json_object_get(line, "summary");
    if (summary && !c->summary)
        c->summary = json_incref(summary);
    if (error)
        snprintf(c->error, sizeof c->error, "%s", error);
    if (text) {
        json_t *progress = json_object_get(line, "progress");
        snprintf(c->text, sizeof c->text, "%s", text);
        c->job.text = c->text;
        c->job.progress = json_is_number(progress) ? json_number_value(progress) : NAN;
        int64_t now = clock_wall_ns();
        if (now - c->stored_ns > 1000000000) { /* the disk need not know every day of it */
            c->stored_ns = now;
            (void)!db_job_progress(jobs->db, c->job.id, c->job.progress, c->text);
        }
        tell(jobs, &c->job);
    }
    json_decref(line);
}

/* False at the end of what it says. */
static bool listen_to(struct jobs *jobs, struct child *c)
{
    char bytes[4096];
    for (;;) {
        ssize_t got = read(c->fd, bytes, sizeof bytes);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        for (ssize_t i = 0; i < got; i++) {
            if (bytes[i] != '\n' && c->line.len < LINE_BYTES_MAX) {
                buf_putc(&c->line, bytes[i]);
                continue;
            }
            take_line(jobs, c);
            buf_clear(&c->line);
        }
    }
}

static int64_t whole(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static double number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static enum err store_run(struct jobs *jobs, struct child *c)
{
    int fd = open(c->result, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return err_set(ERR_IO, "the backtest left no result");
    }
    char *bytes = arena_alloc(&c->arena, (size_t)st.st_size + 1);
    size_t len = 0;
    for (ssize_t got;
         len < (size_t)st.st_size && (got = read(fd, bytes + len, (size_t)st.st_size - len)) > 0;)
        len += (size_t)got;
    close(fd);
    if (len != (size_t)st.st_size)
        return err_set(ERR_IO, "%s cannot be read whole", c->result);
    struct db_run run = {
        .id = c->job.id,
        .owner_id = c->job.owner_id,
        .strategy = text_of(c->summary, "strategy"),
        .strategy_hash = text_of(c->summary, "strategy_hash"),
        .underlying = text_of(c->summary, "underlying"),
        .first_day = (int32_t)whole(c->summary, "first_day"),
        .last_day = (int32_t)whole(c->summary, "last_day"),
        .trades = whole(c->summary, "trades"),
        .pnl_micros = whole(c->summary, "pnl_micros"),
        .end_equity_micros = whole(c->summary, "end_equity_micros"),
        .total_return = number(c->summary, "total_return"),
        .sharpe = number(c->summary, "sharpe"),
        .max_drawdown = number(c->summary, "max_drawdown"),
        .created_ns = clock_wall_ns(),
    };
    enum err err = db_run_add(jobs->db, &run, (struct str){ bytes, len });
    return err == ERR_EXISTS ? ERR_OK
                             : err; /* stored just before a restart: it is the same result */
}

static void conclude(struct jobs *jobs, struct child *c, int status)
{
    bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (is_good && c->summary && store_run(jobs, c)) {
        snprintf(c->error, sizeof c->error, "%s", err_detail());
        is_good = false;
    }
    if (is_good)
        end_job(jobs, c, "done", "");
    else if (atomic_load(&jobs->is_stopping) && !c->is_cancelled)
        (void)0; /* it stays "running" in the store, and waits again after the restart */
    else if (c->is_cancelled)
        end_job(jobs, c, "cancelled", "");
    else {
        if (!c->error[0] && WIFSIGNALED(status))
            snprintf(c->error, sizeof c->error, "the process was ended by signal %d",
                     WTERMSIG(status));
        else if (!c->error[0])
            snprintf(c->error, sizeof c->error, "the process ended with status %d",
                     WEXITSTATUS(status));
        fail_job(jobs, c);
    }
}

static void reap(struct jobs *jobs, struct child *c)
{
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(c->fd);
    conclude(jobs, c, status);
    child_reset(c);
}

/* ---- stopping -------------------------------------------------------------------------------- */

static void stop_child(struct child *c)
{
    if (!c->pid || c->is_stopping)
        return;
    kill(c->pid, SIGTERM);
    c->is_stopping = true;
    c->stop_ns = clock_wall_ns();
}

static void take_cancels(struct jobs *jobs)
{
    char ids[ARRAY_COUNT(jobs->cancels)][DB_ID_BYTES];
    pthread_mutex_lock(&jobs->lock);
    size_t count = jobs->cancel_count;
    memcpy(ids, jobs->cancels, sizeof ids);
    jobs->cancel_count = 0;
    pthread_mutex_unlock(&jobs->lock);
    for (size_t i = 0; i < count; i++) {
        struct child *found = NULL;
        for (int k = 0; k < jobs->options.workers; k++)
            if (jobs->children[k].pid && strcmp(jobs->children[k].job.id, ids[i]) == 0)
                found = &jobs->children[k];
        if (found) {
            found->is_cancelled = true;
            stop_child(found);
            continue;
        }
        struct child waiting = { 0 };
        arena_init(&waiting.arena, "step", 4096);
        if (!db_job_get(jobs->db, &waiting.arena, ids[i], &waiting.job) &&
            strcmp(waiting.job.state, "waiting") == 0)
            end_job(jobs, &waiting, "cancelled", "");
        arena_clear(&waiting.arena);
    }
}

static void kill_the_deaf(struct jobs *jobs)
{
    for (int i = 0; i < jobs->options.workers; i++) {
        struct child *c = &jobs->children[i];
        if (c->pid && c->is_stopping &&
            clock_wall_ns() - c->stop_ns > KILL_SECONDS * INT64_C(1000000000))
            kill(c->pid, SIGKILL);
    }
}

static int count_running(const struct jobs *jobs)
{
    int count = 0;
    for (int i = 0; i < jobs->options.workers; i++)
        count += jobs->children[i].pid != 0;
    return count;
}

static void wait_and_listen(struct jobs *jobs)
{
    struct pollfd fds[WORKERS_MAX + 1] = { { .fd = jobs->wake, .events = POLLIN } };
    struct child *who[WORKERS_MAX + 1] = { NULL };
    nfds_t n = 1;
    for (int i = 0; i < jobs->options.workers; i++) {
        if (!jobs->children[i].pid)
            continue;
        who[n] = &jobs->children[i];
        fds[n++] = (struct pollfd){ .fd = jobs->children[i].fd, .events = POLLIN };
    }
    if (poll(fds, n, 1000) <= 0)
        return;
    uint64_t count;
    if (fds[0].revents)
        (void)!read(jobs->wake, &count, sizeof count);
    for (nfds_t i = 1; i < n; i++)
        if (fds[i].revents && !listen_to(jobs, who[i]))
            reap(jobs, who[i]);
}

static void *watch(void *argument)
{
    struct jobs *jobs = argument;
    for (;;) {
        bool is_stopping = atomic_load(&jobs->is_stopping);
        take_cancels(jobs);
        if (!is_stopping)
            start_waiting(jobs);
        for (int i = 0; is_stopping && i < jobs->options.workers; i++)
            stop_child(&jobs->children[i]);
        kill_the_deaf(jobs);
        if (is_stopping && count_running(jobs) == 0)
            return NULL;
        wait_and_listen(jobs);
    }
}

/* ---- the front door -------------------------------------------------------------------------- */

static enum err make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST
               ? ERR_OK
               : err_set(ERR_IO, "folder %s cannot be made: %s", path, strerror(errno));
}

enum err jobs_open(struct jobs **out, const struct jobs_options *options)
{
    MUST(options->workers >= 1);
    MUST(options->workers <= WORKERS_MAX);
    struct jobs *jobs = mem_alloc(sizeof *jobs);
    jobs->options = *options;
    pthread_mutex_init(&jobs->lock, NULL);
    jobs->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err err =
        jobs->wake < 0 ? err_set(ERR_IO, "no event descriptor: %s", strerror(errno)) : ERR_OK;
    if (!err)
        err = make_folder(options->folder);
    if (!err)
        err = make_folder(options->inbox);
    if (!err)
        err = db_open(&jobs->db, options->db_path);
    if (!err)
        err = db_job_recover(jobs->db, TRIES_MAX, clock_wall_ns());
    if (!err && pthread_create(&jobs->thread, NULL, watch, jobs) != 0)
        err = err_set(ERR_IO, "no thread for jobs");
    if (err) {
        db_close(jobs->db);
        if (jobs->wake >= 0)
            close(jobs->wake);
        pthread_mutex_destroy(&jobs->lock);
        mem_free(jobs);
        return err;
    }
    *out = jobs;
    return ERR_OK;
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs)
        return;
    atomic_store(&jobs->is_stopping, true);
    wake(jobs);
    pthread_join(jobs->thread, NULL);
    db_close(jobs->db);
    close(jobs->wake);
    pthread_mutex_destroy(&jobs->lock);
    mem_free(jobs);
}

/* Was the job asked for with this? What the server put into its spec is not asked about. */
static bool is_same_request(const struct db_job *job, enum job_kind kind, const char *spec,
                            const char *asked)
{
    if (strcmp(job->kind, job_kind_name(kind)) != 0)
        return false;
    json_t *then = json_loads(job->spec, 0, NULL), *now = json_loads(spec, 0, NULL),
           *said = json_loads(asked, 0, NULL);
    const char *name;
    json_t *value;
    bool is_same = json_object_size(then) == json_object_size(now);
    json_object_foreach (now, name, value)
        is_same = is_same && json_object_get(then, name) &&
                  (!json_object_get(said, name) || json_equal(json_object_get(then, name), value));
    json_decref(then);
    json_decref(now);
    json_decref(said);
    return is_same;
}

/* The job that a key has already. */
static enum err join(const struct db_job *job, enum job_kind kind, const char *spec,
                     const char *asked, char id[DB_ID_BYTES])
{
    snprintf(id, DB_ID_BYTES, "%s", job->id);
    return is_same_request(job, kind, spec, asked)
               ? ERR_OK
               : err_set(ERR_EXISTS, "the key is job %s's, which was asked for with another body",
                         id);
}

enum err jobs_submit(struct jobs *jobs, struct db *db, const char *owner_id, enum job_kind kind,
                     const char *spec, const char *asked, const char *key, int64_t now,
                     char id[DB_ID_BYTES])
{
    struct arena arena;
    struct db_job found;
    int64_t open = 0;
    arena_init(&arena, "step", 4096);
    db_id_make(id);
    struct db_job job = {
        .id = id, .owner_id = owner_id, .kind = job_kind_name(kind), .spec = spec, .created_ns = now
    };
    enum err err = db_job_count_open(db, owner_id, &open);
    if (!err && key && !db_job_find_key(db, &arena, owner_id, key, &found)) {
        err = join(&found, kind, spec, asked, id);
        arena_clear(&arena);
        return err;
    }
    if (!err && open >= JOBS_OPEN_MAX)
        err = err_set(ERR_FULL, "%d jobs of yours have not ended; wait, or cancel some",
                      JOBS_OPEN_MAX);
    pthread_mutex_lock(&jobs->lock);
    if (!err)
        err = db_job_add(db, &job, key);
    if (!err) {
        job.state = "waiting";
        job.text = job.error = "";
        job.progress = NAN;
        tell(jobs, &job);
    }
    pthread_mutex_unlock(&jobs->lock);
    if (err == ERR_EXISTS && key) { /* the same request a moment ago */
        err = db_job_find_key(db, &arena, owner_id, key, &found);
        if (!err)
            err = join(&found, kind, spec, asked, id);
    } else if (!err) {
        wake(jobs);
    }
    arena_clear(&arena);
    return err;
}

enum err jobs_cancel(struct jobs *jobs, struct db *db, const char *id)
{
    struct arena arena;
    struct db_job job;
    arena_init(&arena, "step", 4096);
    enum err err = db_job_get(db, &arena, id, &job);
    bool is_open = !err && (strcmp(job.state, "waiting") == 0 || strcmp(job.state, "running") == 0);
    arena_clear(&arena);
    if (err)
        return err;
    if (!is_open)
        return err_set(ERR_NOT_FOUND, "the job has ended already");
    pthread_mutex_lock(&jobs->lock);
    bool fits = jobs->cancel_count < ARRAY_COUNT(jobs->cancels);
    if (fits)
        snprintf(jobs->cancels[jobs->cancel_count++], DB_ID_BYTES, "%s", id);
    pthread_mutex_unlock(&jobs->lock);
    wake(jobs);
    return fits ? ERR_OK : err_set(ERR_FULL, "too many jobs are being cancelled; try again");
}
