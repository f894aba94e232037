#include "apps/cmd.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"

int cmd_fail(enum err err)
{
    fprintf(stderr, "ironfly: %s\n", err_detail());
    return err == ERR_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}

int cmd_usage(const char *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("ironfly: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see: ironfly %s%s--help\n", words, *words ? " " : "");
    return EXIT_USAGE;
}

/* What says which data a command works on: of two words the first would be dropped without a word.
 * Of other options a later one may well stand for the earlier. */
static bool is_once(const char *option)
{
    static const char *const names[] = { "store", "from", "to" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (!strcmp(names[i], option))
            return true;
    return false;
}

enum { OPTIONS_MAX = 64 };

static bool is_again(const struct option *options, int index, bool is_first)
{
    static bool seen[OPTIONS_MAX];
    if (is_first)
        memset(seen, 0, sizeof seen);
    if (index < 0 || index >= OPTIONS_MAX || !is_once(options[index].name))
        return false;
    bool again = seen[index];
    seen[index] = true;
    return again;
}

int cmd_option(int argc, char **argv, const struct option *options, const char *words)
{
    opterr = 0;
    /* "+:" would stop at the first word; words and options may mix. ':' tells a missing value
     * apart. */
    int index = optind > 0 ? optind : 1;
    int at = -1;
    bool is_first = optind <= 1;
    int found = getopt_long(argc, argv, ":", options, &at);
    if (found != ':' && found != '?' && is_again(options, at, is_first)) {
        cmd_usage(words, "--%s is given twice", options[at].name);
        return '?';
    }
    if (found == ':') {
        cmd_usage(words, "option %s needs a value", argv[optind - 1]);
        return '?';
    }
    if (found == '?') {
        const char *bad = optind > 1 ? argv[optind - 1] : argv[index];
        cmd_usage(words, "unknown option %s", bad);
    }
    return found;
}

bool cmd_date(const char *words, const char *option, const char *text, int32_t *out)
{
    /* Files are read with more patience: 05/01/2019 is two different days to two people. */
    struct str date = str_from(text);
    bool is_plain = (date.len == 8 && strspn(text, "0123456789") == 8) ||
                    (date.len == 10 && date.ptr[4] == '-');
    *out = is_plain ? date_parse(date) : 0;
    if (!*out)
        cmd_usage(words, "%s \"%s\" is not a date written YYYY-MM-DD", option, text);
    return *out != 0;
}

bool cmd_seed(const char *words, const char *option, const char *text, uint64_t *out)
{
    int64_t value;
    if (!str_to_int64(str_from(text), &value) || value < 0) {
        cmd_usage(words, "%s \"%s\" is not a whole number from 0", option, text);
        return false;
    }
    *out = (uint64_t)value;
    return true;
}

bool cmd_settings(struct config *out, struct arena *arena)
{
    enum err err = config_load(out, arena, NULL, NULL, 0);
    if (err) {
        cmd_fail(err);
        return false;
    }
    log_setup((enum log_level)config_number(out, CONFIG_LOG_LEVEL),
              (enum log_format)config_number(out, CONFIG_LOG_FORMAT), NULL);
    return true;
}

const char *cmd_store(const char *words, const char *flag, const struct config *config)
{
    if (flag)
        return flag;
    if (strcmp(config->values[CONFIG_STORE].where, "default") != 0)
        return config_text(config, CONFIG_STORE);
    cmd_usage(
        words,
        "--store is missing: the folder of the data (or set store in ironfly.yaml, or IRONFLY_STORE)");
    return NULL;
}

/* Set by a signal, read by all threads that work. */
static atomic_int interrupted;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler of signals may not wait for a lock");

static void on_interrupt(int signal_number)
{
    atomic_store(&interrupted, 1);
    signal(signal_number, SIG_DFL);
}

void cmd_watch_interrupt(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cmd_interrupted(void)
{
    return atomic_load(&interrupted);
}
