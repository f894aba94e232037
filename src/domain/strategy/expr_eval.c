/*
 * Running and writing compiled expressions.
 *
 * Conditions are three-valued inside (Kleene): 1 yes, 0 no, NaN unknown. Only at the front door
 * does unknown become "no".
 */
#include "domain/strategy/expr_int.h"

#include <math.h>
#include <stdio.h>

#include "base/date.h"

static double compare(enum op_code code, double a, double b)
{
    if (isnan(a) || isnan(b))
        return NAN;
    switch (code) {
    case OP_LT:
        return a < b;
    case OP_LE:
        return a <= b;
    case OP_GT:
        return a > b;
    case OP_GE:
        return a >= b;
    case OP_EQ:
        return a == b;
    default:
        return a != b;
    }
}

/* A date from a feature or a sum may be anything: what is no date is unknown. */
static bool as_date(double value, int32_t *out)
{
    if (!(value >= 0 && value <= 99999999))
        return false;
    *out = (int32_t)value;
    return date_is_valid(*out);
}

static double date_moved(double date, double days)
{
    int32_t from;
    if (!as_date(date, &from) || !(fabs(days) < 100000))
        return NAN;
    int32_t days_since_1970 = date_to_days(from) + (int32_t)floor(days);
    static const int32_t first = 19000101, last = 21991231;
    if (days_since_1970 < date_to_days(first) || days_since_1970 > date_to_days(last))
        return NAN;
    return date_from_days(days_since_1970);
}

static double date_between(double later, double earlier)
{
    int32_t a, b;
    return as_date(later, &a) && as_date(earlier, &b) ? (double)date_diff(a, b) : NAN;
}

static double finite_or_unknown(double value)
{
    return isfinite(value) ? value : NAN;
}

static double run_one(enum op_code code, double a)
{
    switch (code) {
    case OP_NOT:
        return 1.0 - a; /* unknown stays unknown */
    case OP_NEG:
        return -a;
    case OP_ABS:
        return fabs(a);
    case OP_PERCENT:
        return finite_or_unknown(a * 100.0);
    default: /* OP_STRIP */
        return a;
    }
}

static double run_two(enum op_code code, double a, double b)
{
    bool unknown = isnan(a) || isnan(b);
    switch (code) {
    case OP_AND:
        return a == 0 || b == 0 ? 0.0 : unknown ? NAN : 1.0;
    case OP_OR:
        return a == 1 || b == 1 ? 1.0 : unknown ? NAN : 0.0;
    case OP_ADD:
        return finite_or_unknown(a + b);
    case OP_SUB:
        return finite_or_unknown(a - b);
    case OP_MUL:
        return finite_or_unknown(a * b);
    case OP_DIV:
        return finite_or_unknown(a / b); /* by zero: unknown, not infinite */
    case OP_MIN:
        return unknown ? NAN : a < b ? a : b;
    case OP_MAX:
        return unknown ? NAN : a > b ? a : b;
    case OP_DATE_ADD:
        return date_moved(a, b);
    case OP_DATE_BACK:
        return date_moved(a, -b);
    case OP_DATE_DIFF:
        return date_between(a, b);
    default:
        return compare(code, a, b);
    }
}

double expr_eval(const struct expr *expr, const double features[FEATURE_COUNT])
{
    double stack[EXPR_STACK_MAX];
    size_t top = 0; /* the compiler has bounded it */
    for (uint32_t i = 0; i < expr->count; i++) {
        const struct expr_op *op = &expr->ops[i];
        enum op_code code = (enum op_code)op->code;
        switch (op_operands(code)) {
        case 0:
            stack[top++] = code == OP_CONST ? op->value : finite_or_unknown(features[op->feature]);
            break;
        case 1:
            stack[top - 1] = run_one(code, stack[top - 1]);
            break;
        default:
            top--;
            stack[top - 1] = run_two(code, stack[top - 1], stack[top]);
            break;
        }
    }
    return stack[0];
}

bool expr_eval_bool(const struct expr *expr, const double features[FEATURE_COUNT])
{
    MUST(expr->unit == UNIT_BOOL);
    return expr_eval(expr, features) == 1.0;
}

enum expr_unit expr_unit_of(const struct expr *expr)
{
    return expr->unit;
}

/* ---- writing ---- */

