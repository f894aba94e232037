/* From the answer of a program to groups with names, and what each costs and why. */
#include <stdio.h>
#include <string.h>

#include "domain/margin/margin_int.h"

/* A spread being taken apart. at[k] is what it loses at the strike of line k. */
struct bundle {
    const struct pool *pool;
    int64_t quantity[POOL_LINES_MAX]; /* signed contracts of each line */
    int64_t at[POOL_LINES_MAX];
};

struct writer {
    struct margin_plan *plan;
    const struct margin_book *book;
    const struct pool *pool;
    enum err err;
    int64_t cents; /* of all groups written */
};

static int64_t signed_one(const struct option_line *o)
{
    return o->is_short ? -1 : 1;
}

static int64_t loss_of_one(const struct option_line *o, int64_t at)
{
    int64_t gain = o->right == OPTION_CALL ? at - o->strike : o->strike - at;
    if (gain < 0)
        gain = 0;
    return o->is_short ? gain : -gain;
}

/* ---- writing a group ------------------------------------------------------------------------- */

static struct margin_group *open_group(struct writer *w, enum margin_rule rule, int64_t cents)
{
    struct margin_plan *plan = w->plan;
    if (plan->group_count >= MARGIN_GROUPS_MAX) {
        w->err = err_set(ERR_FULL, "margin: more than %d groups", MARGIN_GROUPS_MAX);
        return NULL;
    }
    struct margin_group *group = &plan->groups[plan->group_count++];
    memset(group, 0, sizeof *group);
    group->rule = rule;
    group->underlying = w->pool->underlying;
    group->leg_first = plan->leg_count;
    group->requirement = cents * MICROS_PER_CENT;
    w->cents += cents;
    return group;
}

static void add_leg(struct writer *w, struct margin_group *group, uint16_t line, int64_t quantity,
                    int64_t micros_each)
{
    if (!group || w->err)
        return;
    if (w->plan->leg_count >= MARGIN_LEGS_MAX) {
        w->err = err_set(ERR_FULL, "margin: more than %d legs in all groups", MARGIN_LEGS_MAX);
        return;
    }
    w->plan->legs[w->plan->leg_count++] = (struct margin_leg){ line, quantity };
    group->leg_count++;
    if (quantity > 0)
        group->long_value += quantity * micros_each;
    else
        group->proceeds -= quantity * micros_each;
}

static void add_option_leg(struct writer *w, struct margin_group *group, int line, int64_t quantity)
{
    const struct option_line *o = &w->pool->at[line];
    add_leg(w, group, o->line, quantity * signed_one(o), o->proceeds_micros);
}

static void add_stock_leg(struct writer *w, struct margin_group *group, int64_t shares)
{
    add_leg(w, group, w->pool->stock_line, w->pool->is_short_stock ? -shares : shares,
            w->pool->share_price);
}

static void use_rate(struct writer *w, struct margin_group *group, enum margin_rate_name name)
{
    const struct margin_rate *rate = w->pool->rates.at[name];
    for (size_t i = 0; group && i < MARGIN_ROWS_MAX; i++) {
        if (group->rates[i] == NULL)
            group->rates[i] = rate;
        if (group->rates[i] == rate)
            break;
    }
    size_t len = strlen(rate->source);
    w->plan->is_uncertain |= len > 0 && rate->source[len - 1] == '?';
}

struct text {
    char ptr[MONEY_TEXT_BYTES];
};

static struct text dollars(int64_t cents)
{
    struct text text;
    money_format_people(text.ptr, cents * MICROS_PER_CENT);
    return text;
}

static struct text percent(const struct pool *pool, enum margin_rate_name name)
{
    struct text text;
    money_format(text.ptr, rate_value(&pool->rates, name) * 100, 0);
    return text;
}

#define SAY(group, ...) ((void)snprintf((group)->reason, sizeof(group)->reason, __VA_ARGS__))

/* ---- groups of one kind ---------------------------------------------------------------------- */

