/* `ironfly data prune`, for cmd_data.c. */
#ifndef APPS_CMD_PRUNE_H
#define APPS_CMD_PRUNE_H

int cmd_prune(int argc, char **argv);

#endif
