/* The trail: read, filtered, proved; and what somebody saw at a moment of it. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "services/server/picture.h"
#include "services/server/server_int.h"

/* ---- reading --------------------------------------------------------------------------------- */

static const char *terminated(struct call *call, struct str text)
{
    return text.ptr ? arena_strndup(call->arena, text.ptr, text.len) : NULL;
}

static void write_entry(struct json_writer *json, const struct db_audit *e)
{
    char hash[2 * DB_HASH_BYTES + 1];
    sodium_bin2hex(hash, sizeof hash, (const unsigned char *)e->hash.ptr, e->hash.len);
    json_object_begin(json);
    json_key_int(json, "seq", e->seq);
    json_key_int(json, "ts_ns", e->ts_ns);
    json_key_cstr(json, "user_id", e->user_id);
    json_key_cstr(json, "event", e->event);
    json_key_cstr(json, "object", e->object);
    json_key_cstr(json, "peer", e->peer);
    json_key_cstr(json, "request_id", e->request_id);
    json_key(json, "data");
    json_raw(json, str_from(e->data));
    json_key_cstr(json, "hash", hash);
    json_object_end(json);
}

int api_audit(struct call *call)
{
    struct db_audit *entries;
    size_t count;
    int64_t before = 0;
    struct str after = call_text(call->query, "after"), user = call_text(call->query, "user");
    if (after.ptr && (!str_to_int64(after, &before) || before < 1))
        return problem(call, 422, "after", "after is not a number of an entry");
    struct db_audit_filter filter = { .user_id =
                                          str_is(user, "program") ? "" : terminated(call, user),
                                      .event = terminated(call, call_text(call->query, "event")),
                                      .text = terminated(call, call_text(call->query, "text")),
                                      .from_ns = call_whole(call->query, "from_ns", 0),
                                      .to_ns = call_whole(call->query, "to_ns", 0) };
    if (filter.from_ns && filter.to_ns && filter.from_ns >= filter.to_ns)
        return problem(call, 422, "from_ns", "from_ns is not before to_ns");
    enum err err = db_audit_list(call->db, call->arena, &filter, before, call_page(call).limit,
                                 &entries, &count);
    if (err)
        return problem_of(call, err);
    list_begin(call);
    for (size_t i = 0; i < count; i++)
        write_entry(&call->json, &entries[i]);
    const char *last =
        count ? arena_printf(call->arena, "%lld", (long long)entries[count - 1].seq) : NULL;
    return list_end(call, list_next(call, count, last));
}

int api_audit_events(struct call *call)
{
    const char **events;
    size_t count;
    enum err err = db_audit_events(call->db, call->arena, &events, &count);
    if (err)
        return problem_of(call, err);
    json_object_begin(&call->json);
    json_key(&call->json, "events");
    json_array_begin(&call->json);
    for (size_t i = 0; i < count; i++)
        json_cstr(&call->json, events[i]);
    json_array_end(&call->json);
    json_object_end(&call->json);
    return 200;
}

int api_audit_verify(struct call *call)
{
    struct audit_head head;
    enum err err = audit_verify(call->db, &call->server->accounts.keys, &head);
    if (err && err != ERR_CORRUPT)
        return problem_of(call, err);
    json_object_begin(&call->json);
    json_key_bool(&call->json, "whole", !err);
    json_key_int(&call->json, "entries", head.seq);
    json_key_cstr(&call->json, "head", head.hash);
    json_key_cstr(&call->json, "detail", err ? err_detail() : NULL);
    json_object_end(&call->json);
    return 200;
}

/* ---- what somebody saw ----------------------------------------------------------------------- */

static int answer_picture(struct call *call, const char *id, int status)
{
    enum err err = pictures_write(call->server->pictures, id, &call->json);
    return err ? problem_of(call, err) : status;
}

/* Of an entry: its person and moment, and the desk's event where it tells of one. 0 to go on. */
static int ask_of_entry(struct call *call, int64_t seq, struct picture_question *q)
{
    struct db_audit entry;
    enum err err = db_audit_get(call->db, call->arena, seq, &entry);
    if (err)
        return problem_of(call, err);
    json_t *data = json_loads(entry.data, 0, NULL);
    json_int_t sequence = json_integer_value(json_object_get(data, "sequence"));
    bool is_desks = strncmp(entry.event, "desk.", 5) == 0 && sequence > 0;
    json_decref(data);
    *q = (struct picture_question){ .at_ns = entry.ts_ns,
                                    .entry = seq,
                                    .sequence = is_desks ? (uint64_t)sequence : 0 };
    snprintf(q->user_id, sizeof q->user_id, "%s", entry.user_id);
    return 0;
}

static int ask_of_person(struct call *call, struct str user, int64_t at_ns,
                         struct picture_question *q)
{
    struct db_user found;
    const char *id = terminated(call, user);
    enum err err = db_user_get(call->db, call->arena, id, &found);
    if (err)
        return problem_of(call, err);
    if (at_ns <= 0 || at_ns > call->now_ns)
        return problem(call, 422, "at_ns", "at_ns is not a moment before now");
    *q = (struct picture_question){ .at_ns = at_ns };
    snprintf(q->user_id, sizeof q->user_id, "%s", id);
    return 0;
}

/* Who looks over whose shoulder is in the trail too. */
static enum err note_question(struct call *call, const struct picture_question *q)
{
    const char *data = q->entry
                           ? arena_printf(call->arena, "{\"entry\":%lld,\"at_ns\":%lld}",
                                          (long long)q->entry, (long long)q->at_ns)
                           : arena_printf(call->arena, "{\"at_ns\":%lld}", (long long)q->at_ns);
    struct audit_event e = { call->who.user_id, "audit.picture",        q->user_id,
                             call->actor.peer,  call->actor.request_id, data };
    return audit_write(call->db, &call->server->accounts.keys, call->now_ns, &e);
}

int api_picture_add(struct call *call)
{
    struct picture_question question;
    char id[DB_ID_BYTES], place[64];
    int64_t entry = call_whole(call->body, "entry", 0), at_ns = call_whole(call->body, "at_ns", 0);
    struct str user = call_text(call->body, "user_id");
    if ((entry > 0) == (user.ptr != NULL) || (user.ptr && !at_ns))
        return problem(call, 422, "question",
                       "name either an entry of the trail, or user_id and at_ns");
    int status =
        entry ? ask_of_entry(call, entry, &question) : ask_of_person(call, user, at_ns, &question);
    if (status)
        return status;
    enum err err = pictures_ask(call->server->pictures, &question, id);
    if (err == ERR_FULL)
        return problem(call, 429, "busy", "%s", err_detail());
    if (!err)
        err = note_question(call, &question);
    if (err) { /* what is not in the trail is not told; nobody knows its id */
        int told = problem_of(call, err);
        (void)!pictures_forget(call->server->pictures, id);
        return told;
    }
    snprintf(place, sizeof place, "/api/v1/audit/pictures/%s", id);
    http_header_add(call->response, "Location", place);
    return answer_picture(call, id, 202);
}

int api_picture(struct call *call)
{
    return answer_picture(call, call_path(call, 0), 200);
}

int api_picture_forget(struct call *call)
{
    enum err err = pictures_forget(call->server->pictures, call_path(call, 0));
    return err ? problem_of(call, err) : 204;
}
