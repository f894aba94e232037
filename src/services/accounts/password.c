#include "services/accounts/password.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_BYTES == crypto_pwhash_STRBYTES, "room for libsodium's text");

const struct password_cost password_cost_default = { 3, 64 << 20 };
const struct password_cost password_cost_least = { 2, 19 << 20 };

static const char *const common[] = {
#define COMMON(text) text,
#include "services/accounts/common_passwords.def"
#undef COMMON
};

enum err password_hash(char out[PASSWORD_HASH_BYTES], struct password_cost cost,
                       struct str password)
{
    memset(out, 0, PASSWORD_HASH_BYTES);
    return crypto_pwhash_str_alg(out, password.ptr, password.len, cost.passes, cost.bytes,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0
               ? ERR_OK
               : err_set(ERR_IO, "no memory for the hash of a password (%zu MiB)",
                         cost.bytes >> 20);
}

bool password_verify(const char *hash, struct password_cost cost, struct str password)
{
    if (!hash) {
        char nobody[PASSWORD_HASH_BYTES];
        (void)!password_hash(nobody, cost, password);
        return false;
    }
    return crypto_pwhash_str_verify(hash, password.ptr, password.len) == 0;
}

bool password_is_outdated(const char *hash, struct password_cost cost)
{
    return crypto_pwhash_str_needs_rehash(hash, cost.passes, cost.bytes) != 0;
}

/* Letters alone, in lower case: "P4ssword!!2024" keeps "pssword", "Password2024!" keeps "password".
 */
static struct str letters_of(char out[PASSWORD_BYTES_MAX], struct str text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (isalpha((unsigned char)text.ptr[i]))
            out[len++] = (char)tolower((unsigned char)text.ptr[i]);
    return (struct str){ out, len };
}

static size_t characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

static bool is_monotone(struct str text)
{
    bool seen[256] = { false };
    int distinct = 0, steps = 0;
    for (size_t i = 0; i < text.len; i++) {
        distinct += !seen[(unsigned char)text.ptr[i]];
        seen[(unsigned char)text.ptr[i]] = true;
        steps +=
            i > 0 && (text.ptr[i] - text.ptr[i - 1] == 1 || text.ptr[i - 1] - text.ptr[i] == 1);
    }
    return distinct < 5 || (size_t)steps * 4 >= text.len * 3;
}

static bool contains_nocase(struct str text, struct str part)
{
    for (size_t i = 0; part.len && i + part.len <= text.len; i++)
        if (str_equal_nocase(str_slice(text, i, part.len), part))
            return true;
    return false;
}

enum err password_check(struct str password, struct str login)
{
    if (password.len > PASSWORD_BYTES_MAX)
        return err_set(ERR_RANGE, "the password is longer than %d bytes", PASSWORD_BYTES_MAX);
    if (!str_is_utf8(password))
        return err_set(ERR_RANGE, "the password is not UTF-8");
    if (characters(password) < PASSWORD_LENGTH_MIN)
        return err_set(ERR_RANGE,
                       "the password is shorter than %d characters; a few words make a good one",
                       PASSWORD_LENGTH_MIN);
    if (login.len >= 3 && contains_nocase(password, login))
        return err_set(ERR_RANGE, "the password contains the login; choose another");
    if (is_monotone(password))
        return err_set(ERR_RANGE, "the password repeats or counts; choose another");
    char space[PASSWORD_BYTES_MAX];
    struct str letters = letters_of(space, password);
    for (size_t i = 0; i < ARRAY_COUNT(common); i++)
        if (str_is(letters, common[i]) || str_equal_nocase(password, str_from(common[i])))
            return err_set(ERR_RANGE, "the password is one that many people use; choose another");
    return ERR_OK;
}
