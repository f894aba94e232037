/*
 * What the tests of this folder share: importing into a store, running a strategy file over it.
 *
 * Facts of others (LEAN's pinned results, Cboe's index levels) stand in the tests, with their
 * source. The market data they were made from do not: without ../shared those tests are skipped.
 */
#ifndef TESTS_PARITY_H
#define TESTS_PARITY_H

#include "adapters/import/import.h"
#include "base/mem.h"
#include "services/backtest/backtest.h"

/* A path below the project's own folder, in a buffer that lives as long as the program. */
const char *parity_file(const char *relative);

/* Import one path into the store, which may be new. Fails the test on any error. */
void parity_import(const char *store, const char *format, const char *path,
                   const struct import_options *more, struct import_summary *summary);

/* Import text as a table of the format csv, by a mapping given as text too. */
void parity_import_table(const char *store, const char *mapping, const char *table);

/* Run a strategy, fills and fees as its file says; from and to may be 0. Fails the test on errors.
 * With another fill model than its file's: fill. */
void parity_run_filled(struct backtest_result *result, struct arena *arena, const char *strategy,
                       const char *store, int32_t from, int32_t to, const char *fill);
void parity_run(struct backtest_result *result, struct arena *arena, const char *strategy,
                const char *store, int32_t from, int32_t to);

/* Whether the notes of a run hold a text. */
bool parity_has_note(const struct backtest_result *result, const char *part);

#endif
