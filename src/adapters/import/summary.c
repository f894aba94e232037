/* The summary of an import: for people and as JSON. */
#include <string.h>

#include "adapters/import/files.h"
#include "base/date.h"

static const struct {
    const char *name;
    enum import_verdict verdict;
    const char *text;
} findings[] = {
#define FINDING(id, name, verdict, text) { name, verdict, text },
#include "adapters/import/findings.def"
#undef FINDING
};

const char *import_finding_name(enum import_finding finding)
{
    MUST((unsigned)finding < FINDING_COUNT);
    return findings[finding].name;
}

const char *import_finding_text(enum import_finding finding)
{
    MUST((unsigned)finding < FINDING_COUNT);
    return findings[finding].text;
}

enum import_verdict import_finding_verdict(enum import_finding finding)
{
    MUST((unsigned)finding < FINDING_COUNT);
    return findings[finding].verdict;
}

const struct import_format_text *import_format_text(size_t index)
{
    static const struct import_format_text texts[] = {
#define FORMAT(id, name, suffixes, text) { name, text },
#include "adapters/import/formats.def"
#undef FORMAT
    };
    return index < ARRAY_COUNT(texts) ? &texts[index] : NULL;
}

void import_summary_clear(struct import_summary *summary)
{
    mem_free(summary->remarks);
    arena_clear(&summary->arena);
    memset(summary, 0, sizeof *summary);
}

const char *count_text(char out[COUNT_TEXT_BYTES], uint64_t value)
{
    char digits[COUNT_TEXT_BYTES];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t to = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = 0;
    return out;
}

static void print_verdict(FILE *out, const struct import_summary *summary,
                          enum import_verdict verdict, const char *title)
{
    char count[COUNT_TEXT_BYTES];
    bool any = false;
    for (int i = 0; i < FINDING_COUNT; i++) {
        const struct import_found *found = &summary->found[i];
        if (!found->count || findings[i].verdict != verdict)
            continue;
        if (!any)
            fprintf(out, "\n%s\n", title);
        any = true;
        fprintf(out, "  %12s  %s\n", count_text(count, found->count), findings[i].text);
        if (found->first && found->first[0])
            fprintf(out, "  %12s  first: %s\n", "", found->first);
    }
}

static void print_amounts(FILE *out, const struct import_summary *summary)
{
    char a[COUNT_TEXT_BYTES], b[COUNT_TEXT_BYTES], from[DATE_TEXT_BYTES], to[DATE_TEXT_BYTES];
    fprintf(out, "  %12s  rows in %s %s, %.1f MB", count_text(a, summary->rows),
            count_text(b, summary->files), summary->files == 1 ? "file" : "files",
            (double)summary->bytes / 1e6);
    if (summary->seconds > 0.001)
        fprintf(out, ", in %.1f s", summary->seconds);
    fputc('\n', out);
    if (summary->quotes) {
        date_format(from, summary->first_day);
        date_format(to, summary->last_day);
        fprintf(out, "  %12s  quotes stored, on %s %s from %s to %s\n",
                count_text(a, summary->quotes), count_text(b, summary->days),
                summary->days == 1 ? "day" : "days", from, to);
        fprintf(out, "  %12s  contracts", count_text(a, summary->contracts));
        fprintf(out, " on %s %s\n", count_text(b, summary->underlyings),
                summary->underlyings == 1 ? "underlying" : "underlyings");
    }
    if (summary->series_rows)
        fprintf(out, "  %12s  series rows stored\n", count_text(a, summary->series_rows));
    fprintf(out, "  %12s  files of the store are new, %zu replaced, %zu unchanged\n",
            count_text(a, summary->files_added), summary->files_replaced, summary->files_unchanged);
    if (summary->files_left)
        fprintf(out, "  %12s  other files in the folders were left alone\n",
                count_text(a, summary->files_left));
}

void import_print(FILE *out, const struct import_summary *summary)
{
    fprintf(out, "Imported %s into %s\n", summary->format ? summary->format : "nothing",
            summary->store);
    print_amounts(out, summary);
    print_verdict(out, summary, DROPPED, "Left out");
    print_verdict(out, summary, KEPT, "Kept as given, but worth knowing");
    if (summary->remark_count)
        fputc('\n', out);
    for (size_t i = 0; i < summary->remark_count; i++)
        fprintf(out, "  %s\n", summary->remarks[i]);
}

void import_json(struct json_writer *json, const struct import_summary *summary)
{
    json_object_begin(json);
    json_key_cstr(json, "format", summary->format);
    json_key_cstr(json, "store", summary->store);
    json_key_int(json, "files", (int64_t)summary->files);
    json_key_int(json, "files_left", (int64_t)summary->files_left);
    json_key_int(json, "bytes", (int64_t)summary->bytes);
    json_key_int(json, "rows", (int64_t)summary->rows);
    json_key_int(json, "quotes", (int64_t)summary->quotes);
    json_key_int(json, "series_rows", (int64_t)summary->series_rows);
    json_key_int(json, "contracts", (int64_t)summary->contracts);
    json_key_int(json, "underlyings", (int64_t)summary->underlyings);
    json_key_int(json, "days", (int64_t)summary->days);
    json_key_date(json, "first_day", summary->first_day);
    json_key_date(json, "last_day", summary->last_day);
    json_key_int(json, "files_added", (int64_t)summary->files_added);
    json_key_int(json, "files_replaced", (int64_t)summary->files_replaced);
    json_key_int(json, "files_unchanged", (int64_t)summary->files_unchanged);
    json_key(json, "findings");
    json_array_begin(json);
    for (int i = 0; i < FINDING_COUNT; i++) {
        if (!summary->found[i].count)
            continue;
        json_object_begin(json);
        json_key_cstr(json, "name", findings[i].name);
        json_key_bool(json, "dropped", findings[i].verdict == DROPPED);
        json_key_int(json, "count", (int64_t)summary->found[i].count);
        json_key_cstr(json, "text", findings[i].text);
        json_key_cstr(json, "first", summary->found[i].first);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "remarks");
    json_array_begin(json);
    for (size_t i = 0; i < summary->remark_count; i++)
        json_cstr(json, summary->remarks[i]);
    json_array_end(json);
    json_key_double(json, "seconds", summary->seconds);
    json_object_end(json);
}
