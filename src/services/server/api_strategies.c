/* The catalogue, and strategies that people save. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/strategy/strategy.h"
#include "services/server/desk_call.h"

enum { CATALOGUE_MAX = 1000 };

static void write_strategy(struct json_writer *json, const char *name, const struct strategy *s,
                           const struct str *text)
{
    json_object_begin(json);
    json_key_cstr(json, "name", name);
    json_key_cstr(json, "title", s->name);
    json_key_cstr(json, "underlying", s->underlying);
    json_key_cstr(json, "description", s->description ? s->description : "");
    json_key(json, "parameters");
    json_array_begin(json);
    for (int i = 0; i < s->param_count; i++) {
        const struct strategy_param *p = &s->params[i];
        json_object_begin(json);
        json_key_cstr(json, "name", p->name);
        json_key_double(json, "value", p->value);
        json_key_double(json, "min", p->min);
        json_key_double(json, "max", p->max);
        json_key_double(json, "step", p->step);
        json_key_cstr(json, "unit", p->unit);
        json_key_cstr(json, "help", p->help ? p->help : "");
        json_object_end(json);
    }
    json_array_end(json);
    if (text)
        json_key_str(json, "text", *text);
    json_object_end(json);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static enum err list_names(struct arena *arena, const char **names, size_t *count)
{
    char folder[STRATEGY_PATH_BYTES];
    *count = 0;
    enum err err = strategy_catalogue(folder);
    if (err)
        return err;
    DIR *dir = opendir(folder);
    if (!dir)
        return err_set(ERR_IO, "%s cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; *count < CATALOGUE_MAX && (entry = readdir(dir)) != NULL;)
        if (str_ends_with(str_from(entry->d_name), STR(".yaml")))
            names[(*count)++] = arena_strndup(arena, entry->d_name, strlen(entry->d_name) - 5);
    closedir(dir);
    qsort(names, *count, sizeof *names, by_name);
    return ERR_OK;
}

int api_catalogue(struct call *call)
{
    const char **names = arena_array(call->arena, const char *, CATALOGUE_MAX);
    size_t count;
    enum err err = list_names(call->arena, names, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    struct arena arena;
    arena_init(&arena, "step", 256 * 1024);
    for (size_t i = 0; i < count; i++) {
        struct strategy *s = arena_new(&arena, struct strategy);
        if (!strategy_load(s, &arena, names[i], NULL, 0))
            write_strategy(&call->json, names[i], s, NULL);
        arena_clear(&arena);
    }
    return list_end(call, NULL);
}

static enum err read_text(struct arena *arena, const char *path, struct str *out)
{
    enum { BYTES_MAX = 1 << 20 };
    FILE *file = fopen(path, "rb");
    char *text = arena_alloc(arena, BYTES_MAX);
    if (!file)
        return err_set(ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    *out = (struct str){ text, fread(text, 1, BYTES_MAX - 1, file) };
    fclose(file);
    return ERR_OK;
}

int api_catalogue_entry(struct call *call)
{
    struct strategy *s = arena_new(call->arena, struct strategy);
    struct str text;
    if (!is_strategy_name(call->path_args[0]))
        return problem(call, 404, "not_found", "the catalogue has no strategy of this name");
    const char *name = call_path(call, 0);
    enum err err = strategy_load(s, call->arena, name, NULL, 0);
    if (err == ERR_NOT_FOUND)
        return problem(call, 404, "not_found", "the catalogue has no strategy \"%s\"", name);
    if (!err)
        err = read_text(call->arena, s->path, &text);
    if (err)
        return problem_of(call, err);
    write_strategy(&call->json, name, s, &text);
    return 200;
}

/* ---- saved ones ------------------------------------------------------------------------------ */

static void write_saved(struct json_writer *json, const struct db_strategy *s, bool with_text)
{
    json_object_begin(json);
    json_key_cstr(json, "id", s->id);
    json_key_cstr(json, "owner_id", s->owner_id);
    json_key_cstr(json, "name", s->name);
    json_key_int(json, "version", s->version);
    json_key_cstr(json, "hash", s->hash);
    json_key_cstr(json, "note", s->note);
    json_key_cstr(json, "author_id", s->author_id);
    json_key_int(json, "created_ns", s->created_ns);
    json_key_int(json, "version_ns", s->version_ns);
    if (with_text)
        json_key_str(json, "text", s->text);
    json_object_end(json);
}

