#include "base/mem.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = alignof(max_align_t), CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t used;
    size_t size;
    alignas(ALIGN) unsigned char bytes[];
};

static NORETURN void out_of_memory(size_t bytes)
{
    fprintf(stderr, "ironfly: out of memory asking for %zu bytes\n", bytes);
    abort();
}

void arena_init(struct arena *arena, const char *name, size_t chunk_bytes)
{
    *arena = (struct arena){ .name = name, .chunk_bytes = chunk_bytes ? chunk_bytes : CHUNK_BYTES };
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    MUST(bytes <= SIZE_MAX / 2);
    size_t need = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_chunk *chunk = arena->chunk;
    if (!chunk || chunk->size - chunk->used < need) {
        size_t size = need > arena->chunk_bytes ? need : arena->chunk_bytes;
        /* Zeroed by the system: large arrays take memory only where they are written. */
        chunk = calloc(1, sizeof *chunk + size);
        if (!chunk)
            out_of_memory(size);
        chunk->older = arena->chunk;
        chunk->used = 0;
        chunk->size = size;
        arena->chunk = chunk;
    }
    void *memory = chunk->bytes + chunk->used;
    chunk->used += need;
    arena->used_bytes += need;
    return memory;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    MUST(size == 0 || count <= SIZE_MAX / 2 / size);
    return arena_alloc(arena, count * size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MUST(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void arena_clear(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->chunk; chunk;) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    arena->chunk = NULL;
    arena->used_bytes = 0;
}

void *mem_grow(void *array, size_t *capacity, size_t need, size_t element_bytes)
{
    if (need <= *capacity)
        return array;
    size_t wanted = *capacity ? *capacity : 16;
    while (wanted < need) {
        MUST(wanted <= SIZE_MAX / 4);
        wanted *= 2;
    }
    MUST(element_bytes == 0 || wanted <= SIZE_MAX / 2 / element_bytes);
    void *moved = realloc(array, wanted * element_bytes);
    if (!moved)
        out_of_memory(wanted * element_bytes);
    *capacity = wanted;
    return moved;
}

void mem_give_back_early(void)
{
#ifdef __GLIBC__
    /* Setting the thresholds also ends their growing: glibc raises them to the largest block ever
     * freed, up to 32 MiB, and from then on such blocks stay in a thread's heap (and are cleared
     * by hand, where fresh pages come as zeros). */
    enum { HEAPS = 2, LARGE_BYTES = 256 * 1024 };
    mallopt(M_ARENA_MAX, HEAPS);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

void *mem_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory)
        out_of_memory(bytes);
    return memory;
}

void mem_free(void *memory)
{
    free(memory);
}