static void write_long(struct writer *w, int line, int64_t quantity, int64_t each)
{
    const struct option_line *o = &w->pool->at[line];
    bool is_lent = each < o->value;
    struct margin_group *group =
        open_group(w, is_lent ? MARGIN_LONG_LEAPS : MARGIN_LONG, quantity * each);
    add_option_leg(w, group, line, quantity);
    if (!group)
        return;
    if (is_lent)
        use_rate(w, group, MARGIN_RATE_LEAPS);
    SAY(group, "%lld x %s, %s", (long long)quantity, dollars(o->value).ptr,
        is_lent ? "more than nine months to run: a quarter may be lent" : "paid in full");
}

static void say_uncovered(const struct pool *pool, const struct option_line *o, int64_t quantity,
                          struct margin_group *group)
{
    bool is_call = o->right == OPTION_CALL;
    int64_t away = is_call ? o->strike - pool->level_value : pool->level_value - o->strike;
    SAY(group,
        "%lld x (premium %s + greater of %s %% of %s less %s out of the money, or %s %% of %s)",
        (long long)quantity, dollars(o->value).ptr, percent(pool, MARGIN_RATE_UNCOVERED).ptr,
        dollars(pool->level_value).ptr, dollars(away > 0 ? away : 0).ptr,
        percent(pool, MARGIN_RATE_UNCOVERED_MIN).ptr,
        dollars(is_call ? pool->level_value : o->strike).ptr);
}

static void write_uncovered(struct writer *w, int line, int64_t quantity)
{
    const struct option_line *o = &w->pool->at[line];
    bool is_cash = w->pool->type == MARGIN_ACCOUNT_CASH;
    struct margin_group *group =
        open_group(w, is_cash ? MARGIN_CASH_SECURED : MARGIN_UNCOVERED, quantity * o->uncovered);
    add_option_leg(w, group, line, quantity);
    if (!group)
        return;
    if (is_cash) {
        SAY(group, "%lld x %s, the strike in cash", (long long)quantity, dollars(o->strike).ptr);
        return;
    }
    use_rate(w, group, MARGIN_RATE_UNCOVERED);
    use_rate(w, group, MARGIN_RATE_UNCOVERED_MIN);
    say_uncovered(w->pool, o, quantity, group);
}

static void write_straddle(struct writer *w, int greater, int other, int64_t quantity)
{
    const struct option_line *g = &w->pool->at[greater], *o = &w->pool->at[other];
    struct margin_group *group =
        open_group(w, MARGIN_STRADDLE, quantity * (g->uncovered + o->value));
    add_option_leg(w, group, greater, quantity);
    add_option_leg(w, group, other, quantity);
    if (!group)
        return;
    use_rate(w, group, MARGIN_RATE_UNCOVERED);
    use_rate(w, group, MARGIN_RATE_UNCOVERED_MIN);
    SAY(group, "%lld x (the %s side, %s, is the greater; the other side's premium %s)",
        (long long)quantity, g->right == OPTION_CALL ? "call" : "put", dollars(g->uncovered).ptr,
        dollars(o->value).ptr);
}

static enum margin_rule stock_rule(const struct pool *pool, const struct option_line *held,
                                   const struct option_line *sold)
{
    if (pool->is_short_stock)
        return !held ? MARGIN_COVERED_PUT : !sold ? MARGIN_PROTECTIVE_CALL : MARGIN_REVERSAL;
    if (!held)
        return MARGIN_COVERED_CALL;
    if (!sold)
        return MARGIN_PROTECTIVE_PUT;
    return held->strike == sold->strike ? MARGIN_CONVERSION : MARGIN_COLLAR;
}

static void use_stock_rates(struct writer *w, struct margin_group *group)
{
    bool is_initial = w->pool->when == MARGIN_INITIAL;
    if (w->pool->is_short_stock)
        use_rate(w, group, is_initial ? MARGIN_RATE_SHORT_INITIAL : MARGIN_RATE_SHORT_MAINTENANCE);
    else
        use_rate(w, group, is_initial ? MARGIN_RATE_STOCK_INITIAL : MARGIN_RATE_STOCK_MAINTENANCE);
}

