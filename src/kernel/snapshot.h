/*
 * A kernel's whole state as bytes, and back: what a snapshot of a desk is made of.
 *
 *     kernel_snapshot_write(kernel, &bytes);
 *     kernel_open(&again, &arena, &same_config);
 *     kernel_snapshot_read(again, bytes, len, strategies, count);
 *
 * Between two steps. Two kernels that were opened alike and took the same events give the same
 * bytes; a kernel that was read goes on as the other would have (tests/desk). Bytes of another
 * layout, with another number of markets or other limits are refused; that they are the bytes that
 * were written is for the journal's hash to say.
 */
#ifndef KERNEL_SNAPSHOT_H
#define KERNEL_SNAPSHOT_H

#include "base/str.h"
#include "kernel/kernel.h"

/* The layout of the bytes: of the structs in them, in this program. Another number: not to be read.
 */
uint32_t kernel_snapshot_layout(void);

/* Append it. */
void kernel_snapshot_write(struct kernel *kernel, struct buf *out);

/*
 * Into a kernel opened with the same config that has taken no event. strategies: of all hosts,
 * those that were enlisted later too; they outlive the kernel. Errors: ERR_CORRUPT naming what
 * does not fit; the kernel is then of no further use.
 */
NODISCARD enum err kernel_snapshot_read(struct kernel *kernel, const uint8_t *bytes, size_t len,
                                        const struct strategy *const *strategies,
                                        uint32_t strategy_count);

#endif
