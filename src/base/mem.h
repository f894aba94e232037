/*
 * Memory: arenas for lifetimes, and growing arrays. malloc lives here and nowhere else.
 *
 * An arena is a lifetime; its name says which ("run", "step", "import"). Allocation never fails: a
 * program without memory cannot trade and stops with a message. Nobody frees single things.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena_chunk;

struct arena {
    const char *name;
    struct arena_chunk *chunk; /* newest; NULL when nothing was allocated */
    size_t chunk_bytes;        /* of the next chunk, unless one allocation is larger */
    size_t used_bytes;         /* handed out in all */
};

/* An empty arena. chunk_bytes 0 takes 64 KiB. name must outlive it. */
void arena_init(struct arena *arena, const char *name, size_t chunk_bytes);

/* Zeroed memory, aligned for any type, that lives until arena_clear(). bytes may be 0. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* Zeroed room for count elements of size bytes each; the product is checked. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of len bytes. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Give everything back. The arena is empty and usable again. */
void arena_clear(struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_calloc((arena), (count), sizeof(type)))

/*
 * Grow a heap array so that it holds need elements: returns the array, moved or not, and raises
 * *capacity. Start with NULL and 0; give it back with mem_free(). New elements are not zeroed.
 */
void *mem_grow(void *array, size_t *capacity, size_t need, size_t element_bytes);

/*
 * For a process of many threads that lives long: call it before the first thread. An allocator
 * gives each thread a heap of its own, and each keeps the largest that ever was in it; here there
 * are two, and what is large goes back at once.
 */
void mem_give_back_early(void);

/* Zeroed heap memory; mem_free() takes NULL too. */
void *mem_alloc(size_t bytes);
void mem_free(void *memory);

#endif
