#include "services/server/picture.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "services/server/server_int.h"

enum { SESSIONS_SHOWN = 20, ALERTS_SHOWN = 200, TEXT_BYTES = 80, WHY_BYTES = 400, NICE = 10 };

enum picture_state { PICTURE_NONE, PICTURE_WAITING, PICTURE_RUNNING, PICTURE_DONE, PICTURE_FAILED };

struct picture {
    enum picture_state state;
    char id[DB_ID_BYTES];
    struct picture_question question;
    uint64_t number; /* rising */
    double progress;
    char text[TEXT_BYTES], why[WHY_BYTES];
    bool is_unwanted;
    struct buf made; /* members, as an object */
};

struct pictures {
    struct pictures_options options;
    struct arena arena;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct picture kept[PICTURES_KEPT];
    uint64_t number;
    bool is_stopping, has_thread;
    pthread_t thread;
};

/* ---- the person's part ----------------------------------------------------------------------- */

void picture_part(struct json_writer *json, const char *part, const char *how, const char *format,
                  ...)
{
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_object_begin(json);
    json_key_cstr(json, "part", part);
    json_key_cstr(json, "how", how);
    json_key_cstr(json, "text", text);
    json_object_end(json);
}

struct person {
    const struct picture_question *question;
    struct db *db;
    struct arena arena;
    struct buf parts; /* items, with a comma behind each */
};

static void say_part(struct person *p, const char *part, const char *how, const char *text)
{
    struct json_writer json = { .out = &p->parts };
    picture_part(&json, part, how, "%s", text);
    buf_putc(&p->parts, ',');
}

static enum err write_role(struct person *p, struct json_writer *json)
{
    struct db_audit entry;
    enum err err =
        db_audit_role(p->db, &p->arena, p->question->user_id, p->question->at_ns, &entry);
    if (err && err != ERR_NOT_FOUND)
        return err;
    json_t *data = err ? NULL : json_loads(entry.data, 0, NULL);
    const char *role = json_string_value(json_object_get(data, "role"));
    json_key_cstr(json, "role", role);
    if (role)
        say_part(
            p, "role", "trail",
            arena_printf(&p->arena, "as entry %lld of the trail gave it", (long long)entry.seq));
    else
        say_part(p, "role", "not_kept", "no entry of the trail gives a role before that moment");
    json_decref(data);
    return ERR_OK;
}

static enum err write_sessions(struct person *p, struct json_writer *json)
{
    struct db_session *sessions;
    size_t count;
    enum err err = db_session_at(p->db, &p->arena, p->question->user_id, p->question->at_ns,
                                 SESSIONS_SHOWN, &sessions, &count);
    if (err)
        return err;
    json_key(json, "sessions");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(json);
        json_key_cstr(json, "id", sessions[i].id);
        json_key_cstr(json, "kind", sessions[i].kind);
        json_key_cstr(json, "peer", sessions[i].peer);
        json_key_cstr(json, "agent", sessions[i].agent);
        json_key_int(json, "created_ns", sessions[i].created_ns);
        json_key_ns(json, "ended_ns", sessions[i].ended_ns);
        json_object_end(json);
    }
    json_array_end(json);
    if (count)
        say_part(p, "logins", "store", "those that were open then");
    else
        say_part(
            p, "logins", "not_kept",
            "none was open then, or it is kept no more: a login is forgotten when it has run out; auth.login in the trail stays");
    return ERR_OK;
}

static enum err write_alerts(struct person *p, struct json_writer *json)
{
    struct db_alert *alerts;
    size_t count;
    enum err err = db_alert_at(p->db, &p->arena, p->question->user_id, p->question->at_ns,
                               ALERTS_SHOWN, &alerts, &count);
    if (err)
        return err;
    json_key(json, "alerts");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(json);
        json_key_cstr(json, "id", alerts[i].id);
        json_key_cstr(json, "level", alerts[i].level);
        json_key_cstr(json, "source", alerts[i].source);
        json_key_cstr(json, "text", alerts[i].text);
        json_key_int(json, "created_ns", alerts[i].created_ns);
        json_key_ns(json, "seen_ns", alerts[i].seen_ns);
        json_object_end(json);
    }
    json_array_end(json);
    say_part(p, "alerts", "store",
             "told before that moment, and marked as seen after it or never; the newest 200");
    say_part(
        p, "screen", "not_kept",
        "which screen was open, and what of it was in sight: only what the server had told is known");
    return ERR_OK;
}

/* ---- making one ------------------------------------------------------------------------------ */

struct making {
    struct pictures *all;
    struct picture *picture;
};

static bool keep_on(void *context, double done, const char *text)
{
    struct making *m = context;
    pthread_mutex_lock(&m->all->lock);
    m->picture->progress = done;
    snprintf(m->picture->text, sizeof m->picture->text, "%s", text);
    bool goes_on = !m->picture->is_unwanted && !m->all->is_stopping;
    pthread_mutex_unlock(&m->all->lock);
    return goes_on;
}

