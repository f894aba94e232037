#include "apps/completion.h"

#include <stdio.h>

#include "apps/pages.h"

/* What may follow an option, as told by the word that stands for its value. */
enum value_kind { VALUE_NONE, VALUE_ANY, VALUE_FILE, VALUE_FOLDER, VALUE_STRATEGY, VALUE_WORDS };

static enum value_kind kind_of(const char *value)
{
    struct str text = str_from(value);
    if (!text.len)
        return VALUE_NONE;
    if (strchr(value, '|'))
        return VALUE_WORDS;
    if (str_equal(text, STR("DIR")))
        return VALUE_FOLDER;
    if (str_equal(text, STR("STRATEGY")))
        return VALUE_STRATEGY;
    return str_starts_with(text, STR("FILE")) || str_starts_with(text, STR("PATH")) ? VALUE_FILE
                                                                                    : VALUE_ANY;
}

/* "a|b" as "a b". */
static void put_words(struct buf *out, const char *value)
{
    for (; *value; value++)
        if (*value != '.')
            buf_putc(out, *value == '|' ? ' ' : *value);
}

/* For single quotes of any of the three shells: what cannot stand there is left out. */
static void put_plain(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr("'\\[]:$`", text.ptr[i]))
            buf_putc(out, text.ptr[i]);
}

static void put_quoted(struct buf *out, struct str text)
{
    buf_putc(out, '\'');
    put_plain(out, text);
    buf_putc(out, '\'');
}

/* What is written while the pages go by. */
struct writing {
    struct buf *out, values; /* values: bash's table of what follows an option */
};

/* ---- bash ------------------------------------------------------------------------------------ */

static void bash_page(void *context, const struct command *command, const char *words,
                      struct str page)
{
    struct writing *w = context;
    struct page_option options[PAGE_OPTIONS_MAX];
    size_t count = page_options(page, options);
    /* A command's own page also holds for its verbs, unless each of them has one. */
    const char *star = command->own_pages || !command->verbs[0] ? "" : " *";
    buf_printf(w->out, "        '%s'%s) words='--help", words, *star ? "*" : "");
    for (size_t i = 0; i < count; i++)
        buf_printf(w->out, " %s", options[i].name);
    buf_puts(w->out, "' ;;\n");
    for (size_t i = 0; i < count; i++) {
        enum value_kind kind = kind_of(options[i].value);
        static const char *const what[] = { NULL, "none", "files", "folders", "strategies", NULL };
        if (kind == VALUE_NONE)
            continue;
        buf_printf(&w->values, "        '%s'%s' %s') ", words, *star ? "*" : "", options[i].name);
        if (kind == VALUE_WORDS) {
            buf_puts(&w->values, "words='");
            put_words(&w->values, options[i].value);
            buf_puts(&w->values, "' ;;\n");
        } else {
            buf_printf(&w->values, "what=%s ;;\n", what[kind]);
        }
    }
}

static void put_commands(struct buf *out)
{
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].text[0])
            buf_printf(out, "%s ", commands[i].name);
    buf_puts(out, "--help --version");
}

static enum err write_bash(struct buf *out)
{
    struct writing w = { .out = out };
    buf_puts(
        out,
        "# bash completion for ironfly, made by: ironfly completion bash\n"
        "_ironfly()\n"
        "{\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=${COMP_WORDS[1]} words= what=\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W '");
    put_commands(out);
    buf_puts(out, "' -- \"$cur\")\n"
                  "        return\n"
                  "    fi\n"
                  "    case $path in\n");
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].verbs[0])
            buf_printf(out, "    %s) words='%s --help' ;;\n", commands[i].name, commands[i].verbs);
    buf_puts(
        out,
        "    esac\n"
        "    if [ -n \"$words\" ]; then\n"
        "        if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "            [ \"$path\" = strategies ] && words=\"$words $(\"${COMP_WORDS[0]}\" strategies 2>/dev/null | cut -d' ' -f1)\"\n"
        "            mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
        "            return\n"
        "        fi\n"
        "        path=\"$path ${COMP_WORDS[2]}\" words=\n"
        "    fi\n"
        "    if [[ $cur == -* ]]; then\n"
        "        case $path in\n");
    enum err err = pages_each(bash_page, &w);
    buf_puts(out, "        esac\n"
                  "    else\n"
                  "        case \"$path $prev\" in\n");
    buf_append(out, w.values.ptr ? w.values.ptr : "", w.values.len);
    buf_free(&w.values);
    buf_puts(
        out,
        "        'backtest backtest'|'paper paper'|'strategies arm arm'|'jobs backtest backtest') what=strategies ;;\n"
        "        *) what=files ;;\n"
        "        esac\n"
        "    fi\n"
        "    case $what in\n"
        "    strategies) words=$(\"${COMP_WORDS[0]}\" strategies 2>/dev/null | cut -d' ' -f1)\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -f -- \"$cur\") ;;\n"
        "    files) compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
        "    folders) compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
        "    none) ;;\n"
        "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
        "    esac\n"
        "}\n"
        "complete -F _ironfly ironfly\n");
    return err;
}

/* ---- zsh ------------------------------------------------------------------------------------- */

