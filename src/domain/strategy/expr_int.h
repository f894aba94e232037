/*
 * Inside the expressions: tokens, operations and the program. For files of this folder only.
 */
#ifndef DOMAIN_STRATEGY_EXPR_INT_H
#define DOMAIN_STRATEGY_EXPR_INT_H

#include "domain/strategy/expr.h"

/* Bounds on what people may write; far above any condition a person can read. */
enum { EXPR_TEXT_MAX = 4096, EXPR_OPS_MAX = 256, EXPR_STACK_MAX = 64, EXPR_NESTING_MAX = 40 };

/* How a constant was written: kept so that it can be written again exactly. */
enum literal { LITERAL_BARE, LITERAL_PERCENT, LITERAL_DAYS, LITERAL_TIME, LITERAL_DATE };

enum op_code {
    OP_CONST,
    OP_FEATURE,
    OP_NOT,
    OP_NEG,
    OP_ABS,
    OP_PERCENT, /* a ratio as a number out of 100 */
    OP_STRIP,   /* the number without its unit */
    OP_AND,     /* from here on two operands */
    OP_OR,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_EQ,
    OP_NE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MIN,
    OP_MAX,
    OP_DATE_ADD,  /* date + days */
    OP_DATE_BACK, /* date - days */
    OP_DATE_DIFF, /* date - date, in days */
};

struct expr_op {
    uint8_t code;    /* enum op_code */
    uint8_t literal; /* enum literal of OP_CONST */
    uint16_t feature;
    double value;   /* of OP_CONST, as the program uses it: 30 % is 0.30 */
    double written; /* and as it was written: 30 */
};

struct expr {
    enum expr_unit unit;
    uint32_t count;
    uint64_t reads; /* bit i: feature i */
    struct expr_op ops[];
};

_Static_assert(FEATURE_COUNT <= 64, "expr.reads has a bit for each feature");

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER, /* value, literal */
    TOKEN_NAME,
    TOKEN_SYMBOL, /* code, when it is an operator, else the character */
};

struct token {
    enum token_kind kind;
    struct str text;
    size_t column; /* 1 is the first character */
    enum literal literal;
    double value, written;
};

/* Read the token at *pos and move *pos behind it. False: *why says what is wrong with it. */
bool expr_next_token(struct str text, size_t *pos, struct token *out, const char **why);

static inline int op_operands(enum op_code code)
{
    return code <= OP_FEATURE ? 0 : code < OP_AND ? 1 : 2;
}

#endif
