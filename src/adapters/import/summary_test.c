#include <stdlib.h>

#include "adapters/import/import.h"
#include "base/doc.h"
#include "tests/testing.h"

static struct import_summary made(void)
{
    static const char *remarks[] = { "SPX 2019-05-27: holiday copy" };
    struct import_summary summary = { .format = "cboe-spx",
                                      .store = "data",
                                      .files = 42,
                                      .rows = 582508,
                                      .quotes = 568622,
                                      .days = 41,
                                      .contracts = 25682,
                                      .underlyings = 1,
                                      .first_day = 20190425,
                                      .last_day = 20190628,
                                      .remarks = remarks,
                                      .remark_count = 1 };
    summary.found[FOUND_EXPIRED] = (struct import_found){ 562, "x.csv:2 SPX190621C01000000" };
    summary.found[FOUND_CROSSED] = (struct import_found){ 3, "x.csv:9" };
    return summary;
}

TEST(import_summary, tells_people_what_was_left_out_and_why)
{
    struct import_summary summary = made();
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    import_print(out, &summary);
    fclose(out);
    CHECK_HAS(text, "582,508  rows in 42 files");
    CHECK_HAS(text, "568,622  quotes stored, on 41 days from 2019-04-25 to 2019-06-28");
    CHECK_HAS(text, "Left out\n           562  the contract had expired");
    CHECK_HAS(text, "first: x.csv:2 SPX190621C01000000");
    CHECK_HAS(text, "worth knowing\n             3  bid above ask");
    CHECK_HAS(text, "SPX 2019-05-27: holiday copy");
    free(text);
}

TEST(import_summary, is_one_json_object)
{
    struct import_summary summary = made();
    struct buf out = { 0 };
    struct json_writer json = { .out = &out };
    import_json(&json, &summary);
    struct arena arena;
    struct doc *doc;
    int64_t rows;
    arena_init(&arena, "test", 0);
    CHECK_OK(doc_parse(&doc, &arena, "json", buf_str(&out)));
    CHECK_OK(doc_int64(doc_find(doc->root, "rows"), 0, INT64_MAX, &rows));
    CHECK_EQ(rows, 582508);
    const struct doc_node *findings = doc_find(doc->root, "findings");
    CHECK_EQ(findings->count, 2);
    CHECK_STR(doc_find(findings->items[0], "name")->text.ptr, "crossed");
    CHECK_STR(doc_find(findings->items[0], "dropped")->text.ptr, "false");
    CHECK_STR(doc_find(findings->items[1], "name")->text.ptr, "expired");
    CHECK_STR(doc_find(doc->root, "last_day")->text.ptr, "2019-06-28");
    arena_clear(&arena);
    buf_free(&out);
}

TEST(import_summary, lists_the_formats_and_findings)
{
    CHECK_STR(import_format_text(0)->name, "cboe-spx");
    size_t count = 0;
    while (import_format_text(count))
        CHECK(import_format_text(count++)->text[0] != 0);
    CHECK(count >= 5);
    for (int i = 0; i < FINDING_COUNT; i++)
        CHECK(import_finding_name((enum import_finding)i)[0] &&
              import_finding_text((enum import_finding)i)[0]);
    CHECK_EQ(import_finding_verdict(FOUND_CROSSED), KEPT);
    CHECK_EQ(import_finding_verdict(FOUND_EXPIRED), DROPPED);
}
