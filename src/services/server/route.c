#include "services/server/server_int.h"

#define ROUTE(id, method, path, access, flags, query, body, answer, status, text)                  \
    { #id, HTTP_##method, path, access, flags, query, body, answer, status, text, api_##id },
const struct route routes[] = {
#include "services/server/routes.def"
};
#undef ROUTE
const size_t route_count = ARRAY_COUNT(routes);
_Static_assert(ARRAY_COUNT(routes) <= 128, "metrics have room for every route");

/* Segment by segment; "{...}" takes any one segment that is not empty. */
static bool path_fits(const char *pattern, struct str path, struct str args[PATH_ARGS_MAX])
{
    struct str left = str_from(pattern), right = path, a, b;
    int n = 0;
    for (;;) {
        bool more_left = str_cut(&left, '/', &a), more_right = str_cut(&right, '/', &b);
        if (more_left != more_right)
            return false;
        if (!more_left)
            return true;
        if (a.len && a.ptr[0] == '{') {
            if (!b.len || n == PATH_ARGS_MAX)
                return false;
            args[n++] = b;
        } else if (!str_equal(a, b)) {
            return false;
        }
    }
}

/* A path that is written out wins over one with {places}: "strategies/check" is no identity. */
const struct route *route_find(enum http_method method, struct str path,
                               struct str args[PATH_ARGS_MAX], unsigned *allowed)
{
    const struct route *found = NULL;
    struct str here[PATH_ARGS_MAX] = { { NULL, 0 } };
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    *allowed = 0;
    for (size_t i = 0; i < route_count; i++) {
        if (!path_fits(routes[i].path, path, here))
            continue;
        *allowed |= 1U << routes[i].method;
        bool is_exact = str_is(path, routes[i].path);
        if (routes[i].method == method && (!found || is_exact)) {
            found = &routes[i];
            memcpy(args, here, sizeof here);
        }
    }
    return found;
}
