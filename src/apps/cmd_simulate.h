/*
 * ironfly data simulate: the synthetic market (docs/simulated-market.md).
 */
#ifndef APPS_CMD_SIMULATE_H
#define APPS_CMD_SIMULATE_H

int cmd_simulate(int argc, char **argv);

#endif
