/*
 * The program's log: one line per message on stderr, as text or as JSON lines.
 *
 *     log_info("store", "%zu days, %zu files", days, files);
 *     2026-11-20T14:31:02.123Z info  store: 41 days, 123 files
 *     {"ts":"2026-11-20T14:31:02.123Z","level":"info","area":"store","text":"41 days, 123 files"}
 *
 * For what a person who runs the program may want to know; results go to stdout, errors travel as
 * enum err. main() sets it up once, before there are threads; unset, it is text from warnings up.
 * A line is written whole, in any thread. Code below services does not log: it returns.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF, LOG_LEVEL_COUNT };
enum log_format { LOG_TEXT, LOG_JSON, LOG_FORMAT_COUNT };

/* Messages below level are dropped. out is not closed; NULL is stderr. */
void log_setup(enum log_level level, enum log_format format, FILE *out);
/*
 * Append to a file from now on, made readable by its owner alone. Whoever turns logs over renames
 * it and calls log_reopen(), which a handler of signals may: the next line goes to a new file of
 * the same name. When that cannot be made, lines go on to the old one. Errors: ERR_IO. path must
 * outlive the program.
 */
NODISCARD enum err log_to_file(const char *path);
void log_reopen(void);
bool log_is_on(enum log_level level);

/* "debug", "info", "warn", "error", "off"; "text", "json". */
const char *log_level_name(enum log_level level);
bool log_level_parse(struct str text, enum log_level *out);
const char *log_format_name(enum log_format format);
bool log_format_parse(struct str text, enum log_format *out);

/* area: which part speaks, "import". Line breaks in the message become spaces in text. */
void log_write(enum log_level level, const char *area, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_debug(area, ...) log_write(LOG_DEBUG, (area), __VA_ARGS__)
#define log_info(area, ...) log_write(LOG_INFO, (area), __VA_ARGS__)
#define log_warn(area, ...) log_write(LOG_WARN, (area), __VA_ARGS__)
#define log_error(area, ...) log_write(LOG_ERROR, (area), __VA_ARGS__)

#endif
