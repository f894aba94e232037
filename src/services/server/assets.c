/*
 * The built page, served from memory: small, read once, the same bytes for everybody. Files whose
 * name holds their hash (assets/) never change and say so; the rest is asked for again by its tag.
 */
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

#include "services/server/server_int.h"

enum { ASSETS_MAX = 2000, DEPTH_MAX = 6 };
static const size_t ASSET_BYTES_MAX = 32 << 20;

struct asset {
    const char *path; /* "/assets/index-abc.js" */
    const char *type;
    char tag[40];
    struct str bytes, packed; /* packed: gzip; empty where it is no smaller */
    bool is_constant;
};

static const char *type_of(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".mjs", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".json", "application/json" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".webp", "image/webp" },
        { ".woff2", "font/woff2" },
        { ".txt", "text/plain; charset=utf-8" },
        { ".webmanifest", "application/manifest+json" },
        { ".wasm", "application/wasm" },
        { ".map", "application/json" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        if (str_ends_with(str_from(path), str_from(types[i].end)))
            return types[i].type;
    return "application/octet-stream";
}

static struct str pack(struct arena *arena, struct str bytes)
{
    uLong bound = compressBound(bytes.len) + 32;
    unsigned char *out = arena_alloc(arena, bound);
    z_stream z = { .next_in = (unsigned char *)bytes.ptr,
                   .avail_in = (unsigned)bytes.len,
                   .next_out = out,
                   .avail_out = (unsigned)bound };
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return (struct str){ NULL, 0 };
    bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < bytes.len;
    size_t len = z.total_out;
    deflateEnd(&z);
    return ok ? (struct str){ (char *)out, len } : (struct str){ NULL, 0 };
}

static enum err load_file(struct assets *assets, const char *file, const char *path, size_t size)
{
    if (assets->count == ASSETS_MAX || size > ASSET_BYTES_MAX)
        return err_set(ERR_FULL, "%s: the page has more than %d files, or one above 32 MiB", file,
                       ASSETS_MAX);
    FILE *in = fopen(file, "rb");
    char *bytes = arena_alloc(&assets->arena, size + 1);
    bool ok = in && fread(bytes, 1, size, in) == size;
    if (in)
        fclose(in);
    if (!ok)
        return err_set(ERR_IO, "%s cannot be read: %s", file, strerror(errno));
    unsigned char hash[16];
    char hex[33];
    struct asset *a = &assets->items[assets->count++];
    *a = (struct asset){ .path = path, .type = type_of(path), .bytes = { bytes, size } };
    crypto_generichash(hash, sizeof hash, (unsigned char *)bytes, size, NULL, 0);
    snprintf(a->tag, sizeof a->tag, "\"%s\"", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    a->is_constant = str_starts_with(str_from(path), STR("/assets/"));
    a->packed = pack(&assets->arena, a->bytes);
    return ERR_OK;
}

static enum err load_folder(struct assets *assets, const char *folder, const char *prefix,
                            int depth)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return err_set(ERR_IO, "%s cannot be read: %s", folder, strerror(errno));
    enum err err = ERR_OK;
    for (struct dirent *entry; !err && (entry = readdir(dir)) != NULL;) {
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        const char *file = arena_printf(&assets->arena, "%s/%s", folder, entry->d_name);
        const char *path = arena_printf(&assets->arena, "%s/%s", prefix, entry->d_name);
        if (stat(file, &st) != 0)
            err = err_set(ERR_IO, "%s cannot be read: %s", file, strerror(errno));
        else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
            err = load_folder(assets, file, path, depth + 1);
        else if (S_ISREG(st.st_mode))
            err = load_file(assets, file, path, (size_t)st.st_size);
    }
    closedir(dir);
    return err;
}

enum err assets_load(struct assets *assets, const char *folder)
{
    arena_init(&assets->arena, "page", 1 << 20);
    assets->count = 0;
    assets->items = folder ? arena_array(&assets->arena, struct asset, ASSETS_MAX) : NULL;
    return folder ? load_folder(assets, folder, "", 0) : ERR_OK;
}

void assets_free(struct assets *assets)
{
    arena_clear(&assets->arena);
    assets->count = 0;
}

static const struct asset *find(const struct assets *assets, struct str path)
{
    for (size_t i = 0; i < assets->count; i++)
        if (str_is(path, assets->items[i].path))
            return &assets->items[i];
    return NULL;
}

/* "/chain/SPX" is a place within the page; "/chain.js" would be a file that is not there. */
static bool is_place(struct str path)
{
    size_t dot = path.len;
    while (dot > 0 && path.ptr[dot - 1] != '.' && path.ptr[dot - 1] != '/')
        dot--;
    return dot > 0 && path.ptr[dot - 1] == '/' && !str_starts_with(path, STR("/api/")) &&
           !str_starts_with(path, STR("/assets/"));
}

static bool takes_gzip(const struct http_request *request)
{
    struct str list = request->headers[HTTP_ACCEPT_ENCODING], one;
    while (list.len && str_cut(&list, ',', &one))
        if (str_is(str_trim(one), "gzip"))
            return true;
    return false;
}

bool assets_answer(const struct assets *assets, const struct http_request *request,
                   struct http_response *response)
{
    const struct asset *a = find(assets, request->path);
    if (!a && is_place(request->path))
        a = find(assets, STR("/index.html"));
    if (!a)
        return false;
    http_header_add(response, "ETag", a->tag);
    http_header_add(response, "Vary", "Accept-Encoding");
    http_header_add(response, "Cache-Control",
                    a->is_constant ? "public, max-age=31536000, immutable" : "no-cache");
    response->status = 200;
    response->type = a->type;
    struct str wanted = request->headers[HTTP_IF_NONE_MATCH];
    if (wanted.ptr && memmem(wanted.ptr, wanted.len, a->tag, strlen(a->tag))) {
        response->status = 304;
        return true;
    }
    bool packed = a->packed.len && takes_gzip(request);
    response->fixed = packed ? a->packed : a->bytes;
    if (packed)
        http_header_add(response, "Content-Encoding", "gzip");
    return true;
}
