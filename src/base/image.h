/*
 * A state as bytes and back: one walk over its fields, two uses.
 *
 *     void image_counter(struct image *im, struct counter *c)
 *     {
 *         IMAGE(im, c->count);                       numbers, arrays of numbers, structs without
 *                                                    holes
 *         IMAGE_BOOL(im, c->is_full);
 *         image_array(im, "rows", c->rows, c->count, sizeof *c->rows, c->room);
 *     }
 *
 * For snapshots that the same program reads again on the same kind of machine: bytes as they lie
 * in memory, field by field, so that holes between fields, which hold anything, are left out and
 * equal states are equal bytes. What has pointers is walked, never copied. Not for exchange with
 * others, nor for ever: that is what a journal's records are.
 *
 * Reading never goes beyond the end, and what cannot be (too few bytes, a count beyond its room, a
 * bool of 7) sets fault, after which everything reads as zero. The caller checks what numbers
 * mean.
 */
#ifndef BASE_IMAGE_H
#define BASE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct image {
    struct buf *out; /* NULL: reading */
    const uint8_t *in;
    size_t len, at;
    const char *fault; /* the name of the first field that cannot be; NULL */
};

static inline bool image_reads(const struct image *image)
{
    return image->out == NULL;
}

void image_bytes(struct image *image, const char *name, void *bytes, size_t len);
void image_bool(struct image *image, const char *name, bool *value);
/* A count of elements, at most room. */
void image_count(struct image *image, const char *name, uint32_t *count, uint32_t room);
/* count elements of numbers, of which there is room for room; the count is written too, and must
 * be the same when read unless the caller has read it before. */
void image_array(struct image *image, const char *name, void *elements, uint32_t count,
                 size_t element_bytes);
/* A word between parts: where two programs disagree it is found here, and not as nonsense later. */
void image_mark(struct image *image, const char *name);
void image_fail(struct image *image, const char *name);

#define IMAGE(image, field) image_bytes((image), #field, &(field), sizeof(field))
#define IMAGE_BOOL(image, field) image_bool((image), #field, &(field))

/*
 * Tables of fields, X macros of one argument each:
 *
 *     #define COUNTER_FIELDS(N, B) N(count) N(limit) B(is_full)
 *     IMAGE_TABLE(counter, COUNTER_FIELDS, 3)   image_counter(); 3 bytes are left out
 *
 * N numbers, B bools. The build stops when a field is added to the struct and not to its table.
 */
#define IMAGE_N_(field) IMAGE(im, s->field);
#define IMAGE_B_(field) IMAGE_BOOL(im, s->field);
#define IMAGE_BYTES_(field) +sizeof(((image_type_ *)0)->field)
#define IMAGE_TABLE(name, FIELDS, rest)                                                            \
    static void image_##name(struct image *im, struct name *s)                                     \
    {                                                                                              \
        typedef struct name image_type_;                                                           \
        _Static_assert(sizeof(struct name) == (rest)FIELDS(IMAGE_BYTES_, IMAGE_BYTES_),            \
                       "struct " #name                                                             \
                       " has a field that its table lacks, or holes are counted wrong");           \
        FIELDS(IMAGE_N_, IMAGE_B_)                                                                 \
    }

#endif
