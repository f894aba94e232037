#include "domain/strategy/suggest.h"

enum { NAME_MAX_CHARS = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein, neighbours swapped once (optimal string alignment). */
static size_t edit_distance(struct str a, struct str b)
{
    size_t row[3][NAME_MAX_CHARS + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *two_before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = a.ptr[i - 1] != b.ptr[j - 1];
            now[j] = least(least(now[j - 1], before[j]) + 1, before[j - 1] + change);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return row[a.len % 3][b.len];
}

void suggest(struct suggestion *s, const char *name)
{
    struct str known = str_from(name);
    if (s->asked.len == 0 || s->asked.len > NAME_MAX_CHARS || known.len > NAME_MAX_CHARS)
        return;
    size_t distance = edit_distance(s->asked, known);
    size_t longest = s->asked.len > known.len ? s->asked.len : known.len;
    /* A long name that starts as asked is meant too: "desc" for "description". */
    if (s->asked.len >= 3 && str_starts_with(known, s->asked))
        distance = 1;
    if (distance > 1 && distance > longest / 3)
        return;
    if (distance >= longest)
        return;
    if (!s->best || distance < s->distance) {
        s->best = name;
        s->distance = distance;
    }
}