/* How far the lists were; false: nobody knows, and the part says why. */
static enum err find_event(struct person *p, const struct pictures_options *o, uint64_t *sequence,
                           int64_t *told_ns, bool *found)
{
    struct db_told told;
    *told_ns = 0;
    *sequence = p->question->sequence;
    *found = false;
    if (access(o->journal, R_OK) != 0) {
        say_part(p, "desk", "not_kept", "there is no journal of a desk");
        return ERR_OK;
    }
    if ((*found = *sequence > 0))
        return ERR_OK;
    enum err err = db_told_at(p->db, live_desk_id, p->question->at_ns, &told);
    if (err == ERR_NOT_FOUND)
        say_part(p, "desk", "not_kept",
                 "how far the desk's lists were is not written down for so early a moment");
    if (err)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    *sequence = (uint64_t)told.sequence;
    *told_ns = told.wall_ns;
    *found = true;
    return ERR_OK;
}

static enum err write_person(struct person *p, struct json_writer *json)
{
    enum err err = write_role(p, json);
    if (!err)
        err = write_sessions(p, json);
    return err ? err : write_alerts(p, json);
}

/* The members of two objects as one, and the parts of both as one list. */
static void join(struct buf *out, const struct buf *person, const struct buf *parts,
                 const struct buf *desk)
{
    json_t *all = json_loadb(person->ptr, person->len, 0, NULL),
           *more = desk->len ? json_loadb(desk->ptr, desk->len, 0, NULL) : NULL;
    struct buf list = { 0 };
    buf_putc(&list, '[');
    if (parts->len)
        buf_append(&list, parts->ptr, parts->len - 1);
    buf_putc(&list, ']');
    json_t *told = json_loadb(list.ptr, list.len, 0, NULL);
    MUST(all != NULL);
    MUST(told != NULL);
    if (more) {
        json_array_extend(told, json_object_get(more, "parts"));
        json_object_update(all, more);
    }
    json_object_set_new(all, "parts", told);
    char *text = json_dumps(all, JSON_COMPACT);
    MUST(text != NULL);
    buf_puts(out, text);
    free(text);
    buf_free(&list);
    json_decref(more);
    json_decref(all);
}

static enum err make(struct pictures *all, struct picture *picture,
                     const struct picture_question *question, struct buf *out)
{
    struct making making = { all, picture };
    struct picture_progress progress = { keep_on, &making };
    struct person p = { .question = question };
    struct buf person = { 0 }, desk = { 0 };
    struct json_writer json = { .out = &person };
    uint64_t sequence = 0;
    int64_t told_ns = 0;
    bool found = false;
    arena_init(&p.arena, "picture", 1 << 14);
    enum err err = db_open(&p.db, all->options.db_path);
    json_object_begin(&json);
    if (!err)
        err = write_person(&p, &json);
    if (!err)
        err = find_event(&p, &all->options, &sequence, &told_ns, &found);
    json_key_ns(&json, "told_ns", told_ns);
    json_object_end(&json);
    if (!err && found) {
        struct json_writer more = { .out = &desk };
        err = picture_of_desk(&more, &all->options, sequence, question->sequence > 0, &progress);
        if (err && err != ERR_CANCELLED) { /* an older program's journal, or a damaged one: the
                                              person's part is known all the same */
            log_warn("server", "a picture of the trail has no desk: %s", err_detail());
            say_part(&p, "desk", "not_kept",
                     arena_printf(&p.arena, "the desk could not be made again: %s", err_detail()));
            buf_clear(&desk);
            err = ERR_OK;
        }
    }
    if (!err)
        join(out, &person, &p.parts, &desk);
    db_close(p.db);
    buf_free(&p.parts);
    buf_free(&person);
    buf_free(&desk);
    arena_clear(&p.arena);
    return err;
}

static struct picture *next_waiting(struct pictures *all)
{
    struct picture *next = NULL;
    for (int i = 0; i < PICTURES_KEPT; i++)
        if (all->kept[i].state == PICTURE_WAITING && (!next || all->kept[i].number < next->number))
            next = &all->kept[i];
    return next;
}

static void clear(struct picture *picture)
{
    buf_free(&picture->made);
    *picture = (struct picture){ 0 };
}

