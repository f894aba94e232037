#include "services/accounts/totp.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>

uint32_t totp_code(struct str secret, int64_t step, int digits)
{
    static const uint32_t powers[] = { 1000000, 10000000, 100000000 };
    MUST(digits >= 6);
    MUST(digits <= 8);
    unsigned char message[8], hash[EVP_MAX_MD_SIZE];
    for (int i = 0; i < 8; i++)
        message[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    unsigned len = 0;
    MUST(HMAC(EVP_sha1(), secret.ptr, (int)secret.len, message, sizeof message, hash, &len) !=
         NULL);
    MUST(len == 20);
    const unsigned char *at = hash + (hash[19] & 0x0F);
    uint32_t bits =
        (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return bits % powers[digits - 6];
}

bool totp_verify(struct str secret, struct str code, int64_t now_s, int64_t *step)
{
    bool fits = false;
    if (code.len != TOTP_DIGITS)
        return false;
    for (int64_t i = -1; i <= 1; i++) {
        char text[16];
        snprintf(text, sizeof text, "%06u",
                 totp_code(secret, now_s / TOTP_STEP_SECONDS + i, TOTP_DIGITS));
        if (sodium_memcmp(text, code.ptr, TOTP_DIGITS) == 0) {
            fits = true;
            *step = now_s / TOTP_STEP_SECONDS + i;
        }
    }
    return fits;
}

void totp_base32(char out[TOTP_BASE32_BYTES], const unsigned char secret[TOTP_SECRET_BYTES])
{
    uint64_t bits = 0;
    int have = 0;
    char *p = out;
    for (int i = 0; i < TOTP_SECRET_BYTES; i++) {
        bits = bits << 8 | secret[i];
        for (have += 8; have >= 5; have -= 5)
            *p++ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits >> (have - 5) & 31];
    }
    *p = '\0';
}

void totp_uri(struct buf *out, const char *base32, struct str login)
{
    buf_puts(out, "otpauth://totp/Ironfly:");
    for (size_t i = 0; i < login.len; i++) {
        unsigned char c = (unsigned char)login.ptr[i];
        if (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            buf_putc(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
    buf_printf(out, "?secret=%s&issuer=Ironfly&algorithm=SHA1&digits=6&period=30", base32);
}