static void write_hedged(struct writer *w, int held, int sold, int64_t units)
{
    const struct pool *pool = w->pool;
    const struct option_line *h = held < 0 ? NULL : &pool->at[held];
    const struct option_line *s = sold < 0 ? NULL : &pool->at[sold];
    int64_t each = stock_hedged(pool, h, s);
    struct margin_group *group =
        open_group(w, stock_rule(pool, h, s), units * (each + (h ? h->value : 0)));
    add_stock_leg(w, group, units * pool->unit_shares);
    if (h)
        add_option_leg(w, group, held, units);
    if (s)
        add_option_leg(w, group, sold, units);
    if (!group)
        return;
    use_stock_rates(w, group);
    if (h)
        use_rate(w, group, MARGIN_RATE_HEDGED_STRIKE);
    if (h && s)
        use_rate(w, group, MARGIN_RATE_COLLAR_CALL);
    SAY(group, "%lld x (%s for %lld shares worth %s: %s%s%s)", (long long)units, dollars(each).ptr,
        (long long)pool->unit_shares, dollars(pool->unit_value).ptr, margin_rule_text(group->rule),
        h ? "; the long option's premium " : "", h ? dollars(h->value).ptr : "");
}

static void write_stock(struct writer *w, int64_t units)
{
    const struct pool *pool = w->pool;
    int64_t shares = pool->shares - (pool->units - units) * pool->unit_shares;
    if (shares == 0)
        return;
    struct margin_group *group =
        open_group(w, pool->is_short_stock ? MARGIN_STOCK_SHORT : MARGIN_STOCK_LONG,
                   units * pool->unit_alone + pool->rest_alone);
    add_stock_leg(w, group, shares);
    if (!group)
        return;
    use_stock_rates(w, group);
    struct text share;
    money_format(share.ptr, pool->stock_ppm * 100, 0);
    SAY(group, "%lld shares at %s: %s%s %%", (long long)shares,
        dollars(cents_up(pool->share_price)).ptr, pool->is_short_stock ? "their value and " : "",
        share.ptr);
}

static void write_box(struct writer *w, const struct column *box, int64_t quantity)
{
    int64_t longs = 0;
    for (int i = 0; i < box->line_count; i++)
        if (!w->pool->at[box->line[i]].is_short)
            longs += w->pool->at[box->line[i]].value;
    struct margin_group *group = open_group(w, MARGIN_BOX_LONG, quantity * (longs + box->cost));
    for (int i = 0; i < box->line_count; i++)
        add_option_leg(w, group, box->line[i], quantity);
    if (!group)
        return;
    use_rate(w, group, MARGIN_RATE_BOX_LONG);
    SAY(group, "%lld x (longs %s, of which %s may be lent: what the box costs beyond %s %% of %s)",
        (long long)quantity, dollars(longs).ptr, dollars(-box->cost).ptr,
        percent(w->pool, MARGIN_RATE_BOX_LONG).ptr,
        dollars(w->pool->at[box->line[2]].strike - w->pool->at[box->line[0]].strike).ptr);
}

/* ---- taking a spread apart ------------------------------------------------------------------- */

static int64_t bundle_loss(const struct bundle *b)
{
    int64_t worst = 0;
    for (size_t k = 0; k < b->pool->count; k++)
        if (b->at[k] > worst)
            worst = b->at[k];
    return worst;
}

static void bundle_price(struct bundle *b)
{
    for (size_t k = 0; k < b->pool->count; k++) {
        b->at[k] = 0;
        for (size_t i = 0; i < b->pool->count; i++)
            if (b->quantity[i] > 0)
                b->at[k] += b->quantity[i] * loss_of_one(&b->pool->at[i], b->pool->at[k].strike);
    }
}

static int64_t size_at(const struct bundle *b, const int *lines, int count)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < count; i++) {
        int times = 1;
        for (int k = 0; k < count; k++)
            times += k != i && lines[k] == lines[i];
        int64_t fits = b->quantity[lines[i]] / times;
        least = fits < least ? fits : least;
    }
    return least;
}

static int64_t surplus(const struct bundle *b, char right)
{
    int64_t sum = 0;
    for (size_t i = 0; i < b->pool->count; i++)
        if (b->pool->at[i].right == right)
            sum += b->quantity[i] * signed_one(&b->pool->at[i]);
    return sum;
}

