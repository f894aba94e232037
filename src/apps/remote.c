#include "apps/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "base/zone.h"
#include "net/http_client.h"

enum { OWN_MAX = 24, TOKEN_BYTES = 256, PAGE_MAX = 500 };

/* ---- the command line ------------------------------------------------------------------------ */

static enum err read_token_file(struct remote *r, const char *path)
{
    char text[TOKEN_BYTES];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(ERR_NOT_FOUND, "the token file %s cannot be read: %s", path,
                       strerror(errno));
    ssize_t len = read(fd, text, sizeof text - 1);
    bool open_to_all = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 077;
    close(fd);
    if (open_to_all)
        return err_set(ERR_REFUSED, "others may read the token file %s: chmod 600 %s", path, path);
    struct str token = str_trim((struct str){ text, len > 0 ? (size_t)len : 0 });
    if (!token.len)
        return err_set(ERR_PARSE, "the token file %s is empty", path);
    r->token = arena_strndup(&r->arena, token.ptr, token.len);
    return ERR_OK;
}

/* What was not said on the command line comes from the settings. */
static enum err complete(struct remote *r)
{
    struct config config;
    if (!cmd_settings(&config, &r->arena))
        return ERR_CANCELLED; /* it has said why */
    if (!r->server)
        r->server = config_text(&config, CONFIG_SERVER_URL);
    const char *ca_file = config_text(&config, CONFIG_SERVER_CA_FILE);
    r->ca_file = *ca_file ? ca_file : NULL;
    const char *token = config_text(&config, CONFIG_SERVER_TOKEN),
               *file = config_text(&config, CONFIG_SERVER_TOKEN_FILE);
    if (r->token_file)
        return read_token_file(r, r->token_file);
    if (*token)
        r->token = token;
    else if (*file)
        return read_token_file(r, file);
    return ERR_OK;
}

static bool take(struct remote *r, int option, const char *value)
{
    switch (option) {
    case 's':
        r->server = value;
        return true;
    case 't':
        r->token_file = value;
        return true;
    case 'j':
        r->json = true;
        return true;
    case 'y':
        r->yes = true;
        return true;
    case 'l':
        if (str_to_int64(str_from(value), &r->last) && r->last >= 1 && r->last <= 100000)
            return true;
        cmd_usage(r->words, "--last \"%s\" is not a whole number from 1 to 100000", value);
        return false;
    default:
        return false;
    }
}

int remote_parse(struct remote *r, const char *words, const char *help, int argc, char **argv,
                 const struct option *own,
                 bool (*on_option)(void *context, int option, const char *value), void *context)
{
    struct option options[OWN_MAX + 8] = {
        { "server", required_argument, NULL, 's' }, { "token-file", required_argument, NULL, 't' },
        { "json", no_argument, NULL, 'j' },         { "yes", no_argument, NULL, 'y' },
        { "last", required_argument, NULL, 'l' },   { "help", no_argument, NULL, 'h' }
    };
    size_t count = 6;
    for (; own && own->name; own++) {
        MUST(count < ARRAY_COUNT(options) - 1);
        options[count++] = *own;
    }
    *r = (struct remote){ .words = words };
    arena_init(&r->arena, "run", 0);
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            arena_clear(&r->arena);
            return EXIT_DONE + 1;
        }
        if (c == '?' || !(c >= 1000 ? on_option(context, c, optarg) : take(r, c, optarg))) {
            arena_clear(&r->arena);
            return EXIT_USAGE + 1;
        }
    }
    for (; optind < argc && r->name_count < REMOTE_WORDS_MAX; optind++)
        r->names[r->name_count++] = argv[optind];
    enum err err = zone_init();
    if (!err)
        err = complete(r);
    if (!err)
        return 0;
    int status = err == ERR_CANCELLED ? EXIT_REFUSED : cmd_fail(err);
    arena_clear(&r->arena);
    return status + 1;
}

/* ---- requests -------------------------------------------------------------------------------- */

static const char token_advice[] =
    "make a personal token on the page (Settings) or with `ironfly user token`, and name it with --token-file or "
    "IRONFLY_SERVER_TOKEN";

