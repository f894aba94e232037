#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/zone.h"

static const char *const level_names[LOG_LEVEL_COUNT] = { "debug", "info", "warn", "error", "off" };
static const char *const format_names[LOG_FORMAT_COUNT] = { "text", "json" };

/* The one setting of the process; written by log_setup() before threads begin. */
static struct {
    enum log_level level;
    enum log_format format;
    FILE *out;
    const char *path; /* of log_to_file() */
} setup = { .level = LOG_WARN };
static atomic_int reopen_wanted; /* set by a signal */
static pthread_mutex_t reopening = PTHREAD_MUTEX_INITIALIZER;

void log_setup(enum log_level level, enum log_format format, FILE *out)
{
    MUST(level >= 0);
    MUST(level < LOG_LEVEL_COUNT);
    MUST(format >= 0);
    MUST(format < LOG_FORMAT_COUNT);
    setup.level = level;
    setup.format = format;
    setup.out = out;
}

/* The stream stays the same, so that a thread that writes meanwhile never holds one that is gone.
 */
static enum err open_file(void)
{
    int fd = open(setup.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(ERR_IO, "the log %s cannot be written: %s", setup.path, strerror(errno));
    if (!setup.out)
        setup.out = fdopen(fd, "a");
    else if (dup3(fd, fileno(setup.out), O_CLOEXEC) >= 0)
        close(fd);
    return ERR_OK;
}

enum err log_to_file(const char *path)
{
    setup.path = path;
    setup.out = NULL;
    return open_file();
}

void log_reopen(void)
{
    reopen_wanted = 1;
}

bool log_is_on(enum log_level level)
{
    return level >= setup.level && level < LOG_OFF;
}

const char *log_level_name(enum log_level level)
{
    MUST(level >= 0);
    MUST(level < LOG_LEVEL_COUNT);
    return level_names[level];
}

const char *log_format_name(enum log_format format)
{
    MUST(format >= 0);
    MUST(format < LOG_FORMAT_COUNT);
    return format_names[format];
}

bool log_level_parse(struct str text, enum log_level *out)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (str_is(text, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_format_parse(struct str text, enum log_format *out)
{
    for (int i = 0; i < LOG_FORMAT_COUNT; i++) {
        if (str_is(text, format_names[i])) {
            *out = (enum log_format)i;
            return true;
        }
    }
    return false;
}

static void format_now(char out[TS_TEXT_BYTES])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = now.tv_nsec / 1000000;
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc); /* not zone.h: logging must work without time-zone data */
    size_t len = strftime(out, TS_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + len, TS_TEXT_BYTES - len, ".%03dZ", (int)ms);
}

static void write_json(struct buf *line, const char *now, enum log_level level, const char *area,
                       struct str text)
{
    struct json_writer json = { .out = line };
    json_object_begin(&json);
    json_key_cstr(&json, "ts", now);
    json_key_cstr(&json, "level", level_names[level]);
    json_key_cstr(&json, "area", area);
    json_key_str(&json, "text", text);
    json_object_end(&json);
}

static void write_text(struct buf *line, const char *now, enum log_level level, const char *area,
                       struct str text)
{
    buf_printf(line, "%s %-5s %s: ", now, level_names[level], area);
    /* One message is one line, and a name in it cannot steer the terminal. */
    for (size_t i = 0; i < text.len; i++)
        buf_putc(line, (unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F ? ' ' : text.ptr[i]);
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    if (!log_is_on(level))
        return;
    char message[2048], now[TS_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    format_now(now);
    struct buf line = { 0 };
    (setup.format == LOG_JSON ? write_json : write_text)(&line, now, level, area,
                                                         str_from(message));
    buf_putc(&line, '\n');
    if (reopen_wanted && setup.path) {
        pthread_mutex_lock(&reopening);
        if (reopen_wanted && open_file() != ERR_OK)
            fprintf(stderr, "ironfly: %s\n", err_detail());
        reopen_wanted = 0;
        pthread_mutex_unlock(&reopening);
    }
    FILE *out = setup.out ? setup.out : stderr;
    fwrite(line.ptr, 1, line.len, out); /* one call: stdio's lock keeps the line whole */
    fflush(out);
    buf_free(&line);
}
