/* From a book to pools: checks, one line for each series, what each line costs by itself. */
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "domain/margin/margin_int.h"
#include "domain/margin/products_int.h"

enum { LEAPS_MONTHS = 9 };

/* A trillion dollars: every sum below stays far inside 64 bits. */
static const int64_t exposure_max = INT64_C(1000000000000000000);
static const int64_t quantity_max = 10000000, contract_max = INT64_C(100000000000000);

static int64_t size_of(int64_t quantity)
{
    return quantity < 0 ? -quantity : quantity;
}

static enum err check_underlying(const struct margin_underlying *under, size_t index)
{
    if ((int)under->class < 0 || under->class >= MARGIN_CLASS_COUNT)
        return err_set(ERR_RANGE, "margin: underlying %zu (%.8s) has no class", index + 1,
                       under->name);
    if (under->leverage_percent < 0 || under->leverage_percent > 1000)
        return err_set(ERR_RANGE, "margin: %.8s has a leverage of %d %%; 0 to 1000 is meant",
                       under->name, under->leverage_percent);
    if (under->level <= 0 || under->level > contract_max)
        return err_set(ERR_RANGE, "margin: %.8s has no level above zero; give it one", under->name);
    return ERR_OK;
}

static enum err check_line(const struct margin_book *book, size_t index, int128 *exposure)
{
    const struct margin_line *line = &book->lines[index];
    if (line->underlying >= book->underlying_count)
        return err_set(ERR_RANGE, "margin: line %zu names underlying %d of %zu", index + 1,
                       line->underlying + 1, book->underlying_count);
    const struct margin_underlying *under = &book->underlyings[line->underlying];
    if (line->quantity > quantity_max || line->quantity < -quantity_max)
        return err_set(ERR_RANGE, "margin: line %zu (%.8s) has a quantity of %lld; at most %lld",
                       index + 1, under->name, (long long)line->quantity, (long long)quantity_max);
    int128 each = (int128)under->level * 4;
    if (!line->is_stock) {
        const struct contract *c = &line->contract;
        if ((c->right != OPTION_CALL && c->right != OPTION_PUT) || c->strike_mills <= 0 ||
            c->multiplier <= 0 || !date_is_valid(c->expiry))
            return err_set(ERR_RANGE, "margin: line %zu (%.8s) is no option and no stock",
                           index + 1, under->name);
        if (c->expiry < book->date)
            return err_set(ERR_RANGE, "margin: line %zu (%.8s) expired on %d, before the book's %d",
                           index + 1, c->root, c->expiry, book->date);
        if (line->mark < 0 || line->mark > contract_max)
            return err_set(ERR_RANGE, "margin: line %zu (%.8s) has no price; mark it first",
                           index + 1, c->root);
        each = ((int128)under->level * 4 + line->mark + contract_strike_micros(c)) * c->multiplier;
        if (each > contract_max)
            return err_set(ERR_RANGE, "margin: line %zu (%.8s): a contract is worth beyond reason",
                           index + 1, c->root);
    }
    *exposure += each * size_of(line->quantity);
    return ERR_OK;
}

enum err margin_book_check(const struct margin_book *book)
{
    if (!date_is_valid(book->date))
        return err_set(ERR_RANGE, "margin: %d is no date", book->date);
    if (book->line_count > MARGIN_LINES_MAX)
        return err_set(ERR_FULL, "margin: %zu lines; at most %d in one book", book->line_count,
                       MARGIN_LINES_MAX);
    if (book->underlying_count > MARGIN_UNDERLYINGS_MAX)
        return err_set(ERR_FULL, "margin: %zu underlyings; at most %d in one book",
                       book->underlying_count, MARGIN_UNDERLYINGS_MAX);
    int128 exposure = 0;
    enum err err = ERR_OK;
    for (size_t i = 0; i < book->underlying_count && !err; i++)
        err = check_underlying(&book->underlyings[i], i);
    for (size_t i = 0; i < book->line_count && !err; i++)
        err = check_line(book, i, &exposure);
    if (!err && exposure > exposure_max)
        return err_set(ERR_RANGE, "margin: the book is worth more than can be counted");
    return err;
}

int64_t cents_up(int128 micros)
{
    return (int64_t)((micros + MICROS_PER_CENT - 1) / MICROS_PER_CENT);
}

int128 part_up(int128 amount, int64_t ppm)
{
    return (amount * ppm + 999999) / 1000000;
}

