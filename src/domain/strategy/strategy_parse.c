/*
 * A strategy file from its root down: parameters, account, limits, structures.
 */
#include <math.h>
#include <stdio.h>

#include "domain/strategy/strategy_int.h"

#define SECTION_KEYS "legs", "entry", "size", "exit", "roll", "hedge", "work"

/* ---- head ---- */

static void read_text(struct reader *r, const struct doc_node *node, size_t bytes_max,
                      struct str *out)
{
    if (!r->err)
        r->err = doc_str(node, out);
    if (r->err)
        return;
    if (out->len > bytes_max)
        reader_fail(r, node, ERR_RANGE, "%zu bytes are more than %zu", out->len, bytes_max);
    if (out->len == 0)
        reader_fail(r, node, ERR_PARSE, "no text is here");
}

static bool is_one_line(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 127)
            return false;
    return true;
}

static void read_underlying(struct reader *r, const struct doc_node *node)
{
    struct str text = { 0 };
    read_text(r, node, sizeof r->out->underlying - 1, &text);
    for (size_t i = 0; i < text.len && !r->err; i++) {
        char c = text.ptr[i];
        bool letter = c >= 'A' && c <= 'Z';
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '.')))
            reader_fail(
                r, node, ERR_PARSE,
                "\"%.*s\" is no symbol of an underlying: A-Z, then also 0-9 and '.', such as SPX",
                STR_ARG(text));
    }
    if (!r->err)
        memcpy(r->out->underlying, text.ptr, text.len);
}

static void read_head(struct reader *r, const struct doc_node *root)
{
    const struct doc_node *version = NULL, *name = NULL, *underlying = NULL;
    int64_t schema = 0;
    struct str text;
    if (r->err || (r->err = doc_need(&version, root, "ironfly")) ||
        (r->err = doc_int64(version, 1, 1000000, &schema)))
        return;
    if (schema != STRATEGY_SCHEMA)
        reader_fail(r, version, ERR_UNSUPPORTED,
                    "version %lld of the format is not known: this program reads %d",
                    (long long)schema, STRATEGY_SCHEMA);
    if (r->err || (r->err = doc_need(&name, root, "name")) ||
        (r->err = doc_need(&underlying, root, "underlying")))
        return;
    read_text(r, name, STRATEGY_NAME_BYTES - 1, &text);
    if (!r->err && !is_one_line(text))
        reader_fail(r, name, ERR_PARSE, "a name is one line of text");
    if (!r->err)
        memcpy(r->out->name, text.ptr, text.len);
    read_underlying(r, underlying);
    r->out->description = "";
    const struct doc_node *description = read_find(r, root, "description");
    if (description) {
        read_text(r, description, 16384, &text);
        if (!r->err)
            r->out->description = arena_strndup(r->arena, text.ptr, text.len);
    }
}

/* ---- parameters ---- */

static void read_param_text(struct reader *r, const struct doc_node *map, struct strategy_param *p)
{
    struct str text;
    const struct doc_node *unit = read_find(r, map, "unit"), *help = read_find(r, map, "help");
    p->help = "";
    if (unit) {
        read_text(r, unit, sizeof p->unit - 1, &text);
        if (!r->err)
            memcpy(p->unit, text.ptr, text.len);
    }
    if (help) {
        read_text(r, help, 1024, &text);
        if (!r->err)
            p->help = arena_strndup(r->arena, text.ptr, text.len);
    }
}

static void check_param_range(struct reader *r, const struct doc_node *node,
                              const struct strategy_param *p)
{
    if (r->err)
        return;
    if (isnan(p->min) != isnan(p->max))
        reader_fail(r, node, ERR_PARSE, "%s is missing: a range has both ends",
                    isnan(p->min) ? "min" : "max");
    else if (isnan(p->min) && !isnan(p->step))
        reader_fail(r, node, ERR_PARSE, "step is given, but no min and max");
    else if (p->min > p->max)
        reader_fail(r, node, ERR_RANGE, "min %g is above max %g", p->min, p->max);
    else if (p->step > p->max - p->min)
        reader_fail(r, node, ERR_RANGE, "step %g is wider than the range %g to %g", p->step, p->min,
                    p->max);
    else if (p->value < p->min || p->value > p->max)
        reader_fail(r, node, ERR_RANGE, "default %.10g is not between %.10g and %.10g", p->value,
                    p->min, p->max);
}

