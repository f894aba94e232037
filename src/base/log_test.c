#include "tests/testing.h"

#include <sys/stat.h>

#include "base/log.h"
#include "base/progress.h"

/* What is logged with these settings, without the time. */
static void logged(char out[512], enum log_level level, enum log_format format)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    log_setup(level, format, file);
    log_info("import", "%d files\nfrom \"%s\"\033[2J", 42, "caf\xC3\xA9");
    log_debug("import", "detail");
    log_setup(LOG_WARN, LOG_TEXT, NULL);
    rewind(file);
    size_t len = fread(out, 1, 511, file);
    out[len] = '\0';
    fclose(file);
}

TEST(log, writes_one_line_a_message)
{
    char text[512];
    logged(text, LOG_INFO, LOG_TEXT);
    CHECK(strlen(text) > 25);
    CHECK_STR(text + 24, " info  import: 42 files from \"caf\xC3\xA9\" [2J\n");
    CHECK(text[10] == 'T' && text[23] == 'Z');
}

TEST(log, writes_json_lines)
{
    char text[512];
    logged(text, LOG_INFO, LOG_JSON);
    CHECK(strncmp(text, "{\"ts\":\"20", 9) == 0);
    CHECK_HAS(text, "Z\",\"level\":\"info\",\"area\":\"import\",\"text\":\"42 files\\nfrom "
                    "\\\"caf\xC3\xA9\\\"\\u001b[2J\"}\n");
}

TEST(log, drops_what_is_below_its_level)
{
    char text[512];
    logged(text, LOG_WARN, LOG_TEXT);
    CHECK_STR(text, "");
    logged(text, LOG_OFF, LOG_TEXT);
    CHECK_STR(text, "");
    logged(text, LOG_DEBUG, LOG_TEXT);
    CHECK_HAS(text, "debug import: detail\n");
    CHECK(!log_is_on(LOG_OFF));
    enum log_level level;
    enum log_format format;
    CHECK(log_level_parse(STR("error"), &level));
    CHECK_EQ(level, LOG_ERROR);
    CHECK(!log_level_parse(STR("loud"), &level));
    CHECK(log_format_parse(STR("json"), &format));
    CHECK_EQ(format, LOG_JSON);
}

/* What a file holds. */
static void read_all(const char *path, char out[512])
{
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    out[fread(out, 1, 511, file)] = '\0';
    fclose(file);
}

TEST(log, goes_on_in_a_new_file_when_the_old_one_is_turned_over)
{
    char path[600], old[600], text[512];
    struct stat st;
    snprintf(path, sizeof path, "%s/desk.log", testing_folder());
    snprintf(old, sizeof old, "%s.1", path);
    log_setup(LOG_INFO, LOG_TEXT, NULL);
    CHECK_OK(log_to_file(path));
    log_info("a", "first");
    CHECK_EQ(rename(path, old), 0);
    log_info("a", "second");
    log_reopen(); /* as the handler of SIGHUP does */
    log_info("a", "third");
    read_all(old, text);
    CHECK_HAS(text, "second\n");
    CHECK(!strstr(text, "third"));
    read_all(path, text);
    CHECK_HAS(text, "third\n");
    CHECK(!strstr(text, "second"));
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0600);
    CHECK_EQ(log_to_file("/nowhere/at/all.log"), ERR_IO);
    log_setup(LOG_WARN, LOG_TEXT, NULL);
}

TEST(progress, shows_share_rate_and_time_left)
{
    struct progress bar = { .label = "importing", .unit = "files", .total = 42 };
    struct buf line = { 0 };
    progress_format(&line, &bar, 17, 2, 200);
    CHECK_STR(line.ptr, "importing  [########............]  40%  17/42 files  8.5/s  3 s left");
    buf_clear(&line);
    progress_format(&line, &bar, 42, 4, 200);
    CHECK_STR(line.ptr, "importing  [####################] 100%  42/42 files  10.5/s");
    buf_clear(&line);
    progress_format(&line, &bar, 0, 0, 200);
    CHECK_STR(line.ptr, "importing  [....................]   0%  0/42 files");
    buf_clear(&line);
    progress_format(&line, &bar, 17, 2, 20);
    CHECK_EQ(line.len, 20);
    bar.total = 0;
    buf_clear(&line);
    progress_format(&line, &bar, 2500000, 10, 200);
    CHECK_STR(line.ptr, "importing  2500000 files  250k/s");
    buf_free(&line);
}

TEST(progress, is_silent_where_nobody_watches)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    struct progress bar;
    progress_begin(&bar, file, "importing", "files", 2);
    progress_set(&bar, 1);
    progress_end(&bar);
    CHECK_EQ(ftell(file), 0);
    fclose(file);
}
