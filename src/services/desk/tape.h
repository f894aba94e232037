/*
 * The tape of a desk on live sources: every market event that its kernel took, so that recovery
 * takes it again.
 *
 * Segments of their own beside the journal, JOURNAL.tape-N, where N is the number of the first
 * event in it; a desk begins a new one with each start. Events are collected and written in
 * pieces, packed (zstd) and with a checksum; tape_sync() makes all of them durable, and comes
 * before the journal's commit. A piece that was cut off by a crash is no event: what was in it had
 * not been followed by anything. Where a segment begins with a number that the one before has too,
 * the later one counts. Bytes as they lie in memory: for the same kind of machine.
 */
#ifndef SERVICES_DESK_TAPE_H
#define SERVICES_DESK_TAPE_H

#include "base/err.h"
#include "base/mem.h"
#include "kernel/ports/event.h"

struct tape_writer;
/* Errors: ERR_IO, ERR_EXISTS when there is such a segment. */
NODISCARD enum err tape_writer_open(struct tape_writer **out, const char *journal, uint64_t first);
/* A market event (session, quote, market, level, settle, dividend, declare, split, day end, feed),
 * copied. */
NODISCARD enum err tape_put(struct tape_writer *writer, const struct event *event);
NODISCARD enum err tape_sync(
    struct tape_writer *writer); /* ERR_FULL: no room, may be tried again; ERR_IO */
void tape_writer_close(struct tape_writer *writer); /* what is not synced is lost; NULL is fine */

struct tape_reader;
/* All segments of a journal; there may be none. */
NODISCARD enum err tape_reader_open(struct tape_reader **out, const char *journal);
/* The next event with its number, views valid until the next call; *found false at the end.
 * Errors: ERR_CORRUPT for a piece that is whole and makes no sense, ERR_IO. */
NODISCARD enum err tape_next(struct tape_reader *reader, struct event *out, bool *found);
void tape_reader_close(struct tape_reader *reader);

/* The events of one piece, for the reader and its fuzzer: *at moves on. False at the end, or with
 * *fault set. */
bool tape_read_event(const uint8_t *bytes, size_t len, size_t *at, struct buf *contracts,
                     struct event *out, const char **fault);

#endif