/* Take lines out as often as they fit, if the parts then cost what the whole did. */
static int64_t take(struct bundle *b, const int *lines, int count, int64_t most)
{
    int64_t n = size_at(b, lines, count), part = 0, rest = 0;
    if (n > most)
        n = most;
    if (n <= 0)
        return 0;
    for (size_t k = 0; k < b->pool->count; k++) {
        int64_t loss = 0;
        for (int i = 0; i < count; i++)
            loss += loss_of_one(&b->pool->at[lines[i]], b->pool->at[k].strike);
        part = loss > part ? loss : part;
        rest = b->at[k] - n * loss > rest ? b->at[k] - n * loss : rest;
    }
    if (rest + n * part != bundle_loss(b))
        return 0;
    for (int i = 0; i < count; i++)
        b->quantity[lines[i]] -= n;
    bundle_price(b);
    return n;
}

static enum margin_rule name_pair(const struct option_line *a, const struct option_line *b)
{
    if (a->is_short == b->is_short || a->right != b->right)
        return MARGIN_SPREAD;
    if (a->when == b->when)
        return MARGIN_VERTICAL;
    return a->strike == b->strike ? MARGIN_CALENDAR : MARGIN_DIAGONAL;
}

/* Four lines of one expiry, two of them sold, rights in balance. */
static enum margin_rule name_four(const struct pool *pool, const int lines[4])
{
    const struct option_line *at = pool->at;
    int calls = 0;
    for (int i = 0; i < 4; i++) {
        calls += at[lines[i]].right == OPTION_CALL;
        if (at[lines[i]].when != at[lines[0]].when)
            return MARGIN_SPREAD;
    }
    if (calls != 2)
        return lines[0] == lines[1] || lines[2] == lines[3] ? MARGIN_BUTTERFLY : MARGIN_CONDOR;
    int64_t sold_call = 0, sold_put = 0, held_call = 0, held_put = 0;
    for (int i = 0; i < 4; i++) {
        const struct option_line *o = &at[lines[i]];
        bool is_call = o->right == OPTION_CALL;
        *(o->is_short ? (is_call ? &sold_call : &sold_put) : (is_call ? &held_call : &held_put)) =
            o->strike;
    }
    if (sold_call == held_put && sold_put == held_call)
        return sold_call < held_call ? MARGIN_BOX_SHORT : MARGIN_SPREAD;
    return MARGIN_IRON;
}

static void write_part(struct writer *w, enum margin_rule rule, const int *lines,
                       const int64_t *quantity, int count)
{
    struct bundle part = { .pool = w->pool };
    int64_t longs = 0;
    for (int i = 0; i < count; i++) {
        part.quantity[lines[i]] += quantity[i];
        if (!w->pool->at[lines[i]].is_short)
            longs += quantity[i] * w->pool->at[lines[i]].value;
    }
    bundle_price(&part);
    int64_t loss = bundle_loss(&part), where = 0;
    for (size_t k = w->pool->count; k-- > 0;)
        if (part.at[k] == loss)
            where = w->pool->at[k].strike;
    struct margin_group *group = open_group(w, rule, loss + longs);
    for (int i = 0; i < (int)w->pool->count; i++)
        if (part.quantity[i] > 0)
            add_option_leg(w, group, i, part.quantity[i]);
    if (!group)
        return;
    if (loss > 0)
        SAY(group, "loses at most %s, at %s; longs paid in full %s", dollars(loss).ptr,
            dollars(where / w->pool->multiplier).ptr, dollars(longs).ptr);
    else
        SAY(group, "loses nothing at any price; longs paid in full %s", dollars(longs).ptr);
}

static void take_idle_longs(struct writer *w, struct bundle *b)
{
    for (int j = 0; j < (int)b->pool->count; j++) {
        const struct option_line *o = &b->pool->at[j];
        if (o->is_short || b->quantity[j] == 0)
            continue;
        int64_t n = take(b, &j, 1, surplus(b, o->right));
        if (n > 0)
            write_long(w, j, n, o->value);
    }
}