static void zsh_page(void *context, const struct command *command, const char *words,
                     struct str page)
{
    struct writing *w = context;
    struct page_option options[PAGE_OPTIONS_MAX];
    size_t count = page_options(page, options);
    bool for_verbs = command->verbs[0] && !command->own_pages;
    buf_printf(w->out, "        '%s'%s) _arguments '--help[tell more]'", words,
               for_verbs ? "*" : "");
    for (size_t i = 0; i < count; i++) {
        static const char *const what[] = {
            "", ":value: ", ":file:_files", ":folder:_files -/", ":strategy:_ironfly_strategies", ""
        };
        enum value_kind kind = kind_of(options[i].value);
        buf_printf(w->out, " \\\n            '*%s[", options[i].name);
        put_plain(w->out, options[i].text);
        buf_putc(w->out, ']');
        if (kind == VALUE_WORDS) {
            buf_puts(w->out, ":value:(");
            put_words(w->out, options[i].value);
            buf_putc(w->out, ')');
        } else {
            buf_puts(w->out, what[kind]);
        }
        buf_putc(w->out, '\'');
    }
    bool takes_strategy = str_starts_with(str_from(command->arguments), STR("STRATEGY")) ||
                          strcmp(command->name, "strategies") == 0;
    buf_printf(w->out, " \\\n            '*:word:%s' ;;\n",
               takes_strategy ? "_ironfly_strategies" : "_files");
}

static enum err write_zsh(struct buf *out)
{
    struct writing w = { .out = out };
    buf_puts(out, "#compdef ironfly\n"
                  "# zsh completion for ironfly, made by: ironfly completion zsh\n"
                  "_ironfly_strategies()\n"
                  "{\n"
                  "    local -a names\n"
                  "    names=(${(f)\"$(ironfly strategies 2>/dev/null | cut -d' ' -f1)\"})\n"
                  "    compadd -a names\n"
                  "    _files\n"
                  "}\n"
                  "_ironfly()\n"
                  "{\n"
                  "    local -a commands verbs\n"
                  "    commands=(");
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].text[0]) {
            buf_printf(out, "\n        '%s:", commands[i].name);
            put_plain(out, str_from(commands[i].text));
            buf_putc(out, '\'');
        }
    buf_puts(out, ")\n"
                  "    if (( CURRENT == 2 )); then\n"
                  "        _describe command commands\n"
                  "        return\n"
                  "    fi\n"
                  "    case $words[2] in\n");
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].verbs[0])
            buf_printf(out, "    %s) verbs=(%s) ;;\n", commands[i].name, commands[i].verbs);
    buf_puts(out, "    esac\n"
                  "    local path=$words[2]\n"
                  "    if (( $#verbs )); then\n"
                  "        if (( CURRENT == 3 )); then\n"
                  "            compadd -a verbs\n"
                  "            return\n"
                  "        fi\n"
                  "        path=\"$path $words[3]\"\n"
                  "        shift words\n"
                  "        (( CURRENT-- ))\n"
                  "    fi\n"
                  "    shift words\n"
                  "    (( CURRENT-- ))\n"
                  "    case $path in\n");
    enum err err = pages_each(zsh_page, &w);
    buf_puts(out, "    esac\n"
                  "}\n"
                  "_ironfly \"$@\"\n");
    return err;
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void fish_page(void *context, const struct command *command, const char *words,
                      struct str page)
{
    struct writing *w = context;
    struct page_option options[PAGE_OPTIONS_MAX];
    size_t count = page_options(page, options);
    const char *verb = strchr(words, ' ');
    for (size_t i = 0; i < count; i++) {
        enum value_kind kind = kind_of(options[i].value);
        buf_printf(w->out, "complete -c ironfly -n '__fish_seen_subcommand_from %s", command->name);
        if (verb)
            buf_printf(w->out, "; and __fish_seen_subcommand_from%s", verb);
        buf_printf(w->out, "' -l %s", options[i].name + 2);
        if (kind == VALUE_WORDS) {
            buf_puts(w->out, " -xa '");
            put_words(w->out, options[i].value);
            buf_putc(w->out, '\'');
        } else if (kind == VALUE_FOLDER) {
            buf_puts(w->out, " -xa '(__fish_complete_directories)'");
        } else if (kind == VALUE_FILE || kind == VALUE_STRATEGY) {
            buf_puts(w->out, " -rF");
        } else if (kind == VALUE_ANY) {
            buf_puts(w->out, " -x");
        }
        if (options[i].text.len) {
            buf_puts(w->out, " -d ");
            put_quoted(w->out, options[i].text);
        }
        buf_putc(w->out, '\n');
    }
}

static enum err write_fish(struct buf *out)
{
    struct writing w = { .out = out };
    buf_puts(out, "# fish completion for ironfly, made by: ironfly completion fish\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        if (!c->text[0])
            continue;
        buf_printf(out, "complete -c ironfly -n __fish_use_subcommand -fa %s -d ", c->name);
        put_quoted(out, str_from(c->text));
        buf_putc(out, '\n');
        if (c->verbs[0])
            buf_printf(
                out,
                "complete -c ironfly -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from %s' -fa '%s'\n",
                c->name, c->verbs, c->verbs);
        if (str_starts_with(str_from(c->arguments), STR("STRATEGY")) ||
            strcmp(c->name, "strategies") == 0)
            buf_printf(
                out,
                "complete -c ironfly -n '__fish_seen_subcommand_from %s' -a \"(ironfly strategies 2>/dev/null | string replace -r ' .*' '')\"\n",
                c->name);
    }
    return pages_each(fish_page, &w);
}

enum err completion_write(struct buf *out, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        return write_bash(out);
    if (strcmp(shell, "zsh") == 0)
        return write_zsh(out);
    if (strcmp(shell, "fish") == 0)
        return write_fish(out);
    return err_set(ERR_USAGE, "there is no completion for \"%s\": bash, zsh or fish", shell);
}
