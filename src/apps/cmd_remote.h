/*
 * What the page can do, on the command line: commands that talk to a running server (remote.h).
 */
#ifndef APPS_CMD_REMOTE_H
#define APPS_CMD_REMOTE_H

int cmd_order(int argc, char **argv);
int cmd_positions(int argc, char **argv);
int cmd_jobs(int argc, char **argv);
int cmd_desk(int argc, char **argv);
int cmd_strategies_remote(int argc, char **argv); /* strategies list|arm|disarm */

#endif
