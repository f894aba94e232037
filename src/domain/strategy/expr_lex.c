#include "domain/strategy/expr_int.h"

#include "base/date.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static char at(struct str text, size_t i)
{
    return i < text.len ? text.ptr[i] : '\0';
}

static size_t digits_from(struct str text, size_t i)
{
    size_t n = 0;
    while (is_digit(at(text, i + n)))
        n++;
    return n;
}

static int number_of(struct str text, size_t i, size_t n)
{
    int value = 0;
    for (size_t k = 0; k < n; k++)
        value = value * 10 + (text.ptr[i + k] - '0');
    return value;
}

/* 2019-06-21: looked for first, else it would be a subtraction. */
static size_t date_length(struct str text, size_t i)
{
    bool shape = digits_from(text, i) == 4 && at(text, i + 4) == '-' &&
                 digits_from(text, i + 5) == 2 && at(text, i + 7) == '-' &&
                 digits_from(text, i + 8) == 2;
    return shape ? 10 : 0;
}

/* 9:30, 15:45 or 15:45:30. */
static size_t time_length(struct str text, size_t i)
{
    size_t hour = digits_from(text, i);
    if (hour < 1 || hour > 2 || at(text, i + hour) != ':' || digits_from(text, i + hour + 1) != 2)
        return 0;
    size_t n = hour + 3;
    if (at(text, i + n) == ':' && digits_from(text, i + n + 1) == 2)
        n += 3;
    return n;
}

static bool read_date(struct str text, size_t i, struct token *out, const char **why)
{
    int32_t date =
        date_make(number_of(text, i, 4), number_of(text, i + 5, 2), number_of(text, i + 8, 2));
    if (!date) {
        *why = "this is not a day of the calendar (dates are written 2019-06-21)";
        return false;
    }
    out->literal = LITERAL_DATE;
    out->value = out->written = date;
    return true;
}

static bool read_time(struct str text, size_t i, size_t length, struct token *out, const char **why)
{
    size_t hour_digits = digits_from(text, i);
    int hour = number_of(text, i, hour_digits), minute = number_of(text, i + hour_digits + 1, 2);
    int second = length > hour_digits + 3 ? number_of(text, i + hour_digits + 4, 2) : 0;
    if (hour > 23 || minute > 59 || second > 59) {
        *why = "this is not a time of the day (times are written 15:45)";
        return false;
    }
    out->literal = LITERAL_TIME;
    out->value = out->written = hour * 3600 + minute * 60 + second;
    return true;
}

static size_t decimal_length(struct str text, size_t i)
{
    size_t n = digits_from(text, i);
    if (at(text, i + n) == '.')
        n += 1 + digits_from(text, i + n + 1);
    if (at(text, i + n) == 'e' || at(text, i + n) == 'E') {
        size_t sign = at(text, i + n + 1) == '-' || at(text, i + n + 1) == '+';
        size_t exponent = digits_from(text, i + n + 1 + sign);
        if (exponent > 0)
            n += 1 + sign + exponent;
    }
    return n;
}

static bool read_number(struct str text, size_t *pos, struct token *out, const char **why)
{
    size_t i = *pos, n = date_length(text, i);
    bool good;
    if (n > 0) {
        good = read_date(text, i, out, why);
    } else if ((n = time_length(text, i)) > 0) {
        good = read_time(text, i, n, out, why);
    } else {
        n = decimal_length(text, i);
        good = str_to_double(str_slice(text, i, n), &out->written);
        if (!good)
            *why = "this number cannot be read";
        out->value = out->written;
        if (at(text, i + n) == '%') {
            out->literal = LITERAL_PERCENT;
            out->value = out->written / 100.0;
            n++;
        } else if (at(text, i + n) == 'd' && !is_name(at(text, i + n + 1))) {
            out->literal = LITERAL_DAYS;
            n++;
        }
    }
    if (good && is_name(at(text, i + n))) {
        *why =
            "letters follow a number: write a space or an operator between them, or 45d for days";
        good = false;
    }
    out->kind = TOKEN_NUMBER;
    out->text = str_slice(text, i, n);
    *pos = i + n;
    return good;
}

static bool read_symbol(struct str text, size_t *pos, struct token *out, const char **why)
{
    static const char *const pairs[] = { "<=", ">=", "==", "!=" };
    static const struct {
        const char *text, *why;
    } strangers[] = {
        { "&&", "write \"and\"" },
        { "||", "write \"or\"" },
        { "<>", "write != for \"differs\"" },
        { "=", "write == to compare" },
        { "!", "write \"not\"" },
    };
    struct str rest = str_slice(text, *pos, text.len - *pos);
    out->kind = TOKEN_SYMBOL;
    out->text = str_slice(rest, 0, 1);
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
        if (str_starts_with(rest, str_from(pairs[i])))
            out->text = str_slice(rest, 0, 2);
    if (out->text.len == 1) {
        for (size_t i = 0; i < ARRAY_COUNT(strangers); i++) {
            if (str_starts_with(rest, str_from(strangers[i].text))) {
                *why = strangers[i].why;
                return false;
            }
        }
        if (!strchr("<>+-*/(),", out->text.ptr[0]) || out->text.ptr[0] == '\0') {
            *why = "this character means nothing in a condition";
            return false;
        }
    }
    *pos += out->text.len;
    return true;
}

bool expr_next_token(struct str text, size_t *pos, struct token *out, const char **why)
{
    while (*pos < text.len && strchr(" \t\r\n", text.ptr[*pos]) && text.ptr[*pos])
        (*pos)++;
    *out = (struct token){ .kind = TOKEN_END, .column = *pos + 1 };
    if (*pos >= text.len)
        return true;
    char c = text.ptr[*pos];
    if (is_digit(c) || (c == '.' && is_digit(at(text, *pos + 1))))
        return read_number(text, pos, out, why);
    if (!is_name(c))
        return read_symbol(text, pos, out, why);
    size_t n = 0;
    while (is_name(at(text, *pos + n)))
        n++;
    out->kind = TOKEN_NAME;
    out->text = str_slice(text, *pos, n);
    *pos += n;
    return true;
}
