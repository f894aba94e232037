#include "apps/feed_keys.h"

#include <poll.h>
#include <unistd.h>

enum { WAIT_MS_MAX = 50 };

void feed_keys_open(struct feed_keys *keys, bool wanted)
{
    *keys = (struct feed_keys){ 0 };
    if (!wanted || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &keys->before) != 0)
        return;
    struct termios raw = keys->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keys->is_on = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void feed_keys_close(struct feed_keys *keys)
{
    if (keys->is_on)
        tcsetattr(STDIN_FILENO, TCSANOW, &keys->before);
    keys->is_on = false;
}

char feed_keys_wait(const struct feed_keys *keys, int64_t wait_ns)
{
    int ms = wait_ns >= WAIT_MS_MAX * 1000000 ? WAIT_MS_MAX : (int)(wait_ns / 1000000);
    struct pollfd in = { .fd = keys->is_on ? STDIN_FILENO : -1, .events = POLLIN };
    char key = 0;
    if (poll(&in, 1, ms) > 0 && read(STDIN_FILENO, &key, 1) != 1)
        key = 0;
    return key;
}
