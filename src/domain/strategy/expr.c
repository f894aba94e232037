#include "domain/strategy/expr_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* A unit while compiling: what people see, or a bare number that takes the unit of what it meets.
 */
enum { UNIT_BARE = UNIT_BOOL + 1, UNIT_WRONG };
typedef int unit; /* enum expr_unit and the two above */

struct compiler {
    const char *where;
    struct str text;
    size_t pos;
    struct token token; /* the one being looked at */
    enum expr_scope scope;
    const struct expr_constant *constants;
    size_t constant_count;
    struct expr_op ops[EXPR_OPS_MAX];
    uint32_t count;
    int nesting, stack;
    bool failed;
};

static const char *unit_words(unit u)
{
    static const char *const words[] = {
        "a number",
        "a ratio (30% is 0.30)",
        "a price in dollars",
        "a number of days",
        "a time of day",
        "a date",
        "a condition (yes or no)",
        "a bare number",
    };
    MUST((size_t)u < ARRAY_COUNT(words));
    return words[u];
}

/* ---- errors: the first one is told, at its column ---- */

static unit PRINTF_LIKE(3, 4) fail_at(struct compiler *c, size_t column, const char *format, ...)
{
    if (c->failed)
        return UNIT_WRONG;
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    (void)err_set(ERR_PARSE, "%s: character %zu: %s", c->where, column, why);
    c->failed = true;
    return UNIT_WRONG;
}

static void advance(struct compiler *c)
{
    const char *why = NULL;
    if (!c->failed && !expr_next_token(c->text, &c->pos, &c->token, &why)) {
        /* Quote the character, unless it is one that would spoil the line. */
        size_t i = c->token.column - 1;
        unsigned char bad = i < c->text.len ? (unsigned char)c->text.ptr[i] : 0;
        if (c->token.kind == TOKEN_SYMBOL && bad > ' ' && bad < 127)
            fail_at(c, c->token.column, "'%c': %s", bad, why);
        else
            fail_at(c, c->token.column, "%s", why);
    }
    if (c->failed)
        c->token = (struct token){ .kind = TOKEN_END, .column = c->token.column };
}

static unit fail_here(struct compiler *c, const char *expected)
{
    if (c->token.kind == TOKEN_END)
        return fail_at(c, c->token.column, "it ends where %s was expected", expected);
    return fail_at(c, c->token.column, "found '%.*s' where %s was expected", STR_ARG(c->token.text),
                   expected);
}

static bool is_symbol(const struct compiler *c, const char *symbol)
{
    return c->token.kind == TOKEN_SYMBOL && str_is(c->token.text, symbol);
}

static bool is_word(const struct compiler *c, const char *word)
{
    return c->token.kind == TOKEN_NAME && str_is(c->token.text, word);
}

/* ---- the program ---- */

static void emit(struct compiler *c, struct expr_op op)
{
    if (c->failed)
        return;
    if (c->count == EXPR_OPS_MAX) {
        fail_at(c, c->token.column,
                "the expression is too long: at most %d names, numbers and operators",
                EXPR_OPS_MAX);
        return;
    }
    c->stack += 1 - op_operands((enum op_code)op.code);
    MUST(c->stack > 0);
    if (c->stack > EXPR_STACK_MAX) {
        fail_at(c, c->token.column, "the expression is nested too deeply");
        return;
    }
    c->ops[c->count++] = op;
}

static void emit_code(struct compiler *c, enum op_code code)
{
    emit(c, (struct expr_op){ .code = (uint8_t)code });
}

static void emit_bare(struct compiler *c, double value)
{
    emit(c, (struct expr_op){ .code = OP_CONST, .value = value, .written = value });
}

/* ---- units ---- */

static bool is_scalar(unit u)
{
    return u == UNIT_BARE || u == UNIT_NUMBER || u == UNIT_RATIO;
}

