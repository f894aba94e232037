/* Rows of limits, what people write for them, and overrides for a while. */
#include <stdio.h>
#include <string.h>

#include "domain/risk/risk.h"

static const struct risk_limit_row ROWS[] = {
#define LIMIT(name, word, unit, level, who, value, help) { word, unit, level, who, value, help },
#include "domain/risk/limits.def"
#undef LIMIT
};

static const struct {
    const char *word, *text;
    int64_t scale;
} UNITS[] = {
#define RISK_UNIT(name, word, text, scale) { word, text, scale },
#include "domain/risk/units.def"
#undef RISK_UNIT
};

static const char *const LEVELS[] = {
#define RISK_LEVEL(name, word) word,
#include "domain/risk/levels.def"
#undef RISK_LEVEL
};

static const struct {
    const char *word, *text;
} STATES[] = {
#define RISK_STATE(name, word, text) { word, text },
#include "domain/risk/states.def"
#undef RISK_STATE
};

static const char *const MEASURES[] = {
#define RISK_MEASURE(name, word, limit) word,
#include "domain/risk/measures.def"
#undef RISK_MEASURE
};

const struct risk_limit_row *risk_limit_row(enum risk_limit limit)
{
    MUST((unsigned)limit < RISK_LIMIT_COUNT);
    return &ROWS[limit];
}

