/*
 * Whether a strategy's hours of entry ever met a snapshot: end-of-day chains at 15:45 let nothing
 * enter at 10:00, and a report of no trades must say so.
 */
#ifndef SERVICES_BACKTEST_WINDOWS_H
#define SERVICES_BACKTEST_WINDOWS_H

#include "domain/strategy/strategy.h"
#include "kernel/ports/event.h"
#include "services/backtest/recorder.h"

struct windows;

struct windows *windows_open(struct arena *arena);
void windows_saw(struct windows *windows, const struct event *market);

/* A warning for each structure whose windows no snapshot of market number underlying lay in. */
void windows_note(const struct windows *windows, const struct strategy *strategy,
                  uint32_t underlying, struct recorder *recorder);

#endif
