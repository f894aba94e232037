/* ironfly manual, completion, settings: what the program says of itself, for man, shells and docs.
 */
#include <stdio.h>

#include "apps/cmd.h"
#include "apps/completion.h"
#include "apps/pages.h"
#include "base/json_writer.h"

/* Only --help, and at most `names` other words. 0 to go on, else the exit status + 1. */
static int plain_words(int argc, char **argv, const char *help, int names)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    for (int c; (c = cmd_option(argc, argv, options, argv[0])) != -1;) {
        if (c != 'h')
            return EXIT_USAGE + 1;
        fputs(help, stdout);
        return EXIT_DONE + 1;
    }
    return argc - optind > names ? cmd_usage(argv[0], "unexpected \"%s\"", argv[optind + names]) + 1
                                 : 0;
}

static int print(struct buf *text)
{
    bool ok = fwrite(text->ptr, 1, text->len, stdout) == text->len && fflush(stdout) == 0;
    buf_free(text);
    return ok ? EXIT_DONE : cmd_fail(err_set(ERR_IO, "standard output takes no more"));
}

/* ---- manual ---------------------------------------------------------------------------------- */

static void roff_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\')
            buf_puts(out, "\\e");
        else if (c == '-')
            buf_puts(out, "\\-");
        else if (i == 0 && (c == '.' || c == '\''))
            buf_printf(out, "\\&%c", c);
        else
            buf_putc(out, c);
    }
}

/* "  --store DIR   the data": the words in bold, the text beside them. */
static bool roff_option(struct buf *out, struct str line)
{
    if (!str_starts_with(line, STR("  --")))
        return false;
    struct str rest = str_slice(line, 2, line.len);
    size_t gap = 0;
    while (gap + 1 < rest.len && !(rest.ptr[gap] == ' ' && rest.ptr[gap + 1] == ' '))
        gap++;
    if (gap + 1 >= rest.len)
        gap = rest.len;
    buf_puts(out, ".TP\n.B ");
    roff_text(out, str_trim(str_slice(rest, 0, gap)));
    buf_putc(out, '\n');
    struct str text = str_trim(str_slice(rest, gap, rest.len));
    if (text.len) {
        roff_text(out, text);
        buf_putc(out, '\n');
    }
    return true;
}

/* "mid      fill at the middle": a value of the option above, on a line of its own. */
static bool begins_entry(struct str text)
{
    size_t word = 0;
    while (word < text.len && text.ptr[word] != ' ')
        word++;
    return str_starts_with(str_slice(text, word, 2), STR("  "));
}

enum roff_state { ROFF_TEXT, ROFF_OPTION, ROFF_AS_IS };

static enum roff_state roff_line(struct buf *out, struct str line, enum roff_state state)
{
    bool is_usage = str_starts_with(line, STR("usage: "));
    bool is_deep =
        str_starts_with(line, STR("          ")); /* goes on with the text of an option */
    if (state == ROFF_OPTION && is_deep) {
        if (begins_entry(str_trim(line)))
            buf_puts(out, ".br\n");
        roff_text(out, str_trim(line));
        buf_putc(out, '\n');
        return state;
    }
    bool as_is =
        is_usage || (str_starts_with(line, STR("  ")) && !str_starts_with(line, STR("  --")));
    if (state == ROFF_AS_IS && !as_is)
        buf_puts(out, ".fi\n");
    if (!str_trim(line).len) {
        buf_puts(out, ".PP\n");
        return ROFF_TEXT;
    }
    if (as_is) {
        if (state != ROFF_AS_IS)
            buf_puts(out, state == ROFF_OPTION ? ".PP\n.nf\n" : ".nf\n");
        roff_text(out, is_usage                                ? str_slice(line, 7, line.len)
                       : str_starts_with(line, STR("       ")) ? str_slice(line, 7, line.len)
                                                               : line);
        buf_putc(out, '\n');
        return ROFF_AS_IS;
    }
    if (roff_option(out, line))
        return ROFF_OPTION;
    if (state == ROFF_OPTION)
        buf_puts(out, ".PP\n");
    roff_text(out, line);
    buf_putc(out, '\n');
    return ROFF_TEXT;
}