static bool is_counted(unit u) /* may be added, scaled, negated */
{
    return is_scalar(u) || u == UNIT_PRICE || u == UNIT_DAYS;
}

/* The unit two values share, a bare number giving way; UNIT_WRONG when they differ. A bare number
 * is no date and no time: 20190621 and 1545 are slips, not meanings. */
static unit shared_unit(unit a, unit b)
{
    if (a == b)
        return a;
    if (a == UNIT_BARE && is_counted(b))
        return b;
    if (b == UNIT_BARE && is_counted(a))
        return a;
    return UNIT_WRONG;
}

static const char *unit_hint(unit a, unit b)
{
    bool ratio = a == UNIT_RATIO || b == UNIT_RATIO, number = a == UNIT_NUMBER || b == UNIT_NUMBER;
    if (ratio && number)
        return "; a count out of 100 is written 30, not 30%, and percent(x) makes one from a ratio";
    if (a == UNIT_TIME || b == UNIT_TIME)
        return "; times are written 15:45";
    if (a == UNIT_DATE || b == UNIT_DATE)
        return "; dates are written 2019-06-21";
    return "";
}

static unit fail_units(struct compiler *c, size_t column, const char *verb, unit a, unit b)
{
    if (a == UNIT_WRONG || b == UNIT_WRONG)
        return UNIT_WRONG;
    return fail_at(c, column, "cannot %s %s and %s%s", verb, unit_words(a), unit_words(b),
                   unit_hint(a, b));
}

static unit add_units(struct compiler *c, size_t column, unit a, unit b, bool minus)
{
    if (a == UNIT_DATE && (b == UNIT_DAYS || b == UNIT_BARE)) {
        emit_code(c, minus ? OP_DATE_BACK : OP_DATE_ADD);
        return UNIT_DATE;
    }
    if (a == UNIT_DATE && b == UNIT_DATE && minus) {
        emit_code(c, OP_DATE_DIFF);
        return UNIT_DAYS;
    }
    unit both = shared_unit(a, b);
    if (both == UNIT_WRONG || !is_counted(both))
        return fail_units(c, column, minus ? "subtract" : "add", a, b);
    emit_code(c, minus ? OP_SUB : OP_ADD);
    return both;
}

static unit multiply_units(struct compiler *c, size_t column, unit a, unit b)
{
    if (!is_counted(a) || !is_counted(b) || !(is_scalar(a) || is_scalar(b)))
        return fail_units(c, column, "multiply", a, b);
    emit_code(c, OP_MUL);
    if (!is_scalar(a))
        return a;
    if (!is_scalar(b))
        return b;
    if (a == UNIT_NUMBER || b == UNIT_NUMBER)
        return UNIT_NUMBER; /* vix * 50% is in points of vix */
    return a == UNIT_RATIO || b == UNIT_RATIO ? UNIT_RATIO : UNIT_BARE;
}

static unit divide_units(struct compiler *c, size_t column, unit a, unit b)
{
    bool alike = a == b && is_counted(a);
    if (!alike && !(is_counted(a) && is_scalar(b)))
        return fail_units(c, column, "divide", a, b);
    emit_code(c, OP_DIV);
    if (a == UNIT_BARE && b != UNIT_BARE)
        return UNIT_NUMBER;
    if (alike)
        return a == UNIT_BARE ? UNIT_BARE : UNIT_RATIO;
    return a;
}

/* ---- the grammar, from the weakest binding to the strongest ---------------------------------- */

static unit parse_or(struct compiler *c);

static bool enter(struct compiler *c)
{
    if (++c->nesting <= EXPR_NESTING_MAX)
        return true;
    fail_at(c, c->token.column, "more than %d levels of parentheses", EXPR_NESTING_MAX);
    return false;
}

static void expect(struct compiler *c, const char *symbol)
{
    char wanted[8];
    if (is_symbol(c, symbol)) {
        advance(c);
        return;
    }
    snprintf(wanted, sizeof wanted, "'%s'", symbol);
    fail_here(c, wanted);
}

