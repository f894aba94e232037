/* ironfly doctor: is all well for a server here, and what to do where it is not. */
#include <stdio.h>
#include <unistd.h>

#include "apps/cmd.h"
#include "apps/cmd_server.h"
#include "base/json_writer.h"
#include "services/doctor/doctor.h"

static const char help[] =
    "usage: ironfly doctor [--data DIR] [options]\n"
    "\n"
    "Look at the machine and at a server's data folder, and say of each thing whether it is well and what to do. Changes\n"
    "nothing, and works beside a running server.\n"
    "\n"
    "  --data DIR         the data folder of a server; without it only the machine is looked at\n"
    "  --store DIR        market data (default: DATA/store)\n"
    "  --port N           the port that it shall have (default 8080)\n"
    "  --bind ADDR        and the address (default 127.0.0.1)\n"
    "  --tls-cert FILE, --tls-key FILE   as of `ironfly serve`\n"
    "  --web DIR          the built page\n"
    "  --full             verify every checksum of the market data, which takes a while\n"
    "  --json             one JSON object: {\"verdict\", \"checks\": [{\"check\", \"verdict\", \"text\", \"advice\"}]}\n"
    "\n"
    "Exit status: 0 nothing fails, 1 something does, 2 wrong usage.\n";

struct showing {
    bool json, color;
    struct json_writer writer;
};

static void show(void *context, const struct doctor_finding *f)
{
    struct showing *s = context;
    if (s->json) {
        json_object_begin(&s->writer);
        json_key_cstr(&s->writer, "check", f->check);
        json_key_cstr(&s->writer, "verdict", doctor_verdict_name(f->verdict));
        json_key_cstr(&s->writer, "text", f->text);
        json_key_cstr(&s->writer, "advice", f->advice);
        json_object_end(&s->writer);
        return;
    }
    static const char *const colors[] = { "\033[32m", "\033[33m", "\033[31m" };
    printf("%s%-5s%s%-12s %s\n", s->color ? colors[f->verdict] : "",
           doctor_verdict_name(f->verdict), s->color ? "\033[0m" : "", f->check, f->text);
    if (f->advice[0])
        printf("%17s  %s\n", "", f->advice);
}

static enum doctor_verdict run(const struct doctor_options *options, bool json, struct arena *arena)
{
    struct buf out = { 0 };
    struct showing s = { .json = json, .color = isatty(1), .writer = { .out = &out } };
    if (json) {
        json_object_begin(&s.writer);
        json_key(&s.writer, "checks");
        json_array_begin(&s.writer);
    }
    enum doctor_verdict worst = doctor_run(options, arena, show, &s);
    if (json) {
        json_array_end(&s.writer);
        json_key_cstr(&s.writer, "verdict", doctor_verdict_name(worst));
        json_object_end(&s.writer);
        puts(out.ptr);
    }
    buf_free(&out);
    return worst;
}

int cmd_doctor(int argc, char **argv)
{
    static const char words[] = "doctor";
    static const struct option options[] = {
        { "data", required_argument, NULL, 'd' },
        { "store", required_argument, NULL, 's' },
        { "port", required_argument, NULL, 'p' },
        { "bind", required_argument, NULL, 'b' },
        { "tls-cert", required_argument, NULL, 'c' },
        { "tls-key", required_argument, NULL, 'k' },
        { "web", required_argument, NULL, 'w' },
        { "full", no_argument, NULL, 'f' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    struct doctor_options o = { .bind = "127.0.0.1", .port = 8080 };
    bool json = false;
    int64_t port = 8080;
    for (int c; (c = cmd_option(argc, argv, options, words)) != -1;) {
        switch (c) {
        case 'd':
            o.data = optarg;
            break;
        case 's':
            o.store = optarg;
            break;
        case 'p':
            if (!str_to_int64(str_from(optarg), &port) || port < 1 || port > 65535)
                return cmd_usage(words, "--port \"%s\" is not a whole number from 1 to 65535",
                                 optarg);
            break;
        case 'b':
            o.bind = optarg;
            break;
        case 'c':
            o.tls_cert = optarg;
            break;
        case 'k':
            o.tls_key = optarg;
            break;
        case 'w':
            o.web = optarg;
            break;
        case 'f':
            o.full = true;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return cmd_usage(words, "unexpected \"%s\"", argv[optind]);
    struct arena arena;
    arena_init(&arena, "doctor", 0);
    o.port = (int)port;
    if (!o.web)
        o.web = find_page(&arena);
    enum doctor_verdict worst = run(&o, json, &arena);
    arena_clear(&arena);
    return worst == DOCTOR_FAIL ? EXIT_REFUSED : EXIT_DONE;
}
