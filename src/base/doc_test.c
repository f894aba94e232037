#include "tests/testing.h"

#include "base/doc.h"
#include "base/zone.h"

static struct arena arena = { .name = "doc test" };

static const struct doc_node *parse(const char *text)
{
    struct doc *doc;
    CHECK_OK(doc_parse(&doc, &arena, "fly.yaml", str_from(text)));
    return doc->root;
}

static void refuses(const char *text, const char *why)
{
    struct doc *doc = NULL;
    if (doc_parse(&doc, &arena, "fly.yaml", str_from(text)) == ERR_OK)
        fail_msg("%s was read", text);
    CHECK_HAS(err_detail(), why);
    CHECK(doc == NULL);
    arena_clear(&arena);
}

TEST(doc, reads_maps_lists_and_scalars_with_their_places)
{
    const struct doc_node *root = parse("# a fly\n"
                                        "name: Iron fly\n"
                                        "legs:\n"
                                        "  - { side: sell, strike: { delta: 0.5 } }\n"
                                        "  - side: \"buy\"\n"
                                        "    note: |\n"
                                        "      two\n"
                                        "      lines\n"
                                        "none:\n");
    CHECK_EQ(root->count, 3);
    const struct doc_node *legs = doc_find(root, "legs");
    CHECK_EQ(legs->kind, DOC_LIST);
    CHECK_EQ(legs->count, 2);
    const struct doc_node *delta = doc_find(doc_find(legs->items[0], "strike"), "delta");
    CHECK_STR(delta->text.ptr, "0.5");
    CHECK_EQ(delta->line, 4);
    CHECK_EQ(delta->column, 36);
    char path[DOC_PATH_BYTES];
    doc_path(path, delta);
    CHECK_STR(path, "legs[0].strike.delta");
    CHECK(doc_find(legs->items[1], "side")->is_quoted);
    CHECK(!doc_find(legs->items[0], "side")->is_quoted);
    CHECK_STR(doc_find(legs->items[1], "note")->text.ptr, "two\nlines\n");
    CHECK(doc_is_null(doc_find(root, "none")));
    CHECK(doc_find(root, "absent") == NULL);
    CHECK(doc_find(NULL, "absent") == NULL);
    const struct doc_node *need;
    CHECK_EQ(doc_need(&need, legs->items[1], "strike"), ERR_PARSE);
    CHECK_STR(err_detail(), "fly.yaml:5:5: legs[1]: \"strike\" is missing");
    arena_clear(&arena);
}

TEST(doc, reads_json_with_all_its_escapes)
{
    const struct doc_node *root = parse(
        "\xEF\xBB\xBF{\"a\":1,\"b\":[true,null,-2.5e3],\n"
        "\t\"c\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\",\"d\":\"\\\\ud83d\",\"e\":{},"
        "\"long key with spaces\" : []}");
    struct str text;
    double number;
    bool yes;
    CHECK_OK(doc_str(doc_find(root, "c"), &text));
    CHECK_STR(text.ptr, "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80");
    CHECK_OK(doc_str(doc_find(root, "d"), &text));
    CHECK_STR(text.ptr, "\\ud83d");
    const struct doc_node *b = doc_find(root, "b");
    CHECK_OK(doc_bool(b->items[0], &yes));
    CHECK(yes);
    CHECK(doc_is_null(b->items[1]));
    CHECK_OK(doc_double(b->items[2], -INFINITY, INFINITY, &number));
    CHECK_NEAR(number, -2500, 0);
    CHECK_EQ(doc_find(root, "e")->kind, DOC_MAP);
    CHECK_EQ(doc_find(root, "long key with spaces")->kind, DOC_LIST);
    arena_clear(&arena);
}

TEST(doc, refuses_what_it_does_not_take_and_says_where)
{
    refuses("", "fly.yaml: it is empty");
    refuses("# only a comment\n", "empty");
    refuses("a: 1\nb: 2\na: 3\n", "fly.yaml:3:1: key \"a\" is given twice, first in line 1");
    refuses("a: &x 1\n", "1:4: anchors");
    refuses("a: *x\n", "aliases");
    refuses("a: !!int 1\n", "tags");
    refuses("a: 1\n---\nb: 2\n", "second document");
    refuses("? [a]\n: 1\n", "a key is a map or a list");
    refuses("'': 1\n", "key is empty");
    refuses("a:\n\t- 1\n", "indent with spaces");
    refuses("a: [1, 2\n", "fly.yaml:");
    refuses("a: \"unended\n", "fly.yaml:");
    refuses("a: caf\xE9\n", "fly.yaml:1: there are bytes that are not UTF-8");
    refuses("a: 1\nb: \xFF\n", "fly.yaml:2:");
    refuses("\xFF\xFE"
            "a",
            "UTF-16");
    refuses("{\"a\\0b\": 1}", "1:2: a text holds a NUL");
    refuses("a: \"b\\u0000\"", "1:4: a text holds a NUL");
    refuses("[\"\\ud83d\"]", "fly.yaml:1:");
    char deep[80] = { 0 };
    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    refuses(deep, "deeper than 32");
    deep[65] = '\0';
    parse(deep + 1);
    refuses("[1]]", "1:4: something follows after the end");
    arena_clear(&arena);
}