/* One line of what the server says is wrong. */
static enum err problem_of(const struct http_reply *reply, const json_t *json)
{
    const char *detail = remote_text(json, "detail"), *code = remote_text(json, "code");
    enum err kind = reply->status == 404   ? ERR_NOT_FOUND
                    : reply->status == 503 ? ERR_IO
                                           : ERR_REFUSED;
    if (reply->status == 401)
        return err_set(ERR_REFUSED,
                       "the server does not know this token (401): it has run out or was ended; %s",
                       token_advice);
    struct buf text = { 0 };
    buf_printf(&text, "the server says no (%d%s%s)", reply->status, *code ? ", " : "", code);
    if (*detail)
        buf_printf(&text, ": %s", detail);
    size_t i;
    json_t *field;
    json_array_foreach (json_object_get(json, "errors"), i, field)
        buf_printf(&text, "; %s: %s", remote_text(field, "at"), remote_text(field, "text"));
    if (*remote_text(json, "request_id"))
        buf_printf(&text, " [request %s]", remote_text(json, "request_id"));
    err_set(kind, "%s", text.ptr);
    buf_free(&text);
    return kind;
}

static enum err read_reply(struct remote *r, const struct http_reply *reply, const json_t **out)
{
    json_error_t where;
    json_t *json = reply->body.len ? json_loadb(reply->body.ptr, reply->body.len,
                                                JSON_REJECT_DUPLICATES, &where)
                                   : NULL;
    if (json && r->kept_count ==
                    REMOTE_KEPT_MAX) /* a command makes few requests, but for pages of a list */
        json_decref(r->kept[--r->kept_count]);
    if (json)
        r->kept[r->kept_count++] = json;
    if (reply->status >= 400)
        return problem_of(reply, json);
    if (reply->status < 200 || reply->status >= 300 || (reply->body.len && !json))
        return err_set(
            ERR_PARSE,
            "%s answers, but not as Ironfly does (status %d, %s): is it another program?",
            r->server, reply->status, reply->type[0] ? reply->type : "no type");
    if (out)
        *out = json;
    return ERR_OK;
}

enum err remote_send(struct remote *r, const char *method, const char *path, json_t *body,
                     const char *once, const json_t **out)
{
    if (out)
        *out = NULL;
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (!r->token) {
        free(text);
        return err_set(ERR_REFUSED, "there is no token for %s: %s", r->server, token_advice);
    }
    struct str server = str_trim_right(str_from(r->server));
    while (server.len && server.ptr[server.len - 1] == '/')
        server.len--;
    struct http_call call = { .url = arena_printf(&r->arena, "%.*s%s", STR_ARG(server), path),
                              .method = method,
                              .bearer = r->token,
                              .body = str_from(text),
                              .once = once,
                              .ca_file = r->ca_file };
    struct http_reply reply;
    enum err err = http_call(&reply, &call);
    free(text);
    if (err == ERR_NOT_FOUND)
        return err_set(
            ERR_NOT_FOUND,
            "no server answers at %s (%s): start one with `ironfly serve`, or name it with --server",
            r->server, err_detail());
    if (!err)
        err = read_reply(r, &reply, out);
    http_reply_free(&reply);
    return err;
}

enum err remote_get(struct remote *r, const char *path, const json_t **out)
{
    return remote_send(r, "GET", path, NULL, NULL, out);
}

enum err remote_list(struct remote *r, const char *path, int64_t most, const json_t **out)
{
    json_t *all = json_array();
    if (r->last)
        most = r->last;
    const char *next = NULL;
    enum err err = ERR_OK;
    do {
        const json_t *page;
        int64_t want = most - (int64_t)json_array_size(all);
        err = remote_get(r,
                         arena_printf(&r->arena, "%s%climit=%" PRId64 "%s%s", path,
                                      strchr(path, '?') ? '&' : '?',
                                      want < PAGE_MAX ? want : PAGE_MAX, next ? "&after=" : "",
                                      next ? next : ""),
                         &page);
        if (err)
            break;
        json_array_extend(all, json_object_get(page, "items"));
        next = remote_has(page, "next") ? arena_strdup(&r->arena, remote_text(page, "next")) : NULL;
    } while (next && (int64_t)json_array_size(all) < most);
    if (err) {
        json_decref(all);
        return err;
    }
    if (r->kept_count == REMOTE_KEPT_MAX)
        json_decref(r->kept[--r->kept_count]);
    r->kept[r->kept_count++] = all;
    *out = all;
    return ERR_OK;
}

void remote_print(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
}

bool remote_confirm(const struct remote *r, const char *question)
{
    char line[64];
    if (r->yes)
        return true;
    if (!isatty(0)) {
        fprintf(stderr, "ironfly: %s Say --yes to do it without being asked\n", question);
        return false;
    }
    fprintf(stderr, "%s [yes/no] ", question);
    if (fgets(line, sizeof line, stdin) && str_is(str_trim(str_from(line)), "yes"))
        return true;
    fputs("ironfly: nothing was done\n", stderr);
    return false;
}

int remote_close(struct remote *r, enum err err)
{
    int status = err ? cmd_fail(err) : EXIT_DONE;
    while (r->kept_count)
        json_decref(r->kept[--r->kept_count]);
    arena_clear(&r->arena);
    return status;
}