struct manual {
    struct buf *out, last; /* last: the page before */
};

static void roff_page(void *context, UNUSED const struct command *command, const char *words,
                      struct str page)
{
    struct manual *m = context;
    struct buf *out = m->out;
    if (str_equal(buf_str(&m->last), page)) /* verbs that share a page */
        return;
    buf_clear(&m->last);
    buf_append(&m->last, page.ptr, page.len);
    enum roff_state state = ROFF_TEXT;
    struct str line;
    buf_puts(out, ".SS ironfly ");
    roff_text(out, str_from(words));
    buf_putc(out, '\n');
    page = str_trim_right(page);
    while (str_cut(&page, '\n', &line))
        state = roff_line(out, line, state);
    if (state == ROFF_AS_IS)
        buf_puts(out, ".fi\n");
}

static void roff_settings(struct buf *out)
{
    buf_puts(
        out,
        ".SH SETTINGS\nFrom ./ironfly.yaml, else $XDG_CONFIG_HOME/ironfly/ironfly.yaml, else ~/.config/ironfly/ironfly.yaml, or the file\n"
        "that IRONFLY_CONFIG names. A variable of the environment wins over the file.\n");
    for (int key = 0; key < CONFIG_COUNT; key++) {
        char name[CONFIG_NAME_BYTES];
        config_env_name(name, (enum config_key)key);
        buf_puts(out, ".TP\n.B ");
        roff_text(out, str_from(config_key_name((enum config_key)key)));
        buf_printf(out, ", %s\n", name);
        roff_text(out, str_from(config_key_text((enum config_key)key)));
        buf_putc(out, '\n');
    }
}

int cmd_manual(int argc, char **argv)
{
    static const char help[] = "usage: ironfly manual\n"
                               "\n"
                               "All of these pages as one, for man: ironfly manual | man -l -\n";
    int stop = plain_words(argc, argv, help, 0);
    if (stop)
        return stop - 1;
    struct buf out = { 0 };
    buf_puts(
        &out,
        ".TH IRONFLY 1 \"\" \"ironfly " IRONFLY_VERSION "\" \"Ironfly\"\n.nh\n.ad l\n"
        ".SH NAME\nironfly \\- an options trading desk\n"
        ".SH SYNOPSIS\n.B ironfly\n.I COMMAND\n\\&...\n"
        ".SH DESCRIPTION\nBacktests option strategies, simulates markets, and runs a desk for a browser and for programs.\n"
        ".SH COMMANDS\n");
    struct manual manual = { .out = &out };
    enum err err = pages_each(roff_page, &manual);
    buf_free(&manual.last);
    roff_settings(&out);
    buf_puts(&out, ".SH EXIT STATUS\n0 done, 1 refused or failed, 2 wrong usage.\n");
    if (!err)
        return print(&out);
    buf_free(&out);
    return cmd_fail(err);
}

/* ---- completion ------------------------------------------------------------------------------ */

int cmd_completion(int argc, char **argv)
{
    static const char help[] =
        "usage: ironfly completion bash|zsh|fish\n"
        "\n"
        "Print what a shell needs to complete these words. Installed with the program; else\n"
        "\n"
        "  bash   . <(ironfly completion bash)\n"
        "  zsh    ironfly completion zsh > ~/.zfunc/_ironfly\n"
        "  fish   ironfly completion fish > ~/.config/fish/completions/ironfly.fish\n";
    int stop = plain_words(argc, argv, help, 1);
    if (stop)
        return stop - 1;
    if (optind == argc)
        return cmd_usage("completion", "which shell is missing: bash, zsh or fish");
    struct buf out = { 0 };
    enum err err = completion_write(&out, argv[optind]);
    if (!err)
        return print(&out);
    buf_free(&out);
    return cmd_fail(err);
}

