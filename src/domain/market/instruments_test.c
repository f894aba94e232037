#include "domain/market/instruments.h"

#include "domain/types/product.h"
#include "tests/testing.h"

static struct contract option(const char *name)
{
    struct occ_symbol symbol;
    struct contract contract;
    CHECK_OK(occ_symbol_parse(&symbol, str_from(name)));
    CHECK_OK(product_contract(&contract, &symbol));
    return contract;
}

TEST(instruments, ids_are_dense_and_stay)
{
    struct arena arena;
    struct instruments all;
    uint32_t id, again;
    arena_init(&arena, "test", 0);
    instruments_init(&all, &arena, 1000);
    struct contract c = option("SPY   250221C00600000");
    CHECK_EQ(instruments_find_option(&all, &c), INSTRUMENT_NONE);
    CHECK_OK(instruments_add_option(&all, &c, &id));
    CHECK_EQ(id, 1); /* 0 is SPY itself */
    CHECK_EQ(all.rows[id].underlying, 0);
    CHECK_EQ(instruments_find(&all, INSTRUMENT_STOCK, STR("SPY")), 0);
    CHECK_EQ(instruments_find(&all, INSTRUMENT_INDEX, STR("SPY")), INSTRUMENT_NONE);
    for (int i = 1; i < 900; i++) {
        c.strike_mills = 1000 * i;
        c.right = i % 2 ? OPTION_CALL : OPTION_PUT;
        CHECK_OK(instruments_add_option(&all, &c, &id));
        CHECK_EQ(instruments_find_option(&all, &c), id);
        CHECK_OK(instruments_add_option(&all, &c, &again));
        CHECK_EQ(again, id);
    }
    /* 600 even: once as a call before, now as a put */
    CHECK_EQ(all.count, 2 + 899);
    arena_clear(&arena);
}

TEST(instruments, an_index_option_has_an_index_under_it)
{
    struct arena arena;
    struct instruments all;
    uint32_t id;
    arena_init(&arena, "test", 0);
    instruments_init(&all, &arena, 10);
    CHECK_OK(instruments_add_named(&all, STR("SPXW  250221P05900000"), &id));
    CHECK_EQ(all.rows[all.rows[id].underlying].class, INSTRUMENT_INDEX);
    CHECK_STR(all.rows[all.rows[id].underlying].symbol, "SPX");
    char name[INSTRUMENT_NAME_BYTES];
    instrument_name(name, &all.rows[id]);
    CHECK_STR(name, "SPXW 250221P05900000");
    struct market_record d = instruments_definition(&all, id);
    CHECK_EQ(d.of.definition.of.contract.strike_mills, 5900000);
    CHECK_EQ(d.of.definition.underlying, all.rows[id].underlying);
    arena_clear(&arena);
}

TEST(instruments, a_full_table_and_bad_symbols_are_refused_and_change_nothing)
{
    struct arena arena;
    struct instruments all;
    uint32_t id;
    arena_init(&arena, "test", 0);
    instruments_init(&all, &arena, 2);
    CHECK_OK(instruments_add(&all, INSTRUMENT_STOCK, STR("SPY"), &id));
    CHECK_OK(instruments_add(&all, INSTRUMENT_INDEX, STR("VIX"), &id));
    CHECK_EQ(instruments_add(&all, INSTRUMENT_STOCK, STR("QQQ"), &id), ERR_FULL);
    CHECK_OK(instruments_add(&all, INSTRUMENT_STOCK, STR("SPY"), &id)); /* is there */
    CHECK_EQ(id, 0);
    CHECK_EQ(instruments_add(&all, INSTRUMENT_STOCK, STR(""), &id), ERR_PARSE);
    CHECK_EQ(instruments_add(&all, INSTRUMENT_STOCK, STR("ABCDEFGHIJKLMNOP"), &id), ERR_PARSE);
    CHECK_EQ(all.count, 2);
    arena_clear(&arena);
}

TEST(id_map, keeps_what_it_is_told_up_to_its_room)
{
    struct arena arena;
    struct id_map map;
    arena_init(&arena, "test", 0);
    id_map_init(&map, &arena, 1000);
    CHECK_EQ(id_map_find(&map, 0), INSTRUMENT_NONE);
    for (uint32_t i = 0; i < 1000; i++)
        CHECK(id_map_set(&map, i * 16777259u, i)); /* spread over 32 bits, 0 among them */
    for (uint32_t i = 0; i < 1000; i++)
        CHECK_EQ(id_map_find(&map, i * 16777259u), i);
    CHECK_EQ(id_map_find(&map, 5), INSTRUMENT_NONE);
    CHECK(id_map_set(&map, 16777259u, 7));
    CHECK_EQ(id_map_find(&map, 16777259u), 7);
    uint32_t room = 0;
    while (id_map_set(&map, 3 + 2 * room, room))
        MUST(++room < 5000);
    CHECK_EQ(id_map_find(&map, 3), 0); /* full, and still answering */
    CHECK_EQ(id_map_find(&map, 4), INSTRUMENT_NONE);
    id_map_clear(&map);
    CHECK_EQ(id_map_find(&map, 0), INSTRUMENT_NONE);
    CHECK_EQ(id_map_find(&map, 3), INSTRUMENT_NONE);
    arena_clear(&arena);
}