/* ---- members of answers ---------------------------------------------------------------------- */

const char *remote_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t remote_whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool remote_has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value);
}

/* 1234567.8 as 1,234,567.80. */
static const char *with_commas(struct remote *r, double value, int decimals)
{
    char plain[64], out[96];
    int len = snprintf(plain, sizeof plain, "%.*f", decimals, value);
    if (strspn(plain, "-0.") == (size_t)len) /* no negative zero */
        len = snprintf(plain, sizeof plain, "%.*f", decimals, 0.0);
    int digits = (int)strcspn(plain, "."), from = plain[0] == '-', n = 0;
    for (int i = 0; i < len; i++) {
        if (i > from && i < digits && (digits - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = plain[i];
    }
    return arena_strndup(&r->arena, out, (size_t)n);
}

const char *remote_money(struct remote *r, const json_t *object, const char *key)
{
    return remote_has(object, key) ? with_commas(r, (double)remote_whole(object, key) / 1e6, 2)
                                   : "-";
}

const char *remote_number(struct remote *r, const json_t *object, const char *key, int decimals)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? with_commas(r, json_number_value(value), decimals) : "-";
}

const char *remote_time(struct remote *r, const json_t *object, const char *key)
{
    int64_t ts_ns = remote_whole(object, key);
    if (!ts_ns)
        return "-";
    char text[TS_TEXT_BYTES];
    ts_format_iso(text, ZONE_NEW_YORK, ts_ns);
    return arena_printf(&r->arena, "%.10s %.8s", text, text + 11);
}

/* ---- tables ---------------------------------------------------------------------------------- */

void table_begin(struct table *t, struct arena *arena, int columns, const char *const titles[])
{
    MUST(columns <= TABLE_COLUMNS_MAX);
    *t = (struct table){ .arena = arena, .columns = columns };
    for (int c = 0; c < columns; c++)
        t->titles[c] = titles[c];
}

void table_row(struct table *t, const char *const cells[])
{
    t->cells = mem_grow(t->cells, &t->capacity, t->count + (size_t)t->columns, sizeof *t->cells);
    for (int c = 0; c < t->columns; c++)
        t->cells[t->count++] = cells[c] ? cells[c] : "";
}

/* Characters, not bytes; what could steer the terminal is no character. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void print_cell(const char *text, int width, bool right, bool last)
{
    int pad = width - width_of(text);
    for (int i = 0; right && i < pad; i++)
        putchar(' ');
    for (; *text; text++)
        putchar((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text);
    for (int i = 0; !right && !last && i < pad; i++)
        putchar(' ');
    fputs(last ? "\n" : "  ", stdout);
}

void table_print(struct table *t, const char *none)
{
    int widths[TABLE_COLUMNS_MAX] = { 0 };
    size_t columns = (size_t)t->columns;
    if (!t->count)
        puts(none);
    for (size_t c = 0; c < columns; c++)
        widths[c] = width_of(t->titles[c] + (t->titles[c][0] == '>'));
    for (size_t i = 0; i < t->count; i++)
        if (width_of(t->cells[i]) > widths[i % columns])
            widths[i % columns] = width_of(t->cells[i]);
    for (size_t c = 0; t->count && c < columns; c++)
        print_cell(t->titles[c] + (t->titles[c][0] == '>'), widths[c], t->titles[c][0] == '>',
                   c + 1 == columns);
    for (size_t i = 0; i < t->count; i++)
        print_cell(t->cells[i], widths[i % columns], t->titles[i % columns][0] == '>',
                   (i + 1) % columns == 0);
    mem_free(t->cells);
}

/* ---- lists as tables ------------------------------------------------------------------------- */

void remote_table_of(struct remote *r, const struct remote_view *view, const json_t *items)
{
    struct table t;
    table_begin(&t, &r->arena, view->columns, view->titles);
    size_t i;
    const json_t *item;
    json_array_foreach (items, i, item) {
        const char *cells[TABLE_COLUMNS_MAX] = { NULL };
        if (view->row(r, item, view->context, cells))
            table_row(&t, cells);
    }
    table_print(&t, view->none);
}

enum err remote_table(struct remote *r, const struct remote_view *view)
{
    const json_t *items;
    enum err err = remote_list(r, view->path, view->most, &items);
    if (err)
        return err;
    if (r->json)
        remote_print(items);
    else
        remote_table_of(r, view, items);
    return ERR_OK;
}

const char *remote_count(struct remote *r, const json_t *object, const char *key)
{
    return arena_printf(&r->arena, "%" PRId64, remote_whole(object, key));
}