enum err rates_get(struct rates *out, const struct margin_book *book, uint16_t underlying)
{
    const struct margin_underlying *under = &book->underlyings[underlying];
    *out = (struct rates){ .leverage_percent =
                               under->leverage_percent ? under->leverage_percent : 100 };
    enum err err = ERR_OK;
    for (int name = 0; name <= MARGIN_RATE_COLLAR_CALL && !err; name++)
        err =
            margin_rate_get((enum margin_rate_name)name, under->class, book->date, &out->at[name]);
    return err;
}

int64_t rate_value(const struct rates *rates, enum margin_rate_name name)
{
    MUST(rates->at[name] != NULL);
    return rates->at[name]->value;
}

static int64_t with_house(int64_t ppm, int64_t house_ppm)
{
    return house_ppm > 1000000 ? (int64_t)part_up(ppm, house_ppm) : ppm;
}

/* Percentages of a leveraged fund are its factor higher, at most everything. */
static int64_t with_leverage(int64_t ppm, int32_t percent)
{
    if (percent <= 100)
        return ppm;
    int64_t raised = ppm * percent / 100;
    return raised < 1000000 ? raised : (ppm > 1000000 ? ppm : 1000000);
}

/* Lines by underlying, stock first, then by series. */
static int line_compare(const struct margin_line *a, const struct margin_line *b)
{
    if (a->underlying != b->underlying)
        return a->underlying < b->underlying ? -1 : 1;
    if (a->is_stock || b->is_stock)
        return (int)b->is_stock - (int)a->is_stock;
    return contract_compare(&a->contract, &b->contract);
}

static void sort_lines(struct pool_cursor *cursor)
{
    const struct margin_line *lines = cursor->book->lines;
    for (size_t i = 0; i < cursor->count; i++) {
        size_t at = i;
        for (; at > 0 && line_compare(&lines[cursor->order[at - 1]], &lines[i]) > 0; at--)
            cursor->order[at] = cursor->order[at - 1];
        cursor->order[at] = (uint16_t)i;
    }
    size_t kept = 0;
    for (size_t i = 0; i < cursor->count; i++) {
        const struct margin_line *line = &lines[cursor->order[i]];
        if (kept > 0 && line_compare(&lines[cursor->order[kept - 1]], line) == 0) {
            cursor->net[kept - 1] += line->quantity;
            continue;
        }
        cursor->order[kept] = cursor->order[i];
        cursor->net[kept++] = line->quantity;
    }
    cursor->count = 0;
    for (size_t i = 0; i < kept; i++) {
        cursor->order[cursor->count] = cursor->order[i];
        cursor->net[cursor->count] = cursor->net[i];
        cursor->count += cursor->net[i] != 0;
    }
}

static bool has_lines(const struct pool_cursor *cursor, uint16_t underlying, bool stock)
{
    for (size_t i = 0; i < cursor->count; i++) {
        const struct margin_line *line = &cursor->book->lines[cursor->order[i]];
        if (line->underlying == underlying && line->is_stock == stock)
            return true;
    }
    return false;
}

/* The fund whose shares stand for this index, when all of the book has no other use for them. */
static int find_cover(const struct pool_cursor *cursor, uint16_t index, int32_t *shares)
{
    const struct margin_book *book = cursor->book;
    if (!has_lines(cursor, index, false) || has_lines(cursor, index, true))
        return -1;
    for (size_t i = 0; i < cursor->count; i++) {
        const struct margin_line *line = &book->lines[cursor->order[i]];
        const struct margin_underlying *fund = &book->underlyings[line->underlying];
        const struct margin_product *product = margin_product_find(fund->name);
        if (!line->is_stock || !product || product->cover_shares == 0 ||
            strncmp(product->class_group, book->underlyings[index].name, CONTRACT_ROOT_BYTES) != 0)
            continue;
        *shares = product->cover_shares;
        bool is_worth_it = (int128)fund->level * *shares >= book->underlyings[index].level;
        if (cursor->net[i] > 0 && is_worth_it && !has_lines(cursor, line->underlying, false))
            return (int)i;
    }
    return -1;
}

enum err pool_start(struct pool_cursor *cursor, const struct margin_book *book,
                    const struct margin_terms *terms, enum margin_when when)
{
    *cursor = (struct pool_cursor){
        .book = book, .terms = terms, .when = when, .count = book->line_count
    };
    enum err err = margin_book_check(book);
    if (err)
        return err;
    sort_lines(cursor);
    for (uint16_t i = 0; i < book->underlying_count; i++) {
        int32_t shares;
        int at = find_cover(cursor, i, &shares);
        if (at >= 0)
            cursor->is_cover[book->lines[cursor->order[at]].underlying] = true;
    }
    return ERR_OK;
}

