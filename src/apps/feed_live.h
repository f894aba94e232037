/* ironfly feed live: vendors' live lines through the live path. */
#ifndef APPS_FEED_LIVE_H
#define APPS_FEED_LIVE_H

/* argv[0] is "live". Returns the exit status. */
int feed_live(int argc, char **argv);

#endif
