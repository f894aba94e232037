/* Parts of a snapshot that only their own files can walk. */
#ifndef KERNEL_SNAPSHOT_INT_H
#define KERNEL_SNAPSHOT_INT_H

#include "base/image.h"
#include "kernel/kernel_int.h"

/* signals.c */
void image_whole_signals(struct image *im, struct signals *signals);

#endif
