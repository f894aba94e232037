#include "domain/types/occ_symbol.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"

enum { DATE_LEN = 6, STRIKE_LEN = 8 };

static const char *const form_names[OCC_FORM_COUNT] = {
#define OCC_FORM(name, word, example) word,
#include "domain/types/occ_forms.def"
#undef OCC_FORM
};

static enum err refuse(struct str text, const char *why)
{
    return err_set(ERR_PARSE, "option symbol \"%.*s\": %s", (int)(text.len < 40 ? text.len : 40),
                   text.ptr ? text.ptr : "", why);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* All of len characters as a number, or -1. */
static int32_t read_digits(const char *text, size_t len)
{
    int32_t value = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool root_is_valid(struct str root)
{
    bool has_letter = false;
    for (size_t i = 0; i < root.len; i++) {
        bool letter = root.ptr[i] >= 'A' && root.ptr[i] <= 'Z';
        if (!letter && !is_digit(root.ptr[i]))
            return false;
        has_letter |= letter;
    }
    return has_letter && root.len <= OCC_ROOT_MAX;
}

/* yymmdd, or mmddyy, of this century; 0 when it is no calendar day. */
static int32_t read_expiry(const char *digits, bool month_first)
{
    int32_t number = read_digits(digits, DATE_LEN);
    if (number < 0)
        return 0;
    int a = number / 10000, b = number / 100 % 100, c = number % 100;
    return month_first ? date_make(2000 + c, a, b) : date_make(2000 + a, b, c);
}

/* Eight digits in mills, or dollars such as 332.5; 0 when it is neither. */
static int32_t read_strike(struct str text, bool dollars)
{
    int64_t mills = 0;
    if (!dollars)
        return text.len == STRIKE_LEN ? read_digits(text.ptr, STRIKE_LEN) : 0;
    if (text.len == 0 || !is_digit(text.ptr[0]) || !is_digit(text.ptr[text.len - 1]) ||
        !str_to_fixed(text, 3, &mills) || mills > OCC_STRIKE_MILLS_MAX)
        return 0;
    return (int32_t)mills;
}

enum err occ_symbol_parse(struct occ_symbol *out, struct str text)
{
    struct str rest = text;
    bool polygon = str_starts_with(rest, STR("O:")), dxfeed = str_starts_with(rest, STR("."));
    rest = str_slice(rest, polygon ? 2 : dxfeed ? 1 : 0, rest.len);

    /* Roots hold letters and digits, so split from the right: the last letter is C or P. */
    size_t right_index = rest.len;
    while (right_index > 0 &&
           (is_digit(rest.ptr[right_index - 1]) || rest.ptr[right_index - 1] == '.'))
        right_index--;
    if (right_index <= DATE_LEN + 1 || right_index == rest.len || rest.len > OCC_SYMBOL_BYTES)
        return refuse(text, "it is not root, date, C or P, strike, as in AAPL240119C00190000");
    right_index--;
    char right = rest.ptr[right_index];
    struct str strike = str_slice(rest, right_index + 1, rest.len);
    struct str root = str_slice(rest, 0, right_index - DATE_LEN);
    bool tda = str_ends_with(root, STR("_"));
    bool spaced = str_ends_with(root, STR(" "));
    /* A strike in dollars needs a mark that the form has one: otherwise a digit was lost. */
    bool mills = strike.len == STRIKE_LEN && !memchr(strike.ptr, '.', STRIKE_LEN);
    bool dollars = dxfeed || tda || (spaced && !mills);
    if (tda)
        root.len--;
    while (spaced && str_ends_with(root, STR(" ")))
        root.len--;

    int32_t expiry = read_expiry(rest.ptr + right_index - DATE_LEN, tda);
    int32_t strike_mills = read_strike(strike, dollars);
    if (!root_is_valid(root))
        return refuse(text, "root is not 1 to 6 of A-Z and 0-9");
    if (expiry == 0)
        return refuse(text, tda ? "expiry is not a calendar day written mmddyy"
                                : "expiry is not a calendar day written yymmdd");
    if (right != OPTION_CALL && right != OPTION_PUT)
        return refuse(text, "right is not C or P");
    if (strike_mills <= 0)
        return refuse(text, dollars ? "strike is not dollars above zero with at most 3 decimals"
                                    : "strike is not eight digits above zero");

    *out = (struct occ_symbol){ .expiry = expiry,
                                .right = (enum option_right)right,
                                .strike_mills = strike_mills };
    memcpy(out->root, root.ptr, root.len);
    return ERR_OK;
}

static void format_dollars(char out[12], int32_t mills)
{
    int len = snprintf(out, 12, "%d.%03d", mills / 1000, mills % 1000);
    while (out[len - 1] == '0')
        out[--len] = '\0';
    if (out[len - 1] == '.')
        out[--len] = '\0';
}

void occ_symbol_format(char out[OCC_SYMBOL_BYTES], const struct occ_symbol *sym, enum occ_form form)
{
    int date = sym->expiry % 1000000;
    int month_first = date % 10000 * 100 + date / 10000;
    char dollars[12];
    MUST(sym->strike_mills > 0);
    MUST(sym->strike_mills <= OCC_STRIKE_MILLS_MAX);
    MUST(sym->expiry / 1000000 == 20);
    MUST(form >= 0);
    MUST(form < OCC_FORM_COUNT);
    format_dollars(dollars, sym->strike_mills);
    switch (form) {
    case OCC_PADDED:
        snprintf(out, OCC_SYMBOL_BYTES, "%-6.6s%06d%c%08d", sym->root, date, sym->right,
                 sym->strike_mills);
        return;
    case OCC_COMPACT:
    case OCC_POLYGON:
        snprintf(out, OCC_SYMBOL_BYTES, "%s%.6s%06d%c%08d", form == OCC_POLYGON ? "O:" : "",
                 sym->root, date, sym->right, sym->strike_mills);
        return;
    case OCC_DXFEED:
        snprintf(out, OCC_SYMBOL_BYTES, ".%.6s%06d%c%s", sym->root, date, sym->right, dollars);
        return;
    case OCC_TRADESTATION:
        snprintf(out, OCC_SYMBOL_BYTES, "%.6s %06d%c%s", sym->root, date, sym->right, dollars);
        return;
    case OCC_TDA:
        snprintf(out, OCC_SYMBOL_BYTES, "%.6s_%06d%c%s", sym->root, month_first, sym->right,
                 dollars);
        return;
    case OCC_FORM_COUNT:
        break;
    }
}

bool occ_symbol_equal(const struct occ_symbol *a, const struct occ_symbol *b)
{
    return strncmp(a->root, b->root, sizeof(a->root)) == 0 && a->expiry == b->expiry &&
           a->right == b->right && a->strike_mills == b->strike_mills;
}

struct occ_symbol occ_symbol_of(const struct contract *contract)
{
    struct occ_symbol sym = { .expiry = contract->expiry,
                              .right = (enum option_right)contract->right,
                              .strike_mills = contract->strike_mills };
    memcpy(sym.root, contract->root, sizeof(sym.root));
    return sym;
}

const char *occ_form_name(enum occ_form form)
{
    MUST(form >= 0);
    MUST(form < OCC_FORM_COUNT);
    return form_names[form];
}

bool occ_form_parse(struct str word, enum occ_form *out)
{
    for (int form = 0; form < OCC_FORM_COUNT; form++) {
        if (str_is(word, form_names[form])) {
            *out = (enum occ_form)form;
            return true;
        }
    }
    return false;
}
