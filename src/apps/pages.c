#include "apps/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/cmd_remote.h"
#include "apps/cmd_server.h"

const struct command commands[] = {
#define COMMAND(name, run, verbs, own_pages, arguments, text)                                      \
    { name, run, verbs, own_pages, arguments, text },
#include "apps/commands.def"
#undef COMMAND
};
const size_t command_count = ARRAY_COUNT(commands);

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* ---- reading what a command prints ----------------------------------------------------------- */

NORETURN static void print_page(const struct command *command, const char *verb, int out)
{
    char help[] = "--help";
    char *words[] = { (char *)command->name, verb ? (char *)verb : help, verb ? help : NULL, NULL };
    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(EXIT_REFUSED);
    int status = command->run(verb ? 3 : 2, words);
    fflush(stdout);
    _exit(status);
}

enum err page_read(struct buf *out, const struct command *command, const char *verb)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0)
        return err_set(ERR_IO, "a pipe cannot be made: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        print_page(command, verb, ends[1]);
    }
    close(ends[1]);
    char bytes[4096];
    size_t before = out->len;
    for (ssize_t got; child > 0 && (got = read(ends[0], bytes, sizeof bytes)) > 0;)
        buf_append(out, bytes, (size_t)got);
    close(ends[0]);
    int status = -1;
    if (child > 0)
        waitpid(child, &status, 0);
    return status == 0 && out->len > before
               ? ERR_OK
               : err_set(ERR_IO, "ironfly %s%s%s --help printed nothing", command->name,
                         verb ? " " : "", verb ? verb : "");
}

static enum err visit_page(const struct command *command, const char *verb,
                           void (*visit)(void *, const struct command *, const char *, struct str),
                           void *context)
{
    struct buf page = { 0 }, words = { 0 };
    buf_printf(&words, "%s%s%s", command->name, verb ? " " : "", verb ? verb : "");
    enum err err = page_read(&page, command, verb);
    if (!err)
        visit(context, command, words.ptr, buf_str(&page));
    buf_free(&page);
    buf_free(&words);
    return err;
}

enum err pages_each(void (*visit)(void *, const struct command *, const char *, struct str),
                    void *context)
{
    enum err err = ERR_OK;
    for (size_t i = 0; !err && i < command_count; i++) {
        const struct command *c = &commands[i];
        if (!c->text[0])
            continue;
        err = visit_page(c, NULL, visit, context);
        struct str rest = str_from(c->verbs), word;
        while (!err && c->own_pages && str_cut(&rest, ' ', &word)) {
            char verb[32];
            snprintf(verb, sizeof verb, "%.*s", STR_ARG(word));
            err = visit_page(c, verb, visit, context);
        }
    }
    return err;
}

/* ---- options of a page ----------------------------------------------------------------------- */

static bool is_option_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* "--from D" at the start of *rest, cut off; false when none begins there. */
static bool cut_option(struct str *rest, struct page_option *out)
{
    if (!str_starts_with(*rest, STR("--")) || rest->len < 3 || !is_option_char(rest->ptr[2]))
        return false;
    size_t n = 2;
    while (n < rest->len && is_option_char(rest->ptr[n]))
        n++;
    snprintf(out->name, sizeof out->name, "%.*s", (int)n, rest->ptr);
    *rest = str_slice(*rest, n, rest->len);
    out->value[0] = '\0';
    /* One space and a word is its value; two are the gap before the text. */
    if (rest->len > 1 && (rest->ptr[0] == ' ' || rest->ptr[0] == '=') &&
        !strchr(" -[]", rest->ptr[1])) {
        size_t end = 1;
        while (end < rest->len && !strchr(" ],", rest->ptr[end]))
            end++;
        snprintf(out->value, sizeof out->value, "%.*s", (int)(end - 1), rest->ptr + 1);
        *rest = str_slice(*rest, end, rest->len);
    }
    return true;
}

static void keep(struct page_option *out, size_t *count, const struct page_option *one)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(out[i].name, one->name) == 0) {
            if (!out[i].text.len) /* a usage line comes first and says less */
                out[i] = *one;
            return;
        }
    if (*count < PAGE_OPTIONS_MAX && strcmp(one->name, "--help") != 0)
        out[(*count)++] = *one;
}

static void read_usage(struct str line, struct page_option *out, size_t *count)
{
    while (line.len) {
        struct page_option one = { .text = { NULL, 0 } };
        if (cut_option(&line, &one))
            keep(out, count, &one);
        else
            line = str_slice(line, 1, line.len);
    }
}

static void read_option_line(struct str line, struct page_option *out, size_t *count)
{
    struct page_option found[8];
    size_t n = 0;
    line = str_trim(line);
    while (n < ARRAY_COUNT(found) && cut_option(&line, &found[n])) {
        n++;
        if (!str_starts_with(line, STR(", ")))
            break;
        line = str_slice(line, 2, line.len);
    }
    for (size_t i = 0; i < n; i++) {
        found[i].text = str_trim(line);
        keep(out, count, &found[i]);
    }
}

/* "share    cross a part of the spread": a word of its own in the text of an option is one of its
 * values. */
static void read_choice(struct str text, struct page_option *option)
{
    size_t n = 0;
    while (n < text.len && ((text.ptr[n] >= 'a' && text.ptr[n] <= 'z') || text.ptr[n] == '-'))
        n++;
    if (n < 2 || !str_starts_with(str_slice(text, n, 2), STR("  ")))
        return;
    bool has_any = strpbrk(option->value, "abcdefghijklmnopqrstuvwxyz") != NULL;
    struct buf value = { 0 };
    buf_printf(&value, "%s%s%.*s", has_any ? option->value : "", has_any ? "|" : "", (int)n,
               text.ptr);
    snprintf(option->value, sizeof option->value, "%s", value.ptr);
    buf_free(&value);
}

size_t page_options(struct str page, struct page_option out[PAGE_OPTIONS_MAX])
{
    size_t count = 0;
    bool is_last = false; /* the last option goes on in the next line */
    struct str line;
    while (str_cut(&page, '\n', &line)) {
        if (str_starts_with(line, STR("usage: ")) || str_starts_with(line, STR("       ironfly ")))
            read_usage(line, out, &count);
        else if (str_starts_with(line, STR("  --"))) {
            read_option_line(line, out, &count);
            is_last = count > 0 && out[count - 1].value[0];
            if (is_last)
                read_choice(out[count - 1].text, &out[count - 1]);
        } else if (is_last && str_starts_with(line, STR("          "))) {
            read_choice(str_trim(line), &out[count - 1]);
        } else {
            is_last = false;
        }
    }
    return count;
}

/* ---- the first page -------------------------------------------------------------------------- */

void pages_overview(struct buf *out)
{
    buf_puts(out, "Ironfly: an options trading desk.\n"
                  "\n"
                  "usage: ironfly COMMAND ...        ironfly COMMAND --help tells more\n"
                  "\n");
    for (size_t i = 0; i < command_count; i++) {
        char words[128];
        if (!commands[i].text[0])
            continue;
        snprintf(words, sizeof words, "%s %s", commands[i].name, commands[i].arguments);
        buf_printf(out, "  %-33s%s%s\n", words, strlen(words) < 33 ? "" : "  ", commands[i].text);
    }
    buf_puts(out, "\n"
                  "  --version, --help\n"
                  "\n"
                  "first steps\n"
                  "  ironfly data sample --store sample\n"
                  "  ironfly backtest iron_condor --store sample --report report.html\n"
                  "\n"
                  "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n");
}