static unit parse_extreme(struct compiler *c, enum op_code code, size_t column)
{
    unit a = parse_or(c);
    expect(c, ",");
    unit b = parse_or(c);
    if (c->failed)
        return UNIT_WRONG;
    unit both = shared_unit(a, b);
    if (both == UNIT_WRONG || both == UNIT_BOOL)
        return fail_units(c, column, code == OP_MIN ? "take the min of" : "take the max of", a, b);
    emit_code(c, code);
    return both;
}

static unit parse_of_one(struct compiler *c, enum op_code code, size_t column, const char *name)
{
    unit a = parse_or(c);
    if (c->failed)
        return UNIT_WRONG;
    bool good = code == OP_PERCENT ? a == UNIT_RATIO || a == UNIT_BARE : is_counted(a);
    if (!good)
        return fail_at(c, column, "%s() cannot take %s", name, unit_words(a));
    emit_code(c, code);
    return code == OP_ABS ? a : UNIT_NUMBER;
}

static const struct function {
    const char *name;
    enum op_code code;
} functions[] = {
    { "min", OP_MIN },         { "max", OP_MAX },      { "abs", OP_ABS },
    { "percent", OP_PERCENT }, { "number", OP_STRIP },
};

static unit parse_call(struct compiler *c, const struct function *f, size_t column)
{
    advance(c);
    expect(c, "(");
    if (c->failed || !enter(c))
        return UNIT_WRONG;
    unit u = op_operands(f->code) == 2 ? parse_extreme(c, f->code, column)
                                       : parse_of_one(c, f->code, column, f->name);
    c->nesting--;
    expect(c, ")");
    return u;
}

enum { NAMES_MAX = FEATURE_COUNT + ARRAY_COUNT(functions) + EXPR_CONSTANTS_MAX };

static unit fail_unknown(struct compiler *c)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < c->constant_count; i++)
        names[count++] = c->constants[i].name;
    for (size_t i = 0; c->scope != EXPR_PARAMETERS && i < FEATURE_COUNT; i++)
        names[count++] = feature_name((enum feature_id)i);
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        names[count++] = functions[i].name;
    const char *nearest = str_nearest(c->token.text, names, count);
    if (nearest)
        return fail_at(c, c->token.column, "unknown name '%.*s': did you mean '%s'?",
                       STR_ARG(c->token.text), nearest);
    return fail_at(c, c->token.column, "unknown name '%.*s': it is no %s of this strategy",
                   STR_ARG(c->token.text),
                   c->scope == EXPR_PARAMETERS ? "parameter" : "feature and no parameter");
}

static unit parse_feature(struct compiler *c, enum feature_id id)
{
    if (c->scope == EXPR_PARAMETERS)
        return fail_at(
            c, c->token.column,
            "'%s' changes with the market: a number here is made of numbers and parameters",
            feature_name(id));
    if (feature_is_of_trade(id) && c->scope != EXPR_TRADE)
        return fail_at(c, c->token.column,
                       "'%s' is known of an open trade only: use it under exit or roll",
                       feature_name(id));
    emit(c, (struct expr_op){ .code = OP_FEATURE, .feature = (uint16_t)id });
    advance(c);
    return feature_unit(id);
}

static const char *const reserved[] = { "and", "or", "not" };

bool expr_name_is_taken(struct str name)
{
    for (size_t i = 0; i < ARRAY_COUNT(reserved); i++)
        if (str_is(name, reserved[i]))
            return true;
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        if (str_is(name, functions[i].name))
            return true;
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (str_is(name, feature_name((enum feature_id)i)))
            return true;
    return false;
}

