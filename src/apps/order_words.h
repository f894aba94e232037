/*
 * An order in words of the command line, as the JSON that a server takes.
 *
 *     SPY buy:SPY/2026-12-18/P580 sell:SPY/2026-12-18/P590 --quantity 2 --credit 1.95
 *
 * A leg is buy|sell, the contract, and if wanted how many in one package and open|close, with
 * colons between. The contract is ROOT/DATE/RIGHT STRIKE as above, or the 21 characters of the OCC
 * with or without the spaces, or stock.
 */
#ifndef APPS_ORDER_WORDS_H
#define APPS_ORDER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

struct order_words {
    int64_t quantity;                        /* 0: not said */
    int64_t net_micros;                      /* + debit, - credit; with has_net */
    int64_t stop_micros;                     /* with has_stop */
    int64_t target_micros, stop_loss_micros; /* what closing pays or receives, without a sign; with
                                                has_target, has_stop_loss */
    bool has_net, has_stop, is_market, has_target, has_stop_loss;
    const char *type, *time_in_force; /* NULL: not said */
    const char *oco;                  /* NULL: alone */
    int64_t trade_id;                 /* 0: a new one */
};

/* The JSON of OrderNew; the caller owns it. Errors: ERR_USAGE says which word and why; *out is then
 * NULL. */
NODISCARD enum err order_words_new(json_t **out, const struct order_words *words,
                                   char *const names[], int count);

/* A contract as the OCC writes it, 21 characters, or "stock". Errors: ERR_USAGE. */
enum { ORDER_CONTRACT_BYTES = 32 };
NODISCARD enum err order_contract(char out[ORDER_CONTRACT_BYTES], struct str text);

#endif
