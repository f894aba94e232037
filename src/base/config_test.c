#include "tests/testing.h"

#include <stdlib.h>

#include "base/config.h"

static struct arena arena = { .name = "config test" };

static const char *file_of(const char *text)
{
    return testing_file(testing_folder(), "ironfly.yaml", text, strlen(text));
}

/* No setting of the one who runs the tests may leak in. */
static void clear_environment(void)
{
    for (int key = 0; key < CONFIG_COUNT; key++) {
        char name[CONFIG_NAME_BYTES];
        config_env_name(name, (enum config_key)key);
        unsetenv(name);
    }
    unsetenv("IRONFLY_CONFIG");
    setenv("XDG_CONFIG_HOME", testing_folder(), 1);
    setenv("HOME", testing_folder(), 1);
}

TEST(config, a_flag_wins_over_the_environment_over_the_file_over_the_default)
{
    clear_environment();
    const char *path =
        file_of("log: { level: debug, format: json }\nbacktest:\n  cash: 250000.50\n  seed: 7\n");
    struct config_flag flag = { CONFIG_SEED, "9" };
    struct config config;
    setenv("IRONFLY_LOG_LEVEL", "error", 1);
    setenv("IRONFLY_BACKTEST_SEED", "8", 1);
    CHECK_OK(config_load(&config, &arena, path, &flag, 1));
    CHECK_EQ(config_number(&config, CONFIG_SEED), 9);
    CHECK_STR(config.values[CONFIG_SEED].where, "--backtest-seed");
    CHECK_EQ(config_number(&config, CONFIG_LOG_LEVEL), LOG_ERROR);
    CHECK_STR(config.values[CONFIG_LOG_LEVEL].where, "IRONFLY_LOG_LEVEL");
    CHECK_EQ(config_number(&config, CONFIG_LOG_FORMAT), LOG_JSON);
    CHECK_HAS(config.values[CONFIG_LOG_FORMAT].where, "ironfly.yaml:1:30");
    CHECK_EQ(config_number(&config, CONFIG_CASH), INT64_C(250000500000));
    CHECK_STR(config_text(&config, CONFIG_FEES), "ibkr-tiered");
    CHECK_STR(config.values[CONFIG_FEES].where, "default");
    CHECK_STR(config.file, path);
    CHECK_EQ(config_error(&config, CONFIG_FEES, ERR_NOT_FOUND, "no such schedule"), ERR_NOT_FOUND);
    CHECK_STR(err_detail(), "default: backtest.fees: no such schedule");
    clear_environment();
    arena_clear(&arena);
}

TEST(config, works_without_a_file_and_finds_one_where_it_should_be)
{
    clear_environment();
    struct config config;
    CHECK_OK(config_load(&config, &arena, NULL, NULL, 0));
    CHECK(config.file == NULL);
    CHECK_EQ(config_number(&config, CONFIG_CASH), INT64_C(100000000000));
    CHECK_EQ(config_load(&config, &arena, "/nowhere/ironfly.yaml", NULL, 0), ERR_NOT_FOUND);
    setenv("IRONFLY_CONFIG", file_of("store: data/store\n"), 1);
    CHECK_OK(config_load(&config, &arena, NULL, NULL, 0));
    /* relative to the file, not to where the program runs */
    char *folder = arena_strdup(&arena, config.file);
    *strrchr(folder, '/') = '\0';
    CHECK_STR(config_text(&config, CONFIG_STORE), arena_printf(&arena, "%s/data/store", folder));
    clear_environment();
    arena_clear(&arena);
}

TEST(config, says_where_a_wrong_value_was_given)
{
    clear_environment();
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "stor: x\n", "ironfly.yaml:1:1: unknown key \"stor\"; did you mean \"store\"?" },
        { "log:\n  levle: info\n",
          "ironfly.yaml:2:3: log: unknown key \"levle\"; did you mean \"level\"?" },
        { "log: info\n", "ironfly.yaml:1:6: log: a single value is here, where a map should be" },
        { "log: { level: loud }\n", "ironfly.yaml:1:15: log.level: \"loud\" is not one of debug" },
        { "backtest: { cash: -5 }\n", "dollars above zero" },
        { "backtest: { cash: 1e5 }\n", "dollars above zero" },
        { "backtest: { seed: 1.5 }\n", "whole number" },
        { "store: [a]\n", "a list is here" },
        { "store:\n", "nothing is here" },
        { "", "empty" },
    };
    FOR_EACH (c, cases) {
        struct config config = { .file = "untouched" };
        CHECK(config_load(&config, &arena, file_of(c->text), NULL, 0) != ERR_OK);
        CHECK_HAS(err_detail(), c->why);
        CHECK_STR(config.file, "untouched");
    }
    struct config config;
    setenv("IRONFLY_BACKTEST_CASH", "lots", 1);
    CHECK_EQ(config_load(&config, &arena, NULL, NULL, 0), ERR_PARSE);
    CHECK_HAS(err_detail(), "IRONFLY_BACKTEST_CASH: backtest.cash: \"lots\" is not dollars");
    clear_environment();
    arena_clear(&arena);
}
