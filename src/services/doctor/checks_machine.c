/* The machine: clock, time zones, disk, limits, the port, TLS. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "services/doctor/doctor_int.h"

/* ---- clock ----------------------------------------------------------------------------------- */

/* The newest change of a file in the folder, so far as the wall clock tells. 0: none. */
static int64_t newest_change(const char *folder)
{
    int64_t newest = 0;
    DIR *dir = folder ? opendir(folder) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        int64_t at = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        newest = at > newest ? at : newest;
    }
    if (dir)
        closedir(dir);
    return newest;
}

void check_clock(struct doctor *d)
{
    static const char sync_advice[] =
        "set the machine's clock, then let chrony or systemd-timesyncd keep it: timedatectl set-ntp true";
    int64_t wall = clock_wall_ns(), steady = clock_steady_ns();
    struct timex state = { .modes = 0 };
    int code = adjtimex(&state);
    if (code < 0)
        doctor_say(d, DOCTOR_WARN, "", "whether something keeps the clock right cannot be read: %s",
                   strerror(errno));
    else if (code == TIME_ERROR || state.status & STA_UNSYNC)
        doctor_say(d, DOCTOR_WARN, sync_advice, "nothing keeps the clock right (no NTP)");
    else
        doctor_say(d, DOCTOR_OK, "", "kept by NTP, at most %.1f ms off by its own account",
                   (double)state.maxerror / 1000);
    int64_t newest = newest_change(d->options->data);
    if (newest > wall + 2000000000)
        doctor_say(d, DOCTOR_FAIL, sync_advice,
                   "the clock was set back: a file in %s is %.0f seconds from the future",
                   d->options->data, (double)(newest - wall) / 1e9);
    /* Two clocks side by side for a moment: one that is being stepped shows. */
    nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
    int64_t drift = clock_wall_ns() - wall - (clock_steady_ns() - steady);
    if (llabs(drift) > 5000000)
        doctor_say(d, DOCTOR_WARN,
                   "see what changes it: timedatectl, and the host of a virtual machine",
                   "the clock moved by %.1f ms within 30 ms", (double)drift / 1e6);
}

void check_time_zones(struct doctor *d)
{
    if (zone_init() == ERR_OK)
        doctor_say(d, DOCTOR_OK, "", "New York and Chicago are there");
    else
        doctor_say(d, DOCTOR_FAIL, "install tzdata", "%s", err_detail());
}

/* ---- room and limits ------------------------------------------------------------------------- */

void check_disk(struct doctor *d)
{
    struct statvfs st;
    char path[4096];
    snprintf(path, sizeof path, "%s", d->options->data ? d->options->data : ".");
    while (statvfs(path, &st) != 0) { /* the data folder is not there yet: where it would be */
        char *slash = strrchr(path, '/');
        if (!slash)
            snprintf(path, sizeof path, ".");
        else
            slash[slash == path] = '\0';
        if (errno != ENOENT)
            break;
    }
    if (statvfs(path, &st) != 0) {
        doctor_say(d, DOCTOR_FAIL, "", "%s: %s", path, strerror(errno));
        return;
    }
    double mib = (double)st.f_bavail * (double)st.f_frsize / (1 << 20);
    enum doctor_verdict verdict = mib < 64 ? DOCTOR_FAIL : mib < 1024 ? DOCTOR_WARN : DOCTOR_OK;
    doctor_say(
        d, verdict,
        verdict == DOCTOR_OK
            ? ""
            : "make room, or let go of old market data: ironfly data prune; below 64 MiB the server takes no requests",
        "%.1f GiB are free for %s", mib / 1024, path);
    if (st.f_files && st.f_favail < 10000)
        doctor_say(d, st.f_favail < 1000 ? DOCTOR_FAIL : DOCTOR_WARN,
                   "remove small files that nobody needs from this disk",
                   "only %llu files more can be made on its disk (inodes)",
                   (unsigned long long)st.f_favail);
}