static int64_t uncovered_of(const struct pool *pool, const struct margin_terms *terms,
                            const struct option_line *o, int64_t mark, int64_t level,
                            int64_t strike)
{
    bool is_call = o->right == OPTION_CALL;
    if (terms->type == MARGIN_ACCOUNT_CASH)
        return is_call ? NOT_ALLOWED : cents_up((int128)strike * pool->multiplier);
    const struct rates *rates = &pool->rates;
    int64_t percent = rates->leverage_percent;
    int64_t share = with_leverage(
        with_house(rate_value(rates, MARGIN_RATE_UNCOVERED), terms->house.uncovered_ppm),
        (int32_t)percent);
    int64_t least = with_leverage(
        with_house(rate_value(rates, MARGIN_RATE_UNCOVERED_MIN), terms->house.uncovered_ppm),
        (int32_t)percent);
    int64_t away = is_call ? strike - level : level - strike;
    int128 first = part_up(level, share) - (away > 0 ? away : 0);
    int128 second = part_up(is_call ? level : strike, least);
    return cents_up((mark + (first > second ? first : second)) * pool->multiplier);
}

static bool is_leaps(int32_t date, int32_t expiry)
{
    int month = date_month(date) + LEAPS_MONTHS, year = date_year(date);
    if (month > 12) {
        month -= 12;
        year++;
    }
    return expiry > year * 10000 + month * 100 + date_day(date);
}

static enum err add_option(struct pool *pool, const struct pool_cursor *cursor, size_t at)
{
    const struct margin_line *line = &cursor->book->lines[cursor->order[at]];
    const struct contract *c = &line->contract;
    if (pool->multiplier != 0 && pool->multiplier != c->multiplier)
        return err_set(ERR_UNSUPPORTED,
                       "margin: %.8s has contracts of %lld and of %d; give them as two underlyings",
                       cursor->book->underlyings[line->underlying].name,
                       (long long)pool->multiplier, c->multiplier);
    pool->multiplier = c->multiplier;
    int64_t level = cursor->book->underlyings[line->underlying].level;
    pool->level_value = cents_up((int128)level * c->multiplier);
    struct option_line o = {
        .line = cursor->order[at],
        .is_short = cursor->net[at] < 0,
        .is_leaps =
            cursor->terms->type == MARGIN_ACCOUNT_MARGIN && is_leaps(cursor->book->date, c->expiry),
        .is_european = c->style == STYLE_EUROPEAN && c->delivery == DELIVERY_CASH,
        .right = c->right,
        .quantity = size_of(cursor->net[at]),
        .when = (int64_t)c->expiry * 2 + (c->settle != SETTLE_AM),
        .strike = cents_up((int128)contract_strike_micros(c) * c->multiplier),
        .value = cents_up((int128)line->mark * c->multiplier),
        .proceeds_micros = line->mark * c->multiplier,
    };
    if (o.is_short)
        o.uncovered =
            uncovered_of(pool, cursor->terms, &o, line->mark, level, contract_strike_micros(c));
    pool->at[pool->count++] = o;
    return ERR_OK;
}

/* What a short share must have beside its proceeds, micros. */
static int64_t short_share(const struct pool *pool, int64_t ppm, int64_t price)
{
    int128 part = part_up(price, ppm);
    bool is_cheap = price < rate_value(&pool->rates, MARGIN_RATE_SHORT_MIN_MICROS);
    int64_t least = rate_value(&pool->rates, is_cheap ? MARGIN_RATE_SHORT_CHEAP_MICROS
                                                      : MARGIN_RATE_SHORT_MIN_MICROS);
    if (is_cheap && price > least)
        least = price;
    return (int64_t)(part > least ? part : least);
}

static enum err set_stock(struct pool *pool, const struct pool_cursor *cursor, size_t at,
                          int64_t unit_shares, bool is_own)
{
    const struct margin_line *line = &cursor->book->lines[cursor->order[at]];
    int64_t price = cursor->book->underlyings[line->underlying].level;
    bool is_initial = pool->when == MARGIN_INITIAL, is_short = cursor->net[at] < 0;
    bool is_cash = cursor->terms->type == MARGIN_ACCOUNT_CASH;
    struct rates rates;
    enum err err = rates_get(&rates, cursor->book, line->underlying);
    if (err)
        return err;
    if (is_cash && is_short)
        return err_set(ERR_REFUSED, "margin: a cash account may not be short %lld %.8s",
                       (long long)-cursor->net[at],
                       cursor->book->underlyings[line->underlying].name);
    int64_t ppm = rate_value(&rates, is_short ? MARGIN_RATE_SHORT_MAINTENANCE
                                              : MARGIN_RATE_STOCK_MAINTENANCE);
    int64_t first =
        rate_value(&rates, is_short ? MARGIN_RATE_SHORT_INITIAL : MARGIN_RATE_STOCK_INITIAL);
    ppm = with_leverage(ppm, rates.leverage_percent);
    if (is_initial && first > ppm)
        ppm = first;
    ppm = with_house(ppm, cursor->terms->house.stock_ppm);
    if (!is_short && (is_cash || ppm > 1000000))
        ppm = 1000000;
    pool->has_stock = true;
    pool->is_short_stock = is_short;
    pool->is_own_stock = is_own;
    pool->stock_line = cursor->order[at];
    pool->stock_underlying = line->underlying;
    pool->shares = size_of(cursor->net[at]);
    pool->unit_shares = unit_shares;
    pool->units = pool->shares / unit_shares;
    pool->unit_value = cents_up((int128)price * unit_shares);
    pool->stock_ppm = ppm;
    pool->share_price = price;
    int128 each = is_short ? (int128)price + short_share(pool, ppm, price) : part_up(price, ppm);
    pool->unit_alone = cents_up(each * unit_shares);
    pool->rest_alone = cents_up(each * (pool->shares % unit_shares));
    return ERR_OK;
}

