#include "adapters/journal/wal_scan.h"

#include <string.h>

enum { HEADER = 32, FRAME_HEADER = 24, PAGE_MIN = 512, PAGE_MAX = 65536 };

static uint32_t big(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t word(const uint8_t *at, bool is_big)
{
    return is_big ? big(at)
                  : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* The running checksum over pairs of words. len is a multiple of 8. */
static void sum(uint32_t s[2], const uint8_t *bytes, size_t len, bool is_big)
{
    for (size_t i = 0; i < len; i += 8) {
        s[0] += word(bytes + i, is_big) + s[1];
        s[1] += word(bytes + i + 4, is_big) + s[0];
    }
}

static bool header_holds(const uint8_t *bytes, uint32_t s[2], bool is_big)
{
    s[0] = s[1] = 0;
    sum(s, bytes, 24, is_big);
    return (big(bytes) & ~1U) == 0x377f0682 && s[0] == big(bytes + 24) && s[1] == big(bytes + 28);
}

static bool frame_holds(const uint8_t *frame, size_t page, uint32_t s[2], bool is_big)
{
    sum(s, frame, 8, is_big);
    sum(s, frame + FRAME_HEADER, page, is_big);
    return s[0] == big(frame + 16) && s[1] == big(frame + 20) && big(frame) != 0;
}

struct wal_scan wal_scan(const uint8_t *bytes, size_t len)
{
    struct wal_scan scan = { 0 };
    if (len < HEADER + FRAME_HEADER)
        return scan;
    bool is_big = bytes[3] & 1;
    size_t page = big(bytes + 8);
    uint32_t s[2];
    bool holds = header_holds(bytes, s, is_big);
    if (page < PAGE_MIN || page > PAGE_MAX || (page & (page - 1)))
        page = 4096; /* the header is damaged: the size that we write */
    /* A damaged header has no salts to trust: those of the first frame say what belongs together.
     */
    const uint8_t *salts = holds ? bytes + 16 : bytes + HEADER + 8;
    for (size_t at = HEADER; len - at >= FRAME_HEADER + page; at += FRAME_HEADER + page) {
        const uint8_t *frame = bytes + at;
        bool ours = memcmp(frame + 8, salts, 8) == 0, commits = big(frame + 4) != 0;
        holds = holds && ours && frame_holds(frame, page, s, is_big);
        scan.frames += holds;
        scan.commits += holds && commits;
        scan.lost += !holds && ours && commits;
    }
    scan.is_damaged = scan.lost > 1;
    return scan;
}