/* How tightly an operation binds: as in the grammar. */
static int strength(enum op_code code)
{
    switch (code) {
    case OP_OR:
        return 1;
    case OP_AND:
        return 2;
    case OP_NOT:
        return 3;
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_EQ:
    case OP_NE:
        return 4;
    case OP_ADD:
    case OP_SUB:
    case OP_DATE_ADD:
    case OP_DATE_BACK:
    case OP_DATE_DIFF:
        return 5;
    case OP_MUL:
    case OP_DIV:
        return 6;
    case OP_NEG:
        return 7;
    default:
        return 8;
    }
}

static const char *const symbols[] = {
    [OP_AND] = " and ",       [OP_OR] = " or ",       [OP_LT] = " < ",        [OP_LE] = " <= ",
    [OP_GT] = " > ",          [OP_GE] = " >= ",       [OP_EQ] = " == ",       [OP_NE] = " != ",
    [OP_ADD] = " + ",         [OP_SUB] = " - ",       [OP_MUL] = " * ",       [OP_DIV] = " / ",
    [OP_DATE_ADD] = " + ",    [OP_DATE_BACK] = " - ", [OP_DATE_DIFF] = " - ", [OP_ABS] = "abs",
    [OP_PERCENT] = "percent", [OP_STRIP] = "number",  [OP_MIN] = "min",       [OP_MAX] = "max",
};

static void write_shortest(struct buf *out, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        double again;
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (str_to_double(str_from(text), &again) && again == value)
            break;
    }
    buf_puts(out, text);
}

static void write_constant(struct buf *out, const struct expr_op *op)
{
    bool is_whole = op->literal == LITERAL_DATE || op->literal == LITERAL_TIME;
    int whole = is_whole ? (int)op->written : 0;
    switch ((enum literal)op->literal) {
    case LITERAL_DATE: {
        char day[DATE_TEXT_BYTES];
        date_format(day, whole);
        buf_puts(out, day);
        return;
    }
    case LITERAL_TIME:
        buf_printf(out, "%02d:%02d", whole / 3600, whole / 60 % 60);
        if (whole % 60)
            buf_printf(out, ":%02d", whole % 60);
        return;
    default:
        write_shortest(out, op->written);
        if (op->literal == LITERAL_PERCENT)
            buf_putc(out, '%');
        else if (op->literal == LITERAL_DAYS)
            buf_putc(out, 'd');
        return;
    }
}

struct writer {
    const struct expr *expr;
    struct buf *out;
    uint16_t start[EXPR_OPS_MAX]; /* of each operation: the first operation of its operands */
};

static void write_op(struct writer *w, uint32_t i);

static void write_operand(struct writer *w, uint32_t i, bool parentheses)
{
    if (parentheses)
        buf_putc(w->out, '(');
    write_op(w, i);
    if (parentheses)
        buf_putc(w->out, ')');
}

static int strength_at(const struct writer *w, uint32_t i)
{
    return strength((enum op_code)w->expr->ops[i].code);
}

static void write_op(struct writer *w, uint32_t i)
{
    const struct expr_op *op = &w->expr->ops[i];
    enum op_code code = (enum op_code)op->code;
    int mine = strength(code);
    if (code == OP_CONST) {
        write_constant(w->out, op);
    } else if (code == OP_FEATURE) {
        buf_puts(w->out, feature_name((enum feature_id)op->feature));
    } else if (code == OP_NOT || code == OP_NEG) {
        buf_puts(w->out, code == OP_NOT ? "not " : "-");
        write_operand(w, i - 1, strength_at(w, i - 1) < mine);
    } else if (op_operands(code) == 1) {
        buf_puts(w->out, symbols[code]);
        write_operand(w, i - 1, true);
    } else {
        uint32_t right = i - 1, left = w->start[right] - 1u;
        bool call = code == OP_MIN || code == OP_MAX;
        if (call)
            buf_printf(w->out, "%s(", symbols[code]);
        /* Comparisons do not chain, so neither side of one may be another. */
        bool loose =
            !call && (strength_at(w, left) < mine || (mine == 4 && strength_at(w, left) == 4));
        write_operand(w, left, loose);
        buf_puts(w->out, call ? ", " : symbols[code]);
        write_operand(w, right, !call && strength_at(w, right) <= mine);
        if (call)
            buf_putc(w->out, ')');
    }
}

void expr_format(struct buf *out, const struct expr *expr)
{
    struct writer w = { .expr = expr, .out = out };
    for (uint32_t i = 0; i < expr->count; i++) {
        uint32_t first = i;
        for (int k = op_operands((enum op_code)expr->ops[i].code); k > 0; k--)
            first = w.start[first - 1];
        w.start[i] = (uint16_t)first;
    }
    write_op(&w, expr->count - 1);
}