static void take_pairs(struct writer *w, struct bundle *b, bool same_expiry)
{
    for (int i = 0; i < (int)b->pool->count; i++)
        for (int j = 0; j < (int)b->pool->count; j++) {
            const struct option_line *s = &b->pool->at[i], *h = &b->pool->at[j];
            if (!s->is_short || h->is_short || s->right != h->right ||
                (s->when == h->when) != same_expiry)
                continue;
            int lines[] = { i, j };
            int64_t n = take(b, lines, 2, INT64_MAX);
            if (n > 0)
                write_part(w, name_pair(s, h), lines, (int64_t[]){ n, n }, 2);
        }
}

static bool is_four(const struct bundle *b, const int lines[4])
{
    int calls[2] = { 0, 0 };
    for (int i = 0; i < 4; i++)
        calls[i / 2] += b->pool->at[lines[i]].right == OPTION_CALL;
    return calls[0] == calls[1];
}

static void take_four(struct writer *w, struct bundle *b, const int lines[4])
{
    if (size_at(b, lines, 4) == 0 || !is_four(b, lines))
        return;
    int64_t n = take(b, lines, 4, INT64_MAX);
    if (n > 0)
        write_part(w, name_four(b->pool, lines), lines, (int64_t[]){ n, n, n, n }, 4);
}

/* Lines left on one side, sold or held. */
static int lines_left(const struct bundle *b, bool is_short, int *lines)
{
    int count = 0;
    for (int i = 0; i < (int)b->pool->count; i++)
        if (b->quantity[i] > 0 && b->pool->at[i].is_short == is_short)
            lines[count++] = i;
    return count;
}

/* All that is left, when it is one butterfly, condor, iron or box: people call it by that name. */
static void take_whole(struct writer *w, struct bundle *b)
{
    int sold[POOL_LINES_MAX], held[POOL_LINES_MAX];
    int sold_count = lines_left(b, true, sold), held_count = lines_left(b, false, held);
    if (sold_count < 1 || sold_count > 2 || held_count < 1 || held_count > 2 ||
        sold_count + held_count < 3)
        return;
    int lines[] = { sold[0], sold[sold_count - 1], held[0], held[held_count - 1] };
    int64_t n = size_at(b, lines, 4), total = 0;
    for (int i = 0; i < (int)b->pool->count; i++)
        total += b->quantity[i];
    if (total == 4 * n && name_four(b->pool, lines) != MARGIN_SPREAD)
        take_four(w, b, lines);
}

static void take_fours(struct writer *w, struct bundle *b)
{
    int sold[POOL_LINES_MAX], held[POOL_LINES_MAX];
    int sold_count = lines_left(b, true, sold), held_count = lines_left(b, false, held);
    for (int i = 0; i < sold_count; i++)
        for (int k = i; k < sold_count; k++)
            for (int j = 0; j < held_count; j++)
                for (int l = j; l < held_count; l++)
                    take_four(w, b, (const int[]){ sold[i], sold[k], held[j], held[l] });
}

static void write_spread(struct writer *w, struct bundle *b)
{
    bundle_price(b);
    take_whole(w, b);
    take_idle_longs(w, b);
    take_pairs(w, b, true);
    take_pairs(w, b, false);
    take_fours(w, b);
    int lines[POOL_LINES_MAX], count = 0;
    int64_t quantity[POOL_LINES_MAX];
    for (int i = 0; i < (int)b->pool->count; i++)
        if (b->quantity[i] > 0) {
            lines[count] = i;
            quantity[count++] = b->quantity[i];
        }
    if (count > 0)
        write_part(w, MARGIN_SPREAD, lines, quantity, count);
}

/* ---- a whole pool ---------------------------------------------------------------------------- */

