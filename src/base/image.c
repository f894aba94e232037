#include "base/image.h"

#include <string.h>

void image_fail(struct image *im, const char *name)
{
    if (!im->fault)
        im->fault = name;
}

void image_bytes(struct image *im, const char *name, void *bytes, size_t len)
{
    if (im->out) {
        buf_append(im->out, bytes, len);
        return;
    }
    if (im->fault || im->len - im->at < len) {
        image_fail(im, name);
        memset(bytes, 0, len);
        return;
    }
    memcpy(bytes, im->in + im->at, len);
    im->at += len;
}

void image_bool(struct image *im, const char *name, bool *value)
{
    uint8_t byte = im->out ? *value : 0;
    image_bytes(im, name, &byte, 1);
    if (byte > 1)
        image_fail(im, name);
    *value = byte == 1;
}

void image_count(struct image *im, const char *name, uint32_t *count, uint32_t room)
{
    image_bytes(im, name, count, sizeof *count);
    if (*count <= room)
        return;
    image_fail(im, name);
    *count = 0;
}

void image_array(struct image *im, const char *name, void *elements, uint32_t count,
                 size_t element_bytes)
{
    uint32_t told = count;
    image_count(im, name, &told, count);
    if (told != count)
        image_fail(im, name);
    if (count && !im->fault)
        image_bytes(im, name, elements, count * element_bytes);
}

void image_mark(struct image *im, const char *name)
{
    uint32_t word = 2166136261U, told;
    for (const char *c = name; *c; c++)
        word = (word ^ (uint8_t)*c) * 16777619U;
    told = word;
    image_bytes(im, name, &told, sizeof told);
    if (told != word)
        image_fail(im, name);
}