void check_limits(struct doctor *d)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    if (files.rlim_max < 4096)
        doctor_say(d, DOCTOR_WARN, "raise it: LimitNOFILE=8192 in the unit, or ulimit -n",
                   "only %llu files and connections may be open at a time",
                   (unsigned long long)files.rlim_max);
    else
        doctor_say(d, DOCTOR_OK, "", "%llu files and connections may be open at a time",
                   (unsigned long long)(files.rlim_max < 8192 ? files.rlim_max : 8192));
}

/* ---- the port -------------------------------------------------------------------------------- */

/* The inode of the socket that listens on port; 0: not found. */
static unsigned long listener_inode(const char *table, int port)
{
    FILE *file = fopen(table, "r");
    char line[512];
    unsigned long found = 0;
    while (file && !found && fgets(line, sizeof line, file)) {
        /* "  0: 0100007F:1F90 00000000:0000 0A ...": state 0A listens; the tenth word is the inode.
         */
        struct str rest = str_trim(str_from(line)), word[10], address;
        int words = 0;
        while (words < 10 && rest.len && str_cut(&rest, ' ', &word[words])) {
            words += word[words].len > 0;
            rest = str_trim(rest);
        }
        if (words < 10 || !str_is(word[3], "0A") || !str_cut(&word[1], ':', &address))
            continue;
        int64_t inode;
        if (strtol(word[1].ptr, NULL, 16) == port && str_to_int64(word[9], &inode))
            found = (unsigned long)inode;
    }
    if (file)
        fclose(file);
    return found;
}

static bool has_socket(const char *pid, unsigned long inode)
{
    char path[300], want[64], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    int want_len = snprintf(want, sizeof want, "socket:[%lu]", inode);
    DIR *dir = opendir(path);
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir)) != NULL;)
        found = readlinkat(dirfd(dir), e->d_name, link, sizeof link) == want_len &&
                memcmp(link, want, (size_t)want_len) == 0;
    if (dir)
        closedir(dir);
    return found;
}

/* "12 (nginx)", so far as we may see it. */
static const char *owner_of(struct doctor *d, int port, int *pid)
{
    unsigned long inode = listener_inode("/proc/net/tcp", port);
    if (!inode)
        inode = listener_inode("/proc/net/tcp6", port);
    DIR *dir = inode ? opendir("/proc") : NULL;
    const char *text = "a process that this user may not see";
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        char path[300], name[64] = "";
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !has_socket(e->d_name, inode))
            continue;
        snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
        FILE *file = fopen(path, "r");
        if (file && !fgets(name, sizeof name, file))
            name[0] = '\0';
        if (file)
            fclose(file);
        int64_t number = 0;
        if (!str_to_int64(str_from(e->d_name), &number))
            continue;
        *pid = (int)number;
        text = arena_printf(d->arena, "process %d (%.*s)", *pid, (int)strcspn(name, "\n"), name);
        break;
    }
    if (dir)
        closedir(dir);
    return text;
}

/* 0, or why the address cannot be taken. */
static int try_port(const char *address, int port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    bool is_v6 = inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
    if (!is_v6 && inet_pton(AF_INET, address, &v4.sin_addr) != 1)
        return EINVAL;
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int why = bind(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                   is_v6 ? sizeof v6 : sizeof v4) == 0 &&
                      listen(fd, 1) == 0
                  ? 0
                  : errno;
    close(fd);
    return why;
}

