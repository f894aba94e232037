/*
 * One-time passwords of an authenticator app: HMAC-SHA1, six digits, thirty seconds.
 * Sources: RFC 6238 (appendix B is tested), RFC 4226; base32 of RFC 4648.
 */
#ifndef SERVICES_ACCOUNTS_TOTP_H
#define SERVICES_ACCOUNTS_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_STEP_SECONDS = 30, TOTP_DIGITS = 6, TOTP_BASE32_BYTES = 33 };

/* The code of a step (seconds since 1970 / 30), `digits` 6 to 8. */
uint32_t totp_code(struct str secret, int64_t step, int digits);

/*
 * Does code fit now, or one step before or after? Then its step is in *step: accept it only when it
 * is above the last one that was used. Looks at all three, whatever fits.
 */
bool totp_verify(struct str secret, struct str code, int64_t now_s, int64_t *step);

/* 20 bytes as 32 letters. */
void totp_base32(char out[TOTP_BASE32_BYTES], const unsigned char secret[TOTP_SECRET_BYTES]);

/* "otpauth://totp/..." for a QR code. */
void totp_uri(struct buf *out, const char *base32, struct str login);

#endif