/* European cash-settled spreads alone are for a cash account; the rest must stand by itself. */
static enum err fill_pool(struct pool *pool, struct pool_cursor *cursor, uint16_t underlying)
{
    enum err err = rates_get(&pool->rates, cursor->book, underlying);
    size_t stock = SIZE_MAX;
    while (cursor->next < cursor->count && !err) {
        size_t at = cursor->next;
        const struct margin_line *line = &cursor->book->lines[cursor->order[at]];
        if (line->underlying != underlying)
            break;
        if (line->is_stock)
            stock = at;
        else
            err = add_option(pool, cursor, at);
        cursor->next++;
    }
    if (err)
        return err;
    if (stock != SIZE_MAX && !cursor->is_cover[underlying])
        return set_stock(pool, cursor, stock, pool->multiplier ? pool->multiplier : 1, true);
    int32_t shares;
    int cover = find_cover(cursor, underlying, &shares);
    if (cover >= 0)
        return set_stock(pool, cursor, (size_t)cover, shares * pool->multiplier, false);
    return ERR_OK;
}

bool pool_next(struct pool_cursor *cursor, struct pool *pool, enum err *err)
{
    *err = ERR_OK;
    if (cursor->next >= cursor->count)
        return false;
    uint16_t underlying = cursor->book->lines[cursor->order[cursor->next]].underlying;
    pool->count = 0;
    pool->underlying = underlying;
    pool->when = cursor->when;
    pool->type = cursor->terms->type;
    pool->multiplier = pool->level_value = 0;
    pool->has_stock = pool->is_short_stock = pool->is_own_stock = false;
    pool->units = pool->shares = pool->unit_shares = pool->unit_alone = pool->rest_alone = 0;
    *err = fill_pool(pool, cursor, underlying);
    return *err == ERR_OK;
}

/*
 * Requirement of a unit of stock with options beside it, cents, the options' own value apart. held
 * is the long option that protects it, sold the short one that it covers; either may be NULL.
 */
int64_t stock_hedged(const struct pool *pool, const struct option_line *held,
                     const struct option_line *sold)
{
    int64_t value = pool->unit_value, hedged = rate_value(&pool->rates, MARGIN_RATE_HEDGED_STRIKE);
    int64_t alone = pool->unit_alone, inside = 0;
    if (pool->is_short_stock) {
        /* A short put in the money lets its stock be bought back too dear. */
        if (sold && sold->strike > value)
            inside = sold->strike - value;
        if (!held || pool->when == MARGIN_INITIAL)
            return alone + inside;
        int64_t away = held->strike > value ? held->strike - value : 0;
        int64_t part = (int64_t)part_up(held->strike, hedged) + away;
        if (sold) /* a reversal: the strikes are one */
            return value + (int64_t)part_up(held->strike, hedged) + inside;
        return value + part < alone ? value + part : alone;
    }
    /* A short call in the money lets its stock be worth no more than the strike. */
    if (sold && sold->strike < value) {
        inside = value - sold->strike;
        alone = (int64_t)part_up(sold->strike, pool->stock_ppm);
    }
    if (!held || pool->when == MARGIN_INITIAL)
        return alone + inside;
    int64_t away = value > held->strike ? value - held->strike : 0;
    int64_t part = (int64_t)part_up(held->strike, hedged);
    if (sold && sold->strike == held->strike)
        return part + inside; /* a conversion */
    part += away;
    int64_t other =
        sold ? (int64_t)part_up(sold->strike, rate_value(&pool->rates, MARGIN_RATE_COLLAR_CALL))
             : alone;
    return inside + (part < other ? part : other);
}