static unit parse_name(struct compiler *c)
{
    struct str name = c->token.text;
    for (size_t i = 0; i < ARRAY_COUNT(reserved); i++)
        if (str_is(name, reserved[i]))
            return fail_here(c, "a value");
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        if (str_is(name, functions[i].name))
            return parse_call(c, &functions[i], c->token.column);
    for (size_t i = 0; i < c->constant_count; i++) {
        if (str_is(name, c->constants[i].name)) {
            emit_bare(c, c->constants[i].value);
            advance(c);
            return UNIT_BARE;
        }
    }
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (str_is(name, feature_name((enum feature_id)i)))
            return parse_feature(c, (enum feature_id)i);
    return fail_unknown(c);
}

static unit parse_number(struct compiler *c)
{
    static const unit units[] = { UNIT_BARE, UNIT_RATIO, UNIT_DAYS, UNIT_TIME, UNIT_DATE };
    enum literal literal = c->token.literal;
    emit(c, (struct expr_op){ .code = OP_CONST,
                              .literal = (uint8_t)literal,
                              .value = c->token.value,
                              .written = c->token.written });
    advance(c);
    return units[literal];
}

static unit parse_primary(struct compiler *c)
{
    if (c->token.kind == TOKEN_NUMBER)
        return parse_number(c);
    if (c->token.kind == TOKEN_NAME)
        return parse_name(c);
    if (!is_symbol(c, "("))
        return fail_here(c, "a value");
    advance(c);
    if (!enter(c))
        return UNIT_WRONG;
    unit u = parse_or(c);
    c->nesting--;
    expect(c, ")");
    return u;
}

static unit parse_unary(struct compiler *c)
{
    if (!is_symbol(c, "-"))
        return parse_primary(c);
    size_t column = c->token.column;
    advance(c);
    if (!enter(c))
        return UNIT_WRONG;
    unit u = parse_unary(c);
    c->nesting--;
    if (c->failed)
        return UNIT_WRONG;
    if (!is_counted(u))
        return fail_at(c, column, "cannot negate %s", unit_words(u));
    /* A minus before a number belongs to the number, so that "-5" is one constant. */
    struct expr_op *last = &c->ops[c->count - 1];
    if (last->code == OP_CONST) {
        last->value = -last->value;
        last->written = -last->written;
    } else {
        emit_code(c, OP_NEG);
    }
    return u;
}

static unit parse_product(struct compiler *c)
{
    unit a = parse_unary(c);
    while (!c->failed && (is_symbol(c, "*") || is_symbol(c, "/"))) {
        bool divide = is_symbol(c, "/");
        size_t column = c->token.column;
        advance(c);
        unit b = parse_unary(c);
        if (!c->failed)
            a = divide ? divide_units(c, column, a, b) : multiply_units(c, column, a, b);
    }
    return a;
}

static unit parse_sum(struct compiler *c)
{
    unit a = parse_product(c);
    while (!c->failed && (is_symbol(c, "+") || is_symbol(c, "-"))) {
        bool minus = is_symbol(c, "-");
        size_t column = c->token.column;
        advance(c);
        unit b = parse_product(c);
        if (!c->failed)
            a = add_units(c, column, a, b, minus);
    }
    return a;
}

static bool comparison_of(const struct compiler *c, enum op_code *code)
{
    static const struct {
        const char *symbol;
        enum op_code code;
    } rows[] = { { "<", OP_LT },  { "<=", OP_LE }, { ">", OP_GT },
                 { ">=", OP_GE }, { "==", OP_EQ }, { "!=", OP_NE } };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (is_symbol(c, rows[i].symbol)) {
            *code = rows[i].code;
            return true;
        }
    }
    return false;
}

static unit parse_comparison(struct compiler *c)
{
    unit a = parse_sum(c);
    enum op_code code;
    if (c->failed || !comparison_of(c, &code))
        return a;
    size_t column = c->token.column;
    advance(c);
    unit b = parse_sum(c);
    if (c->failed)
        return UNIT_WRONG;
    unit both = shared_unit(a, b);
    if (both == UNIT_WRONG || both == UNIT_BOOL)
        return fail_units(c, column, "compare", a, b);
    emit_code(c, code);
    if (comparison_of(c, &code))
        return fail_at(c, c->token.column,
                       "comparisons do not chain: write a < b and b < c for a < b < c");
    return UNIT_BOOL;
}

