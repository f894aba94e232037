/*
 * Finding strategy files: as given, and in the catalogue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/strategy/strategy_int.h"

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

/* Below the parent of the program's folder: build/ironfly -> strategies/, bin/ironfly ->
 * share/ironfly/strategies. */
static bool beside_program(char out[STRATEGY_PATH_BYTES])
{
    char program[STRATEGY_PATH_BYTES / 2];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0)
        return false;
    program[len] = '\0';
    for (int up = 0; up < 2; up++) { /* the program, then its folder */
        char *slash = strrchr(program, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    snprintf(out, STRATEGY_PATH_BYTES, "%s/strategies", program);
    if (is_folder(out))
        return true;
    snprintf(out, STRATEGY_PATH_BYTES, "%s/share/ironfly/strategies", program);
    return is_folder(out);
}

enum err strategy_catalogue(char out[STRATEGY_PATH_BYTES])
{
    static const char installed[] = "/usr/share/ironfly/strategies";
    const char *chosen = getenv("IRONFLY_STRATEGIES");
    if (chosen && chosen[0]) {
        snprintf(out, STRATEGY_PATH_BYTES, "%s", chosen);
        return is_folder(out)
                   ? ERR_OK
                   : err_set(ERR_NOT_FOUND, "IRONFLY_STRATEGIES names %.500s, which is no folder",
                             chosen);
    }
    if (beside_program(out))
        return ERR_OK;
    snprintf(out, STRATEGY_PATH_BYTES, "%s", installed);
    return is_folder(out) ? ERR_OK
                          : err_set(ERR_NOT_FOUND,
                                    "there is no catalogue of strategies: neither beside the "
                                    "program nor at %s (set IRONFLY_STRATEGIES)",
                                    installed);
}

/* The first of folder/path, folder/path.yaml, folder/path.json that is a file. folder "" is none.
 */
static bool find_in(char out[STRATEGY_PATH_BYTES], const char *folder, const char *path)
{
    static const char *const endings[] = { "", ".yaml", ".json" };
    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        int len = snprintf(out, STRATEGY_PATH_BYTES, "%s%s%s%s", folder, folder[0] ? "/" : "", path,
                           endings[i]);
        if (len > 0 && len < STRATEGY_PATH_BYTES && is_file(out))
            return true;
    }
    return false;
}

enum err strategy_load(struct strategy *out, struct arena *arena, const char *path,
                       const struct strategy_override *overrides, size_t override_count)
{
    char found[STRATEGY_PATH_BYTES], catalogue[STRATEGY_PATH_BYTES] = "";
    if (!find_in(found, "", path)) {
        if (strchr(path, '/'))
            return err_set(ERR_NOT_FOUND,
                           "there is no strategy file %.500s, nor one with .yaml added", path);
        enum err err = strategy_catalogue(catalogue);
        if (err)
            return err_add(err, "there is no strategy file %.500s or %.500s.yaml here", path, path);
        if (!find_in(found, catalogue, path))
            return err_set(ERR_NOT_FOUND,
                           "there is no strategy %.200s: neither a file here, nor with .yaml "
                           "added, nor in the catalogue %.500s",
                           path, catalogue);
    }
    struct doc *doc;
    enum err err = doc_read(&doc, arena, found);
    return err ? err : strategy_from_doc(out, arena, doc, overrides, override_count);
}