static void read_param(struct reader *r, const struct doc_node *node, struct strategy_param *p)
{
    static const double most = 1e12;
    *p = (struct strategy_param){ .min = NAN, .max = NAN, .step = NAN, .help = "" };
    read_name(r, node, p->name);
    if (!r->err && expr_name_is_taken(node->key))
        reader_fail(r, node, ERR_PARSE,
                    "the name %s is taken by a feature or function of conditions", p->name);
    if (node->kind != DOC_MAP) {
        number_of(r, node, WRITTEN_PLAIN, -most, most, &p->value);
        return;
    }
    READ_KEYS(r, node, "default", "min", "max", "step", "unit", "help");
    if (!r->err && !read_find(r, node, "default"))
        reader_fail(r, node, ERR_PARSE, "default is missing");
    read_number(r, node, "default", WRITTEN_PLAIN, -most, most, &p->value);
    read_number(r, node, "min", WRITTEN_PLAIN, -most, most, &p->min);
    read_number(r, node, "max", WRITTEN_PLAIN, -most, most, &p->max);
    read_number(r, node, "step", WRITTEN_PLAIN, 1e-12, most, &p->step);
    read_param_text(r, node, p);
    check_param_range(r, node, p);
}

static void override_params(struct reader *r, const char *path,
                            const struct strategy_override *overrides, size_t count)
{
    struct strategy *s = r->out;
    for (size_t i = 0; i < count && !r->err; i++) {
        const char *names[STRATEGY_PARAMS_MAX];
        struct strategy_param *found = NULL;
        for (int k = 0; k < s->param_count; k++) {
            names[k] = s->params[k].name;
            if (strcmp(names[k], overrides[i].name) == 0)
                found = &s->params[k];
        }
        double value = overrides[i].value;
        if (!found) {
            const char *nearest =
                str_nearest(str_from(overrides[i].name), names, (size_t)s->param_count);
            r->err = err_set(ERR_NOT_FOUND, "%s: there is no parameter %.60s%s%s%s", path,
                             overrides[i].name, nearest ? ": did you mean " : "",
                             nearest ? nearest : "", nearest ? "?" : "");
        } else if (!isfinite(value) || value < found->min || value > found->max) {
            r->err = err_set(ERR_RANGE, "%s: parameter %s: %.10g is not between %.10g and %.10g",
                             path, found->name, value, found->min, found->max);
        } else {
            found->value = value;
        }
    }
}

static void read_params(struct reader *r, const struct doc_node *root,
                        const struct strategy_override *overrides, size_t override_count)
{
    const struct doc_node *map = read_find(r, root, "parameters");
    struct strategy *s = r->out;
    if (map && (r->err = doc_check_kind(map, DOC_MAP)))
        return;
    size_t count = map ? map->count : 0;
    if (count > STRATEGY_PARAMS_MAX) {
        reader_fail(r, map, ERR_RANGE, "%zu parameters are more than %d", count,
                    STRATEGY_PARAMS_MAX);
        return;
    }
    s->params = arena_array(r->arena, struct strategy_param, count);
    for (size_t i = 0; i < count && !r->err; i++)
        read_param(r, map->items[i], &s->params[i]);
    s->param_count = (int)count;
    override_params(r, s->path, overrides, override_count);
    if (r->err)
        return;
    /* Only now do they have a meaning in numbers: a parameter is no formula of another. */
    for (size_t i = 0; i < count; i++)
        r->constants[i] = (struct expr_constant){ s->params[i].name, s->params[i].value };
    r->constant_count = count;
}

static void check_params_used(struct reader *r, const struct doc_node *root)
{
    const struct doc_node *map = doc_find(root, "parameters");
    for (size_t i = 0; i < r->constant_count; i++)
        if (!r->is_used[i])
            reader_fail(r, map->items[i], ERR_PARSE,
                        "this parameter is used nowhere: use it or leave it out");
}