int api_strategies(struct call *call)
{
    struct db_strategy *all;
    size_t count;
    enum err err = db_strategy_list(call->db, call->arena, call_page(call), &all, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_saved(&call->json, &all[i], false);
    return list_end(call, list_next(call, count, count ? all[count - 1].id : NULL));
}

static int answer_saved(struct call *call, const char *id, int status)
{
    struct db_strategy s;
    enum err err = db_strategy_get(call->db, call->arena, id, &s);
    if (err)
        return problem_of(call, err);
    write_saved(&call->json, &s, true);
    return status;
}

int api_strategy(struct call *call)
{
    return answer_saved(call, call_path(call, 0), 200);
}

int api_strategy_versions(struct call *call)
{
    struct db_strategy *all;
    size_t count;
    enum err err =
        db_strategy_versions(call->db, call->arena, call_path(call, 0), 500, &all, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_saved(&call->json, &all[i], true);
    return list_end(call, NULL);
}

/* Check the text of body, and put it and its hash into s. */
static enum err take_text(struct call *call, struct strategy *parsed, struct db_strategy *s)
{
    struct str note = call_text(call->body, "note");
    s->text = call_text(call->body, "text");
    s->note = note.ptr ? note.ptr : "";
    s->author_id = call->who.user_id;
    s->version_ns = call->now_ns;
    enum err err = strategy_parse(parsed, call->arena, "strategy", s->text, NULL, 0);
    s->hash = parsed->hash;
    return err;
}

int api_strategy_add(struct call *call)
{
    char id[DB_ID_BYTES];
    struct strategy *parsed = arena_new(call->arena, struct strategy);
    db_id_make(id);
    struct db_strategy s = { .id = id,
                             .owner_id = call->who.user_id,
                             .name = call_text(call->body, "name").ptr,
                             .created_ns = call->now_ns };
    enum err err = take_text(call, parsed, &s);
    if (!err)
        err = db_strategy_add(call->db, &s);
    return err ? problem_of(call, err) : answer_saved(call, id, 201);
}

/* 0 when it is there and the caller's own (or the caller is an admin). */
static int own_strategy(struct call *call, struct db_strategy *out)
{
    enum err err = db_strategy_get(call->db, call->arena, call_path(call, 0), out);
    if (err)
        return problem_of(call, err);
    if (strcmp(out->owner_id, call->who.user_id) != 0 &&
        !(call->who.permissions & PERMISSION_BIT(MAY_MANAGE_USERS)))
        return problem(call, 403, "not_yours",
                       "this strategy is somebody else's; save one of your own from its text");
    return 0;
}

int api_strategy_revise(struct call *call)
{
    struct strategy *parsed = arena_new(call->arena, struct strategy);
    struct db_strategy s;
    int status = own_strategy(call, &s);
    if (status)
        return status;
    enum err err = take_text(call, parsed, &s);
    if (!err)
        err = db_strategy_revise(call->db, &s);
    return err ? problem_of(call, err) : answer_saved(call, s.id, 201);
}

int api_strategy_archive(struct call *call)
{
    struct db_strategy s;
    int status = own_strategy(call, &s);
    if (status)
        return status;
    enum err err = db_strategy_archive(call->db, s.id, call->now_ns);
    return err ? problem_of(call, err) : 204;
}

int api_strategy_check(struct call *call)
{
    struct strategy *s = arena_new(call->arena, struct strategy);
    enum err err =
        strategy_parse(s, call->arena, "strategy", call_text(call->body, "text"), NULL, 0);
    json_object_begin(&call->json);
    json_key_bool(&call->json, "good", !err);
    json_key_cstr(&call->json, "detail", err ? err_detail() : NULL);
    if (!err) {
        json_key(&call->json, "strategy");
        write_strategy(&call->json, s->name, s, NULL);
    }
    json_object_end(&call->json);
    return 200;
}