enum err risk_limit_find(struct str word, enum risk_limit *out)
{
    const char *words[RISK_LIMIT_COUNT];
    for (int i = 0; i < RISK_LIMIT_COUNT; i++) {
        words[i] = ROWS[i].word;
        if (str_is(word, words[i])) {
            *out = (enum risk_limit)i;
            return ERR_OK;
        }
    }
    const char *nearest = str_nearest(word, words, RISK_LIMIT_COUNT);
    return err_set(ERR_NOT_FOUND, "there is no limit \"%.*s\"%s%s", STR_ARG(word),
                   nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static int digits_of(int64_t scale)
{
    int digits = 0;
    for (; scale > 1; scale /= 10)
        digits++;
    return digits;
}

enum err risk_limit_parse(enum risk_limit limit, struct str text, int64_t *out)
{
    const struct risk_limit_row *row = risk_limit_row(limit);
    bool is_percent = row->unit == RISK_PPM || row->unit == RISK_PPM_EQUITY;
    struct str number = str_trim(text);
    if (str_is(number, "off")) {
        *out = RISK_OFF;
        return ERR_OK;
    }
    if (is_percent && str_ends_with(number, STR("%")))
        number = str_trim(str_slice(number, 0, number.len - 1));
    int64_t value;
    if (!str_to_fixed(number, digits_of(UNITS[row->unit].scale), &value))
        return err_set(ERR_PARSE, "limit %s: \"%.*s\" is not a number of %s", row->word,
                       STR_ARG(text), UNITS[row->unit].text);
    if (value < 0)
        return err_set(ERR_RANGE, "limit %s: \"%.*s\" is below 0; \"off\" is no limit", row->word,
                       STR_ARG(text));
    *out = value;
    return ERR_OK;
}

/* value / scale with as many decimals as it takes, at most 6. */
static void format_scaled(char out[MONEY_TEXT_BYTES], int64_t value, int64_t scale)
{
    int64_t micros = scale > 1000000 ? value / (scale / 1000000) : value;
    if (scale < 1000000 && !money_try_mul(value, 1000000 / scale, &micros))
        micros = INT64_MAX;
    money_format(out, micros, 0);
}

void risk_limit_format(char out[RISK_VALUE_BYTES], enum risk_limit limit, int64_t value)
{
    const struct risk_limit_row *row = risk_limit_row(limit);
    char number[MONEY_TEXT_BYTES];
    if (value == RISK_OFF) {
        snprintf(out, RISK_VALUE_BYTES, "off");
        return;
    }
    format_scaled(number, value, UNITS[row->unit].scale);
    bool is_percent = row->unit == RISK_PPM || row->unit == RISK_PPM_EQUITY;
    snprintf(out, RISK_VALUE_BYTES, "%s%s", number, is_percent ? " %" : "");
}

const char *risk_unit_text(enum risk_limit limit, double *scale)
{
    enum risk_unit unit = risk_limit_row(limit)->unit;
    unit = unit == RISK_PPM_EQUITY ? RISK_MICROS : unit;
    *scale = (double)UNITS[unit].scale;
    return UNITS[unit].text;
}

const char *risk_state_name(enum risk_state state)
{
    MUST((unsigned)state < RISK_STATE_COUNT);
    return STATES[state].word;
}

const char *risk_state_text(enum risk_state state)
{
    MUST((unsigned)state < RISK_STATE_COUNT);
    return STATES[state].text;
}

const char *risk_measure_name(enum risk_measure measure)
{
    MUST((unsigned)measure < RISK_MEASURE_COUNT);
    return MEASURES[measure];
}

const char *risk_level_name(enum risk_level level)
{
    MUST((unsigned)level < RISK_LEVEL_COUNT);
    return LEVELS[level];
}

void risk_limits_default(struct risk_limits *limits)
{
    for (int i = 0; i < RISK_LIMIT_COUNT; i++)
        limits->at[i] = ROWS[i].value;
}

static bool is_in_force(const struct risk_override *o, int64_t now)
{
    return now < o->expires_ts_ns && (o->revoked_ts_ns == 0 || now < o->revoked_ts_ns);
}

static bool is_text(const char *text, size_t bytes)
{
    return text[0] != '\0' && memchr(text, '\0', bytes) != NULL;
}

static const char *role_name(enum risk_role role)
{
    static const char *const names[] = { [RISK_ROLE_TRADER] = "a trader",
                                         [RISK_ROLE_RISK] = "risk",
                                         [RISK_ROLE_OWNER] = "the owner",
                                         [RISK_ROLE_NOBODY] = "nobody" };
    MUST((unsigned)role < ARRAY_COUNT(names));
    return names[role];
}

static enum err check_grant(const struct risk_override *grant, int64_t now)
{
    if ((unsigned)grant->limit >= RISK_LIMIT_COUNT)
        return err_set(ERR_RANGE, "override: limit %d does not exist", (int)grant->limit);
    const struct risk_limit_row *row = &ROWS[grant->limit];
    if (!is_text(grant->by, sizeof grant->by) || !is_text(grant->reason, sizeof grant->reason))
        return err_set(ERR_USAGE,
                       "override of %s: it needs who (up to %d letters) and why (up to %d)",
                       row->word, RISK_WHO_BYTES - 1, RISK_REASON_BYTES - 1);
    if (row->who == RISK_ROLE_NOBODY || grant->role < row->who)
        return err_set(ERR_REFUSED, "override of %s: role: %s, %s; the limit is %s; %s would pass",
                       row->word, role_name(grant->role), grant->by, role_name(row->who),
                       row->who == RISK_ROLE_NOBODY ? "what only reduces"
                                                    : "that one, or who is above,");
    if (grant->value < 0)
        return err_set(ERR_RANGE,
                       "override of %s: value: %lld; the limit is 0; 0 or more would pass",
                       row->word, (long long)grant->value);
    if (grant->expires_ts_ns <= now || grant->expires_ts_ns - now > RISK_OVERRIDE_NS_MAX)
        return err_set(
            ERR_RANGE,
            "override of %s: end: in %.1f hours; the limit is %lld; an end within a week from now would pass",
            row->word, ((double)grant->expires_ts_ns - (double)now) / 3.6e12,
            (long long)(RISK_OVERRIDE_NS_MAX / INT64_C(3600000000000)));
    return ERR_OK;
}

enum err risk_override_grant(struct risk_overrides *overrides, const struct risk_override *grant,
                             int64_t now_ts_ns)
{
    enum err err = check_grant(grant, now_ts_ns);
    if (err)
        return err;
    if (overrides->count == RISK_OVERRIDES_MAX) {
        size_t ended = 0;
        while (ended < overrides->count && is_in_force(&overrides->at[ended], now_ts_ns))
            ended++;
        if (ended == overrides->count)
            return err_set(
                ERR_FULL,
                "override of %s: overrides: %d are in force; the limit is %d; this would pass when one is revoked",
                ROWS[grant->limit].word, RISK_OVERRIDES_MAX, RISK_OVERRIDES_MAX);
        overrides->count--;
        memmove(&overrides->at[ended], &overrides->at[ended + 1],
                (overrides->count - ended) * sizeof overrides->at[0]);
    }
    struct risk_override *row = &overrides->at[overrides->count++];
    *row = *grant;
    row->granted_ts_ns = now_ts_ns;
    row->revoked_ts_ns = 0;
    return ERR_OK;
}

enum err risk_override_revoke(struct risk_overrides *overrides, enum risk_limit limit,
                              int64_t now_ts_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < overrides->count; i++) {
        struct risk_override *o = &overrides->at[i];
        if (o->limit != limit || !is_in_force(o, now_ts_ns))
            continue;
        o->revoked_ts_ns = now_ts_ns;
        count++;
    }
    return count ? ERR_OK
                 : err_set(ERR_NOT_FOUND, "limit %s has no override", risk_limit_row(limit)->word);
}

int64_t risk_limits_in_force(const struct risk_limits *limits,
                             const struct risk_overrides *overrides, int64_t now_ts_ns,
                             struct risk_limits *out)
{
    int64_t next = INT64_MAX;
    *out = *limits;
    for (size_t i = 0; i < overrides->count; i++) {
        const struct risk_override *o = &overrides->at[i];
        if (!is_in_force(o, now_ts_ns))
            continue;
        out->at[o->limit] = o->value;
        next = o->expires_ts_ns < next ? o->expires_ts_ns : next;
    }
    return next;
}
