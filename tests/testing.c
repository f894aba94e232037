#include "tests/testing.h"

#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

static struct CMUnitTest *tests;
static size_t test_count, test_capacity;
static struct arena paths = { .name = "test paths", .chunk_bytes = 4096 };
static char *folders[256];
static int folder_count;

void testing_register(const char *name, void (*run)(void **state))
{
    tests = mem_grow(tests, &test_capacity, test_count + 1, sizeof *tests);
    tests[test_count++] = (struct CMUnitTest){ .name = name, .test_func = run };
}

const char *testing_shared(const char *path)
{
    const char *root = getenv("IRONFLY_SHARED");
    char *full = arena_printf(&paths, "%s/%s", root ? root : IRONFLY_SHARED_DEFAULT, path);
    return access(full, R_OK) == 0 ? full : NULL;
}

const char *testing_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    char *name = arena_printf(&paths, "%s/ironfly-test-XXXXXX", tmp ? tmp : "/tmp");
    MUST(mkdtemp(name) != NULL);
    if (folder_count < (int)ARRAY_COUNT(folders))
        folders[folder_count++] = name;
    return name;
}

const char *testing_file(const char *folder, const char *name, const void *bytes, size_t len)
{
    char *path = arena_printf(&paths, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    MUST(file != NULL);
    MUST(fwrite(bytes, 1, len, file) == len);
    MUST(fclose(file) == 0);
    return path;
}

bool testing_has_entry(const char *folder, const char *start)
{
    DIR *dir = opendir(folder);
    CHECK(dir != NULL);
    bool has = false;
    for (struct dirent *entry; !has && (entry = readdir(dir));)
        has = strncmp(entry->d_name, start, strlen(start)) == 0;
    closedir(dir);
    return has;
}

int testing_share(int count)
{
    const char *word = getenv("IRONFLY_TEST_SHARE");
    int share = word ? atoi(word) : 1;
    return share > 1 ? (count + share - 1) / share : count;
}

static int remove_entry(const char *path, UNUSED const struct stat *st, UNUSED int type,
                        UNUSED struct FTW *ftw)
{
    return remove(path);
}

int main(int argc, char **argv)
{
    /* An argument runs only the tests whose name contains it: "occ_symbol". */
    if (argc > 1) {
        size_t kept = 0;
        for (size_t i = 0; i < test_count; i++)
            if (strstr(tests[i].name, argv[1]))
                tests[kept++] = tests[i];
        test_count = kept;
    }
    int failed =
        test_count ? _cmocka_run_group_tests(TESTS_NAME, tests, test_count, NULL, NULL) : 0;
    if (!failed)
        for (int i = 0; i < folder_count; i++)
            nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_clear(&paths);
    mem_free(tests);
    return failed ? 1 : 0;
}