void check_port(struct doctor *d)
{
    const char *bind_to = d->options->bind;
    int port = d->options->port, pid = 0;
    switch (try_port(bind_to, port)) {
    case 0:
        doctor_say(d, DOCTOR_OK, "", "%s:%d is free", bind_to, port);
        break;
    case EADDRINUSE: {
        const char *owner = owner_of(d, port, &pid);
        if (pid && pid == d->holder)
            doctor_say(d, DOCTOR_OK, "", "%s:%d is served by the running server, process %d",
                       bind_to, port, pid);
        else
            doctor_say(d, DOCTOR_FAIL, "stop it, or take another port with --port",
                       "%s:%d is taken by %s", bind_to, port, owner);
        break;
    }
    case EACCES:
        doctor_say(d, DOCTOR_FAIL, "take a port from 1024 on and put a proxy in front",
                   "%s:%d may not be taken by this user", bind_to, port);
        break;
    case EINVAL:
        doctor_say(d, DOCTOR_FAIL, "such as 127.0.0.1, 0.0.0.0 or ::1",
                   "--bind \"%s\" is no address", bind_to);
        break;
    case EADDRNOTAVAIL:
        doctor_say(d, DOCTOR_FAIL, "see: ip address", "this machine has no address %s", bind_to);
        break;
    default:
        doctor_say(d, DOCTOR_FAIL, "", "%s:%d cannot be taken: %s", bind_to, port,
                   strerror(try_port(bind_to, port)));
    }
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void check_pair(struct doctor *d, X509 *cert, EVP_PKEY *key)
{
    if (!X509_check_private_key(cert, key)) {
        doctor_say(d, DOCTOR_FAIL, "give the key that belongs to the certificate",
                   "%s is not the key of %s", d->options->tls_key, d->options->tls_cert);
        return;
    }
    int days = 0, seconds = 0;
    if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)))
        doctor_say(d, DOCTOR_FAIL, "renew the certificate", "%s has no date of its end",
                   d->options->tls_cert);
    else if (days < 0 || seconds < 0)
        doctor_say(d, DOCTOR_FAIL, "renew the certificate", "%s ran out %d days ago",
                   d->options->tls_cert, -days);
    else
        doctor_say(d, days < 14 ? DOCTOR_WARN : DOCTOR_OK, days < 14 ? "renew the certificate" : "",
                   "%s and its key fit, good for %d days more", d->options->tls_cert, days);
}

void check_tls(struct doctor *d)
{
    const struct doctor_options *o = d->options;
    if (!o->tls_cert && !o->tls_key) {
        bool is_local =
            str_starts_with(str_from(o->bind), STR("127.")) || strcmp(o->bind, "::1") == 0;
        doctor_say(
            d, is_local ? DOCTOR_OK : DOCTOR_WARN,
            is_local
                ? ""
                : "give --tls-cert and --tls-key, or put a TLS proxy in front and say --behind-proxy",
            is_local ? "none, for this machine alone" : "none: passwords travel in clear to %s",
            o->bind);
        return;
    }
    if (!o->tls_cert || !o->tls_key) {
        doctor_say(d, DOCTOR_FAIL, "give both", "only one of --tls-cert and --tls-key is given");
        return;
    }
    FILE *cert_file = fopen(o->tls_cert, "r"), *key_file = fopen(o->tls_key, "r");
    X509 *cert = cert_file ? PEM_read_X509(cert_file, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = key_file ? PEM_read_PrivateKey(key_file, NULL, NULL, (void *)"") : NULL;
    struct stat st;
    if (!cert_file || !key_file)
        doctor_say(d, DOCTOR_FAIL, "let the user that runs the server read it", "%s cannot be read",
                   cert_file ? o->tls_key : o->tls_cert);
    else if (!cert || !key)
        doctor_say(d, DOCTOR_FAIL, "give PEM, the key without a passphrase", "%s is no %s in PEM",
                   cert ? o->tls_key : o->tls_cert, cert ? "private key" : "certificate");
    else
        check_pair(d, cert, key);
    if (key_file && fstat(fileno(key_file), &st) == 0 && st.st_mode & 077)
        doctor_say(d, DOCTOR_WARN, "chmod 600", "others may read %s", o->tls_key);
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (cert_file)
        fclose(cert_file);
    if (key_file)
        fclose(key_file);
}
