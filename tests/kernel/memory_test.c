/*
 * Nothing is allocated after open: this program's malloc aborts while a kernel works. The
 * sanitizers bring an allocator of their own, which stays as it is: there the test is skipped.
 */
#include <stdlib.h>

#include "tests/kernel/desk.h"
#include "tests/testing.h"

#ifndef IRONFLY_SANITIZED

static bool forbidden;
static size_t asked;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static void ask(void)
{
    asked++;
    if (forbidden)
        abort();
}

void *malloc(size_t bytes)
{
    ask();
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    ask();
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    ask();
    return __libc_realloc(memory, bytes);
}

/* A strategy that does all there is: enters, hedges, rolls, is assigned, keeps shares, leaves by
 * time. */
static const char BUSY[] =
    "ironfly: 1\nname: busy\nunderlying: XYZ\naccount: {assigned: keep}\n"
    "structures:\n"
    "  puts:\n"
    "    legs: {p: {sell: put, expiry: {dte: 3, min: 1, max: 40}, strike: 95}}\n"
    "    entry: {every: time, times: [\"10:00\", \"10:30\"], max_open: 5,\n"
    "            when: iv_rank_raw > 0 or gamma_exposure > 0 or skew25 > 0 or price > 0}\n"
    "    roll: {when: pnl_percent < -100 and trade_delta > 0}\n"
    "    exit: {profit: 90%, short_delta: 0.99}\n"
    "  calls:\n"
    "    legs: {c: {sell: call, expiry: {dte: 3, min: 1, max: 40}, strike: {delta: 0.3, tolerance: 1}}}\n"
    "    entry: {every: daily, when: shares >= 100}\n"
    "    size: {shares: all}\n";

TEST(memory, is_not_asked_for_after_open)
{
    static struct desk d;
    desk_open(&d, BUSY, FILL_NATURAL, FEES_IBKR_TIERED);
    struct contract c[4] = { desk_contract("XYZ", 20240105, 95, 'P'),
                             desk_contract("XYZ", 20240105, 100, 'C'),
                             desk_contract("XYZ", 20240112, 95, 'P'),
                             desk_contract("XYZ", 20240112, 100, 'C') };
    size_t before = asked;
    void *volatile one = malloc(1); /* volatile: a compiler may leave out what is not used */
    free(one);
    CHECK(asked > before); /* this is the allocator that everybody has */
    forbidden = true;
    desk_day(&d, 20240102, c, 4);
    for (int i = 0; i < 4; i++)
        desk_quote(&d, &c[i], 1.00, 1.20);
    desk_market(&d, "10:00", 97);
    desk_market(&d, "10:30", 97);
    desk_tick(&d, "10:31", &c[0], 3.00, 3.20);
    desk_level(&d, "10:31", 96);
    desk_timer(&d, "10:32");
    desk_settle(&d, "16:00", 20240105, SETTLE_PM, 93);
    desk_day_end(&d);
    desk_day(&d, 20240108, c + 2, 2);
    desk_quote(&d, &c[2], 1.00, 1.20);
    desk_quote(&d, &c[3], 1.00, 1.20);
    desk_market(&d, "10:00", 96);
    desk_dividend(&d, "11:00", 0.25);
    desk_command(&d, "12:00", COMMAND_FLATTEN);
    desk_market(&d, "12:01", 96);
    desk_account(&d);
    forbidden = false;
    CHECK(d.filled > 3 && d.closed_count > 0); /* it had something to do */
    desk_close(&d);
}

#endif
