#include "tests/cli/run.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "tests/testing.h"

void slurp(const char *path, char *out, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    MUST(file != NULL);
    out[fread(out, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

struct ran *run(const char *format, ...)
{
    static struct ran result;
    char words[2048], command[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    const char *folder = testing_folder();
    snprintf(command, sizeof command,
             "cd %s && env -u IRONFLY_STORE -u IRONFLY_CONFIG HOME=%s XDG_CONFIG_HOME=%s "
             "IRONFLY_STRATEGIES=%s/strategies %s %s >%s/out 2>%s/err",
             folder, folder, folder, IRONFLY_SOURCE_ROOT, IRONFLY_PROGRAM, words, folder, folder);
    int status = system(command);
    MUST(WIFEXITED(status));
    result.status = WEXITSTATUS(status);
    char path[512];
    snprintf(path, sizeof path, "%s/out", folder);
    slurp(path, result.out, sizeof result.out);
    snprintf(path, sizeof path, "%s/err", folder);
    slurp(path, result.err, sizeof result.err);
    return &result;
}

const char *sample(void)
{
    static char path[512];
    if (!path[0]) {
        snprintf(path, sizeof path, "%s/sample", testing_folder());
        CHECK_EQ(run("data sample --store %s", path)->status, 0);
    }
    return path;
}
