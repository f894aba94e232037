#include "adapters/import/lean_name.h"

#include "base/date.h"

static const char *const security_names[] = { "equity",      "index",  "option",
                                              "indexoption", "future", "futureoption" };
static const char *const resolution_names[] = { "minute", "hour", "daily" };
static const char *const tick_names[] = { "trade", "quote", "openinterest" };
_Static_assert(ARRAY_COUNT(security_names) == LEAN_SECURITY_COUNT, "one name each");
_Static_assert(ARRAY_COUNT(resolution_names) == LEAN_RESOLUTION_COUNT, "one name each");
_Static_assert(ARRAY_COUNT(tick_names) == LEAN_TICK_COUNT, "one name each");

const char *lean_security_name(enum lean_security security)
{
    return security_names[security];
}

const char *lean_resolution_name(enum lean_resolution resolution)
{
    return resolution_names[resolution];
}

const char *lean_tick_name(enum lean_tick tick)
{
    return tick_names[tick];
}

/* The index of text among names, or -1. */
static int find_name(struct str text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (str_is(text, names[i]))
            return i;
    return -1;
}

static bool read_symbol(struct str text, char out[LEAN_SYMBOL_BYTES])
{
    if (text.len == 0 || text.len >= LEAN_SYMBOL_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              ((c == '.' || c == '-') && i > 0)))
            return false;
    }
    memset(out, 0, LEAN_SYMBOL_BYTES);
    memcpy(out, text.ptr, text.len);
    return true;
}

enum err lean_path_locate(struct lean_path *out, struct str path, size_t *root_len)
{
    for (size_t at = 0; at < path.len; at++) {
        if (at > 0 && path.ptr[at - 1] != '/')
            continue;
        struct lean_path found;
        enum err err = lean_path_parse(&found, str_slice(path, at, path.len - at));
        if (!err && found.kind == LEAN_FILE_OTHER)
            continue;
        if (err)
            return err;
        *root_len = at;
        *out = found;
        return ERR_OK;
    }
    *out = (struct lean_path){ .kind = LEAN_FILE_OTHER };
    *root_len = 0;
    return ERR_OK;
}

