/* Any book: an answer or an error, no overflow, groups that hold the book and a bound below them.
 */
#include <string.h>

#include "base/date.h"
#include "domain/margin/margin.h"
#include "domain/margin/portfolio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 12, LINE_BYTES = 10, HEAD_BYTES = 12 };

static const int32_t days[] = { 20261119, 20261120, 20261218, 20270115, 20280121, 20261301 };
static const char *const names[] = { "XYZ", "SPX", "SPY", "IWM" };

static int64_t number(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, sizeof value);
    /* Mostly small, sometimes as large as it goes. */
    return value % 16 == 0 ? (int64_t)value * INT64_C(4000000000) : value % 100000;
}

static void fill_line(struct margin_line *line, const uint8_t *at, const char *name)
{
    *line = (struct margin_line){ .underlying = at[0] % 2,
                                  .is_stock = at[0] / 2 % 8 == 0,
                                  .quantity = at[0] & 128 ? number(at + 5) : (int8_t)at[1] % 20,
                                  .mark = at[0] & 64 ? number(at + 6) : at[6] * 100000 };
    line->contract = (struct contract){
        .expiry = days[at[2] % 6],
        .strike_mills = at[3] & 128 ? (int32_t)number(at + 2) : (80 + at[3] % 40) * 1000,
        .multiplier = at[4] % 32 == 0 ? (int32_t)number(at + 4) : 100,
        .right = at[4] & 64 ? OPTION_CALL : OPTION_PUT,
        .style = at[4] & 128 ? STYLE_EUROPEAN : STYLE_AMERICAN,
        .delivery = at[4] & 128 ? DELIVERY_CASH : DELIVERY_PHYSICAL,
    };
    memcpy(line->contract.root, name, strlen(name));
}

static void check_plan(const struct margin_plan *plan)
{
    int64_t sum = 0;
    for (size_t i = 0; i < plan->group_count; i++) {
        MUST(plan->groups[i].leg_first + plan->groups[i].leg_count <= plan->leg_count);
        MUST(plan->groups[i].reason[0] != '\0');
        sum += plan->groups[i].requirement;
    }
    MUST(sum == plan->requirement);
    MUST(plan->bound <= plan->requirement);
    MUST(!plan->is_minimal || plan->bound == plan->requirement);
    MUST(plan->deposit == plan->requirement - plan->proceeds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static struct margin_work *work;
    static struct margin_answer answer;
    static struct margin_portfolio portfolio;
    if (!work) {
        arena_init(&arena, "fuzz", 0);
        work = margin_work_new(&arena);
    }
    if (size < HEAD_BYTES)
        return 0;
    struct margin_underlying under[2] = { 0 };
    for (int i = 0; i < 2; i++) {
        const char *name = names[data[i] % 4];
        memcpy(under[i].name, name, strlen(name));
        under[i].class = margin_class_of(name);
        under[i].level = data[i] & 128 ? number(data + 4 + 4 * i) : (90 + data[2] % 20) * 1000000;
        under[i].leverage_percent = data[i] & 64 ? data[3] : 0;
        under[i].rate = data[3] / 1000.0;
    }
    struct margin_line lines[LINES];
    size_t count = 0;
    for (; count < LINES && HEAD_BYTES + (count + 1) * LINE_BYTES <= size; count++)
        fill_line(&lines[count], data + HEAD_BYTES + count * LINE_BYTES, under[0].name);
    struct margin_book book = { 20261120, under, 2, lines, count };
    struct margin_terms terms = { .type =
                                      data[2] & 128 ? MARGIN_ACCOUNT_CASH : MARGIN_ACCOUNT_MARGIN };
    if (margin_strategy(work, &book, &terms, &answer) == ERR_OK) {
        check_plan(&answer.initial);
        check_plan(&answer.maintenance);
    }
    if (data[3] % 4 == 0 && count <= 3 && margin_portfolio(&book, &portfolio) == ERR_OK)
        MUST(portfolio.requirement >= 0);
    return 0;
}