static unit need_condition(struct compiler *c, size_t column, unit u, const char *word)
{
    if (c->failed || u == UNIT_BOOL)
        return u;
    return fail_at(c, column, "\"%s\" joins conditions, but this is %s", word, unit_words(u));
}

static unit parse_not(struct compiler *c)
{
    if (!is_word(c, "not"))
        return parse_comparison(c);
    advance(c);
    if (!enter(c))
        return UNIT_WRONG;
    size_t column = c->token.column;
    unit u = need_condition(c, column, parse_not(c), "not");
    c->nesting--;
    if (!c->failed)
        emit_code(c, OP_NOT);
    return u;
}

static unit parse_and(struct compiler *c)
{
    size_t column = c->token.column;
    unit a = parse_not(c);
    while (!c->failed && is_word(c, "and")) {
        need_condition(c, column, a, "and");
        advance(c);
        column = c->token.column;
        a = need_condition(c, column, parse_not(c), "and");
        emit_code(c, OP_AND);
    }
    return a;
}

static unit parse_or(struct compiler *c)
{
    size_t column = c->token.column;
    unit a = parse_and(c);
    while (!c->failed && is_word(c, "or")) {
        need_condition(c, column, a, "or");
        advance(c);
        column = c->token.column;
        a = need_condition(c, column, parse_and(c), "or");
        emit_code(c, OP_OR);
    }
    return a;
}

/* ---- front door ---- */

static void check_result(struct compiler *c, unit u, enum expr_unit want)
{
    if (c->failed || u == (unit)want)
        return;
    bool bare_will_do = u == UNIT_BARE && is_counted((unit)want);
    if (bare_will_do)
        return;
    if (want == UNIT_BOOL)
        fail_at(c, 1, "a condition was expected, such as \"vix < 25\", but this is %s",
                unit_words(u));
    else
        fail_at(c, 1, "%s was expected, but this is %s%s", unit_words((unit)want), unit_words(u),
                unit_hint(u, (unit)want));
}

static struct expr *keep(const struct compiler *c, struct arena *arena, enum expr_unit want)
{
    struct expr *expr = arena_alloc(arena, sizeof *expr + c->count * sizeof expr->ops[0]);
    expr->unit = want;
    expr->count = c->count;
    for (uint32_t i = 0; i < c->count; i++) {
        expr->ops[i] = c->ops[i];
        if (c->ops[i].code == OP_FEATURE)
            expr->reads |= UINT64_C(1) << c->ops[i].feature;
    }
    return expr;
}

enum err expr_compile(const struct expr **out, struct arena *arena, const char *where,
                      struct str text, enum expr_scope scope, enum expr_unit want,
                      const struct expr_constant *constants, size_t constant_count)
{
    if (text.len > EXPR_TEXT_MAX)
        return err_set(ERR_PARSE,
                       "%s: %zu characters are more than the %d that an expression may have", where,
                       text.len, EXPR_TEXT_MAX);
    MUST(constant_count <= EXPR_CONSTANTS_MAX);
    struct compiler c = { .where = where,
                          .text = text,
                          .scope = scope,
                          .constants = constants,
                          .constant_count = constant_count };
    advance(&c);
    unit u = parse_or(&c);
    if (!c.failed && c.token.kind != TOKEN_END)
        fail_here(&c, "an operator or the end");
    check_result(&c, u, want);
    if (c.failed)
        return ERR_PARSE;
    MUST(c.stack == 1);
    *out = keep(&c, arena, want);
    return ERR_OK;
}

bool expr_reads(const struct expr *expr, enum feature_id feature)
{
    MUST(feature < FEATURE_COUNT);
    return expr->reads >> feature & 1;
}