void lean_symbol_upper(char out[LEAN_SYMBOL_BYTES], const char *symbol)
{
    memset(out, 0, LEAN_SYMBOL_BYTES);
    for (size_t i = 0; symbol[i] && i + 1 < LEAN_SYMBOL_BYTES; i++) {
        char c = symbol[i];
        out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
}

static bool read_digits(struct str text, size_t len_max, int64_t *out)
{
    if (text.len == 0 || text.len > len_max || text.ptr[0] == '-')
        return false;
    return str_to_int64(text, out);
}

static bool read_date(struct str text, int32_t *out)
{
    int64_t value;
    if (text.len != 8 || !read_digits(text, 8, &value) || !date_is_valid((int32_t)value))
        return false;
    *out = (int32_t)value;
    return true;
}

static bool read_style(struct str text, char *out)
{
    if (str_is(text, "american"))
        *out = STYLE_AMERICAN;
    else if (str_is(text, "european"))
        *out = STYLE_EUROPEAN;
    else
        return false;
    return true;
}

static bool cut_ending(struct str *name, struct str ending)
{
    if (!str_ends_with(*name, ending) || name->len == ending.len)
        return false;
    name->len -= ending.len;
    return true;
}

static bool cut_zip(struct str *name)
{
    if (!cut_ending(name, STR(".zip")))
        return false;
    cut_ending(name, STR(".zip")); /* some files of the origin say it twice */
    return true;
}

static enum err refuse(struct str path, const char *why)
{
    return err_set(ERR_PARSE, "%.*s: %s: not a name of a LEAN data folder", STR_ARG(path), why);
}

static bool is_option(enum lean_security security)
{
    return security == LEAN_OPTION || security == LEAN_INDEX_OPTION;
}

/* "20151224_quote_american.zip" in the folder of its symbol. */
static enum err parse_minute(struct lean_path *out, struct str path, struct str folder,
                             struct str name)
{
    struct str day, tick, style;
    if (!cut_zip(&name))
        return refuse(path, "does not end in .zip");
    if (!read_symbol(folder, out->symbol))
        return refuse(path, "its folder is not a ticker");
    str_cut(&name, '_', &day);
    if (!read_date(day, &out->day))
        return refuse(path, "does not start with a date YYYYMMDD");
    int known = str_cut(&name, '_', &tick) ? find_name(tick, tick_names, LEAN_TICK_COUNT) : -1;
    if (known < 0)
        return refuse(path, "the date is not followed by trade, quote or openinterest");
    out->tick = (enum lean_tick)known;
    if (is_option(out->security) &&
        (!str_cut(&name, '_', &style) || !read_style(style, &out->style)))
        return refuse(path, "does not say american or european");
    if (name.ptr)
        return refuse(path, "has more parts than expected");
    return ERR_OK;
}

/* "goog_2015_quote_american.zip" of options, "goog.zip" of what they are on. */
static enum err parse_long(struct lean_path *out, struct str path, struct str name)
{
    struct str symbol, year, tick, style;
    int64_t number = 0;
    if (!cut_zip(&name))
        return refuse(path, "does not end in .zip");
    str_cut(&name, '_', &symbol);
    if (!read_symbol(symbol, out->symbol))
        return refuse(path, "does not start with a ticker");
    if (!is_option(out->security)) {
        out->tick = LEAN_TRADE;
        if (name.ptr)
            return refuse(path, "has more parts than expected");
        return ERR_OK;
    }
    if (!str_cut(&name, '_', &year) || year.len != 4 || !read_digits(year, 4, &number) ||
        number < 1900 || number > 2199)
        return refuse(path, "the ticker is not followed by a year");
    out->year = (int32_t)number;
    int known = str_cut(&name, '_', &tick) ? find_name(tick, tick_names, LEAN_TICK_COUNT) : -1;
    if (known < 0)
        return refuse(path, "the year is not followed by trade, quote or openinterest");
    out->tick = (enum lean_tick)known;
    if (!str_cut(&name, '_', &style) || !read_style(style, &out->style))
        return refuse(path, "does not say american or european");
    if (name.ptr)
        return refuse(path, "has more parts than expected");
    return ERR_OK;
}

static enum err parse_symbol_csv(struct lean_path *out, enum lean_kind kind, struct str path,
                                 struct str name)
{
    if (!cut_ending(&name, STR(".csv")))
        return ERR_OK; /* LEAN keeps such tables as zips of several markets too: not ours */
    if (!read_symbol(name, out->symbol))
        return refuse(path, "is not the name of a ticker");
    out->kind = kind;
    return ERR_OK;
}

static enum err parse_universe(struct lean_path *out, struct str path, struct str folder,
                               struct str name)
{
    if (!cut_ending(&name, STR(".csv")) || !read_date(name, &out->day))
        return refuse(path, "is not YYYYMMDD.csv");
    if (!read_symbol(folder, out->symbol))
        return refuse(path, "its folder is not a ticker");
    out->kind = LEAN_FILE_UNIVERSE;
    return ERR_OK;
}

enum { PATH_PARTS_MAX = 6 };

static enum err parse_parts(struct lean_path *out, struct str path,
                            const struct str part[PATH_PARTS_MAX], int count)
{
    int security = find_name(part[0], security_names, LEAN_SECURITY_COUNT);
    if (str_is(path, "alternative/interest-rate/usa/interest-rate.csv"))
        out->kind = LEAN_FILE_RATES;
    if (security < 0 || count < 4)
        return ERR_OK;
    out->security = (enum lean_security)security;
    if (security == LEAN_FUTURE || security == LEAN_FUTURE_OPTION) {
        static const char *const folders[] = { "minute", "hour",      "daily",   "tick",
                                               "second", "universes", "margins", "map_files" };
        if (find_name(part[2], folders, ARRAY_COUNT(folders)) >= 0)
            out->kind = LEAN_FILE_FUTURES;
        return ERR_OK;
    }
    if (!str_is(part[1], "usa"))
        return ERR_OK;
    if (security == LEAN_EQUITY && count == 4 && str_is(part[2], "factor_files"))
        return parse_symbol_csv(out, LEAN_FILE_FACTORS, path, part[3]);
    if (security == LEAN_EQUITY && count == 4 && str_is(part[2], "map_files"))
        return parse_symbol_csv(out, LEAN_FILE_MAP, path, part[3]);
    if (is_option(out->security) && count == 5 && str_is(part[2], "universes"))
        return parse_universe(out, path, part[3], part[4]);

    int resolution = find_name(part[2], resolution_names, LEAN_RESOLUTION_COUNT);
    if (resolution < 0 || count != (resolution == LEAN_MINUTE ? 5 : 4))
        return ERR_OK;
    out->resolution = (enum lean_resolution)resolution;
    enum err err = resolution == LEAN_MINUTE ? parse_minute(out, path, part[3], part[4])
                                             : parse_long(out, path, part[3]);
    if (!err)
        out->kind = LEAN_FILE_BARS;
    return err;
}

enum err lean_path_parse(struct lean_path *out, struct str relative)
{
    struct str part[PATH_PARTS_MAX] = { { 0 } }, rest = relative;
    struct lean_path path = { .kind = LEAN_FILE_OTHER };
    int count = 0;
    while (count < PATH_PARTS_MAX && str_cut(&rest, '/', &part[count]))
        count++;
    if (rest.ptr && count)
        count = PATH_PARTS_MAX; /* deeper than any of ours, except in the folders of futures */
    enum err err = count ? parse_parts(&path, relative, part, count) : ERR_OK;
    if (!err)
        *out = path;
    return err;
}

static enum err refuse_entry(struct str name, const char *why)
{
    return err_set(ERR_PARSE, "entry %.*s: %s: not the name of an option", STR_ARG(name), why);
}

enum err lean_entry_parse(struct lean_entry_name *out, struct str name)
{
    struct lean_entry_name made = { 0 };
    struct str rest = name, part;
    if (!cut_ending(&rest, STR(".csv")))
        return refuse_entry(name, "does not end in .csv");
    str_cut(&rest, '_', &part);
    bool minute = read_date(part, &made.day);
    if (minute && !str_cut(&rest, '_', &part))
        return refuse_entry(name, "has no ticker");
    if (!read_symbol(part, made.symbol))
        return refuse_entry(name, "the ticker is not 1 to 15 of a-z, 0-9, '.' and '-'");
    if (minute && (!str_cut(&rest, '_', &part) || !str_is(part, "minute")))
        return refuse_entry(name, "the ticker is not followed by minute");
    int tick = str_cut(&rest, '_', &part) ? find_name(part, tick_names, LEAN_TICK_COUNT) : -1;
    if (tick < 0)
        return refuse_entry(name, "does not say trade, quote or openinterest");
    made.tick = (enum lean_tick)tick;
    if (!str_cut(&rest, '_', &part) || !read_style(part, &made.style))
        return refuse_entry(name, "does not say american or european");
    if (!str_cut(&rest, '_', &part) || !(str_is(part, "call") || str_is(part, "put")))
        return refuse_entry(name, "does not say call or put");
    made.right = part.ptr[0] == 'c' ? OPTION_CALL : OPTION_PUT;
    if (!str_cut(&rest, '_', &part) || !read_digits(part, 12, &made.strike_e4) ||
        made.strike_e4 <= 0)
        return refuse_entry(name, "the strike is not up to 12 digits above zero");
    if (!str_cut(&rest, '_', &part) || !read_date(part, &made.expiry))
        return refuse_entry(name, "the expiry is not a calendar day YYYYMMDD");
    if (rest.ptr)
        return refuse_entry(name, "has more parts than expected");
    *out = made;
    return ERR_OK;
}

void lean_entry_format(struct buf *out, const struct lean_entry_name *name)
{
    if (name->day)
        buf_printf(out, "%08d_%s_minute", (int)name->day, name->symbol);
    else
        buf_puts(out, name->symbol);
    buf_printf(out, "_%s_%s_%s_%lld_%08d.csv", tick_names[name->tick],
               name->style == STYLE_AMERICAN ? "american" : "european",
               name->right == OPTION_CALL ? "call" : "put", (long long)name->strike_e4,
               (int)name->expiry);
}
