/* ironfly feed: tapes and days through the live path, as words and JSON lines. */
#include "adapters/feed/tape_test.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/str.h"

static const char *run(int want, const char *format, ...) PRINTF_LIKE(2, 3);

/* Both outputs together. */
static const char *run(int want, const char *format, ...)
{
    static char out[1 << 16];
    char words[1024], command[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    snprintf(command, sizeof command, "%s feed %s 2>&1 </dev/null", IRONFLY_PROGRAM, words);
    FILE *pipe = popen(command, "r");
    MUST(pipe != NULL);
    out[fread(out, 1, sizeof out - 1, pipe)] = '\0';
    int status = pclose(pipe);
    MUST(WIFEXITED(status));
    if (WEXITSTATUS(status) != want)
        fail_msg("ironfly feed %s ended with %d, not %d: %s", words, WEXITSTATUS(status), want,
                 out);
    return out;
}

/* SPY and one option, a quote each every 100 ms up to ms; cents: added to SPY. */
static const char *tape(const char *name, int64_t ms, int64_t cents)
{
    struct buf bytes = { 0 };
    struct dbn_writer *writer = tape_begin(&bytes);
    tape_define(writer, 1, "SPY", 'K');
    tape_define(writer, 2, "SPY   250221C00600000", 'C');
    for (int64_t at = 0; at <= ms; at += 100) {
        tape_quote(writer, 1, at, 60000 + cents, 60001 + cents);
        tape_quote(writer, 2, at, at == 1000 ? 300 : 240, 250); /* once crossed */
    }
    CHECK_OK(dbn_writer_close(writer));
    const char *path = testing_file(testing_folder(), name, bytes.ptr, bytes.len);
    buf_free(&bytes);
    return path;
}

TEST(cli_feed, plays_a_tape_and_counts_the_rules_it_breaks)
{
    const char *out = run(0, "replay %s --speed max --json", tape("a.dbn", 3000, 0));
    CHECK_HAS(out, "\"event\":\"switch\"");
    CHECK_HAS(out, "\"reason\":\"start\"");
    CHECK_HAS(out, "\"event\":\"end\"");
    CHECK_HAS(out, "\"records\":65,"); /* two definitions, 31 quotes of each, the end */
    CHECK_HAS(out, "\"crossed\":1,");
    CHECK_HAS(out, "\"symbol\":\"SPY\",\"price\":600.005,");
    out = run(0, "replay %s --speed 100", tape("b.dbn", 3000, 0));
    CHECK_HAS(out, "65 records");
    CHECK_HAS(out, "rules hit: crossed 1");
}

TEST(cli_feed, the_backup_takes_over_when_the_first_tape_ends_or_differs)
{
    const char *first = tape("first.dbn", 2000, 0);
    const char *out =
        run(0, "replay %s --backup %s --speed max --json", first, tape("longer.dbn", 5000, 0));
    CHECK_HAS(out, "\"from\":\"primary\",\"to\":\"backup\",\"reason\":\"link\"");
    first = tape("apart.dbn", 5000, 100);
    out = run(0, "replay %s --backup %s --speed max --json", first, tape("right.dbn", 5000, 0));
    CHECK_HAS(out, "\"reason\":\"disagrees\",\"apart\":1,\"instrument\":\"SPY\"");
    CHECK_HAS(out, "\"disputed\":true");
}

TEST(cli_feed, simulates_a_day_and_plays_it)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s/market", testing_folder());
    const char *out = run(0,
                          "simulate --store %s --day 2025-02-20 --symbols IWM --minutes 1 "
                          "--speed max --json",
                          folder);
    CHECK_HAS(out, "\"symbol\":\"IWM\"");
    CHECK_HAS(out, "\"unknown\":0,");
    CHECK_HAS(out, "\"crossed\":0,");
    static char first[1 << 16];
    snprintf(first, sizeof first, "%s", strstr(out, "\"records\""));
    out = run(0, "replay --store %s --day 2025-02-20 --symbols IWM --speed max --json", folder);
    CHECK_HAS(out, "\"symbol\":\"IWM\"");
    CHECK(strncmp(first, strstr(out, "\"records\""), 16) == 0);
}

TEST(cli_feed, says_what_is_wrong)
{
    CHECK_HAS(run(2, "replay"), "a FILE is missing, or --store and --day");
    CHECK_HAS(run(2, "replay --store x"), "--day is missing");
    CHECK_HAS(run(2, "replay x --speed fast"), "neither max nor a number");
    CHECK_HAS(run(2, "play"), "it is replay, simulate or live");
    CHECK_HAS(run(2, "replay x --store y"), "not both");
    CHECK_HAS(run(1, "replay /no/such/file.dbn"), "/no/such/file.dbn");
    CHECK_HAS(run(0, "--help"), "usage: ironfly feed replay");
    const char *bad = testing_file(testing_folder(), "bad.dbn", "nonsense", 8);
    CHECK_HAS(run(1, "replay %s", bad), "bad.dbn");
}