TEST(doc, refuses_texts_that_are_too_big)
{
    char *big = mem_alloc(DOC_BYTES_MAX + 2);
    memset(big, ' ', DOC_BYTES_MAX + 1);
    refuses(big, "1 MiB");
    const char *path = testing_file(testing_folder(), "big.yaml", big, DOC_BYTES_MAX + 1);
    struct doc *doc;
    CHECK_EQ(doc_read(&doc, &arena, path), ERR_PARSE);
    CHECK_HAS(err_detail(), "big.yaml");
    mem_free(big);
    CHECK_EQ(doc_read(&doc, &arena, "/nowhere/fly.yaml"), ERR_NOT_FOUND);
    path = testing_file(testing_folder(), "small.yaml", "a: 5", 4);
    CHECK_OK(doc_read(&doc, &arena, path));
    CHECK_EQ(doc->root->count, 1);
    arena_clear(&arena);
}

TEST(doc, names_unknown_keys_and_the_one_that_was_meant)
{
    static const char *const keys[] = { "delta", "premium", "width" };
    const struct doc_node *root = parse("strike:\n  detla: 5\n");
    CHECK_EQ(doc_check_keys(doc_find(root, "strike"), keys, 3), ERR_PARSE);
    CHECK_STR(err_detail(), "fly.yaml:2:3: strike: unknown key \"detla\"; did you mean \"delta\"?");
    CHECK_EQ(doc_check_keys(root, keys, 3), ERR_PARSE);
    CHECK_STR(err_detail(),
              "fly.yaml:1:1: unknown key \"strike\": known are delta, premium, width");
    CHECK_OK(doc_check_keys(parse("{delta: 1, width: 2}"), keys, 3));
    CHECK_EQ(doc_check_keys(parse("[delta]"), keys, 3), ERR_PARSE);
    arena_clear(&arena);
}

TEST(doc, gives_typed_values_or_says_what_is_wrong)
{
    const struct doc_node *root =
        parse("legs: [{strike: {delta: abc}}]\n"
              "int: 45\nreal: 0.16\nmoney: -12.345678\nwhen: 2019-05-21\n"
              "at: 9:45\nquoted: \"45\"\nyes: yes\nside: sell\nlist: [1]\n"
              "fine: 1.0000001\nnone: ~\n");
    int64_t number = 7;
    double real = 7;
    int32_t date = 7;
    bool yes = false;
    size_t index = 7;
    struct str text;
    static const char *const sides[] = { "buy", "sell" };
    CHECK_OK(doc_int64(doc_find(root, "int"), 0, 45, &number));
    CHECK_EQ(number, 45);
    CHECK_OK(doc_double(doc_find(root, "real"), 0, 1, &real));
    CHECK_NEAR(real, 0.16, 0);
    CHECK_OK(doc_fixed(doc_find(root, "money"), 6, INT64_MIN, INT64_MAX, &number));
    CHECK_EQ(number, -12345678);
    CHECK_OK(doc_date(doc_find(root, "when"), &date));
    CHECK_EQ(date, 20190521);
    CHECK_OK(doc_time_of_day(doc_find(root, "at"), &number));
    CHECK_EQ(number, TIME_OF_DAY(9, 45));
    CHECK_OK(doc_choice(doc_find(root, "side"), sides, 2, &index));
    CHECK_EQ(index, 1);
    CHECK_OK(doc_str(doc_find(root, "quoted"), &text));
    CHECK_STR(text.ptr, "45");

    number = 7;
    CHECK_EQ(doc_double(doc_find(doc_find(doc_find(root, "legs")->items[0], "strike"), "delta"), 0,
                        1, &real),
             ERR_PARSE);
    CHECK_STR(err_detail(), "fly.yaml:1:25: legs[0].strike.delta: \"abc\" is not a number");
    CHECK_EQ(doc_int64(doc_find(root, "quoted"), 0, 99, &number), ERR_PARSE);
    CHECK_HAS(err_detail(), "text in quotes");
    CHECK_EQ(doc_int64(doc_find(root, "int"), 0, 44, &number), ERR_RANGE);
    CHECK_HAS(err_detail(), "45 is not between 0 and 44");
    CHECK_EQ(doc_fixed(doc_find(root, "fine"), 6, 0, 9, &number), ERR_PARSE);
    CHECK_HAS(err_detail(), "at most 6 decimals");
    CHECK_EQ(doc_bool(doc_find(root, "yes"), &yes), ERR_PARSE);
    CHECK_EQ(doc_int64(doc_find(root, "list"), 0, 9, &number), ERR_PARSE);
    CHECK_HAS(err_detail(), "a list is here, where a whole number should be");
    CHECK_EQ(doc_str(doc_find(root, "none"), &text), ERR_PARSE);
    CHECK_HAS(err_detail(), "nothing is here");
    CHECK_EQ(doc_choice(doc_find(root, "at"), sides, 2, &index), ERR_PARSE);
    CHECK_HAS(err_detail(), "\"9:45\" is not known: known are buy, sell");
    CHECK_EQ(number, 7);
    arena_clear(&arena);
}
