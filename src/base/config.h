/*
 * The settings of the program: a flag wins over the environment, over ironfly.yaml, over a default.
 *
 *     # ironfly.yaml                      IRONFLY_LOG_LEVEL=debug      --log-level debug
 *     store: ../data/store
 *     log: { level: info, format: json }
 *     backtest:
 *       cash: 250000
 *
 * config.def lists them all. Values are checked for their kind when they are read, wherever they
 * come from; what a word means (is there such a fee schedule?) is checked by who uses it, with
 * config_error() to say where it was given.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

enum config_key {
#define CONFIG(id, key, kind, fallback, text) id,
#include "base/config.def"
#undef CONFIG
    CONFIG_COUNT
};

struct config_value {
    const char *text;  /* never NULL */
    const char *where; /* "default", "ironfly.yaml:3:7", "IRONFLY_STORE", "--store" */
    int64_t number;    /* MONEY in micro-dollars, WHOLE as it is, LEVEL and FORMAT as the enum */
};

struct config {
    struct config_value values[CONFIG_COUNT];
    const char *file; /* the file that was read; NULL: none */
};

struct config_flag {
    enum config_key key;
    const char *value;
};

/*
 * Collect all settings. path: the file that the user names, which must exist; NULL looks for
 * $IRONFLY_CONFIG (must exist), ./ironfly.yaml, $XDG_CONFIG_HOME/ironfly/ironfly.yaml and
 * ~/.config/ironfly/ironfly.yaml, and takes the first there is, or none. Everything lives in arena.
 * Errors: ERR_PARSE, ERR_RANGE, ERR_NOT_FOUND, ERR_IO, naming the place; *out untouched.
 */
NODISCARD enum err config_load(struct config *out, struct arena *arena, const char *path,
                               const struct config_flag *flags, size_t flag_count);

/* The steps of config_load() for tests and tools: defaults alone, and a file's settings on top. */
void config_init(struct config *out);
NODISCARD enum err config_apply(struct config *config, struct arena *arena, const struct doc *doc);

static inline const char *config_text(const struct config *config, enum config_key key)
{
    return config->values[key].text;
}
static inline int64_t config_number(const struct config *config, enum config_key key)
{
    return config->values[key].number;
}

/* Set "where: key: message" and return code. */
enum err config_error(const struct config *config, enum config_key key, enum err code,
                      const char *format, ...) PRINTF_LIKE(4, 5);

/* "log.level", and what it is. */
const char *config_key_name(enum config_key key);
const char *config_key_text(enum config_key key);
const char *config_key_default(enum config_key key);
const char *config_key_kind(enum config_key key); /* "whole number from 0" */
bool config_key_is_secret(enum config_key key);   /* its value is never printed */
/* --log-level and IRONFLY_LOG_LEVEL of a key. */
enum { CONFIG_NAME_BYTES = 64 };
void config_flag_name(char out[CONFIG_NAME_BYTES], enum config_key key);
void config_env_name(char out[CONFIG_NAME_BYTES], enum config_key key);

#endif
