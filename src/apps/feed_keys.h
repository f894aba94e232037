/* Single keys of a terminal, while a panel is shown. */
#ifndef APPS_FEED_KEYS_H
#define APPS_FEED_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct feed_keys {
    bool is_on;
    struct termios before;
};

/* Without wanted, or a terminal, there are no keys, and waiting is all that is left. */
void feed_keys_open(struct feed_keys *keys, bool wanted);
/* Give the terminal back as it was. */
void feed_keys_close(struct feed_keys *keys);
/* Wait for a key, or for the time, at most 50 ms; 0 when there is none. */
char feed_keys_wait(const struct feed_keys *keys, int64_t wait_ns);

#endif