/* ---- account and limits ---- */

/* The name of a fee or interest schedule: those there are, the caller knows. */
static void read_schedule(struct reader *r, const struct doc_node *account, const char *key,
                          char *out, size_t bytes)
{
    const struct doc_node *node = read_find(r, account, key);
    struct str text = { 0 };
    if (!node)
        return;
    read_text(r, node, bytes - 1, &text);
    for (size_t i = 0; i < text.len && !r->err; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", text.ptr[i]))
            reader_fail(r, node, ERR_PARSE, "a schedule's name is made of a-z, 0-9, _ and -");
    if (!r->err)
        memcpy(out, text.ptr, text.len);
}

static void read_account(struct reader *r, const struct doc_node *root)
{
    struct strategy *s = r->out;
    const struct doc_node *account = read_find(r, root, "account");
    s->cash_dollars = s->borrow_fee_percent = NAN;
    if (!account)
        return;
    READ_KEYS(r, account, "cash", "fill", "fees", "assigned", "assignment", "carry", "borrow_fee",
              "margin");
    read_number(r, account, "cash", WRITTEN_DOLLARS, 1, 1e12, &s->cash_dollars);
    size_t index = 0;
    if (read_find(r, account, "fill")) {
        read_choice(r, account, "fill", fill_words, ARRAY_COUNT(fill_words), &index);
        memcpy(s->fill, fill_words[index], strlen(fill_words[index]));
    }
    if (read_find(r, account, "margin")) {
        read_choice(r, account, "margin", margin_words, ARRAY_COUNT(margin_words), &index);
        memcpy(s->margin, margin_words[index], strlen(margin_words[index]));
    }
    read_schedule(r, account, "fees", s->fees, sizeof s->fees);
    read_schedule(r, account, "carry", s->carry, sizeof s->carry);
    read_number(r, account, "borrow_fee", WRITTEN_PERCENT, 0, 1000, &s->borrow_fee_percent);
    index = ASSIGNED_SELL;
    read_choice(r, account, "assigned", assigned_words, ARRAY_COUNT(assigned_words), &index);
    s->assigned = (enum assigned_stock)index;
    index = 0;
    read_choice(r, account, "assignment", assignment_words, ARRAY_COUNT(assignment_words), &index);
    s->only_at_expiry = index == 1;
}

static void read_limits(struct reader *r, const struct doc_node *root)
{
    struct strategy *s = r->out;
    const struct doc_node *limits = read_find(r, root, "limits");
    s->max_loss_dollars = s->daily_loss_percent = NAN;
    if (!limits)
        return;
    READ_KEYS(r, limits, "max_loss", "max_contracts", "max_open", "daily_loss");
    read_whole(r, limits, "max_open", WRITTEN_WHOLE, 1, 1000, &s->max_open);
    read_number(r, limits, "max_loss", WRITTEN_DOLLARS, 0.01, 1e12, &s->max_loss_dollars);
    read_whole(r, limits, "max_contracts", WRITTEN_WHOLE, 1, 1000000, &s->max_contracts);
    read_number(r, limits, "daily_loss", WRITTEN_PERCENT, 0.01, 100, &s->daily_loss_percent);
}

static void check_limits(struct reader *r, const struct doc_node *root)
{
    const struct strategy *s = r->out;
    for (int i = 0; i < s->structure_count && !r->err; i++) {
        const struct structure *t = &s->structures[i];
        if (!isnan(s->max_loss_dollars) && structure_loss_is_unbounded(t))
            reader_fail(r, doc_find(doc_find(root, "limits"), "max_loss"), ERR_PARSE,
                        "the loss of structure %s has no bound, so that no order of it could ever "
                        "pass this limit",
                        t->name);
        for (int k = 0; k < t->leg_count && s->max_contracts > 0; k++)
            if (t->legs[k].kind != LEG_STOCK && t->legs[k].ratio > s->max_contracts)
                reader_fail(r, doc_find(doc_find(root, "limits"), "max_contracts"), ERR_RANGE,
                            "leg %s takes %d contracts for one unit, so that no order of it could "
                            "ever pass this limit",
                            t->legs[k].name, t->legs[k].ratio);
    }
}

/* ---- structures ---- */

static void read_structure(struct reader *r, const struct doc_node *node, const char *name)
{
    struct structure *s = &r->out->structures[r->out->structure_count++];
    structure_defaults(s);
    if (name)
        memcpy(s->name, name, strlen(name));
    else
        read_name(r, node, s->name);
    const struct doc_node *legs = NULL;
    if (r->err || (r->err = doc_need(&legs, node, "legs")))
        return;
    read_legs(r, legs, s);
    read_entry(r, read_find(r, node, "entry"), s);
    read_size(r, read_find(r, node, "size"), s);
    read_exit(r, read_find(r, node, "exit"), s);
    read_roll(r, read_find(r, node, "roll"), s);
    read_hedge(r, read_find(r, node, "hedge"), s);
    read_work(r, read_find(r, node, "work"), s);
    if (!r->err)
        check_structure(r, node, s);
}

static void read_structures(struct reader *r, const struct doc_node *root)
{
    static const char *const sections[] = { SECTION_KEYS };
    const struct doc_node *map = read_find(r, root, "structures");
    if (r->err)
        return;
    if (!map) {
        read_structure(r, root, "main");
        link_roll(r, root, &r->out->structures[0]);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(sections); i++)
        if (doc_find(root, sections[i]))
            reader_fail(r, doc_find(root, sections[i]), ERR_PARSE,
                        "%s stands beside structures: move it into one of them", sections[i]);
    if (!r->err)
        r->err = doc_check_kind(map, DOC_MAP);
    if (r->err)
        return;
    if (map->count == 0 || map->count > STRATEGY_STRUCTURES_MAX)
        reader_fail(r, map, ERR_RANGE, "%zu structures: a strategy has 1 to %d", map->count,
                    STRATEGY_STRUCTURES_MAX);
    for (size_t i = 0; i < map->count && !r->err; i++) {
        READ_KEYS(r, map->items[i], SECTION_KEYS);
        if (!r->err)
            read_structure(r, map->items[i], NULL);
    }
    for (int i = 0; i < r->out->structure_count && !r->err; i++)
        link_roll(r, map->items[i], &r->out->structures[i]);
}

/* ---- front door ---- */

static uint64_t fnv1a(struct str text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void set_hash(struct strategy *s)
{
    struct buf canonical = { 0 };
    strategy_format(&canonical, s);
    snprintf(s->hash, sizeof s->hash, "%016llx", (unsigned long long)fnv1a(buf_str(&canonical)));
    buf_free(&canonical);
}

enum err strategy_from_doc(struct strategy *out, struct arena *arena, const struct doc *doc,
                           const struct strategy_override *overrides, size_t override_count)
{
    /* *out is written only when all is well. */
    struct strategy *draft = arena_new(arena, struct strategy);
    struct reader r = { .arena = arena, .out = draft };
    draft->path = doc->name;
    READ_KEYS(&r, doc->root, "ironfly", "name", "description", "underlying", "parameters",
              "account", "limits", "structures", SECTION_KEYS);
    read_head(&r, doc->root);
    read_params(&r, doc->root, overrides, override_count);
    read_account(&r, doc->root);
    read_limits(&r, doc->root);
    read_structures(&r, doc->root);
    if (!r.err)
        check_strategy(&r, doc->root, draft);
    if (!r.err)
        check_limits(&r, doc->root);
    if (!r.err)
        check_params_used(&r, doc->root);
    if (r.err)
        return r.err;
    set_hash(draft);
    *out = *draft;
    return ERR_OK;
}

enum err strategy_parse(struct strategy *out, struct arena *arena, const char *path,
                        struct str text, const struct strategy_override *overrides,
                        size_t override_count)
{
    struct doc *doc;
    enum err err = doc_parse(&doc, arena, path, text);
    return err ? err : strategy_from_doc(out, arena, doc, overrides, override_count);
}