/* Each saved short with an uncovered one of the other side whose requirement is greater. */
static void write_straddles(struct writer *w, const struct program *p, int64_t *uncovered)
{
    const struct option_line *at = w->pool->at;
    /* The saved with the greatest requirement have the fewest partners: they choose first. */
    bool done[PROGRAM_COLUMNS_MAX] = { false };
    for (;;) {
        int best = -1;
        for (int j = 0; j < p->column_count; j++)
            if (p->columns[j].kind == COLUMN_SAVED && p->x[j] > 0 && !done[j] &&
                (best < 0 ||
                 at[p->columns[j].line[0]].uncovered > at[p->columns[best].line[0]].uncovered))
                best = j;
        if (best < 0)
            return;
        done[best] = true;
        int line = p->columns[best].line[0];
        int64_t left = p->x[best];
        for (int k = 0; k < (int)w->pool->count && left > 0; k++) {
            bool fits = at[k].is_short && at[k].right != at[line].right && uncovered[k] > 0 &&
                        (at[k].uncovered > at[line].uncovered ||
                         (at[k].uncovered == at[line].uncovered &&
                          (at[k].value < at[line].value ||
                           (at[k].value == at[line].value && at[k].right == OPTION_CALL))));
            if (!fits)
                continue;
            int64_t n = uncovered[k] < left ? uncovered[k] : left;
            write_straddle(w, k, line, n);
            uncovered[k] -= n;
            left -= n;
        }
        MUST(left == 0);
    }
}

static void write_columns(struct writer *w, const struct program *p, int64_t *units)
{
    for (int j = 0; j < p->column_count; j++) {
        const struct column *c = &p->columns[j];
        if (p->x[j] == 0)
            continue;
        if (c->kind == COLUMN_BOX)
            write_box(w, c, p->x[j]);
        if (c->kind == COLUMN_STOCK) {
            bool is_sold = w->pool->at[c->line[0]].is_short;
            write_hedged(w, is_sold ? -1 : c->line[0], is_sold ? c->line[0] : -1, p->x[j]);
            *units -= p->x[j];
        }
        if (c->kind == COLUMN_COLLAR) {
            write_hedged(w, c->line[0], c->line[1], p->x[j]);
            *units -= p->x[j];
        }
    }
}

static void write_spreads(struct writer *w, const struct program *p)
{
    for (int group = 0; group < p->group_count; group++) {
        struct bundle bundle = { .pool = w->pool };
        bool is_used = false;
        for (int j = 0; j < p->column_count; j++) {
            const struct column *c = &p->columns[j];
            if (c->kind != COLUMN_SPREAD || c->group != group)
                continue;
            bundle.quantity[c->line[0]] = p->x[j];
            is_used |= p->x[j] > 0;
        }
        if (is_used)
            write_spread(w, &bundle);
    }
}

enum err plan_add(struct margin_plan *plan, const struct margin_book *book, const struct pool *pool,
                  const struct program *p)
{
    struct writer w = { .plan = plan, .book = book, .pool = pool };
    int64_t uncovered[POOL_LINES_MAX] = { 0 }, units = pool->units;
    int64_t base = pool->units * pool->unit_alone + pool->rest_alone;
    for (int i = 0; i < (int)pool->count; i++) {
        const struct option_line *o = &pool->at[i];
        if (o->is_short && o->uncovered == NOT_ALLOWED && p->x[i] > 0)
            return err_set(ERR_REFUSED,
                           "margin: a cash account may not hold line %d (%.8s), a short call that "
                           "no shares cover",
                           o->line + 1, book->underlyings[pool->underlying].name);
        if (o->is_short)
            uncovered[i] = p->x[i];
        else
            base += o->quantity * o->value;
    }
    write_columns(&w, p, &units);
    if (pool->has_stock)
        write_stock(&w, units);
    write_spreads(&w, p);
    write_straddles(&w, p, uncovered);
    for (int i = 0; i < (int)pool->count; i++) {
        if (uncovered[i] > 0)
            write_uncovered(&w, i, uncovered[i]);
        if (!pool->at[i].is_short && p->x[i] > 0)
            write_long(&w, i, p->x[i], pool->at[i].value + p->columns[i].cost);
    }
    if (w.err)
        return w.err;
    MUST(w.cents == base + p->cost); /* the groups are worth what the search said */
    plan->bound += (base + p->bound) * MICROS_PER_CENT;
    return ERR_OK;
}