/* ---- settings -------------------------------------------------------------------------------- */

static void settings_page(struct buf *out)
{
    buf_puts(
        out,
        "# Settings\n"
        "\n"
        "Made by `ironfly settings --page` from the table of settings; do not edit. `ironfly settings` prints what holds now, and where from.\n"
        "\n"
        "A flag wins over the environment, the environment over the file, the file over the default. The file is the one that\n"
        "`IRONFLY_CONFIG` names, else the first there is of `./ironfly.yaml`, `$XDG_CONFIG_HOME/ironfly/ironfly.yaml` and\n"
        "`~/.config/ironfly/ironfly.yaml`; the service reads `/etc/ironfly/ironfly.yaml`. A dot in a key is a level of the file, and paths in\n"
        "the file are relative to its folder:\n"
        "\n"
        "    store: ../data/store\n"
        "    log: { level: info, format: json }\n"
        "\n"
        "An unknown key, and a value that is not of its kind, end the program with the line and column.\n"
        "\n"
        "| key | environment | kind | default | |\n"
        "|---|---|---|---|---|\n");
    for (int key = 0; key < CONFIG_COUNT; key++) {
        char env[CONFIG_NAME_BYTES];
        enum config_key k = (enum config_key)key;
        config_env_name(env, k);
        const char *fallback = config_key_default(k);
        buf_printf(out, "| `%s` | `%s` | %s | %s%s%s | %s |\n", config_key_name(k), env,
                   config_key_kind(k), *fallback ? "`" : "", fallback, *fallback ? "`" : "",
                   config_key_text(k));
    }
}

static void settings_list(struct buf *out, const struct config *config, bool json)
{
    struct json_writer w = { .out = out };
    if (json)
        json_array_begin(&w);
    else if (config->file)
        buf_printf(out, "from %s\n", config->file);
    for (int key = 0; key < CONFIG_COUNT; key++) {
        const struct config_value *v = &config->values[key];
        const char *name = config_key_name((enum config_key)key);
        /* A token is shown nowhere, not to the one who set it either. */
        const char *text =
            config_key_is_secret((enum config_key)key) && *v->text ? "(set)" : v->text;
        if (!json) {
            buf_printf(out, "%-18s %-24s %-20s %s\n", name, text, v->where,
                       config_key_text((enum config_key)key));
            continue;
        }
        json_object_begin(&w);
        json_key_cstr(&w, "key", name);
        json_key_cstr(&w, "value", text);
        json_key_cstr(&w, "where", v->where);
        json_object_end(&w);
    }
    if (json) {
        json_array_end(&w);
        buf_putc(out, '\n');
    }
}

int cmd_settings_show(int argc, char **argv)
{
    static const char help[] =
        "usage: ironfly settings [--json|--page]\n"
        "\n"
        "Every setting, its value and where it comes from: a default, ironfly.yaml, or the environment.\n"
        "\n"
        "  --json   as JSON\n"
        "  --page   the reference of all settings, docs/configuration.md\n";
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "page", no_argument, NULL, 'p' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    bool json = false, page = false;
    for (int c; (c = cmd_option(argc, argv, options, "settings")) != -1;) {
        switch (c) {
        case 'j':
            json = true;
            break;
        case 'p':
            page = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return cmd_usage("settings", "unexpected \"%s\"", argv[optind]);
    struct buf out = { 0 };
    if (page) {
        settings_page(&out);
        return print(&out);
    }
    struct arena arena;
    struct config config;
    arena_init(&arena, "settings", 4096);
    bool ok = cmd_settings(&config, &arena);
    if (ok)
        settings_list(&out, &config, json);
    arena_clear(&arena);
    return ok ? print(&out) : EXIT_REFUSED;
}
