#include "adapters/store/store_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store/xxh64.h"
#include "base/date.h"

/* As it lies in the file: written and read by one kind of machine, and worth nothing on another. */
struct index_row {
    uint64_t inode, bytes;
    int64_t changed_ns, written_ns;
    uint64_t quotes;
    int32_t day;
    uint32_t contracts, snapshots, reserved;
    char source[24];
};
struct index_header {
    char magic[8];
    uint32_t endian, version;
    uint64_t count;
    char underlying[STORE_SYMBOL_BYTES];
    uint64_t checksum; /* xxh64 of the rows, seeded with that of the header with this field zero */
};
_Static_assert(sizeof(struct index_row) == 80, "no padding in a row of the index");
_Static_assert(sizeof(struct index_header) == 48, "no padding in the header of the index");

static const char magic[8] = { '\x89', 'I', 'F', 'I', '\r', '\n', '\x1a', '\n' };
enum {
    INDEX_ENDIAN = 0x01020304,
    INDEX_VERSION = 1,
    ROWS_MAX = 1 << 20,
    INDEX_BYTES_MAX = 100 << 20
};

static void index_name(char out[STORE_NAME_BYTES], const char *underlying)
{
    snprintf(out, STORE_NAME_BYTES, STORE_INDEX_FOLDER "/%s.idx", underlying);
}

bool file_state_get(struct file_state *out, const struct store *store, const char *name)
{
    struct stat st;
    if (fstatat(store->folder, name, &st, 0) != 0 || !S_ISREG(st.st_mode))
        return false;
    *out = (struct file_state){
        .inode = st.st_ino,
        .bytes = (uint64_t)st.st_size,
        .changed_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec,
        .written_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
    };
    return true;
}

static uint64_t checksum_of(struct index_header header, const struct index_row *rows)
{
    header.checksum = 0;
    return xxh64(rows, header.count * sizeof *rows, xxh64(&header, sizeof header, 0));
}

bool store_index_parse(struct store_index *out, struct arena *arena, const char *underlying,
                       const void *bytes, size_t size)
{
    struct index_header h;
    char name[STORE_SYMBOL_BYTES] = { 0 };
    memcpy(name, underlying, strnlen(underlying, sizeof name - 1));
    *out = (struct store_index){ 0 };
    if (size < sizeof h)
        return false;
    memcpy(&h, bytes, sizeof h);
    const struct index_row *rows = (const void *)((const char *)bytes + sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.endian != INDEX_ENDIAN ||
        h.version != INDEX_VERSION || h.count > ROWS_MAX ||
        memcmp(h.underlying, name, sizeof name) != 0 || size != sizeof h + h.count * sizeof *rows ||
        checksum_of(h, rows) != h.checksum)
        return false;
    struct index_entry *entries = arena_array(arena, struct index_entry, h.count);
    for (size_t i = 0; i < h.count; i++) {
        const struct index_row *r = &rows[i];
        struct index_entry *e = &entries[i];
        if (i > 0 && r->day <= rows[i - 1].day)
            return false; /* cannot be searched */
        *e = (struct index_entry){
            .day = { .day = r->day,
                     .contracts = r->contracts,
                     .snapshots = r->snapshots,
                     .quotes = r->quotes,
                     .bytes = r->bytes },
            .state = { r->inode, r->bytes, r->changed_ns, r->written_ns },
        };
        memcpy(e->day.underlying, name, sizeof name);
        memcpy(e->day.source, r->source, sizeof e->day.source - 1);
    }
    *out = (struct store_index){ .entries = entries, .count = h.count };
    return true;
}

void store_index_read(struct store_index *out, const struct store *store, struct arena *arena,
                      const char *underlying)
{
    char name[STORE_NAME_BYTES];
    struct stat st;
    *out = (struct store_index){ 0 };
    index_name(name, underlying);
    int fd = openat(store->folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= INDEX_BYTES_MAX) {
        size_t size = (size_t)st.st_size;
        void *bytes = mem_alloc(size);
        if (pread(fd, bytes, size, 0) == (ssize_t)size)
            (void)store_index_parse(out, arena, underlying, bytes, size);
        mem_free(bytes);
    }
    close(fd);
}

const struct store_day *store_index_find(const struct store_index *index, int32_t day,
                                         const struct file_state *state)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (index->entries[mid].day.day < day)
            low = mid + 1;
        else
            high = mid;
    }
    const struct index_entry *e = low < index->count ? &index->entries[low] : NULL;
    bool same = e && e->day.day == day && e->state.inode == state->inode &&
                e->state.bytes == state->bytes && e->state.changed_ns == state->changed_ns &&
                e->state.written_ns == state->written_ns;
    return same ? &e->day : NULL;
}

void store_index_write(const struct store *store, const char *underlying,
                       const struct index_entry *entries, size_t count)
{
    struct index_header h = { .endian = INDEX_ENDIAN, .version = INDEX_VERSION, .count = count };
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.underlying, underlying, strlen(underlying));
    struct index_row *rows = mem_alloc((count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const struct index_entry *e = &entries[i];
        rows[i] = (struct index_row){
            .inode = e->state.inode,
            .bytes = e->state.bytes,
            .changed_ns = e->state.changed_ns,
            .written_ns = e->state.written_ns,
            .quotes = e->day.quotes,
            .day = e->day.day,
            .contracts = e->day.contracts,
            .snapshots = e->day.snapshots,
        };
        memcpy(rows[i].source, e->day.source, sizeof rows[i].source);
    }
    h.checksum = checksum_of(h, rows);

    /* A reader and the writer may both come here, and several threads: each has a file of its own.
     */
    char name[STORE_NAME_BYTES], own[STORE_NAME_BYTES];
    index_name(name, underlying);
    snprintf(own, sizeof own, STORE_INDEX_FOLDER "/.%s.%ld-%lx", underlying, (long)getpid(),
             (unsigned long)(uintptr_t)&h);
    if (mkdirat(store->folder, STORE_INDEX_FOLDER, 0755) == 0 || errno == EEXIST) {
        int fd = openat(store->folder, own, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        size_t bytes = count * sizeof *rows;
        bool done = fd >= 0 && write(fd, &h, sizeof h) == (ssize_t)sizeof h &&
                    write(fd, rows, bytes) == (ssize_t)bytes;
        if (fd >= 0 && close(fd) != 0)
            done = false;
        /* Unsynced: after a crash it may be empty or torn, which the checksum shows. */
        if (!done || renameat(store->folder, own, store->folder, name) != 0)
            (void)unlinkat(store->folder, own, 0);
    }
    mem_free(rows);
}
