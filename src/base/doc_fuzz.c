#include "base/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ask every node for everything: whatever the text, an answer or an error with a place. */
static void visit(const struct doc_node *node, int depth)
{
    static const char *const names[] = { "delta", "premium" };
    struct str text;
    int64_t number;
    double real;
    int32_t date;
    bool yes;
    size_t index;
    enum err errs[] = {
        doc_str(node, &text),           doc_int64(node, -5, 5, &number),
        doc_double(node, -5, 5, &real), doc_fixed(node, 6, -5, 5, &number),
        doc_bool(node, &yes),           doc_date(node, &date),
        doc_time_of_day(node, &number), doc_choice(node, names, 2, &index),
        doc_check_keys(node, names, 2),
    };
    MUST(errs[0] == ERR_OK || err_detail()[0] != '\0');
    MUST(depth <= DOC_DEPTH_MAX);
    for (size_t i = 0; i < node->count; i++) {
        MUST(node->items[i]->parent == node);
        MUST(node->items[i]->index == i);
        MUST(node->kind != DOC_MAP || doc_find(node, node->items[i]->key.ptr) == node->items[i]);
        visit(node->items[i], depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct doc *doc;
    arena_init(&arena, "fuzz", 0);
    if (doc_parse(&doc, &arena, "fuzz", (struct str){ (const char *)data, size }) == ERR_OK)
        visit(doc->root, 0);
    else
        MUST(strncmp(err_detail(), "fuzz:", 5) == 0);
    arena_clear(&arena);
    return 0;
}
