#include <stdio.h>

#include "adapters/store/store.h"
#include "apps/cmd.h"
#include "base/zone.h"
#include "services/report/page.h"
#include "services/view/view.h"

/* "ironfly chain" and "ironfly surface": the same words, another picture. */
struct look {
    const char *words; /* the command's name */
    bool is_surface;
    const char *store, *symbol, *html;
    int64_t at;
    bool json;
    struct view_show show;
};

static void print_help(const struct look *look)
{
    printf("usage: ironfly %s SYMBOL [--store DIR] [--at WHEN] [options]\n\n", look->words);
    puts(look->is_surface
             ? "Show the vol surface of a symbol, fitted to the quotes in a store at a moment."
             : "Show the option chain of a symbol as it stood in a store at a moment.");
    puts("\n"
         "  --at WHEN      2024-06-17 (the end of that day) or 2024-06-17T15:45, New York;\n"
         "                 default: the last moment there is\n"
         "  --expiry D     the expiry to show; default: the first one after today\n"
         "  --strikes N    so many strikes around the forward, 0 all; default 21\n"
         "  --json         everything as JSON\n"
         "  --html FILE    a page with smiles, term structure, surface and the chain");
}

static enum err write_page(const struct look *look, const struct view *view, struct arena *arena)
{
    struct buf page = { 0 };
    enum err err = view_html(&page, view, view_surface(view, arena), &look->show);
    if (!err)
        err = page_write(look->html, buf_str(&page));
    if (!err)
        printf("%s: %zu expiries of %s\n", look->html, view->count, view->symbol);
    buf_free(&page);
    return err;
}

static enum err print_json(const struct look *look, const struct view *view, struct arena *arena)
{
    struct buf out = { 0 };
    enum err err = ERR_OK;
    if (look->is_surface)
        view_json_surface(&out, view, view_surface(view, arena));
    else
        err = view_json_chain(&out, view, &look->show);
    if (!err)
        fwrite(out.ptr, 1, out.len, stdout);
    buf_free(&out);
    return err;
}

static enum err print_text(const struct look *look, const struct view *view, struct arena *arena)
{
    if (!look->is_surface)
        return view_terminal_chain(stdout, view, &look->show);
    view_terminal_surface(stdout, view, view_surface(view, arena));
    return ERR_OK;
}

static enum err run(const struct look *look, struct arena *arena)
{
    struct store *store = NULL;
    struct view view;
    enum err err = zone_init();
    if (!err && look->html)
        err = page_check(look->html);
    if (!err)
        err = store_open(&store, look->store);
    if (!err)
        err = view_load(&view, arena, store, look->symbol, look->at);
    if (!err && look->html)
        err = write_page(look, &view, arena);
    else if (!err)
        err = (look->json ? print_json : print_text)(look, &view, arena);
    if (!err && fflush(stdout) != 0)
        err = err_set(ERR_IO, "standard output takes no more");
    store_close(store);
    return err;
}

static int look_at(struct look *look, int argc, char **argv)
{
    static const struct option options[] = {
        { "store", required_argument, NULL, 's' },  { "at", required_argument, NULL, 'a' },
        { "expiry", required_argument, NULL, 'e' }, { "strikes", required_argument, NULL, 'n' },
        { "json", no_argument, NULL, 'j' },         { "html", required_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 }
    };
    look->at = TS_NONE;
    look->show.strikes = 21;
    for (int c; (c = cmd_option(argc, argv, options, look->words)) != -1;) {
        bool ok = true;
        uint64_t number = 0;
        switch (c) {
        case 's':
            look->store = optarg;
            break;
        case 'a':
            if (view_when_parse(optarg, &look->at))
                return cmd_usage(look->words, "--at %s", err_detail());
            break;
        case 'e':
            ok = cmd_date(look->words, "--expiry", optarg, &look->show.expiry);
            break;
        case 'n':
            ok = cmd_seed(look->words, "--strikes", optarg, &number);
            look->show.strikes = (size_t)number;
            break;
        case 'j':
            look->json = true;
            break;
        case 'p':
            look->html = optarg;
            break;
        case 'h':
            print_help(look);
            return EXIT_DONE;
        default:
            ok = false;
        }
        if (!ok)
            return EXIT_USAGE;
    }
    if (optind + 1 != argc)
        return cmd_usage(look->words, optind == argc ? "no symbol is named, such as SPY"
                                                     : "more than one symbol is named");
    if (look->json && look->html)
        return cmd_usage(look->words, "--json and --html together");
    look->symbol = argv[optind];
    struct arena arena;
    arena_init(&arena, look->words, 1 << 20);
    struct config config;
    int status = EXIT_REFUSED;
    if (cmd_settings(&config, &arena)) {
        look->store = cmd_store(look->words, look->store, &config);
        enum err err = look->store ? run(look, &arena) : ERR_OK;
        status = !look->store ? EXIT_USAGE : err ? cmd_fail(err) : EXIT_DONE;
    }
    arena_clear(&arena);
    return status;
}

int cmd_chain(int argc, char **argv)
{
    return look_at(&(struct look){ .words = "chain" }, argc, argv);
}

int cmd_surface(int argc, char **argv)
{
    return look_at(&(struct look){ .words = "surface", .is_surface = true }, argc, argv);
}
