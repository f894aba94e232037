/*
 * Pictures: what the server had told somebody at a moment, made again from what is kept.
 *
 *     the person's    login, role and alerts: from the store and the trail
 *     lists           orders, fills and their history: the desk's journal folded up to a record, as
 *                     desk_rows.h does it
 *     the desk's      positions, account, quotes, what each gate said: the kernel itself, replayed
 *                     to an event (desk_look_back()), every record compared with the journal on the
 *                     way
 *
 * That takes from a moment to minutes: one thread makes one picture at a time, and tells how far
 * it is. The last few are kept in memory, so that an answer can be read twice; nothing of them is
 * stored.
 */
#ifndef SERVICES_SERVER_PICTURE_H
#define SERVICES_SERVER_PICTURE_H

#include "adapters/db/db.h"
#include "base/json_writer.h"
#include "services/audit/keys.h"

struct pictures;

struct pictures_options {
    const char *db_path;
    const char *journal; /* of the desk; may not be there */
    const char
        *scratch; /* a file for the rows of the picture that is being made, removed at both ends */
    const struct keys *keys; /* of the audit trail */
};

struct picture_question {
    char user_id[DB_ID_BYTES]; /* "" the program */
    int64_t at_ns;             /* by this machine's clock */
    int64_t entry;             /* of the trail, 0 none */
    uint64_t sequence; /* of the desk's event that the entry tells of; 0: none, what was told at
                          at_ns counts */
};

/* The thread begins with the first question. */
void pictures_open(struct pictures **out, const struct pictures_options *options);
void pictures_close(struct pictures *pictures); /* NULL is fine */

enum { PICTURES_KEPT = 8 };
/* Any thread. Forgets the oldest that has ended. ERR_FULL when none of PICTURES_KEPT has, or the
 * machine gives no thread. */
NODISCARD enum err pictures_ask(struct pictures *pictures, const struct picture_question *question,
                                char id[DB_ID_BYTES]);
/* Schema Picture. ERR_NOT_FOUND: there is none, or not any more. */
NODISCARD enum err pictures_write(struct pictures *pictures, const char *id,
                                  struct json_writer *json);
/* Stop it if it is being made, and forget it. ERR_NOT_FOUND. */
NODISCARD enum err pictures_forget(struct pictures *pictures, const char *id);

/* ---- picture_desk.c -------------------------------------------------------------------------- */

/* Told now and then; false stops it. */
struct picture_progress {
    bool (*keep_on)(void *context, double done, const char *text);
    void *context;
};

/*
 * The members of schema Picture that the desk's journal gives, right behind an event; is_entry:
 * that event is what is asked about, and its order is told with what the gates said. Errors: those
 * of journal and kernel, ERR_CANCELLED.
 */
NODISCARD enum err picture_of_desk(struct json_writer *json, const struct pictures_options *options,
                                   uint64_t sequence, bool is_entry,
                                   const struct picture_progress *progress);
/* An item of Picture.parts. how: a word of schema PicturePart. */
void picture_part(struct json_writer *json, const char *part, const char *how, const char *format,
                  ...) PRINTF_LIKE(4, 5);

#endif
