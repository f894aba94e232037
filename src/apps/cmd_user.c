#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "base/clock.h"
#include "apps/cmd_server.h"
#include "services/accounts/accounts.h"

static const char words[] = "user";

static const char help[] =
    "usage: ironfly user list --data DIR\n"
    "       ironfly user add LOGIN --data DIR [--role admin|trader|viewer]\n"
    "       ironfly user password LOGIN --data DIR      a new password; ends sessions and tokens\n"
    "       ironfly user role LOGIN ROLE --data DIR\n"
    "       ironfly user disable|enable LOGIN --data DIR\n"
    "       ironfly user totp-clear LOGIN --data DIR    for somebody who lost the app\n"
    "       ironfly user token LOGIN NAME --data DIR [--scopes LIST] [--days N]\n"
    "                                                   a personal token, printed this once\n"
    "\n"
    "  --scopes LIST   permissions with commas between (default: what LOGIN may of market:read, desk:read, research:run,\n"
    "                  trade:paper and system:read)\n"
    "  --days N        it runs out after (default 90)\n"
    "\n"
    "Works beside a running server. Passwords are read from standard input, never from the command line.\n";

struct desk { /* what every word needs */
    struct arena arena;
    struct db *db;
    struct accounts accounts;
    struct actor actor;
    char peer[64];
};

static enum err open_desk(struct desk *d, const char *data)
{
    const char *path = arena_printf(&d->arena, "%s/ironfly.db", data);
    const struct passwd *who = getpwuid(getuid());
    snprintf(d->peer, sizeof d->peer, "terminal:%s", who ? who->pw_name : "?");
    d->actor = (struct actor){ "", d->peer, "", "ironfly user", clock_wall_ns() };
    if (access(path, F_OK) != 0)
        return err_set(ERR_NOT_FOUND, "%s is not there: is %s the data folder of a server?", path,
                       data);
    enum err err = db_open(&d->db, path);
    return err ? err : accounts_open(&d->accounts, d->db, data, password_cost_default);
}

