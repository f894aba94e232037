/*
 * ironfly serve, and what an operator does to its data folder: user, audit, backup, restore,
 * export.
 */
#ifndef APPS_CMD_SERVER_H
#define APPS_CMD_SERVER_H

struct arena;

/* The built page: beside the program's folder (web/dist), or where it is installed
 * (share/ironfly/web). NULL: nowhere. In arena. */
const char *find_page(struct arena *arena);

int cmd_doctor(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_job_worker(int argc, char **argv); /* a process of a job; people never call it */
int cmd_user(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_export(int argc, char **argv);

#endif
