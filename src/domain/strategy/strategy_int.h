/*
 * Reading strategy files: what the parts of the parser share. For files of this folder only.
 *
 * The reader keeps the first error and goes quiet after it: every read_*() is then a no-op, so that
 * the code reads like the format. Callers look at reader.err once, at the end of a section.
 */
#ifndef DOMAIN_STRATEGY_STRATEGY_INT_H
#define DOMAIN_STRATEGY_STRATEGY_INT_H

#include "base/doc.h"
#include "domain/strategy/strategy.h"

struct reader {
    struct arena *arena;
    struct strategy *out;
    enum err err;
    struct expr_constant constants[STRATEGY_PARAMS_MAX];
    bool is_used[STRATEGY_PARAMS_MAX];
    size_t constant_count;
};

/* How a number is written. */
enum written {
    WRITTEN_PLAIN,   /* 0.16 */
    WRITTEN_WHOLE,   /* 3 */
    WRITTEN_DAYS,    /* 45 or 45d, whole */
    WRITTEN_DOLLARS, /* 500 or $500 */
    WRITTEN_PERCENT, /* 2%: the sign is needed, as 0.02 could be meant too; the value is 2 */
    WRITTEN_PERCENT_OR_PLAIN, /* where the key says percent already */
};

/* Remember an error at node, unless there is one. */
void reader_fail(struct reader *r, const struct doc_node *node, enum err code, const char *format,
                 ...) PRINTF_LIKE(4, 5);

/* Each leaves *out alone when map has no such key, or nothing behind it. min, max are inclusive. */
void read_number(struct reader *r, const struct doc_node *map, const char *key,
                 enum written written, double min, double max, double *out);
void read_whole(struct reader *r, const struct doc_node *map, const char *key, enum written written,
                int32_t min, int32_t max, int32_t *out);
void read_time(struct reader *r, const struct doc_node *map, const char *key, int32_t *out_seconds);
void read_duration(struct reader *r, const struct doc_node *map, const char *key, int32_t min,
                   int32_t max, int32_t *out_seconds);
void read_condition(struct reader *r, const struct doc_node *map, const char *key,
                    enum expr_scope scope, const struct expr **out);
void read_formula(struct reader *r, const struct doc_node *map, const char *key,
                  const struct expr **out);
void read_choice(struct reader *r, const struct doc_node *map, const char *key,
                 const char *const names[], size_t count, size_t *out_index);

/* The same of a node in hand. */
void number_of(struct reader *r, const struct doc_node *node, enum written written, double min,
               double max, double *out);
void time_of(struct reader *r, const struct doc_node *node, int32_t *out_seconds);
void date_of(struct reader *r, const struct doc_node *node, int32_t *out);

/* A key's value; NULL when it is missing, null, or there is an error. */
const struct doc_node *read_find(const struct reader *r, const struct doc_node *map,
                                 const char *key);
void read_keys(struct reader *r, const struct doc_node *map, const char *const keys[],
               size_t count);
#define READ_KEYS(r, map, ...)                                                                     \
    do {                                                                                           \
        static const char *const keys_[] = { __VA_ARGS__ };                                        \
        read_keys((r), (map), keys_, ARRAY_COUNT(keys_));                                          \
    } while (0)

/* A map's key as a name: a-z, 0-9 and _, at most 31 characters. */
void read_name(struct reader *r, const struct doc_node *node, char out[32]);

/* The sections. Each reads into s, which starts from structure_defaults(). */
void structure_defaults(struct structure *s);
void read_legs(struct reader *r, const struct doc_node *legs, struct structure *s);
void read_entry(struct reader *r, const struct doc_node *entry, struct structure *s);
void read_size(struct reader *r, const struct doc_node *size, struct structure *s);
void read_exit(struct reader *r, const struct doc_node *exit, struct structure *s);
void read_roll(struct reader *r, const struct doc_node *roll, struct structure *s);
void read_hedge(struct reader *r, const struct doc_node *hedge, struct structure *s);
void read_work(struct reader *r, const struct doc_node *work, struct structure *s);
/* roll.to, once all structures are read. */
void link_roll(struct reader *r, const struct doc_node *node, struct structure *s);

/* What cannot work although each part of it reads well. node is the structure's map. */
/* More calls or stock sold than bought, without shares held against them. */
bool structure_loss_is_unbounded(const struct structure *s);

void check_structure(struct reader *r, const struct doc_node *node, const struct structure *s);
void check_strategy(struct reader *r, const struct doc_node *root, const struct strategy *s);

NODISCARD enum err strategy_from_doc(struct strategy *out, struct arena *arena,
                                     const struct doc *doc,
                                     const struct strategy_override *overrides,
                                     size_t override_count);

/* The words of the format, in the order of their enums. */
extern const char *const leg_kind_words[3];
extern const char *const round_words[3];
extern const char *const every_words[7];
extern const char *const fill_words[5];
extern const char *const margin_words[4];
extern const char *const assigned_words[2];
extern const char *const assignment_words[2];

#endif