static void *work(void *argument)
{
    struct pictures *all = argument;
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* the live desk comes first */
    pthread_mutex_lock(&all->lock);
    while (!all->is_stopping) {
        struct picture *picture = next_waiting(all);
        if (!picture) {
            pthread_cond_wait(&all->work, &all->lock);
            continue;
        }
        picture->state = PICTURE_RUNNING;
        struct picture_question question = picture->question;
        struct buf made = { 0 };
        pthread_mutex_unlock(&all->lock);
        enum err err = make(all, picture, &question, &made);
        pthread_mutex_lock(&all->lock);
        picture->state = err ? PICTURE_FAILED : PICTURE_DONE;
        picture->made = made;
        picture->progress = 1;
        snprintf(picture->why, sizeof picture->why, "%s", err ? err_detail() : "");
        if (err && !picture->is_unwanted && !all->is_stopping)
            log_warn("server", "a picture of the trail could not be made: %s", picture->why);
        if (picture->is_unwanted)
            clear(picture);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* ---- the front door -------------------------------------------------------------------------- */

void pictures_open(struct pictures **out, const struct pictures_options *options)
{
    struct pictures *all = *out = mem_alloc(sizeof *all);
    arena_init(&all->arena, "pictures", 1024);
    all->options = *options;
    all->options.db_path = arena_strdup(&all->arena, options->db_path);
    all->options.journal = arena_strdup(&all->arena, options->journal);
    all->options.scratch = arena_strdup(&all->arena, options->scratch);
    unlink(options->scratch); /* of a program that was killed */
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->work, NULL);
}

void pictures_close(struct pictures *all)
{
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->is_stopping = true;
    bool has_thread = all->has_thread;
    pthread_cond_broadcast(&all->work);
    pthread_mutex_unlock(&all->lock);
    if (has_thread)
        pthread_join(all->thread, NULL);
    for (int i = 0; i < PICTURES_KEPT; i++)
        clear(&all->kept[i]);
    pthread_cond_destroy(&all->work);
    pthread_mutex_destroy(&all->lock);
    arena_clear(&all->arena);
    mem_free(all);
}

/* Free, or the oldest that has ended; NULL: all are wanted still. */
static struct picture *find_room(struct pictures *all)
{
    struct picture *room = NULL;
    for (int i = 0; i < PICTURES_KEPT; i++) {
        struct picture *p = &all->kept[i];
        if (p->state == PICTURE_NONE)
            return p;
        if ((p->state == PICTURE_DONE || p->state == PICTURE_FAILED) &&
            (!room || p->number < room->number))
            room = p;
    }
    return room;
}

enum err pictures_ask(struct pictures *all, const struct picture_question *question,
                      char id[DB_ID_BYTES])
{
    pthread_mutex_lock(&all->lock);
    struct picture *room = find_room(all);
    if (room && !all->has_thread)
        all->has_thread = pthread_create(&all->thread, NULL, work, all) == 0;
    bool has_thread = all->has_thread;
    if (room && has_thread) {
        clear(room);
        room->state = PICTURE_WAITING;
        room->question = *question;
        room->number = ++all->number;
        db_id_make(room->id);
        memcpy(id, room->id, DB_ID_BYTES);
        pthread_cond_signal(&all->work);
    }
    pthread_mutex_unlock(&all->lock);
    if (!room)
        return err_set(ERR_FULL, "%d such questions wait already; ask again when one is answered",
                       PICTURES_KEPT);
    return has_thread ? ERR_OK
                      : err_set(ERR_FULL,
                                "the machine has no thread to spare for it; ask again in a moment");
}

static struct picture *find(struct pictures *all, const char *id)
{
    for (int i = 0; i < PICTURES_KEPT; i++)
        if (all->kept[i].state != PICTURE_NONE && !all->kept[i].is_unwanted &&
            strcmp(all->kept[i].id, id) == 0)
            return &all->kept[i];
    return NULL;
}

static void write_picture(const struct picture *p, struct json_writer *json)
{
    static const char *const states[] = { "", "waiting", "running", "done", "failed" };
    json_object_begin(json);
    json_key_cstr(json, "id", p->id);
    json_key_cstr(json, "state", states[p->state]);
    json_key_double(json, "progress", p->progress);
    json_key_cstr(json, "text", p->text);
    json_key_cstr(json, "error", p->why);
    json_key_cstr(json, "user_id", p->question.user_id);
    json_key_int(json, "at_ns", p->question.at_ns);
    if (p->question.entry)
        json_key_int(json, "entry", p->question.entry);
    else
        json_key_null(json, "entry");
    json_key(json, "seen");
    if (p->made.len)
        json_raw(json, buf_str(&p->made));
    else
        json_none(json);
    json_object_end(json);
}

enum err pictures_write(struct pictures *all, const char *id, struct json_writer *json)
{
    pthread_mutex_lock(&all->lock);
    const struct picture *p = find(all, id);
    if (p)
        write_picture(p, json);
    pthread_mutex_unlock(&all->lock);
    return p ? ERR_OK
             : err_set(ERR_NOT_FOUND,
                       "there is no such picture, or not any more: ask for it again");
}

enum err pictures_forget(struct pictures *all, const char *id)
{
    pthread_mutex_lock(&all->lock);
    struct picture *p = find(all, id);
    if (p && p->state == PICTURE_RUNNING)
        p->is_unwanted = true; /* its thread looks now and then, and clears it */
    else if (p)
        clear(p);
    pthread_mutex_unlock(&all->lock);
    return p ? ERR_OK : err_set(ERR_NOT_FOUND, "there is no such picture, or not any more");
}
