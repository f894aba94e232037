#include "services/audit/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err write_new(const char *path, const unsigned char master[KEY_BYTES])
{
    struct buf part = { 0 };
    buf_printf(&part, "%s.part", path);
    unlink(part.ptr);
    int fd = open(part.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, master, KEY_BYTES) == KEY_BYTES && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (ok && link(part.ptr, path) != 0 && errno != EEXIST) { /* link() lets the first of two win */
        why = errno;
        ok = false;
    }
    unlink(part.ptr);
    enum err err = ok ? ERR_OK : err_set(ERR_IO, "%s cannot be written: %s", path, strerror(why));
    buf_free(&part);
    return err;
}

static enum err read_master(unsigned char master[KEY_BYTES], const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_REFUSED, "%s cannot be read: %s", path,
                       strerror(errno));
    struct stat st;
    char more;
    enum err err = ERR_OK;
    if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0)
        err = err_set(ERR_REFUSED, "%s can be read by others; run: chmod 600 %s", path, path);
    else if (read(fd, master, KEY_BYTES) != KEY_BYTES || read(fd, &more, 1) != 0)
        err = err_set(ERR_CORRUPT, "%s is not %d bytes long; restore it from where you keep it",
                      path, KEY_BYTES);
    close(fd);
    return err;
}

enum err keys_load(struct keys *out, const char *folder)
{
    MUST(sodium_init() >= 0);
    struct buf path = { 0 };
    buf_printf(&path, "%s/secret.key", folder);
    unsigned char master[KEY_BYTES];
    enum err err = read_master(master, path.ptr);
    if (err == ERR_NOT_FOUND) {
        randombytes_buf(master, sizeof master);
        err = write_new(path.ptr, master);
        if (!err)
            err = read_master(master, path.ptr);
    }
    if (!err) {
        crypto_kdf_derive_from_key(out->audit, KEY_BYTES, 1, "ironfly1", master);
        crypto_kdf_derive_from_key(out->seal, KEY_BYTES, 2, "ironfly1", master);
        crypto_kdf_derive_from_key(out->csrf, KEY_BYTES, 3, "ironfly1", master);
        crypto_kdf_derive_from_key(out->device, KEY_BYTES, 4, "ironfly1", master);
    }
    sodium_memzero(master, sizeof master);
    buf_free(&path);
    return err;
}

void keys_forget(struct keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key length");
_Static_assert(KEY_BYTES == crypto_kdf_KEYBYTES, "one key length");

/* version 1, nonce, ciphertext with tag */
struct str keys_seal(const struct keys *keys, struct arena *arena, const char *place,
                     struct str secret)
{
    unsigned char *out = arena_alloc(arena, 1 + NONCE + secret.len + TAG);
    out[0] = 1;
    randombytes_buf(out + 1, NONCE);
    unsigned long long len = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + 1 + NONCE, &len, (const unsigned char *)secret.ptr, secret.len,
        (const unsigned char *)place, strlen(place), NULL, out + 1, keys->seal);
    return (struct str){ (char *)out, 1 + NONCE + (size_t)len };
}

enum err keys_open(const struct keys *keys, struct arena *arena, const char *place,
                   struct str sealed, struct str *secret)
{
    const unsigned char *in = (const unsigned char *)sealed.ptr;
    if (sealed.len < 1 + NONCE + TAG || in[0] != 1)
        return err_set(ERR_CORRUPT, "a sealed secret is damaged");
    unsigned char *out = arena_alloc(arena, sealed.len);
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, &len, NULL, in + 1 + NONCE, sealed.len - 1 - NONCE, (const unsigned char *)place,
            strlen(place), in + 1, keys->seal) != 0)
        return err_set(ERR_CORRUPT,
                       "a sealed secret does not open: is secret.key the one of this database?");
    *secret = (struct str){ (char *)out, (size_t)len };
    return ERR_OK;
}

void keys_random_token(char out[KEYS_TOKEN_BYTES], size_t bytes)
{
    unsigned char random[32];
    MUST(bytes >= 16);
    MUST(bytes <= sizeof random);
    randombytes_buf(random, bytes);
    sodium_bin2base64(out, KEYS_TOKEN_BYTES, random, bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void keys_hash(unsigned char out[KEY_BYTES], struct str token)
{
    crypto_generichash(out, KEY_BYTES, (const unsigned char *)token.ptr, token.len, NULL, 0);
}

void keys_mac(char out[KEYS_MAC_BYTES], const unsigned char key[KEY_BYTES], const struct str *parts,
              size_t count)
{
    crypto_generichash_state state;
    unsigned char hash[16];
    crypto_generichash_init(&state, key, KEY_BYTES, sizeof hash);
    for (size_t i = 0; i < count; i++) { /* with its length, so that ("ab","c") is not ("a","bc") */
        uint64_t len = parts[i].len;
        crypto_generichash_update(&state, (const unsigned char *)&len, sizeof len);
        crypto_generichash_update(&state, (const unsigned char *)parts[i].ptr, parts[i].len);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(out, KEYS_MAC_BYTES, hash, sizeof hash);
}

bool keys_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}