/* One line of standard input, unseen on a terminal. */
static enum err read_password(struct arena *arena, struct str *out)
{
    struct termios old, quiet;
    char line[1024];
    bool is_terminal = isatty(0) && tcgetattr(0, &old) == 0;
    if (is_terminal) {
        fputs("password: ", stderr);
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(0, TCSAFLUSH, &quiet);
    }
    bool got = fgets(line, sizeof line, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(0, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    size_t len = got ? strcspn(line, "\r\n") : 0;
    *out = (struct str){ arena_strndup(arena, line, len), len };
    return len ? ERR_OK : err_set(ERR_USAGE, "no password came on standard input");
}

static enum err find(struct desk *d, const char *login, struct db_user *out)
{
    enum err err = db_user_find(d->db, &d->arena, str_from(login), out);
    return err == ERR_NOT_FOUND
               ? err_set(err, "there is no user \"%s\"; see: ironfly user list", login)
               : err;
}

static enum err list(struct desk *d)
{
    const char *after = NULL;
    for (;;) {
        struct db_user *users;
        size_t count;
        enum err err =
            db_user_list(d->db, &d->arena, (struct db_page){ after, 200 }, &users, &count);
        if (err || !count)
            return err;
        for (size_t i = 0; i < count; i++)
            printf("%-24s %-8s %s%s\n", users[i].login, users[i].role,
                   users[i].disabled_ns ? "disabled " : "",
                   users[i].totp_confirmed ? "second factor" : "");
        after = users[count - 1].id;
    }
}

static enum err add(struct desk *d, const char *login, const char *role)
{
    struct str password;
    enum err err = read_password(&d->arena, &password);
    return err ? err
               : accounts_add_user(&d->accounts, d->db, &d->actor, str_from(login), password, role,
                                   NULL);
}

static enum err new_password(struct desk *d, const struct db_user *user)
{
    struct str password;
    enum err err = read_password(&d->arena, &password);
    return err ? err
               : accounts_set_password(&d->accounts, d->db, &d->actor, user->id, password, "");
}

struct given { /* the options */
    const char *data, *role, *scopes;
    int64_t days;
};

/* What the role allows, as bits. */
static enum err permissions_of(struct desk *d, const char *role, uint64_t *out)
{
    const char **names;
    size_t count;
    struct buf text = { 0 };
    enum err err = db_role_permissions(d->db, &d->arena, role, &names, &count);
    for (size_t i = 0; !err && i < count; i++)
        buf_printf(&text, "%s%s", i ? " " : "", names[i]);
    if (!err && !permissions_parse(buf_str(&text), out))
        err = ERR_PARSE;
    buf_free(&text);
    return err;
}

static enum err new_token(struct desk *d, const struct db_user *user, const char *name,
                          const struct given *g)
{
    struct identity who = { .has_totp = false };
    uint64_t scopes = 0;
    char id[DB_ID_BYTES], token[PERSONAL_TOKEN_BYTES];
    snprintf(who.user_id, sizeof who.user_id, "%s", user->id);
    enum err err = permissions_of(d, user->role, &who.permissions);
    if (err)
        return err;
    char *list = arena_strdup(
        &d->arena,
        g->scopes ? g->scopes : "market:read desk:read research:run trade:paper system:read");
    for (char *c = list; *c; c++)
        if (*c == ',')
            *c = ' ';
    if (!permissions_parse(str_from(list), &scopes))
        return ERR_USAGE;
    if (!g->scopes)
        scopes &= who.permissions;
    d->actor.user_id = user->id;
    err = accounts_add_token(&d->accounts, d->db, &d->actor, &who, str_from(name), scopes,
                             d->actor.now_ns + g->days * 86400 * INT64_C(1000000000), id, token);
    if (!err)
        puts(token);
    return err;
}

static enum err run(struct desk *d, const char *verb, char **names, const struct given *g)
{
    struct db_user user;
    if (strcmp(verb, "list") == 0)
        return list(d);
    if (strcmp(verb, "add") == 0)
        return add(d, names[0], g->role);
    enum err err = find(d, names[0], &user);
    if (err)
        return err;
    if (strcmp(verb, "password") == 0)
        return new_password(d, &user);
    if (strcmp(verb, "token") == 0)
        return new_token(d, &user, names[1], g);
    if (strcmp(verb, "role") == 0)
        return accounts_set_role(&d->accounts, d->db, &d->actor, user.id, names[1]);
    if (strcmp(verb, "totp-clear") == 0)
        return accounts_clear_totp(&d->accounts, d->db, &d->actor, user.id);
    return accounts_set_disabled(&d->accounts, d->db, &d->actor, user.id,
                                 strcmp(verb, "disable") == 0);
}

/* How many names follow a verb; -1: it is none. */
static int names_of(const char *verb)
{
    static const struct {
        const char *verb;
        int names;
    } verbs[] = { { "list", 0 },    { "add", 1 },    { "password", 1 },   { "role", 2 },
                  { "disable", 1 }, { "enable", 1 }, { "totp-clear", 1 }, { "token", 2 } };
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (strcmp(verb, verbs[i].verb) == 0)
            return verbs[i].names;
    return -1;
}

int cmd_user(int argc, char **argv)
{
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },   { "role", required_argument, NULL, 'r' },
        { "scopes", required_argument, NULL, 's' }, { "days", required_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 }
    };
    struct given g = { .role = "trader", .days = 90 };
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 'd':
            g.data = optarg;
            break;
        case 'r':
            g.role = optarg;
            break;
        case 's':
            g.scopes = optarg;
            break;
        case 'n':
            if (!str_to_int64(str_from(optarg), &g.days) || g.days < 1 || g.days > 3650)
                return cmd_usage(words, "--days \"%s\" is not a whole number from 1 to 3650",
                                 optarg);
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    int names = optind < argc ? names_of(argv[optind]) : -1;
    if (names < 0)
        return cmd_usage(
            words,
            "the verb is none of list, add, password, role, disable, enable, totp-clear, token");
    if (argc - optind - 1 != names)
        return cmd_usage(words, "%s needs %d name%s", argv[optind], names, names == 1 ? "" : "s");
    if (!g.data)
        return cmd_usage(words, "--data is missing: the data folder of the server");
    struct desk d = { .db = NULL };
    arena_init(&d.arena, "run", 4096);
    enum err err = open_desk(&d, g.data);
    if (!err)
        err = run(&d, argv[optind], argv + optind + 1, &g);
    int status = err ? cmd_fail(err) : EXIT_DONE;
    db_close(d.db);
    keys_forget(&d.accounts.keys);
    arena_clear(&d.arena);
    return status;
}
