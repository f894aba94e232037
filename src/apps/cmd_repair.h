/*
 * ironfly data repair: set aside what is damaged in a store.
 */
#ifndef APPS_CMD_REPAIR_H
#define APPS_CMD_REPAIR_H

int cmd_repair(int argc, char **argv);

#endif
