#include "base/target.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/testing.h"

static struct arena arena;

static const char *in(const char *folder, const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

TEST(target, is_the_path_itself_or_what_a_link_there_names)
{
    arena_init(&arena, "paths", 1024);
    const char *folder = testing_folder(), *out;
    testing_file(folder, "old.html", "x", 1);
    CHECK(symlink("old.html", in(folder, "link.html")) == 0);
    CHECK_OK(target_resolve(&out, &arena, in(folder, "new.html")));
    CHECK_STR(out, in(folder, "new.html"));
    CHECK_OK(target_resolve(&out, &arena, in(folder, "old.html")));
    CHECK_STR(out, in(folder, "old.html"));
    CHECK_OK(target_resolve(&out, &arena, in(folder, "link.html")));
    CHECK_HAS(out, "/old.html");
    arena_clear(&arena);
}

TEST(target, is_never_what_is_no_file)
{
    arena_init(&arena, "paths", 1024);
    const char *folder = testing_folder(), *out;
    CHECK(mkfifo(in(folder, "pipe"), 0600) == 0);
    CHECK(symlink("nowhere", in(folder, "broken")) == 0);
    CHECK(symlink("/dev/null", in(folder, "device")) == 0);
    CHECK_EQ(target_resolve(&out, &arena, folder), ERR_REFUSED);
    CHECK_HAS(err_detail(), "is a folder: give a file's name");
    CHECK_EQ(target_resolve(&out, &arena, in(folder, "pipe")), ERR_REFUSED);
    CHECK_HAS(err_detail(), "is a pipe");
    CHECK_EQ(target_resolve(&out, &arena, in(folder, "device")), ERR_REFUSED);
    CHECK_HAS(err_detail(), "is a device");
    CHECK_EQ(target_resolve(&out, &arena, in(folder, "broken")), ERR_IO);
    CHECK_HAS(err_detail(), "is a link to nothing");
    arena_clear(&arena);
}
